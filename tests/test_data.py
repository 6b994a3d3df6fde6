"""The data of a study: what is read, split, scaled, fetched and refused. Real files, a real server on this machine."""

from __future__ import annotations

import copyreg
import gzip
import hashlib
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from nonlin.cli.data import command
from nonlin.errors import DataError, InputError
from nonlin.study.data import Dataset, Examples, fetch, load
from nonlin.study.data.fetch import SOURCES, Remote, Source, cache_folder
from nonlin.study.data.labels import encoded
from nonlin.study.data.pickled import read_pickled
from nonlin.study.data.preparation import shuffle_by_class, split
from nonlin.study.settings import Settings

pytest.importorskip("sklearn")


def settings(**changes: object) -> Settings:
    """Small batches, nothing held out: for tests of what is read."""
    return Settings(**{"batch_size": 2, "validation": 0.0, **changes})  # type: ignore[arg-type]


def sizes(dataset: Dataset) -> tuple[int, int, int]:
    return len(dataset.training), len(dataset.validation), len(dataset.test)


# ---- splits ----------------------------------------------------------------------------------------------------------


def test_digits_are_split_for_good() -> None:
    digits = load("digits", Settings())
    assert sizes(digits) == (1293, 144, 360)
    assert digits.shape == (8, 8, 1)
    assert (digits.training.images.min(), digits.training.images.max()) == (0, 1)
    assert (digits.training.images.dtype, digits.training.labels.dtype) == (np.float32, np.int32)
    assert digits.test.labels[:8].tolist() == [7, 9, 4, 7, 0, 2, 6, 1]
    assert digits.validation.labels[:8].tolist() == [0, 1, 4, 2, 7, 9, 3, 6]
    assert digits.label_names == tuple("0123456789")


def test_the_split_is_stated() -> None:
    told = load("digits", Settings(validation=0.2)).notes
    assert told == (
        "the test images are the last 360 of a fixed shuffle of all 1797",
        "1150 images for training, 287 for validation, 360 for the test, used once, after the last epoch; validation "
        "is the last 20 % of a fixed shuffle by class of the training part",
    )


def test_training_and_validation_part_the_training_images_between_them() -> None:
    whole, parted = load("digits", settings(limit=500)), load("digits", settings(limit=500, validation=0.2))
    both = np.concatenate([parted.training.images, parted.validation.images]).reshape(500, -1)
    assert sizes(parted) == (400, 100, 360)
    assert sorted(map(bytes, both)) == sorted(map(bytes, whole.training.images.reshape(500, -1)))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.floats(0.01, 0.5))
def test_a_split_keeps_proportions_and_every_class(labels: list[int], share: float) -> None:
    given = np.array(labels)
    (kept, kept_labels), (held, held_labels) = split((np.arange(len(labels)), given), share)
    assert sorted([*kept, *held]) == list(range(len(labels)))
    assert len(held) == min(len(labels) - 1, max(1, round(share * len(labels))))
    if len(kept) >= len(set(labels)):
        assert set(kept_labels) == set(labels)
    for one in set(labels):
        assert abs((held_labels == one).sum() - len(held) * (given == one).mean()) <= 2


def test_the_shuffle_does_not_change_from_one_version_to_the_next() -> None:
    assert shuffle_by_class(np.array([0, 0, 0, 0, 1, 1, 2, 2])).tolist() == [6, 2, 5, 1, 3, 7, 4, 0]


def test_nothing_is_held_out_when_nothing_is_asked_for() -> None:
    digits = load("digits", settings())
    assert sizes(digits) == (1437, 0, 360)
    assert digits.validation.images.shape == (0, 8, 8, 1)
    assert "validation is" not in " ".join(digits.notes)


def test_limits_take_the_first() -> None:
    whole, some = load("digits", settings()), load("digits", settings(limit=100, test_limit=10))
    assert np.array_equal(some.training.images, whole.training.images[:100])
    assert np.array_equal(some.test.labels, whole.test.labels[:10])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"limit": 1438}, r"limit must be at most 1437, the number of training images, got limit=1438"),
        ({"test_limit": 361}, r"test_limit must be at most 360, the number of test images, got test_limit=361"),
        ({"limit": 64, "batch_size": 65}, r"batch_size must be at most 64, the number of training images, got batch_"),
        ({"limit": 64, "batch_size": 64, "validation": 0.1}, r"at most 58, the number of training images after holding "
         r"out 6 for validation, got batch_size=64"),
    ],
    ids=str,
)  # fmt: skip
def test_sizes_that_do_not_fit_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load("digits", settings(**changes))


def test_a_fingerprint_knows_every_bit_and_the_split() -> None:
    one = load("digits", settings(limit=100))
    changed = one.training.images.copy()
    changed[7, 3, 3, 0] = np.nextafter(changed[7, 3, 3, 0], np.float32(2))
    other = Dataset("digits", Examples(changed, one.training.labels), one.validation, one.test, 10)
    assert one.fingerprint == load("digits", settings(limit=100)).fingerprint
    assert len(one.fingerprint) == 32
    found = {one.fingerprint, other.fingerprint, load("digits", settings(limit=100, validation=0.1)).fingerprint}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "mnits",
            r"no data set 'mnits'; did you mean 'mnist'\? known: digits, mnist, fashion_mnist, cifar10, or the p",
        ),
        ("imagenet", r"no data set 'imagenet'; known: digits"),
        ("nowhere.csv", r"there is no data file 'nowhere\.csv'; expected a \.npz or \.csv file"),
        (Path("nowhere"), r"there is no data file 'nowhere'"),
        (None, r"got data of kind NoneType, expected a name, a path, \(X, y\) or a Dataset"),
        (np.ones(3), r"got data of kind ndarray, expected a name"),
    ],
    ids=str,
)
def test_unknown_data_is_refused(name: object, message: str) -> None:
    with pytest.raises((InputError, DataError), match=message):
        load(name, settings())  # type: ignore[arg-type]


def test_a_folder_that_is_not_needed_is_noted(tmp_path: Path) -> None:
    assert "data_dir was not needed for data 'digits'" in load("digits", settings(), tmp_path).notes


# ---- IDX -------------------------------------------------------------------------------------------------------------


