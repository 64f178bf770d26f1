"""The eight orders through backtrader: every figure worked out by hand, fees and interest included."""

import pytest
from broker.markets import panel, run

approx = pytest.approx
WITH_FEES = {}
# Nothing moves during a session; 11 after 10 is at the upper limit, 9 after 10 at the lower one.
RISING = panel([10.0, 10.0, 11.0, 12.0])
FALLING = panel([10.0, 10.0, 9.0, 9.0], low=9.0, high=10.0)
ONE_DAY = 0.0835 / 360
BORROW_DAY = 0.1035 / 360


def completed(*kinds):
    return [("Completed", "")] * len(kinds)


def test_buy_and_sell():
    # 1,000 x 10: commission 5 (the minimum), transfer fee 0.10. 1,000 x 11: 5, 0.11 and stamp duty 5.50.
    done = run(RISING, {0: [("buy_collateral", 0, 1000)], 1: [("sell_collateral", 0, 1000)]}, WITH_FEES)
    assert done.orders == completed("buy", "sell")
    assert done.strategy.accounts[1] == approx((100_000 - 10_005.10, 100_000 - 5.10))
    assert done.cash == approx(100_000 - 10_005.10 + 11_000 - 10.61)
    assert done.position() == (0, 0.0)
    assert [order.executed.pnl for order in done.strategy.orders] == [0.0, 1_000.0]
    assert done.column("fills", "kind") == ["buy", "sell"]
    assert done.column("fills", "stamp_duty") == approx([0.0, 5.50])
    assert done.strategy.trades[-1] == ("600000.SH", True, 0, approx(1000.0), approx(1000 - 5.10 - 10.61))


def test_a_plain_purchase_never_borrows():
    done = run(RISING, {0: [("buy_collateral", 0, 10_100)]})
    assert done.orders == [("Margin", "no_cash")]
    assert done.column("contracts", "id") == []


def test_margin_buy_finances_value_and_fees_and_sell_to_repay_pays_interest_then_principal():
    done = run(RISING, {0: [("margin_buy", 0, 1000)], 1: [("sell_to_repay", 0, 1000)]}, WITH_FEES)
    interest = 10_005.10 * ONE_DAY
    assert done.orders == completed("margin_buy", "sell_to_repay")
    assert done.strategy.accounts[1] == approx((100_000.0, 100_000 - 5.10))
    assert done.cash == approx(100_000 + 11_000 - 10.61 - 10_005.10 - interest)
    assert done.column("contracts", "principal") == approx([10_005.10])
    assert done.column("contracts", "interest") == approx([interest])
    assert done.column("fills", "interest") == approx([0.0, interest])
    assert done.strategy.trades[-1][2:] == (0, approx(1000.0), approx(1000 - 5.10 - 10.61 - interest))


def test_margin_buy_with_fees_from_cash():
    done = run(RISING, {0: [("margin_buy", 0, 1000)]}, {"finances_fees": False})
    assert done.column("contracts", "principal") == [10_000.0]
    assert done.cash == approx(100_000 - 5.10)


def test_sell_to_repay_below_the_debt_leaves_a_contract_that_lives_on():
    falling = panel([10.0, 10.0, 9.5, 9.5])
    done = run(falling, {0: [("margin_buy", 0, 1000)], 1: [("sell_to_repay", 0, 1000)]})
    contract = done.broker.ledger.contracts[0]
    # 9,500 pay a day's interest on 10,000 first; what is left of the principal accrues one day more.
    owed = 10_000 - (9_500 - 10_000 * ONE_DAY)
    assert contract["shares"] == 0.0
    assert contract["principal"] == approx(owed)
    assert contract["accrued"] == approx(owed * ONE_DAY)
    assert done.cash == approx(100_000.0)
    assert done.column("contracts", "closed")[0] != done.column("contracts", "closed")[0]  # NaT: still open


