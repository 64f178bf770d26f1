"""A security that is listed no longer, in a credit account: its shares pass to a successor, are paid for, or stay.

Source: CSRC measures on margin trading of 2006 (证券公司融资融券业务试点管理办法), article 23, and contract terms of
brokers: contracts on a security whose listing ends are to be closed before; where shares are exchanged they pass on.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.jit import jit, lean
from .columns import row_type
from .corporate_actions import whole_shares
from .credit import FINANCING, NOT_CLOSED, SHORT, Ledger, draw_proceeds, payable
from .credit_contracts import add_collateral, close_contract, left_of, payable_interest, take_collateral
from .tax_lots import dispose, pass_on

HELD_AS = ("collateral", "financed", "short")
"""How the shares were held, or owed, by their codes in a row of the table `endings`."""

_COLLATERAL, _FINANCED, _SHORT = range(3)

ENDED = row_type("endings")
"""A row of that table; securities as their columns, -1 = none."""


class End(NamedTuple):
    """What becomes of one share."""

    symbol: int
    successor: int  # -1 = none
    ratio: float  # shares of the successor
    cash: float  # CNY
    price: float  # CNY, the last mark
    left: float  # CNY, at which it counts afterwards where nothing is received for it


END = np.dtype([(name, "i8" if name in ("symbol", "successor") else "f8") for name in End._fields])
"""The same as a row of an array."""


class Passed(NamedTuple):
    """What became of the shares that were held, or owed, in one of the ways of `HELD_AS`."""

    shares: float
    shares_of_successor: float
    cash: float  # CNY received; owed, of borrowed shares


@jit
def end_collateral(ledger: Ledger, end: End) -> Passed:
    """Carry out the end of a security for the collateral; fractions of a successor's share are dropped."""
    held, cost = ledger.collateral[end.symbol], ledger.cost[end.symbol]
    is_paid = end.successor >= 0 or end.cash > 0.0
    if not held > 0.0 or not is_paid:
        return Passed(held, 0.0, 0.0)
    new = whole_shares(held * end.ratio)
    take_collateral(ledger, end.symbol, held)
    if end.successor >= 0:
        add_collateral(ledger, end.successor, new, 0.0, cost)
    ledger.account[0]["cash"] += held * end.cash
    return Passed(held, new, held * end.cash)


@jit
def end_financed(ledger: Ledger, end: End) -> Passed:
    """Carry out the end of a security for financed shares; their contracts keep what they owe.

    What is neither exchanged nor paid for becomes collateral, which has no haircut any more.
    """
    held = new = cash = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] != FINANCING or c["symbol"] != end.symbol:
            continue
        held += c["shares"]
        if end.successor >= 0:
            cash += c["shares"] * end.cash
            c["symbol"] = end.successor
            c["shares"] = whole_shares(c["shares"] * end.ratio)
            new += c["shares"]
        else:
            cash += c["shares"] * end.cash
            if not end.cash > 0.0:
                add_collateral(ledger, end.symbol, c["shares"], 0.0, c["cost"])
            c["shares"] = c["cost"] = 0.0
    ledger.account[0]["cash"] += cash
    return Passed(held, new, cash)


@jit
def end_short(ledger: Ledger, end: End) -> Passed:
    """Carry out the end of a security for borrowed shares.

    Notes
    -----
    With a successor its shares are owed, at least one so that a contract ends by its return, and in addition the cash
    that the lender would have received. Without one the shares become a debt in money: the cash per share, else the
    last price; no fee accrues on it any more, and `settle_ended` pays it.
    """
    owed = new = cash = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] != SHORT or c["symbol"] != end.symbol or c["shares"] <= 0.0:
            continue
        owed += c["shares"]
        price = end.cash if end.successor >= 0 or end.cash > 0.0 else end.price
        cash += c["shares"] * price
        c["compensation"] += c["shares"] * price
        if end.successor >= 0:
            c["symbol"] = end.successor
            c["shares"] = max(whole_shares(c["shares"] * end.ratio), 1.0)
            c["recalled"] = whole_shares(c["recalled"] * end.ratio)
            new += c["shares"]
        else:
            c["shares"] = c["sell_amount"] = c["recalled"] = 0.0
            ledger.account[0]["unsettled"] += 1
    return Passed(owed, new, cash)


@jit
def settle_ended(ledger: Ledger, proceeds_pay: bool) -> float:
    """Pay what short contracts owe in money since their security ended, the oldest first; return the fees paid, in CNY.

    From available cash and the proceeds, as for a cover; what they do not reach is paid later.
    """
    fees, unsettled = 0.0, 0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if not owes_money(ledger, i):
            continue
        cash = payable(ledger, c["locked"], proceeds_pay)
        fee = max(min(payable_interest(ledger, c["accrued"]), cash), 0.0)
        owed = max(min(c["compensation"], cash - fee), 0.0)
        c["accrued"] = left_of(ledger, c["accrued"], fee)
        c["paid"] += fee
        c["compensation"] -= owed
        c["locked"] = max(c["locked"] - fee - owed, 0.0)
        ledger.account[0]["cash"] -= fee + owed
        fees += fee
        if c["accrued"] > 0.0 or c["compensation"] > 0.0:
            unsettled += 1
        else:
            c["locked"] = 0.0
            close_contract(ledger, i)
        draw_proceeds(ledger)
    ledger.account[0]["unsettled"] = unsettled
    return fees


@jit
def owes_money(ledger: Ledger, row: int) -> bool:
    """Tell whether the contract in `row` owes no shares but what they were worth, since their security ended."""
    c = ledger.contracts[row]
    return c["kind"] == SHORT and c["shares"] <= 0.0 and c["closed"] == NOT_CLOSED


@lean
def note_end(t: int, end: End, held_as: int, passed: Passed, rows: NDArray[np.void], at: int) -> int:
    """Write what became of shares into `rows` (ENDED) and return the row after; nothing where there were none."""
    if not passed.shares > 0.0:
        return at
    if at < rows.size:
        row, sign = rows[at], -1.0 if held_as == _SHORT else 1.0
        row["t"], row["symbol"], row["held_as"] = t, end.symbol, held_as
        row["shares"], row["price"], row["cash"] = passed.shares, end.price, sign * passed.cash
        row["successor"], row["successor_shares"] = end.successor, passed.shares_of_successor
        row["carried"] = sign * (passed.shares * end.price - passed.cash) if end.successor >= 0 else 0.0
        stays = end.successor < 0 and passed.cash == 0.0
        row["left"] = sign * passed.shares * end.left if stays else 0.0
    return at + 1


@jit
def _end_lots(ledger: Ledger, end: End, own: Passed, financed: Passed) -> None:
    """Keep the lots of the dividend tax in step; shares that are paid for are sold, those of a successor keep days."""
    shares = own.shares + financed.shares
    if end.successor >= 0:
        pass_on(ledger, end.symbol, end.successor, shares, own.shares_of_successor + financed.shares_of_successor)
    elif end.cash > 0.0:
        ledger.account[0]["cash"] -= dispose(ledger, end.symbol, shares, True)


@lean
def end_security(ledger: Ledger, t: int, end: End, rows: NDArray[np.void], at: int) -> int:
    """Carry out the end of a security before the open of session `t` and return the row after those written."""
    own, financed = end_collateral(ledger, end), end_financed(ledger, end)
    _end_lots(ledger, end, own, financed)
    at = note_end(t, end, _COLLATERAL, own, rows, at)
    at = note_end(t, end, _FINANCED, financed, rows, at)
    return note_end(t, end, _SHORT, end_short(ledger, end), rows, at)
