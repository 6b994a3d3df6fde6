"""What the runs of a study allow to be said: intervals, paired differences, groups, sizes that could have been seen.

Pure functions of plain numbers. ``scores`` maps each arm (activation) to its runs: seed -> score. A score that is
None or not a finite number is a diverged run: counted, and left out of everything else.

Choices, and why:

- **Pairs.** Networks of one seed share their first weights and their batches, so arms are compared by their
  differences seed by seed. Every pair has its own standard deviation (a saturating arm spreads more than the others),
  so nothing is pooled.
- **Simultaneous intervals by single-step max-t** (Westfall & Young, Resampling-Based Multiple Testing, 1993): one
  critical value holds all pairs of the study together. An interval leaves out 0 exactly where its adjusted p is below
  1 - confidence, which step-down tests such as Holm's (Scand. J. Statist. 6, 1979) do not give: their intervals are
  not simultaneous. With 5 seeds neither resampling (32 sign flips cannot reach p = 0.05) nor the estimated
  correlations (singular) can be trusted, so the reference is max |t| of normal arms of equal spread, drawn once per
  number of arms and seeds. Among the covariances, equal spread is the hard case (the Tukey-Kramer conjecture, proved
  for independent arms by Hayter, Ann. Statist. 12, 1984; for own standard deviations the tests check it by
  simulation). Never wider than Bonferroni's.
- **Differences that never vary.** Where all differences of a pair are equal (or there is one), no t exists. Then the
  sign test speaks: p = 2^(1-n), and the interval is the whole line until that p is small enough.
- **Interquartile mean**: the mean of the middle half (Agarwal et al., 2021, arXiv:2108.13264).
- **Probability of outperforming**: the share of seeds in which one arm beats the other, ties half (Bouthillier et
  al., 2021, arXiv:2103.03098), with the percentile bootstrap interval. That is computed exactly, as of infinitely
  many resamples. It describes one pair; it is not simultaneous.
- **Convergence**: all runs stop at the same step, so a miss is censored there and nowhere else. The Kaplan-Meier
  median is then an order statistic, and the restricted mean (Royston & Parmar, BMC Med. Res. Methodol. 13:152, 2013)
  is the mean of min(steps, limit), which can be compared pair by pair; a log-rank test would drop the pairing.
- No ranks over seeds: seeds repeat one data set, they are not many data sets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from numbers import Real

import numpy as np
import numpy.typing as npt
from scipy import special

from nonlin.errors import InputError, did_you_mean

Runs = Mapping[int, float | None]
"""One arm: seed -> score; None or a number that is not finite for a diverged run."""
Scores = Mapping[str, Runs]
Values = npt.NDArray[np.float64]

RESOLUTION = 2.0**-22
"""Scores come from float32: differences below this share of the largest score are rounding, and count as none."""
STUDIES, DRAWS = 20_000, 100_000
"""How many null studies give the critical value: at most STUDIES, and DRAWS over the number of arms."""
SIZES = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50)
"""Seeds for which null studies are drawn; others take the next lower, whose critical level is the stricter."""
POWER = 0.8


# ---- one sample ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """The moments of some values; ``sd`` is that of the sample (n - 1), NaN for one value, 0 for values all equal."""

    n: int
    mean: float
    sd: float

    @property
    def constant(self) -> bool:
        """Whether there is no spread to judge by."""
        return self.n < 2 or self.sd == 0

    @property
    def p(self) -> float:
        """Two-sided p for a mean of 0: Student's t, or the sign test for values that do not vary."""
        if not self.constant:
            return float(2 * special.stdtr(self.n - 1, -abs(self.mean) * math.sqrt(self.n) / self.sd))
        return 2.0 ** (1 - self.n) if self.n > 1 and self.mean else 1.0

    def interval(self, level: float) -> tuple[float, float]:
        """The interval that misses with probability ``level``; the whole line where the values cannot bound it."""
        if self.constant:
            return (self.mean, self.mean) if self.n > 1 and 2.0 ** (1 - self.n) < level else (-math.inf, math.inf)
        half = critical(self.n - 1, level) * self.sd / math.sqrt(self.n)
        return self.mean - half, self.mean + half


