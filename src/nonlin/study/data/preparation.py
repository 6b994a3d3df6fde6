"""From the arrays of a source to a Dataset: limits, the validation part, scaling, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nonlin.errors import DataError, InputError
from nonlin.study.data.dataset import Dataset, Examples
from nonlin.study.settings import Settings

Array = npt.NDArray[Any]
Pair = tuple[Array, Array]
"""Images (n, *shape) and as many labels."""


@dataclass(frozen=True)
class Raw:
    """What a source holds, before limits, validation and scaling; labels are whole numbers below ``classes``.

    ``validation``: None where the source has no such part. ``ready``: the images are used as they are.
    """

    name: str
    training: Pair
    test: Pair
    classes: int
    label_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    validation: Pair | None = None
    ready: bool = False

    @property
    def things(self) -> str:
        """What one calls the examples."""
        return "images" if self.training[0].ndim > 2 else "examples"


def prepared(raw: Raw, settings: Settings) -> Dataset:
    """The Dataset. Raises InputError where sizes do not fit, DataError for examples nothing can be learnt from."""
    _check_present(raw)
    training = first(raw.training, settings.limit, "limit", f"training {raw.things}")
    test = first(raw.test, settings.test_limit, "test_limit", f"test {raw.things}")
    training, validation, held = _held_out(raw.validation, training, settings.validation)
    parts = (training, validation, test)
    for images, _ in parts:
        check_finite(images, raw.name)
    _check_batch(len(training[1]), len(validation[1]), raw.things, settings.batch_size)
    _check_labels(raw, parts)
    scale, told = (_as_they_are, ()) if raw.ready else scaling(training[0])
    examples = [Examples(scale(images), labels.astype(np.int32)) for images, labels in parts]
    for part in examples:
        check_finite(part.images, raw.name)
    notes = (*raw.notes, _sizes(examples, raw.things, held), *told)
    return Dataset(raw.name, examples[0], examples[1], examples[2], raw.classes, notes, raw.label_names)


def _held_out(given: Pair | None, training: Pair, share: float) -> tuple[Pair, Pair, str]:
    """Training and validation, and where the latter is from."""
    if given is not None:
        return training, given, "; the validation part is the one given"
    kept, held = split(training, share)
    told = f"; validation is the last {100 * share:.3g} % of a fixed shuffle by class of the training part"
    return kept, held, told if len(held[1]) else ""


def first(pair: Pair, limit: int | None, name: str, what: str) -> Pair:
    """The first ``limit`` examples; InputError where there are fewer."""
    images, labels = pair
    if limit is not None and limit > len(labels):
        raise InputError(f"{name} must be at most {len(labels)}, the number of {what}, got {name}={limit}")
    return images[:limit], labels[:limit]


def split(pair: Pair, share: float) -> tuple[Pair, Pair]:
    """What is kept and what is held out: ``share`` of the examples, at least one of them unless it is 0.

    Both are in the order of the shuffle, so that the first few are a fair sample; with nothing held out, as they came.

    The same labels are always split in the same way, each class in proportion, and a class loses its last example
    only where more are held out than the classes can spare.
    """
    images, labels = pair
    count = min(len(labels) - 1, max(1, round(share * len(labels)))) if share else 0
    if not count:
        return pair, (images[:0], labels[:0])
    order = shuffle_by_class(labels)
    kept, held = order[:-count], order[-count:]
    return (images[kept], labels[kept]), (images[held], labels[held])


def shuffle_by_class(labels: Array) -> npt.NDArray[np.intp]:
    """A fixed order of the examples in which each stretch holds every class in about its proportion.

    Each class is shuffled (``numpy.random.RandomState(0)``, whose stream NumPy keeps for ever) and its examples are
    spread evenly; the first of every class come before all others.
    """
    shuffled = np.random.RandomState(0).permutation(len(labels))
    _, classes, counts = np.unique(labels[shuffled], return_inverse=True, return_counts=True)
    grouped = np.argsort(classes, kind="stable")
    rank = np.empty(len(labels), np.intp)
    rank[grouped] = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    place = np.where(rank == 0, 0.0, (rank + 0.5) / counts[classes])
    order: npt.NDArray[np.intp] = shuffled[np.argsort(place, kind="stable")]
    return order


def scaling(training: Array) -> tuple[Callable[[Array], Array], tuple[str, ...]]:
    """How images (or tables, which have 2 dimensions) become numbers to train on, and what to say of it."""
    if training.ndim == 2:
        return _standardising(training.astype(np.float64))
    if training.dtype.kind not in "iu":
        low, high = float(training.min()), float(training.max())
        note = f"images are used as they are, from {low:.4g} to {high:.4g}"
        return _as_they_are, () if low >= 0 and high <= 1 else (note,)
    most = max(int(training.max()), -int(training.min()), 1)
    if training.dtype == np.uint8 or (training.min() >= 0 and most <= 255):
        return lambda images: _divided(images, 255), ("images are divided by 255",)
    return lambda images: _divided(images, most), (f"images are divided by {most}, the largest number in training",)


def _as_they_are(images: Array) -> Array:
    with np.errstate(over="ignore"):  # an overflow is refused as a number that is not finite
        return np.ascontiguousarray(images, np.float32)


def _divided(images: Array, by: int) -> Array:
    scaled = np.array(images, np.float32, order="C")
    scaled /= np.float32(by)
    return scaled


def _standardising(training: Array) -> tuple[Callable[[Array], Array], tuple[str, ...]]:
    constant = training.min(axis=0) == training.max(axis=0)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # what they lead to is refused below
        mean, deviation = training.mean(axis=0), np.where(constant, np.inf, training.std(axis=0))
    lost = ~constant & ~((deviation > 0) & (deviation < np.inf))
    if lost.any():
        raise DataError(f"feature {lost.argmax()} (counted from 0) has numbers too large or too near each other to be "
                        "standardised; rescale it first")  # fmt: skip
    note = "features are standardised by the training part's mean and standard deviation"
    also = f"; {constant.sum()} constant in the training part are 0" if constant.any() else ""
    return lambda table: _standardised(table, mean, deviation), (note + also,)


def _standardised(table: Array, mean: Array, deviation: Array) -> Array:
    with np.errstate(all="ignore"):  # what is not finite is refused
        return _as_they_are((table - mean) / deviation)


def check_finite(images: Array, name: str) -> None:
    """Refuse NaN and infinities, which a number too large for float32 has become."""
    if images.dtype.kind != "f":
        return
    bad = ~np.isfinite(images).all(axis=tuple(range(1, images.ndim)))
    if bad.any():
        raise DataError(
            f"data {name!r} holds a number that is not finite, or too large for float32, in {bad.sum()} of "
            f"{len(images)} examples, the first at index {bad.argmax()}; remove or fill them in"
        )


def _check_batch(training: int, validation: int, things: str, batch_size: int) -> None:
    if batch_size > training:
        held = f" after holding out {validation} for validation" if validation else ""
        raise InputError(
            f"batch_size must be at most {training}, the number of training {things}{held}, got batch_size={batch_size}"
        )


def _check_present(raw: Raw) -> None:
    for part, (images, labels) in (("training", raw.training), ("test", raw.test)):
        if len(images) != len(labels) or not len(labels):
            raise DataError(f"data {raw.name!r} has {len(images)} {part} {raw.things} and {len(labels)} labels, "
                            "expected as many, at least one")  # fmt: skip


def _check_labels(raw: Raw, parts: tuple[Pair, Pair, Pair]) -> None:
    labels = parts[0][1]
    if labels.min() == labels.max():
        raise DataError(
            f"data {raw.name!r} has one label, {raw.label_names[labels[0]]!r}, in all {len(labels)} training "
            f"{raw.things}; expected at least two classes; give other labels or a larger limit"
        )
    for _, some in parts:
        if len(some) and not 0 <= some.min() <= some.max() < raw.classes:
            raise DataError(f"data {raw.name!r} has labels from {some.min()} to {some.max()}, "
                            f"expected 0 to {raw.classes - 1}; encode them so")  # fmt: skip


def _sizes(parts: list[Examples], things: str, held: str) -> str:
    training, validation, test = map(len, parts)
    used = "for the test, used once, after the last epoch"
    return f"{training} {things} for training, {validation} for validation, {test} {used}{held}"


def from_dataset(dataset: Dataset) -> Raw:
    """A Dataset as a source, to be shortened or to have a validation part held out."""
    parts = [(part.images, part.labels) for part in (dataset.training, dataset.validation, dataset.test)]
    names = dataset.label_names or tuple(map(str, range(dataset.classes)))
    raw = Raw(dataset.name, parts[0], parts[2], dataset.classes, names, dataset.notes, ready=True)
    return replace(raw, validation=parts[1]) if len(dataset.validation) else raw
