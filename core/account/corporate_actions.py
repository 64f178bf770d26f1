"""Corporate actions in a credit account: dividends received and owed, bonus and split shares."""

from typing import NamedTuple

import numpy as np

from ..config.options import Options
from ..kernels.jit import jit
from .credit import SHORT, Ledger


class ActionEffect(NamedTuple):
    """What one corporate action did to the account."""

    received: float  # CNY of dividends, net of tax
    owed: float  # CNY of dividends owed to lenders, gross
    long_shares: float  # shares received
    short_shares: float  # shares owed in addition


@jit
def apply_action(ledger: Ledger, j: int, cash_per_share: float, share_ratio: float, options: Options) -> ActionEffect:
    """Carry out a corporate action (权益处理) in security `j` before the open of its ex-date.

    Parameters
    ----------
    ledger : Ledger
        Changed in place.
    j : int
        Column of the security.
    cash_per_share : float
        CNY, gross.
    share_ratio : float
        New shares per share.
    options : Options
        Of the account.

    Notes
    -----
    Long: the dividend is credited, new shares stay with the contract or the collateral that they come from; fractions
    of a share are dropped. Short: the borrower owes the lender the gross dividend, settled when the shares are
    returned, and the new shares; the sell amount is unchanged.
    """
    held, new_long, owed, new_short = ledger.collateral[j], 0.0, 0.0, 0.0
    new = whole_shares(ledger.collateral[j] * share_ratio)
    ledger.collateral[j] += new
    new_long += new
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["symbol"] != j or c["shares"] <= 0.0:
            continue
        new = whole_shares(c["shares"] * share_ratio)
        if c["kind"] == SHORT:
            c["compensation"] += c["shares"] * cash_per_share
            owed += c["shares"] * cash_per_share
            new_short += new
            is_whole = c["recalled"] >= c["shares"]
            c["recalled"] += new if is_whole else whole_shares(c["recalled"] * share_ratio)
        else:
            held += c["shares"]
            new_long += new
        c["shares"] += new
    received = held * cash_per_share * (1.0 - options.dividend_tax_rate)
    ledger.account[0]["cash"] += received
    return ActionEffect(received, owed, new_long, new_short)


@jit
def whole_shares(shares: float) -> float:
    """Return the whole shares in a binary product, which may fall short of them by units in its last place."""
    return np.floor(shares + 1e-6)
