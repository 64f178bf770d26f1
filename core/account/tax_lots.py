"""Dividend tax by holding period (股息红利差别化个税): lots of shares by the day they came, sold first in, first out.

A ledger keeps lots where `account.dividend_tax_rate` is `by_holding`; else it has none, and nothing here does anything.

Rule: 财税〔2012〕85号 and 财税〔2015〕101号 of the Ministry of Finance. Each lot carries what its dividends would owe
if it were sold within a month or within a year; what even the longest holding owes was withheld at the payment. The
holding runs from the day on which the shares came up to the day before they are delivered, by calendar months: sold on
the same day of the next month it is one month still. Bonus shares and subscribed ones came on their ex-date, financed
ones on the day of their purchase, those of a successor on the day of what they come from; all shares of a security in
the account are one holding. Collateral that comes in counts from its session on; the client's own transfer out is no
sale (担保品划转), so that its tax leaves with it.

Simplified: the registrar computes the tax at the sale and the broker takes it from the cash in the month after; here
the sale or return itself pays it. The tax on bonus shares out of profits (送股, on par value) is left out, since the
tables do not tell them from those out of reserves (转增).
"""

from typing import NamedTuple

import numpy as np

from ..config.options import Options
from ..kernels.jit import jit, lean
from .credit import FINANCING, LOT, NOT_DATED, Ledger
from .schedule import TermArrays, months_later

_DUST = 1e-6  # shares; a lot this small is none
_FIRST = 256  # lots that a ledger has room for at first


class DividendTax(NamedTuple):
    """Rates on a dividend by how long the shares are held before they are sold, fractions."""

    month: float  # up to one month
    year: float  # up to one year
    beyond: float  # longer: withheld at the payment, whatever the holding


NO_TAX = DividendTax(0.0, 0.0, 0.0)


@lean
def dividend_tax_on(schedule: TermArrays, t: int) -> DividendTax:
    """Return the tax on dividends whose ex-date session `t` is."""
    return DividendTax(schedule.dividend_tax[0, t], schedule.dividend_tax[1, t], schedule.dividend_tax[2, t])


def with_lots(ledger: Ledger, options: Options) -> Ledger:
    """Return an account before its first session, with lots of what it holds where the options ask for them.

    Financed shares came on the day of their contract, collateral on the day of the opening.
    """
    if options.dividend_tax_rate >= 0.0:
        return ledger
    account = ledger.account[0]
    rows = [
        (c["symbol"], c["opened"], c["shares"], 0.0, 0.0)
        for c in ledger.contracts[: account["open_contracts"]]
        if c["kind"] == FINANCING and c["shares"] > 0.0
    ]
    held = np.flatnonzero(ledger.collateral)
    rows += [(j, account["today"] or NOT_DATED, ledger.collateral[j], 0.0, 0.0) for j in held]
    lots = np.zeros(max(_FIRST, 2 * len(rows)), LOT)
    lots[: len(rows)] = np.array(rows, LOT)
    account["lots"] = len(rows)
    return ledger._replace(lots=lots)


def with_room(ledger: Ledger, more: int) -> Ledger:
    """Return the ledger with room for `more` lots where it keeps any; the arrays are shared unless they had to grow."""
    size = len(ledger.lots)
    if size == 0 or ledger.account[0]["lots"] + more <= size:
        return ledger
    lots = np.zeros(max(2 * size, size + more), LOT)
    lots[:size] = ledger.lots
    return ledger._replace(lots=lots)


@jit
def acquire(ledger: Ledger, symbol: int, shares: float, day: int) -> None:
    """Note `shares` that came on `day`; the ledger needs room for one more lot (`with_room`)."""
    if ledger.lots.size == 0 or shares <= 0.0:
        return
    count = ledger.account[0]["lots"]
    for i in range(count):
        lot = ledger.lots[i]
        if lot["symbol"] == symbol and lot["acquired"] == day and lot["month"] == 0.0 and lot["year"] == 0.0:
            lot["shares"] += shares
            return
    new = ledger.lots[count]
    new["symbol"], new["acquired"], new["shares"] = symbol, day, shares
    new["month"] = new["year"] = 0.0
    ledger.account[0]["lots"] = count + 1


@jit
def dispose(ledger: Ledger, symbol: int, shares: float, is_taxed: bool) -> float:
    """Take `shares` off the lots, the first that came first; return what tax they owe, in CNY, the cash as it was.

    What is due stands in the account's `taxed` too, until the engine notes it. Without `is_taxed` nothing is due.
    """
    if ledger.lots.size == 0 or shares <= 0.0:
        return 0.0
    account = ledger.account[0]
    rest, tax, kept = shares, 0.0, 0
    for i in range(account["lots"]):
        lot = ledger.lots[i]
        if lot["symbol"] == symbol and rest > _DUST:
            taken = min(rest, lot["shares"])
            part = taken / lot["shares"]
            tax += part * _due(ledger, i, account["today"])
            lot["month"] -= part * lot["month"]
            lot["year"] -= part * lot["year"]
            lot["shares"] -= taken
            rest -= taken
        if lot["shares"] > _DUST:
            if kept < i:
                ledger.lots[kept] = ledger.lots[i]
            kept += 1
    account["lots"] = kept
    if not is_taxed:
        return 0.0
    account["taxed"] += tax
    return tax


@jit
def _due(ledger: Ledger, i: int, today: int) -> float:
    """Return what lot `i` owes were all of it sold today, in CNY."""
    lot = ledger.lots[i]
    if today <= months_later(lot["acquired"], 1):
        return lot["month"]
    return lot["year"] if today <= months_later(lot["acquired"], 12) else 0.0


@jit
def owe_on_dividend(ledger: Ledger, symbol: int, cash_per_share: float, tax: DividendTax) -> None:
    """Note on the lots of a security what a dividend will owe beyond what was withheld, by when they are sold."""
    if ledger.lots.size == 0:
        return
    for i in range(ledger.account[0]["lots"]):
        lot = ledger.lots[i]
        if lot["symbol"] == symbol:
            lot["month"] += lot["shares"] * cash_per_share * (tax.month - tax.beyond)
            lot["year"] += lot["shares"] * cash_per_share * (tax.year - tax.beyond)


@jit
def pass_on(ledger: Ledger, symbol: int, successor: int, shares: float, new: float) -> None:
    """Have lots of `shares` become `new` shares of a successor; they keep their days and what they owe."""
    if ledger.lots.size == 0 or shares <= 0.0:
        return
    if new <= 0.0:
        dispose(ledger, symbol, shares, False)
    scale(ledger, symbol, new / shares)
    for i in range(ledger.account[0]["lots"]):
        if ledger.lots[i]["symbol"] == symbol:
            ledger.lots[i]["symbol"] = successor


@jit
def scale(ledger: Ledger, symbol: int, factor: float) -> None:
    """Have the shares of a security become `factor` as many; they keep their days and what they owe."""
    if ledger.lots.size > 0:
        for i in range(ledger.account[0]["lots"]):
            if ledger.lots[i]["symbol"] == symbol:
                ledger.lots[i]["shares"] *= factor
