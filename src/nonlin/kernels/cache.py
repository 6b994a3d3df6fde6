"""Where compiled kernels are kept: a private folder of the user's, the one place whose files are trusted.

It is ``$NONLIN_CACHE_DIR/kernels``, by default in the system's folder for caches. A folder that belongs to somebody
else, that others may write to or that cannot be written serves nobody: kernels are then compiled for this process
alone. Numba keeps its machine code beside the source, and keys it by processor.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import sys
import tempfile
from functools import cache
from hashlib import blake2b
from importlib import metadata
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import RLock
from types import ModuleType

PREFIX = "nonlin_kernel_"
PRIVATE = 0o700


def loaded(source: str) -> ModuleType:
    """The module with this source, compiled now or before."""
    name = PREFIX + _key(source)
    with _lock:  # another thread may be at the same module
        return sys.modules[name] if name in sys.modules else _made(name, source)


_lock = RLock()


def _made(name: str, source: str) -> ModuleType:
    folder = private_folder()
    if folder is not None:
        try:
            return _imported(name, _written(folder / f"{name}.py", source))
        except Exception:
            _forget(folder, name)
    return _imported(name, _written(_temporary() / f"{name}.py", source))


def _key(source: str) -> str:
    return blake2b((_surroundings() + source).encode(), digest_size=12).hexdigest()


@cache
def _surroundings() -> str:
    """All that machine code depends on beside the source of a kernel and the processor, which Numba looks at."""
    here = Path(__file__).parent
    parts = ("words", "short_words", "pair_words", "loops")
    files = [*(here / f"{part}.py" for part in parts), here.parent / "ops" / "pairs.py"]
    shared = "".join(file.read_text() for file in files)
    return f"{metadata.version('numba')} {metadata.version('llvmlite')} {sys.version_info[:2]} {shared}"


def _written(path: Path, source: str) -> Path:
    """The file with this source; a complete one takes the place of any other in one step."""
    if not (path.is_file() and path.read_text(errors="replace") == source):
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            part.write_text(source)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    return path


def _imported(name: str, path: Path) -> ModuleType:
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - a path that ends in .py has a loader
    module = sys.modules[name] = module_from_spec(spec)  # Numba looks for it there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _forget(folder: Path, name: str) -> None:
    """Remove what is kept of one kernel, as far as it can be removed."""
    for path in [*folder.glob(f"{name}*"), *folder.glob(f"__pycache__/{name}*")]:
        try:
            path.unlink()
        except OSError:
            continue  # the kernel is compiled elsewhere


# ---- the folder -----------------------------------------------------------------------------------------------------


@cache
def private_folder() -> Path | None:
    """The folder, made if need be; None where there is none that can be trusted and written."""
    folder = _root() / "kernels"
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        return folder if _is_private(folder) and os.access(folder, os.W_OK | os.X_OK) else None
    except OSError:
        return None


def _is_private(folder: Path) -> bool:
    """Whether it is a folder, not a link, that belongs to this user and that nobody else may write to."""
    found = folder.lstat()
    if not hasattr(os, "getuid"):  # Windows keeps a user's folders to the user
        return stat.S_ISDIR(found.st_mode)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def _root() -> Path:
    if given := os.environ.get("NONLIN_CACHE_DIR"):
        return Path(given)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "nonlin"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "nonlin" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nonlin"


@cache
def _temporary() -> Path:
    """A folder for this process alone; it goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
