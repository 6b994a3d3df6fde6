"""A tree as straight-line Python in the words of :mod:`nonlin.kernels.pair_words`, of twice the digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import cast

from nonlin.error_bound import Digits, error_bound
from nonlin.kernels.statements import Told, leaf, literal, told_word
from nonlin.ops import pairs
from nonlin.tree import Node, order

PAIR_WORDS = (
    "add", "subtract", "multiply", "divide", "negative", "square", "cube", "sqrt", "hypot", "abs", "sign", "where",
    "minimum", "maximum", "clip", "less", "greater", "less_equal", "greater_equal", "equal",
)  # fmt: skip
SINGLE = {  # cheaper words, where the arguments at some places are no pairs
    "add": ("two_sum", (0, 1)), "subtract": ("two_difference", (0, 1)), "multiply": ("two_product", (0, 1)),
    "square": ("two_square", (0,)), "divide": ("divide_by", (1,)), "where": ("choose", (0,)),
}  # fmt: skip


def pair_lines(
    roots: Sequence[Node], meanings: Sequence[Node], names: Mapping[str, str], digits: Digits
) -> Iterator[str]:
    """The same for pairs: the values, and then what is NaN where the formulas are no arithmetic."""
    both = zip(roots, meanings, strict=True)
    every = (*roots, *(root if is_arithmetic(formula) else formula for root, formula in both))
    single = _single(every, digits)
    told = Told(partial(_pair_leaf, names=names, single=single), partial(_pair_told, single=single))
    yield from told.statements(every)
    yield f"    return {', '.join(_pair(root, told, single) for root in every)}"


def is_arithmetic(root: Node) -> bool:
    """Whether all of it is arithmetic."""
    return all(
        _pair_word(node) if node.args else node.is_symbol or isfinite(pairs.written(node)[0]) for node in order(root)
    )


def _single(roots: Sequence[Node], digits: Digits) -> set[Node]:
    """What float64 computes exactly, from such parts only, so that it needs no pairs; for inputs that are not NaN."""
    found: set[Node] = set()
    for node in dict.fromkeys(node for root in roots for node in order(root)):
        exact = node.name != "_multiply_aside" and (node.is_condition or error_bound(node, digits).certain)
        if exact and found.issuperset(node.args):
            found.add(node)
    return found


def _pair(node: Node, told: Mapping[Node, str], single: set[Node]) -> str:
    return f"({told[node]}, 0.0)" if node in single else told[node]


def _pair_leaf(node: Node, names: Mapping[str, str], single: set[Node]) -> str:
    if node in single or node.is_symbol:
        return leaf(node, names)
    if node.word is None:
        high, low = pairs.written(node)
        return f"({literal(float(high))}, {literal(float(low))})"
    return ""


def _pair_word(node: Node) -> str:
    """The name of the word for pairs; "" if there is none."""
    name = {"_multiply_aside": "multiply"}.get(node.name, node.name)
    if name == "power":
        name = {2.0: "square", 3.0: "cube"}.get(cast(float, node.args[1].value), "")
    return name if name in PAIR_WORDS else ""


def _pair_told(node: Node, told: Mapping[Node, str], single: set[Node]) -> str:
    if node in single:
        return told_word(node, told)
    name = _pair_word(node)
    if not name:
        return "nan" if node.is_condition else "pair_words.UNKNOWN"
    parts = node.args[:1] if name in ("square", "cube") else node.args
    word, places = SINGLE.get(name, ("", ()))
    if not word or not single.issuperset(parts[i] for i in places):
        word, places = name, ()
    given = (told[a] if i in places else _pair(a, told, single) for i, a in enumerate(parts))
    return f"pair_words.{word}({', '.join(given)})"
