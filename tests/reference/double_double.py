"""Correctly rounded float32 results of a reference formula for whole runs of inputs, 5 * 10^7 a second.

On a short run of inputs a function is a polynomial and a remainder. Arb's power series around the middle of the run
gives its coefficients, the same series over the whole run a ball around the remainder (Lagrange's form). The polynomial
is evaluated in double-double arithmetic, pairs of float64 numbers whose unevaluated sum has 106 bits, with a running
bound of its error. Where the whole interval rounds to one float32 number that is the result (Ziv's test); a run of
which that does not hold is divided, and the few inputs that remain are left to the oracle. Nothing here is nonlin's.

Inputs are named by their bit patterns: consecutive patterns are consecutive numbers.

Three things are taken for granted. A function that is too small for float32 on a whole run has one sign there if it has
it at both ends; beyond 1000 it is zero, or infinite, on a whole run if it is so at both ends. Coefficients that are
within 2^-2000 of short numbers are these numbers. An exact zero has no sign of its own: it is +0, and in the products
of ``PRODUCTS`` it has the sign of x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from math import copysign, isfinite, isinf, nan
from typing import Any, NamedTuple, TypeAlias

import numba
import numpy as np
from flint import arb, arb_series, ctx
from numba import types
from numba.extending import intrinsic

from reference.formulas import Reference
from reference.oracle import _bounded, jet
from reference.words import Series
from ulp import FORMATS, Exact, rounded

Array: TypeAlias = np.ndarray[Any, Any]
FLOAT32 = FORMATS["float32"]
TERMS = 20  # of a series
ENOUGH = arb(2) ** -96  # a remainder of this share of the largest term
PLAIN = arb(2) ** -46  # smaller terms than this share are computed in float64
FEW = 16  # inputs are left to the oracle; more, and the run is divided
SHORT = 24  # inputs are not divided any more
FAR = 1000.0
PRODUCTS = ("hard_swish", "hard_elish")  # where their gate is exactly 0, the product has the sign of x
WAVES = ("sine", "sinc")
WIDE = 0x42800000  # 64: from here on these two come from tables
EXACT_BITS = 2000  # a coefficient this close to a number of few bits is that number
SIGN, INFINITY = 0x8000_0000, 0x7F80_0000
NAN = np.uint32(0x7FC0_0000)
UNIT = 2.0**-53 * 1.01
LARGE = 1.5 * 2.0**52  # added and subtracted, it rounds to a whole number
CHUNK = 1024
Pair: TypeAlias = tuple[float, float]
Tables: TypeAlias = tuple[Array, Array]
Run: TypeAlias = tuple[int, float, int]
"""The place of the middle, the distance of two inputs with the sign of x, and the number of inputs."""


# ---- inputs ---------------------------------------------------------------------------------------------------------


def number(pattern: int) -> float:
    """The float32 number of a bit pattern."""
    return float(np.uint32(pattern).view(np.float32))


def pattern(x: float) -> int:
    return int(np.float32(x).view(np.uint32))


def pieces(reference: Reference, first: int, stop: int) -> Iterable[tuple[int, int]]:
    """Runs between which the formula may change or a power of two lies; kinks, zero and infinity are alone."""
    alone = [pattern(k) for k in reference.kinks(**reference.defaults)] + [0, SIGN, INFINITY, SIGN | INFINITY]
    powers = [s | p for s in (0, SIGN) for p in (*(1 << k for k in range(23)), *range(1 << 23, INFINITY, 1 << 23))]
    edges = {first, stop, *powers, *(p + k for p in alone for k in (0, 1))}
    inside = sorted(e for e in edges if first <= e <= stop)
    return pairwise(inside)


# ---- pairs, in compiled loops ---------------------------------------------------------------------------------------

compiled = numba.njit(error_model="numpy", cache=True)


@intrinsic
def fma(context: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c, rounded once."""

    def generate(_: Any, builder: Any, __: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), generate


