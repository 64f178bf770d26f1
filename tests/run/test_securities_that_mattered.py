"""Which securities a run's page shows one by one, and the marks of what the account did with them, by hand."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from liangrong.core.account.tables import make_table
from liangrong.core.pages.language import speaking
from liangrong.core.run.mattered_section import reasons_words
from liangrong.core.run.page import render
from liangrong.core.run.result import Result, load
from liangrong.core.run.security_choice import securities_that_mattered
from liangrong.core.run.security_held import held_of
from liangrong.core.run.security_marks import MOST_FILLS, contract_lines, deals_of, fill_marks
from liangrong.core.run.security_rows import MOST_DAYS, folded, security_chart
from page_parts import figures_of
from run.fabricated import SYMBOLS, fabricated_path, fabricated_result
from run.test_page import painted

DAYS = pd.bdate_range("2024-01-01", periods=12)
NAN = np.nan
ONE = "600000.SH"


def rows(table, columns, *found):
    return make_table(table, pd.DataFrame(list(found), columns=columns))


def fills(*found):
    head = ("date", "symbol", "kind", "shares", "price", "value")
    made = pd.DataFrame([(DAYS[t], *more) for t, *more in found], columns=list(head))
    return made.assign(commission=0.0, stamp_duty=0.0, transfer_fee=0.0, interest=0.0)


def equity():
    account = dict.fromkeys(("long_value", "short_value", "principal", "accrued", "available_margin"), 0.0)
    worth = pd.DataFrame({"date": DAYS, "cash": 1000.0, "equity": [1000.0] * 10 + [2000.0, 0.0]})
    return worth.assign(**account, maintenance_ratio=np.inf)


FORCED = ["date", "cause", "symbol", "kind", "wanted", "done", "price", "reason"]
CONTRACTS = ["id", "kind", "symbol", "opened", "due", "closed", "principal", "sell_amount", "shares", "rate"]


def result(**tables):
    return Result(name="made", config={"account": {"cash": 1000.0}}, equity=equity(), **tables)


def test_the_first_of_each_list_in_turn_then_the_second():
    """Profits: A +90 (100 - 10), B +50, C -20, D -70, E +1 - 40 = -39, F 0; costs: E 40, A 10; forced: C 300, B 100."""
    attributed = [
        *(("price_pnl", "A", 100.0), ("commission", "A", -4.0), ("financing_interest", "A", -6.0)),
        *(("price_pnl", "B", 50.0), ("price_pnl", "C", -20.0), ("price_pnl", "D", -70.0)),
        *(("price_pnl", "E", 1.0), ("borrow_fee", "E", -40.0), ("interest_received", "", 500.0)),
    ]
    forced = [
        (DAYS[3], "due", "C", "sell_to_repay", 30, 30, 10.0, ""),
        (DAYS[4], "due", "B", "sell_to_repay", 30, 10, 10.0, "limit_down"),
        (DAYS[4], "due", "F", "sell_to_repay", 30, 0, NAN, "suspended"),
        (DAYS[4], "due", "", "repay", 9e9, 9e9, NAN, ""),
    ]
    made = result(
        attribution=rows("attribution", ["component", "symbol", "amount"], *attributed),
        forced_sales=rows("forced_sales", FORCED, *forced),
        fills=fills((1, "A", "buy", 10, 10.0, 100.0), (2, "A", "sell", 10, 20.0, 200.0), (2, "", "repay", 1, NAN, 5.0)),
    )
    found = {one.symbol: one for one in securities_that_mattered(made)}
    # gain A, loss D, forced C, costs E; then gain B, loss E (chosen), forced B (chosen), costs A (chosen); forced F
    assert list(found) == ["A", "D", "C", "E", "B", "F"]
    assert [reasons_words(one) for one in found.values()] == [
        "gain no. 1",
        "loss no. 1",
        "forced sales no. 1",
        "costs no. 1",
        "gain no. 2, forced sales no. 2",
        "forced sales no. 3",
    ]
    assert next((one.profit, one.costs, one.fills) for one in found.values()) == (90.0, 10.0, 2)
    assert [(found[name].forced, found[name].forced_orders) for name in "CBFA"] == [(300, 1), (100, 1), (0, 1), (0, 0)]
    assert [one.symbol for one in securities_that_mattered(made, 3)] == ["A", "D", "C"]
    assert securities_that_mattered(result()) == []
    lone = result(attribution=rows("attribution", ["component", "symbol", "amount"], ("price_pnl", "A", 1.0)))
    assert [one.reasons for one in securities_that_mattered(lone)] == [(("gain", 1),)]  # it is no loss and cost nothing


def dealt():
    """Bought by own cash and on margin on one day, sold by force on two, shorted and covered, shares returned."""
    done = [
        (1, ONE, "buy", 100, 10.0, 1000.0),
        (1, ONE, "margin_buy", 200, 10.5, 2100.0),
        (1, "600519.SH", "buy", 1, 9.0, 9.0),
        (3, ONE, "sell", 100, 11.0, 1100.0),
        (4, ONE, "forced_sell_to_repay", 150, 9.0, 1350.0),
        (5, ONE, "forced_sell_to_repay", 50, 8.5, 425.0),
        (6, ONE, "short_sell", 300, 8.0, 2400.0),
        (8, ONE, "buy_to_return", 200, 7.0, 1400.0),
        (9, ONE, "return_shares", 100, NAN, 700.0),
    ]
    forced = [
        (DAYS[4], "maintenance", ONE, "sell_to_repay", 200, 150, 9.0, "expired"),
        (DAYS[4], "due", ONE, "sell_to_repay", 10, 0, NAN, "limit_down"),
        (DAYS[5], "due", ONE, "sell_to_repay", 50, 50, 8.5, ""),
    ]
    contracts = [
        (1, "financing", ONE, DAYS[1], DAYS[11], DAYS[5], 2100.0, 0.0, 200, 0.08),
        (2, "short", ONE, DAYS[6], DAYS[11], pd.NaT, 0.0, 2400.0, 300, 0.1),
    ]
    held = [
        (DAYS[1], ONE, 100, 200, 0, 10.0, 3000.0),
        (DAYS[6], ONE, 0, 0, 300, 8.0, -2400.0),
        (DAYS[10], ONE, 0, 0, 50, 8.0, -400.0),
        (DAYS[11], ONE, 0, 0, 50, 8.0, -400.0),
    ]
    columns = ["date", "symbol", "collateral", "financed", "short", "price", "value"]
    kept = pd.DataFrame(contracts, columns=CONTRACTS).assign(interest=1234.5, amount_years=0.0)
    return result(
        fills=fills(*done),
        forced_sales=rows("forced_sales", FORCED, *forced),
        contracts=kept,
        positions=pd.DataFrame(held, columns=columns),
    )


CLOSE = pd.Series([10.0, 10.1, 10.2, 11.0, 9.1, 8.6, 8.1, 7.5, 7.1, NAN, 6.9, 6.8], DAYS)


def test_each_kind_of_fill_has_its_mark_at_its_date_and_price():
    marks = {one["name"]: one for one in fill_marks(deals_of(dealt(), ONE), CLOSE)}
    day = [str(one.date()) for one in DAYS]
    assert {name: list(zip(one["x"], one["y"], strict=True)) for name, one in marks.items()} == {
        "Open long": [(day[1], 10.0), (day[1], 10.5)],
        "Close long": [(day[3], 11.0)],
        "Open short": [(day[6], 8.0)],
        "Cover": [(day[8], 7.0), (day[9], 7.1)],  # returned shares have no price: the last close
        "Forced orders": [(day[4], 9.0), (day[5], 8.5)],
    }
    both = f"{day[1]} buy 100 shares at 10.00<br>{day[1]} margin buy 200 shares at 10.50"
    assert marks["Open long"]["text"] == [both, both]
    assert marks["Cover"]["text"][1] == f"{day[9]} return shares 100 shares"
    assert marks["Forced orders"]["text"] == [
        f"{day[4]} forced sell to repay 150 shares at 9.00 (maintenance, due)",
        f"{day[5]} forced sell to repay 50 shares at 8.50 (due)",
    ]
    looks = {(one["marker"]["symbol"], one["marker"]["color"]) for one in marks.values()}
    assert len(looks) == 5


def test_contracts_run_from_opening_to_closing_at_their_opening_price():
    lines = {one["name"]: one for one in contract_lines(deals_of(dealt(), ONE), DAYS[-1])}
    day = [str(one.date()) for one in DAYS]
    financed, short = lines["Financing contracts"], lines["Short contracts"]
    assert (financed["x"], financed["y"]) == ([day[1], day[5], None], [10.5, 10.5, None])
    assert (short["x"], short["y"]) == ([day[6], day[11], None], [8.0, 8.0, None])  # open at the end
    assert financed["text"][0] == (
        f"no. 1, 200 shares, {day[1]} to {day[5]}, due {day[11]}, 8.00 %, interest 1,234"  # half to even
    )
    assert short["text"][1].startswith(f"no. 2, 300 shares, {day[6]} to –, due")
    assert list(contract_lines(deals_of(dealt(), "600519.SH"), DAYS[-1])) == []


def test_what_was_held_and_owed_is_a_fraction_of_equity():
    held = held_of(dealt(), ONE)
    assert held is not None
    assert held["long"].tolist()[:3] == [0.0, 3.0, 0.0]
    assert held["short"].tolist()[5:11] == [0.0, -2.4, 0.0, 0.0, 0.0, -0.2]
    assert np.isnan(held["short"].iloc[11])  # no equity is left
    assert held_of(result(), ONE) is None


def test_of_many_fills_the_largest_are_marked_and_counted():
    many = fills(*((n % 12, ONE, "buy", n + 1, 1.0, n + 1.0) for n in range(MOST_FILLS + 50)))
    (marks,) = fill_marks(deals_of(result(fills=many), ONE), CLOSE)
    assert len(marks["x"]) == MOST_FILLS
    assert marks["meta"] == {"not_marked": 50}
    assert marks["text"][0].count("<br>") == 8
    assert marks["text"][0].endswith("<br>and 26 more")  # of 34 on that session
    assert " buy 51 shares" in marks["text"][0]
    assert " buy 50 shares" not in " ".join(marks["text"])


def test_sessions_are_folded_as_a_weekly_chart_is_made_of_a_daily_one():
    days = pd.DataFrame(
        {
            "date": DAYS[:5],
            "open": [1.0, 2.0, 3.0, NAN, 5.0],
            "high": [1.5, 2.5, 3.5, NAN, 5.5],
            "low": [0.5, 1.5, 2.5, NAN, 4.5],
            "close": [1.1, 2.1, 3.1, NAN, 5.1],
            "net_buy": [10.0, -3.0, NAN, NAN, 4.0],
            "score": [1.0, NAN, 2.0, NAN, 3.0],
        }
    )
    made = folded(days, 2)
    assert made["date"].tolist() == [DAYS[1], DAYS[3], DAYS[4]]
    columns = {"open": [1, 3, 5], "high": [2.5, 3.5, 5.5], "low": [0.5, 2.5, 4.5], "close": [2.1, 3.1, 5.1]}
    for name, values in {**columns, "net_buy": [7, NAN, 4], "score": [1, 2, 3]}.items():
        np.testing.assert_array_equal(made[name], values)
    assert folded(days, 1) is days


@pytest.mark.parametrize("bars", [True, False])
def test_all_rows_stand_on_one_axis_and_hold_what_they_should(bars):
    made = dealt()
    figure = security_chart(
        fabricated_path(ONE, DAYS, bars), deals_of(made, ONE), held_of(made, ONE), made.trades, "balance_trend"
    )
    go.Figure(painted(figure))  # raises for a property or a value that plotly does not know
    assert {trace.get("xaxis", "x") for trace in figure["data"]} == {"x"}
    layout = figure["layout"]
    domains = [axis["domain"] for name, axis in layout.items() if name.startswith("yaxis")]
    assert [note["text"] for note in layout["annotations"]] == [
        "Events",
        "Held, owed, target dashed, of equity",
        "Financing, spread dotted, CNY billion",
        "Short balance, CNY million",
        "Net financing purchases, CNY million",
        "Net short sales, shares",
        "Score of balance_trend",
    ]
    assert len(domains) == 8
    assert all(above[0] > below[1] for above, below in itertools.pairwise(domains))
    traces = {trace["name"]: trace for trace in figure["data"]}
    assert traces["Score"]["y"] == np.round(np.sin(np.arange(12)), 4).tolist()
    assert ("Price" in traces, "Close" in traces) == (bars, not bars)
    assert traces["No trading"]["x"] == ["2024-01-01", "2024-01-05", None]
    assert (traces["Ex-date"]["x"], traces["Limit up"]["x"]) == (["2024-01-09"], ["2024-01-08"])
    assert traces["Target"]["y"] == [0.1] * 12


def test_where_no_positions_were_kept_round_trips_say_when_it_was_held():
    made = fabricated_result()
    trips = pd.DataFrame({"kind": ["financed", "short"], "opened": DAYS[[1, 4]], "closed": [DAYS[3], pd.NaT]})
    figure = security_chart(fabricated_path(ONE, DAYS), deals_of(made, ONE), None, trips.assign(shares=100), "")
    traces = {trace["name"]: trace for trace in figure["data"]}
    assert traces["Financed"]["x"] == ["2024-01-02", "2024-01-04", None]
    assert (traces["Short"]["x"], traces["Short"]["y"]) == (["2024-01-05", "2024-01-16", None], [1, 1, None])
    assert "Held" not in traces


def test_the_page_draws_those_it_has_the_paths_of_and_says_what_it_lacks(tmp_path):
    made = fabricated_result()
    days = pd.DatetimeIndex(made.equity["date"])
    chosen = [one.symbol for one in securities_that_mattered(made)]
    assert len(chosen) == 6
    assert set(chosen) <= set(SYMBOLS)
    page = render(made, paths=[fabricated_path(symbol, days) for symbol in chosen])
    assert [name for name in figures_of(page) if "security" in name] == [f"chart-security-{n}" for n in range(6)]
    assert page.count("<option>") == 6
    assert len(days) > MOST_DAYS
    assert "Each candle and point stands for 2 sessions." in page
    assert "are left out" not in page
    rebuilt = render(load(made.save(tmp_path / "run")))
    assert "Their charts need the data of the run" in rebuilt
    assert "<option>" not in rebuilt
    for symbol in chosen:
        assert symbol in rebuilt[rebuilt.index("Securities that mattered") :]


def test_a_page_says_what_is_not_marked_and_speaks_chinese():
    made = fabricated_result()
    symbol = securities_that_mattered(made)[0].symbol
    days = pd.DatetimeIndex(made.equity["date"])
    many = pd.concat([made.fills[made.fills["symbol"] == symbol].iloc[:1]] * (MOST_FILLS + 7), ignore_index=True)
    crowded = replace(made, fills=many)
    paths = [fabricated_path(symbol, days)]
    assert "largest contracts are drawn: 7 are left out." in render(crowded, paths=paths)
    with speaking("zh"):
        page = render(crowded, paths=paths)
    assert "关键证券" in page
    assert "略去 7 笔" in page
    names = {trace["name"] for trace in figures_of(page)["chart-security-0"]["data"]}
    assert {"价格", "停牌", "融资余额", "得分"} <= names
