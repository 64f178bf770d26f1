"""What happens before an open, by hand: corporate actions, posted interest, the fee's basis, cash in and out."""

import numpy as np
import pytest
from broker.desk import terms, watched
from broker.markets import panel
from conditions import conditions
from liangrong.core.account.market import Market
from liangrong.core.panel.actions import Action, ActionTable
from liangrong.core.rulebook import Rulebook, board_of
from liangrong.core.types import Board

approx = pytest.approx
NAN = np.nan
IMPUTED = {"pre_close": "the last close before"}
TWO_A_DAY = 0.072
"""This rate is 2.00 a day on 10,000."""


def falls(before, after, length=6, ex=3):
    """Return a price that is `before`, and `after` from session `ex` on."""
    return [before] * ex + [after] * (length - ex)


# ---- corporate actions: the account -------------------------------------------------------------------------------


def test_a_dividend_is_credited_on_collateral_and_on_financed_shares():
    script = {0: [("buy_collateral", 0, 1_000), ("margin_buy", 0, 2_000)]}
    done = watched(panel([10.0] * 6), script, actions={3: [(0, 0.5, 0.0)]})
    assert done.column("equity", "cash") == approx([100_000, 90_000, 90_000, 91_500, 91_500, 91_500])
    assert done.column("equity", "principal")[1:] == [20_000.0] * 5
    assert done.broker.journal.dividends() == [("600000.SH", 1_500.0, 0.0)]


def test_bonus_shares_stay_with_the_collateral_or_the_contract_they_come_from():
    # 1,050 collateral shares and 2,000 financed ones, three for ten: 315 and 600.
    script = {
        0: [("buy_collateral", 0, 1_000), ("margin_buy", 0, 2_000), ("short_sell", 1, 50)],
        4: [("repay", 20_000.0)],
    }
    done = watched(panel([[10.0, 10.0]] * 6), script, actions={2: [(0, 0.0, 0.05)], 3: [(0, 0.0, 0.3)]})
    ledger = done.broker.ledger
    assert ledger.collateral[0] == 1_365 + 2_730  # 2,000 -> 2,100 -> 2,730, free after the repayment
    assert done.position() == approx((4_095, 30_000 / 4_095))


def test_fractions_of_a_share_are_dropped_position_by_position():
    script = {0: [("buy_collateral", 0, 100), ("margin_buy", 0, 100), ("short_sell", 1, 100)]}
    done = watched(panel([[10.0, 10.0]] * 6), script, actions={3: [(0, 0.0, 0.155), (1, 0.0, 0.155)]})
    long, short = done.broker.holdings()
    assert (long.tolist(), short.tolist()) == ([230.0, 0.0], [0.0, 115.0])


def test_a_share_ratio_is_a_decimal_number():
    done = watched(panel([10.0] * 6), {0: [("buy_collateral", 0, 100)]}, actions={3: [(0, 0.0, 0.57)]})
    assert done.broker.holdings()[0].tolist() == [157.0]  # in binary 100 x 0.57 is a little less than 57


def test_a_short_owes_the_gross_dividend_and_the_bonus_shares_until_it_returns_them():
    script = {0: [("short_sell", 0, 1_000)], 3: [("buy_to_return", 0, 1_100)]}
    done = watched(panel([10.0] * 6), script, actions={3: [(0, 0.3, 0.1)]}, dividend_tax_rate=0.2)
    assert done.column("equity", "accrued") == approx([0, 0, 0, 300, 0, 0])  # untaxed
    assert done.column("equity", "short_value") == approx([0, 10_000, 10_000, 11_000, 0, 0])
    assert done.cash == approx(100_000 + 10_000 - 11_000 - 300)
    assert done.column("contracts", "sell_amount") == [10_000.0]
    assert done.broker.journal.dividends() == [("600000.SH", 0.0, 300.0)]


def test_half_of_a_short_settles_half_of_the_dividend_owed():
    script = {0: [("short_sell", 0, 1_000)], 3: [("buy_to_return", 0, 500)]}
    done = watched(panel([10.0] * 6), script, actions={3: [(0, 0.3, 0.0)]})
    assert done.column("equity", "accrued")[3:] == approx([300, 150, 150])


@pytest.mark.parametrize(("tax", "received"), [(0.0, 400.0), (0.1, 360.0), (0.2, 320.0)])
def test_dividend_tax_is_withheld(tax, received):
    done = watched(
        panel([10.0] * 6), {0: [("buy_collateral", 0, 1_000)]}, actions={3: [(0, 0.4, 0.0)]}, dividend_tax_rate=tax
    )
    assert done.cash == approx(90_000 + received)


