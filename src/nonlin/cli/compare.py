"""``nonlin compare``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nonlin.cli.options import Name, WithFormulas, as_json, parameters, shared
from nonlin.cli.output import print_json, say
from nonlin.cli.tables import print_table
from nonlin.study.settings import TUNE, Settings, linear_widths

if TYPE_CHECKING:
    from nonlin.study import Study
    from nonlin.study.execution import Progress

Command = TypeVar("Command", bound=Callable[..., Any])

HEADER = ("activation", "networks", "test accuracy", "95 % interval", "test loss", "CPU s", "cost")
TUNING = ("learning rate", "networks", "validation accuracy", "validation loss", "")
DEEPEST = 1000
"""The most layers that FIRST:LAST:LAYERS may ask for."""
STOPPED = 130
"""The exit code after Ctrl-C, as shells have it."""


class Numbers(click.ParamType):  # type: ignore[type-arg]
    """Numbers separated by commas."""

    name = "numbers"

    def __init__(self, kind: type[int] | type[float]) -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        try:
            return tuple(self.kind(part) for part in str(value).split(",") if part.strip())
        except ValueError:
            what = "whole numbers" if self.kind is int else "numbers"
            self.fail(f"expected {what} separated by commas, got {value!r}", param, ctx)


class Widths(Numbers):
    """Widths separated by commas, or FIRST:LAST:LAYERS for those that change linearly with depth."""

    name = "widths"

    def __init__(self) -> None:
        super().__init__(int)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        if ":" not in str(value):
            return super().convert(value, param, ctx)
        try:
            first, last, layers = map(int, str(value).split(":"))
        except ValueError:
            first = last = layers = 0
        if min(first, last) < 1 or not 2 <= layers <= DEEPEST:
            self.fail(f"expected FIRST:LAST:LAYERS such as 128:32:4, widths of at least 1 and 2 to {DEEPEST} layers, "
                      f"got {value!r}", param, ctx)  # fmt: skip
        return linear_widths(first, last, layers)


class Rate(click.ParamType):  # type: ignore[type-arg]
    """A number, or the word that has the rate tuned."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        if value == TUNE:
            return TUNE
        try:
            return float(value)
        except ValueError:
            self.fail(f"expected a number such as 0.001, or tune; got {value!r}", param, ctx)


OPTIONS: tuple[tuple[str, str, Any, str], ...] = (
    ("--data", "data", str, "digits, mnist, fashion_mnist, cifar10, or a .npz or .csv file."),
    ("--model", "model", str, "The network: mlp, deep_mlp or cnn."),
    ("--widths", "widths", Widths(), "Its hidden layers: 128,64, or 128:32:4 for 128,96,64,32; else the model's own."),
    ("--seeds", "seeds", int, "Networks per activation."),
    ("--epochs", "epochs", int, "Passes over the training examples."),
    ("--batch-size", "batch_size", int, "Examples per training step."),
    ("--lr", "learning_rate", Rate(), "The learning rate, or tune: the best of the grid for each activation."),
    ("--grid", "grid", Numbers(float), "The learning rates to choose from."),
    ("--tuning-seeds", "tuning_seeds", int, "Networks per rate of the grid."),
    ("--optimizer", "optimizer", str, "adam, adamw or sgd."),
    ("--momentum", "momentum", float, "That of sgd."),
    ("--weight-decay", "weight_decay", float, "That of adamw."),
    ("--schedule", "schedule", str, "The learning rate: constant, or falling to 0 as a cosine."),
    ("--init", "initialisation", str, "matched to each activation, or as the framework (Keras) does."),
    ("--limit", "limit", int, "Only the first N training examples."),
    ("--test-limit", "test_limit", int, "Only the first N test examples."),
    ("--validation", "validation", float, "The share of the training examples that is held out."),
)
"""Flag, name among the settings, type, help."""


def settings(command: Command) -> Command:
    """The options that say what is compared; None where one was not given, so that a preset may speak."""
    usual = {f.name: f.default for f in fields(Settings)}
    for flag, name, kind, told in reversed(OPTIONS):
        default = usual[name]
        shown = ",".join(f"{v:g}" for v in default) if isinstance(default, tuple) else str(default)
        end = "" if default is None else f"  [default: {shown}]"
        command = click.option(flag, name, type=kind, help=told + end)(command)
    return command


@click.command("compare", cls=WithFormulas)
@click.argument("names", nargs=-1, metavar="NAME_OR_FORMULA...", type=Name())
@click.option("--preset", metavar="NAME", help="A known study: mnist-mlp, cifar10-cnn or vanishing; what is given "
              "besides goes first.")  # fmt: skip
@settings
@click.option("--data-dir", metavar="DIR", help="The folder of the data set's files.")
@click.option("--baseline", metavar="NAME", help="The activation that the others are told against.")
@click.option("-o", "--output", default="nonlin-study", show_default=True, metavar="DIR",
              help="The folder of the study; the same command goes on where it was stopped.")  # fmt: skip
