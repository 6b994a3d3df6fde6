"""Bumps: largest at zero, vanishing on both sides."""

from nonlin.catalogue._numerics import sin_pi
from nonlin.core import Parameter, Source, activation
from nonlin.ops import (
    abs,
    cos,
    equal,
    exp,
    floor,
    hypot,
    log,
    maximum,
    pi,
    sech,
    sigmoid,
    sign,
    sin,
    sqrt,
    where,
)


@activation(
    family="radial",
    core=True,
    title="Gaussian",
    aliases=(
        "rbf",
        "radbas",
        "gaussian bump",
    ),
    use="Radial basis networks and coordinate networks.",
    weakness="Vanishes on both sides; even, so the sign of x is lost.",
    note="Elsewhere the name may mean exp(-x^2/2).",
    source=Source(
        "Broomhead & Lowe",
        1988,
        "Multivariable functional interpolation and adaptive networks",
        venue="Complex Systems 2:321-355",
        checked="survey, definition",
    ),
)
def gaussian(x):
    """Bell curve exp(-x^2)."""
    return exp(-(x**2))


@activation(
    family="radial",
    title="FastKAN radial basis",
    note="FastKAN sums it, with learned weights, over a grid of centres; its paper has exp(-r^2/(2 h^2)), its code this.",
    source=Source(
        "Li",
        2024,
        "Kolmogorov-Arnold Networks are Radial Basis Function Networks",
        arxiv="2405.06721",
        checked="paper, other code",
    ),
    exceptions={"float64": (1.5, "five roundings in the exponent")},
)
def fastkan_rbf(x, c=0.0, h=Parameter(1.0, above=0.0, meaning="width: the spacing of the grid")):
    """Gaussian bump around c."""
    return exp(-(((x - c) / h) ** 2))


def _relu_kan_slope(x, start, end):
    width = end - start
    inside = ((end - x) / width) * ((x - start) / width) * ((2 * x - (end + start)) / width) / width
    return where(x > start, where(x < end, -32 * inside, 0), 0)


def _relu_kan_stable(x, start, end):
    """Not infinity times zero far out."""
    inside = 4 * ((end - x) / (end - start)) * ((x - start) / (end - start))
    return where(x > start, where(x < end, inside**2, 0), 0)


@activation(
    family="radial",
    title="ReLU-KAN basis",
    note="The paper's s and e are start and end here; end must be above start, else it is 0.",
    source=Source(
        "Qiu, Zhu, Gong & others",
        2024,
        "ReLU-KAN: New Kolmogorov-Arnold Networks that Only Need Matrix Addition, Dot Multiplication, and ReLU",
        arxiv="2406.02075",
        checked="paper",
    ),
    stable=_relu_kan_stable,
    stable_derivative=_relu_kan_slope,
)
def relu_kan_basis(x, start=Parameter(-1.0, learnable=True), end=Parameter(1.0, learnable=True)):
    """Smooth bump between start and end, made of two ReLUs."""
    return (maximum(end - x, 0) * maximum(x - start, 0)) ** 2 * 16 / (end - start) ** 4


def _cauchy(x, lam1, lam2, d):
    far = (lam1 + lam2 / x) / (1 + (d / x) ** 2) / x
    return where(abs(x) < 1e15, (lam1 * x + lam2) / (x**2 + d**2), far)


def _cauchy_slope(x, lam1, lam2, d):
    q, r = x**2 + d**2, d / x
    plain = (lam1 * ((d - x) * (d + x)) - 2 * lam2 * x) / q / q
    return where(abs(x) < 1e9, plain, (lam1 * (r**2 - 1) - 2 * lam2 / x) / (1 + r**2) ** 2 / x / x)


@activation(
    family="radial",
    title="Cauchy activation",
    aliases=("XNet", "cauchy activation function"),
    source=Source("Li, Xia & Zhang", 2024, "Cauchy activation function and XNet", arxiv="2409.19221", checked="paper"),
    stable=_cauchy,
    stable_derivative=_cauchy_slope,
)
def cauchy_xnet(
    x, lam1=Parameter(1.0, learnable=True), lam2=Parameter(1.0, learnable=True),
    d=Parameter(1.0, above=0.0, learnable=True),
):  # fmt: skip
    """Kernel of Cauchy's integral: a bump and its odd partner."""
    return (lam1 * x + lam2) / (x**2 + d**2)


