"""Pictures: they show the function, nothing overlaps or is cut, nothing global changes, errors say what to do."""

import re
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text

import nonlin as nl
from nonlin.core import Activation
from nonlin.errors import InputError, NonlinWarning, ParameterError, UnknownActivation
from nonlin.plot import Picture, compare, curve, distribution, sweep, two_class
from nonlin.plot.style import COLOURS, DARK_COLOURS, DASHES, MARKERS, NIGHT, PAPER
from sample import sample

ELEMENTWISE = list(sample(Activation))
TWELVE = ["relu", "gelu", "silu", "mish", "elu", "tanh", "sigmoid", "softplus", "selu", "hard_swish", "leaky_relu",
          "softsign"]  # fmt: skip
MAGIC = {"svg": b"<?xml", "png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-"}


def formula(text: str) -> Activation:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NonlinWarning)
        return nl.get(text)


def main_lines(picture: Picture, panel: int = 0) -> list:
    """The curves, without dots and arrow tips."""
    return [line for line in picture.axes[panel].lines if line.get_linestyle() not in ("None", "none")]


def dots(picture: Picture, *, filled: bool, panel: int = 0) -> set[tuple[float, float]]:
    found = set()
    for line in picture.axes[panel].lines:
        is_dot = line.get_linestyle() == "None" and line.get_marker() == "o"
        if is_dot and (line.get_markerfacecolor() == line.get_color()) == filled:
            found |= {(float(x), float(y)) for x, y in zip(*line.get_data(), strict=True)}
    return found


# ---- what is drawn is the function ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gelu", "elu", "relu6", "hardshrink", "sine", "squareplus"])
def test_lines_are_the_function_and_its_derivatives(name: str) -> None:
    act, picture = nl.get(name), curve(name, second_derivative=True, range=(-4, 4), ylim=(-9, 9))
    x = picture.data["x"]
    alone = ~np.isin(x, x[1:][np.diff(x) == 0])  # elsewhere than at jumps
    orders = (act, act.derivative, act.derivative.derivative)
    for key, function, line in zip(
        ("value", "derivative", "second_derivative"), orders, main_lines(picture), strict=True
    ):
        np.testing.assert_array_equal(picture.data[key][alone], function(x[alone]))
        np.testing.assert_array_equal(line.get_xdata(), x)
        np.testing.assert_array_equal(line.get_ydata(), picture.data[key])
    assert (x[0], x[-1]) == (-4.0, 4.0)
    assert (np.diff(x) >= 0).all()


def test_derivative_can_be_left_out() -> None:
    assert list(curve("gelu", derivative=False).data) == ["x", "value"]
    assert list(curve("gelu", False, second_derivative=True).data) == ["x", "value", "second_derivative"]


@pytest.mark.parametrize(("name", "kinks"), [("relu", [0]), ("hard_tanh", [-1, 1]), ("softshrink", [-0.5, 0.5])])
def test_kinks_are_points_of_the_line(name: str, kinks: list[float]) -> None:
    for points in (None, 7):
        x = curve(name, range=(-3.3, 3.1), points=points, derivative=False).data["x"]
        assert set(kinks) <= set(x)


@pytest.mark.parametrize(
    ("name", "of", "filled", "opened"),
    [
        ("relu", "derivative", {(0, 0)}, {(0, 1)}),
        ("step", "value", {(0, 1)}, {(0, 0)}),
        ("sign", "value", {(0, 0)}, {(0, -1), (0, 1)}),
        ("hardshrink", "value", {(-0.5, 0), (0.5, 0)}, {(-0.5, -0.5), (0.5, 0.5)}),
        ("floor(x)", "value", {(-1, -1), (0, 0), (1, 1)}, {(-1, -2), (0, -1), (1, 0)}),
        ("gelu", "derivative", set(), set()),
    ],
)
def test_dots_at_jumps(name: str, of: str, filled: set, opened: set) -> None:
    picture = compare([formula(name)], of=of, range=(-1.7, 1.6))
    assert dots(picture, filled=True) == filled
    assert dots(picture, filled=False) == opened


