"""What a study may say: every number against scipy, statsmodels, brute force or arithmetic by hand."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest

pytest.importorskip("scipy")
from scipy import stats

from nonlin.errors import InputError
from nonlin.study import statistics
from nonlin.study.statistics import (
    Convergence,
    Difference,
    Family,
    Scores,
    all_pairs,
    convergence,
    cost,
    groups,
    interquartile_mean,
    median_best,
    outperforming,
    paired,
    restricted,
    seeds_needed,
    smallest_detectable,
    steps_to,
    summary,
)
from nonlin.study.verdict import verdict

INFINITE = (-math.inf, math.inf)


def runs(values: object) -> dict[int, float | None]:
    return dict(enumerate(values))  # type: ignore[arg-type]


def study(arms: int, seeds: int, *, gap: float = 0.0, sd: float = 0.01, random: int = 0) -> dict[str, dict[int, float]]:
    """Arms a, b, c ... whose true scores lie ``gap`` apart, with a common part per seed."""
    draw = np.random.default_rng(random)
    shared = 0.9 + 0.05 * draw.standard_normal(seeds)
    return {chr(97 + i): runs(shared + gap * i + sd * draw.standard_normal(seeds)) for i in range(arms)}


def values(scores: Scores, *arms: str) -> list[list[float]]:
    return [[*scores[arm].values()] for arm in arms]  # type: ignore[list-item]


# ---- one arm ---------------------------------------------------------------------------------------------------------


def test_summary_is_that_of_scipy() -> None:
    given = [0.91, 0.95, 0.93, 0.97, 0.90, 0.94]
    s = summary(runs(given), confidence=0.9)
    expected = stats.t.interval(0.9, 5, np.mean(given), stats.sem(given))
    assert (s.n, s.diverged, s.mean, s.sd) == (
        6,
        0,
        pytest.approx(np.mean(given)),
        pytest.approx(np.std(given, ddof=1)),
    )
    assert (s.low, s.high) == pytest.approx(expected)


@pytest.mark.parametrize("n", range(1, 14))
def test_interquartile_mean_is_the_trimmed_mean(n: int) -> None:
    given = np.random.default_rng(n).standard_normal(n)
    assert interquartile_mean(given) == pytest.approx(stats.trim_mean(given, 0.25))


def test_diverged_runs_are_counted_apart() -> None:
    s = summary({0: 0.5, 1: None, 2: math.nan, 3: 0.7, 4: math.inf})
    assert (s.n, s.diverged, s.mean) == (2, 3, 0.6)


def test_too_few_runs_for_a_spread() -> None:
    one, none = summary({0: 0.5}), summary({0: None})
    assert (one.mean, one.iqm, one.low, one.high) == (0.5, 0.5, *INFINITE)
    assert math.isnan(one.sd)
    assert (none.n, none.diverged, math.isnan(none.mean), math.isnan(none.iqm)) == (0, 1, True, True)


# ---- pairs -----------------------------------------------------------------------------------------------------------


def test_a_pair_is_students_paired_test() -> None:
    scores = study(2, 8, gap=0.01)
    d, expected = paired(scores, "b", "a"), stats.ttest_rel(*values(scores, "b", "a"))
    assert (d.p, d.p_adjusted) == (pytest.approx(expected.pvalue), pytest.approx(expected.pvalue))
    assert (d.low, d.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert d.n == 8


def test_seeds_pair_the_arms() -> None:
    """The seeds spread five times as much as the arms: an unpaired test would see nothing."""
    scores = study(2, 10, gap=0.015)
    assert stats.ttest_ind(*values(scores, "a", "b"), equal_var=False).pvalue > 0.2
    assert all_pairs(scores)[0].separated


def test_pairs_are_matched_by_seed_not_by_place() -> None:
    scores = {"a": {0: 0.1, 1: 0.5, 2: 0.9}, "b": {2: 0.8, 0: 0.05, 1: 0.45, 7: 0.3}}
    d = paired(scores, "a", "b")
    assert (d.n, d.mean) == (3, pytest.approx(np.mean([0.05, 0.05, 0.1])))


def test_a_seed_that_diverged_in_one_arm_is_left_out_of_its_pairs_only() -> None:
    scores = study(3, 6)
    broken = scores | {"b": scores["b"] | {2: math.nan}}
    assert [d.n for d in all_pairs(broken)] == [5, 6, 5]
    assert all_pairs(broken)[1].mean == all_pairs(scores)[1].mean


@pytest.mark.parametrize("seeds", [2, 5, 20])
@pytest.mark.parametrize("arms", [3, 4, 10])
def test_interval_and_adjusted_p_agree(arms: int, seeds: int) -> None:
    """On either side of the critical value: 0 is outside the interval exactly where the adjusted p is below 5 %."""
    family = Family(arms, seeds)
    for p in family.level * np.array([1e-6, 0.5, 0.999, 1.001, 2.0]):
        assert (family.adjusted(p) <= 0.05) == (p < family.level)


@pytest.mark.parametrize(("arms", "seeds"), [(3, 5), (4, 5), (8, 20), (40, 10)])
def test_max_t_lies_between_one_comparison_and_bonferroni(arms: int, seeds: int) -> None:
    family = Family(arms, seeds)
    assert 0.05 / family.comparisons <= family.level < 0.05
    assert family.adjusted(1e-12) <= family.comparisons * 1e-12


@pytest.mark.parametrize("arms", [3, 4, 10])
def test_with_many_seeds_max_t_is_the_studentised_range(arms: int) -> None:
    """Tukey's range of normal arms with known spread is what max |t| tends to."""
    level = 2 * stats.norm.sf(stats.studentized_range.ppf(0.95, arms, np.inf) / math.sqrt(2))
    assert Family(arms, 1000).level == pytest.approx(level, rel=0.15)
    assert Family(arms, 1000).level > 1.08 * 0.05 / Family(arms, 1000).comparisons


