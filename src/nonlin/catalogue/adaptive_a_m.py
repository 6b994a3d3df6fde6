"""Functions with parameters that are meant to be trained."""

from dataclasses import replace

from nonlin.catalogue._shared import THREE_DECADES, learned
from nonlin.core import Parameter, Source, activation
from nonlin.ops import (
    abs,
    clip,
    cos,
    equal,
    erf,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    maximum,
    minimum,
    sech,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
    where,
)


def _abu_stable(x, a1, a2, a3, a4, a5):
    right = a1 * tanh(x) + (a2 + a3 + a4 + a5 * sigmoid(x)) * x
    return where(x > 0, right, a1 * tanh(x) + a2 * expm1(x) + a4 * x + a5 * (x * sigmoid(x)))


@activation(
    family="adaptive",
    title="Adaptive blending unit",
    aliases=("linear combination of activations",),
    source=Source(
        "Sütfeld & others", 2018, "Adaptive Blending Units: Trainable Activation Functions for Deep Neural Networks",
        arxiv="1806.10064", also="Manessi & Rozza 2018, arXiv:1801.09403, with weights that add up to 1", checked="paper, survey",
    ),
    note="The pool is that of the paper; each weight starts at 1/5, one set for a layer.",
    stable=_abu_stable,
)  # fmt: skip
def abu(x, a1=learned(0.2), a2=learned(0.2), a3=learned(0.2), a4=learned(0.2), a5=learned(0.2)):
    """Weighted sum of tanh, ELU, ReLU, identity and SiLU."""
    return a1 * tanh(x) + a2 * where(x > 0, x, expm1(x)) + a3 * maximum(x, 0) + a4 * x + a5 * (x * sigmoid(x))


# sources of more than one entry; the survey, where its own source is not known to us


SURVEY = Source("Kunc & Klema", 2024, THREE_DECADES, arxiv="2402.09092", checked="survey")


SURVEY_AND_CODE = replace(SURVEY, checked="survey, other code")


@activation(
    family="adaptive",
    title="Adaptive hard tanh",
    source=SURVEY_AND_CODE,
    note="a grows from epoch to epoch, so that the function approaches the sign of x - b; b is learned.",
)
def adaptive_hard_tanh(x, a=Parameter(1.0, above=0.0), b=learned(0.0)):
    """Hard tanh whose slope grows during training around a learned centre."""
    return clip(a * (x - b), -1, 1)


@activation(
    family="adaptive",
    title="Adaptive slope sigmoid",
    aliases=("assf", "adaptive slope sigmoidal function"),
    source=SURVEY_AND_CODE,
    note="One slope for the whole network; after Yamada & Yabuta 1992, whose own function is scaled by 1/a as well.",
)
def adaptive_slope_sigmoid(x, a=learned(1.0)):
    """Sigmoid with a learned slope."""
    return sigmoid(a * x)


@activation(
    family="adaptive",
    title="Slope varying tanh",
    aliases=("svaf", "slope varying activation function", "adaptive slope hyperbolic tangent"),
    source=SURVEY_AND_CODE,
)
def adaptive_slope_tanh(x, a=learned(1.0)):
    """Tanh with a learned slope."""
    return tanh(a * x)


@activation(
    family="adaptive",
    title="Adaptive offset activation function",
    source=Source(
        "Jiang, Xie & Zhang", 2022, "An Adaptive Offset Activation Function for CNN Image Classification Tasks",
        doi="10.3390/electronics11223799", venue="Electronics 11(22):3799", checked="survey, other code",
    ),
    note="m is the mean of the inputs, to be given by the caller; with m = 0 it is ReLU.",
)  # fmt: skip
def aoaf(x, m=0.0, b=0.17, c=0.17):
    """ReLU moved right by b m and up by c m, m the mean of the inputs."""
    return maximum(x - b * m, 0) + c * m


