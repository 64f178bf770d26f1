"""The page of a security on a day: the answer in a sentence, then what it rests on."""

from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING

from ..pages import formats
from ..pages.document import document
from ..pages.figures import Figure
from ..pages.language import say, speaking
from ..pages.markup import cards, header, muted, section, tuples
from ..pages.table_markup import table
from . import security_charts as charts
from .asked_day import HISTORY, SPANS
from .security_view import SecurityView
from .words import above_words, as_of_words, moved_words, others_words, place_words, run_name, value_words

if TYPE_CHECKING:
    from .rule_readings import Reading

EVENTS = 60
"""Events of a page, the last ones; JSON has all."""

_CARDS = ("close", "financing_balance", "short_balance", "spread", "net_buy", "float_cap_share", "purchase_share")

Chart = Callable[[str, Figure], str]


@speaking()
def render_security(view: SecurityView, title: str, plotly: str | None = None) -> str:
    """Return a security on a day as an HTML page that opens offline; `plotly` as `document`."""
    figures: dict[str, Figure] = {}

    def chart(name: str, figure: Figure) -> str:
        figures[f"chart-{name}"] = figure
        return f'<div class="chart" id="chart-{name}" style="height:{figure["layout"]["height"]}px"></div>'

    days = charts.drawn(view)
    span = f"charts from {days['date'].iloc[0].date()}, {len(days):,} of {len(view.history):,} sessions"
    head = header(f"{view.symbol} on {view.date}", f"{title} · {span} · {view.source}", view.synthetic)
    seen = muted(f"As a decision sees it that is taken {view.decision}.")
    answer = section(say("In a sentence"), f"<p>{escape(view.sentence())}</p>{seen}")
    footer = "<footer>Drag in a chart to zoom, double-click to return. Made by liangrong (两融).</footer>"
    return document(
        f"{view.symbol} on {view.date}", [head, answer, _cards(view), *_sections(view, chart), footer], figures, plotly
    )


def _cards(view: SecurityView) -> str:
    rows = []
    named = {row.figure: row for row in tuples(view.figures)}
    for row in (named[name] for name in _CARDS if name in named and named[name].value == named[name].value):
        rank = place_words(row.rank, row.securities)
        parts = [view.currency] if row.unit == "amount" else []
        parts += [f"as of {when}"] if (when := as_of_words(row.date, view.date)) else []
        parts += [f"rank {rank}"] if rank != formats.NONE else []
        parts += [others_words(row.own_percentile, row.own_sessions)]
        rows.append((row.title, value_words(row), " · ".join(parts), ""))
    rows += [(run_name(run).capitalize(), f"{abs(run.length)} in a row", "", "") for run in view.runs]
    rows += [(fact.name.capitalize(), fact.value, f"since {fact.since} or before", "") for fact in view.facts]
    return cards(rows)


def _sections(view: SecurityView, chart: Chart) -> Iterable[str]:
    days = charts.drawn(view)
    has = {name for name in days if days[name].notna().any()}
    if "close" in has:
        yield section(say("Price and events"), chart("price", charts.price_chart(view)) + _events(view))
    if view.readings:
        yield section(say("Rules"), "".join(_reading(view, n, one, chart) for n, one in enumerate(view.readings)))
    if "financing_balance" in has:
        caption = muted(f"{view.currency}. Spread (差值) = financing − short.")
        yield section(say("Balances"), caption + chart("balances", charts.balances_chart(view)))
        caption = muted(f"Shaded: from the 10 % to the 90 % quantile of the last {HISTORY} sessions.")
        yield section(say("In its own history"), caption + chart("band", charts.band_chart(view)))
    if "net_buy" in has:
        caption = muted("Net purchases = bought on margin − repaid. Turnover rate = volume / float shares.")
        yield section(say("Flows and turnover"), caption + chart("flows", charts.flows_chart(view)))
    yield section(say("All figures"), _figures(view))
    if view.notes:
        items = "".join(f"<li>{escape(note)}</li>" for note in view.notes)
        yield section(say("What to know of these figures"), f"<ul>{items}</ul>")


def _events(view: SecurityView) -> str:
    if not view.events:
        return muted("No event is known.")
    shown = view.events[-EVENTS:]
    rows = [
        (str(event.start), "" if event.end == event.start else str(event.end), event.kind, event.words)
        for event in reversed(shown)
    ]
    more = f" (last {EVENTS} of {len(view.events):,})" if len(view.events) > EVENTS else ""
    made = table(("From", "Until", "Event", "What"), rows, texts=4)
    return f"<details><summary>{len(view.events):,} events{more}</summary>{made}</details>"


def _reading(view: SecurityView, number: int, one: "Reading", chart: Chart) -> str:
    score = "no opinion" if one.score != one.score else f"{one.score:+.4g}"
    own = others_words(one.own_percentile, one.own_sessions, "scores of its own")
    place = f"score {score}; rank {place_words(one.rank, one.scored)}; {own}"
    rows = [(signal.strategy, signal.state, signal.words) for signal in one.signals]
    caption = "What each portfolio form with its own defaults orders in a run that begins on this day:"
    states = muted(caption) + table(("Form", "State", "Order"), rows, texts=3) if rows else ""
    drawn = chart(f"score-{number}", charts.score_chart(view, one))
    return f"<p><strong>{escape(one.rule)}</strong>: {escape(place)}</p>{drawn}{states}"


def _figures(view: SecurityView) -> str:
    rows = [
        (
            row.title,
            value_words(row),
            as_of_words(row.date, view.date) or "the day",
            *(moved_words(row, span) for span in SPANS),
            place_words(row.rank, row.securities),
            above_words(row.cross_percentile),
            above_words(row.own_percentile),
            row.public,
        )
        for row in tuples(view.figures)
    ]
    head = ("Figure", "Value", "As of", *map(str, SPANS), "Rank", "Above of all", f"Above of own {HISTORY}", "Public")
    caption = (
        f"{view.currency}, shares; changes over sessions, of shares of something in points (pp); rank 1 = largest."
    )
    return muted(caption) + table(head, rows, texts=1)
