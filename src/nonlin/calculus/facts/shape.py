"""Facts of shape, read from a profile: zeros, extremes, monotone, convex, odd, even, smooth, saturated."""

from __future__ import annotations

from math import inf, isfinite, isinf, isnan

import numpy as np

from nonlin.calculus.facts.breaks import Cut, computed, guarded
from nonlin.calculus.facts.profile import Interval, Profile
from nonlin.calculus.facts.rounding import with_error


def zeros(profile: Profile) -> tuple[float, ...] | None:
    """The isolated zeros; None where they have no end or are not all known."""
    inside = profile.signs(0)
    if inside.roots is None or not profile.found.complete:
        return None
    flat = zero_intervals(profile) or ()
    at = [c.x for c in profile.cuts if _is_zero(profile, c)]
    alone = [x for x in (*inside.roots, *at) if not any(low <= x <= high for low, high in flat)]
    return tuple(sorted({x + 0.0 for x in alone}))


def _is_zero(profile: Profile, cut: Cut) -> bool:
    """Whether f is 0 at a cut: exactly, or because it changes its sign there without a jump."""
    if cut.hole:
        return False
    here = computed(profile.expression, 0, cut.x)
    if here == 0 or cut.order in (-1, None):
        return here == 0
    step = 1e-7 * max(1.0, abs(cut.x))
    sides = profile.of(0, np.array([cut.x - step, cut.x + step]))
    return bool(sides[0] * sides[1] < 0) and abs(here) < 1e-9 * float(np.abs(sides).max())


def zero_intervals(profile: Profile, core: bool = False) -> tuple[Interval, ...] | None:
    """The intervals on which f is exactly 0 by its formula; with ``core`` those within [-40, 40] will do."""
    if not (profile.found.core if core else profile.found.complete):
        return None
    joined: list[Interval] = []
    for piece in (p for p in profile.pieces if p.constant == 0):
        low, high = piece.low, piece.high
        if joined and joined[-1][1] == low and computed(profile.expression, 0, low) == 0:
            low, _ = joined.pop()
        joined.append((low, high))
    return tuple(joined)


def critical_points(profile: Profile) -> tuple[float, ...] | None:
    """The isolated zeros of the derivative, where it is defined."""
    inside = profile.signs(1)
    if inside.roots is None or not profile.found.complete:
        return None
    flat = [x for p in profile.pieces if p.constant is not None for x in (p.low, p.high)]
    at = [c.x for c in profile.cuts if c.order is not None and c.order >= 1 and max(map(abs, c.slopes)) < 1e-12]
    return tuple(sorted({*inside.roots, *(x for x in at if x not in flat)}))


def extremum(profile: Profile, side: int) -> tuple[float, float] | None:
    """Where f is smallest (side -1) or largest (1), nearest to 0, and its value there; None where it is not met."""
    extent = profile.extent(0)
    if extent is None or isinf(extent[side > 0]):
        return None
    bound = extent[side > 0]
    roots = profile.signs(1).roots
    places = [*(profile.turns(1).tolist() if roots is None else roots), *(c.x for c in profile.cuts if not c.hole)]
    places += [x for p in profile.pieces if p.constant is not None for x in _nearest(p.low, p.high)]
    reached = [
        (float(f"{abs(x):.9g}"), x)
        for x in places
        if abs(computed(profile.expression, 0, x) - bound) <= 1e-14 * abs(bound)
    ]
    return (min(reached)[1] + 0.0, bound) if reached else None


def _nearest(low: float, high: float) -> list[float]:
    """Of an interval the place nearest to 0, and one inside."""
    inside = low / 2 + high / 2 if isfinite(low + high) else max(low + 1, min(0.0, high - 1))
    return [max(low, min(0.0, high)), inside]


def direction(profile: Profile, side: int) -> bool | None:
    """Whether f never falls (side 1) or never rises (-1) on its domain."""
    inside = profile.signs(1)
    if inside.falls if side > 0 else inside.rises:
        return False
    steps = [_step(profile, c, side) for c in profile.cuts]
    if any(s is False for s in steps):
        return False
    known = profile.found.complete and inside.seen and None not in steps
    return True if known else None


def _step(profile: Profile, cut: Cut, side: int) -> bool | None:
    """Whether f goes the right way across a cut; None if that is not known."""
    left, right = (side * v for v in cut.values)
    here = side * computed(profile.expression, 0, cut.x)
    if cut.order != -1:
        outside = any(p.undefined and cut.x in (p.low, p.high) for p in profile.found.pieces)
        return True if outside or cut.hole or not isnan(left + right) else None
    return bool(left <= here <= right) and not (left == inf or right == -inf)


def curvature(profile: Profile, side: int) -> bool | None:
    """Whether f is convex (side 1) or concave (-1) on its domain."""
    inside = profile.signs(2)
    bent = any(c.order == 0 and side * (c.slopes[1] - c.slopes[0]) < 0 for c in profile.cuts)
    jumps = any(c.order == -1 for c in profile.cuts)
    if bent or jumps or (inside.falls if side > 0 else inside.rises):
        return False
    known = profile.found.complete and inside.seen and not any(_unclear(profile, c) for c in profile.cuts)
    return True if known else None


def _unclear(profile: Profile, cut: Cut) -> bool:
    outer = [p for p in profile.found.pieces if p.undefined and cut.x in (p.low, p.high)]
    return cut.order is None and any(isnan(s) for s in cut.slopes) and not outer


def symmetric(profile: Profile, side: int) -> bool | None:
    """Whether f(-x) is side * f(x), within rounding, on all scales."""
    x = profile.samples[0]
    x = np.concatenate([x, [c.x for c in profile.cuts]])
    tree = guarded(profile.expression, 0)
    (right, a), (left, b) = with_error(tree, x), with_error(tree, -x)
    differ = np.abs(left - side * right) > 2 * (a + b)
    lone = (np.isnan(left) != np.isnan(right)) | (np.isinf(left) != np.isinf(right))
    opposite = np.isinf(left) & np.isinf(right) & (left != side * right)
    if differ.any() or lone.any() or opposite.any():
        return False
    return True if bool(np.isfinite(left).mean() > 0.2) and profile.found.core else None


def smoothness(profile: Profile) -> float | None:
    """The least of the cuts; -1 as soon as there is a jump."""
    orders = [c.order for c in profile.cuts]
    if -1 in orders:
        return -1.0
    known = profile.found.complete and None not in orders and len(profile.pieces) == len(profile.found.pieces)
    return min((float(o) for o in orders if o is not None), default=inf) if known else None


def lipschitz(profile: Profile) -> float | None:
    """The largest |f'|: inf with a jump, a vertical tangent or a slope that grows without end."""
    if any(c.order == -1 for c in profile.cuts):
        return inf
    extent = profile.extent(1)
    return None if extent is None else max(-extent[0], extent[1]) + 0.0


def saturation(profile: Profile) -> tuple[tuple[Interval, ...] | None, tuple[Interval, ...] | None] | None:
    """Where |f'| is below 0.1, and below 0.01; each None where it is not known."""
    weak, strong = profile.below(0.1), profile.below(0.01)
    return None if weak is None and strong is None else (weak, strong)
