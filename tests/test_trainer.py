"""Models, initial weights and the trainer: real training of small networks, checked against JAX, NumPy and itself."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import nonlin as nl
from nonlin.errors import InputError
from nonlin.study.records import Run, Trial
from nonlin.study.settings import OPTIMIZERS, Settings

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")

import jax.numpy as jnp  # noqa: E402 - they need the extra

from nonlin.study import convolution, initialisation, models, threads, trainer  # noqa: E402
from nonlin.study.data import Dataset, Examples  # noqa: E402
from nonlin.study.trainer import Trainer  # noqa: E402

QUICK = Settings(epochs=2, batch_size=16, widths=(12,))


def examples(count: int, shape: tuple[int, ...], seed: int) -> Examples:
    """Images whose class is where they are bright."""
    random = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int32) % 4
    rows = random.random((count, math.prod(shape)), dtype=np.float32) / 2
    width = rows.shape[1] // 4
    for row, label in zip(rows, labels, strict=True):
        row[label * width : (label + 1) * width] += 0.5
    return Examples(rows.reshape(count, *shape), labels)


def dataset(shape: tuple[int, ...] = (4, 4, 1), held_out: int = 24) -> Dataset:
    parts = (examples(n, shape, seed) for seed, n in enumerate((100, held_out, 230)))
    return Dataset("made up", *parts, classes=4)


def trained(
    name: Any = "tanh", trial: Trial | None = None, data: Dataset | None = None, model: Any = None, **settings: Any
) -> Run:
    activation = nl.get(name) if isinstance(name, str) else name
    one = Trainer(activation, data or dataset(), replace(QUICK, **settings), model)
    return one.train(trial or Trial(activation.name, 0, 1e-2))


def measured(run: Run) -> tuple[Any, ...]:
    """What must be the same to the bit; times are not."""
    return run.training_loss, run.training_accuracy, run.validation_loss, run.test_loss, run.test_accuracy


@pytest.fixture(scope="module")
def tanh() -> Trainer:
    return Trainer(nl.get("tanh"), dataset(), QUICK)


# ---- convolution and pooling -----------------------------------------------------------------------------------------


def jax_convolution(images: Any, kernels: Any) -> Any:
    return jax.lax.conv_general_dilated(images, kernels, (1, 1), "VALID", dimension_numbers=("NHWC", "OHWI", "NHWC"))


def normal(*shape: int) -> Any:
    return jnp.asarray(np.random.default_rng(sum(shape)).standard_normal(shape, dtype=np.float32))


@pytest.mark.parametrize("shape", [(2, 7, 6, 3), (1, 3, 3, 1)])
def test_convolution_and_its_gradients_are_those_of_jax(shape: tuple[int, ...]) -> None:
    images, kernels = normal(*shape), normal(5, 3, 3, shape[-1])
    pulled = normal(shape[0], shape[1] - 2, shape[2] - 2, 5)
    ours, theirs = (both_ways(f, pulled)(images, kernels) for f in (convolution.convolve, jax_convolution))
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def both_ways(function: Any, pulled: Any) -> Any:
    """The value and what ``pulled`` becomes by the gradient, as one compiled program."""

    def run(*given: Any) -> Any:
        value, back = jax.vjp(function, *given)
        return value, back(pulled)

    return jax.jit(run)


def jax_pool(images: Any) -> Any:
    return jax.lax.reduce_window(images, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("shape", [(2, 6, 4, 3), (2, 5, 7, 2)], ids=["even", "odd"])
def test_pooling_and_its_gradient_are_those_of_jax(shape: tuple[int, ...], ties: bool) -> None:
    images = jnp.round(normal(*shape)) if ties else normal(*shape)
    pulled = normal(shape[0], shape[1] // 2, shape[2] // 2, shape[3])
    ours, theirs = (both_ways(f, pulled)(images) for f in (convolution.max_pool, jax_pool))
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_array_equal(a, b)


# ---- initial weights -------------------------------------------------------------------------------------------------


def initial(name: str, rule: str = "matched", seed: int = 0, **settings: Any) -> Any:
    one = nl.get(name)
    chosen = Settings(initialisation=rule, **settings)
    model = models.built_in(chosen, (28, 28, 1), 10, one)
    return model.init(
        trainer.stream(Trial(name, seed, 1e-3), trainer.WEIGHTS), (28, 28, 1), 10, initialisation.gain(one)
    )


def test_activations_of_one_seed_share_one_draw_scaled_by_their_gains() -> None:
    relu, tanh = initial("relu"), initial("tanh")
    ratio = nl.get("tanh").facts.gain / nl.get("relu").facts.gain
    np.testing.assert_array_equal(relu[0][0], tanh[0][0])
    for (a, _), (b, _) in zip(relu[1:], tanh[1:], strict=True):
        np.testing.assert_allclose(b, a * ratio, rtol=1e-6)


def test_matched_weights_of_relu_are_those_of_he() -> None:
    (first, bias), (second, _), _ = initial("relu")
    assert first.std() == pytest.approx(math.sqrt(1 / 784), rel=0.02)
    assert second.std() == pytest.approx(math.sqrt(2 / 128), rel=0.02)
    assert not bias.any()
    assert first.dtype == bias.dtype == np.float32


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "selu", "gelu"])
def test_matched_weights_keep_the_variance_of_pre_activations_through_depth(name: str) -> None:
    one = nl.get(name)
    signal = np.random.default_rng(5).standard_normal((400, 784)).astype(np.float32)
    for matrix, _ in initial(name, model="deep_mlp", widths=(300,) * 8)[:-1]:
        before = signal @ matrix
        signal = one(before)
    assert before.var() == pytest.approx(1, abs=0.35)


def test_framework_weights_are_glorots_uniform_ones_paired_with_the_matched_draw() -> None:
    framework, matched = initial("relu", "framework")[0][0], initial("relu", "matched")[0][0]
    limit = math.sqrt(6 / (784 + 128))
    assert limit * 0.999 < np.abs(framework).max() <= limit
    assert framework.std() == pytest.approx(limit / math.sqrt(3), rel=0.01)
    np.testing.assert_array_equal(np.argsort(framework[:, 0]), np.argsort(matched[:, 0]))


def test_framework_weights_do_not_depend_on_the_activation() -> None:
    for (a, _), (b, _) in zip(initial("relu", "framework"), initial("tanh", "framework"), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shape", [(6, 5), (4, 3, 3, 2)], ids=["matrix", "kernels"])
def test_fans_are_those_of_keras(shape: tuple[int, ...]) -> None:
    assert initialisation.fans(shape) == ((6, 5) if len(shape) == 2 else (18, 36))


def test_gain_of_a_gated_unit() -> None:
    """E relu(a)^2 E b^2 = 1/2; E sigmoid(b)^2 by a fine sum."""
    z = np.linspace(-9, 9, 20001)
    half = np.average((1 / (1 + np.exp(-z))) ** 2, weights=np.exp(-z * z / 2))
    assert initialisation.gain(nl.get("reglu")) == pytest.approx(math.sqrt(2), rel=1e-6)
    assert initialisation.gain(nl.get("glu")) == pytest.approx(half**-0.5, rel=1e-6)


def test_without_a_gain_it_is_1_and_said() -> None:
    exploding = nl.define("tan(x)")
    assert initialisation.gain(exploding) == 1
    assert initialisation.notes(exploding)[0].startswith("tan(x): no gain is known")
    assert initialisation.notes(nl.get("relu")) == ()


# ---- models ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "shape", "count"),
    [
        ("mlp", (28, 28, 1), 784 * 128 + 128 + 128 * 64 + 64 + 650),
        ("deep_mlp", (28, 28, 1), 784 * 128 + 128 + 7 * (128 * 128 + 128) + 1290),
        ("cnn", (32, 32, 3), 27 * 32 + 32 + 288 * 64 + 64 + 2304 * 64 + 64 + 650),
    ],
)
def test_parameters(model: str, shape: tuple[int, ...], count: int) -> None:
    built = models.built_in(Settings(model=model), shape, 10, nl.get("relu"))
    weights = built.init(np.random.default_rng(0), shape, 10, 1.0)
    assert models.parameter_count(weights) == count
    assert jax.eval_shape(lambda w: built.apply(w, jnp.zeros((5, *shape)), nl.relu), weights).shape == (5, 10)


@pytest.mark.parametrize(("model", "shape"), [("mlp", (28, 28, 1)), ("deep_mlp", (64,)), ("cnn", (32, 32, 3))])
def test_gated_units_have_as_many_parameters(model: str, shape: tuple[int, ...]) -> None:
    plain, gated = (models.built_in(Settings(model=model), shape, 10, nl.get(n)) for n in ("relu", "swiglu"))
    many, few = (models.parameter_count(m.init(np.random.default_rng(0), shape, 10, 1.0)) for m in (plain, gated))
    assert few == pytest.approx(many, rel=0.02)
    assert plain.notes == ()
    assert gated.notes[0].endswith(f"two pre-activations per unit: {few:,} parameters against {many:,}")


def test_a_network_computes_what_numpy_does() -> None:
    weights = initial("tanh")
    images = np.random.default_rng(1).random((3, 28, 28, 1), dtype=np.float32)
    signal = images.reshape(3, -1)
    for matrix, bias in weights[:-1]:
        signal = np.tanh(signal @ matrix + bias)
    answer = models.apply(jax.tree.map(jnp.asarray, weights), jnp.asarray(images), jnp.tanh)
    np.testing.assert_allclose(answer, signal @ weights[-1][0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "widths", "message"),
    [
        (
            (64,),
            None,
            r"model 'cnn' needs images \(height, width, channels\) and at least two widths.*; use model 'mlp'",
        ),
        ((28, 28, 1), (64,), r"got examples of shape \(28, 28, 1\) and 1 widths"),
        ((8, 8, 1), None, r"too deep for images of 8 x 8: nothing is left after the last pooling"),
    ],
)
def test_a_convolutional_network_refuses_what_it_cannot_convolve(shape: Any, widths: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        models.built_in(Settings(model="cnn", widths=widths), shape, 10, nl.get("relu"))


def test_unknown_model() -> None:
    with pytest.raises(InputError, match="no model 'mpl'; did you mean 'mlp'"):
        models.built_in(Settings(model="mpl"), (64,), 10, nl.get("relu"))


# ---- training --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["relu", "swiglu"])
def test_a_perceptron_learns(name: str) -> None:
    run = trained(name, epochs=12)
    assert run.status == "done"
    assert run.test_accuracy > 0.95
    assert run.training_loss[-1] < run.training_loss[0] / 2
    assert [len(v) for v in (run.training_accuracy, run.validation_loss, run.step_seconds)] == [12, 12, 12]


@pytest.mark.parametrize("name", ["relu", "geglu"])
def test_a_convolutional_network_learns(name: str) -> None:
    one = Trainer(nl.get(name), dataset((8, 8, 2)), replace(QUICK, model="cnn", epochs=12, widths=(6, 8)))
    run = one.train(Trial(name, 0, 1e-2))
    assert run.test_accuracy > 0.9


@pytest.mark.parametrize(("optimizer", "schedule"), [*((o, "constant") for o in OPTIMIZERS), ("sgd", "cosine")])
def test_every_optimiser_and_schedule_lowers_the_loss(optimizer: str, schedule: str) -> None:
    run = trained(optimizer=optimizer, schedule=schedule, epochs=3, trial=Trial("tanh", 0, 0.03))
    assert run.training_loss[-1] < run.training_loss[0]


def test_optimisers_step_as_optax_says() -> None:
    """One step of momentum SGD and of AdamW on one number, by hand."""
    weights, gradient = jnp.float32(1), jnp.float32(2)
    sgd = trainer.optimizer(Settings(optimizer="sgd"), 0.1, 10)
    adamw = trainer.optimizer(Settings(optimizer="adamw", weight_decay=0.5), 0.1, 10)
    for one, moved in ((sgd, -0.2), (adamw, -0.1 * (1 + 0.5 * 1))):
        assert float(one.update(gradient, one.init(weights), weights)[0]) == pytest.approx(moved, rel=1e-5)


def test_a_cosine_schedule_ends_at_0() -> None:
    one = trainer.optimizer(Settings(optimizer="sgd", momentum=0, schedule="cosine"), 0.1, 4)
    state, moves = one.init(jnp.float32(0)), []
    for _ in range(5):
        move, state = one.update(jnp.float32(1), state)
        moves.append(float(move))
    np.testing.assert_allclose(moves, [-0.05 * (1 + math.cos(math.pi * n / 4)) for n in range(5)], atol=1e-7)


def test_same_trial_same_bits_whatever_ran_before(tanh: Trainer) -> None:
    first = tanh.train(Trial("tanh", 1, 1e-2))
    tanh.train(Trial("tanh", 2, 0.5))
    assert measured(tanh.train(Trial("tanh", 1, 1e-2))) == measured(first)


IN_A_PROCESS = """
import json, sys
sys.path.insert(0, sys.argv[1])
from test_trainer import measured, trained
print(json.dumps(measured(trained())))
"""


def test_same_bits_in_a_worker_process_of_one_thread(tanh: Trainer) -> None:
    """This process may have several threads; a worker has one."""
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", IN_A_PROCESS, os.path.dirname(__file__)]
    done = subprocess.run(
        command, env={**os.environ, **paths, **threads.ENVIRONMENT}, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == json.loads(json.dumps(measured(tanh.train(Trial("tanh", 0, 1e-2)))))


def test_seeds_and_phases_differ(tanh: Trainer) -> None:
    trials = (Trial("tanh", 0, 1e-2), Trial("tanh", 1, 1e-2), Trial("tanh", 0, 1e-2, "tuning"))
    assert len({tanh.train(t).training_loss for t in trials}) == 3


def test_two_spellings_of_one_function_are_trained_alike(tanh: Trainer) -> None:
    """Compiled apart, but of the same gain, weights and batches."""
    spelt, known = trained(nl.define("2*tanh(x)/2")), tanh.train(Trial("tanh", 0, 1e-2))
    np.testing.assert_allclose(spelt.training_loss, known.training_loss, rtol=1e-5)
    np.testing.assert_allclose(spelt.test_loss, known.test_loss, rtol=1e-5)


def test_one_compiled_epoch_serves_every_seed_and_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    traces = []
    original = trainer.run_epoch
    monkeypatch.setattr(trainer, "run_epoch", lambda *a: traces.append(1) or original(*a))
    one = Trainer(nl.get("tanh"), dataset(), QUICK)
    for seed, rate in ((0, 1e-2), (1, 1e-2), (1, 1e-3)):
        one.train(Trial("tanh", seed, rate))
    assert len(traces) == 1


def test_the_measures_are_those_of_numpy() -> None:
    """One batch of all examples: its training loss is that of the initial weights, before the step."""
    data = dataset()
    one = Trainer(nl.get("tanh"), data, replace(QUICK, batch_size=100, epochs=1))
    trial = Trial("tanh", 0, 1e-9)  # so small a rate that validation and test see the same weights
    run, weights = one.train(trial), one.start(trial)[0]
    for part, found in (
        (data.training, (run.training_loss[0], run.training_accuracy[0])),
        (data.validation, (run.validation_loss[0], run.validation_accuracy[0])),
        (data.test, (run.test_loss, run.test_accuracy)),
    ):
        np.testing.assert_allclose(found, measured_in_numpy(weights, part), rtol=1e-4)


def measured_in_numpy(weights: Any, part: Examples) -> tuple[float, float]:
    signal = part.images.reshape(len(part), -1).astype(float)
    *hidden, (last, bias) = [tuple(np.asarray(v, float) for v in layer) for layer in weights]
    for matrix, shift in hidden:
        signal = np.tanh(signal @ matrix + shift)
    logits = signal @ last + bias
    losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(part)), part.labels]
    return losses.mean(), (logits.argmax(1) == part.labels).mean()


def test_nothing_held_out_nothing_measured() -> None:
    run = trained(data=dataset(held_out=0))
    assert (run.validation_loss, run.validation_accuracy) == ((), ())
    assert math.isfinite(run.test_loss)


def test_a_diverged_network_is_recorded_at_its_epoch_and_the_next_trains() -> None:
    one = Trainer(nl.define("exp(x)", name="raw"), dataset(), replace(QUICK, epochs=5, optimizer="sgd"))
    run = one.train(Trial("raw", 0, 50.0))
    assert (run.status, run.diverged_epoch) == ("diverged", len(run.training_loss))
    assert run.diverged_epoch < 5
    assert not math.isfinite(run.training_loss[-1])
    assert math.isnan(run.test_loss)
    assert math.isnan(run.test_accuracy)
    assert one.train(Trial("raw", 0, 1e-4)).status == "done"


def test_every_epoch_is_told(tanh: Trainer) -> None:
    told: list[int] = []
    tanh.train(Trial("tanh", 0, 1e-2), told.append)
    assert told == [1, 2]


def test_an_interrupted_training_leaves_the_trainer_usable(tanh: Trainer) -> None:
    def stop(epoch: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tanh.train(Trial("tanh", 0, 1e-2), stop)
    assert tanh.train(Trial("tanh", 0, 1e-2)).status == "done"


def test_a_run_says_what_it_took(tanh: Trainer) -> None:
    run = tanh.train(Trial("tanh", 3, 1e-2))
    assert (run.activation, run.seed, run.learning_rate, run.phase) == ("tanh", 3, 1e-2, "fresh")
    assert (run.steps_per_epoch, run.parameters) == (6, 16 * 12 + 12 + 12 * 4 + 4)
    assert run.compile_seconds > 0
    assert min(run.step_seconds) > 0


def test_a_batch_order_is_a_shuffle_of_whole_batches() -> None:
    order = trainer.batches(np.random.default_rng(0), 70, 32)
    assert order.shape == (2, 32)
    assert len(np.unique(order)) == 64


def test_a_batch_larger_than_the_data() -> None:
    with pytest.raises(InputError, match="batch_size must be at most 100, the number of training examples"):
        trained(batch_size=101)


# ---- the user's own model --------------------------------------------------------------------------------------------


def own_init(random: np.random.Generator, shape: tuple[int, ...], classes: int, gain: float) -> dict[str, Any]:
    inputs = math.prod(shape)
    return {"in": random.standard_normal((inputs, 9)) / inputs**0.5, "out": random.standard_normal((9, classes)) * gain}


def own_apply(weights: dict[str, Any], images: Any, activation: Any) -> Any:
    return activation(images.reshape(len(images), -1) @ weights["in"]) @ weights["out"]


def test_the_users_own_model() -> None:
    run = trained(model=models.Model(own_init, own_apply), epochs=10)
    assert run.test_accuracy > 0.8
    assert run.parameters == 16 * 9 + 9 * 4


def test_a_model_that_does_not_answer_with_logits() -> None:
    wrong = models.Model(own_init, lambda w, images, activation: own_apply(w, images, activation)[:, :3])
    with pytest.raises(
        InputError, match=r"the model's apply gave \(100, 3\) for 100 examples, expected logits of \(100, 4\)"
    ):
        trained(model=wrong)
