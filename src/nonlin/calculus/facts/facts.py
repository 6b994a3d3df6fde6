"""Facts of a function: its range, shape, smoothness, and what it does to normally distributed inputs.

All are computed from the formula, at the default parameters. A fact that cannot be decided is None: unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from math import inf, isnan, sqrt
from typing import Any, TypeAlias

import numpy as np

from nonlin.calculus.facts import propagation, shape
from nonlin.calculus.facts.breaks import Jump, Kink, breaks, closed, guarded
from nonlin.calculus.facts.points import Array, value
from nonlin.calculus.facts.profile import Profile
from nonlin.core import Activation, Described
from nonlin.errors import InputError, did_you_mean
from nonlin.ops.numpy import normcdf

Interval: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Extremum:
    """A place where f is smallest or largest, and its value there."""

    x: float
    value: float


@dataclass(frozen=True)
class Saturation:
    """The intervals where |f'| is below 0.1 (``weak``) and below 0.01 (``strong``); their ends may be infinite. None
    where they could not be decided, or have no end."""

    weak: tuple[Interval, ...] | None
    strong: tuple[Interval, ...] | None


@dataclass(frozen=True)
class FixedPoint:
    """A variance q > 0 with E f(sqrt(q) z)^2 = q for z ~ N(0, 1); ``stable``: deep layers are drawn to it."""

    variance: float
    stable: bool | None


@dataclass(frozen=True)
class Facts:
    """What is known about a function of one number. Every fact is None where it could not be decided.

    Where the function is undefined somewhere (``gaps``), facts of shape are those on its domain, and averages unknown.
    """

    range: Interval | None = None
    """The infimum and the supremum."""
    limits: tuple[float | None, float | None] | None = None
    """At -inf and at +inf; None where there is no limit, or none was found."""
    kinks: tuple[Kink, ...] | None = None
    jumps: tuple[Jump, ...] | None = None
    gaps: tuple[Interval, ...] | None = None
    zeros: tuple[float, ...] | None = None
    """The isolated zeros."""
    zero_intervals: tuple[Interval, ...] | None = None
    """Where f is exactly 0."""
    critical_points: tuple[float, ...] | None = None
    """The isolated zeros of the derivative."""
    minimum: Extremum | None = None
    """The smallest value, where it is attained; nearest to 0 of several places."""
    maximum: Extremum | None = None
    monotone: bool | None = None
    increasing: bool | None = None
    """Nowhere falling."""
    decreasing: bool | None = None
    convex: bool | None = None
    concave: bool | None = None
    odd: bool | None = None
    even: bool | None = None
    bounded_above: bool | None = None
    bounded_below: bool | None = None
    bounded: bool | None = None
    smooth: bool | None = None
    """Whether every derivative exists everywhere."""
    smoothness: float | None = None
    """How often f is continuously differentiable: -1 with a jump, 0 continuous, 1 = C1, ..., inf."""
    mean: float | None = None
    """E f(z) for z ~ N(0, 1), as are the next ones."""
    zero_centred: bool | None = None
    """|mean| < 1e-6."""
    second_moment: float | None = None
    lipschitz: float | None = None
    """The largest |f'|, or inf."""
    saturation: Saturation | None = None
    sparsity: float | None = None
    """The share of exact zeros."""
    gain: float | None = None
    """1/sqrt(E f(z)^2): the scale that keeps the variance of the signal."""
    backward_gain: float | None = None
    """1/sqrt(E f'(z)^2): the scale that keeps the variance of the gradient; jumps do not count."""
    conventional_gain: float | None = None
    """What torch.nn.init.calculate_gain gives, if it knows the function."""
    fixed_points: tuple[FixedPoint, ...] | None = None
    """Of the variance from layer to layer, between 1e-6 and 1e6."""
    stated: Mapping[str, str] = field(default_factory=dict)
    """The facts that the record states in place of computing them, with the reason."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Why a fact is None, where there is more to say than that it could not be decided."""

    def to_dict(self) -> dict[str, Any]:
        """All facts in plain types (numbers, lists, dicts, None), by the attributes' names."""
        return {k: _plain(v) for k, v in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


NAMES = tuple(f.name for f in fields(Facts) if f.name not in ("stated", "notes"))


def facts(act: Described) -> Facts:
    """The facts of an activation at its default parameters, computed once.

    >>> import nonlin as nl
    >>> facts(nl.relu).range, facts(nl.relu).kinks
    ((0.0, inf), (Kink(x=0.0, left=0.0, right=1.0),))

    Raises InputError for vector functions and gated units, whose outputs depend on several inputs.
    """
    if not isinstance(act, Activation):
        instead = f".partial({inputs[0]!r}, x)" if (inputs := getattr(act, "inputs", ())) else ".jacobian(x)"
        raise InputError(
            f"{act.name} has no facts: they are those of a curve, and each of its outputs depends on several inputs; "
            f"use nonlin.{act.name}{instead}"
        )
    return _stated(_facts(act), act)


def _stated(found: Facts, act: Activation) -> Facts:
    """The facts with those that the record states, and PyTorch's gain."""
    record = act.record
    for name in record.facts:
        if name not in NAMES:
            raise InputError(
                f"{act.name} states a fact {name!r}{did_you_mean(name, NAMES)} the facts are: {', '.join(NAMES)}"
            )
    given: dict[str, Any] = {k: _tuples(value) for k, (value, _) in record.facts.items()}
    reasons = {k: str(reason) for k, (_, reason) in record.facts.items()}
    if record.gain is not None:
        given = {"conventional_gain": float(record.gain), **given}
    return replace(found, stated=reasons, **given) if given else found


def _tuples(value: Any) -> Any:
    """Lists (of JSON) as tuples."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list | tuple) else value


@lru_cache(maxsize=1024)
@np.errstate(all="ignore")  # overflow and 0/0 are answers here
def _facts(act: Activation) -> Facts:
    profile, places = Profile(closed(act)), breaks(act)
    if not profile.tractable(0) or not profile.samples[0].size:
        return Facts(gaps=places.gaps if places.complete else None)
    listed = {"kinks": places.kinks, "jumps": places.jumps} if places.complete else {}
    found = {**listed, **_values(profile), **_slopes(profile), **_averages(profile)}
    return Facts(gaps=places.gaps if profile.found.complete else None, **found, notes=_notes(profile, found))


def _values(profile: Profile) -> dict[str, Any]:
    """Facts that need the function alone, and where it turns."""
    low, high = (None if isnan(v) else v for v in (profile.limit(0, -1), profile.limit(0, 1)))
    extent = profile.extent(0) if profile.tractable(1) else None
    above, below = (None, None) if extent is None else (extent[1] < inf, extent[0] > -inf)
    ends = [shape.extremum(profile, side) if extent else None for side in (-1, 1)]
    return {
        "limits": (low, high),
        "range": extent,
        "bounded_above": above,
        "bounded_below": below,
        "bounded": None if extent is None else bool(above and below),
        "minimum": ends[0] and Extremum(*ends[0]),
        "maximum": ends[1] and Extremum(*ends[1]),
        "zeros": shape.zeros(profile),
        "zero_intervals": shape.zero_intervals(profile),
        "odd": shape.symmetric(profile, -1),
        "even": shape.symmetric(profile, 1),
    }


def _slopes(profile: Profile) -> dict[str, Any]:
    """Facts that need derivatives."""
    order = shape.smoothness(profile)
    found: dict[str, Any] = {"smoothness": order, "smooth": None if order is None else order == inf}
    if profile.tractable(1):
        up, down, flat = shape.direction(profile, 1), shape.direction(profile, -1), shape.saturation(profile)
        found |= {"increasing": up, "decreasing": down, "monotone": _either(up, down)}
        found |= {"critical_points": shape.critical_points(profile), "saturation": flat and Saturation(*flat)}
    if profile.tractable(2):
        found |= {"convex": shape.curvature(profile, 1), "concave": shape.curvature(profile, -1)}
        found |= {"lipschitz": shape.lipschitz(profile)}
    return found


def _either(a: bool | None, b: bool | None) -> bool | None:
    return True if a or b else None if a is None or b is None else False


def _averages(profile: Profile) -> dict[str, Any]:
    """What the function does to z ~ N(0, 1)."""
    cuts = np.array([p.low for p in profile.found.pieces[1:]])
    turns = np.concatenate([cuts, *(profile.turns(n) for n in range(3) if profile.tractable(n))])
    mean, second = (propagation.average(f, turns) for f in (_power(profile, 0, 1), _power(profile, 0, 2)))
    slope = propagation.average(_power(profile, 1, 2), turns) if profile.tractable(1) else None
    mean = 0.0 if mean is not None and shape.symmetric(profile, -1) else mean
    return {
        "mean": mean,
        "zero_centred": None if mean is None else abs(mean) < 1e-6,
        "second_moment": second,
        "sparsity": _sparsity(profile),
        "gain": _gain(second),
        "backward_gain": _gain(slope),
        "fixed_points": _fixed(profile, cuts) if second is not None else None,
    }


def _power(profile: Profile, n: int, exponent: int) -> propagation.Function:
    """The n-th derivative to a power, for arrays of any shape."""
    tree = guarded(profile.expression, n)
    return lambda z: value(tree, z) ** exponent


def _gain(moment: float | None) -> float | None:
    return None if moment is None else 1 / sqrt(moment) if moment > 0 else inf


def _sparsity(profile: Profile) -> float | None:
    """P(f(z) = 0): the probability of the intervals on which f is 0."""
    flat = shape.zero_intervals(profile, core=True)
    if flat is None or len(profile.pieces) < len(profile.found.pieces):
        return None
    mirrored = [(-high, -low) if low > 0 else (low, high) for low, high in flat]
    return float(sum(normcdf(np.float64(high)) - normcdf(np.float64(low)) for low, high in mirrored))


def _fixed(profile: Profile, cuts: Array) -> tuple[FixedPoint, ...] | None:
    x, (v, bound) = profile.samples[0], profile.at(0)
    size, error = np.abs(v), 2 * bound + 1e-15 * np.abs(x)
    below, above = bool((size <= np.abs(x) + error).all()), bool((size >= np.abs(x) - error).all())
    if below != above and profile.found.core:
        return ()  # |f(x)| <= |x| for all x (or >=): the variance shrinks (or grows) everywhere
    found = propagation.fixed_variances(_power(profile, 0, 1), cuts)
    if found is None or found.every:
        return None
    return tuple(FixedPoint(q, abs(slope) < 1 if abs(abs(slope) - 1) > 1e-6 else None) for q, slope in found.at)


def _notes(profile: Profile, found: Mapping[str, Any]) -> dict[str, str]:
    """Why some facts are None."""
    waves = {"zeros": 0, "critical_points": 1}
    notes = {k: "without end" for k, n in waves.items() if k in found and found[k] is None and profile.signs(n).endless}
    if "kinks" not in found:
        notes |= dict.fromkeys(("kinks", "jumps"), "too many to list, or not decided")
    if found["fixed_points"] is None and found["second_moment"] and _keeps_variance(profile):
        notes["fixed_points"] = "every variance is kept"
    return notes


def _keeps_variance(profile: Profile) -> bool:
    x, v = profile.samples[0], profile.at(0)[0]
    return bool(np.allclose(np.abs(v), np.abs(x), rtol=1e-12, atol=0))
