"""Crash risk of windows by hand, against its definitions and against other libraries."""

import math

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import crash
from liangrong.core.kernels.crash import rolling_crash_risk
from numpy.testing import assert_allclose, assert_array_equal
from oracles import interpret
from oracles.crash import crash_risk

NAN, INF = math.nan, math.inf


def given(seed=0, shape=(70, 5), holes=0.2):
    random = np.random.default_rng(seed)
    returns = 0.02 * random.standard_t(3, size=shape)
    limits = -0.02 * (1.0 + random.random(shape))
    for values in (returns, limits):
        values[random.random(shape) < holes] = NAN
    return returns, limits


def test_four_returns_by_hand():
    column = np.array([[-0.06], [0.01], [0.02], [0.03]])
    found = rolling_crash_risk(column, np.full(column.shape, -0.02), 4)
    # d = -6, 1, 2, 3 hundredths: squares 50, cubes -180; -4 sqrt(3) / 2 x -180 / 50^1.5 = 1.7636.
    assert found.ncskew[3, 0] == pytest.approx(4.0 * math.sqrt(3.0) / 2.0 * 180.0 / 50.0**1.5)
    assert found.duvol[3, 0] == pytest.approx(math.log(36.0 / (14.0 / 3.0)))  # 36 below; 1, 4, 9 above
    assert found.tail[3, 0] == 0.25


@pytest.mark.parametrize(("window", "min_count"), [(3, 3), (20, 15), (20, 20), (60, 40), (90, 10)])
def test_against_the_definitions(window, min_count):
    returns, limits = given(window)
    found = rolling_crash_risk(returns, limits, window, min_count=min_count)
    for got, expected in zip(found, crash_risk(returns, limits, window, min_count), strict=True):
        assert_allclose(got, expected, rtol=1e-10, atol=1e-12)


def test_against_pandas():
    returns, limits = given(3)
    expected = -pd.DataFrame(returns).rolling(20, min_periods=8).skew().to_numpy()
    assert_allclose(rolling_crash_risk(returns, limits, 20, min_count=8).ncskew, expected, rtol=1e-9, atol=1e-12)


def test_returns_that_do_not_move_have_no_skewness_and_a_level_costs_no_digits():
    still = np.full((10, 2), 0.1)
    still[:, 1] += 1e-17 * np.arange(10)
    found = rolling_crash_risk(still, np.full(still.shape, -1.0), 5)
    assert np.isnan(found.ncskew).all()
    assert np.isnan(found.duvol).all()
    assert_array_equal(found.tail[4:], 0.0)
    returns, _ = given(5, holes=0.0)
    moved = rolling_crash_risk(returns + 1e4, returns, 20).ncskew  # 1e4 leaves eleven digits of a return
    assert_allclose(moved, rolling_crash_risk(returns, returns, 20).ncskew, atol=1e-7)


def test_an_infinite_return_spoils_its_own_windows_only():
    returns, limits = given(6, holes=0.0)
    hurt = returns.copy()
    hurt[30, 1] = INF
    whole, found = rolling_crash_risk(returns, limits, 10), rolling_crash_risk(hurt, limits, 10)
    for clean, got in zip(whole[:2], found[:2], strict=True):
        assert np.isnan(got[30:40, 1]).all()
        got[30:40, 1] = clean[30:40, 1]
        assert_array_equal(got, clean)


def test_prefix_threads_and_tiles_never_change_a_bit():
    returns, limits = given(7, shape=(50, 300))
    whole = rolling_crash_risk(returns, limits, 20, min_count=15, threads=1)
    shared = rolling_crash_risk(returns, limits, 20, min_count=15, threads=3)
    part = rolling_crash_risk(returns[:31], limits[:31], 20, min_count=15)
    for one, other, early in zip(whole, shared, part, strict=True):
        assert_array_equal(one, other)
        assert_array_equal(one[:31], early)


def test_the_compiled_kernel_is_its_source(monkeypatch):
    arrays = given(8, shape=(25, 3))
    compiled = rolling_crash_risk(*arrays, 10, min_count=6, threads=1)
    interpret(monkeypatch, crash)
    for got, expected in zip(rolling_crash_risk(*arrays, 10, min_count=6, threads=1), compiled, strict=True):
        assert_allclose(got, expected, rtol=1e-14)


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (2, 2)])
def test_short_and_empty_panels_have_nothing(shape):
    for values in rolling_crash_risk(np.ones(shape), np.ones(shape), 3):
        assert values.shape == shape
        assert np.isnan(values).all()


def test_what_cannot_be_computed_is_refused():
    values = np.ones((5, 2))
    with pytest.raises(ConfigError, match="`min_count` should be at least 3 returns, which skewness needs, got 2"):
        rolling_crash_risk(values, values, 5, min_count=2)
    with pytest.raises(ConfigError, match="`window` should be at least 1"):
        rolling_crash_risk(values, values, 0)
    with pytest.raises(DataError, match="`limits` should have shape"):
        rolling_crash_risk(values, values[:4], 3)
