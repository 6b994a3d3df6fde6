"""Every kernel word against ball arithmetic: its error, its special values, and that its loop is vectorised."""

import itertools
import re
from fractions import Fraction
from functools import lru_cache
from math import copysign, inf, isnan, nan

import numba
import numpy as np
import pytest
from flint import arb, ctx

import nonlin as nl
from nonlin.error_bound import SHORT, error_bound, fused
from nonlin.kernels import printing, short_words, statements
from nonlin.kernels import words as kernel
from nonlin.ops import exp, log1p, sech, softplus, tanh
from nonlin.ops import numpy as numpy_words
from nonlin.ops import words as vocabulary
from nonlin.ops.rounding import with_ties_aside
from nonlin.tree import WORDS, ZERO, symbol
from reference import arb_words
from test_rounding import ORDERS, function, table
from ulp import FORMATS, HUGE, TINY, Exact, error

PRINTED = {
    "add", "subtract", "multiply", "divide", "negative", "greater", "greater_equal", "less", "less_equal", "equal",
    "where",
}  # fmt: skip
BOUNDS = {
    "abs": 0, "sign": 0, "floor": 0, "minimum": 0, "maximum": 0, "clip": 0, "sqrt": 0.5, "exp": 1.1, "expm1": 2.1,
    "log": 0.8, "log1p": 0.8, "hypot": 1, "power": 1.2, "sin": 1.7, "cos": 1.8, "tan": 2, "atan": 1.6, "sinh": 1.6,
    "cosh": 1.3, "asinh": 1.5, "tanh": 2.9, "sech": 2.2, "erf": 1.2, "erfc": 3.3, "normcdf": 3.9, "normpdf": 1.5,
    "sigmoid": 2.2, "log_sigmoid": 1.7, "softplus": 1.7,
}  # fmt: skip
RANGES = {
    "exp": (-760, 712), "expm1": (-60, 712), "log": (0, 1.7e308), "log1p": (-1, 1.7e308), "sqrt": (0, 1.7e308),
    "sin": (-kernel.REDUCED, kernel.REDUCED), "cos": (-kernel.REDUCED, kernel.REDUCED),
    "tan": (-kernel.REDUCED, kernel.REDUCED), "sinh": (-713, 713), "cosh": (-713, 713), "tanh": (-25, 25),
    "sech": (-760, 760), "erf": (-7, 7), "erfc": (-8, 28), "normcdf": (-40, 10), "normpdf": (-40, 40),
    "sigmoid": (-760, 60), "log_sigmoid": (-1000, 760), "softplus": (-760, 1000), "floor": (-1e17, 1e17),
}  # fmt: skip
EXTREMES = (0.0, -0.0, inf, -inf, nan, 5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308)
ODD = ("asinh", "atan", "erf", "expm1", "log1p", "sin", "sinh", "tan", "tanh")
ONE_NUMBER = [name for name in kernel.__all__ if WORDS[name].arity == 1]
MORE_NUMBERS = [name for name in kernel.__all__ if WORDS[name].arity > 1]


COMPOSED = {  # words of the first look that are functions of functions: what they are, and where
    "tanh_softplus": (lambda u: u.exp().log1p().tanh(), (-745, 40)),
    "sech_softplus": (lambda u: u.exp().log1p().sech(), (-745, 745)),
    "log1p_decay": (lambda u: (-abs(u)).exp().log1p(), (-745, 745)),
}


@lru_cache
def loop(name, words=kernel):
    """The word over float64 arrays, compiled."""
    word, arity = getattr(words, name), WORDS[name].arity if name in WORDS else 1
    options = {"fastmath": {"contract", "nsz"}, "error_model": "numpy"}

    def one(out, a):
        for i in range(out.size):
            out[i] = word(a[i])

    def two(out, a, b):
        for i in range(out.size):
            out[i] = word(a[i], b[i])

    def three(out, a, b, c):
        for i in range(out.size):
            out[i] = word(a[i], b[i], c[i])

    arrays = ", ".join(["f8[::1]"] * (arity + 1))
    return numba.njit(f"void({arrays})", **options)((one, two, three)[arity - 1])


