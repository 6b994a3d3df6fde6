"""The report of a study: one document, written as HTML without scripts, as Markdown or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nonlin
from nonlin.errors import InputError, did_you_mean
from nonlin.plot.style import COLOURS, DARK_COLOURS, DASHES, FAINT, INK, NIGHT, PAPER
from nonlin.study import tables
from nonlin.study.dependencies import require
from nonlin.study.results import Study, written
from nonlin.study.settings import TUNE, checked_path

if TYPE_CHECKING:
    from nonlin.plot.picture import Picture
    from nonlin.study.statistics import Difference

Record = dict[str, Any]
MOST_FAILED = 20
"""How many failed trials are listed."""
MOST_LAYERS = 10
"""How many layers of one network have a row; of more, some between the first and the last are chosen."""


# ---- the document ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """Cells as text; the first column names the row. ``caption``: what the whole table is about."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""


@dataclass(frozen=True)
class Drawing:
    """An SVG element, its title and what it shows in words."""

    title: str
    svg: str


@dataclass(frozen=True)
class Section:
    """A part of the report: sentences, then pictures, then tables, then lines of code."""

    title: str
    text: Sequence[str] = ()
    pictures: Sequence[Drawing] = ()
    tables: Sequence[Table] = ()
    code: Sequence[str] = ()
    listed: Sequence[str] = ()
    legend: bool = False

    @property
    def anchor(self) -> str:
        """The section's id."""
        return re.sub(r"\W+", "-", self.title.lower())


def sections(study: Study, *, pictures: bool = True) -> list[Section]:
    """What the report says below its answer; parts about which nothing is known are left out."""
    draw = _Drawn(study) if pictures else None
    made = [part(study, draw) for part in PARTS]
    return [section for section in made if section is not None]


class _Drawn:
    """Draws the panels of a study and its signals, each with ids of its own."""

    def __init__(self, study: Study) -> None:
        self.study, self.count = study, 0

    def __call__(self, what: str) -> list[Drawing]:
        from nonlin.study import heatmaps, picture

        if what == "signals":
            return [self._drawing(title, one) for title, one in heatmaps.by_measure(self.study.signals())]
        return [self._drawing(panel.title, picture.single(panel)) for panel in picture.panels(self.study, what)]

    def _drawing(self, title: str, picture: Picture) -> Drawing:
        self.count += 1
        return Drawing(title.replace(r"\$", "$"), themed(picture._repr_svg_(), f"p{self.count}-"))


Draw = _Drawn | None


def _results(study: Study, draw: Draw) -> Section:
    rows, tuned = study.table(), study.settings.learning_rate == TUNE
    header = ["activation", "networks", "test accuracy", "95 % interval", "interquartile mean", "test loss",
              "validation accuracy", "training loss", *["learning rate"] * tuned]  # fmt: skip
    text = (
        "Test accuracy: mean ± standard deviation of the finished networks, measured once, after the last epoch; the "
        "interval is that of this mean alone. Losses in nats."
    )
    return Section("Results", [text], tables=[Table(header, [_result(row, tuned) for row in rows])])


def _result(row: Record, tuned: bool) -> list[str]:
    return [
        row["activation"],
        counted(row),
        spread(row["test_accuracy_mean"], row["test_accuracy_sd"]),
        interval(row["test_accuracy_low"], row["test_accuracy_high"], percent),
        percent(row["test_accuracy_iqm"]),
        number(row["test_loss_mean"]),
        percent(row["validation_accuracy_mean"]),
        number(row["training_loss_mean"]),
        *[number(row["learning_rate"])] * tuned,
    ]


def _curves(study: Study, draw: Draw) -> Section | None:
    drawn = draw("curves") if draw else []
    text = "Means over the networks that finished; bands from the least to the greatest; a cross where one diverged."
    return Section("Training", [text], drawn, legend=True) if drawn else None


def _scores(study: Study, draw: Draw) -> Section | None:
    """Every network and the differences, side by side."""
    pairs = tables.told(study.differences, tables.scores(study.arms), study.baseline)
    drawn = [*draw("scores"), *draw("differences")] if draw else []
    if not pairs:
        return Section("Every network", [], drawn) if drawn else None
    text = [
        "Networks of one seed start from the same draw and see the same batches, so activations are compared seed by "
        "seed, in points of test accuracy. The intervals hold for all pairs of the study at once; a pair is separated "
        "where its interval leaves out 0. Does better: the probability with the same seed. Could have seen: the true "
        "difference that this study would have separated with a probability of 80 %; none, where not even 100 points."
    ]
    hidden = len(study.verdicts()) - len(pairs)
    text += [f"{hidden} other pairs are in study.verdicts() and in the report as JSON."] * (hidden > 0)
    header = ["pair", "points", "95 % interval", "p, adjusted", "does better", "could have seen", "separated"]
    return Section("Differences", text, drawn, [Table(header, [_difference(pair) for pair in pairs])])