def idx(array: np.ndarray) -> bytes:
    """The bytes of an IDX file."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    """A folder with a small MNIST: 96 training and 32 test images, each showing its label as a bright row."""
    write_mnist(tmp_path / "MNIST" / "raw", packed=True)
    return tmp_path


def write_mnist(folder: Path, *, packed: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in mnist_files().items():
        path = folder / f"{name}.gz" if packed else folder / name
        path.write_bytes(gzip.compress(content) if packed else content)


def mnist_files() -> dict[str, bytes]:
    files = {}
    for part, count in (("train", 96), ("t10k", 32)):
        labels = np.arange(count) % 10
        images = np.zeros((count, 28, 28))
        images[np.arange(count), 2 * labels] = 255
        files[f"{part}-images-idx3-ubyte"] = idx(images)
        files[f"{part}-labels-idx1-ubyte"] = idx(labels)
    return files


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize(
    ("name", "layout"),
    [
        *(("mnist", layout) for layout in ("", "raw", "MNIST/raw")),
        *(("fashion_mnist", layout) for layout in ("", "raw", "FashionMNIST/raw", "fashion")),
    ],
)
def test_idx_files_are_found_in_the_usual_places(tmp_path: Path, name: str, layout: str, packed: bool) -> None:
    write_mnist(tmp_path / layout, packed=packed)
    found = load(name, settings(), tmp_path)
    assert found.training.images.shape == (96, 28, 28, 1)
    assert found.test.labels.tolist() == [n % 10 for n in range(32)]
    assert found.training.images[3, 6, :, 0].tolist() == [1.0] * 28
    assert found.label_names[9] == {"mnist": "9", "fashion_mnist": "ankle boot"}[name]


FIRST = {"mnist": ("5041921314", "7210414959"), "fashion_mnist": ("9003027255", "9211614657")}


def write_labels(folder: Path, first: tuple[str, str]) -> None:
    """The four files, whose first labels are these."""
    write_mnist(folder, packed=True)
    for part, begins in zip(("train", "t10k"), first, strict=True):
        path = folder / f"{part}-labels-idx1-ubyte.gz"
        content = bytearray(gzip.decompress(path.read_bytes()))
        content[8:18] = map(int, begins)
        path.write_bytes(gzip.compress(content))


@pytest.mark.parametrize("limit", [None, 1])
@pytest.mark.parametrize(("asked", "there"), [("mnist", "fashion_mnist"), ("fashion_mnist", "mnist")])
def test_mnist_and_fashion_mnist_are_told_apart_by_their_labels(
    tmp_path: Path, asked: str, there: str, limit: int | None
) -> None:
    write_labels(tmp_path, FIRST[there])
    limits = settings(limit=limit, test_limit=limit)
    with pytest.raises(
        DataError, match=rf"are .*MNIST, not .*MNIST, whose files have the same names; use data '{there}'"
    ):
        load(asked, limits, tmp_path)
    assert not any("as published" in note for note in load(there, settings(), tmp_path).notes)


def test_other_labels_than_those_published_are_noted(mnist: Path) -> None:
    notes = load("mnist", settings(), mnist).notes
    assert "the files in 'raw' are not those of MNIST as published: other labels come first" in notes


def test_a_data_folder_is_a_path() -> None:
    with pytest.raises(InputError, match=r"data_dir must be a path, got 3"):
        load("mnist", settings(), 3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"the folder must be a path, got 3"):
        fetch("mnist", 3)  # type: ignore[arg-type]


def test_fashion_is_not_mistaken_for_mnist_beside_it(mnist: Path) -> None:
    write_mnist(mnist / "FashionMNIST" / "raw", packed=True)
    path = mnist / "FashionMNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(idx(np.full(32, 5))))
    assert set(load("fashion_mnist", settings(), mnist).test.labels) == {5}
    assert len(set(load("mnist", settings(), mnist).test.labels)) == 10


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
def test_a_limit_reads_no_more_than_it_needs(tmp_path: Path, packed: bool) -> None:
    """The files end soon after the part that is needed, which only a full read notices."""
    write_mnist(tmp_path, packed=packed)
    images = mnist_files()[name := "train-images-idx3-ubyte"]
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(images[: 16 + 784 * 40]) if packed else images[: 16 + 784 * 40])
    some = load("mnist", settings(limit=40), tmp_path)
    assert some.training.labels.tolist() == [n % 10 for n in range(40)]
    assert sizes(some) == (40, 0, 32)
    with pytest.raises(DataError, match=r"holds 31376 bytes unpacked, expected at least 32160 for an array of 41 x 28"):
        load("mnist", settings(limit=41), tmp_path)


def test_a_limit_unpacks_little_of_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mnist(tmp_path, packed=True)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros((96, 1000, 1000)))))
    unpacked = []
    original = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda *a: unpacked.append(len(got := original(*a))) or got)
    assert load("mnist", settings(limit=3), tmp_path).shape == (1000, 1000, 1)
    assert sum(unpacked) < 3_100_000


TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
WHOLE = idx(np.zeros((2, 28, 28)))
DAMAGE = {  # what is written to the file, and what the refusal says
    "not gzip": (b"hello", r"train-images-idx3-ubyte\.gz is not a whole gzip file .*; download"),
    "gzip cut short": (gzip.compress(WHOLE)[:-12], r"train-images-idx3-ubyte\.gz is not a whole gzip file"),
    "gzip corrupt": (gzip.compress(WHOLE)[:20] + b"\0" * 40, r"is not a whole gzip file"),
    "wrong kind": (gzip.compress(idx(np.zeros(2))), r"IDX file of images: it begins with 00000801, expected 00000803"),
    "empty": (gzip.compress(b""), r"it begins with nothing, expected 00000803; download it again"),
    "data cut short": (gzip.compress(WHOLE[:-1]), r"1583 bytes unpacked, expected 1584 for an array of 2 x 28 x 28"),
    "data too long": (gzip.compress(WHOLE + b"\0"), r"holds 1585 bytes unpacked, expected 1584"),
    "absurd size": (gzip.compress(struct.pack(">4I", 2051, *[2**32 - 1] * 3)), r"16 bytes unpacked, expected 7922816"),
    "no images": (gzip.compress(idx(np.zeros((0, 28, 28)))), r"expected 16 for an array of 0 x 28 x 28"),
    "other count": (gzip.compress(WHOLE), r"2 images but .*train-labels-idx1-ubyte\.gz 96 labels; expected as many"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_files_are_named(mnist: Path, content: bytes, message: str) -> None:
    (mnist / "MNIST" / "raw" / TRAIN_IMAGES).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load("mnist", settings(), mnist)


def test_an_absurd_size_asks_for_no_memory_under_a_limit_either(mnist: Path) -> None:
    absurd = gzip.compress(struct.pack(">4I", 2051, *[2**32 - 1] * 3))
    (mnist / "MNIST" / "raw" / TRAIN_IMAGES).write_bytes(absurd)
    with pytest.raises(DataError, match=r"16 bytes unpacked, expected at least 36893488130239234066 for an array of 2"):
        load("mnist", settings(limit=2), mnist)


def test_other_counts_are_noticed_under_a_limit_too(mnist: Path) -> None:
    (mnist / "MNIST" / "raw" / TRAIN_IMAGES).write_bytes(gzip.compress(WHOLE))
    with pytest.raises(DataError, match=r"2 images but .*train-labels-idx1-ubyte\.gz 96 labels; expected as many"):
        load("mnist", settings(limit=2), mnist)


def test_a_label_above_nine_is_refused(mnist: Path) -> None:
    (mnist / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.full(32, 10))))
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte\.gz holds the label 10, expected 0 to 9"):
        load("mnist", settings(), mnist)


def test_a_missing_file_is_named(mnist: Path) -> None:
    (mnist / "MNIST" / "raw" / TRAIN_IMAGES).unlink()
    with pytest.raises(DataError, match=r"raw' lacks train-images-idx3-ubyte \(plain or \.gz\)"):
        load("mnist", settings(), mnist)


@pytest.mark.skipif(sys.platform == "win32", reason="a folder can be opened nowhere, but told in other words there")
def test_a_file_that_cannot_be_read_is_named(mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, original = mnist / "MNIST" / "raw" / TRAIN_IMAGES, Path.open

    def refuse(self: Path, *arguments: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return original(self, *arguments)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"ubyte\.gz cannot be read \(Permission denied\); check its permissions"):
        load("mnist", settings(), mnist)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no data folder '.*nowhere'; expected a folder with train-"):
        load("mnist", settings(), tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mnist", r"no MNIST file in '.*' nor in its MNIST/raw or raw; expected train-.*, each plain or \.gz"),
        ("fashion_mnist", r"no Fashion-MNIST file in '.*' nor in its FashionMNIST/raw, fashion or raw; expected train"),
        ("cifar10", r"no CIFAR-10 file in '.*' nor in its cifar-10-batches-bin or cifar-10-batches-py; expected data_"),
    ],
)
def test_a_folder_without_the_files_is_named(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(name, settings(), tmp_path)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_data_that_was_not_fetched_says_how_to(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NONLIN_DATA", str(tmp_path))
    with pytest.raises(DataError, match=rf"{name}' is not in the cache folder .*; run: nonlin data fetch {name}, or n"):
        load(name, settings())


# ---- CIFAR-10 --------------------------------------------------------------------------------------------------------


def cifar_batch(seed: int, count: int = 30) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (count, 3072), np.uint8), np.arange(count) % 10


def write_binary(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        images, labels = cifar_batch(seed)
        (folder / f"{name}.bin").write_bytes(np.column_stack([labels.astype(np.uint8), images]).tobytes())


def write_python(folder: Path, *names: str, protocol: int = 2) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        images, labels = cifar_batch(seed)
        content = {b"batch_label": b"training batch 1 of 5", b"labels": labels.tolist(), b"data": images,
                   b"filenames": [b"leptodactylus_pentadactylus_s_000004.png"]}  # fmt: skip
        (folder / name).write_bytes(pickle.dumps(content, protocol=protocol))


TRAINING = tuple(f"data_batch_{n}" for n in range(1, 6))


@pytest.mark.parametrize("layout", ["", "cifar-10-batches-bin"])
def test_the_binary_version_of_cifar(tmp_path: Path, layout: str) -> None:
    write_binary(tmp_path / layout, *TRAINING, "test_batch")
    found = load("cifar10", settings(), tmp_path)
    assert sizes(found) == (150, 0, 30)
    assert (found.shape, found.classes, found.label_names[3]) == ((32, 32, 3), 10, "cat")
    rows = cifar_batch(1)[0].reshape(30, 3, 32, 32)
    assert found.training.images[32, 5, 7, 2] == np.float32(rows[2, 2, 5, 7]) / np.float32(255)
    assert found.training.images.flags.c_contiguous


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("layout", ["", "cifar-10-batches-py"])
def test_the_python_version_holds_the_same(tmp_path: Path, layout: str, protocol: int) -> None:
    write_binary(tmp_path / "b", *TRAINING, "test_batch")
    write_python(tmp_path / "p" / layout, *TRAINING, "test_batch", protocol=protocol)
    binary, python = load("cifar10", settings(), tmp_path / "b"), load("cifar10", settings(), tmp_path / "p")
    assert binary.fingerprint == python.fingerprint


def test_a_batch_as_python_2_wrote_it(tmp_path: Path) -> None:
    """By hand, step by step as cPickle did: byte strings of Python 2, an array whose data is one of them."""
    images, labels = cifar_batch(0, 20)
    (tmp_path / "data_batch_1").write_bytes(python_2(images, labels.tolist()))
    content = read_pickled(tmp_path / "data_batch_1")
    assert np.array_equal(content["data"], images)
    assert content["labels"] == labels.tolist()
    assert content["batch_label"] == "training batch 1 of 5"


def python_2(images: np.ndarray, labels: list[int]) -> bytes:
    def short(text: bytes) -> bytes:
        return b"U" + bytes([len(text)]) + text

    kind = (
        b"cnumpy\ndtype\nq\x05" + short(b"u1") + b"K\x00K\x01\x87Rq\x06(K\x03" + short(b"|") + b"NNNJ\xff\xff\xff\xff"
    )
    kind += b"J\xff\xff\xff\xffK\x00tb"
    shape = b"M" + struct.pack("<H", len(images)) + b"M" + struct.pack("<H", images.shape[1]) + b"\x86"
    array = b"cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85" + short(b"b") + b"\x87Rq\x04"
    array += b"(K\x01" + shape + kind + b"\x89T" + struct.pack("<I", images.size) + images.tobytes() + b"tb"
    numbers = b"]q\x01(" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    text = short(b"batch_label") + short(b"training batch 1 of 5")
    return b"\x80\x02}q\x00(" + text + short(b"data") + array + short(b"labels") + numbers + b"u."


@pytest.mark.parametrize(("write", "end"), [(write_binary, ".bin"), (write_python, "")], ids=["binary", "python"])
def test_a_limit_needs_only_the_files_it_reads(tmp_path: Path, write: Callable[..., None], end: str) -> None:
    write(tmp_path, "data_batch_1", "test_batch")
    assert sizes(load("cifar10", settings(limit=25, test_limit=12), tmp_path)) == (25, 0, 12)
    assert sizes(load("cifar10", settings(limit=30), tmp_path)) == (30, 0, 30)
    missing = rf"lacks data_batch_2{end}, one of the files of CIFAR-10; add it or ask for at most 30 training images"
    for limit in (31, None):
        with pytest.raises(DataError, match=missing):
            load("cifar10", settings(limit=limit), tmp_path)
    (tmp_path / f"test_batch{end}").unlink()
    with pytest.raises(DataError, match=rf"lacks test_batch{end}, one of the files of CIFAR-10; add it$"):
        load("cifar10", settings(limit=25), tmp_path)


def test_a_limit_across_files(tmp_path: Path) -> None:
    write_binary(tmp_path, *TRAINING, "test_batch")
    whole, some = load("cifar10", settings(), tmp_path), load("cifar10", settings(limit=70), tmp_path)
    assert np.array_equal(some.training.images, whole.training.images[:70])
    with pytest.raises(InputError, match=r"limit must be at most 150, the number of training images, got limit=151"):
        load("cifar10", settings(limit=151), tmp_path)


def test_a_limit_reads_only_the_first_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_binary(tmp_path, "data_batch_1", "test_batch")
    counts = []
    original = np.fromfile
    monkeypatch.setattr(np, "fromfile", lambda *a: counts.append(a[2]) or original(*a))
    load("cifar10", settings(limit=11, test_limit=4), tmp_path)
    assert counts == [11 * 3073, 4 * 3073]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"batch_1\.bin holds 0 bytes, expected a multiple of 3073"),
        (bytes(3072), r"batch_1\.bin holds 3072 bytes, expected a multiple of 3073"),
        (bytes([11]) + bytes(3072), r"batch_1\.bin holds the label 11, expected 0 to 9; download it again"),
    ],
    ids=["empty", "truncated", "label"],
)
def test_damaged_binary_files_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    write_binary(tmp_path, *TRAINING, "test_batch")
    (tmp_path / "data_batch_1.bin").write_bytes(content)
    with pytest.raises(DataError, match=message):
        load("cifar10", settings(), tmp_path)


class Hostile:
    """Writes a file when it is unpickled, by the ordinary way."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return os.system, (f"echo harm > {self.path}",)


