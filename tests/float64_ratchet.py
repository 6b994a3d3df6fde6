"""The stored worst float64 errors, which may not get worse: ``python tests/float64_ratchet.py [COUNT [NAME ...]]``.

``float64_ratchet.json`` has, for a number of points, each entry and quantity, the worst error in last places: of the
result, or near its zero of the largest term in it. COUNT is 2,000 (half a minute in all) or 20,000 (five minutes; a
million would take hours in ball arithmetic). Run it when a formula has become better, and look at the difference in
git.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

import nonlin as nl
from nonlin.core import Activation
from nonlin.ops import numpy as backend
from reference import grid
from reference.contract import ratio
from reference.formulas import ELEMENTWISE, Reference
from reference.grid import Array
from reference.oracle import Jet, jet
from ulp import FORMATS, error

FILE = Path(__file__).with_name("float64_ratchet.json")
FEW, MANY = 2_000, 20_000
FAR = 1e50
TAIL = 4 + 2 * 8.0  # where the argument of the exponential is beyond 8
ORDERS = {"value": 0, "derivative": 1}
PATHS = ("kernel", "numpy")


def stored(count: int) -> dict[str, dict[str, float]]:
    """The worst errors by entry and quantity, for so many points."""
    found: dict[str, dict[str, float]] = _all().get(str(count), {})
    return found


def _all() -> dict[str, dict[str, dict[str, float]]]:
    return json.loads(FILE.read_text()) if FILE.exists() else {}  # type: ignore[no-any-return]


class Found(NamedTuple):
    """An error in last places, where it is, what came out, and how large it may be there."""

    units: float
    x: float
    got: float
    allowed: float


def measured(name: str, count: int) -> dict[str, list[Found]]:
    """All errors by quantity; those of tails, where an exponential takes part of the digits with it, apart."""
    reference, act = ELEMENTWISE[name], nl.get(name)
    x = points(name, count)
    jets = [jet(reference, float(v), reference.defaults, 3) for v in x]
    found: dict[str, list[Found]] = {}
    for quantity, order in ORDERS.items():
        for path in PATHS:
            got = computed(act.derivative if order else act, x, path)
            for one in _errors(reference, x, jets, order, got):
                tail = " tail" if one.allowed > TAIL else ""
                found.setdefault(f"{quantity} {path}{tail}", []).append(one)
    return found


def computed(act: Activation, x: Array, path: str) -> Array:
    """Without warnings, which are another test's."""
    answer = np.empty_like(x)
    with np.errstate(all="ignore"):
        if path == "kernel":
            act.ufunc(x, *act.defaults.values(), out=answer)
        else:
            backend.fill(answer, act.expression, {"x": x, **act.defaults})
    return answer


def _errors(reference: Reference, x: Array, jets: list[Jet], order: int, got: Array) -> Iterator[Found]:
    for at, true, result in zip(x.tolist(), jets, got.tolist(), strict=True):
        scale, allowed = _contract(reference, at, true, order)
        yield Found(error(result, true[order], FORMATS["float64"]) / scale, at, result, allowed)


def _contract(reference: Reference, x: float, true: Jet, order: int) -> tuple[float, float]:
    """The largest term of the result as a multiple of it, and how many of its last places the error may have."""
    near = max(min(x, FAR), -FAR)  # for the square of x to be a float
    exponent = max((abs(u) for u in reference.exponents(near, **reference.defaults)), default=0.0)
    condition = abs(x) * ratio(true[order + 1], true[order])
    term = ratio(true[0], true[1]) / abs(x) if reference.gate and order and x else 1.0
    near_zero = condition > 2.5 + 3 * exponent  # more than in a tail
    size = max(term, condition if near_zero else 1.0)
    return (size if math.isfinite(size) else 1.0), 4 + 2 * min(exponent, condition + 2)


def points(name: str, count: int) -> Array:
    """Usual inputs, all magnitudes, tails, and near zeros, kinks and where the result fades away; all finite."""
    reference = ELEMENTWISE[name]
    generator, given = np.random.default_rng(20260303 + count), reference.defaults
    signs = generator.choice([-1.0, 1.0], (3, count // 4))
    usual = generator.normal(0, 3, count - 3 * (count // 4))
    sizes = signs[0] * 2.0 ** generator.uniform(-1074, 1023.99, count // 4)
    tails = signs[1] * generator.uniform(5, 760, count // 4)
    marks = [*reference.kinks(**given), *grid.zeros(reference, given), *grid.fadings(reference, given)] or [1.0]
    centres = generator.choice(np.array(marks), count // 4)
    beside = centres + signs[2] * np.maximum(np.abs(centres), 1e-3) * 2.0 ** generator.uniform(-54, -2, count // 4)
    return np.concatenate([usual, sizes, tails, beside])


def main(count: int, names: list[str]) -> None:
    """Rounded up to a tenth, so that the file does not change with every measurement."""
    for name in names or ELEMENTWISE:
        worst = {q: max(errors).units for q, errors in measured(name, count).items()}
        entries = stored(count) | {name: {q: math.ceil(u * 10) / 10 for q, u in worst.items()}}
        FILE.write_text(json.dumps(_all() | {str(count): entries}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FEW, sys.argv[2:])
