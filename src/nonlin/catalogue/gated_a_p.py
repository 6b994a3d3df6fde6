"""The gated family, a to p."""

from nonlin.catalogue._shared import THREE_DECADES, learned
from nonlin.core import Parameter, Source, activation
from nonlin.ops import (
    abs,
    atan,
    clip,
    cos,
    cosh,
    equal,
    erf,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    maximum,
    minimum,
    normcdf,
    normpdf,
    pi,
    sech,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    tanh,
    where,
)

# What would make an entry long: titles of papers.
ACON = "Activate or Not: Learning Customized Activation"


def _acon_c_slope(x, p1, p2, beta):
    u = beta * (p1 - p2) * x
    near = (p1 + p2) / 2 + (p1 - p2) / 2 * (tanh(u / 2) + u / 2 * sech(u / 2) ** 2)
    change = (p1 - p2) * (sigmoid(u) * (1 + u * sigmoid(-u)))
    less = (p1 - p1) - p2  # not -p2, which for p2 = 0 is -0: far left -0 - 0 is -0, as it should be
    return where(abs(u) < 1, near, change - less)


def _acon_c_stable(x, p1, p2, beta):
    """Near 0 counted from the mean of the two slopes, which may be opposite and nearly equal."""
    u = beta * (p1 - p2) * x
    near = (p1 + p2) / 2 + (p1 - p2) / 2 * tanh(u / 2)
    return x * where(abs(u) < 1, near, p2 + (p1 - p2) * sigmoid(u))


@activation(
    family="gated",
    title="ACON-B",
    aliases=("activate or not b",),
    source=Source("Ma, Zhang, Liu & Sun", 2020, ACON, arxiv="2009.04759", checked="paper, survey, other code"),
    stable=lambda x, p, beta: _acon_c_stable(x, 1, p, beta),
    stable_derivative=lambda x, p, beta: _acon_c_slope(x, 1, p, beta),
)
def acon_b(x, p=learned(0.25), beta=learned(1.0)):
    """Smooth switch between the lines x and p x."""
    return (1 - p) * x * sigmoid(beta * (1 - p) * x) + p * x


@activation(
    family="gated",
    title="ACON-C",
    aliases=("activate or not c",),
    note="Meta-ACON computes beta from the layer's input with a small network.",
    source=Source("Ma, Zhang, Liu & Sun", 2020, ACON, arxiv="2009.04759", checked="paper, survey, other code"),
    stable=_acon_c_stable,
    stable_derivative=_acon_c_slope,
)
def acon_c(x, p1=learned(1.0), p2=learned(0.0), beta=learned(1.0)):
    """Smooth switch between the lines p1 x and p2 x."""
    return (p1 - p2) * x * sigmoid(beta * (p1 - p2) * x) + p2 * x


AHAF = "Adaptive hybrid activation function for deep neural networks"


AHAF_VENUE = "System Research and Information Technologies"


@activation(
    family="gated",
    title="Adaptive hybrid activation function",
    aliases=("adaptive hybrid activation function",),
    source=Source("Bodyanskiy & Kostiuk", 2022, AHAF, venue=AHAF_VENUE, checked="survey, other code"),
    stable_derivative=lambda x, a, b: a * (sigmoid(b * x) * (1 + b * x * sigmoid(-b * x))),
)
def ahaf(x, a=learned(1.0), b=learned(1.0)):
    """Swish with a learned height as well."""
    return a * x * sigmoid(b * x)


APTX = "APTx: better activation function than MISH, SWISH, and ReLU's variants used in deep learning"


def _aptx_slope(x, alpha, beta, gamma):
    u = beta * x
    p, q = sigmoid(2 * u), sigmoid(-2 * u)
    left, right = 2 * p * (1 + 2 * u * q), 2 * q * (1 - 2 * u * p)
    side = where(u < 0, gamma * (left - (1 - alpha)), alpha * gamma + gamma - gamma * right)
    return where(abs(u) < 0.6, gamma * (alpha + (tanh(u) + u * sech(u) ** 2)), side)


def _aptx_stable(x, alpha, beta, gamma):
    """alpha + tanh(u), on both sides counted from the limit of tanh."""
    u = beta * x
    side = where(u < 0, (alpha - 1) + 2 * sigmoid(2 * u), (alpha + 1) - 2 * sigmoid(-2 * u))
    return where(abs(u) < 0.6, alpha + tanh(u), side) * (gamma * x)


