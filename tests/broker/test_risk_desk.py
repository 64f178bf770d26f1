"""The risk desk by hand: notices, deadlines, forced sales, their sizes and what stops them (LEDGER sections 6 and 7).

The usual account: 100,000 of own cash buys 10,000 shares at 10.00, and as many are financed. So 20,000 shares stand
against a debt of 100,000, and the maintenance ratio is the price / 5. Without other words there are no fees and no
interest, margin ratios are 0.5 and haircuts 1.
"""

import numpy as np
import pandas as pd
import pytest
from broker.desk import HALF, events, forced, ratios, session, terms, watched
from broker.markets import panel
from conditions import conditions
from liangrong.core.account.tables import make_table
from liangrong.core.account.terms import TermSchedule
from liangrong.core.rulebook import Rulebook

approx = pytest.approx
NAN = np.nan
DOUBLE = {0: [("buy_collateral", 0, 10_000), ("margin_buy", 0, 10_000)]}
IN_2014 = "2014-03-03"


def prices(*values, length=8):
    """Return a price for each session: 10.00 on the first two, then `values`, the last one to the end."""
    path = [10.0, 10.0, *values]
    return path + path[-1:] * (length - len(path))


# ---- notices ------------------------------------------------------------------------------------------------------


def test_below_call_on_two_closes_is_sold_at_the_open_after():
    # 6.40: 128,000 / 100,000 = 1.28. At the open of session 4: (1.4 x 100,000 - 128,000) / 0.4 = 30,000, that is
    # 4,687.5 shares, 4,700 in lots; 30,080 repaid leave 97,920 / 69,920 = 1.4005.
    done = watched(panel(prices(6.4)), DOUBLE)
    assert events(done) == [(2, "call"), (3, "forced_sale"), (4, "restored")]
    assert forced(done) == [(4, 0, "sell_to_repay", 4_700, 4_700, "")]
    assert done.column("forced_sales", "cause") == ["maintenance"]
    assert done.column("forced_sales", "price") == [6.4]
    assert ratios(done)[2:5] == approx([1.28, 1.28, 97_920 / 69_920])
    assert done.column("fills", "kind")[-1] == "forced_sell_to_repay"


def test_a_notice_says_until_when_and_how_much():
    done = watched(panel(prices(6.4)), DOUBLE)
    deadlines = [session(done, date) for date in done.column("margin_events", "deadline")]
    assert deadlines == [3, -1, -1]
    # To 1.30 (the cure) when called: 130,000 - 128,000; to 1.40 (restore) after that: 140,000 - 128,000.
    assert done.column("margin_events", "amount") == approx([2_000.0, 12_000.0, 0.0])
    assert done.column("margin_events", "ratio") == approx([1.28, 1.28, 97_920 / 69_920])


def test_the_sale_meets_the_open_and_not_the_close_that_ordered_it():
    # Open 6.00: (140,000 - 120,000) / 0.4 / 6.00 = 8,333.3.
    done = watched(panel([10, 10, 6.4, 6.4, 6.0, 6.0], [10, 10, 6.4, 6.4, 6.2, 6.2]), DOUBLE)
    assert forced(done) == [(4, 0, "sell_to_repay", 8_400, 8_400, "")]
    assert done.column("forced_sales", "price") == [6.0]


def test_a_call_that_is_cured_in_between_sells_nothing():
    done = watched(panel(prices(6.4, 6.5, 6.5)), DOUBLE)  # 1.30 is not below 1.30
    assert events(done) == [(2, "call"), (3, "cured")]
    assert forced(done) == []


def test_a_call_is_cured_by_a_repayment_or_a_deposit_in_between():
    for step in (("sell_to_repay", 0, 1_100), lambda strategy: strategy.broker.add_cash(2_000.0)):
        # Sold: 7,040 repaid leave 120,960 / 92,960 = 1.3012. Paid in: 130,000 / 100,000.
        done = watched(panel(prices(6.4)), {**DOUBLE, 2: [step]})
        assert events(done) == [(2, "call"), (3, "cured")]


