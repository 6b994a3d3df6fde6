"""The file of a study: what is stored comes back to the bit, and no wrong file is ever written to."""

from __future__ import annotations

import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nonlin.errors import DataError, InputError
from nonlin.study import store as store_module
from nonlin.study.records import Run
from nonlin.study.store import Store

CONDITIONS = {
    "settings": {"epochs": 5, "seeds": 2, "widths": [128, 64], "learning_rate": 0.001},
    "data": {"data": "digits", "set of examples": "0123456789abcdef0123456789abcdef"},
    "activations": {"relu": {"formula": "max(x, 0)"}, "tanh": {"formula": "tanh(x)"}},
}
THIRDS = tuple(n / 3 for n in range(5))
RUN = Run("relu", 1, 0.001, training_loss=THIRDS, step_seconds=(1e-300, math.pi), test_loss=0.1, test_accuracy=2 / 3)
RUNS = {
    "plain": RUN,
    "diverged": replace(RUN, status="diverged", training_loss=(0.5, math.nan), test_loss=math.inf, diverged_epoch=2),
    "failed": Run("relu", 1, 0.001, status="failed", message="naïve\n'quoted' \0 ∂"),
    "tuning": replace(RUN, phase="tuning", validation_accuracy=(-0.0, 5e-324)),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study 100%?#.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path, CONDITIONS) as opened:
        yield opened


def other(path: Path, **more: object) -> dict[str, object]:
    return json.loads(json.dumps(CONDITIONS)) | more


# ---- runs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_run_comes_back_to_the_bit(store: Store, run: Run) -> None:
    store.add("key", run)
    assert repr(store.stored()["key"]) == repr(run)  # repr: NaN is not equal to itself, -0.0 is equal to 0.0


def test_runs_outlive_the_process(store: Store, path: Path) -> None:
    store.add("a", RUN)
    store.close()
    with Store.existing(path) as again:
        assert again.keys() == {"a"}
        assert again.conditions == CONDITIONS


def test_a_key_is_stored_once_and_the_first_run_stays(store: Store) -> None:
    assert store.add("a", RUN) is True
    assert store.add("a", replace(RUN, test_accuracy=0.0)) is False
    assert store.stored() == {"a": RUN}


def test_runs_are_in_the_order_of_the_study_not_of_their_arrival(store: Store) -> None:
    wanted = [("relu", 0), ("relu", 1), ("tanh", 0)]
    for name, seed in reversed(wanted):
        store.add(f"{name}{seed}", replace(RUN, activation=name, seed=seed))
    store.add("t", replace(RUN, activation="tanh", seed=9, phase="tuning"))
    assert [(run.activation, run.seed) for run in store.runs()] == [("tanh", 9), *wanted]


def test_failed_runs_can_be_dropped_to_be_tried_again(store: Store) -> None:
    for key, run in RUNS.items():
        store.add(key, run)
    assert store.drop_failed() == 1
    assert store.keys() == RUNS.keys() - {"failed"}


def test_a_hundred_runs_of_fifty_epochs_need_less_than_a_megabyte(store: Store, path: Path) -> None:
    curve = tuple(math.sqrt(n) for n in range(50))
    curves = dict.fromkeys(store_module.CURVES, curve)
    for seed in range(100):
        store.add(f"{seed:032x}", replace(RUN, seed=seed, **curves))  # type: ignore[arg-type]
    assert path.stat().st_size < 1_000_000


def test_something_else_can_be_kept(store: Store) -> None:
    store.remember("notes", ["a", 1])
    assert store.recall("notes") == ["a", 1]
    assert store.recall("nothing") is None


# ---- claims ----------------------------------------------------------------------------------------------------------


def test_a_claim_keeps_others_away_until_it_is_released(store: Store, path: Path) -> None:
    with Store.open(path, CONDITIONS) as second:
        assert store.claim(["a", "b"]) == {"a", "b"}
        assert second.claim(["a", "b", "c"]) == {"c"}
        assert store.claim(["a"]) == {"a"}
        store.release()
        assert second.claim(["a"]) == {"a"}


def test_what_is_stored_cannot_be_claimed(store: Store) -> None:
    store.claim(["a"])
    store.add("a", RUN)
    assert store.claim(["a"]) == set()


def test_a_claim_that_is_not_renewed_becomes_void(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(path, CONDITIONS) as second:
        now = store_module.time.time()
        store.claim(["a"])
        monkeypatch.setattr(store_module.time, "time", lambda: now + store_module.LEASE - 5)
        store.renew()
        monkeypatch.setattr(store_module.time, "time", lambda: now + store_module.LEASE + 5)
        assert second.claim(["a"]) == set()
        monkeypatch.setattr(store_module.time, "time", lambda: now + 2 * store_module.LEASE)
        assert second.claim(["a"]) == {"a"}


CLAIM = "import sys; from nonlin.study.store import Store; s = Store.existing(sys.argv[1]); s.claim(['a']); print('ok')"


@pytest.mark.parametrize("waited_for", [True, False], ids=["ended", "zombie"])
def test_a_claim_of_a_dead_process_is_void_at_once(store: Store, path: Path, waited_for: bool) -> None:
    code = f"{CLAIM}; sys.stdout.flush(); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert store.claim(["a"]) == set()
        process.send_signal(signal.SIGKILL)
        if waited_for:
            process.wait()
        else:
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert store.claim(["a"]) == {"a"}


# ---- conditions ------------------------------------------------------------------------------------------------------

SETTINGS = CONDITIONS["settings"]
assert isinstance(SETTINGS, dict)


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"settings": SETTINGS | {"epochs": 20}}, r"epochs=5, not epochs=20; choose another folder"),
        ({"settings": SETTINGS | {"widths": (64,)}}, r"widths=\[128, 64\], not widths=\[64\];"),
        ({"settings": SETTINGS | {"extra": 1}}, r"extra=None, not extra=1;"),
        ({"data": {"data": "mnist"}}, r"data='digits', not data='mnist';"),
        ({"data": {"data": "digits", "set of examples": "f" * 32}}, r"another set of examples;"),
        ({"activations": {"relu": {"formula": "x"}}}, r"another activation called 'relu';"),
    ],
    ids=str,
)
def test_another_study_is_refused_and_its_file_not_touched(
    store: Store, path: Path, changed: dict[str, object], difference: str
) -> None:
    store.add("a", RUN)
    before = path.read_bytes()
    with pytest.raises(InputError, match=rf"study 100%\?#\.sqlite' holds a study with {difference}"):
        Store.open(path, {**CONDITIONS, **changed})
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"nonlin": "0.1.0 (source 5e6f)", "jax": "0.6.0"}, r"nonlin 0\.1\.0 \(source 1a2b\), here is nonlin 0\.1\.0"),
        ({"nonlin": "0.1.0 (source 1a2b)", "jax": "0.7.1"}, r"jax 0\.6\.0, here is jax 0\.7\.1, which may give other "),
    ],
    ids=["nonlin", "jax"],
)
def test_networks_of_other_versions_are_told_in_words(path: Path, now: dict[str, str], told: str) -> None:
    with Store.open(path, other(path, code={"nonlin": "0.1.0 (source 1a2b)", "jax": "0.6.0"})) as store:
        store.add("a", RUN)
    with pytest.raises(InputError, match=rf"the networks in the study file '.*' were trained with {told}") as refused:
        Store.open(path, other(path, code=now))
    assert str(refused.value).endswith("; choose another folder, or go on with the version that began it")


