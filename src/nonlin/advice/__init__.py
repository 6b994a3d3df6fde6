"""Which activation to take, and why: rules that each name their source. What serves a task is found by comparing."""

from __future__ import annotations

from nonlin.advice.advice import Advice, Reason, recommend

__all__ = ["Advice", "Reason", "recommend"]
