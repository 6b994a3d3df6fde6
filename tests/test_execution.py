"""Carrying out a study: whatever is killed, and whoever else works on it, nothing is lost and nothing done twice."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nonlin as nl
from nonlin import cores
from nonlin.errors import DataError, InputError, NonlinError
from nonlin.study import execution, processes
from nonlin.study.custom import checked, torch_training, trained
from nonlin.study.data import Dataset, Examples, load
from nonlin.study.execution import Outcome, Progress, interleaved, run_trials, worker_count
from nonlin.study.job import Job, Packed, Refused, described, packed, unpacked
from nonlin.study.records import Run, Trial
from nonlin.study.settings import Settings
from nonlin.study.store import Store, _row

cloudpickle = pytest.importorskip("cloudpickle")

NAMES = ("relu", "tanh")
SETTINGS = Settings(epochs=2, seeds=2)
PART = Examples(np.arange(12, dtype=np.float32).reshape(6, 2), np.arange(6, dtype=np.int32) % 2)
DATA = Dataset("small", PART, PART, PART, 2)
TRIALS = [Trial(name, seed, 0.5) for name in NAMES for seed in range(2)]


def job(train: Callable[..., Any], settings: Settings = SETTINGS) -> Job:
    return Job({name: nl.get(name) for name in NAMES}, settings, DATA, train=train)


@pytest.fixture
def carried_out(tmp_path: Path) -> Iterator[Callable[..., Outcome]]:
    """Runs the four trials with a training function of the test's own."""
    stores = []

    def carry_out(train: Callable[..., Any], trials: list[Trial] = TRIALS, **options: Any) -> Outcome:
        work = job(train)
        stores.append(Store.open(tmp_path / "study.sqlite", work.conditions))
        return run_trials(trials, work, stores[-1], **options)

    yield carry_out
    for store in stores:
        store.close()


CarryOut = Callable[..., Outcome]


