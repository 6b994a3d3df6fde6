"""The report: what it says, that hostile names stay text, that one file is enough, and how fast it is."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from time import process_time
from typing import Any

import pytest

import made_up
from nonlin.errors import InputError
from nonlin.study import Study
from nonlin.study.report import answer, interval, markdown, percent, sections, signed, themed

pytest.importorskip("jinja2")
pytest.importorskip("matplotlib")
pytest.importorskip("scipy")

HOSTILE = '<script>alert("1")</script>'
ACCURACIES = {"relu": (0.90, 0.92, 0.94), "tanh": (0.95, 0.965, 0.99), HOSTILE: (0.91, 0.92, 0.93)}
VOID = {"meta", "line", "path", "use", "rect", "br", "link", "image"}


class Page(HTMLParser):
    """A page's tags, attributes and text; whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def values(self, name: str) -> list[str]:
        return [value or "" for key, value in self.attributes if key == name]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def study() -> Study:
    lost = made_up.diverged("tanh", 3), made_up.failed("relu", 3, f"ValueError: {HOSTILE} & more")
    return made_up.study(ACCURACIES, *lost, seeds=4)


@pytest.fixture(scope="module")
def source(study: Study, tmp_path_factory: pytest.TempPathFactory) -> str:
    return study.report(tmp_path_factory.mktemp("report") / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_the_answer_comes_first(study: Study, page: Page) -> None:
    assert page.text.index(answer(study)) < page.text.index("Results")
    assert answer(study).startswith("tanh (1 of 4 runs diverged and left out) beats ")


def test_every_part_is_there(page: Page) -> None:
    titles = ("Results", "Training", "Differences", "How soon", "Cost", "Settings", "How to repeat", "Notes", "Failed")
    places = [page.text.rindex(f" {title} ") for title in titles]
    assert places == sorted(places)
    assert "92.00 ± 2.00 %" in page.text
    assert "split in a fixed way" in page.text


def test_every_element_is_closed_and_every_id_is_its_own(page: Page) -> None:
    assert page.open == []
    ids = page.values("id")
    assert len(ids) == len(set(ids)) > 20
    links = [link[1:] for link in (*page.values("href"), *page.values("xlink:href")) if link.startswith("#")]
    assert set(links) <= set(ids)


def test_every_reference_of_a_picture_is_in_the_page(source: str, page: Page) -> None:
    used = re.findall(r"url\(#([^)]+)\)", source)
    assert used
    assert set(used) <= set(page.values("id"))


def test_hostile_names_and_messages_stay_text(source: str, page: Page) -> None:
    assert "script" not in page.tags
    assert "<script" not in source
    assert f"ValueError: {HOSTILE} & more" in page.text
    assert HOSTILE in page.text


def test_one_file_is_enough_and_nothing_is_run(source: str, page: Page) -> None:
    assert not {"script", "link", "iframe", "object", "img"} & set(page.tags)
    assert not page.values("src")
    assert all(link.startswith("#") for link in (*page.values("href"), *page.values("xlink:href")))
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "@import" not in source


def test_pictures_follow_the_page_s_colours(source: str, page: Page) -> None:
    pictures = re.findall(r"<svg .*?</svg>", source, re.DOTALL)
    assert sum("var(--c0)" in picture for picture in pictures) >= 5
    assert not [hex for picture in pictures for hex in re.findall(r": #[0-9a-f]{6}", picture)]
    assert source.count("prefers-color-scheme: dark") == 1
    assert source.count("--c0: ") == 3  # light, dark, print
    assert len([p for p in pictures if "validation accuracy" not in p and "<text" in p]) >= 5  # text stays text


def test_a_colour_in_a_name_is_left_alone() -> None:
    svg = '<svg width="1pt" height="2pt"><text id="a" style="fill: #0072b2">#0072b2</text><use xlink:href="#a"/></svg>'
    assert themed(svg, "p1-") == (
        '<svg  ><text id="p1-a" style="fill: var(--c0)">#0072b2</text><use xlink:href="#p1-a"/></svg>'
    )


def test_every_cell_says_what_it_is(page: Page) -> None:
    """On a phone the header is gone, and each cell names its column."""
    assert page.tags.count("td") == len(page.values("data-label"))
    assert "95 % interval" in page.values("data-label")


def test_markdown_has_the_same_words(study: Study) -> None:
    text = markdown(study)
    assert text.startswith("# mlp on digits: 3 activations compared\n")
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("    "))  # without code
    assert "<" not in prose.replace("\\<", "")
    assert "| relu | 3, 1 failed | 92.00 ± 2.00 % | 87.03 to 96.97 % |" in text
    for section in sections(study, pictures=False):
        assert f"\n## {section.title}\n" in text
        for table in section.tables:
            assert all(len(row) == len(table.header) for row in table.rows)