@pytest.mark.parametrize(
    ("text", "of", "places"),
    [
        ("relu(x)", "derivative", [0]),
        ("sign(x)", "value", [0]),
        ("hardshrink(x)", "value", [-0.5, 0.5]),
        ("floor(2x)", "value", [-0.5, 0, 0.5]),
        ("1/x", "value", [0]),
        ("tan(2x)", "value", [-np.pi / 4, np.pi / 4]),
        ("floor(x^3 + sin(3x))", "value", [0]),
    ],
)
def test_no_segment_joins_a_jump(text: str, of: str, places: list[float]) -> None:
    x, y = main_lines(compare([formula(text)], of=of, range=(-0.95, 0.9)))[0].get_data()
    for place in places:
        assert not _is_bridged(np.asarray(x), np.asarray(y), place)


def _is_bridged(x: np.ndarray, y: np.ndarray, place: float) -> bool:
    """Whether a segment with two finite ends steps over the place, or stands on it."""
    ends = np.isfinite(y[:-1]) & np.isfinite(y[1:])
    near = (x[:-1] <= place + 1e-9) & (x[1:] >= place - 1e-9)
    return bool((ends & near & (np.abs(np.diff(y)) > 0.4)).any())


def test_the_test_for_bridges_can_fail() -> None:
    assert _is_bridged(np.array([-1.0, 0.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0]), 0.0)


def test_a_smooth_curve_misses_its_chords_by_less_than_can_be_seen() -> None:
    picture = curve("sin(20x)", derivative=False, range=(-5, 5))
    x, y = picture.data["x"], picture.data["value"]
    middle = (x[1:] + x[:-1]) / 2
    assert np.abs(np.sin(20 * middle) - (y[1:] + y[:-1]) / 2).max() < 2 / 400


def test_points_are_as_many_as_asked_for() -> None:
    np.testing.assert_array_equal(curve("gelu", points=11).data["x"], np.linspace(-10, 10, 11))


@pytest.mark.parametrize("text", ["exp(x)", "1/x", "exp(x^2)", "tan(x)", "x^5", "1/x^2", "sinh(x)"])
def test_tall_functions_stay_readable(text: str) -> None:
    """The middle half of the values fills a visible part of the height."""
    picture = curve(formula(text), derivative=False)
    low, high = picture.axes[0].get_ylim()
    middle = np.quantile(picture.data["value"][np.isfinite(picture.data["value"])], [0.25, 0.75])
    assert high - low <= 12 * (middle[1] - middle[0]) + 45


def test_one_tall_function_does_not_flatten_the_others() -> None:
    low, high = compare(["exponential", *TWELVE[5:8], "softsign"], of="derivative", range=(-5, 5)).axes[0].get_ylim()
    assert -0.5 < low < 0
    assert 1 < high < 2


def test_limits_are_as_given() -> None:
    axes = curve("gelu", range=(-2, 3), ylim=(-1, 2)).axes[0]
    assert (axes.get_xlim(), axes.get_ylim()) == ((-2, 3), (-1, 2))


def test_comparison_has_every_function_by_name() -> None:
    picture = compare([*TWELVE, "x*sigmoid(2x)"], of="derivative", range=(-3, 3))
    assert list(picture.data) == ["x", *TWELVE, "x*sigmoid(2*x)"]
    x = picture.data["x"]
    np.testing.assert_array_equal(picture.data["tanh"], nl.tanh.derivative(x))


def test_legend_of_a_comparison_follows_the_lines() -> None:
    picture = compare(["sigmoid", "relu", "identity", "tanh", "sign"], range=(-5, 5))
    texts = [t.get_text() for t in picture.axes[0].get_legend().get_texts()]
    assert texts[-1] == "sigmoid" or texts.index("identity") < texts.index("sigmoid")
    assert texts.index("relu") < texts.index("tanh")


def test_lines_of_a_comparison_differ_without_colour() -> None:
    lines = main_lines(compare(TWELVE))
    looks = {(line.get_marker(), line._unscaled_dash_pattern) for line in lines}
    assert len(looks) == len(lines)
    markers = [tuple(line.get_markevery()) for line in lines]
    assert len(set(markers)) == len(lines)


def test_styles_are_many() -> None:
    assert np.gcd(len(COLOURS), len(DASHES)) == np.gcd(len(DARK_COLOURS), len(DASHES)) == 1
    assert "o" not in MARKERS


