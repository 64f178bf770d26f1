"""The account judged at the worst prices of a day (`account.judge: low`), worked by hand: 100,000 of own cash.

20,000 shares of A financed at 10: assets 300,000, debt 200,000, 150 %. At 7.9 it is 258,000, 129 %; at 5.9, 109 %.
"""

import pytest
from liangrong.core.errors import DataError
from oracles.account.story import Story, flat
from oracles.account.tables import of_result, of_run

A = "600001.SH"
NOTHING = {"value": 0, "override": True}
FREE = {"commission_rate": 0, "commission_minimum": 0, "stamp_duty_rate": NOTHING, "transfer_fee_rate": NOTHING}
OWN = {"value": 0.5, "override": True}
ACCOUNT = {
    "cash": 100_000,
    "judge": "low",
    "financing_rate": 0,
    "borrow_rate": 0,
    "borrow_share": None,
    "haircut": {"value": 1.0, "override": True},
    "financing_margin_ratio": OWN,
    "short_margin_ratio": OWN,
}
BOUGHT = [(1, "margin_buy", 20_000)]
CALM = [10, 10]

tellers = pytest.mark.parametrize("teller", ["oracle", "engine"])


def near(expected):
    return pytest.approx(expected, abs=1e-6)


def story_of(prices, orders=BOUGHT, fill="open", limits=False, **account):
    """Return the story of orders (t, kind, shares) in A at `prices`: one, or open, high, low and close."""
    bars = flat(prices, A)
    days = sorted(bars)
    rows = [{"date": days[t], "symbol": A, "kind": kind, "shares": shares} for t, kind, shares in orders]
    market = {"price_limits": limits, "uptick": False}
    config = {"account": {**ACCOUNT, **account}, "costs": FREE, "market": market, "execution": {"fill": fill}}
    return Story(bars, rows, config), days


def tell(teller, folder, *args, **more):
    story, days = story_of(*args, **more)
    return (of_run(story.by_oracle()) if teller == "oracle" else of_result(story.by_engine(folder))), days


def events(told):
    """Return session, event, ratio of every event, and of those at the worst prices the amount."""
    tables, days = told
    return [
        (
            days.index(row["date"]),
            row["event"],
            near(float(row["ratio"])),
            near(float(row["amount"] if "_low" in row["event"] else 0)),
        )
        for row in tables["margin_events"]
    ]


@tellers
def test_a_low_below_the_call_line_is_a_notice_that_only_a_later_close_ends(teller, tmp_path):
    """129 % during the third day, 150 % at its close: 2,000 are asked for, by the close of the fourth."""
    told = tell(teller, tmp_path, [*CALM, (10, 10, 7.9, 10), 10, 10])
    assert events(told) == [(2, "call_low", 1.29, 2_000), (3, "cured", 1.5, 0)]
    assert told[0]["margin_events"][0]["deadline"] == told[1][3]
    assert told[0]["forced_sales"] == []


@tellers
def test_a_close_below_the_cure_line_on_the_deadline_is_a_forced_sale(teller, tmp_path):
    """At 7.95 it is 129.5 % on the deadline; (280,000 - 259,000) / 0.4 = 52,500 are repaid of cash at the open."""
    told = tell(teller, tmp_path, [*CALM, (10, 10, 7.9, 10), (10, 10, 7.95, 7.95), 7.95])
    assert events(told)[:2] == [(2, "call_low", 1.29, 2_000), (3, "forced_sale", 1.295, 0)]
    assert [(row["kind"], float(row["done"])) for row in told[0]["forced_sales"]] == [("repay", near(52_500))]


@tellers
def test_with_grace_0_the_close_of_the_notice_is_its_deadline(teller, tmp_path):
    told = tell(teller, tmp_path, [*CALM, (10, 10, 7.9, 10), 10], lines={"grace": 0})
    assert events(told) == [(2, "call_low", 1.29, 2_000), (2, "cured", 1.5, 0)]


