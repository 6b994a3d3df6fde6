"""Functions with parameters that are meant to be trained."""

from nonlin.catalogue._shared import THREE_DECADES, learned
from nonlin.core import Parameter, Source, activation
from nonlin.ops import (
    abs,
    clip,
    cos,
    equal,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    log_sigmoid,
    maximum,
    sech,
    sigmoid,
    sin,
    sinh,
    softplus,
    sqrt,
    tanh,
    where,
)


@activation(
    family="adaptive",
    title="Multi-bin trainable linear unit",
    aliases=("multi-bin trainable linear unit",),
    note="The paper takes 40 bins of equal width; here four. It may jump at the anchors. The defaults give ReLU.",
    source=Source(
        "Gu & others",
        2019,
        "Fast Image Restoration with Multi-bin Trainable Linear Units",
        arxiv="1807.11389",
        checked="survey",
    ),
)
def mtlu(
    x, a0=learned(0.0), b0=learned(0.0), a1=learned(0.0), b1=learned(0.0),
    a2=learned(1.0), b2=learned(0.0), a3=learned(1.0), b3=learned(0.0),
    c0=-1.0, c1=Parameter(0.0, low="c0"), c2=Parameter(1.0, low="c1"),
):  # fmt: skip
    """A line of its own in each of four bins."""
    return where(x < c0, a0 * x + b0, where(x < c1, a1 * x + b1, where(x < c2, a2 * x + b2, a3 * x + b3)))


@activation(
    family="adaptive",
    title="Piecewise linear unit with learnable knot",
    note="torch-activation 1.0.0 starts with the knot at 0.",
    source=Source(
        "Inturrisi & others",
        2021,
        "Piecewise Linear Units Improve Deep Neural Networks",
        arxiv="2108.00700",
        checked="survey, other code",
    ),
)
def pilu(x, a=learned(1.0), b=learned(0.01), c=learned(1.0)):
    """Two slopes that meet at the learned point (c, c)."""
    return where(x >= c, a * x + c * (1 - a), b * x + c * (1 - b))


def _plus(u, b):
    """u + b, but -0 stays -0 where b is 0."""
    return u - (b - 2 * b)


@activation(
    family="adaptive",
    title="ReAct-PReLU",
    aliases=("react prelu",),
    source=Source(
        "Liu, Shen, Savvides & Cheng",
        2020,
        "ReActNet: Towards Precise Binary Neural Network with Generalized Activation Functions",
        arxiv="2003.03488",
        checked="paper, survey, other code",
    ),
    stable=lambda x, gamma, zeta, beta: _plus(where(x > gamma, x - gamma, beta * (x - gamma)), zeta),
)
def rprelu(x, gamma=learned(0.0), zeta=learned(0.0), beta=learned(0.25)):
    """PReLU whose corner is moved to (gamma, zeta)."""
    return where(x > gamma, x - gamma + zeta, beta * (x - gamma) + zeta)


def _pishchik_source(checked):
    title = "Trainable Activations for Image Classification"
    return Source("Pishchik", 2023, title, venue="Preprints 202301.0463", checked=checked)


@activation(
    family="adaptive",
    title="Shifted scaled ReLU",
    aliases=("adaptive shifted relu",),
    note="The author calls it shifted ReLU, which elsewhere is max(-1, x).",
    source=_pishchik_source("survey, other code"),
)
def shilu(x, alpha=learned(1.0), beta=learned(0.0)):
    """ReLU with a learned slope and a learned offset of the output."""
    return alpha * maximum(x, 0) + beta


def _splash_stable(x, ap0, ap1, ap2, am0, am1, am2):
    """The outer hinges first: so the slope at -inf is right to the last place."""
    left = am0 * maximum(-x, 0) + (am1 * maximum(-x - 1, 0) + am2 * maximum(-x - 2, 0))
    return ap0 * maximum(x, 0) + ap1 * maximum(x - 1, 0) + ap2 * maximum(x - 2, 0) + left


