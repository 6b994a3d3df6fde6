"""User activations, from text (`define`) and from Python (`@activation`): what they are, and what is refused."""

import copy
import json
import math
import pickle
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest

import nonlin as nl
from nonlin.errors import FormulaError, NonlinWarning, ParameterError
from nonlin.formula import define
from nonlin.ops import clip, equal, exp, maximum, sqrt, tanh, where
from nonlin.tree import WORDS

HALF = 0.5
GRID = np.linspace(-6, 6, 101)


def gate(u):
    return 1 / (1 + exp(-u))


# ---- from text ------------------------------------------------------------------------------------------------------


def test_a_formula_is_an_activation() -> None:
    made = define("relu(x) + 0.5*tanh(x)", name="relu_tanh")
    np.testing.assert_allclose(made(GRID), np.maximum(GRID, 0) + 0.5 * np.tanh(GRID), rtol=1e-15)
    np.testing.assert_allclose(made.derivative(1.0), 1 + 0.5 / math.cosh(1) ** 2, rtol=1e-15)
    assert (made.name, made.family, made.text) == ("relu_tanh", "user", "maximum(x, 0) + 0.5*tanh(x)")
    assert made.__doc__ == "A user's formula: relu(x) + 0.5*tanh(x)"


def test_without_a_name_it_is_called_by_its_formula() -> None:
    assert define("x  *tanh( x^2 )").name == "x*tanh(x**2)"


def test_names_are_parameters() -> None:
    made = define("x*sigmoid(beta*x)", beta=1.0)
    assert made.defaults == {"beta": 1.0}
    np.testing.assert_array_equal(made(GRID), nl.swish(GRID))
    np.testing.assert_array_equal(made(GRID, beta=2.0), nl.swish(GRID, beta=2.0))
    np.testing.assert_allclose(made.partial("beta")(1.0), nl.sigmoid.derivative(1.0), rtol=1e-15)


def test_a_parameter_may_have_a_domain() -> None:
    made = define("x^2/(x^2 + a)", a=nl.Parameter(1.0, above=0.0))
    with pytest.raises(ParameterError, match=r"a must be greater than 0, got a=-1"):
        made(1.0, a=-1)


def test_a_parameter_may_have_the_name_of_a_function_and_be_a_factor() -> None:
    assert define("tanh(x) + step*x", step=2.0)(0.5) == pytest.approx(math.tanh(0.5) + 1)
    assert define("a(x + x^3)", a=2.0)(2.0) == 20


def test_get_takes_a_formula() -> None:
    assert nl.get("x*tanh(x)") == define("x*tanh(x)")


def test_stable_trees_are_kept_inside_a_formula() -> None:
    made = define("tanhshrink(x) + squareplus(x)^3")
    assert made.expression.stable is not made.expression.formula
    np.testing.assert_allclose(define("3*tanhshrink(x)")(1e-4), 3 * (1e-12 / 3 - 2e-20 / 15), rtol=1e-14)


def test_an_entry_written_out_computes_as_the_entry() -> None:
    made = define("x - tanh(x)")
    assert made == nl.tanhshrink
    assert made.name == "x - tanh(x)"
    np.testing.assert_array_equal(made(GRID * 1e-5), nl.tanhshrink(GRID * 1e-5))
    np.testing.assert_array_equal(made.derivative(GRID * 1e-5), nl.tanhshrink.derivative(GRID * 1e-5))


def test_the_name_of_an_entry_is_free_only_for_that_entry() -> None:
    assert define("maximum(x, 0)", name="ReLU").name == "ReLU"
    with pytest.raises(
        FormulaError, match=r"^the name 'Leaky ReLU' is already taken, by the entry leaky_relu; choose another$"
    ):
        define("x*tanh(x)", name="Leaky ReLU")


