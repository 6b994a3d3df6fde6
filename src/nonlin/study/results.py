"""What a study measured: one record per trained network, and everything that follows from them."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING, Any

from nonlin.errors import InputError, did_you_mean
from nonlin.study.settings import Settings

if TYPE_CHECKING:
    from nonlin.plot.picture import Picture

FILES = ("curves.png", "runs.csv", "curves.csv")

GOAL = 0.95
"""The test accuracy whose first epoch is reported as ``epochs_to_95``."""


@dataclass(frozen=True)
class Network:
    """One trained network: its measures after each epoch, and its training time in seconds (compiling left out).

    ``training_loss`` is the mean over the epoch's batches, each before its step; ``test_loss`` and ``test_accuracy``
    are those of the whole test set after the epoch. Losses in nats, accuracy as a share of 1.
    """

    activation: str
    seed: int
    training_loss: tuple[float, ...]
    test_loss: tuple[float, ...]
    test_accuracy: tuple[float, ...]
    seconds: float

    @property
    def epochs_to_95(self) -> int | None:
        """The first epoch, from 1, whose test accuracy is at least 95 %; None if there is none."""
        return next((e for e, a in enumerate(self.test_accuracy, 1) if a >= GOAL), None)

    @property
    def diverged(self) -> bool:
        """Whether the last training or test loss is not a finite number."""
        return not (math.isfinite(self.training_loss[-1]) and math.isfinite(self.test_loss[-1]))


class Study:
    """The results of :func:`compare`: tables of plain records, a picture, files.

    ``settings``: the conditions. ``notes``: sentences that belong beside the table.
    """

    def __init__(
        self, settings: Settings, networks: Sequence[Network], compile_seconds: Mapping[str, float],
        notes: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.settings, self.networks, self.compile_seconds = settings, tuple(networks), dict(compile_seconds)
        self.notes = [*notes, *self._divergence()]

    @property
    def activations(self) -> list[str]:
        """The names of the activations, in the order given."""
        return list(dict.fromkeys(n.activation for n in self.networks))

    def of(self, activation: str) -> list[Network]:
        """The networks of one activation, by seed."""
        return [n for n in self.networks if n.activation == activation]

    def table(self) -> list[dict[str, Any]]:
        """One record per activation, in the order given: means over the seeds, with the standard deviation (n - 1).

        ``epochs_to_95`` is the median, a miss counting as later than any epoch: None if that is the median;
        ``reached_95`` says how many of the ``seeds`` came there. Seconds are per network.
        """
        return [self._row(name) for name in self.activations]

    def runs(self) -> list[dict[str, Any]]:
        """One record per trained network: its last measures and the conditions it was trained under."""
        return [_run(network) | asdict(self.settings) for network in self.networks]

    def curves(self) -> list[dict[str, Any]]:
        """One record per trained network and epoch (from 1)."""
        return [_point(network, epoch) for network in self.networks for epoch in range(len(network.test_loss))]

    def plot(self, what: str = "curves") -> Picture:
        """A picture of the study: "curves", the measures over the epochs. Raises InputError for another."""
        if what != "curves":
            raise InputError(f"no picture {what!r} of a study{did_you_mean(str(what), ['curves'])} known: curves")
        from nonlin.study.picture import curves

        return curves(self)

    def save(self, folder: str | PathLike[str]) -> list[Path]:
        """Write ``curves.png``, ``runs.csv`` and ``curves.csv`` into a folder, made if need be; their paths."""
        target = make_folder(folder)
        paths = [target / name for name in FILES]
        self.plot("curves").save(paths[0])
        _write_csv(paths[1], self.runs())
        _write_csv(paths[2], self.curves())
        return paths

    def _row(self, name: str) -> dict[str, Any]:
        networks = self.of(name)
        accuracies = [n.test_accuracy[-1] for n in networks]
        reached = [n.epochs_to_95 for n in networks]
        middle = median(math.inf if e is None else e for e in reached)
        return {
            "activation": name,
            "seeds": len(networks),
            "test_accuracy_mean": fmean(accuracies),
            "test_accuracy_sd": stdev(accuracies) if len(networks) > 1 else None,
            "final_training_loss": fmean(n.training_loss[-1] for n in networks),
            "final_test_loss": fmean(n.test_loss[-1] for n in networks),
            "epochs_to_95": middle if math.isfinite(middle) else None,
            "reached_95": len([e for e in reached if e is not None]),
            "diverged": sum(n.diverged for n in networks),
            "training_seconds": fmean(n.seconds for n in networks),
            "compile_seconds": self.compile_seconds[name],
        }

    def _divergence(self) -> list[str]:
        lost = {name: sum(n.diverged for n in self.of(name)) for name in self.activations}
        return [
            f"{name}: {k} of {len(self.of(name))} networks diverged (the loss is not a finite number)"
            for name, k in lost.items()
            if k
        ]


def _run(network: Network) -> dict[str, Any]:
    return {
        "activation": network.activation,
        "seed": network.seed,
        "final_test_accuracy": network.test_accuracy[-1],
        "final_test_loss": network.test_loss[-1],
        "final_training_loss": network.training_loss[-1],
        "epochs_to_95": network.epochs_to_95,
        "diverged": network.diverged,
        "training_seconds": network.seconds,
    }


def _point(network: Network, epoch: int) -> dict[str, Any]:
    measures = {k: getattr(network, k)[epoch] for k in ("training_loss", "test_loss", "test_accuracy")}
    return {"activation": network.activation, "seed": network.seed, "epoch": epoch + 1, **measures}


def make_folder(folder: str | PathLike[str]) -> Path:
    """The folder, made if need be. Raises InputError where that is not possible."""
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file or lies in one" if isinstance(error, FileExistsError | NotADirectoryError) else error
        raise InputError(f"cannot make the output folder {str(target)!r} ({reason}); name another") from error
    return target


def _write_csv(path: Path, records: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(records[0]))
        writer.writeheader()
        writer.writerows(records)
