"""Functions that keep the positive side and bend or drop the negative one."""

from nonlin.catalogue._shared import THREE_DECADES
from nonlin.core import REQUIRED, Parameter, Source, activation
from nonlin.ops import abs, clip, equal, exp, expm1, hypot, log, log1p, maximum, sigmoid, softplus, sqrt, where


def _softplus_stable(x, beta):
    """Not softplus(beta x)/beta, which overflows for large x, and whose derivative by beta cancels there."""
    return maximum(x, 0) + log1p(exp(-abs(beta * x))) / beta


def _squareplus_stable(x, b):
    """For negative x the sum cancels: its conjugate does not. Halves first, so that nothing overflows."""
    h = hypot(x, sqrt(b))
    return where(x >= 0, x / 2 + h / 2, b / 4 / maximum(h / 2 - x / 2, 5e-324))  # not 0/0 for b = 0


def _squareplus_slope(x, b):
    """(1 + x/h)/2, which is the value over h; the second form where the first cancels."""
    h = hypot(x, sqrt(b))
    return where(2 * x >= -h, 1 / 2 + where(equal(h, 0), 0, x / h) / 2, _squareplus_stable(x, b) / h)


@activation(
    family="rectified",
    core=True,
    title="Rectified linear unit",
    aliases=(
        "rectified linear unit",
        "rectifier",
        "ramp",
        "positive part",
        "poslin",
    ),
    use="Default for convolutional and dense layers; nothing is cheaper.",
    weakness="Units stuck on the negative side get no gradient and die; never negative.",
    gain=2**0.5,
    source=Source(
        "Fukushima",
        1969,
        "Visual feature extraction by a multilayered network of analog threshold elements",
        doi="10.1109/TSSC.1969.300225",
        venue="IEEE Transactions on Systems Science and Cybernetics 5(4)",
        also="Nair & Hinton 2010, Rectified linear units improve restricted Boltzmann machines, ICML; Householder 1941 is earlier as a neuron model",
        checked="survey, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.relu(x)",
        "jax": "jax.nn.relu(x)",
        "tensorflow": "tensorflow.nn.relu(x)",
        "keras": "keras.activations.relu(x)",
    },
    calls=(
        "torch.relu(x)",
        "torch.nn.ReLU()(x)",
        "keras.ops.relu(x)",
        "keras.layers.ReLU()(x)",
        "transformers.activations.ACT2FN['relu'](x)",
        "timm.layers.create_act_layer('relu')(x)",
        "onnx.Relu(x)",
        "onednn.eltwise_relu(x, alpha=0.0)",
    ),
    namesakes={
        "transformers.activations.ACT2FN['relu2'](x)": "maximum(x, 0)**2",
    },
    framework_defaults={
        "keras.activations.relu": {"negative_slope": 0.0, "max_value": None, "threshold": 0.0},
        "keras.layers.ReLU": {"max_value": None, "negative_slope": 0.0, "threshold": 0.0},
        "onednn.eltwise_relu": {"alpha": REQUIRED},
    },
    from_output=lambda y: where(y > 0, 1, 0),
)
def relu(x):
    """Passes positive inputs unchanged and turns negative ones into zero."""
    return maximum(x, 0)


@activation(
    family="rectified",
    core=True,
    title="ReLU6",
    aliases=(
        "rectified linear unit 6",
        "clipped relu 6",
    ),
    use="Mobile and fixed-point networks that need a known range.",
    weakness="No gradient below 0 or above 6.",
    source=Source(
        "Krizhevsky",
        2010,
        "Convolutional Deep Belief Networks on CIFAR-10",
        venue="University of Toronto manuscript, 2010 (www.cs.utoronto.ca/~kriz/conv-cifar10-aug2010.pdf)",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.relu6(x)",
        "jax": "jax.nn.relu6(x)",
        "tensorflow": "tensorflow.nn.relu6(x)",
        "keras": "keras.activations.relu6(x)",
    },
    calls=(
        "torch.nn.ReLU6()(x)",
        "keras.activations.relu(x, max_value=6)",
        "keras.ops.relu6(x)",
        "keras.layers.ReLU(max_value=6)(x)",
        "transformers.activations.ACT2FN['relu6'](x)",
        "timm.layers.create_act_layer('relu6')(x)",
    ),
    namesakes={
        "keras.activations.relu(x, max_value=max_value)": "clip(x, 0, max_value)",
        "keras.layers.ReLU(max_value=max_value)(x)": "clip(x, 0, max_value)",
    },
    from_output=lambda y: where(y > 0, where(y < 6, 1, 0), 0),
)
def relu6(x):
    """ReLU with its output capped at 6."""
    return clip(x, 0, 6)