@activation(
    family="gated",
    title="APTx",
    note="The defaults resemble Mish; beta = 1/2 gives SiLU.",
    source=Source("Kumar", 2022, APTX, arxiv="2209.06119", checked="paper"),
    exceptions={"float64": (1.5, "alpha and tanh(beta x) may nearly cancel, and beta x is rounded")},
    stable=_aptx_stable,
    stable_derivative=_aptx_slope,
)
def aptx(x, alpha=learned(1.0), beta=learned(1.0), gamma=learned(0.5)):
    """x times a shifted and scaled tanh."""
    return (alpha + tanh(beta * x)) * gamma * x


def _silu_slope(x):
    return sigmoid(x) * (1 + x * sigmoid(-x))


def _survey_source(checked):
    title = THREE_DECADES
    return Source("Kunc & Klema", 2024, title, arxiv="2402.09092", checked=checked)


@activation(
    family="gated",
    title="Arctan of SiLU",
    aliases=("atsilu", "arctan silu"),
    source=_survey_source("survey, other code"),
    stable_derivative=lambda x: (1 / hypot(1, x * sigmoid(x))) ** 2 * _silu_slope(x),
)
def asilu(x):
    """SiLU bounded by an arctangent."""
    return atan(x * sigmoid(x))


def _beta_mish_slope(x, beta):
    s = beta * softplus(x)
    return where(x < -40, beta * exp(x) * (1 + x), tanh(s) + x * (sech(s) ** 2 * (beta * sigmoid(x))))


@activation(
    family="gated",
    title="Beta Mish",
    note="The source writes log((1 + exp(x))^beta), which is beta times the softplus.",
    source=Source("Misra", 2019, venue="Echo package, github.com/digantamisra98/Echo", checked="authors' code"),
    stable_derivative=_beta_mish_slope,
)
def beta_mish(x, beta=1.5):
    """Mish with the softplus multiplied by beta."""
    return x * tanh(beta * softplus(x))


@activation(
    family="gated",
    title="Bounded SiLU",
    aliases=("sugar bsilu", "bounded silu", "bounded sigmoid linear unit"),
    use="Its derivative stands in for that of ReLU in training (SUGAR).",
    source=Source(
        "Horuz & others", 2025, "The Resurrection of the ReLU", arxiv="2505.22074", checked="paper, other code"
    ),
    stable=lambda x, alpha: x * sigmoid(x) + alpha / 2 * tanh(x / 2),
    stable_derivative=lambda x, alpha: sigmoid(x) * (1 + (x + alpha) * sigmoid(-x)),
)
def bsilu(x, alpha=Parameter(1.67, low=0.0)):
    """SiLU of a shifted line, through the origin and with the limit -alpha/2 on the left."""
    return (x + alpha) * sigmoid(x) - alpha / 2


def _calu_slope(x):
    """atan(t) - t/(1 + t^2) at t = -1/x; for small t its power series."""
    t = -1 / minimum(x, -1)
    s, total = t**2, 0.0
    for k in range(14, 0, -1):
        total = (-1) ** (k + 1) * 2 * k / (2 * k + 1) + s * total
    far = where(x < -4, t**3 * total, atan(t) + x * (1 / hypot(1, x)) ** 2)
    return where(x < -1, far, pi / 2 + atan(x) + x * (1 / hypot(1, x)) ** 2) / pi


def _calu_stable(x):
    """Left of -1 the gate is atan(-1/x)/pi."""
    left = where(x < -1e9, -1 / pi, x * atan(-1 / minimum(x, -1)) / pi)
    return where(x < -1, left, x * (atan(x) / pi + 1 / 2))


@activation(
    family="gated",
    title="Cauchy linear unit",
    aliases=("cauchy linear unit",),
    source=_survey_source("survey, other code, derivation"),
    stable=_calu_stable,
    stable_derivative=_calu_slope,
)
def calu(x):
    """x times the distribution function of the Cauchy distribution."""
    return x * (atan(x) / pi + 1 / 2)


