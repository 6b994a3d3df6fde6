"""What a worker needs to train the trials of a study: identified, packed for another process, carried out."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property, partial
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, NamedTuple

from nonlin.core import Activation
from nonlin.errors import InputError
from nonlin.study.records import Run, Trial
from nonlin.study.settings import Settings
from nonlin.units import GatedUnit

if TYPE_CHECKING:
    from nonlin.study.data import Dataset
    from nonlin.study.models import Model
    from nonlin.study.trainer import Trainer

Unit = Activation | GatedUnit
Train = Callable[..., Mapping[str, Any]]

NOT_THE_TRIALS = ("seeds", "learning_rate", "grid", "tuning_seeds")
"""Settings that say which trials there are, not what one trial gives."""
NUMERICS = ("ops", "expression.py", "tree.py", "plan.py", "study/trainer.py", "study/models.py", "study/convolution.py",
            "study/initialisation.py", "study/custom.py", "study/torch_training.py")  # fmt: skip
"""The source that the numbers of a run come from, in the package's folder."""


class Refused(Exception):
    """Every trial of the study would fail for this reason; holds the sentence."""


@dataclass(frozen=True)
class Job:
    """What all trials of a study have in common.

    ``activations`` by their names in the study. ``model``: the user's pair of functions in place of the one that
    ``settings`` name. ``train``: the user's own training, see :mod:`nonlin.study.custom`, in place of ours.
    """

    activations: Mapping[str, Unit]
    settings: Settings
    dataset: Dataset
    model: Model | None = None
    train: Train | None = None

    @cached_property
    def conditions(self) -> dict[str, Any]:
        """All that the runs depend on, in the types of JSON: what a store holds to tell studies apart."""
        return {
            "settings": self.settings.as_record(),
            "data": {"data": self.dataset.name, "set of examples": self.dataset.fingerprint},
            "activations": {name: formula(unit) for name, unit in self.activations.items()},
            "model": described(self.model and (self.model.init, self.model.apply)),
            "train": described(self.train),
            "code": dict(code_version()),
        }

    def key(self, trial: Trial) -> str:
        """The identity of a trial in the store: it changes with anything that its run depends on."""
        return trial.key(json.dumps([self.conditions["activations"][trial.activation], self._shared], sort_keys=True))

    @cached_property
    def _shared(self) -> dict[str, Any]:
        settings = {k: v for k, v in self.conditions["settings"].items() if k not in NOT_THE_TRIALS}
        return {**self.conditions, "settings": settings, "activations": None}


def formula(unit: Unit) -> Any:
    """What the values of an activation depend on, and so not its name or its source."""
    if isinstance(unit, GatedUnit):
        return [unit.text, {k: p.default for k, p in unit.parameters.items()}]
    stored = json.loads(unit.to_json())
    return {k: stored[k] for k in ("formula", "stable", "known", "parameters")}


def described(user: Any) -> str | None:
    """The user's functions as text: their names, and a hash of what they do and of the values that they hold.

    Other functions that they call by name are not looked into.
    """
    if user is None:
        return None
    functions = user if isinstance(user, tuple) else (user,)
    return ", ".join(f"{_name(f)} ({_hash(_identity(f).encode())})" for f in functions)


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", None) or type(function).__qualname__


def _identity(value: Any, inside: tuple[Any, ...] = ()) -> str:
    """Text that stays the same in another process and changes with the value; of functions, with what they do.

    ``inside``: what is being described already; a recursive function holds itself.
    """
    if any(value is outer for outer in inside):
        return "itself"
    parts = _parts(value)
    if parts is None:
        return re.sub(r"0x[0-9a-f]+", "", repr(value))  # without an address in memory
    return f"({', '.join(_identity(part, (*inside, value)) for part in parts)})"


def _parts(value: Any) -> Iterable[Any] | None:
    """What a container, a function or an object that can be called is made of; None for anything else."""
    if isinstance(value, dict | list | tuple):
        return value.items() if isinstance(value, dict) else value
    if isinstance(value, partial):
        return value.func, value.args, value.keywords
    if isinstance(value, FunctionType):
        return _code(value.__code__), value.__defaults__, value.__kwdefaults__, list(_enclosed(value))
    if isinstance(value, MethodType):
        return value.__func__, value.__self__
    if isinstance(value, type):
        return _name(value), [v for v in vars(value).values() if isinstance(v, FunctionType)]
    if hasattr(value, "__wrapped__"):  # jax.jit, functools.lru_cache
        return (value.__wrapped__,)
    return (type(value), vars(value)) if callable(value) and hasattr(value, "__dict__") else None


def _enclosed(function: FunctionType) -> Iterator[Any]:
    """The values that a function holds from where it was made."""
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # nothing there yet
            yield cell.cell_contents


def _code(code: CodeType) -> str:
    parts = [_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {parts}"


def _hash(data: bytes) -> str:
    return blake2b(data, digest_size=4).hexdigest()


@cache
def code_version() -> tuple[tuple[str, str], ...]:
    """The versions of all that computes: nonlin with a hash of its numerical source, JAX and optax."""
    from nonlin import __version__

    root = Path(__file__).parent.parent
    files = sorted(file for name in NUMERICS for file in _sources(root / name))
    nonlin = f"{__version__} (source {_hash(b''.join(file.read_bytes() for file in files))})"
    return ("nonlin", nonlin), *((name, _version(name)) for name in ("jax", "optax"))


def _sources(place: Path) -> Sequence[Path]:
    return list(place.rglob("*.py")) if place.is_dir() else [place]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


# ---- to another process ----------------------------------------------------------------------------------------------


class Packed(NamedTuple):
    """A job as JSON and bytes: ``arrays`` of the data set, ``user``'s functions."""

    header: dict[str, Any]
    arrays: list[Any]
    user: bytes


def packed(job: Job) -> Packed:
    """The job for another process. Raises InputError for functions that cannot be sent."""
    data = job.dataset
    header = {
        "code": code_version(),
        "settings": job.settings.as_record(),
        "activations": {name: _stored(unit) for name, unit in job.activations.items()},
        "data": [data.name, data.classes, data.label_names],
        "path": [str(Path(p).absolute()) for p in sys.path],
    }
    parts = (data.training, data.validation, data.test)
    return Packed(header, [a for part in parts for a in (part.images, part.labels)], _pickled(job.model, job.train))


def unpacked(packed: Packed) -> Job:
    """The job again. Raises Refused where it cannot be made here."""
    from nonlin.study.data import Dataset, Examples

    header, arrays, user = packed
    _check_code(header["code"])
    sys.path.extend(p for p in header["path"] if p not in sys.path)
    training, validation, test = (Examples(*arrays[start : start + 2]) for start in (0, 2, 4))
    name, classes, label_names = header["data"]
    dataset = Dataset(name, training, validation, test, classes, label_names=tuple(label_names))
    activations = {name: _restored(stored) for name, stored in header["activations"].items()}
    return Job(activations, Settings.from_record(header["settings"]), dataset, *_unpickled(user))


def _check_code(theirs: Any) -> None:
    for (name, ours), (_, asked) in zip(code_version(), theirs, strict=True):
        if ours != asked:
            raise Refused(f"this worker has {name} {ours}, the study {asked}; install the same version everywhere")


def _stored(unit: Unit) -> dict[str, str]:
    return {"gated": unit.name} if isinstance(unit, GatedUnit) else {"json": unit.to_json()}


def _restored(stored: Mapping[str, str]) -> Unit:
    from nonlin.catalogue import get
    from nonlin.stored import from_json

    return get(stored["gated"]) if "gated" in stored else from_json(stored["json"])


def _pickled(*user: Any) -> bytes:
    if not any(user):
        return b""
    from nonlin.study.dependencies import require

    require("cloudpickle")
    import cloudpickle

    try:
        return cloudpickle.dumps(user)  # type: ignore[no-any-return]
    except Exception as error:  # whatever the user's objects raise
        raise InputError(
            f"your function cannot be sent to a worker process ({type(error).__name__}: {error}); make what it needs "
            "inside it, not outside"
        ) from error


def _unpickled(user: bytes) -> Sequence[Any]:
    if not user:
        return ()
    import cloudpickle

    try:
        return cloudpickle.loads(user)  # type: ignore[no-any-return]
    except Exception as error:
        raise Refused(f"your function cannot be loaded in a worker process: {told(error)}") from error


# ---- carrying out ----------------------------------------------------------------------------------------------------


class Runner:
    """Trains one trial after another, compiled once per activation."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._trainers: dict[str, Trainer] = {}

    def run(self, trial: Trial, begun: Callable[[], None], on_epoch: Callable[[int], None]) -> Run:
        """The run of a trial, failed if anything raises; ``begun`` is called when all is compiled.

        Raises Refused where no trial of this activation could be trained.
        """
        try:
            if self.job.train is None:
                trainer = self._trainer(trial.activation)
                begun()
                return replace(trainer.train(trial, on_epoch), activation=trial.activation)
            begun()
            return self._custom(trial)
        except Refused:
            raise
        except (Exception, SystemExit) as error:  # whatever the user's functions raise belongs to this trial
            return failed(trial, told(error))

    def _trainer(self, name: str) -> Trainer:
        if name not in self._trainers:
            from nonlin.study.trainer import Trainer

            job = self.job
            try:
                self._trainers[name] = Trainer(job.activations[name], job.dataset, job.settings, job.model)
            except InputError as error:
                raise Refused(str(error)) from error
        return self._trainers[name]

    def _custom(self, trial: Trial) -> Run:
        from nonlin.study.custom import trained

        job = self.job
        assert job.train is not None  # noqa: S101 - the caller has looked
        return trained(job.train, trial, job.activations[trial.activation], job.settings, job.dataset)


def failed(trial: Trial, message: str) -> Run:
    """The run of a trial that came to nothing."""
    return Run(**asdict(trial), status="failed", message=message)


def told(error: BaseException) -> str:
    """An error of a user's function as one line, with the place where it was raised; our own as they are."""
    if isinstance(error, InputError):
        return str(error)
    where = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" ({Path(frame.filename).name}, line {frame.lineno})" for frame in where)
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' * bool(text)}{text}{place}"
