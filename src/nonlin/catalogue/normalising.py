"""Vector functions: every output depends on all inputs along one axis."""

from nonlin.core import Source
from nonlin.ops import exp, log, log_softmax, row_max, row_sum
from nonlin.vector import vector_function


def _softmax(x):
    e = exp(x - row_max(x))  # the largest exponent is 0: no overflow
    return e / row_sum(e)


def _softmax_vjp(x, g):
    s = _softmax(x)
    return s * (g - row_sum(g * s))


@vector_function(
    family="normalising",
    title="Softmax",
    aliases=(
        "softargmax",
        "normalized exponential",
        "normalised exponential",
    ),
    use="Class probabilities and attention weights.",
    weakness="Saturates when one entry leads; couples all entries of the axis.",
    source=Source(
        "Bridle",
        1990,
        "Probabilistic interpretation of feedforward classification network outputs, with relationships to statistical pattern recognition",
        doi="10.1007/978-3-642-76153-9_28",
        venue="Neurocomputing, Springer, 227-236",
        also="Bridle 1989 NIPS uses the word too; the formula is Boltzmann's",
    ),
    equivalents={
        "torch": "torch.nn.functional.softmax(x, dim=-1)",
        "jax": "jax.nn.softmax(x, axis=-1)",
        "tensorflow": "tensorflow.nn.softmax(x, axis=-1)",
        "keras": "keras.activations.softmax(x, axis=-1)",
    },
    calls=(
        "torch.softmax(x, dim=-1)",
        "torch.nn.Softmax(dim=-1)(x)",
        "keras.ops.softmax(x, axis=-1)",
        "keras.layers.Softmax(axis=-1)(x)",
        "onnx.Softmax(x, axis=-1)",
        "onednn.softmax_accurate(x, axis=-1)",
    ),
    stable=_softmax,
    vjp=_softmax_vjp,
)
def softmax(x):
    """Exponentials divided by their sum along an axis: positive, summing to 1."""
    return exp(x) / row_sum(exp(x))


@vector_function(
    family="normalising",
    title="Log-softmax",
    use="Cross-entropy and negative log-likelihood losses.",
    weakness="Unbounded below; couples all entries of the axis.",
    source=Source("", None, "Logarithm of softmax", venue="classical"),
    equivalents={
        "torch": "torch.nn.functional.log_softmax(x, dim=-1)",
        "jax": "jax.nn.log_softmax(x, axis=-1)",
        "tensorflow": "tensorflow.nn.log_softmax(x, axis=-1)",
        "keras": "keras.activations.log_softmax(x, axis=-1)",
    },
    calls=(
        "torch.log_softmax(x, dim=-1)",
        "torch.nn.LogSoftmax(dim=-1)(x)",
        "keras.ops.log_softmax(x, axis=-1)",
        "onnx.LogSoftmax(x, axis=-1)",
        "onednn.softmax_log(x, axis=-1)",
    ),
    stable=lambda x: log_softmax(x),
    vjp=lambda x, g: g - _softmax(x) * row_sum(g),
)
def log_softmax(x):
    """Logarithm of the softmax: x minus its log-sum-exp."""
    return x - log(row_sum(exp(x)))


@vector_function(
    family="normalising",
    title="Softmin",
    aliases=("softargmin",),
    use="Weights from distances or costs.",
    weakness="Saturates when one entry is far below the others.",
    source=Source("PyTorch", None, "torch.nn.Softmin", venue="PyTorch documentation"),
    equivalents={
        "torch": "torch.nn.functional.softmin(x, dim=-1)",
    },
    calls=("torch.nn.Softmin(dim=-1)(x)",),
    stable=lambda x: _softmax(-x),
    vjp=lambda x, g: -_softmax_vjp(-x, g),
)
def softmin(x):
    """Softmax of -x: the smallest entry gets the largest share."""
    return exp(-x) / row_sum(exp(-x))
