"""Recompute what a published table claims from its means, standard deviations and numbers of runs.

A printed number stands for all that round to it: 0.97 for 0.965 to 0.975. A claim contradicts its row only where none
of these gives it. The standard deviation is taken as that of the sample (n - 1), and the runs as independent.

- The interval of the mean is Student's t interval; the normal one is let pass as well.
- p against the baseline is that of Welch's t test, two-sided; Student's (equal variances) is let pass as well.
- d is Cohen's, the difference over the pooled standard deviation; Hedges' g, which corrects its bias, is let pass as
  well, and either sign, because papers subtract in either order.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any

from scipy import special

from nonlin.errors import DataError, InputError, did_you_mean
from nonlin.study.statistics import check_share, critical

NEEDED, CLAIMS = ("name", "mean", "sd", "n"), ("ci_low", "ci_high", "p", "d")
COLUMNS = NEEDED + CLAIMS
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
BLANK = ("", "-", "–", "—")
SLACK = 1e-9
"""Relative room for floating-point arithmetic where intervals only touch."""


# ---- printed numbers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Range:
    """All values from ``low`` to ``high``."""

    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Range) -> Range:
        return Range(self.low - other.high, self.high - other.low)

    def scaled(self, factor: float) -> Range:
        """Times a factor above 0."""
        return Range(self.low * factor, self.high * factor)

    def meets(self, other: Range) -> bool:
        """Whether any value is in both."""
        sizes = [abs(v) for v in (self.low, self.high, other.low, other.high) if math.isfinite(v)]
        slack = SLACK * max(sizes, default=0.0)
        return self.low <= other.high + slack and other.low <= self.high + slack

    def absolute(self) -> Range:
        """The sizes without their signs."""
        ends = sorted((abs(self.low), abs(self.high)))
        return Range(0.0 if self.low <= 0 <= self.high else ends[0], ends[1])

    def __str__(self) -> str:
        return f"{self.low:.4g} to {self.high:.4g}"


@dataclass(frozen=True)
class Printed:
    """A number as it stands in the table: its text, its value, and all that round to it."""

    text: str
    value: float
    range: Range


def printed(text: str) -> Printed:
    """A plain number, or ``<0.001`` for anything from 0 to it. Raises ValueError for anything else."""
    digits = text.removeprefix("<").strip()
    if not NUMBER.fullmatch(digits):
        raise ValueError(text)
    exact = Decimal(digits)
    value, half = float(exact), float(Decimal((0, (5,), int(exact.as_tuple().exponent) - 1)))
    if not math.isfinite(value):
        raise ValueError(text)
    return Printed(text, value, Range(0.0, value) if text.startswith("<") else Range(value - half, value + half))


# ---- the table -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One line of the table; ``claims`` holds those of CLAIMS that are filled in."""

    line: int
    name: str
    mean: Printed
    sd: Printed
    n: int
    claims: Mapping[str, Printed]

    @property
    def spread(self) -> Range:
        """The standard deviations that round to the printed one; none is below 0."""
        return Range(max(0.0, self.sd.range.low), self.sd.range.high)

    @property
    def error(self) -> Range:
        """The standard errors of the mean."""
        return self.spread.scaled(1 / math.sqrt(self.n))


def read_table(path: str | PathLike[str]) -> tuple[list[Entry], list[str]]:
    """The lines of a table, checked, and the columns that are not used. Raises DataError with the line at fault."""
    lines = _lines(_text(Path(path)), str(path))
    (number, header), *rest = lines
    columns = _columns([cell.lower() for cell in header], number)
    entries = [_entry(line, dict(zip(columns, cells, strict=True))) for line, cells in _whole(rest, len(columns))]
    if not entries:
        raise DataError(f"{str(path)!r} has a header and no rows; expected one row per activation or method")
    _check_names(entries)
    return entries, [column for column in columns if column not in COLUMNS]


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r} ({error.strerror}); expected a CSV file") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{str(path)!r} is not UTF-8 text (byte {error.start}); save the table as CSV, UTF-8"
        ) from error


