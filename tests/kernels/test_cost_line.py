"""Stocks that flows fill against lists of lots, by hand, in parts, and where nothing is known."""

import math

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import cost_line
from liangrong.core.kernels.cost_line import WAYS, Stock, Sums, share_below, stock_of, sums_of
from numpy.testing import assert_allclose, assert_array_equal
from oracles import cost_line as oracle
from oracles import interpret

NAN = math.nan


def flows(shape=(60, 7), seed=1, holes=0.1):
    """Return balance, bought, repaid and price of a torn market: gaps, no flows, jumps, stocks that empty."""
    rng = np.random.default_rng(seed)
    bought, repaid = (np.round(rng.exponential(20.0, shape)) * (rng.random(shape) < 0.8) for _ in range(2))
    balance = np.empty(shape)
    stock = np.round(rng.exponential(100.0, shape[1]))
    for t in range(shape[0]):
        repaid[t] = np.minimum(repaid[t], stock + bought[t])
        stock = stock + bought[t] - repaid[t]
        stock[rng.random(shape[1]) < 0.03] = 0.0
        balance[t] = stock
    price = 10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, shape), axis=0))
    parts = [np.where(rng.random(shape) < holes, NAN, values) for values in (balance, bought, repaid)]
    price[:4, 0] = NAN
    parts[1][:, 1] = NAN
    parts[1][:, 2] = parts[2][:, 2] = NAN
    parts[0][:, 3] = NAN
    return [*parts, price]


def column(*lists):
    return [np.array(values, dtype=float)[:, None] for values in lists]


def test_by_hand():
    # 100 at 10 (the opening), 50 more at 20, then 60 repaid: of 150 two fifths leave, or 60 of the first hundred.
    parts = column([100, 150, 90], [NAN, 50, 0], [NAN, 0, 60], [10, 20, 30])
    stock = stock_of(*parts)
    assert_array_equal(stock.held[:, 0], [100, 150, 90])
    assert_array_equal(stock.entered[:, 0], [100, 50, 0])
    unit, price = np.ones((3, 1)), parts[3]
    even = sums_of(stock, unit, price, "proportional")
    assert_allclose(even.second[:, 0], [1000, 2000, 0.6 * 2000])
    assert_allclose(even.opening[:, 0], [1, 2 / 3, 2 / 3])
    fifo = sums_of(stock, unit, price, "fifo")
    assert_allclose(fifo.second[:, 0], [1000, 2000, 40 * 10 + 50 * 20])
    assert_allclose(fifo.opening[:, 0], [1, 2 / 3, 4 / 9])
    assert_allclose(fifo.first[:, 0], [100, 150, 90])
    # With a ratio of 2 when bought, and the price at 15: 3 and 1.5; below 2 is what was bought at 20.
    at = np.full((3, 1), 15.0)
    assert_allclose(share_below(stock, 2 / price, unit, at, 2.0, "fifo")[:, 0], [0, 1 / 3, 5 / 9])
    assert_allclose(share_below(stock, 2 / price, unit, at, 2.0, "proportional")[:, 0], [0, 1 / 3, 1 / 3])


def test_what_is_not_known_by_hand():
    # Bought more than the balance says: repaid follows. A gap with both flows is rolled, one without stays. A rise
    # without flows is bought; nothing is known until a balance has a price.
    parts = column(
        [NAN, 80, 70, NAN, NAN, 90, 90, 40],
        [9, NAN, 20, 10, NAN, NAN, NAN, NAN],
        [9, NAN, NAN, 5, 5, NAN, 30, 10],
        [5, 5, 5, 5, 5, 5, 5, 5],
    )
    stock = stock_of(*parts)
    assert_array_equal(stock.held[:, 0], [NAN, 80, 70, 75, 75, 90, 90, 40])
    assert_array_equal(stock.entered[:, 0], [0, 80, 20, 10, 0, 15, 30, 0])
    late = stock_of(*column([80, 90], [NAN, NAN], [NAN, NAN], [NAN, 5]))
    assert_array_equal(late.held[:, 0], [NAN, 90])
    assert_array_equal(late.entered[:, 0], [0, 90])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(4))
