"""The study: what compare() trains, stores, answers and refuses. Real data, real training, real files."""

from __future__ import annotations

import csv
import json
import math
import os
import signal
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import made_up
import nonlin as nl
from nonlin.cli.compare import Lines, cells, duration
from nonlin.errors import DataError, InputError, MissingDependency, UnknownActivation
from nonlin.study import Study, _settings, compare, open_study, tuning
from nonlin.study.about import About, arms
from nonlin.study.candidates import candidates, checked_baseline
from nonlin.study.dependencies import require
from nonlin.study.presets import PRESETS
from nonlin.study.settings import Settings

jax = pytest.importorskip("jax")
pytest.importorskip("optax")
pytest.importorskip("sklearn")

from nonlin.study.execution import Progress  # noqa: E402 - they need the extra

QUICK = {"epochs": 2, "limit": 320}
GIVEN = ["Leaky ReLU", "2*tanh(x)/2", nl.get("tanh"), "exp(exp(5*x))"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def seen() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def study(folder: Path, seen: list[Progress]) -> Study:
    """A name, two formulas and an Activation, two seeds, two epochs of 288 images; in a folder."""
    return compare(GIVEN, seeds=2, output=folder, progress=seen.append, **QUICK)


def measured(study: Study, name: str) -> list[Any]:
    """What must be the same to the bit; times are not."""
    return [{k: v for k, v in p.items() if k != "cpu_seconds"} for p in study.curves() if p["activation"] == name]


# ---- training --------------------------------------------------------------------------------------------------------


def test_learns_the_digits(study: Study) -> None:
    assert study.table()[2]["test_accuracy_mean"] > 0.5  # after two epochs of nine batches
    assert study.table()[2]["training_loss_mean"] < math.log(10)


def test_results_depend_neither_on_the_call_nor_on_the_company(study: Study) -> None:
    alone = compare("tanh", seeds=2, **QUICK)
    assert measured(alone, "tanh") == measured(study, "tanh")


def test_seeds_are_paired_across_activations(study: Study) -> None:
    """Two formulas of one function, compiled apart: the same weights and batches must give the same curves."""
    written, known = study.arms["2*tanh(x)/2"], study.arms["tanh"]
    for one, other in zip(written, known, strict=True):
        np.testing.assert_allclose(one.training_loss, other.training_loss, rtol=1e-5)
    assert known[0].training_loss != known[1].training_loss


def test_names_formulas_and_activations_are_in_the_order_given(study: Study) -> None:
    assert study.activations == ["leaky_relu", "2*tanh(x)/2", "tanh", "exp(exp(5*x))"]


def test_a_diverged_network_stays_is_counted_and_said(study: Study) -> None:
    row = study.table()[3]
    assert (row["finished"], row["diverged"], row["failed"], row["test_accuracy_mean"]) == (0, 2, 0, None)
    assert any(note.startswith("exp(exp(5*x)): 2 of 2 networks diverged") for note in study.notes)
    assert "every run of exp(exp(5*x)) diverged" in study.verdict()
    assert study.failed == []


def test_progress_ends_with_everything(study: Study, seen: list[Progress]) -> None:
    assert (seen[0].trials_done, seen[0].trials, seen[0].epochs) == (0, 8, 16)
    assert (seen[-1].trials_done, seen[-1].epochs_done) == (8, 16)


def test_the_test_set_is_measured_once_at_the_end(study: Study) -> None:
    points = [p for p in study.curves() if (p["activation"], p["seed"]) == ("tanh", 0)]
    assert [p["epoch"] for p in points] == [1, 2]
    assert [p["test_accuracy"] is None for p in points] == [True, False]
    assert all(p["validation_accuracy"] is not None for p in points)


# ---- the folder ------------------------------------------------------------------------------------------------------


def test_the_folder_is_what_the_interface_says(study: Study, folder: Path) -> None:
    assert sorted(p.name for p in folder.iterdir()) == ["curves.png", "report.html", "runs.csv", "study.sqlite"]
    rows = list(csv.DictReader((folder / "runs.csv").read_text().splitlines()))
    assert [(r["activation"], r["seed"]) for r in rows] == [(a, s) for a in study.activations for s in "01"]
    assert (rows[0]["data"], rows[0]["epochs"], rows[0]["limit"]) == ("digits", "2", "320")
    assert float(rows[4]["test_accuracy"]) == study.arms["tanh"][0].test_accuracy
    assert rows[6]["test_accuracy"] == ""


def test_open_study_gives_the_same(study: Study, folder: Path) -> None:
    for path in (folder, folder / "study.sqlite"):
        opened = open_study(path)
        assert opened.about == study.about
        assert opened.report(folder / "again.json").read_text() == study.report(folder / "now.json").read_text()
    (folder / "again.json").unlink()
    (folder / "now.json").unlink()


def test_the_same_call_trains_nothing_again(study: Study, folder: Path) -> None:
    told: list[Progress] = []
    again = compare(GIVEN, seeds=2, output=folder, progress=told.append, **QUICK)
    assert [p.trials_done for p in told] == [8]
    assert again.runs() == study.runs()


def test_other_conditions_are_refused_and_nothing_is_lost(study: Study, folder: Path) -> None:
    with pytest.raises(InputError, match=r"holds a study with epochs=2, not epochs=3; choose another folder"):
        compare(GIVEN, seeds=2, output=folder, **(QUICK | {"epochs": 3}))
    assert len(open_study(folder).runs()) == 8


def test_nothing_is_written_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="batch_size must be at most 288"):
        compare("relu", seeds=1, batch_size=300, **QUICK)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_study_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no study file '.*study\.sqlite'; expected one that nonlin compare"):
        open_study(tmp_path)


