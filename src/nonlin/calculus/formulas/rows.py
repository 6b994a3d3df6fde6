"""The rows of a choice: each value of nested ``where`` with the condition a person would write beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import TypeAlias

from nonlin.ops.evaluate import number
from nonlin.tree import Node, symbols

MOST = 12
"""Nested choices with more values than this are not flattened further."""

_OPPOSITE = {"greater": "less_equal", "less_equal": "greater", "less": "greater_equal", "greater_equal": "less",
             "equal": "unequal", "unequal": "equal"}  # fmt: skip
_MIRRORED = {"greater": "less", "less": "greater", "greater_equal": "less_equal", "less_equal": "greater_equal"}
_SIGNS = {"greater": ">", "greater_equal": "≥", "less": "<", "less_equal": "≤", "equal": "=", "unequal": "≠"}


@dataclass(frozen=True)
class Literal:
    """A comparison that holds; the side with the input is on the left where only one has it."""

    relation: str
    left: Node
    right: Node
    negated: bool

    @property
    def bound(self) -> float | None:
        """The number on the right, if it is one."""
        return number(self.right)


@dataclass(frozen=True)
class Chain:
    """Expressions with relation signs between them, such as 0 < x < 6."""

    parts: tuple[Node, ...]
    signs: tuple[str, ...]


Path: TypeAlias = tuple[Literal, ...]
Row: TypeAlias = tuple[Node, tuple[Chain, ...]]


def literal(condition: Node, holds: bool) -> Literal:
    """The comparison of a ``where``, or its opposite."""
    left, right = condition.args
    relation = condition.name if holds else _OPPOSITE[condition.name]
    if "x" in symbols(right) and not {"x", "x_i"} & {*symbols(left)}:
        left, right, relation = right, left, _MIRRORED.get(relation, relation)
    return Literal(relation, left, right, not holds)


def rows_of(choice: Node) -> list[Row]:
    """Values with their conditions, each a conjunction of chains; an empty one says 'otherwise' and comes last."""
    leaves = list(_leaves(choice, (), [MOST]))
    if len(leaves) == 2:
        return [(value, tuple(_chains(path))) for value, path in leaves]
    found = _ranges(leaves)
    return found if found is not None else _spoken(leaves)


def _leaves(node: Node, path: Path, room: list[int]) -> Iterator[tuple[Node, Path]]:
    if node.name != "where" or node.word is None or room[0] <= 1:
        yield node, path
        return
    room[0] -= 1
    condition, yes, no = node.args
    yield from _leaves(yes, (*path, literal(condition, True)), room)
    yield from _leaves(no, (*path, literal(condition, False)), room)


# ---- choices by numbers: every value has its interval ---------------------------------------------------------------


@dataclass(frozen=True)
class Interval:
    low: float = -inf
    high: float = inf
    low_in: bool = False
    high_in: bool = False

    @property
    def empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in))

    def where(self, relation: str, bound: float) -> Interval:
        """The part in which the relation to ``bound`` holds."""
        closed = relation in ("greater_equal", "less_equal", "equal")
        low, high, low_in, high_in = self.low, self.high, self.low_in, self.high_in
        if relation in ("greater", "greater_equal", "equal") and (bound > low or (bound == low and not closed)):
            low, low_in = bound, closed
        if relation in ("less", "less_equal", "equal") and (bound < high or (bound == high and not closed)):
            high, high_in = bound, closed
        return Interval(low, high, low_in, high_in)

    def meets(self, other: Interval) -> bool:
        """Whether the other begins where this ends, with no gap."""
        return self.high == other.low and self.high_in != other.low_in


def _ranges(leaves: list[tuple[Node, Path]]) -> list[Row] | None:
    """Rows with intervals, if every comparison is of one expression with a number."""
    literals = [item for _, path in leaves for item in path]
    if any(item.relation == "unequal" or item.left is not literals[0].left or item.bound is None for item in literals):
        return None
    found: dict[Node, list[Interval]] = {}
    for value, path in leaves:
        interval = _interval(path)
        if not interval.empty:
            found.setdefault(value, []).append(interval)
    merged = {value: _merged(intervals) for value, intervals in found.items()}
    scattered = [value for value, intervals in merged.items() if len(intervals) > 1]
    if len(scattered) > 1:
        return None
    bounds = {item.bound: item.right for item in literals}
    rows = [(v, (_range(literals[0].left, i[0], bounds),)) for v, i in merged.items() if v not in scattered]
    return [*rows, *((value, ()) for value in scattered)]


def _interval(path: Path) -> Interval:
    interval = Interval()
    for item in path:
        interval = interval.where(item.relation, item.bound if item.bound is not None else inf)
    return interval


def _merged(intervals: list[Interval]) -> list[Interval]:
    """Intervals that touch become one."""
    done: list[Interval] = []
    for new in sorted(intervals, key=lambda i: (i.low, not i.low_in)):
        if done and done[-1].meets(new):
            done[-1] = Interval(done[-1].low, new.high, done[-1].low_in, new.high_in)
        else:
            done.append(new)
    return done


def _range(left: Node, interval: Interval, bounds: dict[float | None, Node]) -> Chain:
    low, high = bounds.get(interval.low), bounds.get(interval.high)
    if low is not None and low is high:
        return Chain((left, low), ("=",))
    below = "≤" if interval.low_in else "<"
    above = "≤" if interval.high_in else "<"
    if low is not None and high is not None:
        return Chain((low, left, high), (below, above))
    if low is not None:
        return Chain((left, low), ("≥" if interval.low_in else ">",))
    return Chain((left, high), (above,)) if high is not None else Chain((left, left), ("=",))


# ---- other choices: conditions are read in order, the last value holds otherwise ------------------------------------


def _spoken(leaves: list[tuple[Node, Path]]) -> list[Row]:
    last = _otherwise(leaves)
    in_order = [value is last for value, _ in leaves].index(True) == len(leaves) - 1
    rows: list[Row] = []
    for value, path in leaves:
        if value is not last:
            rows.append((value, tuple(_chains([item for item in path if not (in_order and item.negated)] or path))))
    return [*rows, (last, ())]


def _otherwise(leaves: list[tuple[Node, Path]]) -> Node:
    """The value whose condition would be the longest to say."""
    values = [value for value, _ in leaves]
    most = max(values, key=values.count)
    if values.count(most) > 1:
        return most
    return next((v for v, path in leaves if _is_awkward(path)), values[-1])


def _is_awkward(path: Path) -> bool:
    return any(b.negated and not a.negated for a, b in pairwise(path))


def _chains(path: list[Literal] | Path) -> Iterator[Chain]:
    """The conjunction, a lower and an upper bound of one expression in one chain."""
    rest = list(path)
    while rest:
        first = rest.pop(0)
        partner = next((item for item in rest if item.left is first.left and _opens(item) == -_opens(first) != 0), None)
        if partner is None:
            yield Chain((first.left, first.right), (_SIGNS[first.relation],))
            continue
        rest.remove(partner)
        low, high = (first, partner) if _opens(first) > 0 else (partner, first)
        yield Chain((low.right, low.left, high.right), (_SIGNS[_MIRRORED[low.relation]], _SIGNS[high.relation]))


def _opens(item: Literal) -> int:
    """1 for a lower bound, -1 for an upper one, else 0."""
    return 1 if item.relation.startswith("greater") else -1 if item.relation.startswith("less") else 0
