"""x times a gate between 0 and 1 that is made from x itself."""

from nonlin.catalogue._numerics import polynomial
from nonlin.core import REQUIRED, Parameter, Source, activation
from nonlin.ops import abs, clip, erf, exp, log1p, normcdf, normpdf, pi, sech, sigmoid, softplus, sqrt, tanh, where

# Slopes here are gate + x gate'. Far left both terms underflow, to +0 and -0, whose sum has the wrong sign: a common
# factor taken out, or the leading term alone, keeps it.


def _gelu_slope(x):
    return where(x < -38.5, x * normpdf(x), normcdf(x) + x * normpdf(x))


def _gelu_tanh_stable(x):
    """(1 + tanh(u))/2 is sigmoid(2u), which keeps the left tail."""
    return x * sigmoid(sqrt(8 / pi) * (x + 0.044715 * x**3))


def _gelu_tanh_slope(x):
    u = sqrt(8 / pi) * (x + 0.044715 * x**3)
    return sigmoid(u) * (1 + x * sigmoid(-u) * (sqrt(8 / pi) * (1 + 3 * 0.044715 * x**2)))


def _hard_swish_stable(x):
    """Divided before it is multiplied, so that the largest numbers do not overflow."""
    return x * (clip(x + 3, 0, 6) / 6)


def _hard_swish_slope(x):
    """Branches by x itself: next to 3, x + 3 would round to 6."""
    return where(x <= -3, 0, where(x < 3, (2 * x + 3) / 6, 1))


# Below -40, softplus(x), tanh and erf of it and log1p(sigmoid(x)) are exp(x) times a constant, to double precision.


# mish' is zero at the sum of these two numbers; its Taylor series there, since a difference would leave too few digits
_MISH_TURN = (-1.1924312145154952, -4.8484829848031044e-17)
_MISH_TAYLOR = (0.2669479140495345, 0.20473126408010586, 0.04190782104360987, -0.020271822716684245,
                -0.01582112656173338, -0.0033606849270232685, 0.0010924055409445854, 0.0009898181021289196)  # fmt: skip


def _mish_slope(x):
    s, t = softplus(x), (x - _MISH_TURN[0]) - _MISH_TURN[1]
    plain = tanh(s) + x * (sech(s) ** 2 * sigmoid(x))
    return where(x < -40, exp(x) * (1 + x), where(abs(t) < 2.0**-7, t * polynomial(_MISH_TAYLOR, t), plain))


def _serf_slope(x):
    s = softplus(x)
    return where(x < -40, 2 / sqrt(pi) * exp(x) * (1 + x), erf(s) + x * (2 / sqrt(pi) * exp(-(s**2)) * sigmoid(x)))


def _logish_slope(x):
    s = sigmoid(x)
    return where(x < -40, exp(x) * (1 + x), log1p(s) + x * (s * sigmoid(-x) / (1 + s)))


@activation(
    family="gated",
    core=True,
    title="Gaussian error linear unit",
    aliases=(
        "gelu_exact",
        "gelu (exact)",
        "gelu_erf",
        "gelu_python",
        "gelu_none",
        "gaussian error linear unit",
    ),
    use="Transformers; a smooth stand-in for ReLU.",
    weakness="Needs erf; not monotone; negative tail fades to zero.",
    note="jax.nn.gelu is the tanh form by default. In float32 PyTorch gives 0 from x = -5.55 down.",
    source=Source(
        "Hendrycks & Gimpel",
        2016,
        "Gaussian Error Linear Units (GELUs)",
        arxiv="1606.08415",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.gelu(x)",
        "jax": "jax.nn.gelu(x, approximate=False)",
        "tensorflow": "tensorflow.nn.gelu(x, approximate=False)",
        "keras": "keras.activations.gelu(x, approximate=False)",
    },
    calls=(
        "torch.nn.GELU()(x)",
        "keras.ops.gelu(x, approximate=False)",
        "transformers.activations.ACT2FN['gelu'](x)",
        "transformers.activations.ACT2FN['gelu_python'](x)",
        "timm.layers.create_act_layer('gelu')(x)",
        "onnx.Gelu(x)",
        "onednn.eltwise_gelu_erf(x)",
    ),
    namesakes={
        "transformers.activations.ACT2FN['quick_gelu'](x)": "x*sigmoid(1.702*x)",
        "transformers.activations.ACT2FN['gelu_10'](x)": "clip(x*normcdf(x), -10, 10)",
        "timm.layers.create_act_layer('quick_gelu')(x)": "x*sigmoid(1.702*x)",
    },
    framework_defaults={
        "torch.nn.functional.gelu": {"approximate": "none"},
        "torch.nn.GELU": {"approximate": "none"},
        "tensorflow.nn.gelu": {"approximate": False},
        "keras.activations.gelu": {"approximate": False},
        "onnx.Gelu": {"approximate": "none"},
    },
    stable_derivative=_gelu_slope,
)
def gelu(x):
    """x times the probability that a standard normal variable is below x."""
    return x * normcdf(x)


