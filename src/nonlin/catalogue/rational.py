"""Functions made of roots and quotients."""

from nonlin.core import Source, activation
from nonlin.ops import hypot, sqrt


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
    stable=lambda x: x * (1 + x / (hypot(x, 1) + 1) / 2),  # sqrt(x**2 + 1) - 1 cancels near 0
    stable_derivative=lambda x: 1 + x / hypot(x, 1) / 2,
)
def bent_identity(x):
    """Identity plus a smooth bend: slope 1/2 far left, 3/2 far right."""
    return (sqrt(x**2 + 1) - 1) / 2 + x
