"""Sharpe ratio and volatility of the sessions before each day, on a run's page."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ..kernels import statistics
from ..pages import formats
from ..pages.figures import PERCENT, Figure, axis_of, day_texts, empty_figure, line_of
from ..pages.language import say
from ..pages.markup import muted, section
from ..types import Row
from .account_path import session_returns, sessions_per_year
from .result import Result

WINDOWS = (60, 120)
"""Sessions: about a quarter and half a year."""


def rolling_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section; empty without a session."""
    if result.equity.empty:
        return ""
    title, shortest = say("Rolling Sharpe ratio and volatility"), WINDOWS[0]
    if len(result.equity) <= shortest:
        told = say("{n} sessions are needed, the run has {all}.", n=shortest + 1, all=formats.count(len(result.equity)))
        return section(title, muted(told), folded=True)
    error = np.sqrt(sessions_per_year(result) / shortest)
    caption = say(
        "A Sharpe ratio of {n} sessions has a standard error of about ±{error} (one): only what lies far more than two "
        "of them outside says that something changed.",
        n=shortest,
        error=formats.number(float(error), 1),
    )
    return section(title, muted(caption) + chart("rolling", rolling_chart(result)))


def rolling(change: Row, window: int, year: float) -> tuple[Row, Row]:
    """Return Sharpe ratio and volatility, both a year, of the `window` returns (T,) up to each session; NaN before."""
    frame = pd.Series(change).rolling(window, min_periods=window)
    mean, deviation = frame.mean().to_numpy(), frame.std(ddof=1).to_numpy()
    varies = deviation > statistics.NO_VARIATION**0.5  # a rolling sum carries rounding along
    ratio = np.divide(mean, deviation, out=np.full(len(change), np.nan), where=varies)
    return ratio * np.sqrt(year), deviation * np.sqrt(year)


def rolling_chart(result: Result) -> Figure:
    """Return the Sharpe ratio above, the volatility beneath, a line for each window that the run is long enough for."""
    dates, change, year = day_texts(result.equity["date"]), session_returns(result), sessions_per_year(result)
    figure = empty_figure(height=400)
    for window, colour in zip(WINDOWS, ("--long", "--third"), strict=True):
        if len(change) > window:
            ratio, deviation = rolling(change, window, year)
            name = say("{n} sessions", n=window)
            beneath = line_of(name, dates, deviation, colour, axis="y2")
            figure["data"] += [line_of(name, dates, ratio, colour), {**beneath, "showlegend": False}]
    figure["layout"] |= {
        "yaxis": axis_of(say("Sharpe ratio"), domain=[0.48, 1.0], zeroline=True, hoverformat=".2f"),
        "yaxis2": axis_of(
            say("Volatility"), domain=[0.0, 0.4], tickformat=PERCENT, hoverformat=".1%", rangemode="tozero"
        ),
        "showlegend": True,
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure
