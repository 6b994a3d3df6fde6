"""What a reference formula is, and where all of them are entered."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from reference.words import Series

Points = tuple[float, ...]


@dataclass(frozen=True)
class Reference:
    """One function: its body, its kinks and the size of its exponents.

    ``gate``: it is x times a gate, so that the gate is a term of the derivative, the largest where that has its zero.
    ``beyond`` has the sign of what is left of the value when exp(-|x|) is too small for any precision: far out
    x - tanh(x) is x - 1, a tie of the smaller dtypes, and a hair more. ``domain``: outside it there is no value.
    """

    name: str
    body: Callable[..., Any]
    kinks: Callable[..., Points]
    exponents: Callable[..., Points]
    gate: bool = False
    beyond: Callable[[float], float] | None = None
    domain: Points = (-inf, inf)

    @property
    def inputs(self) -> list[str]:
        return [k for k, p in inspect.signature(self.body).parameters.items() if p.default is p.empty]

    @property
    def defaults(self) -> dict[str, float]:
        parameters = inspect.signature(self.body).parameters.items()
        return {k: p.default for k, p in parameters if p.default is not p.empty}


@dataclass(frozen=True)
class VectorReference:
    """A function of the elements of a row, as series, and of parameters by keyword."""

    body: Callable[..., list[Series]]
    settings: tuple[dict[str, float], ...]
    steep: Callable[..., float] | None = None

    def steepness(self, values: Mapping[str, float]) -> float:
        """By what x is multiplied in the exponentials."""
        return self.steep(**self.defaults | dict(values)) if self.steep else 1.0

    @property
    def defaults(self) -> dict[str, float]:
        parameters = inspect.signature(self.body).parameters.items()
        return {k: p.default for k, p in parameters if p.default is not p.empty}


ELEMENTWISE: dict[str, Reference] = {}
GATED: dict[str, Reference] = {}
VECTOR: dict[str, VectorReference] = {}


def none(*_: float, **__: float) -> Points:
    return ()


def elementwise(
    kinks: Callable[..., Points] = none,
    exponents: Callable[..., Points] = none,
    gate: bool = False,
    beyond: Callable[[float], float] | None = None,
    domain: Points = (-inf, inf),
) -> Callable[[Any], Any]:
    def enter(body: Callable[..., Any]) -> Callable[..., Any]:
        name = body.__name__.strip("_")  # _tanh is the entry, tanh the function it is made of
        ELEMENTWISE[name] = Reference(name, body, kinks, exponents, gate, beyond, domain)
        return body

    return enter


def gated(body: Callable[..., Any]) -> Callable[..., Any]:
    GATED[body.__name__] = Reference(body.__name__, body, none, none)
    return body


def vector(
    body: Any = None,
    *,
    settings: tuple[dict[str, float], ...] = (),
    steep: Callable[..., float] | None = None,
) -> Any:
    """``settings`` are parameter values that are tested beside the defaults."""
    if body is None:
        return lambda later: vector(later, settings=settings, steep=steep)
    VECTOR[body.__name__] = VectorReference(body, settings, steep)
    return body


def at_zero(**_: float) -> Points:
    return (0.0,)


def x_itself(x: float, **_: float) -> Points:
    return (x,)


def negative_x(x: float, **_: float) -> Points:
    return (min(x, 0.0),)