def test_a_study_that_nothing_came_of_is_begun_anew(store: Store, path: Path) -> None:
    """Such as one refused before its first trial: the corrected command may use the same folder."""
    changed = {**CONDITIONS, "settings": SETTINGS | {"epochs": 20}}
    store.remember("about", "what was refused")
    with Store.open(path, changed) as anew:
        assert anew.conditions == changed
        assert anew.recall("about") is None


def test_a_study_at_work_is_not_begun_anew(store: Store, path: Path) -> None:
    changed = {**CONDITIONS, "settings": SETTINGS | {"epochs": 20}}
    store.claim(["a"])
    with pytest.raises(InputError, match=r"holds a study with epochs=5, not epochs=20; choose another folder"):
        Store.open(path, changed)
    store.release()
    Store.open(path, changed).close()
    with pytest.raises(InputError, match=r"holds a study with epochs=20, not epochs=5; choose another folder"):
        store.claim(["a"])


def test_activations_and_seeds_may_be_added(store: Store, path: Path) -> None:
    more = {**CONDITIONS, "activations": {"gelu": {}}, "settings": {**SETTINGS, "seeds": 7}}
    with Store.open(path, more) as grown:
        assert list(grown.conditions["activations"]) == ["relu", "tanh", "gelu"]
        assert grown.conditions["settings"]["seeds"] == 7
    with Store.open(path, CONDITIONS) as again:
        assert again.conditions["settings"]["seeds"] == 7


# ---- files that cannot be used ---------------------------------------------------------------------------------------


def edited(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def refusal(path: Path, error: type[Exception], message: str) -> None:
    """Both ways to open the file refuse it with the sentence, and leave it as it is."""
    before = path.read_bytes()
    for opened in (lambda: Store.open(path, CONDITIONS), lambda: Store.existing(path)):
        with pytest.raises(error, match=message):
            opened()
    assert path.read_bytes() == before


def test_another_version_is_refused(store: Store, path: Path) -> None:
    store.close()
    edited(path, "PRAGMA user_version = 2")
    refusal(path, InputError, r"has format 2, expected 1; use the version of nonlin that wrote it or choose another")


def test_the_database_of_another_program_is_refused(path: Path) -> None:
    edited(path, "CREATE TABLE runs (x)", "INSERT INTO runs VALUES (1)")
    refusal(path, DataError, r"is not the file of a study; choose another folder, it was not touched")


@pytest.mark.parametrize("content", [b"x", b"hello\n" * 1000, b"SQLite format 3\0"], ids=["byte", "text", "header"])
def test_a_file_of_another_kind_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refusal(path, DataError, r"is not the file of a study; choose another folder, it was not touched")


def test_a_damaged_file_is_refused(store: Store, path: Path) -> None:
    for number in range(50):
        store.add(f"{number:032x}", RUN)
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:6000] + b"\xff" * 4000 + content[10000:])
    refusal(
        path, DataError, r"is damaged \(On tree page .*\); choose another folder or restore a copy, it was not touched"
    )


def test_a_file_cut_short_is_refused(store: Store, path: Path) -> None:
    for number in range(50):
        store.add(f"{number:032x}", RUN)
    store.close()
    path.write_bytes(path.read_bytes()[:-8192])
    refusal(path, DataError, r"is damaged \(.*\); choose another folder or restore a copy")


def test_a_damaged_run_is_named(store: Store, path: Path) -> None:
    store.add("a", RUN)
    edited(path, "UPDATE runs SET curves = x'00'")
    with pytest.raises(DataError, match=r"a run in the study file is damaged \(.*\); restore a copy of the file"):
        store.stored()


def test_an_empty_file_is_a_new_study(path: Path) -> None:
    """What a process leaves that was killed before its first transaction."""
    path.touch()
    with Store.open(path, CONDITIONS) as made:
        assert made.keys() == set()


def test_a_locked_file_is_named(store: Store, path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    for opened in (lambda: Store.open(path, CONDITIONS, timeout=0.1), lambda: Store.existing(path, timeout=0.1)):
        with pytest.raises(DataError, match=r"is locked by another process; wait until that is done, or close it"):
            opened()
    holder.close()
    assert store.add("a", RUN)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be opened; expected a file in a folder that exists"):
        Store.open(tmp_path / "no" / "study.sqlite", CONDITIONS)


def test_a_missing_study_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no study file '.*nothing'; expected one that nonlin compare wrote"):
        Store.existing(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


@pytest.fixture
def readable() -> Iterator[Path]:
    """A folder that anybody may read, but only its owner may write; and this process is somebody else."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Store.open(folder / "study.sqlite", CONDITIONS) as made:
            made.add("a", RUN)
        (folder / "study.sqlite").chmod(0o444)
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:  # may write anywhere
            os.seteuid(65534)
        try:
            yield folder / "study.sqlite"
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)


def test_a_read_only_study_can_be_read_but_not_resumed(readable: Path) -> None:
    with Store.existing(readable) as opened:
        assert opened.stored() == {"a": RUN}
        with pytest.raises(DataError, match=r"cannot be written \(read-only file or folder\)"):
            opened.add("b", RUN)
    with pytest.raises(DataError, match=r"cannot be written \(read-only file or folder\); make it writable or choose"):
        Store.open(readable, CONDITIONS)


def test_a_full_disk_is_named_and_nothing_is_lost(store: Store) -> None:
    store.add("a", RUN)
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    large = replace(RUN, training_loss=THIRDS * 2000)
    with pytest.raises(DataError, match=r"cannot grow, the disk is full; finished trials are kept, so make room and"):
        store.add("large", large)
    store._connection.execute("PRAGMA max_page_count = 100000")
    assert store.add("large", large)
    assert store.keys() == {"a", "large"}


def fill(path: Path, limit: int) -> str:
    """Another process adds runs until the file may not grow any more; what it prints."""
    code = (
        "import resource, sys; from nonlin.study.store import Store; from nonlin.study.records import Run\n"
        "store = Store.existing(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))\n"
        "for n in range(1000): store.add(f'{n:04}', Run('relu', n, 0.1, training_loss=(0.5,) * 50)); print(n)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path), str(limit)], capture_output=True, text=True)
    assert done.returncode == 1
    return done.stdout + done.stderr


def test_a_file_that_may_not_grow_is_named_and_nothing_is_lost(store: Store, path: Path) -> None:
    said = fill(path, 60_000)
    assert "DataError" in said
    assert "finished trials are kept" in said
    added = [line for line in said.splitlines() if line.isdecimal()]
    assert store.keys() == {f"{int(n):04}" for n in added}
    assert len(added) > 10
