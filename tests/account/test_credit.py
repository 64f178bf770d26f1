"""The account's state: accrual by calendar days, sums, ratios, margin, T+1, and the sweep of closed contracts."""

import math

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account import credit, credit_contracts
from liangrong.core.account.credit import FINANCING, NOT_CLOSED, SHORT, Totals
from liangrong.core.config.options import DEFAULTS
from liangrong.core.types import OrderKind
from oracles.ledger_bridge import ON_SELL_AMOUNT, KernelAccount, terms
from oracles.ledger_interpreted import compiled_functions, interpreted

NAN = math.nan


def ledger_with(*rows, cash=1000.0, securities=3):
    """Return a ledger with contracts given as (kind, symbol, shares, principal or sell amount, opened)."""
    ledger = credit.open_ledger(cash, securities, capacity=len(rows) + 1)
    for kind, symbol, shares, amount, opened in rows:
        i = credit_contracts.open_contract(ledger, kind, symbol, shares, 0.08, 1.0)
        c = ledger.contracts[i]
        c["opened"] = opened
        c["principal" if kind == FINANCING else "sell_amount"] = amount
        c["locked"] = 0.0 if kind == FINANCING else amount - 1.0
        c["accrued"] = 0.5
    return ledger


BOOKS = (
    (FINANCING, 0, 100.0, 1000.0, 5),
    (SHORT, 1, 200.0, 500.0, 6),
    (FINANCING, 0, 0.0, 40.0, 6),  # its shares were sold at a loss; it lives on
    (SHORT, 1, 100.0, 260.0, 7),
)
PRICE = np.array([9.0, 2.5, NAN])


