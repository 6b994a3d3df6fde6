"""Units that split an axis in two halves: one gates the other."""

from nonlin.core import Parameter, Source
from nonlin.ops import maximum, normcdf, sigmoid
from nonlin.vector import gated_unit


@gated_unit(
    family="gated units",
    title="Gated linear unit",
    aliases=("gated linear unit",),
    use="Gated convolutions and sequence models.",
    weakness="Halves the width; the gate saturates.",
    note="The gate is the second half; in swiglu, geglu and reglu the activated half is the first.",
    source=Source(
        "Dauphin, Fan, Auli & Grangier",
        2016,
        "Language Modeling with Gated Convolutional Networks",
        arxiv="1612.08083",
        venue="ICML 2017",
    ),
    equivalents={
        "torch": "torch.nn.functional.glu(x, dim=-1)",
        "jax": "jax.nn.glu(x, axis=-1)",
        "keras": "keras.activations.glu(x, axis=-1)",
    },
    calls=(
        "torch.nn.GLU(dim=-1)(x)",
        "keras.ops.glu(x, axis=-1)",
    ),
)
def glu(a, b):
    """Splits an axis in halves a, b and returns a times sigmoid(b)."""
    return a * sigmoid(b)


@gated_unit(
    family="gated units",
    title="Swish GLU",
    aliases=(
        "swish glu",
        "swish gated linear unit",
        "silu glu",
    ),
    use="Feed-forward block of recent language models.",
    weakness="Needs two projections for one output; unbounded product.",
    note="The first half is activated; some code takes the halves the other way round.",
    source=Source("Shazeer", 2020, "GLU Variants Improve Transformer", arxiv="2002.05202"),
)
def swiglu(a, b, beta=Parameter(1.0, meaning="sharpness of the gate; 1 everywhere in practice")):
    """Splits an axis in halves a, b and returns a sigmoid(beta a) times b."""
    return a * sigmoid(beta * a) * b


@gated_unit(
    family="gated units",
    title="GELU GLU",
    aliases=(
        "gelu glu",
        "gelu gated linear unit",
    ),
    use="Feed-forward block of transformers such as T5 v1.1.",
    weakness="Needs two projections for one output; unbounded product.",
    note="T5 v1.1 and other models use the tanh form of GELU.",
    source=Source("Shazeer", 2020, "GLU Variants Improve Transformer", arxiv="2002.05202"),
)
def geglu(a, b):
    """Splits an axis in halves a, b and returns gelu(a) times b."""
    return a * normcdf(a) * b


@gated_unit(
    family="gated units",
    title="ReLU GLU",
    aliases=(
        "relu glu",
        "relu gated linear unit",
    ),
    use="Cheapest gated feed-forward block; sparse outputs.",
    weakness="Dead where a is negative; unbounded product.",
    source=Source("Shazeer", 2020, "GLU Variants Improve Transformer", arxiv="2002.05202"),
)
def reglu(a, b):
    """Splits an axis in halves a, b and returns relu(a) times b."""
    return maximum(a, 0) * b
