"""The study: what compare() trains, measures, writes and refuses. Real data, real training, real files."""

from __future__ import annotations

import csv
import gzip
import json
import math
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import nonlin as nl
from nonlin.cli.compare import cells
from nonlin.errors import DataError, InputError, MissingDependency, UnknownActivation
from nonlin.study import Study, compare
from nonlin.study.candidates import candidates
from nonlin.study.dependencies import require
from nonlin.study.results import Network
from nonlin.study.settings import Settings

jax = pytest.importorskip("jax")
pytest.importorskip("optax")
pytest.importorskip("sklearn")

from nonlin.study import data, models, trainer  # noqa: E402 - they need the extra


@pytest.fixture(scope="module")
def study() -> Study:
    """relu and tanh on the digits, two seeds, three epochs: enough to learn."""
    return compare(["relu", "tanh"], seeds=2, epochs=3)


@pytest.fixture(scope="module")
def small() -> tuple[Study, list[tuple[int, int, str]]]:
    """A name, a formula and an Activation, one seed, two epochs of 64 images; and what the progress callback saw."""
    seen: list[tuple[int, int, str]] = []
    given = ["Leaky ReLU", "2*tanh(x)/2", nl.get("tanh"), "exp(exp(5*x))"]
    study = compare(given, seeds=1, epochs=2, limit=64, progress=lambda *told: seen.append(told))
    return study, seen


def quick(activations: object, **settings: object) -> Study:
    """The smallest real study."""
    return compare(activations, **{"seeds": 1, "epochs": 1, "limit": 64, **settings})  # type: ignore[arg-type]


def notes(*activations: object, seeds: int = 5) -> list[str]:
    return candidates(activations, seeds)[1]  # type: ignore[arg-type]


# ---- training --------------------------------------------------------------------------------------------------------


def test_learns_the_digits(study: Study) -> None:
    assert min(row["test_accuracy_mean"] for row in study.table()) > 0.9


def test_losses_fall(study: Study) -> None:
    network = study.networks[0]
    assert list(network.training_loss) == sorted(network.training_loss, reverse=True)
    assert list(network.test_loss) == sorted(network.test_loss, reverse=True)


def test_same_call_same_bits(study: Study) -> None:
    assert compare(["relu", "tanh"], seeds=2, epochs=3).curves() == study.curves()


def test_results_do_not_depend_on_the_company(study: Study) -> None:
    alone = compare(["tanh"], seeds=2, epochs=3)
    assert alone.curves() == [point for point in study.curves() if point["activation"] == "tanh"]


def test_seeds_differ(study: Study) -> None:
    first, second = study.of("relu")
    assert first.test_loss != second.test_loss


def test_seeds_are_paired_across_activations(small: tuple[Study, object]) -> None:
    """Two formulas of one function, compiled apart: the same weights and batches must give the same curves."""
    written, known = small[0].of("2*tanh(x)/2")[0], small[0].of("tanh")[0]
    assert written.training_loss == pytest.approx(known.training_loss, rel=1e-5)
    assert written.test_loss == pytest.approx(known.test_loss, rel=1e-5)


def test_one_trace_serves_every_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    traces = []
    original = trainer.run_epoch
    monkeypatch.setattr(trainer, "run_epoch", lambda *a: traces.append(a[0].name) or original(*a))
    compare("relu", seeds=3, epochs=2, limit=64)
    assert traces == ["relu"]


def test_a_batch_order_is_a_shuffle_of_whole_batches() -> None:
    order = trainer.batches(seed=1, epoch=2, size=70, batch_size=32)
    assert order.shape == (2, 32)
    assert len(np.unique(order)) == 64
    assert not np.array_equal(order, trainer.batches(seed=1, epoch=3, size=70, batch_size=32))


def test_initial_weights_have_the_spread_of_he() -> None:
    (matrix, bias), *_ = models.init(784, 10, np.random.default_rng(0))
    assert matrix.shape == (784, 128)
    assert matrix.std() == pytest.approx(math.sqrt(2 / 784), rel=0.02)
    assert not bias.any()


def test_the_network_computes_affine_maps_and_activations() -> None:
    weights = models.init(4, 10, np.random.default_rng(0))
    images = np.ones((3, 4), np.float32)
    hidden = np.tanh(np.tanh(images @ weights[0][0]) @ weights[1][0])
    answer = models.apply(jax.tree.map(jax.numpy.asarray, weights), jax.numpy.asarray(images), jax.numpy.tanh)
    np.testing.assert_allclose(answer, hidden @ weights[2][0], rtol=1e-5, atol=1e-6)


