"""Where functions are tested: extremes, kinks, zeros and what lies beside them, powers of two, tails, random bits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import ml_dtypes
import numpy as np

from nonlin.core import Described, Parameter
from reference.formulas import Reference
from reference.oracle import jet
from ulp import FORMATS, rounded

Array = np.ndarray[Any, Any]
DTYPES = {name: np.dtype(getattr(ml_dtypes, name, None) or name) for name in FORMATS}
EXTREMES = ("smallest_subnormal", "smallest_normal", "max")
RANDOM = {"float32": 800, "float64": 500}
STRIDE = 61  # of the 65,536 bit patterns of a 16-bit dtype


# ---- inputs ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def points(dtype: str) -> Array:
    """The inputs that every function of this dtype is tested at."""
    kind, info = DTYPES[dtype], ml_dtypes.finfo(DTYPES[dtype])
    extremes = [float(getattr(info, name)) for name in EXTREMES]
    largest_subnormal = np.nextafter(info.smallest_normal, kind.type(0))
    odd = float(info.smallest_subnormal) * 37
    tails = np.concatenate([np.linspace(-800, 800, 129), np.linspace(-20, 20, 161), np.linspace(-1.5, 1.5, 61)])
    powers = 2.0 ** np.arange(info.minexp - info.nmant, info.maxexp, max(info.maxexp // 64, 1))
    positive = np.concatenate([extremes, [float(largest_subnormal), odd], powers])
    both = np.concatenate([[0.0, -0.0, np.inf, -np.inf, np.nan], positive, -positive, tails]).astype(kind)
    return unique(np.concatenate([both, bits(dtype)]))


def bits(dtype: str, count: int = 0) -> Array:
    """Random bit patterns; a share of all of them for 16-bit dtypes."""
    kind = DTYPES[dtype]
    if kind.itemsize == 2:
        return np.arange(7, 1 << 16, STRIDE, np.uint16).view(kind)
    generator = np.random.default_rng(20260101)
    whole = np.dtype(f"u{kind.itemsize}")
    return generator.integers(0, np.iinfo(whole).max, count or RANDOM[dtype], whole, endpoint=True).view(kind)


def every(dtype: str) -> Array:
    """All inputs of a 16-bit dtype."""
    return np.arange(1 << 16, dtype=np.uint16).view(DTYPES[dtype])


def unique(x: Array) -> Array:
    """Each bit pattern once."""
    whole = np.dtype(f"u{x.dtype.itemsize}")
    return np.unique(x.view(whole)).view(x.dtype)


def around(centres: Iterable[float], dtype: str, reach: int = 1) -> Array:
    """Numbers and their neighbours, ``reach`` on both sides; 0 with both signs."""
    kind = DTYPES[dtype]
    found = [np.asarray([*centres, 0.0, -0.0], np.float64).astype(kind)]
    for direction in (np.inf, -np.inf):
        beside = found[0]
        for _ in range(reach):
            beside = np.nextafter(beside, kind.type(direction))
            found.append(beside)
    return unique(np.concatenate(found))


def zeros(reference: Reference, values: Mapping[str, float]) -> list[float]:
    """Where the value or the derivative changes sign between -20 and 20, to the last place of float64."""
    places = np.linspace(-20.03, 20.01, 123)
    signs = np.array([_signs(reference, x, values) for x in places])
    crossings = [(i, k) for i in range(len(places) - 1) for k in (0, 1) if signs[i, k] * signs[i + 1, k] < 0]
    return [_bisected(reference, values, k, places[i], places[i + 1]) for i, k in crossings[:12]]


def _signs(reference: Reference, x: float, values: Mapping[str, float]) -> list[int]:
    return [0 if e is None else (e.mantissa > 0) - (e.mantissa < 0) for e in jet(reference, float(x), values)]


def _bisected(reference: Reference, values: Mapping[str, float], order: int, low: float, high: float) -> float:
    sign = _signs(reference, low, values)[order]
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _signs(reference, middle, values)[order] == sign else (low, middle)
    return float(high)


def fadings(reference: Reference, values: Mapping[str, float]) -> list[float]:
    """Around where the value or the derivative becomes too small for float64, if it does between 1 and a million."""
    sides = [(sign, k) for sign in (-1.0, 1.0) for k in (0, 1)]
    ends = [_faded(reference, values, k, sign) for sign, k in sides]
    return [float(v) for e in ends if e for v in e * np.linspace(0.99, 1.01, 9)]


def _faded(reference: Reference, values: Mapping[str, float], order: int, sign: float) -> float | None:
    def gone(x: float) -> bool:
        value = jet(reference, sign * x, values)[order]
        return value is not None and value.mantissa != 0 and rounded(value, FORMATS["float64"]) == 0

    low, high = 1.0, 1e6
    if gone(low) or not gone(high):
        return None
    for _ in range(24):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if gone(middle) else (middle, high)
    return sign * high


def pairs(dtype: str) -> tuple[Array, Array]:
    """Two columns of finite numbers: small ones, extremes against each other, random bits."""
    kind, info = DTYPES[dtype], ml_dtypes.finfo(DTYPES[dtype])
    generator = np.random.default_rng(7)
    extremes = np.array([0.0, *(float(getattr(info, n)) for n in EXTREMES), 1.0, -30.0])
    crossed = np.array(np.meshgrid(np.concatenate([extremes, -extremes]), extremes)).reshape(2, -1)
    with np.errstate(all="ignore"):  # signalling NaN
        wild = bits(dtype)[:600].astype(float)
    wild = wild[np.isfinite(wild)]
    wild = wild[: len(wild) // 2 * 2].reshape(2, -1)
    both = np.concatenate([generator.normal(0, 4, (2, 300)), crossed, wild[:, :100]], axis=1)
    with np.errstate(all="ignore"):
        both = both.astype(kind)
    return both[0][:, None], both[1][:, None]


def rows(dtype: str) -> list[Array]:
    """Vectors of several lengths: near, far apart, equal, tiny."""
    generator = np.random.default_rng(11)
    drawn = [generator.normal(0, scale, n) for n in (2, 3, 5, 8) for scale in (0.01, 1, 6, 60)]
    fixed = [[0.0, 0.0, 0.0], [100.0, 0.0], [0.0, -700.0, 3.0], [1e-5, -1e-5], [-300.0, -300.5, -299.0, -1000.0]]
    return [np.asarray(row, DTYPES[dtype]) for row in (*drawn, *fixed)]


# ---- parameters -----------------------------------------------------------------------------------------------------


def settings(entry: Described) -> list[dict[str, float]]:
    """The defaults, two further settings, and one for each closed end of a domain (0 where there is none)."""
    if not entry.parameters:
        return [{}]
    ends = [_at_end(entry.parameters, name) for name in entry.parameters]
    return [{}, _chosen(entry.parameters, 0.3, 0.1), _chosen(entry.parameters, -1.7, -0.6), *filter(None, ends)]


def _chosen(parameters: Mapping[str, Parameter], factor: float, shift: float) -> dict[str, float]:
    """A value away from the default for each parameter, mirrored where the domain asks for it."""
    values: dict[str, float] = {}
    for place, (name, parameter) in enumerate(parameters.items()):
        wanted = parameter.default * factor + shift * (1 + 0.7 * place)  # no two parameters alike
        near = [parameter.default + wanted / 2**k for k in range(1, 9)]
        tries = [wanted, -wanted, parameter.default - wanted, parameter.default + abs(wanted) + 1, *near]
        tries += [*(2 * parameter.default - v for v in near), parameter.default]
        values[name] = next(v for v in tries if _inside(parameter, v, values))
    return values


def _inside(parameter: Parameter, value: float, values: Mapping[str, float]) -> bool:
    low = values[parameter.low] if isinstance(parameter.low, str) else parameter.low
    return not parameter.outside(value, low)


def _at_end(parameters: Mapping[str, Parameter], name: str) -> dict[str, float]:
    defaults = {k: p.default for k, p in parameters.items()}
    low = parameters[name].low
    end = defaults[low] if isinstance(low, str) else low if np.isfinite(low) else 0.0
    wanted = {name: float(end)}
    return wanted if all(_inside(p, (defaults | wanted)[k], defaults | wanted) for k, p in parameters.items()) else {}
