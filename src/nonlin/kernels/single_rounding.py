"""Results that are rounded once on their way to float32, or as good as that: read off the tree.

A choice, or one sum, product or quotient, of float32 numbers is what float32 computes itself.

In float64 a first look takes a result that lies on a tie of float32 for one in doubt. Pure arithmetic such as (x + 3)/6
meets ties by the thousand, and they are real ones: the sum is exact, and then the quotient of a float64 number and a
number of few digits is a tie only if the true quotient is. Were a/b next to the tie m and not m, then a and m b, whole
multiples of the last place of a, would be one such place apart, and the quotient more than half a place of its own away
from m. A number that gives m in an exact product with another has no more digits than m, so that such products may
follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nonlin.error_bound import Digits, error_bound
from nonlin.tree import Node, order

TIE = 25  # digits of a number halfway between two of float32
FACTORS = 6  # of float32 numbers, or of constants of usual size; more of them might underflow in float64
USUAL = 2.0**-20, 2.0**20
CHOOSE = ("minimum", "maximum", "clip")
SUMS = ("add", "subtract")
ARITHMETIC = (*SUMS, "multiply", "divide")


class Once(NamedTuple):
    """A node that is exact, or rounded once by a division, if ``checks``, sums and products, are exact."""

    exact: bool
    checks: frozenset[Node]
    factors: int = 0


@lru_cache(maxsize=1024)
def rounded_once(root: Node, digits: Digits) -> tuple[Node, ...] | None:
    """The sums and products that must be exact for ``root`` to be rounded once; None where it is no such tree."""
    done: dict[Node, Once | None] = {}
    for node in order(root):
        done[node] = None if node.is_condition else _once(node, done, digits)
    found = done[root]
    return None if found is None or found.factors > FACTORS else tuple(n for n in order(root) if n in found.checks)


def _once(node: Node, done: Mapping[Node, Once | None], digits: Digits) -> Once | None:
    if not node.args:
        return Once(True, frozenset(), _factors(node, digits)) if error_bound(node, digits).certain else None
    if node.name == "where":
        return _where(node, done)
    if node.name == "divide":
        return _quotient(node, done, digits)
    parts = [done.get(a) for a in node.args]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts):
        return None
    return _word(node, known, digits)


def _factors(leaf: Node, digits: Digits) -> int:
    """For how many factors a leaf stands; a parameter may have any size."""
    if leaf.is_symbol:
        return 1 if leaf.name in dict(digits) else FACTORS
    size = abs(float(leaf.value or 0.0))
    return 1 if size == 0 or USUAL[0] <= size <= USUAL[1] else FACTORS


def _word(node: Node, parts: list[Once], digits: Digits) -> Once | None:
    checks, exact = frozenset[Node]().union(*(p.checks for p in parts)), all(p.exact for p in parts)
    factors = max(p.factors for p in parts)
    if node.name in SUMS and exact:
        return Once(True, checks | {node}, factors)
    if node.name == "multiply" and any(p.exact for p in parts):
        needed = not (exact and error_bound(node, digits).certain)
        return Once(exact, checks | {node} if needed else checks, sum(p.factors for p in parts))
    if node.name in ("negative", "abs"):
        return Once(exact, checks, factors)
    if node.name in CHOOSE and all(p.exact for p in parts[1:]):
        few = all(error_bound(a, digits).digits <= TIE for a in node.args[1:])
        return Once(exact, checks, factors) if exact or few else None
    return None


def _quotient(node: Node, done: Mapping[Node, Once | None], digits: Digits) -> Once | None:
    above, below = done[node.args[0]], error_bound(node.args[1], digits)
    if above is None or not above.exact or not node.args[1].is_constant:
        return None
    few = below.certain and below.digits + TIE <= 53
    return Once(below.digits == 0, above.checks, above.factors) if few else None


def _where(node: Node, done: Mapping[Node, Once | None]) -> Once | None:
    """A choice by exact numbers; one that asks only for NaN is made by any."""
    condition, *branches = node.args
    asked = [] if condition.args[0] is condition.args[1] else [done[a] for a in condition.args]
    parts = [*(done[b] for b in branches), *asked]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts) or not all(p.exact for p in known[2:]):
        return None
    checks = frozenset[Node]().union(*(p.checks for p in known))
    return Once(all(p.exact for p in known[:2]), checks, max(p.factors for p in known))


def in_float32(root: Node) -> bool:
    """Whether float32 computes ``root`` with one rounding, if all symbols are float32 numbers."""
    done: dict[Node, int | None] = {}
    for node in order(root):
        done[node] = _roundings(node, [done[a] for a in node.args])
    return done[root] is not None


def _roundings(node: Node, parts: list[int | None]) -> int | None:
    """0 or 1; None if there are more, or another word."""
    known = [p for p in parts if p is not None]
    if len(known) < len(parts):
        return None
    if not node.args:
        return 0 if node.is_symbol or _is_single(node) else None
    if node.name == "where":
        return max(known)
    if node.name in ARITHMETIC or node.is_condition:
        return None if max(known) else int(not node.is_condition)
    if node.name in ("negative", "abs") or (node.name in CHOOSE and max(known[1:]) == 0):
        return known[0]
    return None


def _is_single(leaf: Node) -> bool:
    return isinstance(leaf.value, float) and leaf.value == float(np.float32(leaf.value)) and error_bound(leaf).certain
