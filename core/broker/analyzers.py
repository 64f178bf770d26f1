"""Analyzers of a credit account: what backtrader's own cannot see, read off the broker's journal at the end of a run.

Add them like any other: ``cerebro.addanalyzer(analyzers.MaintenanceRatio)``. Every analysis is an ordered dict of
plain numbers, texts and dates, with sessions as `datetime.datetime` like those of backtrader's `TimeReturn`.

`AnnualReturn`, `GrossLeverage`, `PositionsValue` and `PyFolio` are backtrader's of these names for an account with
debts: the same keys, and figures that add up to its equity.
"""

import datetime as dt
from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd

from ..account.credit import FINANCING, equity
from ..errors import ConfigError
from .credit_broker import CreditBroker

_FEES = ("commission", "stamp_duty", "transfer_fee")
_LINES = ("warn", "call", "instant")


class JournalAnalyzer(bt.Analyzer):
    """What the analyzers of this module share: the account's broker, and its tables at the end of the run.

    Raises
    ------
    ConfigError
        At the start of a run whose broker is no `CreditBroker`.
    """

    def start(self) -> None:
        """Look at the broker before the first session, not after the last."""
        broker = self.strategy.broker
        if not isinstance(broker, CreditBroker):
            raise ConfigError(
                f"the analyzer {type(self).__name__} reads the journal of a CreditBroker, the broker of this run is a "
                f"{type(broker).__name__}: set cerebro.broker, or leave the analyzer out"
            )
        self.account: CreditBroker = broker
        super().start()

    def table(self, name: str) -> dict[str, list[Any]]:
        """Return a table of the journal by column."""
        return self.account.journal.tables()[name]


class MaintenanceRatio(JournalAnalyzer):
    """The maintenance ratio (维持担保比例) at every close.

    The analysis: ``ratios`` (session -> ratio, inf without debt), ``lowest`` and ``lowest_on`` (inf and None in a run
    without debt), ``last``, and ``below`` (``warn``, ``call``, ``instant`` -> sessions that closed below that line, as
    it stood on the session).
    """

    def stop(self) -> None:
        """Read the closes."""
        table = self.table("equity")
        ratios = np.array(table["maintenance_ratio"])
        rows = np.searchsorted(self.account.market.panel.sessions, np.array(table["date"], dtype="datetime64[D]"))
        lines = [self.account.schedule.lines(t) for t in rows.tolist()]
        below = {name: int(np.sum(ratios < [getattr(line, name) for line in lines])) for name in _LINES}
        lowest = int(np.argmin(ratios)) if len(ratios) else None
        is_indebted = lowest is not None and bool(np.isfinite(ratios[lowest]))
        self.rets["ratios"] = OrderedDict(zip(map(_session, table["date"]), ratios.tolist(), strict=True))
        self.rets["lowest"] = float(ratios[lowest]) if is_indebted else np.inf
        self.rets["lowest_on"] = _session(table["date"][lowest]) if is_indebted else None
        self.rets["last"] = float(ratios[-1]) if len(ratios) else np.inf
        self.rets["below"] = OrderedDict(below)


class InterestAndFees(JournalAnalyzer):
    """What the account cost, in CNY: in all, and by security.

    The analysis: ``total`` and ``by_security`` (symbol -> the same keys): ``commission``, ``stamp_duty``,
    ``transfer_fee``, ``interest`` and ``borrow_fee`` (paid so far), ``interest_accrued`` and ``borrow_fee_accrued``
    (owed at the end of the run and not yet paid), ``cost`` (all of these together).

    Notes
    -----
    Interest stands at the security of its contract, whatever was sold to pay it.
    """

    def stop(self) -> None:
        """Add up fills and contracts."""
        costs: dict[str, Counter[str]] = {}
        fills = self.table("fills")
        for i, symbol in enumerate(fills["symbol"]):
            if symbol:  # a repayment has none, and only its interest costs, which its contract knows
                costs.setdefault(symbol, Counter()).update({name: fills[name][i] for name in _FEES})
        closed = self.table("contracts")
        for kind, symbol, paid in zip(closed["kind"], closed["symbol"], closed["interest"], strict=True):
            costs.setdefault(symbol, Counter())[_borrowing(kind == "financing")] += paid
        for contract in self._open_contracts():
            of_symbol = costs.setdefault(self.account.market.panel.symbols[contract["symbol"]], Counter())
            name = _borrowing(bool(contract["kind"] == FINANCING))
            of_symbol.update({name: float(contract["paid"]), f"{name}_accrued": float(contract["accrued"])})
        total: Counter[str] = Counter()
        for of_symbol in costs.values():
            total.update(of_symbol)
        self.rets["total"] = _account_of(total)
        self.rets["by_security"] = OrderedDict((symbol, _account_of(costs[symbol])) for symbol in sorted(costs))

    def _open_contracts(self) -> Any:
        """Return the contracts that the journal does not have yet: the broker hands them over after the analyzers."""
        ledger = self.account.ledger
        return ledger.contracts[: ledger.account[0]["open_contracts"]]


