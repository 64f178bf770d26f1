"""What happened to a security: ex-dates, closes at the limit, sessions without trading, in words."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..pages.language import say
from ..panel.derived_actions import derive_actions
from ..panel.panel import Panel
from ..types import Row, Sessions


class Event(NamedTuple):
    """What happened from a session to another, both included."""

    start: np.datetime64
    end: np.datetime64
    kind: str  # such as "ex-date", "limit up", "limit down", "suspended", "missing rows"
    words: str


class ExDate(NamedTuple):
    """What one share received, or may subscribe to, on a session."""

    day: np.datetime64
    cash: float  # CNY per share
    shares: float  # new ones per share, below 0 of a reverse split
    rights: float = 0.0  # shares offered per share
    price: float = 0.0  # CNY per share offered


def ex_dates(rows: Iterable[ExDate]) -> Iterator[Event]:
    """Yield an event for each ex-date."""
    for day, cash, shares, rights, price in rows:
        parts = [say("{n} a share in cash", n=f"{cash:g}")] if cash else []
        parts += [say("{n} new shares a share", n=f"{shares:g}")] if shares > 0.0 else []
        parts += [say("a reverse split, {n} shares a share", n=f"{1.0 + shares:g}")] if shares < 0.0 else []
        parts += [say("rights to {n} shares a share at {price}", n=f"{rights:g}", price=f"{price:g}")] if rights else []
        words = parts[0] if parts else say("ex-right")
        for more in parts[1:]:
            words = say("{one} and {other}", one=words, other=more)
        yield Event(day, day, "ex-date", words)


def derived_ex_dates(own: Panel) -> Sequence[ExDate]:
    """Return the ex-dates that the prices of one security (T, 1) tell; none where they cannot."""
    try:
        found = derive_actions(own).table
    except DataError:
        return ()
    rows = zip(found["date"], found["cash_per_share"], found["share_ratio"], strict=True)
    return [ExDate(np.datetime64(day, "D"), cash, shares) for day, cash, shares in rows]


def limit_days(sessions: Sessions, close: Row, limits: tuple[Row, Row], tick: float) -> Iterator[Event]:
    """Yield the closes (T,) at the upper and the lower of the limits (T,)."""
    for kind, limit in zip(("limit up", "limit down"), limits, strict=True):
        for t in np.flatnonzero(np.abs(close - limit) < 0.4 * tick):
            words = say("close {n}, the limit of the day", n=f"{close[t]:g}")
            yield Event(sessions[t], sessions[t], kind, words)


def suspensions(own: Panel) -> Iterator[Event]:
    """Yield the stretches without trading of one security (T, 1), and where its prices end."""
    close = own["close"][:, 0]
    known = np.flatnonzero(~np.isnan(close))
    if not len(known):
        return
    halted = np.isnan(close) | (own["suspended"][:, 0] > 0.0)
    halted[: known[0]] = halted[known[-1] + 1 :] = False
    yield from stretches(own.sessions, halted, "suspended", "no trading on 1 session", "no trading on {n} sessions")
    if known[-1] + 1 < len(close):
        day = own.sessions[known[-1] + 1]
        yield Event(day, own.sessions[-1], "missing rows", say("no price after {day}", day=own.sessions[known[-1]]))


def stretches(sessions: Sessions, where: NDArray[np.bool_], kind: str, one: str, many: str) -> Iterator[Event]:
    """Yield one event for each stretch of sessions."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        told = say(one) if end - begin == 1 else say(many, n=end - begin)
        yield Event(sessions[begin], sessions[end - 1], kind, told)
