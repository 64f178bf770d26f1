"""The building blocks of the reports' charts: plain plotly figures in the page's style.

Colours are the names of the page's CSS variables (``--long``); the page's script puts the colour of the reader's
light or dark scheme in their place. Plain dicts need no import of plotly and are the same in each of its versions.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import pairwise
from typing import Any

import pandas as pd

from .language import spoken

Figure = dict[str, Any]
Chart = Callable[[str, Figure], str]
"""Takes the name of a figure and the figure, and returns the element in which it is drawn."""

MOST_POINTS = 5000
"""Points of a line from which it is thinned: several for each pixel."""


FEW_DAYS = 6
"""Up to so many days each is a tick of the axis."""

PERCENT = ".3~%"
"""Ticks of fractions: as many decimals as they need, so that no two read the same."""

_FLAT = 0.01
"""By how much the axis of a flat fraction reaches beyond it."""


class Drawn:
    """The figures of a page by the id of the element in which each is drawn."""

    def __init__(self) -> None:
        self.figures: dict[str, Figure] = {}

    def chart(self, name: str, figure: Figure) -> str:
        """Keep a figure, `settled`, and return the element for it."""
        self.figures[f"chart-{name}"] = settled(figure)
        return f'<div class="chart" id="chart-{name}" style="height:{figure["layout"]["height"]}px"></div>'


def empty_figure(height: int, left: int = 76, right: int = 24) -> Figure:
    """Return an empty figure in the page's style; sessions on a date axis, lines run across days off."""
    layout = {
        "height": height,
        "margin": {"l": left, "r": right, "t": 12, "b": 28},
        "paper_bgcolor": "--card",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "--text"},
        "hovermode": "x unified",
        "hoverlabel": {"namelength": -1, "bgcolor": "--card", "bordercolor": "--grid", "font": {"color": "--text"}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {**axis_of(""), "type": "date", "hoverformat": "%Y-%m-%d", **_ticks()},
    }
    return {"data": [], "layout": layout}


def _ticks() -> dict[str, Any]:
    """Return how the days of an axis are written where it is not plotly's own way."""
    if spoken() == "en":
        return {}
    days = {"dtickrange": [None, 86_400_000 * 27], "value": "%-m月%-d日\n%Y年"}
    months = {"dtickrange": [86_400_000 * 27, "M11"], "value": "%Y年%-m月"}
    return {"tickformatstops": [days, months, {"dtickrange": ["M12", None], "value": "%Y年"}]}


def stacked(figures: Sequence[Figure], scale: float = 1.0, gap: float = 0.035) -> Figure:
    """Return figures beneath each other on one axis of dates, the first on top, each `scale` times as high as alone."""
    total = sum(one["layout"]["height"] for one in figures)
    made: Figure = {"data": [], "layout": {**figures[0]["layout"], "height": round(scale * total)}}
    heights = [one["layout"]["height"] / total for one in figures]
    top, number = 1.0, 0
    for figure, height in zip(figures, heights, strict=True):
        layout, renamed = figure["layout"], {}
        for name in sorted(key for key in layout if key.startswith("yaxis")):
            number += 1
            renamed[name.replace("axis", "")] = f"y{number}" if number > 1 else "y"
            low, high = layout[name].get("domain", (0.0, 1.0))
            part = [top - height + gap + (height - gap) * edge for edge in (low, high)]
            made["layout"][f"yaxis{number}" if number > 1 else "yaxis"] = {**layout[name], "domain": part}
        made["data"] += [{**trace, "yaxis": renamed[trace.get("yaxis", "y")]} for trace in figure["data"]]
        top -= height
    made["layout"]["xaxis"] = {**made["layout"]["xaxis"], "anchor": f"y{number}" if number > 1 else "y"}
    return made


def literal(name: Any) -> str:
    """Return a name that a user or a file gave as plotly has to have it, which takes a text of a chart for HTML."""
    return escape(str(name), quote=False)


