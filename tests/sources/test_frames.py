"""Long rows to panels: equal to the obvious pivot, whatever the order."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.errors import DataError
from liangrong.core.panel.frames import LongRows, join, panel_of
from liangrong.core.panel.panel import Panel

CELLS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=40, unique=True)


def rows_of(cells, close, volume):
    days = np.datetime64("2020-01-01") + np.array([day for day, _ in cells], dtype=int)
    symbols = [f"60000{j}.SH" for _, j in cells]
    return LongRows(days, symbols, {"close": close, "volume": volume}, [f"line {i}" for i in range(len(cells))])


@settings(max_examples=40, deadline=None)
@given(CELLS, st.randoms(use_true_random=False))
def test_a_panel_is_the_pivot_of_its_rows(cells, random):
    random.shuffle(cells)
    rng = np.random.default_rng(len(cells))
    close, volume = rng.random(len(cells)), rng.random(len(cells))
    close[::3] = np.nan
    rows = rows_of(cells, close, volume)
    panel, repeats = panel_of(rows, source="x")
    assert repeats == []
    frame = pd.DataFrame({"day": rows.days, "symbol": rows.symbols, "close": close, "volume": volume})
    for name in ("close", "volume"):
        pivot = frame.set_index(["day", "symbol"])[name].unstack()  # noqa: PD010, the plain pivot is the oracle
        np.testing.assert_array_equal(panel[name], pivot.to_numpy())
        assert panel.symbols == tuple(pivot.columns)
        np.testing.assert_array_equal(panel.sessions, pivot.index.to_numpy().astype("datetime64[D]"))


def test_a_repeated_row_with_the_same_gaps_is_a_duplicate():
    rows = rows_of([(0, 0), (1, 0), (0, 0)], np.array([np.nan, 1, np.nan]), np.array([5.0, 6, 5]))
    panel, repeats = panel_of(rows, source="x")
    assert repeats == ["line 2"]
    np.testing.assert_array_equal(panel["volume"], [[5], [6]])


def test_a_gap_and_a_value_complete_each_other_and_two_values_with_a_gap_between_them_are_a_conflict():
    rows = rows_of([(0, 0), (0, 0)], np.array([np.nan, 1]), np.array([5.0, np.nan]))
    whole, repeats = panel_of(rows, source="x")
    assert (whole["close"].tolist(), whole["volume"].tolist(), repeats) == ([[1]], [[5]], [])
    rows = rows_of([(0, 0), (0, 0), (0, 0)], np.array([2, np.nan, 1]), np.array([5.0, 5, 5]))
    message = r"two rows of 600000\.SH on 2020-01-01 differ in `close`: 2 \(line 0\) and 1 \(line 2\)"
    with pytest.raises(DataError, match=message):
        panel_of(rows, source="x")


def test_no_row():
    with pytest.raises(DataError, match="x: no row is left to import"):
        panel_of(rows_of([], np.empty(0), np.empty(0)), source="x")


def panel(day, symbols, **fields):
    sessions = np.datetime64(day) + np.arange(2)
    return Panel(sessions=sessions, symbols=symbols, fields={k: np.array(v, dtype=float) for k, v in fields.items()})


def test_join_takes_the_union_and_fills_gaps():
    first = panel("2020-01-01", ("B.SH", "A.SH"), close=[[1, 2], [3, np.nan]])
    second = panel("2020-01-02", ("A.SH",), close=[[9], [5]], volume=[[6], [7]])
    whole = join([first, second], source="both")
    assert whole.symbols == ("A.SH", "B.SH")
    assert len(whole.sessions) == 3
    np.testing.assert_array_equal(whole["close"], [[2, 1], [9, 3], [5, np.nan]])
    np.testing.assert_array_equal(whole["volume"], [[np.nan] * 2, [6, np.nan], [7, np.nan]])


def test_join_refuses_a_cell_that_two_panels_see_differently():
    first = panel("2020-01-01", ("A.SH",), close=[[1], [2]])
    second = panel("2020-01-02", ("A.SH",), close=[[3], [4]])
    with pytest.raises(DataError, match=r"`close` of A\.SH on 2020-01-02 is 3 in one file and 2 in another"):
        join([first, second], source="both")
