"""Arrays in the frameworks that are installed: made from NumPy, differentiated by their own autodiff, and back."""

from contextlib import nullcontext
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest

LIBRARIES = [pytest.param(n, marks=pytest.mark.skipif(find_spec(n) is None, reason=f"{n} is not installed"))
             for n in ("torch", "jax", "tensorflow")]  # fmt: skip


def library(name):
    module = import_module(name)
    if name == "torch":
        module.set_num_threads(1)  # two threads are far slower when the machine is busy
    return module


def precise(name):
    """float64 is there: a context, since JAX has it only on request."""
    return library("jax").enable_x64(True) if name == "jax" else nullcontext()


def tensor(name, array, dtype=None):
    array = np.asarray(array)
    dtype = dtype or array.dtype.name
    if name == "torch":
        return library(name).tensor(array).to(getattr(library(name), dtype))
    if name == "jax":
        return import_module("jax.numpy").asarray(array).astype(dtype)
    return library(name).cast(library(name).constant(array), dtype)


def back(value):
    """As a NumPy array; bfloat16 as float32, which holds it exactly."""
    value = value.detach() if hasattr(value, "detach") else value
    value = value.float() if str(value.dtype) == "torch.bfloat16" else value
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def gradient(name, function, *arguments):
    """The derivative of the sum of ``function`` by its last argument, as a tensor."""
    return {"torch": _torch, "jax": _jax, "tensorflow": _tensorflow}[name](function, *arguments)


def slope(name, function):
    return lambda *arguments: gradient(name, function, *arguments)


def _torch(function, *arguments):
    torch = library("torch")
    last = arguments[-1] if arguments[-1].requires_grad else arguments[-1].clone().requires_grad_()
    return torch.autograd.grad(function(*arguments[:-1], last).sum(), last, create_graph=True)[0]


def _jax(function, *arguments):
    return library("jax").grad(lambda *a: function(*a).sum(), argnums=len(arguments) - 1)(*arguments)


def _tensorflow(function, *arguments):
    with library("tensorflow").GradientTape() as tape:
        tape.watch(arguments[-1])
        result = function(*arguments)
    return tape.gradient(result, arguments[-1])
