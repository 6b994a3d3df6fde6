"""Activations in Keras models: layers, what layers hold as ``activation``, and operations between layers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

import keras

from nonlin.core import Activation
from nonlin.errors import InputError
from nonlin.frameworks.keras import ActivationLayer
from nonlin.frameworks.swap.rules import Kind, Rules, Site, kind, known_functions, rules
from nonlin.frameworks.swap.source import UNKNOWN, UnreadableError, bodies

LOOKED_AT = "layers, what layers hold as activation, operations between layers, and calls in call()"
LATE = "it is made when the layer is built; hold it as an attribute that __init__ makes"
INSIDE = "what a function calls cannot be exchanged; give the layer an activation itself"
CALLED = "what call() calls cannot be exchanged; hold it as an attribute that __init__ makes"
Found = Kind | str | None
Layer = Any  # keras.Layer, or in functional models an operation of keras.ops: Keras is not typed
Seen = tuple[str, str, Found]
"""Path, how it is written, what it computes."""


def sites(model: Layer, mapping: Any) -> list[Site]:
    """Every site of the model; nothing changes."""
    return Clone(rules(mapping, keras.Layer, "keras")).plan(model)[1]


def swapped(model: Layer, mapping: Any, inplace: bool) -> tuple[Layer, list[Site], str]:
    """A new model with the changes and the same weights, all sites, and what else is to be said."""
    if inplace:
        raise InputError(
            "Keras fixes the layers of a model when it is built; leave out inplace=True and use the answer"
        )
    clone = Clone(rules(mapping, keras.Layer, "keras"))
    new, found = clone.plan(model)
    clone.copy_state(model, new)
    return new, found, afterwards(clone, model)


def afterwards(clone: Clone, model: Layer) -> str:
    """What is to be known of a new model beside fine-tuning."""
    compile = "; compile the new model, its optimizer starts anew" if getattr(model, "compiled", False) else ""
    own = ", ".join(sorted(clone.unstored))
    stored = f"; save_weights rather than save: {own} is loaded with what its __init__ makes" if own else ""
    return compile + stored


# ---- what layers and functions compute ------------------------------------------------------------------------------


def layer_kind(layer: Layer) -> Found:
    """What a layer, or an operation between layers, computes if it is an activation."""
    if isinstance(layer, ActivationLayer):
        act = layer.activation
        return Kind(act, not layer.learnable) if isinstance(act, Activation) else None
    call = type(layer).call  # a subclass that keeps the call of Keras's counts as that class
    of = next(c for c in type(layer).__mro__ if getattr(c, "call", None) is call)
    if not of.__module__.startswith("keras."):
        return None
    path = f"layers.{of.__name__}" if issubclass(of, keras.Layer) else f"ops.{_snake(of.__name__)}"
    found = kind("keras", f"keras.{path}", vars(layer))
    trained = "alpha_initializer" in vars(layer)  # keras.layers.PReLU; its weight comes with build
    return Kind(found.activation, known=False) if trained and isinstance(found, Kind) else found


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def function_kind(function: Any) -> Found:
    """What a function, or a layer that stands for one, computes."""
    if isinstance(function, keras.Layer):
        return layer_kind(function)
    if isinstance(function, Activation):
        return Kind(function)
    for framework in ("keras", "tensorflow", "jax", "torch") if inspect.isroutine(function) else ():
        if path := known_functions(framework).get(function):
            return kind(framework, path, {})
    return None


# ---- what models and layers are made of -----------------------------------------------------------------------------


def is_graph(layer: Layer) -> bool:
    """Whether a layer is a model that Keras clones: sequential or functional."""
    return isinstance(layer, keras.Sequential | keras.src.models.functional.Functional)


def parts(layer: Layer) -> dict[str, Layer]:
    """The layers and operations in a model or layer, by name or attribute."""
    if is_graph(layer):
        inside = layer.layers if isinstance(layer, keras.Sequential) else layer.operations
        return {part.name: part for part in inside if not isinstance(part, keras.layers.InputLayer)}
    held = attributes(layer)
    several = {k: v for k, v in held.items() if isinstance(v, list | dict) and not k.startswith("_")}
    numbered = {k: v if isinstance(v, dict) else dict(enumerate(v)) for k, v in several.items()}
    listed = {f"{k}.{n}": part for k, v in numbered.items() for n, part in v.items()}
    return {k: part for k, part in (held | listed).items() if isinstance(part, keras.Layer)}


def activations(layer: Layer) -> dict[str, Any]:
    """What a layer holds as activation, recurrent_activation and the like."""
    held = {} if isinstance(layer, ActivationLayer) else attributes(layer)
    return {k: v for k, v in held.items() if k == "activation" or k.endswith("_activation")}


def attributes(layer: Layer) -> dict[str, Any]:
    """The attributes of a layer; with PyTorch as backend those that are layers are in a dictionary of their own."""
    own = dict(vars(layer))
    return {**own, **own.get("_modules", {})}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def seen(layer: Layer, path: str = "") -> Iterator[Seen]:
    """What a layer is, or all that it holds."""
    found = layer_kind(layer)
    if found is not None:
        yield path, type(layer).__name__, found
        return
    for name, value in activations(layer).items():
        yield path, _written(name, value), function_kind(value)
    for name, part in parts(layer).items():
        if name not in activations(layer):
            yield from seen(part, _join(path, name))


def _written(name: str, value: Any) -> str:
    return f"{name}={getattr(value, '__name__', type(value).__name__)}"


def calls(layer: Layer, path: str = "") -> Iterator[tuple[str, str, Found, str]]:
    """The activations called in the sources of call() and of functions held, in a layer and its parts; with reasons."""
    if not isinstance(layer, keras.Layer):
        return
    if not type(layer).__module__.startswith(("keras.", "nonlin.")):
        for row in _calls(type(layer).call, layer, f"call() of {type(layer).__name__}"):
            yield path, *row, CALLED
    for name, function in own_functions(layer).items():
        for row in _calls(function, None, f"{name} of {type(layer).__name__}"):
            yield path, *row, INSIDE
    for name, part in parts(layer).items():
        yield from calls(part, _join(path, name))


def own_functions(layer: Layer) -> dict[str, Any]:
    """The functions that a layer holds and that are neither Keras's nor known activations."""
    held = activations(layer) | ({"function": layer.function} if isinstance(layer, keras.layers.Lambda) else {})
    return {k: f for k, f in held.items() if inspect.isfunction(f) and not _of_keras(f) and function_kind(f) is None}


