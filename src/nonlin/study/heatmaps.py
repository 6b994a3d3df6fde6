"""The picture of :mod:`nonlin.study.vanishing`: measures per layer and epoch as fields of colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

Record = dict[str, Any]
SMALLEST = 1e-12
"""Spreads below this are drawn as this."""


def heatmaps(records: Sequence[Record], measures: Mapping[str, str]) -> Picture:
    """A row per measure with its own scale (spreads logarithmic, shares from 0 to 1), a column per activation."""
    look = settings() | {"figure.dpi": 110, "axes.grid": False}
    with styled(look):
        figure, axes = _figure(records, measures)
    return Picture(figure, axes, style=look)


def _figure(records: Sequence[Record], measures: Mapping[str, str]) -> tuple[Figure, tuple[Axes, ...]]:
    names = list(dict.fromkeys(record["activation"] for record in records))
    figure = Figure(figsize=(1.6 + 2.1 * len(names), 0.6 + 2.0 * len(measures)), layout="constrained")
    grid = figure.subplots(len(measures), len(names), squeeze=False, sharex=True, sharey=True)
    for row, (measure, label) in zip(grid, measures.items(), strict=True):
        fields = [_field([r for r in records if r["activation"] == name], measure) for name in names]
        scale = _scale(fields, measure)
        drawn = [axes.imshow(f, origin="lower", aspect="auto", norm=scale, cmap="viridis", extent=_extent(f))
                 for axes, f in zip(row, fields, strict=True)]  # fmt: skip
        shares = None if isinstance(scale, LogNorm) else FuncFormatter(lambda value, _: f"{100 * value:g} %")
        figure.colorbar(drawn[0], ax=list(row), label=label, format=shares, pad=0.01)
    _label(grid, names)
    return figure, tuple(axes for row in grid for axes in row)


def _label(grid: Any, names: Sequence[str]) -> None:
    for axes, name in zip(grid[0], names, strict=True):
        axes.set_title(literal(name, 24), loc="center")
    for axes in grid[-1]:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    for axes in grid[:, 0]:
        axes.set_ylabel("layer")
        axes.yaxis.set_major_locator(MaxNLocator(8, integer=True))


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