@click.option("--workers", type=int, help="Processes; without it NONLIN_WORKERS, else one per core.")
@click.option("--on", metavar="WHERE", help="ray, or the address of a Ray cluster.")
@click.option("--time-limit", type=float, metavar="SECONDS", help="A trial that takes longer fails.")
@click.option("--retry", is_flag=True, help="Train again what had failed.")
@parameters
@as_json
@click.pass_context
def command(
    ctx: click.Context, /, names: tuple[str, ...], preset: str | None, output: str, parameters: dict[str, float],
    as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Compare activations by training the same networks on real data; only the activation differs.

    Prints, per activation, the test accuracy (mean, standard deviation and interval over the seeds) and the cost, and
    what can be said of the differences. The folder gets study.sqlite, report.html, curves.png and runs.csv.

    Exit code 1 if trials failed, 2 for a wrong command, 130 after Ctrl-C.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        study, files = _study(names, preset, given, parameters, output)
    except KeyboardInterrupt as stopped:
        click.echo(str(stopped) or "stopped; the same command goes on from there", err=True)
        ctx.exit(STOPPED)
    if as_json:
        print_json(as_record(study, output))
    else:
        _tell(study, files)
    ctx.exit(1 if study.failed else 0)


def _study(names: tuple[str, ...], preset: str | None, given: dict[str, Any], parameters: dict[str, float],
           output: str) -> tuple[Study, list[Path]]:  # fmt: skip
    """The study and the files written."""
    from nonlin import study
    from nonlin.study.presets import PRESETS
    from nonlin.study.presets import preset as known

    chosen = known(preset) if preset else None
    if not names and chosen is None:
        raise click.UsageError(f"expected names or formulas, such as relu tanh, or --preset {'|'.join(PRESETS)}")
    options = {**(chosen.settings if chosen else {}), **given}
    units = shared(names or (chosen.activations if chosen else ()), parameters)
    signals = chosen is not None and chosen.signals
    with _progress() as progress:
        made = study.compare(units, output=output, progress=progress, signals=signals, **options)
    return made, [path for path in (Path(output, name) for name in _files(made)) if path.exists()]


def _files(study: Study) -> tuple[str, ...]:
    """The names of what a study's folder may hold."""
    from nonlin.study.conduct import STORE
    from nonlin.study.results import FILES, SIGNAL_FILES

    return (*FILES, STORE, *(SIGNAL_FILES if study.signals() else ()))


# ---- what is printed -------------------------------------------------------------------------------------------------


def as_record(study: Study, output: str) -> dict[str, Any]:
    """The study in the types of JSON, with stable keys."""
    from nonlin.study.report import as_record

    return as_record(study) | {"output": output}


def _tell(study: Study, files: Sequence[Path]) -> None:
    from nonlin.study.report import answer

    if tuning := study.tuning():
        print_table([("activation", *TUNING), *(_tuned(row) for row in tuning)])
        say("")
    print_table([HEADER, *(cells(row) for row in study.table())])
    say("", answer(study), "", *closing(study, files))


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """One row of the printed table."""
    from nonlin.study.report import counted, interval, number, percent, spread

    accuracy = spread(row["test_accuracy_mean"], row["test_accuracy_sd"])
    bounds = interval(row["test_accuracy_low"], row["test_accuracy_high"], percent)
    seconds, ratio = number(row["cpu_seconds_mean"], 3), row["cost_ratio"]
    cost = "–" if ratio is None else f"{ratio:.2f}"
    return (row["activation"], counted(row), accuracy, bounds, number(row["test_loss_mean"]), seconds, cost)


def _tuned(row: dict[str, Any]) -> tuple[str, ...]:
    from nonlin.study.report import counted, number, percent

    networks = counted(row | {"finished": row["seeds"] - row["diverged"]})
    validation = percent(row["validation_accuracy_mean"]), number(row["validation_loss_mean"])
    return (row["activation"], number(row["learning_rate"]), networks, *validation, "chosen" * row["chosen"])


def closing(study: Study, files: Sequence[Path]) -> list[str]:
    """The lines below the answer: the conditions, the notes, what failed, the files."""
    s = study.settings
    rate = "tuned" if s.learning_rate == TUNE else f"{s.learning_rate:g}"
    training = f"{s.epochs} epoch{'s' * (s.epochs > 1)}, {s.optimizer} {rate}, batch {s.batch_size}"
    failed = [f"failed: {r['activation']}, seed {r['seed']}: {r['message']}" for r in study.failed[:5]]
    more = [f"failed: {len(study.failed) - 5} more"] * (len(study.failed) > 5)
    return [
        f"{s.model} on {s.data}: {training}, {s.seeds} seed{'s' * (s.seeds > 1)}; cost: CPU time as a ratio",
        *(f"note: {note}" for note in study.notes), *failed, *more,
        f"written: {', '.join(map(str, files))}",
    ]  # fmt: skip


# ---- progress --------------------------------------------------------------------------------------------------------


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """A bar with the time left on standard error while that is a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich import progress
    from rich.console import Console

    columns = (progress.BarColumn(), progress.TaskProgressColumn(), progress.TextColumn("{task.description}",
               markup=False))  # fmt: skip
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading the data", total=None)
        yield lambda p: bar.update(task, completed=p.epochs_done, total=p.epochs, description=told(p))


class Lines:
    """A line on standard error at the start and at every tenth of the trials."""

    def __init__(self) -> None:
        self.last: tuple[int, int] | None = None

    def __call__(self, progress: Progress) -> None:
        stage = progress.trials, 10 * progress.trials_done // progress.trials
        if stage != self.last:
            self.last = stage
            click.echo(told(progress), err=True)


def told(progress: Progress) -> str:
    """How far a study is, in words."""
    left = (
        "" if progress.seconds_left is None or not progress.trials_done else f", {duration(progress.seconds_left)} left"
    )
    current = f", {progress.current}" * bool(progress.current)
    done = progress.trials_done == progress.trials
    return f"{progress.trials_done} of {progress.trials} networks trained{'' if done else left + current}"


def duration(seconds: float) -> str:
    """About so long, in words.

    >>> duration(42), duration(170), duration(9000)
    ('42 s', '3 min', '2 h 30 min')
    """
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
