"""How far the float64 evaluation of a tree may be from its true value, read off the tree.

Rounding to a smaller format is certain where the whole interval value +- bound rounds to one number; the few other
elements need more digits. The analysis is of first order. Every node has a relative error, a number, and an absolute
one, a tree: relative errors pass through products, and become absolute in a sum of parts that may cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import inf, isfinite
from typing import TypeAlias

from nonlin.tree import ONE, WORDS, ZERO, Node, constant, limit_constant, order

UNIT = 2.0**-53 * 1.125  # one rounding, with room for terms of second order and the rounding of the bound itself
VANISHES = ("exp", "normpdf", "normcdf", "erfc", "sech", "sigmoid")
UNDERFLOW = (*VANISHES, "multiply", "power", "divide")
Sign: TypeAlias = tuple[int, frozenset[Node]]
Digits: TypeAlias = tuple[tuple[str, int], ...]
_POSITIVE: Sign = (1, frozenset())


@dataclass(frozen=True)
class Bound:
    """|computed - true| <= relative |computed| + absolute.

    ``sign`` is that of a number times those of some nodes: two parts of the same sign cannot cancel, whatever it is.
    ``digits`` are the significant ones of an exact value; a power of two has none.
    """

    relative: float
    absolute: Node
    sign: Sign
    digits: int = 53

    @property
    def certain(self) -> bool:
        """Whether the error is 0."""
        return self.relative == 0 and self.absolute is ZERO


Bounds: TypeAlias = dict[Node, Bound]


@lru_cache(maxsize=1024)
def error_bound(root: Node, digits: Digits = (("x", 24),), fine: bool = False, short: bool = False) -> Bound:
    """The bound of ``root``, whose symbols are exact: of so many ``digits``, or float64 numbers of any.

    A number in the formula means what is written: 0.1 is a tenth, of which the float is a rounding.

    The coarse bound is cheap to evaluate, because it takes the worst condition of a word, such as 745 for exp(u). The
    fine one takes the condition at u. Discontinuous choices count: near a jump the bound is its height. ``short``: of
    the short words of the kernels.
    """
    done: Bounds = {}
    for node in order(root):
        done[node] = _bound(node, done, dict(digits), fine, short)
    return done[root]


def _bound(node: Node, done: Bounds, known: dict[str, int], fine: bool, short: bool) -> Bound:
    if node.word is None:
        return _leaf(node, known)
    if node.is_condition:
        return _exact(node)
    if node.name in _RULES:
        return _RULES[node.name](node, done)
    return _function(node, done, fine, short)


def _exact(node: Node, digits: int = 53) -> Bound:
    return Bound(0.0, ZERO, _own_sign(node), digits)


def _leaf(node: Node, known: dict[str, int]) -> Bound:
    if node.is_symbol:
        return _exact(node, known.get(str(node.value), 53))
    if not isinstance(node.value, float):
        return Bound(UNIT, ZERO, _POSITIVE)  # pi and e
    written = UNIT if isfinite(node.value) and Fraction(repr(node.value)) != Fraction(node.value) else 0.0
    return Bound(written, ZERO, (1 if node.value >= 0 else -1, frozenset()), digits_of(node.value))


def digits_of(value: float) -> int:
    """The length of the odd part; 0 for a power of two."""
    odd = abs(value.as_integer_ratio()[0]) if isfinite(value) else 0
    length = (odd // (odd & -odd)).bit_length() if odd else 0
    return 0 if length == 1 else length


def _own_sign(node: Node) -> Sign:
    return 1, frozenset([node])


def _size(node: Node, sign: Sign) -> Node:
    """|node|, without ``abs`` where that changes nothing."""
    return node if sign == _POSITIVE else abs(node)


def _error(node: Node, bound: Bound) -> Node:
    """The whole error as a tree."""
    return (_size(node, bound.sign) * bound.relative) + bound.absolute


# ---- arithmetic -----------------------------------------------------------------------------------------------------


def _add(node: Node, done: Bounds) -> Bound:
    a, b = (done[part] for part in node.args)
    return _sum(node, a, b, a.sign == b.sign)


def _subtract(node: Node, done: Bounds) -> Bound:
    a, b = (done[part] for part in node.args)
    return _sum(node, a, b, a.sign == _opposite(b).sign)


def _sum(node: Node, a: Bound, b: Bound, same_sign: bool) -> Bound:
    if same_sign:
        return Bound(max(a.relative, b.relative) + UNIT, a.absolute + b.absolute, a.sign)
    errors = [_error(*pair) for pair in zip(node.args, (a, b), strict=True)]
    return Bound(UNIT, errors[0] + errors[1], _own_sign(node))


def _opposite(a: Bound) -> Bound:
    return replace(a, sign=(-a.sign[0], a.sign[1]))


def _multiply(node: Node, done: Bounds) -> Bound:
    left, right = node.args
    a, b = done[left], done[right]
    exact = a.digits + b.digits <= 53
    digits = a.digits + b.digits if exact and not (a.relative or b.relative) else 53
    absolute = _size(left, a.sign) * b.absolute + _size(right, b.sign) * a.absolute
    for small, other, sign in ((left, right, b.sign), (right, left, a.sign)):
        if small.name in VANISHES and any(map(_is_steep, order(other))):
            absolute += _size(other, sign) * 2.0**-1073  # a subnormal number has few digits
    return Bound(a.relative + b.relative + (0 if exact else UNIT), absolute, _product_sign(a, b), digits)


def _is_steep(node: Node) -> bool:
    """Whether a float32 number may become so large that it makes much of what underflows."""
    return node.name in ("exp", "sinh", "cosh") or (node.name == "power" and node.args[1].value not in (2.0, 3.0))


def _product_sign(a: Bound, b: Bound) -> Sign:
    return a.sign[0] * b.sign[0], a.sign[1] ^ b.sign[1]


def _divide(node: Node, done: Bounds) -> Bound:
    above, below = node.args
    a, b = done[above], done[below]
    exact = b.digits == 0 and b.certain
    sign = _product_sign(a, b)
    absolute = (a.absolute + _size(node, sign) * b.absolute) / _size(below, b.sign)
    if below.name in UNDERFLOW:  # a subnormal number has few digits
        absolute = WORDS["where"](_size(below, b.sign) < 2.0**-1000, limit_constant(inf), absolute)
    rounding = 0.0 if exact else 2 * UNIT if below.is_constant else UNIT  # kernels multiply by the inverse of a number
    return Bound(a.relative + b.relative + rounding, absolute, sign, a.digits if exact else 53)


def _product(a: Node, b: Node, done: Bounds) -> Node:
    """The product of two nodes, of which the bound is added."""
    node = WORDS["multiply"](a, b)
    if node not in done:
        done[node] = _multiply(node, done) if node.args else _leaf(node, {})
    return node


def _power(node: Node, done: Bounds) -> Bound:
    """Squares and cubes are products, as they are computed; the others are functions of base and exponent."""
    base, exponent = node.args
    if exponent.value in (2.0, 3.0):
        products = dict(done)
        square = _product(base, base, products)
        return products[square if exponent.value == 2.0 else _product(square, base, products)]
    a, b = done[base], done[exponent]
    steep = _size(exponent, b.sign) * (_error(base, a) / _size(base, a.sign))
    turned = abs(WORDS["log"](abs(base))) * _error(exponent, b)
    return Bound(8 * UNIT, abs(node) * (steep + turned), a.sign if a.sign == _POSITIVE else _own_sign(node))


def _negative(node: Node, done: Bounds) -> Bound:
    return _opposite(done[node.args[0]])


def _abs(node: Node, done: Bounds) -> Bound:
    return replace(done[node.args[0]], sign=_POSITIVE)


# ---- choices --------------------------------------------------------------------------------------------------------


def _extreme(node: Node, done: Bounds) -> Bound:
    """The largest or smallest of some parts is no farther off than the worst of them."""
    parts = [done[part] for part in node.args]
    absolute = sum((p.absolute for p in parts[1:]), parts[0].absolute)
    above_zero = node.name != "minimum" and parts[1].sign == _POSITIVE
    sign = _POSITIVE if above_zero else _common_sign(node, parts)
    return Bound(max(p.relative for p in parts), absolute, sign, max(p.digits for p in parts))


def _common_sign(node: Node, parts: list[Bound]) -> Sign:
    return parts[0].sign if all(p.sign == parts[0].sign for p in parts) else _own_sign(node)


def _where(node: Node, done: Bounds) -> Bound:
    condition, *branches = node.args
    if condition.name == "equal" and condition.args[0] is condition.args[1]:
        return done[branches[0]]  # the second is for NaN alone
    a, b = _bound_near(branches[0], condition, done), done[branches[1]]
    absolute = WORDS["where"](condition, a.absolute, b.absolute) + _jump(node, done)
    return Bound(max(a.relative, b.relative), absolute, _common_sign(node, [a, b]), max(a.digits, b.digits))


def _bound_near(root: Node, condition: Node, done: Bounds) -> Bound:
    """The bound of ``root`` where |u| < a number, if that is the condition: a number, where a polynomial would have a
    tree larger than its own."""
    size, edge = condition.args
    if condition.name != "less" or size.name != "abs" or not isinstance(edge.value, float):
        return done[root]
    limits, found = _limits(size.args[0], edge.value), dict[Node, tuple[float, float]]()
    for node in order(root):
        found[node] = _size_and_error(node, found, limits.get(node, inf), done[node])
    error = found[root][1]
    return replace(done[root], relative=0.0, absolute=constant(error)) if error < inf else done[root]


def _limits(u: Node, limit: float) -> dict[Node, float]:
    """|u| <= limit, and what that says of the parts of u."""
    limits = {u: limit}
    while u.name in ("add", "subtract") and isinstance(u.args[1].value, float):
        limit += abs(u.args[1].value)
        u = u.args[0]
        limits[u] = limit
    return limits


def _size_and_error(
    node: Node, found: Mapping[Node, tuple[float, float]], limit: float, bound: Bound
) -> tuple[float, float]:
    """The largest size and error of a node, given those of its parts; infinite but for sums and products."""
    if not node.args:
        size = min(limit, abs(node.value)) if isinstance(node.value, float) else limit
        return size, bound.relative * size
    (a, a_error), (b, b_error) = (found[part] for part in (*node.args, node.args[0])[:2])
    size = min(limit, {"add": a + b, "subtract": a + b, "multiply": a * b}.get(node.name, inf))
    inherited = a * b_error + b * a_error if node.name == "multiply" else a_error + b_error
    return size, inherited + UNIT * size


def _jump(node: Node, done: Bounds) -> Node:
    """How far apart the branches are where it is not certain which is taken."""
    condition, *branches = node.args
    left, right = condition.args
    errors = done[left], done[right]
    sure_sign = ZERO in (left, right) and all(e.absolute is ZERO for e in errors)
    if sure_sign or all(e.certain for e in errors):
        return ZERO
    undecided = abs(left - right) <= _error(left, errors[0]) + _error(right, errors[1])
    return WORDS["where"](undecided, abs(branches[0] - branches[1]), ZERO)


def _sign(node: Node, done: Bounds) -> Bound:
    u = node.args[0]
    undecided = abs(u) <= done[u].absolute
    absolute = ZERO if done[u].absolute is ZERO else WORDS["where"](undecided, constant(2.0), ZERO)
    return Bound(0.0, absolute, done[u].sign, 0)


def _floor(node: Node, done: Bounds) -> Bound:
    u, floor = node.args[0], WORDS["floor"]
    if done[u].certain:
        return _exact(node, done[u].digits)
    error = _error(u, done[u])
    same = WORDS["equal"](floor(u - error), floor(u + error))
    return Bound(0.0, WORDS["where"](same, ZERO, ONE), _own_sign(node))


# ---- functions ------------------------------------------------------------------------------------------------------


def _hypot(node: Node, done: Bounds) -> Bound:
    a, b = (done[part] for part in node.args)
    return Bound(max(a.relative, b.relative) + 2 * UNIT, a.absolute + b.absolute, _POSITIVE)


def _function(node: Node, done: Bounds, fine: bool, short: bool) -> Bound:
    """The word's own error, and that of its argument times the word's condition or slope."""
    name, below = fused(node) if short else (node.name, node.args[0])
    if name != node.name and done[below].absolute is not ZERO:
        name, below = node.name, node.args[0]  # whose slope is known; a fused word has no larger error than its parts
    u, sign = done[below], _function_sign(node, done[node.args[0]].sign)
    own = SHORT[name] if short and name in SHORT else _OWN.get(name, 8) * UNIT
    if name in _OF_SQUARE and u.digits > 26:
        u = replace(u, relative=u.relative + UNIT / 2)
    condition = _condition(name, u.sign)
    if condition <= (1.0 if fine else LARGEST):
        own += condition * u.relative
        u = replace(u, relative=0.0)
    return Bound(own, ZERO if u.certain else _slope(node, fine) * _error(below, u), sign)


def _condition(name: str, sign: Sign) -> float:
    """The largest |u word'(u)/word(u)|."""
    return 1.0 if name == "log1p" and sign == _POSITIVE else _CONDITION.get(name, inf)