def test_an_account_opens_with_its_cash_only():
    ledger = credit.open_ledger(123.45, 2)
    assert credit.totals(ledger, np.full(2, NAN)) == Totals(123.45, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert credit.maintenance_ratio(credit.totals(ledger, np.full(2, NAN))) == math.inf
    assert credit.available_margin(ledger, np.full(2, NAN), np.full(2, NAN)) == 123.45
    assert credit.available_cash(ledger) == 123.45


def test_totals_and_what_follows():
    ledger = ledger_with(*BOOKS)
    credit_contracts.add_collateral(ledger, 0, 10.0, 0.0, 0.0)
    sums = credit.totals(ledger, PRICE)
    assert sums == Totals(1000.0, 990.0, 750.0, 1040.0, 2.0, 758.0)
    assert credit.equity(sums) == 1000.0 + 990.0 - 750.0 - 1040.0 - 2.0
    assert credit.maintenance_ratio(sums) == pytest.approx(1990.0 / 1792.0)
    assert credit.locked_cash(ledger) == 758.0
    assert credit.available_cash(ledger) == 242.0


def test_margin_counts_gains_with_the_haircut_and_losses_whole():
    ledger = ledger_with(*BOOKS)
    haircut = np.array([0.7, 0.5, NAN])
    # Losses of 100, 40 and none; gains of 0 and 10 on the shorts; ratios of 1.0; 0.5 accrued on each.
    expected = 1000.0 - 100.0 - 40.0 + 10.0 * 0.5 - 760.0 - 1040.0 - 750.0 - 2.0
    assert credit.available_margin(ledger, PRICE, haircut) == pytest.approx(expected)


def test_a_price_is_asked_only_of_what_is_held_or_owed():
    ledger = ledger_with((FINANCING, 2, 0.0, 40.0, 5))
    assert credit.totals(ledger, PRICE).long_value == 0.0
    assert credit.available_margin(ledger, PRICE, np.full(3, 0.5)) == 1000.0 - 40.0 - 40.0 - 0.5
    ledger.contracts[0]["shares"] = 1.0
    assert math.isnan(credit.totals(ledger, PRICE).long_value)  # a price that is missing is never 0


def test_contract_shares_by_kind_security_and_age():
    ledger = ledger_with(*BOOKS)
    assert credit.contract_shares(ledger, SHORT, 1, 100) == 300.0
    assert credit.contract_shares(ledger, SHORT, 1, 7) == 200.0
    assert credit.contract_shares(ledger, SHORT, 0, 100) == 0.0
    assert credit.contract_shares(ledger, FINANCING, 0, 6) == 100.0
    assert credit.contract_shares(ledger, FINANCING, 0, 5) == 0.0


def test_the_list_of_the_collateral_ascends_and_forgets_what_is_sold_at_the_next_session():
    ledger = credit.open_ledger(0.0, 5)
    for j in (3, 0, 4, 3):
        credit_contracts.add_collateral(ledger, j, 100.0, 100.0, 0.0)
    credit_contracts.add_collateral(ledger, 1, 0.0, 0.0, 0.0)  # a contract whose shares are all sold releases none
    assert ledger.held[: ledger.account[0]["held"]].tolist() == [0, 3, 4]
    credit_contracts.take_collateral(ledger, 3, 200.0)
    assert credit.totals(ledger, np.array([1.0, NAN, NAN, NAN, 2.0])).long_value == 300.0
    credit.start_session(ledger, 20_000, 20_180, 360.0, *ON_SELL_AMOUNT)
    assert ledger.held[: ledger.account[0]["held"]].tolist() == [0, 4]
    assert ledger.bought_today.tolist() == [0.0] * 5


def test_positions_add_up_collateral_and_contracts():
    ledger = ledger_with(*BOOKS, (FINANCING, 2, 300.0, 900.0, 8))
    ledger.collateral[:] = (10.0, 20.0, 0.0)
    long, short = np.full(3, NAN), np.full(3, NAN)
    credit.positions(ledger, long, short)
    assert long.tolist() == [110.0, 20.0, 300.0]
    assert short.tolist() == [0.0, 300.0, 0.0]


@pytest.mark.parametrize(("days", "interest"), [(0, 0.0), (1, 10.0), (3, 30.0), (30, 300.0)])
def test_accrual_by_calendar_days(days, interest):
    ledger = ledger_with((FINANCING, 0, 100.0, 45_000.0, 5), (SHORT, 1, 100.0, 90_000.0, 5))
    credit.accrue(ledger, days, 360.0, *ON_SELL_AMOUNT)
    assert ledger.contracts["accrued"][:2] - 0.5 == pytest.approx([interest, 2 * interest], abs=1e-9)


@seed(7)
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_accrual_does_not_care_how_sessions_cut_the_days(gaps):
    account = KernelAccount(0.0, day=0)
    once = KernelAccount(0.0, day=0)
    for each in (account, once):
        each.ledger = ledger_with((FINANCING, 0, 100.0, 36_000.0, 10_000))
        each.session(0)
    day = 0
    for gap in gaps:
        day += gap
        account.session(day)
    once.session(day)
    assert account.contracts["accrued"][0] == pytest.approx(0.5 + 8.0 * day, abs=1e-7)
    assert once.contracts["accrued"][0] == pytest.approx(account.contracts["accrued"][0], abs=1e-7)


def test_the_first_session_accrues_nothing():
    ledger = ledger_with((FINANCING, 0, 100.0, 36_000.0, 5))
    credit.start_session(ledger, 20_000, 20_180, 360.0, *ON_SELL_AMOUNT)
    assert ledger.contracts[0]["accrued"] == 0.5
    assert (ledger.account[0]["today"], ledger.account[0]["due"]) == (20_000, 20_180)


def test_a_new_session_frees_what_was_bought_the_day_before():
    ledger = credit.open_ledger(0.0, 2)
    credit_contracts.add_collateral(ledger, 1, 300.0, 100.0, 3000.0)
    assert ledger.bought_today.tolist() == [0.0, 100.0]
    credit.start_session(ledger, 10_001, 10_181, 360.0, *ON_SELL_AMOUNT)
    assert ledger.bought_today.tolist() == [0.0, 0.0]
    assert ledger.collateral.tolist() == [0.0, 300.0]


def test_contracts_take_the_due_day_and_the_terms_of_their_opening():
    account = KernelAccount(1e6, day=3, conditions=terms(financing_ratio=0.8, short_ratio=0.5, borrow_rate=0.09))
    account.must(OrderKind.MARGIN_BUY, 0, 100, 10.0)
    account.terms = terms(financing_ratio=1.0, financing_rate=0.05)
    account.session(4)
    account.must(OrderKind.MARGIN_BUY, 0, 200)
    rows = account.contracts
    assert rows["ratio"].tolist() == [0.8, 1.0]
    assert rows["rate"].tolist() == [0.08, 0.05]
    assert rows["opened"].tolist() == [10_003, 10_004]
    assert rows["due"].tolist() == [10_183, 10_184]
    assert rows["id"].tolist() == [1, 2]
    assert rows["opened_shares"].tolist() == [100.0, 200.0]
    assert rows["opened_amount"].tolist() == [1000.0, 2000.0]


def test_room_is_made_without_losing_a_contract():
    ledger = ledger_with(*BOOKS)
    assert credit.with_capacity(ledger) is ledger
    grown = credit.with_capacity(ledger, free=2)
    assert len(grown.contracts) >= 6
    assert np.array_equal(grown.contracts[:4], ledger.contracts[:4])
    assert grown.account is ledger.account
    assert len(credit.with_capacity(ledger, free=100).contracts) == 104


@seed(8)
@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), max_size=9))
def test_the_sweep_keeps_the_order_of_both_halves(is_closed):
    ledger = ledger_with(*[(FINANCING, 0, 1.0, 1.0, k) for k in range(len(is_closed))])
    for i, gone in enumerate(is_closed):
        if gone:
            ledger.contracts[i]["closed"] = 9
    ledger.account[0]["closed_today"] = sum(is_closed)
    closed = np.zeros(len(is_closed), credit.CONTRACT)
    moved = credit.sweep(ledger, closed)
    ids = range(1, len(is_closed) + 1)
    assert closed["id"][:moved].tolist() == [k for k, gone in zip(ids, is_closed, strict=True) if gone]
    kept = ledger.contracts[: ledger.account[0]["open_contracts"]]
    assert kept["id"].tolist() == [k for k, gone in zip(ids, is_closed, strict=True) if not gone]
    assert (kept["closed"] == NOT_CLOSED).all()
    assert ledger.account[0]["closed_today"] == 0


