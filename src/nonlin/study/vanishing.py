"""Signals in a deep network: how wide activations and gradients are in every layer, and which units are dead.

With sigmoid the gradient shrinks from layer to layer on its way back; what keeps it alive shows here, epoch by epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from nonlin.core import Activation
from nonlin.errors import InputError
from nonlin.study.conduct import STORE
from nonlin.study.data import Dataset, load
from nonlin.study.heatmaps import MEASURES, heatmaps, save
from nonlin.study.records import Trial
from nonlin.study.results import SIGNALS, Study
from nonlin.study.settings import TUNE, Settings
from nonlin.study.store import Store
from nonlin.study.tables import known
from nonlin.study.trainer import Trainer

if TYPE_CHECKING:
    from nonlin.plot.picture import Picture

EXAMPLES = 2000
"""At most so many training examples are looked at."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Signals:
    """The records of :meth:`Study.signals`; None for what is no finite number, as where the network diverged."""

    records: tuple[Record, ...]

    def table(self) -> list[Record]:
        """The records."""
        return [dict(record) for record in self.records]

    def plot(self) -> Picture:
        """A picture: a row per measure, a column per activation; epochs to the right, layers upwards."""
        return heatmaps(self.records)

    def save(self, folder: str | PathLike[str]) -> list[Path]:
        """Write ``signals.png`` and ``signals.csv`` into a folder, made if need be; their paths."""
        return save(self.records, folder)


def signals(activations: Sequence[Activation], dataset: Dataset, settings: Settings, seed: int = 0) -> Signals:
    """Train one network per activation, as the study of these settings does, and look into it after every epoch.

    Raises InputError for what :func:`check` refuses.
    """
    check(activations, settings)
    return Signals(tuple(record for one in activations for record in _measured(one, dataset, settings, seed)))


def with_signals(study: Study, activations: Sequence[Any], data: Any, data_dir: Any, output: Any) -> Study:
    """The study with the signals of these activations, kept in its folder; those that it has are not measured again."""
    measured = {record["activation"] for record in study.signals()}
    lacking = [one for one in activations if one.name not in measured]
    if not lacking:
        return study
    found = signals(lacking, load(data, study.settings, data_dir), study.settings)
    records = [*study.signals(), *found.table()]
    if output is not None:
        with Store.existing(Path(output, STORE)) as store:
            store.remember(SIGNALS, records)
    return Study(study.about, study.networks, records)


def check(activations: Sequence[Any], settings: Settings) -> None:
    """Refuse a network that is not fully connected, a rate that is not a number, and what is not elementwise."""
    if settings.model not in ("mlp", "deep_mlp"):
        raise InputError(f"signals are measured in the models mlp and deep_mlp, got model={settings.model!r}")
    if settings.learning_rate == TUNE:
        raise InputError('signals need a learning rate, got "tune"; give a number such as 0.001')
    for one in activations:
        if not isinstance(one, Activation):
            raise InputError(f"signals are those of an activation of one input, got {one!r}; leave it out")


def _measured(activation: Activation, dataset: Dataset, settings: Settings, seed: int) -> Iterator[Record]:
    trainer = Trainer(activation, dataset, settings)
    images, labels = dataset.training.images[:EXAMPLES], dataset.training.labels[:EXAMPLES]
    look = jax.jit(lambda weights: layers(weights, activation, jnp.asarray(images), jnp.asarray(labels)))
    for epoch, weights in enumerate(_weights(trainer, Trial(activation.name, seed, float(settings.learning_rate)))):
        for layer, found in enumerate(zip(*(np.asarray(v).tolist() for v in look(weights)), strict=True), 1):
            place = {"activation": activation.name, "epoch": epoch, "layer": layer}
            yield place | dict(zip(MEASURES, map(known, found), strict=True))


def _weights(trainer: Trainer, trial: Trial) -> Iterator[Any]:
    """The weights before training and after every epoch."""
    yield trainer.start(trial)[0]
    for weights, _ in trainer.epochs(trial):
        yield weights


def layers(weights: Any, activation: Activation, images: jax.Array, labels: jax.Array) -> tuple[jax.Array, ...]:
    """The MEASURES of every hidden layer, each (layers,), for the weights of a perceptron."""
    shifts = [jnp.zeros((len(images), len(bias)), images.dtype) for _, bias in weights[:-1]]
    gradients, before = jax.grad(_loss, has_aux=True)(shifts, weights, activation, images, labels)
    after, slopes = [activation(z) for z in before], [activation.derivative(z) for z in before]
    return (
        jnp.stack([a.std() for a in after]),
        jnp.stack([g.std() for g in gradients]),
        jnp.stack([(s == 0).all(axis=0).mean() for s in slopes]),
        jnp.stack([(a == 0).mean() for a in after]),
    )


def _loss(shifts: list[jax.Array], weights: Any, activation: Any, images: jax.Array, labels: jax.Array) -> Any:
    """The sum of the losses, and the pre-activations; ``shifts`` are added to them to differentiate by."""
    signal, before = images.reshape(len(images), -1), []
    for (matrix, bias), shift in zip(weights[:-1], shifts, strict=True):
        before.append(signal @ matrix + bias + shift)
        signal = activation(before[-1])
    logits = signal @ weights[-1][0] + weights[-1][1]
    return -jax.nn.log_softmax(logits)[jnp.arange(len(labels)), labels].sum(), before
