"""The page of what is owed on a day: ratios, costs, what a fall would have sold."""

from collections.abc import Iterable
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from ..pages import formats
from ..pages.document import document
from ..pages.figures import PERCENT, Chart, Drawn, Figure, axis_of, day_texts, empty_figure, line_of, rounded
from ..pages.language import heard, say, speaking
from ..pages.markup import cards, footer, header, muted, section, tuples
from ..pages.plotting import plotted
from ..pages.table_markup import table
from .leverage_coverage import jumps_of
from .leverage_truth_page import truth_section
from .leverage_view import LeverageView

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

_ABOVE, _BENEATH = {"domain": [0.4, 1.0]}, {"domain": [0.0, 0.3]}
_FORCED = {"financing": "Forced sales", "short": "Forced purchases"}


@speaking()
def render_leverage(view: LeverageView, title: str, plotly: str | None = None) -> str:
    """Return the view as an HTML page that opens offline; `plotly` as `document`."""
    drawn = Drawn()
    who = view.symbol or say("all securities")
    name = say("Leverage of {who} on {day}", who=who, day=view.date)
    head = header(name, f"{title} · {heard(view.source)}", view.synthetic)
    notes = "".join(f"<li>{escape(heard(note))}</li>" for note in view.notes)
    answer = section(say("In a sentence"), f"<p>{escape(view.sentence())}</p>")
    known = section(say("What to know of these figures"), f"<ul>{notes}</ul>")
    foot = footer(say("Drag in a chart to zoom, double-click to return."))
    true = [] if view.truth is None else [truth_section(view.truth)]
    body = [head, answer, _cards(view), *true, *_sections(view, drawn.chart), known, foot]
    return document(name, body, drawn.figures, plotly)


def plot(view: LeverageView, name: str, theme: str) -> "PlotlyFigure":
    """Return a chart of the page as a figure of plotly; ConfigError as `plotted`."""
    return plotted(partial(_sections, view), name, theme, "ratios")


def _side(name: str) -> str:
    return formats.title(name)


def _cards(view: LeverageView) -> str:
    rows = []
    line, move = formats.asked_percent(view.line), formats.asked_percent(view.fall)
    for row in tuples(view.figures):
        owed = formats.with_currency(formats.short(row.owed), view.currency)
        opening = say("{share} at unknown cost", share=formats.percent(row.opening, 1))
        ratio = say("{side}: maintenance ratio", side=_side(row.side))
        rows.append((ratio, formats.percent(row.maintenance, 1), say("{owed} owed", owed=owed) + f" · {opening}", ""))
        if not view.symbol:
            below = say("{side}: securities below {line}", side=_side(row.side), line=line)
            share = say("{share} of what is owed", share=formats.percent(row.below_share, 1))
            rows.append((below, f"{row.below:,}", say("of {n}", n=f"{row.securities:,}") + f" · {share}", ""))
        forced = formats.with_currency(formats.short(row.forced), view.currency)
        after = say("{what} after {move}", what=say(_FORCED[row.side]), move=move)
        rows.append((after, forced, say("{share} of what is owed", share=formats.percent(row.forced_share, 1)), ""))
    return cards(rows)


def _sections(view: LeverageView, chart: Chart) -> Iterable[str]:
    caption = "Collateral over what is owed, estimated. Dotted: the line below which brokers sell."
    marked = "Dashed: the number of securities that have an estimate jumps; before and after cannot be compared."
    told = say(caption) + (f" {say(marked)}" if len(jumps_of(view.days)) else "")
    yield section(say("Maintenance ratio"), muted(told) + chart("ratios", ratio_chart(view)))
    if view.symbol:
        caption = "What the securities cost that are still owed, against the close."
        yield section(say("Cost line"), muted(say(caption)) + chart("cost", cost_chart(view)))
    caption = "What those owe who stand below the line after all prices moved against them so far."
    yield section(say("After a move of prices"), muted(say(caption)) + chart("falls", falls_chart(view)) + _falls(view))
    if len(view.industries):
        yield section(say("Industries"), _industries(view))
    if not view.symbol and len(view.securities):
        yield section(say("By security"), _securities(view))


def ratio_chart(view: LeverageView) -> Figure:
    """Return the ratios by session; beneath which part of the securities lies below the line."""
    days = view.days
    dates = day_texts(days["date"])
    named = {
        "maintenance": ("financing", "--long"),
        "short_maintenance": ("short", "--short"),
    }
    figure = empty_figure(height=420)
    figure["data"] = [
        line_of(_side(side), dates, days[column], colour, digits=4, width=2)
        for column, (side, colour) in named.items()
        if column in days
    ]
    dotted = {"type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": view.line, "y1": view.line}
    layout = figure["layout"]
    layout["shapes"] = [{**dotted, "line": {"color": "--muted", "width": 1, "dash": "dot"}}]
    _mark_jumps(layout, view)
    beneath = "below" if "below" in days else "opening" if "opening" in days else "short_opening"
    part = days[beneath] / days["securities"].where(days["securities"] > 0) if beneath == "below" else days[beneath]
    named_part = say("Securities below the line") if beneath == "below" else say("Part at unknown cost")
    figure["data"].append(line_of(named_part, dates, part, "--third", digits=5, axis="y2"))
    layout["yaxis"] = axis_of(say("Maintenance ratio"), tickformat=".0%", hoverformat=".1%", **_ABOVE)
    layout["yaxis2"] = axis_of("", tickformat=PERCENT, hoverformat=".1%", rangemode="tozero", **_BENEATH)
    layout["xaxis"]["anchor"] = "y2"
    return figure


