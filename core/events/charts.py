"""The charts of an event study, as plain plotly figures in the style of the reports."""

import numpy as np
import pandas as pd

from ..pages.figures import PERCENT, Figure, axis_of, empty_figure, line_of, rounded
from ..pages.language import say

LINES = ("--long", "--short", "--third")
"""Colours of the benchmarks, that of the verdict first."""


def path_chart(paths: list[tuple[str, pd.DataFrame]]) -> Figure:
    """Return the cumulative mean abnormal return of one kind of events by session of the window.

    Parameters
    ----------
    paths : list of (name, rows of the path)
        One for each benchmark, that of the verdict first: the first is drawn with its 95 % band and with the range of
        95 % of the placebo windows.
    """
    figure = empty_figure(height=380)
    _, first = paths[0]
    days = [str(day) for day in first["day"]]
    figure["data"] = [
        *_band(say("95 % of placebo windows"), days, first["placebo_low"], first["placebo_high"], "--grid"),
        *_band(say("95 % band"), days, first["low"], first["high"], "--long-soft"),
        *(
            line_of(name, days, path["cumulative"], colour, width=2.4 if n == 0 else 1.2)
            for n, ((name, path), colour) in enumerate(zip(paths, LINES, strict=False))
        ),
    ]
    figure["layout"] |= {
        "xaxis": axis_of(say("Sessions from the event"), type="linear", hoverformat="d"),
        "yaxis": axis_of(say("Cumulative abnormal return"), zeroline=True, tickformat=PERCENT, hoverformat=PERCENT),
        "shapes": [_upright()],
    }
    return figure


def _band(name: str, days: list[str], low: pd.Series, high: pd.Series, colour: str) -> list[dict]:
    """Return the area between two lines; nothing where neither is known."""
    if np.isnan(low.to_numpy(np.float64)).all():
        return []
    edge = {"mode": "lines", "line": {"width": 0, "color": colour}, "hoverinfo": "skip", "type": "scatter"}
    return [
        {**edge, "x": days, "y": rounded(low, 5), "showlegend": False},
        {**edge, "x": days, "y": rounded(high, 5), "name": name, "fill": "tonexty", "fillcolor": colour},
    ]


def _upright() -> dict:
    """Return the line at session 0."""
    line = {"color": "--muted", "width": 1, "dash": "dot"}
    return {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": line}
