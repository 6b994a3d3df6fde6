"""The functions of `nonlin.catalogue.gated_1`. At a kink: hard_mish has slope -1 at -2, as timm; hard_swish_adaptive is
cut off as hard_swish is; i_gelu, whose gate jumps at 0, has slope 1/2 there.
"""

from __future__ import annotations

from math import exp, inf

from flint import arb, arb_series

from reference.formulas.registry import at_zero, elementwise, x_itself
from reference.words import (
    Series,
    constant,
    expm1,
    log1p,
    normcdf,
    positive,
    sigmoid,
    size,
    softplus,
    tanh,
    with_value,
)


def _within(low: float, u: Series, high: float) -> Series:
    """``u``, taken no farther out than these ends, where what is made of it has settled for every format.

    It then is still a hair beside its limit, on the right side: with the true exp(-1e12) no precision would tell on
    which side of a tie a multiple of x lies.
    """
    return with_value(arb(low), u) if u[0] < low else with_value(arb(high), u) if u[0] > high else u


def _gate(u: Series) -> Series:
    return sigmoid(_within(-5000, u, 5000))


@elementwise(exponents=lambda x, p, beta: (beta * (1 - p) * x,), gate=True)
def acon_b(x: Series, p: Series = 0.25, beta: Series = 1.0) -> Series:
    return acon_c(x, constant(1), p, beta)


@elementwise(exponents=lambda x, p1, p2, beta: (beta * (p1 - p2) * x,), gate=True)
def acon_c(x: Series, p1: Series = 1.0, p2: Series = 0.0, beta: Series = 1.0) -> Series:
    y = (p1 - p2) * x
    return y * _gate(beta * y) + p2 * x


@elementwise(exponents=lambda x, a, b: (b * x,), gate=True)
def ahaf(x: Series, a: Series = 1.0, b: Series = 1.0) -> Series:
    return a * x * _gate(b * x)


@elementwise(exponents=lambda x, alpha, beta, gamma: (2 * beta * x,), gate=True)
def aptx(x: Series, alpha: Series = 1.0, beta: Series = 1.0, gamma: Series = 0.5) -> Series:
    """tanh(u) = 2 sigmoid(2u) - 1."""
    return (alpha - 1 + 2 * _gate(2 * beta * x)) * gamma * x


@elementwise(exponents=x_itself)
def asilu(x: Series) -> Series:
    return (x * sigmoid(x)).atan()


@elementwise(exponents=lambda x, beta: (x, 2 * beta * max(x, 0.0)), gate=True)
def beta_mish(x: Series, beta: Series = 1.5) -> Series:
    return x * tanh(beta * softplus(x))


@elementwise(exponents=x_itself, gate=True)
def bsilu(x: Series, alpha: Series = 1.67) -> Series:
    return (x + alpha) * sigmoid(x) - alpha / 2


@elementwise(gate=True)
def calu(x: Series) -> Series:
    """Left of -1 the gate is atan(-1/x)/pi."""
    return x * ((-1 / x).atan() / arb.pi() if x[0] < -1 else x.atan() / arb.pi() + constant(0.5))


@elementwise(exponents=x_itself)
def colu(x: Series) -> Series:
    """Left of 0 multiplied above and below by the inverse of the exponential."""
    if x[0] < 0:
        g = (x + x.exp()).exp()
        return x * g / (g - x)
    return x / (1 - x * (-x - _within(0, x, 50).exp()).exp())


@elementwise(exponents=lambda x, alpha, beta: (x, beta * x), gate=True)
def coslu(x: Series, alpha: Series = 1.0, beta: Series = 1.0) -> Series:
    return (x + alpha * (beta * x).cos()) * sigmoid(x)


@elementwise(exponents=x_itself, gate=True)
def double_silu(x: Series) -> Series:
    return x * sigmoid(x * sigmoid(x))


@elementwise(exponents=x_itself)
def dsigmoid(x: Series) -> Series:
    return sigmoid(x) * sigmoid(-x)