def values(name, *arguments, words=kernel):
    out = np.empty(len(arguments[0]))
    loop(name, words)(out, *(np.array(a, dtype=float) for a in arguments))
    return out


def true(name, arguments):
    """The exact value to 90 bits."""
    of_ball = COMPOSED[name][0] if name in COMPOSED else getattr(arb_words, name, None)
    of_ball = of_ball or (lambda u: getattr(u, name)())
    before = ctx.prec
    try:
        for ctx.prec in (160, 640, 1600, 3200):
            ball = of_ball(*map(arb, arguments))
            if ball.rel_accuracy_bits() > 90:
                return Exact(*map(int, ball.mid().man_exp()))
        raise ArithmeticError(f"{name}{arguments} is not settled")
    finally:
        ctx.prec = before


def worst(name, *arguments):
    """The largest error in ulp, and where."""
    results = values(name, *arguments).tolist()
    points = zip(*(a.tolist() for a in arguments), strict=True)
    return max((error(v, true(name, p), FORMATS["float64"]), p) for v, p in zip(results, points, strict=True))


def spread(name, count=600):
    """Arguments of all magnitudes, evenly over the range, and close to the centre."""
    low, high = COMPOSED[name][1] if name in COMPOSED else RANGES.get(name, (-8e307, 8e307))
    draw = np.random.default_rng(len(name))
    signs = draw.choice([-1.0, 1.0], 2 * count)
    sizes = np.exp2(np.append(draw.uniform(-1074, 1023, count), draw.uniform(-40, 6, count)))
    even = [draw.uniform(max(low, -s), min(high, s), count) for s in (2, 12, 2e3, 1e308)]
    points = np.concatenate([signs * sizes, *even, 1 + 1e-3 * draw.normal(size=count)])
    return points[(points >= low) & (points <= high)]


def test_every_word_that_takes_numbers_is_here():
    wanted = {w.name for w in WORDS.values() if not w.over_axis and w.name not in PRINTED}
    assert wanted & set(vocabulary.__all__) == set(kernel.__all__) == set(BOUNDS)


@pytest.mark.parametrize("name", BOUNDS)
def test_the_docstring_states_the_bound(name):
    said = {0: "Exact", 0.5: "Correctly rounded"}.get(BOUNDS[name], f" {BOUNDS[name]} ulp.")
    assert said in getattr(kernel, name).__doc__


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_error(name):
    size, where = worst(name, spread(name))
    assert size <= BOUNDS[name], f"{size} ulp at {where}"


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_error_beside_multiples_of_a_quarter_turn(name):
    count = np.append(np.arange(1.0, 200), np.random.default_rng(3).integers(1, kernel.REDUCED * 0.63, 800))
    size, where = worst(name, count * (np.pi / 2))
    assert size <= BOUNDS[name], f"{size} ulp at {where}"


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_beyond_the_reduction_is_nan(name):
    beyond = np.nextafter(kernel.REDUCED, inf)
    assert np.isnan(values(name, [beyond, -beyond, 1e300, inf, -inf])).all()


def test_error_of_power():
    draw = np.random.default_rng(1)
    a = np.concatenate([np.exp2(draw.uniform(-1074, 1024, 1000)), 1 + 1e-3 * draw.normal(size=600)])
    b = draw.uniform(-745, 710, a.size) / np.log(a)
    whole = np.round(draw.uniform(-30, 30, 600))
    a, b = np.append(a, -np.exp2(draw.uniform(-30, 30, 600))), np.append(b, whole)
    size, where = worst("power", np.append(a, draw.uniform(0, 9, 600)), np.append(b, draw.uniform(-4, 4, 600)))
    assert size <= BOUNDS["power"], f"{size} ulp at {where}"


