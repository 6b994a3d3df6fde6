"""Activations as pure functions of JAX arrays."""

import pickle

import numpy as np
import pytest

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.errors import InputError, ParameterError
from sample import sample
from tensors import LIBRARIES, back, precise, tensor

jax = pytest.importorskip("jax")
named = pytest.mark.parametrize
ACTIVATIONS = sample(nl.Activation)
PARAMETERS = [(n, k) for n, e in ACTIVATIONS.items() for k in e.parameters]
POINTS = np.linspace(-6.3, 6.7, 29)  # none of them at a kink


@pytest.fixture(autouse=True)
def float64():
    with precise("jax"):
        yield


def close(got, expected, atol=1e-12):
    assert isinstance(got, jax.Array)
    assert np.allclose(back(got), expected, rtol=1e-12, atol=atol)


@named("entry", sample())
def test_the_value_under_jit(entry):
    x = POINTS[:28].reshape(2, 14)
    close(jax.jit(entries()[entry].jax())(x), entries()[entry](x))


@named("entry", ACTIVATIONS)
def test_derivatives_to_the_third_order(entry):
    act, function = ACTIVATIONS[entry], ACTIVATIONS[entry].jax()
    third = jax.grad(jax.grad(jax.grad(function)))
    kinds = [jax.grad(function), jax.jacfwd(function), jax.hessian(function), third]
    results = jax.jit(lambda x: [jax.vmap(k)(x) for k in kinds])(tensor("jax", POINTS))
    slope = act.derivative
    for got, expected in zip(results, (slope, slope, slope.derivative, slope.derivative.derivative), strict=True):
        close(got, expected(POINTS), atol=1e-11)


@named(("entry", "parameter"), PARAMETERS)
def test_derivative_by_a_keyword(entry, parameter):
    act, function = ACTIVATIONS[entry], ACTIVATIONS[entry].jax()
    value = act.parameters[parameter].default
    got = jax.jit(jax.grad(lambda p: function(POINTS, **{parameter: p}).sum()))(value)
    close(got, act.partial(parameter)(POINTS).sum())


def test_vmap_over_a_keyword():
    got = jax.vmap(lambda b: nl.swish.jax()(POINTS, beta=b))(jax.numpy.array([0.5, 2.0]))
    close(got, np.stack([nl.swish(POINTS, beta=b) for b in (0.5, 2.0)]))


def test_checkpoint():
    function = jax.checkpoint(nl.swish.jax())
    close(jax.vmap(jax.grad(function))(tensor("jax", POINTS)), nl.swish.derivative(POINTS))
    close(jax.grad(lambda b: function(2.0, beta=b))(1.0), nl.swish.partial("beta")(2.0))


def test_numbers_lists_and_numpy_arrays_become_jax_arrays():
    for x in (1.0, [1.0, 2.0], np.float32([1, 2]), np.arange(3)):
        close(nl.tanh.jax()(x), nl.tanh(x))


def test_the_axis_of_softmax():
    x = POINTS[:28].reshape(2, 14)
    close(nl.softmax.jax()(x, axis=0), nl.softmax(x, axis=0))


def test_random_parameters_are_drawn_with_a_key():
    function, x = nl.rrelu.jax(), -np.ones(100)
    first, again = (jax.jit(lambda k: function(x, generator=k))(jax.random.key(1)) for _ in range(2))
    assert np.array_equal(first, again)
    assert len(np.unique(first)) > 50


def test_functions_of_equal_entries_are_one_for_the_compiler():
    traced = []

    def counted(function, x):
        traced.append(function)
        return function(x)

    compiled = jax.jit(counted, static_argnums=0)
    compiled(nl.mish.jax(), POINTS), compiled(nl.mish.jax(), POINTS)
    assert len(traced) == 1
    assert nl.mish.jax() != nl.gelu.jax()


def test_it_pickles_and_says_its_name():
    function = nl.define("x*sigmoid(k*x)", name="mine", k=2.0).jax()
    twin = pickle.loads(pickle.dumps(function))
    assert (twin, twin.__name__, repr(twin)) == (function, "mine", "<JAX function mine>")


@named("name", [p for p in LIBRARIES if p.values[0] != "jax"])
def test_tensors_of_other_libraries_are_refused(name):
    with pytest.raises(InputError, match=rf"gelu.jax\(\) takes JAX arrays, got a tensor of {name}; convert it first"):
        nl.gelu.jax()(tensor(name, np.ones(2)))
    with pytest.raises(InputError, match=r"got tensors of .* in one call"):
        nl.swish.jax()(jax.numpy.ones(2), beta=tensor(name, np.float64(1)))


def test_wrong_parameters_and_complex_arrays_are_refused():
    with pytest.raises(ParameterError, match="elu has no parameter 'beta'"):
        nl.elu.jax()(1.0, beta=2.0)
    with pytest.raises(ParameterError, match="alpha must be at least 0, got alpha=-1"):
        nl.elu.jax()(1.0, alpha=-1)
    with pytest.raises(InputError, match="complex"):
        nl.elu.jax()(np.array([1j]))
