"""Compiled kernels: a tree becomes a NumPy ufunc that reads its input once and writes its output once.

`printing` writes the loop body in the words of `words`, `short_words` and `pair_words`; `machine_code` makes an object
file of it, with Numba, which `cache` keeps; `drive` is the loop that NumPy calls; `ufunc` puts them together.
`dispatch` says what is computed by a kernel, `tables` serves 16-bit types, `rows` softmax, `threads` uses all cores.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from nonlin.errors import MissingDependency

if TYPE_CHECKING:
    import numpy

    from nonlin.expression import Expression


@lru_cache(maxsize=1024)
def with_derivative(expression: Expression, parameters: tuple[str, ...], name: str = "kernel") -> numpy.ufunc:
    """The ufunc of two results, value and derivative by the input. Raises MissingDependency without Numba."""
    _require_numba()
    from nonlin.kernels.ufunc import compiled

    return compiled((expression, expression.partial(expression.inputs[0])), parameters, f"{name}.value_and_derivative")


@lru_cache(maxsize=1024)
def elementwise(expression: Expression, parameters: tuple[str, ...], name: str = "kernel") -> numpy.ufunc:
    """The ufunc of an expression of its inputs and then some parameters. Raises MissingDependency without Numba."""
    _require_numba()
    from nonlin.kernels.ufunc import compiled

    return compiled((expression,), parameters, name)


def _require_numba() -> None:
    if not has_numba():
        raise MissingDependency("compiled kernels need Numba, which is not installed; run: pip install numba")


def has_numba() -> bool:
    return find_spec("numba") is not None
