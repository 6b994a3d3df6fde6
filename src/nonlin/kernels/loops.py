"""How a kernel's loop over one block is compiled, and what it shares with the loop that NumPy calls.

A kernel's ``core`` computes a block of elements that lie side by side and tells whether any result is in doubt. It gets
the addresses of the inputs and of the outputs, the length, and the parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

BLOCK = 1024
"""Elements computed at a time."""
Address = types.intp
Addresses = types.CPointer(Address)
CORE = types.int64(Addresses, Addresses, Address, types.CPointer(types.float64))
SETTLE = types.void(Addresses, Addresses, Address, types.CPointer(types.float64))
INNER = types.void(Addresses, Addresses, Addresses, Addresses)
ALL_FLAGS = 61  # FE_ALL_EXCEPT on x86; a superset of those of other processors
clear_flags = types.ExternalFunction("feclearexcept", types.int32(types.int32))


def core(function: Callable[..., Any]) -> Any:
    """The loop of a kernel over one block, compiled and kept beside its source."""
    return numba.cfunc(CORE, cache=True, fastmath={"contract", "nsz"}, error_model="numpy")(function)


class Plan(NamedTuple):
    """What the driving loop is told of a kernel, as numbers.

    ``core`` computes a block, ``fine`` (0: there is none) again where it is in doubt, and then ``settle``. ``size`` of
    an element in bytes.
    """

    core: int
    fine: int
    settle: int
    inputs: int
    parameters: int
    outputs: int
    size: int


@intrinsic
def at(typing: Any, kind: Any, address: Any) -> Any:
    """A pointer to numbers of a type at an address."""
    pointer = types.CPointer(kind.instance_type if hasattr(kind, "instance_type") else kind.dtype)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[1], context.get_value_type(pointer))

    return pointer(kind, types.intp), emit


def _caller(result: Any) -> Any:
    """A call of the function at an address, with four addresses or numbers of their size."""

    @intrinsic
    def call(typing: Any, address: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            word = ir.IntType(64)
            returned = ir.VoidType() if result is types.void else word
            function = builder.inttoptr(arguments[0], ir.FunctionType(returned, [word] * 4).as_pointer())
            value = builder.call(function, arguments[1:])
            return context.get_dummy_value() if result is types.void else value

        return result(*[types.intp] * 5), emit

    return call


call_core, call_settle = _caller(types.int64), _caller(types.void)
