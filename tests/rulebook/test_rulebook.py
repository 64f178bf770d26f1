"""Every change of every rule on the day before, the day and the day after; refusals; the reading of the table."""

import datetime

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import ConfigError, DataError, DateError
from liangrong.core.rulebook import DatedTable, Rulebook
from liangrong.core.rulebook.rulebook import read_rules
from liangrong.core.types import Board

RULES = Rulebook.load()
MAIN, CHINEXT, STAR, BSE = Board.MAIN, Board.CHINEXT, Board.STAR, Board.BSE
FUND = "private_fund"

# (key, board, status, first day, value): the first day of each record, written down a second time, by hand.
BEGINNINGS = [
    ("relending", None, None, "2012-08-30", "real time"),
    ("financing_margin_ratio", None, None, "2010-03-31", 0.5),
    ("short_margin_ratio", None, None, "2010-03-31", 0.5),
    ("haircut_cap", None, "index_180_or_100", "2010-03-31", 0.7),
    ("haircut_cap", None, "other_share", "2010-03-31", 0.65),
    ("haircut_cap", None, "etf", "2010-03-31", 0.9),
    ("haircut_cap", None, "government_bond", "2010-03-31", 0.95),
    ("haircut_cap", None, "other_fund_or_bond", "2010-03-31", 0.8),
    ("haircut_cap", None, "st", "2010-03-31", 0.0),
    ("haircut_cap", None, "pe_above_300_or_loss", "2016-12-12", 0.0),
    ("haircut_pe_limit", None, None, "2016-12-12", 300),
    ("cover_delay_sessions", None, None, "2010-03-31", 0),
    ("contract_term_months", None, None, "2010-03-31", 6),
    ("maintenance_call_ratio", None, None, "2010-03-31", 1.3),
    ("withdraw_ratio", None, None, "2010-03-31", 3.0),
    ("maintenance_cure_ratio", None, None, "2010-03-31", 1.5),
    ("maintenance_cure_sessions", None, None, "2010-03-31", 2),
    ("contract_extension", None, None, "2010-03-31", 0),
    ("float_cap_suspend", None, None, "2010-03-31", 0.25),
    ("float_cap_resume", None, None, "2010-03-31", 0.2),
    ("stamp_duty_sell", None, None, "2008-09-19", 0.001),
    ("transfer_fee", None, None, "2015-08-01", 0.00002),
    ("price_limit", MAIN, None, "1996-12-16", 0.1),
    ("price_limit", CHINEXT, None, "2009-10-30", 0.1),
    ("price_limit", STAR, None, "2019-07-22", 0.2),
    ("price_limit", BSE, None, "2021-11-15", 0.3),
    ("unlimited_first_sessions", MAIN, None, "2023-04-10", 5),
    ("unlimited_first_sessions", CHINEXT, None, "2020-08-24", 5),
    ("unlimited_first_sessions", STAR, None, "2019-07-22", 5),
    ("unlimited_first_sessions", BSE, None, "2021-11-15", 1),
    ("lot_minimum", MAIN, None, "1990-12-19", 100),
    ("lot_minimum", CHINEXT, None, "2009-10-30", 100),
    ("lot_minimum", STAR, None, "2019-07-22", 200),
    ("lot_minimum", BSE, None, "2021-11-15", 100),
    ("lot_step", MAIN, None, "1990-12-19", 100),
    ("lot_step", CHINEXT, None, "2009-10-30", 100),
    ("lot_step", STAR, None, "2019-07-22", 1),
    ("lot_step", BSE, None, "2021-11-15", 1),
    ("interest_day_count", None, None, "2010-03-31", 360),
    ("float_cap_suspend", None, "etf", "2010-03-31", 0.75),
    ("float_cap_resume", None, "etf", "2010-03-31", 0.7),
    ("short_float_cap_suspend", None, None, "2010-03-31", 0.25),
    ("short_float_cap_resume", None, None, "2010-03-31", 0.2),
    ("uptick", None, None, "2010-03-31", 1),
    ("uptick", None, "etf", "2010-03-31", 0),
    ("proceeds_may_cover", None, None, "2010-03-31", 1),
    ("dividend_tax", None, "within_a_month", "2005-06-13", 0.10),
    ("dividend_tax", None, "within_a_year", "2005-06-13", 0.10),
    ("dividend_tax", None, "beyond_a_year", "2005-06-13", 0.10),
    ("transfer_fee", None, "shanghai", "1990-12-19", 0.0),
    ("transfer_fee", None, "shenzhen", "1990-12-19", 0.0000255),
    ("transfer_fee_on_par", None, "shanghai", "1990-12-19", 0.0003),
]