@activation(
    family="adaptive",
    title="Adaptive piecewise linear unit",
    aliases=("aplu",),
    source=Source(
        "Agostinelli, Hoffman, Sadowski & Baldi", 2014, "Learning Activation Functions to Improve Deep Neural Networks",
        arxiv="1412.6830", checked="paper, survey",
    ),
    note="Two hinges; the number S of hinges is a choice. The starting values are ours.",
)  # fmt: skip
def apl(x, a1=learned(0.2), a2=learned(0.2), b1=learned(0.5), b2=learned(-0.5)):
    """ReLU plus learned hinges that open to the left."""
    return maximum(x, 0) + a1 * maximum(b1 - x, 0) + a2 * maximum(b2 - x, 0)


def _aqulu_stable(x, a, b):
    """The square only where it is used, so that it cannot overflow."""
    return where(x >= (1 - b) / a, x, where(x < -b / a, 0, x * (a * minimum(x, (1 - b) / a) + b)))


@activation(
    family="adaptive",
    title="Adaptive quadratic linear unit",
    source=Source(
        "Wu, Yu, Zhang & Sui", 2023, "The Adaptive Quadratic Linear Unit (AQuLU): Adaptive Non Monotonic Piecewise Activation Function",
        doi="10.17559/TV-20230614000735", venue="Tehnički vjesnik 30(5)", checked="derivation, other code",
    ),
    note="x times the gate a x + b, cut off at 0 and 1. The defaults 1/4 and 1/2 are ours.",
    stable=_aqulu_stable,
)  # fmt: skip
def aqulu(x, a=learned(0.25, above=0.0), b=learned(0.5)):
    """Zero, then a parabola, then the identity."""
    return where(x >= (1 - b) / a, x, where(x < -b / a, 0, a * x**2 + b * x))


def _arelu_stable(x, alpha, beta):
    """1 + sigmoid(beta) as one quotient, which is rounded once less."""
    t = exp(-abs(beta))
    return where(x >= 0, where(beta > 0, 2 + t, 1 + 2 * t) / (1 + t) * x, clip(alpha, 0.01, 0.99) * x)


@activation(
    family="adaptive",
    title="Attention-based ReLU",
    aliases=("attention based rectified linear unit",),
    source=Source(
        "Chen, Li & Xu", 2020, "AReLU: Attention-based Rectified Linear Unit",
        arxiv="2006.13858", checked="paper, survey",
    ),
    note="torch-activation 1.0.0 leaves out the limits of alpha.",
    stable=_arelu_stable,
)  # fmt: skip
def arelu(x, alpha=learned(0.9), beta=learned(2.0)):
    """Amplifies above zero by 1 + sigmoid(beta), damps below by alpha."""
    return where(x >= 0, (1 + sigmoid(beta)) * x, clip(alpha, 0.01, 0.99) * x)


PATWARDHAN = Source(
    "Patwardhan, Ingalhalikar & Walambe",
    2018,
    "ARiA: Utilizing Richard's Curve for Controlling the Non-monotonicity of the Activation Function in Deep Neural Nets",
    arxiv="1805.08878",
    checked="paper, survey",
)


def _plus(u, c):
    """u + c; for c = 0 it is u itself, with the sign of its zero."""
    return where(equal(c, 0), u, u + c)


def _richards(x, C, Q, B, nu):
    """(C + Q exp(-B x))^(-1/nu) by its logarithm: the exponential would overflow."""
    return exp(-(softplus(log(Q / C) - B * x) + log(C)) / nu)


def _aria_slope(x, A, K, C, Q, B, nu):
    return _plus((K - A) * (_richards(x, C, Q, B, nu) * (1 + B * x / nu * sigmoid(log(Q / C) - B * x))), A)


def _aria_stable(x, A, K, C, Q, B, nu):
    return x * (A + (K - A) * _richards(x, C, Q, B, nu))


@activation(
    family="adaptive",
    title="Adaptive Richard's curve weighted activation",
    source=PATWARDHAN,
    stable=_aria_stable,
    stable_derivative=_aria_slope,
)
def aria(x, A=0.0, K=1.0, C=Parameter(1.0, above=0), Q=Parameter(1.0, above=0), B=1.0, nu=Parameter(1.0, above=0)):
    """x times Richards' generalised logistic curve."""
    return x * (A + (K - A) / (C + Q * exp(-B * x)) ** (1 / nu))


def _aria2_slope(x, alpha, beta):
    u = clip(beta * x, -1e30, 1e30)  # an infinity times a zero would be NaN
    return exp(-alpha * softplus(-u)) * (1 + alpha * u * sigmoid(-u))


