"""Options and output that several commands share."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from nonlin.errors import did_you_mean

Command = TypeVar("Command", bound=Callable[..., Any])

NUMBERS: dict[str, Any] = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
"""Context settings of commands that take numbers or formulas: -1 and -x are none of the options."""


def as_json(command: Command) -> Command:
    """The option --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON with stable keys.")(command)


def parameters(command: Command) -> Command:
    """The option --set name=value, as a dictionary."""
    return click.option("--set", "parameters", multiple=True, metavar="NAME=VALUE", callback=_assignments,
                        help="Set a parameter, such as alpha=0.5; may be repeated.")(command)  # fmt: skip


def _assignments(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> dict[str, float]:
    return dict(_assignment(text) for text in texts)


def _assignment(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        wrong = f"--set {text}: expected NAME=NUMBER, such as alpha=0.5"
        raise click.UsageError(wrong if equals else f"{wrong}; the '=' is missing") from None


def accepted(name: str) -> set[str]:
    """The names of the parameters of an entry, or of the letters of a formula."""
    from nonlin.catalogue import get, is_formula
    from nonlin.formula import parse
    from nonlin.tree import symbols

    return {*symbols(parse(name))} - {"x"} if is_formula(name) else {*get(name).parameters}


class Number(click.types.FloatParamType):
    """A number, negative or not; a mistyped option is told as one."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return float(value)
        except ValueError:
            options = [o for p in ctx.command.params for o in p.opts] if ctx else []
            hint = did_you_mean(value, options)
            self.fail(f"{value!r} is not a number{hint} numbers look like -1, 0.5 or 1e-3", param, ctx)


def print_json(value: Any) -> None:
    """JSON on standard output; infinities and NaN, which JSON has not, as the strings "inf", "-inf" and "nan"."""
    click.echo(json.dumps(plain(value), indent=2, ensure_ascii=False))


def plain(value: Any) -> Any:
    """``value`` in the types of JSON."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    return value


def print_text(lines: list[tuple[str, str]]) -> None:
    """Lines as (style, text): styled by rich on a terminal, plain otherwise."""
    if not sys.stdout.isatty():
        click.echo("\n".join(text for _, text in lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)  # honours NO_COLOR
    for style, text in lines:
        console.print(Text(text, style=style))
