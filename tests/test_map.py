"""The map of names: from a framework's name to the activation, and the table of who calls what by which name."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.cli import main
from nonlin.errors import InputError, ParameterError, UnknownActivation
from nonlin.frameworks.equivalents import EquivalentsTable
from nonlin.frameworks.names import FRAMEWORKS, arguments, calls

named = pytest.mark.parametrize
NAMES = list({c.path: c for c in calls()}.values())


# ---- from a name to the activation ----------------------------------------------------------------------------------


MEANT = [
    ("torch", "LeakyReLU", {}, "leaky_relu"),
    ("torch", "LeakyReLU", {"negative_slope": 0.2}, "leaky_relu(negative_slope=0.2)"),
    ("torch", "torch.nn.LeakyReLU", {"negative_slope": 0.01}, "leaky_relu"),
    ("torch", "torch.nn.functional.leaky_relu", {}, "leaky_relu"),
    ("torch", "torch.relu", {}, "relu"),
    ("torch", "relu", {"inplace": True}, "relu"),
    ("torch", "functional.relu", {}, "relu"),
    ("torch", "GELU", {"approximate": "none"}, "gelu"),
    ("torch", "GELU", {"approximate": "tanh"}, "gelu_tanh"),
    ("torch", "silu", {}, "silu"),
    ("torch", "PReLU", {}, "prelu"),
    ("torch", "PReLU", {"init": 0.1, "num_parameters": 3}, "prelu(weight=0.1)"),
    ("torch", "RReLU", {}, "rrelu"),
    ("torch", "rrelu", {"lower": 0.2, "upper": 0.2}, "rrelu(a=0.2)"),
    ("torch", "Hardtanh", {"min_val": 0, "max_val": 6}, "hard_tanh(min_val=0, max_val=6)"),
    ("torch", "Threshold", {"threshold": 1, "value": 2}, "threshold(threshold=1, value=2)"),
    ("torch", "Softmax", {"dim": 1}, "softmax"),
    ("torch", "ELU", {"alpha": np.float32(0.5)}, "elu(alpha=0.5)"),
    ("torch", "Hardtanh", {"min_val": np.int64(0)}, "hard_tanh(min_val=0)"),
    ("jax", "gelu", {}, "gelu_tanh"),
    ("jax", "gelu", {"approximate": False}, "gelu"),
    ("jax", "leaky_relu", {}, "leaky_relu"),
    ("jax", "swish", {}, "swish"),
    ("tensorflow", "leaky_relu", {}, "leaky_relu(negative_slope=0.2)"),
    ("tensorflow", "silu", {"beta": 2}, "swish(beta=2)"),
    ("keras", "LeakyReLU", {}, "leaky_relu(negative_slope=0.3)"),
    ("keras", "leaky_relu", {}, "leaky_relu(negative_slope=0.2)"),
    ("keras", "PReLU", {}, "prelu(weight=0)"),
    ("keras", "keras.activations.gelu", {}, "gelu"),
    ("keras", "keras.ops.gelu", {}, "gelu_tanh"),
    ("keras", "relu", {}, "relu"),
    ("keras", "relu", {"negative_slope": 0.0, "max_value": None, "threshold": 0.0}, "relu"),
    ("keras", "relu", {"max_value": 6}, "relu6"),
    ("keras", "keras.layers.ReLU", {"max_value": 6.0}, "relu6"),
    ("keras", "relu", {"negative_slope": 0.1}, "leaky_relu(negative_slope=0.1)"),
    ("keras", "relu", {"threshold": 1.0}, "threshold(threshold=1)"),
    ("keras", "relu", {"max_value": 2}, "clip(x, 0, max_value)"),
    ("transformers", "gelu_new", {}, "gelu_tanh"),
    ("transformers", "quick_gelu", {}, "x*sigmoid(1.702*x)"),
    ("timm", "prelu", {"init": 0.1}, "prelu(weight=0.1)"),
    ("onnx", "HardSigmoid", {}, "clip(alpha*x + beta, 0, 1)"),
    ("onnx", "HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}, "hard_sigmoid"),
    ("onnx", "Shrink", {}, "onnx_shrink"),
    ("onnx", "Shrink", {"bias": 0.5}, "onnx_shrink(bias=0.5)"),
    ("onednn", "eltwise_relu", {"alpha": 0.0}, "relu"),
    ("onednn", "eltwise_relu", {"alpha": 0.1}, "leaky_relu(negative_slope=0.1)"),
]


@named(("framework", "name", "given", "meant"), MEANT)
def test_from_framework(framework, name, given, meant):
    assert nl.from_framework(framework, name, **given).name == meant


def test_defaults_that_differ_under_one_name():
    slopes = {f: arguments(f, n) for f, n in [("torch", "LeakyReLU"), ("keras", "leaky_relu"), ("keras", "LeakyReLU")]}
    assert slopes == {"torch": {"negative_slope": 0.01}, "keras": {"negative_slope": 0.3}}
    assert arguments("jax", "gelu") == {"approximate": True}
    assert arguments("torch", "nn.GELU") == {"approximate": "none"}
    assert arguments("keras", "keras.layers.ReLU") == {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}
    assert arguments("torch", "Threshold") == {"threshold": "required", "value": "required"}
    assert arguments("torch", "ReLU") == {}


@named("call", NAMES, ids=lambda c: c.path)
def test_every_name_means_an_activation(call):
    """With what it requires given; the same for the whole path and for the end of it that is unique."""
    own = arguments(call.framework, call.path)
    assert {*call.parameters, *call.literals} <= {*own}
    required = {k: call.literals.get(k, 0.5) for k, v in own.items() if v == "required"}
    meant = nl.from_framework(call.framework, call.path, **required)
    if sum(c.framework == call.framework and c.name == call.name for c in NAMES) == 1:
        assert nl.from_framework(call.framework, call.name, **required) == meant


@named("call", [c for c in calls() if not c.formula], ids=lambda c: f"{c.entry.name}: {c.text}")
def test_the_arguments_of_a_call_lead_back_to_the_function(call):
    given = {**{k: call.entry.parameters[v].default for k, v in call.parameters.items()}, **call.literals}
    own = arguments(call.framework, call.path)
    meant = nl.from_framework(call.framework, call.path, **{k: v for k, v in given.items() if k in own})
    if isinstance(meant, nl.Activation):
        x = np.linspace(-5, 5, 101)
        assert np.allclose(meant(x), call.entry(x), rtol=1e-7, atol=1e-12)
    else:
        assert meant is call.entry


REFUSED = [
    (("torch", "gelo"), UnknownActivation, "torch has no activation 'gelo' that nonlin knows; did you mean 'gelu'?"),
    (("torch", "leakyrelu"), UnknownActivation, "did you mean 'LeakyReLU'?"),
    (("jax", "jax.nn.geluu"), UnknownActivation, "did you mean 'gelu'?"),
    (("torch", ""), UnknownActivation, "equivalents_table(framework='torch') lists all"),
    ((["torch"], "gelu"), InputError, "no framework ['torch']; there are torch, jax"),
    (("torch", nl.gelu), InputError, "a framework's name is text, got Activation"),
    (("pytorch", "gelu"), InputError, "no framework 'pytorch'; did you mean 'torch'? there are torch, jax"),
    ((None, "gelu"), InputError, "no framework None; there are torch, jax"),
    (("torch", "ELU", {"alhpa": 1.0}), InputError, "torch.nn.ELU has no argument 'alhpa'; did you mean 'alpha'?"),
    (("torch", "ReLU", {"slope": 1.0}), InputError, "its arguments: none that changes the function"),
    (("torch", "ELU", {"alpha": [1.0]}), InputError, "alpha must be a number, a text, True, False or None, got [1.0]"),
    (("torch", "ELU", {"alpha": -1.0}), ParameterError, "alpha must be at least 0"),
    (("torch", "ELU", {"alpha": "none"}), ParameterError, "alpha must be a number"),
    (("torch", "GELU", {"approximate": "sigmoid"}), InputError, "write it as a formula: nonlin.define(...)"),
    (("torch", "RReLU", {"lower": 0.0}), InputError, "with lower=0.0, upper=0.3333333333333333 is no activation"),
    (("torch", "Softplus", {"threshold": 1.0}), InputError, "torch.nn.Softplus with threshold=1.0"),
    (("keras", "relu", {"negative_slope": 0.1, "threshold": 1.0}), InputError, "is no activation of nonlin"),
    (("torch", "Threshold", {"value": 0.0}), InputError, "torch.nn.Threshold has no default for threshold; give it"),
]


@named(("given", "error", "message"), REFUSED)
def test_refused(given, error, message):
    framework, name, *rest = given
    with pytest.raises(error) as raised:
        nl.from_framework(framework, name, **(rest[0] if rest else {}))
    assert message in str(raised.value)


def test_no_framework_is_loaded():
    code = (
        "import nonlin as nl, sys; nl.from_framework('keras', 'LeakyReLU'); str(nl.equivalents_table()); "
        "print([m for m in ('torch', 'jax', 'tensorflow', 'keras', 'onnx', 'timm') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


# ---- the table ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table():
    return nl.equivalents_table()


def row(table, activation, name):
    return next(r for r in table.rows if (r.activation, r.name) == (activation, name))


DIFFERENT = [
    ("gelu", "jax.nn.gelu", True, "gelu_tanh", 4.732e-4, 2.699),
    ("gelu_tanh", "torch.nn.GELU", False, "gelu", 4.732e-4, 2.699),
    ("leaky_relu", "tensorflow.nn.leaky_relu", True, "leaky_relu(negative_slope=0.2)", 1.9, -10),
    ("leaky_relu", "keras.layers.LeakyReLU", True, "leaky_relu(negative_slope=0.3)", 2.9, -10),
    ("hard_sigmoid", "onnx.HardSigmoid", True, "clip(alpha*x + beta, 0, 1)", 0.5 - 2.5 / 6, 2.5),
    ("prelu", "keras.layers.PReLU", True, "prelu(weight=0)", 2.5, -10),
    ("relu6", "keras.layers.ReLU", False, "relu", 4.0, 10),
    ("gelu", "transformers.activations.ACT2FN['quick_gelu']", True, "x*sigmoid(1.702*x)", 0.02033, 2.27),
    ("gelu", "transformers.activations.ACT2FN['gelu_10']", True, "clip(x*normcdf(x), -10, 10)", 90.0, 100),
]


@named(("activation", "name", "misleading", "means", "difference", "at"), DIFFERENT)
def test_same_name_different_function(table, activation, name, misleading, means, difference, at):
    found = row(table, activation, name)
    assert (found.same, found.misleading, found.means) == (False, misleading, means)
    assert found.difference == pytest.approx(difference, rel=1e-3)
    assert found.at == pytest.approx(at, abs=2e-3)


@named(("activation", "name"), [("gelu", "torch.nn.GELU"), ("selu", "onnx.Selu"), ("swish", "jax.nn.swish"),
                                ("softmax", "torch.nn.Softmax"), ("exponential", "torch.exp")])  # fmt: skip
def test_same_function(table, activation, name):
    found = row(table, activation, name)
    assert (found.same, found.misleading, found.at) == (True, False, None)
    assert found.difference < 1e-6


def test_every_entry_and_framework_is_in_the_table(table):
    assert table.activations == tuple(entries())
    assert {r.framework for r in table.rows} == set(FRAMEWORKS)
    assert table.absent("serf") == list(FRAMEWORKS)
    assert table.absent("gelu") == []
    assert "onnx" in table.absent("squareplus")
    assert [r.name for r in table.rows].count("onednn.eltwise_hardsigmoid") == 1


def test_one_row_for_each_name_of_an_activation(table):
    keys = [(r.activation, r.name) for r in table.rows]
    assert len(keys) == len(set(keys))


def test_what_is_not_called_says_where_it_was_read(table):
    read = {r.framework: r.source for r in table.rows if r.source != "called by the tests"}
    assert set(read) == {"transformers", "timm", "onednn"}
    assert all(any(c.isdigit() for c in source) for source in read.values())
    assert "read from timm" in table.legend
    assert "timm" not in nl.equivalents_table(framework="onnx").legend


def test_selections():
    one = nl.equivalents_table("Leaky ReLU", framework="keras")
    assert isinstance(one, EquivalentsTable)
    assert {(r.activation, r.framework) for r in one.rows} == {("leaky_relu", "keras")}
    for gelu in (nl.gelu, nl.from_json(nl.gelu.to_json())):
        assert nl.equivalents_table(gelu) == nl.equivalents_table("gelu")
    assert json.loads(json.dumps(one.to_dict()))[0]["arguments"] == {"negative_slope": 0.2}


def test_text():
    lines = str(nl.equivalents_table("hard_sigmoid")).splitlines()
    assert lines[:2] == ["hard_sigmoid", "  same  torch.nn.functional.hardsigmoid(x)"]
    assert "  !     onnx.HardSigmoid(x, alpha=0.16666666666666666, beta=0.5)" in lines
    assert (
        "          by default alpha=0.2, beta=0.5, which is clip(alpha*x + beta, 0, 1): off by 0.0833 at x = 2.5"
        in lines
    )
    assert "          alpha required, beta required" in lines
    assert lines[-1] == "  none  tensorflow, transformers"
    assert str(nl.equivalents_table("serf")) == f"serf\n  none  {', '.join(FRAMEWORKS)}"


@named(("given", "error", "message"), [
    ({"name": "gelo"}, UnknownActivation, "did you mean 'gelu'?"),
    ({"name": "x*tanh(x)"}, InputError, "is not in the catalogue, and only its entries have names"),
    ({"name": nl.elu.with_parameters(alpha=2.0)}, InputError, "elu(alpha=2) is not in the catalogue"),
    ({"name": nl.gelu.derivative}, InputError, "gelu.derivative is not in the catalogue"),
    ({"framework": "tensorflo"}, InputError, "no framework 'tensorflo'; did you mean 'tensorflow'?"),
])  # fmt: skip
def test_table_refused(given, error, message):
    with pytest.raises(error) as raised:
        nl.equivalents_table(**given)
    assert message in str(raised.value)


# ---- the command ----------------------------------------------------------------------------------------------------


def run(*words):
    return CliRunner().invoke(main, ["map", *words], prog_name="nonlin")


def test_command():
    printed = run("GELU").output
    assert printed.startswith(str(nl.equivalents_table("gelu")))
    assert " ".join(nl.equivalents_table("gelu").legend.split()) in " ".join(printed.split())


def test_command_prints_all():
    assert run("--framework", "onnx").output.startswith(str(nl.equivalents_table(framework="onnx")))


def test_command_json():
    assert json.loads(run("relu", "--json").stdout) == nl.equivalents_table("relu").to_dict()


@named(("words", "message"), [(("gelo",), "did you mean 'gelu'?"), (("--framework", "jaxx"), "did you mean 'jax'?")])
def test_command_refuses(words, message):
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.output


def test_command_is_documented():
    page = Path(__file__).parent.parent.joinpath("docs", "command-line.md").read_text()
    keys = next(line for line in page.splitlines() if line.startswith("| `map` |"))
    assert all(f"`{key}`" in keys for key in nl.equivalents_table("relu").to_dict()[0])
