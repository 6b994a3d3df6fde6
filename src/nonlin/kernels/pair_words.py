"""Arithmetic of twice the digits in compiled loops: a number is a pair, an unevaluated sum of two float64 numbers.

Choices are nested, without "and" and "or": masks of several comparisons cost more than the comparisons. The scalar
counterpart of :mod:`nonlin.ops.pairs`, which says what it is for. A word that is not arithmetic gives NaN; a
comparison is 1, 0 or NaN, and what NaN would choose is NaN.
"""

from __future__ import annotations

from math import fabs
from typing import TypeAlias

import numpy as np

from nonlin.kernels.words import ONE_BIT, Bits, _bits, _float, exact_word, fma, root
from nonlin.ops.pairs import JUNK

Pair: TypeAlias = tuple[float, float]
NAN, INFINITY = float("nan"), float("inf")
UNKNOWN: Pair = (NAN, 0.0)


# ---- of numbers that are no pairs -----------------------------------------------------------------------------------


@exact_word
def two_sum(a: float, b: float) -> Pair:
    total = a + b
    share = total - a
    return total, (a - (total - share)) + (b - share)


@exact_word
def two_difference(a: float, b: float) -> Pair:
    return two_sum(a, -b)


@exact_word
def two_product(a: float, b: float) -> Pair:
    product = a * b
    return product, fma(a, b, -product)


@exact_word
def two_square(a: float) -> Pair:
    return two_product(a, a)


@exact_word
def divide_by(a: Pair, b: float) -> Pair:
    """A pair by a number. Of the second part sign and size count; 1/b is one quotient for all elements."""
    first = a[0] / b
    return _normal(first, (fma(-first, b, a[0]) + a[1]) * (1 / b))


@exact_word
def choose(condition: bool, a: Pair, b: Pair) -> Pair:
    """One of two, where it is certain which."""
    return (a[0] if condition else b[0]), (a[1] if condition else b[1])


# ---- of pairs -------------------------------------------------------------------------------------------------------


@exact_word
def add(a: Pair, b: Pair) -> Pair:
    total, rest = two_sum(a[0], b[0])
    low, least = two_sum(a[1], b[1])
    total, rest = _normal(total, rest + low)
    return _normal(total, rest + least)


@exact_word
def subtract(a: Pair, b: Pair) -> Pair:
    return add(a, negative(b))


@exact_word
def multiply(a: Pair, b: Pair) -> Pair:
    product = a[0] * b[0]
    return _normal(product, fma(a[0], b[0], -product) + (a[0] * b[1] + a[1] * b[0]))


@exact_word
def divide(a: Pair, b: Pair) -> Pair:
    first = a[0] / b[0]
    rest = add(a, negative(multiply((first, 0.0), b)))
    return _normal(first, rest[0] / b[0])


@exact_word
def sqrt(a: Pair) -> Pair:
    high = root(a[0])
    rest = subtract(a, two_product(high, high))[0]
    return _normal(high, rest / (2 * high) if rest != 0 else 0.0)


@exact_word
def hypot(a: Pair, b: Pair) -> Pair:
    return sqrt(add(multiply(a, a), multiply(b, b)))


@exact_word
def negative(a: Pair) -> Pair:
    return -a[0], -a[1]


@exact_word
def square(a: Pair) -> Pair:
    return multiply(a, a)


@exact_word
def cube(a: Pair) -> Pair:
    return multiply(multiply(a, a), a)


@exact_word
def abs(a: Pair) -> Pair:
    return where(less(a, (0.0, 0.0)), negative(a), a)


@exact_word
def sign(a: Pair) -> Pair:
    return (1.0 if a[0] > 0 else (-1.0 if a[0] < 0 else (0.0 if a[0] == 0 else NAN))), 0.0


@exact_word
def where(condition: float, a: Pair, b: Pair) -> Pair:
    chosen = a[0] if condition == 1 else b[0]
    return (chosen if condition == condition else NAN), (a[1] if condition == 1 else b[1])


@exact_word
def minimum(a: Pair, b: Pair) -> Pair:
    gap = _gap(a, b)
    return (NAN if gap != gap else (b[0] if gap > 0 else a[0])), (b[1] if gap > 0 else a[1])


@exact_word
def maximum(a: Pair, b: Pair) -> Pair:
    gap = _gap(a, b)
    return (NAN if gap != gap else (b[0] if gap < 0 else a[0])), (b[1] if gap < 0 else a[1])


@exact_word
def clip(a: Pair, low: Pair, high: Pair) -> Pair:
    return minimum(maximum(a, low), high)


@exact_word
def less(a: Pair, b: Pair) -> float:
    gap = _gap(a, b)
    return 1.0 if gap < 0 else gap if gap != gap else 0.0


@exact_word
def greater(a: Pair, b: Pair) -> float:
    return less(b, a)


@exact_word
def less_equal(a: Pair, b: Pair) -> float:
    return 1 - less(b, a)


@exact_word
def greater_equal(a: Pair, b: Pair) -> float:
    return 1 - less(a, b)


@exact_word
def equal(a: Pair, b: Pair) -> float:
    gap = _gap(a, b)
    return 1.0 if gap == 0 else gap if gap != gap else 0.0


@exact_word
def _gap(a: Pair, b: Pair) -> float:
    """What has the sign of a - b; NaN if either is not finite."""
    return (a[0] - b[0]) + (a[1] - b[1])


@exact_word
def decided(a: Pair) -> float:
    """One float64, such that rounding it again is right: its last bit is set where it is not exact. NaN if it is not
    finite, or if the second part may be rounding error."""
    size, rest = fabs(a[0]), fabs(a[1])
    value = _to_odd(a) if rest > JUNK * size else (a[0] if rest == 0 else NAN)
    return value if size < INFINITY else NAN


@exact_word
def _to_odd(a: Pair) -> float:
    bits = _bits(a[0])
    odd = bits - ONE_BIT if np.int64(bits ^ _bits(a[1])) < 0 else bits | ONE_BIT
    return _float(odd if bits & ONE_BIT == Bits(0) else bits)


@exact_word
def _normal(high: float, low: float) -> Pair:
    total = high + low
    return total, low - (total - high)
