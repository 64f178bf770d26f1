"""Errors and intervals of means over sessions: against statsmodels, sums written out, and simulated coverage."""

import math
from itertools import pairwise

import numpy as np
import pytest
from liangrong.core.inference.bootstrap import draws, times_drawn
from liangrong.core.inference.long_run import lag_rule
from liangrong.core.inference.means import (
    interval,
    newey_west,
    overlapping,
    rank_slope,
    usual_block,
)
from scipy.stats import norm, rankdata
from scipy.stats import t as student
from statsmodels.api import OLS, add_constant


def moving_average(random, count, horizon):
    """Return what overlapping returns look like: sums of `horizon` draws."""
    draws = random.normal(size=count + horizon - 1)
    return np.convolve(draws, np.ones(horizon), mode="valid")


@pytest.mark.parametrize("lags", [0, 1, 5, 59])
def test_newey_west_is_statsmodels_without_holes(lags):
    series = 0.3 + moving_average(np.random.default_rng(lags), 300, 6)
    fitted = OLS(series, np.ones(300)).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})
    ours = newey_west(series, lags=lags)
    assert ours.mean == pytest.approx(fitted.params[0], rel=1e-12)
    assert ours.error == pytest.approx(fitted.bse[0], rel=1e-10)
    assert ours.t == pytest.approx(fitted.tvalues[0], rel=1e-10)
    assert (ours.count, ours.lags) == (300, lags)
    assert ours.std == pytest.approx(series.std(ddof=1))


def test_rank_slope_is_statsmodels_on_ranks():
    random = np.random.default_rng(4)
    x, y = moving_average(random, 250, 10), moving_average(random, 250, 5)
    design = add_constant(rankdata(x) / 250)
    fitted = OLS(rankdata(y) / 250, design).fit(cov_type="HAC", cov_kwds={"maxlags": 9, "use_correction": False})
    ours = rank_slope(x, y, lags=9)
    assert ours.mean == pytest.approx(fitted.params[1], rel=1e-10)
    assert ours.t == pytest.approx(fitted.tvalues[1], rel=1e-9)


def test_a_hole_keeps_its_place():
    series = np.array([1.0, np.nan, 3.0, 2.0, np.nan, np.nan, 5.0, 4.0])
    # Mean 3; away -2 . 0 -1 . . 2 1. Squares 10; pairs one apart: (0, -1) = 0, (2, 1) = 2; two apart: (-2, 0) = 0.
    ours = newey_west(series, lags=2)
    assert ours.error == pytest.approx(math.sqrt(10 + 2 * (2 / 3 * 2 + 1 / 3 * 0)) / 5)
    assert ours.count == 5
    assert newey_west(series[~np.isnan(series)], lags=2).error != pytest.approx(ours.error)
    with_ends = np.concatenate([[np.nan] * 3, series, [np.nan] * 9])
    assert newey_west(with_ends, lags=2) == ours


def test_a_hole_keeps_its_place_in_a_slope():
    random = np.random.default_rng(8)
    x, y = moving_average(random, 80, 5), moving_average(random, 80, 5)
    x[10:14], y[30] = np.nan, np.nan
    known = ~np.isnan(x + y)
    ranks = [rankdata(values[known]) / known.sum() for values in (x, y)]
    a, b = (values - values.mean() for values in ranks)
    slope = (a @ b) / (a @ a)
    moments = np.zeros(80)
    moments[known] = a * (b - slope * a)
    total = sum((1 - abs(i - j) / 4) * moments[i] * moments[j] for i in range(80) for j in range(80) if abs(i - j) < 4)
    ours = rank_slope(x, y, lags=3)
    assert ours.mean == pytest.approx(slope)
    assert ours.error == pytest.approx(math.sqrt(total) / (a @ a))


@pytest.mark.parametrize(("sessions", "lags"), [(3, 1), (30, 3), (100, 4), (1000, 6), (2500, 8), (1, 0), (0, 0)])
def test_the_usual_lags(sessions, lags):
    assert lag_rule(sessions) == lags
    if sessions > 1:
        assert newey_west(np.random.default_rng(0).normal(size=sessions)).lags == lags


@pytest.mark.parametrize("values", [[], [np.nan], [2.0], [2.0, 2.0, 2.0], [0.1] * 30])
def test_no_variation_has_no_t(values):
    ours = newey_west(values)
    assert math.isnan(ours.t)
    assert math.isnan(ours.error)
    assert math.isnan(rank_slope(values, np.arange(len(values))).t)
    assert math.isnan(rank_slope(np.arange(len(values)), values).t)


