"""Corporate actions in a credit account: dividends received and owed, new shares, reverse splits, rights issues."""

from typing import NamedTuple

import numpy as np

from ..config.options import Options
from ..kernels.jit import jit
from .credit import INSOLVENT, SHORT, Ledger, available_cash
from .credit_contracts import add_collateral
from .tax_lots import NO_TAX, DividendTax, acquire, owe_on_dividend, scale

SUBSCRIBED, LAPSED, OWED, TAXED = range(4)
ENTITLEMENTS = ("rights_subscribed", "rights_lapsed", "rights_owed", "dividend_tax")
"""What a run notes beside dividends, by the codes above."""


class Rights(NamedTuple):
    """A rights issue (配股) on its ex-date."""

    ratio: float  # shares offered per share
    price: float  # CNY per share offered
    reference: float  # CNY, the ex-right reference price of the day; NaN = unknown


NO_RIGHTS = Rights(0.0, 0.0, np.nan)


class ActionEffect(NamedTuple):
    """What one corporate action did to the account."""

    received: float  # CNY of dividends, net of what is withheld
    owed: float  # CNY of dividends owed to lenders, gross
    long_shares: float  # shares received without payment; negative after a reverse split
    short_shares: float  # shares owed in addition; negative after a reverse split
    subscribed: float = 0.0  # shares bought by right
    paid: float = 0.0  # CNY for them
    rights_owed: float = 0.0  # CNY of rights owed to lenders
    lapsed: float = 0.0  # shares that were offered and not bought
    lost: float = 0.0  # CNY that those rights were worth
    rights_due: float = 0.0  # shares offered on shares owed


@jit
def apply_action(
    ledger: Ledger,
    j: int,
    cash_per_share: float,
    share_ratio: float,
    options: Options,
    rights: Rights = NO_RIGHTS,
    tax: DividendTax = NO_TAX,
) -> ActionEffect:
    """Carry out a corporate action (权益处理) in security `j` before the open of its ex-date.

    Parameters
    ----------
    ledger : Ledger
        Changed in place; where it keeps lots, with room for two more of them.
    j : int
        Column of the security.
    cash_per_share : float
        CNY, gross.
    share_ratio : float
        New shares per share, above -1.
    options : Options
        Of the account.
    rights : Rights
        What is offered on the shares held before the action.
    tax : DividendTax
        Of the record date; read where `account.dividend_tax_rate` is `by_holding`.

    Notes
    -----
    Long: the dividend is credited, new shares stay with the contract or the collateral that they come from; fractions
    of a share are dropped, position by position. After a reverse split (缩股, 份额合并) a position has the whole shares
    of what it had; the registrar hands the fractions out one by one, which no table tells.

    Short: the borrower owes the lender the gross dividend, settled when the shares are returned, and the new shares;
    the sell amount is unchanged. A reverse split leaves at least one share owed, so that a contract ends by its return.

    Rights: `_subscribe` for what is held. For what is owed the borrower owes the lender the right's worth, shares x
    ratio x (ex-right reference - price), settled like a dividend owed. Source: CSRC measures on margin trading of
    securities firms (证券公司融资融券业务管理办法): for what is offered to holders the client pays, when he returns the
    securities, as his contract says, securities or money equal to what they would have brought.
    """
    held, new_long, owed, new_short = ledger.collateral[j], 0.0, 0.0, 0.0
    shares_owed = 0.0
    new = whole_shares(ledger.collateral[j] * share_ratio)
    ledger.collateral[j] += new
    if ledger.collateral[j] <= 0.0:
        ledger.cost[j] = 0.0
    new_long += new
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["symbol"] != j or c["shares"] <= 0.0:
            continue
        new = whole_shares(c["shares"] * share_ratio)
        if c["kind"] == SHORT:
            new = max(new, 1.0 - c["shares"])
            shares_owed += c["shares"]
            c["compensation"] += c["shares"] * (cash_per_share + _worth(rights))
            owed += c["shares"] * cash_per_share
            new_short += new
            is_whole = c["recalled"] >= c["shares"]
            c["recalled"] += new if is_whole else whole_shares(c["recalled"] * share_ratio)
        else:
            held += c["shares"]
            new_long += new
        c["shares"] += new
    withheld = tax.beyond if options.dividend_tax_rate < 0.0 else options.dividend_tax_rate
    received = held * cash_per_share * (1.0 - withheld)
    ledger.account[0]["cash"] += received
    _note_lots(ledger, j, held, new_long, cash_per_share, tax)
    offered = whole_shares(held * rights.ratio)
    subscribed = _subscribe(ledger, j, offered, rights, options)
    lapsed, of_one = offered - subscribed, max(rights.reference - rights.price, 0.0) if offered > 0.0 else 0.0
    return ActionEffect(
        received,
        owed,
        new_long,
        new_short,
        subscribed,
        subscribed * rights.price,
        shares_owed * _worth(rights) if rights.ratio > 0.0 else 0.0,
        lapsed,
        lapsed * of_one,
        shares_owed * rights.ratio,
    )


@jit
def _subscribe(ledger: Ledger, j: int, offered: float, rights: Rights, options: Options) -> float:
    """Subscribe to as many of the shares `offered` as available cash pays, where the account does; return how many.

    Notes
    -----
    With `account.subscribe_rights`: on collateral and financed shares alike, from own cash, free of fees; the new
    shares are collateral, and T+1 locks them on the ex-date. Rights that are worth nothing, and those of an insolvent
    account, lapse. Simplified: a client subscribes between the record date and the ex-date, while the security does
    not trade, and his shares are listed some days after it. Source: brokers' contract terms, 配股 in a 信用账户.
    """
    account = ledger.account[0]
    if offered <= 0.0 or not options.subscribe_rights or account["risk_state"] == INSOLVENT:
        return 0.0
    if rights.reference <= rights.price:
        return 0.0
    shares = min(offered, whole_shares(available_cash(ledger) / rights.price))
    account["cash"] -= shares * rights.price
    add_collateral(ledger, j, shares, shares, shares * rights.price)
    acquire(ledger, j, shares, account["today"])
    return shares


@jit
def _note_lots(ledger: Ledger, j: int, held: float, new: float, cash_per_share: float, tax: DividendTax) -> None:
    """Keep the lots of a security in step with an action on `held` shares that brought `new` ones."""
    if cash_per_share > 0.0:
        owe_on_dividend(ledger, j, cash_per_share, tax)
    if new > 0.0:
        acquire(ledger, j, new, ledger.account[0]["today"])
    elif new < 0.0:
        scale(ledger, j, (held + new) / held)


@jit
def _worth(rights: Rights) -> float:
    """Return what the rights of one share are worth, in CNY; 0 where the reference is unknown."""
    gain = rights.reference - rights.price
    return rights.ratio * gain if gain > 0.0 else 0.0


@jit
def did_anything(effect: ActionEffect) -> bool:
    """Tell whether an action moved cash or shares: whether the account held or owed any of the security."""
    has_paid = effect.received != 0.0 or effect.owed != 0.0 or effect.subscribed != 0.0 or effect.rights_owed != 0.0
    return has_paid or effect.long_shares != 0.0 or effect.short_shares != 0.0


@jit
def whole_shares(shares: float) -> float:
    """Return the whole shares in a binary product, which may fall short of them by units in its last place."""
    return np.floor(shares + 1e-6)
