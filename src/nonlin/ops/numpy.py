"""The vocabulary in NumPy: computed in float64, block by block, and rounded once to the input's dtype.

SciPy is not needed: the error function is two polynomials (`tools/erfc_coefficients.py` makes and proves them).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

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

from nonlin.error_bound import Bound, Digits, digits_of, error_bound
from nonlin.errors import InputError
from nonlin.ops import pairs
from nonlin.ops.evaluate import evaluate
from nonlin.tree import WORDS, Node, symbols

if TYPE_CHECKING:
    from nonlin.expression import Expression

Array = np.ndarray[Any, Any]
BLOCK = 1 << 15  # elements computed at a time, so that intermediates stay in the processor's cache
FLOATS = ("float16", "bfloat16", "float32", "float64")


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
    return np.where(z < 0.5, near, np.where(u < 0, tail, 1 - tail))


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


def log_softmax(u: Any, axis: int) -> Any:
    """The largest element is left out of the sum and comes back through log1p: so the upper tail keeps its digits."""
    top = np.expand_dims(np.argmax(u, axis=axis), axis)
    shifted = u - np.take_along_axis(u, top, axis)
    others = np.exp(shifted)
    np.put_along_axis(others, top, 0.0, axis)
    return shifted - np.log1p(np.sum(others, axis=axis, keepdims=True))


# ---- arrays in, arrays out ------------------------------------------------------------------------------------------


KERNELS = True
"""Whether arrays may be computed by a compiled kernel: then there are `in_memory` and `value_and_derivative`."""


def owns(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic))  # a tuple: torch.compile cannot trace A | B here


def as_input(value: Any, name: str) -> Array:
    """``value`` as a real floating-point array; integers and bools as float64.

    Raises InputError for complex, object, string and other arrays that are not real numbers.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise InputError(f"{name}: got a masked array; fill it first, with filled(value), or pass its data")
    if type(value).__module__.partition(".")[0] == "keras":
        raise InputError(f"{name}: got a Keras {type(value).__name__}, whose gradient would be lost; pass its .value")
    try:
        array = np.asarray(value)
    except ValueError:
        raise InputError(f"{name}: the rows of the list have different lengths; pass numbers of one shape") from None
    except (TypeError, RuntimeError) as error:
        raise InputError(
            f"{name}: cannot make an array of a {type(value).__name__} ({error}); pass one array"
        ) from None
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    if array.dtype.name not in FLOATS:
        raise InputError(
            f"{name}: got {_kind(value, array)}; pass real numbers "
            "(float16, bfloat16, float32, float64, integers or bools)"
        )
    return array


def _kind(value: Any, array: Array) -> str:
    """What a refused input is, in words."""
    if isinstance(value, int):
        return "a whole number beyond the range of 64 bits"
    what = f"{array.dtype} array" if isinstance(value, np.ndarray) else type(value).__name__
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what}"


def apply(expression: Expression, inputs: dict[str, Any], parameters: dict[str, Any], out: Any = None) -> Any:
    """``expression`` at ``inputs``: float64 inside, one rounding to the dtype of the inputs.

    Inputs and array-valued parameters broadcast. ``out`` must have the answer's shape and dtype.
    """
    arrays = {k: as_input(v, k) for k, v in inputs.items()}
    dtype = np.result_type(*(a.dtype for a in arrays.values()))
    values = arrays | {k: v if isinstance(v, float) else as_input(v, k) for k, v in parameters.items()}
    shape = _common_shape(values)
    answer = np.empty(shape, dtype) if out is None or _entangled(out, arrays) else _checked_out(out, shape, dtype)
    compute(answer, expression, values)
    if out is None:
        return answer[()]
    if answer is not out:
        np.copyto(_checked_out(out, shape, dtype), answer)
    return out


def compute(answer: Array, expression: Expression, values: Mapping[str, Any]) -> None:
    """The expression of inputs, first in ``values``, and parameters: by its kernel if there is one in memory."""
    from nonlin.kernels.dispatch import kernel_for

    kernel = kernel_for(expression, tuple(k for k in values if k not in expression.inputs), answer)
    if kernel is None:
        fill(answer, expression, values)
    else:
        kernel(answer, *values.values())


def in_memory(expression: Expression, numbers: Mapping[str, float]) -> Callable[[Any, Any], Any] | None:
    """What computes arrays for these parameters by a kernel that is in memory, or answers NotImplemented."""
    from nonlin.kernels.dispatch import direct

    return direct(expression, numbers)


