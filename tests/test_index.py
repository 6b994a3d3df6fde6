"""The generated index is that of the entries, answers at once, and finds what it should."""

import importlib.util
import json
import subprocess
import sys
import zlib
from importlib import resources
from pathlib import Path

import pytest

import nonlin as nl
from nonlin import errors
from nonlin.calculus.card import card, digest, homes
from nonlin.calculus.likeness.sameness import difference
from nonlin.catalogue import entries
from nonlin.catalogue._finding import COSTS, SORTS, fact_names
from nonlin.catalogue._index import cards, plain
from sample import FULL

STORED = json.loads((resources.files("nonlin.catalogue") / "index.json").read_text(encoding="utf-8"))
STALE = "the index is stale: run make index"


def test_the_index_has_every_entry_and_every_entry_is_that_of_its_card():
    assert list(STORED) == list(homes()), STALE
    assert {name: fields["digest"] for name, fields in STORED.items()} == {n: digest(e) for n, e in entries().items()}


@pytest.mark.parametrize("name", [n for n in STORED if FULL or zlib.crc32(n.encode()) % 16 == 0])
def test_a_card_made_again_is_the_card_that_is_stored(name):
    """In the curves two characters may differ: where a dot falls between two, the last place of a value decides."""
    fields = {k: v for k, v in STORED[name].items() if k != "same"}
    made = json.loads(json.dumps(card(entries()[name])))
    curves = zip("".join(fields.pop("curve")), "".join(made.pop("curve")), strict=True)
    assert made == fields, STALE
    assert sum(a != b for a, b in curves) <= 2, STALE


def test_entries_said_to_be_the_same_are():
    pairs = {(a, b) for a, fields in STORED.items() for b in fields["same"]}
    assert {(b, a) for a, b in pairs} == pairs
    few = sorted(p for p in pairs if p[0] < p[1])[:: 1 if FULL else 17]
    assert [(a, b) for a, b in few if difference(entries()[a], entries()[b]) is not None] == []
    assert "silu" in STORED["swish"]["same"]


def test_no_spelling_is_claimed_twice():
    claimed = [plain(s) for name, fields in STORED.items() for s in {plain(x) for x in (name, *fields["aliases"])}]
    assert len(claimed) == len(set(claimed))


# ---- finding --------------------------------------------------------------------------------------------------------


def test_finding_by_facts_is_what_the_facts_say():
    found = nl.find(kind="elementwise", core=True, bounded=True, smooth=True)
    wanted = [n for n, e in entries().items() if isinstance(e, nl.Activation) and e.record.core]
    assert found.names == [n for n in wanted if nl.get(n).facts.bounded and nl.get(n).facts.smooth]
    assert nl.tanh in found
    assert nl.relu not in found


def test_finding_by_year_text_cost_and_order():
    assert "elu" in nl.find(year=2016).names
    years = [c.year for c in nl.find(year=(2015, None), sort="year").cards]
    assert years == sorted(years)
    assert min(years) >= 2015
    assert "mish" in nl.find(text="self regularized").names
    assert set(nl.find(cost="comparisons", core=True, family="rectified").names) >= {"relu", "relu6", "leaky_relu"}
    assert nl.find(sort="core").cards[0].core
    assert {c.cost for c in nl.find().cards} <= set(COSTS)


def test_a_table_of_what_was_found_is_shown():
    found = nl.find(text="leaky relu", core=True)
    assert repr(found).splitlines()[0].startswith("leaky_relu")
    assert found[:1].names == found.names[:1]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"family": "gatted"}, "no family 'gatted'; did you mean 'gated'? families: adaptive"),
        ({"bouned": True}, "no fact 'bouned'; did you mean 'bounded'? facts: bounded, "),
        ({"cost": "cheap"}, "no cost 'cheap'; costs: comparisons, "),
        ({"sort": "age"}, f"no order 'age'; orders: {', '.join(SORTS)}"),
        ({"bounded": 1}, "bounded is true or false, got 1; write bounded=True or bounded=False"),
        ({"core": "yes"}, "core is true or false, got 'yes'"),
        ({"year": "2017"}, "year must be a whole number or two, (first, last), got '2017'"),
        ({"text": 3}, "text must be a text, got int"),
        ({"family": "sigmoidal", "even": True, "odd": True}, "none has even=True; leave out"),
        ({"odd": True, "text": "no such words"}, "none has text='no such words'; leave out or change that filter"),
        ({"year": 1800}, "entries none has year=1800"),
    ],
)
def test_a_filter_that_cannot_be_is_told_in_a_sentence(given, sentence):
    with pytest.raises(errors.InputError) as told:
        nl.find(**given)
    assert sentence in str(told.value)


def test_every_fact_is_true_of_some_entry_and_false_of_another():
    values = {name: {c.facts.get(name) for c in cards().values()} for name in fact_names()}
    assert [name for name, seen in values.items() if not {True, False} <= seen] == []


# ---- speed ----------------------------------------------------------------------------------------------------------

TIMED = "import time; t = time.process_time()\n{}\nprint(time.process_time() - t)"


@pytest.mark.parametrize(
    "statement",
    [
        "import nonlin as nl; nl.find(bounded=True, smooth=True).names",
        "import nonlin as nl; nl.names()",
        "import nonlin as nl\ntry: nl.get('gelo')\nexcept KeyError as error: assert 'gelu' in str(error)",
        "from nonlin.cli import main; main(['list'], standalone_mode=False)",
    ],
)
def test_finding_takes_less_than_three_tenths_of_a_second(statement):
    """Processor time, the best of three fresh processes: the machine may be busy."""
    runs = [subprocess.run([sys.executable, "-c", TIMED.format(statement)], capture_output=True, text=True, check=True)
            for _ in range(3)]  # fmt: skip
    assert min(float(run.stdout.splitlines()[-1]) for run in runs) < 0.3


def test_finding_loads_no_entry_and_no_numpy():
    code = (
        "import sys, nonlin as nl; nl.find(bounded=True).names; nl.names(); dir(nl)\n"
        "print([m for m in sys.modules if m == 'numpy' or m.startswith('nonlin.catalogue.') and '._' not in m])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# ---- the page -------------------------------------------------------------------------------------------------------


def test_the_page_of_the_catalogue_is_that_of_the_index():
    """If this fails, run python tools/catalogue_page.py."""
    root = Path(__file__).parent.parent
    spec = importlib.util.spec_from_file_location("catalogue_page", root / "tools" / "catalogue_page.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(tool.left_out())
    assert len(tool.left_out()) > 10
