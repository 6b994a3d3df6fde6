"""The rectified family, r to v."""

from dataclasses import replace

from nonlin.core import Parameter, Source, activation
from nonlin.ops import (
    abs,
    cos,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    maximum,
    minimum,
    normcdf,
    normpdf,
    sigmoid,
    sign,
    sin,
    softplus,
    sqrt,
    tanh,
    where,
)

REPU = Source(
    "Li, Tang & Yu",
    2019,
    "Better Approximations of High Dimensional Smooth Functions by Deep Neural Networks with Rectified Power Units",
    arxiv="1903.05858",
    checked="paper, survey",
)


@activation(
    family="rectified",
    title="Rectified power unit",
    note="p = 1 is ReLU, 2 the squared ReLU (ReQU), 3 ReCU; from 2 up the slope is continuous too.",
    source=REPU,
)
def repu(x, p=Parameter(2.0, low=2.0, meaning="power; a whole number in the paper")):
    """The positive part raised to a power."""
    return maximum(x, 0) ** p


BY_SURVEY = ("Kunc & Klema", 2024, "Three Decades of Activations: A Comprehensive Survey of 400 Activation Functions")


@activation(
    family="rectified",
    title="Rectified softplus",
    note="Slopes from 1.4 to 2 are recommended. The source is the survey that lists it; the original was not seen.",
    source=Source(*BY_SURVEY, arxiv="2402.09092", checked="survey, other code"),
)
def resp(x, a=Parameter(1.7, meaning="slope above zero")):
    """Softplus below zero, a straight line from log 2 above."""
    return where(x >= 0, a * x + log(2), softplus(x))


REU = Source(
    "Ying, Su, Shan, Miao, Wang & Peng",
    2019,
    "Rectified Exponential Units for Convolutional Neural Networks",
    venue="IEEE Access 7",
    checked="survey, other code",
)


@activation(
    family="rectified",
    title="Rectified exponential unit",
    aliases=("suish",),
    note="Suish, max(x, x exp(-|x|)) of Sui 2020, is the same function.",
    source=REU,
    stable_derivative=lambda x: where(x > 0, 1, exp(x) * (1 + x)),
)
def reu(x):
    """Identity above zero, x times its exponential below."""
    return where(x > 0, x, x * exp(x))


SURVEY = "as cited by Kunc & Klema 2024, arXiv:2402.09092"


@activation(
    family="rectified",
    title="Swish and ReLU activation",
    note="The published formula is malformed; this is the reading of the survey.",
    source=Source("Qureshi & Sarosh Umar", 2022, venue=SURVEY, checked="survey, other code"),
    stable=lambda x, alpha, beta: where(x >= 0, x, x * (exp(beta * x) / (exp(beta * x) + alpha))),
    stable_derivative=lambda x, alpha, beta: where(
        x >= 0, 1, exp(beta * x) / (exp(beta * x) + alpha) * (1 + beta * x * (alpha / (exp(beta * x) + alpha)))
    ),
)
def sara(x, alpha=Parameter(0.5, above=0.0), beta=Parameter(0.7, above=0.0)):
    """Identity above zero, a shifted swish below."""
    return where(x >= 0, x, x / (1 + alpha * exp(-beta * x)))


@activation(
    family="rectified",
    title="Soft clipping mish",
    aliases=("scl mish",),
    note="SCL-mish learns alpha from 0.25; SC-mish fixes it, at 1 in the paper.",
    source=Source("Mercioni & Holban", 2021, "Soft Clipping Mish", venue=SURVEY, checked="survey, other code"),
)
def sc_mish(x, alpha=Parameter(0.25, learnable=True)):
    """Mish with slope alpha in its softplus above zero, nothing below."""
    return maximum(x * tanh(softplus(alpha * x)), 0)


SC_SWISH = Source(
    "Mercioni & Holban",
    2021,
    "Soft-Clipping Swish: A Novel Activation Function for Deep Learning",
    doi="10.1109/SACI51354.2021.9465622",
    venue="SACI 2021",
    checked="paper, survey, other code",
)


def _silu_slope(x):
    return sigmoid(x) * (1 + x * sigmoid(-x))


