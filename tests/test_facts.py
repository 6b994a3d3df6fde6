"""Facts against values derived elsewhere (by hand, with mpmath, from the papers) and against sampling."""

import json
import math
import subprocess
import sys
from time import process_time

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import nonlin as nl
from nonlin.calculus.facts.breaks import Jump, Kink, breaks
from nonlin.calculus.facts.facts import NAMES, Facts, facts
from nonlin.core import Activation
from nonlin.errors import FormulaError, InputError
from sample import sample

pytestmark = pytest.mark.filterwarnings("ignore::nonlin.errors.NonlinWarning")  # of strange formulas, on purpose

inf = math.inf
ENTRIES = list(sample(Activation).values())
CURVES = [*ENTRIES, *(a.derivative for a in ENTRIES)]
names = [a.name for a in CURVES]


def phi(z):
    return math.erfc(-z / math.sqrt(2)) / 2


def same(found, expected):
    assert len(found) == len(expected)
    np.testing.assert_allclose(np.ravel(found).astype(float), np.ravel(expected).astype(float), rtol=1e-9, atol=1e-9)


def of(text, **parameters):
    return nl.get(text, **parameters).facts


# ---- known values ---------------------------------------------------------------------------------------------------

KNOWN = [
    # 1/sqrt(E f^2) for z ~ N(0, 1); tanh and sigmoid integrated with mpmath to 30 digits
    ("relu", "gain", math.sqrt(2)),
    ("relu", "backward_gain", math.sqrt(2)),
    ("leaky_relu", "gain", math.sqrt(2 / (1 + 0.01**2))),
    ("tanh", "gain", 1.5925374197228312),
    ("sigmoid", "gain", 1.8462285453386072),
    ("selu", "gain", 1.0),
    ("identity", "gain", 1.0),
    ("exponential", "gain", math.exp(-1)),
    ("exponential", "mean", math.exp(0.5)),
    ("gaussian", "mean", 1 / math.sqrt(3)),
    ("gaussian", "second_moment", 1 / math.sqrt(5)),
    ("gelu", "mean", 1 / (2 * math.sqrt(math.pi))),
    ("relu", "mean", 1 / math.sqrt(2 * math.pi)),
    ("softplus", "mean", 0.8060591833474398),
    ("squareplus", "second_moment", 1.5),  # (2 E x^2 + 4)/4, the odd part vanishes
    ("arctan", "backward_gain", math.sqrt(2)),  # E 1/(1 + z^2)^2 = 1/2
    ("sine", "second_moment", (1 - math.exp(-2)) / 2),
    ("sine", "backward_gain", 1 / math.sqrt((1 + math.exp(-2)) / 2)),
    ("step", "second_moment", 0.5),
    ("hardshrink", "sparsity", math.erf(0.5 / math.sqrt(2))),
    ("softshrink", "sparsity", math.erf(0.5 / math.sqrt(2))),
    ("relu", "sparsity", 0.5),
    ("hard_swish", "sparsity", phi(-3)),
    ("hard_elish", "sparsity", phi(-1)),
    ("silu", "lipschitz", 1.0998393201288672),
    ("sigmoid", "lipschitz", 0.25),
    ("gaussian", "lipschitz", math.sqrt(2 / math.e)),
    ("softsign", "lipschitz", 1.0),
    ("selu", "lipschitz", 1.0507009873554805 * 1.6732632423543772),
    ("hard_swish", "lipschitz", 1.5),
    ("bent_identity", "lipschitz", 1.5),
    ("gelu", "lipschitz", 0.5 * math.erfc(-1) + math.exp(-1) / math.sqrt(math.pi)),  # f' at sqrt 2
    ("sinc", "lipschitz", 0.43618181727145855),
    ("hard_sigmoid", "lipschitz", 1 / 6),
    ("step", "lipschitz", inf),
    ("exponential", "lipschitz", inf),
]


