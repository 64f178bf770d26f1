"""The account of a finished run as the arrays that a leaderboard's figures come from, out of either engine."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..account import credit
from ..account.order_kinds import OPENING
from ..account.run_state import CLOSES, Run
from ..run.books import Books, Charged, Fills, books_of, ordered
from ..run.compiled import setting_of, simulated, targets_of
from ..run.engines import outcome_of
from ..run.scenario import Scenario
from ..types import Cause, MarginEvent, OrderKind, Refusal, Row, Sessions

KEPT = ("fills", "events", "forced", "closed")
"""Tables of the log that the figures need."""

BUILDS = np.array([kind in OPENING for kind in OrderKind])
"""bool (8,), by `OrderKind`: fills that build a position."""


class Opened(NamedTuple):
    """The fills that built a position; each (F,)."""

    session: NDArray[np.int64]
    security: NDArray[np.int64]
    shares: Row


class Account(NamedTuple):
    """A finished run."""

    books: Books
    opened: Opened


def account_of(scenario: Scenario) -> Account:
    """Run a scenario on the engine that it names, on the compiled one where it names both, and return its account."""
    if scenario.config.execution.engine == "backtrader":
        return _of_tables(outcome_of(scenario).journal.tables(), scenario)
    setting = setting_of(scenario, targets_of(scenario), keeps_margin=False)
    return _of_log(simulated(scenario, setting, KEPT), scenario.panel.sessions)


def _of_log(run: Run, sessions: Sessions) -> Account:
    log, tally = run.log, run.log.tally[0]
    closes = dict(zip(CLOSES, np.ascontiguousarray(log.closes.T), strict=True))
    fills, events = log.fills[: tally["fills"]], log.events[: tally["events"]]
    ruined = np.flatnonzero(events["event"] == MarginEvent.INSOLVENT)
    books = Books(
        equity=_equity(closes),
        long_value=closes["long_value"],
        short_value=closes["short_value"],
        moved=closes["moved"],
        fills=_fills(fills),
        charged=_charged(run),
        refusals=_counts(tally["of_reason"], Refusal),
        events=_counts(tally["of_event"], MarginEvent),
        forced=_causes(log.forced["cause"][: tally["forced"]]),
        insolvent_date=str(sessions[events["t"][ruined[0]]].astype("datetime64[D]")) if len(ruined) else None,
    )
    return Account(books, _opened(books.fills, fills["t"], fills["symbol"], fills["shares"]))


def _equity(closes: Mapping[str, Row]) -> Row:
    """Return the equity at each close, in the order of operations of `credit.equity`."""
    assets = closes["cash"] + closes["long_value"]
    return assets - closes["short_value"] - closes["principal"] - closes["accrued"]


def _fills(rows: NDArray[np.void]) -> Fills:
    """Return records of FILL as columns, each contiguous: a sum over strided cells may round otherwise."""
    amounts = (np.ascontiguousarray(rows[name]) for name in ("value", "commission", "stamp_duty", "transfer_fee"))
    return Fills(np.ascontiguousarray(rows["kind"]), rows["is_forced"] != 0, *amounts)


def _charged(run: Run) -> Charged:
    """Return what the contracts cost, those that were closed and those still open, in the order of their ids."""
    ledger, log = run.state.ledger, run.log
    still_open = ledger.contracts[: ledger.account[0]["open_contracts"]]
    rows = np.concatenate([log.closed[: log.tally[0]["closed"]], still_open])
    order = np.argsort(rows["id"], kind="stable")
    return Charged((rows["kind"] == credit.FINANCING)[order], (rows["paid"] + rows["accrued"])[order])


def _causes(codes: NDArray[np.int64]) -> dict[str, int]:
    return _counts(np.bincount(codes, minlength=len(Cause)), Cause)


def _counts(numbers: NDArray[np.int64], names: Any) -> dict[str, int]:
    return ordered({names(code).name.lower(): int(numbers[code]) for code in np.flatnonzero(numbers)})


def _of_tables(tables: Mapping[str, Any], scenario: Scenario) -> Account:
    books, fills, panel = books_of(tables), tables["fills"], scenario.panel
    place = {symbol: j for j, symbol in enumerate(panel.symbols)}
    session = np.searchsorted(panel.sessions, np.array(fills["date"], dtype="datetime64[D]"))
    security = np.array([place.get(symbol, -1) for symbol in fills["symbol"]], dtype=np.int64)
    return Account(books, _opened(books.fills, session, security, np.array(fills["shares"], dtype=np.float64)))


def _opened(fills: Fills, session: NDArray[np.int64], security: NDArray[np.int64], shares: Row) -> Opened:
    builds = BUILDS[fills.kind]
    return Opened(session[builds], security[builds], shares[builds])
