"""Tables on standard output."""

from __future__ import annotations

from collections.abc import Sequence

from nonlin.cli.output import coloured, encodable, say

Row = Sequence[str]


def aligned(rows: Sequence[Row]) -> list[str]:
    """The first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]).rstrip()
        for row in rows
    ]


def print_table(rows: Sequence[Row]) -> None:
    """Rows, the first one the header: plain text, or with colours and broken to the width of a terminal."""
    if not coloured():
        say(*aligned(rows))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for number, title in enumerate(rows[0]):
        table.add_column(title, justify="right" if number else "left", no_wrap=number > 0)
    for row in rows[1:]:
        table.add_row(*(Text(encodable(cell)) for cell in row))
    Console(highlight=False).print(table)