def _colu_slope(x):
    g, h = exp(x + exp(x)), x * exp(-x - exp(x))
    left = g / (g - x) * (g / (g - x) - x * (x / (g - x)) * (1 + exp(x)))
    return where(x < 0, left, (1 - x * (x * exp(-exp(x))) * (1 + exp(-x))) / (1 - h) ** 2)


def _colu_stable(x):
    g = exp(x + exp(x))
    return where(x < 0, x * (g / (g - x)), x / (1 - x * exp(-x - exp(x))))


@activation(
    family="gated",
    title="Collapsing linear unit",
    aliases=("collapsing linear unit",),
    source=Source(
        "Vagerwal", 2021, "Deeper Learning with CoLU Activation", arxiv="2112.12078", checked="paper, other code"
    ),
    stable=_colu_stable,
    stable_derivative=_colu_slope,
)
def colu(x):
    """x divided by a factor that collapses the left side like exp(x)."""
    return x / (1 - x * exp(-(x + exp(x))))


COSLU = "Trainable Activations for Image Classification"


def _coslu_slope(x, alpha, beta):
    return sigmoid(x) * (1 - alpha * beta * sin(beta * x) + (x + alpha * cos(beta * x)) * sigmoid(-x))


@activation(
    family="gated",
    title="Cosine linear unit",
    aliases=("cosine linear unit",),
    source=Source("Pishchik", 2023, COSLU, doi="10.20944/preprints202301.0463.v1", checked="survey, other code"),
    exceptions={"float64": (8.0, "x + alpha cos(beta x) may touch zero, and beta x is rounded")},
    stable_derivative=_coslu_slope,
)
def coslu(x, alpha=learned(1.0), beta=learned(1.0)):
    """SiLU with a cosine added to its linear factor."""
    return (x + alpha * cos(beta * x)) * sigmoid(x)


SURVEY = "as cited by Kunc & Klema 2024, arXiv:2402.09092"


def _double_silu_slope(x):
    s = x * sigmoid(x)
    return sigmoid(s) * (1 + x * (sigmoid(-s) * _silu_slope(x)))


@activation(
    family="gated",
    title="Double SiLU",
    aliases=("double sigmoid weighted linear unit",),
    note="Its authors call it DSiLU, which here is the derivative of SiLU.",
    source=Source("Verma, Chug & Singh", 2023, venue=SURVEY, checked="survey, other code"),
    stable_derivative=_double_silu_slope,
)
def double_silu(x):
    """x times the sigmoid of its SiLU."""
    return x * sigmoid(x * sigmoid(x))


def _kocak_source(checked):
    title = "New activation functions for single layer feedforward neural network"
    return Source("Koçak & Üstündağ Şiray", 2021, title, venue="Expert Systems with Applications 164", checked=checked)


@activation(
    family="gated",
    title="Derivative of the sigmoid",
    aliases=("sigmoid derivative", "derivative of sigmoid"),
    note="Usually written sigmoid(x) (1 - sigmoid(x)), or exp(-x) sigmoid(x)^2; the squared sech keeps all digits.",
    source=_kocak_source("survey, other code, derivation"),
    stable_derivative=lambda x: -(tanh(x / 2) * sech(x / 2) ** 2 / 4),
)
def dsigmoid(x):
    """The slope of the sigmoid: a bell of height 1/4."""
    return sech(x / 2) ** 2 / 4


DSILU = "Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement Learning"


@activation(
    family="gated",
    title="Derivative of SiLU",
    aliases=("derivative of silu", "silu derivative"),
    source=Source("Elfwing, Uchibe & Doya", 2017, DSILU, arxiv="1702.03118", checked="paper, derivation"),
    stable=_silu_slope,
    stable_derivative=lambda x: sigmoid(x) * sigmoid(-x) * (2 - x * tanh(x / 2)),
)
def dsilu(x):
    """The slope of SiLU: a sigmoid that overshoots."""
    return sigmoid(x) * (1 + x * (1 - sigmoid(x)))


EANAF = "An Efficient Asymmetric Nonlinear Activation Function for Deep Neural Networks"


def _eanaf_slope(x):
    left = exp(x) / (exp(x) + 2) * (1 + x * (2 / (exp(x) + 2)))
    return where(x < 0, left, (1 + x * (2 * exp(-x) / (1 + 2 * exp(-x)))) / (1 + 2 * exp(-x)))