def test_after_a_cure_the_next_fall_is_a_new_call():
    done = watched(panel(prices(6.4, 6.6, 6.4, 6.4, 6.4)), DOUBLE)
    assert events(done) == [(2, "call"), (3, "cured"), (4, "call"), (5, "forced_sale"), (6, "restored")]


@pytest.mark.parametrize(("close", "told"), [(5.5, "call"), (5.49, "instant")])
def test_below_the_instant_line_is_sold_at_the_next_open(close, told):
    done = watched(panel(prices(close)), DOUBLE)  # 1.10 and 1.098
    assert events(done)[0] == (2, told)
    assert forced(done)[0][0] == (3 if told == "instant" else 4)


def test_a_called_account_that_falls_below_the_instant_line_waits_no_longer():
    done = watched(panel(prices(6.4, 5.4, 5.4)), DOUBLE, terms(grace=3))
    assert events(done)[:2] == [(2, "call"), (3, "instant")]
    assert forced(done)[0][0] == 4


@pytest.mark.parametrize("grace", [0, 1, 3])
def test_grace_is_counted_in_sessions(grace):
    done = watched(panel(prices(6.4, length=9)), DOUBLE, terms(grace=grace))
    assert events(done)[:2] == [(2, "call"), (2 + grace, "forced_sale")]  # grace 0: the notice's own close
    assert session(done, done.column("margin_events", "deadline")[0]) == 2 + grace
    assert forced(done)[0][0] == 3 + grace


def test_the_warning_line_refuses_margin_orders_and_no_others():
    script = {**DOUBLE, 2: [("margin_buy", 0, 100), ("short_sell", 0, 100), ("sell_collateral", 0, 100)]}
    done = watched(panel(prices(6.9)), script)
    assert events(done) == [(2, "warn")]
    assert done.orders[2:] == [("Margin", "below_warning_line")] * 2 + [("Completed", "")]
    above = watched(panel(prices(7.0)), script)  # 1.40 is not below 1.40
    assert events(above) == []
    assert "below_warning_line" not in above.column("refusals", "reason")


# ---- the statutory call until 2015 --------------------------------------------------------------------------------


def test_before_2015_a_call_has_two_sessions_and_ends_at_150_percent():
    # 7.20 is 1.44: above the call, below the cure. (150,000 - 144,000) / 0.5 / 7.20 = 1,666.7.
    done = watched(panel(prices(6.4, 7.2), days=IN_2014), DOUBLE)
    assert events(done)[:2] == [(2, "call"), (4, "forced_sale")]
    assert forced(done)[0] == (5, 0, "sell_to_repay", 1_700, 1_700, "")
    assert session(done, done.column("margin_events", "deadline")[0]) == 4
    assert done.column("margin_events", "amount")[:2] == approx([22_000.0, 6_000.0])
    assert ratios(done)[5] == approx((144_000 - 12_240) / (100_000 - 12_240))  # 1.5013
    today = watched(panel(prices(6.4, 7.2)), DOUBLE)
    assert events(today) == [(2, "call"), (3, "cured")]


def test_before_2015_a_call_that_reaches_150_percent_is_cured():
    done = watched(panel(prices(6.4, 7.5), days=IN_2014), DOUBLE)
    assert events(done) == [(2, "call"), (3, "cured")]


def test_the_lines_of_the_day_before_the_change_the_day_and_the_day_after():
    days = np.array(["2015-06-30", "2015-07-01", "2015-07-02"], dtype="datetime64[D]")
    schedule = TermSchedule(Rulebook.load(), conditions(**terms()), days)
    found = [(of.call, of.cure, of.restore, of.grace) for of in map(schedule.lines, range(3))]
    assert found == [(1.3, 1.5, 1.5, 2), (1.3, 1.3, 1.4, 1), (1.3, 1.3, 1.4, 1)]


