"""The parser: what is read, what is refused and how, and that nothing else can happen."""

import string
import time

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from nonlin import ops
from nonlin.catalogue import entries
from nonlin.core import Activation
from nonlin.errors import FormulaError
from nonlin.formula import MAX_DEPTH, MAX_LENGTH, SYNONYMS, define, parse
from nonlin.ops import evaluate, less, log, minimum, sigmoid, sin, where
from nonlin.ops import numpy as numpy_words
from nonlin.tree import WORDS, Node, constant, symbol
from sample import sample

x, a, b, c = map(symbol, "xabc")
pi, e = constant("pi"), constant("e")

READ = {
    # numbers and names
    "7": constant(7.0), ".5": constant(0.5), "5.": constant(5.0), "1e-3": constant(0.001), "2.5E+2": constant(250.0),
    "pi": pi, "π": pi, "e": e, "x1": symbol("x1"), "alpha_2": symbol("alpha_2"), "β": symbol("β"),
    "-0.0": constant(-0.0),
    # precedence, as in Python
    "-x^2": -(x**2), "-a*b": (-a) * b, "2^-1*x": constant(2.0) ** -1 * x, "a-b-c": (a - b) - c, "a/b/c": (a / b) / c,
    "a^b^c": a ** (b**c), "a**b**c": a ** (b**c), "a*-b": a * -b, "--x": x, "+x": x, "-(-x)": x, "a - -b": a - -b,
    "a^-b^c": a ** -(b**c), "(-x)^2": (-x) ** 2, "a+b*c": a + b * c, "(a+b)*c": (a + b) * c,
    # products without a sign
    "2x": 2 * x, "2 sin(x)": 2 * sin(x), "2(x+1)": 2 * (x + 1), "(x+1)(x-1)": (x + 1) * (x - 1), "x(x+1)": x * (x + 1),
    "a x": a * x, "2 pi x": 2 * pi * x, "pi(x)": pi * x, "e(x)": e * x, "2e": 2 * e, "2e3x": 2000 * x,
    "2ex": 2 * symbol("ex"),
    "2x^2": 2 * x**2, "x^2 sin(x)": x**2 * sin(x), "-2x": -2 * x, "x^2(x+1)": x**2 * (x + 1), "2x/3": 2 * x / 3,
    "e^-x": e**-x, "x sin(x) x": x * sin(x) * x, "e^2 x": e**2 * x,
    # absolute values
    "|x|": abs(x), "||x|-1|": abs(abs(x) - 1), "|x+|x||": abs(x + abs(x)), "2|x|": 2 * abs(x), "|x|x": abs(x) * x,
    "|2(|x|)|": abs(2 * abs(x)), "sin(|x|)": sin(abs(x)), "|a|*|b|": abs(a) * abs(b), "|-|x||": abs(-abs(x)),
    # choices
    "where(x>0, a, b)": where(x > 0, a, b), "a if x>0 else b": where(x > 0, a, b),
    "a if x>1 else b if x>0 else c": where(x > 1, a, where(x > 0, b, c)),
    "(a if x<=0 else b) + c": where(x <= 0, a, b) + c,
    "where(0 < x < 1, a, b)": where(less(0, x), where(x < 1, a, b), b),
    "where(x>=0 and a<b, b, c)": where(x >= 0, where(a < b, b, c), c),
    "where(x<0 or a<b, b, c)": where(x < 0, b, where(a < b, b, c)),
    "where(not x>0, a, b)": where(x > 0, b, a),
    "where(x == 0, a, b)": where(ops.equal(x, 0), a, b), "where(x != 0, a, b)": where(ops.equal(x, 0), b, a),
    "where((x > 0), a, b)": where(x > 0, a, b), "where(greater(x, 0), a, b)": where(x > 0, a, b),
    "where(x > 0 or x < -1 and a > 0, b, c)": where(x > 0, b, where(x < -1, where(a > 0, b, c), c)),
    # signs of other keyboards
    "2·x": 2 * x, "2×x": 2 * x, "x − 1": x - 1, "x²": x**2, "x³+1": x**3 + 1, "x²x": x**2 * x,
    "where(x≤0,a,b)": where(x <= 0, a, b),
    # functions
    "ln(x)": log(x), "min(x, 0)": minimum(x, 0), "sin (x)": sin(x), "sigmoid(x,)": sigmoid(x), "negative(x)": -x,
    "add(x, 1)": x + 1,
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_text_is_read_as_the_tree(text: str) -> None:
    assert parse(text) is READ[text]


@pytest.mark.parametrize(("text", "same"), [
    ("relu(x)", "maximum(x, 0)"), ("elu(x, alpha=0.5)", "where(x > 0, x, 0.5*expm1(x))"),
    ("swish(x, beta=2)", "x*sigmoid(2*x)"),
    ("swish(x, beta=a)", "x*sigmoid(a*x)"), ("LeakyReLU(2x)", "leaky_relu(2*x)"), ("softplus(x)", "log1p(exp(x))"),
    ("softplus(x, beta=2)", "log1p(exp(2*x))/2"), ("relu(x) + 0.5*tanh(x)", "max(x, 0) + tanh(x)/2"),
    ("gelu(x)", "x*normcdf(x)"),
    ("elu(x, alpha=1/2)", "elu(x, alpha=0.5)"), ("silu(silu(x))", "x*sigmoid(x)*sigmoid(x*sigmoid(x))"),
])  # fmt: skip
def test_catalogue_entries_are_functions(text: str, same: str) -> None:
    at = np.linspace(-5, 5, 41)
    first, second = (_value(t, x=at, a=0.7) for t in (text, same))
    np.testing.assert_allclose(first, second, rtol=1e-13, atol=1e-300)


def _value(text: str, **values: object) -> object:
    with np.errstate(all="ignore"):
        return evaluate.evaluate(parse(text), numpy_words, values)


@pytest.mark.parametrize("short", SYNONYMS)
def test_synonyms_name_words_and_are_not_words(short: str) -> None:
    assert SYNONYMS[short] in WORDS
    assert short not in WORDS


def test_a_word_goes_before_an_entry_of_its_name() -> None:
    assert parse("softplus(x)") is WORDS["softplus"](x)


@pytest.mark.filterwarnings("ignore::nonlin.errors.NonlinWarning")
@pytest.mark.parametrize("name", sample(Activation))
def test_every_elementwise_entry_and_alias_can_be_called(name: str) -> None:
    spellings = [
        name,
        *(s for s in entries()[name].aliases if s.isidentifier() and s not in WORDS and s not in SYNONYMS),
    ]
    trees = {define(f"0.5 + {spelling}(x)").expression.stable for spelling in spellings}
    assert len(trees) == 1


# ---- refusals -------------------------------------------------------------------------------------------------------

REFUSED = {
    # text: (message, the place of the caret)
    "sigmod(x)": ("no function 'sigmod'; did you mean 'sigmoid'? nonlin.names() lists them, and a product needs *", 0),
    "1 + f(x)": ("no function 'f'; nonlin.names() lists them, and a product needs *", 4),
    "__import__('os')": ("no function '__import__'; nonlin.names() lists them, and a product needs *", 0),
    "(x": ("this bracket is not closed; add )", 0),
    "2*sin(x": ("this bracket is not closed; add )", 5),
    "1 + |x": ("this | is not closed; add |", 4),
    "x)": ("this bracket closes nothing; remove it, or open one before", 1),
    "(x + )": ("a value is missing before )", 5),
    "()": ("a value is missing before )", 1),
    "(x, 1)": (") is missing before ,", 2),
    "x +": ("a value is missing before the end", 3),
    "* x": ("a value is missing before *", 0),
    "x // 2": ("a value is missing before /", 3),
    "x 2": ("an operator is missing before 2", 2),
    "x, 1": ("an operator is missing before ,", 1),
    "1.2.3": ("an operator is missing before .3", 3),
    "x.real": ("a formula has no attributes; its names stand alone: write exp(x), not np.exp(x)", 1),
    "np.exp(x)": ("a formula has no attributes; its names stand alone: write exp(x), not np.exp(x)", 2),
    "lambda x: x": ("lambda is not part of a formula; use finite numbers, x, functions and parameters", 0),
    "x + None": ("None is not part of a formula; use finite numbers, x, functions and parameters", 4),
    "nan*x": ("nan is not part of a formula; use finite numbers, x, functions and parameters", 0),
    "x*Inf": ("Inf is not part of a formula; use finite numbers, x, functions and parameters", 2),
    "'x'": ("a formula has no text in quotes; write names and numbers alone", 0),
    '"x"': ("a formula has no text in quotes; write names and numbers alone", 0),
    "[x]": ("a formula has no lists and no indexing; use round brackets", 0),
    "x[0]": ("a formula has no lists and no indexing; use round brackets", 1),
    "{x}": ("a formula has no braces; use round brackets", 0),
    "x = 3": ("= gives a parameter, and only in a function's bracket, as in elu(x, alpha=2); write == to compare", 2),
    "x; 1": ("';' is not part of a formula; remove it", 1),
    "x % 2": ("a formula has no remainder; use floor", 2),
    "x!": ("a formula has no factorial; != compares", 1),
    "x\x1b": ("'\\x1b' is not part of a formula; remove it", 1),
    "": ("the formula is empty; write one such as x*tanh(x)", None),
    " \n ": ("the formula is empty; write one such as x*tanh(x)", None),
    "x" * 10**6: ("the formula has 1000000 characters; at most 10000 are read", None),
    "9**9**9**9": ("the exponent is 3.8742e+08; at most 1000 is allowed", 4),
    "x^1e6": ("the exponent is 1e+06; at most 1000 is allowed", 1),
    "x^-1001": ("the exponent is -1001; at most 1000 is allowed", 1),
    "10^400*x": ("this part of the formula is inf, not a finite number", 2),
    "1e400*x": ("the number 1e400 is beyond the range of float64", 0),
    "1e-400*x": ("the number 1e-400 is beyond the range of float64", 0),
    "exp(1000) x": ("this part of the formula is inf, not a finite number", 0),
    "sqrt(-1)*x": ("this part of the formula is nan, not a finite number", 0),
    "exponential(1000)*x": ("this part of the formula is inf, not a finite number", 0),
    "where(1 > 0, log(0), x)": ("this part of the formula is -inf, not a finite number", 13),
    "x/0": ("division by zero; divide by something that is not always 0", 1),
    "x/(1-1)": ("division by zero; divide by something that is not always 0", 1),
    "0/0": ("division by zero; divide by something that is not always 0", 1),
    "1/2x": ("this can be read in two ways; write (1/2)*x or 1/(2*x), and e^2*x or e^(2*x)", 3),
    "x/2(x)": ("this can be read in two ways; write (1/2)*x or 1/(2*x), and e^2*x or e^(2*x)", 3),
    "-e^-2x": ("this can be read in two ways; write (1/2)*x or 1/(2*x), and e^2*x or e^(2*x)", 5),
    "x > 0": ("a comparison is not a number; choose numbers with it: where(x > 0, 1, 0)", 2),
    "(x > 0)*x": ("a comparison is not a number; choose numbers with it: where(x > 0, 1, 0)", 3),
    "min(x > 0, 1)": ("a comparison is not a number; choose numbers with it: where(x > 0, 1, 0)", 6),
    "elu(x, alpha=x>0)": ("a comparison is not a number; choose numbers with it: where(x > 0, 1, 0)", 14),
    "where(x, 1, 2)": ("where needs a comparison, such as x > 0", 0),
    "1 if x else 2": ("if needs a comparison, such as x > 0", 2),
    "x and x": ("and needs a comparison, such as x > 0", 2),
    "where(not x, 1, 2)": ("not needs a comparison, such as x > 0", 6),
    "where(x > 0, 1)": ("where takes 3 values, got 2; write where(condition, a, b)", 0),
    "where(x = 0, 1, 2)": ("where takes 3 values, got 2 and x=; write where(condition, a, b)", 0),
    "x if x > 0": ("this if has no else; write a if x > 0 else b", 10),
    "x else 1": ("this else has no if; write a if x > 0 else b", 2),
    "cosh(x, 1)": ("cosh takes 1 value, got 2", 0),
    "cosh()": ("cosh takes 1 value, got 0", 0),
    "cosh(x, a=2)": ("cosh takes 1 value, got 1 and a=", 0),
    "softplus(x, 2)": ("softplus takes 1 value, got 2; parameters are given by name: softplus(x, beta=1)", 0),
    "elu(x, 2)": ("elu takes 1 value, got 2; parameters are given by name: elu(x, alpha=1)", 0),
    "elu(x, alpha=-1)": ("elu: alpha must be at least 0, got alpha=-1", 0),
    "elu(x, alpha=1-3)": ("elu: alpha must be at least 0, got alpha=-2", 0),
    "1 + elu(x, beta=x)": ("elu has no parameter 'beta'; its parameters: alpha", 4),
    "elu(x, alpha=1, alpha=2)": ("alpha is given twice; give it once", 16),
    "softmax(x)": ("softmax mixes elements and cannot be part of a formula; call nonlin.softmax", 0),
    "log_softmax(x)": ("log_softmax mixes elements and cannot be part of a formula; call nonlin.log_softmax", 0),
    "swiglu(x)": ("swiglu mixes elements and cannot be part of a formula; call nonlin.swiglu", 0),
    "mish(" * 12 + "x" + ")" * 12: ("the formula has more than 2000 parts when it is written out; shorten it", None),
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=lambda t: repr(t[:40]))
def test_refusals_say_why_and_where(text: str) -> None:
    message, place = REFUSED[text]
    with pytest.raises(FormulaError) as refusal:
        parse(text)
    sentence, *pointer = str(refusal.value).split("\n")
    assert sentence == message
    assert len(pointer) == (0 if place is None else 2)
    if place is not None:
        assert pointer[1] == " " * (4 + place) + "^"
        assert "\x1b" not in pointer[0]


@pytest.mark.parametrize("nested", [
    "(" * 5000, "-" * 5000 + "x", "|" * 5000, "x**" * 3000 + "x", "x if x>0 else " * 600 + "x", "sin(" * 2000,
    "not " * 2000,
    "1+(" * 3000, "where(x>0,1," * 800, "1 if x>0" + " and x>0" * 1000 + " else 2", "1 if " + "0<" * 4000 + "x else 2",
])  # fmt: skip
def test_deep_texts_are_refused(nested: str) -> None:
    with pytest.raises(FormulaError, match=rf"deeper than {MAX_DEPTH} levels|more than {MAX_DEPTH} comparisons"):
        parse(nested)


def test_nesting_within_the_limit_is_read() -> None:
    assert parse("(" * (MAX_DEPTH - 1) + "x" + ")" * (MAX_DEPTH - 1)) is x


def test_the_caret_stays_under_the_place_in_a_long_text() -> None:
    text = "x + " * 200 + "sin(x, 1)" + " + x" * 100
    with pytest.raises(FormulaError) as refusal:
        parse(text)
    _, shown, caret = str(refusal.value).split("\n")
    assert shown[caret.index("^") :].startswith("sin(x, 1)")
    assert len(shown) < 100


@pytest.mark.parametrize("wrong", [None, 3, b"x", ["x"]])
def test_a_formula_is_a_text(wrong: object) -> None:
    with pytest.raises(FormulaError, match="a formula is a text such as 'x\\*tanh\\(x\\)', got"):
        parse(wrong)  # type: ignore[arg-type]


# ---- Python is the oracle for precedence ----------------------------------------------------------------------------

_names = st.sampled_from(["x", "a", "b", "c"])
_python = st.recursive(
    _names,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", " - ", " * "]), inner).map("".join),
        inner.map(lambda t: f"-{t}"),
        inner.map(lambda t: f"({t})"),
        inner.map(lambda t: f"sin({t})"),
        st.tuples(inner, _names, inner).map(lambda t: f"where({t[0]} < {t[1]}, {t[2]}, {t[1]})"),
    ),
    max_leaves=12,
)


