"""Studies that nobody trained: runs with chosen numbers, for arithmetic and pages that training would not reach."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nonlin.study.about import About, Arm
from nonlin.study.records import Run
from nonlin.study.results import Study
from nonlin.study.settings import Settings

FINGERPRINT = "0123456789abcdef" * 2


def run(activation: str = "relu", seed: int = 0, accuracy: float = 0.9, **more: Any) -> Run:
    """A network of three epochs that ends at a test accuracy; validation is as good as the test."""
    errors = [1 - accuracy + 0.2, 1 - accuracy + 0.1, 1 - accuracy]
    usual: dict[str, Any] = {
        "learning_rate": 1e-3, "training_loss": tuple(2 * e + 0.01 for e in errors),
        "training_accuracy": tuple(1 - e for e in errors), "validation_loss": tuple(2 * e + 0.02 for e in errors),
        "validation_accuracy": tuple(1 - e for e in errors), "test_accuracy": accuracy,
        "test_loss": 2 * errors[-1], "step_seconds": (0.3, 0.2, 0.2), "compile_seconds": 1.5, "parameters": 1000,
    }  # fmt: skip
    return Run(activation, seed, **(usual | more))


def diverged(activation: str, seed: int) -> Run:
    """A network lost in its second epoch."""
    lost = {"training_loss": (0.5, math.nan), "training_accuracy": (0.5, 0.1), "validation_loss": (0.6, math.nan),
            "validation_accuracy": (0.5, math.nan), "step_seconds": (0.3, 0.2)}  # fmt: skip
    return run(activation, seed, math.nan, status="diverged", diverged_epoch=2, test_loss=math.nan, **lost)


def failed(activation: str, seed: int, message: str = "ValueError: no") -> Run:
    """A network whose training raised."""
    return Run(activation, seed, 1e-3, status="failed", message=message)


def study(
    accuracies: Mapping[str, Sequence[float]], *others: Run, baseline: str | None = None,
    signals: Iterable[dict[str, Any]] = (), **settings: Any,
) -> Study:  # fmt: skip
    """A study with these test accuracies by activation and seed, and other runs beside."""
    runs = [run(name, seed, a) for name, column in accuracies.items() for seed, a in enumerate(column)]
    names = dict.fromkeys([*accuracies, *(other.activation for other in others)])
    known = {"seeds": max(map(len, accuracies.values()), default=1), "epochs": 3} | settings
    arms = tuple(Arm(name, f"f({name})", name) for name in names)
    about = About(Settings(**known), arms, FINGERPRINT, ("split in a fixed way",), baseline)
    return Study(about, [*runs, *others], signals)


def signals(*names: str, layers: int = 3, epochs: int = 2) -> list[dict[str, Any]]:
    """The signals of networks whose gradient shrinks by 10 from layer to layer, and whose first layer is dead."""
    return [
        {"activation": name, "epoch": epoch, "layer": layer, "activation_sd": 0.5 + 0.1 * epoch,
         "gradient_sd": 10.0 ** (layer - layers) if epoch else None, "dead": float(layer == 1), "zeros": 0.25}
        for name in names for epoch in range(epochs + 1) for layer in range(1, layers + 1)
    ]  # fmt: skip


def tuned(activation: str, rate: float, accuracy: float, seed: int = 1_000_000, **more: Any) -> Run:
    """A network that only chooses a learning rate."""
    return run(activation, seed, accuracy, phase="tuning", **({"learning_rate": rate} | more))