def _lines(text: str, path: str) -> list[tuple[int, list[str]]]:
    """The lines that are not blank, numbered, as cells; the header tells whether ; or , parts them."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first or "\0" in text:
        raise DataError(f"{path!r} is {'empty' if not first else 'not a CSV file'}; expected columns {_wanted()}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise DataError(f"line {reader.line_num} is not CSV ({error}); check its quotes") from error
    return [(number, cells) for number, cells in rows if any(cells)]


def _wanted() -> str:
    return f"{', '.join(NEEDED)} and any of {', '.join(CLAIMS)}"


def _columns(header: list[str], line: int) -> list[str]:
    for column in NEEDED:
        if column not in header:
            near = did_you_mean(column, [c for c in header if c not in COLUMNS]).replace("did you mean", "is it")
            raise DataError(f"line {line}: there is no column {column!r}{near} expected columns {_wanted()}")
    for column in COLUMNS:
        if header.count(column) > 1:
            raise DataError(f"line {line}: there are {header.count(column)} columns {column!r}; leave one")
    return header


def _whole(rows: Iterable[tuple[int, list[str]]], width: int) -> Iterable[tuple[int, list[str]]]:
    """The rows, each with as many cells as the header."""
    for line, cells in rows:
        if len(cells) != width:
            comma = "; decimal commas must be points" if len(cells) > width else ""
            raise DataError(f"line {line} has {len(cells)} cells, expected {width} as in the header{comma}")
        yield line, cells


def _entry(line: int, cells: dict[str, str]) -> Entry:
    if not cells["name"]:
        raise DataError(f"line {line}: the name is empty; give each row its own")
    claims = {c: _cell(line, c, cells[c]) for c in CLAIMS if cells.get(c, "") not in BLANK}
    mean, sd = (_cell(line, c, cells[c]) for c in ("mean", "sd"))
    if sd.value < 0:
        raise DataError(f"line {line}: sd is {sd.text}, expected a standard deviation of at least 0")
    if "p" in claims and not 0 <= claims["p"].value <= 1:
        raise DataError(f"line {line}: p is {claims['p'].text}, expected a probability from 0 to 1")
    return Entry(line, cells["name"], mean, sd, _count(line, cells["n"]), claims)


def _cell(line: int, column: str, text: str) -> Printed:
    """The number in a cell; what is wrong with it otherwise."""
    try:
        if text.startswith("<") and column != "p":
            raise ValueError(text)
        return printed(text)
    except ValueError:
        advice = "give a plain number such as 0.97"
        if "%" in text:
            advice = "leave out the percent sign, in every cell alike"
        elif re.fullmatch(r"[+-]?\d*,\d+", text):
            advice = "write a point for the decimal comma"
        raise DataError(f"line {line}: {column} is {text!r}, which is not a plain number; {advice}") from None


def _count(line: int, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) < 2:
        raise DataError(f"line {line}: n is {text!r}, expected a whole number of runs of at least 2")
    return int(text)


def _check_names(entries: list[Entry]) -> None:
    first: dict[str, int] = {}
    for entry in entries:
        if entry.name in first:
            raise DataError(
                f"line {entry.line}: the name {entry.name!r} is that of line {first[entry.name]}; give each row its own"
            )
        first[entry.name] = entry.line


# ---- recomputing -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One row recomputed. ``ci_low`` to ``ci_high``: the t interval of the mean. Against the baseline, None without
    one: ``p`` of Welch's test, Cohen's ``d`` and Hedges' ``g``. ``problems``: one sentence per claim that cannot be.
    """

    line: int
    name: str
    mean: float
    sd: float
    n: int
    ci_low: float
    ci_high: float
    p: float | None
    d: float | None
    g: float | None
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Recheck:
    """The rows of a table recomputed; ``notes``: what was not checked."""

    rows: tuple[Row, ...]
    baseline: str | None
    confidence: float
    notes: tuple[str, ...]

    @property
    def contradictions(self) -> tuple[Row, ...]:
        """The rows that contradict themselves."""
        return tuple(row for row in self.rows if row.problems)

    def as_record(self) -> dict[str, Any]:
        """Everything in the types of JSON."""
        return asdict(self) | {"contradictions": [row.name for row in self.contradictions]}