def _difference(pair: Difference) -> list[str]:
    d = tables.difference_record(pair)
    return [
        f"{d['a']} − {d['b']}",
        signed(d["mean"]),
        interval(d["low"], d["high"], signed),
        "< 0.001" if pair.p_adjusted < 0.001 else f"{pair.p_adjusted:.3f}",
        f"{whole(d['probability'])} ({interval(d['probability_low'], d['probability_high'], whole)})",
        "none" if d["smallest"] is None else f"{100 * d['smallest']:.2f}" if d["smallest"] else "–",
        "yes" if d["separated"] else "no",
    ]


def _convergence(study: Study, draw: Draw) -> Section | None:
    """A row per activation, a column per goal."""
    rows = study.convergence()
    if not rows:
        return None
    text = (
        "The epoch by which half of the networks had reached a validation accuracy, and how many did where some "
        "missed; a miss is censored at the last epoch. A mean number of epochs that is separated from that of "
        f"{rows[0]['baseline']}, all pairs at once, is told."
    )
    goals = {row["goal"]: row["validation_accuracy"] for row in rows}
    header = ["activation", *(g if g.endswith("%") else f"{g}, {percent(v)}" for g, v in goals.items())]
    cells = {(row["activation"], row["goal"]): _reached(row) for row in rows}
    names = dict.fromkeys(row["activation"] for row in rows)
    return Section("How soon", [text], tables=[Table(header, [[n, *(cells[n, g] for g in goals)] for n in names])])


def _reached(row: Record) -> str:
    many = f"{row['reached']} of {row['networks']} did"
    median = "" if row["median_epoch"] is None else f"epoch {row['median_epoch']:g}"
    told = [*[median] * bool(median), *[many] * (row["reached"] < row["networks"])]
    later = [f"{abs(row['later']):.1f} {'later' if row['later'] > 0 else 'sooner'}"] if row["separated"] else []
    return ", ".join(told + later)


def _cost(study: Study, draw: Draw) -> Section | None:
    rows = study.cost()
    if not rows:
        return None
    text = "CPU time of the training steps alone, one thread per network; networks of all activations in turns."
    header = ["activation", "seconds per network", f"ratio to {rows[0]['baseline']}", "95 % interval"]
    cells = [
        [r["activation"], f"{r['cpu_seconds_mean']:.3g}", number(r["cost_ratio"], 3),
         "" if r["activation"] == r["baseline"] else interval(r["cost_low"], r["cost_high"], lambda v: f"{v:.2f}")]
        for r in rows
    ]  # fmt: skip
    return Section("Cost", [text], draw("cost") if draw else [], [Table(header, cells)])


def _tuning(study: Study, draw: Draw) -> Section | None:
    rows = study.tuning()
    if not rows:
        return None
    text = (
        "Chosen by the mean validation accuracy of networks that are trained for this alone; the networks above have "
        "other seeds. A diverged network counts as accuracy 0."
    )
    header = ["activation", "learning rate", "networks", "validation accuracy", "validation loss", "chosen"]
    cells = [
        [r["activation"], number(r["learning_rate"]), counted(r | {"finished": r["seeds"] - r["diverged"]}),
         percent(r["validation_accuracy_mean"]), number(r["validation_loss_mean"]), "yes" if r["chosen"] else ""]
        for r in rows
    ]  # fmt: skip
    return Section("Learning rates", [text], tables=[Table(header, cells)])


def _signals(study: Study, draw: Draw) -> Section | None:
    """A table per activation: the layers, before training and after the last epoch."""
    records = study.signals()
    if not records:
        return None
    text = (
        "One network per activation, seed 0, layer by layer from the data (1) to the output, before training → after "
        "the last epoch. Spread: the standard deviation, of a layer's outputs and of the gradient of an example's loss "
        "by its pre-activations, in nats. Dead: units whose slope is 0 for every example, which learn nothing. Zeros: "
        "outputs that are exactly 0. Every epoch and layer is in study.signals() and in the report as JSON."
    )
    names = dict.fromkeys(record["activation"] for record in records)
    made = [_signal_table(name, [r for r in records if r["activation"] == name]) for name in names]
    return Section("Signals", [text], draw("signals") if draw else [], made)


