"""The vocabulary in TensorFlow, and the nested custom gradient that is the derivative expression.

float16 and bfloat16 are computed in float32 and rounded once; everything else in its own dtype. Words take tensors,
and Python floats among them, which never widen the dtype; they only compute values, gradients come from `apply`.
TensorFlow on a CPU takes subnormal numbers for 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial, reduce
from operator import add
from operator import ge as greater_equal
from operator import gt as greater
from operator import le as less_equal
from operator import lt as less
from operator import mul as multiply
from operator import neg as negative
from operator import sub as subtract
from operator import truediv as divide
from sys import modules
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from tensorflow import abs as abs
from tensorflow.math import (
    asinh,
    atan,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    expm1,
    floor,
    log,
    log1p,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

from nonlin.errors import InputError
from nonlin.expression import Expression
from nonlin.ops import numpy as _numpy
from nonlin.ops.evaluate import evaluate
from nonlin.ops.threshold import in_turn as repeated
from nonlin.ops.threshold import threshold
from nonlin.plan import Plan, closed
from nonlin.tree import WORDS, Node

if TYPE_CHECKING:
    from nonlin.vector import VectorFunction

Tensor = Any  # TensorFlow is not typed
FLOATS = (tf.float16, tf.bfloat16, tf.float32, tf.float64)


# ---- words that TensorFlow does not have, or not with their tails ---------------------------------------------------


def _tensors(*values: Any) -> list[Tensor]:
    """Numbers among tensors as tensors of the same dtype."""
    dtype = next(v.dtype for v in values if tf.is_tensor(v))
    return [tf.convert_to_tensor(v, dtype) for v in values]


def where(c: Any, a: Any, b: Any, *, dtype: Any = None) -> Any:
    """``dtype`` is that of the answer where both choices are numbers."""
    if isinstance(c, bool):
        return a if c else b
    if isinstance(a, float) and isinstance(b, float):
        a = tf.constant(a, dtype)
    return tf.where(c, *_tensors(a, b))


def equal(a: Any, b: Any) -> Tensor:
    return tf.equal(*_tensors(a, b))


def minimum(a: Any, b: Any) -> Tensor:
    return tf.minimum(*_tensors(a, b))


def maximum(a: Any, b: Any) -> Tensor:
    return tf.maximum(*_tensors(a, b))


def clip(u: Any, low: Any, high: Any) -> Tensor:
    return minimum(maximum(u, low), high)


def hypot(a: Any, b: Any) -> Tensor:
    """The larger times sqrt(1 + (smaller/larger)^2): no square overflows."""
    a, b = (tf.abs(t) for t in _tensors(a, b))
    large, small = tf.maximum(a, b), tf.minimum(a, b)
    ratio = tf.math.divide_no_nan(small, large)
    infinite = tf.math.is_inf(a) | tf.math.is_inf(b)
    return where(infinite, float("inf"), large * tf.sqrt(1 + ratio * ratio))


def power(a: Any, b: Any) -> Tensor:
    """Squares and cubes by multiplication; the rest by TensorFlow."""
    if isinstance(b, float) and b in (2.0, 3.0):
        return a * a if b == 2.0 else a * a * a
    return tf.pow(*_tensors(a, b))


def sech(u: Tensor) -> Tensor:
    q = tf.exp(-tf.abs(u))
    return 2 * q / (1 + q * q)


def sigmoid(u: Tensor) -> Tensor:
    q = tf.exp(-tf.abs(u))
    return where(u < 0, q, 1.0) / (1 + q)


def log_sigmoid(u: Tensor) -> Tensor:
    return tf.minimum(u, 0) - tf.math.log1p(tf.exp(-tf.abs(u)))


def softplus(u: Tensor) -> Tensor:
    return tf.maximum(u, 0) + tf.math.log1p(tf.exp(-tf.abs(u)))


def normpdf(u: Tensor) -> Tensor:
    """u^2/2 in two parts: rounding the whole exponent once would cost u^2/4 last places of the result."""
    u = tf.clip_by_value(u, -64, 64)  # the result is 0 long before
    top = _top(u)
    return 0.3989422804014327 * (tf.exp(-0.5 * top * top) * tf.exp(-0.5 * (u - top) * (u + top)))


def normcdf(u: Tensor) -> Tensor:
    """erfc(z)/2 at z = -u/sqrt(2), corrected for the rounding of z: erfc'/erfc is close to -(z + sqrt(z^2 + 2))."""
    u = tf.clip_by_value(u, -64, 64)
    z, top = -_SQRT_HALF * u, _top(u)
    missing = ((-_HALF_TOP * top - z) - _HALF_LAST * top) - _SQRT_HALF * (u - top)
    return 0.5 * erfc(z) * (1 - missing * (z + tf.sqrt(z * z + 2)))


