"""Doing a study: data, learning rates, networks, store; from the settings to the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from nonlin.errors import InputError
from nonlin.study import tuning
from nonlin.study.about import OWN, About, arms
from nonlin.study.candidates import Unit
from nonlin.study.dependencies import require
from nonlin.study.execution import Progress, Stopped, Workforce, worker_count
from nonlin.study.job import Job
from nonlin.study.records import Run, Trial
from nonlin.study.results import SIGNALS, Study, make_folder
from nonlin.study.settings import MODELS, Settings, check_known
from nonlin.study.store import Store

if TYPE_CHECKING:
    from nonlin.study.job import Train
    from nonlin.study.models import Model

STORE = "study.sqlite"
"""The file of the runs in a study's folder."""
ABOUT = "about"
"""Under which name the store keeps what the study is about."""


@dataclass(frozen=True)
class Means:
    """How a study is carried out: nothing here changes a result.

    ``on``: None for this machine, else the address of a Ray cluster. ``retry``: train again what had failed.
    """

    workers: int | None = None
    on: str | None = None
    time_limit: float | None = None
    retry: bool = False
    progress: Callable[[Progress], None] | None = None


def conduct(
    units: Sequence[Unit], settings: Settings, *, data: Any, data_dir: str | PathLike[str] | None,
    model: Model | None, train: Train | None, output: str | PathLike[str] | None,
    baseline: str | None, notes: Sequence[str], means: Means,
) -> Study:  # fmt: skip
    """Train what is not in the store yet, and give the results of all."""
    _check(settings, model, train, means)
    if output is not None:  # asked for before the training, not after it
        require("matplotlib", "jinja2")
    from nonlin.study.data import load

    folder = None if output is None else make_folder(output)
    dataset = load(data, settings, data_dir)
    settings = replace(settings, data=dataset.name if isinstance(data, str | PathLike) else OWN)
    job = Job({unit.name: unit for unit in units}, settings, dataset, model, train)
    told = (*dataset.notes, *notes, *_unit_notes(job))
    about = About(settings, arms(units), dataset.fingerprint, told, baseline, _source(data))
    with _store(folder, job) as store:
        about = _remembered(store, about)
        if means.retry:
            store.drop_failed()
        try:
            _train(job, store, means)
        except Stopped as stopped:
            if folder is None:
                raise KeyboardInterrupt(f"stopped after {stopped.done} of {stopped.trials} trials; nothing is kept "
                                        "without output, a folder") from None  # fmt: skip
            raise
        return Study(about, store.runs(), store.recall(SIGNALS) or ())


def _source(data: Any) -> str | None:
    """The path of the user's data file as it was given; None for known data sets and objects."""
    named = isinstance(data, str) and not Path(data).suffix
    return str(data) if isinstance(data, str | PathLike) and not named else None


def _check(settings: Settings, model: Model | None, train: Train | None, means: Means) -> None:
    """What can be refused before anything is loaded or trained."""
    worker_count(means.workers)
    _check_callable("train", train, "a function train(activation, seed, settings)")
    _check_callable("progress", means.progress, "a function of one Progress")
    if not isinstance(means.on, str | None):
        raise InputError(f"on must be text such as 'ray', got on={means.on!r}")
    tuning.trials([], settings)
    if train is None:
        require("jax", "optax")
        if model is None:
            check_known("model", settings.model, MODELS)
        elif not (callable(getattr(model, "init", None)) and callable(getattr(model, "apply", None))):
            raise InputError(f"model must be one of {', '.join(MODELS)} or a nonlin.study.models.Model(init, apply), "
                             f"got model={model!r}")  # fmt: skip
    require("scipy")


def _check_callable(name: str, value: object, expected: str) -> None:
    if value is not None and not callable(value):
        raise InputError(f"{name} must be {expected}, got {name}={value!r}")


