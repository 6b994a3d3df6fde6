"""S-shaped functions: bounded on both sides, or the logarithm of one."""

from nonlin.core import REQUIRED, Parameter, Source, activation
from nonlin.ops import (
    abs,
    asinh,
    atan,
    clip,
    cos,
    equal,
    expm1,
    hypot,
    log,
    log1p,
    log_sigmoid,
    maximum,
    sigmoid,
    sign,
    sqrt,
    tanh,
    where,
)


@activation(
    family="sigmoidal",
    core=True,
    title="Logistic sigmoid",
    aliases=(
        "logistic",
        "expit",
        "soft step",
        "logistic sigmoid",
    ),
    use="Gates, and the output unit for a yes/no probability.",
    weakness="Saturates on both sides, slope at most 1/4, outputs never centred on zero.",
    gain=1.0,
    source=Source(
        "Verhulst",
        1845,
        "Recherches mathématiques sur la loi d'accroissement de la population",
        venue="Nouveaux Mémoires de l'Académie Royale des Sciences et Belles-Lettres de Bruxelles 18:1-41",
        also="Verhulst 1838, Notice sur la loi que la population suit dans son accroissement, Correspondance Mathématique et Physique 10:113-121 (equation, without the name)",
        checked="survey, framework",
    ),
    equivalents={
        "torch": "torch.sigmoid(x)",
        "jax": "jax.nn.sigmoid(x)",
        "tensorflow": "tensorflow.math.sigmoid(x)",
        "keras": "keras.activations.sigmoid(x)",
    },
    calls=(
        "torch.nn.functional.sigmoid(x)",
        "torch.nn.Sigmoid()(x)",
        "tensorflow.nn.sigmoid(x)",
        "tensorflow.sigmoid(x)",
        "keras.ops.sigmoid(x)",
        "transformers.activations.ACT2FN['sigmoid'](x)",
        "timm.layers.create_act_layer('sigmoid')(x)",
        "onnx.Sigmoid(x)",
        "onednn.eltwise_logistic(x)",
    ),
    namesakes={
        "transformers.activations.ACT2FN['laplace'](x)": "normcdf((x - 0.707107)/0.282095)",
    },
    from_output=lambda y: y * (1 - y),
)
def sigmoid(x):
    """Smooth S-shaped step from 0 to 1; the inverse of the log-odds."""
    return sigmoid(x)


@activation(
    family="sigmoidal",
    core=True,
    title="Log-sigmoid",
    aliases=(
        "ln sigmoid",
        "log logistic",
    ),
    use="Log-likelihood of a binary label without overflow.",
    weakness="Unbounded below, gradient vanishes for large positive x, always negative.",
    source=Source("", None, "Logarithm of the logistic function", venue="classical", checked="definition"),
    equivalents={
        "torch": "torch.nn.functional.logsigmoid(x)",
        "jax": "jax.nn.log_sigmoid(x)",
        "tensorflow": "tensorflow.math.log_sigmoid(x)",
        "keras": "keras.activations.log_sigmoid(x)",
    },
    calls=(
        "torch.nn.LogSigmoid()(x)",
        "keras.ops.log_sigmoid(x)",
    ),
    from_output=lambda y: -expm1(y),
)
def log_sigmoid(x):
    """Logarithm of the sigmoid: near x far left, tending to 0 far right."""
    return log_sigmoid(x)