@tellers
def test_a_low_below_the_instant_line_sells_at_the_next_open_what_is_lacking_there(teller, tmp_path):
    """109 % at 5.9, 132 % at the close of 8.2: (280,000 - 264,000) / 0.4 = 40,000, that is 4,900 shares at 8.2."""
    prices = [*CALM, (10, 10, 5.9, 8.2), 8.2, 8.2]
    told = tell(teller, tmp_path, prices, forced_sale_cash="keep")
    restored = (264_000 - 40_180) / (200_000 - 40_180)
    assert events(told)[0] == (2, "instant_low", 1.09, 62_000)
    assert events(told)[1:] == [(3, "restored", restored, 0)]
    assert [(row["cause"], int(row["done"])) for row in told[0]["forced_sales"]] == [("maintenance", 4_900)]


@tellers
def test_a_close_that_is_itself_below_is_told_as_without_the_option(teller, tmp_path):
    prices = [*CALM, (10, 10, 7, 7.9), (7.9, 10, 7, 10)]
    told = tell(teller, tmp_path, prices)
    assert events(told) == [(2, "call", 1.29, 0), (3, "cured", 1.5, 0)]
    assert events(told) == events(tell(teller, tmp_path, prices, judge="close"))


@tellers
def test_only_a_close_makes_an_account_insolvent(teller, tmp_path):
    """At 4.9 the account was worth less than its debt, and no later."""
    told = tell(teller, tmp_path, [*CALM, (10, 10, 4.9, 10), 10])
    assert events(told) == [(2, "instant_low", 0.99, 82_000), (3, "restored", 1.5, 0)]


@tellers
def test_shares_owed_stand_at_the_high(teller, tmp_path):
    """10,000 sold short at 10: 200,000 against 160,000 at a high of 16 is 125 %; 8,000 are lacking to 130 %."""
    told = tell(teller, tmp_path, [*CALM, (10, 16, 10, 10), 10], [(1, "short_sell", 10_000)])
    assert events(told) == [(2, "call_low", 1.25, 8_000), (3, "cured", 2.0, 0)]


@tellers
@pytest.mark.parametrize(("fill", "expected"), [("open", [(1, "instant_low", 1.0, 80_000)]), ("close", [])])
def test_what_is_bought_at_the_close_did_not_see_the_low_of_its_day(teller, tmp_path, fill, expected):
    told = tell(teller, tmp_path, [10, (10, 10, 5, 10), 10], fill=fill)
    assert [one for one in events(told) if one[0] == 1] == expected


@tellers
def test_what_is_sold_at_the_close_saw_the_low_of_its_day(teller, tmp_path):
    orders = [*BOUGHT, (2, "sell_to_repay", 20_000)]
    told = tell(teller, tmp_path, [*CALM, (10, 10, 7.9, 10), 10], orders, fill="close")
    assert [event[:2] for event in events(told)] == [(2, "call_low"), (3, "cured")]


@tellers
def test_a_low_beyond_the_limit_of_the_day_counts_as_the_limit(teller, tmp_path):
    """A slip of 0.79 on a day whose lower limit is 9: 280,000 against 200,000 are 140 %, which is not below it."""
    assert events(tell(teller, tmp_path, [*CALM, (10, 10, 0.79, 10), 10], limits=True)) == []


def test_the_summary_tells_the_lowest_bound_and_nothing_without_the_option(tmp_path):
    summary = story_of([*CALM, (10, 10, 7.9, 10), 10])[0].by_engine(tmp_path).summary
    assert summary["lowest_intraday_ratio"] == near(1.29)
    assert summary["lowest_intraday_date"] == "2024-09-04"
    assert summary["margin_calls"] == 1
    assert summary["lowest_maintenance_ratio"] == near(1.5)
    summary = story_of([*CALM, (10, 10, 7.9, 10), 10], judge="close")[0].by_engine(tmp_path).summary
    assert not [name for name in summary if "intraday" in name]


def test_data_without_lows_are_refused(tmp_path):
    story, _ = story_of([*CALM, 10])
    for bar in (bar for day in story.bars.values() for bar in day.values()):
        del bar["low"]
    with pytest.raises(DataError, match=r"`account.judge: low` needs the fields `low` and `high`"):
        story.by_engine(tmp_path)
