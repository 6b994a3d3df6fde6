"""PyTorch, JAX and TensorFlow over every entry: values, derivatives of any order by their own autodiff, wrong input.

What is computed is compared with the NumPy path, which `test_catalogue` holds against formulas kept apart.
"""

import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.checking import differences, subject, ulp_difference
from nonlin.errors import InputError
from nonlin.vector import GatedUnit, VectorFunction
from ratchet import QUANTITIES, STORED
from tensors import LIBRARIES, back, gradient, library, precise, slope, tensor

ACTIVATIONS = {n: e for n, e in entries().items() if isinstance(e, nl.Activation)}
PARAMETERS = [(n, k) for n, e in ACTIVATIONS.items() for k in e.parameters]
UNITS = [n for n, e in entries().items() if isinstance(e, GatedUnit)]
FUNCTIONS = [n for n, e in entries().items() if isinstance(e, VectorFunction)]
RANDOM = [n for n, e in ACTIVATIONS.items() if any(p.random for p in e.parameters.values())]
POINTS = np.linspace(-6.3, 6.7, 29)  # none of them at a kink
ROWS = np.random.default_rng(5).normal(0, 2, (3, 6))
named = pytest.mark.parametrize
libraries = named("name", LIBRARIES)
activations = named("entry", ACTIVATIONS)
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning"),  # PyTorch's own forward mode
    pytest.mark.filterwarnings("ignore::DeprecationWarning:tensorflow", "ignore::DeprecationWarning:keras"),
]


def close(got, expected, rtol=1e-12, atol=1e-13):
    got = back(got)
    assert got.shape == np.shape(expected)
    assert np.allclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)


# ---- every entry in every framework ---------------------------------------------------------------------------------


@libraries
@named("entry", entries())
def test_accuracy_does_not_get_worse(entry, name):
    """The ratchet: in the units of `nonlin.checking.Subject`. One unit of slack, for processors of another kind."""
    library(name)
    found = {row.quantity: row.units for row in differences(name, subject(entries()[entry]))}
    stored = STORED[name][entry]
    assert all(found[q] <= stored[q] + 1 for q in QUANTITIES if q in found), (found, stored)


@libraries
@activations
def test_float64_to_the_second_derivative(entry, name):
    act = ACTIVATIONS[entry]
    with precise(name):
        x = tensor(name, POINTS)
        close(act(x), act(POINTS))
        close(gradient(name, act, x), act.derivative(POINTS))
        close(gradient(name, slope(name, act), x), act.derivative.derivative(POINTS), atol=1e-12)


@libraries
@named(("entry", "parameter"), PARAMETERS)
def test_gradient_by_a_parameter_that_is_a_tensor(entry, parameter, name):
    act = ACTIVATIONS[entry]
    value = np.full(3, act.parameters[parameter].default)
    expected = act.partial(parameter)(POINTS[:, None], **{parameter: value}).sum(0)
    with precise(name):
        x = tensor(name, POINTS[:, None])
        close(gradient(name, lambda p: act(x, **{parameter: p}), tensor(name, value)), expected)
        one = gradient(name, lambda p: act(x, **{parameter: p}), tensor(name, value[0]))
    close(one, expected[0])


@named("dtype", ["float16", "bfloat16"])
@libraries
@activations
def test_16_bits_are_rounded_once(entry, name, dtype):
    act = ACTIVATIONS[entry]
    x = tensor(name, np.array([-1000, -6.5, -1.25, -0.01, 0, 0.01, 1.25, 6.5, 1000, 65504], np.float32), dtype)
    exact = back(x).astype(float)
    for got, expected in (act(x), act(exact)), (gradient(name, act, x), act.derivative(exact)):
        assert str(got.dtype).removeprefix("torch.").removeprefix("<dtype: '").removesuffix("'>") == dtype
        apart = np.abs(back(got) - np.clip(expected, *limits(dtype)))
        assert np.all(apart <= last_place(expected, dtype) * 0.51 + 1e-6)


def limits(dtype):
    return (-np.inf, np.inf) if dtype == "bfloat16" else (-65504.0, 65504.0)
