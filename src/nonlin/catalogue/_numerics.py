"""Parts that several stable bodies share."""

from collections.abc import Sequence
from typing import Any

from nonlin.ops import abs, floor, minimum, pi, sign, sin, where


def polynomial(coefficients: Sequence[float], u: Any) -> Any:
    """The polynomial with these coefficients, lowest first, at ``u``."""
    total: Any = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = total * u + c
    return total


def to_whole(x: Any) -> Any:
    """The distance from x to the nearest whole number, exact."""
    fraction = abs(x) - floor(abs(x))
    return minimum(fraction, 1 - fraction)


def turns(x: Any) -> Any:
    """|x| in half turns, less whole turns: between 0 and 2, exact."""
    return abs(x) - 2 * floor(abs(x) / 2)


def sin_pi(x: Any) -> Any:
    """sin(pi x), exactly 0 at whole numbers."""
    v = sin(pi * to_whole(x))
    return where(abs(x) < 0.5, sin(pi * x), where((turns(x) < 1), v, -v) * sign(x))