def recheck(path: str | PathLike[str], baseline: str | None = None, confidence: float = 0.95) -> Recheck:
    """Recompute a published table and find the rows that contradict themselves.

    ``path``: a CSV file (UTF-8; , or ; between cells) with the columns name, mean, sd, n and any of ci_low, ci_high, p,
    d; empty cells claim nothing, and p may be ``<0.001``. ``baseline``: the name of the row that p and d refer to.
    ``confidence``: that of the printed intervals. Raises DataError for a bad table, InputError for a bad argument.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     table = Path(folder) / "table.csv"
    ...     _ = table.write_text("name,mean,sd,n,p\\nrelu,0.970,0.002,5,\\ngelu,0.972,0.002,5,<0.001\\n")
    ...     result = recheck(table, baseline="relu")
    >>> round(result.rows[1].p, 3), [row.name for row in result.contradictions]
    (0.153, ['gelu'])
    """
    check_share("confidence", confidence)
    entries, unused = read_table(path)
    names = [entry.name for entry in entries]
    if baseline is not None and baseline not in names:
        raise InputError(f"no row {baseline!r} for a baseline{did_you_mean(baseline, names)} rows: {', '.join(names)}")
    base = None if baseline is None else entries[names.index(baseline)]
    rows = tuple(_row(entry, None if entry is base else base, confidence) for entry in entries)
    return Recheck(rows, baseline, confidence, _notes(entries, base, unused))


def _notes(entries: list[Entry], base: Entry | None, unused: list[str]) -> tuple[str, ...]:
    notes = []
    claimed = [c for c in ("p", "d") if any(c in e.claims for e in entries)]
    if base is None and claimed:
        notes.append(f"{' and '.join(claimed)} not checked: name the row to compare with as the baseline")
    if base is not None and {"p", "d"} & {*base.claims}:
        notes.append(f"p and d of the baseline {base.name} not checked: it is compared with itself")
    for column in unused:
        near = did_you_mean(column, CLAIMS).removeprefix(";").strip()
        notes.append(f"column {column!r} not used" + (f"; {near}" if near else ""))
    return tuple(notes)


def _row(entry: Entry, base: Entry | None, confidence: float) -> Row:
    mean, sd, n = entry.mean.value, entry.sd.value, entry.n
    half = critical(n - 1, 1 - confidence) * sd / math.sqrt(n)
    against = (None, None, None) if base is None else (welch(entry, base), *effects(entry, base))
    problems = [_interval_problem(entry, confidence)]
    if base is not None:
        problems += [_p_problem(entry, base), _d_problem(entry, base)]
    return Row(entry.line, entry.name, mean, sd, n, mean - half, mean + half, *against, tuple(filter(None, problems)))


def _interval_problem(entry: Entry, confidence: float) -> str:
    claimed = {k: v for k, v in entry.claims.items() if k in ("ci_low", "ci_high")}
    t, normal = critical(entry.n - 1, 1 - confidence), -float(special.ndtri((1 - confidence) / 2))
    if not claimed or any(_fits(entry, claimed, quantile) for quantile in (t, normal)):
        return ""
    said = ", ".join(f"{k} is {v.text}" for k, v in claimed.items())
    known = (f"{name} {_interval(entry, q)}" for name, q in (("the t interval is", t), ("the normal one", normal)))
    return f"{said}, but {' and '.join(known)}"


def _fits(entry: Entry, claimed: Mapping[str, Printed], quantile: float) -> bool:
    """Whether one mean and one half width, within rounding, give both bounds.

    In the plane of mean and half width the table and the bounds each allow a rectangle, the second turned by 45
    degrees; two rectangles meet exactly if their shadows on all four directions do.
    """
    mean, half = entry.mean.range, entry.error.scaled(quantile)
    low, high = (claimed[k].range if k in claimed else None for k in ("ci_low", "ci_high"))
    fits = (low is None or low.meets(mean - half)) and (high is None or high.meets(mean + half))
    if low is not None and high is not None:
        fits = fits and (low + high).scaled(0.5).meets(mean) and (high - low).scaled(0.5).meets(half)
    return fits


def _interval(entry: Entry, quantile: float) -> str:
    half = quantile * entry.sd.value / math.sqrt(entry.n)
    return f"{entry.mean.value - half:.5g} to {entry.mean.value + half:.5g}"


def welch(entry: Entry, base: Entry) -> float | None:
    """Two-sided p of Welch's t test; None where both standard deviations and the difference are 0."""
    first, second = entry.sd.value**2 / entry.n, base.sd.value**2 / base.n
    distance = abs(entry.mean.value - base.mean.value)
    if first + second == 0:
        return None if distance == 0 else 0.0
    degrees = _satterthwaite(first / (first + second), entry.n, base.n)
    return float(2 * special.stdtr(degrees, -distance / math.sqrt(first + second)))


