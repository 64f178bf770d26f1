"""What orders and accounts read off a market's arrays, against whole rows of numpy; on random markets."""

import datetime as dt

import numpy as np
import pytest
from liangrong.core.account import quotes
from liangrong.core.config.options import code
from liangrong.core.kernels.prices import limit_prices
from liangrong.core.types import Board
from oracles.ledger_interpreted import compiled_functions, interpreted
from run.random_scenarios import draw

NUMBERS = range(30)


def seen(market, t):
    """Return all that the kernels say of session `t`, as rows."""
    size = len(market.boards)
    rows = {name: np.empty(size) for name in ("fill_marks", "haircuts", "borrowable_row", "minimum", "step")}
    quotes.fill_marks(market.arrays, t, rows["fill_marks"])
    quotes.haircuts(market.arrays, t, rows["haircuts"])
    owed = np.arange(0.0, 100.0 * size, 100.0)
    quotes.borrowable_row(market.arrays, t, owed, rows["borrowable_row"])
    rows["may_owe"] = np.array([quotes.may_owe(market.arrays, t, j, owed[j]) for j in range(size)])
    quotes.lots(market.arrays, t, rows["minimum"], rows["step"])
    of = [quotes.quote_at(market.arrays, t, j) for j in range(size)]
    fields = (
        "price",
        "high",
        "floor",
        "limit_up",
        "limit_down",
        "is_suspended",
        "is_capped",
        "is_short_capped",
        "per_unit",
        "highest",
        "lowest",
        "lot_minimum",
        "lot_step",
    )
    rows |= {name: np.array([getattr(quote, name) for quote in of], dtype=float) for name in fields}
    rows["financing"] = np.array([quote.is_financing_eligible for quote in of], dtype=float)
    rows["short"] = np.array([quote.is_short_eligible for quote in of], dtype=float)
    rows["struck_off"] = np.array([quotes.is_struck_off(market.arrays.short_eligible, t, j) for j in range(size)])
    rows["volume_cap"] = np.array([quotes.volume_cap(market.arrays, t, j) for j in range(size)])
    return rows


def expected(market, t):
    """Return the same from the panel and the options."""
    panel, options, size = market.panel, market.arrays.options, len(market.boards)
    at_close = options.fill == code("fill", "close")
    base = panel["close"][t] if at_close or "open" not in panel else panel["open"][t]
    halted = panel["suspended"][t] > 0.0
    before = np.where(np.isnan(panel["pre_close"][t]), market.marks[max(t - 1, 0)], panel["pre_close"][t])
    rows = {"price": base, "is_suspended": halted}
    quote = [quotes.quote_at(market.arrays, t, j) for j in range(size)]
    slack = np.array([0.5 / of.per_unit for of in quote])
    outside = (base > np.array([of.highest for of in quote]) + slack) | (
        base < np.array([of.lowest for of in quote]) - slack
    )
    rows["fill_marks"] = np.where(halted, market.marks[t], np.where(np.isnan(base) | outside, before, base))
    rows["high"] = base if at_close or "high" not in panel else panel["high"][t]
    is_share = np.array([board is not Board.ETF for board in market.boards])
    rows["floor"] = np.nan_to_num(panel["pre_close"][t]) * is_share if options.uptick else np.zeros(size)
    rows["limit_up"], rows["limit_down"] = limits(market, t)
    rows["per_unit"] = np.where(is_share, 100.0, 1000.0)
    for name, limit in (("highest", "limit_up"), ("lowest", "limit_down")):
        assert (seen(market, t)[name] == rows[limit])[is_share].all()
    rows["haircuts"] = np.where(t >= market.arrays.ends_at, 0.0, haircuts(market, t))
    is_off = t > market.arrays.ends_due  # no new contracts on a listing that is about to end
    rows["borrowable_row"], rows["may_owe"] = may_owe(market, t, t), may_owe(market, t, t - 1)
    volume = panel["volume"][t]
    rows["volume_cap"] = np.where(np.isnan(volume), np.inf, np.floor(volume * options.volume_share))
    for name in ("financing", "short"):
        published = (
            None if options.eligibility == code("eligibility", "all") else last_known(panel, f"{name}_eligible", t)
        )
        rows[name] = ~is_off & (np.ones(size, dtype=bool) if published is None else published > 0.0)
        if name == "short":
            rows["struck_off"] = is_off | (np.zeros(size, dtype=bool) if published is None else published == 0.0)
    rows["minimum"] = np.array([200.0 if board is Board.STAR else 100.0 for board in market.boards])
    rows["step"] = np.array([1.0 if board in (Board.STAR, Board.BSE) else 100.0 for board in market.boards])
    rows["lot_minimum"], rows["lot_step"] = rows["minimum"], rows["step"]
    return {name: np.asarray(row, dtype=float) for name, row in rows.items()}


def limits(market, t):
    if not market.arrays.options.price_limits:
        return np.full(len(market.boards), np.inf), np.zeros(len(market.boards))
    ticks = np.array([0.001 if board is Board.ETF else 0.01 for board in market.boards])
    row = slice(t, t + 1)
    up, down = (
        side[0] for side in limit_prices(market.panel["pre_close"][row], market.arrays.limit_ratio[row], tick=ticks)
    )
    published = market.panel.get("limit_up"), market.panel.get("limit_down")
    if published[0] is not None and published[1] is not None:
        known = ~np.isnan(published[0][t]) & ~np.isnan(published[1][t])
        up, down = np.where(known, published[0][t], up), np.where(known, published[1][t], down)
    return np.where(np.isnan(up), np.inf, up), np.where(np.isnan(up), 0.0, down)


