"""Securities whose listing ends while they are held or owed, worked by hand in CNY."""

import numpy as np
import pytest
from broker.desk import events, forced, terms, watched
from broker.markets import panel
from conditions import conditions
from liangrong.core.account.credit import SHORT, Charges, open_ledger, start_session
from liangrong.core.account.credit_contracts import open_contract
from liangrong.core.account.ended_securities import End, end_short
from liangrong.core.account.market import Market
from liangrong.core.config.options import DEFAULTS
from liangrong.core.panel.ending_rows import Ending
from liangrong.core.panel.endings import Ended, EndingTable
from liangrong.core.rulebook import Rulebook, board_of

NAN = np.nan
DAYS = np.busday_offset("2024-03-04", np.arange(12), roll="forward")


def two(first, second=None, **fields):
    """Return a market of two securities, the second at 20 throughout unless it says otherwise."""
    columns = np.column_stack([first, [20.0] * len(first) if second is None else second])
    return panel(columns, **fields)


def order(kind, j, shares):
    return (lambda s: s.buy(s.datas[j], shares)) if kind == "buy" else (kind, j, shares)


def row(done, table="endings", at=0):
    return {name: values[at] for name, values in done.tables[table].items()}


def near(expected):
    return pytest.approx(expected, abs=1e-6)


# ---- own shares --------------------------------------------------------------------------------------------------

DELISTED = two([10.0, 10, 10, 8, 5, NAN, NAN, NAN])
GONE = Ending(DAYS[6], "600000.SH")


@pytest.mark.parametrize(("after", "left"), [(0.0, 0.0), (0.4, 2000.0), ("last_close", 5000.0)])
def test_what_is_left_of_own_shares_counts_for_what_is_configured(after, left):
    """1,000 bought at 10; the last price is 5; from the seventh session on they count for a fraction of it."""
    done = watched(DELISTED, {0: [order("buy", 0, 1000)]}, endings=[GONE], after_delisting=after)
    assert done.column("equity", "equity")[4:] == near([95_000, 95_000, 90_000 + left, 90_000 + left])
    assert row(done) == {
        "date": DAYS[6],
        "symbol": "600000.SH",
        "held_as": "collateral",
        "shares": 1000.0,
        "price": 5.0,
        "successor": "",
        "successor_shares": 0.0,
        "cash": 0.0,
        "carried": 0.0,
        "left": left,
    }
    assert done.broker.available_margin() == near(90_000)  # no haircut any more
    assert done.position() == (1000, 10.0)


def test_a_buyer_in_cash_pays_for_them():
    done = watched(DELISTED, {0: [order("buy", 0, 1000)]}, endings=[GONE._replace(cash=5.25)])
    assert done.column("equity", "equity")[5:] == near([95_000, 95_250, 95_250])
    assert (done.cash, row(done)["cash"], row(done)["left"]) == near((95_250, 5_250, 0))
    assert done.position()[0] == 0


def test_shares_and_cash_of_a_successor():
    """10 old shares for 3 new ones and 0.50 each: 1,005 become 301 (301.5) and 502.50; the new one stands at 20."""
    script = {0: [order("buy", 0, 1000)]}
    done = watched(
        DELISTED,
        script,
        actions={2: [(0, 0.0, 0.005)]},
        endings=[GONE._replace(successor="600001.SH", ratio=0.3, cash=0.5)],
    )
    assert row(done)["shares"] == 1005.0
    assert (row(done)["successor"], row(done)["successor_shares"]) == ("600001.SH", 301.0)
    assert (row(done)["cash"], row(done)["carried"]) == near((502.5, 1005 * 5 - 502.5))
    assert done.cash == near(90_502.5)
    assert done.column("equity", "equity")[-1] == near(90_502.5 + 301 * 20)
    assert done.position(0)[0] == 0
    assert done.position(1) == (301, pytest.approx(10_000 / 301))


