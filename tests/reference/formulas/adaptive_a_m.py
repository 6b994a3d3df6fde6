"""Adaptive functions, A to M. At the foot of a hinge or tent the derivative is that of zero, at the tip of a tent 0.

Beyond FAR some are given by their asymptotes: what is left, exp(-20000), is beyond any precision, and not seen in any
format, but it keeps a tie from being certain.
"""

from __future__ import annotations

from reference.formulas.registry import at_zero, elementwise, negative_x
from reference.words import Series, clip, constant, expm1, positive, sigmoid, softplus, tanh

FAR = 20000


def kinks_at(*places: float) -> tuple[float, ...]:
    """Places that were computed with roundings: then a little beside them, for which side they are on is chance."""
    far = 2.0**-48 * max(map(abs, places))
    whole = all(p * 1024 % 1 == 0 for p in places)
    return places if whole else tuple(p + d for p in places for d in (-far, far))


def ramp(u: Series) -> Series:
    return u if u[0] > 0 else constant(0)


def tent(x: Series, tip: Series, half: Series) -> Series:
    """half - |x - tip|, and 0 where that is negative, by the distance from the feet: so a tiny x is not lost."""
    if x[0] <= (tip - half)[0] or x[0] >= (tip + half)[0]:
        return constant(0)
    return half if x[0] == tip[0] else x - (tip - half) if x[0] < tip[0] else tip + half - x


def elu(x: Series) -> Series:
    return x if positive(x) else expm1(x)


@elementwise(kinks=at_zero, exponents=lambda x, **_: (2 * x,))
def abu(x: Series, a1: Series = 0.2, a2: Series = 0.2, a3: Series = 0.2, a4: Series = 0.2, a5: Series = 0.2) -> Series:
    if x[0] > FAR:
        return (a2 + a3 + a4 + a5) * x + a1
    if x[0] < -FAR:
        return a4 * x - (a1 + a2)
    return a1 * tanh(x) + a2 * elu(x) + a3 * ramp(x) + a4 * x + a5 * x * sigmoid(x)


@elementwise(kinks=lambda a, b: kinks_at(b - 1 / a, b + 1 / a))
def adaptive_hard_tanh(x: Series, a: Series = 1.0, b: Series = 0.0) -> Series:
    return clip(a * (x - b), constant(-1), constant(1))


@elementwise(exponents=lambda x, a: (a * x,))
def adaptive_slope_sigmoid(x: Series, a: Series = 1.0) -> Series:
    return sigmoid(a * x)


@elementwise(exponents=lambda x, a: (2 * a * x,))
def adaptive_slope_tanh(x: Series, a: Series = 1.0) -> Series:
    return tanh(a * x)


@elementwise(kinks=lambda m, b, c: kinks_at(b * m))
def aoaf(x: Series, m: Series = 0.0, b: Series = 0.17, c: Series = 0.17) -> Series:
    return ramp(x - b * m) + c * m


@elementwise(kinks=lambda a1, a2, b1, b2: (0.0, b1, b2))
def apl(x: Series, a1: Series = 0.2, a2: Series = 0.2, b1: Series = 0.5, b2: Series = -0.5) -> Series:
    return ramp(x) + a1 * ramp(b1 - x) + a2 * ramp(b2 - x)


@elementwise(kinks=lambda a, b: kinks_at(-b / a, (1 - b) / a))
def aqulu(x: Series, a: Series = 0.25, b: Series = 0.5) -> Series:
    gate = a * x + b
    return x if gate[0] >= 1 else x * gate if gate[0] >= 0 else constant(0)


@elementwise(kinks=at_zero)
def arelu(x: Series, alpha: Series = 0.9, beta: Series = 2.0) -> Series:
    return clip(alpha, constant(0.01), constant(0.99)) * x if x[0] < 0 else (1 + sigmoid(beta)) * x


