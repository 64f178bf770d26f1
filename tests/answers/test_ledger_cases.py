"""Worked cases of the credit account, with the figures that a hand calculation gives: the oracle and the engine."""

import datetime as dt
import math
from typing import Any

import pytest
from oracles.account.story import Story, flat, together
from oracles.account.tables import of_result, of_run

A, B, C, ETF = "600000.SH", "600001.SH", "000001.SZ", "510300.SH"
OWN = {"value": 0.5, "override": True}
NOTHING = {"value": 0, "override": True}
FREE = {"commission_rate": 0, "commission_minimum": 0, "stamp_duty_rate": NOTHING, "transfer_fee_rate": NOTHING}
LEVERED = {
    "cash": 100_000,
    "haircut": {"value": 1.0, "override": True},
    "financing_margin_ratio": OWN,
    "short_margin_ratio": OWN,
    "borrow_share": None,
    "financing_rate": 0.0,
    "borrow_rate": 0.0,
}


@pytest.fixture(params=["oracle", "engine"])
def told(request, tmp_path):
    """Return a function from a story to its tables, as the oracle or as the engine tells it."""

    def tell(bars, orders, config, actions=()):
        days = sorted(bars)
        rows = [
            {"date": days[t], "symbol": s, "kind": k, ("amount" if k == "repay" else "shares"): n}
            for t, s, k, n in orders
        ]
        story = Story(bars, rows, config, [(days[t], *rest) for t, *rest in actions])
        return of_run(story.by_oracle()) if request.param == "oracle" else of_result(story.by_engine(tmp_path))

    return tell


def reasons(row):
    return row["reason"] if isinstance(row["reason"], frozenset) else {row["reason"]}


def column(rows, name) -> list[Any]:
    return [None if row[name] is None else float(row[name]) for row in rows]


# ---- ratios, interest, fees --------------------


@pytest.mark.parametrize(
    ("financed", "shorted", "margin", "ratio"), [(11, 9, 57_500, 515_000 / 195_500), (9, 11, 14_500, 485_000 / 205_500)]
)
def test_the_worked_example_of_the_ratios(told, financed, shorted, margin, ratio):
    """Cash 150 (50 proceeds), collateral 200 at 0.70, financed 150 -> 165, shorted 50 -> 45, fees 0.5; thousands."""
    days = [dt.date(2024, 9, 2), dt.date(2024, 9, 3), dt.date(2024, 9, 11)]
    prices = {A: (10, 10, 10, 0.70), B: (10, 10, financed, 0.65), C: (10, 10, shorted, 0.65)}
    bars = {
        day: {
            s: dict.fromkeys(("open", "high", "low", "close"), p[t]) | {"haircut": p[3], "volume": 1e8}
            for s, p in prices.items()
        }
        for t, day in enumerate(days)
    }
    one = {"value": 1.0, "override": True}
    account = {**LEVERED, "cash": 300_000, "haircut": None, "financing_margin_ratio": one, "short_margin_ratio": one}
    config = {"account": {**account, "borrow_rate": 0.45}, "costs": FREE}  # 50,000 x 0.45 / 360 x 8 days = 500
    tables = told(bars, [(1, A, "buy", 20_000), (1, B, "margin_buy", 15_000), (1, C, "short_sell", 5_000)], config)
    last = tables["equity"][-1]
    assert float(last["cash"]) == pytest.approx(150_000)
    assert float(last["accrued"]) == pytest.approx(500)
    assert float(last["available_margin"]) == pytest.approx(margin)
    assert float(last["maintenance_ratio"]) == pytest.approx(ratio)


