"""``nonlin plot``."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from nonlin.cli.options import Name, Number, OneOf, WithFormulas, as_json, parameters, shared
from nonlin.cli.output import print_json, say, width
from nonlin.errors import InputError

PICTURE_ONLY = ("layout", "axes", "legend", "saturation", "dpi", "size", "dark", "force")
"""Options that say how a file looks; the terminal has one look."""
GROUPS = {
    "What is drawn": ("derivative", "second_derivative", "of", "sweep", "distribution", "two_class", "parameters"),
    "Which part": ("range", "ylim", "points"),
    "The picture": ("output", "layout", "axes", "legend", "saturation", "size", "dpi", "dark", "force"),
}
"""The help's sections; the rest comes last."""
KINDS = {"curve": "one name", "compare": "several names", "sweep": "--sweep", "distribution": "--distribution",
         "two_class": "--two-class"}  # fmt: skip
"""The pictures of nonlin.plot, and what on the command line asks for them."""


class Plot(WithFormulas):
    """A command whose help has sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        told = {p.name: record for p in self.get_params(ctx)
                if isinstance(p, click.Option) and (record := p.get_help_record(ctx))}  # fmt: skip
        sections = {title: [told.pop(name) for name in names] for title, names in GROUPS.items()}
        for title, records in {**sections, "Other": [*told.values()]}.items():
            with formatter.section(title):
                formatter.write_dl(records)


class Sweep(click.ParamType):  # type: ignore[type-arg]
    """NAME=NUMBER,NUMBER,..."""

    name = "NAME=A,B,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        name, _, numbers = value.partition("=")
        try:
            return name.strip(), [float(n) for n in numbers.split(",")]
        except ValueError:
            raise click.UsageError(
                f"--sweep {value}: expected NAME=NUMBER,NUMBER,..., such as alpha=0.1,0.5,1"
            ) from None


@click.command("plot", cls=Plot)
@click.argument("names", nargs=-1, required=True, metavar="NAME_OR_FORMULA...", type=Name())
@click.option("--derivative/--no-derivative", default=None, help="With the derivative, or without.  [default: with]")
@click.option("--second-derivative", is_flag=True, default=None, help="With the second derivative too.")
@click.option(
    "--of",
    type=OneOf("quantity", ("value", "derivative", "second_derivative")),
    metavar="QUANTITY",
    help="What of several curves: value, derivative or second_derivative.  [default: value]",
)
@click.option("--sweep", type=Sweep(), metavar="NAME=A,B,...", help="A curve for each value of a parameter.")
@click.option(
    "--distribution", is_flag=True, default=None, help="Densities of output and slope for inputs from N(0, 1)."
)
@click.option("--two-class", is_flag=True, default=None, help="A vector function's outputs for the inputs (x, 0).")
@click.option("--range", nargs=2, type=Number(), metavar="A B", help="The interval of x.  [default: -10 10]")
@click.option(
    "--ylim", nargs=2, type=Number(), metavar="A B", help="The interval of y.  [default: what the curves need]"
)
@click.option("--points", type=int, metavar="N", help="Points per curve, before kinks are added.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(),
    help="Write a picture (.svg, .png or .pdf); without, the terminal shows the curves.",
)
@click.option(
    "--layout",
    type=OneOf("layout", ("overlay", "side-by-side")),
    metavar="LAYOUT",
    help="overlay or side-by-side.  [default: overlay]",
)
@click.option(
    "--axes",
    type=OneOf("axes", ("box", "origin")),
    metavar="AXES",
    help="box, or origin: through (0, 0), with arrows.  [default: box]",
)
@click.option("--legend", metavar="PLACE", help="best, none, below, 'upper left' ...  [default: best]")
@click.option("--saturation", is_flag=True, default=None, help="Shade where the slope is below 0.1 and 0.01 in size.")
@click.option("--size", nargs=2, type=Number(), metavar="W H", help="Width and height in inches.")
@click.option("--dpi", type=float, help="Pixels per inch of a png.  [default: 150]")
@click.option("--dark", is_flag=True, default=None, help="Light on dark.")
@click.option("--force", is_flag=True, default=None, help="Replace a file that nonlin did not write.")
@parameters
@as_json
def command(names: tuple[str, ...], parameters: dict[str, float], as_json: bool, **options: Any) -> None:
    """Draw activations or formulas: in the terminal, or as a picture with -o.

    One name gives its curve and derivative, several are compared.

    \b
    nonlin plot gelu
    nonlin plot gelu silu mish --of derivative --range -4 4 -o gated.svg
    nonlin plot elu --sweep alpha=0.2,0.5,1 -o elu.png --dark
    """
    given = {k: v for k, v in options.items() if v is not None}
    output, force = given.pop("output", None), given.pop("force", False)
    kind = _kind(names, given)
    _check(kind, given, parameters)
    _check_output(output, [*given, *["force"] * force])
    with _in_terms_of_options(names), _uncollected():
        picture = _picture(kind, shared(names, parameters), given)
        if output is not None:
            picture.save(output, force=force)
    if as_json:
        print_json({"kind": kind, "names": [*names], "written": output, "data": picture.data})
    elif output is not None:
        say(f"written: {output}")
    else:
        say(*_in_terminal(kind, picture.data, given.get("ylim")))


def _kind(names: tuple[str, ...], given: dict[str, Any]) -> str:
    """Which of the pictures is asked for."""
    asked = [kind for kind in ("sweep", "distribution", "two_class") if kind in given]
    if len(asked) > 1:
        raise click.UsageError(f"{KINDS[asked[0]]} and {KINDS[asked[1]]} are two pictures; leave one out")
    if asked and len(names) > 1:
        raise click.UsageError(f"{KINDS[asked[0]]} takes one name, got {len(names)}: {', '.join(names)}")
    return asked[0] if asked else "curve" if len(names) == 1 else "compare"


def _check(kind: str, given: dict[str, Any], parameters: dict[str, float]) -> None:
    """Refuses options that would have no effect."""
    from nonlin import plot

    known = inspect.signature(getattr(plot, kind)).parameters
    for option in given:
        if option not in known and option != kind:
            as_of = option in ("derivative", "second_derivative") and "of" in known
            advice = f"did you mean --of {option}?" if as_of else "leave it out"
            raise click.UsageError(f"{_spelled(option)} does not go with {KINDS[kind]}; {advice}")
    if kind == "sweep" and given["sweep"][0] in parameters:
        raise click.UsageError(f"--sweep and --set both give {given['sweep'][0]}; leave one out")


def _check_output(output: str | None, given: list[str]) -> None:
    idle = [option for option in PICTURE_ONLY if option in given]
    if idle and output is None:
        raise click.UsageError(f"{_spelled(idle[0])} is for a picture in a file; add -o FILE")


def _spelled(option: str) -> str:
    return "--" + option.replace("_", "-")


def _picture(kind: str, chosen: list[Any], given: dict[str, Any]) -> Any:
    """The library's picture; what it takes as positional arguments comes first."""
    from nonlin import plot

    options = {k: v for k, v in given.items() if k != kind}
    if kind == "compare":
        return plot.compare(chosen, **options)
    if kind == "sweep":
        return plot.sweep(chosen[0], *given["sweep"], **options)
    draw: Callable[..., Any] = getattr(plot, kind)
    return draw(chosen[0], **options)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without collecting garbage: matplotlib's imports make many objects that stay, a tenth of the whole time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextmanager
def _in_terms_of_options(names: tuple[str, ...]) -> Iterator[None]:
    """The library's refusals name its functions and arguments; here they name the options."""
    try:
        yield
    except InputError as error:
        calls = {"force=True": "--force", f"nonlin.plot.two_class({names[0]!r})": f"nonlin plot {names[0]} --two-class"}
        text = str(error)
        for call, option in calls.items():
            text = text.replace(call, option)
        raise InputError(text) from None


def _in_terminal(kind: str, data: dict[str, Any], ylim: tuple[float, float] | None) -> list[str]:
    """The picture's data as panels: those of several functions in one window, so that they compare."""
    from nonlin.cli.curves import densities, drawn
    from nonlin.cli.drawing import Window, fitted

    if kind == "distribution":
        curves = densities(data)
        return drawn(curves, width(), [Window((x[0], x[-1]), (0.0, y.max() or 1.0)) for _, x, y in curves])
    curves = [(key, data["x"], row) for key, row in data.items() if key != "x"]
    window = fitted(data["x"], *(row for _, _, row in curves))
    if ylim:
        window = Window(window.x, (min(ylim), max(ylim)))
    return drawn(curves, width(), [window] * len(curves) if ylim or kind != "curve" else ())