@elementwise(exponents=lambda x, A, K, C, Q, B, nu: (B * x, B * x / nu), gate=True)
def aria(
    x: Series, A: Series = 0.0, K: Series = 1.0, C: Series = 1.0, Q: Series = 1.0, B: Series = 1.0, nu: Series = 1.0
) -> Series:
    """The logarithm of C + Q exp(u) with the larger exponential taken out."""
    u = -B * x
    if A[0] != 0 and u[0] > FAR * nu[0]:
        return A * x
    log = (C + Q * u.exp()).log() if u[0] < 0 else u + (C * (-u).exp() + Q).log()
    return x * (A + (K - A) * (-log / nu).exp())


@elementwise(exponents=lambda x, alpha, beta: (beta * x, alpha * beta * x), gate=True)
def aria2(x: Series, alpha: Series = 1.5, beta: Series = 2.0) -> Series:
    return x * (-alpha * softplus(-beta * x)).exp()


@elementwise()
def blu(x: Series, beta: Series = 0.5) -> Series:
    if abs(x[0]) >= 2**40 and abs(beta[0]) != 1:  # the rest, 2**-82 of it, would keep a tie from being certain
        return x + beta * ((x if positive(x) else -x) - 1)
    return beta * ((x * x + 1).sqrt() - 1) + x


@elementwise(kinks=at_zero)
def cataf(x: Series, a: Series = 0.5) -> Series:
    return x * a.sin() + ramp(x) * a.cos()


@elementwise(kinks=at_zero)
def dprelu(x: Series, a: Series = 1.0, b: Series = 0.01) -> Series:
    return b * x if x[0] < 0 else a * x


@elementwise(kinks=at_zero)
def dual_line(x: Series, a: Series = 1.0, b: Series = 0.01, m: Series = -0.22) -> Series:
    return (b if x[0] < 0 else a) * x + m


@elementwise(kinks=at_zero, exponents=lambda x, alpha: (min(x, 0.0) ** 2,))
def erf_relu(x: Series, alpha: Series = 1.0) -> Series:
    return alpha * x.erf() if x[0] < 0 else x


@elementwise(exponents=lambda x, a, b: (b * x,))
def falu(x: Series, a: Series = 0.5, b: Series = 1.0) -> Series:
    if x[0] > FAR:
        return x + a * (1 - x) if a[0] <= 1 else 2 - a
    gate = sigmoid(b * x)
    g = x * gate
    h = g + sigmoid(x) * (1 - g)
    return g + a * gate * (1 - g) if a[0] <= 1 else h + (a - 1) * gate * (1 - 2 * h)


@elementwise(kinks=at_zero)
def flexible_relu(x: Series, b: Series = 0.0) -> Series:
    return ramp(x) + b


@elementwise(kinks=at_zero, exponents=lambda x, a1, a2: (2 * x,))
def gabu(x: Series, a1: Series = 0.0, a2: Series = 0.0) -> Series:
    return ramp(x) * sigmoid(a1) + tanh(x) * sigmoid(a2)


@elementwise(kinks=lambda b, c: kinks_at(b - c, b, b + c, b + 2 * c, b + 3 * c))
def galu_component(x: Series, b: Series = 0.0, c: Series = 1.0) -> Series:
    """Where tent and dip meet, at b + c, it is smooth: the feet belong to the tent, not to the dip."""
    on_foot = x[0] == (b - c)[0] or x[0] == (b + c)[0]
    return (x - b + c if x[0] < b[0] else b + c - x) if on_foot else tent(x, b, c) - tent(x, b + 2 * c, c)


@elementwise(exponents=lambda x, a, b: (b * x,))
def generalized_relu_log(x: Series, a: Series = 2.718281828459045, b: Series = 1.0) -> Series:
    base = b * a.log()
    return softplus(base * x) / base


@elementwise(exponents=lambda x, a, b: (b * x,))
def generalized_tanh(x: Series, a: Series = 1.0, b: Series = 1.0) -> Series:
    return a * tanh(b * x / 2)


