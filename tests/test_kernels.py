"""Compiled kernels give the bits of the NumPy path, whatever the array, the path and the number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nonlin as nl
from nonlin.core import Activation
from nonlin.errors import InputError
from nonlin.kernels import cache, dispatch, elementwise, machine_code, threads
from nonlin.kernels.ufunc import DRIVE
from nonlin.ops import numpy as words
from nonlin.ops.exact import correctly_rounded
from nonlin.units import GatedUnit
from sample import sample

ENTRIES = list(sample(Activation).values())
FAMOUS = ("relu", "leaky_relu", "gelu", "silu", "mish", "elu", "softplus", "tanh", "hard_sigmoid", "gelu_tanh")
RANDOM = np.random.default_rng(5)
POINTS = np.concatenate([
    RANDOM.standard_normal(3000) * 3, RANDOM.standard_normal(500) * 2.0 ** RANDOM.integers(-140, 120, 500),
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 3.0, -3.0, 1e-45, -1e-45, 3.4e38, -3.4e38, 88.7, -103.9],
])  # fmt: skip


def numpy_path(activation: Activation, x: Any, **parameters: Any) -> Any:
    values = {"x": np.asarray(x), **activation.checked(parameters)}
    answer = np.empty(np.broadcast_shapes(*(np.shape(v) for v in values.values())), values["x"].dtype)
    words.fill(answer, activation.expression, values)
    return answer


def kernel(activation: Activation, x: Any, **options: Any) -> Any:
    return activation.ufunc(x, *activation.defaults.values(), **options)


def same(found: Any, expected: Any) -> None:
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found) & ~np.isnan(found), np.signbit(expected) & ~np.isnan(expected))
    assert found.dtype == expected.dtype


@pytest.mark.parametrize("activation", ENTRIES, ids=lambda a: a.name)
def test_float32_has_the_bits_of_the_numpy_path(activation: Activation) -> None:
    x = POINTS.astype(np.float32)
    same(kernel(activation, x), numpy_path(activation, x))


@pytest.mark.parametrize("name", FAMOUS)
def test_derivatives_too(name: str) -> None:
    x = POINTS.astype(np.float32)
    for slope in (nl.get(name).derivative, nl.get(name).derivative.derivative):
        same(kernel(slope, x), numpy_path(slope, x))


@pytest.mark.parametrize("name", FAMOUS)
def test_a_backward_pass_is_one_kernel(name: str) -> None:
    """The derivative times the incoming gradient, rounded once, the same by NumPy and with all that is not finite."""
    pulled = nl.get(name).derivative.expression.times_incoming()
    x = POINTS.astype(np.float32)
    g = np.random.default_rng(3).permutation(x)
    values = {**dict(zip(pulled.inputs, (x, g), strict=True)), **nl.get(name).defaults}
    by_numpy = np.empty_like(x)
    words.fill(by_numpy, pulled, values)
    same(elementwise(pulled, tuple(nl.get(name).defaults))(*values.values()), by_numpy)
    with np.errstate(all="ignore"):
        expected = nl.get(name).derivative(x.astype(np.float64)) * g
    same(nl.get(name).vjp(x, g), by_numpy)
    ordinary = (np.abs(expected) > 1e-37) & (np.abs(expected) < 1e38)
    np.testing.assert_allclose(by_numpy[ordinary], expected[ordinary], rtol=6e-8)


@pytest.mark.parametrize("name", sample(GatedUnit))
def test_gated_units_too(name: str) -> None:
    unit, first = nl.get(name), POINTS.astype(np.float32)
    halves = [first, np.random.default_rng(4).permutation(first)][: len(unit.inputs)]
    values = {**dict(zip(unit.inputs, halves, strict=True)), **unit.checked({})}
    for output in unit.outputs:
        by_numpy = np.empty_like(first)
        words.fill(by_numpy, output, values)
        same(elementwise(output, tuple(unit.parameters))(*values.values()), by_numpy)


@pytest.mark.parametrize("name", FAMOUS)
def test_float64_is_near_the_numpy_path(name: str) -> None:
    activation = nl.get(name)
    np.testing.assert_allclose(kernel(activation, POINTS), numpy_path(activation, POINTS), rtol=1e-13, atol=1e-320)


@pytest.mark.parametrize("name", FAMOUS)
def test_value_and_derivative_in_one_pass(name: str) -> None:
    activation = nl.get(name)
    x = POINTS.astype(np.float32)
    value, slope = activation.value_and_derivative(x)
    same(value, numpy_path(activation, x))
    same(slope, numpy_path(activation.derivative, x))


def test_value_and_derivative_of_anything() -> None:
    assert [v.dtype for v in nl.elu.value_and_derivative(np.float16([-1, 2]), alpha=0.5)] == [np.float16] * 2
    value, slope = nl.elu.value_and_derivative([-1.0, 2.0], alpha=np.array([0.5, 1]))
    same(value, nl.elu([-1.0, 2.0], alpha=np.array([0.5, 1])))
    same(slope, nl.elu.derivative([-1.0, 2.0], alpha=np.array([0.5, 1])))
    with pytest.raises(InputError):
        nl.elu.value_and_derivative("a")


MIXED = (  # choices between pure arithmetic, which is decided in pairs, and all else
    "where(x > exp(-x), (x+3)/6, 0.1x)", "where(tanh(x) > 0.5, x/3 + 1, x/6 + 0.5)", "max(exp(x) - 1, 0.1x + 0.05)",
    "max(sin(x), 0.5x)", "where(x > 0, x/3 + sign(tanh(x))/6, abs(exp(x) - 2)/3)", "clip(x/6 + 0.5, exp(x)/9, 1)",
)  # fmt: skip


@pytest.mark.parametrize("text", MIXED)
@pytest.mark.parametrize("order", [0, 1])
def test_mixed_formulas_are_correctly_rounded(text: str, order: int) -> None:
    made = nl.define(text, name="mixed")
    activation = made.derivative if order else made
    x = np.concatenate([np.linspace(-3, 3, 4001), [0.66058534, 1.0367526]]).astype(np.float32)
    exact = [correctly_rounded(activation.expression.formula, {"x": v}, "float32") for v in x.astype(float).tolist()]
    np.testing.assert_array_equal(numpy_path(activation, x), np.array(exact, np.float32))
    np.testing.assert_array_equal(kernel(activation, x), np.array(exact, np.float32))


@pytest.mark.filterwarnings("ignore::nonlin.errors.NonlinWarning")  # of strange formulas, on purpose
@pytest.mark.parametrize("text", ["where(sin(x) > 0, 1, -1)", "max(cos(x), 0)", "clip(tan(x), -1, 1)"])
def test_huge_numbers_in_circular_words(text: str) -> None:
    activation = nl.define(text, name="circular")
    for kind in (np.float32, np.float64):
        x = np.array([1e20, -1e20, 3e10, 2.0**31, 5e37, 1.0], kind)
        same(kernel(activation, x), numpy_path(activation, x))
        same(kernel(activation.derivative, x), numpy_path(activation.derivative, x))


@pytest.mark.parametrize("text", ["where(a > 0.5, where(x > 0, x, 0), x)", "abs(x)^a"])
def test_nan_stays_nan_for_all_parameters(text: str) -> None:
    activation = nl.define(text, name="nan", a=1.0)
    for a in (0.0, 0.3, 1.0, 2.0):
        assert np.isnan(activation.ufunc(np.float32([np.nan]), a)).all()


@pytest.mark.filterwarnings("ignore::nonlin.errors.NonlinWarning")
def test_quotients_of_subnormal_numbers() -> None:
    activation = nl.define("normpdf(x)/normcdf(-x)", name="inverse_mills")
    x = np.linspace(30, 38, 200, dtype=np.float32)
    exact = [correctly_rounded(activation.expression.formula, {"x": v}, "float32") for v in x.astype(float).tolist()]
    np.testing.assert_array_equal(kernel(activation, x), np.array(exact, np.float32))


def test_tiny_inputs_where_the_slope_is_no_float() -> None:
    activation = nl.define("tanh(x/10)", name="tenth")
    x = np.arange(5, 2000, 10, dtype=np.int32).view(np.float32)
    exact = [correctly_rounded(activation.expression.formula, {"x": v}, "float32") for v in x.astype(float).tolist()]
    np.testing.assert_array_equal(numpy_path(activation, x), np.array(exact, np.float32))


# ---- any array ------------------------------------------------------------------------------------------------------

BASE = (np.random.default_rng(6).standard_normal((60, 70)) * 3).astype(np.float32)
LAYOUTS = {
    "every other": BASE[::2, ::3], "backwards": BASE[::-1, ::-1], "transposed": BASE.T, "one element": BASE[:1, :1],
    "zero stride": np.broadcast_to(BASE[0], (50, 70)), "empty": BASE[:0], "0-d": BASE[0, 0, ...],
    "unaligned": np.frombuffer(b"x" + BASE.tobytes(), np.uint8)[1:].view(np.float32),
    "byte-swapped": BASE.astype(BASE.dtype.newbyteorder()), "read-only": np.frombuffer(BASE.tobytes(), np.float32),
}  # fmt: skip


@pytest.mark.parametrize("x", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("name", ["gelu", "elu"])
def test_the_layout_changes_no_bit(name: str, x: Any) -> None:
    activation = nl.get(name)
    same(np.asarray(kernel(activation, x)), np.asarray(numpy_path(activation, np.array(x, np.float32))))


def test_into_the_input_itself_and_over_a_part_of_it() -> None:
    expected = numpy_path(nl.gelu, BASE.reshape(-1))
    x = BASE.reshape(-1).copy()
    assert nl.gelu.ufunc(x, out=x) is x
    same(x, expected)
    y = np.concatenate([BASE.reshape(-1), np.float32([0])])
    nl.gelu.ufunc(y[:-1], out=y[1:])
    same(y[1:], expected)


def test_where_dtype_and_a_strided_out() -> None:
    out = np.full((60, 140), 7, np.float32)
    nl.gelu.ufunc(BASE, out=out[:, ::2], where=BASE > 0)
    same(out[:, ::2], np.where(BASE > 0, numpy_path(nl.gelu, BASE), np.float32(7)))
    assert (out[:, 1::2] == 7).all()
    assert nl.gelu.ufunc(BASE, dtype=np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        nl.gelu.ufunc(BASE, out=np.frombuffer(BASE.tobytes(), np.float32).reshape(BASE.shape))
    with pytest.raises(TypeError):
        nl.gelu.ufunc(BASE.astype(np.complex64))


def test_parameters_are_float64_and_broadcast() -> None:
    slopes = np.linspace(0, 1, 70)
    x = BASE.astype(np.float32)
    same(nl.leaky_relu.ufunc(x, 0.1), numpy_path(nl.leaky_relu, x, negative_slope=0.1))
    same(nl.leaky_relu.ufunc(x, slopes), numpy_path(nl.leaky_relu, x, negative_slope=slopes))
    same(nl.leaky_relu.ufunc(x.T, slopes[:, None]), numpy_path(nl.leaky_relu, x.T, negative_slope=slopes[:, None]))


def test_no_flag_is_raised() -> None:
    single = POINTS.astype(np.float32)
    with np.errstate(all="raise"):
        for name in FAMOUS:
            kernel(nl.get(name), single)
            kernel(nl.get(name).derivative, POINTS)


def test_results_in_doubt_are_settled_by_the_numpy_path(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    fill = words.fill

    def counting(answer: Any, expression: Any, values: Any) -> None:
        asked.append(answer.size)
        fill(answer, expression, values)

    monkeypatch.setattr(words, "fill", counting)
    x = np.zeros(5000, np.float32) + np.float32(1.5)
    assert nl.silu.ufunc(x)[0] == np.float32(1.2263618)
    assert not asked
    x[2000] = np.inf  # silu(-inf) is a limit, which the kernel does not know
    x[3500] = -np.inf
    found = nl.silu.ufunc(x)
    assert (found[2000], found[3500]) == (np.inf, 0)
    assert np.signbit(found[3500])
    assert asked == [1024]


def test_ctrl_c_while_results_are_settled_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(words, "fill", interrupted)
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it comes a moment later
        nl.silu.ufunc(np.full(10, -np.inf, np.float32))
        time.sleep(10)


# ---- threads --------------------------------------------------------------------------------------------------------


@pytest.fixture
def any_threads() -> Any:
    yield
    nl.set_threads(None)


LARGE = (np.random.default_rng(7).standard_normal((1 << 20) + 1) * 3).astype(np.float32)


def test_the_number_of_threads_changes_no_bit(any_threads: Any) -> None:
    results = []
    nl.mish(LARGE)
    for count in (1, 2, 5):
        nl.set_threads(count)
        results.append(nl.mish(LARGE))
    same(results[1], results[0])
    same(results[2], results[0])
    same(results[0][::100], numpy_path(nl.mish, LARGE[::100]))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_makes_its_own_threads() -> None:
    code = (
        "import os, sys, numpy as np, nonlin as nl\n"
        "nl.set_threads(2)\n"
        "x = np.linspace(-3, 3, (1 << 20) + 1, dtype=np.float32)\n"
        "nl.mish(x)\n"
        "before = nl.mish(x)\n"
        "if os.fork() == 0:\n"
        "    os._exit(0 if (nl.mish(x) == before).all() else 3)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))\n"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], timeout=120).returncode == 0


@pytest.mark.parametrize("given", [0, -1, 1.5, True, "two"])
def test_a_number_of_threads_must_be_one(given: Any) -> None:
    with pytest.raises(InputError, match=r"the number of threads must be a whole number of at least 1, or None, got"):
        nl.set_threads(given)


def test_the_environment_gives_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NONLIN_THREADS", "3")
    assert threads.threads() == 3
    monkeypatch.setenv("NONLIN_THREADS", "many")
    with pytest.raises(InputError, match="NONLIN_THREADS must be a whole number of at least 1, got 'many'"):
        threads.threads()


def test_slices_cover_everything_once(any_threads: Any) -> None:
    nl.set_threads(4)
    seen: list[slice] = []
    threads.in_slices(seen.append, 1_000_003, 1_000_003)
    assert sorted(i for s in seen for i in (s.start, s.stop)) == sorted(
        [0, *[k * 1_000_003 // 4 for k in (1, 2, 3)] * 2, 1_000_003]
    )


def test_an_error_in_a_slice_comes_through(any_threads: Any) -> None:
    nl.set_threads(2)

    def fail(part: slice) -> None:
        if part.start:
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        threads.in_slices(fail, 10, 1_000_000)


def test_threads_may_ask_for_one_kernel_at_once() -> None:
    made = nl.define("x*sigmoid(1.375x)", name="asked")
    x = np.linspace(-3, 3, 999, dtype=np.float32)
    with ThreadPoolExecutor(4) as pool:
        results = [*pool.map(lambda _: made.ufunc(x), range(4))]
    for result in results:
        same(result, numpy_path(made, x))


# ---- the cache ------------------------------------------------------------------------------------------------------

USE = (
    "import sys, numpy as np, nonlin as nl\n"
    "x = np.linspace(-3, 3, 999, dtype=np.float32)\n"
    "assert (nl.softsign.ufunc(x) == nl.softsign(x)).all()\n"
)


def used(folder: Path, then: str = "") -> None:
    environment = {**os.environ, "NONLIN_CACHE_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", USE + then], env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_damaged_cache_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a file is that of another kernel."""
    monkeypatch.setattr(cache, "private_folder", lambda: tmp_path / "kernels")
    used(tmp_path)
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert {p.suffix for p in files} == {".o"}
    assert (tmp_path / "kernels").stat().st_mode & 0o777 == 0o700
    whole = files[0].read_bytes()
    for damage in (b"", b"garbage", os.urandom(5000), whole[:-1], whole):
        for path in files:
            path.write_bytes(damage)
        used(tmp_path)
        assert all(cache._kept(path.stem) for path in files)


