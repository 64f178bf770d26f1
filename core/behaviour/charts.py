"""The charts of a study of behaviour: responses by lag, and by group."""

from typing import Any

import pandas as pd

from ..inference.means import FEWEST_WINDOWS
from ..pages import formats
from ..pages.figures import Figure, axis_of, empty_figure, literal, rounded
from ..pages.labels import shortened
from ..pages.language import say
from .outcome import figure
from .responses import dicts

COLOURS = {"up": "--gain", "down": "--loss"}
LONGEST_LABEL = 30
_SYMBOLS = {"up": "circle", "down": "diamond"}


def named_answer(name: str) -> str:
    """Return an answer as a legend names it."""
    return {"up": say("after rises"), "down": say("after falls"), "difference": say("falls − rises")}[name]


def lags_chart(rows: pd.DataFrame, weekly: bool) -> Figure:
    """Return the responses to each lag alone, with what chance reaches on either side."""
    figure = empty_figure(height=340)
    labels = rows["lag"].tolist()
    for name in ("up", "down"):
        figure["data"].append(
            {
                **_marks(name),
                "x": labels,
                "y": rounded(rows[name], 9),
                "error_y": _errors(_reach(rows, name)),
                "text": _texts(rows, name, labels),
            }
        )
    title = say("Weeks before the flow") if weekly else say("Sessions before the flow")
    figure["layout"] |= {
        "xaxis": axis_of(title, type="category"),
        "yaxis": axis_of(say("Flow per 1 of return"), zeroline=True),
        "hovermode": "closest",
    }
    return figure


def groups_chart(rows: pd.DataFrame) -> Figure:
    """Return the responses of each group to the first lag."""
    named = [group_label(row) for row in dicts(rows)]
    labels = [literal(label) for label in shortened(named, LONGEST_LABEL)]
    figure = empty_figure(height=110 + 40 * len(labels), left=200)
    for shift, name in ((-0.14, "up"), (0.14, "down")):
        figure["data"].append(
            {
                **_marks(name),
                "x": rounded(rows[name], 9),
                "y": [place + shift for place in range(len(labels))],
                "error_x": _errors(_reach(rows, name)),
                "text": _texts(rows, name, labels),
            }
        )
    figure["layout"] |= {
        "xaxis": axis_of(say("Flow per 1 of return"), zeroline=True),
        "yaxis": axis_of("", range=[len(labels) - 0.5, -0.5], tickvals=list(range(len(labels))), ticktext=labels),
        "hovermode": "closest",
    }
    return figure


def group_label(row: dict[str, Any]) -> str:
    """Return a group as a page names it: ``size: low``."""
    return say("{kind}: {group}", kind=formats.words(row["kind"]), group=formats.words(row["group"]))


def _marks(name: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": named_answer(name),
        "marker": {"color": COLOURS[name], "size": 9, "symbol": _SYMBOLS[name]},
        "hovertemplate": "%{text}<extra></extra>",
    }


def _texts(rows: pd.DataFrame, name: str, labels: list[str]) -> list[str]:
    figures = zip(labels, rows[name], rows[f"{name}_t"], strict=True)
    return [f"{label}, {named_answer(name)}: {figure(value)}, t {t:.1f}" for label, value, t in figures]


def _reach(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return half the interval that leaves 0 out where an answer is beyond chance; NaN where no t can be trusted."""
    return (rows[f"{name}_needed"] * rows[f"{name}_error"]).where(rows["windows"] >= FEWEST_WINDOWS)


def _errors(reach: pd.Series) -> dict[str, Any]:
    return {"type": "data", "array": rounded(reach, 9), "thickness": 1.2, "width": 4}
