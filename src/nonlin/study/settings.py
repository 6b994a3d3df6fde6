"""What a study is asked to do, checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from numbers import Real
from operator import index
from os import PathLike
from pathlib import Path
from typing import Any

from nonlin.errors import InputError, did_you_mean

MODELS = ("mlp", "deep_mlp", "cnn")
OPTIMIZERS = ("adam", "adamw", "sgd")
SCHEDULES = ("constant", "cosine")
INITIALISATIONS = ("matched", "framework")
TUNE = "tune"
"""In place of a learning rate: the best of ``grid`` on validation data, per activation, is taken."""
MOST_SEEDS = 10_000
"""Networks per activation, and per learning rate of a grid: more would be a mistake, and fill the memory with plans."""


@dataclass(frozen=True)
class Settings:
    """The conditions under which every network of a study is trained. Raises InputError for a bad one.

    ``data`` names the data set and ``model`` the network; ``widths`` are its hidden layers (None: the model's own).
    ``validation`` is the share of the training examples held out. ``learning_rate`` is a number or "tune".
    ``initialisation``: "matched" scales one normal draw by each activation's gain; "framework" draws as Keras does.
    """

    data: str = "digits"
    model: str = "mlp"
    seeds: int = 5
    epochs: int = 20
    learning_rate: float | str = 1e-3
    batch_size: int = 32
    limit: int | None = None
    test_limit: int | None = None
    validation: float = 0.1
    widths: tuple[int, ...] | None = None
    optimizer: str = "adam"
    momentum: float = 0.9
    weight_decay: float = 1e-4
    schedule: str = "constant"
    initialisation: str = "matched"
    grid: tuple[float, ...] = (3e-4, 1e-3, 3e-3, 1e-2)
    tuning_seeds: int = 2

    def __post_init__(self) -> None:
        for kind, name, known in (
            ("optimizer", "optimizer", OPTIMIZERS),
            ("schedule", "schedule", SCHEDULES),
            ("initialisation", "initialisation", INITIALISATIONS),
        ):
            check_known(kind, getattr(self, name), known)
        for name in ("epochs", "batch_size"):
            check_count(name, getattr(self, name))
        for name in ("seeds", "tuning_seeds"):
            check_count(name, getattr(self, name), MOST_SEEDS)
        for name in ("limit", "test_limit"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        for width in self.widths or ():
            check_count("widths", width)
        _check_share("validation", self.validation)
        _check_share("momentum", self.momentum)
        _check_decay(self.weight_decay)
        self._check_rates()

    def _check_rates(self) -> None:
        if self.learning_rate != TUNE:
            _check_rate("learning_rate", self.learning_rate, ' or "tune"')
        elif not self.grid:
            raise InputError("grid is empty; tuning the learning rate needs at least one, such as (0.001, 0.003)")
        for rate in self.grid:
            _check_rate("grid", rate)

    def as_record(self) -> dict[str, Any]:
        """The settings in the types of JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Settings:
        """The settings of :meth:`as_record`."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in record.items()}
        return cls(**values)


def linear_widths(first: int, last: int, layers: int) -> tuple[int, ...]:
    """Hidden widths that change linearly with depth, for ``Settings.widths``.

    >>> linear_widths(128, 32, 4)
    (128, 96, 64, 32)
    """
    steps = max(layers - 1, 1)
    return tuple(round((first * (steps - i) + last * i) / steps) for i in range(layers))


def check_known(kind: str, value: object, known: Sequence[str]) -> None:
    """Refuse a name that is not one of the known."""
    if value not in known:
        raise InputError(f"no {kind} {value!r}{did_you_mean(str(value), known)} known: {', '.join(known)}")


def checked_path(what: str, value: object) -> Path:
    """The path that was given. Raises InputError for anything but text or a path."""
    if not isinstance(value, str | PathLike):
        raise InputError(f"{what} must be a path, got {value!r}")
    return Path(value)


def check_count(name: str, value: object, most: float = math.inf) -> None:
    """Refuse anything but a whole number of at least 1 and at most ``most``."""
    try:
        good = not isinstance(value, bool) and index(value) >= 1  # type: ignore[arg-type]
    except TypeError:
        good = False
    if not good:
        raise InputError(f"{name} must be a whole number of at least 1, got {name}={value!r}")
    if index(value) > most:  # type: ignore[arg-type]
        raise InputError(f"{name} must be at most {most:,}, got {name}={value!r}")


def _check_rate(name: str, value: Any, more: str = "") -> None:
    good = isinstance(value, Real) and value is not True and math.isfinite(value) and float(value) > 0
    if not good:
        raise InputError(f"{name} must be a finite number above 0 such as 0.001{more}, got {name}={value!r}")


def _check_decay(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < math.inf:
        raise InputError(f"weight_decay must be a finite number of at least 0, got weight_decay={value!r}")


def _check_share(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < 1:
        raise InputError(f"{name} must be a share of at least 0 and below 1, got {name}={value!r}")
