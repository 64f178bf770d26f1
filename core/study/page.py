"""The page of a study: the verdict first, then what it rests on, each chart with what it shows and how many."""

from collections.abc import Callable, Iterable
from html import escape

from ..inference.means import FEWEST_WINDOWS
from ..pages import formats
from ..pages.document import document
from ..pages.figures import Figure
from ..pages.language import say, speaking
from ..pages.markup import cards, header, muted, pair, section, tuples
from ..pages.table_markup import table
from . import charts
from .design import LAGS
from .outcome import Study
from .verdict import t_words

Chart = Callable[[str, Figure], str]


@speaking()
def render(study: Study, plotly: str | None = None) -> str:
    """Return the page of a study as HTML.

    Parameters
    ----------
    study : Study
    plotly : str, optional
        As `document`.
    """
    figures: dict[str, Figure] = {}

    def chart(name: str, figure: Figure) -> str:
        figures[f"chart-{name}"] = figure
        return f'<div class="chart" id="chart-{name}" style="height:{figure["layout"]["height"]}px"></div>'

    body = [_header(study), _verdict(study), _cards(study), *_sections(study, chart), _method(study), _footer(study)]
    return document(f"Study of {study.subject.name}", body, figures, plotly)


def _header(study: Study) -> str:
    get = study.summary.get
    span = f"{get('start') or formats.NONE} to {get('end') or formats.NONE}"
    source = f" · data: {study.subject.source}" if study.subject.source else ""
    beneath = f"{span} · {formats.count(get('scored_sessions'))} sessions with scores{source}"
    return header(f"Study of {study.subject.name}", beneath, study.subject.synthetic)


def _verdict(study: Study) -> str:
    subject = study.subject
    rows = [f"<p>{escape(study.summary['words'])}</p>"]
    rows += [muted(f"Claim: {subject.claim}")] if subject.claim else []
    rows += [muted(f"Formula: {subject.formula}")] if subject.formula else []
    given = ", ".join(f"{name} = {value}" for name, value in subject.parameters.items())
    rows += [muted(f"Parameters: {given}")] if given else []
    return section(say("Verdict: {verdict}", verdict=say(study.summary["verdict"])), "".join(rows))


def _cards(study: Study) -> str:
    get, number, percent = study.summary.get, formats.number, formats.percent
    horizon = get("horizon")
    slope = f"t {number(get('slope_t'), 1)}; without controls {number(get('slope_alone_t'), 1)}"
    windows = f"{number(get('windows'), 0)} spans of {horizon} sessions without overlap"
    return cards(
        [
            ("Mean rank correlation", number(get("ic"), 4), f"t {number(get('ic_t'), 1)}, horizon {horizon}", ""),
            ("Correlation / its deviation", number(get("ic_ir"), 3), f"positive {percent(get('ic_positive'), 0)}", ""),
            ("Top − bottom", percent(get("spread"), sign=True), f"t {number(get('spread_t'), 1)}, before costs", ""),
            ("Slope beside controls", percent(get("slope"), sign=True), slope, ""),
            ("Sessions", formats.count(get("sessions")), windows, ""),
            ("Coverage", percent(get("coverage"), 0), "of the listed securities have a score", ""),
            (
                "New in top and bottom",
                percent(get("turnover_1"), 0),
                f"a session; {percent(get('turnover_5'), 0)} a week",
                "",
            ),
            (
                "Rank autocorrelation",
                number(get("autocorrelation_1")),
                f"{number(get('autocorrelation_20'))} after 20",
                "",
            ),
        ]
    )


def _sections(study: Study, chart: Chart) -> Iterable[str]:
    horizon, tables = study.plan.horizon, study.tables
    ic = tables["ic"].query("horizon == @horizon")
    if not ic.empty:
        caption = muted(
            f"Spearman's rank correlation between the scores of a session and the returns over the next {horizon} "
            f"sessions; n = {len(ic):,} sessions. A line of sums that climbs steadily is a claim that held all along."
        )
        yield section(say("Rank correlation by session"), caption + chart("ic", charts.ic_chart(ic)))
        yield section(say("Decay over horizons"), _decay(study) + chart("decay", charts.decay_chart(tables["decay"])))
        yield pair(_quantiles(study, chart), _curves(study, chart))
    if not tables["states"].empty:
        yield _states(study, chart)
    if not tables["groups"].empty:
        yield _groups(study, chart)
    caption = muted(
        f"Means over {charts.SMOOTH} sessions. Near 1: the ranking hardly changes and costs little to follow. Coverage:"
        " share of the listed securities that have a score."
    )
    stable = chart("stability", charts.stability_chart(tables["turnover"], LAGS))
    yield section(say("Stability and coverage"), caption + stable)
    if study.notes:
        yield section(say("Notes"), f"<ul>{''.join(f'<li>{escape(note)}</li>' for note in study.notes)}</ul>")


