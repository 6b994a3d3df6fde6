"""What a function makes of a standard normal input: the density of its output and of its slope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erf, pi, sqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from nonlin.core import Activation
from nonlin.plot import labels
from nonlin.plot.panels import drawn, new_figure, title
from nonlin.plot.picture import Picture
from nonlin.plot.sampling import Array, Graph, readable, sample, tell_gaps
from nonlin.plot.style import line_style
from nonlin.plot.view import View, drawing, elementwise

REACH = 8.0  # of z on both sides; beyond lies a share of 1e-15
CELLS = 8001
BINS = 240
COMMON = 3.5  # the axes show the images of |z| up to here
LEAST_MASS = 1e-4  # a smaller share at one point is not drawn
MOST_NUMBERS = 4  # points whose probability is written beside them


@dataclass(frozen=True)
class Density:
    """The distribution of y: a density over the bins between ``edges``, and the probabilities of single points."""

    edges: Array
    heights: Array
    masses: tuple[tuple[float, float], ...]


@drawing(without=("layout", "axes", "legend", "ylim", "range", "points", "ax"))
def distribution(act: str | Activation, *, view: View) -> Picture:
    """Draw what a function makes of an input from N(0, 1): the densities of the output f(z) and of the slope f'(z).

    A value that is taken on a whole interval has a probability of its own (relu is 0 half of the time): it is drawn as
    a line with a dot, as high as its probability on the scale to the right. Nothing is random: each small interval of z
    gives its exact share to its image. ``data`` of the result has "output", "output_density", "slope" and
    "slope_density" (bin edges, one more than heights), and "output_points" and "slope_points", rows (point,
    probability).

    >>> import nonlin as nl
    >>> nl.plot.distribution("relu").data["output_points"]
    array([[0. , 0.5]])
    """
    act = elementwise(act)
    found = densities(act)
    return drawn(view, lambda: (_panels(act, found, view), _data(found)))


def densities(act: Activation) -> dict[str, Density]:
    """The distributions of f(z) and f'(z) for z from N(0, 1)."""
    slope = act.derivative
    orders = {"output": act, "slope": slope, "curvature": slope.derivative}
    graph = sample(orders, (-REACH, REACH), CELLS, domains={"slope": act, "curvature": act})
    tell_gaps(act.name, graph, "output", stacklevel=5)
    return {"output": _density(graph, "output", "slope"), "slope": _density(graph, "slope", "curvature")}


def _density(graph: Graph, key: str, next_order: str) -> Density:
    """Each cell of z gives its share evenly to the interval between its images; where f is constant, to one point.

    Constant is where the next derivative is exactly 0, not where values agree: tanh(9) is 1.0 by rounding only.
    """
    y, change = graph.values[key], graph.values[next_order]
    share = np.diff(np.array([erf(v / sqrt(2)) for v in graph.x])) / 2
    finite = np.isfinite(y[:-1]) & np.isfinite(y[1:]) & (share > 0)
    flat = finite & (change[:-1] == 0) & (change[1:] == 0) & (y[:-1] == y[1:])
    masses = _masses(y[:-1][flat], share[flat])
    moving = finite & ~flat
    low, high = np.minimum(y[:-1], y[1:])[moving], np.maximum(y[:-1], y[1:])[moving]
    edges = np.linspace(*_span(graph, key, [m[0] for m in masses]), BINS + 1)
    return Density(edges, _heights(edges, low, high, share[moving]), masses)


def _masses(points: Array, shares: Array) -> tuple[tuple[float, float], ...]:
    places, which = np.unique(np.round(points, 12) + 0.0, return_inverse=True)
    totals = np.bincount(which, weights=shares, minlength=len(places))
    return tuple((float(p), float(t)) for p, t in zip(places, totals, strict=True) if t >= LEAST_MASS)


def _span(graph: Graph, key: str, points: list[float]) -> tuple[float, float]:
    """The values of all but rare inputs, and all points; never empty."""
    common = graph.values[key][np.abs(graph.x) <= COMMON]
    low, high = readable(common, (-COMMON, COMMON)) if np.isfinite(common).any() else (0.0, 0.0)
    low, high = min([low, *points]), max([high, *points])
    room = max(1.0, 1e-6 * abs(low))
    return (low, high) if high - low > 1e-9 * abs(low) else (low - room, high + room)


