"""Activations as PyTorch modules: every entry, learnable parameters, and all that PyTorch does with a module."""

import copy
import doctest
import io
import pickle
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import nonlin as nl
from nonlin import frameworks
from nonlin.catalogue import entries
from nonlin.errors import InputError, MissingDependency, ParameterError
from nonlin.frameworks import framework
from sample import sample
from tensors import back, library

torch = pytest.importorskip("torch")
nn = torch.nn
modules = framework("torch")
named = pytest.mark.parametrize

ACTIVATIONS = sample(nl.Activation)
LEARNABLE = [n for n, e in ACTIVATIONS.items() if e.parameters]
UNBOUNDED = ["swish", "prelu", "sine"]
BOUNDED = [(n, k) for n in LEARNABLE for k, p in ACTIVATIONS[n].parameters.items() if p.domain != "any finite number"]
POINTS = np.linspace(-6.3, 6.7, 28).reshape(4, 7)
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")  # PyTorch's own forward mode


@pytest.fixture(autouse=True)
def one_thread():
    library("torch")


def points(dtype=torch.float64):
    return torch.tensor(POINTS, dtype=dtype)


def learnable(entry, **options):
    return ACTIVATIONS[entry].torch(learnable=True, **options)


def double(entry, **options):
    return precise(ACTIVATIONS[entry].torch(learnable=True, **options))


def precise(module):
    """In float64, with all digits of the defaults."""
    module.double().reset_parameters()
    return module


# ---- every entry ----------------------------------------------------------------------------------------------------


@named("entry", sample())
def test_a_module_computes_the_function(entry):
    act = entries()[entry]
    x = torch.tensor(POINTS[:, :6])
    assert torch.equal(act.torch().eval()(x), act(x))


@named("entry", LEARNABLE)
def test_a_learnable_module_starts_as_the_function(entry):
    act, module = ACTIVATIONS[entry], double(entry)
    assert {k: v.item() for k, v in module.values().items()} == act.defaults
    assert torch.allclose(module(points()), act(points()), rtol=1e-14)


@named("entry", LEARNABLE)
def test_gradients_of_learnable_parameters(entry):
    act, module = ACTIVATIONS[entry], double(entry, per_channel=7)
    module(points()).sum().backward()
    for name in act.parameters:
        expected = act.partial(name)(POINTS).sum(0)
        got = getattr(module, name).grad.numpy()
        assert np.allclose(got, expected, rtol=1e-12, atol=1e-13)


def test_arguments_along_an_axis():
    x = torch.tensor(POINTS[:, :6])
    assert torch.equal(nl.softmax.torch(axis=0)(x), nl.softmax(x, axis=0))
    unit = nl.swiglu.torch(axis=0, learnable="beta").double()
    assert torch.equal(unit(x), nl.swiglu(x, axis=0))
    unit(x).sum().backward()
    assert unit.beta.grad.item() == pytest.approx(nl.swiglu.partial("beta", POINTS[:, :6], axis=0).sum())


def test_own_formulas_and_other_defaults():
    act = nl.define("a*x*sigmoid(b*x)", a=2.0, b=0.5)
    module = act.with_parameters(a=3.0).torch(learnable=("b",)).double()
    assert [n for n, _ in module.named_parameters()] == ["b"]
    assert torch.allclose(module(points()), act(points(), a=3.0))


@named(("count", "shape"), [(None, (300, 4000)), (3, (100, 3, 4000)), (3, (100, 3))])
def test_on_the_cpu_results_are_those_of_numpy(count, shape):
    """Bit by bit, which PyTorch's own functions are not; large arrays and small ones, by kernels and without."""
    module = learnable("softplus", per_channel=count)
    nn.init.uniform_(module.beta, 0.5, 2.0)
    x, size = torch.randn(shape), np.getbufsize()
    beta = module.beta.detach().double().reshape((3, 1) if len(shape) == 3 else module.beta.shape).numpy()
    assert np.array_equal(module(x).detach().numpy(), nl.softplus(x.numpy(), beta=beta))
    assert np.getbufsize() == size


