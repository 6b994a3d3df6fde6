"""The vocabulary: every word once, with its meaning, its derivative rule, its domain and its limits.

A rule's body is the derivative written in the vocabulary: for ``word(u)`` the derivative by u, for more arguments one
derivative for each. Rules marked ``by_tangent`` are given the arguments and then their derivatives and return the
derivative of the whole; selections need that, since a product with 0 would turn an unselected infinity into NaN.

The words are chosen so that formulas stay exact: ``softplus(u)`` means log(1 + exp(u)) and is computed without
overflow; sigmoid' = sigmoid(u) sigmoid(-u) and tanh' = sech(u)^2 keep their tails.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, NoReturn

from nonlin.tree import WORDS, ZERO, Node, Operand, Word, constant

__all__ = [
    "abs", "add", "asinh", "atan", "clip", "cos", "cosh", "divide", "e", "equal", "erf", "erfc", "exp", "expm1",
    "floor", "greater", "greater_equal", "hypot", "less", "less_equal", "log", "log1p", "log_sigmoid", "log_softmax",
    "maximum", "minimum", "multiply", "negative", "normcdf", "normpdf", "pi", "power", "row_max", "row_sum",
    "row_threshold", "sech", "sigmoid", "sign", "sin", "sinh", "softplus", "sqrt", "subtract", "tan", "tanh", "where",
]  # fmt: skip

pi, e = constant("pi"), constant("e")
REAL = (-inf, inf)


def word(
    meaning: str,
    *,
    domain: tuple[float, float] = REAL,
    limits: tuple[float | None, float | None] = (None, None),
    by_tangent: bool = False,
    condition: bool = False,
    over_axis: bool = False,
) -> Callable[[Callable[..., Any]], Word]:
    """Enter a word into the vocabulary; the decorated function is its derivative rule.

    ``domain`` is where a word of one argument is finite; ``limits`` are its values at -inf and +inf (None: no limit).
    """

    def enter(rule: Callable[..., Any]) -> Word:
        names = rule.__code__.co_varnames[: rule.__code__.co_argcount]
        arity = len(names) // 2 if by_tangent else len(names)
        new = Word(rule.__name__, meaning, arity, rule, by_tangent, domain, limits, condition, over_axis)
        WORDS[new.name] = new
        return new

    return enter


# ---- arithmetic -----------------------------------------------------------------------------------------------------


@word("a + b", by_tangent=True)
def add(a: Node, b: Node, da: Node, db: Node) -> Node:
    return da + db


@word("a - b", by_tangent=True)
def subtract(a: Node, b: Node, da: Node, db: Node) -> Node:
    return da - db


@word("a * b")
def multiply(a: Node, b: Node) -> tuple[Node, Node]:
    return b, a


@word("a / b", by_tangent=True)
def divide(a: Node, b: Node, da: Node, db: Node) -> Node:
    return da / b - (a / b) * (db / b)  # not da*b - a*db over b**2: the square would overflow


@word("-a", limits=(inf, -inf))
def negative(a: Node) -> Node:
    return constant(-1.0)


@word("a raised to b; for negative a only whole b are real")
def power(a: Node, b: Node) -> tuple[Node, Node]:
    return b * a ** (b - 1 if not b.is_constant else _minus_one(b)), where(equal(a, 0), 0, a**b * log(a))


def _minus_one(b: Node) -> Operand:
    return b.value - 1 if isinstance(b.value, float) else b - 1


# ---- comparisons and choices ----------------------------------------------------------------------------------------


@word("a > b", condition=True)
def greater(a: Node, b: Node) -> tuple[Node, Node]:
    return ZERO, ZERO


@word("a >= b", condition=True)
def greater_equal(a: Node, b: Node) -> tuple[Node, Node]:
    return ZERO, ZERO


@word("a < b", condition=True)
def less(a: Node, b: Node) -> tuple[Node, Node]:
    return ZERO, ZERO


@word("a <= b", condition=True)
def less_equal(a: Node, b: Node) -> tuple[Node, Node]:
    return ZERO, ZERO


@word("a = b", condition=True)
def equal(a: Node, b: Node) -> tuple[Node, Node]:
    return ZERO, ZERO


@word("a where the condition holds, else b", by_tangent=True)
def where(c: Node, a: Node, b: Node, dc: Node, da: Node, db: Node) -> Node:
    return where(c, da, db)


@word("the smaller of a and b; where they are equal, the derivative is that of b", by_tangent=True)
def minimum(a: Node, b: Node, da: Node, db: Node) -> Node:
    return where(a < b, da, db)


@word("the larger of a and b; where they are equal, the derivative is that of b", by_tangent=True)
def maximum(a: Node, b: Node, da: Node, db: Node) -> Node:
    return where(a > b, da, db)


@word("u limited to [low, high]; at the ends the derivative is that of the end", by_tangent=True)
def clip(u: Node, low: Node, high: Node, du: Node, dlow: Node, dhigh: Node) -> Node:
    return where(u > low, where(u < high, du, dhigh), dlow)


@word("|u|; derivative 0 at 0", limits=(inf, inf))
def abs(u: Node) -> Node:
    return sign(u)


@word("-1, 0 or 1, as u is negative, zero or positive", limits=(-1.0, 1.0))
def sign(u: Node) -> Node:
    return ZERO


@word("the largest whole number not above u", limits=(-inf, inf))
def floor(u: Node) -> Node:
    return ZERO


# ---- exponential, logarithm, roots ----------------------------------------------------------------------------------


@word("e raised to u", limits=(0.0, inf))
def exp(u: Node) -> Node:
    return exp(u)


@word("exp(u) - 1, exact near 0", limits=(-1.0, inf))
def expm1(u: Node) -> Node:
    return exp(u)


@word("the natural logarithm", domain=(0.0, inf), limits=(None, inf))
def log(u: Node) -> Node:
    return 1 / u


@word("log(1 + u), exact near 0", domain=(-1.0, inf), limits=(None, inf))
def log1p(u: Node) -> Node:
    return 1 / (1 + u)


@word("the square root", domain=(0.0, inf), limits=(None, inf))
def sqrt(u: Node) -> Node:
    return 1 / sqrt(u) / 2


@word("sqrt(a^2 + b^2) without overflow; derivative 0 where both are 0")
def hypot(a: Node, b: Node) -> tuple[Node, Node]:
    h = hypot(a, b)
    return where(equal(h, 0), 0, a / h), where(equal(h, 0), 0, b / h)


# ---- circular and hyperbolic ----------------------------------------------------------------------------------------


@word("the sine")
def sin(u: Node) -> Node:
    return cos(u)


@word("the cosine")
def cos(u: Node) -> Node:
    return -sin(u)


@word("the tangent")
def tan(u: Node) -> Node:
    return 1 + tan(u) ** 2


@word("the inverse tangent", limits=(-1.5707963267948966, 1.5707963267948966))
def atan(u: Node) -> Node:
    return (1 / hypot(1, u)) ** 2  # 1/(1 + u^2) whose square cannot overflow


@word("the hyperbolic sine", limits=(-inf, inf))
def sinh(u: Node) -> Node:
    return cosh(u)


@word("the hyperbolic cosine", limits=(inf, inf))
def cosh(u: Node) -> Node:
    return sinh(u)


@word("the inverse hyperbolic sine", limits=(-inf, inf))
def asinh(u: Node) -> Node:
    return 1 / hypot(1, u)


@word("the hyperbolic tangent", limits=(-1.0, 1.0))
def tanh(u: Node) -> Node:
    return sech(u) ** 2


@word("1/cosh(u), with its tails", limits=(0.0, 0.0))
def sech(u: Node) -> Node:
    return -(sech(u) * tanh(u))


# ---- the normal distribution ----------------------------------------------------------------------------------------


@word("the error function 2/sqrt(pi) times the integral of exp(-t^2) from 0 to u", limits=(-1.0, 1.0))
def erf(u: Node) -> Node:
    return 2 / sqrt(pi) * exp(-(u**2))


@word("1 - erf(u), with its right tail", limits=(2.0, 0.0))
def erfc(u: Node) -> Node:
    return -(2 / sqrt(pi) * exp(-(u**2)))


@word("the distribution function of N(0, 1), with its left tail", limits=(0.0, 1.0))
def normcdf(u: Node) -> Node:
    return normpdf(u)


@word("the density of N(0, 1)", limits=(0.0, 0.0))
def normpdf(u: Node) -> Node:
    return -(u * normpdf(u))


# ---- the logistic family --------------------------------------------------------------------------------------------


@word("1/(1 + exp(-u)), with its left tail", limits=(0.0, 1.0))
def sigmoid(u: Node) -> Node:
    return sigmoid(u) * sigmoid(-u)


@word("log(sigmoid(u)) without overflow", limits=(-inf, 0.0))
def log_sigmoid(u: Node) -> Node:
    return sigmoid(-u)


@word("log(1 + exp(u)) without overflow", limits=(0.0, inf))
def softplus(u: Node) -> Node:
    return sigmoid(u)


# ---- words of vector functions (along one axis) ---------------------------------------------------------------------


def _mixed(name: str) -> NoReturn:
    raise TypeError(f"{name} mixes elements: a vector function states its vector-Jacobian product itself")


@word("the largest element along the axis, kept as an axis of length 1", over_axis=True)
def row_max(u: Node) -> NoReturn:
    _mixed("row_max")


@word("the sum along the axis, kept as an axis of length 1", over_axis=True)
def row_sum(u: Node) -> NoReturn:
    _mixed("row_sum")


@word("the smallest tau with sum(max(0, u - tau)**power) <= total along the axis; 0**0 is 0 here", over_axis=True)
def row_threshold(u: Node, power: Node, total: Node) -> NoReturn:
    _mixed("row_threshold")


@word("u - log(sum(exp(u))) along the axis, without overflow and with its upper tail", over_axis=True)
def log_softmax(u: Node) -> NoReturn:
    _mixed("log_softmax")