def test_interest_by_calendar_day(told):
    """5,000 at 8 % over 2024-01-01..31 costs 30 days of 360: 33.33, weekends and holidays included."""
    days = [dt.date(2023, 12, 29), dt.date(2024, 1, 1), dt.date(2024, 1, 5), dt.date(2024, 1, 8), dt.date(2024, 1, 31)]
    bar = {"open": 10.0, "high": 10.0, "low": 10.0, "close": 10.0, "volume": 1e8}
    config = {"account": {**LEVERED, "financing_rate": 0.08}, "costs": FREE}
    tables = told({day: {A: bar} for day in days}, [(1, A, "margin_buy", 500), (4, A, "sell_to_repay", 500)], config)
    assert float(tables["fills"][-1]["interest"]) == pytest.approx(5_000 * 0.08 / 360 * 30)
    last = tables["equity"][-1]  # the proceeds paid the interest first: as much of the principal is still owed
    assert float(last["principal"]) == pytest.approx(100 / 3)
    assert float(last["equity"]) == pytest.approx(100_000 - 100 / 3)


def test_a_contract_of_one_session_pays_one_day(told):
    config = {"account": {**LEVERED, "financing_rate": 0.36}, "costs": FREE}
    tables = told(flat([10] * 4), [(1, A, "margin_buy", 1_000), (1, "", "repay", 10_010)], config)
    assert column(tables["fills"][-1:], "interest") == pytest.approx([10.0])
    assert [row["closed"] for row in tables["contracts"]] == [dt.date(2024, 9, 3)]
    assert column(tables["equity"][-1:], "cash") == pytest.approx([89_990.0])


def test_fees_are_rounded_half_up_each(told):
    """1,234,500 of value: commission 308.625 -> 308.63, stamp duty 617.25, transfer fee 12.345 -> 12.35 at the sale."""
    config = {"account": {"cash": 2_000_000}, "execution": {"volume_share": None}}
    tables = told(flat([12.345] * 4), [(1, A, "buy", 100_000), (2, A, "sell", 100_000)], config)
    for fill in tables["fills"]:
        assert float(fill["commission"]) == pytest.approx(308.63)
        assert float(fill["transfer_fee"]) == pytest.approx(12.35)
    assert column(tables["fills"], "stamp_duty") == pytest.approx([0.0, 617.25])


@pytest.mark.parametrize(
    ("ratio", "financed", "start", "fall"), [(1.0, 100, 2.0, 35.0), (0.8, 125, 1.8, 27.8), (0.5, 200, 1.5, 13.3)]
)
def test_highest_leverage(told, ratio, financed, start, fall):
    """From 100 of cash: how much may be financed, the ratio then, and the fall of the price that leads to 130 %."""
    low = round(10 * (1 - fall / 100), 2)
    account = {**LEVERED, "financing_margin_ratio": {"value": ratio, "override": True}}
    config = {"account": account, "costs": FREE, "market": {"price_limits": False}}
    orders = [(1, A, "buy", 10_000), (1, A, "margin_buy", financed * 100 + 100), (1, A, "margin_buy", financed * 100)]
    tables = told(flat([10, 10, (10, 10, low, low), low]), orders, config)
    assert [reasons(row) for row in tables["refusals"]] == [{"no_margin"}]
    assert float(tables["equity"][1]["maintenance_ratio"]) == pytest.approx(start)
    assert float(tables["equity"][2]["maintenance_ratio"]) == pytest.approx(1.30, abs=5e-4)


# ---- admission --------------------


def test_funds_know_no_uptick(told):
    """The open of 3.90 lies below the previous close of 4.00, which the session never reaches: a fund fills there."""
    bars = flat([4, (3.9, 3.95, 3.85, 3.9), 3.9], ETF)
    tables = told(bars, [(1, ETF, "short_sell", 1_000)], {})
    assert column(tables["fills"], "price") == pytest.approx([3.9])
    assert tables["refusals"] == []


