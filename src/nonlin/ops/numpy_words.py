"""The vocabulary in NumPy, for float64 arrays.

SciPy is not needed: the error function is two polynomials (`tools/erfc_coefficients.py` makes and proves them).
"""

from __future__ import annotations

from sys import modules
from typing import Any

import numpy as np
from numpy import absolute as abs
from numpy import (
    add,
    cos,
    cosh,
    divide,
    equal,
    exp,
    expm1,
    floor,
    greater,
    greater_equal,
    hypot,
    less,
    less_equal,
    log,
    log1p,
    maximum,
    minimum,
    multiply,
    negative,
    sign,
    sin,
    sinh,
    sqrt,
    subtract,
    tan,
    tanh,
    where,
)
from numpy import arcsinh as asinh
from numpy import arctan as atan

from nonlin.ops.pairs import two_product
from nonlin.ops.threshold import in_turn as repeated
from nonlin.ops.threshold import threshold

_Array = np.ndarray[Any, Any]


# ---- words that NumPy does not have, or not with their tails --------------------------------------------------------


def power(a: Any, b: Any) -> Any:
    """Squares and cubes by multiplication; the rest by NumPy."""
    if isinstance(b, float) and b in (2.0, 3.0):
        return a * a if b == 2.0 else a * a * a
    return np.power(a, b)


def clip(u: Any, low: Any, high: Any) -> Any:
    return np.minimum(np.maximum(u, low), high)


def sech(u: Any) -> Any:
    q = np.exp(-np.abs(u))
    return 2 * q / (1 + q * q)


def sigmoid(u: Any) -> Any:
    q = np.exp(-np.abs(u))
    return np.where(u < 0, q, 1.0) / (1 + q)


def log_sigmoid(u: Any) -> Any:
    return np.minimum(u, -0.0) - np.log1p(np.exp(-np.abs(u)))  # -0.0: the limit at +inf comes from below


def softplus(u: Any) -> Any:
    return np.maximum(u, 0) + np.log1p(np.exp(-np.abs(u)))


def erf(u: Any) -> Any:
    z = np.abs(u)
    return np.where(z < 1, u * _centre(z), np.sign(u) * (1 - np.exp(-z * z) * _scaled_erfc(z)))


def erfc(u: Any) -> Any:
    z = np.abs(u)
    tail = np.exp(-z * z) * _scaled_erfc(z)
    return np.where(z < 0.5, 1 - u * _centre(z), np.where(u < 0, 2 - tail, tail))


def normcdf(u: Any) -> Any:
    z = np.abs(u)
    near = 0.5 + u * (_SQRT_HALF / 2) * _centre(z * _SQRT_HALF)
    tail = 0.5 * np.exp(-0.5 * z * z) * _scaled_erfc(z * _SQRT_HALF)
    return np.where(z < 1, near, np.where(u < 0, tail, 1 - tail))


def normpdf(u: Any) -> Any:
    return 0.3989422804014327 * np.exp(-0.5 * (u * u))


_SQRT_HALF = 0.7071067811865476
ERFC_SHIFT = 3.75
ERFC_TAIL = (
    1.2375126308378275, -0.14024059858554702, 0.00358541548546369, 0.08227673849015102, -0.10880393014170746,
    0.09230432116019834, -0.05869339859054762, 0.0283622774215156, -0.009746579547619623, 0.0017556258324217529,
    0.00029371359480570737, -0.00029015397928986765, 5.164940777546399e-05, 2.2383912036550678e-05,
    -1.1445049125831309e-05, -9.72849582211122e-07, 1.7534434251106334e-06, -5.826281078800777e-08,
    -2.6114702359900956e-07, 2.4289762925488707e-08, 4.0971223152703005e-08, -4.389284159986328e-09,
    -6.545560212480267e-09, 5.457157304704688e-10, 9.02214970034059e-10, -3.75315827795962e-11,
    -7.33950500852954e-11,
)  # fmt: skip
_CENTRE = (
    0.9654687386698673, -0.1405360890227171, 0.019852496688983708, -0.0022854855611440673, 0.0002175171560415978,
    -1.7537169441491903e-05, 1.2233827383720792e-06, -7.511569160771852e-08, 4.115800541441657e-09,
    -2.0352493691168147e-10, 9.167689206912173e-12, -3.7911230278878385e-13, 1.448819923762335e-14,
    -5.14606920606157e-16, 1.7134720566697406e-17, -5.331309531842818e-19,
)  # fmt: skip


def _scaled_erfc(z: Any) -> Any:
    """exp(z^2) erfc(z) for z >= 0, relative error about 4e-16."""
    z = np.minimum(z, 1e8)  # beyond, exp(-z^2) is 0; infinity would make t NaN
    return _horner(ERFC_TAIL, (z - ERFC_SHIFT) / (z + ERFC_SHIFT)) / (1 + 2 * z)


def _centre(z: Any) -> Any:
    """erf(z)/z for 0 <= z <= 1 (the same value beyond), relative error about 2e-16."""
    z = np.minimum(z, 1.0)
    return _horner(_CENTRE, 2 * z * z - 1)


def _horner(coefficients: tuple[float, ...], t: Any) -> Any:
    total = t * 0 + coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = total * t + c
    return total


# ---- words along an axis --------------------------------------------------------------------------------------------


def row_max(u: Any, axis: int) -> Any:
    return np.max(u, axis=axis, keepdims=True)


def row_sum(u: Any, axis: int) -> Any:
    return np.sum(u, axis=axis, keepdims=True)


def row_threshold(u: Any, power: Any, total: Any, axis: int) -> Any:
    return threshold(modules[__name__], u, power, total, axis)


def sorted_down(u: Any, axis: int) -> Any:
    return -np.sort(-u, axis)


def running_sum(u: Any, axis: int) -> Any:
    return np.cumsum(u, axis)


def log_softmax(u: Any, axis: int) -> Any:
    """The largest element is left out of the sum and comes back through log1p: so the upper tail keeps its digits."""
    top = np.expand_dims(np.argmax(u, axis=axis), axis)
    shifted = u - np.take_along_axis(u, top, axis)
    others = np.exp(shifted)
    np.put_along_axis(others, top, 0.0, axis)
    return shifted - np.log1p(np.sum(others, axis=axis, keepdims=True))


# ---- words that no formula has, but the trees that are rounded ------------------------------------------------------


def _with_error(value: Any, error: Any) -> tuple[Any, Any]:
    """Two trees evaluated as one, so that their common parts are computed once."""
    return value, error


def _multiply_aside(a: Any, b: Any) -> Any:
    """The product, one last place to its true side where it looks like a tie."""
    product = np.asarray(np.multiply(a, b))
    tie = np.isfinite(product) & (product.view(np.int64) & 0xFFFFFFF == 0)
    if tie.any():
        factors = (np.broadcast_to(v, product.shape)[tie] for v in (a, b))
        product[tie] = _beside(product[tie], two_product(*factors)[1])
    return product


def _beside(value: _Array, side: _Array) -> _Array:
    """``value`` one last place to the side of the sign."""
    return np.nextafter(value, np.where(side > 0, np.inf, np.where(side < 0, -np.inf, value)))
