"""The rectified family, a to r."""

from nonlin.catalogue._numerics import polynomial
from nonlin.catalogue._shared import THREE_DECADES
from nonlin.core import Parameter, Source, activation
from nonlin.ops import (
    abs,
    clip,
    cos,
    cosh,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    maximum,
    minimum,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    tanh,
    where,
)


@activation(
    family="rectified",
    title="Absolute linear unit",
    aliases=("alrelu", "absolute leaky relu"),
    note="ALReLU is the same function, with alpha = 0.01. At 0 the derivative is 0.",
    source=Source(
        "Mastromichalakis",
        2020,
        "ALReLU: A different approach on Leaky ReLU activation function to improve Neural Networks Performance",
        arxiv="2012.07564",
        checked="paper, survey, other code",
    ),
)
def abslu(x, alpha=Parameter(0.01, low=0.0, learnable=True, meaning="slope of the mirrored negative side")):
    """Identity above zero, a small multiple of |x| below."""
    return where(x > 0, x, alpha * abs(x))


_ADA = Source(
    "Georgescu, Ionescu, Ristea & Sebe",
    2020,
    "Non-linear Neurons with Human-like Apical Dendrite Activations",
    arxiv="2003.03229",
    checked="paper, authors' code",
)


@activation(
    family="rectified",
    title="Apical dendrite activation",
    aliases=("apical dendrite",),
    note="The survey and its copies lose the factor max(0, x).",
    source=_ADA,
    stable_derivative=lambda x, alpha, c: where(x > 0, exp(c - alpha * x) * (1 - alpha * x), 0),
)
def ada(x, alpha=Parameter(1.0, above=0.0), c=Parameter(0.0)):
    """ReLU that an exponential damps for large inputs."""
    return where(x > 0, x * exp(c - alpha * x), 0)


@activation(
    family="rectified",
    title="Leaky apical dendrite activation",
    aliases=("lada", "leaky apical dendrite"),
    note="The survey and its copies lose the factor max(0, x).",
    source=_ADA,
    stable_derivative=lambda x, alpha, c, leak: where(x > 0, exp(c - alpha * x) * (1 - alpha * x), leak),
)
def leaky_ada(x, alpha=Parameter(1.0, above=0.0), c=Parameter(0.0), leak=Parameter(0.01)):
    """Apical dendrite activation with a small slope below zero."""
    return where(x > 0, x * exp(c - alpha * x), leak * x)


@activation(
    family="rectified",
    title="Alternating left ReLU",
    stable=lambda x, alpha, s: where(x > 0, x, where(x < 0, s * alpha * x, 0)),
    stable_derivative=lambda x, alpha, s: where(x > 0, 1, s * alpha),
    source=Source(
        "Curci, Mocanu & Pechenizkiy",
        2021,
        "Truly Sparse Neural Networks at Scale",
        arxiv="2102.01732",
        checked="survey, other code",
    ),
)
def all_relu(x, alpha=0.6, s=Parameter(-1.0, meaning="-1 in layers of even number, +1 in those of odd number")):
    """Leaky ReLU whose negative slope changes sign from layer to layer."""
    return where(x > 0, x, s * alpha * x)


@activation(
    family="rectified",
    title="Approximate ReLU",
    aliases=("approximated relu",),
    note="Exponents below 1, with an infinite slope at 0, are not let in.",
    source=Source(
        "Saha, Nagaraj, Mathur, Yedida & Sneha",
        2020,
        "Evolution of novel activation functions in neural network training for astronomy data: habitability classification of exoplanets",
        doi="10.1140/epjst/e2020-000098-9",
        arxiv="1906.01975",
        checked="survey, other code",
    ),
)
def app_relu(x, a=Parameter(1.0, above=0.0), b=Parameter(1.0, low=1.0, meaning="exponent; 1 gives a ReLU")):
    """A power of the input above zero, zero below."""
    return where(x > 0, a * x**b, 0)


