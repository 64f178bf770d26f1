"""Whether what was found agrees with what was published."""

import math
from collections.abc import Callable, Mapping

from ..pages.language import Said, say
from .found_figures import Found
from .published import Published

VERDICTS = {
    "agrees": "these data show the same, as far as the criterion goes",
    "disagrees": "these data show the opposite, or leave no room for what was published",
    "too little data": "they cannot tell: too short, too few securities, another market's days, or both are possible",
    "needs a field": "they lack what it is computed from",
}
"""Verdict -> what it means."""

Judge = Callable[[Published, Found], tuple[str, Said]]


def judged(result: Published, found: Found) -> tuple[str, Said]:
    """Return the verdict, of `VERDICTS`, and why, in a sentence."""
    if found.sessions < result.history:
        told = say(
            "It rests on {n} sessions; an answer needs {least}.", n=f"{found.sessions}", least=f"{result.history}"
        )
        return "too little data", told
    if not found.is_enough:
        return "too little data", say("Too few spans that do not overlap: no t can be trusted.")
    return _JUDGES[result.criterion](result, found)


def _by_sign(result: Published, found: Found) -> tuple[str, Said]:
    """Judge a direction: the effect that counts is the published figure, or the least one."""
    value = result.sign * found.values[0]
    if found.is_sure:
        if value > 0.0:
            return "agrees", say(
                "The sign is the published one, beyond chance{and_inside}.", and_inside=_inside(result, found)
            )
        return "disagrees", say("The sign is the opposite of the published one, beyond chance.")
    effect = _effect(result)
    high = max(result.sign * end for end in found.interval)
    if math.isnan(effect) or math.isnan(high):
        return "too little data", say("It cannot be told from chance, and no figure was published to compare it with.")
    if high < effect:
        return "disagrees", say("It cannot be told from chance, and an effect as large as published is not possible.")
    return "too little data", say("Both no effect and one as large as published are possible.")


def _effect(result: Published) -> float:
    published = abs(result.figures[0].value)
    return result.least if math.isnan(published) else published


def _inside(result: Published, found: Found) -> Said | str:
    """Return whether the published figure lies in the interval, as the end of a sentence."""
    published, (low, high) = result.figures[0].value, found.interval
    if math.isnan(published) or math.isnan(low):
        return ""
    if low <= published <= high:
        return say("; the published figure lies in the interval")
    return say("; the published figure lies outside the interval")


def _by_absence(result: Published, found: Found) -> tuple[str, Said]:
    if found.is_sure:
        return "disagrees", say("There is something beyond chance.")
    if max(abs(end) for end in found.interval) < result.least:
        return "agrees", say("Nothing beyond chance, and no effect that would count is possible.")
    return "too little data", say("Nothing beyond chance, but an effect that would count is possible.")


def _by_tolerance(result: Published, found: Found) -> tuple[str, Said]:
    pairs = list(zip(result.figures, found.values, strict=True))
    if all(abs(value - figure.value) <= figure.tolerance for figure, value in pairs):
        return "agrees", say("Within the tolerance of what was published.")
    return "disagrees", say("Further from what was published than the tolerance allows.")


def _by_interval(result: Published, found: Found) -> tuple[str, Said]:
    low, high = found.interval
    if math.isnan(low):
        return "too little data", say("These data give no interval.")
    if low <= result.figures[0].value <= high:
        return "agrees", say("The published figure lies in the interval of these data.")
    return "disagrees", say("The published figure lies outside the interval of these data.")


def _by_bound(result: Published, found: Found) -> tuple[str, Said]:
    if found.values[0] < result.figures[0].value:
        return "agrees", say("Every session lies below the published bound.")
    return "disagrees", say("A session lies at or above the published bound.")


_JUDGES: Mapping[str, Judge] = {
    "sign": _by_sign,
    "absent": _by_absence,
    "tolerance": _by_tolerance,
    "inside": _by_interval,
    "below": _by_bound,
}
