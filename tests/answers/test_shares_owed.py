"""Shares that are owed, worked by hand: what may be returned, and what a purchase of whole lots leaves over."""

import datetime as dt

import numpy as np
import pytest
from liangrong.core.types import OrderKind, Refusal
from oracles.account.story import Story, flat, together
from oracles.account.tables import of_result, of_run
from oracles.ledger_bridge import KernelAccount, terms

BUY, SELL, MARGIN_BUY, SELL_TO_REPAY, REPAY, SHORT_SELL, BUY_TO_RETURN, RETURN_SHARES = OrderKind
A, B = "600001.SH", "600002.SH"
NOTHING = {"value": 0, "override": True}
FREE = {"commission_rate": 0, "commission_minimum": 0, "stamp_duty_rate": NOTHING, "transfer_fee_rate": NOTHING}
ACCOUNT = {"cash": 200_000, "financing_rate": 0.09, "borrow_rate": 0.09, "borrow_share": None}


def near(expected):
    return pytest.approx(expected, abs=1e-6)  # CNY


def tell(teller, folder, story):
    return of_run(story.by_oracle()) if teller == "oracle" else of_result(story.by_engine(folder))


tellers = pytest.mark.parametrize("teller", ["oracle", "engine"])


# ---- financed shares are returned --------------------------------------------------------------------------------


def pair(**account):
    """Short 10,000 and finance 10,000 of one share at 10, return them the next session, buy 15,000 of another."""
    bars = together(*(flat([10] * 5, symbol, start="2024-08-01") for symbol in (A, B)))
    days = sorted(bars)
    rows = [
        (days[1], A, "short_sell", 10_000),
        (days[1], A, "margin_buy", 10_000),
        (days[2], A, "return_shares", 10_000),
        (days[3], B, "buy", 15_000),
    ]
    orders = [dict(zip(("date", "symbol", "kind", "shares"), row, strict=True)) for row in rows]
    return Story(bars, orders, {"account": {**ACCOUNT, **account}, "costs": FREE})


@tellers
def test_financed_shares_are_returned_and_the_proceeds_are_free(teller, tmp_path):
    """Borrow fee 100,000 x 9 % / 360 x 3 days = 75; cash 300,000 - 75 - 150,000; 100,000 are still owed on the loan."""
    tables = tell(teller, tmp_path, pair())
    fills = {row["kind"]: row for row in tables["fills"]}
    assert float(fills["return_shares"]["shares"]) == 10_000
    assert float(fills["return_shares"]["interest"]) == near(75)
    assert float(fills["buy"]["shares"]) == 15_000
    last = tables["equity"][-1]
    assert [float(last[name]) for name in ("cash", "long_value", "short_value", "principal", "accrued")] == near(
        [149_925, 150_000, 0, 100_000, 125]
    )
    assert [row["closed"] is None for row in tables["contracts"]] == [False, True]


@tellers
def test_where_the_broker_takes_own_shares_only_they_are_not(teller, tmp_path):
    tables = tell(teller, tmp_path, pair(return_financed=False))
    assert [(row["kind"], row["reason"]) for row in tables["refusals"]] in (
        [("return_shares", "no_shares")],
        [("return_shares", frozenset({"no_shares"}))],
    )
    assert float(tables["equity"][-1]["short_value"]) == 100_000


def mixed(**changes):
    """Owe 1,000; own 300 and hold 200 and 400 financed, of two contracts."""
    opened = KernelAccount(200_000.0, 1, conditions=terms(financing_rate=0.0, borrow_rate=0.0, **changes))
    opened.price[:] = 10.0
    opened.must(SHORT_SELL, 0, 1000)
    opened.must(MARGIN_BUY, 0, 200)
    opened.must(MARGIN_BUY, 0, 400)
    opened.must(BUY, 0, 300)
    return opened


