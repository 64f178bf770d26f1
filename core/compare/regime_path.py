"""Where an account's change of equity came from, by session and security, and what its positions last followed."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..account.order_kinds import BOUGHT, FORCED, SOLD, names
from ..account.tables import make_table
from ..run import books
from ..run.outcome import Outcome
from ..run.scenario import Scenario
from ..types import Panel2D, Refusal, Row

SIZED, REFUSED, BY_FORCE = range(3)
"""What a position last followed: an order that was carried out, one that was refused, the broker's own."""

_OF_CALLS = tuple(reason.name.lower() for reason in (Refusal.FROZEN, Refusal.BELOW_WARNING_LINE))
"""Refusals that a call, a forced sale or the warning line brings about."""

_COSTS = ("commission", "stamp_duty", "transfer_fee")


class AccountPath(NamedTuple):
    """An account over the T sessions of a run, by the N securities that it met; amounts in CNY."""

    symbols: tuple[str, ...]
    gained: Panel2D  # (T, N) by price, dividends and rights
    followed: NDArray[np.int8]  # (T, N) SIZED, REFUSED or BY_FORCE
    since: NDArray[np.int64]  # (T, N) session of the order that it followed; -1 = none yet
    interest: float  # paid and accrued on contracts less received on cash, as the next positive = a cost
    fees: float  # commission, stamp duty, transfer fee, tax on dividends
    moved: float  # paid in less paid out, collateral at its marks
    start: float
    equity: Row  # (T,)
    ended: int  # session from which an insolvent account trades nothing; T = never

    @property
    def change(self) -> float:
        """By how much the equity changed."""
        return float(self.equity[-1] - self.start)


def path_of(scenario: Scenario, outcome: Outcome) -> AccountPath:
    """Return the path of a finished run that kept its positions."""
    columns = outcome.journal.tables()
    tables = {name: make_table(name, values) for name, values in columns.items()}
    grid = _Grid(scenario)
    gained = _gained(grid, tables, outcome, scenario)
    followed, since = _followed(grid, tables)
    account = books.books_of(columns)
    charged = books.costs(account)
    received = float(tables["cash_interest"]["amount"].sum()) if "cash_interest" in tables else 0.0
    met = np.flatnonzero((gained != 0.0).any(axis=0) | (since >= 0).any(axis=0))
    return AccountPath(
        symbols=tuple(scenario.panel.symbols[j] for j in met),
        gained=np.ascontiguousarray(gained[:, met]),
        followed=np.ascontiguousarray(followed[:, met]),
        since=np.ascontiguousarray(since[:, met]),
        interest=charged["financing_interest"] + charged["borrow_fee"] - received,
        fees=sum(charged[name] for name in _COSTS) - _entitled(tables, "dividend_tax")["amount"].sum(),
        moved=float(account.moved.sum()),
        start=scenario.opening.equity(),
        equity=account.equity,
        ended=_ended(grid, account),
    )


class _Grid:
    """Cells of sessions and securities, found by date and symbol."""

    def __init__(self, scenario: Scenario) -> None:
        self.sessions = scenario.panel.sessions
        self.columns = {symbol: j for j, symbol in enumerate(scenario.panel.symbols)}
        self.shape = scenario.panel.shape

    def cells(self, rows: pd.DataFrame, column: str = "symbol") -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the sessions and the securities of rows that have both."""
        t = np.searchsorted(self.sessions, rows["date"].to_numpy().astype("datetime64[D]")).astype(np.int64)
        return t, np.array([self.columns[symbol] for symbol in rows[column]], dtype=np.int64)

    def add(self, to: Panel2D, rows: pd.DataFrame, amounts: Any, column: str = "symbol") -> None:
        """Add amounts (R,) in the cells of rows; rows without a security are passed over."""
        has = (rows[column] != "").to_numpy()
        np.add.at(to, self.cells(rows[has], column), np.asarray(amounts, dtype=np.float64)[has])


def _gained(grid: _Grid, tables: dict[str, pd.DataFrame], outcome: Outcome, scenario: Scenario) -> Panel2D:
    """Return what positions gained (T, N): what was held more at a close, was sold less bought, and was paid on it."""
    held = np.zeros(grid.shape)
    grid.add(held, tables["positions"], tables["positions"]["value"])
    begun = scenario.opening.net_shares() * np.nan_to_num(scenario.opening.marks)
    gained = held - np.vstack([begun[None, :], held[:-1]])
    fills = tables["fills"]
    kind = fills["kind"].str.removeprefix(FORCED)
    sign = np.where(kind.isin(names(SOLD)), 1.0, np.where(kind.isin(names(BOUGHT)), -1.0, 0.0))
    grid.add(gained, fills, fills["value"] * sign)
    paid = pd.DataFrame(
        [(date, symbol, received - owed) for date, symbol, received, owed, *_ in outcome.journal.actions()],
        columns=["date", "symbol", "amount"],
    )
    grid.add(gained, paid, paid["amount"])
    for kind_of in ("rights_subscribed", "rights_owed"):
        grid.add(gained, rows := _entitled(tables, kind_of), rows["amount"])
    if "endings" in tables:
        ended = tables["endings"]
        grid.add(gained, ended, ended["cash"] + ended["carried"])
        grid.add(gained, ended, -ended["carried"], "successor")
    if "flows" in tables:
        moved = tables["flows"][tables["flows"]["reason"] == ""]
        grid.add(gained, moved, -moved["amount"])
    return gained


def _entitled(tables: dict[str, pd.DataFrame], kind: str) -> pd.DataFrame:
    rows = tables["entitlements"] if "entitlements" in tables else make_table("entitlements")
    return rows[rows["kind"] == kind]


def _followed(grid: _Grid, tables: dict[str, pd.DataFrame]) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return what each position last followed (T, N), and since which session."""
    event = np.full(grid.shape, -1, dtype=np.int8)
    fills, refused = (tables[name][tables[name]["symbol"] != ""] for name in ("fills", "refusals"))
    is_forced, of_calls = fills["kind"].str.startswith(FORCED), refused["reason"].isin(_OF_CALLS)
    event[grid.cells(fills[~is_forced])] = SIZED
    event[grid.cells(refused[~of_calls])] = REFUSED
    event[grid.cells(refused[of_calls])] = BY_FORCE
    event[grid.cells(fills[is_forced])] = BY_FORCE
    rows = np.arange(len(grid.sessions))[:, None]
    since = np.maximum.accumulate(np.where(event >= 0, rows, -1), axis=0)
    followed = np.where(since >= 0, np.take_along_axis(event, np.maximum(since, 0), axis=0), SIZED).astype(np.int8)
    return followed, since


def _ended(grid: _Grid, account: books.Books) -> int:
    """Return the first session after that on which the account was insolvent; T where it never was."""
    day = account.insolvent_date
    return grid.shape[0] if day is None else int(np.searchsorted(grid.sessions, np.datetime64(day), side="right"))
