"""Text to tree: a formula typed by a user becomes the same kind of tree as a catalogue entry.

The text is cut into tokens and read by precedence. Nothing of it is ever executed: a name is looked up in the
vocabulary and in the catalogue, and everything else is refused, with a caret under the place.

Numbers, x, pi, e, ``+ - * / ^ **``, comparisons, ``and or not`` and ``a if c else b`` bind as in Python, so that -x^2
is -(x^2). ``2x``, ``2 sin(x)``, ``(x + 1)(x - 1)`` and ``x(x + 1)`` are products and bind like ``*``; a name is never
split, and what can be read in two ways (``1/2x``, ``e^2x``) is refused. ``|`` opens where a value is expected and
closes where an operator is. A name before a bracket is a function unless it is x, pi, e or a given parameter; any other
name is a parameter. Functions are the words and the elementwise entries; entries take parameters by name, as in
elu(x, alpha=2).
"""

from __future__ import annotations

import math
import re
import unicodedata
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, partial, reduce
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from nonlin.catalogue import Entry, entries, plain
from nonlin.catalogue._index import cards, spellings
from nonlin.core import Activation, Parameter, Record, as_parameter, trace
from nonlin.errors import FormulaError, NonlinWarning, ParameterError, did_you_mean
from nonlin.expression import Expression
from nonlin.ops.evaluate import number
from nonlin.tree import NAMED_CONSTANTS, WORDS, ZERO, Node, Word, constant, order, symbol, symbols

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_LENGTH = 10_000  # characters of a text
MAX_DEPTH = 100  # values inside values; also comparisons joined in one condition
MAX_SIZE = 2_000  # words, numbers and names of the formula written out in words
MAX_EXPONENT = 1_000

SYNONYMS = {
    "ln": "log", "arctan": "atan", "arcsinh": "asinh", "tg": "tan", "expit": "sigmoid", "sgn": "sign",
    "min": "minimum", "max": "maximum", "Abs": "abs", "Min": "minimum", "Max": "maximum",
}  # fmt: skip


def parse(text: str) -> Node:
    """The tree of a formula text. Every name that is not a function is a symbol: x or a parameter.

    ``parse(str(tree))`` is ``tree`` again. Raises FormulaError, with a caret under the place.

    >>> parse("2x + |x|^3")
    2*x + abs(x)**3
    """
    return _within_limits(_Reader(text).formula())


def define(text: str, /, *, name: str | None = None, **parameters: float | Parameter) -> Activation:
    """Make an Activation of a formula text.

    The names in it beside x are its parameters and need a default each: a number or a :class:`Parameter`.
    ``name`` is that of the new activation, the formula itself where none is given.

    Raises FormulaError for a text that cannot be read or does not contain x, for parameters without a default, and for
    a name that another catalogue entry has. Warns (NonlinWarning) where the function is constant, linear, undefined
    on a part of the line, or has gradient zero almost everywhere.

    >>> define("x*sigmoid(beta*x)", name="my_swish", beta=1.0)
    <Activation my_swish(x, beta=1) = x*sigmoid(beta*x)>
    """
    return defined(text, name, parameters)


def defined(text: str, name: str | None, parameters: Mapping[str, float | Parameter]) -> Activation:
    """What :func:`define` makes; a warning names the line that called the function which calls this one."""
    reader = _Reader(text, parameters)
    formula = _within_limits(reader.formula())
    _check_names(reader, parameters)
    stable = trace(lambda: _Reader(text, parameters).formula(), {}, computing=True)
    chosen = {k: as_parameter(v, k) for k, v in parameters.items()}
    record = Record(summary=f"A user's formula: {_shown(text)}", family="user")
    made = Activation(_checked_name(name, formula), Expression(formula, stable), chosen, record)
    made.checked({})
    made = _like_its_twin(made, given_name=name is not None)
    for message in _doubts(made):
        warnings.warn(message, NonlinWarning, stacklevel=3)
    return made


