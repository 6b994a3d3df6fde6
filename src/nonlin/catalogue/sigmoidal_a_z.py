"""The sigmoidal family, a to z."""

from math import factorial

from nonlin import ops
from nonlin.catalogue._numerics import polynomial
from nonlin.core import Parameter, Source, activation
from nonlin.ops import (
    abs,
    atan,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    maximum,
    minimum,
    pi,
    sech,
    sigmoid,
    sign,
    sin,
    softplus,
    sqrt,
    tanh,
    where,
)


def _algebraic_slope(x, k):
    """(1 + |x|^k)^(-1 - 1/k); beyond 1 by the inverse power, so that nothing overflows."""
    p = minimum(abs(x), 1 / maximum(abs(x), 1)) ** k
    return where(abs(x) <= 1, 1, p / maximum(abs(x), 1)) * exp(-(1 + 1 / k) * log1p(p))


@activation(
    family="sigmoidal",
    title="Algebraic sigmoid of order k",
    aliases=("p-norm softsign",),
    note="k = 1 gives softsign, k = 2 the inverse square root unit.",
    source=Source("mathematics", venue="algebraic sigmoid", checked="definition"),
    stable=lambda x, k: where(abs(x) <= 1, x, sign(x)) * exp(-log1p(minimum(abs(x), 1 / maximum(abs(x), 1)) ** k) / k),
    stable_derivative=_algebraic_slope,
)
def algebraic_sigmoid(x, k=Parameter(2.0, above=0.0, meaning="how sharply it bends")):
    """x divided by the k-norm of (1, x)."""
    return x / (1 + abs(x) ** k) ** (1 / k)


SURVEY = "as cited by Kunc & Klema 2024, arXiv:2402.09092"


MOLLIFIED = Source(
    "Pan & others",
    2023,
    venue=SURVEY,
    also="openreview.net/forum?id=ZPtQ83t7ob",
    checked="survey, other code, derivation",
)


@activation(
    family="sigmoidal",
    title="BipolarPlus",
    note="eps = 0 would give the sign.",
    source=MOLLIFIED,
    stable=lambda x, eps: x / hypot(x, sqrt(eps)),
    stable_derivative=lambda x, eps: eps / hypot(x, sqrt(eps)) / hypot(x, sqrt(eps)) / hypot(x, sqrt(eps)),
)
def bipolar_plus(x, eps=Parameter(0.01, above=0.0, learnable=True, meaning="width of the step, squared")):
    """Smoothed sign."""
    return x / sqrt(x**2 + eps)


def _between(u, v, gap, eps):
    """(u/h - v/k)/2 with h = hypot(u, sqrt(eps)), k that of v, u = v + gap; multiplied out where both are near 1."""
    h, k = hypot(u, sqrt(eps)), hypot(v, sqrt(eps))
    far = gap * eps / 2 / h * ((u / h / k + v / k / h) / (u / h + v / k)) / k
    return where(abs(u) + abs(v) > gap, far, (u / h - v / k) / 2)


def _brelu_plus_stable(x, eps):
    """Halves on the right, so that nothing overflows; on the left the two terms that remain, multiplied out."""
    h, k = hypot(x, sqrt(eps)), hypot(x - 1, sqrt(eps))
    left = where(x > 0, h + x, eps / (h - x)) + eps / (k + 1 - x)
    return where(x > 1 / 2, 1 / 2 + (x / 2 - 1 / 4) / (h / 2 + k / 2), left / 2 / (h + k))


@activation(
    family="sigmoidal",
    title="BReLUPlus",
    aliases=("mollified bounded relu",),
    note="Smooth form of the input clipped to [0, 1], which is the limit for eps = 0.",
    source=MOLLIFIED,
    exceptions={"float64": (2.0, "quotients of four roots in the derivative")},
    stable=_brelu_plus_stable,
    stable_derivative=lambda x, eps: _between(x, x - 1, 1, eps),
)
def brelu_plus(x, eps=Parameter(0.01, above=0.0, meaning="how round the corners are")):
    """Ramp from 0 to 1 with rounded corners."""
    return (1 + sqrt(x**2 + eps) - sqrt((x - 1) ** 2 + eps)) / 2


@activation(
    family="sigmoidal",
    title="Elliott sigmoid",
    aliases=("elliot",),
    note="Softsign moved and scaled to (0, 1).",
    source=Source(
        "Elliott",
        1993,
        "A better activation function for artificial neural networks",
        venue="Technical Report ISR TR 93-8, University of Maryland",
        checked="paper, survey, other code",
    ),
    stable=lambda x: where(x < 0, 1 / (1 + abs(x)) / 2, 1 / 2 + x / (1 + abs(x)) / 2),
    stable_derivative=lambda x: (1 / (1 + abs(x))) ** 2 / 2,
)
def elliott(x):
    """Algebraic S-curve from 0 to 1."""
    return x / (2 * (1 + abs(x))) + 1 / 2


@activation(
    family="sigmoidal",
    title="HardTanhPlus",
    aliases=("mollified hard tanh",),
    note="eps = 0 would give hard tanh.",
    source=MOLLIFIED,
    stable=lambda x, eps: x / (hypot(x + 1, sqrt(eps)) / 2 + hypot(x - 1, sqrt(eps)) / 2),
    stable_derivative=lambda x, eps: _between(x + 1, x - 1, 2, eps),
)
def hard_tanh_plus(x, eps=Parameter(0.01, above=0.0, meaning="how round the corners are")):
    """Ramp from -1 to 1 with rounded corners."""
    return (sqrt((x + 1) ** 2 + eps) - sqrt((x - 1) ** 2 + eps)) / 2


