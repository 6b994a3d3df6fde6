"""Vector functions: every output depends on all inputs along one axis."""

from nonlin.core import Parameter, Source
from nonlin.ops import (
    abs,
    clip,
    equal,
    exp,
    hypot,
    log,
    log_sigmoid,
    log_softmax,
    maximum,
    row_max,
    row_sum,
    row_threshold,
    sigmoid,
    sqrt,
    where,
)
from nonlin.tree import symbol
from nonlin.vector import vector_function

N = symbol("n")  # in formulas that people read: how many elements there are along the axis


def _softmax(x):
    e = exp(x - row_max(x))  # the largest exponent is 0: no overflow
    return e / row_sum(e)


def _softmax_vjp(x, g):
    s = _softmax(x)
    return s * (g - row_sum(g * s))


def _share_vjp(s, slope, g):
    """That of shares s = w/sum(w), or with more in the sum, where ``slope`` is w'/sum."""
    return slope * (g - row_sum(g * s))


def _count(x):
    """How many elements there are along the axis, whatever they are."""
    return row_sum(where(x > 0, 1, 0)) + row_sum(where(x > 0, 0, 1))


@vector_function(
    family="normalising",
    core=True,
    title="Softmax",
    aliases=(
        "softargmax",
        "normalized exponential",
        "normalised exponential",
        "softmax2d",
        "softmax over channels",
    ),
    use="Class probabilities and attention weights.",
    weakness="Saturates when one entry leads; couples all entries of the axis.",
    source=Source(
        "Bridle",
        1990,
        "Probabilistic interpretation of feedforward classification network outputs, with relationships to statistical pattern recognition",
        doi="10.1007/978-3-642-76153-9_28",
        venue="Neurocomputing, Springer, 227-236",
        also="Bridle 1989 NIPS uses the word too; the formula is Boltzmann's",
        checked="paper, framework",
    ),
    note="softmax2d, PyTorch's Softmax2d, is softmax with axis=-3, the channels of images.",
    equivalents={
        "torch": "torch.nn.functional.softmax(x, dim=-1)",
        "jax": "jax.nn.softmax(x, axis=-1)",
        "tensorflow": "tensorflow.nn.softmax(x, axis=-1)",
        "keras": "keras.activations.softmax(x, axis=-1)",
    },
    calls=(
        "torch.softmax(x, dim=-1)",
        "torch.nn.Softmax(dim=-1)(x)",
        "keras.ops.softmax(x, axis=-1)",
        "keras.layers.Softmax(axis=-1)(x)",
        "onnx.Softmax(x, axis=-1)",
        "onednn.softmax_accurate(x, axis=-1)",
    ),
    stable=_softmax,
    vjp=_softmax_vjp,
)
def softmax(x):
    """Exponentials divided by their sum along an axis: positive, summing to 1."""
    return exp(x) / row_sum(exp(x))


@vector_function(
    family="normalising",
    core=True,
    title="Log-softmax",
    use="Cross-entropy and negative log-likelihood losses.",
    weakness="Unbounded below; couples all entries of the axis.",
    source=Source("", None, "Logarithm of softmax", venue="classical", checked="definition, framework"),
    equivalents={
        "torch": "torch.nn.functional.log_softmax(x, dim=-1)",
        "jax": "jax.nn.log_softmax(x, axis=-1)",
        "tensorflow": "tensorflow.nn.log_softmax(x, axis=-1)",
        "keras": "keras.activations.log_softmax(x, axis=-1)",
    },
    calls=(
        "torch.log_softmax(x, dim=-1)",
        "torch.nn.LogSoftmax(dim=-1)(x)",
        "keras.ops.log_softmax(x, axis=-1)",
        "onnx.LogSoftmax(x, axis=-1)",
        "onednn.softmax_log(x, axis=-1)",
    ),
    stable=lambda x: log_softmax(x),
    vjp=lambda x, g: g - _softmax(x) * row_sum(g),
)
def log_softmax(x):
    """Logarithm of the softmax: x minus its log-sum-exp."""
    return x - log(row_sum(exp(x)))


