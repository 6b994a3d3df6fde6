"""The contract in brief for every elementwise entry that is not core; `make test-full` runs the whole of it on all."""

import json
import pickle

import pytest

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.core import CHECKS
from nonlin.formula import parse
from nonlin.ops import BACKENDS
from nonlin.vector import VectorFunction
from reference import brief, contract, grid
from reference.formulas import ELEMENTWISE

ENTRIES = {n: e for n, e in entries().items() if isinstance(e, nl.Activation) and not e.record.core}


@pytest.mark.parametrize("name", ENTRIES)
def test_values_and_derivatives(name):
    act = ENTRIES[name]
    brief.check_numbers(act, {}, "float32")
    for values in grid.settings(act)[:3]:
        brief.check_numbers(act, values, "float64")


@pytest.mark.parametrize("name", ENTRIES)
def test_trees_and_parameters(name):
    act = ENTRIES[name]
    contract.check_trees(act, {}, 1)
    for parameter in act.parameters:
        contract.check_partial(act, {}, parameter)


@pytest.mark.parametrize("name", ENTRIES)
def test_arrays(name):
    brief.check_arrays(ENTRIES[name])


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("library", [b for b in BACKENDS if b != "numpy"])
def test_gradients(name, library):
    pytest.importorskip(library)
    brief.check_gradients(ENTRIES[name], library)


@pytest.mark.parametrize("name", ENTRIES)
def test_text_json_pickle_and_latex(name):
    act = ENTRIES[name]
    assert parse(act.text) is act.expression.formula
    for again in (nl.from_json(act.to_json()), pickle.loads(pickle.dumps(act))):
        assert again == act
        assert again.expression.stable is act.expression.stable
        assert json.loads(again.to_json()) == json.loads(act.to_json())
    assert act.latex
    assert act.derivative.latex


@pytest.mark.parametrize("name", ENTRIES)
def test_record(name):
    act = ENTRIES[name]
    source = act.source
    assert source.authors or source.venue
    assert source.arxiv or source.doi or source.venue
    assert source.checked
    assert set(source.checked.split(", ")) <= set(CHECKS)
    assert len(act.record.summary) > 3
    assert act.record.title
    assert act.parameters.keys() == ELEMENTWISE[name].defaults.keys()
    assert {k: p.default for k, p in act.parameters.items()} == ELEMENTWISE[name].defaults


# ---- functions along an axis ----------------------------------------------------------------------------------------

ROWS = {n: e for n, e in entries().items() if isinstance(e, VectorFunction) and not e.record.core}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("library", [b for b in BACKENDS if b != "numpy"])
def test_rows_and_their_gradients(name, library):
    """Value and gradient by backpropagation, in float64 where the framework has it."""
    pytest.importorskip(library)
    brief.check_rows(ROWS[name], library)
