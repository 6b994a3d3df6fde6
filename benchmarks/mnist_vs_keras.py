"""Time ``nonlin.compare`` against Keras: the same networks on MNIST, both sides in one run, in turns.

    python benchmarks/mnist_vs_keras.py --data-dir DIR [--epochs 5] [--seeds 1] [--rounds 1]

Both sides train 784-128-64-10 networks with relu, tanh, sigmoid and elu: Adam (1e-3, epsilon 1e-8), batch 32, all
60,000 training images, the test set evaluated after every epoch, He's normal initial weights (Keras cuts them off at
two standard deviations and rescales; nonlin does not), biases zero. Keras 3 runs on TensorFlow, one ``fit`` after the
other. Each side is a fresh process, timed from its start: imports, reading the data and compiling are in the wall
time, and are also stated apart. With more than one processor nonlin trains as many networks at once, while Keras uses
them within a step. The accuracies' difference is given in standard errors (Welch); of few seeds it says little.
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

ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu")


def main() -> None:
    arguments = parse()
    if arguments.side:
        print(json.dumps(SIDES[arguments.side](arguments)))
        return
    rounds = [{side: timed(side) for side in SIDES} for _ in range(arguments.rounds)]
    print_report(rounds, arguments)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True, help="the folder of the MNIST files")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1, help="networks per activation, on both sides")
    parser.add_argument("--rounds", type=int, default=1, help="how often both sides are run, in turns")
    parser.add_argument("--side", choices=("keras", "nonlin"), help=argparse.SUPPRESS)
    return parser.parse_args()


def timed(side: str) -> dict[str, Any]:
    """Run one side in a fresh process: its wall time in seconds, and what it reported."""
    print(f"running {side} ...", file=sys.stderr)
    quiet = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    started = perf_counter()
    done = subprocess.run([sys.executable, *sys.argv, "--side", side], env=quiet, stdout=subprocess.PIPE, check=True)
    return {"wall": perf_counter() - started, **json.loads(done.stdout.splitlines()[-1])}


def run_nonlin(arguments: argparse.Namespace) -> dict[str, Any]:
    import nonlin as nl

    started = perf_counter()
    study = nl.compare(
        ACTIVATIONS, data="mnist", data_dir=arguments.data_dir, seeds=arguments.seeds, epochs=arguments.epochs
    )
    compiling = sum(study.compile_seconds.values())
    accuracies = {name: [n.test_accuracy[-1] for n in study.of(name)] for name in ACTIVATIONS}
    seconds = [n.seconds for n in study.networks]
    return {"accuracies": accuracies, "training": seconds, "compiling": compiling, "compare": perf_counter() - started}


def run_keras(arguments: argparse.Namespace) -> dict[str, Any]:
    from nonlin.study.data import mnist

    data = mnist(arguments.data_dir)
    fits = {name: [fit_keras(name, seed, data, arguments.epochs) for seed in range(arguments.seeds)]
            for name in ACTIVATIONS}  # fmt: skip
    clocks = [clock for several in fits.values() for _, clock in several]
    # a first epoch holds the tracing and compiling; the later ones tell how long it would be without
    usual = median([s for c in clocks for s in c[1:]] or [c[0] for c in clocks])
    accuracies = {name: [accuracy for accuracy, _ in several] for name, several in fits.items()}
    compiling = sum(max(0.0, c[0] - usual) for c in clocks)
    training = [sum(c[1:]) + min(c[0], usual) for c in clocks]
    return {"accuracies": accuracies, "training": training, "compiling": compiling}


def fit_keras(name: str, seed: int, data: Any, epochs: int) -> tuple[float, list[float]]:
    """Train one network: its last test accuracy, and the seconds of each epoch."""
    import keras

    keras.utils.set_random_seed(seed)
    clock = EpochClock()
    history = keras_network(name).fit(
        data.train_images, data.train_labels, batch_size=32, epochs=epochs, verbose=0,
        validation_data=(data.test_images, data.test_labels), callbacks=[clock.callback()],
    )  # fmt: skip
    return history.history["val_accuracy"][-1], clock.seconds


class EpochClock:
    """The wall time of each epoch of one ``fit``, validation included."""

    def __init__(self) -> None:
        self.last, self.seconds = perf_counter(), list[float]()

    def callback(self) -> Any:
        from keras.callbacks import LambdaCallback

        return LambdaCallback(on_epoch_end=lambda epoch, logs: self.tick())

    def tick(self) -> None:
        now = perf_counter()
        self.seconds.append(now - self.last)
        self.last = now


def keras_network(activation: str) -> Any:
    import keras

    hidden = {"activation": activation, "kernel_initializer": "he_normal"}
    layers = [keras.layers.Dense(128, **hidden), keras.layers.Dense(64, **hidden)]
    last = keras.layers.Dense(10, kernel_initializer="he_normal")
    network = keras.Sequential([keras.Input((784,)), *layers, last])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer=keras.optimizers.Adam(1e-3, epsilon=1e-8), loss=loss, metrics=["accuracy"])
    return network


SIDES = {"nonlin": run_nonlin, "keras": run_keras}


def print_report(rounds: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    networks = len(ACTIVATIONS) * arguments.seeds
    print(f"{networks} networks of {arguments.epochs} epochs per side, median of {arguments.rounds} round(s)")
    print(f"{'seconds per network':<28}{'keras':>10}{'nonlin':>10}{'ratio':>8}")
    for label, measure in MEASURES.items():
        keras, nonlin = (median(measure(r[side], networks) for r in rounds) for side in ("keras", "nonlin"))
        print(f"{label:<28}{keras:>10.2f}{nonlin:>10.2f}{keras / nonlin:>8.1f}")
    print_accuracies(rounds[-1])


MEASURES = {
    "wall, everything included": lambda side, networks: side["wall"] / networks,
    "training alone, one network": lambda side, _: fmean(side["training"]),
    "tracing and compiling": lambda side, networks: side["compiling"] / networks,
}


def print_accuracies(last: dict[str, Any]) -> None:
    """Both sides' test accuracies, and whether they differ by less than the seeds do."""
    print(f"\n{'test accuracy, %':<28}{'keras':>16}{'nonlin':>16}")
    for name in ACTIVATIONS:
        keras, nonlin = (last[side]["accuracies"][name] for side in ("keras", "nonlin"))
        print(f"{name:<28}{spread(keras):>16}{spread(nonlin):>16}   {agreement(keras, nonlin)}")


def spread(values: list[float]) -> str:
    several = f" ± {100 * stdev(values):.2f}" if len(values) > 1 else ""
    return f"{100 * fmean(values):.2f}{several}"


def agreement(keras: list[float], nonlin: list[float]) -> str:
    """The difference of the means in units of its standard error (Welch's t); needs two seeds."""
    if len(keras) < 2:
        return "one seed: no spread to compare with"
    difference = fmean(nonlin) - fmean(keras)
    error = ((stdev(keras) ** 2 + stdev(nonlin) ** 2) / len(keras)) ** 0.5
    return f"difference {100 * difference:+.2f}, {abs(difference) / error:.1f} standard errors"


if __name__ == "__main__":
    main()
