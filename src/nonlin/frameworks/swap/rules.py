"""What is to become of which activation: the mapping that users write, and the sites that it is held against."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, reduce
from typing import Any

from nonlin.catalogue import entries, get
from nonlin.core import REQUIRED, Activation, Described
from nonlin.errors import InputError, UnknownActivation
from nonlin.frameworks import names

# ---- what a site computes -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """The function that a site computes; ``known`` is False where its parameters are trained or computed."""

    activation: Activation
    known: bool = True

    def __str__(self) -> str:
        base = entries().get(self.activation.name.partition("(")[0], self.activation)
        return self.activation.name if self.known else f"{base.name} (any {', '.join(base.parameters)})"

    @property
    def is_none(self) -> bool:
        """The identity: what frameworks call no activation."""
        return str(self.activation.closed_formula) == "x"


@cache
def known_functions(framework: str) -> dict[Any, str]:
    """The functions and classes of a framework that are activations, with their paths; empty if it is not loaded."""
    module = sys.modules.get(framework)
    paths = sorted({call.path for call in names.calls() if call.framework == framework and "(" not in call.path})
    found = {_inside(module, path): path for path in paths if module is not None}
    return {thing: path for thing, path in found.items() if thing is not None}


def _inside(module: object, path: str) -> Any:
    return reduce(lambda thing, name: getattr(thing, name, None), path.split(".")[1:], module)


def kind(framework: str, name: str, given: Mapping[str, Any]) -> Kind | str | None:
    """What a framework's function or layer of a name computes with the arguments ``given``, as far as they matter.

    None where the name is no elementwise activation; a sentence where nonlin has no activation for the arguments.
    """
    try:
        wanted = names.arguments(framework, name)
    except UnknownActivation:
        return None
    mattering = {k: v for k, v in given.items() if k in wanted}
    if any(v == REQUIRED and k not in given for k, v in wanted.items()):
        return None  # torch.clamp with one bound: another function
    plain = {k: v for k, v in mattering.items() if v is None or isinstance(v, float | int | str)}
    try:
        entry = names.from_framework(framework, name, **plain)
    except InputError as error:
        return str(error)
    return Kind(entry, len(plain) == len(mattering)) if isinstance(entry, Activation) else None


# ---- the answer of a dry run ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Site:
    """One place where a model applies an activation.

    ``path`` is that of the module or layer, ``found`` how it is written there, ``activation`` what it computes,
    ``becomes`` what the mapping makes of it ("" where no key fits), ``reason`` why it cannot be changed ("" if it can).
    """

    path: str
    found: str
    activation: str
    becomes: str = ""
    reason: str = ""
    rule: Rule | None = field(default=None, repr=False, compare=False)
    """The line of the mapping that fits."""

    @property
    def changes(self) -> bool:
        return bool(self.becomes) and not self.reason

    @property
    def outcome(self) -> str:
        """What the last column of the table says."""
        if self.reason:
            return f"stays: {self.reason}"
        return self.becomes or "stays: no key fits"


@dataclass(frozen=True)
class Sites:
    """The answer of a dry run of :func:`nonlin.swap`: the rows, and a table as ``str()``."""

    rows: tuple[Site, ...]
    looked_at: str

    @property
    def replaced(self) -> int:
        """How many sites change."""
        return sum(site.changes for site in self.rows)

    @property
    def missed(self) -> tuple[Site, ...]:
        """The sites that a key fits and that cannot be changed."""
        return tuple(site for site in self.rows if site.becomes and site.reason)

    def records(self) -> list[dict[str, str]]:
        """The rows as plain dictionaries."""
        shown = [f.name for f in fields(Site) if f.repr]
        return [{name: getattr(site, name) for name in shown} for site in self.rows]

    def __iter__(self) -> Iterator[Site]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        head = ("path", "found", "is", "becomes")
        return f"{table(head, [(s.path, s.found, s.activation, s.outcome) for s in self.rows])}\n{self.summary}"

    __repr__ = __str__

    @property
    def summary(self) -> str:
        """The last line: how many change, and where was looked."""
        return f"{self.replaced} of {len(self.rows)} sites change; looked at {self.looked_at}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Columns of text, as wide as they must be."""
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    )


# ---- the mapping ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """One line of the mapping. ``exact``: only sites with the parameters of the key."""

    key: Activation
    exact: bool
    value: Any

    def fits(self, site: Kind) -> bool:
        same = site.known and site.activation.closed_formula == self.key.closed_formula
        return same or (not self.exact and site.activation.expression.formula == self.key.expression.formula)

    @property
    def becomes(self) -> str:
        return self.value.name if isinstance(self.value, Activation) else " ".join(str(self.value).split())


class Rules(tuple[Rule, ...]):
    """The mapping, its exact keys first."""

    def rule(self, site: Kind) -> Rule | None:
        return next((rule for rule in self if rule.fits(site)), None)

    def site(self, path: str, found: str, what: Kind | str | None, reason: str = "") -> Site | None:
        """The site as the table has it; None for what is no activation, and for the identity unless a key is that.

        ``what`` is a sentence where the function is not known, ``reason`` says why it could not be changed.
        """
        if not isinstance(what, Kind):
            return Site(path, found, "unknown", "", what) if what else None
        rule = self.rule(what)
        if rule is None:
            return None if what.is_none else Site(path, found, str(what))
        return Site(path, found, str(what), rule.becomes, reason, rule)


def rules(mapping: Any, template: type, framework: str) -> Rules:
    """The mapping, read. ``template`` is the framework's class of modules or layers, which values may be too."""
    if not isinstance(mapping, Mapping) or not mapping:
        raise InputError(f'swap takes a mapping such as {{"relu": "gelu"}}, got {mapping!r}')
    found = [Rule(*_key(k), _value(v, template, framework)) for k, v in mapping.items()]
    for place, rule in enumerate(found):
        if any((rule.key, rule.exact) == (other.key, other.exact) for other in found[:place]):
            raise InputError(f"two keys of the mapping mean {rule.key.name}; leave one of them out")
    return Rules(sorted(found, key=lambda rule: not rule.exact))


def _key(key: Any) -> tuple[Activation, bool]:
    entry = _elementwise(key, "a key")
    return entry, entries().get(entry.name) != entry


def _value(value: Any, template: type, framework: str) -> Any:
    if isinstance(value, template):
        return value
    if isinstance(value, type):
        raise InputError(f"a value of the mapping is the class {value.__name__}; make one of it: {value.__name__}()")
    if not isinstance(value, str | Described):
        raise InputError(f"a value of the mapping must be a name, a formula, an activation or a {framework} "
                         f"{template.__name__}, got {type(value).__name__}")  # fmt: skip
    return _elementwise(value, "a value")


def _elementwise(what: Any, place: str) -> Activation:
    entry = get(what)
    if isinstance(entry, Activation):
        return entry
    raise InputError(f"{place} of the mapping is {entry.name}, which mixes elements along an axis; "
                     "swap exchanges elementwise activations")  # fmt: skip
