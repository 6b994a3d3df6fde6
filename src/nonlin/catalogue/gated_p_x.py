"""The gated family, p to x."""

from nonlin.catalogue._numerics import polynomial
from nonlin.catalogue._shared import THREE_DECADES
from nonlin.core import Parameter, Source, activation
from nonlin.ops import (
    abs,
    atan,
    cos,
    equal,
    erf,
    erfc,
    exp,
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
    sin,
    softplus,
    sqrt,
    tanh,
    where,
)

_PHISH = Source(
    "Naveen", 2022, "Phish: A Novel Hyper-Optimizable Activation Function", venue="TechRxiv",
    checked="survey, other code"
)  # fmt: skip


def _gelu_slope(x):
    return where(x < -38.5, x * normpdf(x), normcdf(x) + x * normpdf(x))


def _square_of_sech(u):
    """sech(u)^2, near zero from a tanh that is needed anyway."""
    return where(abs(u) < 1, (1 - tanh(u)) * (1 + tanh(u)), sech(u) ** 2)


def _phish_slope(x):
    g = x * normcdf(x)
    return where(x < -38.5, x**2 * normpdf(x), tanh(g) + x * (_square_of_sech(g) * _gelu_slope(x)))


@activation(
    family="gated",
    title="Phish",
    source=_PHISH,
    stable_derivative=_phish_slope,
)
def phish(x):
    """x times the tanh of its GELU."""
    return x * tanh(x * normcdf(x))


_PLOGISH = Source(
    "Zhu, Zeng, Liu & Zhang", 2021,
    "Logish: A new nonlinear nonmonotonic activation function for convolutional neural network",
    doi="10.1016/j.neucom.2021.06.067", checked="survey, other code"
)  # fmt: skip


def _times_log2(a):
    """a log(2), correctly rounded: exact products of halves first, since a limit is promised to the last bit."""
    c = 134217729 * a
    head = c - (c - a)
    return head * 0.6931471824645996 + (head * -1.904654299957768e-09 + (a - head) * 0.6931471805599453)


def _plogish_slope(x, alpha, beta):
    s, u = sigmoid(beta * x), beta * x
    slope = alpha * where(u < -40, exp(u) * (1 + u), log1p(s) + x * (beta * (s * sigmoid(-u) / (1 + s))))
    return where(u > 1e9, _times_log2(alpha), slope)


@activation(
    family="gated",
    title="Parametric logish",
    aliases=("parametric logish",),
    note="Logish for alpha = beta = 1.",
    source=_PLOGISH,
    stable_derivative=_plogish_slope,
)
def plogish(x, alpha=Parameter(1.0), beta=Parameter(10.0)):
    """Logish with a scale and a sharpness: alpha x log(1 + sigmoid(beta x))."""
    return alpha * x * log1p(sigmoid(beta * x))


_KOZKURT = Source(
    "Közkurt, Kılıçarslan, Baş & Elen", 2023, "αSechSig and αTanhSig: two novel non-monotonic activation functions",
    doi="10.1007/s00500-023-09279-2", venue="Soft Computing", checked="survey, other code"
)  # fmt: skip


@activation(
    family="gated",
    title="SechSig",
    source=_KOZKURT,
    stable_derivative=lambda x: sigmoid(x) * (1 - sech(x) * tanh(x) + (x + sech(x)) * sigmoid(-x)),
)
def sechsig(x):
    """x plus its hyperbolic secant, times sigmoid(x)."""
    return (x + sech(x)) * sigmoid(x)


@activation(
    family="gated",
    title="Parametric SechSig",
    aliases=("parametric sechsig",),
    note="Not SechSig for a = 1: a also shifts the secant.",
    source=_KOZKURT,
    stable_derivative=lambda x, a: (
        sigmoid(x) * (1 - a * sech(x + a) * tanh(x + a) + (x + a * sech(x + a)) * sigmoid(-x))
    ),
    exceptions={"float64": (4.0, "for a < -2 the terms of the slope cancel where x is about 1")},
)
def psechsig(x, a=Parameter(1.0)):
    """SechSig with its secant scaled and shifted by a."""
    return (x + a * sech(x + a)) * sigmoid(x)


@activation(
    family="gated",
    title="TanhSig",
    source=_KOZKURT,
    stable_derivative=lambda x: sigmoid(x) * (1 + sech(x) ** 2 + (x + tanh(x)) * sigmoid(-x)),
)
def tanhsig(x):
    """x plus its tanh, times sigmoid(x)."""
    return (x + tanh(x)) * sigmoid(x)


@activation(
    family="gated",
    title="Parametric TanhSig",
    aliases=("parametric tanhsig",),
    note="Not TanhSig for a = 1: a also shifts the tanh.",
    source=_KOZKURT,
    stable_derivative=lambda x, a: sigmoid(x) * (1 + a * sech(x + a) ** 2 + (x + a * tanh(x + a)) * sigmoid(-x)),
)
def ptanhsig(x, a=Parameter(1.0)):
    """TanhSig with its tanh scaled and shifted by a."""
    return (x + a * tanh(x + a)) * sigmoid(x)


_PSERF = Source(
    "Biswas, Kumar, Banerjee & Pandey", 2021, "ErfAct and Pserf: Non-monotonic Smooth Trainable Activation Functions",
    arxiv="2109.04386", checked="survey, other code"
)  # fmt: skip


def _pserf_slope(x, gamma, delta):
    u = delta * x
    s = gamma * softplus(u)
    tail = gamma * (2 / sqrt(pi)) * exp(u) * (1 + u)
    return where(u < -40, tail, erf(s) + x * (gamma * delta * (2 / sqrt(pi) * exp(-(s**2)) * sigmoid(u))))


@activation(
    family="gated",
    title="Parametric Serf",
    aliases=("parametric serf",),
    source=_PSERF,
    stable_derivative=_pserf_slope,
)
def pserf(x, gamma=Parameter(1.25, learnable=True), delta=Parameter(0.85, learnable=True)):
    """Serf with two learned scales, of the softplus and of x inside it."""
    return x * erf(gamma * softplus(delta * x))


SURVEY = "as cited by Kunc & Klema 2024, arXiv:2402.09092"


_PSGU = Source(
    "Li & others", 2021, "PSGU: Parametric self-circulation gating unit for deep neural networks", venue=SURVEY,
    checked="survey, other code"
)  # fmt: skip


def _psgu_slope(x, alpha=1):
    u = alpha * sigmoid(x)
    return where(x < -40, alpha * exp(x) * (1 + x), tanh(u) + x * (sech(u) ** 2 * (u * sigmoid(-x))))


@activation(
    family="gated",
    title="Parameterized self-circulating gating unit",
    aliases=("parametric self-circulating gating unit", "tsrelul", "tsrelu learnable"),
    note="The learnable TSReLU of Mercioni, Tat & Holban is the same function and starts at alpha = 0.5.",
    source=_PSGU,
    stable_derivative=_psgu_slope,
)
def psgu(x, alpha=Parameter(1.0, learnable=True)):
    """x times the tanh of a scaled sigmoid."""
    return x * tanh(alpha * sigmoid(x))


@activation(
    family="gated",
    title="Tangent-sigmoid ReLU",
    aliases=("tangent sigmoid relu",),
    source=Source("Mercioni, Tat & Holban", venue=SURVEY, checked="survey, other code"),
    stable_derivative=_psgu_slope,
)
def tsrelu(x):
    """x times the tanh of its sigmoid."""
    return x * tanh(sigmoid(x))


@activation(
    family="gated",
    title="Tangent-bipolar-sigmoid ReLU",
    aliases=("tangent bipolar sigmoid relu",),
    note="The bipolar sigmoid (1 - exp(-x))/(1 + exp(-x)) is tanh(x/2). An even function.",
    source=Source("Mercioni, Tat & Holban", venue=SURVEY, checked="survey, other code"),
)
def tbsrelu(x):
    """x times the tanh of the bipolar sigmoid."""
    return x * tanh(tanh(x / 2))


OURS = THREE_DECADES


@activation(
    family="gated",
    title="Parametric shifted SiLU",
    aliases=("parametric shifted silu",),
    note="Named in the survey; its own source was not seen.",
    source=Source("Kunc & Klema", 2024, OURS, arxiv="2402.09092", checked="survey, other code"),
    stable=lambda x, a, b: x * ((sigmoid(a * x) - b) / (1 - b)),
    stable_derivative=lambda x, a, b: (sigmoid(a * x) * (1 + a * x * sigmoid(-a * x)) - b) / (1 - b),
    exceptions={"float64": (1.5, "1 - b is rounded, and the gate is a difference")},
)
def pssilu(x, a=Parameter(1.0, learnable=True), b=Parameter(0.1, below=1.0, learnable=True)):
    """Swish whose gate is lowered by b and stretched back to end at 1."""
    return x * (sigmoid(a * x) - b) / (1 - b)


def _silu_slope(x):
    return sigmoid(x) * (1 + x * sigmoid(-x))


@activation(
    family="gated",
    title="Parametric scaled tanh",
    aliases=("parametric scaled hyperbolic tangent", "parametric scaled tanh"),
    note="Equals 2 alpha x sigmoid(2 beta x), a scaled swish; the defaults, ours, give SiLU. Its own source was not seen.",
    source=Source("Kunc & Klema", 2024, OURS, arxiv="2402.09092", checked="survey, other code"),
    stable=lambda x, alpha, beta: x * (2 * alpha * sigmoid(2 * beta * x)),
    stable_derivative=lambda x, alpha, beta: 2 * alpha * _silu_slope(2 * beta * x),
)
def pstanh(x, alpha=Parameter(0.5, learnable=True), beta=Parameter(0.5, learnable=True)):
    """x times a scaled tanh gate."""
    return x * alpha * (1 + tanh(beta * x))


_QUAD_GELU = Source(
    "Li & others", 2022, "MPCFormer: fast, performant and private Transformer inference with MPC", arxiv="2211.01452",
    checked="paper"
)  # fmt: skip


@activation(
    family="gated",
    title="Quadratic GELU",
    aliases=("mpcformer quad",),
    use="Transformers under secure multiparty computation.",
    weakness="Near GELU only on a small interval; not zero at 0.",
    source=_QUAD_GELU,
    stable=lambda x: x * (x / 8 + 1 / 4) + 1 / 2,
    stable_derivative=lambda x: x / 4 + 1 / 4,
)
def quad_gelu(x):
    """A parabola in the place of GELU."""
    return 0.125 * x**2 + 0.25 * x + 0.5


_QUICK_GELU = Source(
    "Hendrycks & Gimpel", 2016, "Gaussian Error Linear Units (GELUs)", arxiv="1606.08415", checked="paper, framework"
)  # fmt: skip


@activation(
    family="gated",
    core=True,
    weakness="Only near GELU: weights of one do not fit the other.",
    title="GELU, sigmoid approximation",
    aliases=("gelu_sigmoid", "gelu sigmoid approximation"),
    use="Reproducing CLIP.",
    source=_QUICK_GELU,
    stable_derivative=lambda x: _silu_slope(1.702 * x),
)
def quick_gelu(x):
    """GELU with its normal distribution function replaced by a sigmoid."""
    return x * sigmoid(1.702 * x)


_REHSEC = Source(
    "Samatin Njikam & Zhao", 2016, "A novel activation function for multilayer feed-forward neural networks",
    doi="10.1007/s10489-015-0744-0", venue="Applied Intelligence 45(1)", checked="survey, other code"
)  # fmt: skip


@activation(
    family="gated",
    title="Rectified hyperbolic secant",
    aliases=("rectified hyperbolic secant", "resech"),
    source=_REHSEC,
    stable_derivative=lambda x: sech(x) * (1 - x * tanh(x)),
)
def rehsec(x):
    """x times its hyperbolic secant: odd, and fades on both sides."""
    return x * sech(x)


_SAU = Source(
    "Biswas, Kumar, Banerjee & Pandey", 2021,
    "SAU: Smooth activation function using convolution with approximate identities", arxiv="2109.13210",
    checked="survey, other code, derivation"
)  # fmt: skip


def _sau_slope(x, alpha, b):
    near = (1 + alpha) / 2 + (1 - alpha) / 2 * erf(b * x / sqrt(2))
    return where(abs(b * x) < 1, near, alpha + (1 - alpha) * normcdf(b * x))


def _sau_stable(x, alpha, b):
    return alpha * x + (1 - alpha) * where(b * x < -45, 0, x * normcdf(b * x) + normpdf(b * x) / b)


@activation(
    family="gated",
    title="Smooth activation unit",
    aliases=("smooth activation unit",),
    note="Leaky ReLU of slope alpha convolved with the density of N(0, 1/b^2). Copies without 1 - alpha on the Gaussian term are wrong.",
    source=_SAU,
    stable=_sau_stable,
    stable_derivative=_sau_slope,
    exceptions={"float64": (4.0, "for alpha = 0 the left tail is a difference")},
    stable_partials={"b": lambda x, alpha, b: -((1 - alpha) * normpdf(b * x) / b / b)},
)
def sau(x, alpha=Parameter(0.15, learnable=True), b=Parameter(1.0, above=0.0, learnable=True)):
    """Leaky ReLU smoothed by a Gaussian."""
    return (1 + alpha) * x / 2 + (1 - alpha) / 2 * (
        sqrt(2 / pi) / b * exp(-((b * x) ** 2) / 2) + x * erf(b * x / sqrt(2))
    )


_SCALED_SILU = Source(
    "Gasteiger, Becker & Günnemann", 2021, "GemNet: Universal Directional Graph Neural Networks for Molecules",
    arxiv="2106.08903", checked="authors' code"
)  # fmt: skip


@activation(
    family="gated",
    title="Scaled SiLU",
    use="GemNet and other networks for molecules.",
    source=_SCALED_SILU,
    stable_derivative=lambda x: _silu_slope(x) / 0.6,
)
def scaled_silu(x):
    """SiLU divided by 0.6, which keeps the variance of a normal input."""
    return x * sigmoid(x) / 0.6


_SELF_ARCTAN = Source(
    "Akman, Sivri & Berkol", 2025,
    "The Impact of Irrationals on the Range of Arctan Activation Function for Deep Learning Models",
    doi="10.19072/ijet.1394093", checked="survey, other code"
)  # fmt: skip


@activation(
    family="gated",
    title="Self arctan",
    note="An even function.",
    source=_SELF_ARCTAN,
)
def self_arctan(x):
    """x times its arctangent."""
    return x * atan(x)


_SGELU = Source(
    "Yu & Su", 2019, "Symmetrical Gaussian Error Linear Units (SGELUs)", arxiv="1911.03925",
    checked="survey, other code"
)  # fmt: skip


@activation(
    family="gated",
    title="Symmetrical GELU",
    aliases=("symmetrical gelu", "symmetrical gaussian error linear unit"),
    note="An even function.",
    source=_SGELU,
)
def sgelu(x, alpha=Parameter(1.0)):
    """x times an error function."""
    return alpha * x * erf(x / sqrt(2))


_SINLU = Source(
    "Paul, Bandyopadhyay, Yoon, Geem & Sarkar", 2022, "SinLU: Sinu-Sigmoidal Linear Unit", doi="10.3390/math10030337",
    venue="Mathematics 10(3)", checked="paper, survey, other code"
)  # fmt: skip


@activation(
    family="gated",
    title="Sinu-sigmoidal linear unit",
    aliases=("sinu-sigmoidal linear unit",),
    source=_SINLU,
    stable_derivative=lambda x, a, b: sigmoid(x) * (1 + a * b * cos(b * x) + (x + a * sin(b * x)) * sigmoid(-x)),
)
def sinlu(x, a=Parameter(1.0, learnable=True), b=Parameter(1.0, learnable=True)):
    """x plus a sine wave, times sigmoid(x)."""
    return (x + a * sin(b * x)) * sigmoid(x)


_SINSIG = Source(
    "Douge, Berrahou, Talibi Alaoui & Talibi Alaoui", 2021,
    "A Self-gated Activation Function SINSIG Based on the Sine Trigonometric for Neural Network Models",
    doi="10.1007/978-3-030-70866-5_15", venue="MLN 2020", checked="survey, other code"
)  # fmt: skip


def _sinsig_slope(x):
    """The cosine of the angle is the sine of its complement."""
    s, q = sigmoid(x), sigmoid(-x)
    return where(x < -40, pi / 2 * exp(x) * (1 + x), sin(pi / 2 * s) + x * (pi / 2 * (s * q) * sin(pi / 2 * q)))


@activation(
    family="gated",
    title="SinSig",
    source=_SINSIG,
    stable_derivative=_sinsig_slope,
)
def sinsig(x):
    """x times the sine of a quarter turn times its sigmoid."""
    return x * sin(pi / 2 * sigmoid(x))


_SMISH = Source(
    "Wang, Ren & Wang", 2022, "Smish: A Novel Activation Function for Deep Learning Methods",
    doi="10.3390/electronics11040540", venue="Electronics 11(4)", checked="survey, other code"
)  # fmt: skip


def _smish_slope(x):
    s = sigmoid(x)
    t = log1p(s)
    return where(x < -40, exp(x) * (1 + x), tanh(t) + x * (sech(t) ** 2 * (s * sigmoid(-x) / (1 + s))))


@activation(
    family="gated",
    title="Smish",
    note="The paper has alpha x tanh(log(1 + sigmoid(beta x))) and recommends alpha = beta = 1.",
    source=_SMISH,
    stable_derivative=_smish_slope,
)
def smish(x):
    """x times tanh(log(1 + sigmoid(x)))."""
    return x * tanh(log1p(sigmoid(x)))


_SMU = Source(
    "Biswas, Kumar, Banerjee & Pandey", 2021,
    "SMU: smooth activation function for deep networks using smoothing maximum technique", arxiv="2111.04682",
    venue="CVPR 2022", checked="survey, other code"
)  # fmt: skip


def _smu_slope(x, alpha, mu):
    v = mu * ((1 - alpha) * x)
    bump = v * exp(-(v**2) / 2) * (exp(-(v**2) / 2) / sqrt(pi))  # halves, which do not underflow before it
    near = (1 + alpha) / 2 + (1 - alpha) * (erf(v) / 2 + bump)
    return where(abs(v) < 1 / 2, near, alpha + (1 - alpha) * where(v < -27.2, bump, erfc(-v) / 2 + bump))


def _smu_stable(x, alpha, mu):
    """erfc keeps the left tail, which is all there is for alpha = 0."""
    w = (1 - alpha) * x
    near = x * ((1 + alpha) / 2 + (1 - alpha) / 2 * erf(mu * w))
    return where(abs(mu * w) < 1 / 2, near, alpha * x + where(mu * w < -30, 0, w * (erfc(-(mu * w)) / 2)))


@activation(
    family="gated",
    title="Smooth maximum unit",
    aliases=("smooth maximum unit",),
    note="Leaky ReLU with |u| = u erf(mu u). Public code starts at mu = 1e6, all but leaky ReLU; GELU is alpha = 0, mu = 1/sqrt(2).",
    source=_SMU,
    stable=_smu_stable,
    stable_derivative=_smu_slope,
)
def smu(x, alpha=Parameter(0.25, learnable=True), mu=Parameter(1.0, learnable=True)):
    """Leaky ReLU smoothed by an error function."""
    return ((1 + alpha) * x + (1 - alpha) * x * erf(mu * (1 - alpha) * x)) / 2


def _smooth_relu(w, mu):
    """(w + hypot(w, mu))/2; for negative w its conjugate."""
    h = hypot(w, mu)
    return where(w >= 0, w / 2 + h / 2, mu / 4 * (mu / maximum(h / 2 - w / 2, 5e-324)))


def _smu1_slope(x, alpha, mu):
    w = (1 - alpha) * x
    h = hypot(w, mu)
    near = (1 + alpha) / 2 + (1 - alpha) * (where(equal(h, 0), 0, w / h) / 2)
    return where(w >= -abs(mu), near, alpha + (1 - alpha) * (_smooth_relu(w, mu) / h))


@activation(
    family="gated",
    title="Smooth maximum unit 1",
    aliases=("smooth maximum unit 1",),
    note="Leaky ReLU with |u| = sqrt(u^2 + mu^2). Public code starts at mu = 4.35e-9, all but leaky ReLU.",
    source=_SMU,
    stable=lambda x, alpha, mu: alpha * x + _smooth_relu((1 - alpha) * x, mu),
    stable_derivative=_smu1_slope,
)
def smu1(x, alpha=Parameter(0.25, learnable=True), mu=Parameter(0.5, learnable=True)):
    """Leaky ReLU smoothed by a hyperbola."""
    return ((1 + alpha) * x + sqrt(((1 - alpha) * x) ** 2 + mu**2)) / 2


_SRS = Source(
    "Zhou, Li, Huo & Kung", 2020, "Soft-Root-Sign Activation Function", arxiv="2003.00547",
    checked="survey, other code"
)  # fmt: skip


def _srs_slope(x, alpha, beta):
    q = exp(-abs(x) / beta)
    d = where(x < 0, 1 + x * q / alpha, x / alpha + q)
    return q / d * ((1 + x / beta) / d)


def _srs_stable(x, alpha, beta):
    q = exp(-abs(x) / beta)
    return where(x < 0, x * q / (1 + x * q / alpha), x / (x / alpha + q))


@activation(
    family="gated",
    title="Soft-root-sign",
    aliases=("soft root sign",),
    note="Has poles left of zero where beta >= e alpha.",
    source=_SRS,
    stable=_srs_stable,
    stable_derivative=_srs_slope,
)
def srs(x, alpha=Parameter(2.0, above=0.0, learnable=True), beta=Parameter(3.0, above=0.0, learnable=True)):
    """Bounded and not monotone: tends to alpha, and to 0 on the left."""
    return x / (x / alpha + exp(-x / beta))


_VERMA = Source(
    "Verma, Chug & Singh", 2023,
    "Revisiting activation functions: empirical evaluation for image understanding and classification",
    doi="10.1007/s11042-023-16159-2", venue="Multimedia Tools and Applications", checked="survey, other code"
)  # fmt: skip


def _swat_slope(x):
    """Far out its limits, which the sigmoid of a rounded pi/2 misses by a little."""
    s = sigmoid(atan(x))
    near = s * (1 + x * (sigmoid(-atan(x)) * (1 / hypot(1, x)) ** 2))
    return where(abs(x) > 1e9, where(x > 0, 0.8278971013163362, 0.17210289868366377), near)


@activation(
    family="gated",
    title="SwAT",
    source=_VERMA,
    stable_derivative=_swat_slope,
)
def swat(x):
    """x times the sigmoid of its arctangent."""
    return x * sigmoid(atan(x))


@activation(
    family="gated",
    title="Tanh of SiLU",
    aliases=("hyperbolic tangent silu", "hyperbolic tangent sigmoid-weighted linear unit"),
    note="The survey's reading: as printed in the paper, it says, the formula is always 0.",
    source=_VERMA,
    stable_derivative=lambda x: sech(x * sigmoid(x)) ** 2 * _silu_slope(x),
)
def tsilu(x):
    """The tanh of SiLU."""
    return tanh(x * sigmoid(x))


_SWIM = Source(
    "Abdool & Dear", 2023,
    "Swim: A General-Purpose, High-Performing, and Efficient Activation Function for Locomotion Control Tasks",
    arxiv="2303.02640", checked="survey, other code"
)  # fmt: skip


def _rest(x):
    """1/(1 + x^2), by the shorter way where nothing overflows."""
    return where(abs(x) < 1e9, 1 / (1 + x**2), (1 / hypot(1, x)) ** 2)


def _swim_ratio(x):
    return where(abs(x) < 3.4e38, x / hypot(1, x), where(x > 0, 1, -1))


def _swim_gate(x, k):
    """1 + k x/h, h^2 = 1 + x^2; by its conjugate where it is a difference."""
    r = _swim_ratio(x)
    return where(k * r < 0, (_rest(x) + (1 - k) * (1 + k) * r**2) / (1 - k * r), 1 + k * r)


@activation(
    family="gated",
    title="Swim",
    source=_SWIM,
    stable=lambda x, k: x * (_swim_gate(x, k) / 2),
    stable_derivative=lambda x, k: (_swim_gate(x, k) + k * _swim_ratio(x) * _rest(x)) / 2,
    exceptions={"float64": (1.5, "for |k| > 1 the gate is a difference")},
)
def swim(x, k=Parameter(0.5)):
    """x times an algebraic gate between (1 - k)/2 and (1 + k)/2."""
    return x * (1 + k * x / sqrt(1 + x**2)) / 2


def _swish_plus_gate(x, eps):
    """(1 + x/h)/2; for negative x its conjugate."""
    h = hypot(x, sqrt(eps))
    return where(x < 0, eps / 2 / h / (h - x), 1 / 2 + x / h / 2)


def _swish_plus_slope(x, eps):
    r = x / hypot(x, sqrt(eps))
    return _swish_plus_gate(x, eps) * (1 + r - r**2)


def _swish_plus_stable(x, eps):
    """The product with the gate could underflow on its way."""
    h = hypot(x, sqrt(eps))
    return where(x < 0, x / h * (eps / 4 / (h / 2 - x / 2)), x * (1 / 2 + x / h / 2))


@activation(
    family="gated",
    title="SwishPlus",
    note="x times StepPlus; the default of eps is ours.",
    source=Source("Pan & others", venue=f"openreview.net/forum?id=ZPtQ83t7ob, {SURVEY}", checked="survey, other code"),
    stable=_swish_plus_stable,
    stable_derivative=_swish_plus_slope,
    exceptions={"float64": (1.5, "a quotient of several roundings on the left")},
)
def swish_plus(x, eps=Parameter(0.01, above=0.0)):
    """ReLU-like: x times an algebraic step whose width is set by eps."""
    return (x + x**2 / sqrt(x**2 + eps)) / 2


_SWISHT = Source(
    "Seo, Kim & Park", 2024,
    "Swish-T: Enhancing Swish Activation with Tanh Bias for Improved Neural Network Performance", arxiv="2407.01012",
    checked="paper, other code"
)  # fmt: skip


def _swisht_slope(x, alpha, beta):
    """Far left with the sigmoid taken out of both terms."""
    s, grows = sigmoid(beta * x), beta * x * sigmoid(-beta * x)
    tail = s * (1 + grows + 4 * alpha * (exp(2 * x) + exp((2 - beta) * x)))
    return where(maximum(x + 40, beta - 2) < 0, tail, s * (1 + grows) + alpha * sech(x) ** 2)


@activation(
    family="gated",
    title="Swish-T",
    note="The general form; the variants A, B and C of the paper are others.",
    source=_SWISHT,
    stable_derivative=_swisht_slope,
    exceptions={"float64": (4.0, "for alpha < 0 the two terms cancel")},
)
def swisht(x, alpha=Parameter(0.1), beta=Parameter(1.0, learnable=True)):
    """Swish plus a small tanh."""
    return x * sigmoid(beta * x) + alpha * tanh(x)


_TANHEXP = Source(
    "Liu & Di", 2020,
    "TanhExp: A Smooth Activation Function with High Convergence Speed for Lightweight Neural Networks",
    arxiv="2003.09855",
    also="Fernandez & Mali 2024, TeLU Activation Function for Fast and Stable Deep Learning, arXiv:2412.20269",
    checked="survey, other code"
)  # fmt: skip


def _tanhsoft2_slope(x, beta, gamma):
    u = beta * exp(minimum(gamma * x, 700))
    return where(abs(u) < 1e-10, u * (1 + gamma * x), tanh(u) + x * (gamma * (u * sech(u) ** 2)))


@activation(
    family="gated",
    title="TanhExp",
    aliases=("tanh exponential activation", "telu", "telu (2024)", "telu 2024"),
    note="Published again in 2024 as TeLU; the TeLU of 2021 is another function.",
    source=_TANHEXP,
    stable_derivative=lambda x: _tanhsoft2_slope(x, 1, 1),
)
def tanhexp(x):
    """x times tanh(exp(x))."""
    return x * tanh(exp(x))


_TANHSOFT, _TANHSOFT3 = (
    Source(
        "Biswas, Kumar, Banerjee & Pandey", 2020,
        "TanhSoft - a family of activation functions combining Tanh and Softplus", arxiv="2009.03863",
        also="Biswas & others 2021, TanhSoft - Dynamic Trainable Activation Functions for Faster Learning and Better "
        "Performance, IEEE Access", checked=checked
    )
    for checked in ("paper, survey, other code", "survey, other code")
)  # fmt: skip


_TANHSOFT, _TANHSOFT3 = (
    Source(
        "Biswas, Kumar, Banerjee & Pandey", 2020,
        "TanhSoft - a family of activation functions combining Tanh and Softplus", arxiv="2009.03863",
        also="Biswas & others 2021, TanhSoft - Dynamic Trainable Activation Functions for Faster Learning and Better "
        "Performance, IEEE Access", checked=checked
    )
    for checked in ("paper, survey, other code", "survey, other code")
)  # fmt: skip


def _log_of_sum(x, d):
    """log(d + exp(x)) with the larger term taken out."""
    less = log(maximum(d, 5e-324)) + log1p(exp(x) / maximum(d, 5e-324))
    return where(equal(d, 0), x, where(d > exp(x), less, x + log1p(d * exp(-x))))


def _tanhsoft_angle(x, a, b, c):
    """a x + b exp(c x), held where the exponential has long won."""
    return a * where(b > 0, minimum(x, 700 / c), x) + b * exp(minimum(c * x, 700))


def _tanhsoft_slope(x, a, b, c, d):
    big, size = b * exp(minimum(c * x, 700)), _log_of_sum(x, d)
    share = where(equal(d, 0), 1, where(x < 0, exp(x) / (d + exp(x)), 1 / (1 + d * exp(-x))))
    u = _tanhsoft_angle(x, a, b, c)
    plain = tanh(u) * share + sech(u) ** 2 * ((a + c * big) * size)
    return where(maximum(abs(a), u - 1e-10) <= 0, big * (share + c * size), plain)


def _tanhsoft_stable(x, a, b, c, d):
    return tanh(_tanhsoft_angle(x, a, b, c)) * _log_of_sum(x, d)


@activation(
    family="gated",
    title="TanhSoft family",
    aliases=("tanhsoft family",),
    note="The paper has a <= 1 and d <= 1. The defaults are its x tanh(0.6 exp(x)).",
    source=_TANHSOFT,
    stable=_tanhsoft_stable,
    stable_derivative=_tanhsoft_slope,
    exceptions={"float64": (1.5, "for d > 0 the terms of the slope cancel left of zero")},
)
def tanhsoft(
    x,
    a=Parameter(0.0, learnable=True),
    b=Parameter(0.6, low=0.0, learnable=True),
    c=Parameter(1.0, above=0.0, learnable=True),
    d=Parameter(0.0, low=0.0),
):
    """Tanh of a line and an exponential, times a shifted softplus."""
    return tanh(a * x + b * exp(c * x)) * log(d + exp(x))


def _tanhsoft1_slope(x, alpha):
    t = tanh(alpha * x)
    q = alpha * _square_of_sech(alpha * x)
    return where(x < -40, exp(x) * (t + q), q * softplus(x) + t * sigmoid(x))


@activation(
    family="gated",
    title="TanhSoft-1",
    source=_TANHSOFT,
    stable_derivative=_tanhsoft1_slope,
    exceptions={"float64": (2.0, "left of zero the terms of the slope cancel")},
)
def tanhsoft1(x, alpha=Parameter(0.87, learnable=True)):
    """Tanh times softplus."""
    return tanh(alpha * x) * softplus(x)


@activation(
    family="gated",
    title="TanhSoft-2",
    source=_TANHSOFT,
    stable_derivative=_tanhsoft2_slope,
)
def tanhsoft2(x, beta=Parameter(0.6, learnable=True), gamma=Parameter(1.0, learnable=True)):
    """TanhExp with two scales."""
    return x * tanh(beta * exp(gamma * x))


def _tanhsoft3_slope(x, alpha):
    t, q = tanh(alpha * x), exp(-abs(x))
    d = t + alpha * _square_of_sech(alpha * x)
    return where(x > 0, d / (q + t), q * d / (1 + q * t))


def _tanhsoft3_stable(x, alpha):
    t = tanh(alpha * x)
    return where(x > 1, x + log(t + exp(-x)), log1p(exp(x) * t))