def _luminance(colour: str) -> float:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(("colours", "paper"), [(COLOURS, PAPER), (DARK_COLOURS, NIGHT)])
def test_lines_stand_out_from_the_background(colours: tuple[str, ...], paper: str) -> None:
    for colour in colours:
        light, dark = sorted((_luminance(colour), _luminance(paper)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 2.1


def test_sweep_goes_from_light_to_dark() -> None:
    picture = sweep("elu", "alpha", [2, 0.5, 1], range=(-3, 3))
    assert list(picture.data) == ["x", "alpha=0.5", "alpha=1", "alpha=2"]
    np.testing.assert_array_equal(picture.data["alpha=2"], nl.elu(picture.data["x"], alpha=2))
    lights = [sum(line.get_color()) for line in main_lines(picture)]
    assert lights == sorted(lights, reverse=True)
    assert picture.axes[0].get_legend().get_texts()[0].get_text() == r"$\alpha = 0.5$"


def test_sweep_of_a_derivative() -> None:
    data = sweep("swish", "beta", [1.0], of="derivative", points=5).data
    np.testing.assert_array_equal(data["beta=1"], nl.silu.derivative(data["x"]))


def test_saturation_is_shaded_where_the_slope_is_small() -> None:
    picture = curve("tanh", saturation=True, range=(-5, 5))
    spans = sorted((p.get_x(), p.get_x() + p.get_width()) for p in picture.axes[0].patches)
    weak, strong = np.arctanh(np.sqrt(0.9)), np.arctanh(np.sqrt(0.99))
    expected = sorted([(-5, -weak), (-5, -strong), (weak, 5), (strong, 5)])
    np.testing.assert_allclose(spans, expected, atol=1e-6)
    texts = [t.get_text() for t in picture.axes[0].get_legend().get_texts()]
    assert texts == ["$f(x)$", "$f'(x)$", "$|f'(x)| < 0.1$", "$|f'(x)| < 0.01$"]


# ---- distributions --------------------------------------------------------------------------------------------------


def test_identity_keeps_the_normal_density() -> None:
    data = distribution("identity").data
    edges = data["output"]
    middle = (edges[1:] + edges[:-1]) / 2
    np.testing.assert_allclose(data["output_density"], np.exp(-(middle**2) / 2) / np.sqrt(2 * np.pi), atol=2e-4)
    np.testing.assert_allclose(data["slope_points"], [[1, 1]])


@pytest.mark.parametrize(
    ("name", "output", "slope"),
    [
        ("relu", [[0, 0.5]], [[0, 0.5], [1, 0.5]]),
        ("hard_tanh", [[-1, 0.15865525], [1, 0.15865525]], [[0, 0.31731051], [1, 0.68268949]]),
        ("sign", [[-1, 0.5], [1, 0.5]], [[0, 1]]),
        ("leaky_relu", [], [[0.01, 0.5], [1, 0.5]]),
        ("tanh(5x)", [], []),
        ("gelu", [], []),
    ],
)
def test_points_with_a_probability(name: str, output: list, slope: list) -> None:
    data = distribution(formula(name)).data
    np.testing.assert_allclose(data["output_points"], np.reshape(output, (-1, 2)), atol=1e-8)
    np.testing.assert_allclose(data["slope_points"], np.reshape(slope, (-1, 2)), atol=1e-8)


@pytest.mark.parametrize("name", ["gelu", "relu", "tanh", "sine", "hard_swish", "gaussian"])
def test_densities_and_points_make_one(name: str) -> None:
    data = distribution(name).data
    for key in ("output", "slope"):
        total = (data[f"{key}_density"] * np.diff(data[key])).sum() + data[f"{key}_points"][:, 1].sum()
        assert total == pytest.approx(1, abs=2e-3)


def test_points_of_a_huge_slope() -> None:
    with pytest.warns(NonlinWarning, match="linear"):
        steep = nl.define("x*1e200")
    assert distribution(steep).data["slope_points"].tolist() == [[1e200, pytest.approx(1)]]


def test_density_of_a_known_output() -> None:
    """exp(z) is log-normal."""
    data = distribution("exponential").data
    y = (data["output"][1:] + data["output"][:-1]) / 2
    share = data["output_density"][4:40]
    np.testing.assert_allclose(share, (np.exp(-(np.log(y) ** 2) / 2) / y / np.sqrt(2 * np.pi))[4:40], rtol=0.02)


def test_two_class_softmax_is_the_sigmoid() -> None:
    data = two_class("softmax", range=(-5, 5)).data
    np.testing.assert_allclose(data["first"], nl.sigmoid(data["x"]), rtol=1e-12)
    np.testing.assert_allclose(data["second"], nl.sigmoid(-data["x"]), rtol=1e-12)


# ---- typography -----------------------------------------------------------------------------------------------------

PICTURES = {
    "side by side": lambda: curve("gelu", second_derivative=True, layout="side-by-side"),
    "origin": lambda: curve("sigmoid", second_derivative=True, axes="origin"),
    "origin side": lambda: curve("relu", layout="side-by-side", axes="origin"),
    "saturation": lambda: curve("tanh", saturation=True),
    "formula": lambda: curve("x*sigmoid(1.702x) + 0.1*sin(3x)^2*exp(-x^2)", range=(-5, 5)),
    "small": lambda: curve("gelu_tanh", size=(3.3, 2.4)),
    "compare 2": lambda: compare(TWELVE[:2]),
    "compare 4": lambda: compare(TWELVE[:4], of="derivative", axes="origin", range=(-5, 5)),
    "compare 12": lambda: compare(TWELVE, range=(-5, 5)),
    "compare 24": lambda: compare(ELEMENTWISE[:24], of="second_derivative", dark=True),
    "grid": lambda: compare(TWELVE, layout="side-by-side"),
    "sweep": lambda: sweep("swish", "beta", [0.1, 0.5, 1, 2, 10], of="derivative", range=(-4, 4)),
    "distribution": lambda: distribution("hard_tanh"),
    "two classes": lambda: two_class("log_softmax"),
    "below": lambda: compare(TWELVE[:4], legend="below"),
    "300 dpi": lambda: compare(TWELVE, dpi=300),
}


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_is_cut_and_no_legend_covers_a_curve(name: str) -> None:
    _check_typography(PICTURES[name]())


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_entry_is_drawn_well(name: str) -> None:
    _check_typography(curve(name, axes="origin" if len(name) % 2 else "box"))


def _check_typography(picture: Picture) -> None:
    renderer = picture.figure.canvas.get_renderer()
    picture.figure.draw(renderer)
    whole = picture.figure.bbox.padded(0.5)
    unseen = _unseen(picture)
    for text in picture.figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and text not in unseen:
            box = text.get_window_extent(renderer)
            assert whole.contains(box.x0, box.y0), (text, box)
            assert whole.contains(box.x1, box.y1), (text, box)
    for axes in picture.axes:
        if axes.get_legend():
            box = axes.get_legend().get_window_extent(renderer)
            assert not any(_runs_through(line, box) for line in axes.lines)


def _unseen(picture: Picture) -> list[Text]:
    """Tick labels beyond the limits of their axes exist, and are not drawn."""
    axes = [axis for panel in picture.figure.axes for axis in (panel.xaxis, panel.yaxis)]
    ticks = [(tick, *sorted(axis.get_view_interval())) for axis in axes for tick in axis.get_major_ticks()]
    return [label for tick, low, high in ticks for label in (tick.label1, tick.label2)
            if not low <= tick.get_loc() <= high]  # fmt: skip


def _runs_through(line, box) -> bool:
    """Whether any of many points along the line is in the box; made apart from the code under test."""
    path = line.get_path().interpolated(20).vertices
    x, y = line.get_transform().transform(path[np.isfinite(path).all(axis=1)]).T
    seen = line.axes.bbox.padded(6)
    low, high = max(box.y0, seen.y0), min(box.y1, seen.y1)
    return bool(((x >= box.x0) & (x <= box.x1) & (y >= low) & (y <= high)).any())


def test_labels_at_axes_through_the_origin_are_free() -> None:
    picture = curve("sigmoid", axes="origin")
    renderer, axes = picture.figure.canvas.get_renderer(), picture.axes[0]
    shown = [t for a in (axes.xaxis, axes.yaxis) for tick in a.get_major_ticks() for t in (tick.label1, tick.label2)]
    shown = [t for t in shown if t.get_visible()]
    assert len(shown) >= 4
    for text in shown:
        assert text.get_text() != "0"
        assert not any(_runs_through(line, text.get_window_extent(renderer)) for line in main_lines(picture))


def test_axes_through_the_origin() -> None:
    spines = curve("tanh", axes="origin").axes[0].spines
    assert (spines["left"].get_position(), spines["bottom"].get_position()) == (("data", 0.0), ("data", 0.0))
    beside = curve("tanh", axes="origin", range=(2, 4)).axes[0].spines
    assert beside["left"].get_position() == ("data", 2.0)


@pytest.mark.parametrize("name", ["cash$", "$a$ and $b", "under_score^2", "_hidden", "back\\slash\\", "{%#&~}",
                                  "line\nbreak", "x" * 300, "ünïcode"])  # fmt: skip
def test_names_are_shown_as_they_are(name: str) -> None:
    act = nl.define("tanh(x) + 0.3*x", name=name)
    for picture in (curve(act), compare([act, "relu"])):
        _check_typography(picture)
    legend = [t.get_text() for t in picture.axes[0].get_legend().get_texts()]
    assert len(legend) == 2
    assert "relu" in legend


def test_labels_are_mathematics() -> None:
    picture = curve("gelu")
    assert picture.axes[0].get_title(loc="left") == r"gelu:  $f(x) = x\,\Phi(x)$"
    assert [t.get_text() for t in picture.axes[0].get_legend().get_texts()] == ["$f(x)$", "$f'(x)$"]
    cases = r"\{x\ \mathrm{if}\ x > 0;\ \ \alpha\,(e^x - 1)\ \mathrm{if}\ x \leq 0\}"
    assert curve("elu").axes[0].get_title(loc="left") == rf"elu:  $f(x) = {cases}$,   $\alpha = 1$"
    assert "beta = 2" in curve(nl.swish.with_parameters(beta=2)).axes[0].get_title(loc="left")


def test_dark() -> None:
    picture = curve("gelu", dark=True)
    assert matplotlib.colors.to_hex(picture.figure.get_facecolor()) == NIGHT
    assert main_lines(picture)[0].get_color() == DARK_COLOURS[0]


@pytest.mark.parametrize("place", ["upper left", "lower right", "right", "below"])
def test_legend_where_it_is_wanted(place: str) -> None:
    axes = curve("gelu", legend=place).axes[0]
    box, panel = axes.get_legend().get_window_extent(), axes.bbox
    assert {"upper left": box.x1 < panel.x1 / 2, "lower right": box.y1 < panel.y1 / 2, "right": box.x0 >= panel.x1,
            "below": box.y1 <= panel.y0}[place]  # fmt: skip


@pytest.mark.parametrize("none", ["none", None])
def test_no_legend(none: str | None) -> None:
    assert curve("gelu", legend=none).axes[0].get_legend() is None


# ---- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["svg", "png", "pdf", "SVG"])
def test_files(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"gelu.{kind}"
    curve("gelu").save(path)
    assert path.read_bytes().startswith(MAGIC[kind.lower()])
    assert path.stat().st_size < 100_000
    assert f"nonlin {nl.__version__}".encode() in path.read_bytes()


def test_svg_has_text_and_the_same_bytes_each_time() -> None:
    one, two = (curve("gelu")._repr_svg_() for _ in range(2))
    assert one == two
    assert len(re.findall("<text", one)) > 10
    assert "Φ" in one
    assert "<dc:date>" not in one


def test_a_comparison_of_twelve_is_small() -> None:
    assert len(compare(TWELVE, range=(-5, 5))._repr_svg_().encode()) < 250_000


def test_notebooks_get_png_and_svg() -> None:
    picture = two_class("softmax")
    assert picture._repr_png_().startswith(MAGIC["png"])
    assert picture._repr_svg_().startswith("<?xml")


@pytest.mark.parametrize("dpi", [100, 300])
def test_size_and_dpi(dpi: int, tmp_path: Path) -> None:
    picture = curve("gelu", size=(4, 3), dpi=dpi)
    picture.save(tmp_path / "own.png")
    assert _png_size(tmp_path / "own.png") == (4 * dpi, 3 * dpi)
    picture.save(tmp_path / "other.png", dpi=50)
    assert _png_size(tmp_path / "other.png") == (200, 150)
    assert picture.figure.dpi == dpi


def _png_size(path: Path) -> tuple[int, int]:
    header = path.read_bytes()[16:24]
    return int.from_bytes(header[:4]), int.from_bytes(header[4:])


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_own_pictures_are_replaced_and_others_only_with_force(kind: str, tmp_path: Path) -> None:
    path, picture = tmp_path / f"p.{kind}", curve("relu", points=5)
    picture.save(path)
    picture.save(path)
    other = Figure()
    other.subplots()
    other.savefig(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match=rf"p.{kind}' exists and is no {kind} picture of nonlin; give force=True"):
        picture.save(path)
    assert path.read_bytes() == before
    picture.save(path, force=True)
    assert path.read_bytes() != before


def test_an_own_picture_of_another_format_is_not_replaced(tmp_path: Path) -> None:
    picture = curve("relu", points=5)
    picture.save(tmp_path / "p.png")
    (tmp_path / "p.png").rename(tmp_path / "p.svg")
    with pytest.raises(InputError, match="exists and is no svg picture of nonlin"):
        picture.save(tmp_path / "p.svg")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "p.pgn",
            r"cannot tell the format of 'p.pgn' from the ending '.pgn'; did you mean 'png'\? use .svg, .png or .pdf",
        ),
        ("p", r"cannot tell the format of 'p' from no ending; use .svg, .png or .pdf"),
        ("none/p.svg", r"there is no folder '.*none'; make it first, or name another"),
        ("", r"is a folder; name a file in it, such as '.*picture.svg'"),
        ("file/p.svg", r"there is no folder '.*file'"),
    ],
)
def test_where_nothing_can_be_written(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=message):
        curve("relu", points=5).save(tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_what_the_system_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write '.*' \(File name too long\); name another place"):
        curve("relu", points=5).save(tmp_path / ("a" * 300 + ".png"), force=True)


# ---- nothing global -------------------------------------------------------------------------------------------------


def test_no_setting_changes_and_the_users_settings_do_not_matter(tmp_path: Path) -> None:
    usual = curve("gelu")._repr_svg_()
    with matplotlib.rc_context({"lines.linewidth": 9, "axes.facecolor": "red", "font.size": 30}):
        before = dict(matplotlib.rcParams)
        picture = curve("gelu")
        picture.save(tmp_path / "gelu.png")
        assert dict(matplotlib.rcParams) == before
        assert picture._repr_svg_() == usual
    assert picture._repr_svg_() == usual


def test_settings_are_given_back_when_drawing_fails() -> None:
    before = dict(matplotlib.rcParams)
    with pytest.raises(InputError):
        curve("gelu", ax=3)
    assert dict(matplotlib.rcParams) == before


def test_pyplot_and_sympy_are_never_loaded(tmp_path: Path) -> None:
    code = (
        "import sys, nonlin as nl; p = nl.plot.curve('gelu', axes='origin'); "
        "p.save(sys.argv[1] + '.svg'); p.save(sys.argv[1] + '.png'); "
        "print([m for m in ('matplotlib.pyplot', 'sympy', 'scipy') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code, tmp_path / "p"], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# ---- into the user's axes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axes", ["box", "origin"])
def test_given_axes(axes: str) -> None:
    figure = Figure()
    canvas = FigureCanvasSVG(figure)  # one that cannot measure texts
    left, right = figure.subplots(1, 2)
    picture = curve("relu", ax=right, axes=axes)
    assert (picture.figure, picture.axes, figure.canvas) == (figure, (right,), canvas)
    assert len(left.lines) == 0
    assert len(main_lines(picture)) == 2
    assert right.get_title(loc="left") == ""
    figure.savefig("/dev/null", format="svg")


@pytest.mark.parametrize("draw", [lambda ax: compare(["relu"], ax=ax), lambda ax: sweep("elu", "alpha", [1], ax=ax),
                                  lambda ax: two_class("softmax", ax=ax)])  # fmt: skip
def test_given_axes_for_the_others(draw) -> None:
    ax = Figure().subplots()
    assert draw(ax).axes == (ax,)


def test_numbers_of_numpy() -> None:
    picture = curve("gelu", points=np.int64(5), dpi=np.float32(80))
    assert (len(picture.data["x"]), picture.figure.dpi) == (5, 80)


def test_door() -> None:
    assert list(nl.gelu.plot(second_derivative=True).data) == ["x", "value", "derivative", "second_derivative"]


# ---- wrong input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"range": (1, 1)}, r"range must end at two different numbers, got \(1, 1\); widen it"),
        ({"range": (1, 1 + 1e-12)}, "range must end at two different numbers"),
        ({"range": (0, np.inf)}, r"range must end at finite numbers up to 1e\+100 in size, got \(0, inf\)"),
        ({"range": (np.nan, 1)}, r"range must end at finite numbers .* got \(nan, 1\)"),
        ({"range": (-1e200, 1)}, "range must end at finite numbers"),
        ({"range": (-1e-300, 1e-300)}, "range must end at two different numbers"),  # matplotlib would widen it
        ({"range": 3}, r"range must be two numbers such as \(-5, 5\), got 3"),
        ({"range": (1, 2, 3)}, "range must be two numbers"),
        ({"range": "ab"}, "range must be two numbers"),
        ({"ylim": (2, 2)}, "ylim must end at two different numbers"),
        ({"points": 0}, "points must be a whole number from 2 to 100000, got 0"),
        ({"points": 10**9}, "points must be a whole number from 2 to 100000, got 1000000000"),
        ({"points": 2.5}, "points must be a whole number"),
        ({"points": True}, "points must be a whole number"),
        ({"dpi": 0}, "dpi must be a number from 20 to 2400, got 0"),
        ({"dpi": "high"}, "dpi must be a number"),
        ({"size": (0, 3)}, r"size must be width and height, each from 1.5 to 30 inches, got \(0, 3\)"),
        ({"size": 5}, "size must be width and height"),
        ({"layout": "overlaid"}, r"no layout 'overlaid'; did you mean 'overlay'\? known: overlay, side-by-side"),
        ({"layout": None}, "no layout None; known: overlay, side-by-side"),
        ({"axes": "orgin"}, r"no axes 'orgin'; did you mean 'origin'\? known: box, origin"),
        ({"legend": "uper left"}, r"no legend 'uper left'; did you mean 'upper left'\? known: best, upper left"),
        ({"rnage": (1, 2)}, r"curve has no option 'rnage'; did you mean 'range'\? it has: act, derivative"),
        ({"ax": "here"}, "ax must be one matplotlib Axes, got str"),
    ],
)
def test_options_that_are_refused(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        curve("gelu", **options)


def test_options_that_do_not_go_with_given_axes() -> None:
    ax = Figure().subplots()
    with pytest.raises(InputError, match="size belongs to the figure, and ax= has one already; leave out size or ax"):
        curve("gelu", ax=ax, size=(4, 3))
    with pytest.raises(InputError, match="dpi belongs to the figure"):
        curve("gelu", ax=ax, dpi=100)
    with pytest.raises(InputError, match="layout 'side-by-side' needs several axes, and ax= is one"):
        curve("gelu", ax=ax, layout="side-by-side")


def test_a_reversed_range_is_swapped_with_a_note() -> None:
    with pytest.warns(NonlinWarning, match=r"range \(4, -2\) is reversed; \(-2, 4\) is drawn") as told:
        picture = curve("gelu", range=(4, -2))
    assert picture.axes[0].get_xlim() == (-2, 4)
    assert told[0].filename == __file__


@pytest.mark.parametrize(
    ("text", "said"),
    [("sqrt(x)", "x < 0"), ("log(3 - x)", "x > 3"), ("sqrt(x^2 - 4)", "-2 < x < 2")],
)
def test_a_gap_is_told_and_left_open(text: str, said: str) -> None:
    act = formula(text)
    with pytest.warns(
        NonlinWarning, match=re.escape(f"{act.name} is undefined for {said}; the curve has a gap")
    ) as told:
        picture = curve(act)
    assert told[0].filename == __file__
    assert np.isnan(picture.data["value"]).any()
    missing = np.isnan(picture.data["value"])
    assert np.isnan(picture.data["derivative"][missing]).all()


def test_the_line_reaches_the_edge_of_a_gap() -> None:
    act = formula("sqrt(x - 0.123)")
    with pytest.warns(NonlinWarning, match="undefined for x < 0.123"):
        picture = curve(act)
    x, y = picture.data["x"], picture.data["value"]
    assert abs(x[np.isfinite(y)].min() - 0.123) < 1e-12


def test_undefined_everywhere() -> None:
    with pytest.raises(InputError, match=r"sqrt\(x\) is undefined or infinite everywhere from -5 to -1; give another"):
        curve(formula("sqrt(x)"), range=(-5, -1))


def test_what_has_no_one_curve() -> None:
    with pytest.raises(
        InputError, match=r"softmax has one output for each .* nonlin.plot.two_class\('softmax'\) draws it"
    ):
        curve("softmax")
    with pytest.raises(InputError, match=r"glu has two inputs, .* plot its activation part, 'sigmoid\(x\)'"):
        curve("glu")
    with pytest.raises(InputError, match=r"swiglu has two inputs, .*'x\*sigmoid\(x\)'"):
        compare(["swiglu"])
    with pytest.raises(InputError, match=r"gelu is no vector function; .* curve draws gelu"):
        two_class("gelu")
    with pytest.raises(InputError, match="glu is no vector function"):
        two_class("glu")
    with pytest.raises(UnknownActivation, match="did you mean 'gelu'"):
        curve("gelo")


@pytest.mark.parametrize("count", [0, 25])
def test_too_few_or_too_many_functions(count: int) -> None:
    with pytest.raises(InputError, match=f"compare draws 1 to 24 functions, got {count}"):
        compare(ELEMENTWISE[:count])


def test_what_is_no_list_of_functions() -> None:
    with pytest.raises(InputError, match="an activation is named by text, got int"):
        compare(5)


def test_one_function_given_alone_or_twice() -> None:
    assert list(compare("gelu").data) == ["x", "gelu"]
    with pytest.warns(NonlinWarning, match="gelu is given twice and drawn once"):
        assert list(compare(["gelu", "GELU"]).data) == ["x", "gelu"]
    two = [nl.define("tanh(x)*x", name="mine"), nl.define("tanh(x)", name="mine")]
    assert list(compare(two).data) == ["x", "mine", "mine (2)"]


def test_wrong_words_for_comparisons_and_sweeps() -> None:
    with pytest.raises(InputError, match=r"no quantity 'derivatives'; did you mean 'derivative'\? known: value"):
        compare(["gelu"], of="derivatives")
    with pytest.raises(ParameterError, match="elu has no parameter 'alhpa'; did you mean 'alpha'"):
        sweep("elu", "alhpa", [1])
    with pytest.raises(ParameterError, match="alpha must be at least 0"):
        sweep("elu", "alpha", [-1, 1])
    with pytest.raises(InputError, match=r"values must be numbers such as \[0.5, 1, 2\], got 3"):
        sweep("elu", "alpha", 3)
    with pytest.raises(InputError, match="a sweep takes 1 to 24 values, got 0"):
        sweep("elu", "alpha", [])
    with pytest.raises(InputError, match="sweep has no option 'layout'"):
        sweep("elu", "alpha", [1], layout="overlay")


# ---- sheets ---------------------------------------------------------------------------------------------------------


def test_a_sheet_has_a_panel_for_each_entry_with_its_own_values():
    picture = nl.plot.sheet(["gelu", "softmax", "glu", "step"], "Four")
    assert [ax.get_title(loc="left") for ax in picture.axes] == ["gelu", "softmax", "glu", "step"]
    rows = picture.data["gelu"]
    np.testing.assert_array_equal(rows["second"], nl.gelu.derivative(rows["x"]))
    np.testing.assert_array_equal(
        picture.data["glu"]["first"], rows["x"] * 0 + picture.data["glu"]["x"] * nl.sigmoid(1.0)
    )
    assert len(picture.figure.legends) == 3
    assert picture.figure.texts[0].get_text() == "Four"


def test_nothing_of_a_narrow_sheet_overlaps():
    picture = nl.plot.sheet("relu", "A heading of some words")
    figure = picture.figure
    boxes = [figure.texts[0].get_window_extent(), *(one.get_window_extent() for one in figure.legends)]
    boxes += [ax.get_tightbbox() for ax in figure.axes]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)


@pytest.mark.parametrize(("names", "columns"), [([], 8), (["relu"], 0), (["relu"], "two")])
def test_a_sheet_of_nothing_is_refused(names, columns):
    with pytest.raises(InputError, match="at least one entry, and at least one column, got"):
        nl.plot.sheet(names, columns=columns)
