"""The command line, as a user types it."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

import nonlin as nl
from nonlin.cli import main


def run(*words):
    return CliRunner().invoke(main, words)


def test_list_shows_every_entry_with_its_summary():
    out = run("list").output
    assert [n for n in nl.names() if f"  {n} " not in out] == []
    assert nl.gelu.record.summary in out


def test_list_of_one_family_as_json():
    rows = json.loads(run("list", "--family", "radial", "--json").output)
    assert rows == [{"name": "gaussian", "family": "radial", "summary": nl.gaussian.record.summary}]


@pytest.mark.parametrize("name", nl.names())
def test_show_is_complete(name):
    sheet = json.loads(run("show", name, "--json").output)
    assert {"name", "title", "family", "summary", "formula", "use", "weakness", "source"} <= set(sheet)
    text = run("show", name).output
    assert all(str(sheet[k]) in text for k in ("title", "summary", "formula", "use", "weakness", "source"))


def test_show_a_formula():
    out = run("show", "relu(x) + 0.5*tanh(x)").output
    assert "maximum(x, 0) + 0.5*tanh(x)" in out
    assert "f'(x) = where(x > 0, 1, 0) + 0.5*sech(x)**2" in out


def test_eval_takes_negative_numbers():
    assert run("eval", "gelu", "-1", "2", "-inf").output == (
        "-1  -0.15865525393145705\n2  1.9544997361036416\n-inf  -0.0\n"
    )


def test_eval_derivative_with_parameters_as_json():
    out = run("eval", "elu", "-1", "--derivative", "--set", "alpha=0.5", "--json").output
    assert json.loads(out) == {"name": "elu(alpha=0.5).derivative", "x": [-1.0], "value": [0.18393972058572117]}


def test_set_gives_the_letters_of_a_formula():
    assert run("eval", "x*sigmoid(b*x)", "0", "--set", "b=2").output == "0  0.0\n"


def test_a_warning_is_a_note_without_code():
    done = subprocess.run(
        [sys.executable, "-m", "nonlin", "eval", "2*x", "1"], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == (
        "1  2.0\n",
        "note: 2*x is linear: layers joined by it are no more than one layer\n",
    )


def test_json_says_infinity_as_text():
    assert json.loads(run("eval", "relu", "inf", "--json").output)["value"] == ["inf"]


def test_eval_of_a_vector_function_takes_all_numbers_as_one_vector():
    assert run("eval", "softmax", "0", "0").output == "softmax(0, 0) = 0.5, 0.5\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("eval", "gelo", "1"), "no activation 'gelo'; did you mean 'gelu'? nonlin.names() lists all"),
        (("eval", "elu", "1", "--set", "alpha=-1"), "elu: alpha must be at least 0, got alpha=-1"),
        (("eval", "elu", "1", "--set", "alpha"), "--set alpha: expected NAME=NUMBER, such as alpha=0.5; "
                                                 "the '=' is missing"),
        (("eval", "elu", "1", "--set", "alpha=x"), "--set alpha=x: expected NAME=NUMBER, such as alpha=0.5"),
        (("shwo",), "no command 'shwo'; did you mean 'show'? nonlin --help lists all"),
        (("list", "--family", "x"), "no family 'x'; families:"),
        (("eval", "softmax", "1", "2", "--derivative"), "softmax has a Jacobian, not a derivative"),
        (("show", "softmax", "--set", "a=1"), "softmax has no other defaults; give parameters in the call"),
        (("eval", "gelu", "1", "--derivativ"), "'--derivativ' is not a number; did you mean '--derivative'?"),
        (("eval", "x*sigmoid(b*x)", "1"), "b has no value"),
    ],
)  # fmt: skip
def test_misuse_is_a_sentence_and_exit_code_2(words, sentence):
    result = run(*words)
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_check_says_what_ok_means():
    out = run("check", "identity").output
    assert out.startswith("identity: largest difference from the exact result, float32")
    assert "ok: at most 16 units" in out.splitlines()[-1]


def test_help_lists_the_commands():
    out = run("--help").output
    assert [c for c in ("list", "show", "eval", "check", "compare") if f"  {c} " not in out] == []


def test_the_installed_command_works():
    done = subprocess.run([sys.executable, "-m", "nonlin", "eval", "relu", "-2"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "-2  0.0\n", "")
