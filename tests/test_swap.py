"""Activations exchanged in models that are there: what is found, what changes, and what stays as it was."""

import copy
import inspect
import os
import pickle
import random
import warnings
from functools import partial

import numpy as np
import pytest

import nonlin as nl
from nonlin.errors import FormulaError, InputError, NonlinWarning, UnknownActivation
from tensors import library

torch = pytest.importorskip("torch")
checkpoint = pytest.importorskip("torch.utils.checkpoint").checkpoint
nn, F = torch.nn, torch.nn.functional
named = pytest.mark.parametrize
X = torch.linspace(-3, 3, 24, dtype=torch.float64).reshape(4, 6)


@pytest.fixture(autouse=True)
def one_thread():
    library("torch")


def swapped(model, mapping, match="need fine-tuning", **options):
    with pytest.warns(NonlinWarning, match=match):
        return nl.swap(model, mapping, **options)


def outcomes(model, mapping):
    """Path and outcome of each site."""
    return [(s.path, s.outcome) for s in nl.swap(model, mapping, dry_run=True)]


# ---- all the ways to write an activation ----------------------------------------------------------------------------


def form(body, **held):
    """A model whose forward is ``body``, after a linear layer."""

    class Form(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(6, 6)
            for name, value in held.items():
                setattr(self, name, value)

    Form.forward = body
    return Form().double()


def function(self, x):
    return F.relu(self.linear(x))


def function_in_place(self, x):
    x = self.linear(x)
    return F.relu(x, inplace=True)


def torch_function(self, x):
    return torch.relu(self.linear(x))


def method(self, x):
    return self.linear(x).relu()


def method_in_place(self, x):
    return self.linear(x).relu_()


def by_keyword(self, x):
    return F.relu(input=self.linear(x))


def helper(x):
    return F.relu(x)


TABLE = {"relu": F.relu}


def from_a_table(self, x):
    return TABLE[self.name](self.linear(x))


def by_another_name(self, x):
    activation = F.relu
    return activation(self.linear(x))


def through_a_helper(self, x):
    return helper(self.linear(x))


def held(self, x):
    return self.activation(self.linear(x))


class OwnReLU(nn.ReLU):
    """Adds nothing to what it computes."""


FORMS = {
    "module": (held, {"activation": nn.ReLU(inplace=True)}),
    "subclass": (held, {"activation": OwnReLU()}),
    "nonlin": (held, {"activation": nl.relu.torch()}),
    "held function": (held, {"activation": F.relu}),
    "held partial": (held, {"activation": partial(F.leaky_relu, negative_slope=0.0)}),
    "held entry": (held, {"activation": nl.relu}),
    **{f.__name__: (f, {}) for f in (function, function_in_place, torch_function, method, method_in_place, by_keyword,
                                     through_a_helper, by_another_name)},
    "from a table": (from_a_table, {"name": "relu"}),
}  # fmt: skip


@named("inplace", [False, True])
@named("written", FORMS)
def test_every_way_to_write_relu(written, inplace):
    body, parts = FORMS[written]
    model = form(body, **copy.deepcopy(parts))
    expected, before = nl.gelu(model.linear(X)), model(X)
    key = "leaky_relu" if written == "held partial" else "ReLU"
    new = swapped(model, {key: "gelu"}, inplace=inplace)
    assert (new is model) == inplace
    assert torch.equal(new(X), expected)
    assert isinstance(new, type(model) if not inplace else nn.Module)
    assert set(new.state_dict()) == {"linear.weight", "linear.bias"}
    assert inplace or torch.equal(model(X), before)


KEYS = [
    ({"leaky_relu": "gelu"}, nn.LeakyReLU(0.2), True),
    ({nl.leaky_relu: "gelu"}, nn.LeakyReLU(0.2), True),
    ({"lrelu": "gelu"}, nn.LeakyReLU(0.01), True),
    ({nl.leaky_relu.with_parameters(negative_slope=0.2): "gelu"}, nn.LeakyReLU(0.2), True),
    ({nl.leaky_relu.with_parameters(negative_slope=0.2): "gelu"}, nn.LeakyReLU(0.1), False),
    ({nl.prelu.with_parameters(weight=0.25): "gelu"}, nn.PReLU(), False),
    ({"prelu": "gelu"}, nn.PReLU(6), True),
    ({"leaky_relu": "gelu"}, nn.PReLU(), False),
    ({"gelu": "relu"}, nn.GELU(approximate="tanh"), False),
    ({"gelu_tanh": "relu"}, nn.GELU(approximate="tanh"), True),
    ({"hardtanh": "tanh"}, nn.Hardtanh(-2, 2), True),
    ({"hardtanh": "tanh"}, nn.ReLU6(), False),
    ({"relu6": "relu"}, nn.ReLU6(), True),
    ({"swish": "mish"}, nl.swish.torch(learnable=True), True),
    ({"silu": "mish"}, nl.swish.torch(), True),
    ({"silu": "mish"}, nl.swish.torch(learnable=True), False),
    ({nl.define("maximum(x, 0)"): "mish"}, nn.ReLU(), True),
    ({"identity": "mish"}, nn.Identity(), True),
    ({"softplus": "mish"}, nn.Softplus(beta=3.0), True),
]


@named("place", range(len(KEYS)))
def test_which_sites_a_key_fits(place):
    mapping, module, fits = KEYS[place]
    plan = nl.swap(nn.Sequential(nn.Linear(6, 6), module), mapping, dry_run=True)
    assert plan.replaced == fits
    assert len(plan) <= 1


def test_an_exact_key_comes_first():
    model = nn.Sequential(nn.LeakyReLU(0.2), nn.LeakyReLU(0.3))
    mapping = {"leaky_relu": "gelu", nl.leaky_relu.with_parameters(negative_slope=0.3): "mish"}
    assert outcomes(model, mapping) == [("0", "gelu"), ("1", "mish")]


VALUES = ["gelu", "Swish", "x*sigmoid(1.7*x)", nl.elu.with_parameters(alpha=0.5), nl.gelu.derivative]


@named("value", VALUES, ids=str)
def test_values(value):
    model = nn.Sequential(nn.ReLU()).double()
    assert torch.equal(swapped(model, {"relu": value})(X), nl.get(value)(X))


def test_functions_change_places():
    model = swapped(nn.Sequential(nn.ReLU(), nn.Tanh()), {"relu": "tanh", "tanh": "relu"})
    assert [m.activation.name for m in model] == ["tanh", "relu"]


def test_a_module_as_value_is_copied_for_each_site():
    template = nl.swish.torch(learnable=True)
    model = form(lambda self, x: x, one=nn.ReLU(), two=nn.ReLU(), three=nn.PReLU())
    new = swapped(model, {"relu": template, "prelu": nn.GELU()})
    assert len({id(new.one.beta), id(new.two.beta), id(template.beta)}) == 3
    assert new.one.beta.dtype == torch.float64
    assert isinstance(new.three, nn.GELU)


# ---- what stays as it was -------------------------------------------------------------------------------------------


class Block(nn.Module):
    """Like the basic block of a residual network."""

    def __init__(self, channels, change=None):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample, self.scale = change, 0.5
        self.register_buffer("offset", torch.ones(1))

    def forward(self, x):
        identity = x
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.dropout(out, 0.25, self.training)
        out = self.bn2(self.conv2(out)) + self.offset
        if self.downsample is not None:
            identity = self.downsample(x)
        out = out * self.scale + identity
        return out.relu_()

    def parameter_count(self):
        return sum(p.numel() for p in self.parameters())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.blocks = nn.Sequential(Block(3), self.relu, Block(3, nn.Conv2d(3, 3, 1)), self.relu)
        self.fc = nn.Linear(3, 2)

    def forward(self, images):
        return self.fc(self.blocks(images).mean((2, 3)))


IMAGES = torch.linspace(-1, 1, 150).reshape(2, 3, 5, 5)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net()


def test_a_residual_network_with_the_same_function_gives_the_same(net):
    same = swapped(net, {"relu": "relu"}, match="^7 activations were replaced; weights")
    for model in (net, same):
        model.train()
        torch.manual_seed(1)
        model(IMAGES)  # moves the statistics of the normalisation
    for training in (True, False):
        found = []
        for model in (net.train(training), same.train(training)):
            torch.manual_seed(1)
            found.append(model(IMAGES))
        assert torch.allclose(*found, atol=1e-7)
    assert list(same.state_dict()) == list(net.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(same.state_dict().values(), net.state_dict().values(), strict=True))


def test_a_residual_network(net):
    new = swapped(net, {"relu": "gelu"}).eval()
    block = new.blocks[0]
    out = block.bn2(block.conv2(nl.gelu(block.bn1(block.conv1(IMAGES))))) + 1
    assert torch.allclose(block(IMAGES), nl.gelu(out * 0.5 + IMAGES), atol=1e-6)
    assert (type(block).__name__, isinstance(block, Block)) == ("Block", True)
    assert block.parameter_count() == net.blocks[0].parameter_count()
    assert new.relu is new.blocks[1] is new.blocks[3]
    assert torch.equal(net.eval()(IMAGES), Net.forward(net, IMAGES))


def test_dropout_follows_the_mode_after_the_swap(net):
    new = swapped(net.eval(), {"relu": "gelu"})
    assert torch.equal(new(IMAGES), new(IMAGES))
    assert not torch.equal(new.train()(IMAGES), new(IMAGES))
    assert not any(m.training for m in swapped(net.eval(), {"relu": "gelu"}).modules())


def test_modes_gradients_and_dtypes(net):
    net.to(torch.bfloat16).blocks[0].requires_grad_(False).eval()
    new = swapped(net, {"relu": nl.swish.torch(learnable=True)})
    frozen = {n for n, p in net.named_parameters() if not p.requires_grad}
    assert frozen == {n for n, p in new.named_parameters() if not p.requires_grad}
    assert new.relu.training
    assert not new.blocks[0].swapped_relu.training
    assert {p.dtype for p in new.parameters()} == {torch.bfloat16}
    assert new(IMAGES.bfloat16()).dtype == torch.bfloat16


def test_devices(net):
    new = swapped(net.to("meta"), {"relu": nl.swish.torch(learnable=True)})
    assert {p.device.type for p in new.parameters()} == {"meta"}
    assert new(IMAGES.to("meta")).shape == (2, 2)


def test_hooks_are_kept_and_can_be_removed(net):
    seen = []
    for module in (net.relu, net.blocks[0]):
        handle = module.register_forward_hook(lambda module, inputs, output: seen.append(type(module).__name__))
    net.relu.register_forward_pre_hook(lambda module, inputs: seen.append("before"))
    swapped(net, {"relu": "gelu"}, inplace=True)(IMAGES)
    assert seen == ["Block", *["before", "ActivationModule"] * 2]
    handle.remove()
    seen.clear()
    net(IMAGES)
    assert "Block" not in seen


def test_an_attribute_that_is_part_of_the_graph_cannot_be_changed_unseen(net):
    new = swapped(net, {"relu": "gelu"})
    new.blocks[0].scale = 0.5
    with pytest.raises(InputError, match=r"Block.scale = 0.5 is part of the forward .* set it before nonlin.swap"):
        new.blocks[0].scale = 2.0
    net.blocks[0].scale = 2.0


COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda m: pickle.loads(pickle.dumps(m))}