# (key, board, status, day, value before, value from the day on)
CHANGES = [
    ("financing_margin_ratio", None, None, "2015-11-23", 0.5, 1.0),
    ("financing_margin_ratio", None, None, "2023-09-11", 1.0, 0.8),
    ("financing_margin_ratio", None, None, "2026-01-19", 0.8, 1.0),
    ("short_margin_ratio", None, None, "2023-10-30", 0.5, 0.8),
    ("short_margin_ratio", None, None, "2024-07-22", 0.8, 1.0),
    ("short_margin_ratio", None, FUND, "2023-10-30", 0.5, 1.0),
    ("short_margin_ratio", None, FUND, "2024-07-22", 1.0, 1.2),
    ("cover_delay_sessions", None, None, "2015-08-04", 0, 1),
    ("contract_term_months", None, None, "2015-07-01", 6, 6),
    ("maintenance_call_ratio", None, None, "2015-07-01", 1.3, 1.3),
    ("maintenance_call_ratio", None, None, "2019-08-19", 1.3, "contract"),
    ("maintenance_cure_ratio", None, None, "2015-07-01", 1.5, "contract"),
    ("maintenance_cure_sessions", None, None, "2015-07-01", 2, "contract"),
    ("contract_extension", None, None, "2015-07-01", 0, 1),
    ("dividend_tax", None, "within_a_month", "2013-01-01", 0.10, 0.20),
    ("dividend_tax", None, "within_a_year", "2013-01-01", 0.10, 0.10),
    ("dividend_tax", None, "beyond_a_year", "2013-01-01", 0.10, 0.05),
    ("dividend_tax", None, "beyond_a_year", "2015-09-08", 0.05, 0.0),
    ("relending", None, None, "2024-03-18", "real time", "next day"),
    ("relending", None, None, "2024-07-11", "next day", "suspended"),
    ("stamp_duty_sell", None, None, "2023-08-28", 0.001, 0.0005),
    ("transfer_fee", None, None, "2022-04-29", 0.00002, 0.00001),
    ("transfer_fee", None, "shanghai", "2015-08-01", 0.0, 0.00002),
    ("transfer_fee", None, "shanghai", "2022-04-29", 0.00002, 0.00001),
    ("transfer_fee", None, "shenzhen", "2015-08-01", 0.0000255, 0.00002),
    ("transfer_fee", None, "shenzhen", "2022-04-29", 0.00002, 0.00001),
    ("transfer_fee_on_par", None, "shanghai", "2015-08-01", 0.0003, 0.0),
    ("price_limit", MAIN, "st", "1998-04-22", 0.1, 0.05),
    ("price_limit", MAIN, "st", "2026-07-06", 0.05, 0.1),
    ("price_limit", CHINEXT, None, "2020-08-24", 0.1, 0.2),
]

NEW_CONTRACTS_ONLY = {
    ("financing_margin_ratio", "2015-11-23"),
    ("financing_margin_ratio", "2023-09-11"),
    ("financing_margin_ratio", "2026-01-19"),
    ("short_margin_ratio", "2023-10-30"),
    ("short_margin_ratio", "2024-07-22"),
    ("haircut_cap", "2016-12-12"),
}


def beside(day):
    one = np.timedelta64(1, "D")
    return np.datetime64(day) - one, np.datetime64(day), np.datetime64(day) + one


def every_rule():
    return RULES.changes("1900-01-01", "2100-01-01")


@pytest.mark.parametrize(("key", "board", "status", "day", "value"), BEGINNINGS)
def test_a_record_begins_on_its_day_and_refuses_the_day_before(key, board, status, day, value):
    before, first, after = beside(day)
    assert RULES.get(key, before, board, status) is None
    with pytest.raises(DateError, match=rf"does not know `{key}.*on {before}, its record begins on \S+: start later"):
        RULES.on(key, before, board, status)
    assert RULES.on(key, first, board, status).value == value
    assert RULES.on(key, after, board, status).value == value
    assert RULES.on(key, first, board, status).effective == first


