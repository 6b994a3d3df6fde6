"""ReLU networks are sparse: much of what their layers hand on is exactly 0.

ReLU turns every negative sum into 0. At the start about half of the sums are negative, so about half of a layer's
outputs are exactly 0. GELU and ELU let small negative numbers pass: none of theirs is 0. Here networks 64-128-64-10
learn the handwritten digits of scikit-learn; the zeros are counted on the 360 test images.

What to see. Left: the share of zeros in both hidden layers before and after training (mean and range of three seeds).
Training turns some of them on here; with other data and other rates the share may rise instead. Right: the first hidden
layer of a trained ReLU network, 128 units (across) on 60 test images (down); white is 0. Other images leave other units
on. A white column would be a unit that is 0 on every image: it carries nothing.

What to conclude. Each image uses its own part of the network, and within that part the network is linear; the zeros
need not be stored or multiplied, where the software makes use of it. Sparsity by itself is no merit in accuracy: on
this data all three learn equally well, within what the seeds differ. (Glorot, Bordes & Bengio 2011, Deep sparse
rectifier neural networks, AISTATS, PMLR 15, 315-323.)
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import COLOURS, panels
from matplotlib.ticker import PercentFormatter
from network import Layers, forward, initialise, train

import nonlin as nl
from nonlin.plot import Picture
from nonlin.study.data import Dataset, load
from nonlin.study.settings import Settings

ACTIVATIONS = ("relu", "gelu", "elu")
SEEDS, EPOCHS, BATCH, RATE = 3, 5, 64, 0.05


def hidden(layers: Layers, f: nl.Activation, images: np.ndarray) -> list[np.ndarray]:
    """The outputs of the two hidden layers, each (seeds, images, units)."""
    return forward(layers, f, images)[0][1:]


def learn(name: str, data: Dataset) -> dict:
    f = nl.get(name)
    seen, unseen = (part.images.reshape(len(part), -1) for part in (data.training, data.test))
    train_images, test_images = seen - seen.mean(axis=0), unseen - seen.mean(axis=0)
    wanted = np.eye(10)[data.training.labels]
    rng = np.random.default_rng(0)
    batches = [
        batch for _ in range(EPOCHS) for batch in np.array_split(rng.permutation(len(wanted)), len(wanted) // BATCH)
    ]
    layers = initialise([64, 128, 64, 10], SEEDS, gain=2**0.5)
    before = hidden(layers, f, test_images)
    train(layers, f, train_images, lambda z, batch: (nl.softmax(z) - wanted[batch]) / len(batch), batches, RATE)
    after = hidden(layers, f, test_images)
    answers = forward(layers, f, test_images)[1][-1].argmax(axis=-1)
    return {
        "before": np.array([(layer == 0).mean(axis=(1, 2)) for layer in before]),
        "after": np.array([(layer == 0).mean(axis=(1, 2)) for layer in after]),
        "always zero": np.array([(layer == 0).all(axis=1).sum(axis=1) for layer in after]),
        "accuracy": (answers == data.test.labels).mean(axis=1),
        "first layer": after[0][0],
    }


def measure() -> dict:
    data = load("digits", Settings(validation=0))
    return {name: learn(name, data) for name in ACTIVATIONS}


def say(found: dict) -> None:
    print("exact zeros in the first and second hidden layer (mean of the seeds), test accuracy (their range):")
    for name, run in found.items():
        shares = {when: " ".join(f"{share:4.0%}" for share in run[when].mean(axis=1)) for when in ("before", "after")}
        print(f"  {name:5} untrained {shares['before']}   trained {shares['after']}   accuracy "
              f"{run['accuracy'].min():.1%} to {run['accuracy'].max():.1%}")  # fmt: skip
    units = found["relu"]["always zero"].mean(axis=1)
    print(f"relu units that are 0 on every test image: {units[0]:.1f} of 128 and {units[1]:.1f} of 64 on average")


def draw(found: dict) -> Picture:
    with panels((2, 3)) as picture:
        left, right = picture.axes
        groups = [(layer, when) for layer in (0, 1) for when in ("before", "after")]
        for number, (name, run) in enumerate(found.items()):
            shares = np.array([run[when][layer] for layer, when in groups])
            spread = [shares.mean(axis=1) - shares.min(axis=1), shares.max(axis=1) - shares.mean(axis=1)]
            bars = left.bar(np.arange(4) + 0.27 * (number - 1), shares.mean(axis=1), 0.25, yerr=spread, capsize=3,
                            color=COLOURS[number], label=name)  # fmt: skip
            left.bar_label(bars, [f"{share:.0%}" for share in shares.mean(axis=1)], padding=3, fontsize=8)
        left.set_xticks(range(4), [f"layer {layer + 1}\n{when}" for layer, when in groups])
        left.set(title="share of outputs that are exactly 0", ylim=(0, 1))
        left.yaxis.set_major_formatter(PercentFormatter(1.0))
        left.grid(visible=False, axis="x")
        left.legend(loc="upper right")
        right.imshow(
            found["relu"]["first layer"][:60] > 0, cmap="Blues", vmax=1.3, aspect="auto", interpolation="nearest"
        )
        right.set(title="trained ReLU: first hidden layer (white: exactly 0)", xlabel="unit", ylabel="test image")
        right.grid(visible=False)
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "sparsity.png")


if __name__ == "__main__":
    main()
