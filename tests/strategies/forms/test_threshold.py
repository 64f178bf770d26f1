"""Thresholds by hand: states, when they are ordered, what a universe is divided by."""

import numpy as np
import pytest
from oracles.form_settings import NAN, setting, weights

HALF = {"enter": 0.02, "long_weight": 1.0, "short_weight": 0.5, "rebalance": "every", "every": 99}


def ordered(score, first=0, shortable=1.0, closes=None, fields=(), **changes):
    """Return {row: weights} of the sessions with an order."""
    given = setting(score, first, shortable, closes, **dict(fields))
    got = weights("threshold", given, **{**HALF, **changes})
    return {t: row.tolist() for t, row in enumerate(got) if not np.isnan(row).all()}


def column(*scores):
    return [[score] for score in scores]


def test_changes_are_ordered_on_the_session_they_happen():
    score = column(0.0, 0.01, 0.03, 0.01, -0.01, -0.03, NAN, 0.005, 0.03)
    # Enters above 0.02, ends below 0, shorts below -0.02; NaN keeps; 0.005 > -0 ends the short.
    assert ordered(score) == {0: [0.0], 2: [1.0], 4: [0.0], 5: [-0.5], 7: [0.0], 8: [1.0]}
    # With 0.02 to leave, 0.01 ends the long.
    assert ordered(score, leave=0.02) == {0: [0.0], 2: [1.0], 3: [0.0], 5: [-0.5], 7: [0.0], 8: [1.0]}


def test_a_score_of_zero_ends_a_position_only_where_leave_lies_above_it():
    score = column(0.03, 0.0, 0.0, -0.03, 0.0)
    assert ordered(score) == {0: [1.0], 3: [-0.5]}
    assert ordered(score, leave=0.001) == {0: [1.0], 1: [0.0], 3: [-0.5], 4: [0.0]}


def test_the_calendar_orders_every_state_anew():
    score = column(0.03, 0.01, 0.01, 0.01, -0.01, 0.0, 0.0)
    assert ordered(score, every=3) == {0: [1.0], 3: [1.0], 4: [0.0], 6: [0.0]}


def test_the_state_at_the_first_session_comes_from_those_before():
    score = column(0.03, 0.01, 0.01, 0.01)
    assert ordered(score, first=2) == {0: [1.0]}


def test_weights_are_divided_by_the_securities_listed_so_far():
    closes = [[10.0, 10.0, NAN], [10.0, NAN, NAN], [10.0, NAN, 10.0]]
    score = [[0.03, 0.0, NAN], [0.03, NAN, NAN], [0.03, NAN, 0.03]]
    got = ordered(score, closes=closes, every=1)
    # The second is suspended from row 1 on and counts; the third is listed in row 2.
    assert got[0] == pytest.approx([0.5, 0.0, NAN], nan_ok=True)
    assert got[1] == pytest.approx([0.5, NAN, NAN], nan_ok=True)
    assert got[2] == pytest.approx([1 / 3, NAN, 1 / 3], nan_ok=True)


def test_a_change_during_a_suspension_is_ordered_when_it_ends():
    score = column(0.03, -0.03, -0.03, -0.03, -0.03)
    fields = {"suspended": [0, 1, 1, 0, 0]}
    assert ordered(score, fields=fields) == {0: [1.0], 3: [-0.5]}


def test_a_short_state_off_the_short_list_has_no_weight():
    score = [[-0.03, -0.03]] * 3
    assert ordered(score, shortable=[[1, 0], [1, 0], [0, 1]], every=2) == {0: [-0.25, 0.0], 2: [0.0, -0.25]}


def test_too_few_scores_keep_every_state():
    score = [[0.03, 0.03], [-0.03, NAN], [-0.03, -0.03]]
    assert ordered(score, minimum=2, every=1) == {0: [0.5, 0.5], 2: [-0.25, -0.25]}


def test_on_ranks():
    # Of five: -0.8, -0.4, 0, 0.4, 0.8; ties share theirs; equal scores have 0.
    score = [[1.0, 2.0, 3.0, 4.0, 5.0], [7.0, 7.0, 7.0, 7.0, 7.0], [1.0, 1.0, 3.0, 4.0, 4.0]]
    got = ordered(score, signal="rank", enter=0.4, leave=0.4, every=1)
    assert got[0] == [-0.1, 0.0, 0.0, 0.0, 0.2]  # 0.4 is not above 0.4
    assert got[1] == [0.0] * 5
    assert got[2] == [-0.1, -0.1, 0.0, 0.2, 0.2]  # (1 + 2) / 2 is -0.6


def test_a_rank_meets_its_level_exactly():
    # Of 22 the 15th has (2 x 15 - 23) / 22; computed from the fraction 15 / 22 it would be off by a rounding.
    score = [list(np.arange(22.0))]
    for enter, count in ((7 / 22, 7), (np.nextafter(7 / 22, 0.0), 8)):
        got = ordered(score, signal="rank", enter=enter)[0]
        assert ([w > 0.0 for w in got].count(True), [w < 0.0 for w in got].count(True)) == (count, count)


def test_on_zscores():
    # Deviations of 4 from 0, 0, 0, 4 (mean 1, sample deviation 2): -0.5, -0.5, -0.5, 1.5
    got = ordered([[0.0, 0.0, 0.0, 4.0]], signal="zscore", enter=0.4)
    assert got[0] == [-0.125, -0.125, -0.125, 0.25]
    assert ordered([[0.0, 0.0, 0.0, 4.0]], signal="zscore", enter=0.6)[0] == [0.0, 0.0, 0.0, 0.25]


def test_neutral_to_industries():
    score, industry = [[5.0, 5.1, 1.0, 1.0]], [[0, 0, 1, 1]]
    assert ordered(score, fields={"industry": industry}, neutral="industry")[0] == [-0.125, 0.25, 0.0, 0.0]
    assert ordered(score)[0] == [0.25] * 4


def test_sizes_divide_the_universe():
    # Returns of +-1 % and +-3 %: three quarters and one quarter, whoever of them is held.
    closes = 10.0 * np.cumprod(1.0 + (-1.0) ** np.arange(8)[:, None] * np.array([0.01, 0.03]), axis=0)
    score = np.full((8, 2), NAN)
    score[7] = [0.0, 0.03]
    got = ordered(score, closes=closes, sizing="volatility", volatility_window=6)
    assert got[7] == pytest.approx([0.0, 0.25])