@activation(
    family="sigmoidal",
    title="Inverse square root unit",
    aliases=("inverse square root unit",),
    source=Source(
        "Carlile, Delamarter, Kinney, Marti & Whitney",
        2017,
        "Improving Deep Learning by Inverse Square Root Linear Units (ISRLUs)",
        arxiv="1710.09967",
        checked="paper, survey, other code",
    ),
    stable=lambda x, alpha: 1 / sqrt(alpha) * (x / hypot(x, 1 / sqrt(alpha))),
    stable_derivative=lambda x, alpha: 1 / (1 + alpha * x**2) / hypot(1, sqrt(alpha) * x),
)
def isru(x, alpha=Parameter(1.0, above=0.0, learnable=True, meaning="the limits are -1/sqrt(alpha), 1/sqrt(alpha)")):
    """x divided by the root of 1 + alpha x^2."""
    return x / sqrt(1 + alpha * x**2)


@activation(
    family="sigmoidal",
    title="Mishra activation function",
    note="Unnamed in the paper. Its derivative has a jump of slope at 0; minimum -1/8 at -1.",
    source=Source("Mishra & others", 2017, venue=SURVEY, checked="survey, other code"),
    exceptions={"float64": (1.25, "a cube of rounded sums in the derivative")},
    stable=lambda x: where(x < 0, x / (1 + abs(x)) * (1 / (1 + abs(x))), x / (1 + abs(x)) * (1 + x / (1 + abs(x)))) / 2,
    stable_derivative=lambda x: (
        where(x < 0, (1 + x) / (1 + abs(x)), 1 + 2 * (x / (1 + abs(x)))) * (1 / (1 + abs(x))) ** 2 / 2
    ),
)
def mishra(x):
    """Mean of softsign and its square."""
    return (x / (1 + abs(x))) ** 2 / 2 + x / (2 * (1 + abs(x)))


@activation(
    family="sigmoidal",
    title="Modified Elliott function",
    aliases=("mef",),
    note="The inverse square root unit plus 1/2: from -1/2 to 3/2.",
    source=Source(
        "Burhani, Feng & Hu",
        2015,
        "Denoising AutoEncoder in Neural Networks with Modified Elliott Activation Function and Sparsity-Favoring "
        "Cost Function",
        venue="ACIT-CSI 2015",
        checked="survey, other code",
    ),
    stable=lambda x: x / hypot(1, x) + 1 / 2,
    stable_derivative=lambda x: 1 / (1 + x**2) / hypot(1, x),
)
def modified_elliott(x):
    """Algebraic S-curve of height 2, moved up by 1/2."""
    return x / sqrt(1 + x**2) + 1 / 2


TRANSFER = Source(
    "Duch & Jankowski", 1999, "Survey of Neural Transfer Functions", venue="Neural Computing Surveys 2", checked="paper"
)


def _rootsig_stable(x, a):
    """Numerator and denominator divided by a, beyond 1 also by |x|."""
    r = 1 / a / maximum(abs(x), 1)
    return where(abs(x) <= 1, x / (1 / a + hypot(x, 1 / a)), sign(x) / (r + hypot(1, r)))


@activation(
    family="sigmoidal",
    title="Rootsig",
    source=TRANSFER,
    stable=_rootsig_stable,
    stable_derivative=lambda x, a: 1 / a / hypot(x, 1 / a) / (1 / a + hypot(x, 1 / a)),
)
def rootsig(x, a=Parameter(1.0, above=0.0, meaning="twice the slope at zero")):
    """Algebraic S-curve from -1 to 1: tanh of half of asinh."""
    return a * x / (1 + sqrt(1 + a**2 * x**2))


@activation(
    family="sigmoidal",
    title="Slope softsign",
    aliases=("softsign with slope",),
    source=TRANSFER,
    stable=lambda x, a: where(abs(x) <= 1, x / (1 / a + abs(x)), sign(x) / (1 + 1 / a / maximum(abs(x), 1))),
    stable_derivative=lambda x, a: 1 / a / (1 / a + abs(x)) / (1 / a + abs(x)),
)
def scaled_softsign_ax(x, a=Parameter(1.0, above=0.0, meaning="slope at zero")):
    """Softsign of a x."""
    return a * x / (1 + abs(a * x))


@activation(
    family="sigmoidal",
    title="SoftsignPlus",
    aliases=("mollified softsign",),
    note="eps = 0 would give softsign.",
    source=MOLLIFIED,
    stable=lambda x, eps: x / (1 + hypot(x, sqrt(eps))),
    stable_derivative=lambda x, eps: (1 + eps / hypot(x, sqrt(eps))) * (1 / (1 + hypot(x, sqrt(eps)))) ** 2,
)
def softsign_plus(x, eps=Parameter(0.01, above=0.0, meaning="amount of smoothing at zero")):
    """Softsign with a smoothed absolute value."""
    return x / (1 + sqrt(x**2 + eps))