def haircuts(market, t):
    own, panel = market.arrays.own_haircut, market.panel
    if market.arrays.own_haircut_alone:
        return np.full(len(market.boards), own)
    caps = market.arrays.haircut_cap.copy()
    for name in ("sse180_member", "szse100_member"):
        member = last_known(panel, name, t)
        if member is not None:
            is_share = np.array([board is not Board.ETF for board in market.boards])
            caps = np.where((member > 0.0) & is_share, 0.70, caps)
    published, is_st = last_known(panel, "haircut", t), last_known(panel, "is_st", t)
    if published is not None:
        caps = np.where(np.isnan(published), caps, published)
    if is_st is not None:
        caps = np.where(is_st > 0.0, 0.0, caps)
    return np.minimum(np.where(is_dear(market, t), 0.0, caps), own)


def is_dear(market, t):
    """Return which shares the last close of the week before found at 300 or more times their earnings, or at a loss."""
    panel, found = market.panel, np.zeros(len(market.boards), dtype=bool)
    day = panel.sessions[t].astype("datetime64[D]").astype(object)
    before = np.flatnonzero(panel.sessions < np.datetime64(day - dt.timedelta(days=day.weekday())))
    if day < dt.date(2016, 12, 12) or not len(before):
        return found
    ratio, loss = (last_known(panel, name, before[-1]) for name in ("pe_static", "is_loss"))
    for j, board in enumerate(market.boards):
        is_bad = ratio is not None and (ratio[j] >= 300.0 or ratio[j] < 0.0)
        found[j] = board is not Board.ETF and (is_bad or (loss is not None and loss[j] == 1.0))
    return found


def last_known(panel, name, t):
    """Return the row of a field, by security the last one before it where session `t` has no row of it at all."""
    if name not in panel:
        return None
    row = panel[name][t].copy()
    for j in range(len(row)):
        if np.isnan(panel["close"][t, j]) and np.isnan(row[j]):
            known = panel[name][: t + 1, j]
            known = known[~np.isnan(known)]
            row[j] = known[-1] if len(known) else np.nan
    return row


@pytest.mark.parametrize("number", NUMBERS)
def test_rows_are_what_panel_and_settings_say(number):
    market = draw(number).market
    for t in (0, 1, 9, 20, 35):
        rows, wanted = seen(market, t), expected(market, t)
        assert set(wanted) == set(rows) - {"is_capped", "is_short_capped", "highest", "lowest"}
        for name, row in wanted.items():
            np.testing.assert_array_equal(rows[name], row, err_msg=f"{name} of session {t}")


def test_the_float_cap_follows_the_balances_of_the_session_before():
    market = next(draw(n).market for n in range(200) if len(draw(n).market.arrays.is_capped))
    share = market.panel["financing_balance"] / market.panel["float_cap"]
    capped = np.array([seen(market, t)["is_capped"] for t in range(len(share))])
    assert (capped[0] == 0.0).all()
    assert (capped[1:][share[:-1] >= 0.25] == 1.0).all()
    assert (capped[1:][share[:-1] < 0.20] == 0.0).all()


def may_owe(market, t, published):
    """Return 100 j + what is lent on `t` where that is stated, else a share of the row `published` (-1: none)."""
    panel, options, size = market.panel, market.arrays.options, len(market.boards)
    limit = np.full(size, np.inf)
    if "short_volume" in panel and np.isfinite(options.borrow_share):
        volume = panel["short_volume"][published] if published >= 0 else np.zeros(size)
        limit = np.floor(np.nan_to_num(volume) * options.borrow_share)
    if "borrowable_shares" not in panel or np.isinf(options.borrowable_share):
        return limit
    lent = 100.0 * np.arange(size) + np.floor(last_known(panel, "borrowable_shares", t) * options.borrowable_share)
    return np.where(np.isnan(lent), limit, lent)


def test_before_the_first_session_nothing_is_published():
    arrays = next(draw(n).market.arrays for n in range(200) if len(draw(n).market.arrays.short_volume))
    limited = arrays._replace(options=arrays.options._replace(borrow_share=0.5))
    assert quotes.borrowable_next(limited, -1, 0) == 0.0
    assert quotes.borrowable_next(limited, 3, 0) == np.floor(limited.short_volume[3, 0] * 0.5)


def test_compiled_and_interpreted_agree():
    markets = [draw(number).market for number in range(8)]

    def rows():
        return [{name: row.tolist() for name, row in seen(m, t).items()} for m in markets for t in (0, 7, 30)]

    compiled = rows()
    names = {
        "fill_marks",
        "haircuts",
        "borrowable_row",
        "borrowable_next",
        "may_owe",
        "lending_limit",
        "_supply",
        "is_struck_off",
        "lots",
        "quote_at",
        "limits_at",
        "is_listed",
        "outer_limits",
        "_cannot_have_been",
        "dealing_prices",
    }
    assert set(compiled_functions(quotes)) == names | {"volume_cap"}
    with interpreted():
        np.testing.assert_equal(rows(), compiled)
