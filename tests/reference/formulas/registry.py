"""What a reference formula is, and where all of them are entered."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reference.words import Series

Points = tuple[float, ...]


@dataclass(frozen=True)
class Reference:
    """One function: its body, its kinks and the size of its exponents.

    ``gate``: it is x times a gate, so that the gate is a term of the derivative, the largest where that has its zero.
    ``beyond`` has the sign of what is left of the value when exp(-|x|) is too small for any precision: far out
    x - tanh(x) is x - 1, a tie of the smaller dtypes, and a hair more.
    """

    name: str
    body: Callable[..., Any]
    kinks: Callable[..., Points]
    exponents: Callable[..., Points]
    gate: bool = False
    beyond: Callable[[float], float] | None = None

    @property
    def inputs(self) -> list[str]:
        return [k for k, p in inspect.signature(self.body).parameters.items() if p.default is p.empty]

    @property
    def defaults(self) -> dict[str, float]:
        parameters = inspect.signature(self.body).parameters.items()
        return {k: p.default for k, p in parameters if p.default is not p.empty}


ELEMENTWISE: dict[str, Reference] = {}
GATED: dict[str, Reference] = {}
VECTOR: dict[str, Callable[[list[Series]], list[Series]]] = {}


def none(*_: float, **__: float) -> Points:
    return ()


def elementwise(
    kinks: Callable[..., Points] = none,
    exponents: Callable[..., Points] = none,
    gate: bool = False,
    beyond: Callable[[float], float] | None = None,
) -> Callable[[Any], Any]:
    def enter(body: Callable[..., Any]) -> Callable[..., Any]:
        name = body.__name__.strip("_")  # _tanh is the entry, tanh the function it is made of
        ELEMENTWISE[name] = Reference(name, body, kinks, exponents, gate, beyond)
        return body

    return enter


def gated(body: Callable[..., Any]) -> Callable[..., Any]:
    GATED[body.__name__] = Reference(body.__name__, body, none, none)
    return body


def vector(body: Callable[..., Any]) -> Callable[..., Any]:
    VECTOR[body.__name__] = body
    return body


def at_zero(**_: float) -> Points:
    return (0.0,)


def x_itself(x: float, **_: float) -> Points:
    return (x,)


def negative_x(x: float, **_: float) -> Points:
    return (min(x, 0.0),)
