"""Polynomials, powers, roots and quotients."""

from nonlin.catalogue._numerics import polynomial
from nonlin.catalogue._shared import THREE_DECADES, learned
from nonlin.core import Parameter, Source, activation
from nonlin.ops import abs, clip, equal, hypot, log, maximum, sign, sqrt, where


def _bent_identity_stable(x):
    """sqrt(x**2 + 1) - 1 cancels near 0 and overflows far out. Far right the value is 3x/2 - 1/2: float64 does not see
    the half, but 3x/2 may be a tie of a smaller dtype, which the half decides."""
    h = hypot(x, 1)
    right = where(x < 2.0**51, (h - 1) / 2 + x, x * (1.5 - 2.0**-52))
    return where(x < 1, x * (1 + x / (h + 1) / 2), right)


@activation(
    family="polynomial",
    title="Bent identity",
    use="Toy examples; regression where sign and scale should pass.",
    weakness="Unbounded and close to linear; cancels for large negative x.",
    source=Source(
        "Wikipedia",
        None,
        "Activation function",
        venue="Wikipedia",
        also="listed in Kunc & Kléma 2024, arXiv:2402.09092",
        checked="survey",
    ),
    stable=_bent_identity_stable,
    stable_derivative=lambda x: 1 + x / hypot(x, 1) / 2,
)
def bent_identity(x):
    """Identity plus a smooth bend: slope 1/2 far left, 3/2 far right."""
    return (sqrt(x**2 + 1) - 1) / 2 + x


@activation(
    family="polynomial",
    title="Affine",
    aliases=("linear with slope and offset", "onednn linear"),
    note="The linear eltwise operation of oneDNN; with the defaults the identity.",
    source=Source("oneDNN", None, "Eltwise primitive", venue="oneDNN documentation", checked="framework"),
)
def affine(x, alpha=1.0, beta=0.0):
    """alpha times x plus beta."""
    return alpha * x + beta


@activation(
    family="polynomial",
    title="Chebyshev polynomial activation",
    aliases=("ChPAF",),
    source=Source(
        "Deepthi, Vikram & Venkatappareddy",
        2023,
        "Development of a novel activation function based on Chebyshev polynomials: an aid for classification and denoising of images",
        venue="The Journal of Supercomputing",
        checked="survey",
    ),
)
def chebyshev_act(
    x,
    a0=Parameter(0.0, learnable=True),
    a1=Parameter(1.0, learnable=True),
    a2=Parameter(0.0, learnable=True),
    a3=Parameter(0.0, learnable=True),
):
    """Learned sum of the Chebyshev polynomials up to degree 3."""
    return a0 + a1 * x + a2 * (2 * x**2 - 1) + a3 * (4 * x**3 - 3 * x)


@activation(
    family="polynomial",
    title="Cube",
    aliases=("triple",),
    use="Products of three features in one unit, as in dependency parsing.",
    source=Source(
        "Chen & Manning",
        2014,
        "A Fast and Accurate Dependency Parser using Neural Networks",
        doi="10.3115/v1/D14-1082",
        venue="EMNLP 2014",
        checked="paper",
    ),
)
def cube(x):
    """x to the third power."""
    return x**3


def _cube_root(u):
    """Of a positive number: one step of Newton's method makes good that 1/3 is rounded."""
    y = u ** (1 / 3)
    return y - (y - u / y**2) / 3


@activation(
    family="polynomial",
    title="Cube root",
    aliases=("cbrt",),
    note="The slope at 0 is infinite; it is taken as 0 there, so that gradients stay finite.",
    source=Source("classical", None, "Cube root", venue="classical", checked="definition"),
    stable=lambda x: where(equal(x, 0), x, sign(x) * _cube_root(abs(x))),
    stable_derivative=lambda x: where(equal(x, 0), 0, 1 / (3 * _cube_root(abs(x)) ** 2)),
)
def cube_root(x):
    """Real cube root: odd, grows ever more slowly."""
    return sign(x) * abs(x) ** (1 / 3)


