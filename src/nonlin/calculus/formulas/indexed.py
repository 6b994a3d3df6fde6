"""Vector functions as people write them: element i of the answer, sums over j."""

from __future__ import annotations

from nonlin.tree import WORDS, Node, order, substitute, symbol, symbols

LETTERS = "jklmn"
"""The indices of sums, from the innermost outwards."""


def indexed(root: Node) -> Node:
    """The tree with x as x_i, in sums and maxima along the axis as x_j, x_k ...

    >>> import nonlin as nl
    >>> indexed(nl.softmax.written)
    exp(x_i)/row_sum(exp(x_j))
    """
    made: dict[Node, Node] = {}
    for node in order(root):
        made[node] = _indexed(node, [made[a] for a in node.args])
    return made[root]


def _indexed(node: Node, parts: list[Node]) -> Node:
    if node.word is None:
        return symbol("x_i") if node is symbol("x") else node
    if node.name == "log_softmax":
        return parts[0] - WORDS["log"](_along("row_sum", WORDS["exp"](parts[0])))
    return _along(node.name, parts[0]) if node.word.over_axis else node.word(*parts)


def _along(name: str, inside: Node) -> Node:
    letter = next(c for c in LETTERS if f"x_{c}" not in symbols(inside))
    return WORDS[name](substitute(inside, {"x_i": symbol(f"x_{letter}")}))


def index_of(inside: Node) -> str:
    """The index that a sum runs over, given what is summed."""
    return max((c for c in LETTERS if f"x_{c}" in symbols(inside)), default="j")
