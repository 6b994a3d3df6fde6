"""Functions whose negative side is an exponential."""

from nonlin.core import Parameter, Source, activation
from nonlin.ops import exp, expm1, where


@activation(
    family="exponential",
    title="Exponential linear unit",
    from_output=lambda y, alpha: where(y > 0, 1, y + alpha),
    source=Source("Clevert, Unterthiner & Hochreiter", 2016, arxiv="1511.07289"),
)
def elu(x, alpha=Parameter(1.0, low=0.0)):
    """Identity above zero, saturating to -alpha below."""
    return where(x > 0, x, alpha * expm1(x))
