"""The contract, over every entry of the catalogue: values, derivatives, arrays, records. No activation is named here.

The checks are in `reference.contract`, the formulas they trust in `reference.formulas`.
"""

import json
import math
import pickle
from importlib import import_module
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.formula import parse
from nonlin.ops import BACKENDS
from nonlin.tree import Node
from nonlin.units import GatedUnit
from nonlin.vector import VectorFunction
from reference import along_axis, contract, grid
from reference.formulas import ELEMENTWISE, GATED, VECTOR
from reference.oracle import jet
from sample import sample
from ulp import FORMATS, Exact, error, exact, rounded

ACTIVATIONS = sample(nl.Activation)
UNITS = {n: e for n, e in entries().items() if isinstance(e, GatedUnit)}
FUNCTIONS = {n: e for n, e in entries().items() if isinstance(e, VectorFunction)}
KEYS = (Path(__file__).parent / "reference" / "catalogue_keys.txt").read_text().splitlines()[1:]


def shown(values):
    return "-".join(f"{k}={v:.3g}" for k, v in values.items()) or "default"


SETTINGS = [
    pytest.param(n, v, id=f"{n}-{shown(v)}") for n, e in (ACTIVATIONS | UNITS).items() for v in grid.settings(e)
]
ELEMENTWISE_SETTINGS = [p for p in SETTINGS if p.values[0] in ACTIVATIONS]
INNER = [pytest.param(n, v, id=f"{n}-{shown(v)}") for n, e in ACTIVATIONS.items() for v in grid.settings(e)[:3]]
PARTIALS = [pytest.param(*p.values, k, id=f"{p.id}-{k}") for p in INNER for k in ACTIVATIONS[p.values[0]].parameters]
INVERTIBLE = [p for p in INNER if isinstance(ACTIVATIONS[p.values[0]].from_output, Node)]


# ---- values and derivatives -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", contract.ORDERS)
@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize(("name", "values"), ELEMENTWISE_SETTINGS)
def test_accuracy(name, values, dtype, order):
    contract.check_accuracy(ACTIVATIONS[name], values, dtype, order)


