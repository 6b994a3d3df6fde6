"""The user's own data: arrays, a .npz file or a .csv file, with labels of any kind."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nonlin.errors import DataError, InputError
from nonlin.study.data.labels import encoded
from nonlin.study.data.preparation import Array, Pair, Raw, split
from nonlin.study.data.table import read_csv

TEST_SHARE = 0.2
IMAGE_KEYS, LABEL_KEYS = ("x", "images"), ("y", "labels")
SHAPES = "(n, features), (n, height, width) or (n, height, width, channels)"


def from_file(path: Path) -> Raw:
    """A .npz or .csv file. Raises DataError for one that is missing, damaged or of another kind."""
    if not path.is_file():
        raise DataError(f"there is no data file {str(path)!r}; expected a .npz or .csv file")
    if path.suffix.lower() == ".csv":
        return from_arrays(read_csv(path), path.name)
    if path.suffix.lower() == ".npz":
        return from_npz(path)
    raise DataError(f"data file {str(path)!r} ends with {path.suffix!r}, expected .npz or .csv")


def from_arrays(arrays: Sequence[Any], name: str = "own data") -> Raw:
    """(X, y), of which a test part is split off, or (X_train, y_train, X_test, y_test)."""
    if len(arrays) not in (2, 4):
        raise InputError(f"got {len(arrays)} arrays, expected (X, y) or (X_train, y_train, X_test, y_test)")
    images = [_images(array, name) for array in arrays[::2]]
    labels, names, notes = encoded([_labels(array, name) for array in arrays[1::2]], name)
    pairs = [_pair(*pair, name) for pair in zip(images, labels, strict=True)]
    if len(pairs) == 1:
        return _split_off(Raw(name, pairs[0], pairs[0], len(names), names, notes))
    if images[0].shape[1:] != images[1].shape[1:]:
        shapes = " and ".join(str(array.shape[1:]) for array in images)
        raise DataError(f"data {name!r} has training and test examples of shapes {shapes}; expected the same")
    return Raw(name, pairs[0], pairs[1], len(names), names, ("the test part is the one given", *notes))


def _split_off(raw: Raw) -> Raw:
    training, test = split(raw.training, TEST_SHARE)
    lost = raw.classes - len(np.unique(training[1]))
    if lost:
        raise DataError(
            f"data {raw.name!r} has {len(raw.training[1])} examples of {raw.classes} classes, too few to hold out a "
            "test part; give more, or a test part of your own"
        )
    share = f"the last {100 * TEST_SHARE:g} % of a fixed shuffle by class"
    note = f"the test part is {share} of all {len(raw.training[1])} examples"
    return Raw(raw.name, training, test, raw.classes, raw.label_names, (note, *raw.notes))


def _pair(images: Array, labels: Array, name: str) -> Pair:
    if len(images) != len(labels):
        raise DataError(f"data {name!r} has {len(images)} examples but {len(labels)} labels; expected as many")
    return images, labels


def _images(given: Any, name: str) -> Array:
    """Rows of numbers, or images with their channels last."""
    array = _array(given, name)
    if array.dtype.kind not in "biuf":
        raise DataError(f"data {name!r} has examples of dtype {array.dtype}, expected numbers")
    if not 2 <= array.ndim <= 4 or not array.size:
        raise DataError(f"data {name!r} has examples of shape {array.shape}, expected {SHAPES}, none of them 0")
    if array.ndim == 4 and array.shape[1] in (1, 3) and array.shape[2] == array.shape[3] > 4:
        raise DataError(
            f"data {name!r} has images of shape {array.shape}, which seems to have the channels first, expected "
            "(n, height, width, channels); turn them with X.transpose(0, 2, 3, 1)"
        )
    return array[..., None] if array.ndim == 3 else array


def _labels(given: Any, name: str) -> Array:
    array = _array(given, name)
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _array(given: Any, name: str) -> Array:
    try:
        return np.asarray(given)
    except (ValueError, TypeError, RuntimeError) as error:
        raise DataError(f"data {name!r} has something that is no array ({error}); expected NumPy arrays") from error


def from_npz(path: Path) -> Raw:
    """Arrays x and y, images and labels, or both with train and test before or behind; pickled ones are refused."""
    arrays = _npz(path)
    keys = {key.lower(): key for key in arrays}
    found = _found(keys)
    if not found:
        raise DataError(
            f"{path} holds {', '.join(arrays) or 'nothing'}, expected x and y, images and labels, or train_images, "
            "train_labels, test_images and test_labels; rename its arrays"
        )
    raw = from_arrays([arrays[key] for key in found], path.name)
    if unused := [key for key in arrays if key not in found]:
        return replace(raw, notes=(*raw.notes, f"not used: {', '.join(unused)} of {path.name}"))
    return raw


def _found(keys: Mapping[str, str]) -> list[str]:
    """The keys of (images, labels), or of those for training and those for the test."""
    for parts in (("train", "test"), ("",)):
        chosen = [_key(keys, part, words) for part in parts for words in (IMAGE_KEYS, LABEL_KEYS)]
        whole = [key for key in chosen if key is not None]
        if len(whole) == len(chosen):
            return whole
    return []


def _key(keys: Mapping[str, str], part: str, words: tuple[str, ...]) -> str | None:
    spellings = [s.strip("_") for word in words for s in (f"{part}_{word}", f"{word}_{part}")]
    return next((keys[s] for s in spellings if s in keys), None)


def _npz(path: Path) -> dict[str, Array]:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (ValueError, OSError, EOFError, AttributeError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} is not a whole .npz file of numbers and text ({error}); write it again with "
                        "numpy.savez, without Python objects") from error  # fmt: skip
