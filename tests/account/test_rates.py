"""Rates by date and by security, worked by hand: what a session's contracts open at, what its days are charged with."""

import numpy as np
import pytest
from conditions import conditions
from liangrong.core.account.credit import Charges
from liangrong.core.account.terms import TermSchedule
from liangrong.core.errors import ConfigError, DataError, DateError
from liangrong.core.panel.panel import Panel
from liangrong.core.rulebook import Rulebook
from liangrong.core.types import OrderKind
from oracles.ledger_bridge import KernelAccount, terms

DAYS = np.array(["2024-02-29", "2024-03-01", "2024-03-04", "2024-03-05"], dtype="datetime64[D]")  # Thursday to Tuesday
SYMBOLS = ("600000.SH", "000001.SZ")
STEP = [{"date": "2024-01-02", "rate": 0.036}, {"date": "2024-03-03", "rate": 0.072}]
"""The second from a Sunday on."""
A, B = 0, 1


def panel(**fields):
    shape = (len(DAYS), len(SYMBOLS))
    made = {"close": np.full(shape, 10.0)} | {name: np.array(values) for name, values in fields.items()}
    return Panel(sessions=DAYS, symbols=SYMBOLS, fields=made)


def schedule(of=None, **options):
    return TermSchedule(Rulebook.load(), conditions(**options), DAYS, panel=panel() if of is None else of)


def rows(text, folder):
    """Write a table of rates and return its path."""
    path = folder / "rates.csv"
    path.write_text(text)
    return str(path)


# ---- a rate by date -------------------------------------------------------------------------------------------------


def test_a_number_is_one_row_for_ever():
    made = schedule(financing_rate=0.05)
    assert [made.on(t).financing_rate for t in range(4)] == [0.05] * 4
    assert [made.on(t).borrow_rate for t in range(4)] == [0.1035] * 4
    assert np.isnan(made.charges(2)[:2]).all()


def test_each_row_holds_from_its_date():
    made = schedule(financing_rate=STEP[::-1], borrow_rate=[{"date": "2024-03-01", "rate": 0.1}, STEP[0]])
    assert [made.on(t).financing_rate for t in range(4)] == [0.036, 0.036, 0.072, 0.072]
    assert [made.on(t).borrow_rate for t in range(4)] == [0.036, 0.1, 0.1, 0.1]


def test_days_are_charged_by_the_calendar_not_by_the_session():
    """Friday and Saturday at 3.6 %, Sunday at 7.2 %: 4.8 % on average over the weekend."""
    made = schedule(financing_rate=STEP, borrow_rate=0.09, rate_of="day")
    assert [made.charges(t).financing for t in (1, 2, 3)] == [0.036, pytest.approx(0.048, abs=1e-15), 0.072]
    assert [made.charges(t).borrow for t in (1, 2, 3)] == [0.09] * 3


def test_a_session_before_the_first_row_is_named():
    late = [{"date": "2024-03-01", "rate": 0.05}]
    with pytest.raises(
        DateError, match=r"`account.borrow_rate` has no rate on 2024-02-29, its first row is of 2024-03-01"
    ):
        schedule(borrow_rate=late)
    with pytest.raises(DateError, match="2024-02-29"):
        schedule(financing_rate={"of": late, "plus": 0.01})


def test_a_change_multiplies_then_adds():
    made = schedule(financing_rate={"of": STEP, "times": 2.0, "plus": 0.01}, rate_of="day")
    assert [made.on(t).financing_rate for t in (1, 2)] == pytest.approx([0.082, 0.154], abs=1e-15)
    assert made.charges(2).financing == pytest.approx(0.106, abs=1e-15)
    with pytest.raises(ConfigError, match=r"`account.financing_rate` should not fall below 0"):
        schedule(financing_rate={"of": STEP, "plus": -0.05})


# ---- a rate by security ---------------------------------------------------------------------------------------------


def test_a_table_by_security_stands_before_the_rate_of_all(tmp_path):
    table = "date,rate,symbol\n2024-01-02,0.1,\n2024-03-04,0.12,\n2024-03-01,0.18,600000.SH\n"
    made = schedule(borrow_rate=rows(table, tmp_path), rate_of="day")
    assert [made.on(t, 0, A).borrow_rate for t in range(4)] == [0.1, 0.18, 0.18, 0.18]
    assert [made.on(t, 0, B).borrow_rate for t in range(4)] == [0.1, 0.1, 0.12, 0.12]
    assert made.charges(2).borrow_of[1:].tolist() == [[0.1, 0.1], [0.18, 0.1], [0.18, 0.12]]
    assert made.on(1, 0, A).financing_rate == 0.0835
    assert schedule(borrow_rate=rows(table, tmp_path)).charges(2).borrow_of.size == 0