@named("how", COPIES)
def test_copies(net, how):
    new = swapped(net, {"relu": nl.swish.torch(learnable=True)}).eval()
    nn.init.constant_(new.blocks[0].swapped_relu.beta, 2.0)
    twin = COPIES[how](new)
    assert torch.equal(twin(IMAGES), new(IMAGES))
    assert twin.blocks[0].swapped_relu.beta is not new.blocks[0].swapped_relu.beta
    assert isinstance(twin.blocks[0], Block)
    assert not torch.equal(twin.train()(IMAGES), twin(IMAGES))


def test_swapped_again(net):
    once = swapped(net, {"relu": "gelu"})
    back = swapped(once, {"gelu": "relu"}).eval()
    assert torch.allclose(back(IMAGES), net.eval()(IMAGES), atol=1e-7)


def tanh_then_relu(self, x):
    return F.relu(torch.tanh(self.linear(x)))


def test_swapped_in_two_steps():
    model = form(tanh_then_relu)
    two = swapped(swapped(model, {"relu": "gelu"}), {"tanh": "softsign"})
    assert torch.equal(two(X), nl.gelu(nl.softsign(model.linear(X))))


def test_compiled_and_exported_afterwards(net):
    new = swapped(net, {"relu": "gelu"}).eval()
    torch.compiler.reset()
    compiled = torch.compile(new, backend="aot_eager", fullgraph=True)
    assert torch.allclose(compiled(IMAGES), new(IMAGES), atol=1e-6)
    program = torch.export.export(new, (IMAGES,))
    assert torch.allclose(program.module()(IMAGES), new(IMAGES), atol=1e-6)


