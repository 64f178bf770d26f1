"""The maintenance ratio with its lines and every event on it, on a run's page."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.figures import PERCENT, Figure, axis_of, day_texts, empty_figure, line_of, rounded
from ..pages.language import say
from ..pages.markup import muted, section, sorted_counts
from .metrics import maintenance_lines
from .result import Result

AXIS_ABOVE_LINES = 1.15
HIGHEST = 10.0
"""Of an axis that reaches to where the account usually stood: beyond 1,000 % a debt is next to nothing."""
"""The axis ends this much above the highest line: without debt the ratio has no upper end."""


def maintenance_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section; empty without a session."""
    if result.equity.empty:
        return ""
    title, lead = say("Maintenance ratio"), _lead(result.summary)
    if not np.isfinite(result.equity["maintenance_ratio"]).any():
        return section(title, muted(say("The account never had a debt.")))
    figure = maintenance_chart(result)
    return section(title, chart("maintenance", figure) + _caption(result, figure), lead=lead)


def _lead(summary: dict[str, Any]) -> str:
    lowest, below = summary.get("lowest_maintenance_ratio"), summary.get("sessions_below_call")
    if lowest is None:
        return ""
    told = {"ratio": formats.percent(lowest, 1), "date": summary.get("lowest_maintenance_date")}
    if below is None:
        return say("The lowest close was {ratio}, on {date}; no call line is configured.", **told)
    return say(
        "The lowest close was {ratio}, on {date}; {n} closes lay below the call line.", **told, n=formats.count(below)
    )


def _caption(result: Result, figure: Figure) -> str:
    ratio, top = result.equity["maintenance_ratio"], figure["layout"]["yaxis"]["range"][1]
    free, above = int(np.isinf(ratio).sum()), int((np.isfinite(ratio) & (ratio > top)).sum())
    parts = [say("Gap: no debt, {n} sessions.", n=formats.count(free))] if free else []
    if above:
        parts.append(
            say("Beyond the axis: {n} sessions above {top}.", n=formats.count(above), top=formats.percent(top, 0))
        )
    parts += [] if maintenance_lines(result.config) else [say("The configuration names no lines.")]
    events = sorted_counts(result.margin_events["event"].value_counts().to_dict())
    if events:
        counted = ", ".join(f"{formats.words(name)} {formats.count(n)}" for name, n in events)
        parts.append(say("Events: {events}. Several of one day share a mark.", events=counted))
    return muted(" ".join(parts)) if parts else ""


def maintenance_chart(result: Result) -> Figure:
    """Return the maintenance ratio, its lines and the margin events; a gap is a session without debt."""
    dates, ratio = day_texts(result.equity["date"]), result.equity["maintenance_ratio"].to_numpy()
    lines, finite = maintenance_lines(result.config), ratio[np.isfinite(ratio)]
    lowest = finite.min() if len(finite) else 1.0
    usual = float(np.quantile(finite, 0.9)) if len(finite) else 0.0
    top = max([2.0, lowest, *lines.values(), min(usual, HIGHEST)]) * AXIS_ABOVE_LINES
    reach = (float(min(lowest, 1.0) * 0.95), float(top))
    figure = empty_figure(height=420, left=56, right=12)
    title = say("Maintenance ratio")
    figure["data"] = [
        {**line_of(title, dates, ratio, "--long", width=2), "connectgaps": False},
        *_marks(result, reach),
    ]
    figure["layout"]["margin"]["b"] = 44
    figure["layout"]["xaxis"] |= {"automargin": False, "tickangle": 0, "nticks": 4}  # a legend moves enough already
    labelled = sorted(_by_value(lines).items())
    figure["layout"] |= {
        "yaxis": axis_of("", range=list(reach), tickformat=PERCENT, hoverformat=".1%"),
        "shapes": [_level(value, _LINE_COLOURS.get(name, "--muted")) for name, value in lines.items()],
        "annotations": [_label(names, value, bool(n % 2)) for n, (value, names) in enumerate(labelled)],
        "showlegend": len(figure["data"]) > 1,
        "hovermode": "closest",
    }
    return figure