@activation(
    family="rectified",
    core=True,
    title="Leaky ReLU",
    aliases=(
        "lrelu",
        "leaky rectified linear unit",
    ),
    use="When ReLU units die and no extra parameter is wanted.",
    weakness="Slope is one more choice; outputs are unbounded on both sides.",
    note="Default slopes differ: 0.01 in PyTorch and JAX, 0.2 in tensorflow.nn and keras.activations, 0.3 in keras.layers.LeakyReLU. At 0 JAX takes the derivative 1, the others the slope.",
    gain=(2 / (1 + 0.01**2)) ** 0.5,
    source=Source(
        "Maas, Hannun & Ng",
        2013,
        "Rectifier nonlinearities improve neural network acoustic models",
        venue="ICML 2013 (workshop on deep learning for audio, speech and language processing)",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.leaky_relu(x, negative_slope=negative_slope)",
        "jax": "jax.nn.leaky_relu(x, negative_slope=negative_slope)",
        "tensorflow": "tensorflow.nn.leaky_relu(x, alpha=negative_slope)",
        "keras": "keras.activations.leaky_relu(x, negative_slope=negative_slope)",
    },
    calls=(
        "torch.nn.LeakyReLU(negative_slope=negative_slope)(x)",
        "keras.activations.relu(x, negative_slope=negative_slope)",
        "keras.ops.leaky_relu(x, negative_slope=negative_slope)",
        "keras.layers.LeakyReLU(negative_slope=negative_slope)(x)",
        "keras.layers.ReLU(negative_slope=negative_slope)(x)",
        "transformers.activations.ACT2FN['leaky_relu'](x)",
        "timm.layers.create_act_layer('leaky_relu', negative_slope=negative_slope)(x)",
        "onnx.LeakyRelu(x, alpha=negative_slope)",
        "onednn.eltwise_relu(x, alpha=negative_slope)",
    ),
    framework_defaults={
        "tensorflow.nn.leaky_relu": {"alpha": 0.2},
        "keras.activations.leaky_relu": {"negative_slope": 0.2},
        "keras.ops.leaky_relu": {"negative_slope": 0.2},
        "keras.layers.LeakyReLU": {"negative_slope": 0.3},
    },
    from_output=lambda y, negative_slope: where(y > 0, 1, negative_slope),
)
def leaky_relu(x, negative_slope=Parameter(0.01, low=0.0, meaning="slope below zero")):
    """ReLU with a small fixed slope for negative inputs."""
    return where(x > 0, x, negative_slope * x)


@activation(
    family="rectified",
    core=True,
    title="Parametric ReLU",
    aliases=(
        "parametric relu",
        "parametric rectified linear unit",
    ),
    use="Large networks where a slope per channel is affordable.",
    weakness="Extra parameters that can overfit; with slope 1 it is linear.",
    note="torch.nn.PReLU starts at 0.25, keras.layers.PReLU at 0 and with one slope per element.",
    source=Source(
        "He, Zhang, Ren & Sun",
        2015,
        "Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet Classification",
        arxiv="1502.01852",
        venue="ICCV 2015",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.leaky_relu(x, negative_slope=weight)",
        "jax": "jax.nn.leaky_relu(x, negative_slope=weight)",
        "tensorflow": "tensorflow.nn.leaky_relu(x, alpha=weight)",
        "keras": "keras.activations.leaky_relu(x, negative_slope=weight)",
    },
    calls=(
        "torch.nn.PReLU(init=weight)(x)",
        "keras.layers.PReLU(alpha_initializer=keras.initializers.Constant(weight))(x)",
        "transformers.activations.ACT2FN['prelu'](x)",
        "timm.layers.create_act_layer('prelu', init=weight)(x)",
        "onnx.PRelu(x, slope=weight)",
        "onednn.prelu(x, weights=weight)",
    ),
    framework_defaults={
        "keras.layers.PReLU": {"alpha_initializer": 0.0},
        "onnx.PRelu": {"slope": REQUIRED},
        "onednn.prelu": {"weights": REQUIRED},
    },
    from_output="with a negative weight two inputs give one output",
)
def prelu(x, weight=Parameter(0.25, learnable=True, meaning="slope below zero, shared or one per channel")):
    """Leaky ReLU whose negative slope is learned."""
    return where(x > 0, x, weight * x)


