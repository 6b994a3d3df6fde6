"""Rewriting one formula without choices into the shortest of a few equal forms, through SymPy's algebra.

Functions are opaque letters here, kept with their arguments as the author wrote them: SymPy only adds, multiplies and
factors, which is quick and never leads out of the vocabulary. Exponentials and roots are SymPy's own, so that they
combine.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import prod
from typing import Any

import sympy as sp

from nonlin.calculus.formulas.from_sympy import Back
from nonlin.calculus.formulas.notation import Shape, is_tall, shape_of
from nonlin.calculus.formulas.symbolic import STANDARD, exact, real_symbol
from nonlin.tree import WORDS, Node, order, symbols

_NATIVE = ("add", "subtract", "multiply", "divide", "negative", "power", "sqrt", "hypot", "exp", "expm1")
MOST_TERMS = 150
"""Forms that would expand to more terms than this are not expanded or factored."""
HIGHEST = 24
"""Nor are those with higher whole powers than this."""
LARGEST = 300
"""Trees with more different parts than this are not rewritten at all."""


@lru_cache(maxsize=4096)
def shortest(root: Node) -> Node:
    """The shortest of a few equal forms."""
    if len(order(root)) > LARGEST:
        return root
    algebra = Algebra(root)
    ways_back = [Back(algebra.nodes, common) for common in (False, True)]
    if algebra.whole.has(sp.nan, sp.zoo, sp.oo):  # a division by what is 0 everywhere
        return root
    trees = dict.fromkeys(back.tree(form) for form in algebra.forms() for back in ways_back)
    return min(trees, key=lambda t: cost(shape_of(t)))


# ---- what a form costs ----------------------------------------------------------------------------------------------

_OWN_COST = {"name": 2.0, "exp": 1.0, "root": 1.0, "call": 2.0, "fence": 1.0, "cases": 4.0, "dots": 50.0}


def cost(shape: Shape) -> float:
    """About how much there is to read."""
    inside = sum(cost(p) for p in shape.parts)
    if shape.kind == "number":
        return 1 + 0.3 * (len(shape.label) - 1)
    if shape.kind == "sum":
        return inside + 2 * (len(shape.parts) - 1) + 0.7 * shape.minus[0]
    if shape.kind == "product":
        return inside + _bar_cost(shape) + 0.3 * sum(p.kind == "sum" for p in shape.parts)
    if shape.kind == "power":
        base, exponent = shape.parts
        return cost(base) * (1.6 if base.kind == "call" else 1.3) + 0.5 * cost(exponent)
    return inside + _OWN_COST.get(shape.kind, 0.0)


def _bar_cost(shape: Shape) -> float:
    """A fraction, and more for fractions in a fraction."""
    return bool(shape.under) * (1.5 + 2.0 * sum(is_tall(p) for p in shape.parts))


# ---- tree to SymPy --------------------------------------------------------------------------------------------------


class Algebra:
    """The SymPy form of a tree, with a letter for each function of it, and the way back."""

    def __init__(self, root: Node) -> None:
        self.nodes: dict[sp.Symbol, Node] = {}
        self.letters: dict[Node, sp.Symbol] = {}
        made: dict[Node, Any] = {}
        below = set(order(root))
        for node in order(root):
            made[node] = self._made(node, made, below)
        self.whole = made[root]
        self.made = made

    def _made(self, node: Node, made: dict[Node, Any], below: set[Node]) -> Any:
        if node.is_symbol:
            return real_symbol(str(node.value))
        if node.is_constant:
            value = exact(node, digits=3)
            return self.letter(node) if isinstance(value, sp.Float) else value
        if node.name in ("sqrt", "hypot") and not symbols(node):
            return self.letter(node)
        if node.name in _NATIVE:
            return STANDARD[node.name](*(made[a] for a in node.args))
        return self._opaque(node, made, below)

    def _opaque(self, node: Node, made: dict[Node, Any], below: set[Node]) -> Any:
        """A letter; functions of -u are written by those of u where both occur."""
        if node.name in ("sigmoid", "tanh", "erf") and (inner := _opposite(node.args[0])) is not None:
            partner = WORDS[node.name](inner)
            if partner in below:
                return (1 if node.name == "sigmoid" else 0) - self.letter(partner)
        return self.letter(node)

    def letter(self, node: Node) -> sp.Symbol:
        if node not in self.letters:
            new = sp.Symbol(f"?{len(self.letters):03d}", real=True)
            self.letters[node], self.nodes[new] = new, node
        return self.letters[node]

    # ---- forms ------------------------------------------------------------------------------------------------------

    def forms(self) -> Iterator[Any]:
        """Equal forms of the whole."""
        for start in self._starts():
            ways = (_as_it_is, _expanded, _factored) if _is_tractable(start) else (_as_it_is,)
            yield from (self._with_abs(form) for way in ways for form in way(start))

    def _starts(self) -> Iterator[Any]:
        whole = self.whole
        yield whole
        squares = {s: n for s, n in self.nodes.items() if n.name == "sech"}
        if squares:
            yield self._without_squares(whole, squares)
        if any(n.name in ("sign", "abs") for n in self.nodes.values()):
            yield self._by_signs(whole)

    def _without_squares(self, form: Any, squares: dict[sp.Symbol, Node]) -> Any:
        """sech^2 as 1 - tanh^2."""
        for letter, node in squares.items():
            tanh = self.letter(WORDS["tanh"](node.args[0]))
            form = form.replace(
                lambda e, s=letter: e.is_Pow and e.base == s and e.exp.is_Integer and e.exp > 0,
                lambda e, s=letter, t=tanh: (1 - t**2) ** (e.exp // 2) * s ** (e.exp % 2),
            )
        return form

    def _by_signs(self, form: Any) -> Any:
        """|u| as u sign(u), fractions reduced."""
        for letter, node in list(self.nodes.items()):
            if node.name == "abs":
                form = form.subs(letter, self.made[node.args[0]] * self.letter(WORDS["sign"](node.args[0])))
        return sp.cancel(sp.together(form))

    def _with_abs(self, form: Any) -> Any:
        """u sign(u) as |u| again."""
        for letter, node in list(self.nodes.items()):
            if node.name == "sign" and form.has(letter):
                inner, size = self.made[node.args[0]], self.letter(WORDS["abs"](node.args[0]))
                form = form.replace(
                    lambda e, s=letter: (e.is_Mul or e.is_Pow) and e.has(s),
                    lambda e, s=letter, u=inner, a=size: _signs_gathered(e, s, u, a),
                )
        return form


def _signs_gathered(form: Any, sign: Any, inner: Any, size: Any) -> Any:
    """In a product: s^3 is s, s^2 u is u, s u is |u|, for the sign s of u. Exact at u = 0 too."""
    powers = dict(form.as_powers_dict())
    signs, inners = powers.pop(sign, sp.S.Zero), powers.pop(inner, sp.S.Zero)
    if not (signs.is_Integer and signs > 0):
        return form
    odd, has_inner = signs % 2, bool(inners.is_Integer and inners > 0)
    powers |= {inner: inners - 1, size: 1} if has_inner and odd else {inner: inners}
    if not has_inner:
        powers[sign] = 1 if odd else 2
    return sp.Mul(*(base**power for base, power in powers.items()))


def _is_tractable(form: Any) -> bool:
    high = any(abs(p.exp) > HIGHEST for p in form.atoms(sp.Pow) if p.exp.is_number)
    return not high and _terms(form) <= MOST_TERMS


def _terms(form: Any) -> float:
    """About how many terms there would be without brackets."""
    if form.is_Add:
        return sum(_terms(t) for t in form.args)
    if form.is_Mul:
        return prod(_terms(t) for t in form.args)
    if form.is_Pow and form.exp.is_Integer:
        return min(_terms(form.base), 1e6) ** min(abs(int(form.exp)), 50)
    return 1.0


def _opposite(node: Node) -> Node | None:
    return node.args[0] if node.name == "negative" and node.word else None


def _as_it_is(form: Any) -> Iterator[Any]:
    yield form
    yield sp.factor_terms(form)


def _expanded(form: Any) -> Iterator[Any]:
    """Expanded, common factors taken out, gathered by the two letters that occur in most terms."""
    expanded = sp.expand(form)
    yield expanded
    yield sp.factor_terms(expanded)
    collected = expanded
    for letter in _by_frequency(expanded)[:2]:
        collected = sp.collect(collected, letter)
    yield sp.factor_terms(collected)


def _factored(form: Any) -> Iterator[Any]:
    """Over one bar, factored, and each sum in that gathered by its commonest letter or the next one."""
    yield sp.together(form)
    factored = sp.factor(form)
    yield factored
    parts = sp.Mul.make_args(factored)
    for place in (0, 1):
        yield sp.Mul(*(_gathered(p, place) if p.is_Add else p for p in parts))


def _by_frequency(form: Any) -> list[Any]:
    terms = sp.Add.make_args(form)
    return sorted(form.free_symbols, key=lambda s: (-sum(t.has(s) for t in terms), s.name))


def _gathered(whole: Any, place: int) -> Any:
    terms, letters = sp.Add.make_args(whole), _by_frequency(whole)
    if len(letters) <= place or len(terms) < 3:
        return whole
    common = [t for t in terms if t.has(letters[place])]
    rest = [t for t in terms if t not in common]
    return sp.Add(sp.factor(sp.Add(*common)), *rest, evaluate=False) if len(common) > 1 else whole
