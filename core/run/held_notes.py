"""What happened to securities while they were held, or owed, that no table tells."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..account.order_kinds import BOUGHT, FORCED, SOLD, names
from ..kernels.prices import beyond_limits
from ..pages.language import say
from ..panel.panel import Panel
from ..types import Panel2D, Sessions
from .first_names import first_names
from .overridden_boards import overridden
from .scenario import Scenario

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

_SHOWN, _FEW = 5, 5
"""Names in a note, and the sessions that are no end: a field may be known late, or be missing on a day."""

_SIGN = {**dict.fromkeys(names(BOUGHT), 1.0), **dict.fromkeys(names(SOLD), -1.0)}


def held_notes(scenario: Scenario, fills: pd.DataFrame, endings: pd.DataFrame | None = None) -> Iterator[str]:
    """Yield what the reader of a run has to know of what was held: moves beyond the limit, and prices that stop.

    `fills` and `endings` are tables of its result. What a table of listings tells is none of it.
    """
    panel = scenario.market.panel
    moves, stopped, blind = [], [], []
    ends = data_ends(scenario, panel)
    for symbol, held in _held(_changes(fills, endings), panel.sessions):
        j = panel.symbols.index(symbol)
        moves += [(t, symbol) for t in _beyond(scenario, j, held)]
        blind += _without_data(panel, int(ends[j]), j, held)
        known = np.flatnonzero(~np.isnan(panel["close"][:, j]))
        is_ended = scenario.market.arrays.ends_at[j] < len(panel.sessions)
        if held[-1] and not is_ended and known.size and known[-1] < len(panel.sessions) - 1:
            stopped.append(say("{symbol} after {day}", symbol=symbol, day=str(panel.sessions[known[-1]])))
    yield from _moves_told(scenario, sorted(moves))
    if blind:
        yield say(
            "Held or owed on after the data that `{rule}` reads had ended, so that it had no opinion and what was "
            "there stayed: {securities}. End the window before (`window.end`), or bring the data up to date.",
            rule=scenario.config.strategy.rule.name if scenario.config.strategy.rule else "",
            securities=first_names(blind, _SHOWN),
        )
    if stopped:
        yield say(
            "Held or owed at the end and valued at the last price, none being known since: {securities}. If a listing "
            "ended, a table of listings or `data.endings` tells what became of it.",
            securities=first_names(stopped, _SHOWN),
        )


def _moves_told(scenario: Scenario, moves: list[tuple[int, str]]) -> Iterator[str]:
    """Say of moves beyond the limit, in order, which `market.board` makes ones and which nothing explains."""
    board, panel = scenario.config.market.board, scenario.market.panel
    others = set() if board is None else {one.split()[0] for one in overridden(panel.symbols, board)}
    of_board = [move for move in moves if move[1] in others]
    if of_board:
        yield say(
            "Held through a move beyond the limit of the board `{board}`, which `market.board` gives to codes of "
            "another: {places}. Leave `market.board` out.",
            board=board,
            places=_places(of_board, panel.sessions),
        )
    unexplained = [move for move in moves if move[1] not in others]
    if unexplained:
        yield say(
            "Held through a move beyond the day's limit: {places}. A corporate action that no table tells "
            "(`data.actions`), or a wrong price: do not trust the profit of these days.",
            places=_places(unexplained, panel.sessions),
        )


def _places(moves: list[tuple[int, str]], sessions: Sessions) -> str:
    return first_names([f"{symbol} {sessions[t]}" for t, symbol in moves], _SHOWN)


def ends_told(scenario: Scenario) -> Iterator[str]:
    """Yield, before a run, for how many securities the data that the rule reads end while their prices go on."""
    panel = scenario.market.panel
    sessions, ends = len(panel.sessions), data_ends(scenario, panel)
    early = ends + _FEW < _last_rows(panel["close"])
    if not early.any():
        return
    known, last = ends < sessions, sessions - 1
    rule = scenario.config.strategy.rule.name if scenario.config.strategy.rule else ""
    if early[known].all():
        row = int(ends[known].max())
        yield say(
            "The data that `{rule}` reads end on {day}, {n} sessions before the end of the run: from then on it has no "
            "opinion, and what is held stays. End the window before (`window.end`), or bring the data up to date.",
            rule=rule,
            day=str(panel.sessions[row]),
            n=f"{last - row:,}",
        )
        return
    row = int(ends[early].min())
    yield say(
        "The data that `{rule}` reads end for {some} of {all} securities while their prices go on, the first on {day}, "
        "{n} sessions before the end of the run: from then on it has no opinion of them, and what is held stays.",
        rule=rule,
        some=f"{int(early.sum()):,}",
        all=f"{len(panel.symbols):,}",
        day=str(panel.sessions[row]),
        n=f"{last - row:,}",
    )


def data_ends(scenario: Scenario, panel: Panel) -> Rows:
    """Return the last row (N,) with all that the rule reads; the number of rows where none of it is ever known."""
    read = [] if scenario.rule is None else [name for name in scenario.rule.needs() if name in panel]
    ends = np.full(len(panel.symbols), len(panel.sessions))
    for name in read:
        last = _last_rows(panel[name])
        ends = np.where(last >= 0, np.minimum(ends, last), ends)
    return ends


def _last_rows(values: Panel2D) -> Rows:
    """Return the last row (N,) with a value, -1 where there is none."""
    known = np.isfinite(values)
    return np.where(known.any(axis=0), len(known) - 1 - known[::-1].argmax(axis=0), -1)


def _without_data(panel: Panel, last: int, j: int, held: Mask) -> Iterator[str]:
    """Yield after which session a field that the rule reads had ended, and on how many more the security was held."""
    if (more := int(held[last + 1 :].sum())) > _FEW:
        yield say("{symbol} after {day} ({n} sessions)", symbol=panel.symbols[j], day=str(panel.sessions[last]), n=more)


def _changes(fills: pd.DataFrame, endings: pd.DataFrame | None) -> pd.DataFrame:
    """Return by how many shares what is held less what is owed changed: symbol, date, shares; below 0 = less."""
    kinds = fills["kind"].str.removeprefix(FORCED).map(_SIGN).fillna(0.0)
    changes = [pd.DataFrame({"symbol": fills["symbol"], "date": fills["date"], "shares": fills["shares"] * kinds})]
    if endings is not None:
        sign = np.where(endings["held_as"] == "short", -1.0, 1.0)
        goes = (endings["successor"] != "") | (endings["cash"] != 0.0)
        for symbol, shares in (("symbol", -endings["shares"] * goes), ("successor", endings["successor_shares"])):
            rows = {"symbol": endings[symbol], "date": endings["date"], "shares": shares * sign}
            changes.append(pd.DataFrame(rows))
    return pd.concat(changes, ignore_index=True)


def _held(changes: pd.DataFrame, sessions: Sessions) -> Iterator[tuple[str, Mask]]:
    """Yield each security that was traded, and whether anything is held or owed at the close of each session (T,)."""
    change = changes["shares"].to_numpy(dtype=np.float64)
    rows = np.searchsorted(sessions, changes["date"].to_numpy().astype("datetime64[D]"))
    codes, symbols = pd.factorize(changes["symbol"], sort=True)
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.searchsorted(codes[order], np.arange(1, len(symbols))))
    for symbol, own in zip(symbols, parts, strict=False):  # without fills there is a part and no symbol
        if symbol:
            held = np.bincount(rows[own], weights=change[own], minlength=len(sessions))
            yield str(symbol), np.cumsum(held) != 0.0


def _beyond(scenario: Scenario, j: int, held: Mask) -> list[int]:
    market = scenario.market
    ratios = market.arrays.limit_ratio
    if not len(ratios):
        return []
    close, reference = (market.panel[name][:, [j]] for name in ("close", "pre_close"))
    ratio = market.arrays.fund_ratio if market.arrays.is_fund[j] else ratios[:, j]
    where = beyond_limits(close, reference, ratio[:, None], tick=1.0 / market.arrays.ticks_per_unit[j])[:, 0]
    where[1:] &= held[:-1]
    where[0] = False
    return np.flatnonzero(where).tolist()
