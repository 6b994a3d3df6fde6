"""PyTorch networks in a study: the same batches, optimiser and schedule as our own training, one thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from nonlin.errors import InputError
from nonlin.study.records import Trial
from nonlin.study.settings import Settings
from nonlin.study.trainer import CHUNK, ORDER, batches, stream

if TYPE_CHECKING:
    from nonlin.study.data import Dataset, Examples
    from nonlin.study.job import Unit

Pairs = tuple[Tensor, Tensor]


class ActivationModule(nn.Module):
    """An activation as a layer without parameters."""

    def __init__(self, activation: Unit) -> None:
        super().__init__()
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.activation(x)
        return answer

    def extra_repr(self) -> str:
        return self.activation.name


@dataclass
class History:
    """What is measured after every epoch."""

    training_loss: list[float] = field(default_factory=list)
    training_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def train(
    make_model: Callable[[nn.Module], nn.Module], activation: Unit, seed: int, settings: Settings, dataset: Dataset
) -> dict[str, Any]:
    """Train one network, and its measures as :mod:`nonlin.study.custom` asks for them."""
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make_model(ActivationModule(activation))
        training, validation, test = map(_tensors, (dataset.training, dataset.validation, dataset.test))
        _check(model, training[0], dataset.classes)
        steps = len(training[1]) // settings.batch_size
        history = _trained(model, training, validation, Trial(activation.name, seed, 1.0), settings)
        loss, accuracy = (math.nan, math.nan) if _lost(history) else _measured(model, *test)
    curves = {name: curve for name, curve in vars(history).items() if curve}
    count = sum(p.numel() for p in model.parameters())
    return {**curves, "test_loss": loss, "test_accuracy": accuracy, "parameters": count, "steps_per_epoch": steps}


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _tensors(examples: Examples) -> Pairs:
    """Images (n, channels, height, width), as PyTorch has them, or rows (n, features); labels (n,)."""
    images = np.array(examples.images)  # a copy: PyTorch warns of arrays that may not be written
    if images.ndim == 4:
        images = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    return torch.from_numpy(images), torch.from_numpy(examples.labels.astype(np.int64))


def _check(model: Any, images: Tensor, classes: int) -> None:
    if not isinstance(model, nn.Module):
        raise InputError(f"make_model returned {type(model).__name__}, expected a torch.nn.Module")
    model.eval()
    with torch.no_grad():
        answer = model(images[:1])
    if tuple(getattr(answer, "shape", ())) != (1, classes):
        raise InputError(
            f"the model gives {tuple(getattr(answer, 'shape', ()))} for one example of {tuple(images.shape[1:])}, "
            f"expected logits of (1, {classes})"
        )


def _trained(model: nn.Module, training: Pairs, validation: Pairs, trial: Trial, settings: Settings) -> History:
    history = History()
    optimizer = _optimizer(model, settings)
    schedule = _schedule(optimizer, settings, len(training[1]) // settings.batch_size)
    for epoch in range(settings.epochs):
        order = batches(stream(trial, ORDER, epoch), len(training[1]), settings.batch_size)
        started = process_time()
        loss, accuracy = _epoch(model, optimizer, schedule, training, torch.from_numpy(order.astype(np.int64)))
        history.seconds.append(process_time() - started)
        history.training_loss.append(loss)
        history.training_accuracy.append(accuracy)
        if len(validation[1]):
            loss, accuracy = (math.nan, math.nan) if _lost(history) else _measured(model, *validation)
            history.validation_loss.append(loss)
            history.validation_accuracy.append(accuracy)
        if _lost(history):
            break
    return history


def _lost(history: History) -> bool:
    return not math.isfinite(history.training_loss[-1])


def _epoch(model: nn.Module, optimizer: Any, schedule: Any, training: Pairs, order: Tensor) -> tuple[float, float]:
    """Mean loss and accuracy over the batches, each before its step."""
    model.train()
    losses, hits = torch.zeros(()), torch.zeros(())
    for where in order:
        images, labels = training[0][where], training[1][where]
        logits = model(images)
        loss = nn.functional.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        losses, hits = losses + loss.detach(), hits + (logits.argmax(1) == labels).sum()
    return float(losses) / len(order), float(hits) / order.numel()


def _measured(model: nn.Module, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """Mean loss and accuracy over all examples."""
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for part, wanted in zip(torch.split(images, CHUNK), torch.split(labels, CHUNK), strict=True):
            logits = model(part)
            loss += float(nn.functional.cross_entropy(logits, wanted, reduction="sum"))
            hits += int((logits.argmax(1) == wanted).sum())
    return loss / len(labels), hits / len(labels)


def _optimizer(model: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    rate = float(settings.learning_rate)
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(model.parameters(), rate, weight_decay=settings.weight_decay)
    if settings.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), rate, settings.momentum)
    return torch.optim.Adam(model.parameters(), rate)


def _schedule(optimizer: torch.optim.Optimizer, settings: Settings, steps: int) -> Any:
    total = steps * settings.epochs

    def share(step: int) -> float:
        return (1 + math.cos(math.pi * min(step, total) / total)) / 2 if settings.schedule == "cosine" else 1.0

    return torch.optim.lr_scheduler.LambdaLR(optimizer, share)
