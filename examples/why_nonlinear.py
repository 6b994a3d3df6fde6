"""Why a non-linearity is needed: without one, a deep network is a straight line.

A layer without an activation is a matrix product, and a product of matrices is one matrix: however many layers are
stacked, the network computes a x + b. Here networks with one input, layers of 16 units and one output learn a sine
from 32 points. The start, the data and the number of steps are the same; only the activation differs.

What to see. Left: four hidden layers without an activation (identity) find the straight line that the method of least
squares gives in one stroke, and nothing better. With tanh or ReLU between the layers, the same network follows the
sine. Right: more layers do not help the linear network at all; its error is the same at every depth.

What to conclude. Depth without a non-linearity adds nothing to what a network can express. With any continuous
activation that is not a polynomial, one hidden layer of enough units comes as near to a continuous function on a
bounded region as one likes (Leshno, Lin, Pinkus & Schocken 1993, Multilayer feedforward networks with a nonpolynomial
activation function can approximate any function, Neural Networks 6(6), 861-867).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import COLOURS, MARKERS, line_style, panels
from network import Layers, forward, initialise, train

import nonlin as nl
from nonlin.plot import Picture

X = np.linspace(-1.0, 1.0, 32)[:, None]
Y = np.sin(np.pi * X)
ACTIVATIONS = ("identity", "relu", "tanh")
DEPTHS = (1, 2, 4)
SEEDS = 3
STEPS = 400


def trained(name: str, depth: int) -> Layers:
    """Networks of ``depth`` hidden layers, one per seed, trained on the mean squared error."""
    layers = initialise([1] + [16] * depth + [1], SEEDS)
    everything = [np.arange(len(X))] * STEPS
    train(layers, nl.get(name), X, lambda output, _: 2 * (output - Y) / len(X), everything, rate=0.04)
    return layers


def collapsed(layers: Layers) -> tuple[float, float]:
    """The slope and the height of the line that the first linear network computes: its layers multiplied together."""
    slope, height = np.eye(1), np.zeros((1, 1))
    for weights, bias in layers:
        slope, height = slope @ weights[0], height @ weights[0] + bias[0]
    return slope.item(), height.item()


def measure() -> dict:
    networks = {(name, depth): trained(name, depth) for name in ACTIVATIONS for depth in DEPTHS}
    outputs = {key: forward(layers, nl.get(key[0]), X)[1][-1] for key, layers in networks.items()}
    slope, height = collapsed(networks["identity", 4])
    best = np.polyfit(X[:, 0], Y[:, 0], 1)
    errors = {key: np.mean((output - Y) ** 2, axis=(1, 2)) for key, output in outputs.items()}
    return {
        "outputs": {name: outputs[name, 4][0, :, 0] for name in ACTIVATIONS},
        "errors": {name: np.array([errors[name, depth] for depth in DEPTHS]) for name in ACTIVATIONS},
        "from its own line": np.abs(outputs["identity", 4][0] - (slope * X + height)).max(),
        "from least squares": max(np.abs(outputs["identity", d] - np.polyval(best, X)).max() for d in DEPTHS),
        "least squares error": np.mean((np.polyval(best, X) - Y) ** 2),
    }


def say(found: dict) -> None:
    print("mean squared error of networks with 1, 2 and 4 hidden layers, from the best to the worst of the seeds:")
    for name, errors in found["errors"].items():
        print(f"  {name:9}", "   ".join(f"{best:.5f} - {worst:.5f}" for best, worst in np.sort(errors)[:, [0, -1]]))
    print(f"  best line {found['least squares error']:.5f}")
    print(f"the linear networks differ from the least-squares line by at most {found['from least squares']:.0e}")


def draw(found: dict) -> Picture:
    with panels() as picture:
        left, right = picture.axes
        left.plot(X, Y, "o", color="0.6", label="data")
        for number, name in enumerate(ACTIVATIONS):
            left.plot(X, found["outputs"][name], label=name, **line_style(number))
            errors = found["errors"][name]
            right.fill_between(DEPTHS, errors.min(axis=1), errors.max(axis=1), color=COLOURS[number], alpha=0.2)
            right.plot(DEPTHS, errors.mean(axis=1), marker=MARKERS[number], label=name, **line_style(number))
        left.set(title="four hidden layers, one of the seeds", xlabel="input", ylabel="output")
        left.legend(loc="upper left")
        right.set(yscale="log", xticks=DEPTHS, xlabel="hidden layers", ylabel="mean squared error")
        right.set_title(f"error after {STEPS} steps: mean and range of {SEEDS} seeds")
        right.legend(loc=(0.6, 0.67))
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "why_nonlinear.png")


if __name__ == "__main__":
    main()
