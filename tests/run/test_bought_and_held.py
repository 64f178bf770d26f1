"""Raw prices with the derived table of actions give, through the engine, what adjusted prices give: dividends explain
the rest, since a run keeps them in cash and an adjusted price buys them back.
"""

from typing import Any

import liangrong as lr
import numpy as np
import pandas as pd
import pytest
from liangrong.core.panel.derived_actions import derive_actions

FREE = {
    "commission_rate": 0.0,
    "commission_minimum": 0.0,
    "slippage": 0.0,
    "transfer_fee_rate": {"value": 0.0, "override": True},
    "stamp_duty_rate": {"value": 0.0, "override": True},
}
CASH = 1e9


@pytest.fixture(scope="module")
def pairs(real, tmp_path_factory):
    """Return a folder with both datasets and the table of actions, and the raw panel and the table."""
    folder = tmp_path_factory.mktemp("pairs")
    for name in ("raw", "forward_adjusted"):
        lr.import_data(None, real / "ashare300" / "pairs" / name, folder / name)
    raw, adjusted = (lr.read_dataset(folder / name) for name in ("raw", "forward_adjusted"))
    table = derive_actions(raw, adjusted).table
    table.to_csv(folder / "actions.csv", index=False)
    return folder, raw, table


def first_traded(raw: Any, symbol: str) -> int:
    """Return the first session that is traded and is followed by one."""
    traded = raw["volume"][:, raw.symbols.index(symbol)] > 0.0
    return int(np.argmax(traded[:-1] & traded[1:]))


def growth(pairs, symbol: str, name: str, **data: str) -> float:
    """Return what one CNY of shares that the engine bought on the second session became."""
    folder, raw, _ = pairs
    result = lr.run(
        {
            "name": "held",
            "data": {"source": "dataset", "path": str(folder / name), **data},
            "window": {"start": str(raw.sessions[first_traded(raw, symbol)])},
            "universe": {"symbols": [symbol]},
            "strategy": {"name": "buy_and_hold", "parameters": {"leverage": 0.8}},
            "account": {"cash": CASH},
            "costs": FREE,
            "market": {"board": "main", "price_limits": False},
            "execution": {"engine": "compiled", "decision": "at_close", "fill": "close", "volume_share": None},
        }
    )
    assert len(result.fills) == 1
    bought = float((result.fills["shares"] * result.fills["price"]).sum())
    return 1.0 + (float(result.equity["equity"].iloc[-1]) - CASH) / bought


def by_hand(pairs, symbol: str) -> tuple[float, float]:
    """Return what one CNY became with dividends in cash, and with dividends bought back at the reference."""
    _, raw, table = pairs
    traded = ~np.isnan(raw["close"][:, raw.symbols.index(symbol)])
    close = raw["close"][traded, raw.symbols.index(symbol)]
    days = raw.sessions[traded].astype(str).tolist()
    start = days.index(str(raw.sessions[first_traded(raw, symbol) + 1]))
    actions: Any = table[table["symbol"] == symbol].set_index("date")
    shares, cash, reinvested = 1.0, 0.0, 1.0
    for t in range(start + 1, len(close)):
        if days[t] in actions.index:
            paid, ratio = actions.loc[days[t], ["cash_per_share", "share_ratio"]]
            reference = (close[t - 1] - paid) / (1.0 + ratio)
            cash += shares * paid
            shares *= 1.0 + ratio
            reinvested *= 1.0 + ratio + paid / reference
    return (shares * close[-1] + cash) / close[start], reinvested * close[-1] / close[start]


def compare(pairs, symbols) -> pd.DataFrame:
    rows = []
    for symbol in symbols:
        raw = growth(pairs, symbol, "raw")
        told = growth(pairs, symbol, "raw", actions=str(pairs[0] / "actions.csv"))
        adjusted = growth(pairs, symbol, "forward_adjusted")
        rows.append((symbol, raw, told, adjusted, *by_hand(pairs, symbol)))
    names = ["symbol", "raw", "with_actions", "adjusted", "cash_by_hand", "reinvested_by_hand"]
    return pd.DataFrame(rows, columns=names).set_index("symbol")


def check(table: pd.DataFrame) -> None:
    np.testing.assert_allclose(table["with_actions"], table["cash_by_hand"], rtol=2e-5)
    np.testing.assert_allclose(table["adjusted"], table["reinvested_by_hand"], rtol=2e-5)
    idle = table["reinvested_by_hand"] - table["cash_by_hand"]
    np.testing.assert_allclose(table["adjusted"] - table["with_actions"], idle, atol=5e-5)
    assert (table["adjusted"] - table["raw"] > 0.005).all()  # what is lost without the table


def test_a_dividend_payer_and_a_split_grow_as_adjusted_prices_do(pairs):
    check(compare(pairs, ["600233.SH", "600705.SH"]))


@pytest.mark.slow
def test_twelve_real_securities_grow_as_adjusted_prices_do(pairs):
    table = compare(pairs, pairs[1].symbols)
    assert len(table) == 12
    check(table)
