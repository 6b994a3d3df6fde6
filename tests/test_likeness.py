"""Likeness: the same function or not, identities, the nearest entries, and the page of all identities."""

import importlib.util
import json
import re
import resource
import subprocess
import sys
from math import inf
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import nonlin as nl
from nonlin.calculus.likeness.scaling import SCALES, SHIFTS, identity, simple
from nonlin.cli import main
from nonlin.errors import FormulaError, InputError, UnknownActivation

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "identities.md").read_text()
named = pytest.mark.parametrize
pytestmark = pytest.mark.filterwarnings("ignore::nonlin.errors.NonlinWarning")  # formulas that are odd on purpose


# ---- the same function ----------------------------------------------------------------------------------------------


@named(
    ("f", "g", "by"),
    [
        ("silu", "swish", "tree"),
        ("elu", "celu", "tree"),
        ("mish", "x*tanh(log(1+exp(x)))", "symbols"),
        ("tanh", "2*sigmoid(2x) - 1", "symbols"),
        ("gelu", "x*(1 + erf(x/sqrt(2)))/2", "symbols"),
        ("relu", "(x + |x|)/2", "numbers"),
        ("gelu", "x*(1 + erf(0.7071067811865476x))/2", "numbers"),
        ("where(x == 0, 0.5, (1-cos(x))/x^2)", "where(x == 0, 0.5, 2*(sin(x/2)/x)^2)", "numbers"),
        ("log(x)", "log(x^3)/3", "numbers"),
        ("sin(x)", "sin(x) + 1e-13*sin(x)", "numbers"),
    ],
)
def test_the_same_function(f, g, by):
    """Also where float64 has no digits left: (1 - cos x)/x^2 near 0."""
    found = nl.same(f, g)
    assert (found.same, found.by, found.difference, found.at, bool(found)) == (True, by, 0.0, None, True)
    assert str(found) == f"{found.f.name} and {found.g.name} are the same function (by {by})"


@named(
    ("f", "g", "difference", "at", "span"),
    [
        ("relu", "leaky_relu", 0.05, -5.0, 5.0),
        ("relu", "relu6", 44.0, 50.0, 50.0),
        ("step", "where(x > 0, 1, 0)", 1.0, 0.0, 5.0),
        ("hardshrink", "where(|x| >= 0.5, x, 0)", 0.5, 0.5, 5.0),
        ("exp(x)", "where(x < -30, 0, exp(x))", np.exp(-30), -30.0, 50.0),
        ("relu", "where(x > 3e8, 2x, relu(x))", 3e11, 3e11, inf),
        ("sinc", "sin(x)/x", inf, 0.0, 5.0),
        ("exp(x)", "where(x > 720, 1, exp(x))", inf, 1465.0, inf),
        ("sin(x)", "sin(x) + 1e-11*cos(x)", 1e-11, 0.0, 5.0),
    ],
)
def test_another_function(f, g, difference, at, span):
    """On the tails, at single places, and far out."""
    found = nl.same(f, g)
    assert not found
    assert found.difference == pytest.approx(difference, rel=1e-3)
    assert found.at == pytest.approx(at, rel=0.1, abs=0.1)
    assert found.span == span


def test_differences_are_told():
    assert str(nl.same("relu", "relu6")) == "relu and relu6 differ, on [-50, 50] by at most 44, at x = 50"
    assert str(nl.same("sinc", "sin(x)/x")).endswith("infinity, at x = 0, where only one has a finite value")


@named(
    ("f", "g", "parameters"),
    [
        ("leaky_relu", "prelu", {"weight": "negative_slope"}),
        ("elu", "celu", None),
        ("silu", "swish", None),
        ("relu", "threshold", None),
        ("tanh", "tanhshrink", None),
        ("relu", "(x + |x|)/2", {}),
    ],
)
def test_the_same_for_all_values_of_the_parameters(f, g, parameters):
    assert nl.same(f, g).parameters == parameters


@named("text", ["x/(1 + exp(-k*x))", "x*(1 + tanh(k*x/2))/2"])
def test_parameters_are_matched_by_values(text):
    assert nl.same("swish", nl.define(text, k=3.0)).parameters == {"k": "beta"}


