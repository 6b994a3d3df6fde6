"""Activations as Keras layers: every entry, learnable parameters, and all that Keras does with a layer.

Run in this process on one backend of Keras, and by the last tests in processes of their own on the others.
"""

import copy
import json
import os
import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import nonlin as nl
from nonlin import frameworks
from nonlin.catalogue import entries
from nonlin.errors import DataError, InputError, MissingDependency, ParameterError
from nonlin.frameworks import framework
from sample import sample

keras = pytest.importorskip("keras")
layers = framework("keras")
named = pytest.mark.parametrize

BACKEND = keras.backend.backend()
only_tensorflow = pytest.mark.skipif(BACKEND != "tensorflow", reason="for Keras on TensorFlow")
CHILD = "NONLIN_TEST_KERAS_CHILD"
in_the_first_process = pytest.mark.skipif(CHILD in os.environ, reason="tested once, by the first process")

ACTIVATIONS = sample(nl.Activation)
LEARNABLE = [n for n, e in ACTIVATIONS.items() if e.parameters]
POINTS = np.linspace(-3.15, 3.35, 24, dtype=np.float32).reshape(4, 6)
OWN = nl.define("relu(x) + a*tanh(b*x)", a=0.5, b=nl.Parameter(1.0, above=0.0), name="relu_tanh")

# What the libraries say of themselves and each other.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def values(layer):
    return {k: numpy(v) for k, v in layer.values().items()}


def dtype(tensor):
    return keras.backend.standardize_dtype(tensor.dtype)


# ---- every entry ----------------------------------------------------------------------------------------------------


@named("entry", sample())
def test_a_layer_computes_the_function(entry):
    act = entries()[entry]
    layer, x = act.keras(), keras.ops.convert_to_tensor(POINTS)
    y = layer(x)
    assert np.array_equal(numpy(y), numpy(act(x)))
    symbolic = act.keras()(keras.Input((6,)))
    assert symbolic.shape == (None, *y.shape[1:])
    assert symbolic.dtype == dtype(y) == "float32"
    again = layers.ActivationLayer.from_config(json.loads(json.dumps(layer.get_config())))
    assert again.activation is act
    assert again.get_config() == layer.get_config()


def trained(model, rate=0.01, target=POINTS[:, :1], **options):
    model.compile(keras.optimizers.SGD(rate), "mse", **options)
    model.fit(POINTS, target, batch_size=len(POINTS), epochs=2, verbose=0)
    return model


def test_gradients_of_learnable_parameters():
    """One step of gradient descent in a model of them all, each summed over the inputs, against the derivatives."""
    rate, x = 1e-3, keras.Input((6,))
    made = {n: ACTIVATIONS[n].keras(learnable=True, per_channel=True) for n in LEARNABLE}
    model = keras.Model(x, [layer(x) for layer in made.values()])
    before = {n: values(layer) for n, layer in made.items()}
    eagerly = BACKEND == "tensorflow"  # its graphs take long to make
    model.compile(keras.optimizers.SGD(rate), [lambda _, y: keras.ops.sum(y, -1)] * len(made), run_eagerly=eagerly)
    model.fit(POINTS, [POINTS] * len(made), batch_size=4, verbose=0)
    for n, layer in made.items():
        for name, value in values(layer).items():
            assert (before[n][name] == np.float32(ACTIVATIONS[n].defaults[name])).all()
            slope = ACTIVATIONS[n].partial(name)(POINTS.astype(float)).sum(0) / 4  # Keras means over the batch
            bounds = ACTIVATIONS[n].parameters[name]
            expected = before[n][name] - rate * slope
            if not isinstance(bounds.low, str):
                expected = np.maximum(expected, bounds.low)
            assert np.allclose(value, expected, rtol=0, atol=2e-7 * (2 + abs(expected).max())), (n, name)
            assert (slope == 0).all() or (value != before[n][name]).any()


def test_own_formulas_and_other_defaults():
    layer = OWN.with_parameters(a=3.0).keras(learnable="b")
    assert [(w.name, w.shape) for w in layer.trainable_weights] == [("b", ())]
    assert np.allclose(numpy(layer(POINTS)), OWN(POINTS, a=3.0), rtol=1e-6)


