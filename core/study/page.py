"""The page of a study: the verdict first, then what it rests on, each chart with what it shows and how many."""

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from ..inference.means import FEWEST_WINDOWS
from ..pages import formats
from ..pages.document import document
from ..pages.figures import Chart, Drawn
from ..pages.language import again, heard, say, speaking
from ..pages.markup import cards, footer, header, muted, section
from ..pages.plotting import plotted
from .crash_sections import crash_sections
from .foretold_sections import foretold_sections
from .method_words import crash_method, return_method
from .outcome import Study
from .split_sections import groups_section, states_section
from .stability_section import stability_section
from .verdict import CONCLUSIONS, is_trusted, meaning, t_words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure


@speaking()
def render(study: Study, plotly: str | None = None) -> str:
    """Return the page of a study as HTML.

    Parameters
    ----------
    study : Study
    plotly : str, optional
        As `document`.
    """
    drawn = Drawn()
    title = _title(study)
    body = [
        header(title, _beneath(study), study.subject.synthetic),
        _verdict(study),
        _cards(study),
        *_charted(study, drawn.chart),
        _notes(study),
        _method(study),
        _footer(study),
    ]
    return document(title, body, drawn.figures, plotly)


def _title(study: Study) -> str:
    name = formats.idea(study.subject.name)
    return say("{name} and crash risk", name=name) if study.plan.is_crash else say("Study of {name}", name=name)


def plot(study: Study, name: str, theme: str) -> "PlotlyFigure":
    """Return a chart of the page as a figure of plotly; ConfigError as `plotted`."""
    return plotted(partial(_charted, study), name, theme, "measures" if study.plan.is_crash else "ic")


def _charted(study: Study, chart: Chart) -> list[str]:
    """Return the sections that have charts."""
    foretold = crash_sections if study.plan.is_crash else foretold_sections
    rest = (states_section, groups_section, stability_section)
    return [*foretold(study, chart), *(make(study, chart) for make in rest)]


def _beneath(study: Study) -> str:
    get = study.summary.get
    told = say(
        "{start} to {end} · {n} sessions with scores",
        start=get("start") or formats.NONE,
        end=get("end") or formats.NONE,
        n=formats.count(get("scored_sessions")),
    )
    source = study.subject.source
    return f"{told} · {say('data: {source}', source=heard(source))}" if source else told


def _verdict(study: Study) -> str:
    subject, verdict = study.subject, study.summary["verdict"]
    title = say("{name}: {meaning}", name=say(verdict), meaning=meaning(verdict))
    rows = [f"<p>{escape(again(study.summary['words']))}</p>", f"<p>{escape(say(CONCLUSIONS[verdict]))}</p>"]
    rows += [muted(say("Claim: {claim}", claim=say(subject.claim)))] if subject.claim else []
    rows += [muted(say("Formula: {formula}", formula=subject.formula))] if subject.formula else []
    given = ", ".join(f"{name} = {value}" for name, value in subject.parameters.items())
    rows += [muted(say("Parameters: {given}", given=given))] if given else []
    return section(say("Verdict: {verdict}", verdict=title), "".join(rows))


def _cards(study: Study) -> str:
    get, number, percent, amount = study.summary.get, formats.number, formats.percent, study.amount
    t = {name: t_words(study.summary[name], study.summary["windows"]) for name in ("ic_t", "slope_t")}
    alone = t_words(study.summary["slope_alone_t"], study.summary["windows"])
    spans = say(
        "{n} spans of {horizon} sessions without overlap",
        n=number(get("windows"), 0),
        horizon=formats.count(get("horizon")),
    )
    if not is_trusted(study.summary):
        spans = say("{spans}: fewer than {n}, so no t is trusted", spans=spans, n=f"{FEWEST_WINDOWS}")
    horizon = say("t {t}, horizon {horizon}", t=t["ic_t"], horizon=formats.count(get("horizon")))
    rows: list[tuple[str, str, str, str]] = [
        (say("Mean rank correlation"), number(get("ic"), 4), horizon, ""),
        (
            say("Correlation / its deviation"),
            number(get("ic_ir"), 3),
            say("positive on {share} of the sessions", share=percent(get("ic_positive"), 0)),
            "",
        ),
        (say("Top − bottom"), amount(get("spread"), sign=True), _spread_words(study), ""),
        (
            say("Slope beside controls"),
            amount(get("slope"), sign=True),
            say("t {t}; without controls {alone}", t=t["slope_t"], alone=alone),
            "",
        ),
        (say("Sessions"), formats.count(get("sessions")), spans, ""),
        *_stable_cards(get),
    ]
    return cards(rows)


def _spread_words(study: Study) -> str:
    """Return the t of the spread, and its sessions where not every session has one."""
    get = study.summary.get
    count = get("spread_sessions", 0)
    t = t_words(study.summary["spread_t"], count / study.plan.horizon)
    if study.plan.is_crash:
        return say("t {t}; NCSKEW", t=t)
    if count < get("sessions", 0):
        return say("t {t}, {n} sessions, before costs", t=t, n=formats.count(count))
    return say("t {t}, before costs", t=t)


def _stable_cards(get: Any) -> list[tuple[str, str, str, str]]:
    number, percent = formats.number, formats.percent
    coverage = say("of the listed securities have a score")
    week = say("a session; {week} a week", week=percent(get("turnover_5"), 0))
    later = say("{value} after 20 sessions", value=number(get("autocorrelation_20")))
    return [
        (say("Coverage of scores"), percent(get("coverage"), 0), coverage, ""),
        (say("New in top and bottom"), percent(get("turnover_1"), 0), week, ""),
        (say("Rank autocorrelation"), number(get("autocorrelation_1")), later, ""),
    ]


def _notes(study: Study) -> str:
    items = "".join(f"<li>{escape(heard(note))}</li>" for note in study.notes)
    return section(say("Notes"), f"<ul>{items}</ul>") if items else ""


def _method(study: Study) -> str:
    items = crash_method(study) if study.plan.is_crash else return_method(study)
    return section(say("Method"), f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>", folded=True)


def _footer(study: Study) -> str:
    warning = say("Generated prices: the figures say nothing about a real market.") if study.subject.synthetic else ""
    told = (warning, say("A study is not a forecast."), say("Drag in a chart to zoom, double-click to return."))
    return footer(*filter(None, told))
