"""Functions with noise, the noise given as a parameter. At a kink the derivative is that of the right side for eelu,
eprelu and rt_prelu, and 0 for erelu, noisy_relu, probact, rt_relu, hard_concrete, and noisy_hard_tanh.

Kinks that depend on noise through a sigmoid are no float, so that a neighbour may lie on either side: not listed.
"""

from __future__ import annotations

from math import log

from reference.formulas.registry import Points, at_zero, elementwise, negative_x
from reference.words import Series, clip, constant, expm1, positive, sigmoid


def _logistic(u: Series) -> Series:
    return (u / (1 - u)).log()


@elementwise(kinks=lambda u: (0.0,) if u == 0.5 else ())
def bernoulli_neuron(x: Series, u: Series = 0.5) -> Series:
    return constant(1 if (x + _logistic(1 - u))[0] > 0 else 0) if u[0] != 0.5 else constant(1 if positive(x) else 0)


def _noisy_exponent(x: float, u: float, tau: float, **_: float) -> Points:
    return (x / tau, log(u / (1 - u)) / tau)


@elementwise(exponents=_noisy_exponent)
def binary_concrete(x: Series, u: Series = 0.5, tau: Series = 1.0) -> Series:
    """At 0 its Taylor series, of which at most four terms are asked for: the second derivative is exactly 0."""
    v = (x + _logistic(u)) / tau
    return sigmoid(v) if v[0] != 0 else constant(0.5) + v / 4 - v * v * v / 48


@elementwise(kinks=at_zero, exponents=lambda x, beta, **_: (min(beta * x, 0.0),))
def eelu(
    x: Series, k: Series = 1.0, alpha: Series = 1.0, beta: Series = 1.0, sigma: Series = 0.25, z: Series = 0.0
) -> Series:
    slope = k + clip(sigma * z, constant(-1), constant(1))
    return alpha * expm1(beta * x) if x[0] < 0 else slope * x


@elementwise(kinks=at_zero)
def eprelu(x: Series, k: Series = 1.0, a: Series = 0.25, alpha: Series = 0.1, u: Series = 0.0) -> Series:
    return a * x if x[0] < 0 else (k + alpha * u) * x


@elementwise(kinks=at_zero)
def erelu(x: Series, k: Series = 1.0, alpha: Series = 0.1, u: Series = 0.0) -> Series:
    return (k + alpha * u) * x if positive(x) else constant(0)


@elementwise(exponents=_noisy_exponent)
def hard_concrete(x: Series, u: Series = 0.5, tau: Series = 2 / 3, hi: Series = 1.1, lo: Series = -0.1) -> Series:
    return clip(lo + (hi - lo) * binary_concrete(x, u, tau), constant(0), constant(1))


@elementwise(kinks=lambda **_: (-1.0, 1.0), exponents=lambda x, p, **_: (p * max(abs(x) - 1, 0.0),))
def noisy_hard_tanh(x: Series, alpha: Series = 1.0, c: Series = 0.5, p: Series = 1.0, eps: Series = 0.0) -> Series:
    """Beyond the threshold the noise, which at d = |x| - 1 has the size c (sigmoid(p d) - 1/2)^2."""
    if abs(x[0]) < 1:
        return x
    side = 1 if positive(x) else -1
    beyond = sigmoid(p * (side * x - 1)) - constant(0.5)
    return alpha * side + (1 - alpha) * x - side * c * eps * beyond * beyond


@elementwise(kinks=lambda eps: () if eps else (0.0,), exponents=negative_x)
def noisy_relu(x: Series, eps: Series = 0.0) -> Series:
    moved = x + eps * sigmoid(x).sqrt()
    return moved if positive(moved) else constant(0)


@elementwise(kinks=at_zero)
def probact(x: Series, sigma: Series = 0.1, eps: Series = 0.0) -> Series:
    return (x if positive(x) else constant(0)) + sigma * eps


@elementwise(kinks=lambda a, b: (-b,))
def rt_prelu(x: Series, a: Series = 0.25, b: Series = 0.0) -> Series:
    return a * x if x[0] + b[0] < 0 else x


@elementwise(kinks=lambda a: (-a,))
def rt_relu(x: Series, a: Series = 0.0) -> Series:
    return x + a if x[0] + a[0] > 0 else constant(0)
