"""``nonlin completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from nonlin.cli.options import OneOf

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=OneOf("shell", SHELLS), metavar="bash|zsh|fish")
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script by which a shell completes nonlin's commands, options and names.

    \b
    bash:  echo 'eval "$(nonlin completion bash)"' >> ~/.bashrc
    zsh:   echo 'eval "$(nonlin completion zsh)"' >> ~/.zshrc
    fish:  nonlin completion fish > ~/.config/fish/completions/nonlin.fish
    """
    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover
        raise click.UsageError(f"click has no completion for {shell}", ctx)
    script = kind(ctx.find_root().command, {}, "nonlin", "_NONLIN_COMPLETE")
    click.echo(script.source_template % script.source_vars())
