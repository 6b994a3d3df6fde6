"""One SQLite file per study: every finished trial is one transaction, and every trial is trained by one process only.

The rollback journal, not a write-ahead log: it works in network folders, where memory cannot be shared. A run is kept
as a JSON record; its numbers per epoch as one row of float64 bytes, which keeps 100 runs of 50 epochs below 1 MB.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import struct
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from itertools import count
from os import PathLike
from pathlib import Path
from secrets import token_hex
from typing import Any, Self

from nonlin.errors import DataError, InputError
from nonlin.study.records import PHASES, Run

SCHEMA = 1
"""The version of the tables."""
MAGIC = b"SQLite format 3\0"
APPLICATION = 0x6E6C696E
"""What marks an SQLite file as a study of nonlin: "nlin"."""
TIMEOUT = 20.0
"""Seconds to wait for a lock that another process holds."""
HEARTBEAT, LEASE = 10.0, 60.0
"""Seconds between two renewals of a claim, and after which a claim that was not renewed is void."""

TABLES = (
    "CREATE TABLE study (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE runs (key TEXT PRIMARY KEY, record TEXT NOT NULL, curves BLOB NOT NULL)",
    "CREATE TABLE claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL, renewed REAL NOT NULL)",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {SCHEMA}",
)
CURVES = tuple(f.name for f in fields(Run) if "tuple[float" in str(f.type))
MAY_GROW = ("activations", "seeds")
"""What may be added to an existing study: more activations, more seeds."""

REASONS = {  # by the beginning of SQLite's name of an error
    "SQLITE_BUSY": "is locked by another process; wait until that is done, or close it, and try again",
    "SQLITE_LOCKED": "is locked by another process; wait until that is done, or close it, and try again",
    "SQLITE_READONLY": "cannot be written (read-only file or folder); make it writable or choose another folder",
    "SQLITE_CANTOPEN": "cannot be opened; expected a file in a folder that exists and can be written",
    "SQLITE_PERM": "cannot be opened for want of permission; choose another folder",
    "SQLITE_FULL": "cannot grow, the disk is full; finished trials are kept, so make room and the same call goes on",
    "SQLITE_IOERR": "cannot be read or written ({error}); finished trials are kept, so see that the disk works and has "
    "room, and the same call goes on",
    "SQLITE_NOTADB": "is not the file of a study; choose another folder, it was not touched",
    "SQLITE_CORRUPT": "is damaged ({error}); choose another folder or restore a copy, it was not touched",
}


class Store:
    """The file of one study. Made by :meth:`open` or :meth:`existing`; use it in one thread.

    ``conditions``: what every run in it was trained under. ``owner``: this process, in claims.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, conditions: Mapping[str, Any]) -> None:
        self.path, self._connection, self.conditions = path, connection, dict(conditions)
        self.owner = f"{_process(os.getpid())} {token_hex(4)}"

    @classmethod
    def open(cls, path: str | PathLike[str], conditions: Mapping[str, Any], *, timeout: float = TIMEOUT) -> Self:
        """The store at ``path``, made if there is none, to add runs trained under ``conditions`` (types of JSON).

        An existing study must have the same conditions, except that activations and seeds may be added; one in which
        nothing was finished and nobody works is begun anew. Raises InputError for a study of other conditions or
        another version, DataError for a file that cannot be used.
        """
        target = Path(path)
        with _errors(target):
            connection = _connected(target, "rwc", timeout)
            with _closed_on_error(connection), _transaction(connection):
                if not _tables(connection):
                    _create(connection, conditions)
                return cls(target, connection, _agreed(connection, target, conditions))

    @classmethod
    def existing(cls, path: str | PathLike[str], *, timeout: float = TIMEOUT) -> Self:
        """The store of a study that is there already, to be read; the file may be read-only."""
        target = Path(path)
        if not target.is_file():
            raise DataError(f"there is no study file {str(target)!r}; expected one that nonlin compare wrote")
        with _errors(target):
            connection = _connected(target, "rw", timeout)
            with _closed_on_error(connection):
                _check_file(connection, target)
                return cls(target, connection, json.loads(_recall(connection, "conditions") or "{}"))

    def close(self) -> None:
        """Close the file; the store cannot be used any more."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- runs ----

    def keys(self) -> set[str]:
        """The keys of all stored runs."""
        return {key for (key,) in self._rows("SELECT key FROM runs")}

    def stored(self) -> dict[str, Run]:
        """All runs by their keys, in the order in which they were finished."""
        return {k: _run(r, c) for k, r, c in self._rows("SELECT key, record, curves FROM runs ORDER BY rowid")}

    def runs(self) -> list[Run]:
        """All runs: tuning first, by activation in the order of the conditions, then by seed and learning rate."""
        places = {name: place for place, name in enumerate(self.conditions.get("activations", ()))}

        def order(run: Run) -> tuple[Any, ...]:
            return PHASES.index(run.phase), places.get(run.activation, len(places)), run.seed, run.learning_rate

        return sorted(self.stored().values(), key=order)

    def add(self, key: str, run: Run) -> bool:
        """Store a run and end the claim on it in one transaction; False, and no run changed, if it is already there."""
        with self._writing() as connection:
            added = connection.execute("INSERT OR IGNORE INTO runs VALUES (?, ?, ?)", (key, *_row(run))).rowcount
            connection.execute("DELETE FROM claims WHERE key = ?", (key,))
        return added > 0

    def drop_failed(self) -> int:
        """Remove the runs that failed, so that they are tried again; how many there were."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM runs WHERE json_extract(record, '$.status') = 'failed'").rowcount

    # ---- claims ----

    def claim(self, keys: Iterable[str]) -> set[str]:
        """Those of ``keys`` that this process may train now: neither stored nor claimed by a process that lives."""
        with self._writing() as connection:
            _check_same(_conditions(connection), self.conditions, self.path)
            return {key for key in keys if self._claimed(connection, key)}

    def _claimed(self, connection: sqlite3.Connection, key: str) -> bool:
        if connection.execute("SELECT 1 FROM runs WHERE key = ?", (key,)).fetchone():
            return False
        held = connection.execute("SELECT owner, renewed FROM claims WHERE key = ?", (key,)).fetchone()
        if held and held[0] != self.owner and _alive(*held):
            return False
        connection.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", (key, self.owner, time.time()))
        return True

    def renew(self) -> None:
        """Say that this process still works on what it has claimed; due every HEARTBEAT seconds."""
        with self._writing() as connection:
            connection.execute("UPDATE claims SET renewed = ? WHERE owner = ?", (time.time(), self.owner))

    def release(self) -> None:
        """Give up all claims of this process."""
        with self._writing() as connection:
            connection.execute("DELETE FROM claims WHERE owner = ?", (self.owner,))

    # ---- other texts ----

    def remember(self, name: str, value: Any) -> None:
        """Keep something else of the study, in the types of JSON, under a name."""
        with self._writing() as connection:
            _remember(connection, name, value)

    def recall(self, name: str) -> Any:
        """What :meth:`remember` kept; None if there is nothing of that name."""
        with _errors(self.path):
            found = _recall(self._connection, name)
        return None if found is None else json.loads(found)

    def _rows(self, query: str) -> list[Any]:
        with _errors(self.path):
            return self._connection.execute(query).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with _errors(self.path), _transaction(self._connection):
            yield self._connection