@activation(
    family="polynomial",
    title="Enhanced rational activation",
    aliases=("ERA",),
    note="One partial fraction; the paper sums several and normalises its input.",
    source=Source(
        "Trimmel, Zanfir, Hartley & Sminchisescu",
        2022,
        "ERA: Enhanced Rational Activations",
        venue="ECCV 2022",
        checked="survey",
    ),
)
def era(
    x,
    a0=Parameter(0.0, learnable=True),
    a1=Parameter(1.0, learnable=True),
    c0=Parameter(0.0, learnable=True),
    c1=Parameter(0.0, learnable=True),
    c=Parameter(0.0, learnable=True),
    d=Parameter(1.0, learnable=True),
    eps=Parameter(1e-6, above=0.0),
):
    """A line plus one partial fraction without a pole."""
    return a0 + a1 * x + (c0 + c1 * x) / ((x - c) ** 2 + d**2 + eps)


@activation(
    family="polynomial",
    title="Even power linear activation",
    aliases=("EPLAF", "PLAF (even d)", "EvenPowLin"),
    source=Source(
        "Nasiri & Ghiasi-Shirazi",
        2021,
        "PowerLinear Activation Functions with application to the first layer of CNNs",
        arxiv="2108.09256",
        checked="survey, derivation",
    ),
)
def even_plaf(x, d=Parameter(2.0, low=1.0, meaning="power in the middle; even in the paper")):
    """|x|^d/d between -1 and 1, |x| less a constant beyond: an even, continuously differentiable bowl."""
    return where(abs(x) >= 1, abs(x) - (1 - 1 / d), abs(x) ** d / d)


@activation(
    family="polynomial",
    title="Quantised quadratic for encrypted inference",
    aliases=("faster cryptonets",),
    use="Networks on homomorphically encrypted data: coefficients are powers of two.",
    source=Source(
        "Chou, Beal, Levy, Yeung, Haque & Fei-Fei",
        2018,
        "Faster CryptoNets: Leveraging Sparsity for Real-World Encrypted Inference",
        arxiv="1811.09953",
        checked="paper",
    ),
    stable_derivative=lambda x: x / 4 + 1 / 2,
)
def faster_cryptonets_quad(x):
    """x^2/8 + x/2 + 1/4, a parabola near ReLU around zero."""
    return x**2 / 8 + x / 2 + 1 / 4


@activation(
    family="polynomial",
    title="Hermite polynomial activation",
    aliases=("HPAF",),
    note="Physicists' polynomials, not normalised; Lokhande and others use normalised ones.",
    source=Source(
        "Lokhande, Tasneeyapant, Venkatesh, Ravi & Singh",
        2020,
        "Generating Accurate Pseudo-labels in Semi-Supervised Learning and Avoiding Overconfident Predictions via Hermite Polynomial Activations",
        arxiv="1909.05479",
        also="Ma & Khorasani 2005, IEEE Transactions on Neural Networks",
        checked="paper, survey",
    ),
)
def hermite_act(
    x,
    a0=Parameter(0.0, learnable=True),
    a1=Parameter(0.5, learnable=True),
    a2=Parameter(0.0, learnable=True),
    a3=Parameter(0.0, learnable=True),
):
    """Learned sum of the Hermite polynomials up to degree 3."""
    return a0 + a1 * 2 * x + a2 * (4 * x**2 - 2) + a3 * (8 * x**3 - 12 * x)


@activation(
    family="polynomial",
    title="Legendre polynomial activation",
    aliases=("LPAF",),
    exceptions={"float64": (20.0, "where its terms cancel, the sum keeps the error of the largest")},
    source=Source(
        "Venkatappareddy, Culli, Srivastava & Lall",
        2021,
        "A Legendre polynomial based activation function: An aid for modeling of max pooling",
        venue="Digital Signal Processing",
        checked="survey",
    ),
)
def legendre_act(
    x,
    a0=Parameter(0.0, learnable=True),
    a1=Parameter(1.0, learnable=True),
    a2=Parameter(0.0, learnable=True),
    a3=Parameter(0.0, learnable=True),
):
    """Learned sum of the Legendre polynomials up to degree 3."""
    return a0 + a1 * x + a2 * (3 * x**2 - 1) / 2 + a3 * (5 * x**3 - 3 * x) / 2


