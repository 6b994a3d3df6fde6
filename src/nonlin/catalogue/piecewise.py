"""Straight pieces, steps and shrinkage towards zero."""

from math import factorial

from nonlin.catalogue._numerics import polynomial
from nonlin.core import REQUIRED, Parameter, Source, activation
from nonlin.ops import abs, clip, equal, floor, hypot, maximum, minimum, sech, sign, sqrt, tanh, where

# x cosh(x) - sinh(x) = x^3 (2/3! + 4 x^2/5! + 6 x^4/7! + ...): all terms have one sign
_TANHSHRINK = tuple(2 * k / factorial(2 * k + 1) for k in range(1, 13))


def _tanhshrink_stable(x):
    """Near zero the difference loses its digits; the series keeps them. Far out tanh is a hair less than 1: float64 does
    not see it, but x - 1 may be a tie of a smaller dtype that the hair decides."""
    near = x**3 * polynomial(_TANHSHRINK, x**2) * sech(x)
    far = (x - sign(x)) * (1 + 2.0**-52)
    return where(abs(x) < 1.5, near, where(abs(x) < 20, x - tanh(x), far))


@activation(
    family="piecewise",
    core=True,
    title="Tanh shrinkage",
    aliases=("tanh shrinkage",),
    use="Sparse coding, to damp small values smoothly.",
    weakness="Gradient is zero at the origin; unbounded; x - tanh(x) cancels for small x.",
    source=Source("PyTorch", None, "torch.nn.Tanhshrink", venue="PyTorch documentation", checked="framework"),
    equivalents={
        "torch": "torch.nn.functional.tanhshrink(x)",
        "keras": "keras.activations.tanh_shrink(x)",
    },
    calls=(
        "torch.nn.Tanhshrink()(x)",
        "keras.ops.tanh_shrink(x)",
    ),
    stable=_tanhshrink_stable,
    stable_derivative=lambda x: tanh(x) ** 2,
)
def tanhshrink(x):
    """x minus tanh(x): nearly flat at zero, a shifted identity far out."""
    return x - tanh(x)


@activation(
    family="piecewise",
    core=True,
    title="Soft shrinkage",
    aliases=(
        "soft shrinkage",
        "soft thresholding",
        "soft threshold",
    ),
    use="Sparse codes; the proximal step of an L1 penalty.",
    weakness="Zero gradient in the dead zone; biases large values by lambd.",
    note="The width is called lambd in PyTorch and threshold in Keras.",
    source=Source(
        "Donoho",
        1995,
        "De-noising by soft-thresholding",
        doi="10.1109/18.382009",
        venue="IEEE Transactions on Information Theory 41(3):613-627",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.softshrink(x, lambd=lambd)",
        "keras": "keras.activations.soft_shrink(x, threshold=lambd)",
    },
    calls=(
        "torch.nn.Softshrink(lambd=lambd)(x)",
        "keras.ops.soft_shrink(x, threshold=lambd)",
        "onnx.Shrink(x, bias=lambd, lambd=lambd)",
    ),
    from_output=lambda y: abs(sign(y)),
)
def softshrink(x, lambd=Parameter(0.5, low=0.0, meaning="half width of the dead zone")):
    """Moves x towards zero by lambd, and to zero when closer."""
    return where(x > lambd, x - lambd, where(x < -lambd, x + lambd, 0))


@activation(
    family="piecewise",
    core=True,
    title="Hard shrinkage",
    aliases=(
        "hard shrinkage",
        "hard thresholding",
        "hard threshold",
    ),
    use="Sparse codes that must not bias large values.",
    weakness="Jumps at +-lambd; no gradient inside the dead zone.",
    note="The frameworks round lambd to the dtype of x before they compare.",
    source=Source(
        "Donoho & Johnstone",
        1994,
        "Ideal spatial adaptation by wavelet shrinkage",
        doi="10.1093/biomet/81.3.425",
        venue="Biometrika 81(3):425-455",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.hardshrink(x, lambd=lambd)",
        "keras": "keras.activations.hard_shrink(x, threshold=lambd)",
    },
    calls=(
        "torch.hardshrink(x, lambd=lambd)",
        "torch.nn.Hardshrink(lambd=lambd)(x)",
        "keras.ops.hard_shrink(x, threshold=lambd)",
        "onnx.Shrink(x, lambd=lambd)",
    ),
    framework_defaults={
        "onnx.Shrink": {"lambd": 0.5, "bias": 0.0},
    },
    from_output=lambda y: abs(sign(y)),
)
def hardshrink(x, lambd=Parameter(0.5, low=0.0, meaning="half width of the dead zone")):
    """Keeps x outside [-lambd, lambd] and sets it to zero inside."""
    return where(abs(x) > lambd, x, 0)


