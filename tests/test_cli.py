"""The command line, as a user types it."""

import json
import os
import pty
import re
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click import unstyle
from click.testing import CliRunner

import nonlin as nl
from nonlin.calculus.formulas import typeset
from nonlin.cli import drawing, main, output, show
from nonlin.core import Activation
from nonlin.units import GatedUnit
from sample import sample

ELEMENTWISE = list(sample(Activation))
DOCS = (Path(__file__).parent.parent / "docs" / "command-line.md").read_text()
BRAILLE = re.compile("[\u2801-\u28ff]")


def run(*words, **options):
    return CliRunner().invoke(main, words, prog_name="nonlin", **options)


def joined(text):
    """A text without its line breaks and repeated spaces."""
    return " ".join(text.split())


def process(*words, **environment):
    """The command in a process of its own."""
    command = [sys.executable, "-m", "nonlin", *words]
    return subprocess.run(command, capture_output=True, env={**os.environ, **environment}, timeout=120)


def on_terminal(*words, columns=80, **environment):
    """What the command writes to a pseudo-terminal."""
    ours, theirs = pty.openpty()
    variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    variables |= {"TERM": "xterm", "COLUMNS": str(columns), **environment}
    with subprocess.Popen(
        [sys.executable, "-m", "nonlin", *words], stdout=theirs, stderr=theirs, env=variables
    ) as child:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 65536):
                written += part
        except OSError:  # the other end is closed: Linux says so with EIO
            written += b""
        assert child.wait() == 0
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


# ---- list -----------------------------------------------------------------------------------------------------------


def test_list_has_every_entry_below_its_family_with_a_curve():
    rows = run("list").output.splitlines()
    for name in nl.names():
        at = next(i for i, row in enumerate(rows) if row.startswith(f"  {name} "))
        heading = next(row for row in reversed(rows[:at]) if row and not row.startswith(" "))
        entry = nl.get(name)
        assert heading == ("core" if entry.record.core else entry.family)
        assert bool(BRAILLE.search(rows[at])) == (not isinstance(entry, GatedUnit))


def test_list_fits_80_columns_and_cuts_after_a_word():
    out = run("list").output
    assert max(map(len, out.splitlines())) <= 80
    assert "x times the probability that a …" in out


def test_list_of_one_family_as_json():
    rows = json.loads(run("list", "--family", "radial", "--json").output)
    assert {row["name"] for row in rows} == set(nl.find("radial").names)
    own = next(row for row in rows if row["name"] == "gaussian")
    assert own["summary"] == nl.gaussian.record.summary
    assert own["facts"]["even"] is True


# ---- show -----------------------------------------------------------------------------------------------------------


@cache
def sheet(name):
    """What ``nonlin show`` prints, 80 columns wide."""
    result = run("show", name)
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("name", sample())
def test_show_is_complete(name):
    entry = nl.get(name)
    text, record = joined(sheet(name)), entry.record
    expected = [name, record.title, record.family, record.summary, record.use, record.weakness, record.note,
                str(entry.source), *entry.equivalents.values(), *entry.parameters]  # fmt: skip
    assert [part for part in expected if joined(part) not in text] == []


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_show_has_formula_curves_and_facts_within_80_columns(name):
    lines = sheet(name).splitlines()
    formula = typeset.plain(nl.get(name).expression.formula)
    assert formula.startswith("{") or joined(formula) in joined(sheet(name))
    assert len([line for line in lines if BRAILLE.search(line)]) >= 2
    keys = ("range", "limits", "zero at", "shape", "smoothness", "slope", "saturates", "mean", "exactly 0", "gain",
            "variance")  # fmt: skip
    assert [key for key in keys if f"\n{key} " not in sheet(name)] == []
    assert [line for line in lines if len(line) > 80] == []


