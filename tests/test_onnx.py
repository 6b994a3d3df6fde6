"""Export to ONNX: standard operators only, and the same numbers in ONNX Runtime."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.errors import InputError
from sample import sample
from tensors import library

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")
sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from onnx_differences import POINTS, Together, differences, exported, modules  # noqa: E402

nn = torch.nn
named = pytest.mark.parametrize
pytestmark = pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning", "ignore:.*:DeprecationWarning")
ENDS_EARLY = {"gelu", "geglu"}  # 1 + erf is 0 from -5.5 down: less than 5 units of 1, but all of the value
INSIDE = (np.abs(POINTS) < 8).all(1)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    library("torch")


@pytest.fixture(scope="module")
def every():
    """The tested entries in one model, and what it computes at the points."""
    chosen = {name: module for name, module in modules().items() if name in sample()}
    model = exported(Together(chosen), POINTS)
    return model, dict(zip(chosen, model(POINTS), strict=True))


@pytest.fixture(scope="module")
def native():
    chosen = modules(native=True)
    model = exported(Together(chosen), POINTS[INSIDE])
    return model, dict(zip(chosen, model(POINTS[INSIDE]), strict=True))


def test_only_standard_operators(every, native):
    for model, _ in (every, native):
        assert {domain for domain, _ in model.operators} == {""}
        assert model.program.model.opset_imports == {"": 20}
        assert not model.program.model.functions


@named("name", sample())
def test_every_entry_in_onnx_runtime(name, every):
    """To four units in the last place of the value or of 1: tails, huge numbers, infinities and NaN."""
    assert differences(every[1][name], name).max() <= (8 if name in ENDS_EARLY else 4)


def test_a_wrong_model_would_be_seen(every):
    assert differences(every[1]["gelu_tanh"], "gelu").max() > 1000


@named("name", ["sigmoid", "log_sigmoid", "softplus", "elu", "exponential", "tanhshrink"])
def test_tails_are_kept(name, every):
    """Relative to the value itself, however small it is."""
    exact = nl.get(name)(POINTS.astype(np.float64))
    normal = (np.abs(exact) > 1e-37) & (np.abs(exact) < 3e38)
    assert np.max(np.abs(every[1][name][normal] / exact[normal] - 1)) < 2e-5


# ---- PyTorch's own functions ----------------------------------------------------------------------------------------


@named("operator", ["Gelu", "Mish", "HardSwish", "Elu", "Celu", "Selu", "LeakyRelu", "HardSigmoid", "Relu", "Sigmoid",
                    "Tanh", "Softplus", "Softmax", "LogSoftmax"])  # fmt: skip
def test_native_modules_become_the_operator(operator, every, native):
    assert ("", operator) in native[0].operators
    assert ("", operator) not in every[0].operators - {("", o) for o in ("Sigmoid", "Tanh", "Softplus")}


@named("name", modules(native=True))
def test_native_is_the_same_function(name, native):
    """To PyTorch's rounding; log_sigmoid is exported as the logarithm of Sigmoid, which rounds far left."""
    x = torch.from_numpy(POINTS[INSIDE])
    assert differences(entries()[name].torch(native=True)(x).numpy(), name, POINTS[INSIDE]).max() <= 16
    assert differences(native[1][name], name, POINTS[INSIDE]).max() <= (1000 if name == "log_sigmoid" else 32)


def test_native_is_what_the_record_says():
    own = {n for n, e in entries().items() if "torch" in e.equivalents}
    random = {n for n in own if any(p.random for p in entries()[n].parameters.values())}
    assert set(modules(native=True)) == own - random


def test_native_with_other_parameters():
    x = torch.from_numpy(POINTS[INSIDE])
    act = nl.hard_tanh.with_parameters(min_val=-0.5)
    assert torch.equal(act.torch(native=True)(x), nn.functional.hardtanh(x, -0.5, 1.0))
    assert act.equivalents["torch"] == "torch.nn.functional.hardtanh(x, min_val=min_val, max_val=max_val)"


def test_native_along_an_axis():
    x = torch.from_numpy(POINTS[:6])
    assert torch.equal(nl.softmax.torch(axis=0, native=True)(x), torch.softmax(x, 0))


def test_native_modules_are_modules():
    module, x = nl.elu.torch(native=True), torch.linspace(-2, 2, 9)
    assert repr(module) == "ActivationModule(elu, alpha=1, native=True)"
    assert torch.equal(pickle.loads(pickle.dumps(module))(x), module(x))
    assert torch.equal(torch.compile(module, backend="aot_eager", fullgraph=True)(x), module(x))
    assert module(torch.arange(3)).dtype == torch.float64
    assert list(module.state_dict()) == []


