"""What is computed for a published result: by the study of rules, of behaviour, of events, or from balances."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..behaviour.responses import dicts
from ..behaviour.verdict import is_sure
from ..events.event_design import EventDesign
from ..events.event_rows import list_events, rule_events
from ..events.verdict import FEWEST_PLACEBOS, LEVEL
from ..inference.means import BOUND, FEWEST_WINDOWS, newey_west
from ..pages import formats
from ..pages.language import say
from ..study.outcome import of_measure
from ..study.target import CRASH
from ..views.leverage_view import LINE, LeverageView, leverage_view
from .found_figures import Found, TooLittleError
from .studied_data import Ground

Measure = Callable[[Ground], Found]

RAISED = "financing margin ratio raised"
_WEEKS = "Over {n} weeks: after rises {up} (t {up_t}), after falls {down} (t {down_t})."
_SESSIONS = "Over {n} sessions: after rises {up} (t {up_t}), after falls {down} (t {down_t})."


def ranked(
    rule: str, figure: str = "ic", horizon: int = 20, sign: float = 1.0, target: str = "return", **parameters: Any
) -> Measure:
    """Return what studies a rule and takes a figure of it: ic, spread or slope, `sign` times it.

    Of crash risk the score is turned round already where a rule holds crashes for bad: `sign` -1 says more risk.
    """
    return partial(_ranked, rule, figure, horizon, sign, target, parameters)


def _ranked(
    rule: str, figure: str, horizon: int, sign: float, target: str, parameters: dict[str, Any], ground: Ground
) -> Found:
    made = ground.study(rule, target, **parameters)
    decay = of_measure(made.tables["decay"], "ncskew") if target == CRASH else made.tables["decay"]
    (row,) = dicts(decay[decay["horizon"] == horizon])
    if not row["sessions"] or math.isnan(row[figure]):
        raise TooLittleError(
            say("No session has {n} securities with a score and a return after it.", n=f"{made.plan.least}")
        )
    t = sign * row[f"{figure}_t"]
    return Found(
        values=(sign * row[figure],),
        error=row[f"{figure}_error"],
        t=t,
        is_sure=abs(t) >= BOUND,
        sessions=int(row["sessions"]),
        windows=row["windows"],
        is_enough=row["windows"] >= FEWEST_WINDOWS and not math.isnan(t),
        securities=row["securities"],
        start=made.summary["start"] or "",
        end=made.summary["end"] or "",
    )


def responded(side: str, answer: str, *, weekly: bool) -> Measure:
    """Return what takes of a side its response after rises and falls: `answer` either (the surer) or difference."""
    return partial(_responded, side, answer, weekly)


def _responded(side: str, answer: str, weekly: bool, ground: Ground) -> Found:
    made = ground.behaviour(weekly=weekly)
    rows = [row for row in made.main_rows() if row["side"] == side]
    if not rows or math.isnan(rows[0]["up_t"]):
        raise TooLittleError(say("Too few periods with flows and returns, or returns that hardly vary."))
    (row,) = rows
    name = _surer(row) if answer == "either" else answer
    weeks = _WEEKS if weekly else _SESSIONS
    return Found(
        values=(row[name],),
        error=row[f"{name}_error"],
        t=row[f"{name}_t"],
        needed=row[f"{name}_needed"],
        is_sure=is_sure(row, name),
        sessions=ground.sessions if weekly else int(row["periods"]),
        windows=row["windows"],
        is_enough=row["windows"] >= FEWEST_WINDOWS,
        securities=row["securities"],
        start=made.span[0],
        end=made.span[1],
        more=say(weeks, **_both(row)),
    )


def _both(row: dict[str, Any]) -> dict[str, str]:
    """Return both responses in words."""
    told = {name: f"{row[name]:+.3f}" for name in ("up", "down")}
    told |= {f"{name}_t": formats.number(row[f"{name}_t"], 1) for name in ("up", "down")}
    return told | {"n": formats.count(int(row["periods"]))}


def _surer(row: dict[str, Any]) -> str:
    """Return which response decides: of two that are sure and contrary the negative one, else the surer."""
    sure = [name for name in ("up", "down") if is_sure(row, name)]
    against = [name for name in sure if row[name] < 0.0]
    return max(against or ("up", "down"), key=lambda name: abs(row[f"{name}_t"]) / row[f"{name}_needed"])


def totals_responded(start: str) -> Measure:
    """Return what takes of the totals of a market the responses of net financing by week from a day on."""
    return partial(_totals_responded, start)


def _totals_responded(start: str, ground: Ground) -> Found:
    if ground.securities:
        raise TooLittleError(say("It is of the totals of a market, and the data are of securities."))
    (row, *_) = ground.behaviour(weekly=True, start=start).main_rows()
    found = _fact(ground, (row["up"], row["down"]), ground.sessions)
    return replace(found, more=say(_WEEKS, **_both(row)))


def listed(kind: str) -> Measure:
    """Return what takes the abnormal return from the day of a change of the lists to 20 sessions after."""
    return partial(_listed, kind)


def _listed(kind: str, ground: Ground) -> Found:
    events = [event for event in list_events(ground.panel, ground.first) if event.kind == kind]
    if not events:
        raise TooLittleError(say("No security enters the list within the sessions."))
    (row,) = ground.event_study(kind, events).kinds
    if row["verdict"] == "no answer":
        raise TooLittleError(
            say("{n} events with enough data around them, too few for an answer.", n=f"{row['events']}")
        )
    is_alike = np.sign(row["mean"]) == np.sign(row["t"])
    return Found(
        values=(row["mean"],),
        error=abs(row["mean"] / row["t"]) if is_alike else math.nan,
        t=row["t"],
        is_sure=bool(is_alike) and row["verdict"] in ("rise", "fall"),
        sessions=ground.sessions,
        windows=float(row["events"]),
        start=ground.span[0],
        end=ground.span[1],
        more=say("Events: {n}, on days: {all}.", n=formats.count(row["events"]), all=formats.count(row["days"])),
    )


def after_higher_margins(ground: Ground) -> Found:
    """Return the change of B/F of the market from the eve of a higher margin ratio to 20 sessions after."""
    events = [
        one
        for one in rule_events(ground.panel.sessions, ground.first)
        if one.kind.endswith("financing margin ratio raised")
    ]
    if not events or ground.market != "mainland":
        raise TooLittleError(say("No margin ratio was raised within the sessions."))
    table = ground.event_study(RAISED, events).tables["market"]
    rows = dicts(table[table["gauge"] == "B/F"])
    if not rows or math.isnan(rows[0]["change_from_eve"]):
        raise TooLittleError(say("No whole window lies around the day on which the margin ratio was raised."))
    row = rows[0]
    return Found(
        values=(row["change_from_eve"],),
        is_sure=row["windows"] >= FEWEST_PLACEBOS and row["larger_from_eve"] <= LEVEL,
        sessions=EventDesign().width,
        windows=1.0,
        is_enough=row["windows"] >= FEWEST_PLACEBOS,
        start=ground.span[0],
        end=ground.span[1],
        more=say(
            "On {day}; {share} of {n} windows elsewhere moved more.",
            day=row["date"].date().isoformat(),
            share=formats.percent(row["larger_from_eve"], 1),
            n=formats.count(int(row["windows"])),
        ),
    )


def around_a_day(day: str, before: int, after: int) -> Measure:
    """Return what takes B/F of the market before and after a day, and the change of F from that day on."""
    return partial(_around_a_day, day, before, after)


def _around_a_day(day: str, before: int, after: int, ground: Ground) -> Found:
    row = ground.row(day)
    if row < before or row + after >= len(ground.panel.sessions):
        raise TooLittleError(
            say("The data do not reach {n} sessions before and after {day}.", n=f"{max(before, after)}", day=day)
        )
    share, owed = ground.gauges["B/F"].values, ground.gauges["financing balance"].values
    change = owed[row + after] / owed[row] - 1.0
    return _fact(ground, (share[row - before], share[row + after], change), before + after + 1)


def on_a_day(gauge: str, day: str) -> Measure:
    """Return what takes a figure of the market on a day."""
    return partial(_on_a_day, gauge, day)


def _on_a_day(gauge: str, day: str, ground: Ground) -> Found:
    return _fact(ground, (ground.gauges[gauge].values[ground.row(day)],), 1)


def largest_short_share(first: str = "", last: str = "") -> Measure:
    """Return what takes the largest short balance of the market beside its financing balance, of all or some days."""
    return partial(_largest_short_share, first, last)


def _largest_short_share(first: str, last: str, ground: Ground) -> Found:
    panel = ground.panel
    start = int(np.searchsorted(panel.sessions, np.datetime64(first, "D"))) if first else ground.first
    end = int(np.searchsorted(panel.sessions, np.datetime64(last, "D"), side="right")) if last else len(panel.sessions)
    rows = slice(max(start, ground.first), end)
    short, owed = panel["short_balance"][rows], panel["financing_balance"][rows]
    known = np.isfinite(short) & np.isfinite(owed)
    above, below = (np.where(known, one, 0.0).sum(axis=1) for one in (short, owed))
    usable = known.any(axis=1) & (below > 0.0)
    if not usable.any():
        raise TooLittleError(say("No session has both balances."))
    share = above[usable] / below[usable]
    day = panel.sessions[rows][usable][share.argmax()]
    return _fact(ground, (float(share.max()),), int(usable.sum()), say("The largest is of {day}.", day=str(day)))


def leveraged(figure: str, day: str) -> Measure:
    """Return what takes of the estimated maintenance ratios of a day: maintenance of all, or the share below 130 %."""
    return partial(_leveraged, figure, day)


def leveraged_month(month: str) -> Measure:
    """Return what takes the highest estimated maintenance ratio of all securities in a month."""
    return partial(_leveraged_month, month)


def _leveraged(figure: str, day: str, ground: Ground) -> Found:
    row, view = ground.row(day), _leverage(ground)
    days = view.days.iloc[row]
    value = days["maintenance"] if figure == "maintenance" else days["below"] / max(days["securities"], 1)
    more = say(
        "{below} of {n} securities below {line}.",
        below=formats.count(int(days["below"])),
        n=formats.count(int(days["securities"])),
        line=formats.percent(LINE, 0),
    )
    return _fact(ground, (float(value),), row + 1, more, float(days["securities"]))


def _leveraged_month(month: str, ground: Ground) -> Found:
    days = _leverage(ground).days
    part = days[days["date"].dt.strftime("%Y-%m") == month]
    if part["maintenance"].isna().all():
        raise TooLittleError(say("The data have no session of {day}.", day=month))
    most = part.loc[part["maintenance"].idxmax()]
    more = say("The highest is of {day}.", day=str(most["date"].date()))
    return _fact(ground, (float(most["maintenance"]),), len(part), more, float(most["securities"]))


def _leverage(ground: Ground) -> LeverageView:
    return ground.once("leverage", lambda: leverage_view(ground.panel))


def average_maintenance(ground: Ground) -> Found:
    """Return the mean over sessions of the published average maintenance ratio, with its error."""
    values = ground.panel["average_maintenance"][ground.first :]
    known = np.isfinite(values)
    series = np.where(known.any(axis=1), np.nanmax(np.where(known, values, -np.inf), axis=1), np.nan)
    mean = newey_west(series)
    found = _fact(ground, (mean.mean,), mean.count)
    return replace(found, error=mean.error, t=mean.t, is_sure=True)


def _fact(
    ground: Ground, values: tuple[float, ...], sessions: int, more: str = "", securities: float = math.nan
) -> Found:
    """Return figures of days, which have no error; TooLittleError where one is not known."""
    if not np.isfinite(values).all():
        raise TooLittleError(say("The balances of these sessions are not known."))
    start, end = ground.span
    many = float(len(ground.securities)) if math.isnan(securities) else securities
    return Found(values=tuple(map(float, values)), sessions=sessions, securities=many, start=start, end=end, more=more)
