"""The tree: made once, read back from text, records, JSON and pickle; damaged storage is refused."""

import copy
import gc
import json
import math
import pickle
import threading
from functools import reduce
from math import isfinite

import hypothesis.strategies as st
import pytest
from hypothesis import assume, example, given, settings

import nonlin as nl
from nonlin.core import Activation
from nonlin.errors import FormulaError
from nonlin.formula import MAX_EXPONENT, MAX_SIZE, parse
from nonlin.ops import exp, softplus, tanh, where
from nonlin.ops.evaluate import number
from nonlin.stored import from_json
from nonlin.tree import (
    LONGEST,
    ONE,
    WORDS,
    ZERO,
    Node,
    Word,
    constant,
    differentiate,
    from_records,
    order,
    substitute,
    symbol,
    symbols,
    to_records,
)
from sample import sample

x, a = symbol("x"), symbol("a")
ELEMENTWISE = sample(Activation)
CONDITIONS = [w for w in WORDS.values() if w.condition]
FUNCTIONS = [w for w in WORDS.values() if not (w.condition or w.over_axis or w.name == "where")]

# ---- made once ------------------------------------------------------------------------------------------------------


def test_equal_trees_are_one_object() -> None:
    assert x * tanh(softplus(x)) is symbol("x") * tanh(softplus(symbol("x")))
    assert constant(0.1) is constant(0.1)
    assert constant(0.0) is not constant(-0.0)
    assert symbol("x") is not symbol("y")


def test_neutral_elements_vanish_and_nothing_else_is_rewritten() -> None:
    assert x + 0 is 0 + x is x - 0 is x * 1 is 1 * x is x / 1 is x**1 is WORDS["negative"](-x) is x
    assert x * 0 is 0 * x is 0 / x is ZERO
    assert x**0 is ONE
    assert where(x > 0, a, a) is a
    assert str(x + x - a * 2 * x) == "x + x - a*2*x"


def test_unused_trees_are_forgotten() -> None:
    from nonlin.tree import _made

    before = len(_made)
    kept = [exp(x + k) for k in range(1000, 1100)]
    assert len(_made) > before + 100
    del kept
    gc.collect()
    assert len(_made) <= before + 1