@activation(
    family="piecewise",
    core=True,
    title="Heaviside step",
    aliases=(
        "binary_step",
        "heaviside",
        "unit step",
        "hardlim",
        "heaviside step",
    ),
    use="Perceptrons, spiking units, explaining thresholds.",
    weakness="Gradient zero everywhere, so gradient descent cannot train through it.",
    note="The value at 0 is 1 here; 0.5 is another convention.",
    source=Source(
        "McCulloch & Pitts",
        1943,
        "A logical calculus of the ideas immanent in nervous activity",
        doi="10.1007/BF02478259",
        venue="Bulletin of Mathematical Biophysics 5:115-133",
        checked="survey, framework",
    ),
    equivalents={
        "tensorflow": "tensorflow.experimental.numpy.heaviside(x, x2=1.0)",
        "keras": "keras.ops.heaviside(x, x2=1.0)",
    },
    framework_defaults={
        "tensorflow.experimental.numpy.heaviside": {"x2": REQUIRED},
        "keras.ops.heaviside": {"x2": REQUIRED},
    },
    from_output=lambda y: 0,
)
def step(x):
    """Zero below zero, one from zero on."""
    return where(x >= 0, 1, 0)


@activation(
    family="piecewise",
    core=True,
    title="Sign",
    aliases=(
        "signum",
        "sgn",
        "bipolar step",
    ),
    use="Binarised networks (with a surrogate gradient) and perceptrons.",
    weakness="Gradient zero everywhere; needs a straight-through estimate to train.",
    note="Binarised networks often take sign(0) = 1.",
    source=Source(
        "Rosenblatt",
        1958,
        "The perceptron: a probabilistic model for information storage and organization in the brain",
        doi="10.1037/h0042519",
        venue="Psychological Review 65(6):386-408",
        also="Hubara, Courbariaux, Soudry, El-Yaniv & Bengio 2016, Binarized Neural Networks, for the straight-through gradient",
        checked="survey, framework",
    ),
    equivalents={
        "torch": "torch.sign(x)",
        "jax": "jax.numpy.sign(x)",
        "tensorflow": "tensorflow.math.sign(x)",
        "keras": "keras.ops.sign(x)",
    },
    calls=(
        "tensorflow.sign(x)",
        "onnx.Sign(x)",
    ),
    from_output=lambda y: 0,
)
def sign(x):
    """-1, 0 or 1 after the sign of x."""
    return sign(x)


@activation(
    family="piecewise",
    core=True,
    title="Identity",
    aliases=(
        "linear",
        "purelin",
    ),
    use="Output layer of a regression; switching an activation off.",
    weakness="Adds no nonlinearity: stacked layers stay one linear map.",
    gain=1.0,
    source=Source("", None, "Identity", venue="classical", checked="definition"),
    equivalents={
        "torch": "torch.positive(x)",
        "jax": "jax.nn.identity(x)",
        "tensorflow": "tensorflow.identity(x)",
        "keras": "keras.activations.linear(x)",
    },
    calls=(
        "torch.nn.Identity()(x)",
        "transformers.activations.ACT2FN['linear'](x)",
        "timm.layers.create_act_layer('identity')(x)",
        "onnx.Identity(x)",
        "onednn.eltwise_linear(x, alpha=1.0, beta=0.0)",
    ),
    framework_defaults={
        "onednn.eltwise_linear": {"alpha": REQUIRED, "beta": REQUIRED},
    },
    from_output=lambda y: 1,
)
def identity(x):
    """Returns its input."""
    return x


@activation(
    family="piecewise",
    title="Bi-firing",
    aliases=("bi-firing", "Huber function"),
    source=Source(
        "Li, Ting & Tran",
        2013,
        "Bi-firing deep neural networks",
        venue="International Journal of Machine Learning and Cybernetics",
        checked="survey, derivation",
    ),
)
def bfire(x, a=Parameter(1.0, above=0.0)):
    """Parabola between -a and a, straight lines of slope -1 and 1 beyond: Huber's function over a."""
    return where(abs(x) > a, abs(x) - a / 2, x**2 / (2 * a))


