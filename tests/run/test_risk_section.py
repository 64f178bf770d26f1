"""Calls, forced sales and insolvency in figures, chart, page and terminal."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from liangrong.core.account.tables import make_table
from liangrong.core.pages.table_markup import MOST_ROWS
from liangrong.core.run.forced_section import forced_steps
from liangrong.core.run.maintenance_section import maintenance_chart
from liangrong.core.run.metrics import maintenance_lines, summarise
from liangrong.core.run.page import render
from liangrong.core.run.result import Result
from liangrong.core.run.terminal import summary_table
from rich.console import Console
from run.fabricated import LINES, fabricated_result
from run.test_page import Outline, rows_of

DAYS = pd.bdate_range("2024-03-04", periods=6)
ABSENT = pd.NaT


def events_of(*rows):
    return make_table("margin_events", pd.DataFrame(rows, columns=list(make_table("margin_events"))))


def forced_of(*rows):
    return make_table("forced_sales", pd.DataFrame(rows, columns=list(make_table("forced_sales"))))


EVENTS = events_of(
    (DAYS[1], "call", 1.28, DAYS[2], 2_000.0, 0),
    (DAYS[2], "forced_sale", 1.25, ABSENT, 15_000.4, 0),
    (DAYS[2], "due", np.nan, DAYS[2], 0.0, 7),
    (DAYS[3], "insolvent", 0.9, ABSENT, 10_000.0, 0),
)
FORCED = forced_of(
    (DAYS[3], "maintenance", "600000.SH", "sell_to_repay", 4_700.0, 4_700.0, 6.4, ""),
    (DAYS[3], "due", "600001.SH", "sell_to_repay", 1_000.0, 0.0, np.nan, "limit_down"),
    (DAYS[4], "insolvent", "600001.SH", "sell_to_repay", 1_000.0, 200.0, 5.0, "expired"),
    (DAYS[4], "insolvent", "", "repay", 321.5, 321.5, np.nan, ""),
)


def made(events=EVENTS, forced=FORCED, config=None, **tables):
    flat: Any = {name: [0.0] * 6 for name in make_table("equity") if name not in ("date", "maintenance_ratio")}
    result = Result(
        name="risk",
        config={"account": {"lines": LINES}} if config is None else config,
        equity=flat | {"date": DAYS, "maintenance_ratio": [np.inf, 1.28, 1.25, 0.9, 0.95, 0.95]},
        margin_events=events,
        forced_sales=forced,
        **tables,
    )
    return replace(result, summary=summarise(result, start_equity=1.0))


def fills_of(*pairs):
    rows = [(DAYS[3], "600000.SH", kind, 100, 1.0, value, 0.0, 0.0, 0.0, 0.0) for kind, value in pairs]
    return make_table("fills", pd.DataFrame(rows, columns=list(make_table("fills"))))


def shown(summary):
    text = io.StringIO()
    Console(width=80, file=text, color_system=None).print(summary_table(summary))
    return text.getvalue()


def cells(row):
    return row.replace("<td class=text>", "<td>").removeprefix("<td>").removesuffix("</td>").split("</td><td>")


def test_figures():
    fills = fills_of(("margin_buy", 50.0), ("forced_sell_to_repay", 30.0), ("forced_repay", 20.0), ("repay", 10.0))
    summary = made(fills=fills).summary
    assert summary["margin_events_by_kind"] == {"call": 1, "due": 1, "forced_sale": 1, "insolvent": 1}
    assert (summary["margin_calls"], summary["forced_orders"], summary["forced_orders_unfilled"]) == (1, 4, 2)
    assert (summary["insolvent_date"], summary["insolvency_shortfall"]) == ("2024-03-07", 10_000.0)
    assert (summary["forced_fills"], summary["forced_value"]) == (2, 30.0)
    assert summary["traded_value"] == 80.0  # no repayment is a trade, a forced one neither


def test_a_quiet_run_has_none_of_it():
    quiet = made(make_table("margin_events"), make_table("forced_sales"))
    assert quiet.summary["margin_events_by_kind"] == {}
    assert (quiet.summary["margin_calls"], quiet.summary["insolvent_date"]) == (0, None)
    text = shown(quiet.summary)
    assert "Margin calls" not in text
    assert "Insolvent" not in text
    texts = Outline(render(quiet)).texts
    assert "No warning, no call, and no contract fell due." in texts
    assert not {"Margin calls", "Insolvent by", "Dividends"} & set(texts)
    assert maintenance_chart(quiet)["layout"]["showlegend"] is False
    assert len(maintenance_chart(quiet)["data"]) == 1


def test_the_terminal_mentions_calls_forced_sales_and_insolvency():
    summary = made(fills=fills_of(("forced_sell_to_repay", 31_080.0))).summary
    lines = {" ".join(line.replace("│", " ").split()) for line in shown(summary).splitlines()}
    assert "Margin calls 1 Forced orders 4" in lines
    assert "Traded by force (CNY) 31,080 not wholly done 2" in lines
    assert "Insolvent on 2024-03-07 short by (CNY) 10,000" in lines
    assert max(map(len, shown(summary).splitlines())) <= 80


def test_the_page_lists_the_events_of_the_account():
    page = render(made())
    assert [cells(row) for row in rows_of(page, "Margin calls and other events")] == [
        ["2024-03-05", "call", "2024-03-06", "128.00 %", "2,000"],
        ["2024-03-06", "forced sale", "–", "125.00 %", "15,000"],
        ["2024-03-07", "insolvent", "–", "90.00 %", "10,000"],
    ]
    texts = Outline(page).texts
    assert any(text.startswith("Events: call 1, due 1, forced sale 1, insolvent 1. Amount: ") for text in texts)
    assert "insolvent on 2024-03-07" in texts
    assert "2 not wholly carried out" in texts
    assert "2024-03-07 · debt above assets, CNY" in texts


def test_the_page_lists_what_was_sold_at_what_price_and_what_could_not_be_sold():
    """The close before was 6.65: 4,700 shares at 6.40 brought 1,175 CNY less. Of 600001 the run kept none."""
    marks: Any = {"date": [DAYS[3]], "symbol": ["600000.SH"], "price": [6.65]}
    page = render(made(forced_marks=marks, fills=fills_of(("forced_sell_to_repay", 30_080.0))))
    rows = [cells(row) for row in rows_of(page, "Forced sales step by step")]
    sold = "sell to repay"
    assert rows == [
        [
            "2024-03-07",
            "maintenance",
            sold,
            "600000.SH",
            "–",
            "0",
            "125.0 %",
            "4,700",
            "4,700",
            "6.40",
            "6.65",
            "+1,175",
        ],
        ["2024-03-07", "due", sold, "600001.SH", "limit down", "0", "125.0 %", "1,000", "0", "–", "–", "–"],
        ["2024-03-08", "insolvent", sold, "600001.SH", "expired", "0", "90.0 %", "1,000", "200", "5.00", "–", "–"],
        ["2024-03-08", "insolvent", "repay", "–", "–", "0", "90.0 %", "322", "322", "–", "–", "–"],
    ]
    told = (
        "4 orders of the broker on 2 days (insolvent 2, due 1, maintenance 1), 2 of them not wholly carried out. "
        "Why not: expired 1, limit down 1. Against the close before they cost 1,175 CNY, and 0 CNY of fees."
    )
    assert told in Outline(page).texts


def test_a_forced_purchase_costs_where_it_pays_more_than_the_close_before():
    forced = forced_of((DAYS[3], "recalled", "600000.SH", "buy_to_return", 300.0, 300.0, 10.5, ""))
    marks: Any = {"date": [DAYS[3]], "symbol": ["600000.SH"], "price": [10.0]}
    assert forced_steps(made(forced=forced, forced_marks=marks))["cost"].tolist() == [150.0]


def test_the_first_session_has_no_close_before():
    forced = forced_of((DAYS[0], "due", "", "repay", 5.0, 5.0, np.nan, ""))
    assert forced_steps(made(forced=forced))[["owed", "ratio"]].isna().all(axis=None)


def test_long_tables_end_and_say_where_the_rest_is():
    events = events_of(*[(DAYS[0], "call", 1.2, DAYS[1], 1.0, 0)] * (MOST_ROWS + 3))
    forced = forced_of(*[(DAYS[3], "due", "600000.SH", "sell", 1.0, 1.0, 1.0, "")] * 50)
    page = render(made(events, forced))
    assert len(rows_of(page, "Margin calls and other events")) == MOST_ROWS
    assert "3 more rows are in margin_events.csv." in page
    assert "more rows are in forced_sales.csv" not in page


def test_contracts_that_fell_due_and_nothing_else():
    page = render(made(events_of((DAYS[2], "extended", np.nan, DAYS[4], 0.0, 7)), make_table("forced_sales")))
    assert rows_of(page, "Margin calls and other events") == []
    texts = Outline(page).texts
    assert any(text.startswith("Events: extended 1.") for text in texts)
    assert "The broker sold nothing." in texts


def test_dividends_have_a_card_where_there_were_any():
    rows = {"component": ["dividends", "dividends_owed"], "symbol": ["a", "a"], "amount": [1_500.0, -300.0]}
    texts = Outline(render(made(attribution=rows))).texts
    assert texts[texts.index("Dividends") + 1 :][:2] == ["1,500", "CNY received; 300 owed to lenders"]


def test_events_are_marked_on_the_chart_at_their_ratio():
    chart = maintenance_chart(made())
    marks = {line["name"]: (line["x"], line["y"]) for line in chart["data"][1:]}
    assert marks == {
        "Call": (["2024-03-05"], [1.28]),
        "Forced sale": (["2024-03-06"], [1.25]),
        "Insolvent": (["2024-03-07"], [0.9]),
        "Due": (["2024-03-06"], [1.25]),  # of a contract, without a ratio of its own: at that of the close
    }
    assert chart["layout"]["showlegend"] is True
    refused = events_of((DAYS[0], "withdrawal_refused", np.inf, ABSENT, 5.0, 0))
    free = maintenance_chart(made(refused))
    assert free["data"][1]["y"] == pytest.approx([free["layout"]["yaxis"]["range"][1]])  # no debt: at the upper end


def test_only_ratios_are_drawn_as_lines():
    config = {"account": {"lines": {**LINES, "cure": 1.35, "grace": 2}}}
    assert maintenance_lines(config) == {**LINES, "cure": 1.35}
    assert len(maintenance_chart(made(config=config))["layout"]["shapes"]) == 6


@pytest.mark.parametrize("field", ["event", "reason"])
def test_texts_are_escaped(field):
    evil = "<b>& evil"
    result = made(EVENTS.assign(event=evil) if field == "event" else EVENTS, FORCED.assign(reason=evil, symbol=evil))
    page = render(result)
    assert evil not in page
    assert "&lt;b&gt;&amp; evil" in page


def test_the_fabricated_result_has_all_of_it():
    result = fabricated_result()
    summary = summarise(result, start_equity=1e6)
    assert summary["margin_calls"] == 5
    assert summary["forced_fills"] == 5
    assert (summary["forced_orders"], summary["forced_orders_unfilled"]) == (8, 2)
