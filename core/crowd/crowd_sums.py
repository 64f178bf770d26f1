"""What a session of many accounts adds up to, by security and over all: read off their contracts and their fills."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..account.credit import SHORT, Ledger, Totals, equity, maintenance_ratio
from ..account.run_state import Log, Run
from ..kernels.jit import lean, lean_inlined
from ..types import MarginEvent, OrderKind, Panel2D, Row

PER_CNY = 1000.0
"""Money is added in thousandths of a yuan, whole numbers: cents, and dividends per share of three decimals."""

BY_SECURITY = (
    "owed",  # thousandths of CNY of principal
    "opened",  # likewise, of contracts opened on the session
    "financed_shares",
    "cost",  # CNY that the financed shares cost
    "borrowed_shares",
    "sold_short",  # shares
    "returned",  # shares
    "sold_amount",  # CNY, gross, of the shares still owed
    "owed_by_ratio",  # CNY of principal x maintenance ratio of its account
    "sold_by_ratio",  # CNY sold short x maintenance ratio of its account
    "holders",  # accounts with a financing contract
    "holders_below",  # of which below the call line
    "holders_called",  # of which were called at this close
    "borrowers",  # accounts with a short contract
    "borrowers_below",
    "forced_sold",  # CNY
    "forced_bought",  # CNY, to return
    "net_bought",  # CNY, purchases less sales of all orders
)
"""Rows of the sums by security."""

OVERALL = (
    "equity",  # CNY
    "assets",  # CNY, of accounts with debt
    "debt",  # CNY
    "in_debt",  # accounts
    "below",  # accounts below the call line
    "called",  # accounts called at this close
    "forced",  # accounts for which forced sales begin at the next open
    "insolvent",  # accounts whose debt exceeds their assets for the first time
    "forced_orders",
)
"""The sums over all."""

(
    _OWED,
    _OPENED,
    _FINANCED,
    _COST,
    _BORROWED,
    _SOLD_SHORT,
    _RETURNED,
    _SOLD_AMOUNT,
    _OWED_RATIO,
    _SOLD_RATIO,
    _HOLDERS,
    _HOLDERS_BELOW,
    _HOLDERS_CALLED,
    _BORROWERS,
    _BORROWERS_BELOW,
    _FORCED_SOLD,
    _FORCED_BOUGHT,
    _NET,
) = range(len(BY_SECURITY))
_MARGIN_BUY, _BUY, _BUY_TO_RETURN = (int(OrderKind[name]) for name in ("MARGIN_BUY", "BUY", "BUY_TO_RETURN"))
_SHORT_SELL, _REPAY = int(OrderKind.SHORT_SELL), int(OrderKind.REPAY)
_CALL, _INSOLVENT = int(MarginEvent.CALL), int(MarginEvent.INSOLVENT)
_FORCED_SALE, _INSTANT = int(MarginEvent.FORCED_SALE), int(MarginEvent.INSTANT)


class Sums(NamedTuple):
    """What the accounts of a market added up to, by session."""

    of: dict[str, Panel2D]  # of `BY_SECURITY` (T, N)
    over: dict[str, Row]  # of `OVERALL` (T,)


class Tile(NamedTuple):
    """Sums over some accounts."""

    of: Panel2D  # (BY_SECURITY, N)
    over: Row  # (OVERALL,)
    seen: NDArray[np.int64]  # (2, N) the last account that was counted as holder, as borrower: 1 + its number


@lean
def add_up(run: Run, t: int, a: int, line: float, tile: Tile) -> None:
    """Add what account `a` of `run` did and owes after session `t` to the sums of its tile.

    Parameters
    ----------
    run : Run
        Its log holds this session of this account alone.
    t, a : int
    line : float
        Maintenance ratio below which an account is counted.
    tile : Tile
    """
    _add_fills(run.log, tile)
    tally, row = run.log.tally[0], run.log.closes[t]
    sums = Totals(row[0], row[1], row[2], row[3], row[4], row[5])
    ratio = maintenance_ratio(sums)
    was_called = tally["of_event"][_CALL] > 0
    _add_contracts(run.state.ledger, ratio, ratio < line, was_called, a, tile)
    for i in range(tally["closed"]):
        _add_opened(run.log.closed, i, run.schedule.day[t], tile)
    over = tile.over
    over[0] += equity(sums)
    if sums.principal + sums.short_value + sums.accrued > 0.0:
        over[1] += sums.cash + sums.long_value
        over[2] += sums.principal + sums.short_value + sums.accrued
        over[3] += 1.0
        over[4] += 1.0 if ratio < line else 0.0
    over[5] += tally["of_event"][_CALL]
    over[6] += tally["of_event"][_FORCED_SALE] + tally["of_event"][_INSTANT]
    over[7] += tally["of_event"][_INSOLVENT]
    over[8] += tally["forced"]


@lean_inlined
def _add_fills(log: Log, tile: Tile) -> None:
    of = tile.of
    for i in range(log.tally[0]["fills"]):
        fill = log.fills[i]
        kind, j, value = fill["kind"], fill["symbol"], fill["value"]
        if kind == _REPAY or j < 0:
            continue
        is_purchase = kind in (_BUY, _MARGIN_BUY, _BUY_TO_RETURN)
        of[_NET, j] += value if is_purchase else -value
        if kind == _SHORT_SELL:
            of[_SOLD_SHORT, j] += fill["shares"]
        elif kind == _BUY_TO_RETURN:
            of[_RETURNED, j] += fill["shares"] - fill["collateral"]
        if fill["is_forced"] > 0:
            of[_FORCED_BOUGHT if is_purchase else _FORCED_SOLD, j] += value


@lean_inlined
def _add_contracts(ledger: Ledger, ratio: float, is_below: bool, was_called: bool, a: int, tile: Tile) -> None:
    of, today = tile.of, ledger.account[0]["today"]
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        j = c["symbol"]
        if c["kind"] == SHORT:
            of[_BORROWED, j] += c["shares"]
            of[_SOLD_AMOUNT, j] += c["sell_amount"]
            of[_SOLD_RATIO, j] += c["sell_amount"] * ratio
            if tile.seen[1, j] != a + 1:
                tile.seen[1, j] = a + 1
                of[_BORROWERS, j] += 1.0
                of[_BORROWERS_BELOW, j] += 1.0 if is_below else 0.0
            continue
        _add_opened(ledger.contracts, i, today, tile)
        of[_OWED, j] += np.rint(c["principal"] * PER_CNY)
        of[_FINANCED, j] += c["shares"]
        of[_COST, j] += c["cost"]
        of[_OWED_RATIO, j] += c["principal"] * ratio
        if tile.seen[0, j] != a + 1:
            tile.seen[0, j] = a + 1
            of[_HOLDERS, j] += 1.0
            of[_HOLDERS_BELOW, j] += 1.0 if is_below else 0.0
            of[_HOLDERS_CALLED, j] += 1.0 if was_called else 0.0


@lean_inlined
def _add_opened(contracts: NDArray[np.void], i: int, today: int, tile: Tile) -> None:
    c = contracts[i]
    if c["kind"] != SHORT and c["opened"] == today:
        tile.of[_OPENED, c["symbol"]] += np.rint(c["opened_amount"] * PER_CNY)