def test_show_gelu_tells_what_is_known():
    text = joined(sheet("gelu"))
    for told in ("f(x) = x·Φ(x)", "f′(x) =", "[-0.16997, ∞), minimum -0.16997 at x = -0.75179", "0 at -∞, ∞ at ∞",
                 "rises and falls", "neither convex nor concave; neither odd nor even", "infinitely differentiable",
                 "at most 1.1289", "1.5335 forward", "0.28209 for inputs from N(0, 1): not zero-centred"):  # fmt: skip
        assert told in text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("relu", "kink at 0: slope 0 on the left, 1 on the right"),
        ("relu", "50 % of the outputs"),
        ("step", "jump at 0 from 0 to 1"),
        ("tanh", "by PyTorch's convention 1.6667"),
        ("tanh", "range (-1, 1)"),
        ("sigmoid", "below 0.1 for x < -2.0634 and x > 2.0634"),
        ("exponential", "no Lipschitz constant"),
        ("selu", "variance fixed point 1 (stable) from layer to layer"),
        ("identity", "straight; odd"),
        ("elu", "once continuously differentiable"),
        ("sigmoid", "by PyTorch's convention 1"),
        ("log(x)", "undefined x < 0"),
        ("x*relu(x)", "slope unbounded: no Lipschitz constant"),
        ("x^3", "range (-∞, ∞)"),
    ],
)
def test_facts_are_sentences(name, told):
    assert told in joined(sheet(name))


def test_an_undecided_fact_is_called_unknown():
    from nonlin.calculus.facts.facts import Facts
    from nonlin.cli.sentences import told

    rows = dict(told(Facts()))
    assert len(rows) >= 10
    assert [key for key, text in rows.items() if "unknown" not in text] == []


def test_show_a_formula():
    out = run("show", "relu(x) + 0.5*tanh(x)").output
    assert re.search(r"f\(x\) = +max\((0, x|x, 0)\) \+ (0.5·tanh\(x\)|tanh\(x\)/2)", out)
    assert "kink at 0: slope 0.5 on the left, 1.5 on the right" in joined(out)


def test_cases_stand_under_each_other():
    lines = sheet("elu").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("f(x)"))
    assert lines[at : at + 2] == ["f(x) =       ⎧ x            if x > 0", "             ⎩ α·(e^x − 1)  otherwise"]


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
@pytest.mark.parametrize("name", ["gelu", "hard_elish", "softmax", "swiglu"])
def test_show_fits_any_width(name, columns):
    longest = max(len(unstyle(line)) for line in show.lines(nl.get(name), columns))
    assert longest <= max(columns, 13 + len(max(joined(sheet(name)).split(), key=len)))


# ---- plot -----------------------------------------------------------------------------------------------------------


def test_plot_draws_function_and_derivative_in_the_terminal():
    lines = run("plot", "gelu").output.splitlines()
    assert lines[0].split() == ["f(x)", "f′(x)"]
    assert len([line for line in lines if BRAILLE.search(line)]) >= 6
    assert max(map(len, lines)) <= 80


def test_plot_of_several_gives_each_a_panel_in_one_window():
    lines = run("plot", "relu", "tanh", "gelu").output.splitlines()
    titles = [word for line in lines for word in line.split() if word in ("relu", "tanh", "gelu")]
    assert titles == ["relu", "tanh", "gelu"]
    tops = [word for i in (1, 12) for word in lines[i].split() if re.fullmatch(r"[\d.]+", word)]
    assert len(tops) == 3
    assert len({*tops}) == 1


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_plot_writes_a_picture(tmp_path, ending):
    path = tmp_path / f"gelu.{ending}"
    result = run("plot", "gelu", "--range", "-4", "4", "--axes", "origin", "-o", str(path))
    assert (result.exit_code, result.output) == (0, f"written: {path}\n")
    assert path.stat().st_size > 3000


def test_plot_prints_its_data(tmp_path):
    path = str(tmp_path / "elu.svg")
    answer = json.loads(run("plot", "elu", "--set", "alpha=0.5", "--second-derivative", "--json", "-o", path).output)
    assert {k: answer[k] for k in ("kind", "names", "written")} == {"kind": "curve", "names": ["elu"], "written": path}
    data = answer["data"]
    assert list(data) == ["x", "value", "derivative", "second_derivative"]
    finite = [i for i, v in enumerate(data["value"]) if v != "nan"]
    x, y = (np.array([data[k][i] for i in finite]) for k in ("x", "value"))
    np.testing.assert_allclose(y, np.where(x > 0, x, 0.5 * np.expm1(x)), rtol=1e-12)


def test_plot_sweep():
    data = json.loads(run("plot", "elu", "--sweep", "alpha=0.5,2", "--of", "derivative", "--json").output)["data"]
    assert list(data) == ["x", "alpha=0.5", "alpha=2"]


@pytest.mark.parametrize("words", [("gelu", "--distribution"), ("softmax", "--two-class")])
def test_plot_other_kinds_draw_in_the_terminal(words):
    result = run("plot", *words)
    assert result.exit_code == 0
    assert BRAILLE.search(result.output)


def test_a_formula_may_begin_with_a_minus():
    data = json.loads(run("plot", "-x*sigmoid(x)", "-relu(x)", "--json").output)["data"]
    assert len(data) == 3


def test_set_goes_to_those_that_have_the_parameter():
    data = json.loads(run("plot", "elu", "relu", "--set", "alpha=0.5", "--json").output)["data"]
    assert list(data) == ["x", "elu(alpha=0.5)", "relu"]


def test_a_reversed_range_is_swapped_with_a_note():
    result = run("plot", "gelu", "--range", "5", "-5", "--json")
    assert result.exit_code == 0
    assert "note: range (5, -5) is reversed; (-5, 5) is drawn" in result.stderr
    assert json.loads(result.stdout)["data"]["x"][0] == -5


def test_an_undefined_part_is_a_gap_with_one_note():
    result = run("plot", "log(x)", "--range", "-3", "3", "--json")
    assert [line for line in result.stderr.splitlines() if line] == [
        "note: log(x) is undefined for x < 0; the curve has a gap there"
    ]
    data = json.loads(result.stdout)["data"]
    assert {v for x, v in zip(data["x"], data["value"], strict=True) if x < 0} == {"nan"}


def test_pictures_need_no_display(tmp_path):
    variables = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "MPLBACKEND": "tkagg"}
    done = process("plot", "relu", "-o", str(tmp_path / "relu.png"), **variables)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_file_of_another_kind_is_replaced_only_by_force(tmp_path):
    path = tmp_path / "notes.svg"
    path.write_text("mine")
    refused = run("plot", "relu", "-o", str(path))
    assert refused.exit_code == 2
    assert "give --force to replace it, or another name" in joined(refused.output)
    assert path.read_text() == "mine"
    assert run("plot", "relu", "-o", str(path), "--force").exit_code == 0
    assert run("plot", "tanh", "-o", str(path)).exit_code == 0  # nonlin's own


# ---- drawing --------------------------------------------------------------------------------------------------------

X = np.linspace(-1.0, 1.0, 201)


def test_a_curve_in_one_line():
    assert drawing.tiny(X, 0 * X, 4) == "⠤⠤⠤⠤"
    assert drawing.tiny(X, np.where(X < 0, 0, 1), 4)[::3] == "⣀⠉"
    assert drawing.tiny(X, -X, 2) == "⠑⢄"
    assert drawing.tiny(X, X, 4, plain=True) == "_.-'"


def test_a_gap_is_not_joined():
    y = np.where(X < 0, -1.0, 1.0)
    window = drawing.Window((-1, 1), (-1, 1))
    whole = drawing.raster(X, y, window, 20, 20)
    y[100] = np.nan
    broken = drawing.raster(X, y, window, 20, 20)
    assert whole[1:-1].any()
    assert not broken[1:-1].any()
    assert broken[0].sum() + broken[-1].sum() == 20


def test_every_column_of_a_steep_curve_is_joined():
    dots = drawing.raster(X, np.tanh(50 * X), drawing.Window((-1, 1), (-1, 1)), 20, 20)
    assert dots.any(axis=1).all()


@pytest.mark.parametrize(
    "y",
    [np.full(201, np.nan), np.full(201, 3.0), np.full(201, 1e300), np.full(201, np.inf), 1 / (X + 1e-300),
     1e308 * X, np.where(X > 0, X, np.nan), np.exp(300 * X)],
)  # fmt: skip
@pytest.mark.parametrize("plain", [False, True])
def test_any_curve_can_be_drawn(y, plain):
    lines = drawing.panel("f(x)", X, y, drawing.fitted(X, y), (40, 10), plain)
    assert len(lines) == 10
    assert max(map(len, lines)) <= 40
    assert len(drawing.tiny(X, y, 10, plain)) == 10
    assert not plain or "".join(lines).isascii()


