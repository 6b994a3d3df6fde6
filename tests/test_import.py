"""`import nonlin` and the command line's start load nothing heavy: shown in fresh processes."""

import json
import subprocess
import sys

import pytest

HEAVY = ("numpy", "scipy", "sympy", "matplotlib", "numba", "torch", "jax", "tensorflow", "keras", "sklearn", "rich")


def loaded_after(statement: str) -> list[str]:
    """Which heavy libraries a fresh process has loaded after a statement."""
    code = f"import sys, json\n{statement}\nprint(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "statement", ["import nonlin", "import nonlin.cli", "import nonlin; dir(nonlin); nonlin.errors"]
)
def test_light_import(statement):
    assert loaded_after(statement) == []


@pytest.mark.parametrize("statement", ["import nonlin, numpy", "import nonlin; nonlin.gelu(1.0)"])
def test_light_import_test_can_fail(statement):
    assert loaded_after(statement) == ["numpy"]


def test_evaluating_and_deriving_need_only_numpy():
    assert loaded_after("import nonlin as nl\nnl.mish.derivative.derivative([1.0, 2.0])\nnl.get('x*erf(x)')") == [
        "numpy"
    ]


def test_public_names_resolve():
    import nonlin as nl

    missing = [name for name in dir(nl) if not hasattr(nl, name)]
    assert missing == []


def test_unknown_attribute_says_what_is_near():
    import nonlin as nl

    with pytest.raises(AttributeError, match=r"no activation or function 'gellu'; did you mean 'gelu'\?"):
        nl.gellu  # noqa: B018