def test_own_shares_go_first_then_those_of_the_oldest_contract():
    opened = mixed()
    opened.session(1)
    opened.must(RETURN_SHARES, 0, 600)
    assert opened.ledger.collateral[0] == 0.0
    assert opened.contracts["shares"].tolist() == [400.0, 0.0, 300.0]
    assert opened.contracts["principal"].tolist() == near([0.0, 2000.0, 4000.0])
    assert opened.contracts["cost"].tolist() == near([0.0, 0.0, 3000.0])
    # 200,000 and what is left of the proceeds, 4,000; the loan without shares counts as lost: gain -2,000 and -1,000.
    margin = 200_000 - 3_000 + 10_000 - 4_000 - 4_000 - (2_000 + 4_000) - (2_000 + 1_000)
    assert opened.margin == near(margin)


def test_shares_of_today_wait_for_the_next_session():
    opened = mixed()
    opened.session(1)
    opened.must(MARGIN_BUY, 0, 100)
    assert opened.do(RETURN_SHARES, 0, 1000).refusal == Refusal.T_PLUS_1
    assert opened.do(RETURN_SHARES, 0, 901).refusal == Refusal.T_PLUS_1
    opened.must(RETURN_SHARES, 0, 900)
    assert opened.contracts["shares"].tolist() == [100.0, 0.0, 0.0, 100.0]


def test_before_august_2015_they_need_not_wait():
    opened = mixed(cover_delay=0)
    assert opened.do(RETURN_SHARES, 0, 901).refusal == Refusal.NO_SHARES
    opened.must(RETURN_SHARES, 0, 900)
    assert (opened.ledger.collateral[0], opened.ledger.bought_today[0]) == (0.0, 0.0)
    assert opened.contracts["shares"].tolist() == [100.0, 0.0, 0.0]


def test_a_loan_whose_shares_were_returned_is_repaid_from_cash():
    opened = mixed()
    opened.session(1)
    opened.must(RETURN_SHARES, 0, 900)
    assert opened.must(REPAY, amount=6_000.0).value == near(6_000)
    assert opened.ledger.collateral[0] == 0.0
    assert len(opened.sweep()) == 2
    assert opened.contracts["shares"].tolist() == [100.0]


# ---- odd lots ----------------------------------------------------------------------------------------------------


def odd():
    """A short of 1,000 that becomes 1,050 by bonus shares, 5 for each 100, at 10 and then at 10 ex rights."""
    bars = flat([10, 10, (9.52, 10, 9.5, 10), 10, 10], A, start="2024-08-01")
    return bars, sorted(bars)


@tellers
def test_an_odd_remainder_is_bought_up_to_a_lot_and_the_excess_is_collateral(teller, tmp_path):
    """1,050 are owed: 1,100 are bought, 1,050 go back, 50 are collateral; cash 200,000 + 10,000 - 11,000."""
    bars, days = odd()
    rows = [(days[1], "short_sell", 1_000), (days[3], "buy_to_return", 1_050)]
    orders = [{"date": day, "symbol": A, "kind": kind, "shares": shares} for day, kind, shares in rows]
    config = {"account": {**ACCOUNT, "borrow_rate": 0.0}, "costs": FREE}
    tables = tell(teller, tmp_path, Story(bars, orders, config, [(days[2], A, 0.0, 0.05)]))
    assert [float(row["shares"]) for row in tables["fills"]] == [1_000, 1_100]
    last = tables["equity"][-1]
    assert [float(last[name]) for name in ("cash", "long_value", "short_value")] == near(
        [200_000 + 10_000 - 11_000, 500, 0]
    )


def test_the_compiled_engine_leaves_the_same_excess(tmp_path):
    """The same by target weights: -5 % of 200,000 at 10 is a short of 1,000; then 0."""
    bars, days = odd()
    config = {"account": {**ACCOUNT, "borrow_rate": 0.0}, "costs": FREE}
    story = Story(bars, [], config, [(days[2], A, 0.0, 0.05)])
    weights = np.array([[-0.05], [np.nan], [0.0], [np.nan], [np.nan]])
    tables = of_result(story.by_compiled(tmp_path, weights))
    assert [(row["kind"], float(row["shares"])) for row in tables["fills"]] == [
        ("short_sell", 1_000),
        ("buy_to_return", 1_100),
    ]
    last = tables["equity"][-1]
    assert [float(last[name]) for name in ("cash", "long_value", "short_value")] == near([199_000, 500, 0])
    assert tables["contracts"][0]["closed"] == dt.date(2024, 8, 6)