def _slope(node: Node, fine: bool) -> Node:
    """|word'(u)|, or in the coarse bound the largest there is."""
    if not fine and node.name in _STEEPEST:
        return constant(_STEEPEST[node.name])
    return WORDS["abs"](WORDS[node.name].rule(node.args[0]))


def _function_sign(node: Node, u: Sign) -> Sign:
    if node.name in _ODD:
        return u
    return _POSITIVE if node.name in _NEVER_NEGATIVE else _own_sign(node)


_RULES: dict[str, Callable[[Node, Bounds], Bound]] = {
    "add": _add, "subtract": _subtract, "multiply": _multiply, "divide": _divide, "negative": _negative,
    "power": _power, "abs": _abs, "minimum": _extreme, "maximum": _extreme, "clip": _extreme, "where": _where,
    "sign": _sign, "floor": _floor, "hypot": _hypot,
    "_multiply_aside": lambda node, _: _exact(node),
}  # fmt: skip

_ODD = {"tanh", "erf", "atan", "asinh", "sinh", "expm1", "log1p"}
_NEVER_NEGATIVE = {"exp", "sigmoid", "softplus", "cosh", "sech", "erfc", "normcdf", "normpdf", "sqrt"}

# Units of own error. A function that keeps 4 last places has 8; the rest are made of such, in NumPy and in kernels.
_OWN = {"sqrt": 1, "sigmoid": 10, "normpdf": 10, "erfc": 14, "normcdf": 16, "softplus": 17, "log_sigmoid": 17,
        "sech": 20}  # fmt: skip
