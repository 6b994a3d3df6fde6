"""Who calls what by which name: from a framework's name to the activation, read from the records of the catalogue.

A record says how its function is called: ``torch.nn.functional.elu(x, alpha=alpha)``, or as a layer,
``torch.nn.ELU(alpha=alpha)(x)``. The values of keywords are literals or names of parameters. No framework is loaded.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Real
from typing import Any

from nonlin.catalogue import Entry, entries, plain
from nonlin.core import REQUIRED, Activation, Described
from nonlin.errors import InputError, UnknownActivation, did_you_mean
from nonlin.formula import define

CALLED = "called by the tests"
FRAMEWORKS = {
    "torch": CALLED,
    "jax": CALLED,
    "tensorflow": CALLED,
    "keras": CALLED,
    "transformers": "read from transformers 5.23.0, keys of ACT2FN",
    "timm": "read from timm 1.0.31",
    "onnx": CALLED,
    "onednn": "read from the documentation of oneDNN 3",
}
"""The frameworks whose names are known, and how what is said of them was found out."""
ELSEWHERE = frozenset({"inplace", "dim", "axis", "num_parameters", "shared_axes", "device", "dtype", "name"})
"""Arguments that say where and how a function is applied, and not which function it is."""


@dataclass(frozen=True)
class Call:
    """One call text of a record, taken apart. ``formula`` is empty where the call is the entry's own function.

    The values of its keywords are ``literals``, names of ``parameters``, or literals of arguments in :data:`ELSEWHERE`.
    """

    text: str
    entry: Entry
    formula: str
    path: str
    literals: Mapping[str, Any]
    parameters: Mapping[str, str]
    elsewhere: Mapping[str, Any]

    @property
    def framework(self) -> str:
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """The last part of the path, or the key of a registry such as ``ACT2FN['gelu']``."""
        return self.path.split("'")[1] if "'" in self.path else self.path.rpartition(".")[2]

    @property
    def is_own_name(self) -> bool:
        """Whether the framework's name is the entry's own, or an alias of it."""
        return plain(self.name) in {plain(n) for n in (self.entry.name, *self.entry.aliases)}

    @property
    def rank(self) -> tuple[bool, int]:
        """Where several entries claim a name: the one that is called so, then the one with the fewest parameters."""
        return not self.is_own_name, len(self.parameters)

    def is_of(self, activation: Described) -> bool:
        """Whether this calls the function of ``activation``, an entry or one with other defaults."""
        same = activation is self.entry
        if isinstance(activation, Activation) and isinstance(self.entry, Activation):
            same = activation.expression == self.entry.expression
        return same and not self.formula

    def fits(self, values: Mapping[str, Any], defaults: Mapping[str, Any]) -> bool:
        """Whether this is the call for these values of all arguments: what it does not mention is at its default."""
        fixed = {**defaults, **self.literals}
        chosen = {(name, values[argument]) for argument, name in self.parameters.items()}
        unchanged = all(values[k] == v for k, v in fixed.items() if k not in self.parameters)
        return unchanged and len(chosen) == len(set(self.parameters.values()))

    def activation(self, values: Mapping[str, Any]) -> Entry:
        """The entry with the values of its parameters; itself where they are its defaults."""
        given = {name: values[argument] for argument, name in self.parameters.items()}
        if self.formula:
            return define(self.formula, **given)
        changed = {k: v for k, v in given.items() if v != self.entry.parameters[k].default}
        return self.entry.with_parameters(**changed) if changed else self.entry


def from_framework(framework: str, name: str, /, **arguments: float | str | bool | None) -> Entry:
    """The activation that a framework's name means, with that framework's arguments and defaults.

    ``framework`` is torch, jax, tensorflow, keras, transformers (keys of ACT2FN), timm, onnx or onednn; none needs to
    be installed. ``name`` is that of a function, a layer class or an operator, short or with its path. Arguments that
    do not change the function (inplace, dim, axis and the like) may be given and are ignored. The answer is an entry,
    one with other defaults, or where the catalogue has no such function an Activation of a formula.

    Raises UnknownActivation for a name that is not known with the nearest one, InputError for a framework or an
    argument that is not known and for arguments that make another function than any here, ParameterError for a value
    outside the domain.

    >>> import nonlin as nl
    >>> nl.from_framework("torch", "LeakyReLU", negative_slope=0.2).name
    'leaky_relu(negative_slope=0.2)'
    >>> nl.from_framework("keras", "keras.layers.LeakyReLU").name
    'leaky_relu(negative_slope=0.3)'
    >>> nl.from_framework("jax", "gelu").name, nl.from_framework("jax", "gelu", approximate=False).name
    ('gelu_tanh', 'gelu')
    """
    candidates = _candidates(framework, name)
    path, defaults = candidates[0].path, _defaults(candidates)
    values = defaults | _checked(arguments, defaults, path)
    if missing := [k for k, v in values.items() if v == REQUIRED]:
        raise InputError(f"{path} has no default for {missing[0]}; give it: from_framework(..., {missing[0]}=...)")
    for call in candidates:
        if call.fits(values, defaults):
            return call.activation(values)
    given = ", ".join(f"{k}={v!r}" for k, v in values.items())
    raise InputError(f"{path} with {given} is no activation of nonlin; write it as a formula: nonlin.define(...)")


def arguments(framework: str, name: str) -> dict[str, Any]:
    """The arguments of a framework's activation that decide which function it is, with that framework's defaults.

    An argument that must be given has "required".

    >>> arguments("keras", "LeakyReLU"), arguments("torch", "GELU"), arguments("torch", "ReLU")
    ({'negative_slope': 0.3}, {'approximate': 'none'}, {})

    Raises UnknownActivation and InputError as :func:`from_framework` does.
    """
    return _defaults(_candidates(framework, name))


# ---- the calls of all records ---------------------------------------------------------------------------------------


@cache
def calls() -> tuple[Call, ...]:
    """Every call text of the catalogue, in the order of the entries."""
    return tuple(call for entry in entries().values() for call in calls_of(entry))


def calls_of(entry: Entry) -> Iterator[Call]:
    """The calls of one entry: those that are its function, then its namesakes."""
    for text in (*entry.record.equivalents.values(), *entry.record.calls):
        yield _taken_apart(text, entry, "")
    for text, formula in entry.record.namesakes.items():
        yield _taken_apart(text, entry, formula)


def known_framework(name: str) -> None:
    """Raises InputError for a framework that is not known, with the nearest name."""
    if not isinstance(name, str) or name not in FRAMEWORKS:
        hint = did_you_mean(name, FRAMEWORKS) if isinstance(name, str) else ";"
        raise InputError(f"no framework {name!r}{hint} there are {', '.join(FRAMEWORKS)}")


def _taken_apart(text: str, entry: Entry, formula: str) -> Call:
    """``f(x, key=value)`` or ``Layer(key=value)(x)``; a registry's key is the one other positional argument."""
    outer = ast.parse(text, mode="eval").body
    assert isinstance(outer, ast.Call)  # noqa: S101  # the catalogue's own texts, all of them in the tests
    made = outer.func if isinstance(outer.func, ast.Call) else outer
    keys = [ast.unparse(a) for a in made.args if isinstance(a, ast.Constant)]
    path = ast.unparse(made.func) + (f"({keys[0]})" if keys else "")
    given = {str(k.arg): _value(k.value) for k in made.keywords}
    names = {k: v.id for k, v in given.items() if isinstance(v, ast.Name)}
    fixed = {k: ast.literal_eval(v) for k, v in given.items() if k not in names}
    literals = {k: v for k, v in fixed.items() if k not in ELSEWHERE}
    return Call(text, entry, formula, path, literals, names, {k: v for k, v in fixed.items() if k in ELSEWHERE})


