"""Units: functions of two halves, or with two outputs. Their values are checked in `test_catalogue`."""

import pickle
from fractions import Fraction

import numpy as np
import pytest

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.errors import DerivativeError, FormulaError, InputError, ParameterError
from nonlin.ops import maximum
from nonlin.units import GatedUnit, gated_unit, pair
from tensors import LIBRARIES, back, gradient, library, precise, tensor

UNITS = {n: e for n, e in entries().items() if isinstance(e, GatedUnit)}
KEEPING = ["oplu", "groupsort", "householder"]
X = np.random.default_rng(2).normal(0, 2, (4, 6, 3))
named = pytest.mark.parametrize
units = named("name", UNITS)


@units
def test_the_width_is_what_the_unit_says(name):
    unit = UNITS[name]
    for axis in (1, -2):
        assert unit(X, axis=axis).shape == (4, 6 * unit.width, 3)
        assert unit.partial(unit.inputs[0], X, axis=axis).shape == (4, 6 * unit.width, 3)
    assert unit.width == Fraction(len(unit.outputs), len(unit.inputs))
    assert unit(X[:, :0], axis=1).shape == (4, 0, 3)
    assert repr(unit) == f"<GatedUnit {name} = {unit.text}, {unit.wide}>"


@named("dtype", [np.float16, np.float32, np.float64])
@units
def test_dtypes_lists_and_axes(name, dtype):
    unit, x = UNITS[name], X.astype(dtype)
    assert unit(x, axis=1).dtype == dtype
    np.testing.assert_array_equal(unit(x, axis=1), np.moveaxis(unit(np.moveaxis(x, 1, -1)), -1, 1))
    assert unit([1, -2]).dtype == np.float64


@units
def test_formulas_are_shown_and_the_unit_pickles(name):
    unit = UNITS[name]
    assert pickle.loads(pickle.dumps(unit)) is unit
    assert unit.latex
    assert unit.mathml.startswith("<math")
    names = {str(s) for s in unit.formula.free_symbols}
    assert names <= {*unit.inputs, *unit.parameters}
    with pytest.raises(DerivativeError, match=f"use nonlin.{name}.partial"):
        _ = unit.derivative


def test_both_outputs_are_shown():
    assert nl.crelu.text == "(maximum(x, 0), maximum(-x, 0))"
    assert nl.crelu.latex == r"(\max(0, x), \max(0, -x))"
    assert str(nl.crelu.formula) == "(Max(0, x), Max(0, -x))"
    assert [nl.get(n).wide for n in ("glu", "oplu", "ncrelu")] == ["half as wide", "as wide", "twice as wide"]


def test_values():
    x = [1.0, -2.0, 3.0, -4.0]
    assert nl.crelu(x).tolist() == [1, 0, 3, 0, 0, 2, 0, 4]
    assert nl.ncrelu(x).tolist() == [1, 0, 3, 0, 0, -2, 0, -4]
    assert nl.paired_relu(x).tolist() == [0.5, 0, 1.5, 0, 0, 1, 0, 2]
    assert nl.oplu(x).tolist() == [3, -2, 1, -4]
    assert nl.groupsort(x).tolist() == [1, -4, 3, -2]
    assert nl.maxout(x).tolist() == [3, -2]
    assert nl.dual_relu(x).tolist() == [-2, 0]
    assert nl.drelu_glu(x).tolist() == [3, 0]
    assert nl.swiglu_clamped([20.0, 50.0]).tolist() == [pytest.approx(100 * nl.sigmoid(10.0), rel=1e-15)]
    assert nl.wig is nl.glu


def test_householder_is_a_reflection():
    """At pi/2 it sorts; the code of its authors, which reflects the other side, is theta + 2 pi."""
    np.testing.assert_allclose(nl.householder(X, axis=1), nl.oplu(X, axis=1), atol=1e-15)
    theta = 0.7
    v = np.array([np.sin(theta / 2), -np.cos(theta / 2)])
    a, b = z = np.split(X, 2, axis=-2)[0], np.split(X, 2, axis=-2)[1]
    along = a * v[0] + b * v[1]
    mirrored = [u - 2 * along * w for u, w in zip(z, v, strict=True)]
    for shift, side in ((0.0, along > 0), (2 * np.pi, along < 0)):
        wanted = np.concatenate([np.where(side, u, m) for u, m in zip(z, mirrored, strict=True)], axis=-2)
        np.testing.assert_allclose(nl.householder(X, axis=-2, theta=theta + shift), wanted, atol=1e-14)


