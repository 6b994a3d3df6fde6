"""Every backend has every word with one signature, the same values, and no word widens the dtype."""

import inspect

import numpy as np
import pytest

from nonlin.checking import ulp_difference
from nonlin.ops import BACKENDS, WORDS, backend
from tensors import LIBRARIES, back, precise, tensor

MACHINERY = ["owns", "as_input", "apply", "split", "moved_last", "eye", "apply_along", "uniform"]
PLAIN = [w for w in WORDS.values() if not w.over_axis]
PLACES = [pytest.param(w, i, id=f"{w.name}-{i}") for w in PLAIN if w.arity > 1 and w.name != "where"
          for i in range(w.arity)]  # fmt: skip
ALONG = [w for w in WORDS.values() if w.over_axis]
SIZES = [0.0, 1e-30, 1e-7, 0.01, 0.5, 1.0, 1.5, 3.0, 7.7, 12.3, 20.0, 37.0, 80.0]
LINE = np.array([*(-s for s in reversed(SIZES)), *SIZES])
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 3e38, -3e38])
named = pytest.mark.parametrize
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:tensorflow", "ignore::DeprecationWarning:keras")


def arguments(word, line):
    """Arguments in the word's domain; for several, every pair of numbers of the line."""
    line = line[(line >= word.domain[0]) & (line <= word.domain[1]) | np.isnan(line)]
    if word.arity == 1:
        return (line,)
    first, second = (a.ravel() for a in np.meshgrid(line, line))
    third = np.roll(second, 1) if word.name != "clip" else np.maximum(second, 2 * np.abs(second))
    given = (np.abs(first) if word.name == "power" else first, second, third)
    return (first > 0, *given[1:]) if word.name == "where" else given[: word.arity]


def compared(word, name, line, dtype, bound):
    with np.errstate(all="ignore"):
        given = [a if a.dtype == bool else a.astype(dtype) for a in arguments(word, line)]
        expected = getattr(backend("numpy"), word.name)(*(a if a.dtype == bool else a.astype(float) for a in given))
    with precise(name):
        got = back(getattr(backend(name), word.name)(*(tensor(name, a) for a in given)))
    smallest = 2.0**-116 if dtype == "float32" else 1e-290
    assert word.condition or got.dtype == dtype
    assert ulp_difference(got, expected, dtype, smallest).max() <= bound


@named("name", BACKENDS)
def test_names_of_words(name):
    assert [word for word in WORDS if not callable(getattr(backend(name), word, None))] == []


@named("name", [n for n in BACKENDS if n != "numpy"])
@named("function", MACHINERY)
def test_machinery_has_one_signature(name, function):
    ours, theirs = (inspect.signature(getattr(backend(n), function)) for n in ("numpy", name))
    assert [(p.name, p.default) for p in ours.parameters.values()] == [
        (p.name, p.default) for p in theirs.parameters.values()
    ]


# TensorFlow's erfc rounds its exponent: 64 last places in the float32 tail; NumPy's own words do so in float64
@named(("dtype", "bound"), [("float32", 70), ("float64", 800)])
@named("name", LIBRARIES)
@named("word", PLAIN, ids=lambda w: w.name)
def test_values_are_those_of_numpy(word, name, dtype, bound):
    compared(word, name, LINE, dtype, bound)


@named("name", LIBRARIES)
@named("word", PLAIN, ids=lambda w: w.name)
def test_special_values_are_those_of_numpy(word, name):
    compared(word, name, SPECIAL, "float32", 70)


POWERS = [(0.0, 1.0), (0.0, 9.0), (1.0, 1.0), (1.0, 3.5), (2.0, 1.0), (2.0, 0.1), (0.7, 1.0), (3.3, 2.0), (50.0, 1.0)]
ROWS = [pytest.param(w, more, id=f"{w.name}{more or ''}") for w in ALONG for more in (POWERS if w.arity == 3 else [()])]


@named("axis", [0, -1])
@named("name", LIBRARIES)
@named(("word", "more"), ROWS)
def test_words_along_an_axis(word, more, name, axis):
    rows = np.random.default_rng(1).normal(0, 5, (3, 4, 5)).astype(np.float32)
    expected = getattr(backend("numpy"), word.name)(rows.astype(float), *more, axis=axis)
    got = back(getattr(backend(name), word.name)(tensor(name, rows), *more, axis=axis))
    assert got.dtype == np.float32
    assert np.allclose(got, expected, rtol=1e-6, atol=1e-6)


