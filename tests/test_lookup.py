"""Names, aliases, families, and the sentence for each wrong input."""

import numpy as np
import pytest

import nonlin as nl
from nonlin import errors
from nonlin.catalogue import entries
from sample import sample

ELEMENTWISE = list(sample(nl.Activation).values())


@pytest.mark.parametrize("entry", entries().values(), ids=entries())
def test_every_entry_is_found_by_name_alias_and_attribute(entry):
    assert {nl.get(spelling) is entry for spelling in (entry.name, entry.name.upper(), *entry.aliases)} == {True}
    assert getattr(nl, entry.name) is entry
    assert entry in nl.find(family=entry.family)


@pytest.mark.parametrize("spelling", ["Leaky ReLU", "leaky-relu", "LEAKY_RELU", "leakyrelu", "LReLU"])
def test_spelling_does_not_matter(spelling):
    assert nl.get(spelling) is nl.leaky_relu


def test_families_and_names():
    assert set(nl.families()) == {e.family for e in entries().values()}
    assert nl.names() == sorted(nl.names())
    assert len(nl.names()) >= 46


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (lambda: nl.get("gellu"), errors.UnknownActivation,
         "no activation 'gellu'; did you mean 'gelu'? nonlin.names() lists all"),
        (lambda: nl.get("qqqq"), errors.UnknownActivation, "no activation 'qqqq'; nonlin.names() lists all"),
        (lambda: nl.get(""), errors.UnknownActivation, "no activation ''; nonlin.names() lists all"),
        (lambda: nl.get(3), errors.InputError, "an activation is named by text, got int; pass a name or a formula"),
        (lambda: nl.find(family="gatted"), errors.InputError, "no family 'gatted'; did you mean 'gated'? families: "
         + ", ".join(nl.families())),
        (lambda: nl.elu(1.0, alpha=-1), errors.ParameterError, "elu: alpha must be at least 0, got alpha=-1"),
        (lambda: nl.softplus(1.0, beta=0), errors.ParameterError,
         "softplus: beta must be greater than 0, got beta=0"),
        (lambda: nl.leaky_relu(1.0, negative_slope=float("nan")), errors.ParameterError,
         "leaky_relu: negative_slope must be at least 0, got negative_slope=nan"),
        (lambda: nl.prelu(1.0, weight=float("inf")), errors.ParameterError,
         "prelu: weight must be any finite number, got weight=inf"),
        (lambda: nl.hard_tanh(1.0, min_val=2.0), errors.ParameterError,
         "hard_tanh: max_val must be at least min_val, got max_val=1"),
        (lambda: nl.elu(1.0, alfa=1), errors.ParameterError,
         "elu has no parameter 'alfa'; did you mean 'alpha'? its parameters: alpha"),
        (lambda: nl.relu(1.0, slope=1), errors.ParameterError,
         "relu has no parameter 'slope'; its parameters: none"),
        (lambda: nl.elu(1.0, alpha="1"), errors.ParameterError,
         "elu: alpha must be a number or an array of numbers, got '1'"),
        (lambda: nl.elu(1.0, alpha=[1.0, -1.0]), errors.ParameterError, "elu: alpha must be at least 0, got alpha=-1"),
        (lambda: nl.elu.with_parameters(alpha=[1.0, 2.0]), errors.ParameterError,
         "elu: a default must be one number, got an array for alpha"),
        (lambda: nl.elu.partial("beta"), errors.ParameterError,
         "elu has no parameter 'beta'; its parameters: alpha"),
        (lambda: nl.gelu("1"), errors.InputError, "x: got a str; pass real numbers "
         "(float16, bfloat16, float32, float64, integers or bools)"),
        (lambda: nl.gelu(None), errors.InputError, "x: got a NoneType; pass real numbers "
         "(float16, bfloat16, float32, float64, integers or bools)"),
        (lambda: nl.gelu({1: 2}), errors.InputError, "x: got a dict; pass real numbers "
         "(float16, bfloat16, float32, float64, integers or bools)"),
        (lambda: nl.gelu(1j), errors.InputError, "x: got a complex; pass real numbers "
         "(float16, bfloat16, float32, float64, integers or bools)"),
        (lambda: nl.gelu(np.ones(2, complex)), errors.InputError, "x: got a complex128 array; pass real numbers "
         "(float16, bfloat16, float32, float64, integers or bools)"),
        (lambda: nl.gelu(np.array([1, None])), errors.InputError, "x: got an object array; pass real numbers "
         "(float16, bfloat16, float32, float64, integers or bools)"),
        (lambda: nl.gelu([[1.0], [1.0, 2.0]]), errors.InputError,
         "x: the rows of the list have different lengths; pass numbers of one shape"),
        (lambda: nl.gelu([1.0, 2.0], out=np.empty(3)), errors.InputError,
         "out has shape (3,) and dtype float64, expected (2,) and float64"),
        (lambda: nl.gelu([1.0, 2.0], out=np.empty(2, "f4")), errors.InputError,
         "out has shape (2,) and dtype float32, expected (2,) and float64"),
        (lambda: nl.gelu([1.0], out=[0.0]), errors.InputError, "out must be a NumPy array, got list"),
        (lambda: nl.elu([1.0, 2.0], alpha=[1.0, 2.0, 3.0]), errors.InputError,
         "the shapes x (2,), alpha (3,) do not broadcast; give arrays that fit each other"),
        (lambda: nl.relu([1.0], generator=np.random.default_rng(0)), errors.InputError,
         "relu has no random parameter; leave out generator="),
        (lambda: nl.rrelu([1.0], generator=3), errors.InputError,
         "generator must be a numpy.random.Generator, got int; use numpy.random.default_rng(seed)"),
        (lambda: nl.softmax.derivative, errors.DerivativeError,
         "softmax has a Jacobian, not a derivative: each output depends on several inputs; "
         "use nonlin.softmax.jacobian(x) or nonlin.softmax.vjp(x, g)"),
        (lambda: nl.glu.derivative, errors.DerivativeError,
         "glu has two inputs, the halves a and b; use nonlin.glu.partial('a', x) or nonlin.glu.partial('b', x)"),
        (lambda: nl.gelu.derivative_from_output(0.5), errors.DerivativeError,
         "gelu: the derivative cannot be had from the output: two inputs can give one output (it rises and falls); "
         "use gelu.derivative(x)"),
        (lambda: nl.prelu.derivative_from_output(0.5), errors.DerivativeError,
         "prelu: the derivative cannot be had from the output: with a negative weight two inputs give one output; "
         "use prelu.derivative(x)"),
        (lambda: nl.squareplus.derivative.derivative_from_output(0.5), errors.DerivativeError,
         "squareplus.derivative: the derivative cannot be had from the output: no closed form is known; "
         "use squareplus.derivative.derivative(x)"),
        (lambda: nl.softmax([1.0, 2.0], axis=1), errors.InputError,
         "softmax: axis 1 is out of range for an input of 1 dimension; use -1 to 0"),
        (lambda: nl.softmax(1.0), errors.InputError,
         "softmax: axis -1 is out of range for an input of 0 dimensions; pass an array, not one number"),
        (lambda: nl.glu([1.0, 2.0, 3.0]), errors.InputError,
         "glu splits axis -1 in two halves, got the odd length 3; give an even length"),
        (lambda: nl.elu(1.0, 0.5), errors.InputError,
         "elu takes x alone, got 2 arguments; parameters are given by keyword: alpha"),
        (lambda: nl.rrelu([-1.0], a=0.2, generator=np.random.default_rng(0)), errors.InputError,
         "rrelu: a is drawn by the generator, and given too; leave one of them out"),
        (lambda: nl.hard_tanh([0.0, 0.0], min_val=[5.0, -1.0], max_val=[1.0, 1.0]), errors.ParameterError,
         "hard_tanh: max_val must be at least min_val, got max_val=1"),
        (lambda: nl.gelu(np.ma.masked_array([1.0], [True])), errors.InputError,
         "x: got a masked array; fill it first, with filled(value), or pass its data"),
        (lambda: nl.gelu(10**400), errors.InputError, "x: got a whole number beyond the range of 64 bits; "
         "pass real numbers (float16, bfloat16, float32, float64, integers or bools)"),
        (lambda: nl.softmax([1.0, 2.0], axis=None), errors.InputError,
         "softmax: axis must be one whole number, got None"),
        (lambda: nl.softmax.vjp([1.0, 2.0], [1.0]), errors.InputError,
         "softmax: g must have the shape of x, (2,), got (1,)"),
        (lambda: nl.activation(lambda z, x=2.0: z * x), errors.ParameterError,
         "a parameter cannot be called 'x', which means something else; choose another name"),
        (lambda: nl.activation("x*2"), errors.FormulaError,
         "expected a plain Python function, got str; use def name(x): return ..."),
        (lambda: nl.activation(lambda x: nl.glu(x)), errors.FormulaError,
         "glu mixes elements, so it cannot be part of an elementwise formula"),
        (lambda: nl.activation(lambda x, a=nl.Parameter(-1.0, low=0.0): a * x), errors.ParameterError,
         "<lambda>: a must be at least 0, got a=-1"),
        (lambda: nl.from_json(nl.elu.to_json().replace('"expm1"', '"exp"', 2).replace('"exp"', '"expm1"', 1)),
         errors.FormulaError, "elu: the stored computing form gives 0.0497871 at x = -3.0, its formula -0.950213"),
        (lambda: nl.from_json("{}"), errors.FormulaError,
         "this is not a stored activation (KeyError: 'nonlin'); pass the text that to_json() gave"),
    ],
)  # fmt: skip
def test_each_wrong_input_gets_its_sentence(call, kind, sentence):
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.UnknownActivation, KeyError), (errors.ParameterError, ValueError), (errors.InputError, TypeError),
        (errors.InputError, ValueError), (errors.FormulaError, ValueError), (errors.DerivativeError, AttributeError),
        (errors.DataError, ValueError), (errors.MissingDependency, ImportError),
    ],
)  # fmt: skip
def test_each_error_is_also_the_builtin_one(kind, builtin):
    assert issubclass(kind, builtin)
    assert issubclass(kind, errors.NonlinError)


