"""What a framework backend is to compute: an expression, the tensors it is given, and its numbers put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

from nonlin.expression import Expression
from nonlin.ops.evaluate import evaluate
from nonlin.tree import Node, constant, substitute

Numbers: TypeAlias = tuple[tuple[str, float], ...]


@dataclass(frozen=True)  # not a named tuple: torch.func would look for tensors inside
class Plan:
    """``expression`` with some symbols given as tensors (their ``names``, in order) and the others as ``numbers``."""

    expression: Expression
    names: tuple[str, ...]
    numbers: Numbers

    def partial(self, name: str) -> Plan:
        """The plan of the derivative by one of the tensors."""
        return _partial(self, name)

    def times_incoming(self) -> Plan:
        """The plan of the product with one more tensor, the last."""
        return _times_incoming(self)

    def evaluate(self, words: Any, tensors: Sequence[Any]) -> Any:
        """The value, computed with the words of one backend: a tensor, or a float where nothing depends on one."""
        arrays = tuple(name for name in self.names if name not in self.expression.inputs)
        root = _guarded(self.expression, arrays, self.numbers)
        return evaluate(root, words, dict(zip(self.names, tensors, strict=True)))


@lru_cache(maxsize=4096)
def _partial(plan: Plan, name: str) -> Plan:
    return replace(plan, expression=plan.expression.partial(name))


@lru_cache(maxsize=4096)
def _times_incoming(plan: Plan) -> Plan:
    product = plan.expression.times_incoming((*plan.names, *dict(plan.numbers)))
    return replace(plan, expression=product, names=(*plan.names, product.inputs[-1]))


@lru_cache(maxsize=4096)
def _guarded(expression: Expression, arrays: tuple[str, ...], numbers: Numbers) -> Node:
    return closed(expression.guarded(**dict(numbers), **dict.fromkeys(arrays)), numbers)


@lru_cache(maxsize=4096)
def closed(root: Node, numbers: Numbers) -> Node:
    """``root`` with numbers put in, so that what depends on them alone is computed once, in float64."""
    return substitute(root, {name: constant(value) for name, value in numbers})