def test_arguments_along_an_axis():
    assert np.allclose(numpy(nl.softmax.keras(axis=1)(POINTS[None])), nl.softmax(POINTS, axis=0)[None], rtol=1e-6)
    unit = nl.swiglu.keras(axis=0, learnable="beta")
    unit.set_weights([np.float32(2.0)])
    assert np.allclose(numpy(unit(POINTS)), nl.swiglu(POINTS, axis=0, beta=2.0), rtol=1e-5)
    assert unit.compute_output_shape((None, 3)) == (None, 3)
    assert unit.compute_output_shape((4, None)) == (2, None)


@named(("place", "shape"), [(-1, (2, 4, 5, 3)), (1, (2, 3)), (1, (2, 3, 4)), (0, (3,)), (-3, (3, 4, 5))])
@named("count", [3, True])
def test_channels(place, shape, count):
    layer = nl.prelu.keras(learnable=True, per_channel=count, channel_axis=place)
    layer.build(shape)
    layer.set_weights([np.float32([1, 2, 3])])
    got = np.moveaxis(numpy(layer(-np.ones(shape, "float32"))), place, 0)
    assert np.array_equal(got.reshape(3, -1).T, -np.tile(np.float32([1, 2, 3]), (got[0].size, 1)))
    assert layer.compute_output_shape(shape) == shape


def test_random_parameters_are_drawn_in_training_only():
    x = -np.ones((50, 20), "float32")
    layer = nl.rrelu.keras()
    drawn = -numpy(layer(x, training=True))
    assert 1 / 8 <= drawn.min() < 0.13 < 0.32 < drawn.max() <= 1 / 3 + 1e-7
    assert not np.array_equal(drawn, -numpy(layer(x, training=True)))
    for layer, training in [(nl.rrelu.keras(), False), (nl.rrelu.keras(), None), (nl.rrelu.keras(True), True)]:
        assert np.unique(numpy(layer(x, training=training))) == np.float32(-11 / 48)


# ---- domains --------------------------------------------------------------------------------------------------------


BOUNDED = [(n, k) for n in LEARNABLE for k, p in ACTIVATIONS[n].parameters.items() if p.domain != "any finite number"]


@named(("entry", "name"), BOUNDED)
def test_domains_are_kept(entry, name):
    """A step far too large in either direction."""
    layer = ACTIVATIONS[entry].keras(learnable=True)
    weight = next(w for w in layer.trainable_weights if w.name == name)
    for gradient in (1e6, -1e6):
        keras.optimizers.SGD(1.0).apply([keras.ops.convert_to_tensor(np.float32(gradient))], [weight])
        ACTIVATIONS[entry].checked({k: float(v) for k, v in values(layer).items()})


ENDS = [
    (nl.Parameter(0.5, low=0.0, high=1.0), 0.0, 1.0),
    (nl.Parameter(0.5, above=0.0, below=1.0), 2.0**-10, 1 - 2.0**-10),
    (nl.Parameter(0.5, low=-2.0), -2.0, None),
    (nl.Parameter(0.5, high=1.0), None, 1.0),
    (nl.Parameter(0.5, below=1.0), None, 1 - 2.0**-10),
    (nl.Parameter(1e-6, above=0.0), 0.5e-6, None),
]


@named(("parameter", "low", "high"), ENDS)
def test_the_constraint_of_a_domain(parameter, low, high):
    weight = nl.define("tanh(c*x)", c=parameter).keras(True).trainable_weights[0]
    again = keras.constraints.deserialize(keras.constraints.serialize(weight.constraint))
    assert again.get_config() == weight.constraint.get_config() == {"low": low, "high": high}
    points = np.float32([-50, parameter.default, 50])
    kept = numpy(again(keras.ops.convert_to_tensor(points)))
    assert np.array_equal(kept, np.clip(points, low, high).astype("float32"))


def test_a_parameter_without_bounds_has_no_constraint():
    assert nl.swish.keras(True).trainable_weights[0].constraint is None


@named("policy", ["float16", "bfloat16", "float32"])
def test_a_forbidden_bound_is_not_reached_by_rounding(policy):
    layer = nl.define("tanh(c*x)", c=nl.Parameter(1200.0, above=1000.0)).keras(True, dtype=policy)
    weight = layer.trainable_weights[0]
    assert float(numpy(keras.ops.cast(weight.constraint(keras.ops.zeros((), policy)), "float32"))) > 1000


def test_a_bound_that_is_another_parameter():
    layer = nl.hard_tanh.keras(True)
    layer.set_weights(np.float32([2, 1]))
    assert values(layer) == {"min_val": 2.0, "max_val": 3.0}
    assert nl.hard_tanh.keras("max_val").trainable_weights[0].constraint.get_config() == {"low": -1.0, "high": None}


# ---- models ---------------------------------------------------------------------------------------------------------


def sequential():
    return keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(5, activation=OWN.keras(True, per_channel=True)),
            keras.layers.Dense(4, activation=nl.softplus.with_parameters(beta=0.7).keras(True)),
            nl.elu.keras("alpha", per_channel=4, name="curve"),
            nl.glu.keras(),
            keras.layers.Dense(1),
        ]
    )


def functional():
    x = keras.Input((6,))
    shared, image = nl.swish.keras(True), keras.layers.Reshape((2, 3, 1))(x)
    seen = keras.layers.Conv2D(3, 2, activation=nl.prelu.keras(True, per_channel=3))(image)
    joined = keras.layers.Concatenate()([shared(x), shared(nl.rrelu.keras()(x)), keras.layers.Flatten()(seen)])
    return keras.Model(x, keras.layers.Dense(1)(nl.softmax.keras()(joined)))


@keras.saving.register_keras_serializable("nonlin_tests")
class Subclassed(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.inner, self.curve = keras.layers.Dense(3), OWN.keras(True, per_channel=True)
        self.outer = keras.layers.Dense(1, activation=nl.gelu.keras())

    def call(self, x):
        return self.outer(self.curve(self.inner(x)))


MODELS = {"sequential": sequential, "functional": functional, "subclassed": Subclassed}


def changed(model):
    """With other weights than those it started with."""
    model(POINTS)
    model.set_weights([w * np.array(1.25, w.dtype) + np.array(1, w.dtype) for w in model.get_weights()])
    return model


@named("kind", MODELS)
def test_save_and_load(kind, tmp_path):
    model = changed(MODELS[kind]())
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(numpy(loaded(POINTS)), numpy(model(POINTS)))
    assert [w.path.split("/")[-1] for w in loaded.weights] == [w.path.split("/")[-1] for w in model.weights]


@named("kind", ["sequential", "functional"])
def test_clone_model(kind):
    model = changed(MODELS[kind]())
    twin = keras.models.clone_model(model)
    twin(POINTS)
    twin.set_weights(model.get_weights())
    assert np.array_equal(numpy(twin(POINTS)), numpy(model(POINTS)))
    assert not {id(w) for w in twin.weights} & {id(w) for w in model.weights}


def test_training_goes_on_after_loading(tmp_path):
    model = trained(sequential())
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for one in (model, loaded):
        one.fit(POINTS, POINTS[:, :1], shuffle=False, verbose=0)
    before, after = (one.get_weights() for one in (model, loaded))
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert [w for w in model.trainable_weights if w.name in ("a", "b", "beta", "alpha")]


@named("how", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))], ids=["deepcopy", "pickle"])
def test_copies(how):
    layer = OWN.keras(True, per_channel=True)
    layer(POINTS)
    layer.set_weights([np.arange(6.0), np.ones(6)])
    twin = how(layer)
    assert repr(twin) == repr(layer)
    assert np.array_equal(numpy(twin(POINTS)), numpy(layer(POINTS)))


def test_a_learnable_parameter_moves_and_a_frozen_one_does_not():
    free, frozen = nl.swish.keras(True), nl.swish.keras(True, trainable=False)
    trained(keras.Sequential([keras.Input((6,)), free, frozen, keras.layers.Dense(1)]), rate=0.1)
    assert values(free)["beta"] != 1
    assert values(frozen)["beta"] == 1


