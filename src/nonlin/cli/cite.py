"""``nonlin cite``."""

from __future__ import annotations

import click

from nonlin.cli.options import Name


@click.command("cite")
@click.argument("names", nargs=-1, required=True, type=Name(), metavar="NAME...")
def command(names: tuple[str, ...]) -> None:
    """Print the sources of activations as BibTeX."""
    from nonlin.citation import cite

    click.echo(cite(*names))