def _decay(study: Study) -> str:
    head = ("Horizon", "Sessions", "Correlation", "t", "Positive", "Spread", "t", "Slope beside controls", "t")
    number, percent = formats.number, formats.percent
    rows = [
        (
            str(row.horizon),
            formats.count(row.sessions),
            *(number(row.ic, 4), t_words(row.ic_t, row.windows), percent(row.ic_positive, 0)),
            *(percent(row.spread, sign=True), t_words(row.spread_t, row.windows)),
            *(percent(row.slope, sign=True), t_words(row.slope_t, row.windows)),
        )
        for row in tuples(study.tables["decay"])
    ]
    caption = (
        "Bars: 95 % intervals, where they can be trusted. Spread: mean return of the highest quantile "
        f"less that of the lowest. A t in brackets: fewer than {FEWEST_WINDOWS} spans that do not overlap, not to be "
        "trusted."
    )
    return muted(caption) + table(head, rows, texts=0)


def _quantiles(study: Study, chart: Chart) -> str:
    horizon = study.plan.horizon
    part = study.tables["quantiles"].query("horizon == @horizon")
    mean = part["securities"].mean()
    caption = (
        f"Mean return over {horizon} sessions less that of all scored securities; about {formats.number(mean, 0)} "
        f"securities each, {int(part['sessions'].max()):,} sessions. Bars: 95 % intervals. "
        f"Monotonicity {formats.number(study.summary['monotonicity'])}."
    )
    return section(say("Returns by quantile"), muted(caption) + chart("quantiles", charts.quantiles_chart(part)))


def _curves(study: Study, chart: Chart) -> str:
    caption = (
        "Growth of each quantile, formed anew every session and held for one, relative to all scored securities; equal "
        "weights, no costs."
    )
    drawn = chart("curves", charts.curves_chart(study.tables["curves"]))
    return section(say("Quantiles over time"), muted(caption) + drawn)


def _states(study: Study, chart: Chart) -> str:
    part = study.tables["states"]
    head = (
        "State",
        "Horizon",
        "Events",
        "Sessions",
        "Mean",
        "All",
        "Difference",
        "95 % interval",
        "Same session",
        "Hits",
    )
    percent = formats.percent
    rows = [
        (
            row.state,
            str(row.horizon),
            formats.count(row.events),
            formats.count(row.sessions),
            *(percent(row.mean), percent(row.all), percent(row.difference, sign=True)),
            f"{percent(row.difference_low, sign=True)} to {percent(row.difference_high, sign=True)}",
            percent(row.same_session, sign=True),
            f"{percent(row.hit_rate, 1)} (all {percent(row.all_hit_rate, 1)})",
        )
        for row in tuples(part)
    ]
    caption = (
        f"Price and balance: signs of their changes over {study.plan.state_sessions} sessions, as known at the "
        "decision. Difference: mean return after the state less that after any state. Same session: the same less the "
        "others of that session, which leaves out whether the market as a whole rose. Hits: share of positive returns, "
        f"against all. Intervals: block bootstrap of sessions, {study.plan.resamples:,} resamples. Drawn: states of "
        f"{charts.FEWEST_SESSIONS} sessions or more."
    )
    drawn = chart("states", charts.states_chart(part, "difference"))
    return section(say("What followed each state"), muted(caption) + drawn + table(head, rows, texts=1))


def _groups(study: Study, chart: Chart) -> str:
    part = study.tables["groups"]
    head = ("Group", "Kind", "Sessions", "Securities", "Correlation", "t", "Spread", "t")
    number = formats.number
    rows = [
        (
            *(row.group, row.kind, formats.count(row.sessions), number(row.securities, 0)),
            *(
                number(row.ic, 4),
                t_words(row.ic_t, row.windows),
                formats.percent(row.spread, sign=True),
                t_words(row.spread_t, row.windows),
            ),
        )
        for row in tuples(part)
    ]
    caption = (
        f"Mean rank correlation over {study.plan.horizon} sessions with 95 % intervals; boards and industries are "
        "ranked within themselves. No bar: too few spans to trust one. Of twenty groups without any relation, about "
        "one bar misses 0 by chance."
    )
    drawn = chart("groups", charts.groups_chart(part))
    return section(say("By board, industry and regime"), muted(caption) + drawn + table(head, rows, texts=2))


def _method(study: Study) -> str:
    controls = ", ".join(study.summary["controls"]) or "none"
    items = [
        f"Returns run {study.summary['entry']}, adjusted, before costs and price limits; a suspended entry or exit has "
        "none.",
        "Each row of a score uses what was public at its decision.",
        "t: returns over h sessions overlap, so what the decisions earned is sorted by the session that earned it, and "
        "the error is the Newey-West error of that series (Hodrick 1992, standard errors 1B; 4 (n / 100)^(2/9) lags). "
        f"A |t| below 1.96 cannot be told from chance; with fewer than {FEWEST_WINDOWS} spans without overlap no t is "
        "trusted.",
        f"Slope: by-session regressions of returns on the ranked score beside ranked controls ({controls}); the mean "
        "slope is the return of the highest rank over the lowest.",
        "Securities that were delisted while held have no return, which flatters whatever prefers them.",
    ]
    return section(say("Method"), f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>")


def _footer(study: Study) -> str:
    warning = "Generated prices: the figures say nothing about a real market. " if study.subject.synthetic else ""
    hint = "Drag in a chart to zoom, double-click to return."
    return f"<footer>{warning}A study is not a forecast. {hint} Made by liangrong (两融).</footer>"
