"""Noise comes from a generator and from nowhere else: without one nothing is random, with one the draws repeat."""

import numpy as np
import pytest

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.core import Parameter
from nonlin.errors import FormulaError, InputError
from nonlin.ops import backend
from tensors import LIBRARIES, back, gradient, library, precise, tensor

NOISY = {n: e for n, e in entries().items()
         if isinstance(e, nl.Activation) and any(p.drawn for p in e.parameters.values())}  # fmt: skip
X = np.linspace(-3.3, 3.1, 40).reshape(4, 10)
MANY = np.zeros((200, 200))
named = pytest.mark.parametrize
everywhere = named("name", ["numpy", *LIBRARIES])


def generator(name, seed=7):
    """A new one in a state that the seed decides."""
    if name == "numpy":
        return np.random.default_rng(seed)
    random = library(name).random
    if name == "jax":
        return random.key(seed)
    return library("torch").Generator().manual_seed(seed) if name == "torch" else random.Generator.from_seed(seed)


def points(name, x=X):
    return x if name == "numpy" else tensor(name, x)


def drawn(act, name, x):
    """The noise that a call with a new generator gets."""
    draws = {k: p.drawn for k, p in act.parameters.items() if p.drawn}
    source = generator(name)
    return {k: getattr(backend(name), kind)(source, *numbers, x) for k, (kind, *numbers) in draws.items()}


@everywhere
@named("entry", NOISY)
def test_without_a_generator_nothing_is_random(entry, name):
    act = NOISY[entry]
    with precise(name):
        x = points(name)
        first, again = back(act(x)), back(act(x))
        assert np.array_equal(first, again)
        assert np.array_equal(first, back(act(x, **act.defaults)))
        np.testing.assert_allclose(first, act(X), rtol=1e-12, atol=1e-15)


@everywhere
@named("entry", NOISY)
def test_a_generator_draws_the_noise_and_its_state_decides_it(entry, name):
    act = NOISY[entry]
    with precise(name):
        x = points(name)
        first, again, other = (back(act(x, generator=generator(name, s))) for s in (7, 7, 8))
        given = back(act(x, **drawn(act, name, x)))
        after = back(act(x))
    assert np.array_equal(first, again)
    assert np.array_equal(first, given)
    assert not np.array_equal(first, other)
    np.testing.assert_allclose(after, act(X), rtol=1e-12, atol=1e-15)  # no draw is left behind
    assert not np.array_equal(first, act(X))
    assert np.isfinite(first).all()


@named("name", LIBRARIES)
@named("entry", NOISY)
def test_gradients_with_noise_are_those_of_the_numbers_drawn(entry, name):
    act = NOISY[entry]
    with precise(name):
        x = points(name)
        noise = drawn(act, name, x)
        got = back(gradient(name, lambda v: act(v, generator=generator(name)), x))
        wanted = act.derivative(X, **{k: back(v) for k, v in noise.items()})
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)


@everywhere
def test_the_distributions_are_those_that_are_asked_for(name):
    with precise(name):
        x = points(name, MANY)
        source = generator(name)
        normal = back(backend(name).normal(source, 2.0, 0.5, x))
        uniform = back(backend(name).uniform(source, -1.0, 3.0, x))
    assert (normal.shape, uniform.shape) == (MANY.shape, MANY.shape)
    assert normal.mean() == pytest.approx(2, abs=0.02)
    assert normal.std() == pytest.approx(0.5, abs=0.02)
    assert np.mean(np.abs(normal - 2) < 0.5) == pytest.approx(0.6827, abs=0.02)
    assert (uniform.min() >= -1, uniform.max() <= 3) == (True, True)
    assert uniform.mean() == pytest.approx(1, abs=0.05)


@everywhere
def test_what_is_no_generator_is_refused(name):
    for act in (nl.rrelu, nl.probact):
        with pytest.raises(InputError, match=r"generator must be .*, got int"):
            act(points(name, np.float32([1])), generator=3)


def test_the_noise_has_the_distribution_of_the_papers():
    source, ones, zeros = np.random.default_rng(3), np.ones(100_000), np.zeros(100_000)
    share = nl.bernoulli_neuron(0.4 * ones, generator=source).mean()
    assert share == pytest.approx(nl.sigmoid(0.4), abs=0.01)
    gates = nl.hard_concrete(zeros, generator=source)
    wanted = [nl.sigmoid(-v) for v in (2 / 3 * np.log(11), 2 / 3 * np.log(11))]  # Louizos et al., eq. 11: exactly 0, 1
    assert [np.mean(gates == 0), np.mean(gates == 1)] == pytest.approx(wanted, abs=0.01)
    slopes = nl.erelu(ones, alpha=0.3, generator=source)
    assert (slopes.min(), slopes.max(), slopes.mean()) == pytest.approx((0.7, 1.3, 1.0), abs=0.01)
    slopes = nl.eelu(ones, sigma=2.0, generator=source)
    assert (slopes.min(), slopes.max()) == (0.0, 2.0)
    assert np.std(nl.noisy_relu(9 * ones, generator=source)) == pytest.approx(1, abs=0.02)
    assert np.std(nl.rt_relu(9 * ones, generator=source)) == pytest.approx(0.75, abs=0.02)
    inside = np.linspace(-1, 1, 9)
    assert np.array_equal(nl.noisy_hard_tanh(inside, generator=source), inside)


@named("act", [nl.probact, nl.rt_prelu, nl.binary_concrete], ids=lambda a: a.name)
def test_modules_draw_in_training_only(act):
    torch = pytest.importorskip("torch")
    module, x = act.torch(), torch.zeros(50, 40) + 0.1
    first, again = module(x), module(x)
    assert first.std() > 0
    assert not torch.equal(first, again)
    assert torch.equal(module.eval()(x), act(x))
    assert first.dtype == x.dtype


def test_normal_noise_of_a_module_is_normal():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    noise = nl.rt_relu.torch()(torch.full((200, 200), 9.0)) - 9
    assert noise.mean().item() == pytest.approx(0, abs=0.02)
    assert noise.std().item() == pytest.approx(0.75, abs=0.02)


def test_normal_noise_of_a_layer_is_normal():
    pytest.importorskip("keras")
    x = np.full((200, 200), 9.0, "float32")
    layer = nl.rt_relu.keras()
    noise = np.asarray(layer(x, training=True)) - 9
    assert noise.mean() == pytest.approx(0, abs=0.02)
    assert noise.std() == pytest.approx(0.75, abs=0.02)
    assert np.array_equal(np.asarray(layer(x)), x)


def test_a_distribution_is_stored_and_a_chosen_value_is_not_drawn():
    again = nl.from_json(nl.rt_relu.to_json())
    assert again.parameters["a"].drawn == ("normal", 0.0, 0.75)
    assert nl.rt_relu.with_parameters(a=0.5).parameters["a"].drawn is None
    with pytest.raises(InputError, match="a is drawn by the generator, and given too"):
        nl.rt_relu(1.0, a=0.1, generator=np.random.default_rng(0))
    for wrong in ("[0, 0.75, 1]", '["0", "1"]', "7"):
        with pytest.raises(FormulaError):
            nl.from_json(nl.rt_relu.to_json().replace("[0.0, 0.75]", wrong))


def test_kinds_of_draws():
    assert Parameter(1.0).drawn is None
    assert Parameter(1.0, random=(0.0, 2.0)).drawn == ("uniform", 0.0, 2.0)
    assert Parameter(1.0, normal=(1.0, 0.1)).drawn == ("normal", 1.0, 0.1)
