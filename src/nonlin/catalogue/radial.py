"""Bumps: largest at zero, vanishing on both sides."""

from nonlin.core import Source, activation
from nonlin.ops import exp


@activation(
    family="radial",
    title="Gaussian",
    aliases=(
        "rbf",
        "radbas",
        "gaussian bump",
    ),
    use="Radial basis networks and coordinate networks.",
    weakness="Vanishes on both sides; even, so the sign of x is lost.",
    note="Elsewhere the name may mean exp(-x^2/2).",
    source=Source(
        "Broomhead & Lowe",
        1988,
        "Multivariable functional interpolation and adaptive networks",
        venue="Complex Systems 2:321-355",
    ),
)
def gaussian(x):
    """Bell curve exp(-x^2)."""
    return exp(-(x**2))
