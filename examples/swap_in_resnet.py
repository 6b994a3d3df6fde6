"""Can the activation of a trained network be exchanged, and what does it cost?

A small residual network of PyTorch, written as such networks are (two blocks of two convolutions, batch normalisation
and a shortcut; ReLU as a module and as a function in forward), learns the handwritten digits of scikit-learn. Then
`nl.swap(network, {"relu": name})` exchanges every ReLU for GELU, or tanh, and keeps the weights. Each network learns on
at a smaller rate.

What to see. The printed table: `dry_run=True` lists the places without a change. Left: accuracy on images that were not
seen, directly after the exchange (epoch 0) and while the network learns on, beside the ReLU network that just learns on
and a GELU network with new weights. Right: the loss on the images that it learns from.

What to conclude. Weights fit the function that they were learned with: directly after the exchange much is lost, with
tanh nearly all, since it bends every signal that is large. But what was learned is not gone: one epoch with GELU brings
the network back to where it was, and even with tanh it is soon ahead of new weights. So exchange, and then learn on.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
from drawing import line_style, panels

import nonlin as nl
from nonlin.errors import MissingDependency, NonlinWarning
from nonlin.plot import Picture
from nonlin.study.data import load
from nonlin.study.settings import Settings

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError:
    raise MissingDependency(
        "this example needs torch, which is not installed; run: pip install nonlin[torch]"
    ) from None

CHANNELS, BATCH = 8, 64
LEARNING, LEARNING_ON = (4, 5e-3), (3, 1e-3)  # epochs and rate


class Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out)) + x
        return functional.relu(out)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    stem = (nn.Conv2d(1, CHANNELS, 3, padding=1), nn.ReLU())
    head = (nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * CHANNELS, 10))
    return nn.Sequential(*stem, Block(CHANNELS), nn.MaxPool2d(2), Block(CHANNELS), *head)


def exchanged(model: nn.Module, name: str) -> nn.Module:
    """A network with other activations and the same weights; that they need to learn on is what this is about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NonlinWarning)
        return nl.swap(model, {"relu": name})


class Digits:
    def __init__(self) -> None:
        data = load("digits", Settings(validation=0))
        parts = [(torch.tensor(p.images).reshape(-1, 1, 8, 8), torch.tensor(p.labels).long())
                 for p in (data.training, data.test)]  # fmt: skip
        self.seen, self.unseen = parts

    def accuracy(self, model: nn.Module) -> float:
        images, labels = self.unseen
        with torch.no_grad():
            return (model.eval()(images).argmax(1) == labels).float().mean().item()

    def loss(self, model: nn.Module) -> float:
        images, labels = self.seen
        with torch.no_grad():
            return functional.cross_entropy(model.eval()(images), labels).item()


def learn(model: nn.Module, data: Digits, epochs: int, rate: float) -> np.ndarray:
    """Accuracy on unseen images and loss on seen ones, before and after each epoch."""
    images, labels = data.seen
    optimiser, order = torch.optim.Adam(model.parameters(), rate), torch.Generator().manual_seed(1)
    found = [(data.accuracy(model), data.loss(model))]
    for _ in range(epochs):
        model.train()
        for batch in torch.randperm(len(images), generator=order).split(BATCH):
            optimiser.zero_grad()
            functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimiser.step()
        found.append((data.accuracy(model), data.loss(model)))
    return np.array(found)


def measure() -> dict:
    torch.set_num_threads(1)
    data, trained = Digits(), network()
    learn(trained, data, *LEARNING)
    models = {name: exchanged(trained, name) for name in ("gelu", "tanh")}
    models |= {"gelu, new weights": exchanged(network(), "gelu"), "relu, learns on": trained}
    plan = str(nl.swap(trained, {"relu": "gelu"}, dry_run=True))
    return {"plan": plan, "learning": {name: learn(model, data, *LEARNING_ON) for name, model in models.items()}}


def say(found: dict) -> None:
    print(found["plan"])
    print("accuracy on unseen images after the exchange, and after each epoch more:")
    for name, run in found["learning"].items():
        print(f"  {name:17}", "  ".join(f"{accuracy:6.1%}" for accuracy in run[:, 0]))


def draw(found: dict) -> Picture:
    with panels() as picture:
        for column, panel in enumerate(picture.axes):
            for number, (name, run) in enumerate(found["learning"].items()):
                panel.plot(run[:, column], label=name, **line_style(number))
            panel.set(xlabel="epochs after the exchange", xticks=range(len(run)))
        left, right = picture.axes
        left.set(title="accuracy on unseen images", ylim=(0, 1.02))
        right.set(title="loss on the images that it learns from", yscale="log")
        left.legend(loc="lower right")
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "swap_in_resnet.png")


if __name__ == "__main__":
    main()