@pytest.mark.parametrize(("key", "board", "status", "day", "old", "new"), CHANGES)
def test_a_change_holds_from_its_day(key, board, status, day, old, new):
    before, first, after = beside(day)
    assert RULES.on(key, before, board, status).value == old
    assert RULES.on(key, before, board, status).effective < first
    for date in (first, after):
        rule = RULES.on(key, date, board, status)
        assert (rule.value, rule.effective) == (new, first)


def test_the_lists_above_hold_every_row():
    listed = {(*row[:3], row[3]) for row in BEGINNINGS + CHANGES}
    assert {(r.key, r.board, r.status, str(r.effective)) for r in every_rule()} == listed
    assert len(every_rule()) == len(BEGINNINGS) + len(CHANGES) == 82


def test_which_changes_leave_open_contracts_alone():
    found = {(r.key, str(r.effective)) for r in every_rule() if r.binds_new_contracts_only}
    assert found == NEW_CONTRACTS_ONLY


def test_extension_is_told_in_words():
    assert RULES.on("contract_term_months", "2015-06-30").applies_to == "never extended"
    assert "extended" in RULES.on("contract_term_months", "2015-07-01").applies_to


def test_secondary_rows_are_marked():
    assert RULES.on("short_margin_ratio", "2023-10-30").is_secondary
    assert not RULES.on("short_margin_ratio", "2024-07-22").is_secondary
    from_memory = RULES.on("transfer_fee", "2013-01-04", status="shenzhen")
    assert from_memory.grade == "A"
    assert from_memory.is_secondary
    assert sum(rule.is_secondary for rule in every_rule()) == 29


@pytest.mark.parametrize("case", [(CHINEXT, 0.2), (STAR, 0.2), (BSE, 0.3)])
def test_special_treatment_has_no_band_of_its_own_off_the_main_board(case):
    board, ratio = case
    assert RULES.on("price_limit", "2024-01-02", board, "st").value == ratio


def test_a_rule_without_boards_answers_for_each_of_them():
    assert RULES.on("stamp_duty_sell", "2024-01-02", STAR).value == 0.0005


def test_changes_count_both_ends_in_order():
    names = [(str(r.effective), r.name) for r in RULES.changes("2023-08-28", "2023-10-30")]
    assert names == [
        ("2023-08-28", "stamp_duty_sell"),
        ("2023-09-11", "financing_margin_ratio"),
        ("2023-10-30", "short_margin_ratio"),
        ("2023-10-30", "short_margin_ratio (private_fund)"),
    ]
    assert RULES.changes("2023-08-29", "2023-09-10") == []


def test_in_force_has_one_row_per_rule():
    first = {rule.name: rule for rule in RULES.in_force("2010-03-31")}
    assert "transfer_fee" not in first
    assert "price_limit (star)" not in first
    assert first["price_limit (main, st)"].value == 0.05
    last = RULES.in_force("2026-07-06")
    assert len(last) == len({rule.name for rule in last}) == len(BEGINNINGS) + 2
    assert RULES.in_force("1990-12-18") == []


def test_series_is_the_rule_of_each_session():
    days = np.arange("2015-07-25", "2022-05-06", dtype="datetime64[D]")
    slow = [0.0003 if d < np.datetime64("2015-08-01") else RULES.on("transfer_fee", d).value for d in days]
    assert RULES.series("transfer_fee", days, before=0.0003).tolist() == slow
    with pytest.raises(DateError, match="`transfer_fee` on 2015-07-25, its record begins on 2015-08-01"):
        RULES.series("transfer_fee", days)
    assert np.isnan(RULES.series("transfer_fee", days, before=np.nan)[:7]).all()


def test_series_of_a_special_case_begins_with_the_general_one():
    days = np.array(["2009-12-31", "2023-10-29", "2023-10-30", "2024-07-22"], dtype="datetime64[D]")
    series = RULES.series("short_margin_ratio", days, status=FUND, before=0.4)
    assert series.tolist() == [0.4, 0.5, 1.0, 1.2]
    with pytest.raises(DateError, match="`short_margin_ratio` on 2009-12-31"):
        RULES.series("short_margin_ratio", days, status=FUND)


