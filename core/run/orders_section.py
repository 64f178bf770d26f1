"""Orders that were refused, by reason and day, and fills by kind, on a run's page."""

from collections.abc import Callable

import numpy as np

from ..pages import formats
from ..pages.figures import Figure, axis_of, day_texts, empty_figure, rounded
from ..pages.language import say
from ..pages.markup import muted, section, sorted_counts
from ..pages.table_markup import table
from .bars import label_room
from .result import Result

LARGEST_BUBBLE = 22.0


def refusals_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section on what was not carried out."""
    title = say("Refused orders by reason and day")
    if result.refusals.empty:
        return section(title, muted(say("No order was refused.")), folded=True)
    reason, often = sorted_counts(result.refusals["reason"].value_counts().to_dict())[0]
    lead = say(
        "{n} orders or rests of orders were refused beside {fills} fills, most often for: {reason} ({often}).",
        n=formats.count(len(result.refusals)),
        fills=formats.count(len(result.fills)),
        reason=formats.words(reason),
        often=formats.count(often),
    )
    caption = muted(say("A larger bubble: more orders on that day."))
    return section(title, caption + chart("refusals", refusals_chart(result)), lead=lead)


def refusals_chart(result: Result) -> Figure:
    """Return a bubble for each day and reason, its area the number of refused orders."""
    counted = result.refusals.groupby(["reason", "date"]).size().reset_index(name="orders")
    totals = counted.groupby("reason")["orders"].sum().sort_values(kind="stable")
    labels = {reason: f"{formats.words(str(reason))} ({formats.count(int(n))})" for reason, n in totals.items()}
    largest = max(counted["orders"].max(), 9) if len(counted) else 9  # a day of one or two orders stays small
    figure = empty_figure(height=110 + 34 * len(totals), left=label_room(list(labels.values())))
    figure["data"] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": say("Refused orders"),
            "x": day_texts(counted["date"]),
            "y": [labels[reason] for reason in counted["reason"]],
            "text": [say("{n} refused", n=n) for n in counted["orders"]],
            "hovertemplate": "%{x|%Y-%m-%d}  %{y}: %{text}<extra></extra>",
            "marker": {
                "color": "--short",
                "opacity": 0.4,
                "line": {"width": 0},
                "size": rounded(np.maximum(LARGEST_BUBBLE * np.sqrt(counted["orders"] / largest), 4.0), 2),
            },
        }
    ]
    figure["layout"] |= {
        "yaxis": axis_of("", categoryorder="array", categoryarray=[labels[r] for r in totals.index], type="category"),
        "hovermode": "closest",
        "showlegend": False,
    }
    if len(result.equity):
        figure["layout"]["xaxis"]["automargin"] = False  # it would fight with the labels' own
        figure["layout"]["margin"]["b"] = 44
        figure["layout"]["xaxis"] |= {"tickangle": 0, "nticks": 4}
        figure["layout"]["xaxis"]["range"] = [day_texts(result.equity["date"])[row] for row in (0, -1)]
    return figure


def fills_section(result: Result) -> str:
    """Return the section on what was carried out."""
    counts, title = result.summary.get("fills_by_kind") or {}, say("Fills by kind")
    if not counts:
        return section(title, muted(say("No order was filled.")), folded=True)
    values = result.fills.groupby("kind")["value"].sum().abs()
    rows = [
        (formats.words(name), formats.count(number), formats.amount(values.get(name)))
        for name, number in sorted_counts(counts)
    ]
    return section(title, table((say("Kind"), say("Number"), say("CNY")), rows, texts=1))
