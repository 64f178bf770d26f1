"""What the page of a security says in words: what rests on derived fields, its last day, Chinese, no dashes."""

import re
from dataclasses import replace

import pytest
from liangrong.core.pages.language import heard, speaking
from liangrong.core.views.security_page import render_security
from liangrong.core.views.security_view import security_view
from views.test_security import BY_HAND, NAN, panel_of


def test_the_notes_name_every_figure_that_rests_on_a_derived_field():
    prices = dict.fromkeys(("open", "high", "low", "close"), BY_HAND["close"])
    names = ("volume", "short_volume", "financing_balance", "financing_buy")
    given = panel_of(**prices, **{name: BY_HAND[name] for name in names})
    view = security_view(given, "600001.SH")
    assert view.of("purchase_share") == pytest.approx(30 / (200 * 20))
    derived = [note for note in view.notes if " is derived: " in note]
    # By hand, of what the data do not have: repayments, short balance, total, spread, close before, amount, suspension.
    assert {note.split(" is derived: ")[0] for note in derived} == {
        *("Financing repay", "Short balance", "Total balance", "Spread", "Pre close", "Amount", "Suspended"),
    }
    rests = {note.split(" is")[0]: note.split("What rests on it: ")[1] for note in derived if "What rests" in note}
    assert rests == {
        "Amount": "Purchases/turnover.",
        "Financing repay": "Net purchases.",
        "Short balance": "Short/financing.",
    }
    assert "Amount is derived: volume x mean of open, high, low and close (5 of 5 cells)" in "".join(derived)
    with speaking("zh"):
        said = [heard(note) for note in derived]
    assert "成交额为推算值：成交量 × 开高低收均价（5 格中的 5 格）。依赖它的指标：融资买入/成交额。" in said
    assert not any(re.search("[A-Za-z]{3}", one) for one in said)
    # What nothing rests on, or what is not shown, is not named.
    assert not any("float cap" in note.lower() for note in derived)


def test_a_security_that_has_ended_is_shown_on_its_last_day_with_a_price_or_a_balance():
    close, balance = BY_HAND["close"].copy(), BY_HAND["financing_balance"].copy()
    close[2:, 0], balance[3:, 0] = NAN, [NAN, 0]  # a margin list may go on with 0
    given = panel_of(close=close, financing_balance=balance)
    view = security_view(given, "600000.SH")
    assert str(view.date) == "2024-01-10"  # a balance without a price
    assert view.notes[0] == (
        "600000.SH has no price and no balance on 2024-01-12: shown is 2024-01-10, the last session with one."
    )
    assert (view.of("financing_balance"), len(view.history)) == (130, 3)
    asked = security_view(given, "600000.SH", "2024-01-12")  # a day that is asked for stays
    assert str(asked.date) == "2024-01-12"
    other = security_view(given, "600001.SH")
    assert str(other.date) == "2024-01-12"
    assert not any("no price and no balance" in note for note in (*asked.notes, *other.notes))
    close[:, 0] = balance[:, 0] = NAN
    assert str(security_view(panel_of(close=close, financing_balance=balance), "600000.SH").date) == "2024-01-12"


def test_a_chinese_page_says_source_notes_and_prices_in_chinese():
    fields = {name: BY_HAND[name] for name in ("close", "volume", "float_shares", "financing_balance")}
    prices = dict.fromkeys(("open", "high", "low"), BY_HAND["close"])
    panel = panel_of(**fields, **prices)
    source = "daily bars; a table with canonical columns"
    view = security_view(replace(panel, source=source), "600001.SH")
    with speaking("zh"):
        page = render_security(view, "ds", plotly="")
    for text in (
        "日线行情；规范列名的表格",
        "流通市值为推算值：流通股本 × 不复权收盘价",
        "开盘价",
        "最高价",
        "最低价",
        "收盘价",
    ):
        assert text in page
    for text in ("未了结", "canonical", "daily bars", "Float cap", "float shares"):
        assert text not in page
    assert source in render_security(view, "ds", plotly="")


def test_a_security_without_balances_or_without_prices_has_no_clause_of_dashes():
    fields = {name: BY_HAND[name].copy() for name in ("close", "financing_balance")}
    fields["close"][:, 0] = NAN
    fields["financing_balance"][:, 1] = NAN
    panel = panel_of(**fields)
    assert "close" not in security_view(panel, "600000.SH").sentence()
    told = security_view(panel, "600001.SH").sentence()
    assert "financing balance" not in told
    assert "CNY" not in told
    assert told.startswith("600001.SH on 2024-01-12: close 20.00 (")