@vector_function(
    family="normalising",
    core=True,
    title="Softmin",
    aliases=("softargmin",),
    use="Weights from distances or costs.",
    weakness="Saturates when one entry is far below the others.",
    source=Source("PyTorch", None, "torch.nn.Softmin", venue="PyTorch documentation", checked="framework"),
    equivalents={
        "torch": "torch.nn.functional.softmin(x, dim=-1)",
    },
    calls=("torch.nn.Softmin(dim=-1)(x)",),
    stable=lambda x: _softmax(-x),
    vjp=lambda x, g: -_softmax_vjp(-x, g),
)
def softmin(x):
    """Softmax of -x: the smallest entry gets the largest share."""
    return exp(-x) / row_sum(exp(-x))


# ---- other shares of a sum ------------------------------------------------------------------------------------------


def _tempered(x, T):
    return (x - row_max(x)) / T


def _tempered_slope(x, T):
    """The derivative of softmax(x/T) by T; what has no share counts for nothing, -inf too."""
    u = _tempered(x, T)
    s = _softmax(u)
    return _share_vjp(s, s, where(s > 0, -u, 0)) / T


@vector_function(
    family="normalising",
    core=True,
    title="Softmax with temperature",
    aliases=("beta softmax", "softmax with temperature"),
    use="Distillation; sampling with more or less variety; attention.",
    weakness="One more number to choose; a low temperature saturates.",
    source=Source("Hinton, Vinyals & Dean", 2015, "Distilling the Knowledge in a Neural Network",
                  arxiv="1503.02531", checked="paper"),
    note="beta-softmax is the same with T = 1/beta.",
    stable=lambda x, T: _softmax(_tempered(x, T)),
    vjp=lambda x, g, T: _softmax_vjp(_tempered(x, T), g) / T,
    partials={"T": _tempered_slope},
)  # fmt: skip
def temperature_softmax(x, T=Parameter(1.0, above=0.0, learnable=True, meaning="temperature")):
    """Softmax of x/T: even for a high temperature, all on the largest entry for a low one."""
    return exp(x / T) / row_sum(exp(x / T))


def _noisy(x, tau, u):
    """(x + g)/tau with g of the standard Gumbel distribution: g = 0 for u = 1/e. A u of 0 gives -4.5, not -inf."""
    return _tempered(x - log(-log(clip(u, 2.0**-126, 1))), tau)


def _noisy_slope(x, tau, u):
    return _tempered_slope(x - log(-log(clip(u, 2.0**-126, 1))), tau)


@vector_function(
    family="normalising",
    title="Gumbel-softmax",
    aliases=("concrete", "concrete distribution"),
    use="Sampling a class so that gradients pass.",
    weakness="Biased for high temperatures, noisy gradients for low ones.",
    source=Source("Jang, Gu & Poole", 2016, "Categorical Reparameterization with Gumbel-Softmax", arxiv="1611.01144",
                  also="Maddison, Mnih & Teh 2016, arXiv:1611.00712, the concrete distribution", checked="paper, framework"),
    note="Random only with generator= (a module or layer: in training): u is then drawn from U(0, 1) for each element. "
    "Without one u = 1/e, for which the noise -log(-log(u)) is 0: softmax(x/tau).",
    stable=lambda x, tau, u: _softmax(_noisy(x, tau, u)),
    vjp=lambda x, g, tau, u: _softmax_vjp(_noisy(x, tau, u), g) / tau,
    partials={"tau": _noisy_slope},
)  # fmt: skip
def gumbel_softmax(
    x,
    tau=Parameter(1.0, above=0.0, learnable=True, meaning="temperature"),
    u=Parameter(0.36787944117144233, low=0.0, below=1.0, random=(0.0, 1.0), meaning="uniform draws; 1/e is no noise"),
):
    """Softmax of x plus Gumbel noise, at a temperature: a differentiable sample of one class."""
    return exp((x - log(-log(u))) / tau) / row_sum(exp((x - log(-log(u))) / tau))


def _softmax_one(x):
    top = maximum(row_max(x), 0)
    e = exp(x - top)
    return e / (exp(-top) + row_sum(e))


@vector_function(
    family="normalising",
    title="Softmax off by one",
    aliases=("softmax1", "quiet softmax"),
    use="Attention heads that may attend to nothing.",
    weakness="No longer depends on differences of entries alone.",
    source=Source("Miller", 2023, "Attention Is Off By One", venue="evanmiller.org", checked="paper, other code"),
    note="Softmax of x with one more entry, 0, whose share is left out: attention to nothing.",
    stable=_softmax_one,
    vjp=lambda x, g: _share_vjp(_softmax_one(x), _softmax_one(x), g),
    constant_alone=False,
)  # fmt: skip
def softmax_one(x):
    """Softmax with 1 added to the sum, so that all shares can be small at once."""
    return exp(x) / (1 + row_sum(exp(x)))


def _with_sigmoid(x):
    """x + log(sigmoid(x)), less its largest: the sum itself could overflow."""
    top = row_max(x)
    return (x - top) + (log_sigmoid(x) - log_sigmoid(top))


@vector_function(
    family="normalising",
    title="Sigsoftmax",
    use="Output layers of language models that need a higher rank.",
    weakness="Costs a second exponential.",
    source=Source("Kanai, Fujiwara, Yamanaka & Adachi", 2018, "Sigsoftmax: Reanalysis of the Softmax Bottleneck",
                  arxiv="1805.10829", checked="paper"),
    stable=lambda x: _softmax(_with_sigmoid(x)),
    vjp=lambda x, g: _softmax_vjp(_with_sigmoid(x), g) * (1 + sigmoid(-x)),
)  # fmt: skip
def sigsoftmax(x):
    """Shares of exp(x) times sigmoid(x): the logarithm is not linear in x, unlike that of softmax."""
    return exp(x) * sigmoid(x) / row_sum(exp(x) * sigmoid(x))


def _of_squares(r):
    """Shares of r^2, for r >= 0 that may be huge, and r over the sum of squares; all 0 if every r is."""
    top = row_max(r)
    scaled = r / where(equal(top, 0), 1, top)
    total = row_sum(scaled * scaled)
    total = where(equal(total, 0), 1, total)
    return scaled * scaled / total, total, where(equal(top, 0), 1, top)


def _squares_vjp(r, u, g):
    """That of shares of r^2 = u^2 + constant, whose derivative is 2 u."""
    s, total, top = _of_squares(r)
    return _share_vjp(s, 2 * (u / top) / total / top, g)


@vector_function(
    family="normalising",
    title="Taylor softmax",
    use="Output layers with very many classes; no exponential.",
    weakness="Shares fall off as squares only; not monotone.",
    source=Source("Vincent, de Brébisson & Bouthillier", 2015,
                  "Efficient Exact Gradient Update for training Deep Networks with Very Large Sparse Targets",
                  arxiv="1412.7091", also="de Brébisson & Vincent 2015, arXiv:1511.05042", checked="paper"),
    note="Of second order. Even about -1: far below it an entry gains again.",
    stable=lambda x: _of_squares(hypot(1, 1 + x))[0],
    vjp=lambda x, g: _squares_vjp(hypot(1, 1 + x), 1 + x, g),
)  # fmt: skip
def taylor_softmax(x):
    """Softmax whose exponential is the Taylor polynomial 1 + x + x^2/2."""
    return (1 + x + x**2 / 2) / row_sum(1 + x + x**2 / 2)


@vector_function(
    family="normalising",
    title="Spherical softmax",
    use="Output layers with very many classes; no exponential.",
    weakness="The sign of an entry is lost; steep near zero.",
    source=Source("de Brébisson & Vincent", 2015,
                  "An Exploration of Softmax Alternatives Belonging to the Spherical Loss Family",
                  arxiv="1511.05042", checked="paper"),
    note="Even in x: an entry of -3 has the share of one of 3.",
    exceptions={"float64": (8.0, "1 minus a share near 1 cancels in the Jacobian")},
    stable=lambda x, eps: _of_squares(hypot(x, sqrt(eps)))[0],
    vjp=lambda x, g, eps: _squares_vjp(hypot(x, sqrt(eps)), x, g),
)  # fmt: skip
def spherical_softmax(x, eps=Parameter(1e-6, above=0.0, meaning="keeps the sum away from 0")):
    """Shares of the squares, each with a small number added."""
    return (x**2 + eps) / row_sum(x**2 + eps)


@vector_function(
    family="normalising",
    title="Squared softmax",
    aliases=("sqmax", "2quad"),
    use="Embedded devices and encrypted computation.",
    weakness="Not monotone; singular where every entry is -c.",
    source=Source("Wuraola, Patel & Nguang", 2021, "Efficient activation functions for embedded inference engines",
                  venue="Neurocomputing", doi="10.1016/j.neucom.2021.02.030",
                  also="Li & others 2022, MPCFormer, arXiv:2211.01452, with c = 5", checked="other code"),
    note="Even about -c, so for entries above it. Where every entry is -c the shares are 0, as the squares are.",
    stable=lambda x, c: _of_squares(abs(x + c))[0],
    vjp=lambda x, g, c: _squares_vjp(abs(x + c), x + c, g),
)  # fmt: skip
def square_max(x, c=Parameter(4.0, meaning="how far below 0 the squares have their zero")):
    """Shares of the squares of x + c: softmax without exponentials."""
    return (x + c) ** 2 / row_sum((x + c) ** 2)