@elementwise(exponents=x_itself)
def dsilu(x: Series) -> Series:
    return sigmoid(x) * (1 + x * sigmoid(-x))


@elementwise(exponents=x_itself, gate=True)
def eanaf(x: Series) -> Series:
    e = (-size(x)).exp()
    return x * e / (e + 2) if x[0] < 0 else x / (1 + 2 * e)


def _eis(x: Series, root: Series, delta: Series, theta: Series) -> Series:
    """x softplus(x)/(root + delta exp(-theta x)); the exponential is never large."""
    e = (-theta * size(x)).exp()
    return x * softplus(x) * e / (root * e + delta) if x[0] < 0 else x * softplus(x) / (root + delta * e)


def _root(beta: Series, gamma: Series, x: Series) -> Series:
    return (beta + gamma * x * x).sqrt()


@elementwise(exponents=lambda x, beta, gamma, delta, theta: (theta * x, x), gate=True)
def eis(x: Series, beta: Series = 1.0, gamma: Series = 1.0, delta: Series = 1.0, theta: Series = 1.0) -> Series:
    return _eis(x, _root(beta, gamma, x), delta, theta)


@elementwise(exponents=lambda x, delta, theta: (theta * x, x), gate=True)
def eis1(x: Series, delta: Series = 1.0, theta: Series = 1.0) -> Series:
    return _eis(x, x, delta, theta)


@elementwise(exponents=lambda x, beta, gamma: (x,), gate=True)
def eis2(x: Series, beta: Series = 1.0, gamma: Series = 1.0) -> Series:
    return x * softplus(x) / _root(beta, gamma, x)


@elementwise(exponents=lambda x, delta, theta: (theta * x,), gate=True)
def eis3(x: Series, delta: Series = 1.0, theta: Series = 1.0) -> Series:
    """The exponential is never large."""
    u = theta * x
    return x / (1 + delta * (-u).exp()) if u[0] > 0 else x * u.exp() / (u.exp() + delta)


@elementwise(exponents=lambda x, alpha, beta: (beta * x, (alpha * exp(min(beta * x, 9.0))) ** 2), gate=True)
def erfact(x: Series, alpha: Series = 0.75, beta: Series = 0.75) -> Series:
    return x * (alpha * (beta * x).exp()).erf()


@elementwise(exponents=lambda x, beta: (x,), gate=True)
def eswish(x: Series, beta: Series = 1.5) -> Series:
    return beta * x * _gate(x)


@elementwise(exponents=x_itself)
def exp_swish(x: Series) -> Series:
    return sigmoid(-x)


@elementwise(kinks=lambda lo, hi: (hi,), exponents=lambda x, lo, hi: (x * x / 2,), gate=True)
def gelu_10(x: Series, lo: Series = -10.0, hi: Series = 10.0) -> Series:
    """The kinks are where the GELU is lo or hi: for hi = 10 at 10 + 8e-23; -10 is never reached."""
    u = x * normcdf(x)
    return lo if u[0] < lo[0] else hi if u[0] > hi[0] else u


@elementwise(exponents=x_itself, gate=True)
def gish(x: Series) -> Series:
    return x * log1p(-expm1(-_within(-inf, x, 50).exp()))


def _gompertz(x: Series) -> Series:
    """exp(-exp(-x)), taken no farther left than -20, where it is 0 in every format, nor farther right than 5000."""
    return (-(-_within(-20, x, 5000)).exp()).exp()


@elementwise(exponents=lambda x: (x, exp(min(-x, 9.0))), gate=True)
def golu(x: Series) -> Series:
    return x * _gompertz(x)


@elementwise(
    exponents=lambda x, alpha, beta, gamma: (gamma * x, beta * exp(min(-gamma * x, 9.0))),
    gate=True,
)
def golu_parametric(x: Series, alpha: Series = 1.0, beta: Series = 1.0, gamma: Series = 1.0) -> Series:
    return alpha * x * _gompertz(gamma * x - beta.log())


