"""What a comparison can find, in sentences; a page says them in its language."""

from typing import Any

from ..kernels.statistics import SESSIONS_PER_YEAR
from ..luck.power import GUESS, Power, power
from ..pages import formats
from ..pages.language import Said, say, sentences

GUESSED = (0.5, 0.9)
"""Correlations for which the advantage is told as well, where none was measured."""


def power_words(found: Power, periods_per_year: float = SESSIONS_PER_YEAR) -> Said:
    """Return which advantage is too small to be found, and what that rests on."""
    told = say(
        "With {years} and {trials} a Sharpe advantage over every control below {advantage} a year will not be found "
        "reliably: the verdict finds {advantage} in {likely} of such comparisons, half of it in {half}.",
        years=formats.years(found.sessions, periods_per_year),
        trials=say("1 trial") if found.trials == 1 else say("{n} trials", n=formats.count(found.trials)),
        advantage=formats.number(found.advantage, 1),
        likely=formats.percent(found.likely, 0),
        half=formats.percent(found.at_half, 0),
    )
    return sentences(told, _of_more(found, periods_per_year), _basis(found, periods_per_year))


def _of_more(found: Power, year: float) -> str:
    """Return why more trials would not cost more, where that is so; empty elsewhere."""
    if found.alike.trials >= 1.0:
        return ""
    given: dict[str, Any] = {"alpha": found.alpha, "alike": found.alike, "base": found.base, "periods_per_year": year}
    twice = power(found.sessions, 2 * found.trials, found.controls, **given).advantage
    if twice > found.advantage:
        return ""
    return say(
        "Twice as many trials would need {twice}, no more: the deflated Sharpe ratio takes the spread of all trials "
        "for luck, and among few the better one is itself most of that spread.",
        twice=formats.number(twice, 1),
    )


def _basis(found: Power, year: float) -> Said:
    given: dict[str, Any] = {
        "alpha": formats.percent(found.alpha, 0),
        "trials": formats.number(found.alike.trials),
        "across": formats.number(found.alike.across),
        "base": formats.number(found.base),
    }
    if found.is_measured:
        return say(
            "Measured: a mean correlation of {trials} between two trials, {across} between a trial and a control, and "
            "a mean Sharpe ratio of {base} of the controls; level {alpha}.",
            **given,
        )
    low, high = (
        power(
            found.sessions,
            found.trials,
            found.controls,
            alpha=found.alpha,
            alike=GUESS._replace(trials=one, across=one, controls=one),
            periods_per_year=year,
        ).advantage
        for one in GUESSED
    )
    return say(
        "Guessed: two portfolios are correlated by {trials}, and the controls have a Sharpe "
        "ratio of 0; correlated by {low}, {first} would be needed, by {high}, {second}; level {alpha}.",
        **given,
        low=f"{GUESSED[0]:g}",
        high=f"{GUESSED[1]:g}",
        first=formats.number(low, 1),
        second=formats.number(high, 1),
    )
