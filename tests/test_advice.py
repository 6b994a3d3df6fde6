"""Advice: every rule is reached, names what exists, and says who found it."""

from itertools import product

import pytest

import nonlin as nl
from nonlin import errors
from nonlin.advice.rules import RULES, SITUATIONS

HIDDEN = [
    dict(zip(("network", "depth", "normalisation", "deploy"), values, strict=True))
    for values in product(
        (None, *SITUATIONS["network"]),
        (None, 2, 50),
        (None, *SITUATIONS["normalisation"]),
        (None, *SITUATIONS["deploy"]),
    )
]
OUTPUT = [{"task": "output", "target": target} for target in SITUATIONS["target"]]
ALL = [nl.recommend(**situation) for situation in (*HIDDEN, *OUTPUT)]


def test_every_rule_is_reached_by_some_situation():
    told = {r.why for a in ALL for r in (a.first, *a.alternatives, *a.avoid, *a.remarks)}
    assert [rule.what for rule in RULES if rule.why not in told] == []


def test_what_is_recommended_is_an_entry():
    assert {r.what for a in ALL for r in (a.first, *a.alternatives)} <= set(nl.names())


def test_nothing_is_advised_twice_or_against_itself():
    for advice in ALL:
        names = [advice.first.what, *(r.what for r in advice.alternatives)]
        assert len(names) == len(set(names))
        assert not set(names) & {r.what for r in advice.avoid}


def test_every_source_can_be_cited():
    sources = {rule.source for rule in RULES if rule.source}
    assert [s for s in sources if not (s.authors and s.title and s.checked and (s.arxiv or s.doi or s.venue))] == []


@pytest.mark.parametrize(
    ("situation", "first", "warning"),
    [
        ({"network": "transformer"}, "gelu", "sigmoid in deep plain layers"),
        ({"network": "cnn"}, "relu", "sigmoid in deep plain layers"),
        ({"network": "cnn", "deploy": "int8"}, "relu6", "exact exponentials on integer hardware"),
        ({"network": "cnn", "deploy": "edge"}, "hard_swish", "sigmoid in deep plain layers"),
        ({"network": "mlp", "depth": 20, "normalisation": "none"}, "selu", "relu in deep and narrow networks"),
        ({"network": "rnn"}, "tanh", "relu in a plain recurrent network with ordinary weights"),
        ({"task": "output", "target": "binary"}, "sigmoid", "softmax on one unit"),
        ({"task": "output", "target": "classes"}, "softmax", "softmax before a loss that applies it"),
        ({"task": "output", "target": "regression"}, "identity", "relu on a regression output"),
    ],
)
def test_what_people_ask_for(situation, first, warning):
    advice = nl.recommend(**situation)
    assert advice.first.what == first
    assert warning in [r.what for r in advice.avoid]
    assert f"first choice:\n  {first}: " in str(advice)


def test_it_is_said_when_the_choice_hardly_matters():
    assert "the choice hardly matters" in [r.what for r in nl.recommend(network="cnn").remarks]
    assert "the choice hardly matters" not in [r.what for r in nl.recommend(network="rnn").remarks]


def test_the_reasons_that_need_no_source_are_true():
    with pytest.warns(UserWarning, match="length 1"):
        assert nl.softmax([3.7]).tolist() == [1.0]
    assert nl.relu.derivative(-1.0) == nl.hard_tanh.derivative(1.5) == 0
    assert abs(nl.softmax([2.0, 0.5])[0] - nl.sigmoid(1.5)) < 1e-15


@pytest.mark.parametrize(
    ("situation", "sentence"),
    [
        ({"task": "hiden"}, "no task 'hiden'; did you mean 'hidden'? there are hidden, output"),
        ({"network": "gnn"}, "no network 'gnn'; did you mean 'rnn'? there are mlp"),
        ({"task": "output"}, "task='output' needs a target: binary, "),
        ({"task": "output", "target": "binary", "depth": 3}, "depth says nothing about task='output'"),
        ({"target": "binary"}, "target says nothing about task='hidden'"),
        ({"depth": 0}, "depth must be a whole number of layers from 1 on, got 0"),
        ({"depth": True}, "depth must be a whole number of layers from 1 on, got True"),
        ({"deploy": 8}, "no deploy 8; there are int8, edge"),
    ],
)
def test_a_situation_that_cannot_be_is_told(situation, sentence):
    with pytest.raises(errors.InputError) as told:
        nl.recommend(**situation)
    assert sentence in str(told.value)
