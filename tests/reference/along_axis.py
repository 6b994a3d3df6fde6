"""The contract of functions with several inputs: gated units and vector functions."""

from __future__ import annotations

from collections.abc import Callable

import ml_dtypes
import numpy as np
from flint import arb_series, ctx

from nonlin.catalogue import entries
from nonlin.ops import numpy_words
from nonlin.ops.evaluate import evaluate
from reference import grid
from reference.contract import Values, ratio
from reference.formulas import GATED, VECTOR, Reference
from reference.grid import Array
from reference.oracle import derivatives, settled
from ulp import FORMATS, Exact, error


def check_gated(name: str, dtype: str, values: Values) -> None:
    """A unit and its derivatives by its inputs, at pairs of numbers of all sizes.

    Not the derivatives of float64 at subnormal numbers: a product of them is 0, so that the side of a kink is lost.
    """
    reference, unit = GATED[name], entries()[name]
    columns = grid.pairs(dtype)[: len(reference.inputs)]
    x = np.concatenate(columns, axis=-1)
    with np.errstate(all="raise"):
        results = [unit(x, **values), *(unit.partial(by, x, **values) for by in reference.inputs)]
    for i, row in enumerate(x.astype(float).tolist()):
        given = reference.defaults | dict(values) | dict(zip(reference.inputs, row, strict=True))
        jets = _gated_jets(reference, given, row, dtype)
        lost = dtype == "float64" and any(0 < abs(u) < float(np.finfo(float).tiny) for u in row)
        here = np.stack([r[i] for r in results[: 1 if lost else None]])
        for got, (true, steep) in zip(here.T.ravel(), jets[:: len(results)] if lost else jets, strict=True):
            off = error(float(got), true, FORMATS[dtype], signed=False)
            condition = sum(abs(u) * ratio(s, true) for u, s in zip(row, steep, strict=True) if u)
            wide = (4 + 2 * max(abs(row[0]), row[0] * row[0] / 2, abs(row[-1]))) * max(1.0, condition)
            assert off <= (wide if dtype == "float64" else 1.0), f"{name} {dict(values)} {dtype} {row}: {off:.3g} ulp"


def _gated_jets(reference: Reference, values: Values, row: list[float], dtype: str) -> list[tuple[Exact, list[Exact]]]:
    """For each output the value and the derivative by each input, each with how steep it is in each input."""
    found = []
    for output in bodies(reference):
        jets = [
            settled(lambda _, f=output, by=by: derivatives(f, values, by, 3), row[0], FORMATS[dtype])
            for by in reference.inputs
        ]
        slopes = [jet[1] for jet in jets]
        found.append((jets[0][0], slopes))
        found += [(jet[1], [jet[2] if k == i else s for k, s in enumerate(slopes)]) for i, jet in enumerate(jets)]
    return found


def bodies(reference: Reference) -> list[Callable[..., arb_series]]:
    """A function for each output of a unit."""
    count = len(entries()[reference.name].outputs)
    return [lambda k=k, **given: reference.body(**given)[k] for k in range(count)] if count > 1 else [reference.body]


def check_vector(name: str, dtype: str, axis: int, values: Values) -> None:
    """A vector function along an axis, in ulp; by how many times its record says that the bound is reached."""
    function, form = entries()[name], FORMATS[dtype]
    factor, _ = function.record.exceptions.get(dtype, (1.0, ""))
    for row in grid.rows(dtype):
        block = np.stack([row, row[::-1]], axis=1 + axis if axis < 0 else 1 - axis)
        with np.errstate(all="raise"):
            got = np.moveaxis(function(block, axis=axis, **values), axis, -1)[0]
        assert got.dtype == row.dtype
        true = settled(lambda _, row=row: [s[0] for s in vector_series(name, row, 0, values)], 0.0, form)
        off = [error(float(g), t, form, signed=False) for g, t in zip(got, true, strict=True)]
        allowed = 1.0 if dtype != "float64" else 4 + 2 * float(np.ptp(row)) * VECTOR[name].steepness(values) + len(row)
        said = f"{name} {dict(values)} {dtype} {row.tolist()}: {max(off):.3g} ulp, got {got.tolist()}"
        assert max(off) <= factor * allowed, said


def check_jacobian(name: str, dtype: str, values: Values) -> None:
    """Jacobian and vector-Jacobian product against series, in the last places of the largest element."""
    function = entries()[name]
    factor, _ = function.record.exceptions.get(dtype, (1.0, ""))
    for row in grid.rows(dtype):
        columns = [[float(s[1].mid()) for s in vector_series(name, row, j, values)] for j in range(len(row))]
        true = np.array(columns).T
        g = np.linspace(-1, 1.5, len(row)).astype(row.dtype)
        places = 4 * factor * float(ml_dtypes.finfo(row.dtype).eps)
        wide = places * max(1, np.abs(true).max())
        with np.errstate(all="raise"):
            jacobian, product = function.jacobian(row, **values), function.vjp(row, g, **values)
        assert (jacobian.dtype, product.dtype) == (row.dtype, row.dtype)
        np.testing.assert_allclose(jacobian.astype(float), true, rtol=places, atol=wide, err_msg=f"{name} {row}")
        wanted, size = g.astype(float) @ true, np.abs(g.astype(float)) @ np.abs(true)
        np.testing.assert_allclose(product.astype(float), wanted, rtol=places, atol=places * max(1, size.max()))


def check_partial(name: str, dtype: str, values: Values, parameter: str) -> None:
    """The derivative by a parameter, which NumPy itself has no use for, as the frameworks compute it."""
    formula, reference = entries()[name].partials[parameter], VECTOR[name]
    for row in grid.rows(dtype):
        given = reference.defaults | dict(values)
        with np.errstate(all="ignore"):
            got = evaluate(formula, numpy_words, {"x": row.astype(float), **given}, -1)
        true = [float(s[1].mid()) for s in vector_series(name, row, None, values, parameter)]
        np.testing.assert_allclose(got, true, rtol=1e-10, atol=1e-10, err_msg=f"{name} {given} {row}")


def vector_series(
    name: str, row: Array, j: int | None, values: Values, parameter: str | None = None
) -> list[arb_series]:
    """The outputs as series in the j-th input, or in a parameter."""
    reference = VECTOR[name]
    given = reference.defaults | dict(values)
    before, ctx.cap, ctx.prec = (ctx.cap, ctx.prec), 2, max(ctx.prec, 128)
    try:
        parameters = {k: arb_series([v, 1] if k == parameter else [v]) for k, v in given.items()}
        x = [arb_series([v, 1] if k == j else [v]) for k, v in enumerate(row.tolist())]
        return reference.body(x, **parameters)
    finally:
        ctx.cap, ctx.prec = before
