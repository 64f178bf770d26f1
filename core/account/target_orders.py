"""From target weights to orders of a credit account: sells before buys, cash before financing, shorts last."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.jit import lean
from ..types import OrderKind, Row
from .credit import FINANCING, SHORT, Ledger
from .order_terms import Terms

_BUY = int(OrderKind.BUY)
_SELL = int(OrderKind.SELL)
_MARGIN_BUY = int(OrderKind.MARGIN_BUY)
_SELL_TO_REPAY = int(OrderKind.SELL_TO_REPAY)
_REPAY = int(OrderKind.REPAY)
_SHORT_SELL = int(OrderKind.SHORT_SELL)
_BUY_TO_RETURN = int(OrderKind.BUY_TO_RETURN)

_IDLE_SHARE = 1.0 / 1000.0  # of equity: less idle cash than that repays nothing


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


class Orders(NamedTuple):
    """Orders to submit, in this order; `planned_capacity` of them fit."""

    kind: NDArray[np.int64]
    symbol: NDArray[np.int64]  # -1 of a repayment
    amount: Row  # CNY of a repayment, shares otherwise


def planned_capacity(securities: int) -> int:
    """Return the most orders that one plan over `securities` can hold: two sales, a cover, ... each, a repayment."""
    return 6 * securities + 1


@lean
def purchase_fee_rate(terms: Terms) -> float:
    """Return what a purchase costs beside its price, about, as a fraction."""
    return terms.costs.commission_rate + terms.costs.transfer_fee_rate + terms.options.slippage


@lean
def holdings(ledger: Ledger, book: Book) -> None:
    """Fill the rows long, financed, short and locked of `book` with what the account holds and owes."""
    for j in range(book.long.size):
        book.long[j] = ledger.collateral[j]
        book.financed[j] = book.short[j] = book.locked[j] = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        j = c["symbol"]
        if c["kind"] == SHORT:
            book.short[j] += c["shares"]
            book.locked[j] += c["locked"]
        elif c["kind"] == FINANCING:
            book.long[j] += c["shares"]
            book.financed[j] += c["shares"]


@lean
def plan(weights: Row, book: Book, reserve: float, target: Row, orders: Orders) -> int:
    """Fill `orders` with those that bring the account to `weights` and return how many they are.

    Parameters
    ----------
    weights : float64 (N,)
        Signed fractions of equity; NaN = leave the security as it is.
    book : Book
    reserve : float
        Fraction of equity to keep as cash against gaps and fees.
    target : float64 (N,)
        Filled with the signed target shares.
    orders : Orders
        Sales, sales to repay, covers, purchases from cash, financed purchases, short sales, repayment of idle cash.

    Notes
    -----
    Financing is used only where the targets ask for more long value than the equity; then own money goes first, to
    the securities that cannot be financed before all others (what it does not reach of them is not bought). A short
    target above what may be borrowed is cut to it, unless nothing may be borrowed: then the order is submitted and
    refused, so that the reason is seen.
    """
    long_value = _target_shares(weights, book, target)
    count = _reductions(weights, target, book, orders)
    wanted_principal = max(long_value - (1.0 - reserve) * book.equity, 0.0) if long_value > book.equity else 0.0
    repaid, sold, released = _freed(book, orders, count)
    principal = max(book.principal - repaid, 0.0)
    cash = book.cash + sold + released - reserve * book.equity
    count, cash, financed = _purchases(target, book, cash, max(wanted_principal - principal, 0.0), orders, count)
    count = _short_sales(target, book, orders, count)
    idle = min(cash, principal + financed - wanted_principal)
    if idle >= max(_IDLE_SHARE * book.equity, 1.0):
        count = _put(orders, count, _REPAY, -1, np.floor(idle))
    return count


@lean
def _target_shares(weights: Row, book: Book, target: Row) -> float:
    """Fill `target` with whole lots, or what is held where no weight or no price is; return the long value in CNY."""
    value = 0.0
    for j in range(weights.size):
        if _is_left_alone(weights, book, j):
            target[j] = book.long[j] - book.short[j]
        else:
            shares = abs(weights[j]) * book.equity / book.price[j]
            target[j] = np.sign(weights[j]) * _whole_lots(shares, book.lot_minimum[j], book.lot_step[j])
        if target[j] > 0.0 and not np.isnan(book.price[j]):
            value += target[j] * book.price[j]
    return value


@lean
def _is_left_alone(weights: Row, book: Book, j: int) -> bool:
    return np.isnan(weights[j]) or not book.price[j] > 0.0  # NaN; 0 of what is listed no longer


@lean
def _whole_lots(shares: float, minimum: float, step: float) -> float:
    return minimum + np.floor((shares - minimum) / step) * step if shares >= minimum else 0.0


@lean
def _put(orders: Orders, count: int, kind: int, symbol: int, amount: float) -> int:
    orders.kind[count] = kind
    orders.symbol[count] = symbol
    orders.amount[count] = amount
    return count + 1


@lean
def _surplus(target: float, held: float, minimum: float, step: float) -> float:
    """Return the shares of a long position to sell: all of it, or whole lots."""
    surplus = held - max(target, 0.0)
    if not surplus > 0.0:
        return 0.0
    return _whole_lots(surplus, minimum, step) if target > 0.0 else surplus


@lean
def _financed_part(sold: float, financed: float, minimum: float, step: float) -> float:
    """Return the shares that are sold to repay: financed ones first; one order may hold what two may not."""
    part = min(financed, sold)
    rest = sold - part
    if part > 0.0 and rest > 0.0 and not (_is_lot(part, minimum, step) and _is_lot(rest, minimum, step)):
        return sold
    return part


@lean
def _is_lot(shares: float, minimum: float, step: float) -> bool:
    return shares >= minimum and (shares - minimum) % step == 0.0


@lean
def _reductions(weights: Row, target: Row, book: Book, orders: Orders) -> int:
    """Put sales for cash, then sales to repay, then covers.

    What stays in part is reduced by whole lots: a purchase is rounded up to them, and shares that are returned too many
    would lie beside the short position.
    """
    count = 0
    for kind in (_SELL, _SELL_TO_REPAY):
        for j in range(target.size):
            if book.long[j] > 0.0 and not _is_left_alone(weights, book, j):
                minimum, step = book.lot_minimum[j], book.lot_step[j]
                sold = _surplus(target[j], book.long[j], minimum, step)
                financed = _financed_part(sold, book.financed[j], minimum, step)
                shares = financed if kind == _SELL_TO_REPAY else sold - financed
                if shares > 0.0:
                    count = _put(orders, count, kind, j, shares)
    for j in range(target.size):
        covered = 0.0 if _is_left_alone(weights, book, j) else max(book.short[j] - max(-target[j], 0.0), 0.0)
        if target[j] < 0.0:
            covered = _whole_lots(covered, book.lot_minimum[j], book.lot_step[j])
        if covered > 0.0:
            count = _put(orders, count, _BUY_TO_RETURN, j, covered)
    return count


@lean
def _freed(book: Book, orders: Orders, count: int) -> tuple[float, float, float]:
    """Return what the reductions repay, what they bring, and what covers set free (negative: cost), at the marks."""
    repaid = sold = released = 0.0
    for i in range(count):
        j, shares = orders.symbol[i], orders.amount[i]
        if orders.kind[i] == _SELL_TO_REPAY:
            repaid += shares * book.price[j]
        elif orders.kind[i] == _SELL:
            sold += shares * book.price[j]
        else:
            released += book.locked[j] * shares / book.short[j] - shares * book.price[j] * (1.0 + book.fee_rate)
    kept = 1.0 - 2.0 * book.fee_rate
    return repaid * kept, sold * kept, released


@lean
def _purchases(
    target: Row, book: Book, cash: float, budget: float, orders: Orders, count: int
) -> tuple[int, float, float]:
    """Put purchases from `cash`, then from a financing `budget`; return the count, the cash left, the value financed.

    Securities that cannot be financed come first: the others may still be bought with borrowed money. What is left to
    buy takes the place of a long target.
    """
    for is_eligible in (False, True):
        for j in range(target.size):
            if target[j] > 0.0 and (book.is_financing_eligible[j] > 0.0) == is_eligible:
                minimum, step = book.lot_minimum[j], book.lot_step[j]
                target[j] = _whole_lots(target[j] - book.long[j], minimum, step)
                if target[j] <= 0.0:  # held already, whatever its price
                    continue
                cost = book.price[j] * (1.0 + book.fee_rate)
                own = _whole_lots(min(target[j], max(cash, 0.0) / cost), minimum, step)
                if own > 0.0:
                    count = _put(orders, count, _BUY, j, own)
                    cash -= own * cost
                    target[j] -= own
    financed = 0.0
    for j in range(target.size):
        if target[j] > 0.0 and book.is_financing_eligible[j] > 0.0:
            cost = book.price[j] * (1.0 + book.fee_rate)
            affordable = min(target[j], max(budget - financed, 0.0) / cost)
            borrowed = _whole_lots(affordable, book.lot_minimum[j], book.lot_step[j])
            if borrowed > 0.0:
                count = _put(orders, count, _MARGIN_BUY, j, borrowed)
                financed += borrowed * cost
    return count, cash, financed


@lean
def _short_sales(target: Row, book: Book, orders: Orders, count: int) -> int:
    for j in range(target.size):
        if target[j] < 0.0:
            minimum, step = book.lot_minimum[j], book.lot_step[j]
            wanted = _whole_lots(-target[j] - book.short[j], minimum, step)
            if wanted > 0.0:
                available = _whole_lots(book.borrowable[j] - book.short[j], minimum, step)
                shares = min(wanted, available) if available > 0.0 else wanted
                count = _put(orders, count, _SHORT_SELL, j, shares)
    return count


@lean
def is_empty(weights: Row) -> bool:
    """Tell whether a row of target weights orders nothing: NaN throughout."""
    for j in range(weights.size):  # noqa: SIM110 - numba's all() takes no generator
        if not np.isnan(weights[j]):
            return False
    return True
