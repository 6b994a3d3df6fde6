"""Vector functions as people write them: element i of the answer, sums over j."""

from __future__ import annotations

from collections.abc import Collection

from nonlin.tree import WORDS, Node, order, substitute, symbol, symbols

LETTERS = "jklmn"
"""The indices of sums, from the innermost outwards."""


def indexed(root: Node, names: Collection[str] = ("x",)) -> Node:
    """The tree with x as x_i, in sums and maxima along the axis as x_j, x_k ...; thresholds are of the whole x.

    ``names`` are those of x and of whatever else has a number for each element.

    >>> import nonlin as nl
    >>> indexed(nl.softmax.written)
    exp(x_i)/row_sum(exp(x_j))
    """
    made: dict[Node, Node] = {}
    for node in order(root):
        made[node] = _indexed(node, [made[a] for a in node.args], names)
    return made[root]


def _indexed(node: Node, parts: list[Node], names: Collection[str]) -> Node:
    if node.word is None:
        return symbol(f"{node.value}_i") if node.value in names else node
    if node.name == "log_softmax":
        return parts[0] - WORDS["log"](_along("row_sum", WORDS["exp"](parts[0]), names))
    if node.name == "row_threshold":
        return WORDS[node.name](substitute(parts[0], {f"{n}_i": symbol(n) for n in names}), *parts[1:])
    return _along(node.name, parts[0], names) if node.word.over_axis else node.word(*parts)


def _along(name: str, inside: Node, names: Collection[str]) -> Node:
    letter = next(c for c in LETTERS if f"x_{c}" not in symbols(inside))
    return WORDS[name](substitute(inside, {f"{n}_i": symbol(f"{n}_{letter}") for n in names}))


def index_of(inside: Node) -> str:
    """The index that a sum runs over, given what is summed."""
    return max((c for c in LETTERS if f"x_{c}" in symbols(inside)), default="j")
