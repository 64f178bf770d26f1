"""Errors of means of values that overlap and are no sums: by definition, and in simulations with known answers."""

import math

import numpy as np
import pytest
from liangrong.core.inference.low_frequency import windowed, windowed_rank_slope
from liangrong.core.inference.means import newey_west
from scipy.fft import dct
from scipy.stats import spearmanr, t


def overlapped(random, sessions, horizon):
    """Return the means of `horizon` sessions of noise: none of them foretells anything."""
    noise = random.standard_t(4, size=sessions + horizon)
    return np.convolve(noise, np.ones(horizon) / horizon, "valid")[:sessions]


def test_the_error_is_that_of_the_slowest_cosines_with_students_t():
    series = overlapped(np.random.default_rng(0), 400, 20) + 0.1
    found = windowed(series, 20)
    assert found.lags == 10  # half of 20 spans
    waves = dct(series - series.mean(), type=2)[1:11] / 2.0  # scipy's type 2 is twice the sum of cosines
    error = math.sqrt(np.mean(2.0 * waves**2)) / 400
    assert found.error == pytest.approx(error * t.ppf(0.975, 10) / 1.96, rel=2e-3)
    assert found.mean == pytest.approx(series.mean())
    assert found.t == pytest.approx(found.mean / found.error)


@pytest.mark.parametrize(("sessions", "horizon"), [(420, 20), (1250, 60)])
def test_noise_is_rejected_in_one_of_twenty_cases_and_a_mean_is_found(sessions, horizon):
    random = np.random.default_rng(1)
    series = [overlapped(random, sessions, horizon) for _ in range(600)]
    rejected = np.mean([abs(windowed(one, horizon).t) > 1.96 for one in series])
    assert 0.03 <= rejected <= 0.08
    assert np.mean([abs(newey_west(one, horizon).t) > 1.96 for one in series]) > rejected + 0.02
    deviation = math.sqrt(2.0) / math.sqrt(sessions)  # of the mean: Student's t with 4 degrees has a variance of 2
    assert np.mean([windowed(one + 4.0 * deviation, horizon).t > 1.96 for one in series]) > 0.9


def test_missing_sessions_keep_their_place():
    random = np.random.default_rng(2)
    series = overlapped(random, 400, 20)
    holed = np.where(random.random(400) < 0.1, np.nan, series)
    padded = np.concatenate([np.full(30, np.nan), holed, np.full(20, np.nan)])
    assert windowed(padded, 20) == windowed(holed, 20)
    assert windowed(holed, 20).count == (~np.isnan(holed)).sum()
    assert windowed(holed, 20).error == pytest.approx(windowed(series, 20).error, rel=0.25)


def test_without_values_or_variation_there_is_no_t():
    assert windowed([], 20).count == 0
    assert math.isnan(windowed(np.full(50, np.nan), 20).mean)
    still = windowed(np.full(50, 0.3), 20)
    assert (still.mean, still.std) == (pytest.approx(0.3), 0.0)
    assert math.isnan(still.error)
    assert math.isnan(still.t)
    assert math.isnan(windowed_rank_slope([1.0, 2.0], [1.0, 2.0], 20).mean)
    assert math.isnan(windowed_rank_slope(np.ones(50), np.arange(50.0), 20).t)


def test_the_rank_slope_is_spearmans_and_its_size_holds():
    random = np.random.default_rng(3)
    first, second = random.normal(size=400), overlapped(random, 400, 20)
    assert windowed_rank_slope(first, second, 20).mean == pytest.approx(spearmanr(first, second).statistic)
    rejected = [
        abs(windowed_rank_slope(random.normal(size=420), overlapped(random, 420, 20), 20).t) > 1.96 for _ in range(400)
    ]
    assert 0.02 <= np.mean(rejected) <= 0.09
    assert windowed_rank_slope(second + 0.1 * first * second.std(), second, 20).t > 4.0
