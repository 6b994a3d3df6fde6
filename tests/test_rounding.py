"""float32, float16 and bfloat16 results are correctly rounded: everywhere, also where float64 cannot see the side."""

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import product
from statistics import median

import numpy as np
import pytest

import nonlin as nl
from nonlin import tree
from nonlin.catalogue import entries
from nonlin.error_bound import digits_of, error_bound
from nonlin.formula import parse
from nonlin.ops import cos, exp, floor, normcdf, rounding, sigmoid, sign, sin, tanh, where
from nonlin.ops import numpy as backend
from nonlin.ops.exact import correctly_rounded
from reference import along_axis, contract, grid
from reference.formulas import ELEMENTWISE, GATED
from reference.oracle import derivatives, settled
from sample import sample
from ulp import FORMATS, HUGE, TINY, rounded

ORDERS = {"value": 0, "derivative": 1}


def function(name, order):
    act = entries()[name]
    return act.derivative if order == "derivative" else act


@lru_cache(maxsize=len(ELEMENTWISE))
def table(name):
    """The oracle at 3,000 inputs: usual ones, all magnitudes, subnormals, and near zeros and kinks."""
    reference, generator = ELEMENTWISE[name], np.random.default_rng(20260202)
    usual = generator.normal(0, 3, 1000)
    sizes = 2.0 ** generator.uniform(-148, 127, 800) * generator.choice([-1, 1], 800)
    near_one = generator.integers(-500, 500, 400) * 2.0 ** -generator.integers(18, 27, 400)
    subnormal = generator.integers(-(1 << 22), 1 << 22, 300) * 2.0**-149
    x = np.concatenate([usual, sizes, near_one, subnormal]).astype(np.float32)
    centres = [*grid.zeros(reference, reference.defaults), *reference.kinks(**reference.defaults)]
    return contract.tabulated(
        reference, reference.defaults, grid.unique(np.concatenate([x, grid.around(centres, "float32", 60)]))
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", sample(nl.Activation))
def test_every_float32_result_is_correctly_rounded(name, order):
    found = contract.errors(function(name, order), {}, table(name), ORDERS[order])
    assert not found.x, f"{name} {order}: {len(found.x)} of {found.count}, {found.worst()}"


# ---- results that plain float64 rounds to the wrong side ------------------------------------------------------------

HARD = {
    ("sigmoid", "value"): ("-0x1.e6p-17", "-0x1.6ep-17", "-0x1.66p-17"),
    ("silu", "derivative"): ("-0x1.fep-18", "-0x1.fap-18", "-0x1.f6p-18"),
    ("elish", "derivative"): ("0x1.8p-23", "0x1.cp-22", "0x1.6p-21", "0x1.ep-21"),
    ("squareplus", "derivative"): ("-0x1.3ep-17", "-0x1.36p-17"),
    ("bent_identity", "derivative"): ("-0x1.8cp-18", "-0x1.7cp-18"),
    ("gelu", "derivative"): ("-0x1.80ead2p-1",),
    ("logish", "derivative"): ("-0x1.5f58fp+0",),
}
HARDEST = [(*key, float.fromhex(x)) for key, places in HARD.items() for x in places]


def wanted(name, order, x):
    reference = ELEMENTWISE[name]
    return contract.tabulated(reference, reference.defaults, np.array([x], np.float32)).rounded[0, ORDERS[order]]


@pytest.mark.parametrize(("name", "order", "x"), HARDEST)
def test_what_float64_leaves_in_doubt_is_right(name, order, x):
    assert float(function(name, order)(np.float32(x))) == wanted(name, order, x)


@pytest.mark.parametrize(("name", "order", "x"), HARDEST)
def test_without_the_bound_it_would_be_wrong(name, order, x, monkeypatch):
    monkeypatch.setattr(rounding, "error_bound", lambda *_: replace(error_bound(tree.symbol("x")), relative=0.0))
    act = function(name, order)
    plain = float(act(np.float32(x)))
    assert plain != wanted(name, order, x)
    assert abs(plain - wanted(name, order, x)) <= 2.0**-22 * abs(plain)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", ["tanhshrink", "silu", "hard_sigmoid"])
def test_ties_of_the_16_bit_dtypes(name, dtype):
    """x - tanh(x) is x - 1 and a hair far out: a tie for odd x, whose hair has hundreds of zeros before it."""
    reference = ELEMENTWISE[name]
    x = grid.unique(np.concatenate([np.arange(-600, 600), np.arange(-600, 600) / 64]).astype(grid.DTYPES[dtype]))
    true = contract.tabulated(reference, reference.defaults, x)
    for order, place in ORDERS.items():
        assert not contract.errors(function(name, order), {}, true, place).x


# ---- the bound ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", sample(nl.Activation))
def test_the_bound_holds_and_is_not_lavish(name, order, fine):
    act, true = function(name, order), table(name)
    root = rounding.with_ties_aside(act.expression.guarded(**act.defaults))
    bound = error_bound(root, fine=fine)
    with np.errstate(all="ignore"):
        found = rounding._evaluated(root, bound, {"x": true.x.astype(np.float64), **act.defaults})
    value, error = (np.broadcast_to(v, true.x.shape).tolist() for v in found)
    jets = [j[ORDERS[order]] for j in true.jets]
    lavish = []
    for x, v, e, exact in zip(true.x.tolist(), value, error, jets, strict=True):
        if exact is None or exact.exponent in (TINY, HUGE) or not 2.0**-900 < abs(v) < 2.0**900:
            continue
        margin = abs(v) * bound.relative + e
        off = abs(Fraction(v) - Fraction(exact.mantissa) * Fraction(2) ** exact.exponent)
        with np.errstate(over="ignore"):
            hidden = bound.certain and np.float32(v) == rounded(exact, FORMATS["float32"])
        assert off <= margin or hidden, f"{name} {order} at {x!r}: off by {float(off):.3g}, bound {margin:.3g}"
        lavish.append(margin / abs(v))
    assert not lavish or median(lavish) <= (2.0**-45 if fine else 2.0**-38)


def test_a_number_of_few_digits_makes_no_error():
    assert error_bound(A * X / A, (("x", 24), ("a", digits_of(0.25)))).certain
    assert not error_bound(A * X, (("x", 24), ("a", digits_of(0.1)))).certain


def test_where_a_formula_loses_its_digits_its_author_is_to_mend_it():
    """1 - tanh(x)^2 has none left at 25: not one element is computed in more digits."""
    x = np.float32([2.0, 25.0])
    naive = nl.define("1 - tanh(x)^2", name="naive")(x)
    assert naive[1] == 0 < nl.tanh.derivative(x)[1]
    assert naive[0] == nl.tanh.derivative(x)[0]


def test_errors_are_never_negative():
    """A negative number that is subtracted, as in the Taylor series of mish'."""
    bound = error_bound(X - -0.3).absolute
    assert backend.evaluate(bound, backend, {"x": 1.0}) > 0


X, A = tree.symbol("x"), tree.symbol("a")


@pytest.mark.parametrize(
    "root",
    [X, where(X > 0, X, 0), tree.WORDS["clip"](X, 0, 6), X * X, 2 * X, abs(-X), X / 4, where(X > 0, 1, A)],
)
def test_what_cannot_be_wrong_has_no_bound(root):
    assert error_bound(root).certain


@pytest.mark.parametrize("root", [X * A, X * X * X, X / 3, X + 1, exp(X), floor(A * X), X * 0.1, X - 0.1])
def test_what_can_be_wrong_has_one(root):
    assert not error_bound(root).certain


@pytest.mark.parametrize(
    ("root", "sure"),
    [
        (X + A * X**3, False), (X + 3 * X**3, True), (1 + X**2, True), (X - tanh(-X), True), (X - tanh(X), False),
        (sigmoid(X) + exp(-X), True), (X + cos(X), False), (normcdf(X) + X * exp(X), False),
    ],
)  # fmt: skip
def test_sums_that_cannot_cancel_keep_a_relative_bound(root, sure):
    assert (error_bound(root).absolute is tree.ZERO) is sure


@pytest.mark.parametrize(
    ("root", "x", "height"),
    [
        (floor(3 * (X * 0.1)), 10.0, 1.0),
        (where(X * 0.1 > 0.3, 5, -2), 3.0, 7.0),
        (sign(sin(X) - sin(X + 2.0**-60)), 1.0, 2.0),
    ],
)
def test_near_a_jump_the_bound_is_its_height(root, x, height):
    def at(place):
        return float(np.float64(backend.evaluate(error_bound(root).absolute, backend, {"x": np.float64(place)})))

    assert at(x) >= height
    assert at(x + 0.01) < 1e-9 or root.name == "sign"


# ---- several arguments ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GATED)
def test_gated_units_are_correctly_rounded(name):
    generator, unit, reference = np.random.default_rng(7), entries()[name], GATED[name]
    halves = (generator.normal(0, 3, (200, 2)) * 2.0 ** generator.integers(-30, 3, (200, 1))).astype(np.float32)
    halves, bodies = halves[:, : len(reference.inputs)], along_axis.bodies(reference)
    got = {"": unit(halves), **{by: unit.partial(by, halves) for by in reference.inputs}}
    for i, row in enumerate(halves.tolist()):
        given = reference.defaults | dict(zip(reference.inputs, row, strict=True))
        for (by, result), (k, body) in product(got.items(), enumerate(bodies)):
            wrt = by or reference.inputs[0]
            jet = settled(lambda _, g=given, f=body, by=wrt: derivatives(f, g, by, 2), row[0], FORMATS["float32"])
            assert float(result[i, k]) == rounded(jet[1 if by else 0], FORMATS["float32"]), f"{name} {by} {k} {row}"


def test_array_parameters_give_the_bits_of_numbers():
    """A correctly rounded result is unique."""
    x = np.linspace(-4, 4, 60).astype(np.float32)
    betas = np.array([[0.1], [1 / 3], [11 / 48]])
    for act, name in ((nl.swish, "beta"), (nl.leaky_relu, "negative_slope"), (nl.swish.derivative, "beta")):
        rows = np.stack([act(x, **{name: float(b)}) for b in betas[:, 0]])
        np.testing.assert_array_equal(act(x, **{name: betas}), rows)


# ---- the slow path --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x", "dtype", "result"),
    [
        ("x*x", 1 + 2.0**-12, "float32", 1 + 2.0**-11),  # an exact tie: to even
        ("x*x", 1 + 3 * 2.0**-12, "float32", 1 + 3 * 2.0**-11 + 2.0**-21),
        ("x - tanh(x)", 2.0**24 + 2, "float32", 2.0**24 + 2),  # a tie and a hair of 48 million zeros
        ("x - tanh(x)", 2.0**24 + 4, "float32", 2.0**24 + 4),
        ("x/6 + 0.5", 3 * 28856811 * 2.0**-25 - 3, "float32", 14428406 * 2.0**-25),
        ("x*sigmoid(x)", 3 * 2.0**-149, "float32", 2.0**-148),
        ("x*sigmoid(x)", -3 * 2.0**-149, "float32", -(2.0**-149)),
        ("exp(x)", 88.8, "float32", float("inf")),
        ("exp(x)", -200.0, "float32", 0.0),
        ("sqrt(x)", -1.0, "float32", float("nan")),
        ("1/x", 0.0, "float32", float("nan")),
        ("x*erf(x)", 1e4, "bfloat16", 9984.0),
    ],
)
def test_correctly_rounded(text, x, dtype, result):
    np.testing.assert_equal(correctly_rounded(parse(text), {"x": x}, dtype), float(np.float32(result)))


def test_tiny_inputs_are_decided_at_once(monkeypatch):
    """x sigmoid(x) is a tie and a hair for every other subnormal x: one by one that would take minutes."""
    seen = []
    by_digits = rounding._by_digits
    monkeypatch.setattr(rounding, "_by_digits", lambda *a: seen.append(a[3].size) or by_digits(*a))
    x = (np.arange(-5000, 5000) * 2.0**-149).astype(np.float32)
    got = nl.silu(x)
    assert seen == []
    true = [correctly_rounded(nl.silu.expression.formula, {"x": v}, "float32") for v in x[::97].tolist()]
    np.testing.assert_array_equal(got[::97], np.array(true, np.float32))
