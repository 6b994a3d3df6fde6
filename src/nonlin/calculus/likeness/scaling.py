"""How one activation is made of another by scaling and shifting: f(x) = a g(b x + c) + d x + e.

For b and c from a list of simple numbers a, d and e are the solution of a linear system. An identity is claimed if its
numbers are simple, too, and it then holds as :func:`nonlin.same` would have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import e, pi, prod, sqrt
from typing import NamedTuple

import numpy as np

from nonlin.calculus.facts.points import Array
from nonlin.calculus.likeness.sameness import difference
from nonlin.core import Activation, Record
from nonlin.expression import Expression
from nonlin.ops import sqrt as root
from nonlin.ops.evaluate import number
from nonlin.tree import ONE, ZERO, Node, constant, substitute, symbol, to_text

X = symbol("x")
UNITS = {sqrt(2): root(constant(2)), sqrt(3): root(constant(3)), pi: constant("pi"), e: constant("e"),
         sqrt(pi): root(constant("pi")), sqrt(2 * pi): root(2 * constant("pi"))}  # fmt: skip
"""Simple numbers are short decimals, fractions, and fractions of these."""
SCALES = tuple(sign * size for sign in (1, -1)
               for size in (1, 2, 1/2, 3, 1/3, 4, 1/4, 6, 1/6, 3/2, 2/3, sqrt(2), sqrt(1/2), pi, 1/pi))  # fmt: skip
SHIFTS = (0.0, *(sign * size for sign in (1, -1) for size in (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, pi / 2, pi)))
"""The values of b and c that are tried."""
PLACES = np.linspace(-7.3, 7.7, 49) + np.sin(np.arange(49)) / 9  # beyond 6; uneven, so that no period fits
LARGE = 1e100  # squares of smaller numbers are finite
TRIES = 40  # how many identities that float64 proposes are looked at in many digits
STARTS, NEARLY = 4, 0.5  # how many of the listed b and c are refined, if no more than this share of f is left over
ROUNDING = 1e-9  # of float64 in the linear system, generously


class Simple(NamedTuple):
    """A number as a fraction of trees."""

    top: Node
    bottom: Node = ONE

    def times(self, *factors: Node) -> Node:
        return prod(factors, start=self.top) / self.bottom

    @property
    def value(self) -> float:
        return float(number(self.top) or 0.0) / float(number(self.bottom) or 1.0)


@dataclass(frozen=True)
class Identity:
    """f(x) = a g(b x + c) + d x + e; with ``by_x``, f(x) = a x g(b x + c) + d x + e. ``str()`` is the formula."""

    f: Activation
    g: Activation
    by_x: bool
    a: Simple
    b: Simple
    c: Simple
    d: Simple
    e: Simple

    def right(self, inner: Node) -> Node:
        """The right side, ``inner`` standing for g(b x + c)."""
        factors = (X, inner) if self.by_x else (inner,)
        return _sum((self.a, factors), (self.d, (X,)), (self.e, (ONE,)))

    @property
    def argument(self) -> Node:
        """b x + c."""
        return _sum((self.b, (X,)), (self.c, (ONE,)))

    @property
    def holds(self) -> bool:
        """Whether there is no difference, in many digits."""
        made = Activation("right side", Expression(self._written_out(self.g.closed_formula)), {}, Record())
        return difference(self.f, made) is None

    def _written_out(self, g: Node) -> Node:
        return self.right(substitute(g, {"x": self.argument}))

    def told(self, left: str) -> str:
        """The formula, with ``left`` for f(x)."""
        if self.g.name == self.g.text:  # a formula has no other name
            return f"{left} = {to_text(self._written_out(self.g.expression.formula))}"
        called = f"{self.g.name}({to_text(self.argument)})"
        return f"{left} = {to_text(self.right(symbol('inner_'))).replace('inner_', called)}"

    def __str__(self) -> str:
        return self.told(self.f.text if self.f.name == self.f.text else f"{self.f.name}(x)")


def _sum(*terms: tuple[Simple, tuple[Node, ...]]) -> Node:
    """The sum of multiples; the negative ones last, and subtracted."""
    total = ZERO
    for multiple, factors in sorted(terms, key=lambda term: term[0].value < 0):
        if multiple.value < 0 and total is not ZERO:
            total = total - Simple(-multiple.top, multiple.bottom).times(*factors)
        else:
            total = total + multiple.times(*factors)
    return total


def identity(f: Activation, g: Activation, *, refined: bool = False) -> Identity | None:
    """f written in g at default parameters, as shortly as may be; None where no such identity is found.

    Of a function in itself the symmetry is looked for, with b < 0. ``refined``: with b and c beyond the lists too,
    which takes longer. Nothing is found for a straight line, nor for a function that is not finite from -7.3 to 7.7.

    >>> import nonlin as nl
    >>> print(identity(nl.hard_swish, nl.hard_sigmoid))
    hard_swish(x) = x*hard_sigmoid(x)
    >>> print(identity(nl.softshrink, nl.hard_tanh))
    softshrink(x) = x - hard_tanh(2*x)/2
    >>> print(identity(nl.silu, nl.silu))
    silu(x) = silu(-x) + x
    """
    y = f(PLACES)
    if not (np.isfinite(y).all() and _basis(g, by_x=False).bent.any()):
        return None
    for source in (_listed, _refined) if refined else (_listed,):
        found = [c for by_x in (False, True) for basis in source(y, g, by_x) for c in _candidates(f, y, g, basis)]
        shortest = sorted(found, key=lambda c: (len(str(c)), str(c)))[:TRIES]
        if best := next((c for c in shortest if c.holds), None):
            return best
    return None


# ---- the linear system ----------------------------------------------------------------------------------------------


class _Basis(NamedTuple):
    """For each b and c (``inner``) the functions 1, x and g(b x + c) at the places, as a QR decomposition."""

    by_x: bool
    inner: Array
    q: Array
    r: Array
    bent: Array
    """Where g(b x + c) is no straight line."""

    def rest(self, y: Array) -> Array:
        """What is left of y, for each b and c."""
        along = y @ self.q
        return np.asarray(y - (self.q @ along[..., None])[..., 0])


def _made(g: Activation, by_x: bool, inner: Array) -> _Basis:
    values = np.asarray(g(inner[:, :1] * PLACES + inner[:, 1:]))
    usable = (np.abs(values) < LARGE).all(axis=1)
    inner, values = inner[usable], values[usable]
    q, r, bent = _decomposed(values)
    if by_x:  # x times what is straight here says nothing of g
        q, r, bent = (*_decomposed(values * PLACES)[:2], bent)
    return _Basis(by_x, inner, q, r, bent)


def _decomposed(values: Array) -> tuple[Array, Array, Array]:
    """The decomposition of 1, x and each row of values, and which rows are no straight line."""
    q, r = np.linalg.qr(np.stack([np.ones_like(values), 0 * values + PLACES, values], axis=2))
    return q, r, np.abs(r[:, 2, 2]) > ROUNDING * np.abs(values).max(axis=1, initial=0)


@lru_cache(maxsize=128)
def _basis(g: Activation, by_x: bool) -> _Basis:
    return _made(g, by_x, np.array([(b, c) for b in SCALES for c in SHIFTS]))


def _listed(y: Array, g: Activation, by_x: bool) -> Iterator[_Basis]:
    yield _basis(g, by_x)


def _refined(y: Array, g: Activation, by_x: bool) -> Iterator[_Basis]:
    """With b and c that are not in the lists, by least squares from those in the lists that are nearly right."""
    listed = _basis(g, by_x)
    line = np.polynomial.polynomial.polyfit(PLACES, y, 1)
    spread = float(np.linalg.norm(y - line[0] - line[1] * PLACES))
    left = np.where(listed.bent, np.linalg.norm(listed.rest(y), axis=1), np.inf)
    starts = [k for k in np.argsort(left)[:STARTS] if left[k] < NEARLY * spread]
    if starts:
        from scipy.optimize import least_squares  # takes time to load

    def left_over(inner: Array) -> Array:
        rest = _made(g, by_x, inner[None]).rest(y)
        return rest[0] if len(rest) else y  # nothing is explained by what overflows

    for k in starts:
        found = least_squares(left_over, listed.inner[k], xtol=1e-15, ftol=1e-15)
        yield _made(g, by_x, found.x[None])


def _candidates(f: Activation, y: Array, g: Activation, basis: _Basis) -> Iterator[Identity]:
    """What float64 takes for identities, if the numbers in them are simple."""
    error, along = ROUNDING * float(np.abs(y).max()), y @ basis.q
    fits = basis.bent & (np.abs(basis.rest(y)).max(axis=1) <= error) & (np.abs(along[:, 2]) > error)
    if f.closed_formula is g.closed_formula:
        fits &= basis.inner[:, 0] < 0
    for k in np.flatnonzero(fits):
        e, d, a = np.linalg.solve(basis.r[k], along[k])
        numbers = [simple(float(v), error, (f, g)) for v in (a, *basis.inner[k], d, e)]
        if len(known := [n for n in numbers if n]) == len(numbers):
            yield Identity(f, g, basis.by_x, *known)


# ---- simple numbers -------------------------------------------------------------------------------------------------


def simple(value: float, error: float, acts: Iterable[Activation] = ()) -> Simple | None:
    """The simple number within ``error`` of ``value``, or one of the activations' parameters; None without any."""
    return next((c for c in _choices(value, acts) if abs(c.value - value) <= error), None)


def _choices(value: float, acts: Iterable[Activation]) -> Iterator[Simple]:
    """Numbers that may be near, the simplest first."""
    yield _fraction(value, ONE, 6)
    yield _decimal(value, 3)
    yield _fraction(value, ONE, 100)
    yield from (Simple(constant(v)) for act in acts for v in act.defaults.values())
    for size, unit in UNITS.items():
        yield _fraction(value / size, unit, 12)
        top, bottom = _fraction(value * size, ONE, 12)
        yield Simple(top, bottom * unit)
    yield _decimal(value, 6)


def _decimal(value: float, digits: int) -> Simple:
    return Simple(constant(round(value, digits) + 0.0))


def _fraction(value: float, unit: Node, largest: int) -> Simple:
    near = Fraction(value).limit_denominator(largest)
    return Simple(constant(near.numerator) * unit, constant(near.denominator))
