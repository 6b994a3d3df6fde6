"""nonlin: the activation functions of neural networks, each defined once, exactly.

>>> import nonlin as nl
>>> float(nl.gelu(1.0))
0.8413447460685429
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from nonlin.frameworks.keras_registry import register_with_keras

__version__ = "0.1.0"

_HOMES = {
    "Activation": "core", "Parameter": "core", "Source": "core", "activation": "core", "from_json": "stored",
    "get": "catalogue", "find": "catalogue", "names": "catalogue", "families": "catalogue",
    "define": "formula", "check": "checking", "compare": "study", "open_study": "study",
    "swap": "frameworks.swap", "initialise": "frameworks.initialise",
    "Study": "study", "set_threads": "kernels.threads", "from_framework": "frameworks.names",
    "equivalents_table": "frameworks.equivalents",
    "cite": "citation", "recommend": "advice",
    "same": "calculus.likeness.sameness", "like": "calculus.likeness.nearest",
}  # fmt: skip
_ROOMS = ("errors", "ops", "plot")


def __getattr__(name: str) -> Any:
    """Public names and catalogue entries, loaded on first use."""
    if name in _ROOMS:
        return import_module(f"nonlin.{name}")
    if name.startswith("_"):
        raise AttributeError(f"module 'nonlin' has no attribute {name!r}")
    found = getattr(import_module(f"nonlin.{_HOMES[name]}"), name) if name in _HOMES else _entry(name)
    globals()[name] = found  # Python looks here first, so that this is asked once
    return found


def _entry(name: str) -> Any:
    from nonlin.catalogue import get, is_formula, names
    from nonlin.errors import UnknownActivation, did_you_mean

    try:
        if is_formula(name):
            raise UnknownActivation(name)
        return get(name)  # an alias that is an identifier works too
    except UnknownActivation:
        hint = did_you_mean(name, [*names(), *_HOMES])
        raise AttributeError(f"nonlin has no activation or function {name!r}{hint} dir(nonlin) lists all") from None


def __dir__() -> list[str]:
    from nonlin.catalogue import names

    return sorted([*_HOMES, *_ROOMS, *names(), "__version__"])


register_with_keras()
