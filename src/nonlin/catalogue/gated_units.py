"""Units of the two halves of an axis, of which one gates the other, and units that take or give pairs."""

from math import pi

from nonlin.core import Parameter, Source
from nonlin.ops import clip, cos, exp, expm1, maximum, minimum, normcdf, sigmoid, sin, tanh, where
from nonlin.units import gated_unit, pair


@gated_unit(
    family="gated units",
    core=True,
    title="Gated linear unit",
    aliases=("gated linear unit", "wig", "weighted sigmoid gate"),
    use="Gated convolutions and sequence models.",
    weakness="Halves the width; the gate saturates.",
    note="The gate is the second half; in swiglu, geglu and reglu the activated half is the first. "
    "In WiG (Tanaka 2018, arXiv:1810.01829) a is the raw input and b a linear map of it.",
    source=Source(
        "Dauphin, Fan, Auli & Grangier",
        2016,
        "Language Modeling with Gated Convolutional Networks",
        arxiv="1612.08083",
        venue="ICML 2017",
        checked="paper, framework",
    ),
    equivalents={
        "torch": "torch.nn.functional.glu(x, dim=-1)",
        "jax": "jax.nn.glu(x, axis=-1)",
        "keras": "keras.activations.glu(x, axis=-1)",
    },
    calls=(
        "torch.nn.GLU(dim=-1)(x)",
        "keras.ops.glu(x, axis=-1)",
    ),
)
def glu(a, b):
    """Splits an axis in halves a, b and returns a times sigmoid(b)."""
    return a * sigmoid(b)


@gated_unit(
    family="gated units",
    core=True,
    title="Swish GLU",
    aliases=(
        "swish glu",
        "swish gated linear unit",
        "silu glu",
    ),
    use="Feed-forward block of recent language models.",
    weakness="Needs two projections for one output; unbounded product.",
    note="The first half is activated; some code takes the halves the other way round.",
    source=Source("Shazeer", 2020, "GLU Variants Improve Transformer", arxiv="2002.05202", checked="paper"),
)
def swiglu(a, b, beta=Parameter(1.0, meaning="sharpness of the gate; 1 everywhere in practice")):
    """Splits an axis in halves a, b and returns a sigmoid(beta a) times b."""
    return a * sigmoid(beta * a) * b


@gated_unit(
    family="gated units",
    core=True,
    title="GELU GLU",
    aliases=(
        "gelu glu",
        "gelu gated linear unit",
    ),
    use="Feed-forward block of transformers such as T5 v1.1.",
    weakness="Needs two projections for one output; unbounded product.",
    note="T5 v1.1 and other models use the tanh form of GELU.",
    source=Source("Shazeer", 2020, "GLU Variants Improve Transformer", arxiv="2002.05202", checked="paper"),
)
def geglu(a, b):
    """Splits an axis in halves a, b and returns gelu(a) times b."""
    return a * normcdf(a) * b


@gated_unit(
    family="gated units",
    core=True,
    title="ReLU GLU",
    aliases=(
        "relu glu",
        "relu gated linear unit",
    ),
    use="Cheapest gated feed-forward block; sparse outputs.",
    weakness="Dead where a is negative; unbounded product.",
    source=Source("Shazeer", 2020, "GLU Variants Improve Transformer", arxiv="2002.05202", checked="paper"),
)
def reglu(a, b):
    """Splits an axis in halves a, b and returns relu(a) times b."""
    return maximum(a, 0) * b


@gated_unit(
    family="gated units",
    title="Bilinear gated linear unit",
    aliases=("bilinear",),
    use="GLU without a gate: as good in feed-forward blocks, and open to exact analysis.",
    weakness="Grows as a square; no sparsity.",
    source=Source("Shazeer", 2020, "GLU Variants Improve Transformer", arxiv="2002.05202",
                  also="Mnih & Hinton 2007, ICML", checked="paper"),
)  # fmt: skip
def bilinear_glu(a, b):
    """Splits an axis in halves a, b and returns their product."""
    return a * b


@gated_unit(
    family="gated units",
    title="Dual ReLU gate",
    aliases=("drelu glu", "turbosparse drelu"),
    use="Language models that are to be sparse: nine of ten outputs are zero.",
    weakness="No gradient where either half is negative.",
    note="The paper calls it dReLU; dual_relu is the difference of two ReLUs.",
    source=Source("Song & others", 2024, "Turbo Sparse", arxiv="2406.05955", checked="paper"),
)
def drelu_glu(a, b):
    """Splits an axis in halves a, b and returns relu(a) times relu(b)."""
    return maximum(a, 0) * maximum(b, 0)


@gated_unit(
    family="gated units",
    title="Gated tanh unit",
    aliases=("gated tanh", "gated activation unit"),
    use="Autoregressive models of images and sound: PixelCNN, WaveNet.",
    weakness="Both factors saturate.",
    source=Source("van den Oord & others", 2016, "Conditional Image Generation with PixelCNN Decoders",
                  arxiv="1606.05328", checked="paper, other code"),
)  # fmt: skip
def gtu(a, b):
    """Splits an axis in halves a, b and returns tanh(a) times sigmoid(b)."""
    return tanh(a) * sigmoid(b)