def test_it_learns_afterwards(net):
    new = swapped(net, {"relu": nl.swish.torch(learnable=True)})
    new(IMAGES).sum().backward()
    assert all(p.grad is not None for p in new.parameters())
    assert {n for n, _ in new.named_parameters()} - {n for n, _ in net.named_parameters()} == {
        "relu.beta", "blocks.0.swapped_relu.beta", "blocks.0.swapped_relu_.beta",
        "blocks.2.swapped_relu.beta", "blocks.2.swapped_relu_.beta"
    }  # fmt: skip


@named("activation", ["relu", "gelu", F.silu])
def test_the_transformer_layer_leaves_its_own_kernel(activation):
    """In evaluation PyTorch uses a kernel that ignores what the layer holds."""
    layer = nn.TransformerEncoderLayer(6, 2, 8, activation=activation, batch_first=True).double().eval()
    name = activation if isinstance(activation, str) else "silu"
    same = swapped(layer, {name: name})
    other = swapped(layer, {name: "sin(x)"})
    x = X[None]
    with torch.no_grad():
        assert torch.allclose(same(x), layer(x), atol=1e-12)
        assert (other(x) - layer(x)).abs().max() > 0.01


def test_the_transformer_encoder_makes_no_nested_tensors():
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    model = nn.TransformerEncoder(layer, 2).eval()
    new = swapped(model, {"relu": nl.relu})
    x, padding = torch.randn(2, 3, 4), torch.tensor([[False, False, True], [False] * 3])
    assert (model.use_nested_tensor, new.use_nested_tensor) == (True, False)
    model.use_nested_tensor = False
    with torch.no_grad():
        expected, found = model(x, src_key_padding_mask=padding), new(x, src_key_padding_mask=padding)
    assert torch.allclose(found[~padding], expected[~padding], atol=1e-6)