def _eanaf_stable(x):
    return x * where(x < 0, exp(x) / (exp(x) + 2), 1 / (1 + 2 * exp(-x)))


@activation(
    family="gated",
    title="Efficient asymmetric nonlinear activation function",
    aliases=("efficient asymmetric nonlinear activation function",),
    source=Source("Chai & others", 2022, EANAF, venue="Symmetry 14(5)", checked="survey, other code, derivation"),
    stable=_eanaf_stable,
    stable_derivative=_eanaf_slope,
)
def eanaf(x):
    """x times tanh(softplus(x)/2), simplified."""
    return x * exp(x) / (exp(x) + 2)


def _softplus_rate(x):
    """The derivative of log(softplus(x))."""
    return where(x < -40, 1, sigmoid(x) / softplus(x))


def _eis_rate(x, h, slope, delta, theta):
    """The derivative of x softplus(x)/(h + delta exp(-theta x)), with the slope of h; no exponential is large."""
    e = exp(-theta * abs(x))
    rate = _softplus_rate(x) - (slope * e - theta * delta) / (h * e + delta)
    left = softplus(x) * e / (h * e + delta) * (1 + maximum(x, -1e30) * rate)
    rate = _softplus_rate(x) - (slope - theta * delta * e) / (h + delta * e)
    return where(x < 0, left, softplus(x) / (h + delta * e) * (1 + x * rate))


def _eis_slope(x, beta, gamma, delta, theta):
    h = hypot(sqrt(beta), sqrt(gamma) * x)
    return where(
        theta * x > 1e12 * (theta + (sqrt(beta) + delta) / sqrt(gamma)),
        sqrt(1 / gamma),
        _eis_rate(x, h, where(equal(h, 0), 0, gamma * x / h), delta, theta),
    )


def _eis_source(checked):
    title = "EIS - a family of activation functions combining Exponential, ISRU, and Softplus"
    return Source("Biswas, Kumar, Banerjee & Pandey", 2020, title, arxiv="2009.13501", checked=checked)


def _eis_stable(x, beta, gamma, delta, theta):
    return x * (softplus(x) / (hypot(sqrt(beta), sqrt(gamma) * x) + delta * exp(-theta * x)))


def _positive(default):
    return Parameter(default, above=0.0, learnable=True)


@activation(
    family="gated",
    title="EIS family",
    note="The exponential is beside the root, not under it. In the paper softplus has an exponent alpha, here 1.",
    source=_eis_source("paper"),
    stable=_eis_stable,
    stable_derivative=_eis_slope,
)
def eis(x, beta=_positive(1.0), gamma=_positive(1.0), delta=_positive(1.0), theta=_positive(1.0)):
    """x softplus(x), divided by a root and an exponential."""
    return x * softplus(x) / (sqrt(beta + gamma * x**2) + delta * exp(-theta * x))


@activation(
    family="gated",
    title="EIS-1",
    note="The paper's example has delta = 1.16. Where delta theta < 1/e there are poles; the domain leaves them out.",
    source=_eis_source("paper, derivation"),
    exceptions={"float64": (2.0, "left of zero the terms of the denominator cancel")},
    stable=lambda x, delta, theta: x * (softplus(x) / (x + delta * exp(-theta * x))),
    stable_derivative=lambda x, delta, theta: _eis_rate(x, x, 1, delta, theta),
)
def eis1(x, delta=learned(1.0, low=0.5), theta=learned(1.0, low=0.75)):
    """EIS with alpha = 1 and the root replaced by x."""
    return x * softplus(x) / (x + delta * exp(-theta * x))


def _eis2_slope(x, beta, gamma):
    h = hypot(sqrt(beta), sqrt(gamma) * x)
    whole = softplus(x) / h * (1 + x * (_softplus_rate(x) - gamma * x / h / h))
    return where(x > 1e9 * (1 + sqrt(beta / gamma)), sqrt(1 / gamma), whole)


@activation(
    family="gated",
    title="EIS-2",
    source=_eis_source("paper"),
    stable=lambda x, beta, gamma: x / hypot(sqrt(beta), sqrt(gamma) * x) * softplus(x),
    stable_derivative=_eis2_slope,
)
def eis2(x, beta=_positive(1.0), gamma=_positive(1.0)):
    """EIS with alpha = 1 and no exponential."""
    return x * softplus(x) / sqrt(beta + gamma * x**2)


