"""Vector functions, from their definitions: shares of a sum, and thresholds found by trying every support."""

from __future__ import annotations

from math import exp

from flint import arb, arb_series, ctx

from reference.formulas.registry import vector
from reference.words import Series, constant, sigmoid


def shares(weights: list[Series], more: Series | float = 0) -> list[Series]:
    total = sum(weights[1:], weights[0]) + more
    return [w / total for w in weights]


@vector(settings=({"T": 0.3}, {"T": 7.0}), steep=lambda T: 1 / T)
def temperature_softmax(x: list[Series], T: Series = 1.0) -> list[Series]:
    return shares([(u / T).exp() for u in x])


@vector(settings=({"tau": 0.4, "u": 0.9}, {"tau": 3.0, "u": 0.01}), steep=lambda tau, u: 1 / tau)
def gumbel_softmax(x: list[Series], tau: Series = 1.0, u: Series = exp(-1)) -> list[Series]:
    """The same draw for every element changes nothing."""
    return shares([(v / tau).exp() for v in x])


@vector
def softmax_one(x: list[Series]) -> list[Series]:
    return shares([u.exp() for u in x], more=1)


@vector
def sigsoftmax(x: list[Series]) -> list[Series]:
    return shares([u.exp() * sigmoid(u) for u in x])


@vector
def taylor_softmax(x: list[Series]) -> list[Series]:
    return shares([1 + u + u * u / 2 for u in x])


@vector(settings=({"eps": 0.25}, {"eps": 3.0}))
def spherical_softmax(x: list[Series], eps: Series = 1e-6) -> list[Series]:
    return shares([u * u + eps for u in x])


@vector(settings=({"c": 5.0}, {"c": -0.3}))
def square_max(x: list[Series], c: Series = 4.0) -> list[Series]:
    return shares([(u + c) * (u + c) for u in x])


# ---- sparse ---------------------------------------------------------------------------------------------------------


def downwards(x: list[Series]) -> list[Series]:
    return sorted(x, key=lambda u: float(u[0].mid()), reverse=True)


def above(x: list[Series], tau: Series) -> list[Series]:
    """x - tau where that is positive."""
    return [u - tau if u[0] > tau[0] else constant(0) for u in x]


@vector
def sparsemax(x: list[Series]) -> list[Series]:
    """The largest k elements, as many as exceed the threshold that makes their sum 1."""
    ordered = downwards(x)
    sums = [sum(ordered[1:k], ordered[0]) for k in range(1, len(x) + 1)]
    candidates = [(total - 1) / k for k, total in enumerate(sums, 1)]
    return above(x, [t for u, t in zip(ordered, candidates, strict=True) if u[0] > t[0]][-1])


@vector(settings=({"lam": 0.6}, {"lam": -3.0}))
def sparsegen(x: list[Series], lam: Series = 0.0) -> list[Series]:
    return sparsemax([u / (1 - lam) for u in x])


@vector
def entmax15(x: list[Series]) -> list[Series]:
    """The root of a quadratic equation, for the largest k elements."""
    halves = [u / 2 for u in x]
    ordered, found = downwards(halves), constant(0)
    for k in range(1, len(x) + 1):
        mean = sum(ordered[1:k], ordered[0]) / k
        away = [(u - mean) * (u - mean) for u in ordered[:k]]
        room = (1 - sum(away[1:], away[0])) / k
        if room[0] > 0 and ordered[k - 1][0] > (mean - room.sqrt())[0]:
            found = mean - room.sqrt()
    return [v * v for v in above(halves, found)]


@vector(settings=({"alpha": 1.1}, {"alpha": 1.9}, {"alpha": 2.7}))
def alpha_entmax(x: list[Series], alpha: Series = 1.5) -> list[Series]:
    """The threshold by halving an interval and Newton's method, the last step of it in series."""
    u, power = [(alpha - 1) * v for v in x], 1 / (alpha - 1)
    tau = constant(_threshold([v[0].mid() for v in u], power[0]))
    for _ in range(2):  # a step with series doubles the order that is right
        inside = [v - tau for v in u if v[0] > tau[0]]
        values = [(power * v.log()).exp() for v in inside]
        slopes = [power * y / v for y, v in zip(values, inside, strict=True)]
        tau = tau + (sum(values[1:], values[0]) - 1) / sum(slopes[1:], slopes[0])
    return [(power * v.log()).exp() if v[0] > 0 else constant(0) for v in above(u, tau)]


def _threshold(u: list[arb], power: arb) -> arb:
    """To all digits of the precision."""
    low, width = max(u, key=float) - 1, arb(1)
    while width > arb(2) ** -40:
        width /= 2
        low = low + width if _excess(u, low + width, power)[0] > 0 else low
    for _ in range(4 + ctx.prec // 256):
        excess, slope = _excess(u, low, power)
        low = (low + excess / slope).mid()
    return low


def _excess(u: list[arb], tau: arb, power: arb) -> tuple[arb, arb]:
    """The sum of powers less 1, and the negative of its derivative."""
    values = [((power * (v - tau).log()).exp(), v - tau) for v in u if v > tau]
    return sum((y for y, _ in values), arb(-1)), sum((power * y / v for y, v in values), arb(0))


# ---- selections, sizes ----------------------------------------------------------------------------------------------


@vector
def hardmax(x: list[Series]) -> list[Series]:
    best = max(float(u[0]) for u in x)
    winners = [float(u[0]) == best for u in x]
    return [constant(arb(int(w)) / sum(winners)) for w in winners]


@vector(settings=({"k": 1.0}, {"k": 3.9}))
def kwta(x: list[Series], k: Series = 2.0) -> list[Series]:
    """An element stays if fewer than k are larger."""
    larger = [sum(float(v[0]) > float(u[0]) for v in x) for u in x]
    return [u if rank < int(float(k[0])) else constant(0) for u, rank in zip(x, larger, strict=True)]


@vector
def relu_attention(x: list[Series]) -> list[Series]:
    return [u / len(x) if u[0] > 0 else constant(0) for u in x]


@vector
def solu(x: list[Series]) -> list[Series]:
    return [u * s for u, s in zip(x, shares([u.exp() for u in x]), strict=True)]


@vector(settings=({"a1": -1.3, "a2": 0.7, "a3": 1.7}, {"a1": 0.2, "a2": -0.1, "a3": 0.4, "eps": 0.5}))
def polynorm(
    x: list[Series], a1: Series = 1 / 3, a2: Series = 1 / 3, a3: Series = 1 / 3, eps: Series = 1e-6
) -> list[Series]:
    total = [constant(0) for _ in x]
    for a, power in ((a1, 1), (a2, 2), (a3, 3)):
        powers = [_power(u, power) for u in x]
        squares = [v * v for v in powers]
        root = (sum(squares[1:], squares[0]) / len(x) + eps).sqrt()
        total = [t + a * v / root for t, v in zip(total, powers, strict=True)]
    return total


def _power(u: Series, power: int) -> Series:
    product = arb_series([1])
    for _ in range(power):
        product = product * u
    return product
