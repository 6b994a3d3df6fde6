"""The vocabulary in JAX, and the function whose derivative rule is the derivative expression.

float16 and bfloat16 are computed in float32 and rounded once; everything else in its own dtype. Words take arrays, and
Python floats among them, which never widen the dtype; they only compute values, derivatives come from `apply`.
Integers become float64 where JAX's x64 mode is on, and float32 otherwise. XLA on a CPU takes subnormal numbers for 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import add
from operator import eq as equal
from operator import ge as greater_equal
from operator import gt as greater
from operator import le as less_equal
from operator import lt as less
from operator import mul as multiply
from operator import neg as negative
from operator import sub as subtract
from operator import truediv as divide
from sys import modules
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero
from jax.numpy import abs as abs
from jax.numpy import arcsinh as asinh
from jax.numpy import arctan as atan
from jax.numpy import (
    cos,
    cosh,
    exp,
    expm1,
    floor,
    hypot,
    log,
    log1p,
    maximum,
    minimum,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)
from jax.scipy.special import erf
from numpy import errstate

from nonlin.errors import InputError
from nonlin.expression import Expression
from nonlin.ops import numpy as _numpy
from nonlin.ops.evaluate import evaluate
from nonlin.ops.threshold import threshold
from nonlin.plan import Numbers, Plan, closed
from nonlin.tree import Node

if TYPE_CHECKING:
    from nonlin.vector import Formulas, VectorFunction

Array = jax.Array
FLOATS = (jnp.float16, jnp.bfloat16, jnp.float32, jnp.float64)


# ---- words that JAX does not have, or not with their tails ----------------------------------------------------------


def where(c: Any, a: Any, b: Any) -> Any:
    """Two numbers give a weakly typed array, which takes the dtype of whatever it meets."""
    if isinstance(c, bool):
        return a if c else b
    return jnp.where(c, a, b)


def clip(u: Any, low: Any, high: Any) -> Array:
    return jnp.minimum(jnp.maximum(u, low), high)


def power(a: Any, b: Any) -> Any:
    """Squares and cubes by multiplication; the rest by JAX."""
    if isinstance(b, float) and b in (2.0, 3.0):
        return a * a if b == 2.0 else a * a * a
    return jnp.power(a, b)


def sech(u: Array) -> Array:
    q = jnp.exp(-jnp.abs(u))
    return 2 * q / (1 + q * q)


def sigmoid(u: Array) -> Array:
    q = jnp.exp(-jnp.abs(u))
    return jnp.where(u < 0, q, 1.0) / (1 + q)


def log_sigmoid(u: Array) -> Array:
    return jnp.minimum(u, 0) - jnp.log1p(jnp.exp(-jnp.abs(u)))


def softplus(u: Array) -> Array:
    return jnp.maximum(u, 0) + jnp.log1p(jnp.exp(-jnp.abs(u)))


def erfc(u: Array) -> Array:
    tail = _bell(u, 1.0) * _scaled_erfc(jnp.abs(u))
    return jnp.where(u < 0, 2 - tail, tail)


def normcdf(u: Array) -> Array:
    """XLA's erfc rounds its exponent, which costs up to 60 last places in float32, and -u/sqrt(2) up to 140 more."""
    tail = 0.5 * _bell(u, 0.5) * _scaled_erfc(jnp.abs(u) * 0.7071067811865476)
    return jnp.where(u < 0, tail, 1 - tail)


def normpdf(u: Array) -> Array:
    return 0.3989422804014327 * _bell(u, 0.5)


def _bell(u: Array, half: float) -> Array:
    """exp(-half u^2), the square taken in two parts: rounding it at once would cost half u^2 last places.

    The nearest 64th has few bits, so that its square is exact; what is left has a square below 1.
    """
    u = jnp.clip(u, -64, 64)  # the result is 0 long before
    top = jnp.round(u * 64) / 64
    return jnp.exp(-half * top * top) * jnp.exp(-half * (u - top) * (u + top))


def _scaled_erfc(z: Array) -> Array:
    """exp(z^2) erfc(z) for z >= 0."""
    z = jnp.minimum(z, 64)
    t = (z - _numpy.ERFC_SHIFT) / (z + _numpy.ERFC_SHIFT)
    total = jnp.zeros_like(t)
    for c in reversed(_numpy.ERFC_TAIL):
        total = total * t + c
    return total / (1 + 2 * z)


# ---- words along an axis --------------------------------------------------------------------------------------------


def row_max(u: Array, axis: int) -> Array:
    return jnp.max(u, axis, keepdims=True)


def row_sum(u: Array, axis: int) -> Array:
    return jnp.sum(u, axis, keepdims=True)


def row_threshold(u: Array, power: Any, total: Any, axis: int) -> Array:
    return threshold(modules[__name__], u, power, total, axis)  # type: ignore[no-any-return]