def test_a_pole_leaves_the_rest_readable():
    y = 1 / (X + 1e-9)
    low, high = drawing.fitted(X, y).y
    assert -200 < low < -1
    assert 1 < high < 200


def test_points_that_crowd_beside_a_pole_count_little():
    x = np.union1d(X, 10.0 ** -np.linspace(1, 9, 200))
    assert drawing.fitted(x, 1 / (np.abs(x) + 1e-12)).y[1] < 100


def test_panels_stand_side_by_side_where_they_fit():
    panels = [["ab", "cd"], ["ef", "gh"], ["ij", "kl"]]
    assert drawing.beside(panels, 6) == ["ab  ef", "cd  gh", "", "ij", "kl"]
    assert drawing.beside(panels, 3) == ["ab", "cd", "", "ef", "gh", "", "ij", "kl"]


# ---- eval, check ----------------------------------------------------------------------------------------------------


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
    done = process("eval", "2*x", "1")
    assert (done.returncode, done.stdout, done.stderr) == (
        0, b"1  2.0\n", b"note: 2*x is linear: layers joined by it are no more than one layer\n",
    )  # fmt: skip


def test_json_says_infinity_as_text():
    assert json.loads(run("eval", "relu", "inf", "--json").output)["value"] == ["inf"]


def test_eval_of_a_vector_function_takes_all_numbers_as_one_vector():
    assert run("eval", "softmax", "0", "0").output == "softmax(0, 0) = 0.5, 0.5\n"


def test_check_says_what_ok_means():
    out = run("check", "identity").output
    assert out.startswith("identity: largest difference from the exact result, float32")
    assert "ok: at most 16 units" in out.splitlines()[-1]


