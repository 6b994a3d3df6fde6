"""Known studies by name: the tutorials that many people have seen, with settings made explicit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nonlin.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Preset:
    """The ``activations`` and ``settings`` of a study; ``signals``: also measure the signals of every layer."""

    activations: tuple[str, ...]
    settings: Mapping[str, Any]
    signals: bool = False


VANISHING = "vanishing"
"""The preset that also measures the signals of every layer."""
PRESETS = {
    "mnist-mlp": Preset(
        ("relu", "tanh", "sigmoid", "elu"),
        {"data": "mnist", "model": "mlp", "epochs": 5, "validation": 0.2},
    ),
    "cifar10-cnn": Preset(
        ("relu", "elu", "tanh"),
        {"data": "cifar10", "model": "cnn", "epochs": 5, "limit": 1000, "test_limit": 200},
    ),
    VANISHING: Preset(
        ("sigmoid", "tanh", "relu", "leaky_relu", "selu"),
        {"data": "digits", "model": "deep_mlp", "epochs": 5},
        signals=True,
    ),
}


def preset(name: str) -> Preset:
    """The preset of that name. Raises InputError."""
    if name not in PRESETS:
        raise InputError(f"no preset {name!r}{did_you_mean(name, PRESETS)} known: {', '.join(PRESETS)}")
    return PRESETS[name]