@activation(
    family="adaptive",
    title="Symmetric piecewise linear hinges",
    aliases=("simple piecewise linear and adaptive function with symmetric hinges",),
    note="The paper has seven pieces on each side with hinges from the data; here three, at 0, 1 and 2.",
    source=Source(
        "Tavakoli & others",
        2020,
        "SPLASH: Learnable Activation Functions for Improving Accuracy and Adversarial Robustness",
        arxiv="2006.08947",
        checked="survey",
    ),
    stable=_splash_stable,
)
def splash(
    x, ap0=learned(1.0), ap1=learned(0.0), ap2=learned(0.0), am0=learned(0.0), am1=learned(0.0), am2=learned(0.0)
):
    """A learned slope is added at each of the hinges -2, -1, 0, 1 and 2."""
    right = ap0 * maximum(x, 0) + ap1 * maximum(x - 1, 0) + ap2 * maximum(x - 2, 0)
    return right + am0 * maximum(-x, 0) + am1 * maximum(-x - 1, 0) + am2 * maximum(-x - 2, 0)


@activation(
    family="adaptive",
    title="S-shaped ReLU",
    aliases=("s-shaped rectified linear activation unit",),
    note="The authors take tr from the data and al from (0, 1). Shifted ReLU is also called SReLU.",
    source=Source(
        "Jin & others",
        2015,
        "Deep Learning with S-shaped Rectified Linear Activation Units",
        arxiv="1512.07030",
        checked="paper, survey",
    ),
    stable=lambda x, tr, tl, ar, al: where(x >= tr, tr + ar * (x - tr), where(x <= tl, _plus(al * (x - tl), tl), x)),
)
def srelu(x, tr=learned(1.0), tl=learned(0.0), ar=learned(1.0), al=learned(0.2)):
    """Identity between two learned knots, learned slopes beyond them."""
    return where(x >= tr, tr + ar * (x - tr), where(x <= tl, tl + al * (x - tl), x))


SURVEY = "as cited by Kunc & Klema 2024, arXiv:2402.09092"


def _srelu_plus_slope(x, a, t, eps):
    """Beyond the knots the two quotients are both near 1: what each lacks."""
    near, far = abs(x) - t, abs(x) + t
    h, k = hypot(near, sqrt(eps)), hypot(far, sqrt(eps))
    beyond = eps / k / (k + far) - eps / h / (h + near)
    return a + (a - 1) / 2 * where(near > 0, beyond, near / h - far / k)


def _srelu_plus_stable(x, a, t, eps):
    """The difference of the two roots, multiplied out with their sum."""
    s = hypot(x - t, sqrt(eps)) + hypot(x + t, sqrt(eps))
    return x * (a + 2 * (1 - a) * (t / s))


@activation(
    family="adaptive",
    title="SReLUPlus",
    aliases=("mollified s-shaped relu",),
    note="Smooth form of SReLU with tr = -tl = t and ar = al = a. torch-activation 1.0.0 has other defaults.",
    source=Source(
        "Pan & others",
        2023,
        venue=SURVEY,
        also="openreview.net/forum?id=ZPtQ83t7ob",
        checked="survey, other code, derivation",
    ),
    stable=_srelu_plus_stable,
    stable_derivative=_srelu_plus_slope,
)
def srelu_plus(
    x, a=learned(0.1), t=learned(1.0, above=0.0), eps=Parameter(0.01, above=0.0, meaning="0 would give SReLU")
):
    """Symmetric S-shaped ReLU with rounded corners."""
    return a * x + (a - 1) / 2 * (sqrt((x - t) ** 2 + eps) - sqrt((x + t) ** 2 + eps))


def _pdelu_stable(x, alpha, t):
    """The power by logarithms, so that minus 1 does not cancel."""
    u = (1 - t) * x
    left = where(u > -1, expm1(log1p(where(u > -1, u, 0)) / (1 - t)), -1)
    return where(x > 0, x, alpha * left)


