"""Write docs/identities.md: every identity inside the catalogue that nonlin finds.

    python tools/identities.py

To be run when an entry was added or a formula changed; a test fails until then.
"""

import hashlib
from itertools import combinations
from pathlib import Path

import nonlin as nl
from nonlin.calculus.likeness.scaling import identity
from nonlin.catalogue import entries
from nonlin.tree import order

PAGE = Path(__file__).parent.parent / "docs" / "identities.md"
HEAD = """# Identities inside the catalogue

Each line holds for all x: exact values differ by no more than 1e-12 of the terms at places on all scales up to a
million. Parameters that are not shown have their defaults. All lines are found, none is written by hand:
`nl.same(f, g, scaled=True)` looks for f(x) = a g(b x + c) + d x + e and f(x) = a x g(b x + c) + d x + e with simple
numbers. Other identities may exist. Of functions that are the same, one stands for all in the later sections.

Written by `tools/identities.py`, for the entries with the digest {digest}."""


def activations():
    """The entries of one input, the shortest formulas first."""
    found = [e for e in entries().values() if isinstance(e, nl.Activation)]
    return sorted(found, key=lambda e: (len(order(e.closed_formula)), e.name))


def digest(acts):
    """Of all names, formulas and defaults: another one makes the page stale."""
    return hashlib.sha256("\n".join(sorted(map(repr, acts))).encode()).hexdigest()[:16]


def page():
    acts = activations()
    alike = [nl.same(g, f) for f, g in combinations(acts, 2)]
    again = {one.f.name for one in alike if one.same}
    distinct = [act for act in acts if act.name not in again]
    plain, products = scaled(distinct)
    sections = {
        "The same function": [f"{one.f.name}(x) = {one.g.name}(x)" for one in alike if one.same],
        "The same function for all values of the parameters": [for_all(one) for one in alike if one.parameters],
        "After scaling and shifting": plain,
        "After multiplying by x": products,
        "Symmetries": [str(found) for act in distinct if (found := identity(act, act))],
    }
    parts = ["\n".join([f"## {title}\n", *(f"- `{line}`" for line in sorted(ls))]) for title, ls in sections.items()]
    return "\n\n".join([HEAD.format(digest=f"`{digest(acts)}`"), *parts]) + "\n"


def for_all(one):
    """Both with the names of their parameters."""
    given = ", ".join(f"{k}={v}" for k, v in one.parameters.items())
    return f"{one.f.name}(x, {', '.join(one.f.parameters)}) = {one.g.name}(x, {given})"


def scaled(acts):
    """Identities between two functions: those that can be solved for the other one in the shorter way, and products."""
    plain, products = [], []
    for f, g in combinations(acts, 2):
        found = [i for i in (identity(f, g), identity(g, f)) if i]
        products += [str(i) for i in found if i.by_x]
        plain += sorted((str(i) for i in found if not i.by_x), key=lambda text: (len(text), text))[:1]
    return plain, products


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
