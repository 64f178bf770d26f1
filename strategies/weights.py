"""From target weights to orders of a credit account: sells before buys, cash before financing, shorts last."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.types import OrderKind, Row

Mask = NDArray[np.bool_]


class Book(NamedTuple):
    """What a decision knows: the account and the market at the close. All rows are (N,)."""

    price: Row  # CNY, the marks of the close; NaN = not listed yet
    long: Row  # shares held
    financed: Row  # of which attributed to financing contracts
    short: Row  # shares owed
    locked: Row  # CNY of short proceeds held as security, by security
    equity: float
    cash: float  # CNY that may be spent
    principal: float  # CNY
    lot_minimum: Row
    lot_step: Row
    is_financing_eligible: Row
    borrowable: Row  # shares that may be owed in all; inf = no limit
    fee_rate: float  # of a purchase, about


class Planned(NamedTuple):
    """One order to submit; `amount` is CNY for `REPAY` (and `symbol` -1), shares otherwise."""

    kind: OrderKind
    symbol: int
    amount: float


def plan(weights: Row, book: Book, reserve: float) -> list[Planned]:
    """Return the orders that bring the account to `weights`, in the order of their submission.

    Parameters
    ----------
    weights : float64 (N,)
        Signed fractions of equity; NaN = leave the security as it is.
    book : Book
    reserve : float
        Fraction of equity to keep as cash against gaps and fees.

    Returns
    -------
    list of Planned
        Sales, sales to repay, covers, purchases from cash, financed purchases, short sales, repayment of idle cash.

    Notes
    -----
    Financing is used only where the targets ask for more long value than the equity; then own money goes first, to
    the securities that cannot be financed before all others (what it does not reach of them is not bought). A short
    target above what may be borrowed is cut to it, unless nothing may be borrowed: then the order is submitted and
    refused, so that the reason is seen.
    """
    target = _target_shares(weights, book)
    sales, covers = _reductions(target, _is_left_alone(weights, book), book)
    own = (1.0 - reserve) * book.equity
    long_value = float(np.nansum(np.where(target > 0.0, target, 0.0) * book.price))
    wanted_principal = max(long_value - own, 0.0) if long_value > book.equity else 0.0
    principal = max(book.principal - _proceeds(sales, book, OrderKind.SELL_TO_REPAY), 0.0)
    cash = book.cash + _proceeds(sales, book, OrderKind.SELL) + _released(covers, book) - reserve * book.equity
    purchases, cash, financed = _purchases(target, book, cash, max(wanted_principal - principal, 0.0))
    orders = sales + covers + purchases + _short_sales(target, book)
    idle = min(cash, principal + financed - wanted_principal)
    if idle >= max(0.001 * book.equity, 1.0):
        orders.append(Planned(OrderKind.REPAY, -1, float(np.floor(idle))))
    return orders


def _target_shares(weights: Row, book: Book) -> Row:
    """Return signed target shares (N,), whole lots; what is held where the weight or the price is NaN."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.abs(weights) * book.equity / book.price
        lots = _whole_lots(shares, book)
    return np.where(_is_left_alone(weights, book), book.long - book.short, np.sign(weights) * lots)


def _is_left_alone(weights: Row, book: Book) -> Mask:
    return np.isnan(weights) | np.isnan(book.price)


def _whole_lots(shares: Row, book: Book) -> Row:
    steps = np.floor((shares - book.lot_minimum) / book.lot_step)
    return np.where(shares >= book.lot_minimum, book.lot_minimum + steps * book.lot_step, 0.0)


