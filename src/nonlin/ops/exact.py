"""The vocabulary in as many digits as a rounding needs (mpmath's integers): one number at a time, correctly rounded.

This is the slow path for the few results whose float64 value lies too close to a tie. Pure arithmetic is done in
fractions; everything else in floating point whose precision is doubled until the rounding is certain (Ziv 1991).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import copysign, inf, isfinite, ldexp, nan
from typing import Any, TypeAlias

from mpmath import libmp
from mpmath.libmp import finf, fnan, fninf, fone, fzero

from nonlin.tree import NAMED_CONSTANTS, Node, order

Number: TypeAlias = tuple[int, int, int, int]  # of mpmath: sign, odd mantissa, exponent, length of the mantissa
PRECISIONS = (120, 240, 480, 960)
LAST = PRECISIONS[-1]
# digits, exponent of the last place of subnormal numbers, exponent of the first infinity
_FORMATS = {
    "float16": (11, -24, 16), "bfloat16": (8, -133, 128), "float32": (24, -149, 128), "float64": (53, -1074, 1024),
}  # fmt: skip


def correctly_rounded(root: Node, values: Mapping[str, float], dtype_name: str) -> float:
    """The value of ``root``, an exact formula, rounded once to the dtype; NaN where the formula has no value.

    Numbers in the formula mean what is written (0.1 is a tenth), ``values`` are the float64 numbers that they are.
    """
    return _correctly_rounded(root, tuple(values.items()), dtype_name)


@lru_cache(maxsize=1 << 14)
def _correctly_rounded(root: Node, values: tuple[tuple[str, float], ...], dtype_name: str) -> float:
    given = dict(values)
    fraction = _fraction(root, given) if _may_be_rational(root) and all(map(isfinite, given.values())) else None
    if fraction is not None:
        return _rounded(_from_fraction(fraction), dtype_name)
    rough = _evaluated(root, given, Arithmetic(PRECISIONS[0] // 2))
    for precision in PRECISIONS:
        found = _evaluated(root, given, Arithmetic(precision))
        certain = _certain(rough, found, precision, dtype_name)
        if certain is not None:
            return certain
        rough = found
    return _rounded(_evaluated(root, given, Arithmetic(LAST, odd=True)), dtype_name)


def _certain(rough: Number, found: Number, precision: int, dtype_name: str) -> float | None:
    """``found`` rounded, if nothing as far from it as ``rough`` would be rounded otherwise."""
    if fnan in (rough, found) or found in (fzero, finf, fninf):
        return nan if found == rough == fnan else None
    apart = libmp.mpf_abs(libmp.mpf_sub(found, rough, 30, "u"))
    last = libmp.mpf_shift(libmp.mpf_abs(found), 10 - precision)
    margin = libmp.mpf_add(apart, last, 30, "u")
    ends = [_rounded(f(found, margin, precision + 40, "n"), dtype_name) for f in (libmp.mpf_sub, libmp.mpf_add)]
    return ends[0] if ends[0] == ends[1] else None


@lru_cache(maxsize=1024)
def slope_beside_zero(root: Node, name: str, side: float, values: tuple[tuple[str, float], ...]) -> tuple[float, float]:
    """root/x for x so small on one side of 0 that it is the slope at 0 and a hair: a float64 number, and what is left.

    The hair keeps its sign, and is not so small that products with it vanish. NaN where there is no number.
    """
    x = copysign(2.0**-400, side)
    value = _evaluated(root, {**dict(values), name: x}, Arithmetic(LAST, odd=True))
    if not value[1]:
        return nan, nan
    slope = libmp.mpf_div(value, libmp.from_float(x), LAST, "n")
    high = libmp.to_float(slope, rnd="n")
    rest = libmp.to_float(libmp.mpf_sub(slope, libmp.from_float(high)))
    return high, copysign(max(abs(rest), 2.0**-300), rest) if rest else 0.0


# ---- rounding -------------------------------------------------------------------------------------------------------


def _rounded(value: Number, dtype_name: str) -> float:
    """The nearest number of the format, ties to even."""
    if not value[1]:
        return {fnan: nan, finf: inf, fninf: -inf}.get(value, 0.0)
    sign, mantissa, exponent, length = value
    digits, lowest, top = _FORMATS[dtype_name]
    place = max(exponent + length - digits, lowest)
    units = _nearest(int(mantissa), exponent - place) if place <= top else 0
    beyond = place > top or units.bit_length() + place > top
    return copysign(inf if beyond else ldexp(units, place), -1.0 if sign else 1.0)


def _nearest(mantissa: int, shift: int) -> int:
    """mantissa * 2^shift as a whole number, ties to even."""
    if shift >= 0:
        return mantissa << shift
    if -shift > mantissa.bit_length() + 1:
        return 0
    whole, rest, half = mantissa >> -shift, mantissa & ((1 << -shift) - 1), 1 << (-shift - 1)
    return whole + (rest > half or (rest == half and whole & 1))


# ---- fractions ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _may_be_rational(root: Node) -> bool:
    """Whether some choice of branches is pure arithmetic."""
    done: dict[Node, bool] = {}
    for node in order(root):
        parts = [done[a] for a in node.args]
        arithmetic = node.word is None or node.name in _FRACTIONS
        done[node] = any(parts[1:]) if node.name == "where" else arithmetic and all(parts)
    return done[root]


def _fraction(root: Node, values: Mapping[str, float]) -> Fraction | None:
    """The exact value, or None where the chosen branches are not pure arithmetic."""
    done: dict[Node, Any] = {}
    for node in order(root):
        done[node] = _fraction_of(node, [done[a] for a in node.args], values)
    return done[root]  # type: ignore[no-any-return]


def _fraction_of(node: Node, parts: list[Any], values: Mapping[str, float]) -> Any:
    if node.word is None:
        return _written(node, values)
    if node.name == "where":
        return None if parts[0] is None else parts[1] if parts[0] else parts[2]
    if None in parts or node.name not in _FRACTIONS:
        return None
    try:
        return _FRACTIONS[node.name](*parts)
    except ZeroDivisionError:
        return None


def _written(node: Node, values: Mapping[str, float]) -> Fraction | None:
    """A symbol's value; a number as it is written, if it is rational."""
    if node.is_symbol:
        return Fraction(values[str(node.value)])
    return Fraction(repr(node.value)) if isinstance(node.value, float) and isfinite(node.value) else None


