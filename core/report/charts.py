"""The report's charts as plain plotly figures: dicts of data and layout.

Colours are the names of the page's CSS variables (``--long``); the page's script puts the colour of the reader's
light or dark scheme in their place. Plain dicts need no import of plotly and are the same in each of its versions.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..kernels import statistics
from ..result import Result
from . import formats
from .metrics import exposure, maintenance_lines

Figure = dict[str, Any]

SCALES = ((1e12, "CNY trillion"), (1e9, "CNY billion"), (1e6, "CNY million"), (1e3, "CNY thousand"), (1.0, "CNY"))
SHOWN_SECURITIES = 10
LARGEST_BUBBLE = 22.0
AXIS_ABOVE_LINES = 1.15
"""The maintenance axis ends this much above the highest line: without debt the ratio has no upper end."""


def equity_chart(result: Result) -> Figure:
    """Return the equity curve with its drawdown beneath."""
    dates, values = _days(result.equity["date"]), result.equity["equity"].to_numpy()
    unit, name = _scale(values)
    fallen = statistics.drawdown(values)
    figure = _figure(height=460)
    figure["data"] = [
        _line("Equity", dates, values / unit, "--long", digits=6, width=2),
        {**_line("Drawdown", dates, fallen, "--loss", axis="y2"), "fill": "tozeroy", "fillcolor": "--loss-soft"},
    ]
    figure["layout"] |= {
        "yaxis": _axis(name, domain=[0.36, 1.0]),
        "yaxis2": _axis("Drawdown", domain=[0.0, 0.28], tickformat=".0%", hoverformat=".2%"),
        "showlegend": False,
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def maintenance_chart(result: Result) -> Figure:
    """Return the maintenance ratio, its lines and the account's margin events; a gap is a session without debt."""
    dates, ratio = _days(result.equity["date"]), result.equity["maintenance_ratio"].to_numpy()
    lines, finite = maintenance_lines(result.config), ratio[np.isfinite(ratio)]
    lowest = finite.min() if len(finite) else 1.0
    top = max([2.0, lowest, *lines.values()]) * AXIS_ABOVE_LINES
    figure = _figure(height=380, right=150)
    figure["data"] = [
        {**_line("Maintenance ratio", dates, ratio, "--long", width=2), "connectgaps": False},
        *_event_marks(result.margin_events),
    ]
    figure["layout"] |= {
        "yaxis": _axis("Maintenance ratio", range=[min(lowest, 1.0) * 0.95, top], tickformat=".0%", hoverformat=".1%"),
        "shapes": [_level(value, _LINE_COLOURS.get(name, "--muted")) for name, value in lines.items()],
        "annotations": [_level_label(names, value) for value, names in _by_value(lines).items()],
        "showlegend": len(figure["data"]) > 1,
    }
    return figure


def _event_marks(events: pd.DataFrame) -> Iterable[Figure]:
    """Give the marks of each kind of event that happened to the account, at its ratio."""
    for name, (symbol, colour) in _EVENT_MARKS.items():
        chosen = events[(events["event"] == name) & np.isfinite(events["ratio"])]
        if not chosen.empty:
            yield {
                "type": "scatter",
                "mode": "markers",
                "name": formats.title(name),
                "x": _days(chosen["date"]),
                "y": _rounded(chosen["ratio"], 5),
                "marker": {"symbol": symbol, "color": colour, "size": 9, "line": {"color": "--card", "width": 1}},
            }


_EVENT_MARKS = {
    "warn": ("circle-open", "--short"),
    "call": ("triangle-down", "--loss"),
    "cured": ("circle", "--gain"),
    "forced_sale": ("x", "--loss"),
    "instant": ("x", "--loss"),
    "restored": ("circle", "--gain"),
    "insolvent": ("star", "--loss"),
    "withdrawal_refused": ("diamond-open", "--muted"),
}
"""What happens to the account itself; contracts that fall due are no matter of its ratio."""

