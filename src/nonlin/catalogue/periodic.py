"""Waves."""

from dataclasses import replace
from math import factorial

from nonlin.catalogue._numerics import polynomial, sin_pi, to_whole, turns
from nonlin.catalogue._shared import THREE_DECADES
from nonlin.core import Parameter, Source, activation
from nonlin.ops import abs, cos, equal, floor, pi, sigmoid, sign, sin, where

# sin(x)/x = 1 - x^2/3! + x^4/5! - ...
_SINC = tuple((-1) ** k / factorial(2 * k + 1) for k in range(10))
_SINC_SLOPE = tuple((-1) ** k * 2 * k / factorial(2 * k + 1) for k in range(1, 11))


def _sinc_stable(x):
    """The plain quotient is exact, but its derivatives cancel near zero: the series serves there."""
    return where(abs(x) < 1, polynomial(_SINC, x**2), sin(x) / x)


def _sinc_slope(x):
    return where(abs(x) < 1, x * polynomial(_SINC_SLOPE, x**2), (cos(x) - sin(x) / x) / x)


@activation(
    family="periodic",
    core=True,
    title="Sine",
    aliases=(
        "sin",
        "sinusoid",
    ),
    use="Coordinate networks for images, sound and wave equations.",
    weakness="Many local minima; needs its own initialisation.",
    source=Source(
        "Sitzmann, Martel, Bergman, Lindell & Wetzstein",
        2020,
        "Implicit Neural Representations with Periodic Activation Functions",
        arxiv="2006.09661",
        venue="NeurIPS 2020",
        also="Parascandolo, Huttunen & Virtanen 2017, Taming the waves: sine as activation function in deep neural networks",
        checked="paper, survey",
    ),
    equivalents={
        "torch": "torch.sin(x)",
        "jax": "jax.numpy.sin(x)",
        "tensorflow": "tensorflow.math.sin(x)",
        "keras": "keras.ops.sin(x)",
    },
    calls=(
        "tensorflow.sin(x)",
        "onnx.Sin(x)",
    ),
)
def sine(x, omega=Parameter(1.0, meaning="angular frequency; SIREN uses 30")):
    """Periodic: sin(omega x)."""
    return sin(omega * x)


@activation(
    family="periodic",
    title="Sinc",
    aliases=(
        "cardinal sine",
        "unnormalized sinc",
        "unnormalised sinc",
    ),
    use="Signal models and band-limited coordinate networks.",
    weakness="Decays and oscillates, so the gradient changes sign again and again.",
    note="numpy.sinc, torch.sinc and the other library functions are sin(pi x)/(pi x).",
    source=Source(
        "Efe",
        2008,
        "Novel neuronal activation functions for feedforward neural networks",
        venue="Neural Processing Letters, 2008",
        checked="survey, definition",
    ),
    namesakes={
        "torch.sinc(x)": "where(x == 0, 1, sin(pi*x)/(pi*x))",
        "jax.numpy.sinc(x)": "where(x == 0, 1, sin(pi*x)/(pi*x))",
        "tensorflow.experimental.numpy.sinc(x)": "where(x == 0, 1, sin(pi*x)/(pi*x))",
    },
    stable=_sinc_stable,
    stable_derivative=_sinc_slope,
)
def sinc(x):
    """sin(x)/x, with value 1 at zero."""
    return where(equal(x, 0), 1, sin(x) / x)


RAHMAN = Source(
    "Ul Rahman & others",
    2023,
    "Amplifying Sine Unit: An Oscillatory Activation Function for Deep Neural Networks to Recover Nonlinear Oscillations Efficiently",
    arxiv="2304.09759",
    checked="survey, other code",
)


@activation(
    family="periodic",
    title="Amplifying sine unit",
    aliases=("asu",),
    source=RAHMAN,
)
def asu(x):
    """x times its own sine."""
    return x * sin(x)


ABBASI = Source(
    "Abbasi, Yaghoobi, Teshnehlab & Sharifi",
    2022,
    "Cascade chaotic neural network (CCNN): a new model",
    doi="10.1007/s00521-022-06912-3",
    venue="Neural Computing and Applications",
    checked="survey, other code",
)


def _cascade(x, a, b):
    """Where the outer sine is past its top, from its far zero: 1 - b s = (1 - b) + b (1 - s) without cancelling."""
    s = abs(sin_pi(x))
    rest = (1 - b) + b * (2 * sin(pi * (1 / 2 - to_whole(x)) / 2) ** 2)
    return a * (sign(sin_pi(x)) * where(b * s < 0.5, sin(pi * (b * s)), sin(pi * rest)))


def _cos_pi(x):
    """cos(pi x), exactly 0 halfway between whole numbers."""
    return sin(pi * (abs(turns(x) - 1) - 1 / 2))


@activation(
    family="periodic",
    title="Cascade chaotic activation",
    aliases=("CCAF", "cascade chaotic activation function"),
    note="One step of the map; the published units feed it from one neuron to the next.",
    source=ABBASI,
    stable=_cascade,
    stable_derivative=lambda x, a, b: a * (pi * b * cos(pi * (b * sin_pi(x))) * (pi * _cos_pi(x))),
)
def cascade_chaotic(x, a=Parameter(1.0, above=0.0, high=1.0), b=Parameter(1.0, above=0.0, high=1.0)):
    """A sine map applied to the output of another."""
    return a * sin(pi * b * sin(pi * x))


EGER = Source(
    "Eger, Youssef & Gurevych",
    2018,
    "Is it Time to Swish? Comparing Deep Learning Activation Functions Across NLP tasks",
    arxiv="1901.02671",
    venue="EMNLP 2018",
    checked="paper, other code",
)


def _one_plus_sin(u):
    """1 + sin(u), also next to its double zeros."""
    return where(sin(u) < 0, cos(u) ** 2 / (1 - sin(u)), 1 + sin(u))


def _tame(x):
    """For the sine beside a term that is far larger: an argument that stays finite."""
    return where(abs(x) < 1e30, x, 0)


@activation(
    family="periodic",
    title="Cosid",
    aliases=("cosine minus identity",),
    source=EGER,
    stable=lambda x: cos(_tame(x)) - x,
    stable_derivative=lambda x: -_one_plus_sin(x),
)
def cosid(x):
    """cos(x) less x."""
    return cos(x) - x


GALLANT = Source(
    "Gallant & White",
    1988,
    "There exists a neural network that does not make avoidable mistakes",
    venue="IEEE International Conference on Neural Networks, 1988",
    checked="paper",
)


@activation(
    family="periodic",
    title="Cosine squasher",
    aliases=("folding cosine", "raised cosine squasher"),
    source=GALLANT,
    stable=lambda x: where(x <= -pi / 2, 0, where(x >= pi / 2, 1, _one_plus_sin(x) / 2)),
    stable_derivative=lambda x: where(abs(x) < pi / 2, cos(x) / 2, 0),
)
def cosine_squasher(x):
    """Half a period of a cosine, rising from 0 to 1."""
    return where(x <= -pi / 2, 0, where(x >= pi / 2, 1, (1 + cos(x + 3 * pi / 2)) / 2))


NOEL = Source(
    "Noel, Bharadwaj, Muthiah-Nakarajan, Dutta & Amali",
    2021,
    "Biologically Inspired Oscillating Activation Functions Can Bridge the Performance Gap between Biological and Artificial Neurons",
    arxiv="2111.04020",
    checked="survey, derivation",
)


# sin(u)/u = 1 - u^2/3! + u^4/5! - ..., its slope, and (sin(u) - u)/u^3
_SINC = tuple((-1) ** k / factorial(2 * k + 1) for k in range(10))


def _dsu(x):
    """pi^2 sin(x)/(pi^2 - x^2); next to its removable points by the series of the sinc."""
    t, u = abs(x), pi - abs(x)
    series = pi**2 * polynomial(_SINC, u**2) / (pi + t)
    return where(abs(u) < 1.5, sign(x) * series, pi * (sin(x) / (pi - x) * (pi / (pi + x))))


_SINC_SLOPE = tuple((-1) ** k * 2 * k / factorial(2 * k + 1) for k in range(1, 11))


def _dsu_slope(x):
    t, u = abs(x), pi - abs(x)
    s, slope = polynomial(_SINC, u**2), u * polynomial(_SINC_SLOPE, u**2)
    near = -(pi**2) * (slope + s / (pi + t)) / (pi + t)
    p, q = pi / (pi - x), pi / (pi + x)
    return where(abs(u) < 1.5, near, p * (cos(x) + 2 * (x / (pi - x)) * (sin(x) / (pi + x))) * q)


@activation(
    family="periodic",
    title="Decaying sine unit",
    aliases=("DSU",),
    note="sinc is sin(u)/u; with numpy.sinc, as in some code, it is another function.",
    source=NOEL,
    stable=_dsu,
    stable_derivative=_dsu_slope,
)
def dsu(x):
    """Difference of two sincs; sine-like at zero, dying out as 1/x^2."""
    left = where(equal(x, pi), 1, sin(x - pi) / (x - pi))
    right = where(equal(x, -pi), 1, sin(x + pi) / (x + pi))
    return pi / 2 * (left - right)


FANN = Source(
    "Nissen",
    2003,
    "Implementation of a Fast Artificial Neural Network Library (FANN)",
    venue="University of Copenhagen (DIKU), report",
    checked="framework",
)


@activation(
    family="periodic",
    title="Sine between 0 and 1",
    aliases=("fann sine",),
    note="FANN's own steepness stands at x.",
    source=FANN,
    stable=lambda x: _one_plus_sin(x) / 2,
    stable_derivative=lambda x: cos(x) / 2,
)
def fann_sin(x):
    """Sine scaled and shifted into [0, 1]."""
    return sin(x) / 2 + 1 / 2


FINER = Source(
    "Liu & others",
    2024,
    "FINER: Flexible spectral-bias tuning in Implicit NEural Representation by Variable-periodic Activation Functions",
    arxiv="2312.02434",
    venue="CVPR 2024",
    checked="paper",
)


def _finer_parts(x, omega):
    """The argument in two parts, the first from so few digits of x that no product rounds: a sine needs them all.

    u < 2u + 1 is false where u has overflowed, in a framework's float32; any phase will do there."""
    t = abs(x)
    h = where(t < 1e15, floor(1024 * t) / 1024, t)
    p, q = omega * (sign(x) * h**2), omega * (x + sign(x) * ((t - h) * where(t < 1e15, t + h, 0)))
    return where(abs(p) < 2 * abs(p) + 1, p, pi), where(abs(q) < 2 * abs(q) + 1, q, x)


def _finer(x, omega):
    p, q = _finer_parts(x, omega)
    return where(abs(x) < 1 / 64, sin(omega * (abs(x) + 1) * x), sin(p) * cos(q) + cos(p) * sin(q))


def _finer_slope(x, omega):
    p, q = _finer_parts(x, omega)
    wave = where(abs(x) < 1 / 64, cos(omega * (abs(x) + 1) * x), cos(p) * cos(q) - sin(p) * sin(q))
    return wave * (omega * (2 * abs(x) + 1))


@activation(
    family="periodic",
    title="FINER variable-periodic sine",
    source=FINER,
    stable=_finer,
    stable_derivative=_finer_slope,
)
def finer(x, omega=Parameter(30.0, above=0.0, meaning="angular frequency at zero")):
    """Sine whose frequency grows with the distance from zero."""
    return sin(omega * (abs(x) + 1) * x)


LIAO = Source(
    "Liao", 2020, "Trainable Activation Function in Image Classification", arxiv="2004.13271", checked="other code"
)


def _fourier(x, a0, b1, c1, b2, c2, d):
    """The second wave from the first: 2 d x could overflow."""
    c, s = cos(d * x), sin(d * x)
    return a0 + b1 * c + c1 * s + b2 * ((c - s) * (c + s)) + c2 * (2 * s * c)


def _fourier_slope(x, a0, b1, c1, b2, c2, d):
    c, s = cos(d * x), sin(d * x)
    return d * (c1 * c - b1 * s + 2 * c2 * ((c - s) * (c + s)) - 4 * b2 * (s * c))


@activation(
    family="periodic",
    title="Fourier series activation",
    aliases=("FSA",),
    source=LIAO,
    stable=_fourier,
    stable_derivative=_fourier_slope,
)
def fourier_series_act(
    x, a0=Parameter(0.0, learnable=True), b1=Parameter(0.0, learnable=True), c1=Parameter(1.0, learnable=True),
    b2=Parameter(0.0, learnable=True), c2=Parameter(0.0, learnable=True), d=Parameter(1.0, learnable=True),
):  # fmt: skip
    """Learned Fourier series, here of rank 2; in the paper of rank 5."""
    return a0 + b1 * cos(d * x) + c1 * sin(d * x) + b2 * cos(2 * d * x) + c2 * sin(2 * d * x)


@activation(
    family="periodic",
    title="Growing cosine unit",
    source=Source(
        "Noel, Trivedi & Dutta",
        2021,
        "Growing Cosine Unit: A Novel Oscillatory Activation Function That Can Speedup Training and Reduce Parameters in Convolutional Neural Networks",
        arxiv="2108.12943",
        checked="paper, survey, other code",
    ),
)
def gcu(x):
    """x times its own cosine."""
    return x * cos(x)


SURVEY = Source(
    "Kunc & Klema",
    2024,
    THREE_DECADES,
    arxiv="2402.09092",
    checked="survey, other code",
)


@activation(
    family="periodic",
    title="One minus cosine",
    aliases=("versine",),
    note="The survey and code made from it call this one cosine.",
    source=SURVEY,
    stable=lambda x: 2 * sin(x / 2) ** 2,
    stable_derivative=lambda x: sin(x),
)
def one_minus_cos(x):
    """1 less cos(x): from 0 to 2."""
    return 1 - cos(x)


@activation(
    family="periodic",
    title="Sine of pi x",
    aliases=("normalised sine", "normalized sine"),
    source=SURVEY,
    stable=sin_pi,
    stable_derivative=lambda x: pi * _cos_pi(x),
)
def sin_pi(x):
    """Sine with the whole numbers as its zeros."""
    return sin(pi * x)


EFE = Source(
    "Efe",
    2008,
    "Novel neuronal activation functions for feedforward neural networks",
    venue="Neural Processing Letters, 2008",
    checked="survey",
)


@activation(
    family="periodic",
    title="Sum of sine and cosine",
    aliases=("sincos",),
    source=EFE,
    exceptions={"float64": (2.0, "both waves round their arguments, and may cancel in part")},
)
def sin_plus_cos(
    x, a=Parameter(1.0, learnable=True), b=Parameter(1.0, learnable=True), c=Parameter(1.0, learnable=True),
    d=Parameter(1.0, learnable=True),
):  # fmt: skip
    """Weighted sum of a sine and a cosine."""
    return a * sin(b * x) + c * cos(d * x)


def _sinc_normalized(x):
    return where(abs(x) < 0.3, polynomial(_SINC, (pi * x) ** 2), sin_pi(x) / (pi * x))


def _sinc_normalized_slope(x):
    far = (_cos_pi(x) - sin_pi(x) / (pi * x)) / x
    return where(abs(x) < 0.3, pi**2 * x * polynomial(_SINC_SLOPE, (pi * x) ** 2), far)


@activation(
    family="periodic",
    title="Normalised sinc",
    aliases=("normalized sinc", "numpy sinc"),
    note="The sinc of torch, numpy and jax; the entry sinc is sin(x)/x.",
    source=Source("classical", None, "Cardinal sine", venue="classical", checked="definition"),
    equivalents={"torch": "torch.sinc(x)", "jax": "jax.numpy.sinc(x)"},
    stable=_sinc_normalized,
    stable_derivative=_sinc_normalized_slope,
)
def sinc_normalized(x):
    """Decaying wave, 1 at zero and 0 at all other whole numbers."""
    return where(equal(x, 0), 1, sin(pi * x) / (pi * x))


@activation(
    family="periodic",
    title="Sine plus logistic",
    aliases=("CSS", "SLS-SS", "combination of sine and logistic sigmoid"),
    source=EFE,
)
def sine_sigmoid_mix(
    x, a=Parameter(1.0, learnable=True), b=Parameter(1.0, learnable=True), c=Parameter(1.0, learnable=True),
    d=Parameter(1.0, learnable=True),
):  # fmt: skip
    """Weighted sum of a sine and a logistic sigmoid."""
    return a * sin(b * x) + c * sigmoid(d * x)


CHAN = Source(
    "Chan & others",
    2018,
    "SinP[N]: A Fast Convergence Activation Function for Convolutional Neural Networks",
    venue="UCC Companion 2018",
    checked="survey, other code",
)


_SIN_REST = tuple((-1) ** k / factorial(2 * k + 1) for k in range(1, 11))


def _sinp(x, a):
    near = x * (x**2 * polynomial(_SIN_REST, x**2)) + (1 - a) * x
    return where(abs(x) < 1, near, sin(_tame(x)) - a * x)


@activation(
    family="periodic",
    title="SinP",
    aliases=("SinPN",),
    source=CHAN,
    stable=_sinp,
    stable_derivative=lambda x, a: (1 - a) - 2 * sin(x / 2) ** 2,
)
def sinp(x, a=Parameter(1.0)):
    """Sine less a straight line."""
    return sin(x) - a * x


ZIYIN = Source(
    "Ziyin, Hartwig & Ueda",
    2020,
    "Neural Networks Fail to Learn Periodic Functions and How to Fix It",
    arxiv="2006.08195",
    venue="NeurIPS 2020",
    checked="paper",
)


