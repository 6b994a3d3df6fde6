"""A tree as the source of a module: straight-line Python in the words of :mod:`nonlin.kernels.words`, inside two loops.

No text of a user gets into it: symbols are numbered, numbers are written by ``repr``, and the rest is the vocabulary's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import isfinite, isnan
from typing import cast

import numpy as np

from nonlin.error_bound import Bound, error_bound
from nonlin.expression import guarded_input
from nonlin.ops import pairs
from nonlin.ops.evaluate import number
from nonlin.tree import WORDS, ZERO, Node, order

OPERATORS = {
    "add": "{} + {}", "subtract": "{} - {}", "multiply": "{} * {}", "divide": "{} / {}", "negative": "-{}",
    "greater": "{} > {}", "greater_equal": "{} >= {}", "less": "{} < {}", "less_equal": "{} <= {}",
    "equal": "{} == {}", "where": "{1} if {0} else {2}", "_multiply_aside": "multiply_aside({}, {})",
}  # fmt: skip

LOSE_NAN = ("where", "power", "hypot", "sign")
CHOICES = ("where", "minimum", "maximum", "clip", "sign", "floor")
CIRCULAR = ("sin", "cos", "tan")
PAIR_WORDS = (
    "add", "subtract", "multiply", "divide", "negative", "square", "cube", "abs", "sign", "where", "minimum", "maximum",
    "clip", "less", "greater", "less_equal", "greater_equal", "equal",
)  # fmt: skip

MODULE = '''"""Made by nonlin {version} for this machine; it is made again where it is missing."""

from math import cos as whole_cos
from math import fabs, inf, nan
from math import sin as whole_sin
from math import tan as whole_tan

from numba import float32, float64

from nonlin.kernels.loops import at, core
from nonlin.kernels import pair_words
from nonlin.kernels.words import *
from nonlin.kernels.words import multiply_aside, word


@word
def body({arguments}):
{body}


@word
def body_with_error({arguments}):
{body_with_error}


@core
def loop32(inputs, outputs, n, parameters):
{pointers32}
    doubtful = 0
    for i in range(n):
        {results}, {errors} = body_with_error({given})
{store32}
    return doubtful


@core
def loop64(inputs, outputs, n, parameters):
{pointers64}
    doubtful = 0
    for i in range(n):
        {results} = body({given})
{store64}
    return doubtful
'''

FINE = """

@word
def body_with_fine_error({arguments}):
{body}


@word
def pairs({arguments}):
{pairs}


@core
def fine32(inputs, outputs, n, parameters):
{pointers}
    doubtful = 0
    for i in range(n):
        y0, e0 = body_with_fine_error({given})
        exact, pure = pairs({given})
        known = pair_words.decided(exact) & (pure[0] == pure[0])
        result = pair_words.to_odd(exact) if known & (exact[0] != 0) else {kept}  # a zero has the sign of y0
        out0[i] = float32(result)
        doubtful |= (not known) & ({doubt}) & ({no_nan})
    return doubtful
