"""Carrying out the trials of a study: on worker processes or a cluster, into a store, from where it was left."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import current_thread, main_thread
from time import monotonic

from nonlin.cores import cores
from nonlin.errors import DataError, InputError, NonlinError
from nonlin.study.events import Died, Event, Finished, Pool, Progressed, Rejected
from nonlin.study.job import Job, packed
from nonlin.study.records import Run, Trial
from nonlin.study.settings import check_count
from nonlin.study.store import HEARTBEAT, Store

POLL = 0.5
"""Seconds between two looks at the clock while nothing happens."""
LOOK = 1.0
"""Seconds between two looks for what another process that works on the same study has finished."""


@dataclass(frozen=True)
class Progress:
    """How far a study is. ``current``: what is being trained, as "relu, seed 3"; "" before anything is.

    ``seconds_left`` is an estimate from the pace of this call so far, None while there is none.
    """

    trials_done: int
    trials: int
    epochs_done: int
    epochs: int
    seconds_left: float | None
    current: str


@dataclass(frozen=True)
class Outcome:
    """The runs of all trials, in the order of the trials; ``trained`` of them here and now."""

    runs: tuple[Run, ...]
    trained: int

    @property
    def failed(self) -> tuple[Run, ...]:
        """The runs that failed."""
        return tuple(run for run in self.runs if run.status == "failed")


class Stopped(KeyboardInterrupt):
    """Ctrl-C: the workers have ended, every finished trial is stored. ``done`` of ``trials`` are."""

    def __init__(self, done: int, trials: int) -> None:
        super().__init__(f"stopped after {done} of {trials} trials; the same call or command goes on from there")
        self.done, self.trials = done, trials


def run_trials(
    trials: Sequence[Trial],
    job: Job,
    store: Store,
    *,
    workers: int | None = None,
    time_limit: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    on: str | None = None,
) -> Outcome:
    """Train what is not in the store yet, and return all runs.

    Another process may work on the same store: no trial is trained twice, and what it trains is waited for. Results do
    not depend on where they were computed. A trial that raises, dies twice or takes longer than ``time_limit`` seconds
    is stored as failed, and the others go on.

    ``workers``: how many processes; by default the environment's NONLIN_WORKERS, else one per core. ``progress``:
    called at the start and whenever something has been done. ``on``: None for this machine, else the address of a Ray
    cluster, see :mod:`nonlin.study.on_ray`.

    Raises InputError for bad arguments and for settings under which nothing can be trained, DataError where the store
    cannot be written, Stopped at Ctrl-C.
    """
    with Workforce(job, workers, time_limit, on) as workforce:
        return workforce.run(trials, store, progress)


class Workforce:
    """Who trains the trials of a job: worker processes or a cluster, made when first needed and kept until the end.

    Arguments and errors are those of :func:`run_trials`.
    """

    def __init__(self, job: Job, workers: int | None = None, time_limit: float | None = None, on: str | None = None):
        _check_limit(time_limit)
        self.job, self._limit, self._on, self._workers = job, time_limit, on, workers
        if on in (None, "ray") or workers is not None:
            self._workers = worker_count(workers)
        self._pool: Pool | None = None

    def __enter__(self) -> Workforce:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, trials: Sequence[Trial], store: Store, progress: Callable[[Progress], None] | None = None) -> Outcome:
        """Train what is not in the store yet, and return all runs."""
        campaign = Campaign({self.job.key(trial): trial for trial in trials}, self.job, store, progress)
        if not campaign.complete:
            campaign.carry_out(self)
        return campaign.outcome([self.job.key(trial) for trial in trials])

    def pool(self) -> Pool:
        """The pool that trains, made at the first call."""
        if self._pool is None:
            self._pool = self._made()
        return self._pool

    def _made(self) -> Pool:
        job = packed(self.job)
        if self._on is None:
            from nonlin.study.processes import Processes

            return Processes(job, list(self.job.activations), self._workers or 1, self._limit)
        from nonlin.study.on_ray import Cluster

        return Cluster(job, self._on, self._workers, self._limit)

    def close(self) -> None:
        """End all workers."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()


def _check_limit(seconds: float | None) -> None:
    if seconds is not None and not (isinstance(seconds, int | float) and 0 < seconds < float("inf")):
        raise InputError(f"time_limit must be a number of seconds above 0, got time_limit={seconds!r}")


