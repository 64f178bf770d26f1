"""Errors and intervals of means over sessions: against statsmodels, sums written out, and simulated coverage."""

import math

import numpy as np
import pytest
from liangrong.core.study.inference import (
    block_length,
    interval,
    lag_rule,
    newey_west,
    rank_slope,
    resampled,
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


@pytest.mark.parametrize(("horizon", "sessions", "lags"), [(1, 100, 4), (1, 1000, 6), (20, 1000, 38), (60, 30, 29)])
def test_lags_cover_the_overlap(horizon, sessions, lags):
    assert lag_rule(horizon, sessions) == lags
    assert newey_west(np.random.default_rng(0).normal(size=sessions), horizon).lags == lags


@pytest.mark.parametrize("values", [[], [np.nan], [2.0], [2.0, 2.0, 2.0], [0.1] * 30])
def test_no_variation_has_no_t(values):
    ours = newey_west(values)
    assert math.isnan(ours.t)
    assert math.isnan(ours.error)
    assert math.isnan(rank_slope(values, np.arange(len(values))).t)
    assert math.isnan(rank_slope(np.arange(len(values)), values).t)


def test_the_t_of_overlapping_returns_rejects_as_often_as_it_says():
    random = np.random.default_rng(11)
    t = np.array([newey_west(moving_average(random, 1500, 20), 20).t for _ in range(300)])
    naive = np.array([newey_west(moving_average(random, 1500, 20), lags=0).t for _ in range(100)])
    assert (np.abs(t) > 1.96).mean() < 0.11  # Bartlett weights shrink the covariances: a little more than 0.05
    assert (np.abs(naive) > 1.96).mean() > 0.5


def test_resamples_draw_whole_blocks():
    draws = resampled(50, 10.0, 400, seed=3)
    assert (draws.sum(axis=1) == 50).all()
    assert (draws >= 0).all()
    assert draws.mean(axis=0) == pytest.approx(np.ones(50), abs=0.3)
    np.testing.assert_array_equal(draws, resampled(50, 10.0, 400, seed=3))
    assert not np.array_equal(draws, resampled(50, 10.0, 400, seed=4))
    # Neighbours are drawn together all the more, the longer the blocks are.
    alike = []
    for block in (1.0, 5.0, 25.0):
        drawn = resampled(50, block, 400, seed=3)
        alike.append(np.corrcoef(drawn[:, :-1].ravel(), drawn[:, 1:].ravel())[0, 1])
    assert abs(alike[0]) < 0.06
    assert alike[0] + 0.5 < alike[1] < alike[2] - 0.05


def test_blocks_span_the_overlap_but_leave_several():
    assert block_length(20, 2000) == 60.0
    assert block_length(1, 1000) == pytest.approx(10.0)
    assert block_length(60, 100) == 25.0
    assert block_length(1, 2) == 1.0


def test_bootstrap_intervals_cover_the_truth():
    random, horizon, count, trials = np.random.default_rng(21), 5, 300, 150
    hits = {block_length(horizon, count): 0, 1.0: 0}
    for trial in range(trials):
        series = moving_average(random, count, horizon)
        for block in hits:
            means = resampled(count, block, 200, seed=trial) @ series / count
            low, high = interval(series.mean(), means, count / block)
            hits[block] += low <= 0.0 <= high
    inside, forgetful = (count / trials for count in hits.values())
    assert 0.84 <= inside <= 0.98
    assert forgetful < 0.75  # sessions drawn one by one forget that returns overlap


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
