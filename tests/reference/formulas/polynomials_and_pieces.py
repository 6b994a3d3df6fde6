"""Polynomials, powers, rational functions; straight pieces and shrinkage."""

from __future__ import annotations

from flint import arb

from reference.formulas.registry import at_zero, elementwise
from reference.words import Series, clip, constant, positive, size, with_value


def _signed(x: Series, value: Series) -> Series:
    return -value if x[0] < 0 else value


def beside(*places: float) -> tuple[float, ...]:
    """Both sides of places that float64 rounds."""
    return tuple(p * f for p in places for f in (1 - 2.0**-40, 1 + 2.0**-40))


def _power(u: Series, exponent: Series) -> Series:
    """u to any power, for u >= 0; 0 at 0."""
    return (exponent * u.log()).exp() if u[0] > 0 else constant(0)


@elementwise()
def affine(x: Series, alpha: Series = 1.0, beta: Series = 0.0) -> Series:
    return alpha * x + beta


@elementwise()
def chebyshev_act(x: Series, a0: Series = 0.0, a1: Series = 1.0, a2: Series = 0.0, a3: Series = 0.0) -> Series:
    t2 = 2 * x * x - 1
    return a0 + a1 * x + a2 * t2 + a3 * (2 * x * t2 - x)


@elementwise()
def cube(x: Series) -> Series:
    return x * x * x


@elementwise(kinks=at_zero)
def cube_root(x: Series) -> Series:
    return _signed(x, _power(size(x), constant(arb(1) / 3))) if x[0] != 0 else constant(0)


@elementwise()
def era(
    x: Series, a0: Series = 0.0, a1: Series = 1.0, c0: Series = 0.0, c1: Series = 0.0, c: Series = 0.0,
    d: Series = 1.0, eps: Series = 1e-6,
) -> Series:  # fmt: skip
    u = x - c
    return a0 + a1 * x + (c0 + c1 * x) / (u * u + d * d + eps)


@elementwise(kinks=lambda d: (-1.0, 0.0, 1.0))
def even_plaf(x: Series, d: Series = 2.0) -> Series:
    u = size(x)
    return u - 1 + 1 / d if u[0] >= 1 else _power(u, d) / d


@elementwise()
def faster_cryptonets_quad(x: Series) -> Series:
    return (x * x + 4 * x + 2) / 8


@elementwise()
def hermite_act(x: Series, a0: Series = 0.0, a1: Series = 0.5, a2: Series = 0.0, a3: Series = 0.0) -> Series:
    h1 = 2 * x
    h2 = 2 * x * h1 - 2
    return a0 + a1 * h1 + a2 * h2 + a3 * (2 * x * h2 - 4 * h1)


@elementwise()
def legendre_act(x: Series, a0: Series = 0.0, a1: Series = 1.0, a2: Series = 0.0, a3: Series = 0.0) -> Series:
    p2 = (3 * x * x - 1) / 2
    return a0 + a1 * x + a2 * p2 + a3 * (5 * x * p2 - 2 * x) / 3


@elementwise(kinks=lambda a: (2 * a - 2, 0.0, 2 - 2 * a))
def linq(x: Series, a: Series = 0.1) -> Series:
    u = size(x)
    return _signed(x, a * u + (1 - a) * (1 - a)) if u[0] >= (2 - 2 * a)[0] else x - x * u / 4


@elementwise()
def ncu(x: Series) -> Series:
    return x * (1 - x) * (1 + x)


@elementwise()
def squ(x: Series) -> Series:
    return x * (x + 1)


@elementwise(kinks=lambda d: (-1.0, 0.0, 1.0))
def odd_plaf(x: Series, d: Series = 3.0) -> Series:
    u = size(x)
    return _signed(x, u - 1 + 1 / d if u[0] >= 1 else _power(u, d) / d)


@elementwise(kinks=at_zero)
def polyrelu(x: Series, a0: Series = 0.0, a1: Series = 1 / 3, a2: Series = 1 / 3, a3: Series = 1 / 3) -> Series:
    return a0 + x * (a1 + x * (a2 + x * a3)) if positive(x) else a0


@elementwise()
def rational_3_2(
    x: Series, a0: Series = 0.0218, a1: Series = 0.5, a2: Series = 1.5957, a3: Series = 1.1915, b0: Series = 1.0,
    b1: Series = 0.0, b2: Series = 2.383,
) -> Series:  # fmt: skip
    return (a0 + x * (a1 + x * (a2 + x * a3))) / (b0 + x * (b1 + x * b2))


@elementwise()
def slaf(
    x: Series, a0: Series = 0.0, a1: Series = 1.0, a2: Series = 0.0, a3: Series = 0.0, a4: Series = 0.0,
    a5: Series = 0.0,
) -> Series:  # fmt: skip
    return a0 + x * (a1 + x * (a2 + x * (a3 + x * (a4 + x * a5))))


@elementwise(kinks=at_zero)
def signed_sqrt(x: Series) -> Series:
    return _signed(x, size(x).sqrt()) if x[0] != 0 else constant(0)


@elementwise(kinks=at_zero)
def ssaf(x: Series, a: Series = 0.5) -> Series:
    return _signed(x, (2 * a * size(x)).sqrt()) if x[0] != 0 else constant(0)


@elementwise()
def square(x: Series) -> Series:
    return x * x


@elementwise()
def tanh_pade(x: Series) -> Series:
    return x / 9 + 24 * x / (27 + 9 * x * x)


# ---- pieces ---------------------------------------------------------------------------------------------------------


