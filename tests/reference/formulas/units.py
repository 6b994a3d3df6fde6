"""Units of the halves a and b of an axis, or of x with two outputs. At a kink: the derivative is 0 for the ReLUs, the
left slope for dual_elu, 0 at the limits of the clamped SwiGLUs. Of equal numbers maxout passes b; oplu passes b as the
larger and a as the smaller, groupsort a as the larger and b as the smaller."""

from __future__ import annotations

from flint import arb

from reference.formulas.registry import gated
from reference.words import Series, constant, expm1, positive, sigmoid, tanh


def _ramp(u: Series) -> Series:
    return u if positive(u) else constant(0)


def _at_most(u: Series, top: Series) -> Series:
    return u if u[0] < top[0] else top


def _within(u: Series, bound: Series) -> Series:
    return bound if u[0] >= bound[0] else -bound if u[0] <= -bound[0] else u


# ---- gates ----------------------------------------------------------------------------------------------------------


@gated
def bilinear_glu(a: Series, b: Series) -> Series:
    return b * a


@gated
def drelu_glu(a: Series, b: Series) -> Series:
    return _ramp(a) * _ramp(b)


@gated
def gtu(a: Series, b: Series) -> Series:
    return sigmoid(b) * tanh(a)


@gated
def relu2_glu(a: Series, b: Series) -> Series:
    return a * a * b if positive(a) else constant(0)


@gated
def swiglu_clamped(a: Series, b: Series, limit: Series = 10.0) -> Series:
    gate = _at_most(a, limit)
    return gate * sigmoid(gate) * _within(b, limit)


@gated
def swiglu_oai(a: Series, b: Series, alpha: Series = 1.702, limit: Series = 7.0) -> Series:
    gate = _at_most(a, limit)
    return gate * sigmoid(gate * alpha) * (1 + _within(b, limit))


# ---- pairs ----------------------------------------------------------------------------------------------------------


@gated
def crelu(x: Series) -> tuple[Series, Series]:
    return _ramp(x), _ramp(-x)


@gated
def ncrelu(x: Series) -> tuple[Series, Series]:
    return _ramp(x), x if x[0] < 0 else constant(0)


@gated
def paired_relu(
    x: Series, s: Series = 0.5, sp: Series = -0.5, theta: Series = 0.0, thetap: Series = 0.0
) -> tuple[Series, Series]:
    return _ramp(s * x - theta), _ramp(sp * x - thetap)


@gated
def maxout(a: Series, b: Series) -> Series:
    return a if a[0] > b[0] else b


@gated
def dual_relu(a: Series, b: Series) -> Series:
    return _ramp(a) - _ramp(b)


@gated
def dual_elu(a: Series, b: Series) -> Series:
    """Where both are negative as exp(b) (exp(a - b) - 1), b the larger: so equal halves give exactly 0."""
    if positive(a) or positive(b):
        return (a if positive(a) else expm1(a)) - (b if positive(b) else expm1(b))
    return b.exp() * expm1(a - b) if b[0] > a[0] else -a.exp() * expm1(b - a)


@gated
def oplu(a: Series, b: Series) -> tuple[Series, Series]:
    return (a, b) if a[0] > b[0] else (b, a)


@gated
def groupsort(a: Series, b: Series) -> tuple[Series, Series]:
    return (a, b) if a[0] < b[0] else (b, a)


@gated
def householder(a: Series, b: Series, theta: Series = float(arb.pi() / 2)) -> tuple[Series, Series]:
    """z - 2 v (v.z) where v.z is not positive, for the unit vector v = (sin(theta/2), -cos(theta/2))."""
    half = theta / 2
    along = a * half.sin() - b * half.cos()
    if along[0] > 0:
        return a, b
    return a - 2 * along * half.sin(), b + 2 * along * half.cos()