def test_parameters_are_matched_in_any_order():
    swapped = nl.define("clip(x, top, bottom)", bottom=5.0, top=-2.0)
    assert nl.same("hard_tanh", swapped).parameters == {"bottom": "max_val", "top": "min_val"}


# ---- identities -----------------------------------------------------------------------------------------------------


@named(
    ("f", "g", "text"),
    [
        ("tanh", "sigmoid", "tanh(x) = 2*sigmoid(2*x) - 1"),
        ("silu", "sigmoid", "silu(x) = x*sigmoid(x)"),
        ("log_sigmoid", "softplus", "log_sigmoid(x) = -softplus(-x)"),
        ("hard_sigmoid", "relu6", "hard_sigmoid(x) = relu6(x + 3)/6"),
        ("exp(-x^2/2)", "gaussian", "exp(-x**2/2) = gaussian(sqrt(2)*x/2)"),
        ("atan(2.2x)/pi + 0.5", "arctan", "atan(2.2*x)/pi + 0.5 = arctan(11*x/5)/pi + 1/2"),
        ("0.7*tanh(0.3x + 0.1) + 0.05x", "tanh", "0.7*tanh(0.3*x + 0.1) + 0.05*x = 0.7*tanh(0.3*x + 0.1) + 0.05*x"),
        ("x*sigmoid(1.702x)", "sigmoid", "x*sigmoid(1.702*x) = x*sigmoid(1.702*x)"),
        ("sin(x)", "cos(x)", "sin(x) = cos(pi/2 - x)"),
        ("where(x > 0, 1, 0)", "step", "where(x > 0, 1, 0) = 1 - step(-x)"),
    ],
)
def test_identities(f, g, text):
    found = nl.same(f, g, scaled=True)
    assert str(found.identity) == text
    assert found
    assert not found.same


def test_an_identity_may_have_a_parameter_for_a_number():
    inner = nl.elu.with_parameters(alpha=nl.selu.defaults["alpha"])
    assert identity(nl.selu, inner).a.value == nl.selu.defaults["lam"]


@named(
    ("f", "g"),
    [
        ("gelu", "gelu_tanh"),
        ("gelu", "x*sigmoid(1.702x)"),
        ("tanh", "hard_tanh"),
        ("sign", "step"),
        ("x^2", "identity"),
        ("relu", "identity"),
        ("3x + 1", "tanh"),
        ("x^2", "relu"),
        ("tanh", "tanh(x) + 1e-10*sin(x)"),
        ("log(x)", "tanh"),
        ("tanh", "log(x)"),
        ("relu", "clip(x, 0, 1e30)"),
        ("tanh", "exp(40x)"),
    ],
)
def test_no_identity_is_claimed_that_does_not_hold(f, g):
    """Sign and step agree but at 0; x^2 is x relu(x + 9) where one looks, and nowhere else."""
    assert identity(nl.get(f), nl.get(g)) is None
    assert not nl.same(f, g, scaled=True)


@named("seed", range(12))
def test_made_up_identities_are_found(seed):
    rng = np.random.default_rng(seed)
    g = nl.get(rng.choice(["tanh", "mish", "softsign", "gelu", "hard_tanh", "arctan"]))
    b, c, a, d, e = rng.choice(SCALES), rng.choice(SHIFTS), *rng.choice([-2.0, -0.5, 0.25, 1.0, 3.0], 3)
    factor = "x*" if seed % 2 else ""
    f = nl.define(f"{a!r}*{factor}{g.name}({b!r}*x + {c!r}) + {d!r}*x + {e!r}".replace("np.float64", ""))
    found = identity(f, g)
    x = rng.normal(scale=4, size=100)
    factors = x if found.by_x else 1.0
    right = found.a.value * factors * g(found.b.value * x + found.c.value) + found.d.value * x + found.e.value
    assert np.allclose(f(x), right, rtol=1e-12, atol=1e-12)


