"""Is the derivative right? Three witnesses: the rule, automatic differentiation, and a small difference.

nonlin finds derivatives by rules, from the formula. PyTorch's autograd differentiates its own functions, written by
other people. A central difference (f(x + h) - f(x - h)) / 2h uses values only. If all three agree, an error would have
to be made three times in the same way.

What to see. The printed table: in float64, rule and autograd agree to about 1e-15, and both agree with the central
difference to about 1e-10, which is all that a central difference can do: its rounding error is divided by 2h. One line
stands out: PyTorch replaces softplus by x above 20, and its derivative by 1; the true one is 1 - 2e-9.

In the picture: the relative error of gradients in float32, where the gradient is not below the smallest normal number.
Near 0 PyTorch's gradients are as good as float32 allows, about 1e-7. Far out they lose all digits: PyTorch computes the
derivative of the sigmoid from its rounded output, as y (1 - y), which is 0 from 17.33 up (error 1); its GELU does the
like on the left. nl.sigmoid and nl.gelu, called on the same tensors, keep their digits. The small peak at -0.75 is
where the derivative of GELU itself is 0.

What to conclude. Check a derivative against something that does not share its code, and look at the ends, not only
around 0. Writing a formula in PyTorch is no guarantee either: where(x > 0, x, exp(x) - 1) has the gradient nan at 100,
since the branch that is not taken overflows, and 0 times inf is nan.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import line_style, panels

import nonlin as nl
from nonlin.errors import MissingDependency
from nonlin.plot import Picture

try:
    import torch
    from torch.nn import functional
except ImportError:
    raise MissingDependency(
        "this example needs torch, which is not installed; run: pip install nonlin[torch]"
    ) from None

X = np.linspace(-25, 25, 5000)
PEERS = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "softplus": functional.softplus, "elu": functional.elu,
    "softsign": functional.softsign, "silu": functional.silu, "gelu": functional.gelu, "mish": functional.mish,
}  # fmt: skip


def gradient(f, x: np.ndarray) -> np.ndarray:
    """The derivative of a function of tensors at every x, by autograd."""
    tensor = torch.tensor(x, requires_grad=True)
    return torch.autograd.grad(f(tensor).sum(), tensor)[0].numpy()


def central_difference(f: nl.Activation, h: float = 1e-5) -> np.ndarray:
    return (f(X + h) - f(X - h)) / (2 * h)


def relative_errors(name: str, f) -> np.ndarray:
    """Of the gradients in float32, nan where the derivative is below the smallest normal number of float32."""
    single = X.astype(np.float32)
    exact = nl.get(name).derivative(single.astype(np.float64))
    errors = np.abs(gradient(f, single) - exact) / np.abs(exact)
    return np.where(np.abs(exact) < np.finfo(np.float32).tiny, np.nan, errors)


def elu_by_hand(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x > 0, x, torch.exp(x) - 1)


def measure() -> dict:
    exact = {name: nl.get(name).derivative(X) for name in PEERS}
    float32 = {
        name: {"PyTorch's own": relative_errors(name, PEERS[name]), f"nl.{name}": relative_errors(name, nl.get(name))}
        for name in ("sigmoid", "gelu")
    }
    return {
        "autograd": {name: np.abs(gradient(PEERS[name], X) - exact[name]).max() for name in PEERS},
        "difference": {name: np.abs(central_difference(nl.get(name)) - exact[name]).max() for name in PEERS},
        "float32": float32,
        "by hand": {name: gradient(f, np.float32([-1, 1, 100])) for name, f in
                    (("where(x > 0, x, exp(x) - 1)", elu_by_hand), ("nl.elu", nl.elu))},
    }  # fmt: skip


def say(found: dict) -> None:
    print(
        f"largest difference of the derivative in nonlin from  {'autograd':>9}  {'central difference':>18}   (float64)"
    )
    for name, size in found["autograd"].items():
        print(f"  {name:49} {size:11.0e}  {found['difference'][name]:18.0e}")
    print("largest relative error of the gradient in float32 for x below -1, between, and above 1:")
    for name, ways in found["float32"].items():
        for way, errors in ways.items():
            parts = (errors[X < -1], errors[np.abs(X) < 1], errors[X > 1])
            print(f"  {name:8} {way:14}", "  ".join(f"{np.nanmax(part):.0e}" for part in parts))
    for name, slopes in found["by hand"].items():
        print(f"gradient of {name:28} at -1, 1, 100: {slopes}")


def draw(found: dict) -> Picture:
    with panels() as picture:
        for panel, (name, ways) in zip(picture.axes, found["float32"].items(), strict=True):
            for number, (way, errors) in enumerate(ways.items()):
                x, largest = X.reshape(-1, 25).mean(axis=1), errors.reshape(-1, 25).max(axis=1)
                panel.plot(x, np.maximum(largest, 1e-8), label=way, **line_style(number))
            panel.set(yscale="log", ylim=(1e-8, 30), xlabel="$x$", xlim=(-25, 25))
            panel.set_title(f"{name}: relative error of the gradient, float32")
            panel.legend(loc="upper center", ncols=2)
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "derivative_against_autograd.png")


if __name__ == "__main__":
    main()
