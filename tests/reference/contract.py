"""The contract of an elementwise activation, as checks that raise AssertionError; the reference is known by name.

`test_catalogue` runs them on every entry, `test_planted_defects` on broken copies of entries.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import inf, isfinite
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from flint import arb

from nonlin import Activation, get
from reference import grid
from reference.arb_words import evaluated
from reference.formulas import ELEMENTWISE, Reference
from reference.grid import Array
from reference.oracle import TINIEST, Jet, derivatives, jet, settled
from ulp import FORMATS, Exact, error, rounded

ORDERS = {"value": 0, "derivative": 1}
Values = Mapping[str, float]


class Table(NamedTuple):
    """Inputs with their exact jets, and the correctly rounded value and derivatives."""

    x: Array
    jets: list[Jet]
    rounded: Array


def table(name: str, values: Values, dtype: str) -> Table:
    """The reference over the grid of a dtype; kept, because several checks ask for it in turn."""
    return _table(name, tuple(values.items()), dtype)


@lru_cache(maxsize=8)
def _table(name: str, values: tuple[tuple[str, float], ...], dtype: str) -> Table:
    reference = ELEMENTWISE[name]
    given = reference.defaults | dict(values)
    centres = [*reference.kinks(**given), *_places(name, values)]
    x = grid.unique(np.concatenate([grid.points(dtype), grid.around(centres, dtype)]))
    return tabulated(reference, given, x)


@lru_cache(maxsize=16)
def _places(name: str, values: tuple[tuple[str, float], ...]) -> list[float]:
    reference, given = ELEMENTWISE[name], ELEMENTWISE[name].defaults | dict(values)
    return [*grid.zeros(reference, given), *grid.fadings(reference, given)]


def tabulated(reference: Reference, values: Values, x: Array, length: int = 2) -> Table:
    form = FORMATS[x.dtype.name]
    jets = [jet(reference, float(v), values, length, form) for v in x]
    return Table(x, jets, np.array([[rounded(e, form) for e in j] for j in jets]).reshape(len(x), length))


def called(act: Callable[..., Any], x: Any, values: Values = MappingProxyType({})) -> Any:
    """The call, in which any floating-point flag or warning is an error."""
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        return act(x, **values)


# ---- accuracy -------------------------------------------------------------------------------------------------------


class Errors(NamedTuple):
    """The inputs whose result is not correctly rounded, and the error of each in ulp."""

    x: list[float]
    got: list[float]
    wanted: list[float]
    ulp: list[float]
    place: list[int]
    count: int

    def only(self, chosen: Sequence[bool]) -> Errors:
        columns = [[v for v, c in zip(column, chosen, strict=True) if c] for column in self[:-1]]
        return Errors(*columns, self.count)

    def worst(self) -> str:
        k = int(np.argmax(self.ulp))
        return f"{self.ulp[k]:.3g} ulp at x = {self.x[k]!r}: got {self.got[k]!r}, expected {self.wanted[k]!r}"


def errors(act: Activation, values: Values, true: Table, order: int, signed: bool = True) -> Errors:
    """What ``act`` (already the derivative for order 1) gets wrong on the inputs of a table, and signs of zeros."""
    got = np.asarray(called(act, true.x, values)).astype(np.float64)
    wanted = true.rounded[:, order]
    same = (got == wanted) & (np.signbit(got) == np.signbit(wanted)) | (np.isnan(got) & np.isnan(wanted))
    found = []
    for i in np.flatnonzero(~same).tolist():
        off = error(float(got[i]), true.jets[i][order], FORMATS[true.x.dtype.name], signed=signed)
        found += [(float(true.x[i]), float(got[i]), float(wanted[i]), off, i)] if off > 0 else []
    columns = [list(c) for c in zip(*found, strict=True)] or [[]] * 5
    return Errors(*columns, len(got))


def check_accuracy(act: Activation, values: Values, dtype: str, order: str) -> None:
    """Value or derivative against the reference, over the grid of a dtype: the contract's numbers."""
    function = act.derivative if order == "derivative" else act
    check_table(act.name, function, values, table(act.name, values, dtype), ORDERS[order])