def test_a_broker_below_the_statutory_line_is_bound_by_it_and_a_stricter_one_is_not_held_back():
    days = np.array(["2015-07-01", "2019-08-16", "2019-08-19", "2019-08-20"], dtype="datetime64[D]")
    lax = TermSchedule(Rulebook.load(), conditions(**terms(call=1.2, restore=1.25)), days)
    assert [lax.lines(t).call for t in range(4)] == [1.3, 1.3, 1.2, 1.2]
    assert [lax.lines(t).restore for t in range(4)] == [1.3, 1.3, 1.25, 1.25]
    strict = TermSchedule(Rulebook.load(), conditions(**terms(call=1.4, restore=1.5)), days)
    assert [strict.lines(t).call for t in range(4)] == [1.4] * 4


# ---- how much is sold ---------------------------------------------------------------------------------------------

WITH_FEES = {"financing_rate": 0.0, **HALF}


def fees_of(value):
    """Commission, stamp duty and transfer fee of a sale in 2024, in cents half-up."""
    return sum(
        np.floor(100 * part + 0.5 + 1e-9) / 100 for part in (max(0.00025 * value, 5.0), 0.0005 * value, 1e-5 * value)
    )


def least_sale(assets, debt, price, restore=1.4):
    """Return the smallest number of lots after which the ratio is restored, by trying them one after another."""
    for shares in range(100, 100_000, 100):
        value = shares * price
        repaid = value - fees_of(value)
        if assets - value >= restore * (debt - repaid):
            return shares
    return None


@pytest.mark.parametrize(("financed", "close"), [(5_000, 4.0), (10_000, 6.0), (19_700, 8.0)], ids=["1.5x", "2x", "3x"])
def test_the_sale_is_just_enough_at_any_leverage_fees_included(financed, close):
    script = {0: [("buy_collateral", 0, 9_900), ("margin_buy", 0, financed)]}
    done = watched(panel(prices(close)), script, WITH_FEES)
    cash, value, debt = (done.column("equity", name)[3] for name in ("cash", "long_value", "principal"))
    expected = least_sale(cash + value, debt, close)
    assert forced(done) == [(4, 0, "sell_to_repay", expected, expected, "")]
    assert 1.4 <= ratios(done)[4] < 1.42
    assert events(done)[-1] == (4, "restored")


@pytest.mark.parametrize("seed", range(12))
def test_the_sale_is_just_enough_on_random_accounts(seed):
    generator = np.random.default_rng(seed)
    financed = 100 * int(generator.integers(40, 195))
    debt = 10.0 * financed
    ratio = generator.uniform(1.12, 1.295)
    close = round(ratio * debt / (9_900 + financed), 2)
    script = {0: [("buy_collateral", 0, 9_900), ("margin_buy", 0, financed)]}
    done = watched(panel(prices(close)), script, WITH_FEES)
    assert [name for _, name in events(done)[:2]] == ["call", "forced_sale"]
    cash, value, owed = (done.column("equity", name)[3] for name in ("cash", "long_value", "principal"))
    assert forced(done)[0][3] == least_sale(cash + value, owed, close)


def test_no_more_than_the_financing_debt_is_sold_for():
    # 1,000 financed, 10,000 own, 10,000 short: at 13.00 / 4.00 the short weighs 130,000 of the debt of 140,000.
    script = {0: [("buy_collateral", 0, 10_000), ("margin_buy", 0, 1_000), ("short_sell", 1, 10_000)]}
    done = watched(panel(np.column_stack([prices(4.0), prices(13.0)])), script, cash=120_000.0)
    sold = forced(done)[0]
    assert sold[:3] == (4, 0, "sell_to_repay")
    assert sold[3] == 2_500  # 10,000 of debt at 4.00
    assert forced(done)[1][1:3] == (1, "buy_to_return")
    assert ratios(done)[4] >= 1.4


# ---- which are sold -----------------------------------------------------------------------------------------------

# Collateral of 6,000 and 4,000, 10,000 financed for 100,000, all bought at 10.00 and now at 8.00, 4.20 and 6.00:
# 48,000 + 16,800 + 60,000 = 124,800; (140,000 - 124,800) / 0.4 = 38,000 have to go.
THREE = {0: [("buy_collateral", 0, 6_000), ("buy_collateral", 1, 4_000), ("margin_buy", 2, 10_000)]}
FALLEN = np.column_stack([prices(8.0), prices(4.2), prices(6.0)])


