"""Arithmetic of twice the digits in compiled loops: a number is a pair, an unevaluated sum of two float64 numbers.

The scalar counterpart of :mod:`nonlin.ops.pairs`, which says what it is for. A word that is not arithmetic gives NaN; a
comparison is 1, 0 or NaN, and what NaN would choose is NaN.
"""

from __future__ import annotations

from typing import TypeAlias

from nonlin.kernels.words import ONE_BIT, Bits, _bits, _float, exact_word, fma
from nonlin.ops.pairs import JUNK

Pair: TypeAlias = tuple[float, float]
NAN = float("nan")
UNKNOWN: Pair = (NAN, 0.0)


@exact_word
def add(a: Pair, b: Pair) -> Pair:
    total, rest = _two_sum(a[0], b[0])
    low, least = _two_sum(a[1], b[1])
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
    return where(less(a, b), a, b)


@exact_word
def maximum(a: Pair, b: Pair) -> Pair:
    return where(less(b, a), a, b)


@exact_word
def clip(a: Pair, low: Pair, high: Pair) -> Pair:
    return minimum(maximum(a, low), high)


@exact_word
def less(a: Pair, b: Pair) -> float:
    return _known((a[0] < b[0]) | ((a[0] == b[0]) & (a[1] < b[1])), a, b)


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
    return _known((a[0] == b[0]) & (a[1] == b[1]), a, b)


@exact_word
def _known(answer: bool, a: Pair, b: Pair) -> float:
    truth = 1.0 if answer else 0.0
    return truth if (a[0] == a[0]) & (b[0] == b[0]) else NAN


@exact_word
def decided(a: Pair) -> bool:
    """Whether the second part is 0, or large enough to be more than rounding error; false for NaN."""
    size = -a[0] if a[0] < 0 else a[0]
    rest = -a[1] if a[1] < 0 else a[1]
    return (size < float("inf")) & ((rest == 0) | (rest > JUNK * size))


@exact_word
def to_odd(a: Pair) -> float:
    """One float64 whose last bit is set where it is not exact, so that rounding it again is right."""
    bits = _bits(a[0])
    odd = bits | ONE_BIT if (a[1] > 0) == (a[0] > 0) else bits - ONE_BIT
    return _float(odd if (a[1] != 0) & ((bits & ONE_BIT) == Bits(0)) else bits)


@exact_word
def _two_sum(a: float, b: float) -> Pair:
    total = a + b
    share = total - a
    return total, (a - (total - share)) + (b - share)


@exact_word
def _normal(high: float, low: float) -> Pair:
    total = high + low
    return total, low - (total - high)
