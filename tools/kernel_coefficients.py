"""Make and prove the polynomials of ``nonlin.kernels.words`` and, named SHORT, of ``nonlin.kernels.short_words``.

Run ``python tools/kernel_coefficients.py``: for every polynomial it prints its coefficients, rounded to float64, and
the largest error that they leave in the word, in units of 2^-53 of the word's value, measured with mpmath between the
points that made them. ``python tools/kernel_coefficients.py EXP ATAN`` makes these two only.

The polynomials are minimax (Remez 1934): of all polynomials of their degree, those with the smallest largest error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp

mp.mp.dps = 50
Real = Callable[[mp.mpf], mp.mpf]
SAMPLES = 600  # points among which an extremum of the error is looked for


@dataclass(frozen=True)
class Approximation:
    """``f`` on [low, high] by a polynomial; an error d of it is an error weight(x) d, relative, of the word."""

    f: Real
    weight: Real
    low: mp.mpf
    high: mp.mpf
    degree: int

    def points(self, count: int) -> list[mp.mpf]:
        """The extrema of a Chebyshev polynomial, moved to [low, high]; the ends are among them."""
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        return [middle - half * mp.cos(mp.pi * i / (count - 1)) for i in range(count)]


def minimax(a: Approximation, rounds: int = 6) -> list[mp.mpf]:
    """The coefficients, lowest first, of the polynomial whose weighted error is smallest where it is largest."""
    reference, samples = a.points(a.degree + 2), a.points(SAMPLES)
    values, weights = [a.f(x) for x in samples], [a.weight(x) for x in samples]
    for _ in range(rounds):
        coefficients = levelled(a, reference)
        errors = [w * (v - mp.polyval(coefficients[::-1], x)) for x, v, w in zip(samples, values, weights, strict=True)]
        reference = [samples[i] for i in extrema(errors, a.degree + 2)]
    return coefficients


def levelled(a: Approximation, reference: list[mp.mpf]) -> list[mp.mpf]:
    """The polynomial whose weighted errors at the reference points are equal, with alternating signs."""
    rows = [[*(x**k for k in range(a.degree + 1)), (-1) ** i / a.weight(x)] for i, x in enumerate(reference)]
    return list(mp.lu_solve(mp.matrix(rows), mp.matrix([a.f(x) for x in reference])))[:-1]


def extrema(errors: list[mp.mpf], count: int) -> list[int]:
    """Where the error is largest between its changes of sign; of more than ``count`` places, the smaller end goes."""
    runs = [[0]]
    for i in range(1, len(errors)):
        if errors[i] * errors[i - 1] < 0:
            runs.append([])
        runs[-1].append(i)
    places = [max(run, key=lambda i: abs(errors[i])) for run in runs]
    while len(places) > count:
        places.pop(0 if abs(errors[places[0]]) < abs(errors[places[-1]]) else -1)
    if len(places) < count:
        raise ValueError(f"the error changes sign {len(places) - 1} times, not {count - 1}: raise mp.dps or the degree")
    return places


def worst(a: Approximation, coefficients: list[float]) -> mp.mpf:
    """Largest weighted error of the rounded coefficients, in exact arithmetic, in units of 2^-53."""
    exact = [mp.mpf(c) for c in reversed(coefficients)]
    return max(a.weight(x) * abs(a.f(x) - mp.polyval(exact, x)) for x in a.points(4 * SAMPLES + 1)) * 2**53


def in_square(f: Real) -> Real:
    """``f`` as a function of z, the square of its argument; the removable singularity at 0 is stepped over."""
    return lambda z: f(mp.sqrt(max(z, mp.mpf(10) ** -16)))


def erfcx(z: mp.mpf) -> mp.mpf:
    return mp.exp(z * z) * mp.erfc(z)


def half_line(k: int, f: Real, weight: Real, low: mp.mpf, high: mp.mpf, degree: int) -> Approximation:
    """(z + k)/2 f(z) for z from low to high, as a function of t = (z - k)/(z + k)."""

    def z(t: mp.mpf) -> mp.mpf:
        return k * (1 + t) / (1 - t)

    return Approximation(
        lambda t: (z(t) + k) / 2 * f(z(t)),
        lambda t: 2 * weight(z(t)) / (z(t) + k),
        (low - k) / (low + k),
        (high - k) / (high + k),
        degree,
    )


def exp_rest(r: mp.mpf) -> mp.mpf:
    """(exp(r) - 1 - r)/r^2; the removable singularity at 0 is stepped over."""
    return (mp.expm1(r) - r) / r**2 if abs(r) > mp.mpf(10) ** -12 else mp.mpf(1) / 2 + r / 6


def log1p_share(q: mp.mpf) -> mp.mpf:
    """log(1 + q)/q; the removable singularity at 0 is stepped over."""
    return mp.log1p(q) / q if q > mp.mpf(10) ** -12 else 1 - q / 2


def mills(z: mp.mpf) -> mp.mpf:
    """exp(z^2/2) normcdf(-z)."""
    return erfcx(z / mp.sqrt(2)) / 2


HALF_LOG2 = mp.log(2) / 2 * (1 + mp.mpf(2) ** -20)
QUARTER, HALF = (mp.pi / 4) ** 2, (mp.pi / 2) ** 2
FRACTION = (3 - 2 * mp.sqrt(2)) ** 2 * (1 + mp.mpf(2) ** -20)  # of s^2, s = f/(2 + f), for 1 + f within sqrt(2)
OCTANT = (mp.sqrt(2) - 1) ** 2 * (1 + mp.mpf(2) ** -20)

APPROXIMATIONS = {
    "EXP": Approximation(exp_rest, lambda r: HALF_LOG2**2 / mp.exp(r), -HALF_LOG2, HALF_LOG2, 9),
    "SINH": Approximation(
        in_square(lambda r: (mp.sinh(r) - r) / r**3),
        in_square(lambda r: r**3 / mp.sinh(r)),
        mp.mpf(0),
        HALF_LOG2**2,
        4,
    ),
    "COSH": Approximation(
        in_square(lambda r: (mp.cosh(r) - 1) / r**2),
        in_square(lambda r: r**2 / mp.cosh(r)),
        mp.mpf(0),
        HALF_LOG2**2,
        5,
    ),
    "LOG": Approximation(
        in_square(lambda s: (2 * mp.atanh(s) / s - 2) / s**2),
        in_square(lambda s: s**3 / mp.log1p(2 * s / (1 - s))),
        mp.mpf(0),
        FRACTION,
        6,
    ),
    "LOG_TO_2": Approximation(
        in_square(lambda s: (2 * mp.atanh(s) / s - 2) / s**2),
        in_square(lambda s: s**2 / 2),
        mp.mpf(0),
        mp.mpf(1) / 9,
        10,
    ),
    "LOG_REST": Approximation(
        in_square(lambda s: (2 * mp.atanh(s) / s - 2 - 2 * s**2 / 3) / s**4),
        in_square(lambda s: s**4 / 2 * 2**10),
        mp.mpf(0),
        FRACTION,
        7,
    ),
    "SIN": Approximation(
        in_square(lambda r: (mp.sin(r) - r) / r**3),
        in_square(lambda r: r**3 / mp.sin(r)),
        mp.mpf(0),
        HALF,
        7,
    ),
    "COS": Approximation(
        in_square(lambda r: (mp.cos(r) - 1 + r**2 / 2) / r**4),
        in_square(lambda r: r**4 / mp.cos(r)),
        mp.mpf(0),
        QUARTER,
        5,
    ),
    "ATAN": Approximation(
        in_square(lambda x: (mp.atan(x) - x) / x**3),
        in_square(lambda x: x**3 / mp.atan(x)),
        mp.mpf(0),
        OCTANT,
        9,
    ),
    "ERF": Approximation(
        in_square(lambda z: mp.erf(z) / z - 1),
        in_square(lambda z: z / mp.erf(z)),
        mp.mpf(0),
        mp.mpf(1),
        13,
    ),
    "ERF_REST": half_line(2, erfcx, lambda z: mp.exp(-z * z) / mp.erf(z), mp.mpf(1), mp.mpf(6), 11),
    "ERFC": half_line(2, erfcx, lambda z: 1 / erfcx(z), mp.mpf(0), mp.mpf("27.3"), 24),
    "NORMCDF": half_line(4, mills, lambda z: 1 / mills(z), mp.mpf(0), mp.mpf("38.6"), 23),
    "SHORT_EXP": Approximation(mp.exp, lambda r: mp.exp(-r), -HALF_LOG2, HALF_LOG2, 9),
    "SHORT_EXPM1": Approximation(exp_rest, lambda r: HALF_LOG2 / mp.exp(r), -HALF_LOG2, HALF_LOG2, 7),
    "SHORT_LOG": Approximation(
        in_square(lambda s: 2 * mp.atanh(s) / s),
        in_square(lambda s: s / (2 * mp.atanh(s))),
        mp.mpf(0),
        FRACTION,
        5,
    ),
    "SHORT_LOG1P": Approximation(log1p_share, lambda q: 1 / log1p_share(q), mp.mpf(0), mp.mpf(1), 14),
    "SHORT_ERF": Approximation(
        in_square(lambda z: mp.erf(z) / z),
        in_square(lambda z: z / mp.erf(z)),
        mp.mpf(0),
        mp.mpf(1),
        9,
    ),
    "SHORT_ERF_REST": half_line(2, erfcx, lambda z: mp.exp(-z * z) / mp.erf(z), mp.mpf(1), mp.mpf(6), 8),
    "SHORT_ERFC": half_line(2, erfcx, lambda z: 1 / erfcx(z), mp.mpf(0), mp.mpf("27.3"), 18),
    "SHORT_NORMCDF": half_line(4, mills, lambda z: 1 / mills(z), mp.mpf(0), mp.mpf("38.6"), 17),
}


def main(names: list[str]) -> None:
    for name in names or APPROXIMATIONS:
        approximation = APPROXIMATIONS[name]
        coefficients = [float(c) for c in minimax(approximation)]
        print(f"# largest error {mp.nstr(worst(approximation, coefficients), 3)} x 2^-53")
        print(f"{name} = {tuple(coefficients)}")


if __name__ == "__main__":
    main(sys.argv[1:])