def _reductions(target: Row, is_left_alone: Mask, book: Book) -> tuple[list[Planned], list[Planned]]:
    """Return sales and covers; financed shares are sold to repay, collateral for cash.

    What stays in part is reduced by whole lots: a purchase is rounded up to them, and shares that are returned too many
    would lie beside the short position.
    """
    surplus = np.where(is_left_alone, 0.0, book.long - np.maximum(target, 0.0))
    partly = np.where(target > 0.0, _whole_lots(surplus, book), surplus)
    sold = np.where(surplus > 0.0, np.where(np.isnan(partly), 0.0, partly), 0.0)
    excess = np.where(is_left_alone, 0.0, np.maximum(book.short - np.maximum(-target, 0.0), 0.0))
    covered = np.where(target < 0.0, np.nan_to_num(_whole_lots(excess, book)), excess)
    plain, repaying = [], []
    for j in np.flatnonzero(sold > 0.0).tolist():
        financed = min(book.financed[j], sold[j])
        rest = sold[j] - financed
        if financed > 0.0 and rest > 0.0 and not (_is_lot(financed, book, j) and _is_lot(rest, book, j)):
            financed, rest = sold[j], 0.0  # one order may hold what two may not
        if rest > 0.0:
            plain.append(Planned(OrderKind.SELL, j, float(rest)))
        if financed > 0.0:
            repaying.append(Planned(OrderKind.SELL_TO_REPAY, j, float(financed)))
    covers = [Planned(OrderKind.BUY_TO_RETURN, int(j), float(covered[j])) for j in np.flatnonzero(covered > 0.0)]
    return plain + repaying, covers


def _is_lot(shares: float, book: Book, j: int) -> bool:
    return bool(shares >= book.lot_minimum[j] and (shares - book.lot_minimum[j]) % book.lot_step[j] == 0.0)


def _proceeds(orders: list[Planned], book: Book, kind: OrderKind) -> float:
    value = sum(order.amount * book.price[order.symbol] for order in orders if order.kind is kind)
    return float(value * (1.0 - 2.0 * book.fee_rate))


def _released(covers: list[Planned], book: Book) -> float:
    """Return the cash that covers set free (negative: that they cost), at the marks."""
    free = 0.0
    for order in covers:
        j = order.symbol
        free += book.locked[j] * order.amount / book.short[j] - order.amount * book.price[j] * (1.0 + book.fee_rate)
    return float(free)


def _purchases(target: Row, book: Book, cash: float, budget: float) -> tuple[list[Planned], float, float]:
    """Return purchases from `cash` and from a financing `budget`, the cash that is left and the value financed."""
    wanted = np.where(target > 0.0, _whole_lots(target - book.long, book), 0.0)
    # Securities that cannot be financed come first: the others may still be bought with borrowed money.
    order = np.argsort(book.is_financing_eligible > 0.0, kind="stable")
    plain, margin, financed = [], [], 0.0
    for j in order[wanted[order] > 0.0]:
        cost = book.price[j] * (1.0 + book.fee_rate)
        own = float(_lots_of(min(wanted[j], max(cash, 0.0) / cost), book, j))
        if own > 0.0:
            plain.append(Planned(OrderKind.BUY, int(j), own))
            cash -= own * cost
        borrowed = float(_lots_of(min(wanted[j] - own, max(budget - financed, 0.0) / cost), book, j))
        if borrowed > 0.0 and book.is_financing_eligible[j]:
            margin.append(Planned(OrderKind.MARGIN_BUY, int(j), borrowed))
            financed += borrowed * cost
    return plain + margin, cash, financed


def _lots_of(shares: float, book: Book, j: int) -> float:
    if shares < book.lot_minimum[j]:
        return 0.0
    return book.lot_minimum[j] + np.floor((shares - book.lot_minimum[j]) / book.lot_step[j]) * book.lot_step[j]


def _short_sales(target: Row, book: Book) -> list[Planned]:
    wanted = np.where(target < 0.0, _whole_lots(-target - book.short, book), 0.0)
    orders = []
    for j in np.flatnonzero(wanted > 0.0).tolist():
        available = _lots_of(book.borrowable[j] - book.short[j], book, j)
        shares = min(wanted[j], available) if available > 0.0 else wanted[j]
        orders.append(Planned(OrderKind.SHORT_SELL, j, float(shares)))
    return orders
