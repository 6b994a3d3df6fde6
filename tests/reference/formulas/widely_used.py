"""The widely used functions. At a kink the branch that is taken gives the derivative of the frameworks: 0 for relu,
relu6 (both ends), hard_sigmoid, hard_tanh, softshrink, hardshrink, threshold, step and sign; the left slope for
leaky_relu, prelu, rrelu, elu, selu and celu; 0 at -3 and 1 at 3 for hard_swish; 1 for softsign. Where no framework has
the function: hard_elish is cut off as hard_sigmoid is, 0 at -1 and 1 at 1; squareplus with b = 0 has slope 1/2 at 0.
"""

from __future__ import annotations

from math import pi, sqrt

from flint import arb

from reference.formulas.registry import at_zero, elementwise, gated, negative_x, vector, x_itself
from reference.words import Series, clip, constant, expm1, log1p, normcdf, positive, sigmoid, size, softplus, tanh

# ---- sigmoidal ------------------------------------------------------------------------------------------------------


@elementwise(exponents=x_itself)
def _sigmoid(x: Series) -> Series:
    return sigmoid(x)


@elementwise(exponents=x_itself)
def log_sigmoid(x: Series) -> Series:
    return -softplus(-x)


@elementwise(kinks=lambda: (-3.0, 3.0))
def hard_sigmoid(x: Series) -> Series:
    return x / 6 + constant(0.5) if abs(x[0]) < 3 else constant(1 if positive(x) else 0)


@elementwise(exponents=lambda x: (2 * x,))
def _tanh(x: Series) -> Series:
    return tanh(x)


@elementwise(kinks=lambda min_val, max_val: (min_val, max_val))
def hard_tanh(x: Series, min_val: Series = -1.0, max_val: Series = 1.0) -> Series:
    return clip(x, min_val, max_val)


@elementwise()
def arctan(x: Series) -> Series:
    return x.atan()


@elementwise()
def softsign(x: Series) -> Series:
    return x / (1 + size(x))


# ---- rectified ------------------------------------------------------------------------------------------------------


@elementwise(kinks=at_zero)
def relu(x: Series) -> Series:
    return x if positive(x) else constant(0)


@elementwise(kinks=lambda: (0.0, 6.0))
def relu6(x: Series) -> Series:
    return clip(x, constant(0), constant(6))


@elementwise(kinks=at_zero)
def leaky_relu(x: Series, negative_slope: Series = 0.01) -> Series:
    return x if positive(x) else negative_slope * x


@elementwise(kinks=at_zero)
def prelu(x: Series, weight: Series = 0.25) -> Series:
    return x if positive(x) else weight * x


@elementwise(kinks=at_zero)
def rrelu(x: Series, a: Series = 11 / 48) -> Series:
    return x if positive(x) else a * x


@elementwise(kinks=lambda threshold, value: (threshold,))
def threshold(x: Series, threshold: Series = 0.0, value: Series = 0.0) -> Series:
    return x if x[0] > threshold[0] else value


@elementwise(exponents=lambda x, beta: (beta * x,))
def _softplus(x: Series, beta: Series = 1.0) -> Series:
    return softplus(beta * x) / beta


@elementwise(kinks=lambda b: () if b else (0.0,))
def squareplus(x: Series, b: Series = 4.0) -> Series:
    if b[0] == 0:
        return relu(x) if x[0] != 0 else x / 2  # the slope at 0 for every other b
    return (x + (x * x + b).sqrt()) / 2


# ---- exponential ----------------------------------------------------------------------------------------------------


@elementwise(kinks=at_zero, exponents=negative_x)
def elu(x: Series, alpha: Series = 1.0) -> Series:
    return x if positive(x) else alpha * expm1(x)


@elementwise(kinks=at_zero, exponents=negative_x)
def selu(x: Series, lam: Series = 1.0507009873554804934, alpha: Series = 1.6732632423543772848) -> Series:
    return lam * elu(x, alpha)


@elementwise(kinks=at_zero, exponents=lambda x, alpha: (min(x / alpha, 0.0),))
def celu(x: Series, alpha: Series = 1.0) -> Series:
    return x if positive(x) else alpha * expm1(x / alpha)


@elementwise(kinks=at_zero, exponents=x_itself)
def elish(x: Series) -> Series:
    return (expm1(x) if x[0] < 0 else x) * sigmoid(x)


@elementwise(kinks=lambda: (-1.0, 0.0, 1.0), exponents=negative_x)
def hard_elish(x: Series) -> Series:
    return (expm1(x) if x[0] < 0 else x) * clip((x + 1) / 2, constant(0), constant(1))


@elementwise(exponents=x_itself)
def exponential(x: Series) -> Series:
    return x.exp()


# ---- gated by x itself ----------------------------------------------------------------------------------------------


@elementwise(exponents=lambda x: (x * x / 2,), gate=True)
def gelu(x: Series) -> Series:
    return x * normcdf(x)


@elementwise(exponents=lambda x: (2 * sqrt(2 / pi) * (x + 0.044715 * x * x * x),), gate=True)
def gelu_tanh(x: Series) -> Series:
    """x (1 + tanh(v))/2, where (1 + tanh(v))/2 = 1/(1 + exp(-2v))."""
    v = (2 / arb.pi()).sqrt() * (x + arb(44715) / 1000000 * x * x * x)
    return x * sigmoid(2 * v)


@elementwise(exponents=x_itself, gate=True)
def silu(x: Series) -> Series:
    return x * sigmoid(x)


@elementwise(exponents=lambda x, beta: (beta * x,), gate=True)
def swish(x: Series, beta: Series = 1.0) -> Series:
    return x * sigmoid(beta * x)


@elementwise(kinks=lambda: (-3.0, 3.0), gate=True)
def hard_swish(x: Series) -> Series:
    return constant(0) if x[0] <= -3 else x if x[0] >= 3 else x * (x + 3) / 6


@elementwise(exponents=lambda x: (x, 2 * max(x, 0.0)), gate=True)
def mish(x: Series) -> Series:
    return x * tanh(softplus(x))


@elementwise(exponents=lambda x: (x, max(x, 0.7) ** 2), gate=True)
def serf(x: Series) -> Series:
    return x * softplus(x).erf()


@elementwise(exponents=x_itself, gate=True)
def logish(x: Series) -> Series:
    return x * log1p(sigmoid(x))


# ---- shrinkage and steps --------------------------------------------------------------------------------------------


@elementwise(exponents=lambda x: (2 * x,), beyond=lambda x: x)
def tanhshrink(x: Series) -> Series:
    return x - tanh(x)


@elementwise(kinks=lambda lambd: (-lambd, lambd))
def softshrink(x: Series, lambd: Series = 0.5) -> Series:
    return x - lambd if x[0] > lambd[0] else x + lambd if x[0] < -lambd[0] else constant(0)


@elementwise(kinks=lambda lambd: (-lambd, lambd))
def hardshrink(x: Series, lambd: Series = 0.5) -> Series:
    return x if abs(x[0]) > lambd[0] else constant(0)


@elementwise(kinks=at_zero)
def step(x: Series) -> Series:
    return constant(0 if x[0] < 0 else 1)


@elementwise(kinks=at_zero)
def sign(x: Series) -> Series:
    return constant(1 if x[0] > 0 else -1 if x[0] < 0 else 0)


@elementwise()
def identity(x: Series) -> Series:
    return x


# ---- roots, bumps, waves --------------------------------------------------------------------------------------------


@elementwise()
def bent_identity(x: Series) -> Series:
    return ((x * x + 1).sqrt() - 1) / 2 + x


@elementwise(exponents=lambda x: (x * x,))
def gaussian(x: Series) -> Series:
    return (-x * x).exp()


@elementwise(exponents=lambda x, omega: (omega * x,))
def sine(x: Series, omega: Series = 1.0) -> Series:
    return (omega * x).sin()


@elementwise(exponents=x_itself)
def sinc(x: Series) -> Series:
    """At 0 its Taylor series, of which at most three terms are asked for."""
    return x.sin() / x if x[0] != 0 else 1 - x * x / 6


# ---- vector functions and gated units -------------------------------------------------------------------------------


@vector
def softmax(x: list[Series]) -> list[Series]:
    """Each share as 1/sum(exp(x_j - x_i)), divided by the largest term."""
    top = max((u[0] for u in x), key=float)
    e = [(u - top).exp() for u in x]
    return [v / sum(e[1:], e[0]) for v in e]


@vector
def log_softmax(x: list[Series]) -> list[Series]:
    """-log(sum of exp(x_j - x_i)) = -log1p(the terms other than j = i), so that a result near 0 keeps its digits."""
    others = [[v - u for k, v in enumerate(x) if k != i] for i, u in enumerate(x)]
    return [_minus_log_of_one_and(d) for d in others]


def _minus_log_of_one_and(d: list[Series]) -> Series:
    """-log(1 + sum(exp(d))), the largest exponent split off."""
    if not d:
        return constant(0)
    top = max([*d, constant(0)], key=lambda u: float(u[0]))
    if top[0] == 0:
        e = [u.exp() for u in d]
        return -log1p(sum(e[1:], e[0]))
    rest = [u - top for u in [*d, constant(0)] if u is not top]
    e = [u.exp() for u in rest]
    return -top - log1p(sum(e[1:], e[0]))


@vector
def softmin(x: list[Series]) -> list[Series]:
    return softmax([-u for u in x])


@gated
def glu(a: Series, b: Series) -> Series:
    return a * sigmoid(b)


@gated
def swiglu(a: Series, b: Series, beta: Series = 1.0) -> Series:
    return a * sigmoid(beta * a) * b


@gated
def geglu(a: Series, b: Series) -> Series:
    return a * normcdf(a) * b


@gated
def reglu(a: Series, b: Series) -> Series:
    return relu(a) * b