def test_compiled_by_xla():
    if BACKEND == "torch":
        pytest.skip("XLA is for the other backends")
    model = keras.Sequential([keras.Input((6,)), OWN.keras(True, per_channel=True), nl.gelu.keras(), nl.glu.keras()])
    trained(model, target=POINTS[:, :3], jit_compile=True)
    assert model.jit_compile
    expected = model.predict(POINTS, verbose=0)
    assert np.allclose(numpy(model(POINTS)), expected, rtol=1e-5)


@only_tensorflow
@pytest.mark.filterwarnings("ignore")
def test_saved_model_export(tmp_path):
    import tensorflow

    model = keras.Sequential([keras.Input((6,)), nl.gelu.keras(), OWN.keras(True), nl.glu.keras(), nl.softmax.keras()])
    model.export(tmp_path / "exported", verbose=False)
    exported = tensorflow.saved_model.load(str(tmp_path / "exported"))
    assert np.array_equal(exported.serve(POINTS).numpy(), model.predict(POINTS, verbose=0))


@only_tensorflow
def test_inputs_of_unknown_rank():
    import tensorflow

    layer = nl.swish.keras(True)
    layer.build((None,))
    run = tensorflow.function(layer.call, input_signature=[tensorflow.TensorSpec(None, "float32")])
    assert np.allclose(run(POINTS).numpy(), nl.swish(POINTS), rtol=1e-6)


# ---- dtypes and masks -----------------------------------------------------------------------------------------------


@named(
    ("policy", "weight"),
    [("mixed_float16", "float32"), ("mixed_bfloat16", "float32"), ("bfloat16", "bfloat16"), ("float64", "float64")],
)
def test_dtype_policies(policy, weight):
    if policy == "float64" and BACKEND == "jax":
        pytest.skip("JAX has float64 in its x64 mode only")
    layer = OWN.keras(True, per_channel=6, dtype=policy)
    y, symbolic = layer(POINTS), OWN.keras(dtype=policy)(keras.Input((6,)))
    assert dtype(y) == symbolic.dtype == layer.compute_dtype == policy.removeprefix("mixed_")
    assert {w.dtype for w in layer.weights} == {weight}
    tolerance = {"float16": 2e-3, "bfloat16": 2e-2, "float64": 1e-12}[dtype(y)]
    x = numpy(keras.ops.cast(POINTS, dtype(y))).astype(float)
    assert np.allclose(numpy(y).astype(float), OWN(x), rtol=tolerance)


def test_parameters_are_not_rounded_to_the_compute_dtype():
    layer = nl.leaky_relu.with_parameters(negative_slope=0.1).keras(True, dtype="mixed_float16")
    x = -np.arange(1, 129, dtype="float16")
    exact, other = (np.float16(slope * x.astype("float64")) for slope in (0.1, np.float16(0.1)))
    assert np.array_equal(numpy(layer(x)), exact)
    assert not np.array_equal(exact, other)


def test_training_in_mixed_precision():
    model = keras.Sequential(
        [
            keras.layers.Dense(5, dtype="mixed_bfloat16", activation=OWN.keras(True, dtype="mixed_bfloat16")),
            keras.layers.Dense(1),
        ]
    )
    trained(model, rate=0.1)
    moved = values(model.layers[0].activation)
    assert {v.dtype.name for v in moved.values()} == {"float32"}
    assert moved["a"] != 0.5


@named("kind", ["int32", "uint8", "bool"])
def test_integers_get_the_compute_dtype(kind):
    x = np.array([0, 1, 2]).astype(kind)
    for policy in ("float32", "mixed_float16"):
        y = nl.silu.keras(dtype=policy)(x)
        assert dtype(y) == policy.removeprefix("mixed_")
        assert np.allclose(numpy(y).astype(float), nl.silu(x), rtol=1e-3)


def test_shapes():
    for shape in ((), (0,), (2, 0, 3), (1, 2, 3, 4, 5)):
        assert nl.mish.keras()(np.ones(shape, "float32")).shape == shape


