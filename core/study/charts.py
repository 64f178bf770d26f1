"""The charts of a study, as plain plotly figures in the style of the reports."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..inference.means import BOUND, FEWEST_WINDOWS
from ..pages import formats
from ..pages.figures import Figure, axis_of, day_texts, empty_figure, line_of, rounded
from ..pages.markup import tuples

SMOOTH = 60
"""Sessions of the mean that is drawn for a noisy daily series."""

QUANTILE_COLOURS = ("--loss", "--short", "--muted", "--third", "--long", "--gain")
FEWEST_SESSIONS = 30
"""States that occurred on fewer sessions are in the table only: a single event would set the scale of the chart."""

DETAIL_COLOURS = ("--long", "--short", "--third", "--gain")


def ic_chart(table: pd.DataFrame) -> Figure:
    """Return the rank correlation as a mean over `SMOOTH` sessions, its cumulative sum beneath."""
    dates, values = day_texts(table["date"]), table["ic"]
    figure = empty_figure(height=440)
    smooth = values.rolling(SMOOTH, min_periods=max(2, min(SMOOTH, len(values) // 4))).mean()
    figure["data"] = [
        _dots("One session", dates, values),
        line_of(f"Mean of {SMOOTH} sessions", dates, smooth, "--long", width=2),
        {
            **line_of("Cumulative sum", dates, values.cumsum(), "--third", axis="y2", digits=3, width=2),
            "fill": "tozeroy",
            "fillcolor": "--long-soft",
        },
    ]
    figure["layout"] |= {
        "yaxis": axis_of("Rank correlation", domain=[0.42, 1.0], zeroline=True),
        "yaxis2": axis_of("Sum of correlations", domain=[0.0, 0.32], zeroline=True),
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def decay_chart(table: pd.DataFrame) -> Figure:
    """Return mean rank correlation and spread by horizon with 95 % intervals."""
    labels = [str(horizon) for horizon in table["horizon"]]
    figure = empty_figure(height=400)
    figure["data"] = [
        _estimates("Mean rank correlation", labels, table["ic"], _bounds(table, "ic"), "--long"),
        {
            **_estimates("Spread", labels, table["spread"], _bounds(table, "spread"), "--third"),
            "yaxis": "y2",
        },
    ]
    figure["layout"] |= {
        "xaxis": axis_of("Horizon, sessions", type="category", anchor="y2"),
        "yaxis": axis_of("Mean correlation", domain=[0.56, 1.0], zeroline=True),
        "yaxis2": axis_of("Top − bottom", domain=[0.0, 0.44], zeroline=True, tickformat=".3~%", hoverformat=".3~%"),
        "hovermode": "closest",
    }
    return figure


def quantiles_chart(table: pd.DataFrame) -> Figure:
    """Return mean excess returns by quantile of one horizon with 95 % intervals."""
    colours = _colours(len(table))
    figure = empty_figure(height=340)
    figure["data"] = [
        {
            "type": "bar",
            "x": [str(q) for q in table["quantile"]],
            "y": rounded(table["excess"], 6),
            "marker": {"color": colours},
            "error_y": _errors(BOUND * table["excess_error"]),
            "hovertemplate": "Quantile %{x}: %{y:.3~%}<extra></extra>",
        }
    ]
    figure["layout"] |= {
        "xaxis": axis_of("Quantile of the score (1 = lowest)", type="category"),
        "yaxis": axis_of("Mean excess return", zeroline=True, tickformat=".3~%", hoverformat=".3~%"),
        "showlegend": False,
        "hovermode": "closest",
    }
    return figure


def curves_chart(table: pd.DataFrame) -> Figure:
    """Return the growth of each quantile relative to that of all scored securities."""
    dates = day_texts(table["date"])
    names = [name for name in map(str, table) if name not in ("date", "all")]
    figure = empty_figure(height=340)
    figure["data"] = [
        line_of(f"Quantile {name[1:]}", dates, table[name] / table["all"] - 1.0, colour, width=2)
        for name, colour in zip(names, _colours(len(names)), strict=True)
    ]
    figure["layout"]["yaxis"] = axis_of("Growth against all", zeroline=True, tickformat=".0%", hoverformat=".1%")
    return figure


def states_chart(table: pd.DataFrame, name: str) -> Figure:
    """Return what followed each state less what followed all, with 95 % bootstrap intervals, by horizon."""
    table = table[table["sessions"] >= FEWEST_SESSIONS]
    states = list(dict.fromkeys(table["state"]))
    figure = empty_figure(height=130 + 46 * len(states), left=200)
    horizons = sorted(table["horizon"].unique())
    for i, horizon in enumerate(horizons):
        part = table[table["horizon"] == horizon]
        place = [states.index(state) + (i - (len(horizons) - 1) / 2) * 0.2 for state in part["state"]]
        figure["data"].append(
            {
                **_marks(f"after {horizon} sessions", part[name], place, DETAIL_COLOURS[i % len(DETAIL_COLOURS)]),
                "error_x": _errors(part[f"{name}_high"] - part[name], part[name] - part[f"{name}_low"]),
                "text": [
                    f"{state}: {formats.percent(value, sign=True)} after {horizon} sessions, n {events:,}"
                    for state, value, events in zip(part["state"], part[name], part["events"], strict=True)
                ],
            }
        )
    figure["layout"] |= _named_rows(states, "Mean return, state − all", percent=True)
    return figure


def groups_chart(table: pd.DataFrame) -> Figure:
    """Return the mean rank correlation of each group with its 95 % interval."""
    labels = [f"{row.group} ({formats.words(str(row.kind))})" for row in tuples(table)]
    figure = empty_figure(height=90 + 26 * len(labels), left=250)
    figure["data"] = [
        {
            **_marks("Mean rank correlation", table["ic"], list(range(len(labels))), "--long"),
            "error_x": _errors(_bounds(table, "ic")),
            "text": [
                f"{label}: {formats.number(ic, 3)}, t {formats.number(t, 1)}, {sessions:,} sessions"
                for label, ic, t, sessions in zip(labels, table["ic"], table["ic_t"], table["sessions"], strict=True)
            ],
        }
    ]
    figure["layout"] |= _named_rows(labels, "Mean rank correlation", percent=False) | {"showlegend": False}
    return figure


def stability_chart(table: pd.DataFrame, lags: Sequence[int]) -> Figure:
    """Return coverage, and the rank autocorrelation at each lag, as means over `SMOOTH` sessions."""
    dates = day_texts(table["date"])
    figure = empty_figure(height=400)

    def smooth(name: str) -> pd.Series:
        return table[name].rolling(SMOOTH, min_periods=1).mean()

    figure["data"] = [
        line_of(
            f"{lag} session{'s' if lag > 1 else ''} apart", dates, smooth(f"autocorrelation_{lag}"), colour, width=2
        )
        for lag, colour in zip(lags, DETAIL_COLOURS, strict=False)
    ]
    coverage = line_of("Coverage", dates, table["coverage"], "--gain", axis="y2", digits=4, width=2)
    figure["data"].append(coverage)
    figure["layout"] |= {
        "yaxis": axis_of("Rank autocorrelation", domain=[0.42, 1.0], zeroline=True),
        "yaxis2": axis_of("Coverage", domain=[0.0, 0.32], tickformat=".0%", hoverformat=".1%", rangemode="tozero"),
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def comparison_chart(table: pd.DataFrame) -> Figure:
    """Return the t of each rule's rank correlation, and beside the controls, largest first."""
    labels = list(table["rule"])
    figure = empty_figure(height=110 + 24 * len(labels), left=200)
    rows = list(range(len(labels)))
    trusted = ["--long" if windows >= FEWEST_WINDOWS else "--muted" for windows in table["windows"]]
    figure["data"] = [
        {**_marks("Rank correlation", table["t"], rows, "--long"), "marker": {"color": trusted, "size": 9}},
        {**_marks("Beside the controls", table["slope_t"], rows, "--short"), "marker": _hollow("--short")},
    ]
    figure["layout"] |= _named_rows(labels, "t (within ±1.96 one rule cannot be told from chance)", percent=False)
    return figure