SPREADS = {
    "alike": (np.eye(4), (0.04, 0.06)),
    "unlike": (np.diag([1.0, 1.0, 3.0, 9.0]), (0.015, 0.06)),
    "two clusters": (np.kron(np.eye(2), np.linalg.cholesky(np.array([[1, 0.9], [0.9, 1]]))), (0.015, 0.06)),
    "one calm": (np.diag([1.0, 1.0, 1.0, 0.05]), (0.03, 0.06)),
}


@pytest.mark.parametrize("kind", SPREADS)
def test_all_intervals_cover_together(kind: str) -> None:
    """2,000 studies of 4 arms and 5 seeds with true differences: at least one of six intervals misses in 5 % of them.

    The bounds are the expected share and more than two and a half standard errors of 0.005.
    """
    factor, (low, high) = SPREADS[kind]
    truth = np.array([0.0, 1.0, 1.0, 5.0])
    draws = np.random.default_rng(1).standard_normal((2000, 5, 4)) @ factor.T + truth
    missed = [not _cover(draw, truth) for draw in draws]
    assert low < np.mean(missed) < high


def _cover(draw: np.ndarray, truth: np.ndarray) -> bool:
    pairs = all_pairs({str(i): runs(column.tolist()) for i, column in enumerate(draw.T)})
    return all(d.low <= truth[int(d.a)] - truth[int(d.b)] <= d.high for d in pairs)


def test_uncorrected_intervals_would_not_cover_together() -> None:
    """The check above can fail: with Student's own critical value a sixth of the studies have a miss."""
    draws = np.random.default_rng(1).standard_normal((2000, 5, 4))
    first, second = np.triu_indices(4, 1)
    p = stats.ttest_rel(draws[:, :, first], draws[:, :, second], axis=1).pvalue
    wrong = p.min(axis=1) < 0.05
    assert np.mean(wrong) > 0.12


# ---- pairs that no t test can judge ----------------------------------------------------------------------------------


def pair_of(first: list[float], second: list[float]) -> Difference:
    return all_pairs({"a": runs(first), "b": runs(second)})[0]


def test_identical_arms_are_not_separated() -> None:
    d = pair_of([0.9, 0.8, 0.7], [0.9, 0.8, 0.7])
    assert (d.identical, d.separated, d.mean, d.p, d.probability) == (True, False, 0, 1, 0.5)
    assert (d.low, d.high) == INFINITE


def test_equal_differences_are_judged_by_their_sign() -> None:
    """0.1 in each of n seeds: the t test would be certain after two, the sign test takes six."""
    few, many = (pair_of([0.91, 0.92, 0.93] * k, [0.81, 0.82, 0.83] * k) for k in (1, 2))
    assert (few.sd, few.p, few.separated, (few.low, few.high)) == (0, 0.25, False, INFINITE)
    assert (many.sd, many.p, many.separated) == (0, 2**-5, True)
    assert many.low == many.high == pytest.approx(0.1)


