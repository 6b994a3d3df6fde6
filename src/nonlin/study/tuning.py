"""Learning rates chosen on validation data: every activation gets the one that serves it best, on seeds of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any

from nonlin.errors import InputError
from nonlin.study.records import Run, Trial
from nonlin.study.settings import TUNE, Settings

FIRST_SEED = 1_000_000
"""Tuning counts its seeds from here, so that no network that chose a rate is among those that are compared."""


def trials(names: Iterable[str], settings: Settings) -> list[Trial]:
    """The networks that choose the learning rates, activations in turn; none where the rate is fixed."""
    if settings.learning_rate != TUNE:
        return []
    if not settings.validation:
        raise InputError("tuning the learning rate needs validation data, got validation=0; use 0.1 or more")
    seeds, listed = range(FIRST_SEED, FIRST_SEED + settings.tuning_seeds), [*names]
    return [Trial(n, s, float(rate), "tuning") for s in seeds for rate in settings.grid for n in listed]


def fresh_trials(names: Iterable[str], settings: Settings, rates: dict[str, float]) -> list[Trial]:
    """The networks that are compared, activations in turn."""
    listed = [*names]
    return [Trial(name, seed, rates[name]) for seed in range(settings.seeds) for name in listed]


def rates(names: Iterable[str], settings: Settings, runs: Sequence[Run]) -> dict[str, float]:
    """Each activation's learning rate: the one given, or the best of the tuning runs.

    Best: the highest mean validation accuracy, among equals the lowest mean validation loss, then the lower rate. A
    diverged run counts as accuracy 0, since a rate that loses networks serves nobody. Where every run of an
    activation failed, the grid's first rate is taken: its networks then say why.
    """
    if settings.learning_rate != TUNE:
        return dict.fromkeys(names, float(settings.learning_rate))
    return {name: _best([run for run in runs if run.activation == name], settings.grid) for name in names}


def _best(runs: list[Run], grid: Sequence[float]) -> float:
    tried = [rate for rate in sorted(set(grid)) if _of(runs, rate)]
    return min(tried, key=lambda rate: _badness(_of(runs, rate)), default=float(grid[0]))


def _of(runs: list[Run], rate: float) -> list[Run]:
    return [run for run in runs if run.learning_rate == rate and run.status != "failed"]


def _badness(runs: list[Run]) -> tuple[float, float]:
    return -fmean(_accuracy(run) for run in runs), fmean(_loss(run) for run in runs)


def _accuracy(run: Run) -> float:
    return run.validation_accuracy[-1] if run.status == "done" and run.validation_accuracy else 0.0


def _loss(run: Run) -> float:
    return run.validation_loss[-1] if run.status == "done" and run.validation_loss else float("inf")


def table(names: Iterable[str], settings: Settings, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """One record per activation and learning rate tried; ``chosen`` marks the one that was then used."""
    chosen = rates(names, settings, runs)
    known = {name: [run for run in runs if run.activation == name] for name in chosen}
    return [
        _row(name, rate, _of(known[name], rate), chosen[name])
        for name in chosen
        for rate in sorted(set(settings.grid))
        if any(run.learning_rate == rate for run in known[name])
    ]


def _row(name: str, rate: float, runs: list[Run], chosen: float) -> dict[str, Any]:
    done = [run for run in runs if run.status == "done"]
    return {
        "activation": name,
        "learning_rate": rate,
        "seeds": len(runs),
        "diverged": len(runs) - len(done),
        "validation_accuracy_mean": fmean(map(_accuracy, done)) if done else None,
        "validation_loss_mean": fmean(map(_loss, done)) if done else None,
        "chosen": rate == chosen,
    }


def notes(names: Iterable[str], settings: Settings, runs: Sequence[Run]) -> list[str]:
    """Where the best rate is the grid's lowest or highest, a better one may lie outside."""
    if settings.learning_rate != TUNE or not runs:
        return []
    low, high = min(settings.grid), max(settings.grid)
    found = rates(names, settings, runs)
    return [
        f"{name}: the best learning rate, {rate:g}, is the {'lowest' if rate == low else 'highest'} of the grid; "
        "a better one may lie beyond"
        for name, rate in found.items()
        if rate in (low, high)
    ]