def test_output_may_not_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(InputError, match=r"taken' \(it is a file or lies in one\); name another"):
        compare("relu", output=tmp_path / "taken")


# ---- learning rates --------------------------------------------------------------------------------------------------


def test_rates_are_tuned_on_networks_of_their_own() -> None:
    told: list[Progress] = []
    options = {"grid": (1e-5, 1e-2), "tuning_seeds": 1, "progress": told.append}
    study = compare("relu", seeds=1, learning_rate="tune", **QUICK, **options)
    assert [(r["learning_rate"], r["chosen"]) for r in study.tuning()] == [(1e-5, False), (1e-2, True)]
    assert [(r["learning_rate"], r["seed"]) for r in study.runs()] == [(1e-2, 0)]
    assert study.table()[0]["learning_rate"] == 1e-2
    assert "relu: the best learning rate, 0.01, is the highest of the grid; a better one may lie beyond" in study.notes
    assert (told[0].trials, told[-1].trials_done, told[-1].epochs_done) == (3, 3, 6)


def rates(*runs: Any, grid: tuple[float, ...] = (1e-3, 3e-3, 1e-2)) -> float:
    settings = Settings(learning_rate="tune", grid=grid)
    return tuning.rates(["relu"], settings, runs)["relu"]


def test_the_best_mean_validation_accuracy_is_chosen() -> None:
    accuracies = {1e-3: (0.8, 0.9), 3e-3: (0.95, 0.6), 1e-2: (0.86, 0.86)}
    runs = [made_up.tuned("relu", r, a, i) for r, both in accuracies.items() for i, a in enumerate(both)]
    assert rates(*runs) == 1e-2


def test_ties_go_to_the_lower_loss() -> None:
    runs = [
        made_up.tuned("relu", r, 0.9, validation_loss=(loss,)) for r, loss in ((1e-3, 0.5), (3e-3, 0.4), (1e-2, 0.6))
    ]
    assert rates(*runs) == 3e-3


def test_a_rate_that_loses_networks_is_not_the_best() -> None:
    lost = made_up.diverged("relu", 1)
    runs = [made_up.tuned("relu", 1e-3, 0.7, s) for s in (0, 1)] + [made_up.tuned("relu", 3e-3, 0.99)]
    assert rates(*runs) == 3e-3
    assert (
        rates(*runs, made_up.tuned("relu", 3e-3, 0.1, 1, status="diverged", training_loss=lost.training_loss)) == 1e-3
    )


def test_the_seeds_of_tuning_are_not_those_of_the_comparison() -> None:
    settings = Settings(learning_rate="tune", seeds=50)
    tuned = {t.seed for t in tuning.trials(["relu"], settings)}
    fresh = {t.seed for t in tuning.fresh_trials(["relu"], settings, {"relu": 0.1})}
    assert not tuned & fresh
    assert (len(tuned), len(fresh)) == (2, 50)


def test_tuning_needs_validation_data() -> None:
    with pytest.raises(InputError, match=r"tuning the learning rate needs validation data, got validation=0; use 0\.1"):
        compare("relu", learning_rate="tune", validation=0.0)


# ---- a training of the user's own ------------------------------------------------------------------------------------


def test_a_user_s_training_that_raises_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    def train(activation: Any, seed: int, settings: Any) -> dict[str, Any]:
        if activation.name == "tanh" and seed == 1:
            raise ValueError("no luck")
        return {"test_accuracy": 0.5 + 0.1 * seed + float(activation(0.3)) / 10}

    study = compare(["relu", "tanh"], seeds=3, train=train, output=tmp_path)
    assert [(r["finished"], r["failed"]) for r in study.table()] == [(3, 0), (2, 1)]
    assert study.table()[0]["test_accuracy_mean"] == pytest.approx(0.63)
    assert [(r["activation"], r["seed"]) for r in study.failed] == [("tanh", 1)]
    assert study.failed[0]["message"].startswith("ValueError: no luck")
    assert study.about.command() is None
    assert study.about.call() == ("nonlin.compare(['relu', 'tanh'], data='digits', train=your_train, seeds=3)")
    assert "no luck" in (tmp_path / "report.html").read_text()