"""


@dataclass(frozen=True)
class Program:
    """What one pass over the data computes: ``roots`` of ``inputs``, which are arrays, and of ``parameters``.

    ``certain``: whether float32 results are to be certain, so that those in doubt must be told.
    """

    roots: tuple[Node, ...]
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    certain: bool = True
    formula: Node | None = None
    """What one root means, if the root is only nearly the same."""


def source(program: Program, version: str) -> str:
    """The module that computes a program; with a ``fine32`` where the first look at a block often leaves doubt."""
    return _module(program, version) + (_fine(program) if _needs_fine(program) else "")


def _needs_fine(program: Program) -> bool:
    if not program.certain or len(program.roots) > 1:
        return False
    bound = _bound(program, program.roots[0])
    return not bound.certain and (bound != _bound(program, program.roots[0], fine=True) or _arithmetic(program))


def _meaning(program: Program) -> Node:
    return program.roots[0] if program.formula is None else program.formula


def _arithmetic(program: Program) -> bool:
    """Whether the formula is pure arithmetic somewhere."""
    values = {name: np.linspace(-4.0, 4.0, 33) for name in program.inputs} | dict.fromkeys(program.parameters, 0.37)
    return bool(np.isfinite(pairs.evaluate(_meaning(program), values)[0]).any())


def _fine(program: Program) -> str:
    """A second look at a block: with the finer bound, and pure arithmetic in twice the digits."""
    names, (root,) = _names(program), program.roots
    bound = _bound(program, root, fine=True)
    return FINE.format(
        arguments=", ".join(names.values()),
        body="\n".join(_lines((root, bound.absolute), names)),
        pairs="\n".join(_pair_lines((root, _meaning(program)), names)),
        pointers="\n".join(_pointers(program, "float32")),
        given=_given(program),
        kept=_kept(program, root, "y0"),
        no_nan=_no_nan(program),
        doubt=_doubt("y0", "e0", bound),
    )


def _module(program: Program, version: str) -> str:
    bounds = [_bound(program, root) for root in program.roots]
    errors = [bound.absolute for bound in bounds]
    results = [f"y{k}" for k in range(len(program.roots))]
    tolerances = [f"e{k}" for k in range(len(program.roots))]
    names = _names(program)
    return MODULE.format(
        version=version,
        arguments=", ".join(names.values()),
        body="\n".join(_lines(program.roots, names)),
        body_with_error="\n".join(_lines((*program.roots, *errors), names)),
        pointers32="\n".join(_pointers(program, "float32")),
        pointers64="\n".join(_pointers(program, "float64")),
        results=", ".join(results) if len(results) > 1 else results[0],
        errors=", ".join(tolerances),
        given=_given(program),
        store32="\n".join(_store(program, results, bounds, "float32")),
        store64="\n".join(_store(program, results, [None] * len(results), "float64")),
    )


def _bound(program: Program, root: Node, fine: bool = False) -> Bound:
    digits = tuple((name, 24) for name in program.inputs)
    return error_bound(root, digits, fine) if program.certain else Bound(0.0, ZERO, (1, frozenset()))


def _given(program: Program) -> str:
    """The arguments of a body, for element i."""
    return ", ".join(f"float64({n}[i])" if s in program.inputs else n for s, n in _names(program).items())


def _names(program: Program) -> dict[str, str]:
    inputs = {symbol: f"x{k}" for k, symbol in enumerate(program.inputs)}
    return inputs | {symbol: f"p{k}" for k, symbol in enumerate(program.parameters)}


def _pointers(program: Program, kind: str) -> Iterator[str]:
    for k in range(len(program.inputs)):
        yield f"    x{k} = at({kind}, inputs[{k}])"
    for k in range(len(program.roots)):
        yield f"    out{k} = at({kind}, outputs[{k}])"
    for k in range(len(program.parameters)):
        yield f"    p{k} = parameters[{k}]"


def _store(program: Program, results: list[str], bounds: list[Bound] | list[None], kind: str) -> Iterator[str]:
    """Write the results of one element, and note whether any is in doubt, or NaN where no input is."""
    for k, (result, bound) in enumerate(zip(results, bounds, strict=True)):
        yield f"        out{k}[i] = {kind}({_kept(program, program.roots[k], result)})"
        if program.certain:
            yield f"        doubtful |= ({_doubt(result, f'e{k}', bound)}) & ({_no_nan(program)})"


def _no_nan(program: Program) -> str:
    return " & ".join(f"(x{k}[i] == x{k}[i])" for k in range(len(program.inputs)))


def _kept(program: Program, root: Node, result: str) -> str:
    """The result, and NaN for NaN."""
    name = guarded_input(root, program.inputs)
    if name is None or _keeps_nan(root, name):
        return result
    x = f"{_names(program)[name]}[i]"
    return f"({result} if {x} == {x} else float64({x}))"


def _keeps_nan(root: Node, name: str) -> bool:
    """Whether NaN gives NaN, as it must: a constant, a choice, 1**x and hypot with infinity lose it."""
    return any(node.value == name for node in order(root)) and not any(node.name in LOSE_NAN for node in order(root))


def _doubt(result: str, error: str, bound: Bound | None) -> str:
    """Both ends of the interval must round to one number; NaN is not equal to itself."""
    if bound is None or bound.certain:
        return f"{result} != {result}"
    if bound.absolute is ZERO:
        return f"float32({result} * {1 - bound.relative!r}) != float32({result} * {1 + bound.relative!r})"
    margin = f"(fabs({result}) * {bound.relative!r} + {error})"
    return f"float32({result} - {margin}) != float32({result} + {margin})"


def _lines(roots: tuple[Node, ...], names: Mapping[str, str]) -> Iterator[str]:
    """The statements of a function that returns the values of ``roots``."""
    nodes = {node.name for root in roots for node in order(root)}
    whole = not nodes.isdisjoint(CIRCULAR) and not nodes.isdisjoint(CHOICES)
    return _statements(roots, partial(_leaf, names=names), partial(_told, whole=whole))


def _pair_lines(roots: tuple[Node, ...], names: Mapping[str, str]) -> Iterator[str]:
    """The same for pairs."""
    return _statements(roots, partial(_pair_leaf, names=names), _pair_told)


def _statements(roots: tuple[Node, ...], leaf: Callable[[Node], str], tell: Callable[..., str]) -> Iterator[str]:
    told: dict[Node, str] = {}
    for node in dict.fromkeys(node for root in roots for node in order(root)):
        told[node] = leaf(node)
        if not told[node]:
            told[node] = f"v{len(told)}"
            yield f"    {told[node]} = {tell(node, told)}"
    yield f"    return {', '.join(told[root] for root in roots)}"


def _pair_leaf(node: Node, names: Mapping[str, str]) -> str:
    if node.is_symbol:
        return f"({names[str(node.value)]}, 0.0)"
    if node.word is None:
        high, low = pairs.written(node)
        return f"({_literal(float(high))}, {_literal(float(low))})"
    return ""


def _pair_told(node: Node, told: Mapping[Node, str]) -> str:
    name = {"_multiply_aside": "multiply"}.get(node.name, node.name)
    parts = [told[a] for a in node.args]
    if name == "power":
        name = {2.0: "square", 3.0: "cube"}.get(cast(float, node.args[1].value), "")
        parts = parts[:1]
    if name not in PAIR_WORDS:
        return "nan" if node.is_condition else "pair_words.UNKNOWN"
    return f"pair_words.{name}({', '.join(parts)})"


def _leaf(node: Node, names: Mapping[str, str]) -> str:
    """A name or a number; "" for a word that has work to do."""
    if node.is_symbol:
        return names[str(node.value)]
    value = number(node)
    return "" if value is None else _literal(value)


def _literal(value: float | bool) -> str:
    if isinstance(value, bool) or isfinite(value):
        return f"({value!r})"
    return "nan" if isnan(value) else "inf" if value > 0 else "(-inf)"


def _told(node: Node, told: Mapping[Node, str], whole: bool = False) -> str:
    """``whole``: the circular words of the C library. Ours are NaN for huge numbers, which a choice would hide."""
    parts = [told[a] for a in node.args]
    if whole and node.name in CIRCULAR:
        return f"whole_{node.name}({parts[0]})"
    if node.name == "power" and node.args[1].value in (2.0, 3.0):
        return " * ".join([parts[0]] * int(float(node.args[1].value)))
    if node.name in OPERATORS:
        return OPERATORS[node.name].format(*parts)
    assert node.name in WORDS  # noqa: S101 - or the words of the kernels are incomplete, which a test would show
    return f"{node.name}({', '.join(parts)})"
