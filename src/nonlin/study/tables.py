"""The records of a study, computed from its runs: plain dictionaries, None for what is not known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from statistics import fmean, median
from typing import Any

from nonlin.study import statistics
from nonlin.study.records import Run
from nonlin.study.settings import Settings

Record = dict[str, Any]
Arms = Mapping[str, Sequence[Run]]
"""Every activation's runs, by seed."""

PER_EPOCH = ("training_loss", "training_accuracy", "validation_loss", "validation_accuracy")
GOALS = (0.8, 0.9, 0.95, 0.98)
"""The validation accuracies whose first epoch is reported, beside the baseline's median best."""


MOST_PAIRS = 10
"""More pairs are told against one activation only."""


def known(value: float) -> float | None:
    """The number, or None where it is none or infinite."""
    return value if math.isfinite(value) else None


def mean(values: Iterable[float]) -> float | None:
    """The mean of the finite numbers; None of none."""
    finite = [v for v in values if math.isfinite(v)]
    return fmean(finite) if finite else None


def last(run: Run, measure: str) -> float:
    """A measure after the last epoch; NaN where it was not taken."""
    values = getattr(run, measure)
    return float(values[-1]) if values else math.nan


def scores(arms: Arms) -> dict[str, dict[int, float | None]]:
    """Every activation's test accuracies by seed; None for a diverged network, failed ones are left out."""
    counted = {name: [run for run in runs if run.status != "failed"] for name, runs in arms.items()}
    return {
        name: {run.seed: run.test_accuracy if run.status == "done" else None for run in runs}
        for name, runs in counted.items()
        if runs
    }


# ---- one record per activation ---------------------------------------------------------------------------------------


def table(arms: Arms, baseline: str | None) -> list[Record]:
    """What :meth:`Study.table` gives."""
    ratios = {row["activation"]: row for row in cost(arms, baseline)}
    told = scores(arms)
    return [_row(name, runs, told.get(name, {}), ratios.get(name, {})) for name, runs in arms.items()]


def _row(name: str, runs: Sequence[Run], told: statistics.Runs, cost: Record) -> Record:
    done = [run for run in runs if run.status == "done"]
    s = statistics.summary(told)
    return {
        "activation": name,
        "seeds": len(runs),
        "finished": s.n,
        "diverged": s.diverged,
        "failed": len(runs) - len(told),
        "learning_rate": runs[0].learning_rate if runs else None,
        "test_accuracy_mean": known(s.mean),
        "test_accuracy_sd": known(s.sd),
        "test_accuracy_low": max(s.low, 0.0) if math.isfinite(s.low) else None,
        "test_accuracy_high": min(s.high, 1.0) if math.isfinite(s.high) else None,
        "test_accuracy_iqm": known(s.iqm),
        "test_loss_mean": mean(run.test_loss for run in done),
        **{f"{measure}_mean": mean(last(run, measure) for run in done) for measure in PER_EPOCH},
        **{key: cost.get(key) for key in ("cpu_seconds_mean", "cost_ratio", "cost_low", "cost_high")},
        "compile_seconds": max((run.compile_seconds for run in runs), default=None),
        "parameters": max((run.parameters for run in runs), default=None),
    }


def cost(arms: Arms, baseline: str | None) -> list[Record]:
    """What :meth:`Study.cost` gives: only the activations whose training time was measured."""
    seconds = {n: {run.seed: spent(run) for run in runs if run.status == "done"} for n, runs in arms.items()}
    timed = {name: {s: t for s, t in by_seed.items() if t > 0} for name, by_seed in seconds.items()}
    timed = {name: by_seed for name, by_seed in timed.items() if by_seed}
    if not timed:
        return []
    against = baseline if baseline in timed else next(iter(timed))
    ratios = statistics.cost(timed, against)
    return [_cost(name, timed[name], ratios[name], against) for name in timed]


def spent(run: Run) -> float:
    """CPU seconds of a network's training steps: its epochs times their median, which first-time costs do not move."""
    return len(run.step_seconds) * median(run.step_seconds) if run.step_seconds else 0.0


def _cost(name: str, seconds: Mapping[int, float], ratio: statistics.Ratio, against: str) -> Record:
    return {
        "activation": name,
        "networks": len(seconds),
        "cpu_seconds_mean": fmean(seconds.values()),
        "baseline": against,
        "cost_ratio": known(ratio.ratio),
        "cost_low": known(ratio.low) if ratio.low > 0 else None,
        "cost_high": known(ratio.high),
    }


# ---- pairs of activations --------------------------------------------------------------------------------------------


def differences(arms: Arms) -> tuple[statistics.Difference, ...]:
    """All pairs of activations, judged together by their test accuracies; nothing is said beyond what can be."""
    return tuple(_possible(pair) if pair.n > 1 else pair for pair in statistics.all_pairs(scores(arms)))


def _possible(pair: statistics.Difference) -> statistics.Difference:
    """A difference of shares lies between -1 and 1; where no such one could have been seen, it is infinite."""
    smallest = pair.smallest if pair.smallest <= 1 else math.inf
    return replace(pair, low=max(pair.low, -1.0), high=min(pair.high, 1.0), smallest=smallest)


