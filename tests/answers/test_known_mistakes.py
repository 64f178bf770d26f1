"""Mistakes that other systems make with margin accounts, each held off by a test."""

import numpy as np
import pytest
from conditions import conditions
from liangrong.core.account import credit
from liangrong.core.account.costs import order_fees
from liangrong.core.account.terms import TermSchedule
from liangrong.core.errors import DateError
from liangrong.core.kernels.prices import limit_prices
from liangrong.core.rulebook import Rulebook, limit_ratio
from liangrong.core.types import Board, OrderKind, Refusal
from oracles.ledger_bridge import ON_SELL_AMOUNT, KernelAccount, terms

BUY, SELL, MARGIN_BUY, SELL_TO_REPAY, REPAY, SHORT_SELL, BUY_TO_RETURN, RETURN_SHARES = OrderKind


def near(expected):
    return pytest.approx(expected, abs=1e-6)  # CNY


def account(cash, price=10.0, **changes):
    opened = KernelAccount(cash, 1, conditions=terms(**changes))
    opened.price[0] = price
    return opened


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


def schedule(*texts):
    return TermSchedule(Rulebook.load(), conditions(), days(*texts))


def test_weekends_and_holidays_bear_interest():
    """A loan of 5,000 at 8 % over January 2024 cost one system 24.17, a day of interest per session."""
    opened = account(10_000.0, 5.0)
    opened.must(MARGIN_BUY, 0, 1000)
    january = np.arange("2024-01-01", "2024-02-01", dtype="datetime64[D]")
    sessions = january[np.is_busday(january, holidays=days("2024-01-01"))]
    assert len(sessions) == 22
    for session in sessions:
        opened.session((session - january[0]).astype(int))
    assert opened.must(REPAY, amount=1e9).interest == near(5000 * 0.08 / 360 * 30)


def test_the_maintenance_ratio_is_assets_over_debt():
    """An account of 10,000 with a short of 5,000 was closed by force: equity over long value was nothing."""
    opened = account(10_000.0)
    opened.must(SHORT_SELL, 0, 500)
    assert opened.ratio == near(3.0)
    opened.must(SHORT_SELL, 0, 100)  # and far from the warning line


def test_short_proceeds_buy_no_stock():
    """13,000 were bought with 10,000 of own cash, nothing borrowed."""
    opened = account(10_000.0)
    opened.must(SHORT_SELL, 0, 500)
    assert opened.cash == 15_000.0
    assert opened.do(BUY, 0, 1300).refusal == Refusal.NO_CASH
    assert opened.do(BUY, 0, 1001).refusal == Refusal.NO_CASH
    opened.must(BUY, 0, 1000)
    assert opened.available_cash == 0.0


def test_borrow_fees_do_not_land_on_the_first_partial_cover():
    opened = account(20_000.0, borrow_rate=0.09)
    opened.must(SHORT_SELL, 0, 1000)
    paid = []
    for day in (10, 20, 30, 40):
        opened.session(day)
        paid.append(opened.must(BUY_TO_RETURN, 0, 200).interest)
    # 2,000 of 10,000 at a time, each with the fee of its own days.
    assert paid == near([2000 * 0.09 / 360 * day for day in (10, 20, 30, 40)])
    assert opened.contracts["accrued"][0] == near(2000 * 0.09 / 360 * 40)


def test_the_borrow_fee_follows_the_sell_amount_not_an_average_entry_price():
    opened = account(100_000.0, borrow_rate=0.09)
    opened.must(SHORT_SELL, 0, 1000, 10.0)
    opened.must(SHORT_SELL, 0, 1000, 20.0)
    opened.session(1)
    assert opened.contracts["accrued"].tolist() == near([2.5, 5.0])
    opened.must(BUY_TO_RETURN, 0, 1000)  # the older one, with its own fee
    opened.session(2)
    assert opened.sums.accrued == near(10.0)  # half of 30,000 would bear 7.50


def test_interest_follows_the_principal_that_is_left_not_the_entry_price():
    opened = account(20_000.0, financing_rate=0.09)
    opened.must(MARGIN_BUY, 0, 1000, 10.0)
    opened.session(1)
    opened.price[0] = 15.0  # what the shares are worth now does not matter
    opened.must(REPAY, amount=6002.5)
    opened.session(11)
    assert opened.sums.accrued == near(4000 * 0.09 / 360 * 10)


def test_leverage_is_not_free():
    opened = account(20_000.0, financing_rate=0.09)
    opened.must(MARGIN_BUY, 0, 1000)
    opened.session(40)
    opened.must(SELL_TO_REPAY, 0, 1000)
    assert opened.equity == near(20_000 - 100.0)
    assert opened.sums.principal == near(100.0)  # the proceeds paid the interest first


def test_an_account_under_water_opens_nothing_more():
    opened = account(10_000.0, financing_ratio=0.5, warn=1.4)
    opened.must(MARGIN_BUY, 0, 2000)
    opened.session(1)
    opened.price[0] = 4.0
    assert opened.equity < 0.0
    for kind in (MARGIN_BUY, SHORT_SELL):
        assert opened.do(kind, 0, 100).refusal == Refusal.BELOW_WARNING_LINE
    opened.must(SELL_TO_REPAY, 0, 2000)  # ways out stay open


