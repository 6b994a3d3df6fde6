"""The records that pass between the parts of a study: a trial is what is to be trained, a run is what came of it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from hashlib import blake2b
from typing import Any

PHASES = ("tuning", "fresh")
STATUSES = ("done", "diverged", "failed")


@dataclass(frozen=True)
class Trial:
    """One network to train: an activation (by its name in the study), a seed, a learning rate.

    ``phase``: "tuning" for the networks that only choose a learning rate, "fresh" for those that count.
    """

    activation: str
    seed: int
    learning_rate: float
    phase: str = "fresh"

    def key(self, conditions: str) -> str:
        """The trial's identity under ``conditions``: a text of the formula, settings, data and code version."""
        text = json.dumps([asdict(self), conditions], sort_keys=True)
        return blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Run:
    """One trained network and what was measured.

    Per epoch: ``training_loss`` and ``training_accuracy`` (means over the epoch's batches, each before its step),
    ``validation_loss`` and ``validation_accuracy`` after it (empty where nothing was held out). The test set is used
    once, after the last epoch. Losses in nats, accuracies as shares of 1, seconds of CPU for the training steps alone.
    ``status``: "done"; "diverged", where the training loss ceased to be a finite number in ``diverged_epoch`` (from 1);
    "failed", where the user's training raised, took too long or returned nonsense, as ``message`` says.
    """

    activation: str
    seed: int
    learning_rate: float
    phase: str = "fresh"
    status: str = "done"
    training_loss: tuple[float, ...] = ()
    training_accuracy: tuple[float, ...] = ()
    validation_loss: tuple[float, ...] = ()
    validation_accuracy: tuple[float, ...] = ()
    test_loss: float = math.nan
    test_accuracy: float = math.nan
    steps_per_epoch: int = 0
    step_seconds: tuple[float, ...] = ()
    compile_seconds: float = 0.0
    parameters: int = 0
    diverged_epoch: int | None = None
    message: str = ""

    def as_record(self) -> dict[str, Any]:
        """The run in the types of JSON; numbers that are not finite as text, which JSON has not."""
        return {k: _plain(v) for k, v in asdict(self).items()}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Run:
        """The run of :meth:`as_record`."""
        numbers = {f.name for f in fields(cls) if "float" in str(f.type)}
        return cls(**{k: _read(v) if k in numbers else v for k, v in record.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _read(value: Any) -> Any:
    return tuple(float(v) for v in value) if isinstance(value, list) else float(value)
