"""What happened to a security: ex-dates, limit days, suspensions, lists joined and left, rows that are missing."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ..audit.limits import beyond_limit
from ..errors import DataError, DateError
from ..kernels.prices import carry_forward, limit_prices
from ..pages import formats
from ..pages.language import say
from ..panel.actions import actions_of
from ..panel.panel import Panel
from ..panel.units import is_index
from ..rulebook import board_of, limit_ratio, tick_of
from ..run.security_happenings import Event, ExDate, derived_ex_dates, ex_dates, limit_days, stretches, suspensions
from ..types import Board, Panel2D
from .security_figures import FLAGS

KINDS = ("ex-date", "beyond limit", "limit up", "limit down", "suspended", "list", "missing rows")
_YOUNG = 5
"""First sessions of a listing, whose limits differ."""

_MARGIN = ("financing_balance", "financing_volume", "short_volume")
"""Any of them is a margin row; a balance that is valued at the close is absent where only the price is."""


def security_events(own: Panel) -> list[Event]:
    """Return the events of a security, by day.

    Parameters
    ----------
    own : Panel
        One security (T, 1), completed.

    Notes
    -----
    Ex-dates are those of the corporate actions of the data, else read off `adj_factor` or a published `pre_close`.
    Limit days are closes at the limit: of the data, else by the rulebook from the last close, where the code tells the
    board. A close beyond the limit is a missing corporate action or a wrong price.
    """
    found = [*_missing(own)]
    found += [event for name in FLAGS if name != "suspended" for event in _list_changes(own, name)]
    if not is_index(own.symbols[0]) and "close" in own:
        found += [*_ex_dates(own), *_limit_days(own), *suspensions(own)]
    return sorted(found, key=lambda event: (event.start, KINDS.index(event.kind)))


def _ex_dates(own: Panel) -> Iterator[Event]:
    try:
        table = actions_of(own) if own.actions else None
        by_session = {} if table is None else table.by_session
        told = [ExDate(own.sessions[t], *one[1:]) for t in by_session for one in by_session[t]]
        yield from ex_dates(told if own.actions else derived_ex_dates(own))
    except DataError:  # an ex-date that is no session
        return


def _limit_days(own: Panel) -> Iterator[Event]:
    try:
        moves = beyond_limit(own)
        limits = _limits(own)
    except (DataError, DateError):  # another market, or before the record
        return
    for move in moves:
        words = say("{move}: an action is missing", move=move.words())
        yield Event(own.sessions[move.t], own.sessions[move.t], "beyond limit", words)
    if limits is None:
        return
    up, down = limits
    yield from limit_days(own.sessions, own["close"][:, 0], (up[:, 0], down[:, 0]), tick_of(board_of(own.symbols[0])))


def _limits(own: Panel) -> tuple[Panel2D, Panel2D] | None:
    """Return the limits of each session (T, 1); None where nothing tells them."""
    if "limit_up" in own and "limit_down" in own:
        return own["limit_up"], own["limit_down"]
    board = board_of(own.symbols[0])
    if board is Board.ETF:  # what a fund tracks, its code does not tell
        return None
    close = own["close"]
    reference = own["pre_close"] if "pre_close" in own and "pre_close" not in own.imputed else _last_close(close)
    status = own["is_st"] if "is_st" in own else np.zeros(close.shape)
    status = np.where(np.isnan(close), np.nan, np.nan_to_num(status))
    limits = limit_prices(reference, limit_ratio([board], status, own.sessions), tick=tick_of(board))
    first = int((~np.isnan(close[:, 0])).argmax())
    for one in limits:
        one[: first + _YOUNG if first else 1] = np.nan
    return limits


def _last_close(close: Panel2D) -> Panel2D:
    before = np.full(close.shape, np.nan)
    before[1:] = carry_forward(close)[:-1]
    return before


def _missing(own: Panel) -> Iterator[Event]:
    """Yield where a security has no margin row between two that it has, and where they end for good."""
    absent = np.all([np.isnan(own[name][:, 0]) for name in _MARGIN if name in own], axis=0)
    if not absent.ndim:
        return  # the data have no margin field
    known = np.flatnonzero(~absent)
    if not len(known):
        return
    inner = absent.copy()
    inner[: known[0]] = inner[known[-1] + 1 :] = False
    yield from stretches(
        own.sessions, inner, "missing rows", "no margin row on 1 session", "no margin row on {n} sessions"
    )
    if known[-1] + 1 < len(absent):
        day = own.sessions[known[-1] + 1]
        yield Event(
            day, own.sessions[-1], "missing rows", say("no margin row after {day}", day=own.sessions[known[-1]])
        )


def _list_changes(own: Panel, name: str) -> Iterator[Event]:
    if name not in own:
        return
    values = own[name][:, 0]
    known = np.flatnonzero(~np.isnan(values))
    for before, t in pairwise(known):
        if values[t] != values[before]:
            changed = say("no → yes") if values[t] > 0.0 else say("yes → no")
            words = say("{list}: {change}", list=formats.words(name.removeprefix("is_")), change=changed)
            yield Event(own.sessions[t], own.sessions[t], "list", words)
