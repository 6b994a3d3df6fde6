"""The why pages: every script of examples/ runs, quickly and without a warning, and what its text claims is so."""

import ast
import pickle
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
HELPERS = {"comparison", "drawing", "network"}
SCRIPTS = sorted(p.stem for p in EXAMPLES.glob("*.py") if p.stem not in HELPERS)
SECONDS = 20  # of processor time: the wall clock of a shared machine says little
MORE_SECONDS = {  # two studies, each with a process that compiles
    "confounded_initialisation": 40,
    "confounded_rate": 40,
    "keras_layer": 60,  # a network that is compiled, and a second process
}

# All of a script but its last line, so that what it measured can be had from the same run.
DRIVER = """
import importlib, pathlib, pickle, sys
name, folder = sys.argv[1:]
sys.argv = [name, folder]
script = importlib.import_module(name)
found = script.measure()
script.measure = lambda: found
script.main()
pathlib.Path(folder, "found.pickle").write_bytes(pickle.dumps(found))
"""


def python(*words, cwd=EXAMPLES):
    return subprocess.run(
        [sys.executable, "-W", "error", *words], cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A script's one run in a process of its own: the process, its processor time and its folder."""

    @cache
    def once(name):
        folder = tmp_path_factory.mktemp(name)
        before = processor_seconds()
        done = python("-c", DRIVER, name, str(folder))
        return done, processor_seconds() - before, folder

    return once


@pytest.fixture(scope="module")
def found(run):
    """What a script measured."""

    def measured(name):
        done, _, folder = run(name)
        assert done.returncode == 0, done.stderr
        return pickle.loads((folder / "found.pickle").read_bytes())

    return measured


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_runs_without_a_warning_and_says_something(name, run):
    done, seconds, _ = run(name)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert 3 <= len(done.stdout.splitlines()) <= 20
    assert seconds < MORE_SECONDS.get(name, SECONDS)


def test_more_time_is_for_scripts_that_exist():
    assert set(MORE_SECONDS) <= set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_picture_is_a_png_of_reasonable_size(name, run):
    content = (run(name)[2] / f"{name}.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert content[16:24] == (1530).to_bytes(4) + (615).to_bytes(4)  # 10.2 x 4.1 inches at 150 dpi
    assert 20_000 < len(content) < 300_000


def test_a_script_runs_as_a_reader_starts_it(tmp_path):
    done = python(str(EXAMPLES / "softmax_stability.py"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "softmax_stability.png").exists()


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_explains_itself_and_is_in_the_index(name):
    text = (EXAMPLES / f"{name}.py").read_text()
    explained = ast.get_docstring(ast.parse(text))
    assert "What to see." in explained
    assert "What to conclude." in explained
    assert text.endswith('if __name__ == "__main__":\n    main()\n')
    assert f"[{name}.py]({name}.py)" in (EXAMPLES / "README.md").read_text()


def test_missing_torch_is_said_in_one_sentence():
    done = python("-c", "import sys; sys.modules['torch'] = None; import derivative_against_autograd")
    assert done.stderr.splitlines()[-1] == (
        "nonlin.errors.MissingDependency: this example needs torch, which is not installed; "
        "run: pip install nonlin[torch]"
    )


# ---- the network that the scripts train ---------------------------------------------------------------------------


def test_back_propagation_is_the_gradient(monkeypatch):
    """One small step against central differences of the loss."""
    monkeypatch.syspath_prepend(EXAMPLES)
    import network

    import nonlin as nl

    x, wanted = np.random.default_rng(1).standard_normal((2, 7, 3))

    def loss(layers):
        return ((network.forward(layers, nl.tanh, x)[1][-1] - wanted) ** 2).sum(axis=(1, 2))

    start = network.initialise([3, 4, 5, 3], seeds=2)
    trained = [(w.copy(), b.copy()) for w, b in start]
    network.train(trained, nl.tanh, x, lambda z, batch: 2 * (z - wanted[batch]), [np.arange(7)], rate=1.0)
    for layer, part, place in [(0, 0, (0, 2, 1)), (1, 1, (1, 0, 3)), (2, 0, (1, 4, 0))]:
        losses = []
        for h in (1e-5, -1e-5):
            moved = [(w.copy(), b.copy()) for w, b in start]
            moved[layer][part][place] += h
            losses.append(loss(moved)[place[0]])
        step = trained[layer][part][place] - start[layer][part][place]
        assert step == pytest.approx(-(losses[0] - losses[1]) / 2e-5, rel=1e-6)


# ---- what the texts claim -----------------------------------------------------------------------------------------


def test_a_deep_linear_network_is_the_least_squares_line(found):
    result = found("why_nonlinear")
    assert result["from its own line"] < 1e-12
    assert result["from least squares"] < 1e-6
    assert result["errors"]["identity"] == pytest.approx(result["least squares error"], rel=1e-9)
    for name in ("relu", "tanh"):
        assert result["errors"][name].max() < 0.1 * result["least squares error"]


def test_sigmoid_gradients_stay_below_their_bound_and_others_do_not(found):
    result = found("vanishing_gradients")
    assert (result["chain"] <= result["bound"]).all()
    left = {label: shares[-1] for label, shares in result["networks"].items()}
    assert left["sigmoid"].max() < 1e-12
    assert left["sigmoid, weights 4 times larger"].min() > 1e-7
    assert left["sigmoid, weights 4 times larger"].max() < 1e-2
    assert left["tanh"].min() > 0.05
    assert left["relu, He's weights"].min() > 0.05


def test_a_saturated_sigmoid_cannot_tell_its_inputs_apart_and_does_not_learn(found):
    result = found("saturation")
    value, slope = result["far"]["sigmoid"]
    assert value.tolist() == [1.0, 1.0]
    assert slope.tolist() == [27 * 2.0**-149, 0.0]  # e^-100 = 3.72e-44, to a multiple of the smallest number
    assert result["far"]["relu"][0].tolist() == [100.0, 1000.0]
    assert result["exactly one from"] == pytest.approx(25 * np.log(2), abs=0.01)
    assert (result["shortcut"][result["x"] > 17.33] == 0).all()
    assert result["x"][result["derivative"] > 0].max() == pytest.approx(150 * np.log(2), abs=0.01)
    assert result["squared error"][-1, 2] > 0.9999
    assert result["cross-entropy"][30].max() < 0.06


def test_the_relu_unit_dies_and_the_others_recover(found):
    result = found("dying_relu")
    dead = result["relu, rate 0.9"]
    assert dead["active"][0, 0] == 1
    assert (dead["active"][1:, 0] == 0).all()
    assert dead["gradient"][0] == 0
    inactive = dead["active"][-1] == 0
    assert inactive.mean() > 0.3
    assert (dead["gradient"][inactive] == 0).all()
    for label in ("leaky_relu, rate 0.9", "elu, rate 0.9"):
        assert result[label]["active"][1, 0] == 0
        assert result[label]["active"][-1].min() > 0
        assert result[label]["loss"].max() < 0.1
    assert result["relu, rate 0.1"]["active"].min() > 0
    gelu = result["gelu, rate 0.9"]
    assert 0 < gelu["gradient"][0] < 1e-2
    assert gelu["active"][-1, 0] == 0


def test_inputs_with_a_mean_slow_gradient_descent_down(found):
    result = found("zero_centred")
    assert result["one sign"]["sigmoid"] == result["one sign"]["relu"] == 1
    assert result["one sign"]["tanh"] == result["one sign"]["sigmoid - 1/2"] == 0
    mean = {label: numbers.mean() for label, numbers in result["condition"].items()}
    assert mean["sigmoid"] > 50 * mean["sigmoid - 1/2"]
    assert mean["sigmoid"] > 5 * mean["relu"]
    steps = {label: np.argmax(losses < 1e-3, axis=1) for label, losses in result["losses"].items()}
    assert steps["sigmoid"].min() > 5 * steps["relu"].max()
    assert steps["relu"].min() > 2 * steps["tanh"].max()
    assert min(result["lengths"]["sigmoid"]) > max(result["lengths"]["sigmoid - 1/2"])
    moves = np.diff(result["paths"]["sigmoid"], axis=0)
    assert (moves[:, 0] * moves[:, 1] >= 0).all()


def test_relu_networks_are_sparse_and_the_others_are_not(found):
    result = found("sparsity")
    assert result["relu"]["before"] == pytest.approx(0.5, abs=0.1)
    assert result["relu"]["after"].min() > 0.2
    for name in ("gelu", "elu"):
        assert not result[name]["before"].any()
        assert not result[name]["after"].any()
    accuracies = {name: run["accuracy"] for name, run in result.items()}
    assert min(accuracy.min() for accuracy in accuracies.values()) > 0.95
    assert max(abs(a.mean() - b.mean()) for a in accuracies.values() for b in accuracies.values()) < 0.02


def test_softmax_and_its_logarithm_hold_where_the_naive_ones_end(found):
    result = found("softmax_stability")
    for what, right in {
        "softmax of 1000, 0": [1, 0],
        "softmax of -1000, -1001": [1 / (1 + np.exp(-1)), 1 / (1 + np.e)],
    }.items():
        naive, ours = result[what]
        assert np.isnan(naive).any()
        assert ours == pytest.approx(right, rel=1e-15)
    naive, ours = result["log softmax of 0, -20"]
    assert naive[0] == 0
    assert ours.tolist() == pytest.approx([-2.0611536e-09, -20.0], rel=1e-7)
    x, losses = result["x"], result["losses"]
    assert np.isnan(losses["log of the naive softmax"][x > 88.73, 0]).all()
    assert (losses["log of a stable softmax"][x > 17.33, 0] == 0).all()
    assert np.isinf(losses["log of a stable softmax"][x > 103.98, 1]).all()
    exact = np.logaddexp(0, np.stack([-x, x], axis=-1).astype(np.float64))
    assert np.allclose(losses["log_softmax"], exact, rtol=1e-7, atol=1e-45)


def test_gelu_and_its_tanh_form_differ_as_stated(found):
    result = found("gelu_exact_or_tanh")
    assert np.abs(result["value"]).max() == pytest.approx(4.732e-4, rel=1e-3)
    assert np.abs(result["derivative"]).max() == pytest.approx(8.685e-4, rel=1e-3)
    assert result["tail"] == pytest.approx({-3: 0.898, -4: 0.554, -5: 0.160, -6: 0.014}, abs=5e-4)
    assert result["jax"]["default"] is True
    (to_exact, to_tanh), (own_exact, own_tanh) = result["jax"]["distances"].values()
    assert to_tanh < 1e-6 < 4e-4 < to_exact
    assert own_exact < 1e-6 < 4e-4 < own_tanh
    assert 1e-4 < result["ported"].min() < result["ported"].max() < 1e-2


def test_three_ways_to_the_derivative_agree_and_the_tails_are_as_stated(found):
    result = found("derivative_against_autograd")
    stands_out = result["autograd"].pop("softplus")
    assert stands_out == pytest.approx(1 / (1 + np.exp(20)), rel=0.05)
    assert max(result["autograd"].values()) < 1e-14
    assert max(result["difference"].values()) < 1e-8
    x = np.linspace(-25, 25, 5000)
    sigmoid, gelu = result["float32"]["sigmoid"], result["float32"]["gelu"]
    assert (sigmoid["PyTorch's own"][x > 17.33] == 1).all()
    assert np.nanmax(gelu["PyTorch's own"][x < -6]) >= 0.9
    assert max(np.nanmax(sigmoid["nl.sigmoid"]), np.nanmax(gelu["nl.gelu"][np.abs(x) > 1])) < 2e-6
    by_hand, ours = result["by hand"].values()
    assert np.isnan(by_hand[2])
    assert ours.tolist() == [pytest.approx(np.exp(-1)), 1, 1]


def test_selu_is_ahead_of_relu_only_where_relu_is_badly_initialised(found):
    result = found("confounded_initialisation")
    assert result["framework"]["verdict"].startswith("selu beats relu")
    mean = {how: {name: a.mean() for name, a in run["accuracy"].items()} for how, run in result.items()}
    gained = {name: mean["matched"][name] - mean["framework"][name] for name in ("relu", "selu")}
    assert gained["relu"] > 0.025
    assert abs(gained["selu"]) < 0.02
    lead = {how: of["selu"] - of["relu"] for how, of in mean.items()}
    assert lead["framework"] > 0.025
    assert lead["framework"] > 2 * lead["matched"]


def test_sigmoid_is_last_only_at_the_small_rate(found):
    result = found("confounded_rate")
    small, large = (result[rate]["accuracy"] for rate in (0.001, 0.01))
    assert small["sigmoid"].max() < min(small["relu"].min(), small["elu"].min())
    assert small["relu"].mean() - small["sigmoid"].mean() > 0.03
    assert "beats sigmoid" in result[0.001]["verdict"]
    assert "beats sigmoid" not in result[0.01]["verdict"]
    assert abs(large["relu"].mean() - large["sigmoid"].mean()) < 0.015


def test_a_custom_keras_layer_learns_and_survives_saving(found):
    result = found("keras_layer")
    assert result["accuracy"] > 0.9
    assert result["learning"][-1] > result["learning"][0] + 0.1
    assert result["a"].shape == (64,)
    assert 0.02 < np.abs(result["a"] - 0.5).max() < 0.5
    assert result["difference"] < 1e-6


def test_one_formula_is_the_same_in_four_frameworks_and_one_name_is_not(found):
    result = found("four_frameworks")
    assert len(result["table"]) == 4
    for ways in result["table"].values():
        assert ways["by hand"][0] > 1e6
        assert np.isnan(ways["by hand"][1])
        assert max(ways["nonlin"]) < 100
    slopes = [float(-act(-1.0)) for act in result["slopes"].values()]
    assert slopes == pytest.approx([0.01, 0.01, 0.2, 0.3])


def test_the_learned_beta_of_swish_moves_and_the_accuracy_hardly_does(found):
    result = found("learnable_swish")
    for start in ("0.25", "1"):
        first, last = result[f"learned from {start}"]["betas"][[0, -1]]
        assert (first == float(start)).all()
        assert (last > first + 0.02).all()
    for start in ("0.25", "1", "4"):
        last = result[f"learned from {start}"]["betas"][-1]
        assert (np.diff(last) < 0).all()
    assert abs(result["learned from 4"]["betas"][-1] - 4).max() < 1
    accuracies = [run["accuracy"] for run in result.values()]
    assert min(accuracies) > 0.9
    assert max(accuracies) - min(accuracies) < 0.03


def test_an_exported_network_keeps_its_numbers(found):
    result = found("onnx_export")
    assert "Gelu" in result["operators"]
    assert result["difference"] < 1e-6
    assert max(result["errors"][name, False].max() for name in ("log_sigmoid", "gelu", "mish")) < 5
    x = np.linspace(-120, 20, 2801)
    ends = x[np.isinf(result["values"]["log_sigmoid", True])].max()
    assert -20 < ends < -16


def test_weights_learn_on_with_another_activation(found):
    result = found("swap_in_resnet")
    accuracy = {name: run[:, 0] for name, run in result["learning"].items()}
    before = accuracy["relu, learns on"][0]
    assert before > 0.95
    assert accuracy["tanh"][0] < accuracy["gelu"][0] < before - 0.05
    assert accuracy["gelu"][1] > before - 0.02
    assert accuracy["gelu"][1:].min() > accuracy["gelu, new weights"][1:3].max()
    assert accuracy["tanh"][2] > accuracy["gelu, new weights"][2]
    assert "5 of 5 sites change" in result["plan"]
