"""The margin balances of the universe over a run, on its page."""

from collections.abc import Callable

from ..pages.figures import Figure, axis_of, day_texts, empty_figure, line_of
from ..pages.formats import unit_of
from ..pages.language import say
from ..pages.markup import muted, section
from .result import Result


def balances_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section; empty where the data publish no balance."""
    if not result.market[["financing_balance", "short_balance", "spread"]].notna().to_numpy().any():
        return ""
    caption = muted(say("Sums over the universe. Spread (差额) = financing balance − short balance."))
    return section(say("Margin balances of the universe"), caption + chart("market", balances_chart(result)))


def balances_chart(result: Result) -> Figure:
    """Return the universe's financing balance and spread, and the short balance on a scale of its own beneath."""
    market = result.market
    dates = day_texts(market["date"])
    unit, name = unit_of(market[["financing_balance", "spread"]].to_numpy())
    short_unit, short_name = unit_of(market["short_balance"].to_numpy())
    figure = empty_figure(height=460)
    short = market["short_balance"] / short_unit
    figure["data"] = [
        line_of(say("Financing balance"), dates, market["financing_balance"] / unit, "--long", digits=6, width=2),
        line_of(say("Spread"), dates, market["spread"] / unit, "--third", digits=6, dash="dot", width=2),
        line_of(say("Short balance"), dates, short, "--short", digits=6, axis="y2", width=2),
    ]
    figure["layout"] |= {
        "yaxis": axis_of(name, domain=[0.42, 1.0]),
        "yaxis2": axis_of(say("Short, {unit}", unit=short_name), domain=[0.0, 0.32], rangemode="tozero"),
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure
