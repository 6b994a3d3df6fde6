"""Odd arrays in calls of elementwise activations, with a kernel in memory and without; Ctrl-C."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from functools import cache
from threading import Timer
from typing import Any

import numpy as np
import pytest

import nonlin as nl
from nonlin.core import Activation
from nonlin.errors import InputError
from nonlin.kernels import dispatch
from nonlin.ops import numpy as backend

DTYPES = [np.float16, np.float32, np.float64]
named = pytest.mark.parametrize


@pytest.fixture(params=["kernel", "numpy"])
def act(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Activation:
    """An activation whose kernel and table are in memory, or one that NumPy computes for ever."""
    if request.param == "kernel":
        return with_kernel()
    monkeypatch.setattr(dispatch, "kernel_for", lambda *_: None)
    return nl.define("x*sigmoid(1.6875x)", name="without")


@cache
def with_kernel() -> Activation:
    made = nl.define("x*sigmoid(1.625x)", name="with")
    for dtype in (np.float16, np.float32):
        made(np.zeros(dispatch.ENOUGH, dtype))
    assert np.ndarray in made._shortcuts
    return made


def plain(act: Activation, x: Any) -> Any:
    """What NumPy computes of a copy without oddities; float64 results of a kernel may differ in the last places."""
    usual = np.array(x, x.dtype.newbyteorder("="), order="C")
    answer = np.empty_like(usual)
    backend.fill(answer, act.expression, {"x": usual})
    return answer


def same(found: Any, expected: Any) -> None:
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    if found.dtype == np.float64:
        np.testing.assert_array_max_ulp(found, expected, 8)
    else:
        np.testing.assert_array_equal(found, expected)


def numbers(dtype: Any) -> Any:
    return (np.random.default_rng(13).standard_normal(6000) * 3).astype(dtype)


# ---- inputs ---------------------------------------------------------------------------------------------------------

LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "Fortran order": lambda x: np.asfortranarray(x.reshape(60, 100)),
    "Fortran order, sliced": lambda x: np.asfortranarray(x.reshape(60, 100))[3:50:2, ::-3],
    "moved axes": lambda x: np.moveaxis(x.reshape(5, 20, 60), 0, 1),
    "backwards": lambda x: x[::-1],
    "zero stride": lambda x: np.broadcast_to(x[:50, None], (50, 70)),
    "windows": lambda x: np.lib.stride_tricks.sliding_window_view(x[:90], 30),
    "byte-swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "unaligned": lambda x: np.frombuffer(b"x" + x.tobytes(), np.uint8)[1:].view(x.dtype),
    "field of a record": lambda x: np.array(list(enumerate(x[:99])), [("n", "u1"), ("x", x.dtype)])["x"],
    "empty": lambda x: x[:0].reshape(3, 0, 2),
    "0-d": lambda x: x[7, ...],
    "many axes": lambda x: x[:64].reshape((2,) * 6 + (1,) * 26),
    "subclass": lambda x: x.view(type("Sub", (np.ndarray,), {})),
}


@named("dtype", DTYPES)
@named("layout", LAYOUTS)
def test_the_layout_changes_no_bit(act: Activation, layout: str, dtype: Any) -> None:
    x = LAYOUTS[layout](numbers(dtype))
    before = x.tobytes()
    same(np.asarray(act(x)), plain(act, x))
    assert x.tobytes() == before


@named("x", [np.ones(3, np.longdouble), np.ones(3, complex), np.complex64(1), np.array([1, None]), np.array(["1"])])
def test_what_is_not_float16_to_float64_is_refused_in_a_sentence(act: Activation, x: Any) -> None:
    with pytest.raises(InputError, match=r"^x: got an? .*; pass real numbers \(float16, bfloat16, float32, float64, "):
        act(x)


@named("dtype", DTYPES)
def test_nan_is_quiet_and_no_warning_is_given(act: Activation, dtype: Any) -> None:
    """Signalling NaN and payloads of both signs; their neighbours are as without them."""
    bits, fraction = np.dtype(f"u{np.dtype(dtype).itemsize}"), np.finfo(dtype).nmant
    top = int(np.array(np.inf, dtype).view(bits))
    patterns = [top + 1, top + (1 << (fraction - 1)), top + (1 << (fraction - 1)) + 5]
    odd = np.array(patterns + [p | 1 << (8 * bits.itemsize - 1) for p in patterns], bits).view(dtype)
    x = np.concatenate([numbers(dtype)[:1000], odd, numbers(dtype)[:1000]])
    with np.errstate(all="raise"):
        found = act(x)
        scalars = [act(v) for v in odd]
    assert np.isnan(found[1000:1006]).all()
    for nan in (found[1000:1006], np.array(scalars)):
        assert (nan.view(bits) >> (fraction - 1) & 1 == 1).all()
    same(np.concatenate([found[:1000], found[1006:]]), np.tile(plain(act, x[:1000]), 2))


# ---- out ------------------------------------------------------------------------------------------------------------


@named("dtype", DTYPES)
@named("shift", [1, 3, 1500, -1, -1500])
def test_out_may_lie_over_a_part_of_the_input(act: Activation, dtype: Any, shift: int) -> None:
    memory = np.concatenate([numbers(dtype), numbers(dtype)])
    x, out = memory[2000:6000], memory[2000 + shift : 6000 + shift]
    expected = plain(act, x)
    assert act(x, out=out) is out
    same(out, expected)


@named("dtype", DTYPES)
@named("arranged", [lambda m: m[::-1], lambda m: m.reshape(60, 100).T.reshape(100, 60), lambda m: m[:, None][:, 0]])
def test_out_may_be_the_input_in_another_order(act: Activation, dtype: Any, arranged: Any) -> None:
    memory = numbers(dtype)
    out = arranged(memory)
    x = memory.reshape(out.shape)
    expected = plain(act, x)
    act(x, out=out)
    same(out, expected)


@named("dtype", DTYPES)
def test_odd_outs_are_filled_and_nothing_else(act: Activation, dtype: Any) -> None:
    x = numbers(dtype).reshape(60, 100)
    wide = np.full((120, 300), 7, dtype)
    strided, fortran = wide[::-2, 1::3], np.empty(x.shape, dtype, order="F")
    unaligned = np.empty(x.nbytes + 1, np.uint8)[1:].view(dtype).reshape(x.shape)
    for out in (strided, fortran, unaligned, np.empty((60, 200), dtype)[:, ::2]):
        assert act(x, out=out) is out
        same(np.ascontiguousarray(out), plain(act, x))
    wide[::-2, 1::3] = 7
    assert (wide == 7).all()
    empty = np.empty((0, 3), dtype)
    assert act(empty, out=np.empty_like(empty)).shape == (0, 3)
    single = np.empty((), dtype)
    assert act(x[0, 0, ...], out=single) is single
    assert single == act(x[0, 0])


@named(
    ("out", "said"),
    [
        (lambda x: np.frombuffer(x.tobytes(), x.dtype), r"^out is read-only; pass a writeable array$"),
        (lambda x: np.broadcast_to(x[:1], x.shape), r"^out is read-only; pass a writeable array$"),
        (lambda x: np.empty_like(x).view(x.dtype.newbyteorder()), r"^out has shape \(6000,\) and dtype >f\d, expected"),
        (lambda x: np.empty(5999, x.dtype), r"^out has shape \(5999,\) and dtype float\d\d, expected \(6000,\) and"),
        (lambda x: np.empty(x.shape, np.longdouble), r"^out has shape \(6000,\) and dtype \w+, expected \(6000,\) and"),
        (lambda x: np.empty(x.shape, complex), r"^out has shape \(6000,\) and dtype complex128, expected"),
        (lambda x: x.tolist(), r"^out must be a NumPy array, got list$"),
    ],
)
@named("dtype", DTYPES)
def test_an_out_that_does_not_fit_is_refused_in_a_sentence(act: Activation, dtype: Any, out: Any, said: str) -> None:
    x = numbers(dtype)
    with pytest.raises(InputError, match=said):
        act(x, out=out(x))


# ---- arrays of other libraries --------------------------------------------------------------------------------------


class Labelled:
    """An array with a label, as xarray and dask have them: ufuncs hand themselves over to it."""

    def __init__(self, data: Any, label: str) -> None:
        self.data, self.label = data, label

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Labelled:
        assert method == "__call__"
        given = [i.data if isinstance(i, Labelled) else i for i in inputs]
        return Labelled(ufunc(*given, **options), self.label)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self.data, dtype)


def test_ufuncs_hand_over_to_arrays_of_other_libraries() -> None:
    x = numbers(np.float32)
    found = nl.gelu.ufunc(Labelled(x, "depth"))
    assert (type(found), found.label) == (Labelled, "depth")
    np.testing.assert_array_equal(found.data, nl.gelu.ufunc(x))
    assert nl.leaky_relu.ufunc(Labelled(x, "slope"), 0.2).label == "slope"


def test_calls_take_what_can_be_made_an_array(act: Activation) -> None:
    x = numbers(np.float32)
    found = act(Labelled(x, "depth"))
    assert type(found) is np.ndarray
    same(found, plain(act, x))


def test_dask_arrays_stay_lazy() -> None:
    array = pytest.importorskip("dask.array")
    x = numbers(np.float32)
    lazy = array.from_array(x, chunks=1000)
    for found in (nl.gelu.ufunc(lazy), lazy.map_blocks(nl.gelu)):
        assert isinstance(found, array.Array)
        np.testing.assert_array_equal(found.compute(), nl.gelu(x))


def test_xarray_keeps_its_labels() -> None:
    xarray = pytest.importorskip("xarray")
    x = numbers(np.float32).reshape(60, 100)
    found = nl.gelu.ufunc(xarray.DataArray(x, dims=("time", "depth")))
    assert found.dims == ("time", "depth")
    np.testing.assert_array_equal(found.values, nl.gelu(x))


# ---- large arrays ---------------------------------------------------------------------------------------------------

BEYOND = (1 << 31) + 3


def test_addresses_beyond_32_bits(act: Activation) -> None:
    """2^31 elements from one end to the other, of which 33 are touched, and the pages that they are in."""
    try:
        x, out = (np.zeros(BEYOND, np.float32)[:: 1 << 26] for _ in range(2))
    except MemoryError:
        pytest.skip("this machine does not lend 16 GiB of addresses")
    x[...] = np.linspace(-5, 5, x.size)
    assert act(x, out=out) is out
    same(np.ascontiguousarray(out), plain(act, x))
    nl.gelu.ufunc(x, out=out)
    np.testing.assert_array_equal(out, nl.gelu.ufunc(x.copy()))


@pytest.mark.exhaustive
@named("dtype", [np.float16, np.float32])
def test_more_than_2_to_the_31_elements(dtype: Any) -> None:
    """4 or 8 GiB for the results; the input is one number in memory."""
    x = np.broadcast_to(np.array(-1.5, dtype), BEYOND)
    expected, found = nl.gelu(x[0]), nl.gelu(x)
    assert found.shape == (BEYOND,)
    assert all((part == expected).all() for part in np.array_split(found, 256))


# ---- Ctrl-C ---------------------------------------------------------------------------------------------------------


@named("dtype", DTYPES)
def test_ctrl_c_ends_a_long_call_and_the_next_is_right(act: Activation, dtype: Any) -> None:
    x = np.resize(numbers(dtype), 1 << 19)
    timer = Timer(0.2, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it may come in any of the calls
        for _ in range(100_000):
            act(x)
    timer.join()
    same(act(x)[:6000], plain(act, x[:6000]))
