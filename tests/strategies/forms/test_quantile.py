"""Quantiles by hand: ties, the short list, suspensions, industries, sizes."""

import numpy as np
import pytest
from oracles.form_settings import NAN, setting, weights

SCORES = [[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]]


def first(score=SCORES, form="quantile", changes=(), **fields):
    """Return the weights of the only session."""
    given = setting(score, **fields)
    using = {"minimum": 1, **dict(changes)}
    return weights(form, given, **using)[0].tolist()


@pytest.mark.parametrize(
    ("quantile", "expected"),
    [
        (0.01, [1.2, 0, 0, 0, 0, -0.3]),  # at least one
        (0.34, [0.6, 0.6, 0, 0, -0.15, -0.15]),
        (0.5, [0.4, 0.4, 0.4, -0.1, -0.1, -0.1]),
    ],
)
def test_the_best_against_the_worst(quantile, expected):
    assert first(changes={"quantile": quantile}) == pytest.approx(expected)


def test_a_quantile_of_a_hundred_is_whole():
    # 0.29 x 100 is 28.999999999999996
    got = weights("quantile", setting([np.arange(100.0)]), quantile=0.29)[0]
    assert ((got > 0).sum(), (got < 0).sum()) == (29, 29)


def test_ties_at_the_boundary_are_all_in():
    got = first([[5.0, 4.0, 4.0, 2.0, 1.0, 1.0]], changes={"quantile": 0.34})
    assert got == pytest.approx([0.4, 0.4, 0.4, 0, -0.15, -0.15])
    got = first([[5.0, 4.0, 3.0, 1.0, 1.0, 1.0]], changes={"quantile": 0.34})
    assert got == pytest.approx([0.6, 0.6, 0, -0.1, -0.1, -0.1])


def test_a_constant_score_holds_everything_equally():
    assert first([[0.1] * 6]) == pytest.approx([0.2] * 6)
    industries = [[0.0, 0.0, 0.0, 1.0, 1.0, 2.0]]
    assert first([[0.1] * 6], changes={"neutral": "industry"}, industry=industries) == pytest.approx([0.2] * 6)


def test_who_is_not_on_the_short_list_is_passed_over():
    assert first(shortable=[1, 1, 1, 1, 0, 0]) == pytest.approx([1.2, 0, 0, -0.3, 0, 0])
    # Of the list only the best is there, and it is long.
    assert first(shortable=[1, 0, 0, 0, 0, 0]) == pytest.approx([1.2, 0, 0, 0, 0, 0])


def test_who_does_not_trade_has_no_rank_and_is_left_alone():
    got = first(suspended=[[1, 0, 0, 0, 0, 0]])
    assert got == pytest.approx([NAN, 1.2, 0, 0, 0, -0.3], nan_ok=True)
    got = first(closes=[[10.0, 10.0, 10.0, 10.0, 10.0, NAN]])
    assert got == pytest.approx([1.2, 0, 0, 0, -0.3, NAN], nan_ok=True)


def test_without_an_opinion_nothing_is_held():
    assert first([[NAN, 5.0, NAN, 3.0, 2.0, NAN]]) == pytest.approx([0, 1.2, 0, 0, -0.3, 0])


def test_below_the_minimum_nothing_is_ordered():
    score = np.repeat(SCORES, 3, axis=0)
    score[:2, 3:] = NAN
    given = setting(score)
    assert np.isnan(weights("quantile", given, minimum=4)[:2]).all()
    assert (weights("quantile", given, minimum=4)[2] > 0.0).any()
    assert (weights("quantile", given, minimum=3)[0] > 0.0).any()


def test_neutral_to_industries():
    # Means 5.5 and 2: +0.5 -0.5 | +2 0 -1 -1; the sixth has no industry.
    industry = [[0, 0, 1, 1, 1, NAN, 1]]
    score = [[6.0, 5.0, 4.0, 2.0, 1.0, 99.0, 1.0]]
    got = first(score, changes={"neutral": "industry"}, industry=industry)
    assert got == pytest.approx([0, 0, 1.2, 0, -0.15, 0, -0.15])
    # The third does not trade, so the mean of its industry is 4/3: +0.5 -0.5 | +2/3 -1/3 -1/3
    got = first(score, changes={"neutral": "industry"}, industry=industry, suspended=[[0, 0, 1, 0, 0, 0, 0]])
    assert got == pytest.approx([0, -0.3, NAN, 1.2, 0, 0, 0], nan_ok=True)


def test_sizes_are_inverse_to_volatility():
    # Returns of +-1 %, +-2 %, +-4 % and none: sizes 4 : 2 : 1, and the last has no opinion.
    signs = (-1.0) ** np.arange(7)[:, None] * np.array([0.01, 0.02, 0.04, 0.0])
    closes = 10.0 * np.vstack([np.ones(4), np.cumprod(1.0 + signs, axis=0)])
    score = np.full((8, 4), NAN)
    score[7] = [3.0, 2.0, 1.0, 9.0]
    given = setting(score, closes=closes)
    using = {"sizing": "volatility", "volatility_window": 6, "minimum": 3, "quantile": 1.0, "long_weight": 1.4}
    assert weights("long_only", given, **using)[7].tolist() == pytest.approx([0.8, 0.4, 0.2, 0.0])
    assert np.isnan(weights("long_only", given, **{**using, "minimum": 4})).all()


def test_volatility_knows_adjusted_prices_and_skips_suspensions():
    # A split of the first in row 4 that its factor undoes; a suspension of the second over which its price triples.
    up_and_down = np.array([1.0, 1.01, 1.0, 1.01, 1.0, 1.01, 1.0, 1.01])
    closes = 10.0 * np.column_stack([up_and_down, up_and_down])
    factor = np.ones((8, 2))
    closes[4:, 0] /= 2.0
    factor[4:, 0] = 2.0
    closes[3, 1] = NAN
    closes[4:, 1] *= 3.0
    score = np.full((8, 2), NAN)
    score[7] = 1.0
    given = setting(score, closes=closes, adj_factor=factor)
    got = weights("long_only", given, sizing="volatility", volatility_window=7, minimum=2, long_weight=1.0)[7]
    # Seven returns of the first, five of the second: rows 3 and 4 are none of its.
    returns = np.diff(up_and_down) / up_and_down[:-1]
    sizes = 1.0 / np.array([returns.std(ddof=1), returns[[0, 1, 4, 5, 6]].std(ddof=1)])
    assert got == pytest.approx(sizes / sizes.sum())


def test_long_only_may_hold_everything_and_shorts_nothing():
    assert first(form="long_only", changes={"quantile": 1.0, "long_weight": 1.8}) == pytest.approx([0.3] * 6)


def test_a_rebalance_orders_everything_and_the_sessions_between_nothing():
    score = [[2.0, 1.0, 0.0]] * 2 + [[0.0, 1.0, 2.0]] * 4
    got = weights("quantile", setting(score), rebalance="every", every=3, minimum=1, quantile=0.4)
    assert np.isnan(got[[1, 2, 4, 5]]).all()
    assert got[0].tolist() == pytest.approx([1.2, 0.0, -0.3])
    assert got[3].tolist() == pytest.approx([-0.3, 0.0, 1.2])


def test_sessions_before_the_run_are_not_of_it():
    score = [[9.0, 0.0], [0.0, 9.0], [9.0, 0.0]]
    got = weights("long_only", setting(score, first=1), minimum=1)
    assert got.shape == (2, 2)
    assert got[0].tolist() == [0.0, 1.5]
