"""Axes and what is put into them: lines, dots, the frame, the legend where it covers nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, MaxNLocator
from matplotlib.transforms import Bbox, ScaledTranslation

from nonlin.calculus.facts.breaks import Jump
from nonlin.plot.picture import Picture
from nonlin.plot.sampling import Array, dots
from nonlin.plot.style import styled
from nonlin.plot.view import View

MOST_DOTS = 24  # more would be a chain of beads
CORNERS = ("upper left", "lower right", "upper right", "lower left", "center left", "center right", "upper center",
           "lower center")  # fmt: skip
STEPS = (1, 2, 5, 10)
OUTSIDE = ("right", "below")
TALL_PAD = 13.0  # points between the axes and the baseline of a title with a fraction, which goes below it
GAP = 6.0  # pixels at 100 dpi between a legend and a line


def new_figure(view: View, size: tuple[float, float], rows: int = 1, columns: int = 1, **shared: Any) -> list[Axes]:
    """Axes of a new figure, or the user's own."""
    if view.ax is not None:
        return [view.ax]
    figure = Figure(figsize=view.size or size)
    FigureCanvasAgg(figure)
    return list(figure.subplots(rows, columns, squeeze=False, **shared).flat)


def draw_line(ax: Axes, x: Array, y: Array, window: tuple[float, float], **style: Any) -> Line2D:
    """A line, interrupted where y is not finite; what lies far outside the window is brought near it."""
    height = window[1] - window[0]
    shown = np.clip(np.where(np.isfinite(y), y, np.nan), window[0] - 50 * height, window[1] + 50 * height)
    return ax.plot(x, shown, **style)[0]


def draw_dots(ax: Axes, jumps: Sequence[Jump], window: tuple[float, float], colour: Any, size: float = 5.2) -> None:
    """A filled dot at the value of each jump, an open one at a limit that is not the value."""
    low, high = sorted(ax.get_xlim())
    inside = [j for j in jumps if low <= j.x <= high]
    if len(inside) > MOST_DOTS:
        return
    paper = to_hex(ax.get_facecolor())
    for places, face in zip(dots(inside), (colour, paper), strict=True):
        seen = [p for p in places if window[0] <= p[1] <= window[1]]
        if seen:
            ax.plot(*zip(*seen, strict=True), linestyle="none", marker="o", markersize=size, zorder=3.5, color=colour,
                    markerfacecolor=face, markeredgewidth=size / 4,
                    clip_on=False)  # fmt: skip


def figure_of(ax: Axes) -> Figure:
    figure: Any = ax.get_figure(root=True)
    return cast(Figure, figure)


def renderer_of(ax: Axes) -> Any:
    """What measures texts, whatever canvas the user's figure has."""
    figure = figure_of(ax)
    canvas: Any = figure.canvas
    made: Any = RendererAgg
    return canvas.get_renderer() if hasattr(canvas, "get_renderer") else made(*figure.bbox.size, figure.dpi)


# ---- the frame ------------------------------------------------------------------------------------------------------


def frame(ax: Axes, view: View, window: tuple[float, float]) -> None:
    """Limits, and the axes as a box or through the origin."""
    ax.set_xlim(*view.range)
    ax.set_ylim(*window)
    if view.axes == "origin":
        _through_origin(ax, view)
    else:
        ax.set_xlabel("x", fontstyle="italic")  # not "$x$", which takes 10 ms to read
        ax.xaxis.set_major_locator(MaxNLocator(8, steps=STEPS))
        ax.yaxis.set_major_locator(MaxNLocator(6, steps=STEPS))


def _through_origin(ax: Axes, view: View) -> None:
    """Lines through (0, 0), or the edge nearest to it, with arrows; no label at 0 and none under an arrow."""
    ax.grid(visible=False)
    ax.spines[["top", "right"]].set_visible(False)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    x0, y0 = min(max(0.0, left), right), min(max(0.0, bottom), top)
    ax.spines["left"].set_position(("data", x0))
    ax.spines["bottom"].set_position(("data", y0))
    ink = ax.spines["left"].get_edgecolor()
    tip: dict[str, Any] = {"color": ink, "clip_on": False, "markersize": 5, "zorder": 2.4, "linestyle": "none"}
    ax.plot(1, y0, ">", transform=ax.get_yaxis_transform(), **tip)
    ax.plot(x0, 1, "^", transform=ax.get_xaxis_transform(), **tip)
    for axis, (low, high) in ((ax.xaxis, (left, right)), (ax.yaxis, (bottom, top))):
        ticks = MaxNLocator(8, steps=STEPS).tick_values(low, high)
        kept = [t for t in ticks if low <= t <= high - 0.04 * (high - low) and abs(t) > 1e-9 * (high - low)]
        axis.set_major_locator(FixedLocator(kept))
    ax.annotate("x", (1, y0), (7, 0), xycoords=ax.get_yaxis_transform(), textcoords="offset points", va="center",
                fontstyle="italic")  # fmt: skip


def title(ax: Axes, choices: Iterable[str], room: float | None = None) -> None:
    """The first of the titles that fits over the axes, in ``room`` pixels where given."""
    renderer = renderer_of(ax)
    for text in choices:
        made = ax.set_title(text, loc="left", pad=TALL_PAD if r"\dfrac" in text else None)
        if made.get_window_extent(renderer).width <= (room or ax.get_window_extent(renderer).width):
            return


# ---- the legend -----------------------------------------------------------------------------------------------------


def legend(ax: Axes, handles: Sequence[Artist], labels: Sequence[str], view: View, place: str = "") -> None:
    """A legend at the view's place, or ``place``; "best" is the first corner where it covers nothing, or the right."""
    place = place or str(view.legend)
    if place == "none" or not handles:
        return
    lay_out(ax, view)
    if place == "best":
        place = _free_corner(ax, handles, labels) or "right"
    made = _place(ax, handles, labels, place)
    made.set_in_layout(place in OUTSIDE)
    if place in OUTSIDE:
        lay_out(ax, view)


def _place(ax: Axes, handles: Sequence[Artist], labels: Sequence[str], place: str) -> Any:
    where: dict[str, Any] = {"loc": place}
    if place == "right":
        where = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.8}
    elif place == "below":
        where = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.14), "ncols": min(len(labels), 4)}
    return ax.legend(handles, labels, **where)


def _free_corner(ax: Axes, handles: Sequence[Artist], labels: Sequence[str]) -> str | None:
    renderer = renderer_of(ax)
    taken = occupied(ax)
    for corner in CORNERS:
        made = _place(ax, handles, labels, corner)
        box = made.get_window_extent(renderer).padded(GAP * renderer.dpi / 100)
        if not covers(box, taken):
            return corner
    made.remove()
    return None


def covers(box: Bbox, points: Array) -> bool:
    """Whether any of the points (in pixels) lies in the box."""
    (left, bottom), (right, top) = box.get_points()
    x, y = points.T
    return bool(((x >= left) & (x <= right) & (y >= bottom) & (y <= top)).any())


def occupied(ax: Axes) -> Array:
    """Pixels of all lines of the axes, closely spaced, and of axes through the origin with their labels."""
    lines = [_pixels(line) for line in ax.lines]
    if ax.spines["left"].get_position() != ("outward", 0.0):
        lines += [_spine_pixels(ax)]
    return np.concatenate([p for p in lines if len(p)] or [np.empty((0, 2))])


