"""Entries found by family, year, facts, cost and text, from the index alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any, overload

from nonlin.catalogue._index import Card, cards, plain
from nonlin.errors import InputError, did_you_mean

COSTS = {
    "comparisons": "comparisons, sums and products only",
    "arithmetic": "divisions, powers or roots, and no other function",
    "one exp": "one exponential, sigmoid or tanh",
    "one function": "one logarithm, error function, sine or the like",
    "several functions": "two or more of those",
}
"""What a function is made of, cheapest first."""
KINDS = {
    "elementwise": "a function of one number",
    "vector": "a function of all numbers along an axis",
    "unit": "a function of the halves of an axis, or one that changes its length",
}
SORTS: dict[str, Callable[[Card], Any]] = {
    "core": lambda c: (not c.core, c.family, c.name),
    "name": lambda c: c.name,
    "family": lambda c: (c.family, not c.core, c.name),
    "year": lambda c: (c.year is None, c.year, c.name),
    "cost": lambda c: ([*COSTS].index(c.cost), not c.core, c.name),
}
"""The orders in which entries can be listed."""


class Found(Sequence[Any]):
    """The entries that were found, in order; each is loaded when it is looked at. ``repr`` is a table."""

    def __init__(self, found: Sequence[Card]) -> None:
        self.cards = tuple(found)

    @property
    def names(self) -> list[str]:
        return [card.name for card in self.cards]

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Found: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Found(self.cards[place])
        card = self.cards[place]
        return getattr(import_module(f"{__package__}.{card.module}"), card.name)

    def __len__(self) -> int:
        return len(self.cards)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, entry: object) -> bool:
        return any(entry is one for one in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        widest = max((len(card.name) for card in self.cards), default=0)
        return "\n".join(f"{c.name:{widest}}  {c.curve[0]:10}  {c.summary}" for c in self.cards)


def families() -> list[str]:
    """The families of the catalogue."""
    return sorted({card.family for card in cards().values()})


@cache
def fact_names() -> tuple[str, ...]:
    """What entries can be found by, beside family, year, cost and text: each is true, false or not known."""
    return tuple(next(card.facts for card in cards().values() if card.kind == "elementwise"))


def find(
    family: str | None = None,
    *,
    text: str | None = None,
    year: int | tuple[int | None, int | None] | None = None,
    cost: str | None = None,
    kind: str | None = None,
    core: bool | None = None,
    sort: str = "name",
    **facts: bool,
) -> Found:
    """The entries for which everything that is given holds; all of them for nothing.

    ``text`` is looked for in names, aliases, titles, summaries, formulas and sources. ``year`` is that of the source:
    one, or the first and the last. ``cost`` is ``"comparisons"``, ``"arithmetic"``, ``"one exp"``, ``"one function"``
    or ``"several functions"``; ``kind`` is ``"elementwise"``, ``"vector"`` or ``"unit"``; ``core`` are the few that
    people actually use. Facts, at default parameters: ``bounded``, ``smooth``, ``monotone``, ``odd``, ``zero_centred``,
    ``has_negative_values``, ``kinks``, ``learnable`` and others; an entry whose fact is not known is not found by it.
    ``sort`` is ``"name"``, ``"core"``, ``"family"``, ``"year"`` or ``"cost"``.

    >>> import nonlin as nl
    >>> nl.find(family="gated", cost="comparisons", core=True).names
    ['hard_swish']
    >>> nl.find(bounded=True, odd=True, kinks=True, core=True).names
    ['hard_tanh']

    Raises InputError for an unknown family, fact, cost, kind or order, and when nothing matches: it then says which
    filter left nothing.
    """
    tests = [
        *_chosen("family", family, families(), lambda c: c.family),
        *_chosen("kind", kind, KINDS, lambda c: c.kind),
        *_chosen("cost", cost, COSTS, lambda c: c.cost),
        *([(f"core={core}", lambda c: c.core is _truth("core", core))] if core is not None else []),
        *([_of_year(year)] if year is not None else []),
        *(_of_fact(name, value) for name, value in facts.items()),
        *([_of_text(text)] if text is not None else []),
    ]
    _known("order", sort, SORTS)
    return Found(sorted(_filtered(tests), key=SORTS[sort]))


Test = tuple[str, Callable[[Card], bool]]


def _filtered(tests: list[Test]) -> list[Card]:
    left = list(cards().values())
    for place, (told, test) in enumerate(tests):
        before, left = left, [card for card in left if test(card)]
        if (
            not left
            and told.partition("=")[0] in fact_names()
            and not any(told.partition("=")[0] in c.facts for c in before)
        ):
            raise InputError(
                f"{told.partition('=')[0]} is known of functions of one number only; leave out that filter"
            )
        if not left:
            earlier = " and ".join(t for t, _ in tests[:place])
            whose = f"of the {len(before)} with {earlier}" if earlier else f"of all {len(before)} entries"
            raise InputError(f"nothing matches: {whose} none has {told}; leave out or change that filter")
    return left


def _known(what: str, value: object, known: Any) -> None:
    if value not in list(known):
        hint = did_you_mean(value, known) if isinstance(value, str) else ";"
        plural = {"family": "families"}.get(what, f"{what}s")
        raise InputError(f"no {what} {value!r}{hint} {plural}: {', '.join(known)}")


def _chosen(what: str, value: str | None, known: Any, of: Callable[[Card], str]) -> list[Test]:
    if value is None:
        return []
    _known(what, value, known)
    return [(f"{what}={value!r}", lambda card: of(card) == value)]


def _truth(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{name} is true or false, got {value!r}; write {name}=True or {name}=False")
    return value


def _of_fact(name: str, value: object) -> Test:
    _known("fact", name, fact_names())
    wanted = _truth(name, value)
    return f"{name}={value}", lambda card: card.facts.get(name) is wanted


def _of_year(year: Any) -> Test:
    first, last = year if isinstance(year, tuple | list) and len(year) == 2 else (year, year)
    if any(type(y) not in (int, type(None)) for y in (first, last)):
        raise InputError(f"year must be a whole number or two, (first, last), got {year!r}")
    low, high = (first or 0), (9999 if last is None else last)
    if low > high:
        raise InputError(f"year must be the first and the last, got {year!r}; the other way round?")
    return f"year={year}", lambda card: card.year is not None and low <= card.year <= high


def _of_text(text: object) -> Test:
    if not isinstance(text, str):
        raise InputError(f"text must be a text, got {type(text).__name__}")
    wanted = plain(text)
    if not wanted:
        raise InputError(f"text must have a letter or a digit, got {text!r}")
    return f"text={text!r}", lambda card: any(wanted in plain(part) for part in _words(card))


def _words(card: Card) -> tuple[str, ...]:
    return card.name, *card.aliases, card.title, card.summary, card.text, card.source, card.family
