"""x times a gate between 0 and 1 made from x itself."""

from nonlin.core import Parameter, Source, activation
from nonlin.ops import normcdf, sigmoid, softplus, tanh


@activation(family="gated", source=Source("Misra", 2019, arxiv="1908.08681"))
def mish(x):
    """Self-gated and smooth: small negative values pass, large ones vanish."""
    return x * tanh(softplus(x))


@activation(family="gated", aliases=("swish1",))
def silu(x):
    return x * sigmoid(x)

@activation(family="gated")
def swish(x, beta=Parameter(1.0, learnable=True)):
    return x * sigmoid(beta*x)

@activation(family="gated")
def gelu(x):
    return x * normcdf(x)