# ---- misuse ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("eval", "gelo", "1"), "no activation 'gelo'; did you mean 'gelu'? nonlin.names() lists all"),
        (("eval", "elu", "1", "--set", "alpha=-1"), "elu: alpha must be at least 0, got alpha=-1"),
        (("eval", "elu", "1", "--set", "alpha"), "--set alpha: expected NAME=NUMBER, such as alpha=0.5; "
                                                 "the '=' is missing"),
        (("eval", "elu", "1", "--set", "alpha=x"), "--set alpha=x: expected NAME=NUMBER, such as alpha=0.5"),
        (("eval", "elu", "1", "--set", "alfa=1"), "elu has no parameter 'alfa'; did you mean 'alpha'?"),
        (("shwo",), "no command 'shwo'; did you mean 'show'? nonlin --help lists all"),
        (("list", "--family", "gatd"), "no family 'gatd'; did you mean 'gated'? families:"),
        (("list", "--jsn"), "no option '--jsn'; did you mean '--json'? nonlin list --help lists all"),
        (("eval", "softmax", "1", "2", "--derivative"), "softmax has a Jacobian, not a derivative"),
        (("show", "softmax", "--set", "a=1"), "softmax has no other defaults; give parameters in the call"),
        (("show", "gelu", "--jsn"), "no option '--jsn'; did you mean '--json'? nonlin show --help lists all"),
        (("show", "--jsn", "gelu"), "no option '--jsn'; did you mean '--json'? nonlin show --help lists all"),
        (("eval", "gelu", "1", "--derivativ"), "no option '--derivativ'; did you mean '--derivative'?"),
        (("eval", "x*sigmoid(b*x)", "1"), "b has no value"),
        (("completion", "fsh"), "no shell 'fsh'; did you mean 'fish'? there are bash, zsh, fish"),
        (("plot", "gelo"), "no activation 'gelo'; did you mean 'gelu'?"),
        (("plot", "gelu", "--lay", "x"), "no option '--lay'; did you mean '--layout'?"),
        (("plot", "gelu", "--layout", "overlap"), "no layout 'overlap'; did you mean 'overlay'? "
                                                  "there are overlay, side-by-side"),
        (("plot", "gelu", "relu", "--of", "vale"), "no quantity 'vale'; did you mean 'value'?"),
        (("plot", "gelu", "--range", "5", "5"), "range must end at two different numbers, got (5, 5)"),
        (("plot", "gelu", "--range", "-inf", "5"), "range must end at finite numbers"),
        (("plot", "gelu", "--range", "nan", "5"), "range must end at finite numbers"),
        (("plot", "gelu", "--range", "a", "5"), "'a' is not a number; numbers look like -1, 0.5 or 1e-3"),
        (("plot", "gelu", "--points", "0"), "points must be a whole number from 2 to 100000, got 0"),
        (("plot", "gelu", "--points", "1000000000"), "points must be a whole number from 2 to 100000, got 1000000000"),
        (("plot", "softmax"), "softmax has one output for each of its inputs, so it has no one curve; "
                              "nonlin plot softmax --two-class draws it for two classes"),
        (("plot", "swiglu"), "swiglu has two inputs, the halves a and b"),
        (("plot", "gelu", "--two-class"), "gelu"),
        (("plot", "gelu", "-o", "gelu.jpgg"), "cannot tell the format of 'gelu.jpgg'"),
        (("plot", "gelu", "-o", "nowhere/gelu.svg"), "there is no folder 'nowhere'"),
        (("plot", "gelu", "-o", "."), "'.' is a folder; name a file in it"),
        (("plot", "gelu", "--dpi", "1", "-o", "g.png"), "dpi must be a number from 20 to 2400, got 1"),
        (("plot", "gelu", "--layout", "side-by-side"), "--layout is for a picture in a file; add -o FILE"),
        (("plot", "gelu", "--force"), "--force is for a picture in a file; add -o FILE"),
        (("plot", "gelu", "--of", "value"), "--of does not go with one name; leave it out"),
        (("plot", "gelu", "relu", "--second-derivative"), "--second-derivative does not go with several names; "
                                                          "did you mean --of second_derivative?"),
        (("plot", "gelu", "relu", "--derivative"), "--derivative does not go with several names; "
                                                   "did you mean --of derivative?"),
        (("plot", "elu", "gelu", "--sweep", "alpha=1,2"), "--sweep takes one name, got 2: elu, gelu"),
        (("plot", "elu", "--sweep", "alpha=1,2", "--distribution"), "--sweep and --distribution are two pictures"),
        (("plot", "elu", "--sweep", "alpha"), "--sweep alpha: expected NAME=NUMBER,NUMBER,..., such as "
                                              "alpha=0.1,0.5,1"),
        (("plot", "elu", "--sweep", "alpha=-1"), "elu: alpha must be at least 0, got alpha=-1"),
        (("plot", "elu", "--sweep", "alfa=1"), "elu has no parameter 'alfa'; did you mean 'alpha'?"),
        (("plot", "elu", "--sweep", "alpha=1,2", "--set", "alpha=3"), "--sweep and --set both give alpha; "
                                                                      "leave one out"),
        (("plot", "relu", "gelu", "--set", "alpha=1"), "--set alpha: none of relu, gelu has a parameter of that name"),
        (("plot", "log(x)", "--range", "-5", "-1"), "log(x) is undefined or infinite everywhere from -5 to -1"),
    ],
)  # fmt: skip
def test_misuse_is_a_sentence_and_exit_code_2(words, sentence):
    result = run(*words)
    assert result.exit_code == 2
    assert sentence in joined(result.output)
    assert "Traceback" not in result.output


# ---- help, completion -----------------------------------------------------------------------------------------------

COMMANDS = (
    "list",
    "show",
    "plot",
    "eval",
    "check",
    "like",
    "map",
    "recommend",
    "cite",
    "compare",
    "recheck",
    "data",
    "completion",
)


def test_help_lists_the_commands():
    lines = run("--help").output.splitlines()
    assert [c for c in COMMANDS if sum(line.startswith(f"  {c} ") for line in lines) != 1] == []


def test_help_starts_quickly():
    """The promise is 150 ms over bare Python; processor time, because the machine may be busy."""

    def seconds(*arguments):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    started, bare = (min(seconds(*words) for _ in range(7)) for words in (("-m", "nonlin", "--help"), ("-c", "pass")))
    assert started - bare < 0.15