@named(("place", "shape"), [(1, (2, 3, 4, 5)), (1, (2, 3)), (-1, (2, 4, 3)), (0, (3,)), (-3, (3, 4, 5))])
def test_channels(place, shape):
    module = nl.prelu.torch(learnable=True, per_channel=3, channel_dim=place)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([1.0, 2.0, 3.0]))
    got = module(-torch.ones(shape)).movedim(place, 0)
    assert torch.equal(got.reshape(3, -1).mT, -torch.tensor([1.0, 2.0, 3.0]).expand(got[0].numel(), 3))


def test_random_parameters_are_drawn_in_training_only():
    x = -torch.ones(1000, dtype=torch.float64)
    module = nl.rrelu.torch()
    drawn = -module(x)
    assert drawn.dtype == torch.float64
    assert 1 / 8 <= drawn.min() < 0.13 < 0.32 < drawn.max() <= 1 / 3 + 1e-7
    assert torch.equal(module.eval()(x), nl.rrelu(x))
    assert torch.equal(double("rrelu")(x), nl.rrelu(x))


# ---- domains --------------------------------------------------------------------------------------------------------


@named("raw", [-1e6, -30.0, -0.5, -1e-6, 0.0, 1e-6, 0.05, 0.2, 0.9, 1.0, 1.1, 40.0, 1e6])
@named(("entry", "name"), BOUNDED)
def test_domains_are_kept(entry, name, raw):
    act, module = ACTIVATIONS[entry], double(entry)
    nn.init.constant_(getattr(module, name), raw)
    act.checked({k: v.item() for k, v in module.values().items()})
    module.values()[name].backward()
    assert getattr(module, name).grad.isfinite()
    assert getattr(module, name).grad != 0


DOMAINS = [
    nl.Parameter(0.5, low=0.0, high=1.0),
    nl.Parameter(0.5, above=0.0, below=1.0),
    nl.Parameter(0.5, low=0.0, below=1.0),
    nl.Parameter(0.5, above=0.0, high=1.0),
    nl.Parameter(0.5, high=1.0),
    nl.Parameter(0.5, below=1.0),
]


@named("parameter", DOMAINS)
def test_the_map_into_a_domain(parameter):
    """It is continuous, in the domain, the identity in the middle, and differentiable as PyTorch says."""
    from nonlin.frameworks.torch_domain import inside

    raw = torch.linspace(-20, 20, 400_001, dtype=torch.float64, requires_grad=True)
    value = inside(raw, parameter, parameter.low)
    assert not parameter.outside(value, parameter.low).any()
    assert value.diff().abs().max() <= 1.0001e-4
    middle = (raw > 0.25) & (raw < 0.75)
    assert torch.equal(value[middle], raw[middle])
    assert torch.autograd.gradcheck(lambda r: inside(r, parameter, parameter.low), raw[7::2003])


