"""Trees that are rounded once on their way to float32, against fractions."""

from fractions import Fraction

import numpy as np
import pytest

import nonlin as nl
from nonlin.kernels import elementwise, printing, single_rounding
from nonlin.kernels.printing import Program

pytestmark = pytest.mark.filterwarnings("ignore::nonlin.errors.NonlinWarning")  # of lines, on purpose
DIGITS = (("x", 24), ("g", 24))


def tree(text):
    return nl.define(text).expression.formula


def checks(text):
    found = single_rounding.rounded_once(tree(text), DIGITS)
    return None if found is None else sorted(str(node) for node in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(x + 3)/6", ["x + 3"]),
        ("clip(x + 3, 0, 6)/6", ["x + 3"]),
        ("clip(x/3, 0, 1)", []),
        ("x*x/3", []),  # 48 digits
        ("x*x*x", ["x*x*x"]),
        ("x*((x + 3)/6)", ["x + 3", "x*((x + 3)/6)"]),
        ("where(x - 1 > 0, x, x/7)", ["x - 1"]),
        ("abs(-x/5)", []),
        ("x/6 + 1/2", None),  # two roundings
        ("(x + 0.1)/6", None),  # a tenth is no float64 number
        ("x/3/3", None),
        ("x/123456789", []),
        ("x/1234567891", None),  # more digits than the proof has room for
        ("exp(x)/6", None),
        ("x/(1 + x)", None),
        ("clip(x/3, 0, 0.1)", None),
        ("where(x/3 > 1, x, 1)", None),  # which of them is not certain
        ("x*x*x*x*x*x*x", None),  # might underflow
        ("x*1e-30*x", None),
    ],
)
def test_what_is_rounded_once(text, expected):
    assert checks(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max(x, 0)", True), ("clip(x, -1, 6)", True), ("where(x > 1, 2, x)", True), ("x - 0.5", True), ("x/3", True),
        ("-abs(x)*3", True), ("clip(x + 1, 0, 6)", True), ("where(x > 0, x*2, x + 1)", True),
        ("x - 0.1", False), ("(x + 3)/6", False), ("exp(x)", False), ("where(x + 1 > 0, x, 0)", False),
        ("clip(1, x/3, 2)", False), ("x + 16777217", False),
    ],
)  # fmt: skip
def test_what_float32_computes_itself(text, expected):
    assert single_rounding.in_float32(tree(text)) is expected


def nearest(value):
    """The float32 number next to a fraction, ties to even."""
    guess = np.float32(float(value))
    around = [guess, np.nextafter(guess, np.float32(np.inf)), np.nextafter(guess, np.float32(-np.inf))]
    return min(around, key=lambda z: (abs(Fraction(float(z)) - value), int(z.view(np.int32)) & 1))


def near_ties(inverse):
    """Inputs whose results are ties of float32, and their neighbours."""
    rng = np.random.default_rng(5)
    ties = [Fraction(2 * int(m) + 1, 1 << 25) * Fraction(2) ** int(e)
            for m, e in zip(rng.integers(1 << 23, 1 << 24, 400), rng.integers(-6, 3, 400), strict=True)]  # fmt: skip
    x = np.array([float(inverse(t)) for t in ties], np.float32)
    return np.concatenate([x, np.nextafter(x, np.float32(9)), -x, np.float32(2.0 ** np.arange(-149, 100))])


@pytest.mark.parametrize(
    ("text", "exact", "inverse"),
    [
        ("(x + 3)/6", lambda x: (x + 3) / 6, lambda y: 6 * y - 3),
        ("(2x + 3)/6", lambda x: (2 * x + 3) / 6, lambda y: 3 * y - Fraction(3, 2)),
        ("(x - 1)/5", lambda x: (x - 1) / 5, lambda y: 5 * y + 1),
        ("max(x, 0) - 0.5", lambda x: max(x, 0) - Fraction(1, 2), lambda y: y + Fraction(1, 2)),
        ("x/7", lambda x: x / 7, lambda y: 7 * y),
    ],
)
def test_ties_are_rounded_to_even_and_their_neighbours_right(text, exact, inverse):
    x = near_ties(inverse)
    computed = elementwise(nl.define(text).expression, ())(x)
    expected = np.array([nearest(exact(Fraction(float(v)))) for v in x])
    np.testing.assert_array_equal(computed, expected)
    assert sum(exact(Fraction(float(v))) * 2**60 % 1 == 0 for v in x) > 100  # many are ties


@pytest.mark.parametrize("g", [1.0, 0.25, 3.0, 0.1, 1 / 3, 1e-30])
def test_products_with_the_incoming_gradient(g):
    x, g = near_ties(lambda y: 3 * y - Fraction(3, 2)), np.float32(g)
    x = x[np.abs(x) < 3]
    expected = [nearest(Fraction(float(g)) * (2 * Fraction(float(v)) + 3) / 6) for v in x]
    kernel = elementwise(nl.hard_swish.derivative.expression.times_incoming(), ())
    np.testing.assert_array_equal(kernel(x, np.full_like(x, g)), np.array(expected))


def test_the_checks_are_left_out_where_ties_are_rare():
    for name, checked in (("hard_sigmoid", True), ("hard_swish", False), ("softsign", False)):
        expression = nl.get(name).expression
        text = printing.source(Program((expression.stable,), ("x",), (), formulas=(expression.formula,)), "")
        assert ("& unsure0" in text) is checked, name


@pytest.mark.parametrize("lambd", [0.5, 0.1])
def test_parameters_that_are_no_float32_numbers_are_not_rounded(lambd):
    x = np.float32([lambd]).repeat(8)
    x[1:] = np.nextafter(x[0], np.float32(1)), np.nextafter(x[0], np.float32(0)), -x[0], 0.05, 3, -7, np.nan
    computed = elementwise(nl.softshrink.expression, ("lambd",))(x, lambd)
    exact, cut = [Fraction(float(v)) for v in x[:-1]], Fraction(lambd)
    expected = [nearest(v - cut) if v > cut else nearest(v + cut) if v < -cut else 0.0 for v in exact]
    np.testing.assert_array_equal(computed, np.float32([*expected, np.nan]))


def test_float64_products_are_the_nearest():
    x = np.random.default_rng(1).normal(size=4096)
    kernel = elementwise(nl.leaky_relu.expression, ("negative_slope",))
    np.testing.assert_array_equal(kernel(x, 0.3), np.where(x > 0, x, 0.3 * x))
