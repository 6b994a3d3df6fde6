"""Trees as SymPy expressions.

Every word becomes a standard SymPy function, so that ``evalf``, ``lambdify``, ``diff`` and ``limit`` work. Derivatives
are translated from nonlin's own trees: SymPy's would hold Heaviside and DiracDelta. No text is ever parsed.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sympy as sp

from nonlin.calculus.formulas.indexed import LETTERS, index_of
from nonlin.calculus.formulas.notation import natural_fraction
from nonlin.errors import FormulaError
from nonlin.tree import Node, order

LARGEST = 20_000
"""Functions and numbers a formula may have when common parts are written out."""
DEEPEST = 80
"""How deep it may be nested: SymPy recurses."""


def standard(root: Node) -> sp.Expr:
    """The formula in standard SymPy functions of real symbols.

    Raises FormulaError for a formula too large for SymPy.

    >>> import nonlin as nl
    >>> standard(nl.silu.expression.formula)
    x/(1 + exp(-x))
    """
    _check_size(root)
    made: dict[Node, Any] = {}
    along_axis = any(n.word and n.word.over_axis for n in order(root))
    for node in order(root):
        made[node] = _element(node) if along_axis and node.is_symbol else _standard(node, made)
    return made[root]


def _check_size(root: Node) -> None:
    size: dict[Node, int] = {}
    height: dict[Node, int] = {}
    for node in order(root):
        size[node] = 1 + sum(size[a] for a in node.args)
        height[node] = 1 + max((height[a] for a in node.args), default=0)
    if size[root] > LARGEST or height[root] > DEEPEST:
        raise FormulaError(
            f"the formula is too large for SymPy: {size[root]} parts written out, nested {height[root]} deep, and at "
            f"most {LARGEST} parts and {DEEPEST} levels can be; take the formula of a part of it"
        )


def _standard(node: Node, made: dict[Node, Any]) -> Any:
    if node.is_symbol:
        return real_symbol(str(node.value))
    if node.word is None:
        return exact(node, digits=6)
    if node.word.over_axis:
        return _along_axis(node, made[node.args[0]])
    if node.name == "pair":
        return sp.Tuple(*(made[a] for a in node.args))
    return STANDARD[node.name](*(made[a] for a in node.args))


def _element(node: Node) -> Any:
    """An element of x, or of draws, in the formula of a vector function; how many there are, n; a parameter of it."""
    name = str(node.value)
    if name == "n":
        return sp.Symbol("n", integer=True)
    head, _, index = name.partition("_")
    if head in ("x", "u") and index in ("i", *LETTERS):
        return sp.IndexedBase(head, real=True)[sp.Symbol(index, integer=True)]
    return real_symbol(name)


def _along_axis(node: Node, inside: Any) -> Any:
    """A sum over all n elements; there is no standard function for their maximum."""
    if node.name != "row_sum":
        raise FormulaError(f"{node} has no SymPy form; it has one for sums along the axis")
    return sp.Sum(inside, (sp.Symbol(index_of(node.args[0]), integer=True), 1, sp.Symbol("n", integer=True)))


def real_symbol(name: str) -> sp.Symbol:
    return sp.Symbol(name, real=True)


def exact(node: Node, digits: int) -> Any:
    """A constant: pi, e and numbers of few ``digits`` exactly, others as a Float of full precision."""
    if not isinstance(node.value, float):
        return {"pi": sp.pi, "e": sp.E}[str(node.value)]
    fraction = natural_fraction(abs(node.value))
    if fraction is not None:
        return sp.Rational(fraction.numerator, fraction.denominator) * (-1 if node.value < 0 else 1)
    decimal = Decimal(repr(node.value))
    short = len(decimal.normalize().as_tuple().digits) <= digits and abs(decimal.adjusted()) <= 12
    return sp.Rational(*decimal.as_integer_ratio()) if short else sp.Float(node.value)


def _power(a: Any, b: Any) -> Any:
    """Numbers to high powers are left as they are: SymPy would write out all their digits."""
    return sp.Pow(a, b, evaluate=not (a.is_number and b.is_number and abs(b) > 64))


def _choice(condition: Any, yes: Any, no: Any) -> Any:
    return sp.Piecewise((yes, condition), (no, True))


STANDARD: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda a: -a,
    "power": _power,
    "greater": sp.Gt,
    "greater_equal": sp.Ge,
    "less": sp.Lt,
    "less_equal": sp.Le,
    "equal": sp.Eq,
    "where": _choice,
    "minimum": sp.Min,
    "maximum": sp.Max,
    "clip": lambda u, low, high: sp.Min(sp.Max(low, u), high),
    "abs": sp.Abs,
    "sign": sp.sign,
    "floor": sp.floor,
    "exp": sp.exp,
    "expm1": lambda u: sp.exp(u) - 1,
    "log": sp.log,
    "log1p": lambda u: sp.log(1 + u),
    "sqrt": sp.sqrt,
    "hypot": lambda a, b: sp.sqrt(a**2 + b**2),
    **{name: getattr(sp, name) for name in ("sin", "cos", "tan", "atan", "sinh", "cosh", "asinh", "tanh", "sech")},
    "erf": sp.erf,
    "erfc": sp.erfc,
    "normcdf": lambda u: (1 + sp.erf(u / sp.sqrt(2))) / 2,
    "normpdf": lambda u: sp.exp(-(u**2) / 2) / sp.sqrt(2 * sp.pi),
    "sigmoid": lambda u: 1 / (1 + sp.exp(-u)),
    "log_sigmoid": lambda u: -sp.log(1 + sp.exp(-u)),
    "softplus": lambda u: sp.log(1 + sp.exp(u)),
}
