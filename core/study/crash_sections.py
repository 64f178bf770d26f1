"""What a score foretold of crash risk: by session, by measure and horizon, by quantile."""

from collections.abc import Callable, Iterator

import pandas as pd

from ..inference.means import BOUND, FEWEST_WINDOWS
from ..pages import formats
from ..pages.figures import Figure
from ..pages.language import say
from ..pages.markup import muted, section, tuples
from ..pages.table_markup import table
from . import charts
from .crash_target import MEASURES
from .crash_verdict import NAMES, amount
from .foretold_sections import ic_lead
from .outcome import Study, of_measure
from .verdict import t_words

Chart = Callable[[str, Figure], str]


def crash_sections(study: Study, chart: Chart) -> Iterator[str]:
    """Yield the sections; none where no session has a correlation."""
    horizon = study.plan.horizon
    ic = of_measure(study.tables["ic"], MEASURES[0]).query("horizon == @horizon")
    if ic.empty:
        return
    yield _measures(study, chart)
    caption = say(
        "Spearman's rank correlation between the scores of a session and NCSKEW of the next {horizon} sessions. Above "
        "0: high scores were followed by more crash risk. A line of sums that falls or climbs steadily held all along.",
        horizon=formats.count(horizon),
    )
    drawn = chart("ic", charts.ic_chart(ic))
    yield section(say("Rank correlation by session"), muted(caption) + drawn, lead=ic_lead(study, ic["ic"]))
    yield _quantiles(study, chart)


def _measures(study: Study, chart: Chart) -> str:
    decay = study.tables["decay"]
    head = (
        *(say("Measure"), say("Horizon"), say("Sessions"), say("Correlation"), "t", say("Top − bottom")),
        *(say("t of top − bottom"), say("Slope beside controls"), say("t of slope")),
    )
    rows = [
        (
            *(say(NAMES[row.measure]), str(row.horizon), formats.count(row.sessions)),
            *(formats.number(row.ic, 4), t_words(row.ic_t, row.windows), amount(row.spread, row.measure, sign=True)),
            t_words(row.spread_t, row.spread_sessions / row.horizon),
            *(amount(row.slope, row.measure, sign=True), t_words(row.slope_t, row.windows)),
        )
        for row in tuples(decay)
    ]
    caption = say(
        "Above 0: high scores were followed by more crash risk, below 0: by less, so that low scores are the warning. "
        "Top − bottom: mean of the highest quantile less that of the lowest; skewness and the log of a ratio as "
        "numbers, the tail as a share of sessions. Bars: 95 % intervals, where they can be trusted. A t in brackets: "
        "fewer than {n} spans that do not overlap, not to be trusted.",
        n=f"{FEWEST_WINDOWS}",
    )
    labels = [say(NAMES[measure]) for measure in MEASURES]
    drawn = chart("measures", charts.measures_chart(decay, MEASURES, labels))
    content = muted(caption) + drawn + table(head, rows, texts=1, name="measures")
    return section(say("Crash risk by measure and horizon"), content, lead=_measures_lead(decay))


def _measures_lead(decay: pd.DataFrame) -> str:
    trusted = decay[(decay["windows"] >= FEWEST_WINDOWS) & decay["ic_t"].notna()]
    if trusted.empty:
        return say("No horizon has spans enough for a t to be trusted.")
    past = trusted[trusted["ic_t"].abs() >= BOUND]
    return say(
        "{n} of {all} correlations with spans enough can be told from chance; the measures share their returns, so "
        "they are no independent tests.",
        n=formats.count(len(past)),
        all=formats.count(len(trusted)),
    )


def _quantiles(study: Study, chart: Chart) -> str:
    horizon = study.plan.horizon
    part = study.tables["quantiles"].query("horizon == @horizon")
    first = of_measure(part, MEASURES[0])
    caption = say(
        "Bars: mean NCSKEW of the next {horizon} sessions less that of all scored securities, with 95 % intervals; "
        "about {securities} securities each, {n} sessions.",
        horizon=formats.count(horizon),
        securities=formats.number(first["securities"].mean(), 0),
        n=formats.count(int(first["sessions"].max())),
    )
    drawn = chart("quantiles", charts.quantiles_chart(first, say("Mean NCSKEW against all"), percent=False))
    head = (say("Quantile of the score (1 = lowest)"), *(say(NAMES[measure]) for measure in MEASURES))
    by_measure = part.pivot_table(index="quantile", columns="measure", values="return", dropna=False)
    rows = [
        (str(quantile), *(amount(by_measure.loc[quantile, measure], measure) for measure in MEASURES))
        for quantile in by_measure.index
    ]
    title = say("Crash risk by quantile")
    return section(title, muted(caption) + drawn + table(head, rows, texts=0), lead=_quantiles_lead(first, part))


def _quantiles_lead(first: pd.DataFrame, part: pd.DataFrame) -> str:
    tail = of_measure(part, MEASURES[2])["return"]
    return say(
        "After the highest scores NCSKEW was {top} against all, after the lowest {bottom}; {tail_top} and "
        "{tail_bottom} of the sessions lay in the left tail.",
        top=amount(first["excess"].iloc[-1], MEASURES[0], sign=True),
        bottom=amount(first["excess"].iloc[0], MEASURES[0], sign=True),
        tail_top=formats.percent(tail.iloc[-1], 1),
        tail_bottom=formats.percent(tail.iloc[0], 1),
    )