def _step_plus_stable(x, eps):
    h = hypot(x, sqrt(eps))
    return where(x < 0, eps / 2 / h / (h - x), 1 / 2 + x / h / 2)


@activation(
    family="sigmoidal",
    title="StepPlus",
    aliases=("mollified step",),
    note="eps = 0 would give the step.",
    source=MOLLIFIED,
    stable=_step_plus_stable,
    stable_derivative=lambda x, eps: eps / 2 / hypot(x, sqrt(eps)) / hypot(x, sqrt(eps)) / hypot(x, sqrt(eps)),
    stable_partials={"eps": lambda x, eps: -x / 4 / hypot(x, sqrt(eps)) / hypot(x, sqrt(eps)) / hypot(x, sqrt(eps))},
)
def step_plus(x, eps=Parameter(0.01, above=0.0, learnable=True, meaning="width of the step, squared")):
    """Smoothed step from 0 to 1."""
    return (1 + x / sqrt(x**2 + eps)) / 2


@activation(
    family="sigmoidal",
    title="Normalised arctangent",
    aliases=("2/pi arctan", "normalized arctan"),
    source=Source("mathematics", venue="inverse tangent", checked="definition"),
    stable_derivative=lambda x: (2 / pi / hypot(2 / pi, x)) ** 2,
)
def arctan_normalized(x):
    """Inverse tangent with range (-1, 1) and slope 1 at zero."""
    return 2 / pi * atan(pi * x / 2)


@activation(
    family="sigmoidal",
    title="Dynamic erf",
    note="Takes the place of a normalisation layer; gamma and beta for each channel.",
    source=Source(
        "Chen, Lu, Zhu, Sun & Liu",
        2025,
        "Stronger Normalization-Free Transformers",
        arxiv="2512.10938",
        checked="paper",
    ),
    exceptions={"float64": (2.0, "the roundings of alpha x + s count as many times as its square")},
)
def derf(
    x,
    alpha=Parameter(0.5, learnable=True),
    s=Parameter(0.0, learnable=True, meaning="shift of the input"),
    gamma=Parameter(1.0, learnable=True),
    beta=Parameter(0.0, learnable=True),
):
    """Scaled and shifted error function."""
    return gamma * ops.erf(alpha * x + s) + beta


@activation(
    family="sigmoidal",
    title="Error function",
    aliases=("error function",),
    source=Source(
        "Williams",
        1998,
        "Computation with infinite neural networks",
        venue="Neural Computation 10(5)",
        checked="definition",
    ),
)
def erf(x):
    """Twice the normal distribution function of sqrt(2) x, minus 1."""
    return ops.erf(x)


@activation(
    family="sigmoidal",
    title="Gudermannian",
    aliases=("gd", "gudermannian function"),
    source=Source("mathematics", venue="Gudermannian function", checked="definition"),
    stable_derivative=lambda x: sech(x),
)
def gudermannian(x):
    """Integral of 1/cosh from 0 to x: from -pi/2 to pi/2."""
    return 2 * atan(tanh(x / 2))


@activation(
    family="sigmoidal",
    title="Laplace attention function",
    aliases=("laplace", "laplace attention"),
    note="A normal distribution function despite its name; the defaults bring it near the squared ReLU.",
    source=Source(
        "Ma & others",
        2022,
        "Mega: Moving Average Equipped Gated Attention",
        arxiv="2209.10655",
        checked="paper, framework",
    ),
    stable=lambda x, mu, sigma: ops.normcdf((x - mu) / sigma),
    exceptions={"float64": (2.0, "the roundings of (x - mu)/sigma count as many times as its square")},
)
def laplace_mega(x, mu=0.707107, sigma=Parameter(0.282095, above=0.0)):
    """Normal distribution function with mean mu and deviation sigma."""
    return (1 + ops.erf((x - mu) / (sigma * sqrt(2)))) / 2


@activation(
    family="sigmoidal",
    title="Normal distribution function",
    aliases=("probit", "phi", "ndtr", "standard normal cdf", "probit link inverse"),
    note="As an activation called probit, which strictly is its inverse.",
    source=Source(
        "Bliss", 1934, "The method of probits", venue="Science 79(2037)", checked="definition, survey, framework"
    ),
)
def normcdf(x):
    """Probability that a standard normal variable is below x."""
    return ops.normcdf(x)


@activation(
    family="sigmoidal",
    title="Sigmoid with bimodal derivative",
    note="The derivative has two peaks only for |b| beyond 2.63; the authors study three more such functions.",
    source=Source(
        "Sodhi & Chandra",
        2014,
        "Bi-modal derivative activation function for sigmoidal feedforward networks",
        venue="Neurocomputing 143",
        checked="survey, other code",
    ),
)
def bimodal_sigmoid(x, b=1.0):
    """Mean of two logistic functions, one shifted by b."""
    return (sigmoid(x) + sigmoid(x + b)) / 2


@activation(
    family="sigmoidal",
    title="Bipolar sigmoid",
    note="Also written 2/(1 + exp(-x)) - 1 or (1 - exp(-x))/(1 + exp(-x)).",
    source=Source(
        "Fausett", 1994, "Fundamentals of Neural Networks", venue="Prentice Hall", checked="definition, survey"
    ),
)
def bipolar_sigmoid(x):
    """Logistic function stretched to (-1, 1)."""
    return tanh(x / 2)


