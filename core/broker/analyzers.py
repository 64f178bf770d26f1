"""Analyzers of a credit account: what backtrader's own cannot see, read off the broker's journal at the end of a run.

Add them like any other: ``cerebro.addanalyzer(analyzers.MaintenanceRatio)``. Every analysis is an ordered dict of
plain numbers, texts and dates, with sessions as `datetime.datetime` like those of backtrader's `TimeReturn`.
"""

import datetime as dt
from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Any

import backtrader as bt
import numpy as np

from ..errors import ConfigError
from ..kernels.credit import FINANCING
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
        lines = [self.account.schedule.lines(t) for t in range(len(ratios))]
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
        self.rets["calls"] = names["call"]
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
