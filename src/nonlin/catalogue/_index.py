"""What is known of every entry without loading it: the generated index, made and checked by ``make index``."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

FILE = "index.json"


@dataclass(frozen=True)
class Card:
    """One entry's line of the index."""

    name: str
    module: str
    """The module of this package that defines it."""
    kind: str
    """``elementwise``, ``vector`` or ``unit``."""
    family: str
    title: str
    summary: str
    aliases: tuple[str, ...]
    source: str
    year: int | None
    core: bool
    parameters: dict[str, float]
    text: str
    cost: str
    """The class of what it is made of: a key of :data:`nonlin.catalogue._finding.COSTS`."""
    facts: dict[str, bool | None]
    same: tuple[str, ...]
    """The entries that are the same function at their default parameters."""
    curve: tuple[str, str]
    """The curve from -4 to 4 in one line: in braille, and in ASCII."""
    digest: str
    """Of all that the line was made from."""


@cache
def cards() -> dict[str, Card]:
    """Every entry's card, by name in alphabetical order."""
    stored = json.loads((files(__package__) / FILE).read_text(encoding="utf-8"))
    return {name: _card(name, fields) for name, fields in stored.items()}


def _card(name: str, fields: dict[str, Any]) -> Card:
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    return Card(name, **given)


@cache
def spellings() -> dict[str, str]:
    """Every name and alias in plain form, with the name of the entry it means."""
    return {plain(spelling): card.name for card in cards().values() for spelling in (*card.aliases, card.name)}


def plain(name: str) -> str:
    """A name without case, spaces, dashes, underscores and accents."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"[\s\-_]+", "", bare).casefold()