@activation(
    family="gated",
    title="TanhSoft-3",
    note="Not a member of the TanhSoft family, although named after it.",
    source=_TANHSOFT3,
    stable=_tanhsoft3_stable,
    stable_derivative=_tanhsoft3_slope,
)
def tanhsoft3(x, alpha=Parameter(0.99, above=0.0, learnable=True)):
    """Softplus whose exponential is gated by a tanh."""
    return log(1 + exp(x) * tanh(alpha * x))


_TS_SWISH = Source(
    "Koçak & Üstündağ Şiray", 2021, "New activation functions for single layer feedforward neural network",
    venue="Expert Systems with Applications 164", checked="survey, other code"
)  # fmt: skip


def _ts_swish_slope(x, a, b):
    s, q = sigmoid(x), sigmoid(-x)
    first, second = sigmoid(x - a) * (1 + x * (q + sigmoid(a - x))), sigmoid(x - b) * (1 + x * (q + sigmoid(b - x)))
    return s * (s * (1 + 2 * x * q) + first + second)


@activation(
    family="gated",
    title="Triple-state swish",
    aliases=("triple state swish",),
    note="Also called TSS, as is the triple-state sigmoid.",
    source=_TS_SWISH,
    stable_derivative=_ts_swish_slope,
)
def ts_swish(x, a=Parameter(1.0), b=Parameter(2.0)):
    """SiLU times a sum of three sigmoids, in steps at 0, a and b."""
    return x * sigmoid(x) * (sigmoid(x) + sigmoid(x - a) + sigmoid(x - b))


_HUANG = Source(
    "Huang", 2024, "Expanded Gating Ranges Improve Activation Functions", arxiv="2405.20768", checked="paper"
)


# atan(v) - v/(1 + v^2) = v^3 (2/3 - 4/5 v^2 + 6/7 v^4 - ...)
_ATAN_REST = tuple((-1) ** k * 2 * (k + 1) / (2 * k + 3) for k in range(16))


def _atan_gate(x):
    """atan(x)/pi + 1/2; for negative x by the complement."""
    return where(x < -1, atan(-1 / minimum(x, -1)) / pi, atan(x) / pi + 1 / 2)


def _xatlu_slope(x, alpha):
    v = -1 / minimum(x, -4)
    g = where(x < -4, v**3 * polynomial(_ATAN_REST, v**2) / pi, _atan_gate(x) + x * (1 / hypot(1, x)) ** 2 / pi)
    return g + alpha * (2 * g - 1)


def _xatlu_stable(x, alpha):
    """Left of -1 the limit -1/pi of the Cauchy unit is kept apart from what grows."""
    left = where(x < -1e9, -1 / pi, x * (atan(-1 / minimum(x, -1)) / pi))
    return where(x < -1, left + alpha * (2 * left - x), x * (_atan_gate(x) + alpha * (2 / pi * atan(x))))


@activation(
    family="gated",
    title="Expanded arctan linear unit",
    aliases=("expanded arctan linear unit", "expanded atlu"),
    note="ATLU, the Cauchy linear unit, is alpha = 0.",
    source=_HUANG,
    stable=_xatlu_stable,
    stable_derivative=_xatlu_slope,
)
def xatlu(x, alpha=Parameter(0.0, learnable=True)):
    """x times an arctan gate between -alpha and 1 + alpha."""
    return x * ((atan(x) + pi / 2) / pi * (1 + 2 * alpha) - alpha)


@activation(
    family="gated",
    title="Expanded GELU",
    aliases=("expanded gelu",),
    note="GELU for alpha = 0.",
    source=_HUANG,
    stable=lambda x, alpha: x * (normcdf(x) + alpha * erf(x / sqrt(2))),
    stable_derivative=lambda x, alpha: _gelu_slope(x) + alpha * (2 * _gelu_slope(x) - 1),
)
def xgelu(x, alpha=Parameter(0.0, learnable=True)):
    """GELU with its gate stretched to [-alpha, 1 + alpha]."""
    return x * (normcdf(x) * (1 + 2 * alpha) - alpha)


@activation(
    family="gated",
    title="Expanded SiLU",
    aliases=("expanded silu",),
    note="SiLU for alpha = 0.",
    source=_HUANG,
    stable=lambda x, alpha: x * (sigmoid(x) + alpha * tanh(x / 2)),
    stable_derivative=lambda x, alpha: _silu_slope(x) + alpha * (2 * _silu_slope(x) - 1),
)
def xsilu(x, alpha=Parameter(0.0, learnable=True)):
    """SiLU with its gate stretched to [-alpha, 1 + alpha]."""
    return x * (sigmoid(x) * (1 + 2 * alpha) - alpha)
