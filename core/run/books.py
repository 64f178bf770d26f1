"""An account in plain arrays, and the figures that a run's summary and a leaderboard's row have in common.

Whoever ran the account brings it into this form, so that the same sums are done in the same order: the figures of a
trial are those of the run to the last digit.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..account.order_kinds import FORCED, OFF_MARKET
from ..account.tables import make_table
from ..kernels import statistics
from ..types import MarginEvent, OrderKind, Row
from .flow_returns import moved_by_session

TRADES = np.array([kind not in OFF_MARKET for kind in OrderKind])
"""bool (8,), by `OrderKind`: fills that are turnover."""

CALLS = tuple(event.name.lower() for event in (MarginEvent.CALL, MarginEvent.CALL_LOW))
INSOLVENT = MarginEvent.INSOLVENT.name.lower()

TABLES = ("equity", "fills", "refusals", "contracts", "margin_events", "forced_sales")
"""Tables of a result that make the books."""

_CODES = {kind.name.lower(): int(kind) for kind in OrderKind}


class Fills(NamedTuple):
    """What was carried out, in its order; each (F,), amounts in CNY."""

    kind: NDArray[np.int64]  # OrderKind
    is_forced: NDArray[np.bool_]
    value: Row
    commission: Row
    stamp_duty: Row
    transfer_fee: Row


class Charged(NamedTuple):
    """What contracts cost, in the order of their ids; each (C,)."""

    is_financing: NDArray[np.bool_]  # else short
    interest: Row  # CNY, paid and accrued


class Books(NamedTuple):
    """An account from its first close to its last."""

    equity: Row  # (T,) CNY at each close, as the next two
    long_value: Row
    short_value: Row
    moved: Row  # CNY, in before each session, negative = out
    fills: Fills
    charged: Charged
    refusals: Mapping[str, int]  # reason -> number
    events: Mapping[str, int]  # margin event -> number
    forced: Mapping[str, int]  # cause -> number of the broker's orders
    insolvent_date: str | None

    @property
    def forced_orders(self) -> int:
        """How many orders the broker gave, whatever the cause."""
        return sum(self.forced.values())


class Exposures(NamedTuple):
    """Fractions of equity (T,), NaN where it is not positive."""

    long: Row
    short: Row
    leverage: Row


def fills_of(columns: Mapping[str, Any]) -> Fills:
    """Return the columns of the table `fills` as arrays."""
    kinds = [str(kind) for kind in columns["kind"]]
    amounts = (_row(columns[name]) for name in ("value", "commission", "stamp_duty", "transfer_fee"))
    return Fills(
        np.array([_CODES[kind.removeprefix(FORCED)] for kind in kinds], dtype=np.int64),
        _mask(kind.startswith(FORCED) for kind in kinds),
        *amounts,
    )


def books_of(tables: Mapping[str, Mapping[str, Any]]) -> Books:
    """Return the tables of a result, or the columns that they are made from, as arrays."""
    equity, contracts, events = tables["equity"], tables["contracts"], tables["margin_events"]
    dates, names = list(events["date"]), [str(name) for name in events["event"]]
    return Books(
        *(_row(equity[name]) for name in ("equity", "long_value", "short_value")),
        moved=moved_by_session(_frame(tables.get("flows")), pd.Series(pd.to_datetime(equity["date"]))),
        fills=fills_of(tables["fills"]),
        charged=Charged(_mask(k == "financing" for k in contracts["kind"]), _row(contracts["interest"])),
        refusals=counted(tables["refusals"]["reason"]),
        events=counted(names),
        forced=counted(tables["forced_sales"]["cause"]),
        insolvent_date=day_of(dates[names.index(INSOLVENT)]) if INSOLVENT in names else None,
    )


def _frame(columns: Mapping[str, Any] | None) -> pd.DataFrame | None:
    return None if columns is None else make_table("flows", columns)


def performance(path: Row, year: float, risk_free_rate: float = 0.0) -> dict[str, Any]:
    """Return the figures of one equity path whose first value is the equity before its first session."""
    change = statistics.returns(path)
    total = path[-1] / path[0] - 1.0 if len(path) and path[0] > 0 else math.nan
    annual = statistics.annualised_return(total, len(path) - 1, year)
    depth = statistics.max_drawdown(path).depth
    return {
        "total_return": total,
        "annualised_return": annual,
        "volatility": statistics.volatility(change, year),
        "sharpe": statistics.sharpe(change, year, risk_free_rate),
        "sortino": statistics.sortino(change, year, risk_free_rate),
        "max_drawdown": depth,
        "calmar": statistics.calmar(annual, depth),
    }


def trading(books: Books, years: float) -> dict[str, Any]:
    """Return what was traded and how often the average equity that is a year; values in CNY."""
    value = np.where(TRADES[books.fills.kind], np.abs(books.fills.value), 0.0)
    traded, average = float(value.sum()), _mean(books.equity)
    return {
        "traded_value": traded,
        "turnover": traded / average / years if average > 0 and years > 0 else math.nan,
        "fills": len(value),
        "forced_fills": int(books.fills.is_forced.sum()),
        "forced_value": float(value[books.fills.is_forced].sum()),
        "refusals": sum(books.refusals.values()),
        "refusals_by_reason": dict(books.refusals),
    }


def exposure(equity: Row, long_value: Row, short_value: Row) -> Exposures:
    """Return long and short value (T,) as fractions of equity, and their sum, the leverage."""
    base = np.where(equity > 0.0, equity, np.nan)
    long, short = long_value / base, short_value / base
    return Exposures(long, short, long + short)


def exposures(books: Books) -> dict[str, Any]:
    """Return the average exposure, and the highest leverage; sessions without positive equity are passed over."""
    shares = exposure(books.equity, books.long_value, books.short_value)
    return {
        "average_leverage": _mean(shares.leverage),
        "highest_leverage": _highest(shares.leverage),
        "average_long_exposure": _mean(shares.long),
        "average_short_exposure": _mean(shares.short),
    }


def costs(books: Books) -> dict[str, float]:
    """Return what the account was charged, in CNY and positive; interest and borrow fee paid or still accrued."""
    fills, charged = books.fills, books.charged
    return {
        "commission": float(fills.commission.sum()),
        "stamp_duty": float(fills.stamp_duty.sum()),
        "transfer_fee": float(fills.transfer_fee.sum()),
        "financing_interest": math.fsum(charged.interest[charged.is_financing]),
        "borrow_fee": math.fsum(charged.interest[~charged.is_financing]),
    }


def counted(names: Any) -> dict[str, int]:
    """Return how often each name occurs, the most frequent first, ties by name."""
    found: dict[str, int] = {}
    for name in names:
        found[str(name)] = found.get(str(name), 0) + 1
    return ordered(found)


def ordered(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts by name, the most frequent first, ties by name."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def day_of(date: Any) -> str:
    """Return a date, datetime64 or Timestamp, in ISO form."""
    return str(np.datetime64(date, "D"))


def _mean(values: Row) -> float:
    is_known = ~np.isnan(values)
    count = np.count_nonzero(is_known)
    return float(np.where(is_known, values, 0.0).sum() / count) if count else math.nan


def _highest(values: Row) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if known.size else math.nan


def _mask(flags: Iterable[bool]) -> NDArray[np.bool_]:
    return np.array(list(flags), dtype=np.bool_)


def _row(values: Any) -> Row:
    return np.ascontiguousarray(values, dtype=np.float64)
