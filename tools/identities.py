"""Write docs/identities.md: every identity inside the catalogue that nonlin finds.

    python tools/identities.py

To be run when an entry was added or a formula changed; a test fails until then.
"""

import hashlib
from collections import defaultdict
from itertools import permutations
from pathlib import Path

import numpy as np

import nonlin as nl
from nonlin.calculus.likeness.scaling import identity
from nonlin.catalogue import entries
from nonlin.catalogue._index import cards
from nonlin.tree import order

PAGE = Path(__file__).parent.parent / "docs" / "identities.md"
HEAD = """# Identities inside the catalogue

Each line holds for all x: exact values differ by no more than 1e-12 of the terms at places on all scales up to a
million. Parameters that are not shown have their defaults. All lines are found, none is written by hand:
`nl.same(f, g, scaled=True)` looks for f(x) = a g(b x + c) + d x + e and f(x) = a x g(b x + c) + d x + e with simple
numbers. Other identities may exist. Of functions that are the same, one stands for all in the later sections, a core
entry if there is one; g is a core entry there.

Written by `tools/identities.py`, for the entries with the digest {digest}."""


def activations():
    """The entries of one input, the core ones and then the shortest formulas first."""
    found = [e for e in entries().values() if isinstance(e, nl.Activation)]
    return sorted(found, key=lambda e: (not e.record.core, len(order(e.closed_formula)), e.name))


def digest(acts):
    """Of all names, formulas and defaults: another one makes the page stale."""
    return hashlib.sha256("\n".join(sorted(map(repr, acts))).encode()).hexdigest()[:16]


def page():
    acts = activations()
    twins = {act.name: first for act in acts if (first := representative(act, acts)) is not act}
    distinct = [act for act in acts if act.name not in twins]
    plain, products = scaled(distinct)
    sections = {
        "The same function": [f"{name}(x) = {first.name}(x)" for name, first in twins.items()],
        "The same function for all values of the parameters": [for_all(one) for one in alike(acts)],
        "After scaling and shifting": plain,
        "After multiplying by x": products,
        "Symmetries": [str(found) for act in distinct if (found := identity(act, act))],
    }
    sections = {title: [line for line in lines if holds(line)] for title, lines in sections.items()}
    parts = ["\n".join([f"## {title}\n", *(f"- `{line}`" for line in sorted(ls))]) for title, ls in sections.items()]
    return "\n\n".join([HEAD.format(digest=f"`{digest(acts)}`"), *parts]) + "\n"


GRID = np.concatenate([np.linspace(-8, 8, 257), [-100.0, -20.0, 20.0, 100.0]])


def holds(line):
    """By values in float64: where rounding moves a jump, the identity is not shown. With letters nothing is checked."""
    if "(x, " in line:
        return True
    left, right = line.split(" = ")
    return np.allclose(nl.get(left)(GRID), nl.get(right)(GRID), rtol=1e-12, atol=1e-12, equal_nan=True)


def representative(act, acts):
    """The first of the entries that are this function at the default parameters."""
    same = {act.name, *cards()[act.name].same}
    return next(one for one in acts if one.name in same)


PLACES = np.array([-3.1, -1.2, -0.6, -0.2, 0.3, 0.7, 1.4, 2.9])
VALUES = (0.37, 0.81, 0.63)


def alike(acts):
    """Pairs with one, two or three parameters that agree at some values of them, and then at all."""
    seen = defaultdict(dict)
    for act in (one for one in acts if 0 < len(one.parameters) <= len(VALUES)):
        for values in permutations(VALUES[: len(act.parameters)]):
            try:
                y = act(PLACES, **dict(zip(act.parameters, values, strict=True)))
            except nl.errors.ParameterError:
                continue
            seen[len(values), tuple(np.round(y, 9))][act.name] = act
    pairs = {(b, a) for group in seen.values() for a in group for b in group if acts_before(acts, group[a], group[b])}
    found = (nl.same(*pair) for pair in sorted(pairs))
    return [one for one in found if one.parameters]


def acts_before(acts, a, b):
    return acts.index(a) < acts.index(b)


def for_all(one):
    """Both with the names of their parameters."""
    given = ", ".join(f"{k}={v}" for k, v in one.parameters.items())
    return f"{one.f.name}(x, {', '.join(one.f.parameters)}) = {one.g.name}(x, {given})"


def scaled(acts):
    """Identities with a core entry: of two core ones the shorter of both ways; and products."""
    plain, products = [], []
    core = [act for act in acts if act.record.core]
    for place, g in enumerate(core):
        for f in [*core[place + 1 :], *(act for act in acts if not act.record.core)]:
            found = [i for i in (identity(f, g), f.record.core and identity(g, f)) if i]
            products += [str(i) for i in found if i.by_x]
            plain += sorted((str(i) for i in found if not i.by_x), key=lambda text: (len(text), text))[:1]
    return plain, products


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