def test_every_security_needs_a_rate_from_the_first_session_on(tmp_path):
    table = "date,symbol,rate\n2024-01-02,600000.SH,0.1\n"
    with pytest.raises(DateError, match=r"no rate of 000001.SZ on 2024-02-29, it has no row: .* rows without a symbol"):
        schedule(borrow_rate=rows(table, tmp_path))
    late = table + "2024-03-01,,0.09\n"
    with pytest.raises(DateError, match=r"no rate of 000001.SZ on 2024-02-29, its first row is of 2024-03-01"):
        schedule(borrow_rate=rows(late, tmp_path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,rate\n2024-01-02,8.35\n", r"line 2: `rate`: .* write 0.0835 for 8.35 %"),
        ("date,rate\n2024-01-02,0.05\nyesterday,0.06\n", r"line 3: `date`"),
        ("date,rate\n2024-01-02,0.05\n2024-01-02,0.06\n", r"has two rows of 2024-01-02: keep one"),
        ("date,rate\n", "holds no rate"),
        ("day,rate\n2024-01-02,0.05\n", "the column date is missing"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        schedule(financing_rate=rows(text, tmp_path))


def test_the_data_may_bring_the_borrow_fee():
    """The list price where and when they are silent; a day's fee is that of the session before the days."""
    fees = panel(borrow_rate=[[0.08, np.nan], [0.16, np.nan], [0.16, 0.05], [0.2, 0.05]])
    made = schedule(fees, borrow_rate="data", rate_of="day")
    assert [made.on(t, 0, A).borrow_rate for t in range(4)] == [0.08, 0.16, 0.16, 0.2]
    assert [made.on(t, 0, B).borrow_rate for t in range(4)] == [0.1035, 0.1035, 0.05, 0.05]
    assert made.charges(1).borrow_of[1:].tolist() == [[0.08, 0.1035], [0.16, 0.1035], [0.16, 0.05]]
    with pytest.raises(ConfigError, match=r"`account.borrow_rate: data` needs the field `borrow_rate`"):
        schedule(borrow_rate="data")
    with pytest.raises(ConfigError, match=r"`account.financing_rate: data` needs the field"):
        schedule(fees, financing_rate="data")


# ---- contracts ------------------------------------------------------------------------------------------------------


def account(**rates):
    """Return 36,000 borrowed and 18,000 sold short, a day ago."""
    opened = KernelAccount(100_000.0, 2, conditions=terms(**rates))
    opened.price[:] = 10.0
    opened.must(OrderKind.MARGIN_BUY, 0, 3_600)
    opened.must(OrderKind.SHORT_SELL, 1, 1_800)
    return opened


def test_a_contract_keeps_the_rate_of_its_opening_day():
    opened = account(financing_rate=0.05, borrow_rate=0.1)
    opened.terms = terms(financing_rate=0.09, borrow_rate=0.2)
    opened.session(1)
    assert opened.contracts["accrued"].tolist() == pytest.approx([5.0, 5.0], abs=1e-9)


def test_or_pays_each_days():
    """A day at 3 % and 8 %, three at 6 % and 10 %; the contract's own rate is for its first day alone."""
    opened = account(financing_rate=0.05, borrow_rate=0.1)
    opened.charges = Charges(0.03, 0.08)
    opened.session(1)
    assert opened.contracts["accrued"].tolist() == pytest.approx([3.0, 4.0], abs=1e-9)
    opened.charges = Charges(0.06, 0.10)
    opened.session(4)
    assert opened.contracts["accrued"].tolist() == pytest.approx([21.0, 19.0], abs=1e-9)
    assert opened.contracts["rate"].tolist() == [0.05, 0.1]


def test_a_table_by_security_charges_each_its_own():
    opened = account()
    tables = np.array([[0.9, 0.9], [0.03, 0.9]]), np.array([[0.9, 0.9], [0.9, 0.08]])
    opened.charges = Charges(0.5, 0.5, 1, *tables)
    opened.session(1)
    assert opened.contracts["accrued"].tolist() == pytest.approx([3.0, 4.0], abs=1e-9)


# ---- what was charged, times how long -------------------------------------------------------------------------------


def test_amount_years_are_what_the_rates_apply_to():
    """36,000 for 1 day and 18,000 for 3 more of 360: 250; 18,000 sold short for 4 days: 200."""
    opened = account(financing_rate=0.05, borrow_rate=0.1)
    opened.session(1)
    opened.must(OrderKind.REPAY, amount=18_000.0 + 5.0)
    opened.session(4)
    assert opened.contracts["amount_years"].tolist() == pytest.approx([250.0, 200.0], abs=1e-9)
    interest = opened.contracts["paid"] + opened.contracts["accrued"]
    assert interest.tolist() == pytest.approx([250.0 * 0.05, 200.0 * 0.1], abs=1e-9)


def test_the_one_day_of_a_contract_that_closes_at_once_counts():
    """36,000 repaid on its day: 100; 900 of 1,800 shares returned on theirs: 25, the others a day later: 25."""
    opened = account(financing_rate=0.05, borrow_rate=0.1, cover_delay=0)
    opened.must(OrderKind.REPAY, amount=36_005.0)
    opened.must(OrderKind.BUY_TO_RETURN, 1, 900)
    loan, short = opened.contracts["amount_years"].tolist()
    assert (loan, short) == (pytest.approx(100.0, abs=1e-9), pytest.approx(25.0, abs=1e-9))
    opened.session(1)
    assert opened.contracts["amount_years"][-1] == pytest.approx(50.0, abs=1e-9)