@activation(
    family="adaptive",
    title="Parametric deformable ELU",
    aliases=("parametric deformable exponential linear unit",),
    note="t = 1 is not defined; ELU is the limit. Without the maximum NaN far left; torch-activation 1.0.0 subtracts 1 last.",
    source=Source(
        "Cheng & others",
        2020,
        "Parametric Deformable Exponential Linear Units for deep neural networks",
        doi="10.1016/j.neunet.2020.02.012",
        checked="survey, derivation",
    ),
    stable=_pdelu_stable,
)
def pdelu(x, alpha=learned(1.0), t=Parameter(0.9, low=0.0, meaning="deformation; not 1")):
    """ELU with a power in place of its exponential."""
    return where(x > 0, x, alpha * (maximum(1 + (1 - t) * x, 0) ** (1 / (1 - t)) - 1))


@activation(
    family="adaptive",
    title="Parametric ELU",
    aliases=("parametric exponential linear unit",),
    source=Source(
        "Trottier & others",
        2016,
        "Parametric Exponential Linear Unit for Deep Convolutional Neural Networks",
        arxiv="1605.09332",
        checked="paper, survey, other code",
    ),
)
def pelu(x, a=learned(1.0, above=0.0), b=learned(1.0, above=0.0)):
    """ELU with a learned limit and decay, and the slope at zero that joins them smoothly."""
    return where(x >= 0, a / b * x, a * expm1(x / b))


@activation(
    family="adaptive",
    title="PELU with horizontal shift",
    aliases=("parametric shifted exponential linear unit",),
    source=Source(
        "Grelsson & Felsberg",
        2018,
        "Improved Learning in Convolutional Neural Networks with Shifted Exponential Linear Units (ShELUs)",
        venue="ICPR 2018",
        checked="survey, derivation",
    ),
    stable=lambda x, a, b, c: where(_plus(x, c) >= 0, a / b * _plus(x, c), a * expm1(_plus(x, c) / b)),
)
def pshelu(x, a=learned(1.0, above=0.0), b=learned(1.0, above=0.0), c=learned(0.0)):
    """Parametric ELU moved sideways."""
    return where(x + c >= 0, a / b * (x + c), a * expm1((x + c) / b))


@activation(
    family="adaptive",
    title="Parametric FPLUS",
    aliases=("parametric first power linear unit with sign",),
    note="torch-activation 1.0.0 starts with a = 1 and b = 0.1.",
    source=Source(
        "Duan, Yang & Dai",
        2022,
        "Feature Activation through First Power Linear Unit with Sign",
        arxiv="2111.14349",
        checked="survey, other code",
    ),
    stable=lambda x, a, b: where(x >= 0, a * x, where(x < -1, a / (1 / x - b), a * x / (1 - b * x))),
    stable_derivative=lambda x, a, b: where(x >= 0, a, a / (1 - b * x) / (1 - b * x)),
)
def pfplus(x, a=learned(0.2, above=0.0), b=learned(10.0, above=0.0)):
    """A line above zero, below a hyperbola that ends at -a/b."""
    return where(x >= 0, a * x, a * x / (1 - b * x))


@activation(
    family="adaptive",
    title="Parametric rectified exponential unit",
    aliases=("parametric reu",),
    source=Source(
        "Ying & others",
        2019,
        "Rectified Exponential Units for Convolutional Neural Networks",
        venue="IEEE Access 7:101633-101640",
        checked="survey, other code",
    ),
    stable_derivative=lambda x, alpha, beta: where(x > 0, alpha, alpha * exp(beta * x) * (1 + beta * x)),
)
def preu(x, alpha=learned(1.0, above=0.0), beta=learned(1.0, above=0.0)):
    """A line above zero; below, the line times an exponential."""
    return where(x > 0, alpha * x, alpha * x * exp(beta * x))


def _jie_source():
    title = "Regularized Flexible Activation Function Combinations for Deep Neural Networks"
    return Source("Jie, Gao, Vasnev & Tran", 2020, title, arxiv="2007.13101", checked="survey, other code")


@activation(
    family="adaptive",
    title="P-E2-Id",
    source=_jie_source(),
    stable=lambda x, a: x + (1 - a) * where(x > 0, -expm1(-x), expm1(x)),
)
def pe2_id(x, a=learned(0.5)):
    """The identity blended with ELU(x) - ELU(-x)."""
    return a * x + (1 - a) * (where(x > 0, x, expm1(x)) - where(x < 0, -x, expm1(-x)))


def _pe2_relu_stable(x, a, b):
    """The third share is the slope far left; the rounding of a + b goes into it."""
    s = a + b
    rest = (1 - s) - ((a - (s - (s - a))) + (b - (s - a)))
    return where(x > 0, (a + b) * x - rest * expm1(-x), b * expm1(x) + rest * x)


@activation(
    family="adaptive",
    title="P-E2-ReLU",
    source=_jie_source(),
    stable=_pe2_relu_stable,
)
def pe2_relu(x, a=learned(0.4), b=learned(0.3)):
    """ReLU, ELU(x) and -ELU(-x) blended with shares that add up to 1."""
    return a * maximum(x, 0) + b * where(x > 0, x, expm1(x)) + (1 - a - b) * -where(x < 0, -x, expm1(-x))


@activation(
    family="adaptive",
    title="Tangent linear unit",
    aliases=("talu learnable",),
    note="Hasan & others 2023, arXiv:2305.04402, use the same name.",
    source=Source("Mercioni & Holban", venue=SURVEY, checked="survey, other code"),
)
def talu(x, alpha=learned(-0.75, below=0.0)):
    """Identity above zero, tanh below, constant from alpha down."""
    return where(x >= 0, x, where(x > alpha, tanh(x), tanh(alpha)))


@activation(
    family="adaptive",
    title="Parametric tangent linear unit",
    aliases=("parametric talu",),
    weakness="Jumps at beta unless beta is 0.",
    source=Source("Mercioni & Holban", venue=SURVEY, checked="survey, other code"),
)
def ptalu(x, alpha=learned(-0.75, below=0.0), beta=learned(1.0)):
    """tanh between alpha and beta, constant to the left, identity to the right."""
    return where(x >= beta, x, where(x > alpha, tanh(x), tanh(alpha)))


@activation(
    family="adaptive",
    title="Parametric tan hyperbolic linear unit",
    aliases=("parametric tanh linear unit",),
    source=Source(
        "Gupta & Duggal",
        2017,
        "P-TELU: Parametric Tan Hyperbolic Linear Unit Activation for Deep Neural Networks",
        venue="ICCV Workshops 2017",
        checked="survey, other code",
    ),
)
def ptelu(x, alpha=learned(1.0, low=0.0), beta=learned(1.0, low=0.0)):
    """Identity above zero, a learned tanh below."""
    return where(x >= 0, x, alpha * tanh(beta * x))


def _survey_source(checked):
    title = THREE_DECADES
    return Source("Kunc & Klema", 2024, title, arxiv="2402.09092", checked=checked)


@activation(
    family="adaptive",
    title="Tanh based ReLU",
    note="The survey reports it from elsewhere. PTELU with alpha = 1; another TReLU is alpha tanh(x) below zero.",
    source=_survey_source("survey, other code, derivation"),
)
def trelu(x, b=learned(1.0)):
    """Identity above zero, tanh(b x) below."""
    return where(x >= 0, x, tanh(b * x))


@activation(
    family="adaptive",
    title="Tunable swish",
    aliases=("tunable swish",),
    weakness="Jumps at c unless c = 0, and there has a kink.",
    source=Source(
        "Javid & others",
        2022,
        "Developing Novel T-Swish Activation Function in Deep Learning",
        doi="10.1109/ICIT56493.2022.9989151",
        checked="survey, other code",
    ),
    stable_derivative=lambda x, a, b, c: where(x >= c, 1, a * sigmoid(b * x) * (1 + b * x * sigmoid(-b * x))),
)
def t_swish(x, a=learned(1.0), b=learned(1.0), c=learned(0.0)):
    """Identity from c on, a scaled swish below."""
    return where(x >= c, x, a * x * sigmoid(b * x))


def _reblu_slope(x, beta):
    """1 + beta x/h, and for beta near -1 the same with 1 - x/h."""
    h = hypot(x, 1)
    return where(x > 0, where(x < 1, 1 + beta * (x / h), (1 + beta) - beta * (1 / h / (h + x))), 0)


def _reblu_stable(x, beta):
    """sqrt(x**2 + 1) - 1 cancels near 0 and overflows far out, where the lost -beta may decide a tie."""
    h = hypot(x, 1)
    right = where(x < 2.0**51, beta * (h - 1) + x, x * ((1 + beta) * (1 - 2.0**-52)))
    return where(x > 0, where(x < 1, x * (1 + beta * (x / (h + 1))), right), 0)


@activation(
    family="adaptive",
    title="Rectified bendable linear unit",
    aliases=("rectified blu",),
    note="The survey reports it from elsewhere. torch-activation 1.0.0 computes beta sqrt(x^2 + 1) - 1 + x, which jumps at 0.",
    source=_survey_source("survey, derivation"),
    stable=_reblu_stable,
    stable_derivative=_reblu_slope,
)
def reblu(x, beta=learned(0.5)):
    """The bendable linear unit above zero, 0 below."""
    return where(x > 0, beta * (sqrt(x**2 + 1) - 1) + x, 0)


def _rmaf_gate(x, c):
    """1/(1 + exp(-x)/4)**c, whose exponential may overflow."""
    return exp(-c * softplus(-x - log(4)))


@activation(
    family="adaptive",
    title="ReLU memristor-like activation",
    aliases=("relu memristor like activation function",),
    note="In the paper a is alpha, b is j and c is p.",
    source=Source(
        "Yu & others",
        2020,
        "RMAF: Relu-Memristor-Like Activation Function for Deep Learning",
        doi="10.1109/ACCESS.2020.2987829",
        checked="survey, other code",
    ),
    stable=lambda x, a, b, c: a * b * x * _rmaf_gate(x, c),
    stable_derivative=lambda x, a, b, c: a * b * _rmaf_gate(x, c) * (1 + c * (x * sigmoid(-x - log(4)))),
)
def rmaf(x, a=learned(1.0), b=Parameter(1.0, above=0.0), c=Parameter(1.0, above=0.0)):
    """x times a power of a shifted sigmoid."""
    return b / (0.25 * (1 + exp(-x)) + 0.75) ** c * a * x


@activation(
    family="adaptive",
    title="Tanh-ELU unit",
    aliases=("tanh exponential linear unit (2020)", "telu (2021)"),
    note="Not the TeLU of 2024, which is x tanh(exp(x)).",
    source=Source(
        "Mercioni & Holban",
        2020,
        "TeLU: A New Activation Function for Deep Learning",
        venue="ISETC 2020",
        checked="survey, other code",
    ),
)
def telu_elu(x, a=learned(1.0)):
    """x times the tanh of ELU(a x)."""
    return x * tanh(where(a * x > 0, a * x, expm1(a * x)))


@activation(
    family="adaptive",
    title="Parametric sigmoid",
    aliases=("scaled logistic sigmoid", "sls"),
    source=Source(
        "Ying & others",
        2021,
        "PSigmoid: Improving squeeze-and-excitation block with parametric sigmoid",
        doi="10.1007/s10489-021-02247-z",
        checked="survey, other code",
    ),
)
def psigmoid(x, a=learned(1.0), b=learned(1.0)):
    """Sigmoid with learned height and slope."""
    return a * sigmoid(b * x)


