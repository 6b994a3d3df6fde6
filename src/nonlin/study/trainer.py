"""Training one network at a time: a whole epoch is one compiled program, used for every seed and learning rate.

With ``nonlin.study.threads.ENVIRONMENT`` set before JAX is imported, a process keeps to one core.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from time import perf_counter, process_time
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax

from nonlin.errors import InputError
from nonlin.study import initialisation, models
from nonlin.study.data import Dataset
from nonlin.study.models import Model, Weights
from nonlin.study.records import PHASES, Run, Trial
from nonlin.study.settings import Settings

# XLA splits elementwise loops over its threads, where it has several, and then waits for them longer than they take:
# on a busy machine a step took 50 ms instead of 0.5.
CPU_OPTIONS: dict[str, str | bool] = {"xla_disable_hlo_passes": "cpu-parallel-task-assigner"}
CHUNK = 100
"""How many examples are evaluated at once; more would not be faster, and a convolution's windows need memory."""
WARM = 10_000
"""Up to so many examples an epoch is run before any is timed: the first run of a program takes a moment longer."""
WEIGHTS, ORDER = 0, 1  # what a stream of random numbers is for

Network = Callable[[Weights, jax.Array], jax.Array]
Optimizer = Callable[[Any], optax.GradientTransformation]


class Measures(NamedTuple):
    """Mean loss in nats and accuracy as a share of 1."""

    loss: float
    accuracy: float


class Epoch(NamedTuple):
    """What was measured of one epoch; ``seconds`` of CPU for its training steps alone."""

    training: Measures
    validation: Measures
    seconds: float


UNKNOWN = Measures(math.nan, math.nan)


class Trainer:
    """One activation's compiled epoch on one data set; :meth:`train` trains a network with it.

    ``model``: the network, if it is not the one that ``settings`` name. ``compile_seconds``: what tracing and
    compiling took. ``notes``: what the reader of the results should know, on parameters and initial weights.

    Raises InputError for a model that does not fit the data or does not answer with logits.
    """

    def __init__(
        self, activation: initialisation.Unit, dataset: Dataset, settings: Settings, model: Model | None = None
    ) -> None:
        started = perf_counter()
        self.dataset, self.settings = dataset, settings
        self.model = model or models.built_in(settings, dataset.shape, dataset.classes, activation)
        self.gain = initialisation.gain(activation)
        self.notes = self.model.notes + (initialisation.notes(activation) if self._matched else ())
        self.steps = _steps(len(dataset.training), settings.batch_size)
        self.examples, self._held_out = in_jax(dataset)
        self._compile(partial(_network, self.model.apply, activation), Trial(activation.name, 0, 1.0))
        self.compile_seconds = perf_counter() - started

    @property
    def _matched(self) -> bool:
        return self.settings.initialisation == "matched"

    def _compile(self, network: Network, trial: Trial) -> None:
        weights = self._drawn(trial)
        self.parameters = models.parameter_count(weights)
        _check_logits(network, weights, self.examples[0], self.dataset.classes)
        self._state = _compiled(self._optimizer(1.0).init, weights)
        epoch = partial(run_epoch, network, self._optimizer)
        given = self._state(weights), jnp.float32(1), self._order(trial, 0)
        self._epoch = _compiled(epoch, weights, *given, *self.examples)
        self._evaluate = _compiled(partial(evaluate, network), weights, 0, 0, *self._held_out)
        if len(self.dataset.training) <= WARM:
            self._epoch(weights, *given, *self.examples)[2].block_until_ready()

    def train(self, trial: Trial, on_epoch: Callable[[int], None] = lambda epoch: None) -> Run:
        """Train one network from scratch and measure it after every epoch; ``on_epoch`` gets its number, from 1.

        Where the training loss of an epoch is no finite number, training ends with it, without a look at the test set.
        """
        history, weights = list[Epoch](), None
        for weights, epoch in self.epochs(trial):  # noqa: B007 - the last ones are tested
            history.append(epoch)
            on_epoch(len(history))
        diverged = not math.isfinite(history[-1].training.loss)
        return self._run(trial, history, UNKNOWN if diverged else self._tested(weights))

    def epochs(self, trial: Trial) -> Iterator[tuple[Weights, Epoch]]:
        """The weights after every epoch, and what was measured; the last one is that of a loss that is not finite."""
        rate = jnp.float32(trial.learning_rate)
        weights, state = self.start(trial)
        for number in range(self.settings.epochs):
            order = self._order(trial, number)
            started = process_time()
            weights, state, sums = self._epoch(weights, state, rate, order, *self.examples)
            training = _means(sums)  # waits for the whole program
            seconds = process_time() - started
            finite = math.isfinite(training.loss)
            yield weights, Epoch(training, self._validated(weights) if finite else UNKNOWN, seconds)
            if not finite:
                return

    def start(self, trial: Trial) -> tuple[Weights, Any]:
        """The initial weights and the optimiser's state."""
        weights = self._drawn(trial)
        return weights, self._state(weights)

    def _drawn(self, trial: Trial) -> Weights:
        drawn = self.model.init(stream(trial, WEIGHTS), self.dataset.shape, self.dataset.classes, self.gain)
        return jax.tree.map(partial(jnp.asarray, dtype=jnp.float32), drawn)

    def _optimizer(self, rate: Any) -> optax.GradientTransformation:
        return optimizer(self.settings, rate, self.steps * self.settings.epochs)

    def _order(self, trial: Trial, epoch: int) -> npt.NDArray[np.int32]:
        return batches(stream(trial, ORDER, epoch), len(self.dataset.training), self.settings.batch_size)

    def _validated(self, weights: Weights) -> Measures:
        return self._measured(weights, 0, len(self.dataset.validation))

    def _tested(self, weights: Weights) -> Measures:
        validation = len(self.dataset.validation)
        return self._measured(weights, validation, validation + len(self.dataset.test))

    def _measured(self, weights: Weights, start: int, stop: int) -> Measures:
        """Loss and accuracy over some of the examples that are held out."""
        return _means(self._evaluate(weights, start, stop, *self._held_out)) if stop > start else UNKNOWN

    def _run(self, trial: Trial, history: list[Epoch], test: Measures) -> Run:
        diverged = not math.isfinite(history[-1].training.loss)
        held_out = history if len(self.dataset.validation) else []
        return Run(
            **vars(trial),
            status="diverged" if diverged else "done",
            training_loss=tuple(e.training.loss for e in history),
            training_accuracy=tuple(e.training.accuracy for e in history),
            validation_loss=tuple(e.validation.loss for e in held_out),
            validation_accuracy=tuple(e.validation.accuracy for e in held_out),
            test_loss=test.loss,
            test_accuracy=test.accuracy,
            steps_per_epoch=self.steps,
            step_seconds=tuple(e.seconds for e in history),
            compile_seconds=self.compile_seconds,
            parameters=self.parameters,
            diverged_epoch=len(history) if diverged else None,
        )