def test_sell_to_repay_takes_financed_shares_first_and_then_collateral():
    script = {0: [("buy_collateral", 0, 300), ("margin_buy", 0, 500)], 1: [("sell_to_repay", 0, 600)]}
    done = run(RISING, script)
    # 6,600 pay 5,000 and a day's interest; the contract is paid, its shares are all sold, 100 came from collateral.
    assert done.broker.holdings()[0].tolist() == [200.0]
    assert done.cash == approx(100_000 - 3_000 + 6_600 - 5_000 * (1 + ONE_DAY))
    assert done.position() == (200, approx(10.0))


def test_repay_pays_the_oldest_contract_first_whatever_security_it_is_of():
    two = panel([[10.0, 20.0]] * 5)
    script = {0: [("margin_buy", 1, 100)], 1: [("margin_buy", 0, 100)], 2: [("repay", 2_500.0)]}
    done = run(two, script)
    # The day of the repayment is day 2 of contract 1 (2,000) and day 1 of contract 2 (1,000).
    first, second = 2_000 * 2 * ONE_DAY, 1_000 * ONE_DAY
    assert done.orders == completed("margin_buy", "margin_buy", "repay")
    assert done.column("contracts", "symbol") == ["600001.SH", "600000.SH"]
    assert done.column("contracts", "interest")[0] == approx(first)
    assert done.cash == approx(100_000 - 2_500)
    assert done.broker.sums().principal == approx(1_000 - (2_500 - 2_000 - first - second))
    assert done.broker.ledger.collateral.tolist() == [0.0, 100.0]  # paid in full: its shares are collateral now
    assert done.column("fills", "symbol")[-1] == ""
    assert done.column("fills", "value")[-1] == approx(2_500.0)
    assert done.column("fills", "interest")[-1] == approx(first + second)


def test_repay_takes_no_more_than_what_is_owed():
    done = run(RISING, {0: [("margin_buy", 0, 100)], 1: [("repay", 50_000.0)]})
    assert done.orders[-1] == ("Completed", "")
    assert done.cash == approx(100_000 - 1_000 * (1 + ONE_DAY))
    assert done.broker.sums().principal == 0.0


def test_repay_without_debt_or_without_cash_is_refused():
    assert run(RISING, {0: [("repay", 10.0)]}).orders == [("Rejected", "no_shares")]
    script = {0: [("buy_collateral", 0, 9_900), ("margin_buy", 0, 200)], 1: [("repay", 1_500.0)]}
    assert run(RISING, script).orders[-1] == ("Margin", "no_cash")


def test_short_sell_locks_its_net_proceeds_and_buy_to_return_releases_them():
    done = run(FALLING, {0: [("short_sell", 0, 1000)], 1: [("buy_to_return", 0, 1000)]}, WITH_FEES)
    fee = 10_000 * BORROW_DAY
    assert done.orders == completed("short_sell", "buy_to_return")
    # Sold for 10,000 less 5 + 5 + 0.10: none of it may be spent, and the fees are a loss at once; worth 9,000 at close.
    assert done.strategy.accounts[1] == approx((100_000.0, 100_000 - 10.10))
    assert done.cash == approx(100_000 + 9_989.90 - 9_000 - 5.09 - fee)
    assert done.broker.getcash() == approx(done.cash)
    assert done.column("contracts", "sell_amount") == [10_000.0]
    assert done.strategy.trades[-1][2:] == (0, approx(1000.0), approx(1000 - 10.10 - 5.09 - fee))


def test_a_partial_return_settles_its_fraction_of_fee_and_proceeds():
    done = run(FALLING, {0: [("short_sell", 0, 1000)], 1: [("buy_to_return", 0, 400)]})
    fee = 10_000 * BORROW_DAY
    contract = done.broker.ledger.contracts[0]
    assert contract["shares"] == 600.0
    assert contract["locked"] == approx(6_000.0)
    assert contract["sell_amount"] == approx(6_000.0)
    assert contract["accrued"] == approx(0.6 * fee + 6_000 * BORROW_DAY)  # and the next day on what is left
    assert done.cash == approx(100_000 + 10_000 - 3_600 - 0.4 * fee)
    assert done.position() == (-600, approx(10.0))


