"""What followed each state, and how a score did by board, industry and regime."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from ..inference.means import FEWEST_WINDOWS
from ..pages import formats
from ..pages.figures import Figure
from ..pages.language import say, sentences
from ..pages.markup import muted, section, tuples
from ..pages.table_markup import Cell, table
from . import charts
from .outcome import Study
from .verdict import t_words

Chart = Callable[[str, Figure], str]


def states_section(study: Study, chart: Chart) -> str:
    """Return the section; empty where no state occurred."""
    part = study.tables["states"]
    if part.empty:
        return ""
    head = (
        *(say("State"), say("Horizon"), say("Cases"), say("Sessions"), say("Mean"), say("Difference to all")),
        *(say("95 % interval"), say("Same session"), say("Mean of all"), say("Hits")),
    )
    caption = _states_caption(study)
    is_drawn = (part["sessions"] >= charts.FEWEST_SESSIONS).any()
    title = say("Mean NCSKEW, state − all") if study.plan.is_crash else say("Mean return, state − all")
    made_chart = charts.states_chart(part, "difference", title, percent=not study.plan.is_crash)
    drawn = chart("states", made_chart) if is_drawn else ""
    made = table(head, [_state(row, study) for row in tuples(part)], texts=1, name="states", hidden=(8, 9))
    return section(say("What followed each state"), muted(caption) + drawn + made, lead=_states_lead(part, study))


def _states_caption(study: Study) -> str:
    told = {
        "n": formats.count(study.plan.state_sessions),
        "resamples": formats.count(study.plan.resamples),
        "fewest": formats.count(charts.FEWEST_SESSIONS),
    }
    if study.plan.is_crash:
        return say(
            "Price and balance: signs of their changes over {n} sessions, as known at the decision. Difference: mean "
            "NCSKEW after the state less that after any state; above 0 is more crash risk. Same session: the same less "
            "the others of that session. Hits: share of skewness to the left, against all. Intervals: block bootstrap "
            "of sessions, {resamples} resamples. Drawn: states of {fewest} sessions or more.",
            **told,
        )
    return say(
        "Price and balance: signs of their changes over {n} sessions, as known at the decision. Difference: mean "
        "return after the state less that after any state. Same session: the same less the others of that session, "
        "which leaves out whether the market as a whole rose. Hits: share of positive returns, against all. Intervals: "
        "block bootstrap of sessions, {resamples} resamples. Drawn: states of {fewest} sessions or more.",
        **told,
    )


def _state(row: Any, study: Study) -> tuple[str | Cell, ...]:
    percent, amount = formats.percent, study.amount
    interval: str | Cell = formats.NONE
    if row.difference_low == row.difference_low:
        low, high = amount(row.difference_low, sign=True), amount(row.difference_high, sign=True)
        interval = Cell(say("{low} to {high}", low=low, high=high), sort=float(row.difference_low))
    return (
        *(say(row.state), str(row.horizon), formats.count(row.events), formats.count(row.sessions)),
        *(amount(row.mean), amount(row.difference, sign=True), interval),
        *(amount(row.same_session, sign=True), amount(row.all)),
        Cell(
            say("{own} (all {all})", own=percent(row.hit_rate, 1), all=percent(row.all_hit_rate, 1)),
            sort=float(row.hit_rate),
        ),
    )


def _states_lead(part: pd.DataFrame, study: Study) -> str:
    known = part[part["difference_low"].notna()]
    if known.empty:
        return say("No state has spans enough for an interval: no difference here can be told from chance.")
    apart = known[(known["difference_low"] > 0.0) | (known["difference_high"] < 0.0)]
    told = say(
        "{n} of {all} differences have an interval that leaves out 0; where no state meant anything about {few} would.",
        n=formats.count(len(apart)),
        all=formats.count(len(known)),
        few=formats.number(0.05 * len(known), 1),
    )
    if apart.empty:
        return told
    most = max(tuples(apart), key=lambda row: abs(row.difference))
    more = say(
        "The largest of these: {state}, {difference} over {horizon} sessions.",
        state=say(most.state),
        difference=study.amount(most.difference, sign=True),
        horizon=formats.count(most.horizon),
    )
    return sentences(told, more)


def compared(groups: pd.DataFrame, securities: float) -> pd.DataFrame:
    """Return the groups that are a part of the whole: a single regime is the whole again, and so is a single board.

    Parameters
    ----------
    groups : DataFrame
        As `groups_table`.
    securities : float
        Of the whole, mean of the sessions.
    """
    if groups.empty:
        return groups
    alone = groups.groupby("kind")["group"].transform("size") == 1
    is_whole = (groups["kind"] == "regime") | ((groups["securities"] - securities).abs() < 0.5)
    return groups[~(alone & is_whole)]


def groups_section(study: Study, chart: Chart) -> str:
    """Return the section; empty where there is no group beside the whole."""
    part = compared(study.tables["groups"], study.summary["securities"])
    if part.empty:
        return ""
    head = (
        *(say("Group"), say("Kind"), say("Sessions"), say("Securities"), say("Correlation"), "t"),
        *(say("Top − bottom"), say("t of top − bottom")),
    )
    number = formats.number
    rows = [
        (
            *(charts.group_name(row), formats.words(str(row.kind)), formats.count(row.sessions)),
            *(number(row.securities, 0), number(row.ic, 4), t_words(row.ic_t, row.windows)),
            *(study.amount(row.spread, sign=True), t_words(row.spread_t, row.spread_sessions / row.horizon)),
        )
        for row in tuples(part)
    ]
    caption = say(
        "Mean rank correlation over {horizon} sessions with 95 % intervals; boards and industries are ranked within "
        "themselves. No bar: too few spans to trust one.",
        horizon=formats.count(study.plan.horizon),
    )
    drawn = chart("groups", charts.groups_chart(part)) if len(part) > 1 else ""
    kinds = part["kind"].unique()
    title = say("By board, industry and regime") if len(kinds) > 1 else say(_TITLES[kinds[0]])
    return section(title, muted(caption) + drawn + table(head, rows, texts=2), lead=_groups_lead(part))


_TITLES = {"board": "By board", "industry": "By industry", "regime": "By market regime"}


def _groups_lead(part: pd.DataFrame) -> str:
    known = part[(part["windows"] >= FEWEST_WINDOWS) & part["ic_error"].notna()]
    if known.empty:
        return say("No group has spans enough for a t to be trusted.")
    apart = int((known["ic"].abs() > charts.BOUND * known["ic_error"]).sum())
    return say(
        "{n} of {all} groups have a correlation whose interval leaves out 0; of groups without any relation about "
        "{few} would.",
        n=formats.count(apart),
        all=formats.count(len(known)),
        few=formats.number(0.05 * len(known), 1),
    )
