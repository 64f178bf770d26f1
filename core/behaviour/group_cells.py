"""The groups that behaviour is compared in: boards, and thirds by size and by leverage before the returns."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from ..kernels.cross_section import cross_rank
from ..pages.language import say
from ..panel.panel import Panel
from ..panel.units import turnover_of
from ..rulebook.boards import board_of
from ..types import Board, Mask2D, Panel2D
from .lag_design import LagDesign
from .margin_flows import last_known, mean_turnover, period_ends

THIRDS = ("low", "middle", "high")
LEAST = 3
"""Securities below which no thirds are made, and a group is none."""


class Group(NamedTuple):
    """Cells that belong together: `kind` board, size or leverage; `basis`: what a third is by; `inside` bool (P, N)."""

    kind: str
    name: str
    basis: str
    inside: Mask2D


def groups_of(panel: Panel, design: LagDesign) -> Iterator[Group]:
    """Yield the groups that a panel allows.

    Notes
    -----
    A third is formed anew each period, by what was known before the first of the returns that are looked at: neither
    the returns nor the flow decide who belongs to it. Size: float cap, where absent the mean turnover. Leverage:
    financing balance over it.
    """
    ends = period_ends(panel.sessions, design.weekly)
    yield from _boards(panel, len(ends))
    turnover = turnover_of(panel)
    if "float_cap" in panel:
        size, basis = panel["float_cap"], "float cap"
    elif turnover is not None:
        size, basis = mean_turnover(turnover), "mean turnover"
    else:
        return
    yield from _thirds("size", basis, last_known(size, ends), design)
    if "financing_balance" in panel:
        with np.errstate(divide="ignore", invalid="ignore"):
            leverage = last_known(panel["financing_balance"], ends) / last_known(size, ends)
        basis = say("financing balance over {basis}", basis=say(basis))
        yield from _thirds("leverage", basis, np.where(np.isfinite(leverage), leverage, np.nan), design)


def _boards(panel: Panel, periods: int) -> Iterator[Group]:
    boards = [_board(symbol) for symbol in panel.symbols]
    found = sorted({board for board in boards if board is not None})
    for board in found if len(found) > 1 else ():
        inside = np.array([one == board for one in boards])
        yield Group("board", board.name.lower(), "code", np.broadcast_to(inside, (periods, len(boards))))


def _board(symbol: str) -> Board | None:
    try:
        return board_of(symbol)
    except DataError:  # an index, or another market than the mainland's
        return None


def _thirds(kind: str, basis: str, values: Panel2D, design: LagDesign) -> Iterator[Group]:
    """Yield the thirds of the securities of each period, by their values one period before the first return."""
    back = design.longest + 1
    if len(values) <= back:
        return
    known = np.full(values.shape, np.nan)
    known[back:] = values[:-back]
    known[(~np.isnan(known)).sum(axis=1) < LEAST] = np.nan
    ranks = cross_rank(known, threads=1)
    third = np.ceil(ranks * len(THIRDS) - 1e-9) - 1.0
    for k, name in enumerate(THIRDS):
        yield Group(kind, name, basis, third == k)