def test_a_model_and_a_training_are_one_too_many() -> None:
    for model in (object(), "nonsense", "cnn"):
        with pytest.raises(InputError, match=r"a train function makes its own model, so leave out model=") as refused:
            compare("relu", model=model, train=lambda *_: {"test_accuracy": 1})  # type: ignore[arg-type]
        assert str(refused.value).startswith("got both a model and a train function, expected one;")


# ---- which activations -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "note"),
    [
        (["silu", "swish1"], "swish1 is the same function as silu; it is trained once, as silu"),
        (["silu", "swish"], "swish is the same function as silu; it is trained once, as silu"),
        (["relu", "relu"], "relu was given more than once; it is trained once"),
        (["swiglu", "swiglu"], "swiglu was given more than once; it is trained once"),
    ],
    ids=str,
)
def test_one_function_is_trained_once(given: list[str], note: str) -> None:
    chosen, notes = candidates(given)
    assert [a.name for a in chosen] == given[:1]
    assert note in notes


def test_other_parameters_are_another_function() -> None:
    assert len(candidates(["elu", nl.get("elu").with_parameters(alpha=0.5)])[0]) == 2


def test_constant_learnable_parameters_are_noted() -> None:
    assert candidates(["prelu", "relu"])[1] == ["prelu: weight = 0.25 throughout; not trained or drawn"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], r"compare got no activation, expected at least one"),
        (["relu", "softmax"], r"softmax mixes the elements of a vector, so it cannot be the activation of a hidden"),
        ([3], r"expected a name, a formula text or an Activation, got 3; for example 'relu'"),
        (None, r"expected a name, a formula text or an Activation, got None; for example 'relu'"),
        ([nl.define("tanh(x)/2", name="mine"), nl.define("tanh(x)/3", name="mine")], r"both called 'mine'; give one"),
    ],
    ids=["none", "softmax", "number", "nothing", "one name twice"],
)
def test_bad_candidates_are_refused(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare(given)


def test_an_unknown_name_is_refused_before_training() -> None:
    with pytest.raises(UnknownActivation, match=r"no activation 'rleu'; did you mean 'relu'\?"):
        compare(["tanh", "rleu"])


def test_the_baseline_may_be_called_by_any_of_its_names() -> None:
    units = candidates(["Leaky ReLU", "tanh"])[0]
    assert checked_baseline("leakyrelu", units) == "leaky_relu"
    with pytest.raises(
        InputError, match=r"the baseline 'relu' is not among the activations; they are leaky_relu, tanh"
    ):
        checked_baseline("relu", units)


# ---- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, r"epochs must be a whole number of at least 1, got epochs=0"),
        ({"seeds": 0}, r"seeds must be a whole number of at least 1, got seeds=0"),
        ({"seeds": True}, r"seeds must be a whole number of at least 1, got seeds=True"),
        ({"batch_size": 0}, r"batch_size must be a whole number of at least 1, got batch_size=0"),
        ({"limit": 1438}, r"limit must be at most 1437, the number of training images, got limit=1438"),
        ({"weight_decay": -1}, r"weight_decay must be a finite number of at least 0, got weight_decay=-1"),
        ({"learning_rate": -0.1}, r"learning_rate must be a finite number above 0 .* got learning_rate=-0\.1"),
        ({"learning_rate": math.nan}, r"learning_rate must be a finite number above 0 .* got learning_rate=nan"),
        ({"learning_rate": "tune", "grid": ()}, r"grid is empty; tuning the learning rate needs at least one"),
        ({"data": "mnits"}, r"no data set 'mnits'; did you mean 'mnist'\?"),
        ({"model": "mpl"}, r"no model 'mpl'; did you mean 'mlp'\? known: mlp, deep_mlp, cnn"),
        ({"optimizer": "adm"}, r"no optimizer 'adm'; did you mean 'adam'\?"),
        ({"optimiser": "adam"}, r"no setting 'optimiser'; did you mean 'optimizer'\? known: data, model"),
        ({"workers": 0}, r"workers must be a whole number of at least 1, got workers=0"),
        ({"widths": 64}, r"widths must be a list of numbers, got widths=64"),
        ({"grid": "1e-3"}, r"grid must be a list of numbers, got grid='1e-3'"),
        ({"model": (abs, abs)}, r"model must be one of mlp, deep_mlp, cnn or a nonlin\.study\.models\.Model\("),
        ({"train": "mine"}, r"train must be a function train\(activation, seed, settings\), got train='mine'"),
        ({"progress": 3}, r"progress must be a function of one Progress, got progress=3"),
        ({"on": 3}, r"on must be text such as 'ray', got on=3"),
        ({"output": 3}, r"the output folder must be a path, got 3"),
        ({"data_dir": 3}, r"data_dir must be a path, got 3"),
        ({"seeds": 10**9}, r"seeds must be at most 10,000, got seeds=1000000000"),
        ({"tuning_seeds": 10_001}, r"tuning_seeds must be at most 10,000, got tuning_seeds=10001"),
    ],
    ids=str,
)
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare("relu", **settings)


