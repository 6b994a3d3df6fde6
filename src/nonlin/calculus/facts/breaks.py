"""Where a function is not smooth: kinks, jumps, poles and gaps, found from its formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import copysign, inf, isfinite, isinf, isnan, nan

import numpy as np

from nonlin.calculus.facts.pieces import Piece, Pieces, pieces, regular, slopes
from nonlin.calculus.facts.points import Array, value, values
from nonlin.core import Activation
from nonlin.expression import Expression
from nonlin.tree import Node, order

HIGHEST = 8  # derivatives compared at a cut: where all agree, the smoothness there is unknown
COMPARED = 40  # derivatives compared at all cuts together
LARGEST = 500  # nodes of a derivative that is still looked at, at one place


@dataclass(frozen=True)
class Kink:
    """Where f is continuous and its slope is not: the slopes on the left and on the right, which may be infinite."""

    x: float
    left: float
    right: float


@dataclass(frozen=True)
class Jump:
    """Where f is not continuous: its limits from the left and from the right (infinite at a pole), and its value."""

    x: float
    left: float
    right: float
    value: float


@dataclass(frozen=True)
class Breaks:
    """All kinks, jumps and gaps of a function, from left to right.

    ``gaps`` are the closed or open intervals where f is undefined; (a, a) is a single point, such as 0 for sin(x)/x.
    ``complete`` is False where there are too many to list (floor), or where it could not be decided.
    """

    kinks: tuple[Kink, ...]
    jumps: tuple[Jump, ...]
    gaps: tuple[tuple[float, float], ...]
    complete: bool


@dataclass(frozen=True)
class Cut:
    """A place between two pieces. ``order``: how often f is continuously differentiable there (-1: it jumps), None
    where that is unknown; ``values`` are the one-sided limits of f, NaN where there are none."""

    x: float
    order: float | None
    values: tuple[float, float]
    slopes: tuple[float, float] = (nan, nan)
    hole: bool = False


def breaks(act: Activation, low: float = -inf, high: float = inf) -> Breaks:
    """The kinks, jumps and gaps of an activation between ``low`` and ``high``, at its default parameters.

    >>> import nonlin as nl
    >>> breaks(nl.hard_tanh).kinks
    (Kink(x=-1.0, left=0.0, right=1.0), Kink(x=1.0, left=1.0, right=0.0))
    """
    return _breaks(closed(act), float(low), float(high))


@lru_cache(maxsize=1024)
@np.errstate(all="ignore")  # overflow and 0/0 are answers here
def _breaks(expression: Expression, low: float, high: float) -> Breaks:
    found, places = pieces(expression.formula, low, high), cuts(expression, low, high)
    kinks = [Kink(c.x, *c.slopes) for c in places if c.order == 0]
    jumps = [Jump(c.x, *c.values, computed(expression, 0, c.x)) for c in places if c.order == -1 and not c.hole]
    unknown = any(c.order is None and not c.hole and any(isnan(s) for s in c.slopes) for c in places)
    return Breaks(tuple(kinks), tuple(jumps), gaps(found, places), found.complete and not unknown)


@lru_cache(maxsize=1024)
def _closed(expression: Expression, defaults: tuple[tuple[str, float], ...]) -> Expression:
    return expression.with_values(dict(defaults))


def closed(act: Activation) -> Expression:
    """The activation's expression at its default parameters."""
    return _closed(act.expression, tuple(act.defaults.items()))


@lru_cache(maxsize=4096)
def guarded(expression: Expression, n: int) -> Node:
    """The tree that computes the n-th derivative."""
    for _ in range(n):
        expression = expression.partial("x")
    return expression.guarded()


def computed(expression: Expression, n: int, x: float) -> float:
    """The n-th derivative at one place, as the library computes it."""
    return float(value(guarded(expression, n), np.array([x]))[0]) + 0.0


def gaps(found: Pieces, places: Sequence[Cut]) -> tuple[tuple[float, float], ...]:
    """The intervals and single points where f is undefined, neighbours joined."""
    alone = [(c.x, c.x) for c in places if c.hole]
    joined: list[tuple[float, float]] = []
    for low, high in sorted([*alone, *((p.low, p.high) for p in found.pieces if p.undefined)]):
        if joined and joined[-1][1] == low:
            low, _ = joined.pop()
        joined.append((low, high))
    return tuple(joined)


def cuts(expression: Expression, low: float = -inf, high: float = inf) -> tuple[Cut, ...]:
    """What f does at each cut between two pieces that may not fit together smoothly."""
    return _cuts(expression, low, high)