def test_copies_of_the_transformer_decoder_layer():
    """PyTorch gives them ReLU where the activation is a module."""
    layer = swapped(nn.TransformerDecoderLayer(6, 2, 8).eval(), {"relu": nl.swish.torch(learnable=True)})
    twin, x = copy.deepcopy(layer), X[None].float()
    nn.init.constant_(twin.activation.beta, 3.0)
    assert layer.activation.beta.item() == 1
    assert not torch.equal(twin(x, x), layer(x, x))
    assert [n for n, _ in twin.named_parameters()] == [n for n, _ in layer.named_parameters()]
    assert torch.equal(swapped(layer, {"swish": "silu"})(x, x), layer(x, x))


def scales_in_training(self, x):
    x = F.relu(self.linear(x))
    return x * 2 if self.training else x


def test_training_and_evaluation_may_differ():
    model = form(scales_in_training)
    new = swapped(model, {"relu": "gelu"})
    expected = nl.gelu(model.linear(X))
    assert list(inspect.signature(new.forward).parameters) == ["x"]
    assert torch.equal(new(X), 2 * expected)
    assert torch.equal(new.eval()(X), expected)


class Features(nn.Module):
    def features(self, x):
        return F.relu(x)

    def forward(self, x):
        return 2 * self.features(x)


def test_a_method_that_forward_calls_is_named():
    new = swapped(Features(), {"relu": "gelu"}, match="only forward is changed: Features.features called alone is as")
    assert torch.equal(new(X), 2 * nl.gelu(X))
    assert torch.equal(new.features(X), F.relu(X))


def test_a_graph_of_torch_fx():
    model = torch.fx.symbolic_trace(form(function))
    (site,) = nl.swap(model, {"relu": "gelu"}, dry_run=True).missed
    assert site.reason == "it is itself a graph of torch.fx; swap the module that was traced"


# ---- sites that are seen and left -----------------------------------------------------------------------------------


def decides(self, x):
    return F.relu(x) if x.sum() > 0 else x


def asks(self, x, mask=None):
    return F.relu(x) if mask is None else x


def asks_the_type(self, x):
    return F.relu(x) if isinstance(x, torch.Tensor) else x


def remembers(self, x):
    self.last = F.relu(x)
    return self.last


def collects(self, x):
    self.seen.append(x)
    return torch.relu(x)


def keeps(self, x):
    self.kept["x"] = x
    return torch.relu(x)


COUNT = 0


def counts(self, x):
    global COUNT
    COUNT += 1
    return torch.relu(x)


def draws(self, x):
    return torch.relu(x) if random.random() < 0.5 else x  # noqa: S311


class Reversed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return -gradient


def has_its_own_backward(self, x):
    return torch.relu(Reversed.apply(x))


def computes_twice(self, x):
    return torch.relu(checkpoint(self.linear, x, use_reentrant=False))


def in_a_context(self, x):
    with torch.no_grad():
        return x.relu()


@torch.no_grad()
def decorated(self, x):
    return F.relu(x)


def makes_noise(self, x):
    return F.relu(x + torch.randn(6))


def decides_by_chance(self, x):
    return F.relu(x) if torch.rand(()) < 0.5 else x


def differs_in_training(self, x):
    return F.relu(x).relu() if self.training else F.relu(x)


def spoils(self, x):
    y = x + 1
    F.relu_(y)
    return y


def calls_nonlin(self, x):
    return nl.relu(x)


def takes_several(self, *xs):
    return F.relu(xs[0])


