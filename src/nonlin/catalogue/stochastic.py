"""Functions with noise in training. ``generator=`` draws it; without one nothing is random: the default is used.

Where the distribution depends on x or on another parameter, the parameter that is drawn is standard noise and the
formula scales it. Normal noise is drawn by each library's own generator (``Parameter(normal=...)``): made of uniform
numbers in the formula it would take two parameters, and a logarithm of what may be 0.
"""

from nonlin.core import Parameter, Source, activation
from nonlin.ops import abs, clip, exp, expm1, log, log_sigmoid, maximum, sigmoid, sign, sqrt, tanh, where

_OPEN = (2.0**-24, 1 - 2.0**-24)  # float32 draws from (0, 1) may be 0, whose logarithm is infinite
_ELASTIC = Source(
    "Jiang, Pang, Li, Pan & Xie",
    2018,
    "Deep neural networks with Elastic Rectified Linear Units for object recognition",
    venue="Neurocomputing 275",
    checked="survey, other code",
)
_TRANSLATIONAL = Source(
    "Cao, Pang, Li & Liang",
    2018,
    "Randomly translational activation inspired by the input distributions of ReLU",
    venue="Neurocomputing 275",
    checked="survey, other code",
)


@activation(
    family="stochastic",
    title="Stochastic binary neuron",
    aliases=("bernoulli sigmoid", "stochastic binary"),
    use="Conditional computation and sampling of binary units.",
    weakness="No gradient: straight-through or REINFORCE must stand in for it.",
    note="u = 1/2 gives the likelier value, a step. The derivative is 0, as it is; the straight-through one is sigmoid's.",
    source=Source("Bengio, Leonard & Courville", 2013, "Estimating or Propagating Gradients Through Stochastic Neurons "
                  "for Conditional Computation", arxiv="1308.3432", checked="paper"),
    stable=lambda x, u: where(x > log(u) - log(1 - u), 1, 0),
)  # fmt: skip
def bernoulli_neuron(x, u=Parameter(0.5, above=0.0, below=1.0, random=_OPEN, meaning="uniform noise")):
    """1 with probability sigmoid(x), else 0."""
    return where(sigmoid(x) > u, 1, 0)


@activation(
    family="stochastic",
    title="Binary concrete",
    aliases=("gumbel sigmoid", "binary gumbel softmax"),
    use="Binary choices that gradients pass: masks, discrete latent variables.",
    weakness="Biased for high temperatures, noisy gradients for low ones.",
    source=Source("Maddison, Mnih & Teh", 2016, "The Concrete Distribution", arxiv="1611.00712",
                  also="Jang et al. 2016, arXiv:1611.01144", checked="paper, other code"),
)  # fmt: skip
def binary_concrete(
    x,
    u=Parameter(0.5, above=0.0, below=1.0, random=_OPEN, meaning="uniform noise"),
    tau=Parameter(1.0, above=0.0, meaning="temperature"),
):
    """The sigmoid of x with logistic noise, divided by a temperature."""
    return sigmoid((log(u) - log(1 - u) + x) / tau)


@activation(
    family="stochastic",
    title="Elastic ELU",
    aliases=("elastic elu", "elastic exponential linear unit"),
    use="Image classification: ELU with noise on its positive slope.",
    weakness="Training and evaluation differ; needs a random stream.",
    note="k + sigma z is the k of the paper, which draws sigma anew too; 0.25 is the mean for sigma from U(0, 1/2).",
    source=Source("Kim, Kim & Kim", 2020, "Elastic exponential linear units for convolutional neural networks",
                  venue="Neurocomputing 406", checked="survey, other code"),
)  # fmt: skip
def eelu(
    x,
    k=Parameter(1.0, low=0.0, meaning="mean slope above zero"),
    alpha=Parameter(1.0, low=0.0, learnable=True),
    beta=Parameter(1.0, low=0.0, learnable=True),
    sigma=Parameter(0.25, low=0.0, meaning="standard deviation of the slope, cut off at k - 1 and k + 1"),
    z=Parameter(0.0, normal=(0.0, 1.0), meaning="standard normal noise"),
):
    """ELU with learned shape, and in training a random positive slope."""
    return where(x >= 0, (k + clip(sigma * z, -1, 1)) * x, alpha * expm1(beta * x))


