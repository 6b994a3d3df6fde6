"""Straight pieces, steps and shrinkage towards zero."""

from math import factorial

from nonlin.catalogue._numerics import polynomial
from nonlin.core import REQUIRED, Parameter, Source, activation
from nonlin.ops import abs, sech, sign, tanh, where

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
    title="Tanh shrinkage",
    aliases=("tanh shrinkage",),
    use="Sparse coding, to damp small values smoothly.",
    weakness="Gradient is zero at the origin; unbounded; x - tanh(x) cancels for small x.",
    source=Source("PyTorch", None, "torch.nn.Tanhshrink", venue="PyTorch documentation"),
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
    title="Identity",
    aliases=(
        "linear",
        "purelin",
    ),
    use="Output layer of a regression; switching an activation off.",
    weakness="Adds no nonlinearity: stacked layers stay one linear map.",
    gain=1.0,
    source=Source("", None, "Identity", venue="classical"),
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