@activation(
    family="sigmoidal",
    title="Dynamic tanh",
    aliases=("dyt",),
    note="Takes the place of a normalisation layer; gamma and beta for each channel.",
    source=Source(
        "Zhu, Chen, He, LeCun & Liu",
        2025,
        "Transformers without Normalization",
        arxiv="2503.10622",
        venue="CVPR 2025",
        checked="paper",
    ),
)
def dynamic_tanh(
    x, alpha=Parameter(0.5, learnable=True), gamma=Parameter(1.0, learnable=True), beta=Parameter(0.0, learnable=True)
):
    """Scaled and shifted tanh."""
    return gamma * tanh(alpha * x) + beta


@activation(
    family="sigmoidal",
    title="Hexpo",
    note="The survey prints exp(-x/d) on the left, which would be unbounded; torch-activation 1.0.0 follows it.",
    source=Source(
        "Kong & Takatsuka",
        2017,
        "Hexpo: A vanishing-proof activation function",
        venue="IJCNN 2017",
        checked="survey, derivation",
    ),
    stable=lambda x, a, b, c, d: where(x >= 0, -a * expm1(-x / b), c * expm1(x / d)),
)
def hexpo(x, a=1.0, b=Parameter(1.0, above=0.0), c=1.0, d=Parameter(1.0, above=0.0)):
    """Exponential approach to a on the right and to -c on the left."""
    return where(x >= 0, -a * (exp(-x / b) - 1), c * (exp(x / d) - 1))


@activation(
    family="sigmoidal",
    title="Improved logistic sigmoid",
    aliases=("isigmoid",),
    note="The survey prints sigmoid(b) on both sides, which would jump at -b.",
    source=Source(
        "Qin, Wang & Zou",
        2019,
        "The Optimized Deep Belief Networks With Improved Logistic Sigmoid Units and Their Application in Fault "
        "Diagnosis for Planetary Gearboxes of Wind Turbines",
        venue="IEEE Transactions on Industrial Electronics 66(5)",
        checked="survey, other code",
    ),
)
def improved_logistic_sigmoid(
    x, a=Parameter(0.2, low=0.0, meaning="slope far out"), b=Parameter(2.0, above=0.0, meaning="where the lines begin")
):
    """Logistic function between -b and b, continued by lines."""
    return where(x >= b, a * (x - b) + sigmoid(b), where(x <= -b, a * (x + b) + sigmoid(-b), sigmoid(x)))


@activation(
    family="sigmoidal",
    title="LeCun's scaled tanh",
    aliases=("stanh", "lecun tanh", "scaled tanh"),
    note="The defaults make f(1) = 1 and f(-1) = -1.",
    source=Source(
        "LeCun, Bottou, Orr & Müller",
        1998,
        "Efficient BackProp",
        doi="10.1007/3-540-49430-8_2",
        checked="paper, survey",
    ),
)
def lecun_tanh(x, a=1.7159, b=2 / 3):
    """Scaled tanh of the scaled input."""
    return a * tanh(b * x)


MULTISTATE = Source(
    "Cai, Xu, Ke & Su",
    2015,
    "Deep Neural Networks with Multistate Activation Functions",
    doi="10.1155/2015/721367",
    venue="Computational Intelligence and Neuroscience",
    checked="survey, other code",
)


@activation(
    family="sigmoidal",
    title="Multistate activation function with two states",
    aliases=("msaf", "multistate activation function"),
    note="The general form sums any number of shifted logistic functions.",
    source=MULTISTATE,
)
def msaf2(x, a=0.0, b1=0.0, b2=4.0):
    """Staircase of two logistic functions."""
    return a + sigmoid(x - b1) + sigmoid(x - b2)


@activation(
    family="sigmoidal",
    title="Steepened sigmoid",
    source=Source(
        "Stanley & Miikkulainen",
        2002,
        "Evolving Neural Networks through Augmenting Topologies",
        doi="10.1162/106365602320169811",
        venue="Evolutionary Computation 10(2)",
        checked="paper",
    ),
)
def neat_sigmoid(x):
    """Logistic function of 4.9 x, which is nearly linear between -1/2 and 1/2."""
    return sigmoid(4.9 * x)


def _new_sigmoid_stable(x):
    """sinh(x)/sqrt(cosh(2x)) without overflow."""
    return tanh(x) / hypot(1, tanh(x))


@activation(
    family="sigmoidal",
    title="NewSigmoid",
    note="The limits are -1/sqrt(2) and 1/sqrt(2).",
    source=Source(
        "Kumar & Sodhi",
        2022,
        "NewSigmoid",
        doi="10.3233/JIFS-212333",
        venue="Journal of Intelligent & Fuzzy Systems",
        checked="survey, other code",
    ),
    stable=_new_sigmoid_stable,
    stable_derivative=lambda x: sech(2 * x) / hypot(1, tanh(x)),
)
def new_sigmoid(x):
    """Hyperbolic sine divided by the root of cosh(2 x)."""
    return (exp(x) - exp(-x)) / sqrt(2 * (exp(2 * x) + exp(-2 * x)))


SATURATED = Source(
    "Xu, Huang & Li", 2016, "Revise Saturated Activation Functions", arxiv="1602.05980", checked="paper, survey"
)


