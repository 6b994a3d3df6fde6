"""The tree that people are shown: derivatives gathered into one row per case, each written as short as it goes.

Only for reading: nothing here is ever computed with. What is shown has the same values as what came in.
"""

from __future__ import annotations

from functools import lru_cache

from nonlin.calculus.formulas.regions import apart
from nonlin.tree import Node, order

LARGEST = 3000


@lru_cache(maxsize=1024)
def shown(root: Node, stable: Node | None = None) -> Node:
    """A derivative as a person would write it.

    ``stable``, the same function as it is computed, gives the value at single points that the formula leaves out, such
    as the derivative of sin(x)/x at 0. A tree too large for this is returned as it is.

    >>> import nonlin as nl
    >>> shown(nl.silu.derivative.expression.formula)
    sigmoid(x)*(1 + x*(1 - sigmoid(x)))
    """
    if len(order(root)) > LARGEST:
        return root
    from nonlin.calculus.formulas.rewriting import shortest  # loads SymPy

    return apart(root, shortest, root if stable is None else stable)
