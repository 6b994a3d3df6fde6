"""Numbers of twice the digits, in NumPy and in kernels: each word against a hundred digits."""

from fractions import Fraction
from math import isqrt

import numpy as np
import pytest
from numba import njit

from nonlin.kernels import pair_words
from nonlin.ops import pairs

RNG = np.random.default_rng(3)
DIGITS = 2.0**-100


def numbers(low, high, count=400):
    """Pairs of both signs and many sizes, the second part at most half a unit of the first, or far smaller, or 0."""
    first = RNG.choice([-1.0, 1.0], count) * np.ldexp(RNG.uniform(1, 2, count), RNG.integers(low, high, count))
    second = first * RNG.uniform(-(2.0**-54), 2.0**-54, count) * RNG.choice([1, 2.0**-30, 0], count)
    return first, second


def fraction(pair):
    return Fraction(float(pair[0])) + Fraction(float(pair[1]))


def root(value):
    """The square root of a fraction to 400 binary digits."""
    scale = 1 << 1600
    return Fraction(isqrt(int(value * scale * scale)), scale)


WORDS = {
    "add": (2, lambda a, b: a + b),
    "subtract": (2, lambda a, b: a - b),
    "multiply": (2, lambda a, b: a * b),
    "divide": (2, lambda a, b: a / b),
    "sqrt": (1, lambda a: root(abs(a))),
    "hypot": (2, lambda a, b: root(a * a + b * b)),
}


@pytest.mark.parametrize("where", ["numpy", "kernel"])
@pytest.mark.parametrize("name", WORDS)
def test_a_word_has_a_hundred_digits(name, where):
    arity, exact = WORDS[name]
    given = [numbers(-60, 60) for _ in range(arity)]
    if name == "sqrt":
        given = [tuple(np.sign(given[0][0]) * part for part in given[0])]
    results = calculated(name, where, given)
    for i, found in enumerate(zip(*results, strict=True)):
        parts = [fraction((a[0][i], a[1][i])) for a in given]
        expected = exact(*parts)
        largest = max(map(abs, parts)) if name in ("add", "subtract") else abs(expected)
        assert abs(fraction(found) - expected) <= largest * Fraction(DIGITS), (name, parts)


def calculated(name, where, given):
    if where == "numpy":
        return pairs._WORDS[name](*given)
    word = getattr(pair_words, name)
    single = njit(lambda a: word(a)) if len(given) == 1 else njit(lambda a, b: word(a, b))
    return np.array([single(*((float(a[0][i]), float(a[1][i])) for a in given)) for i in range(given[0][0].size)]).T


@pytest.mark.parametrize("where", ["numpy", "kernel"])
def test_a_root_keeps_what_is_far_below_its_last_digit(where):
    """Of x^2 + 1 far out: the root is x and a hair, which no float64 next to it shows."""
    x = 3 * 2.0 ** np.arange(29, 200, 9)
    root, hair = calculated("hypot", where, [(x, np.zeros_like(x)), (np.ones_like(x), np.zeros_like(x))])
    np.testing.assert_array_equal(root, x)
    np.testing.assert_allclose(hair, 1 / (2 * x), rtol=1e-9)


@pytest.mark.parametrize("where", ["numpy", "kernel"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_exact_roots_zero_and_what_has_no_root(where):
    a = np.array([0.0, 9.0, 2.0**-80, -1.0, np.inf, np.nan])
    high, low = calculated("sqrt", where, [(a, np.zeros_like(a))])
    np.testing.assert_array_equal(high[:3] + low[:3], [0, 3, 2.0**-40])
    assert not np.isfinite(high[3:] + low[3:]).any()
