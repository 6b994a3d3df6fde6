"""A function looked at closely: signs and roots of it and its derivatives, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from math import inf, isfinite, isinf, isnan

import numpy as np

from nonlin.calculus.facts.breaks import Cut, beside, computed, cuts, guarded
from nonlin.calculus.facts.pieces import FEW_IN_TAILS, Piece, Pieces, inner, pieces
from nonlin.calculus.facts.points import CORE, Array, bisected, lowest, plain, points, tidy, value
from nonlin.calculus.facts.rounding import certain, with_error
from nonlin.expression import Expression
from nonlin.ops.exact import correctly_rounded
from nonlin.tree import order

Interval = tuple[float, float]
MOST = 400  # nodes of a formula whose derivative is still looked at everywhere
FARTHEST = 1e100  # of samples: a cube there does not overflow; farther out the limits speak


@dataclass(frozen=True)
class Signs:
    """Whether a function is certainly positive (``rises``) or negative (``falls``) somewhere, whether closer looking
    found no more changes of sign (``seen``), and its isolated roots inside the spans (None: not known, or endless)."""

    rises: bool
    falls: bool
    seen: bool
    roots: tuple[float, ...] | None
    endless: bool


class Profile:
    """A closed expression with everything that its facts are read from."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self._signs: dict[int, Signs] = {}

    @cached_property
    def found(self) -> Pieces:
        return pieces(self.expression.formula)

    @cached_property
    def cuts(self) -> tuple[Cut, ...]:
        return cuts(self.expression)

    @cached_property
    def pieces(self) -> list[Piece]:
        """The pieces on which the function is defined."""
        return [p for p in self.found.pieces if not p.undefined]

    @cached_property
    def spans(self) -> list[tuple[Piece, ...]]:
        """The pieces in groups that fit together smoothly."""
        breaks, groups = {c.x for c in self.cuts}, list[tuple[Piece, ...]]()
        for piece in self.pieces:
            joins = bool(groups) and groups[-1][-1].high == piece.low and piece.low not in breaks
            groups.append((*groups.pop(), piece) if joins else (piece,))
        return groups

    @cached_property
    def samples(self) -> tuple[Array, Array]:
        """Points of every span (never at a break), increasing, and the number of their span."""
        parts = [self._refined(_inside(s[0].low, s[-1].high)) for s in self.spans]
        numbers = [np.full(x.size, k) for k, x in enumerate(parts)]
        return np.concatenate(parts or [np.array([])]), np.concatenate(numbers or [np.array([])])

    def _refined(self, x: Array) -> Array:
        """More points where the function changes by more than its slopes at the ends of the step allow."""
        for _ in range(60 if self.tractable(1) else 0):
            f, error = with_error(guarded(self.expression, 0), x)
            slope = np.abs(self.of(1, x))
            most = 4 * np.diff(x) * np.maximum(slope[1:], slope[:-1]) + 4 * (error[1:] + error[:-1])
            near = (np.abs(x[1:]) < 2 * CORE) & (np.abs(x[:-1]) < 2 * CORE)
            steep = np.flatnonzero((np.abs(np.diff(f)) > most + 1e-290) & near)
            if steep.size == 0 or steep.size > 200 or x.size > 20_000:
                break
            x = np.unique(np.concatenate([x, x[steep] / 2 + x[steep + 1] / 2]))
        return x

    @lru_cache(maxsize=8)  # noqa: B019 - a profile lives as long as one call of facts
    def tractable(self, n: int) -> bool:
        """Whether the n-th derivative is looked at: that before it is small enough (it is not made to find out)."""
        return len(order(guarded(self.expression, max(n - 1, 0)))) <= (MOST if n else 2 * MOST) and (
            n < 2 or self.tractable(n - 1)
        )

    @lru_cache(maxsize=16)  # noqa: B019
    def at(self, n: int) -> tuple[Array, Array]:
        """The n-th derivative at the samples, and the bound of its error."""
        return with_error(guarded(self.expression, n), self.samples[0])

    def of(self, n: int, x: Array) -> Array:
        return value(guarded(self.expression, n), x)

    def settled(self, n: int, x: float) -> float:
        """The n-th derivative at one place, correctly rounded: the same on every machine."""
        found = correctly_rounded(guarded(self.expression, n), {"x": x}, "float64") + 0.0
        return computed(self.expression, n, x) if isnan(found) else found

    def signs(self, n: int) -> Signs:
        """The signs and roots of the n-th derivative."""
        if n not in self._signs:
            self._signs[n] = self._found_signs(n)
        return self._signs[n]

    def _found_signs(self, n: int) -> Signs:
        sign, (x, piece) = certain(*self.at(n)), self.samples
        known = np.flatnonzero(sign)
        crossing = (sign[known[1:]] != sign[known[:-1]]) & (piece[known[1:]] == piece[known[:-1]])
        left, right = known[:-1][crossing], known[1:][crossing]
        far = (np.abs(x[left]) > CORE) & (np.abs(x[right]) > CORE)
        endless = int(far.sum()) > FEW_IN_TAILS or self._touches_for_ever(n) or self._drowns(sign, left)
        seen = not endless and self._all_seen(n, sign, left.size)
        roots = self._roots(n, left, right) if seen else None
        return Signs(bool((sign > 0).any()), bool((sign < 0).any()), seen or self._touches_for_ever(n), roots, endless)

    def _drowns(self, sign: Array, changes: Array) -> bool:
        """Whether changes of sign go on to where the values underflow, as those of exp(-x^2) sin(x)."""
        x, piece = self.samples
        for side, last in ((-1, 0), (1, -1)):
            waves = np.sort(side * x[changes][side * x[changes] > 0])[-3:]
            sure = np.flatnonzero(sign)[last] if waves.size == 3 else last
            within_reach = waves.size == 3 and side * x[sure] - waves[2] < waves[2] - waves[0]
            if within_reach and sign[last] == 0 and piece[sure] == piece[last]:
                return True
        return False

    def _touches_for_ever(self, n: int) -> bool:
        """Whether the n-th derivative is a wave that comes to zero and turns, as 1 + cos(x) does."""
        if n > 1 or not self.tractable(n + 1) or not self.signs(n + 1).endless:
            return False
        tops = np.abs(self.of(n, self.turns(n + 1)))
        return bool(tops.size and tops.min() <= 1e-6 * tops.max())

    def _all_seen(self, n: int, sign: Array, count: int) -> bool:
        """Whether twice as many points show no more changes of sign."""
        x, piece = self.samples
        same = np.flatnonzero((piece[1:] == piece[:-1]) & (np.abs(x[1:]) <= 2 * CORE))
        between = x[same] + (x[same + 1] - x[same]) * 0.38
        more = certain(*with_error(guarded(self.expression, n), between))
        every = np.concatenate([x, between])
        place = np.argsort(every, kind="stable")
        sign, piece = np.concatenate([sign, more])[place], np.concatenate([piece, piece[same]])[place]
        sign, piece = sign[sign != 0], piece[sign != 0]
        return int(((sign[1:] != sign[:-1]) & (piece[1:] == piece[:-1])).sum()) == count

    def _roots(self, n: int, left: Array, right: Array) -> tuple[float, ...] | None:
        """The roots between these pairs of samples, and where the function touches zero."""
        x, _ = self.samples
        low, high = bisected(lambda t: np.sign(self.of(n, t)), x[left], x[right])
        exact = self.of(n, low) == 0
        found = [
            self._root(n, *p)
            for p in zip(np.where(exact, low, _nearer(low, high)), x[left], x[right], right - left, strict=True)
        ]
        touched = self._touched(n)
        if touched is None or any(isnan(r) for r in found):
            return None
        return tuple(sorted({*found, *touched}))

    def _root(self, n: int, root: float, low: float, high: float, steps: int) -> float:
        """The root polished; NaN where rounding hides it in a wide interval."""
        if low <= 0 <= high and computed(self.expression, n, 0.0) == 0:
            return 0.0
        wide = steps > 1 and high - low > 1e-6 * max(abs(low), abs(high), 1e-3) and not self._narrow(n, low, high)
        return np.nan if wide else plain(self._polished(n, float(root)))

    def _polished(self, n: int, root: float) -> float:
        """The root to the last bit: a step of Newton's from an exact residual."""
        short, slope = plain(root), float(self.of(n + 1, np.array([root]))[0])
        if not self.settled(n, short) or not slope or not isfinite(slope):
            return short
        step = self.settled(n, root) / slope
        return root - step if abs(step) <= 1e-9 * abs(root) else root

    def _narrow(self, n: int, low: float, high: float) -> bool:
        """Whether the interval of uncertain sign within [low, high] is short."""
        ends = np.array([low]), np.array([high])
        tree = guarded(self.expression, n)
        a, _ = bisected(lambda t: certain(*with_error(tree, t)), *ends)
        _, b = bisected(lambda t: -certain(*with_error(tree, -t)), -ends[1], -ends[0])
        return bool(-b[0] - a[0] <= 1e-6 * max(abs(low), abs(high), 1e-3))

    def _touched(self, n: int) -> list[float] | None:
        """Isolated zeros without a change of sign; None where rounding hides whether there are any."""
        (x, piece), (v, bound) = self.samples, self.at(n)
        sign = certain(v, bound)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], sign == 0, [False]]).astype(int))).reshape(-1, 2)
        found: list[float] = []
        for a, b in edges.tolist():
            if a == 0 or b == x.size or piece[a - 1] != piece[b] or sign[a - 1] != sign[b]:
                continue
            place = self._touch(n, a, b)
            if isnan(place):
                return None
            found.append(place)
        return found + self._dips(n, np.where(sign == 0, 0.0, v))

    def _touch(self, n: int, start: int, stop: int) -> float:
        """The zero in a run of samples with uncertain sign, or NaN."""
        x, v = self.samples[0], self.at(n)[0]
        zeros = x[start:stop][v[start:stop] == 0]
        if abs(x[start]) < 1e-15 and abs(x[stop - 1]) < 1e-15:
            return 0.0
        if zeros.size == 1 and x[stop] - x[start - 1] < 0.1 * max(1.0, abs(x[start])):
            return float(zeros[0]) + 0.0
        if x[stop] - x[start - 1] > 0.1:
            return np.nan
        place = lowest(lambda t: np.abs(self.of(n, t)), x[start - 1 : start], x[stop : stop + 1])
        spot = tidy(float(place[0]))
        return spot if computed(self.expression, n, spot) == 0 else np.nan

    def _dips(self, n: int, v: Array) -> list[float]:
        """Zeros touched between two samples."""
        x, piece = self.samples
        size = np.abs(v)
        low = (size[1:-1] < size[:-2]) & (size[1:-1] <= size[2:]) & (size[1:-1] < (size[:-2] + size[2:]) / 2.5)
        low &= (size[1:-1] > 0) & (piece[:-2] == piece[2:]) & (v[:-2] * v[2:] > 0) & (np.abs(x[1:-1]) <= 2 * CORE)
        at = np.flatnonzero(low) + 1
        if not 0 < at.size < 200:
            return []
        place = lowest(lambda t: np.abs(self.of(n, t)), x[at - 1], x[at + 1])
        least, bound = with_error(guarded(self.expression, n), place)
        return [tidy(float(c)) for c in place[np.abs(least) <= bound]]

    # ---- ends and extent ----

    def limit(self, n: int, side: int) -> float:
        """The limit of the n-th derivative at side * inf, NaN where there is none or f is undefined there."""
        outer = self.found.pieces[-1 if side > 0 else 0]
        if outer.undefined or outer.constant is not None:  # the constant: sign(exp(x)) is 0 far left in float64 alone
            return np.nan if outer.constant is None else 0.0 if n else outer.constant
        expression = self.expression
        for _ in range(n):
            expression = expression.partial("x")
        limit = expression.limits()[side > 0] + 0.0
        return limit if self._approaches(n, side, limit) else self._settled(n, side)

    def _settled(self, n: int, side: int) -> float:
        """The value far out, if it certainly changes no more: x/sqrt(1 + x^2) overflows before its limit."""
        (v, bound), x = self.at(n), side * self.samples[0]
        far = (x > 1e12) & (x < FARTHEST)
        if far.any() and np.isnan(v[far]).all():
            return self._faded(v, bound, x)
        last = float(np.median(v[far])) if far.any() else np.nan
        still = (np.abs(v - last) <= 1e-9 * (1 + abs(last))) & (bound <= 1e-9 * (1 + abs(last)))
        return last if far.any() and still[far].all() else np.nan

    def _faded(self, v: Array, bound: Array, x: Array) -> float:
        """0 where overflow leaves NaN far out (exp(-x)/(1 + exp(-x))^2), but the last certain value is all but 0."""
        sure = np.isfinite(bound) & (x > 0)
        outer = np.flatnonzero(sure)[np.argmax(x[sure])] if sure.any() else 0
        return 0.0 if sure.any() and abs(v[outer]) < 1e-100 else np.nan

    def _approaches(self, n: int, side: int, limit: float) -> bool:
        """Whether values ever further out come nearer to the limit, or grow towards it."""
        (v, bound), x = self.at(n), side * self.samples[0]
        bands = [(x > low) & (x < 1e3 * low) & ~np.isnan(v) for low in (1e6, 1e9, 1e12)]
        if isnan(limit) or not all(b.any() for b in bands):
            return False
        if isinf(limit):
            least = [float((np.sign(limit) * v - np.minimum(bound, 1e300))[b].min()) for b in bands]
            return least[0] > 0 and (least[0] < least[1] < least[2] or least[0] == inf)
        off = [float(np.abs(v - limit)[b].max()) for b in bands]
        return off[2] <= 1e-6 * (1 + abs(limit)) or off[2] < 0.9 * off[1] < 0.81 * off[0]

    @cached_property
    def reaches(self) -> tuple[bool, bool]:
        """Whether f is defined far left and far right."""
        return not self.found.pieces[0].undefined, not self.found.pieces[-1].undefined

    def ends(self, n: int) -> list[float]:
        """The one-sided limits of the n-th derivative at the finite ends of the pieces; NaN for those not known."""
        left = [(s[0], s[0].low, 1) for s in self.spans if s[0].low > -inf]
        right = [(s[-1], s[-1].high, -1) for s in self.spans if s[-1].high < inf]
        return [beside(self.expression, piece, x, side, n) for piece, x, side in left + right]

    @lru_cache(maxsize=16)  # noqa: B019
    def extent(self, n: int) -> Interval | None:
        """The infimum and the supremum of the n-th derivative (of one-sided slopes, at kinks)."""
        inside = self.signs(n + 1)
        if not self.samples[0].size:
            return None
        known = [
            *self.ends(n),
            *([computed(self.expression, 0, c.x) for c in self.cuts if not c.hole] if n == 0 else []),
        ]
        turning = [self.settled(n, x) for x in inside.roots or ()]
        sup = self._bound(n, 1, [*known, *turning], inside)
        low = self._bound(n, -1, [-v for v in (*known, *turning)], inside)
        return None if sup is None or low is None else (-low + 0.0, sup + 0.0)

    def _bound(self, n: int, sign: int, known: list[float], inside: Signs) -> float | None:
        """The supremum of sign times the n-th derivative, if the places known account for all samples."""
        v, bound = self.at(n)
        v = np.where(np.isnan(v), -inf, sign * v)
        tails = [sign * self.limit(n, side) for side, there in zip((-1, 1), self.reaches, strict=True) if there]
        waves = any(isnan(t) for t in tails)
        if inf in (*tails, *known) or (waves and self._grows(v)):
            return inf
        if not self.found.core or any(isnan(k) for k in known):
            return None
        if waves or inside.roots is None:
            return self._repeated(v, n, sign, tails, known) if inside.endless or waves else None
        top = max([*tails, *known], default=None)
        if top is None or isinf(top):
            return top
        beyond = v - top > 2 * bound + 1e-13 * abs(top) + 1e-290
        return None if beyond.any() else top

    def _grows(self, v: Array) -> bool:
        """Whether the largest values grow without end from scale to scale, as those of x sin(x)."""
        size = np.abs(self.samples[0])
        scales = [(1e2, 1e8), (1e12, 1e30), (1e40, 1e99)]
        tops = [float(np.max(v[(size > a) & (size < b)], initial=-inf)) for a, b in scales]
        return tops[0] > 10 and all(b > 1e4 * a for a, b in pairwise(tops))

    def _repeated(self, v: Array, n: int, sign: int, tails: list[float], known: list[float]) -> float | None:
        """The supremum of a wave: reached again and again in the core and nowhere passed, or in the core alone if the
        wave dies away."""
        if not self.found.core or not self.tractable(n + 1):
            return None
        tops = np.sort([*known, *(sign * self.of(n, self.turns(n + 1)))])
        slack = 1e-12 * float(np.abs(tops[-1:]).sum())
        if tops.size < 3 or (v > tops[-1] + slack).any():
            return None
        far = float(np.max(v[np.abs(self.samples[0]) > CORE], initial=max(tails, default=-inf)))
        dies = not any(isnan(t) for t in tails) and tops[-1] - far > 0.1 * (tops[-1] - tops[0])
        return float(tops[-1]) if dies or tops[-1] - tops[-3] <= slack else None

    @lru_cache(maxsize=16)  # noqa: B019
    def turns(self, n: int) -> Array:
        """Where the n-th derivative changes its sign within the core."""
        sign, (x, piece) = certain(*self.at(n)), self.samples
        at = np.flatnonzero((sign != 0) & (np.abs(x) <= CORE))
        at = np.stack([at[:-1], at[1:]])[:, (sign[at[1:]] != sign[at[:-1]]) & (piece[at[1:]] == piece[at[:-1]])]
        low, high = bisected(lambda t: np.sign(self.of(n, t)), x[at[0]], x[at[1]])
        return np.array([plain(float(t)) for t in np.where(self.of(n, low) == 0, low, _nearer(low, high))])

    def below(self, threshold: float) -> tuple[Interval, ...] | None:
        """The intervals where |f'| is less than a threshold."""
        x, piece, size = self._sizes_of_slopes
        inside = size < threshold
        flips = np.flatnonzero((inside[1:] != inside[:-1]) & (piece[1:] == piece[:-1]))
        if not self.found.complete or self._waves_about(x[flips], threshold):
            return None
        low, high = bisected(lambda t: np.abs(self.of(1, t)) < threshold, x[flips], x[flips + 1])
        edges = dict(zip(flips.tolist(), (plain(float(e)) for e in _nearer(low, high)), strict=True))
        return _joined([_run(span, np.flatnonzero(piece == k), inside, edges) for k, span in enumerate(self.spans)])

    @cached_property
    def _sizes_of_slopes(self) -> tuple[Array, Array, Array]:
        """The samples and between them the places where f' is 0 or turns, their spans, and |f'| there."""
        x, piece = self.samples
        turns = np.concatenate([self.turns(n) for n in (1, 2) if self.tractable(n)])
        extra = np.setdiff1d(turns, x)
        at = np.searchsorted(x, extra)
        sizes = np.insert(_filled(np.abs(self.at(1)[0])), at, np.abs(self.of(1, extra)))
        return np.insert(x, at, extra), np.insert(piece, at, piece[at - 1]), sizes

    def _waves_about(self, crossings: Array, threshold: float) -> bool:
        """Whether the slope goes above and below the threshold without end, or more often than is seen."""
        far = np.abs(self.samples[0]) > CORE
        known = [self.signs(n) for n in (1, 2) if self.tractable(n)]
        if not all(s.seen or s.endless for s in known):
            return True
        endless = any(s.endless for s in known)
        near = bool((np.abs(self.at(1)[0][far]) > threshold / 2).any())
        return int((np.abs(crossings) > CORE).sum()) > FEW_IN_TAILS or (endless and near)


