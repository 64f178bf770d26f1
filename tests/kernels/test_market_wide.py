"""Counts, totals and numbers of whole sessions against plain Python, their own source, in threads, at the border."""

import math

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import market_wide
from liangrong.core.kernels.cross_section import cross_rank
from numpy.testing import assert_allclose, assert_array_equal
from oracles import interpret
from oracles.awkward import AWKWARD, balances
from oracles.elementwise import centred_ranks, count_above, total_change

NAN = math.nan


def all_answers(values, threads=None):
    """Return what each kernel makes of a panel and of its mirror image."""
    values = np.asarray(values, dtype=float)
    total, row = np.full(values.shape, NAN), np.arange(len(values)) * 0.5
    for panel, weight in ((values, 0.25), (values[:, ::-1], -0.75)):
        market_wide.add_centred_ranks(cross_rank(panel), weight, total, threads=threads)
    return [
        *market_wide.count_above(values, values[:, ::-1], threads=threads),
        *market_wide.total_change(values, 3, threads=threads),
        market_wide.where_known(row, values, threads=threads),
        total,
    ]


@pytest.mark.parametrize("case", AWKWARD)
def test_plain_python_says_the_same(case):
    values = np.asarray(AWKWARD[case], dtype=float)
    above, known, rise, start, spread, total = all_answers(AWKWARD[case])
    assert_array_equal((above, known), count_above(values, values[:, ::-1]))
    changed, hair = np.array(total_change(values, 3)), 1e-15 * float(np.nanmax(abs(values), initial=0))
    assert_allclose(np.array((rise, start)), changed, rtol=1e-15, atol=hair)
    row = np.arange(len(values))[:, None] * 0.5
    assert_array_equal(spread, row + 0.0 * values)
    ranks = cross_rank(values), cross_rank(values[:, ::-1])
    assert_allclose(total, centred_ranks(ranks, (0.25, -0.75)), rtol=0, atol=2e-16 * 8)


def test_whole_yuan_add_up_exactly_in_a_wide_market():
    values = balances((6, 1_000), level=1e10, share=0.3)
    rise, start = market_wide.total_change(values, 2)
    assert_array_equal((rise, start), total_change(values, 2))


def test_threads_and_the_interpreted_twin_change_no_bit(monkeypatch):
    values = balances((30, 70), share=0.3)
    whole = all_answers(values)
    for threads in (2, 3, 50):
        for got, expected in zip(all_answers(values, threads), whole, strict=True):
            assert_array_equal(got, expected)
    interpret(monkeypatch, market_wide)
    for got, expected in zip(all_answers(values), whole, strict=True):
        assert_array_equal(got, expected)


def test_a_longer_history_never_changes_the_past():
    values = balances((30, 9), share=0.3)
    whole = all_answers(values)
    for rows in (0, 1, 2, 3, 4, 29):
        for got, expected in zip(all_answers(values[:rows]), whole, strict=True):
            assert_array_equal(got, expected[:rows])


def test_by_hand():
    first, second = np.array([[3.0, 1.0, NAN, 2.0]]), np.array([[1.0, 1.0, 0.0, 5.0]])
    assert [counts.tolist() for counts in market_wide.count_above(first, second)] == [[1.0], [3.0]]
    values = np.array([[10.0, NAN, 5.0], [12.0, 7.0, NAN], [9.0, 8.0, NAN]])
    rise, start = market_wide.total_change(values, 1)
    assert_array_equal(rise, [NAN, 2.0, -2.0])
    assert_array_equal(start, [NAN, 10.0, 19.0])
    assert_array_equal(market_wide.where_known([0.1, 0.2, 0.3], values)[1], [0.2, 0.2, NAN])
    total = np.array([[NAN, 1.0, NAN]])
    market_wide.add_centred_ranks(np.array([[0.5, 1.0, NAN]]), 2.0, total)  # the mean of the ranks is 0.75
    assert_array_equal(total, [[-0.5, 1.5, NAN]])


def test_the_border():
    panel = np.ones((3, 2))
    with pytest.raises(DataError, match=r"`row` should hold one number per session, \(3,\), got \(2,\)"):
        market_wide.where_known([1.0, 2.0], panel)
    with pytest.raises(DataError, match="`out` should not lie in the memory of the values"):
        market_wide.where_known(np.ones(3), panel, out=panel)
    with pytest.raises(DataError, match=r"`total` should be a writable C-contiguous float64 array of shape \(3, 2\)"):
        market_wide.add_centred_ranks(panel, 1.0, np.ones((2, 3)))
    with pytest.raises(ConfigError, match="`sessions` should be at least 1, got 0"):
        market_wide.total_change(panel, 0)
    with pytest.raises(ConfigError, match="`threads` should be at least 1, got 0"):
        market_wide.count_above(panel, panel, threads=0)
    with pytest.raises(DataError, match=r"`second` should have shape \(3, 2\) like the panel before it"):
        market_wide.count_above(panel, panel[1:])
