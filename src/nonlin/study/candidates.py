"""Which activations a study compares: looked up, checked, each function once."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from nonlin.catalogue import get
from nonlin.core import Activation
from nonlin.errors import InputError, did_you_mean
from nonlin.units import GatedUnit

Unit = Activation | GatedUnit


def candidates(given: Iterable[str | Unit]) -> tuple[list[Unit], list[str]]:
    """The activations in the order given, without repeats, and what the reader of the results should know."""
    listed = [given] if isinstance(given, str | Activation | GatedUnit) or not isinstance(given, Iterable) else given
    chosen, notes = _merged([(_label(one), _unit(one)) for one in listed])
    if not chosen:
        raise InputError("compare got no activation, expected at least one; for example ['relu', 'tanh']")
    _check_names(chosen)
    return chosen, notes + [n for a in chosen for n in _fixed_parameters(a)]


def _unit(given: object) -> Unit:
    """The activation or gated unit meant; a vector function such as softmax is no activation of a hidden layer here."""
    entry = get(given) if isinstance(given, str) else given
    if isinstance(entry, Activation | GatedUnit):
        return _halving(entry)
    what = getattr(entry, "name", None)
    if isinstance(what, str):
        raise InputError(
            f"{what} mixes the elements of a vector, so it cannot be the activation of a hidden layer here; "
            "expected one such as 'relu' (nonlin.names() lists all)"
        )
    raise InputError(f"expected a name, a formula text or an Activation, got {given!r}; for example 'relu'")


def _halving(unit: Unit) -> Unit:
    """The networks of a study give a unit two pre-activations for one output."""
    if isinstance(unit, GatedUnit) and unit.width != Fraction(1, 2):
        raise InputError(
            f"{unit.name} gives an answer {unit.wide} as its input; the networks here are built for activations, "
            "and for units such as 'glu' that halve the width"
        )
    return unit


def _label(given: object) -> str:
    return given if isinstance(given, str) else str(getattr(given, "name", given))


def _merged(labelled: list[tuple[str, Unit]]) -> tuple[list[Unit], list[str]]:
    first: dict[object, Unit] = {}
    notes = []
    for label, unit in labelled:
        key = unit.closed_formula if isinstance(unit, Activation) else unit
        if known := first.get(key):
            notes.append(_merge_note(known.name, label))
        else:
            first[key] = unit
    return list(first.values()), notes


def _merge_note(first: str, again: str) -> str:
    if first == again:
        return f"{first} was given more than once; it is trained once"
    return f"{again} is the same function as {first}; it is trained once, as {first}"


def _check_names(activations: list[Unit]) -> None:
    names = [a.name for a in activations]
    if repeated := [n for n in names if names.count(n) > 1]:
        raise InputError(f"two different activations are both called {repeated[0]!r}; give one of them another name")


def _fixed_parameters(activation: Unit) -> list[str]:
    """Parameters that elsewhere are trained or drawn at random are constants here."""
    free = [(k, p) for k, p in activation.parameters.items() if p.learnable or p.drawn]
    if not free:
        return []
    values = ", ".join(f"{k} = {p.default:.6g}" for k, p in free)
    return [f"{activation.name}: {values} throughout; not trained or drawn"]


def checked_baseline(baseline: str | None, units: Iterable[Unit]) -> str | None:
    """The name in the study of the baseline, which may be given by another of its names. Raises InputError."""
    names = [unit.name for unit in units]
    if baseline is None or baseline in names:
        return baseline
    meant = get(baseline).name
    if meant not in names:
        raise InputError(f"the baseline {baseline!r} is not among the activations{did_you_mean(baseline, names)} they "
                         f"are {', '.join(names)}")  # fmt: skip
    return str(meant)