@pytest.mark.parametrize(("name", "fact", "value"), KNOWN)
def test_known_number(name, fact, value):
    assert getattr(nl.get(name).facts, fact) == pytest.approx(value, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "theirs", "ours"),
    [
        ("relu", math.sqrt(2), math.sqrt(2)),
        ("leaky_relu", math.sqrt(2 / 1.0001), math.sqrt(2 / 1.0001)),
        ("tanh", 5 / 3, 1.5925),
        ("sigmoid", 1.0, 1.846),
        ("selu", 0.75, 1.000),
        ("identity", 1.0, 1.0),
    ],
)
def test_pytorch_convention_is_shown_beside_ours(name, theirs, ours):
    nn = pytest.importorskip("torch").nn
    known = {"identity": "linear"}.get(name, name)
    assert nl.get(name).facts.conventional_gain == pytest.approx(nn.init.calculate_gain(known), rel=1e-15)
    assert nl.get(name).facts.conventional_gain == pytest.approx(theirs, rel=1e-12)
    assert nl.get(name).facts.gain == pytest.approx(ours, abs=5e-4)


def test_other_slopes_have_the_gain_of_pytorch_without_being_told():
    steeper = nl.leaky_relu.with_parameters(negative_slope=0.2).facts
    assert steeper.conventional_gain is None
    assert steeper.gain == pytest.approx(math.sqrt(2 / 1.04), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("gelu", -0.7517915247, -0.1699712075),
        ("silu", -1.2784645428, -0.2784645428),
        ("mish", -1.1924312145, -0.3088434130),
        ("elish", math.log(math.sqrt(2) - 1), 2 * math.sqrt(2) - 3),
        ("hard_swish", -1.5, -0.375),
        ("sinc", -4.4934094579, -0.2172336282),
        ("sine", -math.pi / 2, -1.0),
        ("relu", 0.0, 0.0),
        ("hard_tanh", -1.0, -1.0),
    ],
)
def test_minimum(name, x, value):
    found = nl.get(name).facts
    assert (found.minimum.x, found.minimum.value) == pytest.approx((x, value), abs=1e-9)
    assert found.range[0] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "elu", "exponential", "arctan", "softsign"])
def test_an_infimum_that_is_not_reached_is_no_minimum(name):
    assert nl.get(name).facts.minimum is None


KINKS = [
    ("relu", [(0, 0, 1)]),
    ("relu6", [(0, 0, 1), (6, 1, 0)]),
    ("hard_tanh", [(-1, 0, 1), (1, 1, 0)]),
    ("hard_sigmoid", [(-3, 0, 1 / 6), (3, 1 / 6, 0)]),
    ("hard_swish", [(-3, 0, -0.5), (3, 1.5, 1)]),
    ("leaky_relu", [(0, 0.01, 1)]),
    ("softshrink", [(-0.5, 1, 0), (0.5, 0, 1)]),
    ("selu", [(0, 1.7580993408473766, 1.0507009873554805)]),
    ("elu", []),
    ("celu", []),
    ("softsign", []),
    ("gelu", []),
    ("sinc", []),
    ("squareplus", []),
    ("tanhshrink", []),
    ("step", []),
    ("abs(abs(x) - 1)", [(-1, -1, 1), (0, 1, -1), (1, -1, 1)]),
    ("sqrt(x**2)", [(0, -1, 1)]),
    ("hypot(x, 0)", [(0, -1, 1)]),
    ("(x + abs(x))/2", [(0, 0, 1)]),
    ("maximum(maximum(x, 0), 0)", [(0, 0, 1)]),
    ("minimum(x, 1)*2 + maximum(x, 1)", [(1, 2, 1)]),
    ("where(x > 0.3, 2*x, x + 0.3)", [(0.3, 1, 2)]),
    ("clip(x, -1e-9, 1e9)", [(-1e-9, 0, 1), (1e9, 1, 0)]),
    ("maximum(x**2, x)", [(0, 0, 1), (1, 1, 2)]),  # x**2 > x for x < 0: slope 2x
    ("sqrt(abs(x))", [(0, -inf, inf)]),
    ("exp(-abs(x)**2)", []),
    ("maximum(exp(x), 0)", []),
    ("maximum(1, tanh(x))", []),
    ("where(x > 0, x + 1, 1 + x)", []),
    ("x*sign(x)", [(0, -1, 1)]),
]