def _eis3_slope(x, delta, theta):
    u = theta * x - log(delta)
    return sigmoid(u) * (1 + theta * x * sigmoid(-u))


@activation(
    family="gated",
    title="EIS-3",
    source=_eis_source("derivation, other code"),
    stable=lambda x, delta, theta: x * sigmoid(theta * x - log(delta)),
    stable_derivative=_eis3_slope,
)
def eis3(x, delta=_positive(1.0), theta=learned(1.0, low=0.0)):
    """Swish with its gate shifted."""
    return x / (1 + delta * exp(-theta * x))


ERFACT = "ErfAct and Pserf: Non-monotonic Smooth Trainable Activation Functions"


def _erfact_slope(x, alpha, beta):
    u = alpha * exp(beta * x)
    whole = erf(u) + beta * x * (2 / sqrt(pi) * u * exp(-(u**2)))
    return where(abs(u) < 1e-20, 2 / sqrt(pi) * u * (1 + beta * x), whole)


@activation(
    family="gated",
    title="ErfAct",
    source=Source(
        "Biswas, Kumar, Banerjee & Pandey", 2021, ERFACT, arxiv="2109.04386", checked="paper, survey, other code"
    ),
    stable_derivative=_erfact_slope,
)
def erfact(x, alpha=learned(0.75), beta=_positive(0.75)):
    """x times the error function of an exponential."""
    return x * erf(alpha * exp(beta * x))


E_SWISH = "E-swish: Adjusting Activations to Different Network Depths"


@activation(
    family="gated",
    title="E-swish",
    source=Source("Alcaide", 2018, E_SWISH, arxiv="1801.07145", checked="paper, survey, other code"),
    stable_derivative=lambda x, beta: beta * _silu_slope(x),
)
def eswish(x, beta=learned(1.5, meaning="height; in the paper 1 to 2")):
    """SiLU times beta."""
    return beta * x * sigmoid(x)


@activation(
    family="gated",
    title="Exponential swish",
    note="The same as sigmoid(-x): it has no factor x.",
    source=_kocak_source("survey, other code"),
    stable=lambda x: sigmoid(-x),
)
def exp_swish(x):
    """The sigmoid times exp(-x)."""
    return exp(-x) * sigmoid(x)


GELU_10 = "Integer Quantization for Deep Learning Inference: Principles and Empirical Evaluation"


def _gelu_slope(u):
    """Far left normcdf(u) is -normpdf(u)/u times 1 - 1/u^2 + 3/u^4 and so on."""
    r = 1 / minimum(u, -38.5) ** 2
    return where(u < -38.5, u * normpdf(u) * (1 - r * (1 - r * (1 - 3 * r))), normcdf(u) + u * normpdf(u))


def _gelu_10_slope(x, lo, hi):
    """At 10 the value is less than 10 by 8e-23, and rounds to it: what equals an end counts as inside."""
    y = x * normcdf(x)
    return where(y < lo, 0, where(y > hi, 0, _gelu_slope(x)))


@activation(
    family="gated",
    title="Clipped GELU",
    aliases=("clipped gelu",),
    source=Source(
        "Wu, Judd, Zhang, Isaev & Micikevicius", 2020, GELU_10, arxiv="2004.09602", checked="paper, framework"
    ),
    stable_derivative=_gelu_10_slope,
)
def gelu_10(x, lo=Parameter(-10.0, below=0.0), hi=Parameter(10.0, low="lo")):
    """GELU limited to the range from lo to hi."""
    return clip(x * normcdf(x), lo, hi)


GISH = "Gish: a novel activation function for image classification"


GISH_VENUE = "Neural Computing and Applications 35"


def _gish_slope(x):
    whole = log1p(-expm1(-exp(x))) + x * (exp(x - exp(x)) / (2 - exp(-exp(x))))
    return where(x < -40, exp(x) * (1 + x), whole)