# ---- what can be borrowed ----------------------------------------------------------------------------------------


def lent(*supply, volume=10_000.0):
    """Return bars at 10 in which the broker lends `supply` of the session; None where he states nothing."""
    bars = flat([10] * len(supply), A, start="2024-09-02", short_volume=volume)
    for day, shares in zip(sorted(bars), supply, strict=True):
        bars[day][A] |= {} if shares is None else {"borrowable_shares": shares}
    return bars, sorted(bars)


def shorted(teller, folder, bars, asked, **account):
    """Return what was sold short and what was refused for want of shares, by the session of the order."""
    days = sorted(bars)
    orders = [{"date": days[t], "symbol": A, "kind": "short_sell", "shares": shares} for t, shares in asked]
    config = {"account": {**ACCOUNT, "cash": 1_000_000, "borrow_share": 0.1, **account}, "costs": FREE}
    tables = tell(teller, folder, Story(bars, orders, config))
    assert all("no_borrow" in row["reason"] for row in tables["refusals"])

    def rows(name):
        return [(days.index(row["date"]), int(row["shares"])) for row in tables[name]]

    return rows("fills"), rows("refusals")


@tellers
def test_a_short_sale_takes_what_the_broker_lends_that_session_beside_what_is_owed(teller, tmp_path):
    """2,500 on the second session, 300 on the third; nothing stated on the fourth: 10 % of 10,000 in all."""
    bars, _ = lent(0, 2_500, 300, None, 100)
    asked = [(1, 2_000), (1, 600), (1, 500), (2, 400), (2, 300), (3, 100), (4, 100)]
    assert shorted(teller, tmp_path, bars, asked) == (
        [(1, 2_000), (1, 500), (2, 300), (4, 100)],
        [(1, 600), (2, 400), (3, 100)],
    )


@tellers
def test_of_what_he_lends_the_account_may_get_a_part(teller, tmp_path):
    bars, _ = lent(0, 2_500, 2_500)
    asked = [(1, 1_300), (1, 1_200)]
    assert shorted(teller, tmp_path, bars, asked, borrowable_share=0.5) == ([(1, 1_200)], [(1, 1_300)])


@tellers
def test_what_he_lends_can_be_left_out_of_account(teller, tmp_path):
    """10 % of the 10,000 that were published for the session before."""
    bars, _ = lent(0, 0, 0)
    asked = [(1, 1_100), (1, 1_000)]
    assert shorted(teller, tmp_path, bars, asked, borrowable_share=None) == ([(1, 1_000)], [(1, 1_100)])


def test_target_weights_are_cut_to_what_is_lent(tmp_path):
    """-10 % of 1,000,000 at 10 is 10,000: 2,500 at first, 3,000 more the next session, as they were stated before."""
    bars, _ = lent(2_500, 2_500, 2_500, 3_000, 3_000)
    config = {"account": {**ACCOUNT, "cash": 1_000_000, "borrow_rate": 0.0}, "costs": FREE}
    weights = np.array([[-0.1], [-0.1], [-0.1], [-0.1], [-0.1]])
    tables = of_result(Story(bars, [], config).by_compiled(tmp_path, weights))
    assert [float(row["shares"]) for row in tables["fills"]] == [2_500, 2_500, 2_500, 2_500]
    assert tables["refusals"] == []


# ---- recalls -----------------------------------------------------------------------------------------------------


def recalled(prices, orders, recalls, **account):
    """Return the story of orders (t, kind, shares) in one share, of which lenders want some back at closes."""
    bars = flat(prices, A, start="2024-09-02")
    days = sorted(bars)
    rows = [{"date": days[t], "symbol": A, "kind": kind, "shares": shares} for t, kind, shares in orders]
    config = {"account": {**ACCOUNT, "borrow_rate": 0.36, **account}, "costs": FREE}
    return Story(bars, rows, config, recalls=[(days[t], A, shares) for t, shares in recalls]), days