# ---- sparse: nothing below a threshold ------------------------------------------------------------------------------


def _above(u, power):
    """By how much u, whose largest element is 0, exceeds the threshold for which the powers of that sum to 1."""
    return maximum(u - row_threshold(u, power, 1), 0)


def _edges_vjp(w, g):
    """That of max(0, u - tau(u))^p, where w is its derivative by its base: J = diag(w) - w w^T/sum(w)."""
    g = where(w > 0, g, 0)  # what is -inf has no part
    return w * (g - row_sum(w * g) / row_sum(w))


_NEAR_THRESHOLD = {"float64": (12.0, "a share next to the threshold is a power of a difference that cancels")}


def _sparse(x):
    return _above(x - row_max(x), 1)


def _sparse_vjp(x, g):
    return _edges_vjp(where(_sparse(x) > 0, 1, 0), g)


@vector_function(
    family="normalising",
    core=True,
    title="Sparsemax",
    source=Source("Martins & Astudillo", 2016,
                  "From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label Classification",
                  arxiv="1602.02068", checked="paper, other code"),
    use="Attention and classification with exact zeros.",
    weakness="No gradient outside the support; needs a sort.",
    note="tau(x) is the number for which the sum is 1. The nearest point of the simplex. keras.activations.sparsemax "
    "of Keras 3.15 is another function: its rows may sum to less than 1, even to 0.",
    stable=_sparse,
    vjp=_sparse_vjp,
)  # fmt: skip
def sparsemax(x):
    """What exceeds a threshold, which makes the sum 1: shares, of which many are exactly 0."""
    return maximum(0, x - row_threshold(x, 1, 1))


def _controlled(x, lam):
    return (x - row_max(x)) / (1 - lam)


@vector_function(
    family="normalising",
    title="Sparsegen-lin",
    aliases=("sparsegen lin",),
    use="Sparse attention with a chosen sparsity.",
    weakness="As sparsemax: no gradient outside the support.",
    source=Source("Laha, Chemmengath, Agrawal, Khapra, Sankaranarayanan & Ramaswamy", 2018,
                  "On Controllable Sparse Alternatives to Softmax", arxiv="1810.11975", venue="NeurIPS 2018",
                  checked="paper, derivation"),
    note="Sparsemax of x/(1 - lam), which is sparsegen with g(x) = x; tau(x) is the number for which the sum is 1.",
    stable=lambda x, lam: _above(_controlled(x, lam), 1),
    vjp=lambda x, g, lam: _sparse_vjp(_controlled(x, lam), g) / (1 - lam),
    partials={"lam": lambda x, lam: _sparse_vjp(_controlled(x, lam), _controlled(x, lam)) / (1 - lam)},
)  # fmt: skip
def sparsegen(x, lam=Parameter(0.0, below=1.0, meaning="sparser towards 1, denser the farther below 0")):
    """Sparsemax with a control of how sparse it is."""
    return maximum(0, x / (1 - lam) - row_threshold(x / (1 - lam), 1, 1))


def _halved(x):
    return (x - row_max(x)) / 2


@vector_function(
    family="normalising",
    title="1.5-entmax",
    aliases=("1.5 entmax", "entmax 1.5"),
    use="Sparse attention and sequence models.",
    weakness="No gradient outside the support; needs a sort.",
    source=Source("Peters, Niculae & Martins", 2019, "Sparse Sequence-to-Sequence Models", arxiv="1905.05702",
                  checked="paper, other code"),
    note="alpha_entmax with alpha = 1.5; tau is the number for which the sum is 1.",
    exceptions=_NEAR_THRESHOLD,
    stable=lambda x: _above(_halved(x), 2) ** 2,
    vjp=lambda x, g: _edges_vjp(_above(_halved(x), 2), g),
)  # fmt: skip
def entmax15(x):
    """Between softmax and sparsemax: squares of what exceeds a threshold, which makes the sum 1."""
    return maximum(0, x / 2 - row_threshold(x / 2, 2, 1)) ** 2


def _entmax_parts(x, alpha):
    """What exceeds the threshold, 1 where that is nothing, and the derivative of its power by it."""
    v = _above((alpha - 1) * (x - row_max(x)), 1 / (alpha - 1))
    base = where(v > 0, v, 1)
    return v, base, where(v > 0, base ** (1 / (alpha - 1) - 1), 0 * v)


def _entmax_by_alpha(x, alpha):
    """Of Correia, Niculae and Martins, with h_i = -y_i log(y_i)."""
    v, base, w = _entmax_parts(x, alpha)
    y, part = w * v, w / row_sum(w)
    h = -y * log(base) / (alpha - 1)
    return (y - part) / (alpha - 1) / (alpha - 1) + (h - part * row_sum(h)) / (alpha - 1)


@vector_function(
    family="normalising",
    title="Alpha-entmax",
    aliases=("entmax",),
    use="Attention heads that learn how sparse to be.",
    weakness="Needs an iteration where alpha is not 1.5 or 2.",
    source=Source("Peters, Niculae & Martins", 2019, "Sparse Sequence-to-Sequence Models", arxiv="1905.05702",
                  also="Correia, Niculae & Martins 2019, arXiv:1909.00015, learned alpha", checked="paper, other code"),
    note="Softmax for alpha to 1, sparsemax for 2. tau is the number for which the sum is 1, found to the last digit.",
    exceptions=_NEAR_THRESHOLD,
    stable=lambda x, alpha: _above((alpha - 1) * (x - row_max(x)), 1 / (alpha - 1)) ** (1 / (alpha - 1)),
    vjp=lambda x, g, alpha: _edges_vjp(_entmax_parts(x, alpha)[2], g),
    partials={"alpha": _entmax_by_alpha},
)  # fmt: skip
def alpha_entmax(x, alpha=Parameter(1.5, above=1.0, learnable=True, meaning="softmax towards 1, sparser above")):
    """A family from softmax to sparsemax and beyond: powers of what exceeds a threshold, which makes the sum 1."""
    return maximum(0, (alpha - 1) * x - row_threshold((alpha - 1) * x, 1 / (alpha - 1), 1)) ** (1 / (alpha - 1))


# ---- selections -----------------------------------------------------------------------------------------------------


def _largest(x):
    return where(x >= row_max(x), 1, 0)


@vector_function(
    family="normalising",
    title="Hardmax",
    aliases=("argmax one-hot",),
    use="Choosing one entry.",
    weakness="The gradient is 0 everywhere.",
    source=Source("", None, "One-hot argmax", venue="classical", checked="definition, framework"),
    note="Equal largest entries share evenly: the limit of temperature_softmax for T to 0. ONNX takes the first of them.",
    stable=lambda x: _largest(x) / row_sum(_largest(x)),
    vjp=lambda x, g: where(equal(x, x), 0, g),
)  # fmt: skip
def hardmax(x):
    """All on the largest entry."""
    return where(x >= row_max(x), 1, 0) / row_sum(where(x >= row_max(x), 1, 0))


@vector_function(
    family="normalising",
    title="k-winners-take-all",
    aliases=("k wta", "top k"),
    use="Sparse codes; defence against adversarial examples.",
    weakness="Not continuous; most entries get no gradient.",
    source=Source("Majani, Erlanson & Abu-Mostafa", 1988, "On the k-winners-take-all network", venue="NIPS 1988",
                  also="Xiao, Zhong & Zheng 2019, arXiv:1905.10510, as an activation", checked="paper, authors' code"),
    note="All entries that equal the k-th largest are kept, so more than k where there are ties. tau(x, 0, k - 1) is the "
    "least number that at most k - 1 entries exceed. Only the whole part of k counts.",
    stable=lambda x, k: where(x < row_threshold(x, 0, k - 1), 0, x),
    vjp=lambda x, g, k: where(x < row_threshold(x, 0, k - 1), 0, g),
    constant_alone=False,
)  # fmt: skip
def kwta(x, k=Parameter(2.0, low=1.0, meaning="how many are kept")):
    """The k largest entries as they are, 0 for the others."""
    return where(x >= row_threshold(x, 0, k - 1), x, 0)


# ---- of one sign or size --------------------------------------------------------------------------------------------


