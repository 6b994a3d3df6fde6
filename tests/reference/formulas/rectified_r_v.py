"""The functions of nonlin.catalogue.rectified_2. The branches are closed where the papers close them."""

from __future__ import annotations

from math import log

from flint import arb, ctx

from reference.formulas.registry import at_zero, elementwise, negative_x, x_itself
from reference.words import Series, clip, constant, expm1, log1p, positive, sigmoid, size, softplus, tanh, with_value


def _halved(x: Series) -> Series:
    """log((1 + exp(x))/2) as softplus(x) - log 2; near 0 both are nearly log 2."""
    return softplus(x) - constant(arb(2).log()) if x[0] != 0 else log1p(expm1(x) / 2)


# ---- rectified ------------------------------------------------------------------------------------------------------


@elementwise(kinks=at_zero)
def repu(x: Series, p: Series = 2.0) -> Series:
    return (p * x.log()).exp() if positive(x) else constant(0)


@elementwise(kinks=at_zero, exponents=negative_x)
def resp(x: Series, a: Series = 1.7) -> Series:
    return softplus(x) if x[0] < 0 else a * x + constant(arb(2).log())


@elementwise(kinks=at_zero, exponents=negative_x)
def reu(x: Series) -> Series:
    return x if positive(x) else x * x.exp()


@elementwise(kinks=at_zero, exponents=lambda x, alpha, beta: (min(beta * x, 0.0) - log(alpha),))
def sara(x: Series, alpha: Series = 0.5, beta: Series = 0.7) -> Series:
    q = (beta * x).exp() if x[0] < 0 else constant(1)
    return x * q / (q + alpha) if x[0] < 0 else x


@elementwise(kinks=at_zero, exponents=lambda x, alpha: (2 * alpha * max(x, 0.0),), gate=True)
def sc_mish(x: Series, alpha: Series = 0.25) -> Series:
    return x * tanh(softplus(alpha * x)) if positive(x) else constant(0)


@elementwise(kinks=at_zero, exponents=x_itself, gate=True)
def sc_swish(x: Series) -> Series:
    return x * sigmoid(x) if positive(x) else constant(0)


@elementwise(kinks=lambda: (-1.0,))
def shifted_relu(x: Series) -> Series:
    return x if x[0] > -1 else constant(-1)


@elementwise(exponents=x_itself)
def shifted_softplus(x: Series) -> Series:
    return _halved(x)


@elementwise(kinks=at_zero)
def sign_relu(x: Series, a: Series = 1.0) -> Series:
    return a * x / (1 - x) if x[0] < 0 else x


@elementwise()
def sign_relu_plus(x: Series, eps: Series = 0.01) -> Series:
    h = (x * x + eps).sqrt()
    return (x + h) / 2 + (x - h) / ((1 - x) * (1 - x) + eps).sqrt() / 2


@elementwise(kinks=at_zero, exponents=x_itself)
def sin_relu(x: Series) -> Series:
    return x.sin() + x if positive(x) else x.sin()


@elementwise(kinks=at_zero, exponents=negative_x)
def sine_relu(x: Series, epsilon: Series = 0.0025) -> Series:
    return x if positive(x) else epsilon * (x.sin() - x.cos())


@elementwise(kinks=at_zero)
def sloped_relu(x: Series, a: Series = 10.0) -> Series:
    return a * x if positive(x) else constant(0)


@elementwise(kinks=at_zero, exponents=negative_x)
def slu(x: Series) -> Series:
    return 2 * _halved(x) if x[0] < 0 else x


@elementwise(kinks=lambda beta: (-beta, beta))
def smelu(x: Series, beta: Series = 1.0) -> Series:
    if size(x)[0] < beta[0]:
        return (x + beta) * (x + beta) / beta / 4
    return x if positive(x) else constant(0)


@elementwise(kinks=lambda: (-1.0, 0.0, 1.0))
def soft_modulus_q(x: Series) -> Series:
    return 2 * x * x - x * x * size(x) if abs(x[0]) <= 1 else size(x)


@elementwise(exponents=lambda x, a: (2 * x / a,))
def soft_modulus_t(x: Series, a: Series = 0.01) -> Series:
    return x * tanh(x / a)


@elementwise(exponents=lambda x, k, c: (k * x,))
def softplus_pp(x: Series, k: Series = 1.0, c: Series = 2.0) -> Series:
    return _halved(k * x) + x / c