def test_a_new_code_changes_nothing_of_the_account():
    """The new code trades from the day on which the old one is gone; nothing is sold, no contract is closed."""
    prices = two([10.0, 10, 11, 12, NAN, NAN], [NAN, NAN, NAN, NAN, 12, 13])
    script = {0: [order("margin_buy", 0, 1000)], 1: [order("short_sell", 0, 400)]}
    renamed = Ending(DAYS[4], "600000.SH", "600001.SH", 1.0)
    done = watched(prices, script, endings=[renamed])
    assert [row(done, at=i)["held_as"] for i in (0, 1)] == ["financed", "short"]
    assert row(done, at=1)["carried"] == near(-4800)
    assert forced(done) == []
    assert events(done) == []
    # 100,000 + 1,000 x 3 of the loan's shares, 400 x 3 lost on those sold at 10 (the fill of session 2 is at 11).
    assert done.column("equity", "equity")[-1] == near(100_000 + 1000 * 3 - 400 * 2)
    assert done.broker.holdings()[0].tolist() == [0, 1000]
    assert done.broker.holdings()[1].tolist() == [0, 400]
    assert done.column("contracts", "symbol") == ["600001.SH", "600001.SH"]


def test_a_successor_counts_for_what_is_exchanged_until_it_has_a_price():
    prices = two([10.0, 10, 12, NAN, NAN, NAN], [NAN, NAN, NAN, NAN, NAN, 7])
    merged = Ending(DAYS[4], "600000.SH", "600001.SH", 2.0)
    done = watched(prices, {0: [order("buy", 0, 1000)]}, endings=[merged])
    assert done.column("equity", "equity")[2:] == near([102_000, 102_000, 102_000, 90_000 + 2000 * 7])


# ---- contracts ---------------------------------------------------------------------------------------------------


def test_contracts_fall_due_before_the_last_session_and_are_closed_on_it():
    """The last session is the fifth, at 5: the loan of 10,000 brings 5,000 there, and cash pays the rest."""
    done = watched(DELISTED, {0: [order("margin_buy", 0, 1000)]}, endings=[GONE])
    assert events(done) == [(3, "ends")]
    assert forced(done) == [
        (4, 0, "sell_to_repay", 1000.0, 1000.0, ""),
        (4, -1, "repay", 5000.0, 5000.0, ""),
    ]
    assert done.column("contracts", "due") == [DAYS[3]]
    assert done.column("equity", "equity")[-1] == near(95_000)
    assert "endings" not in done.tables


def test_a_short_is_bought_back_on_the_last_session():
    done = watched(DELISTED, {0: [order("short_sell", 0, 1000)]}, endings=[GONE])
    assert forced(done) == [(4, 0, "buy_to_return", 1000.0, 1000.0, "")]
    assert done.column("equity", "equity")[-1] == near(105_000)
    assert set(done.column("forced_sales", "cause")) == {"ended"}


def test_what_could_not_be_sold_leaves_its_debt():
    """It is down at the limit on its last session: the loan stays, its shares count for nothing, cash repays it."""
    low = two([10.0, 10, 10, 9, 8.1, NAN, NAN, NAN])
    done = watched(low, {0: [order("margin_buy", 0, 1000)]}, endings=[GONE], price_limits=True)
    assert forced(done) == [
        (4, 0, "sell_to_repay", 1000.0, 0.0, "limit_down"),
        (4, -1, "repay", 10_000.0, 10_000.0, ""),
    ]
    assert row(done)["held_as"] == "collateral"  # the loan is paid, so the shares are its owner's
    assert done.column("equity", "equity")[-1] == near(90_000)


