"""The compiled loops of `rows`, to be loaded through the cache of kernels.

Rows are computed in tiles of float64 that have several lanes: either every lane is a row of its own, or all lanes
together are one long row. Every inner loop runs over the lanes, side by side, and is vectorised without changing the
order of a sum: results do not depend on the width of vectors or on threads.

A sum carries what its additions lose (Kahan), and the exponent x - max what the subtraction loses: so the error does
not grow with the length of a row or with the size of x.
"""

from __future__ import annotations

from math import fabs
from typing import Any

import numba
from numba import float32, float64, types

from nonlin.kernels.loops import ALL_FLAGS, at, clear_flags, exact_piece, piece
from nonlin.kernels.words import _exp_parts, fma, log1p

SOFTMAX, LOG_SOFTMAX, SOFTMAX_VJP, LOG_SOFTMAX_VJP = range(4)
INFINITY = float("inf")


# ---- one number -----------------------------------------------------------------------------------------------------


@exact_piece
def _difference(a: float, b: float) -> tuple[float, float]:
    """a - b as a number and its rest; no rest where the exponential of a - b is 0 or NaN."""
    d = a - b
    back = a - d
    rest = (a - (d + back)) + (back - b)
    return d, rest if d > -800 else 0.0


@exact_piece
def _plus(total: float, over: float, more: float) -> tuple[float, float]:
    """total - over + more as a number and what it is too large by; an infinite sum stays infinite."""
    wanted = more - over
    new = total + wanted
    rest = (new - total) - wanted
    return new, rest if fabs(rest) < INFINITY else 0.0


# ---- one tile of some height and width, and four numbers for each of its lanes --------------------------------------


@piece
def _exponentials(x: Any, e: Any, lanes: Any, height: int, width: int) -> None:
    """exp(x - top) of every row, whose largest number is ``top``."""
    top = lanes[0]
    for k in range(height):
        for j in range(width):
            d, rest = _difference(x[k * width + j], top[j])
            w, s, t = _exp_parts(-746.0 if d < -746 else d, rest)
            e[k * width + j] = fma(w, s, s) * t


@piece
def _peaks(x: Any, lanes: Any, height: int, width: int, together: bool) -> None:
    """The largest number of every row, NaN left aside, and the line where it is first; -1 in lanes without it."""
    top, place = lanes[0], lanes[3]
    for j in range(width):
        top[j], place[j] = -INFINITY, -1.0
    for k in range(height):
        for j in range(width):
            u = x[k * width + j]
            place[j] = k if u > top[j] else place[j]
            top[j] = u if u > top[j] else top[j]
    if together:
        best = 0
        for j in range(width):
            best = j if top[j] > top[best] else best
        highest = top[best]
        for j in range(width):
            top[j], place[j] = highest, place[j] if j == best else -1.0


@piece
def _sums(u: Any, lanes: Any, height: int, width: int, together: bool) -> None:
    """The sum of every row; that of a row in all lanes by halves upon halves."""
    total, over = lanes[1], lanes[2]
    for j in range(width):
        total[j], over[j] = 0.0, 0.0
    for k in range(height):
        for j in range(width):
            total[j], over[j] = _plus(total[j], over[j], u[k * width + j])
    count = width if together else 1
    while count > 1:
        half = (count + 1) // 2
        for j in range(count - half):
            total[j], over[j] = _plus(total[j], over[j] + over[j + half], total[j + half])
        count = half
    for j in range(1, width if together else 1):
        total[j] = total[0]


@piece
def _logarithms(x: Any, e: Any, lanes: Any, height: int, width: int, together: bool) -> None:
    """Exponentials to log-softmax. The largest, 1, is left out of the sum: so the upper tail keeps its digits."""
    top, total, _, place = lanes
    for j in range(width):
        if place[j] >= 0:
            e[int(place[j]) * width + j] = 0.0
    _sums(e, lanes, height, width, together)
    for j in range(width):
        total[j] = log1p(total[j])
    for k in range(height):
        for j in range(width):
            d, rest = _difference(x[k * width + j], top[j])
            e[k * width + j] = d - (total[j] - rest)


@piece
def _shares(e: Any, lanes: Any, height: int, width: int, together: bool) -> None:
    """Exponentials to softmax."""
    total = lanes[1]
    _sums(e, lanes, height, width, together)
    for j in range(width):
        total[j] = 1 / total[j]
    for k in range(height):
        for j in range(width):
            e[k * width + j] = e[k * width + j] * total[j]


