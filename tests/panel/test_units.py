"""A unit that is wrong by a power of ten is named; a right one passes."""

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.core.panel.panel import Panel
from liangrong.core.panel.unit_ratios import LEAST_DAYS
from liangrong.core.panel.units import check_units, is_index

T, N = 30, 3


def market(**factors: float) -> Panel:
    """Return a consistent market, with some fields multiplied."""
    rng = np.random.default_rng(7)
    close = rng.uniform(5, 50, (T, N))
    low, high = close * 0.97, close * 1.03
    volume = rng.uniform(1e6, 1e7, (T, N))
    amount = volume * close * rng.uniform(0.98, 1.02, (T, N))
    short_volume = rng.uniform(1e4, 1e5, (T, N)).round()
    fields = {
        "high": high,
        "low": low,
        "close": close,
        "volume": volume,
        "amount": amount,
        "financing_buy": amount * rng.uniform(0.02, 0.3, (T, N)),
        "short_volume": short_volume,
        "short_sell": short_volume * 0.1,
        "short_balance": np.round(short_volume * close),
    }
    for name, factor in factors.items():
        fields[name] = fields[name] * factor
    return Panel(
        sessions=np.datetime64("2020-01-01") + np.arange(T),
        symbols=("600001.SH", "600002.SH", "000001.SZ"),
        fields=fields,
    )


def without(panel: Panel, *names: str) -> Panel:
    kept = {name: values for name, values in panel.fields.items() if name not in names}
    return Panel(sessions=panel.sessions, symbols=panel.symbols, fields=kept)


def test_right_units_pass():
    check_units(market())
    check_units(without(market(), "amount"))


@pytest.mark.parametrize(
    ("factors", "remedy"),
    [
        ({"volume": 1 / 100}, "`volume` is in lots of 100 shares: multiply it by 100"),
        ({"volume": 1 / 1000}, "`volume` is in lots of 1,000 shares: multiply it by 1,000"),
        ({"volume": 1 / 100, "amount": 1 / 1000}, "`volume` is in lots and `amount` in thousand CNY"),
        ({"amount": 1e-3}, "`amount` is in thousand CNY"),
        ({"amount": 1e-4}, "`amount` is in 10,000 CNY"),
        ({"high": 0.6, "low": 0.6, "close": 0.6}, "the prices may be adjusted ones"),
        ({"short_volume": 1 / 100, "short_sell": 1 / 100}, "`short_volume` is in lots of 100 shares"),
        ({"short_balance": 1e-4}, "`short_balance` is in 10,000 CNY"),
        ({"short_balance": 1e-8}, "`short_balance` is in 100 million CNY"),
    ],
)
def test_a_wrong_unit_is_named(factors, remedy):
    with pytest.raises(DataError, match=remedy):
        check_units(market(**factors))


def test_adjusted_closes_beside_published_short_balances_are_caught():
    panel = without(market(close=0.8), "amount", "financing_buy")
    with pytest.raises(DataError, match=r"short_balance / short_volume / close should be about 1, got 1\.25.*adjusted"):
        check_units(panel)


def test_lots_are_caught_without_an_amount_by_the_financed_purchases():
    panel = without(market(volume=1 / 100), "amount", "short_balance")
    with pytest.raises(DataError, match=r"`financing_buy` is .* times the day's turnover.*may be in lots"):
        check_units(panel)


def test_short_sales_above_the_volume_are_caught():
    panel = without(market(short_sell=1e4), "amount", "financing_buy", "short_balance")
    with pytest.raises(DataError, match=r"`short_sell` is .* times the day's turnover"):
        check_units(panel)


def test_one_security_in_another_unit_is_enough():
    panel = market()
    volume = panel["volume"].copy()
    volume[:, 1] /= 100
    with pytest.raises(DataError, match=r"600002\.SH: `volume` is in lots of 100 shares"):
        check_units(panel.with_fields({"volume": volume}))


def test_too_few_days_say_nothing():
    check_units(market(volume=1 / 100).window(None, np.datetime64("2020-01-01") + np.timedelta64(LEAST_DAYS - 2, "D")))


def test_a_few_odd_days_and_gaps_do_not_matter():
    panel = market()
    amount, volume = panel["amount"].copy(), panel["volume"].copy()
    amount[:5] *= 100
    amount[5:8], volume[8:10] = np.nan, 0
    check_units(panel.with_fields({"amount": amount, "volume": volume}))


def test_the_level_of_an_index_is_no_price():
    panel = market(short_balance=1e-5)
    with pytest.raises(DataError, match="should be about 1"):
        check_units(panel)
    check_units(Panel(sessions=panel.sessions, symbols=("000300.SH", "399001.SZ", "000001.SH"), fields=panel.fields))


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [("000300.SH", True), ("399001.SZ", True), ("000001.SZ", False), ("600519.SH", False), ("0050.TW", False)],
)
def test_is_index(symbol, expected):
    assert is_index(symbol) is expected