def _heights(edges: Array, low: Array, high: Array, share: Array) -> Array:
    width = np.maximum(high - low, 1e-300)
    below = [float(np.sum(share * np.clip((edge - low) / width, 0.0, 1.0))) for edge in edges]
    return np.diff(below) / np.diff(edges)


def _data(found: Mapping[str, Density]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, density in found.items():
        data |= {key: density.edges, f"{key}_density": density.heights}
        data[f"{key}_points"] = np.array(density.masses, dtype=float).reshape(-1, 2)
    return data


# ---- drawing --------------------------------------------------------------------------------------------------------


def _panels(act: Activation, found: Mapping[str, Density], view: View) -> list[Axes]:
    axes = new_figure(view, (10.5, 3.4), 1, 3)
    z = np.linspace(-4.0, 4.0, 201)
    look = line_style(0, view.background)
    axes[0].plot(z, np.exp(-(z**2) / 2) / sqrt(2 * pi), color=look["color"])
    axes[0].fill_between(z, np.exp(-(z**2) / 2) / sqrt(2 * pi), color=look["color"], alpha=0.15, linewidth=0)
    axes[0].set(xlim=(-4, 4), ylim=(0, 0.44), xlabel="$z$", ylabel="density")
    for ax, (symbol, density) in zip(axes[1:], zip(("f", "f'"), found.values(), strict=True), strict=True):
        _draw_density(ax, density, view)
        ax.set_xlabel(f"${symbol}(z)$")
    for ax, text in zip(axes, (r"input $z \sim \mathrm{N}(0, 1)$", "output $f(z)$", "slope $f'(z)$"), strict=True):
        title(ax, [text])
    axes[0].figure.suptitle(labels.headline(act)[0], x=0.01, ha="left", fontsize="medium")
    return axes


def _draw_density(ax: Axes, density: Density, view: View) -> None:
    """Filled steps for the density, a line with a dot for each point on a scale of its own."""
    colour = line_style(0, view.background)["color"]
    low, high = float(density.edges[0]), float(density.edges[-1])
    ax.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    if density.heights.any():
        ax.stairs(density.heights, density.edges, color=colour, linewidth=1.6)
        ax.stairs(density.heights, density.edges, fill=True, color=colour, alpha=0.15, linewidth=0)
        room = 1.35 if density.masses else 1.08  # for the numbers of the points
        ax.set_ylim(0, room * _readable_top(density.heights))
        ax.set_ylabel("density")
    else:
        ax.set_yticks([])
    if density.masses:
        _draw_points(ax, density.masses, view)


def _readable_top(heights: Array) -> float:
    """The greatest height, or less where a spike (where f turns, its density is infinite) would flatten the rest."""
    seen = heights[heights > 0]
    return min(float(seen.max()), 5 * float(np.quantile(seen, 0.8)))


def _draw_points(ax: Axes, masses: Sequence[tuple[float, float]], view: View) -> None:
    scale = ax.twinx()
    colour = line_style(1, view.background)["color"]
    for point, probability in masses:
        scale.plot([point, point], [0, probability], color=colour, linewidth=2, clip_on=False)
        scale.plot(point, probability, "o", color=colour, markersize=6, clip_on=False)
        if len(masses) <= MOST_NUMBERS:
            _write_number(scale, point, probability, colour, view)
    scale.set_ylim(0, 1.12 * max(p for _, p in masses))
    scale.grid(visible=False)
    scale.spines["right"].set_visible(True)
    scale.set_ylabel("probability of a point", color=colour)
    scale.tick_params(axis="y", colors=colour)


def _write_number(ax: Axes, point: float, probability: float, colour: str, view: View) -> None:
    """Beside the dot, towards the middle, where no frame is."""
    low, high = ax.get_xlim()
    inwards = 1 if point < (low + high) / 2 else -1
    ax.annotate(f"{probability:.3g}", (point, probability), (7 * inwards, 0), textcoords="offset points", va="center",
                ha="left" if inwards > 0 else "right", color=colour, fontsize="small",
                bbox={"facecolor": view.background, "edgecolor": "none", "pad": 0.8, "alpha": 0.85})  # fmt: skip
