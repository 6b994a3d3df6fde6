"""Functions whose shape is learned, M to Z."""

from __future__ import annotations

import math
from fractions import Fraction

from flint import arb

from reference.formulas.registry import at_zero, elementwise, x_itself
from reference.words import Series, clip, constant, expm1, log1p, positive, sigmoid, size, softplus, tanh

FAR = 2000  # there exp(-FAR) is a hair in every format, and a tie needs no more


def _near(u: Series) -> Series:
    """u, or FAR with its sign: for exponentials of which only the hair is left."""
    return u if abs(u[0]) < FAR else constant(FAR if positive(u) else -FAR)


# ---- piecewise linear -----------------------------------------------------------------------------------------------


@elementwise(kinks=lambda c0, c1, c2, **_: (c0, c1, c2))
def mtlu(
    x: Series,
    a0: Series = 0.0,
    b0: Series = 0.0,
    a1: Series = 0.0,
    b1: Series = 0.0,
    a2: Series = 1.0,
    b2: Series = 0.0,
    a3: Series = 1.0,
    b3: Series = 0.0,
    c0: Series = -1.0,
    c1: Series = 0.0,
    c2: Series = 1.0,
) -> Series:
    for end, slope, offset in ((c0, a0, b0), (c1, a1, b1), (c2, a2, b2)):
        if x[0] < end[0]:
            return slope * x + offset
    return a3 * x + b3


@elementwise(kinks=lambda a, b, c: (c,))
def pilu(x: Series, a: Series = 1.0, b: Series = 0.01, c: Series = 1.0) -> Series:
    return c + (b if x[0] < c[0] else a) * (x - c)


@elementwise(kinks=lambda gamma, zeta, beta: (gamma,))
def rprelu(x: Series, gamma: Series = 0.0, zeta: Series = 0.0, beta: Series = 0.25) -> Series:
    u = x - gamma
    return zeta + (u if positive(u) else beta * u)


@elementwise(kinks=at_zero)
def shilu(x: Series, alpha: Series = 1.0, beta: Series = 0.0) -> Series:
    return alpha * x + beta if positive(x) else beta


@elementwise(kinks=lambda **_: (-2.0, -1.0, 0.0, 1.0, 2.0))
def splash(
    x: Series,
    ap0: Series = 1.0,
    ap1: Series = 0.0,
    ap2: Series = 0.0,
    am0: Series = 0.0,
    am1: Series = 0.0,
    am2: Series = 0.0,
) -> Series:
    total = constant(0)
    for u, slopes in ((x, (ap0, ap1, ap2)), (-x, (am0, am1, am2))):
        for hinge, slope in enumerate(slopes):
            total = total + slope * (u - hinge) if u[0] > hinge else total
    return total


@elementwise(kinks=lambda tr, tl, ar, al: (tr, tl))
def srelu(x: Series, tr: Series = 1.0, tl: Series = 0.0, ar: Series = 1.0, al: Series = 0.2) -> Series:
    if x[0] >= tr[0]:
        return tr + ar * (x - tr)
    return x if x[0] > tl[0] else tl + al * (x - tl)


@elementwise()
def srelu_plus(x: Series, a: Series = 0.1, t: Series = 1.0, eps: Series = 0.01) -> Series:
    u, v = ((x + s) * (x + s) + eps for s in (t, -t))
    difference = v.sqrt() - u.sqrt()
    if x[0] == 0:  # multiplied out, an even function of x times x, so that zeros are exact
        both = x * x + t * t + eps
        difference = -4 * x * t / (2 * (both + (both * both - 4 * x * x * t * t).sqrt())).sqrt()
    return a * x + (a - 1) * difference / 2


# ---- linear with a curved side --------------------------------------------------------------------------------------


def _pdelu_exponents(x: float, alpha: float, t: float) -> tuple[float, ...]:
    u = (1 - t) * min(x, 0.0)
    return (math.log1p(u) / (1 - t),) if u > -1 else ()


@elementwise(kinks=lambda alpha, t: (0.0, -1 / (1 - t)) if t < 1 else (0.0,), exponents=_pdelu_exponents)
def pdelu(x: Series, alpha: Series = 1.0, t: Series = 0.9) -> Series:
    if positive(x):
        return x
    base = 1 + (1 - t) * x
    return alpha * expm1(base.log() / (1 - t)) if positive(base) else -alpha


@elementwise(kinks=at_zero, exponents=lambda x, a, b: (min(x / b, 0.0),))
def pelu(x: Series, a: Series = 1.0, b: Series = 1.0) -> Series:
    return a * expm1(x / b) if x[0] < 0 else a * x / b


