"""Running a tree: every node once, in one backend's words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any

from nonlin.tree import NAMED_CONSTANTS, Node, order


def evaluate(root: Node, words: ModuleType, values: Mapping[str, Any], axis: int | None = None) -> Any:
    """The value of ``root`` where its symbols have ``values``, computed with the words of one backend.

    Parts without a symbol are Python floats, computed once in float64; ``axis`` goes to the words of vector functions.
    """
    done: dict[Node, Any] = {}
    for node in order(root):
        done[node] = _value(node, done, words, values, axis)
    return done[root]


def _value(node: Node, done: dict[Node, Any], words: ModuleType, values: Mapping[str, Any], axis: int | None) -> Any:
    if node.is_symbol:
        return values[str(node.value)]
    if (closed := number(node)) is not None or node.word is None:
        return closed
    options = {"axis": axis} if node.word.over_axis else {}
    return getattr(words, node.word.name)(*(done[a] for a in node.args), **options)


@lru_cache(maxsize=65536)
def number(node: Node) -> float | bool | None:
    """The float64 value of a tree without symbols, and None for one with symbols."""
    if node.word is None:
        return None if node.is_symbol else NAMED_CONSTANTS.get(str(node.value), node.value)  # type: ignore[arg-type]
    parts = [number(a) for a in node.args]
    if any(p is None for p in parts):
        return None
    import numpy

    from nonlin.ops import numpy as words  # constants only; the arrays' own backend does the rest

    with numpy.errstate(all="ignore"):
        value = getattr(words, node.word.name)(*(numpy.float64(p) for p in parts))
    return bool(value) if node.is_condition else float(value)