def test_the_measures_of_an_epoch_are_those_of_its_weights() -> None:
    """The test measures, recomputed in NumPy from the trained weights; the loss of one batch, from the first ones."""
    settings = Settings(epochs=1, limit=64, batch_size=64)
    examples = tuple(jax.device_put(array) for array in vars(data.load(settings)).values())
    one = trainer.Trainer(nl.get("tanh"), examples, settings)
    weights, state = one.start(0)
    order = trainer.batches(0, 0, 64, 64)
    after, _, measured = one.epoch(weights, state, order, *one.examples)
    images, labels, test_images, test_labels = (np.asarray(v) for v in one.examples)
    before = cross_entropy_in_numpy(weights, images, labels)
    logits = logits_in_numpy(after, test_images)
    accuracy = (logits.argmax(1) == test_labels).mean()
    expected = (before, cross_entropy_in_numpy(after, test_images, test_labels), accuracy)
    np.testing.assert_allclose(measured, expected, rtol=1e-4)


def logits_in_numpy(weights: models.Weights, images: np.ndarray) -> np.ndarray:
    (a, b), (c, d), (e, f) = [tuple(np.asarray(v, np.float64) for v in layer) for layer in weights]
    return np.tanh(np.tanh(images @ a + b) @ c + d) @ e + f


def cross_entropy_in_numpy(weights: models.Weights, images: np.ndarray, labels: np.ndarray) -> float:
    logits = logits_in_numpy(weights, images)
    return float(np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(len(labels)), labels]))


def test_progress_counts_every_epoch(small: tuple[Study, list[tuple[int, int, str]]]) -> None:
    study, seen = small
    assert [(done, total) for done, total, _ in seen] == [(n, 8) for n in range(1, 9)]
    assert sorted(name for _, _, name in seen) == sorted(2 * [f"{name}, seed 0" for name in study.activations])


# ---- which activations -----------------------------------------------------------------------------------------------


def test_names_formulas_and_activations_are_trained_in_the_order_given(small: tuple[Study, object]) -> None:
    assert small[0].activations == ["leaky_relu", "2*tanh(x)/2", "tanh", "exp(exp(5*x))"]


@pytest.mark.parametrize(
    ("given", "note"),
    [
        (["silu", "swish1"], "swish1 is the same function as silu; it is trained once, as silu"),
        (["silu", "swish"], "swish is the same function as silu; it is trained once, as silu"),
        (["relu", "relu"], "relu was given more than once; it is trained once"),
    ],
    ids=str,
)
def test_one_function_is_trained_once(given: list[str], note: str) -> None:
    chosen, notes = candidates(given, seeds=5)
    assert [a.name for a in chosen] == given[:1]
    assert note in notes


def test_other_parameters_are_another_function() -> None:
    assert len(candidates(["elu", nl.get("elu").with_parameters(alpha=0.5)], seeds=5)[0]) == 2


def test_constant_learnable_parameters_are_noted() -> None:
    assert notes("prelu", "relu") == ["prelu: weight = 0.25 throughout; not trained or drawn"]


def test_one_seed_separates_nothing(small: tuple[Study, object]) -> None:
    assert any(note.startswith("one seed separates nothing") for note in small[0].notes)
    assert small[0].table()[0]["test_accuracy_sd"] is None


def test_several_seeds_need_no_such_note(study: Study) -> None:
    assert study.notes == []


def test_one_activation_has_nothing_to_compare_with() -> None:
    assert notes("relu") == ["only relu was trained; there is nothing to compare it with"]


def test_a_diverged_network_stays_and_is_said(small: tuple[Study, object]) -> None:
    row = small[0].table()[3]
    assert row["diverged"] == 1
    assert math.isnan(row["final_training_loss"])
    assert "exp(exp(5*x)): 1 of 1 networks diverged (the loss is not a finite number)" in small[0].notes


# ---- results ---------------------------------------------------------------------------------------------------------


def made_up(*accuracies: tuple[float, ...]) -> Study:
    """A study of networks with these test accuracies, for arithmetic that training would not reach."""
    networks = [Network("relu", i, (1.0,) * len(a), (1.0,) * len(a), a, 2.0 + i) for i, a in enumerate(accuracies)]
    return Study(Settings(), networks, {"relu": 3.0})


def test_table_gives_mean_spread_and_median() -> None:
    row = made_up((0.5, 0.96), (0.95, 0.98), (0.96, 0.94)).table()[0]
    assert row["test_accuracy_mean"] == pytest.approx(0.96)
    assert row["test_accuracy_sd"] == pytest.approx(0.02)
    assert (row["epochs_to_95"], row["reached_95"], row["seeds"]) == (1, 3, 3)
    assert (row["training_seconds"], row["compile_seconds"]) == (3.0, 3.0)