@activation(
    family="piecewise",
    title="Bounded bi-firing",
    aliases=("bounded bi-firing",),
    source=Source(
        "Liew, Khalil-Hani & Bakhteri",
        2016,
        "Bounded activation functions for enhanced training stability of deep neural networks on visual pattern recognition problems",
        doi="10.1016/j.neucom.2016.08.037",
        venue="Neurocomputing 216",
        checked="survey",
    ),
)
def bbfire(x, a=Parameter(1.0, above=0.0), b=Parameter(5.0, above=0.0)):
    """Bi-firing, cut off at b."""
    return minimum(where(abs(x) > a, abs(x) - a / 2, x**2 / (2 * a)), b)


@activation(
    family="piecewise",
    title="Firm shrinkage",
    aliases=("firm thresholding", "MCP shrinkage", "firm threshold"),
    use="Sparse codes without the bias of soft thresholding.",
    source=Source(
        "Gao & Bruce",
        1997,
        "WaveShrink with firm shrinkage",
        venue="Statistica Sinica 7",
        checked="paper, derivation",
    ),
)
def firm_shrink(x, lambd=Parameter(0.5, above=0.0), mu=Parameter(1.0, low="lambd")):
    """Zero up to lambd, identity from mu on, a straight line between."""
    between = sign(x) * mu * (abs(x) - lambd) / (mu - lambd)
    return where(abs(x) > mu, x, where(abs(x) > lambd, between, 0))


@activation(
    family="piecewise",
    title="Non-negative garrote",
    aliases=("garrote shrinkage", "non-negative garrote"),
    source=Source(
        "Gao",
        1998,
        "Wavelet Shrinkage Denoising Using the Non-Negative Garrote",
        venue="Journal of Computational and Graphical Statistics 7",
        also="Breiman 1995, Technometrics 37",
        checked="paper, derivation",
    ),
)
def garrote(x, lambd=Parameter(0.5, low=0.0)):
    """x - lambd^2/x outside [-lambd, lambd], zero inside: large values keep their size."""
    return where(abs(x) > lambd, x - lambd**2 / x, 0)


def _hard_shrink_plus(x, a, eps):
    gate = (_away(a - x, eps) + _away(a + x, eps)) / 2
    return where(abs(x) < 1e9 * (1 + a), x * gate, x)


PLUS = Source(
    "Pan & others",
    2023,
    "Smooth versions of hard functions by square roots",
    venue="as cited by Kunc & Klema 2024, arXiv:2402.09092",
    checked="survey, derivation",
)


def _away(u, eps):
    """1 - u/sqrt(u^2 + eps), without cancelling for positive u."""
    s = hypot(u, sqrt(eps))
    return where(u > 0, eps / (s * (s + u)), 1 - u / s)


@activation(
    family="piecewise",
    title="Smooth hard shrinkage",
    aliases=("HardshrinkPlus",),
    source=PLUS,
    stable=_hard_shrink_plus,
)
def hard_shrink_plus(x, a=Parameter(0.5, low=0.0), eps=Parameter(0.01, above=0.0)):
    """Hard shrinkage with sign(u) replaced by u/sqrt(u^2 + eps)."""
    return x * (1 + ((x - a) / sqrt((x - a) ** 2 + eps) - (x + a) / sqrt((x + a) ** 2 + eps)) / 2)


def _soft_shrink_plus(x, a, eps):
    """x (1 - 2a/s) with s the sum of the roots, whose square less 4a^2 is written without cancelling."""
    left, right = hypot(x - a, sqrt(eps)), hypot(x + a, sqrt(eps))
    s, p, gap = left + right, left * right, (a - x) * (a + x) - eps
    rest = where(gap > 0, 4 * eps * a**2 / (p + gap), p - gap)
    inside = x * (2 * rest / (s * (s + 2 * a)))
    return where(abs(x) < 1e8 * (1 + a), inside, x - sign(x) * a)


@activation(
    family="piecewise",
    title="Smooth soft shrinkage",
    aliases=("SoftshrinkPlus",),
    exceptions={"float64": (2.0, "its stable form is a product of many roundings")},
    source=PLUS,
    stable=_soft_shrink_plus,
)
def soft_shrink_plus(x, a=Parameter(0.5, low=0.0), eps=Parameter(0.01, above=0.0)):
    """Soft shrinkage with |u| replaced by sqrt(u^2 + eps)."""
    return x + (sqrt((x - a) ** 2 + eps) - sqrt((x + a) ** 2 + eps)) / 2


