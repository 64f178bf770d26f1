"""Closes beyond the price limit of their day: a corporate action that no table tells, or a wrong price."""

from typing import NamedTuple

import numpy as np

from ..errors import DataError
from ..kernels.prices import carry_forward, limit_prices
from ..panel.panel import Panel
from ..panel.tick_grid import ADJUSTED_FROM, off_grid
from ..panel.units import is_index
from ..rulebook import Rulebook, board_of, limit_ratio, tick_of, widest_fund_limit
from ..types import Board, Mask2D, Panel2D

_YOUNG = 5
"""Sessions after the first row in the data, while a new listing may have no limit or one of its own."""

FUND_TICK = 0.001
"""CNY, of which the tick of shares is a multiple."""


class Move(NamedTuple):
    """A close and the one before it."""

    t: int
    j: int
    before: float
    close: float
    limit: str  # in words: of its board, or as published

    def words(self) -> str:
        """Return the move in words."""
        if np.isnan(self.before):
            return f"{self.close:g} ({self.limit})"
        return f"{self.close:g} after {self.before:g} ({self.close / self.before - 1.0:+.1%}, {self.limit})"


def beyond_limit(panel: Panel) -> list[Move]:
    """Return the closes beyond the limit of their day, by session.

    Parameters
    ----------
    panel : Panel
        With close. Limits that the data publish decide. Else a published pre_close is the reference, or the last close
        less what `Panel.actions` tell. Indices are left out, codes that tell no board, and adjusted prices, to which no
        limit applied.

    Raises
    ------
    DateError
        A session before the record of price limits.

    Notes
    -----
    Where the data do not tell special treatment every share has the limit of its board, a fund the widest of any. The
    first sessions of a security that is listed inside the data are left out: rules gave them other limits or none.
    A tick beyond the limit is one already where closes lie on the tick; rounded ones may miss it by two.
    """
    columns, boards = _judged(panel)
    if not columns:
        return []
    close = np.ascontiguousarray(panel["close"][:, columns])
    reference = _references(panel, columns, close)
    ratio = _ratios(panel, columns, boards, close)
    tick = np.array([tick_of(board) for board in boards])
    computed = limit_prices(reference, ratio, tick=tick)
    first = (~np.isnan(close)).argmax(axis=0)
    is_young = np.arange(len(close))[:, None] < np.where(first > 0, first + _YOUNG, 1)
    published = _published(panel, columns)
    up, down = (
        np.where(known > 0.0, known, np.where(is_young, np.nan, own))
        for known, own in zip(published, computed, strict=True)
    )
    slack = np.where(off_grid(close, tick) > ADJUSTED_FROM, 2.0, 0.5) * tick
    where = (close > up + slack) | (close < down - slack)
    told = (published[0] > 0.0) | (published[1] > 0.0)
    return [
        Move(
            int(t),
            columns[k],
            float(reference[t, k]),
            float(close[t, k]),
            f"published limits {down[t, k]:g} to {up[t, k]:g}" if told[t, k] else f"limit {ratio[t, k]:.0%}",
        )
        for t, k in np.argwhere(where)
    ]


def _references(panel: Panel, columns: list[int], close: Panel2D) -> Panel2D:
    """Return what the limits of each session are reckoned from, CNY."""
    reference = np.full(close.shape, np.nan)
    reference[1:] = carry_forward(close)[:-1]
    published = panel.get("pre_close")
    known = np.zeros(close.shape, dtype=np.bool_)
    if published is not None and "pre_close" not in panel.imputed:
        known = published[:, columns] > 0.0
        reference = np.where(known, published[:, columns], reference)
    _take_off_actions(panel, columns, close, reference, known)
    return reference


def _ratios(panel: Panel, columns: list[int], boards: list[Board], close: Panel2D) -> Panel2D:
    """Return the limit of each session as a fraction."""
    status = panel.get("is_st")
    st = np.zeros(close.shape) if status is None else np.nan_to_num(status[:, columns])
    ratio = limit_ratio(boards, np.where(np.isnan(close), np.nan, st), panel.sessions)
    funds = [board is Board.ETF for board in boards]
    ratio[:, funds] = widest_fund_limit(panel.sessions, Rulebook.load())[:, None]
    return ratio


def _published(panel: Panel, columns: list[int]) -> list[Panel2D]:
    """Return the upper and the lower limits that the data publish (T, N), CNY; NaN where they do not."""
    blank = np.full((len(panel.sessions), len(columns)), np.nan)
    return [
        panel[name][:, columns] if name in panel and name not in panel.imputed else blank
        for name in ("limit_up", "limit_down")
    ]


def _take_off_actions(panel: Panel, columns: list[int], close: Panel2D, reference: Panel2D, known: Mask2D) -> None:
    """Lower the reference of each ex-date, or of the first session after it that has a close, where none is known."""
    place = {panel.symbols[j]: k for k, j in enumerate(columns)}
    for one in panel.actions:
        k, t = place.get(one.symbol), int(np.searchsorted(panel.sessions, one.day))
        if k is None or np.isnan(close[t:, k]).all():
            continue
        t += int((~np.isnan(close[t:, k])).argmax())
        if not known[t, k]:
            value = reference[t, k] - one.cash + one.rights_ratio * one.rights_price
            reference[t, k] = value / (1.0 + one.ratio + one.rights_ratio)


def _judged(panel: Panel) -> tuple[list[int], list[Board]]:
    """Return the columns of traded prices that have a limit, and their boards."""
    columns, boards = [], []
    if panel.adjusted:
        return columns, boards
    shares = off_grid(panel["close"], FUND_TICK)
    for j, symbol in enumerate(panel.symbols):
        try:
            board = board_of(symbol)
        except DataError:
            continue
        if not is_index(symbol) and shares[j] <= ADJUSTED_FROM:
            columns.append(j)
            boards.append(board)
    return columns, boards