# ---- tokens ---------------------------------------------------------------------------------------------------------


class _Token(NamedTuple):
    kind: str  # "number", "name", "end", or the sign or keyword itself
    text: str
    place: int


_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d²³][^\W²³]*)"
    r"|(?P<sign>\*\*|[<>=!]=|\S)"
)
_SAME_SIGN = {"^": "**", "·": "*", "⋅": "*", "×": "*", "−": "-", "≤": "<=", "≥": ">=", "≠": "!="}
_RAISED = {"²": "2", "³": "3"}
_KEYWORDS = ("if", "else", "and", "or", "not")


def _tokens(text: str) -> Iterator[_Token]:
    """The text in pieces. Nothing is refused here: errors come in reading order."""
    for match in _TOKEN.finditer(text):
        kind, piece, place = str(match.lastgroup), match.group(), match.start()
        if piece in _RAISED:
            yield _Token("**", piece, place)
            yield _Token("number", _RAISED[piece], place)
        elif kind == "name":
            name = {"π": "pi"}.get(piece) or unicodedata.normalize("NFKC", piece)  # as Python reads names
            yield _Token(name if name in _KEYWORDS else kind if name.isidentifier() else piece, name, place)
        else:
            yield _Token(kind if kind == "number" else _SAME_SIGN.get(piece, piece), piece, place)
    yield _Token("end", "", len(text))


# ---- reading --------------------------------------------------------------------------------------------------------


class _Condition(NamedTuple):
    """One or more comparisons. ``choose(a, b)`` is the tree of ``a`` where they hold and ``b`` elsewhere."""

    choose: Callable[[Node, Node], Node]
    place: int
    size: int = 1


_Value: TypeAlias = Node | _Condition

_ARITHMETIC = {"+": ("add", 6), "-": ("subtract", 6), "*": ("multiply", 7), "/": ("divide", 7), "**": ("power", 7)}
_COMPARISONS = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal", "==": "equal", "!=": "equal"}
_PRODUCT = "a product without a sign"
_LEVELS = {"if": 0, "or": 1, "and": 2, **dict.fromkeys(_COMPARISONS, 4),
           "+": 5, "-": 5, "*": 6, "/": 6, _PRODUCT: 6, "**": 8}  # fmt: skip
_NEGATION, _SUM, _SIGNED = 3, 5, 7  # where the right side of `not`, of a comparison and of a sign begins to bind

_ADVICE = {
    "=": "= gives a parameter, and only in a function's bracket, as in elu(x, alpha=2); write == to compare",
    ".": "a formula has no attributes; its names stand alone: write exp(x), not np.exp(x)",
    "[": "a formula has no lists and no indexing; use round brackets",
    "{": "a formula has no braces; use round brackets",
    "'": "a formula has no text in quotes; write names and numbers alone",
    '"': "a formula has no text in quotes; write names and numbers alone",
    "!": "a formula has no factorial; != compares",
    "%": "a formula has no remainder; use floor",
    ")": "this bracket closes nothing; remove it, or open one before",
    "else": "this else has no if; write a if x > 0 else b",
}
_NOT_FINITE = ("inf", "infinity", "nan", "oo")


