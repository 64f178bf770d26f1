"""Borrowed shares that a lender wants back (提前召回): told at a close, due at the next, then bought back by force."""

import numpy as np
from numpy.typing import NDArray

from ..kernels.jit import jit
from ..types import MarginEvent, Row
from .credit import FELL_DUE, SHORT, STRUCK_OFF, Ledger

_NO_EVENT = int(MarginEvent.NONE)
_DUE = int(MarginEvent.DUE)


@jit
def recall(ledger: Ledger, row: int, symbol: int, shares: float, due: int) -> float:
    """Recall up to `shares` of the short contract in `row`, to be back on day `due`; return how many it has of them.

    Nothing of a contract in another security. What was recalled of it before stays due as it was.
    """
    c = ledger.contracts[row]
    if c["kind"] != SHORT or c["symbol"] != symbol:
        return 0.0
    taken = min(shares, c["shares"] - c["recalled"])
    if taken > 0.0:
        if c["recalled"] <= 0.0:
            c["recall_due"] = due
            c["recall_told"] = 0
        c["recalled"] += taken
    return taken


@jit
def is_overdue(contracts: NDArray[np.void], row: int, today: int) -> bool:
    """Tell whether shares of the contract in `row` should be back by the close of day `today` and are not."""
    c = contracts[row]
    return c["recalled"] > 0.0 and c["recall_due"] <= today


@jit
def tell_overdue(contracts: NDArray[np.void], row: int, is_suspended: bool) -> int:
    """Return `DUE` when recalled shares are to be bought back at the next open, 0 where that was told before.

    A security that does not trade waits.
    """
    c = contracts[row]
    if is_suspended or c["recall_told"] == 1:
        return _NO_EVENT
    c["recall_told"] = 1
    return _DUE


@jit
def due_shares(ledger: Ledger, row: int) -> float:
    """Return the shares of the due contract in `row` that are to be bought back: all, or those that were recalled.

    A purchase for another contract of the security may have returned them already: then 0.
    """
    c = ledger.contracts[row]
    is_whole = c["told"] == FELL_DUE or c["told"] == STRUCK_OFF or c["recall_told"] == 0
    return c["shares"] if is_whole else c["recalled"]


@jit
def recalled(ledger: Ledger, out: Row) -> None:
    """Fill `out` (N,) with the shares owed that lenders want back."""
    out[:] = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        out[ledger.contracts[i]["symbol"]] += ledger.contracts[i]["recalled"]
