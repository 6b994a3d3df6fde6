"""The data sets of a study: known ones by name, the user's own from a file or arrays; split, scaled and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from nonlin.errors import InputError, did_you_mean
from nonlin.study.data.dataset import Dataset, Examples
from nonlin.study.data.fetch import fetch
from nonlin.study.data.named import KNOWN, NAMES, named
from nonlin.study.data.own import from_arrays, from_file
from nonlin.study.data.preparation import Raw, from_dataset, prepared
from nonlin.study.settings import Settings

__all__ = ["NAMES", "Dataset", "Examples", "fetch", "load"]


def load(
    data: str | PathLike[str] | Sequence[Any] | Dataset,
    settings: Settings,
    data_dir: str | PathLike[str] | None = None,
) -> Dataset:
    """The data set of a study, ready to train on.

    ``data``: "digits", "mnist", "fashion_mnist" or "cifar10"; the path of a .npz or .csv file; arrays (X, y) or
    (X_train, y_train, X_test, y_test); or a Dataset, which is taken as it is split and scaled. ``data_dir``: the
    folder of a known data set's files; without it, the folder of ``nonlin data fetch``.
    ``settings.limit``: only the first so many training examples, before ``settings.validation`` of them are held out
    in a fixed way; ``settings.test_limit``: only the first so many of the test. ``settings.data`` is not read.

    Raises DataError for data that is missing, damaged or that nothing can be learnt from, InputError for an unknown
    name and where sizes do not fit.
    """
    raw = _raw(data, settings, data_dir)
    if data_dir is not None and raw.name not in KNOWN:
        raw = replace(raw, notes=(*raw.notes, f"data_dir was not needed for data {raw.name!r}"))
    return prepared(raw, settings)


def _raw(data: Any, settings: Settings, data_dir: str | PathLike[str] | None) -> Raw:
    if isinstance(data, Dataset):
        return from_dataset(data)
    if isinstance(data, str) and data in NAMES:
        return named(data, settings, data_dir)
    if isinstance(data, PathLike) or (isinstance(data, str) and Path(data).suffix):
        return from_file(Path(data))
    if isinstance(data, tuple | list):
        return from_arrays(data)
    if not isinstance(data, str):
        raise InputError(f"got data of kind {type(data).__name__}, expected a name, a path, (X, y) or a Dataset")
    raise InputError(
        f"no data set {data!r}{did_you_mean(data, NAMES)} known: {', '.join(NAMES)}, or the path of a .npz or .csv file"
    )
