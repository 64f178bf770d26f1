"""The charts of a study, as plain plotly figures in the style of the reports."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ..inference.means import BOUND, FEWEST_WINDOWS
from ..pages import formats
from ..pages.figures import Figure, axis_of, day_texts, empty_figure, line_of, literal, rounded
from ..pages.labels import shortened
from ..pages.language import say
from ..pages.markup import tuples
from .verdict import t_words

SMOOTH = 60
"""Sessions of the mean that is drawn for a noisy daily series."""

QUANTILE_COLOURS = ("--loss", "--short", "--muted", "--third", "--long", "--gain")
FEWEST_SESSIONS = 30
"""States that occurred on fewer sessions are in the table only: a single event would set the scale of the chart."""

LONGEST_LABEL, LONGEST_RULE = 30, 24
"""Signs of a label beside a row: what is longer is cut in the middle, or the marks had no room on a phone."""

DETAIL_COLOURS = ("--long", "--short", "--third", "--gain")


def ic_chart(table: pd.DataFrame) -> Figure:
    """Return the rank correlation as a mean over `SMOOTH` sessions, its cumulative sum beneath."""
    dates, values = day_texts(table["date"]), table["ic"]
    figure = empty_figure(height=440)
    smooth = values.rolling(SMOOTH, min_periods=max(2, min(SMOOTH, len(values) // 4))).mean()
    figure["data"] = [
        _dots(say("One session"), dates, values),
        line_of(say("Mean of {n} sessions", n=f"{SMOOTH}"), dates, smooth, "--long", width=2),
        {
            **line_of(say("Cumulative sum"), dates, values.cumsum(), "--third", axis="y2", digits=3, width=2),
            "fill": "tozeroy",
            "fillcolor": "--long-soft",
        },
    ]
    figure["layout"] |= {
        "yaxis": axis_of(say("Rank correlation"), domain=[0.42, 1.0], zeroline=True),
        "yaxis2": axis_of(say("Sum of correlations"), domain=[0.0, 0.32], zeroline=True),
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def decay_chart(table: pd.DataFrame) -> Figure:
    """Return mean rank correlation and spread by horizon with 95 % intervals."""
    labels = [str(horizon) for horizon in table["horizon"]]
    figure = empty_figure(height=400)
    figure["data"] = [
        _estimates(say("Mean rank correlation"), labels, table["ic"], _bounds(table, "ic"), "--long"),
        {
            **_estimates(say("Top − bottom"), labels, table["spread"], _bounds(table, "spread"), "--third"),
            "yaxis": "y2",
        },
    ]
    figure["layout"] |= {
        "xaxis": axis_of(say("Horizon, sessions"), type="category", anchor="y2"),
        "yaxis": axis_of(say("Mean correlation"), domain=[0.56, 1.0], zeroline=True),
        "yaxis2": axis_of(
            say("Top − bottom"), domain=[0.0, 0.44], zeroline=True, tickformat=".3~%", hoverformat=".3~%"
        ),
        "hovermode": "closest",
    }
    return figure


def measures_chart(table: pd.DataFrame, measures: Sequence[str], labels: Sequence[str]) -> Figure:
    """Return mean rank correlation with each measure by horizon with 95 % intervals."""
    figure = empty_figure(height=340)
    for measure, label, colour in zip(measures, labels, DETAIL_COLOURS, strict=False):
        part = table[table["measure"] == measure]
        horizons = [str(horizon) for horizon in part["horizon"]]
        figure["data"].append(_estimates(label, horizons, part["ic"], _bounds(part, "ic"), colour))
    figure["layout"] |= {
        "xaxis": axis_of(say("Horizon, sessions"), type="category"),
        "yaxis": axis_of(say("Mean correlation"), zeroline=True),
        "hovermode": "closest",
    }
    return figure


def quantiles_chart(table: pd.DataFrame, title: str, *, percent: bool = True) -> Figure:
    """Return means by quantile of one horizon less those of all with 95 % intervals; `title`: of the axis."""
    form = {"tickformat": ".3~%", "hoverformat": ".3~%"} if percent else {}
    colours = _colours(len(table))
    figure = empty_figure(height=340)
    figure["data"] = [
        {
            "type": "bar",
            "x": [str(q) for q in table["quantile"]],
            "y": rounded(table["excess"], 6),
            "marker": {"color": colours},
            "error_y": _errors(BOUND * table["excess_error"]),
            "hovertemplate": say("Quantile {n}", n="%{x}") + f": %{{y:{'.3~%' if percent else '.3f'}}}<extra></extra>",
        }
    ]
    figure["layout"] |= {
        "xaxis": axis_of(say("Quantile of the score (1 = lowest)"), type="category"),
        "yaxis": axis_of(title, zeroline=True, **form),
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
        line_of(say("Quantile {n}", n=name[1:]), dates, table[name] / table["all"] - 1.0, colour, width=2)
        for name, colour in zip(names, _colours(len(names)), strict=True)
    ]
    figure["layout"]["yaxis"] = axis_of(say("Growth against all"), zeroline=True, tickformat=".0%", hoverformat=".1%")
    return figure


def states_chart(table: pd.DataFrame, name: str, title: str, *, percent: bool = True) -> Figure:
    """Return what followed each state less what followed all, with 95 % bootstrap intervals, by horizon.

    `title`: of the axis.
    """
    shown = formats.percent if percent else partial(formats.number, digits=3)
    table = table[table["sessions"] >= FEWEST_SESSIONS]
    states = list(dict.fromkeys(table["state"]))
    figure = empty_figure(height=130 + 46 * len(states), left=200)
    horizons = sorted(table["horizon"].unique())
    for i, horizon in enumerate(horizons):
        part = table[table["horizon"] == horizon]
        place = [states.index(state) + (i - (len(horizons) - 1) / 2) * 0.2 for state in part["state"]]
        figure["data"].append(
            {
                **_marks(
                    say("after {n} sessions", n=f"{horizon}"),
                    part[name],
                    place,
                    DETAIL_COLOURS[i % len(DETAIL_COLOURS)],
                ),
                "error_x": _errors(part[f"{name}_high"] - part[name], part[name] - part[f"{name}_low"]),
                "text": [
                    say(
                        "{state}: {value} after {horizon} sessions, n {n}",
                        state=say(state),
                        value=shown(value, sign=True),
                        horizon=f"{horizon}",
                        n=formats.count(events),
                    )
                    for state, value, events in zip(part["state"], part[name], part["events"], strict=True)
                ],
            }
        )
    figure["layout"] |= _named_rows([say(state) for state in states], title, percent=percent)
    return figure


def groups_chart(table: pd.DataFrame) -> Figure:
    """Return the mean rank correlation of each group with its 95 % interval."""
    labels = [f"{group_name(row)} ({formats.words(str(row.kind))})" for row in tuples(table)]
    labels = [literal(label) for label in shortened(labels, LONGEST_LABEL)]
    figure = empty_figure(height=90 + 26 * len(labels), left=250)
    figure["data"] = [
        {
            **_marks(say("Mean rank correlation"), table["ic"], list(range(len(labels))), "--long"),
            "error_x": _errors(_bounds(table, "ic")),
            "text": [
                f"{label}: {formats.number(row.ic, 3)}, t {t_words(row.ic_t, row.windows)}, "
                + say("{n} sessions", n=formats.count(row.sessions))
                for label, row in zip(labels, tuples(table), strict=True)
            ],
        }
    ]
    figure["layout"] |= _named_rows(labels, say("Mean rank correlation"), percent=False) | {"showlegend": False}
    return figure


def group_name(row: Any) -> str:
    """Return a group as a page names it; an industry has the name that the data give it."""
    return formats.words(row.group) if row.kind == "board" else say(row.group)


def stability_chart(table: pd.DataFrame, lags: Sequence[int]) -> Figure:
    """Return coverage, and the rank autocorrelation at each lag, as means over `SMOOTH` sessions."""
    dates = day_texts(table["date"])
    figure = empty_figure(height=400)

    def smooth(name: str) -> pd.Series:
        return table[name].rolling(SMOOTH, min_periods=1).mean()

    figure["data"] = [
        line_of(
            say("{n} sessions apart", n=f"{lag}") if lag > 1 else say("1 session apart"),
            dates,
            smooth(f"autocorrelation_{lag}"),
            colour,
            width=2,
        )
        for lag, colour in zip(lags, DETAIL_COLOURS, strict=False)
    ]
    coverage = line_of(say("Coverage of scores"), dates, table["coverage"], "--gain", axis="y2", digits=4, width=2)
    figure["data"].append(coverage)
    figure["layout"] |= {
        "yaxis": axis_of(say("Rank autocorrelation"), domain=[0.42, 1.0], zeroline=True),
        "yaxis2": axis_of(
            say("Coverage of scores"), domain=[0.0, 0.32], tickformat=".0%", hoverformat=".1%", rangemode="tozero"
        ),
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def comparison_chart(table: pd.DataFrame, bar: float | None) -> Figure:
    """Return the t of each rule's rank correlation, and beside the controls, largest first.

    `bar`: the |t| that luck does not reach in so many rules; None where no t can be trusted.
    """
    labels = [literal(label) for label in shortened([_name(rule) for rule in table["rule"]], LONGEST_RULE)]
    figure = empty_figure(height=110 + 24 * len(labels), left=200)
    rows = list(range(len(labels)))
    is_trusted = (table["windows"] >= FEWEST_WINDOWS).to_list()
    colours = [
        ["--long" if one else "--muted" for one in is_trusted],
        ["--short" if one else "--muted" for one in is_trusted],
    ]
    figure["data"] = [
        {**_marks(say("Rank correlation"), table["t"], rows, "--long"), "marker": {"color": colours[0], "size": 9}},
        {**_marks(say("Beside the controls"), table["slope_t"], rows, "--short"), "marker": _hollow(colours[1])},
    ]
    if bar is not None:
        figure["layout"]["shapes"] = [
            _upright(sign * at, dash) for at, dash in ((BOUND, "dot"), (bar, "dash")) for sign in (-1.0, 1.0)
        ]
    figure["layout"] |= _named_rows(labels, "t", percent=False)
    return figure


def _name(rule: str) -> str:
    """Return a rule as an axis names it, where there is little room: in Chinese by its Chinese name alone."""
    return formats.words(rule) if formats.idea(rule) != rule else rule


def _upright(place: float, dash: str) -> dict[str, Any]:
    line = {"color": "--muted", "width": 1, "dash": dash}
    return {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper", "layer": "below", "line": line}


def _bounds(table: pd.DataFrame, name: str) -> pd.Series:
    """Return half the 95 % intervals, NaN where too few spans without overlap stand behind them."""
    windows = table["spread_sessions"] / table["horizon"] if name == "spread" else table["windows"]
    return (BOUND * table[f"{name}_error"]).where(windows >= FEWEST_WINDOWS)


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


def _hollow(colour: str | list[str]) -> dict[str, Any]:
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
