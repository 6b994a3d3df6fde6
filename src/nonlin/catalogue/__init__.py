"""Every activation, one module per family; looked up by name, alias or formula, and found by what is known of it.

Names, aliases and facts come from a generated index; an entry's module is loaded when the entry is first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from nonlin.catalogue._finding import Found, families, find
from nonlin.catalogue._index import cards, plain, spellings
from nonlin.core import Activation, Described
from nonlin.errors import InputError, UnknownActivation, did_you_mean

Entry = Any  # Activation, VectorFunction or GatedUnit


class Entries(Mapping[str, Entry]):
    """Every entry by name, in alphabetical order; each is loaded when it is asked for."""

    def __getitem__(self, name: str) -> Entry:
        return getattr(import_module(f"{__name__}.{cards()[name].module}"), name)

    def __iter__(self) -> Iterator[str]:
        return iter(cards())

    def __len__(self) -> int:
        return len(cards())

    def __contains__(self, name: object) -> bool:
        return name in cards()


_ENTRIES = Entries()


def entries() -> Entries:
    """Every entry by name, in alphabetical order."""
    return _ENTRIES


def names() -> list[str]:
    """The names of all entries.

    >>> import nonlin as nl
    >>> "gelu" in nl.names()
    True
    """
    return list(cards())


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
    return plain(text) not in spellings() and _FORMULA.search(text) is not None


def _named(name: str) -> Entry:
    try:
        return _ENTRIES[spellings()[plain(name)]]
    except KeyError:
        core = [card.name for card in cards().values() if card.core]
        aliases = [alias for card in cards().values() for alias in card.aliases]
        hints = (did_you_mean(name, known) for known in (core, cards(), aliases))
        hint = next((hint for hint in hints if hint != ";"), ";")
        raise UnknownActivation(f"no activation {name!r}{hint} nonlin.names() lists all") from None


def is_entry(act: object) -> bool:
    """Whether this very object is an entry of the catalogue."""
    name = getattr(act, "name", None)
    return name in cards() and _ENTRIES[name] is act


def alike(entry: Entry) -> tuple[str, ...]:
    """The entries that are the same function as an entry at their default parameters; of anything else none.

    >>> import nonlin as nl
    >>> "silu" in alike(nl.swish)
    True
    """
    return cards()[entry.name].same if is_entry(entry) else ()


__all__ = ["Activation", "Found", "alike", "entries", "families", "find", "get", "is_entry", "names", "plain"]
