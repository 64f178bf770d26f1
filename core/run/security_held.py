"""What an account held and owed of one security in the course of a run, and what the strategy asked for."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ..pages import formats
from ..pages.figures import day_texts, line_of
from ..pages.language import say
from ..pages.markup import day, tuples
from .result import Result
from .stacked_rows import ChartRow, lanes
from .trip_book import KINDS

_COLOURS = dict(zip(KINDS, ("--long", "--third", "--short"), strict=True))


def held_of(result: Result, symbol: str) -> pd.DataFrame | None:
    """Return what was held and owed of a security by session, as fractions of equity; None where it was not kept.

    ``date``, ``long`` (0 or more) and ``short`` (0 or less), NaN where the equity is not above 0.
    """
    if result.positions is None:
        return None
    own = result.positions[result.positions["symbol"] == symbol].set_index("date")
    equity = result.equity.set_index("date")["equity"]
    equity = equity.where(equity > 0.0)
    own = own.reindex(equity.index)
    long = ((own["collateral"] + own["financed"]) * own["price"]).fillna(0.0) / equity
    short = -(own["short"] * own["price"]).fillna(0.0) / equity
    return pd.DataFrame({"date": equity.index, "long": long.to_numpy(), "short": short.to_numpy()})


def trips_of(result: Result, symbol: str) -> pd.DataFrame:
    """Return the round trips of a security."""
    return result.trades[result.trades["symbol"] == symbol]


def held_rows(shown: pd.DataFrame, trips: pd.DataFrame) -> Iterator[ChartRow]:
    """Give the row of what is held and owed, else when it was, with the target."""
    dates = day_texts(shown["date"])
    target = _target(shown, dates)
    if "long" in shown:
        traces = []
        for name, title, colour in (("long", say("Held"), "--long"), ("short", say("Owed"), "--short")):
            if (shown[name] != 0.0).any():
                line = line_of(title, dates, shown[name], colour, digits=4, shape="hv")
                traces.append({**line, "fill": "tozeroy", "fillcolor": f"{colour}-soft"})
        title = say("Held, owed, target dashed, of equity") if target else say("Held and owed, of equity")
        axis = {"tickformat": ".0%", "hoverformat": ".1%", "zeroline": True, "nticks": 4}
        if traces or target:
            yield ChartRow(title, 90, [*traces, *target], axis)
        return
    if not trips.empty:
        kinds = [kind for kind in KINDS if (trips["kind"] == kind).any()]
        height, axis = lanes(kinds)
        traces = [_lane(trips[trips["kind"] == kind], kind, n, shown["date"].iloc[-1]) for n, kind in enumerate(kinds)]
        yield ChartRow(say("When it was held or owed"), height, traces, axis)
    if target:
        axis = {"tickformat": ".0%", "hoverformat": ".1%", "zeroline": True, "nticks": 4}
        yield ChartRow(say("Target, of equity"), 70, target, axis)


def _target(shown: pd.DataFrame, dates: list[str]) -> list[dict[str, Any]]:
    """Return the line of the weight that was asked for last."""
    if "target" not in shown or not shown["target"].notna().any():
        return []
    style = {"shape": "hv", "dash": "dash", "width": 1.4}
    return [line_of(say("Target"), dates, shown["target"].ffill(), "--text", digits=4, **style)]


def _lane(trips: pd.DataFrame, kind: str, lane: int, last: pd.Timestamp) -> dict[str, Any]:
    x: list[str | None] = []
    texts: list[str] = []
    for row in tuples(trips):
        told = say("{kind}, at most {n} shares", kind=formats.words(kind), n=formats.count(row.shares))
        x += [day(row.opened), day(last if row.closed is pd.NaT else row.closed), None]
        texts += [told, told, ""]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": formats.title(kind),
        "x": x,
        "y": [y for _ in range(len(trips)) for y in (lane, lane, None)],
        "text": texts,
        "hovertemplate": "%{text}",
        "line": {"color": _COLOURS[kind], "width": 7},
    }
