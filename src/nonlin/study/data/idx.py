"""MNIST and Fashion-MNIST: four IDX files, gzipped or not."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from nonlin.errors import DataError
from nonlin.study.data.preparation import Pair

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
IMAGE_MAGIC, LABEL_MAGIC = 2051, 2049  # the first four bytes of an IDX file: unsigned bytes in 3 or 1 dimensions
CLASSES = 10
CHUNK = 2**20  # a damaged header may promise more bytes than there is memory; reading in pieces asks for none of it


def read(folder: Path, limit: int | None, test_limit: int | None) -> tuple[Pair, Pair]:
    """The training and test images (n, height, width, 1) uint8 with their labels, no more of them than asked for."""
    images, labels, test_images, test_labels = (_file(folder, name) for name in FILES)
    return _pair(images, labels, limit), _pair(test_images, test_labels, test_limit)


def missing(folder: Path) -> list[str]:
    """Those of the four files that are not there."""
    return [name for name in FILES if not _variants(folder, name)]


def _variants(folder: Path, name: str) -> list[Path]:
    """The files that may hold ``name``: as it was published, or unpacked."""
    return [p for p in (folder / name, folder / f"{name}.gz") if p.is_file()]


def _file(folder: Path, name: str) -> Path:
    found = _variants(folder, name)
    if not found:
        raise DataError(f"{str(folder)!r} lacks {name} (plain or .gz), one of the four files; add it")
    return found[0]


def _pair(images: Path, labels: Path, limit: int | None) -> Pair:
    pixels, images_in_all = read_idx(images, IMAGE_MAGIC, limit)
    classes, labels_in_all = read_idx(labels, LABEL_MAGIC, limit)
    if images_in_all != labels_in_all:
        raise DataError(
            f"{images} holds {images_in_all} images but {labels} {labels_in_all} labels; expected as many; "
            "download both again"
        )
    if classes.max() >= CLASSES:
        raise DataError(f"{labels} holds the label {classes.max()}, expected 0 to 9; download it again")
    return pixels[..., None], classes


def read_idx(path: Path, magic: int, limit: int | None = None) -> tuple[npt.NDArray[np.uint8], int]:
    """The first ``limit`` entries of an IDX file of unsigned bytes, and how many it says it holds.

    With a limit, no more is read and unpacked than needed. Raises DataError naming what is wrong with the file.
    """
    with _opened(path) as stream:
        shape = _shape(path, stream.read(4 + 4 * (magic % 256)), magic)
        wanted = [min(limit or shape[0], shape[0]), *shape[1:]]
        whole = wanted == shape
        content = stream.read() if whole else _at_most(stream, prod(wanted))
    if len(content) != prod(wanted) or 0 in shape:
        begin = 4 + 4 * len(shape)
        at_least = "" if whole else "at least "
        raise DataError(
            f"{path} holds {begin + len(content)} bytes unpacked, expected {at_least}{begin + prod(wanted)} for an "
            f"array of {' x '.join(map(str, wanted))}; download it again"
        )
    return np.frombuffer(content, dtype=np.uint8).reshape(wanted), shape[0]


def _shape(path: Path, header: bytes, magic: int) -> list[int]:
    dimensions = magic % 256
    if len(header) < 4 + 4 * dimensions or int.from_bytes(header[:4]) != magic:
        begins = header[:4].hex() or "nothing"
        raise DataError(
            f"{path} is not an IDX file of {'images' if dimensions == 3 else 'labels'}: it begins with "
            f"{begins}, expected {magic:08x}; download it again"
        )
    return [int(size) for size in np.frombuffer(header, ">u4", offset=4)]


def _at_most(stream: BinaryIO, size: int) -> bytes:
    content = bytearray()
    while piece := stream.read(min(CHUNK, size - len(content))):
        content += piece
    return bytes(content)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file's content, unpacked as it is read."""
    try:
        with path.open("rb") as file:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is not a whole gzip file ({error}); download it again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