def test_numbers_may_be_an_array() -> None:
    given = _settings(widths=np.array([32, 16]), grid=np.array([1e-3, 1e-2]))
    assert (given.widths, given.grid) == ((32, 16), (1e-3, 1e-2))


def test_the_command_repeats_every_digit() -> None:
    about = About(Settings(learning_rate=0.00123456789, grid=(1e-3, 0.1 + 0.2)), arms(candidates("relu")[0]))
    assert about.command() == (
        "nonlin compare relu --data digits --model mlp --lr 0.00123456789 --grid 0.001,0.30000000000000004"
    )


def test_a_path_is_a_path() -> None:
    with pytest.raises(InputError, match=r"the study's folder must be a path, got None"):
        open_study(None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"the file of the report must be a path, got None"):
        made_up.study(ACCURACIES).report(None)  # type: ignore[arg-type]


def test_the_environment_s_number_of_processes_is_told() -> None:
    assert "NONLIN_WORKERS" in str(compare.__doc__)
    assert "NONLIN_WORKERS" in run("--help").output


def test_a_missing_library_names_the_extra() -> None:
    message = r"needs a_library_nobody_wrote, which is not installed; run: pip install nonlin\[study\]"
    with pytest.raises(MissingDependency, match=message):
        require("jax", "a_library_nobody_wrote")


# ---- what follows from the runs --------------------------------------------------------------------------------------

ACCURACIES = {"relu": (0.90, 0.92, 0.94), "tanh": (0.95, 0.965, 0.99), "elu": (0.91, 0.92, 0.93)}


def test_table_gives_mean_spread_and_interval() -> None:
    row = made_up.study(ACCURACIES).table()[0]
    assert row["test_accuracy_mean"] == pytest.approx(0.92)
    assert row["test_accuracy_sd"] == pytest.approx(0.02)
    assert row["test_accuracy_high"] - 0.92 == pytest.approx(4.302653 * 0.02 / math.sqrt(3), rel=1e-6)
    assert (row["finished"], row["seeds"], row["parameters"], row["compile_seconds"]) == (3, 3, 1000, 1.5)
    assert row["cpu_seconds_mean"] == pytest.approx(0.6)  # three epochs of the median one


def test_an_interval_of_accuracies_ends_at_all_of_them() -> None:
    row = made_up.study({"relu": (0.9, 0.999)}).table()[0]
    assert (row["test_accuracy_low"] > 0, row["test_accuracy_high"]) == (True, 1.0)


def test_failed_networks_are_left_out_and_counted() -> None:
    study = made_up.study({"relu": (0.9, 0.8)}, made_up.failed("relu", 2), made_up.diverged("relu", 3), seeds=4)
    row = study.table()[0]
    assert (row["seeds"], row["finished"], row["diverged"], row["failed"]) == (4, 2, 1, 1)
    assert row["test_accuracy_mean"] == pytest.approx(0.85)
    assert row["validation_loss_mean"] == pytest.approx(2 * 0.15 + 0.02)
    assert study.failed[0]["message"] == "ValueError: no"


def test_an_unfinished_study_says_so() -> None:
    study = made_up.study({"relu": (0.9, 0.8), "tanh": (0.9,)}, seeds=3)
    assert "the study is unfinished: 3 of 6 networks are not trained yet" in study.notes


def test_every_pair_has_its_verdict() -> None:
    pairs = made_up.study(ACCURACIES).verdicts()
    assert [(p["a"], p["b"]) for p in pairs] == list(combinations(ACCURACIES, 2))
    assert pairs[0]["mean"] == pytest.approx(-0.0483333333)
    assert (pairs[0]["separated"], pairs[1]["separated"]) == (True, False)


def test_one_seed_gives_results_without_a_verdict() -> None:
    study = made_up.study({"relu": (0.9,), "tanh": (0.8,)})
    assert study.verdicts() == []
    assert study.verdict().startswith("no verdict: fewer than two seeds in common")
    assert study.table()[0]["test_accuracy_sd"] is study.table()[0]["test_accuracy_low"] is None


