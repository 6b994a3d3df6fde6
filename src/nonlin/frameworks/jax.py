"""Every entry as a pure function of JAX arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

from nonlin.core import Described
from nonlin.errors import InputError
from nonlin.ops import backend_of
from nonlin.ops.jax import as_input


@dataclass(frozen=True)
class Function:
    """An activation, vector function or gated unit as a function of JAX arrays; ``act.jax()`` makes it.

    ``x`` is a JAX array of any shape, or what becomes one (a number, a list, a NumPy array); the answer is a JAX array
    of its shape and dtype; integers become float64 in x64 mode, float32 otherwise. Parameters are given by keyword as
    in a call of the entry, numbers or arrays, and arrays are differentiated by too; also ``axis=``, and ``generator=``,
    a random key. There is no state: jit, vmap, checkpoint, and grad, jacfwd, jacrev and hessian of any order work.
    Functions of equal entries are equal, so that nothing is compiled twice.

    Raises ParameterError for an unknown parameter or one outside its domain, InputError for anything but real numbers.

    >>> import jax, nonlin as nl
    >>> swish = nl.swish.jax()
    >>> jax.vmap(jax.grad(swish))(jax.numpy.zeros(2))
    Array([0.5, 0.5], dtype=float32)
    >>> float(jax.grad(lambda beta: swish(1.0, beta=beta))(0.0))
    0.25
    """

    entry: Described

    def __call__(self, x: Any, /, **parameters: Any) -> jax.Array:
        owner = backend_of({"x": x, **parameters}).__name__.rpartition(".")[2]
        if owner not in ("numpy", "jax"):
            raise InputError(f"{self.entry.name}.jax() takes JAX arrays, got a tensor of {owner}; convert it first")
        return self.entry(as_input(x, "x"), **parameters)  # type: ignore[operator, no-any-return]  # can be called

    @property
    def __name__(self) -> str:
        return self.entry.name

    def __repr__(self) -> str:
        return f"<JAX function {self.entry.name}>"
