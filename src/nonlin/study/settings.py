"""What a study is asked to do, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from operator import index
from typing import Any

from nonlin.errors import InputError, did_you_mean

DATA_SETS = ("digits", "mnist")
MODELS = ("mlp",)


@dataclass(frozen=True)
class Settings:
    """The conditions under which every network of a study is trained. Raises InputError for a bad one."""

    data: str = "digits"
    model: str = "mlp"
    seeds: int = 5
    epochs: int = 20
    learning_rate: float = 1e-3
    batch_size: int = 32
    limit: int | None = None

    def __post_init__(self) -> None:
        _check_known("data set", self.data, DATA_SETS)
        _check_known("model", self.model, MODELS)
        for name in ("seeds", "epochs", "batch_size"):
            _check_count(name, getattr(self, name))
        if self.limit is not None:
            _check_count("limit", self.limit)
        _check_rate(self.learning_rate)


def _check_known(kind: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"no {kind} {value!r}{did_you_mean(str(value), known)} known: {', '.join(known)}")


def _check_count(name: str, value: object) -> None:
    try:
        good = not isinstance(value, bool) and index(value) >= 1  # type: ignore[arg-type]
    except TypeError:
        good = False
    if not good:
        raise InputError(f"{name} must be a whole number of at least 1, got {name}={value!r}")


def _check_rate(value: Any) -> None:
    good = isinstance(value, Real) and value is not True and math.isfinite(value) and float(value) > 0
    if not good:
        raise InputError(f"learning_rate must be a finite number above 0 such as 0.001, got learning_rate={value!r}")
