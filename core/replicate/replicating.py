"""From what a user names to the verdicts on published results."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..config.python_values import Overrides
from ..config.yaml_file import Given
from ..errors import DataError
from ..pages.language import Said, say, sentences
from ..study.command import configured
from .found_figures import NeedsFieldError, TooLittleError
from .outcome import Answer, Replication
from .published import MARKETS, Published
from .register import results_named
from .studied_data import Ground
from .verdict import judged

REMEDIES = (
    (("financing_eligible", "short_eligible"), "Import a list of eligible securities"),
    (("average_maintenance",), "Import totals of the market that hold the average maintenance ratio"),
    (("float_cap", "float_shares", "outstanding_shares"), "Import a table of shares, such as tushare's daily_basic"),
    (("close", "open", "amount", "volume"), "Import daily bars"),
    (("financing_", "short_"), "Import the margin tables of the exchanges"),
)
"""Fields, by how their names begin -> what to do where they are lacking."""

_COVERED = 0.9
"""Part of the published months that data have to cover to be the same period."""

Progress = Callable[[str, int, int], object]


def replicate(
    data: Given,
    names: Sequence[str] = (),
    start: Any = None,
    end: Any = None,
    overrides: Overrides = (),
    progress: Progress | None = None,
) -> Replication:
    """Return what a dataset folder, or the data of a configuration, say about published results; all for no name.

    Raises
    ------
    ConfigError, DataError, DateError
        An unknown name; whatever cannot be read as asked for.
    """
    results = results_named(names)
    config, entry = configured(data, None, start, end, overrides)
    ground = Ground(config, entry, progress)
    if not len(ground.panel.sessions) or not len(ground.panel.symbols):
        raise DataError("the data hold no session or no security at all: import some (`liangrong data import`)")
    if config.window.start is not None:
        ground.panel.window(np.datetime64(config.window.start, "D"), None)  # says so where no session is left
    answers = []
    for done, result in enumerate(results):
        if progress is not None:
            progress("results", done, len(results))
        answers.append(answered(result, ground))
    return Replication(
        answers=answers,
        span=ground.span,
        securities=len(ground.securities),
        source=ground.panel.source,
        synthetic=ground.panel.synthetic,
        notes=tuple(_notes(ground)),
    )


def answered(result: Published, ground: Ground) -> Answer:
    """Return the verdict on one result."""
    elsewhere = tuple(_elsewhere(result, ground))
    try:
        _refuse_elsewhere(result, ground)
        _refuse_few(result, ground)
        ground.require(result.needs)
        found = result.measure(ground)
    except NeedsFieldError as error:
        lacking = tuple("/".join(names) for names in error.fields)
        told = say("The data lack {fields}.", fields=", ".join(lacking))
        more = {"lacking": lacking, "remedy": _remedy(error.fields), "elsewhere": elsewhere}
        return Answer(result=result, verdict="needs a field", why=told, **more)
    except TooLittleError as error:
        return Answer(result=result, verdict="too little data", why=say("{one}", one=error.why), elsewhere=elsewhere)
    except DataError as error:  # a study says itself what it lacks: prices, peers, balances
        return Answer(result=result, verdict="too little data", why=say("{one}", one=f"{error}."), elsewhere=elsewhere)
    verdict, why = judged(result, found)
    return Answer(result=result, verdict=verdict, why=why, found=found, elsewhere=elsewhere)


def _refuse_few(result: Published, ground: Ground) -> None:
    """Raise TooLittleError where there are too few securities to compare, whatever fields they have."""
    if len(ground.securities) < result.securities:
        told = {"n": f"{len(ground.securities)}", "least": f"{result.securities}"}
        raise TooLittleError(say("The data hold {n} securities; an answer needs {least} at once.", **told))


def _refuse_elsewhere(result: Published, ground: Ground) -> None:
    """Raise TooLittleError where a fact of a market and its days is asked of other ones."""
    if not result.is_of_market:
        return
    if ground.market != result.market:
        raise TooLittleError(
            say("It is a fact of {market}, and the data are of another market.", market=say(MARKETS[result.market]))
        )
    first, last = (day[:7] for day in ground.span)
    if result.start and not (first <= result.start and result.end <= last):
        told = {"first": result.start, "last": result.end, "start": ground.span[0], "end": ground.span[1]}
        raise TooLittleError(say("It is of {first} to {last}, the data are of {start} to {end}.", **told))


def _elsewhere(result: Published, ground: Ground) -> Iterator[Said]:
    """Yield how the data are another market or another period than what was published."""
    if result.is_of_market:  # that is refused in its own words
        return
    if ground.market != result.market:
        own = say(MARKETS[ground.market]) if ground.market in MARKETS else say("several markets or another one")
        yield say(
            "Another market: published of {market}, the data are of {own}.", market=say(MARKETS[result.market]), own=own
        )
    if result.start and _covered(result, ground.span) < _COVERED:
        months = f"{result.start} – {result.end}" if result.end else result.start
        told = {"months": months, "start": ground.span[0], "end": ground.span[1]}
        yield say("Another period: published of {months}, the data are of {start} to {end}.", **told)


def _covered(result: Published, span: tuple[str, str]) -> float:
    """Return which part of the published months the data cover; of an open end whether they begin there."""
    first, last = _month(result.start), _month(result.end or span[1])
    start, end = _month(span[0]), _month(span[1])
    return max(0, min(last, end) - max(first, start) + 1) / max(last - first + 1, 1)


def _month(day: str) -> int:
    return 12 * int(day[:4]) + int(day[5:7])


def _remedy(fields: Sequence[Sequence[str]]) -> str:
    """Return what to do where these fields are lacking."""
    told = []
    for names in fields:
        for heads, words in REMEDIES:
            if names[0].startswith(heads) and words not in told:
                told.append(words)
                break
    return sentences(*(say("{remedy} (`liangrong data sources`).", remedy=say(words)) for words in told))


def _notes(ground: Ground) -> Iterator[Said]:
    if not ground.securities:
        yield say("The data are totals of a market: nothing can be said of single securities.")
    elif len(ground.securities) < 100:
        told = say(
            "{n} securities are a small part of a market: another sample than any that was published.",
            n=f"{len(ground.securities)}",
        )
        yield told
    if "adj_factor" not in ground.panel and ground.securities:
        yield say("The data have no adjustment factor: a dividend or split looks like a fall.")
