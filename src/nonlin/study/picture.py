"""Pictures of a study, drawn without pyplot: nothing is registered, shown or changed globally."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from nonlin.errors import InputError
from nonlin.plot.labels import literal
from nonlin.plot.picture import Picture
from nonlin.plot.style import INK, PAPER, line_style, settings, styled
from nonlin.study import statistics, tables
from nonlin.study.heatmaps import heatmaps
from nonlin.study.records import Run
from nonlin.study.results import Study

ACCURACY_TICKS = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
MEASURES = {
    "validation_accuracy": "validation accuracy",
    "validation_loss": "validation loss (nats)",
    "training_loss": "training loss (nats)",
    "training_accuracy": "training accuracy",
}
WIDTH, HEIGHT, ROW = 4.6, 3.2, 0.3  # inches: a panel, and a row of one that has a row per activation
LONGEST = 20  # characters of a name at the side of a panel


@dataclass(frozen=True)
class Panel:
    """One picture's axes: its ``title``, what draws into it, and its height in inches."""

    title: str
    fill: Callable[[Axes], None]
    height: float = HEIGHT


def draw(study: Study, what: str) -> Picture:
    """The panels of a picture side by side, with one legend. Raises InputError where there is nothing to draw."""
    if what == "signals" and study.signals():
        return heatmaps(study.signals())
    parts = panels(study, what)
    if not parts:
        raise InputError(f"there is nothing to draw: {EMPTY[what]}")
    look = settings() | {"figure.dpi": 110}
    with styled(look):
        return Picture(*_figure(study, parts, what == "curves"), style=look)


EMPTY = {
    "curves": "no network has measures per epoch",
    "scores": "no network was trained to its end",
    "differences": "a difference needs two activations with two seeds in common",
    "cost": "no training time was measured",
    "signals": "no signals were measured; compare(..., signals=True) measures them",
}


def single(panel: Panel) -> Picture:
    """One panel as a picture of its own."""
    look = settings()
    with styled(look):
        figure = Figure(figsize=(WIDTH, panel.height), layout="constrained")
        panel.fill(axes := figure.subplots())
    return Picture(figure, (axes,), style=look)


def panels(study: Study, what: str) -> list[Panel]:
    """The panels of "curves", "scores", "differences" or "cost"; none where there is nothing to draw."""
    return PANELS[what](study) if what in PANELS else []