@activation(
    family="rectified",
    core=True,
    title="Threshold",
    use="Zeroing or flooring weak responses.",
    weakness="Usually jumps at the threshold; no gradient below it.",
    note="PyTorch and Keras require both arguments; the defaults, which give ReLU, are ours.",
    source=Source("PyTorch", None, "torch.nn.Threshold", venue="PyTorch documentation", checked="framework"),
    equivalents={
        "torch": "torch.nn.functional.threshold(x, threshold=threshold, value=value)",
        "keras": "keras.activations.threshold(x, threshold=threshold, default_value=value)",
    },
    calls=(
        "torch.threshold(x, threshold=threshold, value=value)",
        "torch.nn.Threshold(threshold=threshold, value=value)(x)",
        "keras.activations.relu(x, threshold=threshold)",
        "keras.layers.ReLU(threshold=threshold)(x)",
        "keras.ops.threshold(x, threshold=threshold, default_value=value)",
        "onnx.ThresholdedRelu(x, alpha=threshold)",
    ),
    framework_defaults={
        **{
            f: {"threshold": REQUIRED, "value": REQUIRED}
            for f in ("torch.nn.functional.threshold", "torch.threshold", "torch.nn.Threshold")
        },
        **{
            f: {"threshold": REQUIRED, "default_value": REQUIRED}
            for f in ("keras.activations.threshold", "keras.ops.threshold")
        },
        "onnx.ThresholdedRelu": {"alpha": 1.0},
    },
    from_output="the value below the threshold may also be an output above it",
)
def threshold(
    x,
    threshold=Parameter(0.0, meaning="inputs above it pass"),
    value=Parameter(0.0, meaning="output at or below the threshold"),
):
    """x above the threshold, a fixed value at or below it."""
    return where(x > threshold, x, value)


@activation(
    family="rectified",
    core=True,
    title="Softplus",
    aliases=("soft relu",),
    use="Outputs that must stay positive, such as a variance.",
    weakness="Never zero and never negative; costs an exponential and a logarithm.",
    note="PyTorch returns x where beta x > 20; JAX, TensorFlow and Keras have no beta.",
    source=Source(
        "Dugas, Bengio, Bélisle, Nadeau & Garcia",
        2000,
        "Incorporating Second-Order Functional Knowledge for Better Option Pricing",
        venue="NIPS 13 (2000)",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.softplus(x, beta=beta)",
        "jax": "jax.nn.softplus(x)",
        "tensorflow": "tensorflow.math.softplus(x)",
        "keras": "keras.activations.softplus(x)",
    },
    calls=(
        "torch.nn.Softplus(beta=beta)(x)",
        "tensorflow.nn.softplus(x)",
        "keras.ops.softplus(x)",
        "onnx.Softplus(x)",
        "onednn.eltwise_soft_relu(x, alpha=beta)",
    ),
    namesakes={
        "jax.nn.sparse_plus(x)": "where(x < -1, 0, where(x < 1, (x + 1)^2/4, x))",
        "keras.activations.sparse_plus(x)": "where(x < -1, 0, where(x < 1, (x + 1)^2/4, x))",
        "transformers.activations.ACT2FN['sqrtsoftplus'](x)": "sqrt(softplus(x))",
    },
    framework_defaults={
        "torch.nn.functional.softplus": {"threshold": 20.0},
        "torch.nn.Softplus": {"threshold": 20.0},
        "onednn.eltwise_soft_relu": {"alpha": REQUIRED},
    },
    from_output=lambda y, beta: -expm1(-beta * y),
    stable=_softplus_stable,
    stable_derivative=lambda x, beta: sigmoid(beta * x),
)
def softplus(x, beta=Parameter(1.0, above=0.0, meaning="sharpness; large values approach ReLU")):
    """Smooth version of ReLU: log(1 + exp(beta x)) / beta."""
    return softplus(beta * x) / beta


@activation(
    family="rectified",
    core=True,
    title="Squareplus",
    use="Positive outputs without exponentials, at low cost.",
    weakness="Left tail falls only like 1/|x|; naive form cancels for negative x.",
    source=Source(
        "Barron",
        2021,
        "Squareplus: A Softplus-Like Algebraic Rectifier",
        arxiv="2112.11687",
        checked="paper, framework",
    ),
    equivalents={
        "jax": "jax.nn.squareplus(x, b=b)",
        "keras": "keras.activations.squareplus(x, b=b)",
    },
    calls=("keras.ops.squareplus(x, b=b)",),
    stable=_squareplus_stable,
    stable_derivative=_squareplus_slope,
    stable_partials={"b": lambda x, b: 1 / hypot(x, sqrt(b)) / 4},
)
def squareplus(
    x, b=Parameter(4.0, low=0.0, meaning="size of the curved region; 4 has softplus's curvature at 0, 0 gives ReLU")
):
    """Algebraic softplus: (x + sqrt(x^2 + b)) / 2."""
    return (x + sqrt(x**2 + b)) / 2