class Refusals(JournalAnalyzer):
    """The orders that were refused, and the rests of orders that met no volume.

    The analysis: ``total``, ``by_reason`` and ``by_security`` (-> number, most frequent first), ``orders`` (a list of
    ``date``, ``symbol``, ``kind``, ``shares``, ``reason``; a repayment has no symbol and no shares).
    """

    def stop(self) -> None:
        """Count the refusals."""
        orders = _rows(self.table("refusals"))
        self.rets["total"] = len(orders)
        self.rets["by_reason"] = _counted(order["reason"] for order in orders)
        self.rets["by_security"] = _counted(order["symbol"] for order in orders)
        self.rets["orders"] = orders


class ForcedSales(JournalAnalyzer):
    """Margin calls (追保) and forced sales (强制平仓).

    The analysis: ``calls`` (margin calls), ``events`` (name -> number of all margin events, in the order of their first
    day), ``orders`` (number of forced orders), ``by_cause`` (-> number), ``unsold`` (forced orders that were not done
    in full), and the rows themselves: ``event_list`` and ``order_list``.
    """

    def stop(self) -> None:
        """Count events and forced orders."""
        events, orders = _rows(self.table("margin_events")), _rows(self.table("forced_sales"))
        names = Counter(event["event"] for event in events)
        self.rets["calls"] = names["call"] + names["call_low"]
        self.rets["events"] = OrderedDict(names)
        self.rets["orders"] = len(orders)
        self.rets["by_cause"] = _counted(order["cause"] for order in orders)
        self.rets["unsold"] = sum(order["done"] < order["wanted"] for order in orders)
        self.rets["event_list"] = events
        self.rets["order_list"] = orders


class Exposure(JournalAnalyzer):
    """Long, short and net market value, and the leverage (both sides together), as fractions of equity at every close.

    The analysis: ``sessions`` (session -> ``long``, ``short``, ``net``, ``leverage``), ``average`` and ``highest`` (the
    same keys). Shares held and owed in one security count on both sides.

    Notes
    -----
    NaN handling: a session whose equity is not positive has NaN; averages and highest leave it out.
    """

    def stop(self) -> None:
        """Divide by the equity of each close."""
        table = self.table("equity")
        equity = np.array(table["equity"])
        equity[~(equity > 0.0)] = np.nan
        long, short = (np.array(table[name]) / equity for name in ("long_value", "short_value"))
        sides = {"long": long, "short": short, "net": long - short, "leverage": long + short}
        rows = zip(*(values.tolist() for values in sides.values()), strict=True)
        days = map(_session, table["date"])
        self.rets["sessions"] = OrderedDict(
            (day, OrderedDict(zip(sides, row, strict=True))) for day, row in zip(days, rows, strict=True)
        )
        known = {name: values[~np.isnan(values)] for name, values in sides.items()}
        for name, of in (("average", np.mean), ("highest", np.max)):
            self.rets[name] = OrderedDict((k, float(of(v)) if len(v) else np.nan) for k, v in known.items())


class AnnualReturn(JournalAnalyzer, bt.analyzers.AnnualReturn):
    """The return of each calendar year on the equity, from the first close of the run on.

    The analysis: year -> fraction. Cash that was moved in or out counts as return, as in backtrader's.
    """

    sees_debt = True

    def stop(self) -> None:
        """Take the last close of each year."""
        table = self.table("equity")
        years = [int(date.astype("datetime64[Y]").astype(int)) + 1970 for date in table["date"]]
        last = dict(zip(years, table["equity"], strict=True))
        before = [*table["equity"][:1], *last.values()]
        self.ret = OrderedDict(
            (year, end / start - 1.0) for (year, end), start in zip(last.items(), before, strict=False)
        )
        self.rets = list(self.ret.values())


