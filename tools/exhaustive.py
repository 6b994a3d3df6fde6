"""Prove that float32 results are correctly rounded, at all 2^32 inputs, or check that they still are.

``python tools/exhaustive.py`` compares the kernel of every elementwise activation and of its derivative, with default
parameters, with the reference in ``tests/reference``, which shares nothing with the kernels: about a minute each. It
goes on where it was stopped. When an activation is through, the hashes of the reference's results are stored, one for
each of the 1024 blocks of 2^22 inputs; ``--verify`` then needs the kernel and the hashes alone, some 10 to 60 seconds.
A block whose hash is another one is compared with the reference, so that the input is named.

``--only gelu,silu`` and ``--order 0`` or ``1`` choose, ``--sample 8`` takes so many blocks drawn at random,
``--seconds 60`` ends in time. The exit status is 1 if any result is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import nonlin as nl

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from reference.double_double import correctly_rounded, exact_value  # noqa: E402
from reference.formulas import ELEMENTWISE  # noqa: E402
from ulp import FORMATS, error  # noqa: E402

HASHES = ROOT / "tests" / "reference" / "hashes"
BLOCK = 1 << 22  # inputs of consecutive bit patterns
BLOCKS = (1 << 32) // BLOCK
LANES = 1 << 15
MIX = np.uint64(0xBF58476D1CE4E5B9)
NAN = np.uint32(0x7FC00000)
MEASURED = 20  # of the wrong results of a block, the farthest ones
PROGRESS = np.dtype([("hash", "<u8"), ("done", "?"), ("wrong", "<u4"), ("worst", "<f8"), ("first", "<u4")])
Array = np.ndarray[Any, Any]


class Task(NamedTuple):
    """The value (order 0) or the derivative (order 1) of an entry."""

    name: str
    order: int

    @property
    def file(self) -> str:
        return f"{self.name}-{self.order}.npy"

    def inputs(self, block: int) -> Array:
        return np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.uint32).view(np.float32)

    def kernel(self, x: Array) -> Array:
        act = nl.get(self.name).derivative if self.order else nl.get(self.name)
        with np.errstate(all="ignore"):  # signalling NaN
            return np.asarray(act.ufunc(x, *act.defaults.values()))

    def reference(self, block: int) -> Array:
        return correctly_rounded(ELEMENTWISE[self.name], self.order, block * BLOCK, (block + 1) * BLOCK)


class Wrong(NamedTuple):
    """What is not correctly rounded: how many, the largest error in ulp, and the bit pattern of the first input."""

    found: int = 0
    worst: float = 0.0
    first: int = 0


# ---- one block ------------------------------------------------------------------------------------------------------


def canonical(results: Array) -> Array:
    """The bits of float32 numbers, every NaN the same."""
    bits = results.astype("<f4").view("<u4")
    bits[np.isnan(results)] = NAN
    return bits


def fingerprint(results: Array) -> int:
    """A hash of 64 bits of float32 results, a multiple of 2^16 of them.

    Pairs of them are words of 64 bits, 2^15 of these side by side are a row. Every lane of the rows runs through its
    words by ``lane = (lane xor word) * MIX; lane ^= lane >> 32``, which is one to one: another word, another lane. The
    lanes start from their numbers from 1 on, are stirred twice more (without a word) and added.
    """
    lanes, high = np.arange(1, LANES + 1, dtype=np.uint64), np.empty(LANES, np.uint64)
    for row in canonical(results).view("<u8").reshape(-1, LANES):
        np.bitwise_xor(lanes, row, out=lanes)
        _stir(lanes, high)
    _stir(lanes, high)
    _stir(lanes, high)
    return int(lanes.sum(dtype=np.uint64))


def _stir(lanes: Array, high: Array) -> None:
    np.multiply(lanes, MIX, out=lanes)
    np.right_shift(lanes, np.uint64(32), out=high)
    np.bitwise_xor(lanes, high, out=lanes)


def compared(task: Task, x: Array, got: Array, wanted: Array) -> Wrong:
    """Bit by bit; the errors of the farthest ones are measured against the oracle."""
    if np.array_equal(got.view(np.uint32), wanted.view(np.uint32)):
        return Wrong()
    places = np.flatnonzero(canonical(got) != canonical(wanted))
    if not places.size:
        return Wrong()
    with np.errstate(all="ignore"):
        distances = np.abs(got[places].astype(np.float64) - wanted[places].astype(np.float64))
    farthest = places[np.argsort(-np.nan_to_num(distances, nan=np.inf))[:MEASURED]]
    errors = [_ulp(task, float(x[i]), float(got[i])) for i in farthest]
    return Wrong(int(places.size), max(errors), int(x[places[:1]].view(np.uint32)[0]))


def _ulp(task: Task, x: float, got: float) -> float:
    return error(got, exact_value(ELEMENTWISE[task.name], task.order, x), FORMATS["float32"])


# ---- all blocks -----------------------------------------------------------------------------------------------------


def proved(task: Task, blocks: Iterable[int], work: Path, until: float) -> tuple[Array, bool]:
    """Compare the blocks that are not done yet with the reference; the record, and whether it is complete."""
    file = work / task.file
    record = np.load(file) if file.exists() else np.zeros(BLOCKS, PROGRESS)
    for block in blocks:
        if record["done"][block]:
            continue
        if time.monotonic() > until:
            break
        wanted, x = task.reference(block), task.inputs(block)
        record[block] = (fingerprint(wanted), True, *compared(task, x, task.kernel(x), wanted))
        save(file, record)
    return record, bool(record["done"].all())


def verified(task: Task, blocks: Iterable[int], stored: Array, until: float) -> Array:
    """Compare the kernel's hashes with the stored ones; a block that differs is compared with the reference."""
    record = np.zeros(BLOCKS, PROGRESS)
    for block in blocks:
        if time.monotonic() > until:
            break
        x = task.inputs(block)
        got = task.kernel(x)
        found = fingerprint(got)
        differs = found != stored[block]
        wrong = compared(task, x, got, task.reference(block)) if differs else Wrong()
        if differs and not wrong.found:
            raise ArithmeticError(f"{task.file}: the hash of block {block} is neither the kernel's nor the reference's")
        record[block] = (found, True, *wrong)
    return record


