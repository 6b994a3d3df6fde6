"""The libraries that compute activations, each behind the same two calls: a value, and a derivative times a gradient.

Imported by the benchmarks; not a benchmark itself. A peer is made once per process and turns a function's name and its
float32 arrays into a call without arguments, which does the work that is measured and gives the result. None where the
library has no such function.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from scipy import special

import nonlin as nl
from nonlin.kernels.dispatch import ENOUGH

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Call: TypeAlias = Callable[[], Any]
FUNCTIONS = ("relu", "leaky_relu", "elu", "selu", "celu", "gelu", "gelu_tanh", "silu", "mish", "softplus", "tanh",
             "sigmoid", "log_sigmoid", "softsign", "hard_sigmoid", "hard_swish")  # fmt: skip


class Peer(Protocol):
    def forward(self, name: str, x: Array) -> Call | None:
        """The call that computes the function at x."""

    def backward(self, name: str, x: Array, g: Array) -> Call | None:
        """The call that computes the derivative at x times the gradient g."""


class Limit:
    """A NumPy ufunc that does the same whatever the function: what the others are held against."""

    def __init__(self, work: Callable[[Array, Array], Any], threads: int) -> None:
        self.work = work

    def forward(self, name: str, x: Array) -> Call:
        return partial(self.work, np.empty_like(x), x)

    def backward(self, name: str, x: Array, g: Array) -> Call:
        return self.forward(name, x)


# ---- nonlin ----------------------------------------------------------------------------------------------------------


class Nonlin:
    """``new``: every call makes its array, as most peers do; otherwise ``out=`` is given."""

    def __init__(self, threads: int, new: bool = False) -> None:
        nl.set_threads(threads)
        self.new = new

    def forward(self, name: str, x: Array) -> Call:
        return self._ready(partial(nl.get(name), x, out=self._out(x)), x)

    def backward(self, name: str, x: Array, g: Array) -> Call:
        return self._ready(partial(nl.get(name).vjp, x, g, out=self._out(x)), x)

    def _out(self, x: Array) -> Array | None:
        return None if self.new else np.empty_like(x)

    def _ready(self, call: Call, x: Array) -> Call:
        """After so many elements that its kernel is compiled; until then NumPy computes."""
        for _ in range(ENOUGH // x.size + 1):
            call()
        return call


# ---- NumPy and SciPy -------------------------------------------------------------------------------------------------


class Written:
    """Formulas of NumPy and SciPy as users write them; ``table`` maps a name to value(x, out) and derivative(x)."""

    def __init__(self, table: Mapping[str, tuple[Callable[..., Any], Callable[..., Any]]], threads: int) -> None:
        self.table = table

    def forward(self, name: str, x: Array) -> Call | None:
        return partial(self.table[name][0], x, np.empty_like(x)) if name in self.table else None

    def backward(self, name: str, x: Array, g: Array) -> Call | None:
        if name not in self.table:
            return None
        slope, out = self.table[name][1], np.empty_like(x)
        return lambda: np.multiply(slope(x), g, out=out)


ONE, ZERO, SMALL = np.float32(1), np.float32(0), np.float32(0.01)  # np.where would make float64 of Python's floats
LAMBDA, ALPHA = 1.0507009873554805, 1.6732632423543772
SLOPE, CUBIC = (2 / np.pi) ** 0.5, 0.044715


def _logistic(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _gelu_tanh_slope(x: Array) -> Any:
    t = np.tanh(SLOPE * (x + CUBIC * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * SLOPE * (1 + 3 * CUBIC * x**2)


def _mish_slope(x: Array) -> Any:
    t = np.tanh(np.log1p(np.exp(x)))
    return t + x * (1 - t**2) * _logistic(x)


_ELU = (lambda x, out: np.where(x > 0, x, np.expm1(x)), lambda x: np.where(x > 0, ONE, np.exp(x)))
IN_NUMPY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "relu": (lambda x, out: np.maximum(x, 0, out=out), lambda x: x > 0),
    "leaky_relu": (lambda x, out: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, ONE, SMALL)),
    "elu": _ELU,
    "celu": _ELU,
    "selu": (
        lambda x, out: LAMBDA * np.where(x > 0, x, ALPHA * np.expm1(x)),
        lambda x: LAMBDA * np.where(x > 0, ONE, ALPHA * np.exp(x)),
    ),
    "gelu_tanh": (lambda x, out: 0.5 * x * (1 + np.tanh(SLOPE * (x + CUBIC * x**3))), _gelu_tanh_slope),
    "silu": (lambda x, out: x / (1 + np.exp(-x)), lambda x: (s := _logistic(x)) * (1 + x * (1 - s))),
    "mish": (lambda x, out: x * np.tanh(np.log1p(np.exp(x))), _mish_slope),
    "softplus": (lambda x, out: np.log1p(np.exp(x)), _logistic),
    "tanh": (lambda x, out: np.tanh(x, out=out), lambda x: 1 - np.tanh(x) ** 2),
    "sigmoid": (lambda x, out: _logistic(x), lambda x: (s := _logistic(x)) * (1 - s)),
    "log_sigmoid": (lambda x, out: -np.log1p(np.exp(-x)), lambda x: _logistic(-x)),
    "softsign": (lambda x, out: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    "hard_sigmoid": (
        lambda x, out: np.clip(x / 6 + 0.5, 0, 1),
        lambda x: np.where((x > -3) & (x < 3), np.float32(1 / 6), ZERO),
    ),
    "hard_swish": (
        lambda x, out: x * np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where(x > -3, np.where(x < 3, x / 3 + 0.5, ONE), ZERO),
    ),
}
"""The textbook's expressions, in float32 with an array per step; NumPy has no erf, so no gelu."""

