"""Keras finds a layer of a saved model only if its class has been registered: done when both libraries are there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from nonlin.frameworks import new_enough


def register_with_keras() -> None:
    """Register nonlin's layers: now if Keras is imported already, otherwise at the end of its import."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    if "keras" in sys.modules:
        _register(import_module("keras"))  # waits, if another thread is importing it


def _register(keras: ModuleType) -> None:
    """Import the layers, which registers them. A Keras too old for them is left alone: act.keras() says so."""
    others = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    sys.meta_path = others  # a new list: another thread may be going through the old one
    if new_enough("keras", getattr(keras, "__version__", "0")):
        import_module("nonlin.frameworks.keras")


class _Finder(MetaPathFinder):
    """Finds Keras as the finders after it do, with a loader that registers the layers too."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        if name != "keras":
            return None
        finders = list(sys.meta_path)
        later = finders[finders.index(self) + 1 :] if self in finders else finders
        found = (finder.find_spec(name, path, target) for finder in later if hasattr(finder, "find_spec"))
        spec = next((spec for spec in found if spec), None)
        if spec and spec.loader:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Another loader, and after it has run the registration; a Keras that fails to import is tried again later."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self.loader
        if module.__spec__:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        _register(module)
