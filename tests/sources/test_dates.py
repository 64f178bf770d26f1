"""Days that lost a digit: restored only where the file proves it."""

from pathlib import Path

import numpy as np
import pytest
from liangrong.core.errors import DataError, DateError
from liangrong.core.panel.calendar import mainland
from liangrong.core.sources.chain import BalanceChain
from liangrong.core.sources.dates import day_in_name, resolve_days, writes_leading_zeros

PATH = Path("margin.csv")


def resolve(texts, chain=None, calendar=True):
    lines = range(2, 2 + len(texts))
    padded = writes_leading_zeros(texts)
    known = mainland() if calendar else None
    days, findings = resolve_days(texts, list(lines), PATH, padded=padded, calendar=known, chain=chain)
    return days.astype(str).tolist(), {one.kind: one.examples for one in findings}


def chain_of(balance, flow=0.0):
    """Return a chain whose row i has the given balance and net purchases."""
    balance = np.asarray(balance, dtype=float)
    return BalanceChain(mainland(), balance, np.broadcast_to(np.asarray(flow, dtype=float), balance.shape), balance * 0)


@pytest.mark.parametrize(
    "texts",
    [
        ["2018-12-07", "2018-12-10"],
        ["20181207", "20181210"],
        ["2018/12/07", "2018/12/10"],
        ["2018.12.07", "2018.12.10"],
        ["2018-12-07 00:00:00", "2018-12-10T00:00:00"],
        ["20181207.0", "20181210.0"],
        ["2018-12-07 15:00:00", "2018-12-10 15:00"],
    ],
)
def test_ways_of_writing_a_day(texts):
    assert resolve(texts) == (["2018-12-07", "2018-12-10"], {})


def test_a_file_without_leading_zeros_is_read_as_it_stands():
    assert resolve(["2018/1/5", "2018/1/8", "2018/1/9"]) == (["2018-01-05", "2018-01-08", "2018-01-09"], {})


def test_a_day_without_leading_zeros_that_is_no_session_is_refused():
    with pytest.raises(DataError, match=r"line 3: 2018/1/6 is no trading session"):
        resolve(["2018/1/5", "2018/1/6", "2018/1/8"])


def test_one_session_between_the_neighbours():
    days, kinds = resolve(["2018-12-07", "2018-12-1", "2018-12-11"])
    assert days[1] == "2018-12-10"
    assert kinds == {"truncated_date": ("line 3: 2018-12-1 read as 2018-12-10",)}


def test_newest_first_is_the_same():
    assert resolve(["2018-12-11", "2018-12-1", "2018-12-07", "2018-12-06"])[0][1] == "2018-12-10"


def test_the_month_can_have_lost_its_digit_too():
    assert resolve(["2018-09-28", "2018-1-09", "2018-10-10"])[0][1] == "2018-10-09"


def test_two_sessions_between_the_neighbours_drop_the_row():
    days, kinds = resolve(["2018-12-07", "2018-12-1", "2018-12-13"])
    assert days[1] == "NaT"
    assert kinds == {"truncated_date_dropped": ("line 3: 2018-12-1 could be 2018-12-10, 2018-12-11, 2018-12-12",)}


def test_no_session_between_the_neighbours_drops_the_row():
    days, kinds = resolve(["2018-12-07", "2018-12-10", "2018-12-1", "2018-12-11"])
    assert days[2] == "NaT"
    assert kinds == {"truncated_date_dropped": ("line 4: 2018-12-1 could be no session between its neighbours",)}


def test_balances_that_contradict_drop_the_row():
    texts = ["2018-12-07", "2018-12-1", "2018-12-11"]
    assert resolve(texts, chain_of([1e9, 1e9, 1e9]))[0][1] == "2018-12-10"
    days, kinds = resolve(texts, chain_of([1e9, 2e9, 1e9]))
    assert days[1] == "NaT"
    assert "truncated_date_dropped" in kinds


def test_balances_decide_between_two_sessions():
    # 12-10 contradicts its predecessor, 12-12 its successor; only 12-11 has no neighbour to contradict it.
    texts = ["2018-12-07", "2018-12-1", "2018-12-13"]
    assert resolve(texts, chain_of([1e9, 2e9, 3e9]))[0][1] == "2018-12-11"


def test_a_missing_balance_contradicts_nothing():
    assert resolve(["2018-12-07", "2018-12-1", "2018-12-11"], chain_of([1e9, np.nan, 1e9]))[0][1] == "2018-12-10"


def test_a_filled_digit_is_moved_where_the_balances_prove_it():
    # 2018-12-01 is a Saturday; +7 agrees to the yuan with 12-07 and nowhere else.
    texts = ["2018-11-29", "2018-12-01", "2018-12-07", "2018-12-11", "2018-12-17"]
    days, kinds = resolve(texts, chain_of([5e9, 1e9 + 7, 1e9, 1e9 + 14, 9e9], 7.0))
    assert days[1] == "2018-12-10"
    assert kinds == {"misplaced_date": ("line 3: 2018-12-01 read as 2018-12-10",)}


def test_a_filled_digit_may_repeat_a_row_that_is_there():
    texts = ["2018-11-29", "2018-12-07", "2018-12-10", "2018-12-01", "2018-12-17"]
    assert resolve(texts, chain_of([5e9, 1e9, 1e9 + 7, 1e9 + 7, 9e9], 7.0))[0][3] == "2018-12-10"


@pytest.mark.parametrize("chain", [None, chain_of([5e9, 1e9 + 9, 1e9, 1e9 + 14, 9e9], 7.0)])
def test_a_filled_digit_that_nothing_proves_is_refused(chain):
    with pytest.raises(DataError, match=r"margin\.csv line 3: 2018-12-01 is no trading session: correct the day"):
        resolve(["2018-11-29", "2018-12-01", "2018-12-07", "2018-12-11", "2018-12-17"], chain)


@pytest.mark.parametrize("text", ["2018-02-30", "20181301"])
def test_a_day_that_does_not_exist(text):
    with pytest.raises(DataError, match=f"line 2: `{text}` is not a day of the calendar"):
        resolve([text])


@pytest.mark.parametrize("text", ["", "yesterday", "12/07/2018", "2018-12", "201812"])
def test_a_text_that_is_no_day(text):
    with pytest.raises(DataError, match=r"is not a day: expected YYYY-MM-DD or YYYYMMDD"):
        resolve([text])


@pytest.mark.parametrize("text", ["1990-11-30", "2099-01-05"])
def test_a_day_outside_the_calendar(text):
    with pytest.raises(DateError, match="lies outside calendar XSHG"):
        resolve([text])


def test_without_a_calendar_every_day_is_a_session():
    assert resolve(["2026-02-07", "20260208"], calendar=False)[0] == ["2026-02-07", "2026-02-08"]


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("20251103_twse_margin_balance.csv", "2025-11-03"),
        ("rzrqjygk20240131.csv", "2024-01-31"),
        ("margin-2024-01-31.csv", "2024-01-31"),
        ("600519_daily.csv", None),
        ("export_20241399.csv", None),
        ("1234567890.csv", None),
    ],
)
def test_the_day_in_the_name_of_a_file(name, day):
    assert day_in_name(Path(name)) == (None if day is None else np.datetime64(day))
