"""What followed events in plain words: how much, how sure, and what the test takes for granted."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..inference.means import BOUND, student
from ..pages import formats
from ..pages.language import Said, say
from .event_design import FEW_EVENTS, FEWEST_EVENTS

LEVEL = 0.05
FEWEST_PLACEBOS = 20
"""Placebo windows below which nothing is told from them."""

VERDICTS = {
    "rise": "returns beyond the benchmark that chance does not explain",
    "fall": "returns below the benchmark that chance does not explain",
    "not shown": "what followed cannot be told from chance",
    "no answer": "no event, or none with enough data around it",
}
"""Verdict -> what it means."""


_FEW_TESTS = ("adjusted", "portfolio", "rank", "cross")
"""Those that must agree on few events."""

_BETWEEN = frozenset({"adjusted", "cross"})
"""Those whose error is of how the events differ."""

_STUDENT = {0: math.inf, 1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
"""Degrees of freedom -> 97.5 % point, where the expansion of `student` is too small."""


def judged(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``t``, ``test`` (the name of its test), ``need`` (what |t| it takes) and ``verdict`` of a row of spans.

    Notes
    -----
    By the adjusted test; by the weaker of it and the portfolio's for events on fewer than `FEWEST_EVENTS` days: what
    few days have in common cannot be seen in how their events differ, and a higher variance at the event cannot be seen
    in the portfolio. Fewer than `FEW_EVENTS` events, one of which can make any one test, show something where all of
    adjusted, portfolio, rank and cross-section that there are do so the same way; the weakest is returned. Where there
    are placebo windows, not more than 5 % of them may have a larger effect either, counted by those that do not overlap
    where these are enough. Simulated: `tests/events/test_verdict.py`.
    """
    count = int(figures["events"])
    known = [name for name in _tests_of(figures) if not math.isnan(figures[name])]
    if not known or (count < FEW_EVENTS and math.isnan(figures["portfolio"])):
        return {"t": math.nan, "test": "portfolio", "need": math.nan, "verdict": "no answer"}
    test = min(known, key=lambda name: abs(figures[name]) / needed(name, count))
    t, need = figures[test], needed(test, count)
    agree = len({figures[name] > 0.0 for name in known}) == 1
    is_shown = abs(t) >= need and _placebo_level(figures) <= LEVEL and agree
    verdict = ("rise" if t > 0.0 else "fall") if is_shown else "not shown"
    return {"t": t, "test": test, "need": need, "verdict": verdict}


