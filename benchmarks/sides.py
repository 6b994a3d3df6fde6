"""The same networks trained by nonlin, Keras and PyTorch, each side in fresh processes, timed from their start.

Imported by the benchmarks; not a benchmark itself. All sides take nonlin's data, splits and initial weights; batches
are shuffled by each side itself. Validation after every epoch, the test set after the last. nonlin and PyTorch train
one network per processor, one thread each; Keras 3 on TensorFlow one ``fit`` after the other, with its own threads.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from statistics import fmean, median, stdev
from time import perf_counter
from typing import Any

from nonlin.study.records import Trial
from nonlin.study.settings import Settings
from nonlin.study.threads import ENVIRONMENT

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
QUIET = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu")


def parser(description: str | None, sides: tuple[str, ...], **defaults: Any) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--data-dir", required=True, help="the folder of the data set's files")
    made.add_argument("--epochs", type=int, default=5)
    made.add_argument("--seeds", type=int, default=1, help="networks per activation, on every side")
    made.add_argument("--nonlin-seeds", type=int, help="networks per activation on nonlin's side, if not as many")
    made.add_argument("--activations", nargs="+", default=list(ACTIVATIONS))
    made.add_argument("--rounds", type=int, default=1, help="how often all sides are run, in turns")
    made.add_argument("--sides", nargs="+", default=list(sides), choices=sides)
    made.add_argument("--worker", nargs=3, metavar=("SIDE", "NUMBER", "OF"), help=argparse.SUPPRESS)
    made.set_defaults(**defaults)
    return made


def run(arguments: argparse.Namespace, settings: Settings) -> list[dict[str, Any]] | None:
    """The rounds, each {side: {wall, networks}}; None in a worker, which prints what its networks gave."""
    if arguments.worker:
        side, number, of = arguments.worker[0], int(arguments.worker[1]), int(arguments.worker[2])
        print(json.dumps(TRAIN[side](share(arguments, number, of), settings, arguments.data_dir)))
        return None
    return [{side: timed(side) for side in arguments.sides} for _ in range(arguments.rounds)]


def share(arguments: argparse.Namespace, number: int, of: int) -> list[tuple[str, int]]:
    """The networks of one worker, those of an activation together, because it is compiled in every worker it is in."""
    seeds = arguments.nonlin_seeds if arguments.worker[0] in OURS and arguments.nonlin_seeds else arguments.seeds
    networks = [(name, seed) for name in arguments.activations for seed in range(seeds)]
    return networks[number * len(networks) // of : (number + 1) * len(networks) // of]


def timed(side: str) -> dict[str, Any]:
    """Run one side in fresh processes: its wall time in seconds, and what its networks gave."""
    print(f"running {side} ...", file=sys.stderr)
    of = CORES if side in ONE_THREAD else 1
    environment = {**os.environ, **QUIET, **(ENVIRONMENT if side in ONE_THREAD else {})}
    started = perf_counter()
    command = [sys.executable, *sys.argv, "--worker", side]
    workers = [
        subprocess.Popen([*command, str(i), str(of)], env=environment, stdout=subprocess.PIPE) for i in range(of)
    ]
    printed = [worker.communicate()[0] for worker in workers]
    if any(worker.returncode for worker in workers):
        raise SystemExit(f"a worker of {side} failed")
    networks = [network for text in printed for network in json.loads(text.splitlines()[-1])]
    return {"wall": perf_counter() - started, "networks": networks}


# ---- the sides: what one worker does ---------------------------------------------------------------------------------


def compare_nonlin(networks: list[tuple[str, int]], settings: Settings, data_dir: str) -> list[dict[str, Any]]:
    """A whole study as its users run it, with its report; it starts its own workers. Seconds of training steps."""
    import resource
    from tempfile import TemporaryDirectory

    import nonlin as nl

    names, seeds = list(dict.fromkeys(n for n, _ in networks)), 1 + max(s for _, s in networks)
    given = {"data": settings.data, "data_dir": data_dir, "seeds": seeds, "epochs": settings.epochs}
    with TemporaryDirectory() as folder:
        study = nl.compare(names, validation=settings.validation, output=folder, **given)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    made = [network(r["activation"], r["test_accuracy"], r["cpu_seconds"]) for r in study.runs()]
    return [record | {"memory": memory} for record in made]


def train_nonlin(networks: list[tuple[str, int]], settings: Settings, data_dir: str) -> list[dict[str, Any]]:
    """Also the rate of a plain matrix product in the same process, before and after every network."""
    import resource

    data, trainers, done = load(settings, data_dir), {}, []
    for name, seed in networks:
        trainers[name] = one = trainers.get(name) or trainer(name, data, settings)
        before, started = product_rate(), perf_counter()
        trained = one.train(Trial(name, seed, float(settings.learning_rate)))
        record = network(name, trained.test_accuracy, perf_counter() - started)
        record["step"] = median(trained.step_seconds) / trained.steps_per_epoch
        record["product"] = (before + product_rate()) / 2
        record["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        done.append(record)
    return done


def train_keras(networks: list[tuple[str, int]], settings: Settings, data_dir: str) -> list[dict[str, Any]]:
    """Without ``keras.utils.set_random_seed``: after it, ``fit`` on TensorFlow repeats one order in every epoch."""
    data, done = load(settings, data_dir), []
    for name, seed in networks:
        started = perf_counter()
        made = keras_network(name, initial(name, seed, data, settings), data, settings)
        made.fit(*vars_of(data.training), batch_size=settings.batch_size, epochs=settings.epochs, verbose=0,
                 validation_data=vars_of(data.validation))  # fmt: skip
        accuracy = made.evaluate(*vars_of(data.test), batch_size=200, verbose=0)[1]
        done.append(network(name, accuracy, perf_counter() - started))
    return done


def train_torch(networks: list[tuple[str, int]], settings: Settings, data_dir: str) -> list[dict[str, Any]]:
    import torch

    torch.set_num_threads(1)
    data, done = load(settings, data_dir), []
    for name, seed in networks:
        torch.manual_seed(seed)
        started = perf_counter()
        made = torch_network(name, initial(name, seed, data, settings))
        accuracy = torch_loop(made, *(tensors(part) for part in (data.training, data.validation, data.test)), settings)
        done.append(network(name, accuracy, perf_counter() - started))
    return done


TRAIN = {"nonlin": compare_nonlin, "trainer": train_nonlin, "keras": train_keras, "torch": train_torch}
OURS = ("nonlin", "trainer")
ONE_THREAD = ("trainer", "torch")
"""Sides that are run as one process per processor with one thread each; nonlin starts its own, Keras its threads."""


def network(name: str, accuracy: float, seconds: float) -> dict[str, Any]:
    return {"name": name, "accuracy": accuracy, "seconds": seconds}


def load(settings: Settings, data_dir: str) -> Any:
    from nonlin.study.data import load

    return load(settings.data, settings, data_dir)


def trainer(name: str, data: Any, settings: Settings) -> Any:
    import nonlin as nl
    from nonlin.study.trainer import Trainer

    return Trainer(nl.get(name), data, settings)


def initial(name: str, seed: int, data: Any, settings: Settings) -> Any:
    """nonlin's initial weights: per layer the matrix, or the kernels (filters, 3, 3, channels), and the bias."""
    import nonlin as nl
    from nonlin.study import initialisation, models
    from nonlin.study.trainer import WEIGHTS, stream

    activation = nl.get(name)
    model = models.built_in(settings, data.shape, data.classes, activation)
    random = stream(Trial(name, seed, 1.0), WEIGHTS)
    return model.init(random, data.shape, data.classes, initialisation.gain(activation))


