"""The difference between two runs of one strategy by cause: size of positions, refused orders, force, costs."""

import math
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ..types import Panel2D
from .regime_path import BY_FORCE, REFUSED, SIZED, AccountPath


class Cause(NamedTuple):
    """A cause: its name above a column, and what counts as it."""

    heading: str
    meaning: str


CAUSES = MappingProxyType(
    {
        "size": Cause(
            "Size of positions",
            "positions whose last order was carried out in both: larger or smaller as leverage and equity allow",
        ),
        "refused": Cause(
            "Refused orders",
            "positions whose last order one run refused, from the refusal until the next order is carried out",
        ),
        "forced": Cause(
            "Calls and forced orders",
            "positions that the broker last traded by force in either run, or that a call or a warning kept from "
            "growing; all of an insolvent account",
        ),
        "interest": Cause("Interest and borrow fees", "of contracts, less interest received on cash"),
        "fees": Cause("Fees and taxes", "commission, stamp duty, transfer fee and tax on dividends"),
        "moved": Cause("Moved in or out", "cash and collateral, deposits on a call among them"),
        "unexplained": Cause("Rounding", "what the parts do not sum to"),
    }
)
"""By the fields of `Causes`. They sum to the difference of the equities at the end."""


class Causes(NamedTuple):
    """By how much the second of two runs ended above the first, CNY, and the parts that sum to it."""

    difference: float
    size: float
    refused: float
    forced: float
    interest: float
    fees: float
    moved: float
    unexplained: float  # of the difference, what the parts do not sum to: rounding


def causes_of(first: AccountPath, second: AccountPath) -> Causes:
    """Return the difference of two runs over the same sessions by cause.

    Notes
    -----
    The gain of a security in a session, in price, dividends and rights, is the account's own: value at the close less
    that of the close before, plus what was sold, less what was bought. Its difference between the runs counts whole as
    one cause: force where either run's position last followed a forced order, else refusal where one's last followed a
    refused one and the other's not that of the same session, else size. What a smaller equity makes of later positions
    is size.
    """
    symbols = tuple(dict.fromkeys((*first.symbols, *second.symbols)))
    mine, theirs = _over(first, symbols), _over(second, symbols)
    by_force = (mine.followed == BY_FORCE) | (theirs.followed == BY_FORCE)
    is_refused = (mine.followed == REFUSED) | (theirs.followed == REFUSED)
    alike = (mine.followed == theirs.followed) & (mine.since == theirs.since)
    cause = np.where(by_force, BY_FORCE, np.where(is_refused & ~alike, REFUSED, SIZED))
    gained = theirs.gained - mine.gained
    parts = {
        **{
            name: math.fsum(gained[cause == code])
            for name, code in (("size", SIZED), ("refused", REFUSED), ("forced", BY_FORCE))
        },
        "interest": first.interest - second.interest,
        "fees": first.fees - second.fees,
        "moved": second.moved - first.moved,
    }
    difference = second.change - first.change
    return Causes(difference, **parts, unexplained=difference - math.fsum(parts.values()))


class _Cells(NamedTuple):
    gained: Panel2D
    followed: np.ndarray
    since: np.ndarray


def _over(path: AccountPath, symbols: tuple[str, ...]) -> _Cells:
    """Return the cells of a path over more securities: it met none of the others."""
    columns = [symbols.index(symbol) for symbol in path.symbols]
    made = _Cells(
        np.zeros((len(path.equity), len(symbols))),
        np.full((len(path.equity), len(symbols)), SIZED, np.int8),
        np.full((len(path.equity), len(symbols)), -1, np.int64),
    )
    for whole, part in zip(made, (path.gained, path.followed, path.since), strict=True):
        whole[:, columns] = part
    made.followed[path.ended :] = BY_FORCE
    return made
