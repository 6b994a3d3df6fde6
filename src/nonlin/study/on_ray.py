"""Trials on a Ray cluster: each is one task, and the driver alone writes to the store.

Addresses: "ray" starts Ray on this machine for the time of the study; "ray://host:port" is a cluster reached as a Ray
client; "host:port", or "auto" on one of its machines, an existing cluster. A program that has called ``ray.init``
itself keeps that connection, whatever the address. nonlin must be installed on every machine, in the same version.

A task hands its trial to a worker process of its own, as the driver does without Ray: results are the same to the bit
on machines of one kind, and neither a crash nor the time limit costs Ray its worker. What a lost machine was at, Ray
runs again elsewhere.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

from nonlin.errors import InputError, MissingDependency
from nonlin.study.events import Died, Event, Finished, Rejected
from nonlin.study.job import Packed
from nonlin.study.processes import Processes
from nonlin.study.records import Run, Trial

EMBEDDED = "ray"
REACH = 5.0
"""Seconds to wait for an answer from an address. Ray itself would try for minutes."""
CONNECTS = 3
"""How often a cluster is asked for a client's connection that it aborts."""
RETRIES = 3
"""How often Ray runs a task again whose machine was lost."""
RECOUNT = 2.0
"""Seconds between two looks at the size of the cluster."""
HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""How a client of HTTP/2 begins (RFC 9113, 3.4), with empty settings: Ray's servers answer with theirs, of type 4."""
SETTINGS_FRAME = 4
START = "start one with 'ray start --head' or correct the address"
WAIT = 60.0
Answer = dict[str, Any]


class Cluster:
    """A pool of trials on a Ray cluster, at most ``workers`` at a time, by default one per CPU of the cluster.

    Raises MissingDependency without Ray, InputError for an address where no cluster answers.
    """

    tries = 1  # Ray has tried again already

    def __init__(self, job: Packed, address: str, workers: int | None, time_limit: float | None) -> None:
        self._ray, self._ours = _connected(address, workers)
        self._workers = workers
        self._limit, self._job = time_limit, [self._ray.put(job)]  # in a list: the task asks for it, and keeps it
        self._task = self._ray.remote(num_cpus=1, max_retries=RETRIES)(train_one)
        self._running: dict[Any, Trial] = {}
        self._size, self._counted = self._cpus(), time.monotonic()
        if self._size < 1:
            self.close()
            raise InputError(f"the Ray cluster at {address!r} has no CPU to train on; add a machine")

    def choice(self, waiting: Sequence[Trial]) -> Trial | None:
        """The next trial, while fewer run than the cluster has room for."""
        if time.monotonic() - self._counted > RECOUNT:
            self._size, self._counted = self._cpus(), time.monotonic()
        room = min(self._size, self._workers or self._size)
        return waiting[0] if waiting and len(self._running) < max(1, room) else None

    def _cpus(self) -> int:
        return int(self._ray.cluster_resources().get("CPU", 0))

    def start(self, trial: Trial) -> None:
        """Hand a trial to Ray."""
        self._running[self._task.remote(self._job, asdict(trial), self._limit)] = trial

    def events(self, seconds: float) -> Iterator[Event]:
        """What has ended, after a wait of at most so long."""
        if not self._running:
            time.sleep(seconds)
            return
        ended, _ = self._ray.wait(list(self._running), num_returns=1, timeout=seconds)
        for ref in ended:
            yield self._event(ref, self._running.pop(ref))

    def _event(self, ref: Any, trial: Trial) -> Event:
        try:
            answer: Answer = self._ray.get(ref)
        except self._ray.exceptions.RayTaskError as error:
            return Rejected(f"a Ray worker cannot train: {_last_line(error)}")
        except self._ray.exceptions.RayError as error:
            return Died(trial, f"its Ray worker was lost {RETRIES + 1} times: {_last_line(error)}")
        if "refused" in answer:
            return Rejected(answer["refused"])
        return Finished(trial, Run.from_record(answer["run"]))

    def close(self) -> None:
        """End the tasks, and Ray if it was started or connected to here."""
        for ref in self._running:
            with suppress(self._ray.exceptions.RayError, ValueError):  # ended by itself meanwhile
                self._ray.cancel(ref, force=True)
        if self._ours:
            self._ray.shutdown()


