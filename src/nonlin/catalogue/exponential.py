"""Functions whose negative side is an exponential."""

from nonlin.catalogue._shared import THREE_DECADES
from nonlin.core import REQUIRED, Parameter, Source, activation
from nonlin.ops import (
    abs,
    asinh,
    clip,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    minimum,
    sigmoid,
    sign,
    sinh,
    sqrt,
    tanh,
    where,
)


def _hard_elish_slope(x):
    """Branches by x itself: next to 1, (x + 1)/2 would round to 1."""
    left = where(x > -1, (exp(x) * (x + 1) + expm1(x)) / 2, 0)
    return where(x >= 0, where(x < 1, x + 1 / 2, 1), left)


def _elish_slope(x):
    """The gate is a factor of both terms: far left their signs would not add up."""
    return sigmoid(x) * where(x >= 0, 1 + x * sigmoid(-x), exp(x) + expm1(x) * sigmoid(-x))


@activation(
    family="exponential",
    core=True,
    title="Exponential linear unit",
    aliases=(
        "felu",
        "fast exponential linear unit",
        "exponential linear unit",
    ),
    use="Deep networks without batch norm: means nearer zero than ReLU.",
    weakness="Needs an exponential; saturates on the left; kink at zero unless alpha = 1.",
    note="tensorflow.nn.elu has no alpha.",
    source=Source(
        "Clevert, Unterthiner & Hochreiter",
        2016,
        "Fast and Accurate Deep Network Learning by Exponential Linear Units (ELUs)",
        arxiv="1511.07289",
        venue="ICLR 2016",
        checked="paper, framework",
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
    core=True,
    title="Scaled exponential linear unit",
    aliases=(
        "pselu",
        "parametric SELU",
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
        checked="paper, framework",
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
    core=True,
    title="Continuously differentiable ELU",
    aliases=(
        "continuously differentiable elu",
        "continuously differentiable exponential linear unit",
    ),
    use="ELU with alpha other than 1 and no kink.",
    weakness="Needs an exponential; saturates to -alpha on the left.",
    source=Source(
        "Barron",
        2017,
        "Continuously Differentiable Exponential Linear Units",
        arxiv="1704.07483",
        checked="paper, framework",
    ),
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
    source=Source(
        "Basirat & Roth",
        2018,
        "The Quest for the Golden Activation Function",
        arxiv="1808.00783",
        checked="paper, survey",
    ),
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
    source=Source(
        "Basirat & Roth",
        2018,
        "The Quest for the Golden Activation Function",
        arxiv="1808.00783",
        checked="paper, survey",
    ),
    stable_derivative=_hard_elish_slope,
)
def hard_elish(x):
    """ELiSH with the sigmoid replaced by the hard sigmoid (x + 1)/2."""
    return where(x >= 0, x, expm1(x)) * clip((x + 1) / 2, 0, 1)


@activation(
    family="exponential",
    core=True,
    title="Exponential",
    aliases=("exp",),
    use="Outputs that are rates or scales, as in Poisson regression.",
    weakness="Explodes to the right (float32 overflows at 88.7), fades to the left.",
    source=Source("", None, "Exponential function", venue="classical", checked="definition"),
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


@activation(
    family="exponential",
    title="Combined hyperbolic sine",
    aliases=("combined hyperbolic sine",),
    note="The paper has a = 1.",
    source=Source(
        "Vijayaprabakaran & Sathiyamurthy",
        2022,
        "Towards activation function search for long short-term model network: A differential evolution based approach",
        venue="Journal of King Saud University - Computer and Information Sciences 34(6)",
        checked="paper, survey",
    ),
)
def comb_h_sine(x, a=1.0):
    """Hyperbolic sine plus its inverse."""
    return sinh(a * x) + asinh(a * x)


def _e_tanh_slope(x, a):
    """exp(x) (t + 1 - t^2) = exp(x) (t + g) (1 + g - t) with the golden g; t + g near 0 by a sinh."""
    g, zero, scale = 0.6180339887498949, -0.7218177375894052, 1.5723027555148466
    first = where(abs(x - zero) < 1, scale * sigmoid(2 * x) * sinh(x - zero), exp(x) * (tanh(x) + g))
    return a * first * (1 + g - tanh(x))


@activation(
    family="exponential",
    title="E-Tanh",
    source=Source(
        "Kalaiselvi, Padmapriya & others",
        2022,
        "E-Tanh: a novel activation function for image processing neural network models",
        doi="10.1007/s00521-022-07245-x",
        venue="Neural Computing and Applications",
        checked="survey, other code",
    ),
    stable_derivative=_e_tanh_slope,
)
def e_tanh(x, a=1.0):
    """Exponential times the hyperbolic tangent."""
    return a * exp(x) * tanh(x)


# Functions whose first paper could not be identified: the survey that lists them.
_SURVEY = Source(
    "Kunc & Klema",
    2024,
    THREE_DECADES,
    arxiv="2402.09092",
    also="which lists it; the first paper is not identified here",
    checked="survey, other code",
)


@activation(
    family="exponential",
    title="Negative exponential",
    aliases=("negative exponential",),
    source=_SURVEY,
)
def exp_neg(x):
    """Exponential of minus x."""
    return exp(-x)


def _hyper_sinh_stable(x):
    """sinh(x) overflows before its third does."""
    return where(x > 0, where(x < 30, sinh(x) / 3, exp(x / 2) / 6 * exp(x / 2)), x**3 / 4)


@activation(
    family="exponential",
    title="Hyper-sinh",
    source=Source(
        "Parisi, Ma, RaviChandran & Lanzillotta",
        2020,
        "hyper-sinh: An Accurate and Reliable Function from Shallow to Deep Learning in TensorFlow and Keras",
        arxiv="2011.07661",
        checked="paper, survey, other code",
    ),
    stable=_hyper_sinh_stable,
)
def hyper_sinh(x):
    """A third of the hyperbolic sine above zero, a quarter of the cube below."""
    return where(x > 0, sinh(x) / 3, x**3 / 4)


@activation(
    family="exponential",
    title="Symmetric exponential",
    aliases=("symmetric exponential",),
    note="Inverse of symlog.",
    source=Source(
        "Hafner, Pasukonis, Ba & Lillicrap",
        2023,
        "Mastering Diverse Domains through World Models",
        arxiv="2301.04104",
        checked="paper, survey",
    ),
    stable=lambda x: where(x > 0, expm1(x), -expm1(-x)),
)
def symexp(x):
    """Odd exponential: sign(x) (exp(|x|) - 1)."""
    return sign(x) * expm1(abs(x))


@activation(
    family="exponential",
    title="Hyperbolic sine",
    aliases=("hyperbolic sine",),
    source=Source("mathematics", venue="hyperbolic sine", checked="definition"),
)
def sinh(x):
    """Hyperbolic sine."""
    return sinh(x)


DELU = Source(
    "Pishchik",
    2023,
    "Trainable Activations for Image Classification",
    venue="Preprints 202301.0463",
    checked="survey, other code",
)


def _silu_slope(x):
    return sigmoid(x) * (1 + x * sigmoid(-x))


@activation(
    family="exponential",
    title="DELU",
    note="The slope jumps from 1/2 to n + 3/2 at 0.",
    source=DELU,
    stable=lambda x, n: where(x <= 0, x * sigmoid(x), (n + 1 / 2) * x - expm1(-x)),
    stable_derivative=lambda x, n: where(x <= 0, _silu_slope(x), n + 1 / 2 + exp(-x)),
)
def delu(x, n=Parameter(0.5, low=-0.5, learnable=True, meaning="n + 1/2 is the slope far right")):
    """SiLU up to zero, a line plus a saturating exponential above."""
    return where(x <= 0, x * sigmoid(x), (n + 1 / 2) * x + abs(exp(-x) - 1))


EDELU = Source(
    "Çatalbaş & Dobrišek",
    2023,
    "Dynamic speaker localization based on a novel lightweight R-CNN model",
    doi="10.1007/s00521-023-08251-3",
    venue="Neural Computing and Applications",
    checked="survey, other code, derivation",
)


@activation(
    family="exponential",
    title="Extended exponential linear unit",
    aliases=("extended elu",),
    note="Continuous if b c = exp(a c) - 1; the paper ties b so. At c = 0 any b does, and b = a makes the slope 1.",
    source=EDELU,
)
def edelu(x, a=Parameter(1.0, low=0.0, learnable=True), b=Parameter(1.0, above=0.0), c=Parameter(0.0, learnable=True)):
    """Identity from c up, a scaled exponential below."""
    return where(x >= c, x, expm1(a * x) / b)


ELU_PLUS_ONE = Source(
    "Katharopoulos, Vyas, Pappas & Fleuret",
    2020,
    "Transformers are RNNs: Fast Autoregressive Transformers with Linear Attention",
    arxiv="2006.16236",
    checked="paper",
)


@activation(
    family="exponential",
    title="ELU plus one",
    aliases=("elu+1", "positive elu"),
    use="Feature map of linear attention.",
    source=ELU_PLUS_ONE,
)
def elu_plus_one(x):
    """x + 1 above zero, the exponential below: always positive."""
    return where(x > 0, x + 1, exp(x))


ZHU = Source(
    "Zhu, Min, Wang, Zou & Chen",
    2021,
    "PFLU and FPFLU: Two novel non-monotonic activation functions in convolutional neural networks",
    venue="Neurocomputing",
    checked="survey, other code",
)


def _power_left(x):
    """x (1 + t) with t = x/sqrt(1 + x^2), for negative x: 1 + t is (1 - t^2)/(1 - t), which does not cancel."""
    t = x / hypot(1, x)
    return t * (1 / hypot(1, x) / (1 + abs(t)))


def _power_slope(x):
    """Its slope (1 + t)(1 + t - t^2)."""
    t, square = x / hypot(1, x), (1 / hypot(1, x)) ** 2
    return where(x > -1 / 2, (1 + t) * (1 + t * (1 - t)), (square + t) * (square / (1 + abs(t))))


@activation(
    family="exponential",
    title="Faster power function linear unit",
    source=ZHU,
    stable=lambda x: where(x >= 0, x, _power_left(x)),
    stable_derivative=lambda x: where(x >= 0, 1, _power_slope(x)),
)
def fpflu(x):
    """Identity above zero, twice the PFLU below."""
    return where(x >= 0, x, x + x**2 / sqrt(1 + x**2))


FPLUS = Source(
    "Duan, Yang & Dai",
    2022,
    "Feature Activation through First Power Linear Unit with Sign",
    arxiv="2111.14349",
    venue="Electronics 11(13)",
    also="PolyLU: Feng & Yang 2023, IEEE Access",
    checked="survey, other code, derivation",
)


@activation(
    family="exponential",
    title="First power linear unit with sign",
    aliases=("polylu", "polynomial linear unit"),
    note="PoLU with n = 1. torch-activation 1.0.0 stops at -0.4997 by clamping x at -0.999.",
    source=FPLUS,
    stable_derivative=lambda x: where(x >= 0, 1, (1 / (1 - minimum(x, 0))) ** 2),
)
def fplus(x):
    """Identity above zero, x/(1 - x) below: falls to -1."""
    return where(x >= 0, x, x / (1 - x))


HARD_SRELUE = Source(
    "Kılıçarslan",
    2022,
    "A novel nonlinear hybrid HardSReLUE activation function in transfer learning architectures for hemorrhage"
    " classification",
    venue="Multimedia Tools and Applications",
    checked="survey, other code",
)


@activation(
    family="exponential",
    title="Hard SReLU with exponential",
    source=HARD_SRELUE,
    stable_derivative=lambda x, alpha: where(x >= 0, where(x < 1, alpha * (x + 1 / 2) + 1, alpha + 1), alpha * exp(x)),
)
def hard_srelue(x, alpha=Parameter(0.5, meaning="added slope above zero, minus the limit far left")):
    """x plus alpha x times a hard sigmoid above zero, ELU below."""
    return where(x >= 0, alpha * x * clip((x + 1) / 2, 0, 1) + x, alpha * expm1(x))


ISRLU = Source(
    "Carlile, Delamarter, Kinney, Marti & Whitney",
    2017,
    "Improving Deep Learning by Inverse Square Root Linear Units (ISRLUs)",
    arxiv="1710.09967",
    checked="paper, survey, other code",
)


@activation(
    family="exponential",
    title="Inverse square root linear unit",
    use="An ELU without exponentials.",
    source=ISRLU,
    stable=lambda x, alpha: where(x >= 0, x, sqrt(alpha) / alpha * (sqrt(alpha) * x / hypot(1, sqrt(alpha) * x))),
    stable_derivative=lambda x, alpha: where(x >= 0, 1, (1 / hypot(1, sqrt(alpha) * x)) ** 3),
)
def isrlu(x, alpha=Parameter(1.0, above=0.0, meaning="falls to -1/sqrt(alpha)")):
    """Identity above zero, x/sqrt(1 + alpha x^2) below."""
    return where(x >= 0, x, x / sqrt(1 + alpha * x**2))


SELU_SCALE, SELU_ALPHA = 1.0507009873554804934, 1.6732632423543772848


SELU_SCALE, SELU_ALPHA = 1.0507009873554804934, 1.6732632423543772848


SURVEY = "as cited by Kunc & Klema 2024, arXiv:2402.09092"


@activation(
    family="exponential",
    title="Leaky SELU",
    note="SELU's constants; the leak c = 0.1 is an example.",
    source=Source("Yang & others", 2020, venue=SURVEY, checked="survey, other code"),
)
def lselu(x, a=Parameter(SELU_SCALE), b=Parameter(SELU_ALPHA), c=Parameter(0.1, meaning="leak, before scaling")):
    """SELU with a leak below zero."""
    return where(x >= 0, a * x, a * b * expm1(x) + a * c * x)


@activation(
    family="exponential",
    title="Negative slope linear unit",
    aliases=("nelu", "sugar nelu"),
    note="Made as the gradient that stands in for that of ReLU; the function jumps by alpha at 0.",
    source=Source("Horuz & others", 2025, "The Resurrection of the ReLU", arxiv="2505.22074", checked="other code"),
    stable=lambda x, alpha: where(x > 0, x, -alpha * (1 / hypot(1, x)) ** 2),
    stable_derivative=lambda x, alpha: where(x > 0, 1, 2 * alpha * (x / hypot(1, x)) * (1 / hypot(1, x)) ** 3),
)
def nelu_surrogate(x, alpha=Parameter(0.2, above=0.0, meaning="size of the jump at 0")):
    """Identity above zero, an upside-down bump below."""
    return where(x > 0, x, -alpha / (1 + x**2))


def _pflu_slope(x):
    h = hypot(1, x)
    return where(x >= 0, 1 + x / h * (1 + (1 / h) ** 2), _power_slope(x)) / 2


def _pflu_stable(x):
    return where(x >= 0, x * ((1 + x / hypot(1, x)) / 2), _power_left(x) / 2)


@activation(
    family="exponential",
    title="Power function linear unit",
    source=ZHU,
    stable=_pflu_stable,
    stable_derivative=_pflu_slope,
)
def pflu(x):
    """x gated by (1 + x/sqrt(1 + x^2))/2."""
    return x * (1 + x / sqrt(1 + x**2)) / 2


POLU = Source(
    "Li, Ding & Li",
    2018,
    "Training Neural Networks by Using Power Linear Units (PoLUs)",
    arxiv="1802.00212",
    checked="paper, survey, other code",
)


@activation(
    family="exponential",
    title="Power linear unit",
    source=POLU,
    stable=lambda x, n: where(x >= 0, x, expm1(-n * log1p(-minimum(x, 0)))),
    stable_derivative=lambda x, n: where(x >= 0, 1, n * (1 - minimum(x, 0)) ** (-n - 1)),
)
def polu(x, n=Parameter(1.0, low=1.0, meaning="power; the paper tries 1, 1.5 and 2")):
    """Identity above zero, (1 - x)^-n - 1 below."""
    return where(x >= 0, x, (1 - x) ** (-n) - 1)


KILICARSLAN = Source(
    "Kılıçarslan & Çelik",
    2021,
    "RSigELU: A nonlinear activation function for deep neural networks",
    venue="Expert Systems with Applications 174",
    checked="survey, other code",
)


@activation(
    family="exponential",
    title="RSigELU",
    aliases=("rsigelus", "rsigelu single"),
    note="Jumps by alpha sigmoid(1) at 1, as published. Some copies raise the sigmoid to the power alpha.",
    source=KILICARSLAN,
    stable_derivative=lambda x, alpha: where(x > 1, alpha * _silu_slope(x) + 1, where(x >= 0, 1, alpha * exp(x))),
)
def rsigelu(x, alpha=Parameter(0.5, meaning="between 0 and 1 in the paper; 0 gives ReLU")):
    """x plus alpha SiLU above 1, identity to 0, ELU below."""
    return where(x > 1, x * sigmoid(x) * alpha + x, where(x >= 0, x, alpha * expm1(x)))


@activation(
    family="exponential",
    title="RSigELU double",
    note="Jumps by alpha sigmoid(1) at 1, as published.",
    source=KILICARSLAN,
    stable_derivative=lambda x, alpha, beta: where(x > 1, alpha * _silu_slope(x) + 1, where(x >= 0, 1, beta * exp(x))),
)
def rsigelud(x, alpha=Parameter(0.5), beta=Parameter(0.5)):
    """RSigELU with a parameter of its own for each side."""
    return where(x > 1, x * sigmoid(x) * alpha + x, where(x >= 0, x, beta * expm1(x)))


SERLU = Source(
    "Zhang & Li",
    2018,
    "Effectiveness of Scaled Exponentially-Regularized Linear Units (SERLUs)",
    arxiv="1807.10117",
    checked="paper, survey, other code",
)


@activation(
    family="exponential",
    title="Scaled exponentially regularised linear unit",
    aliases=("scaled exponentially regularized linear unit",),
    source=SERLU,
    stable_derivative=lambda x, lam, alpha: where(x >= 0, lam, lam * alpha * (exp(x) * (1 + x))),
)
def serlu(x, lam=Parameter(1.07862, above=0.0), alpha=Parameter(2.90427, above=0.0)):
    """SELU whose negative side is x exp(x): a dip that fades."""
    return where(x >= 0, lam * x, lam * alpha * (x * exp(x)))


GRELSSON = Source(
    "Grelsson & Felsberg",
    2018,
    "Improved Learning in Convolutional Neural Networks with Shifted Exponential Linear Units (ShELUs)",
    venue="ICPR 2018",
    checked="survey, other code",
)


@activation(
    family="exponential",
    title="Horizontally shifted ELU",
    source=GRELSSON,
    stable=lambda x, a, b: where(x + b >= 0, -(-x - b), a * expm1(x + b)),  # keeps the sign of a zero
)
def shelu(x, a=Parameter(1.0), b=Parameter(0.0, learnable=True, meaning="shift to the left")):
    """ELU moved to the left."""
    return where(x + b >= 0, x + b, a * expm1(x + b))


BY_SURVEY = ("Kunc & Klema", 2024, "Three Decades of Activations: A Comprehensive Survey of 400 Activation Functions")


@activation(
    family="exponential",
    title="Scaled SELU",
    aliases=("scaled scaled exponential linear unit",),
    note="SELU for c = 1. The source is the survey that lists it; the original was not seen.",
    source=Source(*BY_SURVEY, arxiv="2402.09092", checked="survey, other code"),
)
def sselu(x, a=Parameter(SELU_SCALE), b=Parameter(SELU_ALPHA), c=Parameter(1.0, above=0.0)):
    """SELU with scaled negative inputs."""
    return where(x >= 0, a * x, a * b * expm1(c * x))


@activation(
    family="exponential",
    title="Vertically shifted ELU",
    aliases=("p_plus_felu", "p+felu"),
    note="P+FELU of Adem 2022 is the same function with a learned too: its 2^(x/log 2) is exp(x).",
    source=GRELSSON,
    stable=lambda x, a, b: where(x >= 0, -(-x - b), a * expm1(x) + b),  # keeps the sign of a zero
)
def svelu(x, a=Parameter(1.0), b=Parameter(0.0, learnable=True, meaning="shift upwards")):
    """ELU moved upwards."""
    return where(x >= 0, x + b, a * expm1(x) + b)


HUANG = Source(
    "Huang & Schlag",
    2024,
    "Deriving Activation Functions Using Integration",
    arxiv="2411.13010",
    checked="other code, derivation",
)


@activation(
    family="exponential",
    title="Expanded integral of the ELU",
    use="Feed-forward layers of language models (Apertus).",
    note="The paper keeps alpha_p above 0 and alpha_n above beta through softplus.",
    source=HUANG,
    stable=lambda x, alpha_p, alpha_n, beta: where(
        x >= 0, x * (alpha_p * x + beta), alpha_n * expm1(x) + (beta - alpha_n) * x
    ),
)
def xielu(x, alpha_p=Parameter(0.8, learnable=True), alpha_n=Parameter(0.8, learnable=True), beta=Parameter(0.5)):
    """A function whose slope is a line above zero and an ELU below."""
    return where(x > 0, alpha_p * x**2 + beta * x, alpha_n * expm1(x) - alpha_n * x + beta * x)


@activation(
    family="exponential",
    title="Expanded integral of the PReLU",
    source=HUANG,
    stable=lambda x, alpha_p, alpha_n, beta: x * (where(x > 0, alpha_p, alpha_n) * x + beta),
)
def xiprelu(x, alpha_p=Parameter(0.8, learnable=True), alpha_n=Parameter(0.8, learnable=True), beta=Parameter(0.5)):
    """A parabola on each side of zero: the slope is a PReLU and a constant."""
    return where(x > 0, alpha_p * x**2 + beta * x, alpha_n * x**2 + beta * x)


@activation(
    family="exponential",
    title="Inverse softplus",
    aliases=("softplus inverse",),
    note="NaN below 0.",
    source=Source("classical", None, "Inverse of softplus", venue="classical", checked="definition, derivation"),
    stable=lambda x: where(x < 1, log(expm1(x)), x + log1p(-exp(-abs(x)))),
    stable_derivative=lambda x: where(x < 0, log(x), 1 / abs(expm1(-x))),
)
def inverse_softplus(x):
    """The number whose softplus is x."""
    return log(exp(x) - 1)


_LOG1MEXP = Source(
    "JAX",
    None,
    "jax.nn.log1mexp",
    venue="JAX documentation",
    also="Maechler 2012, Accurately computing log(1 - exp(-|a|)), vignette of Rmpfr",
    checked="framework, definition",
)


@activation(
    family="exponential",
    title="log(1 - exp(-x))",
    aliases=("log one minus exp",),
    note="NaN below 0.",
    source=_LOG1MEXP,
    stable=lambda x: where(x < 0.6931471805599453, log(-expm1(-x)), log1p(-exp(-abs(x)))),
    stable_derivative=lambda x: where(x < 0, log(x), exp(-x) / abs(expm1(-x))),
)
def log1mexp(x):
    """Log-probability of the complement of an event of log-probability -x."""
    return log(1 - exp(-x))