@activation(
    family="adaptive",
    title="Parametric sigmoid power",
    aliases=("parametric sigmoid function",),
    source=Source(
        "Chandra & Singh",
        2004,
        "An activation function adapting training algorithm for sigmoidal feedforward networks",
        venue="Neurocomputing 61:429-437",
        checked="survey, other code",
    ),
    stable=lambda x, m: exp(m * log_sigmoid(x)),
    stable_derivative=lambda x, m: m * exp(m * log_sigmoid(x)) * sigmoid(-x),
)
def psf(x, m=learned(1.0, above=0.0)):
    """A learned power of the sigmoid."""
    return (1 + exp(-x)) ** (-m)


@activation(
    family="adaptive",
    title="Shape autotuning sigmoid",
    aliases=("autotuning sigmoid",),
    note="Equal to 2/a tanh(a x/2), with slope 1 at 0.",
    source=Source(
        "Yamada & Yabuta",
        1992,
        "Neural network controller using autotuning method for nonlinear functions",
        venue="IEEE Transactions on Neural Networks 3(4):595-601",
        checked="survey",
    ),
    stable=lambda x, a: 2 / a * tanh(a * x / 2),
    stable_derivative=lambda x, a: sech(a * x / 2) ** 2,
)
def shape_autotuning_sigmoid(x, a=learned(1.0, above=0.0)):
    """Sigmoid from -2/a to 2/a."""
    return 2 * (1 - exp(-a * x)) / (a * (1 + exp(-a * x)))


@activation(
    family="adaptive",
    title="Scaled softsign",
    aliases=("adaptive softsign",),
    source=_pishchik_source("survey"),
    stable_derivative=lambda x, alpha, beta: alpha / (beta + abs(x)) * (beta / (beta + abs(x))),
)
def scaled_softsign(x, alpha=learned(1.0), beta=learned(1.0, above=0.0)):
    """Softsign with learned height and width."""
    return alpha * x / (beta + abs(x))


@activation(
    family="adaptive",
    title="Trainable amplitude",
    aliases=("trainable amplitude tanh",),
    note="The paper scales any function; tanh shown.",
    source=Source(
        "Trentin",
        2001,
        "Networks with trainable amplitude of activation functions",
        venue="Neural Networks 14(4-5):471-493",
        checked="survey",
    ),
    stable=lambda x, a, b: _plus(a * tanh(x), b),
)
def trainable_amplitude(x, a=learned(1.0), b=learned(0.0)):
    """tanh with learned height and offset."""
    return a * tanh(x) + b


@activation(
    family="adaptive",
    title="Transformative adaptive activation function",
    note="The inner function is arbitrary; tanh shown.",
    source=Source(
        "Kunc & Kléma",
        2021,
        "On transformative adaptive activation functions in neural networks for gene expression inference",
        venue="PLoS ONE 16(1)",
        checked="survey, other code",
    ),
    stable=lambda x, alpha, beta, gamma, delta: _plus(alpha * tanh(_plus(beta * x, gamma)), delta),
)
def taaf(x, alpha=learned(1.0), beta=learned(1.0), gamma=learned(0.0), delta=learned(0.0)):
    """tanh scaled and shifted on both sides."""
    return alpha * tanh(beta * x + gamma) + delta


@activation(
    family="adaptive",
    title="Tanh plus linear",
    aliases=("tanh linear unit (tanhlu)",),
    source=Source(
        "Shen & others",
        2022,
        "Enhancement of neural networks with an alternative activation function tanhLU",
        doi="10.1016/j.eswa.2022.117181",
        checked="survey, other code",
    ),
)
def tanhlu(x, a=learned(1.0), b=learned(1.0), c=learned(1.0)):
    """A learned tanh plus a learned line."""
    return a * tanh(b * x) + c * x


