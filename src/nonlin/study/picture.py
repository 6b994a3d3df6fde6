"""Pictures of a study, drawn without pyplot: nothing is registered, shown or changed globally."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, PercentFormatter

from nonlin.study.results import Study

# Okabe and Ito's colours, told apart with any colour vision (their yellow is too faint for a line on white).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
DASHES = ((), (6, 2), (2, 1.5), (7, 2, 1.5, 2), (4, 1.5, 1.5, 1.5, 1.5, 1.5))
ACCURACY_TICKS = (0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
PANELS = {
    "test_accuracy": "test accuracy (stretched near 100 %)",
    "training_loss": "training loss (nats)",
    "test_loss": "test loss (nats)",
}


@dataclass(frozen=True)
class Picture:
    """A finished picture: the matplotlib ``figure`` and its ``axes``."""

    figure: Figure
    axes: tuple[Axes, ...]

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture; the ending of ``path`` chooses the format (png, pdf, svg ...)."""
        self.figure.savefig(path)


def curves(study: Study) -> Picture:
    """Test accuracy, training loss and test loss over the epochs: mean over the seeds, band from least to greatest."""
    rows = -(-len(study.activations) // 6)
    figure = Figure(figsize=(12, 4.1 + 0.25 * rows), dpi=110, layout="constrained")
    axes = figure.subplots(1, len(PANELS))
    for panel, (measure, label) in zip(axes, PANELS.items(), strict=True):
        lines = [_line(panel, study, i, measure) for i in range(len(study.activations))]
        _dress(panel, measure, label)
    figure.suptitle(_title(study), fontsize="medium")
    figure.legend(lines, study.activations, loc="outside lower center", ncols=6, frameon=False, handlelength=4)
    return Picture(figure, tuple(axes))


def _line(panel: Axes, study: Study, number: int, measure: str) -> Line2D:
    per_epoch = list(zip(*(getattr(n, measure) for n in study.of(study.activations[number])), strict=True))
    epochs = range(1, len(per_epoch) + 1)
    style: dict[str, Any] = {"color": COLOURS[number % len(COLOURS)], "dashes": DASHES[number % len(DASHES)]}
    panel.fill_between(
        epochs, [min(e) for e in per_epoch], [max(e) for e in per_epoch], color=style["color"], alpha=0.15, linewidth=0
    )
    means = [sum(e) / len(e) for e in per_epoch]
    return panel.plot(epochs, means, linewidth=1.8, marker="o" if len(means) == 1 else None, **style)[0]


def _dress(panel: Axes, measure: str, label: str) -> None:
    panel.set_xlabel("epoch")
    panel.set_title(label, fontsize="medium")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
    if measure == "test_accuracy":
        panel.set_yscale("function", functions=(_stretched, _shrunk))
        panel.yaxis.set_major_locator(FixedLocator(ACCURACY_TICKS))
        panel.yaxis.set_major_formatter(PercentFormatter(1.0))
    else:
        panel.set_yscale("log")


def _stretched(accuracy: Any) -> Any:
    """Where an accuracy is drawn: logarithmic in the error, which 0.5 % keeps finite at 100 %."""
    return -np.log10(1.005 - np.minimum(accuracy, 1.0))


def _shrunk(height: Any) -> Any:
    return 1.005 - 10.0 ** -np.asarray(height)


def _title(study: Study) -> str:
    seeds = study.settings.seeds
    many = f"mean of {seeds} seeds, band from the least to the greatest" if seeds > 1 else "one seed"
    return f"{study.settings.model} on {study.settings.data}: {many}"
