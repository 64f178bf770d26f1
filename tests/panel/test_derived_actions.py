"""Corporate actions are read off prices as they were, and give adjusted prices back."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import DataError
from liangrong.core.panel.actions import read_actions
from liangrong.core.panel.derived_actions import derive_actions
from liangrong.core.panel.panel import Panel

DAYS = np.array(["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07"], dtype="datetime64[D]")
SYMBOLS = ("600000.SH", "000001.SZ")


def panel(close, **fields):
    made = {name: np.array(values, dtype=float) for name, values in {"close": close, **fields}.items()}
    return Panel(sessions=DAYS, symbols=SYMBOLS, fields=made)


CLOSE = [[10.0, 20.0], [9.8, 9.7], [np.nan, 9.9], [9.5, 9.8]]
# 600000 pays 0.25 on the 5th; 000001 gives ten for ten and 0.60 on the 5th; 600000 pays 0.30 while it is suspended.
REFERENCE = [[np.nan, np.nan], [9.75, 9.70], [np.nan, 9.7], [9.5, 9.9]]
EXPECTED = [
    ("2024-03-05", "600000.SH", 0.25, 0.0),
    ("2024-03-05", "000001.SZ", 0.60, 1.0),
    ("2024-03-07", "600000.SH", 0.30, 0.0),
]


def rows(found):
    return [tuple(row) for row in found.table.itertuples(index=False)]


def test_published_references_tell_dividends_and_splits():
    found = derive_actions(panel(CLOSE, pre_close=REFERENCE))
    assert rows(found) == EXPECTED
    assert found.basis == "published pre_close"


def test_a_factor_tells_the_same():
    factor = np.ones((4, 2))
    factor[1:, 0] = 10.0 / 9.75
    factor[3:, 0] *= 9.8 / 9.5
    factor[1:, 1] = 20.0 / 9.7
    found = derive_actions(panel(CLOSE, adj_factor=factor))
    assert rows(found) == EXPECTED
    assert found.basis == "adj_factor"


def test_the_table_is_read_back_as_a_run_reads_it(tmp_path):
    market = panel(CLOSE, pre_close=REFERENCE)
    path = tmp_path / "actions.csv"
    derive_actions(market).table.to_csv(path, index=False)
    actions = read_actions(path, market)
    assert [(t, *action) for t in sorted(actions.by_session) for action in actions.on(t)] == [
        (1, 0, 0.25, 0.0, 0.0, 0.0),
        (1, 1, 0.60, 1.0, 0.0, 0.0),
        (3, 0, 0.30, 0.0, 0.0, 0.0),
    ]


def test_without_anything_to_read_them_off():
    with pytest.raises(DataError, match="neither `adj_factor` nor a published `pre_close`; give an adjusted series"):
        derive_actions(panel(CLOSE))
    other = Panel(sessions=DAYS + 100, symbols=SYMBOLS, fields={"close": np.array(CLOSE)})
    with pytest.raises(DataError, match="none in common"):
        derive_actions(panel(CLOSE), other)


def test_two_series_that_are_the_same_or_the_other_way_round():
    raw = panel([[10.0, 20.0], [10.0, 10.0], [10.0, 10.0], [10.0, 10.0]])
    adjusted = panel([[10.0, 10.0], [10.0, 10.0], [10.0, 10.0], [10.0, 10.0]])
    assert rows(derive_actions(raw, adjusted)) == [("2024-03-05", "000001.SZ", 0.0, 1.0)]
    with pytest.raises(DataError, match="the two series are the same"):
        derive_actions(raw, raw)
    with pytest.raises(DataError, match="give the two series the other way"):
        derive_actions(adjusted, raw)


def series(folder):
    parts = [pd.read_csv(path).assign(symbol=f"{path.stem[3:9]}.SH") for path in sorted(folder.glob("*.csv"))]
    wide = pd.concat(parts).pivot_table(index="date", columns="symbol", values="close")
    days = pd.to_datetime(wide.index).to_numpy().astype("datetime64[D]")
    close = np.ascontiguousarray(wide.to_numpy(dtype=float))
    return Panel(sessions=days, symbols=tuple(map(str, wide)), fields={"close": close})


def test_the_table_of_twelve_real_securities_gives_their_adjusted_prices_back(real):
    raw, adjusted = (series(real / "ashare300" / "pairs" / name) for name in ("raw", "forward_adjusted"))
    found = derive_actions(raw, adjusted).table
    assert len(found) == 52
    known: Any = found.set_index(["date", "symbol"]).loc[
        ("2016-06-23", "600000.SH")
    ]  # ten for 1.1, 0.515 each, before tax
    assert known["share_ratio"] == 0.1
    assert known["cash_per_share"] == pytest.approx(0.515, abs=0.006)
    for j, symbol in enumerate(raw.symbols):
        known = ~np.isnan(raw["close"][:, j])  # of suspended sessions too, on which a price may go ex
        close, days, theirs = raw["close"][known, j], raw.sessions[known], adjusted["close"][known, j]
        first = int(np.argmin(np.isnan(theirs)))
        close, days, theirs = close[first:], days[first:], theirs[first:]
        assert not np.isnan(theirs[-1])
        of: Any = found[found["symbol"] == symbol].set_index("date")
        growth = 1.0
        for t in range(1, len(close)):  # dividends are bought back at the reference, as adjusted prices have it
            reference, day = close[t - 1], str(days[t])
            if day in of.index:
                reference = (reference - of.loc[day, "cash_per_share"]) / (1.0 + of.loc[day, "share_ratio"])
            growth *= close[t] / reference
        assert growth == pytest.approx(theirs[-1] / theirs[0], rel=2e-5), symbol
        assert close[-1] / close[0] != pytest.approx(theirs[-1] / theirs[0], rel=0.004), symbol


IDLE = [10.0, 10.0, 9.75, 9.75, 10.2]  # carried, then less 0.25 while nothing is traded
OPEN = [1.0, 0.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("close", "falls", "expected"),
    [
        (IDLE, 9.75 / 10.0, [("2024-01-04", 0.25, 0.0)]),
        # 0.247 and one share for ten: 8.8663 by the factor, 8.87 on the row.
        ([10.0, 10.0, 8.87, 8.87, 9.0], (10.0 - 0.247) / 1.1 / 10.0, [("2024-01-04", 0.247, 0.1)]),
        # Two dividends in one suspension.
        ([10.0, 9.75, 9.75, 9.45, 9.5], 9.45 / 10.0, [("2024-01-03", 0.25, 0.0), ("2024-01-05", 0.3, 0.0)]),
        # Carried as it was: the first session that trades goes ex.
        ([10.0, 10.0, 10.0, 10.0, 9.9], 9.75 / 10.0, [("2024-01-08", 0.25, 0.0)]),
        # No rows of the suspension at all.
        ([10.0, np.nan, np.nan, np.nan, 9.9], 9.75 / 10.0, [("2024-01-08", 0.25, 0.0)]),
    ],
)
@pytest.mark.parametrize("has_volume", [True, False])
def test_an_ex_date_is_the_row_on_which_the_price_goes_ex(close, falls, expected, has_volume):
    days = np.array(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"], dtype="datetime64[D]")
    column = np.array(close)[:, None]
    factor = np.array([[falls], [np.nan], [np.nan], [np.nan], [1.0]])  # the adjusted series has no such rows
    fields = {"close": column, **({"volume": np.array(OPEN)[:, None]} if has_volume else {})}
    raw = Panel(sessions=days, symbols=("600000.SH",), fields=fields)
    adjusted = Panel(sessions=days, symbols=("600000.SH",), fields={"close": column * factor})
    found = derive_actions(raw, adjusted)
    told = [(day, cash, ratio) for day, _, cash, ratio in rows(found)]
    assert [(day, ratio) for day, _, ratio in told] == [(day, ratio) for day, _, ratio in expected]
    assert [cash for _, cash, _ in told] == pytest.approx([cash for _, cash, _ in expected], abs=2e-4)


@pytest.mark.parametrize("digits", [2, 3, 4, 10])
def test_the_rounding_of_adjusted_prices_is_no_action(digits):
    """A factor of 0.437 before a split; rounded to the cent, the series moves by what a dividend might be."""
    rng = np.random.default_rng(5)
    days = np.datetime64("2024-01-01") + np.arange(400)
    close = np.round(12.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, (400, 1)), axis=0)), 2)
    factor = np.where(np.arange(400) < 200, 0.437, 1.0)[:, None]
    raw, adjusted = (
        Panel(sessions=days, symbols=("600000.SH",), fields={"close": values})
        for values in (close, np.round(close * factor, digits))
    )
    found = derive_actions(raw, adjusted).table
    assert found["date"].tolist() == [str(days[200])]
    assert found["share_ratio"].tolist() == [1.2]


def test_a_small_dividend_is_told_where_adjusted_prices_have_all_their_digits():
    days = np.datetime64("2024-01-01") + np.arange(4)
    close = np.array([[30.0], [29.99], [29.98], [30.0]])
    factor = np.array([[(30.0 - 0.02) / 30.0], [1.0], [1.0], [1.0]])  # 0.02 per share on the second day: 0.07 %
    raw, adjusted = (
        Panel(sessions=days, symbols=("600000.SH",), fields={"close": values}) for values in (close, close * factor)
    )
    (row,) = rows(derive_actions(raw, adjusted))
    assert row == ("2024-01-02", "600000.SH", 0.02, 0.0)
