"""Which activations a study compares: looked up, checked, each function once."""

from __future__ import annotations

from collections.abc import Iterable

from nonlin.catalogue import get
from nonlin.core import Activation
from nonlin.errors import InputError


def candidates(given: Iterable[str | Activation], seeds: int) -> tuple[list[Activation], list[str]]:
    """The activations in the order given, without repeats, and what the reader of the results should know."""
    listed = [given] if isinstance(given, str | Activation) else list(given)
    chosen, notes = _merged([(_label(one), _elementwise(one)) for one in listed])
    if not chosen:
        raise InputError("compare got no activation, expected at least one; for example ['relu', 'tanh']")
    _check_names(chosen)
    return chosen, notes + [n for a in chosen for n in _fixed_parameters(a)] + _too_few(chosen, seeds)


def _elementwise(given: object) -> Activation:
    """The activation meant; vector functions and gated units cannot stand in a hidden layer elementwise."""
    entry = get(given) if isinstance(given, str) else given
    if isinstance(entry, Activation):
        return entry
    what = getattr(entry, "name", None)
    if isinstance(what, str):
        raise InputError(
            f"{what} is not elementwise, so it cannot be the activation of a hidden layer here; "
            "expected one such as 'relu' (nonlin.names() lists all)"
        )
    raise InputError(f"expected a name, a formula text or an Activation, got {given!r}; for example 'relu'")


def _label(given: object) -> str:
    return given if isinstance(given, str) else str(getattr(given, "name", given))


def _merged(labelled: list[tuple[str, Activation]]) -> tuple[list[Activation], list[str]]:
    first: dict[object, Activation] = {}
    notes = []
    for label, activation in labelled:
        if known := first.get(activation.closed_formula):
            notes.append(_merge_note(known.name, label))
        else:
            first[activation.closed_formula] = activation
    return list(first.values()), notes


def _merge_note(first: str, again: str) -> str:
    if first == again:
        return f"{first} was given more than once; it is trained once"
    return f"{again} is the same function as {first}; it is trained once, as {first}"


def _check_names(activations: list[Activation]) -> None:
    names = [a.name for a in activations]
    if repeated := [n for n in names if names.count(n) > 1]:
        raise InputError(f"two different activations are both called {repeated[0]!r}; give one of them another name")


def _fixed_parameters(activation: Activation) -> list[str]:
    """Parameters that elsewhere are trained or drawn at random are constants here."""
    free = [(k, p) for k, p in activation.parameters.items() if p.learnable or p.random]
    if not free:
        return []
    values = ", ".join(f"{k} = {p.default:.6g}" for k, p in free)
    return [f"{activation.name}: {values} throughout; not trained or drawn"]


def _too_few(activations: list[Activation], seeds: int) -> list[str]:
    alone = [f"only {activations[0].name} was trained; there is nothing to compare it with"]
    lucky = ["one seed separates nothing: a difference between activations may be chance; use seeds of 5 or more"]
    return alone * (len(activations) == 1) + lucky * (seeds == 1 and len(activations) > 1)