def _pixels(line: Line2D) -> Array:
    """Points along a line, as far as it runs through the axes, at most about 2 pixels apart."""
    path = line.get_transform().transform(np.column_stack(line.get_data()).astype(float))
    box = cast(Axes, line.axes).bbox
    path[:, 1] = np.clip(path[:, 1], box.y0 - 10, box.y1 + 10)
    steps = np.diff(path, axis=0)
    counts = np.nan_to_num(np.abs(steps).max(axis=1, initial=0.0) / 2).astype(int)
    start = np.repeat(np.arange(len(counts)), counts)
    share = np.arange(len(start)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    between = path[start] + steps[start] * (share / (counts[start] + 1))[:, None]
    joined: Array = np.concatenate([path, between])
    return joined[np.isfinite(joined).all(axis=1)]


def _spine_pixels(ax: Axes) -> Array:
    renderer = renderer_of(ax)
    boxes = [t.get_window_extent(renderer) for a in (ax.xaxis, ax.yaxis) for t in a.get_ticklabels() if t.get_text()]
    boxes += [ax.spines[side].get_window_extent(renderer) for side in ("left", "bottom")]
    return np.concatenate([_filled(box) for box in boxes])


def _filled(box: Bbox) -> Array:
    xs, ys = (np.arange(low, high + 3, 3.0) for low, high in (box.intervalx, box.intervaly))
    return np.array(list(product(xs, ys)))


# ---- finishing ------------------------------------------------------------------------------------------------------


def lay_out(ax: Axes, view: View) -> None:
    """The figure's margins as its texts need them; the user's own figure is left alone."""
    if view.ax is None:
        figure_of(ax).tight_layout(pad=0.6, w_pad=2.0, h_pad=1.2)
    if view.axes == "origin":
        for each in figure_of(ax).axes if view.ax is None else [ax]:
            _clear_tick_labels(each)


def _clear_tick_labels(ax: Axes) -> None:
    """Labels at axes through the origin stand on the other side where a curve runs through them, or are left out."""
    taken = np.concatenate([_pixels(line) for line in ax.lines if line.get_linestyle() != "None"] or [np.empty((0, 2))])
    renderer = renderer_of(ax)
    scale = figure_of(ax).dpi_scale_trans
    across = {
        ax.xaxis: {"y": 0, "transform": ax.get_xaxis_transform("tick1") + ScaledTranslation(0, 4 / 72, scale)},
        ax.yaxis: {"x": 0, "transform": ax.get_yaxis_transform("tick1") + ScaledTranslation(7 / 72, 0, scale)},
    }
    for axis, place in across.items():
        axis.get_majorticklabels()  # gives the ticks their texts
        ticks = axis.get_major_ticks()
        for tick in ticks:
            tick.label2.set(**place)
        for half in ([t for t in ticks if t.get_loc() < 0], [t for t in ticks if t.get_loc() > 0]):
            _settle([(t.label1, t.label2) for t in half], taken, renderer)


def _settle(labels: Sequence[tuple[Text, Text]], taken: Array, renderer: Any) -> None:
    """Shows the labels on the side where fewer are in the way; one that still is, on the other side or not at all."""
    free = [tuple(_is_free(text, taken, renderer) for text in pair) for pair in labels]
    side = int(sum(f[1] for f in free) > sum(f[0] for f in free))
    for pair, is_free in zip(labels, free, strict=True):
        chosen = side if is_free[side] else 1 - side
        pair[chosen].set_visible(is_free[chosen])
        pair[1 - chosen].set_visible(False)


def _is_free(text: Text, taken: Array, renderer: Any) -> bool:
    text.set_visible(True)
    return not covers(text.get_window_extent(renderer).padded(0.015 * renderer.dpi), taken)


def drawn(view: View, draw: Callable[[], tuple[Sequence[Axes], dict[str, Any]]]) -> Picture:
    """What ``draw`` draws, in the picture's own style and laid out so that nothing is cut."""
    with styled(view.style):
        axes, data = draw()
        if not any(ax.get_legend() for ax in axes):  # a legend has laid out the figure already
            lay_out(axes[0], view)
    return Picture(figure_of(axes[0]), tuple(axes), data, view.style)
