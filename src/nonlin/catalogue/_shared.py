"""What the records of many entries have in common."""

from __future__ import annotations

from typing import Any

from nonlin.core import Parameter

THREE_DECADES = "Three Decades of Activations: A Comprehensive Survey of 400 Activation Functions for Neural Networks"
"""The survey that is cited where an entry's own source is not known to us: Kunc & Klema 2024, arXiv:2402.09092."""


def learned(default: float, **domain: Any) -> Parameter:
    """A parameter that is meant to be trained."""
    return Parameter(default, learnable=True, **domain)
