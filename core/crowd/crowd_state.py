"""The accounts of a market as arrays, one row an account: each row is a ledger, by which all compiled functions go."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..account.credit import ACCOUNT, CONTRACT, LOT
from ..types import Panel2D, Row

FIRST_CAPACITY = 32
"""Contracts of an account for which there is room at first."""


class Crowd(NamedTuple):
    """A accounts over N securities; the fields of `Ledger`, and what lasts from one session to the next."""

    account: NDArray[np.void]  # (A,) ACCOUNT
    collateral: Panel2D  # (A, N)
    bought_today: Panel2D  # (A, N)
    cost: Panel2D  # (A, N)
    contracts: NDArray[np.void]  # (A, capacity) CONTRACT
    held: NDArray[np.int64]  # (A, N)
    lots: NDArray[np.void]  # (A, 0): the dividend tax of these accounts goes by no holding period
    due: NDArray[np.int64]  # (A, capacity) contracts to close at the next open
    why_due: NDArray[np.int64]  # (A, capacity)
    count: NDArray[np.int64]  # (A, 2) pending orders, contracts that fell due
    idle: NDArray[np.int64]  # (A,) session up to which a client does nothing
    calls: NDArray[np.int64]  # (A,) so far
    forced: NDArray[np.int64]  # (A,) sessions with forced sales begun, so far
    forced_value: Row  # (A,) CNY sold by force so far


def open_crowd(cash: Row, securities: int, capacity: int = FIRST_CAPACITY) -> Crowd:
    """Return accounts of `cash` (A,) CNY before their first session."""
    accounts = len(cash)
    account = np.zeros(accounts, ACCOUNT)
    account["cash"] = cash
    shares, cost = np.zeros((2, accounts, securities)), np.zeros((accounts, securities))
    due, so_far = np.zeros((2, accounts, capacity), np.int64), np.zeros((3, accounts), np.int64)
    return Crowd(
        account=account,
        collateral=shares[0],
        bought_today=shares[1],
        cost=cost,
        contracts=np.zeros((accounts, capacity), CONTRACT),
        held=np.zeros((accounts, securities), np.int64),
        lots=np.zeros((accounts, 0), LOT),
        due=due[0],
        why_due=due[1],
        count=np.zeros((accounts, 2), np.int64),
        idle=so_far[0],
        calls=so_far[1],
        forced=so_far[2],
        forced_value=np.zeros(accounts),
    )


def with_more_room(crowd: Crowd) -> Crowd:
    """Return the accounts with twice the room for contracts."""
    return crowd._replace(**{name: _doubled(getattr(crowd, name)) for name in ("contracts", "due", "why_due")})


def _doubled(rows: np.ndarray) -> np.ndarray:
    accounts, capacity = rows.shape
    grown = np.zeros((accounts, 2 * capacity), rows.dtype)
    grown[:, :capacity] = rows
    return grown


def contracts_of(crowd: Crowd, a: int) -> NDArray[np.void]:
    """Return the open contracts of account `a`, by age."""
    return crowd.contracts[a, : crowd.account[a]["open_contracts"]]