def test_the_error_of_an_overlap_by_hand():
    # Four decisions of one security, two sessions each: what they earn is the sum of two of the steps 3 1 4 1 5.
    steps, values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 0.0]), np.array([4.0, 5.0, 5.0, 6.0, np.nan, np.nan])
    held = np.array([1, 2, 2, 2, 1, 0]) * steps  # in the first and the last session one decision is held, else two
    # Mean by decision and session: 20 / 8 = 2.5; away 3 - 2.5, 2 - 5, 8 - 5, 2 - 5, 5 - 2.5.
    away = [0.5, -3.0, 3.0, -3.0, 2.5]
    squares, lag = sum(a * a for a in away), sum(a * b for a, b in pairwise(away))
    ours = overlapping(values, held, 2)
    assert (ours.mean, ours.count, ours.lags) == (5.0, 4, 1)
    assert ours.error == pytest.approx(math.sqrt(squares + 2 * 0.5 * lag) / 4)
    assert ours.t == pytest.approx(5.0 / ours.error)
    assert ours.std == pytest.approx(np.std([4, 5, 5, 6], ddof=1))


def test_without_an_overlap_the_error_is_that_of_newey_and_west():
    series = np.random.default_rng(2).normal(size=90)
    series[[4, 5, 60]] = np.nan
    assert overlapping(series, np.zeros(90), 1) == newey_west(series)
    assert overlapping(series, np.nan_to_num(series), 2).error != pytest.approx(newey_west(series).error)


@pytest.mark.parametrize("horizon", [5, 20])
def test_the_t_of_overlapping_returns_rejects_as_often_as_it_says(horizon):
    random, t, others = np.random.default_rng(11), [], []
    for _ in range(1500):
        steps = random.normal(size=250 + horizon - 1)
        sums = np.convolve(steps, np.ones(horizon), mode="valid")
        values = np.concatenate([sums, np.full(horizon - 1, np.nan)])
        many = np.convolve(np.ones(250), np.ones(horizon))
        t.append(overlapping(values, steps * many, horizon).t)
        others.append(newey_west(sums, lags=2 * (horizon - 1)).t)
    assert (np.abs(t) > 1.96).mean() < 0.07
    assert (np.abs(others) > 1.96).mean() > 0.08


def persistent(random, count, memory):
    values = random.normal(size=count)
    for t in range(1, count):
        values[t] = memory * values[t - 1] + math.sqrt(1 - memory**2) * values[t]
    return values


@pytest.mark.parametrize(("horizon", "before"), [(5, 0.06), (20, 0.1)])
def test_a_persistent_level_does_not_foretell_noise(horizon, before):
    random, t, others = np.random.default_rng(12), [], []
    for _ in range(300):
        level, single = persistent(random, 500, 0.97), random.normal(size=500)
        ahead = np.full(500, np.nan)
        ahead[: 501 - horizon] = np.convolve(single, np.ones(horizon), mode="valid")
        t.append(rank_slope(level, ahead, horizon, single).t)
        others.append(rank_slope(level, ahead, lags=2 * (horizon - 1)).t)
    assert (np.abs(t) > 1.96).mean() < 0.07
    assert (np.abs(others) > 1.96).mean() > before


def test_a_level_that_foretells_is_found():
    random = np.random.default_rng(13)
    level = persistent(random, 500, 0.9)
    single = 0.15 * level + random.normal(size=500)
    ahead = np.full(500, np.nan)
    ahead[:496] = np.convolve(single, np.ones(5), mode="valid")
    found = rank_slope(level, ahead, 5, single)
    assert found.mean > 0.2
    assert found.t > 3.0
    assert rank_slope(-level, ahead, 5, single).t == pytest.approx(-found.t)


def test_blocks_are_short_since_returns_do_not_overlap():
    assert usual_block(1000) == pytest.approx(10.0)
    assert usual_block(6) == 1.5
    assert usual_block(2) == 1.0


def test_bootstrap_intervals_cover_the_truth():
    random, count, trials = np.random.default_rng(21), 300, 200
    hits, block = 0, usual_block(300)
    for trial in range(trials):
        series = random.standard_t(4, count)
        drawn = times_drawn(draws(count, block, 200, seed=trial)) @ series / count
        low, high = interval(series.mean(), drawn, count / block)
        hits += low <= 0.0 <= high
    assert 0.88 <= hits / trials <= 0.985


def test_an_interval_ignores_what_is_not_finite():
    values = np.array([np.nan, np.inf, *np.linspace(0.0, 1.0, 41)])
    assert interval(0.5, values, 1e9) == pytest.approx((0.025, 0.975))
    assert all(map(math.isnan, interval(0.5, np.array([np.nan]), 9.0)))


@pytest.mark.parametrize("blocks", [6.0, 21.0, 100.0])
def test_few_blocks_widen_an_interval_as_students_t_does(blocks):
    values = np.linspace(-1.0, 1.0, 201)
    wider = student.ppf(0.975, blocks - 1) / norm.ppf(0.975) * math.sqrt(blocks / (blocks - 1))
    assert interval(0.0, values, blocks) == pytest.approx((-0.95 * wider, 0.95 * wider), rel=0.01)
    low, high = interval(0.5, values, blocks)  # each side by its own distance
    assert (0.5 - low) / (high - 0.5) == pytest.approx(1.45 / 0.45)