def _steps(size: int, batch_size: int) -> int:
    if batch_size > size:
        raise InputError(
            f"batch_size must be at most {size}, the number of training examples, got batch_size={batch_size}"
        )
    return size // batch_size


def _check_logits(network: Network, weights: Weights, images: jax.Array, classes: int) -> None:
    answer = jax.eval_shape(network, weights, images[:CHUNK])
    expected = (len(images[:CHUNK]), classes)
    if getattr(answer, "shape", None) != expected:
        found = getattr(answer, "shape", type(answer).__name__)
        raise InputError(f"the model's apply gave {found} for {expected[0]} examples, expected logits of {expected}")


def _compiled(function: Callable[..., Any], *arguments: Any) -> Callable[..., Any]:
    options = CPU_OPTIONS if jax.default_backend() == "cpu" else None
    return jax.jit(function).lower(*arguments).compile(compiler_options=options)


def _means(sums: Any) -> Measures:
    """From the sum of the losses, the number of hits and the number of examples."""
    loss, hits, count = np.asarray(sums).tolist()
    return Measures(loss / count, hits / count)


# ---- what is fixed by the seed ---------------------------------------------------------------------------------------


def stream(trial: Trial, purpose: int, epoch: int = 0) -> np.random.Generator:
    """The random numbers of a trial for one purpose: they depend on its seed and phase, never on the activation."""
    return np.random.default_rng([trial.seed, purpose, epoch, PHASES.index(trial.phase)])


def batches(random: np.random.Generator, size: int, batch_size: int) -> npt.NDArray[np.int32]:
    """Which examples go into which batch of an epoch, (batches, batch_size).

    Examples that do not fill a batch sit this epoch out.
    """
    order = random.permutation(size).astype(np.int32)
    return order[: size - size % batch_size].reshape(-1, batch_size)


