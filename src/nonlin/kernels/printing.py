"""A tree as the source of a module: straight-line Python in the words of :mod:`nonlin.kernels.words`, inside two loops.

No text of a user gets into it: symbols are numbered, numbers are written by ``repr``, and the rest is the vocabulary's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite, isnan
from typing import cast

import numpy as np

from nonlin.error_bound import SHORT, Bound, error_bound, fused
from nonlin.expression import guarded_input
from nonlin.ops import numpy_words, pairs
from nonlin.ops.evaluate import evaluate, number
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
SINGLE = {  # cheaper words, where the arguments at some places are no pairs
    "add": ("two_sum", (0, 1)), "subtract": ("two_difference", (0, 1)), "multiply": ("two_product", (0, 1)),
    "square": ("two_square", (0,)), "divide": ("divide_by", (1,)), "where": ("choose", (0,)),
}  # fmt: skip
OFTEN = 2.0**-9  # more elements in doubt: then nearly every block is

MODULE = '''"""Made by nonlin {version} for this machine; it is made again where it is missing."""

from math import cos as whole_cos
from math import fabs, inf, nan
from math import sin as whole_sin
from math import tan as whole_tan

from numba import float32, float64

from nonlin.kernels.loops import at, core
from nonlin.kernels import pair_words, short_words
from nonlin.kernels.words import *
from nonlin.kernels.words import multiply_aside, word


@word
def body({arguments}):
{body}


@core
def loop64(inputs, outputs, n, parameters):
{pointers}
    doubtful = False
    for i in range(n):
        {results} = body({given})
{store}
    return doubtful
'''

LOOK = """

@word
def body_of_{name}({arguments}):
{body}


@core
def {name}(inputs, outputs, n, parameters):
{pointers}
    doubtful = False
    for i in range(n):
        {results}, {errors} = body_of_{name}({given})
{store}
    return doubtful
"""

FINE = """

@word
def body_with_fine_error({arguments}):
{body}


@word
def pairs({arguments}):
{pairs}


@core
def {name}(inputs, outputs, n, parameters):
{pointers}
    doubtful = False
    for i in range(n):
        {results}, {errors} = body_with_fine_error({given})
        {values}, {formulas} = pairs({given})
{store}
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
    formulas: tuple[Node, ...] = ()
    """What the roots mean, if they are only nearly the same."""


def source(program: Program, version: str) -> str:
    """The module that computes a program: ``loop32`` with a ``fine32`` for the blocks that it leaves in doubt."""
    module, short = _module(program, version), _is_short(program)
    if not _needs_fine(program):
        return module + _look(program, "loop32", short) + (_look(program, "fine32") if short else "")
    if any(_share_in_doubt(program, *pair) > OFTEN for pair in zip(program.roots, _meanings(program), strict=True)):
        return module + _fine(program, "loop32")
    return module + _look(program, "loop32", short) + _fine(program, "fine32")


def _share_in_doubt(program: Program, root: Node, formula: Node) -> float:
    """The share of numbers that a first look leaves in doubt; by trial, for pure arithmetic of one number."""
    bound = _bound(program, root)
    if len(program.inputs) > 1 or bound.absolute is not ZERO or not _is_arithmetic(formula):
        return 0.0
    x = np.random.default_rng(0).standard_normal(4096).astype(np.float32).astype(np.float64)
    values = {program.inputs[0]: x} | dict.fromkeys(program.parameters, 0.37)
    with np.errstate(all="ignore"):
        y = evaluate(root, numpy_words, values)
    ends = [np.float32(y * (1 + sign * bound.relative)) for sign in (-1, 1)]
    return float(np.mean(ends[0] != ends[1]))


def _is_short(program: Program) -> bool:
    """Whether the first look has short words for some of the tree."""
    nodes = [node for root in program.roots for node in order(root) if node.args]
    return program.certain and any(fused(node)[0] in SHORT for node in nodes)


def _needs_fine(program: Program) -> bool:
    """Whether a closer look at a block decides more than the full words do."""
    looks = [(_bound(program, root), _bound(program, root, fine=True)) for root in program.roots]
    doubtful = [k for k, (first, _) in enumerate(looks) if not first.certain]
    return any(looks[k][0] != looks[k][1] or _has_arithmetic(program, _meanings(program)[k]) for k in doubtful)


def _meanings(program: Program) -> tuple[Node, ...]:
    return program.formulas or program.roots


