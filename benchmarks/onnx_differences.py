"""How far every activation is from its exact value in ONNX Runtime, after an export by PyTorch.

    python benchmarks/onnx_differences.py [--native]

All entries are exported in one model and run in float32: on 4,000 points from -100 to 100, and on zeros, tiny and huge
numbers, infinities and NaN. Printed are the largest difference, in units of 2^-24 of the exact value or of 1, whichever
is larger, where it is, and the operators of the model. ``--native``: by PyTorch's own functions.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
import torch

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.errors import InputError

ENDS = [0.0, -0.0, 1e-30, -1e-30, 1e30, -1e30, 3e38, -3e38, np.inf, -np.inf, np.nan, 88.0, -88.0, -104.0]
POINTS = np.append(np.linspace(-100, 100, 3986), ENDS).astype(np.float32).reshape(-1, 2)
UNIT = 2.0**-24


class Together(torch.nn.Module):
    """Several modules that are all given the same input."""

    def __init__(self, modules: Mapping[str, torch.nn.Module]) -> None:
        super().__init__()
        self.members = torch.nn.ModuleDict(modules)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(module(x) for module in self.members.values())


@dataclass(frozen=True)
class Exported:
    """A model in ONNX Runtime: its operators with their domains, and what it computes."""

    program: Any
    operators: frozenset[tuple[str, str]]

    def __call__(self, x: np.ndarray) -> list[np.ndarray]:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(self.program.model_proto.SerializeToString(), options)
        return session.run(None, {session.get_inputs()[0].name: x})


def exported(module: torch.nn.Module, x: np.ndarray, **options: Any) -> Exported:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it says what other packages are not installed
    program = torch.onnx.export(module.eval(), (torch.from_numpy(x),), dynamo=True, verbose=False, **options)
    return Exported(program, frozenset((node.domain, node.op_type) for node in program.model.graph))


def modules(native: bool = False) -> dict[str, torch.nn.Module]:
    """The module of every entry; with ``native`` of those for which PyTorch has a function."""
    return {name: module for name, entry in entries().items() if (module := _module(entry, native))}


def _module(entry: Any, native: bool) -> torch.nn.Module | None:
    try:
        return entry.torch(native=native)
    except InputError:
        return None


def differences(got: np.ndarray, name: str, x: np.ndarray = POINTS) -> np.ndarray:
    """In units of 2^-24 of the exact value or 1; NaN against NaN is 0, against a number infinity."""
    with np.errstate(all="ignore"):
        exact = nl.get(name)(x.astype(np.float64)).astype(np.float32)
        same = (got == exact) | (np.isnan(got) & np.isnan(exact))
        apart = np.abs(got.astype(np.float64) - exact) / np.maximum(1, np.abs(exact)) / UNIT
    return np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--native", action="store_true", help="PyTorch's own functions")
    chosen = modules(parser.parse_args().native)
    model = exported(Together(chosen), POINTS)
    print(f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}, {len(chosen)} activations")
    print("operators:", " ".join(sorted(name for _, name in model.operators)))
    for name, got in zip(chosen, model(POINTS), strict=True):
        apart = differences(got, name)
        worst = np.unravel_index(np.argmax(apart), apart.shape)
        there = POINTS[worst] if got.shape == POINTS.shape else POINTS[worst[0]]
        print(f"{name:15} {apart[worst]:10.4g} units at x = {there}, got {got[worst]:.8g}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
