"""``nonlin show``."""

from __future__ import annotations

import textwrap
from typing import Any

import click

from nonlin.cli.options import Name, WithFormulas, as_json, parameters
from nonlin.cli.output import FIXED, bold, dim, hanging, print_json, say, unicode_works, width
from nonlin.cli.sentences import NORMAL, told

MARGIN = 13


@click.command("show", cls=WithFormulas)
@click.argument("name", metavar="NAME_OR_FORMULA", type=Name())
@parameters
@as_json
def command(name: str, parameters: dict[str, float], as_json: bool) -> None:
    """Show one activation or formula: formula, curves, facts, parameters, use, equivalents and source."""
    from nonlin.catalogue import get

    entry = get(name, **parameters)
    if as_json:
        print_json(sheet_of(entry))
    else:
        say(*lines(entry, width()))


def sheet_of(entry: Any) -> dict[str, Any]:
    """Everything known about an entry, by keys that are always there."""
    from nonlin.catalogue import alike
    from nonlin.core import Activation

    record, elementwise = entry.record, isinstance(entry, Activation)
    return {
        "name": entry.name, "title": record.title, "family": entry.family, "summary": record.summary,
        "formula": entry.text, "derivative": entry.derivative.text if elementwise else None,
        "latex": entry.latex, "derivative_latex": entry.derivative.latex if elementwise else None,
        "facts": entry.facts.to_dict() if elementwise else None,
        "parameters": {k: _parameter(p) for k, p in entry.parameters.items()},
        "use": record.use, "weakness": record.weakness, "note": record.note, "aliases": [*entry.aliases],
        "equivalents": entry.equivalents, "source": str(entry.source or ""),
        "also": entry.source.also if entry.source else "", "checked": entry.source.checked if entry.source else "",
        "same": [*alike(entry)], "core": record.core,
    }  # fmt: skip


def _parameter(parameter: Any) -> dict[str, Any]:
    return {"default": parameter.default, "domain": parameter.domain, "learnable": parameter.learnable,
            "meaning": parameter.meaning, "random": parameter.random, "normal": parameter.normal}  # fmt: skip


# ---- the sheet as text ----------------------------------------------------------------------------------------------


def lines(entry: Any, columns: int) -> list[str]:
    """The sheet, its parts divided by empty lines."""
    from nonlin.core import Activation

    parts = [_head(entry, columns), _formulas(entry, columns), _curves(entry, columns)]
    if isinstance(entry, Activation):
        parts += [_facts(entry, columns)]
    parts += [_rows([("parameters", p) for p in _parameters(entry)], columns), _rows(_record(entry), columns)]
    return [line for part in parts if part for line in ("", *part)][1:]


def _head(entry: Any, columns: int) -> list[str]:
    """The name with its title, the family at the right end, and the summary; of a formula only itself."""
    if entry.family == "user":
        return [bold(line) for line in textwrap.wrap(entry.name, columns)]
    title = f"{entry.name}: {entry.record.title}"
    family = f"{entry.family:>{max(columns - len(title), len(entry.family) + 2)}}"
    return [bold(title) + dim(family), *hanging("", entry.record.summary, 0, columns)]


def _formulas(entry: Any, columns: int) -> list[str]:
    """The formula and its derivative: in mathematical signs, or without Unicode as ``nonlin.define`` reads them."""
    from nonlin.calculus.formulas.typeset import plain

    if unicode_works():
        trees = [form.readable for form in _forms(entry)]
        texts, meaning = [plain(tree) for tree in trees], meanings(trees)
    else:
        texts, meaning = [_typed(form) for form in _forms(entry)], ""
    rows = [row for key, text in zip(_heads(entry), texts, strict=False) for row in _formula(key, text, columns)]
    return rows + hanging("where", meaning, MARGIN, columns) if meaning else rows


def _typed(form: Any) -> str:
    from nonlin.core import Activation

    return str(form.readable) if isinstance(form, Activation) else str(form.text)


def _forms(entry: Any) -> list[Any]:
    from nonlin.core import Activation

    return [entry, entry.derivative] if isinstance(entry, Activation) else [entry]


def _heads(entry: Any) -> list[str]:
    from nonlin.units import GatedUnit
    from nonlin.vector import VectorFunction

    if isinstance(entry, GatedUnit):
        return [f"f({', '.join(entry.inputs)}) ="]
    signs = unicode_works()
    if isinstance(entry, VectorFunction):
        return ["f(x)ᵢ =" if signs else "f(x) ="]
    return ["f(x) =", "f′(x) =" if signs else "f'(x) ="]