def sample(values: Values, rounding: float = 0.0) -> Sample:
    """The moments of ``values``; where they differ by no more than ``rounding``, they are equal."""
    if len(values) < 2:
        return Sample(len(values), float(values[0]) if len(values) else math.nan, math.nan)
    spread = float(np.ptp(values)) > rounding
    return Sample(len(values), float(values.mean()), float(values.std(ddof=1)) if spread else 0.0)


def critical(degrees: float, level: float) -> float:
    """The |t| that Student's t with so many degrees of freedom exceeds with probability ``level``."""
    return -float(special.stdtrit(degrees, level / 2))


def finished(runs: Runs) -> dict[int, float]:
    """The runs with a finite score."""
    return {seed: float(s) for seed, s in runs.items() if s is not None and math.isfinite(s)}


@dataclass(frozen=True)
class Summary:
    """One arm. ``n`` finished runs, ``diverged`` others; ``low`` to ``high`` is the t interval of the mean alone.

    NaN where there are too few runs for a number, infinite bounds where there are too few for an interval.
    """

    n: int
    diverged: int
    mean: float
    sd: float
    low: float
    high: float
    iqm: float


def summary(runs: Runs, confidence: float = 0.95) -> Summary:
    """Mean, standard deviation (n - 1), t interval and interquartile mean of one arm's finished runs.

    >>> s = summary({0: 0.93, 1: 0.95, 2: 0.94, 3: None})
    >>> s.n, s.diverged, round(s.mean, 4), round(s.low, 4), round(s.high, 4)
    (3, 1, 0.94, 0.9152, 0.9648)
    """
    check_share("confidence", confidence)
    values = np.array([*finished(runs).values()])
    s = sample(values, rounding(values))
    return Summary(s.n, len(runs) - s.n, s.mean, s.sd, *s.interval(1 - confidence), interquartile_mean(values))


def interquartile_mean(values: Iterable[float]) -> float:
    """The mean without the lowest and the highest quarter (each rounded down to whole runs); NaN of nothing."""
    ordered = np.sort(np.fromiter(values, float))
    cut = len(ordered) // 4
    return float(ordered[cut : len(ordered) - cut].mean()) if len(ordered) else math.nan


def rounding(*values: Values) -> float:
    """What float32 arithmetic can do to scores of this size."""
    return RESOLUTION * max((float(np.abs(v).max()) for v in values if len(v)), default=0.0)


