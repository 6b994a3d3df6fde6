"""From a tree to the shape of its notation: what stands in a sum, above a bar, under a root, in a row of cases.

A shape says how people would write the formula and nothing about the language it is written in; :mod:`typeset` prints
it. Sums and products are flat here, signs are pulled out of products, words have become standard notation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from nonlin.calculus.formulas.indexed import index_of
from nonlin.calculus.formulas.rows import Chain, rows_of
from nonlin.tree import Node, number_text, order

LARGEST = 1500
"""Parts of a formula that would take more signs than this are written as dots."""
DEEPEST = 40
"""Parts nested deeper than this are written as dots."""


@dataclass(frozen=True, eq=False)
class Shape:
    """One piece of notation.

    ``kind``: number, name, sum, product, power, exp, root, call, fence, cases, relation, conditions, total, pair or
    dots. ``label`` is the text of a number or name, the function called, the signs of a relation or the index of a
    total. ``minus`` says which terms of a sum are subtracted. The first ``above`` parts of a product stand above the
    bar, the others below.
    """

    kind: str
    parts: tuple[Shape, ...] = ()
    label: str = ""
    minus: tuple[bool, ...] = ()
    above: int = 0
    size: int = field(init=False)
    height: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", 1 + sum(p.size for p in self.parts))
        object.__setattr__(self, "height", 1 + max((p.height for p in self.parts), default=0))

    @property
    def over(self) -> tuple[Shape, ...]:
        return self.parts[: self.above]

    @property
    def under(self) -> tuple[Shape, ...]:
        return self.parts[self.above :]


def is_tall(shape: Shape) -> bool:
    """Whether it is higher than a line of letters."""
    high = shape.kind == "cases" or (shape.kind == "product" and bool(shape.under))
    return high or (shape.kind != "exp" and any(is_tall(p) for p in shape.parts))


ONE = Shape("number", label="1")
DOTS = Shape("dots")


@lru_cache(maxsize=1024)
def shape_of(root: Node) -> Shape:
    """The shape of a tree. Parts that are too large or too deep for a page become dots."""
    made: dict[Node, Shape] = {}
    for node in order(root):
        shape = _shaped(node, made)
        made[node] = shape if shape.size <= LARGEST and shape.height <= DEEPEST else DOTS
    return made[root]


def _shaped(node: Node, made: dict[Node, Shape]) -> Shape:
    if node.is_symbol:
        return Shape("name", label=str(node.value))
    if node.word is None:
        return _number(node.value)
    if node.name == "where":
        return _cases(node, made)
    if node.name == "pair":
        return Shape("pair", tuple(made[a] for a in node.args))
    if node.name == "row_threshold":
        return _threshold(*(made[a] for a in node.args))
    if node.word.over_axis:
        kind = {"row_sum": "sum", "row_max": "max"}[node.name]
        return Shape("total", (made[node.args[0]],), label=f"{kind} {index_of(node.args[0])}")
    return _NOTATION[node.name](*(made[a] for a in node.args))


# ---- numbers --------------------------------------------------------------------------------------------------------


def _number(value: float | str | None) -> Shape:
    if not isinstance(value, float):
        return Shape("number", label=str(value))
    if value < 0:
        return _negative(_number(-value))
    fraction = natural_fraction(value)
    if fraction is None:
        return Shape("number", label=number_text(value))
    over, under = (Shape("number", label=str(n)) for n in (fraction.numerator, fraction.denominator))
    return _product([over], [under])


def natural_fraction(value: float) -> Fraction | None:
    """The fraction a person would write for a number: halves and quarters, and p/q that have no short decimals."""
    if value.is_integer() or value > 1000:
        return None
    small = Fraction(value).limit_denominator(4 if len(repr(value)) < 12 else 99)
    written = small.denominator in (2, 4) or len(repr(value)) >= 12
    return small if written and float(small) == value else None


# ---- sums and products ----------------------------------------------------------------------------------------------


def _sum(terms: Iterable[tuple[bool, Shape]]) -> Shape:
    """A flat sum of (subtracted, term)."""
    flat: list[tuple[bool, Shape]] = []
    for minus, term in terms:
        if term.kind != "sum" or (minus and len(term.parts) > 1):
            flat.append((minus, term))
        else:
            flat += [(minus != m, t) for m, t in zip(term.minus, term.parts, strict=True)]
    return Shape("sum", tuple(t for _, t in flat), minus=tuple(m for m, _ in flat))


def _negative(a: Shape) -> Shape:
    unsigned, minus = _unsigned(a)
    return unsigned if minus else _sum([(True, a)])


def _unsigned(a: Shape) -> tuple[Shape, bool]:
    """A shape without its leading minus, and whether there was one."""
    lone = a.kind == "sum" and len(a.parts) == 1
    return (a.parts[0], a.minus[0]) if lone else (a, False)


def _product(over: Iterable[Shape], under: Iterable[Shape] = ()) -> Shape:
    """A flat product over a flat product, numbers first; its sign is pulled out in front."""
    minus, above, below = False, list[Shape](), list[Shape]()
    for shape, upper in [*((s, True) for s in over), *((s, False) for s in under)]:
        factor, signed = _unsigned(shape)
        minus ^= signed
        product = factor.kind == "product"
        tops, bottoms = (factor.over, factor.under) if product else ((factor,), ())
        above += tops if upper else bottoms
        below += bottoms if upper else tops
    above, below = (_numbers_first(s) for s in (above, below))
    if not below and len(above) <= 1:
        whole = above[0] if above else ONE
    else:
        whole = Shape("product", (*above, *below), above=len(above))
    return _negative(whole) if minus else whole


def _numbers_first(factors: list[Shape]) -> list[Shape]:
    kept = [f for f in factors if not (f.kind == "number" and f.label == "1")]
    return sorted(kept, key=lambda f: f.kind != "number")


def _power(a: Shape, b: Shape) -> Shape:
    exponent, minus = _unsigned(b)
    if minus and _is_numeric(exponent):
        return _product([], [_power(a, exponent)])
    if exponent.kind == "product" and [p.label for p in exponent.parts] == ["2"] and not exponent.over:
        return Shape("root", (a,))
    if a.kind == "number" and a.label == "e":
        return _exp(b)
    return a if b.kind == "number" and b.label == "1" else Shape("power", (a, b))


def _is_numeric(shape: Shape) -> bool:
    return shape.kind == "number" or (shape.kind == "product" and all(p.kind == "number" for p in shape.parts))


# ---- words ----------------------------------------------------------------------------------------------------------


def _exp(u: Shape) -> Shape:
    return Shape("exp", (u,))


def _call(name: str) -> Callable[..., Shape]:
    return lambda *arguments: Shape("call", arguments, label=name)


def _fence(name: str) -> Callable[[Shape], Shape]:
    return lambda u: Shape("fence", (u,), label=name)


def _relation(sign: str) -> Callable[[Shape, Shape], Shape]:
    return lambda a, b: Shape("relation", (a, b), label=sign)


def _extreme(name: str) -> Callable[[Shape, Shape], Shape]:
    """max or min of several arguments, a number first."""

    def make(a: Shape, b: Shape) -> Shape:
        parts = [p for s in (a, b) for p in (s.parts if s.kind == "call" and s.label == name else (s,))]
        return Shape("call", tuple(sorted(parts, key=lambda p: not _is_numeric(_unsigned(p)[0]))), label=name)

    return make


def _clip(u: Shape, low: Shape, high: Shape) -> Shape:
    return Shape("call", (Shape("call", (low, u), label="max"), high), label="min")


def _ln1p(u: Shape) -> Shape:
    return Shape("call", (_sum([(False, ONE), (False, u)]),), label="ln")


def _threshold(u: Shape, power: Shape, total: Shape) -> Shape:
    """Just tau(u) where the sum is to be 1, since the power is then that of the formula around it."""
    usual = total.kind == "number" and total.label == "1"
    return Shape("call", (u,) if usual else (u, power, total), label="tau")


def _square(a: Shape) -> Shape:
    unsigned, _ = _unsigned(a)
    return unsigned if unsigned.kind == "number" and unsigned.label == "1" else _power(a, Shape("number", label="2"))


_NOTATION: dict[str, Callable[..., Shape]] = {
    "add": lambda a, b: _sum([(False, a), (False, b)]),
    "subtract": lambda a, b: _sum([(False, a), (True, b)]),
    "negative": _negative,
    "multiply": lambda a, b: _product([a, b]),
    "divide": lambda a, b: _product([a], [b]),
    "power": _power,
    "greater": _relation(">"),
    "greater_equal": _relation("≥"),
    "less": _relation("<"),
    "less_equal": _relation("≤"),
    "equal": _relation("="),
    "minimum": _extreme("min"),
    "maximum": _extreme("max"),
    "clip": _clip,
    "abs": _fence("abs"),
    "floor": _fence("floor"),
    "sign": _call("sgn"),
    "exp": _exp,
    "expm1": lambda u: _sum([(False, _exp(u)), (True, ONE)]),
    "log": _call("ln"),
    "log1p": _ln1p,
    "sqrt": lambda u: Shape("root", (u,)),
    "hypot": lambda a, b: Shape("root", (_sum([(False, _square(a)), (False, _square(b))]),)),
    **{name: _call(name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "sech", "erf", "erfc")},
    "atan": _call("arctan"),
    "asinh": _call("arsinh"),
    "normcdf": _call("Phi"),
    "normpdf": _call("varphi"),
    "sigmoid": _call("sigma"),
    "log_sigmoid": lambda u: Shape("call", (Shape("call", (u,), label="sigma"),), label="ln"),
    "softplus": lambda u: _ln1p(_exp(u)),
}


def _cases(node: Node, made: dict[Node, Shape]) -> Shape:
    """Values and their conditions in turn."""
    rows = rows_of(node)
    return Shape("cases", tuple(part for value, chains in rows for part in (made[value], _condition(chains, made))))


def _condition(chains: tuple[Chain, ...], made: dict[Node, Shape]) -> Shape:
    relations = [Shape("relation", tuple(made[p] for p in c.parts), label=" ".join(c.signs)) for c in chains]
    return relations[0] if len(relations) == 1 else Shape("conditions", tuple(relations))