def _signal_table(name: str, records: Sequence[Record]) -> Table:
    at = {(record["epoch"], record["layer"]): record for record in records}
    epoch, last = max(at)  # the last of both: every epoch has every layer
    layers = sorted({round(1 + i * (last - 1) / (MOST_LAYERS - 1)) for i in range(MOST_LAYERS)})
    header = ["layer", "activations, spread", "gradient, spread", "dead units", "zeros"]
    return Table(header, [[f"layer {n}", *_signal(at[0, n], at[epoch, n])] for n in layers], name)


def _signal(before: Record, after: Record) -> list[str]:
    told: dict[str, Callable[[float], str]] = {"activation_sd": _short, "gradient_sd": _short, "dead": whole,
                                               "zeros": whole}  # fmt: skip
    pairs = [(shown(before[k]), shown(after[k])) for k, shown in told.items()]
    return [first if first == last else f"{first} → {last}" for first, last in pairs]


def _short(value: float | None) -> str:
    return number(value, 3)


def _settings(study: Study, draw: Draw) -> Section:
    rows = [[name.replace("_", " "), _plain(value)] for name, value in _used(study)]
    formulas = [[arm.name, arm.formula] for arm in study.about.arms]
    return Section("Settings", tables=[Table(["setting", "value"], rows), Table(["activation", "formula"], formulas)])


def _used(study: Study) -> Iterable[tuple[str, Any]]:
    """The settings without those that had no effect."""
    s = study.settings.as_record()
    idle = {"grid", "tuning_seeds"} if s["learning_rate"] != TUNE else set()
    idle |= {"momentum"} if s["optimizer"] != "sgd" else set()
    idle |= {"weight_decay"} if s["optimizer"] != "adamw" else set()
    yield from ((k, v) for k, v in s.items() if k not in idle and v is not None)
    yield "baseline", study.baseline or "none"
    yield "data fingerprint", study.about.fingerprint


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _again(study: Study, draw: Draw) -> Section:
    command, call = _repeat(study).values()
    text = "The same machine kind gives the same numbers to the bit. Data that is not embedded may need --data-dir."
    return Section("How to repeat", [text], code=[*([command] if command else []), f"import nonlin\n{call}"])


def _repeat(study: Study) -> dict[str, str | None]:
    signals = bool(study.signals())
    return {"command": study.about.command(signals=signals), "call": study.about.call(signals=signals)}


def _notes(study: Study, draw: Draw) -> Section | None:
    return Section("Notes", listed=study.notes) if study.notes else None


def _failed(study: Study, draw: Draw) -> Section | None:
    failed = study.failed
    if not failed:
        return None
    rows = [[r["activation"], str(r["seed"]), number(r["learning_rate"]), r["message"]] for r in failed[:MOST_FAILED]]
    more = len(failed) - len(rows)
    text = [f"and {more} more, in study.failed and in the report as JSON"] if more else []
    return Section("Failed trials", text, tables=[Table(["activation", "seed", "learning rate", "message"], rows)])


PARTS: tuple[Callable[[Study, Draw], Section | None], ...] = (
    _results, _curves, _scores, _convergence, _cost, _tuning, _signals, _settings, _again, _notes, _failed,
)  # fmt: skip


def heading(study: Study) -> str:
    """The report's title."""
    return f"{study.settings.model} on {study.settings.data}: {len(study.activations)} activations compared"


def answer(study: Study) -> str:
    """The verdict as a sentence."""
    said = study.verdict()
    named = said.startswith(tuple(study.activations))  # a name keeps its case
    return f"{said}." if named else f"{said[:1].upper()}{said[1:]}."


# ---- cells -----------------------------------------------------------------------------------------------------------


def percent(share: float | None, digits: int = 2) -> str:
    """A share of 1 as per cent."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def whole(share: float | None) -> str:
    """A share of 1 as whole per cent."""
    return percent(share, 0)


def spread(mean: float | None, sd: float | None) -> str:
    """A share with its standard deviation, in per cent."""
    return percent(mean) if mean is None or sd is None else f"{100 * mean:.2f} ± {100 * sd:.2f} %"


def signed(share: float) -> str:
    """A difference of shares in points, with its sign."""
    text = f"{100 * share:+.2f}"
    return "0.00" if text[1:] == "0.00" else text.replace("-", "−")


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many digits."""
    return "–" if value is None else f"{value:.{digits}g}"


def interval(low: float | None, high: float | None, shown: Callable[[float], str]) -> str:
    """Both ends; a dash where there is no interval."""
    if low is None or high is None:
        return "–"
    first, last = shown(low), shown(high)
    unit = " %" if first.endswith(" %") else ""
    return f"{first.removesuffix(unit)} to {last}"


