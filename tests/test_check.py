"""nonlin.check: its measure, its table, and that it sees what is wrong."""

import subprocess
import sys

import numpy as np
import pytest

import nonlin as nl
from nonlin import checking
from nonlin.catalogue import entries
from nonlin.checking import QUANTITIES, check, differences, subject, ulp_difference
from nonlin.errors import InputError, MissingDependency, UnknownActivation
from sample import sample

INF, NAN = np.inf, np.nan
LARGEST = float(np.finfo("float32").max)
SMALLEST = 2.0**-149


# ---- the measure ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "expected", "ulp"),
    [
        (1.0, 1.0, 0),
        (1.0, 1 + 2.0**-23, 1),
        (1.0, 1 + 2.0**-25, 0.25),
        (0.0, -0.0, 0),
        (SMALLEST, 0.0, 1),
        (-SMALLEST, SMALLEST, 2),
        (NAN, NAN, 0),
        (NAN, 1.0, INF),
        (1.0, NAN, INF),
        (INF, NAN, INF),
        (INF, INF, 0),
        (INF, LARGEST, 1),
        (LARGEST, INF, 1),
        (INF, 1e300, 0),
        (INF, -INF, 2.0**25 - 2),
    ],
)
def test_measure(got, expected, ulp):
    assert ulp_difference(got, expected) == ulp


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_measure_is_never_nan(kind):
    values = np.array([0.0, -0.0, 1.0, -1.0, 1e-320, 1e-40, 65504.0, 3e38, 1e308, INF, -INF, NAN])
    assert not np.isnan(ulp_difference(values[:, None], values, kind)).any()


def test_numbers_below_the_smallest_are_equal():
    assert ulp_difference(0.0, 1e-36, smallest=2.0**-116) == 0
    assert ulp_difference(0.0, 1e-30, smallest=2.0**-116) > 1e6


# ---- the check ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sample())
def test_numpy_keeps_its_contract(name):
    rows = differences("numpy", subject(entries()[name]))
    assert max(row.ulp for row in rows if row.quantity == "value") <= 1
    assert all(row.ok for row in rows)


@pytest.mark.parametrize("framework", ["numpy", "torch", "jax", "tensorflow"])
@pytest.mark.parametrize("name", ["mish", "swiglu", "log_softmax"])
def test_every_kind_of_entry_in_every_framework(name, framework):
    pytest.importorskip(framework)
    result = check(name, against=[framework])
    kinds = 3 if isinstance(entries()[name], nl.Activation) else 2
    assert [row.quantity for row in result.rows] == list(QUANTITIES[:kinds])
    assert result.ok


def test_formulas_and_activations_are_accepted():
    assert check("x*sigmoid(2*x)", against="numpy").ok
    assert check(nl.elu.with_parameters(alpha=0.5), against="numpy").ok


def test_table_and_records():
    result = check("gelu", against="numpy")
    assert str(result).startswith("gelu: largest difference from the exact result, float32\nnumpy       value ")
    assert result.records()[0].keys() == {"framework", "quantity", "ulp", "x", "got", "expected", "units", "ok"}
    assert [r["quantity"] for r in result.records()] == list(QUANTITIES)


def test_digits_lost_in_float32_are_seen():
    pytest.importorskip("torch")
    result = check("x*(1 + tanh(x))/2", against="torch")
    assert not result.ok
    assert result.rows[0].x < -8
    assert "too far" in str(result)


def test_a_planted_defect_is_seen(monkeypatch):
    torch = pytest.importorskip("torch")
    words = nl.ops.backend("torch")._words(torch.float32)
    tanh = words.tanh
    monkeypatch.setattr(words, "tanh", lambda u: tanh(u) * (1 + 1e-5))
    assert not check("tanh", against="torch").ok


# ---- what is not there ----------------------------------------------------------------------------------------------


def test_frameworks_that_are_not_installed_are_listed(monkeypatch):
    monkeypatch.setattr(checking, "find_spec", lambda name: name == "numpy" or None)
    result = check("relu")
    assert result.not_installed == ("torch", "jax", "tensorflow")
    assert str(result).endswith("tensorflow  not installed")
    assert result.ok


@pytest.mark.parametrize(("name", "extra"), [("torch", "torch"), ("jax", "jax"), ("tensorflow", "keras")])
def test_asking_for_a_framework_that_is_not_installed(monkeypatch, name, extra):
    monkeypatch.setattr(checking, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=rf"^{name} is not installed; pip install nonlin\[{extra}\]$"):
        check("relu", against=(name,))


def test_unknown_framework():
    with pytest.raises(InputError, match=r"no framework 'pytorch'; did you mean 'torch'\?"):
        check("relu", against="pytorch")


def test_unknown_name():
    with pytest.raises(UnknownActivation, match="did you mean 'gelu'"):
        check("gellu")


def test_importing_the_check_loads_no_framework():
    code = "import sys, nonlin.checking; sys.exit(bool({'torch', 'jax', 'tensorflow', 'keras'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
