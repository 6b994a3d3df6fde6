"""How far each framework is from the exact value and derivatives: `nonlin.check`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from nonlin.catalogue import get
from nonlin.core import Activation
from nonlin.errors import InputError, MissingDependency, did_you_mean
from nonlin.units import GatedUnit
from nonlin.vector import VectorFunction

Array = np.ndarray[Any, Any]
QUANTITIES = ("value", "first derivative", "second derivative")
BOUND = 16.0  # what `Check.ok` allows, in the units of `Subject`
NEAR_SUBNORMAL = 2.0**-116  # smaller results are not compared: the factors of float32 arithmetic may be subnormal


# ---- the measure ----------------------------------------------------------------------------------------------------


def ulp_difference(got: Any, expected: Any, kind: str = "float32", smallest: float = 0.0) -> Array:
    """|got - expected| in units in the last place of ``expected`` as a number of the dtype ``kind``; never NaN.

    ``expected`` is float64 and need not be representable. NaN against NaN is 0, NaN against a number infinity; an
    infinity counts as the number after the largest. Numbers below ``smallest`` are equal to each other.

    >>> [float(d) for d in ulp_difference([1.0, 0.0, float("inf")], [1.0 + 2**-23, -0.0, float("inf")])]
    [1.0, 0.0, 0.0]
    """
    return _apart(got, expected, spacing(expected, kind), kind, smallest)


def spacing(value: Any, kind: str = "float32") -> Array:
    """The unit in the last place of ``value`` in the dtype ``kind``; 0 for NaN, the largest for infinity."""
    below = np.nextafter(np.finfo(kind).max, np.float32(0), dtype=kind)  # that of the largest number is not finite
    size = np.minimum(np.nan_to_num(np.abs(value), posinf=np.inf), float(below))
    return np.asarray(np.spacing(size.astype(kind)), np.float64)


def _apart(got: Any, expected: Any, unit: Array, kind: str, smallest: float) -> Array:
    largest = float(np.finfo(kind).max)
    a, b = (np.asarray(v, np.float64) for v in (got, expected))
    lone, both = np.isnan(a) != np.isnan(b), np.isnan(a) & np.isnan(b)
    same = (a == b) | both | ((np.abs(a) < smallest) & (np.abs(b) < smallest))
    beyond = (np.abs(a) > largest) != (np.abs(b) > largest)  # one of them overflowed: a step further
    with np.errstate(over="ignore", invalid="ignore"):
        apart = np.abs(np.clip(a, -largest, largest) - np.clip(b, -largest, largest)) / unit + beyond
    return np.where(same, 0.0, np.where(lone, np.inf, apart))


# ---- the answer -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """The worst point of one quantity in one framework, where it differs by ``ulp`` units in the last place.

    ``units`` is the worst difference anywhere in the wider unit by which `Check.ok` judges.
    """

    framework: str
    quantity: str
    ulp: float
    x: float
    got: float
    expected: float
    units: float

    @property
    def ok(self) -> bool:
        return self.units <= BOUND


@dataclass(frozen=True)
class Check:
    """The answer of :func:`check`: one row for each framework and quantity. ``str()`` is a table."""

    name: str
    rows: tuple[Difference, ...]
    not_installed: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every difference is at most 16 units.

        The unit is one last place of the result and, for the value and the first derivative, what one last place of x
        changes in it. For other derivatives it is one last place of the result or of 1, whichever is larger.
        """
        return all(row.ok for row in self.rows)

    def records(self) -> list[dict[str, Any]]:
        """The rows as plain dictionaries."""
        return [{**asdict(row), "ok": row.ok} for row in self.rows]

    @property
    def legend(self) -> str:
        """What "ok" means in the table."""
        return (
            f"ok: at most {BOUND:g} units, one being an ulp of the result and what an ulp of x changes; "
            "next to a zero of the result that is many ulp"
        )

    def __str__(self) -> str:
        head = f"{self.name}: largest difference from the exact result, float32"
        lines = [
            f"{r.framework:<11} {r.quantity:<18} {r.ulp:>10.4g} ulp at x = {r.x:<13.8g} got {r.got:<15.8g} "
            f"expected {r.expected:<15.8g} {'ok' if r.ok else 'too far'}"
            for r in self.rows
        ]
        return "\n".join([head, *lines, *(f"{name:<11} not installed" for name in self.not_installed)])