@elementwise(exponents=lambda x: (x, exp(min(-x, 9.0))), gate=True)
def gswish(x: Series) -> Series:
    return x * sigmoid((-_within(-50, x, inf)).exp())


@elementwise(kinks=lambda: (-2.0, 0.0), gate=True)
def hard_mish(x: Series) -> Series:
    return constant(0) if x[0] < -2 else x * (x + 2) / 2 if x[0] < 0 else x


@elementwise(kinks=lambda beta: (-2.5, 2.5) if beta == 1 else (), gate=True)
def hard_swish_adaptive(x: Series, beta: Series = 1.0) -> Series:
    """The kinks are at -2.5/beta and 2.5/beta, which for most betas are no numbers of float64."""
    u = 2 * beta * x + 5
    return constant(0) if u[0] <= 0 else 2 * x if u[0] >= 10 else x * u / 5


def _cosh(u: Series) -> Series:
    return (u.exp() + (-u).exp()) / 2


@elementwise(kinks=at_zero, exponents=x_itself)
def hclsh(x: Series) -> Series:
    """Left of 0, log(cosh(x)) + x = log((1 + exp(2x))/2)."""
    if x[0] < 0:
        return log1p(expm1(2 * x) / 2)
    return x + (((-2 * x).exp() + 1) / 2 + x * _cosh(x / 2) * (-x).exp()).log() if x[0] > 2 else _near(x)


def _near(x: Series) -> Series:
    half = (x / 2).exp() - (-x / 2).exp()
    return log1p(half * half / 2 + x * _cosh(x / 2))


@elementwise(kinks=at_zero, gate=True)
def i_gelu(x: Series) -> Series:
    u = size(x) / arb(2).sqrt()
    parabola = constant(0)
    if u[0] < 1.769:
        parabola = constant(0.2888) * (u - 1.769) * (u - 1.769)
    return x / 2 if x[0] == 0 else x / 2 * (2 - parabola if positive(x) else parabola)


@elementwise(exponents=x_itself, gate=True)
def lalu(x: Series) -> Series:
    """At -1, where the derivative is exactly 0, by its Taylor series."""
    if x[0] == -1:
        return arb_series([-1, 0, arb(1) / 2, arb(1) / 3]) * constant(arb(-1).exp() / 2)
    return x * (x.exp() / 2 if x[0] < 0 else 1 - (-x).exp() / 2)


@elementwise(exponents=lambda x, alpha, beta: (beta * x,), gate=True)
def lau(x: Series, alpha: Series = 1.0, beta: Series = 1.0) -> Series:
    return x * log1p(alpha * sigmoid(beta * x))


@elementwise(exponents=lambda x: (2 * x,), gate=True)
def lisht(x: Series) -> Series:
    return x * tanh(x)


@elementwise(gate=True)
def logish_plus(x: Series, eps: Series = 0.01) -> Series:
    """Left of 0, 1 + x/h = (h*h - x*x)/(h*(h - x)), of which the numerator is eps."""
    h = (x * x + eps).sqrt()
    return x * log1p(eps / (2 * h * (h - x)) if x[0] < 0 else (1 + x / h) / 2)


@elementwise(exponents=x_itself, gate=True)
def loglogish(x: Series) -> Series:
    return -x * expm1(-_within(-inf, x, 50).exp())


@elementwise(exponents=lambda x, beta: (x + beta, 2 * max(x + beta, 0.0)), gate=True)
def mila(x: Series, beta: Series = -0.25) -> Series:
    return x * tanh(softplus(x + beta))


@elementwise(exponents=lambda x, k: (x,), gate=True)
def pats(x: Series, k: Series = 0.625) -> Series:
    return x * (k * arb.pi() * sigmoid(x)).atan()


@elementwise(exponents=lambda x, a: (x * x / a / a / 2,), gate=True)
def pgelu(x: Series, a: Series = 1.0) -> Series:
    return x * normcdf(x / a)
