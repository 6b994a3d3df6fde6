"""A tree as straight-line Python in the words of :mod:`nonlin.kernels.words`: the body of a function of one element.

No text of a user gets into it: symbols are numbered, numbers are written by ``repr``, and the rest is the vocabulary's.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import partial
from math import isfinite, isnan
from typing import TypeAlias

from nonlin.error_bound import SHORT, fused
from nonlin.ops.evaluate import number
from nonlin.tree import WORDS, Node, order

OPERATORS = {
    "add": "{} + {}", "subtract": "{} - {}", "multiply": "{} * {}", "divide": "{} / {}", "negative": "-{}",
    "greater": "{} > {}", "greater_equal": "{} >= {}", "less": "{} < {}", "less_equal": "{} <= {}",
    "equal": "{} == {}", "where": "{1} if {0} else {2}", "_multiply_aside": "multiply_aside({}, {})",
}  # fmt: skip

CHOICES = ("where", "minimum", "maximum", "clip", "sign", "floor")
CIRCULAR = ("sin", "cos", "tan")
Checks: TypeAlias = tuple[Node, ...] | None


def lines(
    roots: tuple[Node, ...],
    names: Mapping[str, str],
    quick: bool = False,
    short: bool = False,
    once: Sequence[Checks] = (),
    leaves: Callable[..., str] | None = None,
) -> Iterator[str]:
    """The statements of a function that returns the values of ``roots``; ``quick``: as exact as their bounds say.

    After them, for each root of which ``once`` has the checks, whether any fails.
    """
    nodes = {node.name for root in roots for node in order(root)}
    whole = not nodes.isdisjoint(CIRCULAR) and not nodes.isdisjoint(CHOICES)
    quotients = {node for root, checks in zip(roots, once, strict=False) if checks is not None for node in order(root)}
    tell = partial(told_word, whole=whole, short=short, quick=quick, quotients=quotients)
    told = Told(partial(leaves or leaf, names=names), tell)
    yield from told.statements(roots)
    unsure = (" | ".join(_inexact(node, told) for node in checks or ()) or "False" for checks in once)
    yield f"    return {', '.join([*(told[root] for root in roots), *unsure])}"


def _inexact(node: Node, told: Mapping[Node, str]) -> str:
    """Whether a sum or a product is not exact, or not finite."""
    total, a, b = (told[n] for n in (node, *node.args))
    if node.name == "multiply":
        return f"(fma({a}, {b}, -{total}) != 0)"
    back = {"add": f"({total} - {b} != {a})", "subtract": f"({total} + {b} != {a})"}[node.name]
    return back + " | " + {"add": f"({total} - {a} != {b})", "subtract": f"({a} - {total} != {b})"}[node.name]


class Told(dict[Node, str]):
    """What stands for each node in a function: a name or a number, or the name of a statement's result."""

    def __init__(self, leaf: Callable[[Node], str], tell: Callable[..., str]) -> None:
        self.leaf, self.tell = leaf, tell

    def statements(self, roots: tuple[Node, ...]) -> Iterator[str]:
        for node in dict.fromkeys(node for root in roots for node in order(root)):
            self[node] = self.leaf(node)
            if not self[node]:
                self[node] = f"v{len(self)}"
                yield f"    {self[node]} = {self.tell(node, self)}"


def leaf(node: Node, names: Mapping[str, str]) -> str:
    """A name or a number; "" for a word that has work to do."""
    if node.is_symbol:
        return names[str(node.value)]
    value = number(node)
    return "" if value is None else literal(value)


def single_leaf(node: Node, names: Mapping[str, str]) -> str:
    told = leaf(node, names)
    return f"float32({told})" if told and not node.is_symbol else told


def literal(value: float | bool) -> str:
    if isinstance(value, bool) or isfinite(value):
        return f"({value!r})"
    return "nan" if isnan(value) else "inf" if value > 0 else "(-inf)"


def told_word(
    node: Node,
    told: Mapping[Node, str],
    whole: bool = False,
    quick: bool = False,
    short: bool = False,
    quotients: Container[Node] = (),
) -> str:
    """``whole``: the circular words of the C library. Ours are NaN for huge numbers, which a choice would hide.
    ``quick``: times the inverse of a number for divided by it, but for ``quotients``."""
    parts = [told[a] for a in node.args]
    if quick and node.name == "divide" and node.args[1].is_constant and node not in quotients:
        return f"{parts[0]} * (1 / {parts[1]})"
    name, below = fused(node)
    if short and name in SHORT:
        return f"short_words.{name}({told[below]})"
    if whole and node.name in CIRCULAR:
        return f"whole_{node.name}({parts[0]})"
    if node.name == "power" and node.args[1].value in (2.0, 3.0):
        return " * ".join([parts[0]] * int(float(node.args[1].value)))
    if node.name == "_multiply_aside" and not quick:  # float64 itself wants the nearest product
        return OPERATORS["multiply"].format(*parts)
    if node.name in OPERATORS:
        return OPERATORS[node.name].format(*parts)
    assert node.name in WORDS  # noqa: S101 - or the words of the kernels are incomplete, which a test would show
    return f"{node.name}({', '.join(parts)})"