DEFINITIONS_REFUSED = {
    "relu": ({}, "relu is a function: write relu(x)"),
    "tanh*x": ({}, "tanh is a function: write tanh(x)"),
    "sin^2(x)": ({}, "sin is a function: write sin(x)"),
    "softmax": ({}, "softmax is a function: write softmax(x)"),
    "3": ({}, "the formula does not contain x"),
    "a + 2": ({"a": 1.0}, "the formula does not contain x"),
    "x*sigmoid(beta*x)": ({}, 'beta has no value; give the parameter a default: define("x*sigmoid(beta*x)", beta=1.0)'),
    "x^n + c*x": ({"n": 2}, 'c has no value; give the parameter a default: define("x^n + c*x", n=2, c=1.0)'),
    "ax": ({}, 'ax has no value; write a*x for a product, or give the parameter a default: define("ax", ax=1.0)'),
    "pix + x^2": ({}, "pix has no value; write pi*x for a product, or give the parameter a default: "
                      'define("pix + x^2", pix=1.0)'),
    "X^2": ({}, "X has no value; did you mean 'x'? give the parameter a default: define(\"X^2\", X=1.0)"),
    "x^2": ({"beta": 1.0}, "the formula has no parameter 'beta'; its parameters: none"),
    "x^2 + alpha x": ({"alhpa": 1.0, "alpha": 1.0},
                      "the formula has no parameter 'alhpa'; did you mean 'alpha'? its parameters: alpha"),
    "x^2 + x": ({"x": 1.0}, "the formula has no parameter 'x'; its parameters: none"),
    "pi*x^2": ({"pi": 3.0}, "the formula has no parameter 'pi'; its parameters: none"),
    "x^2 + 1": ({"name": ""}, "a name must be a text, got ''"),
    "x^2 + 2": ({"name": 1}, "a name must be a text, got 1"),
}  # fmt: skip


@pytest.mark.parametrize("text", DEFINITIONS_REFUSED)
def test_definitions_that_are_refused(text: str) -> None:
    given, sentence = DEFINITIONS_REFUSED[text]
    with pytest.raises(FormulaError) as refusal:
        define(text, **given)
    assert str(refusal.value).split("\n")[0] == sentence


@pytest.mark.parametrize("value", [math.nan, math.inf, "1", None, True])
def test_a_default_is_a_finite_number(value: object) -> None:
    with pytest.raises(ParameterError, match="the default of a must be a finite number or a Parameter, got"):
        define("a*x^2", a=value)  # type: ignore[arg-type]


def test_a_default_lies_in_its_domain() -> None:
    with pytest.raises(ParameterError, match="a must be at least 0, got a=-1"):
        define("a*x^2", a=nl.Parameter(-1.0, low=0.0))


# ---- doubts ---------------------------------------------------------------------------------------------------------

DOUBTS = {
    "0*x + 3": "3 is constant: it does not depend on x",
    "x - x": "x - x is constant: it does not depend on x",
    "sin(x)^2 + cos(x)^2": "sin(x)**2 + cos(x)**2 is constant: it does not depend on x",
    "x": "x is linear: layers joined by it are no more than one layer",
    "2(x+1) - x/3": "2*(x + 1) - x/3 is linear: layers joined by it are no more than one layer",
    "log(x)": "log(x) is undefined for x < 0: there it gives no finite number",
    "log(|x|)": "log(abs(x)) is undefined at x = 0: there it gives no finite number",
    "sqrt(x^2 - 4)": "sqrt(x**2 - 4) is undefined for -2 < x < 2: there it gives no finite number",
    "sqrt(100 - x)": "sqrt(100 - x) is undefined for x > 100: there it gives no finite number",
    "log(4 - x^2)": "log(4 - x**2) is undefined for x < -2 and for x > 2: there it gives no finite number",
    "sin(x)/x": "sin(x)/x is undefined at x = 0: there it gives no finite number",
    "1/(x-2)": "1/(x - 2) is undefined at x = 2: there it gives no finite number",
    "x^0.5": "x**0.5 is undefined for x < 0: there it gives no finite number",
    "x^x": "x**x is undefined for x < 0: there it gives no finite number",
    "sqrt(-1-x^2)": "sqrt(-1 - x**2) is undefined everywhere: there it gives no finite number",
    "log(sin(x))": "log(sin(x)) is undefined for -9.42478 < x < -6.28319 and for -3.14159 < x < 0 and "
                   "for 3.14159 < x < 6.28319 and elsewhere: there it gives no finite number",
    "floor(x)": "floor(x) has gradient zero almost everywhere: a network with it does not learn by its gradient",
    "1 if x > 0 else -1": "where(x > 0, 1, -1) has gradient zero almost everywhere: a network with it does not learn "
                          "by its gradient",
}  # fmt: skip


def test_overflow_inside_a_formula_gives_the_limit() -> None:
    assert define("exp(x)/(1 + exp(x))")([-1000.0, 1000.0, float("inf")]).tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("text", DOUBTS)
