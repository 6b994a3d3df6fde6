"""Waves."""

from math import factorial

from nonlin.catalogue._numerics import polynomial
from nonlin.core import Parameter, Source, activation
from nonlin.ops import abs, cos, equal, sin, where

# sin(x)/x = 1 - x^2/3! + x^4/5! - ...
_SINC = tuple((-1) ** k / factorial(2 * k + 1) for k in range(10))
_SINC_SLOPE = tuple((-1) ** k * 2 * k / factorial(2 * k + 1) for k in range(1, 11))


def _sinc_stable(x):
    """The plain quotient is exact, but its derivatives cancel near zero: the series serves there."""
    return where(abs(x) < 1, polynomial(_SINC, x**2), sin(x) / x)


def _sinc_slope(x):
    return where(abs(x) < 1, x * polynomial(_SINC_SLOPE, x**2), (cos(x) - sin(x) / x) / x)


@activation(
    family="periodic",
    title="Sine",
    aliases=(
        "sin",
        "sinusoid",
    ),
    use="Coordinate networks for images, sound and wave equations.",
    weakness="Many local minima; needs its own initialisation.",
    source=Source(
        "Sitzmann, Martel, Bergman, Lindell & Wetzstein",
        2020,
        "Implicit Neural Representations with Periodic Activation Functions",
        arxiv="2006.09661",
        venue="NeurIPS 2020",
        also="Parascandolo, Huttunen & Virtanen 2017, Taming the waves: sine as activation function in deep neural networks",
    ),
    equivalents={
        "torch": "torch.sin(x)",
        "jax": "jax.numpy.sin(x)",
        "tensorflow": "tensorflow.math.sin(x)",
        "keras": "keras.ops.sin(x)",
    },
    calls=(
        "tensorflow.sin(x)",
        "onnx.Sin(x)",
    ),
)
def sine(x, omega=Parameter(1.0, meaning="angular frequency; SIREN uses 30")):
    """Periodic: sin(omega x)."""
    return sin(omega * x)


@activation(
    family="periodic",
    title="Sinc",
    aliases=(
        "cardinal sine",
        "unnormalized sinc",
        "unnormalised sinc",
    ),
    use="Signal models and band-limited coordinate networks.",
    weakness="Decays and oscillates, so the gradient changes sign again and again.",
    note="numpy.sinc, torch.sinc and the other library functions are sin(pi x)/(pi x).",
    source=Source(
        "Efe",
        2008,
        "Novel neuronal activation functions for feedforward neural networks",
        venue="Neural Processing Letters, 2008",
    ),
    namesakes={
        "torch.sinc(x)": "where(x == 0, 1, sin(pi*x)/(pi*x))",
        "jax.numpy.sinc(x)": "where(x == 0, 1, sin(pi*x)/(pi*x))",
        "tensorflow.experimental.numpy.sinc(x)": "where(x == 0, 1, sin(pi*x)/(pi*x))",
    },
    stable=_sinc_stable,
    stable_derivative=_sinc_slope,
)
def sinc(x):
    """sin(x)/x, with value 1 at zero."""
    return where(equal(x, 0), 1, sin(x) / x)
