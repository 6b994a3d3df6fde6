"""ReLU-like functions, and unbounded ones of exponentials, logarithms and roots. At a kink the derivative is that of
the branch that holds there: 0 for |x|, and for maximum(..., 0) where both are equal."""

from __future__ import annotations

import math

from flint import arb

from reference.formulas.registry import at_zero, elementwise, negative_x, x_itself
from reference.words import Series, clip, constant, expm1, log1p, positive, sigmoid, size, softplus, tanh

# ---- rectified ------------------------------------------------------------------------------------------------------


def _relu(x: Series) -> Series:
    return x if positive(x) else constant(0)


def _modulus(x: Series) -> Series:
    """With the derivative 0 at 0."""
    return size(x) if x[0] != 0 else constant(0)


@elementwise(kinks=at_zero)
def _abs(x: Series) -> Series:
    return _modulus(x)


@elementwise(kinks=at_zero)
def abslu(x: Series, alpha: Series = 0.01) -> Series:
    return x if positive(x) else alpha * _modulus(x)


def _damped(x: Series, alpha: Series, c: Series) -> Series:
    """x exp(u), the exponential of u's value as a factor of all: the slope is then exactly 0 where it has its zero."""
    u = c - alpha * x
    return x * (u - u[0]).exp() * u[0].exp()


@elementwise(kinks=at_zero, exponents=lambda x, alpha, c: (c - alpha * max(x, 0.0),))
def ada(x: Series, alpha: Series = 1.0, c: Series = 0.0) -> Series:
    return _damped(x, alpha, c) if positive(x) else constant(0)


@elementwise(kinks=at_zero, exponents=lambda x, alpha, c, leak: (c - alpha * max(x, 0.0),))
def leaky_ada(x: Series, alpha: Series = 1.0, c: Series = 0.0, leak: Series = 0.01) -> Series:
    return _damped(x, alpha, c) if positive(x) else leak * x


@elementwise(kinks=at_zero)
def all_relu(x: Series, alpha: Series = 0.6, s: Series = -1.0) -> Series:
    return x if positive(x) else s * alpha * x


@elementwise(kinks=at_zero)
def app_relu(x: Series, a: Series = 1.0, b: Series = 1.0) -> Series:
    """x^b as x x^(b - 1), which for b = 1 is exact."""
    return a * x * ((b - 1) * x.log()).exp() if positive(x) else constant(0)


@elementwise(kinks=lambda a, b: (0.0, b))
def bounded_leaky_relu(x: Series, a: Series = 0.01, b: Series = 1.0) -> Series:
    return a * x if x[0] <= 0 else x if x[0] < b[0] else b + a * (x - b)


@elementwise(kinks=at_zero)
def cos_relu(x: Series) -> Series:
    return _relu(x) + x.cos()


@elementwise(kinks=lambda a: (a,))
def delay_relu(x: Series, a: Series = 0.08) -> Series:
    return _relu(x - a)


@elementwise(kinks=lambda delta: (-delta,))
def displaced_relu(x: Series, delta: Series = 0.05) -> Series:
    return x if x[0] > -delta[0] else -delta


@elementwise(kinks=at_zero, exponents=lambda x, T: (max(x, 0.0),))
def flatten_t_swish(x: Series, T: Series = -0.2) -> Series:
    return T if x[0] < 0 else x * sigmoid(x) + T


@elementwise()
def leaky_relu_plus(x: Series, alpha: Series = 0.01, eps: Series = 0.01) -> Series:
    u = (1 - alpha) * x
    return ((1 + alpha) * x + (u * u + eps).sqrt()) / 2


@elementwise(kinks=at_zero)
def li_relu(x: Series, a: Series = 0.1) -> Series:
    return a * x if x[0] < 0 else (1 + a) * x


@elementwise(kinks=at_zero)
def m_qrelu(x: Series) -> Series:
    return x if positive(x) else -99 * x / 100


@elementwise(kinks=at_zero)
def qrelu(x: Series) -> Series:
    return x if positive(x) else -199 * x / 100


@elementwise(kinks=lambda: (0.6590460684074066,), exponents=negative_x)
def maxsig(x: Series) -> Series:
    gate = sigmoid(x)
    return x if x[0] > gate[0] else gate


@elementwise(exponents=lambda x: (2 * min(x, 0.0),))
def maxtanh(x: Series) -> Series:
    return x if positive(x) else tanh(x)


@elementwise(exponents=lambda x: (max(x, 0.0),))
def minsin(x: Series) -> Series:
    return x.sin() if positive(x) else x


@elementwise(kinks=at_zero, exponents=x_itself, gate=True)
def oaf(x: Series) -> Series:
    return _relu(x) + x * sigmoid(x)


@elementwise(kinks=lambda a: (-a, a))
def pan(x: Series, a: Series = 1.0) -> Series:
    return _relu(_modulus(x) - a)


