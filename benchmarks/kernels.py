"""Nanoseconds per element of activations in nonlin, NumPy, SciPy, PyTorch, JAX and TensorFlow, in one run.

    python benchmarks/kernels.py [--sizes 1e3 1e5 1e7] [--threads 1 2] [--functions gelu ...] [--peers nonlin torch ...]
                                 [--repeats 21] [--quick] [--write docs]

One fresh process per number of threads. In it all peers are timed in turns, round after round, and the median of the
rounds counts, so that a slow moment of the machine is nobody's disadvantage. --write makes speed.md and speed.svg.
"""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import SUPPRESS, Namespace
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import geometric_mean, median
from time import perf_counter, sleep
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from peers import LIMITS, PEERS, Call, Peer, environment, head, parser, publish, table, title

DIRECTIONS = ("forward", "backward")
BUDGET = 0.2  # seconds per peer and cell; at least LEAST rounds all the same
LEAST = 5
SHORTEST = 1e-3  # seconds that are timed at once: a short call is repeated
PAUSE = 3e-3  # after a peer's turn, until its threads have stopped waiting for more work

NOTES = """
float32, inputs from a normal distribution of standard deviation 3, medians. Each cell: nanoseconds per element, and
in brackets how many times as long as `numpy.copyto` takes for as many elements (on one thread, which is all it has).

- forward: the function. Results go into a given array in copy, nonlin, SciPy, NumPy's relu and tanh and PyTorch's tanh
  and sigmoid; all others make a new array in every call, as "nonlin (new array)" does.
- backward: the derivative times a given gradient. nonlin: `act.vjp(x, g, out=y)`. NumPy and SciPy: the written-out
  derivative. PyTorch: `torch.autograd.grad` of a graph that is kept, so its forward pass is not in it
  and may have left intermediate results. JAX and TensorFlow: from x, what is needed of the forward pass included.
- NumPy is the textbook's expression with a temporary array per step; NumPy and SciPy have one thread.
- –: the library has no such function.
"""


class Timing(NamedTuple):
    """The median time of one call."""

    threads: int
    direction: str
    size: int
    function: str
    peer: str
    seconds: float


Cell: TypeAlias = tuple[int, str, int, str]  # threads, direction, size, function
Block: TypeAlias = tuple[int, str, int]  # threads, direction, size
Cells: TypeAlias = dict[Cell, dict[str, float]]


def main() -> None:
    arguments = asked()
    if arguments.worker:
        print(json.dumps(list(measured(arguments))))
        return
    cells = sorted_out([timing for threads in arguments.threads for timing in run(threads)])
    publish(page(arguments, cells), arguments.write, "speed.md")
    if arguments.write is not None:
        draw(arguments, cells, arguments.write / "speed.svg")


def asked() -> Namespace:
    made = parser(__doc__, tuple(PEERS))
    made.add_argument("--sizes", nargs="+", type=lambda text: int(float(text)), default=[10**3, 10**5, 10**7])
    made.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    made.add_argument("--repeats", type=int, default=21, help="rounds at most")
    made.add_argument("--worker", type=int, metavar="THREADS", help=SUPPRESS)
    given = made.parse_args()
    if given.quick:
        given.sizes, given.repeats = [1000], 3
    return given


# ---- measuring -------------------------------------------------------------------------------------------------------