def test_doubtful_definitions_warn_once(text: str) -> None:
    with pytest.warns(NonlinWarning) as caught:
        define(text)
    assert [str(w.message) for w in caught] == [DOUBTS[text]]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("text", [
    "tanh(x)", "relu(x)", "exp(x)", "x^2", "|x|", "floor(x) + x", "where(x < 10, x, 10)", "x + 1e-6*sin(x)",
    "x*tanh(softplus(x))",
    "sinh(x)", "clip(x, -0.1, 0.1)", "x*log(1 + x^2)", "where(x > 0, log(x + 1), 0)", "hard_tanh(x)",
])  # fmt: skip
def test_sound_definitions_do_not_warn(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        define(text)


def test_a_definition_takes_milliseconds() -> None:
    define("x*tanh(softplus(x))")
    start = time.perf_counter()
    for k in range(10):
        define(f"x*tanh(softplus({k + 2.5}x))")
    assert (time.perf_counter() - start) / 10 < 0.05


# ---- from Python ----------------------------------------------------------------------------------------------------


def test_module_constants_helpers_closures_and_defaults_work() -> None:
    power = 2

    @nl.activation
    def own(x, a: float = 1.5):
        """Mine."""
        scale = HALF * a
        return where(x > 0, scale * x**power, x * gate(x)) + sum(0.1 * tanh(k * x) for k in range(1, 3))

    by_hand = np.where(GRID > 0, 0.75 * GRID**2, GRID / (1 + np.exp(-GRID))) + 0.1 * (np.tanh(GRID) + np.tanh(2 * GRID))
    np.testing.assert_allclose(own(GRID), by_hand, rtol=1e-13)
    assert (own.name, own.__doc__, own.defaults) == ("own", "Mine.", {"a": 1.5})


def test_catalogue_entries_work_in_a_body() -> None:
    own = nl.activation(lambda x: nl.relu(x) + nl.elu(x, alpha=0.5))
    np.testing.assert_allclose(own(-1.0), 0.5 * math.expm1(-1), rtol=1e-15)
    assert own.name == "<lambda>"


def test_a_loop_over_numbers_and_an_if_on_numbers_work() -> None:
    @nl.activation
    def own(x):
        total = x
        for k in range(3):
            total = maximum(total, k * x - k) if k else total
        return total

    assert own(5.0) == 8


def _refused_bodies():
    def branch(x):
        return x if x > 0 else 0.0

    def statement(x):
        if x > 0:
            return x
        return 0 * x

    def both(x):
        return where((x > 0) and (x < 1), x, 0)

    def chained(x):
        return where(0 < x < 1, x, 0)

    def negated(x):
        return where(not x > 0, x, 0)

    def builtin_max(x):
        return max(x, 0)

    def from_math(x):
        return math.exp(x)

    def from_numpy(x):
        return np.exp(x)

    def numpy_where(x):
        return np.where(x > 0, x, 0)

    def to_float(x):
        return float(x)

    def remainder(x):
        return x % 2

    def whole_division(x):
        return x // 2

    def equality(x):
        return where(x == 0, 1, x)

    def number_condition(x):
        return where(x, 1, 0)

    def truth(x):
        return x + True

    def text(x):
        return x + "1"

    def infinite(x):
        return x * math.inf

    def not_a_number(x):
        return maximum(x, math.nan)

    def huge(x):
        return x * 10**400

    def comparison(x):
        return (x > 0) * x

    def only_comparison(x):
        return x > 0

    def nothing(x):
        exp(x)

    def a_list(x):
        return [x]

    def few_arguments(x):
        return where(x > 0, x)

    def no_default(x, a):
        return x * a

    def no_input():
        return 1.0

    def default_first(a=1.0):
        return a

    def many(*x):
        return x[0]

    def named(x, **options):
        return x

    def keyword_only(x, *, a=1.0):
        return a * x

    no_truth = (
        "has no truth value while a formula is traced: for 'if', 'and', 'or', min, max and chained comparisons use"
    )
    not_number = (
        "x is part of a formula, not a number: use the words of nonlin.ops (where(...), exp, sqrt, ...) in place of"
    )
    comparison_wanted = "the first argument of where must be a comparison such as x > 0 or equal(x, 0), got"
    return [
        (branch, "x > 0 " + no_truth), (statement, "x > 0 " + no_truth), (both, "x > 0 " + no_truth),
        (chained, "x > 0 " + no_truth), (builtin_max, no_truth), (from_math, not_number), (from_numpy, not_number),
        (negated, no_truth), (numpy_where, not_number[2:]), (to_float, not_number), (remainder, not_number),
        (whole_division, not_number), (equality, "comparisons are written x > 0 or equal(x, 0)"),
        (number_condition, comparison_wanted),
        (truth, "a formula is made of numbers, words and its arguments, got True"),
        (text, "a formula is made of numbers, words and its arguments, got '1'"),
        (infinite, "the number inf in the formula is not finite; constants must be finite"),
        (not_a_number, "the number nan in the formula is not finite; constants must be finite"),
        (huge, "a whole number in the formula is beyond the range of float64"),
        (comparison, "the comparison x > 0 cannot be used as a number; write where(x > 0, 1, 0)"),
        (only_comparison, "x > 0"), (nothing, "a formula is made of numbers, words and its arguments, got None"),
        (a_list, "a formula is made of numbers, words and its arguments, got [x]"),
        (few_arguments, "where takes 3 argument(s), got 2"),
        (no_default, "no_default: expected one input and then parameters with defaults, got inputs ['x', 'a']"),
        (no_input, "no_input: expected one input"), (default_first, "default_first: expected one input"),
        (many, "many: argument 'x' must be a plain one, like x or alpha=1.0"),
        (named, "named: argument 'options' must be a plain one"), (keyword_only, "argument 'a' must be a plain one"),
    ]  # fmt: skip


@pytest.mark.parametrize(("body", "sentence"), _refused_bodies(), ids=lambda v: getattr(v, "__name__", ""))
def test_bodies_that_are_refused(body, sentence: str) -> None:
    with pytest.raises(FormulaError) as refusal:
        nl.activation(body)
    assert sentence in str(refusal.value)


def test_a_default_of_a_body_is_a_number() -> None:
    def own(x, a="1"):
        return x

    with pytest.raises(ParameterError, match="the default of a must be a finite number or a Parameter, got '1'"):
        nl.activation(own)


def test_equality_is_compared_by_a_word() -> None:
    own = nl.activation(lambda x: where(equal(x, 0), 1, clip(x, -1, 1)))
    np.testing.assert_array_equal(own([-3.0, 0.0, 0.5]), [-1, 1, 0.5])


# ---- equality, copies, storage --------------------------------------------------------------------------------------


@nl.activation
def bent(x, a=nl.Parameter(1.0, low=0.0)):
    return (sqrt(x**2 + a) - 1) / 2 + x


OWN = [
    bent,
    bent.derivative,
    bent.partial("a"),
    bent.with_parameters(a=2.0),
    define("relu(x) + 0.5*tanh(x)", name="mine"),
    define("where(x > t, squareplus(x), x)", t=nl.Parameter(-0.0, low=-1.0, learnable=True, meaning="where it bends")),
    define("tanhshrink(x) + 1e-300 x"),
]


@pytest.mark.parametrize("act", OWN, ids=lambda a: a.name)
@pytest.mark.parametrize("way", [
    copy.copy, copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a)), lambda a: nl.from_json(a.to_json()),
    lambda a: nl.from_json(json.dumps(json.loads(a.to_json()), indent=1)),
], ids=["copy", "deepcopy", "pickle", "json", "json again"])  # fmt: skip
def test_copies_are_equal_and_compute_alike(act: nl.Activation, way) -> None:
    other = way(act)
    assert other == act
    assert hash(other) == hash(act)
    assert (other.name, other.parameters, other.record) == (act.name, act.parameters, act.record)
    assert other.expression.stable is act.expression.stable
    np.testing.assert_array_equal(other(GRID), act(GRID))
    np.testing.assert_array_equal(other.derivative(GRID), act.derivative(GRID))