def counted(row: Mapping[str, Any]) -> str:
    """How many networks finished, and what became of the others."""
    lost = [f"{row[k]} {k}" for k in ("diverged", "failed") if row.get(k)]
    return ", ".join([str(row["finished"]), *lost])


# ---- the three formats -----------------------------------------------------------------------------------------------


def write(study: Study, path: str | PathLike[str]) -> Path:
    """Write the report in the format that the ending names."""
    target = checked_path("the file of the report", path)
    if target.suffix.lower() not in FORMATS:
        ending = f"the ending {target.suffix!r}" if target.suffix else "no ending"
        hint = did_you_mean(target.suffix, FORMATS)
        raise InputError(f"cannot tell the format of {target.name!r} from {ending}{hint} use {', '.join(FORMATS)}")
    text = FORMATS[target.suffix.lower()](study)
    return written(target, lambda place: place.write_text(text, encoding="utf-8"))


def html(study: Study) -> str:
    """The report as one HTML file that needs nothing else. All text of the study is escaped."""
    require("jinja2")
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    return environment.get_template("report.html").render(
        title=heading(study), answer=answer(study), sections=sections(study), legend=_legend(study),
        light=_palette(COLOURS, PAPER), dark=_palette(DARK_COLOURS, NIGHT), version=nonlin.__version__,
    )  # fmt: skip


def _legend(study: Study) -> list[tuple[str, str, str]]:
    """Name, colour and dashes of every activation's line."""
    return [(name, f"var(--c{i % len(COLOURS)})", " ".join(map(str, DASHES[i % len(DASHES)])))
            for i, name in enumerate(study.activations)]  # fmt: skip


def _palette(colours: Sequence[str], background: str) -> dict[str, str]:
    """The colours of the page and its pictures, as CSS variables."""
    page = {"paper": background, "ink": INK[background], "faint": FAINT[background]}
    return page | {f"c{i}": colour for i, colour in enumerate(colours)}


def themed(svg: str, prefix: str) -> str:
    """A picture's SVG element for use inside a page: colours as CSS variables, ids that begin with ``prefix``."""
    element = svg[svg.index("<svg ") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    names = {value.lower(): f"var(--{name})" for name, value in _palette(COLOURS, PAPER).items()}
    element = re.sub(r"(?<=: )#[0-9a-f]{6}\b", lambda found: names.get(found[0], found[0]), element)
    element = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}", element)
    return re.sub(r'<svg ([^>]*?)width="[^"]*"([^>]*?)height="[^"]*"', r"<svg \1\2", element, count=1)


def markdown(study: Study) -> str:
    """The report as Markdown, without pictures."""
    lines = [f"# {_escaped(heading(study))}", "", f"**{_escaped(answer(study))}**"]
    for section in sections(study, pictures=False):
        lines += ["", f"## {section.title}", *(line for text in section.text for line in ("", _escaped(text)))]
        lines += [line for table in section.tables for line in ("", *_rows(table))]
        lines += [line for code in section.code for line in ("", *(f"    {part}" for part in code.splitlines()))]
        lines += ["", *(f"- {_escaped(item)}" for item in section.listed)] if section.listed else []
    return "\n".join([*lines, "", f"nonlin {nonlin.__version__}", ""])


def _rows(table: Table) -> list[str]:
    rule = ["---", *["---:"] * (len(table.header) - 1)]
    caption = [f"**{_escaped(table.caption)}**", ""] if table.caption else []
    return caption + [f"| {' | '.join(map(_escaped, row))} |" for row in (table.header, rule, *table.rows)]


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|#&])", r"\\\1", " ".join(text.split()))


def as_json(study: Study) -> str:
    """All records of the study as JSON with stable keys."""
    return json.dumps(as_record(study), indent=1, allow_nan=False)


def as_record(study: Study) -> Record:
    """The study in the types of JSON."""
    records = {name: getattr(study, name)() for name in ("table", "verdicts", "convergence", "cost", "tuning", "runs")}
    return {
        "nonlin": nonlin.__version__, "answer": answer(study), "settings": study.settings.as_record(),
        "activations": {arm.name: arm.formula for arm in study.about.arms}, "baseline": study.baseline,
        "data_fingerprint": study.about.fingerprint, "notes": study.notes, "repeat": _repeat(study),
        **records, "groups": study.groups(), "failed": study.failed, "signals": study.signals(),
    }  # fmt: skip


FORMATS: dict[str, Callable[[Study], str]] = {".html": html, ".md": markdown, ".json": as_json}
"""What writes each format, by the ending of the file."""
