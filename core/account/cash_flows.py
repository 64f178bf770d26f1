"""What moves in and out of an account: cash, and collateral (担保品划转); before its session, at the marks before."""

from typing import NamedTuple

import numpy as np

from ..config.options import code
from ..kernels.jit import jit
from ..types import Refusal, Row
from .calls import Lines, amount_to_restore
from .credit import CALLED, NOT_DATED, Ledger, Totals, available_cash, available_margin, maintenance_ratio, totals
from .credit_contracts import add_collateral, take_collateral
from .tax_lots import acquire, dispose

DEPOSIT, WITHDRAWAL, TRANSFER_IN, TRANSFER_OUT, CALL_DEPOSIT, DIVIDEND, INTEREST, DIVIDEND_TAX, BONUS = range(9)
CREDITS = ("dividend", "interest_received", "dividend_tax", "bonus_shares")
"""What a statement books of the securities and the cash held: no flow, so it counts for the return."""

FLOW_KINDS = ("deposit", "withdrawal", "transfer_in", "transfer_out", "call_deposit", *CREDITS)
"""Names of the kinds; `call_deposit` is what the client pays in on a margin call (`account.on_call`)."""

_DONE = int(Refusal.NONE)
_NO_CASH = int(Refusal.NO_CASH)
_NO_MARGIN = int(Refusal.NO_MARGIN)
_NO_SHARES = int(Refusal.NO_SHARES)
_NO_PRICE = int(Refusal.NO_PRICE)
_NOT_ELIGIBLE = int(Refusal.NOT_ELIGIBLE)
_WITHDRAW_LINE = int(Refusal.WITHDRAW_LINE)
PAYS_IN = code("on_call", "deposit")
_DUST = 1e-6  # CNY of a margin that is a sum of products


class Flow(NamedTuple):
    """What is to move before a session."""

    kind: int
    symbol: int  # column, -1 of cash
    size: float  # CNY of cash, shares of collateral


class Moved(NamedTuple):
    """What came of it."""

    refusal: int
    shares: float
    price: float  # CNY per share, the mark that it counts at; NaN of cash
    amount: float  # CNY, above 0 = into the account; what was asked for where it was refused
    ratio: float  # maintenance ratio before


@jit
def move(
    ledger: Ledger,
    kind: int,
    symbol: int,
    size: float,
    price: Row,
    haircut: Row,
    line: float,
    is_listed: bool = True,
) -> Moved:
    """Move cash or collateral in or out, or refuse it and change nothing.

    Parameters
    ----------
    ledger : Ledger
        Changed in place, before interest accrues and shares of the session before are free.
    kind, symbol, size
        As in `Flow`.
    price, haircut : float64 (N,)
        CNY per share and fractions, of the close before.
    line : float
        Maintenance ratio above which cash and collateral may leave, and down to which.
    is_listed : bool
        Whether the security still is; what is not cannot come in.

    Notes
    -----
    Out: available cash only, own shares only. With debt the ratio has to be above the line before and at it or above
    after, and no more may leave than the available margin: cash in full, shares at their haircut. Rule: SSE and SZSE
    margin trading rules of 2015 (维持担保比例超过300%时，客户可以提取保证金可用余额中的现金或充抵保证金的有价证券，
    但提取后维持担保比例不得低于300%). Shares that come in cost their mark.
    """
    sums = totals(ledger, price)
    ratio = maintenance_ratio(sums)
    is_cash = symbol < 0
    is_out = kind in (WITHDRAWAL, TRANSFER_OUT)
    mark = np.nan if is_cash else price[symbol]
    amount = (size if is_cash else size * mark) * (-1.0 if is_out else 1.0)
    shares = 0.0 if is_cash else size
    reason = _refusal(ledger, symbol, size, amount, sums, price, haircut, line) if is_out or not is_cash else _DONE
    if kind == TRANSFER_IN and not is_listed:
        reason = _NOT_ELIGIBLE
    if reason == _DONE and is_cash:
        ledger.account[0]["cash"] += amount
    elif reason == _DONE and is_out:
        take_collateral(ledger, symbol, size)
        dispose(ledger, symbol, size, False)
        ledger.bought_today[symbol] = min(ledger.bought_today[symbol], ledger.collateral[symbol])
    elif reason == _DONE:
        add_collateral(ledger, symbol, size, 0.0, amount)
        acquire(ledger, symbol, size, NOT_DATED)
    return Moved(reason, shares, mark, amount, ratio)


@jit
def _refusal(
    ledger: Ledger, symbol: int, size: float, amount: float, sums: Totals, price: Row, haircut: Row, line: float
) -> int:
    """Return what speaks against moving `amount` CNY, negative = out, of cash (`symbol` -1) or of shares."""
    if np.isnan(amount):
        return _NO_PRICE
    if amount > 0.0:
        return _DONE
    if symbol < 0 and size > available_cash(ledger):
        return _NO_CASH
    if symbol >= 0 and size > ledger.collateral[symbol]:
        return _NO_SHARES
    debt = sums.principal + sums.short_value + sums.accrued
    if debt <= 0.0:
        return _DONE
    if (sums.cash + sums.long_value + amount) / debt < line:  # so it was above before, or nothing would leave
        return _WITHDRAW_LINE
    counts = 1.0 if symbol < 0 else haircut[symbol]
    return _DONE if available_margin(ledger, price, haircut) + amount * counts >= -_DUST else _NO_MARGIN


@jit
def paid_on_call(ledger: Ledger, price: Row, lines: Lines, t: int) -> float:
    """Return what the client pays in before session `t`, the deadline of a call: CNY, in whole cents; else 0.

    Notes
    -----
    With `account.on_call: deposit`: what brings the ratio to the restore line at `price` (N,), the marks of the close
    before. With a grace of 0 the deadline is over when the notice is given, and nothing is paid in.
    """
    account = ledger.account[0]
    if lines.options.on_call != PAYS_IN or account["risk_state"] != CALLED or account["deadline"] != t:
        return 0.0
    return np.ceil(amount_to_restore(totals(ledger, price), lines.restore) * 100.0 - 1e-6) / 100.0