def _calls(function: Any, owner: Layer | None, which: str) -> Iterator[tuple[str, Found]]:
    try:
        texts = bodies(function, owner)
    except UnreadableError:
        yield which, "its source cannot be read; define it with def or class, in a file"
        return
    for text in texts:
        for call in text.calls():
            if call.target is not UNKNOWN and not isinstance(call.target, keras.Layer):
                yield f"call of {call.name}, line {call.line}", function_kind(call.target)


# ---- the copy -------------------------------------------------------------------------------------------------------


@dataclass
class Clone:
    """A copy of a model, changed before its layers are built: afterwards Keras lets nothing be exchanged.

    By the identity of the original's layers: ``paths`` and ``copies``, so that shared layers stay shared. ``changed``
    has the sites that were reached, ``new`` the layers that were made for them, ``unstored`` the classes, not Keras's
    own, that hold some of these.
    """

    rules: Rules
    paths: dict[int, str] = field(default_factory=dict)
    copies: dict[int, Layer] = field(default_factory=dict)
    changed: set[tuple[str, str]] = field(default_factory=set)
    new: list[Layer] = field(default_factory=list)
    unstored: set[str] = field(default_factory=set)

    def plan(self, model: Layer) -> tuple[Layer, list[Site]]:
        """The copy, its weights still those of a new model, and the sites."""
        copied = self.copied(model, "")
        held = [(*row, "" if row[:2] in self.changed else LATE) for row in seen(model)]
        rows = [*held, *calls(model)]
        all_sites = (self.rules.site(path or "(model)", found, what, why) for path, found, what, why in rows)
        return copied, [site for site in all_sites if site]

    def copied(self, layer: Layer, path: str) -> Layer:
        """A copy of a layer or model, not built where it can be so, with the changes."""
        if is_graph(layer):
            self.paths |= {id(part): _join(path, name) for name, part in parts(layer).items()}
            with keras.saving.custom_object_scope(_own_objects(layer)):
                return keras.models.clone_model(layer, clone_function=self._part)
        found = layer_kind(layer)
        if isinstance(found, Kind) and self.rules.rule(found):
            self.changed.add((path, type(layer).__name__))
            return self._made(found, layer)
        return self._altered(_fresh(layer), layer, path)

    def _part(self, part: Layer) -> Layer:
        if id(part) not in self.copies:
            self.copies[id(part)] = self.copied(part, self.paths[id(part)])
        return self.copies[id(part)]

    def _altered(self, fresh: Layer, old: Layer, path: str) -> Layer:
        """A fresh layer with what the old one holds, changed where a rule fits."""
        held, before = activations(old), len(self.new)
        for name in held.keys() & activations(fresh).keys():
            _put(fresh, name, self._activation(held[name], path, name))
        there = parts(fresh)
        for name, part in parts(old).items():
            if name not in held and name in there:
                new = self._part_of(there[name], part, _join(path, name))
                if new is not there[name]:
                    _put(fresh, name, new)
        if len(self.new) > before and not type(old).__module__.startswith("keras."):
            self.unstored.add(type(old).__name__)
        return fresh

    def _activation(self, value: Any, path: str, name: str) -> Any:
        found = function_kind(value)
        if isinstance(found, Kind) and self.rules.rule(found):
            self.changed.add((path, _written(name, value)))
            return self._made(found, value)
        return self.copied(value, _join(path, name)) if isinstance(value, keras.Layer) else value

    def _part_of(self, fresh: Layer, old: Layer, path: str) -> Layer:
        """The fresh layer itself where it can become what the old one is, else a copy of the old one."""
        if is_graph(old) or layer_kind(old) is not None or type(fresh) is not type(old):
            return self.copied(old, path)
        return self._altered(fresh, old, path)

    def _made(self, found: Kind, old: Any) -> Layer:
        """The layer of a rule; in the place of a layer it has its name and dtype policy."""
        rule = self.rules.rule(found)
        assert rule is not None  # noqa: S101  # asked before
        of, value = isinstance(old, keras.Operation), rule.value
        same = {"name": old.name} if of else {}
        same |= {"dtype": old.dtype_policy} if isinstance(old, keras.Layer) else {}
        if isinstance(value, Activation):
            self.new.append(value.keras(**same))
        else:
            config = {k: v for k, v in value.get_config().items() if k != "name"}
            self.new.append(type(value).from_config(config | {"name": old.name} if of else config))
        return self.new[-1]

    def copy_state(self, old: Layer, new: Layer, path: str = "") -> None:
        """The weights and other state of each layer of the old model, into that of the new one."""
        if any(new is made for made in self.new) or not isinstance(old, keras.Layer):
            return
        if old.built and not new.built:
            new.build_from_config(old.get_build_config())
        mine, theirs = parts(old), parts(new)
        for name in mine:
            self.copy_state(mine[name], theirs[name], _join(path, name))
        own, others = _own(old, mine), _own(new, theirs)
        if [(v.shape, v.dtype) for v in own] != [(v.shape, v.dtype) for v in others]:
            raise InputError(
                f"the weights of {path or 'the model'} ({type(old).__name__}) do not fit those of its copy; "
                "give its class get_config and build that make it as it was"
            )
        for variable, other in zip(own, others, strict=True):
            other.assign(variable.value)
        if hasattr(old, "finalize_state"):
            _adapt(old, new)
        new.trainable = old.trainable


