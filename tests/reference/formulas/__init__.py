"""Every function of the catalogue, written once more from its definition and evaluated with arb's power series.

Arguments are series; ``x[0] > 0`` asks for the branch. At a kink the branch that is taken gives the derivative.
``kinks`` are the points where a derivative jumps. ``exponents`` are the arguments of the exponentials in the formula:
they set how many ulp float64 may lose.
"""

from importlib import import_module
from pathlib import Path

from reference.formulas.registry import ELEMENTWISE, GATED, VECTOR, Reference

for _module in sorted(p.stem for p in Path(__file__).parent.glob("[!_]*.py")):
    import_module(f"reference.formulas.{_module}")

__all__ = ["ELEMENTWISE", "GATED", "VECTOR", "Reference"]
