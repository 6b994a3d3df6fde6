"""Smooth gates, second part: none has a kink, except smu1 with mu = 0."""

from __future__ import annotations

from math import log

from flint import arb, arb_series

from reference.formulas.registry import elementwise, x_itself
from reference.words import Series, constant, log1p, normcdf, positive, sigmoid, size, softplus, tanh, with_value


def sech(u: Series) -> Series:
    q = (-size(u)).exp()
    return 2 * q / (1 + q * q)


def shut(u: Series) -> Series:
    """A gate far out: 1 or 0, and next to nothing."""
    return constant(1 if positive(u) else 0)


def ratio(p: int, q: int) -> Series:
    return constant(arb(p) / q)


@elementwise(exponents=lambda x: (x * x / 2, 2 * max(x, 0.0)), gate=True)
def phish(x: Series) -> Series:
    g = x * normcdf(x)
    return x * (g if x[0] < -1000 else tanh(g))  # beyond, arb's expm1 of so small a number loses its digits


@elementwise(exponents=lambda x, alpha, beta: (beta * x,), gate=True)
def plogish(x: Series, alpha: Series = 1.0, beta: Series = 10.0) -> Series:
    return alpha * x * log1p(sigmoid(beta * x))


@elementwise(exponents=x_itself)
def sechsig(x: Series) -> Series:
    return (x + sech(x)) * sigmoid(x)


@elementwise(exponents=lambda x, a: (x, x + a))
def psechsig(x: Series, a: Series = 1.0) -> Series:
    return (x + a * sech(x + a)) * sigmoid(x)


@elementwise(exponents=x_itself, beyond=lambda x: -x)
def tanhsig(x: Series) -> Series:
    return (x + tanh(x)) * sigmoid(x)


@elementwise(exponents=lambda x, a: (x, 2 * (x + a)), beyond=lambda x: -x)
def ptanhsig(x: Series, a: Series = 1.0) -> Series:
    return (x + a * tanh(x + a)) * sigmoid(x)


@elementwise(
    exponents=lambda x, gamma, delta: (delta * x, gamma * max(delta * x, 0.7) * gamma * max(delta * x, 0.7)), gate=True
)
def pserf(x: Series, gamma: Series = 1.25, delta: Series = 0.85) -> Series:
    return x * (gamma * softplus(delta * x)).erf()


@elementwise(exponents=x_itself, gate=True)
def psgu(x: Series, alpha: Series = 1.0) -> Series:
    return x * tanh(alpha * sigmoid(x))


@elementwise(exponents=x_itself, gate=True)
def tsrelu(x: Series) -> Series:
    return x * tanh(sigmoid(x))


@elementwise(exponents=x_itself, gate=True)
def tbsrelu(x: Series) -> Series:
    return x * tanh(tanh(x / 2))


@elementwise(exponents=lambda x, a, b: (a * x,), gate=True)
def pssilu(x: Series, a: Series = 1.0, b: Series = 0.1) -> Series:
    return x * (sigmoid(a * x) - b) / (1 - b)


@elementwise(exponents=lambda x, alpha, beta: (2 * beta * x,), gate=True)
def pstanh(x: Series, alpha: Series = 0.5, beta: Series = 0.5) -> Series:
    """1 + tanh(u) = 2/(1 + exp(-2u))."""
    return x * alpha * (2 * sigmoid(2 * beta * x))


@elementwise()
def quad_gelu(x: Series) -> Series:
    return (x * x + 2 * x + 4) / 8


@elementwise(exponents=lambda x: (1.702 * x,), gate=True)
def quick_gelu(x: Series) -> Series:
    return x * sigmoid(ratio(1702, 1000) * x)


@elementwise(exponents=x_itself, gate=True)
def rehsec(x: Series) -> Series:
    return x * sech(x)


@elementwise(exponents=lambda x, alpha, b: (b * x * b * x / 2,))
def sau(x: Series, alpha: Series = 0.15, b: Series = 1.0) -> Series:
    """The integral of leaky ReLU times the density: its own value, and 1 - alpha times what is beyond zero."""
    u = b * x
    if abs(u[0]) > 1000:
        return x if positive(x) else alpha * x  # what is left is exp(-500000)
    bump = (-u * u / 2).exp() / (2 * arb.pi()).sqrt()
    if positive(x):
        return x + (1 - alpha) * (bump / b - x * normcdf(-u))
    return alpha * x + (1 - alpha) * (bump / b + x * normcdf(u))