def test_a_loan_that_cash_does_not_pay_keeps_owing():
    low = two([10.0, 10, 10, 9, 8.1, NAN, NAN, NAN])
    script = {0: [order("margin_buy", 0, 1000), order("buy", 1, 500)]}
    done = watched(low, script, endings=[GONE], price_limits=True, cash=11_000.0)
    assert [name for _, name in events(done)][:1] == ["ends"]
    # 1,000 of cash repay; the second security, 500 at 20, is sold for the rest of it on the same open.
    assert forced(done)[:3] == [
        (4, 0, "sell_to_repay", 1000.0, 0.0, "limit_down"),
        (4, -1, "repay", 1000.0, 1000.0, ""),
        (4, 1, "sell", 500.0, 500.0, ""),
    ]
    assert done.column("equity", "equity")[-1] == near(1000.0)


def test_an_end_that_nobody_knew_closes_nothing_and_shares_owed_are_paid_in_money():
    """Trading stopped two months before: 1,000 owed at 5 are worth 5,000, which proceeds and cash pay."""
    days = [*DAYS[:5], *np.busday_offset("2024-05-13", np.arange(3), roll="forward")]
    halted = two([10.0, 10, 10, 8, 5, NAN, NAN, NAN], days=days)
    gone = Ending(days[6], "600000.SH")
    done = watched(halted, {0: [order("short_sell", 0, 1000)]}, endings=[gone])
    assert events(done) == [(5, "ends")]
    assert [kind for _, _, kind, *_ in forced(done)] == []
    assert row(done)["held_as"] == "short"
    assert (row(done)["cash"], row(done)["left"]) == near((-5000, 0))
    assert done.column("equity", "cash")[5:] == near([110_000, 105_000, 105_000])
    assert done.column("equity", "equity")[5:] == near([105_000, 105_000, 105_000])
    assert done.column("contracts", "closed") == [days[6]]
    assert done.broker.getcash() == near(105_000)  # nothing is locked any more


HALTED_DAYS = [*DAYS[:5], *np.busday_offset("2024-05-13", np.arange(4), roll="forward")]


def halted(closes, **fields):
    return two([*closes, NAN, NAN, NAN, NAN], days=HALTED_DAYS, **fields)


def test_what_is_paid_in_money_sets_all_proceeds_free_at_once():
    """10,000 of proceeds, 5,000 of them paid before the open: all 105,000 of cash buy at that very open."""
    gone = Ending(HALTED_DAYS[6], "600000.SH")
    script = {0: [order("short_sell", 0, 1000)], 5: [order("buy", 1, 5200)]}
    done = watched(halted([10.0, 10, 10, 8, 5]), script, endings=[gone])
    assert done.orders[-1] == ("Completed", "")
    assert done.cash == near(1_000)


def test_the_fee_of_a_debt_in_money_stands_still():
    """36 % a year on 10,000 are 10 a day: 70 days from 03-05 to 05-14; then 3,000 of debt are open, and no fee."""
    gone = Ending(HALTED_DAYS[6], "600000.SH")
    poor = terms(borrow_rate=0.36, financing_rate=0.0)
    script = {0: [order("short_sell", 0, 1000), order("buy", 1, 600)]}
    done = watched(halted([10.0, 10, 10, 10, 15]), script, of=poor, endings=[gone], cash=14_000.0, price_limits=False)
    assert done.column("contracts", "interest") == near([700.0])
    # 2,000 + 10,000 of cash pay the fee of 700 and 11,300 of 15,000; 3,700 are raised at the open, and paid the next.
    assert done.column("equity", "accrued")[6:8] == near([3_700, 0])
    assert done.broker.available_margin() == near(done.column("equity", "equity")[-1])