def test_a_study_without_results_says_so() -> None:
    study = made_up.study({}, made_up.failed("relu", 0))
    assert study.verdict() == "no network finished"
    assert study.table()[0]["test_accuracy_mean"] is None


def test_seeds_needed_fall_with_the_difference() -> None:
    study = made_up.study(ACCURACIES)
    assert study.seeds_needed(0.001) > study.seeds_needed(0.01) > study.seeds_needed(0.1) >= 2
    with pytest.raises(InputError, match="difference must be a finite number above 0"):
        study.seeds_needed(0)
    with pytest.raises(InputError, match="nothing is known of the spread between seeds"):
        made_up.study({"relu": (0.9,)}).seeds_needed(0.01)


def test_convergence_counts_misses_as_later_than_any_epoch() -> None:
    rows = {(r["activation"], r["goal"]): r for r in made_up.study(ACCURACIES).convergence()}
    miss, hit = rows["relu", "95 %"], rows["tanh", "95 %"]
    assert (miss["reached"], miss["median_epoch"], miss["mean_epochs"]) == (0, None, 3)
    assert (hit["reached"], hit["median_epoch"]) == (3, 3)
    early = rows["tanh", "80 %"]
    assert (early["median_epoch"], early["baseline"], early["later"]) == (2, "relu", pytest.approx(-1 / 3, abs=0.34))
    assert ("relu", "the median best of relu") in rows
    assert ("relu", "99.9 %") not in rows


def test_without_validation_data_there_is_no_convergence() -> None:
    one = made_up.run(validation_loss=(), validation_accuracy=())
    assert made_up.study({}, one).convergence() == []


def test_cost_is_a_ratio_to_the_baseline() -> None:
    slow = [made_up.run("tanh", s, step_seconds=(0.4, 0.4, 0.4)) for s in (0, 1)]
    study = made_up.study({"relu": (0.9, 0.9)}, *slow)
    assert [r["cost_ratio"] for r in study.cost()] == [1.0, pytest.approx(2.0)]
    turned = made_up.study({"relu": (0.9, 0.9)}, *slow, baseline="tanh")
    assert [r["cost_ratio"] for r in turned.cost()] == [pytest.approx(0.5), 1.0]


def test_frames_are_the_records() -> None:
    pytest.importorskip("pandas")
    study = made_up.study(ACCURACIES)
    assert study.frame().to_dict("records")[1]["activation"] == "tanh"
    assert len(study.frame("curves")) == 27
    with pytest.raises(InputError, match=r"no table 'curve' of a study; did you mean 'curves'\?"):
        study.frame("curve")


# ---- pictures --------------------------------------------------------------------------------------------------------


def test_pictures_show_every_measure_and_leave_pyplot_alone(study: Study) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    picture = study.plot("curves")
    assert pyplot.get_fignums() == []
    titles = [axes.get_title(loc="left") for axes in picture.axes]
    assert titles == ["validation accuracy", "validation loss (nats)", "training loss (nats)"]
    drawn = picture.axes[2].lines[0].get_ydata()
    np.testing.assert_allclose(drawn, np.mean([n.training_loss for n in study.arms["leaky_relu"]], axis=0))
    assert [text.get_text() for text in picture.figure.legends[0].get_texts()] == study.activations


