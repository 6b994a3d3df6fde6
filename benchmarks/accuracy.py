"""How far activations are from the true value in nonlin, NumPy, SciPy, PyTorch, JAX and TensorFlow, float32.

    python benchmarks/accuracy.py [--samples 200000] [--functions gelu ...] [--peers nonlin torch ...] [--quick]
                                  [--write docs]

The true values are float64 formulas written below in forms that lose no digits, with SciPy's expit and ndtr; a float64
value that lies too close to a tie to be rounded is decided in as many digits as that takes, and so are some at random,
which must agree. --write makes accuracy.md.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from peers import (
    ALPHA,
    CUBIC,
    LAMBDA,
    PEERS,
    SLOPE,
    Array,
    Call,
    Peer,
    environment,
    head,
    parser,
    publish,
    table,
    title,
)
from scipy.special import expit, ndtr

import nonlin as nl
from nonlin.ops.exact import correctly_rounded

NAMES = tuple(peer for peer in PEERS if peer != "nonlin-new")
DIRECTIONS = ("value", "derivative")
LOWEST = 2.0**-126
"""The smallest normal number of float32; below it some libraries give 0."""
CLOSE = 1e-5
"""ulp: so far from a tie, the float64 value is rounded as the true one is."""
CHECKED = 100
"""Results of a function, taken at random, that are computed in many digits too."""

NOTES = """
float32. ulp: the distance of neighbouring float32 numbers at the true value. A third of the inputs is normal with
standard deviation 3, a third ±2^e with e uniform from -126 to 127, a third uniform from -100 to 100. Derivatives are
the libraries' own, by their own differentiation, for a gradient of 1; NumPy and SciPy: the written-out derivative.
Largest errors leave out subnormal results (below 2^-126), which have a column of their own; shares have them in.
1.7e+07 ulp, which is 2^24, is a result of 0 where the true value is not 0.
–: the library has no such function. inf: infinity or NaN where the true value is a number.
"""


class Errors(NamedTuple):
    """Of one function and peer: the largest error where the true value is normal or 0, and where it is subnormal; and
    the share of all results that are not the float32 number next to the true value."""

    normal: float
    subnormal: float
    misrounded: float


Found = dict[tuple[str, str, str], Errors]  # direction, function, peer


def main() -> None:
    arguments = asked()
    os.environ.update(environment(1))  # in time: a library is loaded when its peer is made
    with np.errstate(all="ignore"):
        found = dict(measured(arguments))
    publish(page(arguments, found), arguments.write, "accuracy.md")


def asked() -> Namespace:
    made = parser(__doc__, NAMES)
    made.add_argument("--samples", type=int, default=200_000)
    given = made.parse_args()
    if given.quick:
        given.samples = 3000
    return given


# ---- the true values -------------------------------------------------------------------------------------------------


def _softplus(x: Array) -> Any:
    return np.logaddexp(0, x)


def _density(x: Array) -> Any:
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def _twice_inner(x: Array) -> Any:
    """(1 + tanh(u))/2 is expit(2u)."""
    return 2 * SLOPE * (x + CUBIC * x**3)


def _gelu_tanh_slope(x: Array) -> Any:
    u = _twice_inner(x)
    rest = x * expit(u) * expit(-u) * 2 * SLOPE * (1 + 3 * CUBIC * x**2)
    return expit(u) + np.where(np.isfinite(rest), rest, 0)


def _mish_parts(x: Array) -> tuple[Any, Any]:
    """tanh(softplus(x)) and its derivative, in n = exp(-|x|), so that neither overflows nor cancels."""
    n = np.exp(-np.abs(x))
    right, left = 1 + 2 * n + 2 * n**2, n**2 + 2 * n + 2
    value = np.where(x > 0, (1 + 2 * n) / right, n * (n + 2) / left)
    return value, np.where(x > 0, 4 * n**2 * (1 + n) / right**2, 4 * n * (1 + n) / left**2)


def _mish_slope(x: Array) -> Any:
    value, slope = _mish_parts(x)
    return value + x * slope


def _inside(x: Array) -> Any:
    return np.abs(x) < 3


_ELU = (lambda x: np.where(x > 0, x, np.expm1(x)), lambda x: np.where(x > 0, 1, np.exp(x)))
TRUE: dict[str, tuple[Callable[[Array], Any], Callable[[Array], Any]]] = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1.0, 0.0)),
    "leaky_relu": (lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1, 0.01)),
    "elu": _ELU,
    "celu": _ELU,
    "selu": (
        lambda x: LAMBDA * np.where(x > 0, x, ALPHA * np.expm1(x)),
        lambda x: LAMBDA * np.where(x > 0, 1, ALPHA * np.exp(x)),
    ),
    "gelu": (lambda x: x * ndtr(x), lambda x: ndtr(x) + x * _density(x)),
    "gelu_tanh": (lambda x: x * expit(_twice_inner(x)), _gelu_tanh_slope),
    "silu": (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * expit(-x))),
    "mish": (lambda x: x * _mish_parts(x)[0], _mish_slope),
    "softplus": (_softplus, expit),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "sigmoid": (expit, lambda x: expit(x) * expit(-x)),
    "log_sigmoid": (lambda x: -_softplus(-x), lambda x: expit(-x)),
    "softsign": (lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    "hard_sigmoid": (lambda x: np.clip((x + 3) / 6, 0, 1), lambda x: np.where(_inside(x), 1 / 6, 0)),
    "hard_swish": (
        lambda x: x * np.clip((x + 3) / 6, 0, 1),
        lambda x: np.where(_inside(x), (2 * x + 3) / 6, np.where(x > 0, 1.0, 0.0)),
    ),
}


def inputs(samples: int) -> Array:
    random, third = np.random.default_rng(7), -(-samples // 3)
    exponents = random.uniform(-126, 127, third)
    parts = [random.normal(0, 3, third), 2**exponents * random.choice([-1, 1], third), random.uniform(-100, 100, third)]
    return np.concatenate(parts).astype(np.float32)


def spacing(true: Array) -> Array:
    """The distance of neighbouring float32 numbers at a float64 value."""
    distance: Array = np.ldexp(1.0, np.maximum(np.frexp(true)[1] - 24, -149))
    return distance


def rounded(name: str, direction: str, x: Array, true: Array) -> Array:
    """The float32 numbers next to the true values; where float64 cannot tell, in as many digits as it takes."""
    nearest = true.astype(np.float32)
    units = np.abs(true) / spacing(true)
    to_tie = np.abs(units - np.floor(units) - 0.5)
    beside_zero = (np.abs(x) < 2) & (np.abs(true) < 1e-3) & (true != 0) & (direction == "derivative")
    doubtful = (to_tie < CLOSE) | beside_zero
    nearest[doubtful] = exact(name, direction, x[doubtful])
    some = np.random.default_rng(3).choice(len(x), CHECKED)
    if not np.array_equal(nearest[some], exact(name, direction, x[some])):
        raise SystemExit(f"{name}, {direction}: the two ways to the true value differ")
    return nearest


def exact(name: str, direction: str, x: Array) -> Array:
    """The formula in as many digits as its rounding needs, one number at a time."""
    activation = nl.get(name) if direction == "value" else nl.get(name).derivative
    formula, given = activation.expression.formula, activation.defaults
    return np.array([correctly_rounded(formula, {**given, "x": float(v)}, "float32") for v in x], np.float32)


# ---- measuring -------------------------------------------------------------------------------------------------------


def measured(arguments: Namespace) -> Iterator[tuple[tuple[str, str, str], Errors]]:
    peers = {name: PEERS[name](1) for name in arguments.peers}
    x = inputs(arguments.samples)
    wide = x.astype(np.float64)
    for name, (number, direction) in product(arguments.functions, enumerate(DIRECTIONS)):
        print(f"{name}: {direction} ...", file=sys.stderr)
        true = np.asarray(TRUE[name][number](wide), np.float64)
        nearest = rounded(name, direction, wide, true)
        for peer, made in peers.items():
            if call := call_of(made, direction, name, x):
                yield (direction, name, peer), errors(np.asarray(call()), nearest, true)


def call_of(peer: Peer, direction: str, name: str, x: Array) -> Call | None:
    return peer.forward(name, x) if direction == "value" else peer.backward(name, x, np.ones_like(x))


def errors(found: Array, nearest: Array, true: Array) -> Errors:
    ulp = np.abs(found.astype(np.float64) - true) / spacing(true)
    ulp = np.where(np.isfinite(found), ulp, np.where(found == nearest, 0, np.inf))
    subnormal = (np.abs(true) < LOWEST) & (true != 0)
    largest = [float(np.max(ulp[part], initial=0)) for part in (~subnormal, subnormal)]
    return Errors(largest[0], largest[1], float(np.mean(found != nearest)))


# ---- the page --------------------------------------------------------------------------------------------------------


def page(arguments: Namespace, found: Found) -> list[str]:
    lines = ["# Accuracy", "", *head(arguments.peers, NAMES), f"- {arguments.samples:,} inputs"]
    lines += [*NOTES.split("\n"), *summary(arguments, found)]
    for direction in DIRECTIONS:
        lines += ["", f"## {direction}: largest error in ulp, and the share not correctly rounded", ""]
        rows = [[name, *(shown(found.get((direction, name, peer))) for peer in arguments.peers)]
                for name in arguments.functions]  # fmt: skip
        lines += table(["function", *map(title, arguments.peers)], rows)
    return lines


def shown(one: Errors | None) -> str:
    """``0.5, 0 %`` only for none at all."""
    if one is None:
        return "–"
    share = 100 * one.misrounded
    return f"{one.normal:.3g}, " + ("0 %" if not share else f"{share:.2g} %" if share >= 0.01 else "< 0.01 %")


def summary(arguments: Namespace, found: Found) -> list[str]:
    """Per peer: how many functions keep which bound, its worst one, and what it makes of subnormal results."""
    rows = []
    for peer, direction in product(arguments.peers, DIRECTIONS):
        own = {name: one for (way, name, who), one in found.items() if (way, who) == (direction, peer)}
        worst = max(own, key=lambda name: own[name].normal, default="")
        kept = [sum(not one.misrounded for one in own.values()), sum(one.normal <= 1 for one in own.values())]
        largest = [f"{own[worst].normal:.3g} ({worst})", f"{max(e.subnormal for e in own.values()):.3g}"] if own else []
        rows.append([title(peer), direction, *(f"{n} of {len(own)}" for n in kept), *(largest or ["–", "–"])])
    return table(["", "", "all correctly rounded", "within 1 ulp", "largest error", "of subnormal results"], rows)


if __name__ == "__main__":
    main()
