"""What a function does to normally distributed inputs: averages, and the variance from layer to layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite, pi, sqrt

import numpy as np

from nonlin.calculus.facts.points import Array

WIDEST = 38.0  # where the density of N(0, 1) ends in float64
Function = Callable[[Array], Array]


@lru_cache(maxsize=8)
def _rule(n: int) -> tuple[Array, Array]:
    """Nodes and weights of Gauss and Legendre's rule on [-1, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return nodes, weights


def density(z: Array) -> Array:
    return np.exp(-z * z / 2) / sqrt(2 * pi)


def average(f: Function, cuts: Array) -> float | None:
    """E f(z) for z ~ N(0, 1), to about 1e-11; None where it is infinite or the integral does not settle.

    ``cuts`` are the places where f is not smooth, or turns. Panels on which two rules differ are halved, down to cusps
    and poles.
    """
    steps = np.concatenate([[0.0], 4.0 ** -np.arange(13), -(4.0 ** -np.arange(13))])
    close = (cuts[np.argsort(np.abs(cuts))][:12, None] + steps).ravel()  # what is narrow is narrow there
    ends = np.concatenate([np.arange(-WIDEST, WIDEST + 1), steps, cuts, close])
    ends = np.unique(ends[np.abs(ends) <= WIDEST])
    low, high, total, size = ends[:-1], ends[1:], 0.0, 0.0
    left: list[float] = []
    for _ in range(60):
        fine, coarse, bulk = _panels(f, low, high, 24), _panels(f, low, high, 16), _panels(f, low, high, 16, np.abs)
        scale = max(size + float(bulk.sum()), 1e-300)
        if not isfinite(scale) or ((abs(low) > 30).any() and float(bulk[np.abs(low) > 30].sum()) > 1e-9 * scale):
            return None
        good = np.abs(fine - coarse) <= 1e-13 * scale
        total, size = total + float(fine[good].sum()), size + float(bulk[good].sum())
        left.append(float(bulk[~good].sum()))
        if good.all():
            return total if abs(total) > 1e-15 * size else 0.0
        if len(left) > 20 and left[-1] > 0.6 * left[-6]:
            return None  # what is left near a pole does not shrink with the panels
        low, high = _halved(low[~good], high[~good])
        if low.size > 4000:
            break
    rest = float(_panels(f, low, high, 16, np.abs).sum())
    return total + float(_panels(f, low, high, 24).sum()) if rest <= 1e-10 * size else None


def _halved(low: Array, high: Array) -> tuple[Array, Array]:
    middle = low / 2 + high / 2
    return np.concatenate([low, middle]), np.concatenate([middle, high])


def _panels(f: Function, low: Array, high: Array, n: int, of: Function = np.positive) -> Array:
    """The integral of f (or of ``of(f)``) times the density over each panel, by the rule of n nodes."""
    nodes, weights = _rule(n)
    half = (high - low) / 2
    z = (low / 2 + high / 2)[:, None] + half[:, None] * nodes
    return np.asarray((of(f(z)) * density(z)) @ weights * half)


# ---- variance -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Crossings:
    """Where V(q) = E f(sqrt(q) z)^2 is q, with the slope of V there; ``every``: for all q."""

    at: tuple[tuple[float, float], ...]
    every: bool = False


def variances(f: Function, q: Array, cuts: Array, n: int) -> Array:
    """E f(sqrt(q) z)^2 for each q: panels as fine as the function is, on its own scale and on that of z."""
    root = np.sqrt(q)[:, None]
    scales = 2.0 ** np.arange(-3, 12)
    own = np.concatenate([-scales, scales, cuts])[None, :] / root
    fixed = np.broadcast_to(np.arange(-WIDEST, WIDEST + 1, 2), (q.size, int(WIDEST) + 1))
    ends = np.sort(np.clip(np.concatenate([own, fixed, np.zeros_like(root)], axis=1), -WIDEST, WIDEST), axis=1)
    nodes, weights = _rule(n)
    half = np.diff(ends, axis=1) / 2
    z = (ends[:, :-1] + half)[:, :, None] + half[:, :, None] * nodes
    squares = np.square(f((root[:, :, None] * z).ravel()).reshape(z.shape)) * density(z)
    return np.asarray(np.where(half > 0, (squares @ weights) * half, 0.0).sum(axis=1))


def fixed_variances(f: Function, cuts: Array) -> Crossings | None:
    """All q between 1e-6 and 1e6 that V maps to themselves; None where the integrals are not certain."""
    q = 10 ** (np.arange(74) / 73 * 12 - 6.0123)  # not at round numbers, where fixed points like to be
    rough, v = variances(f, q, cuts, 8), variances(f, q, cuts, 12)
    finite = int(np.argmin(np.isfinite(v))) if not np.isfinite(v).all() else q.size  # then f overflows
    q, rough, v = q[:finite], rough[:finite], v[:finite]
    if finite < 2 or (q[-1] < 100 and v[-1] < 10 * q[-1]):
        return None
    if (np.abs(v - q) <= 1e-9 * q).all():
        return Crossings((), every=True)
    if (np.abs(v - rough) > 0.3 * np.abs(v - q)).any():
        return None
    side = np.sign(v - q)
    found = [_polished(f, cuts, *q[k : k + 2].tolist()) for k in np.flatnonzero(side[1:] != side[:-1])]
    return None if None in found else Crossings(tuple(p for p in found if p is not None))


def _polished(f: Function, cuts: Array, low: float, high: float) -> tuple[float, float] | None:
    """The crossing between two variances, and the slope of V there."""

    def excess(q: float) -> float:
        return float(variances(f, np.array([q]), cuts, 12)[0]) / q - 1

    q = _root(excess, low, high)
    near = q * np.array([1, 1 - 1e-4, 1 + 1e-4])
    v, check = variances(f, near, cuts, 12), variances(f, near, cuts, 20)
    if not (np.abs(v - check) <= 1e-9 * v).all():
        return None
    return q, float((v[2] - v[1]) / (near[2] - near[1]))


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    """The root of f between two places of different sign, by false position (Illinois)."""
    a, b = f(low), f(high)
    for _ in range(60):
        middle = high - b * (high - low) / (b - a)
        c = f(middle)
        if abs(c) <= 2e-15 or abs(high - low) <= 4e-16 * high or middle in (low, high):
            return middle
        if (c > 0) == (b > 0):
            a = a / 2
        else:
            low, a = high, b
        high, b = middle, c
    return high
