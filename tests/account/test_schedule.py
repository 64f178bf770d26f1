"""Terms by session: due days against numpy's calendar, extensions by date, both ways of running them."""

import datetime as dt

import numpy as np
from conditions import ALONE, conditions
from hypothesis import example, given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account import schedule
from liangrong.core.account.terms import TermSchedule
from liangrong.core.rulebook import Rulebook
from oracles.ledger_interpreted import interpreted


@seed(71)
@settings(max_examples=200, deadline=None)
@given(st.dates(), st.integers(0, 36))
@example(dt.date.fromisoformat("2023-08-31"), 6)
@example(dt.date.fromisoformat("2024-08-29"), 6)
@example(dt.date.fromisoformat("1900-02-28"), 48)
def test_months_later_is_the_calendars(day, months):
    later = schedule.months_later(int(np.datetime64(day, "D").astype(np.int64)), months)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (
        int(
            (np.datetime64(f"{year:04d}-{month + 1:02d}", "M") + np.timedelta64(1, "M"))
            .astype("datetime64[D]")
            .astype(np.int64)
        )
        - 1
    )
    first = int(np.datetime64(f"{year:04d}-{month + 1:02d}-01", "D").astype(np.int64))
    assert later == min(first + day.day - 1, last)


def of(*days, **terms):
    return TermSchedule(Rulebook.load(), conditions(**terms), np.array(days, dtype="datetime64[D]"))


_TRANSFER = {"transfer_fee_rate": ALONE}  # whose record begins later


def test_an_extension_needs_the_broker_and_the_rule():
    days = "2015-06-30", "2015-07-01"
    due = int(np.datetime64("2015-06-30", "D").astype(np.int64))
    december = int(np.datetime64("2015-12-30", "D").astype(np.int64))
    allowed = TermSchedule(Rulebook.load(), conditions(), np.array(["2016-01-04", "2023-06-01"], dtype="datetime64[D]"))
    assert allowed.extended(0, due) == december
    assert of("2016-01-04", extension="none").extended(0, due) == -1
    assert [schedule.extended(of(day, **_TRANSFER).arrays, 0, due) for day in days] == [-1, december]


def test_compiled_and_interpreted_agree():
    terms = of("2024-01-08", "2024-01-09", concentration=[{"below": 1.8, "share": 0.5}, {"below": 1.4, "share": 0.3}])

    def rows():
        arrays = terms.arrays
        scalars = schedule.lines_on(arrays, 1), schedule.extended(arrays, 1, 20_000), schedule.months_later(19_999, 7)
        return repr((*(schedule.terms_on(arrays, t, of_class, -1) for t in (0, 1) for of_class in range(4)), scalars))

    compiled = rows()
    with interpreted():
        plain = rows().replace("np.True_", "True").replace("np.float64(", "").replace("np.int64(", "")
        assert plain.replace(")", "") == compiled.replace(")", "")
