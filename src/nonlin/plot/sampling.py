"""Where a curve is evaluated: evenly, closer where it bends, on both sides of every jump, up to the edge of a gap."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite, isinf, nan
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from nonlin.calculus.facts.breaks import Jump, breaks
from nonlin.core import Activation
from nonlin.errors import InputError, NonlinWarning

Array: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Function: TypeAlias = Callable[[Array], Array]

EVEN = 401  # points of the first grid, where the caller does not say
MOST = 4000  # points after refinement
TOLERANCE = 1 / 2000  # of the picture's height, between the curve and its chords
MANY = 4  # curves, from which on the tallest need not be whole
HALVINGS = 60  # from any interval down to neighbouring floats, but for one that ends at 0


@dataclass
class Graph:
    """Curves over one grid. At a jump of any curve its x stands three times: left limit, gap (NaN), right limit."""

    x: Array
    values: dict[str, Array]
    window: tuple[float, float]
    jumps: dict[str, list[Jump]] = field(default_factory=dict)

    @property
    def data(self) -> dict[str, Array]:
        return {"x": self.x, **self.values}


def sample(
    functions: Mapping[str, Activation],
    interval: tuple[float, float],
    points: int | None = None,
    ylim: tuple[float, float] | None = None,
    domains: Mapping[str, Activation] = MappingProxyType({}),
) -> Graph:
    """The curves of all functions over the interval; adaptive unless the number of points is given.

    ``domains``: for a derivative the function, since it exists only where the function does, whatever its formula gives
    beyond (that of log is 1/x). Raises InputError where a curve is undefined everywhere.
    """
    calls = {k: _quietly(f, domains.get(k)) for k, f in functions.items()}
    even = np.linspace(*interval, points or EVEN)
    rows = {k: call(even) for k, call in calls.items()}
    for key, row in rows.items():
        _check_defined(functions[key].name, row, interval)
    window = ylim or shared_window([readable(row, interval) for row in rows.values()])
    known = {k: breaks(f, *interval) for k, f in functions.items()}
    x = even if points else refined(even, list(calls.values()), window)
    jumps = {k: [*b.jumps, *_unlisted(calls[k], x, b.jumps, window)] for k, b in known.items()}
    kinks = [kink.x for b in known.values() for kink in b.kinks]
    edges = [edge for call in calls.values() for edge in gap_edges(call, x)]
    edges += [place for found in jumps.values() for j in found for place in _beside_pole(j, interval)]
    places = sorted({j.x for found in jumps.values() for j in found})
    grid = np.union1d(np.setdiff1d(x, places), np.setdiff1d([*kinks, *edges], places))
    return _assembled(calls, grid, places, jumps, window)


def _quietly(function: Activation, domain: Activation | None) -> Function:
    def call(x: Array) -> Array:
        x = np.asarray(x, dtype=float)
        with np.errstate(all="ignore"):
            y = np.asarray(function(x), dtype=float)
            return y if domain is None else np.where(np.isnan(domain(x)), nan, y)

    return call


def _check_defined(name: str, row: Array, interval: tuple[float, float]) -> None:
    if not np.isfinite(row).any():
        low, high = interval
        raise InputError(f"{name} is undefined or infinite everywhere from {low:g} to {high:g}; give another range")


def _assembled(
    calls: Mapping[str, Function], grid: Array, places: list[float], jumps: dict[str, list[Jump]],
    window: tuple[float, float],
) -> Graph:  # fmt: skip
    at = np.searchsorted(grid, np.repeat(places, 3))
    values = {}
    for key, call in calls.items():
        own = {j.x: (j.left, nan, j.right) for j in jumps[key]}
        smooth = call(np.asarray(places, dtype=float))
        triples = [own.get(p, (v, v, v)) for p, v in zip(places, smooth, strict=True)]
        values[key] = np.insert(call(grid), at, np.ravel(triples)) if places else call(grid)
    return Graph(np.insert(grid, at, np.repeat(places, 3)), values, window, jumps)


# ---- the part of the values that is shown ---------------------------------------------------------------------------


def readable(row: Array, interval: tuple[float, float]) -> tuple[float, float]:
    """The values to show: all of them, but for a tall tail or a pole only what leaves the rest readable.

    Tall is more than four times the width of the picture and eight times the middle half of the values; what stays is
    the middle half and the size of the range around it, so that an identity beside it is still whole.
    """
    finite = row[np.isfinite(row)]
    low, high = float(finite.min()), float(finite.max())
    first, third = (float(q) for q in np.quantile(finite, [0.25, 0.75]))
    width, reach = interval[1] - interval[0], max(abs(end) for end in interval)
    if high - low <= 4 * width or high - low <= 8 * (third - first):
        return low, high
    return max(low, first - reach), min(high, third + reach)


def shared_window(spans: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """One interval for several curves, with a margin; never empty. One curve much taller than most others of many may
    leave the picture, so that the others do not become flat."""
    spans = list(spans)
    usual = 4 * float(np.quantile([high - low for low, high in spans], 0.75))
    lows, highs = zip(*(s for s in spans if len(spans) < MANY or s[1] - s[0] <= usual), strict=True)
    low, high = min(lows), max(highs)
    margin = 0.06 * (high - low) or 0.5 * max(1.0, abs(high))
    return low - margin, high + margin


# ---- where to look closer -------------------------------------------------------------------------------------------


def refined(x: Array, calls: list[Function], window: tuple[float, float]) -> Array:
    """More points where a chord misses its curve visibly."""
    bottom, top = window
    height = top - bottom
    for _ in range(6):
        middle = (x[:-1] + x[1:]) / 2
        bent = np.zeros(len(middle), dtype=bool)
        for call in calls:
            ends, between = call(x), call(middle)
            lowest, highest = np.minimum(ends[:-1], ends[1:]), np.maximum(ends[:-1], ends[1:])
            near = (highest > bottom - height) & (lowest < top + height)
            with np.errstate(all="ignore"):
                bent |= near & (np.abs(between - (ends[:-1] + ends[1:]) / 2) > TOLERANCE * height)
        if not bent.any() or len(x) + bent.sum() > MOST:
            break
        x = np.union1d(x, middle[bent])
    return x


def _halved(call: Function, a: Array, b: Array, left: Callable[[Array, Array, Array], Any]) -> tuple[Array, Array]:
    """Intervals halved down to neighbouring floats; ``left`` says which keep their left half."""
    for _ in range(HALVINGS):
        m = a + (b - a) / 2
        ends = call(a), call(m), call(b)
        with np.errstate(all="ignore"):
            keep = left(*ends)
        a, b = np.where(keep, a, m), np.where(keep, m, b)
    return a, b


def gap_edges(call: Function, x: Array) -> list[float]:
    """The last places with a finite value beside those without one."""
    missing = ~np.isfinite(call(x))
    at = np.flatnonzero(missing[:-1] != missing[1:])
    if not len(at):
        return []
    a, b = np.where(missing[at], x[at + 1], x[at]), np.where(missing[at], x[at], x[at + 1])  # a has a value, b none
    a, _ = _halved(call, a, b, lambda fa, fm, fb: ~np.isfinite(fm))
    return [float(v) for v in a]


def _beside_pole(jump: Jump, interval: tuple[float, float]) -> list[float]:
    """Places ever closer to a pole, so that its branches leave the picture."""
    low, high = interval
    steps = [(high - low) * 10.0**-k for k in (3, 4, 6, 9, 12)]
    left = [jump.x - s for s in steps] if isinf(jump.left) else []
    right = [jump.x + s for s in steps] if isinf(jump.right) else []
    return [v for v in (*left, *right) if low <= v <= high]


def _unlisted(call: Function, x: Array, known: Iterable[Jump], window: tuple[float, float]) -> list[Jump]:
    """Jumps that the formula did not tell: steps that stay while their interval shrinks."""
    y = call(x)
    with np.errstate(all="ignore"):
        steps = np.abs(np.diff(y))
    listed = np.array([j.x for j in known])
    steep = np.flatnonzero(np.isfinite(steps) & (steps > 0.02 * (window[1] - window[0])))
    at = [i for i in steep if not ((listed >= x[i]) & (listed <= x[i + 1])).any()]
    if not at:
        return []
    a, b = _halved(call, x[at], x[np.add(at, 1)], lambda fa, fm, fb: np.abs(fm - fa) >= np.abs(fb - fm))
    left, right = call(a), call(b)
    with np.errstate(all="ignore"):
        stays = np.abs(right - left) > steps[at] / 2
    return [_jump(call, *row) for row in zip(a[stays], b[stays], left[stays], right[stays], strict=True)]


def _jump(call: Function, a: float, b: float, left: float, right: float) -> Jump:
    place = round(float(b), 12) + 0.0 if abs(round(float(b), 12) - b) <= 1e-12 * max(1.0, abs(b)) else float(b)
    return Jump(place, float(left), float(right), float(call(np.array([place]))[0]))


# ---- what the reader must be told -----------------------------------------------------------------------------------


def tell_gaps(name: str, graph: Graph, key: str, stacklevel: int = 4) -> None:
    """A warning where the function is undefined on a part of the range."""
    x, missing = graph.x, np.isnan(graph.values[key])
    starts = np.flatnonzero(missing & ~np.r_[False, missing[:-1]])
    ends = np.flatnonzero(missing & ~np.r_[missing[1:], False])
    width = x[-1] - x[0]
    parts = [_between(x, int(s), int(e)) for s, e in zip(starts, ends, strict=True) if x[e] - x[s] > 1e-6 * width]
    if parts:
        told = " and ".join(parts[:3]) + (" ..." if len(parts) > 3 else "")
        message = f"{name} is undefined for {told}; the curve has a gap there"
        warnings.warn(message, NonlinWarning, stacklevel=stacklevel)


def _between(x: Array, start: int, end: int) -> str:
    """The run of missing values as an inequality; beyond the range nothing is known."""
    low, high = (x[max(start - 1, 0)], x[min(end + 1, len(x) - 1)])
    if start == 0:
        return f"x < {high:.4g}"
    return f"x > {low:.4g}" if end == len(x) - 1 else f"{low:.4g} < x < {high:.4g}"


def dots(jumps: Iterable[Jump]) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Filled dots (the value at a jump) and open ones (limits that are not the value)."""
    filled = [(j.x, j.value) for j in jumps if isfinite(j.value) and isfinite(j.left) and isfinite(j.right)]
    limits = [(j.x, v, j.value) for j in jumps for v in dict.fromkeys((j.left, j.right))]
    return filled, [(x, v) for x, v, value in limits if isfinite(v) and v != value]
