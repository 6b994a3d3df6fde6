"""The contract of functions with several inputs: gated units and vector functions."""

from __future__ import annotations

import ml_dtypes
import numpy as np
from flint import arb_series, ctx

from nonlin.catalogue import entries
from reference import grid
from reference.contract import Values, ratio
from reference.formulas import GATED, VECTOR, Reference
from reference.grid import Array
from reference.oracle import derivatives, settled
from ulp import FORMATS, Exact, error


def check_gated(name: str, dtype: str, values: Values) -> None:
    """A gated unit and its derivatives by both halves, at pairs of numbers of all sizes."""
    reference, unit = GATED[name], entries()[name]
    given, (a, b) = reference.defaults | dict(values), grid.pairs(dtype)
    halves = np.concatenate([a, b], axis=-1)
    with np.errstate(all="raise"):
        results = [unit(halves, **values), unit.partial("a", halves, **values), unit.partial("b", halves, **values)]
    for i, (u, v) in enumerate(zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)):
        for result, (true, steep) in zip(results, _gated_jets(reference, given | {"a": u, "b": v}, dtype), strict=True):
            off = error(float(result.ravel()[i]), true, FORMATS[dtype], signed=False)
            wide = (4 + 2 * max(abs(u), u * u / 2, abs(v))) * max(1.0, abs(u) * ratio(steep, true))
            assert off <= (wide if dtype == "float64" else 1.0), (
                f"{name} {dict(values)} {dtype} {u!r}, {v!r}: {off:.3g} ulp"
            )


def _gated_jets(reference: Reference, values: Values, dtype: str) -> list[tuple[Exact, Exact]]:
    """The value, the derivatives by a and by b, each with its own derivative by a."""

    def compute(by: str) -> list[Exact]:
        return settled(lambda _: derivatives(reference.body, values, by, 3), values["a"], FORMATS[dtype])

    by_a, by_b = compute("a"), compute("b")
    return [(by_a[0], by_a[1]), (by_a[1], by_a[2]), (by_b[1], by_a[1])]


def check_vector(name: str, dtype: str, axis: int) -> None:
    """A vector function along an axis, in ulp."""
    function, form = entries()[name], FORMATS[dtype]
    for row in grid.rows(dtype):
        block = np.stack([row, row[::-1]], axis=1 + axis if axis < 0 else 1 - axis)
        with np.errstate(all="raise"):
            got = np.moveaxis(function(block, axis=axis), axis, -1)[0]
        assert got.dtype == row.dtype
        true = settled(lambda _, row=row: [s[0] for s in vector_series(name, row, 0)], 0.0, form)
        off = [error(float(g), t, form, signed=False) for g, t in zip(got, true, strict=True)]
        allowed = 1.0 if dtype != "float64" else 4 + 2 * float(np.ptp(row)) + len(row)
        assert max(off) <= allowed, f"{name} {dtype} {row.tolist()}: {max(off):.3g} ulp, got {got.tolist()}"


def check_jacobian(name: str, dtype: str) -> None:
    """Jacobian and vector-Jacobian product against series, in the last places of the largest element."""
    function = entries()[name]
    for row in grid.rows(dtype):
        columns = [[float(s[1].mid()) for s in vector_series(name, row, j)] for j in range(len(row))]
        true = np.array(columns).T
        g = np.linspace(-1, 1.5, len(row)).astype(row.dtype)
        places = 4 * float(ml_dtypes.finfo(row.dtype).eps)
        with np.errstate(all="raise"):
            jacobian, product = function.jacobian(row), function.vjp(row, g)
        assert (jacobian.dtype, product.dtype) == (row.dtype, row.dtype)
        np.testing.assert_allclose(jacobian.astype(float), true, rtol=places, atol=places, err_msg=f"{name} {row}")
        wanted, size = g.astype(float) @ true, np.abs(g.astype(float)) @ np.abs(true)
        np.testing.assert_allclose(product.astype(float), wanted, rtol=places, atol=places * max(1, size.max()))


def vector_series(name: str, row: Array, j: int) -> list[arb_series]:
    """The outputs as series in the j-th input."""
    before, ctx.cap = ctx.cap, 2
    try:
        return VECTOR[name]([arb_series([v, 1] if k == j else [v]) for k, v in enumerate(row.tolist())])
    finally:
        ctx.cap = before
