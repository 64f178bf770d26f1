"""Contracts that fall due: their day, extension, and how one is closed (LEDGER section 6)."""

import numpy as np
import pytest
from broker.desk import events, forced, terms, watched
from broker.markets import panel

approx = pytest.approx
NAN = np.nan
NEVER = terms(extension="none")
OPENED = {0: [("margin_buy", 0, 1_000)]}
AROUND_DUE = ["2024-03-04", "2024-03-05", "2024-09-04", "2024-09-05", "2024-09-06", "2024-09-09", "2024-09-10"]


def market(opens, closes=None, days=AROUND_DUE):
    return panel(opens, closes, days=np.array(days, dtype="datetime64[D]"))


def due_of(done):
    return [str(day) for day in done.column("contracts", "due")]


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2024-03-05", "2024-09-05"),
        ("2023-08-29", "2024-02-29"),
        ("2023-08-30", "2024-02-29"),  # February has no 30th
        ("2023-08-31", "2024-02-29"),
        ("2024-08-30", "2025-02-28"),
        ("2024-12-31", "2025-06-30"),
        ("2024-10-31", "2025-04-30"),
    ],
)
def test_a_contract_is_due_on_the_same_day_six_months_later(opened, due):
    before = str(np.datetime64(opened) - np.timedelta64(1, "D"))
    assert due_of(watched(market([10.0] * 2, days=[before, opened]), OPENED)) == [due]


def test_a_due_contract_is_closed_at_the_next_open():
    done = watched(market([10.0] * 7), OPENED, NEVER)
    assert events(done) == [(3, "due")]
    assert (done.column("margin_events", "contract"), str(done.column("margin_events", "deadline")[0])) == (
        [1],
        "2024-09-05",
    )
    assert forced(done) == [(4, 0, "sell_to_repay", 1_000, 1_000, "")]
    assert done.column("forced_sales", "cause") == ["due"]
    assert str(done.column("contracts", "closed")[0]) == "2024-09-06"
    assert done.column("equity", "principal")[-3:] == [0.0] * 3


def test_a_contract_whose_day_is_no_session_falls_due_on_the_next_one():
    days = ["2024-03-04", "2024-03-05", "2024-09-04", "2024-09-06", "2024-09-09"]
    done = watched(market([10.0] * 5, days=days), OPENED, NEVER)
    assert events(done) == [(3, "due")]
    assert forced(done)[0][0] == 4


def test_an_extension_moves_the_day_by_six_months_and_sells_nothing():
    done = watched(market([10.0] * 7), OPENED)
    assert events(done) == [(3, "extended")]
    assert str(done.column("margin_events", "deadline")[0]) == "2025-03-05"
    assert due_of(done) == ["2025-03-05"]
    assert forced(done) == []


def test_an_extended_contract_keeps_its_rate_and_goes_on_accruing():
    done = watched(market([10.0] * 7), OPENED, terms(financing_rate=0.072))
    # 10,000 x 7.2 % / 360 = 2.00 a day, from 2024-03-05 to 2024-09-10: 189 days.
    assert done.column("contracts", "interest") == approx([378.0])


@pytest.mark.parametrize(
    ("opened", "told"), [("2014-12-30", "due"), ("2015-01-01", "extended"), ("2015-01-02", "extended")]
)
def test_extension_begins_on_the_first_of_july_2015(opened, told):
    days = ["2014-12-29", opened, "2015-06-29", "2015-06-30", "2015-07-01", "2015-07-02", "2015-07-03"]
    done = watched(market([10.0] * 7, days=days), OPENED)
    due = {"2014-12-30": 3, "2015-01-01": 4, "2015-01-02": 5}[opened]
    assert events(done) == [(due, told)]
    assert len(forced(done)) == (told == "due")


def test_a_suspended_security_extends_its_contract_and_is_closed_after_it_trades():
    opens = [10.0] * 7
    done = watched(market(opens, [10, 10, 10, NAN, NAN, 10, 10]), OPENED, NEVER)
    assert events(done) == [(3, "extended"), (5, "due")]  # told once, although suspended on two closes
    assert forced(done) == [(6, 0, "sell_to_repay", 1_000, 1_000, "")]
    assert due_of(done) == ["2024-09-05"]


def test_what_the_market_stops_is_tried_again_at_the_next_open():
    opens = [10.0, 10.0, 10.0, 10.0, 9.0, 9.0, 9.0]  # session 4 opens at the lower limit
    script = {0: [("buy_collateral", 0, 10_000), ("margin_buy", 0, 1_000)]}
    done = watched(market(opens), script, NEVER, price_limits=True)
    assert events(done) == [(3, "due")]
    assert forced(done)[0] == (4, 0, "sell_to_repay", 1_000, 0, "limit_down")
    # 9,000 repaid leave 1,000: 112 shares with the reserve for fees, 200 in lots.
    assert [row[:2] + row[3:] for row in forced(done)[1:2]] == [(5, 0, 1_000, 1_000, "")]
    assert done.column("equity", "principal")[-1] == 0.0