@vector_function(
    family="normalising",
    title="ReLU over length",
    aliases=("relu over length", "relu/l"),
    use="Attention without a sum over the row.",
    weakness="Weights do not sum to 1.",
    source=Source("Wortsman, Lee, Gilmer & Kornblith", 2023, "Replacing softmax with ReLU in Vision Transformers",
                  arxiv="2309.08586", checked="paper"),
    note="n counts all entries along the axis, those that a mask has set to -inf too.",
    stable=lambda x: maximum(x, 0) / _count(x),
    vjp=lambda x, g: where(x > 0, g, 0) / _count(x),
    constant_alone=False,
)  # fmt: skip
def relu_attention(x):
    """ReLU divided by the length of the axis, in place of softmax in attention."""
    return maximum(0, x) / N


def _weighted(x):
    """x softmax(x), 0 where the share is, -inf too."""
    return where(equal(_softmax(x), 0), 0, x * _softmax(x))


@vector_function(
    family="normalising",
    title="Softmax linear unit",
    use="Hidden layers whose units are easier to interpret.",
    weakness="Needs a layer norm after it.",
    source=Source("Elhage & others", 2022, "Softmax Linear Units", venue="Transformer Circuits Thread", checked="paper"),
    note="In the paper a layer norm follows.",
    exceptions={"float64": (24.0, "in the Jacobian x multiplies the error of an exponential")},
    stable=_weighted,
    vjp=lambda x, g: g * (_softmax(x) + _weighted(x)) - _softmax(x) * row_sum(g * _weighted(x)),
    constant_alone=False,
)  # fmt: skip
def solu(x):
    """x times its softmax: the largest entries stay, the others vanish."""
    return x * (exp(x) / row_sum(exp(x)))


def _scaled(x):
    return maximum(row_max(abs(x)), 1)


def _normed(x, k, eps):
    """x^k over its root mean square, and the scaled root; powers are taken of numbers below 1."""
    size, power = _scaled(x), (x / _scaled(x)) ** k
    root = sqrt(row_sum(power * power) / _count(x) + eps / size ** (2 * k))
    return power / root, root


def _normed_vjp(x, g, k, eps):
    n, root = _normed(x, k, eps)
    slope = k * (x / _scaled(x)) ** (k - 1) / root / _scaled(x)
    return slope * (g - n * (row_sum(g * n) / _count(x)))


def _root_mean(x, k, eps):
    return sqrt(row_sum(x ** (2 * k)) / N + eps)


@vector_function(
    family="normalising",
    title="PolyNorm",
    use="Feed-forward blocks of language models.",
    weakness="Steep where all entries are small; couples all entries of the axis.",
    source=Source("Zhuo & others", 2024,
                  "Polynomial Composition Activations: Unleashing the Dynamics of Large Language Models",
                  arxiv="2411.03884", checked="paper, other code"),
    note="a of the paper is a1, a2, a3 here, each 1/3 to begin with; its code adds a bias too, which is 0 at first.",
    exceptions={"float64": (8.0, "the three terms cancel")},
    stable=lambda x, a1, a2, a3, eps: (
        a1 * _normed(x, 1, eps)[0] + a2 * _normed(x, 2, eps)[0] + a3 * _normed(x, 3, eps)[0]
    ),
    vjp=lambda x, g, a1, a2, a3, eps: (
        a1 * _normed_vjp(x, g, 1, eps) + a2 * _normed_vjp(x, g, 2, eps) + a3 * _normed_vjp(x, g, 3, eps)
    ),
    partials={
        "a1": lambda x, a1, a2, a3, eps: _normed(x, 1, eps)[0],
        "a2": lambda x, a1, a2, a3, eps: _normed(x, 2, eps)[0],
        "a3": lambda x, a1, a2, a3, eps: _normed(x, 3, eps)[0],
    },
    constant_alone=False,
)  # fmt: skip
def polynorm(
    x,
    a1=Parameter(1 / 3, learnable=True),
    a2=Parameter(1 / 3, learnable=True),
    a3=Parameter(1 / 3, learnable=True),
    eps=Parameter(1e-6, above=0.0, meaning="keeps the mean square away from 0"),
):
    """A cubic polynomial whose powers are each divided by their root mean square along the axis."""
    first, second, third = (x**k / _root_mean(x, k, eps) for k in (1, 2, 3))
    return a1 * first + a2 * second + a3 * third
