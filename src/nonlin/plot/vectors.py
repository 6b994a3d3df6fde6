"""Vector functions: what softmax and its kin do with two classes."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from nonlin.catalogue import get
from nonlin.errors import InputError
from nonlin.plot import labels
from nonlin.plot.panels import draw_line, drawn, frame, legend, new_figure, title
from nonlin.plot.picture import Picture
from nonlin.plot.sampling import EVEN, Graph, shared_window
from nonlin.plot.style import line_style
from nonlin.plot.view import View, drawing
from nonlin.vector import VectorFunction


@drawing(without=("layout",))
def two_class(function: str | VectorFunction, *, view: View) -> Picture:
    """Draw both outputs of a vector function for the inputs (x, 0): for softmax the sigmoid and its mirror image.

    The options are those of :func:`nonlin.plot.curve`; ``data`` of the result has "x", "first" and "second".
    Raises InputError for what is no vector function.

    >>> import nonlin as nl
    >>> picture = nl.plot.two_class("softmax", points=3)
    >>> picture.data["first"].round(4)
    array([0. , 0.5, 1. ])
    """
    entry = get(function)
    if not isinstance(entry, VectorFunction):
        raise InputError(
            f"{entry.name} is no vector function; two_class draws softmax and its kin, curve draws {entry.name}"
        )
    graph = _slice(entry, view)
    return drawn(view, lambda: (_outputs(entry, graph, view), graph.data))


def _slice(entry: VectorFunction, view: View) -> Graph:
    x = np.linspace(*view.range, view.points or EVEN)
    rows = entry(np.column_stack([x, np.zeros_like(x)]))
    window = view.ylim or shared_window([(float(rows.min()), float(rows.max()))])
    return Graph(x, {"first": rows[:, 0], "second": rows[:, 1]}, window)


def _outputs(entry: VectorFunction, graph: Graph, view: View) -> list[Axes]:
    axes = new_figure(view, (6.2, 4.0))
    frame(axes[0], view, graph.window)
    lines = [
        draw_line(axes[0], graph.x, row, graph.window, **line_style(number, view.background))
        for number, row in enumerate(graph.values.values())
    ]
    if view.ax is None:
        title(axes[0], [f"{labels.literal(entry.name)} of $(x, 0)$"])
    legend(axes[0], lines, ["output for $x$", "output for $0$"], view)
    return axes