@activation(
    family="rectified",
    title="Bounded leaky ReLU",
    aliases=("blrelu",),
    note="Despite the name not bounded unless a = 0: beyond b it goes on with slope a.",
    source=Source(
        "Liew, Khalil-Hani & Bakhteri",
        2016,
        "Bounded activation functions for enhanced training stability of deep neural networks on visual pattern recognition problems",
        venue="Neurocomputing 216",
        checked="survey, other code",
    ),
)
def bounded_leaky_relu(x, a=Parameter(0.01, low=0.0), b=Parameter(1.0, above=0.0, meaning="end of the slope 1")):
    """Slope 1 between 0 and b, a small slope a on both sides."""
    return where(x <= 0, a * x, where(x < b, x, a * x + (1 - a) * b))


@activation(
    family="rectified",
    title="Cosine ReLU",
    source=Source(
        "ActTensor",
        None,
        "act_tensor.functions.Cos_ReLU",
        venue="ActTensor, a Python package of activation functions for TensorFlow",
        checked="authors' code",
    ),
)
def cos_relu(x):
    """ReLU plus the cosine."""
    return maximum(x, 0) + cos(x)


@activation(
    family="rectified",
    title="Delay ReLU",
    aliases=("drlu", "delay rectified linear unit"),
    source=Source(
        "Shan, Li & Chen",
        2023,
        "Deep delay rectified neural networks",
        doi="10.1007/s11227-022-04704-z",
        venue="The Journal of Supercomputing 79",
        checked="survey, other code",
    ),
)
def delay_relu(x, a=Parameter(0.08, low=0.0, meaning="where the response begins")):
    """ReLU shifted to the right."""
    return maximum(x - a, 0)


@activation(
    family="rectified",
    title="Displaced ReLU",
    aliases=("drelu", "disrelu", "displaced rectifier linear unit"),
    source=Source(
        "Macêdo, Zanchettin, Oliveira & Ludermir",
        2019,
        "Enhancing batch normalized convolutional networks using displaced rectifier linear units: A systematic comparative study",
        venue="Expert Systems with Applications 124",
        checked="paper, survey, other code",
    ),
)
def displaced_relu(x, delta=Parameter(0.05, low=0.0, meaning="minus the smallest output")):
    """ReLU moved down and left along the diagonal."""
    return maximum(x, -delta)


@activation(
    family="rectified",
    title="Flatten-T swish",
    aliases=("pfts", "fts", "flatted-t swish", "relu-swish"),
    note="ReLU-Swish is the case T = 0.",
    source=Source(
        "Chieng, Wahid, Ong & Perla",
        2018,
        "Flatten-T Swish: a thresholded ReLU-Swish-like activation function for deep learning",
        arxiv="1812.06247",
        checked="paper, survey, other code",
    ),
)
def flatten_t_swish(x, T=Parameter(-0.2, meaning="output below zero")):
    """Swish above zero and constant below, both shifted by T."""
    return where(x >= 0, x * sigmoid(x) + T, T)


_MOLLIFIED = Source(
    "Kunc & Klema",
    2024,
    THREE_DECADES,
    arxiv="2402.09092",
    also="after the mollified square root functions of openreview.net/forum?id=ZPtQ83t7ob",
    checked="survey, other code, derivation",
)


def _leaky_relu_plus_slope(x, alpha, eps):
    u = (1 - alpha) * x
    h = hypot(u, sqrt(eps))
    part = where(u >= 0, 1 / 2 + u / h / 2, eps / 4 / (h / 2 + abs(u) / 2) / h)
    return alpha + (1 - alpha) * part


def _leaky_relu_plus_stable(x, alpha, eps):
    """Left of 0 by the conjugate, which is exactly 0 at the zero; far left its square would overflow."""
    u = (1 - alpha) * x
    h = hypot(u, sqrt(eps))
    plain = alpha * x + where(u >= 0, u / 2 + h / 2, eps / 4 / (h / 2 + abs(u) / 2))
    return where(x < 0, where(x > -1e9, (eps - 4 * alpha * x**2) / (h - (1 + alpha) * x) / 2, plain), plain)


@activation(
    family="rectified",
    title="Leaky ReLU Plus",
    aliases=("lreluplus",),
    note="SMU-1 with eps = mu^2.",
    source=_MOLLIFIED,
    stable=_leaky_relu_plus_stable,
    stable_derivative=_leaky_relu_plus_slope,
)
def leaky_relu_plus(x, alpha=Parameter(0.01, low=0.0, learnable=True), eps=Parameter(0.01, above=0.0)):
    """Leaky ReLU whose kink is rounded by a square root."""
    return (x + alpha * x + sqrt((1 - alpha) ** 2 * x**2 + eps)) / 2


