"""Where compiled kernels are kept: a private folder of the user's, the one place whose files are trusted.

It is ``$NONLIN_CACHE_DIR/kernels``, by default in the system's folder for caches. A folder that belongs to somebody
else, that others may write to or that cannot be written serves nobody: kernels are then compiled for this process
alone. So it is where a file is damaged, which its digest shows.
"""

from __future__ import annotations

import os
import stat
import sys
from functools import cache
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from threading import RLock

from nonlin.kernels import machine_code

PRIVATE = 0o700
DIGEST = 16


def loaded(source: str) -> dict[str, int]:
    """The addresses of the C functions in the module with this source, compiled now or before."""
    key = _digest((_surroundings() + source).encode()).hex()
    with _lock:  # another thread may be at the same module
        if key not in _addresses:
            _addresses[key] = machine_code.linked(_kept(key) or _made(source, key))
        return _addresses[key]


def _renew() -> None:
    """In a forked process, where the thread that had the lock is not."""
    global _lock
    _lock = RLock()


_lock = RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
_addresses: dict[str, dict[str, int]] = {}


def _kept(key: str) -> bytes | None:
    """The machine code in the folder, if it is there and whole."""
    folder = private_folder()
    try:
        content = b"" if folder is None else (folder / f"{key}.o").read_bytes()
    except OSError:
        return None
    code = content[DIGEST:]
    return code if code and content[:DIGEST] == _digest(key.encode() + code) else None


def _made(source: str, key: str) -> bytes:
    """The machine code, compiled, and kept if it can be; a complete file takes the place of any other in one step."""
    code, folder = machine_code.made(source, key), private_folder()
    if folder is not None:
        part = folder / f"{key}.{os.getpid()}.part"
        try:
            part.write_bytes(_digest(key.encode() + code) + code)
            os.replace(part, folder / f"{key}.o")
        except OSError:  # a full disk: the kernel serves this process, as without a folder
            _remove(part)
    return code


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # it cannot be written, and not be removed


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=DIGEST).digest()


@cache
def _surroundings() -> str:
    """All that machine code depends on beside the source of a kernel."""
    here = Path(__file__).parent
    files = [here / f"{part}.py" for part in ("words", "short_words", "pair_words", "loops", "machine_code")]
    shared = "".join(file.read_text() for file in [*files, here.parent / "ops" / "pairs.py"])
    made_by = f"{metadata.version('numba')} {metadata.version('llvmlite')} {sys.version_info[:2]}"
    return f"{made_by} {machine_code.processor()} {shared}"


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
