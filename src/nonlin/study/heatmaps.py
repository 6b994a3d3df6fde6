"""The pictures of :mod:`nonlin.study.vanishing`: measures per layer and epoch as fields of colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from nonlin.plot.labels import literal
from nonlin.plot.picture import Picture
from nonlin.plot.style import settings, styled
from nonlin.study.results import SIGNAL_FILES, make_folder, write_csv

Record = dict[str, Any]
MEASURES = {
    "activation_sd": "spread of the activations",
    "gradient_sd": "spread of the gradient",
    "dead": "dead units",
    "zeros": "zeros",
}
"""What is measured, and what it is called in pictures. The first two are standard deviations, the others shares."""
SMALLEST = 1e-12
"""Spreads below this are drawn as this."""
WIDTH, COLUMNS = 4.6, 3
"""Inches of the picture of one measure, and how many activations stand side by side in it."""


def heatmaps(records: Sequence[Record]) -> Picture:
    """A row per measure with its own scale (spreads logarithmic, shares from 0 to 1), a column per activation."""
    names = _names(records)
    size = (1.6 + 2.1 * len(names), 0.6 + 2.0 * len(MEASURES))
    with styled(look := settings() | {"figure.dpi": 110, "axes.grid": False}):
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(len(MEASURES), len(names), squeeze=False)
        for row, (measure, label) in zip(grid, MEASURES.items(), strict=True):
            _fill(row, records, measure, label)
        _label_outer(list(grid.ravel()), len(names))
        for axes, name in zip(grid[0], names, strict=True):
            axes.set_title(literal(name, 24), loc="center")
    return Picture(figure, tuple(grid.ravel()), style=look)


def by_measure(records: Sequence[Record]) -> Iterator[tuple[str, Picture]]:
    """The same as one narrow picture per measure, with what it shows: rows of small fields, one per activation."""
    look = settings() | {"axes.grid": False, "axes.titlesize": 9, "axes.titlepad": 4}
    for measure, label in MEASURES.items():
        with styled(look):
            picture = Picture(*_small_fields(records, measure), style=look)
        yield label, picture


def save(records: Sequence[Record], folder: str | PathLike[str]) -> list[Path]:
    """Write ``signals.png`` and ``signals.csv`` into a folder, made if need be; their paths."""
    picture, table = (make_folder(folder) / name for name in SIGNAL_FILES)
    heatmaps(records).save(picture, force=True)
    return [picture, write_csv(table, list(records))]


def _small_fields(records: Sequence[Record], measure: str) -> tuple[Figure, tuple[Axes, ...]]:
    names = _names(records)
    columns = min(COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(WIDTH, 0.6 + 1.3 * rows), layout="constrained")
    axes = [figure.add_subplot(rows, columns, place) for place in range(1, len(names) + 1)]
    _fill(axes, records, measure)
    _label_outer(axes, columns, ticks=4)
    for one, name in zip(axes, names, strict=True):
        one.set_title(literal(name, 36 // columns), loc="center")
    return figure, tuple(axes)


def _fill(row: Sequence[Axes], records: Sequence[Record], measure: str, label: str = "") -> None:
    """One measure: an activation per field, all in one scale, which stands beside them."""
    fields = [_field([r for r in records if r["activation"] == name], measure) for name in _names(records)]
    scale = _scale(fields, measure)
    drawn = [axes.imshow(f, origin="lower", aspect="auto", norm=scale, cmap="viridis", interpolation="none",
                         extent=_extent(f)) for axes, f in zip(row, fields, strict=True)]  # fmt: skip
    bar = row[0].figure.colorbar(drawn[0], ax=list(row), label=label, pad=0.01)
    told = "{:g}" if isinstance(scale, LogNorm) else "{:.0%}"
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: told.format(value).replace("%", " %")))
    low, high = bar.ax.get_ylim()
    if isinstance(scale, LogNorm) and high < 20 * low:  # no or one power of ten
        bar.ax.yaxis.set_major_locator(MaxNLocator(5))
        bar.ax.minorticks_off()


def _label_outer(grid: Sequence[Axes], columns: int, ticks: int = 8) -> None:
    """Epochs below the lowest of every column, layers at the left."""
    for place, axes in enumerate(grid):
        lowest, first = place + columns >= len(grid), place % columns == 0
        axes.tick_params(labelbottom=lowest, labelleft=first)
        axes.set(xlabel="epoch" if lowest else "", ylabel="layer" if first else "")
        axes.xaxis.set_major_locator(MaxNLocator(ticks, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(ticks, integer=True))


def _names(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(record["activation"] for record in records))


def _field(records: Sequence[Record], measure: str) -> npt.NDArray[np.float64]:
    """The measure by layer and epoch; NaN where it was not taken."""
    field = np.full((max(r["layer"] for r in records), 1 + max(r["epoch"] for r in records)), np.nan)
    for record in records:
        field[record["layer"] - 1, record["epoch"]] = record[measure]
    return field


def _extent(field: npt.NDArray[np.float64]) -> tuple[float, float, float, float]:
    layers, epochs = field.shape
    return -0.5, epochs - 0.5, 0.5, layers + 0.5


def _scale(fields: Sequence[npt.NDArray[np.float64]], measure: str) -> Normalize:
    if not measure.endswith("_sd"):
        return Normalize(0, 1)
    values = np.concatenate([field.ravel() for field in fields])
    values = np.maximum(values[np.isfinite(values)], SMALLEST)
    return LogNorm(values.min(initial=1.0), values.max(initial=SMALLEST * 10))