def test_rounding_of_float32_is_no_difference() -> None:
    first = [0.9166667, 0.9583333, 0.9305556]
    second = [float(np.nextafter(np.float32(v), np.float32(1))) for v in first]
    assert pair_of(first, second).identical


def test_one_seed_has_a_difference_and_no_interval() -> None:
    d = pair_of([0.9], [0.8])
    assert (d.n, d.separated, d.p, d.p_adjusted, d.smallest) == (1, False, 1, 1, math.inf)
    assert (d.low, d.high) == INFINITE


def test_no_seed_in_common() -> None:
    d = all_pairs({"a": {0: 0.9}, "b": {1: 0.8}})[0]
    assert (d.n, math.isnan(d.mean), math.isnan(d.probability), d.separated) == (0, True, True, False)


def test_two_seeds_are_judged() -> None:
    d = pair_of([0.9, 0.91], [0.8, 0.82])
    assert d.p == pytest.approx(stats.ttest_rel([0.9, 0.91], [0.8, 0.82]).pvalue)
    assert d.separated == (d.p < 0.05)


def test_arms_without_a_finished_run_are_in_no_pair() -> None:
    assert [(d.a, d.b) for d in all_pairs({"a": {0: 0.9}, "b": {0: None}, "c": {0: 0.8}})] == [("a", "c")]
    assert all_pairs({}) == ()


def test_a_thousand_trials_take_less_than_a_second() -> None:
    scores = {f"arm{i}": v for i, v in enumerate(study(40, 25, gap=0.002).values())}
    statistics.smallest_p.cache_clear()
    started = time.process_time()
    assert len(all_pairs(scores)) == 780
    verdict(scores)
    assert time.process_time() - started < 1


def test_a_thousand_seeds() -> None:
    d = all_pairs(study(3, 1000, gap=0.002))[0]
    assert (d.n, d.separated) == (1000, True)
    assert d.high - d.low < 0.003


# ---- probability of outperforming ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wins", "ties", "n"), [(4, 0, 5), (3, 1, 7), (2, 5, 20), (60, 3, 100)])
def test_bootstrap_interval_is_that_of_many_resamples(wins: int, ties: int, n: int) -> None:
    outcomes = np.repeat([1.0, 0.5, 0.0], [wins, ties, n - wins - ties])
    drawn = np.random.default_rng(0).choice(outcomes, (200_000, n)).mean(1)
    share, low, high = outperforming(wins, ties, n)
    assert share == pytest.approx(outcomes.mean())
    assert (low, high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.51 / n)


@pytest.mark.parametrize("n", [1, 5, 30])
def test_agreement_of_all_seeds_is_not_certainty(n: int) -> None:
    exact = stats.binomtest(n, n).proportion_ci(0.95, method="exact")
    assert outperforming(n, 0, n) == pytest.approx((1, exact.low, 1))
    assert outperforming(0, 0, n) == pytest.approx((0, 0, 1 - exact.low))
    assert outperforming(0, n, n)[1] < 0.5 < outperforming(0, n, n)[2]


def test_lower_can_be_better() -> None:
    scores = {"a": {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0}, "b": {0: 2.0, 1: 3.0, 2: 3.0, 3: 3.0}}
    assert all_pairs(scores)[0].probability == (1 + 0.5) / 4
    assert all_pairs(scores, higher=False)[0].probability == (2 + 0.5) / 4


# ---- groups ----------------------------------------------------------------------------------------------------------


def links(arms: str, separated: str) -> list[Difference]:
    """Differences between one-letter arms; ``separated`` lists pairs such as "ac bd"."""
    apart = {frozenset(pair) for pair in separated.split()}
    rest = (5, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.5, 0.0, 1.0)
    return [Difference(a, b, *rest, {a, b} in apart, 1.0) for a, b in itertools.combinations(arms, 2)]


@pytest.mark.parametrize(
    ("arms", "separated", "expected"),
    [
        ("abc", "", ["abc"]),
        ("abc", "ac", ["ab", "bc"]),
        ("abc", "ab ac bc", ["a", "b", "c"]),
        ("abcd", "ac ad bd", ["ab", "bc", "cd"]),
        ("cab", "ca", ["cb", "ab"]),
    ],
)
def test_groups_overlap(arms: str, separated: str, expected: list[str]) -> None:
    assert ["".join(group) for group in groups(links(arms, separated))] == expected


