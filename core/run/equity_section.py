"""Equity beside buying and holding and the benchmark, with the drawdown beneath, on a run's page."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..config.run import EQUAL_WEIGHT
from ..kernels import statistics
from ..pages import formats
from ..pages.figures import PERCENT, Figure, axis_of, day_texts, empty_figure, line_of
from ..pages.formats import unit_of
from ..pages.language import say
from ..pages.markup import muted, section
from ..pages.table_markup import table
from ..types import Row
from .account_path import account_path
from .result import Result


def equity_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section; empty without a session."""
    if result.equity.empty:
        return ""
    content = chart("equity", equity_chart(result)) + _figures(result.summary) + _explained(result)
    return section(say("Equity and drawdown"), content, lead=_lead(result.summary))


def benchmark_name(summary: dict[str, Any]) -> str:
    """Return what the benchmark is, as a reader says it."""
    name = (summary.get("benchmark") or {}).get("name") or EQUAL_WEIGHT
    return say("the null strategy") if name == EQUAL_WEIGHT else str(name).rpartition("/")[2]


def equity_chart(result: Result) -> Figure:
    """Return the equity, what the null strategy and the benchmark made of the same money, and the drawdown beneath.

    Where cash moved there is also the curve without it; the drawdown and the comparisons are those of that one.
    """
    dates, values = day_texts(result.equity["date"]), result.equity["equity"].to_numpy()
    unit, name = unit_of(values)
    path = account_path(result)
    fallen, has_moved = statistics.drawdown(path)[1:], not np.array_equal(path[1:], values)
    figure = empty_figure(height=460)
    figure["data"] = [
        line_of(say("Equity"), dates, values / unit, "--long", digits=6, width=2),
        *([line_of(say("Without what moved"), dates, path[1:] / unit, "--muted", digits=6)] if has_moved else []),
        *_others(result, dates, path, unit),
        {
            **line_of(say("Drawdown"), dates, fallen, "--loss", axis="y2"),
            "fill": "tozeroy",
            "fillcolor": "--loss-soft",
            "showlegend": False,
        },
    ]
    figure["layout"] |= {
        "yaxis": axis_of(name, domain=[0.36, 1.0]),
        "yaxis2": axis_of(say("Drawdown"), domain=[0.0, 0.28], tickformat=PERCENT, hoverformat=".2%"),
        "showlegend": len(figure["data"]) > 2,
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def _others(result: Result, dates: list[str], path: Row, unit: float) -> list[dict[str, Any]]:
    """Return the lines of the null strategy and of the benchmark, each begun with what the account had then."""
    kept = result.benchmark
    if kept is None:
        return []
    null, other = (kept[name].to_numpy() for name in ("equal_weight", "benchmark"))
    lines = [line_of(say("Null strategy"), dates, _scaled(null, path) / unit, "--third", digits=6, dash="dot")]
    if not np.array_equal(null, other, equal_nan=True):
        name = benchmark_name(result.summary)
        lines.append(line_of(name, dates, _scaled(other, path) / unit, "--short", digits=6, dash="dash"))
    return lines


def _scaled(levels: Row, path: Row) -> Row:
    known = np.flatnonzero(np.isfinite(levels))
    return levels * (path[known[0] + 1] / levels[known[0]]) if len(known) else levels


def _lead(summary: dict[str, Any]) -> str:
    own, null, other = summary.get("total_return"), summary.get("null_strategy"), summary.get("benchmark")
    if own is None or not null or not other or null.get("total_return") is None:
        return ""
    values = {"own": formats.percent(own, sign=True), "null": formats.percent(null["total_return"], sign=True)}
    if (other.get("name") or EQUAL_WEIGHT) == EQUAL_WEIGHT:
        return say("The account made {own}; buying the universe once and holding it made {null}.", **values)
    return say(
        "The account made {own}; buying the universe once and holding it made {null}, {name} made {other}.",
        **values,
        name=benchmark_name(summary),
        other=formats.percent(other.get("total_return"), sign=True),
    )


def _figures(summary: dict[str, Any]) -> str:
    """Return account, null strategy and benchmark side by side."""
    null, other = summary.get("null_strategy"), summary.get("benchmark")
    if not null or not other:
        return ""
    rows: list[tuple[str, ...]] = [
        (say("The account"), *_own(summary), *[formats.NONE] * 5),
        (say("Null strategy"), *_own(null), *_beside(null)),
    ]
    if (other.get("name") or EQUAL_WEIGHT) != EQUAL_WEIGHT:
        rows.append((benchmark_name(summary), *_own(other), *_beside(other)))
    head = (
        *("", say("Return"), say("A year"), say("Volatility"), say("Sharpe ratio"), say("Max drawdown")),
        *(say("Excess return"), say("Beta"), say("Alpha a year"), say("Tracking error"), say("Information ratio")),
    )
    return table(head, rows, texts=1)


def _own(of: dict[str, Any]) -> tuple[str, ...]:
    fractions = (formats.percent(of.get(name)) for name in ("total_return", "annualised_return", "volatility"))
    return (*fractions, formats.number(of.get("sharpe")), formats.percent(of.get("max_drawdown")))


def _beside(of: dict[str, Any]) -> tuple[str, ...]:
    get = of.get
    excess, beta = formats.percent(get("excess_return"), sign=True), formats.number(get("beta"))
    error, ratio = formats.percent(get("tracking_error")), formats.number(get("information_ratio"))
    return excess, beta, formats.percent(get("alpha"), sign=True), error, ratio


def _explained(result: Result) -> str:
    if result.benchmark is None:
        return ""
    return muted(
        say(
            "Null strategy: every security of the universe that has a close on the first session, in equal parts, held "
            "to the end without costs, debt or rebalancing; dividends stay as cash. Excess return, beta and the rest "
            "are the account's against that row, from the first close that both have."
        )
    )
