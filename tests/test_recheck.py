"""Rechecking published tables: honest ones pass however they were rounded, impossible ones are flagged."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

pytest.importorskip("scipy")
from scipy import stats

from nonlin import cli
from nonlin.cli.recheck import command
from nonlin.errors import DataError, InputError
from nonlin.study.recheck import Recheck, Row, hedges, printed, recheck

Write = Callable[[str | bytes], Path]


@pytest.fixture
def table(tmp_path: Path) -> Write:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


HEADER = "name,mean,sd,n,ci_low,ci_high,p,d\n"
BASE = "relu,0.970,0.002,5,,,,\n"


def problems(result: Recheck) -> dict[str, tuple[str, ...]]:
    return {row.name: row.problems for row in result.contradictions}


# ---- recomputed numbers ----------------------------------------------------------------------------------------------


@pytest.fixture
def row(table: Write) -> Row:
    return recheck(table("name,mean,sd,n\ngelu,12.5,1.5,8\nrelu,10.25,2.75,12\n"), "relu").rows[0]


def test_interval_is_that_of_t(row: Row) -> None:
    assert (row.ci_low, row.ci_high) == pytest.approx(stats.t.interval(0.95, 7, 12.5, 1.5 / math.sqrt(8)))


def test_p_is_that_of_welch(row: Row) -> None:
    expected = stats.ttest_ind_from_stats(12.5, 1.5, 8, 10.25, 2.75, 12, equal_var=False).pvalue
    assert row.p == pytest.approx(expected)


def test_effect_is_over_the_pooled_spread_and_its_correction(row: Row) -> None:
    pooled = math.sqrt((7 * 1.5**2 + 11 * 2.75**2) / 18)
    assert row.d == pytest.approx(2.25 / pooled)
    assert row.g == pytest.approx(2.25 / pooled * (1 - 3 / (4 * 18 - 1)), rel=1e-3)


def test_the_correction_is_that_of_hedges() -> None:
    """Closed forms for 2 and 3 degrees of freedom, and the common approximation 1 - 3/(4m - 1) for many."""
    assert (hedges(2), hedges(3)) == pytest.approx((1 / math.sqrt(math.pi), math.sqrt(math.pi / 6)))
    assert hedges(1000) == pytest.approx(1 - 3 / 3999, rel=1e-6)


def test_the_baseline_is_not_compared_with_itself(table: Write) -> None:
    result = recheck(table(HEADER + BASE), "relu")
    assert (result.rows[0].p, result.rows[0].d, result.rows[0].g) == (None, None, None)


def test_equal_rows_without_spread_have_no_p(table: Write) -> None:
    rows = recheck(table("name,mean,sd,n\na,1,0,5\nb,1,0,5\nc,2,0,5\n"), "a").rows
    assert [(r.p, r.d) for r in rows[1:]] == [(None, None), (0, None)]


# ---- honest tables ---------------------------------------------------------------------------------------------------


def honest(draw: np.random.Generator, *, welch: bool, normal: bool, corrected: bool) -> str:
    """A table computed from real samples, each number rounded as a paper would."""
    n, digits = draw.integers(2, 12, 2), draw.integers(1, 5)
    samples = [draw.normal(90, draw.uniform(0.05, 3), size) for size in n]
    numbers = [_row(s, samples[0], int(digits), welch, normal, corrected) for s in samples]
    numbers[0][-2:] = ["", ""]
    return HEADER + "".join(f"{name},{','.join(r)}\n" for name, r in zip(("base", "other"), numbers, strict=True))


def _row(s: np.ndarray, base: np.ndarray, digits: int, welch: bool, normal: bool, corrected: bool) -> list[str]:
    n, mean, sd = len(s), s.mean(), s.std(ddof=1)
    half = (stats.norm.ppf(0.975) if normal else stats.t.ppf(0.975, n - 1)) * sd / math.sqrt(n)
    k = n + len(base) - 2
    pooled = math.sqrt(((n - 1) * sd**2 + (len(base) - 1) * base.var(ddof=1)) / k)
    d = (mean - base.mean()) / pooled * (hedges(k) if corrected else 1)
    p = 1.0 if s is base else stats.ttest_ind(s, base, equal_var=not welch).pvalue
    shown = [f"{v:.{digits}f}" for v in (mean, sd, mean - half, mean + half)]
    return [*shown[:2], str(n), *shown[2:], "<0.001" if p < 0.001 else f"{p:.3f}", f"{d:.2f}"]


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("normal", [False, True])
@pytest.mark.parametrize("welch", [False, True])
def test_honest_tables_are_never_flagged(table: Write, welch: bool, normal: bool, corrected: bool) -> None:
    draw = np.random.default_rng(2 * welch + normal)
    for _ in range(60):
        text = honest(draw, welch=welch, normal=normal, corrected=corrected)
        assert problems(recheck(table(text), "base")) == {}, text


def test_a_sign_may_be_that_of_the_other_order(table: Write) -> None:
    assert problems(recheck(table(HEADER + BASE + "gelu,0.9721,0.0020,5,,,,-1.05\n"), "relu")) == {}


def test_empty_cells_and_dashes_claim_nothing(table: Write) -> None:
    result = recheck(table(HEADER + BASE + "gelu,0.972,0.002,5,-,–,—,\n"), "relu")
    assert (problems(result), result.notes) == ({}, ())


# ---- contradictions --------------------------------------------------------------------------------------------------

WRONG = {  # a row beside BASE, and what is said of it
    "interval shifted": ("0.972,0.002,5,0.9685,0.9735,,", "ci_low is 0.9685, ci_high is 0.9735, but the t interval is"),
    "interval wide": ("0.972,0.002,5,0.960,0.984,,", "ci_low is 0.960, ci_high is 0.984, but the t interval is"),
    "interval narrow": ("0.9720,0.0020,5,0.9715,0.9725,,", "and the normal one 0.97025 to 0.97375"),
    "ends swapped": ("0.972,0.002,5,0.975,0.969,,", "ci_low is 0.975, ci_high is 0.969"),
    "one end": ("0.972,0.002,5,0.960,,,", "ci_low is 0.960, but the t interval is"),
    "other end": ("0.972,0.002,5,,0.960,,", "ci_high is 0.960, but the t interval is"),
    "p small": ("0.972,0.002,5,,,<0.001,", "p is <0.001, but Welch's t test gives 0.01335 to"),
    "p large": ("0.999,0.002,5,,,0.2,", "p is 0.2, but Welch's t test gives"),
    "d large": ("0.972,0.002,5,,,,3.1", "d is 3.1, but Cohen's d is 0.4 to 2 in size and Hedges' g 0.3611 to 1.805"),
    "d zero": ("0.972,0.002,5,,,,0.00", "d is 0.00, but"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_an_impossible_claim_is_flagged_with_what_would_be_possible(table: Write, kind: str) -> None:
    cells, message = WRONG[kind]
    result = recheck(table(f"{HEADER}{BASE}gelu,{cells}\n"), "relu")
    assert list(problems(result)) == ["gelu"]
    assert message in problems(result)["gelu"][0]


def test_both_ends_must_come_from_one_mean_and_one_width(table: Write) -> None:
    """Each end alone is within rounding; together they are narrower than any t or normal interval."""
    head = "name,mean,sd,n,ci_low,ci_high\n"
    both, low, high = ("a,1.0,0.20,5,0.86,1.12", "a,1.0,0.20,5,0.86,", "a,1.0,0.20,5,,1.12")
    assert [len(recheck(table(head + row)).contradictions) for row in (both, low, high)] == [1, 0, 0]


def test_digits_decide_what_is_impossible(table: Write) -> None:
    """0.97 may be 0.974 and 0.9700 may not."""
    rough, fine = (
        f"{HEADER}gelu,{mean},{sd},5,0.9715,0.9765,,\n" for mean, sd in (("0.97", "0.002"), ("0.9700", "0.0020"))
    )
    assert problems(recheck(table(rough))) == {}
    assert list(problems(recheck(table(fine)))) == ["gelu"]


def test_confidence_is_that_of_the_printed_interval(table: Write) -> None:
    low, high = stats.t.interval(0.99, 4, 0.972, 0.002 / math.sqrt(5))
    path = table(f"{HEADER}gelu,0.97200,0.00200,5,{low:.5f},{high:.5f},,\n")
    assert problems(recheck(path, confidence=0.99)) == {}
    assert list(problems(recheck(path))) == ["gelu"]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("0.97", 0.965, 0.975), ("0.970", 0.9695, 0.9705), ("97", 96.5, 97.5), ("-1.5e-3", -1.55e-3, -1.45e-3),
     ("<0.001", 0, 0.001), ("+.5", 0.45, 0.55), ("1e2", 50, 150)],
)  # fmt: skip
def test_a_printed_number_is_all_that_rounds_to_it(text: str, low: float, high: float) -> None:
    assert (printed(text).range.low, printed(text).range.high) == pytest.approx((low, high))


# ---- notes and files -------------------------------------------------------------------------------------------------


def test_what_is_not_checked_is_noted(table: Write) -> None:
    path = table("name,mean,sd,n,p,d,dataset,ci_lo\nrelu,1,1,5,0.5,,x,\ngelu,1,1,5,0.01,,x,\n")
    assert recheck(path).notes == (
        "p not checked: name the row to compare with as the baseline",
        "column 'dataset' not used",
        "column 'ci_lo' not used; did you mean 'ci_low'?",
    )
    assert recheck(path, "relu").notes[0] == "p and d of the baseline relu not checked: it is compared with itself"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffname;mean;sd;n\r\nrelu;0.97;0.002;5\r\n",
        "\n Name , MEAN , SD , N \n\n relu , 0.97 , 0.002 , 5 \n\n",
        '"name","mean","sd","n"\n"relu","0.97","0.002","5"',
        "n,sd,mean,name\n5,0.002,0.97,relu\n",
    ],
    ids=["bom and semicolons", "spaces and blank lines", "quotes", "any order"],
)
def test_the_usual_kinds_of_csv_are_read(table: Write, text: str) -> None:
    [row] = recheck(table(text)).rows
    assert (row.name, row.mean, row.sd, row.n) == ("relu", 0.97, 0.002, 5)


REFUSED = {
    "": r"table\.csv' is empty; expected columns name, mean, sd, n and any of ci_low, ci_high, p, d",
    " \n\n": r"is empty; expected columns",
    b"PK\x03\x04\x00\x00name": r"is not a CSV file; expected columns",
    b"name,mean\xff": r"is not UTF-8 text \(byte 9\); save the table as CSV, UTF-8",
    "<html></html>": r"line 1: there is no column 'name'; expected columns",
    "name,mean,n\n": r"line 1: there is no column 'sd'; expected columns name, mean, sd, n and any of",
    "\nname,mean,std,n\n": r"line 2: there is no column 'sd'; is it 'std'\? expected columns",
    "name,mean,sd,n,mean\n": r"line 1: there are 2 columns 'mean'; leave one",
    "name,mean,sd,n\n": r"table\.csv' has a header and no rows; expected one row per",
    "name,mean,sd,n\na,1,1\n": r"line 2 has 3 cells, expected 4 as in the header$",
    "name,mean,sd,n\na,0,97,0,02,5\n": r"line 2 has 6 cells, expected 4 as in the header; decimal commas must",
    "name;mean;sd;n\na;0,97;0.1;5\n": r"line 2: mean is '0,97', which is not a plain number; write a point for the dec",
    "name,mean,sd,n\na,97%,0.1,5\n": r"line 2: mean is '97%', which is not a plain number; leave out the percent sign",
    "name,mean,sd,n\n\na,1,nan,5\n": r"line 3: sd is 'nan', which is not a plain number; give a plain number such as",
    "name,mean,sd,n\na,1_0,1,5\n": r"line 2: mean is '1_0', which is not",
    "name,mean,sd,n\na,1e999,1,5\n": r"line 2: mean is '1e999', which is not",
    "name,mean,sd,n\na,1e99999999,1,5\n": r"line 2: mean is '1e99999999', which is not",
    "name,mean,sd,n\na,,1,5\n": r"line 2: mean is '', which is not a plain number",
    "name,mean,sd,n\na,<1,1,5\n": r"line 2: mean is '<1', which is not a plain number",
    "name,mean,sd,n\n,1,1,5\n": r"line 2: the name is empty; give each row its own",
    "name,mean,sd,n\na,1,-0.1,5\n": r"line 2: sd is -0\.1, expected a standard deviation of at least 0",
    "name,mean,sd,n\na,1,1,1\n": r"line 2: n is '1', expected a whole number of runs of at least 2",
    "name,mean,sd,n\na,1,1,5.0\n": r"line 2: n is '5\.0', expected a whole number",
    "name,mean,sd,n,p\na,1,1,5,1.2\n": r"line 2: p is 1\.2, expected a probability from 0 to 1",
    "name,mean,sd,n,p\na,1,1,5,n.s.\n": r"line 2: p is 'n\.s\.', which is not a plain number",
    "name,mean,sd,n\na,1,1,5\nb,1,1,5\na,2,1,5\n": r"line 4: the name 'a' is that of line 2; give each row its own",
    'name,mean,sd,n\n"a,1,1,5\n': r"line 2 is not CSV \(unexpected end of data\); check its quotes",
}


@pytest.mark.parametrize("text", REFUSED, ids=[repr(text)[:40] for text in REFUSED])
def test_a_bad_table_is_refused_with_its_line(table: Write, text: str | bytes) -> None:
    with pytest.raises(DataError, match=REFUSED[text]):
        recheck(table(text))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read '.*nowhere\.csv' \(No such file or directory\); expected a CSV"):
        recheck(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match=r"cannot read '.*' \(Is a directory\); expected a CSV file"):
        recheck(tmp_path)


def test_an_unknown_baseline_is_refused(table: Write) -> None:
    with pytest.raises(InputError, match=r"no row 'rleu' for a baseline; did you mean 'relu'\? rows: relu"):
        recheck(table(HEADER + BASE), "rleu")


# ---- command line ----------------------------------------------------------------------------------------------------


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.fixture
def wrong(table: Write) -> str:
    return str(table(HEADER + BASE + "gelu,0.972,0.002,5,0.970,0.974,0.15,1.0\nelu,0.972,0.002,5,,,<0.001,\n"))


def test_command_prints_aligned_rows_and_what_is_wrong(wrong: str) -> None:
    result = run(wrong, "--baseline", "relu")
    lines = result.output.splitlines()
    assert result.exit_code == 1
    assert lines[0].split() == ["name", "n", "mean", "sd", "95", "%", "interval", "p", "d", "g"]
    assert lines[2] == "gelu   5  0.972  0.002  0.96952 to 0.97448  0.153  1  0.903"
    assert lines[3].startswith("elu !  5")
    assert lines[-1].startswith("! line 4, elu: p is <0.001, but Welch's t test gives")


def test_command_passes_what_may_be_true(wrong: str) -> None:
    result = run(wrong)
    assert result.exit_code == 0
    assert "no row contradicts itself\nnote: p and d not checked" in result.output


def test_command_gives_json(wrong: str) -> None:
    result = run(wrong, "--baseline", "relu", "--json")
    answer = json.loads(result.output)
    assert result.exit_code == 1
    assert answer["contradictions"] == ["elu"]
    assert [row["line"] for row in answer["rows"]] == [2, 3, 4]
    assert answer["rows"][0]["p"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--baseline", "rleu"], "Error: no row 'rleu' for a baseline; did you mean 'relu'? rows: relu, gelu, elu\n"),
        (
            ["--confidence", "95"],
            "Error: confidence must be a number above 0 and below 1 such as 0.95, got confidence=",
        ),
    ],
)
def test_misuse_is_a_sentence(wrong: str, words: list[str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli._COMMANDS, "recheck", ("recheck", "Recompute a published table."))
    result = CliRunner().invoke(cli.main, ["recheck", wrong, *words])
    assert result.exit_code == 2
    assert result.output.startswith(message)


def test_the_command_loads_nothing_heavy_before_it_runs() -> None:
    code = "import sys, nonlin.cli.recheck; print([m for m in ('numpy', 'scipy') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded == "[]\n"