@elementwise(kinks=lambda a: (-a, a))
def bfire(x: Series, a: Series = 1.0) -> Series:
    return size(x) - a / 2 if abs(x[0]) > a[0] else x * x / (2 * a)


@elementwise(kinks=lambda a, b: (-a, a, *beside(b + a / 2, -b - a / 2, (2 * a * b) ** 0.5, -((2 * a * b) ** 0.5))))
def bbfire(x: Series, a: Series = 1.0, b: Series = 5.0) -> Series:
    y = bfire(x, a)
    return y if y[0] < b[0] else b


@elementwise(kinks=lambda lambd, mu: (-lambd, lambd, -mu, mu))
def firm_shrink(x: Series, lambd: Series = 0.5, mu: Series = 1.0) -> Series:
    u = size(x)
    if u[0] > mu[0]:
        return x
    return _signed(x, mu * (u - lambd) / (mu - lambd)) if u[0] > lambd[0] else constant(0)


@elementwise(kinks=lambda lambd: (-lambd, lambd))
def garrote(x: Series, lambd: Series = 0.5) -> Series:
    return (x * x - lambd * lambd) / x if abs(x[0]) > lambd[0] else constant(0)


@elementwise()
def hard_shrink_plus(x: Series, a: Series = 0.5, eps: Series = 0.01) -> Series:
    low, high = x - a, x + a
    return x + x * (low / (low * low + eps).sqrt() - high / (high * high + eps).sqrt()) / 2


@elementwise()
def soft_shrink_plus(x: Series, a: Series = 0.5, eps: Series = 0.01) -> Series:
    low, high = x - a, x + a
    return x - 2 * a * x / ((low * low + eps).sqrt() + (high * high + eps).sqrt())


@elementwise(kinks=lambda: (-1.0, 1.0))
def hard_sigmoid_bc(x: Series) -> Series:
    return clip((x + 1) / 2, constant(0), constant(1))


@elementwise(kinks=lambda alpha, beta: beside(-beta / alpha, (1 - beta) / alpha))
def hard_sigmoid_keras2(x: Series, alpha: Series = 0.2, beta: Series = 0.5) -> Series:
    return clip(alpha * x + beta, constant(0), constant(1))


@elementwise(kinks=at_zero)
def heaviside_half(x: Series) -> Series:
    return constant(1 if x[0] > 0 else 0 if x[0] < 0 else 0.5)


@elementwise(kinks=lambda ar, al: (0.0, 1.0))
def lisa(x: Series, ar: Series = 0.1, al: Series = 0.1) -> Series:
    return 1 + ar * (x - 1) if x[0] >= 1 else x if x[0] > 0 else al * x


@elementwise(kinks=lambda a: (0.0, a, 2 * a))
def lsptlu(x: Series, a: Series = 1.0) -> Series:
    if x[0] < 0:
        return x * 0.2
    return x if x[0] <= a[0] else 2 * a - x if x[0] <= (2 * a)[0] else constant(0)


@elementwise(kinks=lambda tmin, tmax: (tmin, tmax))
def n_activation(x: Series, tmin: Series = -0.5, tmax: Series = 0.5) -> Series:
    return x - 2 * tmin if x[0] < tmin[0] else x - 2 * tmax if x[0] > tmax[0] else -x


@elementwise(kinks=lambda lambd, bias: (-lambd, lambd))
def onnx_shrink(x: Series, lambd: Series = 0.5, bias: Series = 0.0) -> Series:
    return x + bias if x[0] < -lambd[0] else x - bias if x[0] > lambd[0] else constant(0)


@elementwise(kinks=lambda alpha, c: (-c, c))
def plu(x: Series, alpha: Series = 0.1, c: Series = 1.0) -> Series:
    low, high = alpha * (x + c) - c, alpha * (x - c) + c
    inner = high if high[0] < x[0] else x
    return low if low[0] > inner[0] else inner


@elementwise(
    kinks=lambda alpha, k: (0.0, *beside(*((j + 0.5) * alpha / (2**k - 1) for j in range(min(int(2**k), 9))), alpha))
)
def quantized_relu(x: Series, alpha: Series = 1.0, k: Series = 2.0) -> Series:
    whole = k[0].unique_fmpz()
    levels = (k * arb(2).log()).exp() - 1
    levels = levels if whole is None else with_value(arb(2 ** int(whole) - 1), levels)
    u = clip(x, constant(0), alpha) * levels / alpha + constant(0.5)
    return alpha / levels * constant(u[0].floor())


@elementwise(kinks=lambda alpha: (alpha,))
def rsign(x: Series, alpha: Series = 0.0) -> Series:
    return constant(1 if x[0] >= alpha[0] else -1)


@elementwise(kinks=lambda lambd, a: (-lambd, lambd, -2 * lambd, 2 * lambd, *beside(-a * lambd, a * lambd)))
def scad(x: Series, lambd: Series = 0.5, a: Series = 3.7) -> Series:
    u = size(x)
    if u[0] <= (2 * lambd)[0]:
        return _signed(x, u - lambd) if u[0] > lambd[0] else constant(0)
    return _signed(x, ((a - 1) * u - a * lambd) / (a - 2)) if u[0] <= (a * lambd)[0] else x


@elementwise(kinks=lambda a: beside(-1 - a, 1 - a))
def sh_hard_tanh(x: Series, a: Series = 0.0) -> Series:
    return clip(x + a, constant(-1), constant(1))


@elementwise(kinks=lambda a: (-1.0, 1.0))
def sv_hard_tanh(x: Series, a: Series = 0.0) -> Series:
    return clip(x, constant(-1), constant(1)) + a