def test_equality_is_by_formula_and_defaults() -> None:
    assert define("a*x^2", a=1.0) == define("a * x**2", name="times_a_square", a=1)
    assert define("a*x^2", a=1.0) != define("a*x^2", a=2.0)
    assert define("a*x^2", a=1.0) != define("b*x^2", b=1.0)
    assert define("x^2") != "x**2"
    assert len({define("x^2"), define("x*x"), define("x**2"), define("x²")}) == 2


def test_a_pickle_is_read_in_a_fresh_process() -> None:
    stored = pickle.dumps([*OWN, nl.elu, nl.gelu.derivative])
    code = (
        "import pickle, sys; acts = pickle.loads(sys.stdin.buffer.read()); "
        "print(*(float(a(0.3)).hex() for a in acts)); assert not {'torch', 'jax', 'sympy'} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], input=stored, capture_output=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr.decode()
    assert run.stdout.decode().split() == [float(a(0.3)).hex() for a in [*OWN, nl.elu, nl.gelu.derivative]]


def test_the_words_stay_as_they_are() -> None:
    before = dict(WORDS)
    define("x*tanh(x)", name="where2")
    assert before == WORDS


def test_an_entry_in_a_body_refuses_a_parameter_that_it_does_not_have() -> None:
    def body(x, a=1.0):  # type: ignore[no-untyped-def]
        return nl.elu(x, alhpa=a)

    with pytest.raises(ParameterError, match=r"elu has no parameter 'alhpa'; did you mean 'alpha'\?"):
        nl.activation(body)