def vars_of(part: Any) -> tuple[Any, Any]:
    return part.images, part.labels


def product_rate(size: int = 1024, times: int = 3) -> float:
    """Operations per second of CPU time of a plain matrix product in JAX."""
    from time import process_time

    import jax.numpy as jnp

    matrix = jnp.ones((size, size))
    (matrix @ matrix).block_until_ready()
    started = process_time()
    for _ in range(times):
        (matrix @ matrix).block_until_ready()
    return 2 * size**3 * times / (process_time() - started)


def keras_network(name: str, weights: Any, data: Any, settings: Settings) -> Any:
    import keras
    from keras import layers

    *hidden, (last, _) = weights
    stack = [keras.Input(data.shape)]
    for weight, _ in hidden:
        if weight.ndim == 4:
            stack += [layers.Conv2D(len(weight), 3, activation=name), layers.MaxPooling2D()]
        else:
            stack += [layers.Flatten(), layers.Dense(weight.shape[1], activation=name)]
    made = keras.Sequential([*stack, layers.Dense(last.shape[1])])
    made.set_weights([v for w, b in weights for v in (w.transpose(1, 2, 3, 0) if w.ndim == 4 else w, b)])
    adam = keras.optimizers.Adam(settings.learning_rate, epsilon=1e-8)
    made.compile(adam, keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return made


def torch_network(name: str, weights: Any) -> Any:
    """A perceptron; PyTorch's own activation, as its users write it."""
    import torch
    from torch import nn

    activations = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "elu": nn.ELU}
    stack: list[Any] = [nn.Flatten()]
    for matrix, bias in weights:
        layer = nn.Linear(*matrix.shape)
        layer.weight.data, layer.bias.data = torch.tensor(matrix.T.copy()), torch.tensor(bias)
        stack += [layer, activations[name]()]
    return nn.Sequential(*stack[:-1])