@pytest.mark.parametrize("what", ["curves", "scores", "differences", "cost"])
def test_every_picture_is_drawn_with_diverged_networks(what: str, tmp_path: Path) -> None:
    study = made_up.study(ACCURACIES, made_up.diverged("relu", 3), made_up.diverged("$mish_{", 0), seeds=4)
    study.plot(what).save(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 5000


def test_every_run_is_a_dot() -> None:
    axes = made_up.study(ACCURACIES).plot("scores").axes[0]
    assert [list(c.get_offsets()[:, 0]) for c in axes.collections] == [list(a) for a in ACCURACIES.values()]


def test_many_pairs_are_told_against_the_best_or_the_baseline() -> None:
    many = {f"a{i}": (0.5 + i / 100, 0.51 + i / 100) for i in range(6)}
    labels = [t.get_text() for t in made_up.study(many).plot("differences").axes[0].get_yticklabels()]
    assert labels == [f"a{i} − a5" for i in range(5)]
    against = made_up.study(many, baseline="a2").plot("differences").axes[0].get_yticklabels()
    assert [t.get_text() for t in against] == [f"a{i} − a2" for i in (0, 1, 3, 4, 5)]


def test_signals_are_drawn_where_there_are_any() -> None:
    study = made_up.study(ACCURACIES, signals=made_up.signals("relu", "tanh"))
    assert [axes.get_title() for axes in study.plot("signals").axes[:2]] == ["relu", "tanh"]
    assert study.signals() == made_up.signals("relu", "tanh")
    with pytest.raises(InputError, match=r"there is nothing to draw: no signals were measured; compare\(\.\.\., sig"):
        made_up.study(ACCURACIES).plot("signals")


def test_no_difference_goes_beyond_the_possible() -> None:
    study = made_up.study({"relu": (0.1, 0.9), "tanh": (0.9, 0.2)})
    [pair] = study.verdicts()
    assert (pair["low"], pair["high"], pair["smallest"]) == (-1, 1, None)
    assert "this study could not have seen any difference between them" in study.verdict()


def test_unknown_and_empty_pictures_are_refused() -> None:
    with pytest.raises(InputError, match=r"no picture 'curve' of a study; did you mean 'curves'\?"):
        made_up.study(ACCURACIES).plot("curve")
    with pytest.raises(InputError, match="there is nothing to draw: a difference needs two activations with two seeds"):
        made_up.study({"relu": (0.9, 0.8)}).plot("differences")


# ---- how to repeat ---------------------------------------------------------------------------------------------------


def test_a_study_can_be_repeated_from_its_description() -> None:
    units = candidates(["relu", nl.get("elu").with_parameters(alpha=0.5), "-x*tanh(x)"])[0]
    about = About(Settings(learning_rate="tune", grid=(0.1, 0.01), widths=(8, 4)), arms(units), baseline="relu")
    words = about.command() or ""
    assert words.startswith("nonlin compare ")
    assert words.endswith("--data digits --model mlp --lr tune --widths 8,4 --grid 0.1,0.01 --baseline relu")
    again = candidates(arm.argument for arm in about.arms)[0]
    assert [a.closed_formula for a in again] == [u.closed_formula for u in units]
    assert About.from_record(json.loads(json.dumps(about.as_record()))) == about


@pytest.mark.parametrize(
    ("source", "told"), [(None, "PATH/TO/my data.csv"), ("../in/my data.csv", "../in/my data.csv")], ids=str
)
def test_a_data_file_is_repeated_from_its_path(source: str | None, told: str) -> None:
    about = About(Settings(data="my data.csv"), arms(candidates("relu")[0]), source=source)
    assert about.command() == f"nonlin compare relu --data '{told}' --model mlp"
    assert about.call() == f"nonlin.compare(['relu'], data={told!r}, model='mlp')"
    assert About.from_record(json.loads(json.dumps(about.as_record()))) == about


def test_a_file_called_like_a_known_data_set_is_still_a_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "digits.npz", x=np.eye(2)[[0, 1] * 40], y=[0, 1] * 40)
    study = compare("relu", data=tmp_path / "digits.npz", seeds=1, epochs=1)
    assert study.about.command() == (
        f"nonlin compare relu --data {tmp_path / 'digits.npz'} --model mlp --seeds 1 --epochs 1"
    )


def test_the_preset_that_measures_signals_is_repeated() -> None:
    """Its own settings need not be told, but one that is the default elsewhere."""
    as_it_is = About(Settings(model="deep_mlp", epochs=5), arms(candidates("relu")[0]))
    assert as_it_is.command(signals=True) == "nonlin compare relu --preset vanishing --data digits --model deep_mlp"
    assert as_it_is.call(signals=True).endswith("model='deep_mlp', epochs=5, signals=True)")
    longer = About(Settings(model="deep_mlp", epochs=20), arms(candidates("relu")[0]))
    assert str(longer.command(signals=True)).endswith("--preset vanishing --data digits --model deep_mlp --epochs 20")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_studies(name: str) -> None:
    assert Settings(**PRESETS[name].settings)
    assert len(candidates(PRESETS[name].activations)[0]) == len(PRESETS[name].activations)


def test_signals_are_those_of_the_network() -> None:
    """Two hidden layers, differentiated by hand in NumPy."""
    from nonlin.study.vanishing import layers

    random = np.random.default_rng(0)
    weights = [(random.normal(size=s).astype(np.float32), np.zeros(s[1], np.float32)) for s in ((5, 4), (4, 3), (3, 2))]
    weights[0][1][1] = -100  # a unit that no example activates
    images, labels = random.random((6, 5)).astype(np.float32), np.array([0, 1, 1, 0, 1, 0])
    z1 = images @ weights[0][0] + weights[0][1]
    z2 = np.maximum(z1, 0) @ weights[1][0]
    logits = np.maximum(z2, 0) @ weights[2][0]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True) - np.eye(2)[labels]
    g2 = p @ weights[2][0].T * (z2 > 0)
    g1 = g2 @ weights[1][0].T * (z1 > 0)
    found = layers(jax.tree.map(jax.numpy.asarray, weights), nl.get("relu"), jax.numpy.asarray(images), labels)
    np.testing.assert_allclose(found[0], [np.maximum(z, 0).std() for z in (z1, z2)], rtol=1e-5)
    np.testing.assert_allclose(found[1], [g.std() for g in (g1, g2)], rtol=1e-4)
    np.testing.assert_allclose(found[2], [(z <= 0).all(0).mean() for z in (z1, z2)])
    np.testing.assert_allclose(found[3], [(z <= 0).mean() for z in (z1, z2)], rtol=1e-6)
    assert found[2][0] >= 0.25


