"""What an account holds and owes of each security at a close, row by row."""

import numpy as np
from numpy.typing import NDArray

from ..kernels.jit import lean
from ..types import Row
from .columns import row_type
from .credit import SHORT, Ledger

POSITION = row_type("positions")
"""A row of the table `positions`; the security as its column."""


@lean
def note_positions(
    t: int, ledger: Ledger, marks: Row, financed: Row, short: Row, rows: NDArray[np.void], first: int
) -> int:
    """Write a row for each security that is held or owed, in their order, and return the row after the last.

    Parameters
    ----------
    t : int
        Session.
    ledger : Ledger
    marks : float64 (N,)
        CNY per share, finite wherever shares are held or owed.
    financed, short : float64 (N,)
        Scratch; overwritten.
    rows : POSITION (capacity,)
        With room for all of them from `first` on.
    first : int
    """
    financed[:] = 0.0
    short[:] = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] == SHORT:
            short[c["symbol"]] += c["shares"]
        else:
            financed[c["symbol"]] += c["shares"]
    for j in range(financed.size):
        collateral = ledger.collateral[j]
        if collateral == 0.0 and financed[j] == 0.0 and short[j] == 0.0:
            continue
        row = rows[first]
        row["t"], row["symbol"], row["price"] = t, j, marks[j]
        row["collateral"], row["financed"], row["short"] = collateral, financed[j], short[j]
        row["value"] = (collateral + financed[j] - short[j]) * marks[j]
        first += 1
    return first
