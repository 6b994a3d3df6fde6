"""Arguments and options that several commands share, with their completion in the shell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from nonlin.errors import ParameterError, did_you_mean

Command = TypeVar("Command", bound=Callable[..., Any])

_SIGNS = re.compile(r"[()*^|<>+]")


class WithFormulas(click.Command):
    """A command to which -1 is a number and -x*sigmoid(x) a formula, and none of its options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        letters = {o for p in self.get_params(ctx) for o in p.opts if not o.startswith("--")}
        return super().parse_args(ctx, [f" {a}" if _is_operand(a, letters) else a for a in args])


def _is_operand(text: str, letters: set[str]) -> bool:
    """Whether an argument that begins with one dash is no option; a leading space then hides it from click."""
    if text[:1] != "-" or text[1:2] in ("", "-"):
        return False
    return text[:2] not in letters or _SIGNS.search(text) is not None


class Name(click.ParamType):  # type: ignore[type-arg]
    """A name, an alias or a formula, looked up later."""

    name = "name or formula"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value).strip()

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Names that begin so; where there is none, the names of the aliases that do."""
        from nonlin.catalogue import find, plain

        start = plain(incomplete)
        every = find().cards
        found = [c for c in every if plain(c.name).startswith(start)]
        found = found or [c for c in every if any(plain(alias).startswith(start) for alias in c.aliases)]
        return [CompletionItem(c.name, help=c.summary) for c in found]


class Family(click.ParamType):  # type: ignore[type-arg]
    """A family of the catalogue, checked by the library."""

    name = "family"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from nonlin.catalogue import families

        return [CompletionItem(f) for f in families() if f.startswith(incomplete)]


class Setting(click.ParamType):  # type: ignore[type-arg]
    """NAME=NUMBER, completed with the parameters of the entries that the command line names."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        name, equals, number = value.partition("=")
        try:
            return name.strip(), float(number)
        except ValueError:
            wrong = f"--set {value}: expected NAME=NUMBER, such as alpha=0.5"
            raise click.UsageError(wrong if equals else f"{wrong}; the '=' is missing", ctx) from None

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from nonlin.catalogue import get, is_formula

        known = {k: p for name in _named(ctx) if not is_formula(name) for k, p in get(name).parameters.items()}
        return [CompletionItem(f"{k}={p.default:g}", help=f"{p.domain}: {p.meaning}")
                for k, p in known.items() if k.startswith(incomplete)]  # fmt: skip


def _named(ctx: click.Context) -> list[str]:
    """The names on an unfinished command line: click leaves them in ``args`` while an option waits for its value."""
    return [*(ctx.params.get("names") or ()), *filter(None, [ctx.params.get("name")]), *ctx.args]


class OneOf(click.Choice):  # type: ignore[type-arg]
    """One of a few words; another one is refused with the nearest."""

    def __init__(self, what: str, words: Sequence[str]) -> None:
        super().__init__(words)
        self.what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.choices:
            known = ", ".join(self.choices)
            self.fail(f"no {self.what} {value!r}{did_you_mean(value, self.choices)} there are {known}", param, ctx)
        return str(value)


class Number(click.types.FloatParamType):
    """A number, negative or not."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return float(value)
        except ValueError:
            self.fail(f"{value.strip()!r} is not a number; numbers look like -1, 0.5 or 1e-3", param, ctx)


def as_json(command: Command) -> Command:
    """The option --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON with stable keys.")(command)


def parameters(command: Command) -> Command:
    """The option --set name=value, as a dictionary."""
    return click.option("--set", "parameters", multiple=True, type=Setting(), metavar="NAME=VALUE",
                        callback=lambda _, __, pairs: dict(pairs),
                        help="Set a parameter, such as alpha=0.5; may be repeated.")(command)  # fmt: skip


def accepted(name: str) -> set[str]:
    """The names of the parameters of an entry, or of the letters of a formula."""
    from nonlin.catalogue import get, is_formula
    from nonlin.formula import parse
    from nonlin.tree import symbols

    return {*symbols(parse(name))} - {"x"} if is_formula(name) else {*get(name).parameters}


def shared(names: Sequence[str], parameters: dict[str, float]) -> list[Any]:
    """The entries of the names, each with those of the --set parameters that it has; a name without any stays text.

    Raises ParameterError for a parameter that none of them has.
    """
    known = [accepted(name) for name in names]
    for parameter in parameters:
        if not any(parameter in one for one in known):
            every = sorted(set().union(*known))
            raise ParameterError(f"--set {parameter}: none of {', '.join(names)} has a parameter of that name"
                                 + (f"{did_you_mean(parameter, every)} they have {', '.join(every)}" if every else "")
                                 )  # fmt: skip
    given = [{k: v for k, v in parameters.items() if k in one} for one in known]
    return [_with(name, values) if values else name for name, values in zip(names, given, strict=True)]


def _with(name: str, values: dict[str, float]) -> Any:
    """The entry with other defaults. Raises ParameterError for one that can have none, such as a gated unit."""
    from nonlin.catalogue import get, is_formula
    from nonlin.core import Activation

    if is_formula(name) or isinstance(entry := get(name), Activation):
        return get(name, **values)
    kept = ", ".join(f"{k} = {p.default:g}" for k, p in entry.parameters.items() if k in values)
    told = ", ".join(f"{k}={value:g}" for k, value in values.items())
    raise ParameterError(
        f"{entry.name} is always used with {kept} here, got --set {told}; leave --set or {entry.name} out "
        f"(a call in Python takes other values: nonlin.{entry.name}(x, {told}))"
    )
