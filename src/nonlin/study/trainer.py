"""Training: a whole epoch, its evaluation included, is one compiled program, used for every seed of an activation."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import product
from threading import Event, Lock
from time import perf_counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax

from nonlin.core import Activation
from nonlin.study import models
from nonlin.study.data import CLASSES, Dataset
from nonlin.study.results import Network
from nonlin.study.settings import Settings

Progress = Callable[[int, int, str], None]
Examples = tuple[jax.Array, ...]
"""The four arrays of a Dataset, in its order, where JAX computes."""

# XLA splits elementwise loops of this size over its threads and then waits for them longer than they take; on a busy
# machine a step took 50 ms instead of 0.5. One thread per network and several networks at once is faster.
CPU_OPTIONS: dict[str, str | bool] = {"xla_disable_hlo_passes": "cpu-parallel-task-assigner"}


class Trainer:
    """One activation's compiled epoch; :meth:`train` runs it for a seed.

    ``compile_seconds``: what tracing and compiling took; it is not part of the training time of a network.
    """

    def __init__(self, activation: Activation, examples: Examples, settings: Settings) -> None:
        started = perf_counter()
        self.activation, self.examples, self.settings = activation, examples, settings
        self.optimizer = optax.adam(settings.learning_rate)
        epoch = jax.jit(partial(run_epoch, activation, self.optimizer))
        arguments = (*self.start(0), batches(0, 0, len(examples[1]), settings.batch_size), *examples)
        options = CPU_OPTIONS if jax.default_backend() == "cpu" else None
        self.epoch = epoch.lower(*arguments).compile(compiler_options=options)
        self.compile_seconds = perf_counter() - started

    def start(self, seed: int) -> tuple[models.Weights, Any]:
        """The initial weights of a seed, the same for every activation, and the optimiser's state."""
        random = np.random.default_rng([seed, 0])
        drawn = models.init(self.examples[0].shape[1], CLASSES, random)
        weights = jax.tree.map(jnp.asarray, drawn)
        return weights, self.optimizer.init(weights)

    def train(self, seed: int, on_epoch: Callable[[], None] = lambda: None) -> Network:
        """Train one network from scratch and record it after every epoch."""
        started = perf_counter()
        measured = []
        for measures in self._epochs(seed):
            measured.append(tuple(float(m) for m in measures))
            on_epoch()
        training_loss, test_loss, test_accuracy = zip(*measured, strict=True)
        return Network(self.activation.name, seed, training_loss, test_loss, test_accuracy, perf_counter() - started)

    def _epochs(self, seed: int) -> Iterator[tuple[jax.Array, ...]]:
        weights, state = self.start(seed)
        size = len(self.examples[1])
        for number in range(self.settings.epochs):
            order = batches(seed, number, size, self.settings.batch_size)
            weights, state, measures = self.epoch(weights, state, order, *self.examples)
            yield measures


def batches(seed: int, epoch: int, size: int, batch_size: int) -> npt.NDArray[np.int32]:
    """Which examples go into which batch, (batches, batch_size): one shuffle per seed and epoch.

    It does not depend on the activation. Examples that do not fill a batch sit this epoch out.
    """
    order = np.random.default_rng([seed, 1, epoch]).permutation(size).astype(np.int32)
    return order[: size - size % batch_size].reshape(-1, batch_size)


def run_epoch(
    activation: Activation, optimizer: optax.GradientTransformation, weights: models.Weights, state: Any,
    order: jax.Array, images: jax.Array, labels: jax.Array, test_images: jax.Array, test_labels: jax.Array,
) -> tuple[models.Weights, Any, tuple[jax.Array, jax.Array, jax.Array]]:  # fmt: skip
    """One epoch of training steps, then the test set.

    Measures: the training loss (mean over the batches, each before its step), the test loss and the test accuracy.
    """

    def step(carried: tuple[models.Weights, Any], batch: jax.Array) -> tuple[tuple[models.Weights, Any], jax.Array]:
        weights, state = carried
        value, gradient = jax.value_and_grad(loss)(weights, images[batch], labels[batch], activation)
        updates, state = optimizer.update(gradient, state, weights)
        return (optax.apply_updates(weights, updates), state), value

    (weights, state), losses = jax.lax.scan(step, (weights, state), order)
    logits = models.apply(weights, test_images, activation)
    accuracy = jnp.mean(jnp.argmax(logits, axis=1) == test_labels)
    return weights, state, (losses.mean(), cross_entropy(logits, test_labels), accuracy)


def loss(weights: models.Weights, images: jax.Array, labels: jax.Array, activation: Activation) -> jax.Array:
    """The mean cross-entropy of the network's answers, in nats."""
    return cross_entropy(models.apply(weights, images, activation), labels)


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """The mean of -log softmax(logits)[label], in nats."""
    mean: jax.Array = optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
    return mean


def train_all(
    activations: list[Activation], dataset: Dataset, settings: Settings, progress: Progress | None = None
) -> tuple[list[Network], dict[str, float]]:
    """Every activation with every seed, as many networks at once as there are processors.

    Returns the networks, activation by activation, and the compile time of each activation in seconds.
    """
    tell, stop = _counter(progress, len(activations) * settings.seeds * settings.epochs)
    examples = tuple(jax.device_put(array) for array in vars(dataset).values())
    with ThreadPoolExecutor(_processors()) as pool, stopping(pool, stop):
        trainers = list(pool.map(lambda a: Trainer(a, examples, settings), activations))
        jobs = product(trainers, range(settings.seeds))
        networks = list(pool.map(lambda job: job[0].train(job[1], partial(tell, job[0], job[1])), jobs))
    return networks, {t.activation.name: t.compile_seconds for t in trainers}


@contextmanager
def stopping(pool: ThreadPoolExecutor, stop: Event) -> Iterator[None]:
    """Let the threads end at their next epoch when this one is interrupted (Ctrl-C) or fails."""
    try:
        yield
    except BaseException:
        stop.set()
        pool.shutdown(cancel_futures=True)
        raise


def _counter(progress: Progress | None, total: int) -> tuple[Callable[[Trainer, int], None], Event]:
    done, lock, stop = iter(range(1, total + 1)), Lock(), Event()

    def tell(trainer: Trainer, seed: int) -> None:
        if stop.is_set():
            raise CancelledError
        if progress is not None:
            with lock:
                progress(next(done), total, f"{trainer.activation.name}, seed {seed}")

    return tell, stop


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
