"""What the scripts about confounded comparisons show of a study: its accuracies and its verdict."""

from __future__ import annotations

from textwrap import fill

import numpy as np
from drawing import COLOURS
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from nonlin.study import Study

__all__ = ["dots", "record", "told"]


def record(study: Study) -> dict:
    """The test accuracies of every activation by seed, and the verdict."""
    accuracy: dict[str, list[float]] = {name: [] for name in study.activations}
    for run in study.runs():
        accuracy[run["activation"]].append(run["test_accuracy"])
    return {"accuracy": {name: np.array(scores) for name, scores in accuracy.items()}, "verdict": study.verdict()}


def told(condition: str, found: dict) -> str:
    """The numbers of :func:`record` in a few lines."""
    means = "   ".join(f"{name} {a.mean():.1%} ± {a.std(ddof=1):.1%}" for name, a in found["accuracy"].items())
    verdict = fill(found["verdict"], 110, initial_indent="  ", subsequent_indent="  ")
    return f"{condition}: {means}\n{verdict}"


def dots(axes: Axes, accuracy: dict[str, np.ndarray]) -> None:
    """A dot per network; grey lines join those of one seed."""
    places = range(len(accuracy))
    axes.plot(places, list(accuracy.values()), color="0.8", linewidth=1)
    for place, scores in zip(places, accuracy.values(), strict=True):
        axes.plot([place] * len(scores), scores, "o", color=COLOURS[place])
    axes.set_xticks(places, list(accuracy))
    axes.set_xlim(-0.5, len(accuracy) - 0.5)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
