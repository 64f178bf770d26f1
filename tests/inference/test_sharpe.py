"""Errors of Sharpe ratios: published examples, scipy, statsmodels' HAC, and how they spread in simulation."""

from typing import Any

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.inference.long_run import lag_rule, long_run_sums
from liangrong.core.inference.sharpe import (
    measured,
    minimum_track_record,
    moments,
    probabilistic_sharpe,
    sharpe_error,
    sharpe_spread,
)
from liangrong.core.kernels import statistics
from luck.returns import noise
from scipy import stats
from statsmodels.api import OLS


def test_the_error_of_lo():
    # Lo (2002), The statistics of Sharpe ratios: 1.50 over 60 months has the error 0.188.
    assert np.sqrt(sharpe_spread(1.5) / 60) == pytest.approx(0.188, abs=5e-4)


def test_the_probabilistic_ratio_of_a_hedge_fund():
    # Bailey and Lopez de Prado (2012): 24 months, 0.458 a month, skewness -2.448, kurtosis 10.164.
    assert probabilistic_sharpe(0.458, 0.0, 24) == pytest.approx(0.982, abs=5e-4)
    assert probabilistic_sharpe(0.458, 0.0, 24, -2.448, 10.164) == pytest.approx(0.913, abs=5e-4)


@pytest.mark.parametrize(("periods", "years"), [(252, 2.73), (52, 2.83), (12, 3.24)])
def test_the_shortest_track_record(periods, years):
    # Bailey and Lopez de Prado (2012): a Sharpe of 2 a year shown to exceed 1 at 95 %, normal returns.
    root = np.sqrt(periods)
    assert minimum_track_record(2.0 / root, 1.0 / root) / periods == pytest.approx(years, abs=5e-3)


def test_a_track_record_of_the_shortest_length_reaches_its_probability():
    needed = minimum_track_record(0.12, 0.05, -0.7, 6.0, probability=0.9)
    length: Any = needed  # not whole
    reached = probabilistic_sharpe(0.12, 0.05, length, -0.7, 6.0)
    assert reached == pytest.approx(0.9, abs=1e-12)
    assert np.isinf(minimum_track_record([0.05, 0.04], 0.05)).all()
    assert np.isnan(minimum_track_record(np.nan))


def test_moments_are_those_of_scipy_and_of_the_kernel():
    values = noise(1, 300, 4) + 0.001
    found = moments(values)
    np.testing.assert_allclose(found.skewness, stats.skew(values), rtol=1e-10)
    np.testing.assert_allclose(found.kurtosis, stats.kurtosis(values, fisher=False), rtol=1e-10)
    kernel = [statistics.sharpe(column, 1.0) for column in values.T]
    np.testing.assert_allclose(found.sharpe, kernel, rtol=1e-11)
    np.testing.assert_allclose(measured(values, "sharpe"), kernel, rtol=1e-11)
    np.testing.assert_allclose(measured(values, "return"), values.mean(axis=0))


def test_an_account_that_stood_still_has_no_ratio():
    values = np.column_stack([np.zeros(50), np.full(50, 0.0001), noise(1, 50, 1)[:, 0]])
    found = moments(values)
    assert np.isnan(found.sharpe).tolist() == [True, True, False]
    assert np.isnan(sharpe_error(values)).tolist() == [True, True, False]
    assert measured(values, "sharpe")[:2].tolist() == [0.0, 0.0]


def test_the_error_without_lags_is_that_of_mertens():
    values = noise(2, 400, 3) + np.array([0.0, 0.002, -0.004])
    found = moments(values)
    expected = np.sqrt(sharpe_spread(found.sharpe, found.skewness, found.kurtosis) / 399)
    np.testing.assert_allclose(sharpe_error(values), expected, rtol=1e-10)


@pytest.mark.parametrize("memory", [0.0, 0.4])
def test_the_error_is_the_spread_over_many_histories(memory):
    random = np.random.default_rng(3)
    draws = random.gamma(2.0, size=(1000, 1500)) - 1.6  # skewed, and with a mean
    for t in range(1, len(draws)):
        draws[t] += memory * draws[t - 1]
    values = 0.01 * draws[200:]
    spread = moments(values).sharpe.std()
    assert np.median(sharpe_error(values, lags=12 if memory else 0)) == pytest.approx(spread, rel=0.07)
    if memory:
        assert np.median(sharpe_error(values)) < 0.75 * spread


@pytest.mark.parametrize("lags", [0, 1, 7])
def test_long_run_sums_are_those_of_statsmodels(lags):
    values = np.cumsum(noise(5, 200, 2), axis=0)
    for column, total in zip(values.T, long_run_sums(values - values.mean(axis=0), lags), strict=True):
        fitted = OLS(column, np.ones(200)).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})
        assert np.sqrt(total) / 200 == pytest.approx(fitted.bse[0], rel=1e-9)


def test_the_lag_rule():
    assert [lag_rule(n) for n in (3, 100, 1000, 2500)] == [1, 4, 6, 8]


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        (np.zeros(50), DataError, r"`returns` should have shape \(sessions, trials\).*got \(50,\)"),
        (np.zeros((19, 2)), DataError, r"at least 20 sessions"),
        (np.zeros((50, 0)), DataError, r"got \(50, 0\)"),
        (
            np.where(np.arange(60).reshape(30, 2) == 7, np.nan, 0.0),
            DataError,
            r"got nan in row 3, column 1 \(1 in all\)",
        ),
        (
            np.where(np.arange(60).reshape(30, 2) == 4, -1.5, 0.0),
            DataError,
            r"at least -1, got -1.5 in row 2, column 0",
        ),
    ],
)
def test_what_is_no_history_is_refused(values, error, text):
    with pytest.raises(error, match=text):
        moments(values)


def test_a_probability_is_a_fraction():
    with pytest.raises(ConfigError, match=r"`probability` should lie between 0 and 1, got 95"):
        minimum_track_record(0.1, probability=95)