def _has_arithmetic(program: Program, formula: Node) -> bool:
    """Whether a formula is pure arithmetic somewhere."""
    values = {name: np.linspace(-4.0, 4.0, 33) for name in program.inputs} | dict.fromkeys(program.parameters, 0.37)
    return bool(np.isfinite(pairs.evaluate(formula, values)[0]).any())


def _fine(program: Program, name: str) -> str:
    """A closer look at a block: with the finer bound, and pure arithmetic in twice the digits."""
    names, results = _names(program), _results(program)
    bounds = [_bound(program, root, fine=True) for root in program.roots]
    return FINE.format(
        name=name,
        arguments=", ".join(names.values()),
        body="\n".join(_lines((*program.roots, *(bound.absolute for bound in bounds)), names, quick=True)),
        pairs="\n".join(_pair_lines(program, names)),
        pointers="\n".join(_pointers(program, "float32")),
        results=", ".join(results),
        errors=", ".join(f"e{k}" for k in range(len(results))),
        values=", ".join(f"value{k}" for k in range(len(results))),
        formulas=", ".join(f"formula{k}" for k in range(len(results))),
        given=_given(program),
        store="\n".join(_store_fine(program, bounds)),
    )


def _store_fine(program: Program, bounds: list[Bound]) -> Iterator[str]:
    """Write what the pairs decide, and else the results; a zero has the sign of the result."""
    no_nan = _no_nan(program)
    for k, bound in enumerate(bounds):
        yield f"        exact{k} = pair_words.decided(value{k}) if {no_nan} & (formula{k}[0] == formula{k}[0]) else nan"
        kept = _kept(program, program.roots[k], f"y{k}")
        yield f"        out{k}[i] = float32(exact{k} if fabs(exact{k}) > 0 else {kept})"
        yield f"        doubtful |= bool((exact{k} != exact{k}) & ({_doubt(f'y{k}', f'e{k}', bound)}) & {no_nan})"


def _module(program: Program, version: str) -> str:
    names, results = _names(program), _results(program)
    return MODULE.format(
        version=version,
        arguments=", ".join(names.values()),
        body="\n".join(_lines(program.roots, names)),
        pointers="\n".join(_pointers(program, "float64")),
        results=", ".join(results),
        given=_given(program),
        store="\n".join(_store(program, [None] * len(results), "float64")),
    )


def _look(program: Program, name: str, short: bool = False) -> str:
    """A loop that tells whether a float32 result is in doubt."""
    bounds = [_bound(program, root, short=short) for root in program.roots]
    names, results = _names(program), _results(program)
    return LOOK.format(
        name=name,
        arguments=", ".join(names.values()),
        body="\n".join(_lines((*program.roots, *(bound.absolute for bound in bounds)), names, True, short)),
        pointers="\n".join(_pointers(program, "float32")),
        results=", ".join(results),
        errors=", ".join(f"e{k}" for k in range(len(results))),
        given=_given(program),
        store="\n".join(_store(program, bounds, "float32")),
    )


def _results(program: Program) -> list[str]:
    return [f"y{k}" for k in range(len(program.roots))]


def _bound(program: Program, root: Node, fine: bool = False, short: bool = False) -> Bound:
    digits = tuple((name, 24) for name in program.inputs)
    return error_bound(root, digits, fine, short) if program.certain else Bound(0.0, ZERO, (1, frozenset()))


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


def _store(program: Program, bounds: Sequence[Bound | None], kind: str) -> Iterator[str]:
    """Write the results of one element, and note whether any is in doubt, or NaN where no input is."""
    for k, bound in enumerate(bounds):
        relative = 0.0 if bound is None or bound.absolute is not ZERO else bound.relative
        high = f"y{k} * {1 + relative!r}" if relative else f"y{k}"  # if it rounds to another number, this is not kept
        yield f"        z{k} = {kind}({_kept(program, program.roots[k], high)})"
        yield f"        out{k}[i] = z{k}"
        if program.certain:
            doubt = _doubt(f"y{k}", f"e{k}", bound)
            doubt = f"float32(y{k} * {1 - relative!r}) != z{k}" if relative else doubt
            yield f"        doubtful |= bool(({doubt}) & {_no_nan(program)})"


def _no_nan(program: Program) -> str:
    return "(" + " & ".join(f"(x{k}[i] == x{k}[i])" for k in range(len(program.inputs))) + ")"


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


def _lines(
    roots: tuple[Node, ...], names: Mapping[str, str], quick: bool = False, short: bool = False
) -> Iterator[str]:
    """The statements of a function that returns the values of ``roots``; ``quick``: as exact as their bounds say."""
    nodes = {node.name for root in roots for node in order(root)}
    whole = not nodes.isdisjoint(CIRCULAR) and not nodes.isdisjoint(CHOICES)
    told = _Told(partial(_leaf, names=names), partial(_told, whole=whole, short=short, quick=quick))
    yield from told.statements(roots)
    yield f"    return {', '.join(told[root] for root in roots)}"