@pytest.mark.parametrize("protocol", range(6))
def test_a_hostile_pickle_is_refused_and_not_run(tmp_path: Path, protocol: int) -> None:
    images, labels = cifar_batch(0)
    content = {"data": images, "labels": labels.tolist(), "more": Hostile(tmp_path / "harm")}
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(content, protocol=protocol))
    with pytest.raises(DataError, match=r"data_batch_1 asks for .*, which CIFAR-10's files do not; nothing was run"):
        load("cifar10", settings(limit=4), tmp_path)
    assert not (tmp_path / "harm").exists()
    pickle.loads((tmp_path / "data_batch_1").read_bytes())
    assert (tmp_path / "harm").exists()  # or the test would not show anything


HOSTILE = {
    "by name": b"\x80\x02cposix\nsystem\nU\x04true\x85R.",
    "by stack": b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.",
    "builtins": b"\x80\x02c__builtin__\neval\nU\x031+1\x85R.",
    "attribute of a known module": b"\x80\x02cnumpy\nload\nU\x01x\x85R.",
    "other codec": b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00xX\x03\x00\x00\x00zip\x86R.",
    "instance": b"(iposix\nsystem\n.",
    "object": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "extension": b"\x80\x02\x82\x01.",
    "persistent": b"Psomething\n.",
    "state of a dictionary": b"\x80\x02}}b.",
    "items of a name": b"\x80\x02cnumpy\nndarray\n(U\x01aU\x01bu.",
    "objects in an array": b"\x80\x02cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R.",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_every_way_to_more_than_data_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "batch").write_bytes(content)
    with pytest.raises(DataError, match=r"batch asks for .*; nothing was run"):
        read_pickled(tmp_path / "batch")