@named("name", KEEPING)
def test_norms_are_kept_forwards_and_backwards(name):
    """Equal halves too: the Jacobian is orthogonal there as everywhere."""
    unit, x = UNITS[name], np.concatenate([X.reshape(-1, 2), [[1.5, 1.5], [0.0, 0.0]]])
    np.testing.assert_allclose(np.linalg.norm(unit(x), axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-14)
    rows = np.stack([unit.partial("a", x), unit.partial("b", x)], axis=-1)
    np.testing.assert_allclose(rows @ np.swapaxes(rows, -1, -2), np.broadcast_to(np.eye(2), rows.shape), atol=1e-14)


def test_infinities_and_nan():
    assert nl.crelu([-np.inf, np.inf]).tolist() == [0, np.inf, np.inf, 0]
    assert np.isnan(nl.crelu([np.nan])).all()
    assert np.isnan(nl.paired_relu([np.nan, 1.0])[[0, 2]]).all()
    assert nl.dual_elu([-1000.0, -1000.0]).tolist() == [0]


@named("name", LIBRARIES)
@named("entry", [n for n, u in UNITS.items() if u.parameters])
def test_gradients_by_parameters(entry, name):
    unit = UNITS[entry]
    with precise(name):
        x = tensor(name, X)
        for key, value in unit.parameters.items():
            p = tensor(name, np.float64(value.default))
            got = gradient(name, lambda p, k=key: unit(x, axis=1, **{k: p}), p)
            assert float(back(got)) == pytest.approx(unit.partial(key, X, axis=1).sum(), rel=1e-11)


@units
def test_gradients_are_finite_for_every_finite_input(name):
    torch = pytest.importorskip("torch")
    sizes = np.array([0.0, 1e-38, 1.0, 30.0, 1e6, 1e18])
    sizes = np.concatenate([sizes, -sizes])
    halves = np.stack(np.meshgrid(sizes, sizes), axis=-1).reshape(-1, 2).astype(np.float32)
    x = torch.tensor(halves, requires_grad=True)
    UNITS[name](x).sum().backward()
    assert x.grad.isfinite().all()


@units
def test_torch_compile_and_vmap(name):
    torch = pytest.importorskip("torch")
    library("torch")
    torch.compiler.reset()
    unit, x = UNITS[name], torch.tensor(X)
    compiled = torch.compile(unit.torch(axis=1), backend="aot_eager", fullgraph=True)
    assert torch.allclose(compiled(x), unit(x, axis=1), rtol=1e-12)
    assert torch.allclose(torch.vmap(lambda row: unit(row, axis=0))(x), unit(x, axis=1), rtol=1e-12)


def test_learnable_units_train():
    torch = pytest.importorskip("torch")
    module, x = nl.householder.torch(axis=1, learnable=True), torch.tensor(X, dtype=torch.float32)
    assert [n for n, _ in module.named_parameters()] == ["theta"]
    module(x)[:, 0].sum().backward()
    assert module.theta.grad.isfinite()
    assert module.theta.grad != 0


@named("entry", ["crelu", "oplu", "gtu"])
def test_layers_know_their_width(entry):
    keras = pytest.importorskip("keras")
    layer = UNITS[entry].keras(axis=1)
    assert layer.compute_output_shape((None, 6, 3)) == (None, 6 * UNITS[entry].width, 3)
    model = keras.Sequential([keras.Input((6, 3)), layer])
    assert model.output_shape == (None, 6 * UNITS[entry].width, 3)
    np.testing.assert_allclose(model.predict(X, verbose=0), UNITS[entry](X, axis=1), rtol=1e-5, atol=1e-6)


@named("name", ["crelu", "householder", "dual_elu"])
def test_jax_compiles_and_differentiates_twice(name):
    jax = pytest.importorskip("jax")
    with precise("jax"):
        function, x = UNITS[name].jax(), tensor("jax", X[0, :, 0])
        assert np.allclose(jax.jit(function)(x), UNITS[name](X[0, :, 0]), rtol=1e-12)
        assert jax.hessian(lambda v: (function(v) ** 2).sum())(x).shape == (6, 6)


def test_what_is_refused():
    with pytest.raises(InputError, match="oplu splits axis 1 in two halves, got the odd length 3"):
        nl.oplu(np.zeros((2, 3)), axis=1)
    assert nl.crelu(np.zeros((2, 3)), axis=1).shape == (2, 6)
    with pytest.raises(InputError, match="crelu is a function of 'x', got 'a'"):
        nl.crelu.partial("a", [1.0])
    with pytest.raises(InputError, match="maxout is made of the halves 'a' and 'b', got 'x'"):
        nl.maxout.partial("x", [1.0, 2.0])
    with pytest.raises(ParameterError, match="swiglu_oai: limit must be greater than 0"):
        nl.swiglu_oai([1.0, 2.0], limit=0.0)
    with pytest.raises(InputError, match=r"use nonlin.crelu.partial\('x', x\)"):
        _ = nl.crelu.facts
    with pytest.raises(FormulaError, match="a unit takes the halves a and b, or x for two outputs, got"):
        gated_unit()(lambda x: maximum(x, 0))
    with pytest.raises(FormulaError, match="a unit takes the halves a and b"):
        gated_unit()(lambda a, c: pair(a, c))


@named(("name", "advice"), [
    ("crelu", r"crelu has two outputs, .* plot its first output, 'maximum\(x, 0\)'"),
    ("bilinear_glu", r"bilinear_glu has two inputs, .* plot its part with b = 1, 'x'"),
    ("gtu", r"plot its part with b = 1, 'tanh\(x\)\*sigmoid\(1\)'"),
    ("relu2_glu", r"plot its activation part, 'maximum\(x, 0\)\*\*2'"),
])  # fmt: skip
def test_there_is_no_one_curve(name, advice):
    with pytest.raises(InputError, match=advice):
        UNITS[name].plot() if hasattr(UNITS[name], "plot") else nl.plot.curve(name)


def test_studies_take_units_that_halve_the_width():
    from nonlin.study.candidates import candidates

    assert [u.name for u in candidates(["gtu", "maxout"])[0]] == ["gtu", "maxout"]
    with pytest.raises(InputError, match="crelu gives an answer twice as wide as its input; the networks here"):
        candidates(["crelu"])