@elementwise(kinks=lambda: (-1.0, 1.0))
def sparse_plus(x: Series) -> Series:
    return (x + 1) * (x + 1) / 4 if abs(x[0]) < 1 else x if positive(x) else constant(0)


@elementwise(kinks=lambda: (-0.5, 0.5))
def sq_softplus(x: Series) -> Series:
    return x + (x - constant(0.5)) * (x - constant(0.5)) / 2 if abs(x[0]) <= 0.5 else x if positive(x) else constant(0)


@elementwise(kinks=lambda: (-2.0, 0.0))
def sqlu(x: Series) -> Series:
    return x if positive(x) else x + x * x / 4 if x[0] >= -2 else constant(-1)


@elementwise(kinks=at_zero)
def squared_relu(x: Series) -> Series:
    return x * x if positive(x) else constant(0)


@elementwise(kinks=lambda: (-2.0, 0.0))
def squish(x: Series) -> Series:
    return x + x * x / 32 if positive(x) else x + x * x / 2 if x[0] >= -2 else constant(0)


@elementwise(kinks=at_zero)
def star_relu(x: Series, s: Series = 0.8944, b: Series = -0.4472) -> Series:
    return s * x * x + b if positive(x) else b


@elementwise(kinks=at_zero, exponents=negative_x)
def thlu(x: Series) -> Series:
    return tanh(x / 2) if x[0] < 0 else x


@elementwise(kinks=lambda theta: (theta,))
def thresholded_relu(x: Series, theta: Series = 1.0) -> Series:
    return x if x[0] > theta[0] else constant(0)


@elementwise(kinks=lambda tau: (tau,))
def tlu(x: Series, tau: Series = 0.0) -> Series:
    return x if x[0] > tau[0] else tau


def _far_mills(t: arb) -> arb:
    """1/t - 1/t^3 + 3/t^5 - ..., where the error is less than the first term left out."""
    term, total, k = 1 / t, arb(0), 0
    while abs(term) * t > arb(2) ** -ctx.prec:
        total, k = total + term, k + 1
        term *= -(2 * k - 1) / (t * t)
    return total + arb(0, term.abs_upper())


def _mills(u: Series) -> Series:
    """m = Q/phi of N(0, 1), as a Taylor series from m' = u m - 1."""
    t, half = u[0], arb(1) / 2
    if t > 2**40:
        m = [_far_mills(t)]
    elif t > 0:
        m = [(t * t / 2).hypgeom_u(half, half) / arb(2).sqrt()]
    else:
        m = [(t * t / 2).exp() * (t / arb(2).sqrt()).erfc() * (arb.pi() / 2).sqrt()]
    for n in range(ctx.cap):
        m.append((t * m[n] + (m[n - 1] if n else -1)) / (n + 1))
    total, step = constant(0), with_value(arb(0), u)
    for c in reversed(m):
        total = total * step + c
    return total


@elementwise(exponents=lambda x, xi1, xi2, sigma: ((abs(x) + abs(xi1) + abs(xi2)) ** 2 / sigma**2 / 2,))
def truncated_gaussian_unit(x: Series, xi1: Series = -1.0, xi2: Series = 1.0, sigma: Series = 1.0) -> Series:
    """Mirrored so that x is right of the middle; all divided by the density at the near end."""
    middle, half = (xi1 + xi2) / 2, size(xi2 - xi1) / 2
    if x[0] == middle[0]:  # odd around the middle: a line, to second order
        return middle + (x - middle) * (1 - 2 * half / sigma / (_mills(-half / sigma) - _mills(half / sigma)))
    y = size(x - middle)
    e = (-2 * y * half / sigma / sigma).exp()
    pull = sigma * (1 - e) / (_mills((y - half) / sigma) - e * _mills((y + half) / sigma))
    return x + pull if x[0] < middle[0] else x - pull


@elementwise(kinks=at_zero)
def very_leaky_relu(x: Series) -> Series:
    return x / 3 if x[0] < 0 else x


@elementwise(kinks=at_zero, exponents=lambda x, alpha, beta: (beta * x,))
def vlu(x: Series, alpha: Series = 0.1, beta: Series = 1.0) -> Series:
    wave = alpha * (beta * x).sin()
    return x + wave if positive(x) else wave


@elementwise()
def vrelu_plus(x: Series, eps: Series = 0.01) -> Series:
    return (x * x + eps).sqrt()


# ---- exponential ----------------------------------------------------------------------------------------------------


