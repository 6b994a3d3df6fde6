"""Downloading the known data sets from their official addresses, checked by their SHA-256."""

from __future__ import annotations

import logging
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any

from nonlin.errors import DataError, InputError
from nonlin.study.dependencies import require
from nonlin.study.settings import check_known, checked_path

Progress = Callable[[int, int, str], None]
"""Called with the bytes there are, the bytes of the whole file and the file's name."""

TIMEOUT = 30.0  # seconds without a byte
CHUNK = 2**16
ADVICE = "try again, or name a local copy with data_dir (--data-dir)"


@dataclass(frozen=True)
class Remote:
    """A published file: its address, its SHA-256 in hexadecimal and its size in bytes."""

    address: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        return self.address.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Source:
    """Where a data set comes from, and the folder its files go to.

    ``members``: the files of interest in a single tar archive, and their sizes; empty where files are used as they are.
    """

    folder: str
    files: tuple[Remote, ...]
    members: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files)

    def complete(self, root: Path) -> bool:
        """Whether every file is below ``root``, whole by its size."""
        sizes = self.members or {file.name: file.size for file in self.files}
        return all(_size(root / self.folder / name) == size for name, size in sizes.items())


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
SOURCES = {
    "mnist": Source("MNIST/raw", (
        Remote(f"{_MNIST}train-images-idx3-ubyte.gz",
               "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9912422),
        Remote(f"{_MNIST}train-labels-idx1-ubyte.gz",
               "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28881),
        Remote(f"{_MNIST}t10k-images-idx3-ubyte.gz",
               "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1648877),
        Remote(f"{_MNIST}t10k-labels-idx1-ubyte.gz",
               "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4542),
    )),
    "fashion_mnist": Source("FashionMNIST/raw", (
        Remote(f"{_FASHION}train-images-idx3-ubyte.gz",
               "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 26421880),
        Remote(f"{_FASHION}train-labels-idx1-ubyte.gz",
               "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 29515),
        Remote(f"{_FASHION}t10k-images-idx3-ubyte.gz",
               "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 4422102),
        Remote(f"{_FASHION}t10k-labels-idx1-ubyte.gz",
               "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 5148),
    )),
    "cifar10": Source("cifar-10-batches-bin", (
        Remote("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
               "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", 170052171),
    ), {f"{name}.bin": 30_730_000 for name in (*(f"data_batch_{n}" for n in range(1, 6)), "test_batch")}),
}  # fmt: skip
"""The official addresses. Where one serves plain HTTP, the checksum says whether the file is the published one."""


def cache_folder() -> Path:
    """Where fetched data sets are kept: the folder named by the environment's NONLIN_DATA, or the user's cache."""
    if named := os.environ.get("NONLIN_DATA"):
        return Path(named).expanduser()
    require("pooch")
    import pooch

    return Path(pooch.os_cache("nonlin"))


def fetch(
    name: str,
    folder: str | PathLike[str] | None = None,
    progress: Progress | None = None,
    *,
    sources: Mapping[str, Source] = SOURCES,
) -> Path:
    """Download a known data set unless it is there, and return the folder to give as ``data_dir``.

    ``folder``: by default the cache folder, where :func:`nonlin.study.data.load` looks by itself. An interrupted
    download goes on where it stopped; a file appears under its name only once it is whole and its checksum right.
    Raises InputError for an unknown name, DataError where the download, its checksum or the folder fails.
    """
    if name == "digits":
        raise InputError("data 'digits' comes with scikit-learn; there is nothing to fetch")
    check_known("data set to fetch", name, list(sources))
    source, root = sources[name], cache_folder() if folder is None else checked_path("the folder", folder)
    if not source.complete(root):
        with _folder_failures(root):
            (_archive if source.members else _files)(source, root, progress)
    return root


def _files(source: Source, root: Path, progress: Progress | None) -> None:
    for file in source.files:
        _retrieve(file, root / source.folder, progress)


def _archive(source: Source, root: Path, progress: Progress | None) -> None:
    """Unpack beside the final folder and move the files in one by one, so that none is ever there by half."""
    archive = _retrieve(source.files[0], root, progress)
    with TemporaryDirectory(dir=root) as place:
        _unpack(archive, source, Path(place))
        (root / source.folder).mkdir(exist_ok=True)
        for name in source.members:
            (Path(place) / name).replace(root / source.folder / name)
    archive.unlink()


def _unpack(archive: Path, source: Source, place: Path) -> None:
    """Only the files of interest, under names of our own: no entry says where it is written."""
    wanted = {f"{source.folder}/{name}": name for name in source.members}
    with tarfile.open(archive) as tar:
        for entry in tar:
            if entry.isreg() and entry.name in wanted and (content := tar.extractfile(entry)):
                with content, (place / wanted[entry.name]).open("wb") as output:
                    copyfileobj(content, output)
    lacking = [name for name, size in source.members.items() if _size(place / name) != size]
    if lacking:
        raise tarfile.TarError(f"it lacks {', '.join(lacking)}")


def _retrieve(file: Remote, folder: Path, progress: Progress | None) -> Path:
    require("pooch")
    import pooch

    with _quiet(pooch.get_logger()), _download_failures(file.address):
        path = pooch.retrieve(file.address, f"sha256:{file.sha256}", file.name, folder,
                              downloader=Download(file, folder / f"{file.name}.part", progress))  # fmt: skip
    return Path(path)


@dataclass(frozen=True)
class Download:
    """What pooch calls to get a file: into ``part``, going on where an earlier attempt stopped."""

    file: Remote
    part: Path
    progress: Progress | None

    def __call__(self, address: str, output_file: str, pooch: Any) -> None:
        """Put the content at ``address`` into ``output_file``, whose checksum pooch takes."""
        have = _size(self.part) or 0
        if have < self.file.size:
            self._receive(address, have)
        self.part.replace(output_file)  # also if it turns out to be wrong: the next attempt starts afresh

    def _receive(self, address: str, have: int) -> None:
        import requests

        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with requests.get(address, stream=True, timeout=TIMEOUT, headers=headers) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                self.part.unlink()
            response.raise_for_status()
            goes_on = response.status_code == requests.codes.partial_content
            with self.part.open("ab" if goes_on else "wb") as output:
                for chunk in response.iter_content(CHUNK):
                    output.write(chunk)
                    self._report(output.tell())

    def _report(self, have: int) -> None:
        if self.progress:
            self.progress(have, self.file.size, self.file.name)


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """pooch would write its own lines between ours."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _download_failures(address: str) -> Iterator[None]:
    """What may go wrong between there and here, in a sentence."""
    import requests

    try:
        yield
    except requests.HTTPError as error:
        raise DataError(f"the address failed ({error}); {ADVICE}") from error
    except requests.RequestException as error:
        raise DataError(f"cannot download {address} ({_reason(error)}); check the connection and {ADVICE}") from error
    except ValueError as error:  # how pooch tells of a wrong checksum
        told = str(error).split(". ")[0]
        raise DataError(f"{address} is not the published file ({told}); nothing was kept; {ADVICE}") from error


@contextmanager
def _folder_failures(root: Path) -> Iterator[None]:
    """What may go wrong here, in a sentence."""
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(f"the archive in {str(root)!r} cannot be unpacked ({error}); {ADVICE}") from error
    except OSError as error:
        raise DataError(f"cannot write into {str(root)!r} ({error.strerror or error}); name another folder") from error


def _reason(error: BaseException) -> str:
    """The innermost cause, in a line."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return " ".join(str(error).split()) or type(error).__name__