@named("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_a_forbidden_bound_is_not_reached_by_rounding(dtype):
    module = learnable("softplus").to(dtype)
    nn.init.constant_(module.beta, -60000.0)
    assert module.values()["beta"].item() > 0


@named("default", [1e-6, 0.003, 0.1, 0.125, 0.13])
def test_a_default_near_a_forbidden_bound(default):
    act = nl.softplus.with_parameters(beta=default)
    assert precise(act.torch(learnable=True)).values()["beta"].item() == pytest.approx(default, rel=1e-13)


def test_a_bound_that_is_another_parameter():
    module = learnable("hard_tanh")
    nn.init.constant_(module.min_val, 2.0)  # above max_val, which is 1
    values = {k: v.item() for k, v in module.values().items()}
    assert values == {"min_val": 2.0, "max_val": 3.0}
    alone = nl.hardtanh.torch(learnable="max_val")
    nn.init.constant_(alone.max_val, -3.0)
    assert alone.values()["max_val"].item() == 1.0


def test_what_is_stored_does_not_depend_on_the_default():
    ours, other = learnable("softplus"), nl.softplus.with_parameters(beta=0.01).torch(learnable=True)
    nn.init.constant_(ours.beta, -3.0)
    other.load_state_dict(ours.state_dict())
    assert other.values() == ours.values()


def test_a_domain_is_kept_while_training():
    """The best beta is far beyond the bound; steps are large."""
    module, x = learnable("softplus"), torch.linspace(-2, 2, 50)
    optimiser = torch.optim.SGD(module.parameters(), lr=1.0)
    for _ in range(100):
        optimiser.zero_grad()
        (-module(x).mean()).backward()
        optimiser.step()
        assert module.values()["beta"].item() > 0
    assert module.values()["beta"].item() < 0.05


# ---- training -------------------------------------------------------------------------------------------------------


def losses(activation, steps=60):
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(5, 16), activation, nn.Linear(16, 1))
    x = torch.randn(64, 5)
    target = x.prod(1, keepdim=True)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    found = []
    for _ in range(steps):
        optimiser.zero_grad()
        loss = ((model(x) - target) ** 2).mean()
        loss.backward()
        optimiser.step()
        found.append(loss.item())
    return found


@named("count", [None, 16])
def test_prelu_trains_as_that_of_torch(count):
    ours, theirs = learnable("prelu", per_channel=count), nn.PReLU(count or 1)
    assert losses(ours) == pytest.approx(losses(theirs), rel=1e-5)
    assert ours.weight.detach().flatten().tolist() == pytest.approx(theirs.weight.tolist(), rel=1e-4)
    assert ours.weight.std(correction=0) > 0 or count is None


@named("count", [None, 16])
def test_checkpoints_of_prelu_are_read(count):
    theirs, ours = nn.PReLU(count or 1, init=0.7), learnable("prelu", per_channel=count)
    ours.load_state_dict(theirs.state_dict())
    assert torch.equal(ours.weight, torch.full_like(ours.weight, 0.7))


def test_a_learnable_parameter_moves():
    module = learnable("swish")
    found = losses(module)
    assert found[-1] < 0.6 * found[0]
    assert abs(module.beta.item() - 1) > 0.05


def test_parameter_groups():
    shared = learnable("prelu")
    model = nn.Sequential(nn.Linear(2, 2), shared, nn.Sequential(learnable("hard_tanh"), shared), nn.PReLU(), nn.GELU())
    model[0].bias.requires_grad_(False)
    decayed, free = modules.parameter_groups(model, weight_decay=0.3)
    assert (decayed["params"], decayed["weight_decay"]) == ([model[0].weight], 0.3)
    assert [p.shape for p in free["params"]] == [(), (), (), (1,)]
    assert free["weight_decay"] == 0.0
    torch.optim.AdamW(modules.parameter_groups(nn.Linear(2, 2)))


# ---- what PyTorch does with modules ---------------------------------------------------------------------------------


def test_state_dict():
    module = learnable("hard_tanh", per_channel=3)
    assert {k: tuple(v.shape) for k, v in module.state_dict().items()} == {"min_val": (3,), "max_val": (3,)}
    nn.init.constant_(module.max_val, 5.0)
    other = learnable("hard_tanh", per_channel=3)
    other.load_state_dict(module.state_dict())
    assert torch.equal(other.max_val, module.max_val)
    other.reset_parameters()
    assert torch.equal(other.max_val, torch.ones(3))


def saved_and_loaded(module):
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda m: pickle.loads(pickle.dumps(m)), "save": saved_and_loaded}


@named("how", COPIES)
@named("act", [nl.softplus, nl.define("tanh(c*x) + d", c=2.0, d=0.0)], ids=["entry", "formula"])
def test_copies(act, how):
    module = act.torch(learnable=True, per_channel=7)
    for parameter in module.parameters():
        nn.init.constant_(parameter, 0.75)
    twin = COPIES[how](module)
    assert torch.equal(twin(points()), module(points()))
    assert repr(twin) == repr(module)
    nn.init.zeros_(next(twin.parameters()))
    assert next(module.parameters()).unique().item() == 0.75


