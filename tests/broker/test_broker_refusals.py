"""Every reason to refuse an order, each on a market made for it, and that a refusal leaves no trace on the account."""

import numpy as np
import pytest
from broker.markets import free, panel, run
from liangrong.core.account.tables import make_table
from liangrong.core.broker.credit_broker import CreditBroker

approx = pytest.approx
NAN = np.nan


def image(ledger):
    """The whole account as bytes."""
    return b"".join(part.tobytes() for part in ledger)


class Watched(CreditBroker):
    """Checks at every order that is not carried out that the account is what it was."""

    seen = 0

    def _try_exec(self, order):
        before, cash = image(self.ledger), self.getcash()
        super()._try_exec(order)
        if order.executed.size == 0.0 and not order.alive():
            assert image(self.ledger) == before
            assert self.getcash() == cash
            self.seen += 1


def refused(market, script, *args, **kwargs):
    """Return status and reason of the last order of the script, after a check of journal, position and notification."""
    done = run(market, script, *args, broker_class=Watched, **kwargs)
    status, reason = done.orders[-1]
    if reason:
        assert done.broker.seen == len(done.column("refusals", "reason")) > 0
        assert done.column("refusals", "reason")[-1] == reason
        assert done.strategy.states[-1][1] == status
    return status, reason


def test_suspended():
    halted = panel([10.0, NAN, 10.0], [10.0, NAN, 10.0])
    for order in ("buy_collateral", "margin_buy", "short_sell"):
        assert refused(halted, {0: [(order, 0, 100)]}) == ("Rejected", "suspended")


def test_a_flag_suspends_where_prices_are_carried():
    flagged = panel([10.0] * 4, suspended=[0.0, 1.0, 0.0, 0.0])
    assert refused(flagged, {0: [("buy_collateral", 0, 100)]}) == ("Rejected", "suspended")
    assert refused(flagged, {1: [("buy_collateral", 0, 100)]}) == ("Completed", "")


@pytest.mark.parametrize(
    ("opened", "buys", "shorts"),
    [(11.0, "limit_up", ""), (10.99, "", ""), (9.0, "", "limit_down"), (9.01, "", "")],
)
def test_price_limits(opened, buys, shorts):
    # Previous close 10.00, ten per cent: 11.00 and 9.00. The session runs back to 10, so no short fails by the uptick.
    market = panel([10.0, opened, 10.0], [10.0, 10.0, 10.0], high=11.0)
    assert refused(market, {0: [("buy_collateral", 0, 100)]})[1] == buys
    assert refused(market, {0: [("margin_buy", 0, 100)]})[1] == buys
    assert refused(market, {0: [("short_sell", 0, 100)]})[1] == shorts


@pytest.mark.parametrize(("opened", "reason"), [(10.8, ""), (11.88, "limit_up"), (9.72, "limit_down")])
def test_price_limits_hold_for_the_orders_that_close_too(opened, reason):
    # Bought and shorted at 10, close 10.80: limits 11.88 and 9.72.
    market = panel([10.0, 10.0, opened, 10.8], [10.0, 10.8, 10.8, 10.8], high=12.0)
    held = [("buy_collateral", 0, 100), ("margin_buy", 0, 100), ("short_sell", 0, 100)]
    for order in ("sell_collateral", "sell_to_repay"):
        assert refused(market, {0: held, 1: [(order, 0, 100)]})[1] == (reason if reason == "limit_down" else "")
    assert refused(market, {0: held, 1: [("buy_to_return", 0, 100)]})[1] == (reason if reason == "limit_up" else "")


def test_limits_that_are_off_or_published():
    market = panel([10.0, 11.0, 11.0], [10.0, 11.0, 11.0])
    assert refused(market, {0: [("buy_collateral", 0, 100)]}, price_limits=False) == ("Completed", "")
    published = panel([10.0, 10.5, 10.5], limit_up=[11.0, 10.5, 11.5], limit_down=9.0)
    assert refused(published, {0: [("buy_collateral", 0, 100)]}) == ("Rejected", "limit_up")