@elementwise(kinks=lambda a, b, c: (-c,), exponents=lambda x, a, b, c: (min((x + c) / b, 0.0),))
def pshelu(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 0.0) -> Series:
    return pelu(x + c, a, b)


@elementwise(kinks=at_zero)
def pfplus(x: Series, a: Series = 0.2, b: Series = 10.0) -> Series:
    return a * x / (1 - b * x) if x[0] < 0 else a * x


@elementwise(kinks=at_zero, exponents=lambda x, alpha, beta: (min(beta * x, 0.0),), gate=True)
def preu(x: Series, alpha: Series = 1.0, beta: Series = 1.0) -> Series:
    """exp(beta x) is taken apart, so that the slope at -1/beta is an exact 0."""
    u = beta * x
    return alpha * x if positive(x) else alpha * x * (u - u[0]).exp() * u[0].exp()


def _elu(x: Series) -> Series:
    return x if positive(x) else expm1(_near(x))


@elementwise(kinks=at_zero, exponents=x_itself)
def pe2_id(x: Series, a: Series = 0.5) -> Series:
    return a * x + (1 - a) * (_elu(x) - _elu(-x))


@elementwise(kinks=at_zero, exponents=x_itself)
def pe2_relu(x: Series, a: Series = 0.4, b: Series = 0.3) -> Series:
    return (a * x if positive(x) else 0) + b * _elu(x) - (1 - a - b) * _elu(-x)


@elementwise(kinks=lambda alpha: (alpha, 0.0), exponents=lambda x, alpha: (2 * x,))
def talu(x: Series, alpha: Series = -0.75) -> Series:
    return ptalu(x, alpha, constant(0))


@elementwise(kinks=lambda alpha, beta: (alpha, beta), exponents=lambda x, alpha, beta: (2 * x,))
def ptalu(x: Series, alpha: Series = -0.75, beta: Series = 1.0) -> Series:
    return x if x[0] >= beta[0] else tanh(x if x[0] > alpha[0] else alpha)


@elementwise(kinks=at_zero, exponents=lambda x, alpha, beta: (2 * beta * min(x, 0.0),))
def ptelu(x: Series, alpha: Series = 1.0, beta: Series = 1.0) -> Series:
    return alpha * tanh(beta * x) if x[0] < 0 else x


@elementwise(kinks=at_zero, exponents=lambda x, b: (2 * b * min(x, 0.0),))
def trelu(x: Series, b: Series = 1.0) -> Series:
    return tanh(b * x) if x[0] < 0 else x


@elementwise(kinks=lambda a, b, c: (c,), exponents=lambda x, a, b, c: (b * x,), gate=True)
def t_swish(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 0.0) -> Series:
    return a * x * sigmoid(b * x) if x[0] < c[0] else x


@elementwise(kinks=at_zero)
def reblu(x: Series, beta: Series = 0.5) -> Series:
    return beta * ((x * x + 1).sqrt() - 1) + x if positive(x) else constant(0)


# ---- gated by x itself ----------------------------------------------------------------------------------------------


@elementwise(exponents=lambda x, a, b, c: (x, c * min(x, 0.0)), gate=True)
def rmaf(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 1.0) -> Series:
    return a * b * x * (-c * softplus(-x - arb(4).log())).exp()


@elementwise(kinks=at_zero, exponents=lambda x, a: (2 * a * x,), gate=True)
def telu_elu(x: Series, a: Series = 1.0) -> Series:
    u = a * x
    return x * tanh(u if positive(u) else expm1(u))


# ---- sigmoidal ------------------------------------------------------------------------------------------------------


@elementwise(exponents=lambda x, a, b: (b * x,))
def psigmoid(x: Series, a: Series = 1.0, b: Series = 1.0) -> Series:
    return a * sigmoid(b * x)


@elementwise(exponents=lambda x, m: (m * min(x, 0.0), x))
def psf(x: Series, m: Series = 1.0) -> Series:
    return (-m * softplus(-x)).exp()


@elementwise(exponents=lambda x, a: (a * x,))
def shape_autotuning_sigmoid(x: Series, a: Series = 1.0) -> Series:
    return 2 * tanh(a * x / 2) / a


@elementwise()
def scaled_softsign(x: Series, alpha: Series = 1.0, beta: Series = 1.0) -> Series:
    return alpha * x / (beta + size(x))


@elementwise(exponents=lambda x, a, b: (2 * x,))
def trainable_amplitude(x: Series, a: Series = 1.0, b: Series = 0.0) -> Series:
    return a * tanh(_near(x)) + b


