"""The verdict of a comparison as its page begins with it: who leads, whether luck explains it, what to conclude."""

from collections.abc import Iterator
from html import escape
from typing import Any

import numpy as np

from ..pages import formats
from ..pages.language import again, say, sentences
from ..pages.markup import cards, muted, section
from .standing import none_has, none_words

Card = tuple[str, str, str, str]


def verdict_section(comparison: Any) -> str:
    """Return the section that the page begins with, and the cards of what it rests on."""
    luck = comparison.luck
    paragraphs = [again(luck.headline), conclusion(comparison)]
    told = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    title = say("Verdict: {verdict}", verdict=_verdict(luck))
    return section(title, told + muted(again(comparison.judged))) + cards(_cards(luck))


def _verdict(luck: Any) -> str:
    if none_has(luck.sharpe):
        return say("no trial traded")
    winners = int(luck.beats.sum())
    if not winners:
        return say("no trial beats the controls beyond luck")
    if winners == 1:
        return say("one trial beats the controls beyond luck")
    return say("{n} trials beat the controls beyond luck", n=formats.count(winners))


def conclusion(comparison: Any) -> str:
    """Return what to conclude of a comparison, in plain sentences."""
    luck, stress = comparison.luck, comparison.stress
    if none_has(luck.sharpe):
        told = say("To conclude: nothing; a trial that does not trade says nothing, good or bad.")
    elif not luck.beats.any():
        told = say(
            "To conclude: on these data the order of the trials says no more than luck does; take none of them for its "
            "rank."
        )
    elif stress.empty:
        told = say(
            "To conclude: luck alone does not explain the winners on these data; look at them under stress and on "
            "other data before you trust them."
        )
    else:
        names = {luck.names[k] for k in np.flatnonzero(luck.beats)}
        kept = int((stress["label"].isin(names) & stress["keeps_beating"]).sum())
        told = say(
            "To conclude: luck alone does not explain the winners on these data, and {kept} of {n} keep beating every "
            "control under every stress; look at other data before you trust them.",
            kept=formats.count(kept),
            n=formats.count(len(names)),
        )
    if comparison.synthetic:
        told = sentences(told, say("The data are generated: nothing here speaks of a real market."))
    return told


def _cards(luck: Any) -> Iterator[Card]:
    best, control = _argmax(luck.sharpe), _argmax(luck.control_sharpe)
    if best is None:
        yield say("Best trial"), formats.NONE, none_words(), ""
        yield from _best(luck, best, control)
        return
    yield from _best(luck, best, control)
    alpha = formats.percent(luck.alpha, 0)
    beaten = say("of {n} trials, at {alpha} over all of them", n=formats.count(luck.trials), alpha=alpha)
    yield say("Beat every control beyond luck"), formats.count(int(luck.beats.sum())), beaten, ""
    if luck.overfitting is not None:
        told = say("of splits: the winner of one half is not above the median of the other")
        yield say("Probability of overfitting"), formats.percent(luck.overfitting.probability, 0), told, ""
    walk = luck.walk_forward
    told = say(
        "Sharpe ratio ± {error} (one standard error) of choosing by the past: {windows} windows, {sessions} sessions; "
        "{inside} in its training",
        error=formats.number(walk.sharpe_error),
        windows=formats.count(len(walk.windows)),
        sessions=formats.count(len(walk.sessions)),
        inside=formats.number(walk.in_sample_sharpe),
    )
    yield say("Walk-forward"), formats.number(walk.sharpe), told, ""


def _best(luck: Any, best: int | None, control: int | None) -> Iterator[Card]:
    if best is not None:
        told = say(
            "{name}, Sharpe ratio ± {error} (one standard error) over the judged sessions",
            name=luck.names[best],
            error=formats.number(luck.sharpe_error[best]),
        )
        yield say("Best trial"), formats.number(luck.sharpe[best]), told, ""
    if control is not None:
        told = say("{name}, Sharpe ratio over the judged sessions", name=luck.control_names[control])
        yield say("Best control"), formats.number(luck.control_sharpe[control]), told, ""
    if best is not None:
        told = say(
            "of the best trial, over all trials and controls; at most {alpha} is needed", alpha=f"{luck.alpha:g}"
        )
        yield say("p of the best"), formats.number(luck.p[best], 3), told, ""


def _argmax(values: np.ndarray) -> int | None:
    return None if np.isnan(values).all() else int(np.nanargmax(values))