@activation(
    family="sigmoidal",
    core=True,
    title="Hard sigmoid",
    aliases=(
        "hsigmoid",
        "piecewise linear sigmoid",
    ),
    use="Cheap gate on phones and in quantised networks.",
    weakness="Gradient exactly zero outside (-3, 3); the name covers several slopes.",
    note="Keras 1 and 2, Theano and the ONNX default compute 0.2 x + 0.5; BinaryConnect computes (x + 1)/2.",
    source=Source(
        "Howard & others",
        2019,
        "Searching for MobileNetV3",
        arxiv="1905.02244",
        also="Courbariaux, Bengio & David 2015, BinaryConnect, arXiv:1511.00363 uses the same name for clip((x+1)/2, 0, 1)",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.hardsigmoid(x)",
        "jax": "jax.nn.hard_sigmoid(x)",
        "keras": "keras.activations.hard_sigmoid(x)",
    },
    calls=(
        "torch.nn.Hardsigmoid()(x)",
        "keras.ops.hard_sigmoid(x)",
        "timm.layers.create_act_layer('hard_sigmoid')(x)",
        "timm.layers.create_act_layer('hardsigmoid')(x)",
        "onnx.HardSigmoid(x, alpha=0.16666666666666666, beta=0.5)",
        "onednn.eltwise_hardsigmoid(x, alpha=0.16666666666666666, beta=0.5)",
    ),
    namesakes={
        "jax.nn.sparse_sigmoid(x)": "clip((x + 1)/2, 0, 1)",
        "keras.activations.sparse_sigmoid(x)": "clip((x + 1)/2, 0, 1)",
        "onnx.HardSigmoid(x, alpha=alpha, beta=beta)": "clip(alpha*x + beta, 0, 1)",
        "onednn.eltwise_hardsigmoid(x, alpha=alpha, beta=beta)": "clip(alpha*x + beta, 0, 1)",
    },
    framework_defaults={
        "onnx.HardSigmoid": {"alpha": 0.2, "beta": 0.5},
        "onednn.eltwise_hardsigmoid": {"alpha": REQUIRED, "beta": REQUIRED},
    },
    stable=lambda x: clip(x + 3, 0, 6) / 6,  # x + 3 is exact near -3
    stable_derivative=lambda x: where(abs(x) < 3, 1, 0) / 6,  # x + 3 is not next to 3
    from_output=lambda y: where(y > 0, where(y < 1, 1 / 6, 0), 0),
)
def hard_sigmoid(x):
    """Straight line x/6 + 1/2, cut off at 0 and 1."""
    return clip(x / 6 + 1 / 2, 0, 1)


@activation(
    family="sigmoidal",
    core=True,
    title="Hyperbolic tangent",
    aliases=(
        "hyperbolic tangent",
        "tansig",
    ),
    use="Recurrent networks and small dense ones; bounded, centred outputs.",
    weakness="Saturates on both sides, so gradients fade in deep stacks.",
    gain=5 / 3,
    source=Source(
        "LeCun, Bottou, Orr & Müller",
        1998,
        "Efficient BackProp",
        doi="10.1007/3-540-49430-8_2",
        venue="Neural Networks: Tricks of the Trade, Springer, 9-50",
        checked="survey, framework",
    ),
    equivalents={
        "torch": "torch.tanh(x)",
        "jax": "jax.nn.tanh(x)",
        "tensorflow": "tensorflow.math.tanh(x)",
        "keras": "keras.activations.tanh(x)",
    },
    calls=(
        "torch.nn.functional.tanh(x)",
        "torch.nn.Tanh()(x)",
        "tensorflow.nn.tanh(x)",
        "tensorflow.tanh(x)",
        "keras.ops.tanh(x)",
        "transformers.activations.ACT2FN['tanh'](x)",
        "timm.layers.create_act_layer('tanh')(x)",
        "onnx.Tanh(x)",
        "onednn.eltwise_tanh(x)",
    ),
    from_output=lambda y: 1 - y**2,
)
def tanh(x):
    """Odd S-shaped curve from -1 to 1 with slope 1 at zero."""
    return tanh(x)


