"""Make and prove the two series behind erf, erfc and normcdf in ``nonlin.ops.numpy_words``.

Run ``python tools/erfc_coefficients.py``: it prints the coefficients and the largest relative error of each series,
measured with mpmath between the interpolation points.

Tail: (1 + 2z) exp(z^2) erfc(z) for z >= 0 is smooth and stays between 1 and 1.13, so a polynomial in
t = (z - K)/(z + K) serves the whole half-line (the variable of Shepherd & Laframboise, Math. Comp. 36, 1981).
Centre: erf(z)/z for |z| <= 1 is a polynomial in z^2.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath as mp

K = 3.75
mp.mp.dps = 60


def tail(t: mp.mpf) -> mp.mpf:
    """(1 + 2z) exp(z^2) erfc(z) at z = K (1 + t)/(1 - t)."""
    if t == 1:
        return 2 / mp.sqrt(mp.pi)
    z = K * (1 + t) / (1 - t)
    return (1 + 2 * z) * mp.exp(z * z) * mp.erfc(z)


def centre(s: mp.mpf) -> mp.mpf:
    """erf(z)/z at z^2 = (1 + s)/2, for s in [-1, 1]."""
    z = mp.sqrt((1 + s) / 2)
    return mp.erf(z) / z if z else 2 / mp.sqrt(mp.pi)


def chebyshev(f: Callable[[mp.mpf], mp.mpf], degree: int) -> list[mp.mpf]:
    """Coefficients of the Chebyshev series of ``f`` on [-1, 1], from 4 x degree points."""
    n = 4 * degree
    angles = [mp.pi * (j + mp.mpf(1) / 2) / n for j in range(n)]
    values = [f(mp.cos(a)) for a in angles]
    return [
        mp.fsum(v * mp.cos(k * a) for v, a in zip(values, angles, strict=True)) * (1 if k == 0 else 2) / n
        for k in range(degree + 1)
    ]


def monomial(series: list[mp.mpf]) -> list[mp.mpf]:
    """The same polynomial in powers of its variable, lowest first."""
    before, now = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    total = [mp.mpf(0)] * len(series)
    for k, c in enumerate(series):
        basis = before if k == 0 else now
        for i, b in enumerate(basis):
            total[i] += c * b
        if k:
            following = [mp.mpf(0), *(2 * b for b in now)]
            for i, b in enumerate(before):
                following[i] -= b
            before, now = now, following
    return total


def worst(f: Callable[[mp.mpf], mp.mpf], coefficients: list[float], points: int = 500) -> mp.mpf:
    """Largest relative error of the rounded coefficients on [-1, 1], in exact arithmetic."""
    exact = [mp.mpf(c) for c in reversed(coefficients)]
    errors = []
    for i in range(points + 1):
        t = -1 + 2 * mp.mpf(i) / points
        errors.append(abs(mp.polyval(exact, t) / f(t) - 1))
    return max(errors)


def main() -> None:
    for name, f, degree in (("TAIL", tail, 26), ("CENTRE", centre, 15)):
        coefficients = [float(c) for c in monomial(chebyshev(f, degree))]
        print(f"# largest relative error {mp.nstr(worst(f, coefficients), 3)}")
        print(f"{name} = {coefficients}")


if __name__ == "__main__":
    main()
