"""Initial weights: the same normal draw for every activation, scaled so that signals keep their size."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from nonlin.core import Activation
from nonlin.units import GatedUnit

Unit = Activation | GatedUnit

REACH, POINTS = 10.0, 1001  # for gated units: the normal density beyond 10 is 1e-22, below what float64 can add


def gain(activation: Unit) -> float:
    """1 / sqrt(E f(z)^2) for normal z: weights of this gain over sqrt(fan-in) give pre-activations of variance 1 again.

    1 where there is no such number: see :func:`notes`.
    """
    found = _gain(activation)
    return found if found is not None and _usable(found) else 1.0


def notes(activation: Unit) -> tuple[str, ...]:
    """What the reader must know where :func:`gain` had to fall back on 1."""
    if _usable(_gain(activation)):
        return ()
    return (
        f"{activation.name}: no gain is known (the mean square of its output for normal input is 0, infinite or "
        "undecided), so its weights are drawn with gain 1",
    )


def _usable(gain: float | None) -> bool:
    return gain is not None and math.isfinite(gain) and gain > 0


def _gain(activation: Unit) -> float | None:
    if isinstance(activation, GatedUnit):
        return _gated_gain(activation)
    return activation.facts.gain


def _gated_gain(unit: GatedUnit) -> float:
    """The same for two independent normal halves, by the trapezoidal rule, good to six digits even at a kink."""
    z = np.linspace(-REACH, REACH, POINTS)
    density = np.exp(-z * z / 2)
    density /= density.sum()
    a, b = np.broadcast_arrays(z[:, None], z)
    values = unit(np.stack([a, b], axis=-1), axis=-1)[..., 0]
    return float((density @ np.square(values) @ density) ** -0.5)


def draw(random: np.random.Generator, shape: tuple[int, ...], gain: float, rule: str) -> npt.NDArray[np.float32]:
    """The weights of one layer: ``shape`` is (inputs, outputs), or (filters, 3, 3, channels) of a convolution.

    Either rule takes the same standard normal numbers z from ``random``, so that networks of one seed are paired.
    "matched": gain z / sqrt(fan-in). "framework": Keras' default, Glorot's uniform weights (Glorot & Bengio 2010):
    sqrt(6 / (fan-in + fan-out)) (2 Phi(z) - 1), Phi the normal distribution function.
    """
    z = random.standard_normal(shape, dtype=np.float32)
    into, out = fans(shape)
    if rule == "matched":
        return z * np.float32(gain / math.sqrt(into))
    from scipy.special import erf  # 2 Phi(z) - 1 = erf(z / sqrt 2)

    uniform: npt.NDArray[np.float64] = erf(z.astype(float) / math.sqrt(2))
    return (math.sqrt(6 / (into + out)) * uniform).astype(np.float32)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Fan-in and fan-out: how many numbers one output is made of, and how many outputs one number goes to."""
    if len(shape) == 2:
        return shape[0], shape[1]
    filters, *window, channels = shape
    return math.prod(window) * channels, math.prod(window) * filters