def test_proceeds_of_other_shorts_pay_too_and_are_gone_then():
    """Two shorts of 10,000 each and 10,500: 25,000 pay for the one, the other's proceeds shrink to what is left."""
    prices = halted([10.0, 10, 10, 15, 25], second=[10.0, 10, 10, 8, 4, 4, 4, 4, 4])
    gone = Ending(HALTED_DAYS[6], "600000.SH")
    script = {0: [order("short_sell", 0, 1000), order("short_sell", 1, 1000)]}
    kept = {"call": 1.02, "restore": 1.03, "warn": 1.04, "instant": 1.01}
    done = watched(prices, script, of=terms(**kept), endings=[gone], cash=10_500.0)
    assert forced(done) == []
    assert done.cash == near(30_500 - 25_000)
    live = done.broker.ledger.contracts[: done.broker.ledger.account[0]["open_contracts"]]
    assert live["locked"].tolist() == near([5_500])
    assert done.broker.getcash() == near(0)


def test_a_buyer_in_cash_is_owed_to_the_lender():
    done = watched(
        halted([10.0, 10, 10, 8, 5]),
        {0: [order("short_sell", 0, 1000)]},
        endings=[Ending(HALTED_DAYS[6], "600000.SH", cash=5.5)],
    )
    assert row(done)["cash"] == near(-5_500)
    assert done.cash == near(110_000 - 5_500)


def test_a_recall_of_all_shares_is_one_of_all_of_the_successors():
    ledger = open_ledger(1e6, 2)
    start_session(ledger, 20_000, 20_180, 360.0, np.array([10.0, 20.0]), DEFAULTS, Charges())
    for shares, recalled in ((1005.0, 1005.0), (1005.0, 100.0), (2.0, 0.0)):
        contract = ledger.contracts[open_contract(ledger, SHORT, 0, shares, 0.1, 1.0)]
        contract["sell_amount"], contract["recalled"] = 10.0 * shares, recalled
    end_short(ledger, End(0, 1, 0.3, 0.0, 5.0, 0.0))
    assert ledger.contracts["shares"][:3].tolist() == [301.0, 301.0, 1.0]  # one at least, which ends the contract
    assert ledger.contracts["recalled"][:3].tolist() == [301.0, 30.0, 0.0]


def test_money_owed_for_ended_shares_is_raised_by_selling_others():
    """9,900 of cash and 20,000 of proceeds buy 1,450 at 20; 2,000 are owed at 12 = 24,000, and 900 are there."""
    days = [*DAYS[:5], *np.busday_offset("2024-05-13", np.arange(4), roll="forward")]
    halted = two([10.0, 10, 10, 10, 12, NAN, NAN, NAN, NAN], days=days)
    gone = Ending(days[6], "600000.SH")
    script = {0: [order("buy", 1, 1500)], 1: [order("short_sell", 0, 2000)]}
    done = watched(halted, script, endings=[gone], cash=31_000.0)
    # 31,000 - 30,000 + 20,000 = 21,000 pay 21,000 of 24,000; 3,000 are raised by 200 of the other at 20, paid next day.
    assert done.column("equity", "cash")[5:] == near([21_000, 4_000, 1_000, 1_000])
    assert done.column("equity", "accrued")[6:] == near([3_000, 0, 0])
    assert [(t, j, kind, shares) for t, j, kind, shares, *_ in forced(done)] == [(6, 1, "sell", 200.0)]
    assert done.column("equity", "equity")[4:] == near([27_000] * 5)
    assert done.column("contracts", "closed") == [days[7]]


def test_what_is_announced_later_falls_due_later():
    announced = GONE._replace(announced=DAYS[4])
    done = watched(DELISTED, {0: [order("margin_buy", 0, 1000)]}, endings=[announced])
    assert events(done)[0] == (4, "ends")
    assert forced(done) == [
        (5, 0, "sell_to_repay", 1000.0, 0.0, "suspended"),
        (5, -1, "repay", 10_000.0, 10_000.0, ""),
    ]


def test_no_contract_is_opened_once_the_end_is_near():
    script = {3: [order("margin_buy", 0, 100), order("short_sell", 0, 100), order("buy", 0, 100)]}
    done = watched(DELISTED, script, endings=[GONE])
    assert done.orders == [("Rejected", "not_eligible"), ("Rejected", "not_eligible"), ("Completed", "")]