@activation(
    family="gated",
    core=True,
    title="GELU, tanh approximation",
    aliases=(
        "gelu_new",
        "gelu_fast",
        "gelu_pytorch_tanh",
        "gelu_accurate",
        "sielu",
        "gelu_approximate",
        "tanh_gelu",
    ),
    use="Reproducing GPT-2, BERT code and jax defaults.",
    weakness="Differs from GELU by up to 4.7e-4 (at |x| = 2.70); the cubic overflows for huge x.",
    note="x sigmoid(1.702 x), called quick GELU, is another approximation.",
    source=Source(
        "Hendrycks & Gimpel",
        2016,
        "Gaussian Error Linear Units (GELUs)",
        arxiv="1606.08415",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.gelu(x, approximate='tanh')",
        "jax": "jax.nn.gelu(x, approximate=True)",
        "tensorflow": "tensorflow.nn.gelu(x, approximate=True)",
        "keras": "keras.activations.gelu(x, approximate=True)",
    },
    calls=(
        "torch.nn.GELU(approximate='tanh')(x)",
        "keras.ops.gelu(x, approximate=True)",
        "transformers.activations.ACT2FN['gelu_new'](x)",
        "transformers.activations.ACT2FN['gelu_fast'](x)",
        "transformers.activations.ACT2FN['gelu_pytorch_tanh'](x)",
        "transformers.activations.ACT2FN['gelu_python_tanh'](x)",
        "transformers.activations.ACT2FN['gelu_accurate'](x)",
        "timm.layers.create_act_layer('gelu_tanh')(x)",
        "onnx.Gelu(x, approximate='tanh')",
        "onednn.eltwise_gelu_tanh(x)",
    ),
    framework_defaults={
        "jax.nn.gelu": {"approximate": True},
        "keras.ops.gelu": {"approximate": True},
    },
    stable=_gelu_tanh_stable,
    stable_derivative=_gelu_tanh_slope,
)
def gelu_tanh(x):
    """GELU with its normal distribution function replaced by a tanh of a cubic."""
    return x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2


@activation(
    family="gated",
    core=True,
    title="Sigmoid linear unit",
    aliases=(
        "swish1",
        "sigmoid linear unit",
        "sigmoid weighted linear unit",
    ),
    use="Smooth default in recent vision and language models.",
    weakness="Not monotone; dips to -0.278; costs an exponential.",
    note="Called swish in JAX and Keras; here swish is the entry with beta.",
    source=Source(
        "Hendrycks & Gimpel",
        2016,
        "Gaussian Error Linear Units (GELUs)",
        arxiv="1606.08415",
        also="Elfwing, Uchibe & Doya 2017, arXiv:1702.03118; Ramachandran, Zoph & Le 2017, arXiv:1710.05941",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.silu(x)",
        "jax": "jax.nn.silu(x)",
        "tensorflow": "tensorflow.nn.silu(x)",
        "keras": "keras.activations.silu(x)",
    },
    calls=(
        "torch.nn.SiLU()(x)",
        "keras.ops.silu(x)",
        "transformers.activations.ACT2FN['silu'](x)",
        "timm.layers.create_act_layer('silu')(x)",
        "onnx.Swish(x)",
        "onednn.eltwise_swish(x, alpha=1.0)",
    ),
    stable_derivative=lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
)
def silu(x):
    """x times its own sigmoid."""
    return x * sigmoid(x)


@activation(
    family="gated",
    core=True,
    title="Swish with slope beta",
    aliases=(
        "swish_beta",
        "parametric swish",
    ),
    use="When the sharpness of SiLU should be tuned or learned.",
    weakness="Not monotone; one more parameter with little measured gain over SiLU.",
    source=Source(
        "Ramachandran, Zoph & Le",
        2017,
        "Searching for Activation Functions",
        arxiv="1710.05941",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.silu(x)",
        "jax": "jax.nn.swish(x)",
        "tensorflow": "tensorflow.nn.silu(x, beta=beta)",
        "keras": "keras.activations.swish(x)",
    },
    calls=(
        "tensorflow.nn.swish(x, beta=beta)",
        "transformers.activations.ACT2FN['swish'](x)",
        "timm.layers.create_act_layer('swish')(x)",
        "onnx.Swish(x, alpha=beta)",
        "onednn.eltwise_swish(x, alpha=beta)",
    ),
    framework_defaults={"onednn.eltwise_swish": {"alpha": REQUIRED}},
    stable_derivative=lambda x, beta: sigmoid(beta * x) * (1 + beta * x * sigmoid(-beta * x)),
)
def swish(x, beta=Parameter(1.0, learnable=True, meaning="sharpness of the gate; 0 gives x/2")):
    """x times sigmoid(beta x): between x/2 (beta = 0) and ReLU (beta large)."""
    return x * sigmoid(beta * x)


