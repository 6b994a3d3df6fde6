"""The words in a picture: names as they are, whatever characters they have, and formulas in mathematics."""

from __future__ import annotations

import re
from functools import lru_cache
from math import isfinite

from nonlin.calculus.formulas import typeset
from nonlin.core import Activation
from nonlin.tree import Node, symbol

LONGEST_NAME, LONGEST_FORMULA = 36, 260  # characters; a formula's are those of its LaTeX
SYMBOLS = {"value": "f", "derivative": "f'", "second_derivative": "f''"}


def literal(text: str, longest: int = LONGEST_NAME) -> str:
    """A text that mathtext shows as it is, on one line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split()).replace("\\", "∖")
    line = line if len(line) <= longest else line[: longest - 1] + "…"
    return line.replace("$", r"\$")


@lru_cache(maxsize=1024)
def mathematics(node: Node) -> str | None:
    """The formula for a label, without dollars; None where mathtext cannot show it (cases), or it is too long."""
    text = typeset.mathtext(node)
    for unknown, known in ((r"\tfrac", r"\frac"), (r"\lvert", "|"), (r"\rvert", "|")):
        text = text.replace(unknown, known)
    text = re.sub(r"\\frac(?!\{\d+\}\{\d+\})", r"\\dfrac", text)  # in a line of text, \frac is too small to read
    return text if len(text) <= LONGEST_FORMULA and _is_mathtext(text) else None


def _is_mathtext(text: str) -> bool:
    from matplotlib.mathtext import MathTextParser

    if r"\begin" in text:
        return False
    try:
        MathTextParser("path").parse(f"${text}$")
    except ValueError:
        return False
    return True


def headline(act: Activation) -> list[str]:
    """Titles for an activation, the fullest first: its name, formula and parameters; then less and less."""
    name, numbers = base_name(act), parameters(act)
    formula = mathematics(act.expression.formula)
    shown = f"$f(x) = {formula}$" if formula else ""
    bare = literal(name)
    if name == act.text and formula:  # a formula that was given no name is its own name
        return [join(shown, numbers), shown, bare]
    full = f"{bare}:  {shown}" if shown else bare
    return [join(full, numbers), full, join(bare, numbers), bare]


def join(first: str, numbers: str) -> str:
    return f"{first},   {numbers}" if numbers else first


def base_name(act: Activation) -> str:
    """The name without the parameters that :meth:`Activation.with_parameters` puts behind it."""
    return act.name.split("(")[0] if act.parameters and "=" in act.name and "(" in act.name else act.name


def parameters(act: Activation) -> str:
    """``α = 1`` for each parameter; nothing where there are more than three."""
    shown = [f"${parameter_symbol(k)} = {number(v)}$" for k, v in act.defaults.items()]
    return ",  ".join(shown) if len(shown) <= 3 else ""


def parameter_symbol(name: str) -> str:
    return mathematics(symbol(name)) or rf"\mathrm{{{name.replace('_', ' ')}}}"


def number(value: float) -> str:
    """Up to four digits, with a true minus and powers of ten, for mathtext."""
    text = f"{value:.4g}"
    if not isfinite(value) or "e" not in text:
        return text
    digits, power = text.split("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}"


def line_label(act: Activation) -> str:
    """What a comparison calls an activation: its name, or for a formula without one the formula."""
    formula = mathematics(act.expression.formula) if act.name == act.text else None
    return f"${formula}$" if formula and len(formula) <= 80 else literal(act.name)