def _value(node: ast.expr) -> ast.expr:
    """The value of a keyword; of an initializer such as ``Constant(weight)`` its argument."""
    return node.args[0] if isinstance(node, ast.Call) else node


def _candidates(framework: str, name: str) -> list[Call]:
    """The calls that a name may mean, the likeliest first: those of the first path that ends with it."""
    known_framework(framework)
    if not isinstance(name, str):
        raise InputError(
            f"a framework's name is text, got {type(name).__name__}; give it as 'LeakyReLU' or with its path"
        )
    own = sorted((c for c in calls() if c.framework == framework), key=lambda c: c.rank)
    found = [c for c in own if name == c.name or f".{c.path}".endswith(f".{name}")]
    if not found:
        known_names = sorted({c.name for c in own})
        raise UnknownActivation(
            f"{framework} has no activation {name!r} that nonlin knows{_near(name, known_names)} "
            f"nonlin.equivalents_table(framework={framework!r}) lists all"
        )
    return [c for c in own if c.path == found[0].path]


def _near(name: str, known: list[str]) -> str:
    """Did you mean, whatever the case: did_you_mean compares with small letters."""
    small = {k.lower(): k for k in known}
    hint = did_you_mean(name.rpartition(".")[2], small)
    return hint if hint == ";" else f"; did you mean {small[hint.split(chr(39))[1]]!r}?"


def _defaults(candidates: list[Call]) -> dict[str, Any]:
    """All arguments of one framework's function: its own defaults where a record states them, else the entry's."""
    path = candidates[0].path
    stated = {k: v for call in candidates for k, v in call.entry.record.framework_defaults.get(path, {}).items()}
    for call in candidates:
        for argument, name in call.parameters.items():
            if argument not in stated:
                stated[argument] = call.entry.parameters[name].default
    return stated


def _checked(given: Mapping[str, Any], defaults: Mapping[str, Any], path: str) -> dict[str, Any]:
    kept = {k: v for k, v in given.items() if k not in ELSEWHERE}
    for key, value in kept.items():
        if key not in defaults:
            known = ", ".join(f"{k}={v!r}" for k, v in defaults.items()) or "none that changes the function"
            raise InputError(f"{path} has no argument {key!r}{did_you_mean(key, defaults)} its arguments: {known}")
        if value is not None and not isinstance(value, Real | str):
            raise InputError(f"{path}: {key} must be a number, a text, True, False or None, got {value!r}")
    return kept