# ---- pairs of arms, all together -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """Arm ``a`` minus arm ``b`` over the ``n`` seeds that both finished.

    ``low`` to ``high`` and ``p_adjusted`` hold for all pairs of the study at once, ``p`` for this one. ``separated``:
    the interval leaves out 0. ``probability`` that ``a`` does better than ``b`` with the same seed, with its interval.
    ``smallest``: the true difference that a study like this one separates with a probability of 80 %.
    """

    a: str
    b: str
    n: int
    mean: float
    sd: float
    low: float
    high: float
    p: float
    p_adjusted: float
    probability: float
    probability_low: float
    probability_high: float
    separated: bool
    smallest: float

    @property
    def identical(self) -> bool:
        """Whether both arms gave the same scores in several runs and no other."""
        return self.n > 1 and self.mean == 0 and self.sd == 0


def all_pairs(scores: Scores, confidence: float = 0.95, *, higher: bool = True) -> tuple[Difference, ...]:
    """Every pair of arms that have a finished run, in the order given, with simultaneous intervals.

    ``higher``: whether a higher score is the better one (accuracy) or not (loss, steps). Raises InputError for a
    confidence that is not between 0 and 1.

    >>> scores = {"gelu": {0: 0.95, 1: 0.97, 2: 0.96}, "relu": {0: 0.93, 1: 0.96, 2: 0.94}}
    >>> [pair] = all_pairs(scores)
    >>> round(pair.mean, 4), round(pair.low, 4), round(pair.high, 4), pair.separated
    (0.0167, 0.0023, 0.031, True)
    """
    check_share("confidence", confidence)
    arms = {arm: runs for arm, given in scores.items() if (runs := finished(given))}
    pairs = {(a, b): paired_values(arms[a], arms[b]) for a, b in combinations(arms, 2)}
    least = min((len(d) for d, _ in pairs.values() if len(d) > 1), default=2)
    family = Family(len(arms), least, confidence)
    return tuple(_difference(pair, *values, family, higher) for pair, values in pairs.items())


def paired(scores: Scores, a: str, b: str, confidence: float = 0.95, *, higher: bool = True) -> Difference:
    """Two arms alone: the interval and the adjusted p are those of this one comparison."""
    check_share("confidence", confidence)
    for arm in (a, b):
        check_arm(arm, scores)
    differences, rounded = paired_values(finished(scores[a]), finished(scores[b]))
    return _difference((a, b), differences, rounded, Family(2, max(2, len(differences)), confidence), higher)


def paired_values(a: dict[int, float], b: dict[int, float]) -> tuple[Values, float]:
    """The differences over the seeds in both, without those that are rounding; and how much may be rounding."""
    seeds = [seed for seed in a if seed in b]
    first, second = (np.array([arm[s] for s in seeds], float) for arm in (a, b))
    rounded = rounding(first, second)
    differences = first - second
    return np.where(np.abs(differences) > rounded, differences, 0.0), 2 * rounded


def _difference(pair: tuple[str, str], values: Values, rounded: float, family: Family, higher: bool) -> Difference:
    s = sample(values, rounded)
    better = values if higher else -values
    low, high = s.interval(family.level)
    share = outperforming(int((better > 0).sum()), int((values == 0).sum()), s.n, family.confidence)
    smallest = smallest_detectable(s.sd, s.n, family.comparisons, family.confidence)
    return Difference(
        *pair, s.n, s.mean, s.sd, low, high, s.p, family.adjusted(s.p), *share, s.p < family.level, smallest
    )


@dataclass(frozen=True)
class Family:
    """All pairs of so many ``arms``, each with at least ``n`` seeds, to be right together with ``confidence``."""

    arms: int
    n: int
    confidence: float = 0.95

    @property
    def comparisons(self) -> int:
        """The number of pairs; 1 where there is none."""
        return max(1, self.arms * (self.arms - 1) // 2)

    @property
    def level(self) -> float:
        """How small the p of one pair must be: Bonferroni's level, or the larger one of max-t."""
        error = 1 - self.confidence
        if self.comparisons < 2:
            return error
        null = smallest_p(self.arms, _size(self.n))
        rank = math.floor(error * (len(null) + 1))
        return max(error / self.comparisons, float(null[rank - 1]) if rank else 0.0)

    def adjusted(self, p: float) -> float:
        """The probability that unlike this pair's p, the smallest of all pairs' would be so small by chance."""
        if self.comparisons < 2:
            return p
        null = smallest_p(self.arms, _size(self.n))
        drawn = (1 + int(np.searchsorted(null, p, side="right"))) / (len(null) + 1)
        return min(self.comparisons * p, drawn, 1.0)


def _size(n: int) -> int:
    return max(size for size in SIZES if size <= n)