def _unit_notes(job: Job) -> list[str]:
    """What the reader should know of the initial weights, and of the widths of gated units."""
    if job.train is not None:
        return []
    from nonlin.study.initialisation import notes

    matched = job.settings.initialisation == "matched"
    said = [note for unit in job.activations.values() if matched for note in notes(unit)]
    gated = [unit for unit in job.activations.values() if not hasattr(unit, "closed_formula")]
    return said + [note for unit in gated if job.model is None for note in _width_notes(job, unit)]


def _width_notes(job: Job, unit: Unit) -> Sequence[str]:
    from nonlin.study.models import built_in

    return built_in(job.settings, job.dataset.shape, job.dataset.classes, unit).notes


# ---- the store -------------------------------------------------------------------------------------------------------


@contextmanager
def _store(folder: Path | None, job: Job) -> Iterator[Store]:
    """The store in the folder; without one, in a temporary folder that goes away again."""
    if folder is not None:
        with Store.open(folder / STORE, job.conditions) as store:
            yield store
        return
    with TemporaryDirectory(prefix="nonlin-") as place, Store.open(Path(place, STORE), job.conditions) as store:
        yield store


def _remembered(store: Store, about: About) -> About:
    """What the store's study is about, with what this call adds to it: activations, seeds, notes, a baseline."""
    record = store.recall(ABOUT)
    grown = about if record is None else _grown(About.from_record(record), about)
    store.remember(ABOUT, grown.as_record())
    return grown


def _grown(old: About, new: About) -> About:
    known = {arm.name: arm for arm in (*old.arms, *new.arms)}
    settings = replace(new.settings, seeds=max(old.settings.seeds, new.settings.seeds))
    notes = tuple(dict.fromkeys((*new.notes, *old.notes)))
    return About(settings, tuple(known.values()), new.fingerprint, notes, new.baseline or old.baseline, new.source)


def opened(path: str | PathLike[str]) -> Study:
    """The study whose store is at ``path``, or in that folder."""
    target = Path(path)
    with Store.existing(target / STORE if target.is_dir() else target) as store:
        record = store.recall(ABOUT)
        if record is None:
            raise InputError(f"the study file {str(store.path)!r} does not say what it is about; give another")
        return Study(About.from_record(record), store.runs(), store.recall(SIGNALS) or ())


# ---- training --------------------------------------------------------------------------------------------------------


def _train(job: Job, store: Store, means: Means) -> None:
    """First the networks that choose the learning rates, then those that are compared."""
    names, settings = list(job.activations), job.settings
    first = tuning.trials(names, settings)
    with Workforce(job, means.workers, means.time_limit, means.on) as workforce:
        stages = Stages(workforce, store, means.progress, len(first) + settings.seeds * len(names))
        stages.carry_out(tuning.fresh_trials(names, settings, tuning.rates(names, settings, stages.carry_out(first))))


@dataclass
class Stages:
    """Trials in several stages, whose progress is told as that of one: ``before`` trials of ``total`` are done."""

    workforce: Workforce
    store: Store
    progress: Callable[[Progress], None] | None
    total: int
    before: int = 0

    def carry_out(self, trials: Sequence[Trial]) -> Sequence[Run]:
        """The runs of the next stage. Raises Stopped with the counts of all stages."""
        if not trials:
            return ()
        try:
            runs = self.workforce.run(trials, self.store, self._tell).runs
        except Stopped as stopped:
            raise Stopped(self.before + stopped.done, self.total) from None
        self.before += len(trials)
        return runs

    def _tell(self, stage: Progress) -> None:
        if self.progress is None:
            return
        each = stage.epochs // stage.trials
        done, epochs = self.before * each + stage.epochs_done, self.total * each
        left = stage.seconds_left
        if left is not None and stage.epochs > stage.epochs_done:
            left *= (epochs - done) / (stage.epochs - stage.epochs_done)
        trials = self.before + stage.trials_done
        self.progress(Progress(trials, self.total, done, epochs, left, stage.current))
