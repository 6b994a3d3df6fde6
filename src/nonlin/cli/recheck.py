"""``nonlin recheck``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nonlin.cli.options import as_json
from nonlin.cli.output import print_json, say
from nonlin.cli.tables import aligned

if TYPE_CHECKING:
    from nonlin.study.recheck import Recheck, Row


@click.command("recheck")
@click.argument("table", metavar="TABLE.csv")
@click.option("--baseline", metavar="NAME", help="The row that p and d refer to.")
@click.option("--confidence", type=float, default=0.95, show_default=True, help="That of the printed intervals.")
@as_json
@click.pass_context
def command(context: click.Context, table: str, baseline: str | None, confidence: float, as_json: bool) -> None:
    """Recompute a published table from its means, standard deviations and numbers of runs.

    TABLE.csv has the columns name, mean, sd, n and any of ci_low, ci_high, p, d. Prints the t interval of each mean
    and, against --baseline, p of Welch's t test, Cohen's d and Hedges' g. A row is flagged if no numbers that round to
    the printed ones give what it claims; the exit code is then 1.
    """
    from nonlin.study.dependencies import require

    require("scipy")
    from nonlin.study.recheck import recheck

    result = recheck(table, baseline, confidence)
    if as_json:
        print_json(result.as_record())
    else:
        say(*aligned(_table(result)), "", *_closing(result))
    context.exit(1 if result.contradictions else 0)


def _table(result: Recheck) -> list[tuple[str, ...]]:
    """The header and one line per row, a mark in front of the rows that contradict themselves."""
    against = ("p", "d", "g") if result.baseline is not None else ()
    header = ("name", "n", "mean", "sd", f"{100 * result.confidence:g} % interval", *against)
    return [header, *(_cells(row, bool(against)) for row in result.rows)]


def _cells(row: Row, against: bool) -> tuple[str, ...]:
    numbers = (row.p, row.d, row.g) if against else ()
    interval = f"{row.ci_low:.5g} to {row.ci_high:.5g}"
    shown = ("" if number is None else f"{number:.3g}" for number in numbers)
    return (f"{row.name}{' !' * bool(row.problems)}", str(row.n), f"{row.mean:g}", f"{row.sd:g}", interval, *shown)


def _closing(result: Recheck) -> list[str]:
    """What contradicts itself, or that nothing does; what was not checked."""
    wrong = [f"! line {row.line}, {row.name}: {problem}" for row in result.rows for problem in row.problems]
    kind = "p: Welch's t test; d: Cohen's, pooled; g: Hedges'; against " + str(result.baseline)
    return [
        *([kind] if result.baseline is not None else []),
        *(wrong or ["no row contradicts itself"]),
        *(f"note: {note}" for note in result.notes),
    ]
