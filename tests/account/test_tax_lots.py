"""Dividend tax by holding period: by hand on the notices' own dates, and against a book of single shares."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account import cash_flows, credit, tax_lots
from liangrong.core.account.corporate_actions import NO_RIGHTS, Rights, apply_action
from liangrong.core.account.tax_lots import NO_TAX, DividendTax, acquire, dispose, with_lots, with_room
from liangrong.core.config.options import DEFAULTS
from liangrong.core.types import OrderKind
from oracles.ledger_bridge import KernelAccount, terms
from oracles.ledger_interpreted import interpreted

BUY, SELL, MARGIN_BUY, SELL_TO_REPAY, REPAY, SHORT_SELL, BUY_TO_RETURN, RETURN_SHARES = OrderKind
BY_HOLDING = DEFAULTS._replace(dividend_tax_rate=-1.0)
TODAY = DividendTax(0.20, 0.10, 0.0)  # since 2015-09-08
OF_2013 = DividendTax(0.20, 0.10, 0.05)
FLAT = DividendTax(0.10, 0.10, 0.10)  # before 2013
EPOCH = dt.date(1970, 1, 1)


def near(expected) -> Any:
    return pytest.approx(expected, abs=1e-6)  # CNY


def day_number(text: str) -> int:
    return (dt.date.fromisoformat(text) - EPOCH).days


class Dated(KernelAccount):
    """An account with lots, whose sessions are dates."""

    def __init__(self, cash: float = 1_000_000.0, first: str = "2016-05-24") -> None:
        super().__init__(cash, 2, conditions=terms(financing_rate=0.0, borrow_rate=0.0))
        self.ledger = with_lots(credit.open_ledger(cash, 2, capacity=8), BY_HOLDING)
        self.price[:] = 10.0
        self.on(first)

    def on(self, text: str) -> None:
        day = day_number(text)
        credit.start_session(self.ledger, day, day + 180, 360.0, np.empty(0), self.terms.options, self.charges)

    def act(self, cash, ratio=0.0, tax=TODAY, rights=NO_RIGHTS):
        return apply_action(self.ledger, 0, cash, ratio, BY_HOLDING._replace(subscribe_rights=True), rights, tax)

    def lots(self) -> list[tuple[Any, ...]]:
        return self.ledger.lots[: self.ledger.account[0]["lots"]].tolist()


@pytest.mark.parametrize(
    ("sold", "tax"),
    [
        ("2016-06-23", 100.0),
        ("2016-06-24", 100.0),  # bought on May 24: held up to June 23, one month and no more
        ("2016-06-27", 50.0),
        ("2017-05-24", 50.0),  # held up to May 23: one year
        ("2017-05-25", 0.0),
    ],
)
def test_the_holding_period_of_the_notice(sold, tax):
    account = Dated()
    account.must(BUY, 0, 1000)
    account.on("2016-06-13")
    cash = account.cash
    assert account.act(0.5).received == 500.0  # all of it: nothing is withheld
    assert account.cash == cash + 500.0
    account.on(sold)
    account.must(SELL, 0, 1000)
    assert account.cash == near(cash + 500.0 + 10_000.0 - tax)
    assert account.ledger.account[0]["taxed"] == near(tax)
    assert account.lots() == []


@pytest.mark.parametrize(
    ("tax", "received", "soon", "late"),
    [(OF_2013, 475.0, 75.0, 25.0), (FLAT, 450.0, 0.0, 0.0), (NO_TAX, 500.0, 0.0, 0.0)],
)
def test_what_the_longest_holding_owes_is_withheld_at_the_payment(tax, received, soon, late):
    for sold, due in (("2014-02-10", soon), ("2014-06-10", late), ("2015-06-10", 0.0)):
        account = Dated(first="2014-01-20")
        account.must(BUY, 0, 1000)
        account.on("2014-02-10")
        assert account.act(0.5, tax=tax).received == near(received)
        account.on(sold)
        cash = account.cash
        account.must(SELL, 0, 1000)
        assert account.cash == near(cash + 10_000.0 - due)


def test_the_first_that_came_are_the_first_that_go_collateral_and_financed_ones_alike():
    account = Dated(first="2016-01-04")
    account.must(MARGIN_BUY, 0, 300)  # January, financed
    account.on("2016-05-30")
    account.must(BUY, 0, 1000)  # May, own
    account.on("2016-06-13")
    account.act(1.0)
    # 500 own shares sold within a month of the second purchase: 300 of January at 10 %, 200 of May at 20 %.
    account.must(SELL, 0, 500)
    assert account.ledger.account[0]["taxed"] == near(300 * 0.10 + 200 * 0.20)
    assert account.lots() == [(0, day_number("2016-05-30"), 800.0, near(160.0), near(80.0))]


def test_the_tax_lowers_what_a_sale_repays():
    account = Dated()
    account.must(MARGIN_BUY, 0, 1000)
    account.on("2016-06-13")
    account.act(0.5)
    cash = account.cash
    account.must(SELL_TO_REPAY, 0, 500)
    # 5,000 less 20 % of 250 repays; the cash stays.
    assert account.cash == near(cash)
    assert account.contracts["principal"][0] == near(10_000.0 - 4950.0)


def test_own_shares_that_are_returned_to_a_lender_are_taxed_and_those_moved_out_are_not():
    account = Dated()
    account.must(BUY, 0, 1000)
    account.must(SHORT_SELL, 0, 400)
    account.on("2016-06-13")
    account.act(0.5)
    cash = account.cash
    account.must(RETURN_SHARES, 0, 400)
    assert account.cash == near(cash - 200.0 - 400 * 0.5 * 0.20)  # the lender's dividend, then the tax
    cash = account.cash
    cash_flows.move(account.ledger, cash_flows.TRANSFER_OUT, 0, 600.0, account.price, account.haircut, 3.0)
    assert (account.cash, account.lots()) == (cash, [])


def test_collateral_that_comes_in_counts_from_its_session():
    account = Dated()
    cash_flows.move(account.ledger, cash_flows.TRANSFER_IN, 0, 100.0, account.price, account.haircut, 3.0)
    account.on("2016-06-13")
    assert account.lots() == [(0, day_number("2016-06-13"), 100.0, 0.0, 0.0)]


def test_new_shares_came_on_the_ex_date_and_those_of_a_reverse_split_keep_their_day():
    account = Dated(cash=11_500.0)
    account.must(BUY, 0, 1000)
    account.on("2016-06-13")
    account.act(0.5, 0.2, rights=Rights(0.3, 5.0, 8.0))
    first, ex = day_number("2016-05-24"), day_number("2016-06-13")
    # 2,000 of cash pay for all 300.
    assert account.lots() == [(0, first, 1000.0, near(100.0), near(50.0)), (0, ex, 500.0, 0.0, 0.0)]
    account.act(0.0, -0.5)
    assert account.lots() == [(0, first, 500.0, near(100.0), near(50.0)), (0, ex, 250.0, 0.0, 0.0)]


def test_an_opening_has_the_days_of_its_contracts_and_of_itself():
    ledger = credit.open_ledger(0.0, 2)
    ledger.collateral[1] = 100.0
    ledger.account[0]["today"], ledger.account[0]["open_contracts"] = 17_000, 2
    ledger.contracts[:2]["kind"] = credit.FINANCING, credit.SHORT
    ledger.contracts[:2]["shares"], ledger.contracts[:2]["opened"] = 200.0, 16_900
    kept = with_lots(ledger, BY_HOLDING)
    assert kept.lots[:2].tolist() == [(0, 16_900, 200.0, 0.0, 0.0), (1, 17_000, 100.0, 0.0, 0.0)]
    assert kept.account[0]["lots"] == 2
    assert with_lots(ledger, DEFAULTS) is ledger


def test_without_the_option_nothing_is_kept():
    ledger = credit.open_ledger(0.0, 1)
    acquire(ledger, 0, 100.0, 17_000)
    assert (dispose(ledger, 0, 100.0, True), ledger.account[0]["lots"], len(ledger.lots)) == (0.0, 0, 0)
    assert with_room(ledger, 5) is ledger


def test_room_grows_and_lots_stay():
    ledger = with_lots(credit.open_ledger(0.0, 1), BY_HOLDING)
    for day in range(300):
        ledger = with_room(ledger, 1)
        acquire(ledger, 0, 1.0, 17_000 + day)
    assert ledger.lots["acquired"][:300].tolist() == list(range(17_000, 17_300))
    assert len(ledger.lots) == 512


def month_after(day: dt.date, months: int) -> dt.date:
    """Return the same day of a later month, its last where it has no such day, by plain search."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for of_month in range(day.day, 0, -1):
        try:
            return dt.date(year, month + 1, of_month)
        except ValueError:
            continue
    raise AssertionError


