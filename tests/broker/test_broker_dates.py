"""Rules that change during a run: rates and ratios by date, each figure worked out by hand."""

import numpy as np
import pytest
from broker.markets import free, panel, run

approx = pytest.approx
SESSIONS = {
    "duty": ["2023-08-23", "2023-08-24", "2023-08-25", "2023-08-28", "2023-08-29"],
    "cut": ["2023-09-07", "2023-09-08", "2023-09-11", "2023-09-12"],
    "rise": ["2026-01-15", "2026-01-16", "2026-01-19", "2026-01-20"],
    "short": ["2024-07-18", "2024-07-19", "2024-07-22", "2024-07-23"],
}


def flat(name, **words):
    return panel([10.0] * len(SESSIONS[name]), days=SESSIONS[name], **words)


def test_stamp_duty_was_halved_on_2023_08_28():
    script = {0: [("buy_collateral", 0, 2_000)], 1: [("sell_collateral", 0, 1_000)], 2: [("sell_collateral", 0, 1_000)]}
    done = run(flat("duty"), script, {})
    assert [str(day) for day in done.column("fills", "date")] == ["2023-08-24", "2023-08-25", "2023-08-28"]
    assert done.column("fills", "stamp_duty") == [0.0, 10.0, 5.0]
    assert done.column("fills", "transfer_fee") == [0.2, 0.1, 0.1]
    assert done.column("fills", "commission") == [5.0, 5.0, 5.0]


def test_short_sales_pay_stamp_duty_and_returns_do_not():
    done = run(flat("duty"), {0: [("short_sell", 0, 1_000)], 1: [("buy_to_return", 0, 1_000)]}, {})
    assert done.column("fills", "stamp_duty") == [10.0, 0.0]


def test_a_fund_pays_neither_stamp_duty_nor_transfer_fee():
    orders = {0: [("buy_collateral", 0, 1_000), ("short_sell", 0, 300)], 1: [("sell_collateral", 0, 1_000)]}
    done = run(flat("duty", symbols=["510300.SH"]), orders, {})
    assert done.column("fills", "stamp_duty") == [0.0] * 3
    assert done.column("fills", "transfer_fee") == [0.0] * 3
    assert done.column("fills", "commission") == [5.0] * 3


@pytest.mark.parametrize(("name", "before", "after"), [("cut", 1.0, 0.8), ("rise", 0.8, 1.0)])
def test_open_financing_contracts_keep_their_ratio(name, before, after):
    script = {0: [("margin_buy", 0, 1_000)], 1: [("margin_buy", 0, 1_000)]}
    done = run(flat(name), script, free(financing_rate=0.0))
    assert done.broker.ledger.contracts["ratio"][:2].tolist() == [before, after]
    assert done.broker.available_margin() == approx(100_000 - 10_000 * before - 10_000 * after)


def test_open_short_contracts_keep_their_ratio():
    script = {0: [("short_sell", 0, 1_000)], 1: [("short_sell", 0, 1_000)]}
    done = run(flat("short"), script, free(borrow_rate=0.0))
    assert done.broker.ledger.contracts["ratio"][:2].tolist() == [0.8, 1.0]
    # cash 120,000, less 20,000 of sell amounts, less what each contract binds
    assert done.broker.available_margin() == approx(100_000 - 8_000 - 10_000)


@pytest.mark.parametrize(("name", "before", "after"), [("cut", 10_000, 12_500), ("rise", 12_500, 10_000)])
def test_the_ratio_of_the_day_decides_how_much_may_be_financed(name, before, after):
    for session, most in ((0, before), (1, after)):
        assert run(flat(name), {session: [("margin_buy", 0, most)]}).orders == [("Completed", "")]
        assert run(flat(name), {session: [("margin_buy", 0, most + 100)]}).orders == [("Margin", "no_margin")]


def test_a_brokers_own_ratio_holds_where_it_is_stricter_or_replaces_the_rule():
    for value, override, ratios in ((0.9, False, [1.0, 0.9]), (0.7, False, [1.0, 0.8]), (0.7, True, [0.7, 0.7])):
        terms = free(financing_margin_ratio={"value": value, "override": override})
        done = run(flat("cut"), {0: [("margin_buy", 0, 1_000)], 1: [("margin_buy", 0, 1_000)]}, terms)
        assert done.broker.ledger.contracts["ratio"][:2].tolist() == ratios


def test_limits_of_chinext_widened_on_2020_08_24():
    days = ["2020-08-20", "2020-08-21", "2020-08-24", "2020-08-25"]
    market = panel([10.0, 11.5, 11.5, 11.5], [10.0, 10.0, 10.0, 10.0], days=days, symbols=["300001.SZ"])
    # 11.50 lies outside of 10 %: nobody can have traded there, and on the 24th it lies inside of 20 %.
    assert run(market, {0: [("buy_collateral", 0, 100)]}).orders == [("Rejected", "impossible_price")]
    assert run(market, {1: [("buy_collateral", 0, 100)]}).orders == [("Completed", "")]


def test_contracts_fall_due_after_six_months():
    days = np.array(["2024-08-29", "2024-08-30", "2024-09-02"], dtype="datetime64[D]")
    done = run(panel([10.0] * 3, days=days), {0: [("margin_buy", 0, 100)]})
    assert str(done.column("contracts", "due")[0]) == "2025-02-28"  # February has no 30th
