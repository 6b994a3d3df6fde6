"""Which entry of the catalogue a formula is, or which are nearest by shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nonlin.calculus.facts.points import Array
from nonlin.calculus.likeness.sameness import SPANS, distance, function_of_x, same
from nonlin.calculus.likeness.scaling import identity
from nonlin.catalogue import Entry, entries
from nonlin.core import Activation
from nonlin.errors import InputError, ParameterError
from nonlin.ops.evaluate import number
from nonlin.tree import Node

SPAN = SPANS[0]
"""Shapes are compared on [-5, 5]."""
POINTS = np.linspace(-SPAN, SPAN, 641)
NEAR = 1e-6  # float64 has lost that much in no formula of sense: only nearer functions can be the same
MOST = 3  # identities that are told


@dataclass(frozen=True)
class Neighbour:
    """An entry, at its default parameters, beside the function that was asked for."""

    name: str
    same: bool
    by: str | None
    """What decided that it is the same function: see :class:`nonlin.calculus.likeness.sameness.Likeness`."""
    difference: float
    """The largest difference on [-5, 5], where the function asked for is finite; 0 may be less than all of it."""
    at: float | None
    """Where it is; None where it is 0."""

    def __str__(self) -> str:
        if self.same:
            return f"the same function (by {self.by})"
        if self.difference == 0:
            return "equal here, but not everywhere"
        return f"off by {self.difference:.3g} at x = {self.at:.4g}"


@dataclass(frozen=True)
class Nearest:
    """The answer of :func:`like`. ``str()`` is a table."""

    f: Activation
    identities: tuple[str, ...]
    """How f is made of entries: with other parameters, or by scaling and shifting, shortest first."""
    neighbours: tuple[Neighbour, ...]
    """The same entries, then the others, nearest first."""

    @property
    def names(self) -> tuple[str, ...]:
        """The entries that are the same function."""
        return tuple(n.name for n in self.neighbours if n.same)

    def to_dict(self) -> dict[str, Any]:
        """In plain types."""
        nearest = [vars(n) for n in self.neighbours]
        return {"formula": self.f.text, "names": [*self.names], "identities": [*self.identities], "nearest": nearest}

    def __str__(self) -> str:
        told = f"{self.f.name} is {' and '.join(self.names)}" if self.names else f"{self.f.name} is no entry"
        widest = max(len(n.name) for n in self.neighbours)
        rows = [f"  {n.name:{widest}}  {n}" for n in self.neighbours]
        made = [f"  {text}" for text in self.identities]
        return "\n".join([told, *made, "", f"nearest entries, on [-{SPAN:g}, {SPAN:g}], at default parameters:", *rows])


def like(f: str | Entry, count: int = 5) -> Nearest:
    """Which entry a formula is, and the ``count`` nearest by the largest difference on [-5, 5].

    Nothing is scaled or shifted for that; identities that need it, as :func:`nonlin.same` finds them, are told besides.

    >>> import nonlin as nl
    >>> print(nl.like("x*tanh(log(1+exp(x)))", count=3))
    x*tanh(log(1 + exp(x))) is mish
    <BLANKLINE>
    nearest entries, on [-5, 5], at default parameters:
      mish  the same function (by symbols)
      mila  off by 0.0603 at x = -1.359
      serf  off by 0.076 at x = 1.25
    >>> nl.like("1 - 2/(1 + exp(3x))").identities[0]
    'f(x) = tanh(3*x/2)'
    >>> nl.like("x*sigmoid(1.6x)").identities[0]
    'f(x) = swish(x, beta=1.6)'

    Raises InputError for vector functions, for gated units, and for a function without a finite value on [-5, 5].
    """
    f = function_of_x(f)
    if type(count) is not int or count < 1:
        raise InputError(f"count must be a whole number of entries from 1 on, got {count!r}")
    y = f(POINTS)
    if not np.isfinite(y).any():
        raise InputError(f"{f.name} has no finite value on [-{SPAN:g}, {SPAN:g}], where shapes are compared")
    others = [e for e in entries().values() if isinstance(e, Activation)]
    others.sort(key=lambda e: (not e.record.core, e.name))
    near = sorted((_neighbour(f, y, e) for e in others), key=lambda n: (not n.same, n.difference))
    return Nearest(f, () if near[0].same else _identities(f, others), tuple(near[:count]))


def _neighbour(f: Activation, y: Array, entry: Activation) -> Neighbour:
    apart = np.where(np.isfinite(y), distance(y, entry(POINTS)), 0.0)
    worst = int(np.argmax(apart >= apart.max() * (1 - 1e-12)))  # of equal differences, rounding must not choose
    size, at = float(apart[worst]), float(POINTS[worst])
    found = same(f, entry) if size <= NEAR * max(1.0, float(np.abs(y).max(where=np.isfinite(y), initial=0))) else None
    if found is None or not found.same:
        return Neighbour(entry.name, False, None, size, at if size else None)
    return Neighbour(entry.name, True, found.by, 0.0, None)


def _identities(f: Activation, others: list[Activation]) -> tuple[str, ...]:
    """With core entries, and only where there is none with the others."""
    core = [g for g in others if g.record.core]
    made = _made_of(f, core) or _made_of(f, others[len(core) :])
    return tuple([*_with_other_parameters(f, others), *made][:MOST])


def _made_of(f: Activation, others: list[Activation]) -> list[str]:
    one_of_each = {g.closed_formula: g for g in reversed(others)}.values()
    found = (identity(f, g) for g in one_of_each)
    return sorted((c.told("f(x)") for c in found if c), key=lambda text: (len(text), text))


def _with_other_parameters(f: Activation, others: list[Activation]) -> Iterator[str]:
    """The entries that f is with other values of their parameters, as far as it is written alike."""
    for entry in others:
        values: dict[str, Node] = {}
        if _matches(entry.expression.formula, f.closed_formula, values) and values:
            numbers = {k: number(v) for k, v in values.items()}
            try:
                entry.checked(numbers)
            except ParameterError:
                continue
            yield f"f(x) = {entry.name}(x, {', '.join(f'{k}={v:.12g}' for k, v in numbers.items())})"


def _matches(pattern: Node, tree: Node, values: dict[str, Node]) -> bool:
    """Whether a tree is the pattern with numbers in place of parameters, which are put into ``values``."""
    if pattern.is_symbol and pattern.value != "x":
        return number(tree) is not None and values.setdefault(str(pattern.value), tree) is tree
    below = zip(pattern.args, tree.args, strict=False)
    return pattern is tree or (
        pattern.word is not None and pattern.word is tree.word and all(_matches(p, t, values) for p, t in below)
    )
