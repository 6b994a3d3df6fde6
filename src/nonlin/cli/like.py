"""``nonlin like``."""

from __future__ import annotations

import click

from nonlin.cli.options import Name, WithFormulas, as_json, parameters
from nonlin.cli.output import print_json, say


@click.command("like", cls=WithFormulas)
@click.argument("name", metavar="NAME_OR_FORMULA", type=Name())
@click.option("--count", type=int, default=5, show_default=True, help="How many entries to show.")
@parameters
@as_json
def command(name: str, count: int, parameters: dict[str, float], as_json: bool) -> None:
    """Say which entry a formula is, or which are nearest by shape.

    Nearest is the smallest of the largest differences from -5 to 5. Identities that need scaling and shifting are told
    where no entry is the function itself.
    """
    from nonlin.calculus.likeness.nearest import like
    from nonlin.catalogue import get

    found = like(get(name, **parameters), count)
    if as_json:
        print_json(found.to_dict())
    else:
        say(str(found))
