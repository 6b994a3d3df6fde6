"""``nonlin data``: the known data sets, and downloading them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nonlin.cli.options import as_json
from nonlin.cli.output import print_json
from nonlin.errors import did_you_mean

if TYPE_CHECKING:
    from nonlin.study.data.fetch import Progress


class Subcommands(click.Group):
    """A group that knows what was nearly meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            hint = did_you_mean(args[0], self.commands)
            raise click.UsageError(f"no command {args[0]!r} of nonlin data{hint} known: {', '.join(self.commands)}")
        return super().resolve_command(ctx, args)


@click.group("data", cls=Subcommands)
def command() -> None:
    """The known data sets, and downloading them."""


@command.command("list", short_help="Tell what the known data sets hold, and where.")
@click.option("--data-dir", metavar="DIR", help="Look here instead of in the cache folder.")
@as_json
def list_known(data_dir: str | None, as_json: bool) -> None:
    """List the known data sets: what they hold, their size, where they come from and whether they are there."""
    records = known(data_dir)
    if as_json:
        print_json(records)
        return
    width = max(len(record["name"]) for record in records)
    for record in records:
        click.echo(f"{record['name']:{width}}  {record['holds']}")
        click.echo(f"{'':{width}}  {_whereabouts(record)}")


@command.command("fetch", short_help="Download a data set from its official address.")
@click.argument("name")
@click.option("--data-dir", metavar="DIR", help="The folder to put it into, instead of the cache folder.")
@as_json
def fetch_one(name: str, data_dir: str | None, as_json: bool) -> None:
    """Download a data set from its official address, checked by its SHA-256.

    An interrupted download goes on where it stopped. The environment's NONLIN_DATA names another cache folder.
    """
    from nonlin.study.data import fetch

    with _bar() as progress:
        folder = fetch(name, data_dir, progress)
    if as_json:
        print_json({"name": name, "folder": str(folder)})
        return
    use = f" --data-dir {folder}" if data_dir else ""
    click.echo(f"{name} is in {folder}; use it with: nonlin compare relu tanh --data {name}{use}")


def known(data_dir: str | None = None) -> list[dict[str, Any]]:
    """A record per data set in the types of JSON: ``folder`` is None where it is not there, ``missing`` what it lacks.

    Looks in ``data_dir``, or in the cache folder.
    """
    from nonlin.study.data.fetch import SOURCES, cache_folder
    from nonlin.study.data.named import KNOWN

    root = Path(data_dir) if data_dir else cache_folder()
    records: list[dict[str, Any]] = [
        {"name": "digits", "holds": "1797 grey images of 8 x 8, 10 digits", "bytes": 0, "from": "scikit-learn",
         "folder": None, "missing": []}
    ]  # fmt: skip
    for name, source in SOURCES.items():
        folder, (address, *_) = KNOWN[name].found(root), source.files
        records.append({"name": name, "holds": KNOWN[name].holding, "bytes": source.size,
                        "from": address.address.rpartition("/")[0], "folder": folder and str(folder),
                        "missing": KNOWN[name].format.missing(folder or root)})  # fmt: skip
    return records


def _whereabouts(record: dict[str, Any]) -> str:
    if not record["bytes"]:
        return "comes with scikit-learn"
    if record["folder"]:
        lacking = f", without {', '.join(record['missing'])}" if record["missing"] else ""
        return f"in {record['folder']}{lacking}"
    return (
        f"not here; nonlin data fetch {record['name']} downloads {record['bytes'] / 1e6:.0f} MB from {record['from']}"
    )


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar on standard error while it is a terminal, else a line per file."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich import progress
    from rich.console import Console

    columns = (progress.TextColumn("{task.description}", markup=False), progress.BarColumn(),
               progress.DownloadColumn(), progress.TransferSpeedColumn(),
               progress.TimeRemainingColumn())  # fmt: skip
    with progress.Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, progress.TaskID] = {}

        def report(have: int, total: int, name: str) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=have)

        yield report


def _lines() -> Progress:
    told: set[str] = set()

    def report(have: int, total: int, name: str) -> None:
        if name not in told:
            told.add(name)
            click.echo(f"downloading {name} ({total / 1e6:.1f} MB)", err=True)

    return report