def seen(tables, days):
    """Return events and forced covers with the sessions they fall on."""
    told = [(days.index(row["date"]), row["event"], row["contract"]) for row in tables["margin_events"]]
    done = [(days.index(row["date"]), int(row["wanted"]), int(row["done"])) for row in tables["forced_sales"]]
    return told, done


@tellers
def test_shares_that_a_lender_wants_back_are_bought_back_by_force_at_the_open_after_the_next_close(teller, tmp_path):
    """Told on day 2, due on day 3, bought on day 4: 10,000 x 36 % / 360 = 10 a day, Tuesday to Friday: 30."""
    story, days = recalled([10, 10, 11, 11, 12, 12], [(1, "short_sell", 1_000)], [(2, None)])
    tables = tell(teller, tmp_path, story)
    assert seen(tables, days) == ([(2, "recalled", 1), (3, "due", 1)], [(4, 1_000, 1_000)])
    assert [row["deadline"] for row in tables["margin_events"]] == [days[3], days[3]]
    assert {row["cause"] for row in tables["forced_sales"]} == {"recalled"}
    assert float(tables["equity"][-1]["cash"]) == near(200_000 + 10_000 - 12_000 - 30)


@tellers
def test_who_covers_in_time_is_not_forced(teller, tmp_path):
    orders = [(1, "short_sell", 1_000), (3, "buy_to_return", 1_000)]
    story, days = recalled([10] * 6, orders, [(2, None)])
    tables = tell(teller, tmp_path, story)
    assert seen(tables, days) == ([(2, "recalled", 1)], [])


@tellers
def test_a_part_is_recalled_of_the_oldest_contract_first_and_the_rest_stays(teller, tmp_path):
    """1,000 and 500 owed, 1,200 wanted, 300 given back in time: 700 of the first and 200 of the second are bought."""
    orders = [(1, "short_sell", 1_000), (2, "short_sell", 500), (4, "buy_to_return", 300)]
    story, days = recalled([10] * 8, orders, [(3, 1_200)])
    tables = tell(teller, tmp_path, story)
    told = [(3, "recalled", 1), (3, "recalled", 2), (4, "due", 1), (4, "due", 2)]
    assert seen(tables, days) == (told, [(5, 700, 700), (5, 200, 200)])
    assert float(tables["equity"][-1]["short_value"]) == 3_000


@tellers
def test_a_recall_waits_for_a_suspended_security_and_grows_with_its_bonus_shares(teller, tmp_path):
    """Half of 1,000 is wanted; suspended until the sixth session, 1:1 meanwhile: 1,000 of 2,000 are bought at 5."""
    orders = [(1, "short_sell", 1_000)]
    story, days = recalled([10, 10, 10, None, None, 5, 5, 5], orders, [(2, 500)])
    more = flat([10] * 8, B, start="2024-09-02")
    story.bars, days = together(story.bars, more), sorted(more)
    story.actions = [(days[3], A, 0.0, 1.0)]
    tables = tell(teller, tmp_path, story)
    assert seen(tables, days) == ([(2, "recalled", 1), (5, "due", 1)], [(6, 1_000, 1_000)])
    assert float(tables["equity"][-1]["short_value"]) == 5_000


@tellers
def test_a_second_recall_finds_what_the_first_left(teller, tmp_path):
    """300 wanted of 1,000, bought back in lots of 100; then all that is left."""
    story, days = recalled([10] * 9, [(1, "short_sell", 1_000)], [(1, 300), (4, None), (5, None)])
    tables = tell(teller, tmp_path, story)
    told = [(1, "recalled", 1), (2, "due", 1), (4, "recalled", 1), (5, "due", 1)]
    assert seen(tables, days) == (told, [(3, 300, 300), (6, 700, 700)])


@tellers
def test_what_is_recalled_at_the_last_close_has_no_day(teller, tmp_path):
    story, days = recalled([10] * 3, [(1, "short_sell", 1_000)], [(2, None)])
    tables = tell(teller, tmp_path, story)
    assert seen(tables, days) == ([(2, "recalled", 1)], [])
    assert tables["margin_events"][0]["deadline"] is None
