"""Rows of a chart beneath each other on one time axis, each with its own scale and its title above it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from ..pages import formats
from ..pages.figures import Figure, axis_of, empty_figure

_GAP, _TOP, _FOOT = 26, 12, 28
"""Pixels between two rows, where the title of the lower one stands; above the first and below the last."""


class ChartRow(NamedTuple):
    """One row of the chart."""

    title: str
    height: int  # pixels
    traces: list[dict[str, Any]]
    axis: dict[str, Any]


def lanes(names: Sequence[str]) -> tuple[int, dict[str, Any]]:
    """Return height and axis of a row whose values are names: at 0 the first, above it the next."""
    ticks = {"tickvals": list(range(len(names))), "ticktext": [formats.title(name) for name in names]}
    return 22 * len(names), {**ticks, "range": [-0.6, len(names) - 0.4], "showgrid": False, "fixedrange": True}


def stack_chart(days: pd.DataFrame, rows: list[ChartRow]) -> Figure:
    """Return the rows beneath each other on the time axis of `days`."""
    height = sum(row.height for row in rows) + _GAP * (len(rows) - 1)
    figure = empty_figure(height=height + _TOP + _FOOT, left=62, right=12)
    top, notes = 1.0, []
    for n, row in enumerate(rows):
        bottom = max(0.0, top - row.height / height)
        axis = "" if n == 0 else str(n + 1)
        figure["data"] += [{**trace, "yaxis": f"y{axis}", "showlegend": n == 0} for trace in row.traces]
        figure["layout"][f"yaxis{axis}"] = {**axis_of(""), **row.axis, "domain": [round(bottom, 5), round(top, 5)]}
        if row.title:
            notes.append(_note(row.title, top))
        top = bottom - _GAP / height
    half = pd.Timedelta(hours=12)
    ends = days["date"].iloc[0] - half, days["date"].iloc[-1] + half
    near = min(20, max(2, 600 // len(days)))  # pixels: half a session of a wide window, or a hover names other days
    figure["layout"] |= {"annotations": notes, "bargap": 0.0, "hoversubplots": "axis", "hoverdistance": near}
    figure["layout"]["xaxis"] |= {
        "range": [f"{end:%Y-%m-%d %H:%M}" for end in ends],
        "anchor": f"y{len(rows)}" if len(rows) > 1 else "y",
        "rangeslider": {"visible": False},
    }
    return figure


def _note(title: str, top: float) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": round(top, 5), "xanchor": "left", "yanchor": "bottom"}
    return {"text": title, **place, "showarrow": False, "font": {"size": 12, "color": "--muted"}}