@activation(
    family="adaptive",
    title="ARiA2",
    source=PATWARDHAN,
    stable=lambda x, alpha, beta: x * exp(-alpha * softplus(-beta * x)),
    stable_derivative=_aria2_slope,
)
def aria2(x, alpha=learned(1.5), beta=learned(2.0)):
    """x times a power of the sigmoid: Swish for alpha = 1."""
    return x * (1 + exp(-beta * x)) ** (-alpha)


def _blu_slope(x, beta):
    h = hypot(x, 1)
    split = (1 - abs(beta)) + abs(beta) * (1 / h / (h + abs(x)))
    return where(beta * x < -abs(beta) / 2, split, 1 + beta * (x / h))


def _blu_stable(x, beta):
    """x (1 + beta t) with t = x/(h + 1); where that sum nearly cancels, by 1 - |t|."""
    h = hypot(x, 1)
    rest = (1 + 1 / (h + abs(x))) / (h + 1)  # 1 - |t|
    split = (1 - abs(beta)) + abs(beta) * rest
    return x * where(beta * x < -2 * abs(beta), split, 1 + beta * (x / (h + 1)))


@activation(
    family="adaptive",
    title="Bendable linear unit",
    source=Source(
        "Godfrey", 2019, "An Evaluation of Parametric Activation Functions for Deep Learning",
        venue="IEEE SMC 2019", checked="paper, survey",
    ),
    note="torch-activation 1.0.0 computes beta sqrt(x^2 + 1) - 1 + x, which is not 0 at 0.",
    stable=_blu_stable,
    stable_derivative=_blu_slope,
)  # fmt: skip
def blu(x, beta=learned(0.5, meaning="between -1 and 1")):
    """Identity plus a learned smooth bend; beta = 1/2 is the bent identity."""
    return beta * (sqrt(x**2 + 1) - 1) + x


def _cataf_stable(x, a):
    """cos(a) as 1 - 2 sin(a/2)^2, so that the sum is rounded once less."""
    return where(x > 0, (sin(a) - 2 * sin(a / 2) ** 2 + 1) * x, sin(a) * x)


@activation(
    family="adaptive",
    title="Catalytic activation",
    source=Source(
        "Sarkar, Agrawal, Baker, Maddikunta & Gadekallu", 2022, "Catalysis of neural activation functions: Adaptive feed-forward training for big data applications",
        doi="10.1007/s10489-021-03082-y", venue="Applied Intelligence 52", checked="survey",
    ),
    note="Made for any inner function, here ReLU. torch-activation 1.0.0 has another function by this name.",
    stable=_cataf_stable,
)  # fmt: skip
def cataf(x, a=learned(0.5)):
    """Identity and ReLU mixed by the sine and cosine of an angle."""
    return x * sin(a) + maximum(x, 0) * cos(a)


BALAJI = Source(
    "Balaji, Kavya & Sebastian",
    2020,
    "Learn-Able Parameter Guided Activation Functions",
    venue="Intelligent Systems and Applications (IntelliSys 2020)",
    checked="survey, other code",
)


@activation(
    family="adaptive",
    title="Dual parametric ReLU",
    aliases=("dp relu", "fully parametric relu"),
    source=BALAJI,
    note="A dynamic parametric ReLU of 2023, with four parameters, has the same short name.",
)
def dprelu(x, a=learned(1.0), b=learned(0.01)):
    """Slope a above zero, b below, both learned."""
    return where(x >= 0, a * x, b * x)


@activation(
    family="adaptive",
    title="Dual line",
    source=BALAJI,
)
def dual_line(x, a=learned(1.0), b=learned(0.01), m=learned(-0.22)):
    """Dual parametric ReLU moved up by a learned m."""
    return where(x >= 0, a * x + m, b * x + m)


@activation(
    family="adaptive",
    title="ErfReLU",
    source=Source(
        "Rajanand & Singh", 2023, "ErfReLU: Adaptive Activation Function for Deep Neural Network",
        arxiv="2306.01822", checked="survey, other code",
    ),
)  # fmt: skip
def erf_relu(x, alpha=learned(1.0)):
    """Identity above zero, a learned multiple of erf below."""
    return where(x >= 0, x, alpha * erf(x))