IN_SCIPY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "gelu": (
        lambda x, out: np.multiply(x, special.ndtr(x, out=out), out=out),
        lambda x: special.ndtr(x) + x * np.exp(-(x**2) / 2) / (2 * np.pi) ** 0.5,
    ),
    "silu": (
        lambda x, out: np.multiply(x, special.expit(x, out=out), out=out),
        lambda x: (s := special.expit(x)) * (1 + x * (1 - s)),
    ),
    "softplus": (lambda x, out: np.logaddexp(ZERO, x, out=out), special.expit),
    "sigmoid": (lambda x, out: special.expit(x, out=out), lambda x: (s := special.expit(x)) * (1 - s)),
    "log_sigmoid": (lambda x, out: special.log_expit(x, out=out), lambda x: special.expit(-x)),
}
"""What has a function of its own in scipy.special (softplus: numpy.logaddexp), or is one product away from it."""


# ---- the frameworks --------------------------------------------------------------------------------------------------


class Torch:
    """Eager, or with ``compiled`` through torch.compile. Its backward pass uses what the forward pass kept."""

    def __init__(self, threads: int, compiled: bool = False) -> None:
        import torch
        from torch._functorch import config

        torch.set_num_threads(threads)
        config.donated_buffer = False  # a compiled backward pass is to run more than once
        self.torch, self.compiled, self.table = torch, compiled, in_torch()

    def forward(self, name: str, x: Array) -> Call:
        takes_out = {"tanh": self.torch.tanh, "sigmoid": self.torch.sigmoid}
        if name in takes_out and not self.compiled:
            return partial(takes_out[name], self._tensor(x), out=self._tensor(np.empty_like(x)))
        return partial(self._function(name), self._tensor(x))

    def backward(self, name: str, x: Array, g: Array) -> Call:
        inputs = self._tensor(x).requires_grad_()
        outputs = self._function(name)(inputs)
        gradient = partial(self.torch.autograd.grad, outputs, inputs, self._tensor(g), retain_graph=True)
        return lambda: gradient()[0]

    def _function(self, name: str) -> Any:
        function = self.table[name]
        if not self.compiled:
            return function
        self.torch._dynamo.reset()  # it gives up on a function that was compiled for many shapes
        return self.torch.compile(lambda x: function(x), dynamic=False)

    def _tensor(self, x: Array) -> Any:
        return self.torch.from_numpy(x)