_SQRT_HALF = 0.7071067811865476
_HALF_TOP = 0.70703125  # its first ten bits: the product with a _top is exact
_HALF_LAST = _SQRT_HALF - _HALF_TOP


def _top(u: Tensor) -> Tensor:
    """``u`` to the nearest 64th: few bits, so that its square is exact; what is left has a square below 1."""
    return tf.round(u * 64) / 64


# ---- words along an axis --------------------------------------------------------------------------------------------


def row_max(u: Tensor, axis: int) -> Tensor:
    return tf.reduce_max(u, axis, keepdims=True)


def row_sum(u: Tensor, axis: int) -> Tensor:
    return tf.reduce_sum(u, axis, keepdims=True)


def row_threshold(u: Tensor, power: Any, total: Any, axis: int) -> Tensor:
    return threshold(modules[__name__], u, power, total, axis)


def sorted_down(u: Tensor, axis: int) -> Tensor:
    return tf.sort(u, axis, "DESCENDING")


def running_sum(u: Tensor, axis: int) -> Tensor:
    return tf.cumsum(u, axis)


def log_softmax(u: Tensor, axis: int) -> Tensor:
    """The largest element is left out of the sum and comes back through log1p: so the upper tail keeps its digits."""
    first = tf.one_hot(tf.argmax(u, axis), tf.shape(u)[axis], True, False, axis % len(u.shape))
    shifted = u - row_max(u, axis)
    others = where(first, 0.0, tf.exp(shifted))
    return shifted - tf.math.log1p(row_sum(others, axis))


@cache
def _words(dtype: Any) -> SimpleNamespace:
    """The vocabulary for computing in one dtype."""
    words = {name: globals()[name] for name in WORDS}
    return SimpleNamespace(**words | {"where": partial(where, dtype=dtype)})


# ---- tensors in, tensors out ----------------------------------------------------------------------------------------


_UNUSABLE = (tf.SparseTensor, tf.RaggedTensor, tf.IndexedSlices)
_KINDS = (tf.Tensor, tf.Variable, *_UNUSABLE)


KERNELS = False


def owns(value: Any) -> bool:
    return isinstance(value, _KINDS)  # tf.is_tensor cannot be traced by torch.compile, which may ask this too


def as_input(value: Any, name: str) -> Tensor:
    """``value`` as a dense tensor of real floating-point numbers; integers and bools as float64.

    Raises InputError for complex, sparse, ragged, quantised, string and other tensors that are not real numbers.
    """
    if isinstance(value, _UNUSABLE):
        raise InputError(f"{name}: got a {type(value).__name__}; pass a dense tensor")
    tensor = tf.convert_to_tensor(value if owns(value) else _numpy.as_input(value, name))
    if tensor.dtype in FLOATS:
        return tensor
    if tensor.dtype.is_bool or (tensor.dtype.is_integer and not tensor.dtype.is_quantized):
        return tf.cast(tensor, tf.float64)
    raise InputError(
        f"{name}: got a {tensor.dtype.name} tensor; pass real numbers "
        "(float16, bfloat16, float32, float64, integers or bools)"
    )


def apply(expression: Expression, inputs: dict[str, Any], parameters: dict[str, Any], out: Any = None) -> Tensor:
    """``expression`` at ``inputs``, differentiable to any order by the inputs and by parameters that are tensors.

    Inputs and tensor-valued parameters broadcast; the answer has the dtype of the first input.
    """
    if out is not None:
        raise InputError("out= is for NumPy arrays only; TensorFlow returns a new tensor")
    numbers = {k: v for k, v in parameters.items() if isinstance(v, float)}
    given = {k: as_input(v, k) for k, v in {**inputs, **parameters}.items() if k not in numbers}
    _check_shapes(given)
    tensors = tuple(given.values())
    return _elementwise(Plan(expression, tuple(given), tuple(numbers.items())), tensors[0].dtype, tensors)


def _check_shapes(given: dict[str, Tensor]) -> None:
    try:
        reduce(tf.broadcast_static_shape, (t.shape for t in given.values()))
    except ValueError:
        shapes = ", ".join(f"{k} {tuple(t.shape)}" for k, t in given.items() if t.shape.rank != 0)
        raise InputError(f"the shapes {shapes} do not broadcast; give tensors that fit each other") from None