def test_a_sale_does_not_mend_the_ratio_by_forgetting_its_loss():
    opened = account(10_000.0)
    opened.must(MARGIN_BUY, 0, 1000)
    opened.session(1)
    opened.price[0] = 6.0
    before = opened.equity
    opened.must(SELL_TO_REPAY, 0, 1000)
    assert opened.equity == near(before)
    assert opened.sums.principal == near(10_000 + 10_000 * 0.08 / 360 - 6000)


# --- one rule for all boards, one number for all dates -----------------------------------------------------------


def limits(session, is_st=0.0):
    boards = [Board.MAIN, Board.CHINEXT, Board.STAR, Board.BSE]
    ratios = limit_ratio(boards, np.full((1, 4), is_st), days(session))
    up, down = limit_prices(np.full((1, 4), 10.05), ratios)
    return up[0].tolist(), down[0].tolist()


def test_each_board_has_its_price_limit():
    assert limits("2024-06-03") == ([11.06, 12.06, 12.06, 13.07], [9.05, 8.04, 8.04, 7.04])


def test_each_year_has_its_price_limit():
    ratio = limit_ratio([Board.CHINEXT, Board.MAIN], np.zeros((2, 2)), days("2020-08-21", "2020-08-24"))
    assert ratio.tolist() == [[0.10, 0.10], [0.20, 0.10]]
    st = limit_ratio([Board.MAIN], np.ones((2, 1)), days("2026-07-03", "2026-07-06"))
    assert st.tolist() == [[0.05], [0.10]]


def test_limit_prices_round_half_a_cent_up():
    up, _ = limit_prices(np.array([[10.05, 1.15, 8.45]]), np.full((1, 3), 0.10))
    assert up.tolist() == [[11.06, 1.27, 9.30]]  # to even: 11.05 or 11.06 by chance, 1.26, 9.29 or 9.30


@pytest.mark.parametrize(
    ("before", "after", "name", "values"),
    [
        ("2015-11-20", "2015-11-23", "financing_ratio", (0.5, 1.0)),
        ("2023-09-08", "2023-09-11", "financing_ratio", (1.0, 0.8)),
        ("2026-01-16", "2026-01-19", "financing_ratio", (0.8, 1.0)),
        ("2023-10-27", "2023-10-30", "short_ratio", (0.5, 0.8)),
        ("2024-07-19", "2024-07-22", "short_ratio", (0.8, 1.0)),
        ("2015-08-03", "2015-08-04", "cover_delay", (0, 1)),
    ],
)
def test_terms_change_on_their_day(before, after, name, values):
    found = schedule(before, after)
    assert (getattr(found.on(0), name), getattr(found.on(1), name)) == values


def test_the_stamp_duty_was_halved():
    found = schedule("2023-08-25", "2023-08-28")
    duties = [order_fees(10_000.0, 100_000.0, True, found.on(t).costs).stamp_duty for t in (0, 1)]
    assert duties == [100.0, 50.0]


def test_the_transfer_fee_was_halved():
    found = schedule("2022-04-28", "2022-04-29")
    assert [order_fees(10_000.0, 100_000.0, False, found.on(t).costs).transfer_fee for t in (0, 1)] == [2.0, 1.0]


def test_contracts_keep_the_ratio_of_their_day_across_a_change():
    found = schedule("2023-09-08", "2023-09-11")
    ledger = KernelAccount(100_000.0, 1, conditions=found.on(0))
    ledger.must(MARGIN_BUY, 0, 1000, 10.0)
    ledger.terms = found.on(1)
    ledger.session(3)
    ledger.must(MARGIN_BUY, 0, 1000, 10.0)
    assert ledger.contracts["ratio"].tolist() == [1.0, 0.8]


def test_a_date_without_a_rule_is_refused_not_guessed():
    with pytest.raises(DateError, match=r"financing_margin_ratio.*2010-03-31"):
        schedule("2010-03-30")


def test_contracts_fall_due_after_six_months_of_the_calendar():
    found = schedule("2023-08-31", "2024-01-15")
    due = [str(np.datetime64(int(day), "D")) for day in found.due]
    assert due == ["2024-02-29", "2024-07-15"]


def test_the_ledger_takes_days_from_the_calendar_of_the_schedule():
    found = schedule("2024-02-08", "2024-02-19")  # the spring festival lies between two sessions
    ledger = credit.open_ledger(50_000.0, 1)
    credit.start_session(ledger, int(found.day[0]), int(found.due[0]), found.day_count[0], *ON_SELL_AMOUNT)
    opened = KernelAccount(50_000.0, 1, conditions=found.on(0))
    opened.ledger = ledger
    opened.must(MARGIN_BUY, 0, 1000, 10.0)
    credit.start_session(ledger, int(found.day[1]), int(found.due[1]), found.day_count[1], *ON_SELL_AMOUNT)
    principal = opened.contracts["principal"][0]
    assert opened.contracts["accrued"][0] == near(principal * 0.0835 / 360 * 11)