def test_softmax_over_an_axis_of_length_one_warns():
    with pytest.warns(errors.NonlinWarning, match="softmax along an axis of length 1 is constant"):
        assert nl.softmax([[3.0], [4.0]]).tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize("call", [nl.softmax, nl.log_softmax])
def test_an_empty_axis_gives_an_empty_answer(call):
    assert call(np.zeros((2, 0))).shape == (2, 0)


def test_values_at_the_edge_of_a_parameters_domain():
    assert nl.squareplus.partial("b")([-1.0, 1.0], b=0).tolist() == [0.25, 0.25]
    assert nl.softplus([1e308, -1e308], beta=2).tolist() == [1e308, 0.0]
    assert nl.swish.derivative([-2.0, 2.0], beta=1e308).tolist() == [0.0, 1.0]


def test_partly_overlapping_out():
    memory = np.linspace(-3, 3, 9)
    expected = nl.mish(memory[:8].copy())
    nl.mish(memory[:8], out=memory[1:])
    np.testing.assert_array_equal(memory[1:], expected)


def test_read_only_out_is_refused():
    out = np.empty(1)
    out.flags.writeable = False
    with pytest.raises(errors.InputError, match="out is read-only; pass a writeable array"):
        nl.gelu([1.0], out=out)


def test_random_slopes_come_from_the_generator():
    x = np.full(1000, -1.0)
    first = nl.rrelu(x, generator=np.random.default_rng(1))
    again = nl.rrelu(x, generator=np.random.default_rng(1))
    np.testing.assert_array_equal(first, again)
    assert -1 / 3 <= first.min() < first.max() <= -1 / 8
    assert len(set(first.tolist())) == 1000
    assert set(nl.rrelu(x).tolist()) == {-11 / 48}


def test_equality_is_by_formula_and_parameters():
    assert nl.define("x*sigmoid(x)") == nl.silu
    assert nl.elu.with_parameters(alpha=0.5) != nl.elu
    assert nl.elu.with_parameters(alpha=1.0) == nl.elu
    assert len({nl.silu, nl.define("x*sigmoid(x)"), nl.elu}) == 2
    assert nl.silu != "silu"


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=lambda e: e.name)
def test_an_entry_can_be_put_into_a_formula(entry):
    doubled = nl.activation(_twice(entry))
    x = np.array([-2.0, -0.3, 0.0, 0.4, 5.0])
    np.testing.assert_allclose(doubled(x), 2 * entry(x), rtol=1e-15)  # one of them may be a kernel's


def _twice(entry):
    def twice(x):
        return 2 * entry(x)

    return twice
