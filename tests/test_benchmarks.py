"""The benchmarks run and print the figures they promise; how good the figures are is not tested here."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
FUNCTIONS = ("relu", "gelu")
PEERS = ("nonlin", "numpy", "torch")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("benchmarks")


@pytest.fixture(scope="module")
def printed(folder: Path):
    """What a benchmark prints for two functions and three peers; it writes its files too."""

    @cache
    def once(script: str, *options: str) -> str:
        command = [sys.executable, script, "--quick", "--functions", *FUNCTIONS, "--peers", *PEERS, *options]
        done = subprocess.run(
            [*command, "--write", str(folder)], cwd=BENCHMARKS, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return once


def cells(text: str, heading: str) -> dict[str, list[str]]:
    """The table under a heading: its first column, and what is right of it."""
    rows = [re.split(r" *\| *", line.strip("| ")) for line in text.split(heading)[1].split("\n#")[0].splitlines()
            if line.startswith("|")]  # fmt: skip
    return {first: rest for first, *rest in rows if not first.startswith("-")}


def speed(printed) -> str:
    return printed("kernels.py", "--threads", "1")


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_every_function_and_peer_is_timed(printed, direction: str) -> None:
    rows = cells(speed(printed), f"## {direction}, 1e3, 1 thread\n")
    assert rows.pop("ns (times copy)") == ["copy", "nonlin", "NumPy", "PyTorch"]
    assert list(rows) == list(FUNCTIONS)
    assert rows["gelu"][2] == "–"  # NumPy has no erf
    timed = [cell for row in rows.values() for cell in row if cell != "–"]
    assert len(timed) == 7
    for cell in timed:
        time, ratio = re.fullmatch(r"(\S+) \((\S+)\)", cell).groups()
        assert float(time) > 0
        assert float(ratio) > 0


def test_the_head_says_what_was_run(printed) -> None:
    text = speed(printed)
    assert "`python benchmarks/kernels.py --quick --functions relu gelu --peers nonlin numpy torch" in text
    assert re.search(r"^- numpy \d\S+, nonlin \d\S+, numba \d\S+, torch \d", text, re.MULTILINE)
    assert "- not run: nonlin (new array), SciPy, torch.compile, JAX, TensorFlow" in text


def test_peers_are_held_against_nonlin(printed) -> None:
    rows = cells(speed(printed), "Times as long as nonlin")
    assert [float(ratio) > 0 for ratio in rows["forward, 1e3, 1 thread"]] == [True, True]


def test_the_page_and_the_picture_are_written(printed, folder: Path) -> None:
    text = speed(printed)
    assert (folder / "speed.md").read_text() == text
    picture = (folder / "speed.svg").read_text()
    assert all(word in picture for word in (*FUNCTIONS, "nonlin", "NumPy", "PyTorch", "times as long as a copy"))


@pytest.mark.parametrize("direction", ["value", "derivative"])
def test_every_function_and_peer_is_held_against_the_true_value(printed, direction: str) -> None:
    rows = cells(printed("accuracy.py"), f"## {direction}: ")
    assert rows.pop("function") == ["nonlin", "NumPy", "PyTorch"]
    assert list(rows) == list(FUNCTIONS)
    assert rows["relu"] == ["0, 0 %"] * 3
    ours, _, theirs = rows["gelu"]
    assert re.fullmatch(r"0\.(5|4\d*), 0 %", ours)
    assert float(theirs.split(",")[0]) > 1e7  # it is 0 in PyTorch from some -5.5 down


def test_the_accuracy_page_is_written(printed, folder: Path) -> None:
    text = printed("accuracy.py")
    assert (folder / "accuracy.md").read_text() == text


def test_modules_are_timed_beside_those_of_the_frameworks() -> None:
    command = [sys.executable, "modules.py", "--quick", "--functions", "relu", "--parts", "eager", "jit"]
    done = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    for heading, kept in (("eager PyTorch", "1.00 / 1.00"), ("JAX, jit", "–")):
        ours, theirs, ratio, held = cells(done.stdout, f"## {heading}\n")["relu"]
        assert min(float(ours), float(theirs), float(ratio)) > 0
        assert held == kept  # one input, and no more