def test_return_shares_gives_collateral_back():
    script = {0: [("buy_collateral", 0, 1000), ("short_sell", 0, 1000)], 1: [("return_shares", 0, 1000)]}
    done = run(FALLING, script, WITH_FEES)
    assert done.orders == completed("buy", "short_sell", "return_shares")
    assert done.cash == approx(100_000 - 10_005.10 + 9_989.90 - 10_000 * BORROW_DAY)
    assert [row.sum() for row in done.broker.holdings()] == [0.0, 0.0]
    assert done.position()[0] == 0
    assert done.column("fills", "value")[-1] == 0.0
    assert done.column("fills", "price")[-1] != done.column("fills", "price")[-1]  # nothing was traded


@pytest.mark.parametrize(
    ("symbol", "owed", "returned", "bought"),
    [
        ("600000.SH", 300, 150, 200),  # main board: whole lots of 100
        ("688001.SH", 300, 150, 200),  # STAR: 200 at least
        ("688001.SH", 300, 250, 250),  # and single shares above
        ("430047.BJ", 300, 50, 100),  # BSE: 100 at least
        ("430047.BJ", 300, 101, 101),
    ],
)
def test_a_purchase_to_return_is_rounded_up_to_what_may_be_bought_and_the_excess_is_collateral(
    symbol, owed, returned, bought
):
    flat = panel([10.0] * 4, symbols=[symbol])
    done = run(flat, {0: [("short_sell", 0, owed)], 1: [("buy_to_return", 0, returned)]})
    assert done.orders == completed("short_sell", "buy_to_return")
    assert [row.tolist() for row in done.broker.holdings()] == [[bought - returned], [owed - returned]]
    assert done.cash == approx(100_000 + owed * 10 - bought * 10 - owed * 10 * BORROW_DAY * returned / owed)


def test_excess_shares_are_locked_by_t_plus_1():
    flat = panel([10.0] * 5)
    script = {0: [("short_sell", 0, 300)], 1: [("buy_to_return", 0, 150)], 2: [("sell_collateral", 0, 50)]}
    done = run(flat, script)
    assert done.orders == completed(1, 2, 3)  # the odd remainder whole, one session later
    assert done.broker.ledger.collateral.tolist() == [0.0]


def test_position_and_order_carry_what_was_done():
    rising = panel([10.0, 10.0, 10.8, 10.8])
    done = run(rising, {0: [("buy_collateral", 0, 1000)], 1: [("margin_buy", 0, 1000)]}, WITH_FEES)
    assert done.position() == (2000, approx(10.4))  # 1,000 at 10 and 1,000 at 10.80
    assert [state[1] for state in done.strategy.states] == ["Accepted", "Completed"] * 2
    assert done.strategy.states[1][2:] == (1000, 10.0, approx(5.10))
    assert done.broker.getposition(done.strategy.datas[0]).size == 2000


def test_the_value_of_one_security_is_its_net_position_at_the_mark():
    done = run(RISING, {0: [("buy_collateral", 0, 1000), ("short_sell", 0, 400)]})
    assert done.broker.getvalue([done.strategy.datas[0]]) == approx(600 * 12.0)


def test_journal_rows_of_a_session_add_up():
    script = {0: [("buy_collateral", 0, 500), ("margin_buy", 0, 800)], 1: [("short_sell", 0, 300)]}
    done = run(RISING, script, WITH_FEES)
    table = done.tables["equity"]
    for t in range(4):
        row = {name: values[t] for name, values in table.items()}
        parts = row["cash"] + row["long_value"] - row["short_value"] - row["principal"] - row["accrued"]
        assert row["equity"] == approx(parts, abs=1e-9)
    debt = table["principal"][3] + table["short_value"][3] + table["accrued"][3]
    assert table["short_value"][3] == 3_600.0
    assert table["maintenance_ratio"][0] == float("inf")
    assert table["maintenance_ratio"][3] == approx((table["cash"][3] + table["long_value"][3]) / debt)
