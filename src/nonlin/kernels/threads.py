"""Large arrays in slices on several threads: elementwise kernels do not hold Python's lock while they run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import pairwise

from nonlin.cores import cores
from nonlin.errors import InputError

SLICE = 1 << 17
"""Elements that are worth a thread of their own."""

_asked: int | None = None
_most = ContextVar("_most", default=sys.maxsize)


def set_threads(n: int | None) -> None:
    """How many threads compute large NumPy arrays; None: NONLIN_THREADS, else one per core that may be used.

    Results do not depend on it.

    >>> import nonlin as nl
    >>> nl.set_threads(1)
    >>> nl.set_threads(None)
    """
    global _asked
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
        raise InputError(f"the number of threads must be a whole number of at least 1, or None, got {n!r}")
    _asked = n


def threads() -> int:
    """The number of threads in use."""
    if _asked is not None:
        return _asked
    text = os.environ.get("NONLIN_THREADS", "")
    if not text:
        return cores()
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"NONLIN_THREADS must be a whole number of at least 1, got {text!r}; correct or unset it")
    return int(text)


@contextmanager
def at_most(n: int) -> Iterator[None]:
    """A limit for what is computed inside, in this thread."""
    before = _most.set(n)
    try:
        yield
    finally:
        _most.reset(before)


def in_slices(work: Callable[[slice], object], length: int, size: int) -> None:
    """Call ``work`` for slices that cover ``length`` rows of ``size`` elements in all, on all threads.

    The calling thread takes the first.
    """
    count = min(threads(), _most.get(), length, max(1, size // SLICE))
    bounds = [k * length // count for k in range(count + 1)]
    first, *others = (slice(*ends) for ends in pairwise(bounds))
    waiting = [_pool(os.getpid(), threads()).submit(work, part) for part in others]
    try:
        work(first)
    finally:
        for one in waiting:
            one.result()


@lru_cache(maxsize=1)
def _pool(process: int, workers: int) -> ThreadPoolExecutor:
    """Made anew in a forked process, which has inherited no threads."""
    return ThreadPoolExecutor(workers, thread_name_prefix="nonlin")