@activation(
    family="piecewise",
    title="Hard sigmoid of BinaryConnect",
    aliases=("BinaryConnect hard sigmoid", "sparse sigmoid"),
    note="JAX and Keras call it sparse_sigmoid; their hard_sigmoid is clip(x/6 + 1/2, 0, 1).",
    source=Source(
        "Courbariaux, Bengio & David",
        2015,
        "BinaryConnect: Training Deep Neural Networks with binary weights during propagations",
        arxiv="1511.00363",
        checked="paper, framework",
    ),
    equivalents={"jax": "jax.nn.sparse_sigmoid(x)", "keras": "keras.activations.sparse_sigmoid(x)"},
    stable=lambda x: where(x > -1, where(x < 1, (x + 1) / 2, 1), 0),
)
def hard_sigmoid_bc(x):
    """(x + 1)/2 cut off at 0 and 1."""
    return clip((x + 1) / 2, 0, 1)


@activation(
    family="piecewise",
    title="Hard sigmoid of Theano and ONNX",
    aliases=("Theano hard_sigmoid", "ONNX HardSigmoid", "keras 2 hard sigmoid"),
    note="The hard_sigmoid of Theano, Keras 1 and 2; since Keras 3 that name means clip(x/6 + 1/2, 0, 1).",
    source=Source("Theano", None, "theano.tensor.nnet.hard_sigmoid", venue="Theano documentation", checked="framework"),
    calls=("onnx.HardSigmoid(x, alpha=alpha, beta=beta)",),
)
def hard_sigmoid_keras2(x, alpha=0.2, beta=0.5):
    """alpha x + beta cut off at 0 and 1."""
    return clip(alpha * x + beta, 0, 1)


@activation(
    family="piecewise",
    title="Heaviside step with one half at zero",
    aliases=("Heaviside (half maximum)", "unit step half"),
    source=Source("classical", None, "Heaviside function", venue="classical", checked="definition"),
)
def heaviside_half(x):
    """Zero below zero, one above, one half at zero."""
    return where(x > 0, 1, where(equal(x, 0), 1 / 2, 0))


@activation(
    family="piecewise",
    title="Linearised sigmoidal activation",
    aliases=("LiSA", "ALiSA"),
    source=Source(
        "Bawa & Kumar",
        2019,
        "Linearized sigmoidal activation: A novel activation function with tractable non-linear characteristics to boost representation capability",
        venue="Expert Systems with Applications 120",
        checked="survey, other code",
    ),
)
def lisa(x, ar=Parameter(0.1, learnable=True), al=Parameter(0.1, learnable=True)):
    """Identity from 0 to 1, straight lines of slopes al and ar beyond."""
    return where(x >= 1, ar * x - ar + 1, where(x > 0, x, al * x))


@activation(
    family="piecewise",
    title="Linearly scaled piecewise triangular unit",
    aliases=("leaky rectified triangle linear unit", "LRTLU"),
    source=Source(
        "Adu, Yu, Cai & Mensah",
        2021,
        "LSPTLU",
        venue="as cited by Kunc & Klema 2024, arXiv:2402.09092",
        checked="survey, other code",
    ),
)
def lsptlu(x, a=Parameter(1.0, above=0.0, meaning="place and height of the peak")):
    """Slope 0.2 below zero, then a triangle of height a, zero beyond."""
    return where(x < 0, 0.2 * x, where(x <= a, x, where(x <= 2 * a, 2 * a - x, 0)))


@activation(
    family="piecewise",
    title="N-activation",
    use="Networks whose Lipschitz constant must be 1.",
    source=Source(
        "Prach & Lampert", 2023, "1-Lipschitz Neural Networks are more expressive with N-Activations", arxiv="2311.06103", checked="paper"
    ),
)  # fmt: skip
def n_activation(x, tmin=Parameter(-0.5, learnable=True), tmax=Parameter(0.5, low="tmin", learnable=True)):
    """Slopes 1, -1, 1 with kinks at tmin and tmax: its graph is the letter N."""
    return where(x < tmin, x - 2 * tmin, where(x > tmax, x - 2 * tmax, -x))


