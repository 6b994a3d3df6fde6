"""The few functions that the reference formulas need and that arb's power series lack.

Everything is made from exp, expm1, log1p and erfc of balls, so that no digits are lost for very small or very large
arguments: the precision then needs to be raised only where a formula itself cancels. ``u[0]`` is the value of a series.
"""

from __future__ import annotations

from flint import arb, arb_series

Series = arb_series


def constant(value: arb | float) -> Series:
    return arb_series([value])


def positive(u: Series) -> bool:
    return bool(u[0] > 0)


def size(u: Series) -> Series:
    """|u|; at 0, u itself."""
    return -u if u[0] < 0 else u


def with_value(value: arb, u: Series) -> Series:
    """``u`` with its first coefficient known better."""
    return arb_series([value, *u.coeffs()[1:]])


def expm1(u: Series) -> Series:
    return with_value(u[0].expm1(), u.exp())


def log1p(u: Series) -> Series:
    return with_value(u[0].log1p(), (u.derivative() / (1 + u)).integral())


def sigmoid(u: Series) -> Series:
    """1/(1 + exp(-u)): the exponential is never large."""
    q = (-size(u)).exp()
    return (q if u[0] < 0 else 1) / (1 + q)


def softplus(u: Series) -> Series:
    """log(1 + exp(u))."""
    return (0 if u[0] < 0 else u) + log1p((-size(u)).exp())


def tanh(u: Series) -> Series:
    """(1 - exp(-2|u|))/(1 + exp(-2|u|)), with the sign of u."""
    m = expm1(-2 * size(u))
    return m / (2 + m) if u[0] < 0 else -m / (2 + m)


def erfc(u: Series) -> Series:
    """arb's own series of it loses the tail. The derivative is -2/sqrt(pi) exp(-u^2)."""
    slope = (-u * u).exp() * u.derivative() * (-2 / arb.pi().sqrt())
    return with_value(_erfc(u[0]), slope.integral())


def _erfc(u: arb) -> arb:
    """Far out arb's error bound is as large as the value: there by Tricomi's function, exp(-u^2) U(1/2, 1/2, u^2)."""
    half = arb(1) / 2
    return u.erfc() if u < 1000 else (-u * u).exp() * (u * u).hypgeom_u(half, half) / arb.pi().sqrt()


def normcdf(u: Series) -> Series:
    """The distribution function of the standard normal distribution."""
    return erfc(-u / arb(2).sqrt()) / 2


def clip(u: Series, low: Series, high: Series) -> Series:
    """At the ends the derivative is that of the end: 0 for constants, as in PyTorch."""
    return u if low[0] < u[0] and u[0] < high[0] else low if u[0] <= low[0] else high