@pytest.mark.parametrize("kind", ["buy_collateral", "margin_buy", "short_sell"])
def test_equity_does_not_move_when_the_price_falls_by_the_ex_right_amount(kind):
    # (10.00 - 0.40) / 1.2 = 8.00
    done = watched(panel(falls(10.0, 8.0)), {0: [(kind, 0, 1_000)]}, actions={3: [(0, 0.4, 0.2)]})
    assert done.column("equity", "equity") == approx([100_000.0] * 6, abs=1e-9)
    without = watched(panel(falls(10.0, 8.0)), {0: [(kind, 0, 1_000)]})
    assert abs(without.column("equity", "equity")[-1] - 100_000.0) == approx(2_000.0)


def test_who_holds_before_the_open_of_the_ex_date_receives():
    buys_before = watched(panel([10.0] * 6), {1: [("buy_collateral", 0, 1_000)]}, actions={3: [(0, 0.5, 0.0)]})
    buys_on_it = watched(panel([10.0] * 6), {2: [("buy_collateral", 0, 1_000)]}, actions={3: [(0, 0.5, 0.0)]})
    script = {1: [("buy_collateral", 0, 1_000)], 2: [("sell_collateral", 0, 1_000)]}
    sells_on_it = watched(panel([10.0] * 6), script, actions={3: [(0, 0.5, 0.0)]})
    assert [done.cash for done in (buys_before, buys_on_it, sells_on_it)] == approx([90_500, 90_000, 100_500])


def test_bonus_shares_can_be_sold_on_the_ex_date():
    script = {0: [("buy_collateral", 0, 1_000)], 2: [("sell_collateral", 0, 1_500)]}
    done = watched(panel(falls(9.0, 6.0)), script, actions={3: [(0, 0.0, 0.5)]})
    assert done.orders[1] == ("Completed", "")
    assert done.cash == approx(100_000.0)


def test_an_action_of_a_suspended_security_reaches_its_holders():
    done = watched(
        panel([10.0] * 6, [10, 10, 10, NAN, 10, 10]), {0: [("buy_collateral", 0, 1_000)]}, actions={3: [(0, 0.5, 0.1)]}
    )
    assert done.cash == approx(90_500.0)
    assert done.position()[0] == 1_100


# ---- corporate actions: the market --------------------------------------------------------------------------------


def market_of(opens, actions, imputed=IMPUTED, closes=None, symbols=None, **fields):
    made = panel(opens, closes, symbols=symbols, **fields).with_fields({}, imputed)
    table = ActionTable({t: [Action(*row) for row in rows] for t, rows in actions.items()})
    return Market(made, [board_of(s) for s in made.symbols], Rulebook.load(), conditions(), table)


@pytest.mark.parametrize(
    ("before", "cash", "ratio", "reference"),
    [
        (10.0, 0.4, 0.2, 8.0),
        (10.05, 0.0, 0.2, 8.38),  # 8.375, half up
        (10.0, 0.125, 0.0, 9.88),  # 9.875
        (10.0, 0.115, 0.0, 9.89),  # 9.885 is stored as a little less
        (10.0, 0.0, 1.0, 5.0),
        (7.77, 0.05, 0.3, 5.94),  # 5.9384...
    ],
)
def test_the_ex_right_reference_price_is_the_base_of_the_limits(before, cash, ratio, reference):
    market = market_of(falls(before, reference), {3: [(0, cash, ratio)]})
    assert market.panel["pre_close"][:, 0].tolist() == [before] * 3 + [reference] * 3
    quote = market.quote(3, 0)
    assert quote.limit_up == np.floor(reference * 110 + 0.5 + 1e-9) / 100
    assert quote.floor == reference


def test_the_tick_of_a_fund_is_a_tenth_of_a_cent():
    market = market_of(falls(3.0, 2.877), {3: [(0, 0.1235, 0.0)]}, symbols=["510050.SH"])
    assert market.boards == [Board.ETF]
    assert market.panel["pre_close"][3, 0] == 2.877  # 2.8765, half up


def test_a_published_reference_is_left_alone():
    market = market_of(falls(10.0, 8.0), {3: [(0, 0.4, 0.2)]}, {}, pre_close=[10.0, 10.0, 10.0, 8.01, 8.0, 8.0])
    assert market.panel["pre_close"][3, 0] == 8.01
    assert market.quote(3, 0).floor == 8.01


@pytest.mark.parametrize(("opened", "reason"), [(8.8, "limit_up"), (8.79, ""), (7.2, "")])
def test_orders_of_an_ex_date_meet_the_limits_of_the_reference(opened, reason):
    opens = falls(10.0, 8.0)
    opens[3] = opened
    made = panel(opens, falls(10.0, 8.0)).with_fields({}, IMPUTED)
    done = watched(made, {2: [("buy_collateral", 0, 100)]}, actions={3: [(0, 0.4, 0.2)]}, price_limits=True)
    assert done.orders[0][1] == reason


