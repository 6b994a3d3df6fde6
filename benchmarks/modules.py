"""Modules and functions of nonlin beside those of PyTorch and JAX, in models: the times of both, in one run.

    python benchmarks/modules.py [--functions silu ...] [--parts eager compile jit] [--elements 1e6] [--repeats 21]
                                 [--quick]

Eager PyTorch: forward and backward of one module. torch.compile: forward and backward of an MLP with each. JAX: value
and gradient under jit. One thread; the two sides take turns, and medians count. "ratio": how many times as long nonlin
takes. "kept": what PyTorch holds for the backward pass, in inputs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import torch
from peers import environment, head
from torch import nn

import nonlin as nl

MODULES: dict[str, Callable[[], nn.Module]] = {
    "silu": nn.SiLU, "gelu": nn.GELU, "mish": nn.Mish, "elu": nn.ELU, "softplus": nn.Softplus, "relu": nn.ReLU,
    "tanh": nn.Tanh,
}  # fmt: skip
IN_JAX = {"silu": jax.nn.silu, "gelu": lambda x: jax.nn.gelu(x, approximate=False), "mish": jax.nn.mish,
          "elu": jax.nn.elu, "softplus": jax.nn.softplus, "relu": jax.nn.relu, "tanh": jnp.tanh}  # fmt: skip
WIDTH, BATCH = 256, 256
Call: TypeAlias = Callable[[], Any]


def main() -> None:
    arguments = asked()
    if os.environ.get("NPROC") != "1":  # libraries read it when they are loaded
        os.execve(sys.executable, [sys.executable, *sys.argv], environment(threads=1))  # noqa: S606
    torch.set_num_threads(1)
    nl.set_threads(1)
    print("\n".join(head(["nonlin", "torch", "jax"], ())))
    for title, rows in (PARTS[part] for part in arguments.parts):
        print(f"\n## {title}\n\n| | nonlin (ms) | its own (ms) | ratio | kept |\n|---|---|---|---|---|")
        for name, ours, theirs, kept in rows(arguments.functions, arguments.elements):
            a, b = timed((ours, theirs), arguments.repeats)
            print(f"| {name} | {a * 1e3:.3f} | {b * 1e3:.3f} | {a / b:.2f} | {kept} |", flush=True)


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--functions", nargs="+", choices=MODULES, default=list(MODULES))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--elements", type=lambda text: int(float(text)), default=10**6)
    parser.add_argument("--repeats", type=int, default=21)
    parser.add_argument("--quick", action="store_true", help="few elements and rounds: to see that it runs")
    given = parser.parse_args()
    if given.quick:
        given.elements, given.repeats = 10**4, 3
    return given


def timed(calls: tuple[Call, Call], repeats: int) -> list[float]:
    """The median seconds of each, in turns."""
    for call in calls * 3:
        call()
    seconds: list[list[float]] = [[], []]
    for _ in range(repeats):
        for call, taken in zip(calls, seconds, strict=True):
            start = perf_counter()
            call()
            taken.append(perf_counter() - start)
    return [median(taken) for taken in seconds]


Rows: TypeAlias = Iterator[tuple[str, Call, Call, str]]


def eager(names: list[str], elements: int) -> Rows:
    """Forward and backward of one module."""
    x = torch.randn(elements, generator=torch.Generator().manual_seed(0))
    for name in names:
        native, ours = MODULES[name], nl.get(name).torch()
        for _ in range(2 * (1 << 20) // elements + 2):  # until its kernels are compiled
            step(ours, x)()
        yield name, step(ours, x), step(native(), x), f"{kept(ours, x):.2f} / {kept(native(), x):.2f}"


def step(module: nn.Module, x: torch.Tensor) -> Call:
    leaf, gradient = x.clone().requires_grad_(), torch.ones_like(x)

    def forward_and_backward() -> None:
        leaf.grad = None
        module(leaf).backward(gradient)

    return forward_and_backward


def kept(module: nn.Module, x: torch.Tensor) -> float:
    """The memory that is held for backward, in inputs."""
    held: dict[int, int] = {}
    with torch.autograd.graph.saved_tensors_hooks(lambda t: held.update({t.data_ptr(): t.nbytes}) or t, lambda t: t):
        module(x.clone().requires_grad_())
    return sum(held.values()) / x.nbytes


def compiled(names: list[str], _elements: int) -> Rows:
    """Forward and backward of an MLP, compiled as one graph."""
    x = torch.randn(BATCH, WIDTH, generator=torch.Generator().manual_seed(0))
    for name in names:
        torch.compiler.reset()  # or the eighth model of one shape is not compiled
        yield name, training_step(nl.get(name).torch, x), training_step(MODULES[name], x), "–"


def training_step(activation: Callable[[], nn.Module], x: torch.Tensor) -> Call:
    torch.manual_seed(0)
    layers = [layer for _ in range(3) for layer in (nn.Linear(WIDTH, WIDTH), activation())]
    model = torch.compile(nn.Sequential(*layers), fullgraph=True)

    def forward_and_backward() -> None:
        model(x).sum().backward()

    return forward_and_backward


def jitted(names: list[str], elements: int) -> Rows:
    """Value and gradient of a sum."""
    x = jax.random.normal(jax.random.key(0), (elements,))
    for name in names:
        yield name, value_and_gradient(nl.get(name).jax(), x), value_and_gradient(IN_JAX[name], x), "–"


def value_and_gradient(function: Callable[[Any], Any], x: Any) -> Call:
    both = jax.jit(lambda x, g: (lambda y, pull: (y, pull(g)))(*jax.vjp(function, x)))
    g = jnp.ones_like(x)
    return lambda: jax.block_until_ready(both(x, g))


PARTS = {"eager": ("eager PyTorch", eager), "compile": ("torch.compile, MLP", compiled), "jit": ("JAX, jit", jitted)}

if __name__ == "__main__":
    main()
