"""S-shaped functions. At a kink: hexpo and penalized_tanh have the right slope at 0; improved_logistic_sigmoid has
the slope of its lines at -b and b; plan_sigmoid is continued to the left from 1, 2.375 and 5, to the right from the
others. ``mollified`` is the root of u^2 + eps in place of |u|.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp

from flint import arb

from reference.formulas.registry import at_zero, elementwise, x_itself
from reference.words import Series, constant, erfc, expm1, log1p, normcdf, sigmoid, size, softplus, tanh, with_value


def mollified(u: Series, eps: Series) -> Series:
    return (u * u + eps).sqrt()


def fading(u: Series) -> Series:
    """exp(-exp(u)); where that is beyond every format, still a tiny number."""
    return (-(u if u[0] < 20 else with_value(arb(20), u)).exp()).exp()


def settled(word: Callable[[Series], Series], end: int, u: Series) -> Series:
    """``word(u)`` whose value beyond ``end`` is that at ``end``: what it lacks to its limit is below every format.

    So the side of a tie on which a sum with it lies is known without thousands of bits.
    """
    return with_value(word(constant(end if u[0] > 0 else -end))[0], word(u)) if abs(u[0]) > end else word(u)


# ---- algebraic ------------------------------------------------------------------------------------------------------


@elementwise()
def algebraic_sigmoid(x: Series, k: Series = 2.0) -> Series:
    if x[0] == 0:
        return x
    return x * (-log1p((k * size(x).log()).exp()) / k).exp()


@elementwise()
def bipolar_plus(x: Series, eps: Series = 0.01) -> Series:
    return x / mollified(x, eps)


@elementwise()
def brelu_plus(x: Series, eps: Series = 0.01) -> Series:
    return (1 + mollified(x, eps) - mollified(x - 1, eps)) / 2


@elementwise()
def elliott(x: Series) -> Series:
    return x / (2 * (1 + size(x))) + constant(0.5)


@elementwise()
def hard_tanh_plus(x: Series, eps: Series = 0.01) -> Series:
    """The difference of the roots times their sum is 4x, which is exact at 0."""
    return 2 * x / (mollified(x + 1, eps) + mollified(x - 1, eps))


@elementwise()
def isru(x: Series, alpha: Series = 1.0) -> Series:
    return x / (1 + alpha * x * x).sqrt()


@elementwise()
def mishra(x: Series) -> Series:
    s = x / (1 + size(x))
    return (s * s + s) / 2


@elementwise()
def modified_elliott(x: Series) -> Series:
    return x / (1 + x * x).sqrt() + constant(0.5)


@elementwise()
def rootsig(x: Series, a: Series = 1.0) -> Series:
    return a * x / (1 + (1 + a * a * x * x).sqrt())


@elementwise()
def scaled_softsign_ax(x: Series, a: Series = 1.0) -> Series:
    return a * x / (1 + size(a * x))


@elementwise()
def softsign_plus(x: Series, eps: Series = 0.01) -> Series:
    return x / (1 + mollified(x, eps))


@elementwise()
def step_plus(x: Series, eps: Series = 0.01) -> Series:
    return (1 + x / mollified(x, eps)) / 2


# ---- circular and of the normal distribution ------------------------------------------------------------------------


@elementwise()
def arctan_normalized(x: Series) -> Series:
    return 2 / arb.pi() * (arb.pi() / 2 * x).atan()


def _error_function(u: Series) -> Series:
    return u.erf() if abs(u[0]) < 1 else 1 - erfc(u) if u[0] > 0 else erfc(-u) - 1


@elementwise(exponents=lambda x, alpha, s, gamma, beta: ((alpha * x + s) * (alpha * x + s),))
def derf(x: Series, alpha: Series = 0.5, s: Series = 0.0, gamma: Series = 1.0, beta: Series = 0.0) -> Series:
    return gamma * settled(_error_function, 40, alpha * x + s) + beta


@elementwise(exponents=lambda x: (x * x,))
def erf(x: Series) -> Series:
    return _error_function(x)


@elementwise(exponents=x_itself)
def gudermannian(x: Series) -> Series:
    return 2 * tanh(x / 2).atan()


@elementwise(exponents=lambda x, mu, sigma: ((x - mu) / sigma * ((x - mu) / sigma) / 2,))
def laplace_mega(x: Series, mu: Series = 0.707107, sigma: Series = 0.282095) -> Series:
    return erfc((mu - x) / (sigma * arb(2).sqrt())) / 2


@elementwise(exponents=lambda x: (x * x / 2,))
def _normcdf(x: Series) -> Series:
    return normcdf(x)


# ---- hyperbolic and logistic ----------------------------------------------------------------------------------------


@elementwise(exponents=lambda x, b: (x, x + b))
def bimodal_sigmoid(x: Series, b: Series = 1.0) -> Series:
    return (sigmoid(x) + sigmoid(x + b)) / 2


@elementwise(exponents=x_itself)
def bipolar_sigmoid(x: Series) -> Series:
    """(1 - exp(-x))/(1 + exp(-x))."""
    return tanh(x / 2)


@elementwise(exponents=lambda x, alpha, gamma, beta: (2 * alpha * x,))
def dynamic_tanh(x: Series, alpha: Series = 0.5, gamma: Series = 1.0, beta: Series = 0.0) -> Series:
    return gamma * settled(tanh, 1000, alpha * x) + beta


@elementwise(kinks=at_zero, exponents=lambda x, a, b, c, d: (x / b if x > 0 else x / d,))
def hexpo(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 1.0, d: Series = 1.0) -> Series:
    return c * expm1(x / d) if x[0] < 0 else -a * expm1(-x / b)


@elementwise(kinks=lambda a, b: (-b, b), exponents=lambda x, a, b: (min(abs(x), b),))
def improved_logistic_sigmoid(x: Series, a: Series = 0.2, b: Series = 2.0) -> Series:
    if abs(x[0]) < b[0]:
        return sigmoid(x)
    return a * (x - b) + sigmoid(b) if x[0] > 0 else a * (x + b) + sigmoid(-b)


@elementwise(exponents=lambda x, a, b: (2 * b * x,))
def lecun_tanh(x: Series, a: Series = 1.7159, b: Series = 2 / 3) -> Series:
    return a * tanh(b * x)


@elementwise(exponents=lambda x, a, b1, b2: (x - b1, x - b2))
def msaf2(x: Series, a: Series = 0.0, b1: Series = 0.0, b2: Series = 4.0) -> Series:
    return a + settled(sigmoid, 1000, x - b1) + settled(sigmoid, 1001, x - b2)


@elementwise(exponents=lambda x: (4.9 * x,))
def neat_sigmoid(x: Series) -> Series:
    return sigmoid(arb(49) / 10 * x)


@elementwise(exponents=lambda x: (2 * x,))
def new_sigmoid(x: Series) -> Series:
    """sinh(x)/sqrt(cosh(2x)), both divided by cosh(x)."""
    t = tanh(x)
    return t / (1 + t * t).sqrt()


@elementwise(kinks=at_zero, exponents=lambda x, a: (2 * x,))
def penalized_tanh(x: Series, a: Series = 0.25) -> Series:
    return a * tanh(x) if x[0] < 0 else tanh(x)


@elementwise(exponents=x_itself)
def root2_sigmoid(x: Series) -> Series:
    """sqrt(2)^x is exp(u)."""
    return new_sigmoid(x * (arb(2).log() / 2)) / arb(8).sqrt()


@elementwise(exponents=x_itself)
def scaled_sigmoid(x: Series) -> Series:
    return 2 * tanh(x / 2)


@elementwise(exponents=lambda x, a, b: (a * x, a * b))
def shifted_scaled_sigmoid(x: Series, a: Series = 0.02, b: Series = 600.0) -> Series:
    return sigmoid(a * (x - b))


@elementwise(exponents=x_itself)
def siglin(x: Series, a: Series = 0.1) -> Series:
    return settled(sigmoid, 1000, x) + a * x


@elementwise()
def sigmoid_algebraic(x: Series, a: Series = 0.0) -> Series:
    p = 1 + a * size(x)
    return sigmoid(x * p / (1 + size(x) * p))


@elementwise(exponents=x_itself)
def sinc_sigmoid(x: Series) -> Series:
    """Far left its series, whose next term is too small."""
    s = sigmoid(x)
    return s.sin() / s if x[0] > -60 else 1 - s * s / 6 + s * s * s * s / 120


@elementwise(exponents=lambda x, a, b, c, d: (a * x, b * x, c * x, d * x))
def soboleva_tanh(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 1.0, d: Series = 1.0) -> Series:
    """Numerator and denominator divided by the largest exponential of the denominator."""
    if x[0] > 0:
        return ((a - c) * x).exp() * -expm1(-(a + b) * x) / (1 + (-(c + d) * x).exp())
    return ((d - b) * x).exp() * expm1((a + b) * x) / (1 + ((c + d) * x).exp())


@elementwise(exponents=lambda x, a: (a * x, a * (x - 1)))
def soft_clipping(x: Series, a: Series = 50.0) -> Series:
    """Far out by log1p, with log(1 + exp(u)) - log(1 + exp(u - a)) = log(1 + exp(u) (1 - exp(-a))/(1 + exp(u - a)))."""
    if abs(x[0]) < 8:
        return (softplus(a * x) - softplus(a * (x - 1))) / a
    t = x if x[0] < 0 else 1 - x
    tail = log1p((a * t).exp() * -expm1(-a) / (1 + (a * (t - 1)).exp())) / a
    return tail if x[0] < 0 else 1 - tail


@elementwise(exponents=lambda x, a: (x, x + a))
def symmetric_msaf(x: Series, a: Series = -2.0) -> Series:
    """(tanh(x/2) + tanh((x + a)/2))/2, where tanh(u) + tanh(v) = (1 + tanh(u) tanh(v)) tanh(u + v) is exact at 0."""
    if abs(x[0]) > 20:
        return sigmoid(x) + sigmoid(x + a) - 1 if x[0] < 0 else 1 - sigmoid(-x) - sigmoid(-x - a)
    return (1 + tanh(x / 2) * tanh((x + a) / 2)) * tanh(x + a / 2) / 2


@elementwise(exponents=lambda x, a, b, c: (b * x,))
def variant_sigmoid(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 0.0) -> Series:
    return a * settled(sigmoid, 1000, b * x) - c


# ---- double exponential ---------------------------------------------------------------------------------------------


@elementwise(exponents=lambda x, a: (x, x / a))
def aranda_ordaz(x: Series, a: Series = 1.0) -> Series:
    return -expm1(-softplus(x + a.log()) / a)


@elementwise(exponents=lambda x: (x, min(_exp(x), 800.0)))
def cloglog(x: Series) -> Series:
    return -expm1(-x.exp()) if x[0] < 1 else 1 - fading(x)


@elementwise(exponents=lambda x: (x, min(0.7 * _exp(x), 800.0)))
def cloglogm(x: Series) -> Series:
    return 1 - 2 * fading(x + (arb(7) / 10).log())


@elementwise(exponents=lambda x, a, b, c: (c * x, min(b * _exp(-c * x), 800.0)))
def gompertz(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 1.0) -> Series:
    return a * fading(b.log() - c * x)


@elementwise(exponents=lambda x: (x, min(_exp(-x), 800.0)))
def log_log(x: Series) -> Series:
    return fading(-x)


@elementwise(exponents=lambda x, A, K, C, Q, B, nu: (B * x, B * x / nu))
def richards(
    x: Series,
    A: Series = 0.0,
    K: Series = 1.0,
    C: Series = 1.0,
    Q: Series = 1.0,
    B: Series = 1.0,
    nu: Series = 1.0,
) -> Series:
    """log(C + Q exp(-B x)) = log(C) + softplus(log(Q/C) - B x)."""
    base = C.log() + softplus((Q / C).log() - B * x)
    return A + (K - A) * (-base / nu).exp()


@elementwise(exponents=lambda x: (x, min(_exp(-x), 800.0)))
def sigmoid_gumbel(x: Series) -> Series:
    return fading(-x) * sigmoid(x)


def _exp(u: float) -> float:
    return exp(min(u, 700.0))


# ---- piecewise ------------------------------------------------------------------------------------------------------


@elementwise(kinks=lambda: (-2.0, 0.0, 2.0))
def log_sqnl(x: Series) -> Series:
    return (sqnl(x) + 1) / 2


@elementwise(kinks=lambda: (-5.0, -2.375, -1.0, 1.0, 2.375, 5.0))
def plan_sigmoid(x: Series) -> Series:
    """The right half, and its mirror image."""
    r = size(x)
    if r[0] >= 5:
        half = constant(1)
    elif r[0] >= 2.375:
        half = r / 32 + constant(0.84375)
    else:
        half = r / 8 + constant(0.625) if r[0] >= 1 else r / 4 + constant(0.5)
    return 1 - half if x[0] < 0 else half


@elementwise(kinks=lambda gamma: (-gamma / 2, gamma / 2))
def smooth_step(x: Series, gamma: Series = 1.0) -> Series:
    if 2 * abs(x[0]) >= gamma[0]:
        return constant(1 if x[0] > 0 else 0)
    return -2 * x * x * x / (gamma * gamma * gamma) + 3 * x / (2 * gamma) + constant(0.5)


@elementwise(kinks=lambda: (-2.0, 0.0, 2.0))
def sqnl(x: Series) -> Series:
    return x * (4 - size(x)) / 4 if abs(x[0]) <= 2 else constant(1 if x[0] > 0 else -1)


@elementwise(kinks=lambda: (-4.0, 0.0, 4.0))
def zhang_sigmoid(x: Series) -> Series:
    if abs(x[0]) >= 4:
        return constant(1 if x[0] > 0 else 0)
    half = (1 - size(x) / 4) * (1 - size(x) / 4) / 2
    return half if x[0] < 0 else 1 - half