def _run(span: tuple[Piece, ...], mine: Array, inside: Array, edges: dict[int, float]) -> list[Interval]:
    """The intervals of one span, which has the samples ``mine``."""
    begun, made, start = inside[mine[0]], list[Interval](), span[0].low
    for k in (k for k in mine.tolist() if k in edges):
        if begun:
            made.append((start, edges[k]))
        start, begun = edges[k], not begun
    return [*made, (start, span[-1].high)] if begun else made


def _filled(v: Array) -> Array:
    """NaN, from overflow on the way to a limit, replaced by the next value."""
    known = np.flatnonzero(~np.isnan(v))
    return (
        v
        if known.size in (0, v.size)
        else v[known[np.minimum(np.searchsorted(known, np.arange(v.size)), known.size - 1)]]
    )


def _nearer(low: Array, high: Array) -> Array:
    """Of each pair the one nearer to 0, so that an even or odd function has the same places on both sides; but an exact
    zero is taken first."""
    return np.where((np.abs(low) < np.abs(high)) & (high != 0), low, high)


def _joined(runs: list[list[Interval]]) -> tuple[Interval, ...]:
    joined: list[Interval] = []
    for low, high in (interval for run in runs for interval in run):
        if joined and joined[-1][1] == low:
            low, _ = joined.pop()
        joined.append((low, high))
    return tuple(joined)


def _inside(low: float, high: float) -> Array:
    """Points strictly inside a piece: those of every scale, and enough of them in a short one."""
    grid = points()
    left, right = max(low, -CORE), min(high, CORE)
    close = np.linspace(left, right, 66)[1:-1] if right > left else grid[:0]
    x = np.unique(np.concatenate([grid[(grid > low) & (grid < high)], inner(low, high), close]))
    x = x[(x > low) & (x < high)]
    near = x[np.abs(x) < FARTHEST]
    return near if near.size > 20 else x