@elementwise(exponents=x_itself, gate=True)
def scaled_silu(x: Series) -> Series:
    return x * (ratio(5, 3) - arb(2) ** -1000 if x[0] > 1000 else sigmoid(x) * 5 / 3)  # far out 1 less a hair


@elementwise(gate=True)
def self_arctan(x: Series) -> Series:
    return x * x.atan()


@elementwise(exponents=lambda x, alpha: (x * x / 2,), gate=True)
def sgelu(x: Series, alpha: Series = 1.0) -> Series:
    return alpha * (size(x) if abs(x[0]) > 1000 else x * (x / arb(2).sqrt()).erf())


@elementwise(exponents=lambda x, a, b: (x, b * x))
def sinlu(x: Series, a: Series = 1.0, b: Series = 1.0) -> Series:
    return (x + a * (b * x).sin()) * sigmoid(x)


@elementwise(exponents=x_itself, gate=True)
def sinsig(x: Series) -> Series:
    return x * (sigmoid(x) * arb.pi() / 2).sin()


@elementwise(exponents=x_itself, gate=True)
def smish(x: Series) -> Series:
    return x * tanh(log1p(sigmoid(x)))


@elementwise(exponents=lambda x, alpha, mu: (mu * (1 - alpha) * x * mu * (1 - alpha) * x,), gate=True)
def smu(x: Series, alpha: Series = 0.25, mu: Series = 1.0) -> Series:
    """1 + erf(v) = 2 normcdf(sqrt(2) v) = 2 - 2 normcdf(-sqrt(2) v)."""
    w = (1 - alpha) * x
    v = mu * w
    if alpha[0] != 0 and abs(v[0]) > 1000:
        return alpha * x + (w if positive(v) else 0 * x)
    g = w * normcdf(-size(v) * arb(2).sqrt())
    f = x - g if positive(v) else alpha * x + g
    if v[0] * v[0] == 1 and x[1] == 1:  # where the slope is steepest, its slope is 0, not about 0
        return arb_series([f[0], f[1], 0, *f.coeffs()[3:]])
    return f


@elementwise(kinks=lambda alpha, mu: () if mu else (0.0,))
def smu1(x: Series, alpha: Series = 0.25, mu: Series = 0.5) -> Series:
    w = (1 - alpha) * x
    if mu[0] == 0:
        return ((1 + alpha) * x + (size(w) if x[0] != 0 else 0 * x)) / 2  # the slope at 0 for every other mu
    h, v = (w * w + mu * mu).sqrt(), (1 + alpha) * x
    return (h + v) / 2 if v[0] >= 0 else (mu * mu - 4 * alpha * x * x) / (h - v) / 2  # 0 as 0, by the conjugate


@elementwise(exponents=lambda x, alpha, beta: (x / beta,), gate=True)
def srs(x: Series, alpha: Series = 2.0, beta: Series = 3.0) -> Series:
    q = (-size(x) / beta).exp()
    if x[0] > 1:
        return alpha - alpha * q / (x / alpha + q)
    f = x / (x / alpha + q) if positive(x) else x * q / (x * q / alpha + 1)
    if x[0] == -beta[0] and x[1] == 1:  # the minimum: its slope is 0, not about 0
        return arb_series([f[0], 0, *f.coeffs()[2:]])
    return f


@elementwise(gate=True)
def swat(x: Series) -> Series:
    return x * sigmoid(x.atan())


@elementwise(exponents=lambda x: (x, 2 * max(x, 0.0)), gate=True)
def tsilu(x: Series) -> Series:
    return 1 - 2 * (-2 * x).exp() if x[0] > 2000 else tanh(x * sigmoid(x))


@elementwise(gate=True)
def swim(x: Series, k: Series = 0.5) -> Series:
    return x * (1 + k * x / (1 + x * x).sqrt()) / 2


@elementwise(gate=True)
def swish_plus(x: Series, eps: Series = 0.01) -> Series:
    return x * (1 + x / (x * x + eps).sqrt()) / 2


@elementwise(exponents=lambda x, alpha, beta: (beta * x, 2 * x), gate=True)
def swisht(x: Series, alpha: Series = 0.1, beta: Series = 1.0) -> Series:
    return x * sigmoid(beta * x) + alpha * tanh(x)


def tanh_of_exp(u: Series, scale: Series) -> Series:
    """tanh(scale exp(u)); for large u as 1 - 2/(exp(2 scale exp(u)) + 1) with nothing left of the fraction."""
    if u[0] > 60 + (-log(abs(float(scale[0]))) if float(scale[0]) else 0):
        return constant(1 if scale[0] > 0 else -1) if scale[0] != 0 else 0 * u
    return tanh(scale * u.exp())


@elementwise(exponents=x_itself, gate=True)
def tanhexp(x: Series) -> Series:
    return x * tanh_of_exp(x, constant(1))


@elementwise(exponents=lambda x, a, b, c, d: (x, c * x, 2 * a * x), gate=True)
def tanhsoft(x: Series, a: Series = 0.0, b: Series = 0.6, c: Series = 1.0, d: Series = 0.0) -> Series:
    """log(d + exp(x)) = x + log1p(d exp(-x)), or log1p(exp(x) + d - 1) on the left."""
    share = x if d[0] == 0 else log1p(x.exp() + (d - 1)) if x[0] < 0 else x + log1p(d * (-x).exp())
    if b[0] != 0 and c[0] * x[0] > 60 + abs(log(float(b[0]))):
        return share
    return tanh(a * x + b * (c * x).exp()) * share


@elementwise(exponents=lambda x, alpha: (x, 2 * alpha * x))
def tanhsoft1(x: Series, alpha: Series = 0.87) -> Series:
    return tanh(alpha * x) * softplus(x)


@elementwise(exponents=lambda x, beta, gamma: (gamma * x,), gate=True)
def tanhsoft2(x: Series, beta: Series = 0.6, gamma: Series = 1.0) -> Series:
    return x * tanh_of_exp(gamma * x, beta)


@elementwise(exponents=lambda x, alpha: (x, 2 * alpha * x))
def tanhsoft3(x: Series, alpha: Series = 0.99) -> Series:
    """For positive x with exp(x) taken out of the logarithm: 1 - tanh(v) = 2/(exp(2v) + 1)."""
    if positive(x):
        return x + log1p((-x).exp() - 2 * sigmoid(-2 * alpha * x))
    return log1p(x.exp() * tanh(alpha * x))


@elementwise(exponents=lambda x, a, b: (2 * x, x - a, x - b), gate=True)
def ts_swish(x: Series, a: Series = 1.0, b: Series = 2.0) -> Series:
    if x[0] > 1000 + abs(a[0]) + abs(b[0]):
        return x * (3 - arb(2) ** -1000)  # 3 less a hair
    s = sigmoid(x)
    return x * s * (s + sigmoid(x - a) + sigmoid(x - b))


@elementwise(gate=True)
def xatlu(x: Series, alpha: Series = 0.0) -> Series:
    """For negative x, atan(x) + pi/2 = atan(-1/x)."""
    g = (-1 / x).atan() / arb.pi() if x[0] < -1 else x.atan() / arb.pi() + ratio(1, 2)
    if abs(x[0]) == 1:
        g = with_value(arb(3 if positive(x) else 1) / 4, g)
    return x * (g * (1 + 2 * alpha) - alpha)


@elementwise(exponents=lambda x, alpha: (x * x / 2,), gate=True)
def xgelu(x: Series, alpha: Series = 0.0) -> Series:
    g = shut(x) if alpha[0] != 0 and abs(x[0]) > 1000 else normcdf(x)
    return x * (g * (1 + 2 * alpha) - alpha)


@elementwise(exponents=lambda x, alpha: (x,), gate=True)
def xsilu(x: Series, alpha: Series = 0.0) -> Series:
    g = shut(x) if alpha[0] != 0 and abs(x[0]) > 30000 else sigmoid(x)
    return x * (g * (1 + 2 * alpha) - alpha)
