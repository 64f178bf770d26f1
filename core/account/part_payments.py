"""Payments that a statement tells in parts: interest, principal or borrow fees alone, or the debt of one contract."""

import numpy as np

from ..kernels.jit import jit
from ..types import Refusal
from .credit import FINANCING, NOT_CLOSED, SHORT, Ledger, available_cash, draw_proceeds, payable
from .credit_contracts import (
    DUST,
    first_day,
    left_of,
    payable_interest,
    settle_payment,
    split_payment,
)
from .order_terms import Effect

PARTS = ("all", "interest", "principal", "fee", "compensation")
"""What a payment goes to: interest and then principal, one of them alone (偿还融资利息, 偿还融资本金), borrow fees
(偿还融券费用), or dividends owed to the lender (融券权益补偿)."""

ALL, INTEREST, PRINCIPAL, FEE, COMPENSATION = range(5)
ANY = -1

_NO_CASH = int(Refusal.NO_CASH)
_NO_SHARES = int(Refusal.NO_SHARES)


@jit
def pay_part(
    ledger: Ledger, amount: float, part: int, symbol: int, opened: int, day_count: float, proceeds_pay: bool
) -> Effect:
    """Pay up to `amount` CNY of one part of the debt, the oldest contract first, or refuse it and change nothing.

    Parameters
    ----------
    ledger : Ledger
        Changed in place.
    amount : float
    part : int
        One of `PARTS`.
    symbol, opened : int
        Column of the security and day of the opening of the contracts that are paid; -1 = any.
    day_count : float
    proceeds_pay : bool
        As in `payable`.

    Notes
    -----
    Interest alone pays what has accrued and leaves the principal; principal alone leaves the interest, and the shares
    of a contract are free when both are paid. Principal is paid from available cash, interest and fees from locked
    proceeds too. Principal that is repaid on its opening day owes one day. Dividends owed to lenders count as paid
    principal: they are neither interest nor fee.
    """
    interest, principal, is_paid = _walk(ledger, amount, part, symbol, opened, day_count, proceeds_pay, False)
    if not interest + principal > 0.0:
        return Effect(_NO_SHARES, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    if not is_paid:
        return Effect(_NO_CASH, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    _walk(ledger, amount, part, symbol, opened, day_count, proceeds_pay, True)
    ledger.account[0]["cash"] -= interest + principal
    draw_proceeds(ledger)
    return Effect(0, 0.0, interest + principal, 0.0, 0.0, 0.0, interest)


@jit
def _walk(
    ledger: Ledger,
    amount: float,
    part: int,
    symbol: int,
    opened: int,
    day_count: float,
    proceeds_pay: bool,
    settle: bool,
) -> tuple[float, float, bool]:
    """Return the interest and the principal that up to `amount` pays, and whether the cash is there; or settle it."""
    interest = principal = 0.0
    cash, free, is_paid = payable(ledger, 0.0, proceeds_pay), available_cash(ledger), True
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["closed"] != NOT_CLOSED or c["kind"] != (SHORT if part >= FEE else FINANCING):
            continue
        if (symbol != ANY and c["symbol"] != symbol) or (opened != ANY and c["opened"] != opened):
            continue
        paid_interest, paid_principal = _of_contract(ledger, i, amount, part, day_count)
        amount = max(amount - paid_interest - paid_principal, 0.0)
        cash -= paid_interest + paid_principal
        free = max(free - paid_interest, 0.0) - paid_principal
        is_paid = is_paid and cash >= -DUST and (part >= FEE or paid_principal <= 0.0 or free >= -DUST)
        interest += paid_interest
        principal += paid_principal
        if settle and part == COMPENSATION:
            c["compensation"] = max(c["compensation"] - paid_principal, 0.0)
        elif settle and part == FEE:
            c["paid"] += paid_interest
            c["accrued"] = left_of(ledger, c["accrued"], paid_interest)
        elif settle:
            if part == PRINCIPAL:
                c["accrued"] += first_day(ledger, i, paid_principal, day_count)
            settle_payment(ledger, i, paid_interest, paid_principal, day_count)
    return interest, principal, is_paid


@jit
def _of_contract(ledger: Ledger, i: int, amount: float, part: int, day_count: float) -> tuple[float, float]:
    """Return the interest (or fee) and the principal that up to `amount` CNY pays of contract `i`."""
    c = ledger.contracts[i]
    if part == ALL:
        return split_payment(ledger, i, amount, day_count)
    if part in (PRINCIPAL, COMPENSATION):
        owed = c["principal"] if part == PRINCIPAL else c["compensation"]
        return 0.0, owed if amount + DUST >= owed else amount
    owed = payable_interest(ledger, c["accrued"])
    return owed if amount + DUST >= owed else amount, 0.0


def opened_day(day: np.datetime64) -> int:
    """Return the day of a contract's opening as contracts have it."""
    return int(day.astype("datetime64[D]").astype(np.int64))