@activation(
    family="stochastic",
    title="Elastic PReLU",
    aliases=("elastic prelu",),
    use="Image classification: PReLU with noise on its positive slope.",
    weakness="Training and evaluation differ; needs a random stream.",
    note="k + alpha u is the k of the paper; alpha = 0.1 is ours. The paper learns a in every other epoch.",
    source=_ELASTIC,
)
def eprelu(
    x,
    k=Parameter(1.0, low=0.0, meaning="mean slope above zero"),
    a=Parameter(0.25, learnable=True),
    alpha=Parameter(0.1, low=0.0, below=1.0, meaning="how far the slope may be from its mean"),
    u=Parameter(0.0, random=(-1.0, 1.0), meaning="uniform noise"),
):
    """PReLU with a random positive slope in training."""
    return where(x >= 0, (k + alpha * u) * x, a * x)


@activation(
    family="stochastic",
    title="Elastic ReLU",
    aliases=("elastic relu", "elastic rectified linear unit"),
    use="Image classification: ReLU with noise on its slope.",
    weakness="Training and evaluation differ; needs a random stream.",
    note="k + alpha u is the k of the paper; alpha = 0.1 is ours.",
    source=_ELASTIC,
)
def erelu(
    x,
    k=Parameter(1.0, low=0.0, meaning="mean slope above zero"),
    alpha=Parameter(0.1, low=0.0, below=1.0, meaning="how far the slope may be from its mean"),
    u=Parameter(0.0, random=(-1.0, 1.0), meaning="uniform noise"),
):
    """ReLU with a random slope in training."""
    return where(x > 0, (k + alpha * u) * x, 0)


@activation(
    family="stochastic",
    title="Hard concrete gate",
    aliases=("l0 gate", "hard concrete distribution"),
    use="Gates that become exactly 0 and 1: pruning by an L0 penalty.",
    weakness="No gradient at 0 and 1.",
    note="At test time the paper leaves out tau too: give tau=1 there.",
    source=Source("Louizos, Welling & Kingma", 2017, "Learning Sparse Neural Networks through L0 Regularization",
                  arxiv="1712.01312", checked="paper, other code"),
    exceptions={"float64": (8.0, "beside the zero the sum cancels: as exact in last places of its largest term")},
)  # fmt: skip
def hard_concrete(
    x,
    u=Parameter(0.5, above=0.0, below=1.0, random=_OPEN, meaning="uniform noise"),
    tau=Parameter(2 / 3, above=0.0, meaning="temperature"),
    hi=Parameter(1.1, low=1.0),
    lo=Parameter(-0.1, high=0.0),
):
    """Binary concrete, stretched to (lo, hi) and cut off at 0 and 1."""
    return clip(sigmoid((log(u) - log(1 - u) + x) / tau) * (hi - lo) + lo, 0, 1)


def _noisy_hard_tanh_stable(x, alpha, c, p, eps):
    """sigmoid(d) - 1/2 is tanh(d/2)/2, which keeps its digits beside the threshold."""
    beyond = tanh(p * (abs(x) - 1) / 2) / 2
    return where(abs(x) >= 1, alpha * sign(x) + (1 - alpha) * x - sign(x) * (c * beyond**2 * eps), x)


@activation(
    family="stochastic",
    title="Noisy hard tanh",
    aliases=("noisy activation function", "noisy activation", "ntanh"),
    use="Recurrent networks with hard gates: noise where they saturate lets gradients explore.",
    weakness="Training and evaluation differ; needs a random stream.",
    note="alpha = 1 gives hard tanh in evaluation; the authors' code has 1.15, which leaks, and can draw |eps|.",
    source=Source("Gulcehre, Moczulski, Denil & Bengio", 2016, "Noisy Activation Functions", arxiv="1603.00391",
                  checked="paper, authors' code"),
    stable=_noisy_hard_tanh_stable,
)  # fmt: skip
def noisy_hard_tanh(
    x,
    alpha=Parameter(1.0, meaning="share of hard tanh; the rest is x"),
    c=Parameter(0.5, low=0.0, meaning="scale of the noise"),
    p=Parameter(1.0, learnable=True, meaning="how fast the noise grows beyond the threshold"),
    eps=Parameter(0.0, normal=(0.0, 1.0), meaning="standard normal noise"),
):
    """Hard tanh with noise where it saturates."""
    beyond = sigmoid(p * (abs(x) - 1)) - 1 / 2
    return where(abs(x) >= 1, alpha * sign(x) + (1 - alpha) * x - sign(x) * (c * beyond**2 * eps), x)


def _noisy_relu_stable(x, eps):
    """The square root through the logarithm: its derivative is 0/0 far left otherwise."""
    return maximum(x + exp(log_sigmoid(x) / 2) * eps, 0)


