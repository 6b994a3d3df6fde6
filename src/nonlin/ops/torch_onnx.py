"""The words of PyTorch that ONNX has not, or not with their digits, in words that it has.

The exporter knows no hypot, and writes log1p and expm1 as log(1 + u) and exp(u) - 1. The normal distribution function
is in terms of Erf, the one operator for it: its left tail ends where 1 + erf rounds to 0, near -5.5 in float32.
"""

from __future__ import annotations

from typing import Any

import torch

from nonlin.ops.torch import _tensors

Tensor = torch.Tensor


def clip(u: Tensor, low: Any, high: Any) -> Tensor:
    """The operator Clip. Its form as Min of Max is fused by the exporter, which mixes up two on one input."""
    if isinstance(low, float) and isinstance(high, float):
        return torch.clamp(u, low, high)
    return torch.minimum(*_tensors(torch.maximum(*_tensors(u, low)), high))


def hypot(a: Any, b: Any) -> Tensor:
    """The larger of the two times sqrt(1 + ratio^2), so that neither square overflows; of equal ones the ratio is 1."""
    a, b = (torch.abs(v) for v in _tensors(a, b))
    large, small = torch.maximum(a, b), torch.minimum(a, b)
    ratio = torch.where(small < large, small / large, 1.0)
    return large * torch.sqrt(1 + ratio * ratio)


def log1p(u: Tensor) -> Tensor:
    """log(s) times the error of rounding s = 1 + u, undone: u/(s - 1)."""
    s = 1 + u
    return torch.where(torch.abs(u) < 1, torch.where(s == 1, u, torch.log(s) * (u / (s - 1))), torch.log(s))


def expm1(u: Tensor) -> Tensor:
    """2 t/(1 - t) with t = tanh(u/2) near zero, where exp(u) - 1 cancels."""
    t = torch.tanh(u / 2)
    return torch.where(torch.abs(u) < 1, 2 * t / (1 - t), torch.exp(u) - 1)


def normcdf(u: Tensor) -> Tensor:
    return 0.5 * (1 + torch.erf(0.7071067811865476 * u))


def softplus(u: Tensor) -> Tensor:
    return torch.maximum(*_tensors(u, 0.0)) + log1p(torch.exp(-torch.abs(u)))


def log_sigmoid(u: Tensor) -> Tensor:
    """Not the logarithm of Sigmoid, as the exporter has it, which is -inf far left."""
    return -softplus(-u)
