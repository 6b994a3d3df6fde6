"""A ReLU unit that dies, and what keeps it alive.

The derivative of ReLU is 0 for negative sums. A unit whose sum is negative for every example gets no gradient at all:
it never changes again. It is dead. One step that is too large can do it.

Here single units y = f(w x + b) learn the target relu(x) from 100 standardised inputs by gradient descent. They start
at a random w and at a bias b between 0 and 8, far too high. At the rate 0.9 the first step overshoots (each step
multiplies the error of an active unit by 1 - 2 * 0.9 = -0.8): a bias that was far too high is then far too low.

What to see. Left: the unit that starts at w = 1, b = 6: on which share of the inputs its sum is positive, step by
step. With ReLU at the rate 0.9 the share is 0 after one step and stays 0; its gradient is exactly 0. Leaky ReLU,
thrown to the same side, comes back, slowly, since its slope there is only 0.01; ELU, whose slope is e^z there, comes
back sooner; ReLU at the rate 0.1 is never thrown out. Right: how many of 100 units are inactive on every input at the
end.

What to conclude. Leaky ReLU and ELU bring back units that were thrown out; a smaller rate does not throw them out.
Smoothness alone does not help: the slope of GELU, too, is next to 0 from -4 down. That a unit comes back does not say
that it fits best: one ELU unit cannot bend as sharply as the target. (Maas, Hannun & Ng 2013, Rectifier nonlinearities
improve neural network acoustic models, ICML workshop; Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289; Lu,
Shin, Su & Karniadakis 2020, Dying ReLU and initialization, Communications in Computational Physics 28(5), 1671-1706.)
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import line_style, panels

import nonlin as nl
from nonlin.plot import Picture

UNITS, STEPS = 100, 300
RUNS = {  # label: activation and learning rate
    "relu, rate 0.9": ("relu", 0.9),
    "leaky_relu, rate 0.9": ("leaky_relu", 0.9),
    "elu, rate 0.9": ("elu", 0.9),
    "relu, rate 0.1": ("relu", 0.1),
    "gelu, rate 0.9": ("gelu", 0.9),
}


def learn(name: str, rate: float) -> dict[str, np.ndarray]:
    """Train the units, each alone: the share of active inputs (steps, units), and at the end loss and gradient."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(100)
    x = (x - x.mean()) / x.std()
    weight, bias = rng.standard_normal((UNITS, 1)), rng.uniform(0, 8, (UNITS, 1))
    weight[0], bias[0] = 1.0, 6.0
    f, active = nl.get(name), []
    for _ in range(STEPS + 1):
        z = weight * x + bias
        error = f(z) - nl.relu(x)
        slope = 2 * error * f.derivative(z)
        gradient = np.hypot((slope * x).mean(axis=1), slope.mean(axis=1))
        active.append((z > 0).mean(axis=1))
        weight = weight - rate * (slope * x).mean(axis=1, keepdims=True)
        bias = bias - rate * slope.mean(axis=1, keepdims=True)
    return {"active": np.array(active), "loss": (error**2).mean(axis=1), "gradient": gradient}


def measure() -> dict:
    return {label: learn(*choice) for label, choice in RUNS.items()}


def say(found: dict) -> None:
    print(f"the unit from w = 1, b = 6 after {STEPS} steps, and how many of {UNITS} units end inactive on all inputs:")
    print(f"  {'':21}{'active on':>10}{'gradient':>10}{'loss':>9}{'inactive':>10}")
    for label, run in found.items():
        numbers = f"{run['active'][-1, 0]:10.0%}{run['gradient'][0]:10.1e}{run['loss'][0]:9.4f}"
        print(f"  {label:21}{numbers}{(run['active'][-1] == 0).sum():10}")


def draw(found: dict) -> Picture:
    with panels((3, 2)) as picture:
        left, right = picture.axes
        for number, (label, run) in enumerate(found.items()):
            left.plot(run["active"][:, 0], label=label, **line_style(number))
            bar = right.barh(number, (run["active"][-1] == 0).sum(), color=line_style(number)["color"])
            right.bar_label(bar, padding=4)
        left.set_xscale("symlog", linthresh=1, linscale=0.25)
        left.set(xlim=(0, STEPS), xlabel="step", title="share of the inputs on which the unit is active")
        left.legend(loc=(0.16, 0.3))
        right.set(title=f"units inactive on every input, of {UNITS}", xlim=(0, 100))
        right.set_yticks(range(len(found)), list(found))
        right.invert_yaxis()
        right.grid(visible=False, axis="y")
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "dying_relu.png")


if __name__ == "__main__":
    main()
