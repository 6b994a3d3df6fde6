"""A tree as mathematical notation: LaTeX, MathML, or one line of plain text."""

from __future__ import annotations

from nonlin.calculus.formulas.layout import written
from nonlin.calculus.formulas.notation import shape_of
from nonlin.calculus.formulas.writers import LaTeX, MathML, Mathtext, Plain
from nonlin.tree import Node


def latex(root: Node) -> str:
    r"""The formula in LaTeX (amsmath), without dollar signs.

    >>> import nonlin as nl
    >>> latex(nl.gelu.expression.formula)
    'x\\,\\Phi(x)'
    """
    return written(shape_of(root), LaTeX()).text


def mathtext(root: Node) -> str:
    r"""The formula for labels in matplotlib pictures, without dollar signs; choices stand in one row.

    >>> import nonlin as nl
    >>> print(mathtext(nl.mish.expression.formula))
    x\,\tanh(\ln(1 + e^x))
    """
    return written(shape_of(root), Mathtext()).text


def mathml(root: Node) -> str:
    """The formula in presentation MathML, a whole ``<math>`` element.

    >>> import nonlin as nl
    >>> mathml(nl.identity.expression.formula)
    '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mi>x</mi></math>'
    """
    body = written(shape_of(root), MathML()).text
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{body}</math>'


def plain(root: Node) -> str:
    """The formula as one line of Unicode, for a terminal.

    >>> import nonlin as nl
    >>> plain(nl.gelu.expression.formula)
    'x·Φ(x)'
    """
    return written(shape_of(root), Plain()).text


def applied_name(by: tuple[str, ...]) -> str:
    r"""f(x), or its derivative by some symbols in turn, in LaTeX.

    >>> print(applied_name(("x", "x")), applied_name(("alpha", "x")))
    f''(x) \frac{\partial^2 f}{\partial x\,\partial \alpha}(x)
    """
    if set(by) <= {"x"}:
        return "f" + ("'" * len(by) if len(by) < 4 else f"^{{({len(by)})}}") + "(x)"
    below = r"\,".join(rf"\partial {LaTeX().name(name)}" for name in reversed(by))
    return rf"\frac{{\partial{f'^{len(by)}' if len(by) > 1 else ''} f}}{{{below}}}(x)"