@activation(
    family="piecewise",
    title="Shrinkage with bias",
    aliases=("ONNX Shrink", "shrink"),
    note="bias = 0 is hard shrinkage, bias = lambd soft shrinkage.",
    source=Source("ONNX", None, "Shrink", venue="ONNX operator documentation", checked="framework"),
    calls=("onnx.Shrink(x, lambd=lambd, bias=bias)",),
)
def onnx_shrink(x, lambd=Parameter(0.5, low=0.0), bias=0.0):
    """Zero between -lambd and lambd; beyond, x moved towards zero by bias."""
    return where(x < -lambd, x + bias, where(x > lambd, x - bias, 0))


@activation(
    family="piecewise",
    title="Piecewise linear unit",
    source=Source(
        "Nicolae", 2018, "PLU: The Piecewise Linear Unit Activation Function", arxiv="1809.09534", checked="paper, survey"
    ),
    stable=lambda x, alpha, c: where(x > c, alpha * (x - c) + c, where(x < -c, alpha * (x + c) - c, x)),
)  # fmt: skip
def plu(x, alpha=Parameter(0.1, high=1.0, learnable=True, meaning="slope outside"), c=Parameter(1.0, above=0.0)):
    """Identity between -c and c, straight lines of slope alpha beyond: tanh in three pieces."""
    return maximum(alpha * (x + c) - c, minimum(alpha * (x - c) + c, x))


@activation(
    family="piecewise",
    title="Quantised clipped ReLU",
    aliases=("DoReFa activation", "PACT quantised forward"),
    note="Its slope is 0; training replaces it by that of the clipped ReLU (straight-through), which this is not.",
    source=Source(
        "Zhou & others",
        2016,
        "DoReFa-Net: Training Low Bitwidth Convolutional Neural Networks with Low Bitwidth Gradients",
        arxiv="1606.06160",
        checked="paper",
    ),
)
def quantized_relu(x, alpha=Parameter(1.0, above=0.0), k=Parameter(2.0, low=1.0, high=24.0, meaning="bits")):
    """ReLU cut off at alpha and rounded to 2^k equal levels."""
    return alpha / (2**k - 1) * floor(clip(x, 0, alpha) * (2**k - 1) / alpha + 1 / 2)


@activation(
    family="piecewise",
    title="Sign with a learned threshold",
    aliases=("ReAct-Sign", "RSign"),
    source=Source(
        "Liu, Shen, Savvides & Cheng",
        2020,
        "ReActNet: Towards Precise Binary Neural Network with Generalized Activation Functions",
        arxiv="2003.03488",
        checked="paper",
    ),
)
def rsign(x, alpha=Parameter(0.0, learnable=True)):
    """1 from alpha on, -1 below."""
    return where(x >= alpha, 1, -1)


@activation(
    family="piecewise",
    title="SCAD shrinkage",
    aliases=("SCAD thresholding", "smoothly clipped absolute deviation"),
    use="Sparse codes whose large values are not biased.",
    source=Source(
        "Fan & Li",
        2001,
        "Variable Selection via Nonconcave Penalized Likelihood and its Oracle Properties",
        doi="10.1198/016214501753382273",
        venue="Journal of the American Statistical Association 96",
        checked="paper",
    ),
)
def scad(x, lambd=Parameter(0.5, above=0.0), a=Parameter(3.7, above=2.0)):
    """Soft shrinkage up to 2 lambd, identity beyond a lambd, a straight line between."""
    size, soft = abs(x), sign(x) * maximum(abs(x) - lambd, 0)
    between = ((a - 1) * x - sign(x) * a * lambd) / (a - 2)
    return where(size <= 2 * lambd, soft, where(size <= a * lambd, between, x))


KIM = Source(
    "Kim & others",
    2019,
    "Shifted hard tanh",
    venue="as cited by Kunc & Klema 2024, arXiv:2402.09092",
    checked="survey, derivation",
)


@activation(family="piecewise", title="Horizontally shifted hard tanh", aliases=("ShHardTanh",), source=KIM)
def sh_hard_tanh(x, a=Parameter(0.0, learnable=True)):
    """Hard tanh of x + a."""
    return clip(x + a, -1, 1)


@activation(family="piecewise", title="Vertically shifted hard tanh", aliases=("SvHardTanh",), source=KIM)
def sv_hard_tanh(x, a=Parameter(0.0, learnable=True)):
    """Hard tanh of x, plus a."""
    return clip(x, -1, 1) + a
