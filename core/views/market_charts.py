"""The charts of the market's page, as plain plotly figures."""

from typing import Any

import pandas as pd

from ..pages.figures import PERCENT, Figure, axis_of, day_texts, empty_figure, line_of, rounded
from ..pages.formats import unit_of
from ..pages.language import heard, say
from ..pages.markup import tuples
from .last_year import row_a_year_ago
from .market_days import LARGEST, MEAN
from .market_view import MarketView

SMOOTH = 20
"""Sessions of the means in which breadth is drawn."""

_BENEATH = {"domain": [0.0, 0.3]}
_ABOVE = {"domain": [0.4, 1.0]}


def balances_chart(view: MarketView) -> Figure:
    """Return financing balance and spread, the short balance beneath, numbered lines where rules changed."""
    days = view.days
    dates = day_texts(days["date"])
    unit, name = unit_of(days[["financing_balance", "spread"]].to_numpy(), view.currency)
    short_unit, short_name = unit_of(days["short_balance"].to_numpy(), view.currency)
    figure = empty_figure(height=480)
    figure["data"] = [
        line_of(say("Financing balance"), dates, days["financing_balance"] / unit, "--long", width=2),
        line_of(say("Spread"), dates, days["spread"] / unit, "--third", dash="dot"),
        line_of(say("Short balance"), dates, days["short_balance"] / short_unit, "--short", axis="y2", width=2),
        *_jumps(view, unit),
    ]
    figure["layout"] |= {
        "yaxis": axis_of(name, **_ABOVE),
        "yaxis2": axis_of(say("Short, {unit}", unit=short_name), rangemode="tozero", **_BENEATH),
        **rule_marks(view.rules),
    }
    return _two_axes(figure)


def share_chart(view: MarketView) -> Figure:
    """Return the share of the float cap, and beneath where it stood among the sessions up to each."""
    dates = day_texts(view.days["date"])
    figure = empty_figure(height=400)
    figure["data"] = [
        line_of(say("Share of float cap"), dates, view.days["float_cap_share"], "--long", digits=6, width=2),
        line_of(say("Percentile"), dates, view.days["float_cap_percentile"], "--third", digits=4, axis="y2"),
    ]
    figure["layout"] |= {
        "yaxis": axis_of(
            say("Share of float cap"), tickformat=PERCENT, hoverformat=".2%", rangemode="tozero", **_ABOVE
        ),
        "yaxis2": axis_of(say("Percentile"), tickformat=".0%", hoverformat=".2%", range=[0.0, 1.02], **_BENEATH),
        **rule_marks(view.rules),
    }
    return _two_axes(figure)


def flows_chart(view: MarketView) -> Figure:
    """Return net purchases by session, and beneath purchases over turnover where the turnover is known."""
    days = view.days
    dates = day_texts(days["date"])
    unit, name = unit_of(days["net_buy"].to_numpy(), view.currency)
    has_turnover = days["purchase_share"].notna().any()
    figure = empty_figure(height=420 if has_turnover else 300)
    colours = ["--gain" if value > 0.0 else "--loss" for value in days["net_buy"]]
    net = {"type": "bar", "name": say("Net purchases"), "x": dates, "y": rounded(days["net_buy"] / unit, 5)}
    figure["data"] = [{**net, "marker": {"color": colours, "line": {"width": 0}}}]
    figure["layout"] |= {
        "yaxis": axis_of(say("Net purchases, {unit}", unit=name), zeroline=True),
        "showlegend": False,
        "bargap": 0.0,
    }
    if not has_turnover:
        return figure
    share = line_of(say("Purchases / turnover"), dates, days["purchase_share"], "--long", digits=5, axis="y2")
    figure["data"].append(share)
    figure["layout"]["yaxis"] |= _ABOVE
    figure["layout"]["yaxis2"] = axis_of(say("Of turnover"), tickformat=PERCENT, hoverformat=".1%", **_BENEATH)
    return _two_axes(figure)


def breadth_chart(view: MarketView) -> Figure:
    """Return which part of the securities is bought on margin or stands above its mean, and beneath the largest."""
    days = view.days
    dates = day_texts(days["date"])
    figure = empty_figure(height=420)
    smooth = days[["buyers", "above_mean"]].rolling(SMOOTH, min_periods=1).mean()
    figure["data"] = [
        line_of(say("Net purchases, mean of {n}", n=SMOOTH), dates, smooth["buyers"], "--long", digits=4, width=2),
        line_of(say("Above {n}-session mean", n=MEAN), dates, smooth["above_mean"], "--gain", digits=4),
        line_of(say("Share of {n} largest", n=LARGEST), dates, days["largest_share"], "--short", digits=4, axis="y2"),
    ]
    figure["layout"] |= {
        "yaxis": axis_of(say("Of the securities"), tickformat=".0%", range=[0.0, 1.0], **_ABOVE),
        "yaxis2": axis_of(say("Of the sum"), tickformat=PERCENT, rangemode="tozero", **_BENEATH),
    }
    return _two_axes(figure)


