"""The user's own training in place of ours, and what it must answer.

``train(activation, seed, settings)`` trains one network and returns its measures, a mapping with the key
``test_accuracy`` (a share of 1) and any of

- ``test_loss``;
- lists with one number per epoch: ``training_loss``, ``training_accuracy``, ``validation_loss``,
  ``validation_accuracy``;
- ``seconds`` of CPU for the training steps, one number or one per epoch; without it, those of the whole call;
- ``parameters``, how many numbers are trained, and ``steps_per_epoch``.

``activation`` can be called on NumPy arrays, PyTorch, JAX and TensorFlow tensors; ``settings.learning_rate`` is the
trial's. A fourth parameter called ``dataset`` is given the study's :class:`nonlin.study.data.Dataset`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from inspect import signature
from time import process_time
from typing import TYPE_CHECKING, Any

from nonlin.errors import InputError, MissingDependency, did_you_mean
from nonlin.study.records import Run, Trial
from nonlin.study.settings import Settings

if TYPE_CHECKING:
    from nonlin.study.data import Dataset
    from nonlin.study.job import Train, Unit

CURVES = ("training_loss", "training_accuracy", "validation_loss", "validation_accuracy")
COUNTS = ("parameters", "steps_per_epoch")
KNOWN = ("test_accuracy", "test_loss", *CURVES, "seconds", *COUNTS)


def trained(train: Train, trial: Trial, activation: Unit, settings: Settings, dataset: Dataset) -> Run:
    """The run that the user's function makes of a trial. Raises what it raises, InputError for a nonsensical answer."""
    more = {"dataset": dataset} if _wants_data(train) else {}
    started = process_time()
    metrics = train(activation, trial.seed, replace(settings, learning_rate=trial.learning_rate), **more)
    return checked(metrics, trial, process_time() - started)


def _wants_data(train: Callable[..., Any]) -> bool:
    try:
        return "dataset" in signature(train).parameters
    except (TypeError, ValueError):  # some builtins do not tell
        return False


def checked(metrics: Any, trial: Trial, seconds: float) -> Run:
    """The answer of the user's function as a run; ``seconds``: what the call took. Raises InputError for nonsense."""
    if not isinstance(metrics, Mapping):
        raise InputError(f"your function returned {_short(metrics)}, expected a dict such as {{'test_accuracy': 0.97}}")
    _check_names(metrics)
    curves = {name: _curve(name, metrics[name]) for name in CURVES if name in metrics}
    _check_lengths(curves)
    lost = _lost(curves.get("training_loss", ()))
    given: dict[str, Any] = curves | {name: _count(name, metrics[name]) for name in COUNTS if name in metrics}
    return Run(
        **asdict(trial),
        **given,
        status="done" if lost is None else "diverged",
        diverged_epoch=lost,
        test_loss=_number("test_loss", metrics.get("test_loss", math.nan)),
        test_accuracy=_share("test_accuracy", metrics["test_accuracy"], or_nan=lost is not None),
        step_seconds=_seconds(metrics.get("seconds", seconds)),
    )


def _check_names(metrics: Mapping[Any, Any]) -> None:
    for name in metrics:
        if name not in KNOWN:
            advice = did_you_mean(str(name), KNOWN)
            raise InputError(f"your function returned {name!r}{advice} known: {', '.join(KNOWN)}")
    if "test_accuracy" not in metrics:
        raise InputError(f"your function returned no 'test_accuracy', only {', '.join(metrics) or 'nothing'}; add it")


def _check_lengths(curves: Mapping[str, tuple[float, ...]]) -> None:
    lengths = {name: len(curve) for name, curve in curves.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} of {length}" for name, length in lengths.items())
        raise InputError(f"your function returned lists of different lengths, {listed}; expected one number per epoch")


def _lost(losses: tuple[float, ...]) -> int | None:
    """The first epoch, from 1, whose training loss is no finite number."""
    return next((epoch for epoch, loss in enumerate(losses, 1) if not math.isfinite(loss)), None)


# ---- values ----------------------------------------------------------------------------------------------------------


def _number(name: str, value: Any) -> float:
    """Any number, also one that NumPy, PyTorch, JAX or TensorFlow made."""
    if isinstance(value, str | bytes | bool):
        raise InputError(f"your function returned {name} = {_short(value)}, expected a number")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise InputError(f"your function returned {name} = {_short(value)}, expected a number") from error


def _share(name: str, value: Any, *, or_nan: bool) -> float:
    share = _number(name, value)
    if not (0 <= share <= 1 or (or_nan and math.isnan(share))):
        percent = "; divide per cent by 100" if 1 < share <= 100 else ""
        raise InputError(f"your function returned {name} = {share:g}, expected a share from 0 to 1{percent}")
    return share


def _curve(name: str, values: Any) -> tuple[float, ...]:
    if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__iter__"):
        raise InputError(f"your function returned {name} = {_short(values)}, expected a list with a number per epoch")
    read = _number if name.endswith("loss") else _share_or_nan
    return tuple(read(name, value) for value in values)


def _share_or_nan(name: str, value: Any) -> float:
    return _share(name, value, or_nan=True)


def _count(name: str, value: Any) -> int:
    number = _number(name, value)
    if not (number >= 0 and number.is_integer()):
        raise InputError(f"your function returned {name} = {_short(value)}, expected a whole number")
    return int(number)


def _seconds(value: Any) -> tuple[float, ...]:
    listed = isinstance(value, list | tuple)
    seconds = tuple(_number("seconds", v) for v in (value if listed else [value]))
    if not all(0 <= v < math.inf for v in seconds):
        raise InputError(f"your function returned seconds = {_short(value)}, expected none below 0")
    return seconds


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


# ---- PyTorch ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TorchTraining:
    """What :func:`torch_training` makes: an object, because it can be sent to another process."""

    make_model: Callable[[Any], Any]

    def __call__(self, activation: Unit, seed: int, settings: Settings, dataset: Dataset) -> dict[str, Any]:
        from nonlin.study.torch_training import train

        return train(self.make_model, activation, seed, settings, dataset)


def torch_training(make_model: Callable[[Any], Any]) -> TorchTraining:
    """A training function, for ``train=``, from ``make_model(activation) -> torch.nn.Module``.

    ``activation`` is a layer without parameters that can stand in several places. The model is given images as
    (n, channels, height, width), or rows as (n, features), and answers with logits (n, classes); it is made after
    ``torch.manual_seed(seed)``, so that networks of one seed begin alike. Batches, optimiser and schedule are those of
    the study's settings; model, widths and initialisation are the user's. One thread.

    >>> from nonlin.study.custom import torch_training
    >>> def make_model(activation):
    ...     from torch import nn
    ...     return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), activation, nn.Linear(32, 10))
    >>> train = torch_training(make_model)

    Raises MissingDependency without PyTorch, InputError for what cannot be called.
    """
    if find_spec("torch") is None:
        raise MissingDependency("torch_training needs torch, which is not installed; run: pip install nonlin[torch]")
    if not callable(make_model):
        raise InputError(
            f"torch_training got {_short(make_model)}, expected a function that makes the model, such as "
            "lambda activation: torch.nn.Sequential(...)"
        )
    return TorchTraining(make_model)