@compiled
def horner_step(t: Array, pair: Array, high: float, low: float, slack: float) -> None:
    """``pair`` (high parts, low parts, errors) becomes pair * t + coefficient.

    The errors are those of the low parts' sums alone, since everything else is exact: where those are 0 so is the
    error, and where they are tiny beside the high parts it is far less than 2^-106 of them.
    """
    for i in range(t.size):
        product = pair[0, i] * t[i]
        rest = fma(pair[1, i], t[i], fma(pair[0, i], t[i], -product))
        total = high + product
        part = total - high
        lost = ((high - (total - part)) + (product - part)) + low
        below = lost + rest
        pair[0, i] = total + below
        part = pair[0, i] - total
        pair[1, i] = (total - (pair[0, i] - part)) + (below - part)
        pair[2, i] = pair[2, i] * abs(t[i]) + (UNIT * (abs(rest) + abs(lost) + abs(below)) + slack)


@compiled
def round_pairs(pair: Array, scale: float, hair: float, results: Array, doubtful: Array) -> None:
    """The float32 numbers next to pair/scale, and where the errors leave that in doubt.

    A quotient v is compared with the midpoint m between two float32 numbers that is next to it. ``hair`` has the sign
    of what the pairs leave out where they have no error.
    """
    quotients = pair[0] / scale
    exponents = ((quotients.view(np.int64) >> 52) & 0x7FF) - 1023
    units = ((np.maximum(exponents - 23, -149) + 1023) << 52).view(np.float64)
    for i in range(results.size):
        unit, error = units[i], pair[2, i] * 1.0001
        nearest = (quotients[i] + LARGE * unit) - LARGE * unit
        off = quotients[i] - nearest
        middle = nearest + (0.5 * unit if off > 0 else -0.5 * unit)
        above = (pair[0, i] - scale * middle) + pair[1, i]
        inner = abs(off) < 0.25 * unit
        side = 0.0 if inner else above if above != 0 else hair
        known = abs(pair[1, i]) + error < 0.125 * scale * unit if inner else abs(above) > error or error == above == 0
        result = nearest if side == 0 else middle + (0.5 * unit if side > 0 else -0.5 * unit)
        zero = result == 0 and (pair[0, i] != 0 or error > 0)
        results[i] = (0.0 if pair[0, i] > 0 else -0.0) if zero else result
        doubtful[i] = not (known and pair[2, i] < np.inf and (not zero or abs(pair[0, i]) > 2 * error))


@compiled
def evaluate(run: Run, series: Array, plain: int, constants: Array, results: Array, doubtful: Array) -> None:
    """The rounded values of a polynomial on a run; from term ``plain`` on float64 is enough.

    ``series`` has the high parts, low parts and errors of the coefficients; ``constants`` are the error of the plain
    terms, the remainder, the scale and the hair.
    """
    middle, unit, size = run
    tail, remainder, scale, hair = constants
    pair, t = np.empty((3, CHUNK)), np.empty(CHUNK)
    for start in range(0, size, CHUNK):
        n = min(CHUNK, size - start)
        for i in range(CHUNK):
            t[i] = (start + min(i, n - 1) - middle) * unit
            pair[0, i] = pair[1, i] = pair[2, i] = 0.0
        for k in range(series.shape[1] - 1, plain - 1, -1):
            for i in range(CHUNK):
                pair[0, i] = pair[0, i] * t[i] + series[0, k]
        pair[2, :] = tail
        for k in range(plain - 1, -1, -1):
            horner_step(t, pair, series[0, k], series[1, k], series[2, k])
        pair[2, :] += remainder
        round_pairs(pair, scale, hair, results[start : start + n], doubtful[start : start + n])


# ---- series ---------------------------------------------------------------------------------------------------------


class Piece(NamedTuple):
    """The balls of one run: coefficients around its middle, and of the series around all of its points at once."""

    middle: list[arb]
    whole: list[arb]
    half: arb


def _squareplus(x: Series, b: Series) -> Series:
    return b / (2 * ((x * x + b).sqrt() - x))


REWRITTEN: dict[str, Callable[..., Series]] = {"squareplus": _squareplus}
"""The same functions for x < 0, where balls as wide as a run would lose everything to cancellation."""


