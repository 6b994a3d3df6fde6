"""Curves as text: braille dots, or plain ASCII where the terminal has no Unicode. No library but NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Span = tuple[float, float]

DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bit of each of the 4 x 2 dots of a braille character, U+2800 being the empty one."""
UNICODE_AXES, ASCII_AXES = ("─", "│", "┼"), ("-", "|", "+")
LEVELS = "'-._"
"""For one line of ASCII: where in the line the curve is, from the top."""


@dataclass(frozen=True)
class Window:
    """The part of the plane that is drawn."""

    x: Span
    y: Span

    def cells(self, x: Array, y: Array, columns: int, rows: int) -> tuple[Array, Array]:
        """Column and row of each point, rows from the top; -1 or ``rows`` for a point above or below."""
        across = np.rint(_share(x, self.x) * (columns - 1))
        down = np.rint((1 - _share(y, self.y)) * (rows - 1))
        return np.clip(across, 0, columns - 1).astype(int), np.clip(down, -1, rows).astype(int)


def _share(value: Array, span: Span) -> Array:
    """How far along the span a value is; divided first, because a difference of large numbers may overflow."""
    size = max(abs(span[0]), abs(span[1]))
    return np.asarray((value / size - span[0] / size) / (span[1] / size - span[0] / size))


def fitted(x: Array, *curves: Array) -> Window:
    """A window that holds the curves; beside a pole only the middle 96 % of the heights, over x evenly spaced."""
    heights = np.concatenate([c[np.isfinite(c)] for c in curves] or [x[:0]])
    if heights.size == 0:
        return Window((float(x[0]), float(x[-1])), (-1.0, 1.0))
    low, high = float(heights.min()), float(heights.max())
    even = np.searchsorted(x, np.linspace(x[0], x[-1], 801))  # of points that crowd beside a pole a few
    usual = np.concatenate([c[even][np.isfinite(c[even])] for c in curves])
    inner = [float(q) for q in np.quantile(usual, [0.02, 0.98], method="nearest")] if usual.size else [low, high]
    if high / 4 - low / 4 > inner[1] - inner[0] > 0:
        low, high = inner
    return Window((float(x[0]), float(x[-1])), _opened(low, high))


def _opened(low: float, high: float) -> Span:
    """Room around a constant, and around what differs from one by rounding only."""
    size = max(abs(low), abs(high))
    if high - low > 1e-9 * size:
        return low, high
    return (low - 1.0, high + 1.0) if size < 1e8 else (low - size / 2, high + size / 2)


def raster(x: Array, y: Array, window: Window, columns: int, rows: int) -> Array:
    """Which of rows x columns dots the curve meets: neighbouring points are joined, those beside a NaN are not."""
    dots = np.zeros((rows, columns), bool)
    seen = np.isfinite(y)
    across, down = window.cells(x, np.where(seen, y, window.y[0]), columns, rows)
    inside = seen & (down >= 0) & (down < rows)
    dots[down[inside], across[inside]] = True
    steep = np.flatnonzero(seen[1:] & seen[:-1] & (np.abs(np.diff(down)) > 1)) + 1
    for i in steep:
        first, last = sorted((down[i - 1], down[i]))
        dots[first + 1 : last, across[i]] = True
    return dots


def panel(title: str, x: Array, y: Array, window: Window, size: tuple[int, int], plain: bool = False) -> list[str]:
    """One curve with its axes, the ends of both labelled: lines of ``size[0]`` characters, ``size[1]`` of them.

    ``plain`` draws in ASCII. The curve covers the axes; a window without zero has no axis there.
    """
    low, high = (short(v) for v in window.y)
    margin = max(len(low), len(high)) + 1
    columns, rows = size[0] - margin, size[1] - 2
    picture = _with_axes(_drawn(x, y, window, columns, rows, plain), window, plain)
    labels = [high, *[""] * (rows - 2), low]
    body = [f"{label:>{margin - 1}} {''.join(line)}" for label, line in zip(labels, picture, strict=True)]
    left, right = (short(v) for v in window.x)
    return [
        f"{'':{margin}}{_clipped(title, columns):^{columns}}",
        *body,
        f"{'':{margin}}{left}{right:>{columns - len(left)}}",
    ]


def _clipped(title: str, columns: int) -> str:
    return title if len(title) <= columns else title[: columns - 3] + "..."


def short(value: float) -> str:
    """A label: three digits."""
    return f"{value:.3g}" if value else "0"


def _drawn(x: Array, y: Array, window: Window, columns: int, rows: int, plain: bool) -> list[list[str]]:
    if plain:
        stars = raster(x, y, window, columns, rows)
        return [["*" if dot else " " for dot in line] for line in stars]
    return [list(line) for line in _braille(raster(x, y, window, 2 * columns, 4 * rows))]


def _braille(dots: Array) -> list[str]:
    """A character for each 4 x 2 dots; a space where there is none."""
    rows, columns = dots.shape[0] // 4, dots.shape[1] // 2
    bits = (dots.reshape(rows, 4, columns, 2) * DOTS[:, None, :]).sum(axis=(1, 3))
    return ["".join(chr(0x2800 + b) if b else " " for b in line) for line in bits]


def _with_axes(picture: list[list[str]], window: Window, plain: bool) -> list[list[str]]:
    across, up, cross = ASCII_AXES if plain else UNICODE_AXES
    rows, columns = len(picture), len(picture[0])
    column, row = window.cells(np.zeros(1), np.zeros(1), columns, rows)
    has_column, has_row = (low <= 0 <= high for low, high in (window.x, window.y))
    for r, line in enumerate(picture):
        for c, sign in enumerate(line):
            on = (has_row and r == row[0], has_column and c == column[0])
            if sign == " " and any(on):
                line[c] = cross if all(on) else across if on[0] else up
    return picture


def tiny(x: Array, y: Array, width: int, plain: bool = False) -> str:
    """A curve in one line of ``width`` characters, without axes, filling the height.

    >>> x = np.linspace(-4.0, 4.0, 201)
    >>> print(tiny(x, np.tanh(x), 10), tiny(x, np.tanh(x), 10, plain=True))
    ⣀⣀⣀⣀⡤⠞⠉⠉⠉⠉ ____.'''''
    """
    window = fitted(x, y)
    if not plain:
        return _braille(raster(x, y, window, 2 * width, 4))[0]
    lines = raster(x, y, window, width, len(LEVELS))
    return "".join(LEVELS[int(np.argmax(column))] if column.any() else " " for column in lines.T)


def beside(panels: Sequence[list[str]], width: int, gap: int = 2) -> list[str]:
    """Panels next to each other, as many as fit in ``width``, in as many rows as needed."""
    across = max(len(line) for lines in panels for line in lines)
    many = max((width + gap) // (across + gap), 1)
    lines: list[str] = []
    for start in range(0, len(panels), many):
        row = panels[start : start + many]
        joined = [(" " * gap).join(f"{text:{across}}" for text in texts).rstrip() for texts in zip(*row, strict=True)]
        lines += [*([""] if lines else []), *joined]
    return lines
