"""The vocabulary in ball arithmetic, each word from its meaning, so that nonlin's trees can be compared as functions.

Nothing here is written for accuracy: the precision is raised until it does not matter.
"""

from __future__ import annotations

from builtins import abs as size
from collections.abc import Mapping

from flint import arb, ctx

from nonlin.tree import NAMED_CONSTANTS, Node, order

UNARY = (
    "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "atan", "sinh", "cosh", "asinh", "tanh", "sech",
    "erf", "erfc", "floor",
)  # fmt: skip


def evaluated(root: Node, values: Mapping[str, float], bits: int = 4096) -> arb:
    """The value of a tree as a ball."""
    before, ctx.prec = ctx.prec, bits
    try:
        done: dict[Node, arb] = {}
        for node in order(root):
            done[node] = _value(node, [done[a] for a in node.args], values)
        return done[root]
    finally:
        ctx.prec = before


def _value(node: Node, parts: list[arb], values: Mapping[str, float]) -> arb:
    if node.word is None:
        named = {"pi": arb.pi, "e": arb.const_e}
        given = values[node.value] if node.is_symbol else node.value
        return named[given]() if given in NAMED_CONSTANTS else arb(given)
    name = node.word.name
    return getattr(parts[0], name)() if name in UNARY else globals()[name](*parts)


def add(a: arb, b: arb) -> arb:
    return a + b


def subtract(a: arb, b: arb) -> arb:
    return a - b


def multiply(a: arb, b: arb) -> arb:
    return a * b


def divide(a: arb, b: arb) -> arb:
    return a / b


def negative(a: arb) -> arb:
    return -a


def power(a: arb, b: arb) -> arb:
    return a**b


def greater(a: arb, b: arb) -> bool:
    return bool(a > b)


def greater_equal(a: arb, b: arb) -> bool:
    return bool(a >= b)


def less(a: arb, b: arb) -> bool:
    return bool(a < b)


def less_equal(a: arb, b: arb) -> bool:
    return bool(a <= b)


def equal(a: arb, b: arb) -> bool:
    return bool(a == b)


def where(condition: bool, a: arb, b: arb) -> arb:
    return a if condition else b


def minimum(a: arb, b: arb) -> arb:
    return a.min(b)


def maximum(a: arb, b: arb) -> arb:
    return a.max(b)


def clip(u: arb, low: arb, high: arb) -> arb:
    return u.max(low).min(high)


def abs(u: arb) -> arb:
    return size(u)


def sign(u: arb) -> arb:
    return u.sgn()


def hypot(a: arb, b: arb) -> arb:
    return (a * a + b * b).sqrt()


def normcdf(u: arb) -> arb:
    return (-u / arb(2).sqrt()).erfc() / 2


def normpdf(u: arb) -> arb:
    return (-u * u / 2).exp() / (2 * arb.pi()).sqrt()


def sigmoid(u: arb) -> arb:
    return 1 / (1 + (-u).exp())


def log_sigmoid(u: arb) -> arb:
    return -softplus(-u)


def softplus(u: arb) -> arb:
    return u.exp().log1p()