@activation(
    family="gated",
    title="Gish",
    source=Source("Kaytan, Aydilek & Yeroğlu", 2023, GISH, venue=GISH_VENUE, checked="survey, other code"),
    stable=lambda x: x * log1p(-expm1(-exp(x))),
    stable_derivative=_gish_slope,
)
def gish(x):
    """x times the logarithm of 2 - exp(-exp(x))."""
    return x * log(2 - exp(-exp(x)))


GOLU = "Gompertz Linear Units: Leveraging Asymmetry for Enhanced Learning Dynamics"


def _golu_slope(x, alpha, beta, gamma):
    e = beta * exp(-gamma * x)
    return alpha * exp(-e) * where(e > 1000, x, 1 + gamma * x * e)


@activation(
    family="gated",
    title="Gompertz linear unit",
    aliases=("gompertz linear unit", "expexpish"),
    note="Found twice: as ExpExpish in 2021 and as GoLU in 2025.",
    source=Source("Das & others", 2025, GOLU, arxiv="2502.03654", checked="paper, other code"),
    stable_derivative=lambda x: _golu_slope(x, 1, 1, 1),
)
def golu(x):
    """x times the Gompertz curve exp(-exp(-x))."""
    return x * exp(-exp(-x))


@activation(
    family="gated",
    title="Parametric Gompertz linear unit",
    aliases=("parametric golu",),
    source=Source("Das & others", 2025, GOLU, arxiv="2502.03654", checked="paper"),
    stable_derivative=_golu_slope,
)
def golu_parametric(x, alpha=1.0, beta=Parameter(1.0, above=0.0), gamma=Parameter(1.0, above=0.0)):
    """x times a Gompertz curve with height, shift and rate."""
    return alpha * x * exp(-beta * exp(-gamma * x))


@activation(
    family="gated",
    title="Generalized swish",
    aliases=("generalized swish", "generalised swish"),
    note="Nearly x on the left and x/2 on the right.",
    source=_kocak_source("survey, other code"),
    stable_derivative=lambda x: sigmoid(exp(-x)) * (1 - x * (exp(-x) * sigmoid(-exp(-x)))),
)
def gswish(x):
    """x times the sigmoid of exp(-x)."""
    return x * sigmoid(exp(-x))


@activation(
    family="gated",
    title="Hard Mish",
    aliases=("sqreu",),
    note="SqREU (Wuraola, Patel & Nguang 2021) is the same function. At -2 the derivative is -1, as in timm.",
    source=Source("Misra", 2020, venue="github.com/digantamisra98/H-Mish", checked="framework, derivation"),
    stable=lambda x: where(x >= 0, x, x * (maximum(0, x + 2) / 2)),
    stable_derivative=lambda x: where(x >= 0, 1, where(x >= -2, x + 1, 0)),
)
def hard_mish(x):
    """Parabola between -2 and 0, zero to its left and x to its right."""
    return x / 2 * minimum(2, maximum(0, x + 2))


HARD_SWISH = "Semantic Segmentation of Satellite Images using a Modified CNN with Hard-Swish Activation Function"


def _hard_swish_adaptive_slope(x, beta):
    u = beta * x
    return where(u >= 2.5, 2, where(u <= -2.5, 0, (4 * u + 5) / 5))


def _hard_swish_adaptive_stable(x, beta):
    u = beta * x
    return where(u >= 2.5, 2 * x, where(u <= -2.5, 0, x * ((2 * u + 5) / 5)))


@activation(
    family="gated",
    title="Adaptive hard swish",
    aliases=("adaptive hard swish",),
    source=Source("Avenash & Viswanath", 2019, HARD_SWISH, venue="VISAPP 2019", checked="other code"),
    stable=_hard_swish_adaptive_stable,
    stable_derivative=_hard_swish_adaptive_slope,
)
def hard_swish_adaptive(x, beta=learned(1.0)):
    """Twice x times the hard sigmoid beta x/5 + 1/2."""
    return 2 * x * clip(beta * x / 5 + 1 / 2, 0, 1)


HCLSH = "HcLSH: A Novel Non-Linear Monotonic Activation Function for Deep Learning Methods"


def _hclsh_slope(x):
    a, b = exp(-x / 2), exp(-3 * x / 2)
    right = (a + b - expm1(-2 * x) + x * (a - b) / 2) / (1 + exp(-2 * x) + x * (a + b))
    return where(x < 0, 2 * sigmoid(2 * x), right)


