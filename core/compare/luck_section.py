"""The sections on luck: what remains of a comparison when the number of its trials is counted."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..inference.means import BOUND
from ..pages import formats
from ..pages.language import say, sentences
from ..pages.markup import muted, section
from ..pages.table_markup import Cell, name_cell, table
from ..rulebook.regimes import REGIMES
from .power_words import power_words
from .standing import none_has, none_words
from .walk_section import changes_of, walk_table

SHOWN = 100
"""Trials in the tables, the lowest p first; luck.json has all."""


def luck_sections(luck: Any) -> Iterator[str]:
    """Yield the tables of a verdict on luck, each with what it says.

    Parameters
    ----------
    luck : Luck
        Of `liangrong.core.luck`.
    """
    order = np.lexsort((-np.nan_to_num(luck.sharpe), luck.p))[:SHOWN]
    if none_has(luck.sharpe):
        yield section(say("Luck, trial by trial"), "", lead=none_words())
        return
    yield section(say("Luck, trial by trial"), _by_trial(luck, order), lead=_trials_lead(luck))
    yield section(say("Against each control"), _by_control(luck), lead=_controls_lead(luck))
    yield section(say("What could be found"), _power(luck), lead=power_words(luck.power, luck.periods_per_year))
    title = say("Overfitting and walk-forward")
    yield section(title, muted(_selection(luck)) + walk_table(luck), lead=_selection_lead(luck))
    if luck.increment is not None:
        title = say("Beside momentum, reversal and the market")
        yield section(title, _increment(luck, order), lead=_increment_lead(luck))
    if luck.by_regime is not None and len(luck.by_regime.regime) > 1:  # the figures of one are those of the whole
        yield section(say("By regime"), _regimes(luck, order), lead=_regimes_lead(luck))


def _trials_lead(luck: Any) -> str:
    return say(
        "{p} of {n} trials have a p of at most {alpha}, {deflated} a deflated Sharpe ratio of at least {level}; {both} "
        "have both, which is what it takes to beat the controls beyond luck.",
        p=formats.count(int((luck.p <= luck.alpha).sum())),
        n=formats.count(len(luck.names)),
        alpha=f"{luck.alpha:g}",
        deflated=formats.count(int((luck.deflated_sharpe >= 1.0 - luck.alpha).sum())),
        level=f"{1.0 - luck.alpha:g}",
        both=formats.count(int(luck.beats.sum())),
    )


def _by_trial(luck: Any, order: np.ndarray) -> str:
    number = formats.number
    low, high = luck.intervals.sharpe
    moves = ~np.isnan(luck.sharpe)
    head = (
        *(say("Name"), say("Verdict"), say("Sharpe ratio"), say("± error"), "p", say("Deflated")),
        *(say("Track record needed"), say("Interval"), say("Probabilistic"), say("Confidence set")),
    )
    rows = [
        (
            name_cell(luck.names[k]),
            say("beats the controls") if luck.beats[k] else say("cannot be told from luck"),
            *(number(luck.sharpe[k]), number(luck.sharpe_error[k])),
            *(number(luck.p[k] if moves[k] else np.nan, 3), number(luck.deflated_sharpe[k], 3)),
            Cell(track_record(luck, int(k)), sort=_sessions(luck.track_record[k])),
            say("{low} to {high}", low=number(low[k]), high=number(high[k])) if moves[k] else formats.NONE,
            *(number(luck.probabilistic_sharpe[k], 3), number(luck.confidence[k] if moves[k] else np.nan, 3)),
        )
        for k in order
    ]
    caption = say(
        "p: the largest adjusted p-value over the controls (stepwise, {repetitions} resamples in blocks of "
        "{block}). Deflated: confidence that the true Sharpe ratio is above what the best of so many trials shows by "
        "luck. Track record needed: how long a single trial with this ratio would have to run before it is told from "
        "0.",
        repetitions=formats.count(luck.repetitions),
        block=say("1 session") if luck.block == 1 else say("{n} sessions", n=formats.count(luck.block)),
    )
    return muted(caption) + table(head, rows, texts=2, file="luck.json", hidden=(7, 8, 9))


def track_record(luck: Any, k: int) -> str:
    """Return how long the record of trial k would have to be, in words that a reader can use."""
    return formats.years(luck.track_record[k], luck.periods_per_year)


def _sessions(value: float) -> float | None:
    """Return what a track record is sorted by: one that is never reached comes last."""
    return None if math.isnan(value) else min(float(value), 1e12)


def _controls_lead(luck: Any) -> str:
    beaten = luck.superiority.spa[:, 1] <= luck.alpha
    names = ", ".join(name for name, is_beaten in zip(luck.control_names, beaten, strict=True) if is_beaten)
    if not beaten.any():
        return say(
            "Against none of {n} controls can the best of all trials be told from luck (SPA, {level}).",
            n=formats.count(len(beaten)),
            level=f"{luck.alpha:g}",
        )
    return say(
        "The best of all trials beats {k} of {n} controls beyond luck (SPA, {level}): {names}.",
        k=formats.count(int(beaten.sum())),
        n=formats.count(len(beaten)),
        level=f"{luck.alpha:g}",
        names=names,
    )


def _by_control(luck: Any) -> str:
    head = (
        *(say("Control"), say("Sharpe ratio"), say("Return a year")),
        *(say("SPA, consistent"), say("SPA, lower"), say("SPA, upper"), say("In the confidence set up to")),
    )
    inside = luck.confidence[len(luck.names) :]
    rows = [
        (
            name_cell(name),
            formats.number(luck.control_sharpe[c]),
            formats.percent(luck.control_mean_return[c], 1, sign=True),
            *(formats.number(luck.superiority.spa[c, k], 3) for k in (1, 0, 2)),
            formats.number(inside[c], 3),
        )
        for c, name in enumerate(luck.control_names)
    ]
    caption = say(
        "SPA: Hansen's p-value that the best of all trials does not beat the control. Returns are not compounded."
    )
    return muted(caption) + table(head, rows, texts=1)


def _power(luck: Any) -> str:
    return muted(
        say(
            "Of one trial that is better than every control while all others are not: the advantage at which both "
            "tests pass it in {likely} of the cases, worked out from sessions, trials and their correlation for "
            "returns that do not remember. A trial that is not found may still be that good.",
            likely=formats.percent(luck.power.likely, 0),
        )
    )


def _selection_lead(luck: Any) -> str:
    walk, over = luck.walk_forward, luck.overfitting
    told = say(
        "Choosing by the past earned a Sharpe ratio of {out} (one standard error) out of sample, over {sessions} "
        "sessions, after {inside} in its training.",
        out=formats.estimate(walk.sharpe, walk.sharpe_error),
        sessions=formats.count(len(walk.sessions)),
        inside=formats.number(walk.in_sample_sharpe),
    )
    if over is None:
        return told
    share = formats.percent(over.probability, 0)
    if over.probability >= 0.5:
        more = say(
            "The winner of one half of the sessions is not above the median of the other in {share} of the splits: its "
            "rank says nothing of what comes after.",
            share=share,
        )
    else:
        more = say(
            "The winner of one half of the sessions is not above the median of the other in {share} of the splits.",
            share=share,
        )
    return sentences(told, more)


def _selection(luck: Any) -> str:
    walk, over = luck.walk_forward, luck.overfitting
    told = say(
        "Walk-forward over {n} windows; changes of the choice from one to the next: {changes}. Held: {kept}.",
        n=formats.count(len(walk.windows)),
        changes=changes_of(walk),
        kept=", ".join(dict.fromkeys(luck.names[k] for k in walk.chosen)),
    )
    if over is None:
        return sentences(told, say("Too few trials or sessions for the probability of backtest overfitting."))
    more = say(
        "Probability of backtest overfitting over {splits} splits of {blocks} blocks. The winner loses in the other "
        "half in {loss} of them; its ratio there on that in sample: slope {slope}.",
        splits=formats.count(len(over.logits)),
        blocks=formats.count(over.blocks),
        loss=formats.percent(over.loss, 0),
        slope=formats.number(over.slope),
    )
    return sentences(told, more)


def _increment_lead(luck: Any) -> str:
    t = luck.increment.t[np.isfinite(luck.increment.t)]
    return say(
        "{n} of {all} trials earn something that {beside} do not explain, with a t of {bound} or more; by luck alone "
        "about {expected} would.",
        n=formats.count(int((t >= BOUND).sum())),
        all=formats.count(len(t)),
        beside=", ".join(luck.increment.beside),
        bound=formats.number(BOUND),
        expected=formats.number(0.025 * len(t), 1),
    )


def _increment(luck: Any, order: np.ndarray) -> str:
    found = luck.increment
    betas = [say("beta {name}", name=name) for name in found.beside]
    head = (say("Name"), say("Alpha a year"), say("± error"), "t", *betas, "R²")
    rows = [
        (
            name_cell(luck.names[k]),
            formats.percent(found.alpha[k], 1, sign=True),
            formats.percent(found.error[k], 1),
            formats.number(found.t[k]),
            *(formats.number(beta) for beta in found.betas[k]),
            formats.number(found.r_squared[k]),
        )
        for k in order
    ]
    caption = say("Regression on the controls; errors of Newey and West, {n} lags.", n=formats.count(found.lags))
    return muted(caption) + table(head, rows, texts=1, file="luck.json")


def _regimes_lead(luck: Any) -> str:
    split = luck.by_regime
    always = int((split.total_return > 0.0).all(axis=0).sum())
    return say(
        "{n} of {all} trials gained under each of the {regimes} regimes that the sessions touch.",
        n=formats.count(always),
        all=formats.count(len(luck.names)),
        regimes=formats.count(len(split.regime)),
    )


def _regimes(luck: Any, order: np.ndarray) -> str:
    split = luck.by_regime
    names = [say(REGIMES[number].label) for number in split.regime]
    head = (say("Name"), *(f"{name} ({n})" for name, n in zip(names, split.sessions, strict=True)))
    rows = [
        (
            name_cell(luck.names[k]),
            *(
                f"{formats.percent(total, 1, sign=True)} / {formats.number(sharpe)}"
                for total, sharpe in zip(split.total_return[:, k], split.sharpe[:, k], strict=True)
            ),
        )
        for k in order
    ]
    return muted(say("Total return / Sharpe ratio; in brackets sessions.")) + table(head, rows, 1, file="luck.json")