_LOGLU = Source(
    "Nalluri, Poorni & others",
    2024,
    "Logarithmic Linear Units (LogLUs): A Novel Activation Function for Improved Convergence in Deep Neural Networks",
    venue="OpenReview 1D3TjFidCS",
    checked="authors' code",
)


@activation(
    family="rectified",
    title="Logarithmic linear unit",
    aliases=("logarithmic linear unit",),
    source=_LOGLU,
)
def loglu(x):
    """Identity above zero, a logarithm below."""
    return where(x > 0, x, -log1p(-x))


_LS_RELU = Source(
    "Wang, Li, Song & Rong",
    2020,
    "The Influence of the Activation Function in a Convolution Neural Network Model of Facial Expression Recognition",
    venue="Applied Sciences 10(5)",
    checked="survey, other code",
)


def _log1p_of_product(b, x):
    """log(1 + b x), also where b x would overflow, for which b must be above 1."""
    return where(b > 1, where(x < 1e30, log1p(b * x), log(maximum(x, 1)) + log(b)), log1p(b * x))


def _ls_relu_stable(x, a, b):
    right = _log1p_of_product(a, maximum(x, 0)) + abs(log1p(a * b) - b)
    return where(x <= 0, x / (1 + abs(x)), where(x <= b, x, right))


@activation(
    family="rectified",
    title="Log-softsign ReLU",
    aliases=("log-softsign relu",),
    note="Continuous at b where b >= log(1 + a b).",
    source=_LS_RELU,
    stable=_ls_relu_stable,
    stable_derivative=lambda x, a, b: where(x <= 0, (1 / (1 + abs(x))) ** 2, where(x <= b, 1, 1 / (x + 1 / a))),
)
def ls_relu(x, a=Parameter(1.0, above=0.0), b=Parameter(1.0, above=0.0, meaning="where the logarithm begins")):
    """Softsign below zero, identity up to b, a logarithm beyond."""
    return where(x <= 0, x / (1 + abs(x)), where(x <= b, x, log1p(a * x) + abs(log1p(a * b) - b)))


_NLRELU = Source(
    "Liu, Zhang, Gao, Qu & Ji",
    2019,
    "Natural-Logarithm-Rectified Activation Function in Convolutional Neural Networks",
    arxiv="1908.03682",
    checked="paper, survey",
)


@activation(
    family="rectified",
    title="Natural-logarithm ReLU",
    aliases=("natural logarithm relu",),
    source=_NLRELU,
    stable=lambda x, beta: _log1p_of_product(beta, maximum(x, 0)),
    stable_derivative=lambda x, beta: where(x > 0, 1 / (x + 1 / beta), 0),
)
def nlrelu(x, beta=Parameter(1.0, above=0.0)):
    """Logarithm of one plus a scaled ReLU."""
    return log1p(beta * maximum(x, 0))


# Functions whose first paper could not be identified: the survey that lists them.
_SURVEY = Source(
    "Kunc & Klema",
    2024,
    THREE_DECADES,
    arxiv="2402.09092",
    also="which lists it; the first paper is not identified here",
    checked="survey, other code",
)


@activation(
    family="rectified",
    title="Optimized leaky ReLU",
    aliases=("olrelu",),
    note="l and u are the bounds of the randomised leaky ReLU and must differ.",
    source=_SURVEY,
)
def optimized_leaky_relu(x, l=Parameter(3.0, above=0.0), u=Parameter(8.0, above=0.0)):  # noqa: E741
    """Leaky ReLU with a slope computed from two bounds."""
    return where(x >= 0, x, x * exp(-(u + l) / (u - l)))


@activation(
    family="rectified",
    title="Square root of softplus",
    source=Source(
        "Hugging Face", None, "sqrtsoftplus", venue="transformers, ACT2FN; router of DeepSeek-V4", checked="framework"
    ),
    stable=lambda x: where(x < -40, exp(x / 2), sqrt(softplus(x))),
    stable_derivative=lambda x: where(x < -40, exp(x / 2) / 2, sigmoid(x) / (2 * sqrt(softplus(x)))),
)
def sqrt_softplus(x):
    """The square root of softplus: grows like a root, fades like exp(x/2)."""
    return sqrt(softplus(x))