def _bounds(table: pd.DataFrame, name: str) -> pd.Series:
    """Return half the 95 % intervals, NaN where too few spans without overlap stand behind them."""
    return (BOUND * table[f"{name}_error"]).where(table["windows"] >= FEWEST_WINDOWS)


def _estimates(name: str, x: list[str], values: pd.Series, errors: pd.Series, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": x,
        "y": rounded(values, 6),
        "error_y": _errors(errors),
        "line": {"color": colour, "width": 1.5},
        "marker": {"color": colour, "size": 8},
    }


def _marks(name: str, values: pd.Series, rows: Sequence[float], colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": rounded(values, 6),
        "y": list(rows),
        "marker": {"color": colour, "size": 9},
        "hovertemplate": "%{text}<extra></extra>",
        "text": [formats.number(value, 2) for value in values],
    }


def _hollow(colour: str) -> dict[str, Any]:
    return {"color": colour, "size": 9, "symbol": "diamond-open", "line": {"width": 2}}


def _dots(name: str, dates: list[str], values: pd.Series) -> dict[str, Any]:
    marker = {"color": "--muted", "size": 3, "opacity": 0.35}
    return {"type": "scatter", "mode": "markers", "name": name, "x": dates, "y": rounded(values, 4), "marker": marker}


def _errors(above: pd.Series, below: pd.Series | None = None) -> dict[str, Any]:
    bar: dict[str, Any] = {"type": "data", "array": rounded(above, 6), "thickness": 1.2, "width": 4}
    return bar if below is None else {**bar, "symmetric": False, "arrayminus": rounded(below, 6)}


def _named_rows(labels: Sequence[str], title: str, percent: bool) -> dict[str, Any]:
    """Return the layout of a chart of marks whose rows have names, the first on top."""
    ticks = {"tickvals": list(range(len(labels))), "ticktext": list(labels)}
    form = {"tickformat": ".3~%"} if percent else {}
    return {
        "xaxis": axis_of(title, zeroline=True, rangemode="tozero", **form),
        "yaxis": axis_of("", range=[len(labels) - 0.4, -0.6], **ticks),
        "hovermode": "closest",
    }


def _colours(count: int) -> list[str]:
    """Return colours for quantiles, the lowest first."""
    places = np.linspace(0, len(QUANTILE_COLOURS) - 1, count).round().astype(int)
    return [QUANTILE_COLOURS[place] for place in places]
