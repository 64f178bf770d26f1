"""What a compiled run reads and what it changes: its setting, its state and its log, all plain arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.jit import lean
from ..types import MarginEvent, Panel2D, Refusal, Row
from .cash_flows import Moved
from .columns import row_type
from .concentration import CROWDED, Largest, share_of
from .corporate_actions import ActionEffect
from .credit import CONTRACT, Ledger, Totals
from .ended_securities import ENDED
from .held_positions import POSITION
from .order_terms import Effect
from .quotes import MarketArrays
from .schedule import TermArrays
from .target_orders import Book, Orders, planned_capacity

NO_DAY = np.iinfo(np.int64).min
"""In the place of a day: there is none (NaT)."""

FILL = row_type("fills", is_forced="i8", collateral="f8")
REFUSED = row_type("refusals")
EVENT = row_type("margin_events", contract="i8")
FORCED_ORDER = row_type("forced_sales")
FLOW = row_type("flows")
CREDIT = row_type("cash_interest")
ENTITLEMENT = row_type("entitlements")
_OF_ACTION = ("received", "owed", "long_shares", "short_shares", "subscribed", "paid", "rights_owed")
DIVIDEND = np.dtype([("t", "i8"), ("symbol", "i8"), *((name, "f8") for name in _OF_ACTION)])
TALLY = np.dtype(
    [
        ("fills", "i8"),
        ("refusals", "i8"),
        ("events", "i8"),
        ("forced", "i8"),
        ("dividends", "i8"),
        ("closed", "i8"),
        ("positions", "i8"),
        ("flows", "i8"),
        ("credits", "i8"),
        ("entitlements", "i8"),
        ("concentration", "i8"),
        ("endings", "i8"),
        *((name, "f8") for name in Effect._fields[2:-1]),  # CNY, sums over all fills
        ("of_reason", "i8", (len(Refusal),)),
        ("of_event", "i8", (len(MarginEvent),)),
    ]
)
"""Rows of each table so far, and sums over them."""

CLOSES = (*Totals._fields, "available_margin", "worst_ratio", "moved")
"""Columns of `Log.closes`."""


class Log(NamedTuple):
    """What happened, row by row; a table of no capacity is counted only."""

    closes: Panel2D  # (T, CLOSES) CNY; available_margin is NaN unless the setting keeps it; moved: in before the open;
    # worst_ratio: a fraction, NaN unless `account.judge: low`
    fills: NDArray[np.void]
    refusals: NDArray[np.void]
    events: NDArray[np.void]
    forced: NDArray[np.void]
    dividends: NDArray[np.void]
    closed: NDArray[np.void]  # CONTRACT
    positions: NDArray[np.void]  # of no capacity: not reckoned at all
    flows: NDArray[np.void]
    credits: NDArray[np.void]
    entitlements: NDArray[np.void]
    concentration: NDArray[np.void]  # CROWDED
    endings: NDArray[np.void]
    tally: NDArray[np.void]  # (1,)


TABLES = Log._fields[1:-1]
"""The tables that grow."""


class RunInput(NamedTuple):
    """What a run reads beside market and terms."""

    weights: Panel2D  # target weights, signed fractions of equity
    row: NDArray[np.int64]  # (T,) row of `weights` that is ordered after the close of each session, -1 = none
    flow_from: NDArray[np.int64]  # (T + 1,) the flows of session t are those from [t] up to [t + 1]
    flow_kind: NDArray[np.int64]
    flow_symbol: NDArray[np.int64]  # -1 = cash
    flow_size: Row  # CNY, or shares
    action_from: NDArray[np.int64]  # (T + 1,) the actions of session t are those from [t] up to [t + 1]
    action_symbol: NDArray[np.int64]
    action_cash: Row  # CNY per share, gross
    action_ratio: Row  # new shares per share
    action_rights: Row  # shares offered per share
    action_price: Row  # CNY per share offered
    recall_from: NDArray[np.int64]  # (T + 1,) the recalls of session t are those from [t] up to [t + 1]
    recall_symbol: NDArray[np.int64]
    recall_shares: Row  # inf = all that are owed
    end_from: NDArray[np.int64]  # (T + 1,) the securities that end with session t are those from [t] up to [t + 1]
    ends: NDArray[np.void]  # END
    reserve: float  # fraction of equity kept as cash
    keeps_margin: bool  # whether the available margin at each close is reckoned too


class State(NamedTuple):
    """What a run changes from session to session, and its scratch rows."""

    ledger: Ledger
    pending: Orders  # to meet the next session; `amount` of a cover is what is returned
    size: Row  # shares to trade of the pending orders: whole lots of a cover
    count: NDArray[np.int64]  # (2,) pending orders, contracts that fell due
    due: NDArray[np.int64]  # ids of contracts to close at the next open
    why_due: NDArray[np.int64]  # `Cause` of each
    swept: NDArray[np.void]  # CONTRACT
    traded: Row  # shares of today's fills
    price: Row  # CNY at today's fills
    priced: Row  # the same with 0 for NaN
    sold_at: Row  # CNY that a sale of the day gets
    bought_at: Row  # CNY that a purchase pays
    haircut: Row
    worst: Row  # `Totals` at the day's worst prices, where they are judged
    tried: NDArray[np.bool_]  # (2, N)
    target: Row
    book: Book


class Run(NamedTuple):
    """A run in the course of it."""

    market: MarketArrays
    schedule: TermArrays
    setting: RunInput
    state: State
    log: Log


def new_state(ledger: Ledger) -> State:
    """Return the state of a run whose account is `ledger` before its first session."""
    securities = len(ledger.collateral)
    size = planned_capacity(securities)
    rows = list(np.zeros((16, securities)))
    contracts = len(ledger.contracts)
    return State(
        ledger=ledger,
        pending=Orders(np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)),
        size=np.empty(size),
        count=np.zeros(2, np.int64),
        due=np.empty(contracts, np.int64),
        why_due=np.empty(contracts, np.int64),
        swept=np.empty(contracts, CONTRACT),
        traded=rows[9],
        price=rows[10],
        priced=rows[11],
        sold_at=rows[14],
        bought_at=rows[15],
        haircut=rows[12],
        worst=np.zeros(len(Totals._fields)),
        tried=np.zeros((2, securities), np.bool_),
        target=rows[13],
        book=Book._make((*rows[:5], 0.0, 0.0, 0.0, *rows[5:9], 0.0)),
    )


def new_log(sessions: int, capacity: int, kept: Sequence[str] = TABLES) -> Log:
    """Return an empty log with room for `capacity` rows in the tables that are `kept`; the others count only."""
    kinds = (
        FILL,
        REFUSED,
        EVENT,
        FORCED_ORDER,
        DIVIDEND,
        CONTRACT,
        POSITION,
        FLOW,
        CREDIT,
        ENTITLEMENT,
        CROWDED,
        ENDED,
    )
    tables = {name: np.empty(capacity if name in kept else 0, kind) for name, kind in zip(TABLES, kinds, strict=True)}
    return Log(closes=np.full((sessions, len(CLOSES)), np.nan), **tables, tally=np.zeros(1, TALLY))


@lean
def note_fill(log: Log, t: int, kind: int, symbol: int, price: float, effect: Effect, is_forced: bool) -> None:
    """Note an order that was carried out; `symbol` -1 = none."""
    tally = log.tally[0]
    if tally["fills"] < log.fills.size:
        row = log.fills[tally["fills"]]
        row["t"], row["kind"], row["symbol"], row["is_forced"] = t, kind, symbol, is_forced
        row["price"], row["shares"], row["value"] = price, effect.shares, effect.value
        row["commission"], row["stamp_duty"] = effect.commission, effect.stamp_duty
        row["transfer_fee"], row["interest"] = effect.transfer_fee, effect.interest
        row["collateral"] = effect.collateral
    tally["fills"] += 1
    tally["value"] += effect.value
    tally["commission"] += effect.commission
    tally["stamp_duty"] += effect.stamp_duty
    tally["transfer_fee"] += effect.transfer_fee
    tally["interest"] += effect.interest


@lean
def note_refusal(log: Log, t: int, kind: int, symbol: int, shares: float, reason: int) -> None:
    """Note an order, or what was left of it, that was not carried out."""
    tally = log.tally[0]
    if tally["refusals"] < log.refusals.size:
        row = log.refusals[tally["refusals"]]
        row["t"], row["kind"], row["symbol"], row["reason"], row["shares"] = t, kind, symbol, reason, shares
    tally["refusals"] += 1
    tally["of_reason"][reason] += 1


@lean
def note_event(log: Log, t: int, event: int, ratio: float, deadline: int, amount: float, contract: int) -> None:
    """Note what happened to the account, or to the contract of that id, at a close."""
    tally = log.tally[0]
    if tally["events"] < log.events.size:
        row = log.events[tally["events"]]
        row["t"], row["event"], row["ratio"], row["deadline"] = t, event, ratio, deadline
        row["amount"], row["contract"] = amount, contract
    tally["events"] += 1
    tally["of_event"][event] += 1


@lean
def note_forced(log: Log, t: int, cause: int, kind: int, symbol: int, wanted: float, fill: "Filled") -> None:
    """Note a forced order: what was wanted (shares; CNY of a repayment), what was done, and why not all of it."""
    tally = log.tally[0]
    if tally["forced"] < log.forced.size:
        row = log.forced[tally["forced"]]
        row["t"], row["cause"], row["kind"], row["symbol"], row["reason"] = t, cause, kind, symbol, fill.reason
        row["wanted"], row["done"], row["price"] = wanted, fill.done, fill.price
    tally["forced"] += 1


@lean
def note_dividend(log: Log, t: int, symbol: int, effect: ActionEffect) -> None:
    """Note the dividends and new shares of one ex-date."""
    tally = log.tally[0]
    if tally["dividends"] < log.dividends.size:
        row = log.dividends[tally["dividends"]]
        row["t"], row["symbol"], row["received"], row["owed"] = t, symbol, effect.received, effect.owed
        row["long_shares"], row["short_shares"] = effect.long_shares, effect.short_shares
        row["subscribed"], row["paid"], row["rights_owed"] = effect.subscribed, effect.paid, effect.rights_owed
    tally["dividends"] += 1


@lean
def note_entitlement(log: Log, t: int, symbol: int, kind: int, shares: float, price: float, amount: float) -> None:
    """Note what a corporate action brought beside a dividend."""
    tally = log.tally[0]
    if tally["entitlements"] < log.entitlements.size:
        row = log.entitlements[tally["entitlements"]]
        row["t"], row["symbol"], row["kind"] = t, symbol, kind
        row["shares"], row["price"], row["amount"] = shares, price, amount
    tally["entitlements"] += 1


@lean
def note_flow(log: Log, t: int, kind: int, symbol: int, moved: Moved) -> None:
    """Note what moved in or out of the account, or was refused to."""
    tally = log.tally[0]
    if moved.refusal == 0:
        log.closes[t, -1] += moved.amount
    if tally["flows"] < log.flows.size:
        row = log.flows[tally["flows"]]
        row["t"], row["kind"], row["symbol"], row["reason"] = t, kind, symbol, moved.refusal
        row["shares"], row["price"], row["amount"] = moved.shares, moved.price, moved.amount
    tally["flows"] += 1


@lean
def note_credit(log: Log, t: int, of_cash: float, of_proceeds: float) -> None:
    """Note interest on cash that was credited."""
    tally = log.tally[0]
    if tally["credits"] < log.credits.size:
        row = log.credits[tally["credits"]]
        row["t"], row["cash"], row["proceeds"], row["amount"] = t, of_cash, of_proceeds, of_cash + of_proceeds
    tally["credits"] += 1


@lean
def note_concentration(log: Log, t: int, one: Largest) -> None:
    """Note a close at which one security was above its tier."""
    tally = log.tally[0]
    if tally["concentration"] < log.concentration.size:
        row = log.concentration[tally["concentration"]]
        row["t"], row["symbol"], row["value"], row["share"] = t, one.symbol, one.value, share_of(one)
        row["allowed"], row["ratio"] = one.allowed, one.ratio
    tally["concentration"] += 1


class Filled(NamedTuple):
    """How an order ended."""

    done: float  # shares; CNY of a repayment
    price: float  # CNY per share; NaN of a repayment
    reason: int  # `Refusal`, 0 = all of it was done
