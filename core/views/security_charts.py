"""The charts of a security's page, as plain plotly figures."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.figures import PERCENT, Figure, axis_of, day_texts, empty_figure, line_of, rounded
from ..pages.formats import unit_of
from ..pages.language import again, say
from .run_overlay import RunOverlay, overlay_traces
from .security_view import SecurityView

if TYPE_CHECKING:
    from .rule_readings import Reading

DRAWN = 750
"""Sessions of a page, about three years; JSON has all."""

CANDLES = 300
"""Up to so many sessions a price is drawn as candles, beyond as a line."""

_MARKS = {
    "ex-date": ("triangle-up", "--third"),
    "beyond limit": ("x", "--loss"),
    "limit up": ("triangle-up-open", "--gain"),
    "limit down": ("triangle-down-open", "--loss"),
    "suspended": ("square-open", "--muted"),
    "list": ("diamond", "--accent"),
    "missing rows": ("circle-open", "--short"),
}
_HALF = pd.Timedelta(hours=12)
"""Before the first session and after the last, so that their bars are whole."""

_BENEATH, _ABOVE = {"domain": [0.0, 0.3]}, {"domain": [0.4, 1.0]}


def drawn(view: SecurityView) -> pd.DataFrame:
    """Return the sessions of a page: the last `DRAWN`, from the first on that has a price or a margin row."""
    days = view.history.tail(DRAWN)
    known = np.flatnonzero(days.drop(columns="date").notna().any(axis=1))
    return days.iloc[known[0] :] if len(known) else days


def _empty(days: pd.DataFrame, height: int) -> Figure:
    """Return a figure whose axis is that of all charts of the page."""
    figure = empty_figure(height=height)
    if len(days):
        ends = days["date"].iloc[0] - _HALF, days["date"].iloc[-1] + _HALF
        figure["layout"]["xaxis"] |= {"range": [f"{end:%Y-%m-%d %H:%M}" for end in ends]}
    return figure


def price_chart(view: SecurityView, overlay: RunOverlay | None = None) -> Figure:
    """Return the price with the events that happened and what a run did, and the volume beneath."""
    days = drawn(view)
    dates = day_texts(days["date"])
    figure = _empty(days, 480)
    bars = {"open", "high", "low", "close"} <= set(days)
    if bars and len(days) <= CANDLES:
        lines = {"increasing": {"line": {"color": "--gain"}}, "decreasing": {"line": {"color": "--loss"}}}
        prices = {name: rounded(days[name], 4) for name in ("open", "high", "low", "close")}
        figure["data"].append({"type": "candlestick", "name": say("Price"), "x": dates, **prices, **lines})
    else:
        figure["data"].append(line_of(say("Close"), dates, days["close"], "--text", digits=4, width=1.6))
    figure["data"] += _events(view, days)
    figure["data"] += [] if overlay is None else overlay_traces(overlay, days)
    figure["layout"]["yaxis"] = axis_of(
        say("{currency} per share", currency=formats.currency_name(view.currency)), **_ABOVE
    )
    figure["layout"]["xaxis"] |= {"rangeslider": {"visible": False}}
    if "volume" not in days:
        return figure
    unit, name = unit_of(days["volume"].to_numpy(), "shares")
    volume = {"type": "bar", "name": say("Volume"), "x": dates, "y": rounded(days["volume"] / unit, 4), "yaxis": "y2"}
    figure["data"].append({**volume, "marker": {"color": "--muted", "line": {"width": 0}}})
    figure["layout"] |= {"yaxis2": axis_of(say("Volume, {unit}", unit=name), **_BENEATH), "bargap": 0.0}
    return _two_axes(figure)


def _events(view: SecurityView, days: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the marks of each kind of event, at the close of its session or the last before it.

    Where the price has not begun or has ended for more than a session there is no place for a mark.
    """
    closes = days.set_index("date")["close"]
    known = np.flatnonzero(closes.notna())
    closes = closes.ffill().iloc[: known[-1] + 2 if len(known) else 0].dropna()
    for kind, (symbol, colour) in _MARKS.items():
        chosen = [event for event in view.events if event.kind == kind and pd.Timestamp(event.start) in closes.index]
        if not chosen:
            continue
        yield {
            "type": "scatter",
            "mode": "markers",
            "name": formats.named(kind.capitalize()),
            "x": [str(event.start) for event in chosen],
            "y": rounded([closes[pd.Timestamp(event.start)] for event in chosen], 4),
            "text": [again(event.words) for event in chosen],
            "hovertemplate": "%{text}",
            "marker": {"symbol": symbol, "color": colour, "size": 9},
        }