@lru_cache(maxsize=1024)
def _cuts(expression: Expression, low: float, high: float) -> tuple[Cut, ...]:
    both = list(pairwise(pieces(expression.formula, low, high).pieces))
    highest = max(1, min(HIGHEST, COMPARED // max(len(both), 1)))
    return tuple(c for left, right in both if (c := _cut(expression, left, right, highest)).order != inf)


def _cut(expression: Expression, left: Piece, right: Piece, highest: int) -> Cut:
    """What f does between two pieces; derivatives are compared up to the ``highest``."""
    x = left.high
    if left.tree is None or right.tree is None or left.undefined or right.undefined:
        return Cut(x, None, (nan, nan), (0.0, 0.0) if left.undefined or right.undefined else (nan, nan))
    here = computed(expression, 0, x)
    smooth = (regular(left.tree, x) and _one_function(left.tree, right.tree, x)) or _smooth_by_stable(expression, x)
    if smooth and abs(here - computed_beside(expression, x)) <= 1e-6 * (1 + abs(here)):
        return Cut(x, inf, (here, here))
    limits = _both(expression, left, right, 0)
    if any(isnan(v) for v in limits):
        return Cut(x, None, limits)
    met = _agree(left, right, 0, limits)
    if met and isnan(here):
        return Cut(x, None, limits, _both(expression, left, right, 1), hole=True)
    if not met or abs(here - limits[0]) > 1e-9 * (1e-3 + abs(limits[0])):
        return Cut(x, -1, limits)
    return _continuous(expression, left, right, limits, highest)


def computed_beside(expression: Expression, x: float) -> float:
    """f close to ``x``: what the value there should be near, if it is no exception."""
    return computed(expression, 0, x + 1e-9 * max(abs(x), 1e-3))


def _continuous(expression: Expression, left: Piece, right: Piece, limits: tuple[float, float], highest: int) -> Cut:
    """The cut at which f is continuous: the first derivative that differs says how smooth it is."""
    slope = _both(expression, left, right, 1)
    for n in range(1, highest + 1):
        pair = slope if n == 1 else _both(expression, left, right, n)
        if any(isnan(v) for v in pair):
            return Cut(left.high, None, limits, slope)
        if not _agree(left, right, n, pair):
            return Cut(left.high, n - 1, limits, slope)
    return Cut(left.high, None, limits, slope)


def _smooth_by_stable(expression: Expression, x: float) -> bool:
    """Whether the form that is computed has no cut at ``x`` although the formula has one (the series of sinc)."""
    if expression.stable is expression.formula:
        return False
    around = [p for p in pieces(expression.stable).pieces if p.low < x < p.high]
    return any(p.tree is not None and regular(p.tree, x) for p in around)


def _one_function(left: Node, right: Node, x: float) -> bool:
    """Whether two trees are one analytic function around ``x``: the same tree, or the same values on both sides."""
    if left is right:
        return True
    reach = np.array([0.013, 0.11, 0.37, 0.9, 1.7]) * max(1.0, 0.1 * abs(x))
    t = x + np.concatenate([-reach, reach])
    a, b = value(left, t), value(right, t)
    return bool(np.isfinite(a).all() and (np.abs(a - b) <= 1e-13 * np.max(np.abs(a))).all() and regular(right, x))


def _agree(left: Piece, right: Piece, n: int, pair: tuple[float, float]) -> bool:
    """Whether two limits of the n-th derivative are equal, up to the rounding of what they were computed from."""
    a, b = pair
    if isinf(a) or isinf(b) or left.tree is None or right.tree is None:
        return False
    at = np.array([left.high])
    terms = [np.abs(v) for tree in (left.tree, right.tree) for v in values(slopes(tree, n), at).values()]
    sizes = [float(np.max(t)) for t in terms if np.isfinite(t).all()]
    exact = regular(left.tree, left.high) and regular(right.tree, left.high)
    return abs(a - b) <= (64 * 2.0**-52 * max(sizes, default=1.0) if exact else 1e-6 * max(abs(a), abs(b), 1e-3))


# ---- one-sided limits -----------------------------------------------------------------------------------------------


def _both(expression: Expression, left: Piece, right: Piece, n: int) -> tuple[float, float]:
    """The limits of the n-th derivative from the left and from the right; NaN where none was found."""
    return beside(expression, left, left.high, -1, n), beside(expression, right, left.high, 1, n)


@lru_cache(maxsize=8192)
def beside(expression: Expression, piece: Piece, x: float, side: int, n: int) -> float:
    """The limit of the n-th derivative at the end ``x`` of a piece: by its own tree, or from ever nearer points."""
    if piece.tree is None or piece.undefined:
        return nan
    tree = slopes(piece.tree, n)
    if len(order(tree)) > LARGEST:
        return nan
    if regular(piece.tree, x):
        at = float(value(tree, np.array([x]))[0])
        if isfinite(at):
            return at + 0.0
    reach = min(piece.high - piece.low, 0.02 * max(1.0, abs(x)))
    steps = reach * 4.0 ** -np.arange(1, 24 if x == 0 else 18)
    seen = value(guarded(expression, n) if n <= 2 else tree, x + side * steps)
    limit, here = approached(seen), computed(expression, n, x)
    return here if n == 0 and isfinite(here) and abs(limit - here) <= 1e-9 * (1e-3 + abs(here)) else limit


def approached(seen: Array) -> float:
    """What a sequence tends to (its argument shrinks by 4 each time): NaN where that cannot be said."""
    seen = seen[: np.argmin(np.isfinite(seen))] if not np.isfinite(seen).all() else seen
    if seen.size < 8:
        return nan
    size = np.abs(seen)
    if (size[-6:] >= 1.5 * size[-7:-1]).all() and size[-1] > 100:
        return copysign(inf, float(seen[-1]))
    last = np.abs(np.diff(seen))
    if (last[-6:] > 0.9 * last[-7:-1]).all() and (np.diff(size)[-6:] > 0).all() and size[-1] > 5:
        return copysign(inf, float(seen[-1]))  # as a logarithm grows
    return _extrapolated(seen, last)


def _extrapolated(seen: Array, change: Array) -> float:
    """By Aitken's rule, which is exact for a + b h^p; taken where it moves least."""
    if change[-1] == 0:
        return float(seen[-1]) + 0.0
    first, second = np.diff(seen)[:-1], np.diff(seen, 2)
    better = np.where(second == 0, seen[2:], seen[:-2] - first**2 / second)
    moved = np.abs(np.diff(better))
    best = int(np.argmin(moved))
    known = moved[best] <= 1e-7 * max(abs(better[best]), 1e-3) and change[best:].min() <= 0.1 * (1e-3 + np.ptp(seen))
    return float(better[best + 1]) + 0.0 if known else nan