def test_a_rule_that_is_no_number_says_so():
    with pytest.raises(ConfigError, match=r"no number since 2019-08-19, it is 'contract'.*give a number"):
        _ = RULES.on("maintenance_call_ratio", "2020-01-02").number
    with pytest.raises(ConfigError, match="no number since 2019-08-19"):
        RULES.series("maintenance_call_ratio", np.array(["2019-08-16", "2019-08-19"], dtype="datetime64[D]"))
    assert RULES.series("maintenance_call_ratio", np.array(["2019-08-16"], dtype="datetime64[D]")).tolist() == [1.3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("stampduty", "2020-01-02"), "no rule `stampduty`; it has financing_margin_ratio, "),
        (("price_limit", "2020-01-02", MAIN, "ts"), "`price_limit` has no status 'ts'; it has st"),
        (("stamp_duty_sell", "2020-01-02", None, "st"), "no status 'st'; it has none"),
        (("price_limit", "2020-01-02"), r"no row for no board and status None; it has price_limit \(main\)"),
        (("price_limit", "2020-01-02", Board.ETF), "no row for board etf"),
        (("haircut_cap", "2020-01-02"), "no row for no board"),
    ],
)
def test_unknown_rules_are_refused(arguments, message):
    for ask in (RULES.on, RULES.get):
        with pytest.raises(ConfigError, match=message):
            ask(*arguments)


@pytest.mark.parametrize("date", [datetime.date(2015, 8, 4), pd.Timestamp(2015, 8, 4, 15), "2015-08-04"])
def test_dates_of_several_types(date):
    assert RULES.on("cover_delay_sessions", date).value == 1


@pytest.mark.parametrize("date", ["2018-12-2", "2018", "", None, 20150804, np.datetime64("NaT", "D"), pd.NaT])
def test_what_is_no_day_is_refused(date):
    with pytest.raises(DateError, match="a date should be written like 2015-08-01, got"):
        RULES.on("cover_delay_sessions", date)


def test_loaded_once():
    assert Rulebook.load() is RULES


# --- reading -----------------------------------------------------------------------------------------------------

HEADER = "key,board,status,effective,value,applies_to,binds,grade,source\n"
ROW = "fee,,,2020-01-02,0.1,each side,all,A,a notice\n"


def test_a_table_of_ones_own():
    book = Rulebook(read_rules(HEADER + "fee,,,2021-01-04,0.2,,all,A,a notice\n" + ROW))
    assert [r.value for r in book.table("fee").rows] == [0.1, 0.2]
    assert book.on("fee", "2020-12-31").value == 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("key,value\nfee,1\n", "should have the columns key, board"),
        (HEADER + ROW.replace(",all,", ",everybody,"), "line 2 of the rule table.*everybody"),
        (HEADER + ROW.replace(",A,", ",D,"), "line 2.*grade A, B or C"),
        (HEADER + ROW.replace("a notice", ""), "line 2.*a source"),
        (HEADER + ROW.replace("0.1", ""), "line 2.*a value"),
        (HEADER + ROW + ROW.replace("2020-01-02", "2020-1-3"), "line 3.*2020-1-3"),
        (HEADER + ROW.replace("fee,,", "fee,nasdaq,"), "line 2.*NASDAQ"),
        (HEADER + ROW.replace("\n", ",more\n"), "line 2.*nine columns"),
    ],
)
def test_a_bad_table_is_refused(text, message):
    with pytest.raises(DataError, match=message):
        read_rules(text)


def test_two_rows_of_one_date_are_refused():
    with pytest.raises(DataError, match="`fee` has two rows of 2020-01-02: keep one"):
        Rulebook(read_rules(HEADER + ROW + ROW))


def test_a_dated_table_holds_one_rule():
    with pytest.raises(DataError, match="the rows of one rule, got 0"):
        DatedTable([])
    with pytest.raises(DataError, match=r"got 2: \['fee', 'tax'\]"):
        DatedTable(read_rules(HEADER + ROW + ROW.replace("fee", "tax")))