LEFT = [
    (takes_several, r"its forward takes \*xs, which torch.fx would not keep"),
    (decides, "torch.fx cannot trace its forward: symbolically traced variables"),
    (asks, r"its forward asks mask is None \(line \d+\), which torch.fx would not keep"),
    (asks_the_type, r"its forward asks isinstance\(x, torch.Tensor\)"),
    (remembers, "its forward sets self.last"),
    (collects, "its forward changes self.seen.append"),
    (keeps, r"its forward sets self.kept\['x'\]"),
    (counts, "its forward sets COUNT"),
    (draws, r"its forward draws random.random\(\)"),
    (has_its_own_backward, "its forward has a backward of its own, Reversed.apply"),
    (computes_twice, "its forward has a backward of its own, checkpoint"),
    (in_a_context, "its forward has a with block"),
    (decorated, "decorated has a decorator"),
    (makes_noise, r"its forward makes a tensor \(randn\) that torch.fx would make once"),
    (decides_by_chance, r"its forward makes a tensor \(rand\)"),
    (differs_in_training, "its forward calls other activations in training than in evaluation"),
    (spoils, "it works in place on a tensor that is used again"),
    (calls_nonlin, "torch.fx cannot trace its forward: x: "),
]


@named(("body", "reason"), LEFT, ids=lambda v: getattr(v, "__name__", ""))
def test_calls_that_cannot_be_changed(body, reason):
    model = form(body, seen=[], kept={})
    before = dict(vars(model))
    plan = nl.swap(model, {"relu": "gelu"}, dry_run=True)
    assert [s.becomes for s in plan if s.activation == "relu"] == ["gelu"] * len(plan.missed)
    assert plan.replaced == 0
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(plan.missed[0].reason)
    assert vars(model) == before
    new = swapped(model, {"relu": "gelu"}, match=r"^0 activations were replaced .*; \d could not be: ")
    assert type(new) is type(model)


class Inherits(type(form(remembers))):
    def forward(self, x):
        return torch.tanh(super().forward(x))


def test_an_inherited_forward_is_read_too():
    (site,) = [s for s in nl.swap(Inherits(), {"tanh": "gelu"}, dry_run=True) if s.activation == "tanh"]
    assert site.reason.startswith("its forward sets self.last")


def in_place_with_shortcut(self, x):
    y = self.linear(x)
    return y + self.linear(self.activation(y))


def test_a_module_that_works_in_place_on_what_is_used_again_stays():
    model = form(in_place_with_shortcut, activation=nn.ReLU(inplace=True))
    (site,) = nl.swap(model, {"relu": "gelu"}, dry_run=True).missed
    assert (site.path, site.reason) == ("activation", "it works in place on a tensor that is used again")
    model.activation.inplace = False
    assert outcomes(model, {"relu": "gelu"}) == [("activation", "gelu")]


def test_what_computes_weights_stays():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    nn.utils.parametrize.register_parametrization(model[0], "weight", nn.ReLU())
    plan = nl.swap(model, {"relu": "gelu"}, dry_run=True)
    assert [(s.path, s.outcome) for s in plan] == [
        ("1", "gelu"), ("0.parametrizations.weight.0", "stays: it computes a weight")
    ]  # fmt: skip


def own_formula(x):
    return 2 * torch.relu(x)


def test_functions_of_their_own_that_are_held():
    plan = nl.swap(form(held, activation=own_formula), {"relu": "gelu"}, dry_run=True)
    assert plan.missed[0].reason == (
        "it is inside the function that activation holds; let activation hold an activation or a module"
    )
    (site,) = nl.swap(form(held, activation=lambda x: x), {"relu": "gelu"}, dry_run=True)
    assert site.reason == "its source cannot be read; let activation hold a module"


def test_what_other_keys_ask_for_is_traced_only_then():
    assert outcomes(form(decides), {"tanh": "gelu"}) == [("(model)", "stays: no key fits")]


def test_activations_in_lists_and_recurrent_layers():
    model = form(lambda self, x: x, acts=[F.relu, nn.ReLU()], rnn=nn.RNN(2, 2, nonlinearity="relu"))
    plan = nl.swap(model, {"relu": "gelu"}, dry_run=True)
    assert [s.found for s in plan.missed] == ["in acts", "in acts", "nonlinearity=relu"]
    assert "use nn.ModuleList" in plan.missed[0].reason


def test_a_forward_without_source_is_listed():
    space = {"nn": nn, "F": F}
    exec("class Typed(nn.Module):\n def forward(self, x): return F.relu(x)", space)  # noqa: S102
    (site,) = nl.swap(space["Typed"](), {"relu": "gelu"}, dry_run=True)
    assert (site.found, site.reason) == ("forward of Typed", "its source cannot be read; define the class in a file")


