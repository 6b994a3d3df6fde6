"""From a shape to text: where brackets are needed, what stands above a bar, how high a bracket must be.

The decisions are the same for every language; a writer only knows how a fraction or a root is spelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from nonlin.calculus.formulas.names import is_letter
from nonlin.calculus.formulas.notation import Shape, is_tall

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
"""How tightly a piece binds: what binds less than its place needs brackets."""

RAISED = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "sech", "ln"}
"""Functions whose whole powers are written at the name: tanh²(x)."""


@dataclass(frozen=True)
class Piece:
    """Written notation. ``tall``: higher than one line of letters; ``first`` and ``last`` say what it begins and ends
    with (digit, letter, word, function, letter function, bracket, bar), for the space between factors."""

    text: str
    binds: int = ATOM
    tall: bool = False
    first: str = "letter"
    last: str = "letter"


class Writer(Protocol):
    """How one language spells notation; every argument is written already."""

    bars: bool
    """Whether fractions have a bar (else they are written with a slash)."""

    def number(self, text: str) -> str: ...
    def name(self, name: str) -> str: ...
    def row(self, parts: Sequence[str]) -> str: ...
    def sign(self, sign: str, leading: bool) -> str: ...
    def between(self, left: str, right: str) -> str: ...
    def fraction(self, over: str, under: str) -> str: ...
    def power(self, base: str, exponent: str) -> str: ...
    def root(self, inside: str) -> str: ...
    def function(self, name: str, exponent: str) -> str: ...
    def applied(self, function: str, argument: str, bracketed: bool) -> str: ...
    def fence(self, kind: str, inside: str, tall: bool) -> str: ...
    def arguments(self, parts: Sequence[str]) -> str: ...
    def cases(self, rows: Sequence[tuple[str, str | None]]) -> str: ...
    def conditions(self, parts: Sequence[str]) -> str: ...
    def total(self, kind: str, index: str, inside: str) -> str: ...
    def dots(self) -> str: ...


def written(shape: Shape, w: Writer, inline: bool = False) -> Piece:
    """A shape in the language of ``w``; ``inline`` writes fractions with a slash, for exponents."""
    return _WAYS[shape.kind](shape, w, inline)


def _bracketed(piece: Piece, level: int, w: Writer) -> Piece:
    return piece if piece.binds >= level else _fenced("round", piece, w)


def _fenced(kind: str, piece: Piece, w: Writer) -> Piece:
    return Piece(w.fence(kind, piece.text, piece.tall), ATOM, piece.tall, "bracket", "bracket")


# ---- leaves ---------------------------------------------------------------------------------------------------------


def _number(shape: Shape, w: Writer, inline: bool) -> Piece:
    named = shape.label.isalpha()
    binds = PRODUCT if "e" in shape.label and not named else ATOM
    kind = "letter" if named else "digit"
    return Piece(w.name(shape.label) if named else w.number(shape.label), binds, first=kind, last=kind)


def _name(shape: Shape, w: Writer, inline: bool) -> Piece:
    kind = "letter" if is_letter(shape.label) else "word"
    return Piece(w.name(shape.label), first=kind, last=kind)


def _dots(shape: Shape, w: Writer, inline: bool) -> Piece:
    return Piece(w.dots(), first="word", last="word")


# ---- sums and products ----------------------------------------------------------------------------------------------


def _sum(shape: Shape, w: Writer, inline: bool) -> Piece:
    pieces = [written(t, w, inline) for t in shape.parts]
    final = len(pieces) - 1
    parts: list[str] = []
    for place, (minus, part) in enumerate(zip(shape.minus, shape.parts, strict=True)):
        level = ATOM if part.kind == "cases" and place != final else PRODUCT
        pieces[place] = piece = _bracketed(pieces[place], level, w)
        if minus or place:
            parts.append(w.sign("-" if minus else "+", place == 0))
        parts.append(piece.text)
    return Piece(w.row(parts), SUM, any(p.tall for p in pieces), "digit", pieces[-1].last)


def _product(shape: Shape, w: Writer, inline: bool) -> Piece:
    if not shape.under:
        return _factors(shape.over, w, inline)
    if inline or not w.bars:
        return _slashed(shape, w, inline)
    above, beside = _split(shape)
    under = _factors(shape.under, w, inline)
    over = _factors(above, w, inline) if above else Piece(w.number("1"))
    bar = Piece(w.fraction(over.text, under.text), PRODUCT, True, "bar", "bar")
    return _joined([bar, *_within(beside, w, inline)], w) if beside else bar


def _split(shape: Shape) -> tuple[list[Shape], list[Shape]]:
    """What stands above the bar, and the bracketed or high factors that stand beside it for better reading."""
    small = all(p.kind in ("number", "name") for p in shape.under)
    start = len(shape.over)
    while start and (shape.over[start - 1].kind == "cases" or (small and _is_big(shape.over[start - 1]))):
        start -= 1
    lone = len(shape.over) == 1 and shape.over[0].kind in ("sum", "call") and not is_tall(shape.over[0])
    return (list(shape.over), []) if lone else (list(shape.over[:start]), list(shape.over[start:]))


def _is_big(shape: Shape) -> bool:
    """A factor in brackets, or a call of more than a name."""
    return shape.kind == "sum" or (shape.kind == "call" and any(p.parts for p in shape.parts))


def _slashed(shape: Shape, w: Writer, inline: bool) -> Piece:
    over = _factors(shape.over, w, inline) if shape.over else Piece(w.number("1"), first="digit", last="digit")
    under = _bracketed(_factors(shape.under, w, inline), POWER, w)
    over = _bracketed(over, PRODUCT, w)
    text = w.row([over.text, w.sign("/", False), under.text])
    return Piece(text, PRODUCT, over.tall or under.tall, over.first, under.last)


def _factors(shapes: Sequence[Shape], w: Writer, inline: bool) -> Piece:
    return _joined(_within(shapes, w, inline), w)


def _within(shapes: Sequence[Shape], w: Writer, inline: bool) -> list[Piece]:
    """Factors; a sum needs no brackets where it is alone, and cases come last."""
    shapes = sorted(shapes, key=lambda s: s.kind == "cases")
    pieces = [written(s, w, inline) for s in shapes]
    if len(pieces) == 1:
        return pieces
    final = len(pieces) - 1
    return [_bracketed(p, ATOM if s.kind == "cases" and i != final else PRODUCT, w)
            for i, (p, s) in enumerate(zip(pieces, shapes, strict=True))]  # fmt: skip


def _joined(pieces: Sequence[Piece], w: Writer) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    pieces = [_bracketed(p, PRODUCT, w) for p in pieces]
    parts = [pieces[0].text]
    for left, right in pairwise(pieces):
        parts += [w.between(left.last, right.first), right.text]
    return Piece(w.row(parts), PRODUCT, any(p.tall for p in pieces), pieces[0].first, pieces[-1].last)


# ---- powers, roots, functions ---------------------------------------------------------------------------------------


def _power(shape: Shape, w: Writer, inline: bool) -> Piece:
    base, exponent = shape.parts
    raised = written(exponent, w, True)
    if base.kind == "call" and base.label in RAISED and exponent.kind == "number":
        return _call(base, w, inline, raised.text)
    inside = _bracketed(written(base, w, inline), ATOM, w)
    return Piece(w.power(inside.text, raised.text), POWER, inside.tall, inside.first, "letter")


def _exp(shape: Shape, w: Writer, inline: bool) -> Piece:
    (exponent,) = shape.parts
    if inline or exponent.size > 12 or _hides(exponent, ("exp", "cases", "dots")):
        return _call(Shape("call", (exponent,), label="exp"), w, inline)
    return Piece(w.power(w.name("e"), written(exponent, w, True).text), POWER)


def _hides(shape: Shape, kinds: tuple[str, ...]) -> bool:
    return shape.kind in kinds or any(_hides(p, kinds) for p in shape.parts)


def _root(shape: Shape, w: Writer, inline: bool) -> Piece:
    inside = written(shape.parts[0], w, inline)
    return Piece(w.root(inside.text if w.bars else _bracketed(inside, ATOM, w).text), ATOM, inside.tall)


def _call(shape: Shape, w: Writer, inline: bool, exponent: str = "") -> Piece:
    function = w.function(shape.label, exponent)
    arguments = [written(p, w, inline) for p in shape.parts]
    lone = shape.label == "ln" and shape.parts[0].kind in ("call", "fence", "total")
    tall = any(a.tall for a in arguments)
    inside = w.arguments([a.text for a in arguments]) if len(arguments) > 1 else arguments[0].text
    text = inside if lone else w.fence("round", inside, tall)
    kind = "letter function" if shape.label in ("Phi", "varphi", "sigma", "tau") else "function"
    return Piece(w.applied(function, text, not lone), POWER if lone else ATOM, tall, kind, "bracket")


def _fence(shape: Shape, w: Writer, inline: bool) -> Piece:
    return _fenced(shape.label, written(shape.parts[0], w, inline), w)


def _total(shape: Shape, w: Writer, inline: bool) -> Piece:
    kind, index = shape.label.split()
    inside = _bracketed(written(shape.parts[0], w, inline), PRODUCT, w)
    return Piece(w.total(kind, index, inside.text), PRODUCT, True, "word", inside.last)


def _pair(shape: Shape, w: Writer, inline: bool) -> Piece:
    """The two outputs of a unit."""
    outputs = [written(p, w, inline) for p in shape.parts]
    inside = w.arguments([o.text for o in outputs])
    return _fenced("round", Piece(inside, tall=any(o.tall for o in outputs)), w)


# ---- cases ----------------------------------------------------------------------------------------------------------


def _relation(shape: Shape, w: Writer, inline: bool) -> Piece:
    sides = [written(p, w, True) for p in shape.parts]
    parts = [sides[0].text]
    for sign, side in zip(shape.label.split(), sides[1:], strict=True):
        parts += [w.sign(sign, False), side.text]
    return Piece(w.row(parts), 0)


def _conditions(shape: Shape, w: Writer, inline: bool) -> Piece:
    return Piece(w.conditions([written(p, w, inline).text for p in shape.parts]), 0)


def _cases(shape: Shape, w: Writer, inline: bool) -> Piece:
    rows: list[tuple[str, str | None]] = []
    for value, condition in zip(shape.parts[::2], shape.parts[1::2], strict=True):
        said = written(condition, w, True).text if condition.parts else None
        rows.append((written(value, w, inline).text, said))
    return Piece(w.cases(rows), PRODUCT if w.bars else 0, True, "bracket", "word")


_WAYS = {
    "number": _number, "name": _name, "dots": _dots, "sum": _sum, "product": _product, "power": _power, "exp": _exp,
    "root": _root, "call": _call, "fence": _fence, "total": _total, "relation": _relation, "conditions": _conditions,
    "cases": _cases, "pair": _pair,
}  # fmt: skip
