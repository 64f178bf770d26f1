"""What the data of a draft hold of the securities that take part: their boards, fields, span and cheapest lot."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from ..panel.completion import complete
from ..panel.panel import Panel
from ..rulebook import Rulebook, board_of, lot_rule
from ..symbols import of_taiwan
from ..types import Board

NAMED = 5
"""Symbols that a sentence names."""


class Boards(NamedTuple):
    """What a configuration has to say so that every security has a board."""

    exclude: tuple[str, ...] = ()
    board: str = ""
    told: str = ""  # why, one sentence; empty where there is nothing to say


def boards_of(symbols: Iterable[str]) -> Boards:
    """Return what lets these securities be traded: those without a board left out, or one board where none has any."""
    every = tuple(symbols)
    without = tuple(symbol for symbol in every if not _has_board(symbol))
    if not without:
        return Boards()
    if len(without) < len(every):
        named = ", ".join(without[:NAMED]) + (f" and {len(without) - NAMED} more" if len(without) > NAMED else "")
        return Boards(exclude=without, told=f"left out, as no board lists it (an index has none): {named}")
    if all(map(of_taiwan, every)):
        return Boards(
            board="main", told="codes of Taiwan have no board: the mainland's main board is applied; amounts are TWD"
        )
    named = ", ".join(without[:NAMED])
    return Boards(board="main", told=f"no board lists {named}: traded as if it were a share of the main board")


def _has_board(symbol: str) -> bool:
    try:
        board_of(symbol)
    except DataError:
        return False
    return True


def margin_began() -> np.datetime64:
    """Return the first day of the dated rules of a credit account."""
    return Rulebook.load().table("haircut_cap", status="other_share").first_date


class Held(NamedTuple):
    """The securities that take part, as a run completes them."""

    panel: Panel
    boards: Boards

    @classmethod
    def of(cls, panel: Panel, symbols: Collection[str]) -> "Held":
        """Return these securities of a panel, without those that have no board where others have one."""
        chosen = tuple(symbols) or panel.symbols
        boards = boards_of(chosen)
        kept = tuple(symbol for symbol in chosen if symbol not in set(boards.exclude))
        return cls(complete(panel if kept == panel.symbols else panel.select(kept)), boards)

    def span(self, fields: Iterable[str]) -> tuple[str, str] | None:
        """Return the first and the last session that have a value of every field and rules; None where all have."""
        has = self.panel.sessions >= margin_began()
        for field in fields:
            has &= ~np.isnan(self.panel[field]).all(axis=1)
        (rows,) = np.nonzero(has)
        if rows.size < 2 or (rows[0] == 0 and rows[-1] == has.size - 1):
            return None
        return str(self.panel.sessions[rows[0]]), str(self.panel.sessions[rows[-1]])

    def cheapest_lot(self) -> float:
        """Return what the least order costs at the lowest close of all, CNY; 0 where nothing has a close."""
        close = self.panel.get("close")
        if close is None or np.isnan(close).all():
            return 0.0
        lowest = np.fmin.reduce(close, axis=0)
        day, one = self.panel.sessions[-1], self.boards.board
        boards = [Board[one.upper()] if one else board_of(symbol) for symbol in self.panel.symbols]
        lots = {board: lot_rule(board, day).minimum for board in set(boards)}
        return float(np.nanmin(lowest * np.array([lots[board] for board in boards])))