@activation(
    family="radial",
    title="Raised-cosine bump",
    aliases=("hann window",),
    source=Source("classical", None, "Hann window", venue="classical", checked="definition"),
    stable=lambda x: where(abs(x) <= 1, sin(pi * (1 - abs(x)) / 2) ** 2, 0),
    stable_derivative=lambda x: where(abs(x) <= 1, -(pi / 2) * sin_pi(x), 0),
)
def cosine_bump(x):
    """One period of a cosine, lifted to lie between 0 and 1."""
    return where(abs(x) <= 1, (1 + cos(pi * x)) / 2, 0)


SARAGADAM = Source(
    "Saragadam & others",
    2023,
    "WIRE: Wavelet Implicit Neural Representations",
    arxiv="2301.05187",
    venue="CVPR 2023",
    checked="paper",
)


def _gabor_slope(x, omega, s):
    return -(omega * sin(omega * x) + 2 * s * (s * x) * cos(omega * x)) * exp(-((s * x) ** 2))


@activation(
    family="radial",
    title="Real Gabor wavelet",
    aliases=("wire real part", "expcos"),
    use="Coordinate networks for images and volumes.",
    note="WIRE itself is complex. Expcos has a learned factor of x^2 for s^2.",
    source=SARAGADAM,
    stable_derivative=_gabor_slope,
)
def gabor_real(x, omega=Parameter(10.0, learnable=True), s=Parameter(10.0, learnable=True)):
    """Cosine under a Gaussian."""
    return cos(omega * x) * exp(-((s * x) ** 2))


ZHANG = Source(
    "Zhang & Benveniste",
    1992,
    "Wavelet networks",
    venue="IEEE Transactions on Neural Networks 3:889-898",
    checked="paper",
)


@activation(
    family="radial",
    title="Derivative of a Gaussian",
    aliases=("DoG", "derivative of gaussian", "gaussian wavelet"),
    use="Wavelet networks.",
    source=ZHANG,
)
def gaussian_derivative(x):
    """Slope of exp(-x^2/2): an odd pair of bumps."""
    return -x * exp(-(x**2) / 2)


RAMASINGHE = Source(
    "Ramasinghe & Lucey",
    2022,
    "Beyond Periodicity: Towards a Unifying Framework for Activations in Coordinate-MLPs",
    arxiv="2111.15135",
    venue="ECCV 2022",
    checked="paper",
)


def _lost(a, b):
    """What the difference a - b loses by rounding."""
    d = a - b
    z = d - a
    return where(abs(a) < 1e15, (a - (d - z)) - (b + z), 0)


def _near(x):
    """x, or beyond 60, where exp(-x^2/2) is no more, 60: products with that stay finite."""
    return where(abs(x) < 60, x, 60 * sign(x))


def _gauss_rest(x, mu, sigma):
    """The factor that makes good the rounding of x - mu."""
    return 1 - _near((x - mu) / sigma) * (_lost(x, mu) / sigma)


@activation(
    family="radial",
    title="Gaussian with centre and width",
    aliases=("ARBF", "adaptive radial basis function"),
    source=RAMASINGHE,
    stable=lambda x, mu, sigma: exp(-(((x - mu) / sigma) ** 2) / 2) * _gauss_rest(x, mu, sigma),
)
def gaussian_sigma(x, mu=Parameter(0.0, learnable=True), sigma=Parameter(1.0, above=0.0, learnable=True)):
    """Bell curve of height 1 around mu, of width sigma."""
    return exp(-((x - mu) ** 2) / (2 * sigma**2))


FANN = Source(
    "Nissen",
    2003,
    "Implementation of a Fast Artificial Neural Network Library (FANN)",
    venue="University of Copenhagen (DIKU), report",
    checked="framework",
)


@activation(
    family="radial",
    title="Symmetric Gaussian",
    aliases=("fann gaussian symmetric",),
    note="FANN's own steepness stands at x.",
    source=FANN,
)
def gaussian_symmetric(x):
    """Bell curve stretched to reach from -1 to 1."""
    return 2 * exp(-(x**2)) - 1


HONG = Source(
    "Hong, Siegel, Tan & Xu",
    2022,
    "On the Activation Function Dependence of the Spectral Bias of Neural Networks",
    arxiv="2208.04924",
    checked="paper, other code",
)


