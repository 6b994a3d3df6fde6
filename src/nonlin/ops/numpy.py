"""NumPy arrays in and out: computed in float64 and rounded once to the dtype of the input.

The words are in `numpy_words`, the rounding in `rounding`; large arrays are left to `nonlin.kernels`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nonlin.errors import InputError
from nonlin.ops import numpy_words
from nonlin.ops.evaluate import evaluate
from nonlin.ops.numpy_words import *  # noqa: F403 - the words of this backend
from nonlin.ops.rounding import fill as fill
from nonlin.ops.rounding import rounded
from nonlin.ops.rounding import with_ties_aside as with_ties_aside

if TYPE_CHECKING:
    from nonlin.expression import Expression

Array = np.ndarray[Any, Any]
FLOATS = ("float16", "bfloat16", "float32", "float64")
KERNELS = True
"""Whether arrays may be computed by a compiled kernel: then there are `shortcut` and `value_and_derivative`."""


def owns(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic))  # a tuple: torch.compile cannot trace A | B here


def as_input(value: Any, name: str) -> Array:
    """``value`` as a real floating-point array; integers and bools as float64.

    Raises InputError for complex, object, string and other arrays that are not real numbers.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise InputError(f"{name}: got a masked array; fill it first, with filled(value), or pass its data")
    if type(value).__module__.partition(".")[0] == "keras":
        symbolic, lost = "without values; apply act.keras() to it", "whose gradient would be lost; pass its .value"
        remedy = lost if hasattr(value, "value") else symbolic
        raise InputError(f"{name}: got a Keras {type(value).__name__}, {remedy}")
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
    if array.dtype.char not in "efd" and array.dtype.name not in FLOATS:  # the name of a dtype is slow
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
    """``expression`` at ``inputs``: float64 inside, one rounding to the dtype of the first input.

    Inputs and array-valued parameters broadcast. ``out`` must have the answer's shape and dtype.
    """
    arrays = {k: as_input(v, k) for k, v in inputs.items()}
    dtype = np.result_type(next(iter(arrays.values())))  # in the byte order of this machine
    arrays = {k: a if np.result_type(a) == dtype else rounded(a, dtype) for k, a in arrays.items()}
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
    """The expression of inputs, first in ``values``, and parameters: by a kernel or table if one is in memory."""
    from nonlin.kernels.dispatch import kernel_for

    kernel = kernel_for(expression, values, answer)
    if kernel is None:
        fill(answer, expression, values)
    else:
        kernel(answer, *values.values())


def shortcut(expression: Expression, numbers: Mapping[str, float]) -> Callable[..., Any] | None:
    """What computes arrays for these parameters by a kernel that is in memory, or answers NotImplemented."""
    from nonlin.kernels.dispatch import direct

    return direct(expression, numbers)


def value_and_derivative(expression: Expression, x: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Both by one kernel; None where it takes two."""
    from nonlin.kernels import dispatch

    array = as_input(x, "x")
    if array.dtype.char not in dispatch.COMPILED:
        return None
    ufunc = dispatch.with_derivative_for(expression, tuple(parameters))
    if ufunc is None:
        return None
    values = {k: v if isinstance(v, float) else as_input(v, k) for k, v in parameters.items()}
    _common_shape({"x": array, **values})
    return ufunc(array, *values.values())  # type: ignore[no-any-return]


def split(value: Any, axis: int, name: str) -> tuple[Array, Array]:
    """The two halves of ``value`` along ``axis`` (its length is even)."""
    first, second = np.split(as_input(value, name), 2, axis)
    return first, second


def join(parts: Sequence[Array], axis: int) -> Array:
    return np.concatenate(parts, axis)


def moved_last(value: Array, axis: int) -> Array:
    return np.moveaxis(value, axis, -1)


def eye(n: int, like: Array) -> Array:
    """The unit matrix of n rows in the dtype of ``like``."""
    return np.eye(n, dtype=like.dtype)


def apply_along(function: Any, value: Any, parameters: dict[str, Any], axis: int, tangent: Any = None) -> Any:
    """A vector function, or with ``tangent`` its vector-Jacobian product, along ``axis``; rounded once."""
    from nonlin.kernels.rows import along

    array, gradient = as_input(value, "x"), None if tangent is None else as_input(tangent, "g")
    root = function.tree if gradient is None else function.vjp_formula
    if (answer := along(root, array, gradient, axis)) is not None:
        return answer
    values = {k: v if isinstance(v, float) else v.astype(np.float64) for k, v in {"x": array, **parameters}.items()}
    if gradient is not None:
        values["g"] = gradient.astype(np.float64)
    with np.errstate(all="ignore"):
        return rounded(evaluate(root, numpy_words, values, axis), array.dtype)


def uniform(generator: np.random.Generator, low: float, high: float, like: Any) -> Array:
    """Independent draws from U(low, high), one for each element of ``like``, in float64."""
    return np.asarray(_checked_generator(generator).uniform(low, high, np.shape(like)))


def normal(generator: np.random.Generator, mean: float, deviation: float, like: Any) -> Array:
    """Independent normal draws, one for each element of ``like``, in float64."""
    return np.asarray(_checked_generator(generator).normal(mean, deviation, np.shape(like)))


def _checked_generator(generator: Any) -> np.random.Generator:
    if isinstance(generator, np.random.Generator):
        return generator
    raise InputError(
        f"generator must be a numpy.random.Generator, got {type(generator).__name__}; "
        "use numpy.random.default_rng(seed)"
    )


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