def test_softmax_module_pickles():
    twin = pickle.loads(pickle.dumps(nl.softmax.torch(axis=0)))
    assert torch.equal(twin(points()), nl.softmax(points(), axis=0))


def test_a_checkpoint_is_read_in_a_fresh_process(tmp_path):
    file = tmp_path / "model.pt"
    torch.save(nn.Sequential(nl.define("x*sigmoid(k*x)", k=2.0).torch(learnable=True)), file)
    code = f"import torch; print(torch.load({str(file)!r}, weights_only=False)(torch.ones(1)).item())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert float(run.stdout) == pytest.approx(1 / (1 + np.exp(-2)))


def test_repr():
    assert repr(nl.gelu.torch()) == "ActivationModule(gelu)"
    assert repr(nl.softmax.torch(axis=1)) == "ActivationModule(softmax, axis=1)"
    assert repr(nl.elu.torch("alpha")) == "ActivationModule(elu, alpha=1, learnable=('alpha',))"


@named("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@named("entry", LEARNABLE)
def test_dtypes(entry, dtype):
    module = learnable(entry, per_channel=7).to("cpu", dtype)
    x = points(dtype).requires_grad_()
    y = module(x)
    assert y.dtype == dtype
    assert np.allclose(back(y), back(ACTIVATIONS[entry](x)), rtol=2 * torch.finfo(dtype).eps, atol=1e-3)
    y.float().sum().backward()
    tensors = [x.grad, *(p.grad for p in module.parameters())]
    assert all(t.dtype == dtype and t.isfinite().all() for t in tensors)


@named("dtype", [torch.float16, torch.bfloat16])
def test_parameters_of_another_dtype(dtype):
    module = learnable("swish")
    y = module(points(dtype))
    y.sum().backward()
    assert (y.dtype, module.beta.grad.dtype) == (dtype, torch.float32)


def test_integers_become_float64():
    for module in (nl.mish.torch(), learnable("swish"), nl.rrelu.torch()):
        assert module(torch.arange(3)).dtype == torch.float64


def test_meta_device():
    with torch.device("meta"):
        module = learnable("elu", per_channel=3)
    assert module(torch.ones(2, 3, device="meta")).shape == (2, 3)
    module.to_empty(device="cpu").reset_parameters()
    assert torch.equal(module.alpha, torch.ones(3))


def test_autocast():
    model = nn.Sequential(nn.Linear(7, 7), learnable("softplus", per_channel=7), nn.Linear(7, 1))
    with torch.autocast("cpu", torch.bfloat16):
        loss = model(points(torch.float32)).float().sum()
    loss.backward()
    assert all(p.grad.dtype == torch.float32 and p.grad.isfinite().all() for p in model.parameters())
    assert model[1].beta.grad.abs().sum() > 0


def kept(module, x):
    """The tensors that backward keeps, each once."""
    saved = {}
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.setdefault(t.data_ptr(), t), lambda t: t):
        module(x)
    return list(saved.values())


@named("entry", [n for n, e in sample().items() if not e.parameters])
def test_only_the_input_is_kept(entry):
    x = torch.tensor(POINTS[:, :6], requires_grad=True)
    storages = {t.untyped_storage().data_ptr() for t in kept(entries()[entry].torch(), x)}
    assert storages == {x.untyped_storage().data_ptr()}


@named("entry", UNBOUNDED)
def test_only_the_input_and_the_learnable_parameters_are_kept(entry):
    module, x = double(entry, per_channel=7), points().requires_grad_()
    pointers = {t.data_ptr() for t in kept(module, x)}
    assert pointers == {x.data_ptr(), *(p.data_ptr() for p in module.parameters())}


@named("entry", LEARNABLE)
def test_beside_the_input_nothing_of_its_size_is_kept(entry):
    module, x = double(entry), points().requires_grad_()
    assert [t.data_ptr() for t in kept(module, x) if t.numel() > 1] == [x.data_ptr()]


