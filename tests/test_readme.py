"""The README's commands print what it says (its Python runs as a doctest)."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from nonlin.cli import main

README = Path(__file__).parent.parent.joinpath("README.md").read_text()
SHOWN = re.findall(r"^\$ nonlin (.+)\n((?:(?!\$ |```).*\n)*)", README, re.M)


@pytest.mark.parametrize(("words", "output"), SHOWN)
def test_command_prints_what_the_readme_shows(words, output):
    assert CliRunner().invoke(main, shlex.split(words)).output == output


def test_readme_is_short_and_shows_commands():
    assert len(README.splitlines()) < 120
    assert len(SHOWN) >= 2