_LINE_COLOURS = {"withdraw": "--gain", "restore": "--short", "warn": "--short", "call": "--loss", "instant": "--loss"}


def market_chart(result: Result) -> Figure:
    """Return the universe's financing balance and spread, and the short balance on a scale of its own beneath."""
    market = result.market
    dates = _days(market["date"])
    unit, name = _scale(market[["financing_balance", "spread"]].to_numpy())
    short_unit, short_name = _scale(market["short_balance"].to_numpy())
    figure = _figure(height=460)
    figure["data"] = [
        _line("Financing balance", dates, market["financing_balance"] / unit, "--long", digits=6, width=2),
        _line("Spread", dates, market["spread"] / unit, "--third", digits=6, dash="dot", width=2),
        _line("Short balance", dates, market["short_balance"] / short_unit, "--short", digits=6, axis="y2", width=2),
    ]
    figure["layout"] |= {
        "yaxis": _axis(name, domain=[0.42, 1.0]),
        "yaxis2": _axis(f"Short, {short_name}", domain=[0.0, 0.32], rangemode="tozero"),
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def exposure_chart(result: Result) -> Figure:
    """Return long, short and net exposure and the leverage as multiples of equity."""
    dates, shares = _days(result.equity["date"]), exposure(result.equity)
    figure = _figure(height=360)
    figure["data"] = [
        {**_line("Long", dates, shares["long"], "--long"), "fill": "tozeroy", "fillcolor": "--long-soft"},
        {**_line("Short", dates, -shares["short"], "--short"), "fill": "tozeroy", "fillcolor": "--short-soft"},
        _line("Net", dates, shares["net"], "--text", width=2),
        _line("Leverage (long + short)", dates, shares["leverage"], "--third", dash="dot", width=2),
    ]
    figure["layout"]["yaxis"] = _axis("Fraction of equity", tickformat=".0%", hoverformat=".1%", zeroline=True)
    return figure


def attribution_chart(result: Result) -> Figure:
    """Return what each component added to or took from equity."""
    totals = result.attribution.groupby("component", sort=False)["amount"].sum()
    labels = [formats.title(str(name)) for name in totals.index]
    return _bars(labels, totals.tolist())


def securities_chart(result: Result) -> Figure:
    """Return the best and the worst securities, all their components together."""
    table = result.attribution[result.attribution["symbol"] != ""]
    totals = table.groupby("symbol")["amount"].sum().sort_values(ascending=False, kind="stable")
    if len(totals) > 2 * SHOWN_SECURITIES:
        totals = pd.concat([totals.iloc[:SHOWN_SECURITIES], totals.iloc[-SHOWN_SECURITIES:]])
    return _bars([str(symbol) for symbol in totals.index], totals.tolist())


def refusals_chart(result: Result) -> Figure:
    """Return a bubble for each day and reason, its area the number of refused orders."""
    counted = result.refusals.groupby(["reason", "date"]).size().reset_index(name="orders")
    totals = counted.groupby("reason")["orders"].sum().sort_values(kind="stable")
    labels = {reason: f"{formats.words(str(reason))} ({formats.count(int(n))})" for reason, n in totals.items()}
    largest = max(counted["orders"].max(), 9) if len(counted) else 9  # a day of one or two orders stays small
    figure = _figure(height=110 + 34 * len(totals), left=170)
    figure["data"] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "Refused orders",
            "x": _days(counted["date"]),
            "y": [labels[reason] for reason in counted["reason"]],
            "text": [f"{n} refused" for n in counted["orders"]],
            "hovertemplate": "%{x|%Y-%m-%d}  %{y}: %{text}<extra></extra>",
            "marker": {
                "color": "--loss",
                "opacity": 0.4,
                "line": {"width": 0},
                "size": _rounded(np.maximum(LARGEST_BUBBLE * np.sqrt(counted["orders"] / largest), 4.0), 2),
            },
        }
    ]
    figure["layout"] |= {
        "yaxis": _axis("", categoryorder="array", categoryarray=[labels[r] for r in totals.index], type="category"),
        "hovermode": "closest",
        "showlegend": False,
    }
    if len(result.equity):
        figure["layout"]["xaxis"]["range"] = [_days(result.equity["date"])[row] for row in (0, -1)]
    return figure