SURVEY = Source(
    "Kunc & Klema",
    2024,
    THREE_DECADES,
    arxiv="2402.09092",
    checked="survey, other code",
)


@activation(
    family="polynomial",
    title="Linear quadratic activation",
    aliases=("linear-quadratic",),
    note="The offset of the lines follows from continuity; some copies print z in place of a.",
    source=SURVEY,
)
def linq(x, a=Parameter(0.1, low=0.0, below=1.0, meaning="slope of the lines")):
    """Odd parabolas that meet at zero and go on as straight lines of slope a."""
    line = a * x + sign(x) * (1 - 2 * a + a**2)
    return where(abs(x) >= 2 - 2 * a, line, x * (4 - abs(x)) / 4)


NOEL = Source(
    "Noel, Bharadwaj, Muthiah-Nakarajan, Dutta & Amali",
    2021,
    "Biologically Inspired Oscillating Activation Functions Can Bridge the Performance Gap between Biological and Artificial Neurons",
    arxiv="2111.04020",
    checked="paper, survey",
)


@activation(
    family="polynomial",
    title="Non-monotonic cubic unit",
    aliases=("NCU",),
    source=NOEL,
    stable=lambda x: x * (1 - x) * (1 + x),
)
def ncu(x):
    """x minus its cube: three zeros, so that one unit can learn XOR."""
    return x - x**3


@activation(
    family="polynomial", title="Shifted quadratic unit", aliases=("SQU",), source=NOEL, stable=lambda x: x * (x + 1)
)
def squ(x):
    """x^2 + x, a parabola through zero with slope 1."""
    return x**2 + x


@activation(
    family="polynomial",
    title="Odd power linear activation",
    aliases=("OPLAF", "PLAF (odd d)", "OddPowLin"),
    note="The survey prints -x - (1 - 1/d) below -1, which is not continuous; here the function is odd.",
    source=Source(
        "Nasiri & Ghiasi-Shirazi",
        2021,
        "PowerLinear Activation Functions with application to the first layer of CNNs",
        arxiv="2108.09256",
        checked="survey, derivation",
    ),
)
def odd_plaf(x, d=Parameter(3.0, low=1.0, meaning="power in the middle; odd in the paper")):
    """sign(x) |x|^d/d between -1 and 1, straight lines of slope 1 beyond."""
    return sign(x) * where(abs(x) >= 1, abs(x) - (1 - 1 / d), abs(x) ** d / d)


@activation(
    family="polynomial",
    title="Polynomial of ReLU",
    aliases=("PolyCom",),
    use="Feed-forward blocks of language models.",
    source=Source(
        "Zhuo & others",
        2024,
        "Polynomial Composition Activations: Unleashing the Dynamics of Large Language Models",
        arxiv="2411.03884",
        checked="paper",
    ),
)
def polyrelu(
    x,
    a0=Parameter(0.0, learnable=True),
    a1=Parameter(1 / 3, learnable=True),
    a2=Parameter(1 / 3, learnable=True),
    a3=Parameter(1 / 3, learnable=True),
):
    """Learned polynomial of degree 3 in relu(x)."""
    r = maximum(x, 0)
    return a0 + a1 * r + a2 * r**2 + a3 * r**3


def _quotient(above, below, x):
    """A quotient of polynomials, lowest coefficients first; far out in powers of 1/x, where x**n would overflow."""
    t, more = 1 / x, len(above) - len(below)
    far = x**more * (polynomial(above[::-1], t) / polynomial(below[::-1], t))
    return where(abs(x) < 1e20, polynomial(above, x) / polynomial(below, x), far)