@pytest.mark.parametrize(("high", "price"), [(10.0, 10.0), (9.99, None)])
def test_a_share_is_sold_short_at_the_previous_close_or_not_at_all(told, high, price):
    bars = flat([10, (9.9, high, 9.85, 9.9), 9.9])
    tables = told(bars, [(1, A, "short_sell", 1_000)], {})
    assert column(tables["fills"], "price") == ([] if price is None else pytest.approx([price]))
    assert [reasons(row) for row in tables["refusals"]] == ([{"uptick"}] if price is None else [])


def test_the_order_is_judged_as_asked_before_the_volume_cuts_it(told):
    """300 are held, 2,000 are to be sold, the volume lets 200 through: refused for lack of shares."""
    bars = flat([10] * 5, volume=2_000)
    bars[sorted(bars)[1]][A]["volume"] = 3_000
    tables = told(bars, [(1, A, "buy", 300), (2, A, "sell", 2_000)], {})
    assert [row["kind"] for row in tables["fills"]] == ["buy"]
    assert [(row["shares"], reasons(row)) for row in tables["refusals"]] == [(2_000, {"no_shares"})]


def test_the_haircut_of_a_suspended_st_share_stays_zero(told):
    """500,000 of ST shares that stop trading on 09-05: the available margin stays without them."""
    stopped = flat([10, 10, 10], is_st=1)
    bars = together(stopped, flat([10] * 6, C, is_st=0))
    tables = told(bars, [(1, A, "buy", 50_000)], {"account": {"cash": 1_000_000}, "costs": FREE})
    assert column(tables["equity"], "available_margin") == pytest.approx([1_000_000] + [500_000] * 5)


def test_a_price_outside_the_limits_of_the_day_fills_nothing(told):
    """An open of 100.00 after 10.00: a decimal slip; nobody could trade there."""
    bars = flat([10, 10, (100, 100, 10, 10), 10, 10])
    tables = told(bars, [(1, A, "buy", 1_000), (2, A, "sell", 1_000), (3, A, "sell", 1_000)], {})
    assert [(row["kind"], row["date"].day) for row in tables["fills"]] == [("buy", 3), ("sell", 5)]
    assert [reasons(row) for row in tables["refusals"]] == [{"impossible_price"}]


@pytest.mark.parametrize(("slippage", "price"), [(0.0004, 10.01), (0.0301, 10.31), (0.0999, 11.0)])
def test_slippage_goes_to_the_next_tick_and_stops_at_the_limit(told, slippage, price):
    """10.004 -> 10.01; 10.301 -> 10.31; from 10.50 the limit of 11.00 ends it."""
    opened = 10.5 if slippage > 0.05 else 10
    tables = told(flat([10, opened, 10]), [(1, A, "buy", 1_000)], {"costs": {"slippage": slippage}})
    assert column(tables["fills"], "price") == pytest.approx([price])


def test_slippage_of_a_fund_goes_to_its_own_tick(told):
    """4.000 x 1.0004 = 4.0016 -> 4.002 for the buyer, 4.000 x 0.9996 = 3.9984 -> 3.998 for the seller."""
    orders = [(1, ETF, "buy", 1_000), (2, ETF, "sell", 1_000)]
    tables = told(flat([4] * 4, ETF), orders, {"costs": {"slippage": 0.0004}})
    assert column(tables["fills"], "price") == pytest.approx([4.002, 3.998])
    assert column(tables["fills"], "stamp_duty") == [0.0, 0.0]


# ---- proceeds --------------------

RISING = [10, 10, 11, 12.1, 13.31, 14.64, 16.1, 17.71, 17.71, 17.71]


def test_proceeds_pay_for_covers_whatever_they_cost_now(told):
    """30,000 short at 10, own cash in stock; at 17.71 5,000 and then 10,000 are bought back, nothing is refused."""
    bars = together(flat(RISING), flat([10] * 10, B))
    orders = [
        (1, A, "short_sell", 30_000),
        (1, B, "buy", 99_900),
        (8, A, "buy_to_return", 5_000),
        (9, A, "buy_to_return", 10_000),
    ]
    account = {"cash": 1_000_000, "borrow_rate": 0, "borrow_share": None}
    tables = told(bars, orders, {"account": account, "costs": FREE})
    assert tables["refusals"] == []
    assert column(tables["equity"][-2:], "cash") == pytest.approx([212_450, 35_350])


