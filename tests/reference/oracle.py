"""The exact value and derivatives of a reference formula at a point, as certain as any rounding needs.

A formula is evaluated with power series of balls, whose precision is doubled until both ends of every ball round to the
same number of the wanted format. A series in ``x`` (or a parameter) gives the derivatives with no rule of nonlin's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import copysign, factorial, isinf, isnan
from typing import Any

from flint import arb, arb_series, ctx

from reference.formulas import Reference
from ulp import FORMATS, HUGE, TINY, Exact, Format, rounded

FIRST, LAST = 128, 1 << 15  # bits of precision
FAR = 2.0**40  # every function has settled there, and arb still has its erfc and the exponential of its cube
FARTHER = 2.0**180
LEADING, GUARD = 100, 46  # leading bits that are kept, and how many of them lie below the round bit of float64
TINIEST = arb(2) ** -1200
NOTHING = arb(2) ** -6000
"""A ball around 0 of less than this is 0: terms that cancel exactly never say so."""
OUTSIDE = 1200  # a number of more than 2**1200 or less than 2**-1200 is infinity or zero in every format

Values = Mapping[str, float]
Jet = list[Exact | None]


def jet(reference: Reference, x: float, values: Values, length: int = 2, form: Format = FORMATS["float64"]) -> Jet:
    """The value and ``length - 1`` derivatives by x: with the right sign of a zero at x = 0, and limits at infinity."""
    low, high = reference.domain
    if isnan(x) or x < low or x > high:
        return [None] * length
    if x in (low, high) and not isinf(x):
        return _at_end(reference, x, 1 if x == low else -1, values, length, form)
    if isinf(x):
        return limits(reference, copysign(1.0, x), values, length, form)

    def compute(point: float) -> list[arb]:
        return derivatives(reference.body, {"x": point, **values}, "x", length)

    found = settled(compute, x, form, reference.beyond)
    return found if x else _with_sign(found, settled(compute, copysign(5e-324, x), form))


def derivatives(body: Callable[..., Any], values: Values, by: str, length: int) -> list[arb]:
    """Balls around the value and the derivatives by the argument ``by``, at the current precision."""
    before, ctx.cap = ctx.cap, length
    try:
        result = body(**{k: arb_series([v, 1] if k == by else [v]) for k, v in values.items()})
        return [result[k] * factorial(k) for k in range(length)]
    finally:
        ctx.cap = before


def settled(
    compute: Callable[[float], list[arb]], x: float, form: Format, beyond: Callable[[float], float] | None = None
) -> list[Exact]:
    """The numbers that ``compute(x)`` approaches as the precision grows."""
    before, ctx.prec = ctx.prec, FIRST
    try:
        while ctx.prec <= LAST:
            balls = compute(x)
            found = [decided(ball, form) for ball in balls]
            if None in found and abs(x) > FAR:
                found = [_outside(*trio, form) for trio in zip(found, balls, compute(copysign(FAR, x)), strict=True)]
            if beyond and ctx.prec > 4096 and abs(x) > 2000:
                found[0] = found[0] or _with_hair(balls[0], beyond(x))
            if None not in found:
                return found  # type: ignore[return-value]
            ctx.prec *= 2
    finally:
        ctx.prec = before
    raise ArithmeticError(f"not certain at x = {x!r} with {LAST} bits")


def _outside(found: Exact | None, ball: arb, far: arb, form: Format) -> Exact | None:
    """Where exp(x) is beyond what a ball can hold: zero or infinity, as it already is at FAR."""
    lost = ball.abs_upper() < TINIEST if ball.is_finite() else ctx.prec > 4096
    if found is not None or not lost:
        return found
    already = decided(far, form)
    return already if already and already.exponent in (TINY, HUGE) else None


def _with_hair(ball: arb, side: float) -> Exact:
    """A ball around a whole number, and what is left of it on one side."""
    whole = int(ball.unique_fmpz())
    return Exact((whole << 4000) + (1 if side > 0 else -1), -4000)


def decided(ball: arb, form: Format) -> Exact | None:
    """The number in a ball, or None while its ends may round differently."""
    if not ball.is_finite():
        return None
    mantissa, exponent = map(int, ball.mid().man_exp())
    size = mantissa.bit_length()
    if ball.is_exact():
        return _bounded(mantissa, exponent)
    if ball.rel_accuracy_bits() < LEADING:
        return Exact(0, 0) if ctx.prec == LAST and ball.contains(0) and ball.abs_upper() < NOTHING else None
    leading = mantissa >> (size - LEADING) if size > LEADING else mantissa << (LEADING - size)
    if 256 < leading % (1 << GUARD) < (1 << GUARD) - 256:
        return _bounded(leading, exponent + size - LEADING)
    ends = [_bounded(*map(int, end.man_exp())) for end in (ball.lower(), ball.upper())]
    return _bounded(mantissa, exponent) if rounded(ends[0], form) == rounded(ends[1], form) else None


def _bounded(mantissa: int, exponent: int) -> Exact:
    if mantissa == 0:
        return Exact(0, 0)
    scale = exponent + mantissa.bit_length()
    return _beyond(mantissa, scale) if abs(scale) > OUTSIDE else Exact(mantissa, exponent)


def _beyond(sign: int | float, scale: int) -> Exact:
    return Exact(1 if sign > 0 else -1, HUGE if scale > 0 else TINY)


# ---- zeros and limits -----------------------------------------------------------------------------------------------


def _with_sign(found: Jet, beside: Jet) -> Jet:
    """Zeros at x = 0 with the sign that the function has ``beside`` it, on the side that the sign of x names."""
    decides = [f == Exact(0, 0) and _is_small(b) for f, b in zip(found, beside, strict=True)]
    return [_beyond(b.mantissa, TINY) if d else f for d, f, b in zip(decides, found, beside, strict=True)]


def _is_small(value: Exact) -> bool:
    return value.mantissa != 0 and value.exponent + abs(value.mantissa).bit_length() < -1000


def _at_end(reference: Reference, x: float, side: int, values: Values, length: int, form: Format) -> Jet:
    """The limits at a finite end of the domain."""

    def compute(n: int) -> Callable[[float], list[arb]]:
        return lambda point: derivatives(reference.body, {"x": arb(point) + side * arb(2) ** -n, **values}, "x", length)

    jets = [settled(compute(n), x, form) for n in (900, 1100, 4000)]  # x**0.03 is slow
    return [_limit([j[k] for j in jets]) for k in range(length)]


def limits(reference: Reference, sign: float, values: Values, length: int, form: Format) -> Jet:
    """The limits at infinity: what is reached far out; None where the function keeps moving."""
    places = [sign * FAR, sign * (FAR * 1.5), sign * FARTHER]
    jets = [
        settled(lambda point: derivatives(reference.body, {"x": point, **values}, "x", length), p, form) for p in places
    ]
    return [_limit([j[k] for j in jets]) for k in range(length)]


def _limit(seen: list[Exact]) -> Exact | None:
    if seen[0] == seen[1] == seen[2] and seen[0].mantissa and abs(seen[0].exponent) < OUTSIDE:
        return seen[0]  # it stands still, however large
    signs = {(s.mantissa > 0) - (s.mantissa < 0) for s in seen}
    scales = [s.exponent + abs(s.mantissa).bit_length() if s.mantissa else TINY for s in seen]
    if max(scales) < -24:
        return _beyond(signs.pop(), TINY) if len(signs) == 1 and 0 not in signs else Exact(0, 0)
    if min(scales) > 24:
        return _beyond(signs.pop(), HUGE) if len(signs) == 1 else None
    if scales[0] <= scales[1] < scales[2] - 1 and scales[2] > 5 and len(signs) == 1:
        return _beyond(signs.pop(), HUGE)  # as slow as a root or a logarithm
    if scales[0] >= scales[1] > scales[2] + 1 and scales[1] < -5 and len(signs) == 1:
        return _beyond(signs.pop(), TINY)
    reached = [rounded(s, FORMATS["float32"]) for s in seen]
    return seen[-1] if reached[0] == reached[1] == reached[2] else None