@exact_piece
def _gradients(kind: int, sign: float, tiles: Any, lanes: Any, height: int, width: int, together: bool) -> None:
    """Softmax to vector-Jacobian products: s (g - sum(s g)) of the sign of x, or g - s sum(g).

    Without fused products: 1 - 3 (1/3) is to be 0.
    """
    products, s, g, total = tiles[0], tiles[1], tiles[2], lanes[1]
    for i in range(height * width):
        products[i] = g[i] * (s[i] if kind == SOFTMAX_VJP else 1.0)
    _sums(products, lanes, height, width, together)
    for k in range(height):
        for j in range(width):
            i = k * width + j
            of_softmax = sign * s[i] * (g[i] - total[j])
            s[i] = of_softmax if kind == SOFTMAX_VJP else g[i] - s[i] * total[j]


# ---- between arrays and tiles ---------------------------------------------------------------------------------------


@piece
def _pointers(first: int, apart: int) -> tuple[Any, Any, Any, Any]:
    """Four places of float64 numbers."""
    second, third = first + apart, first + 2 * apart
    return at(float64, first), at(float64, second), at(float64, third), at(float64, third + apart)


@piece
def _load(array: Any, tile: Any, row: int, plan: Any, sign: float) -> None:
    """Fill the tile with rows from ``row`` on, each times ``sign``. Row r begins at r // step (n step) + r % step."""
    n, step, together, width = plan[6], plan[7], plan[8], plan[10]
    lane = 1 if together else width
    for j in range(1 if together else width):
        begin = (row + j) // step * (n * step) + (row + j) % step
        for k in range(n):
            tile[k * lane + j] = sign * array[begin + k * step]


@piece
def _store(tile: Any, array: Any, row: int, plan: Any) -> None:
    """The rows of the tile put in the array, rounded once."""
    n, step, together, width = plan[6], plan[7], plan[8], plan[10]
    lane = 1 if together else width
    for j in range(1 if together else width):
        begin = (row + j) // step * (n * step) + (row + j) % step
        for k in range(n):
            array[begin + k * step] = tile[k * lane + j]


@piece
def _filled(tile: Any, array: int, row: int, plan: Any, sign: float, rest: float) -> None:
    """The tile with rows from ``row`` on, and ``rest`` in the lanes that one row leaves."""
    if plan[11] == 4:
        _load(at(float32, array), tile, row, plan, sign)
    else:
        _load(at(float64, array), tile, row, plan, sign)
    for i in range(plan[6] * (1 if plan[8] else plan[10]), plan[9] * plan[10]):
        tile[i] = rest


@numba.cfunc(types.void(types.CPointer(types.intp)), fastmath={"contract", "nsz"}, error_model="numpy")
def compute(plan: Any) -> None:
    """Some rows, tile by tile; ``plan`` holds what :class:`nonlin.kernels.rows.Plan` names.

    The last tile may begin before the one before it ends: rows computed twice come out alike.
    """
    kind, sign, together, height, width = plan[0], float(plan[1]), plan[8], plan[9], plan[10]
    first, last, tile = plan[12], plan[13], 8 * plan[9] * plan[10]
    tiles, lanes = _pointers(plan[5], tile), _pointers(plan[5] + 3 * tile, 8 * width)
    x, e, g = tiles[0], tiles[1], tiles[2]
    start = first
    while start < last:
        row = start if together else min(start, last - width)
        _filled(x, plan[2], row, plan, sign, -INFINITY)
        _peaks(x, lanes, height, width, together)
        _exponentials(x, e, lanes, height, width)
        if kind == LOG_SOFTMAX:
            _logarithms(x, e, lanes, height, width, together)
        else:
            _shares(e, lanes, height, width, together)
        if kind >= SOFTMAX_VJP:
            _filled(g, plan[3], row, plan, 1.0, 0.0)
            _gradients(kind, sign, tiles, lanes, height, width, together)
        if plan[11] == 4:
            _store(e, at(float32, plan[4]), row, plan)
        else:
            _store(e, at(float64, plan[4]), row, plan)
        start += 1 if together else width
    clear_flags(ALL_FLAGS)
