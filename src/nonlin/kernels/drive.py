"""The inner loop of every ufunc made here: it walks through arrays of any strides, block by block.

It calls the kernel's core, and where that leaves a result in doubt ``settle``, which computes the block again with
NumPy. It is loaded through the cache of the kernels, which is trusted, and so compiled once for all of them.
"""

from __future__ import annotations

from typing import Any

import numba
from numba import float32, float64, intp

from nonlin.kernels.loops import ALL_FLAGS, BLOCK, INNER, at, call_core, call_settle, clear_flags, on_stack, piece


@piece
def _copy(source: int, source_step: int, target: int, target_step: int, n: int, size: int) -> None:
    """Copy ``n`` elements of 4 or 8 bytes between places with any distance."""
    for i in range(n):
        if size == 4:
            at(float32, target + i * target_step)[0] = at(float32, source + i * source_step)[0]
        else:
            at(float64, target + i * target_step)[0] = at(float64, source + i * source_step)[0]


@piece
def _varies(steps: Any, first: int, count: int) -> bool:
    """Whether a parameter is another one at every element."""
    for k in range(count):  # noqa: SIM110 - compiled
        if steps[first + k] != 0:
            return True
    return False


@piece
def _direct(args: Any, steps: Any, k: int, inputs: int, first_output: int, outputs: int, size: int) -> bool:
    """Whether an array can be used where it is: side by side, and an input that is not overwritten."""
    if steps[k] != size:
        return False
    for other in range(first_output, first_output + outputs):  # noqa: SIM110 - compiled
        if k < inputs and args[k] == args[other]:
            return False
    return True


@piece
def _compute(plan: Any, inputs: int, outputs: int, n: int, numbers: int) -> None:
    """One block, as often as it leaves doubt: by the core, by the finer core if there is one, by NumPy."""
    doubtful = call_core(plan[0], inputs, outputs, n, numbers)
    if doubtful and plan[1]:
        doubtful = call_core(plan[1], inputs, outputs, n, numbers)
    if doubtful:
        call_settle(plan[2], inputs, outputs, n, numbers)


@numba.cfunc(INNER, error_model="numpy")
def drive(args: Any, dimensions: Any, steps: Any, plan: Any) -> None:
    """The inner loop of every ufunc made here; the arguments are NumPy's, inputs first, then parameters, outputs."""
    inputs, parameters, outputs, size = plan[3], plan[4], plan[5], plan[6]
    n, first_output = dimensions[0], inputs + parameters
    scratch: int = on_stack((inputs + outputs) * BLOCK)
    numbers: int = on_stack(parameters)
    places: int = on_stack(inputs + outputs)
    step, start = 1 if _varies(steps, inputs, parameters) else BLOCK, 0
    while start < n:
        m = min(step, n - start)
        for k in range(parameters):
            at(float64, numbers)[k] = at(float64, args[inputs + k] + start * steps[inputs + k])[0]
        for k in range(inputs + outputs):
            arg = k if k < inputs else k + parameters
            place = args[arg] + start * steps[arg]
            if not _direct(args, steps, arg, inputs, first_output, outputs, size):
                place = scratch + k * BLOCK * 8
                if k < inputs:
                    _copy(args[arg] + start * steps[arg], steps[arg], place, size, m, size)
            at(intp, places)[k] = place
        _compute(plan, places, places + inputs * 8, m, numbers)
        for k in range(outputs):
            arg, place = first_output + k, at(intp, places)[inputs + k]
            if place != args[arg] + start * steps[arg]:
                _copy(place, size, args[arg] + start * steps[arg], steps[arg], m, size)
        start += step
    clear_flags(ALL_FLAGS)
