"""Softmax, softmin, log-softmax and their vector-Jacobian products along any axis, by compiled loops (`row_loops`).

The functions are known by their trees, which are written here a second time: whatever has one of these trees is served,
under any name, and a formula that becomes another one is computed by NumPy again. Everything else that NumPy serves:
arrays below SMALL elements, other dtypes than float32 and float64, all of it without Numba, and until PLENTY elements
have been asked for, since a compiler takes longer than those.

float32 results are those of float64 rounded once. Both ways are so near the true value that they differ in fewer than
one element in a million, by one last place; float64 results of the loops are within 4 last places, while those of NumPy
lose digits for differences in the hundreds. NaN, infinities and masks (-inf) give the same in both.
"""

from __future__ import annotations

import ctypes
from functools import cache
from math import prod
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nonlin.kernels.dispatch import can_compile
from nonlin.kernels.threads import in_slices
from nonlin.ops import exp, log_softmax, row_max, row_sum
from nonlin.tree import Node, symbol

Array: TypeAlias = np.ndarray[Any, Any]
SMALL, PLENTY = 1 << 14, 1 << 22
LONG, HUGE = 128, 1 << 16
"""Rows of LONG elements side by side fill the lanes of a tile alone; so do those of which a tile would be HUGE."""
FEW, LANES, TILE = 16, 64, 1 << 12
SOFTMAX, LOG_SOFTMAX, SOFTMAX_VJP, LOG_SOFTMAX_VJP = range(4)


class Plan(NamedTuple):
    """What the loop is told, as numbers: addresses of arrays, rows of ``n`` elements ``step`` apart, the tile's shape.

    ``sign`` multiplies x; ``together`` is whether a tile holds one row; ``size`` is that of an element in bytes; the
    rows are those from ``first`` to ``last``.
    """

    kind: int
    sign: int
    x: int
    g: int
    out: int
    scratch: int
    n: int
    step: int
    together: int
    height: int
    width: int
    size: int
    first: int
    last: int


class Shape(NamedTuple):
    """How an array is cut in rows."""

    rows: int
    n: int
    step: int

    @property
    def together(self) -> bool:
        """Whether every row is computed alone, in all lanes; this depends on nothing that changes between runs."""
        alone = self.step == 1 or self.rows < FEW or self.n > HUGE
        return self.n >= LONG and alone

    def tile(self, rows: int) -> tuple[int, int]:
        """The height and width of a tile for so many rows."""
        if self.together:
            return -(-self.n // LANES), LANES
        return self.n, min(rows, max(FEW, min(2 * LANES, TILE // self.n)))


def _softmax(x: Any) -> Any:
    e = exp(x - row_max(x))
    return e / row_sum(e)


def _softmax_vjp(x: Any, g: Any) -> Any:
    s = _softmax(x)
    return s * (g - row_sum(g * s))


@cache
def _known() -> dict[Node, tuple[int, int]]:
    """What kind of loop computes a tree, and with which sign of x."""
    x, g = symbol("x"), symbol("g")
    return {
        _softmax(x): (SOFTMAX, 1),
        _softmax(-x): (SOFTMAX, -1),
        log_softmax(x): (LOG_SOFTMAX, 1),
        _softmax_vjp(x, g): (SOFTMAX_VJP, 1),
        -_softmax_vjp(-x, g): (SOFTMAX_VJP, -1),
        g - _softmax(x) * row_sum(g): (LOG_SOFTMAX_VJP, 1),
    }


def along(root: Node, x: Array, g: Array | None, axis: int) -> Array | None:
    """``root`` of x, and of g where it is a vector-Jacobian product, along ``axis``; None where NumPy is to do it."""
    known = _known().get(root)
    alike = g is None or (g.shape == x.shape and g.dtype == x.dtype)
    if known is None or not alike or x.dtype not in (np.float32, np.float64) or not _worth(x.size):
        return None
    return computed(*known, x, x if g is None else g, axis)


_asked = 0


def _worth(size: int) -> bool:
    """Whether a compiled loop is of use for so many elements."""
    global _asked
    if size < SMALL:
        return False
    _asked += size
    return _asked >= PLENTY and can_compile()


def computed(kind: int, sign: int, x: Array, g: Array, axis: int) -> Array:
    """The results of the loop of a kind, whatever the size."""
    x, g, out = np.ascontiguousarray(x), np.ascontiguousarray(g), np.empty(x.shape, x.dtype)
    n = x.shape[axis]
    shape = Shape(x.size // n, n, prod(x.shape[axis % x.ndim + 1 :]))
    loop, places = _loop(), (x.ctypes.data, g.ctypes.data, out.ctypes.data)

    def work(part: slice) -> None:
        height, width = shape.tile(part.stop - part.start)
        scratch = np.empty((3 * height + 4) * width)
        plan = Plan(kind, sign, *places, scratch.ctypes.data, n, shape.step, shape.together, height, width,
                    x.itemsize, part.start, part.stop)  # fmt: skip
        numbers = np.array(plan, np.intp)
        loop(numbers.ctypes.data)

    in_slices(work, shape.rows, x.size)
    return out


@cache
def _loop() -> Any:
    """The compiled loop, which runs without Python's lock."""
    from nonlin.kernels.cache import loaded

    compute = loaded(Path(__file__).with_name("row_loops.py").read_text())["compute"]
    return ctypes.CFUNCTYPE(None, ctypes.c_ssize_t)(compute)
