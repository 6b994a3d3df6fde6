"""A formula that knows how it is computed: the tree people see, the tree machines run, and its derivatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import count, pairwise
from math import copysign, inf, isnan, nan, prod
from types import MappingProxyType
from typing import Any

from nonlin.ops import clip, equal, where
from nonlin.ops.evaluate import evaluate
from nonlin.tree import ONE, Node, constant, differentiate, limit_constant, substitute, symbol, symbols

SAFE = 2.0**40  # far out on every activation's tail, and its cube still fits float32


class Expression:
    """One function of its symbols.

    ``formula`` is what people read. ``stable`` is the same function written so that no digits are lost; the formula
    itself where none is given. ``known`` holds derivatives that are given and not made from the rules.
    """

    __slots__ = ("_partials", "_products", "formula", "inputs", "known", "stable")

    def __init__(
        self,
        formula: Node,
        stable: Node | None = None,
        known: Mapping[str, Node] = MappingProxyType({}),
        inputs: tuple[str, ...] = ("x",),
    ) -> None:
        self.formula, self.known, self.inputs = formula, known, inputs
        self.stable = formula if stable is None else stable
        self._partials: dict[str, Expression] = {}
        self._products: dict[str, Expression] = {}

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Expression) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key()[:3])

    def _key(self) -> tuple[Node, Node, tuple[str, ...], Mapping[str, Node]]:
        return self.formula, self.stable, self.inputs, self.known

    def partial(self, name: str) -> Expression:
        """The derivative by the symbol ``name``."""
        if name not in self._partials:
            stable = self.known[name] if name in self.known else differentiate(self.stable, name)
            self._partials[name] = Expression(differentiate(self.formula, name), stable, inputs=self.inputs)
        return self._partials[name]

    def times_incoming(self, taken: Iterable[str] = ()) -> Expression:
        """The product with one more input, the last: what a backward pass computes of a derivative and the incoming
        gradient. It is called g, or g_ and so on where that is an input or among the names ``taken``."""
        used = {*self.inputs, *taken}
        name = next(n for n in ("g" + "_" * k for k in count()) if n not in used)
        if name not in self._products:
            g, known = symbol(name), {k: symbol(name) * v for k, v in self.known.items()}
            self._products[name] = Expression(g * self.formula, g * self.stable, known, (*self.inputs, name))
        return self._products[name]

    def with_values(self, values: Mapping[str, float]) -> Expression:
        """The expression with some symbols fixed."""
        nodes = {k: constant(v) for k, v in values.items()}
        known = {k: substitute(v, nodes) for k, v in self.known.items()}
        return Expression(substitute(self.formula, nodes), substitute(self.stable, nodes), known, self.inputs)

    def guarded(self, **values: float | None) -> Node:
        """The tree to run, given the parameters' values (None: an array, not known yet).

        To ``stable`` is added, only where it is needed: NaN in gives NaN out; and where an overflow inside the formula
        makes NaN, the limit is taken. Every backend runs the same guarded tree.
        """
        return _guarded(self.stable, self.inputs, tuple(sorted(values.items())))

    def limits(self, **values: float) -> tuple[float, float]:
        """The limits at -inf and +inf for these parameters; NaN where there is none, or none could be found."""
        x, given = symbol(self.inputs[0]), tuple(sorted(values.items()))
        low, high = (float(v) for v in _sample(self.stable, x, [-inf, inf], float, given))
        return (
            _limit(self.stable, x, -1, given) if isnan(low) else low,
            _limit(self.stable, x, 1, given) if isnan(high) else high,
        )


# ---- the guard ------------------------------------------------------------------------------------------------------

Values = tuple[tuple[str, float | None], ...]


@lru_cache(maxsize=4096)
def _guarded(root: Node, inputs: tuple[str, ...], values: Values) -> Node:
    factors, rest, given = _parted(root, inputs)
    if factors:
        return prod(factors, start=_guarded(rest, inputs, values))
    if len(given) != 1:
        return root
    x = symbol(given[0])
    if any(v is None for _, v in values):
        return where(equal(x, x), _limited_by_clipping(root, x), x)
    fallback = _with_limit(_with_limit(root, root, x, -1, values), root, x, 1, values)
    inner = root if fallback is root else where(equal(root, root), root, fallback)
    keeps_nan = isnan(float(_sample(root, x, [nan], float, values)[0]))
    return inner if keeps_nan else where(equal(x, x), inner, x)


def _parted(root: Node, inputs: tuple[str, ...]) -> tuple[list[Node], Node, tuple[str, ...]]:
    """``root`` as inputs that are mere factors of it times a rest, and the inputs on which the rest depends."""
    given = tuple(name for name in symbols(root) if name in inputs) or inputs[:1]
    if root.name == "multiply" and len(given) > 1:
        for factor, rest in (root.args, root.args[::-1]):
            if factor.is_symbol and str(factor.value) in given and str(factor.value) not in symbols(rest):
                factors, core, left = _parted(rest, inputs)
                return [factor, *factors], core, left
    if root.is_symbol and inputs[0] not in given:
        return [root], ONE, inputs[:1]
    return [], root, given


def guarded_input(root: Node, inputs: tuple[str, ...]) -> str | None:
    """The one input whose NaN and infinities are looked after; None where several are entangled."""
    _, _, given = _parted(root, inputs)
    return given[0] if len(given) == 1 else None


def _with_limit(fallback: Node, root: Node, x: Node, sign: int, values: Values) -> Node:
    """``fallback``, but the limit far out on one side, if ``root`` becomes NaN there and has a limit."""
    start, never = min(_nan_from(root, x, sign, kind, values) for kind in ("float32", "float64"))
    limit = nan if never else _limit(root, x, sign, values)
    if isnan(limit):
        return fallback
    far = x >= limit_constant(start) if sign > 0 else x <= limit_constant(-start)
    return where(far, limit_constant(limit), fallback)


def _limited_by_clipping(root: Node, x: Node) -> Node:
    """For parameters that are arrays: their limits are not numbers yet, so NaN is replaced by the value far out where
    it has settled, by 0 where it vanishes and by infinity where it grows."""
    name = str(x.value)
    far, farther = (substitute(root, {name: clip(x, -size, size)}) for size in (SAFE / 2, SAFE))
    grows = where(abs(farther) > SAFE / 4, where(farther > 0, limit_constant(inf), limit_constant(-inf)), root)
    vanishes = where(abs(farther) < SAFE**-0.5, 0, grows)
    outside = where(abs(farther - far) <= 1e-6 * abs(farther), farther, vanishes)
    return where(equal(root, root), root, outside)


def _sample(root: Node, x: Node, points: Any, kind: Any, values: Values) -> Any:
    """``root`` at ``points``, computed in the dtype ``kind`` (the frameworks compute in float32)."""
    import numpy as np

    from nonlin.ops import numpy as words

    at = np.asarray(points, kind)
    with np.errstate(all="ignore"):
        return np.broadcast_to(evaluate(root, words, {**dict(values), str(x.value): at}), at.shape)


@lru_cache(maxsize=4096)
def _nan_from(root: Node, x: Node, sign: int, kind: str, values: Values) -> tuple[float, int]:
    """The |x| from which on every result is NaN, as a sortable pair: infinity alone before never."""
    import numpy as np

    top = 127 if kind == "float32" else 1023
    sizes = [*(2.0**k for k in range(-100, top)), float(np.finfo(kind).max), inf]
    bad = np.isnan(_sample(root, x, np.multiply(sign, sizes), kind, values))
    run = len(sizes) if bad.all() else int(np.argmin(bad[::-1]))
    return (sizes[max(len(sizes) - run - 1, 0)] if run > 1 else inf, 1 if run == 0 else 0)


@lru_cache(maxsize=4096)
def _limit(root: Node, x: Node, sign: int, values: Values) -> float:
    """The limit at sign * inf, from the octaves up to 2^50 or to where they become NaN; NaN if there seems to be none.

    In the end the values settle, or grow, or vanish. Not farther out: floor(x) is x there, and squares overflow.
    Several points per octave, so that an oscillation cannot hide.
    """
    points = [sign * m * 2.0**k for k in _OCTAVES for m in _WITHIN]
    octaves = _sample(root, x, points, float, values).reshape(len(_OCTAVES), len(_WITHIN)).tolist()
    last = max((i for i, octave in enumerate(octaves) if not any(map(isnan, octave))), default=0)
    if last < 3:
        return nan
    end = octaves[last][-1]
    farther = _sample(root, x, [sign * 2.0**k for k in _FARTHER], float, values).tolist()
    if all(_close(v, end) for v in (*octaves[last - 1], *octaves[last])):
        return float(next((v for v in reversed(farther) if _close(v, end)), end))
    power = _OCTAVES[last]  # from one power to its square, where there is room
    apart = [last - power + (power >> i) if power > 16 else last - i for i in (3, 2, 1, 0)]
    return _growth([octaves[i] for i in apart], next((v for v in reversed(farther) if not isnan(v)), end))


def _close(value: float, end: float) -> bool:
    return value == end or abs(value - end) <= 1e-9 * abs(end) < inf


def _growth(octaves: list[list[float]], farthest: float) -> float:
    """Infinity where all values grow from octave to octave, 0 where they vanish, else NaN.

    A zero has the sign of the values, and that of the farthest where they swing around it.
    """
    sizes = [[abs(v) for v in octave] for octave in octaves]
    one_sign = len({v > 0 for octave in octaves for v in octave}) == 1
    side = copysign(1.0, octaves[-1][0] if one_sign else farthest)
    if one_sign and all(min(b) >= 1.5 * max(a) for a, b in pairwise(sizes)):
        return side * inf
    return side * 0.0 if all(max(b) <= max(a) / 1.5 for a, b in pairwise(sizes)) else nan


_OCTAVES = range(-100, 51)
_WITHIN = (1.0, 1.2345678, 1.7320508)
_FARTHER = range(52, 1024)
