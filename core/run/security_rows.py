"""One security of a run as rows on one time axis: price with fills and contracts, events, position, balances, score."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.figures import Figure, day_texts, line_of, rounded
from ..pages.formats import unit_of
from ..pages.language import again, say
from .security_happenings import Event
from .security_held import held_rows
from .security_marks import Deals, contract_lines, fill_marks
from .security_paths import SecurityPath
from .stacked_rows import ChartRow, lanes, stack_chart

MOST_DAYS = 500
"""Candles of a chart; of a longer run each stands for several sessions."""

_PRICES = ("open", "high", "low", "close")
_FOLDED = {"open": "first", "high": "max", "low": "min", "net_buy": "sum", "net_short": "sum"}
"""How a column of several sessions becomes one; all others: the last that is known."""

_LANES = (("no trading", ("suspended", "missing rows")), ("at limit", ("limit up", "limit down")), ("ex-date", ()))
_EVENTS = {
    "ex-date": ("diamond", "--third"),
    "limit up": ("triangle-up-open", "--gain"),
    "limit down": ("triangle-down-open", "--loss"),
}


def sessions_of_a_candle(days: pd.DataFrame) -> int:
    """Return how many sessions one candle and one point of the lines stand for."""
    return -(-len(days) // MOST_DAYS)


def folded(days: pd.DataFrame, step: int) -> pd.DataFrame:
    """Return every `step` sessions as one, on the date of its last: as a weekly chart is made of a daily one."""
    if step <= 1:
        return days
    group = np.arange(len(days)) // step
    made = {}
    for name in days:
        grouped, how = days[name].groupby(group), _FOLDED.get(str(name), "last")
        made[name] = grouped.sum(min_count=1) if how == "sum" else grouped.agg(how)
    return pd.DataFrame(made)


def security_chart(
    path: SecurityPath, deals: Deals, held: pd.DataFrame | None, trips: pd.DataFrame, rule: str
) -> Figure:
    """Return the chart of a security.

    Parameters
    ----------
    path : SecurityPath
    deals : Deals
    held : DataFrame, optional
        ``date``, ``long`` and ``short``, fractions of equity at closes; None where the run kept no positions.
    trips : DataFrame
        Its round trips, which show when it was held where the run kept no positions.
    rule : str
        Whose score it is.
    """
    days = path.days if held is None else path.days.merge(held, on="date", how="left")
    shown = folded(days, sessions_of_a_candle(days))
    rows = [_price(path.days, shown, deals)]
    rows += _events(path.events)
    rows += held_rows(shown, trips)
    rows += [*_financing(shown), *_short(shown), *_flows(shown), *_score(shown, rule)]
    return stack_chart(path.days, rows)


def _price(days: pd.DataFrame, shown: pd.DataFrame, deals: Deals) -> ChartRow:
    dates = day_texts(shown["date"])
    if set(_PRICES) <= set(shown):
        lines = {"increasing": {"line": {"color": "--gain"}}, "decreasing": {"line": {"color": "--loss"}}}
        thin = {key: {"line": {**value["line"], "width": 1}} for key, value in lines.items()}
        prices = {name: rounded(shown[name], 4) for name in _PRICES}
        drawn = {"type": "candlestick", "name": say("Price"), "x": dates, **prices, **thin}
    else:
        drawn = line_of(say("Close"), dates, shown["close"], "--text", digits=4, width=1.4)
    close = days.set_index("date")["close"]
    traces = [drawn, *contract_lines(deals, days["date"].iloc[-1]), *fill_marks(deals, close)]
    return ChartRow("", 300, traces, {})


def _events(events: tuple[Event, ...]) -> Iterator[ChartRow]:
    """Give a row with a lane for each kind of event that there was."""
    traces: list[dict[str, Any]] = []
    names: list[str] = []
    for name, kinds in _LANES:
        found = [event for event in events if event.kind in (kinds or (name,))]
        if found:
            lane = len(names)
            names.append(name)
            traces += [_stretches(found, lane)] if name == "no trading" else _points(found, lane)
    if not traces:
        return
    height, axis = lanes(names)
    yield ChartRow(say("What happened"), height, traces, axis)


def _stretches(events: list[Event], lane: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": formats.title("no trading"),
        "x": [x for event in events for x in (str(event.start), str(event.end), None)],
        "y": [y for _ in events for y in (lane, lane, None)],
        "text": [text for event in events for text in (again(event.words), again(event.words), "")],
        "hovertemplate": "%{text}",
        "line": {"color": "--muted", "width": 7},
        "marker": {"color": "--muted", "size": 7, "symbol": "square"},
    }


def _points(events: list[Event], lane: int) -> Iterator[dict[str, Any]]:
    for kind, (symbol, colour) in _EVENTS.items():
        found = [event for event in events if event.kind == kind]
        if found:
            yield {
                "type": "scatter",
                "mode": "markers",
                "name": formats.named(kind.capitalize()),
                "x": [str(event.start) for event in found],
                "y": [lane] * len(found),
                "text": [again(event.words) for event in found],
                "hovertemplate": "%{text}",
                "marker": {"symbol": symbol, "color": colour, "size": 8},
            }


def _financing(shown: pd.DataFrame) -> Iterator[ChartRow]:
    if not _moves(shown, "financing_balance"):
        return
    unit, name = unit_of(shown["financing_balance"].to_numpy())
    traces = [_line(shown, "financing_balance", say("Financing balance"), "--long", unit)]
    title = say("Financing balance, {unit}", unit=name)
    if "spread" in shown:
        traces.append(_line(shown, "spread", say("Spread"), "--third", unit, dash="dot"))
        title = say("Financing, spread dotted, {unit}", unit=name)
    yield ChartRow(title, 90, traces, {"nticks": 4})


def _short(shown: pd.DataFrame) -> Iterator[ChartRow]:
    if _moves(shown, "short_balance"):
        unit, name = unit_of(shown["short_balance"].to_numpy())
        traces = [_line(shown, "short_balance", say("Short balance"), "--short", unit)]
        yield ChartRow(say("Short balance, {unit}", unit=name), 80, traces, {"nticks": 4, "rangemode": "tozero"})


def _flows(shown: pd.DataFrame) -> Iterator[ChartRow]:
    named = {
        "net_buy": (say("Net purchases"), "CNY", say("Net financing purchases, {unit}")),
        "net_short": (say("Net short sales"), "shares", say("Net short sales, {unit}")),
    }
    for column, (name, currency, title) in named.items():
        if _moves(shown, column):
            unit, size = unit_of(shown[column].to_numpy(), currency)
            values = (shown[column] / unit).to_numpy()
            colours = ["--gain" if value > 0.0 else "--loss" for value in values]
            bars = {
                "type": "bar",
                "name": name,
                "x": day_texts(shown["date"]),
                "y": rounded(values, _decimals(values, 3)),
            }
            marker = {"color": colours if column == "net_buy" else "--short", "line": {"width": 0}}
            axis = {"nticks": 4, "zeroline": True}
            yield ChartRow(title.format(unit=size), 80, [{**bars, "marker": marker}], axis)


def _score(shown: pd.DataFrame, rule: str) -> Iterator[ChartRow]:
    if _moves(shown, "score"):
        title = say("Score of {rule}", rule=rule)
        yield ChartRow(
            title, 90, [_line(shown, "score", say("Score"), "--accent", 1.0)], {"nticks": 4, "zeroline": True}
        )


def _moves(shown: pd.DataFrame, column: str) -> bool:
    """Return whether a column has a value that is not 0: a security off the short list has a row of zeros."""
    return column in shown and bool((shown[column].fillna(0.0) != 0.0).any())


def _line(shown: pd.DataFrame, column: str, name: str, colour: str, unit: float, **style: Any) -> dict[str, Any]:
    values = (shown[column] / unit).to_numpy()
    return line_of(name, day_texts(shown["date"]), values, colour, digits=_decimals(values, 4), **style)


def _decimals(values: np.ndarray, digits: int) -> int:
    """Return the decimals that show the largest of some values in so many digits."""
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max()) if finite.size else 0.0
    return max(0, digits - 1 - math.floor(math.log10(largest))) if largest > 0.0 else 0