class GrossLeverage(JournalAnalyzer, bt.analyzers.GrossLeverage):
    """Market value of both sides over the equity, at every close.

    The analysis: session -> fraction, NaN where the equity is not positive. See `Exposure` for each side.
    """

    sees_debt = True

    def next(self) -> None:
        """Look at the close."""
        sums = self.account.sums()
        worth = equity(sums)
        leverage = (sums.long_value + sums.short_value) / worth if worth > 0.0 else np.nan
        self.rets[self.strategy.datetime.datetime()] = float(leverage)


class PositionsValue(JournalAnalyzer, bt.analyzers.PositionsValue):
    """The market value of each feed's position, net of what is owed, and with `cash` all cash less all debt in money.

    The analysis: date -> values in the order of the feeds, then the cash; together they are the equity. Margin debt and
    accrued interest make the cash negative.
    """

    sees_debt = True

    def next(self) -> None:
        """Look at the close."""
        super().next()
        if self.p.cash:
            sums = self.account.sums()
            self.rets[next(reversed(self.rets))][-1] = float(sums.cash - sums.principal - sums.accrued)


class PyFolio(JournalAnalyzer, bt.analyzers.PyFolio):
    """What pyfolio reads: returns, positions with cash, transactions, gross leverage.

    The analysis has backtrader's keys. `get_pf_items` returns the positions of all feeds, where backtrader's keeps the
    last one only.
    """

    sees_debt = True

    def __init__(self) -> None:
        words = {"timeframe": self.p.timeframe, "compression": self.p.compression}
        self._returns = bt.analyzers.TimeReturn(**words)
        self._positions: Any = PositionsValue(headers=True, cash=True)
        self._transactions = bt.analyzers.Transactions(headers=True)
        self._gross_lev = GrossLeverage()

    def get_pf_items(self) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame, pd.Series]:
        """Return returns, positions (a column per feed, and cash), transactions and leverage, with days in UTC."""
        returns, leverage = (
            _in_utc(pd.Series(dict(self.rets[key]), dtype=float, name=name))
            for key, name in (("returns", "return"), ("gross_lev", "gross_lev"))
        )
        (_, names), *rows = self.rets["positions"].items()
        positions = _in_utc(pd.DataFrame([row for _, row in rows], index=[day for day, _ in rows], columns=names))
        (_, (header,)), *days = self.rets["transactions"].items()
        trades = [(day, trade) for day, of_day in days for trade in of_day]
        index = [day for day, _ in trades]
        return (
            returns,
            positions,
            _in_utc(pd.DataFrame([row for _, row in trades], index=index, columns=header)),
            leverage,
        )


def _in_utc(table: Any) -> Any:
    table.index = pd.DatetimeIndex(pd.to_datetime(table.index), name="index").tz_localize("UTC")
    return table


def _borrowing(is_financing: bool) -> str:
    return "interest" if is_financing else "borrow_fee"


def _account_of(costs: Counter[str]) -> OrderedDict[str, float]:
    names = (*_FEES, "interest", "borrow_fee", "interest_accrued", "borrow_fee_accrued")
    return OrderedDict([*((name, float(costs[name])) for name in names), ("cost", float(sum(costs.values())))])


def _counted(values: Iterable[str]) -> OrderedDict[str, int]:
    return OrderedDict(Counter(values).most_common())


def _rows(table: dict[str, list[Any]]) -> list[OrderedDict[str, Any]]:
    """Return a table row by row, with its dates as backtrader writes them."""
    rows = zip(*table.values(), strict=True)
    return [OrderedDict((name, _plain(value)) for name, value in zip(table, row, strict=True)) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return _session(value)
    return value.item() if isinstance(value, np.generic) else value


def _session(date: np.datetime64) -> dt.datetime | None:
    """Return a day as `datetime`; None for NaT (a deadline after the end of the run)."""
    return date.astype("datetime64[us]").item()
