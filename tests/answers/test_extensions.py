"""Extensions with conditions (展期), worked by hand: ratio, interest, suspension, number of times."""

import datetime as dt

import pytest
from oracles.account.story import Story
from oracles.account.tables import of_result, of_run

A, B = "600001.SH", "600002.SH"
NOTHING = {"value": 0, "override": True}
FREE = {"commission_rate": 0, "commission_minimum": 0, "stamp_duty_rate": NOTHING, "transfer_fee_rate": NOTHING}
OWN = {"value": 0.5, "override": True}
ACCOUNT = {
    "cash": 100_000,
    "financing_rate": 0.36,
    "borrow_rate": 0.36,
    "borrow_share": None,
    "extension": "conditional",
    "haircut": {"value": 1.0, "override": True},
    "financing_margin_ratio": OWN,
    "short_margin_ratio": OWN,
}
DAYS = [dt.date(2024, 3, 4), dt.date(2024, 3, 5)] + [dt.date(2024, 9, day) for day in (4, 5, 6, 9, 10)]
"""What opens on the second day falls due on the fourth, 184 days later."""

tellers = pytest.mark.parametrize("teller", ["oracle", "engine"])


def near(expected):
    return pytest.approx(expected, abs=1e-6)  # CNY


def tell(teller, folder, prices, orders, days=DAYS, thin=(), **account):
    """Return the tables of orders (t, symbol, kind, shares) at `prices` of A, None = suspended; B is at 10 throughout.

    `thin` are sessions on which 20,000 of A trade, of which an order may be a tenth.
    """
    bars = {}
    for day, price in zip(days, prices, strict=True):
        bars[day] = {B: dict.fromkeys(("open", "high", "low", "close"), 10) | {"volume": 1e8}}
        if price is not None:
            bars[day][A] = dict.fromkeys(("open", "high", "low", "close"), price)
            bars[day][A] |= {"volume": 20_000 if day in thin else 1e8}
    rows = [dict(zip(("date", "symbol", "kind", "shares"), (days[t], *rest), strict=True)) for t, *rest in orders]
    config = {"account": {**ACCOUNT, **account}, "costs": FREE, "market": {"price_limits": False}}
    story = Story(bars, rows, config)
    return of_run(story.by_oracle()) if teller == "oracle" else of_result(story.by_engine(folder))


def told(tables, days=DAYS):
    return [(days.index(row["date"]), row["event"]) for row in tables["margin_events"]]


@tellers
def test_a_contract_is_extended_and_pays_its_interest_at_the_next_open(teller, tmp_path):
    """50,000 at 36 % is 50 a day: 184 days until the 5th of September and one more until the open of the 6th, 9,250."""
    tables = tell(teller, tmp_path, [10] * 7, [(1, A, "margin_buy", 5_000)])
    assert told(tables) == [(3, "extended")]
    assert [row["due"] for row in tables["contracts"]] == [dt.date(2025, 3, 5)]
    paid = tables["fills"][1]
    assert (paid["date"], paid["kind"], float(paid["value"]), float(paid["interest"])) == (
        DAYS[4],
        "repay",
        near(9_250),
        near(9_250),
    )
    assert [float(row["cash"]) for row in tables["equity"][2:]] == near([100_000, 100_000, 90_750, 90_750, 90_750])
    assert [float(row["accrued"]) for row in tables["equity"][2:]] == near([9_150, 9_200, 0, 150, 200])


@tellers
def test_below_the_warning_line_it_falls_due(teller, tmp_path):
    """150,000 financed on 100,000, at 6.40 96,000 + 100,000 over 150,000 + 27,600 is 110.36 %: not below 110 %.

    To 140 % of 177,600 is 248,640: 52,640 are missing.
    """
    lines = {"warn": 1.4, "call": 1.1, "restore": 1.4, "instant": 1.05}
    prices = [10, 10, 10, 6.4, 6.4, 6.4, 6.4]
    tables = tell(teller, tmp_path, prices, [(1, A, "margin_buy", 15_000)], lines=lines)
    assert told(tables)[:3] == [(3, "warn"), (3, "not_extended_ratio"), (3, "due")]
    why = tables["margin_events"][1]
    assert (float(why["amount"]), float(why["ratio"]), why["deadline"], why["contract"]) == (
        near(52_640),
        near(196_000 / 177_600),
        dt.date(2024, 9, 5),
        1,
    )
    first = tables["forced_sales"][0]
    assert (first["cause"], first["kind"], int(first["done"])) == ("due", "sell_to_repay", 15_000)


