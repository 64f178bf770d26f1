"""Round trips as the terminal and the page of a run show them: how often, how much and how long, by kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..pages import formats
from ..pages.language import say
from ..pages.markup import muted, section
from ..pages.table_markup import table


def trip_lines(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Give the lines of the terminal; none where no round trip is over."""
    of = summary.get("round_trips") or {}
    if of.get("trips"):
        yield "Round trips", formats.count(of["trips"]), "Win rate", formats.percent(of["win_rate"])
        yield "  average days", formats.number(of["average_days"], 1), "Payoff", formats.number(of["payoff"])


def trips_section(summary: Mapping[str, Any]) -> str:
    """Return the section of the page; empty where nothing was held."""
    of = summary.get("round_trips") or {}
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
        for kind, one in [*of["by_kind"].items(), ("all", of)]
    ]
    head = ("Kind", "Closed", "Open", "Win rate", "Payoff", "Average days", "Average return")
    caption = "From the first share in to the last one out; after all costs. Payoff: average win over average loss."
    return section(say("Round trips"), muted(f"{caption} Each one is in trades.csv.") + table(head, rows, texts=1))