class _Reader:
    """Reads one text, once, from left to right. ``parameters`` are the names that may be a factor before a bracket."""

    def __init__(self, text: str, parameters: Collection[str] = ()) -> None:
        self.text, self.parameters = _checked_text(text), parameters
        self.tokens = list(_tokens(text))
        self.at = self.depth = 0
        self.open: list[str] = []  # what closes the brackets that are open
        self.places: dict[str, int] = {}  # where each symbol stands first

    def formula(self) -> Node:
        """The tree of the whole text."""
        root = self.number(self.expression())
        if self.next.kind != "end":
            raise self.unexpected("an operator is missing before")
        return root

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def expression(self, level: int = 0) -> _Value:
        """A value and all that follows it with operators of at least this level."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"the formula is nested deeper than {MAX_DEPTH} levels here; simplify it", self.next)
        value, before = self.operand(), ""
        while (sign := self.infix()) and _LEVELS[sign] >= level:
            self.check_one_reading(sign, before)
            value, before = self.joined(sign, value), sign
        self.depth -= 1
        return value

    def infix(self) -> str:
        """The operator that comes next, a product where another value follows directly, or nothing."""
        kind = self.next.kind
        if kind == "|" and self.open[-1:] == ["|"]:
            return ""
        return _PRODUCT if kind in ("name", "(", "|") else kind if kind in _LEVELS else ""

    def check_one_reading(self, sign: str, before: str) -> None:
        """A product without a sign must not follow a division, or a number in an exponent: 1/2x, e^2x."""
        if sign == _PRODUCT and (before == "/" or self.follows_exponent()):
            raise self.error("this can be read in two ways; write (1/2)*x or 1/(2*x), and e^2*x or e^(2*x)", self.next)

    def follows_exponent(self) -> bool:
        """Whether a name stands directly behind a number in an exponent."""
        last, sign, sooner = (self.tokens[max(self.at - k, 0)] for k in (1, 2, 3))
        power = sooner if sign.kind == "-" else sign
        glued = last.kind == "number" and self.next.kind == "name" and self.next.place == last.place + len(last.text)
        return glued and power.text in ("^", "**")

    def joined(self, sign: str, left: _Value) -> _Value:
        """``left`` and what stands to the right of the operator ``sign``."""
        if sign in _COMPARISONS:
            return self.comparison(self.number(left))
        token = self.next if sign == _PRODUCT else self.take()
        if sign == "if":
            return self.choice(self.number(left), token)
        if sign in ("and", "or"):
            first, second = self.condition(left, token), self.expression(_LEVELS[sign] + 1)
            return self.both(sign, first, self.condition(second, token))
        word, level = _ARITHMETIC["*" if sign == _PRODUCT else sign]
        return self.made(WORDS[word], token, [left, self.expression(level)])

    def comparison(self, left: Node) -> _Condition:
        """One comparison, or a chain such as 0 < x < 1."""
        parts: list[_Condition] = []
        while self.next.kind in _COMPARISONS:
            sign, right = self.take(), self.number(self.expression(_SUM))
            choose = partial(WORDS["where"], WORDS[_COMPARISONS[sign.kind]](left, right))
            parts.append(_Condition(_swapped(choose) if sign.kind == "!=" else choose, sign.place))
            left = right
        return reduce(partial(self.both, "and"), parts)

    def both(self, sign: str, first: _Condition, second: _Condition) -> _Condition:
        size = first.size + second.size
        if size > MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} comparisons in one condition; simplify it", self.next)
        if sign == "and":
            return _Condition(lambda a, b: first.choose(second.choose(a, b), b), first.place, size)
        return _Condition(lambda a, b: first.choose(a, second.choose(a, b)), first.place, size)

    def choice(self, value: Node, token: _Token) -> Node:
        condition = self.condition(self.expression(1), token)
        self.expect("else", "this if has no else; write a if x > 0 else b")
        return condition.choose(value, self.number(self.expression()))

    # -- values

    def operand(self) -> _Value:
        reads = _OPERANDS.get(self.next.kind)
        if reads is None:
            raise self.unexpected("a value is missing before")
        return reads(self, self.take())

    def literal(self, token: _Token) -> Node:
        value = float(token.text)
        if math.isinf(value) or (value == 0 and re.match(r"[0.]*[1-9]", token.text)):
            raise self.error(f"the number {_shown(token.text)} is beyond the range of float64", token)
        return constant(value)

    def minus(self, token: _Token) -> Node:
        operand = self.number(self.expression(_SIGNED))
        return constant(-0.0) if operand is ZERO and self.tokens[self.at - 1].text == "0.0" else -operand

    def plus(self, token: _Token) -> Node:
        return self.number(self.expression(_SIGNED))

    def negation(self, token: _Token) -> _Condition:
        condition = self.condition(self.expression(_NEGATION), token)
        return condition._replace(choose=_swapped(condition.choose))

    def group(self, token: _Token) -> _Value:
        self.open.append(")")
        return self.closed(token, self.expression())

    def bars(self, token: _Token) -> _Value:
        self.open.append("|")
        return self.made(WORDS["abs"], token, [self.closed(token, self.expression())])

    def closed(self, opening: _Token, value: _Value) -> _Value:
        """``value``, after its closing bracket."""
        if self.next.kind == "end":
            what = "bracket" if opening.kind == "(" else opening.kind
            raise self.error(f"this {what} is not closed; add {self.open[-1]}", opening)
        self.expect(self.open.pop())
        return value

    def named(self, token: _Token) -> _Value:
        name = token.text
        if iskeyword(name) or name.casefold() in _NOT_FINITE:
            raise self.error(f"{name} is not part of a formula; use finite numbers, x, functions and parameters", token)
        if self.next.kind == "(" and not self.is_factor(name):
            return self.call(token)
        if name in NAMED_CONSTANTS:
            return constant(name)
        self.places.setdefault(name, token.place)
        return symbol(name)

    def is_factor(self, name: str) -> bool:
        return name == "x" or name in NAMED_CONSTANTS or (name in self.parameters and not _is_function(name))

    # -- functions

    def call(self, token: _Token) -> _Value:
        """A function applied. Without parameters by name, a word goes before an entry of the same name."""
        word, entry = _word(token.text), _entry(token.text)
        self.check_elementwise(token, word, entry)
        values, named = self.arguments(self.take())
        if word and not (entry and named):
            return self.apply_word(word, token, values, named)
        return self.apply_entry(entry, token, values, named)

    def check_elementwise(self, token: _Token, word: Word | None, entry: Entry | None) -> None:
        name = _shown(token.text)
        if word is entry is None:
            near = did_you_mean(name, _functions())
            raise self.error(f"no function {name!r}{near} nonlin.names() lists them, and a product needs *", token)
        if (word and word.over_axis) or not (word or isinstance(entry, Activation)):
            raise self.error(f"{name} mixes elements and cannot be part of a formula; call nonlin.{name}", token)

    def arguments(self, bracket: _Token) -> tuple[list[_Value], dict[str, Node]]:
        values: list[_Value] = []
        named: dict[str, Node] = {}
        self.open.append(")")
        while self.next.kind != ")":
            self.argument(values, named)
            if self.next.kind != ",":
                break
            self.take()
        self.closed(bracket, ZERO)
        return values, named

    def argument(self, values: list[_Value], named: dict[str, Node]) -> None:
        if self.next.kind != "name" or self.tokens[self.at + 1].kind != "=":
            values.append(self.expression())
            return
        name, _ = self.take(), self.take()
        if name.text in named:
            raise self.error(f"{_shown(name.text)} is given twice; give it once", name)
        named[name.text] = self.number(self.expression())

    def apply_word(self, word: Word, token: _Token, values: list[_Value], named: Mapping[str, Node]) -> _Value:
        if len(values) != word.arity or named:
            wanted = f"{token.text} takes {word.arity} value{'s' * (word.arity > 1)}"
            raise self.error(f"{wanted}, got {_counted(values, named)}{_hint(word.name)}", token)
        if word.name == "where":
            a, b = map(self.number, values[1:])
            return self.finite(self.condition(values[0], token).choose(a, b), token)
        return self.made(word, token, values)

    def apply_entry(self, entry: Entry, token: _Token, values: list[_Value], named: Mapping[str, Node]) -> Node:
        if len(values) != 1:
            raise self.error(f"{token.text} takes 1 value, got {len(values)}{_hint(entry.name)}", token)
        try:
            entry.checked({k: 0.0 if v is None else v for k, v in ((k, number(v)) for k, v in named.items())})
            return self.finite(entry(self.number(values[0]), **named), token)
        except ParameterError as error:
            raise self.error(str(error), token) from None

    def made(self, word: Word, token: _Token, values: list[_Value]) -> _Value:
        """The word applied to numbers, unless the result cannot be one."""
        nodes = [self.number(v) for v in values]
        last = number(nodes[-1])
        if word.name == "divide" and last == 0:
            raise self.error("division by zero; divide by something that is not always 0", token)
        if word.name == "power" and last is not None and abs(last) > MAX_EXPONENT:
            raise self.error(f"the exponent is {last:.6g}; at most {MAX_EXPONENT} is allowed", token)
        node = word(*nodes)
        return _Condition(partial(WORDS["where"], node), token.place) if word.condition else self.finite(node, token)

    # -- what a value must be

    def number(self, value: _Value) -> Node:
        if isinstance(value, Node):
            return value
        raise self.error("a comparison is not a number; choose numbers with it: where(x > 0, 1, 0)", value.place)

    def condition(self, value: _Value, token: _Token) -> _Condition:
        if isinstance(value, _Condition):
            return value
        raise self.error(f"{token.text} needs a comparison, such as x > 0", token)

    def finite(self, node: Node, token: _Token) -> Node:
        value = number(node)
        if value is None or math.isfinite(value):
            return node
        raise self.error(f"this part of the formula is {value}, not a finite number", token)

    def expect(self, kind: str, otherwise: str = "") -> None:
        if self.next.kind != kind:
            raise self.error(otherwise, self.next) if otherwise else self.unexpected(f"{kind} is missing before")
        self.take()

    # -- refusals

    def unexpected(self, what: str) -> FormulaError:
        """A token that cannot stand here: its own advice, or ``what`` is missing before it."""
        token = self.next
        empty_place = what.startswith("a value")
        if token.kind in _ADVICE and not (token.kind in (")", "else") and empty_place):
            return self.error(_ADVICE[token.kind], token)
        if token.kind in (*_LEVELS, *_OPERANDS, *_ADVICE, ",", "end"):
            shown = "the end" if token.kind == "end" else _shown(token.text)
            return self.error(f"{what} {shown}", token)
        return self.error(f"{token.text!r} is not part of a formula; remove it", token)

    def error(self, message: str, where: _Token | int) -> FormulaError:
        """The sentence, and below it the text with a caret under the place."""
        place = where if isinstance(where, int) else where.place
        start = max(place - 50, 0)
        shown = "".join(c if c.isprintable() else " " for c in self.text[start : start + 90])
        return FormulaError(f"{message}\n    {shown}\n    {' ' * (place - start)}^")


_OPERANDS: dict[str, Callable[[_Reader, _Token], _Value]] = {
    "number": _Reader.literal, "name": _Reader.named, "(": _Reader.group, "|": _Reader.bars,
    "-": _Reader.minus, "+": _Reader.plus, "not": _Reader.negation,
}  # fmt: skip


def _swapped(choose: Callable[[Node, Node], Node]) -> Callable[[Node, Node], Node]:
    return lambda a, b: choose(b, a)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _counted(values: list[_Value], named: Mapping[str, Node]) -> str:
    return f"{len(values)}" + "".join(f" and {_shown(k)}=" for k in named)


# ---- the functions that a formula may use ---------------------------------------------------------------------------


def _word(name: str) -> Word | None:
    return WORDS.get(SYNONYMS.get(name, name))


def _entry(name: str) -> Entry | None:
    found = spellings().get(plain(name))
    return entries()[found] if found else None


def _is_function(name: str) -> bool:
    return _word(name) is not None or plain(name) in spellings()


@cache
def _functions() -> list[str]:
    """The names to suggest."""
    of_one_number = {card.name for card in cards().values() if card.kind == "elementwise"}
    words = {name for name, word in WORDS.items() if not word.over_axis}
    return [*{*words, *SYNONYMS, *of_one_number}]


def _hint(name: str) -> str:
    """How the function of this name is written, where that is not plain."""
    if name == "where":
        return "; write where(condition, a, b)"
    entry = entries().get(name)
    shown = ", ".join(f"{k}={v.default:g}" for k, v in entry.parameters.items()) if entry else ""
    return f"; parameters are given by name: {name}(x, {shown})" if shown else ""


# ---- what a definition must be --------------------------------------------------------------------------------------


def _checked_text(text: object) -> str:
    if not isinstance(text, str):
        raise FormulaError(f"a formula is a text such as 'x*tanh(x)', got {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula has {len(text)} characters; at most {MAX_LENGTH} are read")
    if not text.strip():
        raise FormulaError("the formula is empty; write one such as x*tanh(x)")
    return text


def _within_limits(root: Node) -> Node:
    """Entries are written out in words, each with a copy of its argument: nested ones grow fast."""
    sizes: dict[Node, int] = {}
    for node in order(root):
        sizes[node] = 1 + sum(sizes[a] for a in node.args)
    if sizes[root] > MAX_SIZE:
        raise FormulaError(f"the formula has more than {MAX_SIZE} parts when it is written out; shorten it")
    return root


def _check_names(reader: _Reader, parameters: Mapping[str, object]) -> None:
    """Every name has a value, every value a name, and x is there."""
    if missing := [n for n in reader.places if n != "x" and n not in parameters]:
        raise reader.error(_why_missing(reader.text, missing, parameters), reader.places[missing[0]])
    if "x" not in reader.places:
        raise reader.error("the formula does not contain x", 0)
    if unused := [n for n in parameters if n == "x" or n not in reader.places]:
        known = [n for n in reader.places if n != "x"]
        raise FormulaError(f"the formula has no parameter {unused[0]!r}{did_you_mean(unused[0], known)} "
                           f"its parameters: {', '.join(known) or 'none'}")  # fmt: skip


def _why_missing(text: str, missing: list[str], parameters: Mapping[str, object]) -> str:
    name = missing[0]
    if _is_function(name):
        return f"{name} is a function: write {name}(x)"
    near = did_you_mean(name, ["x", *NAMED_CONSTANTS, *parameters])
    if product := _as_product(name, parameters):
        near = f"; write {product} for a product, or"
    values = [f"{k}={getattr(v, 'default', v)}" for k, v in parameters.items()] + [f"{n}=1.0" for n in missing]
    example = f'define("{_shown(" ".join(text.split()))}", {_shown(", ".join(values))})'
    return f"{_shown(name)} has no value{near} give the parameter a default: {example}"


def _as_product(name: str, parameters: Collection[str]) -> str:
    """``ax`` as ``a*x``, if that is likely what was meant."""
    for head, tail in ((name[:-1], name[-1]), (name[0], name[1:])):
        if "x" in (head, tail) and (len(name) == 2 or {head, tail} & {*NAMED_CONSTANTS, *parameters}):
            return f"{head}*{tail}"
    return ""


def _checked_name(name: object, formula: Node) -> str:
    if name is None:
        return str(formula)
    if not isinstance(name, str) or not name.strip():
        raise FormulaError(f"a name must be a text, got {name!r}")
    return name


def _like_its_twin(made: Activation, *, given_name: bool) -> Activation:
    """Equal activations compute alike: one that an entry already is takes over its stable trees."""
    owner = spellings().get(plain(made.name)) if given_name else None
    if owner is not None and entries()[owner] != made:
        raise FormulaError(f"the name {made.name!r} is already taken, by the entry {owner}; choose another")
    alike = [entries()[card.name] for card in cards().values() if card.text == made.text]
    twin = next((e for e in alike if e == made), None)
    return Activation(made.name, twin.expression, made.parameters, made.record, twin.from_output) if twin else made


# ---- doubts: legal, but probably not what was meant -----------------------------------------------------------------


def _doubts(f: Activation) -> Iterator[str]:
    import numpy as np

    far = np.geomspace(20.3, 1e6 + 0.7, 16)  # not whole numbers
    x = np.concatenate([-far[::-1], np.linspace(-16.0, 16.0, 1281), far])
    y = f(x)
    parts = _undefined(f, x, y)
    if parts:
        yield f"{_shown(f.name)} is undefined {' and '.join(parts)}: there it gives no finite number"
    yield from _dull(f, x[np.isfinite(y)], y[np.isfinite(y)], whole=not parts)


def _dull(f: Activation, x: Array, y: Array, *, whole: bool) -> Iterator[str]:
    """Constant, linear, or flat in steps."""
    name = _shown(f.name)
    if y.size and abs(y - y[0]).max() <= 1e-12 * abs(y).max():
        yield f"{name} is constant: it does not depend on x"
    elif whole and _is_linear(x, y):
        yield f"{name} is linear: layers joined by it are no more than one layer"
    elif _is_zero(f.expression.partial("x").formula):
        yield f"{name} has gradient zero almost everywhere: a network with it does not learn by its gradient"


def _is_zero(root: Node) -> bool:
    """Whether a tree without symbols is 0; inner parts first, so that any depth works."""
    return not symbols(root) and [number(node) for node in order(root)][-1] == 0


def _is_linear(x: Array, y: Array) -> bool:
    if y.size < 2:
        return False
    slope = (y[-1] - y[0]) / (x[-1] - x[0])
    start = y[y.size // 2] - slope * x[y.size // 2]
    return bool((abs(y - (slope * x + start)) <= 1e-12 * (abs(slope * x) + abs(start))).all())


def _undefined(f: Activation, x: Array, y: Array) -> list[str]:
    """The parts of the line without a value, in words; the three nearest to 0 are named."""
    import numpy as np

    pole = np.isinf(y) & _between(np.isfinite(y))  # infinite at one point only; further on it is an overflow
    bad = np.isnan(y) | pole
    bad |= _between(bad)  # x^x has values at whole numbers below 0
    runs = np.flatnonzero(np.diff(bad, prepend=False, append=False)).reshape(-1, 2)  # first, and one behind the last
    near = np.sort(runs[np.argsort(abs(x[runs[:, 0]]), kind="stable")[:3]], axis=0)
    padded, side = np.concatenate([[-math.inf], x, [math.inf]]), np.array([0, 1])
    parts = [_part(low, high) for low, high in _edges(f, padded[near + side], padded[near + 1 - side])]
    return parts + ["elsewhere"] * (len(runs) > len(near))


def _between(mask: Array) -> Array:
    """Where both neighbours are true."""
    import numpy as np

    return np.concatenate([[False], mask[:-2] & mask[2:], [False]])


def _edges(f: Activation, good: Array, bad: Array) -> Array:
    """Between each good and bad point, the edge, by bisection; infinity if there is no good point on that side."""
    import numpy as np

    end = np.isinf(good)
    good = np.where(end, bad, good)
    for _ in range(40 if good.size else 0):
        middle = (good + bad) / 2
        broken = np.isnan(f(middle))
        good, bad = np.where(broken, good, middle), np.where(broken, middle, bad)
    return np.where(end, [-math.inf, math.inf], np.round(bad, 9) + 0.0)


def _part(low: float, high: float) -> str:
    if low == high:
        return f"at x = {low:.6g}"
    if math.isinf(low):
        return "everywhere" if math.isinf(high) else f"for x < {high:.6g}"
    return f"for x > {low:.6g}" if math.isinf(high) else f"for {low:.6g} < x < {high:.6g}"
