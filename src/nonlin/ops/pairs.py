"""Arithmetic of twice the digits: a number is an unevaluated sum of two float64 arrays (Dekker 1971, Knuth 1969).

Pure arithmetic, such as (x + 3)/6, hits ties of a smaller dtype so often that they are decided here, whole arrays at a
time; and so do square roots that come close to arithmetic far out. Every other word gives NaN: undecided. A comparison
is 1, 0 or NaN, and what NaN would choose is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any, TypeAlias

import numpy as np

from nonlin.tree import Node, order

Array = np.ndarray[Any, Any]
Pair: TypeAlias = tuple[Any, Any]
_SPLIT = 134217729.0  # 2^27 + 1
_UNKNOWN: Pair = (np.nan, 0.0)
JUNK = 2.0**-95  # a smaller second part may be rounding error


def evaluate(root: Node, values: Mapping[str, Any]) -> Pair:
    """``root`` as a pair; NaN where it is not pure arithmetic."""
    done: dict[Node, Any] = {}
    for node in order(root):
        done[node] = _value(node, [done[a] for a in node.args], values)
    return done[root]  # type: ignore[no-any-return]


def _value(node: Node, parts: list[Any], values: Mapping[str, Any]) -> Any:
    if node.word is None:
        return (values[str(node.value)], 0.0) if node.is_symbol else written(node)
    unknown = np.nan if node.is_condition else _UNKNOWN
    return _WORDS[node.name](*parts) if node.name in _WORDS else unknown


def written(node: Node) -> Pair:
    """A number means what is written: 0.1 is a tenth."""
    if not isinstance(node.value, float) or not isfinite(node.value):
        return _UNKNOWN
    return node.value, float(Fraction(repr(node.value)) - Fraction(node.value))


def decided(pair: Pair) -> Any:
    """Where the second part is 0, or large enough to be more than rounding error."""
    high, low = pair
    return np.isfinite(high) & ((low == 0) | (np.abs(low) > JUNK * np.abs(high)))


def to_odd(pair: Pair) -> Array:
    """The pair as one float64 whose last bit is set where it is not exact, so that rounding it again is right."""
    high, low = np.broadcast_arrays(*pair)
    beside = np.nextafter(high, np.where(low > 0, np.inf, -np.inf))
    return np.where((low != 0) & (high.view(np.int64) & 1 == 0), beside, high)


def two_sum(a: Any, b: Any) -> Pair:
    total = np.add(a, b)
    share = total - a
    return total, (a - (total - share)) + (b - share)


def two_product(a: Any, b: Any) -> Pair:
    """The product and its rounding error."""
    product = np.multiply(a, b)
    (a1, a2), (b1, b2) = _split(a), _split(b)
    return product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def _split(a: Any) -> Pair:
    scaled = np.multiply(_SPLIT, a)
    top = scaled - (scaled - a)
    return top, a - top


def _add(a: Pair, b: Pair) -> Pair:
    high, low = two_sum(a[0], b[0])
    low, rest = _summed(low, two_sum(a[1], b[1]))
    return _normal(*_normal(high, low), rest)


def _summed(low: Any, more: Pair) -> Pair:
    return low + more[0], more[1]


def _normal(high: Any, low: Any, rest: Any = 0.0) -> Pair:
    low = low + rest
    total = high + low
    return total, low - (total - high)


def _negative(a: Pair) -> Pair:
    return np.negative(a[0]), np.negative(a[1])


def _multiply(a: Pair, b: Pair) -> Pair:
    high, low = two_product(a[0], b[0])
    return _normal(high, low, a[0] * b[1] + a[1] * b[0])


def _divide(a: Pair, b: Pair) -> Pair:
    """Two digits of a long division."""
    first = np.divide(a[0], b[0])
    rest = _add(a, _negative(_multiply((first, 0.0), b)))
    return _normal(first, rest[0] / b[0])


def _sqrt(a: Pair) -> Pair:
    """A root in float64, and what its square is short of, over twice the root."""
    high = np.sqrt(a[0])
    rest = _add(a, _negative(two_product(high, high)))[0]
    return _normal(high, np.where(rest == 0, 0.0, rest / (2 * high)))


def _hypot(a: Pair, b: Pair) -> Pair:
    return _sqrt(_add(_multiply(a, a), _multiply(b, b)))


def _power(a: Pair, b: Pair) -> Pair:
    square = _multiply(a, a)
    if np.ndim(b[0]) or b[0] not in (2.0, 3.0):
        return _UNKNOWN
    return square if b[0] == 2.0 else _multiply(square, a)


def _choose(condition: Any, a: Pair, b: Pair) -> Pair:
    chosen = np.where(condition, a[0], b[0])
    return np.where(np.isnan(condition), np.nan, chosen), np.where(condition, a[1], b[1])


def _below(a: Pair, b: Pair) -> Any:
    return _known(np.less(a[0], b[0]) | (np.equal(a[0], b[0]) & np.less(a[1], b[1])), a, b)


def _equal(a: Pair, b: Pair) -> Any:
    return _known(np.equal(a[0], b[0]) & np.equal(a[1], b[1]), a, b)


def _known(answer: Any, a: Pair, b: Pair) -> Any:
    return np.where(np.isnan(a[0]) | np.isnan(b[0]), np.nan, answer)


def _either(a: Any, b: Any) -> Any:
    return np.maximum(a, b)


def _minimum(a: Pair, b: Pair) -> Pair:
    return _choose(_below(a, b), a, b)


def _maximum(a: Pair, b: Pair) -> Pair:
    return _choose(_below(b, a), a, b)


_WORDS: dict[str, Callable[..., Any]] = {
    "add": _add,
    "subtract": lambda a, b: _add(a, _negative(b)),
    "multiply": _multiply,
    "_multiply_aside": _multiply,
    "divide": _divide,
    "negative": _negative,
    "power": _power,
    "sqrt": _sqrt,
    "hypot": _hypot,
    "abs": lambda a: _choose(np.less(a[0], 0), _negative(a), a),
    "sign": lambda a: (np.sign(a[0]), 0.0),
    "where": _choose,
    "minimum": _minimum,
    "maximum": _maximum,
    "clip": lambda a, low, high: _minimum(_maximum(a, low), high),
    "less": _below,
    "greater": lambda a, b: _below(b, a),
    "less_equal": lambda a, b: _either(_below(a, b), _equal(a, b)),
    "greater_equal": lambda a, b: _either(_below(b, a), _equal(a, b)),
    "equal": _equal,
}