@pytest.mark.parametrize(("name", "kinks"), KINKS, ids=[n for n, _ in KINKS])
def test_kinks(name, kinks):
    found = breaks(nl.get(name))
    assert found.complete
    same([(k.x, k.left, k.right) for k in found.kinks], kinks)


@pytest.mark.parametrize(("alpha", "kinks"), [(1.0, ()), (0.5, (Kink(0.0, 0.5, 1.0),)), (2.0, (Kink(0.0, 2.0, 1.0),))])
def test_the_kink_of_elu_depends_on_alpha(alpha, kinks):
    found = nl.elu.with_parameters(alpha=alpha).facts
    assert found.kinks == kinks
    assert found.smoothness == (0 if kinks else 1)


@pytest.mark.parametrize(
    ("name", "jumps"),
    [
        ("step", [(0, 0, 1, 1)]),
        ("sign", [(0, -1, 1, 0)]),
        ("hardshrink", [(-0.5, -0.5, 0, 0), (0.5, 0, 0.5, 0)]),
        ("1/x", [(0, -inf, inf, inf)]),
        ("1/x**2", [(0, inf, inf, inf)]),
        ("where(x > sqrt(2), x, 0)", [(math.sqrt(2), 0, math.sqrt(2), 0)]),
        ("where(equal(x, 0), 5, x)", [(0, 0, 0, 5)]),
        ("where(equal(x, 0), 5, sin(x)/x)", [(0, 1, 1, 5)]),
        ("where(equal(x, 0), 1, sin(x)/x)", []),
        ("relu", []),
    ],
)
def test_jumps(name, jumps):
    found = breaks(nl.get(name)).jumps
    same([(j.x, j.left, j.right, j.value) for j in found], jumps)


def test_the_value_of_a_derivative_at_a_kink_is_no_jump_of_the_function():
    assert breaks(nl.relu.derivative).jumps == (Jump(0.0, 0.0, 1.0, 0.0),)
    assert breaks(nl.get("abs(x)*x").derivative) == breaks(nl.get("2*abs(x)"))


@pytest.mark.parametrize(
    ("name", "gaps"),
    [
        ("sqrt(x)", ((-inf, 0.0),)),
        ("log(x + 2)", ((-inf, -2.0),)),
        ("sqrt(x**2 - 1)", ((-1.0, 1.0),)),
        ("sin(x)/x", ((0.0, 0.0),)),
        ("log(sqrt(x) - 1)", ((-inf, 1.0),)),
        ("minimum(sqrt(x), 1)", ((-inf, 0.0),)),
        ("relu", ()),
    ],
)
def test_gaps(name, gaps):
    assert breaks(nl.get(name)).gaps == gaps


def test_breaks_of_a_window_are_complete_where_those_of_the_line_have_no_end():
    floor = nl.get("floor(x)")
    assert not breaks(floor).complete
    window = breaks(floor, -2.5, 2.5)
    assert window.complete
    assert [j.x for j in window.jumps] == [-2, -1, 0, 1, 2]
    assert [j.x for j in breaks(floor, 1000.5, 1002.5).jumps] == [1001, 1002]


SMOOTHNESS = [
    ("step", -1), ("relu", 0), ("elu", 1), ("celu", 1), ("softsign", 1), ("x*abs(x)", 1), ("abs(x)**3", 2),
    ("gelu", inf), ("sinc", inf), ("tanhshrink", inf), ("squareplus", inf), ("sine", inf), ("hard_elish", 0),
    ("elish", 1), ("maximum(x, 0)**4", 3), ("x", inf), ("1/x", -1), ("exp(-abs(x)**2)", inf), ("abs(x)**1.5", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "order"), SMOOTHNESS)
def test_smoothness(name, order):
    found = nl.get(name).facts
    assert found.smoothness == order
    assert found.smooth == (order == inf)


SHAPES = {  # increasing, decreasing, convex, concave, odd, even, bounded
    "relu": "I.C....", "leaky_relu": "I.C....", "tanh": "I...O.B", "sigmoid": "I.....B", "softplus": "I.C....",
    "log_sigmoid": "I..V...", "gelu": ".......", "silu": ".......", "elu": "I.C....", "selu": "I......",
    "gaussian": ".....EB", "sine": "....O.B", "sinc": ".....EB", "identity": "I.CVO..", "exponential": "I.C....",
    "step": "I.....B", "sign": "I...O.B", "hardshrink": "I...O..", "softsign": "I...O.B", "hard_tanh": "I...O.B",
    "tanhshrink": "I...O..", "squareplus": "I.C....", "bent_identity": "I.C....", "x**2": "..C..E.", "x**3": "I...O..",
    "abs(x)": "..C..E.", "-exp(x)": ".D.V...", "1/x": "....O..", "log(abs(x))": ".....E.", "0*x": "IDCVOEB",
    "cosh(x)": "..C..E.", "x*cos(x)": "....O..", "sqrt(x)": "I..V...", "2 - 3*x": ".DCV...", "relu6": "I.....B",
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name):
    found = nl.get(name).facts
    is_so = (found.increasing, found.decreasing, found.convex, found.concave, found.odd, found.even, found.bounded)
    assert is_so == tuple(letter != "." for letter in SHAPES[name])
    assert found.monotone == (found.increasing or found.decreasing)
    assert found.bounded == (found.bounded_above and found.bounded_below)


RANGES = [
    ("relu", 0, inf, 0, inf), ("relu6", 0, 6, 0, 6), ("tanh", -1, 1, -1, 1), ("softplus", 0, inf, 0, inf),
    ("arctan", -math.pi / 2, math.pi / 2, -math.pi / 2, math.pi / 2), ("elu", -1, inf, -1, inf),
    ("gelu", -0.1699712075, inf, 0, inf), ("gaussian", 0, 1, 0, 0), ("sine", -1, 1, None, None),
    ("sinc", -0.2172336282, 1, 0, 0), ("x*cos(x)", -inf, inf, None, None), ("log(x)", -inf, inf, None, inf),
    ("x + sin(x)", -inf, inf, -inf, inf), ("1/x", -inf, inf, 0, 0), ("x - floor(x)", None, None, None, None),
    ("x**4 - 3*x**2", -2.25, inf, inf, inf), ("sqrt(x)", 0, inf, None, inf), ("hardshrink", -inf, inf, -inf, inf),
    ("logish", -0.2527688168, inf, 0, inf), ("log_sigmoid", -inf, 0, -inf, 0), ("1/(1 + x**2)", 0, 1, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "low", "high", "left", "right"), RANGES)
def test_range_and_limits(name, low, high, left, right):
    found = nl.get(name).facts
    assert found.range == (None if low is None else pytest.approx((low, high), abs=1e-9))
    assert found.limits == (
        left if left is None else pytest.approx(left),
        right if right is None else pytest.approx(right),
    )


@pytest.mark.parametrize(
    ("name", "zeros", "flat", "critical"),
    [
        ("relu", (), ((-inf, 0.0),), ()),
        ("softshrink", (), ((-0.5, 0.5),), ()),
        ("sigmoid", (), (), ()),
        ("silu", (0.0,), (), (-1.2784645427610737,)),
        ("tanhshrink", (0.0,), (), (0.0,)),
        ("x**3", (0.0,), (), (0.0,)),
        ("x*abs(x)", (0.0,), (), (0.0,)),
        ("(x - 0.3)**2", (0.3,), (), (0.3,)),
        ("abs(x) - 2", (-2.0, 2.0), (), ()),
        ("x**2 - 2", (-math.sqrt(2), math.sqrt(2)), (), (0.0,)),
        ("cos(x) - x", (0.7390851332151607,), (), None),
        ("sine", None, (), None),
        ("sin(x)**2", None, (), None),
        ("exp(x)", (), (), ()),
        ("exp(-x**2)", (), (), (0.0,)),  # 0 in float64 beyond 27, and still no zero
        ("sign", (0.0,), (), ()),
        ("step", (), ((-inf, 0.0),), ()),
        ("0*x", (), ((-inf, inf),), ()),
    ],
)
def test_zeros(name, zeros, flat, critical):
    found = nl.get(name).facts
    assert found.zeros == (zeros and pytest.approx(zeros, abs=1e-12))
    assert found.zero_intervals == flat
    assert found.critical_points == (critical and pytest.approx(critical, abs=1e-12))


