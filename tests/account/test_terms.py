"""The account's terms by date: the rules, the broker's own numbers beside them, and what the record does not cover."""

from pathlib import Path

import numpy as np
import pytest
from conditions import ALONE, conditions
from liangrong.core import rulebook
from liangrong.core.account.terms import TermSchedule
from liangrong.core.errors import ConfigError, DateError
from liangrong.core.rulebook import Rulebook
from liangrong.core.rulebook.rulebook import read_rules

BOOK = Rulebook.load()
ROWS = read_rules(Path(str(rulebook.__file__)).with_name("rules.csv").read_text(encoding="utf-8"))


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


def schedule(sessions, **terms):
    return TermSchedule(BOOK, conditions(**terms), sessions)


def test_terms_of_a_session():
    terms = schedule(days("2023-08-25", "2023-08-28")).on(1)
    options = terms.options
    assert terms.costs == (0.00025, 5.0, 0.0005, 0.00001, 0.0, 0)
    assert (terms.day_count, terms.financing_rate, terms.borrow_rate) == (360.0, 0.0835, 0.1035)
    assert (terms.financing_ratio, terms.short_ratio) == (1.0, 0.5)
    assert (options.credit_line, options.warn, terms.cover_delay, options.finances_fees) == (np.inf, 1.4, 1, True)


@pytest.mark.parametrize(
    ("name", "dates", "values"),
    [
        ("financing_ratio", ("2015-11-20", "2015-11-23", "2023-09-08", "2023-09-11"), [0.5, 1.0, 1.0, 0.8]),
        ("financing_ratio", ("2026-01-16", "2026-01-19"), [0.8, 1.0]),
        ("short_ratio", ("2023-10-27", "2023-10-30", "2024-07-19", "2024-07-22"), [0.5, 0.8, 0.8, 1.0]),
        ("cover_delay", ("2015-08-03", "2015-08-04"), [0, 1]),
    ],
)
def test_dated_rules(name, dates, values):
    made = schedule(days(*dates), transfer_fee_rate=ALONE)
    assert [getattr(made.on(t), name) for t in range(len(dates))] == values


@pytest.mark.parametrize(
    ("value", "override", "expected"), [(0.6, False, [1.0, 0.8]), (0.9, False, [1.0, 0.9]), (0.6, True, [0.6, 0.6])]
)
def test_the_stricter_of_rule_and_broker_holds_unless_the_broker_replaces_it(value, override, expected):
    made = schedule(days("2023-09-08", "2023-09-11"), financing_margin_ratio={"value": value, "override": override})
    assert [made.on(t).financing_ratio for t in range(2)] == expected


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2024-01-15", "2024-07-15"),
        ("2023-08-31", "2024-02-29"),  # a leap year
        ("2024-08-30", "2025-02-28"),
        ("2024-12-31", "2025-06-30"),
        ("2024-03-01", "2024-09-01"),
    ],
)
def test_due_day_is_six_months_later_or_the_last_of_the_month(opened, due):
    assert schedule(days(opened)).due.astype("datetime64[D]")[0] == np.datetime64(due)


def test_days_count_from_1970():
    assert schedule(days("2024-01-01", "2024-01-03")).day.tolist() == [19_723, 19_725]


def test_a_session_before_the_record_is_refused_unless_the_broker_has_a_number():
    early = days("2012-06-01")
    with pytest.raises(DateError, match="does not know `transfer_fee` on 2012-06-01, its record begins on 2015-08-01"):
        schedule(early)
    for override in (True, False):
        own = {"value": 0.00003, "override": override}
        assert schedule(early, transfer_fee_rate=own).on(0).costs.transfer_fee_rate == 0.00003


def test_a_private_fund_has_the_short_ratio_of_its_kind():
    """Everybody's 0.5 until 2023-10-29, then 1.0, from 2024-07-22 on 1.2; a stricter number of the broker's holds."""
    sessions = days("2023-10-27", "2023-10-30", "2024-07-19", "2024-07-22")
    of = [schedule(sessions, client=client).arrays.short_ratio.tolist() for client in ("individual", "private_fund")]
    assert of == [[0.5, 0.8, 0.8, 1.0], [0.5, 1.0, 1.0, 1.2]]
    own = schedule(sessions, client="private_fund", short_margin_ratio=1.1).arrays
    assert own.short_ratio.tolist() == [1.1, 1.1, 1.1, 1.2]
    assert own.financing_ratio.tolist() == schedule(sessions).arrays.financing_ratio.tolist()


def test_a_rulebook_without_rows_for_private_funds_says_so():
    of_all = Rulebook(rule for rule in ROWS if rule.status != "private_fund")
    with pytest.raises(ConfigError, match=r"`account.client: private_fund` should have rows of its own"):
        TermSchedule(of_all, conditions(client="private_fund"), days("2024-03-04", "2024-03-05"))