def _reltanh_stable(x, lpos, lneg):
    right = where(x >= lpos, _plus(sech(lpos) ** 2 * (x - lpos), tanh(lpos)), tanh(x))
    return where(x <= lneg, sech(lneg) ** 2 * (x - lneg) + tanh(lneg), right)


def _tanh_slope(u):
    """sech(u)**2 to the last place: it is a slope at infinity."""
    q = exp(-2 * u)
    return where(abs(u) < 1 / 2, 1 - tanh(u) ** 2, where(abs(u) < 20, 4 * q / (1 + q) ** 2, sech(u) ** 2))


@activation(
    family="adaptive",
    title="Rectified linear tanh",
    note="In the paper lpos stays between 0 and 0.5, lneg at or below -1.5.",
    source=Source(
        "Wang & others",
        2019,
        "ReLTanh: An activation function with vanishing gradient resistance for SAE-based DNNs and its application to rotating machinery fault diagnosis",
        doi="10.1016/j.neucom.2019.07.017",
        checked="paper, survey, other code",
    ),
    stable=_reltanh_stable,
    stable_derivative=lambda x, lpos, lneg: where(
        x <= lneg, _tanh_slope(lneg), where(x >= lpos, _tanh_slope(lpos), sech(x) ** 2)
    ),
)
def reltanh(x, lpos=learned(0.0, low=0.0), lneg=learned(-1.5, high=0.0)):
    """tanh between two learned points, its tangents beyond them."""
    right = where(x >= lpos, sech(lpos) ** 2 * (x - lpos) + tanh(lpos), tanh(x))
    return where(x <= lneg, sech(lneg) ** 2 * (x - lneg) + tanh(lneg), right)


@activation(
    family="adaptive",
    title="Slope and threshold adaptive tanh",
    note="The survey reports it from elsewhere. The defaults are those of torch-activation.",
    source=_survey_source("survey, other code"),
)
def stac_tanh(x, a=learned(1.0, above=0.0), b=learned(0.1)):
    """tanh up to a learned threshold on both sides, lines of learned slope beyond."""
    return where(x < -a, tanh(-a) + b * (x + a), where(x > a, tanh(a) + b * (x - a), tanh(x)))


@activation(
    family="adaptive",
    title="Parameterised softplus",
    aliases=("s+2l",),
    source=Source(
        "Vargas & others",
        2023,
        "Activation functions for convolutional neural networks: proposals and experimental study",
        doi="10.1109/TNNLS.2021.3105444",
        checked="survey, derivation",
    ),
    stable=lambda x, a: softplus(x) - a,
    exceptions={"float64": (2.0, "the offset cancels")},
)
def parameterized_softplus(x, a=learned(0.5)):
    """Softplus moved down."""
    return log(1 + exp(x)) - a


def _actnet_source():
    title = "ACTNET: end-to-end learning of feature activations and multi-stream aggregation for effective instance image retrieval"
    return Source("Husain, Ong & Bober", 2021, title, arxiv="1907.05794", checked="survey, other code")


@activation(
    family="adaptive",
    title="Scaled exponential",
    source=_actnet_source(),
)
def sexp(x, a=learned(1.0), b=learned(1.0)):
    """A scaled exponential through the origin."""
    return a * expm1(b * x)


@activation(
    family="adaptive",
    title="Scaled sine-hyperbolic",
    aliases=("scaled sinh",),
    source=_actnet_source(),
)
def ssinh(x, a=learned(1.0), b=learned(1.0)):
    """Hyperbolic sine, scaled on both sides."""
    return a * sinh(b * x)


def _soft_exponential_stable(x, alpha):
    negative = -log1p(-alpha * (x + alpha)) / alpha
    return where(alpha < 0, negative, where(equal(alpha, 0), x, expm1(alpha * x) / alpha + alpha))