def test_proceeds_buy_no_stock(told):
    """10,000 of own cash and 3,000 of proceeds: 1,001 shares at 10 are one lot too many, 1,000 are not."""
    account = {**LEVERED, "cash": 10_000}
    orders = [(1, A, "short_sell", 300), (2, B, "buy", 1_100), (2, B, "buy", 1_000)]
    tables = told(together(flat([10] * 4), flat([10] * 4, B)), orders, {"account": account, "costs": FREE})
    assert [(row["shares"], reasons(row)) for row in tables["refusals"]] == [(1_100, {"no_cash"})]
    assert column(tables["equity"][-1:], "cash") == pytest.approx([3_000])


def test_nothing_stays_locked_when_the_last_short_is_closed(told):
    """Short 1,000 at 10, covered at 9: the 1,000 that are left of the proceeds buy stock like any cash."""
    account = {**LEVERED, "cash": 10_000}
    orders = [(1, A, "short_sell", 1_000), (2, A, "buy_to_return", 1_000), (2, B, "buy", 1_100)]
    bars = together(flat([10, 10, (9, 9, 9, 9), 9]), flat([10] * 4, B))
    tables = told(bars, orders, {"account": account, "costs": FREE})
    assert tables["refusals"] == []
    assert column(tables["equity"][-1:], "cash") == pytest.approx([0.0])


def test_interest_of_a_repayment_may_come_from_proceeds_but_not_its_principal(told):
    """All own cash is in stock; eight days at 0.1 % of 1,000: 8.00 are paid out of the proceeds, a cent more is not."""
    account = {**LEVERED, "cash": 10_000, "financing_rate": 0.36}
    orders = [(1, B, "buy", 1_000), (1, C, "margin_buy", 100), (1, A, "short_sell", 500)]
    orders += [(7, "", "repay", 8.01), (7, "", "repay", 8.00)]
    bars = together(*(flat([10] * 9, symbol) for symbol in (A, B, C)))
    assert (sorted(bars)[7] - sorted(bars)[1]).days == 8
    tables = told(bars, orders, {"account": account, "costs": FREE})
    assert [reasons(row) for row in tables["refusals"]] == [{"no_cash"}]
    assert column(tables["fills"][-1:], "interest") == pytest.approx([8.0])
    assert column(tables["equity"][-1:], "cash") == pytest.approx([5_000 - 8])


# ---- lines and forced sales --------------------

LEVER = [(1, A, "buy", 10_000), (1, A, "margin_buy", 18_000)]
FALL = [10, 10, (9.2, 9.2, 8.3, 8.3), 8.3, 8.2, 8.2, 8.2, 8.2, 8.2]


@pytest.mark.parametrize(("grace", "deadline", "sale"), [(0, 4, 5), (1, 5, 6), (2, 6, 9)])
def test_grace_counts_sessions_between_notice_and_deadline(told, grace, deadline, sale):
    """Below the call at the close of 09-04: the sale meets the open after the deadline's close."""
    config = {"account": {**LEVERED, "lines": {"grace": grace}}, "costs": FREE}
    tables = told(flat(FALL), LEVER, config)
    call = next(row for row in tables["margin_events"] if row["event"] == "call")
    assert (call["date"].day, call["deadline"].day) == (4, deadline)
    assert tables["forced_sales"][0]["date"].day == sale


def test_a_forced_sale_sells_what_the_formula_says(told):
    """D = 180,000, A = 28,000 x 8.3 = 232,400: x = (1.4 D - A) / 0.4 = 49,000, 5,904 shares at 8.3: 60 lots."""
    config = {"account": {**LEVERED, "lines": {"grace": 0}}, "costs": FREE}
    tables = told(flat(FALL), LEVER, config)
    assert column(tables["forced_sales"][:1], "done") == [6_000]