@activation(
    family="periodic",
    title="Snake",
    use="Signals with a period, such as sound and seasons.",
    note="The same as x + (1 - cos(2 a x))/(2 a).",
    source=ZIYIN,
    stable=lambda x, a: x + sin(a * _tame(x)) ** 2 / a,
    stable_derivative=lambda x, a: (sin(a * x) + cos(a * x)) ** 2,
)
def snake(x, a=Parameter(1.0, above=0.0, learnable=True, meaning="half the angular frequency")):
    """Identity with a squared sine on it."""
    return x + sin(a * x) ** 2 / a


LEE = Source(
    "Lee, Ping, Ginsburg, Catanzaro & Yoon",
    2023,
    "BigVGAN: A Universal Neural Vocoder with Large-Scale Training",
    arxiv="2206.04658",
    venue="ICLR 2023",
    checked="authors' code",
)


@activation(
    family="periodic",
    title="Snake with two parameters",
    use="Vocoders: BigVGAN and its successors.",
    note="Code often learns the logarithms of alpha and beta.",
    source=LEE,
    stable=lambda x, alpha, beta: x + sin(alpha * _tame(x)) ** 2 / beta,
    stable_derivative=lambda x, alpha, beta: (1 - alpha / beta) + alpha / beta * (sin(alpha * x) + cos(alpha * x)) ** 2,
)
def snake_beta(x, alpha=Parameter(1.0, above=0.0, learnable=True), beta=Parameter(1.0, above=0.0, learnable=True)):
    """Snake whose height is learned apart from its frequency."""
    return x + sin(alpha * x) ** 2 / beta


def _ssu_slope(x):
    u = x - pi
    return pi * where(abs(u) < 1.5, u * polynomial(_SINC_SLOPE, u**2), -(cos(x) - sin(x) / u) / u)


@activation(
    family="periodic",
    title="Shifted sinc unit",
    aliases=("SSU",),
    note="sinc is sin(u)/u; with numpy.sinc, as in some code, it is another function.",
    source=NOEL,
    stable=lambda x: pi * where(abs(x - pi) < 1.5, polynomial(_SINC, (x - pi) ** 2), sin(x) / (pi - x)),
    stable_derivative=_ssu_slope,
)
def ssu(x):
    """Sinc with its top moved to pi, slope 1 at zero."""
    return pi * where(equal(x, pi), 1, sin(x - pi) / (x - pi))


def _triangle_place(x):
    """From -1 to 3. x + 1 is exact until it does not matter: from 2^53 on x is even."""
    return x - 4 * floor((x + where(abs(x) < 2.0**53, 1, 0)) / 4)


def _triangle(x):
    t = _triangle_place(x)
    return where(t < 1, t, 2 - t)


def _triangle_slope(x):
    """NaN where x has no place."""
    t = _triangle_place(x)
    return where(t < 1, 1, where(t >= 1, -1, t))


@activation(
    family="periodic",
    title="Triangle wave",
    note="2/pi arcsin(sin(pi x/2)); at a corner the slope is that on its right.",
    source=Source("classical", None, "Triangle wave", venue="classical", checked="definition"),
    stable=_triangle,
    stable_derivative=_triangle_slope,
)
def triangle_wave(x):
    """Zigzag between -1 and 1 with period 4, x itself around zero."""
    t = x - 4 * floor((x + 1) / 4)
    return where(t < 1, t, 2 - t)


@activation(
    family="periodic",
    title="x plus cosine",
    source=replace(ZIYIN, checked="definition"),
    stable=lambda x: x + cos(_tame(x)),
    stable_derivative=lambda x: _one_plus_sin(-x),
)
def x_plus_cos(x):
    """Identity with a cosine on it."""
    return x + cos(x)


@activation(
    family="periodic",
    title="x plus sine",
    source=ZIYIN,
    stable=lambda x: x + sin(_tame(x)),
    stable_derivative=lambda x: 2 * cos(x / 2) ** 2,
)
def x_plus_sin(x):
    """Identity with a sine on it."""
    return x + sin(x)


RAHIMI = Source(
    "Rahimi & Recht",
    2007,
    "Random Features for Large-Scale Kernel Machines",
    venue="NeurIPS 2007",
    checked="paper, definition",
)


@activation(
    family="periodic",
    title="Cosine",
    aliases=("cosine",),
    source=RAHIMI,
)
def cos(x):
    """cos(x)."""
    return cos(x)
