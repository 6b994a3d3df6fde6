"""The vocabulary (`words`) and one module per backend that implements every word.

``from nonlin.ops import exp, where, ...`` gives the words for writing formulas. A backend is imported only when its
library is already loaded and the data belongs to it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from nonlin.errors import InputError
from nonlin.ops.words import *  # noqa: F403 - the words are this package's public names
from nonlin.tree import WORDS as WORDS

_NOT_BACKENDS = {
    "__init__",
    "words",
    "evaluate",
    "pairs",
    "exact",
    "numpy_words",
    "rounding",
    "threshold",
    "torch_onnx",
}
BACKENDS = tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in _NOT_BACKENDS))


def backend(name: str) -> ModuleType:
    """The backend module of this name; imports the library."""
    _load(name)
    module: ModuleType = getattr(_HERE, name)  # not from sys.modules, of which torch.compile sees an old copy
    return module


def _load(name: str) -> bool:
    return bool(import_module(f"nonlin.ops.{name}"))


def _in_use(name: str) -> bool:
    """Whether the library is imported; for a moment of its own import it is there without its names."""
    return hasattr(sys.modules.get(name), "__version__")


_HERE = sys.modules[__name__]
for _function in (_load, _in_use):  # torch.compile runs these and does not trace them, nor watch sys.modules
    _function._dynamo_marked_constant = True  # type: ignore[attr-defined]


def backend_of(values: dict[str, Any]) -> ModuleType:
    """The backend that owns these arguments: that of the one framework whose tensors are among them, else NumPy."""
    loaded = [backend(n) for n in BACKENDS if n != "numpy" and _in_use(n)]
    owners = {m.__name__.rpartition(".")[2]: m for m in loaded for v in values.values() if m.owns(v)}
    if len(owners) > 1:
        raise InputError(f"got tensors of {' and '.join(owners)} in one call; convert them to one library first")
    return next(iter(owners.values()), None) or backend("numpy")
