"""Activations as JSON text, and back. Nothing in the text is trusted, and nothing of it is executed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from nonlin.core import Activation, Parameter, Record, Source, checked_trees
from nonlin.errors import FormulaError
from nonlin.expression import Expression
from nonlin.tree import Node, from_records, to_records


def to_json(act: Activation) -> str:
    """An activation as JSON text: its trees as records, its parameters and its record."""
    trees = {"formula": act.expression.formula, "stable": act.expression.stable, "from_output": act.from_output}
    stored = {k: to_records(v) if isinstance(v, Node) else v for k, v in trees.items()}
    known = {k: to_records(v) for k, v in act.expression.known.items()}
    parameters = {k: _finite_fields(p) for k, p in act.parameters.items()}
    return json.dumps(
        {
            "nonlin": 1,
            "name": act.name,
            **stored,
            "known": known,
            "parameters": parameters,
            "record": asdict(act.record),
        }
    )


def _finite_fields(parameter: Parameter) -> dict[str, Any]:
    """Only what differs from an unbounded parameter: JSON has no infinity."""
    return {k: v for k, v in asdict(parameter).items() if k == "default" or v != getattr(Parameter(0.0), k)}


def from_json(text: str) -> Activation:
    """The activation of :meth:`Activation.to_json`. Nothing is executed; damaged text raises FormulaError."""
    try:
        return _from_stored(json.loads(text))
    except FormulaError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise FormulaError(
            f"this is not a stored activation ({type(error).__name__}: {error}); pass the text that to_json() gave"
        ) from None


def _from_stored(stored: dict[str, Any]) -> Activation:
    if stored["nonlin"] != 1:
        raise FormulaError(f"stored in version {stored['nonlin']!r} of the format, expected 1; update nonlin")
    known = {k: from_records(v) for k, v in stored["known"].items()}
    expression = Expression(from_records(stored["formula"]), from_records(stored["stable"]), known)
    parameters = {k: _refilled(Parameter(0.0), {**p, "default": p["default"]}) for k, p in stored["parameters"].items()}
    source = stored["record"]["source"] and _refilled(Source(), stored["record"]["source"])
    record = _checked_facts(_refilled(Record(), {**stored["record"], "source": source}))
    slope = stored["from_output"]
    slope = slope if slope is None or isinstance(slope, str) else from_records(slope)
    if not isinstance(stored["name"], str):
        raise FormulaError(f"the stored name is {stored['name']!r}, expected text")
    made = checked_trees(Activation(stored["name"], expression, parameters, record, slope))
    made.checked({})
    return _checked_stable(made)


def _checked_facts(record: Record) -> Record:
    """The record, if its gain is a number, its calls are texts and each stated fact has a reason in words."""
    if type(record.gain) not in (int, float, type(None)):
        raise FormulaError(f"the stored gain is {record.gain!r}, expected a number")
    if wrong := [t for t in (*record.equivalents.values(), *record.calls) if not isinstance(t, str)]:
        raise FormulaError(f"a stored call is {wrong[0]!r}, expected text")
    for name, stated in dict[str, Any](record.facts).items():
        if not (isinstance(stated, list) and len(stated) == 2 and isinstance(stated[1], str)):
            raise FormulaError(f"the stored fact {name!r} is {stated!r}, expected a value and a reason")
    return record


def _checked_stable(act: Activation) -> Activation:
    """The activation, if its stored computing form is its formula: equality goes by the one, values by the other."""
    plain = Activation(act.name, Expression(act.expression.formula), act.parameters, act.record)
    points = [-3.0, -1.0, -0.5, 0.5, 1.0, 3.0]
    for x, a, b in zip(points, plain(points), act(points), strict=True):
        if a != b and abs(a - b) > 1e-6 * (1 + abs(a)):
            raise FormulaError(f"{act.name}: the stored computing form gives {b:.6g} at x = {x}, its formula {a:.6g}")
    return act


def _refilled(blank: Any, fields: dict[str, Any]) -> Any:
    """A record like ``blank`` from stored fields; each must be of the kind of the blank's."""
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    made = replace(blank, **given)
    for name, value in vars(blank).items():
        kinds = (float, int, str) if name == "low" else (float, int) if isinstance(value, float) else type(value)
        if value is not None and not isinstance(getattr(made, name), kinds):
            raise FormulaError(f"the stored {name} is {getattr(made, name)!r}, expected {type(value).__name__}")
    for drawn in (given.get("random") or (0, 1), given.get("normal") or (0, 1)):
        if not isinstance(drawn, tuple) or [type(n) in (int, float) for n in drawn] != [True, True]:
            raise FormulaError(f"the stored distribution is {drawn!r}, expected two numbers")
    return made