def _figure(study: Study, parts: Sequence[Panel], legend: bool) -> tuple[Figure, tuple[Axes, ...]]:
    rows = -(-len(study.activations) // 6) if legend else 0
    size = (WIDTH * len(parts), max(p.height for p in parts) + 0.5 + 0.25 * rows)
    figure = Figure(figsize=size, layout="constrained")
    axes = [axes for row in figure.subplots(1, len(parts), squeeze=False) for axes in row]
    for panel, one in zip(axes, parts, strict=True):
        one.fill(panel)
        panel.set_title(one.title, loc="left")
    figure.suptitle(title(study), fontsize="medium")
    if legend:
        lines = [Line2D([], [], **line_style(i)) for i in range(len(study.activations))]
        names = [literal(name) for name in study.activations]
        figure.legend(lines, names, loc="outside lower center", ncols=6, frameon=False, handlelength=4)
    return figure, tuple(axes)


def title(study: Study) -> str:
    """The conditions in a line."""
    seeds = study.settings.seeds
    return literal(f"{study.settings.model} on {study.settings.data}, {seeds} seed{'s' * (seeds > 1)}", 80)


# ---- curves ----------------------------------------------------------------------------------------------------------


def _curves(study: Study) -> list[Panel]:
    """One panel per measure that was taken: the mean over the seeds, a band from the least to the greatest."""
    runs = [run for several in study.arms.values() for run in several]
    taken = [m for m in MEASURES if any(len(getattr(run, m)) for run in runs)]
    if "validation_accuracy" in taken:
        taken = [m for m in taken if m != "training_accuracy"]
    return [Panel(MEASURES[m], partial(_fill_curves, study, m)) for m in taken]


def _fill_curves(study: Study, measure: str, axes: Axes) -> None:
    for number, runs in enumerate(study.arms.values()):
        _line(axes, [run for run in runs if run.status == "done"], measure, line_style(number))
        for run in runs:
            if run.status == "diverged":
                _lost(axes, getattr(run, measure), line_style(number)["color"])
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    _accuracy_axis(axes) if measure.endswith("accuracy") else _loss_axis(axes)


def _line(axes: Axes, runs: Sequence[Run], measure: str, style: dict[str, Any]) -> None:
    columns = list(zip(*(getattr(run, measure) for run in runs if getattr(run, measure)), strict=False))
    if not columns:
        return
    epochs, least, most = range(1, len(columns) + 1), [min(c) for c in columns], [max(c) for c in columns]
    axes.fill_between(epochs, least, most, color=style["color"], alpha=0.15, linewidth=0)
    axes.plot(epochs, [fmean(c) for c in columns], marker="o" if len(columns) == 1 else None, **style)


def _lost(axes: Axes, curve: Sequence[float], colour: str) -> None:
    """A diverged network alone: a thin line that ends in a cross."""
    finite = [value for value in curve if math.isfinite(value)]
    axes.plot(range(1, len(finite) + 1), finite, color=colour, linewidth=0.8)
    if finite:
        axes.plot(len(finite), finite[-1], marker="x", color=colour)


def _loss_axis(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    low, high = axes.get_ylim()
    few = high < 20 * low
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}") if few else NullFormatter())
    if few:
        axes.yaxis.set_major_locator(MaxNLocator(5, min_n_ticks=3))
        axes.yaxis.minorticks_off()


def _accuracy_axis(axes: Axes) -> None:
    """Stretched near 100 %, where activations differ; without ticks so near each other that they cannot be read."""
    axes.set_yscale("function", functions=(_stretched, _shrunk))
    low, high = (float(_stretched(end)) for end in axes.get_ylim())
    kept: list[float] = []
    for tick in reversed(ACCURACY_TICKS):
        if not kept or _stretched(kept[-1]) - _stretched(tick) > 0.07 * (high - low):
            kept.append(tick)
    axes.yaxis.set_major_locator(FixedLocator(kept))
    axes.yaxis.set_major_formatter(FuncFormatter(_percent))


def _percent(share: float, _: object = None) -> str:
    return f"{100 * share:.4g} %"


def _stretched(accuracy: Any) -> Any:
    """Where an accuracy is drawn: logarithmic in the error, which 0.5 % keeps finite at 100 %."""
    return -np.log10(1.005 - np.minimum(accuracy, 1.0))


def _shrunk(height: Any) -> Any:
    return 1.005 - 10.0 ** -np.asarray(height)


# ---- one row per activation or pair ----------------------------------------------------------------------------------


def _scores(study: Study) -> list[Panel]:
    scores = tables.scores(study.arms)
    if not any(statistics.finished(runs) for runs in scores.values()):
        return []
    return [Panel("test accuracy of every network", partial(_fill_scores, study, scores), _height(len(scores)))]


def _fill_scores(study: Study, scores: statistics.Scores, axes: Axes) -> None:
    numbers = {name: number for number, name in enumerate(study.activations)}
    for row, runs in enumerate(scores.values()):
        colour = line_style(numbers[[*scores][row]])["color"]
        values = [*statistics.finished(runs).values()]
        axes.scatter(values, _spread(row, len(values)), s=16, color=colour, alpha=0.55, linewidths=0, zorder=3)
        s = statistics.summary(runs)
        _whisker(axes, row + 0.34, s.mean, max(s.low, 0), min(s.high, 1), colour, filled=True)
    _rows(axes, [_counted(name, runs) for name, runs in scores.items()])
    axes.xaxis.set_major_formatter(FuncFormatter(_percent))
    axes.set_xlabel("dots: networks; below: mean, 95 % interval", loc="right")


def _counted(name: str, runs: statistics.Runs) -> str:
    lost = len(runs) - len(statistics.finished(runs))
    return f"{literal(name, LONGEST)}{f' ({lost} diverged)' * bool(lost)}"


def _spread(row: int, count: int) -> list[float]:
    """Heights around a row, so that equal scores stay apart: always the same."""
    return [row - 0.12 + 0.34 * ((i * 0.618034) % 1 - 0.5) for i in range(count)]


def _differences(study: Study) -> list[Panel]:
    pairs = tables.told(study.differences, tables.scores(study.arms), study.baseline)
    height = _height(len(pairs))
    return [Panel("difference of test accuracy", partial(_fill_differences, pairs), height)] if pairs else []


def _fill_differences(pairs: Sequence[statistics.Difference], axes: Axes) -> None:
    axes.axvline(0, color=INK[PAPER], linewidth=0.9)
    for row, d in enumerate(pairs):
        _whisker(axes, row, 100 * d.mean, 100 * d.low, 100 * d.high, line_style(0)["color"], filled=d.separated)
    _rows(axes, [f"{literal(d.a, LONGEST)} − {literal(d.b, LONGEST)}" for d in pairs])
    axes.set_xlabel("points; 95 % intervals, all pairs at once", loc="right")


def _cost(study: Study) -> list[Panel]:
    rows = [row for row in study.cost() if row["cost_ratio"] is not None]
    if not rows:
        return []
    told = f"CPU time of training, {literal(rows[0]['baseline'], LONGEST)} = 1"
    return [Panel(told, partial(_fill_cost, study, rows), _height(len(rows)))]


def _fill_cost(study: Study, rows: Sequence[tables.Record], axes: Axes) -> None:
    numbers = {name: number for number, name in enumerate(study.activations)}
    axes.axvline(1, color=INK[PAPER], linewidth=0.9)
    for place, row in enumerate(rows):
        low, high = (row["cost_ratio"] if row[k] is None else row[k] for k in ("cost_low", "cost_high"))
        colour = line_style(numbers[row["activation"]])["color"]
        _whisker(axes, place, row["cost_ratio"], low, high, colour, filled=True)
    _rows(axes, [literal(row["activation"], LONGEST) for row in rows])
    axes.set_xlabel("ratio; 95 % interval of each")


def _whisker(axes: Axes, row: float, mean: float, low: float, high: float, colour: str, *, filled: bool) -> None:
    axes.plot([low, high], [row, row], color=colour, linewidth=1.6, solid_capstyle="butt")
    face = colour if filled else PAPER
    axes.plot([mean], [row], marker="o", markersize=5, color=colour, markerfacecolor=face, zorder=4)


def _rows(axes: Axes, names: Sequence[str]) -> None:
    """The first row on top, its name at its side."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))


def _height(rows: int) -> float:
    return 0.9 + ROW * max(rows, 3)


PANELS: dict[str, Callable[[Study], list[Panel]]] = {
    "curves": _curves, "scores": _scores, "differences": _differences, "cost": _cost,
}  # fmt: skip