def test_lists_of_lots_agree(way, seed):
    parts = flows(seed=seed)
    price, rng = parts[3], np.random.default_rng(seed)
    first, second = 1.0 / price, rng.uniform(1.5, 2.0, price.shape) / price
    stock = stock_of(*parts)
    for ours, expected in zip(sums_of(stock, first, second, way), oracle.sums(parts, first, second, way), strict=True):
        assert np.isfinite(expected).mean() > 0.5
        assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)
    weight = rng.uniform(1.0, 2.0, price.shape)
    level = np.where(rng.random(price.shape) < 0.1, NAN, price)
    ours = share_below(stock, second, weight, level, 1.7, way)
    expected = oracle.below(parts, second, weight, level, 1.7, way)
    assert 0.05 < np.nanmean(expected) < 0.95
    assert_allclose(ours, expected, atol=3e-6)


@pytest.mark.parametrize("way", WAYS)
def test_parts_and_threads_change_no_bit(way):
    parts = flows((50, 13))
    price = parts[3]
    stock = stock_of(*parts)
    whole = sums_of(stock, 1.0 / price, 2.0 / price, way)
    judged = share_below(stock, 2.0 / price, price, price, 1.9, way)
    for threads in (2, 5, 20):
        for one, other in zip(sums_of(stock, 1.0 / price, 2.0 / price, way, threads=threads), whole, strict=True):
            assert_array_equal(one, other)
        assert_array_equal(share_below(stock, 2.0 / price, price, price, 1.9, way, threads=threads), judged)
    for rows in (0, 1, 7, 49):
        cut = stock_of(*(values[:rows] for values in parts))
        assert_array_equal(cut.held, stock.held[:rows])
        for one, other in zip(sums_of(cut, 1.0 / price[:rows], 2.0 / price[:rows], way), whole, strict=True):
            assert_array_equal(one, other[:rows])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("start", [1, 30, 49, 50])
def test_a_session_more_goes_on_from_the_row_before(way, start):
    parts = flows((50, 9))
    price = parts[3]
    stock = stock_of(*parts)
    grown = Stock(*(np.where(np.arange(50)[:, None] < start, values, -5.0) for values in stock))
    for one, other in zip(stock_of(*parts, start=start, out=grown), stock, strict=True):
        assert_array_equal(one, other)
    whole = sums_of(stock, 1.0 / price, 2.0 / price, way)
    sums = Sums(*(np.where(np.arange(50)[:, None] < start, values, -5.0) for values in whole))
    for one, other in zip(sums_of(stock, 1.0 / price, 2.0 / price, way, start=start, out=sums), whole, strict=True):
        assert_array_equal(one, other)
    judged = share_below(stock, 2.0 / price, price, price, 1.9, way)
    later = share_below(stock, 2.0 / price, price, price, 1.9, way, start=start)
    assert_array_equal(later[start:], judged[start:])
    assert np.isnan(later[:start]).all()


@pytest.mark.parametrize("way", WAYS)
def test_the_interpreted_twin_agrees(way, monkeypatch):
    parts = flows((30, 5))
    price = parts[3]
    stock = stock_of(*parts)
    compiled = sums_of(stock, 1.0 / price, 2.0 / price, way), share_below(stock, 2 / price, price, price, 1.9, way)
    interpret(monkeypatch, cost_line)
    stock = stock_of(*parts)
    for one, other in zip(sums_of(stock, 1.0 / price, 2.0 / price, way), compiled[0], strict=True):
        assert_allclose(one, other, rtol=1e-14)
    assert_allclose(share_below(stock, 2 / price, price, price, 1.9, way), compiled[1], rtol=1e-14)


def test_a_stock_is_what_its_sums_are_of():
    parts = flows((80, 8), holes=0.0)
    stock = stock_of(*parts)
    for way in WAYS:
        assert_allclose(sums_of(stock, np.ones((80, 8)), parts[3], way).first, stock.held, rtol=1e-9, atol=1e-9)


def test_what_is_refused():
    ones = np.ones((3, 2))
    stock = stock_of(ones, ones, ones, ones)
    with pytest.raises(ConfigError, match="`way` should be one of proportional, fifo, got 'lifo'"):
        sums_of(stock, ones, ones, "lifo")
    with pytest.raises(DataError, match=r"`out` should hold the rows before `start` \(2\)"):
        stock_of(ones, ones, ones, ones, start=2)
    with pytest.raises(ConfigError, match="`start` should be a row between 0 and 3, got 4"):
        share_below(stock, ones, ones, ones, 1.0, "fifo", start=4)
    with pytest.raises(DataError, match="`bought`"):
        stock_of(ones, np.ones((2, 2)), ones, ones)