@activation(
    family="rectified",
    title="Soft clipping swish",
    note="SiLU above zero; flatten-T swish with T = 0 is the same function.",
    source=SC_SWISH,
    stable_derivative=lambda x: where(x > 0, _silu_slope(x), 0),
)
def sc_swish(x):
    """The positive part of SiLU."""
    return maximum(x * sigmoid(x), 0)


SHIFTED_RELU = Source(
    "Clevert, Unterthiner & Hochreiter",
    2016,
    "Fast and Accurate Deep Network Learning by Exponential Linear Units (ELUs)",
    arxiv="1511.07289",
    checked="paper, survey, other code",
)


@activation(
    family="rectified",
    title="Shifted ReLU",
    note="torch-activation 1.0.0 has another function, max(0, x + a), by this name.",
    source=SHIFTED_RELU,
)
def shifted_relu(x):
    """x, but never below -1."""
    return maximum(x, -1)


SHIFTED_SOFTPLUS = Source(
    "Schütt, Kindermans, Sauceda, Chmiela, Tkatchenko & Müller",
    2017,
    "SchNet: A continuous-filter convolutional neural network for modeling quantum interactions",
    arxiv="1706.08566",
    checked="paper",
)


def _log_mean(x):
    """log((1 + exp(x))/2), which is small near 0, without the difference to log 2."""
    return where(x > 0, x + log1p(expm1(-x) / 2), log1p(expm1(x) / 2))


@activation(
    family="rectified",
    title="Shifted softplus",
    aliases=("ssp",),
    source=SHIFTED_SOFTPLUS,
    stable=_log_mean,
    stable_derivative=lambda x: sigmoid(x),
)
def shifted_softplus(x):
    """Softplus moved down by log 2, so that it is 0 at 0."""
    return log(exp(x) / 2 + 1 / 2)


SIGN_RELU = Source(
    "Lin & Shen",
    2018,
    "Research on convolutional neural network based on improved Relu piecewise activation function",
    venue="Procedia Computer Science 131",
    also="Li, Feng & Zhou 2022, arXiv:2210.10264",
    checked="survey, other code",
)


@activation(
    family="rectified",
    title="SignReLU",
    aliases=("dlu", "differentiable linear unit"),
    note="Also a learned per channel.",
    source=SIGN_RELU,
    stable_derivative=lambda x, a: where(x >= 0, 1, a * (1 / (1 + abs(x))) ** 2),
)
def sign_relu(x, a=Parameter(1.0, learnable=True, meaning="minus the limit far left")):
    """Identity above zero, a times softsign below."""
    return where(x >= 0, x, a * x / (abs(x) + 1))


def _sign_relu_plus_slope(x, eps):
    """p/h + m (k^2 - (1 - x) h)/(h k^3) with p, -m the two halves; for negative x, 1 - x - h is 1 - eps/(h - x)."""
    h, k = hypot(x, sqrt(eps)), hypot(1 - x, sqrt(eps))
    big = h / 2 + abs(x) / 2
    small = eps / 4 / big
    rest = (1 - x) / k * where(x >= 0, (1 - x) / k - h / k, (1 - eps / 2 / big) / k) + eps / k / k
    return where(x >= 0, big, small) / h + where(x >= 0, small, big) / h * (rest / k)


def _sign_relu_plus_stable(x, eps):
    """(x + h)/2 = p and (h - x)/2 = m have the product eps/4: the one that cancels from the other. Near 0 they are
    nearly equal and k nearly 1: there x + m (k - 1)/k."""
    h, k = hypot(x, sqrt(eps)), hypot(1 - x, sqrt(eps))
    big = h / 2 + abs(x) / 2
    q, m = x * (x - 2) + eps, (sqrt(x**2 + eps) - x) / 2
    near = x + m * q / (1 + q + sqrt(1 + q))
    far = where(x >= 0, big - eps / 4 / big / k, eps / 4 / big - big / k)
    return where(abs(x) < 1 / 2, near, far)


