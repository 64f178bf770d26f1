"""Tables of what is owed: by side, by move of the price, by industry, by security, by session."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..kernels.rolling import rolling_mean
from ..panel.leverage import Leverage
from ..panel.panel import Panel
from ..types import Panel2D
from .industry_ranks import NO_INDUSTRY

MOVES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
"""Moves of the price against the debtors."""

TURNED_OVER = 0.1
"""Part of a balance that may date from the opening when it counts as turned over."""

_DAYS = 20
"""Sessions of the mean turnover that forced sales are compared with."""

Sides = Mapping[str, Leverage]
Line = NDArray[np.float64]


def _total(values: Panel2D, axis: int = -1) -> Line:
    """Return sums over what is known, NaN where nothing is."""
    known = np.isfinite(values)
    return np.where(known.any(axis=axis), np.where(known, values, 0.0).sum(axis=axis), np.nan)


def _ratio(above: ArrayLike, below: ArrayLike) -> Line:
    part, whole = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0.0)


def _maintenance(side: Leverage, rows: slice) -> Line:
    """Return collateral over what is owed, of all securities that have both."""
    owed, own = side.owed[rows], side.maintenance[rows]
    known = np.isfinite(owed) & np.isfinite(own)
    return _ratio(_total(np.where(known, owed * own, np.nan)), _total(np.where(known, owed, np.nan)))


def leverage_figures(sides: Sides, row: int, line: float, move: float) -> pd.DataFrame:
    """Return one row for each side.

    Returns
    -------
    DataFrame
        ``side``; ``owed`` (CNY); ``maintenance``: collateral over owed, of all; ``securities`` with an estimate,
        ``below`` the line; ``below_share`` of what is owed; ``forced`` (CNY), ``forced_share`` after the move;
        ``opening``: part of owed that dates from the first session; ``turned_over``: sessions until that was less
        than `TURNED_OVER`, the median of the securities.
    """
    rows = []
    for name, side in sides.items():
        own, owed = side.maintenance[row], side.owed[row]
        total = float(_total(owed))
        forced = float(_total(side.forced(line, move, row)[row]))
        rows.append(
            {
                "side": name,
                "owed": total,
                "maintenance": float(_maintenance(side, slice(row, row + 1))[0]),
                "securities": int(np.isfinite(own).sum()),
                "below": int((own < line).sum()),
                "below_share": float(_ratio(_total(side.forced(line, 0.0, row)[row]), total)),
                "forced": forced,
                "forced_share": float(_ratio(forced, total)),
                "opening": float(_ratio(_total(side.opening[row] * owed), total)),
                "turned_over": _turned_over(side, row),
            }
        )
    return pd.DataFrame(rows)


def _turned_over(side: Leverage, row: int) -> float:
    """Return the median over securities of the sessions from the first until the opening is nearly gone."""
    opening = side.opening[: row + 1]
    is_old = np.isfinite(opening) & (opening > TURNED_OVER)
    begun, gone = is_old.any(axis=0), (np.isfinite(opening) & ~is_old)
    lasted = [
        int(np.argmax(gone[first:, j]))
        for j in np.flatnonzero(begun)
        for first in [int(np.argmax(is_old[:, j]))]
        if gone[first:, j].any()
    ]
    return float(np.median(lasted)) if lasted else np.nan


def leverage_falls(sides: Sides, row: int, line: float, move: float) -> pd.DataFrame:
    """Return one row for each move: ``move``, and by side ``forced`` (CNY), ``share`` of owed, ``securities`` below."""
    rows = []
    for one in sorted({*MOVES, move}):
        found: dict[str, float] = {"move": one}
        for name, side in sides.items():
            forced = float(_total(side.forced(line, one, row)[row]))
            moved = side.maintenance[row] * ((1.0 - one) if name == "financing" else 1.0 / (1.0 + one))
            found |= {f"{name}_forced": forced, f"{name}_share": float(_ratio(forced, _total(side.owed[row])))}
            found[f"{name}_securities"] = int((moved < line).sum())
        rows.append(found)
    return pd.DataFrame(rows)


def leverage_securities(panel: Panel, sides: Sides, row: int, line: float, move: float) -> pd.DataFrame:
    """Return one row for each security with an estimate, the most to be sold by force first.

    Returns
    -------
    DataFrame
        ``symbol``, ``close``; of the financing side ``cost``, ``gain`` (close over cost less 1), ``shares``, ``owed``,
        ``maintenance``, ``opening``, ``below_share``, ``forced``, ``forced_days`` (in days of mean turnover); of the
        short side the same with ``short_`` before it, without gain and shares. NaN where a side has no estimate.
    """
    table = pd.DataFrame({"symbol": panel.symbols, "close": _last(panel["close"], row)})
    turnover = np.full(panel.shape[1], np.nan)
    if "amount" in panel:
        turnover = rolling_mean(panel["amount"], _DAYS, min_count=1, start=row)[row]
    for name, side in sides.items():
        ahead = "" if name == "financing" else "short_"
        forced = side.forced(line, move, row)[row]
        table[f"{ahead}cost"] = side.cost[row]
        if name == "financing":
            table["gain"] = table["close"] / table["cost"] - 1.0
            table["shares"] = side.shares[row]
        table[f"{ahead}owed"], table[f"{ahead}maintenance"] = side.owed[row], side.maintenance[row]
        table[f"{ahead}opening"] = side.opening[row]
        table[f"{ahead}below_share"] = side.share_below(line, 0.0, row)[row]
        table[f"{ahead}forced"], table[f"{ahead}forced_days"] = forced, _ratio(forced, turnover)
    known = np.any([np.isfinite(side.maintenance[row]) for side in sides.values()], axis=0)
    first = "forced" if "forced" in table else "short_forced"
    owed = "owed" if "owed" in table else "short_owed"
    return table[known].sort_values([first, owed], ascending=False, kind="stable").reset_index(drop=True)


def _last(values: Panel2D, row: int) -> Line:
    """Return the last known of each column up to a row."""
    known = np.isfinite(values[: row + 1])
    last = row - np.argmax(known[::-1], axis=0)
    return np.where(known.any(axis=0), values[last, np.arange(values.shape[1])], np.nan)


def leverage_industries(panel: Panel, sides: Sides, row: int, line: float, move: float) -> pd.DataFrame:
    """Return one row for each industry and side, the most to be sold by force first; none without industries.

    Returns
    -------
    DataFrame
        ``industry``, ``side``, ``securities``, ``owed``, ``maintenance``, ``below`` (securities), ``forced``,
        ``forced_share``.
    """
    rows = [one for name, side in sides.items() for one in _by_industry(panel, name, side, row, line, move)]
    names = ["industry", "side", "securities", "owed", "maintenance", "below", "forced", "forced_share"]
    table = pd.DataFrame(rows, columns=names)
    return table.sort_values(["side", "forced"], ascending=[True, False], kind="stable").reset_index(drop=True)


def _by_industry(
    panel: Panel, name: str, side: Leverage, row: int, line: float, move: float
) -> Iterator[dict[str, object]]:
    if "industry" not in panel or not panel.industries:
        return
    codes = np.nan_to_num(panel["industry"][row], nan=len(panel.industries)).astype(np.int64)
    forced, own, owed = side.forced(line, move, row)[row], side.maintenance[row], side.owed[row]
    for code, industry in enumerate([*panel.industries, NO_INDUSTRY]):
        part = (codes == code) & np.isfinite(own)
        if part.any():
            total = float(owed[part].sum())
            yield {
                "industry": industry,
                "side": name,
                "securities": int(part.sum()),
                "owed": total,
                "maintenance": float((own[part] * owed[part]).sum() / total),
                "below": int((own[part] < line).sum()),
                "forced": float(np.nansum(forced[part])),
                "forced_share": float(np.nansum(forced[part]) / total),
            }


def leverage_days(panel: Panel, sides: Sides, row: int, line: float, *, is_one: bool) -> pd.DataFrame:
    """Return one row for each session up to `row`.

    Returns
    -------
    DataFrame
        ``date``; by side (``short_`` before the names of the short one) ``owed``, ``maintenance``, ``securities``
        with an estimate, ``below`` the line, ``opening``; of one security ``close`` and ``cost`` instead of numbers of
        securities; ``average_maintenance`` where the market's is published.
    """
    rows = slice(0, row + 1)
    frame = pd.DataFrame({"date": panel.sessions[rows].astype("datetime64[s]")})
    if is_one:
        frame["close"] = panel["close"][rows, 0]
    for name, side in sides.items():
        ahead = "" if name == "financing" else "short_"
        owed = _total(side.owed[rows])
        frame[f"{ahead}owed"], frame[f"{ahead}maintenance"] = owed, _maintenance(side, rows)
        frame[f"{ahead}opening"] = _ratio(_total(side.opening[rows] * side.owed[rows]), owed)
        if is_one:
            frame[f"{ahead}cost"] = side.cost[rows, 0]
        else:
            own = side.maintenance[rows]
            frame[f"{ahead}securities"], frame[f"{ahead}below"] = np.isfinite(own).sum(axis=1), (own < line).sum(axis=1)
    return frame
