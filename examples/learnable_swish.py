"""Where does beta go, when Swish learns it?

Swish is x sigmoid(beta x): half of x for beta = 0, SiLU for 1, nearly ReLU for large beta. Its authors proposed to
learn beta with the weights. Here a network of PyTorch, 64-32-32-32-10, learns the handwritten digits of scikit-learn,
with one beta for each of its three activations: `nl.swish.torch(learnable=True)`. It is trained from three starts,
beta = 0.25, 1 and 4, and beside them with the same weights and a beta that stays 1.

What to see. Left: the beta of each activation while the network learns, one colour for each start; solid, long and
short dashes are the first, second and third activation. From 0.25 and 1 all of them move up, fastest at first; from 4
they hardly move. In every network the first ends highest and the third lowest. Right: the cross-entropy on the images
that the network learns from.

What to conclude. Beta is trained like any weight: it has a gradient, and it moves. It does not move to one place: where
it ends depends on where it began. The accuracy on images that were not seen, which is printed, is about the same for
all, so that a learned beta is no reason to expect a better network.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from drawing import COLOURS, line_style, panels

import nonlin as nl
from nonlin.errors import MissingDependency
from nonlin.plot import Picture
from nonlin.study.data import load
from nonlin.study.settings import Settings

try:
    import torch
    from torch import nn
except ImportError:
    raise MissingDependency(
        "this example needs torch, which is not installed; run: pip install nonlin[torch]"
    ) from None

from nonlin.frameworks.torch import parameter_groups

EPOCHS, BATCH, RATE = 15, 128, 1e-2
RUNS = {"learned from 0.25": (0.25, True), "learned from 1": (1.0, True), "learned from 4": (4.0, True),
        "fixed at 1": (1.0, False)}  # fmt: skip


def network(beta: float, learnable: bool) -> nn.Sequential:
    torch.manual_seed(0)
    swish = nl.swish.with_parameters(beta=beta)
    sizes = [64, 32, 32, 32]
    pairs = [(nn.Linear(a, b), swish.torch(learnable)) for a, b in pairwise(sizes)]
    return nn.Sequential(*(module for pair in pairs for module in pair), nn.Linear(32, 10))


def betas(model: nn.Sequential) -> list[float]:
    """The beta of each activation: the value itself, which has no bounds."""
    return [module.beta.item() for module in model if hasattr(module, "beta")]


def train(model: nn.Sequential, images: torch.Tensor, labels: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The betas and the loss after each epoch, the first row before training."""
    optimiser = torch.optim.AdamW(parameter_groups(model), lr=RATE)
    draw = torch.Generator().manual_seed(0)
    history = [(betas(model), nn.functional.cross_entropy(model(images), labels).item())]
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images), generator=draw).split(BATCH):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimiser.step()
        history.append((betas(model), nn.functional.cross_entropy(model(images), labels).item()))
    moved, losses = zip(*history, strict=True)
    return np.array(moved), np.array(losses)


def measure() -> dict:
    torch.set_num_threads(1)
    data = load("digits", Settings(validation=0))
    seen, unseen = (
        (torch.from_numpy(part.images).float().flatten(1), torch.from_numpy(part.labels).long())
        for part in (data.training, data.test)
    )
    found = {}
    for name, (beta, learnable) in RUNS.items():
        model = network(beta, learnable)
        moved, losses = train(model, *seen)
        accuracy = (model(unseen[0]).argmax(1) == unseen[1]).float().mean().item()
        found[name] = {"betas": moved, "losses": losses, "accuracy": accuracy}
    return found


def say(found: dict) -> None:
    for name, run in found.items():
        ends = ", ".join(f"{beta:.2f}" for beta in run["betas"][-1]) or "1, 1, 1"
        print(f"{name:18} betas at the end {ends:18} loss {run['losses'][-1]:.4f}   accuracy {run['accuracy']:.3f}")


def draw(found: dict) -> Picture:
    dashes = [line_style(number)["dashes"] for number in range(3)]
    with panels() as picture:
        left, right = picture.axes
        for colour, (name, run) in zip(COLOURS, found.items(), strict=False):
            for layer, beta in enumerate(run["betas"].T):
                left.plot(beta, color=colour, dashes=dashes[layer], label=None if layer else name)
            right.semilogy(run["losses"], color=colour, label=name)
        left.set(title="beta (solid: first layer, dashed: second, dotted: third)", xlabel="epoch", xlim=(0, EPOCHS))
        right.set(title="cross-entropy on the images it learns from", xlabel="epoch", xlim=(0, EPOCHS))
        left.legend()
        right.legend()
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "learnable_swish.png")


if __name__ == "__main__":
    main()
