"""One class per kind of wrong input. Every message is one sentence: what came in, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class NonlinError(Exception):
    """Base of every error that nonlin raises on wrong input."""


class UnknownActivation(NonlinError, KeyError):
    """A name that is neither in the catalogue nor a formula."""

    __str__ = Exception.__str__  # KeyError would print the sentence in quotes


class ParameterError(NonlinError, ValueError):
    """An unknown parameter, or a value outside its domain."""


class InputError(NonlinError, ValueError, TypeError):
    """An argument of a kind, dtype, shape or value that cannot be used."""


class FormulaError(NonlinError, ValueError, TypeError):
    """A formula that cannot be understood, or that uses something outside the vocabulary."""


class DerivativeError(NonlinError, ValueError, AttributeError):
    """A derivative that does not exist in the form asked for."""


class DataError(NonlinError, ValueError):
    """A data set that is missing, truncated or corrupt."""


class MissingDependency(NonlinError, ImportError):
    """An optional library that is not installed."""


class NonlinWarning(UserWarning):
    """Something legal that is probably not what was meant."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What joins a refusal to its advice: ``; did you mean 'gelu'?``, or only ``;`` where no known name is near."""
    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ";"
