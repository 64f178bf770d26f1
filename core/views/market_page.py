"""The page of the market on a day: the answer in a sentence, then what it rests on."""

from collections.abc import Iterable
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from ..pages import formats
from ..pages.document import document
from ..pages.figures import Chart, Drawn
from ..pages.language import again, heard, say, speaking
from ..pages.markup import cards, footer, header, muted, pair, section, tuples
from ..pages.plotting import plotted
from ..pages.table_markup import table
from . import market_charts as charts
from .asked_day import SPANS
from .last_year import BOTH_DAYS
from .market_days import LARGEST, MEAN
from .market_view import MarketView
from .rule_changes import rule_changes
from .words import change_words, compared_words, marked, moved_words, others_words, peak_day, peak_value, value_words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure


@speaking()
def render_market(view: MarketView, title: str, plotly: str | None = None) -> str:
    """Return the market on a day as an HTML page that opens offline; `plotly` as `document`."""
    drawn = Drawn()
    first = view.days["date"].iloc[0].date()
    span = say("{first} to {last} · {n} sessions", first=first, last=view.date, n=f"{len(view.days):,}")
    head = header(say("The market on {day}", day=view.date), f"{title} · {span} · {heard(view.source)}", view.synthetic)
    answer = section(say("In a sentence"), f"<p>{escape(view.sentence())}</p>")
    body = [head, answer, _cards(view), *_sections(view, drawn.chart), _footer()]
    return document(say("The market on {day}", day=view.date), body, drawn.figures, plotly)


def plot(view: MarketView, name: str, theme: str) -> "PlotlyFigure":
    """Return a chart of the page as a figure of plotly; ConfigError as `plotted`."""
    return plotted(partial(_sections, view), name, theme, "balances")


def _cards(view: MarketView) -> str:
    rows = []
    for row in tuples(view.figures):
        units = {"fraction": "", "shares": f"{say('shares')} · "}
        unit = units.get(row.unit, f"{formats.currency_name(view.currency)} · ")
        summed = f" ({view.summed()})" if row.unit != "fraction" and view.summed() else ""
        beneath = f"{unit}{others_words(row.percentile, row.sessions)}{summed}"
        rows.append((_named(row), value_words(row), beneath, ""))
    for peak in view.peaks:
        highest = say("Highest {figure}", figure=formats.words(peak.figure))
        rows.append((highest, peak_value(peak, ""), peak_day(peak), ""))
    return cards(rows)


def _sections(view: MarketView, chart: Chart) -> Iterable[str]:
    days = view.days
    numbered = say(" Numbers: rules that changed, in the table below.") if len(view.rules) else ""
    told = {"currency": formats.currency_name(view.currency), "basis": again(view.basis), "numbered": numbered}
    caption = muted(say("{currency}; {basis}. Spread (差值) = financing − short.{numbered}", **told))
    yield section(say("Balances"), caption + chart("balances", charts.balances_chart(view)))
    if view.notes:
        items = "".join(f"<li>{escape(heard(note))}</li>" for note in view.notes)
        yield section(say("What to know of these figures"), f"<ul>{items}</ul>")
    if days["float_cap_share"].notna().any():
        caption = muted(
            say("Financing balance over float cap. Percentile: how many of the sessions before each day lie below it.")
        )
        yield section(say("Share of the float cap"), caption + chart("share", charts.share_chart(view)))
    yield section(say("Changes"), _changes(view))
    if days["net_buy"].notna().any():
        caption = muted(say("Net purchases = bought on margin − repaid."))
        yield section(say("Flows"), caption + chart("flows", charts.flows_chart(view)))
    if days["buyers"].notna().any():
        caption = muted(say("Over the securities whose figure is known on the day."))
        yield section(say("Breadth and concentration"), caption + chart("breadth", charts.breadth_chart(view)))
    if days["securities"].notna().any():
        yield section(say("Coverage"), _coverage(view) + chart("coverage", charts.coverage_chart(view)))
    if len(view.industries):
        yield pair(
            section(say("Industries by financing balance"), _industries(view)),
            section(say("Change over 20 sessions"), chart("industries", charts.industries_chart(view))),
        )
    if len(view.last_year):
        both = f"{say(BOTH_DAYS)} " if view.last_year["securities"].notna().any() else ""
        caption = muted(both + say("Chart: by the day of the year, sums of whatever was recorded."))
        drawn = chart("last-year", charts.last_year_chart(view)) if charts.has_last_year(view) else ""
        yield section(say("The same period of last year"), _last_year(view) + caption + drawn)
    if len(view.rules):
        yield section(say("Rules that changed"), _rules(view))
    if len(view.regimes):
        rows = [(str(row.date.date()), say(row.regime)) for row in tuples(view.regimes)]
        caption = muted(say("Spans of the market by which results are split; no rules of their own."))
        yield section(say("Market regimes that began"), caption + table((say("From"), say("Regime")), rows, texts=2))


