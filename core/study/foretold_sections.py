"""How a score foretold: by session, by horizon and by quantile, each with what it says."""

from collections.abc import Callable, Iterator

import pandas as pd

from ..inference.means import BOUND, FEWEST_WINDOWS
from ..pages import formats
from ..pages.figures import Figure
from ..pages.language import say, sentences
from ..pages.markup import muted, pair, section, tuples
from ..pages.table_markup import table
from . import charts
from .outcome import Study
from .verdict import t_words

Chart = Callable[[str, Figure], str]


def foretold_sections(study: Study, chart: Chart) -> Iterator[str]:
    """Yield the sections; none where no session has a correlation."""
    horizon = study.plan.horizon
    ic = study.tables["ic"].query("horizon == @horizon")
    if ic.empty:
        return
    caption = muted(
        say(
            "Spearman's rank correlation between the scores of a session and the returns over the next {horizon} "
            "sessions. A line of sums that climbs steadily is a claim that held all along.",
            horizon=formats.count(horizon),
        )
    )
    drawn = chart("ic", charts.ic_chart(ic))
    yield section(say("Rank correlation by session"), caption + drawn, lead=ic_lead(study, ic["ic"]))
    decay = study.tables["decay"]
    drawn = chart("decay", charts.decay_chart(decay)) if decay["ic"].notna().sum() > 1 else ""
    yield section(say("Decay over horizons"), drawn + _decay(decay), lead=_decay_lead(decay))
    yield pair(_quantiles(study, chart), _curves(study, chart))


def ic_lead(study: Study, ic: pd.Series) -> str:
    """Say how often it was positive, and whether both halves of the sessions agree."""
    early, late = ic.iloc[: len(ic) // 2].mean(), ic.iloc[len(ic) // 2 :].mean()
    told = say(
        "Positive on {share} of {n} sessions; {early} on average in their first half, {late} in their second.",
        share=formats.percent(study.summary["ic_positive"], 0),
        n=formats.count(len(ic)),
        early=f"{early:+.3f}",
        late=f"{late:+.3f}",
    )
    if early * late < 0.0:
        return sentences(told, say("It changed its sign: what held in one half did not hold in the other."))
    return told


def _decay_lead(decay: pd.DataFrame) -> str:
    trusted = decay[(decay["windows"] >= FEWEST_WINDOWS) & decay["ic_t"].notna()]
    if trusted.empty:
        return say("No horizon has spans enough for a t to be trusted.")
    past = trusted[trusted["ic_t"].abs() >= BOUND]
    told = say(
        "{n} of {all} horizons with spans enough have a correlation that can be told from chance",
        n=formats.count(len(past)),
        all=formats.count(len(trusted)),
    )
    if past.empty:
        return say("{told}.", told=told)
    listed = ", ".join(str(horizon) for horizon in past["horizon"])
    return say(
        "{told}: {horizons} sessions. They overlap, so they are no independent tests.", told=told, horizons=listed
    )


def _decay(decay: pd.DataFrame) -> str:
    head = (
        *(say("Horizon"), say("Sessions"), say("Correlation"), "t", say("Positive")),
        *(say("Top − bottom"), say("t of top − bottom"), say("Slope beside controls"), say("t of slope")),
    )
    has_gaps = bool((decay["spread_sessions"] < decay["sessions"]).any())
    head += (say("Sessions of top − bottom"),) if has_gaps else ()
    number, percent = formats.number, formats.percent
    rows = [
        (
            str(row.horizon),
            formats.count(row.sessions),
            *(number(row.ic, 4), t_words(row.ic_t, row.windows), percent(row.ic_positive, 0)),
            *(percent(row.spread, sign=True), t_words(row.spread_t, row.spread_sessions / row.horizon)),
            *(percent(row.slope, sign=True), t_words(row.slope_t, row.windows)),
            *((formats.count(row.spread_sessions),) if has_gaps else ()),
        )
        for row in tuples(decay)
    ]
    caption = say(
        "Bars: 95 % intervals, where they can be trusted. Top − bottom: mean return of the highest quantile less that "
        "of the lowest. A t in brackets: fewer than {n} spans that do not overlap, not to be trusted.",
        n=f"{FEWEST_WINDOWS}",
    )
    return muted(caption) + table(head, rows, texts=0)


def _quantiles(study: Study, chart: Chart) -> str:
    horizon = study.plan.horizon
    part = study.tables["quantiles"].query("horizon == @horizon")
    caption = say(
        "Mean return over {horizon} sessions less that of all scored securities; about {securities} securities each, "
        "{n} sessions. Bars: 95 % intervals.",
        horizon=formats.count(horizon),
        securities=formats.number(part["securities"].mean(), 0),
        n=formats.count(int(part["sessions"].max())),
    )
    content = muted(caption) + chart("quantiles", charts.quantiles_chart(part, say("Mean excess return")))
    return section(say("Returns by quantile"), content, lead=_quantiles_lead(study, part))


def _quantiles_lead(study: Study, part: pd.DataFrame) -> str:
    """Say what the outer quantiles earned, and over which sessions where they differ."""
    told, sessions = _outer_quantiles(study, part["excess"]), part["sessions"]
    if sessions.iloc[0] == sessions.iloc[-1] == sessions.max():
        return told
    own = say(
        "The means are each over its own sessions: the highest over {top}, the lowest over {bottom}; top − bottom is "
        "over the {both} that have both.",
        top=formats.count(int(sessions.iloc[-1])),
        bottom=formats.count(int(sessions.iloc[0])),
        both=formats.count(study.summary["spread_sessions"]),
    )
    return sentences(told, own)


def _outer_quantiles(study: Study, excess: pd.Series) -> str:
    values = {
        "top": formats.percent(excess.iloc[-1], sign=True),
        "bottom": formats.percent(excess.iloc[0], sign=True),
        "monotonicity": formats.number(study.summary["monotonicity"]),
    }
    if study.summary["monotonicity"] >= 1.0:
        return say(
            "The highest quantile earned {top} against all, the lowest {bottom}; returns rise with every quantile.",
            **values,
        )
    return say(
        "The highest quantile earned {top} against all, the lowest {bottom}; monotonicity {monotonicity}, where 1 "
        "would be a return that rises with every quantile.",
        **values,
    )


def _curves(study: Study, chart: Chart) -> str:
    curves = study.tables["curves"]
    caption = say(
        "Growth of each quantile, formed anew every session and held for one, relative to all scored securities; equal "
        "weights, no costs."
    )
    ends = [curves[f"q{q}"].iloc[-1] / curves["all"].iloc[-1] - 1.0 for q in (study.plan.quantiles, 1)]
    lead = say(
        "The highest quantile ended {top} against all, the lowest {bottom}; trading it every session costs what is not "
        "in here.",
        top=formats.percent(ends[0], 0, sign=True),
        bottom=formats.percent(ends[1], 0, sign=True),
    )
    content = muted(caption) + chart("curves", charts.curves_chart(curves))
    return section(say("Quantiles over time"), content, lead=lead)
