"""``nonlin check``."""

from __future__ import annotations

import click

from nonlin.cli.options import Name, WithFormulas, as_json, parameters
from nonlin.cli.output import print_json, say


@click.command("check", cls=WithFormulas)
@click.argument("name", metavar="NAME_OR_FORMULA", type=Name())
@parameters
@as_json
@click.pass_context
def command(ctx: click.Context, name: str, parameters: dict[str, float], as_json: bool) -> None:
    """Compare value, first and second derivative in every installed framework with the exact ones.

    Exit code 1 where a framework is further off than its bound.
    """
    from nonlin.catalogue import get
    from nonlin.checking import check

    table = check(get(name, **parameters))
    if as_json:
        print_json(table.records())
    else:
        say(str(table), "", table.legend)
    ctx.exit(0 if table.ok else 1)