@activation(
    family="sigmoidal",
    title="Penalized tanh",
    aliases=("ptanh", "leaky tanh"),
    note="The survey and torch-activation 1.0.0 write the factor as 1/a.",
    source=SATURATED,
)
def penalized_tanh(x, a=Parameter(0.25, above=0.0, below=1.0, meaning="factor on the left")):
    """Tanh, weakened on the left."""
    return where(x >= 0, tanh(x), a * tanh(x))


@activation(
    family="sigmoidal",
    title="Root2sigmoid",
    note="The paper's formula has an error; this is what the survey's authors take it to mean. Limits -1/4 and 1/4.",
    source=Source("Kumar & Sodhi", None, venue=SURVEY, checked="survey, other code"),
    stable=lambda x: _new_sigmoid_stable(log(2) / 2 * x) / sqrt(8),
    stable_derivative=lambda x: log(2) / sqrt(32) * (sech(log(2) * x) / hypot(1, tanh(log(2) / 2 * x))),
)
def root2_sigmoid(x):
    """NewSigmoid to the base sqrt(2), scaled."""
    return (sqrt(2) ** x - sqrt(2) ** (-x)) / (2 * sqrt(2) * sqrt(2 * (sqrt(2) ** (2 * x) + sqrt(2) ** (-2 * x))))


@activation(
    family="sigmoidal",
    title="Scaled sigmoid",
    note="Twice tanh(x/2).",
    source=SATURATED,
    stable=lambda x: 2 * tanh(x / 2),
)
def scaled_sigmoid(x):
    """Logistic function stretched to (-2, 2), with slope 1 at zero."""
    return 4 / (1 + exp(-x)) - 2


@activation(
    family="sigmoidal",
    title="Shifted and scaled sigmoid",
    aliases=("sss",),
    note="The defaults are meant for inputs in the hundreds; torch-activation 1.0.0 has a = 1 and b = 0.",
    source=Source("Arai & Imamura", None, venue=SURVEY, checked="survey, other code"),
    exceptions={"float64": (3.0, "x - b is rounded as a number of hundreds")},
)
def shifted_scaled_sigmoid(x, a=0.02, b=600.0):
    """Logistic function with slope a/4 at b."""
    return sigmoid(a * (x - b))


@activation(
    family="sigmoidal",
    title="SigLin",
    aliases=("linearly combined sigmoid",),
    source=Source(
        "Roodschild, Gotay Sardiñas & Will",
        2020,
        "A new approach for the vanishing gradient problem on sigmoid activation",
        venue="Progress in Artificial Intelligence 9",
        checked="survey, other code",
    ),
)
def siglin(x, a=0.1):
    """Logistic function plus a line."""
    return sigmoid(x) + a * x


SINGLE_LAYER = Source(
    "Koçak & Üstündağ Şiray",
    2021,
    "New activation functions for single layer feedforward neural network",
    venue="Expert Systems with Applications 164",
    checked="survey, other code",
)


def _sigmoid_algebraic_inner(x, a):
    return x / (1 / (1 + a * abs(x)) + abs(x))


def _sigmoid_algebraic_slope(x, a):
    u, q = _sigmoid_algebraic_inner(x, a), 1 / (1 + abs(x) * (1 + a * abs(x)))
    return sigmoid(u) * sigmoid(-u) * (q * ((1 + 2 * a * abs(x)) * q))


@activation(
    family="sigmoidal",
    title="Sigmoid-algebraic",
    note="Its values lie between sigmoid(-1) = 0.27 and sigmoid(1) = 0.73.",
    source=SINGLE_LAYER,
    exceptions={"float64": (2.0, "the derivative has the square of a quotient of rounded sums")},
    stable=lambda x, a: sigmoid(_sigmoid_algebraic_inner(x, a)),
    stable_derivative=_sigmoid_algebraic_slope,
)
def sigmoid_algebraic(x, a=Parameter(0.0, low=0.0)):
    """Logistic function of an algebraic S-curve (for a = 0, of softsign)."""
    return 1 / (1 + exp(-x * (1 + a * abs(x)) / (1 + abs(x) * (1 + a * abs(x)))))


_SINC_SLOPE = tuple((-1) ** n * 2 * n / factorial(2 * n + 1) for n in range(1, 11))


def _sinc_sigmoid_slope(x):
    """sinc'(s) s' with s = sigmoid(x): a series, since cos(s) - sin(s)/s cancels."""
    s = sigmoid(x)
    return s * s * sigmoid(-x) * polynomial(_SINC_SLOPE, s * s)


@activation(
    family="sigmoidal",
    title="Sinc-sigmoid",
    note="Falls from 1 to sin(1) = 0.84. The survey infers from the paper's derivative that sinc is sin(s)/s.",
    source=SINGLE_LAYER,
    stable=lambda x: where(x < -40, 1, sin(sigmoid(x)) / sigmoid(x)),
    stable_derivative=_sinc_sigmoid_slope,
)
def sinc_sigmoid(x):
    """Cardinal sine of the logistic function."""
    return sin(sigmoid(x)) / sigmoid(x)


def _soboleva_stable(x, a, b, c, d):
    left = exp((d - b) * x) * expm1((a + b) * x) * sigmoid(-(c + d) * x)
    return where(x > 0, exp((a - c) * x) * -expm1(-(a + b) * x) * sigmoid((c + d) * x), left)


