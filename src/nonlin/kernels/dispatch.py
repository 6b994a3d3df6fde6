"""What computes an array: a compiled kernel or a table of an expression that has one in memory, else NumPy.

A kernel is compiled, or loaded from the cache, when an expression has been asked for ENOUGH elements, so that nobody
waits for a compiler to evaluate a hundred points. Until then, and without Numba, NumPy serves: for float32 with the
same bits. Uses of an expression and its parameters are forgotten when a thousand others have come since; machine code
stays in memory.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy import ndarray

from nonlin.kernels.threads import in_slices

if TYPE_CHECKING:
    from nonlin.expression import Expression

Array: TypeAlias = np.ndarray[Any, Any]
Filler: TypeAlias = partial[None]
COMPILED = "fd"
"""The characters by which NumPy knows float32 and float64, of which there are kernels."""
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
ENOUGH = 1 << 20
"""Elements of one expression that NumPy computes in about the time that a compiler takes."""
LARGE = 1 << 18
"""Elements from which on threads share the work."""


@dataclass(eq=False)
class _Use:
    """How many elements have been asked for, and what fills arrays since there were ENOUGH of them."""

    asked: int = 0
    filler: Filler | None = None


@lru_cache(maxsize=1024)
def _use(expression: Expression, parameters: tuple[str, ...]) -> _Use:
    return _Use()


def kernel_for(expression: Expression, values: Mapping[str, Any], answer: Array) -> Filler | None:
    """What fills such an answer, given it and the values: inputs, then parameters. None where NumPy is to do it."""
    if answer.dtype.char not in COMPILED:
        from nonlin.kernels.tables import table_for

        return table_for(expression, values, answer)
    parameters = tuple(values)[len(expression.inputs) :]
    use = _use(expression, parameters)
    if use.filler is None:
        use.asked += answer.size
        if use.asked >= ENOUGH and can_compile():
            use.filler = _compiled(expression, parameters)
    return use.filler


def _compiled(expression: Expression, parameters: tuple[str, ...]) -> Filler:
    from nonlin.kernels import elementwise

    return partial(_fill_on_threads, elementwise(expression, parameters))


@lru_cache(maxsize=1024)
def with_derivative_for(expression: Expression, parameters: tuple[str, ...]) -> np.ufunc | None:
    """The ufunc of value and derivative; None where NumPy is to compute them one after the other."""
    from nonlin.kernels import with_derivative

    return with_derivative(expression, parameters) if can_compile() else None


def direct(expression: Expression, numbers: Mapping[str, float]) -> Callable[..., Any] | None:
    """A call of the kernel with these parameters, if it is in memory: of ``out``, which may be None, and the inputs.

    It answers NotImplemented for anything but small plain arrays that fit.
    """
    filler = _use(expression, tuple(numbers)).filler
    return None if filler is None else partial(_small, filler.args[0], tuple(numbers.values()))


def _small(ufunc: np.ufunc, numbers: tuple[float, ...], out: Any, x: Any, *others: Any) -> Any:
    if type(x) is not ndarray or x.size >= LARGE:
        return NotImplemented
    dtype = x.dtype
    if dtype is not SINGLE and dtype is not DOUBLE:  # NumPy's own, in the byte order of this machine
        return NotImplemented
    for other in others:
        if type(other) is not ndarray or other.dtype is not dtype or other.shape != x.shape:
            return NotImplemented
    if out is None:
        return ufunc(x, *others, *numbers)
    fits = type(out) is ndarray and out.shape == x.shape and out.dtype == dtype and out.flags.writeable
    return ufunc(x, *others, *numbers, out=out) if fits else NotImplemented


@cache
def can_compile() -> bool:
    """Whether Numba is there; a note, once, if it is not."""
    from nonlin.kernels import has_numba

    if not has_numba():
        warnings.warn("nonlin computes large arrays several times faster with Numba; run: pip install numba",
                      stacklevel=2)  # fmt: skip
        return False
    return True


def _fill_on_threads(ufunc: np.ufunc, answer: Array, *values: Any) -> None:
    """Large arrays in slices along the first axis, or of all elements where they lie side by side."""
    if answer.size < LARGE:
        _called(ufunc, answer, values)
        return
    arrays = [v if isinstance(v, float) else np.broadcast_to(v, answer.shape) for v in values]
    if all(isinstance(v, float) or v.flags.c_contiguous for v in arrays):
        answer, arrays = answer.reshape(-1), [v if isinstance(v, float) else v.reshape(-1) for v in arrays]

    def work(part: slice) -> None:
        _called(ufunc, answer[part], [v if isinstance(v, float) else v[part] for v in arrays])

    in_slices(work, len(answer), answer.size)


def _called(ufunc: np.ufunc, answer: Array, values: Any) -> None:
    """Where a parameter serves a run of elements, past NumPy's buffers, which would repeat it for each of them."""
    if not any(isinstance(v, ndarray) and (v.shape != answer.shape or 0 in v.strides) for v in values):
        ufunc(*values, out=answer, casting="same_kind")
        return
    with np.errstate():  # restores the size of the buffers
        np.setbufsize(16)
        ufunc(*values, out=answer, casting="same_kind")
