"""The rules: in which situation, what is advised or warned of, why, and who found it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nonlin.core import Source

SITUATIONS: dict[str, tuple[str, ...]] = {
    "task": ("hidden", "output"),
    "network": ("mlp", "cnn", "transformer", "rnn"),
    "normalisation": ("batch", "layer", "none"),
    "deploy": ("int8", "edge"),
    "target": ("binary", "multilabel", "classes", "regression", "positive", "counts", "interval"),
}
"""The known values of each part of a situation."""
DEEP = 8
"""From so many layers on, what a plain deep network needs is told."""


@dataclass(frozen=True)
class Situation:
    """What is known of the network; None is left open."""

    task: str
    network: str | None = None
    depth: int | None = None
    normalisation: str | None = None
    deploy: str | None = None
    target: str | None = None

    @property
    def deep(self) -> bool:
        return self.depth is not None and self.depth >= DEEP


@dataclass(frozen=True)
class Rule:
    """``kind`` is ``first``, ``alternative``, ``avoid`` or ``remark``; of several firsts the most special one wins."""

    kind: str
    what: str
    why: str
    source: Source | None
    holds: Callable[[Situation], bool]
    special: int = 1


def _paper(authors: str, year: int, title: str, arxiv: str = "", venue: str = "", doi: str = "") -> Source:
    return Source(authors, year, title, arxiv=arxiv, venue=venue, doi=doi, checked="paper")


# ---- who says so ----------------------------------------------------------------------------------------------------

GLOROT_RELU = _paper("Glorot, Bordes & Bengio", 2011, "Deep Sparse Rectifier Neural Networks", venue="AISTATS 2011")
GLOROT_DEEP = _paper("Glorot & Bengio", 2010, "Understanding the difficulty of training deep feedforward neural networks", venue="AISTATS 2010")  # fmt: skip
HE_INIT = _paper("He, Zhang, Ren & Sun", 2015, "Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet Classification", "1502.01852")  # fmt: skip
RESNET = _paper("He, Zhang, Ren & Sun", 2015, "Deep Residual Learning for Image Recognition", "1512.03385")
CONVNEXT = _paper("Liu, Mao, Wu, Feichtenhofer, Darrell & Xie", 2022, "A ConvNet for the 2020s", "2201.03545")
EFFICIENTNET = _paper("Tan & Le", 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", "1905.11946")  # fmt: skip
SWISH = _paper("Ramachandran, Zoph & Le", 2017, "Searching for Activation Functions", "1710.05941")
BENCHMARK = _paper("Dubey, Singh & Chaudhuri", 2021, "Activation Functions in Deep Learning: A Comprehensive Survey and Benchmark", "2109.14545")  # fmt: skip
GELU = _paper("Hendrycks & Gimpel", 2016, "Gaussian Error Linear Units (GELUs)", "1606.08415")
BERT = _paper("Devlin, Chang, Lee & Toutanova", 2018, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", "1810.04805")  # fmt: skip
GLU = _paper("Shazeer", 2020, "GLU Variants Improve Transformer", "2002.05202")
TRANSFER = _paper("Narang & others", 2021, "Do Transformer Modifications Transfer Across Implementations and Applications?", "2102.11972")  # fmt: skip
PRIMER = _paper("So & others", 2021, "Primer: Searching for Efficient Transformers for Language Modeling", "2109.08668")
SNN = _paper("Klambauer, Unterthiner, Mayr & Hochreiter", 2017, "Self-Normalizing Neural Networks", "1706.02515")
DYING = _paper("Lu, Shin, Su & Karniadakis", 2019, "Dying ReLU and Initialization: Theory and Numerical Examples", "1903.06733")  # fmt: skip
LEAKY = _paper("Maas, Hannun & Ng", 2013, "Rectifier nonlinearities improve neural network acoustic models", venue="ICML 2013 Workshop")  # fmt: skip
LSTM = _paper("Hochreiter & Schmidhuber", 1997, "Long Short-Term Memory", doi="10.1162/neco.1997.9.8.1735")
IRNN = _paper("Le, Jaitly & Hinton", 2015, "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units", "1504.00941")  # fmt: skip
EXPLODING = _paper("Pascanu, Mikolov & Bengio", 2013, "On the difficulty of training Recurrent Neural Networks", "1211.5063")  # fmt: skip
EGER = _paper("Eger, Youssef & Gurevych", 2018, "Is it Time to Swish? Comparing Deep Learning Activation Functions Across NLP tasks", "1901.02671")  # fmt: skip
MOBILE2 = _paper("Sandler, Howard, Zhu, Zhmoginov & Chen", 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", "1801.04381")  # fmt: skip
MOBILE3 = _paper("Howard & others", 2019, "Searching for MobileNetV3", "1905.02244")
BOOK = _paper("Goodfellow, Bengio & Courville", 2016, "Deep Learning, section 6.2.2: Output Units", venue="MIT Press")
SOFTPLUS = _paper("Dugas, Bengio, Bélisle, Nadeau & Garcia", 2000, "Incorporating Second-Order Functional Knowledge for Better Option Pricing", venue="NIPS 2000")  # fmt: skip
GLM = _paper("McCullagh & Nelder", 1989, "Generalized Linear Models", venue="Chapman & Hall, second edition")
TORCH = Source("PyTorch", None, "torch.nn.CrossEntropyLoss and torch.nn.BCEWithLogitsLoss", venue="PyTorch documentation", checked="framework")  # fmt: skip


# ---- hidden layers --------------------------------------------------------------------------------------------------


def _hidden(*networks: str) -> Callable[[Situation], bool]:
    return lambda s: s.task == "hidden" and (not networks or s.network in networks)


def _plain_deep(s: Situation) -> bool:
    return s.task == "hidden" and s.network in (None, "mlp") and s.deep and s.normalisation in (None, "none")


def _deploy(*targets: str) -> Callable[[Situation], bool]:
    """Of networks of dense and convolutional layers, which the sources are about."""
    return lambda s: s.task == "hidden" and s.deploy in targets and s.network in (None, "mlp", "cnn")


def _unnormalised(s: Situation) -> bool:
    return s.task == "hidden" and s.normalisation in (None, "none") and s.network in (None, "mlp", "cnn")


HIDDEN = (
    Rule("first", "relu", "cheap, sparse, does not saturate for positive inputs; the baseline that others must beat", GLOROT_RELU, _hidden(), 0),
    Rule("first", "relu", "what residual networks are built with", RESNET, _hidden("cnn")),
    Rule("first", "gelu", "the activation of BERT", BERT, _hidden("transformer")),
    Rule("first", "tanh", "bounded, so that a state fed back does not grow; the cells of LSTM squash so, and their gates are sigmoids", LSTM, _hidden("rnn")),
    Rule("first", "selu", "keeps mean and variance through many dense layers without normalisation; needs LeCun-normal weights, standardised inputs and alpha dropout", SNN, lambda s: _plain_deep(s) and s.normalisation == "none", 2),
    Rule("first", "relu6", "bounded range, robust in low precision", MOBILE2, _deploy("int8"), 3),
    Rule("first", "hard_swish", "most of what swish gains without an exponential, and no loss from an approximated sigmoid", MOBILE3, lambda s: s.task == "hidden" and s.deploy == "edge" and s.network in (None, "cnn"), 3),
    Rule("alternative", "hard_swish", "made for quantised mobile networks; most useful in their deeper half", MOBILE3, _deploy("int8"), 3),
    Rule("alternative", "relu", "one comparison, which integers can do exactly", None, _deploy("int8", "edge"), 2),
    Rule("alternative", "swiglu", "lower perplexity than ReLU and GELU at equal parameters: make the width 2/3, as two projections feed it", GLU, _hidden("transformer")),
    Rule("alternative", "geglu", "as swiglu, and as good in the same experiments", GLU, _hidden("transformer")),
    Rule("alternative", "squared_relu", "found by search to save training compute of language models", PRIMER, _hidden("transformer")),
    Rule("alternative", "silu", "what EfficientNet uses in place of ReLU", EFFICIENTNET, _hidden("cnn")),
    Rule("alternative", "gelu", "as in ConvNeXt, whose accuracy it left unchanged", CONVNEXT, _hidden("cnn")),
    Rule("alternative", "leaky_relu", "its slope below zero keeps units alive", LEAKY, _unnormalised),
    Rule("alternative", "silu", "smooth, without dead units", SWISH, _hidden("mlp")),
    Rule("alternative", "elu", "means nearer zero than ReLU's, where nothing normalises", _paper("Clevert, Unterthiner & Hochreiter", 2016, "Fast and Accurate Deep Network Learning by Exponential Linear Units (ELUs)", "1511.07289"), _unnormalised),
    Rule("alternative", "penalized_tanh", "the most stable of 21 functions over eight tasks of language processing; good inside LSTM cells", EGER, _hidden("rnn")),
    Rule("alternative", "relu", "trains plain recurrent networks if the recurrent weights begin as the identity", IRNN, _hidden("rnn")),
    Rule("avoid", "sigmoid in deep plain layers", "its slope is at most 1/4 and its outputs are never centred: gradients vanish and the top layers saturate", GLOROT_DEEP, lambda s: s.task == "hidden" and s.network != "rnn", 2),
    Rule("avoid", "relu in a plain recurrent network with ordinary weights", "nothing bounds the state, and gradients explode through time; clip them at least", EXPLODING, _hidden("rnn"), 2),
    Rule("avoid", "selu with batch normalisation, ordinary dropout or He weights", "its guarantee holds for LeCun-normal weights and alpha dropout only", SNN, lambda s: s.task == "hidden" and s.network in (None, "mlp"), 1),
    Rule("avoid", "relu in deep and narrow networks", "the deeper and narrower, the likelier the whole network dies at the start", DYING, _plain_deep, 2),
    Rule("avoid", "exact exponentials on integer hardware", "sigmoid, swish and GELU are approximated there, which costs time and accuracy", MOBILE3, _deploy("int8"), 3),
    Rule("remark", "initialisation", "give each layer the gain of its activation, He's for ReLU: with depth a wrong one matters more than the activation; nonlin.initialise does it", HE_INIT, lambda s: s.task == "hidden" and s.network != "rnn"),
    Rule("remark", "the choice hardly matters", "replacing ReLU by GELU left ConvNeXt's accuracy unchanged; with normalisation and residual connections differences are often smaller than between seeds", CONVNEXT, lambda s: s.task == "hidden" and (s.network == "cnn" or s.normalisation in ("batch", "layer")), 2),
    Rule("remark", "which gate hardly matters", "GLU variants were among the few changes whose gain carried over to other code and tasks; between them differences are small", TRANSFER, _hidden("transformer"), 2),
    Rule("remark", "measure", "rankings change with data set and network; compare on your own task, with several seeds", BENCHMARK, _hidden(), 0),
)  # fmt: skip


# ---- outputs --------------------------------------------------------------------------------------------------------


def _output(*targets: str) -> Callable[[Situation], bool]:
    return lambda s: s.task == "output" and s.target in targets


OUTPUT = (
    Rule("first", "sigmoid", "the probability of one event, with the cross-entropy loss; train on its input with a loss that applies it", BOOK, _output("binary")),
    Rule("first", "sigmoid", "one for each label: labels do not exclude each other, so their probabilities need not sum to 1", BOOK, _output("multilabel")),
    Rule("first", "softmax", "a distribution over classes of which one is right, with the cross-entropy loss", BOOK, _output("classes")),
    Rule("first", "identity", "the mean of a normal distribution, with the squared error: any value can be reached and gradients never saturate", BOOK, _output("regression")),
    Rule("first", "softplus", "positive, grows like x and not like exp(x), smooth everywhere", SOFTPLUS, _output("positive")),
    Rule("first", "exponential", "the log link of Poisson regression: effects multiply; train on its input with the Poisson loss of logarithms", GLM, _output("counts")),
    Rule("first", "sigmoid", "low + (high - low) sigmoid(x) reaches every value inside and none outside", None, _output("interval")),
    Rule("alternative", "log_softmax", "its logarithm without loss of digits, for a loss that wants log-probabilities", TORCH, _output("classes")),
    Rule("alternative", "sparsemax", "exact zeros for classes that are out of the question", _paper("Martins & Astudillo", 2016, "From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label Classification", "1602.02068"), _output("classes")),
    Rule("alternative", "softmax", "over two outputs is the sigmoid of their difference: right, with twice the weights", None, _output("binary")),
    Rule("alternative", "exponential", "where errors are relative; overflows for inputs beyond 88 in float32", GLM, _output("positive")),
    Rule("alternative", "softplus", "where large counts make the exponential unstable", SOFTPLUS, _output("counts")),
    Rule("alternative", "tanh", "the same, centred: (low + high)/2 + (high - low)/2 tanh(x)", None, _output("interval")),
    Rule("alternative", "hard_tanh", "where the ends themselves must be reached; no gradient beyond them", None, _output("interval")),
    Rule("avoid", "softmax on one unit", "is 1 whatever its input, and its gradient is 0", None, _output("binary")),
    Rule("avoid", "softmax over labels that do not exclude each other", "forces their probabilities to sum to 1", None, _output("multilabel")),
    Rule("avoid", "softmax before a loss that applies it", "CrossEntropyLoss takes the raw outputs; applied twice, the gradient is weak and the probabilities cannot reach 1", TORCH, _output("classes"), 2),
    Rule("avoid", "sigmoid before a loss that applies it", "BCEWithLogitsLoss takes the raw output and is exact where log(sigmoid(x)) is not", TORCH, _output("binary", "multilabel"), 2),
    Rule("avoid", "relu on a regression output", "no negative value can be reached, and where the output is 0 the gradient is 0 too", None, _output("regression")),
    Rule("avoid", "sigmoid or tanh with the squared error for unbounded targets", "values outside their range cannot be reached, and the gradient vanishes towards its ends", BOOK, _output("regression")),
    Rule("avoid", "relu where zero is not allowed", "gives exact zeros, whose logarithm is infinite, and no gradient there", None, _output("positive", "counts")),
    Rule("avoid", "clipping the output while training", "clip has no gradient beyond the ends: an output that left the interval does not come back", None, _output("interval")),
)  # fmt: skip

RULES = (*HIDDEN, *OUTPUT)