@pytest.mark.parametrize("name", ["hypot", "minimum", "maximum", "clip"])
def test_error_with_more_numbers(name):
    draw = np.random.default_rng(2)
    a = np.exp2(draw.uniform(-1074, 1022, 2000)) * draw.choice([-1.0, 1.0], 2000)
    others = [a * np.exp2(draw.uniform(-30, 1, 2000)) * s for s in (-1, 1)][: WORDS[name].arity - 1]
    if name == "clip":
        others.sort(key=lambda b: b[0])
        others = [np.minimum(*others), np.maximum(*others)]
    size, where = worst(name, a, *others)
    assert size <= BOUNDS[name], f"{size} ulp at {where}"


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_limits_and_nan(name):
    ends = [nan if end is None else end for end in WORDS[name].limits]
    got = values(name, [-inf, inf, nan])
    np.testing.assert_allclose(got, [*ends, nan], rtol=2e-16, atol=0)


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_extremes_are_numpys(name):
    points = np.array([x for x in EXTREMES if name not in ("sin", "cos", "tan") or abs(x) < kernel.REDUCED])
    with np.errstate(all="ignore"):
        wanted = getattr(numpy_words, name)(points)
    np.testing.assert_allclose(values(name, points), wanted, rtol=1e-15, atol=0)


@pytest.mark.parametrize("name", ODD)
def test_minus_zero(name):
    assert [copysign(1, v) for v in values(name, [0.0, -0.0])] == [1, -1]


def test_ends_of_the_logarithms():
    assert values("log", [0.0, -0.0]).tolist() == values("log1p", [-1.0, -1.0]).tolist() == [-inf, -inf]
    assert np.isnan([*values("log", [-1.0, -inf]), *values("log1p", [-2.0, -inf]), *values("sqrt", [-1.0])]).all()


def test_the_limit_of_log_sigmoid_comes_from_below():
    assert copysign(1, values("log_sigmoid", [inf])[0]) == -1


@pytest.mark.parametrize("name", ["sigmoid", "normcdf"])
def test_half_at_zero(name):
    assert values(name, [0.0, -0.0, 1e-40, -1e-40]).tolist() == [0.5] * 4


@pytest.mark.parametrize("name", ["power", "hypot", "minimum", "maximum"])
def test_extremes_of_two_numbers_are_numpys(name):
    points = (*EXTREMES, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0, -3.0, 2.0**53 + 1, -2.5, 1e-310)
    a, b = np.array(list(itertools.product(points, points))).T
    with np.errstate(all="ignore"):
        wanted = getattr(np, name)(a, b)
    got = values(name, a, b)
    np.testing.assert_allclose(got, wanted, rtol=4e-16, atol=0)
    if name == "power":
        assert (np.signbit(got) == np.signbit(wanted))[~np.isnan(wanted)].all()


def test_clip_passes_nan():
    assert isnan(values("clip", [nan], [0.0], [1.0])[0])


@pytest.mark.parametrize("name", kernel.__all__)
def test_the_loop_is_vectorised(name):
    (code,) = loop(name).inspect_llvm().values()
    assert re.search(r"(fadd|fmul|fma|select|fcmp|fabs|floor|sqrt)[^\n]*<\d+ x double>", code)


def test_a_branch_shows_as_a_loop_that_is_not_vectorised():
    @numba.njit("void(f8[::1], f8[::1])")
    def branching(out, a):
        for i in range(out.size):
            while a[i] > 1:
                a[i] = a[i] / 3
            out[i] = a[i]

    (code,) = branching.inspect_llvm().values()
    assert not re.search(r"<\d+ x double>", code)


# ---- the short words of the first look ------------------------------------------------------------------------------


def test_every_short_word_has_a_bound():
    assert set(short_words.__all__) == set(SHORT)


