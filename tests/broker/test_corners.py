"""Corners of market and account by hand: impossible prices, listings, funds, fees of 2014, insolvency."""

import numpy as np
import pytest
from broker.desk import forced, ratios, terms, watched
from broker.markets import free, panel, run
from conditions import conditions
from liangrong.core.account.market import Market
from liangrong.core.account.market_arrays import listing_rows
from liangrong.core.account.terms import TermSchedule, fee_classes
from liangrong.core.errors import DateError
from liangrong.core.kernels.reference import Ex, reference_prices
from liangrong.core.panel.actions import Action, ActionTable
from liangrong.core.rulebook import Rulebook, board_of
from liangrong.core.types import Board, Refusal

NAN = float("nan")
approx = pytest.approx
IN_2014 = np.array(["2014-06-03", "2014-06-04", "2014-06-05", "2014-06-06"], dtype="datetime64[D]")


def market_of(given, **settings):
    return Market(given, [board_of(s) for s in given.symbols], Rulebook.load(), conditions(**settings))


# --- fees before 2015-08-01 --------------------------------------------------------------------------------------


def test_before_2015_shanghai_takes_its_transfer_fee_on_par_and_shenzhen_on_the_amount():
    # 1,000 shares: 0.3 per mille of 1,000 CNY of par value; 0.0255 per mille of 20,000 CNY. A fund pays neither.
    market = panel([[10.0, 20.0, 4.0]] * 4, days=IN_2014, symbols=["600000.SH", "000001.SZ", "510300.SH"])
    script = {0: [("buy_collateral", j, 1_000) for j in range(3)], 1: [("sell_collateral", 0, 500)]}
    done = run(market, script, {})
    assert done.column("fills", "transfer_fee") == approx([0.30, 0.51, 0.0, 0.15])


@pytest.mark.parametrize(
    ("own", "fee"),
    [
        ({"value": 0.00005}, 0.50),  # of 10,000 CNY: more than 0.30 on par
        ({"value": 0.00001}, 0.30),
        ({"value": 0.00001, "override": True}, 0.10),
    ],
)
def test_a_brokers_transfer_fee_is_the_least_or_stands_alone(own, fee):
    market = panel([10.0] * 4, days=IN_2014)
    of = {"transfer_fee_rate": own}
    assert run(market, {0: [("buy_collateral", 0, 1_000)]}, of).column("fills", "transfer_fee") == approx([fee])


def test_a_share_of_no_known_exchange_has_no_transfer_fee_before_the_record():
    classes = fee_classes(["600000.SH", "2330.TW"], [Board.MAIN, Board.MAIN])
    TermSchedule(Rulebook.load(), conditions(), IN_2014, classes[:1])
    with pytest.raises(DateError, match=r"does not know `transfer_fee` on 2014-06-03, its record begins on 2015-08-01"):
        TermSchedule(Rulebook.load(), conditions(), IN_2014, classes)


# --- prices that cannot have been --------------------------------------------------------------------------------


def test_nothing_fills_at_a_price_outside_the_limits():
    # The close before is 10.00; 100.00 is a decimal slip.
    market = panel([10.0, 10.0, 100.0, 10.0], [10.0, 10.0, 10.0, 10.0], high=100.0)
    done = run(
        market, {0: [("buy_collateral", 0, 1_000)], 1: [("buy_collateral", 0, 100), ("sell_collateral", 0, 100)]}
    )
    assert done.orders[1:] == [("Rejected", "impossible_price")] * 2


def test_a_forced_sale_waits_for_a_price_that_can_have_been():
    closes = [10.0, 10.0, 9.0, 8.2, 8.2, 8.2, 8.2]
    opens = [10.0, 10.0, 9.0, 8.2, 8.2, 82.0, 8.2]
    script = {0: [("buy_collateral", 0, 10_000), ("margin_buy", 0, 18_000)]}
    done = watched(panel(opens, closes), script, price_limits=True)
    rows = forced(done)
    assert [row[0:1] + row[5:] for row in rows] == [(5, "impossible_price"), (6, "")]
    assert rows[0][3] == rows[1][3] == rows[1][4]  # the slip sizes nothing