@activation(
    family="polynomial",
    title="Rational activation of type (3, 2)",
    exceptions={"float64": (2.0, "the derivative is a difference of two quotients")},
    use="Approximates with few parameters; the defaults are close to ReLU.",
    source=Source(
        "Boulle, Nakatsukasa & Townsend", 2020, "Rational neural networks", arxiv="2004.01902", checked="paper"
    ),
    stable=lambda x, a0, a1, a2, a3, b0, b1, b2: _quotient((a0, a1, a2, a3), (b0, b1, b2), x),
)
def rational_3_2(
    x,
    a0=Parameter(0.0218, learnable=True),
    a1=Parameter(0.5, learnable=True),
    a2=Parameter(1.5957, learnable=True),
    a3=Parameter(1.1915, learnable=True),
    b0=Parameter(1.0, learnable=True),
    b1=Parameter(0.0, learnable=True),
    b2=Parameter(2.383, learnable=True),
):
    """Learned quotient of a cubic and a quadratic polynomial."""
    return (a0 + a1 * x + a2 * x**2 + a3 * x**3) / (b0 + b1 * x + b2 * x**2)


@activation(
    family="polynomial",
    title="Self-learnable activation",
    aliases=("SLAF",),
    source=Source(
        "Goyal, Goyal & Lall", 2019, "Learning Activation Functions: A new paradigm for understanding Neural Networks", arxiv="1906.09529", checked="paper, survey"
    ),
)  # fmt: skip
def slaf(
    x,
    a0=Parameter(0.0, learnable=True),
    a1=Parameter(1.0, learnable=True),
    a2=Parameter(0.0, learnable=True),
    a3=Parameter(0.0, learnable=True),
    a4=Parameter(0.0, learnable=True),
    a5=Parameter(0.0, learnable=True),
):
    """Learned polynomial of degree 5."""
    return a0 + a1 * x + a2 * x**2 + a3 * x**3 + a4 * x**4 + a5 * x**5


@activation(
    family="polynomial",
    title="Signed square root",
    aliases=("SQRT", "ssqrt"),
    note="The slope at 0 is infinite; it is taken as 0 there, so that gradients stay finite.",
    source=Source(
        "Yang & others",
        2018,
        "sign(x) sqrt(|x|)",
        venue="as cited by Kunc & Klema 2024, arXiv:2402.09092",
        checked="survey",
    ),
    stable_derivative=lambda x: where(equal(x, 0), 0, 1 / sqrt(abs(x)) / 2),
)
def signed_sqrt(x):
    """Square root of the size of x, with its sign."""
    return sign(x) * sqrt(abs(x))


@activation(
    family="polynomial",
    title="S-shaped square root",
    aliases=("SSAF",),
    note="The slope at 0 is infinite; it is taken as 0 there, so that gradients stay finite.",
    source=SURVEY,
    stable_derivative=lambda x, a: where(equal(x, 0), 0, sqrt(a / 2) / sqrt(abs(x))),
    stable_partials={"a": lambda x, a: sign(x) * sqrt(abs(x)) / sqrt(2 * a)},
)
def ssaf(x, a=Parameter(0.5, above=0.0)):
    """Signed square root of 2a|x|."""
    return sign(x) * sqrt(2 * a * abs(x))


@activation(
    family="polynomial",
    title="Square",
    aliases=("quadratic", "CryptoNets", "x squared"),
    use="Networks on encrypted data, which can add and multiply only; theory.",
    source=Source(
        "Gilad-Bachrach, Dowlin, Laine, Lauter, Naehrig & Wernsing",
        2016,
        "CryptoNets: Applying Neural Networks to Encrypted Data with High Throughput and Accuracy",
        venue="ICML 2016",
        also="Livni, Shalev-Shwartz & Shamir 2014, arXiv:1410.1141",
        checked="paper, survey",
    ),
    calls=("onednn.eltwise_square(x)",),
)
def square(x):
    """x times x."""
    return x**2


@activation(
    family="polynomial",
    title="Pade approximation of tanh",
    aliases=("tanh (3,2) Pade",),
    weakness="For |x| up to 3 only: beyond, it grows as x/9.",
    source=Source("classical", None, "Pade approximant of tanh", venue="classical", checked="derivation, other code"),
    stable=lambda x: x / 9 + 24 * (x / (27 + 9 * x**2)),
    stable_derivative=lambda x: ((x - 3) * (x + 3) / (3 * (x**2 + 3))) ** 2,
)
def tanh_pade(x):
    """x (27 + x^2)/(27 + 9 x^2): tanh near zero, without an exponential."""
    return x * (27 + x**2) / (27 + 9 * x**2)