@activation(
    family="adaptive",
    title="Soft exponential",
    note="For negative alpha NaN where 1 - alpha (x + alpha) is not positive. alpha = 1 gives exp(x), towards -1 it becomes log(x).",
    source=Source(
        "Godfrey & Gashler",
        2015,
        "A continuum among logarithmic, linear, and exponential functions, and its potential to improve generalization in neural networks",
        arxiv="1602.01321",
        checked="paper, survey",
    ),
    stable=_soft_exponential_stable,
)
def soft_exponential(x, alpha=learned(0.5, above=-1.0)):
    """Between a logarithm, the identity and an exponential."""
    positive = (exp(alpha * x) - 1) / alpha + alpha
    return where(alpha < 0, -log(1 - alpha * (x + alpha)) / alpha, where(equal(alpha, 0), x, positive))


def _uaf_stable(x, A, B, C, D, E):
    """The difference of the softplus as one logarithm where they are near each other."""
    u, v = _plus(A * _plus(x, B), C * x * x), D * (x - B)
    near = log1p(expm1(clip(u - v, -1, 1)) * sigmoid(v))
    return _plus(where(abs(u - v) < 1, near, softplus(u) - softplus(v)), E)


@activation(
    family="adaptive",
    title="Universal activation function",
    note="The defaults, from the paper, give the identity.",
    source=Source(
        "Yuen & others",
        2021,
        "Universal activation function for machine learning",
        arxiv="2011.03842",
        checked="paper, survey, other code",
    ),
    stable=_uaf_stable,
    exceptions={"float64": (3.0, "the terms cancel")},
)
def uaf(x, A=learned(1.0), B=learned(0.0), C=learned(0.0), D=learned(-1.0), E=learned(0.0)):
    """Difference of two softplus functions, one of a parabola."""
    return log(1 + exp(A * (x + B) + C * x**2)) - log(1 + exp(D * (x - B))) + E


@activation(
    family="adaptive",
    title="Rowdy activation",
    aliases=("deep kronecker activation", "rowdy tanh"),
    note="Any inner function and any number of terms; tanh and two sines shown. The defaults give tanh.",
    source=Source(
        "Jagtap & others",
        2022,
        "Deep Kronecker neural networks: A general framework for neural networks with adaptive activation functions",
        arxiv="2105.09513",
        checked="survey, other code",
    ),
    stable=lambda x, a1, a2, n: tanh(x) + n * sin(n * x) * (a1 + 2 * a2 * cos(n * x)),  # 2 n x might overflow
)
def rowdy(x, a1=learned(0.0), a2=learned(0.0), n=Parameter(1.0, low=1.0)):
    """tanh plus learned sines."""
    return tanh(x) + a1 * n * sin(n * x) + a2 * n * sin(2 * n * x)


def _p_sig_ramp_stable(x, a, b):
    """The shares add up to 1 exactly; branches by x, since b x + 1/2 may round to 0 or 1."""
    ramp = where(x >= 1 / (2 * b), 1, where(x <= -1 / (2 * b), 0, b * x + 1 / 2))
    return ramp + a * (sigmoid(x) - ramp)


@activation(
    family="adaptive",
    title="Parametric sigmoid-ramp",
    source=_jie_source(),
    stable=_p_sig_ramp_stable,
)
def p_sig_ramp(x, a=learned(0.5), b=learned(1.0, above=0.0)):
    """A sigmoid blended with a ramp from 0 to 1."""
    return a * sigmoid(x) + (1 - a) * clip(b * x + 1 / 2, 0, 1)


@activation(
    family="adaptive",
    title="Trainable compound activation",
    note="The pool is a choice; tanh and sigmoid shown. A later form also weights them.",
    source=Source(
        "Baggenstoss",
        2022,
        "Trainable Compound Activation Functions for Machine Learning",
        arxiv="2204.12920",
        checked="survey, other code",
    ),
)
def tca(x, a1=learned(0.0), b1=learned(0.0), a2=learned(0.0), b2=learned(0.0)):
    """Mean of a tanh and a sigmoid, each scaled and shifted inside."""
    return (tanh(exp(a1) * x + b1) + sigmoid(exp(a2) * x + b2)) / 2
