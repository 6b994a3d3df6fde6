"""The same study on a Ray cluster: a real one, of several nodes on this machine, one of which is lost in mid-study."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nonlin as nl
from nonlin.errors import InputError, MissingDependency
from nonlin.study import on_ray
from nonlin.study.data import Dataset, Examples, load
from nonlin.study.execution import Outcome, run_trials
from nonlin.study.job import Job
from nonlin.study.records import Run, Trial
from nonlin.study.settings import Settings
from nonlin.study.store import Store

ray = pytest.importorskip("ray")

pytestmark = [  # what Ray leaves to the operating system
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PART = Examples(np.zeros((4, 2), np.float32), np.arange(4, dtype=np.int32) % 2)
SMALL = Dataset("small", PART, PART, PART, 2)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head without CPUs, which serves Ray clients, and two nodes of one CPU."""
    from ray.cluster_utils import Cluster

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    head = {"num_cpus": 0, "include_dashboard": False, "ray_client_server_port": port}
    made = Cluster(initialize_head=True, head_node_args=head)
    made.client = f"ray://127.0.0.1:{port}"
    made.extra = [made.add_node(num_cpus=1, wait=False) for _ in range(2)]
    made.wait_for_nodes()
    yield made
    made.shutdown()
    for process in [thing for thing in gc.get_objects() if issubclass(type(thing), subprocess.Popen)]:
        try:  # Ray does not wait for those that it ends, which Python would complain of later
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def carried_out(folder: Path, job: Job, trials: list[Trial], **options: Any) -> Outcome:
    with Store.open(folder / "study.sqlite", job.conditions) as store:
        return run_trials(trials, job, store, **options)


def without_time(run: Run) -> str:
    return repr(replace(run, step_seconds=(), compile_seconds=0.0))


def test_a_node_lost_in_mid_study_changes_nothing(cluster: Any, tmp_path: Path) -> None:
    log = tmp_path / "begun"

    def train(activation: Any, seed: int, settings: Settings, dataset: Dataset) -> dict[str, Any]:
        from nonlin.study.trainer import Trainer

        with log.open("a") as file:
            file.write(f"{activation.name} {seed}\n")
        if len(log.read_text().splitlines()) > 1:  # the first is soon done, so that both nodes are busy with others
            time.sleep(6)
        run = Trainer(activation, dataset, settings).train(Trial(activation.name, seed, settings.learning_rate))
        return {"test_accuracy": run.test_accuracy, "test_loss": run.test_loss, "training_loss": run.training_loss}

    settings = Settings(epochs=20, seeds=2, limit=400)
    job = Job({name: nl.get(name) for name in ("relu", "tanh")}, settings, load("digits", settings), train=train)
    trials = [Trial(name, seed, 0.003) for name in job.activations for seed in range(2)]

    def lose_a_node() -> None:
        """While both are at work: a third trial begins only on the node that has done the first."""
        while len(log.read_text().splitlines() if log.exists() else []) < 3:
            time.sleep(0.05)
        cluster.remove_node(cluster.extra.pop(), allow_graceful=False)

    lose = threading.Thread(target=lose_a_node, daemon=True)
    lose.start()
    outcome = carried_out(tmp_path, job, trials, on=cluster.address)
    lose.join(60)
    times = Counter(log.read_text().splitlines())
    assert len(cluster.extra) == 1
    assert sorted(times.values()) == [1, 1, 1, 2], "one trial was under way on the node that was lost"
    assert [(r.activation, r.seed, r.status) for r in outcome.runs] == [(t.activation, t.seed, "done") for t in trials]
    assert outcome.trained == len(trials)
    (tmp_path / "local").mkdir()
    local = carried_out(tmp_path / "local", job, trials)
    assert [without_time(run) for run in outcome.runs] == [without_time(run) for run in local.runs]
    assert not ray.is_initialized()


