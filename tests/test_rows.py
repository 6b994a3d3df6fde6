"""The compiled loops along an axis, against sums of many digits and against the NumPy path; the normalising family."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import nonlin as nl
from nonlin.catalogue.normalising import log_softmax, softmax, softmin
from nonlin.errors import InputError, ParameterError
from nonlin.kernels import rows
from nonlin.ops import exp, row_sum
from nonlin.ops import numpy as words
from nonlin.vector import vector_function
from tensors import LIBRARIES, back, gradient, library, precise, tensor
from ulp import FORMATS, Exact, error, rounded

FUNCTIONS = [softmax, log_softmax, softmin]
BY_NAME = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
DIGITS = 60
INF, NAN = np.inf, np.nan


def loop(function: Any, x: Any, axis: int = -1, g: Any = None) -> Any:
    """What the compiled loop gives, whatever the size; floating-point warnings are errors."""
    with np.errstate(all="raise"):
        if g is None:
            return rows.computed(*rows._known()[function.tree], x, x, axis)
        return rows.computed(*rows._known()[function.vjp_formula], x, g, axis)


def by_numpy(function: Any, x: Any, axis: int = -1, g: Any = None) -> Any:
    return words.apply_along(function, x, {}, axis, g)


@pytest.fixture
def only_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "can_compile", lambda: False)


# ---- the oracle -----------------------------------------------------------------------------------------------------


def exact_softmax(row: Any, sign: int = 1) -> list[Any]:
    powers = [mp.exp(sign * mpf(float(u))) for u in row]
    total = mp.fsum(powers)
    return [p / total for p in powers]


def exact_log_softmax(row: Any) -> list[Any]:
    total = mp.log(mp.fsum([mp.exp(mpf(float(u))) for u in row]))
    return [mp.chop(mpf(float(u)) - total, tol=mpf(10) ** -DIGITS) for u in row]


EXACT = {
    "softmax": exact_softmax,
    "softmin": lambda row: exact_softmax(row, -1),
    "log_softmax": exact_log_softmax,
}


def exact(value: Any) -> Exact:
    sign, mantissa, exponent, _ = value._mpf_
    return Exact(-int(mantissa) if sign else int(mantissa), exponent)


def errors_of(function: Any, x: Any) -> tuple[list[float], float]:
    """The errors of all elements in last places, and the share of correctly rounded ones."""
    form, found = FORMATS[x.dtype.name], loop(function, x).ravel().tolist()
    with mp.workdps(DIGITS + 20):
        wanted = [exact(v) for row in x for v in EXACT[function.name](row)]
    right = sum(f == rounded(w, form) for f, w in zip(found, wanted, strict=True))
    return [error(f, w, form, signed=False) for f, w in zip(found, wanted, strict=True)], right / len(found)


def sample(count: int, width: int, dtype: Any) -> Any:
    """Rows near 0, wide ones, and ones with ties far from 0."""
    random = np.random.default_rng(width)
    x = random.standard_normal((count, width))
    x[1::3] *= 30
    x[2::3] = np.round(2 * x[2::3]) + 1000.1
    return x.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("width", "count"), [(1, 20), (2, 300), (10, 99), (127, 6), (1000, 3)])
@BY_NAME
def test_near_the_true_values(function: Any, width: int, count: int, dtype: Any) -> None:
    """float32: only near ties, of which sums such as -46.5 - 1e-20 are full, may the other neighbour come out."""
    errors, _ = errors_of(function, sample(count, width, dtype))
    assert max(errors) <= (0.500001 if dtype is np.float32 else 4)


@pytest.mark.parametrize(
    ("function", "dtype"), [(softmax, np.float32), (softmax, np.float64), (log_softmax, np.float32)]
)
def test_near_the_true_values_in_long_rows(function: Any, dtype: Any) -> None:
    x = np.random.default_rng(1).standard_normal((1, 65536)).astype(dtype)
    errors, right = errors_of(function, x)
    assert max(errors) <= (0.500001 if dtype is np.float32 else 4)
    assert right > 0.9999 or dtype is np.float64


def test_long_sums_do_not_drift() -> None:
    """65,535 equal terms: where every addition rounds alike, a plain sum is off by hundreds of last places."""
    x = np.full((1, 65536), -0.3)
    x[0, 7] = 0.7
    expected = float(1 / (1 + 65535 * mp.exp(mpf(-0.3) - mpf(0.7))))
    assert abs(loop(softmax, x)[0, 7] - expected) <= 4 * np.spacing(expected)


def test_the_upper_tail_of_log_softmax_is_kept() -> None:
    assert loop(log_softmax, np.float32([[0.0, -20.0]]))[0, 0] == np.float32(-np.log1p(np.exp(-20.0)))
    assert loop(log_softmax, np.array([[0.0, -600.0]]))[0, 0] == pytest.approx(-np.exp(-600.0), rel=1e-14)


def test_numbers_of_any_size() -> None:
    for x in ([[1e308, -1e308, 1e308]], [[-1e308, -1e308]], [[5e-324, 0.0]], [[-745.0, 0.0]]):
        np.testing.assert_array_almost_equal_nulp(loop(softmax, np.array(x)), by_numpy(softmax, np.array(x)), 2)


# ---- the vector-Jacobian products -----------------------------------------------------------------------------------


def exact_vjp(function: Any, row: Any, gradient: Any) -> tuple[list[Any], list[Any]]:
    """The product, and the size of the terms of its sums, to which an error is compared."""
    sign = -1 if function is softmin else 1
    shares, g = exact_softmax(row, sign), [mpf(float(v)) for v in gradient]
    pairs = list(zip(shares, g, strict=True))
    if function is log_softmax:
        total, size = mp.fsum(g), mp.fsum(map(abs, g))
        return [v - s * total for s, v in pairs], [abs(v) + s * size for s, v in pairs]
    dot = mp.fsum(s * v for s, v in pairs)
    size = mp.fsum(s * abs(v) for s, v in pairs)
    return [sign * s * (v - dot) for s, v in pairs], [s * (abs(v) + size) for s, v in pairs]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("width", "count"), [(1, 3), (2, 60), (10, 30), (1000, 3)])
@BY_NAME
def test_products_are_near_the_true_values(function: Any, width: int, count: int, dtype: Any) -> None:
    x = sample(count, width, dtype)
    g = np.random.default_rng(3).standard_normal(x.shape).astype(dtype)
    found = loop(function, x, g=g)
    with mp.workdps(DIGITS + 20):
        for row, gradient, got in zip(x, g, found, strict=True):
            value, size = exact_vjp(function, row, gradient)
            bound = [10 * 2.0**-53 * s + mpf(float(np.spacing(np.abs(r)))) / 2 for s, r in zip(size, got, strict=True)]
            assert all(abs(float(r) - v) <= b for r, v, b in zip(got, value, bound, strict=True))


# ---- any array ------------------------------------------------------------------------------------------------------

BASE = np.random.default_rng(6).standard_normal((20, 130, 24)).astype(np.float32)
LAYOUTS = {
    "plain": BASE, "every other": BASE[::2, ::3, ::-1], "transposed": BASE.T, "few rows": BASE[:2, :, :3],
    "zero stride": np.broadcast_to(BASE[0], (5, 130, 24)), "read-only": np.frombuffer(BASE.tobytes(), np.float32)[None],
    "wide": BASE.reshape(2, 20, -1), "one element": BASE[:1, :1, :1],
}  # fmt: skip


@pytest.mark.parametrize("x", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("axis", [0, 1, -1])
@BY_NAME
def test_any_axis_and_layout(function: Any, axis: int, x: Any, only_numpy: None) -> None:
    given, g = x.copy(), np.cos(x)
    np.testing.assert_array_max_ulp(loop(function, x, axis), by_numpy(function, x, axis), 1)
    np.testing.assert_allclose(loop(function, x, axis, g), by_numpy(function, x, axis, g), rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(x, given)


@pytest.mark.parametrize("shape", [(rows.HUGE + 1, 17), (70, 3), (200, 3), (200, 17), (2000, 40)])
def test_every_way_of_cutting_an_array(shape: tuple[int, int], only_numpy: None) -> None:
    x = np.random.default_rng(8).standard_normal(shape).astype(np.float32)
    for function in FUNCTIONS:
        np.testing.assert_array_max_ulp(loop(function, x, 0), by_numpy(function, x, 0), 1)


@pytest.mark.parametrize("width", [2, 3, 130, 1000])
@BY_NAME
def test_both_paths_round_alike(function: Any, width: int, only_numpy: None) -> None:
    x = sample(300_000 // width, width, np.float32)
    x[2::3] -= np.float32(1000)
    found, expected = loop(function, x), by_numpy(function, x)
    assert np.count_nonzero(found != expected) <= 1
    np.testing.assert_array_max_ulp(found, expected, 1)


@pytest.mark.parametrize("shape", [(1 << 16, 10), (600, 1000), (5, 130_000), (100, 33, 200)])
def test_threads_change_no_bit(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(9).standard_normal(shape)
    try:
        for function in FUNCTIONS:
            answers = []
            for threads in (1, 2, 5):
                nl.set_threads(threads)
                answers.append((loop(function, x, 1), loop(function, x, 1, x)))
            for other in answers[1:]:
                np.testing.assert_array_equal(other, answers[0])
    finally:
        nl.set_threads(None)


# ---- masks, infinity and NaN ----------------------------------------------------------------------------------------

SPECIAL = [
    [0.0, -INF, 1.0], [-INF, -INF, 2.0], [-INF, -INF, -INF], [INF, 0.0, 1.0], [INF, INF, 0.0], [INF, -INF, 0.0],
    [NAN, 0.0, 1.0], [5.0, NAN, -INF], [NAN, NAN, NAN], [NAN, INF, 0.0], [NAN, -INF, -INF], [INF, INF, INF],
    [0.0, -0.0, 0.0], [3e38, -3e38, 0.0], [-INF, 7.0, 7.0], [1e-45, 0.0, -1e-45],
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [3, 200])
@BY_NAME
def test_special_rows_are_those_of_numpy(function: Any, width: int, dtype: Any, only_numpy: None) -> None:
    """In rows by themselves and in long ones, filled with masks."""
    mask = INF if function is softmin else -INF
    for sign in (1, -1):
        x = np.full((len(SPECIAL), width), mask, dtype)
        x[:, width - 3 :] = sign * np.array(SPECIAL, dtype)
        same(loop(function, x), by_numpy(function, x))
        same(loop(function, x.T.copy(), 0), by_numpy(function, x.T.copy(), 0))


@pytest.mark.parametrize("width", [3, 200])
@BY_NAME
def test_special_products_are_those_of_numpy(function: Any, width: int, only_numpy: None) -> None:
    mask = INF if function is softmin else -INF
    x = np.full((len(SPECIAL), width), mask, np.float32)
    x[:, -3:] = SPECIAL
    ones, infinite = np.ones_like(x), np.full_like(x, 1)
    infinite[:, -2] = INF
    for g in (ones, infinite, -infinite, np.abs(x)):
        same(loop(function, x, g=g), by_numpy(function, x, -1, g))


def same(found: Any, expected: Any) -> None:
    """NaN, infinities and zeros in the same places; numbers within one last place."""
    for test in (np.isnan, np.isposinf, np.isneginf):
        np.testing.assert_array_equal(test(found), test(expected))
    numbers = np.isfinite(expected)
    np.testing.assert_array_equal(found[numbers] == 0, expected[numbers] == 0)
    np.testing.assert_array_max_ulp(found[numbers], expected[numbers], 2 if found.dtype == np.float64 else 1)


def test_a_mask_gives_zero() -> None:
    np.testing.assert_array_equal(loop(softmax, np.float32([[-INF, 0.0, 0.0]])), [[0, 0.5, 0.5]])


# ---- which arrays are served ----------------------------------------------------------------------------------------


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_asked", rows.PLENTY)


LARGE = np.random.default_rng(10).standard_normal((128, 128)).astype(np.float32)


@BY_NAME
def test_the_functions_of_the_catalogue_are_served(function: Any, warm: None) -> None:
    found = rows.along(function.tree, LARGE, None, 0), rows.along(function.vjp_formula, LARGE, LARGE, 0)
    np.testing.assert_array_equal(found[0], loop(function, LARGE, 0))
    np.testing.assert_array_equal(found[1], loop(function, LARGE, 0, LARGE))


def test_what_is_left_to_numpy(warm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows.along(softmax.tree, LARGE[:-1], None, 0) is None
    assert rows.along(softmax.tree, LARGE.astype(np.float16), None, 0) is None
    assert rows.along(softmax.tree, LARGE.astype(LARGE.dtype.newbyteorder()), None, 0) is None
    assert rows.along(softmax.vjp_formula, LARGE, LARGE.astype(np.float64), 0) is None
    assert rows.along(softmax.vjp_formula, LARGE, LARGE[:1], 0) is None
    assert rows.along(softmax.written, LARGE, None, 0) is None
    monkeypatch.setattr(rows, "can_compile", lambda: False)
    assert rows.along(softmax.tree, LARGE, None, 0) is None


def test_numpy_serves_until_enough_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_asked", rows.PLENTY - 2 * LARGE.size)
    assert rows.along(softmax.tree, LARGE, None, 0) is None
    assert rows.along(softmax.tree, LARGE, None, 0) is not None


def test_a_function_of_the_same_tree_is_served_under_any_name(warm: None) -> None:
    @vector_function(family="normalising", title="Mine", source=softmax.record.source, stable=rows._softmax,
                     vjp=rows._softmax_vjp)  # fmt: skip
    def mine(x: Any) -> Any:
        """Softmax again."""
        return exp(x) / row_sum(exp(x))

    np.testing.assert_array_equal(rows.along(mine.tree, LARGE, None, -1), loop(softmax, LARGE))


# ---- the family: what its members are of each other -----------------------------------------------------------------

SPARSE = [nl.sparsemax, nl.entmax15, nl.alpha_entmax, nl.sparsegen]
LINES = np.random.default_rng(11).normal(0, 2, (40, 9))
GENERATORS = {
    "numpy": lambda seed: np.random.default_rng(seed),
    "torch": lambda seed: library("torch").Generator().manual_seed(seed),
    "jax": lambda seed: library("jax").random.key(seed),
    "tensorflow": lambda seed: library("tensorflow").random.Generator.from_seed(seed),
}
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning"),  # PyTorch's own forward mode
    pytest.mark.filterwarnings("ignore::DeprecationWarning:tensorflow", "ignore::DeprecationWarning:keras"),
]


@pytest.mark.parametrize(("one", "other", "tolerance"), [
    (nl.sparsemax, lambda x: nl.alpha_entmax(x, alpha=2), 1e-15),
    (nl.entmax15, nl.alpha_entmax, 1e-15),
    (nl.sparsemax, nl.sparsegen, 0),
    (lambda x: nl.sparsemax(x / 3), lambda x: nl.sparsegen(x, lam=-2), 1e-15),
    (softmax, lambda x: nl.alpha_entmax(x, alpha=1 + 1e-6), 1e-4),
    (nl.hardmax, lambda x: nl.sparsegen(x, lam=0.9999), 0),
    (nl.hardmax, lambda x: nl.temperature_softmax(x, T=1e-4), 1e-100),
    (softmax, nl.gumbel_softmax, 1e-15),
    (lambda x: softmax(np.pad(x, ((0, 0), (0, 1))))[:, :-1], nl.softmax_one, 1e-15),
    (lambda x: x, lambda x: nl.kwta(x, k=9), 0),
    (lambda x: x * nl.hardmax(x), lambda x: nl.kwta(x, k=1), 0),
])  # fmt: skip
def test_special_cases(one: Any, other: Any, tolerance: float) -> None:
    np.testing.assert_allclose(one(LINES), other(LINES), rtol=0, atol=tolerance)


@pytest.mark.parametrize("function", SPARSE, ids=lambda f: f.name)
def test_sparse_shares_sum_to_1_and_masks_get_nothing(function: Any) -> None:
    x = LINES.copy()
    x[:, 3] = -INF
    y = function(x)
    np.testing.assert_allclose(y.sum(-1), 1, rtol=1e-14)
    assert (y >= 0).all()
    assert (y == 0).mean() > 0.3
    assert not y[:, 3].any()
    np.testing.assert_array_equal(np.delete(y, 3, 1), function(np.delete(x, 3, 1)))
    assert not function.vjp(x, LINES)[:, 3].any()


def test_ties() -> None:
    """Of hardmax all share evenly, of kwta all that equal the k-th largest stay."""
    np.testing.assert_array_equal(nl.hardmax([2.0, 5.0, 5.0, 1.0]), [0, 0.5, 0.5, 0])
    np.testing.assert_array_equal(nl.kwta([2.0, 5.0, 2.0, 1.0], k=2), [2, 5, 2, 0])
    np.testing.assert_array_equal(nl.kwta([2.0, 5.0, 2.0, 1.0], k=1.9), [0, 5, 0, 0])
    np.testing.assert_array_equal(nl.kwta([2.0, 5.0], k=7), [2, 5])


@pytest.mark.parametrize("function", [f for f in nl.find(family="normalising") if f is not log_softmax],
                         ids=lambda f: f.name)  # fmt: skip
def test_finite_inputs_give_finite_values_and_gradients(function: Any) -> None:
    for row in ([1e308, -1e308, 0], [-1e308] * 3, [0, 0, 0], [-4, -4, -4], [-1, 5e-324, 0]):
        x = np.array(row, float)
        assert np.isfinite(function(x)).all(), row
        assert np.isfinite(function.vjp(x, np.array([1.0, 2.0, -1.0]))).all(), row


# ---- parameters that are tensors, and draws -------------------------------------------------------------------------

LEARNED = [pytest.param(f, k, id=f"{f.name}-{k}") for f in nl.find(family="normalising") for k in f.partials]


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize(("function", "parameter"), LEARNED)
def test_gradient_by_a_parameter(function: Any, parameter: str, name: str) -> None:
    """One for all rows and one for each row, against differences of the NumPy values."""
    start, step = function.parameters[parameter].default, 1e-6
    ahead, behind = (function(LINES, **{parameter: start + s}) for s in (step, -step))
    expected = ((ahead - behind) / (2 * step) * LINES).sum(-1)
    with precise(name):
        x = tensor(name, LINES)
        for shape, wanted in (((), expected.sum()), ((40, 1), expected[:, None])):
            value = tensor(name, np.full(shape, start))
            got = back(gradient(name, lambda p, x=x: function(x, **{parameter: p}) * x, value))
            np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", LIBRARIES[:1])
def test_a_learnable_module_learns(name: str) -> None:
    torch = library(name)
    module, x = nl.temperature_softmax.torch(learnable=True), torch.tensor(LINES)
    assert [*module.state_dict()] == ["T"]
    given = x[:3].clone().requires_grad_(), torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, t: nl.temperature_softmax(x, T=t), given, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(lambda x, t: nl.temperature_softmax(x, T=t), given)
    optimiser = torch.optim.Adam(module.parameters(), lr=0.05)
    for _ in range(100):
        optimiser.zero_grad()
        ((module(x) - nl.temperature_softmax(x, T=2.0)) ** 2).sum().backward()
        optimiser.step()
    assert module.T.item() == pytest.approx(2, rel=0.01)
    half = nl.temperature_softmax.torch(learnable=True)
    half(torch.tensor(LINES, dtype=torch.float16)).float().square().sum().backward()
    assert torch.isfinite(half.T.grad)


def test_torch_compile() -> None:
    """As a graph, backward too, with a learnable parameter."""
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(nl.temperature_softmax.torch(learnable=True), nl.sparsemax.torch(axis=0))
    compiled, results = torch.compile(module, fullgraph=True, backend="aot_eager"), []
    for run in (compiled, module):
        x = torch.tensor(LINES, requires_grad=True)
        module.zero_grad()
        (run(x) ** 2).sum().backward()
        results.append([x.grad, *(p.grad.clone() for p in module.parameters())])
    for got, wanted in zip(*results, strict=True):
        torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize("name", ["numpy", *LIBRARIES])
def test_gumbel_softmax_draws_from_a_generator_only(name: str) -> None:
    """Without one it is softmax; the same seed gives the same draws, for each element its own."""
    x = np.zeros((4000, 3)) + np.log([0.2, 0.3, 0.5])
    with nullcontext() if name == "numpy" else precise(name):
        given = x if name == "numpy" else tensor(name, x)
        np.testing.assert_allclose(back(nl.gumbel_softmax(given)), nl.softmax(x), rtol=1e-14)
        first, again, other = (
            back(nl.gumbel_softmax(given, tau=0.01, generator=GENERATORS[name](s))) for s in (1, 1, 2)
        )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    np.testing.assert_allclose(first.sum(-1), 1, rtol=1e-5)
    np.testing.assert_allclose((first > 0.5).mean(0), [0.2, 0.3, 0.5], atol=0.03)


@pytest.mark.parametrize("door", ["torch", "keras"])
def test_gumbel_softmax_draws_in_training_only(door: str) -> None:
    pytest.importorskip(door)
    x = np.zeros((200, 3), np.float32)
    if door == "torch":
        module, given = nl.gumbel_softmax.torch(learnable="tau"), library("torch").tensor(x)
        calls = {mode: module.train(mode)(given).detach() for mode in (True, False)}
    else:
        module = nl.gumbel_softmax.keras(learnable="tau")
        calls = {mode: module(x, training=mode) for mode in (True, False)}
    assert np.asarray(calls[True]).std() > 0.1
    np.testing.assert_allclose(np.asarray(calls[False]), 1 / 3, rtol=1e-6)


@pytest.mark.parametrize(("call", "kind", "message"), [
    (lambda: softmax(LINES, generator=np.random.default_rng(0)), InputError, "has no random parameter; leave out"),
    (lambda: nl.gumbel_softmax(LINES, generator=7), InputError, "must be a numpy.random.Generator, got int"),
    (lambda: nl.gumbel_softmax(LINES, u=0.5, generator=np.random.default_rng(0)), InputError, "drawn by the generator"),
    (lambda: nl.gumbel_softmax(LINES, u=np.ones(4) / 2), InputError, r"u of shape \(4,\) does not fit"),
    (lambda: nl.temperature_softmax(LINES, T=0), ParameterError, "T must be greater than 0, got T=0"),
    (lambda: nl.temperature_softmax(LINES, T=np.ones(9)), InputError, "one number, or one for each row along axis -1"),
    (lambda: nl.temperature_softmax.jacobian(LINES, T=np.ones((40, 1))), InputError, "T must be one number"),
    (lambda: nl.kwta(LINES, k=np.ones((40, 1))), InputError, "k must be one number, got an array"),
    (lambda: nl.kwta.torch(learnable=True), ParameterError, "k cannot be learned, .* learnable: none"),
    (lambda: nl.gumbel_softmax.keras(learnable=True), ParameterError, "u cannot be learned, .* learnable: tau"),
    (lambda: nl.alpha_entmax(LINES, alpha=1), ParameterError, "alpha must be greater than 1"),
])  # fmt: skip
def test_wrong_input(call: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_an_axis_of_length_1_warns_where_the_function_is_constant() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for function in nl.find(family="normalising"):
            function(np.array([[0.3], [-2.0]]))
    constant = {f.name for f in nl.find(family="normalising") if f.constant_alone}
    assert {str(w.message).split()[0] for w in caught} == constant
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for function in nl.find(family="normalising"):
            first, second = function(np.array([[0.3], [-2.0]])).tolist()
            assert (first == second) == function.constant_alone
