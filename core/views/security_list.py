"""The securities of a dataset on a day, the largest financing balance first."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from ..notebook import Card, Shown
from ..pages import formats
from ..pages.markup import tuples
from ..panel.panel import Panel
from ..panel.publication import Decision
from ..plain import plain
from .asked_day import SPANS, asked_day, currency_of, no_balance_words
from .holes import Holes
from .records import records
from .security_figures import Seen, measures_of
from .words import marked

SHOWN = 20
"""Securities that a short form lists."""

_COLUMNS = {
    "close": "close",
    "financing_balance": "financing",
    "net_buy": "net buy",
    "float_cap_share": "of cap",
    "purchase_share": "bought",
    "amount": "turnover",
}
"""Figure -> its column in a short form; the turnover only where there are no balances."""

_RANKED = ("financing_balance", "amount", "close")
"""What the list is in order of: the first that the data have."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SecurityList(Shown):
    """What securities there are.

    Parameters
    ----------
    date : datetime64[D]
    currency : str
    ranked : str
        The figure that the order is by.
    table : DataFrame
        ``rank``, ``symbol``, the figures that the data have, ``change_20`` of `ranked`, ``first`` and ``last``
        session with a balance (a price where there are no balances). Those without a value on the day come last,
        without a rank.
    notes : tuple of str
    lacking : int
        Sessions of the exchange's calendar within ``change_20`` that the data lack.
    """

    date: np.datetime64
    currency: str
    ranked: str
    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    lacking: int = 0
    source: str = ""
    synthetic: bool = False

    def sentence(self) -> str:
        """Return the answer in a sentence."""
        known = int(self.table["rank"].notna().sum())
        name = formats.words(self.ranked)
        count = f"{len(self.table):,} securit{'y' if len(self.table) == 1 else 'ies'}"
        return f"{count}, {known:,} with {name} on {self.date}."

    def rows(self, count: int = SHOWN) -> list[tuple[str, ...]]:
        """Return the head and the first rows in words."""
        shown = [name for name in _COLUMNS if name in self.table]
        head = ("rank", "symbol", *(_COLUMNS[name] for name in shown), f"{SPANS[2]} sessions{marked(self.lacking)}")
        found: list[tuple[str, ...]] = [head]
        for row in tuples(self.table.head(count)):
            cells = [_cell(name, getattr(row, name)) for name in shown]
            rank = formats.NONE if np.isnan(row.rank) else f"{row.rank:.0f}"
            found.append((rank, row.symbol, *cells, formats.percent(row.change_20, 1, sign=True)))
        return found

    def card(self) -> Card:
        """Return what it shows of itself."""
        ask = "one of them: show(DATA, SYMBOL), on the command line `liangrong data show DIR SYMBOL`"
        return Card(self.sentence(), (), [ask, *self.notes], self.rows())

    def as_record(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        head = {"date": str(self.date), "currency": self.currency, "ranked": self.ranked, "source": self.source}
        rest = {
            "notes": self.notes,
            "lacking": self.lacking,
            "synthetic": self.synthetic,
            "securities": records(self.table),
        }
        return plain({**head, "sentence": self.sentence(), **rest})


def security_list(panel: Panel, on: Any = None, decision: Decision = Decision.BEFORE_OPEN) -> SecurityList:
    """Return the securities of a panel on a day; the last session with a value where no day is given.

    Raises
    ------
    DataError
        No session, or nothing to rank by.
    DateError
        No day, or one before the first session.
    """
    asked = asked_day(panel.sessions, on)
    told = next((name for name in _RANKED if name in panel and np.isfinite(panel[name]).any()), None)
    if told is None:
        raise DataError("the data have neither balances nor prices: there is nothing to show")
    row, notes = asked.row, [asked.words] if asked.words else []
    known = np.flatnonzero(np.isfinite(panel[told][: row + 1]).any(axis=1))
    if len(known) and known[-1] < row:
        nobody = f"Nobody has a value of {formats.words(told)} on {panel.sessions[row]}"
        why = no_balance_words(panel, row) if told == _RANKED[0] else nobody
        notes.append(f"{why}: shown is {panel.sessions[known[-1]]}, the last day with one.")
        row = int(known[-1])
    near, holes = Seen(panel, row, decision).around(row), Holes(panel)
    table = pd.DataFrame({"symbol": near.symbols})
    measures = {one.name: one for one in measures_of(near)}
    ranked = told if told == _RANKED[0] else next(name for name in _RANKED[1:] if name in measures)
    for name in (*_COLUMNS, "short_balance"):
        if name in measures and (name != "amount" or ranked == name):
            table[name] = measures[name].of(near)[-1]
    table["change_20"] = _change(near, ranked)
    table["rank"] = table[ranked].rank(ascending=False, method="min")
    table = table.join(_spans(panel, told), on="symbol")
    return SecurityList(
        date=panel.sessions[row],
        currency=currency_of(panel),
        ranked=ranked,
        table=table.sort_values(["rank", "symbol"], kind="stable", na_position="last").reset_index(drop=True),
        notes=(*notes, *(holes.notes([row], SPANS[2]))),
        lacking=holes.lacking(row)[f"lacking_{SPANS[2]}"],
        source=panel.source,
        synthetic=panel.synthetic,
    )


def _change(near: Panel, name: str) -> np.ndarray:
    values, span = near[name], SPANS[2]
    if len(values) <= span:
        return np.full(values.shape[1], np.nan)
    before = values[-1 - span]
    return np.divide(values[-1], before, out=np.full(len(before), np.nan), where=before > 0.0) - 1.0


def _spans(panel: Panel, name: str) -> pd.DataFrame:
    """Return the first and last session on which each security has a value."""
    known = np.isfinite(panel[name])
    has, days = known.any(axis=0), panel.sessions.astype(str)
    first, last = days[known.argmax(axis=0)], days[len(days) - 1 - known[::-1].argmax(axis=0)]
    spans = {"first": np.where(has, first, None), "last": np.where(has, last, None)}
    return pd.DataFrame(spans, index=list(panel.symbols))


def _cell(name: str, value: float) -> str:
    if name.endswith(("_share", "_rate")):
        return formats.percent(value)
    return formats.number(value) if name == "close" else formats.short(value, sign=name == "net_buy")
