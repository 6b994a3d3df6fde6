"""A program as the source of a module: its loops for float64 and float32, which tell whether results are in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nonlin.error_bound import SHORT, Bound, Digits, error_bound, fused
from nonlin.expression import guarded_input
from nonlin.kernels.pair_statements import is_arithmetic, pair_lines
from nonlin.kernels.single_rounding import in_float32, rounded_once
from nonlin.kernels.statements import Checks, lines, single_leaf
from nonlin.ops import numpy_words, pairs
from nonlin.ops.evaluate import evaluate
from nonlin.tree import ZERO, Node, order

LOSE_NAN = ("where", "power", "hypot", "sign")
OFTEN = 2.0**-9  # if more elements are in doubt, nearly every block is

MODULE = '''"""Made by nonlin {version} for this machine; it is made again where it is missing."""

from math import cos as whole_cos
from math import fabs, inf, nan
from math import sin as whole_sin
from math import tan as whole_tan

from numba import float32, float64

from nonlin.kernels.loops import at, core
from nonlin.kernels import pair_words, short_words
from nonlin.kernels.words import *
from nonlin.kernels.words import fma, multiply_aside, word


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
{narrow}    for i in range(n):
        {results}, {errors}, {unsure} = body_of_{name}({given})
{store}
    return doubtful
"""

NARROW = """

@word
def narrow({arguments}):
{body}
"""

NARROW_LOOP = """    if {fits}:
        for i in range(n):
            {results} = narrow({given})
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
def fine32(inputs, outputs, n, parameters):
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
    return module + _look(program, "loop32", short) + _fine(program)


def _often_in_doubt(program: Program, k: int) -> bool:
    """Whether a first look leaves many results in doubt; by trial, for pure arithmetic of one number, or that times
    others, of which each is taken to be 1."""
    root, bound = program.roots[k], _bound(program, program.roots[k])
    if not program.certain or bound.certain or bound.absolute is not ZERO or not is_arithmetic(_meanings(program)[k]):
        return False
    x = np.random.default_rng(0).standard_normal(4096).astype(np.float32).astype(np.float64)
    values = (
        dict.fromkeys(program.inputs, np.ones(())) | {program.inputs[0]: x} | dict.fromkeys(program.parameters, 0.37)
    )
    with np.errstate(all="ignore"):
        y = evaluate(root, numpy_words, values)
    ends = [np.float32(y * (1 + sign * bound.relative)) for sign in (-1, 1)]
    return bool(np.mean(ends[0] != ends[1]) > OFTEN)


def _once(program: Program, k: int) -> Checks:
    """The checks that tell a result which is rounded once, if many are in doubt and it is such a tree."""
    return rounded_once(program.roots[k], _digits(program)) if _often_in_doubt(program, k) else None


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
    with np.errstate(all="ignore"):
        return bool(np.isfinite(pairs.evaluate(formula, values)[0]).any())


def _fine(program: Program) -> str:
    """A closer look at a block: with the finer bound, and pure arithmetic in twice the digits."""
    names, results = _names(program), _results(program)
    bounds = [_bound(program, root, fine=True) for root in program.roots]
    return FINE.format(
        arguments=", ".join(names.values()),
        body="\n".join(lines((*program.roots, *(bound.absolute for bound in bounds)), names, quick=True)),
        pairs="\n".join(pair_lines(program.roots, _meanings(program), names, _digits(program))),
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
        body="\n".join(lines(program.roots, names)),
        pointers="\n".join(_pointers(program, "float64")),
        results=", ".join(results),
        given=_given(program),
        store="\n".join(_store(program, [None] * len(results), "float64")),
    )


def _look(program: Program, name: str, short: bool = False) -> str:
    """A loop that tells whether a float32 result is in doubt."""
    narrow = _narrow(program) if program.certain and all(map(in_float32, program.roots)) else ("", "")
    bounds = [_bound(program, root, short=short) for root in program.roots]
    names, results, once = _names(program), _results(program), [_once(program, k) for k in range(len(program.roots))]
    return narrow[0] + LOOK.format(
        name=name,
        narrow=narrow[1],
        arguments=", ".join(names.values()),
        body="\n".join(lines((*program.roots, *(bound.absolute for bound in bounds)), names, True, short, once)),
        pointers="\n".join(_pointers(program, "float32")),
        results=", ".join(results),
        errors=", ".join(f"e{k}" for k in range(len(results))),
        unsure=", ".join(f"unsure{k}" for k in range(len(results))),
        given=_given(program),
        store="\n".join(_store(program, bounds, "float32", once)),
    )


def _narrow(program: Program) -> tuple[str, str]:
    """A body that computes in float32, and the loop that uses it where the parameters fit."""
    names, results = _names(program), _results(program)
    parameters = [names[symbol] for symbol in program.parameters]
    body = "\n".join(lines(program.roots, names, leaves=single_leaf))
    given = [f"{n}[i]" if s in program.inputs else f"float32({n})" for s, n in names.items()]
    loop = NARROW_LOOP.format(
        fits=" and ".join(f"float64(float32({p})) == {p}" for p in parameters) or "True",
        results=", ".join(results),
        given=", ".join(given),
        store="\n".join("    " + line for line in _store(program, [None] * len(results), "float32")),
    )
    return NARROW.format(arguments=", ".join(names.values()), body=body), loop


def _results(program: Program) -> list[str]:
    return [f"y{k}" for k in range(len(program.roots))]


def _bound(program: Program, root: Node, fine: bool = False, short: bool = False) -> Bound:
    return error_bound(root, _digits(program), fine, short) if program.certain else Bound(0.0, ZERO, (1, frozenset()))


def _digits(program: Program) -> Digits:
    return tuple((name, 24) for name in program.inputs)


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


def _store(program: Program, bounds: Sequence[Bound | None], kind: str, once: Sequence[Checks] = ()) -> Iterator[str]:
    """Write the results of one element, and note whether any is in doubt, or NaN where no input is."""
    for k, bound in enumerate(bounds):
        known = bool(once) and once[k] is not None
        relative = 0.0 if bound is None or bound.absolute is not ZERO or known else bound.relative
        high = f"y{k} * {1 + relative!r}" if relative else f"y{k}"  # if it rounds to another number, this is not kept
        yield f"        z{k} = {kind}({_kept(program, program.roots[k], high)})"
        yield f"        out{k}[i] = z{k}"
        if program.certain:
            doubt = _doubt(f"y{k}", f"e{k}", bound)
            doubt = f"float32(y{k} * {1 - relative!r}) != z{k}" if relative else doubt
            doubt = f"({doubt}) & unsure{k}" if known else doubt
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
