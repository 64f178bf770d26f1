"""The figures of one security on a day: value, changes, rank among all, percentile in its own history."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..errors import DataError
from ..kernels.elementwise import difference, product, ratio
from ..kernels.rolling import rolling_mean
from ..panel.actions import actions_of
from ..panel.completion import complete
from ..panel.ex_right import adjustment, ex_right
from ..panel.leverage import estimable, with_leverage
from ..panel.panel import FIELDS, Panel
from ..panel.publication import WHEN, Decision, delay, publication, published
from ..panel.units import is_index
from ..rulebook import board_of
from ..types import Panel2D
from .asked_day import HISTORY, SPANS, largest_first, percentile
from .holes import Holes

FLAGS = tuple(name for name, unit in FIELDS.items() if unit == "0 or 1")
"""Fields that say yes or no: lists, states, members of indices."""

COVER = 20
"""Sessions of the mean volume that a short position is compared with."""

_NEAR = 64
"""Sessions before a day that its figures of all securities may need."""

_LEFT_OUT = {*FLAGS, "industry", "adj_factor"}


class Measure(NamedTuple):
    """A figure that a panel has where it has its fields."""

    name: str
    title: str
    unit: str  # price, amount, shares, fraction, days or count
    needs: tuple[str, ...]
    of: Callable[[Panel], Panel2D]
    compared: Callable[[Panel], Panel2D] | None = None  # what changes and percentiles are of, where not the value
    is_ranked: bool = True  # among all securities; not what takes the whole history of each


def _adjusted(panel: Panel, name: str) -> Panel2D:
    """Return a price by `adjustment`: a reference and a limit of an ex-date are prices after it, as its close is."""
    factor = adjustment(panel)
    return panel[name] if factor is None else product(panel[name], factor)


def _days_to_cover(panel: Panel) -> Panel2D:
    return ratio(panel["short_volume"], rolling_mean(panel["volume"], COVER, min_count=COVER // 2))


def _over(name: str, title: str, above: str, below: str) -> Measure:
    return Measure(name, title, "fraction", (above, below), lambda panel: ratio(panel[above], panel[below]))


DERIVED = (
    Measure(
        "net_buy",
        "Net purchases",
        "amount",
        ("financing_buy", "financing_repay"),
        lambda panel: difference(panel["financing_buy"], panel["financing_repay"]),
    ),
    _over("float_cap_share", "Financing/float cap", "financing_balance", "float_cap"),
    _over("purchase_share", "Purchases/turnover", "financing_buy", "amount"),
    _over("short_ratio", "Short/float shares", "short_volume", "float_shares"),
    _over("short_to_financing", "Short/financing", "short_balance", "financing_balance"),
    Measure("days_to_cover", "Days to cover", "days", ("short_volume", "volume"), _days_to_cover),
    _over("turnover_rate", "Turnover rate", "volume", "float_shares"),
)
"""What is computed from the fields. Days to cover: short volume over the mean volume of `COVER` sessions."""

_BY_VALUE = _over("turnover_rate", "Turnover rate", "amount", "float_cap")
"""The same of data without float shares."""


ESTIMATED = {
    "financing_cost": "financing_balance",
    "financing_shares": "financing_balance",
    "estimated_maintenance": "financing_balance",
    "short_cost": "short_volume",
    "estimated_short_maintenance": "short_volume",
}
"""Field of `with_leverage` -> the balance with which it is public."""


def _estimated(panel: Panel, name: str) -> Panel2D:
    return with_leverage(panel, [name])[name]


class Seen:
    """A panel as a decision on one of its days sees it.

    Parameters
    ----------
    panel : Panel
        As read.
    row : int
        Nothing after it is looked at.
    decision : Decision
    """

    def __init__(self, panel: Panel, row: int, decision: Decision = Decision.BEFORE_OPEN) -> None:
        """Keep them."""
        self.panel, self.row, self.decision = panel, row, decision
        self.securities = [symbol for symbol in panel.symbols if not is_index(symbol)]

    def own(self, symbol: str) -> Panel:
        """Return one security (row + 1, 1), completed, as it was; pre_close by the corporate actions that it has."""
        own = _completed(_rows(self.panel, 0, self.row).select([symbol]))
        try:
            actions, board = actions_of(own), board_of(symbol)
        except DataError:  # an ex-date that is no session, or no board
            return own
        return own if actions is None or "close" not in own else ex_right(own, actions, [board])[0]

    def decided(self, panel: Panel) -> Panel:
        """Return a completed panel as the decision sees it."""
        return published(panel, self.decision)

    def around(self, row: int, symbol: str = "") -> Panel:
        """Return all securities up to a row as decisions see them; `symbol` alone where it is an index."""
        near = _rows(self.panel, max(row - _NEAR, 0), row)
        chosen = [symbol] if is_index(symbol) else self.securities
        return self.decided(_completed(near if len(chosen) in (0, near.shape[1]) else near.select(chosen)))

    def late(self, needs: tuple[str, ...]) -> int:
        """Return by how many sessions the values of these fields lie behind the decision's."""
        return max(delay(name, self.decision, source=self.panel.source) for name in needs)


