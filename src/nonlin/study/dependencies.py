"""The optional libraries of the study, asked for when they are needed."""

from __future__ import annotations

from importlib.util import find_spec

from nonlin.errors import MissingDependency


def require(*modules: str) -> None:
    """Raise MissingDependency, naming the extra to install, for the first module that is not installed."""
    for module in modules:
        if find_spec(module) is None:
            raise MissingDependency(
                f"comparing by training needs {module}, which is not installed; run: pip install nonlin[study]"
            )
