"""float16 and bfloat16: all 65,536 results in a table, once so many elements have been asked for. Needs no compiler.

The table is what the path without it gives for every bit pattern, so that the results are the same bits, NaN included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nonlin.kernels.dispatch import LARGE
from nonlin.kernels.threads import in_slices
from nonlin.ops.rounding import BLOCK, fill

if TYPE_CHECKING:
    from nonlin.expression import Expression

Array: TypeAlias = np.ndarray[Any, Any]
PATTERNS = 1 << 16


@dataclass(eq=False)
class _Table:
    """How many elements have been asked for, and the results since there were PATTERNS of them."""

    asked: int = 0
    results: Array | None = None


@lru_cache(maxsize=256)  # of 128 KiB each
def _table(expression: Expression, numbers: tuple[tuple[str, str], ...], dtype: str) -> _Table:
    """The numbers as text, by which -0 is not 0."""
    return _Table()


def table_for(expression: Expression, values: Mapping[str, Any], answer: Array) -> partial[None] | None:
    """What fills such an answer, given it and the values; None where NumPy is to do it: for several arrays, or few
    elements."""
    (name, x), *others = values.items()
    if x.dtype != answer.dtype or not all(isinstance(v, float) for _, v in others):
        return None
    table = _table(expression, tuple((k, v.hex()) for k, v in others), answer.dtype.name)
    if table.results is None:
        table.asked += answer.size
        if table.asked < PATTERNS:
            return None
        table.results = _made(expression, {name: np.arange(PATTERNS, dtype=np.uint16).view(x.dtype), **dict(others)})
    return partial(_looked_up, table.results)


def _made(expression: Expression, values: Mapping[str, Any]) -> Array:
    """The bit patterns of the results for all inputs, first in ``values``, in the order of their own."""
    answer: Array = np.empty_like(next(iter(values.values())))
    fill(answer, expression, values)
    return answer.view(np.uint16)


def _looked_up(table: Array, answer: Array, x: Array, *_: float) -> None:
    """Block by block, because the patterns become indices of 8 bytes on the way."""
    patterns = np.broadcast_to(x, answer.shape).reshape(-1).view(np.uint16)
    results = answer.reshape(-1).view(np.uint16)

    def work(part: slice) -> None:
        for start in range(part.start, part.stop, BLOCK):
            block = slice(start, min(start + BLOCK, part.stop))
            np.take(table, patterns[block], out=results[block], mode="wrap")  # "raise" would make a copy of out

    if results.size < LARGE:
        work(slice(0, results.size))
    else:
        in_slices(work, results.size, results.size)
