"""Where functions are looked at: points on every scale, and places polished to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import inf, nextafter
from typing import Any, TypeAlias

import numpy as np

from nonlin.ops import numpy as words
from nonlin.ops.evaluate import number
from nonlin.tree import Node, order

Array: TypeAlias = np.ndarray[Any, Any]
CORE = 40.0  # where the density of N(0, 1) ends in float64, and where functions are looked at closely


@lru_cache(maxsize=64)
def points(low: float = -inf, high: float = inf) -> Array:
    """Points of [low, high], increasing: every 1/64 in the core, ever denser towards 0 and ever wider outwards."""
    small = 2.0 ** np.concatenate([np.arange(-1000, -60, 94), np.arange(-60, -6)])
    far = 2.0 ** np.concatenate([np.arange(22, 60), np.arange(60, 1020, 8)])
    tail = np.concatenate([CORE * 2 ** (np.arange(1, 65) / 4), 1.2345 * far])  # no round numbers
    right = np.concatenate([small, np.arange(CORE * 64 + 1) / 64, tail])
    window = np.linspace(low, high, 4097) if np.isfinite([low, high]).all() else right
    every = np.unique(np.concatenate([-right, right, window])) + 0.0
    return every[(every >= low) & (every <= high)]


def values(root: Node, x: Array, *more: Node) -> dict[Node, Any]:
    """The value of every node below ``root`` (and ``more``) at ``x``: arrays, or one number where x does not occur."""
    done: dict[Node, Any] = {}
    for top in (root, *more):
        for node in order(top):
            if node not in done:
                done[node] = _value(node, x, done)
    return done


def _value(node: Node, x: Array, done: dict[Node, Any]) -> Any:
    if node.is_symbol:
        return x
    closed = number(node)
    return (
        closed if closed is not None or node.word is None else getattr(words, node.name)(*(done[a] for a in node.args))
    )


def value(root: Node, x: Array) -> Array:
    """``root`` at ``x``, as an array of the shape of ``x``."""
    return np.broadcast_to(values(root, x)[root], np.shape(x)).astype(float)


def bisected(side: Callable[[Array], Array], low: Array, high: Array) -> tuple[Array, Array]:
    """Neighbouring floats between which ``side`` changes, one pair in each of the brackets [low, high].

    ``side`` is given 16 inner points of all brackets at once, brackets along the last axis.
    """
    low, high = low.copy(), high.copy()
    first, each = side(low), np.arange(low.size)
    for _ in range(90):
        if not low.size or not ((low / 2 + high / 2 > low) & (low / 2 + high / 2 < high)).any():
            break
        t = np.clip(low + (high - low) * _INNER, low, high)
        t[8] = low / 2 + high / 2
        t = np.concatenate([[low], t, [high]])
        changed = np.concatenate([side(t[1:-1]) != first, np.ones((1, low.size), bool)])
        at = np.argmax(changed, axis=0)
        low, high = t[at, each], t[at + 1, each]
    return low, high


_INNER = (np.arange(1, 18) / 18)[:, None]


def plain(x: float) -> float:
    """The number of few decimal digits that is within an ulp of ``x``, or else ``x``."""
    if abs(x) < 1e-300:
        return 0.0
    near = (float(f"{x:.{digits}g}") for digits in (3, 6, 9, 12))
    return next((r + 0.0 for r in near if nextafter(x, -inf) <= r <= nextafter(x, inf)), x)


def lowest(size: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Where ``size`` is least, in each bracket, as far as float64 can tell."""
    each = np.arange(low.size)
    for _ in range(20):
        t = np.concatenate([[low], low + (high - low) * _INNER, [high]])
        at = np.clip(np.argmin(size(t), axis=0), 1, 17)
        low, high = t[at - 1, each], t[at + 1, each]
    return low / 2 + high / 2


def tidy(x: float) -> float:
    """A place known to half the digits, as the short number it probably is."""
    short = float(f"{x:.6g}") + 0.0
    return short if abs(short - x) <= 3e-8 * max(abs(x), 1e-3) else x