def test_special_treatment_has_narrower_limits():
    market = panel([10.0, 10.5, 10.5], [10.0, 10.5, 10.5], is_st=1.0)
    assert refused(market, {0: [("buy_collateral", 0, 100)]}) == ("Rejected", "limit_up")


@pytest.mark.parametrize(
    ("symbol", "shares", "reason"),
    [
        ("600000.SH", 100, ""),
        ("600000.SH", 150, "lot"),
        ("600000.SH", 50, "lot"),
        ("300001.SZ", 110, "lot"),
        ("688001.SH", 199, "lot"),
        ("688001.SH", 201, ""),
        ("430047.BJ", 99, "lot"),
        ("430047.BJ", 101, ""),
        ("600000.SH", 100.5, "lot"),
        ("688001.SH", 200.5, "lot"),
    ],
)
def test_lots(symbol, shares, reason):
    market = panel([10.0] * 3, symbols=[symbol])
    for order in ("buy_collateral", "margin_buy", "short_sell"):
        assert refused(market, {0: [(order, 0, shares)]}) == ("Rejected" if reason else "Completed", reason)


@pytest.mark.parametrize(
    ("shares", "reason"), [(250, ""), (50, ""), (150, ""), (200, ""), (30, "lot"), (120, "lot"), (220, "lot")]
)
def test_an_odd_remainder_is_sold_whole_only(shares, reason):
    # 250 are held: a short of 300 is returned by 50 (100 are bought, 50 stay), and 200 are bought beside it.
    market = panel([10.0] * 6)
    script = {0: [("short_sell", 0, 300)], 1: [("buy_to_return", 0, 50), ("buy_collateral", 0, 200)]}
    assert refused(market, {**script, 2: [("sell_collateral", 0, shares)]})[1] == reason
    assert refused(market, {**script, 2: [("sell_to_repay", 0, shares)]})[1] == reason


def test_counts_that_are_no_whole_numbers_are_refused_and_told():
    done = run(
        panel([10.0] * 3), {0: [("buy_collateral", 0, 100.5), ("short_sell", 0, NAN), ("buy_to_return", 0, NAN)]}
    )
    assert done.orders == [("Rejected", "lot")] * 3
    assert make_table("refusals", done.tables["refusals"])["reason"].tolist() == ["lot"] * 3


@pytest.mark.parametrize("amount", [NAN, -500.0])
def test_a_repayment_of_nothing_that_could_be_paid_is_refused(amount):
    script = {0: [("margin_buy", 0, 100)], 1: [("repay", amount)]}
    done = run(panel([10.0] * 4), script, broker_class=Watched)
    assert done.orders[1][0] == "Rejected"
    assert done.cash == 100_000.0
    assert done.broker.sums().principal == 1_000.0


def test_t_plus_1_counts_the_shares_financed_today_into_the_lot():
    # 50 odd shares of collateral and 100 financed today: 150 are a whole holding, which T+1 forbids to sell.
    market = panel([10.0] * 6)
    script = {0: [("short_sell", 0, 300)], 1: [("buy_to_return", 0, 150)]}
    script[2] = [("margin_buy", 0, 100), ("sell_to_repay", 0, 150)]
    assert refused(market, script) == ("Rejected", "t_plus_1")
    script[3] = [script[2].pop()]
    assert refused(market, script) == ("Completed", "")


def test_t_plus_1():
    market = panel([10.0] * 5)
    for held, order in (
        ("buy_collateral", "sell_collateral"),
        ("buy_collateral", "sell_to_repay"),
        ("margin_buy", "sell_to_repay"),
        ("short_sell", "buy_to_return"),
    ):
        assert refused(market, {0: [(held, 0, 100), (order, 0, 100)]}) == ("Rejected", "t_plus_1")
        assert refused(market, {0: [(held, 0, 100)], 1: [(order, 0, 100)]}) == ("Completed", "")