@activation(
    family="sigmoidal",
    title="Soboleva modified hyperbolic tangent",
    aliases=("smht", "mtanh"),
    note="Bounded for a <= c and b <= d.",
    source=Source(
        "Soboleva & Beskorovainyi",
        2008,
        "The utility function in problems of structural optimization of distributed objects",
        venue="Kharkiv University of Air Force 121",
        checked="other code",
    ),
    stable=_soboleva_stable,
)
def soboleva_tanh(
    x,
    a=Parameter(1.0, above=0.0),
    b=Parameter(1.0, above=0.0),
    c=Parameter(1.0, above=0.0),
    d=Parameter(1.0, above=0.0),
):
    """Hyperbolic tangent whose four exponentials have rates of their own."""
    return (exp(a * x) - exp(-b * x)) / (exp(c * x) + exp(-d * x))


def _soft_clipping_stable(x, a):
    """The quotient under the logarithm less 1, without a difference; the right half by symmetry."""
    t = where(x > 1 / 2, 1 - x, x)
    tail = log1p(-expm1(-a) * exp(a * t) * sigmoid(a * (1 - t))) / a
    return where(x > 1 / 2, 1 - tail, tail)


@activation(
    family="sigmoidal",
    title="Soft clipping",
    aliases=("sc",),
    source=Source(
        "Klimek & Perelstein",
        2018,
        "Neural Network-Based Approach to Phase Space Integration",
        arxiv="1810.11509",
        checked="paper, survey, other code",
    ),
    stable=_soft_clipping_stable,
    stable_derivative=lambda x, a: -expm1(-a) * (sigmoid(a * x) * sigmoid(a * (1 - x))),
)
def soft_clipping(x, a=Parameter(50.0, above=0.0, meaning="sharpness of the corners")):
    """Smooth form of the input clipped to [0, 1]."""
    return 1 / a * (softplus(a * x) - softplus(a * (x - 1)))


def _symmetric_msaf_stable(x, a):
    """The sum multiplied out, in the larger exponentials."""
    u = 2 * x + a
    return where(u > 0, -expm1(-u) * (sigmoid(x) * sigmoid(x + a)), expm1(u) * (sigmoid(-x) * sigmoid(-(x + a))))


@activation(
    family="sigmoidal",
    title="Symmetric multistate activation function",
    aliases=("symmsaf",),
    note="Odd about -a/2. torch-activation 1.0.0 has a = 1, outside the domain.",
    source=MULTISTATE,
    stable=_symmetric_msaf_stable,
    stable_derivative=lambda x, a: sigmoid(x) * sigmoid(-x) + sigmoid(x + a) * sigmoid(-(x + a)),
)
def symmetric_msaf(x, a=Parameter(-2.0, below=0.0, meaning="minus the width of the middle state")):
    """Staircase of two logistic functions from -1 over 0 to 1."""
    return -1 + sigmoid(x) + sigmoid(x + a)


def _variant_sigmoid_stable(x, a, b, c):
    """About its middle, where a/2 - c is exact if the sum is small."""
    return where(abs(b * x) < 2, a / 2 - c + a / 2 * tanh(b * x / 2), a * sigmoid(b * x) - c)


@activation(
    family="sigmoidal",
    title="Variant sigmoid function",
    aliases=("vsf",),
    source=Source(
        "Han & Moraga",
        1995,
        "The influence of the sigmoid function parameters on the speed of backpropagation learning",
        doi="10.1007/3-540-59497-3_175",
        venue="IWANN 1995",
        checked="survey, other code",
    ),
    stable=_variant_sigmoid_stable,
)
def variant_sigmoid(x, a=1.0, b=1.0, c=0.0):
    """Logistic function of b x, scaled by a and lowered by c."""
    return a * sigmoid(b * x) - c


def _aranda_ordaz_stable(x, a):
    """1 - exp(-r); r itself far left, where it may be subnormal."""
    r = softplus(x + log(a)) / a
    return where(r < 1e-20, r, -expm1(-r))


@activation(
    family="sigmoidal",
    title="Aranda-Ordaz",
    aliases=("adaptive gumbel", "adaptive_gumbel", "AGumb"),
    note="a = 1 gives the logistic function, a -> 0 the complementary log-log. Adaptive Gumbel is its name with a learned.",
    source=Source(
        "Gomes & Ludermir",
        2013,
        "Optimization of the weights and asymmetric activation function family of neural network for time series "
        "forecasting",
        venue="Expert Systems with Applications 40",
        also="Aranda-Ordaz 1981, Biometrika 68; Farhadi, Nia & Lodi 2019, arXiv:1901.09849 (adaptive Gumbel)",
        checked="survey, other code",
    ),
    stable=_aranda_ordaz_stable,
    stable_derivative=lambda x, a: sigmoid(x + log(a)) / a * exp(-softplus(x + log(a)) / a),
)
def aranda_ordaz(x, a=Parameter(1.0, above=0.0, learnable=True, meaning="asymmetry")):
    """Asymmetric S-curve from 0 to 1 whose skewness is a parameter."""
    return 1 - (1 + a * exp(x)) ** (-1 / a)


def _gumbel_density(u):
    return where(u < 7, exp(minimum(u, 7) - exp(minimum(u, 7))), 0)