def run(threads: int) -> list[Timing]:
    """What a fresh process with so many threads measures."""
    command = [sys.executable, *sys.argv, "--worker", str(threads)]
    done = subprocess.run(command, env=environment(threads), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the process with {threads} thread(s) failed")
    return [Timing(*row) for row in json.loads(done.stdout.splitlines()[-1])]


def measured(arguments: Namespace) -> Iterator[Timing]:
    threads, random = arguments.worker, np.random.default_rng(1)
    peers = {name: ({**LIMITS, **PEERS})[name](threads) for name in [*LIMITS, *arguments.peers]}
    for size in arguments.sizes:
        x, g = (random.standard_normal((2, size)) * [[3], [1]]).astype(np.float32)
        for function, direction in product(arguments.functions, DIRECTIONS):
            print(f"{threads} thread(s), {size} elements: {function} {direction} ...", file=sys.stderr)
            calls = {name: made for name, peer in peers.items() if (made := call(peer, direction, function, x, g))}
            for name, seconds in in_turns(calls, arguments).items():
                yield Timing(threads, direction, size, function, name, seconds)


def call(peer: Peer, direction: str, function: str, x: Any, g: Any) -> Call | None:
    return peer.forward(function, x) if direction == "forward" else peer.backward(function, x, g)


def in_turns(calls: dict[str, Call], arguments: Namespace) -> dict[str, float]:
    """The median seconds of each call, over rounds in which every one has its turn."""
    for one in calls.values():
        one()  # compiles
    at_once = {name: max(1, round(SHORTEST / timed(one, 1))) for name, one in calls.items()}
    rounds: list[dict[str, float]] = []
    budget, started = BUDGET * len(calls), perf_counter()
    while len(rounds) < arguments.repeats and (len(rounds) < LEAST or perf_counter() - started < budget):
        rounds.append({name: timed(one, at_once[name]) for name, one in calls.items()})
    return {name: median(one[name] for one in rounds) for name in calls}


def timed(one: Call, times: int) -> float:
    """Seconds of one of so many calls in a row, after one that is not timed."""
    sleep(PAUSE)
    one()
    started = perf_counter()
    for _ in range(times):
        one()
    return (perf_counter() - started) / times


# ---- the page --------------------------------------------------------------------------------------------------------


def sorted_out(timings: list[Timing]) -> Cells:
    cells: Cells = {}
    for *cell, peer, seconds in timings:
        cells.setdefault(tuple(cell), {})[peer] = seconds  # type: ignore[arg-type]
    return cells


def page(arguments: Namespace, cells: Cells) -> list[str]:
    lines = ["# Speed", "", *head(arguments.peers, tuple(PEERS)), *NOTES.split("\n"), *overhead(arguments, cells)]
    if "nonlin" in arguments.peers:
        lines += ["", *compared(arguments, cells), "", *faster_peers(cells)]
    if arguments.write is not None:
        lines += ["", "![times as long as a copy, per function and library](speed.svg)"]
    for block in blocks(cells):
        lines += ["", f"## {named(block)}", "", *figures(arguments, cells, block)]
    return lines


def count(threads: int) -> str:
    return f"{threads} thread{'s' if threads > 1 else ''}"


def figures(arguments: Namespace, cells: Cells, block: Block) -> list[str]:
    peers = ["copy", *arguments.peers]
    rows = []
    for function in arguments.functions:
        found = cells[(*block, function)]
        shown = [f"{1e9 * found[p] / block[2]:.3g} ({found[p] / found['copy']:.3g})" if p in found else "–"
                 for p in peers]  # fmt: skip
        rows.append([function, *shown])
    return table(["ns (times copy)", *map(title, peers)], rows)


def overhead(arguments: Namespace, cells: Cells) -> list[str]:
    """What a call costs whatever it computes, nearly: seen at the smallest size."""
    size = min(arguments.sizes)
    rows = []
    for threads, peer in product(arguments.threads, arguments.peers):
        above = [1e6 * (found[peer] - found["np.tanh"]) for cell, found in cells.items()
                 if cell[:3] == (threads, "forward", size) and peer in found]  # fmt: skip
        rows.append([title(peer), str(threads), f"{median(above):+.2f}" if above else "–"])
    lead = f"Time of a call above that of `numpy.tanh(x, out=y)` at {size:,} elements, median of the functions:"
    return [lead, "", *table(["", "threads", "µs"], rows)]


def compared(arguments: Namespace, cells: Cells) -> list[str]:
    """The geometric means of the ratios to nonlin."""
    peers = [peer for peer in arguments.peers if peer != "nonlin"]
    rows = []
    for block in blocks(cells):
        ratios = [[ratio for _, ratio in against(peer, cells, block)] for peer in peers]
        rows.append([named(block), *(f"{geometric_mean(found):.2f}" if found else "–" for found in ratios)])
    lead = "Times as long as nonlin, geometric mean of the functions that the peer has:"
    return [lead, "", *table(["", *map(title, peers)], rows)]


def blocks(cells: Cells) -> list[Block]:
    return list(dict.fromkeys(cell[:3] for cell in cells))


def named(block: Block) -> str:
    threads, direction, size = block
    return f"{direction}, {size:.0e}, {count(threads)}".replace("e+0", "e")


def against(peer: str, cells: Cells, block: Block) -> list[tuple[str, float]]:
    """For each function of a block: its name, and the peer's time over nonlin's."""
    return [(cell[3], found[peer] / found["nonlin"]) for cell, found in cells.items()
            if cell[:3] == block and peer in found]  # fmt: skip


def faster_peers(cells: Cells) -> list[str]:
    """In how many cells a peer is faster, and in which functions."""
    lines = []
    for block, peer in product(blocks(cells), (p for p in PEERS if not p.startswith("nonlin"))):
        found = against(peer, cells, block)
        faster = [f"{function} {ratio:.2f}" for function, ratio in found if ratio < 1]
        if faster:
            lines.append(f"- {title(peer)}, {named(block)}, {len(faster)} of {len(found)}: {', '.join(faster)}")
    return ["Where a peer is faster than nonlin (its time over nonlin's):", "", *(lines or ["- nowhere"])]


# ---- the picture -----------------------------------------------------------------------------------------------------


def draw(arguments: Namespace, cells: Cells, path: Path) -> None:
    """Times copy at the largest size with the most threads, a dot per function and peer; the legend is below."""
    from matplotlib.figure import Figure

    from nonlin.plot.style import settings, styled

    threads, size, functions = max(arguments.threads), max(arguments.sizes), arguments.functions
    with styled(settings()):
        figure = Figure(figsize=(9, 1.9 + 0.3 * len(functions)), layout="constrained")
        for axes, direction in zip(figure.subplots(1, 2, sharey=True, sharex=True), DIRECTIONS, strict=True):
            dots(axes, arguments, [cells[(threads, direction, size, function)] for function in functions])
            axes.set(title=direction, xlabel="times as long as a copy", xscale="log")
            axes.xaxis.set_major_formatter("{x:g}")
        axes.set_yticks(range(len(functions)), functions)
        axes.invert_yaxis()
        figure.suptitle(f"{size:,} float32 numbers, {count(threads)}", fontsize=10.5)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
        figure.savefig(path, metadata={"Date": None})


def dots(axes: Any, arguments: Namespace, rows: list[dict[str, float]]) -> None:
    from nonlin.plot.style import COLOURS, MARKERS

    axes.axvline(1, color="#7F7F7F", linewidth=1)
    for number, peer in enumerate(arguments.peers):
        points = [(found[peer] / found["copy"], row) for row, found in enumerate(rows) if peer in found]
        look: dict[str, Any] = {"color": COLOURS[number], "marker": MARKERS[number], "linestyle": "none"}
        look |= {"markersize": 7, "zorder": 3} if peer == "nonlin" else {}
        axes.plot(*(zip(*points, strict=True) if points else ([], [])), label=title(peer), **look)


if __name__ == "__main__":
    main()
