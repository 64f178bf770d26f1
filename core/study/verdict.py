"""The verdict in plain words: how strong, in which direction, how sure, and what is left beside the controls."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..inference.means import BOUND, FEWEST_WINDOWS
from ..pages import formats
from ..pages.language import say, sentences
from .design import SHORTEST
from .target import RETURN

STRENGTHS = (
    (0.01, "foretells next to nothing of"),
    (0.03, "weakly foretells"),
    (0.06, "moderately foretells"),
    (math.inf, "strongly foretells"),
)
"""|mean rank correlation| below which it is said so."""

OVER_TIME = "one score for all securities, or too few to rank"
"""Why a study is judged over time."""

VERDICTS = {
    "supported": "what followed agrees with the claim, beyond chance and beyond the controls",
    "not beyond controls": "it agrees with the claim, but the price's own past says as much",
    "not shown": "what was found cannot be told from chance",
    "contradicted": "what followed is the opposite of the claim, beyond chance",
    "too short": "fewer than {n} spans that do not overlap: no t can be trusted",
    "no answer": "too few securities or sessions with a score, or a score that never differs",
    "fewer crashes": "high scores were followed by less crash risk, beyond chance and beyond the controls",
    "more crashes": "high scores were followed by more crash risk, beyond chance and beyond the controls",
    "not its own": "crash risk goes with the score, but the price's own past says as much",
}
"""Verdict -> what it means; the last three are those of crash risk, in the place of three of the claim."""


CONCLUSIONS = {
    "supported": "To conclude: worth a backtest after costs, and a look at other data.",
    "not beyond controls": "To conclude: momentum and reversal of the price say as much; it is no reason of its own.",
    "not shown": "To conclude: these data give no reason to trade on it.",
    "contradicted": "To conclude: do not trade on the claim; its opposite is what these data show, and nobody had "
    "asked it.",
    "too short": "To conclude: judge it on a longer history, or at a shorter horizon.",
    "no answer": "To conclude: these data do not suffice to ask.",
    "fewer crashes": "To conclude: a low score is a warning worth heeding; look at other data.",
    "more crashes": "To conclude: a high score is a warning worth heeding, whatever return it promises; look at other "
    "data.",
    "not its own": "To conclude: past price, skewness and volatility say as much; it is no warning of its own.",
}
"""Verdict -> what to do with it."""


def meaning(verdict: str) -> str:
    """Return what a verdict means, in a clause."""
    return say(VERDICTS[verdict], n=f"{FEWEST_WINDOWS}")


def judge(summary: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return `verdict` (of `VERDICTS`) and `words` (sentences) for the figures of a study.

    Parameters
    ----------
    summary : mapping
        kind, t, ic, timing, windows, spread, spread_t, spread_sessions, slope_t, slope_alone_t, horizon, sessions,
        start, end, controls, strongest_horizon.
    name : str
        Of the rule.

    Notes
    -----
    The words can be said again in the language of a page. Where too few spans without overlap stand behind a t, no
    sentence rests on one.
    """
    parts = (_strength(summary, name), _spread(summary), beside(summary), *caution(summary))
    return {"verdict": _word(summary), "words": sentences(*parts)}


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


def is_trusted(summary: Mapping[str, Any]) -> bool:
    """Return whether enough spans without overlap stand behind the t of a study."""
    return summary["windows"] >= FEWEST_WINDOWS


def _strength(summary: Mapping[str, Any], name: str) -> str:
    t = summary["t"]
    if math.isnan(t):
        return shorter_than_horizon(summary, name) or say(
            "{name} cannot be judged: no session has enough securities with different scores and known returns.",
            name=name,
        )
    size = summary["timing" if _is_market(summary) else "ic"]
    told = {"span": span_words(summary), "who": name, "ahead": _ahead(summary)}
    if _is_market(summary):
        told["who"] = say("{name}, judged over time ({why}),", name=name, why=say(OVER_TIME))
    if not is_trusted(summary):
        return say(
            "Over {span}, it is not known whether {who} foretells {ahead}: {figures}.",
            **told,
            figures=_size(summary, size),
        )
    told["figures"] = say("{size}, t {t}", size=_size(summary, size), t=f"{t:+.1f}")
    if abs(t) < BOUND:
        return say(
            "Over {span}, {who} does not demonstrably foretell {ahead}: {figures}, which cannot be told from chance.",
            **told,
        )
    way = say("in the direction of its claim") if t > 0.0 else say("against its claim")
    how = next(word for bound, word in STRENGTHS if abs(size) < bound)
    return say("Over {span}, {who} {how} {ahead}, {way}: {figures}.", **told, how=say(how), way=way)


def span_words(summary: Mapping[str, Any]) -> str:
    """Return over which sessions a study ran."""
    count, start, end = formats.count(summary["sessions"]), summary["start"], summary["end"]
    return say("{n} sessions ({start} to {end})", n=count, start=start, end=end)


