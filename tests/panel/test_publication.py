"""When fields are public, and what a decision therefore sees."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError
from liangrong.core.panel.panel import FIELDS, Panel
from liangrong.core.panel.publication import PUBLICATIONS, Decision, Public, delay, publication, published

MARGIN = ("financing_balance", "financing_buy", "financing_repay", "short_volume", "short_sell", "short_repay")
DERIVED = ("short_balance", "total_balance", "spread")


def panel():
    days = np.arange(np.datetime64("2024-03-04"), np.datetime64("2024-03-08"))
    rows = np.arange(1.0, 5.0)[:, None]
    fields = {"close": rows, "spread": rows * 10, "financing_balance": rows * 100, "short_eligible": rows * 0 + 1}
    return Panel(sessions=days, symbols=("600000.SH",), fields=fields)


def test_margin_data_come_the_morning_after_and_prices_at_the_close():
    assert {publication(name).when for name in (*MARGIN, *DERIVED)} == {Public.NEXT_OPEN}
    assert {publication(name).when for name in ("open", "high", "low", "close", "volume", "amount")} == {Public.CLOSE}
    assert {publication(name).when for name in ("financing_eligible", "short_eligible", "pre_close", "haircut")} == {
        Public.OPEN
    }
    assert set(PUBLICATIONS) == set(FIELDS)


def test_a_decision_before_the_open_knows_all_of_the_session_before():
    market = panel()
    assert published(market) is market


def test_a_decision_at_the_close_does_not_know_the_balances_of_its_day():
    seen = published(panel(), Decision.AT_CLOSE)
    assert seen["close"][:, 0].tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(seen["financing_balance"][:, 0], [np.nan, 100, 200, 300])
    np.testing.assert_array_equal(seen["spread"][:, 0], [np.nan, 10, 20, 30])
    assert seen["short_eligible"][:, 0].tolist() == [1, 1, 1, 1]


def test_a_slow_supplier_adds_sessions():
    lags = {"close": 1, "financing_balance": 2, "volume": 9}
    seen = published(panel(), Decision.BEFORE_OPEN, lags)
    np.testing.assert_array_equal(seen["close"][:, 0], [np.nan, 1, 2, 3])
    np.testing.assert_array_equal(seen["financing_balance"][:, 0], [np.nan, np.nan, 100, 200])
    assert delay("financing_balance", Decision.AT_CLOSE, 2) == 3
    later = published(panel(), Decision.AT_CLOSE, {"financing_balance": 9})
    assert np.isnan(later["financing_balance"]).all()


@pytest.mark.parametrize(
    ("lags", "match"),
    [
        ({"financing": 1}, "names `financing`, which is no field; known are open"),
        ({"close": -1}, "`publication_lag` of `close` should be 0 or more sessions, got -1"),
    ],
)
def test_lags_that_cannot_be(lags, match):
    with pytest.raises(ConfigError, match=match):
        published(panel(), Decision.BEFORE_OPEN, lags)


@pytest.mark.parametrize(
    ("source", "expected"), [("daily bars", [1, 2, 3, 4]), ("daily bars; tushare daily_basic", [np.nan, 1, 2, 3])]
)
def test_a_source_that_comes_in_the_evening_is_late_for_a_decision_at_the_close(source, expected):
    """tushare computes float shares after the close; before the next open everybody has them."""
    days = np.arange(np.datetime64("2024-03-04"), np.datetime64("2024-03-08"))
    rows = np.arange(1.0, 5.0)[:, None]
    given = Panel(
        sessions=days, symbols=("600000.SH",), fields={"float_shares": rows, "is_st": rows * 0}, source=source
    )
    at_close = published(given, Decision.AT_CLOSE)
    np.testing.assert_array_equal(at_close["float_shares"][:, 0], expected)
    assert at_close["is_st"][:, 0].tolist() == [0, 0, 0, 0]
    assert published(given, Decision.BEFORE_OPEN) is given


def test_every_field_says_how_one_knows_when_it_is_public():
    assert all(one.known_from for one in PUBLICATIONS.values())
    assert publication("float_cap", "tushare daily_basic").known_from.startswith("tushare computes daily_basic")
    assert publication("financing_balance").known_from.startswith("SSE, SZSE and BSE publish the margin data")
