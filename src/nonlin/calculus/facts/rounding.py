"""Values with a bound of their rounding error, so that a sign is only believed where it is certain."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from nonlin.calculus.facts.points import Array, values
from nonlin.ops import numpy as words
from nonlin.ops.evaluate import evaluate, number
from nonlin.tree import WORDS, Node, as_node, order, symbol

_GAUSSIAN = ("normcdf", "normpdf", "erfc")  # exp(-u^2) of a rounded square: their tails are wrong by u^2 ulp
EPS = 4 * 2.0**-52  # what a word may be wrong by, relative to its result


def with_error(root: Node, x: Array) -> tuple[Array, Array]:
    """``root`` at the exact points ``x``, and a bound of what rounding may have changed (first order)."""
    done, error = values(root, x), dict[Node, Any]()
    for node in order(root):
        error[node] = 0.0 if node.word is None or node.is_condition else _error(node, done, error)
    shape = np.shape(x)
    value, bound = np.broadcast_to(done[root], shape), np.broadcast_to(error[root], shape)
    return value.astype(float), np.where(np.isnan(bound), np.inf, bound)


def sign(root: Node, x: Array) -> Array:
    """The sign of ``root`` at ``x``: 0 where it is zero or not certain."""
    value, bound = with_error(root, x)
    return certain(value, bound)


def certain(value: Array, bound: Array) -> Array:
    return np.where((np.abs(value) > bound) | np.isinf(value), np.sign(value), 0.0)


def _error(node: Node, done: dict[Node, Any], error: dict[Node, Any]) -> Any:
    """The bound of one word's result, given those of its arguments."""
    size, below = np.abs(done[node]), [error[a] for a in node.args]
    if number(node) is not None:
        return EPS * size
    rule = _RULES.get(node.name)
    if rule:
        return rule([done[a] for a in node.args], below, size)
    carried = [_carried(node, place, done, e) for place, e in enumerate(below)]
    own = np.minimum(1 + np.square(done[node.args[0]]), 1500.0) if node.name in _GAUSSIAN else 1.0
    return sum(carried) + EPS * own * size


def _carried(node: Node, place: int, done: dict[Node, Any], error: Any) -> Any:
    """The part of a word's error that comes from one argument: its error times the slope there."""
    if not np.any(error):
        return 0.0
    exponent = number(node.args[1]) if node.name == "power" else None
    slope = _slope(node.name, place, exponent)
    steep = evaluate(slope, words, {f"u{k}": done[a] for k, a in enumerate(node.args)})
    return np.where(np.equal(error, 0) | np.equal(steep, 0), 0.0, np.abs(steep) * error)


@lru_cache(maxsize=512)
def _slope(name: str, place: int, exponent: float | None) -> Node:
    """The derivative of a word by one of its arguments u0, u1."""
    word = WORDS[name]
    arguments = [symbol(f"u{k}") for k in range(word.arity)]
    if exponent is not None:
        arguments[1] = as_node(exponent)
    slopes = word.rule(*arguments)
    return as_node(slopes[place] if isinstance(slopes, tuple) else slopes)


def _sum(u: list[Any], e: list[Any], size: Any) -> Any:
    return e[0] + e[1] + EPS / 4 * size


def _product(u: list[Any], e: list[Any], size: Any) -> Any:
    pairs = ((u[0], e[1]), (u[1], e[0]))
    carried = [np.where(np.equal(b, 0) | np.equal(a, 0), 0.0, np.abs(a) * b) for a, b in pairs]
    return carried[0] + carried[1] + EPS / 4 * size


def _quotient(u: list[Any], e: list[Any], size: Any) -> Any:
    return np.where(np.equal(e[0] + e[1], 0), 0.0, (e[0] + size * e[1]) / np.abs(u[1])) + EPS / 4 * size


def _chosen(u: list[Any], e: list[Any], size: Any) -> Any:
    return np.where(u[0], e[1], e[2])


_RULES: dict[str, Callable[[list[Any], list[Any], Any], Any]] = {
    "add": _sum,
    "subtract": _sum,
    "multiply": _product,
    "divide": _quotient,
    "where": _chosen,
    "negative": lambda u, e, size: e[0],
    "abs": lambda u, e, size: e[0],
    "sign": lambda u, e, size: 0.0,
    "floor": lambda u, e, size: 0.0,
    "minimum": lambda u, e, size: np.where(np.less(u[0], u[1]), e[0], e[1]),
    "maximum": lambda u, e, size: np.where(np.greater(u[0], u[1]), e[0], e[1]),
    "clip": lambda u, e, size: np.where(np.less(u[1], u[0]) & np.less(u[0], u[2]), e[0], np.maximum(e[1], e[2])),
}
