"""``nonlin map``."""

from __future__ import annotations

import click

from nonlin.cli.options import Name, as_json
from nonlin.cli.output import hanging, print_json, say, width


@click.command("map")
@click.argument("name", required=False, type=Name())
@click.option("--framework", metavar="NAME", help="Only this framework.")
@as_json
def command(name: str | None, framework: str | None, as_json: bool) -> None:
    """Show who calls an activation by which name, and whether it is the same function; all without NAME.

    Frameworks: torch, jax, tensorflow, keras, transformers, timm, onnx and onednn.
    """
    from nonlin.frameworks.equivalents import equivalents_table

    table = equivalents_table(name, framework=framework)
    if as_json:
        print_json(table.to_dict())
    else:
        say(str(table), "", *hanging("", table.legend, 0, width()))
