"""The data sets: images as rows of float32 in [0, 1], labels as int32."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nonlin.errors import DataError, InputError
from nonlin.study.dependencies import require
from nonlin.study.settings import Settings

CLASSES = 10
MNIST_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
IMAGE_MAGIC, LABEL_MAGIC = 2051, 2049  # the first four bytes of an IDX file: unsigned bytes in 3 or 1 dimensions


@dataclass(frozen=True)
class Dataset:
    """Training and test examples: images (n, pixels) float32 in [0, 1], labels (n,) int32 from 0 to 9."""

    train_images: npt.NDArray[np.float32]
    train_labels: npt.NDArray[np.int32]
    test_images: npt.NDArray[np.float32]
    test_labels: npt.NDArray[np.int32]

    def first(self, limit: int) -> Dataset:
        """The same with only the first ``limit`` training images; the test set stays whole."""
        if limit > len(self.train_labels):
            raise InputError(
                f"limit must be at most {len(self.train_labels)}, the number of training images, got limit={limit}"
            )
        return replace(self, train_images=self.train_images[:limit], train_labels=self.train_labels[:limit])


def load(settings: Settings, data_dir: str | PathLike[str] | None = None) -> Dataset:
    """The data set of a study. Raises DataError for missing or damaged files, InputError where sizes do not fit."""
    dataset = digits() if settings.data == "digits" else mnist(data_dir)
    if settings.limit is not None:
        dataset = dataset.first(settings.limit)
    size = len(dataset.train_labels)
    if settings.batch_size > size:
        raise InputError(
            f"batch_size must be at most {size}, the number of training images, got batch_size={settings.batch_size}"
        )
    return dataset


def digits() -> Dataset:
    """The 1797 handwritten digits of scikit-learn, 8 x 8 pixels: 1437 for training, 360 for testing.

    The split is one fixed shuffle (``numpy.random.RandomState(0)``, whose stream NumPy keeps for ever).
    """
    require("sklearn")
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.RandomState(0).permutation(len(labels))
    images, labels = (images[order] / 16).astype(np.float32), labels[order].astype(np.int32)
    return Dataset(images[:1437], labels[:1437], images[1437:], labels[1437:])


def mnist(data_dir: str | PathLike[str] | None) -> Dataset:
    """MNIST from its four IDX files, plain or gzipped, in ``data_dir``, its ``raw`` or its ``MNIST/raw``."""
    folder = _mnist_folder(data_dir)
    train_images, train_labels, test_images, test_labels = (_file(folder, name) for name in MNIST_FILES)
    return Dataset(*_examples(train_images, train_labels), *_examples(test_images, test_labels))


def _mnist_folder(data_dir: str | PathLike[str] | None) -> Path:
    if data_dir is None:
        raise DataError(
            f"data 'mnist' needs data_dir (--data-dir), a folder with {MNIST_FILES[0]}.gz and its "
            "three companions; got none"
        )
    root = Path(data_dir)
    if not root.is_dir():
        raise DataError(
            f"there is no data folder {str(root)!r}; expected a folder with {MNIST_FILES[0]}.gz and its "
            "three companions"
        )
    layouts = [root, root / "raw", root / "MNIST" / "raw"]
    holding = [f for f in layouts if any(_variants(f, name) for name in MNIST_FILES)]
    if not holding:
        raise DataError(
            f"no MNIST file in {str(root)!r} nor in its raw or MNIST/raw; expected "
            f"{', '.join(MNIST_FILES)}, each plain or .gz"
        )
    return holding[0]


def _variants(folder: Path, name: str) -> list[Path]:
    """The files that may hold ``name``: as it was published, or unpacked."""
    return [p for p in (folder / name, folder / f"{name}.gz") if p.is_file()]


def _file(folder: Path, name: str) -> Path:
    found = _variants(folder, name)
    if not found:
        raise DataError(f"{str(folder)!r} lacks {name} (plain or .gz), one of the four MNIST files; add it")
    return found[0]


def _examples(images: Path, labels: Path) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    pixels, classes = read_idx(images, IMAGE_MAGIC), read_idx(labels, LABEL_MAGIC)
    if len(pixels) != len(classes):
        raise DataError(
            f"{images} holds {len(pixels)} images but {labels} {len(classes)} labels; expected as many; "
            "download both again"
        )
    if classes.max() >= CLASSES:
        raise DataError(f"{labels} holds the label {classes.max()}, expected 0 to 9; download it again")
    return (pixels.reshape(len(pixels), -1) / np.float32(255)).astype(np.float32), classes.astype(np.int32)


def read_idx(path: Path, magic: int) -> npt.NDArray[np.uint8]:
    """The array in an IDX file of unsigned bytes, gzipped or not. Raises DataError naming what is wrong with it."""
    content = _unpacked(path)
    dimensions = magic % 256
    header = np.frombuffer(content[: 4 + 4 * dimensions], dtype=">u4") if len(content) >= 4 + 4 * dimensions else None
    if header is None or header[0] != magic:
        begins = content[:4].hex() or "nothing"
        raise DataError(
            f"{path} is not an IDX file of {'images' if dimensions == 3 else 'labels'}: it begins with "
            f"{begins}, expected {magic:08x}; download it again"
        )
    shape = [int(n) for n in header[1:]]
    expected = len(header.tobytes()) + int(np.prod(shape, dtype=object))
    if len(content) != expected or 0 in shape:
        raise DataError(
            f"{path} holds {len(content)} bytes unpacked, expected {expected} for an array of "
            f"{' x '.join(map(str, shape))}; download it again"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{path} is not a whole gzip file ({error}); download it again") from error
