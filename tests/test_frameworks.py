"""PyTorch, JAX and TensorFlow over every entry: values, derivatives of any order by their own autodiff, wrong input.

What is computed is compared with the NumPy path, which `test_catalogue` holds against formulas kept apart.
"""

import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest

import nonlin as nl
from nonlin.catalogue import entries
from nonlin.checking import differences, subject, ulp_difference
from nonlin.errors import InputError
from nonlin.units import GatedUnit
from nonlin.vector import VectorFunction
from ratchet import QUANTITIES, STORED
from sample import sample
from tensors import LIBRARIES, back, gradient, library, precise, slope, tensor

ACTIVATIONS = sample(nl.Activation)
PARAMETERS = [(n, k) for n, e in ACTIVATIONS.items() for k in e.parameters]
UNITS = list(sample(GatedUnit))
FUNCTIONS = list(sample(VectorFunction))
POINTS = np.linspace(-6.3, 6.7, 29)  # none of them at a kink
ROWS = np.random.default_rng(5).normal(0, 2, (3, 6))
named = pytest.mark.parametrize
libraries = named("name", LIBRARIES)
activations = named("entry", ACTIVATIONS)
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning"),  # PyTorch's own forward mode
    pytest.mark.filterwarnings("ignore::DeprecationWarning:tensorflow", "ignore::DeprecationWarning:keras"),
]


def close(got, expected, rtol=1e-12, atol=1e-13):
    got = back(got)
    assert got.shape == np.shape(expected)
    assert np.allclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)


# ---- every entry in every framework ---------------------------------------------------------------------------------


@libraries
@named("entry", sample())
def test_accuracy_does_not_get_worse(entry, name):
    """The ratchet: in the units of `nonlin.checking.Subject`. One unit of slack, for processors of another kind."""
    library(name)
    found = {row.quantity: row.units for row in differences(name, subject(entries()[entry]))}
    stored = STORED[name][entry]
    assert all(found[q] <= stored[q] + 1 for q in QUANTITIES if q in found), (found, stored)


@libraries
@activations
def test_float64_to_the_second_derivative(entry, name):
    act = ACTIVATIONS[entry]
    with precise(name):
        x = tensor(name, POINTS)
        close(act(x), act(POINTS))
        close(gradient(name, act, x), act.derivative(POINTS))
        close(gradient(name, slope(name, act), x), act.derivative.derivative(POINTS), atol=1e-12)


@libraries
@named(("entry", "parameter"), PARAMETERS)
def test_gradient_by_a_parameter_that_is_a_tensor(entry, parameter, name):
    act = ACTIVATIONS[entry]
    value = np.full(3, act.parameters[parameter].default)
    expected = act.partial(parameter)(POINTS[:, None], **{parameter: value}).sum(0)
    with precise(name):
        x = tensor(name, POINTS[:, None])
        close(gradient(name, lambda p: act(x, **{parameter: p}), tensor(name, value)), expected)
        one = gradient(name, lambda p: act(x, **{parameter: p}), tensor(name, value[0]))
    close(one, expected[0])


def steps(got, expected):
    """How many 16-bit numbers lie between two 16-bit arrays."""
    a, b = (np.asarray(v).astype(expected.dtype).view(np.int16).astype(int) for v in (got, expected))
    a, b = (np.where(v < 0, -(v & 0x7FFF), v) for v in (a, b))
    return np.abs(a - b)


@named("dtype", ["float16", "bfloat16"])
@libraries
@activations
def test_16_bits_are_rounded_once(entry, name, dtype):
    act = ACTIVATIONS[entry]
    kind = np.dtype(dtype if dtype == "float16" else ml_dtypes.bfloat16)
    points = np.array([-1000, -6.5, -1.25, -0.01, 0, 0.01, 1.25, 6.5, 1000, 65504], kind)
    x = tensor(name, points.astype(np.float32), dtype)
    for got, expected in (act(x), act(points)), (gradient(name, act, x), act.derivative(points)):
        assert got.dtype == x.dtype
        assert np.max(steps(back(got), expected)) <= 1