def _adapt(old: Layer, new: Layer) -> None:
    """Give a layer what the other learned by adapt(): also what is no variable, in the way that files hold it."""
    store: dict[str, Any] = {}
    old.save_own_variables(store)
    new.load_own_variables(store)
    if hasattr(old, "get_vocabulary") and old.get_vocabulary(include_special_tokens=False):
        with TemporaryDirectory() as folder:
            old.save_assets(folder)
            new.load_assets(folder)


def _own(layer: Layer, inside: dict[str, Layer]) -> list[Any]:
    """The variables of a layer that are not those of its parts."""
    theirs = {id(v) for part in inside.values() if isinstance(part, keras.Layer) for v in part.variables}
    return [v for v in layer.variables if id(v) not in theirs]


def _fresh(layer: Layer) -> Layer:
    """A layer of the same configuration. Raises InputError where the class cannot be made of its configuration."""
    if type(layer) is keras.layers.Lambda:  # Keras makes none of a configuration that has code in it
        own = {"name": layer.name, "dtype": layer.dtype_policy, "trainable": layer.trainable}
        return type(layer)(layer.function, layer._output_shape, layer.mask, layer.arguments, **own)
    try:
        with keras.saving.custom_object_scope(_own_objects(layer)):
            fresh = type(layer).from_config(_config(layer))
    except (TypeError, ValueError, NotImplementedError) as error:
        reason = str(error).strip().partition("\n")[0].partition(". ")[0].partition(" using config")[0]
        raise InputError(
            f"{type(layer).__name__} {layer.name!r} cannot be copied ({reason}); give its class get_config and "
            "from_config, or make the model of keras.Sequential or keras.Model(inputs, outputs)"
        ) from error
    fresh.name = layer.name  # which the configuration that Keras makes by itself lacks
    return fresh