@tellers
def test_without_cash_for_the_interest_it_falls_due(teller, tmp_path):
    """9,200 of interest, 5,000 of cash: 4,200 are missing."""
    tables = tell(teller, tmp_path, [10] * 7, [(1, B, "buy", 9_500), (1, A, "margin_buy", 5_000)])
    assert told(tables) == [(3, "not_extended_interest"), (3, "due")]
    assert float(tables["margin_events"][0]["amount"]) == near(4_200)


@tellers
def test_the_cash_pays_the_interest_of_the_first_only(teller, tmp_path):
    """10,000 of cash, twice 9,200 of interest: the second lacks 8,400."""
    orders = [(1, B, "buy", 9_000), (1, A, "margin_buy", 5_000), (1, A, "margin_buy", 5_000)]
    tables = tell(teller, tmp_path, [10] * 7, orders)
    assert told(tables) == [(3, "extended"), (3, "not_extended_interest"), (3, "due")]
    assert float(tables["margin_events"][1]["amount"]) == near(8_400)
    assert [row["contract"] for row in tables["margin_events"]] == [1, 2, 2]


@tellers
def test_a_suspended_security_waits_and_is_judged_when_it_trades(teller, tmp_path):
    prices = [10, 10, 10, None, None, 10, 10]
    tables = tell(teller, tmp_path, prices, [(1, A, "margin_buy", 5_000)])
    assert told(tables) == [(3, "not_extended_suspended"), (5, "extended")]
    assert tables["forced_sales"] == []


@tellers
def test_a_short_is_extended_when_its_fee_is_paid(teller, tmp_path):
    """1,000 at 10 and 36 %: 10 a day, 185 days; the proceeds stay locked."""
    tables = tell(teller, tmp_path, [10] * 7, [(1, A, "short_sell", 1_000)])
    assert told(tables) == [(3, "extended")]
    assert float(tables["equity"][4]["cash"]) == near(110_000 - 1_850)


LONG = [*DAYS[:4], dt.date(2025, 3, 4), dt.date(2025, 3, 5), dt.date(2025, 3, 6), dt.date(2025, 3, 7)]


@tellers
@pytest.mark.parametrize(
    ("times", "events"),
    [
        (0, [(3, "not_extended_times"), (3, "due")]),
        (1, [(3, "extended"), (5, "not_extended_times"), (5, "due")]),
        (2, [(3, "extended"), (5, "extended")]),
        (None, [(3, "extended"), (5, "extended")]),
    ],
)
def test_so_often_and_no_more(teller, tmp_path, times, events):
    tables = tell(teller, tmp_path, [10] * 8, [(1, A, "margin_buy", 1_000)], days=LONG, extension_times=times)
    assert told(tables, LONG) == events


@tellers
def test_what_fell_due_is_not_extended_later(teller, tmp_path):
    """Of 15,000 the volume lets 2,000 be sold; that the ratio is back at the next close changes nothing."""
    lines = {"warn": 1.4, "call": 1.1, "restore": 1.4, "instant": 1.05}
    prices, order = [10, 10, 10, 6.4, 12, 12, 12], (1, A, "margin_buy", 15_000)
    tables = tell(teller, tmp_path, prices, [order], thin=DAYS[4:5], lines=lines)
    assert told(tables) == [(3, "warn"), (3, "not_extended_ratio"), (3, "due")]
    sales = [row for row in tables["forced_sales"] if row["kind"] == "sell_to_repay"]
    assert [(DAYS.index(row["date"]), int(row["done"])) for row in sales][:2] == [(4, 2_000), (5, 13_000)]