def _satterthwaite(share: float, n: int, m: int) -> float:
    """Welch's degrees of freedom, where ``share`` of the difference's variance comes from the sample of ``n``."""
    return 1 / (share**2 / (n - 1) + (1 - share) ** 2 / (m - 1))


def effects(entry: Entry, base: Entry) -> tuple[float | None, float | None]:
    """Cohen's d (pooled standard deviation) and Hedges' g; None where the pooled standard deviation is 0."""
    pooled = _pooled(entry, base, entry.sd.value, base.sd.value)
    if pooled == 0:
        return None, None
    d = (entry.mean.value - base.mean.value) / pooled
    return d, d * hedges(entry.n + base.n - 2)


def hedges(degrees: int) -> float:
    """What takes the bias from Cohen's d, exactly: gamma(k/2) / (sqrt(k/2) gamma((k-1)/2)) (Hedges, 1981)."""
    return math.exp(math.lgamma(degrees / 2) - math.lgamma((degrees - 1) / 2)) / math.sqrt(degrees / 2)


def _pooled(entry: Entry, base: Entry, first: float, second: float) -> float:
    """The pooled standard deviation of two samples of these sizes."""
    squares = (entry.n - 1) * first**2 + (base.n - 1) * second**2
    return math.sqrt(squares / (entry.n + base.n - 2))


def _p_problem(entry: Entry, base: Entry) -> str:
    claim = entry.claims.get("p")
    possible = [welch_range(entry, base), student_range(entry, base)]
    if claim is None or any(claim.range.meets(p) for p in possible):
        return ""
    told = f"Welch's t test gives {possible[0]} and Student's {possible[1]}"
    return f"p is {claim.text}, but {told} against {base.name}, rounding included"


def welch_range(entry: Entry, base: Entry) -> Range:
    """The p that Welch's test could have given before rounding; not too narrow, a little wide at most.

    The degrees of freedom peak where the variances of the means are in the ratio of the degrees of each sample.
    """
    errors = (entry.error, base.error)
    ends = [_share(errors[0].low, errors[1].high), _share(errors[0].high, errors[1].low)]
    peak = (entry.n - 1) / (entry.n + base.n - 2)
    shares = [*ends, min(max(peak, ends[0]), ends[1])]
    degrees = [_satterthwaite(share, entry.n, base.n) for share in shares]
    error = Range(math.hypot(errors[0].low, errors[1].low), math.hypot(errors[0].high, errors[1].high))
    return _p_range(entry, base, error, Range(min(degrees), max(degrees)))


def _share(first: float, second: float) -> float:
    return first**2 / (first**2 + second**2) if first or second else 0.5


def student_range(entry: Entry, base: Entry) -> Range:
    """The p that Student's test with equal variances could have given before rounding."""
    factor = math.sqrt(1 / entry.n + 1 / base.n)
    degrees = entry.n + base.n - 2
    return _p_range(entry, base, _pooled_range(entry, base).scaled(factor), Range(degrees, degrees))


def _pooled_range(entry: Entry, base: Entry) -> Range:
    low, high = zip(*((e.spread.low, e.spread.high) for e in (entry, base)), strict=True)
    return Range(_pooled(entry, base, *low), _pooled(entry, base, *high))


def _p_range(entry: Entry, base: Entry, error: Range, degrees: Range) -> Range:
    """From the largest t with the most degrees of freedom to the smallest with the fewest."""
    t = _quotient((entry.mean.range - base.mean.range).absolute(), error)
    ends = ((degrees.high, t.high), (degrees.low, t.low))
    low, high = (float(2 * special.stdtr(k, -size)) if math.isfinite(size) else 0.0 for k, size in ends)
    return Range(low, high)


def _quotient(size: Range, by: Range) -> Range:
    """``size`` over ``by``, both of numbers of at least 0; infinite over 0, and 0 over 0 is anything."""
    low = size.low / by.high if by.high > 0 else 0.0
    return Range(low, size.high / by.low if by.low > 0 else math.inf)


def _d_problem(entry: Entry, base: Entry) -> str:
    claim = entry.claims.get("d")
    size = _quotient((entry.mean.range - base.mean.range).absolute(), _pooled_range(entry, base))
    corrected = size.scaled(hedges(entry.n + base.n - 2))
    if claim is None or any(claim.range.absolute().meets(d) for d in (size, corrected)):
        return ""
    told = f"Cohen's d is {size} in size and Hedges' g {corrected}"
    return f"d is {claim.text}, but {told} against {base.name}, rounding included"
