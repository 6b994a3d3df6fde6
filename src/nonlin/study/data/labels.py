"""Labels of any kind as classes 0, 1, 2 ..."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nonlin.errors import DataError
from nonlin.study.data.preparation import Array

SHOWN = 6  # so many classes are listed in a note


def encoded(parts: Sequence[Array], name: str) -> tuple[list[Array], tuple[str, ...], tuple[str, ...]]:
    """The labels of every part as classes, what each class is called, and notes where anything was changed.

    Classes are in the order of the labels: numbers by size, texts by alphabet. Raises DataError for labels that are
    not classes.
    """
    labels = [_whole(part, name) for part in parts]
    together = np.concatenate(labels)
    known, classes = np.unique(together, return_inverse=True)
    if len(known) == len(together):
        raise DataError(
            f"data {name!r} has {len(known)} labels, each another; expected classes with several examples each; name "
            "the right column or array as the labels"
        )
    names = tuple(str(label) for label in known.tolist())
    numbered = known.dtype.kind in "iu" and np.array_equal(known, np.arange(len(known)))
    notes = () if numbered else (f"labels are encoded: {_listed(names)}",)
    ends = np.cumsum([len(part) for part in labels])[:-1]
    return np.split(classes.reshape(-1), ends), names, (*notes, *_unseen(labels))


def _whole(labels: Array, name: str) -> Array:
    """Labels as whole numbers or text."""
    if labels.ndim != 1 or not len(labels):
        hint = "; turn one-hot rows into classes with y.argmax(axis=1)" if labels.ndim == 2 else ""
        raise DataError(f"data {name!r} has labels of shape {labels.shape}, expected (n,){hint}")
    if labels.dtype.kind == "O":
        return _whole(_unboxed(labels, name), name)
    if labels.dtype.kind in "iub":
        return labels.astype(np.int64)
    if labels.dtype.kind == "U":
        numbers = _numbers(labels)
        return labels if numbers is None else _integral(numbers, name)
    if labels.dtype.kind == "f":
        return _integral(labels, name)
    raise DataError(f"data {name!r} has labels of dtype {labels.dtype}, expected whole numbers or text")


def _unboxed(labels: Array, name: str) -> Array:
    """The labels in an array of Python objects, such as a column of a table has, if all are of one kind."""
    whole = all(isinstance(label, int | np.integer) for label in labels)
    if not whole and not all(isinstance(label, str) for label in labels):
        told = ", ".join(sorted({type(label).__name__ for label in labels}))
        raise DataError(f"data {name!r} has labels of kind {told}, expected all text or all whole numbers")
    return np.array(labels.tolist())


def _integral(labels: Array, name: str) -> Array:
    if np.isnan(labels).any():
        raise DataError(f"data {name!r} has no label (NaN) at index {np.isnan(labels).argmax()}; "
                        "remove or fill it in")  # fmt: skip
    fractional = ~np.isfinite(labels) | (labels != np.trunc(labels))
    if fractional.any():
        raise DataError(
            f"data {name!r} has the label {labels[fractional.argmax()]}, expected classes (whole numbers or text); "
            "a study compares by classification"
        )
    return labels.astype(np.int64)


def _numbers(labels: Array) -> Array | None:
    """Text that is all numbers, as numbers: 10 comes after 9, and 0.37 is no class. None for other text."""
    try:
        return labels.astype(np.float64)
    except ValueError:
        return None


def _listed(names: tuple[str, ...]) -> str:
    shown = [f"{name} = {number}" for number, name in enumerate(names[:SHOWN])]
    return ", ".join(shown) + (f" ... {names[-1]} = {len(names) - 1}" if len(names) > SHOWN else "")


def _unseen(labels: list[Array]) -> tuple[str, ...]:
    """A network cannot answer with a class it was never shown."""
    unseen = np.setdiff1d(labels[-1], labels[0])
    return (f"the training part has no example of {', '.join(map(str, unseen.tolist()))}",) if len(unseen) else ()
