"""Sources as BibTeX."""

import re

import pytest

import nonlin as nl
from nonlin import errors
from nonlin.catalogue import entries


def test_every_entry_can_be_cited_and_braces_match():
    text = nl.cite(*entries())
    assert text.count("{") == text.count("}")
    named = {n for note in re.findall(r"note = \{nonlin: (.*?)\}", text.replace("\\_", "_")) for n in note.split(", ")}
    assert named == set(entries())


def test_keys_are_unique():
    keys = re.findall(r"@misc\{(.*?),", nl.cite(*entries()))
    assert len(keys) == len(set(keys))


def test_authors_are_joined_as_bibtex_wants_them():
    assert "author = {Clevert and Unterthiner and Hochreiter}," in nl.cite("elu")


@pytest.mark.parametrize(
    ("names", "sentence"),
    [((), "cite needs the name of an entry"), (("x*tanh(x)",), "has no source to cite"), (("gelo",), "did you mean")],
)
def test_what_cannot_be_cited_is_told(names, sentence):
    with pytest.raises(errors.NonlinError, match=sentence):
        nl.cite(*names)