def value_and_derivative(expression: Expression, x: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Both by one kernel; None where it takes two."""
    from nonlin.kernels import dispatch, with_derivative

    array = as_input(x, "x")
    if array.dtype.name not in dispatch.KINDS or not dispatch.can_compile():
        return None
    values = (v if isinstance(v, float) else as_input(v, k) for k, v in parameters.items())
    return with_derivative(expression, tuple(parameters))(array, *values)  # type: ignore[no-any-return]


def split(value: Any, axis: int, name: str) -> tuple[Array, Array]:
    """The two halves of ``value`` along ``axis`` (its length is even)."""
    first, second = np.split(as_input(value, name), 2, axis)
    return first, second


def moved_last(value: Array, axis: int) -> Array:
    return np.moveaxis(value, axis, -1)


def eye(n: int, like: Array) -> Array:
    """The unit matrix of n rows in the dtype of ``like``."""
    return np.eye(n, dtype=like.dtype)


def apply_along(function: Any, value: Any, parameters: dict[str, float], axis: int, tangent: Any = None) -> Any:
    """A vector function, or with ``tangent`` its vector-Jacobian product, along ``axis``; rounded once."""
    from nonlin.kernels.rows import along

    array, gradient = as_input(value, "x"), None if tangent is None else as_input(tangent, "g")
    root = function.tree if gradient is None else function.vjp_formula
    if (answer := along(root, array, gradient, axis)) is not None:
        return answer
    values: dict[str, Any] = {"x": array.astype(np.float64), **parameters}
    if gradient is not None:
        values["g"] = gradient.astype(np.float64)
    with np.errstate(all="ignore"):
        return rounded(evaluate(root, _words(), values, axis), array.dtype)


def uniform(generator: np.random.Generator, low: float, high: float, like: Any) -> Array:
    """Independent draws from U(low, high), one for each element of ``like``, in float64."""
    if not isinstance(generator, np.random.Generator):
        raise InputError(
            f"generator must be a numpy.random.Generator, got {type(generator).__name__}; "
            "use numpy.random.default_rng(seed)"
        )
    return np.asarray(generator.uniform(low, high, np.shape(like)))


def rounded(value: Any, dtype: np.dtype[Any]) -> Array:
    """float64 rounded once to ``dtype``. ml_dtypes rounds to bfloat16 through float32, which is twice."""
    with np.errstate(all="ignore"):
        if dtype.name != "bfloat16":
            return np.asarray(value).astype(dtype)
        return _to_odd_float32(np.asarray(value, np.float64)).astype(dtype)


def _to_odd_float32(value: Array) -> Array:
    """float32 towards zero, last bit set where inexact: rounding that again, to fewer bits, is rounding once."""
    near = value.astype(np.float32)
    inexact = (near != value) & ~np.isnan(value)
    towards_zero = np.where(np.abs(near) > np.abs(value), np.nextafter(near, np.float32(0)), near)
    return np.asarray(towards_zero.view(np.uint32) | inexact).view(np.float32)


# A number times x, as in a leaky slope, may be a hair beside a tie of the smaller dtype: 11/48 x is for every third
# float32, and its float64 rounding lands on the tie. Where such a product is the answer, it is moved to its true side.


def _multiply_aside(a: Any, b: Any) -> Any:
    """The product, one last place to its true side where it looks like a tie."""
    product = np.asarray(np.multiply(a, b))
    tie = np.isfinite(product) & (product.view(np.int64) & 0xFFFFFFF == 0)
    if tie.any():
        factors = (np.broadcast_to(v, product.shape)[tie] for v in (a, b))
        product[tie] = _beside(product[tie], pairs.two_product(*factors)[1])
    return product


_ASIDE = replace(WORDS["multiply"], name="_multiply_aside")


@lru_cache(maxsize=1024)
def with_ties_aside(root: Node) -> Node:
    """``root`` with the products of two symbols or numbers that are its answer, or a branch of it, moved off ties."""
    if root.name == "where":
        condition, *branches = root.args
        return WORDS["where"](condition, *map(with_ties_aside, branches))
    return _ASIDE(*root.args) if root.name == "multiply" and not any(a.args for a in root.args) else root


def _common_shape(values: Mapping[str, Any]) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(*(np.shape(v) for v in values.values()))
    except ValueError:
        shapes = ", ".join(f"{k} {np.shape(v)}" for k, v in values.items() if np.ndim(v))
        raise InputError(f"the shapes {shapes} do not broadcast; give arrays that fit each other") from None


def _checked_out(out: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    if not isinstance(out, np.ndarray):
        raise InputError(f"out must be a NumPy array, got {type(out).__name__}")
    if out.shape != shape or out.dtype != dtype:
        raise InputError(f"out has shape {out.shape} and dtype {out.dtype}, expected {shape} and {dtype}")
    if not out.flags.writeable:
        raise InputError("out is read-only; pass a writeable array")
    return out


def _entangled(out: Any, arrays: Mapping[str, Array]) -> bool:
    """Whether ``out`` cannot be filled block by block: strided, or sharing memory with an input."""
    return isinstance(out, np.ndarray) and (
        not out.flags.c_contiguous or any(np.may_share_memory(out, a) for a in arrays.values())
    )


def _flat(value: Array, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(value, shape).reshape(-1)


def fill(answer: Array, expression: Expression, values: Mapping[str, Any]) -> None:
    """Compute the expression with NumPy into ``answer``; ``values`` of its symbols are arrays and floats."""
    numbers = {k: v if isinstance(v, float) else None for k, v in values.items() if k not in expression.inputs}
    flat = {k: v if isinstance(v, float) else _flat(v, answer.shape) for k, v in values.items()}
    _fill(answer.reshape(-1), expression, expression.guarded(**numbers), flat)


def _fill(answer: Array, expression: Expression, root: Node, values: Mapping[str, Any]) -> None:
    """Compute ``root`` block by block into the flat ``answer``; what float64 leaves in doubt once more, exactly."""
    root = root if answer.dtype == np.float64 else with_ties_aside(root)
    bound = None if answer.dtype == np.float64 else error_bound(root, _digits(expression, values))
    doubtful = []
    with np.errstate(all="ignore"):
        for start in range(0, answer.size, BLOCK):
            part = slice(start, start + BLOCK)
            here = {k: v if isinstance(v, float) else v[part].astype(np.float64) for k, v in values.items()}
            if bound is None or bound.certain:
                answer[part] = rounded(evaluate(root, _words(), here), answer.dtype)
            else:
                value, error = _evaluated(root, bound, here)
                value = np.broadcast_to(value, answer[part].shape)
                answer[part] = rounded(value, answer.dtype)
                doubtful.append(start + _in_doubt(value, error, bound.relative, answer.dtype))
        if doubtful and (lanes := np.concatenate(doubtful)).size:
            answer[lanes] = _settled(expression, root, _at(values, lanes), answer.dtype)


def _at(values: Mapping[str, Any], places: Array) -> dict[str, Any]:
    return {k: v if isinstance(v, float) else v[places].astype(np.float64) for k, v in values.items()}


_WITH_ERROR = replace(WORDS["add"], name="_with_error")


def _with_error(value: Any, error: Any) -> tuple[Any, Any]:
    """Two trees evaluated as one, so that their common parts are computed once."""
    return value, error


def _evaluated(root: Node, bound: Bound, values: Mapping[str, Any]) -> tuple[Any, Any]:
    """The value and its absolute error."""
    if symbols(root):
        return evaluate(_WITH_ERROR(root, bound.absolute), _words(), values)  # type: ignore[no-any-return]
    return evaluate(root, _words(), values), evaluate(bound.absolute, _words(), values)


def _in_doubt(value: Array, error: Any, relative: float, dtype: np.dtype[Any]) -> Array:
    """The places where the two ends of the interval round to different numbers."""
    if isinstance(error, float) and error == 0:
        low, high = value * (1 - relative), value * (1 + relative)
    else:
        margin = np.abs(value) * relative + error
        low, high = value - margin, value + margin
    places = _apart(low, high, dtype)
    return places[np.isfinite(value[places])]


def _apart(low: Array, high: Array, dtype: np.dtype[Any]) -> Array:
    """Where two arrays round to different numbers. The ties of 16-bit formats are float32 numbers that end in zeros."""
    singles = low.astype(np.float32), high.astype(np.float32)
    apart = singles[0] != singles[1]
    if dtype == np.float32:
        return np.flatnonzero(apart)
    places = np.flatnonzero(apart | (singles[0].view(np.uint32) & 0xFFF == 0))
    differ: Array = rounded(low[places], dtype) != rounded(high[places], dtype)
    return places[differ]


# ---- the results that float64 leaves in doubt -----------------------------------------------------------------------


LOST = 2.0**-12
"""Where the error may be a larger part of the value, the tree loses its digits: its author is to give a stable one.
Such elements keep their float64 value; all of them would be in doubt, thousands of times slower."""


def _digits(expression: Expression, values: Mapping[str, Any]) -> Digits:
    """How many digits the inputs have, and the parameters that are numbers: a beta of 1 makes no error."""
    numbers = {k: digits_of(v) for k, v in values.items() if isinstance(v, float)}
    return tuple((dict.fromkeys(expression.inputs, 24) | numbers).items())


def _settled(expression: Expression, root: Node, values: Mapping[str, Any], dtype: np.dtype[Any]) -> Array:
    """``root`` correctly rounded at a few places: each by the cheapest way that decides it."""
    size = max(np.size(v) for v in values.values())
    fine = error_bound(root, _digits(expression, values), fine=True)
    value, error = (np.broadcast_to(v, size) for v in _evaluated(root, fine, values))
    answer = rounded(value, dtype)
    left = _in_doubt(value, error, fine.relative, dtype)
    for decide in (_by_pairs, _by_slope, _by_digits):
        if decide is _by_digits:
            left = left[error[left] <= LOST * np.abs(value[left])]
        if left.size:
            found = np.broadcast_to(decide(expression, root, _at(values, left), value[left], dtype), left.size)
            decided = ~np.isnan(found)
            answer[left[decided]] = rounded(found[decided], dtype)
            left = left[~decided]
    return answer


def _by_pairs(expression: Expression, root: Node, values: Mapping[str, Any], *_: Any) -> Any:
    """Where the formula is pure arithmetic: with twice the digits. NaN elsewhere."""
    pair = pairs.evaluate(root, values)
    decided = np.isfinite(pairs.evaluate(expression.formula, values)[0]) & pairs.decided(pair)
    return np.where(decided, pairs.to_odd(pair), np.nan)


def _by_slope(expression: Expression, _: Node, values: Mapping[str, Any], value: Array, *__: Any) -> Any:
    """For tiny x where f(0) = 0: x f'(0) and a hair. x sigmoid(x) is x/2 and a hair there, and x/2 is a tie of the
    smaller dtype for every other subnormal x. NaN elsewhere."""
    name, *others = expression.inputs
    numbers = tuple((k, v) for k, v in values.items() if isinstance(v, float))
    tiny = (np.abs(values[name]) < TINY) & (np.abs(value) < TINY)
    if others or len(numbers) < len(values) - 1 or not tiny.any():
        return np.nan
    from nonlin.ops.exact import slope_beside_zero

    sides = [slope_beside_zero(expression.formula, name, side, numbers) for side in (-1.0, 1.0)]
    high, low = (np.where(values[name] < 0, *both) for both in zip(*sides, strict=True))
    product, error = pairs.two_product(values[name], high)
    linear = (np.abs(value - product) <= 2.0**-45 * np.abs(product)) & (np.abs(low) <= HAIR)
    return np.where(tiny & linear, pairs.to_odd(pairs.two_sum(product, error + values[name] * low)), np.nan)


TINY, HAIR = 2.0**-100, 2.0**-250


def _by_digits(expression: Expression, _: Node, values: Mapping[str, Any], value: Array, dtype: np.dtype[Any]) -> Array:
    """In as many digits as needed, once for equal numbers; ``value`` where the formula has none, as 0/0."""
    from nonlin.ops.exact import correctly_rounded

    columns = np.broadcast_arrays(*values.values(), value)[:-1]
    rows, place = np.unique(np.stack([c.view(np.int64) for c in columns]), axis=1, return_inverse=True)
    given = [dict(zip(values, row, strict=True)) for row in rows.view(np.float64).T.tolist()]
    exact = np.array([correctly_rounded(expression.formula, g, dtype.name) for g in given])[place]
    return np.where(np.isnan(exact), value, np.where(exact == 0, np.copysign(0.0, value), exact))


def _beside(value: Array, side: Array) -> Array:
    """``value`` one last place to the side of the sign."""
    return np.nextafter(value, np.where(side > 0, np.inf, np.where(side < 0, -np.inf, value)))


def _words() -> ModuleType:
    return sys.modules[__name__]
