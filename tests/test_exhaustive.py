"""The proof over all float32 inputs: its reference, its hashes, its command, and what it says of the kernels."""

from __future__ import annotations

import importlib.util
import re
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from flint import arb, ctx

from nonlin import Activation
from reference import double_double as dd
from reference.formulas import ELEMENTWISE
from sample import sample as entries_of
from ulp import FORMATS, Exact, rounded

TOOL = Path(__file__).parent.parent / "tools" / "exhaustive.py"
SPEC = importlib.util.spec_from_file_location("exhaustive", TOOL)
exhaustive = sys.modules["exhaustive"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(exhaustive)

Task = exhaustive.Task
STORED = [Task(file.stem[:-2], int(file.stem[-1])) for file in sorted(exhaustive.HASHES.glob("*.npy"))]
NAMES = sorted({*entries_of(Activation), *(task.name for task in STORED)})
TASKS = [Task(name, order) for name in NAMES for order in (0, 1)]
WHOLE = [task for task in STORED if task in (Task("relu", 0), Task("tanh", 0))]
RUN, RUNS = 80, 256
HARD = "-0x1.e6p-17 -0x1.6ep-17 -0x1.fep-18 0x1.8p-23 0x1.ep-21 -0x1.3ep-17 -0x1.8cp-18 -0x1.80ead2p-1 -0x1.5f58fp+0 "
HARDEST = [float.fromhex(x) for x in HARD.split()]


def label(task):
    return f"{task.name}-{task.order}"


def blocks_of(task):
    """Two drawn blocks, and one of the eight around 1 and -1 and at both ends of the exponents."""
    generator = np.random.default_rng([TASKS.index(task), 3])
    drawn = generator.integers(0, exhaustive.BLOCKS, 2).tolist()
    return [*drawn, int(generator.choice([0, 253, 254, 509, 512, 765, 766, 1021]))]


# ---- the kernels ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", STORED, ids=label)
def test_kernels_have_the_stored_hashes_on_some_blocks(task):
    stored = np.load(exhaustive.HASHES / task.file)
    record = exhaustive.verified(task, blocks_of(task), stored, float("inf"))
    assert record["done"].sum() >= 2
    assert not record["wrong"].any(), exhaustive.summary(task, record, 0)


def test_the_page_names_what_is_proven():
    page = (TOOL.parent.parent / "docs" / "kernels.md").read_text()
    (named,) = re.findall(r"with their default\s+parameters, of:([\w\s,]+)\.", page)
    proven = sorted({task.name for task in STORED})
    assert named.replace(",", " ").split() == proven
    assert {Task(name, order) for name in proven for order in (0, 1)} == set(STORED)


@pytest.mark.parametrize("task", WHOLE, ids=label)
def test_all_float32_inputs(task):
    stored = np.load(exhaustive.HASHES / task.file)
    record = exhaustive.verified(task, range(exhaustive.BLOCKS), stored, float("inf"))
    assert record["done"].all()
    assert not record["wrong"].any(), exhaustive.summary(task, record, 0)


def sample(reference):
    """The first patterns of short runs: everywhere, and around kinks, extremes and inputs known to be hard."""
    strata = np.arange(RUNS) * (1 << 32) // RUNS
    spread = strata + np.random.default_rng(len(reference.name)).integers(0, (1 << 32) // RUNS - RUN, RUNS)
    places = [1.0, -1.0, 3.4028234663852886e38, -3.4028234663852886e38, *HARDEST]
    around = [dd.pattern(x) - RUN // 2 for x in (*places, *reference.kinks(**reference.defaults)) if x]
    return [*spread.tolist(), *around, 0, dd.SIGN, dd.INFINITY - 20, (dd.SIGN | dd.INFINITY) - 20]


@pytest.mark.parametrize("task", TASKS, ids=label)
def test_a_sample_is_correctly_rounded(task):
    firsts = sample(ELEMENTWISE[task.name])
    x = np.concatenate([np.arange(f, f + RUN, dtype=np.uint32) for f in firsts]).view(np.float32)
    wanted = [dd.correctly_rounded(ELEMENTWISE[task.name], task.order, f, f + RUN) for f in firsts]
    wrong = exhaustive.compared(task, x, task.kernel(x), np.concatenate(wanted))
    assert not wrong.found, f"{wrong.found} of {x.size}, first {dd.number(wrong.first)!r}, worst {wrong.worst} ulp"


# ---- the reference --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", TASKS, ids=label)
def test_the_fast_stage_is_the_oracle(task):
    generator, reference = np.random.default_rng(17), ELEMENTWISE[task.name]
    sizes = 2.0 ** generator.uniform(-148, 127, 6) * generator.choice([-1, 1], 6)
    usual = generator.normal(0, 4, 6)
    for first in (dd.pattern(x) for x in np.concatenate([sizes, usual])):
        found = dd.correctly_rounded(reference, task.order, first, first + 40)
        for i in (0, 17, 39):
            assert same(found[i], dd.exact(reference, task.order, first + i)), dd.number(first + i)


def same(a, b):
    return (a == b and np.signbit(a) == np.signbit(b)) or (np.isnan(a) and np.isnan(b))


TIES = [  # input, whether the value lies between two numbers of float32, or next to that
    ("hard_sigmoid", 0, 3 * 2.0**-24),
    ("hard_sigmoid", 0, -3 * 2.0**-25),
    ("silu", 0, 3 * 2.0**-149),
    ("silu", 0, -3 * 2.0**-149),
    ("tanhshrink", 0, 2.0**24 + 2),
    ("tanhshrink", 0, -(2.0**24) - 6),
    ("prelu", 0, -6 * 2.0**-149),
    ("bent_identity", 0, 2.0**100 + 2.0**77),
]


@pytest.mark.parametrize(("name", "order", "x"), TIES)
def test_ties_and_what_lies_a_hair_beside_them(name, order, x):
    """Runs long enough that no input is left to the oracle for the run's shortness."""
    first = dd.pattern(x) - (dd.pattern(x) & 0xFFFF)
    found = dd.correctly_rounded(ELEMENTWISE[name], order, first, first + (1 << 16))
    for i in {0, 1, 2, 3, dd.pattern(x) - first, 0xFFFE, 0xFFFF}:
        assert same(found[i], dd.exact(ELEMENTWISE[name], order, first + i)), dd.number(first + i)


@pytest.mark.parametrize(("name", "order"), [("sine", 0), ("sine", 1), ("sinc", 0), ("sinc", 1)])
def test_waves_far_out(name, order):
    for x in (65.0, -100.7, 3e7, -1e20, 3e38):
        first = dd.pattern(x)
        found = dd.correctly_rounded(ELEMENTWISE[name], order, first, first + 5000)
        for i in (0, 1023, 1024, 4999):
            assert same(found[i], dd.exact(ELEMENTWISE[name], order, first + i)), dd.number(first + i)


@pytest.mark.parametrize("name", dd.REWRITTEN)
def test_what_is_rewritten_is_the_same_function(name):
    reference = ELEMENTWISE[name]
    before, ctx.prec = ctx.prec, 2000
    try:
        for x in (-1e-30, -0.3, -2.0, -700.0, -1e30):
            other = dd.coefficients(reference, arb(x), 0)
            plain = dd.coefficients(reference, arb(x), 0, rewritten=False)
            assert all(a.overlaps(b) and a.rel_accuracy_bits() > 500 for a, b in zip(other, plain, strict=True))
    finally:
        ctx.prec = before


# ---- arithmetic -----------------------------------------------------------------------------------------------------


def whole(high, low):
    return Fraction(high) + Fraction(low)


def polynomials():
    """Coefficients as pairs, and points: alike in size, falling, and such that the terms cancel."""
    generator = np.random.default_rng(5)
    for _ in range(40):
        high = generator.normal(0, 1, 8) * 2.0 ** (-generator.integers(0, 30) * np.arange(8.0))
        t = generator.normal(0, 1, 32).astype(np.float32).astype(float) * 2.0 ** -generator.integers(0, 20)
        high[0] -= np.polyval(high[::-1], t[0]) * generator.integers(0, 2)
        yield high, high * generator.uniform(-1, 1, 8) * 2.0**-54, t


def test_the_error_of_double_double_polynomials_is_as_stated():
    shares = []
    for high, low, t in polynomials():
        pair = np.zeros((3, t.size))
        for h, w in zip(high[::-1], low[::-1], strict=True):
            dd.horner_step(t, pair, h, w, 0.0)
        for i, x in enumerate(map(Fraction, t.tolist())):
            true = sum(whole(h, w) * x**k for k, (h, w) in enumerate(zip(high.tolist(), low.tolist(), strict=True)))
            off = abs(whole(pair[0, i], pair[1, i]) - true)
            assert off <= Fraction(pair[2, i])
            assert pair[2, i] <= 2.0**-98 * max(1.0, max(abs(high * t[i] ** np.arange(8.0))))
            shares.append(float(off / Fraction(pair[2, i])))
    assert max(shares) > 0.01  # the bound is not lavish


def test_what_is_exact_has_no_error():
    pair = np.zeros((3, 4))
    for high in (3.0, 0.5, 0.25):
        dd.horner_step(np.array([0.0, 1.0, 2.0**-20, -3.0]), pair, high, 0.0, 0.0)
    assert not pair[2].any()


@pytest.mark.parametrize("word", ["add", "times", "over"])
def test_words_of_the_waves(word):
    generator = np.random.default_rng(8)
    for _ in range(300):
        a, b = ((h, h * 2.0**-54 * generator.uniform(-1, 1)) for h in generator.uniform(-1, 1, 2).tolist())
        x = float(np.float32(generator.uniform(64, 1e6)))
        found = whole(*(dd._over(a, x) if word == "over" else getattr(dd, f"_{word}")(a, b)))
        true = {"add": whole(*a) + whole(*b), "times": whole(*a) * whole(*b), "over": whole(*a) / Fraction(x)}[word]
        assert abs(found - true) <= Fraction(2) ** -104 / (Fraction(x) if word == "over" else 1)


HALF = 2.0**-24
ROUNDED = [  # high, low, error, scale, hair; the result, or None for doubt
    (1.0, 0.0, 0.0, 1.0, 0.0, 1.0),
    (1 + HALF, 0.0, 0.0, 1.0, 0.0, 1.0),
    (1 + 3 * HALF, 0.0, 0.0, 1.0, 0.0, 1 + 4 * HALF),
    (1 + HALF, 2.0**-80, 2.0**-90, 1.0, 0.0, 1 + 2 * HALF),
    (1 + HALF, -(2.0**-80), 2.0**-90, 1.0, 0.0, 1.0),
    (1 + HALF, 2.0**-80, 2.0**-79, 1.0, 0.0, None),
    (1 + HALF, 0.0, 0.0, 1.0, 1.0, 1 + 2 * HALF),
    (-1 - HALF, 0.0, 0.0, 1.0, 1.0, -1.0),
    (-1 - HALF, 0.0, 0.0, 1.0, -1.0, -1 - 2 * HALF),
    (6 + 6 * HALF, 0.0, 0.0, 6.0, 0.0, 1.0),
    (6 + 18 * HALF, 0.0, 0.0, 6.0, 0.0, 1 + 4 * HALF),
    (6 + 6 * HALF, 2.0**-60, 0.0, 6.0, 0.0, 1 + 2 * HALF),
    (1.0, 0.0, HALF / 2, 1.0, 0.0, None),
    (1 - HALF / 2, -(2.0**-80), 0.0, 1.0, 0.0, 1 - HALF),
    (2.0**-150, 0.0, 0.0, 1.0, 0.0, 0.0),
    (-(2.0**-150), 0.0, 0.0, 1.0, 0.0, -0.0),
    (2.0**-150, 2.0**-220, 0.0, 1.0, 0.0, 2.0**-149),
    (-3 * 2.0**-150, 0.0, 0.0, 1.0, 0.0, -(2.0**-148)),
    (1e-300, 0.0, 1e-310, 1.0, 0.0, 0.0),
    (1e-300, 0.0, 1e-300, 1.0, 0.0, None),
    (0.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    (0.0, 0.0, 1e-300, 1.0, 0.0, None),
    (2.0**128 - 2.0**103, 0.0, 0.0, 1.0, 0.0, float("inf")),
    (2.0**128 - 2.0**103, -1.0, 0.0, 1.0, 0.0, 2.0**128 - 2.0**104),
    (1.0, 0.0, float("nan"), 1.0, 0.0, None),
    (float("inf"), float("nan"), 0.0, 1.0, 0.0, None),
]


@pytest.mark.parametrize(("high", "low", "error", "scale", "hair", "result"), ROUNDED)
def test_rounding_of_a_pair(high, low, error, scale, hair, result):
    got, doubtful = np.empty(1, np.float32), np.empty(1, np.bool_)
    dd.round_pairs(np.array([[high], [low], [error]]), scale, hair, got, doubtful)
    assert doubtful[0] == (result is None)
    assert result is None or same(got[0], result)


def test_rounding_of_many_pairs():
    generator = np.random.default_rng(9)
    size = 2.0 ** generator.integers(-155, 129, 4000) * generator.choice([-1, 1], 4000)
    high = size * (1 + generator.integers(0, 1 << 25, 4000) * 2.0**-25)
    low = high * generator.choice([0, 1, -1], 4000) * 2.0 ** -generator.integers(54, 100, 4000)
    got, doubtful = np.empty(4000, np.float32), np.empty(4000, np.bool_)
    dd.round_pairs(np.stack([high, low, np.zeros(4000)]), 1.0, 0.0, got, doubtful)
    assert not doubtful.any()
    for h, w, g in zip(high.tolist(), low.tolist(), got, strict=True):
        above, below = whole(h, w).as_integer_ratio()
        assert same(g, rounded(Exact(above, 1 - below.bit_length()), FORMATS["float32"])), (h, w)


# ---- the command ----------------------------------------------------------------------------------------------------

SOME = Task("relu", 0)
AT = 300  # a block of relu: 2^22 numbers that are themselves


@pytest.fixture
def one_wrong(monkeypatch):
    """A kernel that is one ulp off at one input."""
    right = Task.kernel

    def kernel(self, x):
        got = right(self, x)
        got[1234] = np.nextafter(got[1234], np.float32(0))
        return got

    monkeypatch.setattr(Task, "kernel", kernel)
    return int(SOME.inputs(AT)[1234:1235].view(np.uint32)[0])


def only(monkeypatch, block):
    monkeypatch.setattr(exhaustive.np.random, "default_rng", lambda _: Fixed(block))


class Fixed:
    """Draws one block."""

    def __init__(self, block):
        self.block = block

    def permutation(self, _):
        return np.array([self.block])


def test_one_ulp_at_one_input_is_another_hash():
    x = SOME.inputs(AT)
    other = x.copy()
    other[-1] = np.nextafter(other[-1], np.float32(0))
    negative = np.zeros(1 << 16, np.float32)
    negative[[5, 4]] = -0.0
    hashes = [exhaustive.fingerprint(v) for v in (x, other, np.zeros(1 << 16, np.float32), negative)]
    assert len(set(hashes)) == 4


def test_swapped_results_are_another_hash():
    x = np.arange(1 << 17, dtype=np.float32)
    y = x.copy()
    y[[3, 1 << 16]] = y[[1 << 16, 3]]
    assert exhaustive.fingerprint(x) != exhaustive.fingerprint(y)


def test_every_nan_is_the_same():
    bits = np.full(1 << 16, 0x7FC00000, np.uint32)
    bits[7] = 0xFFC12345
    assert exhaustive.fingerprint(bits.view(np.float32)) == exhaustive.fingerprint(np.full(1 << 16, np.nan, np.float32))


def test_the_hash_is_the_one_that_was_stored():
    """On every machine; a change of the function would void the files."""
    assert exhaustive.fingerprint(np.arange(1 << 17, dtype=np.float32)) == 16677707743222942980


def test_a_wrong_result_is_named(tmp_path, capsys, monkeypatch, one_wrong):
    only(monkeypatch, AT)
    status = exhaustive.main(["--only", "relu", "--order", "0", "--work", str(tmp_path), "--hashes", str(tmp_path)])
    printed = capsys.readouterr().out
    assert status == 1
    assert all(text in printed for text in (" 1 wrong", f"{one_wrong:#010x}", "worst 1 ulp"))


def test_a_wrong_result_is_named_by_its_hash(tmp_path, capsys, monkeypatch, one_wrong):
    only(monkeypatch, AT)
    stored = np.zeros(exhaustive.BLOCKS, np.uint64)
    stored[AT] = exhaustive.fingerprint(SOME.reference(AT))
    exhaustive.save(tmp_path / SOME.file, stored)
    status = exhaustive.main(["--verify", "--only", "relu", "--order", "0", "--hashes", str(tmp_path)])
    assert status == 1
    assert f"{one_wrong:#010x}" in capsys.readouterr().out


def test_a_hash_that_is_nobodys_is_an_error():
    stored = np.zeros(exhaustive.BLOCKS, np.uint64)
    with pytest.raises(ArithmeticError, match="neither the kernel's nor the reference's"):
        exhaustive.verified(SOME, [AT], stored, float("inf"))


def test_it_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    record, complete = exhaustive.proved(SOME, [AT, AT + 1], tmp_path, float("inf"))
    assert record["done"].nonzero()[0].tolist() == [AT, AT + 1]
    assert not complete
    asked = []
    right = Task.reference
    monkeypatch.setattr(Task, "reference", lambda self, block: asked.append(block) or right(self, block))
    again, _ = exhaustive.proved(SOME, [AT, AT + 1, AT + 2], tmp_path, float("inf"))
    assert asked == [AT + 2]
    assert (again["hash"][[AT, AT + 1]] == record["hash"][[AT, AT + 1]]).all()


def test_stored_hashes_are_not_overwritten(tmp_path):
    record = np.zeros(exhaustive.BLOCKS, exhaustive.PROGRESS)
    exhaustive.store(SOME, record, tmp_path)
    exhaustive.store(SOME, record, tmp_path)
    record["hash"][5] = 1
    with pytest.raises(ArithmeticError, match="other hashes"):
        exhaustive.store(SOME, record, tmp_path)
    assert not np.load(tmp_path / SOME.file).any()


def test_time_can_be_up(tmp_path):
    record, complete = exhaustive.proved(SOME, range(exhaustive.BLOCKS), tmp_path, 0.0)
    assert not complete
    assert not record["done"].any()


def test_an_unknown_name_is_refused():
    with pytest.raises(SystemExit, match="no elementwise activation 'softmax'"):
        exhaustive.main(["--only", "softmax"])