def alive(pid: int) -> bool:
    """Whether a process runs; not one that is dead and not yet waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(pids: set[int], seconds: float = 10) -> bool:
    """Whether all these processes end within so many seconds."""
    end = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(alive, pids))


# ---- our own training ------------------------------------------------------------------------------------------------


def digits() -> tuple[Job, list[Trial]]:
    settings = Settings(epochs=2, limit=128, seeds=2)
    known = {"relu": nl.get("relu"), "elu(alpha=0.5)": nl.get("elu").with_parameters(alpha=0.5)}
    return Job(known, settings, load("digits", settings)), [Trial(n, seed, 0.01) for n in known for seed in range(2)]


def without_time(run: Run) -> str:
    return repr(replace(run, step_seconds=(), compile_seconds=0.0))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Job, list[Trial], Store, Outcome, list[Progress]]]:
    work, trials = digits()
    seen: list[Progress] = []
    with Store.open(tmp_path_factory.mktemp("real") / "study.sqlite", work.conditions) as store:
        yield work, trials, store, run_trials(trials, work, store, workers=2, progress=seen.append), seen


Real = tuple[Job, list[Trial], Store, Outcome, list[Progress]]


def test_networks_are_trained(real: Real) -> None:
    _, trials, store, outcome, _ = real
    assert [(r.activation, r.seed, r.status) for r in outcome.runs] == [(t.activation, t.seed, "done") for t in trials]
    assert (outcome.trained, len(store.keys())) == (4, 4)
    assert min(len(run.training_loss) for run in outcome.runs) == 2
    assert outcome.failed == ()


def test_other_workers_give_the_same_bits(real: Real, tmp_path: Path) -> None:
    work, trials, _, outcome, _ = real
    with Store.open(tmp_path / "study.sqlite", work.conditions) as store:
        alone = run_trials(trials[:2], work, store, workers=1)
    assert [without_time(run) for run in alone.runs] == [without_time(run) for run in outcome.runs[:2]]


def test_progress_ends_complete(real: Real) -> None:
    *_, seen = real
    assert seen[0] == Progress(0, 4, 0, 8, None, "")
    assert (seen[-1].trials_done, seen[-1].epochs_done, seen[-1].seconds_left) == (4, 8, 0.0)
    counts = [p.trials_done for p in seen]
    assert counts == sorted(counts)
    assert {p.current for p in seen[1:]} == {f"{t.activation}, seed {t.seed}" for t in real[1]}


def test_what_is_done_is_not_done_again(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    work, trials, store, outcome, _ = real
    monkeypatch.setattr(execution.Workforce, "pool", lambda *a: pytest.fail("a worker was asked for"))
    again = run_trials(trials, work, store)
    assert (again.trained, repr(again.runs)) == (0, repr(outcome.runs))


def test_the_driver_needs_no_jax(tmp_path: Path) -> None:
    code = (
        "import sys, nonlin.study.execution, nonlin.study.processes, nonlin.study.on_ray; print('jax' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_settings_that_cannot_be_trained_are_refused(tmp_path: Path) -> None:
    work, trials = digits()
    work = replace(work, settings=replace(work.settings, batch_size=1000))
    with Store.open(tmp_path / "study.sqlite", work.conditions) as store:
        with pytest.raises(InputError, match=r"batch_size must be at most \d+, the number of training examples, got"):
            run_trials(trials, work, store, workers=1)
        assert store.keys() == set()


def test_a_job_is_the_same_in_another_process() -> None:
    units = {"swiglu": nl.get("swiglu"), "mine": nl.define("x*sigmoid(b*x)", name="mine", b=0.1)}
    work = Job(units, Settings(widths=(3, 4)), load("digits", Settings()), train=plain)
    header, arrays, user = packed(work)
    again = unpacked(Packed(json.loads(json.dumps(header)), arrays, user))
    assert again.conditions == work.conditions
    assert again.activations == work.activations
    assert again.dataset.label_names == work.dataset.label_names


def test_another_version_of_the_code_is_refused() -> None:
    header, arrays, user = packed(job(plain))
    header["code"] = [("nonlin", "0.0"), *header["code"][1:]]
    with pytest.raises(
        Refused, match=r"this worker has nonlin .*, the study 0\.0; install the same version everywhere"
    ):
        unpacked(Packed(header, arrays, user))


# ---- keys ------------------------------------------------------------------------------------------------------------


def plain(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
    return {"test_accuracy": 0.5}


def key(trial: Trial = TRIALS[0], work: Job | None = None, **changes: Any) -> str:
    return replace(work or job(plain), **changes).key(trial)


OTHER = {
    "seed": key(replace(TRIALS[0], seed=9)),
    "learning rate": key(replace(TRIALS[0], learning_rate=0.1)),
    "phase": key(replace(TRIALS[0], phase="tuning")),
    "epochs": key(settings=replace(SETTINGS, epochs=3)),
    "formula": key(activations={"relu": nl.get("tanh")}),
    "parameter": key(activations={"relu": nl.get("relu").with_parameters()} | {"relu": nl.get("leaky_relu")}),
    "data": key(dataset=Dataset("small", PART, PART, PART, 3)),
    "training": key(train=lambda activation, seed, settings: {"test_accuracy": 0.25}),
}


@pytest.mark.parametrize("changed", OTHER.values(), ids=OTHER)
def test_a_key_changes_with_what_the_run_depends_on(changed: str) -> None:
    assert changed != key()


def test_a_key_changes_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key()
    monkeypatch.setattr("nonlin.study.job.code_version", lambda: (("nonlin", "other"),))
    assert key() != before


def test_a_key_does_not_change_with_what_else_the_study_has() -> None:
    more = {"activations": {"tanh": nl.get("tanh"), "relu": nl.get("relu")}, "settings": replace(SETTINGS, seeds=50)}
    assert key(**more) == key()


# ---- the user's functions --------------------------------------------------------------------------------------------


def test_a_users_function_is_given_activation_seed_settings_and_data(carried_out: CarryOut) -> None:
    def train(activation: Any, seed: int, settings: Settings, dataset: Dataset) -> dict[str, Any]:
        value = float(activation(np.float64(0.3))) * settings.learning_rate
        sys.stdout.write("this must not disturb the messages\n")
        sys.stdout.flush()
        return {"test_accuracy": value, "training_loss": dataset.training.images.sum(1), "parameters": seed}

    outcome = carried_out(train)
    run = outcome.runs[3]
    assert (run.activation, run.seed, run.test_accuracy) == ("tanh", 1, np.tanh(0.3) * 0.5)
    assert run.training_loss == tuple(PART.images.sum(1))
    assert run.step_seconds[0] >= 0


def test_a_function_that_raises_fails_only_its_own_trials(carried_out: CarryOut) -> None:
    def train(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        if seed == 1 and activation.name == "relu":
            raise ValueError("no\nluck")
        if seed == 1:
            sys.exit("bye")
        return {"test_accuracy": 0.5}

    outcome = carried_out(train)
    assert [run.status for run in outcome.runs] == ["done", "failed", "done", "failed"]
    assert re.fullmatch(r"ValueError: no luck \(test_execution.py, line \d+\)", outcome.runs[1].message)
    assert re.fullmatch(r"SystemExit: bye \(test_execution.py, line \d+\)", outcome.runs[3].message)
    assert outcome.failed == (outcome.runs[1], outcome.runs[3])


def test_a_function_that_hangs_is_ended_with_all_that_it_started(carried_out: CarryOut, tmp_path: Path) -> None:
    log = tmp_path / "pids"

    def train(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        if seed == 0:
            child = subprocess.Popen(["sleep", "1000"])
            with log.open("a") as file:
                file.write(f"{os.getpid()} {child.pid}\n")
            time.sleep(1000)
        return {"test_accuracy": 0.5}

    outcome = carried_out(train, TRIALS[:2], time_limit=0.5, workers=1)
    assert [run.status for run in outcome.runs] == ["failed", "done"]
    assert outcome.runs[0].message == "took longer than the limit of 0.5 s"
    assert gone(set(map(int, log.read_text().split())))


def test_a_trial_whose_process_dies_is_run_once_again(carried_out: CarryOut, tmp_path: Path) -> None:
    mark = tmp_path / "died"

    def train(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        if seed == 0 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return {"test_accuracy": 0.5}

    assert [run.status for run in carried_out(train, workers=1).runs] == ["done"] * 4


def test_a_trial_whose_process_dies_twice_has_failed(carried_out: CarryOut) -> None:
    def train(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        if seed == 0 and activation.name == "relu":
            os.kill(os.getpid(), signal.SIGKILL)
        if seed == 0:
            os._exit(7)
        return {"test_accuracy": 0.5}

    outcome = carried_out(train, workers=1)
    assert [run.status for run in outcome.runs] == ["failed", "done", "failed", "done"]
    assert outcome.runs[0].message == "twice: its process was killed by SIGKILL, perhaps for want of memory"
    assert outcome.runs[2].message == "twice: its process ended with exit code 7"


def test_a_process_that_is_slow_to_end_tells_how_it_ended(carried_out: CarryOut) -> None:
    def train(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        os.closerange(0, 256)  # the end of what it says, as at the exit of any Python; then it tidies up
        time.sleep(0.3)
        os._exit(7)

    assert carried_out(train, workers=1).runs[0].message == "twice: its process ended with exit code 7"


def test_a_worker_that_cannot_start_is_said(carried_out: CarryOut, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes.sys, "executable", "/bin/false")
    with pytest.raises(NonlinError, match=r"worker processes do not start: its process ended with exit code 1; see"):
        carried_out(plain)


def test_a_function_that_cannot_be_sent_is_refused(carried_out: CarryOut) -> None:
    lock = threading.Lock()

    def train(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        return {"test_accuracy": float(lock.locked())}

    with pytest.raises(InputError, match=r"your function cannot be sent to a worker process \(.*\); make what it"):
        carried_out(train)


def test_a_function_that_cannot_be_loaded_is_refused(carried_out: CarryOut) -> None:
    class Unloadable:
        def __reduce__(self) -> tuple[Any, ...]:
            return __import__, ("a_module_nobody_wrote",)

        def __call__(self, activation: Any, seed: int, settings: Settings) -> None: ...

    with pytest.raises(
        InputError, match=r"your function cannot be loaded in a worker process: ModuleNotFoundError: No"
    ):
        carried_out(Unloadable())


def test_claims_are_renewed_while_trials_run(carried_out: CarryOut, monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = []
    renew = Store.renew
    monkeypatch.setattr(Store, "renew", lambda store: renewed.append(store.keys()) or renew(store))
    monkeypatch.setattr(execution, "HEARTBEAT", 0.2)
    monkeypatch.setattr(execution, "POLL", 0.05)

    def train(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        time.sleep(0.5)
        return {"test_accuracy": 0.5}

    carried_out(train, TRIALS[:1])
    assert set() in renewed


def test_a_store_that_cannot_be_written_ends_the_study_and_its_workers(
    carried_out: CarryOut, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def add(store: Store, key: str, run: Run) -> bool:
        raise DataError("the disk is full")

    def train(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        with (tmp_path / "pids").open("a") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(100 * seed)
        return {"test_accuracy": 0.5}

    monkeypatch.setattr(Store, "add", add)
    with pytest.raises(DataError, match="the disk is full"):
        carried_out(train, workers=2)
    assert gone(set(map(int, (tmp_path / "pids").read_text().split())))


NONSENSE = [
    (None, r"your function returned None, expected a dict such as \{'test_accuracy': 0\.97\}"),
    (0.5, r"your function returned 0\.5, expected a dict"),
    ({}, r"your function returned no 'test_accuracy', only nothing; add it"),
    ({"test_loss": 1}, r"your function returned no 'test_accuracy', only test_loss; add it"),
    ({"test_acuracy": 1}, r"returned 'test_acuracy'; did you mean 'test_accuracy'\? known: test_accuracy, test_loss"),
    ({3: 1}, r"your function returned 3; known: test_accuracy"),
    ({"test_accuracy": "nan"}, r"your function returned test_accuracy = 'nan', expected a number"),
    ({"test_accuracy": True}, r"your function returned test_accuracy = True, expected a number"),
    ({"test_accuracy": float("nan")}, r"your function returned test_accuracy = nan, expected a share from 0 to 1"),
    ({"test_accuracy": 97}, r"returned test_accuracy = 97, expected a share from 0 to 1; divide per cent by 100"),
    ({"test_accuracy": -0.1}, r"your function returned test_accuracy = -0\.1, expected a share from 0 to 1$"),
    ({"test_accuracy": [0.1, 0.2]}, r"your function returned test_accuracy = \[0\.1, 0\.2\], expected a number"),
    ({"training_loss": 0.1}, r"returned training_loss = 0\.1, expected a list with a number per epoch"),
    ({"training_loss": "0.1"}, r"returned training_loss = '0\.1', expected a list with a number per epoch"),
    ({"training_loss": [1, None]}, r"your function returned training_loss = None, expected a number"),
    ({"training_accuracy": [0.5, 1.5]}, r"returned training_accuracy = 1\.5, expected a share from 0 to 1; divide"),
    ({"training_loss": [1, 2], "validation_loss": [1]}, r"different lengths, training_loss of 2, validation_loss of 1"),
    ({"seconds": -1}, r"your function returned seconds = -1, expected none below 0"),
    ({"parameters": 1.5}, r"your function returned parameters = 1\.5, expected a whole number"),
]  # fmt: skip


@pytest.mark.parametrize(("metrics", "message"), NONSENSE, ids=[str(m) for m, _ in NONSENSE])
def test_nonsense_is_refused(metrics: Any, message: str) -> None:
    known = isinstance(metrics, dict) and metrics and not {"test_loss", "test_acuracy", 3} & metrics.keys()
    with pytest.raises(InputError, match=message):
        checked({"test_accuracy": 0.5} | metrics if known else metrics, TRIALS[0], 1.0)


def test_nonsense_fails_its_trial(carried_out: CarryOut) -> None:
    outcome = carried_out(lambda activation, seed, settings: 3 if seed else {"test_accuracy": 0.5})
    assert [run.status for run in outcome.runs] == ["done", "failed"] * 2
    assert outcome.runs[1].message == "your function returned 3, expected a dict such as {'test_accuracy': 0.97}"


def test_a_good_answer_becomes_a_run() -> None:
    metrics: Mapping[str, Any] = {
        "test_accuracy": np.float32(0.5), "test_loss": np.array(2), "training_loss": np.array([1.0, 0.5]),
        "validation_accuracy": (0, 1), "seconds": [0.25, 0.5], "parameters": 12,
    }  # fmt: skip
    assert checked(metrics, TRIALS[0], 9.0) == Run(
        "relu", 0, 0.5, test_accuracy=0.5, test_loss=2.0, training_loss=(1.0, 0.5), validation_accuracy=(0.0, 1.0),
        step_seconds=(0.25, 0.5), parameters=12,
    )  # fmt: skip


def test_a_loss_that_is_no_number_has_diverged() -> None:
    run = checked({"test_accuracy": float("nan"), "training_loss": [1, float("inf")]}, TRIALS[0], 3.0)
    assert (run.status, run.diverged_epoch, run.step_seconds) == ("diverged", 2, (3.0,))


# ---- PyTorch ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows() -> Dataset:
    return load("digits", Settings(limit=640))


def perceptron(activation: Any) -> Any:
    from torch import nn

    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), activation, nn.Linear(32, 10))


def in_torch(dataset: Dataset, make_model: Callable[[Any], Any] = perceptron, **settings: Any) -> Run:
    pytest.importorskip("torch")
    chosen = Settings(limit=640, **{"epochs": 3, "learning_rate": 0.01, **settings})
    trial = Trial("gelu", 3, settings.get("learning_rate", 0.01))
    return trained(torch_training(make_model), trial, nl.get("gelu"), chosen, dataset)


@pytest.mark.parametrize(
    "settings", [{}, {"optimizer": "adamw"}, {"optimizer": "sgd", "schedule": "cosine", "learning_rate": 0.1}], ids=str
)
def test_a_torch_model_learns(rows: Dataset, settings: dict[str, Any]) -> None:
    run = in_torch(rows, **settings)
    assert run.test_accuracy > 0.75
    assert run.training_loss[2] < run.training_loss[0] < 2.4
    assert len(run.validation_accuracy) == len(run.step_seconds) == 3
    assert (run.parameters, run.steps_per_epoch) == (64 * 32 + 32 + 320 + 10, 576 // 32)


def test_a_torch_run_is_fixed_by_its_seed(rows: Dataset) -> None:
    import torch

    torch.manual_seed(5)
    first = in_torch(rows, epochs=1)
    assert without_time(in_torch(rows, epochs=1)) == without_time(first)
    assert torch.initial_seed() == 5


def test_a_torch_model_of_another_scale_still_sees_channels_first(rows: Dataset) -> None:
    shapes = []

    def make_model(activation: Any) -> Any:
        model = perceptron(activation)
        model.register_forward_pre_hook(lambda _, images: shapes.append(tuple(images[0].shape)))
        return model

    in_torch(rows, make_model, epochs=1)
    assert set(shapes[1:18]) == {(32, 1, 8, 8)}


def test_a_torch_model_that_diverges_says_when(rows: Dataset) -> None:
    run = in_torch(rows, optimizer="sgd", learning_rate=1e30)
    assert (run.status, run.diverged_epoch, len(run.validation_loss)) == ("diverged", 1, 1)


@pytest.mark.parametrize(
    ("make_model", "message"),
    [
        (lambda activation: None, r"make_model returned NoneType, expected a torch\.nn\.Module"),
        (
            lambda activation: activation,
            r"the model gives \(1, 1, 8, 8\) for one example of \(1, 8, 8\), expected .*10\)",
        ),
        (3, r"torch_training got 3, expected a function that makes the model, such as lambda activation"),
    ],
    ids=["nothing", "no logits", "no function"],
)
def test_a_torch_model_that_cannot_be_trained_is_refused(rows: Dataset, make_model: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        in_torch(rows, make_model)


def test_a_torch_model_is_trained_in_a_worker(rows: Dataset, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    settings = Settings(epochs=1, limit=640)
    work = Job({"gelu": nl.get("gelu")}, settings, rows, train=torch_training(perceptron))
    with Store.open(tmp_path / "study.sqlite", work.conditions) as store:
        outcome = run_trials([Trial("gelu", 3, 0.01)], work, store)
    assert without_time(outcome.runs[0]) == without_time(in_torch(rows, epochs=1))


# ---- what a training function is -------------------------------------------------------------------------------------


class Scaled:
    """A training function with a value of its own."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        return {"test_accuracy": self.factor}