def test_a_kernel_from_the_cache_needs_no_compiler(tmp_path: Path) -> None:
    used(tmp_path)
    used(tmp_path, "assert 'numba' not in sys.modules\n")


def test_a_full_disk_costs_the_cache_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "private_folder", lambda: tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full)
    made, x = nl.define("x*sigmoid(1.4375x)", name="full"), np.linspace(-3, 3, 999, dtype=np.float32)
    same(made.ufunc(x), numpy_path(made, x))
    assert [*tmp_path.iterdir()] == []


def test_a_kernel_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would call Python, or anything but a few functions of the C library, is refused when it is made."""
    monkeypatch.setattr(machine_code, "FOREIGN", frozenset())
    with pytest.raises(AssertionError, match=r"needs \['feclearexcept'\]"):
        machine_code.made(DRIVE, "alone")


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_cache_that_others_may_write_to_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "kernels"
    folder.mkdir()
    folder.chmod(0o777)
    used(tmp_path)
    assert [*folder.iterdir()] == []
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    used(tmp_path)
    assert [*(tmp_path / "elsewhere").iterdir()] == []


def test_a_cache_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NONLIN_CACHE_DIR", str(tmp_path))
    assert cache.private_folder.__wrapped__() == tmp_path / "kernels"
    monkeypatch.setattr(os, "getuid", lambda: os.stat(tmp_path).st_uid + 1, raising=False)
    assert cache.private_folder.__wrapped__() is None


def test_a_cache_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    used(tmp_path / "file")


# ---- the calls that use them ----------------------------------------------------------------------------------------


@pytest.fixture
def in_memory() -> Activation:
    """An activation of its own, whose kernel has been compiled by a large call."""
    made = nl.define("x*sigmoid(1.5x)", name="kept")
    made(np.zeros(1 << 20, np.float32))
    assert np.ndarray in made._shortcuts
    return made


def test_a_kernel_in_memory_serves_every_call(in_memory: Activation) -> None:
    x = POINTS.astype(np.float32)
    expected = numpy_path(in_memory, x)
    same(in_memory(x), expected)
    same(in_memory(x[::2]), expected[::2])
    out = np.empty_like(x)
    assert in_memory(x, out=out) is out
    same(out, expected)
    assert in_memory(2).dtype == np.float64
    assert in_memory([1.0, 2.0]).tolist() == numpy_path(in_memory, np.array([1.0, 2.0])).tolist()
    assert in_memory(np.float16([1, 2])).dtype == np.float16
    assert isinstance(in_memory(np.float32(1)), np.float32)
    assert isinstance(in_memory(np.array(1.0)), np.float64)


def test_a_kernel_in_memory_changes_no_refusal(in_memory: Activation) -> None:
    x = np.ones(3, np.float32)
    for wrong in (x.astype(complex), np.array(["a"]), np.ma.masked_array(x, x > 0)):
        with pytest.raises(InputError):
            in_memory(wrong)
    for out in (np.empty(4, np.float32), np.empty(3), [0.0] * 3, np.frombuffer(bytes(12), np.float32)):
        with pytest.raises(InputError, match="out"):
            in_memory(x, out=out)


def test_small_calls_do_not_compile() -> None:
    made = nl.define("x*sigmoid(1.25x)", name="small")
    made(np.zeros(1000, np.float32))
    assert not made._shortcuts


def test_without_numba_numpy_serves_and_says_so_once() -> None:
    code = (
        "import sys, warnings, numpy as np\n"
        "sys.modules['numba'] = None\n"
        "import importlib.util as util\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, *a: None if name == 'numba' else found(name, *a)\n"
        "import nonlin as nl\n"
        "x = np.linspace(-3, 3, 1 << 20, dtype=np.float32)\n"
        "with warnings.catch_warnings(record=True) as said:\n"
        "    warnings.simplefilter('always')\n"
        "    nl.gelu(x), nl.gelu(x), nl.silu(x), nl.softmax(np.zeros((8, 1 << 20), np.float32))\n"
        "assert [str(w.message) for w in said] == ['nonlin computes large arrays several times faster with Numba; '\n"
        "                                          'run: pip install numba'], said\n"
        "try:\n"
        "    nl.gelu.ufunc\n"
        "except nl.errors.MissingDependency as error:\n"
        "    assert 'pip install numba' in str(error)\n"
        "else:\n"
        "    sys.exit('no error')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")  # PyTorch's own forward mode
def test_pytorch_uses_the_kernel(in_memory: Activation) -> None:
    torch = pytest.importorskip("torch")
    x = POINTS.astype(np.float32)
    tensor = torch.from_numpy(x).requires_grad_()
    same(in_memory(tensor).detach().numpy(), numpy_path(in_memory, x))
    steps = torch.tensor([-1.0, 0.5, 2.0])
    for view in (torch._neg_view(tensor.detach()), torch.tensor([1 + 2j]).conj().imag):
        assert isinstance(in_memory(view), torch.Tensor)
    slope = torch.func.vmap(torch.func.grad(in_memory))(steps)
    torch.testing.assert_close(slope, torch.from_numpy(numpy_path(in_memory.derivative, steps.numpy())))
    torch.testing.assert_close(torch.func.jvp(in_memory, (steps,), (torch.ones(3),))[1], slope)


def test_pytorch_has_the_same_bits_before_and_after_the_kernel() -> None:
    torch = pytest.importorskip("torch")
    activation = nl.define("x*tanh(1.25*x) + elu(x)", name="seldom")
    x = torch.from_numpy(POINTS.astype(np.float32)[np.isfinite(POINTS)]).requires_grad_()
    g = torch.from_numpy(np.random.default_rng(6).standard_normal(len(x)).astype(np.float32))

    def results() -> list[Any]:
        y = activation(x)
        (slope,) = torch.autograd.grad(y, x, g, create_graph=True)
        return [y, slope, *torch.autograd.grad(slope.sum(), x)]

    before = results()
    for _ in range(dispatch.ENOUGH // len(x) + 1):
        results()
    assert dispatch.direct(activation.expression, {}) is not None
    for one, other in zip(before, results(), strict=True):
        same(one.detach().numpy(), other.detach().numpy())


def test_the_layout_of_a_tensor_changes_no_bit() -> None:
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(POINTS.astype(np.float32)[:2400]).reshape(4, 6, 10, 10)
    expected = nl.gelu(x.numpy())
    layouts = (x.to(memory_format=torch.channels_last), x.transpose(0, 3).contiguous().transpose(0, 3),
               torch.stack([x, x], -1)[..., 1], torch.nn.functional.pad(x, (1, 1))[..., 1:-1])  # fmt: skip
    for layout in layouts:
        given = layout.clone(memory_format=torch.preserve_format).requires_grad_()
        same(nl.gelu(layout).numpy(), expected)
        (slope,) = torch.autograd.grad(nl.gelu(given), given, layout)
        same(slope.numpy(), nl.gelu.vjp(x.numpy(), x.numpy()))
    assert nl.gelu(layouts[0]).is_contiguous(memory_format=torch.channels_last)
    one = torch.ones(1, 1).expand(3, 4)
    same(nl.gelu(one).numpy(), nl.gelu(np.ones((3, 4), np.float32)))


@pytest.mark.filterwarnings("ignore::nonlin.errors.NonlinWarning")  # they are linear
@pytest.mark.parametrize("text", ["x*1**2", "x + 0**2", "x*1**3", "x*2**3"])
def test_powers_of_plain_numbers(text: str) -> None:
    made, x = nl.define(text, name="plain"), np.linspace(-3, 3, 13, dtype=np.float32)
    same(made(x), made(x.astype(np.float64)).astype(np.float32))
    same(kernel(made, x), made(x))


@pytest.mark.filterwarnings("ignore::nonlin.errors.NonlinWarning")
def test_what_underflows_and_is_blown_up_again() -> None:
    made, x = nl.define("exp(-1.05*x)*exp(x)", name="blown"), np.float32([690, 695, 700])
    expected = np.float32([correctly_rounded(made.expression.formula, {"x": float(v)}, "float32") for v in x])
    same(made(x), expected)
    same(kernel(made, x), expected)


def test_a_gradient_of_another_kind() -> None:
    x = np.float32([1, -2, 3])
    expected = nl.gelu.vjp(x, np.float32([2, 2, 2]))
    for g in (2.0, [2.0, 2.0, 2.0], np.full(3, 2.0), np.full(3, 2, np.float16)):
        same(nl.gelu.vjp(x, g), expected)
    assert nl.define("g*x**2", g=2.0).vjp([1.0], [1.0], g=3.0).tolist() == [6.0]
    with pytest.raises(InputError, match=r"the shapes x \(3,\), g \(2,\) do not broadcast"):
        nl.gelu.vjp(x, [1.0, 2.0])
    with pytest.raises(InputError, match=r"the shapes x \(3,\), alpha \(2,\) do not broadcast"):
        nl.elu.value_and_derivative(x, alpha=np.ones(2))


def test_arrays_of_any_kind_among_tensors() -> None:
    torch, g = pytest.importorskip("torch"), np.arange(4.0)
    for given in (g[::-1][::-1], g[::-1].copy()[::-1], g.astype(">f4"), np.frombuffer(g.tobytes()), g.tolist()):
        assert nl.prelu.vjp(torch.ones(4), given).tolist() == g.tolist()


def test_tensors_use_no_more_threads_than_pytorch_may() -> None:
    code = (
        "import threading, torch, nonlin as nl\n"
        "torch.set_num_threads(1)\n"
        "x = torch.zeros(1 << 21)\n"
        "nl.softsign(x), nl.softsign(x)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    pytest.importorskip("torch")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_while_a_kernel_is_made_does_not_hang() -> None:
    code = (
        "import os, numpy as np, nonlin as nl\n"
        "from nonlin.kernels import cache\n"
        "nl.softsign.ufunc\n"
        "cache._lock.acquire()\n"
        "from threading import Thread\n"
        "def child():\n"
        "    if os.fork() == 0:\n"
        "        nl.tanh.ufunc(np.ones(3, np.float32))\n"
        "        os._exit(0)\n"
        "    assert os.wait()[1] == 0\n"
        "thread = Thread(target=child)\n"
        "thread.start()\n"
        "thread.join()\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