def check_table(
    name: str, function: Activation, values: Values, true: Table, order: int, *, signed: bool = True, slack: float = 1.0
) -> None:
    """No error beyond its bound; with default parameters 16-bit results and 99.99 % of float32's correctly rounded."""
    found = errors(function, values, true, order, signed and not values)
    if not found.x:
        return
    dtype = true.x.dtype.name
    given = ELEMENTWISE[name].defaults | dict(values)
    what = f"{name} {dict(values)} {dtype} order {order}"
    times, _ = get(name).record.exceptions.get(dtype, (1.0, ""))
    places = zip(found.x, found.place, strict=True)
    allowed = [slack * times * bound(name, given, dtype, x, true.jets[i], order) for x, i in places]
    beyond = found.only([u > a for u, a in zip(found.ulp, allowed, strict=True)])
    assert not beyond.x, f"{what}: {beyond.worst()}, and {len(beyond.x) - 1} more beyond the bound"
    if dtype in ("float16", "bfloat16") and not values:
        assert not found.x, f"{what}: {len(found.x)} of {found.count} not correctly rounded, {found.worst()}"
    if dtype == "float32" and not values:
        assert len(found.x) <= found.count * 1e-4 + 3, (
            f"{what}: {len(found.x)} of {found.count} not correctly rounded, {found.worst()}"
        )


def bound(name: str, values: Values, dtype: str, x: float, true: Jet, order: int) -> float:
    """How many ulp an error may have: 1; for float64 4 + 2|u|, near a zero in ulp of the largest term.

    With other parameters the smaller dtypes may also show what float64 lost, as in sin(0.1 x) for a huge x.
    """
    default = values == ELEMENTWISE[name].defaults
    if default and dtype != "float64":
        return 1.0
    wide = _float64_bound(ELEMENTWISE[name], values, x, true, order) if isfinite(x) else 4.0
    if dtype == "float64":
        return wide
    return max(1.0, 0.5 + wide * 2.0 ** (FORMATS[dtype].digits - FORMATS["float64"].digits))


def _float64_bound(reference: Reference, values: Values, x: float, true: Jet, order: int) -> float:
    exponent = max((abs(u) for u in reference.exponents(x, **values)), default=0.0)
    if values != reference.defaults and exponent > 2.0**50:
        return inf  # the rounding of the exponent alone turns the wave around
    jets = jet(reference, x, values, order + 2)
    condition = abs(x) * ratio(jets[order + 1], jets[order])
    term = ratio(jets[0], jets[1]) / abs(x) if reference.gate and order and x else 1.0
    if condition > 2.5 + 3 * exponent:  # more than in a tail: near a zero, the largest term is about x slope
        return (4 + 2 * exponent) * max(condition, term)
    if values == reference.defaults:
        exponent = min(exponent, condition + 2)  # stricter than the contract where the exponential has vanished
    return (4 + 2 * exponent) * max(term, 1.0)


def ratio(a: Exact | None, b: Exact | None) -> float:
    """|a/b|, in the range of float64."""
    if a is None or b is None or not a.mantissa:
        return 0.0
    if not b.mantissa:
        return inf
    shift = a.exponent - b.exponent + abs(a.mantissa).bit_length() - abs(b.mantissa).bit_length()
    lead = _leading(a) / _leading(b)
    return lead * 2.0**shift if abs(shift) < 900 else inf if shift > 0 else 0.0


def _leading(value: Exact) -> float:
    return abs(value.mantissa) / (1 << abs(value.mantissa).bit_length())


# ---- trees, as functions --------------------------------------------------------------------------------------------

MODERATE = np.unique(
    np.concatenate([np.linspace(-31.3, 30.1, 29), np.linspace(-2.03, 2.07, 42), [-0.52, 0.51, 1e-9, -1e-9]])
)
FAR_OUT = np.array([-500.3, -91.7, 92.6, 480.2, 1e-30, -1e-30])
NEAR = 2.0**-48  # constants in a tree are float64, and a series near zero ends


def moderate(name: str, values: Values) -> list[float]:
    """Points away from the kinks, where every derivative exists."""
    kinks = ELEMENTWISE[name].kinks(**(ELEMENTWISE[name].defaults | dict(values)))
    low, high = ELEMENTWISE[name].domain
    return [float(x) for x in (*MODERATE, *FAR_OUT) if all(abs(x - k) > 1e-12 for k in kinks) and low < x < high]


def check_trees(act: Activation, values: Values, order: int) -> None:
    """The formula that people read and the tree that is run, and their derivatives by the words' rules: both are the
    reference function, whatever the rounding of a dtype."""
    expression, given = act.expression, ELEMENTWISE[act.name].defaults | dict(values)
    for _ in range(order):
        expression = expression.partial("x")
    for x in moderate(act.name, values):
        value, steep = (_ball(e) for e in jet(ELEMENTWISE[act.name], x, given, order + 2)[order:])
        allowed = (abs(value) + abs(x * steep)) * NEAR + TINIEST
        for kind in ("formula", "stable"):
            got = evaluated(getattr(expression, kind), given | {"x": x})
            what = f"{act.name} {dict(values)}: {kind} of order {order} at x = {x!r}"
            assert abs(got - value) <= allowed, f"{what}: {got.str(20)}, expected {value.str(20)}"


def _ball(value: Exact | None) -> arb:
    return arb(value.mantissa) * arb(2) ** value.exponent if value else arb.nan()


