"""Choices moved to the outside: a formula with comparisons inside becomes one formula for each region of x.

Where all comparisons are of x with numbers, the regions are intervals. Otherwise the choices stay in the order in which
they are made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import isfinite, isnan, nan

from nonlin.calculus.formulas.notation import natural_fraction
from nonlin.ops.evaluate import number
from nonlin.tree import WORDS, ZERO, Node, constant, order, substitute, symbol

Line = tuple[Fraction, Fraction]
"""The slope and height of a straight line in x."""
Simplify = Callable[[Node], Node]

MOST = 8
"""Formulas with more regions keep their choices where they are."""


def apart(root: Node, simplify: Simplify, stable: Node) -> Node:
    """The formula with its choices outermost, each value simplified; ``stable`` gives the values at single points."""
    root = opened(root)
    conditions = [n for n in order(root) if n.is_condition]
    if not conditions:
        return simplify(root)
    cuts = _cuts(conditions)
    if cuts is not None and len(cuts) < MOST:
        return _by_intervals(root, sorted(cuts), simplify, stable)
    split = _by_choices(root, simplify, [MOST])
    return simplify(root) if split is None else split


# ---- words that choose ----------------------------------------------------------------------------------------------


def opened(root: Node) -> Node:
    """Minimum, maximum and clip as choices, where the formula makes the same comparison elsewhere; comparisons that
    always hold or never do are settled."""
    conditions = {n for n in order(root) if n.is_condition}
    if not conditions:
        return root
    return _rebuilt(root, lambda n: _open(n, conditions))


def _rebuilt(root: Node, change: Callable[[Node], Node]) -> Node:
    """Every node replaced by ``change`` of it, from the leaves up."""
    new: dict[Node, Node] = {}
    for node in order(root):
        same = node.word is None or all(new[a] is a for a in node.args)
        new[node] = change(node if same else node.word(*(new[a] for a in node.args)))  # type: ignore[misc]
    return new[root]


def _open(node: Node, conditions: set[Node]) -> Node:
    where = WORDS["where"]
    if node.name in ("minimum", "maximum") and node.word:
        a, b = node.args
        condition = a < b if node.name == "minimum" else a > b
        return where(condition, a, b) if condition in conditions else node
    if node.name == "clip" and node.word:
        u, low, high = node.args
        return where(u > low, where(u < high, u, high), low) if (u > low) in conditions else node
    if node.name == "where" and node.args[0].name == "equal" and any(_is_positive(a) for a in node.args[0].args):
        return node.args[2] if ZERO in node.args[0].args else node
    return node


def _is_positive(node: Node) -> bool:
    """Whether a part is greater than 0 for sure."""
    if isinstance(node.value, float):
        return node.value > 0
    if node.name == "hypot":
        return any(_is_positive(a) for a in node.args)
    return node.word is not None and node.name in ("exp", "cosh", "sech", "sigmoid", "softplus", "normcdf", "normpdf")


# ---- regions that are intervals -------------------------------------------------------------------------------------


def line(node: Node) -> Line | None:
    """Slope and height of a part that is a straight line in x with numbers only, exactly; else None."""
    known: dict[Node, Line | None] = {}
    for part in order(node):
        known[part] = _line(part, [known[a] for a in part.args])
    return known[node]


def _line(node: Node, parts: list[Line | None]) -> Line | None:
    if node.is_symbol:
        return (Fraction(1), Fraction(0)) if node.value == "x" else None
    if node.word is None:
        return (Fraction(0), _exactly(node.value)) if isinstance(node.value, float) else None
    if node.name not in _LINES or any(p is None for p in parts):
        return None
    return _LINES[node.name](*parts)


def _exactly(value: float) -> Fraction:
    """The number as it is written: 0.1 is one tenth."""
    return natural_fraction(value) or Fraction(Decimal(repr(value)))


def _multiplied(a: Line, b: Line) -> Line | None:
    for (slope, height), (other, factor) in ((a, b), (b, a)):
        if not other:
            return slope * factor, height * factor
    return None


_LINES: dict[str, Callable[..., Line | None]] = {
    "add": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "subtract": lambda a, b: (a[0] - b[0], a[1] - b[1]),
    "negative": lambda a: (-a[0], -a[1]),
    "multiply": _multiplied,
    "divide": lambda a, b: None if b[0] or not b[1] else (a[0] / b[1], a[1] / b[1]),
}


def _cuts(conditions: list[Node]) -> set[Fraction] | None:
    """Where the comparisons change, if all are between straight lines."""
    cuts: set[Fraction] = set()
    for condition in conditions:
        difference = line(condition.args[0] - condition.args[1])
        if difference is None:
            return None
        if difference[0]:
            cuts.add(-difference[1] / difference[0])
    return cuts


@dataclass(frozen=True)
class Region:
    """An open interval; None is no bound."""

    low: Fraction | None
    high: Fraction | None

    @property
    def inside(self) -> Fraction:
        """A number in it."""
        if self.low is None or self.high is None:
            return (self.high or Fraction(0)) - 1 if self.low is None else self.low + 1
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Stretch:
    """An interval and the formula on it."""

    low: Fraction | None
    high: Fraction | None
    value: Node
    low_in: bool = False
    high_in: bool = False


def _by_intervals(root: Node, cuts: list[Fraction], simplify: Simplify, stable: Node) -> Node:
    if not cuts:
        return simplify(_settled(root, Fraction(0), cuts))
    ends = [None, *cuts, None]
    regions = [Region(low, high) for low, high in pairwise(ends)]
    stretches = [Stretch(r.low, r.high, simplify(_settled(root, r.inside, cuts))) for r in regions]
    points: list[tuple[Fraction, Node]] = []
    for place, cut in enumerate(cuts):
        value, written = _value(stable, cut), simplify(_settled(root, cut, cuts))
        side = _side(value, written, cut, stretches[place : place + 2])
        if side is None:
            points.append((cut, constant(value) if isfinite(value) else written))
        else:
            old = stretches[place + side]
            stretches[place + side] = replace(old, low_in=bool(side) or old.low_in, high_in=not side or old.high_in)
    return _chosen(_joined(stretches), points)


def _side(value: float, written: Node, cut: Fraction, beside: list[Stretch]) -> int | None:
    """Whether the formula of the right (1) or the left stretch (0) gives the value at the cut too: it is that
    formula, if there are parameters and so no numbers to compare, or has that value; the one written there first."""
    here = [_value(stretch.value, cut) for stretch in beside]
    same = [side for side in (1, 0) if beside[side].value is written and isnan(value + here[side])]
    agreeing = [side for side in (1, 0) if _agree(value, here[side])]
    kept = [side for side in agreeing if beside[side].value is written]
    return next(iter((*same, *kept, *agreeing)), None)


def _value(tree: Node, at: Fraction) -> float:
    """The number that a formula is at one x; NaN where it still has parameters."""
    value = number(substitute(tree, {"x": constant(float(at))}))
    return nan if value is None else float(value)


def _agree(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-12 * (abs(a) + abs(b))


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """Neighbours with one formula become one."""
    done = stretches[:1]
    for new in stretches[1:]:
        if done[-1].value is new.value:
            done[-1] = replace(done[-1], high=new.high, high_in=new.high_in)
        else:
            done.append(new)
    return done


def _chosen(stretches: list[Stretch], points: list[tuple[Fraction, Node]]) -> Node:
    """The stretches as nested choices, from the left; of two the right one first, as is usual."""
    x, where = symbol("x"), WORDS["where"]
    whole = stretches[-1].value
    for left, right in reversed(list(pairwise(stretches))):
        bound = constant(float(left.high or 0))
        if len(stretches) == 2:
            whole = where(x >= bound if right.low_in else x > bound, right.value, left.value)
        else:
            whole = where(x <= bound if left.high_in else x < bound, left.value, whole)
    for cut, value in points:
        whole = where(WORDS["equal"](x, constant(float(cut))), value, whole)
    return whole


def _settled(root: Node, at: Fraction, cuts: list[Fraction]) -> Node:
    """The formula with every comparison decided as it is at one x, and |u| of a u whose zero is a cut."""

    def settle(node: Node) -> Node:
        if node.name == "where" and node.word:
            return node.args[1] if _holds(node.args[0], at) else node.args[2]
        if node.name in ("abs", "sign") and node.word:
            slope, height = line(node.args[0]) or (Fraction(0), Fraction(0))
            return _signed(node, slope * at + height) if slope and -height / slope in cuts else node
        return node

    return _rebuilt(root, settle)


def _signed(node: Node, value: Fraction) -> Node:
    if node.name == "sign":
        return constant(float((value > 0) - (value < 0)))
    return node.args[0] if value >= 0 else -node.args[0]


def _holds(condition: Node, at: Fraction) -> bool:
    slope, height = line(condition.args[0] - condition.args[1]) or (Fraction(0), Fraction(0))
    value = slope * at + height
    return {"greater": value > 0, "greater_equal": value >= 0, "less": value < 0, "less_equal": value <= 0,
            "equal": value == 0}[condition.name]  # fmt: skip


# ---- regions in the order of the choices ----------------------------------------------------------------------------


def _by_choices(root: Node, simplify: Simplify, room: list[int]) -> Node | None:
    """One choice after the other, the outermost first; None if there are too many."""
    choice = next((n for n in reversed(order(root)) if n.name == "where" and n.word), None)
    if choice is None:
        room[0] -= 1
        return simplify(root) if room[0] >= 0 else None
    condition = choice.args[0]
    yes = _by_choices(_decided(root, condition, True), simplify, room)
    no = _by_choices(_decided(root, condition, False), simplify, room) if yes is not None else None
    return None if yes is None or no is None else WORDS["where"](condition, yes, no)


def _decided(root: Node, condition: Node, holds: bool) -> Node:
    """The formula with every choice made that follows from one comparison."""
    known = _implied(condition, holds)

    def decide(node: Node) -> Node:
        if node.name == "where" and node.word and node.args[0] in known:
            return node.args[1] if known[node.args[0]] else node.args[2]
        return node

    return _rebuilt(root, decide)


def _implied(condition: Node, holds: bool) -> dict[Node, bool]:
    """What is known of comparisons of the same two sides."""
    a, b = condition.args
    truths = {"greater": (1,), "greater_equal": (1, 0), "less": (-1,), "less_equal": (-1, 0), "equal": (0,)}
    possible = [side for side in (-1, 0, 1) if (side in truths[condition.name]) == holds]
    known: dict[Node, bool] = {}
    for name, sides in truths.items():
        outcomes = {side in sides for side in possible}
        if len(outcomes) == 1:
            known[WORDS[name](a, b)] = outcomes.pop()
    return known