def _hclsh_stable(x):
    """Right of 5, exp(x)/2 is taken out of both cosh; left of 0, log(cosh(x)) + x is log((1 + exp(2x))/2)."""
    near = log1p(2 * sinh(x / 2) ** 2 + x * cosh(x / 2))
    far = x + (log1p(exp(-2 * x) + x * (exp(-x / 2) + exp(-3 * x / 2))) - log(2))
    return where(x <= 0, log1p(expm1(2 * x) / 2), where(x < 5, near, far))


@activation(
    family="gated",
    title="Hyperbolic cosine linearised squashing function",
    aliases=("hyperbolic cosine linearized squashing function",),
    source=Source(
        "Abdel-Nabi, Al-Naymat, Ali & Awajan", 2023, HCLSH, venue="IEEE Access 11", checked="other code, derivation"
    ),
    stable=_hclsh_stable,
    stable_derivative=_hclsh_slope,
)
def hclsh(x):
    """Logarithms of hyperbolic cosines: about x - log 2 far right, -log 2 far left."""
    return where(x >= 0, log(cosh(x) + x * cosh(x / 2)), log(cosh(x)) + x)


I_GELU = "I-BERT: Integer-only BERT Quantization"


def _i_gelu_slope(x):
    d = minimum(abs(x) / sqrt(2), 1.769) - 1.769
    tilt = 0.1444 * d * (d + sqrt(2) * abs(x))
    return where(x < 0, tilt, where(x > 0, 1 - tilt, 1 / 2))


def _i_gelu_stable(x):
    d = minimum(abs(x) / sqrt(2), 1.769) - 1.769
    return where(x < 0, x * (0.1444 * d**2), where(x > 0, x * (1 - 0.1444 * d**2), x / 2))


@activation(
    family="gated",
    title="Integer-only GELU",
    aliases=("ibert gelu", "integer only gelu"),
    note="The gate jumps at 0, from 0.452 to 0.548; the derivative there is 1/2.",
    source=Source("Kim, Gholami, Yao, Mahoney & Keutzer", 2021, I_GELU, arxiv="2101.01321", checked="paper"),
    stable=_i_gelu_stable,
    stable_derivative=_i_gelu_slope,
)
def i_gelu(x):
    """GELU with erf replaced by a clipped parabola."""
    return x / 2 * (1 + sign(x) * (1 - 0.2888 * (minimum(abs(x) / sqrt(2), 1.769) - 1.769) ** 2))


@activation(
    family="gated",
    title="Laplace linear unit",
    aliases=("laplace linear unit",),
    source=_survey_source("survey, other code, derivation"),
    stable_derivative=lambda x: where(x >= 0, 1 + (x - 1) * exp(-x) / 2, exp(x) * (1 + x) / 2),
)
def lalu(x):
    """x times the distribution function of the Laplace distribution."""
    return x * where(x >= 0, 1 - exp(-x) / 2, exp(x) / 2)


LAU = "LAU: A novel two-parameter learnable Logmoid Activation Unit"


def _lau_slope(x, alpha, beta):
    s, u = sigmoid(beta * x), beta * x
    return where(u < -40, alpha * exp(u) * (1 + u), log1p(alpha * s) + u * (alpha * s * sigmoid(-u) / (1 + alpha * s)))


@activation(
    family="gated",
    title="Logmoid activation unit",
    aliases=("logmoid", "logmoid activation unit"),
    source=Source(
        "Zhou & others", 2023, LAU, venue="OpenReview uwBUzlm0GS, submitted to ICLR 2023", checked="paper, other code"
    ),
    stable_derivative=_lau_slope,
)
def lau(x, alpha=learned(1.0, above=-1.0), beta=learned(1.0)):
    """Logish with learned height and sharpness of its sigmoid."""
    return x * log1p(alpha * sigmoid(beta * x))


LISHT = "LiSHT: Non-Parametric Linearly Scaled Hyperbolic Tangent Activation Function for Neural Networks"


@activation(
    family="gated",
    title="Linearly scaled tanh",
    aliases=("linearly scaled hyperbolic tangent",),
    source=Source(
        "Roy, Manna, Dubey & Chaudhuri", 2019, LISHT, arxiv="1901.05894", checked="paper, survey, other code"
    ),
)
def lisht(x):
    """x tanh(x): even, about |x| far out."""
    return x * tanh(x)


