"""The known data sets: where their files lie and what their classes are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from os import PathLike
from pathlib import Path

import numpy as np

from nonlin.errors import DataError
from nonlin.study.data import cifar, idx
from nonlin.study.data.fetch import cache_folder
from nonlin.study.data.preparation import Array, Pair, Raw
from nonlin.study.dependencies import require
from nonlin.study.settings import Settings, checked_path

DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Format:
    """How a data set is kept in files: their names, the same in words, those a folder lacks, and reading them."""

    files: tuple[str, ...]
    told: str
    missing: Callable[[Path], list[str]]
    read: Callable[[Path, int | None, int | None], tuple[Pair, Pair]]


IDX = Format(idx.FILES, f"{', '.join(idx.FILES)}, each plain or .gz", idx.missing, idx.read)
CIFAR = Format(cifar.FILES, "data_batch_1 to data_batch_5 and test_batch, all with .bin (binary version) or all "
               "without (Python version)", cifar.missing, cifar.read)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A published data set in files; ``layouts`` are the folders it is looked for in, the most telling first."""

    title: str
    holding: str
    format: Format
    layouts: tuple[str, ...]
    label_names: tuple[str, ...]
    first: tuple[str, str] | None = None
    """The first labels of the published training and test part, where another data set has files of the same names."""

    def found(self, root: Path) -> Path | None:
        """The folder in ``root`` that holds any of the files."""
        folders = (root / layout for layout in self.layouts)
        return next((f for f in folders if len(self.format.missing(f)) < len(self.format.files)), None)

    def published(self, parts: tuple[Pair, Pair]) -> bool:
        """Whether these labels are the published ones, as far as they go."""
        return all(map(_begins, (labels for _, labels in parts), self.first or ("", "")))


def _begins(labels: Array, first: str) -> bool:
    known = len(first)
    return first.startswith("".join(map(str, labels[:known].tolist())))


KNOWN = {
    "mnist": Known("MNIST", "70,000 grey images of 28 x 28, 10 digits", IDX, ("MNIST/raw", "raw", ""), DIGITS,
                   ("5041921314", "7210414959")),
    "fashion_mnist": Known("Fashion-MNIST", "70,000 grey images of 28 x 28, 10 kinds of clothes", IDX,
                           ("FashionMNIST/raw", "fashion", "raw", ""), CLOTHES, ("9003027255", "9211614657")),
    "cifar10": Known("CIFAR-10", "60,000 colour images of 32 x 32, 10 kinds of things", CIFAR,
                     ("cifar-10-batches-bin", "cifar-10-batches-py", ""), THINGS),
}  # fmt: skip
NAMES = ("digits", *KNOWN)


def named(name: str, settings: Settings, data_dir: str | PathLike[str] | None) -> Raw:
    """One of ``NAMES``. Raises DataError for files that are missing, damaged or those of another data set."""
    if name == "digits":
        return digits()
    known = KNOWN[name]
    folder = _folder(name, known, data_dir)
    training, test = known.format.read(folder, settings.limit, settings.test_limit)
    notes = (f"{known.title}'s own test images are the test", *_check_published(known, (training, test), folder))
    return Raw(name, training, test, len(known.label_names), known.label_names, notes)


def _check_published(known: Known, parts: tuple[Pair, Pair], folder: Path) -> list[str]:
    """A note where the labels are not those published, refused where they are those of another data set."""
    if known.published(parts):
        return []
    for name, other in KNOWN.items():
        if other.first and other.published(parts):
            raise DataError(f"the files in {str(folder)!r} are {other.title}, not {known.title}, whose files have the "
                            f"same names; use data {name!r}, or name another folder")  # fmt: skip
    return [f"the files in {folder.name!r} are not those of {known.title} as published: other labels come first"]


def digits() -> Raw:
    """The 1797 handwritten digits of scikit-learn, 8 x 8 pixels: 1437 for training, 360 for testing.

    The split is one fixed shuffle (``numpy.random.RandomState(0)``, whose stream NumPy keeps for ever).
    """
    table = np.loadtxt(_digits_file(), delimiter=",")
    pixels, labels = table[:, :-1], table[:, -1].astype(np.int64)
    order = np.random.RandomState(0).permutation(len(labels))
    images, labels = (pixels[order] / 16).astype(np.float32).reshape(-1, 8, 8, 1), labels[order]
    note = "the test images are the last 360 of a fixed shuffle of all 1797"
    return Raw("digits", (images[:1437], labels[:1437]), (images[1437:], labels[1437:]), 10, DIGITS, (note,))


def _digits_file() -> Path:
    """The file that ``sklearn.datasets.load_digits`` reads. Importing scikit-learn takes longer than reading it."""
    require("sklearn")
    found = find_spec("sklearn")
    places = [
        Path(p) / "datasets" / "data" / "digits.csv.gz" for p in (found and found.submodule_search_locations) or ()
    ]
    if not any(p.is_file() for p in places):
        raise DataError("the installed scikit-learn lacks datasets/data/digits.csv.gz; reinstall it")
    return next(p for p in places if p.is_file())


def _folder(name: str, known: Known, data_dir: str | PathLike[str] | None) -> Path:
    root = cache_folder() if data_dir is None else checked_path("data_dir", data_dir)
    if found := known.found(root):
        return found
    if data_dir is None:
        raise DataError(
            f"data {name!r} is not in the cache folder {str(root)!r}; run: nonlin data fetch {name}, or name the "
            "folder that holds its files with data_dir (--data-dir)"
        )
    if not root.is_dir():
        raise DataError(f"there is no data folder {str(root)!r}; expected a folder with {known.format.told}")
    *others, last = [layout for layout in known.layouts if layout]
    raise DataError(
        f"no {known.title} file in {str(root)!r} nor in its {', '.join(others)} or {last}; expected {known.format.told}"
    )
