"""``nonlin list``: from the index alone, so that it answers at once."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import click

from nonlin.catalogue._finding import COSTS, KINDS, SORTS, fact_names, find
from nonlin.catalogue._index import Card
from nonlin.cli.options import Family, as_json
from nonlin.cli.output import bold, cut, print_json, say, unicode_works, width

CURVE = 10
"""Characters of a tiny curve."""
HEADS = {"core": lambda c: "core" if c.core else c.family, "family": lambda c: c.family, "cost": lambda c: c.cost,
         "year": lambda c: f"{c.year // 10 * 10}s" if c.year else "no year", "name": lambda c: ""}  # fmt: skip
"""What stands above the groups of each order."""


class ByFacts(click.Command):
    """A command with two flags for each fact of the index, such as --smooth and --not-smooth."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        flags = [(name, name.replace("_", "-")) for name in fact_names()]
        facts = [click.Option([name, f"--{flag}/--not-{flag}"], default=None, hidden=True) for name, flag in flags]
        return [*super().get_params(ctx), *facts]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write_text(f"Facts, each with --not- for its contrary: {', '.join(map(_flag, fact_names()))}.")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


@click.command("list", cls=ByFacts)
@click.option("--family", type=Family(), help="Only this family.")
@click.option("--year", metavar="YEAR[-YEAR]", help="Published then: 2017, 2015-2019, 2020- or -1999.")
@click.option("--cost", metavar="COST", help=f"What it is made of: {', '.join(COSTS)}.")
@click.option("--kind", metavar="KIND", help=f"{', '.join(KINDS)}.")
@click.option("--core", is_flag=True, help="Only the few that people actually use.")
@click.option("--text", help="Found in name, title, summary, formula or source.")
@click.option("--sort", default="core", show_default=True, metavar="ORDER", help=f"{', '.join(SORTS)}.")
@as_json
def command(as_json: bool, core: bool, year: str | None, **chosen: Any) -> None:
    """List the activations by family, the core ones first, each with its curve from -4 to 4."""
    given = {name: value for name, value in chosen.items() if value is not None}
    found = find(core=core or None, year=_years(year), **given).cards
    if as_json:
        print_json([_described(card) for card in found])
    else:
        say(*lines(found, width(), chosen["sort"]))


def _years(text: str | None) -> Any:
    if text is None:
        return None
    first, dash, last = text.partition("-")
    if text == "-" or not all(part.isdecimal() or (dash and not part) for part in (first, last if dash else first)):
        raise click.UsageError(f"--year takes a year or two, 2015-2019, got {text!r}")
    return (int(first) if first else None, int(last) if last else None) if dash else int(first)


def _described(card: Card) -> dict[str, Any]:
    return {
        k: getattr(card, k) for k in ("name", "family", "summary", "title", "year", "core", "kind", "cost", "facts")
    }


def lines(found: tuple[Card, ...], columns: int, sort: str) -> list[str]:
    """A line for each entry below the head of its group, cut to the width."""
    longest = max(len(card.name) for card in found)
    space = columns - longest - CURVE - 6
    place = 0 if unicode_works() else 1
    listed: list[str] = []
    for head, members in groupby(found, key=HEADS[sort]):
        rows = [f"  {c.name:{longest}}  {c.curve[place]:{CURVE}}  {cut(c.summary, space)}".rstrip() for c in members]
        listed += [*([""] if listed else []), *([bold(head)] if head else []), *rows]
    return listed
