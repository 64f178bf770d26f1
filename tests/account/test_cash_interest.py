"""Interest on cash, worked by hand: what earns it, on what days it is credited, and that it is unseen before."""

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest
from liangrong.core.account import cash_interest
from liangrong.core.account.credit import locked_cash
from liangrong.core.panel.panel import Panel
from liangrong.core.run.engines import execute
from liangrong.core.run.parity import first_difference
from liangrong.core.run.scenario import assemble
from liangrong.core.types import OrderKind
from oracles.ledger_bridge import KernelAccount, terms
from oracles.ledger_interpreted import interpreted
from run.configured import configured
from run.random_scenarios import with_targets


def slow(days):
    """Return, day by day, whether a 20th of a quarter's last month lies after the session before and up to this one."""
    found = [False]
    for before, day in itertools.pairwise(days):
        between = [before + dt.timedelta(days=i + 1) for i in range((day - before).days)]
        found.append(any(d.day == 20 and d.month in (3, 6, 9, 12) for d in between))
    return found


@pytest.mark.parametrize(
    ("start", "step"), [("2010-03-19", 1), ("2014-12-19", 1), ("2016-01-04", 23), ("1999-03-20", 7)]
)
def test_the_days_of_crediting_are_the_quarters(start, step):
    days = [day.date() for day in pd.bdate_range(start, periods=900)][::step]
    sessions = np.array(days, dtype="datetime64[D]")
    found = cash_interest.crediting_sessions(cash_interest.Span(sessions, sessions[0]))
    assert found.tolist() == slow(days)
    assert found.any()


def test_saturday_the_20th_is_credited_on_monday():
    days = np.array(["2021-03-18", "2021-03-19", "2021-03-22", "2021-03-23"], dtype="datetime64[D]")
    assert cash_interest.crediting_sessions(cash_interest.Span(days, days[0])).tolist() == [False, False, True, False]


def test_an_opening_before_the_20th_is_credited_on_the_first_session_after_it():
    days = np.array(["2021-03-22", "2021-03-23"], dtype="datetime64[D]")
    for since, first in (("2021-03-19", True), ("2021-03-20", False)):
        span = cash_interest.Span(days, np.datetime64(since))
        assert cash_interest.crediting_sessions(span).tolist() == [first, False]


def account(cash=360_000.0):
    return KernelAccount(cash, 1, conditions=terms(borrow_rate=0.0, short_ratio=0.5))


def accrued(opened, day, cash_rate, proceeds_rate):
    """Accrue up to `day` and return what is not credited yet: of cash, of proceeds."""
    cash_interest.accrue_cash(opened.ledger, 10_000 + day, 360.0, cash_rate, proceeds_rate)
    opened.session(day)
    return [float(opened.ledger.account[0][name]) for name in ("cash_interest", "proceeds_interest")]


def test_cash_earns_by_calendar_day_and_proceeds_at_their_own_rate():
    """360,000 at 1 % are 10 a day; 36,000 of locked proceeds at 2 % are 2 a day."""
    opened = account()
    assert accrued(opened, 3, 0.01, 0.02) == pytest.approx([30.0, 0.0], abs=1e-9)
    opened.must(OrderKind.SHORT_SELL, 0, 3_600, 10.0)
    assert locked_cash(opened.ledger) == pytest.approx(36_000.0)
    assert accrued(opened, 4, 0.01, 0.02) == pytest.approx([40.0, 2.0], abs=1e-9)
    assert accrued(opened, 7, 0.02, 0.0) == pytest.approx([100.0, 2.0], abs=1e-9)


def test_it_is_unseen_until_it_is_credited():
    opened = account()
    accrued(opened, 30, 0.01, 0.01)
    assert (opened.cash, opened.equity) == (360_000.0, 360_000.0)
    assert cash_interest.uncredited(opened.ledger) == pytest.approx(300.0)
    assert cash_interest.credit_interest(opened.ledger) == (pytest.approx(300.0), 0.0)
    assert (opened.cash, cash_interest.uncredited(opened.ledger)) == (pytest.approx(360_300.0), 0.0)
    assert cash_interest.credit_interest(opened.ledger) == (0.0, 0.0)


def test_no_interest_is_owed_on_cash_below_nothing():
    opened = account()
    opened.ledger.account[0]["cash"] = -1000.0
    assert accrued(opened, 5, 0.01, 0.02) == [0.0, 0.0]


def test_compiled_and_interpreted_agree():
    def answers():
        opened = account(123_456.78)
        opened.must(OrderKind.SHORT_SELL, 0, 3_700, 9.87)
        return accrued(opened, 17, 0.0123, 0.0234), cash_interest.credit_interest(opened.ledger)

    compiled = answers()
    with interpreted():
        assert answers() == compiled


# ---- a run ----------------------------------------------------------------------------------------------------------


def idle(**keys):
    """Run an account that does nothing from Friday 2024-03-15 to Friday 2024-03-22, on both engines."""
    days = np.array([str(day.date()) for day in pd.bdate_range("2024-03-15", "2024-03-22")], dtype="datetime64[D]")
    market = Panel(sessions=days, symbols=("600000.SH",), fields={"close": np.full((6, 1), 10.0)})
    given = {f"account.{name}": value for name, value in keys.items()} | {"execution.engine": "both"}
    scenario = assemble(configured(given, strategy={"name": "buy_and_hold"}, cash=360_000.0), market)
    return execute(with_targets(scenario, np.full((6, 1), np.nan)))


def credited(result):
    """Return the table of what was credited."""
    assert result.cash_interest is not None
    return result.cash_interest


def test_a_run_credits_on_wednesday_the_20th():
    """Five days of 10.00; then two of 10.00 (and a 720th of a cent a day on the 50.00), which stay unseen."""
    result = idle(cash_rate=0.01)
    assert result.equity["equity"].tolist() == pytest.approx([360_000.0] * 3 + [360_050.0] * 3, abs=1e-9)
    (row,) = credited(result).to_dict("records")
    assert (str(row["date"].date()), row["cash"], row["proceeds"]) == ("2024-03-20", pytest.approx(50.0), 0.0)
    assert result.attribution.set_index("component")["amount"]["interest_received"] == pytest.approx(50.0)
    assert abs(result.summary["attribution_residual"]) < 1e-6
    assert any(note.startswith("Interest of 20.00 accrued on cash after it was last credited") for note in result.notes)


def test_a_rate_of_the_day_changes_within_the_quarter():
    """Friday and Saturday at 1 %, Sunday to Tuesday at 2 %: 80.00."""
    rows = [{"date": "2024-01-01", "rate": 0.01}, {"date": "2024-03-17", "rate": 0.02}]
    assert credited(idle(cash_rate=rows))["amount"].tolist() == [pytest.approx(80.0, abs=1e-9)]


def test_without_a_rate_there_is_no_such_table(tmp_path):
    result = idle()
    assert result.cash_interest is None
    assert "interest_received" not in set(result.attribution["component"])
    earning = idle(cash_rate=0.01)
    difference = first_difference(result, earning)
    assert difference is not None
    assert difference.table == "equity"
    assert first_difference(result, result) is None
    folder = earning.save(tmp_path / "run")
    assert (folder / "cash_interest.csv").read_text() == "date,cash,proceeds,amount\n2024-03-20,50.0,0.0,50.0\n"
