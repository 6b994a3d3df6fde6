"""The expression tree: words applied to constants and symbols, shared and immutable.

A node is made once: two formulas that are written alike are the same object, so equality is identity, common parts are
shared by construction, and every table about trees may be keyed by the node itself.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn, TypeAlias, Union
from weakref import WeakValueDictionary

from nonlin.errors import FormulaError

NAMED_CONSTANTS = {"pi": math.pi, "e": math.e}
Operand: TypeAlias = Union["Node", float]
WORDS: dict[str, Word] = {}


@dataclass(frozen=True, eq=False)
class Word:
    """One function of the vocabulary: what it means and how it is differentiated. Calling it on nodes makes a node.

    ``rule`` gives the derivatives by each argument. With ``by_tangent`` it is given the arguments and then their
    derivatives and returns the derivative of the whole: selections must not be written as products with 0.
    """

    name: str
    meaning: str
    arity: int
    rule: Callable[..., Any]
    by_tangent: bool
    domain: tuple[float, float]
    limits: tuple[float | None, float | None]
    condition: bool
    over_axis: bool

    def __call__(self, *arguments: Operand) -> Node:
        if len(arguments) != self.arity:
            raise FormulaError(f"{self.name} takes {self.arity} argument(s), got {len(arguments)}")
        nodes = tuple(as_node(a) for a in arguments)
        self._check_conditions(nodes)
        return simplified(self, nodes)

    def _check_conditions(self, nodes: tuple[Node, ...]) -> None:
        for place, node in enumerate(nodes):
            wanted = self.name == "where" and place == 0
            if wanted and not node.is_condition:
                raise FormulaError(
                    f"the first argument of where must be a comparison such as x > 0 or equal(x, 0), got {node}; "
                    "== and 'not' on a node give plain truth values"
                )
            if node.is_condition and not wanted:
                raise FormulaError(f"the comparison {node} cannot be used as a number; write where({node}, 1, 0)")

    def tangent(self, arguments: tuple[Node, ...], tangents: tuple[Node, ...]) -> Node:
        """The derivative of ``word(*arguments)``, given the derivatives of the arguments."""
        if self.by_tangent:
            return as_node(self.rule(*arguments, *tangents))
        slopes = self.rule(*arguments)
        slopes = slopes if isinstance(slopes, tuple) else (slopes,)
        terms = [s * t for s, t in zip(slopes, tangents, strict=True) if t is not ZERO]
        return sum(terms[1:], terms[0]) if terms else ZERO


class Node:
    """A constant, a symbol (the input, a parameter) or a word applied to nodes. Made by :func:`constant`,
    :func:`symbol` and by calling words; never directly."""

    __slots__ = ("__weakref__", "args", "value", "word")

    word: Word | None
    args: tuple[Node, ...]
    value: float | str | None

    @property
    def is_constant(self) -> bool:
        """A number, or one of the named constants pi and e."""
        return self.word is None and (isinstance(self.value, float) or self.value in NAMED_CONSTANTS)

    @property
    def is_symbol(self) -> bool:
        return self.word is None and not self.is_constant

    @property
    def is_condition(self) -> bool:
        return self.word is not None and self.word.condition

    @property
    def name(self) -> str:
        """The word's name, or the symbol's, or the constant as text."""
        return self.word.name if self.word else number_text(self.value) if self.is_constant else str(self.value)

    def __add__(self, other: Operand) -> Node:
        return WORDS["add"](self, other)

    def __radd__(self, other: Operand) -> Node:
        return WORDS["add"](other, self)

    def __sub__(self, other: Operand) -> Node:
        return WORDS["subtract"](self, other)

    def __rsub__(self, other: Operand) -> Node:
        return WORDS["subtract"](other, self)

    def __mul__(self, other: Operand) -> Node:
        return WORDS["multiply"](self, other)

    def __rmul__(self, other: Operand) -> Node:
        return WORDS["multiply"](other, self)

    def __truediv__(self, other: Operand) -> Node:
        return WORDS["divide"](self, other)

    def __rtruediv__(self, other: Operand) -> Node:
        return WORDS["divide"](other, self)

    def __pow__(self, other: Operand) -> Node:
        return WORDS["power"](self, other)

    def __rpow__(self, other: Operand) -> Node:
        return WORDS["power"](other, self)

    def __neg__(self) -> Node:
        return WORDS["negative"](self)

    def __pos__(self) -> Node:
        return self

    def __abs__(self) -> Node:
        return WORDS["abs"](self)

    def __gt__(self, other: Operand) -> Node:
        return WORDS["greater"](self, other)

    def __ge__(self, other: Operand) -> Node:
        return WORDS["greater_equal"](self, other)

    def __lt__(self, other: Operand) -> Node:
        return WORDS["less"](self, other)

    def __le__(self, other: Operand) -> Node:
        return WORDS["less_equal"](self, other)

    def __bool__(self) -> NoReturn:
        raise FormulaError(
            f"{self} has no truth value while a formula is traced: for 'if', 'and', 'or', min, max and chained "
            "comparisons use where(condition, a, b), minimum or maximum"
        )

    def _not_a_number(self, *_: object) -> NoReturn:
        raise FormulaError(
            f"{self} is part of a formula, not a number: use the words of nonlin.ops (where(...), exp, sqrt, ...) "
            "in place of math, numpy or float()"
        )

    __float__ = __int__ = __index__ = __round__ = __floor__ = __ceil__ = __trunc__ = _not_a_number
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __array__ = __getitem__ = __iter__ = _not_a_number

    def __array_ufunc__(self, *_: object, **__: object) -> NoReturn:
        self._not_a_number()

    def __str__(self) -> str:
        return to_text(self)

    __repr__ = __str__

    def __copy__(self) -> Node:
        return self

    def __deepcopy__(self, memo: object) -> Node:
        return self

    def __reduce__(self) -> tuple[Callable[..., Node], tuple[object]]:
        return from_records, (to_records(self),)


_made: WeakValueDictionary[tuple[object, ...], Node] = WeakValueDictionary()
_lock = threading.Lock()


def _make(word: Word | None, args: tuple[Node, ...], value: float | str | None = None) -> Node:
    """The one node of this content. Floats are told apart by their bits, so that -0.0 is not 0.0."""
    key = (word and word.name, tuple(map(id, args)), value.hex() if isinstance(value, float) else value)
    with _lock:
        node = _made.get(key)
        if node is None:
            node = Node()
            node.word, node.args, node.value = word, args, value
            _made[key] = node
    return node


def constant(value: float | str) -> Node:
    """A finite number, or 'pi' or 'e' (kept by name, so that formulas stay exact)."""
    if isinstance(value, str):
        return _make(None, (), value)
    if not math.isfinite(value):
        raise FormulaError(f"the number {value} in the formula is not finite; constants must be finite")
    return _make(None, (), float(value))


def limit_constant(value: float) -> Node:
    """A number that may be infinite: the value of a limit, never a part of a formula."""
    return _make(None, (), float(value))


def symbol(name: str) -> Node:
    """The input (``x``) or a parameter, by name."""
    if not isinstance(name, str) or name in NAMED_CONSTANTS or not name.isidentifier():
        raise FormulaError(f"{name!r} cannot name an input or a parameter; use an identifier other than pi and e")
    return _make(None, (), name)


def as_node(value: object) -> Node:
    """A node as it is, a number as a constant; everything else is refused."""
    if isinstance(value, Node):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FormulaError(
            f"a formula is made of numbers, words and its arguments, got {value!r}; comparisons are "
            "written x > 0 or equal(x, 0)"
        )
    return constant(_as_float(value))


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise FormulaError(
            "a whole number in the formula is beyond the range of float64; use smaller numbers"
        ) from None


ZERO = constant(0.0)
ONE = constant(1.0)
MINUS_ONE = constant(-1.0)


def simplified(word: Word, nodes: tuple[Node, ...]) -> Node:
    """The word applied, with the neutral elements 0, 1 and -1 removed; nothing else is rewritten."""
    shortcut = _SHORTCUTS.get(word.name)
    short = shortcut(*nodes) if shortcut else None
    return _make(word, nodes) if short is None else short


def _negative(a: Node) -> Node | None:
    if isinstance(a.value, float):
        return constant(-a.value) if a.value else ZERO
    return a.args[0] if a.word and a.word.name == "negative" else None


def _product(a: Node, b: Node) -> Node | None:
    if ZERO in (a, b):
        return ZERO
    for factor, other in ((a, b), (b, a)):
        if factor is ONE or factor is MINUS_ONE:
            return other if factor is ONE else -other
    return None


_SHORTCUTS: dict[str, Callable[..., Node | None]] = {
    "negative": _negative,
    "add": lambda a, b: b if a is ZERO else a if b is ZERO else None,
    "subtract": lambda a, b: -b if a is ZERO else a if b is ZERO else None,
    "multiply": _product,
    "divide": lambda a, b: a if b is ONE or (a is ZERO and b is not ZERO) else None,
    "power": lambda a, b: a if b is ONE else ONE if b is ZERO else None,
    "where": lambda c, a, b: a if a is b else None,
}


@lru_cache(maxsize=4096)
def order(root: Node) -> tuple[Node, ...]:
    """Every node below ``root`` once, arguments before the words that use them (without recursion: any depth works)."""
    done: dict[Node, None] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        missing = [a for a in node.args if a not in done]
        if missing:
            stack.extend(reversed(missing))
        else:
            done[stack.pop()] = None
    return tuple(done)


def symbols(root: Node) -> tuple[str, ...]:
    """The names of all symbols in ``root``, in order of appearance."""
    return tuple(str(n.value) for n in order(root) if n.is_symbol)


def rebuilt(root: Node, leaf: Callable[[Node], Node]) -> Node:
    """``root`` with every leaf replaced by ``leaf(it)``."""
    new: dict[Node, Node] = {}
    for node in order(root):
        new[node] = node.word(*(new[a] for a in node.args)) if node.word else leaf(node)
    return new[root]


def substitute(root: Node, values: dict[str, Node]) -> Node:
    """``root`` with symbols replaced by other nodes."""
    return rebuilt(root, lambda n: values.get(str(n.value), n) if n.is_symbol else n)


def differentiate(root: Node, name: str) -> Node:
    """The exact derivative by the symbol ``name``, from the words' rules, common parts shared."""
    tangents: dict[Node, Node] = {}
    for node in order(root):
        below = tuple(tangents[a] for a in node.args)
        if node.word is None:
            tangents[node] = ONE if node.is_symbol and node.value == name else ZERO
        elif all(t is ZERO for t in below) or node.word.condition:
            tangents[node] = ZERO
        else:
            tangents[node] = node.word.tangent(node.args, below)
    return tangents[root]