def test_trees_made_in_many_threads_are_one() -> None:
    made: list[Node] = []
    threads = [threading.Thread(target=lambda: made.append(_tower(200))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1


def _tower(height: int) -> Node:
    return reduce(lambda u, k: tanh(u + k), range(1, height), x)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_copies_of_a_tree_are_the_tree(way) -> None:
    tree = where(x > 0, x, a * exp(x))
    assert way(tree) is tree


def test_symbols_and_substitution() -> None:
    tree = where(x > a, x, a * exp(x))
    assert symbols(tree) == ("x", "a")
    assert substitute(tree, {"a": ONE}) is where(x > 1, x, exp(x))


@pytest.mark.parametrize("name", ["pi", "e", "", "1x", "a b", "x.y"])
def test_names_that_cannot_be_symbols(name: str) -> None:
    with pytest.raises(
        FormulaError, match="cannot name an input or a parameter; use an identifier other than pi and e"
    ):
        symbol(name)


# ---- any depth ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def deep() -> Node:
    return _tower(20_000)


def test_deep_trees_are_stored_and_read(deep: Node) -> None:
    assert from_records(to_records(deep)) is deep
    assert pickle.loads(pickle.dumps(deep)) is deep


def test_deep_trees_are_differentiated(deep: Node) -> None:
    assert len(order(differentiate(deep, "x"))) > 20_000


def test_deep_trees_are_written_out() -> None:
    assert str(_tower(1000)).count("tanh") == 999


def test_shared_parts_stay_shared() -> None:
    doubled = reduce(lambda u, _: u * u, range(200), x)
    assert len(to_records(doubled)) == 201
    assert from_records(to_records(doubled)) is doubled


def test_the_text_of_a_tree_with_shared_parts_stays_bounded() -> None:
    doubled = reduce(lambda u, _: tanh(u) * u, range(200), x)
    assert len(str(doubled)) <= LONGEST
    with pytest.raises(FormulaError, match=r"^the comparison .* cannot be used as a number"):
        exp(doubled > 0)


# ---- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("derived", ["", "derivative", "derivative.derivative"])
def test_the_text_of_every_entry_and_derivative_is_read_back(name: str, derived: str) -> None:
    act = reduce(getattr, derived.split(".") if derived else [], ELEMENTWISE[name])
    assert parse(act.text) is act.expression.formula
    assert parse(str(act.expression.stable)) is act.expression.stable


@pytest.mark.parametrize(("name", "parameter"), [(n, p) for n, v in ELEMENTWISE.items() for p in v.parameters])
def test_the_text_of_every_partial_is_read_back(name: str, parameter: str) -> None:
    tree = ELEMENTWISE[name].partial(parameter).expression.formula
    assert parse(str(tree)) is tree


def _sound(tree: Node) -> Node:
    """The tree, or x where it is a number that no formula can hold."""
    value = number(tree)
    return tree if value is None or isfinite(value) else x


def _applied(word: Word, arguments: list[Node]) -> Node:
    if word.name == "divide" and number(arguments[1]) == 0:
        return arguments[0]
    if word.name == "power" and abs(number(arguments[1]) or 0) > MAX_EXPONENT:
        return arguments[0]
    return _sound(word(*arguments))


def _words_of(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    plain = st.sampled_from(FUNCTIONS).flatmap(
        lambda w: st.lists(inner, min_size=w.arity, max_size=w.arity).map(lambda nodes: _applied(w, nodes))
    )
    choice = st.tuples(st.sampled_from(CONDITIONS), inner, inner, inner, inner).map(
        lambda t: _sound(where(t[0](t[1], t[2]), t[3], t[4]))
    )
    return plain | choice


_floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e22, 5e-324]
)
_leaves = st.sampled_from([x, a, symbol("beta_2"), symbol("relu"), constant("pi"), constant("e")]) | _floats.map(
    constant
)
trees = st.recursive(_leaves, _words_of, max_leaves=15)


@given(trees)
@settings(max_examples=300, deadline=None)
@example(-(x**2))
@example((-x) ** 2)
@example(constant(-2.0) ** x)
@example(constant(-0.0) ** x)
@example(x - -a)
@example(x ** (a**x))
@example((x**a) ** x)
@example(x / (a / x))
@example(-(x * a))
def test_the_text_of_any_tree_is_read_back(tree: Node) -> None:
    text = str(tree)
    assume(len(text) < MAX_SIZE)
    assert parse(text) is tree


@given(trees)
@settings(max_examples=150, deadline=None)
def test_any_tree_is_stored_and_read_back(tree: Node) -> None:
    assert from_records(json.loads(json.dumps(to_records(tree)))) is tree
    assert pickle.loads(pickle.dumps(tree)) is tree


@given(trees)
@settings(max_examples=150, deadline=None)
def test_the_derivative_of_any_tree_is_a_tree_that_can_be_stored(tree: Node) -> None:
    slope = differentiate(tree, "x")
    assert from_records(to_records(slope)) is slope


# ---- words refuse what they cannot take -----------------------------------------------------------------------------


@pytest.mark.parametrize(("wrong", "sentence"), [
    (lambda: exp(x, a), "exp takes 1 argument(s), got 2"),
    (lambda: exp("x"), "a formula is made of numbers, words and its arguments, got 'x'"),
    (lambda: exp(x > 0), "the comparison x > 0 cannot be used as a number; write where(x > 0, 1, 0)"),
    (lambda: where(x, 1, 0), "the first argument of where must be a comparison such as x > 0 or equal(x, 0), got x"),
    (lambda: constant(float("nan")), "the number nan in the formula is not finite; constants must be finite"),
    (lambda: bool(x > 0), "x > 0 has no truth value while a formula is traced"),
    (lambda: float(x), "x is part of a formula, not a number"),
])  # fmt: skip
def test_words_refuse_what_they_cannot_take(wrong, sentence: str) -> None:
    with pytest.raises(FormulaError) as refusal:
        wrong()
    assert sentence in str(refusal.value)


# ---- damaged storage ------------------------------------------------------------------------------------------------

DAMAGED_RECORDS = [
    [], [[]], [["exp"]], [["exp", 0]], [["symbol", "x"], ["exp", 1]], [["symbol", "x"], ["exp", -1]],
    [["symbol", "x"], ["exp", 0.0]],
    [["symbol", "x"], ["exp", True]], [["symbol", "x"], ["exp", 0, 0]], [["symbol", "x"], ["system", 0]],
    [["symbol", 3]],
    [["symbol"]], [["symbol", None]], [["symbol", ["x"]]], [["symbol", "x y"]], [["constant", "inf"]],
    [["constant", None]],
    [["constant", 10**400]], [["constant", {}]], [["constant", "tau"]], [3], ["ab"], None, 3, [[["symbol"], "x"]],
    {"symbol": "x"},
    [["symbol", "x"], ["greater", 0, 0], ["exp", 1]], [["symbol", "x"], ["where", 0, 0, 0]],
    [["constant", float("nan")]],
]  # fmt: skip


@pytest.mark.parametrize("records", DAMAGED_RECORDS, ids=repr)
def test_damaged_records_are_refused(records) -> None:
    with pytest.raises(FormulaError):
        from_records(records)


STORED = json.loads(nl.elu.to_json())
DAMAGED_FIELDS = [
    ("nonlin", 2), ("nonlin", None), ("name", None), ("name", 3), ("formula", [["symbol", "z"]]), ("formula", None),
    ("formula", []),
    ("formula", [["symbol", "x"], ["constant", 0], ["greater", 0, 1]]), ("stable", [["symbol", "z"]]), ("stable", None),
    ("formula", [["symbol", "x"], ["row_max", 0]]), ("stable", [["symbol", "x"], ["log_softmax", 0]]),
    ("known", None), ("known", {"x": 3}), ("known", {"x": [["symbol", "z"]]}), ("known", {"z": [["symbol", "x"]]}),
    ("known", []),
    ("parameters", None), ("parameters", {}), ("parameters", {"alpha": None}), ("parameters", {"alpha": {}}),
    ("parameters", {"alpha": {"default": "1"}}), ("parameters", {"alpha": {"default": None}}),
    ("parameters", {"alpha": {"default": 1.0, "low": [1]}}), ("parameters", {"alpha": {"default": 1.0, "low": "beta"}}),
    ("parameters", {"alpha": {"default": 1.0, "odd": 1}}), ("parameters", {"alpha": {"default": 1.0, "high": None}}),
    ("record", None), ("record", {"odd": 1}), ("record", {**STORED["record"], "source": {"odd": 1}}),
    ("record", {**STORED["record"], "summary": 3}), ("record", {**STORED["record"], "aliases": 3}),
    ("from_output", 3), ("from_output", [["symbol", "z"]]), ("from_output", {}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), DAMAGED_FIELDS, ids=repr)
def test_a_damaged_field_is_refused(field: str, value: object) -> None:
    with pytest.raises(FormulaError):
        from_json(json.dumps({**STORED, field: value}))


@pytest.mark.parametrize("field", STORED)
def test_a_missing_field_is_refused(field: str) -> None:
    with pytest.raises(FormulaError):
        from_json(json.dumps({k: v for k, v in STORED.items() if k != field}))


@pytest.mark.parametrize(
    "text", ["", "{", "null", "3", "[]", "{}", "[" * 100_000, '{"nonlin": 1}', None, b"\xff", 3, "9" * 5000]
)
def test_other_texts_are_refused(text) -> None:
    with pytest.raises(FormulaError, match="this is not a stored activation"):
        from_json(text)


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_damaged_json_is_read_or_refused(data: st.DataObject) -> None:
    text = nl.elu.to_json()
    place = data.draw(st.integers(0, len(text) - 1))
    piece = data.draw(
        st.sampled_from(["", "0", "-1", "1e999", "null", '"', "[]", "{}", ",", "x", "pi", "99", "NaN", "true"])
    )
    cut = data.draw(st.integers(1, 12))
    try:
        act = from_json(text[:place] + piece + text[place + cut :])
    except FormulaError:
        return
    assert isinstance(act, Activation)
    assert act == from_json(act.to_json())
    repr(act)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["x", "symbol", "constant", "exp", "pi", "alpha"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["default", "low", "x", "alpha"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(list(STORED)), _json)
@settings(max_examples=250, deadline=None)
def test_any_json_in_a_field_is_read_or_refused(field: str, value: object) -> None:
    try:
        act = from_json(json.dumps({**STORED, field: value}))
    except FormulaError:
        return
    act(0.5)
    repr(act)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("x/sqrt(1 + x**2)", -1.0, 1.0),  # the square overflows far out
        ("(x + sqrt(x**2 + 4))/2", 0.0, math.inf),
        ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", -1.0, 1.0),
        ("log(abs(x))*sign(x)", -math.inf, math.inf),
        ("sin(x)/x", 0.0, 0.0),
        ("x*cos(x)", math.nan, math.nan),
        ("x - floor(x)", math.nan, math.nan),  # far out float64 knows whole numbers only
        ("cos(x)", math.nan, math.nan),
    ],
)
@pytest.mark.filterwarnings("ignore:.*undefined")
def test_limits_of_a_users_formula(text, low, high):
    assert nl.define(text).expression.limits() == pytest.approx((low, high), nan_ok=True)


def test_the_slope_of_a_plain_logistic_vanishes_where_it_overflows():
    assert nl.define("1/(1 + exp(-x))").derivative([-800.0, -1e300]).tolist() == [0.0, 0.0]
