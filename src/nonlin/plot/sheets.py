"""Sheets: many entries, each in a small panel of its own with its derivative."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from nonlin.catalogue import get
from nonlin.core import Activation
from nonlin.errors import InputError
from nonlin.plot import labels
from nonlin.plot.panels import STEPS, draw_dots, draw_line, figure_of, new_figure
from nonlin.plot.picture import Picture
from nonlin.plot.sampling import Array, Graph, readable, sample, shared_window
from nonlin.plot.style import line_style, settings, styled
from nonlin.plot.view import View
from nonlin.units import GatedUnit

POINTS = 241
SPAN = (-5.0, 5.0)
PANEL = (1.62, 1.32)
"""Width and height of a panel in inches."""
HEAD, LINE = 0.42, 0.2
"""Inches above the panels for the heading, and for each line of the legend."""
NARROWEST = 4.4
"""Inches that the heading and the legend need."""
LONG = 19
"""Characters of a name, beyond which its letters are smaller."""
KEYS = {
    "elementwise": ("f(x)", "f'(x)"),
    "vector": ("output for x in (x, 0)", "output for 0"),
    "unit": ("f(x, 1), or the first output", "f(1, x), or the second output"),
}
"""What the two lines of a panel are."""


def sheet(names: Iterable[str], heading: str = "", columns: int = 8) -> Picture:
    """Draw entries in small panels from -5 to 5, each with its own heights: the function solid, its derivative dashed.

    Of a vector function the two outputs for (x, 0); of a unit f(x, 1) and f(1, x), or its two outputs for x or (x, 1).
    ``columns`` is the number of panels in a row. ``data`` of the result has for each name "x", "first" and "second".

    >>> import nonlin as nl
    >>> sorted(nl.plot.sheet(["relu", "softmax"]).data)
    ['relu', 'softmax']

    Raises InputError for no names, UnknownActivation for an unknown one.
    """
    given = [names] if isinstance(names, str) or not isinstance(names, Iterable) else [*names]
    if not given or type(columns) is not int or columns < 1:
        raise InputError(
            f"a sheet needs at least one entry, and at least one column, got {len(given)} names, columns={columns!r}"
        )
    entries = [get(name) for name in given]
    graphs = {entry.name: _graph(entry) for entry in entries}
    style = settings() | {"font.size": 7, "axes.titlesize": 8, "axes.titlepad": 3, "xtick.labelsize": 6,
                          "ytick.labelsize": 6, "lines.linewidth": 1.3}  # fmt: skip
    with styled(style):
        axes = _panels(graphs, heading, min(columns, len(graphs)), {_kind(entry): None for entry in entries})
    return Picture(figure_of(axes[0]), tuple(axes), {name: graph.data for name, graph in graphs.items()}, style)


def _kind(entry: Any) -> str:
    if isinstance(entry, Activation):
        return "elementwise"
    return "unit" if isinstance(entry, GatedUnit) else "vector"


def _graph(entry: Any) -> Graph:
    if isinstance(entry, Activation):
        graph = sample({"first": entry, "second": entry.derivative}, SPAN, POINTS, None, {"second": entry})
        window = shared_window([readable(row[np.isfinite(row)], SPAN) for row in graph.values.values()])
        return Graph(graph.x, graph.values, window, graph.jumps)
    x = np.linspace(*SPAN, POINTS)
    first, second = _of_unit(entry, x) if isinstance(entry, GatedUnit) else _of_vector(entry, x)
    return Graph(x, {"first": first, "second": second}, shared_window([readable(first, SPAN), readable(second, SPAN)]))


def _of_vector(entry: Any, x: Array) -> tuple[Array, Array]:
    first, second = entry(np.stack([x, np.zeros_like(x)]), axis=0)
    return first, second


def _of_unit(entry: Any, x: Array) -> tuple[Array, Array]:
    """f(x, 1) and f(1, x); of a unit with two outputs both of them, for x or (x, 1)."""
    one = np.ones_like(x)
    rows = entry(x[None] if len(entry.inputs) == 1 else np.stack([x, one]), axis=0)
    return rows[0], rows[1] if len(rows) == 2 else entry(np.stack([one, x]), axis=0)[0]


def _panels(graphs: Mapping[str, Graph], heading: str, columns: int, kinds: Iterable[str]) -> list[Axes]:
    rows, kinds = -(-len(graphs) // columns), list(kinds)
    head = HEAD + LINE * len(kinds)
    size = max(columns * PANEL[0], NARROWEST), rows * PANEL[1] + head
    axes = new_figure(View(), size, rows, columns)
    for ax in axes[len(graphs) :]:
        ax.remove()
    for ax, (name, graph) in zip(axes, graphs.items(), strict=False):
        _panel(ax, name, graph)
    figure = figure_of(axes[0])
    figure.text(0.12 / size[0], 1 - 0.12 / size[1], heading, fontsize=12, fontweight="bold", va="top")
    for place, kind in enumerate(kinds):
        lines = [Line2D([], [], **line_style(number)) for number in (0, 1)]
        corner = 0.05 / size[0], 1 - (HEAD - 0.12 + LINE * place) / size[1]
        figure.legend(lines, KEYS[kind], loc="upper left", ncols=2, fontsize=8, bbox_to_anchor=corner)
    figure.tight_layout(pad=0.4, w_pad=0.6, h_pad=0.7, rect=(0, 0, 1, 1 - head / size[1]))
    return axes[: len(graphs)]


def _panel(ax: Axes, name: str, graph: Graph) -> None:
    ax.set_xlim(*SPAN)
    ax.set_ylim(*graph.window)
    for number, (key, row) in enumerate(graph.values.items()):
        look = line_style(number)
        draw_line(ax, graph.x, row, graph.window, zorder=3 - number, **look)
        draw_dots(ax, graph.jumps.get(key, []) if number == 0 else [], graph.window, look["color"], 3.0)
    ax.set_title(labels.literal(name), loc="left", fontsize=8 * min(1.0, LONG / len(name)))
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=STEPS))
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=STEPS))
    ax.tick_params(length=2, pad=1.5)