@pytest.mark.parametrize(("price", "bought", "sold"), [(4.6, "limit_up", ""), (4.9, *["impossible_price"] * 2)])
def test_a_fund_may_have_a_wider_band_than_its_code_tells(price, bought, sold):
    # Some funds have 20 % since 2020-08-24, and no code tells which: 4.80 is the highest that any can have met.
    market = panel([4.0, 4.0, price, 4.0], [4.0] * 4, high=price, symbols=["510300.SH"])
    script = {0: [("buy_collateral", 0, 1_000)], 1: [("buy_collateral", 0, 100), ("sell_collateral", 0, 100)]}
    assert [reason for _, reason in run(market, script).orders[1:]] == [bought, sold]


# --- listings ----------------------------------------------------------------------------------------------------

YOUNG = panel(
    np.column_stack([[10.0] * 9, [NAN, NAN, 10.0, 30.0, 50.0, 20.0, 60.0, 70.0, 90.0]]), days="2024-03-04"
)  # five sessions without limits from the first on, then 77.00 is the highest


def test_a_security_whose_first_row_lies_inside_the_data_is_taken_as_listed_that_day():
    assert listing_rows(YOUNG)[1] == 2
    arrays = market_of(YOUNG).arrays
    assert np.isinf(arrays.limit_ratio[:, 1]).tolist() == [False, False, True, True, True, True, True, False, False]
    assert not np.isinf(arrays.limit_ratio[:, 0]).any()  # the data begin with it: it may be old


def test_listed_before_the_window_is_counted_from_its_first_row():
    later = YOUNG.window(YOUNG.sessions[4], None)
    boards = [board_of(symbol) for symbol in later.symbols]
    market = Market(later, boards, Rulebook.load(), conditions(), None, listing_rows(YOUNG, 4))
    assert np.isinf(market.arrays.limit_ratio[:, 1]).tolist() == [True, True, True, False, False]


def test_an_age_in_the_data_decides_where_there_is_one():
    aged = YOUNG.with_fields({"listed_sessions": np.full(YOUNG.shape, 900.0)})
    assert not np.isinf(market_of(aged).arrays.limit_ratio).any()


# --- the last known state ----------------------------------------------------------------------------------------


def test_a_session_without_a_row_keeps_lists_haircut_and_special_treatment():
    closes = [10.0, 10.0, NAN, NAN, 10.0]
    gaps, is_st = [1.0, 1.0, NAN, NAN, 0.0], [0.0, 1.0, NAN, NAN, 0.0]
    market = market_of(
        panel(
            [10.0] * 5,
            closes,
            financing_eligible=gaps,
            is_st=is_st,
            haircut=[0.5, 0.4, NAN, NAN, 0.3],
        )
    )
    assert [bool(market.is_eligible("financing_eligible", t)[0]) for t in range(5)] == [True, True, True, True, False]
    assert [float(market.haircuts(t)[0]) for t in range(5)] == [0.5, 0.0, 0.0, 0.0, 0.3]


def test_a_blank_beside_a_row_is_not_the_last_known_value():
    market = market_of(panel([10.0] * 3, financing_eligible=[1.0, NAN, 1.0]))
    assert [bool(market.is_eligible("financing_eligible", t)[0]) for t in range(3)] == [True, False, True]


# --- float caps --------------------------------------------------------------------------------------------------


def test_short_sales_stop_at_a_quarter_of_the_float_and_resume_below_a_fifth():
    part = np.array([0.1, 0.25, 0.24, 0.2, 0.19, 0.1])
    given = panel([10.0] * 6, short_volume=part * 1e6, float_shares=1e6)
    market = market_of(given)
    assert [market.quote(t, 0).is_short_capped for t in range(6)] == [False, False, True, True, True, False]
    done = run(given, {1: [("short_sell", 0, 100)], 4: [("short_sell", 0, 100)]}, free())
    assert [reason for _, reason in done.orders] == ["float_cap", ""]
    by_value = panel([10.0] * 6, short_volume=part * 1e6, float_cap=1e7)  # float shares = float cap / close
    assert market_of(by_value).arrays.is_short_capped.tolist() == market.arrays.is_short_capped.tolist()


