"""The page of several rules on the same data: which are supported once so many are asked, then each beside the "
"others."""

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..inference.means import BOUND
from ..pages import formats
from ..pages.document import document
from ..pages.figures import Chart, Drawn
from ..pages.language import heard, say, sentences, speaking
from ..pages.markup import footer, header, muted, section, tuples
from ..pages.plotting import plotted
from ..pages.table_markup import Cell, table
from . import charts
from .crash_target import MEASURES
from .crash_verdict import amount
from .side_by_side import FOUND, SideBySide, headline, judged, luck, luck_bar, other_t, standing, trusted
from .verdict import CONCLUSIONS, OVER_TIME, VERDICTS, meaning, t_words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

NAMED = 5
"""Rules that a sentence lists."""


@speaking()
def render_comparison(comparison: SideBySide, plotly: str | None = None) -> str:
    """Return the page of a comparison as HTML, with links to the pages of its studies; `plotly` as `document`."""
    known = comparison.table[comparison.table["t"].notna()]
    drawn = Drawn()
    title = _title(comparison)
    body = [header(title, _beneath(comparison, known), comparison.synthetic), _verdict(comparison)]
    if not known.empty:
        place = drawn.chart("comparison", charts.comparison_chart(known, _bar(comparison)))
        told = say(
            "A circle: rank correlation (over time where there is one score for all securities, or too few to rank), "
            "grey where no t can be trusted. A diamond: the rule beside the controls."
        )
        told = sentences(told, _sign(comparison))
        body.append(section(say("How well each rule foretells"), muted(told) + place, lead=_chart_lead(comparison)))
    body += [section(say("Table"), _table(comparison)), _meanings(comparison), _notes(comparison)]
    body.append(footer(say("A study is not a forecast."), say("Drag in a chart to zoom, double-click to return.")))
    return document(title, body, drawn.figures, plotly)


def plot(comparison: SideBySide, name: str, theme: str) -> "PlotlyFigure":
    """Return the chart of the page as a figure of plotly; ConfigError as `plotted`."""
    known = comparison.table[comparison.table["t"].notna()]

    def body(chart: Chart) -> list[str]:
        return [] if known.empty else [chart("comparison", charts.comparison_chart(known, _bar(comparison)))]

    return plotted(body, name, theme, "comparison")


def _title(comparison: SideBySide) -> str:
    told = {"n": formats.count(len(comparison.table)), "horizon": formats.count(comparison.horizon)}
    if comparison.is_crash:
        return say("What {n} rules foretell of crash risk over {horizon} sessions", **told)
    return say("How well {n} rules foretell returns over {horizon} sessions", **told)


def _sign(comparison: SideBySide) -> str:
    if comparison.is_crash:
        return say("Positive where high scores were followed by more crash risk (NCSKEW), negative where by less.")
    return say("Positive where what followed agrees with the claim.")


def _beneath(comparison: SideBySide, known: pd.DataFrame) -> str:
    span = formats.NONE
    if not known.empty:
        span = say("{start} to {end}", start=known["start"].min(), end=known["end"].max())
    return say(
        "{span} · {n} rules · data: {source}", span=span, n=len(comparison.table), source=heard(comparison.source)
    )


def _bar(comparison: SideBySide) -> float | None:
    count = len(judged(comparison))
    return luck_bar(count) if count else None


def _verdict(comparison: SideBySide) -> str:
    """Return the section that says which rules are supported, and what is left of them when luck is counted."""
    table = comparison.table
    supported = table.loc[table["verdict"].isin(FOUND), "rule"].tolist()
    words = _warnings(supported) if comparison.is_crash else _supported(supported)
    parts = [words, luck(comparison), _conclusion(comparison)]
    if comparison.synthetic:
        parts.append(say("The data are generated: nothing here speaks of a real market."))
    return section(
        say("Verdict: {verdict}", verdict=headline(comparison)),
        "".join(f"<p>{escape(part)}</p>" for part in parts if part),
    )


def _supported(rules: list[str]) -> str:
    if not rules:
        return say("No rule agrees with its claim beyond chance and beyond the controls.")
    return say(
        "By itself each of these agrees with its claim, beyond chance and beyond the controls: {rules}.",
        rules=_listed(rules),
    )


