"""``nonlin recommend``."""

from __future__ import annotations

from typing import Any

import click

from nonlin.cli.options import as_json
from nonlin.cli.output import print_json, say


@click.command("recommend")
@click.argument("task", default="hidden")
@click.option("--network", metavar="KIND", help="hidden: mlp, cnn, transformer or rnn.")
@click.option("--depth", type=int, help="hidden: the number of layers.")
@click.option("--normalisation", metavar="KIND", help="hidden: batch, layer or none.")
@click.option("--deploy", metavar="KIND", help="hidden: int8 or edge.")
@click.option(
    "--target", metavar="KIND", help="output: binary, multilabel, classes, regression, positive, counts or interval."
)
@as_json
def command(as_json: bool, **situation: Any) -> None:
    """Say which activation to take for TASK, hidden (the default) or output, with reasons and sources."""
    from nonlin.advice import recommend

    advice = recommend(**situation)
    if as_json:
        print_json(advice.to_dict())
    else:
        say(*str(advice).splitlines())