def test_registered_extensions_are_refused_too(tmp_path: Path) -> None:
    copyreg.add_extension("os", "getcwd", 240)
    try:
        (tmp_path / "batch").write_bytes(b"\x80\x02\x82\xf0)R.")
        with pytest.raises(DataError, match=r"asks for the step EXT1"):
            read_pickled(tmp_path / "batch")
    finally:
        copyreg.remove_extension("os", "getcwd", 240)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\x80\x02}", b"\x80\x02.", b"\x80\x02K\x01.", b"\x80\x02h\x05.", b"\x80\x02t.", b"\x80\x02R."],
    ids=["empty", "text", "cut short", "nothing", "number", "no such memo", "no mark", "no function"],
)
def test_damaged_pickles_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "batch").write_bytes(content)
    with pytest.raises(DataError, match=r"batch is not a whole CIFAR-10 batch in Python's format \(.*\); download"):
        read_pickled(tmp_path / "batch")


@given(st.binary(max_size=80), st.integers(0, 400))
def test_no_bytes_bring_the_reader_down(tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int) -> None:
    whole = python_2(cifar_batch(0, 2)[0][:, :30], [1, 2])
    path = tmp_path_factory.getbasetemp() / "batch"
    path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
    with suppress(DataError):
        read_pickled(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"labels": [1]}, r"has not 'data', rows of 3072 bytes, and 'labels', a list of whole numbers"),
        ({"data": np.zeros((2, 3072), np.uint8)}, r"has not 'data'"),
        ({"data": np.zeros((2, 3), np.uint8), "labels": [1, 2]}, r"has not 'data', rows of 3072"),
        ({"data": np.zeros((2, 3072), np.uint8), "labels": [1, "2"]}, r"a list of whole numbers"),
        ({"data": np.zeros((2, 3072), np.uint8), "labels": [1]}, r"holds 2 images but 1 labels; expected as many"),
        ({"data": np.zeros((2, 3072), np.uint8), "labels": [1, -1]}, r"holds the label -1, expected 0 to 9"),
        ({"data": np.zeros((2, 3072), np.float32), "labels": [1, 2]}, r"asks for an array of 'f4'"),
    ],
    ids=["no data", "no labels", "shape", "text", "lengths", "range", "floats"],
)
def test_pickles_of_something_else_are_named(tmp_path: Path, content: object, message: str) -> None:
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(DataError, match=message):
        load("cifar10", settings(limit=2), tmp_path)


# ---- the user's own --------------------------------------------------------------------------------------------------


def iris() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_iris

    return load_iris(return_X_y=True)  # type: ignore[no-any-return]