def coefficients(reference: Reference, point: arb, order: int, rewritten: bool = True) -> list[arb]:
    """Of the power series of the value (order 0) or the derivative (order 1) around a point."""
    before, ctx.cap = ctx.cap, TERMS + order
    body = REWRITTEN.get(reference.name, reference.body) if rewritten and point < 0 else reference.body
    try:
        given = {k: arb_series([v]) for k, v in reference.defaults.items()}
        found = body(x=arb_series([point, 1]), **given)
        return [found[k + order] * (k + 1 if order else 1) for k in range(TERMS)]
    finally:
        ctx.cap = before


@contextmanager
def precision(first: int, more: int = 0) -> Iterator[None]:
    """Bits enough for what the smallest and largest inputs lose."""
    before, ctx.prec = ctx.prec, 300 + more + 4 * abs(((first & ~SIGN) >> 23) - 127)
    try:
        yield
    finally:
        ctx.prec = before


def expanded(reference: Reference, order: int, first: int, stop: int) -> Piece | None:
    """None where the ball around the run reaches a kink, so that a formula would not know its branch."""
    low, middle, high = (arb(number(p)) for p in (first, (first + stop) // 2, stop - 1))
    whole = ((low + high) / 2).union(low).union(high)
    if any(whole.contains(arb(k)) for k in (0.0, *reference.kinks(**reference.defaults))):
        return None
    half = abs(high - middle).max(abs(middle - low))
    return Piece(coefficients(reference, middle, order), coefficients(reference, whole, order), half)


def attempted(piece: Piece, run: Run, results: Array, doubtful: Array, careful: bool) -> bool:
    """Evaluate with as few terms as need be, or ``careful``ly with all; whether the remainder is small enough."""
    powers = [piece.half**k for k in range(TERMS)]
    terms = [_upper(c) * p for c, p in zip(piece.middle, powers, strict=True)]
    remainders = [_upper(c) * p for c, p in zip(piece.whole, powers, strict=True)]
    largest = max(terms, key=float)
    length = _shortest(remainders, largest * ENOUGH, careful)
    if not length or not all(c.is_finite() for c in piece.middle):
        return False
    plain = length if careful else 1 + max((k for k in range(length) if terms[k] > largest * PLAIN), default=0)
    lost = [(k - plain + 3) * UNIT * 2 * float(terms[k] / powers[plain]) for k in range(plain, length)]
    constants = np.array([sum(lost), _up(remainders[length]), 1.0, 0.0])
    evaluate(run, _pairs(piece.middle[:length]), plain, constants, results, doubtful)
    return True


def _shortest(remainders: list[arb], allowed: arb, careful: bool) -> int:
    """How many terms leave a remainder that is small enough; ``careful``: the smallest."""
    if careful:
        smallest = min(remainders[1:], key=float)
        allowed = allowed.min(smallest)
    return next((k for k in range(1, TERMS) if remainders[k] <= allowed), 0)


def exactly(piece: Piece, run: Run, results: Array, doubtful: Array, hair: float) -> bool:
    """Evaluate a polynomial whose coefficients, times 6, are short numbers: without any error, so that ties show."""
    scaled = [6 * c for c in piece.middle]
    pairs = _pairs(scaled)
    tiny = max(_upper(c) for c in scaled) * arb(2) ** -EXACT_BITS
    missed = [abs(c - arb(high) - arb(low)) for c, high, low in zip(scaled, *pairs[:2].tolist(), strict=True)]
    if not all(m.upper() <= tiny and (hair or m.contains(0)) for m in missed):
        return False
    pairs[2] = 0.0
    length = 1 + int(max(np.flatnonzero(pairs[0]), default=0))
    beyond = [_upper(c) * piece.half**k for k, c in enumerate(piece.whole)][length:]
    if not all(b <= tiny for b in beyond):
        return False
    evaluate(run, pairs[:, :length], length, np.array([0.0, 0.0, 6.0, hair]), results, doubtful)
    return True


def _upper(ball: arb) -> arb:
    return ball.abs_upper()


def _up(value: arb) -> float:
    """A float64 number that is not below a positive one."""
    return float(value) * (1 + 2.0**-50) + 5e-324 if value > 0 else 0.0


def _pairs(balls: list[arb]) -> Array:
    """High parts, low parts, and what the two leave out."""
    high = [float(b.mid()) for b in balls]
    low = [float((b - arb(h)).mid()) for b, h in zip(balls, high, strict=True)]
    left = [_up(_upper(b - arb(h) - arb(w))) for b, h, w in zip(balls, high, low, strict=True)]
    return np.array([high, low, left])


# ---- waves ----------------------------------------------------------------------------------------------------------


@compiled
def wave(run: tuple[float, float], kind: tuple[int, int], tables: Tables, results: Array, doubtful: Array) -> None:
    """sin, cos, sin(x)/x or its slope by the addition theorem; ``run`` is the first input and the distance of two.

    The tables have the sines and cosines (high parts, low parts) of coarse and of fine steps. No number is larger than
    1 and no sum has more than a dozen roundings, each of 2^-106: the error is less than 2^-100.
    """
    (start, step), (divided, order), (high, low) = run, kind, tables
    pair, size = np.empty((3, CHUNK)), results.size
    for row in range((size + CHUNK - 1) // CHUNK):
        n = min(CHUNK, size - row * CHUNK)
        sine, cosine = (high[0, row], high[1, row]), (high[2, row], high[3, row])
        for i in range(CHUNK):
            s, c = (low[0, i], low[1, i]), (low[2, i], low[3, i])
            x = start + (row * CHUNK + i) * step
            value = _add(_times(sine, c), _times(cosine, s))
            slope = _add(_times(cosine, c), _times((-sine[0], -sine[1]), s))
            ratio = _over(value, x) if divided else value
            steep = _over(_add(slope, (-ratio[0], -ratio[1])), x) if divided else slope
            pair[0, i], pair[1, i] = steep if order else ratio
            pair[2, i] = 2.0**-99 / abs(x) if divided else 2.0**-100
        round_pairs(pair, 1.0, 0.0, results[row * CHUNK : row * CHUNK + n], doubtful[row * CHUNK : row * CHUNK + n])


@compiled
def _add(a: Pair, b: Pair) -> Pair:
    total = a[0] + b[0]
    part = total - a[0]
    rest = ((a[0] - (total - part)) + (b[0] - part)) + (a[1] + b[1])
    first = total + rest
    return first, rest - (first - total)


@compiled
def _times(a: Pair, b: Pair) -> Pair:
    product = a[0] * b[0]
    return product, fma(a[0], b[0], -product) + (a[0] * b[1] + a[1] * b[0])


@compiled
def _over(a: Pair, x: float) -> Pair:
    quotient = a[0] / x
    return quotient, (fma(-quotient, x, a[0]) + a[1]) / x


def _fill_wave(reference: Reference, order: int, first: int, stop: int, results: Array) -> None:
    """Sines of inputs so far apart that no polynomial runs through them."""
    start, step = number(first), number(first + 1) - number(first)
    rows = (stop - first + CHUNK - 1) // CHUNK
    with precision(first):
        tables = _sines(start + step * CHUNK * np.arange(rows)), _sines(step * np.arange(CHUNK), stop - first)
    doubtful = np.zeros(stop - first, np.bool_)
    wave((start, step), (WAVES.index(reference.name), order), tables, results, doubtful)
    _by_oracle(reference, order, first, np.flatnonzero(doubtful).tolist(), results)


def _sines(angles: Array, needed: int = CHUNK) -> Array:
    """High and low parts of sines and of cosines, of the first angles that are ``needed``."""
    both = [arb(x).sin_cos() for x in angles[:needed].tolist()]
    table = np.zeros((4, angles.size))
    table[:, : len(both)] = np.concatenate([_pairs([pair[k] for pair in both])[:2] for k in (0, 1)])
    return table


# ---- runs of inputs -------------------------------------------------------------------------------------------------


def correctly_rounded(reference: Reference, order: int, first: int, stop: int) -> Array:
    """The float32 values (order 0) or derivatives (order 1) at the inputs with patterns from ``first`` to ``stop``."""
    results = np.full(stop - first, nan, np.float32)
    for a, b in pieces(reference, first, stop):
        if reference.name in WAVES and WIDE <= a & ~SIGN < INFINITY:
            _fill_wave(reference, order, a, b, results[a - first : b - first])
        elif a & ~SIGN <= INFINITY:
            _fill(reference, order, a, b, results[a - first : b - first])
    return results


def _fill(reference: Reference, order: int, first: int, stop: int, results: Array) -> None:
    if stop - first <= SHORT:
        _by_oracle(reference, order, first, range(stop - first), results)
        return
    with precision(first):
        piece = expanded(reference, order, first, stop)
        if piece and _is_flat(reference, order, first, stop, piece, results):
            return
        doubtful = _doubtful(reference, order, first, stop, piece, results) if piece else np.arange(stop - first)
    if doubtful.size <= FEW + ((stop - first) >> 14):
        _by_oracle(reference, order, first, doubtful.tolist(), results)
        return
    middle = (first + stop) // 2
    _fill(reference, order, first, middle, results[: middle - first])
    _fill(reference, order, middle, stop, results[middle - first :])


def _by_oracle(reference: Reference, order: int, first: int, places: Iterable[int], results: Array) -> None:
    for place in places:
        results[place] = exact(reference, order, first + place)


def exact(reference: Reference, order: int, at: int) -> float:
    """The oracle's answer at one input."""
    x = number(at)
    value = exact_value(reference, order, x)
    if x < 0 and not order and reference.name in PRODUCTS and value and not value.mantissa:
        return -0.0
    return rounded(value, FLOAT32)


def exact_value(reference: Reference, order: int, x: float) -> Exact | None:
    return jet(reference, x, reference.defaults, 2, FLOAT32)[order]


def _is_flat(reference: Reference, order: int, first: int, stop: int, piece: Piece, results: Array) -> bool:
    """Whether one float32 number is the result of the whole run, which is then filled."""
    ball = piece.whole[0]
    ends = [rounded(_bounded(*map(int, e.man_exp())), FLOAT32) for e in (ball.lower(), ball.upper()) if e.is_finite()]
    if len(ends) == 2 and _same(ends):
        results[:] = exact(reference, order, first) if ball.is_zero() else ends[0]
        return True
    certain = len(ends) == 2 and all(e and isfinite(e) for e in ends) and ends[0] * ends[1] > 0
    if ends == [0, 0] or (abs(number(first)) >= FAR and not certain):
        ends = [exact(reference, order, p) for p in (first, stop - 1)]
        if _same(ends) and (ends[0] == 0 or isinf(ends[0])):
            results[:] = ends[0]
            return True
    return False


def _same(ends: list[float]) -> bool:
    return ends[0] == ends[1] and copysign(1, ends[0]) == copysign(1, ends[1])


def _doubtful(reference: Reference, order: int, first: int, stop: int, piece: Piece, results: Array) -> Array:
    """The places that are still in doubt when the results have been filled in; all, where the series is too short."""
    size, middle = stop - first, (first + stop) // 2
    step = number(first + 1) - number(first)
    run = (middle - first, step, size)
    doubtful = np.ones(size, np.bool_)
    if not attempted(piece, run, results, doubtful, False) or doubtful.sum() <= FEW:
        return np.flatnonzero(doubtful)
    attempted(piece, run, results, doubtful, True)
    if doubtful.sum() > FEW:
        with precision(first, 2 * EXACT_BITS):
            better = expanded(reference, order, first, stop)
            if better:
                exactly(better, run, results, doubtful, _hair(reference, order, number(first)))
    return np.flatnonzero(doubtful)


def _hair(reference: Reference, order: int, x: float) -> float:
    """The sign of what no precision shows of a value, or 0."""
    beyond = None if order or abs(x) < FAR else reference.beyond
    return copysign(1.0, beyond(x)) if beyond else 0.0