_PAU = Source(
    "Molina, Schramowski & Kersting",
    2019,
    "Pade Activation Units: End-to-end Learning of Flexible Activation Functions in Deep Networks",
    arxiv="1907.06732",
    venue="ICLR 2020",
    checked="paper",
)


_QUOTIENT = {"float64": (10.0, "the derivative is a difference of two quotients")}


def _over(x, above, low, high, b4):
    """A polynomial over ``low``; far out over ``high``, which is ``low`` over x**4: nothing overflows."""
    near, far = polynomial(above, x) / low, x * (polynomial(above[::-1], 1 / x) / high)
    return where(abs(x) < 2, near, where(equal(b4, 0), near, far))


def _rational_5_4_stable(x, a0, a1, a2, a3, a4, a5, b1, b2, b3, b4):
    low = 1 + abs(x * polynomial((b1, b2, b3, b4), x))
    high = abs(polynomial((b4, b3, b2, b1), 1 / x)) + (1 / x) ** 4
    return _over(x, (a0, a1, a2, a3, a4, a5), low, high, b4)


@activation(
    family="polynomial",
    title="Pade activation unit (5/4)",
    aliases=("PAU", "pade activation unit", "rational", "safe PAU", "rational version B"),
    note="The defaults, with which it is the identity, are ours: the authors start from a fit to another function.",
    source=_PAU, stable=_rational_5_4_stable, exceptions=_QUOTIENT,
)  # fmt: skip
def rational_5_4(
    x, a0=learned(0.0), a1=learned(1.0), a2=learned(0.0), a3=learned(0.0), a4=learned(0.0), a5=learned(0.0),
    b1=learned(0.0), b2=learned(0.0), b3=learned(0.0), b4=learned(0.0),
):  # fmt: skip
    """Learned quotient of polynomials whose denominator cannot be below 1."""
    below = 1 + abs(b1 * x + b2 * x**2 + b3 * x**3 + b4 * x**4)
    return (a0 + a1 * x + a2 * x**2 + a3 * x**3 + a4 * x**4 + a5 * x**5) / below


_RATIONAL_A = Source(
    "Delfosse & others",
    2021,
    "Adaptive Rational Activations to Boost Deep Reinforcement Learning",
    arxiv="2102.09407",
    also="package rational_activations, version A",
    checked="authors' code",
)


def _rational_version_a_stable(x, a0, a1, a2, a3, a4, a5, b1, b2, b3, b4):
    sizes = (1, abs(b1), abs(b2), abs(b3), abs(b4))
    low, high = polynomial(sizes, abs(x)), polynomial(sizes[::-1], abs(1 / x))
    return _over(x, (a0, a1, a2, a3, a4, a5), low, high, b4)


@activation(
    family="polynomial",
    title="Pade activation unit, version A",
    aliases=("rational A",),
    note="The default of the authors' package, whose coefficients start near leaky ReLU; these defaults are ours.",
    source=_RATIONAL_A, stable=_rational_version_a_stable, exceptions=_QUOTIENT,
)  # fmt: skip
def rational_version_a(
    x, a0=learned(0.0), a1=learned(1.0), a2=learned(0.0), a3=learned(0.0), a4=learned(0.0), a5=learned(0.0),
    b1=learned(0.0), b2=learned(0.0), b3=learned(0.0), b4=learned(0.0),
):  # fmt: skip
    """Learned quotient of polynomials, each term of the denominator by its size."""
    below = 1 + abs(b1 * x) + abs(b2 * x**2) + abs(b3 * x**3) + abs(b4 * x**4)
    return (a0 + a1 * x + a2 * x**2 + a3 * x**3 + a4 * x**4 + a5 * x**5) / below


