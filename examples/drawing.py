"""Panels side by side in the look of nonlin's own pictures, for the other scripts of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib.figure import Figure

from nonlin.plot import Picture
from nonlin.plot.style import COLOURS, MARKERS, line_style, settings, styled

__all__ = ["COLOURS", "MARKERS", "line_style", "panels"]


@contextmanager
def panels(widths: tuple[float, ...] = (1.0, 1.0)) -> Iterator[Picture]:
    """A picture with one panel per width, to be drawn into inside the ``with`` block. No pyplot, nothing global."""
    with styled(settings()):
        figure = Figure(figsize=(10.2, 4.1), layout="constrained")
        figure.get_layout_engine().set(wspace=0.06)
        yield Picture(figure, tuple(figure.subplots(1, len(widths), width_ratios=widths)))
