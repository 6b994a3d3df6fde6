"""The facts about a function in words. What could not be decided is called unknown, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isinf, isnan
from typing import TYPE_CHECKING, Any

from nonlin.cli.output import FIXED

if TYPE_CHECKING:
    from nonlin.calculus.facts.facts import Facts

Span = tuple[float, float]
NORMAL = f"N(0,{FIXED}1)"
MOST = 4
"""More kinks, zeros or intervals than this are counted, not listed."""


def told(facts: Facts) -> list[tuple[str, str]]:
    """Each fact's key and its sentence."""
    rows = [(key, sentence(facts)) for key, sentence in _SENTENCES.items()]
    return [(key, text) for key, text in rows if text] + [
        ("stated", f"{name}: {reason}") for name, reason in facts.stated.items()
    ]


def unknown(facts: Facts, name: str) -> str:
    """What is said of an undecided fact: unknown, or the note about it."""
    return facts.notes.get(name, "unknown")


def number(value: float) -> str:
    """Five digits; infinity as a sign."""
    if isinf(value):
        return "∞" if value > 0 else "-∞"
    return "0" if value == 0 else f"{value:.5g}"


def listed(values: Sequence[float], join: str = "and") -> str:
    """``0``, ``-1 and 1``, ``-2, 0 and 2``; many are shown by the first ones and their number."""
    texts = [number(v) for v in values]
    if len(texts) > MOST:
        return f"{', '.join(texts[:MOST])} ... ({len(texts)} in all)"
    return f" {join} ".join(part for part in (", ".join(texts[:-1]), texts[-1]) if part)


def where(spans: Sequence[Span]) -> str:
    """Intervals as conditions on x."""
    texts = [_condition(*span) for span in spans[:MOST]]
    more = f" and {len(spans) - MOST} more intervals" if len(spans) > MOST else ""
    return (", ".join(texts) if more else " and ".join(texts)) + more


def _condition(low: float, high: float) -> str:
    if isinf(low) and isinf(high):
        return "every x"
    if isinf(low):
        text = f"x < {number(high)}"
    else:
        text = f"x > {number(low)}" if isinf(high) else f"{number(low)} < x < {number(high)}"
    return text.replace(" ", FIXED)


# ---- one function a fact --------------------------------------------------------------------------------------------


def _range(facts: Facts) -> str:
    if facts.range is None:
        return unknown(facts, "range")
    low, high = facts.range
    if low == high:
        return f"only {number(low)}"
    left = "[" if facts.minimum is not None else "("
    right = "]" if facts.maximum is not None else ")"
    ends = [f"{kind} {number(e.value)} at x{FIXED}={FIXED}{number(e.x)}"
            for kind, e in (("minimum", facts.minimum), ("maximum", facts.maximum))
            if e is not None and _isolated(facts, e.x)]  # fmt: skip
    return ", ".join([f"{left}{number(low)}, {number(high)}{right}", *ends])


def _isolated(facts: Facts, x: float) -> bool:
    """Whether a lowest or highest point is one of few: not one of a flat stretch, nor of endlessly many."""
    points = facts.critical_points or ()
    return x in points and len(points) <= MOST


def _limits(facts: Facts) -> str:
    if facts.limits is None:
        return unknown(facts, "limits")
    left, right = ("none" if v is None or isnan(v) else number(v) for v in facts.limits)
    return f"{left} at -∞, {right} at ∞"


def _undefined(facts: Facts) -> str:
    """Nothing where the function is defined everywhere."""
    if facts.gaps is None:
        return unknown(facts, "gaps")
    alone = [low for low, high in facts.gaps if low == high]
    spans = [span for span in facts.gaps if span[0] < span[1]]
    return " and ".join(part for part in (f"at {_points(alone)}" if alone else "", where(spans)) if part)


def _zeros(facts: Facts) -> str:
    """Those of the function, and the single ones of its derivative."""
    if facts.zeros is None:
        own = unknown(facts, "zeros")
    else:
        own = " and ".join(part for part in (_points(facts.zeros), where(facts.zero_intervals or ())) if part)
    flat = _points(facts.critical_points or ())
    slope = f"slope 0 at {flat}" if flat else ""
    if facts.critical_points is None:
        slope = f"slope 0 at: {unknown(facts, 'critical_points')}"
    return "; ".join(part for part in (own or "nowhere", slope) if part)


def _points(values: Sequence[float]) -> str:
    return f"x{FIXED}= {listed(values)}" if values else ""


def _shape(facts: Facts) -> str:
    return "; ".join([_slope(facts), _curvature(facts), _symmetry(facts)])