def _warnings(rules: list[str]) -> str:
    if not rules:
        return say("No rule foretells crash risk beyond chance and beyond the controls.")
    return say(
        "By itself each of these foretells crash risk, beyond chance and beyond the controls; the table says which "
        "way: {rules}.",
        rules=_listed(rules),
    )


def _listed(rules: list[str]) -> str:
    listed = ", ".join(formats.idea(rule) for rule in rules[:NAMED])
    if len(rules) > NAMED:
        return say("{names} and {n} more", names=listed, n=formats.count(len(rules) - NAMED))
    return listed


def _conclusion(comparison: SideBySide) -> str:
    """Return what to conclude of so many rules together."""
    if _bar(comparison) is None:
        return say(CONCLUSIONS["too short"])
    firm = standing(comparison)
    if firm:
        listed = ", ".join(formats.idea(rule) for rule in firm)
        return say("To conclude: {rules} stands even when all rules are counted; look at other data.", rules=listed)
    return say(
        "To conclude: with so many rules asked, none of them stands; a single |t| above {bound} is what luck gives.",
        bound=f"{BOUND}",
    )


def _chart_lead(comparison: SideBySide) -> str:
    count = len(trusted(comparison))
    if not count:
        return say("No t can be trusted here: the data hold too few spans that do not overlap.")
    return say(
        "{n} of {all} rules have a t that can be trusted. Between the dotted lines, at ±{bound}, one rule cannot be "
        "told from chance; beyond the dashed ones, at ±{bar}, luck does not reach in so many.",
        n=formats.count(count),
        all=formats.count(len(comparison.table)),
        bound=f"{BOUND}",
        bar=formats.number(_bar(comparison)),
    )


def _table(comparison: SideBySide) -> str:
    head = (
        *(say("Rule"), say("Verdict"), say("Correlation"), "t", say("Top − bottom"), say("t of top − bottom")),
        *(say("Beside controls"), say("t beside")),
        *((say("t of DUVOL"), say("t of the tail")) if comparison.is_crash else ()),
        *(say("Positive"), say("Best horizon"), say("New a session"), say("Coverage of scores"), say("Sessions")),
    )
    made = table(
        head,
        [_row(row, comparison) for row in tuples(comparison.table)],
        texts=2,
        name="rules",
        hidden=range(len(head) - 5, len(head)),
    )
    beneath = say("* correlation over time: {why}. A t in brackets cannot be trusted.", why=say(OVER_TIME))
    return muted(say("The largest |t| first; a name leads to the study of its rule.")) + made + muted(beneath)


def _row(row: Any, comparison: SideBySide) -> tuple[str | Cell, ...]:
    number, percent = formats.number, formats.percent
    shown = partial(amount, measure=comparison.measure, sign=True)
    name = formats.idea(row.rule)
    link = Cell(name, html=f'<a class="name" href="{escape(row.folder)}/report.html">{escape(name)}</a>')
    mark = " *" if row.kind == "market" else ""
    size = row.timing if mark else row.ic
    best = formats.NONE if pd.isna(row.strongest_horizon) else formats.count(int(row.strongest_horizon))
    t, slope_t = (t_words(value, row.windows) for value in (row.t, row.slope_t))
    spread_t = t_words(row.spread_t, row.spread_sessions / comparison.horizon)
    return (
        *(link, say(row.verdict), Cell(number(size, 4) + mark, sort=_sort(size)), t),
        *(shown(row.spread), spread_t, shown(row.slope), slope_t),
        *(other_t(row, measure) for measure in MEASURES[1:] if comparison.is_crash),
        *(percent(row.ic_positive, 0), best),
        *(percent(row.turnover_1, 0), percent(row.coverage, 0), formats.count(row.sessions)),
    )


def _sort(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _meanings(comparison: SideBySide) -> str:
    shown = [verdict for verdict in VERDICTS if (comparison.table["verdict"] == verdict).any()]
    items = "".join(
        f"<li>{escape(say('{name}: {meaning}', name=say(one), meaning=meaning(one)))}</li>" for one in shown
    )
    return section(say("Verdicts"), f"<ul>{items}</ul>")


def _notes(comparison: SideBySide) -> str:
    items = "".join(f"<li>{escape(heard(note))}</li>" for note in comparison.notes)
    return section(say("Notes"), f"<ul>{items}</ul>") if items else ""