@pytest.mark.parametrize(
    ("selection", "sold"),
    [
        ("largest", [(2, 6_400)]),  # 38,000 / 6.00 = 6,333.3
        # -58 % goes first and whole; debt 83,200, assets 108,000, 21,200 left, then -40 %: 21,200 / 6.00 = 3,533.3
        ("losers", [(1, 4_000), (2, 3_600)]),
        # 38,000 x 48 / 124.8 / 8.00 = 1,826.9; 22,800 x 16.8 / 76.8 / 4.20 = 1,187.5; 17,760 / 6.00 = 2,960
        ("pro_rata", [(0, 1_900), (1, 1_200), (2, 3_000)]),
    ],
)
def test_three_orders_of_selection(selection, sold):
    done = watched(panel(FALLEN), THREE, forced_sale=selection)
    assert [(row[1], row[3]) for row in forced(done)] == sold
    assert all(row[0] == 4 and row[3] == row[4] for row in forced(done))
    assert ratios(done)[4] >= 1.4


def test_longs_go_first_then_shorts_are_bought_back():
    # Financed 5,000 (now 4.00), short 10,000 (now 13.00): 220,000 / 180,000 = 1.222. All 20,000 of the long, then
    # (1.4 x 160,000 - 200,000) / 0.4 = 60,000 / 13.00 = 4,615.4 of the short.
    script = {0: [("margin_buy", 0, 5_000), ("short_sell", 1, 10_000)]}
    done = watched(panel(np.column_stack([prices(4.0), prices(13.0)])), script)
    assert forced(done) == [(4, 0, "sell_to_repay", 5_000, 5_000, ""), (4, 1, "buy_to_return", 4_700, 4_700, "")]
    assert ratios(done)[4] == approx((200_000 - 61_100) / (160_000 - 61_100))


def test_an_account_with_shorts_only():
    # (1.4 x 120,000 - 150,000) / 0.4 = 45,000 / 12.00 = 3,750.
    done = watched(panel(prices(12.0)), {0: [("short_sell", 0, 10_000)]}, cash=50_000.0)
    assert forced(done) == [(4, 0, "buy_to_return", 3_800, 3_800, "")]
    assert ratios(done)[4] == approx(104_400 / 74_400)
    assert events(done) == [(2, "call"), (3, "forced_sale"), (4, "restored")]


def test_a_cover_that_the_cash_does_not_reach_sells_longs_first():
    # Cash 2,000 and 50,000 of proceeds, long 4,800 at 10.00, short 5,000 at 19.00: 100,000 / 95,000 = 1.05.
    # (133,000 - 100,000) / 0.4 = 82,500 / 19.00 = 4,342.1 to cover for 83,600: 31,600 are missing, 3,160 of the long.
    script = {0: [("buy_collateral", 1, 4_800), ("short_sell", 0, 5_000)]}
    done = watched(panel(np.column_stack([prices(19.0), prices(10.0)])), script, terms(instant=1.01), cash=50_000.0)
    assert forced(done) == [(4, 1, "sell", 3_200, 3_200, ""), (4, 0, "buy_to_return", 4_400, 4_400, "")]
    assert done.cash == approx(400.0)
    assert done.broker.getcash() == 0.0  # they are what is left of the proceeds


# ---- what stops a sale --------------------------------------------------------------------------------------------


def test_volume_caps_a_sale_and_the_rest_is_retried():
    # 6.00: 8,333 / 6,333 / 4,333 / 2,333 shares are wanted, a tenth of 20,000 may go each day. 84,000 / 64,000 = 1.3125
    # lies above the call, but the sale aims at 1.40.
    volume = np.where(np.arange(8) < 2, 1e9, 20_000)
    done = watched(panel(prices(6.0), volume=volume), DOUBLE, volume_share=0.1)
    rows = [(4, 8_400), (5, 6_400), (6, 4_400), (7, 2_400)]
    assert forced(done) == [(t, 0, "sell_to_repay", wanted, 2_000, "expired") for t, wanted in rows]
    assert ratios(done)[4:] == approx([108 / 88, 96 / 76, 84 / 64, 72 / 52])
    assert events(done)[-1] == (3, "forced_sale")
    assert done.column("refusals", "reason") == []