def _config(layer: Layer) -> dict[str, Any]:
    """The configuration, without functions, which are put in afterwards; of a model only what its __init__ takes.

    Raises TypeError for a model with arguments that has Keras's own get_config, which knows their defaults only.
    """
    foreign = [k for k, v in activations(layer).items() if inspect.isfunction(v) and not _of_keras(v)]
    config: dict[str, Any] = {k: None if k in foreign else v for k, v in layer.get_config().items()}
    taken = dict(list(inspect.signature(type(layer).__init__).parameters.items())[1:])
    own = [k for k, p in taken.items() if k not in _OF_EVERY_LAYER and p.kind is not p.VAR_KEYWORD]
    if own and isinstance(layer, keras.Model) and type(layer).get_config is keras.Model.get_config:
        raise TypeError(f"Keras does not record its argument {own[0]}")
    if any(p.kind is p.VAR_KEYWORD for p in taken.values()) or not _by_keras(layer):
        return config
    return {k: v for k, v in config.items() if k in taken}


_OF_EVERY_LAYER = ("name", "dtype", "trainable")


def _of_keras(thing: Any) -> bool:
    return str(thing.__module__).startswith("keras.")


def _by_keras(layer: Layer) -> bool:
    """Whether it is Keras's own from_config that makes a model of its configuration."""
    return getattr(type(layer).from_config, "__func__", None) is keras.Model.from_config.__func__


def _own_objects(layer: Layer) -> dict[str, Any]:
    """The classes and functions that a configuration names and Keras does not know, by name."""
    inside = list(layer._flatten_layers()) if isinstance(layer, keras.Layer) else []
    held = [v for part in inside for v in activations(part).values() if inspect.isfunction(v)]
    things: list[Any] = [t for t in (*map(type, inside), *held) if not _of_keras(t)]
    return {thing.__name__: thing for thing in things}


def _put(layer: Layer, name: str, new: Layer) -> None:
    """Exchange what a fresh layer holds, in its attribute or what that lists; some count as built from the start."""
    tracker, (attribute, _, place) = layer._tracker, name.partition(".")
    locked = tracker.locked
    tracker.unlock()
    if place and isinstance(getattr(layer, attribute), dict):
        del getattr(layer, attribute)[place]
        getattr(layer, attribute)[place] = new
    elif place:
        held = getattr(layer, attribute)
        del held[int(place)]
        held.insert(int(place), new)
    else:
        tracker.untrack(getattr(layer, name))
        setattr(layer, name, new)
    tracker.locked = locked