def _elementwise(plan: Plan, dtype: Any, tensors: Sequence[Tensor]) -> Tensor:
    """The value of a plan; its gradient is made of the plans of the derivatives, which are again this function."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(*tensors: Tensor) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
        def gradient(upstream: Tensor) -> list[Tensor]:
            return [_pulled(upstream, plan.partial(n), tensors, t) for n, t in zip(plan.names, tensors, strict=True)]

        return _computed(plan, dtype, tensors), gradient

    return run(*tensors)


def _computed(plan: Plan, dtype: Any, tensors: Sequence[Tensor]) -> Tensor:
    """The value, computed in float32 or wider, rounded once to ``dtype``, in the common shape of the tensors."""
    working = _working(tensors[0].dtype)
    value = plan.evaluate(_words(working), [tf.cast(t, working) for t in tensors])
    if tf.is_tensor(value) and len(tensors) == 1:
        return tf.cast(value, dtype)
    shape = reduce(tf.broadcast_dynamic_shape, (tf.shape(t) for t in tensors))
    return tf.broadcast_to(tf.cast(value, dtype), shape)


def _pulled(upstream: Tensor, slope: Plan, tensors: Sequence[Tensor], tensor: Tensor) -> Tensor:
    """The gradient by one of the tensors: multiplied and summed in the working dtype, rounded once."""
    working = _working(tensors[0].dtype)
    product = tf.cast(upstream, working) * _elementwise(slope, working, tensors)
    return tf.cast(_summed(product, tf.shape(tensor)), tensor.dtype)


def _summed(value: Tensor, shape: Tensor) -> Tensor:
    """``value`` summed over the axes along which a tensor of this shape was broadcast."""
    axes, _ = tf.raw_ops.BroadcastGradientArgs(s0=shape, s1=tf.shape(value))
    return tf.reshape(tf.reduce_sum(value, axes), shape)


def _working(dtype: Any) -> Any:
    return tf.float32 if dtype.size == 2 else dtype


# ---- vector functions and gated units -------------------------------------------------------------------------------


def split(value: Any, axis: int, name: str) -> tuple[Tensor, Tensor]:
    """The two halves of ``value`` along ``axis`` (its length is even)."""
    first, second = tf.split(as_input(value, name), 2, axis)
    return first, second


def join(parts: Sequence[Tensor], axis: int) -> Tensor:
    return tf.concat(parts, axis)


def moved_last(value: Tensor, axis: int) -> Tensor:
    places = list(range(len(value.shape)))
    return tf.transpose(value, [*(p for p in places if p != places[axis]), places[axis]])


def eye(n: int, like: Tensor) -> Tensor:
    """The unit matrix of n rows in the dtype of ``like``."""
    return tf.eye(n, dtype=like.dtype)


def apply_along(
    function: VectorFunction, value: Any, parameters: dict[str, Any], axis: int, tangent: Any = None
) -> Tensor:
    """A vector function, or with ``tangent`` its vector-Jacobian product, along ``axis``; both differentiable.

    The gradient is the vector-Jacobian formula, differentiated further by TensorFlow itself.
    """
    numbers = tuple((k, v) for k, v in parameters.items() if isinstance(v, float))
    tensors = {k: as_input(v, k) for k, v in {"x": value, **parameters}.items() if k not in dict(numbers)}
    names, dtype = tuple(tensors), tensors["x"].dtype

    def along(root: Node, given: dict[str, Tensor]) -> Tensor:
        values = {k: tf.cast(t, _working(dtype)) for k, t in given.items()}
        return evaluate(closed(root, numbers), _words(_working(dtype)), values, axis)  # type: ignore[arg-type]

    def pulled(name: str, given: dict[str, Tensor], g: Tensor) -> Tensor:
        if name == "x":
            return tf.cast(along(function.vjp_formula, given | {"g": g}), dtype)
        if function.parameters[name].drawn:
            return None  # draws are no function of anything
        slope = along(function.formulas.partial(name), given)
        return tf.cast(_summed(tf.cast(g, slope.dtype) * slope, tf.shape(given[name])), given[name].dtype)

    if tangent is not None:
        return pulled("x", tensors, as_input(tangent, "g"))

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(*values: Tensor) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
        given = dict(zip(names, values, strict=True))
        value = tf.cast(along(function.tree, given), dtype)
        return value, lambda g: [pulled(name, given, g) for name in names]

    return run(*tensors.values())


def uniform(generator: Any, low: float, high: float, like: Any) -> Tensor:
    """Independent draws from U(low, high), one for each element of ``like``."""
    x = as_input(like, "x")
    return _checked_generator(generator).uniform(tf.shape(x), low, high, _working(x.dtype))


def normal(generator: Any, mean: float, deviation: float, like: Any) -> Tensor:
    """Independent normal draws, one for each element of ``like``."""
    x = as_input(like, "x")
    return _checked_generator(generator).normal(tf.shape(x), mean, deviation, _working(x.dtype))


def _checked_generator(generator: Any) -> Any:
    if isinstance(generator, tf.random.Generator):
        return generator
    raise InputError(f"generator must be a tf.random.Generator, got {type(generator).__name__}")