def test_saturation():
    at = 2 * math.acosh(math.sqrt(2.5))  # sigmoid' = 1/(4 cosh^2(x/2)) = 1/10
    assert nl.sigmoid.facts.saturation.weak == (pytest.approx((-inf, -at)), pytest.approx((at, inf)))
    assert nl.sigmoid.facts.saturation.strong[1][0] == pytest.approx(2 * math.acosh(5), abs=1e-9)
    assert nl.relu.facts.saturation.weak == nl.relu.facts.saturation.strong == ((-inf, 0.0),)
    assert nl.leaky_relu.facts.saturation.strong == ()
    assert nl.identity.facts.saturation.weak == ()
    assert nl.softsign.facts.saturation.strong == (pytest.approx((-inf, -9)), pytest.approx((9, inf)))
    assert nl.sine.facts.saturation is None  # without end


@pytest.mark.parametrize("text", ["100*(x - 1.003)**2", "exp(-x**2)*sin(30*x)", "1e4*(x - 1.003)**3 + 0.05*x"])
def test_saturation_finds_short_intervals(text):
    found, x = of(text).saturation, np.linspace(-5, 5, 200_001)
    slope = np.abs(nl.define(text).derivative(x))
    for intervals, threshold in ((found.weak, 0.1), (found.strong, 0.01)):
        inside = np.any([(x > low) & (x < high) for low, high in intervals] or [x > np.inf], axis=0)
        assert (inside == (slope < threshold)).all()


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("selu", [(1.0, True)]),
        ("tanh", []),
        ("relu", []),
        ("sine", []),
        ("hard_tanh", []),
        ("step", [(0.5, True)]),
        ("squareplus", [(2.0, True)]),  # V(q) = q/2 + 1
        ("x**2", [(1 / 3, False)]),  # V(q) = 3 q^2
        ("sqrt(abs(x))", [(2 / math.pi, True)]),
        ("sin(x) + 1", [(1.4737654512711424, True)]),  # 1 + (1 - exp(-2q))/2 = q
    ],
)
def test_fixed_points(name, points):
    found = nl.get(name).facts.fixed_points
    assert [p.variance for p in found] == pytest.approx([q for q, _ in points], rel=1e-4)
    assert all(p.stable is s for p, (_, s) in zip(found, points, strict=True) if s is not None)


def test_a_variance_that_is_always_kept_is_said_in_words():
    for name in ("identity", "abs(x)", "-x"):
        found = nl.get(name).facts
        assert found.fixed_points is None
        assert found.notes["fixed_points"] == "every variance is kept"


# ---- unknown --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("floor(x)", ["kinks", "jumps", "zeros"]),
        ("sin(1000*x) + abs(sin(1000*x))", ["range", "kinks", "mean", "lipschitz", "zeros", "smooth"]),
        ("sin(x) + sin(sqrt(2)*x)", ["range", "lipschitz", "zeros"]),  # the supremum 2 is never met
        ("x*sin(1/x)", ["range", "zeros", "lipschitz", "saturation"]),
        ("sin(1/x)", ["range", "zeros", "saturation"]),
        ("exp(-x**2)*sin(x)", ["zeros", "critical_points"]),  # they go on where float64 has only 0
        ("where(x > 0, exp(-1/x), 0)", ["smooth", "smoothness"]),
        ("1/x", ["mean", "gain", "zero_centred"]),
        ("tan(x)", ["mean", "gain", "backward_gain", "zeros"]),
        ("exp(x**2)", ["mean", "gain"]),
        ("sqrt(x)", ["mean", "gain", "sparsity", "smooth"]),
    ],
)
def test_what_cannot_be_decided_is_unknown(text, unknown):
    found = of(text)
    assert {k: getattr(found, k) for k in unknown} == dict.fromkeys(unknown)