_OF_SQUARE = {"erf", "erfc", "normcdf", "normpdf"}  # these round the square of u

# Beyond 745, exp leaves the range of float64; for the normal distribution u^2 is twice what the exponential sees.
LARGEST = 1490.0
_CONDITION = {
    **dict.fromkeys(("tanh", "erf", "atan", "asinh", "sqrt"), 1.0),
    **dict.fromkeys(("exp", "expm1", "sinh", "cosh", "sech", "sigmoid", "log_sigmoid", "softplus"), 745.0),
    **dict.fromkeys(("tanh_softplus", "sech_softplus", "log1p_decay"), 745.0),
    **dict.fromkeys(("erfc", "normcdf", "normpdf"), LARGEST),
}
_STEEPEST = {"tanh": 1.0, "atan": 1.0, "asinh": 1.0, "sin": 1.0, "cos": 1.0, "erf": 1.13}


# ---- short words ----------------------------------------------------------------------------------------------------

# The own errors of `nonlin.kernels.short_words`.
SHORT = {
    **dict.fromkeys(("exp", "sech", "sigmoid", "normpdf"), 2.0**-43),
    **dict.fromkeys(("tanh", "expm1", "erf", "tanh_softplus", "sech_softplus", "normcdf", "erfc"), 2.0**-42),
    **dict.fromkeys(("softplus", "log_sigmoid", "log1p_decay"), 2.0**-40), "log1p": 2.0**-44,
}  # fmt: skip


def fused(node: Node) -> tuple[str, Node]:
    """The short word that computes a function of a function at once, and its argument; else the word and its own."""
    inner = node.args[0]
    if node.name in ("tanh", "sech") and inner.name == "softplus":
        return f"{node.name}_softplus", inner.args[0]
    if node.name == "log1p" and inner.name == "exp" and inner.args[0].name == "negative":
        (size,) = inner.args[0].args
        return ("log1p_decay", size.args[0]) if size.name == "abs" else ("log1p", inner)
    return node.name, inner