def check_partial(act: Activation, values: Values, by: str) -> None:
    """The derivative by a parameter, against a power series in that parameter."""
    reference = ELEMENTWISE[act.name]
    given = reference.defaults | dict(values)

    def slope(x: float) -> Exact:
        compute = lambda p: derivatives(reference.body, given | {"x": p}, by, 2)  # noqa: E731
        return settled(compute, x, FORMATS["float64"])[1]

    _check_nine_digits(act.partial(by), slope, act.name, values, f"by {by}")


def check_second_derivative(act: Activation, values: Values) -> None:
    """The second derivative in float64."""
    reference = ELEMENTWISE[act.name]
    given = reference.defaults | dict(values)
    second = lambda x: jet(reference, x, given, 3)[2]  # noqa: E731
    _check_nine_digits(act.derivative.derivative, second, act.name, values, "second derivative")


def _check_nine_digits(act: Activation, true: Any, name: str, values: Values, what: str) -> None:
    """The contract sets no bound here: nine digits, or the last place of the largest term, about 1 + |x|."""
    points = np.array(moderate(name, values))
    for x, got in zip(points, called(act, points, values), strict=True):
        wanted = float(_ball(true(x)))
        close = abs(got - wanted) <= 1e-9 * abs(wanted) + 2e-15 * (1 + abs(x))
        assert close, f"{name} {dict(values)} {what} at x = {float(x)!r}: got {float(got)!r}, expected {wanted!r}"


def check_from_output(act: Activation, values: Values) -> None:
    """The derivative written in y = f(x) is the derivative, as well as y determines it."""
    x = np.array([p for p in moderate(act.name, values) if abs(p) < 9])
    got = called(act.derivative_from_output, called(act, x, values), values)
    np.testing.assert_allclose(got, act.derivative(x, **values), rtol=1e-6, atol=1e-9, err_msg=f"{act.name} {values}")


# ---- arrays ---------------------------------------------------------------------------------------------------------


def check_shapes(act: Activation, dtype: str) -> None:
    """Kind, shape and dtype are kept, whatever the layout; the bits do not depend on it; the input is not touched."""
    base = np.linspace(-3, 3, 24).astype(grid.DTYPES[dtype])
    flat = act(base.copy())
    table = base.reshape(4, 6)
    grids = [table, base.reshape(2, 3, 4), np.asfortranarray(table), table.T[::2, 1:], np.broadcast_to(base, (3, 24))]
    for x in (*grids, base[::-2], base[:0], base[5:6].reshape(()), base[3]):
        before = x.tobytes()
        got = called(act, x)
        assert (got.shape, got.dtype) == (x.shape, x.dtype), (
            f"{act.name}: {x.shape} {x.dtype} -> {got.shape} {got.dtype}"
        )
        assert x.tobytes() == before, f"{act.name}: the input was changed"
        wanted = flat[np.searchsorted(base.astype(float), x.astype(float))]
        assert got.tobytes() == wanted.tobytes(), f"{act.name}: other bits for shape {x.shape}, strides {x.strides}"


def check_out(act: Activation, dtype: str) -> None:
    """``out`` is filled and returned, strided, or the input itself."""
    x = np.linspace(-3, 3, 24).astype(grid.DTYPES[dtype])
    wanted = act(x).tobytes()
    for out in (np.empty_like(x), np.empty(48, x.dtype)[::2], x.copy()):
        source = out if out.tobytes() == x.tobytes() else x
        assert act(source, out=out) is out, f"{act.name}: out is not what is returned"
        assert out.tobytes() == wanted, f"{act.name}: out is not filled"


def check_promotion(act: Activation) -> None:
    """Integers, bools, lists and numbers are computed in float64."""
    whole = np.arange(-3, 4)
    wanted = act(whole.astype(np.float64))
    for x in (whole, whole.astype(np.int8), whole.tolist(), np.array([False, True]), 3, True):
        got = called(act, x)
        assert got.dtype == np.float64, f"{act.name}: {x!r} gave {got.dtype}"
        assert np.array_equal(got, wanted[np.asarray(x, int) + 3], equal_nan=True), f"{act.name}: {x!r} gave {got}"


def check_array_parameters(act: Activation, values: Values) -> None:
    """Parameters that are arrays broadcast: each element is as with that number alone, to 12 digits."""
    x = np.array([-np.inf, -700.0, -3.2, -0.0, 0.4, 2.5, 1e300, np.inf, np.nan])
    columns = {k: np.array([[p.default], [values[k]]]) for k, p in act.parameters.items()}
    got = called(act, x, columns)
    rows = [act(x), act(x, **values)]
    np.testing.assert_allclose(got, rows, rtol=1e-12, atol=0, err_msg=f"{act.name} {dict(values)}")