def test_a_suspended_security_is_sold_when_it_trades_again():
    path = np.array(prices(6.4))
    closes = path.copy()
    closes[4:6] = NAN
    done = watched(panel(path, closes), DOUBLE)
    stuck = [(t, 0, "sell_to_repay", 4_700, 0, "suspended") for t in (4, 5)]
    assert forced(done) == [*stuck, (6, 0, "sell_to_repay", 4_700, 4_700, "")]
    assert np.isnan(done.column("forced_sales", "price")[0])
    assert events(done) == [(2, "call"), (3, "forced_sale"), (6, "restored")]


def test_nothing_is_sold_at_the_lower_limit():
    # 6.40 x 0.9 = 5.76 on session 4, the same unlocked on session 5: (140,000 - 115,200) / 0.4 / 5.76 = 10,763.9.
    opens = [10.0, 10.0, 6.4, 6.4, 5.76, 5.76, 5.76, 5.76]
    done = watched(panel(opens), DOUBLE, price_limits=True)
    assert forced(done) == [
        (4, 0, "sell_to_repay", 10_800, 0, "limit_down"),
        (5, 0, "sell_to_repay", 10_800, 10_800, ""),
    ]


def test_another_security_is_sold_in_the_place_of_a_suspended_one():
    closes = FALLEN.copy()
    closes[4:, 2] = NAN
    done = watched(panel(FALLEN, closes), THREE)
    # Next in value: 6,000 at 8.00: 38,000 / 8.00 = 4,750.
    assert forced(done) == [(4, 2, "sell_to_repay", 6_400, 0, "suspended"), (4, 0, "sell_to_repay", 4_800, 4_800, "")]
    assert events(done)[-1] == (4, "restored")


def test_a_short_at_the_upper_limit_is_bought_back_later():
    # 12.00 x 1.1 = 13.20 locked, then unlocked: (1.4 x 132,000 - 150,000) / 0.4 / 13.20 = 2,636.4 + ... in lots.
    opens = [10.0, 10.0, 12.0, 12.0, 13.2, 13.2, 13.2, 13.2]
    done = watched(panel(opens), {0: [("short_sell", 0, 10_000)]}, cash=50_000.0, price_limits=True)
    wanted = np.ceil((1.4 * 132_000 - 150_000) / 0.4 / 13.2 / 100) * 100
    assert [row[4:] for row in forced(done)] == [(0, "limit_up"), (wanted, "")]
    assert [row[3] for row in forced(done)] == [wanted, wanted]


# ---- what the strategy may do meanwhile ---------------------------------------------------------------------------


def test_under_forced_sale_nothing_is_opened_but_debt_may_be_paid():
    # 10,000 of cash and 20,000 shares at 5.90: 128,000 / 100,000.
    orders = [
        ("buy_collateral", 0, 100),
        ("margin_buy", 0, 100),
        ("short_sell", 0, 100),
        ("repay", 1_000.0),
        ("sell_to_repay", 0, 100),
        ("sell_collateral", 0, 100),
    ]
    done = watched(panel(prices(5.9)), {**DOUBLE, 3: orders}, cash=110_000.0)
    assert forced(done) == [(4, 0, "sell_to_repay", 5_100, 5_100, "")]  # 30,000 / 5.90 = 5,084.7
    assert done.orders[2:5] == [("Rejected", "frozen")] * 3
    assert done.orders[5:] == [("Completed", "")] * 3
    assert done.column("fills", "kind")[2] == "forced_sell_to_repay"  # before any order of the strategy