def save(file: Path, array: Array) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}")
    with part.open("wb") as opened:
        np.save(opened, array)
    part.replace(file)


def store(task: Task, record: Array, folder: Path) -> None:
    """Keep the reference's hashes; other ones than those that are there are an error."""
    file = folder / task.file
    if file.exists() and not np.array_equal(np.load(file), record["hash"]):
        raise ArithmeticError(f"{file} holds other hashes than the reference gives now")
    save(file, record["hash"])


def summary(task: Task, record: Array, seconds: float) -> str:
    """One line for one task."""
    done, wrong = int(record["done"].sum()), int(record["wrong"].sum())
    text = f"{task.name:16} {task.order}  {done:4} blocks  {wrong:10} wrong  {seconds:6.0f} s"
    if not wrong:
        return text
    first = int(record["first"][record["wrong"] > 0][0])
    x = np.uint32(first).view(np.float32)
    return f"{text}  worst {record['worst'].max():.3g} ulp, first at {x!r} ({float(x).hex()}, {first:#010x})"


# ---- the command ----------------------------------------------------------------------------------------------------


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", help="names, separated by commas")
    parser.add_argument("--order", default="0,1", help="0: values, 1: derivatives")
    parser.add_argument("--verify", action="store_true", help="compare the kernels with the stored hashes")
    parser.add_argument("--sample", type=int, default=BLOCKS, help="so many blocks, drawn at random, of 1024")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "exhaustive", help="where progress is kept")
    parser.add_argument("--hashes", type=Path, default=HASHES, help="where the hashes are kept")
    return parser.parse_args(arguments)


def tasks(options: argparse.Namespace) -> Iterator[Task]:
    names = options.only.split(",") if options.only else list(ELEMENTWISE)
    unknown = [n for n in names if n not in ELEMENTWISE]
    if unknown:
        raise SystemExit(f"no elementwise activation {unknown[0]!r}; there are {', '.join(ELEMENTWISE)}")
    return (Task(n, int(o)) for n in names for o in options.order.split(","))


def main(arguments: list[str] | None = None) -> int:
    """Run; 1 if any result is wrong."""
    options = parsed(arguments)
    nl.set_threads(1)
    until, wrong = time.monotonic() + options.seconds, 0
    drawn = np.random.default_rng(options.seed).permutation(BLOCKS)[: options.sample]
    for task in tasks(options):
        record = carried_out(task, sorted(drawn.tolist()), options, until)
        wrong += 0 if record is None else int(record["wrong"].sum())
        if time.monotonic() > until:
            print("stopped: the time is up")
            break
    return int(wrong > 0)


def carried_out(task: Task, blocks: list[int], options: argparse.Namespace, until: float) -> Array | None:
    """The record of one task, shown; None where there are no hashes to verify."""
    start, file = time.monotonic(), options.hashes / task.file
    if options.verify and not file.exists():
        print(f"{task.name:16} {task.order}  has no stored hashes yet")
        return None
    if options.verify:
        record = verified(task, blocks, np.load(file), until)
    else:
        record, complete = proved(task, blocks, options.work, until)
        if complete:
            store(task, record, options.hashes)
    print(summary(task, record, time.monotonic() - start), flush=True)
    return record


if __name__ == "__main__":
    sys.exit(main())
