"""The deepest drawdowns of a run, on its page."""

import numpy as np

from ..pages import formats
from ..pages.language import say
from ..pages.markup import muted, section
from ..pages.table_markup import Cell, table
from .account_path import account_path
from .drawdowns import Drawdown, drawdowns
from .result import Result

SHOWN_DRAWDOWNS = 10


def drawdown_section(result: Result) -> str:
    """Return the section; empty without a session."""
    if result.equity.empty:
        return ""
    found, title = drawdowns(account_path(result)), say("Drawdowns")
    if not found:
        return section(title, muted(say("The account never stood below an earlier close.")))
    days = result.equity["date"].to_numpy().astype("datetime64[D]")
    head = (say("From"), say("Trough"), say("Back"), say("Depth"), say("Days falling"), say("Days to recover"))
    rows = [_row(one, days) for one in found[:SHOWN_DRAWDOWNS]]
    return section(title, table(head, rows, texts=3), lead=_lead(found, days))


def _lead(found: list[Drawdown], days: np.ndarray) -> str:
    deepest = found[0]
    which = say("The only drawdown") if len(found) == 1 else say("The deepest of {n} drawdowns", n=f"{len(found):,}")
    values = {"which": which, "depth": formats.percent(deepest.depth)}
    values |= {"peak": str(_day(days, deepest.peak)), "trough": str(_day(days, deepest.trough))}
    if deepest.recovery < 0:
        return say(
            "{which} was {depth}, from {peak} to {trough}, and has not been recovered by the end.",
            **values,
        )
    took = (_day(days, deepest.recovery) - _day(days, deepest.trough)).astype(int)
    return say(
        "{which} was {depth}, from {peak} to {trough}; the way back took {days} days.",
        **values,
        days=formats.count(int(took)),
    )


def _row(one: Drawdown, days: np.ndarray) -> tuple[str | Cell, ...]:
    peak, trough = _day(days, one.peak), _day(days, one.trough)
    is_over = one.recovery >= 0
    back = _day(days, one.recovery if is_over else len(days))
    since = int((back - trough).astype(int))
    took = formats.count(since)
    return (
        str(peak),
        str(trough),
        str(back) if is_over else say("not yet"),
        formats.percent(one.depth),
        formats.count(int((trough - peak).astype(int))),
        took if is_over else Cell(say("{n} so far", n=took), float(since)),
    )


def _day(days: np.ndarray, place: int) -> np.datetime64:
    """Return the day of a place in the path, whose first one lies before the first session."""
    return days[max(place - 1, 0)]
