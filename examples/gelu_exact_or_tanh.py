"""GELU has two formulas, and libraries do not agree which one is meant.

GELU is x times the probability that a standard normal number is below x. The paper (Hendrycks & Gimpel 2016,
arXiv:1606.08415) gives this exact form and an approximation with tanh, which was faster to compute. In nonlin they are
two entries: gelu and gelu_tanh.

What to see. Left: the approximation minus the exact function, and the same for the derivatives. The largest difference
is 4.7e-4 in value, at x = -2.70 and 2.70, and 8.7e-4 in the derivative, at -2.02 and 2.02. Right: their ratio on the
negative side. There the approximation falls off too soon: at -4 it is 0.55 of the exact value, at -6 only 0.014. These
values are small, so that the difference is, too.

What to conclude. For training from scratch the difference does not matter. It matters when a trained network is moved
to another library: the weights belong to one of the forms. jax.nn.gelu is the tanh form unless it is told otherwise,
torch.nn.functional.gelu is the exact one. The last printed line runs one random network of twelve layers with both.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import numpy as np
from drawing import line_style, panels
from network import forward, initialise

import nonlin as nl
from nonlin.plot import Picture

X = np.linspace(-8, 8, 16001)


def largest(difference: np.ndarray) -> tuple[float, float]:
    """The largest difference, and the positive x where it is (it is the same at -x)."""
    place = np.abs(difference).argmax()
    return np.abs(difference).max(), abs(X[place])


def ported() -> np.ndarray:
    """How far the outputs of twelve layers with the same weights are apart, relative to their size; per seed."""
    layers = initialise([64] * 13, seeds=5, gain=1.5)
    x = np.random.default_rng(0).standard_normal((100, 64))
    exact, approximate = (forward(layers, f, x)[1][-1] for f in (nl.gelu, nl.gelu_tanh))
    return np.linalg.norm(approximate - exact, axis=(1, 2)) / np.linalg.norm(exact, axis=(1, 2))


def jax_default() -> dict:
    """What jax.nn.gelu computes without and with approximate=False: the distance to both forms at 2.7, in float32."""
    import jax

    x = np.float32(2.7)
    values = {"jax.nn.gelu(x)": jax.nn.gelu(x), "jax.nn.gelu(x, approximate=False)": jax.nn.gelu(x, approximate=False)}
    return {
        "default": inspect.signature(jax.nn.gelu).parameters["approximate"].default,
        "distances": {
            call: (float(abs(y - nl.gelu(2.7))), float(abs(y - nl.gelu_tanh(2.7)))) for call, y in values.items()
        },
    }


def measure() -> dict:
    tail = np.array([-3.0, -4.0, -5.0, -6.0])
    return {
        "value": nl.gelu_tanh(X) - nl.gelu(X),
        "derivative": nl.gelu_tanh.derivative(X) - nl.gelu.derivative(X),
        "tail": dict(zip(tail, nl.gelu_tanh(tail) / nl.gelu(tail), strict=True)),
        "jax": jax_default(),
        "ported": ported(),
    }


def say(found: dict) -> None:
    for what in ("value", "derivative"):
        size, place = largest(found[what])
        print(f"largest difference in {what}: {size:.2e} at x = {place:.2f} and {-place:.2f}")
    print("gelu_tanh / gelu:", "   ".join(f"{ratio:.3f} at {x:g}" for x, ratio in found["tail"].items()))
    for call, (exact, approximate) in found["jax"]["distances"].items():
        print(f"{call:34} differs from gelu by {exact:.0e}, from gelu_tanh by {approximate:.0e}")
    print(f"the exact form in torch: {nl.gelu.equivalents['torch']}")
    low, high = found["ported"].min(), found["ported"].max()
    print(f"twelve layers, other form: outputs change by {low:.1e} to {high:.1e} of their size (5 seeds)")


def draw(found: dict) -> Picture:
    with panels() as picture:
        left, right = picture.axes
        for number, what in enumerate(("value", "derivative")):
            left.plot(X, 1e4 * found[what], label=what, **line_style(number))
        left.set(title="gelu_tanh - gelu, times 10 000", xlabel="$x$", xlim=(-8, 8))
        left.legend(loc="upper left")
        negative = X[X < 0]
        right.plot(negative, nl.gelu_tanh(negative) / nl.gelu(negative), **line_style(0))
        right.set(title="gelu_tanh / gelu, for negative $x$", xlabel="$x$", xlim=(-8, 0), ylim=(0, 1.05))
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "gelu_exact_or_tanh.png")


if __name__ == "__main__":
    main()