def test_an_insolvent_account_is_sold_out_and_trades_no_more():
    # 30,000 shares at 6.00 against 200,000: short by 20,000.
    script = {
        0: [("buy_collateral", 0, 10_000), ("margin_buy", 0, 20_000)],
        4: [("buy_collateral", 0, 100), ("repay", 1.0), ("sell_collateral", 0, 100), ("margin_buy", 0, 100)],
    }
    done = watched(panel(prices(6.0, 6.0, 9.0)), script)
    assert events(done) == [(2, "insolvent")]
    assert done.column("margin_events", "amount") == approx([20_000.0])
    assert forced(done) == [(3, 0, "sell_to_repay", 30_000, 30_000, "")]
    assert done.column("forced_sales", "cause") == ["insolvent"]
    assert done.column("equity", "equity")[3:] == approx([-20_000.0] * 5)
    assert [reason for _, reason in done.orders[2:]] == ["frozen"] * 4


def test_an_insolvent_account_pays_with_its_own_cash_too():
    # 20,000 of cash stay beside 10,000 own and 20,000 financed shares; at 5.50: 185,000 / 200,000.
    done = watched(panel(prices(5.5)), {0: [("buy_collateral", 0, 10_000), ("margin_buy", 0, 20_000)]}, cash=120_000.0)
    assert events(done) == [(2, "insolvent")]
    assert done.column("equity", "principal")[-1] == approx(15_000.0)
    assert done.cash == approx(0.0)
    assert done.column("fills", "kind")[-1] == "forced_repay"


def test_what_an_insolvent_account_cannot_sell_it_sells_later():
    path = np.array(prices(6.0))
    closes = path.copy()
    closes[3] = NAN
    done = watched(panel(path, closes), {0: [("buy_collateral", 0, 10_000), ("margin_buy", 0, 20_000)]})
    assert [(row[0], row[4], row[5]) for row in forced(done)] == [(3, 0, "suspended"), (4, 30_000, "")]


# ---- cash that leaves ---------------------------------------------------------------------------------------------


def test_cash_leaves_above_the_withdraw_line_only():
    def withdraw(amount):
        return lambda strategy: strategy.broker.add_cash(-amount)

    # 300,000 own, 100,000 financed: 4.00. 50,000 leave (3.50), 60,000 would make it 2.90, 50,000 more make it 3.00.
    script = {0: [("margin_buy", 0, 10_000)], 1: [withdraw(50_000)], 2: [withdraw(60_000)], 3: [withdraw(50_000)]}
    done = watched(panel(prices(10.0)), script, cash=300_000.0)
    assert ratios(done)[1:5] == approx([4.0, 3.5, 3.5, 3.0])
    assert events(done) == [(3, "withdrawal_refused")]
    assert (done.column("margin_events", "ratio"), done.column("margin_events", "amount")) == ([3.5], [60_000.0])
    assert done.broker.cash_flow == -100_000.0


def test_a_refused_withdrawal_is_judged_and_told_by_the_close_before():
    script = {0: [("margin_buy", 0, 10_000)], 2: [lambda strategy: strategy.broker.add_cash(-150_000.0)]}
    # 150,000 less is 2.50 at 10.00; at the 20.00 of the next close it would be 3.50.
    done = watched(panel([10.0, 10.0, 10.0, 20.0, 20.0]), script, cash=300_000.0)
    assert done.column("margin_events", "ratio") == approx([4.0])
    without_debt = watched(panel(prices(10.0)), {1: [lambda strategy: strategy.broker.add_cash(-150_000.0)]})
    assert events(without_debt) == [(2, "withdrawal_refused")]  # it has 100,000


# ---- backtrader's ways of running ---------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"preload": False}, {"runonce": False}, {"exactbars": 1}])
def test_every_way_of_running_gives_the_same_tables(options):
    usual, other = watched(panel(FALLEN), THREE).tables, watched(panel(FALLEN), THREE, options=options).tables
    for name, columns in usual.items():
        pd.testing.assert_frame_equal(make_table(name, other[name]), make_table(name, columns), check_exact=True)
