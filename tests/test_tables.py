"""float16 and bfloat16 from tables of all results: the bits of the path without a table, whatever the array."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import nonlin as nl
from nonlin.core import Activation
from nonlin.kernels import dispatch, tables
from nonlin.ops import numpy as backend
from sample import sample

ENTRIES = list(sample(Activation).values())
SAMPLE = ("gelu", "mish", "leaky_relu", "tanhshrink", "sinc", "step", "bent_identity", "identity")
DTYPES = [np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16)]
ALL = np.random.default_rng(8).permutation(1 << 16).astype(np.uint16)
"""Every bit pattern, in no order."""


def without_table(activation: Activation, x: Any, **parameters: Any) -> Any:
    answer = np.empty(x.shape, x.dtype.newbyteorder("="))
    backend.fill(answer, activation.expression, {"x": x, **activation.checked(parameters)})
    return answer


def same(found: Any, expected: Any) -> None:
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(np.asarray(found).view(np.uint16), np.asarray(expected).view(np.uint16))


def check_all(name: str, order: int, dtype: np.dtype[Any]) -> None:
    activation = nl.get(name).derivative if order else nl.get(name)
    x = ALL.view(dtype)
    same(activation(x), without_table(activation, x))
    assert table(activation, dtype).results is not None


def table(activation: Activation, dtype: np.dtype[Any], **parameters: float) -> Any:
    numbers = activation.checked(parameters)
    return tables._table(activation.expression, tuple((k, v.hex()) for k, v in numbers.items()), dtype.name)


@pytest.fixture
def made() -> Activation:
    """An activation of its own, without tables."""
    tables._table.cache_clear()
    return nl.define("x*sigmoid(a*x)", name="made", a=1.5)


@pytest.fixture
def ready(made: Activation) -> Activation:
    """The same with its tables."""
    for dtype in DTYPES:
        made(ALL.view(dtype))
    return made


# ---- every input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("name", SAMPLE)
def test_the_table_has_the_bits_of_the_path_without(name: str, order: int, dtype: np.dtype[Any]) -> None:
    check_all(name, order, dtype)


@pytest.mark.exhaustive
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("name", [a.name for a in ENTRIES])
def test_every_table_has_the_bits_of_the_path_without(name: str, order: int, dtype: np.dtype[Any]) -> None:
    check_all(name, order, dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", ["relu", "gelu", "identity", "hard_tanh"])
def test_nan_is_quiet(name: str, dtype: np.dtype[Any]) -> None:
    """Also for a signalling NaN, with and without a table."""
    with np.errstate(all="ignore"):
        x = ALL.view(dtype)[np.isnan(ALL.view(dtype))]
    quiet = np.uint16(1 << (9 if dtype == np.float16 else 6))
    with np.errstate(all="raise"):
        found = without_table(nl.get(name), x), nl.get(name)(np.concatenate([x, ALL.view(dtype)]))[: x.size]
    for one in found:
        assert np.isnan(one).all()
        assert (one.view(np.uint16) & quiet == quiet).all()


# ---- when there is one ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_table_is_made_when_so_many_elements_have_been_asked_for(made: Activation, dtype: np.dtype[Any]) -> None:
    x = ALL.view(dtype)
    before = made(x[:-1])
    assert table(made, dtype).results is None
    same(made(x[:1]), before[:1])
    assert table(made, dtype).results is not None
    same(made(x[:-1]), before)


def test_each_number_has_its_table_and_arrays_of_numbers_have_none(made: Activation) -> None:
    x = ALL.view(np.float16)
    for a in (0.5, 2.0):
        same(made(x, a=a), without_table(made, x, a=a))
        assert table(made, x.dtype, a=a).results is not None
    tables._table.cache_clear()
    many = np.resize([0.5, 2.0], x.size)
    same(made(x, a=many), without_table(made, x, a=many))
    assert tables._table.cache_info().currsize == 0
    np.testing.assert_array_equal(made(x, a=many)[::2], made(x, a=0.5)[::2])


def test_minus_zero_is_not_zero() -> None:
    x = ALL.view(np.float16)
    for slope in (0.0, -0.0):
        same(nl.leaky_relu(x, negative_slope=slope), without_table(nl.leaky_relu, x, negative_slope=slope))


def test_gated_units_have_none() -> None:
    tables._table.cache_clear()
    nl.glu(np.ones((1 << 9, 1 << 8), np.float16))
    assert tables._table.cache_info().currsize == 0


def test_tables_are_kept_for_a_few_hundred_functions_and_kernels_for_a_thousand() -> None:
    for one in (tables._table, dispatch._use, dispatch.with_derivative_for):
        assert one.cache_info().maxsize <= 1024


def test_a_table_is_made_in_half_a_second(made: Activation) -> None:
    start = time.perf_counter()
    nl.gelu(ALL.view(np.float16))
    assert time.perf_counter() - start < 0.5


def test_no_compiler_is_needed() -> None:
    code = (
        "import sys, numpy as np\n"
        "sys.modules['numba'] = None\n"
        "import nonlin as nl\n"
        "from nonlin.kernels import tables\n"
        "nl.gelu(np.zeros(1 << 16, np.float16))\n"
        "assert tables._table.cache_info().currsize == 1\n"
        "assert tables._table(nl.gelu.expression, (), 'float16').results.any()\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


# ---- any array ------------------------------------------------------------------------------------------------------

BASE = (np.random.default_rng(9).standard_normal((60, 70)) * 3).astype(np.float16)
LAYOUTS = {
    "every other": BASE[::2, ::3], "backwards": BASE[::-1, ::-1], "transposed": BASE.T, "one element": BASE[:1, :1],
    "zero stride": np.broadcast_to(BASE[0], (50, 70)), "empty": BASE[:0], "0-d": BASE[0, 0, ...],
    "unaligned": np.frombuffer(b"x" + BASE.tobytes(), np.uint8)[1:].view(np.float16),
    "byte-swapped": BASE.astype(BASE.dtype.newbyteorder()), "read-only": np.frombuffer(BASE.tobytes(), np.float16),
}  # fmt: skip


@pytest.mark.parametrize("x", LAYOUTS.values(), ids=LAYOUTS)
def test_the_layout_changes_no_bit(ready: Activation, x: Any) -> None:
    for activation in (ready, ready.derivative):
        activation(ALL.view(np.float16))
        same(np.asarray(activation(x)), without_table(activation, x))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_out(ready: Activation, dtype: np.dtype[Any]) -> None:
    x = ALL.view(dtype)
    expected = without_table(ready, x)
    for out in (np.empty_like(x), np.empty(2 << 16, dtype)[::2], np.empty(1 << 16, dtype)[::-1]):
        assert ready(x, out=out) is out
        same(np.ascontiguousarray(out), expected)
    y = np.concatenate([x, x[:1]])
    ready(y[:-1], out=y[1:])
    same(y[1:], expected)


def test_scalars_and_lists(ready: Activation) -> None:
    assert isinstance(ready(np.float16(1.5)), np.float16)
    assert ready(np.float16(1.5)) == without_table(ready, np.array(1.5, np.float16))
    assert ready([1.5]).dtype == np.float64


def test_value_and_derivative(ready: Activation) -> None:
    x = ALL.view(np.float16)
    for found, activation in zip(ready.value_and_derivative(x), (ready, ready.derivative), strict=True):
        same(found, without_table(activation, x))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_number_of_threads_changes_no_bit(ready: Activation, count: int) -> None:
    x = np.resize(ALL.view(np.float16), (1 << 20) + 1)
    nl.set_threads(count)
    try:
        same(ready(x), np.resize(without_table(ready, ALL.view(np.float16)), x.size))
    finally:
        nl.set_threads(None)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_tensors_of_pytorch_too(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    kind = np.float16 if dtype == "float16" else pytest.importorskip("ml_dtypes").bfloat16
    patterns = np.arange(1 << 16, dtype=np.uint16)
    x = torch.from_numpy(patterns.view(np.int16).copy()).view(getattr(torch, dtype))
    expected = nl.gelu(patterns.view(kind)).view(np.uint16)
    for given in (x, x.reshape(256, 256).T.contiguous().T, x.requires_grad_()):
        found = nl.gelu(given).detach().contiguous().view(torch.int16).numpy().view(np.uint16)
        np.testing.assert_array_equal(found.ravel(), expected)