def test_half_a_share_cannot_be_returned():
    market = panel([10.0] * 4)
    for order in ("buy_to_return", "return_shares"):
        script = {0: [("short_sell", 0, 300), ("buy_collateral", 0, 300)], 1: [(order, 0, 150.5)]}
        assert refused(market, script) == ("Rejected", "lot")


def test_t_plus_1_locks_the_part_that_was_bought_today():
    market = panel([10.0] * 5)
    script = {0: [("buy_collateral", 0, 300)], 1: [("buy_collateral", 0, 200), ("sell_collateral", 0, 400)]}
    assert refused(market, script) == ("Rejected", "t_plus_1")
    script[1][1] = ("sell_collateral", 0, 300)
    assert refused(market, script) == ("Completed", "")


@pytest.mark.parametrize(("start", "reason"), [("2015-08-03", ""), ("2015-08-04", "t_plus_1")])
def test_shorts_could_be_covered_on_their_own_day_until_2015_08_03(start, reason):
    days = [np.busday_offset(start, -1), start, np.busday_offset(start, 1)]
    terms = free()
    script = {0: [("short_sell", 0, 100), ("buy_to_return", 0, 100)]}
    done = run(panel([10.0] * 3, days=days), script, terms, broker_class=Watched)
    assert done.orders[1][1] == reason
    if not reason:  # one day's fee at least
        assert done.cash == approx(100_000 - 1_000 * 0.1035 / 360)


def test_not_eligible():
    market = panel([10.0] * 3, financing_eligible=[1.0, 0.0, 1.0], short_eligible=[1.0, NAN, 1.0])
    for order in ("margin_buy", "short_sell"):
        assert refused(market, {0: [(order, 0, 100)]}) == ("Rejected", "not_eligible")
        assert refused(market, {0: [(order, 0, 100)]}, eligibility="all") == ("Completed", "")
    assert refused(market, {0: [("buy_collateral", 0, 100)]}) == ("Completed", "")


def test_no_cash_and_no_locked_proceeds():
    market = panel([10.0] * 4)
    assert refused(market, {0: [("buy_collateral", 0, 10_000)]}) == ("Completed", "")
    assert refused(market, {0: [("buy_collateral", 0, 10_100)]}) == ("Margin", "no_cash")
    script = {0: [("short_sell", 0, 1_000)], 1: [("buy_collateral", 0, 10_100)]}
    assert refused(market, script) == ("Margin", "no_cash")


def test_no_cash_counts_the_fees():
    # 100,000 costs commission 25 and transfer fee 1.
    market = panel([10.0] * 3)
    script = {0: [("buy_collateral", 0, 10_000)]}
    assert refused(market, script, {}, cash=100_025.99) == ("Margin", "no_cash")
    assert refused(market, script, {}, cash=100_026.0) == ("Completed", "")


def test_no_margin():
    # 100,000 of cash, margin ratio 0.8 (2024): 125,000 may be financed, not a lot more; a short sale needs the same.
    market = panel([10.0] * 3)
    for order in ("margin_buy", "short_sell"):
        assert refused(market, {0: [(order, 0, 12_500)]}) == ("Completed", "")
        assert refused(market, {0: [(order, 0, 12_600)]}) == ("Margin", "no_margin")


def test_margin_of_collateral_counts_by_its_haircut():
    # 50,000 of shares at 0.65 and 50,000 of cash: 82,500 / 0.8 = 103,125, that is 10,300 shares at 10.
    market = panel([10.0] * 4)
    for shares, reason in ((10_300, ""), (10_400, "no_margin")):
        script = {0: [("buy_collateral", 0, 5_000)], 1: [("margin_buy", 0, shares)]}
        assert refused(market, script)[1] == reason
    for haircut, overrides, most in ((0.5, False, 9_300), (0.9, False, 10_300), (0.9, True, 11_800)):
        script = {0: [("buy_collateral", 0, 5_000)], 1: [("margin_buy", 0, most)]}
        given = {"haircut": {"value": haircut, "override": overrides}}
        assert refused(market, script, **given) == ("Completed", "")
        script[1] = [("margin_buy", 0, most + 100)]
        assert refused(market, script, **given) == ("Margin", "no_margin")