@lru_cache(maxsize=1)  # the trainers of all activations in a process share one copy
def in_jax(dataset: Dataset) -> tuple[tuple[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]:
    """Images and labels as arrays of JAX: for training; and all others, validation first, with a chunk to spare."""
    training, validation, test = dataset.training, dataset.validation, dataset.test
    held_out = _joined(validation.images, test.images), _joined(validation.labels, test.labels)
    return (jnp.asarray(training.images), jnp.asarray(training.labels)), held_out


def _joined(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> jax.Array:
    return jnp.asarray(np.concatenate([first, second, np.zeros((CHUNK, *second.shape[1:]), second.dtype)]))


# ---- what is compiled ------------------------------------------------------------------------------------------------


def _network(apply: models.Apply, activation: initialisation.Unit, weights: Weights, images: jax.Array) -> jax.Array:
    return apply(weights, images, activation)


def optimizer(settings: Settings, rate: Any, steps: int) -> optax.GradientTransformation:
    """optax's Adam, AdamW or SGD with momentum; the rate constant, or falling as a cosine to 0 in ``steps`` steps."""
    if settings.schedule == "cosine":
        rate = partial(_scheduled, rate, optax.cosine_decay_schedule(1.0, steps))
    if settings.optimizer == "adamw":
        chosen = optax.adamw(rate, weight_decay=settings.weight_decay)
    else:
        chosen = optax.adam(rate) if settings.optimizer == "adam" else optax.sgd(rate, settings.momentum)
    return optax.flatten(chosen)  # one vector of all weights: as fast, and a quarter less to compile


def _scheduled(rate: Any, fall: Callable[[Any], Any], count: Any) -> Any:
    return rate * fall(count)


def run_epoch(
    network: Network, optimizer: Optimizer, weights: Weights, state: Any, rate: jax.Array,
    order: jax.Array, images: jax.Array, labels: jax.Array,
) -> tuple[Weights, Any, jax.Array]:  # fmt: skip
    """One epoch of training steps: the weights, the optimiser's state, and the sums of :func:`score` before each step.

    The next batch is read while a step runs and handed on: read where it is used, XLA would fuse the reading into a
    convolution's gathering of windows, number by number.
    """
    update, grade = optimizer(rate).update, jax.value_and_grad(partial(loss, network), has_aux=True)

    def step(carried: Any, following: jax.Array) -> tuple[Any, jax.Array]:
        weights, state, batch = carried
        (_, measures), gradient = grade(weights, *batch)
        updates, state = update(gradient, state, weights)
        return (optax.apply_updates(weights, updates), state, (images[following], labels[following])), measures

    first = images[order[0]], labels[order[0]]
    (weights, state, _), measures = jax.lax.scan(step, (weights, state, first), jnp.roll(order, -1, axis=0))
    return weights, state, measures.sum(axis=0)


def loss(network: Network, weights: Weights, images: jax.Array, labels: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The mean cross-entropy of the network's answers, in nats; and the sums of :func:`score`."""
    sums = score(network(weights, images), labels, jnp.ones(len(labels), jnp.float32))
    return sums[0] / sums[2], sums


def evaluate(
    network: Network, weights: Weights, start: jax.Array, stop: jax.Array, images: jax.Array, labels: jax.Array
) -> jax.Array:
    """The sums of :func:`score` over the examples from ``start`` to ``stop``, chunk by chunk."""

    def add(number: jax.Array, sums: jax.Array) -> jax.Array:
        first = start + number * CHUNK
        chunk, answers = (jax.lax.dynamic_slice_in_dim(array, first, CHUNK) for array in (images, labels))
        counted = first + jnp.arange(CHUNK) < stop
        return sums + score(network(weights, chunk), answers, counted.astype(jnp.float32))

    sums: jax.Array = jax.lax.fori_loop(0, (stop - start + CHUNK - 1) // CHUNK, add, jnp.zeros(3))
    return sums


def score(logits: jax.Array, labels: jax.Array, counted: jax.Array) -> jax.Array:
    """The sum of -log softmax(logits)[label] in nats, the number of right answers, the number of examples: (3,)."""
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    hits = jnp.argmax(logits, axis=1) == labels
    return jnp.stack([(losses * counted).sum(), (hits * counted).sum(), counted.sum()])