def test_arrays_are_split_by_class_and_standardised_by_the_training_part() -> None:
    own = load(iris(), settings(validation=0.1))
    assert sizes(own) == (108, 12, 30)
    assert (own.shape, own.classes, own.label_names) == ((4,), 3, ("0", "1", "2"))
    assert np.bincount(own.test.labels).tolist() == [10, 10, 10]
    assert np.bincount(own.validation.labels).tolist() == [4, 4, 4]
    np.testing.assert_allclose(own.training.images.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(own.training.images.std(axis=0), 1, rtol=1e-6)
    assert abs(own.test.images.mean(axis=0)).min() > 1e-3
    assert own.notes == (
        "the test part is the last 20 % of a fixed shuffle by class of all 150 examples",
        "108 examples for training, 12 for validation, 30 for the test, used once, after the last epoch; validation is "
        "the last 10 % of a fixed shuffle by class of the training part",
        "features are standardised by the training part's mean and standard deviation",
    )


def test_a_limit_of_sorted_data_holds_every_class() -> None:
    assert np.bincount(load(iris(), settings(limit=30)).training.labels).tolist() == [10, 10, 10]


def test_a_constant_feature_is_0_everywhere() -> None:
    x, y = iris()
    x = np.column_stack([x, np.full(150, 0.1)])
    own = load((x, y, np.ones((3, 5)), [0, 1, 2]), settings())
    assert not own.training.images[:, 4].any()
    assert not own.test.images[:, 4].any()
    assert own.notes[-1].endswith("standard deviation; 1 constant in the training part are 0")


def test_a_test_part_given_is_kept() -> None:
    x, y = iris()
    own = load([x[::2], y[::2], x[1::2], y[1::2]], settings())
    assert sizes(own) == (75, 0, 75)
    assert own.test.labels.tolist() == y[1::2].tolist()
    assert own.notes[0] == "the test part is the one given"


@pytest.mark.parametrize(
    ("images", "shape", "first", "note"),
    [
        (np.full((12, 5, 4), 51, np.uint8), (5, 4, 1), 0.2, "images are divided by 255"),
        (np.full((12, 5, 4, 3), 51, np.int64), (5, 4, 3), 0.2, "images are divided by 255"),
        (np.full((12, 5, 4), 1000, np.uint16), (5, 4, 1), 1.0, "images are divided by 1000, the largest number in tr"),
        (np.full((12, 5, 4), -2, np.int8), (5, 4, 1), -1.0, "images are divided by 2, the largest number in training"),
        (np.full((12, 5, 4), 7.5), (5, 4, 1), 7.5, "images are used as they are, from 7.5 to 7.5"),
        (np.full((12, 5, 4), 0.5, np.float16), (5, 4, 1), 0.5, "12"),
        (np.full((12, 5, 4), True), (5, 4, 1), 1.0, "12"),
    ],
    ids=lambda value: str(getattr(value, "dtype", value)),
)
def test_images_become_numbers_near_1_and_it_is_said(
    images: np.ndarray, shape: tuple[int, ...], first: float, note: str
) -> None:
    own = load((images, np.arange(12) % 2), settings())
    assert own.shape == shape
    assert own.training.images.dtype == np.float32
    assert own.training.images[0, 0, 0, 0] == pytest.approx(first)
    assert note in own.notes[-1] or note == "12"


@pytest.mark.parametrize(
    ("labels", "names", "note"),
    [
        (["b", "a", "c"], ("a", "b", "c"), "labels are encoded: a = 0, b = 1, c = 2"),
        ([10, 9, -1], ("-1", "9", "10"), "labels are encoded: -1 = 0, 9 = 1, 10 = 2"),
        (["10", "9", "100"], ("9", "10", "100"), "labels are encoded: 9 = 0, 10 = 1, 100 = 2"),
        ([0.0, 1.0, 2.0], ("0", "1", "2"), None),
        (["0", "1", "2"], ("0", "1", "2"), None),
        (np.array([[0], [1], [2]]), ("0", "1", "2"), None),
        (np.array(["b", "a", "c"], object), ("a", "b", "c"), "labels are encoded: a = 0, b = 1, c = 2"),
        ([True, False, True], ("0", "1"), None),
        (np.array([0, 1, 2], np.uint8), ("0", "1", "2"), None),
    ],
    ids=str,
)
def test_labels_of_any_kind_become_classes(labels: object, names: tuple[str, ...], note: str | None) -> None:
    given = np.concatenate([np.asarray(labels)] * 10)
    own = load((np.random.default_rng(0).normal(size=(30, 2)), given), settings())
    assert (own.label_names, own.classes) == (names, len(names))
    assert [n for n in own.notes if n.startswith("labels")] == ([note] if note else [])


def test_encoded_labels_name_what_was_given() -> None:
    given = np.array(["cat", "dog", "cat", "ape"])
    (codes,), names, _ = encoded([given], "pets")
    assert [names[code] for code in codes] == given.tolist()


def test_a_long_list_of_classes_is_cut_short_in_the_note() -> None:
    notes = encoded([np.array(2 * [f"c{n:02}" for n in range(20)])], "many")[2]
    assert notes == ("labels are encoded: c00 = 0, c01 = 1, c02 = 2, c03 = 3, c04 = 4, c05 = 5 ... c19 = 19",)


def test_a_class_that_only_the_test_has_is_noted() -> None:
    x = np.random.default_rng(0).normal(size=(6, 2))
    own = load((x, list("aabbab"), x, list("aabbcc")), settings())
    assert own.classes == 3
    assert "the training part has no example of c" in own.notes


X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2


def spoilt(value: object) -> np.ndarray:
    changed = X.copy()
    changed[7, 1] = value
    return changed


BAD = {
    "lengths": ((X, Y[:19]), r"data 'own data' has 20 examples but 19 labels; expected as many"),
    "nan": ((spoilt(np.nan), Y, X, Y), r"holds a number that is not finite.* in 1 of 20 examples, the first at ind"),
    "inf": ((X, Y, spoilt(np.inf), Y), r"holds a number that is not finite, or too large for float32, in 1 of 20"),
    "too large": ((spoilt(1e300), Y, X, Y), r"feature 1 \(counted from 0\) has numbers too large or too near each oth"),
    "too near": ((spoilt(5e-324) * [1, 0, 1] + [[0, 1e-320 * n, 0] for n in range(20)], Y), r"feature 1 .* too near"),
    "large image": ((np.full((20, 2, 2), 1e300), Y), r"holds a number that is not finite, or too large for float32"),
    "nan image": ((np.full((20, 2, 2), np.nan), Y), r"is not finite, or too large for float32, in 16 of 16 examples"),
    "constant target": ((X, np.zeros(20, int)), r"has one label, '0', in all 16 training examples; expected at le"),
    "nan label": ((X, np.where(Y, np.nan, 1.0)), r"has no label \(NaN\) at index 1; remove or fill it in"),
    "regression": ((X, Y + 0.37), r"has the label 0\.37, expected classes \(whole numbers or text\); a study compares"),
    "each its own": ((X, np.arange(20)), r"has 20 labels, each another; expected classes with several examples each"),
    "one-hot": ((X, np.eye(2)[Y]), r"labels of shape \(20, 2\), expected \(n,\); turn one-hot rows .* y\.argmax"),
    "mixed": ((X, np.array([1, "a"] * 10, object)), r"labels of kind int, str, expected all text or all whole numbers"),
    "complex": ((X + 0j, Y), r"examples of dtype complex128, expected numbers"),
    "text": ((X.astype(str), Y), r"examples of dtype <U\d+, expected numbers"),
    "flat": ((X[:, 0], Y), r"examples of shape \(20,\), expected \(n, features\), \(n, height, width\) or"),
    "no feature": ((X[:, :0], Y), r"examples of shape \(20, 0\), expected .*, none of them 0"),
    "no example": ((X[:0], Y[:0]), r"examples of shape \(0, 3\)"),
    "channels first": ((np.zeros((20, 3, 8, 8)), Y), r"seems to have the channels first, .*X\.transpose\(0, 2, 3, 1\)"),
    "ragged": (([[1, 2], [3]], [0, 1]), r"has something that is no array"),
    "three": ((X, Y, X), r"got 3 arrays, expected \(X, y\) or \(X_train, y_train, X_test, y_test\)"),
    "shapes": ((X, Y, X[:, :2], Y), r"training and test examples of shapes \(3,\) and \(2,\); expected the same"),
    "too few": ((X[:4], list("aabc")[:4]), None),
    "far too few": ((X[:3], list("abb")), r"3 examples of 2 classes"),
}  # fmt: skip


@pytest.mark.parametrize("case", [case for case in BAD if "few" not in case])
def test_bad_arrays_are_refused(case: str) -> None:
    data, message = BAD[case]
    with pytest.raises((DataError, InputError), match=message):
        load(data, settings())  # type: ignore[arg-type]


def test_too_few_examples_to_split_are_refused() -> None:
    labels = ["a", "b", "c", "d", "d"]
    with pytest.raises(DataError, match=r"has one label|too few to hold out a test part; give more, or a test part of"):
        load((X[:2], ["a", "a"]), settings(batch_size=1))
    assert set(load((X[:5], labels), settings(batch_size=1)).training.labels) == {0, 1, 2, 3}


def test_a_dataset_is_taken_as_it_is() -> None:
    digits = load("digits", settings(validation=0.1))
    again = load(digits, settings(validation=0.1))
    assert again.fingerprint == digits.fingerprint
    assert sizes(load(digits, settings(limit=100, test_limit=7))) == (100, 144, 7)
    assert sizes(load(load("digits", settings()), settings(validation=0.1))) == (1293, 144, 360)


def test_a_bad_dataset_is_refused() -> None:
    good, none = Examples(X.astype(np.float32), Y), Examples(X[:0].astype(np.float32), Y[:0])
    with pytest.raises(DataError, match=r"got 20 images but 19 labels; expected as many"):
        Examples(good.images, Y[:19])
    with pytest.raises(DataError, match=r"data 'mine' has labels from 0 to 1, expected 0 to 0; encode them so"):
        load(Dataset("mine", good, none, good, 1), settings())
    with pytest.raises(
        DataError, match=r"data 'mine' has 0 test examples and 0 labels, expected as many, at least one"
    ):
        load(Dataset("mine", good, none, none, 2), settings())


# ---- .npz ------------------------------------------------------------------------------------------------------------

PART_KEYS = [
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),
    ("X_train", "y_train", "X_test", "y_test"),
    ("train_x", "train_y", "test_x", "test_y"),
]