def test_funds_have_lines_of_their_own():
    part = [0.3, 0.74, 0.75, 0.7, 0.69, 0.3]
    given = panel(
        [[4.0, 4.0]] * 6,
        symbols=["510300.SH", "600000.SH"],
        financing_balance=np.column_stack([part, part]) * 1e9,
        float_cap=1e9,
    )
    capped = market_of(given).arrays.is_capped
    assert capped[:, 0].tolist() == [False, False, False, True, True, False]
    assert capped[:, 1].tolist() == [False, True, True, True, True, True]


# --- insolvency --------------------------------------------------------------------------------------------------


def test_what_an_insolvent_account_cannot_pay_is_said_once():
    # 100,000 of cash and 90,000 of proceeds against 9,000 shares at 30.00: 6,300 are bought back, 1,000 are left.
    closes = [10.0, 10.0, 30.0, 30.0, 30.0, 30.0, 30.0]
    done = watched(panel(closes), {0: [("short_sell", 0, 9_000)]})
    rows = forced(done)
    assert rows[0] == (3, 0, "buy_to_return", 6_300, 6_300, "")
    assert rows[1:] == [(4, 0, "buy_to_return", 2_700, 0, Refusal.NO_CASH.name.lower())]
    assert done.column("margin_events", "event") == ["insolvent"]
    assert done.cash == approx(1_000.0)
    assert done.broker.getcash() == 0.0


def test_each_due_contract_of_one_security_is_closed_on_its_day():
    days = np.array(["2024-03-04", "2024-03-05", "2024-09-05", "2024-09-06", "2024-09-09"], dtype="datetime64[D]")
    script = {0: [("short_sell", 0, 1_000), ("short_sell", 0, 500)]}
    done = watched(panel([10.0] * 5, days=days), script, terms(extension="none"))
    assert forced(done) == [(3, 0, "buy_to_return", 1_000, 1_000, ""), (3, 0, "buy_to_return", 500, 500, "")]


# --- what pays in a forced sale ----------------------------------------------------------------------------------

# 20,000 shares bought at 10.00, half of them financed.
DOUBLE = {0: [("buy_collateral", 0, 10_000), ("margin_buy", 0, 10_000)]}


def path(*values, length=8):
    prices = [10.0, 10.0, *values]
    return np.array(prices + prices[-1:] * (length - len(prices)))


def test_a_cover_may_use_the_proceeds_of_what_stays_short():
    # Cash 10,000 and 80,000 of proceeds, long 4,000 at 10.00, short 8,000 at 13.20: 130,000 / 105,600.
    # 44,600 / 13.20 = 3,378.8 to cover for 44,880: 34,000 are released, 10,000 free, 880 come from other proceeds.
    script = {0: [("buy_collateral", 1, 4_000), ("short_sell", 0, 8_000)]}
    done = watched(panel(np.column_stack([path(13.2), path(10.0)])), script, cash=50_000.0)
    assert forced(done) == [(4, 0, "buy_to_return", 3_400, 3_400, "")]
    assert done.cash == approx(45_120.0)
    assert done.broker.getcash() == 0.0


def test_cash_repays_first_and_the_sale_brings_the_rest():
    # 10,000 of cash and 20,000 shares at 5.90: 128,000 / 100,000; 30,000 to repay, 20,000 / 5.90 = 3,389.8 by sale.
    done = watched(panel(path(5.9)), DOUBLE, cash=110_000.0, forced_sale_cash="first")
    assert forced(done) == [(4, -1, "repay", 10_000, 10_000, ""), (4, 0, "sell_to_repay", 3_400, 3_400, "")]
    assert ratios(done)[4] == approx((118_000 - 20_060) / (90_000 - 20_060))


# --- the rulebook ------------------------------------------------------------------------------------------------


def test_no_key_of_the_rulebook_is_read_by_nothing(monkeypatch):
    asked, candidates = set(), Rulebook._candidates

    def noted(book, key, *case):
        asked.add(key)
        return candidates(book, key, *case)

    monkeypatch.setattr(Rulebook, "_candidates", noted)
    late = np.array([[10.0, np.nan], [10.0, 10.0], [10.0, 10.0]])  # the second is listed inside the data
    given = panel(late, short_volume=1e5, float_shares=1e9, float_cap=1e10, financing_balance=1e8, pe_static=20.0)
    run(given, {1: [("buy_collateral", 0, 100)]}, {"dividend_tax_rate": "by_holding"})
    assert asked == set(Rulebook.load().keys) - {"relending"}  # only a note reads it, see tests/run/test_supply_notes


