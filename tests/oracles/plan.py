"""From target weights to orders, the slow way: whole rows of numpy and lists of orders."""

import numpy as np
from liangrong.core.types import OrderKind as K


def lots(shares, book):
    whole = book.lot_minimum + np.floor((shares - book.lot_minimum) / book.lot_step) * book.lot_step
    return np.where(shares >= book.lot_minimum, whole, 0.0)


def lots_of(shares, book, j):
    return float(lots(np.full(len(book.long), shares), book)[j])


def is_lot(shares, book, j):
    return shares > 0.0 and lots_of(shares, book, j) == shares


def planned(weights, book, reserve):
    """Return (kind, column, amount) of every order, in the order of their submission."""
    with np.errstate(invalid="ignore", divide="ignore"):
        aim = np.sign(weights) * lots(np.abs(weights) * book.equity / book.price, book)
    stays = np.isnan(weights) | np.isnan(book.price)
    aim = np.where(stays, book.long - book.short, aim)
    sales, repaying, covers = reductions(aim, stays, book)
    long_value = sum(float(a * p) for a, p in zip(aim, book.price, strict=True) if a > 0.0 and not np.isnan(p))
    wanted = max(long_value - (1.0 - reserve) * book.equity, 0.0) if long_value > book.equity else 0.0
    kept = 1.0 - 2.0 * book.fee_rate
    repaid = sum(float(n * book.price[j]) for _, j, n in repaying) * kept
    principal = max(book.principal - repaid, 0.0)
    freed = 0.0
    for _, j, n in covers:
        freed += book.locked[j] * n / book.short[j] - n * book.price[j] * (1.0 + book.fee_rate)
    cash = book.cash + sum(float(n * book.price[j]) for _, j, n in sales) * kept + freed - reserve * book.equity
    own, borrowed, cash, financed = purchases(aim, book, cash, max(wanted - principal, 0.0))
    orders = sales + repaying + covers + own + borrowed + short_sales(aim, book)
    idle = min(cash, principal + financed - wanted)
    if idle >= max(0.001 * book.equity, 1.0):
        orders.append((K.REPAY, -1, float(np.floor(idle))))
    return orders


def reductions(aim, stays, book):
    surplus = np.where(stays, 0.0, book.long - np.maximum(aim, 0.0))
    sold = np.where(aim > 0.0, lots(surplus, book), surplus)
    sales, repaying = [], []
    for j in np.flatnonzero((surplus > 0.0) & (sold > 0.0)).tolist():
        part = min(book.financed[j], sold[j])
        rest = sold[j] - part
        if part > 0.0 and rest > 0.0 and not (is_lot(part, book, j) and is_lot(rest, book, j)):
            part, rest = sold[j], 0.0
        sales += [(K.SELL, j, float(rest))] * int(rest > 0.0)
        repaying += [(K.SELL_TO_REPAY, j, float(part))] * int(part > 0.0)
    covered = np.where(stays, 0.0, np.maximum(book.short - np.maximum(-aim, 0.0), 0.0))
    covered = np.where(aim < 0.0, lots(covered, book), covered)
    return sales, repaying, [(K.BUY_TO_RETURN, j, float(covered[j])) for j in np.flatnonzero(covered > 0.0).tolist()]


def purchases(aim, book, cash, budget):
    wanted = np.where(aim > 0.0, lots(aim - book.long, book), 0.0)
    own, borrowed, financed = [], [], 0.0
    for j in sorted(np.flatnonzero(wanted > 0.0).tolist(), key=lambda j: bool(book.is_financing_eligible[j])):
        cost = book.price[j] * (1.0 + book.fee_rate)
        paid = lots_of(min(wanted[j], max(cash, 0.0) / cost), book, j)
        cash -= paid * cost
        own += [(K.BUY, j, paid)] * int(paid > 0.0)
        lent = lots_of(min(wanted[j] - paid, max(budget - financed, 0.0) / cost), book, j)
        if lent > 0.0 and book.is_financing_eligible[j]:
            borrowed.append((K.MARGIN_BUY, j, lent))
            financed += lent * cost
    return own, borrowed, cash, financed


def short_sales(aim, book):
    orders = []
    for j in np.flatnonzero(np.where(aim < 0.0, lots(-aim - book.short, book), 0.0) > 0.0).tolist():
        wanted = lots_of(-aim[j] - book.short[j], book, j)
        free = lots_of(book.borrowable[j] - book.short[j], book, j)
        orders.append((K.SHORT_SELL, j, min(wanted, free) if free > 0.0 else wanted))
    return orders