@elementwise(exponents=lambda x, alpha, beta: (2 * x,))
def gln_act(x: Series, alpha: Series = 0.0, beta: Series = 0.0) -> Series:
    return sigmoid(alpha) * x.sin() + sigmoid(-alpha) * tanh(x) - beta


@elementwise(exponents=lambda x, a, n: (2 * n * a * x,))
def laaf(x: Series, a: Series = 0.1, n: Series = 10.0) -> Series:
    return tanh(n * a * x)


@elementwise(exponents=lambda x, p1, p2, p3, p4: (p3 * x,), gate=True)
def leaf(x: Series, p1: Series = 1.0, p2: Series = 0.0, p3: Series = 1.0, p4: Series = 0.0) -> Series:
    return (p1 * x + p2) * sigmoid(p3 * x) + p4


@elementwise(kinks=at_zero)
def lelelu(x: Series, alpha: Series = 1.0) -> Series:
    return alpha * (x * 0.01 if x[0] < 0 else x)


@elementwise(kinks=at_zero, exponents=lambda x, **_: (2 * x,))
def lincomb(x: Series, w0: Series = 0.25, w1: Series = 0.25, w2: Series = 0.25, w3: Series = 0.25) -> Series:
    if x[0] > FAR:
        return (w0 + w3) * x + (w1 + w2)
    return w0 * ramp(x) + w1 * sigmoid(x) + w2 * tanh(x) + w3 * softplus(x)


@elementwise(kinks=lambda t1, t2, t3, **_: (t1, t2, t3))
def linear_spline(
    x: Series,
    b0: Series = 0.0,
    b1: Series = 0.0,
    a1: Series = 0.0,
    a2: Series = 1.0,
    a3: Series = 0.0,
    t1: Series = -1.0,
    t2: Series = 0.0,
    t3: Series = 1.0,
) -> Series:
    return b0 + b1 * x + a1 * ramp(x - t1) + a2 * ramp(x - t2) + a3 * ramp(x - t3)


@elementwise(kinks=at_zero, exponents=negative_x)
def lpselu(x: Series, lam: Series = 1.05, alpha: Series = 1.67, beta: Series = 0.01) -> Series:
    return lam * alpha * expm1(x) + beta * x if x[0] < 0 else lam * x


@elementwise(kinks=at_zero, exponents=negative_x)
def lpselu_rp(x: Series, lam: Series = 1.05, alpha: Series = 1.67, beta: Series = 0.01, m: Series = 0.0) -> Series:
    return m + lpselu(x, lam, alpha, beta)


@elementwise(kinks=at_zero, exponents=negative_x)
def lrelu_elu_mix(x: Series, a: Series = 0.5) -> Series:
    if x[0] < -FAR:
        return a * x * 0.01 - (1 - a)
    return x if positive(x) else a * (x * 0.01 if x[0] < 0 else x) + (1 - a) * expm1(x)


@elementwise(kinks=lambda **_: (0.0, 1.0, 2.0, 3.0, 4.0))
def melu(x: Series, c0: Series = 0.0, a1: Series = 0.0, a2: Series = 0.0, a3: Series = 0.0) -> Series:
    one, two, three = constant(1), constant(2), constant(3)
    tents = a1 * tent(x, two, two) + a2 * tent(x, one, one) + a3 * tent(x, three, one)
    return (x if positive(x) else c0 * x) + tents


@elementwise(kinks=lambda a, b, c: (0.0, *kinks_at(c - b, c, c + b)))
def mmelu(x: Series, a: Series = 0.5, b: Series = 1.0, c: Series = 0.0) -> Series:
    return a * tent(x, c, b) + (1 - a) * ramp(x)


@elementwise(kinks=at_zero, exponents=lambda x, alpha, beta: (beta * min(x, 0.0),))
def mpelu(x: Series, alpha: Series = 1.0, beta: Series = 1.0) -> Series:
    return x if positive(x) else alpha * expm1(beta * x)