def _formula(key: str, text: str, columns: int) -> list[str]:
    """One formula; cases under each other behind a brace."""
    if not text.startswith("{ ") or "{" in text[1:]:
        return hanging(key, text, MARGIN, columns)
    pairs = [_case(case) for case in text.removeprefix("{ ").split("; ")]
    longest = max(len(value) for value, _ in pairs)
    if MARGIN + longest + 4 + max(len(condition) for _, condition in pairs) > columns:
        longest = 0  # too wide to align
    rows = [f"{value:{longest}}  {condition}" for value, condition in pairs]
    wrapped = [line for row in rows for line in hanging("", row, 0, columns - MARGIN - 2)]
    braced = [f"{brace} {line}" for brace, line in zip(_braces(len(wrapped)), wrapped, strict=True)]
    return [line for i, row in enumerate(braced) for line in hanging("" if i else key, row, MARGIN, columns)]


def _case(text: str) -> tuple[str, str]:
    """A case's value and its condition, which stays on one line."""
    value, when, condition = text.partition(" if ")
    return (value, f"if {condition}".replace(" ", FIXED)) if when else (text.removesuffix(" otherwise"), "otherwise")


def _braces(count: int) -> list[str]:
    """The pieces of a brace over so many lines."""
    middle = ["⎨" if 2 * i == count - 1 else "⎪" for i in range(1, count - 1)]
    return ["⎧", *middle, "⎩"] if count > 1 else ["{"]


MEANINGS = {
    "sigmoid": "σ(u) = 1/(1 + e^−u)", "log_sigmoid": "σ(u) = 1/(1 + e^−u)",
    "normcdf": f"Φ is the distribution function of {NORMAL}", "normpdf": f"φ is the density of {NORMAL}",
    "sech": "sech = 1/cosh", "erf": "erf is the error function", "sign": "sgn is the sign: -1, 0 or 1",
}  # fmt: skip


def meanings(trees: list[Any]) -> str:
    """What the named functions in the formulas are."""
    from nonlin.tree import order

    words = {node.name for tree in trees for node in order(tree) if node.word}
    return ", ".join(dict.fromkeys(meaning for word, meaning in MEANINGS.items() if word in words))


def _curves(entry: Any, columns: int) -> list[str]:
    from nonlin.cli.curves import drawn, of_sheet

    curves = of_sheet(entry)
    return drawn(curves, columns) if curves else []


def _facts(entry: Any, columns: int) -> list[str]:
    return _rows(told(entry.facts), columns)


def _parameters(entry: Any) -> list[str]:
    return [f"{_spelled(name)} {_described(parameter)}" for name, parameter in entry.parameters.items()]


def _spelled(name: str) -> str:
    """The name that --set takes, with the letter in the formula if that is another."""
    from nonlin.calculus.formulas.typeset import plain
    from nonlin.tree import symbol

    letter = plain(symbol(name))
    return f"{name} ({letter})" if unicode_works() and letter != name else name


def _described(parameter: Any) -> str:
    learnable = ", learnable" if parameter.learnable else ""
    drawn = ", in training drawn from {:.4g} to {:.4g}".format(*parameter.random) if parameter.random else ""
    if parameter.normal:
        drawn = ", in training drawn normally, mean {:.4g}, standard deviation {:.4g}".format(*parameter.normal)
    meaning = f": {parameter.meaning}" if parameter.meaning else ""
    return f"= {parameter.default:.12g} ({parameter.domain}{learnable}{drawn}){meaning}"


def _record(entry: Any) -> list[tuple[str, str]]:
    record, source = entry.record, entry.source
    calls = [("equivalents", f"{library:<12}{call}") for library, call in entry.equivalents.items()]
    width = f"{entry.wide} as the input" if hasattr(entry, "wide") else ""
    return [("width", width), ("use", record.use), ("weakness", record.weakness), ("note", record.note), *calls,
            *[("exception", f"{dtype}: {reason}") for dtype, (_, reason) in record.exceptions.items()],
            ("same", same(entry)), ("aliases", ", ".join(entry.aliases)), ("source", str(source or "")),
            ("also", source.also if source else ""), ("checked", checked(source))]  # fmt: skip


def same(entry: Any) -> str:
    """The entries that are this function at the default parameters."""
    from nonlin.catalogue import alike

    return f"{', '.join(alike(entry))} (at the default parameters)" if alike(entry) else ""


def checked(source: Any) -> str:
    """What the source was checked against, in words."""
    from nonlin.core import CHECKS

    return "; ".join(CHECKS[word] for word in source.checked.split(", ")) if source and source.checked else ""


def _rows(pairs: list[tuple[str, str]], columns: int) -> list[str]:
    """Each text beside its key, a key that repeats written once; empty texts left out."""
    written, rows = "", []
    for key, text in pairs:
        if text:
            rows += hanging("" if key == written else key, text, MARGIN, columns)
            written = key
    return rows