def _ahead(summary: Mapping[str, Any]) -> str:
    span = spans(summary["horizon"])
    if _is_market(summary):
        return say("the return of all securities together over the next {span}", span=span)
    return say("the order of returns over the next {span}", span=span)


def _size(summary: Mapping[str, Any], size: float) -> str:
    if _is_market(summary):
        return say("rank correlation {size}", size=f"{size:+.3f}")
    return say("mean rank correlation {size}", size=f"{size:+.3f}")


def _spread(summary: Mapping[str, Any]) -> str:
    if _is_market(summary) or math.isnan(summary["spread"]):
        return ""
    size, t = summary["spread"], summary["spread_t"]
    told = {"size": formats.percent(abs(size))}
    is_long = summary["spread_sessions"] >= FEWEST_WINDOWS * summary["horizon"]
    is_sure = is_long and is_trusted(summary) and not math.isnan(t)
    given = {"t": f"{t:+.1f}", "n": formats.count(summary["spread_sessions"])}
    if summary["spread_sessions"] >= summary["sessions"]:
        told["sure"] = say(" (t {t})", **given) if is_sure else ""
    elif is_sure:
        told["sure"] = say(" (t {t}, on the {n} sessions that have both)", **given)
    else:
        told["sure"] = say(" (on the {n} sessions that have both)", **given)
    if size > 0.0:
        return say("The highest scores beat the lowest by {size} in that time{sure}, before costs.", **told)
    return say("The highest scores fell behind the lowest by {size} in that time{sure}, before costs.", **told)


def beside(summary: Mapping[str, Any]) -> str:
    """Return what is left of the score beside the controls, in a sentence; empty where that cannot be said."""
    controls, t, alone = summary["controls"], summary["slope_t"], summary["slope_alone_t"]
    if _is_market(summary) or math.isnan(summary["t"]) or not is_trusted(summary):
        return ""
    if not controls:
        return say("It was compared with no control.")
    named: str = formats.words(controls[0])
    for control in controls[1:]:
        named = say("{one} and {other}", one=named, other=formats.words(control))
    if math.isnan(t):
        return say("Nothing of it is left beside {controls}: it says what they say.", controls=named)
    told = {"controls": named, "t": f"{t:+.1f}", "alone": f"{alone:+.1f}"}
    if abs(t) < BOUND:
        return say(
            "Beside {controls}, nothing that can be told from chance remains (t {t}, without them {alone}).", **told
        )
    if t * alone < 0.0:
        return say(
            "Beside {controls}, something of its own remains with the opposite sign (t {t}, without them {alone}).",
            **told,
        )
    return say("Beside {controls}, something of its own remains (t {t}, without them {alone}).", **told)


def caution(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a reader has to mind."""
    if 0 < summary["windows"] < FEWEST_WINDOWS:
        yield say(
            "The data hold only {n} spans of {span} that do not overlap: too few to trust any t.",
            n=f"{summary['windows']:.1f}",
            span=spans(summary["horizon"]),
        )
        yield reach_words(summary["sessions"], summary["horizon"], summary.get("target", RETURN))
    strongest = summary["strongest_horizon"]
    if strongest is not None and strongest != summary["horizon"]:
        yield say("Of the horizons with spans enough, its t is largest at {span}.", span=spans(strongest))


def reach_words(sessions: int, horizon: int, target: str = RETURN) -> str:
    """Return up to which horizon a study can judge that has `sessions` at `horizon`, and how to ask for it.

    A horizon h takes h - 1 further sessions from those that have a return: (sessions + horizon) / h - 1 spans fit.
    """
    held = sessions + horizon
    longest = held // (FEWEST_WINDOWS + 1)
    if not sessions or longest < SHORTEST[target]:
        return say("No horizon is short enough for them: give more data.")
    least = "" if target != RETURN or longest == 1 else "1,"
    return say(
        "{n} sessions judge up to a horizon of about {longest}: `--horizons {asked} --focus {longest}`.",
        n=formats.count(held),
        longest=f"{longest}",
        asked=f"{least}{longest}",
    )


def _is_market(summary: Mapping[str, Any]) -> bool:
    return summary["kind"] == "market"


def shorter_than_horizon(summary: Mapping[str, Any], name: str) -> str:
    """Return in a sentence that no horizon ends within the data; empty where some could."""
    if summary["scored_sessions"] > summary["horizon"]:
        return ""
    told = {"name": name, "n": spans(summary["scored_sessions"]), "span": spans(summary["horizon"])}
    return say("{name} cannot be judged: it has scores on {n}, too few for a horizon of {span}.", **told)


def spans(count: int) -> str:
    """Return a number of sessions in words."""
    return say("1 session") if count == 1 else say("{n} sessions", n=f"{count}")
