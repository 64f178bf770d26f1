"""Market timing by hand: the mean of the scores, its states, and the universe that is held."""

import numpy as np
import pytest
from oracles.form_settings import NAN, setting, weights

WHOLE = {"long_weight": 1.0, "short_weight": 0.4, "rebalance": "every", "every": 99}


def ordered(score, first=0, shortable=1.0, closes=None, fields=(), **changes):
    """Return {row: weights} of the sessions with an order."""
    given = setting(score, first, shortable, closes, **dict(fields))
    got = weights("timing", given, **{**WHOLE, **changes})
    return {t: row.tolist() for t, row in enumerate(got) if not np.isnan(row).all()}


def test_the_sign_of_the_mean():
    # Means 1, -0.5, 0 and 2: the second decides against the first, a mean of 0 keeps.
    score = [[3.0, -1.0], [1.0, -2.0], [1.0, -1.0], [NAN, 2.0]]
    assert ordered(score) == {0: [0.5, 0.5], 1: [-0.2, -0.2], 3: [0.5, 0.5]}


def test_cash_instead_of_a_short():
    assert ordered([[1.0, 1.0], [-1.0, -1.0]], short_weight=0.0) == {0: [0.5, 0.5], 1: [0.0, 0.0]}
    assert weights("timing", setting([[-1.0, -1.0]]))[0].tolist() == [0.0, 0.0]  # by default


def test_hysteresis():
    score = [[0.1], [0.3], [0.1], [-0.05], [-0.3], [0.05]]
    assert ordered(score, enter=0.2) == {0: [0.0], 1: [1.0], 3: [0.0], 4: [-0.4], 5: [0.0]}
    assert ordered(score, enter=0.2, leave=-0.1) == {0: [0.0], 1: [1.0], 4: [-0.4]}


def test_the_calendar_orders_anew_what_trades():
    score = [[1.0, 1.0]] * 5
    fields = {"suspended": [[0, 1], [0, 0], [0, 0], [0, 0], [0, 0]]}
    assert ordered(score, fields=fields, every=2) == {
        0: pytest.approx([1.0, NAN], nan_ok=True),
        2: [0.5] * 2,
        4: [0.5] * 2,
    }


def test_unscored_securities_are_held_too_and_count_for_nothing():
    assert ordered([[NAN, 3.0, -1.0]]) == {0: pytest.approx([1 / 3] * 3)}
    assert ordered([[NAN, 3.0, -1.0]], minimum=3) == {}


def test_a_session_with_too_few_scores_keeps_the_state():
    assert ordered([[1.0, 1.0], [-9.0, NAN], [-1.0, -1.0]], minimum=2) == {0: [0.5, 0.5], 2: [-0.2, -0.2]}


def test_only_what_is_on_the_short_list_is_short():
    assert ordered([[-1.0, -1.0, -1.0]], shortable=[0, 1, 1]) == {0: [0.0, -0.2, -0.2]}
    assert ordered([[-1.0, -1.0]], shortable=0.0) == {0: [0.0, 0.0]}


def test_the_state_at_the_first_session_comes_from_those_before():
    assert ordered([[1.0], [NAN], [0.0], [0.0]], first=2) == {0: [1.0]}


def test_sizes_are_inverse_to_volatility():
    closes = 10.0 * np.cumprod(1.0 + (-1.0) ** np.arange(8)[:, None] * np.array([0.01, 0.03, 0.0]), axis=0)
    score = np.full((8, 3), NAN)
    score[7] = 1.0
    got = ordered(score, closes=closes, sizing="volatility", volatility_window=6)
    assert got[7] == pytest.approx([0.75, 0.25, 0.0])  # a price that never moves has no size