def test_a_forced_sale_of_a_fund_pays_no_stamp_duty(told):
    """D = 180,000, A = 70,000 x 3.28 = 229,600: x = 56,000, 17,073.2 units at 3.28: 171 lots."""
    bars = flat([4, 4, (4, 4, 3.32, 3.32), 3.32, 3.28, 3.28], ETF)
    costs = {"commission_rate": 0, "commission_minimum": 0}
    config = {"account": LEVERED, "costs": costs, "market": {"price_limits": False}}
    tables = told(bars, [(1, ETF, "buy", 25_000), (1, ETF, "margin_buy", 45_000)], config)
    assert column(tables["forced_sales"], "done") == [17_100]


def test_available_cash_repays_before_anything_is_sold(told):
    """9,000 shares and 10,000 of cash; at 7.00 the cash goes first, then x = (1.4 x 170,000 - 189,000) / 0.4."""
    bars = together(flat([10, 10, 8.3, 8.3, 7, 7, 7]), flat([10, 10, 8.3, 8.3, 7, 7, 7], B))
    orders = [(1, A, "buy", 9_000), (1, A, "margin_buy", 9_000), (1, B, "margin_buy", 9_000)]
    config = {"account": {**LEVERED, "lines": {"grace": 0}}, "costs": FREE, "market": {"price_limits": False}}
    tables = told(bars, orders, config)
    assert [row["kind"] for row in tables["forced_sales"]] == ["repay", "sell_to_repay"]
    assert column(tables["forced_sales"], "done") == pytest.approx([10_000, 17_500])  # 122,500 at 7.00
    assert column(tables["equity"][-1:], "maintenance_ratio") == pytest.approx([1.4])


def test_what_could_not_be_sold_is_sold_the_next_session(told):
    """The volume lets 4,000 of 6,900 through; the price stands still, the rest is sold at the next open."""
    bars = flat(FALL)
    bars[sorted(bars)[4]][A]["volume"] = 40_000
    config = {"account": LEVERED, "costs": FREE}
    tables = told(bars, LEVER, config)
    assert column(tables["forced_sales"], "wanted") == [6_900, 2_900]
    assert column(tables["forced_sales"], "done") == [4_000, 2_900]
    assert float(tables["equity"][-1]["maintenance_ratio"]) >= 1.40


def test_a_forced_sale_waits_for_the_limit_and_for_trading(told):
    """Locked at the lower limit, then suspended: sold at the first open that trades."""
    prices = [10, 10, (9.2, 9.2, 9.0, 9.0), (8.1, 8.1, 8.1, 8.1), (7.29, 7.29, 7.29, 7.29), None, 7.3, 7.3]
    bars = together(flat(prices), flat([10] * 8, B))
    config = {"account": {**LEVERED, "lines": {"grace": 0}}, "costs": FREE}
    tables = told(bars, LEVER, config)
    assert column(tables["forced_sales"], "done")[:2] == [0, 0]
    assert column(tables["forced_sales"], "done")[2] > 0
    assert [row["date"].day for row in tables["forced_sales"]][:3] == [6, 9, 10]


def test_insolvency_is_said_once_and_stops_trading(told):
    """Debt above assets: sold out at the next open, nothing said again, orders are refused as frozen."""
    prices = [10, 10, (9, 9, 6, 6), 6, 6, 6, 6]
    config = {"account": LEVERED, "costs": FREE, "market": {"price_limits": False}}
    tables = told(flat(prices), [*LEVER, (5, A, "buy", 100)], config)
    assert [row["event"] for row in tables["margin_events"]] == ["insolvent"]
    assert column(tables["equity"][-1:], "equity") == pytest.approx([28_000 * 6 - 180_000])
    assert [row["date"].day for row in tables["forced_sales"]] == [5]
    assert [reasons(row) for row in tables["refusals"]] == [{"frozen", "no_cash"}] or "frozen" in reasons(
        tables["refusals"][0]
    )