# --- slippage in a forced order ----------------------------------------------------------------------------------


def test_a_forced_sale_is_sized_with_the_price_that_it_will_get():
    # 20,000 at 5.90 on 101,000 (bought at 10.10); a sale at 5.84 (1 %, on to the tick) repays 5.84 for 5.90 of assets:
    # (1.4 - 1) x 5.84 n - 0.06 n = 141,400 - 118,000, n = 10,281.2.
    done = watched(panel(path(5.9)), DOUBLE, slippage=0.01, cash=101_000.0)
    assert forced(done) == [(4, 0, "sell_to_repay", 10_300, 10_300, "")]
    assert done.column("forced_sales", "price") == [5.84]
    assert 1.4 <= ratios(done)[4] < 1.41


def test_a_forced_cover_is_sized_with_the_price_that_it_will_pay():
    # 150,000 over 120,000; a share costs 12.12 and takes 12.00 off the debt: 1.4 (120,000 - 12 n) = 150,000 - 12.12 n,
    # n = 3,846.2.
    done = watched(panel(path(12.0)), {0: [("short_sell", 0, 10_000)]}, cash=50_000.0, slippage=0.01)
    assert forced(done) == [(4, 0, "buy_to_return", 3_900, 3_900, "")]
    assert ratios(done)[4] >= 1.4


# --- ex-dates inside a suspension --------------------------------------------------------------------------------


def reference(close, suspended, pre_close, is_derived, cash, ratio):
    """Return reference and marks of one security whose ex-date is the third of four sessions."""
    traded = [np.array(values, dtype=float).reshape(-1, 1) for values in (close, suspended, pre_close)]
    out = np.full((2, len(close), 1), NAN)
    ex = Ex(np.array([2]), np.array([0]), np.array([cash]), np.array([ratio]), *np.zeros((2, 1)))
    reference_prices(
        traded[0], traded[1], traded[2], np.array(is_derived).reshape(-1, 1), ex, np.array([100]), out[0], out[1]
    )
    return out[0, :, 0].tolist()[1:], out[1, :, 0].tolist()


@pytest.mark.parametrize(
    ("last", "cash", "ratio", "left"),
    [(10.0, 0.0, 1.0, 5.0), (10.0, 0.5, 0.0, 9.5), (2.07, 0.10, 1.0, 0.99), (10.05, 0.0, 0.2, 8.38)],
)
def test_marks_and_reference_follow_an_ex_date_without_a_row(last, cash, ratio, left):
    blank = [last, NAN, NAN, left]
    found = reference(blank, [0, 1, 1, 0], [NAN, NAN, NAN, last], [False, False, False, True], cash, ratio)
    assert found == ([last, left, left], [last, last, left, left])


def test_a_published_reference_of_a_suspended_ex_date_is_its_mark():
    found = reference([10.0, 10.0, 10.0, 5.1], [0, 1, 1, 0], [10.0, 10.0, 5.01, 5.01], [False] * 4, 0.0, 1.0)
    assert found == ([10.0, 5.01, 5.01], [10.0, 10.0, 5.01, 5.1])


def test_at_a_fill_a_suspended_security_counts_with_its_ex_right_mark():
    closes = np.column_stack([[10.0, NAN, NAN, 5.0], [20.0] * 4])
    given = panel(np.column_stack([[10.0] * 4, [20.0] * 4]), closes)
    table = ActionTable({2: [Action(0, 0.0, 1.0)]})
    market = Market(given, [Board.MAIN] * 2, Rulebook.load(), conditions(), table)
    assert [market.fill_marks(t).tolist() for t in (1, 2)] == [[10.0, 20.0], [5.0, 20.0]]


def test_the_withdraw_line_of_the_rules_is_the_least():
    of = [TermSchedule(Rulebook.load(), conditions(withdraw=line), YOUNG.sessions).withdraw(0) for line in (2.0, 3.5)]
    assert of == [3.0, 3.5]