def test_sigmoid_s_gradient_vanishes_and_tanh_s_does_not(tmp_path: Path) -> None:
    from nonlin.study.data import load
    from nonlin.study.vanishing import signals

    settings = Settings(model="deep_mlp", epochs=1, limit=320)
    found = signals([nl.get("sigmoid"), nl.get("tanh")], load("digits", settings), settings)
    first = {(r["activation"], r["layer"]): r["gradient_sd"] for r in found.table() if r["epoch"] == 0}
    assert first["sigmoid", 1] < first["sigmoid", 8] / 100
    assert first["tanh", 1] > first["tanh", 8] / 4
    assert [p.name for p in found.save(tmp_path)] == ["signals.png", "signals.csv"]
    assert len((tmp_path / "signals.csv").read_text().splitlines()) == 1 + 2 * 2 * 8
    with pytest.raises(InputError, match="signals are measured in the models mlp and deep_mlp, got model='cnn'"):
        signals([], load("digits", settings), Settings(model="cnn"))


@pytest.fixture(scope="module")
def looked_into(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Path]:
    """A study of two hidden layers with its signals, in a folder."""
    folder = tmp_path_factory.mktemp("signals")
    done = run("relu", "tanh", "--preset", "vanishing", "--model", "mlp", "--seeds", "1", "--epochs", "1",
               "--limit", "320", "--workers", "1", "-o", str(folder), "--json")  # fmt: skip
    return json.loads(done.stdout), folder


def test_measured_signals_are_in_the_folder_and_its_reports(looked_into: tuple[Any, Path]) -> None:
    study, folder = looked_into
    assert len(study["signals"]) == 2 * 2 * 2
    assert study["repeat"]["command"] == (
        "nonlin compare relu tanh --preset vanishing --data digits --model mlp --seeds 1 --epochs 1 --limit 320"
    )
    assert {"signals.png", "signals.csv"} < {path.name for path in folder.iterdir()}
    assert "<h2>Signals</h2>" in (folder / "report.html").read_text()
    assert open_study(folder).signals() == study["signals"]


def test_signals_are_refused_before_the_training() -> None:
    with pytest.raises(InputError, match=r"signals are measured in the models mlp and deep_mlp, got model='own train"):
        compare("relu", train=lambda *_: {"test_accuracy": 1}, signals=True)


# ---- command line ----------------------------------------------------------------------------------------------------


def run(*arguments: str) -> Any:
    from nonlin.cli import main

    return CliRunner().invoke(main, ["compare", *arguments])


COMMAND = ("leaky_relu", "2*tanh(x)/2", "tanh", "exp(exp(5*x))", "--seeds", "2", "--epochs", "2", "--limit", "320")


def test_command_resumes_and_prints_table_answer_notes_and_files(study: Study, folder: Path) -> None:
    result = run(*COMMAND, "-o", str(folder))
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (0, "8 of 8 networks trained\n")
    assert [line.split()[0] for line in lines[:5]] == ["activation", *study.activations]
    assert lines[6].startswith("No clear difference between leaky_relu, 2*tanh(x)/2 and tanh; the scores of")
    assert (
        lines[-1]
        == f"written: {', '.join(str(folder / n) for n in ('report.html', 'curves.png', 'runs.csv', 'study.sqlite'))}"
    )
    assert "\x1b" not in result.output


def test_command_gives_json(study: Study, folder: Path) -> None:
    answer = json.loads(run(*COMMAND, "--json", "-o", str(folder)).stdout)
    assert [row["activation"] for row in answer["table"]] == study.activations
    assert (answer["settings"]["limit"], answer["output"], len(answer["runs"])) == (320, str(folder), 8)


def test_failed_trials_give_exit_code_1(tmp_path: Path) -> None:
    result = run("relu", "--seeds", "1", "--epochs", "500", "--time-limit", "0.05", "-o", str(tmp_path))
    assert result.exit_code == 1
    assert "failed: relu, seed 0: " in result.stdout
    assert "No network finished." in result.stdout
    assert run("relu", "--seeds", "1", "--epochs", "500", "-o", str(tmp_path)).exit_code == 1  # it stays, until --retry


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    conditions = ("--epochs", "20", "--limit", "64", "--widths", "4", "--seeds", "2000", "-o", str(tmp_path))
    command = [sys.executable, "-m", "nonlin", "compare", "relu", *conditions]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "0 of 2000 networks trained\n"
        while not stored(tmp_path):
            assert process.poll() is None
            sleep(0.2)
        os.kill(process.pid, signal.SIGINT)
        said = process.stderr.read().splitlines()
    assert process.returncode == 130
    done = int(said[-1].removeprefix("stopped after ").split()[0])
    assert said[-1] == f"stopped after {done} of 2000 trials; the same call or command goes on from there"
    assert len(stored(tmp_path)) == done
    assert "the study is unfinished" in open_study(tmp_path).notes[-1]


