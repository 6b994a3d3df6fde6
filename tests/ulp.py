"""Errors in units in the last place, for every floating-point format, never NaN.

An exact value is ``Exact(mantissa, exponent)``, that is mantissa * 2**exponent, or None for NaN. A mantissa of 0 is a
zero whose sign does not matter; TINY and HUGE exponents stand for what every format rounds to a zero of this sign, or
to infinity.
"""

from __future__ import annotations

from math import copysign, frexp, inf, isinf, isnan, ldexp, nan
from typing import NamedTuple

TINY, HUGE = -(10**6), 10**6


class Exact(NamedTuple):
    mantissa: int
    exponent: int


class Format(NamedTuple):
    """A binary format: the digits of its mantissa, the exponent of its smallest number, and of its first infinity."""

    digits: int
    lowest: int
    top: int


FORMATS = {
    "float16": Format(11, -24, 16),
    "bfloat16": Format(8, -133, 128),
    "float32": Format(24, -149, 128),
    "float64": Format(53, -1074, 1024),
}


def exact(value: float) -> Exact | None:
    """A float as the number that it is."""
    if isnan(value):
        return None
    if isinf(value):
        return Exact(1 if value > 0 else -1, HUGE)
    mantissa, exponent = frexp(value)
    return Exact(int(ldexp(mantissa, 53)), exponent - 53)


def unit(value: Exact, form: Format) -> int:
    """The exponent of the last place at ``value``."""
    return max(value.exponent + abs(value.mantissa).bit_length() - form.digits, form.lowest)


def rounded(value: Exact | None, form: Format) -> float:
    """The nearest number of the format, ties to even; the correctly rounded result."""
    if value is None:
        return nan
    if value.mantissa == 0:
        return 0.0
    sign = 1.0 if value.mantissa > 0 else -1.0
    place = unit(value, form)
    if place > form.top:
        return copysign(inf, sign)
    units = _nearest(abs(value.mantissa), value.exponent - place)
    if units.bit_length() + place > form.top:
        return copysign(inf, sign)
    return copysign(ldexp(units, place), sign)


def _nearest(mantissa: int, shift: int) -> int:
    """mantissa * 2**shift as a whole number, ties to even."""
    if shift >= 0:
        return mantissa << shift
    if -shift > mantissa.bit_length() + 1:
        return 0
    whole, rest = mantissa >> -shift, mantissa & ((1 << -shift) - 1)
    half = 1 << (-shift - 1)
    return whole + (rest > half or (rest == half and whole & 1))


def error(result: float, value: Exact | None, form: Format, signed: bool = True) -> float:
    """How far ``result`` is from ``value``, in the last place of the format at ``value``.

    Infinite for NaN instead of a number, a number instead of NaN, and a zero of the wrong sign (unless not
    ``signed``). Infinity counts as the number after the largest.
    """
    if value is None or isnan(result):
        return 0.0 if value is None and isnan(result) else inf
    if signed and wrong_zero(result, value, form):
        return inf
    return distance(_clamped(exact(result), form), _clamped(value, form), form)


def wrong_zero(result: float, value: Exact, form: Format) -> bool:
    """Whether a zero came out with the sign that the value does not have."""
    right = rounded(value, form)
    return result == right == 0 and value.mantissa != 0 and copysign(1, result) != copysign(1, right)


def distance(a: Exact, b: Exact, form: Format) -> float:
    """|a - b| in the last place at ``b``."""
    low = min(a.exponent, b.exponent)
    difference = abs((a.mantissa << (a.exponent - low)) - (b.mantissa << (b.exponent - low)))
    shift = low - (unit(b, form) if b.mantissa else form.lowest)
    size = difference.bit_length()
    return ldexp(difference >> max(size - 60, 0), max(min(shift + max(size - 60, 0), 960), -1200))


def _clamped(value: Exact | None, form: Format) -> Exact:
    """Overflow as the number after the largest, underflow as zero."""
    assert value is not None
    sign = (value.mantissa > 0) - (value.mantissa < 0)
    if value.mantissa and value.exponent + abs(value.mantissa).bit_length() > form.top:
        return Exact(sign, form.top)
    return Exact(0, 0) if value.exponent <= TINY else value