@named("entry", ["swish", "elu", "softplus", "hard_tanh"])
def test_gradcheck(entry):
    """First and second derivatives, by the input and the learnable parameters, on both sides of a bound."""
    module = double(entry, per_channel=7)
    x = points()[:1].requires_grad_()
    offsets = torch.linspace(-1.53, 1.47, 7, dtype=torch.float64)
    start = tuple((p.detach() + offsets).requires_grad_() for p in module.parameters())

    def function(x, *parameters):
        return torch.func.functional_call(module, dict(zip(module.learnable, parameters, strict=True)), x)

    assert torch.autograd.gradcheck(function, (x, *start), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(function, (x, *start))


def test_torch_func():
    func, module, x = torch.func, double("softplus"), points()
    parameters = dict(module.named_parameters())

    def total(parameters, x):
        return func.functional_call(module, parameters, x).sum()

    each = func.vmap(func.grad(total), in_dims=(None, 0))(parameters, x)
    assert np.allclose(each["beta"].detach(), nl.softplus.partial("beta")(POINTS).sum(1))
    _, moved = func.jvp(module, (x,), (torch.ones_like(x),))
    assert np.allclose(moved.detach(), nl.softplus.derivative(POINTS))
    second = func.vmap(func.vmap(func.hessian(module)))(x)
    assert np.allclose(second.detach(), nl.softplus.derivative.derivative(POINTS))


def test_an_ensemble():
    func, models = torch.func, [double("swish") for _ in range(3)]
    for k, model in enumerate(models):
        nn.init.constant_(model.beta, 0.5 + k)
    parameters, buffers = func.stack_module_state(models)
    together = func.vmap(lambda p, b: func.functional_call(models[0], (p, b), points()))(parameters, buffers)
    assert np.allclose(together.detach(), np.stack([nl.swish(POINTS, beta=0.5 + k) for k in range(3)]))


def block():
    return nn.Sequential(
        nn.Linear(7, 6), nl.gelu.torch(), learnable("elu", per_channel=6), learnable("swish"),
        nl.swiglu.torch(), nl.log_softmax.torch(), nn.Linear(3, 1)
    ).double()  # fmt: skip


def small_block():
    return nn.Sequential(learnable("elu", per_channel=7), nl.silu.torch(), learnable("swish")).double()


@named(("compiler", "make"), [("aot_eager", block), ("inductor", small_block)])
def test_torch_compile(compiler, make):
    torch.compiler.reset()
    model, x = make(), points()
    expected = model(x).sum()
    got = torch.compile(model, backend=compiler, fullgraph=True)(x).sum()
    assert torch.allclose(got, expected, rtol=1e-12)
    pairs = zip(*(torch.autograd.grad(v, list(model.parameters())) for v in (got, expected)), strict=True)
    assert all(torch.allclose(a, b, rtol=1e-10) for a, b in pairs)


def test_torch_compile_of_random_parameters():
    torch.compiler.reset()
    module = nl.rrelu.torch()
    drawn = -torch.compile(module, backend="aot_eager", fullgraph=True)(-torch.ones(100))
    assert 1 / 8 <= drawn.min() < drawn.max() <= 1 / 3 + 1e-7


def test_torch_export():
    model, x = block(), points()
    batch = torch.export.Dim("batch", min=2)
    program = torch.export.export(model, (x,), dynamic_shapes=({0: batch},))
    assert set(program.state_dict) == set(model.state_dict())
    assert torch.allclose(program.module()(x[:3]), model(x[:3]))


def test_replicas():
    """What DataParallel does: copies whose parameters are plain tensors, not leaves."""
    module, x = double("softplus", per_channel=7), points()
    replicas = [module._replicate_for_data_parallel() for _ in range(2)]
    for replica in replicas:
        replica.beta = module.beta * 1
    halves = [r(part) for r, part in zip(replicas, x.chunk(2), strict=True)]
    assert torch.allclose(torch.cat(halves), module(x))
    torch.cat(halves).sum().backward()
    assert np.allclose(module.beta.grad, nl.softplus.partial("beta")(POINTS).sum(0))


# ---- wrong input ----------------------------------------------------------------------------------------------------


REFUSED = [
    (lambda: modules.ActivationModule(nn.ReLU), "got the class ReLU; write nonlin.gelu.torch()"),
    (lambda: modules.ActivationModule(nl.Activation), "got the class Activation"),
    (lambda: modules.ActivationModule("gelu"), "got a str"),
    (lambda: nl.gelu.torch(torch.ones(2)), r"takes no tensor; call the module: nonlin.gelu.torch\(\)\(x\)"),
    (lambda: nl.elu.torch("alhpa"), "elu has no parameter 'alhpa'; did you mean 'alpha'?"),
    (lambda: nl.gelu.torch("beta"), "gelu has no parameter 'beta'; its parameters: none"),
    (lambda: nl.gelu.torch(learnable=True), "gelu has no parameters that could be learned"),
    (lambda: nl.elu.torch(3), "learnable must be True, False or names of parameters, got 3"),
    (lambda: nl.elu.torch((1.0,)), "learnable must be True, False or names of parameters"),
    (lambda: nl.hardtanh.torch("min_val"), "max_val must be at least min_val; learn both, or neither"),
    (lambda: nl.elu.torch(per_channel=3), "per_channel=3 is for learnable parameters; add learnable=True"),
    (lambda: learnable("elu", per_channel=0), "per_channel must be a number of channels, such as 64, got 0"),
    (lambda: learnable("elu", per_channel=True), "per_channel must be a number of channels"),
    (lambda: learnable("elu", per_channel=3, channel_dim=1.0), "channel_dim must be one whole number, got 1.0"),
    (lambda: nl.define("tanh(training*x)", training=1.0).torch(True), "cannot be called 'training'"),
    (lambda: learnable("prelu", per_channel=3)(torch.ones(3)), r"shape \(3,\), which has too few dimensions"),
    (lambda: learnable("prelu", per_channel=8)(torch.ones(2, 3)), r"shape \(2, 3\); give per_channel=3"),
    (lambda: learnable("swish")([1.0]), "swish: the module takes a tensor, got list"),
    (lambda: learnable("swish")(np.ones(2)), "swish: the module takes a tensor, got ndarray"),
    (lambda: nl.mish.torch()(torch.ones(2, dtype=torch.complex64)), "x: got a complex64 tensor"),
    (lambda: nl.mish.torch()(torch.eye(2).to_sparse()), "x: got a sparse_coo tensor"),
    (lambda: modules.parameter_groups([nn.Linear(2, 2)]), "takes a torch.nn.Module, got a list"),
]


@named("place", range(len(REFUSED)))
def test_refused(place):
    make, message = REFUSED[place]
    with pytest.raises((InputError, ParameterError), match=message):
        make()


def test_a_missing_framework(monkeypatch):
    monkeypatch.setattr(frameworks, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"torch 2.8 or newer, which is not installed; run: pip install"):
        nl.gelu.torch()


@named("version", ["2.7.1", "1.13", "2.7.0+cpu"])
def test_a_framework_that_is_too_old(version, monkeypatch):
    monkeypatch.setattr(torch, "__version__", version)
    with pytest.raises(MissingDependency, match=f"torch 2.8 or newer, and {version.replace('+', '.')} is installed"):
        nl.gelu.torch()


def test_oldest_versions_are_those_of_the_extras():
    extras = tomllib.loads(Path(__file__).parent.parent.joinpath("pyproject.toml").read_text())["project"]
    for name, oldest in frameworks.OLDEST.items():
        assert extras["optional-dependencies"][name][0] == f"{name}>={oldest}"


def test_the_page_on_frameworks_says_what_is_true():
    page = Path(__file__).parent.parent / "docs" / "frameworks.md"
    found = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 10
    assert found.failed == 0
