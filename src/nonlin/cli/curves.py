"""Entries as curves in the terminal: sampled, with gaps at jumps, in panels side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nonlin.cli.drawing import Array, Span, Window, beside, fitted, panel, short
from nonlin.cli.output import unicode_works
from nonlin.core import Activation
from nonlin.vector import VectorFunction

POINTS = 601
HEIGHT = 10
"""Lines of a panel, its title and its labels included."""
GAP = 3
FEW = 4
Curve = tuple[str, Array, Array]


def sampled(act: Activation, span: Span, count: int = POINTS) -> tuple[Array, Array]:
    """Points of the curve over ``span``, with a NaN between the two sides of each jump that can be seen."""
    x = np.linspace(*span, count)
    y = act(x)
    cuts = _jumps(act, span) if _is_steep(y) else np.empty(0)
    if not cuts.size:
        return x, y
    ends = np.concatenate([np.nextafter(cuts, -np.inf), np.nextafter(cuts, np.inf)])
    x = np.sort(np.concatenate([x[~np.isin(x, cuts)], ends, cuts]))
    return x, np.where(np.isin(x, cuts), np.nan, act(x))


def _is_steep(y: Array) -> bool:
    """Whether two neighbours differ by a line of a panel; looking for jumps takes longer than drawing."""
    finite = y[np.isfinite(y)]
    with np.errstate(over="ignore"):
        return finite.size < y.size or bool((np.abs(np.diff(finite)) > 0.1 * np.ptp(finite)).any())


def _jumps(act: Activation, span: Span) -> Array:
    from nonlin.calculus.facts.breaks import breaks

    return np.array([jump.x for jump in breaks(act, *span).jumps])


def of_list(entry: Any, span: Span, count: int) -> tuple[Array, Array] | None:
    """The one curve of an entry in a list; None for a gated unit, which takes two inputs."""
    if isinstance(entry, Activation):
        return sampled(entry, span, count)
    if isinstance(entry, VectorFunction):
        x, first, _ = _two_class(entry, span, count)
        return x, first
    return None


def of_sheet(entry: Any) -> list[Curve]:
    """What a sheet shows: function and derivative, or both outputs of a vector function for the inputs (x, 0)."""
    if isinstance(entry, VectorFunction):
        x, first, second = _two_class(entry, (-5.0, 5.0), POINTS)
        return [("first", x, first), ("second", x, second)]
    if not isinstance(entry, Activation):
        return []
    span = _span(entry)
    x, slope = sampled(entry.derivative, span)
    return [("value", *sampled(entry, span)), ("derivative", x, np.where(np.isnan(entry(x)), np.nan, slope))]


def _two_class(function: VectorFunction, span: Span, count: int) -> tuple[Array, Array, Array]:
    x = np.linspace(*span, count)
    first, second = function(np.stack([x, np.zeros_like(x)]), axis=0)
    return x, first, second


def _span(act: Activation) -> Span:
    """-5 to 5, or more where a few kinks or jumps lie beyond."""
    from nonlin.calculus.facts.breaks import breaks

    found = breaks(act, -20.0, 20.0)
    places = [*(abs(kink.x) for kink in found.kinks), *(abs(jump.x) for jump in found.jumps)]
    half = max(5.0, float(np.ceil(1.5 * max(places)))) if 0 < len(places) <= FEW else 5.0
    return -half, half


def densities(data: Any) -> list[Curve]:
    """The curves of a distribution: bins as stairs, the points with a probability of their own named in the title."""
    curves = []
    for key in ("output", "slope"):
        points = [f"{100 * p:.3g} % at {short(float(place))}" for place, p in data[f"{key}_points"][:3]]
        title = "; ".join([f"density of the {key}", *points])
        curves.append((title, np.repeat(data[key], 2)[1:-1], np.repeat(data[f"{key}_density"], 2)))
    return curves


TITLES = {"value": "f(x)", "derivative": "f′(x)", "second_derivative": "f″(x)",
          "first": "output for x in (x, 0)", "second": "output for 0 in (x, 0)"}  # fmt: skip
"""What a panel calls the keys of a picture's data; other keys are names."""


def drawn(curves: Sequence[Curve], columns: int, windows: Sequence[Window] = ()) -> list[str]:
    """A panel for each key and curve, in its own window or in those given, two in a row where they fit."""
    size = min((columns - GAP) // 2, 46) if columns >= 60 else columns, HEIGHT
    plain = not unicode_works()
    chosen = windows or [fitted(x, y) for _, x, y in curves]
    panels = [
        panel(TITLES.get(key, key), x, y, window, size, plain)
        for (key, x, y), window in zip(curves, chosen, strict=True)
    ]
    return beside(panels, columns, GAP)