@activation(
    family="rectified",
    title="SignReLUPlus",
    note="SignReLU with |x| and |1 - x| mollified; the second leaves a dent near 1.",
    source=Source("Pan & others", 2023, venue=SURVEY, checked="survey, other code"),
    stable=_sign_relu_plus_stable,
    stable_derivative=_sign_relu_plus_slope,
)
def sign_relu_plus(x, eps=Parameter(0.01, above=0.0, meaning="amount of smoothing")):
    """Smoothed SignReLU."""
    return (x + sqrt(x**2 + eps)) / 2 + (x - sqrt(x**2 + eps)) / (2 * sqrt((1 - x) ** 2 + eps))


@activation(
    family="rectified",
    title="Sum of sine and ReLU",
    note="The variational linear unit with both parameters 1.",
    source=Source("ActTensor", None, "Sin_ReLU", venue="ActTensor_tf 1.0.0 on PyPI", checked="other code"),
    stable=lambda x: where(x > 0, x + sin(x), sin(x)),
    stable_derivative=lambda x: where(x > 0, 2 * cos(x / 2) ** 2, cos(x)),
)
def sin_relu(x):
    """ReLU plus a sine wave."""
    return maximum(x, 0) + sin(x)


SINE_RELU = Source(
    "Rodrigues",
    2018,
    "SineReLU, an alternative to the ReLU activation function",
    venue="keras-contrib",
    checked="survey, other code",
)


@activation(
    family="rectified",
    title="SineReLU",
    note="Jumps by epsilon at 0; the code in keras-contrib takes the larger of the two branches, without a jump.",
    source=SINE_RELU,
)
def sine_relu(x, epsilon=Parameter(0.0025, above=0.0, meaning="size of the wave below zero")):
    """Identity above zero, a small wave below."""
    return where(x > 0, x, epsilon * (sin(x) - cos(x)))


SLOPED_RELU = Source(
    "Seo, Lee & Kim",
    2017,
    "Activation functions of deep neural networks for polar decoding applications",
    venue="PIMRC 2017",
    checked="survey, other code",
)


@activation(
    family="rectified",
    title="Sloped ReLU",
    aliases=(
        "positive_prelu",
        "PReLU+",
        "slrelu",
    ),
    note="Positive PReLU (PReLU+) is the same with a learned slope that begins at 1.",
    source=SLOPED_RELU,
)
def sloped_relu(x, a=Parameter(10.0, above=0.0, meaning="slope above zero")):
    """ReLU with a slope other than 1."""
    return a * maximum(x, 0)


SLU = Source(
    "Zhao, Liu, Li & Luo",
    2018,
    "A novel softplus linear unit for deep convolutional neural networks",
    doi="10.1007/s10489-017-1028-7",
    venue="Applied Intelligence 48(7)",
    checked="survey, other code",
)


@activation(
    family="rectified",
    title="Softplus linear unit",
    aliases=("slu",),
    source=SLU,
    stable=lambda x: where(x >= 0, x, 2 * log1p(expm1(x) / 2)),
    stable_derivative=lambda x: where(x >= 0, 1, 2 * sigmoid(x)),
)
def slu(x):
    """Identity above zero, twice the shifted softplus below."""
    return where(x >= 0, x, 2 * log((exp(x) + 1) / 2))


@activation(
    family="rectified",
    title="Smooth ReLU (SmeLU)",
    source=Source(
        "Shamir & Lin",
        2022,
        "Real World Large Scale Recommendation Systems Reproducibility and Smooth Activations",
        arxiv="2202.06499",
        checked="paper",
    ),
)
def smelu(x, beta=Parameter(1.0, above=0.0, meaning="half the width of the middle")):
    """ReLU with its corner replaced by a parabola."""
    return where(x <= -beta, 0, where(x >= beta, x, (x + beta) ** 2 / (4 * beta)))


VALLES = Source(
    "Vallés-Pérez & others",
    2023,
    "Empirical study of the modulus as activation function in computer vision applications",
    arxiv="2301.05993",
    checked="survey, other code",
)


@activation(
    family="rectified",
    title="Quadratic soft modulus",
    note="The survey prints its inequality the wrong way round.",
    source=VALLES,
)
def soft_modulus_q(x):
    """|x| with its corner replaced by a cubic between -1 and 1."""
    return where(abs(x) <= 1, x**2 * (2 - abs(x)), abs(x))