@activation(
    family="rectified",
    title="Linear plus ReLU",
    aliases=("li-relu",),
    source=Source(
        "Elakkiya & Dejey", venue="as cited by Kunc & Klema 2024, arXiv:2402.09092", checked="survey, other code"
    ),
)
def li_relu(x, a=0.1):
    """ReLU plus a x."""
    return where(x >= 0, a * x + x, a * x)


@activation(
    family="rectified",
    title="Modified quantum ReLU",
    aliases=("modified qrelu",),
    stable=lambda x: where(x > 0, x, 0.99 * abs(x)),
    stable_derivative=lambda x: where(x > 0, 1, -0.99),
    source=Source(
        "Parisi & others",
        2020,
        "QReLU and m-QReLU: Two novel quantum activation functions to aid medical diagnostics",
        arxiv="2010.08031",
        checked="authors' code",
    ),
)
def m_qrelu(x):
    """Identity above zero, slope -0.99 below."""
    return where(x > 0, x, 0.01 * x - x)


@activation(
    family="rectified",
    title="Quantum ReLU",
    stable=lambda x: where(x > 0, x, 1.99 * abs(x)),
    stable_derivative=lambda x: where(x > 0, 1, -1.99),
    source=Source(
        "Parisi & others",
        2020,
        "QReLU and m-QReLU: Two novel quantum activation functions to aid medical diagnostics",
        arxiv="2010.08031",
        checked="authors' code",
    ),
)
def qrelu(x):
    """Identity above zero, slope -1.99 below."""
    return where(x > 0, x, 0.01 * x - 2 * x)


_CROSSING = 0.6590460684074066  # the float64 below the solution of x = sigmoid(x)


_EGER = Source(
    "Eger, Youssef & Gurevych",
    2018,
    "Is it Time to Swish? Comparing Deep Learning Activation Functions Across NLP tasks",
    arxiv="1901.02671",
    venue="EMNLP 2018",
    also="from the search of Ramachandran, Zoph & Le 2017, arXiv:1710.05941",
    checked="paper, survey, other code",
)


@activation(
    family="rectified",
    title="Maxsig",
    source=_EGER,
    stable=lambda x: where(x > _CROSSING, x, sigmoid(x)),
)
def maxsig(x):
    """The larger of x and the logistic sigmoid."""
    return maximum(x, sigmoid(x))


@activation(
    family="rectified",
    title="Maxtanh",
    aliases=("siglu",),
    note="SigLU of the survey is the same function: x above zero, tanh(x) below.",
    source=_EGER,
    stable=lambda x: where(x > 0, x, tanh(x)),
)
def maxtanh(x):
    """The larger of x and tanh(x)."""
    return maximum(x, tanh(x))


@activation(
    family="rectified",
    title="Minsin",
    source=_EGER,
    stable=lambda x: where(x > 0, sin(x), x),
)
def minsin(x):
    """The smaller of x and sin(x): a sine above zero."""
    return minimum(x, sin(x))


# Functions whose first paper could not be identified: the survey that lists them.
_SURVEY = Source(
    "Kunc & Klema",
    2024,
    THREE_DECADES,
    arxiv="2402.09092",
    also="which lists it; the first paper is not identified here",
    checked="survey, other code",
)


def _oaf_slope(x):
    smooth = sigmoid(x) * (1 + x * sigmoid(-x))
    return where(x > 0, 1 + smooth, smooth)


@activation(
    family="rectified",
    title="Optimal activation function",
    source=_SURVEY,
    stable=lambda x: where(x > 0, x + x * sigmoid(x), x * sigmoid(x)),
    stable_derivative=_oaf_slope,
)
def oaf(x):
    """ReLU plus SiLU."""
    return maximum(x, 0) + x * sigmoid(x)


@activation(
    family="rectified",
    title="Pan function",
    aliases=("frying pan function",),
    source=_MOLLIFIED,
)
def pan(x, a=Parameter(1.0, low=0.0, meaning="half the width of the flat bottom")):
    """|x| lowered by a and cut off at zero."""
    return maximum(abs(x) - a, 0)