@pytest.mark.parametrize("name", SHORT)
def test_error_of_the_short_words(name):
    points = spread(name)
    results = values(name, points, words=short_words).tolist()
    for x, value in zip(points.tolist(), results, strict=True):
        allowed = SHORT[name] * abs(value / np.spacing(value)) + 2 if np.isfinite(value) else 0  # subnormals: 2 ulp
        assert error(value, true(name, (x,)), FORMATS["float64"]) <= allowed, f"{value} at {x}"


@pytest.mark.parametrize("name", [n for n in SHORT if n not in COMPOSED])
def test_ends_of_the_short_words(name):
    points = [-inf, inf, nan, 0.0, -0.0]
    full, short = values(name, points), values(name, points, words=short_words)
    np.testing.assert_allclose(short, full, rtol=SHORT[name], atol=0)
    assert (np.signbit(short) == np.signbit(full))[[0, 1, 3, 4]].all()


@pytest.mark.parametrize("name", SHORT)
def test_the_loop_of_a_short_word_is_vectorised(name):
    (code,) = loop(name, short_words).inspect_llvm().values()
    assert re.search(r"(fadd|fmul|fma|select|fcmp)[^\n]*<\d+ x double>", code)


X = symbol("x")


def test_what_is_fused():
    assert fused(tanh(softplus(X))) == ("tanh_softplus", X)
    assert fused(sech(softplus(X))) == ("sech_softplus", X)
    assert fused(log1p(exp(-abs(X)))) == ("log1p_decay", X)
    assert fused(log1p(exp(-X))) == ("log1p", exp(-X))


def test_a_fused_word_has_the_sign_of_its_parts():
    assert error_bound(tanh(softplus(X)) + softplus(X), short=True).absolute is ZERO
    assert error_bound(tanh(softplus(X)) + X, short=True).absolute is not ZERO


def looks(name, orders=1):
    act = nl.get(name)
    roots = [with_ties_aside(e.stable) for e in (act.expression, act.derivative.expression)[:orders]]
    return re.findall(
        r"def (\w+32)\(inputs", printing.source(printing.Program((*roots,), ("x",), (*act.parameters,)), "")
    )


def test_a_closer_look_that_would_decide_nothing_is_left_out():
    assert looks("hard_swish") == looks("hard_sigmoid") == looks("gelu") == ["loop32", "fine32"]
    assert looks("relu") == ["loop32"]


def test_two_results_have_closer_looks_too():
    assert looks("mish", 2) == looks("gelu", 2) == ["loop32", "fine32"]
    assert looks("relu", 2) == ["loop32"]


def first_look(root, bound, parameters):
    """What a kernel computes first, as it is printed: value and absolute error of one number."""
    names = {"x": "x", **{p: p for p in parameters}}
    text = f"def look({', '.join(names)}):\n" + "\n".join(
        statements.lines((root, bound.absolute), names, quick=True, short=True)
    )
    space = {**vars(kernel), "short_words": short_words, "inf": inf, "nan": nan}
    exec(text, space)  # noqa: S102 - the text is our own
    return numba.njit(fastmath={"contract", "nsz"}, error_model="numpy")(space["look"])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "name", ["celu", "elu", "gelu", "gelu_tanh", "logish", "mish", "serf", "sigmoid", "silu", "softplus", "tanh"]
)
def test_the_bound_of_the_first_look_holds(name, order):
    act, true = function(name, order), table(name)
    root = with_ties_aside(act.expression.stable)
    bound = error_bound(root, short=True)
    look, numbers = first_look(root, bound, act.parameters), tuple(act.defaults.values())
    for x, jet in zip(true.x.tolist(), true.jets, strict=True):
        value, margin = look(x, *numbers)
        exact = jet[ORDERS[order]]
        if exact is None or exact.exponent in (TINY, HUGE) or not 2.0**-900 < abs(value) < 2.0**900:
            continue
        off = abs(Fraction(value) - Fraction(exact.mantissa) * Fraction(2) ** exact.exponent)
        assert off <= abs(value) * bound.relative + margin, f"{name} {order} at {x!r}: off by {float(off):.3g}"
