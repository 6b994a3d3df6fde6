"""Weights drawn anew: which activation is found behind each layer, and what its gain does to signals."""

import math

import pytest

import nonlin as nl
from nonlin.errors import InputError
from tensors import library

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional
named = pytest.mark.parametrize
ROOT2 = math.sqrt(2)


@pytest.fixture(autouse=True)
def one_thread():
    library("torch")
    torch.manual_seed(0)


def gains(model, **options):
    return {row.path: (row.follows, row.gain) for row in nl.initialise(model, **options)}


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        self.conv2, self.shortcut = nn.Conv2d(4, 4, 1), nn.Conv2d(3, 4, 3)
        self.act, self.fc = nn.SELU(), nn.Linear(4, 2)

    def forward(self, x):
        out = self.conv2(F.relu(self.bn1(self.conv1(x))))
        out = self.act(out + self.shortcut(x)).mean((2, 3))
        return torch.softmax(self.fc(out.view(out.size(0), -1)), dim=1)


def test_what_follows_in_a_graph():
    rows = nl.initialise(Residual())
    found = {row.path: (row.follows, row.note) for row in rows}
    assert found == {
        "conv1": ("relu", ""),
        "conv2": ("selu", ""),
        "shortcut": ("selu", ""),
        "fc": ("", "softmax follows, which is no activation that is known"),
    }
    assert [row.gain for row in rows] == pytest.approx([ROOT2, 1, 1, 1])


