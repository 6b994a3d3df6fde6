"""Zero-centred or not: why it matters whether the outputs of a layer have the mean 0.

The gradient of a unit's weights is its error times its inputs. If the inputs come from a sigmoid they are all
positive, and the gradient of every example has one sign in all weights: they can only rise together or fall together.
To raise one weight and lower another, the unit must zigzag. This is the argument of LeCun, Bottou, Orr & Müller 1998
(Efficient BackProp, in Neural Networks: Tricks of the Trade, Springer, section 4.3).

To see the effect of the mean alone, the sigmoid is compared with the same curve moved down by one half.

What to see. Left: two weights learn the target (2, -2), one example at a time. The sigmoid's path only goes up right
or down left; the path of the moved curve is far shorter. Right: a linear unit fed by 20 sigmoid, ReLU, moved sigmoid or
tanh units learns a linear target by gradient descent on 1000 examples, each at its best constant rate: the loss, mean
and range of five seeds. The reason is the condition number, the ratio of the largest to the smallest curvature of the
loss: the common mean of the inputs makes one direction far steeper than all others.

What to conclude. Prefer outputs with a mean near 0 (tanh before sigmoid; ELU was made for it), or take the mean away
by normalisation. ReLU is not zero-centred either, but its mean is small beside its spread, and it suffers little.
Optimisers that scale each weight, such as Adam, suffer in another way than plain gradient descent, which is shown here.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import COLOURS, line_style, panels

import nonlin as nl
from nonlin.plot import Picture

INPUTS, EXAMPLES, SEEDS, STEPS = 20, 1000, 5, 300
ACTIVATIONS = {
    "sigmoid": nl.sigmoid,
    "relu": nl.relu,
    "sigmoid - 1/2": nl.define("sigmoid(x) - 1/2", name="moved_sigmoid"),
    "tanh": nl.tanh,
}


def one_signed(f: nl.Activation, seed: int) -> float:
    """The share of examples whose gradient has no two weights of opposite sign."""
    rng = np.random.default_rng(seed)
    gradients = rng.standard_normal((EXAMPLES, 1)) * f(rng.standard_normal((EXAMPLES, INPUTS)))
    return ((gradients >= 0).all(axis=1) | (gradients <= 0).all(axis=1)).mean()


def descent(f: nl.Activation, seed: int) -> tuple[np.ndarray, float]:
    """The loss of the linear unit, step by step as a share of the first, and the condition number."""
    rng = np.random.default_rng(seed)
    a = f(rng.standard_normal((EXAMPLES, INPUTS)))
    error = a @ rng.standard_normal(INPUTS)  # of weights that start at 0; its sign does not matter
    curvatures = np.linalg.eigvalsh(a.T @ a / EXAMPLES)
    rate = 2 / (curvatures[0] + curvatures[-1])  # the fastest constant rate for a quadratic loss
    losses = []
    for _ in range(STEPS + 1):
        losses.append((error**2).mean())
        error = error - rate * a @ (a.T @ error / EXAMPLES)
    return np.array(losses) / losses[0], curvatures[-1] / curvatures[0]


def path(f: nl.Activation, seed: int) -> np.ndarray:
    """Two weights on their way from (0, 0) to (2, -2), one example per step."""
    rng = np.random.default_rng(seed)
    weights = [np.zeros(2)]
    for _ in range(STEPS):
        a = f(rng.standard_normal(2))
        weights.append(weights[-1] - 2.0 * a * (a @ (weights[-1] - [2.0, -2.0])))
    return np.array(weights)


def length(way: np.ndarray) -> float:
    return np.hypot(*np.diff(way, axis=0).T).sum()


def measure() -> dict:
    runs = {label: [descent(f, seed) for seed in range(SEEDS)] for label, f in ACTIVATIONS.items()}
    two = ("sigmoid", "sigmoid - 1/2")
    return {
        "one sign": {k: np.mean([one_signed(f, seed) for seed in range(SEEDS)]) for k, f in ACTIVATIONS.items()},
        "losses": {label: np.array([losses for losses, _ in several]) for label, several in runs.items()},
        "condition": {label: np.array([number for _, number in several]) for label, several in runs.items()},
        "paths": {label: path(ACTIVATIONS[label], 0) for label in two},
        "lengths": {label: [length(path(ACTIVATIONS[label], seed)) for seed in range(10)] for label in two},
    }


def say(found: dict) -> None:
    print(f"{'inputs from':15}{'gradients of one sign':>22}{'condition number':>18}{'steps to 1/1000 of the loss':>29}")
    for label, losses in found["losses"].items():
        steps = np.argmax(losses < 1e-3, axis=1)
        print(f"{label:15}{found['one sign'][label]:22.1%}{found['condition'][label].mean():18.1f}"
              f"{f'{steps.min()} to {steps.max()}':>29}")  # fmt: skip
    print("path of two weights to a target at the distance 2.8, shortest and longest of 10 seeds:")
    for label, lengths in found["lengths"].items():
        print(f"  {label:13} {min(lengths):5.1f} {max(lengths):5.1f}")


def draw(found: dict) -> Picture:
    with panels((2, 3)) as picture:
        left, right = picture.axes
        numbers = {label: number for number, label in enumerate(ACTIVATIONS)}
        for label, way in found["paths"].items():
            left.plot(*way.T, ".-", linewidth=1, color=COLOURS[numbers[label]], label=label)
        left.plot(2, -2, "*", color="black", markersize=12, label="target")
        left.set(title="one example at a time", xlabel="first weight", ylabel="second weight", aspect="equal")
        left.legend(loc="best")
        for label, losses in found["losses"].items():
            style = line_style(numbers[label])
            right.fill_between(
                range(STEPS + 1), losses.min(axis=0), losses.max(axis=0), color=style["color"], alpha=0.2
            )
            right.plot(losses.mean(axis=0), label=label, **style)
        right.set(yscale="log", ylim=(1e-6, 1.5), xlabel="step", title="loss, as a share of the first")
        right.legend(loc="upper right")
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "zero_centred.png")


if __name__ == "__main__":
    main()
