"""``nonlin list``."""

from __future__ import annotations

from itertools import groupby

import click

from nonlin.cli.options import as_json, print_json, print_text


@click.command("list")
@click.option("--family", help="Only this family.")
@as_json
def command(family: str | None, as_json: bool) -> None:
    """List the activations by family."""
    from nonlin.catalogue import find

    entries = sorted(find(family), key=lambda e: (e.family, e.name))
    if as_json:
        print_json([{"name": e.name, "family": e.family, "summary": e.record.summary} for e in entries])
        return
    width = max(len(e.name) for e in entries)
    lines = []
    for group, members in groupby(entries, key=lambda e: str(e.family)):
        lines += [("bold", group), *(("", f"  {e.name:{width}}  {e.record.summary}") for e in members), ("", "")]
    print_text(lines[:-1])
