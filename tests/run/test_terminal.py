import io
import json
from typing import Any

import pytest
from liangrong.core.pages import formats
from liangrong.core.run.metrics import summarise
from liangrong.core.run.terminal import summary_table
from rich.console import Console
from run.fabricated import fabricated_result


@pytest.fixture(scope="module")
def result():
    return fabricated_result()


def shown(renderable, width=80):
    text = io.StringIO()
    Console(width=width, file=text, color_system=None).print(renderable)
    return text.getvalue()


def test_the_table_fits_80_columns_unbroken(result):
    summary = summarise(result, start_equity=1e6, synthetic=True)
    text = shown(summary_table(summary, result.notes, "Margin momentum [bold]"))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].rstrip() == "Margin momentum [bold]"
    cells = ["838,369", "-161,631", "-55.09 %", "2025-03-03", "Price P&L", "Still accrued"]
    for cell in [*cells, "Refusals: 260", "Fills: 164", "0.000000"]:
        assert cell in text
    assert "Financing rate paid" in text
    assert "8.35 %" in text
    assert "cost at list price" in text
    for name in (*summary["fills_by_kind"], *summary["refusals_by_reason"]):
        assert f" {formats.words(name)} " in text
    assert "• Synthetic data" in text
    assert all(note[:40] in text for note in result.notes)


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("factor", [1.0, 1e6])
def test_every_figure_stands_whole_at_every_width(result, width, factor):
    made = summarise(result, start_equity=1e6)
    money = {name: made[name] * factor for name in ("start_equity", "end_equity")}
    costs = {name: value * factor for name, value in made["costs"].items()}
    summary: dict[str, Any] = {**made, **money, "costs": costs}
    lines = shown(summary_table(summary, (), "Mine"), width).splitlines()
    assert max(map(len, lines)) <= width
    words = [word for line in lines for word in line.replace("│", " ").split()]
    amounts = [*money.values(), *costs.values(), money["end_equity"] - money["start_equity"]]
    assert factor == 1.0 or "1,000,000,000,000" in words
    for value in amounts:
        assert {formats.amount(value), formats.amount(value, sign=True)} & set(words)
    for name in ("total_return", "volatility", "max_drawdown", "lowest_maintenance_ratio"):
        assert formats.percent(summary[name]).split()[0] in words
    for name in ("sharpe", "turnover", "highest_leverage"):
        assert formats.number(summary[name]) in words
    for name in ("start_date", "end_date", "max_drawdown_trough", "lowest_maintenance_date"):
        assert summary[name] in words
    for count in (*summary["fills_by_kind"].values(), *summary["refusals_by_reason"].values()):
        assert formats.count(count) in words


def test_a_narrow_terminal_keeps_costs_and_attribution_apart(result):
    text = shown(summary_table({**summarise(result, start_equity=1e6), "start_equity": 1e13}), 46)
    assert "10,000,000,000,000 " in text
    order = [text.index(f"│ {name}") for name in ("Total return", "Sharpe", "Costs", "Still", "Attribution", "Price")]
    assert order == sorted(order)


def test_a_summary_that_was_read_from_disk_is_shown_in_the_same_order(result):
    summary = summarise(result, start_equity=1e6)
    parts = {"price_pnl": 1.0, "dividends": 2.0, "dividend_tax": -3.0, "interest_received": 4.0, "cash_flow": 5.0}
    summary["attribution"] = {**parts, **summary["attribution"]}
    assert shown(summary_table(json.loads(json.dumps(summary, sort_keys=True)))) == shown(summary_table(summary))
    text = shown(summary_table(summary))
    places = [text.index(formats.title(name)) for name in parts]
    assert places == sorted(places)


def test_an_empty_summary_shows_dashes():
    text = shown(summary_table({}))
    assert "Sharpe" in text
    assert formats.NONE in text
    assert "Synthetic" not in text


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (formats.percent(-0.0314159), "-3.14 %"),
        (formats.percent(0.5, 0, sign=True), "+50 %"),
        (formats.percent(0.0, sign=True), "0.00 %"),
        (formats.percent(None), "–"),
        (formats.percent(float("inf")), "–"),
        (formats.amount(1234567.5), "1,234,568"),
        (formats.amount(-0.2, sign=True), "0"),
        (formats.amount(2.0, sign=True), "+2"),
        (formats.number(-1e-9, 6), "0.000000"),
        (formats.number(1234.567), "1,234.57"),
        (formats.count(12345), "12,345"),
        (formats.exact(100.0), "100"),
        (formats.exact(1e-05), "0.00001"),
        (formats.exact(1.3), "1.3"),
        (formats.exact("suspended"), "suspended"),
        (formats.words("t_plus_1"), "T+1"),
        (formats.title("financing_interest"), "Financing interest"),
    ],
)
def test_wording(made, expected):
    assert made == expected
