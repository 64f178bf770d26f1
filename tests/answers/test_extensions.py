"""Contracts that end or go on, worked by hand: extensions with conditions (展期), securities struck off a list."""

import datetime as dt

import pytest
from oracles.account.story import Story, flat, together
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
def test_other_contracts_keep_owing_theirs(teller, tmp_path):
    """10,000 more financed on the 4th of September: 10 a day, 60 on the 10th."""
    orders = [(1, A, "margin_buy", 5_000), (2, B, "margin_buy", 1_000)]
    tables = tell(teller, tmp_path, [10] * 7, orders)
    assert float(tables["fills"][2]["interest"]) == near(9_250)
    assert float(tables["equity"][-1]["accrued"]) == near(200 + 60)


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


# ---- lists -------------------------------------------------------------------------------------------------------


def struck_off(side, flags, prices=None, **account):
    """Return the story of one contract of `side` in A, whose list says `flags` of the sessions; None = nothing."""
    prices = [10] * len(flags) if prices is None else prices
    kind, name = {"financing": ("margin_buy", "financing_eligible"), "short": ("short_sell", "short_eligible")}[side]
    bars = together(flat(prices, A, start="2024-09-02"), flat([10] * len(flags), B, start="2024-09-02"))
    days = sorted(bars)
    for day, flag in zip(days, flags, strict=True):
        if flag is not None and A in bars[day]:
            bars[day][A][name] = flag
    orders = [{"date": days[t], "symbol": A, "kind": kind, "shares": 1_000} for t in (1, 4)]
    return Story(bars, orders, {"account": {**ACCOUNT, **account}, "costs": FREE}), days


@tellers
@pytest.mark.parametrize("side", ["financing", "short"])
@pytest.mark.parametrize("removed", ["keep", "close"])
def test_what_is_struck_off_takes_no_order_and_open_contracts_run_on_or_are_closed(teller, tmp_path, side, removed):
    story, days = struck_off(side, [1, 1, 1, 0, 0, 0, 0], removed=removed)
    tables = of_run(story.by_oracle()) if teller == "oracle" else of_result(story.by_engine(tmp_path))
    assert [(days.index(row["date"]), "not_eligible" in row["reason"]) for row in tables["refusals"]] == [(4, True)]
    closes = {"keep": [], "close": [(3, "removed", 1)]}[removed]
    assert [(days.index(row["date"]), row["event"], row["contract"]) for row in tables["margin_events"]] == closes
    assert [row["closed"] for row in tables["contracts"]] == ([None] if removed == "keep" else [days[4]])
    assert {row["cause"] for row in tables["forced_sales"]} == (set() if removed == "keep" else {"removed"})


@tellers
@pytest.mark.parametrize(("flags", "prices", "events"), [
    ([1, 1, 1, None, None, None, None], None, []),  # a list that says nothing strikes nothing off
    ([1, 1, 0, 0, 0, 0, 0], [10, 10, None, None, 10, 10, 10], [(4, "removed")]),
])  # fmt: skip
def test_neither_silence_nor_suspension_closes_a_contract(teller, tmp_path, flags, prices, events):
    story, days = struck_off("financing", flags, prices, removed="close")
    tables = of_run(story.by_oracle()) if teller == "oracle" else of_result(story.by_engine(tmp_path))
    assert [(days.index(row["date"]), row["event"]) for row in tables["margin_events"]] == events