@activation(family="rectified", title="Tanh soft modulus", source=VALLES)
def soft_modulus_t(x, a=Parameter(0.01, above=0.0, meaning="width of the corner; 1 gives LiSHT")):
    """|x| with its corner smoothed by tanh."""
    return x * tanh(x / a)


SOFTPLUS_PP = Source(
    "Ciuparu, Nagy-Dăbâcan & Mureşan",
    2020,
    "Soft++, a multi-parametric non-saturating non-linearity that improves convergence in deep neural architectures",
    venue="Neurocomputing 384",
    checked="survey, other code",
)


@activation(
    family="rectified",
    title="Soft++",
    aliases=("soft plus plus", "softplusplus", "soft++"),
    source=SOFTPLUS_PP,
    stable=lambda x, k, c: _log_mean(k * x) + x / c,
)
def softplus_pp(x, k=Parameter(1.0, above=0.0), c=Parameter(2.0, above=0.0, meaning="1/c is the slope far left")):
    """Softplus plus a line, moved to 0 at 0."""
    return softplus(k * x) + x / c - log(2)


@activation(
    family="rectified",
    title="Sparse plus",
    note="SmeLU with beta = 1.",
    source=Source("JAX", None, "jax.nn.sparse_plus", venue="JAX documentation", checked="framework"),
)
def sparse_plus(x):
    """Zero below -1, x above 1, a parabola between."""
    return where(x <= -1, 0, where(x >= 1, x, (x + 1) ** 2 / 4))


WURAOLA = Source(
    "Wuraola, Patel & Nguang",
    2021,
    "Efficient activation functions for embedded inference engines",
    doi="10.1016/j.neucom.2021.02.030",
    venue="Neurocomputing",
    checked="survey, other code",
)


@activation(
    family="rectified",
    title="Square softplus",
    note="SmeLU with beta = 1/2, which is x + (x - 1/2)^2/2 in the middle; copies with x + (x + 1/2)^2/2 jump.",
    source=replace(WURAOLA, checked="other code, derivation"),
)
def sq_softplus(x):
    """Zero below -1/2, x above 1/2, a parabola between."""
    return where(x > 1 / 2, x, where(x >= -1 / 2, (x + 1 / 2) ** 2 / 2, 0))


@activation(
    family="rectified",
    title="Square linear unit",
    source=WURAOLA,
    stable=lambda x: where(x > 0, x, where(x >= -2, x * (1 + x / 4), -1)),
)
def sqlu(x):
    """ELU with a parabola in place of the exponential, -1 from -2 down."""
    return where(x > 0, x, where(x >= -2, x + x**2 / 4, -1))


SQUARED_RELU = Source(
    "So, Mańke, Liu, Dai, Shazeer & Le",
    2021,
    "Primer: Searching for Efficient Transformers for Language Modeling",
    arxiv="2109.08668",
    checked="paper, survey",
)


@activation(
    family="rectified",
    core=True,
    weakness="Grows as x^2: large inputs need normalisation; dead units as ReLU.",
    title="Squared ReLU",
    aliases=("relu^2", "relu2", "requ", "rectified quadratic unit"),
    use="Feed-forward layers of language models.",
    source=SQUARED_RELU,
)
def squared_relu(x):
    """The square of the positive part."""
    return maximum(x, 0) ** 2


@activation(
    family="rectified",
    title="Square swish",
    note="Continuous, with a kink at -2.",
    source=WURAOLA,
    stable=lambda x: where(x > 0, x + x**2 / 32, where(x >= -2, x * (1 + x / 2), 0)),
    stable_derivative=lambda x: where(x > 0, 1 + x / 16, where(x >= -2, 1 + x, 0)),
)
def squish(x):
    """Two parabolas that meet at 0; zero below -2."""
    return where(x > 0, x + x**2 / 32, where(x >= -2, x + x**2 / 2, 0))