@given(_python)
@settings(max_examples=300, deadline=None)
def test_arithmetic_binds_as_in_python(text: str) -> None:
    assert parse(text) is eval(text, {**WORDS, "x": x, "a": a, "b": b, "c": c})  # noqa: S307 - our own text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back_exactly(value: float) -> None:
    assert parse(str(constant(value))) is constant(value)


# ---- whatever comes in ----------------------------------------------------------------------------------------------

_pieces = st.sampled_from([
    *"+-*/^|()<>=,.!%&~@:;[]{}'\"\\#_ \n\t²π·−", "**", "==", "<=", "!=", "x", "a", "pi", "e", "2", "0", "1e3",
    "1e400", ".5",
    "sin", "where", "relu", "elu", "softplus", "softmax", "min", "if", "else", "and", "or", "not", "lambda", "import",
    "alpha=",
    "sin(", "where(x>0,", "(x", "|x", "2x", "__class__", "exec(", "9**9", "x>0", "0<x<1", "\x00", "\ud800", "ﬁ", "①",
    "x²",
    *SYNONYMS, *WORDS, *entries(),
])  # fmt: skip
_soups = st.one_of(
    st.text(max_size=60),
    st.text(string.printable, max_size=60),
    st.lists(_pieces, max_size=40).map("".join),
    st.lists(_pieces, max_size=40).map(" ".join),
    st.tuples(_pieces, st.integers(1, MAX_LENGTH)).map(lambda t: (t[0] * t[1])[: MAX_LENGTH + 1]),
)


@given(_soups)
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.filterwarnings("ignore::nonlin.errors.NonlinWarning")
def test_any_text_is_defined_or_refused_and_soon(text: str) -> None:
    start = time.perf_counter()
    made = _defined_or_none(text)
    assert time.perf_counter() - start < 5
    if made is not None:
        assert isinstance(made.expression.formula, Node)
        assert parse(str(made.expression.formula)) is made.expression.formula


def _defined_or_none(text: str) -> Activation | None:
    try:
        return define(text, a=1.0) if "a" in text else define(text)
    except FormulaError:
        return None


def test_nothing_in_a_text_is_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.open", lambda *_: pytest.fail("opened a file"))
    monkeypatch.setattr("os.system", lambda *_: pytest.fail("ran a command"))
    for text in ("open(x)", "__import__('os').system('true')", "eval(x)", "print(x)", "x.__class__", "exec('1')"):
        with pytest.raises(FormulaError):
            define(text)