def test_crossed_bounds_are_clipped_as_they_are_computed():
    found = of("clip(x, 3, 1)")
    assert (found.range, found.jumps, nl.define("clip(x, 3, 1)")(5.0)) == ((1.0, 1.0), (), 1.0)


def test_what_can_be_decided_of_endless_functions_is():
    assert of("floor(x)").mean == pytest.approx(-0.5, rel=1e-12)
    assert of("floor(x)").smoothness == -1
    assert of("floor(x)").sparsity == pytest.approx(phi(1) - 0.5)
    assert of("x - floor(x)").range is None  # sampling alone would say (0, 1)
    assert of("maximum(sin(x), 0)").monotone is False
    assert of("x + sin(x)").increasing is True
    assert nl.sine.facts.notes["zeros"] == of("exp(-x**2)*sin(x)").notes["zeros"] == "without end"
    assert len(of("where(abs(x) < 10, sin(x), 0)").zeros) == 7


def test_a_huge_formula_is_bounded_work():
    @nl.activation
    def deep(x):
        u = x
        for k in range(250):
            u = tanh(u + k) if k % 2 else u * x  # noqa: F821
        return u

    start = process_time()
    found = deep.facts
    assert process_time() - start < 2
    assert found.convex is None
    assert found.limits == (1.0, 1.0)  # 125 times tanh(u x + k): the sign far left alternates


# ---- stated facts, storing, doors -----------------------------------------------------------------------------------


def test_a_stated_fact_replaces_the_computed_one_with_its_reason():
    @nl.activation(facts={"smooth": (True, "all derivatives vanish at 0"), "smoothness": (inf, "as smooth")})
    def flat(x):
        return where(x > 0, exp(-1 / x), 0)  # noqa: F821

    assert flat.facts.smooth is True
    assert flat.facts.stated == {"smooth": "all derivatives vanish at 0", "smoothness": "as smooth"}
    again = nl.from_json(flat.to_json())
    assert again.facts == flat.facts
    assert nl.get("where(x > 0, exp(-1/x), 0)").facts.smooth is None  # equal, but its record states nothing


def test_stating_an_unknown_fact_is_refused():
    @nl.activation(facts={"lipshitz": (1.0, "typing")})
    def wrong(x):
        return x

    with pytest.raises(InputError, match="wrong states a fact 'lipshitz'; did you mean 'lipschitz'"):
        _ = wrong.facts


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"gain": "big"}, "the stored gain is 'big', expected a number"), ({"facts": {"odd": True}}, "'odd' is True")],
)
def test_damaged_stored_facts_are_refused(change, sentence):
    stored = json.loads(nl.relu.to_json())
    stored["record"].update(change)
    with pytest.raises(FormulaError, match=sentence):
        nl.from_json(json.dumps(stored))


def test_every_stated_fact_of_the_catalogue_has_a_reason():
    assert all(len(reason) > 10 for act in ENTRIES for reason in act.facts.stated.values())


@pytest.mark.parametrize("name", [n for n in nl.names() if not isinstance(nl.get(n), Activation)])
def test_functions_of_several_inputs_say_what_they_have_instead(name):
    with pytest.raises(InputError, match=rf"{name} has no facts: .* use nonlin.{name}.(jacobian|partial)"):
        _ = nl.get(name).facts


def test_facts_as_plain_types():
    plain = nl.hard_tanh.facts.to_dict()
    assert list(plain) == [*NAMES, "stated", "notes"]
    assert plain["kinks"][0] == {"x": -1.0, "left": 0.0, "right": 1.0}
    assert json.loads(json.dumps(plain)) == plain


def test_facts_are_computed_once():
    assert nl.mish.facts is facts(nl.mish)
    start = process_time()
    for _ in range(100):
        _ = nl.mish.facts
    assert process_time() - start < 0.2


def test_facts_need_neither_sympy_nor_scipy():
    code = "import nonlin as nl, sys; nl.gelu.facts; print(sorted({'sympy', 'scipy', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- sampling -------------------------------------------------------------------------------------------------------


@np.errstate(all="ignore")
def consistent(act, found):
    """Nothing in the facts contradicts samples of the function."""
    x = np.sort(
        np.concatenate([np.linspace(-31.7, 29.9, 8009), np.geomspace(1e-9, 1e3, 200), -np.geomspace(1e-9, 1e3, 200)])
    )
    f = act(x)
    ok = np.isfinite(f)
    noise = 1e-9 * (1 + np.abs(f[ok]).max(initial=0.0))
    _values(found, x[ok], f[ok], noise)
    if found.gaps == ():
        _shape(act, found, x, f, noise)
        _slopes(act, found)
        _averages(act, found)


def _values(found, x, f, noise):
    if found.range:
        assert f.min(initial=inf) >= found.range[0] - noise
        assert f.max(initial=-inf) <= found.range[1] + noise
    if found.zeros is not None and found.jumps is not None:
        at = np.flatnonzero((f[1:] * f[:-1] < 0) & (np.abs(f[1:]) > noise) & (np.abs(f[:-1]) > noise))
        known = [
            *found.zeros,
            *(j.x for j in found.jumps),
            *(e for i in (*found.zero_intervals, *found.gaps) for e in i),
        ]
        assert all(any(x[k] <= z <= x[k + 1] for z in known) for k in at)


def _shape(act, found, x, f, noise):
    ok = np.isfinite(f[1:]) & np.isfinite(f[:-1])
    steps = np.diff(f, prepend=f[0])[1:][ok] if ok.any() else np.zeros(1)
    assert not (found.increasing and steps.min() < -noise)
    assert not (found.decreasing and steps.max() > noise)
    third = np.linspace(-20, 20, 1201)
    ends, middle = (act(third - 0.7) + act(third + 0.7)) / 2, act(third)
    scale = 1e-9 * (1 + np.nan_to_num(np.abs(ends), posinf=1e300).max())
    assert not (found.convex and (middle - ends > scale).any())
    assert not (found.concave and (ends - middle > scale).any())
    if found.odd:
        np.testing.assert_allclose(act(-x), -f, rtol=1e-9, atol=noise)
    if found.even:
        np.testing.assert_allclose(act(-x), f, rtol=1e-9, atol=noise)


def _slopes(act, found):
    x = np.linspace(-20.0003, 20, 20011)
    f = act(x)
    with np.errstate(all="ignore"):
        quotients = np.abs(np.diff(f) / np.diff(x))
    quotients = quotients[np.isfinite(quotients)]
    if found.lipschitz is not None and quotients.size:
        assert quotients.max() <= found.lipschitz * (1 + 1e-6) + 1e-9 * (1 + np.nanmax(np.abs(f[np.isfinite(f)])))
    for kink in found.kinks or ():
        if abs(kink.x) < 30 and abs(kink.left) < 1e3 and abs(kink.right) < 1e3:
            h = 1e-7 * max(1, abs(kink.x))
            here = act(np.array([kink.x - 2 * h, kink.x - h, kink.x + h, kink.x + 2 * h]))
            near = 1e-3 * (1 + abs(kink.left) + abs(kink.right)) + 1e-8 * np.abs(here).max()
            assert (here[1] - here[0]) / h == pytest.approx(kink.left, abs=near)
            assert (here[3] - here[2]) / h == pytest.approx(kink.right, abs=near)


def _averages(act, found):
    z = (np.arange(50_000) + 0.5) / 50_000 * 24 - 12
    weight = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (24 / 50_000)
    f = act(z)
    poles = any(math.isinf(j.left - j.right) or math.isnan(j.left - j.right) for j in found.jumps or ())
    if poles or not np.isfinite(f).all() or np.abs(f).max() > 1e8:
        return
    size = float((np.abs(f) * weight).sum())
    if found.mean is not None:
        assert float((f * weight).sum()) == pytest.approx(found.mean, abs=1e-3 * size + 1e-12)
    if found.second_moment is not None:
        assert float((f * f * weight).sum()) == pytest.approx(found.second_moment, rel=2e-3, abs=1e-12)
    if found.sparsity:  # 0 says nothing here: exp(-x**2) far out is 0 in float64 alone
        assert found.sparsity == pytest.approx(float(weight[f == 0].sum()), abs=1e-3)


@pytest.mark.parametrize("act", CURVES, ids=names)
def test_facts_agree_with_samples(act):
    start = process_time()
    found = facts(act)
    assert process_time() - start < 1
    consistent(act, found)


@pytest.mark.parametrize("act", ENTRIES, ids=names[: len(ENTRIES)])
def test_facts_are_tight(act):
    """The bounds are come near to, and the mean is that of random numbers."""
    x, found = np.linspace(-60, 60, 240_001), facts(act)
    f = act(x)
    span = max(1e-9, min(1e3, np.ptp(f)))
    assert found.range[0] == -inf or f.min() - found.range[0] < 0.03 * span
    assert found.range[1] == inf or found.range[1] - f.max() < 0.03 * span
    if found.lipschitz < inf:
        assert np.abs(np.diff(f) / np.diff(x)).max() == pytest.approx(found.lipschitz, rel=1e-3)
    sample = act(np.random.default_rng(1).standard_normal(100_000))
    assert sample.mean() == pytest.approx(found.mean, abs=5 * sample.std() / math.sqrt(100_000) + 1e-12)
    assert (sample == 0).mean() == pytest.approx(found.sparsity, abs=0.01)


@pytest.mark.parametrize("act", ENTRIES, ids=names[: len(ENTRIES)])
def test_entries_have_no_unknown_facts_but_endless_ones(act):
    endless = {"sine": {"zeros", "critical_points", "saturation"}, "sinc": {"zeros", "critical_points"},
               "identity": {"fixed_points"}}  # fmt: skip
    found = facts(act)
    unknown = {k for k in NAMES if getattr(found, k) is None} - {"minimum", "maximum", "conventional_gain"}
    assert unknown == endless.get(act.name, set())


# ---- any formula ----------------------------------------------------------------------------------------------------

_UNARY = ("sigmoid({})", "tanh({})", "exp({})", "sin({})", "cos({})", "maximum({}, 0)", "abs({})", "softplus({})",
          "erf({})", "normcdf({})", "sqrt(abs({}))", "log1p(abs({}))", "atan({})", "asinh({})", "sign({} - 0.3)",
          "floor({})", "-({})", "({})**2", "({})**3", "clip({}, -1, 2)", "log({})", "sech({})")  # fmt: skip
_BINARY = ("({}) + ({})", "({}) - ({})", "({})*({})", "minimum({}, {})", "maximum({}, {})", "({})/(1 + abs({}))",
           "where(x > 0.5, {}, {})", "where({} < 0, x, {})", "hypot({}, {})", "({})/({})")  # fmt: skip
_LEAF = st.sampled_from(["x", "x", "x", "2*x", "x - 1", "0.5", "3", "0.1*x + 0.2"])
_FORMULA = st.recursive(
    _LEAF,
    lambda part: st.one_of(
        st.builds(str.format, st.sampled_from(_UNARY), part),
        st.builds(str.format, st.sampled_from(_BINARY), part, part),
    ),
    max_leaves=5,
).filter(lambda text: "x" in text.replace("exp", "").replace("max", ""))  # the letter itself


@given(text=_FORMULA)
@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_facts_of_any_formula(text):
    act = nl.get(text if nl.catalogue.is_formula(text) else f"1*({text})")
    start = process_time()
    found = facts(act)
    assert process_time() - start < 1
    assert isinstance(found, Facts)
    consistent(act, found)