# ---- text -----------------------------------------------------------------------------------------------------------

_INFIX = {
    "greater": (">", 1), "greater_equal": (">=", 1), "less": ("<", 1), "less_equal": ("<=", 1),
    "equal": ("==", 1),
    "add": ("+", 2), "subtract": ("-", 2), "multiply": ("*", 3), "divide": ("/", 3), "power": ("**", 5),
}  # fmt: skip
_ATOM = 9
LONGEST = 20_000  # characters of a formula's text


def number_text(value: object) -> str:
    """2.0 as ``2``, other floats so that they read back as the same float."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value)) if value or math.copysign(1.0, value) > 0 else "-0.0"
    return repr(value) if isinstance(value, float) else str(value)


def to_text(root: Node) -> str:
    """The formula as text that the parser reads back as the same tree. Shared parts are written each time, so the text
    may be exponentially longer than the tree: parts beyond ``LONGEST`` characters become dots."""
    written: dict[Node, tuple[str, int]] = {}
    for node in order(root):
        text, binds = _written(node, [written[a] for a in node.args])
        written[node] = (text, binds) if len(text) <= LONGEST else ("...", _ATOM)
    return written[root][0]


def _written(node: Node, parts: Sequence[tuple[str, int]]) -> tuple[str, int]:
    """Text of one node and how tightly it binds."""
    if node.word is None:
        return node.name, (4 if node.name.startswith("-") else _ATOM)
    if node.name == "negative":
        return "-" + _bracketed(parts[0], 4), 4
    if node.name in _INFIX:
        sign, level = _INFIX[node.name]
        left = _bracketed(parts[0], level + (node.name == "power"))
        right = _bracketed(parts[1], level + (node.name != "power"))
        return (f"{left}{sign}{right}" if level >= 3 else f"{left} {sign} {right}"), level
    return f"{node.name}({', '.join(text for text, _ in parts)})", _ATOM


def _bracketed(part: tuple[str, int], level: int) -> str:
    text, binds = part
    return text if binds >= level else f"({text})"


# ---- records (JSON, pickle) -----------------------------------------------------------------------------------------

Record: TypeAlias = list[Any]


def to_records(root: Node) -> list[Record]:
    """The tree as a list of plain records, arguments by their place in the list: shared parts stay shared."""
    place: dict[Node, int] = {}
    records: list[Record] = []
    for node in order(root):
        place[node] = len(records)
        records.append(_record(node, place))
    return records


def _record(node: Node, place: dict[Node, int]) -> Record:
    if node.word:
        return [node.word.name, *(place[a] for a in node.args)]
    return ["constant" if node.is_constant else "symbol", node.value]


def from_records(records: Iterable[Record]) -> Node:
    """The tree of :func:`to_records`. Nothing in the records is trusted: unknown words and places are refused."""
    nodes: list[Node] = []
    try:
        for head, *rest in records:
            nodes.append(_from_record(head, rest, nodes))
        return nodes[-1]
    except FormulaError:
        raise
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as error:
        raise FormulaError(f"the stored formula is damaged at node {len(nodes)} ({error}); write it again") from None


def _from_record(head: str, rest: list[Any], nodes: list[Node]) -> Node:
    if head == "symbol":
        return symbol(rest[0])
    if head == "constant":
        return constant(rest[0] if rest[0] in NAMED_CONSTANTS else float(rest[0]))
    if any(type(place) is not int or place < 0 for place in rest):
        raise FormulaError(f"the stored formula is damaged at node {len(nodes)}: arguments must be earlier nodes")
    return WORDS[head](*(nodes[place] for place in rest))
