"""The account's terms by date: the rules, the broker's own numbers beside them, and what the record does not cover."""

from typing import Any

import numpy as np
import pytest
from liangrong.core.account.terms import BrokerTerms, BrokerValue, TermSchedule
from liangrong.core.config.run import AccountConfig, Config, CostsConfig, validate
from liangrong.core.errors import ConfigError, DateError
from liangrong.core.rulebook import Rulebook

BOOK = Rulebook.load()


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


def schedule(sessions, **terms):
    return TermSchedule(BOOK, BrokerTerms(**terms), sessions)


def test_terms_of_a_session():
    terms = schedule(days("2023-08-25", "2023-08-28")).on(1)
    assert terms.costs == (0.00025, 5.0, 0.0005, 0.00001, 0.0)
    assert (terms.day_count, terms.financing_rate, terms.borrow_rate) == (360.0, 0.0835, 0.1035)
    assert (terms.financing_ratio, terms.short_ratio) == (1.0, 0.5)
    assert (terms.credit_line, terms.warn_ratio, terms.cover_delay, terms.finances_fees) == (np.inf, 1.4, 1, True)


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
    terms = BrokerTerms(rules={"transfer_fee": BrokerValue(0.0, True)})
    made = TermSchedule(BOOK, terms, days(*dates))
    assert [getattr(made.on(t), name) for t in range(len(dates))] == values


@pytest.mark.parametrize(
    ("value", "override", "expected"), [(0.6, False, [1.0, 0.8]), (0.9, False, [1.0, 0.9]), (0.6, True, [0.6, 0.6])]
)
def test_the_stricter_of_rule_and_broker_holds_unless_the_broker_replaces_it(value, override, expected):
    made = schedule(days("2023-09-08", "2023-09-11"), rules={"financing_margin_ratio": BrokerValue(value, override)})
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
        own = {"transfer_fee": BrokerValue(0.00003, override)}
        assert schedule(early, rules=own).on(0).costs.transfer_fee_rate == 0.00003


# ---- values that cannot be meant ---------------------------------------------------------------------------------

WRONG = {
    "financing_rate": (8.35, "write 0.0835 for 8.35 %"),
    "borrow_rate": ("10.35%", "got '10.35%': write 0.1035"),
    "commission_rate": (0.25, "A-share commissions are at most 0.003; write 0.00025 for 2.5 per 10,000"),
    "commission_minimum": (-5.0, "got -5"),
    "credit_line": (0.0, "an amount in CNY above 0"),
    "financing_ratio_base": (170, "write 1.7 for 170 %"),
    "warn": (140, "write 1.4 for 140 %"),
    "call": (np.nan, "got nan"),
    "restore": (np.inf, "got inf"),
    "instant": (True, "a number, got true"),
    "withdraw": (300, "write 3 for 300 %"),
    "cure": (150, "write 1.5 for 150 %"),
    "grace": (True, "a whole number of sessions from 0 to 20, got True"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_number_that_cannot_be_meant_is_refused(name):
    value, remedy = WRONG[name]
    given: dict[str, Any] = {name: value}
    with pytest.raises(ConfigError, match=rf"^`{name}` should be .*{remedy}"):
        BrokerTerms(**given)


@pytest.mark.parametrize(
    ("key", "value", "remedy"),
    [
        ("financing_margin_ratio", 100, "write 1 for 100 %"),
        ("short_margin_ratio", 0.0, "a margin ratio, a fraction above 0"),
        ("stamp_duty_sell", 5, "write 0.0005 for 5 per 10,000"),
        ("transfer_fee", 0.1, "write 0.00001 for 0.1 per 10,000"),
        ("contract_term_months", -1, "of at least 0, got -1"),
    ],
)
def test_a_number_in_the_place_of_a_rule_is_judged_too(key, value, remedy):
    with pytest.raises(ConfigError, match=f"^`{key}` should be .*{remedy}"):
        BrokerTerms(rules={key: BrokerValue(value, True)})


@pytest.mark.parametrize("given", [{"below": 180, "share": 0.5}, {"below": 1.8, "share": 50}])
def test_tiers_are_judged(given):
    with pytest.raises(ConfigError, match=r"`tiers` should be .*write (1\.8|0\.5) for"):
        BrokerTerms(tiers=((given["below"], given["share"]),))


@pytest.mark.parametrize(
    "given", [{"instant": 1.35}, {"restore": 1.2}, {"warn": 1.2}, {"cure": 1.2}, {"withdraw": 1.3}]
)
def test_lines_out_of_their_order_are_refused(given):
    with pytest.raises(ConfigError, match="the lines should satisfy instant < call <= restore <= withdraw"):
        BrokerTerms(**given)


SHARED = sorted(
    set(BrokerTerms.__dataclass_fields__) & (set(AccountConfig.model_fields) | set(CostsConfig.model_fields))
)


@pytest.mark.parametrize("value", [-1, 0, 1e-6, 0.0025, 0.02, 0.3, 0.6, 1, 1.5, 2.5, 5, 50, 500, 5e6, True, "5%"])
@pytest.mark.parametrize("name", [name for name in SHARED if name != "finances_fees"])
def test_yaml_and_python_judge_alike(name, value):
    """0 is how Python says that a credit line or a ratio base does not apply; YAML says null."""
    if (name, value) == ("financing_ratio_base", 0):
        return
    part = "account" if name in AccountConfig.model_fields else "costs"
    least = {"name": "x", "data": {"source": "synthetic"}, "strategy": {"name": "quantile"}}
    is_refused = not isinstance(validate({**least, part: {name: value}}), Config)
    try:
        BrokerTerms(**{name: value})
    except ConfigError:
        assert is_refused
    else:
        assert not is_refused


def test_a_key_that_is_no_rule_of_a_run_is_refused():
    with pytest.raises(
        ConfigError, match=r"`rules` has no key `stamp_duty`: did you mean `stamp_duty_sell`\? known are"
    ):
        BrokerTerms(rules={"stamp_duty": BrokerValue(0.0, True)})