def _slope(facts: Facts) -> str:
    if facts.increasing and facts.decreasing:
        return "constant"
    if facts.increasing or facts.decreasing:
        return "never falls" if facts.increasing else "never rises"
    return "monotone or not: unknown" if facts.monotone is None else "rises and falls"


def _curvature(facts: Facts) -> str:
    if facts.convex and facts.concave:
        return "straight"
    if facts.convex or facts.concave:
        return "convex" if facts.convex else "concave"
    return "convexity unknown" if None in (facts.convex, facts.concave) else "neither convex nor concave"


def _symmetry(facts: Facts) -> str:
    if facts.odd or facts.even:
        return "odd" if facts.odd else "even"
    return "symmetry unknown" if None in (facts.odd, facts.even) else "neither odd nor even"


def _smoothness(facts: Facts) -> str:
    parts = [_class(facts.smoothness), *_jumps(facts.jumps or ()), *_kinks(facts.kinks or ())]
    return "; ".join(part for part in parts if part)


def _class(order: float | None) -> str:
    if order is None:
        return "unknown"
    if order < 0:
        return "not continuous"
    if isinf(order):
        return "infinitely differentiable"
    return "continuous" if order == 0 else f"{'once' if order == 1 else f'{order:g} times'} continuously differentiable"


def _jumps(jumps: Sequence[Any]) -> list[str]:
    if len(jumps) > MOST:
        return [f"{len(jumps)} jumps"]
    return [f"jump at {number(j.x)} from {number(j.left)} to {number(j.right)}" for j in jumps]


def _kinks(kinks: Sequence[Any]) -> list[str]:
    if len(kinks) > MOST:
        return [f"{len(kinks)} kinks"]
    return [f"kink at {number(k.x)}: slope {number(k.left)} on the left, {number(k.right)} on the right" for k in kinks]


def _mean(facts: Facts) -> str:
    if facts.mean is None:
        return unknown(facts, "mean")
    centred = "zero-centred" if facts.zero_centred else "not zero-centred"
    return f"{number(0.0 if facts.zero_centred else facts.mean)} for inputs from {NORMAL}: {centred}"


def _lipschitz(facts: Facts) -> str:
    if facts.lipschitz is None:
        return unknown(facts, "lipschitz")
    return (
        "unbounded: no Lipschitz constant"
        if isinf(facts.lipschitz)
        else f"at most {number(facts.lipschitz)} in size (the Lipschitz constant)"
    )


def _saturation(facts: Facts) -> str:
    if facts.saturation is None:
        return unknown(facts, "saturation")
    weak, strong = facts.saturation.weak, facts.saturation.strong
    if not weak:
        return "nowhere: |slope| is at least 0.1"
    if weak == strong:
        return f"|slope| below 0.01 for {where(weak)}"
    deep = f"; below 0.01 for {where(strong)}" if strong else ""
    return f"|slope| below 0.1 for {where(weak)}{deep}"


def _sparsity(facts: Facts) -> str:
    if facts.sparsity is None:
        return unknown(facts, "sparsity")
    share = f"{number(100 * facts.sparsity)} %" if facts.sparsity else "none"
    return f"{share} of the outputs for inputs from {NORMAL}"


def _gain(facts: Facts) -> str:
    forward, backward = ("unknown" if g is None else number(g) for g in (facts.gain, facts.backward_gain))
    convention = facts.conventional_gain
    by_torch = "" if convention is None else f"; by PyTorch's convention {number(convention)}"
    return f"{forward} forward, {backward} backward{by_torch}"


def _fixed_points(facts: Facts) -> str:
    if facts.fixed_points is None:
        return unknown(facts, "fixed_points")
    points = [f"{number(p.variance)}{_stability(p.stable)}" for p in facts.fixed_points[:MOST]]
    fixed = f"fixed point{'s' * (len(points) > 1)} {' and '.join(points)}" if points else "no fixed point above 0"
    return f"{fixed} from layer to layer"


def _stability(stable: bool | None) -> str:
    return "" if stable is None else f"{FIXED}(stable)" if stable else f"{FIXED}(unstable)"


_SENTENCES: dict[str, Callable[[Facts], str]] = {
    "range": _range, "limits": _limits, "undefined": _undefined, "zero at": _zeros, "shape": _shape,
    "smoothness": _smoothness, "slope": _lipschitz, "saturates": _saturation, "mean": _mean,
    "exactly 0": _sparsity, "gain": _gain, "variance": _fixed_points,
}  # fmt: skip