def stored(folder: Path) -> list[Any]:
    """The runs of a study that may not have begun."""
    try:
        return open_study(folder).runs()
    except (DataError, InputError):
        return []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("relu", "--epochs", "0"), "Error: epochs must be a whole number of at least 1, got epochs=0\n"),
        (("relu", "--lr", "nan"), "Error: learning_rate must be a finite number above 0 such as 0.001"),
        (("relu", "--lr", "fast"), "expected a number such as 0.001, or tune; got 'fast'"),
        (("relu", "--lr", "tune", "--grid", ","), "Error: grid is empty; tuning the learning rate needs at least one"),
        (("relu", "--widths", "8,x"), "expected whole numbers separated by commas, got '8,x'"),
        (("relu", "--widths", "8:2"), "expected FIRST:LAST:LAYERS such as 128:32:4, widths of at least 1"),
        (("relu", "--widths", "8:2:1"), "and 2 to 1000 layers, got '8:2:1'"),
        (("relu", "--widths", "8:0:3"), "layers, got '8:0:3'"),
        (("relu", "--widths", "8:2:x"), "layers, got '8:2:x'"),
        (("relu", "--widths", "8:2:999999999"), "layers, got '8:2:999999999'"),
        (("relu", "--set", "alpha=2"), "Error: --set alpha: none of relu has a parameter of that name"),
        (
            ("swiglu", "--set", "beta=2"),
            "Error: swiglu is always used with beta = 1 here, got --set beta=2; leave --set or swiglu out (a call in "
            "Python takes other values: nonlin.swiglu(x, beta=2))\n",
        ),
        (("relu", "--seeds", "1000000000"), "Error: seeds must be at most 10,000, got seeds=1000000000\n"),
        (("relu", "--data", "mnist", "--data-dir", "nowhere"), "nowhere"),
        (("--preset", "vanishing", "--lr", "tune"), 'Error: signals need a learning rate, got "tune"; give a number'),
        (("swiglu", "--preset", "vanishing"), "Error: signals are those of an activation of one input, got <GatedUnit"),
        (("--preset", "mnist-mpl"), "Error: no preset 'mnist-mpl'; did you mean 'mnist-mlp'?"),
        ((), "Error: expected names or formulas, such as relu tanh, or --preset mnist-mlp|cifar10-cnn|vanishing"),
        (("relu", "--batchsize", "3"), "Error: no option '--batchsize'; did you mean '--batch-size'?"),
    ],
    ids=str,
)
def test_command_refuses_in_a_sentence(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    result = run(*arguments, "-o", str(tmp_path)) if arguments else run()
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_what_is_given_goes_before_the_preset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Any] = {}

    def record(units: Any, **options: Any) -> Study:
        asked.update(options, units=list(units))
        return made_up.study({"relu": (0.9, 0.8)})

    monkeypatch.setattr("nonlin.study.compare", record)
    given = ("--epochs", "7", "--widths", "128:32:4")
    assert run("gelu", "--preset", "mnist-mlp", *given, "-o", str(tmp_path)).exit_code == 0
    assert asked["widths"] == (128, 96, 64, 32)
    assert (asked["units"], asked["epochs"], asked["validation"], asked["data"]) == (["gelu"], 7, 0.2, "mnist")


def test_printed_cells_count_what_is_missing() -> None:
    row = made_up.study({"relu": (0.9, 0.8)}, made_up.diverged("relu", 2), made_up.failed("relu", 3)).table()[0]
    assert cells(row)[:3] == ("relu", "2, 1 diverged, 1 failed", "85.00 ± 7.07 %")


def test_lines_are_few(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    for done in range(1001):
        lines(Progress(done, 1000, done, 1000, 1000.0 - done, "relu, seed 1"))
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 11
    assert said[5] == "500 of 1000 networks trained, 8 min left, relu, seed 1"
    assert [duration(s) for s in (5, 99, 101, 3600, 36000)] == ["5 s", "99 s", "2 min", "60 min", "10 h 0 min"]


def test_importing_the_study_loads_no_heavy_library() -> None:
    heavy = "jax optax sklearn matplotlib rich numpy scipy jinja2"
    code = f"import sys, nonlin.study, nonlin.cli.compare; print([m for m in '{heavy}'.split() if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded == "[]\n"
