"""Saturation: far from 0 a sigmoid unit gives the same answer to every input, and stops learning.

The sigmoid squeezes all inputs between 0 and 1. Inputs 100 and 1000 both give 1, in float32 exactly from 17.33 up; the
unit cannot tell them apart, and its derivative there is next to nothing. ReLU gives 100 and 1000.

What to see. Left: the derivative of the sigmoid in float32, on a logarithmic scale. It is a straight line down to the
smallest number of the format, at 103.97. The usual shortcut y (1 - y), computed from the rounded output y, is already
exactly 0 from 17.33 up. Right: one unit whose answer should be 0 starts at the input 2, 5 or 10, where it answers
nearly 1, and learns by gradient descent. With the squared error, whose gradient contains the derivative, the worse the
start, the longer nothing happens: of the three, the unit that is most wrong learns least. With the cross-entropy the
derivative cancels, the gradient is the error itself, and all three come down within thirty steps.

What to conclude. Keep the sums of sigmoid and tanh units near 0 by the choice of weights and by scaling the inputs.
Where a sigmoid is the output, train with the cross-entropy, computed from the sum, not from the output (Nielsen 2015,
Neural Networks and Deep Learning, Determination Press, chapter 3).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import line_style, panels

import nonlin as nl
from nonlin.plot import Picture

STARTS = (2.0, 5.0, 10.0)
STEPS, RATE = 200, 1.0


def squared_error(z: np.ndarray) -> np.ndarray:
    """The gradient of y**2, the squared error where the answer should be 0, by the sum z."""
    return 2 * nl.sigmoid(z) * nl.sigmoid.derivative(z)


def cross_entropy(z: np.ndarray) -> np.ndarray:
    """The gradient of -log(1 - y) by the sum z: the derivative of the sigmoid cancels, and y is left."""
    return nl.sigmoid(z)


def outputs(gradient) -> np.ndarray:
    """What the units answer while they learn, (steps, starts)."""
    z, answers = np.array(STARTS), []
    for _ in range(STEPS + 1):
        answers.append(nl.sigmoid(z))
        z = z - RATE * gradient(z)
    return np.array(answers)


def measure() -> dict:
    x = np.linspace(0, 120, 12001, dtype=np.float32)
    y = nl.sigmoid(x)
    far = np.array([100, 1000], dtype=np.float32)
    return {
        "x": x,
        "derivative": nl.sigmoid.derivative(x),
        "shortcut": y * (1 - y),
        "far": {name: (nl.get(name)(far), nl.get(name).derivative(far)) for name in ("sigmoid", "tanh", "relu")},
        "exactly one from": x[y == 1].min(),
        "squared error": outputs(squared_error),
        "cross-entropy": outputs(cross_entropy),
    }


def say(found: dict) -> None:
    for name, (value, slope) in found["far"].items():
        print(f"{name:8} at 100 and 1000 in float32: {value[0]:g} and {value[1]:g}; "
              f"derivative {slope[0]:g} and {slope[1]:g}")  # fmt: skip
    print(f"sigmoid is exactly 1 in float32 from {found['exactly one from']:.2f} up")
    print(f"output of a unit that should give 0, after {STEPS} steps, started at {STARTS}:")
    for loss in ("squared error", "cross-entropy"):
        print(f"  {loss}: ", "   ".join(f"{y:.4f}" for y in found[loss][-1]))


def draw(found: dict) -> Picture:
    with panels() as picture:
        left, right = picture.axes
        for number, (key, label) in enumerate({"derivative": "nonlin", "shortcut": "$y\\,(1 - y)$"}.items()):
            positive = found[key] > 0
            left.plot(found["x"][positive], found[key][positive], label=label, **line_style(number))
        left.set(yscale="log", title="derivative of the sigmoid in float32, where it is not 0", xlabel="$x$")
        left.legend(loc="upper right")
        for number, start in enumerate(STARTS):
            colour = line_style(number)["color"]
            right.plot(found["squared error"][:, number], color=colour, label=f"squared error, from {start:g}")
            right.plot(found["cross-entropy"][:, number], color=colour, dashes=(2, 1.5),
                       label=f"cross-entropy, from {start:g}")  # fmt: skip
        right.set(title="learning to answer 0", xlabel="step", ylabel="output", ylim=(0, 1.02), xlim=(0, STEPS))
        right.legend(loc=(0.5, 0.33))
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "saturation.png")


if __name__ == "__main__":
    main()