@activation(
    family="gated",
    core=True,
    title="Hard swish",
    aliases=(
        "hswish",
        "hard_silu",
    ),
    use="SiLU-like unit for phones and fixed-point arithmetic.",
    weakness="Zero gradient below -3; not monotone; kinks at -3 and 3.",
    note="At the kinks the derivative is 0 at -3 and 1 at 3, as in PyTorch, JAX and Keras.",
    source=Source(
        "Howard & others",
        2019,
        "Searching for MobileNetV3",
        arxiv="1905.02244",
        venue="ICCV 2019",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.hardswish(x)",
        "jax": "jax.nn.hard_swish(x)",
        "keras": "keras.activations.hard_swish(x)",
    },
    calls=(
        "torch.nn.Hardswish()(x)",
        "jax.nn.hard_silu(x)",
        "keras.activations.hard_silu(x)",
        "keras.ops.hard_swish(x)",
        "transformers.activations.ACT2FN['hardswish'](x)",
        "timm.layers.create_act_layer('hard_swish')(x)",
        "timm.layers.create_act_layer('hardswish')(x)",
        "onnx.HardSwish(x)",
        "onednn.eltwise_hardswish(x, alpha=0.16666666666666666, beta=0.5)",
    ),
    namesakes={"onednn.eltwise_hardswish(x, alpha=alpha, beta=beta)": "x*clip(alpha*x + beta, 0, 1)"},
    framework_defaults={"onednn.eltwise_hardswish": {"alpha": REQUIRED, "beta": REQUIRED}},
    stable=_hard_swish_stable,
    stable_derivative=_hard_swish_slope,
)
def hard_swish(x):
    """x times the hard sigmoid x/6 + 1/2."""
    return x * clip(x + 3, 0, 6) / 6


@activation(
    family="gated",
    core=True,
    title="Mish",
    use="Detection and vision networks where SiLU is also tried.",
    weakness="Three transcendental steps per element; not monotone.",
    source=Source(
        "Misra",
        2019,
        "Mish: A Self Regularized Non-Monotonic Activation Function",
        arxiv="1908.08681",
        venue="BMVC 2020",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.mish(x)",
        "jax": "jax.nn.mish(x)",
        "keras": "keras.activations.mish(x)",
    },
    calls=(
        "torch.nn.Mish()(x)",
        "transformers.activations.ACT2FN['mish'](x)",
        "timm.layers.create_act_layer('mish')(x)",
        "onnx.Mish(x)",
        "onednn.eltwise_mish(x)",
    ),
    namesakes={
        "timm.layers.create_act_layer('hard_mish')(x)": "x*clip(x + 2, 0, 2)/2",
    },
    stable_derivative=_mish_slope,
)
def mish(x):
    """x times tanh(softplus(x)): self-gated and smooth."""
    return x * tanh(softplus(x))


@activation(
    family="gated",
    title="Serf",
    aliases=(
        "log-softplus error function",
        "log softplus error activation function",
    ),
    use="Vision networks, as an alternative to Mish.",
    weakness="Expensive (erf, log, exp); not monotone; little tested.",
    source=Source(
        "Nag & Bhattacharyya",
        2021,
        "SERF: Towards better training of deep neural networks using log-Softplus ERror activation Function",
        arxiv="2108.09598",
        venue="WACV 2023",
        checked="paper, survey",
    ),
    stable_derivative=_serf_slope,
)
def serf(x):
    """x times erf(softplus(x)): Mish with erf in place of tanh."""
    return x * erf(softplus(x))


@activation(
    family="gated",
    title="Logish",
    use="Vision networks, as an alternative to Swish and Mish.",
    weakness="Slope tends to log 2 = 0.69, so it shrinks positive values; not monotone.",
    source=Source(
        "Zhu, Zeng, Liu & Zhang",
        2021,
        "Logish: A new nonlinear nonmonotonic activation function for convolutional neural network",
        doi="10.1016/j.neucom.2021.06.067",
        venue="Neurocomputing",
        checked="paper, survey",
    ),
    stable_derivative=_logish_slope,
)
def logish(x):
    """x times log(1 + sigmoid(x))."""
    return x * log1p(sigmoid(x))