@pytest.mark.parametrize("seed", range(10))
def test_groups_are_the_maximal_sets(seed: int) -> None:
    draw, arms = np.random.default_rng(seed), "abcdefg"
    apart = {frozenset(p) for p in itertools.combinations(arms, 2) if draw.random() < 0.5}
    sets = [set(s) for r in range(1, 8) for s in itertools.combinations(arms, r)]
    alike = [s for s in sets if not any(set(p) <= s for p in apart)]
    expected = [s for s in alike if not any(s < other for other in alike)]
    found = [set(g) for g in groups(links(arms, " ".join("".join(p) for p in apart)))]
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))


# ---- size of a study -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sd", "difference", "expected"), [(1.0, 0.5, 34), (1.0, 0.2, 199), (1.0, 0.8, 15)])
def test_seeds_needed_are_the_textbook_ones(sd: float, difference: float, expected: int) -> None:
    """Cohen's small, medium and large effect: what G*Power gives for a paired test at 5 % with 80 % power."""
    assert seeds_needed(sd, difference) == expected


@pytest.mark.parametrize("n", [2, 3, 5, 25, 400])
@pytest.mark.parametrize("comparisons", [1, 6, 780])
def test_smallest_detectable_has_the_power(n: int, comparisons: int) -> None:
    shift = smallest_detectable(1.0, n, comparisons) * math.sqrt(n)
    power = stats.nct.sf(stats.t.isf(0.025 / comparisons, n - 1), n - 1, shift)
    assert power == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize(("n", "comparisons"), [(5, 1), (12, 6), (60, 45)])
def test_power_is_that_of_statsmodels(n: int, comparisons: int) -> None:
    power = pytest.importorskip("statsmodels.stats.power")
    expected = power.TTestPower().solve_power(nobs=n, alpha=0.05 / comparisons, power=0.8)
    assert smallest_detectable(2.0, n, comparisons) == pytest.approx(2 * expected, rel=1e-4)


def test_what_n_seeds_can_see_needs_n_seeds() -> None:
    for n in (2, 3, 7, 100):
        assert seeds_needed(1.0, 1.000001 * smallest_detectable(1.0, n, 6), 6) == n


def test_a_study_sees_its_smallest_difference_in_four_of_five_cases() -> None:
    """3 arms, 6 seeds; independent arms of spread 1 have differences of spread sqrt(2)."""
    shift = smallest_detectable(math.sqrt(2), 6, 3)
    draws = np.random.default_rng(3).standard_normal((1000, 3, 6)) + np.array([[0.0], [shift], [0.0]])
    seen = [all_pairs({"a": runs(d[0]), "b": runs(d[1]), "c": runs(d[2])})[0].separated for d in draws]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize(
    ("sd", "difference", "message"),
    [
        (1.0, 0.0, r"difference must be a finite number above 0, got 0\.0"),
        (1.0, math.nan, r"difference must be a finite number above 0, got nan"),
        (math.nan, 1.0, r"sd must be from 0 to 10,000 times the difference of 1, got sd=nan"),
        (-1.0, 1.0, r"sd must be from 0 .* got sd=-1\.0"),
        (1.0, 1e-9, r"sd must be from 0 to 10,000 times the difference of 1e-09, got sd=1\.0"),
    ],
)
def test_sizes_that_make_no_sense(sd: float, difference: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        seeds_needed(sd, difference)


# ---- convergence and cost --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "expected"),
    [([3, 1, 2], 2), ([3, 1, None], 3), ([3, None, None], math.inf), ([1, 2, None, None], 2), ([], math.inf)],
)
def test_median_steps_are_those_of_kaplan_and_meier(steps: list[float | None], expected: float) -> None:
    assert convergence(runs(steps), 10).median == expected


@pytest.mark.parametrize("seed", range(8))
def test_median_steps_are_those_of_statsmodels(seed: int) -> None:
    survival = pytest.importorskip("statsmodels.duration.survfunc")
    steps = np.random.default_rng(seed).permutation(12)[: 5 + seed % 4].astype(float)
    arrived = steps < 8
    curve = survival.SurvfuncRight(np.minimum(steps, 8), arrived.astype(int))
    expected = min(curve.surv_times[curve.surv_prob <= 0.5 + 1e-12], default=math.inf)  # .quantile asks for < 0.5
    assert convergence(runs([s if s < 8 else None for s in steps]), 8).median == expected


def test_a_miss_costs_the_whole_time() -> None:
    c = convergence({0: 300, 1: 200, 2: None, 3: 400}, 500)
    expected = stats.t.interval(0.95, 3, 350, stats.sem([300, 200, 500, 400]))
    assert c == Convergence(4, 3, 300, 350, pytest.approx(expected[0]), 500)
    assert (c.share, c.low > 0) == (0.75, True)


def test_arms_are_compared_by_restricted_steps() -> None:
    steps = {"a": {s: 100 + 10 * (s % 3) for s in range(6)}, "b": {**{s: 300 + s for s in range(5)}, 5: None}}
    d = all_pairs({arm: restricted(s, 500) for arm, s in steps.items()}, higher=False)[0]
    assert d.separated
    assert (d.mean, d.probability) == (pytest.approx(110 - (5 * 302 + 500) / 6), 1)


def test_a_step_after_the_end_is_refused() -> None:
    message = r"seed 4 arrived after 600 steps, expected 0 to the limit of 500, or None for a miss"
    with pytest.raises(InputError, match=message):
        convergence({4: 600}, 500)


@pytest.mark.parametrize(
    ("target", "higher", "expected"), [(0.5, True, 20.0), (0.8, True, None), (0.3, False, 10.0), (0.1, True, 10.0)]
)
def test_steps_to_a_target(target: float, higher: bool, expected: float | None) -> None:
    assert steps_to([0.2, 0.5, math.nan, 0.6], target, 10, higher=higher) == expected


def test_the_target_of_a_baseline_is_its_median_best() -> None:
    assert median_best([[0.1, 0.9, 0.8], [0.7], [math.nan, 0.2], [math.nan]]) == 0.7
    assert median_best([[0.1, 0.9], [0.7]], higher=False) == pytest.approx(0.4)
    assert math.isnan(median_best([]))


def test_cost_is_a_ratio_of_geometric_means_seed_by_seed() -> None:
    machine = np.array([1.0, 3.0, 1.5, 0.8, 2.0])  # how busy it was: the same for both arms of a seed
    slow = np.array([1.5, 1.6, 1.4, 1.5, 1.55])
    r = cost({"relu": runs(machine), "gelu": runs(machine * slow)}, "relu")
    expected = np.exp(stats.ttest_1samp(np.log(slow), 0).confidence_interval(0.95))
    assert r["gelu"].ratio == pytest.approx(stats.gmean(slow))
    assert (r["gelu"].low, r["gelu"].high) == pytest.approx(tuple(expected))
    assert (r["relu"].ratio, r["relu"].low, r["relu"].high) == (1, 1, 1)


def test_cost_of_one_seed_has_no_interval() -> None:
    r = cost({"relu": {0: 1.0}, "gelu": {0: 2.0}, "lost": {0: None}}, "relu")
    assert (r["gelu"].ratio, r["gelu"].low, r["gelu"].high) == (pytest.approx(2), 0, math.inf)
    assert math.isnan(r["lost"].ratio)