def test_what_the_market_stops_is_paid_from_cash_where_there_is_some():
    done = watched(market([10.0, 10.0, 10.0, 10.0, 9.0, 9.0, 9.0]), OPENED, NEVER, price_limits=True)
    rows = [(4, 0, "sell_to_repay", 1_000, 0, "limit_down"), (4, -1, "repay", 10_000, 10_000, "")]
    assert forced(done) == rows


def test_at_a_loss_own_cash_pays_the_rest():
    # 8,000 financed at 10.00 fetch 32,000 of 80,000; 48,000 come from 50,000 of cash.
    script = {0: [("buy_collateral", 1, 5_000), ("margin_buy", 0, 8_000)]}
    closes = np.column_stack([[10, 10, 4, 4, 4, 4, 4], [10.0] * 7])
    done = watched(market(closes), script, NEVER)
    assert forced(done) == [(4, 0, "sell_to_repay", 8_000, 8_000, ""), (4, -1, "repay", 48_000.0, 48_000.0, "")]
    assert done.cash == approx(2_000.0)
    assert done.broker.holdings()[0].tolist() == [0.0, 5_000.0]


def test_then_other_shares_are_sold_for_what_is_left():
    # 10,000 of cash: 38,000 are left, 3,800 at 10.00.
    script = {0: [("buy_collateral", 1, 9_000), ("margin_buy", 0, 8_000)]}
    closes = np.column_stack([[10, 10, 4, 4, 4, 4, 4], [10.0] * 7])
    done = watched(market(closes), script, NEVER)
    assert [row[1:2] + row[3:5] for row in forced(done) if row[1] == 1] == [(1, 3_800, 3_800)]
    assert {row[0] for row in forced(done)} == {4}
    assert done.cash == approx(0.0)
    assert done.column("equity", "principal")[4] == 0.0
    assert done.broker.holdings()[0].tolist() == [0.0, 5_200.0]


def test_a_due_short_is_bought_back():
    done = watched(market([10, 10, 11, 11, 12, 12, 12]), {0: [("short_sell", 0, 1_000)]}, NEVER)
    assert forced(done) == [(4, 0, "buy_to_return", 1_000, 1_000, "")]
    assert done.column("equity", "short_value")[4:] == [0.0] * 3
    assert done.cash == approx(100_000 - 2_000)


def test_only_the_due_one_of_two_contracts_is_closed():
    days = ["2024-03-04", "2024-03-05", "2024-03-06", "2024-09-05", "2024-09-06", "2024-09-09", "2024-09-10"]
    script = {0: [("margin_buy", 0, 1_000)], 1: [("margin_buy", 0, 2_000)]}
    done = watched(market([10.0] * 7, days=days), script, NEVER)
    assert events(done) == [(3, "due"), (4, "due")]
    assert [(row[0], row[3]) for row in forced(done)] == [(4, 1_000), (5, 2_000)]


def test_a_due_contract_and_a_maintenance_sale_on_one_day():
    # Due: 1,000 of 20,000 financed and own shares in one security. Below call at the same time, so the sale goes on.
    days = ["2024-03-04", "2024-03-05", "2024-03-06", "2024-09-04", "2024-09-05", "2024-09-06", "2024-09-09"]
    script = {0: [("buy_collateral", 0, 10_000), ("margin_buy", 0, 1_000)], 1: [("margin_buy", 0, 9_000)]}
    done = watched(market([10, 10, 10, 6.0, 6.0, 6.0, 6.0], days=days), script, NEVER)
    assert events(done)[:3] == [(3, "call"), (4, "forced_sale"), (4, "due")]
    causes = done.column("forced_sales", "cause")
    assert causes[0] == "due"
    # 6,000 repaid: 114,000 / 94,000; (131,600 - 114,000) / 0.4 / 6.00 = 7,333.3.
    assert [(row[0], row[3]) for row in forced(done)[:2]] == [(5, 1_000), (5, 7_400)]
    assert (5, "restored") in events(done)


def test_costs_and_interest_of_a_closed_contract():
    # 1,000 at 10.00 with the fees of 2024: 10,000 + 5.00 + 0.10 borrowed; 185 days from 03-05 to 09-06 at 8.35 %.
    done = watched(market([10.0] * 7), OPENED, {"extension": "none"})
    assert done.column("contracts", "principal") == approx([10_005.10])
    assert done.column("contracts", "interest") == approx([10_005.10 * 0.0835 / 360 * 185])
    assert done.column("fills", "kind")[:2] == ["margin_buy", "forced_sell_to_repay"]
    assert done.column("fills", "stamp_duty")[1] == 5.0