# ---- the file --------------------------------------------------------------------------------------------------------


def _connected(path: Path, mode: str, timeout: float) -> sqlite3.Connection:
    if path.is_file() and not _begins_well(path):
        raise DataError(f"the study file {str(path)!r} {REASONS['SQLITE_NOTADB']}")
    address = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _begins_well(path: Path) -> bool:
    """Whether a file is empty or begins as SQLite's do; SQLite itself would overwrite one of a few bytes."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) in (b"", MAGIC)
    except OSError as error:
        raise DataError(f"the study file {str(path)!r} cannot be read ({error.strerror}); choose another") from error


@contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it already
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """SQLite's errors as sentences."""
    try:
        yield
    except sqlite3.Error as error:
        name = str(getattr(error, "sqlite_errorname", ""))
        reason = next((r for start, r in REASONS.items() if name.startswith(start)), "cannot be used ({error})")
        raise DataError(f"the study file {str(path)!r} {reason.format(error=error)}") from error


def _tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _create(connection: sqlite3.Connection, conditions: Mapping[str, Any]) -> None:
    for statement in TABLES:
        connection.execute(statement)
    _remember(connection, "conditions", conditions)


def _check_file(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is damaged, not a study, or of another version."""
    (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if state != "ok":
        raise DataError(
            f"the study file {str(path)!r} {REASONS['SQLITE_CORRUPT'].format(error=state.splitlines()[-1])}"
        )
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise DataError(f"the study file {str(path)!r} {REASONS['SQLITE_NOTADB']}")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != SCHEMA:
        raise InputError(
            f"the study file {str(path)!r} has format {version}, expected {SCHEMA}; use the version of nonlin that "
            "wrote it or choose another folder"
        )


def _remember(connection: sqlite3.Connection, name: str, value: Any) -> None:
    connection.execute("INSERT OR REPLACE INTO study VALUES (?, ?)", (name, json.dumps(value)))


def _recall(connection: sqlite3.Connection, name: str) -> str | None:
    found = connection.execute("SELECT value FROM study WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else None


# ---- conditions ------------------------------------------------------------------------------------------------------


def _agreed(connection: sqlite3.Connection, path: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions of the study, grown by what is asked for; refused where they differ."""
    _check_file(connection, path)
    asked = json.loads(json.dumps(asked))  # tuples are lists there
    stored: Mapping[str, Any] = _conditions(connection)
    if _untouched(connection) and _difference(stored, asked):  # such as one refused before its first trial
        connection.execute("DELETE FROM study")
        stored = asked
    _check_same(stored, asked, path)
    grown: dict[str, Any] = _grown(stored, asked)
    _remember(connection, "conditions", grown)  # also where they are the same: shows now that the file can be written
    return grown


def _conditions(connection: sqlite3.Connection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_recall(connection, "conditions") or "{}")
    return found


def _untouched(connection: sqlite3.Connection) -> bool:
    """Whether a study holds no run and nobody works on it, so that nothing is lost with its conditions."""
    if connection.execute("SELECT 1 FROM runs").fetchone():
        return False
    return not any(_alive(*claim) for claim in connection.execute("SELECT owner, renewed FROM claims"))


def _check_same(stored: Any, asked: Any, path: Path) -> None:
    _check_code(stored.get("code", {}), asked.get("code", {}), path)
    if difference := _difference(stored, asked):
        raise InputError(f"the study file {str(path)!r} holds a study with {difference}; choose another folder")


def _check_code(stored: Mapping[str, str], asked: Mapping[str, str], path: Path) -> None:
    """Refuse runs of other versions, told in a sentence of its own: here no setting differs."""
    for name in stored:
        if asked.get(name) not in (None, stored[name]):
            raise InputError(
                f"the networks in the study file {str(path)!r} were trained with {name} {stored[name]}, here is {name} "
                f"{asked[name]}, which may give other numbers; choose another folder, or go on with the version that "
                "began it"
            )


def _grown(stored: Any, asked: Any) -> Any:
    if not isinstance(stored, dict):
        return stored
    grown = {**asked, **{k: _grown(v, asked[k]) for k, v in stored.items() if k in asked}}
    if "activations" in stored:
        grown["activations"] = stored["activations"] | asked["activations"]
    if "seeds" in stored:
        grown["seeds"] = max(stored["seeds"], asked["seeds"])
    return grown


def _difference(stored: Any, asked: Any, name: str = "conditions") -> str | None:
    """The first difference in words, such as "epochs=5, not epochs=20"."""
    if isinstance(stored, dict) and isinstance(asked, dict):
        return next((d for k in {**stored, **asked} if (d := _difference_at(stored, asked, k, name))), None)
    if stored == asked:
        return None
    if any(isinstance(v, dict) or len(str(v)) > 30 for v in (stored, asked)):
        return f"another {name}"
    return f"{name}={stored!r}, not {name}={asked!r}"


def _difference_at(stored: dict[str, Any], asked: dict[str, Any], key: str, name: str) -> str | None:
    if name == "activations":
        same = key not in stored or key not in asked or stored[key] == asked[key]
        return None if same else f"another activation called {key!r}"
    if key == "seeds":
        return None
    return _difference(stored.get(key), asked.get(key), key)


# ---- rows ------------------------------------------------------------------------------------------------------------


def _row(run: Run) -> tuple[str, bytes]:
    """A run as JSON, with the lengths of its curves in their place, and the curves' numbers one after another."""
    curves = {name: getattr(run, name) for name in CURVES}
    record = run.as_record() | {name: len(curve) for name, curve in curves.items()}
    numbers = [value for curve in curves.values() for value in curve]
    return json.dumps(record), struct.pack(f"<{len(numbers)}d", *numbers)


def _run(text: str, curves: bytes) -> Run:
    try:
        record, place = json.loads(text), count()
        numbers = struct.unpack(f"<{len(curves) // 8}d", curves)
        whole = {name: [numbers[next(place)] for _ in range(record[name])] for name in CURVES if name in record}
        return Run.from_record(record | whole)
    except (ValueError, TypeError, KeyError, IndexError, struct.error) as error:
        raise DataError(f"a run in the study file is damaged ({error}); restore a copy of the file") from error


# ---- processes -------------------------------------------------------------------------------------------------------


def _process(pid: int) -> str:
    """A process as text: machine, number, and where the system tells it, when it started (numbers are used again)."""
    return f"{socket.gethostname()} {pid} {_started(pid)}"


def _started(pid: int) -> str:
    """When a process started, as the system counts; "?" where it cannot be told or the process has ended."""
    try:
        state, *numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "?"
    return "?" if state in "ZX" else numbers[18]  # Z: dead, and not yet waited for


def _alive(owner: str, renewed: float) -> bool:
    """Whether a claim holds: renewed lately, and its process, if it is one of this machine, not seen to be gone."""
    host, pid, started, _ = owner.rsplit(" ", 3)
    here = host == socket.gethostname() and started != "?"
    return time.time() - renewed < LEASE and (not here or _started(int(pid)) == started)