def test_credit_line_caps_principal_and_shorted_value():
    market = panel([10.0] * 5)
    terms = free(credit_line=20_000.0)
    for second, reason in ((500, ""), (600, "credit_line")):
        for order in ("margin_buy", "short_sell"):
            script = {0: [("margin_buy", 0, 1_000)], 1: [("short_sell", 0, 500)], 2: [(order, 0, second)]}
            assert refused(market, script, terms)[1] == reason


def test_no_shares():
    market = panel([10.0] * 4)
    for order in ("sell_collateral", "sell_to_repay", "buy_to_return", "return_shares"):
        assert refused(market, {0: [(order, 0, 100)]}) == ("Rejected", "no_shares")
    script = {0: [("margin_buy", 0, 100)], 1: [("sell_collateral", 0, 100)]}
    assert refused(market, script) == ("Rejected", "no_shares")  # financed shares are no collateral
    script = {0: [("short_sell", 0, 300)], 1: [("return_shares", 0, 300)]}
    assert refused(market, script) == ("Rejected", "no_shares")  # nothing to return them from


def test_no_borrow_counts_what_is_owed_already():
    # 10 % of the 3,000 published for the session before: 300 in all.
    market = panel([10.0] * 5, short_volume=[3_000.0, 3_000.0, 3_000.0, 0.0, 0.0])
    assert refused(market, {0: [("short_sell", 0, 400)]}, borrow_share=0.1) == ("Rejected", "no_borrow")
    script = {0: [("short_sell", 0, 200)], 1: [("short_sell", 0, 100)]}
    assert refused(market, script, borrow_share=0.1) == ("Completed", "")
    script = {0: [("short_sell", 0, 200)], 1: [("short_sell", 0, 200)]}
    assert refused(market, script, borrow_share=0.1) == ("Rejected", "no_borrow")
    assert refused(market, {3: [("short_sell", 0, 100)]}, borrow_share=0.1) == ("Rejected", "no_borrow")


def test_the_borrowing_cap_reads_the_session_before_the_fill():
    market = panel([10.0] * 4, short_volume=[0.0, 9_000.0, 9_000.0, 9_000.0])
    assert refused(market, {0: [("short_sell", 0, 100)]}, borrow_share=0.1) == ("Rejected", "no_borrow")
    assert refused(market, {1: [("short_sell", 0, 100)]}, borrow_share=0.1) == ("Completed", "")


def test_uptick():
    # The previous close is 10: the session must reach it.
    for high, reason in ((9.99, "uptick"), (10.0, "")):
        market = panel([10.0, 9.8, 9.8], [10.0, 9.7, 9.7], high=[10.0, high, 9.8])
        assert refused(market, {0: [("short_sell", 0, 100)]}) == ("Rejected" if reason else "Completed", reason)
    assert refused(market, {1: [("sell_collateral", 0, 100)]})[1] == "no_shares"  # a long sale knows no uptick
    market = panel([10.0, 9.8, 9.8])
    assert refused(market, {0: [("short_sell", 0, 100)]}, uptick=False) == ("Completed", "")


def test_below_warning_line():
    # Financed 12,000 at 10 with 100,000 of own cash: (100,000 + 12,000 x p) / 120,000 < 1.40 below p = 5.67.
    market = panel([10.0, 10.0, 9.1, 8.2, 7.4, 6.7, 6.1, 5.5, 5.5], volume=1e9)
    script = {0: [("margin_buy", 0, 12_000)]}
    terms = free(financing_rate=0.0)
    assert refused(market, {**script, 5: [("short_sell", 0, 100)]}, terms, uptick=False)[1] == "no_margin"
    assert refused(market, {**script, 6: [("margin_buy", 0, 100)]}, terms) == ("Margin", "below_warning_line")
    assert refused(market, {**script, 6: [("short_sell", 0, 100)]}, terms, uptick=False)[1] == "below_warning_line"
    assert refused(market, {**script, 6: [("buy_collateral", 0, 100)]}, terms) == ("Completed", "")