def _tests_of(figures: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of the tests that a verdict rests on."""
    if figures["events"] < FEW_EVENTS:
        return _FEW_TESTS
    return ("adjusted", "portfolio") if figures["days"] < FEWEST_EVENTS else ("adjusted",)


def needed(test: str, events: int) -> float:
    """Return from which absolute value on a test of so many events is beyond chance at the 5 % level."""
    if test not in _BETWEEN:
        return BOUND
    return _STUDENT[events - 1] if events - 1 in _STUDENT else student(events - 1)


def _placebo_level(figures: Mapping[str, Any]) -> float:
    """Return how likely so large an effect is by the placebo windows; 0 where there are too few to tell."""
    count, apart = figures["placebos"], figures["placebos_apart"]
    if count < FEWEST_PLACEBOS:
        return 0.0
    count = apart if apart >= FEWEST_PLACEBOS else count
    return (1.0 + figures["placebo_share"] * count) / (1.0 + count)


def share_told(share: float, placebos: float) -> float:
    """Return a share of placebo windows, NaN where these are too few to tell."""
    return share if placebos >= FEWEST_PLACEBOS else math.nan


def kind_words(figures: Mapping[str, Any], after: int) -> Said:
    """Return the sentence on one kind of events from its row of spans with what `judged` adds."""
    told = {"kind": say(figures["kind"]), "after": f"{after}", "against": say(AGAINST_WORDS[figures["against"]])}
    if figures["verdict"] == "no answer":
        count = formats.count(figures["events"])
        return say("{kind}: events with enough data: {n}, too few for an answer.", kind=told["kind"], n=count)
    told |= {"size": formats.percent(figures["mean"], sign=True), "t": formats.number(figures["t"], 1)}
    told |= {"raw": formats.percent(figures["raw"], sign=True), "need": formats.number(figures["need"], 1)}
    told |= {"test": say(TEST_NAMES[figures["test"]]), "luck": _placebo_words(figures), "end": _end(figures)}
    told |= {"events": events_words(figures)}
    if figures["events"] == 1:
        return say(
            "{kind}: {events} was followed by {size} against {against} ({raw} raw), from session 0 to {after} after "
            "({test} t {t}, {need} needed; {luck}): {end}.",
            **told,
        )
    return say(
        "{kind}: {events} were followed by {size} against {against} ({raw} raw), from session 0 to {after} after "
        "({test} t {t}, {need} needed; {luck}): {end}.",
        **told,
    )


def events_words(figures: Mapping[str, Any]) -> Said:
    """Return how many events there are, of how many that were given where some are left out, on how many days."""
    given = figures["events"] + sum(figures["left_out"].values())
    n, days, total = (formats.count(value) for value in (figures["events"], figures["days"], given))
    if given == 1:
        return say("the only event")
    if figures["events"] == 1:
        return say("the only usable event of {n}", n=total)
    if given == figures["events"]:
        if figures["days"] == 1:
            return say("{n} events, all on one day,", n=n)
        return say("{n} events on {days} days", n=n, days=days)
    if figures["days"] == 1:
        return say("{n} of {all} events, all on one day,", n=n, all=total)
    return say("{n} of {all} events, on {days} days,", n=n, all=total, days=days)


def _placebo_words(figures: Mapping[str, Any]) -> Said:
    if figures["placebos"] < FEWEST_PLACEBOS:
        return say("too few placebo windows")
    share, count = formats.percent(figures["placebo_share"], 1), formats.count(figures["placebos"])
    apart = formats.count(figures["placebos_apart"])
    return say("{share} of {n} placebo windows, {all} of them apart, moved more", share=share, n=count, all=apart)


def _end(figures: Mapping[str, Any]) -> Said:
    if figures["verdict"] == "not shown":
        if figures["events"] < FEW_EVENTS and any(
            abs(figures[name]) >= needed(name, figures["events"]) for name in _FEW_TESTS
        ):
            return say("so few events show nothing where the tests do not agree")
        return say("it cannot be told from chance")
    if figures["days"] < FEWEST_EVENTS:
        return say("beyond chance, but whatever else happened on so few days counts as well")
    return say("beyond chance")


def market_words(row: Mapping[str, Any], before: int, after: int) -> Said:
    """Return the sentence on one figure of the market around a day, from its row of the market table."""
    return say(
        "{date}: {gauge} of the market went from {first} ({before} sessions before) over {eve} (the eve) to {last} "
        "({after} after): {change}; {share} of {n} windows elsewhere moved more.",
        date=row["date"].date().isoformat(),
        gauge=say(row["gauge"]),
        **{name: level_words(row["gauge"], row[name]) for name in ("first", "eve", "last")},
        before=f"{before}",
        after=f"{after}",
        change=formats.percent(row["change"], 1, sign=True),
        share=formats.percent(row["larger"], 1),
        n=formats.count(int(row["windows"])),
    )


def level_words(gauge: str, value: float) -> str:
    """Return a level of a figure of the market: a ratio with three decimals, an amount in short."""
    return formats.number(value, 3) if "/" in gauge else formats.short(value)


def told_of(
    kinds: Sequence[Mapping[str, Any]], market: Sequence[Mapping[str, Any]], before: int, after: int
) -> list[Said]:
    """Return what an event study says: a sentence on each kind, on luck where there are several, on the market."""
    told = [kind_words(figures, after) for figures in kinds]
    asked = sum(figures["verdict"] != "no answer" for figures in kinds)
    if asked > 1:
        chance = formats.number(asked * LEVEL, 1)
        told.append(say("Of {n} kinds, luck alone shows {chance} on average.", n=formats.count(asked), chance=chance))
    return [*told, *(market_words(row, before, after) for row in market)]


TEST_NAMES = {
    "cross": "cross-section",
    "standardised": "standardised",
    "adjusted": "adjusted",
    "rank": "rank",
    "sign": "sign",
    "portfolio": "portfolio",
}
TEST_MEANINGS = {
    "cross": "the mean over how much the events differ (cross-section t). It fails where events move together.",
    "standardised": "the same in units of what was usual for the security (Boehmer, Musumeci, Poulsen 1991): a higher "
    "variance at events does not mislead it; it fails where events move together.",
    "adjusted": "the standardised test, allowing for the correlation of the events before them as far as their "
    "windows overlap (Kolari, Pynnonen 2010).",
    "rank": "the mean rank of the abnormal returns among those before (Corrado 1989): outliers do not mislead it, and "
    "it allows for events that move together.",
    "sign": "the share of positive sums against that before (Cowan 1992). It fails where events move together.",
    "portfolio": "the mean of the events by day over how much it moved before them (Brown, Warner 1985; Jaffe 1974): "
    "the honest one where all events are of one day; a higher variance at the event misleads it.",
}
"""Test -> what it is and when it fails."""

AGAINST_WORDS = {
    "equal": "equal weight of the others",
    "industry": "equal weight of the industry's others",
    "matched": "matched controls",
    "own mean": "the market's own mean before",
    "others": "securities that cannot be financed",
}
"""What returns are measured against -> in words."""

GAUGE_WORDS = (
    "Sums over the securities or totals: F is what is owed, B what is bought on margin, R what is repaid, A what "
    "is traded, M float cap. First and last are the ends of the window."
)
"""What the figures of the market are."""