def _figure(height: int, left: int = 76, right: int = 24) -> Figure:
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
        "xaxis": {**_axis(""), "type": "date", "hoverformat": "%Y-%m-%d"},
    }
    return {"data": [], "layout": layout}


def _axis(title: str, **more: Any) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "gridcolor": "--grid",
        "linecolor": "--grid",
        "zerolinecolor": "--muted",
        "automargin": True,
    }
    titled = {"title": {"text": title}} if title else {}  # an empty title would still take its room
    return {**axis, "zeroline": False, **titled, **more}


def _line(
    name: str, dates: list[str], values: Iterable[float], colour: str, *, digits: int = 5, axis: str = "y", **style: Any
) -> dict[str, Any]:
    """Return a line; `digits` are decimals, enough for the eye and few enough to keep the page small."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": dates,
        "y": _rounded(values, digits),
        "yaxis": axis,
        "line": {"color": colour, "width": 1.2, **style},
    }


def _bars(labels: list[str], amounts: list[float]) -> Figure:
    """Return horizontal bars, first on top, with the amounts written beside them."""
    figure = _figure(height=max(150, 60 + 30 * len(labels)), left=130, right=70)
    unit, name = _scale(np.array(amounts))
    figure["data"] = [
        {
            "type": "bar",
            "orientation": "h",
            "x": _rounded([value / unit for value in amounts], 6),
            "y": labels,
            "text": [formats.amount(value, sign=True) for value in amounts],
            "textposition": "outside",
            "cliponaxis": False,
            "hovertemplate": "%{y}: %{text} CNY<extra></extra>",
            "marker": {"color": ["--gain" if value >= 0 else "--loss" for value in amounts]},
        }
    ]
    ends = [min([0.0, *amounts]) / unit, max([0.0, *amounts]) / unit]
    room = 0.3 * ((ends[1] - ends[0]) or 1.0)  # for the amounts beside the bars
    figure["layout"] |= {
        "xaxis": _axis(name, zeroline=True, range=[ends[0] - room, ends[1] + room]),
        "yaxis": _axis("", autorange="reversed", type="category"),
        "hovermode": "closest",
        "showlegend": False,
    }
    return figure


def _by_value(lines: dict[str, float]) -> dict[float, list[str]]:
    """Return the names at each value, so that two lines at one ratio share one label."""
    grouped: dict[float, list[str]] = {}
    for name, value in lines.items():
        grouped.setdefault(value, []).append(name)
    return grouped


def _level(value: float, colour: str) -> dict[str, Any]:
    line = {"color": colour, "width": 1, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": value, "y1": value, "line": line}


def _level_label(names: list[str], value: float) -> dict[str, Any]:
    text = f"{' / '.join(names)} {formats.percent(value, 0)}"
    place = {"xref": "paper", "x": 1.005, "xanchor": "left", "yref": "y", "y": value, "yanchor": "middle"}
    return {**place, "text": text, "showarrow": False, "font": {"size": 11, "color": "--text"}}


def _scale(values: np.ndarray) -> tuple[float, str]:
    """Return the unit for amounts of this size, and its name."""
    finite = np.abs(values[np.isfinite(values)])
    largest = finite.max() if finite.size else 0.0
    return next(((unit, name) for unit, name in SCALES if largest >= unit), SCALES[-1])


def _days(dates: pd.Series) -> list[str]:
    return dates.dt.strftime("%Y-%m-%d").tolist()


def _rounded(values: Iterable[float], digits: int) -> list[float | None]:
    """Return rounded numbers, None (a gap) for NaN and infinity."""
    return [round(float(value), digits) if math.isfinite(value) else None for value in values]