def test_masks_are_handed_on():
    embedding = keras.layers.Embedding(5, 3, mask_zero=True)
    model = keras.Sequential([embedding, nl.gelu.keras(), keras.layers.GlobalAveragePooling1D()])
    got = numpy(model(np.array([[1, 2, 0]])))
    rows = nl.gelu(numpy(embedding(np.array([[1, 2, 0]]))))[0]
    assert np.allclose(got[0], rows[:2].mean(0), rtol=1e-5)
    assert not np.allclose(got[0], rows.mean(0), rtol=1e-5)


def test_repr():
    assert repr(nl.gelu.keras()) == "<ActivationLayer gelu>"
    assert repr(nl.softmax.keras(axis=1)) == "<ActivationLayer softmax, axis=1>"
    channels = nl.elu.keras(True, per_channel=True, channel_axis=1)
    assert repr(channels) == "<ActivationLayer elu, alpha=1, learnable=('alpha',), per_channel=True, channel_axis=1>"


# ---- wrong input ----------------------------------------------------------------------------------------------------


def twice(layer, first, second):
    layer(first)
    return layer(second)


REFUSED = [
    (lambda: layers.ActivationLayer(keras.layers.ReLU), "got the class ReLU; write nonlin.gelu.keras()"),
    (lambda: layers.ActivationLayer(nl.Activation), "got the class Activation"),
    (lambda: layers.ActivationLayer("gelu"), "got a str"),
    (lambda: nl.gelu.keras(POINTS), r"takes no tensor; call the layer: nonlin.gelu.keras\(\)\(x\)"),
    (lambda: nl.gelu.keras(keras.Input((3,))), "takes no tensor"),
    (lambda: nl.elu.keras("alhpa"), "elu has no parameter 'alhpa'; did you mean 'alpha'?"),
    (lambda: nl.gelu.keras("beta"), "gelu has no parameter 'beta'; its parameters: none"),
    (lambda: nl.gelu.keras(learnable=True), "gelu has no parameters that could be learned"),
    (lambda: nl.elu.keras(3), "learnable must be True, False or names of parameters, got 3"),
    (lambda: nl.hardtanh.keras("min_val"), "max_val must be at least min_val; learn both, or neither"),
    (lambda: nl.elu.keras(per_channel=3), "per_channel=3 is for learnable parameters; add learnable=True"),
    (lambda: nl.elu.keras(True, per_channel=0), "must be a number of channels, such as 64, or True, got 0"),
    (lambda: nl.elu.keras(True, per_channel=3, channel_axis=1.0), "channel_axis must be one whole number, got 1.0"),
    (lambda: nl.softmax.keras(axis="last"), "axis must be one whole number, got 'last'"),
    (lambda: nl.prelu.keras(True, per_channel=3)(np.float32(1.0)), r"shape \(\), which has too few dimensions"),
    (lambda: nl.prelu.keras(True, per_channel=True)(np.float32(1.0)), r"shape \(\), which has too few dimensions"),
    (lambda: nl.prelu.keras(True, per_channel=8)(POINTS), r"has 8 channels, make one with per_channel=6"),
    (lambda: nl.prelu.keras(True, per_channel=8)(keras.Input((6,))), r"has 8 channels, make one with per_channel=6"),
    (lambda: twice(nl.prelu.keras(True, per_channel=True), POINTS, POINTS[:, :3]), "has 6 channels"),
    (lambda: nl.prelu.keras(True, per_channel=True)(keras.Input((None,))), "is not known; give per_channel=C"),
    (lambda: nl.softmax.keras(axis=2)(POINTS), r"softmax: axis 2 is out of range for an input of shape \(4, 6\)"),
    (lambda: nl.glu.keras()(keras.Input((3,))), "glu splits axis -1 in two halves"),
    (lambda: twice(nl.glu.keras(), POINTS, POINTS[:, :3]), "glu splits axis -1 in two halves"),
    (lambda: nl.gelu.keras()([POINTS, POINTS]), "the layer takes one tensor, got inputs of the shapes"),
    (lambda: twice(nl.gelu.keras(), POINTS, [POINTS, POINTS]), "takes a tensor or an array, got list"),
    (lambda: nl.gelu.keras()(None), "the layer takes one tensor, got inputs of the shapes None"),
    (lambda: nl.gelu.keras()(POINTS.astype("complex64")), "complex64"),
]