def _falu_parts(x, b):
    """Swish and the mixture h, with 1 - sigmoid(x) as sigmoid(-x)."""
    g = x * sigmoid(b * x)
    return g, sigmoid(-x) * g + sigmoid(x)


def _falu_slope(x, a, b):
    s, ds = sigmoid(b * x), b * sigmoid(-b * x)  # sigmoid(b x)' = s ds
    g, h = _falu_parts(x, b)
    dg = s * (1 + x * ds)
    low = s * (ds * (x + a * (1 - g)) + 1 - a * dg)
    dh = sigmoid(-x) * (dg - sigmoid(x) * g + sigmoid(x))
    return where(a <= 1, low, dh + (a - 1) * s * (ds * (1 - 2 * h) - 2 * dh))


def _falu_stable(x, a, b):
    s = sigmoid(b * x)
    g, h = _falu_parts(x, b)
    return where(a <= 1, s * (x + a * (1 - g)), h + (a - 1) * s * (1 - 2 * h))


@activation(
    family="adaptive",
    title="Fractional adaptive linear unit",
    source=Source("Zamora, Rhodes & Nachman", 2022, "Fractional Adaptive Linear Units", doi="10.1609/aaai.v36i8.20882", venue="AAAI 2022", checked="derivation, other code"),
    note="For b = 1: Swish at a = 0, its derivative at 1, its second at 2, and straight lines in a between. torch-activation 1.0.0 jumps at a = 1.",
    stable=_falu_stable,
    stable_derivative=_falu_slope,
    exceptions={"float64": (3.0, "three terms cancel next to the minimum")},
)  # fmt: skip
def falu(x, a=learned(0.5, low=0.0, high=2.0), b=learned(1.0, low=1.0, high=10.0)):
    """Approximates the fractional derivative of order a of Swish."""
    g = x * sigmoid(b * x)
    h = g + sigmoid(x) * (1 - g)
    return where(a <= 1, g + a * sigmoid(b * x) * (1 - g), h + (a - 1) * sigmoid(b * x) * (1 - 2 * h))


@activation(
    family="adaptive",
    title="Flexible ReLU",
    aliases=("frelu",),
    source=Source(
        "Qiu, Xu & Cai", 2017, "FReLU: Flexible Rectified Linear Units for Improving Convolutional Neural Networks",
        arxiv="1706.08098", checked="paper, survey",
    ),
    note="FReLU may also mean the funnel or the fractional ReLU. The paper starts b at -1.",
)  # fmt: skip
def flexible_relu(x, b=learned(0.0)):
    """ReLU moved up by a learned b."""
    return maximum(x, 0) + b


def _gabu_stable(x, w1, w2):
    return where(x > 0, w1 * x + w2 * tanh(x), w2 * tanh(x))


def _gate(a):
    """sigmoid(a); next to 0 by tanh, whose error is halved."""
    return where(a > -2, (1 + tanh(a / 2)) / 2, sigmoid(a))


@activation(
    family="adaptive",
    title="Gated adaptive blending unit",
    source=SURVEY,
    note="The name is the survey's; each function of a pool is gated by itself. Here the pool is ReLU and tanh.",
    stable=lambda x, a1, a2: _gabu_stable(x, _gate(a1), _gate(a2)),
)
def gabu(x, a1=learned(0.0), a2=learned(0.0)):
    """ReLU and tanh, each times a learned gate."""
    return sigmoid(a1) * maximum(x, 0) + sigmoid(a2) * tanh(x)


@activation(
    family="adaptive",
    title="Gaussian ReLU bump",
    source=Source(
        "Nanni, Lumini, Ghidoni & Maguolo", 2020, "Stochastic Selection of Activation Layers for Convolutional Neural Networks",
        doi="10.3390/s20061626", venue="Sensors 20(6):1626", checked="survey, other code",
    ),
    note="GaLU is a parametric ReLU plus a learned sum of such bumps, with fixed places b and widths c.",
)  # fmt: skip
def galu_component(x, b=0.0, c=Parameter(1.0, above=0.0)):
    """A tent of height c at b, followed by a dip of the same size."""
    return maximum(0, c - abs(x - b)) + minimum(abs(x - b - 2 * c) - c, 0)