@activation(
    family="stochastic",
    title="Noisy ReLU",
    aliases=("nrelu", "noisy rectified linear unit"),
    use="Hidden units of restricted Boltzmann machines.",
    weakness="Training and evaluation differ; needs a random stream.",
    note="The noise of the paper is sqrt(sigmoid(x)) eps: its variance is sigmoid(x).",
    source=Source("Nair & Hinton", 2010, "Rectified Linear Units Improve Restricted Boltzmann Machines",
                  venue="ICML 2010", checked="paper, survey"),
    stable=_noisy_relu_stable,
)  # fmt: skip
def noisy_relu(x, eps=Parameter(0.0, normal=(0.0, 1.0), meaning="standard normal noise")):
    """ReLU of x with noise of variance sigmoid(x)."""
    return maximum(x + sqrt(sigmoid(x)) * eps, 0)


@activation(
    family="stochastic",
    title="Probabilistic ReLU",
    aliases=("prob act", "probabilistic activation"),
    use="Small data sets: regularises, and gives an ensemble by repeated evaluation.",
    weakness="Training and evaluation differ; the noise has no bound.",
    source=Source("Shridhar & others", 2019, "ProbAct: A Probabilistic Activation Function for Deep Neural Networks",
                  arxiv="1905.10761", checked="paper, survey"),
)  # fmt: skip
def probact(
    x,
    sigma=Parameter(0.1, learnable=True, meaning="scale of the noise"),
    eps=Parameter(0.0, normal=(0.0, 1.0), meaning="standard normal noise"),
):
    """ReLU plus noise of a fixed or learned size."""
    return maximum(x, 0) + sigma * eps


@activation(
    family="stochastic",
    core=True,
    title="Randomised leaky ReLU",
    aliases=(
        "randomized leaky relu",
        "randomised leaky relu",
        "randomized relu",
    ),
    use="Regularising small data sets, as noise inside the unit.",
    weakness="Training and evaluation differ; needs a random stream.",
    note="The paper divides by a number drawn from U(3, 8); PyTorch draws the slope from U(1/8, 1/3) and evaluates with its mean, as here.",
    source=Source(
        "Xu, Wang, Chen & Li",
        2015,
        "Empirical Evaluation of Rectified Activations in Convolutional Network",
        arxiv="1505.00853",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.rrelu(x, lower=a, upper=a, training=False)",
        "jax": "jax.nn.leaky_relu(x, negative_slope=a)",
        "tensorflow": "tensorflow.nn.leaky_relu(x, alpha=a)",
        "keras": "keras.activations.leaky_relu(x, negative_slope=a)",
    },
    calls=(
        "torch.nn.functional.rrelu(x)",
        "torch.nn.RReLU()(x)",
    ),
    framework_defaults={
        "torch.nn.functional.rrelu": {"lower": 0.125, "upper": 1 / 3, "training": False},
        "torch.nn.RReLU": {"lower": 0.125, "upper": 1 / 3},
    },
    from_output=lambda y, a: where(y > 0, 1, a),
)
def rrelu(
    x,
    a=Parameter(
        11 / 48, low=0.0, random=(1 / 8, 1 / 3), meaning="slope below zero outside training: mean of lower and upper"
    ),
):
    """Leaky ReLU with a random negative slope in training and its mean otherwise."""
    return where(x > 0, x, a * x)


@activation(
    family="stochastic",
    title="Randomly translational PReLU",
    aliases=("randomly translational prelu",),
    use="Image classification: PReLU whose threshold trembles.",
    weakness="Jumps at the threshold in training; training and evaluation differ.",
    note="The paper draws b once for each neuron and iteration; here for each element.",
    source=_TRANSLATIONAL,
)
def rt_prelu(x, a=Parameter(0.25, learnable=True), b=Parameter(0.0, normal=(0.0, 0.75), meaning="normal noise")):
    """PReLU with a random threshold in training."""
    return where(x + b >= 0, x, a * x)


@activation(
    family="stochastic",
    title="Randomly translational ReLU",
    aliases=("randomly translational relu",),
    use="Image classification: ReLU whose threshold trembles.",
    weakness="Training and evaluation differ; needs a random stream.",
    note="The paper draws a once for each neuron and iteration; here for each element.",
    source=_TRANSLATIONAL,
)
def rt_relu(x, a=Parameter(0.0, normal=(0.0, 0.75), meaning="normal noise")):
    """ReLU of x with a random offset in training."""
    return maximum(x + a, 0)
