"""Which arrays are computed by a compiled kernel: those of an expression that has one in memory.

A kernel is compiled, or loaded from the cache, when an expression has been asked for ENOUGH elements, so that nobody
waits for a compiler to evaluate a hundred points. Until then, and without Numba, NumPy serves: for float32 with the
same bits.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    from nonlin.expression import Expression

    Array: TypeAlias = np.ndarray[Any, Any]
    Fill: TypeAlias = partial[None]

KINDS = ("float32", "float64")
ENOUGH = 1 << 20
"""Elements of one expression that NumPy computes in about the time that a compiler takes."""
NEVER = -(1 << 62)
LARGE = 1 << 18
"""Elements from which on threads share the work."""
_ready: dict[Any, Fill] = {}
_served = Counter[Any]()


def kernel_for(expression: Expression, parameters: tuple[str, ...], answer: Array) -> Fill | None:
    """What fills such an answer, given it, the inputs and the parameters; None where NumPy is to do it."""
    if answer.dtype.name not in KINDS:
        return None
    key = expression, parameters
    if key not in _ready:
        _served[key] += answer.size
        if _served[key] < ENOUGH or not can_compile():
            return None
        from nonlin.kernels import elementwise

        try:
            _ready[key] = partial(_fill, elementwise(expression, parameters))
        except OSError as error:
            _served[key] = NEVER
            warnings.warn(f"a compiled kernel cannot be written ({error}); NumPy computes instead", stacklevel=2)
            return None
    return _ready[key]


def direct(expression: Expression, numbers: Mapping[str, float]) -> Callable[[Any, Any], Any] | None:
    """A call of the kernel with these parameters, if it is in memory: of an array and ``out``, which may be None.

    It answers NotImplemented for anything but small plain arrays that fit.
    """
    fill = _ready.get((expression, tuple(numbers)))
    return None if fill is None else partial(_direct, fill.args[0], tuple(numbers.values()))


def _direct(ufunc: np.ufunc, numbers: tuple[float, ...], x: Any, out: Any) -> Any:
    if type(x).__module__ != "numpy" or type(x).__name__ != "ndarray" or x.size >= LARGE:
        return NotImplemented
    dtype = x.dtype
    if dtype.char not in "fd" or not dtype.isnative:
        return NotImplemented
    if out is None:
        return ufunc(x, *numbers)
    fits = type(out) is type(x) and out.shape == x.shape and out.dtype == dtype and out.flags.writeable
    return ufunc(x, *numbers, out=out) if fits else NotImplemented


@cache
def can_compile() -> bool:
    """Whether Numba is there; a note, once, if it is not."""
    from nonlin.kernels import has_numba

    if not has_numba():
        warnings.warn("nonlin computes large arrays several times faster with Numba; run: pip install numba",
                      stacklevel=2)  # fmt: skip
        return False
    return True


def _fill(ufunc: np.ufunc, answer: Array, *values: Any) -> None:
    """Large arrays in slices along the first axis, or of all elements where they lie side by side."""
    import numpy as np

    from nonlin.kernels.threads import in_slices

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
    ufunc(*values, out=answer, casting="same_kind")
