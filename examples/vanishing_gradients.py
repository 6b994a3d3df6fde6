"""Why the gradients of sigmoid networks vanish with depth.

On its way back through a layer the gradient is multiplied by the weights and by the derivative of the activation. The
derivative of the sigmoid is at most 0.25, at 0, and smaller everywhere else. Through L layers with weights of 1 at
most 0.25^L of a gradient is left.

What to see. Left: the sigmoid and its derivative, which never exceeds 0.25. Right: how much of the gradient is left
after L layers. The bound 0.25^L; the real curve of a chain of single units with weights 1, which is lower, since its
units do not sit at 0; and networks of 64 units per layer with random weights (mean and range of ten seeds). With
weights of variance 1/64, which are usual, the sigmoid network keeps as little as the chain. tanh, whose derivative
reaches 1, and ReLU with He's weights keep most of it.

What to conclude. The bound holds for weights of 1 and is no law: four times larger weights keep more, but saturate the
units and still lose it layer by layer. After 20 layers the usual sigmoid network leaves less than 1e-12 of the
gradient; in float32 the sum 1 + 1e-12 is 1, so under plain gradient descent the first layers do not learn. This held
up deep and recurrent networks for long (Bengio, Simard & Frasconi 1994, Learning long-term dependencies with gradient
descent is difficult, IEEE Transactions on Neural Networks 5(2), 157-166; Glorot & Bengio 2010, Understanding the
difficulty of training deep feedforward neural networks, AISTATS, PMLR 9, 249-256).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import COLOURS, line_style, panels
from network import backward, forward, initialise

import nonlin as nl
from nonlin.plot import Picture

DEPTH, WIDTH, SEEDS = 20, 64, 10
NETWORKS = {  # label: activation and gain, the root of the weights' variance times the number of inputs
    "sigmoid": ("sigmoid", 1.0),
    "sigmoid, weights 4 times larger": ("sigmoid", 4.0),
    "tanh": ("tanh", 1.0),
    "relu, He's weights": ("relu", 2**0.5),
}


def chain() -> np.ndarray:
    """The gradient left after 0, 1, 2 ... sigmoid units with weights 1 and biases 0, one behind the other, from x = 0.

    By the chain rule it is the product of their derivatives.
    """
    left, x = [1.0], 0.0
    for _ in range(DEPTH):
        left.append(left[-1] * float(nl.sigmoid.derivative(x)))
        x = float(nl.sigmoid(x))
    return np.array(left)


def network(name: str, gain: float) -> np.ndarray:
    """The root mean square of the gradient after 0, 1, 2 ... layers, as a share of the first, (layers, seeds)."""
    layers = initialise([WIDTH] * (DEPTH + 2) + [1], SEEDS, gain)
    x = np.random.default_rng(0).standard_normal((100, WIDTH))
    _, sums = forward(layers, nl.get(name), x)
    gradients = backward(layers, nl.get(name), sums, np.ones_like(sums[-1]))
    sizes = np.array([np.sqrt((g**2).mean(axis=(1, 2))) for g in gradients[-2::-1]])
    return sizes / sizes[0]


def measure() -> dict:
    return {
        "bound": 0.25 ** np.arange(DEPTH + 1),
        "chain": chain(),
        "networks": {label: network(*choice) for label, choice in NETWORKS.items()},
    }


def say(found: dict) -> None:
    print(f"share of the gradient that is left after 5, 10 and {DEPTH} layers (networks: mean of {SEEDS} seeds)")
    means = {label: left.mean(axis=1) for label, left in found["networks"].items()}
    for label, left in {"bound 0.25^L": found["bound"], "chain, weights 1": found["chain"], **means}.items():
        print(f"  {label:32}", "   ".join(f"{left[depth]:8.1e}" for depth in (5, 10, DEPTH)))


def draw(found: dict) -> Picture:
    with panels((2, 3)) as picture:
        left, right = picture.axes
        nl.plot.curve("sigmoid", ax=left, range=(-8, 8))
        left.set_title("sigmoid $f$ and its derivative")
        depths = np.arange(DEPTH + 1)
        right.plot(depths, found["bound"], color="0.4", linewidth=1, label=r"bound $0.25^L$")
        right.plot(depths, found["chain"], ".", color="0.4", label="chain of sigmoid units, weights 1")
        for number, (label, shares) in enumerate(found["networks"].items()):
            right.fill_between(depths, shares.min(axis=1), shares.max(axis=1), color=COLOURS[number], alpha=0.2)
            right.plot(depths, shares.mean(axis=1), label=label, **line_style(number))
        right.set(yscale="log", ylim=(1e-14, 1e2), xlim=(0, DEPTH), xlabel="layers L on the way back")
        right.set(title="how much of the gradient is left", xticks=range(0, DEPTH + 1, 5))
        right.legend(loc="lower left")
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "vanishing_gradients.png")


if __name__ == "__main__":
    main()
