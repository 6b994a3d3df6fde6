"""What goes to standard output: fitted to the terminal's width, colours and encoding; JSON."""

from __future__ import annotations

import json
import math
import os
import sys
import textwrap
import unicodedata
from typing import Any

import click

FIXED = "\u00a0"
"""A no-break space: where a line must not end."""
WIDEST = 100
"""Longer lines are hard to read, however wide the terminal."""
ASCII = {"·": "*", "×": "x", "−": "-", "–": "-", "′": "'", "″": "''", "…": "...", "±": "+-", "∞": "inf", "√": "sqrt",
         "≤": "<=", "≥": ">=", "≈": "~", "→": "->"}  # fmt: skip
"""What stands for a character that the terminal's encoding does not have."""


def width() -> int:
    """The columns to fill: those of the terminal, at most 100; 80 when standard output is none."""
    if not sys.stdout.isatty():
        return 80
    try:
        columns = int(os.environ.get("COLUMNS", "")) or os.get_terminal_size(sys.stdout.fileno()).columns
    except (ValueError, OSError):
        columns = 80
    return min(max(columns, 40), WIDEST)


def say(*lines: str) -> None:
    """Lines on standard output; without escape codes unless it is a terminal that may have colours."""
    click.echo(encodable("\n".join(lines)), color=coloured())


def coloured() -> bool:
    """Whether standard output is a terminal and nobody asked for plain text."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def bold(text: str) -> str:
    return click.style(text, bold=True)


def dim(text: str) -> str:
    return click.style(text, dim=True)


def unicode_works() -> bool:
    """Whether standard output's encoding has mathematical signs and braille."""
    return _has("⣿·√…Φ′─²")


def encodable(text: str) -> str:
    """``text`` with what standard output's encoding lacks replaced by its nearest in ASCII."""
    return text if _has(text) else "".join(c if _has(c) else _nearest(c) for c in text)


def _has(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _nearest(sign: str) -> str:
    bare = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return ASCII.get(sign) or bare or "?"


def hanging(key: str, text: str, margin: int, columns: int) -> list[str]:
    """``text`` wrapped beside ``key``, which stands in a margin of its own. Long words (links) stay whole.

    A no-break space in ``text`` is one.
    """
    space = max(columns - margin, 20)
    lines = textwrap.wrap(text, space, break_long_words=False, break_on_hyphens=False) or [""]
    head = dim(f"{key:<{margin}}") if key else " " * margin
    rows = [head + lines[0], *(" " * margin + line for line in lines[1:])]
    return [row.replace(FIXED, " ") for row in rows]


def cut(text: str, columns: int) -> str:
    """``text`` in at most so many columns, cut after a word."""
    return textwrap.shorten(text, max(columns, 2), placeholder=" …" if unicode_works() else " ...")


def print_json(value: Any) -> None:
    """JSON on standard output; infinities and NaN, which JSON has not, as the strings "inf", "-inf" and "nan"."""
    text = json.dumps(plain(value), indent=2, ensure_ascii=False)
    click.echo(text if _has(text) else json.dumps(plain(value), indent=2))


def plain(value: Any) -> Any:
    """``value`` in the types of JSON; NumPy's arrays and numbers too."""
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    return value
