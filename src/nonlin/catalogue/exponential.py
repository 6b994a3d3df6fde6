"""Functions whose negative side is an exponential."""

from nonlin.core import REQUIRED, Parameter, Source, activation
from nonlin.ops import clip, exp, expm1, sigmoid, where


def _hard_elish_slope(x):
    """Branches by x itself: next to 1, (x + 1)/2 would round to 1."""
    left = where(x > -1, (exp(x) * (x + 1) + expm1(x)) / 2, 0)
    return where(x >= 0, where(x < 1, x + 1 / 2, 1), left)


def _elish_slope(x):
    """The gate is a factor of both terms: far left their signs would not add up."""
    return sigmoid(x) * where(x >= 0, 1 + x * sigmoid(-x), exp(x) + expm1(x) * sigmoid(-x))


@activation(
    family="exponential",
    title="Exponential linear unit",
    aliases=("exponential linear unit",),
    use="Deep networks without batch norm: means nearer zero than ReLU.",
    weakness="Needs an exponential; saturates on the left; kink at zero unless alpha = 1.",
    note="tensorflow.nn.elu has no alpha.",
    source=Source(
        "Clevert, Unterthiner & Hochreiter",
        2016,
        "Fast and Accurate Deep Network Learning by Exponential Linear Units (ELUs)",
        arxiv="1511.07289",
        venue="ICLR 2016",
    ),
    equivalents={
        "torch": "torch.nn.functional.elu(x, alpha=alpha)",
        "jax": "jax.nn.elu(x, alpha=alpha)",
        "tensorflow": "tensorflow.nn.elu(x)",
        "keras": "keras.activations.elu(x, alpha=alpha)",
    },
    calls=(
        "torch.nn.ELU(alpha=alpha)(x)",
        "keras.ops.elu(x, alpha=alpha)",
        "keras.layers.ELU(alpha=alpha)(x)",
        "timm.layers.create_act_layer('elu', alpha=alpha)(x)",
        "onnx.Elu(x, alpha=alpha)",
        "onednn.eltwise_elu(x, alpha=alpha)",
    ),
    framework_defaults={"onednn.eltwise_elu": {"alpha": REQUIRED}},
    from_output=lambda y, alpha: where(y > 0, 1, y + alpha),
)
def elu(x, alpha=Parameter(1.0, low=0.0, meaning="minus the limit far left")):
    """Identity above zero, saturating to -alpha below."""
    return where(x > 0, x, alpha * expm1(x))


@activation(
    family="exponential",
    title="Scaled exponential linear unit",
    aliases=(
        "scaled exponential linear unit",
        "scaled elu",
    ),
    use="Plain deep dense networks with LeCun-normal weights and no normalisation.",
    weakness="The guarantee needs matching initialisation and alpha dropout; kink at zero.",
    gain=3 / 4,
    source=Source(
        "Klambauer, Unterthiner, Mayr & Hochreiter",
        2017,
        "Self-Normalizing Neural Networks",
        arxiv="1706.02515",
        venue="NeurIPS 2017",
    ),
    equivalents={
        "torch": "torch.nn.functional.selu(x)",
        "jax": "jax.nn.selu(x)",
        "tensorflow": "tensorflow.nn.selu(x)",
        "keras": "keras.activations.selu(x)",
    },
    calls=(
        "torch.selu(x)",
        "torch.nn.SELU()(x)",
        "keras.ops.selu(x)",
        "timm.layers.create_act_layer('selu')(x)",
        "onnx.Selu(x, gamma=lam, alpha=alpha)",
    ),
    framework_defaults={
        "onnx.Selu": {"gamma": 1.0507010221481323, "alpha": 1.6732631921768188},
    },
    from_output=lambda y, lam, alpha: where(y > 0, lam, y + lam * alpha),
)
def selu(
    x,
    lam=Parameter(1.0507009873554804934, above=0.0, meaning="outer scale (slope above zero)"),
    alpha=Parameter(1.6732632423543772848, low=0.0, meaning="minus the limit far left, before scaling"),
):
    """ELU scaled so that mean 0 and variance 1 are a fixed point across layers."""
    return where(x > 0, lam * x, lam * alpha * expm1(x))


@activation(
    family="exponential",
    title="Continuously differentiable ELU",
    aliases=(
        "continuously differentiable elu",
        "continuously differentiable exponential linear unit",
    ),
    use="ELU with alpha other than 1 and no kink.",
    weakness="Needs an exponential; saturates to -alpha on the left.",
    source=Source("Barron", 2017, "Continuously Differentiable Exponential Linear Units", arxiv="1704.07483"),
    equivalents={
        "torch": "torch.nn.functional.celu(x, alpha=alpha)",
        "jax": "jax.nn.celu(x, alpha=alpha)",
        "keras": "keras.activations.celu(x, alpha=alpha)",
    },
    calls=(
        "torch.celu(x, alpha=alpha)",
        "torch.nn.CELU(alpha=alpha)(x)",
        "keras.ops.celu(x, alpha=alpha)",
        "timm.layers.create_act_layer('celu', alpha=alpha)(x)",
        "onnx.Celu(x, alpha=alpha)",
    ),
    from_output=lambda y, alpha: where(y > 0, 1, y / alpha + 1),
)
def celu(x, alpha=Parameter(1.0, above=0.0, meaning="minus the limit far left")):
    """ELU with the exponent divided by alpha, so that the slope is 1 at zero for any alpha."""
    return where(x > 0, x, alpha * expm1(x / alpha))


@activation(
    family="exponential",
    title="Exponential linear squashing",
    aliases=(
        "exponential linear squashing",
        "exponential linear sigmoid squashing",
    ),
    use="Vision networks found by automated search; mainly of study interest.",
    weakness="Two branches with exponentials; not monotone.",
    source=Source("Basirat & Roth", 2018, "The Quest for the Golden Activation Function", arxiv="1808.00783"),
    stable_derivative=_elish_slope,
)
def elish(x):
    """SiLU above zero; below, the ELU part times the sigmoid."""
    return where(x >= 0, x, expm1(x)) * sigmoid(x)


@activation(
    family="exponential",
    title="Hard ELiSH",
    aliases=("hard exponential linear squashing",),
    use="Cheaper form of ELiSH; mainly of study interest.",
    weakness="Exactly zero below -1, so units can die; kinks at -1, 0 and 1.",
    note="Its hard sigmoid is (x + 1)/2 clipped, not x/6 + 1/2.",
    source=Source("Basirat & Roth", 2018, "The Quest for the Golden Activation Function", arxiv="1808.00783"),
    stable_derivative=_hard_elish_slope,
)
def hard_elish(x):
    """ELiSH with the sigmoid replaced by the hard sigmoid (x + 1)/2."""
    return where(x >= 0, x, expm1(x)) * clip((x + 1) / 2, 0, 1)


@activation(
    family="exponential",
    title="Exponential",
    aliases=("exp",),
    use="Outputs that are rates or scales, as in Poisson regression.",
    weakness="Explodes to the right (float32 overflows at 88.7), fades to the left.",
    source=Source("", None, "Exponential function", venue="classical"),
    equivalents={
        "torch": "torch.exp(x)",
        "jax": "jax.numpy.exp(x)",
        "tensorflow": "tensorflow.math.exp(x)",
        "keras": "keras.activations.exponential(x)",
    },
    calls=(
        "tensorflow.exp(x)",
        "keras.ops.exp(x)",
        "onnx.Exp(x)",
        "onednn.eltwise_exp(x)",
    ),
    from_output=lambda y: y,
)
def exponential(x):
    """exp(x)."""
    return exp(x)
