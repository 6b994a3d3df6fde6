"""From SymPy's sums and products back to a tree, in the order in which people write them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp

from nonlin.tree import ONE, WORDS, Node, constant, symbol, symbols


class Back:
    """The way back for expressions in ``letters``, each of which stands for a tree."""

    def __init__(self, letters: dict[sp.Symbol, Node], common: bool) -> None:
        """``common``: terms with a common denominator stand above one bar."""
        self.letters, self.common = letters, common
        self._known: dict[Any, tuple[Node, bool]] = {}
        self._has_functions = lru_cache(maxsize=None)(self._finds_functions)
        self._first = lru_cache(maxsize=None)(self._foremost)

    def tree(self, form: Any) -> Node:
        node, minus = self._signed(form)
        return -node if minus else node

    def _signed(self, form: Any) -> tuple[Node, bool]:
        """A tree without a leading minus, and whether it had one."""
        if form not in self._known:
            self._known[form] = self._made(form)
        return self._known[form]

    def _made(self, form: Any) -> tuple[Node, bool]:
        if form.is_Add:
            return self._sum(form)
        if form.is_Mul or (form.is_Rational and not form.is_Integer) or _is_below(form):
            return self._product(form)
        if form.is_Number:
            return constant(abs(float(form))), bool(form < 0)
        if form.is_Pow and form.exp.is_Integer and self._is_root(form.base):
            return _root_power(self.letters[form.base], int(form.exp)), False
        if form.is_Pow and form.exp.is_Integer and form.base.is_Add:
            base, minus = self._sum(form.base)
            return base ** constant(float(form.exp)), minus and bool(form.exp % 2)
        return self._atom(form), False

    def _atom(self, form: Any) -> Node:
        if form.is_Symbol:
            return self.letters[form] if form in self.letters else symbol(form.name)
        if form in (sp.pi, sp.E):
            return constant("pi" if form is sp.pi else "e")
        if isinstance(form, sp.exp):
            return WORDS["exp"](self.tree(form.args[0]))
        if isinstance(form, sp.Abs):
            return WORDS["abs"](self.tree(form.args[0]))
        if isinstance(form, sp.log):
            return WORDS["log"](self.tree(form.args[0]))
        if form.is_Pow and form.exp == sp.Rational(1, 2):
            return WORDS["sqrt"](self.tree(form.base))
        return self.tree(form.base) ** self.tree(form.exp)

    # ---- sums -------------------------------------------------------------------------------------------------------

    def _sum(self, form: Any) -> tuple[Node, bool]:
        """The sum, starting with a term that is added; and whether the whole is to be subtracted."""
        content, primitive = form.primitive() if self.common else (sp.S.One, form)
        if not content.is_Integer:
            node, minus = self._sum(primitive)
            above, below = _coefficient(_to_fraction(content), Fraction(1))
            return _quotient([*above, node], below), minus
        terms = [(t, *self._signed(t)) for t in sorted(form.args, key=lambda t: self._term_key(t, form))]
        minus = all(m for _, _, m in terms)
        first = next(t for t in terms if t[2] == minus)
        ordered = [first, *(t for t in terms if t is not first)]
        total = ordered[0][1]
        for _, node, subtracted in ordered[1:]:
            total = total - node if subtracted != minus else total + node
        return total, minus

    def _term_key(self, term: Any, whole: Any) -> tuple[Any, ...]:
        """Polynomials by falling degree; other sums from the simple to the long."""
        polynomial = not self._has_functions(whole)
        if polynomial:
            return (-_degree(term), sp.default_sort_key(term))
        return (self._has_functions(term), term.count_ops(), sp.default_sort_key(term))

    def _finds_functions(self, form: Any) -> bool:
        named = (self.letters[s] for s in form.free_symbols if s in self.letters)
        return form.has(sp.exp) or any(node.word is not None for node in named)

    # ---- products ---------------------------------------------------------------------------------------------------

    def _product(self, form: Any) -> tuple[Node, bool]:
        coefficient, rest = form.as_coeff_Mul()
        minus = bool(coefficient < 0)
        factors = list(sp.Mul.make_args(rest)) if rest is not sp.S.One else []
        above, below = _coefficient(_to_fraction(abs(coefficient)), self._take_decimal(factors))
        over, under = list[Any](), list[Any]()
        for factor in sorted(factors, key=self._factor_key):
            (under if _is_below(factor) else over).append(1 / factor if _is_below(factor) else factor)
        over, minus = self._turned(over, minus)
        tops, bottoms = [self._signed(f) for f in over], [self._signed(f) for f in under]
        minus ^= sum(m for _, m in (*tops, *bottoms)) % 2 == 1
        return _quotient([*above, *(n for n, _ in tops)], [*below, *(n for n, _ in bottoms)]), minus

    def _turned(self, factors: list[Any], minus: bool) -> tuple[list[Any], bool]:
        """Sums turned so that they begin with what comes first, then one of them so that the product has no minus."""
        turns = [self._is_mixed(f) and self._leads_negative(f) for f in factors]
        minus ^= sum(turns) % 2 == 1
        mixed = [i for i, f in enumerate(factors) if self._is_mixed(f)]
        free = [i for i in mixed if not self._is_complement(factors[i])]
        if minus and free:
            place = next((i for i in free if turns[i]), free[0])
            turns[place], minus = not turns[place], False
        return [-f if turn else f for f, turn in zip(factors, turns, strict=True)], minus

    def _is_complement(self, form: Any) -> bool:
        """Whether it begins with a number and goes on with functions: 1 - s(x) is not turned into s(x) - 1."""
        return self._has_functions(form) and not form.has(sp.exp) and self._first(form).is_Number

    def _foremost(self, form: Any) -> Any:
        return min(form.args, key=lambda t: self._term_key(t, form))

    def _is_mixed(self, form: Any) -> bool:
        """Whether it is a sum that can begin with an added term either way round."""
        return form.is_Add and all(any(not self._signed(t)[1] for t in whole.args) for whole in (form, -form))

    def _leads_negative(self, form: Any) -> bool:
        return self._signed(self._first(form))[1]

    def _take_decimal(self, factors: list[Any]) -> Fraction:
        """The one decimal among the factors, taken out of them to be multiplied by the coefficient; else 1."""
        decimals = [f for f in factors if f in self.letters and isinstance(self.letters[f].value, float)]
        if len(decimals) != 1:
            return Fraction(1)
        factors.remove(decimals[0])
        return Fraction(Decimal(repr(self.letters[decimals[0]].value)))

    def _is_number(self, form: Any) -> bool:
        return all(s in self.letters and not symbols(self.letters[s]) for s in form.free_symbols)

    def _is_root(self, form: Any) -> bool:
        return form in self.letters and self.letters[form].name == "sqrt"

    def _factor_key(self, factor: Any) -> tuple[Any, ...]:
        """Numbers, parameters, x, polynomials in brackets, exponentials, functions, other brackets."""
        brackets = factor.is_Add or (factor.is_Pow and factor.base.is_Add)
        if self._is_number(factor):
            place = 0
        elif self._has_functions(factor):
            place = 6 if brackets else 4 if factor.has(sp.exp) else 5
        else:
            place = 3 if brackets else 2 if any(s.name == "x" for s in factor.free_symbols) else 1
        return place, factor.count_ops(), sp.default_sort_key(factor)


def _degree(term: Any) -> Any:
    return sp.total_degree(term) if term.is_polynomial() else 0


def _is_below(factor: Any) -> bool:
    return bool(factor.is_Pow and factor.exp.could_extract_minus_sign() and factor.base is not sp.E)


def _to_fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _coefficient(whole: Fraction, decimal: Fraction) -> tuple[list[Node], list[Node]]:
    """A number above and one below the bar; decimals stay decimals."""
    number = whole * decimal
    text = Decimal(number.numerator) / Decimal(number.denominator)
    short = Fraction(text) == number and len(text.normalize().as_tuple().digits) <= 12
    if number.denominator > 16 and (short or number.denominator > 10**6):
        return [constant(float(number))], []
    return [constant(float(n)) for n in [number.numerator] if n != 1], [
        constant(float(n)) for n in [number.denominator] if n != 1
    ]


def _root_power(root: Node, power: int) -> Node:
    """A constant root to a whole power: whole powers of what is below it, and the root once or not at all."""
    inside, times = root.args[0], power // 2
    whole = inside if times == 1 else inside ** constant(float(times))
    return whole * root if power % 2 else whole


def _quotient(over: Iterable[Node], under: Iterable[Node]) -> Node:
    top, bottom = _times(over), _times(under)
    return top if bottom is ONE else top / bottom


def _times(factors: Iterable[Node]) -> Node:
    whole = ONE
    for factor in factors:
        whole = whole * factor
    return whole