def test_signals_have_a_picture_per_measure_and_a_table_per_activation(tmp_path: Path) -> None:
    study = made_up.study(ACCURACIES, signals=made_up.signals("relu", HOSTILE, layers=40))
    source = study.report(tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(source)
    part = source[source.index('id="signals"') : source.index('id="settings"')]
    assert page.open == []
    assert len(re.findall(r"<svg .*?</svg>", part, re.DOTALL)) == 4
    assert part.count('href="data:image/png;base64,') >= 8
    assert "img-src data:" in source  # what lets a browser show them
    assert [*re.findall("<caption>(.*?)<", part)] == ["relu", "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;"]
    assert part.count('<td data-label="layer">layer ') == 2 * 10
    assert '<td data-label="activations, spread">0.5 → 0.7</td>' in part
    assert not page.values("src")


def test_signals_are_in_markdown_and_json(tmp_path: Path) -> None:
    study = made_up.study(ACCURACIES, signals=made_up.signals("relu", "tanh"))
    text = markdown(study)
    assert "\n**relu**\n\n| layer | activations, spread | gradient, spread | dead units | zeros |\n" in text
    assert "\n| layer 1 | 0.5 → 0.7 | – → 0.01 | 100 % | 25 % |\n" in text
    assert json.loads(study.report(tmp_path / "r.json").read_text())["signals"] == made_up.signals("relu", "tanh")
    assert "## Signals" not in markdown(made_up.study(ACCURACIES))


def test_what_no_study_could_have_seen_is_not_a_number() -> None:
    text = markdown(made_up.study({"relu": (0.1, 0.9), "tanh": (0.9, 0.2)}))
    assert "| relu − tanh | −5.00 | −100.00 to +100.00 |" in text
    assert "| none | no |" in text


def test_a_name_cannot_break_a_markdown_table() -> None:
    text = markdown(made_up.study({"a|b\nc": (0.9, 0.8), "tanh": (0.8, 0.9)}))
    assert "| a\\|b c | 2 |" in text


def test_json_has_every_record(study: Study, tmp_path: Path) -> None:
    record = json.loads(study.report(tmp_path / "r.json").read_text())
    assert record["answer"] == answer(study)
    for name in ("table", "verdicts", "convergence", "cost", "runs"):
        assert record[name] == json.loads(json.dumps(getattr(study, name)()))
    assert record["failed"] == study.failed
    assert record["repeat"]["command"].startswith("nonlin compare relu tanh ")
    assert record["settings"] == study.settings.as_record()


def test_tuned_rates_are_told_with_what_was_tried() -> None:
    tried = [made_up.tuned("relu", rate, accuracy) for rate, accuracy in ((1e-3, 0.8), (1e-2, 0.9))]
    study = made_up.study({"relu": (0.9, 0.8)}, *tried, learning_rate="tune", grid=(1e-3, 1e-2))
    text = markdown(study)
    assert "| relu | 0.01 | 1 | 90.00 % | 0.22 | yes |" in text
    assert "the best learning rate, 0.01, is the highest of the grid" in text


@pytest.mark.parametrize(
    "study",
    [
        made_up.study({"relu": (0.9,)}),
        made_up.study({"relu": (0.9,), "tanh": (0.8,)}),
        made_up.study({"relu": (0.9, 0.9), "tanh": (0.9, 0.9)}),
        made_up.study({}, made_up.failed("relu", 0)),
        made_up.study({}, made_up.diverged("relu", 0), made_up.diverged("tanh", 0)),
        made_up.study({}, made_up.run(training_loss=(), training_accuracy=(), validation_loss=(),
                                      validation_accuracy=(), step_seconds=(), parameters=0)),
        made_up.study({}, made_up.run(validation_loss=(), validation_accuracy=())),
        made_up.study({"$x^2$ \\frac": (0.9, 0.8, 0.7), "_{": (0.1, 0.9, 0.2)}),
    ],
    ids=["one arm", "one seed", "identical", "all failed", "all diverged", "no curves", "no validation", "mathtext"],
)  # fmt: skip
def test_any_study_has_a_report(study: Study, tmp_path: Path) -> None:
    for ending in ("html", "md", "json"):
        assert study.report(tmp_path / f"report.{ending}").stat().st_size > 500


def test_a_thousand_trials_take_less_than_five_seconds(tmp_path: Path) -> None:
    study = made_up.study({f"a{i}": [0.9 + (7 * i + 3 * s) % 50 / 1000 for s in range(50)] for i in range(20)})
    started = process_time()
    path = study.report(tmp_path / "report.html")
    assert process_time() - started < 5
    assert path.stat().st_size < 2_000_000


# ---- where it is written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("report.htm", r"cannot tell the format of 'report\.htm' from the ending '\.htm'; did you mean '\.html'\?"),
        ("report", r"cannot tell the format of 'report' from no ending; use \.html, \.md, \.json"),
        ("nowhere/report.html", r"cannot write '.*nowhere/report\.html' \(No such file or directory\); name another"),
    ],
)
def test_bad_paths_are_refused(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        made_up.study({"relu": (0.9, 0.8)}).report(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "report.md").touch(mode=0o400)
    with pytest.raises(InputError, match=r"cannot write '.*report\.md' \(Permission denied\); name another place"):
        made_up.study({"relu": (0.9, 0.8)}).report(tmp_path / "report.md")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "report.md").mkdir()
    with pytest.raises(InputError, match=r"cannot write '.*report\.md' \(Is a directory\); name another place"):
        made_up.study({"relu": (0.9, 0.8)}).report(tmp_path / "report.md")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (percent(0.12345), "12.35 %"), (percent(None), "–"), (signed(-0.012), "−1.20"), (signed(-0.00001), "0.00"),
        (interval(0.1, 0.2, percent), "10.00 to 20.00 %"), (interval(None, 0.2, percent), "–"),
    ],
)  # fmt: skip
def test_cells(shown: Any, expected: str) -> None:
    assert shown == expected