def _changes(view: MarketView) -> str:
    rows = []
    for row in tuples(view.figures[view.figures["unit"] != "flow"]):
        changes = [moved_words(row, span) for span in SPANS]
        rows.append((_named(row), value_words(row, view.currency), *changes))
    head = (say("Figure"), say("Value"), *(_sessions(span) for span in SPANS))
    caption = (
        "Balances and shares financed: relative, of the securities that have one on both sessions. "
        "Parts of a whole: difference in points (pp)."
    )
    return muted(say(caption)) + table(head, rows, texts=1)


def _named(row: Any) -> str:
    if row.figure == "above_mean":
        return say("Above {n}-session mean", n=MEAN)
    return say("Share of {n} largest", n=LARGEST) if row.figure == "largest_share" else formats.named(row.name)


def _sessions(span: int) -> str:
    return say("1 session") if span == 1 else say("{n} sessions", n=span)


def _coverage(view: MarketView) -> str:
    jumps = view.days[view.days["jumps"]].tail(20)
    if jumps.empty:
        return muted(say("On no session did securities with more than 0.5 % of the sum join or leave."))
    rows = [
        (
            str(row.date.date()),
            f"{row.joined:,.0f}",
            formats.short(row.joined_amount),
            f"{row.left:,.0f}",
            formats.short(row.left_amount),
        )
        for row in tuples(jumps)
    ]
    caption = "Sessions on which securities with more than 0.5 % of the sum joined or left; the last 20."
    currency = formats.currency_name(view.currency)
    return muted(say(caption)) + table((say("Date"), say("Joined"), currency, say("Left"), currency), rows, texts=1)


def _industries(view: MarketView) -> str:
    rows = [
        (
            f"{row.rank}",
            heard(row.industry),
            formats.short(row.financing_balance),
            formats.percent(row.share, 1),
            formats.percent(row.float_cap_share),
            *(formats.percent(getattr(row, f"change_{span}"), 1, sign=True) for span in SPANS[1:]),
        )
        for row in tuples(view.industries)
    ]
    head = (
        say("Rank"),
        say("Industry"),
        formats.currency_name(view.currency),
        say("Share"),
        say("Of float cap"),
        *(f"{_sessions(span)}{marked(view.lacking(span))}" for span in SPANS[1:]),
    )
    return table(head, rows, texts=2)


def _last_year(view: MarketView) -> str:
    rows = []
    for row in tuples(view.last_year):
        now, then = ((formats.percent(x) if row.unit == "fraction" else formats.short(x)) for x in (row.now, row.then))
        told = compared_words(row)
        rows.append((told[:1].upper() + told[1:], say(row.span), now, then, change_words(row.change, row.unit)))
    head = (say("Figure"), say("Over"), say("This year"), say("Last year"), say("Change"))
    return table(head, rows, texts=2)


def _rules(view: MarketView) -> str:
    numbers = {day: number for number, day in charts.rule_days(view.rules).items()}
    spoken = rule_changes(view.days["date"].iloc[0].to_numpy().astype("datetime64[D]"), view.date)
    rows = [
        (numbers[str(row.date.date())], str(row.date.date()), row.change, say(row.applies_to), heard(row.source))
        for row in tuples(spoken)
    ]
    return table((say("No."), say("From"), say("Change"), say("Applies to"), say("Source")), rows, texts=5)


def _footer() -> str:
    return footer(say("Drag in a chart to zoom, double-click to return."))