def _generalized_relu_log_stable(x, a, b):
    return maximum(x, 0) + log1p(exp(-abs(b * log(a) * x))) / (b * log(a))


@activation(
    family="adaptive",
    title="Generalised ReLU",
    aliases=("grelu", "generalized relu"),
    source=SURVEY_AND_CODE,
    note="Softplus whose beta is b log(a): two parameters for one.",
    stable=_generalized_relu_log_stable,
    stable_derivative=lambda x, a, b: sigmoid(b * log(a) * x),
)
def generalized_relu_log(x, a=learned(2.718281828459045, above=1.0), b=learned(1.0, above=0.0)):
    """Softplus to the base a, with a learned sharpness b."""
    return log(1 + a ** (b * x)) / (b * log(a))


@activation(
    family="adaptive",
    title="Generalised hyperbolic tangent",
    aliases=("generalized hyperbolic tangent", "generalised tanh"),
    source=Source(
        "Chen & Chang", 1996, "A feedforward neural network with function shape autotuning",
        venue="Neural Networks 9(4):627-641", checked="survey, other code",
    ),
    stable=lambda x, a, b: a * tanh(b * x / 2),
    stable_derivative=lambda x, a, b: a * b / 2 * sech(b * x / 2) ** 2,
)  # fmt: skip
def generalized_tanh(x, a=learned(1.0), b=learned(1.0)):
    """a tanh(b x/2), with learned amplitude and slope."""
    return a * (1 - exp(-b * x)) / (1 + exp(-b * x))


@activation(
    family="adaptive",
    title="Global-local neuron",
    aliases=("gln", "global local neuron"),
    source=Source(
        "Ferreira, Mattheakis & Protopapas", 2021, "A New Artificial Neuron Proposal with Trainable Simultaneous Local and Global Activation Function",
        arxiv="2101.06100", checked="survey, other code",
    ),
)  # fmt: skip
def gln_act(x, alpha=learned(0.0), beta=learned(0.0)):
    """A learned mixture of sine (global) and tanh (local)."""
    return sigmoid(alpha) * sin(x) + (1 - sigmoid(alpha)) * tanh(x) - beta


@activation(
    family="adaptive",
    title="Locally adaptive activation function",
    aliases=("l laaf",),
    source=Source(
        "Jagtap, Kawaguchi & Karniadakis", 2020, "Locally adaptive activation functions with slope recovery term for deep and physics-informed neural networks",
        arxiv="1909.12228", checked="paper, survey",
    ),
    note="Made for any inner function, here tanh; a n = 1 at the start.",
    use="Physics-informed networks.",
)  # fmt: skip
def laaf(x, a=learned(0.1), n=Parameter(10.0, low=1.0)):
    """Tanh with the learned slope a, sped up by the fixed n."""
    return tanh(n * a * x)


@activation(
    family="adaptive",
    title="Learnable extended activation function",
    source=Source("Bodyanskiy & Kostiuk", 2023, "Learnable Extended Activation Function for Deep Neural Networks", venue="International Journal of Computing 22(3)", checked="survey, derivation"),
    note="The defaults give SiLU; (0, 1, 1, 0) gives the sigmoid and (0, 2, 2, -1) tanh. torch-activation 1.0.0 has another function by this name.",
    stable=lambda x, p1, p2, p3, p4: _plus(_plus(p1 * x, p2) * sigmoid(p3 * x), p4),
    stable_derivative=lambda x, p1, p2, p3, p4: sigmoid(p3 * x) * (p1 + (p1 * x + p2) * (p3 * sigmoid(-p3 * x))),
    stable_partials={"p2": lambda x, p1, p2, p3, p4: sigmoid(p3 * x), "p4": lambda x, p1, p2, p3, p4: 1},
)  # fmt: skip
def leaf(x, p1=learned(1.0), p2=learned(0.0), p3=learned(1.0), p4=learned(0.0)):
    """A learned line times a sigmoid, plus a constant."""
    return (p1 * x + p2) * sigmoid(p3 * x) + p4


@activation(
    family="adaptive",
    title="Leaky learnable ReLU",
    aliases=("learnable leaky relu",),
    source=Source(
        "Maniatopoulos & Mitianoudis", 2021, "Learnable Leaky ReLU (LeLeLU): An Alternative Accuracy-Optimized Activation Function",
        doi="10.3390/info12120513", venue="Information 12(12):513", checked="survey, other code",
    ),
)  # fmt: skip
def lelelu(x, alpha=learned(1.0)):
    """Leaky ReLU times a learned factor."""
    return where(x >= 0, alpha * x, 0.01 * alpha * x)


def _lincomb_stable(x, w0, w1, w2, w3):
    """The weights of x first: under JAX, XLA makes u (x + x) of u x + u x, which overflows."""
    squashed = w1 * sigmoid(x) + w2 * tanh(x)
    return where(x > 0, (w0 + w3) * x + (squashed + w3 * log1p(exp(-abs(x)))), squashed + w3 * softplus(x))


@activation(
    family="adaptive",
    title="LinComb",
    source=Source(
        "Pishchik", 2023, "Trainable Activations for Image Classification",
        doi="10.20944/preprints202301.0463.v1", checked="other code",
    ),
    note="The pool is a choice: torch-activation has softsign in place of softplus. NormLinComb divides by the norm of the weights.",
    stable=_lincomb_stable,
)  # fmt: skip
def lincomb(x, w0=learned(0.25), w1=learned(0.25), w2=learned(0.25), w3=learned(0.25)):
    """Learned weighted sum of ReLU, sigmoid, tanh and softplus."""
    return w0 * maximum(x, 0) + w1 * sigmoid(x) + w2 * tanh(x) + w3 * softplus(x)


@activation(
    family="adaptive",
    title="Deep spline",
    aliases=("deep spline (linear b-spline)", "deepsplines", "relu spline"),
    source=Source("Bohra, Campos, Gupta, Aziznejad & Unser", 2020, "Learning Activation Functions in Deep (Spline) Neural Networks", doi="10.1109/OJSP.2020.3039379", venue="IEEE Open Journal of Signal Processing 1:295-309", checked="paper"),
    note="Three knots; the paper has more (21, say) and computes in the basis of B-splines. The defaults give ReLU.",
)  # fmt: skip
def linear_spline(
    x, b0=learned(0.0), b1=learned(0.0), a1=learned(0.0), a2=learned(1.0), a3=learned(0.0), t1=-1.0, t2=0.0, t3=1.0
):
    """A line plus a learned change of slope at each knot."""
    return b0 + b1 * x + a1 * maximum(x - t1, 0) + a2 * maximum(x - t2, 0) + a3 * maximum(x - t3, 0)


@activation(
    family="adaptive",
    title="Leaky parametric SELU",
    aliases=("leaky parametric scaled exponential linear unit",),
    source=SURVEY_AND_CODE,
)
def lpselu(x, lam=learned(1.05), alpha=learned(1.67), beta=learned(0.01)):
    """SELU with learned parameters and a slope beta that stays far left."""
    return where(x >= 0, lam * x, lam * alpha * expm1(x) + beta * x)


@activation(
    family="adaptive",
    title="LPSELU with reposition",
    source=SURVEY,
    stable=lambda x, lam, alpha, beta, m: _plus(where(x >= 0, lam * x, lam * alpha * expm1(x) + beta * x), m),
    stable_partials={"m": lambda x, lam, alpha, beta, m: 1},
)
def lpselu_rp(x, lam=learned(1.05), alpha=learned(1.67), beta=learned(0.01), m=learned(0.0)):
    """Leaky parametric SELU moved up by a learned m."""
    return where(x >= 0, lam * x + m, lam * alpha * expm1(x) + beta * x + m)


