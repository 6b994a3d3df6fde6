"""What modules and layers are made of, checked alike for every framework; no framework is loaded here."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nonlin.core import Described
from nonlin.errors import InputError, ParameterError


def entry(activation: Any, kind: str, door: str) -> Any:
    """The activation, of which ``act.<door>()`` makes a ``kind`` (module, layer); refuses all else."""
    if isinstance(activation, Described):
        return activation
    raise InputError(
        f"a {kind} is made of an activation of nonlin, got {said(activation)}; write nonlin.gelu.{door}(), "
        f"or nonlin.get(name).{door}()"
    )


def said(value: Any) -> str:
    """What kind of thing a value is, for a sentence."""
    return f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"


def learnable_names(activation: Described, learnable: Any, kind: str, door: str) -> tuple[str, ...]:
    """The names of the learnable parameters, in the order of the formula's."""
    if hasattr(learnable, "shape"):
        raise InputError(
            f"{activation.name}.{door}(...) makes a {kind} and takes no tensor; call the {kind}: "
            f"nonlin.{activation.name}.{door}()(x)"
        )
    names = _listed(activation, learnable)
    if unknown := [n for n in names if n not in activation.parameters]:
        activation.checked({unknown[0]: 0.0})  # raises
    for name, parameter in activation.parameters.items():
        if parameter.low in names and name not in names:
            raise ParameterError(f"{activation.name}: {name} must be at least {parameter.low}; learn both, or neither")
    return tuple(n for n in activation.parameters if n in names)


def _listed(activation: Described, learnable: Any) -> list[str]:
    if learnable is True and not activation.parameters:
        raise ParameterError(f"{activation.name} has no parameters that could be learned; leave out learnable=True")
    if isinstance(learnable, bool):
        return list(activation.parameters) if learnable else []
    if isinstance(learnable, str):
        return [learnable]
    if isinstance(learnable, Collection) and all(isinstance(n, str) for n in learnable):
        return list(learnable)
    raise InputError(f"{activation.name}: learnable must be True, False or names of parameters, got {learnable!r}")


def channels(activation: Described, learnable: tuple[str, ...], count: Any, *, counted: bool = False) -> int | None:
    """The number of channels, or None; True too where the input's may be ``counted``."""
    if count is None or (counted and count is False):
        return None
    if not (counted and count is True) and (type(count) is not int or count < 1):
        or_true = ", or True" if counted else ""
        raise InputError(
            f"{activation.name}: per_channel must be a number of channels, such as 64{or_true}, got {count!r}"
        )
    if not learnable:
        raise InputError(f"{activation.name}: per_channel={count} is for learnable parameters; add learnable=True")
    return count


def whole(activation: Described, name: str, place: Any) -> int:
    """The number of a dimension."""
    if type(place) is not int:
        raise InputError(f"{activation.name}: {name} must be one whole number, got {place!r}")
    return place


def told(activation: Described, learnable: tuple[str, ...], **settings: Any) -> str:
    """What a module or layer says of itself; settings that are None are left out."""
    values = [f"{k}={p.default:.6g}" for k, p in activation.parameters.items()]
    chosen = {"learnable": learnable or None, **settings}
    return ", ".join([activation.name, *values, *(f"{k}={v}" for k, v in chosen.items() if v is not None)])