def _marks(result: Result, reach: tuple[float, float]) -> Iterable[Figure]:
    """Give the marks of each kind of event, one for all of a day, at its ratio or else at the close's."""
    closes = result.equity.set_index("date")["maintenance_ratio"]
    events = result.margin_events
    known = [name for name in EVENT_MARKS if (events["event"] == name).any()]
    for name in [*known, *sorted(set(events["event"]) - set(known))]:
        symbol, colour = EVENT_MARKS.get(name, ("circle-open", "--muted"))
        days = events[events["event"] == name].groupby("date")
        told = days.agg(
            ratio=("ratio", "first"), amount=("amount", "sum"), n=("event", "size"), deadline=("deadline", "min")
        )
        place = told["ratio"].where(np.isfinite(told["ratio"]), closes.reindex(told.index))
        yield {
            "type": "scatter",
            "mode": "markers",
            "name": formats.title(name),
            "x": day_texts(told.index.to_series()),
            "y": rounded(place.fillna(reach[1]).clip(*reach), 5),
            "text": [_told(row) for row in told.itertuples()],
            "hovertemplate": "%{x|%Y-%m-%d}  %{fullData.name}%{text}<extra></extra>",
            "marker": {"symbol": symbol, "color": colour, "size": 9, "line": {"color": "--card", "width": 1}},
        }


def _told(row: Any) -> str:
    """Return what the hover of a day's events says beside their name."""
    parts = [f" × {row.n}" if row.n > 1 else ""]
    parts += [f"<br>{say('ratio {ratio}', ratio=formats.percent(row.ratio, 1))}"] if np.isfinite(row.ratio) else []
    parts += [f"<br>{say('{amount} CNY', amount=formats.amount(row.amount))}"] if row.amount > 0.0 else []
    parts += [f"<br>{say('until {date}', date=f'{row.deadline:%Y-%m-%d}')}"] if row.deadline is not pd.NaT else []
    return "".join(parts)


EVENT_MARKS = {
    "warn": ("circle-open", "--short"),
    "call": ("triangle-down", "--alarm"),
    "cured": ("circle", "--accent"),
    "forced_sale": ("x", "--alarm"),
    "instant": ("x", "--alarm"),
    "restored": ("circle", "--accent"),
    "insolvent": ("star", "--alarm"),
    "warn_low": ("circle-open", "--short"),
    "call_low": ("triangle-down-open", "--alarm"),
    "instant_low": ("x-open", "--alarm"),
    "withdrawal_refused": ("diamond-open", "--muted"),
    "due": ("square", "--third"),
    "recalled": ("square-open", "--third"),
    "extended": ("triangle-right", "--third"),
    "removed": ("diamond", "--third"),
}
"""Mark and colour of the events that have their own."""

_LINE_NAMES = {
    "warn": "warning line",
    "call": "call line",
    "restore": "restoring line",
    "instant": "instant line",
    "withdraw": "withdrawal line",
}
_LINE_COLOURS = {
    "withdraw": "--accent",
    "restore": "--short",
    "warn": "--short",
    "call": "--alarm",
    "instant": "--alarm",
}


def _by_value(lines: dict[str, float]) -> dict[float, list[str]]:
    """Return the names at each value, so that two lines at one ratio share one label."""
    grouped: dict[float, list[str]] = {}
    for name, value in lines.items():
        grouped.setdefault(value, []).append(name)
    return grouped


def _level(value: float, colour: str) -> dict[str, Any]:
    line = {"color": colour, "width": 1, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": value, "y1": value, "line": line}


def _label(names: list[str], value: float, is_right: bool) -> dict[str, Any]:
    """Return the label of a line within the plot, on alternate sides: on a phone there is no room beside it."""
    text = f"{' / '.join(say(_LINE_NAMES.get(name, name)) for name in names)} {formats.percent(value, 0)}"
    side = {"x": 1.0, "xanchor": "right"} if is_right else {"x": 0.0, "xanchor": "left"}
    place = {"xref": "paper", **side, "yref": "y", "y": value, "yanchor": "bottom"}
    return {
        **place,
        "text": text,
        "showarrow": False,
        "font": {"size": 11, "color": "--text"},
        "bgcolor": "--card",
        "opacity": 0.85,
    }
