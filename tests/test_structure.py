"""The house itself: short bodies, dependencies that flow one way, nothing executed from text."""

import ast
from pathlib import Path
from statistics import median

import pytest

import nonlin

ROOT = Path(nonlin.__file__).parent
FILES = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in ROOT.rglob("*.py")}
FLOORS = ["errors", "cores", "tree", "error_bound", "ops.words", "ops", "ops.evaluate", "expression", "plan",
          "ops.pairs", "ops.threshold", "ops.numpy_words", "ops.rounding", "ops.", "core", "stored", "vector", "units",
          "catalogue", "formula", "citation", "advice", "checking", "calculus", "kernels", "frameworks", "plot",
          "study", "cli"]  # fmt: skip


def floor(module):
    """How high a module stands; a module of a room stands where the room does unless it is named itself."""
    if module in FLOORS:
        return FLOORS.index(module)
    return FLOORS.index("ops." if module.startswith("ops.") else module.split(".")[0])


def loaded_at_import(module):
    """The nonlin modules that a module imports when it is imported itself (not inside functions)."""
    for node in ast.parse(FILES[module].read_text()).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nonlin"):
            names = [f"{node.module}.{a.name}".removeprefix("nonlin.") for a in node.names]
            yield from (n if n in FILES else (node.module or "").removeprefix("nonlin.") for n in names)


@pytest.mark.parametrize("module", [m for m in FILES if m not in ("__init__", "__main__")])
def test_dependencies_flow_one_way(module):
    upwards = [used for used in loaded_at_import(module) if used in FILES and floor(used) > floor(module)]
    assert upwards == []


def test_bodies_are_short():
    trees = [ast.parse(path.read_text()) for path in FILES.values()]
    lengths = [_length(n) for t in trees for n in ast.walk(t) if isinstance(n, ast.FunctionDef)]
    assert median(lengths) <= 8
    assert max(lengths) <= 30


def _length(function):
    """Lines of a body, without its docstring."""
    body = function.body[ast.get_docstring(function) is not None :]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("module", FILES)
def test_nothing_is_executed_or_unpickled(module):
    nodes = list(ast.walk(ast.parse(FILES[module].read_text())))
    calls = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    imported = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    assert not (calls | imported) & {"eval", "exec", "compile", "sympify", "parse_expr", "pickle", "marshal", "shelve"}
