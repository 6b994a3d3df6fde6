"""Compare activation functions by training: the same networks on real data, only the activation differs.

JAX, optax, scikit-learn and matplotlib are loaded when a comparison runs, not before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from typing import TYPE_CHECKING

from nonlin.study.results import Study

if TYPE_CHECKING:
    from nonlin.core import Activation

__all__ = ["Study", "compare"]


def compare(
    activations: Iterable[str | Activation],
    data: str = "digits",
    model: str = "mlp",
    seeds: int = 5,
    epochs: int = 20,
    learning_rate: float = 1e-3,
    batch_size: int = 32,
    *,
    data_dir: str | PathLike[str] | None = None,
    limit: int | None = None,
    output: str | PathLike[str] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Study:
    """Train one network per activation and seed, and return everything measured.

    Use it to see which differences between activations are larger than those between seeds. Networks of one seed
    start from the same weights and see the same batches in the same order, whatever the activation. The optimiser is
    Adam, the loss softmax cross-entropy (nats). The same call on the same machine gives the same numbers to the bit.

    ``activations``: names, formula texts or Activations; two names of one function are trained once, with a note.
    ``data``: "digits" (1797 images of 8 x 8, from scikit-learn) or "mnist" (60,000 + 10,000 of 28 x 28, IDX files in
    ``data_dir``). ``model``: "mlp", two hidden layers of 128 and 64 units. ``seeds``: how many, at least 1.
    ``limit``: only the first so many training images. ``output``: folder for ``curves.png``, ``runs.csv`` and
    ``curves.csv``; nothing is written without it. ``progress``: called after every epoch with the epochs done, the
    epochs in all and the network's name; from several threads, one at a time.

    Raises InputError for a setting out of range, UnknownActivation, DataError for missing or damaged files,
    MissingDependency without the extra ``study``.

    >>> import nonlin as nl
    >>> study = nl.compare(["relu", "tanh"], seeds=2, epochs=1, limit=320)
    >>> [(row["activation"], row["seeds"]) for row in study.table()]
    [('relu', 2), ('tanh', 2)]
    """
    from nonlin.study.candidates import candidates
    from nonlin.study.dependencies import require
    from nonlin.study.results import make_folder
    from nonlin.study.settings import Settings

    settings = Settings(data, model, seeds, epochs, learning_rate, batch_size, limit)
    chosen, notes = candidates(activations, settings.seeds)
    require("jax", "optax")
    if output is not None:  # asked for before the training, not after it
        require("matplotlib")
        make_folder(output)
    from nonlin.study.data import load
    from nonlin.study.trainer import train_all

    networks, compiled = train_all(chosen, load(settings, data_dir), settings, progress)
    study = Study(settings, networks, compiled, notes)
    if output is not None:
        study.save(output)
    return study
