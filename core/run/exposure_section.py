"""Long, short, net and leverage over time, and what was held on each day, on a run's page."""

from collections.abc import Callable
from html import escape

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.figures import PERCENT, Figure, axis_of, day_texts, empty_figure, line_of
from ..pages.language import say
from ..pages.markup import muted, section, tuples
from .metrics import exposure
from .result import Result

LARGEST = 5
"""Holdings that the hover names."""
SHOWN_SESSIONS = 1500
"""Sessions of the holdings' chart; of a longer run every second or third is shown."""


def exposure_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section; empty without a session."""
    if result.equity.empty:
        return ""
    get = result.summary.get
    lead = say(
        "On average {long} long and {short} short, a leverage of {average}; the highest was {highest}.",
        long=formats.percent(get("average_long_exposure"), 0),
        short=formats.percent(get("average_short_exposure"), 0),
        average=formats.number(get("average_leverage")),
        highest=formats.number(get("highest_leverage")),
    )
    return section(say("Exposure"), chart("exposure", exposure_chart(result)), lead=lead)


def exposure_chart(result: Result) -> Figure:
    """Return long, short and net exposure and the leverage as multiples of equity."""
    dates, shares = day_texts(result.equity["date"]), exposure(result.equity)
    figure = empty_figure(height=360)
    figure["data"] = [
        {**line_of(say("Long"), dates, shares["long"], "--long"), "fill": "tozeroy", "fillcolor": "--long-soft"},
        {**line_of(say("Short"), dates, -shares["short"], "--short"), "fill": "tozeroy", "fillcolor": "--short-soft"},
        line_of(say("Net"), dates, shares["net"], "--text", width=2),
        line_of(say("Leverage (long + short)"), dates, shares["leverage"], "--third", dash="dot", width=2),
    ]
    figure["layout"]["yaxis"] = axis_of(say("Fraction of equity"), tickformat=PERCENT, hoverformat=".1%", zeroline=True)
    return figure


def holdings_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section; empty without a session."""
    if result.equity.empty:
        return ""
    title = say("Holdings")
    if result.positions is None:
        told = say("The run kept no positions: `output.positions: true` keeps them.")
        return section(title, muted(told), folded=True)
    if result.positions.empty:
        return section(title, muted(say("Nothing was held at any close.")), folded=True)
    step = _step(result)
    caption = say(
        "The hover names the {n} largest of a day, as fractions of equity; short ones are negative.", n=LARGEST
    )
    caption += " " + say("Every {n}th session is drawn.", n=step) if step > 1 else ""
    return section(title, muted(caption) + chart("holdings", holdings_chart(result)))


def holdings_chart(result: Result) -> Figure:
    """Return how much of the equity the largest holdings are, and how many there are; the hover names them."""
    equity = result.equity.iloc[:: _step(result)]
    weights = _weights(result, equity)
    size = weights.assign(size=weights["weight"].abs()).sort_values(["date", "size"], ascending=[True, False])
    top = size.groupby("date", sort=True).head(LARGEST)
    told: dict[pd.Timestamp, list[str]] = {}
    for row in tuples(top):
        told.setdefault(row.date, []).append(f"{row.symbol} {formats.percent(row.weight, 1)}")
    sums = {
        say("The {n} largest", n=LARGEST): top.groupby("date")["size"].sum(),
        say("The largest"): top.groupby("date")["size"].max(),
    }
    dates, count = day_texts(equity["date"]), weights.groupby("date").size().reindex(equity["date"], fill_value=0)
    figure = empty_figure(height=380)
    for (name, values), colour in zip(sums.items(), ("--long", "--third"), strict=True):
        drawn = values.reindex(equity["date"], fill_value=0.0)
        figure["data"].append(line_of(name, dates, drawn, colour, digits=4, width=2))
    figure["data"][0] |= {
        "text": ["<br>".join(told.get(date, ())) for date in equity["date"]],
        "hovertemplate": "%{y:.1%}<br>%{text}",
    }
    figure["data"].append(line_of(say("Securities"), dates, count, "--short", digits=0, axis="y2"))
    figure["layout"] |= {
        "yaxis": axis_of(say("Fraction of equity"), domain=[0.42, 1.0], tickformat=PERCENT, rangemode="tozero"),
        "yaxis2": axis_of(say("Number"), domain=[0.0, 0.32], rangemode="tozero"),
    }
    figure["layout"]["yaxis"]["hoverformat"] = ".1%"
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def _step(result: Result) -> int:
    return -(-len(result.equity) // SHOWN_SESSIONS)


def _weights(result: Result, equity: pd.DataFrame) -> pd.DataFrame:
    """Return date, symbol and weight of what is held at closes of `equity` whose equity is above 0."""
    positions = result.positions if result.positions is not None else pd.DataFrame()
    alive = equity.loc[equity["equity"] > 0.0].set_index("date")["equity"]
    base = positions["date"].map(alive)
    kept = positions[base.notna() & (positions["value"] != 0.0)]
    names = kept["symbol"].map({name: escape(name) for name in np.unique(kept["symbol"])}).astype(str)
    return pd.DataFrame({"date": kept["date"], "symbol": names, "weight": kept["value"] / base[kept.index]})
