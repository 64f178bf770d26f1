"""The section on luck: what remains of a comparison when the number of its trials is counted."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..pages import formats
from ..pages.language import say
from ..pages.markup import muted, section
from ..pages.table_markup import table
from ..rulebook.regimes import REGIMES

SHOWN = 100
"""Trials in the tables, the lowest p first; luck.json has all."""


def luck_sections(luck: Any) -> Iterator[str]:
    """Yield the tables of a verdict on luck.

    Parameters
    ----------
    luck : Luck
        Of `liangrong.core.luck`.
    """
    order = np.lexsort((-np.nan_to_num(luck.sharpe), luck.p))[:SHOWN]
    yield section(say("Luck, trial by trial"), _by_trial(luck, order))
    yield section(say("Against each control"), _by_control(luck))
    yield section(say("Overfitting and walk-forward"), _selection(luck))
    if luck.increment is not None:
        yield section(say("Beside momentum, reversal and the market"), _increment(luck, order))
    if luck.by_regime is not None:
        yield section(say("By regime"), _regimes(luck, order))


def _by_trial(luck: Any, order: np.ndarray) -> str:
    number = formats.number
    low, high = luck.intervals.sharpe
    head = ("Trial", "Verdict", "Sharpe", "± error", "Interval", "p", "Deflated", "Probabilistic")
    head += ("Track record", "Confidence set")
    rows = [
        (
            luck.names[k],
            "beats the controls" if luck.beats[k] else "cannot be told from luck",
            number(luck.sharpe[k]),
            number(luck.sharpe_error[k]),
            f"{number(low[k])} to {number(high[k])}",
            number(luck.p[k], 3),
            number(luck.deflated_sharpe[k], 3),
            number(luck.probabilistic_sharpe[k], 3),
            number(luck.track_record[k], 0),
            number(luck.confidence[k], 3),
        )
        for k in order
    ]
    caption = (
        f"{luck.trials:,} trials. p: the largest adjusted p-value over the controls (stepwise, {luck.repetitions:,} "
        f"resamples in blocks of {luck.block} sessions). "
        "Deflated: confidence that the true Sharpe ratio is above what the best of so many trials shows by luck. "
        "Track record: sessions from which a single trial would be above 0. A trial beats the controls where p and 1 "
        f"less deflated are at most {luck.alpha:g}."
    )
    return muted(caption) + table(head, rows, texts=2)


def _by_control(luck: Any) -> str:
    head = ("Control", "Sharpe", "Return a year", "SPA lower", "consistent", "upper", "In the confidence set up to")
    inside = luck.confidence[len(luck.names) :]
    rows = [
        (
            name,
            formats.number(luck.control_sharpe[c]),
            formats.percent(luck.control_mean_return[c], 1, sign=True),
            *(formats.number(value, 3) for value in luck.superiority.spa[c]),
            formats.number(inside[c], 3),
        )
        for c, name in enumerate(luck.control_names)
    ]
    caption = "SPA: Hansen's p-value that the best of all trials does not beat the control. Returns are not compounded."
    return muted(caption) + table(head, rows, texts=1)


def _selection(luck: Any) -> str:
    walk, number = luck.walk_forward, formats.number
    kept = ", ".join(dict.fromkeys(luck.names[k] for k in walk.chosen))
    said = (
        f"Walk-forward over {len(walk.windows)} windows: the best of each training window earned a Sharpe ratio of "
        f"{number(walk.sharpe)} out of sample, {number(walk.in_sample_sharpe)} in its training; the choice changed in "
        f"{formats.percent(walk.changes, 0)} of the windows. Held: {kept}."
    )
    over = luck.overfitting
    if over is None:
        return muted(said) + muted("Too few trials or sessions for the probability of backtest overfitting.")
    more = (
        f"Probability of backtest overfitting {formats.percent(over.probability, 0)} over {len(over.logits):,} splits "
        f"of {over.blocks} blocks: so often the winner of one half is not above the median of the other. It loses "
        f"there in {formats.percent(over.loss, 0)} of them; its ratio there on that in sample: slope "
        f"{number(over.slope)}."
    )
    return muted(more) + muted(said)


def _increment(luck: Any, order: np.ndarray) -> str:
    found = luck.increment
    head = ("Trial", "Alpha a year", "± error", "t", *(f"beta {name}" for name in found.beside), "R²")
    rows = [
        (
            luck.names[k],
            formats.percent(found.alpha[k], 1, sign=True),
            formats.percent(found.error[k], 1),
            formats.number(found.t[k]),
            *(formats.number(beta) for beta in found.betas[k]),
            formats.number(found.r_squared[k]),
        )
        for k in order
    ]
    return muted(f"Regression on the controls; errors of Newey and West, {found.lags} lags.") + table(head, rows, 1)


def _regimes(luck: Any, order: np.ndarray) -> str:
    split = luck.by_regime
    names = [REGIMES[number].label for number in split.regime]
    head = ("Trial", *(f"{name} ({n})" for name, n in zip(names, split.sessions, strict=True)))
    rows = [
        (
            luck.names[k],
            *(
                f"{formats.percent(total, 1, sign=True)} / {formats.number(sharpe)}"
                for total, sharpe in zip(split.total_return[:, k], split.sharpe[:, k], strict=True)
            ),
        )
        for k in order
    ]
    return muted("Total return / Sharpe ratio; in brackets sessions.") + table(head, rows, 1)
