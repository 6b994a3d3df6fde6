"""CIFAR-10: colour images of 32 x 32 in the binary version or the Python version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from nonlin.errors import DataError
from nonlin.study.data.pickled import read_pickled
from nonlin.study.data.preparation import Array, Pair

TRAINING = tuple(f"data_batch_{n}" for n in range(1, 6))
TEST = "test_batch"
FILES = (*TRAINING, TEST)
CLASSES = 10
PIXELS = 3 * 32 * 32
RECORD = 1 + PIXELS
"""Bytes of one image in the binary version: its label, then its red, green and blue planes."""
BATCH = 10_000
"""Images in each published file."""

Read = Callable[[Path, int | None], Pair]


def missing(folder: Path) -> list[str]:
    """Those of the six files that are not there, of the version of which any is."""
    lacking = [[n for n in FILES if not (folder / (n + end)).is_file()] for end in (".bin", "")]
    return min(lacking, key=len)


def read(folder: Path, limit: int | None, test_limit: int | None) -> tuple[Pair, Pair]:
    """The training and test images (n, 32, 32, 3) uint8 with their labels; only the files that are needed."""
    binary = any((folder / f"{name}.bin").is_file() for name in FILES)
    end, read_file = (".bin", read_binary) if binary else ("", read_python)
    training = _training(folder, end, read_file, limit)
    return training, read_file(_file(folder, TEST + end, ""), test_limit)


def _training(folder: Path, end: str, read_file: Read, limit: int | None) -> Pair:
    parts: list[Pair] = []
    have = 0
    for name in TRAINING:
        hint = f" or ask for at most {have} training images (--limit {have})" if have else ""
        parts.append(read_file(_file(folder, name + end, hint), None if limit is None else limit - have))
        have += len(parts[-1][1])
        if have == limit:
            break
    images, labels = zip(*parts, strict=True)
    return np.concatenate(images), np.concatenate(labels)


def _file(folder: Path, name: str, hint: str) -> Path:
    if not (folder / name).is_file():
        raise DataError(f"{str(folder)!r} lacks {name}, one of the files of CIFAR-10; add it{hint}")
    return folder / name


def read_binary(path: Path, limit: int | None) -> Pair:
    """The first ``limit`` images of a file of the binary version, no byte more."""
    size = path.stat().st_size
    if size == 0 or size % RECORD:
        raise DataError(
            f"{path} holds {size} bytes, expected a multiple of {RECORD}, one label and 32 x 32 x 3 bytes per image; "
            "download it again"
        )
    wanted = min(limit or size, size // RECORD)
    records = np.fromfile(path, np.uint8, wanted * RECORD).reshape(wanted, RECORD)
    return _checked(path, records[:, 1:], records[:, 0])


def read_python(path: Path, limit: int | None) -> Pair:
    """The first ``limit`` images of a file of the Python version, of which nothing is run."""
    content = read_pickled(path)
    images, labels = content.get("data"), content.get("labels", [])
    if not isinstance(images, np.ndarray) or images.shape != (len(images), PIXELS) or not _are_whole(labels):
        raise DataError(
            f"{path} has not 'data', rows of {PIXELS} bytes, and 'labels', a list of whole numbers, as CIFAR-10's "
            "Python version; download it again"
        )
    if len(images) != len(labels):
        raise DataError(f"{path} holds {len(images)} images but {len(labels)} labels; expected as many; "
                        "download it again")  # fmt: skip
    return _checked(path, images[:limit], np.array(labels[:limit], np.int64))


def _are_whole(labels: object) -> bool:
    return isinstance(labels, list) and len(labels) > 0 and all(type(label) is int for label in labels)


def _checked(path: Path, rows: Array, labels: Array) -> Pair:
    wrong = [int(label) for label in (labels.min(), labels.max()) if not 0 <= label < CLASSES]
    if wrong:
        raise DataError(f"{path} holds the label {wrong[0]}, expected 0 to 9; download it again")
    return rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels
