"""Compare activation functions by training: the same networks on real data, only the activation differs.

JAX, optax, scikit-learn, SciPy and matplotlib are loaded when a comparison runs, not before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from nonlin.study.results import Study

if TYPE_CHECKING:
    from nonlin.core import Activation
    from nonlin.study.data import Dataset
    from nonlin.study.execution import Progress
    from nonlin.study.job import Train
    from nonlin.study.models import Model
    from nonlin.units import GatedUnit

__all__ = ["Study", "compare", "open_study"]


def compare(
    activations: Iterable[str | Activation | GatedUnit],
    data: str | PathLike[str] | Sequence[Any] | Dataset = "digits",
    model: str | Model = "mlp",
    seeds: int = 5,
    epochs: int = 20,
    learning_rate: float | str = 1e-3,
    batch_size: int = 32,
    *,
    baseline: str | None = None,
    train: Train | None = None,
    signals: bool = False,
    data_dir: str | PathLike[str] | None = None,
    output: str | PathLike[str] | None = None,
    workers: int | None = None,
    on: str | None = None,
    time_limit: float | None = None,
    retry: bool = False,
    progress: Callable[[Progress], None] | None = None,
    **settings: Any,
) -> Study:
    """Train one network per activation and seed, and return everything measured.

    Use it to see which differences between activations are larger than those between seeds. Networks of one seed
    start from the same normal draw, scaled by each activation's gain, and see the same batches in the same order. The
    loss is softmax cross-entropy. The same call on the same kind of machine gives the same numbers to the bit.

    ``activations``: names, formula texts, Activations or gated units; two names of one function are trained once.
    ``data``: "digits", "mnist", "fashion_mnist", "cifar10", a .npz or .csv file, arrays (X, y) or (X_train, y_train,
    X_test, y_test), or a Dataset; ``data_dir`` holds a known data set's files. ``model``: "mlp", "deep_mlp", "cnn" or a
    :class:`nonlin.study.models.Model`, a pair of functions in JAX. ``seeds``: networks per activation.
    ``learning_rate``: a number, or "tune": the best of ``grid`` on validation data, for each activation.
    ``settings``: further fields of :class:`nonlin.study.settings.Settings`, such as limit, validation, optimizer.
    ``baseline``: the activation that the others are told against.
    ``train(activation, seed, settings)``: your own training in place of ours, see :mod:`nonlin.study.custom`; it makes
    its own model. ``signals``: also look into one network per activation, layer by layer, see :meth:`Study.signals`.

    ``output``: a folder for ``study.sqlite``, ``report.html``, ``curves.png`` and ``runs.csv``. The same call goes on
    where it was stopped, and more seeds or activations may be added; ``retry`` trains again what had failed. Without
    it nothing is left behind. ``workers``: processes, by default the environment's NONLIN_WORKERS, else one per core;
    ``on``: "ray" or the address of a Ray cluster. A trial that takes longer than ``time_limit`` seconds fails.
    ``progress``: called with a :class:`nonlin.study.execution.Progress`.

    Raises InputError for a setting out of range, UnknownActivation, DataError for data or a store that cannot be used,
    MissingDependency without the extra ``study``, KeyboardInterrupt at Ctrl-C, when all that is finished is stored.

    >>> import nonlin as nl
    >>> study = nl.compare(["relu", "tanh"], seeds=2, epochs=1, limit=320)
    >>> [(row["activation"], row["finished"]) for row in study.table()]
    [('relu', 2), ('tanh', 2)]
    """
    from nonlin.study.candidates import candidates, checked_baseline
    from nonlin.study.conduct import Means, conduct
    from nonlin.study.settings import checked_path

    own, called = _model(model, train)
    conditions = _settings(
        model=called, seeds=seeds, epochs=epochs, learning_rate=learning_rate, batch_size=batch_size, **settings
    )
    units, notes = candidates(activations)
    if data_dir is not None:
        checked_path("data_dir", data_dir)
    if signals:
        _check_signals(units, conditions)
    study = conduct(
        units, conditions, data=data, data_dir=data_dir, model=own, train=train, output=output,
        baseline=checked_baseline(baseline, units), notes=notes,
        means=Means(workers, on, time_limit, retry, progress),
    )  # fmt: skip
    if signals:
        from nonlin.study.vanishing import with_signals

        study = with_signals(study, units, data, data_dir, output)
    if output is not None:
        study.save(output)
    return study


def _model(model: str | Model, train: Train | None) -> tuple[Model | None, str]:
    """The user's own model, if it is one, and what the settings call the model. Raises InputError."""
    from nonlin.errors import InputError
    from nonlin.study.about import OWN, OWN_TRAINING

    if train is None:
        return (None, model) if isinstance(model, str) else (model, OWN)
    if model != "mlp":  # the default: not given
        raise InputError(f"got both a model and a train function, expected one; a train function makes its own model, "
                         f"so leave out model={model!r}")  # fmt: skip
    return None, OWN_TRAINING


def _check_signals(units: Sequence[Any], conditions: Any) -> None:
    """Refuse before the training what could not be looked into after it."""
    from nonlin.study.dependencies import require

    require("jax", "optax", "matplotlib")
    from nonlin.study.vanishing import check

    check(units, conditions)


def _settings(**given: Any) -> Any:
    """The Settings. Raises InputError for a name that is none."""
    from dataclasses import fields

    from nonlin.errors import InputError, did_you_mean
    from nonlin.study.settings import Settings

    known = [f.name for f in fields(Settings)]
    for name in given:
        if name not in known:
            raise InputError(f"no setting {name!r}{did_you_mean(name, known)} known: {', '.join(known)}")
    values: dict[str, Any] = {k: _numbers(k, v) if k in ("widths", "grid") else v for k, v in given.items()}
    return Settings(**values)


def _numbers(name: str, value: Any) -> tuple[Any, ...] | None:
    """Some numbers from any list, tuple or array of them; None as it is."""
    from nonlin.errors import InputError

    if value is None:
        return None
    listed = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(listed, str) or not isinstance(listed, Iterable):
        raise InputError(f"{name} must be a list of numbers, got {name}={value!r}")
    return tuple(listed)


def open_study(path: str | PathLike[str]) -> Study:
    """The study of a folder, or of the ``study.sqlite`` in it, finished or not; nothing is changed.

    Raises DataError where there is none or it cannot be read, InputError for one of another version.
    """
    from nonlin.study.conduct import opened
    from nonlin.study.settings import checked_path

    return opened(checked_path("the study's folder", path))