@activation(
    family="radial",
    title="Hat function",
    note="The survey's print has x in both middle parts.",
    source=HONG,
)
def hat(x, a=Parameter(2.0, above=0.0, learnable=True, meaning="width")):
    """Triangle from 0 to a with slopes 1 and -1: a linear B-spline."""
    return where(x < 0, 0, where(x <= a / 2, x, where(x <= a, a - x, 0)))


FRANKE = Source(
    "Franke",
    1982,
    "Scattered Data Interpolation: Tests of Some Methods",
    venue="Mathematics of Computation 38:181-200",
    checked="definition",
)


@activation(
    family="radial",
    title="Inverse multiquadric",
    source=FRANKE,
    stable=lambda x, c, r: 1 / hypot(x - c, r),
)
def inverse_multiquadric(x, c=Parameter(0.0, meaning="centre"), r=Parameter(1.0, above=0.0, meaning="width")):
    """One over the distance from (c, r): a bump with heavy tails."""
    return 1 / sqrt((x - c) ** 2 + r**2)


@activation(
    family="radial",
    title="Inverse quadratic",
    aliases=("cauchy kernel", "rational bump"),
    source=RAMASINGHE,
    stable=lambda x, eps: (1 / hypot(1, eps * x)) ** 2,
    stable_derivative=lambda x, eps: -2 * eps * (eps * x / (1 + (eps * x) ** 2)) / (1 + (eps * x) ** 2),
)
def inverse_quadratic(x, eps=Parameter(1.0, meaning="one over the width")):
    """Bump whose tails fall off as 1/x^2."""
    return 1 / (1 + (eps * x) ** 2)


@activation(
    family="radial",
    title="Laplacian kernel",
    aliases=("laplacian kernel", "exponential kernel"),
    note="The derivative at the tip is taken as 0.",
    source=RAMASINGHE,
)
def laplacian_rbf(x, a=Parameter(1.0, above=0.0, meaning="one over the width")):
    """Pointed bump, an exponential on both sides."""
    return exp(-a * abs(x))


RICKER = Source(
    "Ricker",
    1953,
    "The form and laws of propagation of seismic wavelets",
    venue="Geophysics 18:10-40",
    checked="definition",
)


def _ricker(u):
    return 2 / (sqrt(3) * sqrt(sqrt(pi))) * ((1 - u) * (1 + u) * exp(-(u**2) / 2))


def _ricker_slope(u):
    """The exponential in two halves: whole it fades before the slope does."""
    half = exp(-(u**2) / 4)
    return 2 / (sqrt(3) * sqrt(sqrt(pi))) * (u * (u**2 - 3) * half) * half


@activation(
    family="radial",
    title="Mexican hat wavelet",
    aliases=("ricker", "marr", "mexican hat wavelet"),
    use="Wavelet networks and Wav-KAN.",
    source=RICKER,
    stable=lambda x: _ricker(_near(x)),
    stable_derivative=lambda x: _ricker_slope(_near(x)),
)
def mexican_hat(x):
    """Negative second derivative of a Gaussian, of unit energy."""
    return 2 / (sqrt(3) * pi ** (1 / 4)) * (1 - x**2) * exp(-(x**2) / 2)


GROSSMANN = Source(
    "Grossmann & Morlet",
    1984,
    "Decomposition of Hardy functions into square integrable wavelets of constant shape",
    venue="SIAM Journal on Mathematical Analysis 15:723-736",
    checked="definition",
)


def _carrier(x):
    """cos(5x) and sin(5x), with what 5x loses by rounding; far out, where only the sign is left, from cos(x) and sin(x)."""
    near, lost = abs(x) < 60, x - (5 * x - 4 * x)
    c, s, c1, s1 = cos(5 * x), sin(5 * x), cos(x), sin(x)
    far = c1 * (16 * c1**4 - 20 * c1**2 + 5), s1 * (16 * s1**4 - 20 * s1**2 + 5)
    return where(near, c - lost * s, far[0]), where(near, s + lost * c, far[1])


def _morlet_bell(x):
    """exp(-x^2/2) with a square that does not round."""
    u = _near(x)
    h = floor(1024 * u) / 1024
    return exp(-(h**2) / 2) * exp(-(u - h) * (u + h) / 2)


def _morlet_slope(x):
    """-26x near zero, and a hair less, so that it is not halfway between two numbers of float32."""
    c, s = _carrier(x)
    return where(abs(x) < 1e-9, -26 * (1 - 2.0**-52) * x, -(5 * s + x * c) * _morlet_bell(x))


@activation(
    family="radial",
    title="Real Morlet wavelet",
    note="Of centre frequency 5, without the small term that makes its mean zero.",
    source=GROSSMANN,
    stable=lambda x: _carrier(x)[0] * _morlet_bell(x),
    stable_derivative=_morlet_slope,
)
def morlet(x):
    """Cosine of frequency 5 under a Gaussian."""
    return cos(5 * x) * exp(-(x**2) / 2)


HARDY = Source(
    "Hardy",
    1971,
    "Multiquadric equations of topography and other irregular surfaces",
    venue="Journal of Geophysical Research 76:1905-1915",
    checked="survey, definition",
)


@activation(
    family="radial",
    title="Multiquadric",
    aliases=("MAF", "multiquadratic activation function"),
    source=HARDY,
    stable=lambda x, c, r: hypot(x - c, r),
)
def multiquadric(x, c=Parameter(0.0, learnable=True), r=Parameter(1.0, above=0.0, learnable=True)):
    """Distance from the point (c, r): a hyperbola, smooth like |x| far out."""
    return sqrt((x - c) ** 2 + r**2)


XU = Source(
    "Xu & Zhang",
    2000,
    "Justification of a neuron-adaptive activation function",
    venue="IJCNN 2000",
    checked="survey",
)


@activation(
    family="radial",
    title="Neuron-adaptive activation",
    aliases=("neuron adaptive activation function",),
    note="Later forms have a sine for the Gaussian, or all three.",
    source=XU,
    exceptions={"float64": (2.0, "both terms round, and may cancel in part")},
)
def naf(
    x, a=Parameter(1.0, learnable=True), b=Parameter(1.0, low=0.0, learnable=True), c=Parameter(1.0, learnable=True),
    d=Parameter(1.0, learnable=True),
):  # fmt: skip
    """Weighted sum of a Gaussian and a logistic sigmoid."""
    return a * exp(-b * x**2) + c * sigmoid(d * x)


LIU = Source(
    "Liu, Zeng & Wang",
    2021,
    venue="as cited by Kunc & Klema 2024, arXiv:2402.09092",
    checked="survey, other code",
)


def _pmaf(hat, x, a):
    """What x + a or x - a loses is made good in the exponent."""
    u = _near(where(x < 0, x + a, x - a))
    return hat(u) * (1 - u * where(x < 0, _lost(x, -a), _lost(x, a)))


@activation(
    family="radial",
    title="Piecewise Mexican hat",
    aliases=("piecewise mexican-hat activation function",),
    source=LIU,
    stable=lambda x, a: _pmaf(_ricker, x, a),
    stable_derivative=lambda x, a: _pmaf(_ricker_slope, x, a),
)
def pmaf(x, a=Parameter(4.0, meaning="where the two hats stand")):
    """Two Mexican hats, one on each side of zero."""
    u = where(x < 0, x + a, x - a)
    return 2 / (sqrt(3) * pi ** (1 / 4)) * (1 - u**2) * exp(-(u**2) / 2)


def _prbf(x, a, b):
    place = where(x >= a, 2 * a, where(x <= -a, -2 * a, 0))
    u = _near((x - place) / b)
    return exp(-(u**2)) * (1 - 2 * u * (_lost(x, place) / b))


@activation(
    family="radial",
    title="Piecewise radial basis function",
    aliases=("piecewise rbf",),
    source=LIU,
    stable=_prbf,
)
def prbf(
    x, a=Parameter(3.0, low=0.0, meaning="half the distance of the bumps"), b=Parameter(1.0, above=0.0, meaning="width")
):
    """Three Gaussian bumps, at -2a, 0 and 2a."""
    return exp(-(where(x >= a, x - 2 * a, where(x <= -a, x + 2 * a, x)) ** 2) / b**2)


EPANECHNIKOV = Source(
    "Epanechnikov",
    1969,
    "Non-parametric estimation of a multivariate probability density",
    venue="Theory of Probability and Its Applications 14:153-158",
    checked="definition",
)


