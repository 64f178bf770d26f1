"""From the equity at the start to that at the end: a waterfall that sums, the costs, the securities."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.figures import Figure, axis_of, empty_figure, rounded
from ..pages.formats import unit_of
from ..pages.language import say
from ..pages.markup import muted, section
from ..pages.table_markup import table
from .bars import bars, label_room
from .result import Result

SHOWN_SECURITIES = 10
EXPLAINED = 0.005
"""CNY: below this nothing is left unexplained."""


class Step(NamedTuple):
    """One bar of the waterfall, in CNY."""

    label: str
    begin: float
    end: float
    is_level: bool = False  # an equity, no change of it


def attribution_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section on the whole account."""
    costs = _costs(result.summary.get("costs") or {})
    title = say("Costs and attribution")
    if result.attribution.empty or result.summary.get("end_equity") is None:
        return section(title, muted(say("Nothing was attributed.")) + costs)
    residual = formats.number(result.summary.get("attribution_residual"), 6)
    caption = say(
        "CNY. The bars lead from the equity at the start to that at the end; left unexplained: {n}.", n=residual
    )
    figure = waterfall_chart(waterfall(result))
    if figure["layout"]["xaxis"]["range"][0] > 0.0:
        caption += " " + say("The axis does not begin at 0.")
    content = chart("attribution", figure) + muted(caption) + costs
    return section(title, content, lead=_lead(result))


def waterfall(result: Result) -> list[Step]:
    """Return the steps from the equity at the start to that at the end, the largest gains first, then the losses.

    What the components leave unexplained is a step of its own where it is `EXPLAINED` or more.
    """
    start, end = float(result.summary["start_equity"]), float(result.summary["end_equity"])
    totals = result.attribution.groupby("component", sort=False)["amount"].sum()
    totals = totals[totals != 0.0].sort_values(ascending=False, kind="stable")
    steps, at = [Step(say("Equity at the start"), 0.0, start, True)], start
    for name, amount in totals.items():
        steps.append(Step(formats.title(str(name)), at, at + float(amount)))
        at += float(amount)
    if abs(end - at) >= EXPLAINED:
        steps.append(Step(say("Unexplained"), at, end))
    return [*steps, Step(say("Equity at the end"), 0.0, end, True)]


def waterfall_chart(steps: list[Step]) -> Figure:
    """Return the steps as horizontal bars; the axis is cut to where something happens."""
    ends = np.array([(step.begin, step.end) for step in steps if not step.is_level] or [(0.0, steps[0].end)])
    levels = np.concatenate([ends.ravel(), [step.end for step in steps if step.is_level]])
    unit, name = unit_of(levels)
    low, high = float(levels.min()), float(levels.max())
    room = 0.3 * ((high - low) or abs(high) or 1.0)
    reach = (low - room, high + room)
    if 0.0 <= low < 0.5 * (high - low):
        reach = (0.0, reach[1])
    bars = [_bar(step, reach[0]) for step in steps]
    figure = empty_figure(
        height=max(150, 60 + 30 * len(steps)), left=label_room([step.label for step in steps]), right=12
    )
    figure["data"] = [
        {
            "type": "bar",
            "orientation": "h",
            "base": rounded([base / unit for base, _ in bars], 8),
            "x": rounded([length / unit for _, length in bars], 8),
            "y": [step.label for step in steps],
            "text": [_figure(step.end if step.is_level else step.end - step.begin, unit, step) for step in steps],
            "customdata": [_amount(step) for step in steps],
            "textposition": "outside",
            "cliponaxis": False,
            "hovertemplate": f"%{{y}}: %{{customdata}} {formats.currency_name('CNY')}<extra></extra>",
            "marker": {"color": [_colour(step) for step in steps]},
        }
    ]
    figure["layout"] |= {
        "xaxis": axis_of(name, range=[value / unit for value in reach]),
        "yaxis": axis_of("", autorange="reversed", type="category"),
        "hovermode": "closest",
        "showlegend": False,
    }
    return figure


def _bar(step: Step, floor: float) -> tuple[float, float]:
    """Return base and length of a bar; an equity stands on 0, or on the lower end of an axis that begins above it."""
    begin = max(floor, 0.0) if step.is_level else step.begin
    return begin, step.end - begin


def _figure(value: float, unit: float, step: Step) -> str:
    """Return the text beside a bar, in the unit of the axis; what is too small for it in CNY."""
    if step.is_level:
        return f"{value / unit:,.4g}"
    small = f"{formats.amount(value, sign=True)} {formats.currency_name('CNY')}"
    return small if abs(value) < 0.01 * unit else f"{value / unit:+,.3g}"


def _amount(step: Step) -> str:
    return formats.amount(step.end) if step.is_level else formats.amount(step.end - step.begin, sign=True)


def _colour(step: Step) -> str:
    return "--long" if step.is_level else "--gain" if step.end >= step.begin else "--loss"


def _lead(result: Result) -> str:
    totals = result.attribution.groupby("component", sort=False)["amount"].sum()
    gain, costs = result.summary["end_equity"] - result.summary["start_equity"], result.summary.get("costs") or {}
    return say(
        "Equity changed by {gain} CNY: {price} from prices, {costs} went to fees, interest and borrow fees.",
        gain=formats.amount(gain, sign=True),
        price=formats.amount(float(totals.get("price_pnl", 0.0)), sign=True),
        costs=formats.amount(costs.get("total")),
    )


def _costs(costs: dict[str, float]) -> str:
    if not costs:
        return muted(say("The summary holds no costs."))
    rows = [(formats.title(name), formats.amount(costs[name])) for name in formats.COSTS if name in costs]
    return table((say("Cost"), say("CNY")), rows, texts=1)


def securities_section(result: Result, chart: Callable[[str, Figure], str]) -> str:
    """Return the section on single securities."""
    title = say("Best and worst securities")
    if (result.attribution["symbol"] == "").all():
        return section(title, muted(say("Nothing was attributed to a security.")))
    of_each = result.attribution[result.attribution["symbol"] != ""].groupby("symbol")["amount"].sum()
    gained = int((of_each > 0.0).sum())
    lead = say(
        "{up} of {all} securities gained after costs.", up=formats.count(gained), all=formats.count(len(of_each))
    )
    caption = say("CNY; of many the {n} best and worst.", n=SHOWN_SECURITIES)
    return section(title, muted(caption) + chart("securities", securities_chart(result)), lead=lead)


def securities_chart(result: Result) -> Figure:
    """Return the best and the worst securities, all their components together."""
    table = result.attribution[result.attribution["symbol"] != ""]
    totals = table.groupby("symbol")["amount"].sum().sort_values(ascending=False, kind="stable")
    if len(totals) > 2 * SHOWN_SECURITIES:
        totals = pd.concat([totals.iloc[:SHOWN_SECURITIES], totals.iloc[-SHOWN_SECURITIES:]])
    return bars([str(symbol) for symbol in totals.index], totals.tolist())
