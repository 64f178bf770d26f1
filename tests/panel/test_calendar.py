"""The calendar knows the announced holidays, and says so where its record ends."""

import numpy as np
import pytest
from liangrong.core.errors import DateError
from liangrong.core.panel.calendar import mainland


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def test_the_national_holiday_of_2023_has_no_session():
    # State Council notice: closed 2023-09-29..10-06, and no weekend is a trading day.
    got = mainland().between("2023-09-27", "2023-10-10")
    assert got.astype(str).tolist() == ["2023-09-27", "2023-09-28", "2023-10-09", "2023-10-10"]


def test_a_makeup_working_saturday_is_no_session():
    assert not mainland().is_session("2023-10-07")[0]


def test_is_session_takes_many_days():
    got = mainland().is_session(np.array(["2018-11-30", "2018-12-01", "2018-12-03"], dtype="datetime64[D]"))
    assert got.tolist() == [True, False, True]


def test_sessions_per_year_are_those_that_the_exchange_reports():
    # Annual statistics of the Shanghai exchange: 244 sessions in 2017, 243 in 2018, 244 in 2019, 243 in 2020.
    counts = [len(mainland().between(f"{year}-01-01", f"{year}-12-31")) for year in (2017, 2018, 2019, 2020)]
    assert counts == [244, 243, 244, 243]


@pytest.mark.parametrize("asked", ["2004-12-31", "2099-01-04"])
def test_a_day_outside_the_record_is_refused(asked):
    with pytest.raises(DateError, match=r"lies outside calendar XSHG, which knows 2005-01-01\.\..*exchange_calendars"):
        mainland().is_session(asked)
    with pytest.raises(DateError, match="lies outside calendar XSHG"):
        mainland().between("2018-01-01" if asked > "2018" else asked, asked)


def test_follows_marks_the_rows_after_a_missing_session():
    days = np.array(["2018-12-14", "2018-12-17", "2018-12-20", "2018-12-21"], dtype="datetime64[D]")
    assert mainland().follows(days).tolist() == [False, True, False, True]