@activation(
    family="sigmoidal",
    core=True,
    title="Hard tanh",
    aliases=(
        "satlins",
        "relu_n1_to_1",
    ),
    use="Cheap bounded unit, for quantised or binarised networks.",
    weakness="Gradient exactly zero outside the bounds; units can stick there.",
    note="At the bounds PyTorch takes the derivative 0, as here; jax.nn.hard_tanh, TensorFlow and Keras take 1.",
    source=Source(
        "Collobert",
        2004,
        "Large Scale Machine Learning",
        venue="PhD thesis, Université de Paris VI",
        checked="survey, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.hardtanh(x, min_val=min_val, max_val=max_val)",
        "jax": "jax.numpy.clip(x, min=min_val, max=max_val)",
        "tensorflow": "tensorflow.clip_by_value(x, clip_value_min=min_val, clip_value_max=max_val)",
        "keras": "keras.ops.clip(x, x_min=min_val, x_max=max_val)",
    },
    calls=(
        "torch.nn.Hardtanh(min_val=min_val, max_val=max_val)(x)",
        "torch.clamp(x, min=min_val, max=max_val)",
        "jax.nn.hard_tanh(x)",
        "keras.activations.hard_tanh(x)",
        "keras.ops.hard_tanh(x)",
        "onnx.Clip(x, min=min_val, max=max_val)",
        "onednn.eltwise_clip(x, alpha=min_val, beta=max_val)",
    ),
    framework_defaults={
        "jax.numpy.clip": {"min": REQUIRED, "max": REQUIRED},
        "torch.clamp": {"min": REQUIRED, "max": REQUIRED},
        "tensorflow.clip_by_value": {"clip_value_min": REQUIRED, "clip_value_max": REQUIRED},
        "keras.ops.clip": {"x_min": REQUIRED, "x_max": REQUIRED},
        "onnx.Clip": {"min": REQUIRED, "max": REQUIRED},
        "onednn.eltwise_clip": {"alpha": REQUIRED, "beta": REQUIRED},
    },
    from_output=lambda y, min_val, max_val: where(y > min_val, where(y < max_val, 1, 0), 0),
)
def hard_tanh(
    x,
    min_val=Parameter(-1.0, meaning="lower bound of the output"),
    max_val=Parameter(1.0, low="min_val", meaning="upper bound of the output"),
):
    """Identity between two bounds, constant outside them."""
    return clip(x, min_val, max_val)


@activation(
    family="sigmoidal",
    core=True,
    title="Inverse tangent",
    aliases=(
        "atan",
        "inverse tangent",
        "arctangent",
    ),
    use="When a bounded unit should keep some gradient far out.",
    weakness="Still saturates, gradient falls like 1/x^2; range is not [-1, 1].",
    source=Source("", None, "Inverse tangent", venue="classical", checked="definition"),
    equivalents={
        "torch": "torch.atan(x)",
        "jax": "jax.numpy.arctan(x)",
        "tensorflow": "tensorflow.math.atan(x)",
        "keras": "keras.ops.arctan(x)",
    },
    calls=(
        "torch.arctan(x)",
        "tensorflow.atan(x)",
        "onnx.Atan(x)",
    ),
    from_output=lambda y: cos(y) ** 2,
)
def arctan(x):
    """Odd S-shaped curve from -pi/2 to pi/2 that approaches its limits slowly."""
    return atan(x)


@activation(
    family="sigmoidal",
    core=True,
    title="Softsign",
    aliases=(
        "elliot symmetric",
        "elliott symmetric",
        "elliotsig",
    ),
    use="Bounded units without exponentials, with slower saturation than tanh.",
    weakness="Saturates; second derivative jumps at zero.",
    source=Source(
        "Elliott",
        1993,
        "A better activation function for artificial neural networks",
        venue="Technical Report ISR TR 93-8, University of Maryland",
        also="Turian, Bergstra & Bengio 2009; Glorot & Bengio 2010",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.softsign(x)",
        "jax": "jax.nn.soft_sign(x)",
        "tensorflow": "tensorflow.nn.softsign(x)",
        "keras": "keras.activations.softsign(x)",
    },
    calls=(
        "torch.nn.Softsign()(x)",
        "keras.ops.softsign(x)",
        "onnx.Softsign(x)",
    ),
    stable_derivative=lambda x: (1 / (1 + abs(x))) ** 2,  # the quotient rule would cancel
    from_output=lambda y: (1 - abs(y)) ** 2,
)
def softsign(x):
    """x / (1 + |x|): an algebraic S-curve from -1 to 1."""
    return x / (1 + abs(x))


_EGER = Source(
    "Eger, Youssef & Gurevych",
    2018,
    "Is it Time to Swish? Comparing Deep Learning Activation Functions Across NLP tasks",
    arxiv="1901.02671",
    venue="EMNLP 2018",
    also="from the search of Ramachandran, Zoph & Le 2017, arXiv:1710.05941",
    checked="paper, survey, other code",
)