REFUSED = [
    (lambda: nl.serf.torch(native=True), "serf: PyTorch has no function of its own for it; leave out native=True"),
    (lambda: nl.define("x*tanh(x)").torch(native=True), r"x\*tanh\(x\): PyTorch has no function of its own"),
    (lambda: nl.swish.with_parameters(beta=2.0).torch(native=True), r"swish\(beta=2\): PyTorch has no function"),
    (lambda: nl.gelu.derivative.torch(native=True), "gelu.derivative: PyTorch has no function"),
    (lambda: nl.elu.torch(learnable=True, native=True), "elu: native=True is for fixed parameters, and here are lear"),
    (lambda: nl.rrelu.torch(native=True), "and here are random ones"),
    (lambda: nl.gelu.torch(native=True)(torch.ones(2, dtype=torch.complex64)), "x: got a complex64 tensor"),
    (lambda: nl.gelu.torch(native=True)([1.0]), "the module takes a tensor, got list"),
    (lambda: nl.softmax.torch(axis=5, native=True)(torch.ones(3)), "axis 5 is out of range"),
    (lambda: nl.glu.torch(native=True)(torch.ones(3)), "got the odd length 3"),
    (lambda: nl.gelu.torch(native="yes"), "gelu: native must be True or False, got 'yes'"),
]


@named("place", range(len(REFUSED)))
def test_native_refused(place):
    make, message = REFUSED[place]
    with pytest.raises(InputError, match=message):
        make()


@named("change", [("torch.nn.functional.elu(x", "torch.os.getcwd(x"), ('"expm1"', '"sinh"')], ids=["call", "formula"])
def test_a_call_from_a_file_is_never_made(change):
    """Only texts of the catalogue are called, and only for the formula that they are of."""
    text = nl.define("where(x > 0, x, alpha*expm1(x))", alpha=1.0).to_json()
    own = nl.elu.to_json()
    assert nl.from_json(own).torch(native=True).native == nl.elu.torch(native=True).native
    assert change[0] in own
    record = '"record": '
    stored = text.partition(record)[0] + record + own.partition(record)[2]
    hostile = nl.from_json(stored.replace(*change).replace("torch.nn.ELU", "torch.os.ELU"))
    with pytest.raises(InputError, match="PyTorch has no function"):
        hostile.torch(native=True)


# ---- models ---------------------------------------------------------------------------------------------------------


def test_a_trained_model_with_a_batch_of_any_size():
    torch.manual_seed(0)
    bump = nl.define("a*x*exp(-b*x^2) + log1p(x^2)", a=1.0, b=nl.Parameter(0.5, above=0.0))
    model = nn.Sequential(
        nn.Linear(4, 6), nl.swish.torch(learnable=True, per_channel=6), nl.squareplus.torch(learnable=True),
        nn.Linear(6, 8), bump.torch(learnable=True), nl.swiglu.torch(), nl.gelu.torch(native=True), nl.softmax.torch()
    )  # fmt: skip
    for parameter in model.parameters():
        nn.init.uniform_(parameter, -0.6, 0.6)  # also beyond the bound of b
    x = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    found = exported(model, x, dynamic_shapes=({0: torch.export.Dim("batch", min=2)},))
    assert {domain for domain, _ in found.operators} == {""}
    for batch in (x, x[:3], np.tile(x, (4, 1))):
        (got,) = found(batch)
        assert np.abs(got - model(torch.from_numpy(batch)).detach().numpy()).max() < 1e-6


def test_after_an_export_words_are_pytorchs_again():
    words = nl.ops.backend("torch")._words
    assert words(torch.float32).hypot(torch.tensor(3.0), torch.tensor(4.0)) == 5
    assert words(torch.float32).log1p is torch.log1p


# ---- the words in what ONNX has -------------------------------------------------------------------------------------


EXACT = {"log1p": np.log1p, "expm1": np.expm1, "softplus": lambda u: np.logaddexp(0, u),
         "log_sigmoid": lambda u: -np.logaddexp(0, -u)}  # fmt: skip


@named("word", EXACT)
def test_words_keep_their_digits(word):
    from nonlin.ops import torch_onnx

    u = np.concatenate([-np.logspace(-30, 4, 400), [0.0], np.logspace(-30, 4, 400)])
    u = u[u > -0.999] if word == "log1p" else u
    got = getattr(torch_onnx, word)(torch.from_numpy(u)).numpy()
    with np.errstate(over="ignore"):
        assert np.allclose(got, EXACT[word](u), rtol=1e-14, atol=0)


@named("a", [0.0, 3.0, 1e300, 1e-300, np.inf])
def test_hypot(a):
    from nonlin.ops import torch_onnx

    b = np.array([0.0, -4.0, 1e300, 1e-300, np.inf, -np.inf, a])
    assert np.allclose(torch_onnx.hypot(torch.from_numpy(b), a).numpy(), np.hypot(b, a), rtol=1e-14, atol=0)
