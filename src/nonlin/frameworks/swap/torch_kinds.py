"""What the modules and functions of PyTorch compute, found by identity: classes and functions, not spellings."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import torch
from torch import nn

from nonlin.core import Activation
from nonlin.frameworks.swap.rules import Kind, kind, known_functions
from nonlin.frameworks.torch import ActivationModule


@cache
def _paths() -> dict[Any, str]:
    """The functions and classes of PyTorch that are activations, with their paths; those that work in place too."""
    known = known_functions("torch")
    homes = (torch, nn.functional)
    in_place = {getattr(home, f"{path.rpartition('.')[2]}_", None): path for path in known.values() for home in homes}
    return known | {function: path for function, path in in_place.items() if function is not None}


def module_kind(module: object) -> Kind | str | None:
    """What a module computes: see :func:`nonlin.frameworks.swap.rules.kind`.

    A subclass that keeps the forward of PyTorch's counts as that class.
    """
    if not isinstance(module, nn.Module):
        return None
    if isinstance(module, ActivationModule):
        act = module.activation
        return Kind(act, not module.learnable) if isinstance(act, Activation) else None
    forward = type(module).forward
    of = next((c for c in type(module).__mro__ if c in _paths() and getattr(c, "forward", None) is forward), None)
    if of is None:
        return None
    found = kind("torch", _paths()[of], {k: v for k, v in vars(module).items() if isinstance(v, int | float | str)})
    return Kind(found.activation, known=False) if module._parameters and isinstance(found, Kind) else found


def function_kind(function: Any, arguments: tuple[Any, ...] = (), keywords: Mapping[str, Any] = {}) -> Any:
    """What a function computes with arguments after the first, as :func:`module_kind`."""
    if isinstance(function, partial):
        return function_kind(function.func, (*function.args, *arguments), {**function.keywords, **keywords})
    if isinstance(function, Activation):
        return Kind(function, known=not keywords)
    path = _paths().get(function) if inspect.isroutine(function) else None
    return kind("torch", path, {**_by_name(function, arguments), **keywords}) if path else None


def _by_name(function: Any, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """Positional arguments with their names; of compiled functions, which have no signature, from the schema."""
    if not arguments:
        return {}
    try:
        order = list(inspect.signature(function).parameters)[1:]
    except ValueError:
        order = [a.name for a in torch._C._jit_get_schemas_for_operator(f"aten::{function.__name__}")[0].arguments][1:]
    return dict(zip(order, arguments, strict=False))


def method(name: str) -> Any:
    """The function of PyTorch that a method of tensors is, such as ``relu_``; None if it is no activation."""
    found = getattr(torch, name, None) if hasattr(torch.Tensor, name) else None
    return found if inspect.isroutine(found) and found in _paths() else None


def spelling(function: Any) -> str:
    """The name of a function, of a partial one that of the function inside."""
    return spelling(function.func) if isinstance(function, partial) else str(getattr(function, "__name__", function))
