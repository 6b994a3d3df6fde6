"""An entry's line of the catalogue's index: what is known of it, computed from the entry itself."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from nonlin.calculus.facts.facts import Facts
from nonlin.core import Activation, Described, Record
from nonlin.tree import Node, order
from nonlin.vector import VectorFunction

EXPONENTIALS = {"exp", "expm1", "sigmoid", "tanh", "sech", "sinh", "cosh", "normpdf"}
TWICE = {"softplus", "log_sigmoid", "log_softmax"}
"""Words that are a logarithm of an exponential."""
FUNCTIONS = {"log", "log1p", "sin", "cos", "tan", "atan", "asinh", "erf", "erfc", "normcdf"}
ARITHMETIC = {"divide", "power", "sqrt", "hypot", "row_threshold"}
SPAN = (-4.0, 4.0)
"""What of x the tiny curves show."""
CURVE = 10
"""Characters of a tiny curve."""


def card(entry: Any) -> dict[str, Any]:
    """The fields of :class:`nonlin.catalogue._index.Card`, without ``same``, which needs all entries."""
    return {**stated(entry), "cost": cost(entry), "facts": found(entry), "curve": curve(entry), "digest": digest(entry)}


def stated(entry: Any) -> dict[str, Any]:
    """What the record says, and needs no computing."""
    record: Record = entry.record
    return {
        "module": home(entry.name),
        "kind": kind(entry),
        "family": record.family,
        "title": record.title,
        "summary": record.summary,
        "aliases": list(record.aliases),
        "source": str(record.source or ""),
        "year": record.source.year if record.source else None,
        "core": record.core,
        "parameters": {k: p.default for k, p in entry.parameters.items()},
        "text": entry.text,
    }


@cache
def homes() -> dict[str, str]:
    """The module of each entry: all of them are loaded."""
    from importlib import import_module

    folder = Path(__file__).parent.parent / "catalogue"
    modules = [import_module(f"nonlin.catalogue.{p.stem}") for p in sorted(folder.glob("[!_]*.py"))]
    pairs = [(v.name, m) for m in modules for k, v in vars(m).items() if isinstance(v, Described) and v.name == k]
    return {name: module.__name__.rpartition(".")[2] for name, module in sorted(pairs, key=lambda pair: pair[0])}


def home(name: str) -> str:
    return homes()[name]


def kind(entry: Described) -> str:
    if isinstance(entry, Activation):
        return "elementwise"
    return "vector" if isinstance(entry, VectorFunction) else "unit"


def cost(entry: Any) -> str:
    """What the formula is made of: a key of ``COSTS``. A function that is used twice with one argument counts once."""
    trees = [entry.expression.formula] if hasattr(entry, "expression") else [entry.written]
    nodes = {n for tree in trees for n in order(tree)}
    used = [n.name for n in nodes if n.word and not _is_number(n) and not _is_product(n)]
    heavy = sum(2 if name in TWICE else name in EXPONENTIALS | FUNCTIONS for name in used)
    if heavy > 1:
        return "several functions"
    if heavy:
        return "one exp" if EXPONENTIALS & set(used) else "one function"
    return "arithmetic" if ARITHMETIC & set(used) else "comparisons"


def _is_number(node: Node) -> bool:
    """Whether a node has no x in it: sqrt(2) costs nothing."""
    return not any(n.is_symbol for n in order(node))


def _is_product(node: Node) -> bool:
    """Whether a division or power is a product or two: by a number, or to a whole power up to 4."""
    if node.name == "divide":
        return _is_number(node.args[1])
    return node.name == "power" and node.args[1].value in (2.0, 3.0, 4.0)


def found(entry: Any) -> dict[str, bool | None]:
    """What entries can be found by: facts of the curve, for functions of one number, and of the parameters."""
    parameters = entry.parameters.values()
    own: dict[str, bool | None] = {
        "learnable": any(p.learnable for p in parameters),
        "stochastic": any(p.drawn for p in parameters),
        "parameters": bool(parameters),
    }
    return {**_of_curve(entry.facts), **own} if isinstance(entry, Activation) else own


PLAIN = (
    "bounded", "bounded_above", "bounded_below", "smooth", "monotone", "increasing", "decreasing", "convex", "concave",
    "odd", "even", "zero_centred",
)  # fmt: skip


def _of_curve(facts: Facts) -> dict[str, bool | None]:
    return {
        **{name: getattr(facts, name) for name in PLAIN},
        "kinks": _any(facts.kinks),
        "jumps": _any(facts.jumps),
        "defined_everywhere": None if facts.gaps is None else not facts.gaps,
        "has_negative_values": None if facts.range is None else facts.range[0] < 0,
        "sparse": None if facts.sparsity is None else facts.sparsity > 0,
        "finite_slope": None if facts.lipschitz is None else facts.lipschitz < float("inf"),
    }


def _any(places: tuple[Any, ...] | None) -> bool | None:
    return None if places is None else bool(places)


def curve(entry: Any) -> list[str]:
    """The curve in one line, in braille and in ASCII; empty for units, which take several inputs."""
    from nonlin.cli.curves import of_list
    from nonlin.cli.drawing import tiny

    drawn = of_list(entry, SPAN, 20 * CURVE)
    return [tiny(*drawn, CURVE), tiny(*drawn, CURVE, plain=True)] if drawn else ["", ""]


def digest(entry: Any) -> str:
    """Of the definition and of the code that computes facts: a card with this digest need not be made again."""
    parts = [repr(stated(entry)), repr(_definition(entry)), _code()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _definition(entry: Any) -> Any:
    parameters = {k: asdict(p) for k, p in entry.parameters.items()}
    if isinstance(entry, Activation):
        trees = [
            str(entry.expression.formula),
            str(entry.expression.stable),
            *map(str, entry.expression.known.values()),
        ]
        return trees, parameters, repr(entry.record.facts)
    return entry.text, parameters


@cache
def _code() -> str:
    own = Path(__file__)
    sources = [own, *sorted((own.parent / "facts").glob("*.py"))]
    return hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()
