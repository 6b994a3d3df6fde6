"""Pictures of a study, drawn without pyplot: nothing is registered, shown or changed globally."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, PercentFormatter

from nonlin.plot.picture import Picture
from nonlin.plot.style import line_style, settings, styled
from nonlin.study.results import Study

ACCURACY_TICKS = (0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
PANELS = {
    "test_accuracy": "test accuracy (stretched near 100 %)",
    "training_loss": "training loss (nats)",
    "test_loss": "test loss (nats)",
}


def curves(study: Study) -> Picture:
    """Test accuracy, training loss and test loss over the epochs: mean over the seeds, band from least to greatest."""
    style = settings() | {"figure.dpi": 110}
    with styled(style):
        figure, axes = _figure(study)
    return Picture(figure, tuple(axes), style=style)


def _figure(study: Study) -> tuple[Figure, Any]:
    rows = -(-len(study.activations) // 6)
    figure = Figure(figsize=(12, 4.1 + 0.25 * rows), layout="constrained")
    axes = figure.subplots(1, len(PANELS))
    for panel, (measure, label) in zip(axes, PANELS.items(), strict=True):
        lines = [_line(panel, study, i, measure) for i in range(len(study.activations))]
        _dress(panel, measure, label)
    figure.suptitle(_title(study), fontsize="medium")
    figure.legend(lines, study.activations, loc="outside lower center", ncols=6, frameon=False, handlelength=4)
    return figure, axes


def _line(panel: Axes, study: Study, number: int, measure: str) -> Line2D:
    per_epoch = list(zip(*(getattr(n, measure) for n in study.of(study.activations[number])), strict=True))
    epochs = range(1, len(per_epoch) + 1)
    style = line_style(number)
    panel.fill_between(
        epochs, [min(e) for e in per_epoch], [max(e) for e in per_epoch], color=style["color"], alpha=0.15, linewidth=0
    )
    means = [sum(e) / len(e) for e in per_epoch]
    return panel.plot(epochs, means, marker="o" if len(means) == 1 else None, **style)[0]


def _dress(panel: Axes, measure: str, label: str) -> None:
    panel.set_xlabel("epoch")
    panel.set_title(label, fontsize="medium", loc="center")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
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
