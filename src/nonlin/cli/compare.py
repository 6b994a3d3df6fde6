"""``nonlin compare``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nonlin.cli.options import Name, WithFormulas, as_json, parameters, shared
from nonlin.cli.output import coloured, print_json, say

if TYPE_CHECKING:
    from nonlin.study import Study

Progress = Callable[[int, int, str], None]

HEADER = ("activation", "test accuracy", "training loss", "test loss", "epochs to 95 %", "s/network", "compile s")


@click.command("compare", cls=WithFormulas)
@click.argument("names", nargs=-1, required=True, metavar="NAME_OR_FORMULA...", type=Name())
@click.option("--data", default="digits", show_default=True, help="The data set: digits or mnist.")
@click.option("--data-dir", metavar="DIR", help="The folder of the MNIST files, its raw/ or its MNIST/raw/.")
@click.option("--model", default="mlp", show_default=True, help="The network: mlp (hidden layers of 128 and 64).")
@click.option("--seeds", type=int, default=5, show_default=True, help="Networks per activation.")
@click.option("--epochs", type=int, default=20, show_default=True, help="Passes over the training images.")
@click.option("--batch-size", type=int, default=32, show_default=True, help="Images per training step.")
@click.option("--lr", "learning_rate", type=float, default=1e-3, show_default=True, help="Adam's learning rate.")
@click.option("--limit", type=int, metavar="N", help="Use only the first N training images.")
@click.option("-o", "--output", default="nonlin-study", show_default=True, metavar="DIR",
              help="The folder for curves.png, runs.csv and curves.csv.")  # fmt: skip
@parameters
@as_json
def command(names: tuple[str, ...], output: str, parameters: dict[str, float], as_json: bool, **options: Any) -> None:
    """Compare activations by training the same networks on real data; only the activation differs.

    Prints, per activation, the last epoch's test accuracy (mean and standard deviation over the seeds), training and
    test loss, the median epoch that first reached 95 % test accuracy, and the training time of one network.
    """
    from nonlin import study

    with _bar() as progress:
        result = study.compare(shared(names, parameters), **options, output=output, progress=progress)
    if as_json:
        print_json(as_record(result, output))
    else:
        _print_table([HEADER, *(cells(row) for row in result.table())])
        say("", *closing(result, output))


def as_record(study: Study, output: str) -> dict[str, Any]:
    """The study in the types of JSON, with stable keys."""
    return {"settings": asdict(study.settings), "table": study.table(), "notes": study.notes, "output": output}


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """One row of the printed table."""
    spread = "" if row["test_accuracy_sd"] is None else f" ± {100 * row['test_accuracy_sd']:.2f}"
    accuracy = f"{100 * row['test_accuracy_mean']:.2f}{spread} %"
    losses = (f"{row[key]:.4g}" for key in ("final_training_loss", "final_test_loss"))
    seconds = (f"{row[key]:.2f}" for key in ("training_seconds", "compile_seconds"))
    return (row["activation"], accuracy, *losses, _reached(row), *seconds)


def _reached(row: dict[str, Any]) -> str:
    """The median where all seeds arrived; how many did where some missed."""
    if row["reached_95"] == row["seeds"]:
        return f"{row['epochs_to_95']:g}"
    many = f"{row['reached_95']} of {row['seeds']} reached"
    return many if row["epochs_to_95"] is None else f"{row['epochs_to_95']:g} ({many})"


def closing(study: Study, output: str) -> list[str]:
    """The lines below the table: the conditions, the notes, the files."""
    from nonlin.study.results import FILES

    s = study.settings
    limit = f", first {s.limit} training images" if s.limit else ""
    seeds = f"{s.seeds} seeds (mean ± standard deviation)" if s.seeds > 1 else "1 seed"
    training = f"{s.epochs} epoch{'s' * (s.epochs > 1)}, Adam {s.learning_rate:g}, batch {s.batch_size}"
    files = ", ".join(str(Path(output) / name) for name in FILES)
    notes = [f"note: {note}" for note in study.notes]
    return [f"{s.model} on {s.data}{limit}: {training}, {seeds}", *notes, f"written: {files}"]


def _print_table(rows: list[tuple[str, ...]]) -> None:
    if not coloured():
        say(*_aligned(rows))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    for number, title in enumerate(rows[0]):
        table.add_column(title.replace(" ", "\n", 1), justify="right" if number else "left", no_wrap=number > 0)
    for row in rows[1:]:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """The first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """A progress bar on standard error while it is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress
    from rich.console import Console

    columns = (progress.BarColumn(), progress.TaskProgressColumn(), progress.TimeRemainingColumn(),
               progress.TextColumn("{task.description}", markup=False))  # fmt: skip
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("compiling", total=None)
        yield lambda done, total, name: bar.update(task, completed=done, total=total, description=name)
