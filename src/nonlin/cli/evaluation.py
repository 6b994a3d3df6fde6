"""``nonlin eval``."""

from __future__ import annotations

from typing import Any

import click

from nonlin.cli.options import Name, Number, WithFormulas, as_json, parameters
from nonlin.cli.output import print_json, say


@click.command("eval", cls=WithFormulas)
@click.argument("name", metavar="NAME_OR_FORMULA", type=Name())
@click.argument("x", nargs=-1, type=Number(), required=True)
@click.option("--derivative", is_flag=True, help="The derivative instead of the value.")
@parameters
@as_json
def command(name: str, x: tuple[float, ...], derivative: bool, parameters: dict[str, float], as_json: bool) -> None:
    """Evaluate an activation or a formula, or its derivative, at one or more numbers.

    A vector function such as softmax takes all numbers as one vector.
    """
    from nonlin.catalogue import get

    entry = get(name, **parameters)
    function = entry.derivative if derivative else entry
    values = [float(v) for v in function([*x])]
    if as_json:
        print_json({"name": function.name, "x": [*x], "value": values})
    else:
        say(*_lines(function, x, values))


def _lines(function: Any, x: tuple[float, ...], values: list[float]) -> list[str]:
    from nonlin.core import Activation

    points = [f"{v:.17g}" if float(f"{v:.15g}") != v else f"{v:.15g}" for v in x]
    if isinstance(function, Activation):
        return [f"{p}  {v!r}" for p, v in zip(points, values, strict=True)]
    return [f"{function.name}({', '.join(points)}) = {', '.join(map(repr, values))}"]
