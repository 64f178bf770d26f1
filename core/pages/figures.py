"""The building blocks of the reports' charts: plain plotly figures in the page's style.

Colours are the names of the page's CSS variables (``--long``); the page's script puts the colour of the reader's
light or dark scheme in their place. Plain dicts need no import of plotly and are the same in each of its versions.
"""

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

Figure = dict[str, Any]


def empty_figure(height: int, left: int = 76, right: int = 24) -> Figure:
    """Return an empty figure in the page's style; sessions on a date axis, lines run across days off."""
    layout = {
        "height": height,
        "margin": {"l": left, "r": right, "t": 12, "b": 28},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "--text"},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "--card", "bordercolor": "--grid", "font": {"color": "--text"}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {**axis_of(""), "type": "date", "hoverformat": "%Y-%m-%d"},
    }
    return {"data": [], "layout": layout}


def axis_of(title: str, **more: Any) -> dict[str, Any]:
    """Return an axis in the page's style, with `more` of plotly's keys."""
    axis: dict[str, Any] = {
        "gridcolor": "--grid",
        "linecolor": "--grid",
        "zerolinecolor": "--muted",
        "automargin": True,
    }
    titled = {"title": {"text": title}} if title else {}  # an empty title would still take its room
    return {**axis, "zeroline": False, **titled, **more}


def line_of(
    name: str, dates: list[str], values: Iterable[float], colour: str, *, digits: int = 5, axis: str = "y", **style: Any
) -> dict[str, Any]:
    """Return a line; `digits` are decimals, enough for the eye and few enough to keep the page small."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": dates,
        "y": rounded(values, digits),
        "yaxis": axis,
        "line": {"color": colour, "width": 1.2, **style},
    }


def day_texts(dates: pd.Series) -> list[str]:
    """Return dates as ISO texts, which plotly reads."""
    return dates.dt.strftime("%Y-%m-%d").tolist()


def rounded(values: Iterable[float], digits: int) -> list[float | None]:
    """Return rounded numbers, None (a gap) for NaN and infinity."""
    return [round(float(value), digits) if math.isfinite(value) else None for value in values]