# ---- what is checked ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """One function at points ``x``: what every order should be, and the unit in which its error is judged.

    Derivatives are those of the sum of ``weights`` times the values.
    """

    call: Callable[[Any], Any]
    x: Array
    weights: Array
    expected: tuple[Array, ...]
    units: tuple[Array, ...]


@cache
def grid() -> Array:
    """float32: both zeros, all powers of two, evenly spaced numbers up to 110, the largest number, infinity and NaN."""
    spans = [np.linspace(0, 4, 1025), np.linspace(4, 20, 513), np.linspace(20, 110, 361)]
    sizes = np.concatenate([2.0 ** np.arange(-149, 128), *spans, [1000.0, float(np.finfo("float32").max), np.inf]])
    sizes = np.unique(sizes.astype(np.float32))
    return np.concatenate([-sizes[::-1], sizes, np.array([np.nan], np.float32)])


@cache
def _rows(width: int) -> Array:
    """Rows of finite numbers up to 30, in a fixed random order."""
    values = grid()[(np.abs(grid()) < 30) & ~_subnormal(grid())]
    values = np.random.default_rng(0).permutation(values)
    return values[: len(values) // width * width].reshape(-1, width)


def _subnormal(x: Array) -> Any:
    return np.logical_and(x != 0, np.abs(x) < float(np.finfo(x.dtype).tiny))


def _elementwise(act: Activation) -> Subject:
    x = grid()
    exact = x.astype(np.float64)
    orders = [act]
    for _ in QUANTITIES[1:]:
        orders.append(orders[-1].derivative)
    values = tuple(f(exact) for f in orders)
    units = (_unit(values[0], (values[1], x)), _unit(values[1], (values[2], x)), _absolute_unit(values[2]))
    return Subject(act, x, np.ones_like(x), values, units)


def _vector(function: VectorFunction) -> Subject:
    x, exact = _rows(8), _rows(8).astype(np.float64)
    weights = np.linspace(-1, 1, 8, dtype=np.float32) * np.ones_like(x)
    value, pulled = function(exact), function.vjp(exact, weights.astype(np.float64))
    largest = np.max(np.abs(x), axis=-1, keepdims=True)
    units = _unit(value, (np.minimum(np.abs(value), 1), largest)), _absolute_unit(pulled)
    return Subject(function, x, weights, (value, pulled), units)


def _gated(unit: GatedUnit) -> Subject:
    x, exact = _rows(2), _rows(2).astype(np.float64)
    value, first = unit(exact), _gated_gradient(unit, exact)
    parts = np.split(x, len(unit.inputs), axis=-1)
    slopes = [unit.partial(by, exact) for by in unit.inputs]
    moved = [(slope, np.tile(part, len(unit.outputs))) for slope, part in zip(slopes, parts, strict=True)]
    units = _unit(value, *moved), _absolute_unit(first)
    return Subject(unit, x, np.ones_like(value, np.float32), (value, first), units)


def _gated_gradient(unit: GatedUnit, x: Array) -> Array:
    """The gradient of the sum of all outputs, along the last axis."""
    slopes = [np.split(unit.partial(by, x), len(unit.outputs), axis=-1) for by in unit.inputs]
    return np.concatenate([sum(parts[1:], parts[0]) for parts in slopes], axis=-1)


def _unit(value: Array, *moved: tuple[Array, Array]) -> Array:
    """One last place of the value, and what one last place of each input changes in it."""
    changes = (np.where(np.isfinite(slope), np.abs(slope), 0) * spacing(x) for slope, x in moved)
    return sum(changes, spacing(value))


def _absolute_unit(value: Array) -> Array:
    return spacing(np.maximum(np.abs(value), 1))


def subject(act: Any) -> Subject:
    """The points and exact results for one entry of any kind."""
    if isinstance(act, VectorFunction):
        return _vector(act)
    return _gated(act) if isinstance(act, GatedUnit) else _elementwise(act)


# ---- the frameworks -------------------------------------------------------------------------------------------------


def _numpy(checked: Subject) -> Iterator[Any]:
    act = checked.call
    yield act(checked.x)
    if isinstance(act, VectorFunction):
        yield act.vjp(checked.x, checked.weights)
    elif isinstance(act, GatedUnit):
        yield _gated_gradient(act, checked.x)
    elif isinstance(act, Activation):
        yield act.derivative(checked.x)
        yield act.derivative.derivative(checked.x)


def _torch(checked: Subject) -> list[Any]:
    """By PyTorch's own functions, as on a GPU and under torch.compile: on the CPU it is NumPy's path that serves."""
    import torch

    from nonlin.ops.torch import InWords

    x, weights = torch.tensor(checked.x, requires_grad=True), torch.tensor(checked.weights)
    with InWords():  # type: ignore[no-untyped-call]
        results = [checked.call(x)]
        for _ in checked.expected[1:]:
            results += torch.autograd.grad((results[-1] * weights).sum(), x, create_graph=True)
    return [result.detach().numpy() for result in results]


def _jax(checked: Subject) -> Iterator[Any]:
    import jax
    import jax.numpy as jnp

    def slope(f: Callable[[Any], Any], weights: Any) -> Callable[[Any], Any]:
        return jax.grad(lambda x: (f(x) * weights).sum())

    function = checked.call
    for _ in checked.expected:
        yield function(jnp.asarray(checked.x))
        function = slope(function, jnp.asarray(checked.weights))


def _tensorflow(checked: Subject) -> Iterator[Any]:
    import tensorflow as tf

    def slope(f: Callable[[Any], Any], x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = f(x) * checked.weights
        return tape.gradient(total, x)

    function = checked.call
    for _ in checked.expected:
        yield function(tf.constant(checked.x)).numpy()
        function = partial(slope, function)


_RUNS: dict[str, Callable[[Subject], Iterable[Any]]] = {
    "numpy": _numpy, "torch": _torch, "jax": _jax, "tensorflow": _tensorflow,
}  # fmt: skip
_EXTRAS = {"torch": "torch", "jax": "jax", "tensorflow": "keras"}
_FLUSHES = ("jax", "tensorflow")  # on a CPU they take a subnormal x for 0
FRAMEWORKS = tuple(_RUNS)


def differences(framework: str, checked: Subject) -> list[Difference]:
    """One row for each order that the subject knows."""
    results = zip(QUANTITIES, _RUNS[framework](checked), checked.expected, checked.units, strict=False)
    return [_worst(framework, quantity, checked.x, np.asarray(got), *exact) for quantity, got, *exact in results]


def _worst(framework: str, quantity: str, x: Array, got: Array, expected: Array, unit: Array) -> Difference:
    smallest = 0.0 if framework == "numpy" else NEAR_SUBNORMAL
    ulps = ulp_difference(got, expected, smallest=smallest)
    units = _apart(got, expected, unit, "float32", smallest)
    if framework in _FLUSHES:
        ulps, units = (np.where(_subnormal(x), 0.0, d) if d.shape == x.shape else d for d in (ulps, units))
    at = np.unravel_index(np.argmax(ulps), ulps.shape)
    there = x[at] if got.shape == x.shape else x[at[0], 0]
    return Difference(framework, quantity, *(float(v) for v in (ulps[at], there, got[at], expected[at], units.max())))


def check(act: Any, against: Sequence[str] = FRAMEWORKS) -> Check:
    """How far value, first and second derivative are from the exact ones in each framework, by its own autodiff.

    ``act`` is a name, a formula or an entry; everything is computed in float32 and compared with NumPy's float64. In
    PyTorch that is what a GPU or torch.compile gets; tensors on the CPU are computed as NumPy arrays are.
    Vector functions and gated units have a value and a first derivative, along the last axis. By default frameworks
    that are not installed are listed as such; asking for one that is not there raises MissingDependency.

    >>> import nonlin as nl
    >>> nl.check("relu", against="numpy").ok
    True
    """
    asked = (against,) if isinstance(against, str) else tuple(against or ())
    if not asked:
        raise InputError(f"check needs at least one framework to compare with; it knows {', '.join(FRAMEWORKS)}")
    here = [name for name in asked if _available(name, must=against is not FRAMEWORKS)]
    entry = get(act)
    checked = subject(entry)
    rows = [row for name in here for row in differences(name, checked)]
    return Check(entry.name, tuple(rows), tuple(name for name in asked if name not in here))


def _available(name: str, must: bool) -> bool:
    if name not in _RUNS:
        raise InputError(f"no framework {name!r}{did_you_mean(name, FRAMEWORKS)} check knows {', '.join(FRAMEWORKS)}")
    there = find_spec(name) is not None
    if must and not there:
        raise MissingDependency(f"{name} is not installed; pip install nonlin[{_EXTRAS[name]}]")
    return there
