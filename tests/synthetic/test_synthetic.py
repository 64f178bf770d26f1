"""The synthetic market keeps the exchange's rules, and contains the mechanism that it says it contains."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.errors import ConfigError, DateError
from liangrong.core.panel.indices import INDICES
from liangrong.core.panel.panel import FIELDS
from liangrong.core.rulebook import board_of
from liangrong.core.synthetic.synthetic import generate
from liangrong.core.types import Board

TRADED = ("open", "high", "low", "close", "volume", "amount")
MARGIN = (
    "financing_balance",
    "financing_buy",
    "financing_repay",
    "short_volume",
    "short_sell",
    "short_repay",
    "short_balance",
    "total_balance",
    "spread",
)
LIMITS = {Board.MAIN: "0.10", Board.CHINEXT: "0.20", Board.STAR: "0.20", Board.BSE: "0.30"}

UNLIMITED = {
    Board.MAIN: ("2023-04-10", 5),
    Board.CHINEXT: ("2020-08-24", 5),
    Board.STAR: ("2019-07-22", 5),
    Board.BSE: ("2021-11-15", 1),
}


@pytest.fixture(scope="module")
def market():
    return generate()


def is_whole(values):
    known = values[np.isfinite(values)]
    return bool(np.all(known == np.floor(known)))


def check_rules(panel):
    """Assert what holds in every market."""
    seen = {name: np.isfinite(panel[name]) for name in panel.fields}
    trades = seen["close"]
    o, h, low, c = (panel[name][trades] for name in ("open", "high", "low", "close"))
    assert np.all((low <= np.minimum(o, c)) & (np.maximum(o, c) <= h) & (low > 0.0))
    free = check_first_sessions(panel)
    bound = trades & ~free
    assert np.all(panel["limit_down"][bound] <= panel["low"][bound])
    assert np.all(panel["high"][bound] <= panel["limit_up"][bound])
    for prices in (o, h, low, c):
        np.testing.assert_array_equal(prices, np.round(prices, 2))
    volume, amount = panel["volume"][trades], panel["amount"][trades]
    assert is_whole(volume)
    assert np.all((volume >= 100) & (volume <= panel["float_shares"][trades]))
    mean_price = amount / volume
    assert np.all((mean_price >= low * (1 - 1e-12)) & (mean_price <= h * (1 + 1e-12)))
    for name in TRADED:
        np.testing.assert_array_equal(seen[name], (panel["suspended"] == 0), err_msg=name)
    for name in MARGIN:
        np.testing.assert_array_equal(seen[name], (panel["financing_eligible"] == 1), err_msg=name)
    for name in ("limit_up", "limit_down"):
        np.testing.assert_array_equal(seen[name], seen["pre_close"] & ~free, err_msg=name)
    for name in set(panel.fields) - set(TRADED) - set(MARGIN) - {"limit_up", "limit_down"}:
        np.testing.assert_array_equal(seen[name], seen["pre_close"], err_msg=name)
    check_identities(panel)


def check_first_sessions(panel):
    """Assert where price limits are absent, by the dates of the rules as they stand in words; return it (T, N)."""
    free = np.isfinite(panel["pre_close"]) & np.isnan(panel["limit_up"])
    wanted = np.zeros(panel.shape, dtype=bool)
    for j, symbol in enumerate(panel.symbols):
        first, begins, count = UNLIMITED[board_of(symbol)], np.argmax(np.isfinite(panel["pre_close"][:, j])), 0
        if begins > 0 and panel.sessions[begins] >= np.datetime64(first[0]):
            count = first[1]
        wanted[begins : begins + count, j] = True
        if begins > 0:
            assert panel["listed_sessions"][begins, j] == 1.0
    np.testing.assert_array_equal(free, wanted)
    return free


def test_a_delisting_is_an_end_of_its_listing():
    panel = generate(seed=5, securities=60, sessions=1500, start="2012-01-04", history=True)
    gone = np.isfinite(panel["pre_close"]).any(axis=0) & np.isnan(panel["pre_close"][-1])
    assert sorted(one.symbol for one in panel.endings) == [s for s, g in zip(panel.symbols, gone, strict=True) if g]
    assert panel.endings
    for one in panel.endings:
        last = np.flatnonzero(np.isfinite(panel["close"][:, panel.symbols.index(one.symbol)]))[-1]
        assert panel.sessions[last + 1] == one.day


def check_identities(panel):
    balances = (
        ("financing_balance", "financing_buy", "financing_repay"),
        ("short_volume", "short_sell", "short_repay"),
    )
    for balance, inflow, outflow in balances:
        b, i, o = panel[balance], panel[inflow], panel[outflow]
        assert is_whole(b)
        assert is_whole(i)
        assert is_whole(o)
        assert not np.any(np.stack([b, i, o]) < 0.0)
        both = np.isfinite(b[1:]) & np.isfinite(b[:-1])
        np.testing.assert_array_equal((b[:-1] + i[1:] - o[1:])[both], b[1:][both])
        joins = np.isfinite(b[1:]) & np.isnan(b[:-1])
        np.testing.assert_array_equal((i[1:] - o[1:])[joins], b[1:][joins])


def last_close(panel):
    """Return the close, or before it the previous close, row by row."""
    return np.where(np.isnan(panel["close"]), panel["pre_close"], panel["close"])


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**40),
    securities=st.integers(1, 40),
    sessions=st.integers(1, 90),
    start=st.sampled_from(["2010-03-31", "2015-06-01", "2019-06-03", "2021-10-08", "2026-03-02"]),
    signal=st.sampled_from([0.0, 0.03, 0.5]),
)
def test_every_market_keeps_the_rules(seed, securities, sessions, start, signal):
    panel = generate(seed=seed, securities=securities, sessions=sessions, start=start, signal=signal)
    assert panel.shape == (sessions, securities)
    check_rules(panel)


def test_the_default_market_keeps_the_rules(market):
    check_rules(market)
    assert market.synthetic
    assert market.source == "synthetic market, seed 7: no real security"
    assert not market.imputed
    of_others = {"average_maintenance", "borrow_rate", "borrowable_shares", "in_universe", *INDICES.values()}
    of_others |= {"pe_static", "is_loss"}
    in_lots = {"financing_volume", "financing_buy_volume", "financing_repay_volume"}
    estimated = {"financing_cost", "financing_shares", "estimated_maintenance"}
    estimated |= {"short_cost", "estimated_short_maintenance"}
    assert set(FIELDS) - set(market.fields) == in_lots | of_others | estimated


def test_limits_are_the_boards_half_up_in_decimal(market):
    t = 450
    for j, symbol in enumerate(market.symbols):
        ratio = "0.05" if market["is_st"][t, j] else LIMITS[board_of(symbol)]
        previous = Decimal(str(market["pre_close"][t, j]))
        for field, factor in (("limit_up", 1 + Decimal(ratio)), ("limit_down", 1 - Decimal(ratio))):
            wanted = (previous * factor).quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert Decimal(str(market[field][t, j])) == wanted, (symbol, field)


def test_st_halves_the_limit_of_its_period(market):
    is_st = market["is_st"] == 1
    assert 1 <= is_st.any(axis=0).sum() <= 2
    width = market["limit_up"][is_st] / market["pre_close"][is_st] - 1.0
    assert np.all(np.abs(width - 0.05) < 0.005)
    assert not np.any(market["financing_eligible"][is_st] == 1)
    assert np.all(market["haircut"][is_st] == 0.0)


def test_sessions_lock_at_both_limits():
    panel = generate(seed=11, securities=120, sessions=400)
    locked = panel["high"] == panel["low"]
    at_up = locked & (panel["close"] == panel["limit_up"]) & (panel["open"] == panel["close"])
    at_down = locked & (panel["close"] == panel["limit_down"]) & (panel["open"] == panel["close"])
    assert at_up.sum() >= 5
    assert at_down.sum() >= 5
    touched = (panel["high"] == panel["limit_up"]) & ~locked
    assert touched.sum() >= 20


def test_a_suspension_stops_purchases_and_prices_but_not_repayments(market):
    suspended = market["suspended"] == 1
    lengths = np.diff(np.flatnonzero(np.diff(np.pad(suspended.T.ravel().astype(int), 1))))[::2]
    assert 4 <= len(lengths) <= 40
    assert lengths.max() <= 40
    owed = suspended & (market["financing_eligible"] == 1)
    assert owed.any()
    assert np.all(market["financing_buy"][owed] == 0.0)
    assert np.all(market["short_sell"][owed] == 0.0)
    assert market["financing_repay"][owed].sum() > 0.0
    np.testing.assert_array_equal(
        market["float_cap"][suspended], (market["float_shares"] * market["pre_close"])[suspended]
    )


def test_previous_close_is_the_last_close(market):
    known = np.isfinite(market["pre_close"][1:]) & np.isfinite(market["pre_close"][:-1])
    np.testing.assert_array_equal(market["pre_close"][1:][known], last_close(market)[:-1][known])


def test_short_balance_is_shares_times_close_to_the_cent(market):
    rows = np.argwhere(market["short_volume"] > 0)
    for t, j in rows[:: len(rows) // 400]:
        cents = int(market["short_volume"][t, j]) * round(last_close(market)[t, j] * 100)
        assert market["short_balance"][t, j] == cents / 100
    financing, short = market["financing_balance"], market["short_balance"]
    np.testing.assert_array_equal(market["total_balance"], financing + short)
    np.testing.assert_array_equal(market["spread"], financing - short)


def test_boards_are_mixed_and_open_on_their_days(market):
    boards = [board_of(symbol) for symbol in market.symbols]
    assert [boards.count(b) for b in (Board.MAIN, Board.CHINEXT, Board.STAR, Board.BSE)] == [36, 12, 9, 3]
    assert {symbol[-2:] for symbol in market.symbols} == {"SH", "SZ", "BJ"}
    for j in np.flatnonzero(np.array(boards) == Board.BSE):
        listed = market.sessions[np.isfinite(market["pre_close"][:, j])]
        assert listed[0] == np.datetime64("2021-11-15")
        assert not np.any(market["financing_eligible"][:, j] == 1)


def test_securities_come_leave_the_list_and_stay_listed(market):
    listed = np.isfinite(market["pre_close"])
    assert np.all(np.diff(listed.astype(int), axis=0) >= 0)  # nobody leaves the market
    assert np.count_nonzero(~listed[0]) == 3 + 2  # the three of BSE and two new listings
    eligible = market["financing_eligible"] == 1
    assert np.count_nonzero(eligible[0] & ~eligible[-1] & listed[-1]) == 1
    assert np.count_nonzero(~eligible[0] & eligible[-1]) >= 3
    assert np.count_nonzero(~eligible.any(axis=0)) >= 8
    short = market["short_eligible"] == 1
    assert np.all(eligible | ~short)
    assert 0.4 < short.sum() / eligible.sum() < 0.95
    assert np.all(market["short_volume"][eligible & ~short] == 0.0)


def test_haircuts_are_those_of_the_rulebook(market):
    ordinary = (market["is_st"] == 0) & np.isfinite(market["haircut"])
    assert set(np.unique(market["haircut"][ordinary])) == {0.65, 0.70}
    first_cap = np.array([cap[np.isfinite(cap)][0] for cap in market["float_cap"].T])
    haircut = np.nanmax(market["haircut"], axis=0)
    assert first_cap[haircut == 0.70].min() > np.median(first_cap) * 0.8
    assert np.count_nonzero(haircut == 0.70) == 30


def test_sizes_are_plausible(market):
    assert np.nanquantile(market["close"], 0.05) > 3.0
    assert np.nanmax(market["close"]) < 250.0
    assert np.nanquantile(market["float_cap"], 0.01) > 1e9
    assert np.nanmax(market["float_cap"]) < 1e12
    steady = market["financing_eligible"][0] == 1
    crowding = (market["financing_balance"] / market["float_cap"])[:, steady]
    low, middle, high = np.nanquantile(crowding, [0.01, 0.5, 0.99])
    assert low > 0.01
    assert 0.02 < middle < 0.06
    assert high < 0.08
    share = (market["financing_buy"] / market["amount"])[np.isfinite(market["amount"])]
    assert np.nanmin(share) > 0.049
    assert np.nanmax(share) < 0.15
    assert 0.007 < np.nansum(market["short_balance"]) / np.nansum(market["financing_balance"]) < 0.03
    assert 0.003 < np.nanmedian(market["volume"] / market["float_shares"]) < 0.02
    assert 0.7 < np.mean(market["volume"][np.isfinite(market["volume"])] % 100 == 0) < 0.9


@pytest.mark.slow
def test_ten_years_stay_plausible():
    panel = generate(seed=3, securities=200, sessions=2500, start="2014-01-02")
    assert np.nanmin(panel["close"]) > 1.5
    assert np.nanmax(panel["close"]) < 300.0
    low, high = np.nanquantile(panel["financing_balance"] / panel["float_cap"], [0.01, 0.99])
    assert 0.01 < low < high < 0.08


def test_returns_have_fat_tails_and_clustered_volatility(market):
    returns = market["close"] / market["pre_close"] - 1.0
    known = returns[np.isfinite(returns)]
    assert 0.015 < known.std() < 0.03
    assert np.mean((known - known.mean()) ** 4) / known.var() ** 2 > 4.5
    day = np.log(market["close"] / market["open"])  # free of the overnight news
    day = day[np.isfinite(day)]
    assert np.mean((day - day.mean()) ** 4) / day.var() ** 2 > 4.0
    size = np.abs(returns)
    pairs = np.isfinite(size[5:]) & np.isfinite(size[:-5])
    assert np.corrcoef(size[5:][pairs], size[:-5][pairs])[0, 1] > 0.03
    assert 0.08 < np.nanmean(returns, axis=1).std() * np.sqrt(244) < 0.30


def test_volume_follows_volatility(market):
    turnover = np.log(market["volume"] / market["float_shares"])
    turnover -= np.nanmean(turnover, axis=0)
    size = np.abs(market["close"] / market["pre_close"] - 1.0)
    known = np.isfinite(size)
    assert np.corrcoef(turnover[known], size[known])[0, 1] > 0.2


def test_one_seed_is_one_market_byte_for_byte_and_another_seed_is_another():
    first, second = generate(securities=20, sessions=60), generate(securities=20, sessions=60)
    other = generate(seed=8, securities=20, sessions=60)
    assert first.symbols == second.symbols
    assert first.symbols != other.symbols
    for name in first.fields:
        assert first[name].tobytes() == second[name].tobytes(), name
    assert first["close"].tobytes() != other["close"].tobytes()


@pytest.mark.parametrize("start", ["2021-01-04", "2021-09-01"])
def test_a_longer_run_begins_with_the_shorter_one(start):
    short, long = generate(sessions=120, start=start), generate(sessions=260, start=start)
    assert short.symbols == long.symbols
    np.testing.assert_array_equal(short.sessions, long.sessions[:120])
    for name in short.fields:
        np.testing.assert_array_equal(short[name], long[name][:120], err_msg=name)


def test_sessions_are_those_of_the_mainland():
    panel = generate(securities=3, sessions=25, start="2021-02-06")
    assert panel.sessions[0] == np.datetime64("2021-02-08")
    new_year = (panel.sessions > np.datetime64("2021-02-10")) & (panel.sessions < np.datetime64("2021-02-18"))
    assert not new_year.any()


def test_the_largest_market_has_unique_codes_of_their_boards():
    panel = generate(securities=5000, sessions=2)
    boards = np.array([board_of(symbol) for symbol in panel.symbols])
    assert [np.count_nonzero(boards == b) for b in (Board.MAIN, Board.CHINEXT, Board.STAR, Board.BSE)] == [
        3000,
        1000,
        750,
        250,
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"securities": 0}, "`securities` .* whole number from 1 to 5000, got 0"),
        ({"securities": 5001}, "`securities` .* from 1 to 5000, got 5001"),
        ({"sessions": 0}, "`sessions` .* whole number of at least 1, got 0"),
        ({"sessions": 2.5}, "`sessions` .* got 2.5"),
        ({"seed": -1}, "`seed` .* of at least 0, got -1"),
        ({"seed": True}, "`seed` .* got True"),
        ({"signal": -0.1}, "`signal` .* from 0 to 0.5, got -0.1"),
        ({"signal": float("nan")}, "`signal` .* got nan"),
        ({"signal": "strong"}, "`signal` .* got 'strong'"),
        ({"signal": False}, "`signal` .* got False"),
    ],
)
def test_a_parameter_outside_its_range_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        generate(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": "2026-06-01"}, r"500 sessions from 2026-06-01, but calendar XSHG knows 1\d\d until 2026-12-31"),
        ({"start": "2099-01-01"}, "2099-01-01 lies outside calendar XSHG"),
        ({"start": "2009-01-05", "sessions": 10}, "haircut_cap.* 2009-01-05, its record begins on 2010-03-31"),
        ({"start": "2021-1-4"}, "a date should be written like"),
    ],
)
def test_a_run_outside_the_records_is_refused(arguments, message):
    with pytest.raises(DateError, match=message):
        generate(**arguments)
