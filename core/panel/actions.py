"""Corporate actions by session: what the securities of a panel receive, as both engines apply it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from ..symbols import instead, is_no_symbol
from .action_rows import CorporateAction, located_actions, refuse_rights
from .panel import Panel


class Action(NamedTuple):
    """What one share receives on its ex-date."""

    symbol: int  # column j
    cash_per_share: float  # CNY, gross
    share_ratio: float  # new shares per share: 0.5 = five for ten; a split 1:2 is 1.0, a reverse split 2:1 is -0.5
    rights_ratio: float = 0.0  # shares offered per share: 0.15 = 1.5 for ten
    rights_price: float = 0.0  # CNY per share offered


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
        share; above -1), and rights_ratio (shares offered per share) and rights_price (CNY) where it tells rights
        issues; an empty cell is 0. Other securities and dates outside the panel are left out.
    panel : Panel

    Raises
    ------
    DataError
        No such file, a missing column, a date that is none or no session, a number that cannot be, a repeated
        row, a code that is spelt otherwise than the panel's.
    """
    return _by_session(located_actions(Path(path)), panel, is_strict=True)


def actions_of(panel: Panel) -> ActionTable | None:
    """Return the corporate actions that a panel brings along, None where it brings none.

    An ex-date that the panel has no session of stands on the next one that it has: the last price before it is not ex.

    Raises
    ------
    DataError
        A dividend or a price of rights that is not below the close before it.
    """
    if not panel.actions:
        return None
    rows = ((f"the corporate actions of the data, {one.symbol} on {one.day}", one) for one in panel.actions)
    return _by_session(rows, panel, is_strict=False)


def _by_session(rows: Iterable[tuple[str, CorporateAction]], panel: Panel, *, is_strict: bool) -> ActionTable:
    index = {symbol: j for j, symbol in enumerate(panel.symbols)}
    actions: dict[int, list[Action]] = {}
    for where, one in rows:
        if one.symbol not in index and is_no_symbol(one.symbol):
            raise DataError(
                f"{where}: `symbol` {one.symbol!r} is no symbol of the data: {instead(one.symbol, panel.symbols)}"
            )
        t = _session(one, panel, where, is_strict) if one.symbol in index else None
        if t is not None:
            _refuse_excess(one, panel, index[one.symbol], t, where)
            actions.setdefault(t, []).append(Action(index[one.symbol], *one[2:]))
    return ActionTable(actions)


def _session(one: CorporateAction, panel: Panel, where: str, is_strict: bool) -> int | None:
    """Return the row of an ex-date, None outside the panel."""
    if not len(panel.sessions) or one.day < panel.sessions[0] or one.day > panel.sessions[-1]:
        return None
    t = int(np.searchsorted(panel.sessions, one.day))
    if is_strict and panel.sessions[t] != one.day:
        raise DataError(f"{where}: {one.day} is no session of the data: an ex-date is a session")
    return t


def _refuse_excess(one: CorporateAction, panel: Panel, j: int, t: int, where: str) -> None:
    """Raise where a share pays or costs no less than it was worth: an amount for ten shares, or a slip."""
    refuse_rights(one.rights_ratio, one.rights_price, where)
    closes = panel["close"][:t, j] if "close" in panel and (one.cash or one.rights_price) else np.empty(0)
    known = closes[~np.isnan(closes)]
    if known.size and one.cash >= known[-1]:
        raise DataError(
            f"{where}: `cash_per_share` should be below the last close, {known[-1]:g}, got {one.cash:g}: CNY for one "
            "share, where announcements state them for ten"
        )
    if known.size and one.rights_price >= known[-1]:
        raise DataError(
            f"{where}: `rights_price` should be below the last close, {known[-1]:g}, got {one.rights_price:g}: CNY for "
            "one share; at such a price nobody subscribes, and the issue fails"
        )