def test_arguments_of_calls():
    def body(self, x):
        return F.leaky_relu(x, 0.2) + F.elu(x, alpha=self.slope) + F.hardtanh(x, -2.0, 2.0) + F.softplus(x, 3)

    model = form(body, slope=nn.Parameter(torch.ones(())))
    found = [s.activation for s in nl.swap(model, {"relu": "gelu"}, dry_run=True)]
    assert found == ["leaky_relu(negative_slope=0.2)", "elu (any alpha)", "hard_tanh(min_val=-2, max_val=2)",
                     "softplus(beta=3)"]  # fmt: skip


# ---- what is said ---------------------------------------------------------------------------------------------------


def test_a_dry_run_changes_nothing_and_warns_of_nothing(net):
    before = copy.deepcopy(net.state_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plan = nl.swap(net, {"relu": "gelu"}, dry_run=True)
    assert str(plan) == repr(plan)
    assert str(plan).splitlines() == [
        "path      found                              is    becomes",
        "relu      ReLU                               relu  gelu",
        "blocks.1  ReLU                               relu  gelu",
        "blocks.3  ReLU                               relu  gelu",
        "blocks.0  call of relu, relu in the graph    relu  gelu",
        "blocks.0  call of relu_, relu_ in the graph  relu  gelu",
        "blocks.2  call of relu, relu in the graph    relu  gelu",
        "blocks.2  call of relu_, relu_ in the graph  relu  gelu",
        "7 of 7 sites change; looked at modules, functions held as attributes, and calls in forward",
    ]
    assert plan.records()[0] == {"path": "relu", "found": "ReLU", "activation": "relu", "becomes": "gelu", "reason": ""}
    assert all(torch.equal(a, b) for a, b in zip(before.values(), net.state_dict().values(), strict=True))


def test_nothing_found():
    model = nn.Sequential(nn.Linear(6, 6), nn.GELU()).double()
    said = "^0 activations were replaced in the 1 sites found; looked at modules, functions held as attributes"
    same = swapped(model, {"relu": "gelu"}, match=said)
    assert same is not model
    assert torch.equal(same(X), model(X))


def test_a_lone_activation():
    assert torch.equal(swapped(nn.ReLU(), {"relu": "gelu"})(X), nl.gelu(X))
    with pytest.raises(InputError, match="the model is itself the activation, which cannot be changed in place"):
        nl.swap(nn.ReLU(), {"relu": "gelu"}, inplace=True)


def quantised():
    import torch.ao.nn.quantized as quantized

    return nn.Sequential(quantized.ReLU6())


def compiled_in_place():
    model = nn.Sequential(nn.ReLU())
    model.compile()
    return model


def not_copied():
    model = nn.Sequential(nn.ReLU())
    model.kept = torch.ones(1, requires_grad=True) * 2
    return model


RELU = {"relu": "gelu"}
REFUSED = [
    (lambda: torch.compile(nn.ReLU()), RELU, "OptimizedModule.*which torch.compile made; pass the module"),
    (lambda: nn.Sequential(torch.compile(nn.ReLU())), RELU, "swap cannot change 0 .*torch.compile"),
    (compiled_in_place, RELU, r"is compiled by its compile\(\)"),
    (lambda: torch.jit.script(nn.Sequential(nn.ReLU())), RELU, "torch.jit made; pass the module that was scripted"),
    (lambda: torch.export.export(nn.ReLU(), (X,)).module(), RELU, "torch.export made; pass the module"),
    (quantised, RELU, "is quantised; pass the model before quantisation"),
    (not_copied, RELU, "the model cannot be copied .* pass inplace=True"),
    (lambda: "resnet", RELU, "swap takes a PyTorch module or a Keras model, got a str"),
    (lambda: nn.ReLU, RELU, "got the class ReLU"),
    (lambda: nl.relu, RELU, "got a Activation"),
    (nn.ReLU, {}, r'swap takes a mapping such as {"relu": "gelu"}, got {}'),
    (nn.ReLU, "relu", "takes a mapping"),
    (nn.ReLU, {"relu": nn.GELU}, r"a value of the mapping is the class GELU; make one of it: GELU\(\)"),
    (nn.ReLU, {"relu": F.gelu}, "must be a name, a formula, an activation or a torch Module, got"),
    (nn.ReLU, {"softmax": "gelu"}, "a key of the mapping is softmax, which mixes elements"),
    (nn.ReLU, {"relu": "glu"}, "a value of the mapping is glu, which mixes"),
    (nn.ReLU, {"relu": "gelu", "ReLU": "mish"}, "two keys of the mapping mean relu"),
    (nn.ReLU, {nn.ReLU: "gelu"}, "an activation is named by text"),
]


@pytest.mark.filterwarnings("ignore:.*torch.*:DeprecationWarning", "ignore:.*quant.*:UserWarning")
@named("place", range(len(REFUSED)))
def test_refused(place):
    make, mapping, message = REFUSED[place]
    with pytest.raises(InputError, match=message):
        nl.swap(make(), mapping)


def test_unknown_names():
    with pytest.raises(UnknownActivation, match=r"'gelo'; did you mean 'gelu'\?"):
        nl.swap(nn.ReLU(), {"relu": "gelo"})
    with pytest.raises(FormulaError):
        nl.swap(nn.ReLU(), {"relu": "__import__('os')"})


# ---- Keras ----------------------------------------------------------------------------------------------------------


pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras with NumPy 2


@pytest.fixture
def keras():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    module = pytest.importorskip("keras")
    module.utils.clear_session()  # layers are numbered from the start
    return module


POINTS = np.linspace(-2, 2, 24, dtype=np.float32).reshape(4, 6)


def functional(keras):
    layers, ops = keras.layers, keras.ops
    inputs = keras.Input((6,))
    x = layers.LeakyReLU(0.3, name="leaky")(keras.activations.leaky_relu(inputs, 0.2))
    shared = layers.Dense(6, activation="relu", name="shared")
    x = shared(shared(x))
    x = ops.relu(layers.ReLU(name="layer")(x))
    x = layers.Activation("relu", name="wrapped")(x)
    inner = keras.Sequential([layers.Dense(6, activation=nl.relu.keras()), layers.PReLU()], name="inner")
    x = layers.BatchNormalization(name="norm")(inner(x))
    return keras.Model(inputs, layers.Dense(2, activation="softmax", name="end")(x))


def test_a_functional_model(keras):
    keras.utils.set_random_seed(0)
    model = functional(keras)
    model.get_layer("norm").trainable = False
    plan = nl.swap(model, {"relu": "gelu"}, dry_run=True)
    assert {s.path for s in plan if s.changes} == {"shared", "relu", "layer", "wrapped", "inner.dense"}
    assert {s.activation for s in plan if s.path.startswith("leaky")} == {
        "leaky_relu(negative_slope=0.2)", "leaky_relu(negative_slope=0.3)"
    }  # fmt: skip
    assert [s.outcome for s in plan if not s.changes] == ["stays: no key fits"] * 3
    same = swapped(model, {"relu": "relu"})
    assert np.allclose(same(POINTS), model(POINTS), atol=1e-6)
    assert [w.path for w in same.weights] == [w.path for w in model.weights]
    assert (len(same.trainable_weights), same.get_layer("norm").trainable) == (len(model.trainable_weights), False)
    other = swapped(model, {"relu": "gelu"})
    assert sum(layer.name == "shared" for layer in other.layers) == 1
    back = swapped(other, {"gelu": "relu"})
    assert np.allclose(back(POINTS), model(POINTS), atol=1e-6)
    assert not np.allclose(other(POINTS), model(POINTS), atol=1e-3)


def test_a_sequential_model_is_saved_and_compiled_again(keras, tmp_path):
    layers = keras.layers
    model = keras.Sequential([keras.Input((6,)), layers.Dense(5, activation="relu"), layers.PReLU(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.layers[0].bias.assign(np.ones(5))
    new = swapped(
        model, {"relu": nl.swish.keras(learnable=True), "prelu": "tanh"}, match="compile the new model, its opt"
    )
    dense = model.layers[0]
    hidden = nl.tanh(nl.swish(POINTS @ dense.kernel.numpy() + dense.bias.numpy()))
    expected = hidden @ model.layers[2].kernel.numpy() + model.layers[2].bias.numpy()
    assert np.allclose(new(POINTS), expected, atol=1e-5)
    new.compile("sgd", "mse")
    assert np.isfinite(new.train_on_batch(POINTS, np.ones((4, 1))))
    new.save_weights(tmp_path / "model.weights.h5")
    assert new.get_config() == type(new).from_config(new.get_config()).get_config()


def subclassed(keras):
    layers = keras.layers

    class Subclassed(keras.Model):
        def __init__(self, width=5):
            super().__init__()
            self.width = width
            self.dense, self.act = layers.Dense(width, activation="relu"), layers.ReLU()
            self.steps = [layers.Dense(width), layers.ReLU()]
            self.rnn = layers.Bidirectional(layers.GRU(2))

        def call(self, x):
            x = self.act(self.dense(x))
            for step in self.steps:
                x = step(x)
            return keras.activations.relu(self.rnn(x[:, None]))

        def get_config(self):
            return {"width": self.width}

    return Subclassed


def test_a_subclassed_model(keras):
    model = subclassed(keras)(width=4)
    model(POINTS)
    plan = nl.swap(model, {"relu": "gelu", "tanh": "softsign"}, dry_run=True)
    assert [s.path for s in plan if s.changes] == [
        "dense", "act", "rnn.forward_layer.cell", "rnn.backward_layer.cell", "steps.1"
    ]  # fmt: skip
    assert [s.reason for s in plan.missed] == [
        "what call() calls cannot be exchanged; hold it as an attribute that __init__ makes"
    ]
    same = swapped(
        model, {"relu": "relu"}, match="save_weights rather than save: Subclassed is loaded with what its __"
    )
    assert same.name == model.name
    assert np.allclose(same(POINTS), model(POINTS), atol=1e-6)
    other = swapped(model, {"relu": "gelu", "tanh": "softsign"})
    assert not np.allclose(other(POINTS), model(POINTS), atol=1e-3)
    assert len(other.weights) == len(model.weights)
    assert np.allclose(swapped(other, {"gelu": "relu", "softsign": "tanh"})(POINTS), model(POINTS), atol=1e-6)


def test_layers_that_were_adapted(keras):
    layers = keras.layers
    scale = layers.Normalization()
    scale.adapt(3 * POINTS + 5)
    model = keras.Sequential([keras.Input((6,)), scale, layers.Dense(2, activation="relu")])
    assert np.allclose(swapped(model, {"relu": "relu"})(POINTS), model(POINTS), atol=1e-6)


def test_functions_that_keras_layers_hold(keras):
    def twice(x):
        return 2 * keras.ops.relu(x)

    layers = keras.layers
    model = keras.Sequential([
        keras.Input((6,)), layers.Dense(3, activation=twice), layers.Lambda(lambda x: x + POINTS[0, 0]), layers.ReLU()
    ])  # fmt: skip
    plan = nl.swap(model, {"relu": "relu"}, dry_run=True)
    assert [s.reason.partition(";")[0] for s in plan if s.reason] == [
        "what a function calls cannot be exchanged", "its source cannot be read"
    ]  # fmt: skip
    assert np.allclose(swapped(model, {"relu": "relu"})(POINTS), model(POINTS), atol=1e-6)


def test_keras_layers_in_dictionaries(keras):
    class Chooses(keras.layers.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.kinds = {"a": keras.layers.ReLU(), "b": keras.layers.Dense(2, activation="relu")}

        def call(self, x):
            return self.kinds["b"](self.kinds["a"](x))

    model = keras.Sequential([keras.Input((6,)), Chooses()])
    assert {s.path.partition(".")[2] for s in nl.swap(model, RELU, dry_run=True) if s.changes} == {"kinds.a", "kinds.b"}
    assert np.allclose(swapped(model, {"relu": "relu"})(POINTS), model(POINTS), atol=1e-6)
    assert not np.allclose(swapped(model, RELU)(POINTS), model(POINTS), atol=1e-3)


def test_keras_refused(keras):
    class Rigid(keras.Model):
        def __init__(self, units=3):
            super().__init__()
            self.part = keras.layers.Dense(units, activation="relu")

    said = "Rigid .* cannot be copied .Keras does not record its argument units.; give its class get_config and"
    with pytest.raises(InputError, match=said):
        nl.swap(Rigid(4), RELU)
    with pytest.raises(InputError, match="leave out inplace=True and use the answer"):
        nl.swap(keras.Sequential([keras.layers.ReLU()]), RELU, inplace=True)
    with pytest.raises(InputError, match="a keras Layer, got"):
        nl.swap(keras.Sequential([keras.layers.ReLU()]), {"relu": keras.activations.gelu})


def test_keras_models_are_not_initialised(keras):
    with pytest.raises(InputError, match="in Keras give each layer a kernel_initializer"):
        nl.initialise(keras.Sequential([keras.layers.Dense(2)]))


def test_values_that_look_alike_are_told_apart():
    first, second = (nl.prelu.torch(learnable=True) for _ in range(2))
    with torch.no_grad():
        second.weight.fill_(0.75)
    with pytest.warns(NonlinWarning, match="2 activations were replaced"):
        swapped = nl.swap(nn.Sequential(nn.ReLU(), nn.Tanh()), {"relu": first, "tanh": second})
    assert [module.weight.item() for module in swapped] == [0.25, 0.75]
