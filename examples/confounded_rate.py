"""Is sigmoid the worst activation, or was it only given too small a learning rate?

Sigmoid's slope is at most 1/4 and its outputs are bunched around 1/2, so the gradients and steps of a sigmoid network
are small. A rate that suits ReLU is then too small for sigmoid within a few epochs. A comparison at one rate compares
how well the rate suits the activations.

Here networks 64-128-64-10 learn the handwritten digits of scikit-learn for 10 epochs (Adam, batches of 32) at the
usual rate 1e-3 and again at 1e-2; everything else is equal.

What to see. One dot per network, a grey line per seed. Left: at 1e-3 sigmoid is last by about 5 points, with every
seed. Right: at 1e-2 sigmoid has caught up: it is within what the seeds differ, and ELU, if any, is the one that lost.

What to conclude. A ranking at one rate is a ranking for that rate. Let each activation have its own, chosen on
validation data: nl.compare(..., learning_rate="tune"). Even then sigmoid need not win: at 3e-3, ReLU's better rate, it
is 2 points behind here. How much the rate matters depends on the data and the number of steps: on MNIST (20,000 images,
5 epochs, 4 seeds) sigmoid was last of four at 1e-3, with 94.6 % against 95.6 to 96.3 %, and level with the best at
3e-3, with 96.1 %. (Sivaprasad, Mai, Vogels, Jaggi & Fleuret 2020, Optimizer benchmarking needs to account for
hyperparameter tuning, arXiv:1910.11758.)
"""

from __future__ import annotations

import sys
from pathlib import Path

from comparison import dots, record, told
from drawing import panels

import nonlin as nl
from nonlin.plot import Picture

ACTIVATIONS = ("relu", "elu", "sigmoid")
RATES, EPOCHS, SEEDS = (0.001, 0.01), 10, 5


def learn(rate: float) -> dict:
    study = nl.compare(ACTIVATIONS, learning_rate=rate, epochs=EPOCHS, seeds=SEEDS, workers=1)
    return record(study)


def measure() -> dict:
    return {rate: learn(rate) for rate in RATES}


def say(found: dict) -> None:
    print(f"test accuracy on digits, {EPOCHS} epochs, {SEEDS} seeds (mean and deviation):")
    for rate, run in found.items():
        print(told(f"rate {rate:g}", run))


def draw(found: dict) -> Picture:
    with panels() as picture:
        for axes, (rate, run) in zip(picture.axes, found.items(), strict=True):
            dots(axes, run["accuracy"])
            axes.set(title=f"test accuracy, learning rate {rate:g}", ylim=(0.88, 1))
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "confounded_rate.png")


if __name__ == "__main__":
    main()
