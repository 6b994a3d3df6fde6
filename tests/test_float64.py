"""float64 results against ball arithmetic: within the contract, and no worse than they were.

The contract is 4 + 2 max|u| last places, u the argument of any exponential, near a zero those of the largest term.
"""

from __future__ import annotations

import numpy as np
import pytest

from float64_ratchet import FEW, MANY, computed, measured, points, stored
from nonlin import Activation, gelu
from sample import sample

SLACK = 1.0  # for processors of another kind
BEYOND = {"gelu_tanh": 1.4, "elish": 1.2, "hard_elish": 1.1}
"""What misses the contract, as a multiple of it. gelu_tanh: five roundings in the argument of one exponential can add
up. The others: near the zero of the derivative, products of several words are subtracted, and their errors add up."""


def check(name: str, count: int) -> None:
    found, before = measured(name, count), stored(count)[name]
    times = BEYOND.get(name, 1.0)
    beyond = [(q, one) for q, errors in found.items() for one in errors if not one.units <= times * one.allowed]
    assert not beyond, f"{name}: {len(beyond)} beyond the contract, such as {max(beyond, key=lambda b: b[1])}"
    worst = {q: max(errors) for q, errors in found.items()}
    worse = {q: one for q, one in worst.items() if not one.units <= before[q] + SLACK}
    assert not worse, f"{name}: worse than before, {before}: {worse}"
    assert set(before) == set(worst)


@pytest.mark.parametrize("name", sample(Activation))
def test_float64_does_not_get_worse(name: str) -> None:
    check(name, FEW)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", sample(Activation))
def test_float64_at_many_points(name: str) -> None:
    check(name, MANY)


# ---- the measurement itself -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["kernel", "numpy"])
def test_an_error_of_a_few_places_is_seen(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    import float64_ratchet

    def wrong(act: object, x: object, by: str) -> object:
        right = computed(act, x, by)  # type: ignore[arg-type]
        return right * (1 + 2.0**-46) if by == path else right

    monkeypatch.setattr(float64_ratchet, "computed", wrong)
    with pytest.raises(AssertionError, match=rf"gelu: \d+ beyond the contract, such as \('(value|derivative) {path}"):
        check("gelu", FEW)


def test_points_are_everywhere() -> None:
    x = points("gelu", FEW)
    assert np.isfinite(x).all()
    assert len(x) == FEW
    magnitudes = np.floor(np.log10(np.abs(x)) / 100)
    assert len({*zip(np.sign(x), magnitudes, strict=True)}) >= 14  # from -4 to 3, both signs
    assert (np.abs(x + 0.7517915246935645) < 1e-12).sum() > 2  # the zero of the derivative
    assert float(gelu.derivative(-0.7517915246935645)) < 1e-15