def in_torch() -> dict[str, Callable[..., Any]]:
    import torch
    from torch.nn import functional as f

    return {
        "relu": f.relu, "leaky_relu": f.leaky_relu, "elu": f.elu, "selu": f.selu, "celu": f.celu, "gelu": f.gelu,
        "gelu_tanh": partial(f.gelu, approximate="tanh"), "silu": f.silu, "mish": f.mish, "softplus": f.softplus,
        "tanh": torch.tanh, "sigmoid": torch.sigmoid, "log_sigmoid": f.logsigmoid, "softsign": f.softsign,
        "hard_sigmoid": f.hardsigmoid, "hard_swish": f.hardswish,
    }  # fmt: skip


class Jax:
    """Under jit; the backward pass starts from x."""

    def __init__(self, threads: int) -> None:
        import jax

        self.jax, self.table = jax, in_jax()

    def forward(self, name: str, x: Array) -> Call:
        function, inputs = self.jax.jit(self.table[name]), self.jax.numpy.asarray(x)
        return lambda: function(inputs).block_until_ready()

    def backward(self, name: str, x: Array, g: Array) -> Call:
        function = self.table[name]
        pull = self.jax.jit(lambda x, g: self.jax.vjp(function, x)[1](g)[0])
        inputs, gradient = self.jax.numpy.asarray(x), self.jax.numpy.asarray(g)
        return lambda: pull(inputs, gradient).block_until_ready()


def in_jax() -> dict[str, Callable[..., Any]]:
    from jax import nn

    return {
        "relu": nn.relu, "leaky_relu": nn.leaky_relu, "elu": nn.elu, "selu": nn.selu, "celu": nn.celu,
        "gelu": partial(nn.gelu, approximate=False), "gelu_tanh": partial(nn.gelu, approximate=True), "silu": nn.silu,
        "mish": nn.mish, "softplus": nn.softplus, "tanh": nn.tanh, "sigmoid": nn.sigmoid,
        "log_sigmoid": nn.log_sigmoid, "softsign": nn.soft_sign, "hard_sigmoid": nn.hard_sigmoid,
        "hard_swish": nn.hard_swish,
    }  # fmt: skip


