"""``nonlin show``."""

from __future__ import annotations

from typing import Any

import click

from nonlin.cli.options import NUMBERS, as_json, parameters, print_json, print_text


@click.command("show", context_settings=NUMBERS)
@click.argument("name", metavar="NAME_OR_FORMULA")
@parameters
@as_json
def command(name: str, parameters: dict[str, float], as_json: bool) -> None:
    """Show one activation or formula: what it is, derivative, parameters, source, equivalents."""
    from nonlin.catalogue import get

    sheet = sheet_of(get(name, **parameters))
    if as_json:
        print_json(sheet)
    else:
        print_text(_lines(sheet))


def sheet_of(entry: Any) -> dict[str, Any]:
    """Everything known about an entry, by stable keys; what there is not is left out."""
    from nonlin.core import Activation

    record = entry.record
    sheet: dict[str, Any] = {"name": entry.name, "title": record.title, "family": entry.family,
                             "summary": record.summary, "formula": entry.text}  # fmt: skip
    if isinstance(entry, Activation):
        sheet["derivative"] = entry.derivative.text
    sheet["parameters"] = {k: _parameter(p) for k, p in entry.parameters.items()}
    sheet |= {"use": record.use, "weakness": record.weakness, "note": record.note, "aliases": [*entry.aliases],
              "equivalents": entry.equivalents, "source": str(entry.source or ""),
              "also": entry.source.also if entry.source else ""}  # fmt: skip
    return {k: v for k, v in sheet.items() if v}


def _parameter(parameter: Any) -> dict[str, Any]:
    told = {"default": parameter.default, "domain": parameter.domain, "learnable": parameter.learnable,
            "meaning": parameter.meaning}  # fmt: skip
    return told | ({"random": [*parameter.random]} if parameter.random else {})


def _lines(sheet: dict[str, Any]) -> list[tuple[str, str]]:
    title = f"{sheet['name']}: {sheet['title']}" if "title" in sheet else sheet["name"]
    head = [("bold", title), ("", sheet.get("summary", "")), ("", "")]
    return [line for line in head if line[1]] + [("", "")] + [("", row) for row in _rows(sheet)]


def _rows(sheet: dict[str, Any]) -> list[str]:
    """The rest of the sheet as aligned rows, a key in front of each."""
    rows: list[tuple[str, str]] = []
    for key, value in sheet.items():
        if key not in ("name", "title", "summary"):
            rows += _row(key, value)
    return [f"{key:<12}{text}" for key, text in rows]


def _row(key: str, value: Any) -> list[tuple[str, str]]:
    if key == "formula":
        return [(key, f"f(x) = {value}")]
    if key == "derivative":
        return [(key, f"f'(x) = {value}")]
    if isinstance(value, dict):
        texts = [f"{k} {_described(v)}" for k, v in value.items()]
        return [(key if i == 0 else "", text) for i, text in enumerate(texts)]
    return [(key, ", ".join(value) if isinstance(value, list) else value)]


def _described(value: Any) -> str:
    if isinstance(value, str):
        return value
    learnable = ", learnable" if value["learnable"] else ""
    drawn = ", in training drawn from {:.4g} to {:.4g}".format(*value["random"]) if "random" in value else ""
    meaning = f": {value['meaning']}" if value["meaning"] else ""
    return f"= {value['default']:.12g} ({value['domain']}{learnable}{drawn}){meaning}"