_SBAF = Source(
    "Saha, Nagaraj, Mathur, Yedida & Sneha",
    2020,
    "Evolution of novel activation functions in neural network training for astronomy data: habitability classification of exoplanets",
    doi="10.1140/epjst/e2020-000098-9",
    arxiv="1906.01975",
    checked="paper",
)


def _within(x, value):
    """NaN outside 0..1, at infinity too."""
    return where(x < 0, log(x), where(x > 1, log(1 - x), value))


def _sbaf_slope(x, k, alpha):
    rest = 1 + k * x**alpha * (1 - x) ** (1 - alpha)
    slope = k * (x - alpha) * (x**alpha / x) * (1 - x) ** (-alpha) / rest / rest  # x**(alpha - 1) is less exact
    return _within(x, where(equal(x, 0), -1 / abs(x), slope))


@activation(
    family="polynomial",
    title="Saha-Bora activation function",
    aliases=("saha-bora",),
    note="NaN outside 0..1; at both ends the value is 1 and the slope infinite.",
    source=_SBAF,
    stable=lambda x, k, alpha: _within(x, 1 / (1 + k * x**alpha * (1 - x) ** (1 - alpha))),
    stable_derivative=_sbaf_slope,
    exceptions={"float64": (1.5, "a product of two powers")},
)
def sbaf(x, k=Parameter(0.98, above=0.0), alpha=Parameter(0.5, above=0.0, below=1.0, meaning="where it is least")):
    """1 at both ends of 0..1, least at alpha."""
    return 1 / (1 + k * x**alpha * (1 - x) ** (1 - alpha))


_SPOCU = Source(
    "Kiselak, Lu, Svihra, Szepe & Stehlik",
    2021,
    '"SPOCU": scaled polynomial constant unit activation function',
    doi="10.1007/s00521-020-05182-1",
    venue="Neural Computing and Applications 33",
    also="correction, doi 10.1007/s00521-020-05412-6",
    checked="paper",
)


def _spocu_slope(x, alpha, beta, gamma, c):
    u = clip(x / gamma + beta, 0, c)
    slope = 2 * u**2 * (u - 1) * (polynomial((-3, -3, -3, -3, 4), u))
    return where(x / gamma + beta < c, alpha / gamma * slope, 0)


def _r(u):
    return u**3 * (u**4 * (u - 2) + 2)


def _spocu_stable(x, alpha, beta, gamma, c):
    """Near 0 the difference r(beta + v) - r(beta) in powers of v."""
    v, b = x / gamma, beta
    slope = 2 * b**2 * (1 - b) * (3 + 3 * b + 3 * b**2 + 3 * b**3 - 4 * b**4)
    low = (slope, 28 * b**6 - 42 * b**5 + 6 * b, 56 * b**5 - 70 * b**4 + 2, 70 * b**3 * (b - 1))
    high = (56 * b**3 - 42 * b**2, 28 * b**2 - 14 * b, 8 * b - 2, 1)
    near, far = v * polynomial(low + high, v), _r(clip(v + b, 0, c)) - _r(b)
    inside = where(abs(v) < 0.5, where(v > -b / 2, near, far), far)
    return alpha * where(v < c - b, inside, far)


@activation(
    family="polynomial",
    title="Scaled polynomial constant unit",
    aliases=("scaled polynomial constant unit",),
    note="The generator is 0 below 0, as in the authors' correction; some copies have x there. c may be infinite.",
    source=_SPOCU, exceptions={"float64": (1.5, "beside its least value the terms cancel")},
    stable=_spocu_stable, stable_derivative=_spocu_slope,
)  # fmt: skip
def spocu(x, alpha=Parameter(3.0937, above=0.0), beta=Parameter(0.6653, above=0.0, below=1.0),
          gamma=Parameter(4.437, above=0.0), c=Parameter(1e6, low=1.0)):  # fmt: skip
    """A scaled polynomial between two constants, 0 at 0."""
    u = clip(x / gamma + beta, 0, c)
    return alpha * (u**3 * (u**5 - 2 * u**4 + 2)) - alpha * (beta**3 * (beta**5 - 2 * beta**4 + 2))