def balances_chart(view: SecurityView) -> Figure:
    """Return financing balance and spread, the short balance beneath."""
    days = drawn(view)
    dates = day_texts(days["date"])
    unit, name = unit_of(days["financing_balance"].to_numpy(), view.currency)
    figure = _empty(days, 420 if "short_balance" in days else 300)
    figure["data"] = [line_of(say("Financing balance"), dates, days["financing_balance"] / unit, "--long", width=2)]
    if "spread" in days:
        figure["data"].append(line_of(say("Spread"), dates, days["spread"] / unit, "--third", dash="dot"))
    figure["layout"]["yaxis"] = axis_of(name)
    if "short_balance" not in days:
        return figure
    unit, name = unit_of(days["short_balance"].to_numpy(), view.currency)
    short = line_of(say("Short balance"), dates, days["short_balance"] / unit, "--short", axis="y2", width=2)
    figure["data"].append(short)
    figure["layout"]["yaxis"] |= _ABOVE
    figure["layout"]["yaxis2"] = axis_of(say("Short, {unit}", unit=name), rangemode="tozero", **_BENEATH)
    return _two_axes(figure)


def flows_chart(view: SecurityView) -> Figure:
    """Return net purchases, and beneath the turnover rate or what part of the turnover was bought on margin."""
    days = drawn(view)
    dates = day_texts(days["date"])
    unit, name = unit_of(days["net_buy"].to_numpy(), view.currency)
    colours = ["--gain" if value > 0.0 else "--loss" for value in days["net_buy"]]
    net = {"type": "bar", "name": say("Net purchases"), "x": dates, "y": rounded(days["net_buy"] / unit, 5)}
    beneath = {
        "turnover_rate": (say("Turnover rate"), "--short"),
        "purchase_share": (say("Purchases/turnover"), "--long"),
    }
    figure = _empty(days, 440)
    figure["data"] = [{**net, "marker": {"color": colours, "line": {"width": 0}}}]
    for column, (title, colour) in beneath.items():
        if column in days:
            figure["data"].append(line_of(title, dates, days[column], colour, axis="y2"))
    figure["layout"] |= {"yaxis": axis_of(say("Net, {unit}", unit=name), zeroline=True), "bargap": 0.0}
    if len(figure["data"]) == 1:
        return figure
    figure["layout"]["yaxis"] |= _ABOVE
    figure["layout"]["yaxis2"] = axis_of(
        say("Share"), tickformat=PERCENT, hoverformat=".2%", rangemode="tozero", **_BENEATH
    )
    return _two_axes(figure)


def band_chart(view: SecurityView) -> Figure:
    """Return the balance within the deciles of its last 250 sessions, and its percentile there beneath."""
    days = drawn(view)
    dates = day_texts(days["date"])
    is_share = "float_cap_share" in days
    values = days["float_cap_share"] if is_share else days["financing_balance"]
    unit, name = (1.0, say("Of float cap")) if is_share else unit_of(values.to_numpy(), view.currency)
    drawn_name = say("Share of float cap") if is_share else say("Financing balance")
    soft = {"fill": "tonexty", "fillcolor": "--long-soft"}
    figure = _empty(days, 420)
    figure["data"] = [
        line_of("10 %", dates, days["band_10"] / unit, "--grid", digits=6),
        {**line_of("90 %", dates, days["band_90"] / unit, "--grid", digits=6), **soft},
        line_of(say("Median"), dates, days["band_50"] / unit, "--muted", digits=6, dash="dot"),
        line_of(drawn_name, dates, values / unit, "--long", digits=6),
        line_of(say("Percentile"), dates, days["percentile"], "--third", digits=4, axis="y2"),
    ]
    ticks = {"tickformat": PERCENT, "hoverformat": ".2%"} if is_share else {}
    figure["layout"] |= {
        "yaxis": axis_of(name, **_ABOVE, **ticks),
        "yaxis2": axis_of(say("Percentile"), tickformat=".0%", hoverformat=".2%", range=[0.0, 1.02], **_BENEATH),
    }
    return _two_axes(figure)


def score_chart(view: SecurityView, reading: "Reading") -> Figure:
    """Return the score of a rule by session."""
    days = drawn(view)
    figure = _empty(days, 260)
    scores = reading.scores[len(reading.scores) - len(days) :]
    figure["data"] = [line_of(say("Score"), day_texts(days["date"]), scores, "--accent", digits=6)]
    figure["layout"] |= {"yaxis": axis_of(say("Score"), zeroline=True), "showlegend": False}
    return figure


def _two_axes(figure: Figure) -> Figure:
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure
