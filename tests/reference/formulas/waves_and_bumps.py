"""More waves and bumps."""

from __future__ import annotations

from math import pi

from flint import arb

from reference.formulas.registry import at_zero, elementwise, x_itself
from reference.words import Series, constant, sigmoid, size

FINITE = (-1.7976931348623157e308, 1.7976931348623157e308)
"""The domain of what has no value at infinity, and where no few numbers far out could show that."""


def circle() -> arb:
    return arb.pi()


# ---- waves ----------------------------------------------------------------------------------------------------------


@elementwise(domain=FINITE)
def asu(x: Series) -> Series:
    return x * x.sin()


@elementwise(exponents=lambda x, a, b: (pi * x,), domain=FINITE)
def cascade_chaotic(x: Series, a: Series = 1.0, b: Series = 1.0) -> Series:
    return a * (circle() * b * (circle() * x).sin()).sin()


@elementwise()
def cos(x: Series) -> Series:
    return x.cos()


@elementwise()
def cosid(x: Series) -> Series:
    return x.cos() - x


@elementwise(kinks=lambda: (-pi / 2, pi / 2))
def cosine_squasher(x: Series) -> Series:
    quarter = circle() / 2
    return constant(0) if x[0] <= -quarter else constant(1) if x[0] >= quarter else (x.sin() + 1) / 2


@elementwise(kinks=lambda: (-pi, pi))
def dsu(x: Series) -> Series:
    return circle() * circle() * x.sin() / ((circle() - x) * (circle() + x))


@elementwise()
def fann_sin(x: Series) -> Series:
    return (x.sin() + 1) / 2


@elementwise(exponents=lambda x, omega: (omega * x * (abs(x) + 1),))
def finer(x: Series, omega: Series = 30.0) -> Series:
    return (omega * (x + x * size(x))).sin()


@elementwise(exponents=lambda x, a0, b1, c1, b2, c2, d: (2 * d * x,))
def fourier_series_act(
    x: Series, a0: Series = 0.0, b1: Series = 0.0, c1: Series = 1.0, b2: Series = 0.0, c2: Series = 0.0, d: Series = 1.0
) -> Series:
    t = d * x
    return a0 + b1 * t.cos() + c1 * t.sin() + b2 * (2 * t).cos() + c2 * (2 * t).sin()


@elementwise(domain=FINITE)
def gcu(x: Series) -> Series:
    return x * x.cos()


@elementwise()
def one_minus_cos(x: Series) -> Series:
    return 1 - x.cos()


@elementwise(exponents=lambda x: (pi * x,), domain=FINITE)
def sin_pi(x: Series) -> Series:
    return (circle() * x).sin()


@elementwise(exponents=lambda x, a, b, c, d: (abs(b * x) + abs(d * x),))
def sin_plus_cos(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 1.0, d: Series = 1.0) -> Series:
    return a * (b * x).sin() + c * (d * x).cos()


@elementwise()
def sinc_normalized(x: Series) -> Series:
    t = circle() * x
    return t.sin() / t if x[0] != 0 else 1 - t * t / 6


@elementwise(exponents=lambda x, a, b, c, d: (b * x, d * x))
def sine_sigmoid_mix(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 1.0, d: Series = 1.0) -> Series:
    return a * (b * x).sin() + c * sigmoid(d * x)


@elementwise()
def sinp(x: Series, a: Series = 1.0) -> Series:
    return x.sin() - a * x


@elementwise(exponents=lambda x, a: (2 * a * x,))
def snake(x: Series, a: Series = 1.0) -> Series:
    s = (a * x).sin()
    return x + s * s / a


@elementwise(exponents=lambda x, alpha, beta: (2 * alpha * x,))
def snake_beta(x: Series, alpha: Series = 1.0, beta: Series = 1.0) -> Series:
    s = (alpha * x).sin()
    return x + s * s / beta


@elementwise(kinks=lambda: (pi,))
def ssu(x: Series) -> Series:
    return circle() * x.sin() / (circle() - x)


@elementwise(kinks=lambda: (-3.0, -1.0, 1.0, 3.0), domain=FINITE)
def triangle_wave(x: Series) -> Series:
    if abs(x[0]) < 1:
        return x
    if abs(x[0]) > 2**100:  # a multiple of 4 in every format
        return Series([0, 1])
    whole, place = divmod(int(x[0].floor().unique_fmpz()) + 1, 4)
    return x - 4 * whole if place < 2 else 4 * whole + 2 - x


@elementwise()
def x_plus_cos(x: Series) -> Series:
    return x + x.cos()


@elementwise()
def x_plus_sin(x: Series) -> Series:
    return x + x.sin()


# ---- bumps ----------------------------------------------------------------------------------------------------------


@elementwise()
def cauchy_xnet(x: Series, lam1: Series = 1.0, lam2: Series = 1.0, d: Series = 1.0) -> Series:
    return (lam1 * x + lam2) / (x * x + d * d)


@elementwise(kinks=lambda: (-1.0, 1.0))
def cosine_bump(x: Series) -> Series:
    return ((circle() * x).cos() + 1) / 2 if abs(x[0]) < 1 else constant(0)


@elementwise(exponents=lambda x, omega, s: (s * x * (s * x), omega * x))
def gabor_real(x: Series, omega: Series = 10.0, s: Series = 10.0) -> Series:
    return (omega * x).cos() * (-s * s * x * x).exp()


@elementwise(exponents=lambda x: (x * x / 2,))
def gaussian_derivative(x: Series) -> Series:
    return -x * (-x * x / 2).exp()


@elementwise(exponents=lambda x, mu, sigma: (((x - mu) / sigma) ** 2 / 2,))
def gaussian_sigma(x: Series, mu: Series = 0.0, sigma: Series = 1.0) -> Series:
    u = (x - mu) / sigma
    return (-u * u / 2).exp()


@elementwise(exponents=lambda x: (x * x,))
def gaussian_symmetric(x: Series) -> Series:
    return 2 * (-x * x).exp() - 1


@elementwise(kinks=lambda a: (0.0, a / 2, a))
def hat(x: Series, a: Series = 2.0) -> Series:
    if x[0] < 0 or x[0] > a[0]:
        return constant(0)
    return x if 2 * x[0] <= a[0] else a - x


@elementwise()
def inverse_multiquadric(x: Series, c: Series = 0.0, r: Series = 1.0) -> Series:
    u = x - c
    return 1 / (u * u + r * r).sqrt()


@elementwise()
def inverse_quadratic(x: Series, eps: Series = 1.0) -> Series:
    return 1 / (1 + eps * eps * x * x)


@elementwise(kinks=at_zero, exponents=lambda x, a: (a * x,))
def laplacian_rbf(x: Series, a: Series = 1.0) -> Series:
    return (-a * size(x)).exp() if x[0] != 0 else constant(1)


def _hat(u: Series) -> Series:
    height = 2 / arb(3).sqrt() / circle().sqrt().sqrt()
    return height * (1 - u * u) * (-u * u / 2).exp()


@elementwise(exponents=lambda x: (x * x / 2,))
def mexican_hat(x: Series) -> Series:
    return _hat(x)


@elementwise(exponents=lambda x: (x * x / 2,))
def morlet(x: Series) -> Series:
    return (5 * x).cos() * (-x * x / 2).exp()


@elementwise()
def multiquadric(x: Series, c: Series = 0.0, r: Series = 1.0) -> Series:
    u = x - c
    return (u * u + r * r).sqrt()


@elementwise(exponents=lambda x, a, b, c, d: (b * x * x, d * x))
def naf(x: Series, a: Series = 1.0, b: Series = 1.0, c: Series = 1.0, d: Series = 1.0) -> Series:
    return a * (-b * x * x).exp() + c * sigmoid(d * x)


@elementwise(kinks=at_zero, exponents=lambda x, a: ((x + a if x < 0 else x - a) ** 2 / 2,))
def pmaf(x: Series, a: Series = 4.0) -> Series:
    return _hat(x + a if x[0] < 0 else x - a)


def _nearest_bump(x: float, a: float) -> float:
    return x - 2 * a if x >= a else x + 2 * a if x <= -a else x


@elementwise(kinks=lambda a, b: (-a, a), exponents=lambda x, a, b: ((_nearest_bump(x, a) / b) ** 2,))
def prbf(x: Series, a: Series = 3.0, b: Series = 1.0) -> Series:
    u = x - 2 * a if x[0] >= a[0] else x + 2 * a if x[0] <= -a[0] else x
    return (-u * u / (b * b)).exp()


@elementwise(kinks=lambda: (-1.0, 1.0))
def quadratic_bump(x: Series) -> Series:
    return 1 - x * x if abs(x[0]) < 1 else constant(0)


def _sech(x: Series) -> Series:
    q = (-size(x)).exp()
    return 2 * q / (1 + q * q)


@elementwise(exponents=x_itself)
def sech(x: Series) -> Series:
    return _sech(x)


@elementwise(exponents=lambda x: (2 * x,))
def sech2(x: Series) -> Series:
    return _sech(x) * _sech(x)


@elementwise(kinks=lambda: (-1.0, 1.0), exponents=lambda x: (1 / ((1 - x) * (1 + x)) if abs(x) < 1 else 0.0,))
def smooth_bump(x: Series) -> Series:
    return (-1 / ((1 - x) * (1 + x))).exp() if abs(x[0]) < 1 else constant(0)


@elementwise(kinks=at_zero, exponents=lambda x, a, b: (min(abs(x / a), 1e9) ** b,))
def super_gaussian(x: Series, a: Series = 1.0, b: Series = 4.0) -> Series:
    if x[0] == 0:
        return constant(1)
    return (-(b * (size(x) / a).log()).exp()).exp()


@elementwise()
def thin_plate_spline(x: Series) -> Series:
    return x * x * size(x).log() if x[0] != 0 else constant(0)


@elementwise(kinks=lambda delta: (-delta, 0.0, delta))
def triangular_bump(x: Series, delta: Series = 1.0) -> Series:
    if abs(x[0]) >= delta[0]:
        return constant(0)
    return delta - size(x) if x[0] != 0 else delta
