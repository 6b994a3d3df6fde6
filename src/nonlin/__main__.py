"""``python -m nonlin`` is the command ``nonlin``."""

from nonlin.cli import main

main(prog_name="nonlin")
