"""The networks that a study trains: perceptrons and small convolutional networks, or the user's own pair of functions.

The hidden layers of one network all have the same activation; the output layer has none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import numpy as np
import numpy.typing as npt

from nonlin.errors import InputError
from nonlin.study.convolution import convolve, max_pool
from nonlin.study.initialisation import Unit, draw
from nonlin.study.settings import MODELS, Settings, check_known
from nonlin.units import GatedUnit

WIDTHS = {"mlp": (128, 64), "deep_mlp": (128,) * 8, "cnn": (32, 64, 64)}
"""The hidden layers of each model; of "cnn" all but the last are convolutions, of so many filters."""

Shape = tuple[int, ...]
Weights = Any
"""Any tree of float32 arrays. The models here: per layer the matrix or the kernels, and the bias."""
Init = Callable[[np.random.Generator, Shape, int, float], Weights]
Apply = Callable[[Weights, jax.Array, Callable[[jax.Array], jax.Array]], jax.Array]


@dataclass(frozen=True)
class Model:
    """A network as two functions.

    ``init(random, shape, classes, gain)`` draws the initial weights, a tree of float32 arrays, for examples of
    ``shape``; ``gain`` is the activation's, so that matrices of gain / sqrt(fan-in) times normal numbers keep the
    pre-activations' variance. ``apply(weights, images, activation)`` gives the logits (n, classes) in JAX; a gated
    unit as ``activation`` halves the last axis. ``notes``: what the reader of the results should know.
    """

    init: Init
    apply: Apply
    notes: tuple[str, ...] = ()


def built_in(settings: Settings, shape: Shape, classes: int, activation: Unit) -> Model:
    """The model that ``settings`` name, for examples of ``shape`` (features,) or (height, width, channels).

    The widths of a gated unit, which needs two pre-activations per unit, are reduced until the number of parameters is
    nearest to that of any other activation; a note says both.
    """
    check_known("model", settings.model, MODELS)
    widths = settings.widths or WIDTHS[settings.model]
    plan = partial(_plan, settings.model, shape, classes)
    plan(widths, 1)  # refuses what does not fit
    notes: tuple[str, ...] = ()
    if gated := isinstance(activation, GatedUnit):
        widths, notes = _matched(plan, widths, activation.name)
    shapes = plan(widths, 1 + gated)
    return Model(partial(_init, shapes, settings.initialisation), apply, notes)


def _plan(model: str, shape: Shape, classes: int, widths: Sequence[int], per_unit: int) -> list[Shape]:
    """The shapes of the layers' matrices and kernels, ``per_unit`` pre-activations for every hidden unit."""
    kernels: list[Shape] = []
    if model == "cnn":
        kernels, shape = _kernels(shape, widths[:-1], per_unit)
        widths = widths[-1:]
    below, above = (math.prod(shape), *widths), (*(per_unit * w for w in widths), classes)
    return kernels + list(zip(below, above, strict=True))


def _kernels(shape: Shape, filters: Sequence[int], per_unit: int) -> tuple[list[Shape], Shape]:
    """The kernels of convolutions of 3 x 3, each followed by pooling of 2 x 2, and the shape of the last's answer."""
    if len(shape) != 3 or not filters:
        raise InputError(
            f"model 'cnn' needs images (height, width, channels) and at least two widths, filters first; got examples "
            f"of shape {shape} and {len(filters) + 1} widths; use model 'mlp'"
        )
    height, width = (_pooled(side, len(filters)) for side in shape[:2])
    if min(height, width) < 1:
        raise InputError(
            f"model 'cnn' with {len(filters)} convolutions is too deep for images of {shape[0]} x {shape[1]}: nothing "
            "is left after the last pooling; use larger images, fewer widths or model 'mlp'"
        )
    kernels = [(per_unit * f, 3, 3, c) for c, f in pairwise((shape[2], *filters))]
    return [tuple(k) for k in kernels], (height, width, filters[-1])


def _pooled(side: int, times: int) -> int:
    for _ in range(times):
        side = max(0, side - 2) // 2
    return side


def _matched(
    plan: Callable[[Sequence[int], int], list[Shape]], widths: Sequence[int], name: str
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The widths, all by about one factor, with which a gated unit has as many parameters; and what to say of it."""
    target, largest = _size(plan(widths, 1)), max(widths)
    scaled = [tuple(max(1, round(w * n / largest)) for w in widths) for n in range(1, largest + 1)]
    best = min(scaled, key=lambda ws: abs(_size(plan(ws, 2)) - target))
    text = f"{name}: hidden widths {_listed(best)} instead of {_listed(widths)}, two pre-activations per unit: "
    return best, (f"{text}{_size(plan(best, 2)):,} parameters against {target:,}",)


def _listed(widths: Sequence[int]) -> str:
    return ", ".join(map(str, widths))


def _size(shapes: Sequence[Shape]) -> int:
    return sum(math.prod(s) + _outputs(s) for s in shapes)


def _outputs(shape: Shape) -> int:
    return shape[1] if len(shape) == 2 else shape[0]


def _init(
    shapes: Sequence[Shape], rule: str, random: np.random.Generator, shape: Shape, classes: int, gain: float
) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]:
    """Weights as :func:`nonlin.study.initialisation.draw` says, biases zero.

    The gain of a layer is that of what feeds it: 1 for the first layer, whose inputs are no activation's outputs.
    """
    gains = [1.0] + [gain] * (len(shapes) - 1)
    return [(draw(random, s, g, rule), np.zeros(_outputs(s), np.float32)) for s, g in zip(shapes, gains, strict=True)]


def apply(weights: Weights, images: jax.Array, activation: Callable[[jax.Array], jax.Array]) -> jax.Array:
    """The logits (n, classes): a layer with kernels convolves, activates and pools; one with a matrix maps affinely.

    Convolutions do not pad, as Keras' Conv2D by default.
    """
    *hidden, (matrix, bias) = weights
    for weight, shift in hidden:
        if weight.ndim == 4:
            images = max_pool(activation(convolve(images, weight) + shift))
        else:
            images = activation(_rows(images) @ weight + shift)
    logits: jax.Array = _rows(images) @ matrix + bias
    return logits


def _rows(images: jax.Array) -> jax.Array:
    rows: jax.Array = images.reshape(len(images), -1)
    return rows


def parameter_count(weights: Weights) -> int:
    """How many numbers are trained."""
    return sum(np.size(leaf) for leaf in jax.tree.leaves(weights))