def test_a_short_sale_on_an_ex_date_has_the_reference_as_its_floor():
    opens = falls(10.0, 8.0)
    opens[3] = 7.9
    made = panel(opens, falls(10.0, 8.1)).with_fields({}, IMPUTED)
    done = watched(made, {2: [("short_sell", 0, 100)]}, actions={3: [(0, 0.4, 0.2)]})
    assert done.column("fills", "price") == [8.0]
    without = watched(made, {2: [("short_sell", 0, 100)]})
    assert without.orders == [("Rejected", "uptick")]


# ---- interest that is posted --------------------------------------------------------------------------------------


def posted(days, day=20, script=None, opens=None, of=None):
    script = {0: [("margin_buy", 0, 1_000)]} if script is None else script
    opens = [10.0] * len(days) if opens is None else opens
    made = panel(opens, days=np.array(days, dtype="datetime64[D]"))
    done = watched(made, script, of or terms(financing_rate=TWO_A_DAY), interest_posting_day=day)
    rows = zip(
        done.column("fills", "date"), done.column("fills", "kind"), done.column("fills", "interest"), strict=True
    )
    return done, [(str(date)[5:], interest) for date, kind, interest in rows if kind == "repay"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["03-04", "03-05", "03-19", "03-20", "03-21"], [("03-20", 30.0)]),
        (["03-04", "03-05", "03-19", "03-21", "03-22"], [("03-21", 32.0)]),  # the 20th is no session
        (["03-04", "03-05", "03-19", "04-02", "04-03"], [("04-02", 56.0)]),  # nor any day until the month's end
        (["03-04", "03-05", "03-20", "04-19", "04-22"], [("03-20", 30.0), ("04-22", 66.0)]),
        (["03-04", "03-05", "05-27", "05-28"], [("05-27", 166.0)]),  # two postings lie between: one payment
        (["03-20", "03-21", "03-22"], []),
    ],
)
def test_accrued_interest_is_paid_on_the_first_session_from_the_20th_on(days, expected):
    done, rows = posted([f"2024-{day}" for day in days])
    assert rows == [(day, approx(amount)) for day, amount in expected]
    assert done.cash == approx(100_000 - sum(amount for _, amount in expected))
    after = days.index(expected[-1][0]) if expected else None
    if after is not None:
        assert done.column("equity", "accrued")[after] == 0.0


def test_borrow_fees_are_posted_too_from_the_proceeds_where_other_cash_is_short():
    # 10.00 of own cash are left beside the locked proceeds of 10,000: of 32.00 that fell due, 22.00 come from those.
    days = ["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-21", "2024-03-22"]
    of = terms(borrow_rate=TWO_A_DAY)
    script = {0: [("short_sell", 0, 1_000)], 1: [("buy_collateral", 1, 9_900)]}
    made = panel([[10.0, 10.0]] * 5, days=np.array(days, dtype="datetime64[D]"))
    done = watched(made, script, of, cash=99_010.0, interest_posting_day=20)
    assert done.column("fills", "interest")[-1] == approx(32.0)
    assert done.column("equity", "accrued")[3:] == approx([0.0, 2.0])
    assert done.broker.getcash() == 0.0
    assert done.cash == approx(9_978.0)


def test_without_a_posting_day_interest_waits_for_repayment():
    done, rows = posted(["2024-03-04", "2024-03-05", "2024-03-20", "2024-03-21"], day=None)
    assert rows == []
    assert done.column("equity", "accrued")[-1] == approx(32.0)


# ---- the basis of the borrow fee ----------------------------------------------------------------------------------


def test_the_borrow_fee_on_the_sell_amount_and_on_the_market_value():
    # Sold on Tuesday at 10.00: 2.00 a day. At market value: the close before, and Friday's for the weekend.
    made = panel([10, 10, 12, 12, 15, 15], [10, 10, 12, 12, 15, 15])
    of = terms(borrow_rate=TWO_A_DAY)
    on_sale = watched(made, {0: [("short_sell", 0, 1_000)]}, of)
    on_value = watched(made, {0: [("short_sell", 0, 1_000)]}, of, fee_basis="market_value")
    assert on_sale.column("equity", "accrued") == approx([0, 0, 2.0, 4.0, 6.0, 12.0])
    assert on_value.column("equity", "accrued") == approx([0, 0, 2.0, 4.4, 6.8, 6.8 + 3 * 3.0])


# ---- cash in and out ----------------------------------------------------------------------------------------------


def test_cash_in_and_out_is_no_profit():
    def move(amount):
        return lambda strategy: strategy.broker.add_cash(amount)

    script = {0: [("buy_collateral", 0, 1_000), move(5_000.0)], 2: [move(-20_000.0)]}
    done = watched(panel([10, 10, 11, 11, 11]), script)  # the identity of `watched` counts both moves
    assert done.column("equity", "cash") == approx([100_000, 95_000, 95_000, 75_000, 75_000])
    assert done.column("equity", "equity")[-1] == approx(86_000.0)
    assert done.broker.cash_flow == approx(-15_000.0)
