"""A worker process: ``python -m nonlin.study.worker``, started and told what to train by :mod:`nonlin.study.processes`.

It ends when its standard input does, so that nothing is left behind by a driver that was killed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from nonlin.study.job import Packed, Refused, Runner, unpacked
from nonlin.study.messages import Allocate, receive, send
from nonlin.study.records import Trial

OFTEN = 0.1
"""Seconds between two messages on the progress of one trial."""
ALIGNMENT = 64
"""Bytes: JAX uses arrays that are aligned so without a copy."""


def main() -> None:
    """Set up, then train what comes, until the driver goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the driver, which ends its workers
    source, target = _private_streams()
    runner = _set_up(source, target)
    inbox = SimpleQueue[Trial]()
    Thread(target=_listen, args=(source, inbox), daemon=True).start()
    while True:
        try:
            _work(runner, inbox.get(), target)
        except BrokenPipeError:  # the driver has gone, and the other thread has not noticed yet
            _end()


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the driver, out of the users' reach: what their functions print goes to standard error."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return source, target


def _set_up(source: BinaryIO, target: BinaryIO) -> Runner:
    header, user = _received(source, bytearray)
    arrays = [_array(*_received(source, _aligned)) for _ in range(header["arrays"])]
    try:
        runner = Runner(unpacked(Packed(header, arrays, bytes(user))))
    except Refused as error:
        send(target, {"refused": str(error)})
        sys.exit(1)
    send(target, {"ready": True})
    return runner


def _received(source: BinaryIO, allocate: Allocate) -> tuple[dict[str, Any], Any]:
    return receive(source, allocate) or sys.exit("the driver has gone")


def _aligned(length: int) -> npt.NDArray[np.uint8]:
    room = np.empty(length + ALIGNMENT, np.uint8)
    return room[-room.ctypes.data % ALIGNMENT :][:length]


def _array(message: dict[str, Any], payload: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = payload.view(message["dtype"])
    return array.reshape(message["shape"])


def _listen(source: BinaryIO, inbox: SimpleQueue[Trial]) -> None:
    while received := receive(source):
        inbox.put(Trial(**received[0]["trial"]))
    _end()


def _end() -> None:
    """End at once, with all processes that the user's functions started."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _work(runner: Runner, trial: Trial, target: BinaryIO) -> None:
    try:
        run = runner.run(trial, lambda: send(target, {"begun": True}), _reporter(target))
    except Refused as error:
        send(target, {"refused": str(error)})
    else:
        send(target, {"run": run.as_record()})


def _reporter(target: BinaryIO) -> Callable[[int], None]:
    last = monotonic()

    def report(epoch: int) -> None:
        nonlocal last
        if monotonic() - last >= OFTEN:
            last = monotonic()
            send(target, {"epoch": epoch})

    return report


if __name__ == "__main__":
    main()
