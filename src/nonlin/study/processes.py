"""Worker processes on this machine: each trains one trial at a time, on one core.

Not multiprocessing: its spawned processes run the user's script again, its forked ones break where there are threads.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import IO, Any, cast

import nonlin
from nonlin.study.events import Began, Died, Event, Finished, Progressed, Rejected
from nonlin.study.job import Packed, failed
from nonlin.study.messages import receive, send
from nonlin.study.records import Run, Trial
from nonlin.study.threads import ENVIRONMENT

LINGER = 1.0
"""Seconds to wait for the end of what a process has said; one that the user's functions started may hold the pipe."""
Told = tuple["Worker", dict[str, Any] | None]


@dataclass(eq=False)
class Worker:
    """One process and the trial it is at; ``ready`` once it has the data."""

    process: subprocess.Popen[bytes]
    trial: Trial | None
    listener: Thread | None = None
    ready: bool = False
    deadline: float | None = None

    def told(self, trial: Trial | None) -> None:
        """Hand it its next trial; a process that has died is noticed where its answers are read."""
        self.trial = trial
        if self.ready and trial is not None:
            with suppress(OSError):
                send(cast(Any, self.process.stdin), {"trial": asdict(trial)})

    def kill(self) -> None:
        """End the process with all that it started."""
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        self.process.wait()
        if self.listener is not None:
            self.listener.join(LINGER)
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):  # what could not be written any more
                cast(Any, pipe).close()


@dataclass(eq=False)
class Slot:
    """A place for one worker; ``compiled`` are the activations that its worker has at hand."""

    number: int
    worker: Worker | None = None
    compiled: set[str] = field(default_factory=set)

    @property
    def idle(self) -> bool:
        return self.worker is None or self.worker.trial is None


