"""A day, and the year until then, beside the same of the year before (上年同期)."""

from typing import Any

import numpy as np
import pandas as pd

from ..types import Sessions
from .market_days import Basis

FARTHEST = np.timedelta64(15, "D")
"""Days by which the session of last year may lie before its calendar day: the longest holiday and some."""

BOTH_DAYS = "In brackets: how many securities have the balance on both days; only these are summed."
"""What is said beside balances of a day, which are of fewer securities than the sums of that day."""

_SHARES = ("float_cap_share", "purchase_share", "buyers", "above_mean")


def row_a_year_ago(sessions: Sessions, row: int) -> int | None:
    """Return the last session on or before the same calendar day of last year; None where the data have none near it.

    29 February is compared with 28 February.
    """
    day = pd.Timestamp(sessions[row]) - pd.DateOffset(years=1)
    wanted = np.datetime64(day.date(), "D")
    found = int(np.searchsorted(sessions, wanted, side="right")) - 1
    return found if found >= 0 and wanted - sessions[found] <= FARTHEST else None


def last_year(basis: Basis, days: pd.DataFrame, row: int) -> pd.DataFrame:
    """Return figures of a session and of the year until then beside those of last year.

    Parameters
    ----------
    basis : Basis
    days : DataFrame
        Of `market_days`.
    row : int

    Returns
    -------
    DataFrame
        ``figure`` (a name of `market_days`), ``span`` (``day`` or ``year to date``), ``now``, ``then``, ``change``:
        relative of amounts that are positive, a difference of shares; ``unit`` (amount or fraction), ``securities``
        that a sum of both days is of. No rows where the data do not reach back.

    Notes
    -----
    Balances of the day are of the securities that have one on both days, so that those which joined since do not count
    as growth. Sums and means of the year to date are of whatever was recorded: NaN where the data do not have the year
    before from its first fortnight on.
    """
    columns = ["figure", "span", "now", "then", "change", "unit", "securities"]
    before = row_a_year_ago(basis.panel.sessions, row)
    if before is None:
        return pd.DataFrame(columns=columns)
    rows = [_balance(basis, name, row, before) for name in ("financing_balance", "short_balance")]
    rows += [_row(name, "day", days[name][row], days[name][before], "fraction") for name in _SHARES]
    this, last = _year(basis.panel.sessions, row), _year(basis.panel.sessions, before)
    for name in ("financing_buy", "net_buy", "float_cap_share", "purchase_share"):
        values = days[name].to_numpy()
        is_sum = name in ("financing_buy", "net_buy")
        now, then = (_over_year(values, part, is_sum) for part in (this, last))
        rows.append(_row(name, "year to date", now, then, "amount" if is_sum else "fraction"))
    table = pd.DataFrame(rows, columns=columns)
    return table[table["now"].notna() & table["then"].notna()].reset_index(drop=True)


def _balance(basis: Basis, name: str, row: int, before: int) -> tuple[Any, ...]:
    if name not in basis.panel:
        return _row(name, "day", np.nan, np.nan, "amount")
    now, then = basis.panel[name][row], basis.panel[name][before]
    both = np.isfinite(now) & np.isfinite(then)
    if not both.any():
        return _row(name, "day", np.nan, np.nan, "amount")
    return _row(name, "day", now[both].sum(), then[both].sum(), "amount", None if basis.is_total else int(both.sum()))


def _row(name: str, span: str, now: float, then: float, unit: str, securities: int | None = None) -> tuple[Any, ...]:
    relative = now / then - 1.0 if now > 0.0 and then > 0.0 else np.nan
    change = now - then if unit == "fraction" else relative
    return name, span, now, then, change, unit, securities


def _year(sessions: Sessions, row: int) -> slice | None:
    """Return the rows of a session's year until then; None where the data begin later in it."""
    first = sessions[row].astype("datetime64[Y]").astype("datetime64[D]")
    begin = int(np.searchsorted(sessions, first))
    return slice(begin, row + 1) if sessions[begin] - first <= FARTHEST else None


def _over_year(values: np.ndarray, rows: slice | None, is_sum: bool) -> float:
    known = np.empty(0) if rows is None else values[rows][np.isfinite(values[rows])]
    if not len(known):
        return np.nan
    return float(known.sum() if is_sum else known.mean())