@pytest.mark.parametrize(
    ("accuracies", "middle", "reached"),
    [
        (((0.1, 0.96), (0.1, 0.2), (0.1, 0.97)), 2, 2),
        (((0.1, 0.96), (0.1, 0.2), (0.1, 0.3)), None, 1),
        (((0.1, 0.96), (0.1, 0.2)), None, 1),
    ],
)
def test_a_miss_counts_as_later_than_any_epoch(
    accuracies: tuple[tuple[float, ...], ...], middle: float | None, reached: int
) -> None:
    row = made_up(*accuracies).table()[0]
    assert (row["epochs_to_95"], row["reached_95"]) == (middle, reached)


def test_files(study: Study, tmp_path: Path) -> None:
    paths = study.save(tmp_path / "new" / "folder")
    assert [p.name for p in paths] == ["curves.png", "runs.csv", "curves.csv"]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    runs, curves = (list(csv.DictReader(p.read_text().splitlines())) for p in paths[1:])
    assert [(r["activation"], r["seed"]) for r in runs] == [(a, s) for a in ("relu", "tanh") for s in "01"]
    assert (runs[0]["data"], runs[0]["epochs"], runs[0]["learning_rate"]) == ("digits", "3", "0.001")
    assert len(curves) == 2 * 2 * 3
    assert float(curves[2]["test_accuracy"]) == study.networks[0].test_accuracy[-1]


def test_compare_writes_into_the_folder_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    quick("relu", output="out")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["curves.csv", "curves.png", "runs.csv"]


