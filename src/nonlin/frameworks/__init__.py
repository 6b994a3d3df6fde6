"""One generic module, layer or function per framework, for any entry; loaded when one is asked for."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from nonlin.errors import MissingDependency

OLDEST = {"torch": "2.8", "jax": "0.4.30", "keras": "3.5"}
"""The first version of each framework that will do; those of the extras in pyproject.toml."""


def framework(name: str) -> Any:
    """The module ``nonlin.frameworks.<name>``. Raises MissingDependency where the library is missing or too old."""
    install = f"run: pip install 'nonlin[{name}]'"
    if find_spec(name) is None:
        raise MissingDependency(f"this needs {name} {OLDEST[name]} or newer, which is not installed; {install}")
    try:
        version = str(import_module(name).__version__)
    except ImportError as error:  # Keras without the library of its backend
        raise MissingDependency(f"this needs {name}, which cannot be imported ({error}); {install}") from error
    if not new_enough(name, version):
        raise MissingDependency(f"this needs {name} {OLDEST[name]} or newer, and {version} is installed; {install}")
    return import_module(f"nonlin.frameworks.{name}")


def new_enough(name: str, version: str) -> bool:
    """Whether this version of a framework will do."""
    return _numbers(version) >= _numbers(OLDEST[name])


def _numbers(version: str) -> list[int]:
    """The leading numbers of a version such as 2.13.0+cpu or 0.4.31.dev5."""
    parts = version.partition("+")[0].split(".")[:3]
    return [int("".join(c for c in p if c.isdigit()) or 0) for p in parts]