def tensors(part: Any) -> tuple[Any, Any]:
    import torch

    return torch.tensor(part.images), torch.tensor(part.labels, dtype=torch.long)


def torch_loop(made: Any, training: Any, validation: Any, test: Any, settings: Settings) -> float:
    """The plain loop: shuffle, forward, backward, step. Returns the test accuracy."""
    import torch

    adam = torch.optim.Adam(made.parameters(), lr=settings.learning_rate)
    images, labels = training
    for _ in range(settings.epochs):
        for batch in torch.randperm(len(labels)).split(settings.batch_size):
            adam.zero_grad()
            torch.nn.functional.cross_entropy(made(images[batch]), labels[batch]).backward()
            adam.step()
        torch_accuracy(made, *validation)
    return torch_accuracy(made, *test)


def torch_accuracy(made: Any, images: Any, labels: Any) -> float:
    import torch

    with torch.no_grad():
        return float((made(images).argmax(1) == labels).float().mean())


# ---- the report ------------------------------------------------------------------------------------------------------


def print_speed(rounds: list[dict[str, Any]], sides: list[str]) -> None:
    """Networks per minute of each side, everything included; and how many times as many the first trains."""
    print(f"{len(rounds)} round(s) in turns, {CORES} processors; medians over the rounds")
    print(f"{'':<10}{'networks':>10}{'per minute':>12}{'first is':>12}{'wall s':>10}{'s/network (training)':>22}")
    ours = [per_minute(r[sides[0]]) for r in rounds]
    for side in sides:
        rates = [per_minute(r[side]) for r in rounds]
        ratio = median(our / rate for our, rate in zip(ours, rates, strict=True))
        alone = median(n["seconds"] for r in rounds for n in r[side]["networks"])
        wall, count = median(r[side]["wall"] for r in rounds), len(rounds[0][side]["networks"])
        print(f"{side:<10}{count:>10}{median(rates):>12.2f}{ratio:>11.2f}x{wall:>10.1f}{alone:>22.2f}")
    memory = max(n["memory"] for r in rounds for n in r[sides[0]]["networks"])
    print(f"nonlin's largest process: {memory:.0f} MB")


def per_minute(side: dict[str, Any]) -> float:
    return 60 * len(side["networks"]) / float(side["wall"])


def print_accuracies(last: dict[str, Any], sides: list[str]) -> None:
    """Test accuracies, and nonlin's difference from each side in standard errors (Welch)."""
    print("\ntest accuracy, % (mean ± sd of the seeds); in brackets: nonlin minus this side, in standard errors")
    for name in dict.fromkeys(n["name"] for n in last[sides[0]]["networks"]):
        found = {side: [100 * n["accuracy"] for n in last[side]["networks"] if n["name"] == name] for side in sides}
        cells = [f"{side} {spread(found[side])}{compared(found[sides[0]], found[side], side)}" for side in sides]
        print(f"{name:<10}" + "   ".join(cells))


def spread(values: list[float]) -> str:
    return f"{fmean(values):.2f}" + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")


def compared(ours: list[float], theirs: list[float], side: str) -> str:
    if side in OURS or min(len(ours), len(theirs)) < 2:
        return ""
    error = (stdev(ours) ** 2 / len(ours) + stdev(theirs) ** 2 / len(theirs)) ** 0.5
    return f" [{(fmean(ours) - fmean(theirs)) / error:+.1f}]"
