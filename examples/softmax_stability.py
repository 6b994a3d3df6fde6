"""Softmax and its logarithm: the same formula, computed well or badly.

Softmax is the exponential of each input divided by the sum of all. Written like that, exp(1000) overflows and the
result is inf/inf, not a number. Adding one number to all inputs changes nothing, so the largest is subtracted first:
then no exponent is above 0, nothing overflows, and the sum is at least 1.

A loss needs the logarithm. log(softmax(x)) is a second trap: softmax is stable, but rounding makes a probability near
1 exactly 1, whose logarithm is 0, and one below the smallest number exactly 0, whose logarithm is -inf. log_softmax
computes x - max - log(sum of exp(x - max)) with care at both ends and never takes the logarithm of a rounded
probability.

What to see. Two classes with the inputs x and 0, in float32: the cross-entropy loss where the first class is right
(left) and where it is wrong (right). The naive formula ends at 88.73, where exp(x) overflows; from there on it gives
nan. The logarithm of a stable softmax says that the loss is 0 from 17.33 up, where there is still something to learn,
and infinite from 103.98 up. A cross marks where each ends. log_softmax is right all the way, on the left down to the
smallest number of float32.

What to conclude. Give a loss the inputs of softmax, not its outputs; libraries call them logits. (Blanchard, Higham &
Higham 2021, Accurately computing the log-sum-exp and softmax functions, IMA Journal of Numerical Analysis 41(4),
2311-2330, doi:10.1093/imanum/draa038.)
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import line_style, panels

import nonlin as nl
from nonlin.plot import Picture


def naive_softmax(x: np.ndarray) -> np.ndarray:
    """Softmax as the formula says it."""
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


WAYS = {
    "log of the naive softmax": lambda x: np.log(naive_softmax(x)),
    "log of a stable softmax": lambda x: np.log(nl.softmax(x)),
    "log_softmax": nl.log_softmax,
}


def measure() -> dict:
    x = np.linspace(0, 130, 13001, dtype=np.float32)
    two_classes = np.stack([x, np.zeros_like(x)], axis=-1)
    with np.errstate(all="ignore"):  # the overflow is the point
        return {
            "x": x,
            "losses": {way: -logarithm(two_classes) for way, logarithm in WAYS.items()},
            "softmax of 1000, 0": (naive_softmax(np.array([1000.0, 0.0])), nl.softmax([1000.0, 0.0])),
            "softmax of -1000, -1001": (naive_softmax(np.array([-1000.0, -1001.0])), nl.softmax([-1000.0, -1001.0])),
            "log softmax of 0, -20": (WAYS["log of a stable softmax"](np.float32([0, -20])),
                                      nl.log_softmax(np.float32([0, -20]))),
        }  # fmt: skip


def first(x: np.ndarray, holds: np.ndarray) -> float:
    return float(x[holds].min())


def say(found: dict) -> None:
    for what in ("softmax of 1000, 0", "softmax of -1000, -1001", "log softmax of 0, -20"):
        bad, good = found[what]
        print(f"{what}: naive {bad}, nonlin {good}")
    x, losses = found["x"], found["losses"]
    naive, stable = losses["log of the naive softmax"], losses["log of a stable softmax"]
    print(f"naive: nan from x = {first(x, np.isnan(naive[:, 0])):.2f}")
    print(f"log of a stable softmax: exactly 0 from x = {first(x, stable[:, 0] == 0):.2f}, "
          f"infinite from x = {first(x, np.isinf(stable[:, 1])):.2f}")  # fmt: skip
    print(f"log_softmax: finite up to x = {x[np.isfinite(losses['log_softmax'][:, 1])].max():.0f}")


def draw(found: dict) -> Picture:
    titles = ("loss where the first class is right", "loss where the first class is wrong")
    with panels() as picture:
        for panel, column, title in zip(picture.axes, (0, 1), titles, strict=True):
            for number, (way, losses) in enumerate(found["losses"].items()):
                x, loss = found["x"], losses[:, column]
                shown = np.isfinite(loss) & (loss > 0)
                colour, width = line_style(number)["color"], (7, 3.5, 1.2)[number]
                panel.plot(x[shown], loss[shown], color=colour, linewidth=width, label=way)
                if way != "log_softmax":
                    panel.plot(x[shown][-1], loss[shown][-1], "X", color=colour, markersize=13 - 4 * number)
            panel.set(title=title, xlabel="$x$")
        left, right = picture.axes
        left.set(yscale="log", ylim=(1e-50, 10))
        left.text(22, 1e-8, "both logarithms 0 from 17.33 up", verticalalignment="center")
        left.legend(loc="lower left")
        right.text(92, 84, "nan from 88.73 up", verticalalignment="center")
        right.text(107, 98, "inf from 103.98 up", verticalalignment="center")
        right.set_xlim(-6, 168)
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "softmax_stability.png")


if __name__ == "__main__":
    main()
