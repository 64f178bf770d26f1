"""One trial: carried out, measured, and kept as a row and an equity curve."""

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from ..account.tables import make_table
from ..inference.sharpe import sharpe_error
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..run.engines import outcome_of
from ..run.metrics import summarise
from ..run.result import Result
from ..run.scenario import Scenario
from ..types import Row
from .board_figures import FIGURES
from .warm import FIRST, first_session

OPENING = ("buy", "margin_buy", "short_sell")
"""Fills that build a position."""


class Measured(NamedTuple):
    """A finished trial."""

    figures: dict[str, Any]  # plain values
    equity: Row  # (T,) CNY at each close
    seconds: float = math.nan  # that the run took


def measure(scenario: Scenario) -> Measured:
    """Run a scenario and measure it, without what only a result folder holds.

    Notes
    -----
    The figures are those of the summary of the same run, to the last digit: one function computes both.
    """
    tables = {name: make_table(name, columns) for name, columns in outcome_of(scenario).journal.tables().items()}
    # A `Result` checks every table once more, and most of the time of a small run would go into that.
    bare = SimpleNamespace(**tables, attribution=make_table("attribution"), config=scenario.config.resolved())
    summary = summarise(cast(Result, bare), start_equity=scenario.config.account.cash)
    figures = figures_of(summary, tables, scenario) | {FIRST: first_session(scenario)}
    return Measured(figures, tables["equity"]["equity"].to_numpy())


def figures_of(summary: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], scenario: Scenario) -> dict[str, Any]:
    """Return the figures of a leaderboard row: those of a run's summary, and what only a comparison asks for.

    Notes
    -----
    `interest`, `borrow_fee` and `fees` (commission, stamp duty, transfer fee) are CNY, `capacity` is CNY of equity.
    """
    costs, equity = summary["costs"], tables["equity"]["equity"].to_numpy()
    returns = returns_of(equity, scenario.config.account.cash)
    error = float(sharpe_error(returns[:, None])[0]) * math.sqrt(SESSIONS_PER_YEAR)
    own = {
        "sharpe_error": error if math.isfinite(error) else None,
        "interest": costs["financing_interest"],
        "borrow_fee": costs["borrow_fee"],
        "fees": costs["commission"] + costs["stamp_duty"] + costs["transfer_fee"],
        "capacity": capacity(tables["fills"], equity, scenario),
    }
    figures = {name: own[name] if name in own else summary[name] for name in FIGURES}
    return {**figures, "refusals_by_reason": summary["refusals_by_reason"]}


def returns_of(equity: Row, cash: float) -> Row:
    """Return the returns (T,) of an equity curve that begins with `cash`; 0 after ruin, never below -1."""
    path = np.concatenate([[cash], equity])
    before = path[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(before > 0.0, path[1:] / before - 1.0, 0.0)
    ruined = np.cumsum(path <= 0.0)[:-1] > 0
    return np.where(ruined, 0.0, np.maximum(change, -1.0))


def capacity(fills: pd.DataFrame, equity: Row, scenario: Scenario) -> float | None:
    """Return the equity (CNY) at which the median position meets the volume cap, None where nothing tells.

    For each fill that built a position: the equity of the close before it, times how many times its shares went into
    `execution.volume_share` of that session's volume. The median of these is the equity at which half of the positions
    could not be built by one order any more.
    """
    share, volume = scenario.config.execution.volume_share, scenario.panel.get("volume")
    fills = fills[fills["kind"].isin(OPENING)]
    if share is None or volume is None or fills.empty:
        return None
    t = np.searchsorted(scenario.panel.sessions, fills["date"].to_numpy().astype("datetime64[D]"))
    place = {symbol: j for j, symbol in enumerate(scenario.panel.symbols)}
    j = np.array([place[symbol] for symbol in fills["symbol"]])
    path = np.concatenate([[scenario.config.account.cash], equity])
    scaled = path[t] * share * volume[t, j] / np.abs(fills["shares"].to_numpy())
    median = float(np.median(scaled[np.isfinite(scaled)])) if np.isfinite(scaled).any() else math.nan
    return median if math.isfinite(median) else None
