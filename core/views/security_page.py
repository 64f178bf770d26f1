"""The page of a security on a day: the answer in a sentence, then what it rests on."""

from collections.abc import Iterable
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from ..pages import formats
from ..pages.document import document
from ..pages.figures import Chart, Drawn
from ..pages.language import again, heard, say, speaking
from ..pages.markup import cards, footer, header, muted, section, tuples
from ..pages.plotting import plotted
from ..pages.table_markup import table
from . import security_charts as charts
from .asked_day import HISTORY, SPANS
from .run_overlay import RunOverlay, overlay_section
from .security_view import SecurityView
from .words import above_words, as_of_words, moved_words, others_words, place_words, run_name, value_words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

    from .rule_readings import Reading

EVENTS = 60
"""Events of a page, the last ones; JSON has all."""

_CARDS = ("close", "financing_balance", "short_balance", "spread", "net_buy", "float_cap_share", "purchase_share")


@speaking()
def render_security(
    view: SecurityView, title: str, plotly: str | None = None, overlay: RunOverlay | None = None
) -> str:
    """Return a security on a day as an HTML page that opens offline; `plotly` as `document`.

    Where an `overlay` is given, what that run did is drawn on the price and listed.
    """
    page = Drawn()
    days = charts.drawn(view)
    drawn = {"first": days["date"].iloc[0].date(), "n": f"{len(days):,}", "all": f"{len(view.history):,}"}
    span = say("charts from {first}, {n} of {all} sessions", **drawn)
    name = say("{symbol} on {day}", symbol=view.symbol, day=view.date)
    head = header(name, f"{title} · {span} · {heard(view.source)}", view.synthetic)
    seen = muted(say("As a decision sees it that is taken {when}.", when=say(view.decision)))
    answer = section(say("In a sentence"), f"<p>{escape(view.sentence())}</p>{seen}")
    foot = footer(say("Drag in a chart to zoom, double-click to return."))
    return document(
        name, [head, answer, _cards(view), *_sections(view, page.chart, overlay), foot], page.figures, plotly
    )


def plot(view: SecurityView, name: str, theme: str) -> "PlotlyFigure":
    """Return a chart of the page as a figure of plotly; ConfigError as `plotted`."""
    return plotted(partial(_sections, view), name, theme, "price")


def _cards(view: SecurityView) -> str:
    rows = []
    named = {row.figure: row for row in tuples(view.figures)}
    for row in (named[name] for name in _CARDS if name in named and named[name].value == named[name].value):
        rank = place_words(row.rank, row.securities)
        parts = [formats.currency_name(view.currency)] if row.unit == "amount" else []
        parts += [say("as of {day}", day=when)] if (when := as_of_words(row.date, view.date)) else []
        parts += [say("rank {rank}", rank=rank)] if rank != formats.NONE else []
        parts += [others_words(row.own_percentile, row.own_sessions)]
        rows.append((formats.named(row.title), value_words(row), " · ".join(parts), ""))
    rows += [(_capital(run_name(run)), say("{n} in a row", n=abs(run.length)), "", "") for run in view.runs]
    rows += [
        (_capital(say(fact.name)), heard(fact.value), say("since {day} or before", day=fact.since), "")
        for fact in view.facts
    ]
    return cards(rows)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sections(view: SecurityView, chart: Chart, overlay: RunOverlay | None = None) -> Iterable[str]:
    days = charts.drawn(view)
    has = {name for name in days if days[name].notna().any()}
    if "close" in has:
        yield section(say("Price and events"), chart("price", charts.price_chart(view, overlay)) + _events(view))
    if overlay is not None:
        yield overlay_section(overlay, view.history["date"])
    if view.readings:
        yield section(say("Rules"), "".join(_reading(view, n, one, chart) for n, one in enumerate(view.readings)))
    if "financing_balance" in has:
        caption = muted(
            say("{currency}. Spread (差值) = financing − short.", currency=formats.currency_name(view.currency))
        )
        yield section(say("Balances"), caption + chart("balances", charts.balances_chart(view)))
        caption = muted(say("Shaded: from the 10 % to the 90 % quantile of the last {n} sessions.", n=HISTORY))
        yield section(say("In its own history"), caption + chart("band", charts.band_chart(view)))
    if "net_buy" in has:
        caption = muted(say("Net purchases = bought on margin − repaid. Turnover rate = volume / float shares."))
        yield section(say("Flows and turnover"), caption + chart("flows", charts.flows_chart(view)))
    yield section(say("All figures"), _figures(view))
    if view.notes:
        items = "".join(f"<li>{escape(heard(note))}</li>" for note in view.notes)
        yield section(say("What to know of these figures"), f"<ul>{items}</ul>")


def _events(view: SecurityView) -> str:
    if not view.events:
        return muted(say("No event is known."))
    shown = view.events[-EVENTS:]
    rows = [
        (str(event.start), "" if event.end == event.start else str(event.end), say(event.kind), again(event.words))
        for event in reversed(shown)
    ]
    count = f"{len(view.events):,}"
    told = say("{n} events", n=count)
    if len(view.events) > EVENTS:
        told = say("{n} events (last {shown} of them)", n=count, shown=EVENTS)
    made = table((say("From"), say("Until"), say("Event"), say("What")), rows, texts=4)
    return f"<details><summary>{escape(told)}</summary>{made}</details>"


def _reading(view: SecurityView, number: int, one: "Reading", chart: Chart) -> str:
    score = say("no opinion") if one.score != one.score else f"{one.score:+.4g}"
    own = others_words(one.own_percentile, one.own_sessions, "scores of its own")
    rank = place_words(one.rank, one.scored)
    place = say("score {score}; rank {rank}; {place}", score=score, rank=rank, place=own)
    rows = [(signal.strategy, say(signal.state), again(signal.words)) for signal in one.signals]
    caption = say("What each portfolio form with its own defaults orders in a run that begins on this day:")
    head = (say("Form"), say("State"), say("Order"))
    states = muted(caption) + table(head, rows, texts=3) if rows else ""
    drawn = chart(f"score-{number}", charts.score_chart(view, one))
    return f"<p><strong>{escape(one.rule)}</strong>: {escape(place)}</p>{drawn}{states}"


def _figures(view: SecurityView) -> str:
    rows = [
        (
            formats.named(row.title),
            value_words(row),
            as_of_words(row.date, view.date) or say("the day"),
            *(moved_words(row, span) for span in SPANS),
            place_words(row.rank, row.securities),
            above_words(row.cross_percentile),
            above_words(row.own_percentile),
            say(row.public),
        )
        for row in tuples(view.figures)
    ]
    head = (
        *(say("Figure"), say("Value"), say("As of"), *map(str, SPANS), say("Rank"), say("Above of all")),
        *(say("Above of own {n}", n=HISTORY), say("Public")),
    )
    caption = say(
        "{currency}, shares; changes over sessions, of shares of something in points (pp); rank 1 = largest.",
        currency=formats.currency_name(view.currency),
    )
    return muted(caption) + table(head, rows, texts=1)