class Campaign:
    """The state of one call of :func:`run_trials`: which trials are waiting, running, elsewhere or done."""

    def __init__(
        self, trials: dict[str, Trial], job: Job, store: Store, progress: Callable[[Progress], None] | None
    ) -> None:
        self._trials, self._store, self._report = trials, store, progress
        self._keys = {trial: key for key, trial in trials.items()}
        self._epochs = job.settings.epochs
        self._done = store.keys() & trials.keys()
        self._waiting = interleaved([t for k, t in trials.items() if k not in self._done])
        self._elsewhere: list[Trial] = []
        self._running: dict[Trial, int] = {}  # and their epochs
        self._begun = Counter[Trial]()
        self._trained = 0
        self._at_first, self._started = len(self._done), monotonic()
        self._renewed = self._looked = self._started
        self._tell()

    @property
    def complete(self) -> bool:
        """Whether every trial has its run."""
        return len(self._done) == len(self._trials)

    def outcome(self, keys: Sequence[str]) -> Outcome:
        """All runs, by the keys of the trials."""
        stored = self._store.stored()
        return Outcome(tuple(stored[key] for key in keys), self._trained)

    def carry_out(self, workforce: Workforce) -> None:
        """Train all that is left. Where it cannot be finished, all workers are ended."""
        try:
            with interrupts_deferred() as interrupted:
                pool = workforce.pool()
                while not self.complete and not interrupted():
                    self._step(pool)
        except KeyboardInterrupt:
            raise Stopped(len(self._done), len(self._trials)) from None
        finally:
            if not self.complete:
                workforce.close()
            with suppress(DataError):  # the claims of a process that does not renew them are void anyway
                self._store.release()
        if not self.complete:
            raise Stopped(len(self._done), len(self._trials))

    def _step(self, pool: Pool) -> None:
        self._fill(pool)
        for event in pool.events(POLL):
            self._handle(event, pool)
        now = monotonic()
        if now - self._renewed >= HEARTBEAT:
            self._store.renew()
            self._renewed = now
        if self._elsewhere and now - self._looked >= LOOK:
            self._look()
            self._looked = now

    def _fill(self, pool: Pool) -> None:
        """Start as many trials as there is room for; those that another process has claimed are left to it."""
        while trial := pool.choice(self._waiting):
            self._waiting.remove(trial)
            if self._store.claim([self._keys[trial]]):
                self._running[trial] = 0
                self._begun[trial] += 1
                pool.start(trial)
            else:
                self._elsewhere.append(trial)

    def _look(self) -> None:
        """What has another process finished? What it has not is claimed as soon as it may be."""
        news = self._store.keys() & {self._keys[trial] for trial in self._elsewhere}
        self._done |= news
        self._waiting += [trial for trial in self._elsewhere if self._keys[trial] not in news]
        self._elsewhere = []
        if news:
            self._tell()

    # ---- events ----

    def _handle(self, event: Event, pool: Pool) -> None:
        if isinstance(event, Rejected):
            raise InputError(event.message)
        if event.trial not in self._running:  # one of an earlier campaign of the same workers
            return
        if isinstance(event, Died):
            self._bury(event, pool)
        elif isinstance(event, Finished):
            self._finish(event.trial, event.run)
        else:
            self._running[event.trial] = event.epoch if isinstance(event, Progressed) else 0
        self._tell(event.trial)

    def _finish(self, trial: Trial, run: Run) -> None:
        key = self._keys[trial]
        self._trained += self._store.add(key, run)
        self._done.add(key)
        del self._running[trial]

    def _bury(self, event: Died, pool: Pool) -> None:
        if self._begun[event.trial] < pool.tries:
            del self._running[event.trial]
            self._waiting.insert(0, event.trial)
        elif event.ready:
            self._finish(event.trial, event.last(pool.tries))
        else:
            raise NonlinError(f"worker processes do not start: {event.message}; see what they wrote above")

    # ---- progress ----

    def _tell(self, trial: Trial | None = None) -> None:
        if self._report is None:
            return
        epochs = len(self._done) * self._epochs + sum(self._running.values())
        total = len(self._trials) * self._epochs
        pace = (epochs - self._at_first * self._epochs) / max(monotonic() - self._started, 1e-9)
        left = (total - epochs) / pace if pace > 0 else None
        current = f"{trial.activation}, seed {trial.seed}" if trial else ""
        self._report(Progress(len(self._done), len(self._trials), epochs, total, left, current))


@contextmanager
def interrupts_deferred() -> Iterator[Callable[[], bool]]:
    """Ctrl-C does not cut through what is done meanwhile; the call given says whether it came. A second one does cut.

    Where Ctrl-C means something else, or in another thread than the main one, nothing changes.
    """
    came: list[int] = []
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield lambda: False
        return

    def hear(number: int, _: object) -> None:
        came.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, hear)
    try:
        yield lambda: bool(came)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def interleaved(trials: Sequence[Trial]) -> list[Trial]:
    """The first trial of every activation, then the second of each: what else the machine does falls on all alike."""
    seen = Counter[str]()
    ranked = []
    for trial in trials:
        ranked.append((seen[trial.activation], trial))
        seen[trial.activation] += 1
    return [trial for _, trial in sorted(ranked, key=lambda pair: pair[0])]


# ---- how many workers ------------------------------------------------------------------------------------------------


def worker_count(asked: int | None) -> int:
    """How many processes: as asked for, else NONLIN_WORKERS, else one per core that this process may use."""
    if asked is not None:
        check_count("workers", asked)
        return asked
    text = os.environ.get("NONLIN_WORKERS", "")
    if not text:
        return cores()
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"NONLIN_WORKERS must be a whole number of at least 1, got {text!r}; correct or unset it")
    return int(text)
