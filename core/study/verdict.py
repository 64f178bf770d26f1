"""The verdict in plain words: how strong, in which direction, how sure, and what is left beside the controls."""

import math
from collections.abc import Mapping
from typing import Any

from ..inference.means import BOUND, FEWEST_WINDOWS
from ..pages import formats

STRENGTHS = ((0.01, "next to nothing of"), (0.03, "weakly"), (0.06, "moderately"), (math.inf, "strongly"))
"""|mean rank correlation| below which it is said so."""

OVER_TIME = "one score for all securities, or too few to rank"
"""Why a study is judged over time."""

VERDICTS = {
    "supported": "what followed agrees with the claim, beyond chance and beyond the controls",
    "not beyond controls": "it agrees with the claim, but the price's own past says as much",
    "not shown": "what was found cannot be told from chance",
    "contradicted": "what followed is the opposite of the claim, beyond chance",
    "too short": f"fewer than {FEWEST_WINDOWS} spans that do not overlap: no t can be trusted",
    "no answer": "too few securities or sessions with a score, or a score that never differs",
}
"""Verdict -> what it means."""


def judge(summary: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return `verdict` (of `VERDICTS`) and `words` (sentences) for the figures of a study.

    Parameters
    ----------
    summary : mapping
        kind, t, ic, timing, windows, spread, spread_t, slope_t, slope_alone_t, horizon, sessions, start, end,
        controls, strongest_horizon.
    name : str
        Of the rule.
    """
    sentences = [_strength(summary, name), _spread(summary), _beside(summary), _caution(summary)]
    return {"verdict": _word(summary), "words": " ".join(sentence for sentence in sentences if sentence)}


def t_words(t: float, windows: float) -> str:
    """Return a t for a table, in brackets where too few spans without overlap stand behind it."""
    text = formats.number(t, 1)
    return text if windows >= FEWEST_WINDOWS or text == formats.NONE else f"({text})"


def _word(summary: Mapping[str, Any]) -> str:
    t = summary["t"]
    if math.isnan(t):
        return "no answer"
    if summary["windows"] < FEWEST_WINDOWS:
        return "too short"
    if abs(t) < BOUND:
        return "not shown"
    if t < 0.0:
        return "contradicted"
    is_own = _is_market(summary) or not summary["controls"] or summary["slope_t"] >= BOUND
    return "supported" if is_own else "not beyond controls"


def _strength(summary: Mapping[str, Any], name: str) -> str:
    t, horizon = summary["t"], summary["horizon"]
    if math.isnan(t):
        return f"{name} cannot be judged: no session has enough securities with different scores and known returns."
    size = summary["timing" if _is_market(summary) else "ic"]
    span = f"{formats.count(summary['sessions'])} sessions ({summary['start']} to {summary['end']})"
    who = f"{name}, judged over time ({OVER_TIME})," if _is_market(summary) else name
    what = "return of all securities together" if _is_market(summary) else "order of returns"
    ahead = f"the {what} over the next {_sessions(horizon)}"
    figures = f"{'' if _is_market(summary) else 'mean '}rank correlation {size:+.3f}, t {t:+.1f}"
    if abs(t) < BOUND:
        return (
            f"Over {span}, {who} does not demonstrably foretell {ahead}: {figures}, which cannot be told from chance."
        )
    way = "in the direction of its claim" if t > 0.0 else "against its claim"
    how = next(word for bound, word in STRENGTHS if abs(size) < bound)
    said = f"foretells {how}" if how.endswith("of") else f"{how} foretells"
    return f"Over {span}, {who} {said} {ahead}, {way}: {figures}."


def _spread(summary: Mapping[str, Any]) -> str:
    if _is_market(summary) or math.isnan(summary["spread"]):
        return ""
    size, t = summary["spread"], summary["spread_t"]
    verb = "beat" if size > 0.0 else "fell behind"
    sure = "" if math.isnan(t) else f" (t {t:+.1f})"
    return f"The highest scores {verb} the lowest by {formats.percent(abs(size))} in that time{sure}, before costs."


def _beside(summary: Mapping[str, Any]) -> str:
    controls, t, alone = summary["controls"], summary["slope_t"], summary["slope_alone_t"]
    if _is_market(summary) or math.isnan(summary["t"]):
        return ""
    if not controls:
        return "It was compared with no control."
    named = " and ".join(formats.words(control) for control in controls)
    if math.isnan(t):
        return f"Nothing of it is left beside {named}: it says what they say."
    kept = "something of its own remains" if abs(t) >= BOUND else "nothing that can be told from chance remains"
    turned = " with the opposite sign" if abs(t) >= BOUND and t * alone < 0.0 else ""
    return f"Beside {named}, {kept}{turned} (t {t:+.1f}, without them {alone:+.1f})."


def _caution(summary: Mapping[str, Any]) -> str:
    parts = []
    if 0 < summary["windows"] < FEWEST_WINDOWS:
        parts.append(
            f"The data hold only {summary['windows']:.1f} spans of {_sessions(summary['horizon'])} that do not overlap:"
            " too few to trust any t."
        )
    strongest = summary["strongest_horizon"]
    if strongest is not None and strongest != summary["horizon"]:
        parts.append(f"Of the horizons with spans enough, its t is largest at {_sessions(strongest)}.")
    return " ".join(parts)


def _is_market(summary: Mapping[str, Any]) -> bool:
    return summary["kind"] == "market"


def _sessions(count: int) -> str:
    return f"{count} session{'s' if count > 1 else ''}"
