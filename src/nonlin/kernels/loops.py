"""How a kernel's loop over one block is compiled, and what it shares with the loop that NumPy calls.

A kernel's ``core`` computes a block of elements that lie side by side and tells whether any result is in doubt. It gets
the addresses of the inputs and of the outputs, the length, and the parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])
BLOCK = 1024
"""Elements computed at a time."""
Address = types.intp
Addresses = types.CPointer(Address)
CORE = types.int64(Addresses, Addresses, Address, types.CPointer(types.float64))
SETTLE = types.void(Addresses, Addresses, Address, types.CPointer(types.float64))
INNER = types.void(Addresses, Addresses, Addresses, Addresses)
ALL_FLAGS = 61  # FE_ALL_EXCEPT on x86; a superset of those of other processors
clear_flags = types.ExternalFunction("feclearexcept", types.int32(types.int32))


def compiled(function: Function, liberties: set[str], **options: bool) -> Function:
    """``function``, compiled to be called by compiled functions only, with some liberties of arithmetic."""
    lean = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}
    return cast(Function, numba.njit(fastmath=liberties, **lean, **options)(function))


def piece(function: Function) -> Function:
    """A part of a loop; products may be fused with sums."""
    return compiled(function, {"contract", "nsz"})


def exact_piece(function: Function) -> Function:
    """A part that is computed as it is written; said so, or Numba would hand it the liberties of its caller."""
    return compiled(function, set())


def core(function: Callable[..., Any]) -> Any:
    """The loop of a kernel over one block, compiled."""
    return numba.cfunc(CORE, fastmath={"contract", "nsz"}, error_model="numpy")(function)


@intrinsic
def at(typing: Any, kind: Any, address: Any) -> Any:
    """A pointer to numbers of a type at an address."""
    pointer = types.CPointer(kind.instance_type if hasattr(kind, "instance_type") else kind.dtype)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[1], context.get_value_type(pointer))

    return pointer(kind, types.intp), emit


@intrinsic
def on_stack(typing: Any, count: Any) -> Any:
    """The address of room for so many float64 numbers, which lasts until the function returns."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ptrtoint(builder.alloca(ir.DoubleType(), arguments[0]), ir.IntType(64))

    return types.intp(types.intp), emit


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