class SingleShares:
    """Every share for itself: its day, and the dividends that it had, in decimals."""

    def __init__(self) -> None:
        self.shares: list[tuple[dt.date, list[tuple[Decimal, DividendTax]]]] = []

    def sell(self, count: int, today: dt.date) -> Decimal:
        gone, self.shares = self.shares[:count], self.shares[count:]
        tax = Decimal(0)
        for day, dividends in gone:
            for cash, rates in dividends:
                rate = rates.beyond
                if today <= month_after(day, 12):
                    rate = rates.month if today <= month_after(day, 1) else rates.year
                tax += cash * (Decimal(repr(rate)) - Decimal(repr(rates.beyond)))
        return tax


STEP = st.tuples(st.sampled_from(["buy", "sell", "dividend", "bonus"]), st.integers(1, 60), st.integers(0, 70))


@seed(47)
@settings(max_examples=120, deadline=None)
@given(st.dates(dt.date(2013, 1, 1), dt.date(2016, 12, 31)), st.lists(STEP, min_size=2, max_size=25))
def test_against_a_book_of_single_shares(first, steps):
    ledger, book, today = with_lots(credit.open_ledger(1e6, 1), BY_HOLDING), SingleShares(), first
    for what, count, days in steps:
        today += dt.timedelta(days=days)
        ledger.account[0]["today"] = (today - EPOCH).days
        before = len(book.shares)
        ledger.collateral[0] = before
        if what == "buy":
            acquire(ledger, 0, count, ledger.account[0]["today"])
            book.shares += [(today, []) for _ in range(count)]
        elif what == "sell" and before:
            sold = min(count, before)
            assert dispose(ledger, 0, sold, True) == near(float(book.sell(sold, today)))
        elif what == "dividend":
            rates = (TODAY, OF_2013, FLAT)[count % 3]
            apply_action(ledger, 0, count / 100, 0.0, BY_HOLDING, NO_RIGHTS, rates)
            for _, dividends in book.shares:
                dividends.append((Decimal(count) / 100, rates))
        elif what == "bonus":
            apply_action(ledger, 0, 0.0, 0.3, BY_HOLDING)
            book.shares += [(today, []) for _ in range(before * 3 // 10)]
    kept = ledger.lots[: ledger.account[0]["lots"]]
    assert kept["shares"].sum() == len(book.shares)


def test_compiled_and_interpreted_agree():
    def answers():
        account = Dated()
        account.must(BUY, 0, 900)
        account.on("2016-06-13")
        tax_lots.owe_on_dividend(account.ledger, 0, 0.123, TODAY)
        tax_lots.scale(account.ledger, 0, 1.7)
        tax_lots.acquire(account.ledger, 0, 33.0, day_number("2016-06-13"))
        account.on("2016-07-01")
        tax = tax_lots.dispose(account.ledger, 0, 1551.0, True)
        return [tax, *(part.tobytes() for part in account.ledger)]

    compiled = answers()
    with interpreted():
        assert answers() == compiled