@pytest.mark.parametrize("keys", [("x", "y"), ("X", "y"), ("images", "labels")], ids=str)
def test_npz_files_with_two_arrays(tmp_path: Path, keys: tuple[str, str]) -> None:
    np.savez(tmp_path / "iris.npz", **dict(zip(keys, iris(), strict=True)))
    own = load(tmp_path / "iris.npz", settings())
    assert own.name == "iris.npz"
    assert own.fingerprint == load(iris(), settings()).fingerprint


@pytest.mark.parametrize("keys", PART_KEYS, ids=str)
def test_npz_files_with_a_test_part(tmp_path: Path, keys: tuple[str, ...]) -> None:
    x, y = iris()
    arrays = (x[::2], y[::2], x[1::2], y[1::2])
    np.savez_compressed(tmp_path / "iris.npz", **dict(zip(keys, arrays, strict=True)))
    own = load(str(tmp_path / "iris.npz"), settings())
    assert own.fingerprint == load(arrays, settings()).fingerprint


def test_arrays_not_used_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "iris.npz", x=X, y=Y, weights=Y)
    assert load(tmp_path / "iris.npz", settings()).notes[-3] == "not used: weights of iris.npz"


def npz(**arrays: object) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"own\.npz is not a whole \.npz file of numbers and text"),
        (b"hello", r"own\.npz is not a whole \.npz file"),
        (npz(x=X, y=Y)[:-40], r"own\.npz is not a whole \.npz file"),
        (npz(x=X, y=Y).replace(X.tobytes()[:9], b"damaged.."), r"own\.npz is not a whole \.npz file"),
        (
            npz(x=X, y=np.array([Path("a")] * 20)),
            r"is not a whole .*; write it again with numpy\.savez, without Python",
        ),
        (npz(a=X, b=Y), r"own\.npz holds a, b, expected x and y, images and labels, or train_images"),
        (npz(), r"own\.npz holds nothing, expected x and y"),
        (npz(x=X, y=Y[1:]), r"data 'own\.npz' has 20 examples but 19 labels"),
    ],
    ids=["empty", "text", "truncated", "corrupt", "objects", "keys", "nothing", "lengths"],
)
def test_bad_npz_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "own.npz").write_bytes(content)
    with pytest.raises(DataError, match=message):
        load(tmp_path / "own.npz", settings())


def test_an_array_of_objects_in_a_file_is_not_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", x=X, y=np.array([Hostile(tmp_path / "harm")] * 20))
    with pytest.raises(DataError, match="without Python objects"):
        load(tmp_path / "own.npz", settings())
    assert not (tmp_path / "harm").exists()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("1,2")
    with pytest.raises(DataError, match=r"own\.txt' ends with '\.txt', expected \.npz or \.csv"):
        load(tmp_path / "own.txt", settings())


# ---- CSV -------------------------------------------------------------------------------------------------------------


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "own.csv"
    path.write_bytes(text.encode(encoding))
    return path


ROWS = "".join(f"{n},{n * n % 7},{'odd' if n % 2 else 'even'}\n" for n in range(20))


@pytest.mark.parametrize(
    "text",
    [
        "a,b,parity\n" + ROWS,
        "a,b,Label\r\n" + ROWS.replace("\n", "\r\n"),
        '"a","b","target"\n' + ROWS + "\n\n",
        "﻿a,b,class\n" + ROWS,
        "Y,a,b\n" + "".join(f"{row.split(',')[2]},{row.rpartition(',')[0]}\n" for row in ROWS.splitlines()),
        "a, b, parity\n" + ROWS.replace(",", " , "),
    ],
    ids=["last", "Label, CRLF", "quoted target, empty lines", "class, BOM", "y first", "spaces"],
)
def test_csv_files(tmp_path: Path, text: str) -> None:
    own = load(written(tmp_path, text), settings())
    numbers = np.array([[n, n * n % 7] for n in range(20)], float)
    assert own.label_names == ("even", "odd")
    assert "labels are encoded: even = 0, odd = 1" in own.notes
    assert own.fingerprint == load((numbers, np.arange(20) % 2), settings()).fingerprint


CSV_FAULTS = {
    "missing": (ROWS + "3,,odd\n", r"own\.csv line 22 has no number in column 'b' \(missing or NaN\); remove the line"),
    "nan": (ROWS + "NaN,3,odd\n", r"line 22 has no number in column 'a' \(missing or NaN\)"),
    "inf": (ROWS + "3,inf,odd\n", r"line 22 has 'inf' in column 'b', expected a finite number"),
    "too large": (ROWS + "3,1e999,odd\n", r"line 22 has 'inf' in column 'b', expected a finite number"),
    "text": ("1,red,odd\n" + ROWS, r"line 2 has 'red' in column 'b', expected a finite number; encode text as numbers"),
    "no label": (ROWS + "3,4,\n", r"line 22 has no label in column 'c'; remove the line or fill it in"),
    "nan label": (ROWS + "3,4,nan\n", r"line 22 has no label in column 'c'"),
    "short": (ROWS + "3,4\n", r"line 22 has 2 cells, expected 3 as the header"),
    "long": (ROWS + "3,4,odd,5\n", r"line 22 has 4 cells, expected 3"),
    "no rows": ("", r"holds no example below its header"),
    "regression": ("1,2,0.5\n2,3,1.5\n4,5,0.5\n", r"data 'own\.csv' has the label 0\.5, expected classes"),
    "constant": ("1,2,a\n2,3,a\n4,5,a\n", r"has one label, 'a', in all 2 training examples"),
}