@elementwise()
def pan_plus(x: Series, a: Series = 1.0, eps: Series = 0.01) -> Series:
    if x[0] == 0:  # even in x: the first terms of its series
        return (a * a + eps).sqrt() - a + x * x * eps / (2 * (a * a + eps) * (a * a + eps).sqrt())
    left, right = x + a, x - a
    return ((left * left + eps).sqrt() + (right * right + eps).sqrt()) / 2 - a


@elementwise(kinks=at_zero, exponents=lambda x, p: (2 * max(x, 0.0),))
def pfpm(x: Series, p: Series = -0.2) -> Series:
    return p if x[0] < 0 else x * tanh(softplus(x)) + p


@elementwise(kinks=at_zero)
def prenu(x: Series, a: Series = 0.25) -> Series:
    return constant(0) if x[0] < 0 else x - a * log1p(x)


@elementwise(exponents=lambda x, a, b: (x,))
def psoftplus(x: Series, a: Series = 1.5, b: Series = 0.6931471805599453) -> Series:
    """Far out softplus(x) is x and a hair, which decides a tie: there any hair serves that a ball can hold."""
    far = x[0] > 20000
    return a * ((x + constant(arb(2) ** -25000) if far else softplus(x)) - b)


@elementwise(kinks=at_zero, exponents=lambda x, a: (x,))
def rand_softplus(x: Series, a: Series = 0.5) -> Series:
    return (1 - a) * _relu(x) + a * softplus(x)


@elementwise(kinks=at_zero)
def recu(x: Series) -> Series:
    u = _relu(x)
    return u * u * u


@elementwise(kinks=lambda n: (0.0, n))
def relu_n(x: Series, n: Series = 1.0) -> Series:
    return clip(x, constant(0), n)


# ---- other unbounded functions --------------------------------------------------------------------------------------


@elementwise()
def arctid(x: Series) -> Series:
    u = x.atan()
    return u * u - x


def _sinh(u: Series) -> Series:
    """Half the difference of expm1(|u|) and expm1(-|u|)."""
    s = (expm1(size(u)) - expm1(-size(u))) / 2
    return -s if u[0] < 0 else s


def _asinh(u: Series) -> Series:
    """log(|u| + sqrt(u^2 + 1)) = log1p(|u| + u^2/(1 + sqrt(u^2 + 1)))."""
    v = size(u)
    s = log1p(v + v * v / (1 + (v * v + 1).sqrt()))
    return -s if u[0] < 0 else s


@elementwise(exponents=lambda x, a: (a * x,))
def comb_h_sine(x: Series, a: Series = 1.0) -> Series:
    return _sinh(a * x) + _asinh(a * x)


@elementwise(exponents=lambda x, a: (x,))
def e_tanh(x: Series, a: Series = 1.0) -> Series:
    return a * x.exp() * tanh(x)


@elementwise(exponents=x_itself)
def exp_neg(x: Series) -> Series:
    return (-x).exp()


@elementwise(exponents=lambda x, c, h: (((x - c) / h) ** 2,))
def fastkan_rbf(x: Series, c: Series = 0.0, h: Series = 1.0) -> Series:
    u = (x - c) / h
    return (-u * u).exp()


@elementwise(kinks=at_zero, exponents=lambda x: (max(x, 0.0),))
def hyper_sinh(x: Series) -> Series:
    return _sinh(x) / 3 if positive(x) else x * x * x / 4


@elementwise(exponents=lambda x: (2 * x,))
def log_cosh(x: Series) -> Series:
    """exp(|x|) (1 + exp(-2|x|))/2; near 0 log1p of what cosh is above 1."""
    if abs(x[0]) < 1:
        s = _sinh(x / 2)
        return log1p(2 * s * s)
    return size(x) + log1p((-2 * size(x)).exp()) - constant(2).log()


@elementwise(kinks=lambda start, end: (start, end))
def relu_kan_basis(x: Series, start: Series = -1.0, end: Series = 1.0) -> Series:
    if not start[0] < x[0] < end[0]:
        return constant(0)
    u = 4 * (end - x) * (x - start) / ((end - start) * (end - start))
    return u * u


@elementwise(exponents=x_itself)
def symexp(x: Series) -> Series:
    return -expm1(-x) if x[0] < 0 else expm1(x)


@elementwise(exponents=x_itself)
def _sinh_(x: Series) -> Series:
    return _sinh(x)


@elementwise(
    kinks=lambda alpha, tau: (tau / (alpha - 1) * (1 + 2.0**-40), tau / (alpha - 1) * (1 - 2.0**-40)),
    exponents=lambda x, alpha, tau: (math.log(max((alpha - 1) * x - tau, 1e-300)) / (alpha - 1),),
)
def alpha_relu_norm(x: Series, alpha: Series = 1.5, tau: Series = 0.0) -> Series:
    """At alpha = 1.5 the square, which may lie between two numbers exactly."""
    u = (alpha - 1) * x - tau
    if u[0] <= 0:
        return constant(0)
    square = alpha[0] == 1.5 and alpha.length() == 1
    return u * u if square else (u.log() / (alpha - 1)).exp()
