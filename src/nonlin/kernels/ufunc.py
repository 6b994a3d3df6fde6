"""A program as a NumPy ufunc."""

from __future__ import annotations

import ctypes
from _thread import interrupt_main
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy._core import umath

from nonlin import __version__
from nonlin.expression import Expression
from nonlin.kernels.cache import loaded
from nonlin.kernels.printing import Program, source
from nonlin.ops import numpy as words

Array: TypeAlias = np.ndarray[Any, Any]
Settle = Callable[..., Any]
"""Given the input arrays of one block and the parameters: the results, for those that a kernel leaves in doubt."""
LATER = 0.02  # seconds
KINDS: tuple[np.dtype[Any], ...] = (np.dtype(np.float32), np.dtype(np.float64))
_CALLBACK = ctypes.CFUNCTYPE(None, *[ctypes.c_ssize_t] * 4)
_NO_IDENTITY, _FROM_FUNCTION = -1, 1  # PyUFunc_None, and the place in the table
DRIVE = Path(__file__).with_name("drive.py").read_text()


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


def ufunc(name: str, program: Program, settle: Settle) -> np.ufunc:
    """The ufunc of inputs (float32 or float64) and then parameters (float64); compiled, or loaded from the cache."""
    module, drive = loaded(source(program, __version__)), loaded(DRIVE)["drive"]
    counts = len(program.inputs), len(program.parameters), len(program.roots)
    callbacks = [_CALLBACK(_settler(settle, kind, counts)) for kind in KINDS]
    cores = (module["loop32"], module.get("fine32", 0)), (module["loop64"], 0)
    plans = [_numbers(Plan(*core, _address(call), *counts, kind.itemsize))
             for core, call, kind in zip(cores, callbacks, KINDS, strict=True)]  # fmt: skip
    types = [[kind.num] * counts[0] + [KINDS[1].num] * counts[1] + [kind.num] * counts[2] for kind in KINDS]
    loops = (ctypes.c_void_p * len(KINDS))(*[drive] * len(KINDS))
    data = (ctypes.c_void_p * len(KINDS))(*[plan.ctypes.data for plan in plans])
    codes, called, told = (
        bytes(code for loop in types for code in loop),
        name.encode(),
        f"{name}: see nonlin.{name}".encode(),
    )
    _kept.append((callbacks, plans, loops, data, codes, called, told))
    given = counts[0] + counts[1], counts[2], _NO_IDENTITY
    made: np.ufunc = _from_function()(loops, data, codes, len(KINDS), *given, called, told, 0)
    return made


_kept: list[Any] = []
"""What NumPy's ufuncs point to."""


@cache
def _from_function() -> Any:
    """PyUFunc_FromFuncAndData, which NumPy offers to extensions in its table of functions."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = ctypes.cast(pointer(umath._UFUNC_API, None), ctypes.POINTER(ctypes.c_void_p))
    numbers, text = [ctypes.c_int] * 4, ctypes.c_char_p
    signature = [ctypes.c_void_p, ctypes.c_void_p, text, *numbers, text, text, ctypes.c_int]
    return ctypes.PYFUNCTYPE(ctypes.py_object, *signature)(table[_FROM_FUNCTION])


def _numbers(plan: Plan) -> Array:
    return np.array(plan, np.intp)


def _address(callback: Any) -> int:
    return ctypes.cast(callback, ctypes.c_void_p).value or 0


def _settler(settle: Settle, kind: np.dtype[Any], counts: tuple[int, int, int]) -> Callable[[int, int, int, int], None]:
    """What :mod:`nonlin.kernels.drive` calls for a block with results in doubt: addresses, and a length."""
    inputs, parameters, outputs = counts

    def settled(given: int, wanted: int, n: int, numbers: int) -> None:
        places = (ctypes.c_ssize_t * inputs).from_address(given), (ctypes.c_ssize_t * outputs).from_address(wanted)
        arrays = [_array(place, n, kind).copy() for place in places[0]]
        values = [float(v) for v in (ctypes.c_double * parameters).from_address(numbers)]
        targets = [_array(place, n, kind) for place in places[1]]
        try:
            results = settle(*arrays, *values)
        except KeyboardInterrupt:  # it cannot pass through the loop; it comes again, after it
            Timer(LATER, interrupt_main).start()
            return
        except BaseException:  # Python reports it, but cannot pass it through the loop: no plausible number is left
            for target in targets:
                target[...] = np.nan
            raise
        for target, result in zip(targets, results, strict=True):
            target[...] = result

    return settled


def _array(address: int, n: int, kind: np.dtype[Any]) -> Array:
    return np.frombuffer(memoryview((ctypes.c_char * (n * kind.itemsize)).from_address(address)), kind)


def compiled(expressions: Sequence[Expression], parameters: tuple[str, ...], name: str) -> np.ufunc:
    """The ufunc of expressions of the same inputs and some parameters; float32 results are correctly rounded."""
    first, roots = expressions[0], tuple(words.with_ties_aside(e.stable) for e in expressions)
    program = Program(roots, first.inputs, parameters, formulas=tuple(e.formula for e in expressions))
    names = (*first.inputs, *parameters)

    def settle(*values: Any) -> list[Array]:
        answers = [np.empty_like(values[0]) for _ in expressions]
        for answer, expression in zip(answers, expressions, strict=True):
            words.fill(answer, expression, dict(zip(names, values, strict=True)))
        return answers

    return ufunc(name, program, settle)