def _whole_power(a: Fraction, b: Fraction) -> Fraction | None:
    return a ** int(b) if b in (-2, -1, 2, 3, 4) else None


_CHOICES: dict[str, Callable[..., Any]] = {
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "equal": lambda a, b: a == b,
}
_FRACTIONS: dict[str, Callable[..., Any]] = _CHOICES | {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda a: -a,
    "power": _whole_power,
    "minimum": min,
    "maximum": max,
    "clip": lambda u, low, high: min(max(u, low), high),
    "abs": abs,
    "sign": lambda u: Fraction((u > 0) - (u < 0)),
    "floor": lambda u: Fraction(u // 1),
}


def _from_fraction(value: Fraction) -> Number:
    """More digits than any format has; the last one tells whether there are others."""
    top, below = value.numerator, value.denominator
    shift = max(200 + below.bit_length() - top.bit_length(), 0)
    whole, rest = divmod(abs(top) << shift, below)
    number = libmp.from_man_exp(2 * whole + bool(rest), -shift - 1)
    return libmp.mpf_neg(number) if top < 0 else number  # type: ignore[no-any-return]


# ---- floating point of any precision --------------------------------------------------------------------------------


class Arithmetic:
    """mpmath's functions at one precision, each rounded to nearest.

    With ``odd`` an inexact result has its last bit set, on the side of the true one: so 1 + exp(-10^7) stays a hair
    above 1 in any precision, and a tie is exact.
    """

    def __init__(self, precision: int, odd: bool = False) -> None:
        self.precision, self.odd = precision, odd

    def __call__(self, function: Callable[..., Number], *arguments: Number) -> Number:
        """``function`` of the arguments; NaN where it has no real value."""
        try:
            if not self.odd:
                return function(*arguments, self.precision, "n")
            ends = [function(*arguments, self.precision, side) for side in ("d", "u")]
        except (ZeroDivisionError, libmp.ComplexResult):
            return fnan  # type: ignore[no-any-return]
        return max(ends, key=lambda end: end[3])  # of two neighbours, the one whose last bit is set is longer


def _evaluated(root: Node, values: Mapping[str, float], run: Arithmetic) -> Number:
    done: dict[Node, Any] = {}
    for node in order(root):
        done[node] = _value(node, [done[a] for a in node.args], values, run)
    return done[root]  # type: ignore[no-any-return]


def _value(node: Node, parts: list[Any], values: Mapping[str, float], run: Arithmetic) -> Any:
    if node.is_symbol:
        return libmp.from_float(values[str(node.value)])
    if node.word is None:
        return _constant(node, run)
    if node.name in _CHOICES:
        return fnan not in parts and _CHOICES[node.name](libmp.mpf_cmp(*parts), 0)
    if node.name in _PRIMITIVE:
        return run(_PRIMITIVE[node.name], *parts)
    return _COMPOSED[node.name](run, *parts)


def _constant(node: Node, run: Arithmetic) -> Number:
    if node.value in NAMED_CONSTANTS:
        return run({"pi": libmp.mpf_pi, "e": libmp.mpf_e}[str(node.value)])
    written = _written(node, {})
    if written is None:
        return libmp.from_float(node.value)  # type: ignore[no-any-return]
    return run(libmp.from_rational, written.numerator, written.denominator)  # type: ignore[arg-type]


def _exp(u: Number, precision: int, side: str) -> Number:
    """exp(u); where its exponent would need more than 64 digits, a stand-in that is infinity or 0 in every format."""
    if _magnitude(u) <= 64:
        return libmp.mpf_exp(u, precision, side)  # type: ignore[no-any-return]
    return libmp.mpf_shift(fone, -(1 << 64) if u[0] else 1 << 64)  # type: ignore[no-any-return]


_PRIMITIVE: dict[str, Callable[..., Number]] = {
    "add": libmp.mpf_add, "subtract": libmp.mpf_sub, "multiply": libmp.mpf_mul, "divide": libmp.mpf_div,
    "negative": libmp.mpf_neg, "abs": libmp.mpf_abs, "power": libmp.mpf_pow, "floor": libmp.mpf_floor,
    "exp": _exp, "log": libmp.mpf_log, "sqrt": libmp.mpf_sqrt, "hypot": libmp.mpf_hypot,
    "sin": libmp.mpf_sin, "cos": libmp.mpf_cos, "tan": libmp.mpf_tan, "atan": libmp.mpf_atan,
    "sinh": libmp.mpf_sinh, "cosh": libmp.mpf_cosh, "asinh": libmp.mpf_asinh,
}  # fmt: skip


def _expm1(run: Arithmetic, u: Number) -> Number:
    """More digits for small u, of which exp(u) - 1 loses as many."""
    more = Arithmetic(run.precision + max(-_magnitude(u), 0), run.odd)
    return more(libmp.mpf_sub, more(_exp, u), fone)


def _log1p(run: Arithmetic, u: Number) -> Number:
    """Where u is below the last digit, u - u^2/2 stands for it."""
    if _magnitude(u) < -run.precision:
        square = libmp.mpf_shift(run(libmp.mpf_mul, u, u), -1)
        return run(libmp.mpf_sub, u, square)
    more = Arithmetic(run.precision + max(-_magnitude(u), 0), run.odd)
    return run(libmp.mpf_log, more(libmp.mpf_add, fone, u))


def _magnitude(u: Number) -> int:
    """The exponent of u; 0 for what is not a number other than 0."""
    return u[2] + u[3] if u[1] else 0


FAR = 5  # |u| from 2^4 on: there tanh and erf are 1 and a hair, which is computed itself


def _tanh(run: Arithmetic, u: Number) -> Number:
    if _magnitude(u) < FAR:
        return run(libmp.mpf_tanh, u)
    grown = run(_exp, libmp.mpf_shift(libmp.mpf_abs(u), 1))
    hair = run(libmp.mpf_div, libmp.from_int(2), run(libmp.mpf_add, grown, fone))
    return _with_sign(u, run(libmp.mpf_sub, fone, hair))


def _erf(run: Arithmetic, u: Number) -> Number:
    if _magnitude(u) < FAR:
        return run(libmp.mpf_erf, u)
    return _with_sign(u, run(libmp.mpf_sub, fone, run(libmp.mpf_erfc, libmp.mpf_abs(u))))


def _with_sign(u: Number, size: Number) -> Number:
    return libmp.mpf_neg(size) if u[0] else size


def _erfc(run: Arithmetic, u: Number) -> Number:
    if not u[0] or _magnitude(u) < FAR:
        return run(libmp.mpf_erfc, u)
    return run(libmp.mpf_sub, libmp.from_int(2), run(libmp.mpf_erfc, libmp.mpf_neg(u)))


def _sigmoid(run: Arithmetic, u: Number) -> Number:
    return run(libmp.mpf_div, fone, run(libmp.mpf_add, fone, run(_exp, libmp.mpf_neg(u))))


def _softplus(run: Arithmetic, u: Number) -> Number:
    tail = _log1p(run, run(_exp, libmp.mpf_neg(libmp.mpf_abs(u))))
    return tail if libmp.mpf_sign(u) < 0 else run(libmp.mpf_add, u, tail)


def _normcdf(run: Arithmetic, u: Number) -> Number:
    scaled = run(libmp.mpf_div, libmp.mpf_neg(u), run(libmp.mpf_sqrt, libmp.from_int(2)))
    return libmp.mpf_shift(_erfc(run, scaled), -1)  # type: ignore[no-any-return]


def _normpdf(run: Arithmetic, u: Number) -> Number:
    exponent = libmp.mpf_shift(run(libmp.mpf_mul, u, u), -1)
    width = run(libmp.mpf_sqrt, libmp.mpf_shift(run(libmp.mpf_pi), 1))
    return run(libmp.mpf_div, run(_exp, libmp.mpf_neg(exponent)), width)


def _extreme(larger: bool) -> Callable[..., Number]:
    def choose(run: Arithmetic, a: Number, b: Number) -> Number:
        if fnan in (a, b):
            return fnan  # type: ignore[no-any-return]
        return a if (libmp.mpf_cmp(a, b) > 0) == larger else b

    return choose


_COMPOSED: dict[str, Callable[..., Any]] = {
    "where": lambda _, condition, a, b: a if condition else b,
    "minimum": _extreme(larger=False),
    "maximum": _extreme(larger=True),
    "clip": lambda run, u, low, high: _extreme(False)(run, _extreme(True)(run, u, low), high),
    "sign": lambda _, u: fnan if u == fnan else libmp.from_int(libmp.mpf_sign(u)),
    "expm1": _expm1,
    "log1p": _log1p,
    "tanh": _tanh,
    "erf": _erf,
    "erfc": _erfc,
    "sech": lambda run, u: run(libmp.mpf_div, fone, run(libmp.mpf_cosh, u)),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "log_sigmoid": lambda run, u: libmp.mpf_neg(_softplus(run, libmp.mpf_neg(u))),
    "normcdf": _normcdf,
    "normpdf": _normpdf,
}
