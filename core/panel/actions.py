"""Corporate actions by session: what the securities of a panel receive, as both engines apply it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from ..symbols import instead, is_no_symbol
from .action_rows import CorporateAction, located_actions
from .panel import Panel


class Action(NamedTuple):
    """What one share receives on its ex-date."""

    symbol: int  # column j
    cash_per_share: float  # CNY, gross
    share_ratio: float  # new shares per share: 0.5 = five for ten; a split 1:2 is 1.0


@dataclass(frozen=True)
class ActionTable:
    """Corporate actions by session.

    Parameters
    ----------
    by_session : mapping of int to sequence of Action
        Row t of the panel -> the actions whose ex-date it is.
    """

    by_session: Mapping[int, Sequence[Action]] = field(default_factory=dict)

    def on(self, t: int) -> Sequence[Action]:
        """Return the actions of session `t`."""
        return self.by_session.get(t, ())


def read_actions(path: str | Path, panel: Panel) -> ActionTable:
    """Read a table of corporate actions for the securities and sessions of `panel`.

    Parameters
    ----------
    path : path
        CSV with the columns date (the ex-date), symbol, cash_per_share (CNY, gross) and share_ratio (new shares per
        share); an empty cell is 0. Other securities and dates outside the panel are left out.
    panel : Panel

    Raises
    ------
    DataError
        No such file, a missing column, a date that is none or no session, a negative number, a repeated row, a
        code that is spelt otherwise than the panel's.
    """
    return _by_session(located_actions(Path(path)), panel, "an ex-date is a session")


def actions_of(panel: Panel) -> ActionTable | None:
    """Return the corporate actions that a panel brings along, None where it brings none; raises as `read_actions`."""
    if not panel.actions:
        return None
    remedy = "import that session too, or leave the actions out (`data.options.actions: false`)"
    return _by_session(
        ((f"the corporate actions of the data ({one.symbol})", one) for one in panel.actions), panel, remedy
    )


def _by_session(rows: Iterable[tuple[str, CorporateAction]], panel: Panel, remedy: str) -> ActionTable:
    index = {symbol: j for j, symbol in enumerate(panel.symbols)}
    actions: dict[int, list[Action]] = {}
    for where, one in rows:
        if one.symbol not in index and is_no_symbol(one.symbol):
            raise DataError(
                f"{where}: `symbol` {one.symbol!r} is no symbol of the data: {instead(one.symbol, panel.symbols)}"
            )
        t = _session(one, panel, where, remedy) if one.symbol in index else None
        if t is not None:
            actions.setdefault(t, []).append(Action(index[one.symbol], one.cash, one.ratio))
    return ActionTable(actions)


def _session(one: CorporateAction, panel: Panel, where: str, remedy: str) -> int | None:
    """Return the row of an ex-date, None outside the panel."""
    if one.day < panel.sessions[0] or one.day > panel.sessions[-1]:
        return None
    t = int(np.searchsorted(panel.sessions, one.day))
    if panel.sessions[t] != one.day:
        raise DataError(f"{where}: {one.day} is no session of the data: {remedy}")
    return t