def test_output_may_not_be_a_file(study: Study, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(InputError, match=r"taken' \(it is a file or lies in one\); name another"):
        study.save(tmp_path / "taken")


def test_picture_shows_every_measure_and_leaves_pyplot_alone(study: Study) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    picture = study.plot("curves")
    assert pyplot.get_fignums() == []
    assert [axes.get_title().split(" (")[0] for axes in picture.axes] == ["test accuracy", "training loss", "test loss"]
    drawn = picture.axes[2].lines[0].get_ydata()
    np.testing.assert_allclose(drawn, np.mean([n.test_loss for n in study.of("relu")], axis=0))
    assert [text.get_text() for text in picture.figure.legends[0].get_texts()] == ["relu", "tanh"]


def test_a_picture_with_a_diverged_network_is_drawn(small: tuple[Study, object], tmp_path: Path) -> None:
    picture = small[0].plot()
    picture.save(tmp_path / "curves.svg")
    assert (tmp_path / "curves.svg").stat().st_size > 10_000
    assert np.isnan(picture.axes[1].lines[3].get_ydata()).all()


def test_lines_differ_in_colour_and_dashes(study: Study) -> None:
    first, second = study.plot("curves").axes[0].lines
    assert first.get_color() != second.get_color()
    assert first.is_dashed() != second.is_dashed()


def test_unknown_picture(study: Study) -> None:
    with pytest.raises(InputError, match=r"no picture 'curve' of a study; did you mean 'curves'\?"):
        study.plot("curve")


# ---- data ------------------------------------------------------------------------------------------------------------


def test_digits_are_split_for_good() -> None:
    digits = data.digits()
    assert digits.train_images.shape == (1437, 64)
    assert digits.test_images.shape == (360, 64)
    assert (digits.train_images.min(), digits.train_images.max()) == (0, 1)
    assert digits.test_labels[:8].tolist() == [7, 9, 4, 7, 0, 2, 6, 1]


def idx(array: np.ndarray) -> bytes:
    """The bytes of an IDX file."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    """A folder with a small MNIST: 96 training and 32 test images, each showing its label as a bright row."""
    write_mnist(tmp_path / "MNIST" / "raw", packed=True)
    return tmp_path


def write_mnist(folder: Path, *, packed: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part, count in (("train", 96), ("t10k", 32)):
        labels = np.arange(count) % 10
        images = np.zeros((count, 28, 28))
        images[np.arange(count), 2 * labels] = 255
        write(folder / f"{part}-images-idx3-ubyte", idx(images), packed)
        write(folder / f"{part}-labels-idx1-ubyte", idx(labels), packed)


def write(path: Path, content: bytes, packed: bool) -> None:
    if packed:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content))
    else:
        path.write_bytes(content)


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize("layout", ["", "raw", "MNIST/raw"])
def test_mnist_is_found_in_the_usual_places(tmp_path: Path, layout: str, packed: bool) -> None:
    write_mnist(tmp_path / layout, packed=packed)
    found = data.mnist(tmp_path)
    assert found.train_images.shape == (96, 784)
    assert found.test_labels.tolist() == [n % 10 for n in range(32)]
    assert found.train_images[3].reshape(28, 28)[6].tolist() == [1.0] * 28


def test_a_study_trains_on_mnist_files(mnist: Path) -> None:
    study = compare("relu", data="mnist", data_dir=mnist, seeds=1, epochs=8, learning_rate=0.01)
    assert study.table()[0]["test_accuracy_mean"] > 0.95


def test_limit_takes_the_first_training_images(mnist: Path) -> None:
    chosen = data.load(Settings(data="mnist", limit=40), mnist)
    assert np.array_equal(chosen.train_images, data.mnist(mnist).train_images[:40])
    assert len(chosen.test_labels) == 32


TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
WHOLE = idx(np.zeros((2, 28, 28)))
DAMAGE = {  # what is written to the file, and what the refusal says
    "not gzip": (b"hello", r"train-images-idx3-ubyte\.gz is not a whole gzip file .*; download"),
    "gzip cut short": (gzip.compress(WHOLE)[:-12], r"train-images-idx3-ubyte\.gz is not a whole gzip file"),
    "gzip corrupt": (gzip.compress(WHOLE)[:20] + b"\0" * 40, r"is not a whole gzip file"),
    "wrong kind": (gzip.compress(idx(np.zeros(2))), r"IDX file of images: it begins with 00000801, expected 00000803"),
    "empty": (gzip.compress(b""), r"it begins with nothing, expected 00000803; download it again"),
    "data cut short": (gzip.compress(WHOLE[:-1]), r"1583 bytes unpacked, expected 1584 for an array of 2 x 28 x 28"),
    "data too long": (gzip.compress(WHOLE + b"\0"), r"holds 1585 bytes unpacked, expected 1584"),
    "absurd size": (gzip.compress(struct.pack(">4I", 2051, *[2**32 - 1] * 3)), r"16 bytes unpacked, expected 7922816"),
    "no images": (gzip.compress(idx(np.zeros((0, 28, 28)))), r"expected 16 for an array of 0 x 28 x 28"),
    "other count": (gzip.compress(WHOLE), r"2 images but .*train-labels-idx1-ubyte\.gz 96 labels; expected as many"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_files_are_named(mnist: Path, content: bytes, message: str) -> None:
    (mnist / "MNIST" / "raw" / TRAIN_IMAGES).write_bytes(content)
    with pytest.raises(DataError, match=message):
        data.mnist(mnist)


def test_a_label_above_nine_is_refused(mnist: Path) -> None:
    (mnist / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.full(32, 10))))
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte\.gz holds the label 10, expected 0 to 9"):
        data.mnist(mnist)


def test_a_missing_file_is_named(mnist: Path) -> None:
    (mnist / "MNIST" / "raw" / TRAIN_IMAGES).unlink()
    with pytest.raises(DataError, match=r"raw' lacks train-images-idx3-ubyte \(plain or \.gz\)"):
        data.mnist(mnist)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no data folder '.*nowhere'; expected a folder with train-"):
        quick("relu", data="mnist", data_dir=tmp_path / "nowhere")


def test_a_folder_without_mnist_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no MNIST file in '.*' nor in its raw or MNIST/raw; expected train-"):
        data.mnist(tmp_path)


def test_mnist_needs_a_folder() -> None:
    with pytest.raises(DataError, match=r"data 'mnist' needs data_dir \(--data-dir\), a folder with train-images-idx3"):
        quick("relu", data="mnist")


# ---- bad settings ----------------------------------------------------------------------------------------------------

REFUSED = [
    ({"epochs": 0}, r"epochs must be a whole number of at least 1, got epochs=0"),
    ({"seeds": 0}, r"seeds must be a whole number of at least 1, got seeds=0"),
    ({"seeds": 2.5}, r"seeds must be a whole number of at least 1, got seeds=2\.5"),
    ({"seeds": True}, r"seeds must be a whole number of at least 1, got seeds=True"),
    ({"batch_size": 0}, r"batch_size must be a whole number of at least 1, got batch_size=0"),
    ({"batch_size": 65}, r"batch_size must be at most 64, the number of training images, got batch_size=65"),
    ({"limit": 0}, r"limit must be a whole number of at least 1, got limit=0"),
    ({"limit": 1438}, r"limit must be at most 1437, the number of training images, got limit=1438"),
    ({"learning_rate": -0.1}, r"learning_rate must be a finite number above 0 such as 0\.001, got learning_rate=-0\.1"),
    ({"learning_rate": math.nan}, r"learning_rate must be a finite number above 0 .* got learning_rate=nan"),
    ({"learning_rate": "fast"}, r"learning_rate must be a finite number above 0 .* got learning_rate='fast'"),
    ({"data": "mnits"}, r"no data set 'mnits'; did you mean 'mnist'\? known: digits, mnist"),
    ({"model": "resnet"}, r"no model 'resnet'; known: mlp"),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED, ids=[str(s) for s, _ in REFUSED])
def test_bad_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        quick("relu", **settings)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], r"compare got no activation, expected at least one"),
        (["relu", "softmax"], r"softmax is not elementwise, so it cannot be the activation of a hidden layer"),
        (["swiglu"], r"swiglu is not elementwise"),
        ([3], r"expected a name, a formula text or an Activation, got 3; for example 'relu'"),
        ([nl.define("tanh(x)/2", name="mine"), nl.define("tanh(x)/3", name="mine")], r"both called 'mine'; give one"),
    ],
    ids=["none", "softmax", "swiglu", "number", "one name twice"],
)
def test_bad_candidates_are_refused(given: list[object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        quick(given)


def test_an_unknown_name_is_refused_before_training() -> None:
    with pytest.raises(UnknownActivation, match=r"no activation 'rleu'; did you mean 'relu'\?"):
        quick(["tanh", "rleu"])


def test_a_missing_library_names_the_extra() -> None:
    message = r"needs a_library_nobody_wrote, which is not installed; run: pip install nonlin\[study\]"
    with pytest.raises(MissingDependency, match=message):
        require("jax", "a_library_nobody_wrote")


# ---- command line ----------------------------------------------------------------------------------------------------


def run(*arguments: str) -> object:
    from nonlin.cli import main

    return CliRunner().invoke(main, ["compare", *arguments])


QUICK = ("--seeds", "1", "--epochs", "1", "--limit", "64")


def test_command_prints_a_row_per_activation_the_notes_and_the_files(tmp_path: Path) -> None:
    result = run("relu", "tanh", *QUICK, "-o", str(tmp_path))
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert [line.split()[0] for line in lines[:3]] == ["activation", "relu", "tanh"]
    assert len({len(line) for line in lines[:3]}) == 1
    assert lines[-2].startswith("note: one seed separates nothing")
    assert lines[-1] == f"written: {tmp_path / 'curves.png'}, {tmp_path / 'runs.csv'}, {tmp_path / 'curves.csv'}"
    assert (tmp_path / "curves.png").stat().st_size > 10_000
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("accuracies", "accuracy", "reached"),
    [
        (((0.5, 0.96), (0.95, 0.98)), "97.00 ± 1.41 %", "1.5"),
        (((0.1, 0.96), (0.1, 0.2), (0.1, 0.97)), "71.00 ± 44.17 %", "2 (2 of 3 reached)"),
        (((0.1, 0.2),), "20.00 %", "0 of 1 reached"),
    ],
)
def test_printed_cells_admit_misses(accuracies: tuple[tuple[float, ...], ...], accuracy: str, reached: str) -> None:
    printed = cells(made_up(*accuracies).table()[0])
    assert (printed[1], printed[4]) == (accuracy, reached)


def test_command_gives_json(tmp_path: Path) -> None:
    result = run("elu", "--set", "alpha=0.5", "--json", *QUICK, "-o", str(tmp_path))
    answer = json.loads(result.output)
    assert answer["table"][0]["activation"] == "elu(alpha=0.5)"
    assert answer["settings"]["limit"] == 64


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("relu", "--epochs", "0"), "Error: epochs must be a whole number of at least 1, got epochs=0\n"),
        (("relu", "--lr", "nan"), "Error: learning_rate must be a finite number above 0 such as 0.001"),
        (("relu", "--set", "alpha=2"), "Error: --set alpha: none of relu has a parameter of that name\n"),
        (("relu", "--data", "mnist", "--data-dir", "nowhere"), "Error: there is no data folder 'nowhere'"),
    ],
)
def test_command_refuses_in_a_sentence(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.output.startswith(message)


def test_importing_the_study_loads_no_heavy_library() -> None:
    heavy = "jax optax sklearn matplotlib rich numpy"
    code = f"import sys, nonlin.study, nonlin.cli.compare; print([m for m in '{heavy}'.split() if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded == "[]\n"