@named(("value", "text"), [(0.5, "1/2"), (1.702, "1.702"), (37 / 48, "37/48"), (np.sqrt(8), "2*sqrt(2)/1"),
                           (1 / np.sqrt(2 * np.pi), "1/sqrt(2*pi)"), (0.123456, "0.123456"), (0.0, "0/1")])  # fmt: skip
def test_simple_numbers(value, text):
    top, _, bottom = text.partition("/")
    found = simple(float(value), 1e-9)
    assert (str(found.top), str(found.bottom)) in {(top, bottom or "1"), ("sqrt(2)", "1/2")}
    assert found.value == pytest.approx(value, rel=1e-15)


def test_other_numbers_are_not_simple():
    assert simple(0.123456789123, 1e-9) is None


# ---- the nearest entries --------------------------------------------------------------------------------------------


def test_a_formula_is_recognised():
    found = nl.like("x*tanh(log(1+exp(x)))")
    assert found.names == ("mish",)
    assert nl.like("max(x, 0)").names[:2] == ("relu", "threshold")
    assert str(found).startswith("x*tanh(log(1 + exp(x))) is mish\n\nnearest entries, on [-5, 5], at default param")


def test_the_measure_is_the_largest_difference():
    f, x = nl.get("x*sigmoid(1.6x)"), np.linspace(-5, 5, 641)
    found = nl.like(f, count=1000).neighbours
    entries = [e for e in nl.find() if isinstance(e, nl.Activation)]
    apart = (np.abs(f(x) - e(x)).max() for e in entries)
    expected = sorted(np.inf if np.isnan(a) else float(a) for a in apart)
    assert [n.difference for n in found] == pytest.approx(expected, abs=1e-15)
    assert found[0].name == "quick_gelu"
    assert abs(f(found[0].at) - nl.quick_gelu(found[0].at)) == pytest.approx(found[0].difference, abs=1e-12)


def test_equal_on_the_interval_is_not_the_same():
    nearest = {n.name: n for n in nl.like("relu", count=60).neighbours}
    assert (nearest["relu6"].same, nearest["relu6"].difference, nearest["relu6"].at) == (False, 0.0, None)
    assert str(nearest["relu6"]) == "equal here, but not everywhere"


def test_identities_are_told_where_no_entry_is_the_function():
    assert nl.like("1 - 2/(1 + exp(3x))").identities[0] == "f(x) = tanh(3*x/2)"
    assert nl.like("tanh").identities == ()


@named(
    ("text", "told"),
    [
        ("x*sigmoid(1.6x)", "swish(x, beta=1.6)"),
        ("where(x > 0, x, 0.3x)", "leaky_relu(x, negative_slope=0.3)"),
        ("clip(x, -2, 2)", "hard_tanh(x, min_val=-2, max_val=2)"),
        ("sin(30x)", "sine(x, omega=30)"),
    ],
)
def test_entries_with_other_parameters_are_told(text, told):
    assert nl.like(text).identities[0] == f"f(x) = {told}"


def test_parameters_outside_their_domain_are_not_told():
    """The beta of softplus is positive."""
    assert not any("softplus(x, " in text for text in nl.like("softplus(-2x)/-2").identities)


def test_undefined_parts_are_left_out():
    assert all(np.isfinite(n.difference) for n in nl.like("log(x)").neighbours)


# ---- bad input ------------------------------------------------------------------------------------------------------