def _pan_plus_slope(x, a, eps):
    """Between -a and a the difference of two quotients, by its conjugate."""
    s, e = abs(x), sqrt(eps)
    h, k = hypot(s - a, e), hypot(s + a, e)
    between = 2 * eps * a * (x / h / h / k / k) / ((s + a) / k + (a - s) / h)
    return where(s < a, between, sign(x) * ((s - a) / h / 2 + (s + a) / k / 2))


def _pan_plus_stable(x, a, eps):
    """The pan function and what each root is above its absolute value, by conjugates."""
    s = abs(x)
    inner, outer = abs(s - a), s + a
    rest = eps / 2 / (hypot(inner, sqrt(eps)) + inner) + eps / 2 / (hypot(outer, sqrt(eps)) + outer)
    return maximum(s - a, 0) + rest


@activation(
    family="rectified",
    title="Pan function, smoothed",
    source=_MOLLIFIED,
    stable=_pan_plus_stable,
    stable_derivative=_pan_plus_slope,
    stable_partials={
        "a": lambda x, a, eps: ((x + a) / hypot(x + a, sqrt(eps)) - (x - a) / hypot(x - a, sqrt(eps))) / 2 - 1,
        "eps": lambda x, a, eps: (1 / hypot(x - a, sqrt(eps)) + 1 / hypot(x + a, sqrt(eps))) / 4,
    },
)
def pan_plus(x, a=Parameter(1.0, low=0.0), eps=Parameter(0.01, above=0.0)):
    """Pan function whose kinks are rounded by square roots."""
    return -a + (sqrt((x - a) ** 2 + eps) + sqrt((x + a) ** 2 + eps)) / 2


@activation(
    family="rectified",
    title="Parametric flatten-p mish",
    source=Source(
        "Mondal & Shrivastava",
        2022,
        "A novel Parametric Flatten-p Mish activation function based deep CNN model for brain tumor classification",
        doi="10.1016/j.compbiomed.2022.106183",
        venue="Computers in Biology and Medicine 150",
        checked="survey, other code",
    ),
)
def pfpm(x, p=Parameter(-0.2, learnable=True, meaning="output below zero")):
    """Mish above zero and constant below, both shifted by a learned p."""
    return where(x >= 0, x * tanh(softplus(x)) + p, p)


# x - log(1 + x) = x^2 (1/2 - x/3 + x^2/4 - ...)
_LOG_REST = tuple((-1) ** k / (k + 2) for k in range(16))


def _prenu_stable(x, a):
    """x - log(1 + x) by its series near 0, where it cancels for a near 1."""
    rest = where(x < 0.1, x**2 * polynomial(_LOG_REST, x), x - log1p(x))
    return where(x >= 0, (1 - a) * x + a * rest, 0)


@activation(
    family="rectified",
    title="Parametric rectified non-linear unit",
    aliases=("renu", "rectified non-linear unit"),
    note="ReNU is the case a = 1.",
    source=Source(
        "El Jaafari, Ellahyani & Charfi",
        2021,
        "Parametric rectified nonlinear unit (PRenu) for convolution neural networks",
        venue="Signal, Image and Video Processing 15",
        checked="survey, other code",
    ),
    stable=_prenu_stable,
    stable_derivative=lambda x, a: where(x >= 0, (1 - a) + a * (x / (1 + x)), 0),
)
def prenu(x, a=Parameter(0.25, learnable=True)):
    """x minus a logarithm above zero, zero below."""
    return where(x >= 0, x - a * log1p(x), 0)


_LN2, _LN2_REST = 0.6931471805599453, 2.3190468138462996e-17  # log 2 as the sum of two float64


_LN2, _LN2_REST = 0.6931471805599453, 2.3190468138462996e-17  # log 2 as the sum of two float64


def _psoftplus_stable(x, a, b):
    """softplus(x) - log 2 = log(1 + (exp(x) - 1)/2), which keeps its digits near 0."""
    middle = log1p(expm1(minimum(x, 1)) / 2) + ((_LN2 - b) + _LN2_REST)
    return a * where(abs(x) < 1, middle, softplus(x) - b)


@activation(
    family="rectified",
    title="Parametric softplus",
    source=_SURVEY,
    stable=_psoftplus_stable,
    stable_derivative=lambda x, a, b: a * sigmoid(x),
)
def psoftplus(x, a=1.5, b=Parameter(0.6931471805599453, meaning="log 2 puts the zero at 0")):
    """Softplus shifted down by b and scaled by a."""
    return a * (softplus(x) - b)