@activation(
    family="rectified",
    title="StarReLU",
    note="s and b give inputs from N(0, 1) the mean 0 and the variance 1; the paper learns both.",
    source=Source("Yu & others", 2022, "MetaFormer Baselines for Vision", arxiv="2210.13452", checked="paper"),
)
def star_relu(x, s=Parameter(0.8944, learnable=True), b=Parameter(-0.4472, learnable=True)):
    """Squared ReLU, scaled and moved down."""
    return s * maximum(x, 0) ** 2 + b


@activation(
    family="rectified",
    title="Tanh linear unit",
    note="TReLU with b = 1/2; maxtanh is without the 1/2. The source is the survey that lists it.",
    source=Source(*BY_SURVEY, arxiv="2402.09092", checked="survey, derivation"),
)
def thlu(x):
    """Identity above zero, tanh(x/2) below."""
    return where(x >= 0, x, tanh(x / 2))


THRESHOLDED_RELU = Source(
    "Konda, Memisevic & Krueger",
    2014,
    "Zero-bias autoencoders and the benefits of co-adapting features",
    arxiv="1402.3337",
    also="JumpReLU: Erichson & others 2019, arXiv:1904.03750; Rajamanoharan & others 2024, arXiv:2407.14435",
    checked="paper, survey, framework",
)


@activation(
    family="rectified",
    title="Thresholded ReLU",
    aliases=("trec", "truncated rectified", "fatrelu", "jumprelu"),
    note="JumpReLU of sparse autoencoders learns theta. Keras 2 and ONNX have the default 1.",
    source=THRESHOLDED_RELU,
)
def thresholded_relu(x, theta=Parameter(1.0, low=0.0, learnable=True, meaning="inputs above it pass")):
    """x above the threshold, zero at or below it."""
    return where(x > theta, x, 0)


TLU = Source(
    "Singh & Krishnan",
    2019,
    "Filter Response Normalization Layer: Eliminating Batch Dependence in the Training of Deep Neural Networks",
    arxiv="1911.09737",
    checked="paper",
)


@activation(
    family="rectified",
    title="Thresholded linear unit",
    aliases=("margin_relu",),
    note="Shifted or displaced ReLU with a learned floor. Margin ReLU (Heo & others 2019, arXiv:1904.01866) has a floor m below zero, of each channel.",
    source=TLU,
)
def tlu(x, tau=Parameter(0.0, learnable=True, meaning="the floor, one per channel")):
    """x, but never below a learned floor."""
    return maximum(x, tau)


TRUNCATED_GAUSSIAN_UNIT = Source(
    "Su, Liao & Carin",
    2017,
    "A Probabilistic Framework for Nonlinearities in Stochastic Neural Networks",
    arxiv="1709.06123",
    checked="paper, derivation",
)


def _trug_parts(x, xi1, xi2, sigma):
    """How far x is beyond the nearer end and the other one, in sigmas; exp(-(b^2 - a^2)/2), and 1 minus it."""
    half = abs(xi2 - xi1) / 2
    y = abs(x - (xi1 + xi2) / 2)
    u = -2 * (y / sigma) * (half / sigma)
    return (y - half) / sigma, (y + half) / sigma, exp(u), -expm1(u)


_FAR, _LEVELS = (
    3.0,
    36,
)  # from here up Laplace's continued fraction normpdf(t)/normcdf(-t) = t + 1/(t + 2/(t + 3/(t + ...)))


_FAR, _LEVELS = (
    3.0,
    36,
)  # from here up Laplace's continued fraction normpdf(t)/normcdf(-t) = t + 1/(t + 2/(t + 3/(t + ...)))


def _fraction(t, start):
    """start/(t + (start + 1)/(t + ...))"""
    t = maximum(t, _FAR)
    k = hypot(t / 2, sqrt(_LEVELS + 1)) - t / 2  # about what the levels left out come to
    for n in range(_LEVELS, start - 1, -1):
        k = n / (t + k)
    return k


def _mills(t):
    """normcdf(-t)/normpdf(t)."""
    return where(t > _FAR, 1 / (maximum(t, _FAR) + _fraction(t, 1)), normcdf(-t) / normpdf(minimum(t, _FAR)))


