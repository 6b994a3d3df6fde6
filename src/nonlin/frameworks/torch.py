"""Every entry as a PyTorch module: one class, whose parameters may be trained."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from typing import Any

import torch
from torch import nn

from nonlin.core import Described
from nonlin.errors import InputError, ParameterError
from nonlin.frameworks.arguments import channels, entry, learnable_names, said, told, whole
from nonlin.frameworks.names import calls
from nonlin.frameworks.torch_domain import inside, outside_in
from nonlin.ops.torch import as_input
from nonlin.vector import AlongAxis, VectorFunction

Tensor = torch.Tensor


class ActivationModule(nn.Module):
    """An activation, vector function or gated unit as a module; ``act.torch()`` makes it.

    ``learnable``: True for all parameters of the formula, or the names of some; each becomes an ``nn.Parameter`` of
    that name, of shape () or, with ``per_channel=C``, (C,) along dimension ``channel_dim`` of the input. It starts at
    the default (``act.with_parameters(alpha=0.5).torch(...)`` sets another) and its value stays in the domain: see
    :meth:`values`. ``axis`` is for entries that mix elements along one. A parameter that the record calls random (the
    slope of rrelu) is drawn for each element in training, with PyTorch's generator, unless it is learnable.
    ``native``: compute with PyTorch's own function for the entry (``act.equivalents["torch"]``), with its rounding and
    its backward; exporters then write the operator of that name, such as Gelu.

    The input is a dense tensor of real numbers of any shape; the answer has its dtype, whatever that of the parameters.
    Integers and bools promote to float64. Backward keeps the input and the learnable parameters, nothing else.

    Raises ParameterError for a parameter that is not there, InputError for what is not an activation, a channel count
    or dimension that does not fit the input, tensors that are not dense real numbers, and ``native`` where PyTorch has
    no function or the parameters are learnable or random.

    >>> import torch, nonlin as nl
    >>> module = nl.prelu.torch(learnable=True, per_channel=3)
    >>> module
    ActivationModule(prelu, weight=0.25, learnable=('weight',), per_channel=3, channel_dim=1)
    >>> module(-torch.ones(2, 3)).detach()
    tensor([[-0.2500, -0.2500, -0.2500],
            [-0.2500, -0.2500, -0.2500]])
    """

    def __init__(
        self,
        activation: Described,
        learnable: bool | str | Collection[str] = False,
        *,
        per_channel: int | None = None,
        channel_dim: int = 1,
        axis: int = -1,
        native: bool = False,
    ) -> None:
        super().__init__()
        self.activation = entry(activation, "module", "torch")
        self.learnable = learnable_names(activation, learnable, "module", "torch")
        if isinstance(activation, VectorFunction):
            activation.check_learnable(self.learnable)
        self.per_channel = channels(activation, self.learnable, per_channel)
        self.channel_dim = whole(activation, "channel_dim", channel_dim)
        self.axis = axis
        self.native = _own_function(activation, self.learnable, axis) if _flag(native, activation) else None
        for name in self.learnable:
            self._register(name)
        self.reset_parameters()

    def _register(self, name: str) -> None:
        start = torch.empty(() if self.per_channel is None else self.per_channel)
        try:
            self.register_parameter(name, nn.Parameter(start))
        except KeyError:
            raise ParameterError(
                f"{self.activation.name}: a learnable parameter cannot be called {name!r}, "
                "which is an attribute of the module; choose another name"
            ) from None

    def reset_parameters(self) -> None:
        """Start the learnable parameters again at their defaults."""
        for name in self.learnable:
            parameter = self.activation.parameters[name]
            nn.init.constant_(getattr(self, name), outside_in(parameter.default, parameter))

    def values(self) -> dict[str, Tensor]:
        """What the learnable parameters stand for: values in their domains, differentiable by the parameters.

        The ``nn.Parameter`` itself is the value wherever that lies well inside. Training may push it beyond a bound:
        there its value is mirrored; a bound that is itself forbidden, such as beta > 0, is approached and not reached.

        >>> import torch, nonlin as nl
        >>> module = nl.elu.torch(learnable=True)
        >>> _ = torch.nn.init.constant_(module.alpha, -0.5)
        >>> module.values()["alpha"].item()
        0.5
        """
        return {name: self._value(name) for name in self.learnable}

    def _value(self, name: str) -> Any:
        """A tensor for a learnable parameter, the default for another."""
        parameter = self.activation.parameters[name]
        if name not in self.learnable:
            return parameter.default
        raw = getattr(self, name)
        low = self._value(parameter.low) if isinstance(parameter.low, str) else parameter.low
        return inside(raw.float() if raw.dtype.itemsize == 2 else raw, parameter, low)

    def forward(self, x: Tensor) -> Tensor:
        if not isinstance(x, Tensor):
            raise InputError(
                f"{self.activation.name}: the module takes a tensor, got {type(x).__name__}; "
                "call the activation itself for other kinds, or make it a tensor"
            )
        if self.native:
            path, settings = self.native
            x = as_input(x, "x")
            if isinstance(self.activation, AlongAxis):
                self.activation.length_along(x, self.axis)
            return reduce(getattr, path, torch)(x, **settings)  # type: ignore[operator, no-any-return]
        given: dict[str, Any] = {k: self._along_channels(v, x) for k, v in self.values().items()} | self._drawn(x)
        if isinstance(self.activation, AlongAxis):
            given["axis"] = self.axis
        return self.activation(x, **given)  # type: ignore[no-any-return]

    def _along_channels(self, value: Tensor, x: Tensor) -> Tensor:
        """The values of a parameter in a shape that broadcasts with ``x``."""
        count, place = self.per_channel, self.channel_dim
        if count is None:
            return value
        who, shape = f"{self.activation.name}: per_channel={count} along dimension {place}", tuple(x.shape)
        if not -x.ndim <= place < x.ndim:
            raise InputError(f"{who} does not fit an input of shape {shape}, which has too few dimensions")
        if shape[place] != count:
            raise InputError(f"{who} does not fit an input of shape {shape}; give per_channel={shape[place]}")
        return value.reshape([count if k == place % x.ndim else 1 for k in range(x.ndim)])

    def _drawn(self, x: Tensor) -> dict[str, Tensor]:
        """In training the random parameters: one draw for each element."""
        fixed = {k: p.drawn for k, p in self.activation.parameters.items() if k not in self.learnable}
        return {k: _draw(x, *d) for k, d in fixed.items() if d and self.training}

    def extra_repr(self) -> str:
        axis = self.axis if isinstance(self.activation, AlongAxis) else None
        place = None if self.per_channel is None else self.channel_dim
        native = True if self.native else None
        settings = {"per_channel": self.per_channel, "channel_dim": place, "axis": axis, "native": native}
        return told(self.activation, self.learnable, **settings)


def _draw(x: Tensor, kind: str, first: float, second: float) -> Tensor:
    """One float32 number for each element, uniform between two numbers, or of this mean and standard deviation."""
    if kind == "normal":
        return torch.randn(x.shape, dtype=torch.float32, device=x.device) * second + first
    return torch.rand(x.shape, dtype=torch.float32, device=x.device) * (second - first) + first


def parameter_groups(model: nn.Module, weight_decay: float = 0.01) -> list[dict[str, Any]]:
    """Two groups for an optimiser: all other parameters with ``weight_decay``, those of activations with none.

    A decayed slope or sharpness drifts to 0, which is another activation and not a smaller one. The parameters of
    ``torch.nn.PReLU`` count as those of activations. Only parameters that need a gradient are given.

    >>> import torch, nonlin as nl
    >>> from nonlin.frameworks.torch import parameter_groups
    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 2), nl.swish.torch(learnable=True))
    >>> optimiser = torch.optim.AdamW(parameter_groups(model, weight_decay=0.1))
    >>> [(len(g["params"]), g["weight_decay"]) for g in optimiser.param_groups]
    [(2, 0.1), (1, 0.0)]
    """
    if not isinstance(model, nn.Module):
        raise InputError(f"parameter_groups takes a torch.nn.Module, got {said(model)}")
    owners = [m for m in model.modules() if isinstance(m, ActivationModule | nn.PReLU)]
    without = {id(p) for m in owners for p in m.parameters(recurse=False)}
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if id(p) not in without], "weight_decay": weight_decay},
        {"params": [p for p in trained if id(p) in without], "weight_decay": 0.0},
    ]


# ---- what the constructor is given ----------------------------------------------------------------------------------


def _flag(native: Any, activation: Described) -> bool:
    if not isinstance(native, bool):
        raise InputError(f"{activation.name}: native must be True or False, got {native!r}")
    return native


def _own_function(activation: Described, learnable: tuple[str, ...], axis: int) -> tuple[list[str], dict[str, Any]]:
    """The path below ``torch`` of PyTorch's function for an activation, and its arguments.

    What is called is a text of the catalogue, never of the record, which may come from a file.
    """
    who, texts = activation.name, [*activation.record.equivalents.values(), *activation.record.calls]
    own = [c for c in calls() if c.framework == "torch" and c.text in texts and c.is_of(activation)]
    if not own:
        raise InputError(f"{who}: PyTorch has no function of its own for it; leave out native=True")
    if learnable or any(p.drawn for p in activation.parameters.values()):
        kind = "learnable" if learnable else "random"
        raise InputError(f"{who}: native=True is for fixed parameters, and here are {kind} ones; leave it out")
    values = {k: activation.parameters[name].default for k, name in own[0].parameters.items()}
    places = dict.fromkeys(own[0].elsewhere, axis)
    return own[0].path.split(".")[1:], {**own[0].literals, **values, **places}