@activation(
    family="rectified",
    title="Rand softplus",
    aliases=("rsp",),
    note="In the paper each layer sets a from the noise of its inputs.",
    source=Source(
        "Chen, Mai, Xiao & Zhang",
        2019,
        "Improving the Antinoise Ability of DNNs via a Bio-Inspired Noise Adaptive Activation Function Rand Softplus",
        venue="Neural Computation 31(6)",
        checked="survey, other code",
    ),
    stable=lambda x, a: maximum(x, 0) + a * log1p(exp(-abs(x))),
    stable_derivative=lambda x, a: where(x > 0, 1 - a * sigmoid(-x), a * sigmoid(x)),
)
def rand_softplus(x, a=Parameter(0.5, low=0.0, meaning="share of the softplus, at most 1")):
    """Mixture of ReLU and softplus."""
    return (1 - a) * maximum(x, 0) + a * softplus(x)


@activation(
    family="rectified",
    title="Rectified cubic unit",
    aliases=("relu cubed",),
    source=Source(
        "Li, Tang & Yu",
        2019,
        "Better Approximations of High Dimensional Smooth Functions by Deep Neural Networks with Rectified Power Units",
        arxiv="1903.05858",
        checked="survey, derivation",
    ),
)
def recu(x):
    """Cube of ReLU."""
    return maximum(x, 0) ** 3


@activation(
    family="rectified",
    title="Bounded ReLU",
    aliases=(
        "pact",
        "parameterised clipping activation",
        "parameterized clipping activation",
        "brelu",
        "capped relu",
        "clipped relu",
        "satlin",
    ),
    note="satlin is the case n = 1, ReLU6 n = 6. PACT (Choi & others 2018, arXiv:1805.06085) learns n, calls it alpha and begins at 10.",
    source=Source(
        "Liew, Khalil-Hani & Bakhteri",
        2016,
        "Bounded activation functions for enhanced training stability of deep neural networks on visual pattern recognition problems",
        venue="Neurocomputing 216",
        also="as ReLUN with learned n: Pishchik 2023, Trainable Activations for Image Classification",
        checked="survey, other code",
    ),
)
def relu_n(x, n=Parameter(1.0, above=0.0, learnable=True, meaning="largest output")):
    """ReLU capped at n."""
    return clip(x, 0, n)


def _log_cosh_stable(x):
    return where(abs(x) < 1, log1p(2 * sinh(x / 2) ** 2), abs(x) - _LN2 + log1p(exp(-2 * abs(x))))


@activation(
    family="rectified",
    title="Log-cosh",
    source=Source("mathematics", venue="log of the hyperbolic cosine", checked="definition"),
    stable=_log_cosh_stable,
    stable_derivative=lambda x: tanh(x),
)
def log_cosh(x):
    """Logarithm of the hyperbolic cosine: a smooth |x|."""
    return log(cosh(x))


@activation(
    family="rectified",
    title="Absolute value",
    aliases=("vrelu", "v-shaped relu", "modulus", "avu", "absolute value"),
    source=Source(
        "Vallés-Pérez & others",
        2023,
        "Empirical study of the modulus as activation function in computer vision applications",
        arxiv="2301.05993",
        also="earlier as V-shaped ReLU",
        checked="paper, survey, definition",
    ),
)
def abs(x):
    """The absolute value."""
    return abs(x)


@activation(
    family="rectified",
    title="Entmax with a fixed threshold",
    aliases=("alpha-ReLU",),
    exceptions={"float64": (4.0, "1/(alpha - 1) is rounded before it is an exponent")},
    note="alpha = 2 and tau = 0: ReLU. The paper puts it in the place of softmax, and does not divide by the sum.",
    source=Source("Tezekbayev, Nikoulina, Galle & Assylbekov", 2022, "Speeding Up Entmax", arxiv="2111.06832", checked="paper"),
)  # fmt: skip
def alpha_relu_norm(x, alpha=Parameter(1.5, above=1.0, high=2.0), tau=Parameter(0.0, learnable=True)):
    """A power of what (alpha - 1) x exceeds tau by."""
    return maximum((alpha - 1) * x - tau, 0) ** (1 / (alpha - 1))
