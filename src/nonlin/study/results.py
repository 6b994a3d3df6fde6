"""What a study measured: one record per trained network, and everything that follows from them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from functools import cached_property
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nonlin.errors import InputError, MissingDependency, did_you_mean
from nonlin.study.about import About
from nonlin.study.records import Run
from nonlin.study.settings import TUNE, Settings, checked_path

if TYPE_CHECKING:
    from nonlin.plot.picture import Picture
    from nonlin.study.statistics import Difference

FILES = ("report.html", "curves.png", "runs.csv")
"""What a study's folder holds beside the store."""
SIGNAL_FILES = ("signals.png", "signals.csv")
"""What it holds besides where signals were measured."""
SIGNALS = "signals"
"""Under which name the store keeps them."""
PICTURES = ("curves", "scores", "differences", "cost", "signals")
TABLES = ("table", "runs", "curves", "verdicts", "convergence", "cost", "tuning", "failed", "signals")

Record = dict[str, Any]


class Study:
    """The results of :func:`compare`: tables of plain records, a verdict, pictures, a report, files.

    ``settings``: the conditions. ``notes``: sentences that belong beside the table. Records are dictionaries in the
    types of JSON, None for what is not known; :meth:`frame` makes any of them a pandas DataFrame. Accuracies are
    shares of 1, losses in nats, seconds of CPU time for the training steps alone.
    """

    def __init__(self, about: About, runs: Iterable[Run], signals: Iterable[Record] = ()) -> None:
        self.about, every = about, sorted(runs, key=lambda run: run.seed)
        self._signals = tuple(signals)
        self.networks = tuple(run for name in about.names for run in every if run.activation == name)

    @property
    def settings(self) -> Settings:
        """The conditions under which every network was trained."""
        return self.about.settings

    @property
    def activations(self) -> list[str]:
        """The names of the activations, in the order given."""
        return self.about.names

    @property
    def baseline(self) -> str | None:
        """The activation that the others are told against, if one was named."""
        return self.about.baseline

    @cached_property
    def arms(self) -> dict[str, list[Run]]:
        """Every activation's networks by seed, without those that only chose a learning rate."""
        return {name: [r for r in self.networks if (r.activation, r.phase) == (name, "fresh")]
                for name in self.activations}  # fmt: skip

    @cached_property
    def _tuning(self) -> list[Run]:
        return [run for run in self.networks if run.phase == "tuning"]

    @cached_property
    def notes(self) -> list[str]:
        """What the reader should know of the data, the activations, the rates, and the networks that are missing."""
        from nonlin.study import tuning

        return [*self.about.notes, *tuning.notes(self.activations, self.settings, self._tuning), *self._missing()]

    def _missing(self) -> list[str]:
        planned = self.settings.seeds
        diverged = {n: sum(r.status == "diverged" for r in runs) for n, runs in self.arms.items()}
        absent = sum(max(0, planned - len(runs)) for runs in self.arms.values())
        said = [f"{n}: {k} of {len(self.arms[n])} networks diverged (the training loss ceased to be a finite number); "
                "they are left out of the means" for n, k in diverged.items() if k]  # fmt: skip
        failed = [f"{len(self.failed)} networks failed and are left out; the failed trials say why"]
        unfinished = [f"the study is unfinished: {absent} of {planned * len(self.arms)} networks are not trained yet"]
        return said + failed * bool(self.failed) + unfinished * bool(absent)

    # ---- records -----------------------------------------------------------------------------------------------------

    def table(self) -> list[Record]:
        """One record per activation, in the order given.

        Of the ``finished`` networks' test accuracies: mean, standard deviation (n - 1), 95 % t interval (``low``,
        ``high``; None for one network) and interquartile mean; the means of the last epoch's other measures; CPU
        seconds per network, and as a ratio to the baseline's (else the first activation's) with its interval.
        ``diverged`` and ``failed`` networks are counted and left out.
        """
        from nonlin.study import tables

        return tables.table(self.arms, self.baseline)

    def runs(self) -> list[Record]:
        """One record per trained network: its last measures and the conditions it was trained under."""
        from nonlin.study import tables

        return [tables.run_record(run, self.settings) for runs in self.arms.values() for run in runs]

    def curves(self) -> list[Record]:
        """One record per trained network and epoch (from 1); the test set is measured once, after the last."""
        from nonlin.study import tables

        return [point for runs in self.arms.values() for run in runs for point in tables.points(run)]

    def verdicts(self) -> list[Record]:
        """One record per pair of activations: test accuracy of ``a`` minus that of ``b``, seed by seed.

        ``low`` to ``high`` hold for all pairs at once with 95 %; ``separated`` where they leave out 0. ``probability``
        that ``a`` does better than ``b`` with the same seed. ``smallest``: the true difference that this study would
        have separated with a probability of 80 %, None where no possible one. Empty with one seed or one activation.
        """
        from nonlin.study.tables import difference_record

        return [difference_record(pair) for pair in self.differences if pair.n > 1]

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """All pairs of activations, compared."""
        from nonlin.study import tables

        return tables.differences(self.arms)

    def verdict(self) -> str:
        """The answer in one sentence; never more than the runs can carry."""
        from nonlin.study import tables
        from nonlin.study.verdict import verdict

        scores = tables.scores(self.arms)
        return verdict(scores, self.baseline if self.baseline in scores else None) if scores else "no network finished"

    def groups(self) -> list[list[str]]:
        """The largest sets of activations of which no two are separated. "Not separated" is not "equal"."""
        from nonlin.study.statistics import groups

        return [list(group) for group in groups(self.differences)]

    def seeds_needed(self, difference: float) -> int:
        """How many seeds would separate any two activations that differ by so much test accuracy (0.01: one point).

        With a probability of 80 %, from the pair whose differences vary most. Raises InputError for a difference not
        above 0, and with fewer than two seeds.
        """
        from nonlin.study import statistics

        statistics.check_positive("difference", difference)
        spreads = [pair.sd for pair in self.differences if pair.n > 1]
        if not spreads:
            raise InputError("nothing is known of the spread between seeds; train two activations or more with 2 seeds")
        return statistics.seeds_needed(max(spreads), difference, len(self.differences))

    def convergence(self) -> list[Record]:
        """One record per goal and activation: how many networks reached a validation accuracy, and after which epoch.

        The goals are fixed ones and the median best of the baseline (else of the first activation). A miss is
        censored at the last epoch: ``median_epoch`` is None where half never arrived, ``mean_epochs`` counts the
        epochs spent up to the last. ``later``: epochs more than the baseline, its interval holds for all pairs at
        once. Empty without validation data.
        """
        from nonlin.study import tables

        return tables.convergence(self.arms, self.settings, self.baseline)

    def cost(self) -> list[Record]:
        """One record per activation: CPU seconds of the training steps, and their ratio to the baseline's."""
        from nonlin.study import tables

        return tables.cost(self.arms, self.baseline)

    def tuning(self) -> list[Record]:
        """One record per activation and learning rate tried; empty where the rate was given."""
        from nonlin.study import tuning

        fixed = self.settings.learning_rate != TUNE
        return [] if fixed else tuning.table(self.activations, self.settings, self._tuning)

    def signals(self) -> list[Record]:
        """One record per activation, epoch (0: before training) and hidden layer (from 1, the one next to the data).

        Of one network each, with seed 0. ``activation_sd``: the standard deviation of the layer's outputs;
        ``gradient_sd``: of the gradient of an example's loss by its pre-activations, in nats; ``dead``: the share of
        units whose slope is 0 for every example; ``zeros``: the share of outputs that are 0. Empty unless asked for.
        """
        return [dict(record) for record in self._signals]

    @property
    def failed(self) -> list[Record]:
        """One record per network whose training failed, with its message; diverged ones are not among them."""
        kept = ("activation", "seed", "learning_rate", "phase", "message")
        return [{k: getattr(run, k) for k in kept} for run in self.networks if run.status == "failed"]

    def frame(self, what: str = "table") -> Any:
        """Any of the records as a pandas DataFrame. Raises InputError for unknown ones, MissingDependency."""
        _check(what, TABLES, "table")
        try:
            pandas = import_module("pandas")  # by name: its types are not ours to check
        except ImportError:
            raise MissingDependency("frame needs pandas, which is not installed; run: pip install pandas") from None
        records = getattr(self, what)
        return pandas.DataFrame(records if what == "failed" else records())

    # ---- pictures and files ------------------------------------------------------------------------------------------

    def plot(self, what: str = "curves") -> Picture:
        """A picture: "curves" over the epochs, "scores" (every run a dot), "differences", "cost" or "signals".

        Raises InputError for another, and where there is nothing to draw.
        """
        _check(what, PICTURES, "picture")
        from nonlin.study import picture

        return picture.draw(self, what)

    def report(self, path: str | PathLike[str]) -> Path:
        """Write the report; the ending decides: .html (one file, no script), .md or .json. Replaces an older one.

        Raises InputError for another ending and where the file cannot be written.
        """
        from nonlin.study.report import write

        return write(self, path)

    def save(self, folder: str | PathLike[str]) -> list[Path]:
        """Write ``report.html``, ``curves.png`` and ``runs.csv`` into a folder, made if need be; their paths.

        No picture where no network has measures per epoch. With signals ``signals.png`` and ``signals.csv`` too.
        """
        from nonlin.study.picture import panels

        target = make_folder(folder)
        report, picture, table = (target / name for name in FILES)
        drawn = [picture] if panels(self, "curves") else []
        for path in drawn:
            self.plot("curves").save(path, force=True)
        return [self.report(report), *drawn, write_csv(table, self.runs()), *self._save_signals(target)]

    def _save_signals(self, folder: Path) -> list[Path]:
        if not self._signals:
            return []
        from nonlin.study.heatmaps import save

        return save(self.signals(), folder)


def _check(what: object, known: tuple[str, ...], kind: str) -> None:
    if what not in known:
        raise InputError(f"no {kind} {what!r} of a study{did_you_mean(str(what), known)} known: {', '.join(known)}")


def make_folder(folder: str | PathLike[str]) -> Path:
    """The folder, made if need be. Raises InputError where that is not possible."""
    target = checked_path("the output folder", folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file or lies in one" if isinstance(error, FileExistsError | NotADirectoryError) else error
        raise InputError(f"cannot make the output folder {str(target)!r} ({reason}); name another") from error
    return target


def written(path: Path, write: Callable[[Path], Any]) -> Path:
    """The path, after ``write`` filled it. Raises InputError where it cannot be written."""
    try:
        write(path)
    except OSError as error:
        raise InputError(f"cannot write {str(path)!r} ({error.strerror}); name another place") from error
    return path


def write_csv(path: Path, records: list[Record]) -> Path:
    """Records as a CSV file in UTF-8 with a header; None as nothing, lists separated by spaces."""

    def fill(path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(records[0]) if records else [])
            writer.writeheader()
            writer.writerows({k: _cell(v) for k, v in record.items()} for record in records)

    return written(path, fill)


def _cell(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, list) else value
