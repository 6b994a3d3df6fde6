"""Every call in a record is made in the frameworks that are installed, and is the function that the record says."""

import ast
from functools import partial
from importlib import import_module, util

import numpy as np
import pytest

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.frameworks.names import CALLED, ELSEWHERE, FRAMEWORKS, arguments, calls

GRID = np.linspace(-8, 8, 641, dtype=np.float32)
ROWS = np.random.default_rng(0).normal(0, 3, (5, 8)).astype(np.float32)
CASES = [c for c in calls() if util.find_spec(c.framework)]
NAMES = list({c.path: c for c in CASES}.values())
pytestmark = pytest.mark.filterwarnings("ignore::nonlin.errors.NonlinWarning")


def evaluated(node, names):
    """The value of a call text: dotted names are imported, a module of PyTorch is made for evaluation."""
    if isinstance(node, ast.Name):
        return names[node.id] if node.id in names else import_module(node.id)
    if isinstance(node, ast.Attribute):
        return found(evaluated(node.value, names), node.attr)
    if isinstance(node, ast.Subscript):
        return evaluated(node.value, names)[ast.literal_eval(node.slice)]
    if isinstance(node, ast.Call):
        given = {k.arg: evaluated(k.value, names) for k in node.keywords}
        made = evaluated(node.func, names)(*(evaluated(a, names) for a in node.args), **given)
        return made.eval() if hasattr(made, "train") else made
    return ast.literal_eval(node)


def found(owner, name):
    if owner.__name__ == "onnx":
        return partial(operator, name)
    return getattr(owner, name) if hasattr(owner, name) else import_module(f"{owner.__name__}.{name}")


def operator(name, x, **given):
    """The value of one ONNX operator, by the reference implementation; what is no attribute is an input."""
    import onnx
    from onnx import helper, reference

    schema = onnx.defs.get_schema(name)
    feeds = {"x": x, **{k: np.float32(v) for k, v in given.items() if k not in schema.attributes}}
    attributes = {k: v for k, v in given.items() if k in schema.attributes}
    node = helper.make_node(name, list(feeds), ["y"], **attributes)
    inputs = [helper.make_tensor_value_info(k, onnx.TensorProto.FLOAT, np.shape(v)) for k, v in feeds.items()]
    output = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    opset = helper.make_opsetid("", schema.since_version)
    model = helper.make_model(helper.make_graph([node], name, inputs, [output]), opset_imports=[opset])
    return reference.ReferenceEvaluator(model).run(None, feeds)[0]


def tensor(framework, array):
    if framework == "onnx":
        return array
    module, make = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant"),
                    "keras": ("keras.ops", "convert_to_tensor")}.get(framework, ("torch", "tensor"))  # fmt: skip
    return getattr(import_module(module), make)(array)


def value(tree, framework, x, **parameters):
    theirs = evaluated(tree, {**parameters, "x": tensor(framework, x)})
    return np.asarray(theirs.detach() if hasattr(theirs, "detach") else theirs, np.float64)


def points(entry):
    return GRID if isinstance(entry, nl.Activation) else ROWS


def assert_same(theirs, entry, **parameters):
    x = points(entry)
    ours = np.asarray(entry(x, **parameters), np.float64)
    scale = np.finfo(np.float32).eps * np.maximum(1, np.abs(ours))
    scale = scale * np.maximum(1, np.abs(x)) if x is GRID else scale * 8
    assert np.max(np.abs(theirs - ours) / scale) <= 4


def settings(call, entry):
    """The defaults, and where the text mentions all parameters also other values."""
    defaults = {k: p.default for k, p in entry.parameters.items()}
    yield defaults
    if defaults and set(defaults) <= set(call.parameters.values()):
        yield {k: 0.75 * v + 0.25 for k, v in defaults.items()}


def called(call):
    """What the call is: the entry, or of a namesake its formula with the framework's defaults (0.3 where none is)."""
    defaults = {v: 0.3 if (d := arguments(call.framework, call.path)[k]) in (None, "required") else d
                for k, v in call.parameters.items()}  # fmt: skip
    return nl.define(call.formula, **defaults) if call.formula else call.entry


@pytest.mark.parametrize("call", CASES, ids=lambda c: f"{c.entry.name}: {c.text}")
def test_a_call_is_the_function_that_the_record_says(call):
    entry = called(call)
    for parameters in settings(call, entry):
        theirs = value(ast.parse(call.text, mode="eval").body, call.framework, points(entry), **parameters)
        assert_same(theirs, entry, **parameters)


@pytest.mark.parametrize("call", NAMES, ids=lambda c: c.path)
def test_without_arguments_a_name_is_what_from_framework_says(call):
    """Of the keywords only those stay that have no default, or that do not change the function."""
    required = [k for k, v in arguments(call.framework, call.path).items() if v == "required"]
    given = {k: call.literals.get(k, 0.5) for k in required}
    tree = ast.parse(call.text, mode="eval").body
    inner = tree.func if isinstance(tree.func, ast.Call) else tree
    inner.keywords = [k for k in inner.keywords if k.arg in ELSEWHERE]
    inner.keywords += [ast.keyword(k, ast.Constant(v)) for k, v in given.items()]
    meant = nl.from_framework(call.framework, call.path, **given)
    assert_same(value(tree, call.framework, points(meant)), meant)


def test_equivalents_are_the_first_calls():
    for entry in entries().values():
        own = [c.text for c in calls() if c.entry is entry]
        assert own[: len(entry.equivalents)] == list(entry.equivalents.values())


def test_what_is_said_to_be_called_is_called():
    assert {f for f, source in FRAMEWORKS.items() if source == CALLED} <= {c.framework for c in CASES}


@pytest.mark.parametrize(
    "text", ["jax.nn.gelu(x, approximate=True)", "keras.layers.LeakyReLU()(x)", "onnx.Softplus(x)"]
)
def test_a_wrong_call_would_be_seen(text):
    wrong = value(ast.parse(text, mode="eval").body, text.partition(".")[0], GRID)
    with pytest.raises(AssertionError):
        assert_same(wrong, nl.gelu)