@named("place", range(len(REFUSED)))
def test_refused(place):
    make, message = REFUSED[place]
    with pytest.raises((InputError, ParameterError), match=message):
        make()


@in_the_first_process
def test_a_symbolic_tensor_in_a_plain_call_is_told_of_the_layer():
    with pytest.raises(InputError, match=r"KerasTensor, without values; apply act\.keras\(\) to it"):
        nl.gelu(keras.Input((3,)))


@only_tensorflow
def test_sparse_tensors_are_refused():
    import tensorflow

    with pytest.raises(InputError, match="got a SparseTensor; pass a dense tensor"):
        nl.gelu.keras()(tensorflow.sparse.from_dense(POINTS))


def changed_record(**changes):
    return json.dumps({**json.loads(OWN.to_json()), **changes})


HOSTILE = [
    ("__import__('os').system('true')", "no layer of nonlin is stored here"),
    ("x.__class__.__mro__", "no layer of nonlin is stored here"),
    ("(lambda: x)()", "no layer of nonlin is stored here"),
    ("gelo", "no activation 'gelo'; did you mean 'gelu'?"),
    ("{", "this is not a stored activation"),
    (changed_record(formula="__import__('os')"), "the stored formula is damaged"),
    (changed_record(formula=[["eval", "1"]]), "the stored formula is damaged"),
    (changed_record(name=["a"]), "the stored name is"),
    (changed_record(nonlin=2), "update nonlin"),
    (None, "an activation is named by text, got NoneType"),
    (["gelu"], "an activation is named by text, got list"),
]


@named("place", range(len(HOSTILE)))
def test_hostile_files_are_refused(place):
    """A sentence, not what Keras makes of a TypeError."""
    text, message = HOSTILE[place]
    stored = json.loads(keras.Sequential([keras.Input((6,)), OWN.keras()]).to_json())
    stored["config"]["layers"][1]["config"]["activation"] = text
    with pytest.raises(DataError, match=message):
        keras.models.model_from_json(json.dumps(stored))


def test_a_hostile_file_whose_layer_is_inside_another():
    """Keras makes a TypeError of all that a layer inside Dense raises; the sentence is in it."""
    text = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2, activation=OWN.keras())]).to_json()
    hostile = text.replace(json.dumps(OWN.to_json()), json.dumps("__import__('os')"))
    assert hostile != text
    with pytest.raises(TypeError, match=r"get the file from where it was made: no function '__import__'"):
        keras.models.model_from_json(hostile)


def test_a_formula_in_a_file_is_read_by_the_parser():
    config = {**OWN.keras().get_config(), "activation": "x*sigmoid(1.5*x)"}
    assert np.allclose(numpy(layers.ActivationLayer.from_config(config)(POINTS)), nl.swish(POINTS, beta=1.5), rtol=1e-5)


@named(
    ("changes", "message"),
    [
        ({"learnable": ["zeta"]}, "has no parameter 'zeta'"),
        ({"learnable": {"a": 1}, "per_channel": "all"}, "per_channel must be a number of channels"),
        ({"axis": None}, "axis must be one whole number, got None"),
    ],
)
def test_damaged_configs_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        layers.ActivationLayer.from_config({**OWN.keras().get_config(), **changes})
    with pytest.raises(DataError, match="'activation'"):
        layers.ActivationLayer.from_config({"name": "layer"})


def test_a_missing_framework(monkeypatch):
    monkeypatch.setattr(frameworks, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"keras 3.5 or newer, which is not installed; run: pip install"):
        nl.gelu.keras()


def test_a_framework_that_is_too_old(monkeypatch):
    monkeypatch.setattr(keras, "__version__", "2.15.0")
    with pytest.raises(MissingDependency, match=r"keras 3.5 or newer, and 2.15.0 is installed"):
        nl.softmax.keras()


