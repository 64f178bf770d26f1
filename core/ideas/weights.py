"""From target weights to orders of a credit account: the plan of the compiled engine, as a list."""

from typing import NamedTuple

import numpy as np

from ..account import target_orders as compiled
from ..account.target_orders import Book
from ..types import OrderKind, Row

__all__ = ["Book", "Planned", "plan"]


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
        As `liangrong.core.account.target_orders.plan` puts them.
    """
    size = compiled.planned_capacity(len(weights))
    orders = compiled.Orders(np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size))
    count = compiled.plan(_row(weights), _typed(book), float(reserve), np.empty(len(weights)), orders)
    columns = zip(*(column[:count].tolist() for column in orders), strict=True)
    return [Planned(OrderKind(kind), symbol, amount) for kind, symbol, amount in columns]


def _typed(book: Book) -> Book:
    """Return `book` in the types that the kernel is compiled for."""
    return Book._make(_row(value) if isinstance(value, np.ndarray) else float(value) for value in book)


def _row(values: Row) -> Row:
    return np.require(values, np.float64, ("C", "W"))