def told(
    pairs: Iterable[statistics.Difference], scores: statistics.Scores, baseline: str | None
) -> list[statistics.Difference]:
    """The pairs to show, without those that nothing is known of: all of a few, else each activation minus one.

    That one is the baseline; without it, the activation with the highest mean.
    """
    known = [pair for pair in pairs if pair.n > 1]
    if len(known) <= MOST_PAIRS and baseline is None:
        return known
    one = baseline if baseline in scores else max(scores, key=lambda name: mean(_finite(scores[name])) or 0.0)
    return [pair if pair.b == one else flipped(pair) for pair in known if one in (pair.a, pair.b)]


def _finite(runs: statistics.Runs) -> Iterable[float]:
    return statistics.finished(runs).values()


def flipped(d: statistics.Difference) -> statistics.Difference:
    """The same pair, ``b`` minus ``a``."""
    low, high = 1 - d.probability_high, 1 - d.probability_low
    turned = replace(d, a=d.b, b=d.a, mean=-d.mean, low=-d.high, high=-d.low)
    return replace(turned, probability=1 - d.probability, probability_low=low, probability_high=high)


def difference_record(pair: statistics.Difference) -> Record:
    """One pair in the types of JSON."""
    numbers = {k: known(v) if isinstance(v, float) else v for k, v in asdict(pair).items()}
    return numbers | {"identical": pair.identical}


# ---- how soon --------------------------------------------------------------------------------------------------------


def convergence(arms: Arms, settings: Settings, baseline: str | None) -> list[Record]:
    """What :meth:`Study.convergence` gives."""
    counted = {name: [run for run in runs if run.status != "failed"] for name, runs in arms.items()}
    measured = {name: runs for name, runs in counted.items() if any(run.validation_accuracy for run in runs)}
    if not measured:
        return []
    against = baseline if baseline in measured else next(iter(measured))
    best = statistics.median_best(run.validation_accuracy for run in measured[against])
    goals = [(f"{100 * goal:g} %", goal) for goal in GOALS] + [(f"the median best of {against}", best)]
    last = max(settings.epochs, *(len(run.validation_accuracy) for runs in measured.values() for run in runs))
    return [row for told, goal in goals for row in _reached(measured, last, told, goal, against)]


def _reached(arms: Arms, epochs: int, told: str, goal: float, against: str) -> list[Record]:
    """One record per activation; nothing for a goal that no network reached."""
    when = {name: {r.seed: statistics.steps_to(r.validation_accuracy, goal) for r in runs}
            for name, runs in arms.items()}  # fmt: skip
    if not any(epoch is not None for by_seed in when.values() for epoch in by_seed.values()):
        return []
    spent = {name: statistics.restricted(by_seed, epochs) for name, by_seed in when.items()}
    pairs = {frozenset((d.a, d.b)): d for d in statistics.all_pairs(spent, higher=False)}
    return [
        _when(name, told, goal, statistics.convergence(by_seed, epochs))
        | _later(name, against, pairs.get(frozenset((name, against))))
        for name, by_seed in when.items()
    ]


def _when(name: str, told: str, goal: float, found: statistics.Convergence) -> Record:
    return {
        "activation": name,
        "goal": told,
        "validation_accuracy": goal,
        "networks": found.n,
        "reached": found.reached,
        "median_epoch": known(found.median),
        "mean_epochs": found.mean,
        "mean_low": known(found.low),
        "mean_high": known(found.high),
    }


def _later(name: str, against: str, pair: statistics.Difference | None) -> Record:
    """How many epochs more than the baseline, all pairs judged together; None for the baseline itself."""
    sign = -1 if pair and pair.a == against else 1
    low, high = sorted((sign * pair.low, sign * pair.high)) if pair else (math.nan, math.nan)
    return {
        "baseline": against,
        "later": known(sign * pair.mean) if pair else None,
        "later_low": known(low),
        "later_high": known(high),
        "separated": pair.separated if pair else None,
    }


# ---- one record per network, one per network and epoch ---------------------------------------------------------------


def run_record(run: Run, settings: Settings) -> Record:
    """A network's last measures and the conditions it was trained under."""
    conditions = {k: v for k, v in settings.as_record().items() if k not in ("learning_rate", "grid", "tuning_seeds")}
    return {
        "activation": run.activation,
        "seed": run.seed,
        "learning_rate": run.learning_rate,
        "status": run.status,
        "test_accuracy": known(run.test_accuracy),
        "test_loss": known(run.test_loss),
        **{measure: known(last(run, measure)) for measure in PER_EPOCH},
        "epochs_trained": len(run.training_loss),
        "diverged_epoch": run.diverged_epoch,
        "cpu_seconds": known(spent(run)) if run.step_seconds else None,
        "compile_seconds": run.compile_seconds,
        "parameters": run.parameters,
        "message": run.message,
        **{key: conditions[key] for key in conditions if key != "seeds"},
    }


def points(run: Run) -> list[Record]:
    """A network's measures, one record per epoch from 1; those of the test set only after the last."""
    epochs = max(len(getattr(run, measure)) for measure in PER_EPOCH)
    return [_point(run, epoch, last=epoch == epochs - 1) for epoch in range(epochs)]


def _point(run: Run, epoch: int, *, last: bool) -> Record:
    values = {m: known(v[epoch]) if len(v := getattr(run, m)) > epoch else None for m in PER_EPOCH}
    test = {m: known(getattr(run, m)) if last else None for m in ("test_loss", "test_accuracy")}
    seconds = run.step_seconds[epoch] if len(run.step_seconds) > epoch else None
    return {"activation": run.activation, "seed": run.seed, "epoch": epoch + 1, **values, **test,
            "cpu_seconds": seconds}  # fmt: skip