def test_a_backend_that_is_missing(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError("No module named 'tensorflow'")

    monkeypatch.setattr(frameworks, "import_module", missing)
    with pytest.raises(MissingDependency, match=r"cannot be imported \(No module named 'tensorflow'\); run: pip"):
        nl.gelu.keras()


# ---- in other processes ---------------------------------------------------------------------------------------------


def python(*words, **environment):
    run = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.splitlines()


LAST = """
import nonlin.frameworks.keras_registry as registry, numpy, json
model = keras.models.load_model(FILE)
answer = keras.ops.convert_to_numpy(model(numpy.linspace(-1, 1, 784, dtype="float32")[None]))
left = [f for f in sys.meta_path if isinstance(f, registry._Finder)]
plain = type(keras.__loader__) is type(keras.__spec__.loader) is type(json.__loader__)
print(json.dumps([answer.tolist(), len(left), plain]))
"""
ORDERS = {
    "keras first": "import sys, keras, nonlin",
    "nonlin first": """
import sys, importlib, importlib.util, threading
import nonlin
importlib.reload(nonlin)
assert importlib.util.find_spec("keras").loader.get_filename("keras").endswith("__init__.py")
assert "keras" not in sys.modules and "numpy" not in sys.modules
imports = [threading.Thread(target=importlib.import_module, args=["keras"]) for _ in range(4)]
[t.start() for t in imports]
[t.join() for t in imports]
import keras
""",
}


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """A file of the model that tutorials build, and what it says."""
    relu_tanh = nl.define("relu(x) + 0.5*tanh(x)", name="relu_tanh")
    dense = keras.layers.Dense
    model = keras.Sequential(
        [keras.Input((784,)), dense(64, relu_tanh.keras()), dense(32, relu_tanh.keras()), dense(10, nl.softmax.keras())]
    )
    file = tmp_path_factory.mktemp("tutorial") / "model.keras"
    model.save(file)
    return file, numpy(model(np.linspace(-1, 1, 784, dtype="float32")[None]))


OTHERS = sorted(b for b in {"tensorflow", "jax", "torch"} - {BACKEND} if find_spec(b))


@in_the_first_process
@named("order", ORDERS)
def test_a_file_is_loaded_in_a_fresh_process(order, tutorial):
    """In either order of the imports, and on another backend."""
    file, expected = tutorial
    code = f"FILE = {str(file)!r}\n{ORDERS[order]}\n{LAST}"
    answer, left, plain = json.loads(python("-c", code, KERAS_BACKEND=[*OTHERS, BACKEND][0])[-1])
    assert np.allclose(answer, expected, atol=1e-6)
    assert left == 0
    assert plain


@in_the_first_process
def test_the_model_of_tutorials_is_loaded_here(tutorial):
    file, expected = tutorial
    x = np.linspace(-1, 1, 784, dtype="float32")[None]
    assert np.array_equal(numpy(keras.models.load_model(file)(x)), expected)


FAILING_AT_FIRST = """
import os
if not os.environ.pop("READY", None):
    os.environ["READY"] = "1"
    raise ImportError("not yet")
__version__ = "2.15.0"
"""


@in_the_first_process
def test_another_keras_is_left_alone(tmp_path):
    """One that fails to import at first and then is too old for the layers."""
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "__init__.py").write_text(FAILING_AT_FIRST)
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import nonlin
try:
    import keras
except ImportError as error:
    print(error)
import keras
print(keras.__version__, "nonlin.frameworks.keras" in sys.modules)
"""
    assert python("-c", code) == ["not yet", "2.15.0 False"]


@in_the_first_process
def test_without_keras_nothing_changes(tmp_path):
    code = "import sys, nonlin; sys.path[:] = []\ntry:\n import keras\nexcept ModuleNotFoundError as e: print(e)"
    assert python("-c", code) == ["No module named 'keras'"]


@in_the_first_process
@named("backend", OTHERS)
def test_another_backend(backend):
    """Every test of this file that is not about processes, in a process whose Keras has that backend."""
    words = ["-m", "pytest", "-q", "-p", "no:xdist", "--color=no", str(Path(__file__))]
    said = python(*words, KERAS_BACKEND=backend, JAX_DISABLE_MOST_OPTIMIZATIONS="1", **{CHILD: "1"})  # compiles sooner
    assert " passed" in said[-1]
    assert " failed" not in said[-1]
