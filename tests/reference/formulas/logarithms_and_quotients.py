"""Logarithms and roots, functions that are real on a part of the line, quotients and sums of kernels."""

from __future__ import annotations

from math import inf

from reference.formulas.registry import at_zero, elementwise, x_itself
from reference.words import Series, clip, constant, expm1, log1p, positive, size, softplus


def _relu(x: Series) -> Series:
    return x if positive(x) else constant(0)


def _modulus(x: Series) -> Series:
    """With the derivative 0 at 0."""
    return size(x) if x[0] != 0 else constant(0)


def _asinh(u: Series) -> Series:
    """log(|u| + sqrt(u^2 + 1)) = log1p(|u| + u^2/(1 + sqrt(u^2 + 1)))."""
    v = size(u)
    s = log1p(v + v * v / (1 + (v * v + 1).sqrt()))
    return -s if u[0] < 0 else s


@elementwise(kinks=at_zero)
def loglu(x: Series) -> Series:
    return x if positive(x) else -log1p(-x)


@elementwise(kinks=lambda a, b: (0.0, b))
def ls_relu(x: Series, a: Series = 1.0, b: Series = 1.0) -> Series:
    if x[0] <= 0:
        return x / (1 - x)
    return x if x[0] <= b[0] else log1p(a * x) + size(log1p(a * b) - b)


@elementwise(kinks=at_zero)
def nlrelu(x: Series, beta: Series = 1.0) -> Series:
    return log1p(beta * x) if positive(x) else constant(0)


@elementwise(kinks=at_zero, exponents=lambda x, l, u: ((u + l) / (u - l),))  # noqa: E741
def optimized_leaky_relu(x: Series, l: Series = 3.0, u: Series = 8.0) -> Series:  # noqa: E741
    return x * ((u + l) / (l - u)).exp() if x[0] < 0 else x


@elementwise()
def m_arcsinh(x: Series) -> Series:
    return _asinh(x) * size(x).sqrt() / 12 if x[0] != 0 else constant(0)


@elementwise()
def symlog(x: Series) -> Series:
    return -log1p(-x) if x[0] < 0 else log1p(x)


@elementwise()
def _asinh_(x: Series) -> Series:
    return _asinh(x)


@elementwise(domain=(0.0, inf), exponents=x_itself)
def inverse_softplus(x: Series) -> Series:
    return expm1(x).log() if x[0] < 1 else x + log1p(-(-x).exp())


@elementwise(domain=(0.0, inf), exponents=x_itself)
def log1mexp(x: Series) -> Series:
    return (-expm1(-x)).log() if x[0] < 1 else log1p(-(-x).exp())


@elementwise(domain=(0.0, 1.0))
def logit(x: Series) -> Series:
    return log1p((2 * x - 1) / (1 - x)) if abs(x[0] - 0.5) < 0.25 else x.log() - (1 - x).log()


@elementwise(exponents=x_itself)
def sqrt_softplus(x: Series) -> Series:
    return softplus(x).sqrt()


def _bump(x: Series, centre: int, gamma: Series) -> Series:
    return (-gamma * (x - centre) * (x - centre)).exp()


@elementwise(exponents=lambda x, gamma, **_: (gamma * (abs(x) + 2) ** 2,))
def kaf(
    x: Series, a1: Series = 0.0, a2: Series = 0.0, a3: Series = 0.0, a4: Series = 1.0, a5: Series = 2.0,
    gamma: Series = 1 / 6,
) -> Series:  # fmt: skip
    return sum((a * _bump(x, k - 2, gamma) for k, a in enumerate((a1, a2, a3, a4, a5))), constant(0))


def _polynomial(x: Series, *a: Series) -> Series:
    value = constant(0)
    for c in reversed(a):
        value = value * x + c
    return value


@elementwise(kinks=lambda **_: (0.0,))
def rational_5_4(
    x: Series, a0: Series = 0.0, a1: Series = 1.0, a2: Series = 0.0, a3: Series = 0.0, a4: Series = 0.0,
    a5: Series = 0.0, b1: Series = 0.0, b2: Series = 0.0, b3: Series = 0.0, b4: Series = 0.0,
) -> Series:  # fmt: skip
    return _polynomial(x, a0, a1, a2, a3, a4, a5) / (1 + _modulus(x * _polynomial(x, b1, b2, b3, b4)))


@elementwise(kinks=lambda **_: (0.0,))
def rational_version_a(
    x: Series, a0: Series = 0.0, a1: Series = 1.0, a2: Series = 0.0, a3: Series = 0.0, a4: Series = 0.0,
    a5: Series = 0.0, b1: Series = 0.0, b2: Series = 0.0, b3: Series = 0.0, b4: Series = 0.0,
) -> Series:  # fmt: skip
    sizes = (_modulus(b * p) for b, p in ((b1, x), (b2, x * x), (b3, x * x * x), (b4, x * x * x * x)))
    return _polynomial(x, a0, a1, a2, a3, a4, a5) / sum(sizes, constant(1))


@elementwise(domain=(0.0, 1.0))
def sbaf(x: Series, k: Series = 0.98, alpha: Series = 0.5) -> Series:
    return (-(1 + k * (alpha * x.log() + (1 - alpha) * (1 - x).log()).exp()).log()).exp()


def _spocu_kinks(alpha: float, beta: float, gamma: float, c: float) -> tuple[float, ...]:
    """Beside the places where the polynomial begins and ends, which float64 rounds."""
    ends = (-beta * gamma, (c - beta) * gamma)
    return tuple(e * (1 + h) for e in ends for h in (-(2.0**-20), 2.0**-20))


@elementwise(kinks=_spocu_kinks)
def spocu(x: Series, alpha: Series = 3.0937, beta: Series = 0.6653, gamma: Series = 4.437, c: Series = 1e6) -> Series:
    u = clip(x / gamma + beta, constant(0), c)
    r, at_beta = (v * v * v * (v * v * v * v * (v - 2) + 2) for v in (u, beta))
    return alpha * (r - at_beta)