def test_a_ray_client_resumes_a_study_and_its_failures_are_those_of_this_machine(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ray.util.client.worker import Worker

    begin, tries = Worker._server_init, []

    def aborted_once(worker: Any, *arguments: Any) -> Any:
        """As Ray does now and then, when the process that it starts for a client ends at once."""
        tries.append(worker)
        if len(tries) == 1:
            raise ConnectionAbortedError("Starting Ray client server failed.")
        return begin(worker, *arguments)

    monkeypatch.setattr(Worker, "_server_init", aborted_once)
    log = tmp_path / "begun"

    def train(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        with log.open("a") as file:
            file.write(f"{seed}\n")
        if seed == 1:
            os._exit(5)
        if seed == 2:
            time.sleep(100)
        return {"test_accuracy": seed / 10}

    job = Job({"relu": nl.get("relu")}, Settings(seeds=4), SMALL, train=train)
    trials = [Trial("relu", seed, 0.1) for seed in range(4)]
    carried_out(tmp_path, job, trials[:1])
    outcome = carried_out(tmp_path, job, trials, on=cluster.client, time_limit=1)
    assert [run.status for run in outcome.runs] == ["done", "failed", "failed", "done"]
    assert outcome.runs[1].message == "twice: its process ended with exit code 5"
    assert outcome.runs[2].message == "took longer than the limit of 1 s"
    assert sorted(log.read_text().split()) == ["0", "1", "1", "2", "3"]
    assert len(tries) > 1, "Ray may abort more of them by itself"


def test_a_cluster_that_aborts_every_connection_is_refused_and_leaves_nothing(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ray.util.client.worker import Worker

    def abort(*_: object) -> None:
        raise ConnectionAbortedError("Starting Ray client server failed.")

    monkeypatch.setattr(Worker, "_server_init", abort)
    refused(
        cluster.client, r"no Ray cluster can be used at '.*' \(Starting Ray client server failed\.\); start one", 60
    )
    assert not ray.is_initialized()


def test_ray_is_started_on_this_machine_for_a_study(tmp_path: Path) -> None:
    def train(activation: Any, seed: int, settings: Settings) -> dict[str, float]:
        return {"test_accuracy": seed / 10}

    job = Job({"relu": nl.get("relu")}, Settings(seeds=2), SMALL, train=train)
    outcome = carried_out(tmp_path, job, [Trial("relu", 3, 0.1)], on="ray", workers=1)
    assert outcome.runs[0].test_accuracy == 0.3
    assert not ray.is_initialized()


# ---- addresses -------------------------------------------------------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def refused(address: str, message: str, within: float = 10) -> None:
    started = time.monotonic()
    with pytest.raises(InputError, match=message):
        on_ray._connected(address, None)
    assert time.monotonic() - started < within


@pytest.mark.parametrize("prefix", ["", "ray://"])
def test_an_address_where_nothing_is_is_refused(prefix: str) -> None:
    message = r"no Ray cluster can be reached at '.*' \(.*refused\); start one with 'ray start --head' or correct the"
    refused(f"{prefix}127.0.0.1:1", message)


@pytest.mark.parametrize("prefix", ["", "ray://"])
def test_an_address_where_something_else_answers_is_refused(
    silent: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_ray, "REACH", 0.2)
    refused(f"{prefix}{silent}", r"no Ray cluster can be reached at '.*' \(timed out\); start one with 'ray start")


def test_a_host_that_does_not_exist_is_refused() -> None:
    refused("ray://nowhere.invalid:10001", r"no Ray cluster can be reached at 'ray://nowhere\.invalid:10001' \(")


def test_what_ray_says_of_an_address_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**_: object) -> None:
        raise ConnectionError("first line\nCould not find any running Ray instance.")

    monkeypatch.setattr(ray, "init", init)
    refused("auto", r"no Ray cluster can be used at 'auto' \(Could not find any running Ray instance\.\); start one")


@pytest.mark.parametrize("address", ["", "rya", "ray://host", "http://host:1", "host:port"])
def test_what_is_no_address_is_refused(address: str) -> None:
    refused(address, r"no address '.*' to train on; expected 'ray', 'ray://host:port' or 'host:port'")


def test_ray_that_is_not_installed_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_ray, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"--on ray needs ray, which is not installed; run: pip install nonlin"):
        on_ray._connected("ray", None)
