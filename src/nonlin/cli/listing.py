"""``nonlin list``."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import click

from nonlin.cli.options import Family, as_json
from nonlin.cli.output import bold, cut, print_json, say, unicode_works, width

CURVE = 10
"""Characters of a tiny curve."""
SPAN = (-4.0, 4.0)
"""What of x the tiny curves show."""


@click.command("list")
@click.option("--family", type=Family(), help="Only this family.")
@as_json
def command(family: str | None, as_json: bool) -> None:
    """List the activations by family, each with its curve from -4 to 4."""
    from nonlin.catalogue import find

    entries = sorted(find(family), key=lambda e: (e.family, e.name))
    if as_json:
        print_json([{"name": e.name, "family": e.family, "summary": e.record.summary} for e in entries])
    else:
        say(*lines(entries, width()))


def lines(entries: list[Any], columns: int) -> list[str]:
    """A line for each entry below its family, cut to the width."""
    longest = max(len(e.name) for e in entries)
    space = columns - longest - CURVE - 6
    listed: list[str] = []
    for family, members in groupby(entries, key=lambda e: str(e.family)):
        rows = [f"  {e.name:{longest}}  {_curve(e)}  {cut(e.record.summary, space)}".rstrip() for e in members]
        listed += [*([""] if listed else []), bold(family), *rows]
    return listed


def _curve(entry: Any) -> str:
    """Empty for gated units, which take two inputs."""
    from nonlin.cli.curves import of_list
    from nonlin.cli.drawing import tiny

    curve = of_list(entry, SPAN, 20 * CURVE)
    return tiny(*curve, CURVE, plain=not unicode_works()) if curve else " " * CURVE