def _arctid_slope(x):
    """Over one denominator, with 2 atan(x) - 1 first, which is exact; far out it is -1 and a little."""
    near = ((2 * atan(x) - 1) - x**2) / (1 + x**2)
    return where(abs(x) < 1e4, near, 2 * atan(x) * (1 / hypot(1, x)) ** 2 - 1)


@activation(
    family="sigmoidal",
    title="Arctid",
    note="torch-activation documents atan(x) 2^(-x).",
    source=_EGER,
    stable=lambda x: -(x - atan(x) ** 2),
    stable_derivative=_arctid_slope,
)
def arctid(x):
    """Square of the inverse tangent, minus x."""
    return atan(x) ** 2 - x


_M_ARCSINH = Source(
    "Parisi",
    2020,
    "m-arcsinh: An Efficient and Reliable Function for SVM and MLP in scikit-learn",
    arxiv="2009.07530",
    checked="paper, survey, other code",
)


def _m_arcsinh_slope(x):
    """Its limit 0 at 0, where the root has an infinite slope."""
    s = abs(x)
    return where(equal(x, 0), 0, (sqrt(s) / hypot(1, x) + asinh(s) / sqrt(maximum(s, 5e-324)) / 2) / 12)


@activation(
    family="sigmoidal",
    title="Modified arcsinh",
    aliases=("modified arcsinh",),
    note="torch-activation documents |x| in place of its root.",
    source=_M_ARCSINH,
    stable_derivative=_m_arcsinh_slope,
)
def m_arcsinh(x):
    """Inverse hyperbolic sine times the root of |x|, scaled."""
    return asinh(x) * sqrt(abs(x)) / 12


_SYMLOG = Source(
    "Hafner, Pasukonis, Ba & Lillicrap",
    2023,
    "Mastering Diverse Domains through World Models",
    arxiv="2301.04104",
    also="Bilski 2000 as logarithmic activation function",
    checked="paper, survey",
)


@activation(
    family="sigmoidal",
    title="Symmetric logarithm",
    aliases=("symmetric logarithm", "logarithmic activation", "laf", "signed log1p"),
    note="The survey prints the older logarithmic activation as ln(x) + 1, which is infinite at 0.",
    source=_SYMLOG,
    stable=lambda x: where(x > 0, log1p(x), -log1p(-x)),
)
def symlog(x):
    """Odd logarithm: sign(x) log(1 + |x|)."""
    return sign(x) * log1p(abs(x))


_LOGIT = Source(
    "Berkson",
    1944,
    "Application of the Logistic Function to Bio-Assay",
    venue="Journal of the American Statistical Association 39",
    checked="definition",
)


@activation(
    family="sigmoidal",
    title="Logit",
    aliases=("log-odds",),
    note="NaN outside 0..1. torch.logit may cut x off at a distance eps from the ends.",
    source=_LOGIT,
    stable=lambda x: where(abs(x - 0.5) < 0.25, log1p((2 * x - 1) / (1 - x)), log(x / (1 - x))),
    stable_derivative=lambda x: where(x < 0, log(x), where(x > 1, log(1 - x), 1 / abs(x) / abs(1 - x))),
)
def logit(x):
    """Inverse of the logistic sigmoid: the logarithm of the odds."""
    return log(x / (1 - x))


_ASINH_CALLS = {
    "torch": "torch.asinh(x)",
    "jax": "jax.numpy.asinh(x)",
    "tensorflow": "tensorflow.math.asinh(x)",
    "keras": "keras.ops.arcsinh(x)",
}


@activation(
    family="sigmoidal",
    title="Inverse hyperbolic sine",
    aliases=("arsinh", "arcsinh", "inverse hyperbolic sine"),
    source=Source("classical", None, "Inverse hyperbolic sine", venue="classical", checked="definition"),
    equivalents=_ASINH_CALLS,
)
def asinh(x):
    """Inverse hyperbolic sine: linear at zero, logarithmic far out."""
    return asinh(x)
