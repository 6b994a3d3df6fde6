"""The map: who calls an activation by which name, and whether it is the same function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from nonlin.catalogue import Entry, entries, get
from nonlin.core import REQUIRED, Activation
from nonlin.errors import InputError
from nonlin.frameworks.names import CALLED, FRAMEWORKS, Call, arguments, calls_of, from_framework, known_framework

SPANS, POINTS = (10, 100, 1000), 5121
"""Functions are compared from 10 to -10 in steps of 1/256; those that are the same there, further out."""
ROUNDING = 2.0**-22
"""Functions nearer than this, relative to 1 or the larger value, are the same: float32 cannot tell them apart."""


@dataclass(frozen=True)
class Row:
    """One name of one activation in one framework.

    ``call`` is what to write so that it is the activation; empty where no arguments make it so. ``arguments`` are the
    name's own with the framework's defaults, "required" where there is none. ``same``: whether the name with these
    defaults (with those of ``call`` where they are required) is the activation. If not, ``means`` is what it is,
    ``difference`` the largest one and ``at`` the x where it is. ``misleading``: it is not the same, and its name says
    that it is. ``source``: how all this was found out.
    """

    activation: str
    framework: str
    name: str
    call: str
    arguments: dict[str, Any]
    same: bool
    misleading: bool
    means: str
    difference: float
    at: float | None
    source: str

    @property
    def mark(self) -> str:
        """The row's answer in a word; :attr:`EquivalentsTable.legend` says what it means."""
        return "same" if self.same else "!" if self.misleading else "args"

    @property
    def remark(self) -> str:
        """The default arguments, and what else the name is with them."""
        given = ", ".join(f"{k} required" if v == REQUIRED else f"{k}={v!r}" for k, v in self.arguments.items())
        said = (
            [f"by default {given}"] if given and REQUIRED not in self.arguments.values() else [given] if given else []
        )
        if not self.same:
            said.append(f"{'which is ' if said else ''}{self.means}: off by {self.difference:.3g} at x = {self.at:.4g}")
        return ", ".join(said)


@dataclass(frozen=True)
class EquivalentsTable:
    """The answer of :func:`equivalents_table`. ``str()`` is a table."""

    activations: tuple[str, ...]
    frameworks: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def legend(self) -> str:
        """What the marks mean, and which rows are read and not called."""
        marks = (
            "same: also with the framework's own defaults. args: with these arguments. !: the name suggests this "
            "function and is another, unless it is called as shown. off: the largest difference from -10 to 10, or "
            "further out where there is none."
        )
        read = {r.framework: f"{r.framework}: {r.source}." for r in self.rows if r.source != CALLED}
        return " ".join([marks, *read.values()])

    def to_dict(self) -> list[dict[str, Any]]:
        """The rows as plain dictionaries."""
        return [asdict(row) for row in self.rows]

    def absent(self, activation: str) -> list[str]:
        """The frameworks that have no name for an activation."""
        there = {row.framework for row in self.rows if row.activation == activation and row.call}
        return [framework for framework in self.frameworks if framework not in there]

    def __str__(self) -> str:
        return "\n".join(line for name in self.activations for line in self._of(name))

    def _of(self, activation: str) -> Iterator[str]:
        """The lines of one activation: a name with its mark, a remark below it."""
        yield activation
        for row in self.rows:
            if row.activation == activation:
                yield f"  {row.mark:4}  {row.call or row.name}"
                yield from ([f"          {row.remark}"] if row.remark else [])
        if absent := self.absent(activation):
            yield f"  none  {', '.join(absent)}"


def equivalents_table(name: str | Entry | None = None, *, framework: str | None = None) -> EquivalentsTable:
    """Who calls an activation by which name: a row for each name in each framework; of all entries without one.

    A name that is another function with the framework's own defaults is marked, with the largest difference and where
    it is. No framework is loaded.

    Raises UnknownActivation for an unknown name, InputError for an unknown framework or an activation that is not in
    the catalogue.

    >>> import nonlin as nl
    >>> print(nl.equivalents_table("gelu", framework="jax"))
    gelu
      !     jax.nn.gelu(x, approximate=False)
              by default approximate=True, which is gelu_tanh: off by 0.000473 at x = 2.699
    >>> [row.name for row in nl.equivalents_table(framework="keras").rows if row.misleading][:2]
    ['keras.ops.gelu', 'keras.activations.sparse_sigmoid']
    """
    if framework is not None:
        known_framework(framework)
    shown = tuple(f for f in FRAMEWORKS if framework in (None, f))
    chosen = [*entries().values()] if name is None else [_in_catalogue(get(name))]
    rows = (row for entry in chosen for f in shown for row in _rows(entry, f))
    return EquivalentsTable(tuple(entry.name for entry in chosen), shown, tuple(rows))


def _in_catalogue(entry: Entry) -> Entry:
    if entries().get(entry.name) != entry:
        raise InputError(f"{entry.name} is not in the catalogue, and only its entries have names; give one of them")
    return entries()[entry.name]


def _rows(entry: Entry, framework: str) -> Iterator[Row]:
    """A row for each name, with the first of its calls."""
    first: dict[str, Call] = {}
    for call in calls_of(entry):
        if call.framework == framework:
            first.setdefault(call.path, call)
    yield from (_row(entry, call) for call in first.values())


def _row(entry: Entry, call: Call) -> Row:
    own = arguments(call.framework, call.path)
    defaults = {k: entry.parameters[v].default for k, v in call.parameters.items() if not call.formula}
    values = {**defaults, **call.literals}
    theirs = from_framework(call.framework, call.path, **{k: values[k] for k, v in own.items() if v == REQUIRED})
    difference, at, same = _difference(entry, theirs)
    return Row(
        activation=entry.name,
        framework=call.framework,
        name=call.path,
        call="" if call.formula else call.text,
        arguments=own,
        same=same,
        misleading=not same and (bool(call.formula) or call.is_own_name),
        means=theirs.name,
        difference=difference,
        at=None if same else at,
        source=FRAMEWORKS[call.framework],
    )


def _difference(entry: Entry, theirs: Entry) -> tuple[float, float | None, bool]:
    """The largest difference and where it is, and whether the functions are the same but for rounding."""
    if not isinstance(entry, Activation):
        return 0.0, None, theirs is entry
    import numpy as np

    found = []
    for span in SPANS:
        x = span * np.linspace(1, -1, POINTS)
        a, b = entry(x), theirs(x)
        apart = np.abs(np.subtract(a, b, where=a != b, out=np.zeros_like(a)))  # both may be infinite
        apart = np.round(apart, 12)  # of two equal differences, rounding must not choose
        worst = int(np.argmax(apart))
        found.append((float(apart[worst]), float(x[worst]), not (apart > ROUNDING * np.maximum(1, np.abs(a))).any()))
    return next((f for f in found if not f[2]), found[0])
