"""An account before its first session: cash, collateral and contracts that are open already."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config.account_flows import OpenContractConfig, OpeningConfig
from ..config.credit_account import AccountConfig
from ..errors import ConfigError, DataError
from ..symbols import instead
from ..types import Row
from .credit import CONTRACT, FINANCING, NOT_CLOSED, SHORT, Ledger, Totals, equity, open_ledger, totals
from .schedule import TermArrays


class Opening(NamedTuple):
    """An account of N securities at the close before its first session; amounts in CNY."""

    cash: float
    day: int  # days since 1970-01-01, from which interest runs on; 0 = nothing runs yet
    collateral: Row  # (N,) shares
    cost: Row  # (N,) of the collateral
    contracts: NDArray[np.void]  # CONTRACT, by age
    marks: Row  # (N,) per share, at which it is valued; NaN where no price is known

    def ledger(self, capacity: int = 256) -> Ledger:
        """Return the account as a ledger of its own, ready for the first session."""
        count = len(self.contracts)
        ledger = open_ledger(self.cash, len(self.collateral), max(capacity, count))
        account = ledger.account[0]
        account["today"], account["open_contracts"], account["last_id"] = self.day, count, count
        ledger.collateral[:], ledger.cost[:] = self.collateral, self.cost
        ledger.contracts[:count] = self.contracts
        held = np.flatnonzero(self.collateral)
        ledger.held[: len(held)] = held
        account["held"] = len(held)
        return ledger

    def totals(self) -> Totals:
        """Return its sums at its marks."""
        return totals(self.ledger(), np.nan_to_num(self.marks))

    def equity(self) -> float:
        """Return what it is worth before the first session, in CNY."""
        return float(equity(self.totals()))

    def net_shares(self) -> Row:
        """Return the shares held, collateral and financed, less those owed (N,)."""
        net = self.collateral.copy()
        for contract in self.contracts:
            net[contract["symbol"]] += contract["shares"] * (-1.0 if contract["kind"] == SHORT else 1.0)
        return net


def cash_alone(cash: float, marks: Row) -> Opening:
    """Return an account of `cash` CNY; `marks` (N,) are those of the close before its first session."""
    nothing = np.zeros(len(marks))
    return Opening(cash, 0, nothing, nothing, np.zeros(0, CONTRACT), marks)


def day_of_opening(stated: OpeningConfig, before: np.datetime64) -> np.datetime64:
    """Return the day at whose close an opening stood: its own, or the session before the first."""
    return before if stated.date is None else np.datetime64(stated.date, "D")


def opening_of(
    account: AccountConfig,
    stated: OpeningConfig | None,
    symbols: Sequence[str],
    schedule: TermArrays,
    marks: Row,
    haircut: Row,
    before: np.datetime64,
) -> Opening:
    """Return the account before its first session.

    Parameters
    ----------
    account : AccountConfig
    stated : OpeningConfig or None
        With its own keys, no file; None: cash alone.
    symbols : sequence of str (N,)
    schedule : TermArrays
        Of the run: rates and margin ratios that a contract does not state are those of its first session.
    marks : float64 (N,)
        CNY per share at the close before the first session; NaN = unknown.
    haircut : float64 (N,)
        Of the first session.
    before : datetime64[D]
        The session before the first: the day of the opening where it states none.

    Raises
    ------
    ConfigError
        A security that the panel lacks or that is named twice, a day that cannot be, proceeds above the cash.
    DataError
        A security without a price before the first session or on it.
    """
    if stated is None:
        return cash_alone(account.cash, marks)
    day = day_of_opening(stated, before)
    first = np.datetime64(int(schedule.day[0]), "D")
    if day >= first:
        raise ConfigError(
            f"`account.opening.date` should lie before the first session {first}, got {day}: correct it, or begin "
            "`window` later"
        )
    columns = {symbol: j for j, symbol in enumerate(symbols)}
    collateral, cost = np.zeros((2, len(symbols)))
    for i, holding in enumerate(stated.holdings):
        where = f"account.opening.holdings.{i}"
        j = _column(where, holding.symbol, columns, marks)
        if collateral[j]:
            raise ConfigError(f"`{where}.symbol` names {holding.symbol} a second time: give its shares once")
        collateral[j] = holding.shares
        cost[j] = holding.shares * (marks[j] if holding.cost is None else holding.cost)
    contracts = _contracts(stated.contracts, columns, schedule, marks, haircut, day)
    cash = account.cash if stated.cash is None else stated.cash
    locked = float(contracts["locked"].sum())
    if locked > cash:
        raise ConfigError(
            f"`account.opening.cash` {cash:,.2f} should hold the locked proceeds of its short contracts, "
            f"{locked:,.2f}: it is all cash, and `proceeds` is the part that is locked"
        )
    return Opening(cash, int(day.astype(np.int64)), collateral, cost, contracts, marks)


def _column(where: str, symbol: str, columns: dict[str, int], marks: Row) -> int:
    if symbol not in columns:
        near = instead(symbol, columns)
        raise ConfigError(
            f"`{where}.symbol`: the data have no security {symbol}{near and f' ({near})'}: add it to the data or to "
            "`universe.symbols`, or leave it out"
        )
    if np.isnan(marks[columns[symbol]]):
        raise DataError(
            f"`{where}`: {symbol} has no price before the first session, nor a pre_close on it, so that the account "
            "cannot be valued: begin `window` later"
        )
    return columns[symbol]


def _contracts(
    stated: Sequence[OpenContractConfig],
    columns: dict[str, int],
    schedule: TermArrays,
    marks: Row,
    haircut: Row,
    day: np.datetime64,
) -> NDArray[np.void]:
    """Return the contracts as records, by age."""
    rows = np.zeros(len(stated), CONTRACT)
    for i, contract in enumerate(stated):
        where = f"account.opening.contracts.{i}"
        j = _column(where, contract.symbol, columns, marks)
        opened = np.datetime64(contract.opened, "D")
        if opened > day:
            raise ConfigError(f"`{where}.opened` {opened} should not lie after the day of the opening, {day}")
        if np.datetime64(contract.due, "D") <= day:
            raise ConfigError(f"`{where}.due` {contract.due} should lie after the day of the opening, {day}")
        _fill(rows[i], contract, schedule, j, int((day - opened).astype(np.int64)), float(haircut[j]))
    rows = rows[np.argsort(rows["opened"], kind="stable")]
    rows["id"] = np.arange(1, len(rows) + 1)
    return rows


def _fill(row: Any, contract: OpenContractConfig, terms: TermArrays, j: int, days: int, haircut: float) -> None:
    """Fill the record of one contract; `days` have passed since it was opened, `haircut` is the first session's."""
    is_short = contract.kind == "short"
    rates = terms.rates
    base = terms.options.short_ratio_base if is_short else terms.options.financing_ratio_base
    ratio = max((terms.short_ratio if is_short else terms.financing_ratio)[0], base - haircut)
    usual, table = (rates.borrow, rates.borrow_of) if is_short else (rates.financing, rates.financing_of)
    usual_rate = table[0, j] if table.size else usual[0]
    amount = float((contract.sell_amount if is_short else contract.principal) or 0.0)
    rate = usual_rate if contract.rate is None else contract.rate
    accrued = amount * rate / terms.day_count[0] * days if contract.accrued is None else contract.accrued
    row["kind"], row["symbol"], row["closed"] = SHORT if is_short else FINANCING, j, NOT_CLOSED
    row["opened"], row["due"] = (np.datetime64(d, "D").astype(np.int64) for d in (contract.opened, contract.due))
    row["rate"], row["ratio"] = rate, ratio if contract.ratio is None else contract.ratio
    row["opened_shares"] = row["shares"] = contract.shares
    row["opened_amount"] = amount
    row["accrued"], row["paid"] = accrued, -accrued  # so that paid + accrued is what the run is charged
    if is_short:
        row["sell_amount"], row["locked"] = amount, amount if contract.proceeds is None else contract.proceeds
    else:
        row["principal"] = row["cost"] = amount