def measures_of(panel: Panel) -> Iterator[Measure]:
    """Yield what a completed panel has: the derived figures, every field that is a number, then what is estimated."""
    for one in DERIVED:
        found = one if one.name != "turnover_rate" or "float_shares" in panel else _BY_VALUE
        if all(name in panel for name in found.needs):
            yield found
    for name in FIELDS:
        if name in panel and name not in _LEFT_OUT:
            yield _field(name)
    can = set() if is_index(panel.symbols[0]) else estimable(panel.fields)
    yield from (_estimate(name, balance) for name, balance in ESTIMATED.items() if name in can)


def _estimate(name: str, balance: str) -> Measure:
    own = _field(name)
    of, needs = partial(_estimated, name=name), ("close", balance)
    compared = None if own.compared is None else lambda panel: _adjusted(with_leverage(panel, [name]), name)
    return own._replace(needs=needs, of=of, compared=compared, is_ranked=False)


def _field(name: str) -> Measure:
    unit, title = _unit(name), name.replace("_", " ").capitalize()
    compared = partial(_adjusted, name=name) if unit == "price" else None
    return Measure(name, title, unit, (name,), lambda panel: panel[name], compared)


def _unit(name: str) -> str:
    unit = FIELDS[name]
    if unit.startswith("CNY per share"):
        return "price"
    kinds = {"CNY": "amount", "shares": "shares", "fraction": "fraction"}
    return next((kind for word, kind in kinds.items() if unit.startswith(word)), "count")


def security_figures(seen: Seen, symbol: str, own: Panel) -> pd.DataFrame:
    """Return one row for each figure of a security.

    Parameters
    ----------
    seen : Seen
    symbol : str
    own : Panel
        `Seen.own`.

    Returns
    -------
    DataFrame
        ``figure``, ``title``, ``unit``, ``value``; ``date``: the session that the value is of, the last published one;
        ``change_1`` .. ``change_60``: of fractions a difference, else relative (of prices by `adjustment`, of volumes
        raw), sessions of the data; ``lacking_1`` .. ``lacking_60``:
        sessions of the exchange's calendar within them that the data lack; ``rank`` among the ``securities`` of that
        session, 1 = the largest, and ``cross_percentile``, both but for prices; ``own_percentile`` among the
        ``own_sessions`` known of the last 250;
        ``public``. NaN where it is not known.
    """
    decided, holes = seen.decided(own), Holes(seen.panel)

    @cache
    def around(row: int) -> Panel:
        return seen.around(row, symbol)

    rows: list[dict[str, Any]] = []
    for one in measures_of(decided):
        values = one.of(decided)[:, 0]
        known = np.flatnonzero(~np.isnan(values))
        head = {
            "figure": one.name,
            "title": one.title,
            "unit": one.unit,
            "public": _said_public(one.needs, seen.panel.source),
        }
        if not len(known):
            rows.append({**head, "value": np.nan, "date": pd.NaT})
            continue
        row = int(known[-1])
        compared = values if one.compared is None else one.compared(decided)[:, 0]
        last = compared[max(row + 1 - HISTORY, 0) : row + 1]
        rank, count = percentile(last, compared[row])
        ranked = {} if one.unit == "price" or not one.is_ranked else _ranked(one, around(row), symbol)
        day = row - seen.late(one.needs)
        when = pd.Timestamp(seen.panel.sessions[day])
        own_place = {"own_percentile": rank, "own_sessions": count}
        rows.append(
            {
                **head,
                "value": values[row],
                "date": when,
                **_changes(one, compared, row),
                **holes.lacking(day),
                **ranked,
                **own_place,
            }
        )
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = [
    *("figure", "title", "unit", "value", "date"),
    *(f"change_{span}" for span in SPANS),
    *(f"lacking_{span}" for span in SPANS),
    *("rank", "securities", "cross_percentile", "own_percentile", "own_sessions", "public"),
]


def _said_public(needs: tuple[str, ...], source: str) -> str:
    return WHEN[max(publication(name, source).when for name in needs)]


def _changes(one: Measure, values: np.ndarray, row: int) -> dict[str, float]:
    """Return the changes up to a row; relative ones need a positive value before."""
    changes = {}
    for span in SPANS:
        before = values[row - span] if row >= span else np.nan
        if one.unit == "fraction":
            changes[f"change_{span}"] = values[row] - before
        else:
            usable = before > 0.0 and one.name != "net_buy"
            changes[f"change_{span}"] = values[row] / before - 1.0 if usable else np.nan
    return changes


def _ranked(one: Measure, around: Panel, symbol: str) -> dict[str, float | None]:
    values = one.of(around)[-1]
    value = values[around.symbols.index(symbol)]
    place, count = percentile(values, value)
    return {"rank": largest_first(values, value), "securities": count, "cross_percentile": place}


def _rows(panel: Panel, first: int, last: int) -> Panel:
    """Return the sessions of two rows and those between."""
    return panel.window(panel.sessions[first], panel.sessions[last])


def _completed(panel: Panel) -> Panel:
    """Return a security completed; of an index nothing is derived from its level, which is no price."""
    if not is_index(panel.symbols[0]) or "close" not in panel:
        return complete(panel)
    others = {name: values for name, values in panel.fields.items() if name != "close"}
    return complete(replace(panel, fields=others)).with_fields({"close": panel["close"]})