class TensorFlow:
    """tf.function graphs of TensorFlow's functions, of Keras' where it has none; the backward pass starts from x."""

    def __init__(self, threads: int) -> None:
        import tensorflow

        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
        self.tf, self.table = tensorflow, in_tensorflow()

    def forward(self, name: str, x: Array) -> Call:
        return partial(self.tf.function(self.table[name]), self.tf.constant(x))

    def backward(self, name: str, x: Array, g: Array) -> Call:
        tf, function = self.tf, self.table[name]

        def pull(x: Any, g: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            return tape.gradient(y, x, g)

        return partial(tf.function(pull), tf.constant(x), tf.constant(g))


def in_tensorflow() -> dict[str, Callable[..., Any]]:
    import keras
    import tensorflow as tf

    return {
        "relu": tf.nn.relu, "leaky_relu": partial(tf.nn.leaky_relu, alpha=0.01), "elu": tf.nn.elu, "selu": tf.nn.selu,
        "celu": keras.activations.celu, "gelu": partial(tf.nn.gelu, approximate=False),
        "gelu_tanh": partial(tf.nn.gelu, approximate=True), "silu": tf.nn.silu, "mish": keras.activations.mish,
        "softplus": tf.math.softplus, "tanh": tf.math.tanh, "sigmoid": tf.math.sigmoid,
        "log_sigmoid": tf.math.log_sigmoid, "softsign": tf.nn.softsign,
        "hard_sigmoid": keras.activations.hard_sigmoid, "hard_swish": keras.activations.hard_swish,
    }  # fmt: skip


# ---- which there are, and how they are run ---------------------------------------------------------------------------

LIMITS: dict[str, Callable[[int], Peer]] = {
    "copy": partial(Limit, np.copyto),
    "np.tanh": partial(Limit, lambda y, x: np.tanh(x, out=y)),
}
PEERS: dict[str, Callable[[int], Peer]] = {
    "nonlin": Nonlin,
    "nonlin-new": partial(Nonlin, new=True),
    "numpy": partial(Written, IN_NUMPY),
    "scipy": partial(Written, IN_SCIPY),
    "torch": Torch,
    "torch.compile": partial(Torch, compiled=True),
    "jax": Jax,
    "tensorflow": TensorFlow,
}
"""By name; made with the number of threads, in a process with its :func:`environment`."""
TITLES = {"nonlin-new": "nonlin (new array)", "numpy": "NumPy", "scipy": "SciPy", "torch": "PyTorch",
          "jax": "JAX", "tensorflow": "TensorFlow"}  # fmt: skip
PACKAGES = {"nonlin": ("nonlin", "numba"), "nonlin-new": ("nonlin",), "torch.compile": ("torch",),
            "tensorflow": ("tensorflow", "keras")}  # fmt: skip


def title(peer: str) -> str:
    return TITLES.get(peer, peer)


def packages(peer: str) -> tuple[str, ...]:
    return PACKAGES.get(peer, (peer,))


def present(peer: str) -> bool:
    """Whether it can be run here; torch.compile needs a C++ compiler."""
    compiler = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")
    return all(map(find_spec, packages(peer))) and bool(peer != "torch.compile" or compiler)


def environment(threads: int) -> dict[str, str]:
    """This process' environment with what libraries read when they are loaded: no accelerator, and so many threads."""
    number = str(threads)
    return {
        **os.environ,
        "NPROC": number,  # the size of XLA's pool
        "OMP_NUM_THREADS": number,
        "MKL_NUM_THREADS": number,
        "OPENBLAS_NUM_THREADS": number,
        "JAX_PLATFORMS": "cpu",
        "CUDA_VISIBLE_DEVICES": "",
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TORCHINDUCTOR_COMPILE_THREADS": "1",  # no pool of compilers beside what is measured
    }


# ---- what the benchmarks' commands and pages share -------------------------------------------------------------------


def parser(description: str | None, peers: tuple[str, ...]) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--functions", nargs="+", default=list(FUNCTIONS), choices=FUNCTIONS, metavar="NAME")
    made.add_argument("--peers", nargs="+", default=[p for p in peers if present(p)], choices=peers)
    made.add_argument("--quick", action="store_true", help="few repeats of little: whether it runs, not how fast")
    made.add_argument("--write", type=Path, metavar="FOLDER", help="where the page is written; default: only printed")
    return made


def head(peers: list[str], known: tuple[str, ...]) -> list[str]:
    """When, where and with what: the lines above the figures."""
    named = dict.fromkeys(["numpy", *(package for peer in peers for package in packages(peer))])
    homes = packages_distributions()
    versions = ", ".join(f"{n} {nl.__version__ if n == 'nonlin' else version(homes[n][0])}" for n in named)
    absent = ", ".join(title(p) for p in known if p not in peers)
    command = " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [
        f"- {datetime.now(UTC):%Y-%m-%d}, `{command}`",
        f"- {processor()}, {cores} cores, {platform.system()}, Python {platform.python_version()}",
        f"- {versions}",
        *([f"- not run: {absent}"] if absent else []),
    ]


def processor() -> str:
    """The processor's name, which Python does not know on Linux."""
    told = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table whose columns are aligned in plain text too: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [[c.ljust(w) if not i else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
             for row in [header, *rows]]  # fmt: skip
    rule = ["-" * w if not i else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
    return [f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]]]


def publish(lines: list[str], folder: Path | None, name: str) -> None:
    """Print the page; write it too if there is a folder."""
    print("\n".join(lines))
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(lines) + "\n")
