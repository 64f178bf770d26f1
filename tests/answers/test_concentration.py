"""One security's share of the assets at the close (集中度), and haircuts by price-earnings ratio, worked by hand."""

import pytest
from oracles.account.story import Story, flat, together
from oracles.account.tables import of_result, of_run

A, B, FUND = "600001.SH", "600002.SH", "510300.SH"
NOTHING = {"value": 0, "override": True}
FREE = {"commission_rate": 0, "commission_minimum": 0, "stamp_duty_rate": NOTHING, "transfer_fee_rate": NOTHING}
OWN = {"value": 0.5, "override": True}
ACCOUNT = {"cash": 100_000, "financing_rate": 0, "financing_margin_ratio": OWN}
TIERS = [{"below": 1.8, "share": 0.4}]

tellers = pytest.mark.parametrize("teller", ["oracle", "engine"])


def near(expected):
    return pytest.approx(expected, abs=1e-6)  # CNY


def crossed(tiers=TIERS):
    """Return the story of 10,000 of A, financed at 10, and 1,000 of B: at 7.5 the ratio is 175 % and A 75,000."""
    prices = [10, 10, 7.5, 7.5, 10, 7.5]
    bars = together(flat(prices, A), flat([10] * 6, B))
    days = sorted(bars)
    orders = [(A, "margin_buy", 10_000), (B, "buy", 1_000)]
    rows = [{"date": days[1], "symbol": s, "kind": kind, "shares": shares} for s, kind, shares in orders]
    account = {**ACCOUNT, "haircut": {"value": 1.0, "override": True}, "concentration": tiers}
    return Story(bars, rows, {"account": account, "costs": FREE, "market": {"price_limits": False}}), days


@tellers
def test_each_crossing_of_a_tier_is_told_once(teller, tmp_path):
    """75,000 of 175,000 are 5,000 more than 40 %; at 10 the ratio is 200 %, where no tier holds."""
    story, days = crossed()
    tables = of_run(story.by_oracle()) if teller == "oracle" else of_result(story.by_engine(tmp_path))
    told = [row for row in tables["margin_events"] if row["event"] == "concentrated"]
    assert [days.index(row["date"]) for row in told] == [2, 5]
    assert [(float(row["ratio"]), float(row["amount"])) for row in told] == [(near(1.75), near(5_000))] * 2


def test_every_close_above_a_tier_stands_in_a_table_and_is_counted(tmp_path):
    story, days = crossed()
    result = story.by_engine(tmp_path)
    table = result.concentration
    assert table is not None
    assert [days.index(date.date()) for date in table["date"]] == [2, 3, 5]
    assert set(table["symbol"]) == {A}
    assert table[["value", "share", "allowed", "ratio"]].iloc[0].tolist() == [75_000, near(75 / 175), 0.4, near(1.75)]
    assert result.summary["sessions_concentrated"] == 3
    assert crossed([])[0].by_engine(tmp_path).concentration is None


# ---- haircuts by price-earnings ratio --------------------------------------------------------------------------------


def margins(teller, folder, symbol, field, values, start):
    """Return the available margin at each close of an account that bought 1,000 shares at 10, its cash 90,000 after."""
    bars = flat([10] * len(values), symbol, start=start)
    days = sorted(bars)
    for day, value in zip(days, values, strict=True):
        if value is not None:
            bars[day][symbol][field] = value
    orders = [{"date": days[1], "symbol": symbol, "kind": "buy", "shares": 1_000}]
    story = Story(bars, orders, {"account": ACCOUNT, "costs": FREE})
    tables = of_run(story.by_oracle()) if teller == "oracle" else of_result(story.by_engine(folder))
    return [float(row["available_margin"]) for row in tables["equity"]][1:]


@tellers
@pytest.mark.parametrize(("field", "last", "good"), [
    ("pe_static", 300, 12.5), ("pe_static", -4, 12.5), ("is_loss", 1, 0),
])  # fmt: skip
def test_the_last_close_of_a_week_decides_the_haircut_of_the_next_one(teller, tmp_path, field, last, good):
    """From Monday, 2016-12-05: the rule begins on the 12th with what Friday the 9th says, and ends with the week."""
    values = [*[good] * 4, last, *[good] * 5, good]
    found = margins(teller, tmp_path, A, field, values, "2016-12-05")
    assert found == near([96_500] * 4 + [90_000] * 5 + [96_500])


@tellers
@pytest.mark.parametrize(("symbol", "value", "start", "expected"), [
    (A, 299.99, "2016-12-05", 96_500), (A, 300, "2016-11-14", 96_500), (FUND, 300, "2016-12-05", 99_000),
    (A, 300, "2024-09-02", 90_000), (A, None, "2024-09-02", 96_500),
])  # fmt: skip
def test_below_300_before_the_rule_of_funds_and_where_nothing_is_known_it_lowers_nothing(
    teller, tmp_path, symbol, value, start, expected
):
    found = margins(teller, tmp_path, symbol, "pe_static", [value] * 7, start)
    assert found[-1] == near(expected)