@gated_unit(
    family="gated units",
    title="Squared ReLU GLU",
    aliases=("squared relu glu", "relu squared glu"),
    use="Sparse and quantised language models.",
    weakness="Dead where a is negative; grows as a cube.",
    source=Source("Wang, Ma, Wang & Wei", 2024, "Q-Sparse: All Large Language Models can be Fully Sparsely-Activated",
                  arxiv="2407.10969", also="Zhang et al. 2024, ReLU^2 Wins, arXiv:2402.03804", checked="paper"),
)  # fmt: skip
def relu2_glu(a, b):
    """Splits an axis in halves a, b and returns relu(a) squared times b."""
    return maximum(a, 0) ** 2 * b


@gated_unit(
    family="gated units",
    title="SwiGLU with a limit",
    aliases=("swiglu limit", "limited swiglu", "clipped swiglu"),
    use="Experts of DeepSeek-V4 and GLM-5: no outliers among the activations.",
    weakness="No gradient beyond the limit.",
    note="The gate is limited from above only, before the SiLU.",
    source=Source("DeepSeek-AI", 2026, venue="inference code of DeepSeek-V4", checked="other code"),
)
def swiglu_clamped(a, b, limit=Parameter(10.0, above=0.0, meaning="largest gate input, and largest |b|")):
    """Splits an axis in halves a, b and returns silu(min(a, limit)) times b cut off at -limit and limit."""
    return minimum(a, limit) * sigmoid(minimum(a, limit)) * clip(b, -limit, limit)


@gated_unit(
    family="gated units",
    title="SwiGLU of gpt-oss",
    aliases=("swiglu gpt oss", "gpt oss glu"),
    use="Experts of the gpt-oss models.",
    weakness="No gradient beyond the limit.",
    note="In those models' weights a and b alternate; here they are the halves.",
    source=Source("OpenAI", 2025, "gpt-oss-120b & gpt-oss-20b Model Card", arxiv="2508.10925", checked="authors' code"),
)
def swiglu_oai(a, b, alpha=1.702, limit=Parameter(7.0, above=0.0, meaning="largest gate input, and largest |b|")):
    """Splits an axis in halves a, b, limits them and returns a sigmoid(alpha a) times (b + 1)."""
    return minimum(a, limit) * sigmoid(alpha * minimum(a, limit)) * (clip(b, -limit, limit) + 1)


# ---- pairs: two halves in, or two outputs, or both ------------------------------------------------------------------


@gated_unit(
    family="paired units",
    title="Concatenated ReLU",
    aliases=("concatenated relu", "concatenated rectified linear unit"),
    use="Early convolutions, whose filters come in pairs of opposite sign.",
    weakness="Doubles the width, and so the next layer.",
    source=Source("Shang, Sohn, Almeida & Lee", 2016, "Understanding and Improving Convolutional Neural Networks via "
                  "Concatenated Rectified Linear Units", arxiv="1603.05201", checked="survey, framework"),
    equivalents={"tensorflow": "tensorflow.nn.crelu(x, axis=-1)"},
)  # fmt: skip
def crelu(x):
    """The positive part of x and then that of -x: nothing is lost."""
    return pair(maximum(x, 0), maximum(-x, 0))


@gated_unit(
    family="paired units",
    title="Negative concatenated ReLU",
    aliases=("negative concatenated relu", "negative crelu"),
    use="As CReLU, where the sum of both outputs is to be x.",
    weakness="Doubles the width, and so the next layer.",
    source=Source("Zagoruyko & Komodakis", 2017, "DiracNets: Training Very Deep Neural Networks Without "
                  "Skip-Connections", arxiv="1706.00388", checked="survey, other code"),
)  # fmt: skip
def ncrelu(x):
    """The positive part of x and then its negative part."""
    return pair(maximum(x, 0), -maximum(-x, 0))


@gated_unit(
    family="paired units",
    title="Paired ReLU",
    aliases=("paired relus", "paired rectified linear unit"),
    use="Super-resolution of images.",
    weakness="Doubles the width, and so the next layer.",
    note="The paper learns the four numbers for each channel; here they are shared.",
    source=Source("Tang & others", 2018, venue="as cited by Kunc & Klema 2024, arXiv:2402.09092",
                  checked="survey, other code"),
)  # fmt: skip
def paired_relu(x, s=Parameter(0.5, learnable=True), sp=Parameter(-0.5, learnable=True),
                theta=Parameter(0.0, learnable=True), thetap=Parameter(0.0, learnable=True)):  # fmt: skip
    """Two ReLUs of x, each with its own learned scale and threshold."""
    return pair(maximum(s * x - theta, 0), maximum(sp * x - thetap, 0))