def sorted_down(u: Array, axis: int) -> Array:
    return jnp.sort(u, axis, descending=True)


def running_sum(u: Array, axis: int) -> Array:
    return jnp.cumsum(u, axis)


def repeated(times: int, step: Callable[[Any], Any], state: Any) -> Any:
    """A loop of XLA: written out, it would take seconds to compile."""
    return lax.fori_loop(0, times, lambda _, s: step(s), state)


def log_softmax(u: Array, axis: int) -> Array:
    """The largest element is left out of the sum and comes back through log1p: so the upper tail keeps its digits."""
    top = jnp.argmax(u, axis, keepdims=True)
    shifted = u - jnp.take_along_axis(u, top, axis)
    others = jnp.where(lax.broadcasted_iota(top.dtype, u.shape, axis % u.ndim) == top, 0.0, jnp.exp(shifted))
    return shifted - jnp.log1p(jnp.sum(others, axis, keepdims=True))


# ---- arrays in, arrays out ------------------------------------------------------------------------------------------


KERNELS = False


def owns(value: Any) -> bool:
    return isinstance(value, jax.Array)


def as_input(value: Any, name: str) -> Array:
    """``value`` as a real floating-point array; integers and bools as float64, or float32 without x64 mode.

    Raises InputError for complex arrays, random keys and other arrays that are not real numbers.
    """
    array = value if owns(value) else jnp.asarray(_numpy.as_input(value, name))
    if array.dtype in FLOATS:
        return array
    if array.dtype == bool or jnp.issubdtype(array.dtype, jnp.integer):
        return array.astype(float)
    raise InputError(
        f"{name}: got an array of {array.dtype}; pass real numbers "
        "(float16, bfloat16, float32, float64, integers or bools)"
    )


def apply(expression: Expression, inputs: dict[str, Any], parameters: dict[str, Any], out: Any = None) -> Array:
    """``expression`` at ``inputs``, differentiable to any order by the inputs and by parameters that are arrays.

    Inputs and array-valued parameters broadcast; the answer has the dtype of the first input.
    """
    if out is not None:
        raise InputError("out= is for NumPy arrays only; JAX returns a new array")
    numbers = {k: v for k, v in parameters.items() if isinstance(v, float)}
    given = {k: as_input(v, k) for k, v in {**inputs, **parameters}.items() if k not in numbers}
    _check_shapes(given)
    arrays = tuple(given.values())
    return _elementwise(Plan(expression, tuple(given), tuple(numbers.items())), arrays[0].dtype, *arrays)


def _check_shapes(given: dict[str, Array]) -> None:
    try:
        jnp.broadcast_shapes(*(a.shape for a in given.values()))
    except ValueError:
        shapes = ", ".join(f"{k} {a.shape}" for k, a in given.items() if a.ndim)
        raise InputError(f"the shapes {shapes} do not broadcast; give arrays that fit each other") from None


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _elementwise(plan: Plan, dtype: Any, *arrays: Array) -> Array:
    """The value of a plan; its tangent is made of the plans of the derivatives, which are again this function."""
    return _computed(plan, dtype, *arrays)  # type: ignore[no-any-return]


@partial(_elementwise.defjvp, symbolic_zeros=True)
def _elementwise_jvp(
    plan: Plan, dtype: Any, primals: Sequence[Array], tangents: Sequence[Array | SymbolicZero]
) -> tuple[Array, Array]:
    """A derivative is not rounded to 16 bits before it is multiplied. Symbolic zeros: 0 times an infinity is no NaN."""
    primals = [jnp.asarray(p) for p in primals]  # jax.jvp leaves a Python float one
    value, working = _elementwise(plan, dtype, *primals), _working(primals[0].dtype)
    moved = [(n, t) for n, t in zip(plan.names, tangents, strict=True) if not isinstance(t, SymbolicZero)]
    terms = [_elementwise(plan.partial(n), working, *primals) * t for n, t in moved]
    return value, sum(terms[1:], terms[0]).astype(dtype) if terms else jnp.zeros_like(value)


@partial(jax.jit, static_argnums=(0, 1))
def _computed(plan: Plan, dtype: Any, *arrays: Array) -> Array:
    """The value, computed in float32 or wider, rounded once to ``dtype``, in the common shape of the arrays."""
    working = _working(arrays[0].dtype)
    with errstate(over="ignore"):  # a constant of the tree may be beyond float32
        value = plan.evaluate(modules[__name__], [a.astype(working) for a in arrays])
    shape = jnp.broadcast_shapes(*(a.shape for a in arrays))
    return jnp.broadcast_to(jnp.asarray(value).astype(dtype), shape)


def _working(dtype: Any) -> Any:
    return jnp.dtype("float32") if dtype.itemsize == 2 else dtype


# ---- vector functions and gated units -------------------------------------------------------------------------------