class Processes:
    """Up to ``workers`` processes for the trials of a job; a trial that takes longer than ``time_limit`` seconds fails.

    The limit is for compiling and for training separately, so that it does not matter which trial comes first.
    """

    tries = 2
    """How often a trial is begun whose process dies."""

    def __init__(self, job: Packed, activations: Sequence[str], workers: int, time_limit: float | None) -> None:
        self._job, self._limit = job, time_limit
        self._homes = {name: place % workers for place, name in enumerate(activations)}
        self._slots = [Slot(number) for number in range(workers)]
        self._inbox = SimpleQueue[Told]()

    def choice(self, waiting: Sequence[Trial]) -> Trial | None:
        """Which of the waiting trials should be started now; None while all workers are busy.

        Every activation has its home, so that it is compiled once; an idle worker helps out elsewhere.
        """
        chosen = self._chosen(waiting)
        return chosen and chosen[1]

    def _chosen(self, waiting: Sequence[Trial]) -> tuple[Slot, Trial] | None:
        idle = [slot for slot in self._slots if slot.idle]
        for slot in idle:
            for trial in waiting:
                if self._homes[trial.activation] == slot.number:
                    return slot, trial
        if not idle or not waiting:
            return None
        left = Counter(trial.activation for trial in waiting)
        return idle[0], max(waiting, key=lambda t: (t.activation in idle[0].compiled, left[t.activation]))

    def start(self, trial: Trial) -> None:
        """Begin a trial that was chosen."""
        chosen = self._chosen([trial])
        assert chosen is not None  # noqa: S101 - choice() has found a worker for it
        slot = chosen[0]
        slot.compiled.add(trial.activation)
        if slot.worker is None:
            slot.worker = self._started(trial)
        else:
            slot.worker.told(trial)
            self._set_deadline(slot.worker)

    def events(self, seconds: float) -> Iterator[Event]:
        """What has happened, after a wait of at most so long."""
        with suppress(Empty):
            worker, message = self._inbox.get(timeout=self._patience(seconds))
            yield from self._event(worker, message)
            while True:
                yield from self._event(*self._inbox.get_nowait())
        yield from self._late()

    def close(self) -> None:
        """End all processes."""
        for slot in self._slots:
            if slot.worker is not None:
                slot.worker.kill()
            slot.worker = None

    # ---- time ----

    def _set_deadline(self, worker: Worker) -> None:
        worker.deadline = None if self._limit is None else monotonic() + self._limit

    def _patience(self, seconds: float) -> float:
        dates = [s.worker.deadline - monotonic() for s in self._slots if s.worker and s.worker.deadline is not None]
        return max(0.0, min([seconds, *dates]))

    def _late(self) -> Iterator[Event]:
        for slot in self._slots:
            worker = slot.worker
            if worker and worker.trial and worker.deadline is not None and monotonic() > worker.deadline:
                self._retire(slot)
                message = f"took longer than the limit of {self._limit:g} s"
                yield Finished(worker.trial, failed(worker.trial, message))

    def _retire(self, slot: Slot) -> None:
        if slot.worker is not None:
            slot.worker.kill()
        slot.worker, slot.compiled = None, set()

    # ---- talking ----

    def _started(self, trial: Trial) -> Worker:
        process = subprocess.Popen(
            [sys.executable, "-u", "-P", "-m", "nonlin.study.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(),
            process_group=0 if os.name == "posix" else None,  # Ctrl-C is for the driver, which ends its workers
        )  # fmt: skip
        worker = Worker(process, trial)
        worker.listener = Thread(target=self._talk, args=(worker,), daemon=True)
        worker.listener.start()
        return worker

    def _talk(self, worker: Worker) -> None:
        """In a thread of its own: send the job, then pass on what the worker says, and None when it has gone."""
        with suppress(OSError):  # the pipe of a process that died: the next line notices
            _send_job(cast(Any, worker.process.stdin), self._job)
        while received := receive(cast(Any, worker.process.stdout)):
            self._inbox.put((worker, received[0]))
        self._inbox.put((worker, None))

    def _event(self, worker: Worker, message: dict[str, Any] | None) -> Iterator[Event]:
        slot = next((s for s in self._slots if s.worker is worker), None)
        if slot is None:  # one that was ended on purpose
            return
        if message is None:
            yield from self._death(slot, worker)
        elif "ready" in message:
            worker.ready = True
            worker.told(worker.trial)
            self._set_deadline(worker)
        elif worker.trial is not None:
            yield self._news(worker, worker.trial, message)

    def _news(self, worker: Worker, trial: Trial, message: dict[str, Any]) -> Event:
        if "refused" in message:
            return Rejected(message["refused"])
        if "epoch" in message:
            return Progressed(trial, message["epoch"])
        if "begun" in message:
            self._set_deadline(worker)
            return Began(trial)
        worker.told(None)
        return Finished(trial, Run.from_record(message["run"]))

    def _death(self, slot: Slot, worker: Worker) -> Iterator[Event]:
        with suppress(subprocess.TimeoutExpired):  # it tells how it ended only where nobody ends it before
            worker.process.wait(LINGER)
        self._retire(slot)
        if worker.trial is not None:
            yield Died(worker.trial, f"its process {_ending(worker.process.returncode)}", worker.ready)


def _send_job(stream: IO[bytes], job: Packed) -> None:
    out = cast(Any, stream)
    send(out, job.header | {"arrays": len(job.arrays)}, job.user)
    for array in job.arrays:
        send(out, {"dtype": array.dtype.str, "shape": array.shape}, _bytes(array))


def _bytes(array: Any) -> memoryview:
    import numpy as np

    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _environment() -> dict[str, str]:
    """With one thread per process, and nonlin where this process has it."""
    here = str(Path(nonlin.__file__).parent.parent)
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, **ENVIRONMENT, "PYTHONPATH": path}


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    reason = ", perhaps for want of memory" if name == "SIGKILL" else ""
    return f"was killed by {name}{reason}"