@gated_unit(
    family="paired units",
    title="Maxout of two pieces",
    aliases=("maxout 2",),
    use="With dropout; the shape of the activation is learned by the layer before.",
    weakness="Twice the weights for each output.",
    note="The linear maps of the paper, two for each output, belong to the layer before.",
    source=Source("Goodfellow, Warde-Farley, Mirza, Courville & Bengio", 2013, "Maxout Networks", arxiv="1302.4389",
                  checked="paper, survey"),
)  # fmt: skip
def maxout(a, b):
    """Splits an axis in halves a, b and returns the larger."""
    return maximum(a, b)


@gated_unit(
    family="paired units",
    title="Dual rectified linear unit",
    aliases=("dual rectified linear unit",),
    use="In place of tanh in quasi-recurrent networks: both signs, and exact zeros.",
    weakness="Twice the weights for each output; unbounded.",
    source=Source("Godin, Degrave, Dambre & De Neve", 2017, "Dual Rectified Linear Units (DReLUs): A Replacement for "
                  "Tanh Activation Functions in Quasi-Recurrent Neural Networks", arxiv="1707.08214",
                  checked="paper, survey"),
)  # fmt: skip
def dual_relu(a, b):
    """Splits an axis in halves a, b and returns relu(a) - relu(b)."""
    return maximum(a, 0) - maximum(b, 0)


def _dual_elu_stable(a, b):
    """Where both are negative e^a - e^b, which cancels, as a product; the larger one first, so nothing overflows."""
    below = where(a > b, -exp(a) * expm1(b - a), exp(b) * expm1(a - b))
    return where(maximum(a, b) > 0, where(a > 0, a, expm1(a)) - where(b > 0, b, expm1(b)), below)


@gated_unit(
    family="paired units",
    title="Dual exponential linear unit",
    aliases=("delu dual", "dual exponential linear unit"),
    use="As the dual ReLU, with gradients everywhere.",
    weakness="Twice the weights for each output; unbounded.",
    source=Source("Godin, Degrave, Dambre & De Neve", 2017, "Dual Rectified Linear Units (DReLUs): A Replacement for "
                  "Tanh Activation Functions in Quasi-Recurrent Neural Networks", arxiv="1707.08214", checked="paper"),
    stable=_dual_elu_stable,
)  # fmt: skip
def dual_elu(a, b):
    """Splits an axis in halves a, b and returns elu(a) - elu(b)."""
    return where(a > 0, a, expm1(a)) - where(b > 0, b, expm1(b))


@gated_unit(
    family="paired units",
    title="Orthogonal permutation linear unit",
    aliases=("orthogonal permutation linear unit", "maxmin"),
    use="Networks of Lipschitz constant 1: keeps every norm.",
    weakness="Needs pairs; only permutes.",
    note="Pairs are (i, i + n/2); for equal numbers both pass.",
    source=Source("Chernodub & Nowicki", 2016, "Norm-preserving Orthogonal Permutation Linear Unit Activation "
                  "Functions (OPLU)", arxiv="1604.02313", checked="survey, other code"),
)  # fmt: skip
def oplu(a, b):
    """Splits an axis in halves a, b and returns the larger of each pair, then the smaller."""
    return pair(maximum(a, b), minimum(b, a))


@gated_unit(
    family="paired units",
    title="GroupSort with groups of two",
    aliases=("group sort", "group sort 2"),
    use="Networks of Lipschitz constant 1, universal among them.",
    weakness="Needs groups; only permutes.",
    note="Only g = 2: the groups are (i, i + n/2), in rising order; oplu has them in falling order.",
    source=Source("Anil, Lucas & Grosse", 2018, "Sorting out Lipschitz function approximation", arxiv="1811.05381",
                  checked="paper, other code"),
)  # fmt: skip
def groupsort(a, b):
    """Splits an axis in halves a, b and returns the smaller of each pair, then the larger."""
    return pair(minimum(a, b), maximum(b, a))


@gated_unit(
    family="paired units",
    title="Householder activation",
    aliases=("householder activation", "hh activation"),
    use="Convolutional networks with proven robustness: keeps every norm.",
    weakness="Needs pairs.",
    note="v = (sin(theta/2), -cos(theta/2)) is reflected where v.z <= 0; pi/2 gives oplu. The authors' code reflects where "
    "v.z > 0: that is theta + 2 pi here.",
    source=Source("Singla, Singla & Feizi", 2021, "Improved deterministic l2 robustness on CIFAR-10 and CIFAR-100",
                  arxiv="2108.04062", checked="paper, authors' code"),
)  # fmt: skip
def householder(a, b, theta=Parameter(pi / 2, learnable=True, meaning="twice the angle of the mirror, in radians")):
    """Splits an axis in halves a, b and reflects the pairs on one side of a line to the other."""
    kept = a * sin(theta / 2) - b * cos(theta / 2) > 0
    mirrored = a * cos(theta) + b * sin(theta), a * sin(theta) - b * cos(theta)
    return pair(where(kept, a, mirrored[0]), where(kept, b, mirrored[1]))
