"""Parts that several stable bodies share."""

from collections.abc import Sequence
from typing import Any

from nonlin.ops import sign


def polynomial(coefficients: Sequence[float], u: Any) -> Any:
    """The polynomial with these coefficients, lowest first, at ``u``."""
    total: Any = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = total * u + c
    return total


def leaning_half(x: Any) -> Any:
    """One half, one unit in the last place of float64 towards the side of ``x``.

    x (1/2 + c x) for a subnormal x is a hair off x/2, which is a tie of the smaller dtypes: the hair decides how it
    rounds, and float64 would not see it.
    """
    return 0.5 + sign(x) * 2.0**-53
