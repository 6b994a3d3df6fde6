"""What a study compares and under which conditions: everything that is known before the first network is trained."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from nonlin.core import Activation
from nonlin.study.presets import PRESETS, VANISHING
from nonlin.study.settings import Settings
from nonlin.units import GatedUnit

OPTIONS = {"learning_rate": "lr", "initialisation": "init"}
"""The command line's names of settings, where they are not those of Python."""
OWN, OWN_TRAINING = "own", "own training"
"""What the settings call a model or data passed as an object, and the model where ``train`` makes it."""


@dataclass(frozen=True)
class Arm:
    """One activation of a study: its ``name`` there, its ``formula``, and the ``argument`` that means it again."""

    name: str
    formula: str
    argument: str


@dataclass(frozen=True)
class About:
    """A study without its runs.

    ``fingerprint`` is that of the data; ``notes`` what the reader should know of data, activations and weights.
    ``baseline``: the activation that the others are told against, if one was named. ``source``: the path of the user's
    data file as it was given, where it is known; the settings hold its name alone.
    """

    settings: Settings
    arms: tuple[Arm, ...]
    fingerprint: str = ""
    notes: tuple[str, ...] = ()
    baseline: str | None = None
    source: str | None = None

    @property
    def names(self) -> list[str]:
        """The activations in the order given."""
        return [arm.name for arm in self.arms]

    def as_record(self) -> dict[str, Any]:
        """In the types of JSON."""
        return asdict(self) | {"settings": self.settings.as_record(), "arms": [asdict(arm) for arm in self.arms]}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> About:
        """Of :meth:`as_record`."""
        settings = Settings.from_record(record["settings"])
        arms = tuple(Arm(**arm) for arm in record["arms"])
        source = record.get("source")
        return cls(settings, arms, record["fingerprint"], tuple(record["notes"]), record["baseline"], source)

    def command(self, *, signals: bool = False) -> str | None:
        """The command that does the study again, with its signals or without; None where it takes an object of Python.

        ``PATH/TO/`` before the name of a data file stands for a folder that is not known.
        """
        if {OWN, OWN_TRAINING} & {self.settings.model, self.settings.data}:
            return None
        words = [arm.argument for arm in self.arms]
        words += ["--preset", VANISHING] if signals else []
        for name, value in self._changed(PRESETS[VANISHING].settings if signals else {}):
            words += [f"--{OPTIONS.get(name, name).replace('_', '-')}", *_words(value)]
        words += ["--baseline", self.baseline] if self.baseline else []
        dashed = any(word.startswith("-") for word in words[: len(self.arms)])
        return f"nonlin compare {'-- ' * dashed}{shlex.join(words)}"

    def call(self, *, signals: bool = False) -> str:
        """The Python that does the study again; a model, training or data of the user's own is left to be filled in."""
        given = [_argument(name, value) for name, value in self._changed({})]
        given += [f"baseline={self.baseline!r}"] * (self.baseline is not None) + ["signals=True"] * signals
        return f"nonlin.compare({', '.join([repr([arm.argument for arm in self.arms]), *given])})"

    def _changed(self, preset: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """The settings that are neither the preset's nor else the default; the data and the model always."""
        usual: dict[str, Any] = {f.name: f.default for f in fields(Settings)} | dict(preset)
        values = {name: getattr(self.settings, name) for name in usual} | {"data": self._data()}
        return [(name, value) for name, value in values.items() if name in ("data", "model") or value != usual[name]]

    def _data(self) -> str:
        """The data as an argument; only the name of a file has a dot."""
        name = self.settings.data
        return self.source or (f"PATH/TO/{name}" if "." in name else name)


def _words(value: Any) -> list[str]:
    return [",".join(map(_shown, value))] if isinstance(value, tuple) else [_shown(value)]


def _shown(value: Any) -> str:
    """A value as on the command line; a number in as many digits as give it again."""
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)


def _argument(name: str, value: Any) -> str:
    if value == OWN_TRAINING:
        return "train=your_train"
    return f"{name}=your_{name}" if value == OWN else f"{name}={value!r}"


def arms(activations: Iterable[Activation | GatedUnit]) -> tuple[Arm, ...]:
    """The activations as a study describes them."""
    return tuple(Arm(one.name, one.text, _meaning(one)) for one in activations)


def _meaning(one: Activation | GatedUnit) -> str:
    """A name where the catalogue has it, else the formula with its numbers."""
    from nonlin.catalogue import entries

    known = entries().get(one.name)
    return one.name if known == one or not isinstance(one, Activation) else str(one.closed_formula)
