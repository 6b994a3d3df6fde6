"""Every entry's equivalents are called in the frameworks that are installed, and are the same function."""

import ast
from importlib import import_module, util

import numpy as np
import pytest

import nonlin as nl
from nonlin.catalogue import entries

CASES = [(e.name, framework) for e in entries().values() for framework in e.equivalents]
GRID = np.linspace(-8, 8, 641, dtype=np.float32)
ROWS = np.random.default_rng(0).normal(0, 3, (5, 8)).astype(np.float32)


def called(text, x, parameters):
    """The call ``dotted.name(x, key=value)``: values are literals or the names of parameters."""
    call = ast.parse(text, mode="eval").body
    path = ast.unparse(call.func).split(".")
    function = import_module(path[0])
    for part in path[1:]:
        function = getattr(function, part)
    keywords = {
        k.arg: parameters[k.value.id] if isinstance(k.value, ast.Name) else ast.literal_eval(k.value)
        for k in call.keywords
    }
    return function(x, **keywords)


def tensor(framework, array):
    module = {"torch": "torch", "jax": "jax.numpy", "tensorflow": "tensorflow", "keras": "tensorflow"}[framework]
    make = {"torch": "tensor", "jax.numpy": "asarray", "tensorflow": "constant"}[module]
    return getattr(import_module(module), make)(array)


def settings(entry, text):
    """The defaults, and where the text mentions all parameters also other values."""
    mentioned = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
    defaults = {k: p.default for k, p in entry.parameters.items()}
    yield defaults
    if defaults and set(defaults) <= mentioned:
        yield {k: 0.75 * v + 0.25 for k, v in defaults.items()}


@pytest.mark.parametrize(("name", "framework"), CASES)
def test_equivalent_is_the_same_function(name, framework):
    if util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    entry = entries()[name]
    x = GRID if isinstance(entry, nl.Activation) else ROWS
    text = entry.equivalents[framework]
    for parameters in settings(entry, text):
        theirs = np.asarray(called(text, tensor(framework, x), parameters), np.float64)
        ours = np.asarray(entry(x, **parameters), np.float64)
        scale = np.finfo(np.float32).eps * np.maximum(1, np.abs(ours))
        scale = scale * np.maximum(1, np.abs(x)) if x is GRID else scale * 8
        assert np.max(np.abs(theirs - ours) / scale) <= 4, text


def test_a_wrong_equivalent_would_be_seen():
    import jax.numpy as jnp

    wrong = np.asarray(called("jax.nn.gelu(x, approximate=True)", jnp.asarray(GRID), {}))
    assert np.max(np.abs(wrong - nl.gelu(GRID))) > 1e-4
