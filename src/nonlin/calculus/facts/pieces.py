"""A formula cut where its choices change: on each piece between two cuts it is one tree without choices.

Cuts come from the tree: the roots of a - b for each comparison, minimum, maximum, clip, abs and sign, the whole
numbers met by floor, and the zeros of what a root, logarithm, power or quotient has as its argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from math import inf, isfinite, isnan
from typing import Any

import numpy as np

from nonlin.calculus.facts.points import CORE, Array, bisected, lowest, plain, points, tidy, value, values
from nonlin.ops.evaluate import number
from nonlin.tree import MINUS_ONE, WORDS, ZERO, Node, constant, differentiate, order, symbols

COMPARISONS = {
    "greater": lambda s: s > 0, "greater_equal": lambda s: s >= 0, "less": lambda s: s < 0,
    "less_equal": lambda s: s <= 0, "equal": lambda s: s == 0,
}  # fmt: skip
FEW_IN_TAILS = 8  # more changes than these beyond the core: they go on for ever
WORK = 1000  # pieces times nodes, at most
UNORDERED = 2.0


@dataclass(frozen=True)
class Switch:
    """A choice by the sign of a - b; ``singular``: no choice, but a is the argument of a word not smooth at b."""

    a: Node
    b: Node
    singular: bool = False

    def side(self, x: Array) -> Array:
        """The sign of a - b at ``x``; 2 where one is NaN."""
        done = values(self.a, x, self.b)
        return compared(done[self.a], done[self.b], np.shape(x))


def compared(a: Any, b: Any, shape: tuple[int, ...]) -> Array:
    sign = np.where(np.greater(a, b), 1.0, np.where(np.less(a, b), -1.0, np.where(np.equal(a, b), 0.0, UNORDERED)))
    return np.broadcast_to(sign, shape).copy()


@dataclass(frozen=True)
class Piece:
    """The formula on the open interval (low, high): a tree without choices, or None where it could not be resolved."""

    low: float
    high: float
    tree: Node | None
    undefined: bool = False

    @cached_property
    def constant(self) -> float | None:
        """The value, if the formula is provably constant here."""
        if self.tree is None or self.undefined:
            return None
        closed = _without_x(self.tree)
        if closed is None and _without_x(slopes(self.tree, 1)) == 0:
            at = inner(self.low, self.high)  # near 0: far out x - (x - 1) is 0 in float64
            closed = float(value(self.tree, at[[np.argmin(np.abs(at))]])[0])
        return closed


def _without_x(tree: Node) -> float | None:
    """The value of a tree without symbols (``number`` alone would go down a deep tree by recursion)."""
    return None if symbols(tree) else number(tree)


@lru_cache(maxsize=4096)
def slopes(tree: Node, n: int) -> Node:
    """The n-th derivative by x of a tree without choices."""
    return differentiate(slopes(tree, n - 1), "x") if n else tree


@dataclass(frozen=True)
class Pieces:
    """The pieces from left to right. ``core``: all cuts within [-40, 40] are known; ``complete``: everywhere."""

    pieces: tuple[Piece, ...]
    core: bool
    complete: bool


def pieces(root: Node, low: float = -inf, high: float = inf) -> Pieces:
    """``root``, a tree in x alone, cut into pieces on [low, high]."""
    return _pieces(root, low, high)


@lru_cache(maxsize=1024)
def _pieces(root: Node, low: float, high: float) -> Pieces:
    x = points(low, high)
    found, core, complete = _cuts(root, x, bounded=isfinite(low) and isfinite(high))
    if len(found) * len(order(root)) > WORK:
        found, core, complete = [], False, False
    if not complete:  # so that the core is apart from what is not known
        found = sorted({*found, -CORE, CORE})
    ends = [low, *(c for c in found if low < c < high), high]
    made = _joined(root, _resolved(root, list(pairwise(ends))))
    far = [p.tree is None for p in made if max(abs(p.low), abs(p.high)) > CORE]
    near = [p.tree is None for p in made if max(abs(p.low), abs(p.high)) <= CORE]
    complete = complete and not any(near) and not any(far)
    return Pieces(made, core and not any(near) and (complete or bool(near)), complete)


def switches(root: Node) -> tuple[list[Switch], list[Node]]:
    """The choices and singular places in ``root`` that depend on x, and the arguments of floor."""
    found: dict[Switch, None] = {}
    floors: dict[Node, None] = {}
    for node in order(root):
        if node.word is None or number(node) is not None:
            continue
        found.update(dict.fromkeys(_of(node)))
        if node.name == "floor":
            floors[node.args[0]] = None
    return [s for s in found if number(s.a) is None or number(s.b) is None], list(floors)


def _of(node: Node) -> list[Switch]:
    """The switches of one word."""
    u, *rest = node.args
    if node.name in COMPARISONS or node.name in ("minimum", "maximum"):
        return [Switch(u, rest[0])]
    if node.name == "clip":
        return [Switch(u, rest[0]), Switch(u, rest[1])]
    if node.name in ("abs", "sign"):
        return [Switch(u, ZERO)]
    return [Switch(a, b, singular=True) for a, b in _singular(node)]


def _singular(node: Node) -> list[tuple[Node, Node]]:
    """What must differ for the word to be smooth."""
    u, *rest = node.args
    if node.name in ("sqrt", "log", "log1p"):
        return [(u, MINUS_ONE if node.name == "log1p" else ZERO)]
    if node.name == "divide":
        return [(rest[0], ZERO)]
    if node.name == "tan":
        return [(WORDS["cos"](u), ZERO)]
    if node.name == "power":
        exponent = number(rest[0])
        return [] if exponent is not None and exponent >= 0 and exponent == int(exponent) else [(u, ZERO)]
    if node.name == "hypot":
        return [] if any(number(a) for a in node.args) else [(node, ZERO)]
    return []


# ---- cuts -----------------------------------------------------------------------------------------------------------


def _cuts(root: Node, x: Array, bounded: bool) -> tuple[list[float], bool, bool]:
    """All candidates in increasing order, and whether they are all in the core, and everywhere."""
    choices, floors = switches(root)
    done = values(root, x, *(n for s in choices for n in (s.a, s.b)))
    found: list[float] = []
    core = complete = True
    for switch in choices:
        sign = _without_fading(compared(done[switch.a], done[switch.b], x.shape), x, switch)
        here = _changes(switch, sign, x)
        inside = [c for c in here if bounded or abs(c) <= CORE]
        core = core and len(inside) <= x.size // 8
        complete = complete and core and len(here) - len(inside) <= FEW_IN_TAILS
        found += (here if complete else inside) if core else []
    for u in floors:
        known, whole = _whole_numbers(u, np.broadcast_to(done[u], x.shape), x, bounded)
        found, core, complete = found + known, core and whole[0], complete and whole[1]
    return _distinct(found), core, complete


def _changes(switch: Switch, sign: Array, x: Array) -> list[float]:
    """Where the sign changes, polished; for singular places also where a touches b."""
    at = np.flatnonzero(sign[1:] != sign[:-1])
    exact = [float(c) for c in x[1:-1][(sign[1:-1] == 0) & (sign[:-2] != 0) & (sign[2:] != 0)]]
    at = at[~np.isin(x[at], exact) & ~np.isin(x[at + 1], exact)]
    if at.size > x.size // 4:
        return [float(c) for c in x[at]]
    low, high = bisected(switch.side, x[at], x[at + 1])
    zero = switch.side(low) == 0
    crossed = [plain(float(c)) for c in np.where(zero, low, high)]
    return [*exact, *crossed, *(_touches(switch, x) if switch.singular else [])]


def _touches(switch: Switch, x: Array) -> list[float]:
    """Where a touches b between two points without crossing it."""

    def size(t: Array) -> Array:
        done = values(switch.a, t, switch.b)
        return np.asarray(np.abs(np.broadcast_to(done[switch.a] - done[switch.b], t.shape)))

    x = x[np.abs(x) <= CORE * 2]
    d = size(x)
    dip = (d[1:-1] < d[:-2]) & (d[1:-1] <= d[2:]) & (d[1:-1] > 0) & (d[1:-1] < (d[:-2] + d[2:]) / 2.5)
    at = np.flatnonzero(dip) + 1
    if not 0 < at.size < 400:
        return []
    low, high, edge = x[at - 1], x[at + 1], np.maximum(d[at - 1], d[at + 1])
    place = lowest(size, low, high)
    return [tidy(float(c)) for c in place[size(place) <= 1e-12 * edge]]


def _without_fading(sign: Array, x: Array, switch: Switch) -> Array:
    """Zeros that come from underflow or absorption (exp(x) far left, 1 - tanh(x) far right) take the sign beside them:
    only float64 says that a and b are equal there. So does NaN from overflow far out."""
    known = np.flatnonzero(np.abs(x) <= 1e15)
    if known.size and known.size < x.size:
        sign[: known[0]] = np.where(sign[: known[0]] == UNORDERED, sign[known[0]], sign[: known[0]])
        sign[known[-1] :] = np.where(sign[known[-1] :] == UNORDERED, sign[known[-1]], sign[known[-1] :])
    zero = sign == 0
    if not (zero[1:] & zero[:-1]).any():
        return sign
    edges = np.flatnonzero(np.diff(np.concatenate([[False], zero, [False]]).astype(int)))
    for start, stop in edges.reshape(-1, 2):
        if stop - start > 1 and _fades(switch, x, int(start), int(stop)):
            _fill(sign, x, int(start), int(stop))
    return sign


def _fades(switch: Switch, x: Array, start: int, stop: int) -> bool:
    """Whether a - b arrives at the run of zeros x[start:stop] too gently to be a formula's own zero."""
    if max(abs(x[start]), abs(x[stop - 1])) < 1e-15:
        return True
    beside = [x[start] - 1e-3 * max(1, abs(x[start]))] if start else []
    beside += [x[stop - 1] + 1e-3 * max(1, abs(x[stop - 1]))] if stop < x.size else []
    beside += [x[start - 1]] if start else []
    beside += [x[stop]] if stop < x.size else []
    done = values(switch.a, np.array(beside), switch.b)
    a, b = (np.broadcast_to(done[n], len(beside)) for n in (switch.a, switch.b))
    gentle = np.abs(a - b) <= 1e-14 * (np.abs(a) + np.abs(b)) + 1e-290
    return bool(len(beside)) and bool(gentle[: len(beside) // 2].all())


def _fill(sign: Array, x: Array, start: int, stop: int) -> None:
    left = sign[start - 1] if start else sign[stop] if stop < x.size else 0.0
    right = sign[stop] if stop < x.size else left
    middle = 0.0 if x[start] <= 0 <= x[stop - 1] else float(x[(start + stop) // 2])
    run = x[start:stop]
    sign[start:stop] = np.where(run < middle, left, np.where(run > middle, right, 0.0 if middle == 0 else right))


def _whole_numbers(u: Node, at: Array, x: Array, bounded: bool) -> tuple[list[float], tuple[bool, bool]]:
    """Where u passes whole numbers; and whether these are all of the core, and of all."""
    level = np.floor(at)
    step = np.abs(np.diff(level))
    inside = bounded | ((np.abs(x[1:]) <= CORE) & (np.abs(x[:-1]) <= CORE))
    cells = np.flatnonzero((step > 0) & inside)
    if (step[inside] > 4).any() or cells.size > 1000:
        return [], (False, False)
    target = np.concatenate([np.arange(1, step[i] + 1) + min(level[i], level[i + 1]) for i in cells] or [[]])
    cell = np.repeat(cells, step[cells].astype(int))
    _, high = bisected(lambda t: np.floor(value(u, t) - target) >= 0, x[cell], x[cell + 1])
    return [plain(float(c)) for c in high], (True, not (step[~np.broadcast_to(inside, step.shape)] != 0).any())


def _distinct(found: list[float]) -> list[float]:
    """In increasing order, those a few ulp apart once."""
    kept: list[float] = []
    for c in sorted(found):
        if not kept or c - kept[-1] > 8 * np.spacing(max(abs(c), 1e-290)):
            kept.append(c)
        elif len(repr(c)) < len(repr(kept[-1])):
            kept[-1] = c
    return kept


# ---- trees without choices ------------------------------------------------------------------------------------------


def inner(low: float, high: float) -> Array:
    """Points inside (low, high), from close to the ends to the middle."""
    t = np.array([1e-6, 1e-4, 1e-2, 0.03, 0.1, 0.2, 0.3, 0.4, 0.45])
    out = np.array([1e-6, 1e-4, 1e-2, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1e3, 1e5, 1e8, 1e16, 1e50, 1e150, 1e300])
    if low == -inf and high == inf:
        return np.concatenate([-out[::-1], out])
    if low == -inf:
        return (high - out * max(1.0, abs(high) if abs(high) < 1e7 else 1.0))[::-1]
    if high == inf:
        return low + out * max(1.0, abs(low) if abs(low) < 1e7 else 1.0)
    return np.concatenate([low + t * (high - low), [low / 2 + high / 2], (high - t * (high - low))[::-1]])


def _resolved(root: Node, intervals: list[tuple[float, float]]) -> list[Piece]:
    """Each interval with its tree."""
    samples = [inner(*interval) for interval in intervals]
    x = np.concatenate(samples)
    done = values(root, x)
    ends = np.cumsum([0, *(s.size for s in samples)])
    parts = zip(intervals, ends[:-1], ends[1:], strict=True)
    return [_piece(root, done, x.shape, slice(a, b), *interval) for interval, a, b in parts]


def _joined(root: Node, made: list[Piece]) -> tuple[Piece, ...]:
    """Neighbours of one tree made one, where that tree is smooth at the cut and the formula's value is the tree's."""
    joined: list[Piece] = []
    for piece in made:
        last = joined[-1] if joined else None
        if last and last.tree is not None and last.tree is piece.tree and _continues(root, piece):
            joined[-1] = Piece(last.low, piece.high, last.tree, last.undefined)
        else:
            joined.append(piece)
    return tuple(joined)


def _continues(root: Node, piece: Piece) -> bool:
    assert piece.tree is not None  # noqa: S101
    at = np.array([piece.low])
    here, there = value(root, at), value(piece.tree, at)
    return regular(piece.tree, piece.low) and bool(np.abs(here - there) <= 1e-9 * (1 + np.abs(there)))


def regular(tree: Node, x: float) -> bool:
    """Whether a tree without choices is analytic at ``x``: finite, and no word at a place where it is not smooth."""
    step = 1e-3 * (1 + abs(x))
    t = np.array([x, x - step, x + step])
    if not np.isfinite(value(tree, t[:1])).all():
        return False
    for switch in switches(tree)[0]:
        done = values(switch.a, t, switch.b)
        d = np.abs(np.broadcast_to(done[switch.a] - done[switch.b], t.shape))
        if d[0] <= 1e-6 * d[1:].max() or isnan(d[0]):
            return False
    return True


def _piece(root: Node, done: dict[Node, Any], shape: tuple[int, ...], part: slice, low: float, high: float) -> Piece:
    here = {n: np.broadcast_to(v, shape)[part] for n, v in done.items()}
    tree = _without_choices(root, here)
    return Piece(low, high, tree, tree is not None and _outside(tree, here[root], inner(low, high)))


def _outside(tree: Node, result: Array, x: Array) -> bool:
    """Whether the formula is undefined here because a word has an argument outside its domain."""
    if not np.isnan(result).all():
        return False
    done = values(tree, x)
    return any(_leaves_domain(n, [done[a] for a in n.args]) for n in order(tree) if n.word)


def _leaves_domain(node: Node, args: list[Any]) -> bool:
    if node.name in ("sqrt", "log", "log1p"):
        return bool(np.all(np.less(args[0], -1 if node.name == "log1p" else 0)))
    if node.name == "power":
        return bool(np.all(np.less(args[0], 0) & (np.floor(args[1]) != args[1])))
    return node.name == "divide" and bool(np.all(np.equal(args[0], 0) & np.equal(args[1], 0)))


def _without_choices(root: Node, here: dict[Node, Array]) -> Node | None:
    """``root`` with each choice taken as at the points ``here``; None where they do not agree."""
    new: dict[Node, Node] = {}
    for node in order(root):
        if node.word is None or node.is_condition:
            new[node] = node
            continue
        taken = _taken(node, new, here)
        if taken is None:
            return None
        new[node] = taken
    return new[root]


def _taken(node: Node, new: dict[Node, Node], here: dict[Node, Array]) -> Node | None:
    """One word with its choice taken, or as it is."""
    name, args = node.name, node.args
    if name == "where":
        truth = _truth(args[0], new, here)
        return None if truth is None else new[args[1] if truth else args[2]]
    if name in ("minimum", "maximum"):
        side = _side(args[0], args[1], new, here)
        if side == UNORDERED:
            return new[args[int(not np.isnan(here[args[0]]).all())]]
        return None if side is None else new[args[0] if (side < 0) == (name == "minimum") else args[1]]
    if name == "clip":
        return _clipped(args, new, here)
    if name in ("abs", "sign"):
        side = _side(args[0], ZERO, new, here)
        return None if side is None else _signed(name, new[args[0]], side)
    if name == "floor":
        level = set(here[node].tolist())
        return constant(level.pop()) if len(level) == 1 and isfinite(min(level)) else None
    return _applied(node, [new[a] for a in args])


def _applied(node: Node, args: list[Node]) -> Node:
    """The word on other arguments; u - u is 0."""
    a, b = (*args, None, None)[:2]
    if node.name == "subtract" and a is b:
        return ZERO
    if node.name == "add" and a is not None and b is not None and (a is -b or b is -a):
        return ZERO
    assert node.word is not None  # noqa: S101
    return node.word(*args)


def _signed(name: str, u: Node, side: float) -> Node:
    if side == UNORDERED:
        return u
    return constant(side) if side == 0 or name == "sign" else u if side > 0 else -u


def _clipped(args: tuple[Node, ...], new: dict[Node, Node], here: dict[Node, Array]) -> Node | None:
    above, below = _side(args[0], args[1], new, here), _side(args[0], args[2], new, here)
    if above is None or below is None:
        return None
    if UNORDERED in (above, below):
        return new[args[0]]
    lower, over = (args[1], _side(args[1], args[2], new, here)) if above <= 0 else (args[0], below)
    return None if over is None else new[args[2] if over >= 0 else lower]  # of crossed bounds the upper one holds


def _truth(condition: Node, new: dict[Node, Node], here: dict[Node, Array]) -> bool | None:
    closed = number(condition)
    if closed is not None:
        return bool(closed)
    side = _side(condition.args[0], condition.args[1], new, here)
    return None if side is None else side != UNORDERED and bool(COMPARISONS[condition.name](side))


def _side(a: Node, b: Node, new: dict[Node, Node], here: dict[Node, Array]) -> float | None:
    """The sign of a - b on the piece: the one that is met beside zeros; None for both signs."""
    if new.get(a, a) is new.get(b, b):
        return 0.0
    left = here[a]
    right = here[b] if b in here else np.full(left.shape, number(b))
    met = set(compared(left, right, left.shape).tolist()) - {0.0}
    if len(met) > 1:
        met -= {UNORDERED}  # overflow far out
    return met.pop() if len(met) == 1 else None if met else 0.0
