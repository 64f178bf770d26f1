"""The figures of a run: one dict of plain values, written to summary.json and shown by report and terminal."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..config.run import EQUAL_WEIGHT
from ..kernels import statistics
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..plain import plain
from ..rulebook.regimes import REGIMES, regime_of
from . import books
from .books import Books, performance
from .excess import beside
from .flow_returns import money_weighted, time_weighted
from .rates_paid import rates_paid
from .result import Result
from .round_trips import trip_figures

NOT_LINES = frozenset({"grace"})
"""Keys beside the lines that are no maintenance ratio: `grace` counts sessions."""

NOTHING = 1e-9
"""A ratio below it is what rounding leaves of nothing."""


def maintenance_lines(config: dict[str, Any]) -> dict[str, float]:
    """Return the lines of ``config["account"]["lines"]`` that are set: name -> maintenance ratio (fraction)."""
    lines = (config.get("account") or {}).get("lines") or {}
    return {name: float(value) for name, value in lines.items() if value is not None and name not in NOT_LINES}


def summarise(
    result: Result,
    *,
    start_equity: float | None = None,
    sessions_per_year: float = SESSIONS_PER_YEAR,
    risk_free_rate: float = 0.0,
    synthetic: bool = False,
    source: str = "",
    worst_ratios: Sequence[float] = (),
) -> dict[str, Any]:
    """Return the figures of `result`.

    Parameters
    ----------
    result : Result
        Its own `summary` is not read.
    start_equity : float, CNY, optional
        Equity before the first session, so that the first session's result counts; None: the first close.
    sessions_per_year : float
        The annualisation factor.
    risk_free_rate : float, fraction per year
        For the Sharpe and the Sortino ratio.
    synthetic : bool
        Whether the market was generated; reports say so.
    source : str
        Where the data come from, in words.
    worst_ratios : sequence of float (T,)
        The bound of the maintenance ratio during each session; empty where only closes are judged.

    Returns
    -------
    dict
        Plain values that JSON can hold; None where a figure does not exist (no debt, no variation, no session).
        Returns, drawdowns, exposures and the maintenance ratio are fractions, amounts CNY; a maximum drawdown is <= 0;
        turnover is traded value per year over average equity.

    Notes
    -----
    Costs are positive. The financing interest and the borrow fee are what the contracts were charged, paid or still
    accrued; `rates_paid` and `at_list_price` are explained there. Where cash or collateral moved, returns and drawdowns
    are time-weighted, and `money_weighted_return` (a year) stands beside them; otherwise it is absent. Exposures and
    leverage pass over sessions whose equity is not positive. `null_strategy` and `benchmark` are those of `beside`.
    """
    equity = result.equity
    tables = {name: getattr(result, name) for name in books.TABLES}
    account = books.books_of(tables if result.flows is None else tables | {"flows": result.flows})
    values = account.equity
    opening = values[:1] if start_equity is None else np.array([start_equity])
    path = values if start_equity is None else time_weighted(start_equity, values, account.moved)
    if start_equity is None and len(values):
        path = time_weighted(values[0], values[1:], account.moved[1:])
    before = len(path) - len(values)
    return plain(
        {
            "synthetic": bool(synthetic),
            "source": source,
            **_span(equity, opening, values, path),
            **_flows(result, account, opening),
            **performance(path, sessions_per_year, risk_free_rate),
            **_drawdown_dates(path, equity["date"], before),
            **_trading(account, result, (len(path) - 1) / sessions_per_year),
            **books.exposures(account),
            **_maintenance(result),
            **_intraday(result, worst_ratios),
            **_risk(account, result),
            **beside(path[before:], result.benchmark, sessions_per_year, risk_free_rate, _benchmark(result.config)),
            "round_trips": trip_figures(result.trades),
            "costs": _costs(account, result),
            **rates_paid(result.contracts),
            **_attribution(result, opening, values),
            "regimes": _regimes(path, equity["date"], before, sessions_per_year, risk_free_rate),
        }
    )


def _benchmark(config: dict[str, Any]) -> str:
    """Return what the benchmark is."""
    return str((config.get("output") or {}).get("benchmark") or EQUAL_WEIGHT)


def _span(equity: pd.DataFrame, opening: np.ndarray, values: np.ndarray, path: np.ndarray) -> dict[str, Any]:
    """Return days and equity of the beginning and of the end."""
    return {
        "start_date": _day(equity["date"], 0),
        "end_date": _day(equity["date"], -1),
        "sessions": len(equity),
        "sessions_with_return": int(np.isfinite(statistics.returns(path)[1:]).sum()) if len(path) > 1 else 0,
        "start_equity": _at(opening, 0),
        "end_equity": _at(values, -1),
    }


def _flows(result: Result, account: Books, opening: np.ndarray) -> dict[str, Any]:
    """Return what moved in and out, and what the owner's money earned; nothing where nothing was to move."""
    if result.flows is None or not len(opening):
        return {}
    moved, days = account.moved, result.equity["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    end = float(account.equity[-1])
    return {
        "moved_in": float(moved[moved > 0.0].sum()),
        "moved_out": float(-moved[moved < 0.0].sum()),
        "flows_refused": int((result.flows["reason"] != "").sum()),
        "gain": end - float(opening[0]) - math.fsum(moved),
        "money_weighted_return": money_weighted(float(opening[0]), end, moved, days - days[0]),
    }


def _drawdown_dates(path: np.ndarray, dates: pd.Series, offset: int) -> dict[str, Any]:
    """Return the dates of the deepest fall; a peak before the first session is dated by the first session."""
    _, *rows = statistics.max_drawdown(path)
    names = ("max_drawdown_peak", "max_drawdown_trough", "max_drawdown_recovery")
    return {name: _day(dates, max(t - offset, 0)) if t >= 0 else None for name, t in zip(names, rows, strict=True)}


def _trading(account: Books, result: Result, years: float) -> dict[str, Any]:
    return {
        **books.trading(account, years),
        "fills_by_kind": books.counted(result.fills["kind"]),
        "open_contracts": int(result.contracts["closed"].isna().sum()),
    }


def exposure(equity: pd.DataFrame) -> pd.DataFrame:
    """Return long, short, net and gross (leverage) of the `equity` table as fractions of equity, NaN where it is <= 0.

    Parameters
    ----------
    equity : DataFrame (T,)
        The table `equity` of a result.

    Returns
    -------
    DataFrame (T,)
        long, short, net, leverage.
    """
    shares = books.exposure(*(equity[name].to_numpy() for name in ("equity", "long_value", "short_value")))
    table = {"long": shares.long, "short": shares.short, "net": shares.long - shares.short, "leverage": shares.leverage}
    return pd.DataFrame(table, index=equity.index)


def _maintenance(result: Result) -> dict[str, Any]:
    ratio = result.equity["maintenance_ratio"]
    indebted = ratio[np.isfinite(ratio)]
    lines = maintenance_lines(result.config)
    lowest = float(indebted.min()) if len(indebted) else math.nan
    # Of a ruin the day, and not that of the least rounding after it.
    first = int((ratio <= lowest + NOTHING).argmax()) if len(indebted) else 0
    return {
        "lowest_maintenance_ratio": 0.0 if lowest < NOTHING else lowest,
        "lowest_maintenance_date": _day(result.equity["date"], first) if len(indebted) else None,
        "sessions_with_debt": len(indebted),
        **{
            f"sessions_below_{name}": int((indebted < lines[name]).sum()) if name in lines else None
            for name in ("warn", "call", "instant")
        },
    }


def _intraday(result: Result, worst_ratios: Sequence[float]) -> dict[str, Any]:
    """Return the lowest bound of the maintenance ratio during a session; nothing where only closes are judged."""
    if not len(worst_ratios):
        return {}
    t = int(np.argmin(worst_ratios))
    is_indebted = bool(np.isfinite(worst_ratios[t]))
    return {
        "lowest_intraday_ratio": worst_ratios[t] if is_indebted else None,
        "lowest_intraday_date": _day(result.equity["date"], t) if is_indebted else None,
    }


def _risk(account: Books, result: Result) -> dict[str, Any]:
    """Return what became of the account at its closes, and how far the forced sales went."""
    events, forced = result.margin_events, result.forced_sales
    ruin = events[events["event"] == books.INSOLVENT]
    watched = {"sessions_concentrated": 0 if result.concentration is None else len(result.concentration)}
    return {
        **(watched if (result.config.get("account") or {}).get("concentration") else {}),
        "margin_events_by_kind": dict(account.events),
        "margin_calls": sum(account.events.get(name, 0) for name in books.CALLS),
        "forced_orders": account.forced_orders,
        "forced_orders_by_cause": dict(account.forced),
        "forced_orders_unfilled": int((forced["done"] < forced["wanted"]).sum()),
        "insolvent_date": account.insolvent_date,
        "insolvency_shortfall": _at(ruin["amount"].to_numpy(), 0),
    }


def _costs(account: Books, result: Result) -> dict[str, Any]:
    charged = books.costs(account)
    owed = _at(result.equity["accrued"].to_numpy(), -1)
    return {**charged, "total": sum(charged.values()), "still_accrued": owed}


def _attribution(result: Result, opening: np.ndarray, values: np.ndarray) -> dict[str, Any]:
    """Return the totals by component and what they leave unexplained of the change in equity."""
    table, last = result.attribution, result.equity
    change = float(values[-1] - opening[0]) if len(values) else math.nan
    identity = last["cash"] + last["long_value"] - last["short_value"] - last["principal"] - last["accrued"]
    return {
        "attribution": table.groupby("component", sort=False)["amount"].sum().to_dict(),
        "attribution_residual": change - math.fsum(table["amount"]) if len(table) else math.nan,
        "largest_identity_error": (last["equity"] - identity).abs().max(),
    }


def _regimes(path: np.ndarray, dates: pd.Series, offset: int, year: float, risk_free_rate: float) -> list[dict]:
    """Return the performance within each regime that the run touches."""
    index = regime_of(dates.to_numpy())
    rows = []
    for number in np.unique(index):
        inside = np.flatnonzero(index == number)
        first, last = inside[0], inside[-1]
        part = path[max(first + offset - 1, 0) : last + offset + 1]
        rows.append(
            {
                "regime": REGIMES[number].label,
                "start_date": _day(dates, first),
                "end_date": _day(dates, last),
                "sessions": len(inside),
                **performance(part, year, risk_free_rate),
            }
        )
    return rows


def _day(dates: pd.Series, row: int) -> str | None:
    return dates.iloc[row].date().isoformat() if len(dates) else None


def _at(values: np.ndarray, row: int) -> float | None:
    return float(values[row]) if len(values) else None