@lru_cache(maxsize=128)
def smallest_p(arms: int, n: int) -> Values:
    """The smallest p over all pairs, in studies of arms that do not differ, in ascending order; always the same."""
    random = np.random.default_rng([arms, n])
    left = min(STUDIES, max(1, DRAWS // arms))
    parts = []
    while left > 0:
        count = min(left, 500)  # bounds the memory
        parts.append(_largest_t(random.standard_normal((count, n, arms))))
        left -= count
    return np.sort(2 * special.stdtr(n - 1, -np.concatenate(parts)))


def _largest_t(studies: Values) -> Values:
    """max |t| over the pairs of arms, for each of several studies (study, seed, arm)."""
    n, arms = studies.shape[1:]
    first, second = np.triu_indices(arms, 1)
    mean = studies.mean(1)
    centred = studies - mean[:, None]
    covariance = centred.transpose(0, 2, 1) @ centred / (n - 1)
    variance = np.einsum("kii->ki", covariance)
    spread = variance[:, first] + variance[:, second] - 2 * covariance[:, first, second]
    squared: Values = ((mean[:, first] - mean[:, second]) ** 2 * n / spread).max(1)
    return np.sqrt(squared)


@lru_cache(maxsize=4096)
def outperforming(wins: int, ties: int, n: int, confidence: float = 0.95) -> tuple[float, float, float]:
    """The share of wins among ``n`` pairs, ties half, and its percentile bootstrap interval.

    Resampling pairs makes the sum of n draws of 0, 1/2 or 1: its distribution is the n-fold convolution. Where every
    pair has the same outcome the bootstrap knows no doubt, so the exact (Clopper-Pearson) bound takes its place.
    """
    if n == 0:
        return math.nan, 0.0, 1.0
    share, tail = (wins + ties / 2) / n, (1 - confidence) / 2
    if n in (wins, ties, n - wins - ties):
        bound = tail ** (1 / n)  # how unlikely another outcome must be to have been missed n times
        return share, share * bound, 1 - (1 - share) * bound
    outcomes = np.array([n - wins - ties, ties, wins]) / n
    below = np.cumsum(np.fft.irfft(np.fft.rfft(outcomes, 2 * n + 1) ** n, 2 * n + 1))
    low, high = np.searchsorted(below[:-1], [tail, 1 - tail])
    return share, float(low) / (2 * n), float(high) / (2 * n)


def groups(differences: Iterable[Difference]) -> tuple[tuple[str, ...], ...]:
    """The largest sets of arms of which no two are separated; an arm may be in several, or alone in one.

    "Not separated" is not "equal": each set only says what the study cannot tell apart.
    """
    alike: dict[str, set[str]] = {}
    for d in differences:
        first, second = alike.setdefault(d.a, set()), alike.setdefault(d.b, set())
        if not d.separated:
            first.add(d.b)
            second.add(d.a)
    order = {arm: place for place, arm in enumerate(alike)}
    found = [tuple(sorted(clique, key=order.__getitem__)) for clique in _cliques(alike, set(), set(alike), set())]
    return tuple(sorted(found, key=lambda clique: [order[arm] for arm in clique]))


def _cliques(alike: dict[str, set[str]], chosen: set[str], left: set[str], done: set[str]) -> list[set[str]]:
    """Bron & Kerbosch with pivots: the maximal cliques that hold ``chosen``, some of ``left``, none of ``done``."""
    if not left and not done:
        return [chosen]
    pivot = max(sorted(left | done), key=lambda arm: len(alike[arm] & left))
    found = []
    for arm in sorted(left - alike[pivot]):
        found += _cliques(alike, chosen | {arm}, left & alike[arm], done & alike[arm])
        left, done = left - {arm}, done | {arm}
    return found


# ---- how large a study must be ---------------------------------------------------------------------------------------


def smallest_detectable(
    sd: float, n: int, comparisons: int = 1, confidence: float = 0.95, power: float = POWER
) -> float:
    """The true difference that a study of ``n`` seeds separates with probability ``power``, in the unit of ``sd``.

    ``sd``: of the paired differences. ``comparisons``: the pairs judged together, here by Bonferroni's level, which
    asks a few per cent more than max-t. Infinite below two seeds.
    """
    if n < 2:
        return math.inf
    return sd * _noncentrality(n - 1, (1 - confidence) / comparisons, power) / math.sqrt(n)


def seeds_needed(
    sd: float, difference: float, comparisons: int = 1, confidence: float = 0.95, power: float = POWER
) -> int:
    """The fewest seeds with which a true ``difference`` is separated with probability ``power``; at least 2.

    Raises InputError for a standard deviation below 0, and for a difference not above 0 or beyond any study.

    >>> seeds_needed(sd=1.0, difference=0.5)
    34
    """
    check_positive("difference", difference)
    if not 0 <= sd <= 1e4 * difference:
        raise InputError(f"sd must be from 0 to 10,000 times the difference of {difference:g}, got sd={sd!r}")
    high = 2
    while smallest_detectable(sd, high, comparisons, confidence, power) > difference:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        seen = smallest_detectable(sd, middle, comparisons, confidence, power) <= difference
        low, high = (low, middle) if seen else (middle, high)
    return high


@lru_cache(maxsize=4096)
def _noncentrality(degrees: int, level: float, power: float) -> float:
    """The noncentrality with which t exceeds its critical value, on the right side, with probability ``power``."""
    return float(special.nctdtrinc(degrees, 1 - power, critical(degrees, level)))


# ---- convergence and cost --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Convergence:
    """How many of ``n`` runs ``reached`` a score, and when.

    ``median``: the first step by which half of the runs had arrived (Kaplan-Meier); infinite where half never did.
    ``mean``: the steps spent before arriving, counted up to the limit, with the t interval ``low`` to ``high``.
    """

    n: int
    reached: int
    median: float
    mean: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share of runs that arrived; NaN of no runs."""
        return self.reached / self.n if self.n else math.nan


def convergence(steps: Mapping[int, float | None], limit: float, confidence: float = 0.95) -> Convergence:
    """How soon one arm's runs arrived: seed -> steps; None for a miss, such as a diverged run, censored at ``limit``.

    To compare arms: ``all_pairs`` of their ``restricted`` steps with ``higher=False``. Raises InputError for a step
    after the limit.

    >>> convergence({0: 300, 1: 200, 2: None}, limit=500).median
    300.0
    """
    check_share("confidence", confidence)
    spent = np.array([*restricted(steps, limit).values()], float)
    s, reached = sample(spent), sum(step is not None for step in steps.values())
    half = (len(steps) + 1) // 2
    middle = float(np.sort(spent)[half - 1]) if steps and reached >= half else math.inf
    low, high = s.interval(1 - confidence)
    return Convergence(s.n, reached, middle, s.mean, max(low, 0.0), min(high, limit))


def restricted(steps: Mapping[int, float | None], limit: float) -> dict[int, float]:
    """The steps that one arm's runs spent up to the limit: a miss counts as the limit."""
    check_positive("limit", limit)
    return {seed: _spent(seed, step, limit) for seed, step in steps.items()}


def _spent(seed: int, step: float | None, limit: float) -> float:
    if step is not None and not 0 <= step <= limit:
        raise InputError(
            f"seed {seed} arrived after {step!r} steps, expected 0 to the limit of {limit:g}, or None for a miss"
        )
    return float(limit if step is None else step)


def steps_to(curve: Sequence[float], target: float, steps: float = 1, *, higher: bool = True) -> float | None:
    """After how many steps a curve, measured every ``steps``, was first as good as ``target``; None if never."""
    arrived = (i for i, value in enumerate(curve, 1) if (value >= target if higher else value <= target))
    return next((i * float(steps) for i in arrived), None)


def median_best(curves: Iterable[Sequence[float]], *, higher: bool = True) -> float:
    """The median over runs of the best value each reached; NaN without a run that reached any."""
    known = [[v for v in curve if math.isfinite(v)] for curve in curves]
    best = [max(values) if higher else min(values) for values in known if values]
    return float(np.median(best)) if best else math.nan


@dataclass(frozen=True)
class Ratio:
    """The cost of an arm over that of the baseline, from ``n`` seeds, with the interval of this ratio alone."""

    n: int
    ratio: float
    low: float
    high: float


def cost(seconds: Scores, baseline: str, confidence: float = 0.95) -> dict[str, Ratio]:
    """Each arm's training seconds over the baseline's: the geometric mean of the paired ratios, with its t interval.

    Times vary by factors, so the interval is that of the mean logarithm. The baseline itself is 1 by definition.
    Raises InputError for an unknown baseline, and for times that are not above 0.

    >>> seconds = {"relu": {0: 1.0, 1: 1.1, 2: 0.9}, "gelu": {0: 1.5, 1: 1.7, 2: 1.3}}
    >>> {arm: round(r.ratio, 2) for arm, r in cost(seconds, "relu").items()}
    {'relu': 1.0, 'gelu': 1.5}
    """
    check_arm(baseline, seconds)
    logs = {arm: {s: _log(arm, s, t) for s, t in finished(runs).items()} for arm, runs in seconds.items()}
    own = Ratio(len(logs[baseline]), 1.0, 1.0, 1.0)
    return {arm: own if arm == baseline else _ratio(paired(logs, arm, baseline, confidence)) for arm in logs}


def _ratio(log: Difference) -> Ratio:
    return Ratio(log.n, *(math.inf if v > 700 else math.exp(v) for v in (log.mean, log.low, log.high)))


def _log(arm: str, seed: int, seconds: float) -> float:
    check_positive(f"the seconds of {arm}, seed {seed},", seconds)
    return math.log(seconds)


# ---- checks ----------------------------------------------------------------------------------------------------------


def check_arm(arm: object, known: Iterable[str]) -> None:
    """Refuse a name that is not among the arms."""
    names = [*known]
    if arm not in names:
        raise InputError(f"no arm {arm!r} in this study{did_you_mean(str(arm), names)} known: {', '.join(names)}")


def check_share(name: str, value: object) -> None:
    """Refuse anything but a number between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < 1:
        raise InputError(f"{name} must be a number above 0 and below 1 such as 0.95, got {name}={value!r}")


def check_positive(name: str, value: object) -> None:
    """Refuse anything but a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < math.inf:
        raise InputError(f"{name} must be a finite number above 0, got {value!r}")
