"""What followed events in plain words: how much, how sure, and what the test takes for granted."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..inference.means import BOUND
from ..pages import formats
from ..pages.language import Said, say
from .event_design import FEWEST_EVENTS

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


def judged(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``t``, ``test`` (the name of its test) and ``verdict`` of a row of spans.

    Notes
    -----
    By the adjusted test; by the portfolio's for fewer than `FEWEST_EVENTS` events; by the weaker of the two for events
    on fewer days: what few days have in common cannot be seen in how their events differ, and a higher variance at the
    event cannot be seen in the portfolio. Where there are placebo windows, not more than 5 % of them may have a larger
    effect either.
    """
    tests = ["adjusted"] if figures["events"] >= FEWEST_EVENTS else []
    tests += ["portfolio"] if figures["days"] < FEWEST_EVENTS else []
    test = min(tests, key=lambda name: abs(figures[name]))
    t = figures[test]
    if math.isnan(t):
        return {"t": t, "test": test, "verdict": "no answer"}
    count = figures["placebos"]
    beyond = (1.0 + figures["placebo_share"] * count) / (1.0 + count) if count >= FEWEST_PLACEBOS else 0.0
    if abs(t) < BOUND or beyond > LEVEL:
        return {"t": t, "test": test, "verdict": "not shown"}
    return {"t": t, "test": test, "verdict": "rise" if t > 0.0 else "fall"}


def kind_words(figures: Mapping[str, Any], after: int) -> Said:
    """Return the sentence on one kind of events from its row of spans with what `judged` adds."""
    told = {
        "kind": say(figures["kind"]),
        "n": formats.count(figures["events"]),
        "days": formats.count(figures["days"]),
        "after": f"{after}",
        "against": say(AGAINST_WORDS[figures["against"]]),
    }
    if figures["verdict"] == "no answer":
        return say("{kind}: {n} events with enough data around them, too few for an answer.", **told)
    told |= {"size": formats.percent(figures["mean"], sign=True), "t": formats.number(figures["t"], 1)}
    told |= {"test": say(TEST_NAMES[figures["test"]]), "luck": _placebo_words(figures), "end": _end(figures)}
    if figures["events"] == 1:
        return say(
            "{kind}: the only event was followed by {size} against {against}, from session 0 to {after} after ({test} "
            "t {t}; {luck}): {end}.",
            **told,
        )
    if figures["days"] == 1:
        return say(
            "{kind}: {n} events, all on one day, were followed by {size} against {against}, from session 0 to {after} "
            "after ({test} t {t}; {luck}): {end}.",
            **told,
        )
    return say(
        "{kind}: {n} events on {days} days were followed by {size} against {against}, from session 0 to {after} after "
        "({test} t {t}; {luck}): {end}.",
        **told,
    )


def _placebo_words(figures: Mapping[str, Any]) -> Said:
    if figures["placebos"] < FEWEST_PLACEBOS:
        return say("too few placebo windows")
    share = formats.percent(figures["placebo_share"], 1)
    return say("{share} of {n} placebo windows moved more", share=share, n=formats.count(figures["placebos"]))


def _end(figures: Mapping[str, Any]) -> Said:
    if figures["verdict"] == "not shown":
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