@elementwise(exponents=lambda x, alpha, beta, gamma, delta: (2 * (beta * x + gamma),))
def taaf(x: Series, alpha: Series = 1.0, beta: Series = 1.0, gamma: Series = 0.0, delta: Series = 0.0) -> Series:
    return alpha * tanh(_near(beta * x + gamma)) + delta


@elementwise(exponents=lambda x, a, b, c: (2 * b * x,))
def tanhlu(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 1.0) -> Series:
    return a * tanh(_near(b * x)) + c * x


@elementwise(kinks=lambda lpos, lneg: (lpos, lneg), exponents=lambda x, lpos, lneg: (2 * x,))
def reltanh(x: Series, lpos: Series = 0.0, lneg: Series = -1.5) -> Series:
    if lneg[0] < x[0] and x[0] < lpos[0]:
        return tanh(x)
    end = lneg if x[0] <= lneg[0] else lpos
    cosh = (end.exp() + (-end).exp()) / 2
    return tanh(end) + (x - end) / (cosh * cosh)


@elementwise(kinks=lambda a, b: (-a, a), exponents=lambda x, a, b: (2 * x,))
def stac_tanh(x: Series, a: Series = 1.0, b: Series = 0.1) -> Series:
    if x[0] < -a[0]:
        return -tanh(a) + b * (x + a)
    return tanh(a) + b * (x - a) if x[0] > a[0] else tanh(x)


# ---- exponentials, logarithms, waves --------------------------------------------------------------------------------


@elementwise(exponents=x_itself)
def parameterized_softplus(x: Series, a: Series = 0.5) -> Series:
    return log1p(_near(x).exp()) - a if x[0] < 0 else x + log1p(_near(-x).exp()) - a


@elementwise(exponents=lambda x, a, b: (b * x,))
def sexp(x: Series, a: Series = 1.0, b: Series = 1.0) -> Series:
    return a * expm1(b * x)


@elementwise(exponents=lambda x, a, b: (b * x,))
def ssinh(x: Series, a: Series = 1.0, b: Series = 1.0) -> Series:
    return a * (expm1(b * x) - expm1(-b * x)) / 2


@elementwise(exponents=lambda x, alpha: (alpha * x,))
def soft_exponential(x: Series, alpha: Series = 0.5) -> Series:
    if alpha[0] == 0:
        return x
    if alpha[0] < 0:
        return -(1 - alpha * (x + alpha)).log() / alpha
    return expm1(alpha * x) / alpha + alpha


@elementwise(exponents=lambda x, A, B, C, D, E: (A * (x + B) + C * x * x, D * (x - B)))
def uaf(x: Series, A: Series = 1.0, B: Series = 0.0, C: Series = 0.0, D: Series = -1.0, E: Series = 0.0) -> Series:
    u, v = A * (x + B) + C * x * x, D * (x - B)
    if all(c == 0 for c in (u + v).coeffs()):
        return u + E  # exact zeros
    if u[0] == v[0]:
        return log1p(expm1(u - v) * sigmoid(v)) + E
    return softplus(u) - softplus(v) + E


@elementwise(exponents=lambda x, a1, a2, n: (2 * x, 2 * n * x if a1 or a2 else 0.0))
def rowdy(x: Series, a1: Series = 0.0, a2: Series = 0.0, n: Series = 1.0) -> Series:
    return tanh(x) + n * (a1 * (n * x).sin() + a2 * (2 * n * x).sin())


# ---- blends ---------------------------------------------------------------------------------------------------------


def _ramp_ends(a: float, b: float) -> tuple[float, ...]:
    """Where they are numbers of float64; elsewhere the last place before them is on either side."""
    end = 1 / (2 * b)
    return (-end, end) if 2 * Fraction(b) * Fraction(end) == 1 else ()


@elementwise(kinks=_ramp_ends, exponents=lambda x, a, b: (x,))
def p_sig_ramp(x: Series, a: Series = 0.5, b: Series = 1.0) -> Series:
    return a * sigmoid(x) + (1 - a) * clip(b * x + arb(1) / 2, constant(0), constant(1))


@elementwise(exponents=lambda x, a1, b1, a2, b2: (2 * x, x))
def tca(x: Series, a1: Series = 0.0, b1: Series = 0.0, a2: Series = 0.0, b2: Series = 0.0) -> Series:
    return (tanh(a1.exp() * x + b1) + sigmoid(a2.exp() * x + b2)) / 2