def axis_of(title: str, **more: Any) -> dict[str, Any]:
    """Return an axis in the page's style, with `more` of plotly's keys."""
    axis: dict[str, Any] = {
        "gridcolor": "--grid",
        "linecolor": "--grid",
        "zerolinecolor": "--muted",
        "automargin": True,
    }
    titled = {"title": {"text": title}} if title else {}  # an empty title would still take its room
    return {**axis, "zeroline": False, **titled, **more}


def line_of(
    name: str, dates: list[str], values: Iterable[float], colour: str, *, digits: int = 5, axis: str = "y", **style: Any
) -> dict[str, Any]:
    """Return a line; `digits` are decimals, enough for the eye and few enough to keep the page small.

    A line of more than `MOST_POINTS` is thinned, and `points_left_out` tells of it.
    """
    x, y = thinned(dates, rounded(values, digits))
    left = {"meta": {"left_out": len(dates) - len(x)}} if len(x) < len(dates) else {}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": y,
        "yaxis": axis,
        "line": {"color": colour, "width": 1.2, **style},
        **left,
    }


def thinned(
    x: Sequence[Any], y: Sequence[float | None], most: int = MOST_POINTS
) -> tuple[list[Any], list[float | None]]:
    """Return at most about `most` points of a line: of each of its equal parts the first, lowest, highest and last.

    A part that holds a gap keeps one, and the extremes of the whole line are always among them.
    """
    if len(y) <= most:
        return list(x), list(y)
    parts = max(1, most // 5)
    bounds = [len(y) * part // parts for part in range(parts + 1)]
    kept = [place for begin, end in pairwise(bounds) for place in _kept(y, begin, end)]
    return [x[place] for place in kept], [y[place] for place in kept]


def _kept(y: Sequence[float | None], begin: int, end: int) -> list[int]:
    places = {begin, end - 1}
    known = [place for place in range(begin, end) if y[place] is not None]
    if known:
        places |= {min(known, key=lambda place: y[place] or 0.0), max(known, key=lambda place: y[place] or 0.0)}
    if len(known) < end - begin:
        places.add(next(place for place in range(begin, end) if y[place] is None))
    return sorted(places)


def points_left_out(figure: Figure) -> int:
    """Return how many points of a figure's lines are not drawn."""
    return sum(trace.get("meta", {}).get("left_out", 0) for trace in figure["data"])


def settled(figure: Figure) -> Figure:
    """Return a figure with what plotly would choose badly: the days of a few sessions, and axes of flat fractions."""
    layout, days = (
        dict(figure["layout"]),
        sorted({str(x)[:10] for one in figure["data"] for x in one.get("x") or () if x}),
    )
    axis = layout.get("xaxis", {})
    if axis.get("type") == "date" and 0 < len(days) <= FEW_DAYS:  # else ticks of hours, each with the name of its day
        layout["xaxis"] = {**axis, "tickmode": "array", "tickvals": days}
    for name in [key for key in layout if key.startswith("yaxis")]:
        drawn = [one for one in figure["data"] if one.get("yaxis", "y") == name.replace("axis", "")]
        values = {y for one in drawn for y in one.get("y") or () if isinstance(y, int | float)}
        is_fraction = str(layout[name].get("tickformat", "")).endswith("%")
        if is_fraction and len(values) == 1 and "range" not in layout[name]:  # else from 100 % below to 100 % above
            (value,) = values
            low, high = min(value, 0.0), max(value, 0.0)
            layout[name] = {
                **layout[name],
                "range": [1.1 * low - _FLAT * (value <= 0.0), 1.1 * high + _FLAT * (value >= 0.0)],
            }
    return {**figure, "layout": layout}


def day_texts(dates: pd.Series) -> list[str]:
    """Return dates as ISO texts, which plotly reads."""
    return dates.dt.strftime("%Y-%m-%d").tolist()


def rounded(values: Iterable[float], digits: int) -> list[float | None]:
    """Return rounded numbers, None (a gap) for NaN and infinity."""
    return [round(float(value), digits) if math.isfinite(value) else None for value in values]
