"""Export to ONNX: what becomes of an activation outside PyTorch?

A network of PyTorch with nonlin's activations, GELU, a squareplus that learns its b, and an own formula, is exported by
`torch.onnx.export` and run by ONNX Runtime. The file needs neither PyTorch nor nonlin: every activation is written in
standard operators, and the parameters that were learned are in it as weights. The GELU is PyTorch's own function here,
`nl.gelu.torch(native=True)`: the exporter then writes the one operator of that name.

What to see. The printed lines: the operators of the network, and how far its outputs are from those in PyTorch. Left:
log_sigmoid in ONNX Runtime, as nonlin writes it, and as PyTorch's own function is exported, the logarithm of Sigmoid:
that wavers from -15 down and is -inf from about -18 down, where Sigmoid is 0 there. Right: the error of three
activations as nonlin writes them, in units of 2^-24 of the value or of 1.

What to conclude. An export is another implementation, whose digits are those of its operators. nonlin writes formulas
that keep them; a native operator is shorter, and as good as its runtime makes it. Compare before you ship.
"""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path

import numpy as np
from drawing import line_style, panels

import nonlin as nl
from nonlin.errors import MissingDependency
from nonlin.plot import Picture

try:
    import onnxruntime
    import onnxscript  # noqa: F401 - the exporter needs it
    import torch
    from torch import nn
except ImportError:
    raise MissingDependency(
        "this example needs torch, onnxscript and onnxruntime; run: pip install nonlin[torch,onnx]"
    ) from None

BENT = nl.define("x*exp(-x^2/8) + a*x", a=0.1, name="bent_wave")
X = np.linspace(-120, 20, 2801, dtype=np.float32)
SHOWN = ("log_sigmoid", "gelu", "mish")


class SideBySide(nn.Module):
    """Activations that are given the same numbers."""

    def __init__(self, *members: nn.Module) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(member(x) for member in self.members)


def exported(model: nn.Module, x: np.ndarray) -> tuple[list[str], list[np.ndarray]]:
    """The operators of the exported model, and what ONNX Runtime computes with it."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it tells which other packages are not installed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, about itself
        program = torch.onnx.export(model.eval(), (torch.from_numpy(x),), dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    assert {node.domain for node in program.model.graph} == {""}  # nothing but standard operators
    operators = sorted({node.op_type for node in program.model.graph})
    return operators, session.run(None, {session.get_inputs()[0].name: x})


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(8, 16), nl.gelu.torch(native=True), nn.Linear(16, 16), nl.squareplus.torch(learnable=True),
        nn.Linear(16, 16), BENT.torch(learnable=True), nn.Linear(16, 3), nl.softmax.torch(),
    )  # fmt: skip


def measure() -> dict:
    x, model = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32), network()
    operators, (got,) = exported(model, x)
    modules = {(name, native): nl.get(name).torch(native=native) for name in SHOWN for native in (False, True)}
    _, values = exported(SideBySide(*modules.values()), X)
    exact = {name: nl.get(name)(X.astype(np.float64)) for name in SHOWN}
    return {
        "operators": operators,
        "difference": float(np.abs(got - model(torch.from_numpy(x)).detach().numpy()).max()),
        "values": dict(zip(modules, values, strict=True)),
        "errors": {
            (name, native): np.abs(got - exact[name]) / np.maximum(1, np.abs(exact[name])) * 2**24
            for (name, native), got in zip(modules, values, strict=True)
        },
    }


def say(found: dict) -> None:
    print("operators of the network:", " ".join(found["operators"]))
    print(f"its outputs differ by {found['difference']:.1e} at most")
    for (name, native), error in found["errors"].items():
        print(f"{name + (', native' if native else ''):20} largest error {error.max():.3g} units of 2^-24")


def draw(found: dict) -> Picture:
    with panels() as picture:
        left, right = picture.axes
        for number, native in enumerate((False, True)):
            label = "native" if native else "nonlin"
            left.plot(X, found["values"]["log_sigmoid", native], label=label, **line_style(number))
        left.set(title="log_sigmoid in ONNX Runtime", xlabel="$x$", xlim=(-120, 20), ylim=(-130, 10))
        left.legend()
        for number, name in enumerate(SHOWN):
            right.plot(X, found["errors"][name, False], label=name, **line_style(number))
        right.set(title="error in ONNX Runtime, units of $2^{-24}$", xlabel="$x$", xlim=(-20, 20))
        right.legend()
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "onnx_export.png")


if __name__ == "__main__":
    main()
