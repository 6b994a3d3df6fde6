"""Parts that several stable bodies share."""

from collections.abc import Sequence
from typing import Any


def polynomial(coefficients: Sequence[float], u: Any) -> Any:
    """The polynomial with these coefficients, lowest first, at ``u``."""
    total: Any = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = total * u + c
    return total