@activation(
    family="sigmoidal",
    title="Complementary log-log",
    aliases=("cll",),
    note="The survey prints exp(-x), which decreases; the inverse of the link function increases.",
    source=Source(
        "Gomes & Ludermir",
        2008,
        "Redes neurais artificiais com funções de ativação complemento log-log e probit para aproximar funções na "
        "presença de observações extremas",
        doi="10.21528/LNLM-vol6-no2-art4",
        checked="survey, definition",
    ),
    stable=lambda x: -expm1(-exp(x)),
    stable_derivative=lambda x: _gumbel_density(x),
)
def cloglog(x):
    """Asymmetric S-curve from 0 to 1 that reaches 1 fast."""
    return 1 - exp(-exp(x))


COMPARISON = Source(
    "Gomes, Ludermir & Lima",
    2011,
    "Comparison of new activation functions in neural network for forecasting financial time series",
    venue="Neural Computing and Applications 20",
    checked="survey, other code",
)


def _cloglogm_stable(x):
    """2 exp(-0.7 exp(x)) is exp(-0.7 (exp(x) - 1) - d) with d = 0.7 - log(2)."""
    return where(x < -1, -1 - 2 * expm1(-0.7 * exp(x)), -expm1(-(0.7 * expm1(x) + 0.00685281944005469)))


@activation(
    family="sigmoidal",
    title="Modified complementary log-log",
    note="Nearly 0 at 0. The survey prints exp(-x), which decreases.",
    source=COMPARISON,
    stable=_cloglogm_stable,
    stable_derivative=lambda x: 1.4 * where(x < 8, exp(minimum(x, 8) - 0.7 * exp(minimum(x, 8))), 0),
)
def cloglogm(x):
    """Complementary log-log stretched to (-1, 1)."""
    return 1 - 2 * exp(-0.7 * exp(x))


def _gompertz_exponent(x, b, c):
    return where(b * exp(-c * x) < 1000, b * exp(-c * x), 1000)


@activation(
    family="sigmoidal",
    title="Gompertz function",
    aliases=("gompertz curve",),
    source=Source(
        "Gompertz",
        1825,
        "On the nature of the function expressive of the law of human mortality, and on a new mode of determining the "
        "value of life contingencies",
        doi="10.1098/rstl.1825.0026",
        venue="Philosophical Transactions of the Royal Society 115",
        checked="definition",
    ),
    exceptions={"float64": (2.0, "an exponent that is an exponential carries the error of its own exponent")},
    stable=lambda x, a, b, c: a * exp(-_gompertz_exponent(x, b, c)),
    stable_derivative=lambda x, a, b, c: (
        a * b * c * where(b * exp(-c * x) < 1000, exp(-c * x - _gompertz_exponent(x, b, c)), 0)
    ),
)
def gompertz(x, a=1.0, b=Parameter(1.0, above=0.0), c=Parameter(1.0, above=0.0)):
    """Asymmetric growth curve from 0 to a."""
    return a * exp(-b * exp(-c * x))


def _survival(u):
    """exp(-exp(u))"""
    return exp(-exp(minimum(u, 7)))


@activation(
    family="sigmoidal",
    title="Log-log",
    aliases=("gumbel cdf", "gumbel"),
    note="The distribution function of the standard Gumbel distribution.",
    source=COMPARISON,
    stable=lambda x: _survival(-x),
    stable_derivative=lambda x: _gumbel_density(-x),
)
def log_log(x):
    """Asymmetric S-curve from 0 to 1 that leaves 0 fast."""
    return exp(-exp(-x))


def _richards_base(x, C, Q, B):
    """Logarithm of C + Q exp(-B x)."""
    return log(C) + softplus(log(Q / C) - B * x)


@activation(
    family="sigmoidal",
    title="Richards' generalised logistic curve",
    aliases=("generalised logistic", "generalized logistic", "richards curve"),
    source=Source(
        "Richards",
        1959,
        "A Flexible Growth Function for Empirical Use",
        doi="10.1093/jxb/10.2.290",
        venue="Journal of Experimental Botany 10(2)",
        checked="definition",
    ),
    stable=lambda x, A, K, C, Q, B, nu: A + (K - A) * exp(-_richards_base(x, C, Q, B) / nu),
    stable_derivative=lambda x, A, K, C, Q, B, nu: (
        (K - A) * (B / nu) * (sigmoid(log(Q / C) - B * x) * exp(-_richards_base(x, C, Q, B) / nu))
    ),
)
def richards(
    x,
    A=Parameter(0.0, learnable=True, meaning="limit on the left"),
    K=Parameter(1.0, meaning="limit on the right, if C = 1"),
    C=Parameter(1.0, above=0.0),
    Q=Parameter(1.0, above=0.0),
    B=1.0,
    nu=Parameter(1.0, above=0.0),
):
    """Logistic curve with free limits, growth rate and asymmetry."""
    return A + (K - A) / (C + Q * exp(-B * x)) ** (1 / nu)