# ---- corporate actions --------------------


def test_a_published_reference_is_ex_right_already_cell_by_cell(told):
    """A publishes 5.00 on the day of its 1:1 split: the limits are 5.50 and 4.50, an open at 5.00 may be bought."""
    bars = flat([10, 10, (5, 5.5, 4.5, 5), 5, 5, 5])
    for day, price in zip(sorted(bars), [10, 10, 5, 5, 5, 5], strict=True):
        bars[day][A]["pre_close"] = price
    tables = told(together(bars, flat([10] * 6, C)), [(2, A, "buy", 1_000)], {}, [(2, A, 0.0, 1.0)])
    assert column(tables["fills"], "price") == pytest.approx([5.0])
    assert tables["refusals"] == []


def test_a_derived_reference_is_made_ex_right(told):
    """The same split without a published reference: 10 / 2 = 5; and 10.37 - 0.37 over 1 = 10 for a dividend."""
    bars = flat([10, 10, (5, 5.5, 4.5, 5.49), (6.03, 6.03, 5.5, 6), 6])
    orders = [(1, A, "buy", 1_000), (2, A, "buy", 1_000), (3, A, "sell", 1_000)]
    tables = told(bars, orders, {"costs": FREE, "account": {"cash": 100_000}}, [(2, A, 0.0, 1.0)])
    assert column(tables["fills"], "price") == pytest.approx([10, 5, 6.03])  # limit up of 5.49 is 6.04
    assert column(tables["equity"][-1:], "long_value") == pytest.approx([2_000 * 6.0])


@pytest.mark.parametrize(("kind", "field"), [("buy", "long_value"), ("short_sell", "short_value")])
def test_a_split_inside_a_suspension_changes_no_value(told, kind, field):
    """48,000 at 10 on 500,000 of cash, split 1:1 while suspended, trading again at 5.00: never anything but 480,000."""
    bars = together(flat([10, 10, None, None, 5, 5, 5]), flat([10] * 7, C))
    account = {"cash": 500_000, "borrow_rate": 0, "borrow_share": None}
    tables = told(bars, [(1, A, kind, 48_000)], {"account": account, "costs": FREE}, [(2, A, 0.0, 1.0)])
    assert column(tables["equity"][1:], field) == pytest.approx([480_000] * 6)
    assert column(tables["equity"], "equity") == pytest.approx([500_000] * 7)
    assert tables["margin_events"] == []


def test_a_borrower_owes_the_gross_dividend(told):
    """1,000 held and 1,000 owed of another: 0.50 a share comes in net of 20 %, and 0.50 goes out in full."""
    bars = together(flat([10, 10, (9.5, 9.5, 9.5, 9.5), 9.5]), flat([10, 10, (9.5, 9.5, 9.5, 9.5), 9.5], B))
    orders = [(1, A, "buy", 1_000), (1, B, "short_sell", 1_000), (3, B, "buy_to_return", 1_000)]
    account = {**LEVERED, "dividend_tax_rate": 0.2}
    config = {"account": account, "costs": FREE, "market": {"uptick": False}}
    tables = told(bars, orders, config, [(2, A, 0.5, 0.0), (2, B, 0.5, 0.0)])
    assert column(tables["equity"], "equity") == pytest.approx([100_000, 100_000, 99_900, 99_900])
    assert column(tables["equity"][-1:], "cash") == pytest.approx([100_000 - 10_000 + 400 + 10_000 - 9_500 - 500])


def test_ratios_without_debt_are_infinite(told):
    tables = told(flat([10] * 3), [(1, A, "buy", 1_000)], {})
    assert column(tables["equity"], "maintenance_ratio") == [math.inf] * 3
