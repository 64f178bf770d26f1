"""The charts of a run's report, as plain plotly figures: dicts of data and layout."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..kernels import statistics
from ..pages import formats
from ..pages.figures import Figure, axis_of, day_texts, empty_figure, line_of, rounded
from ..pages.formats import unit_of
from .metrics import exposure, maintenance_lines
from .result import Result

SHOWN_SECURITIES = 10
LARGEST_BUBBLE = 22.0
AXIS_ABOVE_LINES = 1.15
"""The maintenance axis ends this much above the highest line: without debt the ratio has no upper end."""


def equity_chart(result: Result) -> Figure:
    """Return the equity curve with its drawdown beneath; where cash moved, also the curve without it, which has one."""
    dates, values = day_texts(result.equity["date"]), result.equity["equity"].to_numpy()
    unit, name = unit_of(values)
    path = result.path()
    fallen, has_moved = statistics.drawdown(path), not np.array_equal(path, values)
    figure = empty_figure(height=460)
    figure["data"] = [
        line_of("Equity", dates, values / unit, "--long", digits=6, width=2),
        *([line_of("Without what moved", dates, path / unit, "--muted", digits=6)] if has_moved else []),
        {**line_of("Drawdown", dates, fallen, "--loss", axis="y2"), "fill": "tozeroy", "fillcolor": "--loss-soft"},
    ]
    figure["layout"] |= {
        "yaxis": axis_of(name, domain=[0.36, 1.0]),
        "yaxis2": axis_of("Drawdown", domain=[0.0, 0.28], tickformat=".0%", hoverformat=".2%"),
        "showlegend": has_moved,
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def maintenance_chart(result: Result) -> Figure:
    """Return the maintenance ratio, its lines and the account's margin events; a gap is a session without debt."""
    dates, ratio = day_texts(result.equity["date"]), result.equity["maintenance_ratio"].to_numpy()
    lines, finite = maintenance_lines(result.config), ratio[np.isfinite(ratio)]
    lowest = finite.min() if len(finite) else 1.0
    top = max([2.0, lowest, *lines.values()]) * AXIS_ABOVE_LINES
    figure = empty_figure(height=380, right=150)
    figure["data"] = [
        {**line_of("Maintenance ratio", dates, ratio, "--long", width=2), "connectgaps": False},
        *_event_marks(result.margin_events),
    ]
    figure["layout"] |= {
        "yaxis": axis_of(
            "Maintenance ratio", range=[min(lowest, 1.0) * 0.95, top], tickformat=".0%", hoverformat=".1%"
        ),
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
                "x": day_texts(chosen["date"]),
                "y": rounded(chosen["ratio"], 5),
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
    "warn_low": ("circle-open", "--short"),
    "call_low": ("triangle-down-open", "--loss"),
    "instant_low": ("x-open", "--loss"),
    "withdrawal_refused": ("diamond-open", "--muted"),
}
"""What happens to the account itself; contracts that fall due are no matter of its ratio."""

_LINE_COLOURS = {"withdraw": "--gain", "restore": "--short", "warn": "--short", "call": "--loss", "instant": "--loss"}


def market_chart(result: Result) -> Figure:
    """Return the universe's financing balance and spread, and the short balance on a scale of its own beneath."""
    market = result.market
    dates = day_texts(market["date"])
    unit, name = unit_of(market[["financing_balance", "spread"]].to_numpy())
    short_unit, short_name = unit_of(market["short_balance"].to_numpy())
    figure = empty_figure(height=460)
    figure["data"] = [
        line_of("Financing balance", dates, market["financing_balance"] / unit, "--long", digits=6, width=2),
        line_of("Spread", dates, market["spread"] / unit, "--third", digits=6, dash="dot", width=2),
        line_of("Short balance", dates, market["short_balance"] / short_unit, "--short", digits=6, axis="y2", width=2),
    ]
    figure["layout"] |= {
        "yaxis": axis_of(name, domain=[0.42, 1.0]),
        "yaxis2": axis_of(f"Short, {short_name}", domain=[0.0, 0.32], rangemode="tozero"),
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def exposure_chart(result: Result) -> Figure:
    """Return long, short and net exposure and the leverage as multiples of equity."""
    dates, shares = day_texts(result.equity["date"]), exposure(result.equity)
    figure = empty_figure(height=360)
    figure["data"] = [
        {**line_of("Long", dates, shares["long"], "--long"), "fill": "tozeroy", "fillcolor": "--long-soft"},
        {**line_of("Short", dates, -shares["short"], "--short"), "fill": "tozeroy", "fillcolor": "--short-soft"},
        line_of("Net", dates, shares["net"], "--text", width=2),
        line_of("Leverage (long + short)", dates, shares["leverage"], "--third", dash="dot", width=2),
    ]
    figure["layout"]["yaxis"] = axis_of("Fraction of equity", tickformat=".0%", hoverformat=".1%", zeroline=True)
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
    figure = empty_figure(height=110 + 34 * len(totals), left=170)
    figure["data"] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "Refused orders",
            "x": day_texts(counted["date"]),
            "y": [labels[reason] for reason in counted["reason"]],
            "text": [f"{n} refused" for n in counted["orders"]],
            "hovertemplate": "%{x|%Y-%m-%d}  %{y}: %{text}<extra></extra>",
            "marker": {
                "color": "--loss",
                "opacity": 0.4,
                "line": {"width": 0},
                "size": rounded(np.maximum(LARGEST_BUBBLE * np.sqrt(counted["orders"] / largest), 4.0), 2),
            },
        }
    ]
    figure["layout"] |= {
        "yaxis": axis_of("", categoryorder="array", categoryarray=[labels[r] for r in totals.index], type="category"),
        "hovermode": "closest",
        "showlegend": False,
    }
    if len(result.equity):
        figure["layout"]["xaxis"]["range"] = [day_texts(result.equity["date"])[row] for row in (0, -1)]
    return figure


def _bars(labels: list[str], amounts: list[float]) -> Figure:
    """Return horizontal bars, first on top, with the amounts written beside them."""
    figure = empty_figure(height=max(150, 60 + 30 * len(labels)), left=130, right=70)
    unit, name = unit_of(np.array(amounts))
    figure["data"] = [
        {
            "type": "bar",
            "orientation": "h",
            "x": rounded([value / unit for value in amounts], 6),
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
        "xaxis": axis_of(name, zeroline=True, range=[ends[0] - room, ends[1] + room]),
        "yaxis": axis_of("", autorange="reversed", type="category"),
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
