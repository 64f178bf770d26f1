"""What happened to a security: ex-dates, limit days, suspensions, lists joined and left, rows that are missing."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..audit.limits import beyond_limit
from ..errors import DataError, DateError
from ..kernels.prices import carry_forward, limit_prices
from ..panel.actions import actions_of
from ..panel.derived_actions import derive_actions
from ..panel.panel import Panel
from ..panel.units import is_index
from ..rulebook import board_of, limit_ratio, tick_of
from ..types import Board, Panel2D
from .security_figures import FLAGS

KINDS = ("ex-date", "beyond limit", "limit up", "limit down", "suspended", "list", "missing rows")
_YOUNG = 5
"""First sessions of a listing, whose limits differ."""


class Event(NamedTuple):
    """What happened from a session to another, both included."""

    start: np.datetime64
    end: np.datetime64
    kind: str  # of KINDS
    words: str


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
        found += [*_ex_dates(own), *_limit_days(own), *_suspensions(own)]
    return sorted(found, key=lambda event: (event.start, KINDS.index(event.kind)))


def _ex_dates(own: Panel) -> Iterator[Event]:
    try:
        if own.actions:
            table = actions_of(own)
            by_session = {} if table is None else table.by_session
            of_day = [(own.sessions[t], one) for t in by_session for one in by_session[t]]
            told = [(day, *one[1:]) for day, one in of_day]
        else:
            found = derive_actions(own).table
            rows = zip(found["date"], found["cash_per_share"], found["share_ratio"], strict=True)
            told = [(np.datetime64(day, "D"), cash, shares, 0.0, 0.0) for day, cash, shares in rows]
    except DataError:  # nothing tells them
        return
    for day, cash, shares, rights, price in told:
        parts = [f"{cash:g} a share in cash"] if cash else []
        parts += [f"{shares:g} new shares a share"] if shares > 0.0 else []
        parts += [f"a reverse split, {1.0 + shares:g} shares a share"] if shares < 0.0 else []
        parts += [f"rights to {rights:g} shares a share at {price:g}"] if rights else []
        yield Event(day, day, "ex-date", " and ".join(parts) or "ex-right")


def _limit_days(own: Panel) -> Iterator[Event]:
    try:
        moves = beyond_limit(own)
        limits = _limits(own)
    except (DataError, DateError):  # another market, or before the record
        return
    for move in moves:
        words = f"{move.words()}: an action is missing"
        yield Event(own.sessions[move.t], own.sessions[move.t], "beyond limit", words)
    if limits is None:
        return
    close, half = own["close"][:, 0], 0.4 * tick_of(board_of(own.symbols[0]))
    for kind, limit in zip(("limit up", "limit down"), limits, strict=True):
        for t in np.flatnonzero(np.abs(close - limit[:, 0]) < half):
            yield Event(own.sessions[t], own.sessions[t], kind, f"close {close[t]:g}, the limit of the day")


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


def _suspensions(own: Panel) -> Iterator[Event]:
    close = own["close"][:, 0]
    known = np.flatnonzero(~np.isnan(close))
    if not len(known):
        return
    halted = np.isnan(close) | (own["suspended"][:, 0] > 0.0)
    halted[: known[0]] = halted[known[-1] + 1 :] = False
    yield from _stretches(own, halted, "suspended", "no trading on {}")
    if known[-1] + 1 < len(close):
        day = own.sessions[known[-1] + 1]
        yield Event(day, own.sessions[-1], "missing rows", f"no price after {own.sessions[known[-1]]}")


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
    yield from _stretches(own, inner, "missing rows", "no margin row on {}")
    if known[-1] + 1 < len(absent):
        day = own.sessions[known[-1] + 1]
        yield Event(day, own.sessions[-1], "missing rows", f"no margin row after {own.sessions[known[-1]]}")


def _list_changes(own: Panel, name: str) -> Iterator[Event]:
    if name not in own:
        return
    values = own[name][:, 0]
    known = np.flatnonzero(~np.isnan(values))
    for before, t in pairwise(known):
        if values[t] != values[before]:
            words = f"{name.removeprefix('is_').replace('_', ' ')}: {'no → yes' if values[t] > 0.0 else 'yes → no'}"
            yield Event(own.sessions[t], own.sessions[t], "list", words)


def _stretches(own: Panel, where: NDArray[np.bool_], kind: str, words: str) -> Iterator[Event]:
    """Yield one event for each stretch of sessions."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        count = "1 session" if end - begin == 1 else f"{end - begin} sessions"
        yield Event(own.sessions[begin], own.sessions[end - 1], kind, words.format(count))
