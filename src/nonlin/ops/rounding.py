"""An expression in float64, block by block, and rounded once to a smaller dtype: to the right side everywhere.

`nonlin.error_bound` says how far float64 may be off. Where that leaves two results, they are settled here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from nonlin.error_bound import Bound, Digits, digits_of, error_bound
from nonlin.ops import numpy_words as words
from nonlin.ops import pairs
from nonlin.ops.evaluate import evaluate
from nonlin.tree import WORDS, Node, symbols

if TYPE_CHECKING:
    from nonlin.expression import Expression

Array = np.ndarray[Any, Any]
BLOCK = 1 << 15  # elements computed at a time, so that intermediates stay in the processor's cache


def _flat(value: Array, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(value, shape).reshape(-1)


def fill(answer: Array, expression: Expression, values: Mapping[str, Any]) -> None:
    """Compute the expression with NumPy into ``answer``, which is contiguous; ``values`` are arrays and floats."""
    numbers = {k: v if isinstance(v, float) else None for k, v in values.items() if k not in expression.inputs}
    flat = {k: v if isinstance(v, float) else _flat(v, answer.shape) for k, v in values.items()}
    _fill_flat(answer.reshape(-1), expression, expression.guarded(**numbers), flat)


def _fill_flat(answer: Array, expression: Expression, root: Node, values: Mapping[str, Any]) -> None:
    """Compute ``root`` block by block into the flat ``answer``; what float64 leaves in doubt once more, exactly."""
    root = root if answer.dtype == np.float64 else with_ties_aside(root)
    bound = None if answer.dtype == np.float64 else error_bound(root, _digits(expression, values))
    doubtful = []
    with np.errstate(all="ignore"):
        for start in range(0, answer.size, BLOCK):
            part = slice(start, start + BLOCK)
            here = _at(values, part)
            if bound is None or bound.certain:
                answer[part] = rounded(evaluate(root, words, here), answer.dtype)
            else:
                value, error = _evaluated(root, bound, here)
                value = np.broadcast_to(value, answer[part].shape)
                answer[part] = rounded(value, answer.dtype)
                doubtful.append(start + _in_doubt(value, error, bound.relative, answer.dtype))
        if doubtful and (lanes := np.concatenate(doubtful)).size:
            answer[lanes] = _settled(expression, root, _at(values, lanes), answer.dtype)


def _at(values: Mapping[str, Any], places: Array | slice) -> dict[str, Any]:
    """The arrays in float64 at some places. Times 1, because a cast would let a signalling NaN pass as it is."""
    return {k: v if isinstance(v, float) else np.multiply(v[places], 1.0, dtype=np.float64) for k, v in values.items()}


def rounded(value: Any, dtype: np.dtype[Any]) -> Array:
    """float64 rounded once to ``dtype``. ml_dtypes rounds to bfloat16 through float32, which is twice."""
    with np.errstate(all="ignore"):
        if dtype.name != "bfloat16":
            return np.asarray(value).astype(dtype)
        return _to_odd_float32(np.asarray(value, np.float64)).astype(dtype)


def _to_odd_float32(value: Array) -> Array:
    """float32 towards zero, last bit set where inexact: rounding that again, to fewer bits, is rounding once."""
    near = value.astype(np.float32)
    inexact = (near != value) & ~np.isnan(value)
    towards_zero = np.where(np.abs(near) > np.abs(value), np.nextafter(near, np.float32(0)), near)
    return np.asarray(towards_zero.view(np.uint32) | inexact).view(np.float32)


# A number times x, as in a leaky slope, may be a hair beside a tie of the smaller dtype: 11/48 x is for every third
# float32, and its float64 rounding lands on the tie. Where such a product is the answer, it is moved to its true side.

_ASIDE = replace(WORDS["multiply"], name="_multiply_aside")


@lru_cache(maxsize=1024)
def with_ties_aside(root: Node) -> Node:
    """``root`` with the products of two symbols or numbers that are its answer, or a branch of it, moved off ties."""
    if root.name == "where":
        condition, *branches = root.args
        return WORDS["where"](condition, *map(with_ties_aside, branches))
    return _ASIDE(*root.args) if root.name == "multiply" and not any(a.args for a in root.args) else root


_WITH_ERROR = replace(WORDS["add"], name="_with_error")


def _evaluated(root: Node, bound: Bound, values: Mapping[str, Any]) -> tuple[Any, Any]:
    """The value and its absolute error."""
    if symbols(root):
        return evaluate(_WITH_ERROR(root, bound.absolute), words, values)  # type: ignore[no-any-return]
    return evaluate(root, words, values), evaluate(bound.absolute, words, values)


def _in_doubt(value: Array, error: Any, relative: float, dtype: np.dtype[Any]) -> Array:
    """The places where the two ends of the interval round to different numbers."""
    if isinstance(error, float) and error == 0:
        low, high = value * (1 - relative), value * (1 + relative)
    else:
        margin = np.abs(value) * relative + error
        low, high = value - margin, value + margin
    places = _apart(low, high, dtype)
    return places[np.isfinite(value[places])]


def _apart(low: Array, high: Array, dtype: np.dtype[Any]) -> Array:
    """Where two arrays round to different numbers. The ties of 16-bit formats are float32 numbers that end in zeros."""
    singles = low.astype(np.float32), high.astype(np.float32)
    apart = singles[0] != singles[1]
    if dtype == np.float32:
        return np.flatnonzero(apart)
    places = np.flatnonzero(apart | (singles[0].view(np.uint32) & 0xFFF == 0))
    differ: Array = rounded(low[places], dtype) != rounded(high[places], dtype)
    return places[differ]


# ---- the results that float64 leaves in doubt -----------------------------------------------------------------------


LOST = 2.0**-12
"""Where the error may be a larger part of the value, the tree loses its digits: its author is to give a stable one.
Such elements keep their float64 value; all of them would be in doubt, thousands of times slower."""


def _digits(expression: Expression, values: Mapping[str, Any]) -> Digits:
    """How many digits the inputs have, and the parameters that are numbers: a beta of 1 makes no error."""
    numbers = {k: digits_of(v) for k, v in values.items() if isinstance(v, float)}
    return tuple((dict.fromkeys(expression.inputs, 24) | numbers).items())


def _settled(expression: Expression, root: Node, values: Mapping[str, Any], dtype: np.dtype[Any]) -> Array:
    """``root`` correctly rounded at a few places: each by the cheapest way that decides it."""
    size = max(np.size(v) for v in values.values())
    fine = error_bound(root, _digits(expression, values), fine=True)
    value, error = (np.broadcast_to(v, size) for v in _evaluated(root, fine, values))
    answer = rounded(value, dtype)
    left = _in_doubt(value, error, fine.relative, dtype)
    for decide in (_by_pairs, _by_slope, _by_digits):
        if decide is _by_digits:
            left = left[error[left] <= LOST * np.abs(value[left])]
        if left.size:
            found = np.broadcast_to(decide(expression, root, _at(values, left), value[left], dtype), left.size)
            decided = ~np.isnan(found)
            answer[left[decided]] = rounded(found[decided], dtype)
            left = left[~decided]
    return answer


def _by_pairs(expression: Expression, root: Node, values: Mapping[str, Any], *_: Any) -> Any:
    """Where the formula is pure arithmetic: with twice the digits. NaN elsewhere."""
    pair = pairs.evaluate(root, values)
    decided = np.isfinite(pairs.evaluate(expression.formula, values)[0]) & pairs.decided(pair)
    return np.where(decided, pairs.to_odd(pair), np.nan)


def _by_slope(expression: Expression, _: Node, values: Mapping[str, Any], value: Array, *__: Any) -> Any:
    """For tiny x where f(0) = 0: x f'(0) and a hair. x sigmoid(x) is x/2 and a hair there, and x/2 is a tie of the
    smaller dtype for every other subnormal x. NaN elsewhere."""
    name, *others = expression.inputs
    numbers = tuple((k, v) for k, v in values.items() if isinstance(v, float))
    tiny = (np.abs(values[name]) < TINY) & (np.abs(value) < TINY)
    if others or len(numbers) < len(values) - 1 or not tiny.any():
        return np.nan
    from nonlin.ops.exact import slope_beside_zero

    sides = [slope_beside_zero(expression.formula, name, side, numbers) for side in (-1.0, 1.0)]
    high, low = (np.where(values[name] < 0, *both) for both in zip(*sides, strict=True))
    product, error = pairs.two_product(values[name], high)
    linear = (np.abs(value - product) <= 2.0**-45 * np.abs(product)) & (np.abs(low) <= HAIR)
    return np.where(tiny & linear, pairs.to_odd(pairs.two_sum(product, error + values[name] * low)), np.nan)


TINY, HAIR = 2.0**-100, 2.0**-250


def _by_digits(expression: Expression, _: Node, values: Mapping[str, Any], value: Array, dtype: np.dtype[Any]) -> Array:
    """In as many digits as needed, once for equal numbers; ``value`` where the formula has none, as 0/0."""
    from nonlin.ops.exact import correctly_rounded

    columns = np.broadcast_arrays(*values.values(), value)[:-1]
    rows, place = np.unique(np.stack([c.view(np.int64) for c in columns]), axis=1, return_inverse=True)
    given = [dict(zip(values, row, strict=True)) for row in rows.view(np.float64).T.tolist()]
    exact = np.array([correctly_rounded(expression.formula, g, dtype.name) for g in given])[place]
    return np.where(np.isnan(exact), value, np.where(exact == 0, np.copysign(0.0, value), exact))
