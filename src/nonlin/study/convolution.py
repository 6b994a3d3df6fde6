"""Convolution and pooling in the form that is fast on a CPU, forwards and backwards.

XLA's own gradients of both are slow there. A 3 x 3 convolution is one matrix product over gathered windows; so are its
two gradients. Windows are gathered as rows of the image: a fused concatenation of nine slices takes four times as long.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import lax

SIDE = 3
"""The side of a convolution's window, in pixels."""

Residuals = tuple[jax.Array, ...]


@jax.custom_vjp
def convolve(images: jax.Array, kernels: jax.Array) -> jax.Array:
    """The cross-correlation of images (n, h, w, c) with kernels (f, 3, 3, c), no padding: (n, h - 2, w - 2, f).

    Differentiable once, in reverse.
    """
    return _forward(images, kernels)[0]


def _forward(images: jax.Array, kernels: jax.Array) -> tuple[jax.Array, Residuals]:
    n, height, width, _ = images.shape
    rows = windows(images)
    answers = _contracted(rows, _flat(kernels), 1, 1)
    return answers.reshape(n, height - 2, width - 2, len(kernels)), (rows, kernels, images)


def _backward(residuals: Residuals, gradient: jax.Array) -> tuple[jax.Array, jax.Array]:
    rows, kernels, images = residuals  # of the images only the shape is used, so XLA does not keep them
    gradient = gradient.reshape(-1, len(kernels))
    by_rows = _contracted(gradient, _flat(kernels), 1, 0)
    by_kernels = _contracted(gradient, rows, 0, 0)
    return spread(by_rows, images.shape), by_kernels.reshape(kernels.shape)


convolve.defvjp(_forward, _backward)


def _flat(kernels: jax.Array) -> jax.Array:
    return kernels.reshape(len(kernels), -1)


def _contracted(a: jax.Array, b: jax.Array, i: int, j: int) -> jax.Array:
    """The product of two matrices over axis ``i`` of ``a`` and axis ``j`` of ``b``."""
    return lax.dot_general(a, b, (((i,), (j,)), ((), ())))


def windows(images: jax.Array) -> jax.Array:
    """Every 3 x 3 window of images (n, h, w, c) as a row: (n (h - 2)(w - 2), 9 c), pixel by pixel, channels inside."""
    rows = window_pixels(images.shape)
    pixels = images.reshape(-1, images.shape[-1]).at[rows.reshape(-1)].get(mode="promise_in_bounds")
    return pixels.reshape(len(rows), -1)


def window_pixels(shape: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """Which pixels, numbered through all images of ``shape`` (n, h, w, c), are in which window: (windows, 9)."""
    n, height, width, _ = shape
    image, y, x, dy, dx = np.ogrid[:n, : height - 2, : width - 2, :SIDE, :SIDE]
    return (((image * height) + y + dy) * width + x + dx).reshape(-1, SIDE * SIDE).astype(np.int32)


def spread(rows: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """The transpose of :func:`windows`: every row's numbers are added to the pixels they came from."""
    n, height, width, channels = shape
    rows = rows.reshape(n, height - 2, width - 2, SIDE, SIDE, channels)
    total = jnp.zeros(shape, rows.dtype)
    for dy, dx in np.ndindex(SIDE, SIDE):
        total = total.at[:, dy : dy + height - 2, dx : dx + width - 2].add(rows[:, :, :, dy, dx])
    return total


@jax.custom_vjp
def max_pool(images: jax.Array) -> jax.Array:
    """The largest of every 2 x 2 pixels of images (n, h, w, c): (n, h // 2, w // 2, c); an odd last row is left out.

    The gradient goes to the first of equal pixels, row by row, as in PyTorch and TensorFlow. Differentiable once.
    """
    # reduce_window because XLA does not fuse it into what follows: the gather of the next layer's windows would
    # compute it, and the activation before it, nine times over.
    largest: jax.Array = lax.reduce_window(images, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return largest


def _pool_forward(images: jax.Array) -> tuple[jax.Array, Residuals]:
    largest = max_pool(images)
    return largest, (images, largest)


def _pool_backward(residuals: Residuals, gradient: jax.Array) -> tuple[jax.Array]:
    images, largest = residuals
    n, height, width, channels = images.shape
    even = (n, height // 2 * 2, width // 2 * 2, channels)
    quarters = images[:, : even[1], : even[2]].reshape(n, even[1] // 2, 2, even[2] // 2, 2, channels)
    parts = _first_hits([quarters[:, :, i, :, j] == largest for i, j in np.ndindex(2, 2)], gradient)
    whole = jnp.stack([jnp.stack(parts[:2], 3), jnp.stack(parts[2:], 3)], 2).reshape(even)
    return (jnp.pad(whole, [(0, 0), (0, height % 2), (0, width % 2), (0, 0)]),)


def _first_hits(hits: list[Any], gradient: jax.Array) -> list[jax.Array]:
    """The gradient where a hit is the first in the list, else 0: one array per hit."""
    taken, parts = jnp.zeros(gradient.shape, bool), []
    for hit in hits:
        parts.append(jnp.where(hit & ~taken, gradient, 0))
        taken = taken | hit
    return parts


max_pool.defvjp(_pool_forward, _pool_backward)
