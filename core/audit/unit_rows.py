"""Rows whose amounts are in another unit than the rest of their security's."""

import numpy as np

from ..kernels.prices import carry_forward
from ..panel.panel import Panel
from ..panel.unit_ratios import ratio_of
from ..panel.units import is_index
from ..types import Mask2D, Panel2D

OFF = 20.0
"""Times by which a ratio that should be 1 may miss it before a unit is wrong."""

_JUMPS = (4.0, 8.0)  # decades between CNY and 10,000 or 100 million of them
_NEAR = 0.5  # decades that a balance moves besides


def rows_in_another_unit(panel: Panel) -> dict[str, Mask2D]:
    """Return for each field the cells (T, N) in which its unit is another one; fields without such a cell are left out.

    Parameters
    ----------
    panel : Panel
        Whatever fields it has.

    Notes
    -----
    amount / volume is a price of the day, short_balance / short_volume the close. A balance that moves by four or eight
    decades from a row to the next, more than its flows explain, has changed its unit there.
    """
    found = {"amount": _amount(panel), "short_balance": _short(panel), "financing_balance": _jumps(panel)}
    return {name: where for name, where in found.items() if where is not None and where.any()}


def _amount(panel: Panel) -> Mask2D | None:
    low, high = (panel.get(name) if name in panel else panel.get("close") for name in ("low", "high"))
    if low is None or high is None or panel.adjusted or not {"amount", "volume"} <= panel.fields.keys():
        return None
    return _outside(panel, ratio_of(panel["amount"], panel["volume"]), low, high)


def _short(panel: Panel) -> Mask2D | None:
    if panel.adjusted or "short_balance" in panel.imputed:
        return None
    if not {"short_balance", "short_volume", "close"} <= panel.fields.keys():
        return None
    return _outside(panel, ratio_of(panel["short_balance"], panel["short_volume"]), panel["close"], panel["close"])


def _outside(panel: Panel, price: Panel2D, low: Panel2D, high: Panel2D) -> Mask2D:
    with np.errstate(invalid="ignore"):
        where = (price > high * OFF) | (price < low / OFF)
    where[:, [is_index(symbol) for symbol in panel.symbols]] = False
    return where


def _jumps(panel: Panel) -> Mask2D | None:
    """Return where a balance moves by four or eight decades from the last row of the security."""
    balance = panel.get("financing_balance")
    if balance is None or "financing_balance" in panel.imputed:
        return None
    known = np.where(balance > 0.0, balance, np.nan)
    before = np.full(balance.shape, np.nan)
    before[1:] = carry_forward(known)[:-1]
    bought, repaid = (
        np.nan_to_num(panel.fields.get(name, np.zeros(1))) for name in ("financing_buy", "financing_repay")
    )
    moved = np.abs(np.log10(known) - np.log10(before))
    by_unit = np.any([np.abs(moved - jump) < _NEAR for jump in _JUMPS], axis=0)
    rises = known > 10.0 * (before + bought)
    falls = known < 0.1 * (before - repaid)
    return by_unit & (rises | falls)
