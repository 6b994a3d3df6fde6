"""Every activation, one module per family; looked up by name, alias or formula."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from nonlin.core import Activation, Described
from nonlin.errors import InputError, UnknownActivation, did_you_mean

Entry = Any  # Activation, VectorFunction or GatedUnit


@cache
def entries() -> dict[str, Entry]:
    """Every entry by name, in alphabetical order."""
    modules = [import_module(f"nonlin.catalogue.{p.stem}") for p in sorted(Path(__file__).parent.glob("[!_]*.py"))]
    found = {v.name: v for m in modules for k, v in vars(m).items() if isinstance(v, Described) and v.name == k}
    return dict(sorted(found.items()))


@cache
def _index() -> dict[str, str]:
    """Every name and alias in plain form, with the entry it means."""
    index: dict[str, str] = {}
    for name, entry in entries().items():
        for spelling in (name, *entry.aliases):
            owner = index.setdefault(plain(spelling), name)
            if owner != name:
                raise ValueError(f"{spelling!r} is claimed by {owner} and {name}")
    return index


def plain(name: str) -> str:
    """A name without case, spaces, dashes and underscores."""
    return re.sub(r"[\s\-_]+", "", name).casefold()


def names() -> list[str]:
    """The names of all entries.

    >>> import nonlin as nl
    >>> "gelu" in nl.names()
    True
    """
    return list(entries())


def families() -> list[str]:
    """The families of the catalogue."""
    return sorted({e.family for e in entries().values()})


def find(family: str | None = None) -> list[Entry]:
    """The entries of a family (all without one). Raises InputError for an unknown family."""
    if family is not None and family not in families():
        raise InputError(f"no family {family!r}{did_you_mean(family, families())} families: {', '.join(families())}")
    return [e for e in entries().values() if family in (None, e.family)]


_FORMULA = re.compile(r"[()+*/^|<>=.,?]|(?<![A-Za-z_])x(?![A-Za-z_0-9])")


def get(name: str | Entry, **parameters: float) -> Entry:
    """The entry of a name or alias (case, spaces, dashes and underscores do not matter), or of a formula text.

    ``parameters`` are other defaults for the entry, or the values of the formula's letters.

    >>> import nonlin as nl
    >>> nl.get("Leaky ReLU").name
    'leaky_relu'
    >>> nl.get("x*sigmoid(b*x)", b=2.0)
    <Activation x*sigmoid(b*x)(x, b=2) = x*sigmoid(b*x)>

    Raises UnknownActivation with the nearest name, FormulaError for a text that cannot be read as a formula.
    """
    if not isinstance(name, str | Described):
        raise InputError(f"an activation is named by text, got {type(name).__name__}; pass a name or a formula")
    if isinstance(name, str) and is_formula(name):
        from nonlin.formula import defined

        return defined(name, None, parameters)
    entry = name if isinstance(name, Described) else _named(name)
    return entry.with_parameters(**parameters) if parameters else entry


def is_formula(text: str) -> bool:
    """Whether a text is to be read as a formula: it is no name, and has a sign or a lone x."""
    return plain(text) not in _index() and _FORMULA.search(text) is not None


def _named(name: str) -> Entry:
    try:
        return entries()[_index()[plain(name)]]
    except KeyError:
        hint = did_you_mean(name, entries())
        if hint == ";":
            hint = did_you_mean(name, [alias for entry in entries().values() for alias in entry.aliases])
        raise UnknownActivation(f"no activation {name!r}{hint} nonlin.names() lists all") from None


__all__ = ["Activation", "entries", "families", "find", "get", "names", "plain"]