@elementwise(kinks=at_zero, exponents=x_itself, gate=True, beyond=lambda x: -x)
def delu(x: Series, n: Series = 0.5) -> Series:
    return n * x + x / 2 - expm1(-x) if positive(x) else x * sigmoid(x)


@elementwise(kinks=lambda a, b, c: (c,), exponents=lambda x, a, b, c: (a * min(x, c),))
def edelu(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 0.0) -> Series:
    return x if x[0] >= c[0] else expm1(a * x) / b


@elementwise(kinks=at_zero, exponents=negative_x)
def elu_plus_one(x: Series) -> Series:
    return x + 1 if positive(x) else x.exp()


@elementwise(kinks=at_zero)
def fpflu(x: Series) -> Series:
    return 2 * pflu(x) if x[0] < 0 else x


@elementwise(kinks=at_zero)
def fplus(x: Series) -> Series:
    return x / (1 - x) if x[0] < 0 else x


@elementwise(kinks=lambda alpha: (0.0, 1.0), exponents=negative_x)
def hard_srelue(x: Series, alpha: Series = 0.5) -> Series:
    if x[0] < 0:
        return alpha * expm1(x)
    return x + alpha * x * clip((x + 1) / 2, constant(0), constant(1))


@elementwise(kinks=at_zero)
def isrlu(x: Series, alpha: Series = 1.0) -> Series:
    return x / (alpha * x * x + 1).sqrt() if x[0] < 0 else x


@elementwise(kinks=at_zero, exponents=negative_x)
def lselu(x: Series, a: Series = 1.0507009873554804934, b: Series = 1.6732632423543772848, c: Series = 0.1) -> Series:
    return a * (b * expm1(x) + c * x) if x[0] < 0 else a * x


@elementwise(kinks=at_zero)
def nelu_surrogate(x: Series, alpha: Series = 0.2) -> Series:
    return x if positive(x) else -alpha / (1 + x * x)


@elementwise(gate=True)
def pflu(x: Series) -> Series:
    return x * (1 + x / (1 + x * x).sqrt()) / 2


@elementwise(kinks=at_zero, exponents=lambda x, n: (0.0,))
def polu(x: Series, n: Series = 1.0) -> Series:
    return expm1(-n * log1p(-x)) if x[0] < 0 else x


@elementwise(kinks=lambda alpha: (0.0, 1.0), exponents=x_itself, beyond=lambda x: -x)
def rsigelu(x: Series, alpha: Series = 0.5) -> Series:
    return rsigelud(x, alpha, alpha)


@elementwise(kinks=lambda alpha, beta: (0.0, 1.0), exponents=x_itself, beyond=lambda x: -x)
def rsigelud(x: Series, alpha: Series = 0.5, beta: Series = 0.5) -> Series:
    if x[0] > 1:
        return x + alpha * x * sigmoid(x)
    return beta * expm1(x) if x[0] < 0 else x


@elementwise(kinks=at_zero, exponents=negative_x)
def serlu(x: Series, lam: Series = 1.07862, alpha: Series = 2.90427) -> Series:
    return lam * alpha * x * x.exp() if x[0] < 0 else lam * x


@elementwise(kinks=lambda a, b: (-b,), exponents=lambda x, a, b: (min(x + b, 0.0),))
def shelu(x: Series, a: Series = 1.0, b: Series = 0.0) -> Series:
    return a * expm1(x + b) if x[0] + b[0] < 0 else x + b


@elementwise(kinks=at_zero, exponents=lambda x, a, b, c: (min(c * x, 0.0),))
def sselu(x: Series, a: Series = 1.0507009873554804934, b: Series = 1.6732632423543772848, c: Series = 1.0) -> Series:
    return a * b * expm1(c * x) if x[0] < 0 else a * x


@elementwise(kinks=at_zero, exponents=negative_x)
def svelu(x: Series, a: Series = 1.0, b: Series = 0.0) -> Series:
    return b + (a * expm1(x) if x[0] < 0 else x)


@elementwise(kinks=at_zero, exponents=negative_x)
def xielu(x: Series, alpha_p: Series = 0.8, alpha_n: Series = 0.8, beta: Series = 0.5) -> Series:
    return beta * x + (alpha_p * x * x if positive(x) else alpha_n * (expm1(x) - x))


@elementwise(kinks=at_zero)
def xiprelu(x: Series, alpha_p: Series = 0.8, alpha_n: Series = 0.8, beta: Series = 0.5) -> Series:
    return beta * x + (alpha_p if positive(x) else alpha_n) * x * x
