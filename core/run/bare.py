"""One backtest of many: a table of target weights to its equity curve and counts, without tables of events.

Market, terms and account are prepared once, from a scenario; a trial brings its weights. Nothing that is shared is
written to and the GIL is released, so trials may run in threads.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..account.commissions import check
from ..account.credit import Totals, open_ledger
from ..account.opened_account import Opening
from ..account.quotes import MarketArrays
from ..account.run_state import Run, RunInput, new_log, new_state
from ..account.schedule import TermArrays
from ..account.session import simulate
from ..types import MarginEvent, Panel2D, Refusal, Row
from .compiled import with_room


class BareRun(NamedTuple):
    """A finished trial; equal to the summary of the same run with tables."""

    equity: Row  # (T,) CNY at each close
    closes: dict[str, Row]  # (T,) CNY each: cash, long_value, short_value, principal, accrued, locked
    value: float  # CNY traded and repaid
    commission: float  # CNY
    stamp_duty: float  # CNY
    transfer_fee: float  # CNY
    interest: float  # CNY of interest and borrow fees that was paid
    fills: int
    refusals: dict[str, int]  # reason -> number
    events: dict[str, int]  # margin event -> number
    forced: int  # forced orders


def simulate_equity(
    market: MarketArrays,
    schedule: TermArrays,
    setting: RunInput,
    weights: Panel2D,
    cash: float,
    opening: Opening | None = None,
) -> BareRun:
    """Run `weights` over a prepared market.

    Parameters
    ----------
    market : MarketArrays
        `Market.arrays`; shared by all trials.
    schedule : TermArrays
        `TermSchedule.arrays`.
    setting : RunInput
        `setting_of` a scenario; its `row` says which row of `weights` is ordered after each close, so that a monthly
        rebalance may bring one row a month: see `rebalances`.
    weights : float64 (R, N)
        Target weights, signed fractions of equity; NaN = leave alone.
    cash : float
        CNY at the start.
    opening : Opening, optional
        What the account holds and owes at the start, its cash in the place of `cash`.
    """
    sessions, securities = market.marks.shape
    weights = np.require(weights, np.float64, ("C", "W"))
    setting = setting._replace(weights=weights, keeps_margin=False)
    ledger = open_ledger(cash, securities) if opening is None else opening.ledger()
    run = Run(market, schedule, setting, new_state(ledger), new_log(sessions, 0))
    t = 0
    while (t := simulate(run, t, sessions)) < sessions:
        run = with_room(run)
    return _trial(run)


def rebalances(weights: Panel2D, setting: RunInput) -> tuple[Panel2D, RunInput]:
    """Return the rows of `weights` (T, N) that order anything, and the setting that names them."""
    orders = ~np.isnan(weights).all(axis=1)
    place = np.where(orders, np.cumsum(orders) - 1, -1)
    row = np.where(setting.row >= 0, place[setting.row], -1)
    return weights[orders], setting._replace(row=row)


def _trial(run: Run) -> BareRun:
    closes = dict(zip(Totals._fields, run.log.closes.T, strict=False))
    debts = closes["short_value"], closes["principal"], closes["accrued"]
    equity = closes["cash"] + closes["long_value"]
    for debt in debts:
        equity = equity - debt
    tally = run.log.tally[0]
    check(run.schedule.commission, float(tally["commission"]))
    sums = {name: float(tally[name]) for name in ("value", "commission", "stamp_duty", "transfer_fee", "interest")}
    return BareRun(
        equity=equity,
        closes=closes,
        **sums,
        fills=int(tally["fills"]),
        refusals=_counted(tally["of_reason"], Refusal),
        events=_counted(tally["of_event"], MarginEvent),
        forced=int(tally["forced"]),
    )


def _counted(counts: NDArray[np.int64], names: Any) -> dict[str, int]:
    return {names(code).name.lower(): int(count) for code, count in enumerate(counts) if count}