def _step_plus(x, eps):
    h = hypot(x, sqrt(eps))
    return where(x < 0, eps / 2 / h / (h - minimum(x, 0)), (1 + x / h) / 2)


def _logish_plus_slope(x, eps):
    h, w = hypot(x, sqrt(eps)), eps / (x**2 + eps)
    s = w / 2 / (1 - minimum(x, 0) / h)
    left = w / 2 * (log1p(s) / s / 2 / (1 - s) - (1 - 2 * s) / (1 + s))
    right = log1p(_step_plus(x, eps)) + x / h * w / 2 / (1 + _step_plus(x, eps))
    return where(x < -1e10 * sqrt(eps), -(eps / 4 / x / x), where(x < 0, left, right))


@activation(
    family="gated",
    title="LogishPlus",
    note="The constant eps is left open by the survey.",
    source=Source(
        "Pan & others", 2023, venue=f"OpenReview ZPtQ83t7ob; {SURVEY}", checked="survey, other code, derivation"
    ),
    stable=lambda x, eps: where(x < -1e10 * sqrt(eps), eps / 4 / minimum(x, -5e-324), x * log1p(_step_plus(x, eps))),
    stable_derivative=_logish_plus_slope,
)
def logish_plus(x, eps=Parameter(0.01, above=0.0)):
    """Logish with an algebraic sigmoid."""
    return x * log(1 + (1 + x / sqrt(x**2 + eps)) / 2)


def _loglogish_slope(x):
    return where(x < -40, exp(x) * (1 + x), x * exp(x - exp(x)) - expm1(-exp(x)))


@activation(
    family="gated",
    title="LogLogish",
    source=Source("Zhu, Zeng, Liu & Zhang", 2021, venue=f"Neurocomputing; {SURVEY}", checked="survey, other code"),
    stable=lambda x: -x * expm1(-exp(x)),
    stable_derivative=_loglogish_slope,
)
def loglogish(x):
    """x times the complementary log-log gate 1 - exp(-exp(x))."""
    return x * (1 - exp(-exp(x)))


def _mila_slope(x, beta):
    u, s = x + beta, softplus(x + beta)
    return where(u < -40, exp(u) * (1 + x), tanh(s) + x * (sech(s) ** 2 * sigmoid(u)))


@activation(
    family="gated",
    title="Mila",
    source=Source("Misra", 2019, venue="github.com/digantamisra98/Mila", checked="authors' code"),
    stable_derivative=_mila_slope,
)
def mila(x, beta=-0.25):
    """Mish with a shifted gate."""
    return x * tanh(softplus(x + beta))


PATS = "PATS: A New Neural Network Activation Function with Parameter"


def _pats_slope(x, k):
    u, left = k * pi * sigmoid(x), (1 + x) * exp(x / 2) * exp(x / 2) * (k * pi)
    return where(x < -40, left, atan(u) + x * (u * sigmoid(-x) * (1 / hypot(1, u)) ** 2))


def _pats_stable(x, k):
    """Far left k pi x exp(x), the exponential in two halves, that do not underflow before the whole."""
    return where(x < -40, x * exp(x / 2) * exp(x / 2) * (k * pi), x * atan(k * pi * sigmoid(x)))


@activation(
    family="gated",
    title="PATS",
    note="In training k is drawn anew; 5/8 is the mean and what later work takes.",
    source=Source("Zheng & Wang", 2020, PATS, venue=f"ICCCS 2020; {SURVEY}", checked="survey, other code"),
    stable=_pats_stable,
    stable_derivative=_pats_slope,
)
def pats(x, k=Parameter(0.625, random=(0.5, 0.75))):
    """x times the arctangent of a scaled sigmoid."""
    return x * atan(k * pi * sigmoid(x))


@activation(
    family="gated",
    title="Parametric GELU",
    aliases=("parametric gelu", "parametric gaussian error linear unit"),
    source=_survey_source("survey, other code"),
    stable_derivative=lambda x, a: _gelu_slope(x / a),
)
def pgelu(x, a=learned(1.0, above=0.0, meaning="root mean square of the injected noise")):
    """GELU with a normal distribution of width a."""
    return x * normcdf(x / a)
