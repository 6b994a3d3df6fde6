"""One formula in four frameworks: does each give the same numbers, and do they mean the same by one name?

Mish is x tanh(log(1 + exp(x))). Typed by hand in PyTorch, JAX, TensorFlow and Keras it looks alike everywhere, and so
do its faults: exp overflows, and 1 + exp(x) rounds to 1. From `nl.define("x*tanh(softplus(x))")` come a PyTorch module,
a JAX function, a call on TensorFlow tensors and a Keras layer, which are one function with one derivative.

What to see. The table: the largest difference from the exact value and derivative, in units in the last place of
float32, on points from -80 to 100; nan where a result is not a number. By hand the left tail is lost (it is 0 from -17
down) and the derivative is nan from 89 up. In JAX and TensorFlow the largest difference of nonlin's derivative, some 60
units, is where the derivative is nearly 0. Left: the relative error of the derivative in PyTorch. Right: what the four
frameworks call leaky ReLU, without arguments: three different slopes.

What to conclude. The same letters are not the same function. That holds for formulas, whose tails are lost where they
are typed as they are printed, and for names: `nonlin map leaky_relu` says who means what by it.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import jax
import keras
import numpy as np
import tensorflow as tf
import torch
from drawing import line_style, panels
from jax import numpy as jnp

import nonlin as nl
from nonlin.checking import ulp_difference
from nonlin.plot import Picture

warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # how Keras calls NumPy
MISH = nl.define("x*tanh(softplus(x))", name="mish_again")
X = np.linspace(-80, 100, 3601, dtype=np.float32)
SLOPES = [("torch", "LeakyReLU"), ("jax", "leaky_relu"), ("tensorflow", "leaky_relu"), ("keras", "LeakyReLU")]
Answers = tuple[np.ndarray, np.ndarray]


def by_hand(words) -> Callable:
    """The printed formula, in the words of a framework."""
    return lambda x: x * words.tanh(words.log(1 + words.exp(x)))


def in_torch(function) -> Answers:
    x = torch.tensor(X, requires_grad=True)
    y = function(x)
    return y.detach().numpy(), torch.autograd.grad(y.sum(), x)[0].numpy()


def in_jax(function) -> Answers:
    x = jnp.asarray(X)
    return np.asarray(function(x)), np.asarray(jax.grad(lambda x: function(x).sum())(x))


def in_tensorflow(function) -> Answers:
    """For Keras too, which computes with TensorFlow's tensors here."""
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return y.numpy(), tape.gradient(y, x).numpy()


def answers() -> dict[str, dict[str, Answers]]:
    return {
        "PyTorch": {"by hand": in_torch(by_hand(torch)), "nonlin": in_torch(MISH.torch())},
        "JAX": {"by hand": in_jax(by_hand(jnp)), "nonlin": in_jax(MISH.jax())},
        "TensorFlow": {"by hand": in_tensorflow(by_hand(tf.math)), "nonlin": in_tensorflow(MISH)},
        "Keras": {"by hand": in_tensorflow(by_hand(keras.ops)), "nonlin": in_tensorflow(MISH.keras())},
    }


def worst(got: np.ndarray, exact: np.ndarray) -> float:
    return float("nan") if np.isnan(got).any() else float(ulp_difference(got, exact, smallest=2.0**-116).max())


def measure() -> dict:
    exact = MISH(X.astype(np.float64)), MISH.derivative(X.astype(np.float64))
    found = answers()
    return {
        "table": {
            framework: {how: tuple(map(worst, got, exact)) for how, got in ways.items()}
            for framework, ways in found.items()
        },
        "derivative": {how: np.abs(got[1] / exact[1] - 1) for how, got in found["PyTorch"].items()},
        "slopes": {f"{framework}: {name}": nl.from_framework(framework, name) for framework, name in SLOPES},
    }


def say(found: dict) -> None:
    print("largest difference in units in the last place, float32 (value, derivative)")
    print(f"{'':12}{'by hand':>24}{'nonlin':>16}")
    for framework, ways in found["table"].items():
        hand, ours = ways["by hand"], ways["nonlin"]
        print(f"{framework:12}{hand[0]:>12.4g}{hand[1]:>12.4g}{ours[0]:>8.3g}{ours[1]:>8.3g}")
    print("leaky ReLU without arguments:")
    for name, act in found["slopes"].items():
        print(f"  {name:24} {act.name}")


def draw(found: dict) -> Picture:
    with panels() as picture:
        left, right = picture.axes
        for number, (how, error) in enumerate(found["derivative"].items()):
            left.semilogy(X, np.maximum(error, 1e-9), label=how, **line_style(1 - number))
        left.set(
            title="mish in PyTorch: relative error of the derivative", xlabel="$x$", ylim=(5e-10, 30), xlim=(-80, 100)
        )
        left.legend(loc="upper center")
        x = np.linspace(-10, 4, 200)
        for number, (name, act) in enumerate(found["slopes"].items()):
            right.plot(x, act(x), label=name, **line_style(number))
        right.set(title="leaky ReLU without arguments", xlabel="$x$", xlim=(-10, 4))
        right.legend(loc="upper left")
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "four_frameworks.png")


if __name__ == "__main__":
    main()