def _trug_slope(x, xi1, xi2, sigma):
    """The variance of the truncated normal over that of the whole: that of a half-line and small terms with e."""
    a, b, e, rest = _trug_parts(x, xi1, xi2, sigma)
    ma, far = _mills(a), maximum(a, _FAR)
    k, m, n = _fraction(a, 1), _fraction(a, 2), _fraction(a, 3)
    d, hazard = ma - e * _mills(b), far + k
    more = e * _mills(b) / d
    w = more - e - e * more  # rest (1 + more) - 1
    small = far * hazard * more - e * (b / d) - hazard**2 * (w * (2 + w))
    half_line = k * (k * ((far + 2 * m - n) / (far + n)))
    return where(a > _FAR, half_line + where(e > 1e-30, small, 0), 1 + (a - e * b) / d - (rest / d) ** 2)


def _trug_stable(x, xi1, xi2, sigma):
    a, b, e, rest = _trug_parts(x, xi1, xi2, sigma)
    right, pull = 2 * x >= xi1 + xi2, sigma * (rest / (_mills(a) - e * _mills(b)))
    far, k = maximum(a, _FAR), _fraction(a, 1)
    share = (far + k) * _mills(b)
    left = sigma * ((k - e * (far + k - far * share)) / (1 - e * share))
    outside = where(right, maximum(xi1, xi2) - left, minimum(xi1, xi2) + left)
    return where(a > _FAR, outside, where(right, x - pull, -(-x - pull)))


@activation(
    family="rectified",
    title="Truncated Gaussian unit",
    aliases=("trug",),
    note="Mirrored so that only left tails are subtracted; the ends may come in either order. xi1 = 0: a soft ReLU.",
    source=TRUNCATED_GAUSSIAN_UNIT,
    exceptions={"float64": (40.0, "differences of normal tails that nearly cancel")},
    stable=_trug_stable,
    stable_derivative=_trug_slope,
)
def truncated_gaussian_unit(
    x, xi1=Parameter(-1.0, learnable=True), xi2=Parameter(1.0, learnable=True), sigma=Parameter(1.0, above=0.0)
):
    """Mean of a normal distribution around x, cut off at xi1 and xi2."""
    a, b, _, _ = _trug_parts(x, xi1, xi2, sigma)
    return x - sign(x - (xi1 + xi2) / 2) * sigma * (normpdf(a) - normpdf(b)) / (normcdf(-a) - normcdf(-b))


@activation(
    family="rectified",
    title="Very leaky ReLU",
    aliases=("vlrelu",),
    note="torch-activation 1.0.0 multiplies by 3.",
    source=Source(
        "Graham", 2014, "Spatially-sparse convolutional neural networks", arxiv="1409.6070", checked="paper, survey"
    ),
)
def very_leaky_relu(x):
    """Leaky ReLU with slope 1/3."""
    return where(x >= 0, x, x / 3)


VLU = Source(
    "Gupta & Siebert",
    2021,
    "Parametric Variational Linear Units (PVLUs) in Deep Convolutional Networks",
    arxiv="2110.12246",
    checked="survey, other code",
)


@activation(
    family="rectified",
    title="Variational linear unit",
    aliases=("pvlu", "parametric variational linear unit"),
    note="PVLU learns both parameters.",
    source=VLU,
    stable=lambda x, alpha, beta: where(x > 0, x + alpha * sin(beta * x), alpha * sin(beta * x)),
)
def vlu(x, alpha=Parameter(0.1, learnable=True), beta=Parameter(1.0, learnable=True)):
    """ReLU plus a small sine wave."""
    return maximum(x, 0) + alpha * sin(beta * x)


@activation(
    family="rectified",
    title="vReLUPlus",
    aliases=("mollified absolute value",),
    source=Source("Pan & others", 2023, venue=SURVEY, checked="survey, other code"),
    stable=lambda x, eps: hypot(x, sqrt(eps)),
    stable_derivative=lambda x, eps: x / hypot(x, sqrt(eps)),
)
def vrelu_plus(x, eps=Parameter(0.01, above=0.0, meaning="the square of the value at 0")):
    """|x| with its corner made a hyperbola."""
    return sqrt(x**2 + eps)