@activation(
    family="sigmoidal",
    title="Sigmoid-Gumbel",
    aliases=("sg",),
    source=Source(
        "Kaytan, Aydilek & Yeroğlu",
        2022,
        "Sigmoid-Gumbel: Yeni Bir Hibrit Aktivasyon Fonksiyonu",
        doi="10.17798/bitlisfen.990508",
        venue="Bitlis Eren Üniversitesi Fen Bilimleri Dergisi 11(1)",
        checked="survey, other code",
    ),
    stable=lambda x: _survival(-x) * sigmoid(x),
    stable_derivative=lambda x: sigmoid(x) * (_gumbel_density(-x) + _survival(-x) * sigmoid(-x)),
)
def sigmoid_gumbel(x):
    """Product of the logistic and the Gumbel distribution functions."""
    return exp(-exp(-x)) / (1 + exp(-x))


@activation(
    family="sigmoidal",
    title="Logistic SQNL",
    aliases=("log-sqnl", "logistic sqnl"),
    source=Source(
        "Wuraola, Patel & Nguang",
        2021,
        "Efficient activation functions for embedded inference engines",
        doi="10.1016/j.neucom.2021.02.030",
        venue="Neurocomputing 442",
        checked="survey, other code",
    ),
    stable=lambda x: where(x > 2, 1, where(x >= 0, 1 - (2 - x) ** 2 / 8, where(x >= -2, (x + 2) ** 2 / 8, 0))),
    stable_derivative=lambda x: where(abs(x) < 2, (2 - abs(x)) / 4, 0),
)
def log_sqnl(x):
    """SQNL moved and scaled to [0, 1]."""
    left = where(x >= -2, x / 2 + x**2 / 8 + 1 / 2, 0)
    return where(x > 2, 1, where(x >= 0, x / 2 - x**2 / 8 + 1 / 2, left))


@activation(
    family="sigmoidal",
    title="PLAN sigmoid approximation",
    aliases=("piecewise linear approximation of a nonlinearity", "plan"),
    note="For hardware: all slopes are powers of two. It jumps by 1/256 at -2.375 and 2.375.",
    source=Source(
        "Amin, Curtis & Hayes-Gill",
        1997,
        "Piecewise linear approximation applied to nonlinear function of a neural network",
        venue="IEE Proceedings - Circuits, Devices and Systems 144(6)",
        checked="paper",
    ),
)
def plan_sigmoid(x):
    """Seven lines near the logistic function, within 0.019."""
    low = where(x > -2.375, 0.125 * x + 0.375, where(x > -5, 0.03125 * x + 0.15625, 0))
    high = where(x >= 5, 1, where(x >= 2.375, 0.03125 * x + 0.84375, 0.125 * x + 0.625))
    return where(x >= 1, high, where(x > -1, 0.25 * x + 1 / 2, low))


def _smooth_step_stable(x, gamma):
    """The cubic by its double root, left or right."""
    t = x / gamma
    middle = where(x < 0, 2 * (t + 1 / 2) ** 2 * (1 - t), 1 - 2 * (1 / 2 - t) ** 2 * (1 + t))
    return where(x <= -gamma / 2, 0, where(x >= gamma / 2, 1, middle))


@activation(
    family="sigmoidal",
    title="Smooth-step",
    note="Exactly 0 and 1 outside the step, and once differentiable.",
    source=Source(
        "Hazimeh, Ponomareva, Mol, Tan & Mazumder",
        2020,
        "The Tree Ensemble Layer: Differentiability meets Conditional Computation",
        arxiv="2002.07772",
        venue="ICML 2020",
        checked="paper, survey, other code",
    ),
    stable=_smooth_step_stable,
    stable_derivative=lambda x, gamma: where(abs(x) < gamma / 2, 6 / gamma * (1 / 4 - (x / gamma) ** 2), 0),
)
def smooth_step(x, gamma=Parameter(1.0, above=0.0, meaning="width of the step")):
    """Cubic step from 0 to 1 of width gamma."""
    middle = -2 / gamma**3 * x**3 + 3 / (2 * gamma) * x + 1 / 2
    return where(x <= -gamma / 2, 0, where(x >= gamma / 2, 1, middle))


@activation(
    family="sigmoidal",
    title="Square nonlinearity",
    aliases=("square nonlinearity",),
    source=Source(
        "Wuraola & Patel",
        2018,
        "SQNL: A New Computationally Efficient Activation Function",
        venue="IJCNN 2018",
        checked="survey, other code",
    ),
    stable=lambda x: where(abs(x) <= 2, x * (1 - abs(x) / 4), sign(x)),
    stable_derivative=lambda x: where(abs(x) < 2, 1 - abs(x) / 2, 0),
)
def sqnl(x):
    """Two parabolas from -1 to 1 in place of tanh."""
    return where(x > 2, 1, where(x >= 0, x - x**2 / 4, where(x >= -2, x + x**2 / 4, -1)))


@activation(
    family="sigmoidal",
    title="Second-order sigmoid approximation",
    aliases=("zhang sigmoid",),
    note="For hardware: one multiplication. Off from the logistic function by up to 0.022.",
    source=Source(
        "Zhang, Vassiliadis & Delgado-Frias",
        1996,
        "Sigmoid generators for neural computing using piecewise approximations",
        venue="IEEE Transactions on Computers 45(9)",
        checked="paper",
    ),
)
def zhang_sigmoid(x):
    """Two parabolas from 0 at -4 to 1 at 4."""
    return where(x >= 4, 1, where(x >= 0, 1 - (1 - x / 4) ** 2 / 2, where(x > -4, (1 + x / 4) ** 2 / 2, 0)))
