"""Attribution: by hand, and against mark-to-market of every position on every session."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.account.tables import make_table
from liangrong.core.run.attribution import attribute
from liangrong.core.run.engines import execute
from liangrong.core.run.scenario import prepare
from run.configured import SPREAD, TREND, configured

DAY = np.datetime64("2024-03-05")
BOUGHT, SOLD = ("buy", "margin_buy", "buy_to_return"), ("sell", "sell_to_repay", "short_sell")


def fills(*rows):
    names = ("symbol", "kind", "shares", "price", "commission", "stamp_duty", "transfer_fee", "interest")
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    columns |= {"date": [DAY] * len(rows), "value": [row[2] * row[3] for row in rows]}
    return make_table("fills", columns)


def contracts(*rows):
    columns = {"id": range(len(rows)), "kind": [r[0] for r in rows], "symbol": [r[1] for r in rows]}
    columns |= {"interest": [r[2] for r in rows]} | {name: [DAY] * len(rows) for name in ("opened", "due", "closed")}
    columns |= {name: [0.0] * len(rows) for name in ("principal", "sell_amount", "shares", "rate", "amount_years")}
    return make_table("contracts", columns)


def test_by_hand():
    given = fills(
        ("A", "buy", 100, 10.0, 5.0, 0.0, 0.1, 0.0),
        ("A", "sell", 40, 12.0, 5.0, 0.5, 0.1, 0.0),
        ("B", "short_sell", 50, 20.0, 5.0, 1.0, 0.2, 0.0),
        ("B", "buy_to_return", 50, 18.0, 5.0, 0.0, 0.2, 3.0),
        ("", "repay", 0, 0.0, 0.0, 0.0, 0.0, 7.0),
    )
    owed = contracts(("financing", "A", 7.0), ("short", "B", 3.0), ("financing", "C", 0.0))
    paid = [("A", 30.0, 0.0), ("A", 6.0, 0.0), ("B", 0.0, 12.0)]
    table = pd.DataFrame(attribute(given, owed, ("A", "B", "C"), np.array([60 * 11.0, 0.0, 0.0]), paid, 500.0))
    rows = [tuple(row) for row in table.itertuples(index=False)]
    assert ("price_pnl", "A", -1_000 + 480 + 660) in rows
    assert ("price_pnl", "B", 1_000 - 900) in rows
    assert not [row for row in rows if row[1] == "C"]
    total = table.groupby("component")["amount"].sum()
    assert total["commission"] == -20.0
    assert total["stamp_duty"] == -1.5
    assert total["transfer_fee"] == pytest.approx(-0.6)
    assert total["financing_interest"] == -7.0
    assert total["borrow_fee"] == -3.0
    assert total["cash_flow"] == 500.0
    assert total["dividends"] == 36.0
    assert total["dividends_owed"] == -12.0


def test_nothing_traded():
    table = attribute(make_table("fills"), make_table("contracts"), ("A",), np.zeros(1), (), 0.0)
    assert table == {"component": ["dividends"], "symbol": [""], "amount": [0.0]}


@pytest.fixture(scope="module", params=[SPREAD, TREND], ids=lambda strategy: strategy["name"])
def finished(request):
    scenario = prepare(configured(strategy=request.param))
    return scenario, execute(scenario)


def test_the_parts_sum_to_the_change_of_equity(finished):
    scenario, result = finished
    change = result.equity["equity"].iloc[-1] - scenario.config.account.cash
    assert abs(change) > 1_000.0
    assert result.attribution["amount"].sum() == pytest.approx(change, abs=1e-6)
    assert {"financing_interest", "borrow_fee", "stamp_duty"} <= set(result.attribution["component"])


def test_price_pnl_is_that_of_marking_every_position_to_market(finished):
    scenario, result = finished
    close = pd.DataFrame(scenario.panel["close"]).ffill().fillna(0.0).to_numpy()
    symbols = list(scenario.panel.symbols)
    days = {pd.Timestamp(day): t for t, day in enumerate(scenario.panel.sessions)}
    traded = np.zeros(close.shape)
    gain = np.zeros(close.shape)
    for row in result.fills.itertuples():
        if row.kind in BOUGHT + SOLD:
            t, j = days[row.date], symbols.index(row.symbol)
            signed = row.shares if row.kind in BOUGHT else -row.shares
            traded[t, j] += signed
            gain[t, j] += signed * (close[t, j] - row.price)
    held = np.cumsum(traded, axis=0)
    gain[1:] += held[:-1] * np.diff(close, axis=0)
    expected = dict(zip(symbols, gain.sum(axis=0), strict=True))
    prices = result.attribution[result.attribution["component"] == "price_pnl"]
    assert len(prices) >= 5
    assert {row.symbol for row in prices.itertuples()} == {
        symbols[j] for j in np.flatnonzero(np.abs(traded).sum(axis=0))
    }
    for row in prices.itertuples():
        assert row.amount == pytest.approx(expected[row.symbol], abs=1e-6)