CHARGES = credit.Charges(), credit.Charges(0.01, 0.02)


def test_compiled_and_interpreted_agree():
    haircut = np.array([0.7, 0.5, NAN])

    def drawn(ledger):
        ledger.account[0]["cash"] = 7.0
        credit.draw_proceeds(ledger)
        return ledger.contracts["locked"].tolist()

    def answers():
        ledger = ledger_with(*BOOKS)
        ledger.contracts[1]["closed"] = 9
        credit_contracts.add_collateral(ledger, 0, 10.0 / 3.0, 0.0, 0.0)
        long, short, closed = np.empty(3), np.empty(3), np.zeros(4, credit.CONTRACT)
        credit.start_session(ledger, 20_000, 20_180, 360.0, *ON_SELL_AMOUNT)
        credit.start_session(ledger, 20_007, 20_187, 360.0, *ON_SELL_AMOUNT)
        credit.accrue(ledger, 3, 365.0, *ON_SELL_AMOUNT)
        sums = credit.totals(ledger, PRICE)
        credit.positions(ledger, long, short)
        return {
            "totals": list(sums),
            "equity": credit.equity(sums),
            "maintenance_ratio": credit.maintenance_ratio(sums),
            "available_margin": credit.available_margin(ledger, PRICE, haircut),
            "locked_cash": credit.locked_cash(ledger),
            "available_cash": credit.available_cash(ledger),
            "payable": [credit.payable(ledger, 3.5, pays) for pays in (True, False)],
            "contract_shares": credit.contract_shares(ledger, SHORT, 1, 7),
            "shares_held": credit.shares_held(ledger, 0, True),
            "positions": [*long, *short],
            "hold": ledger.held.tolist(),
            "sweep": credit.sweep(ledger, closed),
            "charged_rate": [credit.charged_rate(ledger, i, of, DEFAULTS) for i in (0, 1) for of in CHARGES],
            "start_session": ledger.account.tobytes(),
            "accrue": ledger.contracts.tobytes() + closed.tobytes(),
            "draw_proceeds": drawn(ledger),
        }

    compiled = answers()
    assert set(compiled) == set(compiled_functions(credit))
    with interpreted():
        assert answers() == compiled
