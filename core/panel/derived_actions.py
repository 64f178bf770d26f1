"""A table of corporate actions out of prices: from published references, adjustment factors or an adjusted series."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataError
from ..kernels.prices import carry_forward
from ..types import Mask2D, Panel2D, Row
from .action_rows import COLUMNS
from .panel import Panel
from .tick_grid import off_grid

STEP = 0.1
"""Shares per share: bonus and split shares are told in tenths, what is left of a fall is cash."""

_NOISE = 2e-3
"""Fraction by which two series differ at least somewhere where one of them is adjusted."""

_EXACT = 1e-6
"""Fraction by which a factor moves without a corporate action: none but that of its last digit."""

_ROUNDED = (1e-2, 1e-3, 1e-4)
"""CNY to which adjusted prices may be rounded."""

_TICK = 0.0051  # CNY: a reference is rounded to the cent

_CARRIED = 0.0051
"""CNY by which a price that is carried through an ex-date may miss it: it is rounded to the cent."""


class Derived(NamedTuple):
    """Corporate actions as read off prices."""

    table: pd.DataFrame  # date, symbol, cash_per_share (CNY), share_ratio (new shares per share)
    basis: str  # what they were read off, in words


def derive_actions(panel: Panel, adjusted: Panel | None = None) -> Derived:
    """Return the corporate actions that prices tell.

    Parameters
    ----------
    panel : Panel
        Unadjusted closes; read are, the first that is there: `adjusted`, `adj_factor`, a published `pre_close`.
    adjusted : Panel, optional
        The same securities with forward- or backward-adjusted closes.

    Raises
    ------
    DataError
        Nothing to read them off; no security or session in common.

    Notes
    -----
    A price tells one number of each ex-date, by how much the reference lies below the last close. Whole tenths of it
    are taken as new shares, the rest as cash: the value on the ex-date is right, and so is a plain dividend or a plain
    split; a dividend of more than a tenth of the price is told as a bonus of the same value, and so is the right to
    subscribe (配股), whose price and number no price tells. Reverse splits are not told: a rise is no ex-right fall.
    Ex-dates inside a suspension stand on the first session after it; where its sessions have rows, without trading, on
    the row on which the price itself goes ex. Left out is what the rounding of adjusted prices could be, and less than
    half a cent.
    """
    close = panel["close"]
    last = np.full(close.shape, np.nan)
    last[1:] = carry_forward(close)[:-1]
    reference, basis, noise = _reference(panel, adjusted, last)
    with np.errstate(invalid="ignore"):
        where = ~np.isnan(close) & (last - reference > np.maximum(_TICK, noise * last))
    if "pre_close" not in basis:
        _move_to_price(panel, last, reference, where)
    rows = list(_rows(panel, last, reference, where))
    if adjusted is not None and not rows:
        _check_pair(panel, adjusted)
    return Derived(pd.DataFrame(rows, columns=list(COLUMNS)), basis)


def _reference(panel: Panel, adjusted: Panel | None, last: Panel2D) -> tuple[Panel2D, str, Panel2D | float]:
    """Return the reference price of each session (T, N), what it was read off, and how far it may miss."""
    if adjusted is not None:
        other = _aligned(panel, adjusted)
        falls = _falls(other / panel["close"])
        return last * falls, "an adjusted series beside the unadjusted one", _EXACT + _steps(other) / other
    if "adj_factor" in panel:
        return last * _falls(panel["adj_factor"]), "adj_factor", _EXACT
    if "pre_close" in panel and "pre_close" not in panel.imputed:
        return panel["pre_close"], "published pre_close", 0.0
    raise DataError(
        "nothing tells corporate actions here: the data have neither `adj_factor` nor a published `pre_close`; "
        "give an adjusted series of the same securities"
    )


def _steps(adjusted: Panel2D) -> Row:
    """Return to how much adjusted prices are rounded (N,), CNY; 0 for those that have all their digits."""
    out = np.zeros(adjusted.shape[1])
    for step in reversed(_ROUNDED):
        out[off_grid(adjusted, step) == 0.0] = step
    return out


def _check_pair(panel: Panel, adjusted: Panel) -> None:
    """Refuse two series that cannot be an unadjusted and an adjusted one: equal, or the one for the other."""
    other = _aligned(panel, adjusted)
    with np.errstate(invalid="ignore"):
        differs = (np.abs(other / panel["close"] - 1.0) > _NOISE).any()
    if not differs:
        raise DataError("the two series are the same: give unadjusted prices and, as the adjusted ones, others")
    rises = _falls(other / panel["close"])
    if np.nanmax(rises, initial=1.0) > 1.0 + _NOISE:
        raise DataError("the adjusted prices fall where the unadjusted ones do not: give the two series the other way")


def _falls(factor: Panel2D) -> Panel2D:
    """Return the last known factor over that of the session (T, N)."""
    before = np.full(factor.shape, np.nan)
    before[1:] = carry_forward(factor)[:-1]
    return before / factor


def _aligned(panel: Panel, adjusted: Panel) -> Panel2D:
    """Return the adjusted closes on the sessions and securities of `panel`, NaN where they have none."""
    out = np.full(panel.shape, np.nan)
    sessions, own, theirs = np.intersect1d(panel.sessions, adjusted.sessions, return_indices=True)
    shared = [symbol for symbol in panel.symbols if symbol in set(adjusted.symbols)]
    if not len(sessions) or not shared:
        raise DataError("the adjusted series should cover the same securities and sessions: they have none in common")
    for symbol in shared:
        out[own, panel.symbols.index(symbol)] = adjusted["close"][theirs, adjusted.symbols.index(symbol)]
    return out


def _move_to_price(panel: Panel, last: Panel2D, reference: Panel2D, where: Mask2D) -> None:
    """Move ex-dates back to the rows of a suspension on which the price went ex; all but `panel` change in place.

    What adjusts prices may know no such row, so that its fall stands on the session on which trading goes on.
    """
    idle = panel["volume"] == 0.0 if "volume" in panel else np.isnan(reference)
    close = panel["close"]
    for t, j in np.argwhere(where):
        rows = _idle_rows_before(close[:, j], idle[:, j], int(t))
        steps = [s for s in rows if close[s, j] != last[s, j]]
        fall = reference[t, j] / last[t, j]
        told = np.prod([close[s, j] / last[s, j] for s in steps])
        if not steps or abs(told / fall - 1.0) > len(steps) * _CARRIED / close[steps[-1], j]:
            continue
        where[t, j], where[steps, j] = False, True
        reference[steps, j] = close[steps, j]
        # Rows are rounded to the cent and the fall is not: the last one has what the others leave of it.
        reference[steps[-1], j] *= fall / told


def _idle_rows_before(close: Row, idle: NDArray[np.bool_], t: int) -> list[int]:
    """Return the rows right before `t` that have a price and no trading, the earliest first."""
    rows: list[int] = []
    while t > 1 and (idle[t - 1] or np.isnan(close[t - 1])):
        t -= 1
        if not np.isnan(close[t]):
            rows.insert(0, t)
    return rows


def _rows(panel: Panel, last: Panel2D, reference: Panel2D, where: Mask2D) -> Iterator[tuple[str, str, float, float]]:
    for t, j in np.argwhere(where):
        ratio = np.floor((last[t, j] / reference[t, j] - 1.0) / STEP + 1e-3) * STEP
        cash = max(last[t, j] - reference[t, j] * (1.0 + ratio), 0.0)
        yield str(panel.sessions[t]), panel.symbols[j], round(float(cash), 4), round(float(ratio), 4)