def _mark_jumps(layout: dict[str, Any], view: LeverageView) -> None:
    """Mark where the number of securities jumps, with the numbers before and after."""
    jumps = jumps_of(view.days)
    line, font = {"color": "--loss", "width": 1, "dash": "dash"}, {"size": 10, "color": "--muted"}
    layout["annotations"] = []
    for day, row in zip(day_texts(jumps["date"]), tuples(jumps), strict=True):
        place = {"xref": "x", "yref": "paper"}
        layout["shapes"].append({"type": "line", **place, "x0": day, "x1": day, "y0": 0, "y1": 1, "line": line})
        told = {"text": f"{row.before:,} → {row.after:,}", "showarrow": False, "font": font, "textangle": -90}
        layout["annotations"].append({**place, "x": day, "y": 1, "xanchor": "right", "yanchor": "top", **told})


def cost_chart(view: LeverageView) -> Figure:
    """Return the close of one security, and what its debts and short positions cost."""
    dates = day_texts(view.days["date"])
    lines = {
        "close": ("Close", "--text"),
        "cost": ("Cost of what is financed", "--long"),
        "short_cost": ("Proceeds of what is short", "--short"),
    }
    figure = empty_figure(height=380)
    figure["data"] = [
        line_of(say(name), dates, view.days[column], colour, digits=3)
        for column, (name, colour) in lines.items()
        if column in view.days
    ]
    figure["layout"]["yaxis"] = axis_of(formats.currency_name(view.currency))
    return figure


def falls_chart(view: LeverageView) -> Figure:
    """Return which part of what is owed stands below the line after each move."""
    figure = empty_figure(height=300)
    moves = [formats.asked_percent(float(move)) for move in view.falls["move"]]
    colours = {"financing": "--long", "short": "--short"}
    figure["data"] = [
        {
            "type": "bar",
            "name": say(_FORCED[side]),
            "x": moves,
            "y": rounded(view.falls[f"{side}_share"], 5),
            "marker": {"color": colours[side]},
        }
        for side in view.figures["side"]
    ]
    figure["layout"]["xaxis"] = axis_of(say("Move of prices"), type="category")
    figure["layout"]["yaxis"] = axis_of(say("Of what is owed"), tickformat=PERCENT, hoverformat=".1%")
    figure["layout"]["hovermode"] = "closest"
    return figure


def _falls(view: LeverageView) -> str:
    sides = list(view.figures["side"])
    head = [say("Move of prices")]
    for side in sides:
        head += [f"{say(_FORCED[side])}, {formats.currency_name(view.currency)}", say("Of what is owed")]
        head += [] if view.symbol else [say("Securities below")]
    rows = []
    for row in view.falls.to_dict("records"):
        cells = [formats.asked_percent(float(row["move"]))]
        for side in sides:
            cells += [formats.short(float(row[f"{side}_forced"])), formats.percent(float(row[f"{side}_share"]), 1)]
            cells += [] if view.symbol else [f"{row[f'{side}_securities']:,.0f}"]
        rows.append(cells)
    return table(head, rows, texts=0)


def _industries(view: LeverageView) -> str:
    rows = [
        (
            heard(row.industry),
            _side(row.side),
            f"{row.securities:,}",
            formats.short(row.owed),
            formats.percent(row.maintenance, 1),
            f"{row.below:,}",
            formats.short(row.forced),
            formats.percent(row.forced_share, 1),
        )
        for row in tuples(view.industries)
    ]
    head = (
        "Industry",
        "Side",
        "Securities",
        "Amount owed",
        "Maintenance ratio",
        "Securities below",
        "By force",
        "Of what is owed",
    )
    return table([say(one) for one in head], rows, texts=2)


def _securities(view: LeverageView) -> str:
    frame = view.securities
    columns = {
        "close": ("Close", formats.number),
        "cost": ("Cost line", formats.number),
        "maintenance": ("Maintenance ratio", _percent),
        "owed": ("Amount owed", formats.short),
        "forced": ("Forced sales", formats.short),
        "forced_days": ("In days of turnover", partial(formats.number, digits=1)),
        "opening": ("At unknown cost", _percent),
        "short_cost": ("Short cost", formats.number),
        "short_maintenance": ("Short ratio", _percent),
    }
    shown = {name: told for name, told in columns.items() if name in frame}
    rows = [
        (str(row["symbol"]), *(words(float(row[name])) for name, (_, words) in shown.items()))
        for row in frame.to_dict("records")
    ]
    head = [say("Symbol"), *(say(name) for name, _ in shown.values())]
    return table(head, rows, texts=1, file=say("the answer of `--json`, or in `securities` of the view"))


def _percent(value: float) -> str:
    return formats.percent(value, 1)
