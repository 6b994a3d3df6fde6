"""Whether two activations are one function: by their trees, by symbols, or by numbers of many digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from math import inf, isfinite, isnan
from typing import TYPE_CHECKING

import numpy as np

from nonlin.calculus.facts.points import Array, points
from nonlin.catalogue import Entry, get
from nonlin.core import Activation
from nonlin.errors import InputError, ParameterError
from nonlin.ops.evaluate import number
from nonlin.ops.exact import correctly_rounded
from nonlin.tree import Node, order, substitute, symbol

if TYPE_CHECKING:
    from nonlin.calculus.likeness.scaling import Identity

SPANS = (5.0, 50.0, 500.0, inf)
"""The largest difference is that on the first interval [-s, s] where there is one."""
NEAREST, FARTHEST = 1e-60, 1e6
"""Places lie between these, at 0, and on both sides of the formulas' own numbers. Nearer to 0 even many digits would
not do for 1 - cos(x)."""
TOLERANCE = 1e-12
"""Nearer than this, relative to the size of the terms, are functions whose constants were rounded differently."""
NOTHING = 1e-200
"""What is smaller may be lost beside 1 even in the digits of :mod:`nonlin.ops.exact`, and is not compared."""
SUSPECTS = 8  # places of each span where float64 sees the largest differences: more digits decide there first
STRIDE = 37  # of all places, the share that is computed in many digits before functions are called the same
DRAWS = 4  # values of the parameters that are tried
FEW = 4  # parameters, up to which every pairing of them is tried; of more, that in the order in which they stand


@dataclass(frozen=True)
class Likeness:
    """The answer of :func:`same`: true if the functions are the same, or an identity was found. ``str()`` tells it."""

    f: Activation
    g: Activation
    same: bool
    """Whether they are one function at the default parameters."""
    by: str
    """What decided: ``tree`` (written alike), ``symbols`` (a proof by algebra), or ``numbers`` (exact values)."""
    difference: float
    """The largest |f - g| that was found on [-span, span]; infinite where only one of them has a value."""
    at: float | None
    """Where it is; None where there is none."""
    span: float
    """The first of 5, 50, 500 and infinity within which they differ; infinity if they do not."""
    parameters: dict[str, str] | None
    """The parameters of f that those of g must equal for both to be the same at all values; None where that fails."""
    identity: Identity | None = None
    """f written in g, if that was asked for, and found."""

    def __bool__(self) -> bool:
        return self.same or self.identity is not None

    @property
    def apart(self) -> str:
        """The largest difference and its place in words."""
        if self.difference == inf:
            return f"infinity, at x = {self.at:.4g}, where only one has a finite value"
        return f"{self.difference:.3g}, at x = {self.at:.4g}"

    def __str__(self) -> str:
        f, g = self.f.name, self.g.name
        if self.same:
            told = f"{f} and {g} are the same function (by {self.by})"
        else:
            where = f" on [-{self.span:g}, {self.span:g}]" if self.span < inf else ""
            told = f"{f} and {g} differ,{where} by at most {self.apart}"
        if self.parameters:
            told += f"; the same for all values if {', '.join(f'{k} = {v}' for k, v in self.parameters.items())}"
        return f"{told}; {self.identity}" if self.identity else told


def same(f: str | Entry, g: str | Entry, scaled: bool = False) -> Likeness:
    """Whether two activations, names or formulas are one function.

    Functions that are not written alike are compared in many digits at places on all scales up to a million; they are
    the same if no difference exceeds 1e-12 of the terms, and 1e-200. Where algebra proves it, ``by`` says so.
    ``scaled`` also looks for an identity: f(x) = a g(b x + c) + d x + e, or the same with x g(b x + c).

    >>> import nonlin as nl
    >>> print(nl.same("celu", "elu"))
    celu and elu are the same function (by tree)
    >>> print(nl.same("relu", "relu6"))
    relu and relu6 differ, on [-50, 50] by at most 44, at x = 50
    >>> print(nl.same("tanh", "sigmoid", scaled=True).identity)
    tanh(x) = 2*sigmoid(2*x) - 1

    Raises InputError for vector functions and gated units; UnknownActivation and FormulaError as :func:`nonlin.get`.
    """
    f, g = function_of_x(f), function_of_x(g)
    found = _compared(f, g)
    if not scaled or found.same:
        return found
    from nonlin.calculus.likeness.scaling import identity

    return Likeness(**{**vars(found), "identity": identity(f, g, refined=True)})


def function_of_x(name: str | Entry) -> Activation:
    """The activation of a name or formula. Raises InputError for one of several inputs."""
    entry = get(name)
    if not isinstance(entry, Activation):
        raise InputError(
            f"{entry.name} cannot be compared: its outputs depend on several inputs; give a function of one number x"
        )
    return entry


def _compared(f: Activation, g: Activation) -> Likeness:
    worst = difference(f, g)
    by = "numbers" if worst else "tree" if f.closed_formula is g.closed_formula else _proof(f, g) or "numbers"
    apart, at, span = worst or (0.0, None, inf)
    return Likeness(f, g, worst is None, by, apart, at, span, _matching(f, g, worst is None))


# ---- numbers --------------------------------------------------------------------------------------------------------


def difference(f: Activation, g: Activation) -> tuple[float, float, float] | None:
    """The largest difference that was found, where, and within which span; None for the same function.

    float64 proposes the places, more digits decide: where float64 sees none, everywhere.
    """
    trees = f.closed_formula, g.closed_formula
    if trees[0] is trees[1]:
        return None
    x = _places(*trees)
    seen = distance(f(x), g(x))
    for span in SPANS:
        inside = np.flatnonzero((np.abs(x) <= span) & (seen > 0))
        suspects = x[inside[np.argsort(-seen[inside], kind="stable")][:SUSPECTS]].tolist()
        worst = max(((_apart(*trees, v), v) for v in suspects), default=(0.0, 0.0))
        if worst[0]:
            return *worst, span
    worst = max((_apart(*trees, v), v) for v in x[:: min(STRIDE, len(x))].tolist())
    return (*worst, inf) if worst[0] else None


def distance(a: Array, b: Array) -> Array:
    """|a - b|: 0 where both are the same infinity or undefined, infinity where only one is."""
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(a - b)
    one_sided = np.isnan(apart) & (np.isnan(a) != np.isnan(b))
    return np.where(one_sided, inf, np.nan_to_num(apart, nan=0.0, posinf=inf))


def _places(f: Node, g: Node) -> Array:
    """Points on all scales, and the numbers in the formulas, where functions jump, with their neighbours."""
    numbers = np.array([n.value for n in (*order(f), *order(g)) if isinstance(n.value, float)])
    near = np.concatenate(
        [np.nextafter(numbers, -inf), numbers, np.nextafter(numbers, inf), 1000 * numbers, SPANS[:-1]]
    )
    every = np.unique(np.concatenate([points(-FARTHEST, FARTHEST), near, -near])) + 0.0
    return np.asarray(every[(every == 0) | (np.abs(every) >= NEAREST)])


def _apart(f: Node, g: Node, x: float) -> float:
    """The difference at one place if it is more than that of rounded constants, else 0."""
    a, b = _exact(f, x), _exact(g, x)
    if not (isfinite(a) and isfinite(b)):
        return 0.0 if a == b or (isnan(a) and isnan(b)) else inf
    sizes = [sum(abs(_exact(term, x)) for term in _terms(tree)) for tree in (f, g)]
    return abs(a - b) if abs(a - b) > TOLERANCE * max(sizes) + NOTHING else 0.0


def _exact(root: Node, x: float) -> float:
    return correctly_rounded(root, {"x": x}, "float64")


def _terms(root: Node) -> Iterator[Node]:
    """The terms of a sum, whatever their signs."""
    if root.name in ("add", "subtract", "negative") and root.args:
        for part in root.args:
            yield from _terms(part)
    else:
        yield root


# ---- symbols --------------------------------------------------------------------------------------------------------

LARGEST, STEEPEST = 40, 8
"""Formulas with more nodes, or with higher powers, are not given to algebra, which may take long."""


def _proof(f: Activation, g: Activation) -> str | None:
    """``symbols`` if algebra shows that f - g is 0."""
    trees = f.closed_formula, g.closed_formula
    nodes = [node for tree in trees for node in order(tree)]
    powers = [abs(number(n.args[1]) or 0.0) for n in nodes if n.name == "power"]
    if len(nodes) > LARGEST or max(powers, default=0.0) > STEEPEST:
        return None
    import sympy as sp

    from nonlin.calculus.formulas.symbolic import standard

    a, b = map(standard, trees)
    rest = a - b
    choices = (sp.Piecewise, sp.Min, sp.Max, sp.Abs, sp.sign, sp.floor, sp.Float)
    vanishes = rest == 0 or (not rest.has(*choices) and sp.cancel(rest.rewrite(sp.exp)) == 0)
    return "symbols" if vanishes else None


# ---- parameters -----------------------------------------------------------------------------------------------------


def _matching(f: Activation, g: Activation, same_at_defaults: bool) -> dict[str, str] | None:
    """Which parameter of f each one of g must equal, so that both are the same for all values."""
    if len(f.parameters) != len(g.parameters):
        return None
    if not f.parameters:
        return {} if same_at_defaults else None
    orders = permutations(f.parameters) if len(f.parameters) <= FEW else [tuple(f.parameters)]
    ways = [dict(zip(g.parameters, order, strict=True)) for order in orders]
    ways.sort(key=lambda way: -sum(k == v for k, v in way.items()))
    return next((way for way in ways if _same_for_all(f, g, way)), None)


def _same_for_all(f: Activation, g: Activation, way: dict[str, str]) -> bool:
    renamed = {k: symbol(v) for k, v in way.items()}
    if substitute(g.expression.formula, renamed) is f.expression.formula:
        return True
    drawn = [pair for pair, _ in zip(_drawn(f, g, way), range(DRAWS), strict=False)]
    return len(drawn) == DRAWS and all(difference(a, b) is None for a, b in drawn)


def _drawn(f: Activation, g: Activation, way: dict[str, str]) -> Iterator[tuple[Activation, Activation]]:
    """Both with random values of the parameters that lie in both domains."""
    rng = np.random.default_rng(0)
    for values in rng.normal(scale=2.0, size=(64, len(way))).round(3).tolist():
        ours = dict(zip(f.parameters, values, strict=True))
        try:
            yield f.with_parameters(**ours), g.with_parameters(**{k: ours[v] for k, v in way.items()})
        except ParameterError:
            continue
