"""From a situation to advice: the rules that hold in it, the most special first."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from nonlin.advice.rules import RULES, SITUATIONS, Rule, Situation
from nonlin.core import Source
from nonlin.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Reason:
    """One piece of advice: what, why, and who says so."""

    what: str
    """The name of an entry, or what not to do."""
    why: str
    source: Source | None
    """None where the reason is the definition itself, which can be checked on paper."""

    def __str__(self) -> str:
        said = str(self.source) if self.source else "from the definition"
        return f"{self.what}: {self.why} [{said}]"


@dataclass(frozen=True)
class Advice:
    """The answer of :func:`recommend`. ``str()`` is a text."""

    situation: dict[str, Any]
    first: Reason
    alternatives: tuple[Reason, ...]
    avoid: tuple[Reason, ...]
    remarks: tuple[Reason, ...]
    """What else matters here: when the choice hardly does, and what goes with it."""

    def to_dict(self) -> dict[str, Any]:
        """In plain types."""
        rows = {"alternatives": self.alternatives, "avoid": self.avoid, "remarks": self.remarks}
        lists = {key: [_plain(reason) for reason in reasons] for key, reasons in rows.items()}
        return {"situation": self.situation, "first": _plain(self.first), **lists}

    def __str__(self) -> str:
        parts = {"first choice": (self.first,), "alternatives": self.alternatives, "do not": self.avoid,
                 "besides": self.remarks}  # fmt: skip
        told = [f"{head}:\n{_listed(reasons)}" for head, reasons in parts.items() if reasons]
        return "\n".join(told)


def _plain(reason: Reason) -> dict[str, str]:
    return {"what": reason.what, "why": reason.why, "source": str(reason.source or "from the definition")}


def _listed(reasons: tuple[Reason, ...]) -> str:
    return "\n".join(textwrap.fill(str(r), 98, initial_indent="  ", subsequent_indent="    ") for r in reasons)


def recommend(
    task: str = "hidden",
    *,
    network: str | None = None,
    depth: int | None = None,
    normalisation: str | None = None,
    deploy: str | None = None,
    target: str | None = None,
) -> Advice:
    """What to use in the hidden layers of a network, or for its output, with reasons and their sources.

    ``task="hidden"``: ``network`` is ``"mlp"``, ``"cnn"``, ``"transformer"`` or ``"rnn"``; ``depth`` the number of
    layers; ``normalisation`` is ``"batch"``, ``"layer"`` or ``"none"``; ``deploy`` is ``"int8"`` or ``"edge"``.
    ``task="output"``: ``target`` is ``"binary"``, ``"multilabel"``, ``"classes"``, ``"regression"``, ``"positive"``,
    ``"counts"`` or ``"interval"``. What is not given is left open. This is what the literature says; to find out what
    serves your own task, :func:`nonlin.compare`.

    >>> import nonlin as nl
    >>> nl.recommend(network="transformer").first.what
    'gelu'
    >>> nl.recommend("output", target="binary").first.what
    'sigmoid'

    Raises InputError for an unknown value, and for one that says nothing about the task.
    """
    given = {"task": task, "network": network, "depth": depth, "normalisation": normalisation, "deploy": deploy}
    situation = Situation(**_checked({**given, "target": target}))
    rules = sorted((r for r in RULES if r.holds(situation)), key=lambda rule: -rule.special)
    firsts = [r for r in rules if r.kind == "first"]
    warned = {r.what.split()[0] for r in rules if r.kind == "avoid" and r.special > 1}
    others = [r for r in rules if r.kind in ("first", "alternative") and r.what != firsts[0].what]
    others = [r for r in others if r.special or r.what not in warned]
    return Advice(
        {k: v for k, v in vars(situation).items() if v is not None},
        _reason(firsts[0]),
        _each_once(others),
        _each_once([r for r in rules if r.kind == "avoid"]),
        _each_once([r for r in rules if r.kind == "remark"]),
    )


def _reason(rule: Rule) -> Reason:
    return Reason(rule.what, rule.why, rule.source)


def _each_once(rules: list[Rule]) -> tuple[Reason, ...]:
    """Each thing once, with the reason of its most special rule."""
    kept: dict[str, Rule] = {}
    for rule in rules:
        kept.setdefault(rule.what, rule)
    return tuple(map(_reason, kept.values()))


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """The situation, each part one of its known values and with a meaning for the task."""
    for name, value in given.items():
        if name == "task" or (value is not None and name != "depth"):
            _known(name, value)
    task, depth = given["task"], given["depth"]
    if depth is not None and (type(depth) is not int or depth < 1):
        raise InputError(f"depth must be a whole number of layers from 1 on, got {depth!r}")
    foreign = {"hidden": ("target",), "output": ("network", "depth", "normalisation", "deploy")}[task]
    if wrong := [name for name in foreign if given[name] is not None]:
        raise InputError(f"{wrong[0]} says nothing about task={task!r}; leave it out or choose the other task")
    if task == "output" and given["target"] is None:
        raise InputError(f"task='output' needs a target: {', '.join(SITUATIONS['target'])}")
    return given


def _known(name: str, value: Any) -> None:
    if value not in SITUATIONS[name]:
        hint = did_you_mean(value, SITUATIONS[name]) if isinstance(value, str) else ";"
        raise InputError(f"no {name} {value!r}{hint} there are {', '.join(SITUATIONS[name])}")