def split(value: Any, axis: int, name: str) -> tuple[Array, Array]:
    """The two halves of ``value`` along ``axis`` (its length is even)."""
    first, second = jnp.split(as_input(value, name), 2, axis)
    return first, second


def join(parts: Sequence[Array], axis: int) -> Array:
    return jnp.concatenate(parts, axis)


def moved_last(value: Array, axis: int) -> Array:
    return jnp.moveaxis(value, axis, -1)


def eye(n: int, like: Array) -> Array:
    """The unit matrix of n rows in the dtype of ``like``."""
    return jnp.eye(n, dtype=like.dtype)


def apply_along(
    function: VectorFunction, value: Any, parameters: dict[str, Any], axis: int, tangent: Any = None
) -> Array:
    """A vector function, or with ``tangent`` its vector-Jacobian product, along ``axis``; both differentiable."""
    numbers = tuple((k, v) for k, v in parameters.items() if isinstance(v, float))
    arrays = {"x": as_input(value, "x"), **{k: as_input(v, k) for k, v in parameters.items() if k not in dict(numbers)}}
    rows = _Rows(function.formulas, tuple(arrays), numbers, axis)
    return _along(rows, *arrays.values()) if tangent is None else rows.pulled(arrays, as_input(tangent, "g"))


@dataclass(frozen=True)
class _Rows:
    """A vector function of arrays, x and perhaps parameters, with its numbers."""

    formulas: Formulas
    names: tuple[str, ...]
    numbers: Numbers
    axis: int

    def value(self, arrays: dict[str, Array]) -> Array:
        return _evaluated(closed(self.formulas.tree, self.numbers), self.axis, arrays)  # type: ignore[no-any-return]

    def pulled(self, arrays: dict[str, Array], g: Array) -> Array:
        """The vector-Jacobian product."""
        root = closed(self.formulas.vjp, self.numbers)
        return _evaluated(root, self.axis, {**arrays, "g": g})  # type: ignore[no-any-return]

    def moved(self, name: str, arrays: dict[str, Array], tangent: Array) -> Array:
        """What a change of one of the arrays changes in the value.

        The product with J is the transpose of that with J^T, which is the vector-Jacobian formula, linear in g.
        """
        if name == "x":
            return jax.linear_transpose(partial(self.pulled, arrays), arrays["x"])(tangent)[0]  # type: ignore[no-any-return]
        root = closed(self.formulas.partial(name), self.numbers)
        slope = _evaluated(root, self.axis, arrays)
        return (slope * tangent).astype(arrays["x"].dtype)  # type: ignore[no-any-return]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _along(rows: _Rows, *arrays: Array) -> Array:
    return rows.value(dict(zip(rows.names, arrays, strict=True)))


@partial(_along.defjvp, symbolic_zeros=True)
def _along_jvp(rows: _Rows, primals: Sequence[Array], tangents: Sequence[Array | SymbolicZero]) -> tuple[Array, Array]:
    value, arrays = _along(rows, *primals), dict(zip(rows.names, map(jnp.asarray, primals), strict=True))
    given = {n: t for n, t in zip(rows.names, tangents, strict=True) if not isinstance(t, SymbolicZero)}
    terms = [rows.moved(name, arrays, t) for name, t in given.items()]
    return value, sum(terms[1:], terms[0]) if terms else jnp.zeros_like(value)


@partial(jax.jit, static_argnums=(0, 1))
def _evaluated(root: Node, axis: int, arrays: dict[str, Array]) -> Array:
    working = _working(arrays["x"].dtype)
    value = evaluate(root, modules[__name__], {k: a.astype(working) for k, a in arrays.items()}, axis)
    return value.astype(arrays["x"].dtype)  # type: ignore[no-any-return]


def uniform(generator: Any, low: float, high: float, like: Any) -> Array:
    """Independent draws from U(low, high), one for each element of ``like``; the generator is a JAX random key."""
    x = as_input(like, "x")
    return jax.random.uniform(_checked_key(generator), x.shape, _working(x.dtype), low, high)


def normal(generator: Any, mean: float, deviation: float, like: Any) -> Array:
    """Independent normal draws, one for each element of ``like``; the generator is a JAX random key."""
    x = as_input(like, "x")
    return mean + deviation * jax.random.normal(_checked_key(generator), x.shape, _working(x.dtype))


def _checked_key(generator: Any) -> Array:
    if _is_key(generator):
        return generator  # type: ignore[no-any-return]
    raise InputError(f"generator must be one key of jax.random.key, got {type(generator).__name__}")


def _is_key(value: Any) -> bool:
    """A typed key, or the two numbers of an old one."""
    if not owns(value):
        return False
    typed = jnp.issubdtype(value.dtype, jax.dtypes.prng_key) and value.shape == ()
    return bool(typed) or (value.dtype == jnp.uint32 and value.shape == (2,))