def test_a_successor_outside_the_run_keeps_the_last_price():
    merged = GONE._replace(successor="601000.SH", ratio=2.0)
    done = watched(DELISTED, {0: [order("buy", 0, 1000)]}, endings=[merged])
    assert row(done)["left"] == near(5000)
    assert done.column("equity", "equity")[-1] == near(95_000)


@pytest.mark.parametrize("told", [0, -3])
def test_what_ended_before_the_first_session_ends_with_it(told):
    """An opening with a security that is gone on the first session, or was three before: it counts for nothing."""
    gone = Ended(0, -1, 0.0, 0.0, told - 2, False)
    quiet = two([NAN] * 3)
    market = Market(
        quiet,
        [board_of(symbol) for symbol in quiet.symbols],
        Rulebook.load(),
        conditions(**terms()),
        endings=EndingTable({told: [gone]}),
    ).opened(np.array([5.0, 20.0]))
    assert market.ends[0] == [End(0, -1, 0.0, 0.0, 5.0, 0.0)]
    assert market.marks[:, 0].tolist() == [0.0] * 3
    assert market.before.tolist() == [5.0, 20.0]
    assert market.haircuts(0)[0] == 0.0


@pytest.mark.parametrize("cash", [0.0, 1.5])
def test_whatever_its_holders_receive(cash):
    """A successor that is no security of the run: shares count, and shares owed cost, the last price."""
    days = [*DAYS[:5], *np.busday_offset("2024-05-13", np.arange(3), roll="forward")]
    halted = two([10.0, 10, 10, 8, 5, NAN, NAN, NAN], days=days)
    merged = Ending(days[6], "600000.SH", "601000.SH", 2.0, cash)
    script = {0: [order("buy", 0, 1000)], 1: [order("short_sell", 0, 400)]}
    done = watched(halted, script, endings=[merged])
    assert [row(done, at=i)["left"] for i in (0, 1)] == near([5000, 0])
    assert row(done, at=1)["cash"] == near(-2000)
    assert done.column("equity", "equity")[-1] == near(100_000 - 5_000 + 400 * 5)


def test_what_has_ended_cannot_come_in():
    script = {6: [lambda s: s.broker.transfer(s.datas[0], 500)]}
    done = watched(DELISTED, script, endings=[GONE], after_delisting="last_close")
    assert (row(done, "flows")["kind"], row(done, "flows")["reason"]) == ("transfer_in", "not_eligible")
    assert done.broker.holdings()[0].tolist() == [0, 0]


def test_a_purchase_of_whole_lots_returns_an_odd_number_of_shares():
    """100 are owed, 150 after five new shares for ten: 200 are bought, 150 go back, 50 are own ones."""
    flat = two([10.0] * 6)
    script = {0: [order("short_sell", 0, 100)], 2: [order("buy_to_return", 0, 200)]}
    done = watched(flat, script, actions={2: [(0, 0.0, 0.5)]})
    assert done.orders[-1] == ("Completed", "")
    assert done.broker.holdings()[0].tolist() == [50, 0]
    assert done.broker.holdings()[1].tolist() == [0, 0]


def test_a_short_owes_the_cash_that_its_lender_would_have_had():
    """400 owed become 120 of the successor at 20, and 400 x 0.5 in cash, settled when those are returned."""
    script = {0: [order("short_sell", 0, 400)], 6: [order("buy_to_return", 1, 120)]}
    merged = GONE._replace(successor="600001.SH", ratio=0.3, cash=0.5)
    done = watched(DELISTED, script, endings=[merged])
    assert (row(done)["cash"], row(done)["carried"]) == near((-200, -(2000 - 200)))
    assert done.column("equity", "accrued")[6] == near(200)
    assert done.column("equity", "equity")[-1] == near(104_000 - 200 - 120 * 20)
    assert done.column("contracts", "closed") == [DAYS[7]]
