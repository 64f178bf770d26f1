"""One trial: carried out, measured, and kept as a row and an equity curve."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..inference.checks import FEWEST_SESSIONS
from ..inference.sharpe import sharpe_error
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..plain import plain
from ..run import books
from ..run.books import Books
from ..run.flow_returns import time_weighted
from ..run.scenario import Scenario
from ..types import Row
from .board_figures import FIGURES
from .trial_books import Opened, account_of
from .warm import FIRST, first_session

START = "start_equity"
"""Of the figures of a trial: CNY before its first session."""


class Measured(NamedTuple):
    """A finished trial."""

    figures: dict[str, Any]  # plain values
    equity: Row  # (T,) CNY at each close; where cash moved, the path of the time-weighted returns
    seconds: float = math.nan  # that the run took


def measure(scenario: Scenario) -> Measured:
    """Run a scenario and measure it, without what only a result folder holds.

    Notes
    -----
    The figures are those of the summary of the same run, to the last digit: the same functions compute both.
    """
    account = account_of(scenario)
    start = scenario.opening.equity()
    own = {"capacity": capacity(account.opened, account.books.equity, scenario), FIRST: first_session(scenario)}
    figures = figures_of(account.books, start) | own | {START: start}
    kept = {name: figures[name] for name in (*FIGURES, "refusals_by_reason", "forced_orders_by_cause", FIRST, START)}
    return Measured(plain(kept), time_weighted(start, account.books.equity, account.books.moved)[1:])


def figures_of(account: Books, cash: float) -> dict[str, Any]:
    """Return the figures of a leaderboard row that the account tells: those of a run's summary, and a few beside them.

    Notes
    -----
    `sharpe_error` is per year, NaN with fewer than 20 sessions; `interest`, `borrow_fee` and `fees` (commission, stamp
    duty, transfer fee) are CNY.
    """
    costs = books.costs(account)
    path = time_weighted(cash, account.equity, account.moved)
    returns = returns_of(path[1:], cash)
    error = float(sharpe_error(returns[:, None])[0]) if len(returns) >= FEWEST_SESSIONS else math.nan
    return {
        **books.performance(path, SESSIONS_PER_YEAR),
        **books.trading(account, len(account.equity) / SESSIONS_PER_YEAR),
        **books.exposures(account),
        "sharpe_error": error * math.sqrt(SESSIONS_PER_YEAR),
        "interest": costs["financing_interest"],
        "borrow_fee": costs["borrow_fee"],
        "fees": costs["commission"] + costs["stamp_duty"] + costs["transfer_fee"],
        "margin_calls": sum(account.events.get(name, 0) for name in books.CALLS),
        "forced_orders": account.forced_orders,
        "forced_orders_by_cause": dict(account.forced),
        "insolvent_date": account.insolvent_date,
    }


def returns_of(equity: Row, cash: float) -> Row:
    """Return the returns (T,) of an equity curve that begins with `cash`; 0 after ruin, never below -1."""
    path = np.concatenate([[cash], equity])
    before = path[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(before > 0.0, path[1:] / before - 1.0, 0.0)
    ruined = np.cumsum(path <= 0.0)[:-1] > 0
    return np.where(ruined, 0.0, np.maximum(change, -1.0))


def capacity(opened: Opened, equity: Row, scenario: Scenario) -> float | None:
    """Return the equity (CNY) at which the median position meets the volume cap, None where nothing tells.

    For each fill that built a position: the equity of the close before it, times how many times its shares went into
    `execution.volume_share` of that session's volume. The median of these is the equity at which half of the positions
    could not be built by one order any more.
    """
    share, volume = scenario.config.execution.volume_share, scenario.panel.get("volume")
    if share is None or volume is None or not opened.shares.size:
        return None
    path = np.concatenate([[scenario.opening.equity()], equity])
    scaled = path[opened.session] * share * volume[opened.session, opened.security] / np.abs(opened.shares)
    known = scaled[np.isfinite(scaled)]
    return float(np.median(known)) if known.size else None
