"""What becomes of trials that were started somewhere, and what a place to start them must be able to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from nonlin.study.job import failed
from nonlin.study.records import Run, Trial


@dataclass(frozen=True)
class Began:
    """All is compiled; training begins."""

    trial: Trial


@dataclass(frozen=True)
class Progressed:
    """So many epochs of the trial are done."""

    trial: Trial
    epoch: int


@dataclass(frozen=True)
class Finished:
    """The trial came to an end, good or bad."""

    trial: Trial
    run: Run


@dataclass(frozen=True)
class Died:
    """The process that trained the trial is gone; ``ready``: it had come as far as to begin."""

    trial: Trial
    message: str
    ready: bool = True

    def last(self, tries: int) -> Run:
        """The failed run of a trial that is not tried again, after so many tries."""
        times = {1: "", 2: "twice: "}.get(tries, f"{tries} times: ")
        return failed(self.trial, times + self.message)


@dataclass(frozen=True)
class Rejected:
    """No trial of the study can be trained, for the reason in ``message``."""

    message: str


Event = Began | Progressed | Finished | Died | Rejected


class Pool(Protocol):
    """Somewhere to train trials."""

    tries: int
    """How often a trial is begun whose process dies."""

    def choice(self, waiting: Sequence[Trial]) -> Trial | None:
        """Which of the waiting trials should be started now; None while there is no room."""

    def start(self, trial: Trial) -> None:
        """Begin a trial that was chosen."""

    def events(self, seconds: float) -> Iterable[Event]:
        """What has happened, after a wait of at most so long."""

    def close(self) -> None:
        """End everything that runs."""
