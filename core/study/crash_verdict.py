"""The verdict on crash risk in plain words: which scores were followed by more of it, how sure, what remains beside."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..inference.means import BOUND, FEWEST_WINDOWS
from ..pages import formats
from ..pages.language import joined, say, sentences
from .crash_target import MEASURES
from .verdict import OVER_TIME, STRENGTHS, beside, caution, is_trusted, span_words, spans

NAMES = {
    "ncskew": "negative skewness (NCSKEW)",
    "duvol": "down-to-up volatility (DUVOL)",
    "tail": "sessions in the left tail",
}
"""Measure -> what it is, for a reader."""


def amount(value: Any, measure: str, *, sign: bool = False) -> str:
    """Return a figure as its measure is written: shares and returns in percent, skewness and logs as numbers."""
    return formats.number(value, 3, sign=sign) if measure in MEASURES[:2] else formats.percent(value, sign=sign)


def judge_crash(summary: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return `verdict` and `words` for the figures of a study of crash risk.

    Parameters
    ----------
    summary : mapping
        As `verdict.judge`, with the figures of the other measures. Correlations are those with crash risk: above 0,
        high scores were followed by more of it.
    name : str
        Of the rule.

    Notes
    -----
    No rule but one on crashes claims anything here, so that no verdict speaks of a claim.
    """
    parts = (_strength(summary, name), _spread(summary), beside(summary), *_others(summary), *caution(summary))
    return {"verdict": _word(summary), "words": sentences(*parts)}


def _word(summary: Mapping[str, Any]) -> str:
    t = summary["t"]
    if math.isnan(t):
        return "no answer"
    if summary["windows"] < FEWEST_WINDOWS:
        return "too short"
    if abs(t) < BOUND:
        return "not shown"
    slope = summary["slope_t"]
    is_own = _is_market(summary) or not summary["controls"] or (abs(slope) >= BOUND and slope * t > 0.0)
    if not is_own:
        return "not its own"
    return "more crashes" if t > 0.0 else "fewer crashes"


def _strength(summary: Mapping[str, Any], name: str) -> str:
    t = summary["t"]
    if math.isnan(t):
        return say(
            "{name} cannot be judged: no session has enough securities with different scores and known crash risk.",
            name=name,
        )
    size = summary["timing" if _is_market(summary) else "ic"]
    told = {"span": span_words(summary), "who": name, "ahead": _ahead(summary)}
    if _is_market(summary):
        told["who"] = say("{name}, judged over time ({why}),", name=name, why=say(OVER_TIME))
    figures = say("rank correlation of score and crash risk {size}", size=f"{size:+.3f}")
    if not is_trusted(summary):
        return say("Over {span}, it is not known whether {who} foretells {ahead}: {figures}.", **told, figures=figures)
    told["figures"] = say("{size}, t {t}", size=figures, t=f"{t:+.1f}")
    if abs(t) < BOUND:
        return say(
            "Over {span}, {who} does not demonstrably foretell {ahead}: {figures}, which cannot be told from chance.",
            **told,
        )
    how = next(word for bound, word in STRENGTHS if abs(size) < bound)
    way = say("high scores were followed by more of it") if t > 0.0 else say("high scores were followed by less of it")
    return say("Over {span}, {who} {how} {ahead}; {way}: {figures}.", **told, how=say(how), way=way)


def _ahead(summary: Mapping[str, Any]) -> str:
    told = {"measure": say(NAMES[MEASURES[0]]), "span": spans(summary["horizon"])}
    if _is_market(summary):
        return say("the {measure} of all securities together over the next {span}", **told)
    return say("the order of {measure} of abnormal returns over the next {span}", **told)


def _spread(summary: Mapping[str, Any]) -> str:
    if _is_market(summary) or math.isnan(summary["spread"]):
        return ""
    size = formats.number(summary["spread"], 3, sign=True)
    if not is_trusted(summary) or math.isnan(summary["spread_t"]):
        return say("NCSKEW of the highest scores less that of the lowest: {size}.", size=size)
    return say(
        "NCSKEW of the highest scores less that of the lowest: {size} (t {t}).",
        size=size,
        t=f"{summary['spread_t']:+.1f}",
    )


def _others(summary: Mapping[str, Any]) -> Iterator[str]:
    """Say what the other measures found, which the verdict does not rest on."""
    if math.isnan(summary["t"]) or not is_trusted(summary):
        return
    name = "timing" if _is_market(summary) else "ic"
    figures = [
        say(
            "{measure} {size} (t {t})",
            measure=say(NAMES[measure]),
            size=f"{summary[f'{measure}_{name}']:+.3f}",
            t=f"{summary[f'{measure}_{name}_t']:+.1f}",
        )
        for measure in MEASURES[1:]
        if not math.isnan(summary[f"{measure}_{name}_t"])
    ]
    if figures:
        yield say("By the other measures: {figures}.", figures=joined(figures, "{one}, {other}"))


def _is_market(summary: Mapping[str, Any]) -> bool:
    return summary["kind"] == "market"