@libraries
@named("entry", FUNCTIONS)
def test_vector_function(entry, name):
    function = entries()[entry]
    weights = np.linspace(-1, 2, 6)
    with precise(name):
        x, w = tensor(name, ROWS), tensor(name, weights)
        close(function(x), function(ROWS))
        close(function(x, axis=0), function(ROWS, axis=0))
        close(function.jacobian(x), function.jacobian(ROWS))
        close(gradient(name, lambda v: function(v) * w, x), function.vjp(ROWS, weights * np.ones_like(ROWS)))


@libraries
@named("entry", FUNCTIONS)
def test_second_derivative_of_a_vector_function(entry, name):
    """The derivative of the vector-Jacobian product, against central differences of it."""
    function = entries()[entry]
    weights, step = np.linspace(-1, 2, 6) * np.ones_like(ROWS), np.full_like(ROWS, 1e-6)
    ahead, behind = (np.sum(function.vjp(ROWS + s, weights) ** 2, -1) for s in (step, -step))
    with precise(name):
        w = tensor(name, weights)
        first = slope(name, lambda v: function(v) * w)
        got = gradient(name, lambda v: first(v) ** 2, tensor(name, ROWS))
    assert np.allclose(back(got).sum(-1), (ahead - behind) / 2e-6, atol=1e-6)


@libraries
@named("entry", UNITS)
def test_gated_unit(entry, name):
    unit = entries()[entry]
    with precise(name):
        x = tensor(name, ROWS)
        close(unit(x), unit(ROWS))
        slopes = [np.split(unit.partial(by, ROWS), len(unit.outputs), -1) for by in unit.inputs]
        close(gradient(name, unit, x), np.concatenate([sum(parts) for parts in slopes], -1))


# ---- kinds of input -------------------------------------------------------------------------------------------------


@libraries
@activations
def test_shapes_are_kept(entry, name):
    act = ACTIVATIONS[entry]
    for shape in [(), (2, 0, 3)]:
        assert tuple(act(tensor(name, np.full(shape, 0.5, np.float32))).shape) == shape


@named("dtype", ["int8", "int32", "uint8", "bool"])
@libraries
def test_integers_become_float64(name, dtype):
    x = np.array([0, 1, 1], dtype)
    with precise(name):
        close(nl.mish(tensor(name, x, dtype)), nl.mish(x))


def test_integers_become_float32_in_jax_without_x64():
    x = tensor("jax", np.arange(3, dtype=np.int32))
    assert nl.mish(x).dtype == np.float32


@libraries
def test_parameters_keep_their_digits(name):
    """0.1 is not rounded to float32 on its way into a float64 formula."""
    with precise(name):
        assert float(nl.elu(tensor(name, np.float64(-800.0)), alpha=0.1)) == -0.1


@libraries
def test_a_tensor_as_parameter_makes_the_answer_a_tensor(name):
    with precise(name):
        close(nl.swish(POINTS, beta=tensor(name, np.float64(0.5))), nl.swish(POINTS, beta=0.5))


@libraries
def test_the_answer_has_the_dtype_of_the_input(name):
    with precise(name):
        x, beta = tensor(name, np.float32([1.0])), tensor(name, np.float64([2.0]))
        assert nl.swish(x, beta=beta).dtype == x.dtype
        assert gradient(name, lambda p: nl.swish(x, beta=p), beta).dtype == beta.dtype


# ---- wrong input ----------------------------------------------------------------------------------------------------


@libraries
def test_complex_is_refused(name):
    with pytest.raises(InputError, match=r"x: got .*complex.*pass real numbers"):
        nl.gelu(tensor(name, np.array([1j], np.complex64)))


@libraries
def test_out_is_refused(name):
    with pytest.raises(InputError, match="out= is for NumPy arrays only"):
        nl.gelu(tensor(name, np.float32([1])), out=np.zeros(1))