def enclosing(value: Any) -> Callable[[], Any]:
    return lambda: value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: 1, lambda: 2),
        (Scaled(0.1), Scaled(0.2)),
        (partial(plain, seed=1), partial(plain, seed=2)),
        (torch_training(lambda activation: 1), torch_training(lambda activation: 2)),
        (enclosing(1), enclosing(2)),
        (enclosing(lambda: lambda: 1), enclosing(lambda: lambda: 2)),
        (Scaled(0.1).__call__, Scaled(0.2).__call__),
        (lambda depth=1: depth, lambda depth=2: depth),
    ],
    ids=["functions", "objects", "partial", "models", "closures", "inner functions", "methods", "defaults"],
)
def test_another_training_function_is_another_study(one: Any, other: Any) -> None:
    assert described(one) != described(other)
    assert described(cloudpickle.loads(cloudpickle.dumps(one))) == described(one)


def test_a_wrapped_training_function_is_what_it_wraps() -> None:
    assert described(lru_cache(lambda: 1)) != described(lru_cache(lambda: 2))


def test_a_recursive_training_function_can_be_told() -> None:
    def train(depth: int) -> int:
        return train(depth - 1) if depth else 0

    assert described(train) == described(train)


# ---- bad arguments ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, r"workers must be a whole number of at least 1, got workers=0"),
        ({"workers": 1.5}, r"workers must be a whole number of at least 1, got workers=1\.5"),
        ({"time_limit": 0}, r"time_limit must be a number of seconds above 0, got time_limit=0"),
        ({"time_limit": "1"}, r"time_limit must be a number of seconds above 0, got time_limit='1'"),
    ],
)
def test_bad_arguments_are_refused(carried_out: CarryOut, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        carried_out(plain, **options)


def test_the_environment_says_how_many_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NONLIN_WORKERS", "3")
    assert (worker_count(None), worker_count(5)) == (3, 5)
    monkeypatch.setenv("NONLIN_WORKERS", "all")
    with pytest.raises(InputError, match=r"NONLIN_WORKERS must be a whole number of at least 1, got 'all'; correct or"):
        worker_count(None)


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({}, 8),
        ({"/sys/fs/cgroup/cpu.max": "max 100000"}, 8),
        ({"/sys/fs/cgroup/cpu.max": "200000 100000"}, 2),
        ({"/sys/fs/cgroup/cpu.max": "50000 100000"}, 1),
        ({f"/sys/fs/cgroup/cpu/cpu.cfs_{n}_us": v for n, v in (("quota", "300000"), ("period", "100000"))}, 3),
        ({f"/sys/fs/cgroup/cpu/cpu.cfs_{n}_us": v for n, v in (("quota", "-1"), ("period", "100000"))}, 8),
    ],
    ids=str,
)
def test_one_worker_per_core_that_may_be_used(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], count: int
) -> None:
    monkeypatch.setattr(execution.os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(cores, "_read", lambda path: files.get(path, ""))
    assert cores.cores() == count


def test_activations_take_turns() -> None:
    turns = [(t.activation, t.seed) for t in interleaved(TRIALS)]
    assert turns == [("relu", 0), ("tanh", 0), ("relu", 1), ("tanh", 1)]


# ---- drivers that are killed, stopped, or not alone ------------------------------------------------------------------

DRIVER = """
import json, os, signal, sys, time
from dataclasses import asdict
import numpy as np
import nonlin as nl
from nonlin.study.data import Dataset, Examples
from nonlin.study.execution import run_trials
from nonlin.study.job import Job
from nonlin.study.records import Trial
from nonlin.study.settings import Settings
from nonlin.study.store import Store

signal.signal(signal.SIGINT, signal.default_int_handler)
folder, pause, seeds = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])

def train(activation, seed, settings):
    with open(f"{folder}/begun", "a") as file:
        file.write(f"{activation.name} {seed} {os.getpid()}\\n")
    time.sleep(pause)
    return {"test_accuracy": (seed % 97) / 97, "training_loss": [seed / 3, 1 / (seed + 1)], "seconds": 0.5}

part = Examples(np.zeros((4, 2), np.float32), np.arange(4, dtype=np.int32) % 2)
names = ("relu", "tanh", "elu")
data, settings = Dataset("d", part, part, part, 2), Settings(seeds=seeds, epochs=2)
job = Job({n: nl.get(n) for n in names}, settings, data, train=train)
store = Store.open(f"{folder}/study.sqlite", job.conditions)
trials = [Trial(name, seed, 0.1) for name in names for seed in range(seeds)]
tell = lambda p: print("done", p.trials_done, flush=True)
outcome = run_trials(trials, job, store, workers=2, progress=tell)
print(json.dumps([run.as_record() for run in outcome.runs]))
"""  # no "if __name__ ...", and read from standard input: a notebook is no different


class Driver:
    """A process that carries out a study of 3 activations x ``seeds``."""

    def __init__(self, folder: Path, pause: float = 0.02, seeds: int = 10) -> None:
        asked = [sys.executable, "-", str(folder), str(pause), str(seeds)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(asked, text=True, **pipes)  # type: ignore[call-overload]
        self.process.stdin.write(DRIVER)
        self.process.stdin.close()

    def lines(self, wanted: int) -> None:
        """Read so many lines."""
        for _ in range(wanted):
            self.process.stdout.readline()

    def end(self) -> tuple[str, str]:
        out, error = self.process.stdout.read(), self.process.stderr.read()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
        return out, error

    def runs(self) -> list[dict[str, Any]]:
        out, error = self.end()
        assert self.process.returncode == 0, error
        return json.loads(out.splitlines()[-1])  # type: ignore[no-any-return]


def begun(folder: Path) -> list[tuple[str, int]]:
    path = folder / "begun"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(name, int(seed)) for name, seed, _ in map(str.split, lines)]


def workers(folder: Path) -> set[int]:
    return {int(line.split()[2]) for line in (folder / "begun").read_text().splitlines()}


def stored(folder: Path) -> set[tuple[str, int]]:
    with Store.existing(folder / "study.sqlite") as store:
        return {(run.activation, run.seed) for run in store.runs()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What an uninterrupted driver reports."""
    folder = tmp_path_factory.mktemp("whole")
    runs = Driver(folder).runs()
    assert len(begun(folder)) == len(runs) == 30
    return runs


def test_a_study_killed_again_and_again_ends_as_if_it_had_not_been(tmp_path: Path, whole: list[dict[str, Any]]) -> None:
    chance = random.Random(0)  # noqa: S311
    for _ in range(3):
        driver = Driver(tmp_path)
        driver.lines(chance.randint(2, 12))
        time.sleep(chance.uniform(0, 0.05))
        driver.process.kill()
        driver.end()
        done, before = stored(tmp_path), len(begun(tmp_path))
        assert gone(workers(tmp_path)), "the workers outlive the driver"
        assert not set(begun(tmp_path)[before:]) & done
    kept = stored(tmp_path)
    before = len(begun(tmp_path))
    assert 0 < len(kept) < 30
    assert Driver(tmp_path).runs() == whole
    assert sorted(begun(tmp_path)[before:]) == sorted(
        {(n, s) for n in ("relu", "tanh", "elu") for s in range(10)} - kept
    )


def test_two_drivers_share_a_study(tmp_path: Path, whole: list[dict[str, Any]]) -> None:
    pair = [Driver(tmp_path), Driver(tmp_path)]
    assert [driver.runs() for driver in pair] == [whole, whole]
    assert len(begun(tmp_path)) == len(set(begun(tmp_path))) == 30
    assert len(workers(tmp_path)) > 2, "only one driver worked"


def test_the_survivor_takes_over_what_the_other_had_claimed(tmp_path: Path, whole: list[dict[str, Any]]) -> None:
    pair = [Driver(tmp_path), Driver(tmp_path)]
    pair[0].lines(5)
    pair[0].process.kill()
    assert pair[1].runs() == whole
    pair[0].end()
    assert len(begun(tmp_path)) <= 30 + 2


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(tmp_path: Path, whole: list[dict[str, Any]]) -> None:
    driver = Driver(tmp_path)
    driver.lines(8)
    driver.process.send_signal(signal.SIGINT)
    _, error = driver.end()
    done = stored(tmp_path)
    expected = f"Stopped: stopped after {len(done)} of 30 trials; the same call or command goes on from there"
    assert error.splitlines()[-1].endswith(expected)
    assert gone(workers(tmp_path), 2)
    with Store.existing(tmp_path / "study.sqlite") as store:
        assert store._rows("SELECT count(*) FROM claims") == [(0,)]
    assert Driver(tmp_path).runs() == whole


# ---- large studies ---------------------------------------------------------------------------------------------------


def test_a_thousand_trials_resume_in_less_than_two_seconds(tmp_path: Path) -> None:
    settings = Settings(epochs=50, seeds=500)
    work = replace(job(plain, settings), dataset=load("digits", settings))
    trials = [Trial(name, seed, 0.001) for name in NAMES for seed in range(500)]
    curve = tuple(1 / n for n in range(1, 51))
    runs = [Run(**vars(t), training_loss=curve, validation_loss=curve, test_accuracy=0.5) for t in trials]
    with Store.open(tmp_path / "study.sqlite", work.conditions) as store, store._writing() as connection:
        rows = [(work.key(trial), *_row(run)) for trial, run in zip(trials, runs, strict=True)]
        connection.executemany("INSERT INTO runs VALUES (?, ?, ?)", rows)
    started = time.perf_counter()
    with Store.open(tmp_path / "study.sqlite", work.conditions) as again:
        outcome = run_trials(trials, work, again)
    assert time.perf_counter() - started < 2
    assert (outcome.trained, len(outcome.runs)) == (0, 1000)