class Undecided(nn.Module):
    """torch.fx cannot trace it; what is sequential in it is followed."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 4), nn.Dropout(), nn.Tanh(), nn.Linear(4, 4))
        self.head, self.attention = nn.Linear(4, 4), nn.TransformerEncoderLayer(4, 1, 4)

    def forward(self, x):
        self.kept = x
        if x.sum() > 0:
            x = torch.relu(self.body(x))
        return self.head(x)


def test_what_cannot_be_traced_is_said():
    model = nn.Sequential(nn.Linear(4, 4), Undecided(), nn.Linear(4, 4), nl.swish.torch(learnable=True))
    before = vars(model[1]).keys()
    rows = {row.path: row for row in nl.initialise(model)}
    unseen = "what follows is not seen"
    assert vars(model[1]).keys() == before
    assert {path: row.note for path, row in rows.items()} == {
        "0": "Undecided follows, which is no activation that is known",
        "1.body.0": "",
        "1.body.3": unseen,
        "1.head": unseen,
        "1.attention.self_attn.out_proj": unseen,
        "1.attention.linear1": unseen,
        "1.attention.linear2": unseen,
        "2": "",
    }
    assert (rows["1.body.0"].follows, rows["2"].follows) == ("tanh", "swish (any beta)")
    assert rows["1.body.0"].gain == nl.tanh.facts.gain


def branches(self, x):
    y = self.a(x)
    return torch.relu(y) + torch.tanh(self.b(y))


def test_several_things_follow():
    model = type("Model", (nn.Module,), {"forward": branches})()
    model.a, model.b = nn.Linear(4, 4), nn.Linear(4, 4)
    rows = nl.initialise(model)
    found = [(r.follows, r.note) for r in rows]
    assert found == [("", "several things follow"), ("tanh", "")]
    assert rows.rows[0].gain == 1


def test_a_swapped_model():
    with pytest.warns(nl.errors.NonlinWarning):
        model = nl.swap(Residual(), {"relu": "gelu", "selu": "mish"})
    assert gains(model)["conv1"] == ("gelu", nl.gelu.facts.gain)
    assert gains(model)["conv2"] == ("mish", nl.mish.facts.gain)


def drops(self, x):
    return F.dropout(F.relu(self.a(x)), 0.5, self.training)


def test_a_swapped_model_that_differs_in_training():
    model = type("Model", (nn.Module,), {"forward": drops})()
    model.a = nn.Linear(4, 4)
    with pytest.warns(nl.errors.NonlinWarning):
        assert gains(nl.swap(model, {"relu": "gelu"}))["a"] == ("gelu", nl.gelu.facts.gain)


def test_shared_weights_are_drawn_once():
    model = nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.Linear(4, 9, bias=False))
    model[4].weight, model[3].weight = model[0].weight, model[1].weight
    before = model[0].weight.detach().clone()
    rows = nl.initialise(model)
    assert [row.note for row in rows] == [
        "", "left as it is: its weight is that of 1", "left as it is: its weight is that of 0"
    ]  # fmt: skip
    assert torch.equal(model[4].weight, before)


def test_backwards():
    assert gains(nn.Sequential(nn.Linear(4, 4), nn.GELU()), mode="fan_out")["0"] == (
        "gelu",
        nl.gelu.facts.backward_gain,
    )


def test_an_activation_without_a_gain():
    (row,) = nl.initialise(nn.Sequential(nn.Linear(4, 4), nl.sign.torch()), mode="fan_out")
    assert (row.follows, row.gain, row.note.partition(":")[0]) == ("sign", 1, "it has no gain")


# ---- the numbers ----------------------------------------------------------------------------------------------------


LAYERS = {
    "linear": (nn.Linear(300, 200), 300, 200),
    "conv1d": (nn.Conv1d(60, 90, 5), 300, 450),
    "conv2d in groups": (nn.Conv2d(60, 120, 3, groups=3), 180, 360),
    "conv2d in steps": (nn.Conv2d(60, 120, 4, stride=2), 960, 480),
    "conv3d": (nn.Conv3d(12, 16, 3), 324, 432),
    "transposed": (nn.ConvTranspose2d(60, 40, 4, stride=2), 240, 640),
}


@named("mode", ["fan_in", "fan_out"])
@named("layer", LAYERS)
def test_weights_are_drawn_with_the_spread_that_is_said(layer, mode):
    module, *fans = LAYERS[layer]
    (row,) = nl.initialise(nn.Sequential(module, nn.ReLU()), mode=mode)
    assert row.fan == fans[mode == "fan_out"]
    assert row.std == pytest.approx(ROOT2 / math.sqrt(row.fan))
    assert module.weight.std().item() == pytest.approx(row.std, rel=0.03)
    assert abs(module.weight.mean().item()) < 0.05 * row.std
    assert not module.bias.any()


@named("layer", ["conv2d in groups", "conv2d in steps", "transposed"])
def test_one_convolution_keeps_the_variance_both_ways(layer):
    """Measured away from the edges."""
    module = LAYERS[layer][0]
    x = torch.randn(4, 60, 30, 30, requires_grad=True)
    nl.initialise(nn.Sequential(module))
    y = module(x)
    assert y[..., 4:-4, 4:-4].var().item() == pytest.approx(1, rel=0.1)
    nl.initialise(nn.Sequential(module), mode="fan_out")
    module(x).backward(torch.randn_like(y))
    assert x.grad[..., 4:-4, 4:-4].var().item() == pytest.approx(1, rel=0.1)


def stack(act, depth=20, width=1024):
    """It begins with the activation, so that its input is a pre-activation of variance 1."""
    return nn.Sequential(*(m for _ in range(depth) for m in (act.torch(), nn.Linear(width, width))), act.torch())


@named("name", ["relu", "leaky_relu", "tanh", "selu", "elu", "softplus", "sigmoid", "mish"])
def test_signals_keep_their_variance_through_twenty_layers(name):
    model, x = stack(nl.get(name)), torch.randn(64, 1024)
    nl.initialise(model, generator=torch.Generator().manual_seed(3))
    sizes = []
    with torch.no_grad():
        for module in model:
            x = module(x)
            if isinstance(module, nn.Linear):
                sizes.append(x.square().mean().item())
    assert len(sizes) == 20
    assert 0.5 < min(sizes) <= max(sizes) < 2


@named("name", ["relu", "tanh", "selu", "mish"])
def test_gradients_keep_their_size_through_twenty_layers(name):
    """Pre-activations are put to variance 1 in every layer, for which the gain is made."""
    act, model = nl.get(name), stack(nl.get(name))
    nl.initialise(model, mode="fan_out", generator=torch.Generator().manual_seed(3))
    g = torch.randn(64, 1024)
    with torch.no_grad():
        for layer in [m for m in model if isinstance(m, nn.Linear)]:
            g = act.derivative(torch.randn(64, 1024)) * (g @ layer.weight)
    assert 0.5 < g.square().mean().item() < 2


def test_pytorchs_own_weights_do_not():
    model, x = stack(nl.relu), torch.randn(64, 1024)
    assert model(x).square().mean().item() < 0.01


def test_the_generator_decides():
    model, other = (nn.Sequential(nn.Linear(8, 8), nn.ReLU()) for _ in range(2))
    for m in (model, other):
        nl.initialise(m, generator=torch.Generator().manual_seed(7))
    assert torch.equal(model[0].weight, other[0].weight)
    nl.initialise(other)
    assert not torch.equal(model[0].weight, other[0].weight)


# ---- what is left alone, and what is said ---------------------------------------------------------------------------


def test_frozen_and_computed_weights_stay():
    frozen, computed = nn.Linear(3, 3).requires_grad_(False), nn.utils.parametrizations.weight_norm(nn.Linear(3, 3))
    norm = nn.LayerNorm(3)
    nn.init.constant_(norm.bias, 2.0)
    model = nn.Sequential(frozen, computed, norm, nn.ReLU())
    before = {k: v.clone() for k, v in model.state_dict().items()}
    rows = nl.initialise(model)
    assert [row.note for row in rows] == ["left as it is: it requires no gradient",
                                          "left as it is: its weight is computed from others"]  # fmt: skip
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def test_the_table():
    model = nn.Sequential(nn.Linear(8, 50), nn.GELU(), nn.Linear(50, 2).requires_grad_(False))
    table = nl.initialise(model, mode="fan_out")
    assert str(table).splitlines() == [
        "path  layer   followed by  gain   fan_out  std",
        "0     Linear  gelu         1.481  50       0.2095",
        "2     Linear               -      -        -       left as it is: it requires no gradient",
    ]
    assert len(table) == len(table.records()) == 2
    assert repr(nl.initialise(nn.ReLU())) == "no Linear or Conv layers were found; nothing was drawn"


def test_a_lone_layer_and_other_dtypes():
    (row,) = nl.initialise(nn.Linear(4, 4))
    assert (row.path, row.note) == ("(model)", "nothing follows")
    model = nn.Sequential(nn.Linear(40, 400), nn.ReLU()).to(torch.bfloat16)
    nl.initialise(model)
    assert model[0].weight.float().std().item() == pytest.approx(ROOT2 / math.sqrt(40), rel=0.05)


REFUSED = [
    (lambda: nl.initialise(nn.Linear(2, 2), mode="fan"), "mode must be 'fan_in' or 'fan_out', got 'fan'"),
    (lambda: nl.initialise([nn.Linear(2, 2)]), "initialise takes a PyTorch module or a Keras model, got a list"),
    (lambda: nl.initialise(nn.Sequential(nn.LazyLinear(3))), "has no shape yet; give it one batch first"),
    (lambda: nl.initialise(torch.compile(nn.Linear(2, 2))), "initialise cannot change the model .*torch.compile made"),
    (lambda: nl.initialise(nn.Linear(2, 2), generator=3), "generator must be a torch.Generator, got 3"),
]


@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning", "ignore:.*torch.jit:DeprecationWarning")
@named("place", range(len(REFUSED)))
def test_refused(place):
    call, message = REFUSED[place]
    with pytest.raises(InputError, match=message):
        call()
