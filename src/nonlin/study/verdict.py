"""What a study says, in plain words: which arms are separated, which are not, and what it could not have seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nonlin.study import statistics
from nonlin.study.statistics import Difference, Scores

MANY = 6
"""Lists of arms end with "and N others" where they would be longer."""
FEW = 3
"""The same for statements with numbers, and for groups."""


def verdict(
    scores: Scores,
    baseline: str | None = None,
    *,
    higher: bool = True,
    unit: str = "points",
    scale: float = 100,
    confidence: float = 0.95,
    largest: float = 1,
    difference: float | None = None,
) -> str:
    """The answer of a study in one sentence, clauses joined by semicolons; never more than its runs can carry.

    ``scores``: arm -> seed -> score, None or NaN for a diverged run. ``baseline``: the arm that the others are told
    against; without it, or where nothing is separated from it, each arm is told against the one that beats it most.
    ``higher``: whether a higher score is better. ``unit`` and ``scale``: the words and the factor for printed
    differences ("points" and 100 for shares). ``largest``: the largest difference that there can be, in the unit of the
    scores (1 for shares, math.inf for losses); none beyond it is told. ``difference``: the one of interest, in the same
    unit; the seeds it needs are told (else half of what the study could have seen). Raises InputError for an unknown
    baseline, and for a bad confidence or difference.

    >>> gelu = {0: 0.951, 1: 0.973, 2: 0.962, 3: 0.957}
    >>> verdict({"gelu": gelu, "relu": {0: 0.930, 1: 0.961, 2: 0.944, 3: 0.936}})
    'gelu beats relu by 1.80 points (95 % interval 1.12 to 2.48)'
    """
    statistics.check_share("confidence", confidence)
    if difference is not None:
        statistics.check_positive("difference", difference)
    if baseline is not None:
        statistics.check_arm(baseline, scores)
    pairs = statistics.all_pairs(scores, confidence, higher=higher)
    words = Words(scores, baseline, higher, unit, scale, confidence, largest, difference)
    return "; ".join([*words.clauses(pairs), *words.lost()])


@dataclass(frozen=True)
class Words:
    """How the results of one study are told."""

    scores: Scores
    baseline: str | None
    higher: bool
    unit: str
    scale: float
    confidence: float
    largest: float
    difference: float | None

    def clauses(self, pairs: Sequence[Difference]) -> list[str]:
        """What the pairs allow to be said, the separated ones first."""
        told = [d for d in pairs if d.n > 1]
        if not told:
            return [self._nothing()]
        unseparated = [d for d in told if not d.separated]
        return [*self._beaten(told), *self._alike(told), *self._identical(unseparated), *self._reach(unseparated)]

    def lost(self) -> list[str]:
        """The arms without a single finished run, and those with too few to be compared."""
        finished = {arm: len(statistics.finished(runs)) for arm, runs in self.scores.items()}
        none = [arm for arm, n in finished.items() if n == 0 and self.scores[arm]]
        alone = [self.named(arm) for arm, n in finished.items() if n == 1 and max(finished.values()) > 1]
        said = [f"every run of {listed(none)} diverged"] if none else []
        return said + ([f"one run of {listed(alone)} is too few to compare"] if alone else [])

    def named(self, arm: str) -> str:
        """The arm; with its diverged runs, so that it is never praised without them."""
        runs = self.scores[arm]
        diverged = len(runs) - len(statistics.finished(runs))
        return f"{arm} ({diverged} of {len(runs)} runs diverged and left out)" if diverged else arm

    def _nothing(self) -> str:
        """Why there is no verdict: one arm, or one seed."""
        arms = [arm for arm, runs in self.scores.items() if statistics.finished(runs)]
        if not arms:
            return "no verdict: no run finished"
        if len(arms) == 1:
            return f"no verdict: only {self.named(arms[0])} has results, there is nothing to compare it with"
        return "no verdict: fewer than two seeds in common, so a difference may be chance; use 5 seeds or more"

    def _beaten(self, pairs: Sequence[Difference]) -> list[str]:
        """Who beats whom, by winner."""
        by_winner: dict[str, list[str]] = {}
        for winner, loser, d in self._told(pairs):
            by_winner.setdefault(winner, []).append(f"{self.named(loser)} by {self._amount(d, loser)}")
        said = [f"{self.named(winner)} beats {listed(losers, FEW)}" for winner, losers in by_winner.items()]
        return [*said[:FEW], *([f"{counted(len(said) - FEW, 'more arm')} beat others"] if len(said) > FEW else [])]

    def _told(self, pairs: Sequence[Difference]) -> list[tuple[str, str, Difference]]:
        """(winner, loser, difference): those with the baseline, else each loser with the arm that beats it most."""
        won = [(*self._order(d), d) for d in pairs if d.separated]
        if with_baseline := [w for w in won if self.baseline in w[:2]]:
            return with_baseline
        best: dict[str, tuple[str, str, Difference]] = {}
        for winner, loser, d in won:
            if loser not in best or abs(d.mean) > abs(best[loser][2].mean):
                best[loser] = winner, loser, d
        return [*best.values()]

    def _order(self, d: Difference) -> tuple[str, str]:
        return (d.a, d.b) if (d.mean > 0) == self.higher else (d.b, d.a)

    def _amount(self, d: Difference, loser: str) -> str:
        """How much, with the interval; both as positive numbers."""
        low, high = sorted(min(abs(end), self.largest) for end in (d.low, d.high))
        return (
            f"{self._number(abs(d.mean), low, high)} {self.unit} ({100 * self.confidence:g} % interval "
            f"{self._number(low, low, high)} to {self._number(high, low, high)})"
        )

    def _number(self, value: float, low: float, high: float) -> str:
        """With two digits of the interval's half width, and enough that its lower end is not printed as 0."""
        fine = min(v for v in (self.scale * (high - low) / 2, self.scale * 10 * low, self.scale * high) if v > 0)
        return f"{self.scale * value:.{decimals(fine)}f}"

    def _alike(self, pairs: Sequence[Difference]) -> list[str]:
        """The groups that are not separated, or that nothing is."""
        names = list(dict.fromkeys(arm for d in pairs for arm in (d.a, d.b)))
        if not any(d.separated for d in pairs):
            return [f"no clear difference between {listed([self.named(n) for n in names], MANY)}"]
        several = [[self.named(arm) for arm in group] for group in statistics.groups(pairs) if len(group) > 1]
        said = [f"{listed(group, MANY)} are not separated" for group in several[:FEW]]
        return said + ([f"nor are {counted(len(several) - FEW, 'other group')}"] if len(several) > FEW else [])

    def _identical(self, pairs: Iterable[Difference]) -> list[str]:
        same = [f"{d.a} and {d.b}" for d in pairs if d.identical]
        return [f"the scores of {listed(same, FEW)} are identical in every run"] if same else []

    def _reach(self, pairs: Sequence[Difference]) -> list[str]:
        """What could have been seen between the arms not separated, and what a smaller difference would take."""
        known = [d for d in pairs if d.sd > 0]
        if not known:
            return []
        widest = max(known, key=lambda d: d.smallest)
        blind = widest.smallest > self.largest
        wanted = self.difference or (self.largest / 10 if blind else float(f"{widest.smallest / 2:.1e}"))
        arms = sum(bool(statistics.finished(runs)) for runs in self.scores.values())
        seeds = statistics.seeds_needed(widest.sd, wanted, arms * (arms - 1) // 2, self.confidence)
        them = "some of them" if blind and min(d.smallest for d in known) <= self.largest else "them"
        seen = "not have seen any difference" if blind else f"have seen {self._short(widest.smallest)} {self.unit}"
        needed = f"{self._short(wanted)}{f' {self.unit}' * blind}"
        return [
            f"this study could {seen} between {them} (with a probability of {100 * statistics.POWER:g} %), {seeds:,} "
            f"seeds would be needed for {needed}"
        ]

    def _short(self, value: float) -> str:
        return f"{self.scale * value:.{decimals(self.scale * value)}f}"


def decimals(value: float) -> int:
    """How many decimals show two digits of a positive ``value``; at most 9."""
    return min(9, max(0, 1 - math.floor(math.log10(value)))) if math.isfinite(value) else 0


def listed(words: Sequence[str], most: int = MANY) -> str:
    """The words as in a sentence: "a, b and c"; beyond ``most`` the rest is counted."""
    shown = [*words] if len(words) <= most else [*words[: most - 1], counted(len(words) - most + 1, "other")]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def counted(n: int, word: str) -> str:
    """ "1 other", "2 others"."""
    return f"{n} {word}{'s' * (n != 1)}"