@pytest.mark.parametrize(("rows", "message"), CSV_FAULTS.values(), ids=CSV_FAULTS)
def test_faults_in_csv_files_are_named_with_their_line(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(written(tmp_path, "a,b,c\n" + rows), settings())


@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        ("", "utf-8", r"own\.csv begins with '', expected a header of at least two columns separated by commas"),
        ("a;b;c\n1;2;3\n", "utf-8", r"own\.csv begins with 'a;b;c', expected a header of at least two columns"),
        ("1,2,3\n4,5,6\n", "utf-8", r"own\.csv begins with numbers, expected a header such as length,width,label; add"),
        ("a,ö,c\n1,2,3\n", "latin-1", r"own\.csv is not a comma-separated text in UTF-8 \(.*\); save it as one"),
    ],
    ids=["empty", "semicolons", "no header", "latin-1"],
)
def test_other_texts_are_refused(tmp_path: Path, text: str, encoding: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(written(tmp_path, text, encoding), settings())


# ---- fetch -----------------------------------------------------------------------------------------------------------


class Server:
    """Serves ``files`` on this machine; ``faults`` say what goes wrong with one of them, once."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, str] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        name, part = request.path.strip("/"), request.headers.get("Range")
        self.asked.append((name, part))
        fault, content = self.faults.pop(name, ""), self.files.get(name)
        if content is None:
            request.send_error(404)
            return
        begin = int(part.removeprefix("bytes=").rstrip("-")) if part and fault != "no ranges" else 0
        request.send_response(206 if begin else 200)
        request.send_header("Content-Length", str(len(content) - begin))
        request.end_headers()
        body = content[begin:]
        if fault == "other content":
            body = bytes(len(body))
        request.wfile.write(body[: len(body) // 2] if fault == "cut short" else body)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "*")
    one = Server()
    thread = threading.Thread(target=one.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()
    thread.join()


def remote(server: Server, name: str, content: bytes) -> Remote:
    server.files[name] = content
    return Remote(f"{server.address}/{name}", hashlib.sha256(content).hexdigest(), len(content))


@pytest.fixture
def sources(server: Server) -> dict[str, Source]:
    """A small MNIST and a small CIFAR-10 on the server."""
    mnist = [remote(server, f"{name}.gz", gzip.compress(content)) for name, content in mnist_files().items()]
    stream, members = io.BytesIO(), {}
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for seed, name in enumerate((*TRAINING, "test_batch")):
            images, labels = cifar_batch(seed)
            content = np.column_stack([labels.astype(np.uint8), images]).tobytes()
            members[f"{name}.bin"] = len(content)
            add(tar, f"cifar-10-batches-bin/{name}.bin", content)
    archive = remote(server, "cifar.tar.gz", stream.getvalue())
    return {"mnist": Source("MNIST/raw", tuple(mnist)), "cifar10": Source("cifar-10-batches-bin", (archive,), members)}


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def names(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


MNIST_NAMES = {f"MNIST/raw/{name}.gz" for name in mnist_files()}
CIFAR_NAMES = {f"cifar-10-batches-bin/{name}.bin" for name in (*TRAINING, "test_batch")}


@pytest.mark.parametrize(("name", "files"), [("mnist", MNIST_NAMES), ("cifar10", CIFAR_NAMES)])
def test_fetched_data_is_found_by_itself(
    name: str, files: set[str], sources: dict[str, Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NONLIN_DATA", str(tmp_path / "cache"))
    assert fetch(name, sources=sources) == tmp_path / "cache"
    assert names(tmp_path / "cache") == files
    assert load(name, settings()).fingerprint == load(name, settings(), tmp_path / "cache").fingerprint


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_what_is_there_is_not_downloaded_again(
    name: str, sources: dict[str, Source], server: Server, tmp_path: Path
) -> None:
    fetch(name, tmp_path, sources=sources)
    server.asked.clear()
    fetch(name, tmp_path, sources=sources)
    assert server.asked == []


def test_progress_counts_the_bytes_of_every_file(sources: dict[str, Source], tmp_path: Path) -> None:
    seen: dict[str, tuple[int, int]] = {}
    fetch("mnist", tmp_path, lambda have, total, name: seen.update({name: (have, total)}), sources=sources)
    assert seen == {file.name: (file.size, file.size) for file in sources["mnist"].files}


IMAGES = f"MNIST/raw/{TRAIN_IMAGES}"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            "cut short",
            r"cannot download http://127\.0\.0\.1:\d+/train-images.* \(.*\); check the connection and try ag",
        ),
        (
            "other content",
            r"train-images.* is not the published file \(SHA256 hash of downloaded file .* does not match",
        ),
    ],
)
def test_a_failed_download_leaves_no_file_and_a_retry_works(
    fault: str, message: str, sources: dict[str, Source], server: Server, tmp_path: Path
) -> None:
    server.faults[TRAIN_IMAGES] = fault
    with pytest.raises(DataError, match=message):
        fetch("mnist", tmp_path, sources=sources)
    assert IMAGES not in names(tmp_path)
    fetch("mnist", tmp_path, sources=sources)
    assert names(tmp_path) == MNIST_NAMES
    assert sizes(load("mnist", settings(), tmp_path)) == (96, 0, 32)


def test_an_interrupted_download_goes_on_where_it_stopped(
    sources: dict[str, Source], server: Server, tmp_path: Path
) -> None:
    server.faults["cifar.tar.gz"] = "cut short"
    with pytest.raises(DataError, match="cannot download"):
        fetch("cifar10", tmp_path, sources=sources)
    half = (tmp_path / "cifar.tar.gz.part").stat().st_size
    assert 0 < half < sources["cifar10"].size
    fetch("cifar10", tmp_path, sources=sources)
    assert server.asked[-1] == ("cifar.tar.gz", f"bytes={half}-")
    assert names(tmp_path) == CIFAR_NAMES


def test_a_server_that_cannot_go_on_starts_anew(sources: dict[str, Source], server: Server, tmp_path: Path) -> None:
    (tmp_path / "cifar.tar.gz.part").write_bytes(b"rubbish")
    server.faults["cifar.tar.gz"] = "no ranges"
    fetch("cifar10", tmp_path, sources=sources)
    assert names(tmp_path) == CIFAR_NAMES


def test_a_wrong_beginning_is_noticed_and_dropped(sources: dict[str, Source], tmp_path: Path) -> None:
    (tmp_path / "cifar.tar.gz.part").write_bytes(b"rubbish")
    with pytest.raises(DataError, match="is not the published file"):
        fetch("cifar10", tmp_path, sources=sources)
    assert names(tmp_path) == set()
    fetch("cifar10", tmp_path, sources=sources)
    assert names(tmp_path) == CIFAR_NAMES


def test_a_damaged_file_in_the_cache_is_replaced(sources: dict[str, Source], tmp_path: Path) -> None:
    fetch("mnist", tmp_path, sources=sources)
    (tmp_path / IMAGES).write_bytes(b"cut")
    fetch("mnist", tmp_path, sources=sources)
    assert sizes(load("mnist", settings(), tmp_path)) == (96, 0, 32)


def test_a_missing_address_is_named(sources: dict[str, Source], server: Server, tmp_path: Path) -> None:
    del server.files[TRAIN_IMAGES]
    with pytest.raises(
        DataError, match=r"the address failed \(404 Client Error: Not Found for url: http://127.*try aga"
    ):
        fetch("mnist", tmp_path, sources=sources)
    assert names(tmp_path) == set()


def test_a_refused_connection_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    closed = {"mnist": Source("MNIST/raw", (Remote("http://127.0.0.1:9/a.gz", "0" * 64, 4),))}
    with pytest.raises(
        DataError, match=r"cannot download http://127\.0\.0\.1:9/a\.gz \(.*refused.*\); check the conne"
    ):
        fetch("mnist", tmp_path, sources=closed)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_a_folder_that_cannot_be_written_is_named(name: str, sources: dict[str, Source], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot write into '.*file.*' \(.*\); name another folder"):
        fetch(name, tmp_path / "file", sources=sources)


def test_a_full_disk_is_told(sources: dict[str, Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(DataError, match=r"cannot write into '.*' \(No space left on device\); name another folder"):
        fetch("mnist", tmp_path, full, sources=sources)
    assert IMAGES not in names(tmp_path)


def test_ctrl_c_leaves_what_can_go_on(sources: dict[str, Source], tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("mnist", tmp_path, stop, sources=sources)
    assert IMAGES not in names(tmp_path)
    fetch("mnist", tmp_path, sources=sources)
    assert names(tmp_path) == MNIST_NAMES


@pytest.mark.parametrize("name", ["../escaped.bin", "cifar-10-batches-bin/../../escaped.bin", "/escaped.bin"])
def test_an_archive_may_not_write_where_it_likes(
    name: str, server: Server, sources: dict[str, Source], tmp_path: Path
) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        add(tar, name, b"harm")
        link = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        add(tar, "cifar-10-batches-bin/data_batch_1.bin", b"1234")
    one = Source("cifar-10-batches-bin", (remote(server, "one.tar.gz", stream.getvalue()),), {"data_batch_1.bin": 4})
    fetch("cifar10", tmp_path / "cache", sources={"cifar10": one})
    assert names(tmp_path) == {"cache/cifar-10-batches-bin/data_batch_1.bin"}
    two = Source(one.folder, one.files, {"test_batch.bin": 4})
    with pytest.raises(DataError, match=r"the archive in '.*' cannot be unpacked \(it lacks test_batch\.bin\); try"):
        fetch("cifar10", tmp_path / "other", sources={"cifar10": two})


def test_an_archive_without_its_files_is_refused(server: Server, tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        add(tar, "else.bin", b"1234")
    bad = Source("cifar-10-batches-bin", (remote(server, "bad.tar.gz", stream.getvalue()),), {"data_batch_1.bin": 4})
    with pytest.raises(DataError, match=r"the archive in '.*' cannot be unpacked \(it lacks data_batch_1\.bin\)"):
        fetch("cifar10", tmp_path, sources={"cifar10": bad})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mnits", r"no data set to fetch 'mnits'; did you mean 'mnist'\? known: mnist, fashion_mnist, cifar10"),
        ("digits", r"data 'digits' comes with scikit-learn; there is nothing to fetch"),
    ],
)
def test_unknown_names_are_not_fetched(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        fetch(name, tmp_path)


def test_pooch_keeps_quiet(sources: dict[str, Source], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fetch("mnist", tmp_path, sources=sources)
    assert capfd.readouterr() == ("", "")


def test_the_official_table_is_in_order() -> None:
    for source in SOURCES.values():
        for file in source.files:
            assert file.address.startswith("http")
            assert len(bytes.fromhex(file.sha256)) == 32
            assert file.size > 1000
    assert sum(source.size for source in SOURCES.values()) == 212_525_538


def test_the_cache_is_the_users_or_the_one_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NONLIN_DATA", raising=False)
    assert cache_folder().name in ("nonlin", "Cache")
    monkeypatch.setenv("NONLIN_DATA", str(tmp_path))
    assert cache_folder() == tmp_path


# ---- command line ----------------------------------------------------------------------------------------------------


def test_the_list_says_what_there_is_and_where(mnist: Path) -> None:
    write_binary(mnist / "cifar-10-batches-bin", "data_batch_1", "test_batch")
    output = CliRunner().invoke(command, ["list", "--data-dir", str(mnist)], catch_exceptions=False).output
    lines = output.splitlines()
    assert lines[0].startswith("digits         1797 grey images of 8 x 8")
    assert lines[3].strip() == f"in {mnist / 'MNIST' / 'raw'}"
    assert lines[5].strip().startswith("not here; nonlin data fetch fashion_mnist downloads 31 MB from http://fashion-")
    assert lines[7].strip().endswith("bin, without data_batch_2, data_batch_3, data_batch_4, data_batch_5")


def test_the_list_as_json(mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NONLIN_DATA", str(mnist))
    records = {r["name"]: r for r in json.loads(CliRunner().invoke(command, ["list", "--json"]).output)}
    assert list(records) == ["digits", "mnist", "fashion_mnist", "cifar10"]
    assert (records["mnist"]["folder"], records["mnist"]["missing"]) == (str(mnist / "MNIST" / "raw"), [])
    assert records["cifar10"]["folder"] is None
    assert records["cifar10"]["bytes"] == 170_052_171


@pytest.fixture
def small_sources(sources: dict[str, Source], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command fetches from the server on this machine."""
    monkeypatch.setattr(fetch, "__kwdefaults__", {"sources": sources})


@pytest.mark.usefixtures("small_sources")
def test_the_command_fetches(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["fetch", "mnist", "--data-dir", str(tmp_path)], catch_exceptions=False)
    assert f"mnist is in {tmp_path}; use it with: nonlin compare relu tanh --data mnist --data-dir" in result.stdout
    assert result.stderr.splitlines()[0].startswith("downloading train-images-idx3-ubyte.gz (0.0 MB)")
    assert names(tmp_path) == MNIST_NAMES


@pytest.mark.usefixtures("small_sources")
def test_the_command_fetches_into_the_cache_and_gives_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NONLIN_DATA", str(tmp_path))
    result = CliRunner().invoke(command, ["fetch", "cifar10", "--json"], catch_exceptions=False)
    assert json.loads(result.stdout) == {"name": "cifar10", "folder": str(tmp_path)}
    assert names(tmp_path) == CIFAR_NAMES


def test_a_mistyped_command_is_told() -> None:
    result = CliRunner().invoke(command, ["fetsh", "mnist"])
    assert result.exit_code == 2
    assert "no command 'fetsh' of nonlin data; did you mean 'fetch'? known: list, fetch" in result.output


def test_importing_the_command_loads_no_heavy_library() -> None:
    heavy = "numpy rich requests pooch sklearn jax"
    code = f"import sys, nonlin.cli.data; print([m for m in '{heavy}'.split() if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded == "[]\n"