def _last_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip()


# ---- the connection --------------------------------------------------------------------------------------------------


def _connected(address: str, workers: int | None) -> tuple[Any, bool]:
    """The library, connected; and whether to disconnect in the end."""
    if find_spec("ray") is None:
        raise MissingDependency(f"--on {address} needs ray, which is not installed; run: pip install nonlin[ray]")
    _check_address(address)
    import ray

    if ray.is_initialized():
        return ray, False
    where: dict[str, Any] = {"address": address}
    if address == EMBEDDED:
        where = {"address": "local", "num_cpus": workers, "include_dashboard": False}
    try:
        _init(ray, where)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"no Ray cluster can be used at {address!r} ({_last_line(error)}); {START}") from error
    return ray, True


def _init(ray: Any, where: Mapping[str, Any]) -> None:
    """Connect. What the cluster starts for a client can fail at its start, once in a while: then it is asked again."""
    for left in reversed(range(CONNECTS)):
        try:
            ray.init(**where, log_to_driver=False, logging_level=logging.ERROR)
            return
        except (OSError, RuntimeError, ValueError) as error:
            ray.shutdown()  # a client that failed would else take every later call for its own
            if not (left and isinstance(error, ConnectionAbortedError)):
                raise


def _check_address(address: str) -> None:
    if address in (EMBEDDED, "auto"):
        return
    match = re.fullmatch(r"(?:ray://)?\[?([^/]+?)\]?:(\d{1,5})", address)
    if match is None:
        raise InputError(f"no address {address!r} to train on; expected 'ray', 'ray://host:port' or 'host:port'")
    try:
        _check_answer(match[1], int(match[2]))
    except (OSError, OverflowError, UnicodeError) as error:
        raise InputError(f"no Ray cluster can be reached at {address!r} ({_last_line(error)}); {START}") from error


def _check_answer(host: str, port: int) -> None:
    """Raise OSError where nothing answers as Ray's servers do."""
    with socket.create_connection((host, port), timeout=REACH) as connection:
        if os.environ.get("RAY_USE_TLS") == "1":  # it would answer in cipher
            return
        connection.sendall(HELLO)
        head = connection.recv(9, socket.MSG_WAITALL)
    if len(head) < 9 or head[3] != SETTINGS_FRAME:
        raise ConnectionError("what answers there is not Ray")


# ---- in a task -------------------------------------------------------------------------------------------------------

_pools: dict[Any, Processes] = {}
"""The worker process of this Ray worker, by what it was made for; kept for the next task, as it has compiled."""


def train_one(job: Sequence[Any], trial: Mapping[str, Any], time_limit: float | None) -> Answer:
    """The task: train one trial of a job, which is a list of one reference to it."""
    one, pool = Trial(**trial), _pool((job[0], time_limit))
    for _ in range(pool.tries):
        pool.start(one)
        event = _end(pool)
        if not isinstance(event, Died):
            break
    if isinstance(event, Rejected):
        return {"refused": event.message}
    return {"run": (event.run if isinstance(event, Finished) else event.last(pool.tries)).as_record()}


def _end(pool: Processes) -> Finished | Rejected | Died:
    while True:
        for event in pool.events(WAIT):
            if isinstance(event, Finished | Rejected | Died):
                return event


def _pool(made_for: tuple[Any, float | None]) -> Processes:
    import ray

    if made_for not in _pools:
        while _pools:
            _pools.popitem()[1].close()
        job, time_limit = made_for
        packed: Packed = ray.get(job)
        _pools[made_for] = Processes(packed, list(packed.header["activations"]), 1, time_limit)
    return _pools[made_for]
