"""Interest, principal, borrow fees and owed dividends paid alone: by hand, on the ledger itself."""

import numpy as np
import pytest
from liangrong.core.account.credit import FINANCING, NOT_CLOSED, SHORT, open_ledger
from liangrong.core.account.credit_contracts import open_contract, post_interest
from liangrong.core.account.part_payments import ALL, ANY, COMPENSATION, FEE, INTEREST, PRINCIPAL, pay_part
from liangrong.core.types import Refusal

TODAY = 19_800


def ledger(cash=10_000.0, locked=0.0):
    """Two financing contracts, 1,000 + 30 and 2,000 + 40, and a short one with 15 of fee and 7 of dividends owed."""
    made = open_ledger(cash, 2)
    made.account[0]["today"] = TODAY - 50
    for kind, j, amount, accrued in (
        (FINANCING, 0, 1_000.0, 30.0),
        (FINANCING, 1, 2_000.0, 40.0),
        (SHORT, 1, 0.0, 15.0),
    ):
        row = made.contracts[open_contract(made, kind, j, 100.0, 0.09, 1.0)]
        row["principal"], row["accrued"] = amount, accrued
        if kind == SHORT:
            row["sell_amount"], row["compensation"], row["locked"] = 500.0, 7.0, locked
        made.account[0]["today"] += 1
    made.account[0]["today"] = TODAY
    return made


def pay(made, amount, part, symbol=ANY, opened=ANY, proceeds_pay=True):
    effect = pay_part(made, amount, part, symbol, opened, 360.0, proceeds_pay)
    return effect.refusal, round(effect.value, 9), round(effect.interest, 9)


@pytest.mark.parametrize(
    ("amount", "part", "where", "told", "left"),
    [
        # what is paid, of it interest; then principal and interest of each contract, fee and dividends of the short one
        (50.0, INTEREST, {}, (50.0, 50.0), [1_000, 0, 2_000, 20, 15, 7]),
        (999.0, INTEREST, {}, (70.0, 70.0), [1_000, 0, 2_000, 0, 15, 7]),
        (25.0, INTEREST, {"symbol": 1}, (25.0, 25.0), [1_000, 30, 2_000, 15, 15, 7]),
        (1_500.0, PRINCIPAL, {}, (1_500.0, 0.0), [0, 30, 1_500, 40, 15, 7]),
        (100.0, PRINCIPAL, {"opened": TODAY - 49}, (100.0, 0.0), [1_000, 30, 1_900, 40, 15, 7]),
        (100.0, ALL, {"symbol": 1}, (100.0, 40.0), [1_000, 30, 1_940, 0, 15, 7]),
        (10.0, FEE, {}, (10.0, 10.0), [1_000, 30, 2_000, 40, 5, 7]),
        (9.0, COMPENSATION, {}, (7.0, 0.0), [1_000, 30, 2_000, 40, 15, 0]),
    ],
)
def test_each_part_by_hand(amount, part, where, told, left):
    made = ledger()
    assert pay(made, amount, part, **where) == (0, *told)
    first, second, short = made.contracts[:3]
    found = [first["principal"], first["accrued"], second["principal"], second["accrued"]]
    assert [*found, short["accrued"], short["compensation"]] == pytest.approx(left)
    assert made.account[0]["cash"] == pytest.approx(10_000.0 - told[0])
    assert sum(made.contracts[:3]["paid"]) == pytest.approx(told[1])
    assert set(made.contracts[:3]["closed"]) == {NOT_CLOSED}


def test_a_contract_is_closed_and_its_shares_are_free_when_both_are_paid():
    made = ledger()
    assert pay(made, 1_000.0, PRINCIPAL, 0) == (0, 1_000.0, 0.0)
    assert (made.contracts[0]["closed"], made.collateral[0]) == (NOT_CLOSED, 0.0)
    assert pay(made, 30.0, INTEREST, 0) == (0, 30.0, 30.0)
    assert (made.contracts[0]["closed"], made.collateral[0], made.contracts[0]["shares"]) == (TODAY, 100.0, 0.0)
    assert pay(made, 30.0, INTEREST, 0)[0] == Refusal.NO_SHARES


def test_posting_the_interest_of_a_contract_without_principal_closes_it():
    made = ledger()
    pay(made, 1_000.0, PRINCIPAL, 0)
    assert post_interest(made, True) == pytest.approx(85.0)
    assert (made.contracts[0]["closed"], made.contracts[1]["closed"], made.collateral[0]) == (TODAY, NOT_CLOSED, 100.0)


def test_principal_of_its_opening_day_owes_one_day():
    made = ledger()
    made.account[0]["today"] = TODAY - 50  # the day of the first
    assert pay(made, 400.0, PRINCIPAL, 0) == (0, 400.0, 0.0)
    assert made.contracts[0]["accrued"] == pytest.approx(30.0 + 400.0 * 0.09 / 360)
    assert made.contracts[0]["amount_years"] == pytest.approx(400.0 / 360)


@pytest.mark.parametrize(
    ("part", "proceeds_pay", "refusal"),
    [
        (INTEREST, True, Refusal.NONE),  # 60 of cash, 50 of it locked: proceeds pay interest and fees
        (INTEREST, False, Refusal.NO_CASH),
        (PRINCIPAL, True, Refusal.NO_CASH),  # and no principal
        (COMPENSATION, True, Refusal.NONE),
    ],
)
def test_principal_is_paid_from_available_cash_only(part, proceeds_pay, refusal):
    made = ledger(60.0, 50.0)
    before = made.contracts.copy()
    assert pay(made, 20.0 if part != COMPENSATION else 7.0, part, proceeds_pay=proceeds_pay)[0] == refusal
    if refusal:
        assert np.array_equal(made.contracts, before)
        assert made.account[0]["cash"] == 60.0
    elif part == INTEREST:  # 10 are free, 10 are drawn from the proceeds
        assert made.contracts[2]["locked"] == pytest.approx(40.0)


def test_whole_cents_leave_nothing_behind():
    made = ledger()
    made.account[0]["cents"] = 1
    made.contracts[0]["accrued"] = 30.0049
    assert pay(made, 30.0, INTEREST, 0) == (0, 30.0, 30.0)
    assert made.contracts[0]["accrued"] == 0.0
