"""The word `row_threshold`, in the other words of a backend and its way to sort: alike in every library.

The smallest tau with sum(max(0, u - tau)**power) <= total lies less than total**(1/power) below the largest element,
and is looked for there. First comes a tau that tells which elements count, then the equation is solved for those: in
closed form for power 1 and 2, by Newton's method for others. Derivatives by any library follow from that second part:
to any order for power 1 and 2, to the third for others, where two steps begin at a number that is constant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

HALVINGS, STEPS, ROUNDS = 50, 2, 2


def threshold(words: Any, u: Any, power: Any, total: Any, axis: int) -> Any:
    """The word, by the other ``words`` of a backend and its ``sorted_down``, ``running_sum`` and ``repeated``.

    ``power`` and ``total`` may be tensors, of length 1 along the axis.
    """
    top = words.row_max(u, axis)
    if isinstance(power, float) and power == 0:
        return words.where(words.equal(top, top), _at_rank(words, u, total, axis), top)
    reach = total ** (1 / power)
    below = words.maximum(u - top, -2 * reach)  # what is farther down never counts, and could overflow
    if isinstance(power, float) and power in (1.0, 2.0):
        return top + _closed(words, below, power, total, axis)
    return top + _iterated(words, below, power, total, reach, axis)


def _at_rank(words: Any, u: Any, total: Any, axis: int) -> Any:
    """The largest element that no more than ``total`` elements exceed; -infinity where there are not as many."""
    ordered = words.sorted_down(u, axis)
    return words.row_max(words.where(_ranks(words, ordered, axis) > total, ordered, -float("inf")), axis)


def _ranks(words: Any, ordered: Any, axis: int) -> Any:
    """1, 2, 3 ... along the axis, in the dtype of ``ordered``."""
    return words.running_sum(words.where(ordered > ordered, ordered, 1.0), axis)


def _closed(words: Any, u: Any, power: float, total: Any, axis: int) -> Any:
    """Of the solutions for the largest 1, 2, 3 ... elements, the largest that they all exceed is the solution."""
    ordered = words.sorted_down(u, axis)
    count, sums = _ranks(words, ordered, axis), words.running_sum(ordered, axis)
    if power == 1.0:
        tau = words.row_max((sums - total) / count, axis)
    else:
        mean = sums / count
        room = (total - words.running_sum(ordered * ordered, axis)) / count + mean * mean
        solutions = mean - words.sqrt(words.maximum(room, 0.0))
        tau = words.row_max(words.where(ordered > solutions, solutions, -float("inf")), axis)
    for _ in range(ROUNDS):  # the sums of a long row are not exact, and so neither is which elements count
        tau = _solved(words, u, words.where(u > tau, 1.0, u * 0), power, total, axis)
    return tau


def _solved(words: Any, u: Any, inside: Any, power: float, total: Any, axis: int) -> Any:
    """The lower root of sum((u - tau)**power) = total over the elements inside."""
    count, whole = words.row_sum(inside, axis), words.row_sum(u * inside, axis)
    if power == 1.0:
        return (whole - total) / count
    away = (u - whole / count) * inside
    room = (total - words.row_sum(away * away, axis)) / count
    return whole / count - words.sqrt(words.maximum(room, total / (count * count)))  # it is no less than that


def _iterated(words: Any, u: Any, power: Any, total: Any, reach: Any, axis: int) -> Any:
    """Halving the interval that holds tau, then Newton's method."""

    def halve(state: tuple[Any, Any]) -> tuple[Any, Any]:
        low, width = state[0], state[1] / 2
        return words.where(_excess(words, u, low + width, power, total, axis) > 0, low + width, low), width

    low = words.row_max(u, axis) - reach
    tau, _ = words.repeated(HALVINGS, halve, (low, low * 0 + reach))
    for _ in range(STEPS):
        tau = tau + _excess(words, u, tau, power, total, axis) / (power * _raised(words, u - tau, power - 1, axis))
    return tau


def in_turn(times: int, step: Callable[[Any], Any], state: Any) -> Any:
    """The ``repeated`` of libraries in which a loop is one of Python."""
    for _ in range(times):
        state = step(state)
    return state


def _excess(words: Any, u: Any, tau: Any, power: Any, total: Any, axis: int) -> Any:
    return _raised(words, u - tau, power, axis) - total


def _raised(words: Any, v: Any, power: Any, axis: int) -> Any:
    """The sum of the powers of what is positive."""
    base = words.where(v > 0, v, 1.0)
    return words.row_sum(words.where(v > 0, words.power(base, power), v * 0), axis)
