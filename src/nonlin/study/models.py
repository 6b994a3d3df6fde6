"""The network that a study trains: a multilayer perceptron with one activation in all hidden layers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import jax
import numpy as np
import numpy.typing as npt

HIDDEN = (128, 64)

Weights = list[tuple[jax.Array, jax.Array]]
"""Per layer: the matrix (inputs, outputs) and the bias (outputs,), float32."""


def init(
    inputs: int, classes: int, random: np.random.Generator
) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]:
    """He's initial weights: matrices drawn from N(0, 2 / inputs), biases zero (He et al. 2015, arXiv:1502.01852).

    The draw does not depend on the activation, so that networks of one seed start alike.
    """
    sizes = (inputs, *HIDDEN, classes)
    return [_layer(below, above, random) for below, above in pairwise(sizes)]


def _layer(
    inputs: int, outputs: int, random: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    matrix = random.standard_normal((inputs, outputs), dtype=np.float32) * np.float32(np.sqrt(2 / inputs))
    return matrix, np.zeros(outputs, np.float32)


def apply(weights: Weights, images: jax.Array, activation: Callable[[jax.Array], jax.Array]) -> jax.Array:
    """The logits (n, classes) for images (n, inputs): affine maps with the activation between them."""
    *hidden, (matrix, bias) = weights
    for hidden_matrix, hidden_bias in hidden:
        images = activation(images @ hidden_matrix + hidden_bias)
    return images @ matrix + bias
