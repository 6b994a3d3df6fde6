"""Weights drawn anew, each layer's with the gain of the activation that follows it: `nonlin.initialise`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from nonlin.core import Activation
from nonlin.errors import InputError
from nonlin.frameworks.swap import framework_of
from nonlin.frameworks.swap.rules import Kind, table

MODES = ("fan_in", "fan_out")


@dataclass(frozen=True)
class Drawn:
    """One layer: ``gain`` is that of the activation ``follows``, ``std`` the standard deviation of its weights.

    ``fan`` is how many numbers one output is made of, or in mode fan_out, how many outputs one number goes to.
    ``note`` says why the gain is 1, or in a layer that was left as it is, why; that has gain, fan and std 0.
    """

    path: str
    layer: str
    follows: str
    gain: float
    fan: float
    std: float
    note: str = ""


@dataclass(frozen=True)
class Initialisation:
    """What :func:`initialise` did: a row for each layer, and a table as ``str()``."""

    rows: tuple[Drawn, ...]
    mode: str

    def records(self) -> list[dict[str, Any]]:
        """The rows as plain dictionaries."""
        return [asdict(row) for row in self.rows]

    def __iter__(self) -> Iterator[Drawn]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        if not self.rows:
            return "no Linear or Conv layers were found; nothing was drawn"
        head = ("path", "layer", "followed by", "gain", self.mode, "std", "")
        return table(head, [
            (r.path, r.layer, r.follows, *(f"{v:.4g}" if r.std else "-" for v in (r.gain, r.fan, r.std)), r.note)
            for r in self.rows
        ])  # fmt: skip

    __repr__ = __str__


def initialise(model: Any, *, mode: str = "fan_in", generator: Any = None) -> Initialisation:
    """Draw the weights of all Linear and Conv layers of a PyTorch model anew, in place, and set their biases to 0.

    Weights are normal with standard deviation gain / sqrt(fan): He's rule, with the exact gain of the activation that
    follows the layer. Mode "fan_in" keeps the size of signals on the way forward (``facts.gain``), "fan_out" that of
    gradients on the way back (``facts.backward_gain``). ``generator`` is a ``torch.Generator``; without one PyTorch's
    own draws.

    What follows is found by torch.fx, or in parts that it cannot trace, by the order in ``nn.Sequential``; layers of
    normalisation, dropout, pooling and the like, and sums with a shortcut, are passed. Where nothing follows or it is
    not known, the gain is 1. Layers that do not require a gradient, and those whose weight is computed from others
    (parametrisations) or belongs to an earlier module, are left alone. The answer is a table that says so for each.

    Raises InputError for another mode or model, for layers without shape (lazy ones), and for models that are
    compiled, scripted or quantised.

    >>> import torch, nonlin as nl
    >>> nl.initialise(torch.nn.Sequential(torch.nn.Linear(8, 50), torch.nn.ReLU(), torch.nn.Linear(50, 2)))
    path  layer   followed by  gain   fan_in  std
    0     Linear  relu         1.414  8       0.5
    2     Linear               1      50      0.1414  nothing follows
    """
    if mode not in MODES:
        raise InputError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    if framework_of(model, "initialise") == "keras":
        raise InputError(
            "initialise draws the weights of PyTorch models; in Keras give each layer a kernel_initializer: "
            "keras.initializers.VarianceScaling(gain**2), with the gain of nonlin's facts"
        )
    from nonlin.frameworks.torch_initialise import drawn

    return Initialisation(tuple(drawn(model, mode, generator)), mode)


def gain_of(follower: Kind | str, mode: str) -> tuple[str, float, str]:
    """The name of what follows, its gain, and a note where that is 1 for want of a better one.

    ``follower`` is what follows, or why it is not known.
    """
    if isinstance(follower, str):
        return "", 1.0, follower
    act: Activation = follower.activation
    found = act.facts.gain if mode == "fan_in" else act.facts.backward_gain
    if found is None or not math.isfinite(found) or found <= 0:
        return str(follower), 1.0, "it has no gain: its mean square for normal inputs is 0, infinite or not known"
    return str(follower), found, ""
