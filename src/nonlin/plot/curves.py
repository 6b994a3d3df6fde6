"""Curves: one function with its derivatives, many functions in one picture, one function for many parameters."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from nonlin.core import Activation, Described
from nonlin.errors import InputError, NonlinWarning
from nonlin.plot import labels
from nonlin.plot.panels import draw_dots, draw_line, drawn, frame, legend, new_figure, title
from nonlin.plot.picture import Picture
from nonlin.plot.sampling import Graph, readable, sample, shared_window, tell_gaps
from nonlin.plot.style import FAMILY, INK, MARKERS, SHADES, line_style
from nonlin.plot.view import View, checked_choice, drawing, elementwise

ORDERS = ("value", "derivative", "second_derivative")
MOST_FUNCTIONS = 24
MARKED = 5  # with more functions than dash patterns, lines get markers too


@drawing()
def curve(
    act: str | Activation,
    derivative: bool = True,
    *,
    second_derivative: bool = False,
    saturation: bool = False,
    view: View,
) -> Picture:
    """Draw a function with its derivative: an entry's name, a formula text or an Activation.

    ``layout``: "overlay" in one axes or "side-by-side". ``axes``: as a "box", or through the "origin" with arrows.
    ``range``: both ends of x. ``ylim``: both ends of y; without it all values, but for a pole or a tall tail the part
    that stays readable. ``legend``: "best" covers no curve; or a place such as "upper left", "right" (outside),
    "below", "none". ``saturation`` shades where |f'| < 0.1 and < 0.01. ``points``: evenly spaced ones from 2 to 100000;
    without it as many as the curve needs. ``dpi``, ``size`` in inches, ``dark``; ``ax``: draws into these axes.

    Kinks are sharp; at a jump the line is interrupted, with a filled dot at the value and open ones at other limits.
    ``data`` of the result has "x", "value", "derivative" and "second_derivative".

    Raises InputError for options out of range, and for a function without one curve. Warns (NonlinWarning) where the
    function is undefined on a part of the range.

    >>> import nonlin as nl
    >>> sorted(nl.plot.curve("gelu", second_derivative=True, layout="side-by-side").data)
    ['derivative', 'second_derivative', 'value', 'x']
    """
    act = elementwise(act)
    wanted = {"value": True, "derivative": derivative, "second_derivative": second_derivative}
    functions = {k: f for k, f in _orders(act).items() if wanted[k]}
    domains = {k: act for k in functions if k != "value"}
    graph = sample(functions, view.range, view.points, view.ylim, domains)
    tell_gaps(act.name, graph, "value")
    draw = _side_by_side if view.layout == "side-by-side" else _overlaid
    return drawn(view, lambda: (draw(act, graph, view, saturation), graph.data))


def _orders(act: Activation) -> dict[str, Activation]:
    return dict(zip(ORDERS, (act, act.derivative, act.derivative.derivative), strict=True))


def _overlaid(act: Activation, graph: Graph, view: View, saturation: bool) -> list[Axes]:
    axes = new_figure(view, (6.2, 4.0))
    frame(axes[0], view, graph.window)
    handles = [_curve(axes[0], graph, key, ORDERS.index(key), view, graph.window) for key in graph.values]
    texts = [f"${labels.SYMBOLS[key]}(x)$" for key in graph.values]
    shades = _shade_saturation(axes[0], act, view) if saturation else []
    texts += [str(s.get_label()) for s in shades]
    if view.ax is None:
        title(axes[0], labels.headline(act))
    if len(texts) > 1 or view.legend != "best":  # one curve needs no legend
        legend(axes[0], [*handles, *shades], texts, view)
    return axes


def _side_by_side(act: Activation, graph: Graph, view: View, saturation: bool) -> list[Axes]:
    count = len(graph.values)
    axes = new_figure(view, (0.6 + 3.9 * count, 3.6), 1, count)
    shades: list[Patch] = []
    for ax, (key, row) in zip(axes, graph.values.items(), strict=True):
        window = view.ylim or shared_window([readable(row, view.range)])
        frame(ax, view, window)
        _curve(ax, graph, key, ORDERS.index(key), view, window)
        shades = _shade_saturation(ax, act, view) if saturation else []
        title(ax, labels.headline(act) if key == "value" else [f"${labels.SYMBOLS[key]}(x)$"])
    legend(axes[0], shades, [str(s.get_label()) for s in shades], view)
    return axes


def _curve(ax: Axes, graph: Graph, key: str, number: int, view: View, window: tuple[float, float], **style: Any) -> Any:
    look = line_style(number, view.background) | style
    line = draw_line(ax, graph.x, graph.values[key], window, **look)
    draw_dots(ax, graph.jumps[key], window, look["color"])
    return line


def _shade_saturation(ax: Axes, act: Activation, view: View) -> list[Patch]:
    """Grey bands where the slope is small; nothing, with a warning, where that could not be decided."""
    from nonlin.calculus.facts.facts import facts

    found = facts(act).saturation
    if found is None:
        warnings.warn(f"{act.name}: its saturation could not be decided and is not shaded", NonlinWarning, stacklevel=7)
        return []
    bands = ((found.weak, "$|f'(x)| < 0.1$"), (found.strong, "$|f'(x)| < 0.01$"))
    low, high = view.range
    patches = []
    for (intervals, text), shade in zip(bands, SHADES[view.background], strict=True):
        inside = [(max(a, low), min(b, high)) for a, b in intervals or () if a < high and b > low]
        for a, b in inside:
            ax.axvspan(a, b, facecolor=shade, edgecolor="none", zorder=0.2)
        ink = INK[view.background]
        patches += [Patch(facecolor=shade, edgecolor=ink, linewidth=0.5, label=text)] if inside else []
    return patches


# ---- many functions -------------------------------------------------------------------------------------------------


@drawing()
def compare(acts: Iterable[str | Activation], of: str = "value", *, view: View) -> Picture:
    """Draw many functions, or one derivative of each, in one picture: up to 24 of them.

    ``of``: "value", "derivative" or "second_derivative". With ``layout="side-by-side"`` each has its own panel. The
    legend is in the order of the lines at their right ends. Other options as for :func:`curve`. ``data`` of the result
    has "x" and one array for each, by name.

    >>> import nonlin as nl
    >>> picture = nl.plot.compare(["relu", "gelu", "x*sigmoid(2x)"], of="derivative")
    >>> list(picture.data)
    ['x', 'relu', 'gelu', 'x*sigmoid(2*x)']
    """
    of = checked_choice("quantity", of, ORDERS)
    chosen = _named(acts)
    graph = _sampled(chosen, of, view)
    draw = _small_multiples if view.layout == "side-by-side" else _together
    return drawn(view, lambda: (draw(chosen, graph, view, of), graph.data))


def _sampled(chosen: dict[str, Activation], of: str, view: View) -> Graph:
    functions = {name: _orders(act)[of] for name, act in chosen.items()}
    graph = sample(functions, view.range, view.points, view.ylim, {} if of == "value" else chosen)
    for name, act in chosen.items():
        tell_gaps(act.name, graph, name, stacklevel=5)
    return graph


def _named(acts: Any) -> dict[str, Activation]:
    """The activations by name: a repeated one once, with a warning; others of the same name numbered."""
    given = [acts] if isinstance(acts, str | Described) or not isinstance(acts, Iterable) else list(acts)
    if not 1 <= len(given) <= MOST_FUNCTIONS:
        raise InputError(f"compare draws 1 to {MOST_FUNCTIONS} functions, got {len(given)}; choose some")
    found: dict[str, Activation] = {}
    for act in map(elementwise, given):
        if act in [a for a in found.values() if a.name == act.name]:
            warnings.warn(f"{act.name} is given twice and drawn once", NonlinWarning, stacklevel=4)
            continue
        same = sum(a.name == act.name for a in found.values())
        found[f"{act.name} ({same + 1})" if same else act.name] = act
    return found


def _together(chosen: dict[str, Activation], graph: Graph, view: View, of: str) -> list[Axes]:
    axes = new_figure(view, (6.6, max(4.2, 0.9 + 0.235 * len(chosen))))
    frame(axes[0], view, graph.window)
    lines = {}
    for number, name in enumerate(chosen):
        marks = _markers(graph, number, len(chosen)) if len(chosen) > MARKED else {}
        lines[name] = _curve(axes[0], graph, name, number, view, graph.window, **marks)
    if view.ax is None:
        title(axes[0], [f"${labels.SYMBOLS[of]}(x)$"])
    ordered = _by_right_end(graph)
    texts = [labels.line_label(chosen[n]) for n in ordered]
    place = "right" if view.legend == "best" and len(chosen) > MARKED else ""
    legend(axes[0], [lines[n] for n in ordered], texts, view, place)
    return axes


def _markers(graph: Graph, number: int, count: int) -> dict[str, Any]:
    """A marker of its own, at places that no other line has, so that lines that run together stay apart."""
    low, high = graph.x[0], graph.x[-1]
    places = low + (high - low) * (np.arange(5) + (number + 0.5) / count) / 5
    at = np.unique(np.searchsorted(graph.x, places))
    return {"marker": MARKERS[number % len(MARKERS)], "markevery": [int(i) for i in at], "markersize": 5}


def _by_right_end(graph: Graph) -> list[str]:
    """Names from the highest line to the lowest, at the right end, or for equal ones further left."""
    steps = [int(i) for i in np.linspace(len(graph.x) - 1, 0, 9)]
    shown = {k: np.nan_to_num(np.clip(v, *graph.window), nan=-np.inf) for k, v in graph.values.items()}
    height = graph.window[1] - graph.window[0]
    return sorted(graph.values, key=lambda k: [-round(float(shown[k][i] / height), 2) for i in steps])


def _small_multiples(chosen: dict[str, Activation], graph: Graph, view: View, of: str) -> list[Axes]:
    columns = min(4, len(chosen)) if len(chosen) != 5 else 3
    rows = -(-len(chosen) // columns)
    axes = new_figure(view, (0.4 + 2.6 * columns, 0.3 + 2.2 * rows), rows, columns)
    for ax in axes[len(chosen) :]:
        ax.remove()
    for ax, (name, act) in zip(axes, chosen.items(), strict=False):
        frame(ax, view, graph.window)
        _curve(ax, graph, name, 0, view, graph.window)
        title(ax, [labels.line_label(act), labels.literal(name, 20)])
    return axes[: len(chosen)]


# ---- one function, many parameters ----------------------------------------------------------------------------------


@drawing(without=("layout",))
def sweep(act: str | Activation, parameter: str, values: Sequence[float], of: str = "value", *, view: View) -> Picture:
    """Draw one function for many values of a parameter, as a family from a light shade to a dark one.

    ``values``: 1 to 24 numbers in the parameter's domain. ``of`` and the other options as for :func:`compare`;
    ``data`` of the result has "x" and one array for each value, by its text such as "alpha=0.5".

    >>> import nonlin as nl
    >>> list(nl.plot.sweep("elu", "alpha", [0.5, 1, 2]).data)
    ['x', 'alpha=0.5', 'alpha=1', 'alpha=2']
    """
    act, of = elementwise(act), checked_choice("quantity", of, ORDERS)
    family = _family(act, parameter, values)
    graph = _sampled(family, of, view)
    return drawn(view, lambda: (_shaded(act, parameter, family, graph, view, of), graph.data))


def _family(act: Activation, parameter: str, values: Any) -> dict[str, Activation]:
    try:
        numbers = sorted({float(v) for v in values})
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"values must be numbers such as [0.5, 1, 2], got {values!r}") from None
    if not 1 <= len(numbers) <= MOST_FUNCTIONS:
        raise InputError(f"a sweep takes 1 to {MOST_FUNCTIONS} values, got {len(numbers)}; choose some")
    return {f"{parameter}={v:.12g}": act.with_parameters(**{parameter: v}) for v in numbers}


def _shaded(
    act: Activation, parameter: str, family: dict[str, Activation], graph: Graph, view: View, of: str
) -> list[Axes]:
    axes = new_figure(view, (6.6, 4.2))
    frame(axes[0], view, graph.window)
    shades = _shades(len(family), view)
    rows = np.array(list(graph.values.values()))
    inside = np.clip(rows, *graph.window)
    axes[0].fill_between(graph.x, np.fmin.reduce(inside), np.fmax.reduce(inside), color=shades[-1], alpha=0.07, lw=0)
    lines = [
        _curve(axes[0], graph, key, 0, view, graph.window, color=shade)
        for key, shade in zip(family, shades, strict=True)
    ]
    symbol = labels.parameter_symbol(parameter)
    texts = [f"${symbol} = {labels.number(m.defaults[parameter])}$" for m in family.values()]
    if view.ax is None:
        title(axes[0], _sweep_titles(act, of))
    legend(axes[0], lines, texts, view)
    return axes


def _sweep_titles(act: Activation, of: str) -> list[str]:
    formula = labels.mathematics(act.expression.formula)
    name = labels.literal(labels.base_name(act))
    plain = name if of == "value" else f"{name}:  ${labels.SYMBOLS[of]}(x)$"
    return [f"{name}:  $f(x) = {formula}$", plain] if formula and of == "value" else [plain]


def _shades(count: int, view: View) -> list[tuple[float, ...]]:
    light, dark = (np.array(to_rgb(c)) for c in FAMILY[view.background])
    return [tuple(light + (dark - light) * (i / max(count - 1, 1) if count > 1 else 1.0)) for i in range(count)]
