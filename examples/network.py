"""Dense networks in NumPy with back-propagation written out: other scripts of this folder train them.

A layer computes the sums z = a W + b of its inputs a and hands f(z) to the next layer; the last layer's sums are the
output of the network. Back-propagation walks the same way back. All that it needs of an activation is its value and
its derivative, which nonlin gives: ``f(z)`` and ``f.derivative(z)``.

Several networks, one per seed, are trained at once: the first axis of every array counts the networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

import nonlin as nl

Layers = list[tuple[np.ndarray, np.ndarray]]  # of each layer the weights (networks, inputs, outputs) and the biases
Slope = Callable[[np.ndarray, np.ndarray], np.ndarray]


def initialise(sizes: list[int], seeds: int, gain: float = 1.0) -> Layers:
    """Normal weights of variance gain**2 / inputs, biases zero. Gain 1 is LeCun's choice, the root of 2 He's."""
    draws = [np.random.default_rng(seed) for seed in range(seeds)]
    return [
        (np.stack([rng.normal(0.0, gain / n**0.5, (n, m)) for rng in draws]), np.zeros((seeds, 1, m)))
        for n, m in pairwise(sizes)
    ]


def forward(layers: Layers, f: nl.Activation, x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The inputs a and the sums z of every layer, for the examples ``x`` (examples, features)."""
    inputs, sums = [x], []
    for weights, bias in layers:
        sums.append(inputs[-1] @ weights + bias)
        if len(sums) < len(layers):
            inputs.append(f(sums[-1]))
    return inputs, sums


def backward(layers: Layers, f: nl.Activation, sums: list[np.ndarray], slope: np.ndarray) -> list[np.ndarray]:
    """The gradient of the loss by the sums z of every layer; ``slope`` is the one by the network's output."""
    gradients = [slope]
    for (weights, _), z in zip(layers[:0:-1], sums[-2::-1], strict=True):
        gradients.append((gradients[-1] @ np.swapaxes(weights, -1, -2)) * f.derivative(z))
    return gradients[::-1]


@threadpool_limits.wrap(limits=1)  # matrices as small as these are multiplied faster by one thread than by several
def train(
    layers: Layers, f: nl.Activation, x: np.ndarray, slope: Slope, batches: Iterable[np.ndarray], rate: float
) -> None:
    """Gradient descent with momentum 0.9, in place: one step per batch of example numbers.

    ``slope(output, batch)`` is the gradient of the mean loss of the batch by the network's output.
    """
    velocities = [(np.zeros_like(w), np.zeros_like(b)) for w, b in layers]
    for batch in batches:
        inputs, sums = forward(layers, f, x[batch])
        gradients = backward(layers, f, sums, slope(sums[-1], batch))
        for layer, velocity, a, g in zip(layers, velocities, inputs, gradients, strict=True):
            for values, speed, gradient in zip(
                layer, velocity, (np.swapaxes(a, -1, -2) @ g, g.sum(axis=-2, keepdims=True)), strict=True
            ):
                speed *= 0.9
                speed -= rate * gradient
                values += speed