@activation(
    family="adaptive",
    title="Mixed LReLU-ELU",
    aliases=("mixed activation", "adaptive combination"),
    source=Source(
        "Qian, Liu, Liu, Wu & Wong", 2018, "Adaptive activation functions in convolutional neural networks",
        venue="Neurocomputing 272", checked="survey",
    ),
    note="The gated form of the paper puts a sigmoid of a learned multiple of x in the place of a.",
    stable=lambda x, a: where(x >= 0, x, 0.01 * a * x + (1 - a) * expm1(x)),
)  # fmt: skip
def lrelu_elu_mix(x, a=learned(0.5, meaning="between 0 and 1")):
    """A learned mixture of leaky ReLU and ELU."""
    return a * where(x >= 0, x, 0.01 * x) + (1 - a) * where(x > 0, x, expm1(x))


def _tent(x, left, tip, right):
    """Rises from left to tip, falls to right: no digits are lost at the feet, as they are in half - |x - tip|."""
    return where(x < tip, maximum(x - left, 0), where(x > tip, maximum(right - x, 0), tip - left))


def _melu_stable(x, c0, a1, a2, a3):
    return where(x > 0, x, c0 * x) + a1 * _tent(x, 0, 2, 4) + a2 * _tent(x, 0, 1, 2) + a3 * _tent(x, 2, 3, 4)


@activation(
    family="adaptive",
    title="Mexican ReLU",
    source=Source(
        "Maguolo, Nanni & Ghidoni", 2019, "Ensemble of Convolutional Neural Networks Trained with Different Activation Functions",
        arxiv="1905.02473", checked="paper, survey",
    ),
    note="k = 4 parameters and maxInput 4: bumps at 2, 1 and 3 of half width 2, 1 and 1. Starts as ReLU.",
    stable=_melu_stable,
)  # fmt: skip
def melu(x, c0=learned(0.0), a1=learned(0.0), a2=learned(0.0), a3=learned(0.0)):
    """Parametric ReLU plus learned multiples of fixed tents."""
    tents = a1 * maximum(2 - abs(x - 2), 0) + a2 * maximum(1 - abs(x - 1), 0) + a3 * maximum(1 - abs(x - 3), 0)
    return where(x > 0, x, c0 * x) + tents


@activation(
    family="adaptive",
    title="Modified Mexican ReLU",
    source=Source(
        "Fakhfakh & Chaari", 2023, "Bayesian optimization for sparse neural networks with trainable activation functions",
        arxiv="2304.04455", checked="survey, other code",
    ),
)  # fmt: skip
def mmelu(x, a=learned(0.5, meaning="between 0 and 1"), b=learned(1.0, above=0.0), c=learned(0.0)):
    """A learned mixture of a tent at c and ReLU."""
    return a * maximum(b - abs(x - c), 0) + (1 - a) * maximum(x, 0)


@activation(
    family="adaptive",
    title="Multiple parametric ELU",
    aliases=("multiple parametric exponential linear unit",),
    source=Source(
        "Li & others", 2016, "Improving Deep Neural Network with Multiple Parametric Exponential Linear Units",
        arxiv="1606.00305", checked="paper, survey",
    ),
)  # fmt: skip
def mpelu(x, alpha=learned(1.0), beta=learned(1.0, above=0.0)):
    """ELU with a learned limit alpha and decay beta."""
    return where(x > 0, x, alpha * expm1(beta * x))


_KAF = Source(
    "Scardapane, Van Vaerenbergh, Totaro & Uncini",
    2017,
    "Kafnets: kernel-based non-parametric activation functions for neural networks",
    arxiv="1707.04035",
    venue="Neural Networks 110",
    checked="paper",
)


@activation(
    family="adaptive",
    title="Kernel activation function",
    aliases=("kernel activation",),
    note="Five kernels one apart; the paper has 20. The defaults are ours: ReLU at the centres.",
    source=_KAF,
)
def kaf(
    x, a1=learned(0.0), a2=learned(0.0), a3=learned(0.0), a4=learned(1.0), a5=learned(2.0),
    gamma=Parameter(1 / 6, above=0.0, meaning="1 over six times the squared distance of the kernels"),
):  # fmt: skip
    """Learned sum of Gaussian bumps at -2, -1, 0, 1 and 2."""
    outer = a1 * exp(-gamma * (x + 2) ** 2) + a5 * exp(-gamma * (x - 2) ** 2)
    return outer + a2 * exp(-gamma * (x + 1) ** 2) + a3 * exp(-gamma * x**2) + a4 * exp(-gamma * (x - 1) ** 2)