@pytest.mark.exhaustive
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_input_of_a_16_bit_dtype(name, dtype):
    reference = ELEMENTWISE[name]
    true = contract.tabulated(reference, reference.defaults, grid.every(dtype))
    contract.check_table(name, ACTIVATIONS[name], {}, true, 0)
    contract.check_table(name, ACTIVATIONS[name].derivative, {}, true, 1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_many_inputs_of_float32(name):
    reference = ELEMENTWISE[name]
    true = contract.tabulated(reference, reference.defaults, grid.bits("float32", 60_000))
    contract.check_table(name, ACTIVATIONS[name], {}, true, 0)
    contract.check_table(name, ACTIVATIONS[name].derivative, {}, true, 1)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize(("name", "values"), INNER)
def test_formula_and_stable_tree_are_the_function(name, values, order):
    contract.check_trees(ACTIVATIONS[name], values, order)


@pytest.mark.parametrize(("name", "values"), INNER)
def test_second_derivative(name, values):
    contract.check_second_derivative(ACTIVATIONS[name], values)


@pytest.mark.parametrize(("name", "values", "parameter"), PARTIALS)
def test_partial(name, values, parameter):
    contract.check_partial(ACTIVATIONS[name], values, parameter)


@pytest.mark.parametrize(("name", "values"), INVERTIBLE)
def test_derivative_from_output(name, values):
    contract.check_from_output(ACTIVATIONS[name], values)


# ---- several inputs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize(("name", "values"), [p for p in SETTINGS if p.values[0] in UNITS])
def test_gated_unit(name, values, dtype):
    along_axis.check_gated(name, dtype, values)


ALONG = [pytest.param(n, d, {}, id=f"{n}-{d}") for n in FUNCTIONS for d in FORMATS]
CHOSEN = [pytest.param(n, d, v, id=f"{n}-{d}-{shown(v)}")
          for n, r in VECTOR.items() for d in ("float32", "float64") for v in r.settings]  # fmt: skip
SLOPES = [pytest.param(n, v, k, id=f"{n}-{shown(v)}-{k}")
          for n, f in FUNCTIONS.items() for v in ({}, *VECTOR[n].settings) for k in f.partials]  # fmt: skip


@pytest.mark.parametrize("axis", [-1, 0])
@pytest.mark.parametrize(("name", "dtype", "values"), ALONG)
def test_vector_function(name, dtype, values, axis):
    along_axis.check_vector(name, dtype, axis, values)


@pytest.mark.parametrize(("name", "dtype", "values"), CHOSEN)
def test_vector_function_of_other_parameters(name, dtype, values):
    along_axis.check_vector(name, dtype, -1, values)


@pytest.mark.parametrize(("name", "dtype", "values"), [*ALONG, *CHOSEN])
def test_jacobian(name, dtype, values):
    along_axis.check_jacobian(name, dtype, values)


@pytest.mark.parametrize(("name", "values", "parameter"), SLOPES)
def test_derivative_of_a_vector_function_by_a_parameter(name, values, parameter):
    along_axis.check_partial(name, "float64", values, parameter)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nan_stays_and_leaves_other_rows_alone(name):
    """All of its row is NaN where the outputs have a fixed sum, to which each contributes."""
    x = np.array([[0.0, np.nan, 1.0], [0.0, 0.5, 1.0], [2.0, 0.1, -1.0]])
    got = FUNCTIONS[name](x)
    assert np.isnan(got[0]).all() or (np.isnan(got[0, 1]) and not np.allclose(got[1].sum(), got[2].sum()))
    np.testing.assert_array_equal(got[1], FUNCTIONS[name](x[1]))


# ---- arrays ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", contract.ORDERS)
@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_shape_layout_and_dtype(name, dtype, order):
    act = ACTIVATIONS[name]
    contract.check_shapes(act.derivative if order == "derivative" else act, dtype)


@pytest.mark.parametrize("order", contract.ORDERS)
@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_out(name, dtype, order):
    act = ACTIVATIONS[name]
    contract.check_out(act.derivative if order == "derivative" else act, dtype)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_integers_promote_to_float64(name):
    contract.check_promotion(ACTIVATIONS[name])


@pytest.mark.parametrize(("name", "values"), [p for p in ELEMENTWISE_SETTINGS if p.values[1]])
def test_array_parameters_broadcast(name, values):
    contract.check_array_parameters(ACTIVATIONS[name], ACTIVATIONS[name].defaults | values)


# ---- frameworks -----------------------------------------------------------------------------------------------------


def tensor(library, array):
    make = {"torch": "torch.asarray", "jax": "jax.numpy.asarray", "tensorflow": "tensorflow.constant"}[library]
    module, _, function = make.rpartition(".")
    return getattr(import_module(module), function)(array)


@pytest.mark.parametrize("order", contract.ORDERS)
@pytest.mark.parametrize("library", [b for b in BACKENDS if b != "numpy"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_frameworks_give_the_same_function(name, library, order):
    """To a few hundred ulp of float32, or of what a rounding of x changes; the finer bounds are kept elsewhere.

    Subnormals are left out: JAX and TensorFlow take them for 0.
    """
    pytest.importorskip(library, reason=f"{library} is not installed")
    act = ACTIVATIONS[name].derivative if order == "derivative" else ACTIVATIONS[name]
    x = grid.points("float32")
    x = x[~((np.abs(x) < 2.0**-126) & (x != 0))]
    got = np.asarray(act(tensor(library, x)), np.float64)
    wanted, steep = (np.asarray(f(x.astype(np.float64))) for f in (act, act.derivative))
    with np.errstate(all="ignore"):
        size = np.abs(wanted) + np.nan_to_num(np.abs(x * steep), nan=0.0)
        close = np.abs(got - wanted) <= 300 * 2.0**-24 * size + 2.0**-118
        close |= (np.isnan(got) & np.isnan(wanted)) | (got == wanted.astype(np.float32))
    assert close.all(), f"x = {x[~close][:5]}: got {got[~close][:5]}, expected {wanted[~close][:5]}"


# ---- records --------------------------------------------------------------------------------------------------------


def test_every_entry_has_a_reference_and_every_reference_an_entry():
    assert set(ELEMENTWISE) == {n for n, e in entries().items() if isinstance(e, nl.Activation)}
    assert set(GATED) == set(UNITS)
    assert set(VECTOR) == set(FUNCTIONS)


@pytest.mark.parametrize("name", sample())
def test_record(name):
    entry = entries()[name]
    texts = [entry.record.summary, entry.record.use, entry.record.weakness, entry.record.title]
    assert all(len(t) > 3 and t == t.strip() for t in texts), texts
    assert entry.family in nl.families()
    assert str(entry.source)
    assert entry.__doc__.startswith(entry.record.summary)


@pytest.mark.parametrize("line", KEYS, ids=[k.split("\t")[0] for k in KEYS])
def test_key_of_the_table_with_its_parameters(line):
    """A third column: the parameters are others than those of the table, and the record says why."""
    key, parameters, *other = line.split("\t")
    defaults = {k: float(v) for k, v in (p.split("=") for p in parameters.split())}
    entry = nl.get(key)
    assert ({k: p.default for k, p in entry.parameters.items()} == defaults) != bool(other)
    assert not other or entry.record.note


@pytest.mark.parametrize("name", [*ACTIVATIONS, *GATED, *VECTOR])
def test_defaults_are_those_of_the_reference(name):
    reference = (ELEMENTWISE | GATED | VECTOR)[name]
    assert {k: p.default for k, p in entries()[name].parameters.items()} == reference.defaults


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_text_json_and_pickle_give_it_back(name):
    act = ACTIVATIONS[name]
    assert parse(act.text) is act.expression.formula
    for again in (nl.from_json(act.to_json()), pickle.loads(pickle.dumps(act))):
        assert again == act
        assert again.expression.stable is act.expression.stable
        assert json.loads(again.to_json()) == json.loads(act.to_json())


# ---- the tools of this suite ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FORMATS)
def test_rounding_of_exact_values_is_that_of_the_dtype(dtype):
    """The dtype's own numbers are kept, and float32 numbers are rounded as NumPy does, which rounds them once."""
    kind = grid.DTYPES[dtype]
    with np.errstate(all="ignore"):  # signalling NaN
        numbers = grid.points(dtype).astype(np.float64)
        spread = np.random.default_rng(3).normal(0, 1, 500).astype(np.float32).astype(kind)
    for x in numbers[np.isfinite(numbers)].tolist():
        assert rounded(exact(x), FORMATS[dtype]) == x
        assert error(x, exact(x), FORMATS[dtype]) == 0
    wide = np.random.default_rng(3).normal(0, 1, 500).astype(np.float32)
    assert [rounded(exact(float(x)), FORMATS[dtype]) for x in wide] == spread.astype(np.float64).tolist()


ULP_CASES = [
    (1.0, Exact(1, 0), 0.0),
    (1.0, Exact(3, -1), 0.5 * 2**24),
    (2.0**-149, Exact(0, 0), 1.0),
    (2.0**-149, Exact(1, -10_000), 1.0),
    (0.0, Exact(1, -10_000), 0.0),
    (-0.0, Exact(1, -10_000), math.inf),
    (-0.0, Exact(0, 0), 0.0),
    (math.inf, Exact(1, 128), 0.0),
    (math.inf, Exact(2**24 - 1, 104), 1.0),
    (-math.inf, Exact(1, 128), 2.0**24),
    (math.nan, None, 0.0),
    (math.nan, Exact(1, 0), math.inf),
    (1.0, None, math.inf),
    (1.0, Exact(-1, -(10**6)), 2.0**149),
]


@pytest.mark.parametrize(("result", "value", "wanted"), ULP_CASES)
def test_error_in_ulp_of_float32(result, value, wanted):
    got = error(result, value, FORMATS["float32"])
    assert got == wanted or (wanted > 1e6 and math.isfinite(wanted) and got > 1e6)


@pytest.mark.parametrize("dtype", FORMATS)
def test_grid_holds_the_extremes(dtype):
    info = ml_dtypes.finfo(grid.DTYPES[dtype])
    with np.errstate(all="ignore"):  # signalling NaN
        x = grid.points(dtype).astype(np.float64)
    extremes = [float(v) for v in (info.smallest_subnormal, info.smallest_normal, info.max)]
    assert {*extremes, *(-v for v in extremes), math.inf, -math.inf} <= set(x.tolist())
    assert np.isnan(x).any()
    assert np.signbit(x[x == 0]).tolist() == [False, True]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_reference_derivative_is_the_slope_of_the_reference_value(name):
    """The oracle's two columns agree: a central difference of the values is the derivative."""
    reference, step = ELEMENTWISE[name], 2.0**-20
    for x in (p for p in contract.moderate(name, {}) if abs(p) > 1e-3):
        low, high = (rounded(jet(reference, x + h, reference.defaults)[0], FORMATS["float64"]) for h in (-step, step))
        slope = rounded(jet(reference, x, reference.defaults)[1], FORMATS["float64"])
        assert math.isclose((high - low) / (2 * step), slope, rel_tol=1e-7, abs_tol=1e-7)