@named(("power", "total"), [p for p in POWERS if p[0]])
@named("scale", [1e-3, 0.1, 1.0, 30.0])
def test_a_threshold_solves_its_equation(power, total, scale):
    rows = np.random.default_rng(2).normal(0, scale, (200, 31))
    tau = backend("numpy").row_threshold(rows, power, total, axis=-1)
    excess = np.maximum(rows - tau, 0)
    assert np.allclose((excess**power).sum(-1), total, rtol=1e-12 if power >= 1 else 1e-7, atol=0)


def test_a_threshold_of_power_0_counts():
    rows = np.array([[3.0, 2.0, 2.0, 1.0], [5.0, 4.0, -np.inf, 6.0]])
    ranked = [backend("numpy").row_threshold(rows, 0.0, float(k), axis=-1).ravel().tolist() for k in range(5)]
    assert ranked == [[3, 6], [2, 5], [2, 4], [1, -np.inf], [-np.inf, -np.inf]]


@named("power", [1.0, 2.0, 1.3])
@named("name", LIBRARIES)
def test_a_threshold_of_a_long_row_in_float32(name, power):
    """Running sums of 20,000 numbers are not exact: the elements that count are found again."""
    row = np.random.default_rng(3).uniform(0, 1e-3, 20_000).astype(np.float32)
    tau = back(backend(name).row_threshold(tensor(name, row), power, 1.0, axis=0)).astype(float)
    assert np.sum(np.maximum(row - tau, 0) ** power) == pytest.approx(1, rel=1e-3)


@named("power", [1.0, 2.0, 1.3])
@named("name", LIBRARIES)
def test_a_power_may_be_a_tensor(name, power):
    rows = np.random.default_rng(4).normal(0, 1, (3, 7))
    with precise(name):
        tau = backend(name).row_threshold(tensor(name, rows), tensor(name, np.float64(power)), 1.0, axis=-1)
    assert np.allclose(back(tau), backend("numpy").row_threshold(rows, power, 1.0, axis=-1), rtol=1e-12)


@named("name", LIBRARIES)
def test_log_softmax_keeps_its_upper_tail(name):
    got = back(backend(name).log_softmax(tensor(name, np.float32([0.0, -20.0, -30.0])), axis=-1))
    assert got[0] == pytest.approx(-2.0612e-9, rel=1e-4)


@named("dtype", ["float32", "float64"])
@named("name", LIBRARIES)
@named(("word", "place"), PLACES)
def test_numbers_among_tensors_do_not_widen(word, name, place, dtype):
    given = [np.float64([0.1, 0.7]) for _ in range(word.arity)]
    with precise(name):
        mixed = [0.3 if i == place else tensor(name, a, dtype) for i, a in enumerate(given)]
        got = back(getattr(backend(name), word.name)(*mixed))
    same = [np.float64(0.3) if i == place else a for i, a in enumerate(given)]
    expected = getattr(backend("numpy"), word.name)(*same)
    assert word.condition or got.dtype == dtype
    assert np.allclose(got, expected, rtol=1e-6 if dtype == "float32" else 1e-15, atol=0)


@named("name", LIBRARIES)
def test_huge_numbers_do_not_overflow_in_hypot(name):
    got = back(
        backend(name).hypot(tensor(name, np.float32([3e38, 1e-30, 0.0])), tensor(name, np.float32([1, 1e-30, 0])))
    )
    assert np.allclose(got, [3e38, 1.4142135e-30, 0.0], rtol=1e-6, atol=0)


@named("word", [w for w in WORDS.values() if w.arity == 1 and not w.over_axis], ids=lambda w: w.name)
def test_stated_limits(word):
    with np.errstate(all="ignore"):
        ends = [float(getattr(backend("numpy"), word.name)(np.float64(end))) for end in (-np.inf, np.inf)]
    assert [None if np.isnan(e) else e for e in ends] == [*word.limits]


@named("word", [w for w in WORDS.values() if w.arity == 1 and not w.over_axis], ids=lambda w: w.name)
def test_stated_domain(word):
    low, high = word.domain
    inside = np.linspace(max(low, -5), min(high, 5), 1002)[1:-1]
    with np.errstate(all="ignore"):
        values = getattr(backend("numpy"), word.name)(inside)
        beyond = getattr(backend("numpy"), word.name)(np.float64(max(low, -1e300) - 0.1))
    assert np.isfinite(values).all()
    assert np.isnan(beyond) == np.isfinite(low)
