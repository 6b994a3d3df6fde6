"""The command line: thin commands that print what the library returns.

Each command lives in its own module, loaded when it is called: ``nonlin --help`` starts without NumPy.
"""

from __future__ import annotations

import warnings
from importlib import import_module

import click

from nonlin import __version__
from nonlin.errors import NonlinError, NonlinWarning, did_you_mean

_COMMANDS = {
    "list": ("listing", "List the activations by family, with their curves."),
    "show": ("show", "Show one activation or formula: curves, facts, use, source."),
    "plot": ("plot", "Draw activations or formulas, in the terminal or as a picture."),
    "eval": ("evaluation", "Evaluate an activation or a formula, or its derivative."),
    "check": ("check", "Compare the frameworks' values and derivatives with the exact ones."),
    "map": ("map", "Show who calls an activation by which name, and if it is the same."),
    "like": ("like", "Say which activation a formula is, or which are nearest."),
    "recommend": ("recommend", "Say which activation to take, and why."),
    "cite": ("cite", "Print the sources of activations as BibTeX."),
    "compare": ("compare", "Compare activations by training networks on real data."),
    "recheck": ("recheck", "Recompute a published table and flag rows that contradict themselves."),
    "data": ("data", "The known data sets, and downloading them."),
    "completion": ("completion", "Print the script that completes commands and names in a shell."),
}
"""Each command's module, and its line in the help; the module's ``command`` is loaded when it is called."""


class Commands(click.Group):
    """The commands by name, each loaded when needed; every NonlinError is a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"nonlin.cli.{_COMMANDS[name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS:
            raise click.UsageError(f"no command {args[0]!r}{did_you_mean(args[0], _COMMANDS)} nonlin --help lists all")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("always", NonlinWarning)
            warnings.showwarning = _note
            try:
                return super().invoke(ctx)
            except NonlinError as error:
                raise Misuse(str(error)) from None
            except click.NoSuchOption as error:
                raise _no_option(error) from None


def _no_option(error: click.NoSuchOption) -> click.UsageError:
    """A mistyped option told like any other mistyped word."""
    if error.ctx is None:
        return error
    known = [option for parameter in error.ctx.command.get_params(error.ctx) for option in parameter.opts]
    hint = did_you_mean(error.option_name, known)
    return click.UsageError(
        f"no option {error.option_name!r}{hint} {error.ctx.command_path} --help lists all", error.ctx
    )


def _note(message: Warning | str, *_: object, **__: object) -> None:
    """A warning as a sentence on standard error, without the place in the code."""
    click.echo(f"note: {message}", err=True)


class Misuse(click.ClickException):
    """A sentence on standard error and exit code 2."""

    exit_code = 2


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="nonlin", message="nonlin %(version)s")
def main() -> None:
    """The activation functions of neural networks: look up, draw, evaluate, check, compare.

    NAME_OR_FORMULA is a name such as gelu or "Leaky ReLU", or a formula in x such as "x*sigmoid(2x)".
    nonlin COMMAND --help tells more; docs/command-line.md tells all.
    """