def test_expired_is_what_the_volume_leaves():
    market = panel([10.0] * 4, volume=[0.0, 3_570.0, 0.0, 900.0])
    done = run(market, {0: [("buy_collateral", 0, 500)]}, volume_share=0.1)
    assert done.orders == [("Canceled", "expired")]  # 300 of the 357: whole lots
    assert done.column("fills", "shares") == [300.0]
    assert done.column("refusals", "shares") == [200.0]
    assert [state[1:3] for state in done.strategy.states] == [
        ("Accepted", 0.0),
        ("Partial", 300.0),
        ("Canceled", 300.0),
    ]
    assert done.position()[0] == 300
    # Nothing at all: rejected, also where the cap is less than a lot.
    assert refused(market, {1: [("buy_collateral", 0, 500)]}, volume_share=0.1) == ("Rejected", "expired")
    assert refused(market, {2: [("buy_collateral", 0, 100)]}, volume_share=0.1) == ("Rejected", "expired")


def test_the_orders_of_a_session_share_its_volume():
    market = panel([10.0] * 4, volume=3_570.0)  # 357 shares a session
    two = [("buy_collateral", 0, 200), ("buy_collateral", 0, 200)]
    done = run(market, {0: two, 1: [("buy_collateral", 0, 300)]}, volume_share=0.1)
    assert done.column("fills", "shares") == [200.0, 100.0, 300.0]  # 157 are left for the second: one lot
    assert done.column("refusals", "shares") == [100.0]


def test_a_volume_that_is_not_published_caps_nothing():
    market = panel([10.0] * 3, volume=NAN)
    assert refused(market, {0: [("buy_collateral", 0, 5_000)]}, volume_share=0.1) == ("Completed", "")


def test_orders_are_judged_alone_in_the_order_of_submission():
    market = panel([[10.0, 10.0]] * 3)
    script = {0: [("buy_collateral", 0, 20_000), ("buy_collateral", 1, 9_900), ("buy_collateral", 0, 200)]}
    done = run(market, script, broker_class=Watched)
    assert done.orders == [("Margin", "no_cash"), ("Completed", ""), ("Margin", "no_cash")]
    assert done.cash == approx(1_000.0)
    reverse = {0: [("buy_collateral", 0, 200), ("buy_collateral", 1, 9_900)]}
    assert run(market, reverse).orders == [("Completed", ""), ("Margin", "no_cash")]


def test_a_sale_pays_for_the_purchase_after_it_but_not_before_it():
    market = panel([[10.0, 10.0]] * 4)
    held = {0: [("buy_collateral", 0, 10_000)]}
    after = run(market, {**held, 1: [("sell_collateral", 0, 10_000), ("buy_collateral", 1, 10_000)]})
    assert after.orders[1:] == [("Completed", "")] * 2
    before = run(market, {**held, 1: [("buy_collateral", 1, 10_000), ("sell_collateral", 0, 10_000)]})
    assert before.orders[1:] == [("Margin", "no_cash"), ("Completed", "")]


def test_refusals_name_day_kind_and_shares():
    done = run(panel([10.0] * 3), {0: [("buy_to_return", 0, 150), ("repay", 500.0)]})
    table = done.tables["refusals"]
    assert table["kind"] == ["buy_to_return", "repay"]
    assert table["shares"] == [150, 0]
    assert table["symbol"] == ["600000.SH", ""]
    assert [str(day) for day in table["date"]] == ["2024-03-05"] * 2
