"""How a trained tensor is kept in the domain of its parameter."""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

import torch

from nonlin.core import Parameter

Tensor = torch.Tensor
MARGIN = 0.125
"""Nearer than this to a bound that is itself forbidden, values are pressed together (a quarter of a narrow domain)."""


def inside(raw: Tensor, parameter: Parameter, low: Any) -> Tensor:
    """The value that an unconstrained ``raw`` stands for: ``raw`` itself, except near the ends of the domain.

    Beyond a bound that belongs to the domain it is mirrored; towards one that does not it follows a hyperbola that
    comes ever nearer. So nothing changes for numbers well inside, gradients never die, and what is stored does not
    depend on where training began. ``low`` is the lower bound, a float or a tensor.
    """
    top, bottom = min(parameter.high, parameter.below), low if isinstance(low, Tensor) else _bottom(parameter)
    for bound, side in ((low, 1.0), (parameter.high, -1.0)):
        if isinstance(bound, Tensor) or isfinite(bound):
            raw = _mirrored(raw, bound, side, top - bottom)
    for bound, side in ((parameter.above, 1.0), (parameter.below, -1.0)):
        if isfinite(bound):
            raw = _approaching(raw, bound, side, _margin(parameter))
    return raw


def outside_in(value: float, parameter: Parameter) -> float:
    """The ``raw`` that stands for a value of the domain."""
    margin = _margin(parameter)
    for bound, side in ((parameter.above, 1.0), (parameter.below, -1.0)):
        distance = side * (value - bound)
        if distance < margin:
            return bound + side * (2 * margin - margin * margin / distance)
    return value


def _bottom(parameter: Parameter) -> float:
    low = -inf if isinstance(parameter.low, str) else parameter.low
    return max(low, parameter.above)


def _margin(parameter: Parameter) -> float:
    return min(MARGIN, (min(parameter.high, parameter.below) - _bottom(parameter)) / 4)


def _mirrored(raw: Tensor, bound: Any, side: float, width: Any) -> Tensor:
    """Back from a bound as far as ``raw`` is beyond it; in a domain of finite width ever less, never through it."""
    distance = side * (raw - bound)
    beyond = -distance.clamp(max=0.0)  # clamped: what torch.where drops must have a finite gradient too
    return torch.where(distance >= 0, raw, bound + side * (beyond / (1 + beyond / width)))


def _approaching(raw: Tensor, bound: float, side: float, margin: float) -> Tensor:
    distance = side * (raw - bound)
    beyond = margin - distance.clamp(max=margin)
    return torch.where(distance >= margin, raw, bound + side * (margin / (1 + beyond / margin)))