def coverage_chart(view: MarketView) -> Figure:
    """Return of how many securities the sum is made."""
    dates = day_texts(view.days["date"])
    figure = empty_figure(height=240)
    figure["data"] = [line_of(say("Securities"), dates, view.days["securities"], "--text", digits=0, shape="hv")]
    figure["layout"] |= {"yaxis": axis_of(say("Securities"), rangemode="tozero"), "showlegend": False}
    return figure


def last_year_chart(view: MarketView) -> Figure:
    """Return the financing balance of this year and of the last, by the day of the year."""
    days = view.days
    unit, name = unit_of(days["financing_balance"].to_numpy(), view.currency)
    year = int(days["date"].iloc[-1].year)
    figure = empty_figure(height=320)
    for one, colour, width in ((year - 1, "--muted", 1.2), (year, "--long", 2.0)):
        part = days[days["date"].dt.year == one]
        # On one axis: a day of last year stands where the same day of this year does.
        moved = part["date"] + pd.DateOffset(years=year - one) if one != year else part["date"]
        values = part["financing_balance"] / unit
        figure["data"].append(line_of(str(one), day_texts(moved), values, colour, width=width))
    figure["layout"]["xaxis"] |= {"tickformat": "%b", "hoverformat": say("%d %b")}
    figure["layout"]["yaxis"] = axis_of(name)
    return figure


def has_last_year(view: MarketView) -> bool:
    """Return whether there is a session near the same day of last year."""
    sessions = view.days["date"].to_numpy().astype("datetime64[D]")
    return row_a_year_ago(sessions, len(sessions) - 1) is not None


def industries_chart(view: MarketView) -> Figure:
    """Return the change over 20 sessions of each industry, in the order of the table."""
    table = view.industries.sort_values("change_rank")
    figure = empty_figure(height=90 + 24 * len(table), left=110)
    figure["data"] = [
        {
            "type": "bar",
            "orientation": "h",
            "x": rounded(table["change_20"], 5),
            "y": [heard(name) for name in table["industry"]],
            "hovertemplate": "%{y}: %{x:.2%}<extra></extra>",
            "marker": {"color": ["--gain" if value >= 0 else "--loss" for value in table["change_20"]]},
        }
    ]
    figure["layout"] |= {
        "xaxis": axis_of(say("Change over 20 sessions"), tickformat=PERCENT, zeroline=True),
        "yaxis": axis_of("", autorange="reversed", type="category"),
        "hovermode": "closest",
        "showlegend": False,
    }
    return figure


def rule_marks(rules: pd.DataFrame) -> dict[str, Any]:
    """Return lines on the days on which rules changed; the number of each is its row in the table of rules."""
    shapes, labels = [], []
    for number, day in rule_days(rules).items():
        line = {"color": "--muted", "width": 1, "dash": "dot"}
        place = {"xref": "x", "yref": "paper"}
        shapes.append({"type": "line", **place, "x0": day, "x1": day, "y0": 0, "y1": 1, "line": line})
        font = {"size": 10, "color": "--muted"}
        labels.append({**place, "x": day, "y": 1, "yanchor": "top", "text": number, "showarrow": False, "font": font})
    return {"shapes": shapes, "annotations": labels}


def rule_days(rules: pd.DataFrame) -> dict[str, str]:
    """Return number -> day of each day on which rules changed."""
    days = dict.fromkeys(day_texts(rules["date"]))
    return {str(number): day for number, day in enumerate(days, start=1)}


def _jumps(view: MarketView, unit: float) -> list[dict[str, Any]]:
    """Give the marks of sessions on which the coverage jumps."""
    jumps = view.days[view.days["jumps"] & view.days["financing_balance"].notna()]
    if jumps.empty:
        return []
    texts = [
        say("{joined} joined, {left} left", joined=f"{row.joined:,.0f}", left=f"{row.left:,.0f}")
        for row in tuples(jumps)
    ]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": say("Coverage jumps"),
            "x": day_texts(jumps["date"]),
            "y": rounded(jumps["financing_balance"] / unit, 5),
            "text": texts,
            "hovertemplate": "%{text}",
            "marker": {"symbol": "diamond-open", "color": "--loss", "size": 9},
        }
    ]


def _two_axes(figure: Figure) -> Figure:
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure
