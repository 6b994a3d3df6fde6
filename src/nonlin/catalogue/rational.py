"""Functions made of roots and quotients."""

from nonlin.core import Source, activation
from nonlin.ops import hypot, sqrt, where


def _bent_identity_stable(x):
    """sqrt(x**2 + 1) - 1 cancels near 0 and overflows far out. Far right the value is 3x/2 - 1/2: float64 does not see
    the half, but 3x/2 may be a tie of a smaller dtype, which the half decides."""
    h = hypot(x, 1)
    right = where(x < 2.0**51, (h - 1) / 2 + x, x * (1.5 - 2.0**-52))
    return where(x < 1, x * (1 + x / (h + 1) / 2), right)


@activation(
    family="rational",
    title="Bent identity",
    use="Toy examples; regression where sign and scale should pass.",
    weakness="Unbounded and close to linear; cancels for large negative x.",
    source=Source(
        "Wikipedia",
        None,
        "Activation function",
        venue="Wikipedia",
        also="listed in Kunc & Kléma 2024, arXiv:2402.09092",
    ),
    stable=_bent_identity_stable,
    stable_derivative=lambda x: 1 + x / hypot(x, 1) / 2,
)
def bent_identity(x):
    """Identity plus a smooth bend: slope 1/2 far left, 3/2 far right."""
    return (sqrt(x**2 + 1) - 1) / 2 + x
