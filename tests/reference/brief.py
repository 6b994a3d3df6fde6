"""The contract in brief, for the entries that are not core: every check on few inputs; all inputs by `make test-full`.

Few inputs, but chosen: both zeros, infinities, NaN, subnormals, the largest numbers, both sides of every kink.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from nonlin import Activation
from reference import contract, grid
from reference.contract import Values, called
from reference.formulas import ELEMENTWISE
from reference.grid import Array

ENDS = (2.0**-149, 1e-40, 1e-30, 1e-12, 1e-6, 1e-3, 90.0, 800.0, 1e6, 1e12, 1e30, 3.4028234663852886e38)
MIDDLE = (*np.linspace(-6.1, 6.2, 22), *np.linspace(-1.05, 1.1, 12), 15.3, -15.7, 33.3, -34.1)
SLACK = 2.0
"""For processors on which NumPy's own functions are less exact in float64 than where these bounds were met."""
SPECIAL = (0.0, -0.0, np.inf, -np.inf, np.nan)


def inputs(name: str, values: Values, dtype: str) -> Array:
    """A few dozen numbers of a dtype, and the neighbours of the kinks."""
    few = np.array([*SPECIAL, *ENDS, *(-e for e in ENDS), *MIDDLE], grid.DTYPES[dtype])
    kinks = ELEMENTWISE[name].kinks(**(ELEMENTWISE[name].defaults | dict(values)))
    return grid.unique(np.concatenate([few, grid.around(kinks, dtype)]))


def check_numbers(act: Activation, values: Values, dtype: str) -> None:
    """Value and derivative against the reference, within the bounds of the contract.

    The sign of a zero is not looked at where there are parameters: x + b with b = 0 gives +0 for -0, as any sum does.
    """
    reference, slack = ELEMENTWISE[act.name], SLACK if dtype == "float64" else 1.0
    true = contract.tabulated(reference, reference.defaults | dict(values), inputs(act.name, values, dtype))
    for order, function in enumerate((act, act.derivative)):
        contract.check_table(act.name, function, values, true, order, signed=not act.parameters, slack=slack)


def check_arrays(act: Activation) -> None:
    """Dtypes are kept, ``out`` is filled, integers promote, strided views give the same bits."""
    for dtype in ("float16", "bfloat16", "float32", "float64"):
        x = np.linspace(-3, 3, 12).astype(grid.DTYPES[dtype])
        for function in (act, act.derivative):
            whole, out = called(function, x), np.empty_like(x)
            assert whole.dtype == x.dtype
            assert function(x, out=out) is out
            assert out.tobytes() == whole.tobytes()
            assert called(function, x.reshape(3, 4)[:, ::-2]).tobytes() == whole.reshape(3, 4)[:, ::-2].tobytes()
    contract.check_promotion(act)


def check_gradients(act: Activation, library: str) -> None:
    """The framework's value and its gradient by backpropagation, for every finite input finite and near to NumPy's."""
    x = np.array(
        [*(e for e in (*ENDS, *(-e for e in ENDS), *MIDDLE, *SPECIAL) if abs(e) > 1e-37 or e == 0)], np.float32
    )
    for got, function in zip(_pulled(act, library, x), (act, act.derivative), strict=True):
        _check_near(function, library, x, got)


def _pulled(act: Activation, library: str, x: Array) -> tuple[Array, Array]:
    module = import_module(library)
    pulled = {"torch": _torch, "jax": _jax, "tensorflow": _tensorflow}[library](module, act, x)
    return tuple(np.asarray(a) for a in pulled)  # type: ignore[return-value]


def _torch(torch: Any, act: Activation, x: Array) -> tuple[Any, Any]:
    t = torch.tensor(x, requires_grad=True)
    y = act(t)
    (slope,) = torch.autograd.grad(y.sum(), t)
    return y.detach(), slope


def _jax(jax: Any, act: Activation, x: Array) -> tuple[Any, Any]:
    y, pull = jax.vjp(act, jax.numpy.asarray(x))
    return y, pull(jax.numpy.ones_like(y))[0]


def _tensorflow(tensorflow: Any, act: Activation, x: Array) -> tuple[Any, Any]:
    t = tensorflow.constant(x)
    with tensorflow.GradientTape() as tape:
        tape.watch(t)
        y = act(t)
    return y, tape.gradient(y, t)


def _check_near(function: Activation, library: str, x: Array, got: Array) -> None:
    """To 300 roundings of float32, of the result or of x; finite where the result is."""
    wanted = function(x)
    with np.errstate(all="ignore"):
        size = np.abs(function(x.astype(float))) + np.nan_to_num(np.abs(x * function.derivative(x.astype(float))))
        near = (np.abs(got - wanted) <= 300 * 2.0**-24 * size + 1e-36) & np.isfinite(got)
    near |= (got == wanted) | np.isnan(got) & np.isnan(wanted)
    assert near.all(), f"{function.name} in {library} at {x[~near][:4]}: {got[~near][:4]}, expected {wanted[~near][:4]}"


def check_rows(function: Any, library: str) -> None:
    """A function along an axis in a framework: float32 values, and finite gradients near to those of NumPy."""
    x = np.random.default_rng(5).normal(0, 3, (6, 5)).astype(np.float32)
    x[4] = [100.0, -100.0, 0.0, 3.0, -3.0]
    x[5] = [1e4, 1e-6, -1e4, 0.5, 1.0]
    module, ones = import_module(library), np.ones_like(x)
    pulled = {"torch": _torch, "jax": _jax, "tensorflow": _tensorflow}[library](module, function, x)
    wide = x.astype(np.float64)
    for got, wanted in zip(map(np.asarray, pulled), (function(wide), function.vjp(wide, ones)), strict=True):
        scale = 1 + np.abs(wanted).max(axis=-1, keepdims=True)
        assert np.isfinite(got).all(), f"{function.name} in {library}: {got}"
        assert (np.abs(got - wanted) <= 3e-5 * scale).all(), f"{function.name} in {library}: {got}, expected {wanted}"
