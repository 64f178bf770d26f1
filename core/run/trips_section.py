"""Round trips as the terminal and the page of a run show them: how often, how much and how long, by kind."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.figures import Figure, axis_of, empty_figure
from ..pages.language import say
from ..pages.markup import day, muted, section, tuples
from ..pages.table_markup import table
from .result import Result
from .trip_book import KINDS

SHOWN_TRIPS = 200
"""Rows of the table, those that earned or lost most; trades.csv has them all."""
_COLOURS = dict(zip(KINDS, ("--long", "--third", "--short"), strict=True))
_EDGES = np.linspace(-0.3, 0.3, 25)
"""Bounds of the histogram's bars; what lies beyond is counted in the outermost."""


def trip_lines(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Give the lines of the terminal; none where no round trip is over."""
    of = summary.get("round_trips") or {}
    if of.get("trips"):
        yield "Round trips", formats.count(of["trips"]), "Win rate", formats.percent(of["win_rate"])
        yield "  average days", formats.number(of["average_days"], 1), "Payoff", formats.number(of["payoff"])


def trips_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section of the page; empty where nothing was held."""
    of = result.summary.get("round_trips") or {}
    if not (of.get("trips") or of.get("open_trips")):
        return ""
    rows = [
        (
            formats.words(kind),
            *(formats.count(one[name]) for name in ("trips", "open_trips")),
            formats.percent(one["win_rate"]),
            formats.number(one["payoff"]),
            formats.number(one["average_days"], 1),
            formats.percent(one["average_return"], sign=True),
        )
        for kind, one in [*((kind, of["by_kind"][kind]) for kind in KINDS if kind in of["by_kind"]), ("all", of)]
    ]
    head = (
        *(say("Kind"), say("Closed trips"), say("Open trips"), say("Win rate"), say("Payoff")),
        *(say("Average days"), say("Average return")),
    )
    caption = say(
        "From the first share in to the last one out; after all costs. Payoff: average win over average loss."
    )
    content = muted(caption) + table(head, rows, texts=1)
    if of.get("trips") and not result.trades.empty:
        content += chart("trips", trips_chart(result.trades)) + _table(result.trades)
    return section(say("Round trips"), content, lead=_lead(of))


def _lead(of: Mapping[str, Any]) -> str:
    if not of.get("trips"):
        return ""
    return say(
        "{rate} of {n} closed round trips won; a win was {payoff} times a loss, and one lasted {days} days on average.",
        rate=formats.percent(of["win_rate"], 0),
        n=formats.count(of["trips"]),
        payoff=formats.number(of["payoff"]),
        days=formats.number(of["average_days"], 0),
    )


def trips_chart(trades: pd.DataFrame) -> Figure:
    """Return how many closed round trips had which return, by kind."""
    over = trades[(trades["is_open"] == 0) & np.isfinite(trades["return"])]
    figure = empty_figure(height=300)
    for kind in KINDS:
        values = over.loc[over["kind"] == kind, "return"].to_numpy()
        if len(values):
            counts, _ = np.histogram(np.clip(values, _EDGES[0], _EDGES[-1]), _EDGES)
            figure["data"].append(
                {
                    "type": "bar",
                    "name": formats.title(kind),
                    "x": [round(float(middle), 4) for middle in (_EDGES[:-1] + _EDGES[1:]) / 2.0],
                    "y": counts.tolist(),
                    "marker": {"color": _COLOURS[kind]},
                    "hovertemplate": "%{x:.1%}: %{y}<extra>%{fullData.name}</extra>",
                }
            )
    axis = axis_of(
        say("Return of a round trip; beyond ±{n} in the last bars", n="30 %"), tickformat=".0%", zeroline=True
    )
    figure["layout"] |= {"barmode": "stack", "xaxis": axis, "yaxis": axis_of(say("Number"), rangemode="tozero")}
    figure["layout"] |= {"hovermode": "closest", "showlegend": len(figure["data"]) > 1, "bargap": 0.06}
    figure["layout"]["margin"]["b"] = 44
    return figure


def _table(trades: pd.DataFrame) -> str:
    order = trades["profit"].abs().sort_values(ascending=False, kind="stable").index[:SHOWN_TRIPS]
    head = (
        *(say("Security"), say("Kind"), say("Opened"), say("Closed"), say("Forced"), say("Days")),
        *(say("Shares"), say("In"), say("Out"), say("Interest, CNY"), say("Profit, CNY"), say("Return")),
    )
    rows = [
        (
            row.symbol,
            formats.words(row.kind),
            day(row.opened),
            say("still open") if row.is_open else day(row.closed),
            say("yes") if row.is_forced else formats.NONE,
            *(formats.count(row.days), formats.count(row.shares)),
            *(formats.number(row.entry_price), formats.number(row.exit_price)),
            *(formats.amount(row.interest), formats.amount(row.profit, sign=True)),
            formats.percent(row.earned, sign=True),
        )
        for row in tuples(trades.loc[order].rename(columns={"return": "earned"}))
    ]
    rest = len(trades) - len(rows)
    tail = say("The {n} largest gains and losses; all are in {file}.", n=formats.count(len(rows)), file="trades.csv")
    return table(head, rows, texts=5) + (muted(tail) if rest > 0 else "")