@libraries
def test_shapes_that_do_not_fit_are_refused(name):
    with pytest.raises(InputError, match=r"the shapes x \(4,\), beta \(3,\) do not broadcast"):
        nl.swish(tensor(name, np.zeros(4, np.float32)), beta=tensor(name, np.ones(3, np.float32)))


def test_two_frameworks_in_one_call_are_refused():
    with pytest.raises(InputError, match=r"got tensors of .* in one call"):
        nl.swish(tensor("torch", np.float32([1])), beta=tensor("jax", np.float32([1])))


def torch_oddities():
    torch = library("torch")
    yield "sparse", torch.eye(3).to_sparse()
    yield "float8", torch.zeros(2).to(torch.float8_e4m3fn)


def tensorflow_oddities():
    tf = library("tensorflow")
    yield "SparseTensor", tf.sparse.eye(3)
    yield "RaggedTensor", tf.ragged.constant([[1.0], [1.0, 2.0]])
    yield "string", tf.constant("a")
    yield "qint8", tf.cast([1, 2], tf.qint8)


@named("place", range(2))
def test_odd_tensors_of_torch_are_refused(place):
    what, value = list(torch_oddities())[place]
    with pytest.raises(InputError, match=what):
        nl.gelu(value)


@named("place", range(4))
def test_odd_tensors_of_tensorflow_are_refused(place):
    what, value = list(tensorflow_oddities())[place]
    with pytest.raises(InputError, match=what):
        nl.gelu(value)


def test_random_keys_of_jax_are_refused():
    with pytest.raises(InputError, match="x: got an array of key"):
        nl.gelu(library("jax").random.key(0))


# ---- PyTorch --------------------------------------------------------------------------------------------------------


@pytest.fixture
def torch():
    return pytest.importorskip("torch") and library("torch")


@activations
def test_torch_checks_its_gradients(entry, torch):
    """Reverse and forward mode, each over the other, and under vmap, against finite differences."""
    act = ACTIVATIONS[entry]
    x = torch.tensor(POINTS[::6], requires_grad=True)
    parameters = [torch.tensor(p.default, dtype=torch.float64, requires_grad=True) for p in act.parameters.values()]

    def function(x, *values):
        return act(x, **dict(zip(act.parameters, values, strict=True)))

    assert torch.autograd.gradcheck(function, (x, *parameters), check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(function, (x, *parameters), check_fwd_over_rev=True)


@named("entry", [*UNITS, *FUNCTIONS])
def test_torch_checks_gradients_along_an_axis(entry, torch):
    x = torch.tensor(ROWS[:2, :4], requires_grad=True)
    assert torch.autograd.gradcheck(entries()[entry], x, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(entries()[entry], x, check_fwd_over_rev=True)


@activations
def test_torch_func(entry, torch):
    """Forward over forward is silently 0 in a plain autograd.Function (pytorch/pytorch issue 197867)."""
    act, func = ACTIVATIONS[entry], torch.func
    x, second = torch.tensor(POINTS), ACTIVATIONS[entry].derivative.derivative(POINTS)
    close(func.vmap(act)(x), act(POINTS))
    close(func.vmap(func.grad(act))(x), act.derivative(POINTS))
    close(func.jvp(act, (x,), (x,))[1], act.derivative(POINTS) * POINTS)
    for twice in (func.grad(func.grad(act)), func.hessian(act), func.jacfwd(func.jacfwd(act))):
        close(func.vmap(twice)(x), second, atol=1e-12)


@named(("entry", "parameter"), PARAMETERS)
def test_torch_vmap_over_a_parameter(entry, parameter, torch):
    act = ACTIVATIONS[entry]
    default = act.parameters[parameter].default
    step = 0.25 if not act.parameters[parameter].outside(default + 0.25, default) else -0.25
    values = default + np.array([0.0, step])
    expected = np.stack([act(POINTS, **{parameter: v}) for v in values])
    close(torch.func.vmap(lambda p: act(torch.tensor(POINTS), **{parameter: p}))(torch.tensor(values)), expected)


@named("entry", FUNCTIONS)
def test_torch_func_of_a_vector_function(entry, torch):
    function, func, x = entries()[entry], torch.func, torch.tensor(ROWS)
    close(func.vmap(func.jacrev(function))(x), function.jacobian(ROWS))
    close(func.vmap(func.jacfwd(function))(x), function.jacobian(ROWS))
    twice = func.vmap(func.jacfwd(func.jacfwd(function)))(x)
    assert torch.allclose(twice, func.vmap(func.jacfwd(func.jacrev(function)))(x))


@activations
def test_torch_keeps_only_the_input(entry, torch):
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        x = torch.tensor(POINTS, requires_grad=True)
        ACTIVATIONS[entry](x)
    assert [t.data_ptr() for t in saved] == [x.data_ptr()]


@activations
def test_torch_strided_input(entry, torch):
    x = torch.tensor(np.tile(POINTS, (3, 1)))
    act = ACTIVATIONS[entry]
    close(act(x.T[::2]), act(x).T[::2], rtol=1e-14)  # not bit by bit: PyTorch has other loops for strided tensors


def blocks(x, beta):
    """One of each kind: an activation, one with a learnable parameter, a gated unit, a vector function."""
    return nl.gelu(x).sum() + nl.swish(x, beta=beta).sum() + nl.swiglu(x).sum() + (nl.log_softmax(x) ** 2).sum()


@named("compiler", ["aot_eager", "inductor"])
def test_torch_compile(compiler, torch):
    """The whole graph, forward and backward. A fresh compiler, so that the first use of nonlin is inside it."""
    torch.compiler.reset()
    x, beta = torch.tensor(ROWS, requires_grad=True), torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    plain = blocks(x, beta)
    compiled = torch.compile(blocks, backend=compiler, fullgraph=True)(x, beta)
    assert torch.allclose(compiled, plain, rtol=1e-12)
    pairs = zip(*(torch.autograd.grad(v, (x, beta)) for v in (compiled, plain)), strict=True)
    assert all(torch.allclose(a, b, rtol=1e-12) for a, b in pairs)


def test_torch_compile_does_not_compile_again_after_an_import(torch, monkeypatch):
    torch.compiler.reset()
    compiled = torch.compile(lambda x: nl.relu(x), backend="eager", fullgraph=True)
    compiled(torch.ones(2))
    monkeypatch.setitem(sys.modules, "a_new_module", sys)
    with torch.compiler.set_stance("fail_on_recompile"):
        compiled(torch.ones(2))


def test_torch_compile_when_nonlin_has_seen_no_tensor():
    pytest.importorskip("torch")
    code = (
        "import torch, nonlin as nl; act = nl.get('mish'); x = torch.linspace(-3, 3, 7, requires_grad=True);"
        "f = torch.compile(lambda x: act(x), backend='aot_eager', fullgraph=True); f(x).sum().backward();"
        "assert torch.allclose(x.grad, act.derivative(x.detach()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_torch_without_compiling_loads_no_compiler():
    pytest.importorskip("torch")
    code = (
        "import sys, torch, nonlin as nl; x = torch.ones(3, requires_grad=True); nl.gelu(x).sum().backward();"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_torch_export(torch):
    class Block(torch.nn.Module):
        def forward(self, x):
            return nl.gelu(x) + nl.softmax(x)

    x = torch.tensor(ROWS)
    assert torch.allclose(torch.export.export(Block(), (x,)).module()(x), Block()(x))


# ---- JAX ------------------------------------------------------------------------------------------------------------


@activations
def test_jax_transformations(entry):
    """All in one program, so that it is compiled once."""
    jax, act = pytest.importorskip("jax"), ACTIVATIONS[entry]

    def all_of(x):
        first = jax.jvp(act, (x,), (x,))[1]
        return act(x), first, jax.vmap(jax.hessian(act))(x), jax.vmap(jax.jacfwd(jax.jacfwd(act)))(x)

    with precise("jax"):
        value, first, *second = jax.jit(all_of)(tensor("jax", POINTS))
    close(value, act(POINTS))
    close(first, act.derivative(POINTS) * POINTS)
    close(second[0], act.derivative.derivative(POINTS), atol=1e-12)
    close(second[1], act.derivative.derivative(POINTS), atol=1e-12)


@named("entry", FUNCTIONS)
def test_jax_transformations_of_a_vector_function(entry):
    jax, function = pytest.importorskip("jax"), entries()[entry]
    kinds = [jax.jacfwd(function), jax.jacrev(function), *(f(jax.jacfwd(function)) for f in (jax.jacfwd, jax.jacrev))]
    with precise("jax"):
        results = jax.jit(lambda x: [jax.vmap(f)(x) for f in kinds])(tensor("jax", ROWS))
    close(results[0], function.jacobian(ROWS))
    close(results[1], function.jacobian(ROWS))
    assert np.allclose(*results[2:])


def test_jax_does_not_multiply_what_is_not_moved():
    """The derivative by an exponent overflows; it must not be multiplied by the tangent 0 of a fixed parameter."""
    jax, act = pytest.importorskip("jax"), nl.define("exp(k*x)", k=1.0)
    x, k = tensor("jax", np.float32(80.0)), tensor("jax", np.float32(1.1))
    assert np.isfinite(jax.grad(lambda x: act(x, k=k) * 1e-30)(x))


# ---- TensorFlow -----------------------------------------------------------------------------------------------------


@activations
def test_tensorflow_functions(entry):
    """Inside tf.function, differentiated twice, with a shape that is not known."""
    tf, act = pytest.importorskip("tensorflow"), ACTIVATIONS[entry]
    signature = [tf.TensorSpec([None], tf.float64)]
    twice = tf.function(slope("tensorflow", slope("tensorflow", act)), input_signature=signature, autograph=False)
    close(twice(tf.constant(POINTS)), act.derivative.derivative(POINTS), atol=1e-12)


def test_tensorflow_autograph_and_xla():
    """AutoGraph leaves nonlin's Python alone: it could not rewrite it, and would say so in a warning."""
    tf = pytest.importorskip("tensorflow")
    compiled = tf.function(slope("tensorflow", nl.gelu), jit_compile=True)
    close(compiled(tf.constant(POINTS)), nl.gelu.derivative(POINTS))


def test_tensorflow_variables():
    tf = pytest.importorskip("tensorflow")
    beta = tf.Variable(0.7, dtype=tf.float64)
    with tf.GradientTape() as tape:
        result = nl.swish(tf.constant(POINTS), beta=beta)
    close(tape.gradient(result, beta), nl.swish.partial("beta")(POINTS, beta=0.7).sum())


def test_tensorflow_saved_model(tmp_path):
    tf = pytest.importorskip("tensorflow")

    class Block(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float64)])
        def __call__(self, x):
            return nl.gelu(x)

    options = tf.saved_model.SaveOptions(experimental_custom_gradients=True)
    tf.saved_model.save(Block(), str(tmp_path), options=options)
    loaded = tf.saved_model.load(str(tmp_path))
    close(loaded(tf.constant(POINTS)), nl.gelu(POINTS))
    close(gradient("tensorflow", loaded, tf.constant(POINTS)), nl.gelu.derivative(POINTS))


# ---- regressions ----------------------------------------------------------------------------------------------------


@libraries
def test_left_tail_of_gelu(name):
    """0 in the frameworks' own exact GELU from -5.5 on."""
    x = np.linspace(-12.5, -4, 35, dtype=np.float32)
    assert ulp_difference(back(nl.gelu(tensor(name, x))), nl.gelu(x.astype(float))).max() < 80


@named("entry", ["elu", "selu", "softplus", "gelu_tanh", "bent_identity", "mish", "squareplus", "softsign"])
@libraries
def test_gradients_far_out_are_finite(entry, name):
    largest = float(np.finfo("float32").max)
    x = np.array([-largest, -1e20, -1000, 1000, 1e20, largest], np.float32)
    act = nl.get(entry)
    close(gradient(name, act, tensor(name, x)), act.derivative(x), rtol=1e-6)