@named("ask", [nl.like, lambda f: nl.same(f, "relu"), lambda f: nl.same("relu", f)])
@named(
    ("f", "error", "sentence"),
    [
        ("softmax", InputError, "softmax cannot be compared: its outputs depend on several inputs"),
        ("swiglu", InputError, "swiglu cannot be compared"),
        ("geluu", UnknownActivation, "did you mean 'gelu'"),
        ("3 + 4", FormulaError, "does not contain x"),
        ("a*x", FormulaError, "a has no value"),
        (3.0, InputError, "named by text"),
    ],
)
def test_bad_input(ask, f, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        ask(f)


@named("count", [0, -1, 2.5, True, "3"])
def test_bad_counts(count):
    with pytest.raises(InputError, match="count must be a whole number of entries from 1 on"):
        nl.like("relu", count=count)


def test_a_function_without_values():
    with pytest.raises(InputError, match=re.escape("has no finite value on [-5, 5]")):
        nl.like("log(-x^2 - 1)")


# ---- the command ----------------------------------------------------------------------------------------------------


def run(*words):
    return CliRunner().invoke(main, ("like", *words), prog_name="nonlin")


def test_the_command_prints_what_the_library_returns():
    assert run("x*atan(x)").output == f"{nl.like('x*atan(x)')}\n"
    assert run("-x*sigmoid(b*x)", "--set", "b=1").output.splitlines()[1] == "  f(x) = -silu(x)"
    assert "relu, a name" not in run("relu", "--count", "1").output


def test_documented_keys_are_those_that_are_printed():
    docs = (ROOT / "docs" / "command-line.md").read_text()
    printed = json.loads(run("relu", "--json").output)
    for keys, row in ((printed, "| `like` |"), (printed["nearest"][0], "| `like`: `nearest` |")):
        line = next(line for line in docs.splitlines() if line.startswith(row))
        assert [*keys] == re.findall(r"`([a-z_]+)`", line.removeprefix(row))


@named("words", [("softmax",), ("3 + 4",), ("geluu",), ("x*y",), ("relu", "--count", "0"), ("",), ("sin(x",)])
def test_misuse_is_one_sentence(words):
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.output


def test_the_command_takes_less_than_five_seconds():
    """Processor time, the better of two, because the machine may be busy."""

    def seconds():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "nonlin", "like", "x*tanh(log(1+exp(x)))"], stdout=subprocess.DEVNULL, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds(), seconds()) < 5


# ---- the page -------------------------------------------------------------------------------------------------------

SECTIONS = {part.split("\n")[0]: re.findall("^- `(.*)`$", part, re.MULTILINE) for part in PAGE.split("\n## ")[1:]}
EQUATIONS = [line for title, lines in SECTIONS.items() if "all values" not in title for line in lines]
SAMPLE = [line for title, lines in SECTIONS.items() if title[:3] in ("Aft", "Sym") for line in lines[::4]]


def tool():
    spec = importlib.util.spec_from_file_location("identities", ROOT / "tools" / "identities.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_that_of_the_entries():
    """If this fails, run python tools/identities.py."""
    made = tool()
    head = made.HEAD.format(digest=f"`{made.digest(made.activations())}`")
    assert PAGE.startswith(head)
    assert [len(lines) > 2 for lines in SECTIONS.values()] == [True] * 5


def test_another_default_makes_the_page_stale():
    made = tool()
    acts = made.activations()
    changed = [a.with_parameters(alpha=0.9) if a.name == "elu" else a for a in acts]
    assert made.digest(changed) != made.digest(acts)


@named("line", EQUATIONS)
def test_every_line_holds(line):
    """By values in float64 alone; the right side is read as a formula."""
    left, right = line.split(" = ")
    x = np.concatenate([np.linspace(-8, 8, 257), [-100.0, -20.0, 20.0, 100.0]])
    assert np.allclose(nl.get(left)(x), nl.get(right)(x), rtol=1e-12, atol=1e-12, equal_nan=True)


@named("line", SAMPLE)
def test_lines_are_found_again(line):
    left, right = line.split(" = ")
    f = nl.get(left.removesuffix("(x)"))
    g = next(word for word in re.findall(r"\w+", right) if word != "x" and word in nl.names())
    assert str(identity(f, nl.get(g))) == line


@named("line", SECTIONS["The same function for all values of the parameters"])
def test_lines_for_all_values_hold(line):
    name, given, other, made = re.fullmatch(r"(\w+)\(x, (\w+)\) = (\w+)\(x, (\w+)=\w+\)", line).groups()
    x = np.linspace(-8, 8, 257)
    for value in (0.0, 0.3, 2.0):
        assert np.array_equal(nl.get(name)(x, **{given: value}), nl.get(other)(x, **{made: value}))