def _pair_lines(program: Program, names: Mapping[str, str]) -> Iterator[str]:
    """The same for pairs: the values, and then what is NaN where the formulas are no arithmetic."""
    both = zip(program.roots, _meanings(program), strict=True)
    roots = (*program.roots, *(root if _is_arithmetic(formula) else formula for root, formula in both))
    single = _single(program, roots)
    told = _Told(partial(_pair_leaf, names=names, single=single), partial(_pair_told, single=single))
    yield from told.statements(roots)
    yield f"    return {', '.join(_pair(root, told, single) for root in roots)}"


class _Told(dict[Node, str]):
    """What stands for each node in a function: a name or a number, or the name of a statement's result."""

    def __init__(self, leaf: Callable[[Node], str], tell: Callable[..., str]) -> None:
        self.leaf, self.tell = leaf, tell

    def statements(self, roots: tuple[Node, ...]) -> Iterator[str]:
        for node in dict.fromkeys(node for root in roots for node in order(root)):
            self[node] = self.leaf(node)
            if not self[node]:
                self[node] = f"v{len(self)}"
                yield f"    {self[node]} = {self.tell(node, self)}"


def _is_arithmetic(root: Node) -> bool:
    """Whether all of it is arithmetic."""
    return all(
        _pair_word(node) if node.args else node.is_symbol or isfinite(pairs.written(node)[0]) for node in order(root)
    )


def _single(program: Program, roots: tuple[Node, ...]) -> set[Node]:
    """What float64 computes exactly, from such parts only, so that it needs no pairs; for inputs that are not NaN."""
    found: set[Node] = set()
    for node in dict.fromkeys(node for root in roots for node in order(root)):
        exact = node.name != "_multiply_aside" and (node.is_condition or _bound(program, node).certain)
        if exact and found.issuperset(node.args):
            found.add(node)
    return found


def _pair(node: Node, told: Mapping[Node, str], single: set[Node]) -> str:
    return f"({told[node]}, 0.0)" if node in single else told[node]


def _pair_leaf(node: Node, names: Mapping[str, str], single: set[Node]) -> str:
    if node in single or node.is_symbol:
        return _leaf(node, names)
    if node.word is None:
        high, low = pairs.written(node)
        return f"({_literal(float(high))}, {_literal(float(low))})"
    return ""


def _pair_word(node: Node) -> str:
    """The name of the word for pairs; "" if there is none."""
    name = {"_multiply_aside": "multiply"}.get(node.name, node.name)
    if name == "power":
        name = {2.0: "square", 3.0: "cube"}.get(cast(float, node.args[1].value), "")
    return name if name in PAIR_WORDS else ""


def _pair_told(node: Node, told: Mapping[Node, str], single: set[Node]) -> str:
    if node in single:
        return _told(node, told)
    name = _pair_word(node)
    if not name:
        return "nan" if node.is_condition else "pair_words.UNKNOWN"
    parts = node.args[:1] if name in ("square", "cube") else node.args
    word, places = SINGLE.get(name, ("", ()))
    if not word or not single.issuperset(parts[i] for i in places):
        word, places = name, ()
    given = (told[a] if i in places else _pair(a, told, single) for i, a in enumerate(parts))
    return f"pair_words.{word}({', '.join(given)})"


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


def _told(node: Node, told: Mapping[Node, str], whole: bool = False, quick: bool = False, short: bool = False) -> str:
    """``whole``: the circular words of the C library. Ours are NaN for huge numbers, which a choice would hide."""
    parts = [told[a] for a in node.args]
    if quick and node.name == "divide" and node.args[1].is_constant:
        return f"{parts[0]} * (1 / {parts[1]})"
    name, below = fused(node)
    if short and name in SHORT:
        return f"short_words.{name}({told[below]})"
    if whole and node.name in CIRCULAR:
        return f"whole_{node.name}({parts[0]})"
    if node.name == "power" and node.args[1].value in (2.0, 3.0):
        return " * ".join([parts[0]] * int(float(node.args[1].value)))
    if node.name in OPERATORS:
        return OPERATORS[node.name].format(*parts)
    assert node.name in WORDS  # noqa: S101 - or the words of the kernels are incomplete, which a test would show
    return f"{node.name}({', '.join(parts)})"