@activation(
    family="radial",
    title="Parabolic bump",
    aliases=("epanechnikov", "parabolic window"),
    source=EPANECHNIKOV,
    stable=lambda x: where(abs(x) < 1, (1 - x) * (1 + x), 0),
    stable_derivative=lambda x: where(abs(x) < 1, -2 * x, 0),
)
def quadratic_bump(x):
    """Parabola cut off where it would become negative."""
    return maximum(1 - x**2, 0)


@activation(
    family="radial",
    title="Squared hyperbolic secant",
    aliases=("derivative of tanh", "hyperbolic secant squared"),
    source=Source("classical", None, "Squared hyperbolic secant", venue="classical", checked="definition"),
)
def sech2(x):
    """1/cosh(x)^2, the slope of tanh."""
    return sech(x) ** 2


def _inside(x):
    """1 - x^2, and 1 where that is not positive."""
    return where(abs(x) < 1, (1 - x) * (1 + x), 1)


@activation(
    family="radial",
    title="Smooth bump of compact support",
    aliases=("mollifier",),
    source=Source("classical", None, "Standard mollifier", venue="classical", checked="definition"),
    stable=lambda x: where(abs(x) < 1, exp(-1 / _inside(x)), 0),
    stable_derivative=lambda x: where(abs(x) < 1, -2 * x / _inside(x) / _inside(x) * exp(-1 / _inside(x)), 0),
)
def smooth_bump(x):
    """Smooth everywhere and exactly zero from -1 down and from 1 up."""
    return where(abs(x) < 1, exp(-1 / (1 - x**2)), 0)


def _super_gaussian_slope(x, a, b):
    u = abs(x) / a
    slope = -sign(x) * (b / a) * where(equal(u, 0), 0, u ** (b - 1)) * exp(-(u**b))
    return where(u**b < 800, slope, 0)


@activation(
    family="radial",
    title="Super-Gaussian",
    aliases=("generalised gaussian", "generalized gaussian"),
    note="For b <= 1 the derivative at the tip is taken as 0.",
    source=Source(
        "Subbotin", 1923, "On the law of frequency of error", venue="Matematicheskii Sbornik 31", checked="definition"
    ),
    stable_derivative=_super_gaussian_slope,
)
def super_gaussian(x, a=Parameter(1.0, above=0.0, meaning="width"), b=Parameter(4.0, above=0.0, meaning="power")):
    """Bell curve with another power than 2: flatter on top for larger b."""
    return exp(-(abs(x / a) ** b))


DUCHON = Source(
    "Duchon",
    1977,
    "Splines minimizing rotation-invariant semi-norms in Sobolev spaces",
    doi="10.1007/BFb0086566",
    venue="Constructive Theory of Functions of Several Variables, Springer",
    checked="definition",
)


def _spline_log(x):
    return log(where(equal(x, 0), 1, abs(x)))


@activation(
    family="radial",
    title="Thin plate spline",
    source=DUCHON,
    stable=lambda x: where(equal(x, 0), -abs(x), x * (x * _spline_log(x))),
    stable_derivative=lambda x: where(equal(x, 0), -x, x * (2 * _spline_log(x) + 1)),
)
def thin_plate_spline(x):
    """x^2 log|x|: slightly negative next to zero, growing far out."""
    return where(equal(x, 0), 0, x**2 * log(abs(x)))


ROZSA = Source(
    "Rozsa & Boult",
    2019,
    "Improved Adversarial Robustness by Reducing Open Space Risk via Tent Activations",
    arxiv="1908.02435",
    checked="paper",
)


@activation(
    family="radial",
    title="Tent",
    aliases=("tent", "mirrored relu", "triangular"),
    use="Networks that should stay silent far from the data.",
    source=ROZSA,
)
def triangular_bump(x, delta=Parameter(1.0, above=0.0, learnable=True, meaning="height and half width")):
    """Triangle around zero with slopes 1 and -1."""
    return maximum(delta - abs(x), 0)


@activation(
    family="radial",
    title="Hyperbolic secant",
    aliases=("hyperbolic secant",),
    source=Source("classical", None, "Hyperbolic secant", venue="classical", checked="definition"),
)
def sech(x):
    """1/cosh(x): a bell with exponential tails."""
    return sech(x)