@pytest.mark.parametrize("words", [("--help",), ("list", "--help"), ("plot", "--help"), ("completion", "zsh")])
def test_help_loads_no_heavy_library(words):
    code = (
        "import sys; from nonlin.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "print([m for m in ('numpy', 'sympy', 'matplotlib', 'rich', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_plot_help_names_every_option_in_a_section():
    from nonlin.cli.plot import command

    out = run("plot", "--help").output
    assert [o for p in command.params for o in p.opts if o.startswith("--") and f"{o} " not in out] == []
    assert out.index("What is drawn:") < out.index("Which part:") < out.index("The picture:") < out.index("Other:")


def test_the_words_that_plot_takes_are_those_of_the_library():
    from nonlin.cli.plot import command
    from nonlin.plot.curves import ORDERS
    from nonlin.plot.view import AXES, LAYOUTS

    words = {p.name: tuple(p.type.choices) for p in command.params if hasattr(p.type, "choices")}
    assert words == {"of": ORDERS, "layout": LAYOUTS, "axes": AXES}


def complete(*words):
    """What bash would offer for the last word."""
    variables = {"_NONLIN_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["nonlin", *words]),
                 "COMP_CWORD": str(len(words))}  # fmt: skip
    result = CliRunner().invoke(main, [], env=variables, prog_name="nonlin")
    return [line.partition(",")[2] for line in result.output.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("sh",), ["show"]),
        (("show", "gelu"), ["gelu", "gelu_10", "gelu_tanh"]),
        (("plot", "gelu", "tanhshr"), ["tanhshrink"]),
        (("eval", "poslin"), ["relu"]),
        (("eval", "zzz"), []),
        (("list", "--family", "ga"), ["gated", "gated units"]),
        (("list", "--fa"), ["--family"]),
        (("plot", "gelu", "--layout", "s"), ["side-by-side"]),
        (("show", "elu", "--set", "a"), ["alpha=1"]),
        (("plot", "elu", "softplus", "--set", ""), ["alpha=1", "beta=1"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
    ],
)
def test_completion(words, offered):
    assert complete(*words) == offered


def test_an_alias_completes_to_its_entry():
    assert complete("show", "Swish-1") == ["silu"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell):
    out = run("completion", shell).output
    assert "_NONLIN_COMPLETE" in out
    assert "nonlin" in out


# ---- the terminal, its encoding, pipes ------------------------------------------------------------------------------


def test_a_terminal_gets_its_width_and_escape_codes_and_nothing_else_does():
    wide = on_terminal("list", columns=100)
    assert "\x1b[1m" in wide
    assert 80 < max(len(unstyle(line)) for line in wide.splitlines()) <= 100
    assert "\x1b" not in on_terminal("list", NO_COLOR="1")
    assert "\x1b" not in on_terminal("list", TERM="dumb")
    assert b"\x1b" not in process("list").stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("words", [("list",), ("show", "sigmoid"), ("show", "elu"), ("plot", "softsign"),
                                   ("show", "bent_identity", "--json")])  # fmt: skip
def test_an_encoding_without_braille_gets_ascii(encoding, words):
    done = process(*words, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert encoding != "ascii" or text.isascii()
    assert "?" not in text.replace("https://", "")


def test_ascii_formulas_are_those_that_nonlin_reads():
    text = process("show", "elu", PYTHONIOENCODING="ascii").stdout.decode()
    formula = re.search(r"f\(x\) = +(.+)", text).group(1)
    assert nl.define(formula, alpha=1.0) == nl.elu
    slope = process("show", "sinc", PYTHONIOENCODING="ascii").stdout.decode()
    assert "where(x == 0, 0, (x*cos(x) - sin(x))/x**2)" in slope  # in the form that is easiest to read


def test_a_closed_pipe_is_silent():
    command = f"{sys.executable} -m nonlin list | head -1"
    done = subprocess.run(command, shell=True, capture_output=True)  # noqa: S602
    assert (done.stdout, done.stderr) == (b"core\n", b"")


def test_long_words_stay_whole_and_texts_hang():
    lines = [unstyle(line) for line in output.hanging("source", "a " + 50 * "b" + " c", 8, 40)]
    assert lines == ["source  a", "        " + 50 * "b", "        c"]


# ---- the documentation ----------------------------------------------------------------------------------------------


def documented(printed_by):
    row = next(line for line in DOCS.splitlines() if line.startswith(f"| {printed_by} |"))
    return re.findall(r"`([a-z_]+)`", row.removeprefix(f"| {printed_by} |"))


def test_documented_keys_are_those_that_are_printed():
    sheet = json.loads(run("show", "elu", "--json").output)
    assert [*sheet] == documented("`show`")
    assert [*json.loads(run("show", "softmax", "--json").output)] == documented("`show`")
    assert [*sheet["parameters"]["alpha"]] == documented("`show`: a parameter")
    assert [*json.loads(run("list", "--json").output)[0]] == documented("`list`")
    assert [*json.loads(run("eval", "elu", "1", "--json").output)] == documented("`eval`")
    assert [*json.loads(run("check", "identity", "--json").output)[0]] == documented("`check`")
    picture = json.loads(run("plot", "elu", "--json").output)
    assert [*picture] == documented("`plot`")
    assert [*picture["data"]] == documented("`plot`: `data` of one name")[:3]
    outputs = json.loads(run("plot", "softmax", "--two-class", "--json").output)["data"]
    assert [*outputs] == documented("`plot`: `data` of `--two-class`")
    densities = json.loads(run("plot", "relu", "--distribution", "--json").output)["data"]
    assert {*densities} == {*documented("`plot`: `data` of `--distribution`")}


def test_documented_keys_of_a_study_are_those_that_are_printed(tmp_path):
    training = ("--limit", "64", "--epochs", "1", "--seeds", "2", "--lr", "tune", "--grid", "0.01", "--workers", "1")
    done = run("compare", "relu", "tanh", *training, "--tuning-seeds", "1", "-o", str(tmp_path / "study"), "--json")
    study = json.loads(done.stdout)
    assert [*study] == documented("`compare`")
    for part in ("settings", "repeat"):
        assert [*study[part]] == documented(f"`compare`: `{part}`")
    for part in ("table", "verdicts", "convergence", "cost", "tuning", "runs"):
        assert [*study[part][0]] == documented(f"`compare`: `{part}`")


def test_documented_keys_of_data_and_recheck_are_those_that_are_printed(tmp_path):
    sets = json.loads(run("data", "list", "--data-dir", str(tmp_path), "--json").stdout)
    assert {tuple(one) for one in sets} == {tuple(documented("`data list`"))}
    (tmp_path / "table.csv").write_text("name,mean,sd,n\nrelu,0.97,0.002,5\n")
    table = json.loads(run("recheck", str(tmp_path / "table.csv"), "--json").stdout)
    assert [*table] == documented("`recheck`")
    assert [*table["rows"][0]] == documented("`recheck`: `rows`")


def test_documented_keys_of_facts_are_its_attributes():
    from dataclasses import fields

    from nonlin.calculus.facts.facts import Facts

    facts = json.loads(run("show", "elu", "--json").output)["facts"]
    assert [*facts] == [f.name for f in fields(Facts)]


def test_every_option_and_command_is_documented():
    missing = [c for c in COMMANDS if f"`nonlin {c}" not in DOCS]
    for name in COMMANDS[:-1]:
        command = main.get_command(None, name)
        params = [p for one in (command, *getattr(command, "commands", {}).values()) for p in one.params]
        missing += [o for p in params for o in p.opts if o.startswith("--") and o not in DOCS]
    assert missing == []


@pytest.mark.parametrize("words", [(), ("data",)])
def test_every_command_has_its_whole_line_in_the_help(words):
    assert "..." not in run(*words, "--help").output.partition("Commands:")[2]


def test_documented_keys_of_signals_are_those_that_are_measured():
    from nonlin.study.heatmaps import MEASURES

    assert documented("`compare`: `signals`") == ["activation", "epoch", "layer", *MEASURES]


def test_the_installed_command_works():
    done = process("eval", "relu", "-2")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"-2  0.0\n", b"")