@pytest.mark.parametrize(
    ("seconds", "baseline", "message"),
    [
        ({"relu": {0: 0.0}}, "relu", r"the seconds of relu, seed 0, must be a finite number above 0, got 0\.0"),
        ({"relu": {0: 1.0}}, "rleu", r"no arm 'rleu' in this study; did you mean 'relu'\? known: relu"),
    ],
)
def test_cost_refuses(seconds: Scores, baseline: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cost(seconds, baseline)


@pytest.mark.parametrize("confidence", [0, 1, 95, math.nan, "high", True])
def test_confidence_is_a_share(confidence: object) -> None:
    with pytest.raises(InputError, match=r"confidence must be a number above 0 and below 1 such as 0\.95, got"):
        all_pairs({}, confidence)  # type: ignore[arg-type]


# ---- the sentence ----------------------------------------------------------------------------------------------------


def test_the_verdict_tells_what_is_separated_and_what_is_not() -> None:
    scores = study(3, 10, sd=0.003, random=2)
    scores["d"] = {seed: score + 0.02 for seed, score in scores["c"].items()}
    scores["d"][0] += 0.001
    said = verdict(scores, "a")
    d = next(d for d in all_pairs(scores) if (d.a, d.b) == ("a", "d"))
    assert said.startswith(
        f"d beats a by {-100 * d.mean:.2f} points (95 % interval {-100 * d.high:.2f} to {-100 * d.low:.2f}); "
    )
    assert "a, b and c are not separated; this study could have seen 0." in said


def test_no_difference_is_said_with_what_could_have_been_seen() -> None:
    scores = study(3, 5)
    pairs = all_pairs(scores)
    widest = max(pairs, key=lambda d: d.smallest)
    assert verdict(scores, difference=0.002) == (
        f"no clear difference between a, b and c; this study could have seen {100 * widest.smallest:.1f} points "
        f"between them (with a probability of 80 %), {seeds_needed(widest.sd, 0.002, 3)} seeds would be needed for 0.20"
    )


WIDE = {"a": [0.1, 0.9], "b": [0.9, 0.2], "c": [0.5, 0.8]}


def test_no_difference_beyond_the_possible_is_told() -> None:
    scores = {arm: runs(values) for arm, values in WIDE.items()}
    needed = seeds_needed(max(d.sd for d in all_pairs(scores)), 0.1, 3)
    assert verdict(scores) == (
        "no clear difference between a, b and c; this study could not have seen any difference between them (with a "
        f"probability of 80 %), {needed:,} seeds would be needed for 10 points"
    )
    far = {"a": runs([0.1, 0.11, 0.15]), "b": runs([0.8, 0.99, 0.7])}
    assert all_pairs(far)[0].low < -1.1
    assert verdict(far) == "b beats a by 71 points (95 % interval 30 to 100)"


def test_where_some_could_have_been_told_apart_it_is_said() -> None:
    scores = {"a": runs([0.5, 0.51]), "b": runs([0.5, 0.515]), "c": runs([0.1, 0.9])}
    assert "could not have seen any difference between some of them (with" in verdict(scores)


def test_losses_have_no_largest_difference() -> None:
    losses = {arm: runs([10 * v for v in values]) for arm, values in WIDE.items()}
    said = verdict(losses, higher=False, unit="nats", scale=1, largest=math.inf)
    assert f"could have seen {max(d.smallest for d in all_pairs(losses)):.0f} nats between them" in said


def test_lower_losses_win() -> None:
    scores = {"l": {0: 0.30, 1: 0.31, 2: 0.29}, "m": {0: 0.50, 1: 0.515, 2: 0.49}}
    assert verdict(scores, higher=False, unit="nats", scale=1).startswith("l beats m by 0.2017 nats (95 % interval ")


def test_a_winner_with_diverged_runs_is_named_with_them() -> None:
    scores = study(2, 8, gap=0.03, sd=0.003)
    broken = scores | {"b": scores["b"] | {1: None, 2: math.nan}, "c": dict.fromkeys(range(8))}
    said = verdict(broken)
    assert said.startswith("b (2 of 8 runs diverged and left out) beats a by ")
    assert said.endswith("; every run of c diverged")


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        (
            {"a": {0: 0.9}, "b": {0: 0.8}},
            "no verdict: fewer than two seeds in common, so a difference may be chance; use",
        ),
        ({"a": {0: 0.9, 1: 0.8}}, "no verdict: only a has results, there is nothing to compare it with"),
        ({"a": {0: None}}, "no verdict: no run finished; every run of a diverged"),
        ({}, "no verdict: no run finished"),
        (
            {"a": {0: 0.9, 1: 0.8}, "b": {0: 0.9, 1: 0.8}},
            "no clear difference between a and b; the scores of a and b are identical in every run",
        ),
    ],
)
def test_what_cannot_be_judged_has_no_verdict(scores: Scores, expected: str) -> None:
    assert verdict(scores).startswith(expected)


def test_an_arm_with_one_run_left_is_too_little() -> None:
    scores = study(3, 4, gap=0.05, sd=0.001)
    broken = scores | {"c": {0: 0.9, 1: None, 2: None, 3: None}}
    assert verdict(broken).endswith("; one run of c (3 of 4 runs diverged and left out) is too few to compare")
    assert "c (3 of 4" not in verdict(broken).split(";")[0]


def test_an_unknown_baseline_is_refused() -> None:
    with pytest.raises(InputError, match=r"no arm 'rel' in this study; did you mean 'relu'\? known: relu, tanh"):
        verdict({"relu": {0: 1.0}, "tanh": {0: 1.0}}, "rel")


def test_long_lists_are_cut() -> None:
    said = verdict({f"arm{i}": v for i, v in enumerate(study(20, 25, gap=0.01, sd=0.003).values())})
    assert len(said) < 1000
    assert " others" in said


def test_an_end_that_is_not_zero_is_not_printed_as_zero() -> None:
    scores = {"a": runs([0.9, 0.9, 0.9]), "b": runs([0.9 + v for v in (0.0100, 0.00598, 0.01402)])}
    assert all_pairs(scores)[0].separated
    assert 0 < -all_pairs(scores)[0].high < 5e-5
    assert "interval 0.00 " not in verdict(scores)
