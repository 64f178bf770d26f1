"""The calendar of rebalances: first sessions of weeks and months by hand, and who is refused."""

import numpy as np
import pytest
from liangrong.core.ideas.rebalance_days import rebalances

# The week of Tomb-Sweeping Day 2024: Thursday 04-04 and Friday 04-05 closed; April begins on a Monday.
DAYS = np.array(
    [
        "2024-03-25",  # Monday
        "2024-03-26",
        "2024-03-29",  # Friday
        "2024-04-01",  # Monday
        "2024-04-02",
        "2024-04-08",  # Monday
        "2024-04-12",  # Friday
        "2024-04-14",  # a Sunday that was made a session
        "2024-04-30",  # Tuesday
        "2024-05-06",  # Monday
    ],
    dtype="datetime64[D]",
)
ALL = np.ones(len(DAYS), dtype=bool)


def rows(is_possible=ALL, rebalance="monthly", every=0, days=DAYS):
    return rebalances(days, np.array(is_possible, dtype=bool), {"rebalance": rebalance, "every": every}).tolist()


def test_daily():
    assert rows(rebalance="daily") == list(range(10))


def test_weekly_is_the_first_session_of_each_week():
    assert rows(rebalance="weekly") == [0, 3, 5, 8, 9]


def test_monthly_is_the_first_session_of_each_month():
    assert rows(rebalance="monthly") == [0, 3, 9]


@pytest.mark.parametrize(("every", "expected"), [(1, list(range(10))), (3, [0, 3, 6, 9]), (4, [0, 4, 8]), (99, [0])])
def test_every_counts_sessions(every, expected):
    assert rows(rebalance="every", every=every) == expected


def test_the_run_begins_with_a_rebalance_in_the_middle_of_a_week_and_of_a_month():
    assert rows(ALL[1:], "weekly", days=DAYS[1:]) == [0, 2, 4, 7, 8]
    assert rows(ALL[1:], "monthly", days=DAYS[1:]) == [0, 2, 8]


def test_a_session_with_too_few_scores_puts_off_to_the_next_that_has_enough():
    possible = [0, 0, 1, 0, 0, 1, 1, 0, 1, 1]
    assert rows(possible, "weekly") == [2, 5, 8, 9]  # that of 04-01 has none: the week passes without
    assert rows(possible, "monthly") == [2, 5, 9]  # April's is put off to its third session
    assert rows(possible, "every", 3) == [2, 5, 8]
    assert rows(np.zeros(10), "daily") == []


def test_weeks_do_not_end_with_the_year():
    days = np.array(["2024-12-30", "2024-12-31", "2025-01-02", "2025-01-06"], dtype="datetime64[D]")
    assert rows(np.ones(4), "weekly", days=days) == [0, 3]
    assert rows(np.ones(4), "monthly", days=days) == [0, 2]
