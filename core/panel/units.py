"""Wrong units are caught by what must hold between the fields of one security.

A day's amount divided by its volume is a price of that day; a published short balance divided by its shares is the
close; financed purchases are a part of the turnover. A unit that is wrong misses by a power of ten.
"""

import numpy as np

from ..errors import DataError
from ..types import Panel2D
from .margin_units import check_margin_units
from .panel import Panel
from .unit_ratios import LEAST_CELLS, NAMES, medians_of, ratio_of

_LEAST_SHARE = 1e-3

TOLERANCE = 0.1
"""Fraction by which a median ratio may miss 1."""

_AVERAGE_PRICE = {
    100.0: "`volume` is in lots of 100 shares: multiply it by 100",
    1000.0: "`volume` is in lots of 1,000 shares: multiply it by 1,000",
    0.1: "`volume` is in lots and `amount` in thousand CNY: multiply them by 100 and 1,000",
    0.001: "`amount` is in thousand CNY: multiply it by 1,000",
    1e-4: "`amount` is in 10,000 CNY: multiply it by 10,000",
}
_SHORT_PRICE = {
    100.0: "`short_volume` is in lots of 100 shares: multiply it by 100",
    1000.0: "`short_volume` is in lots of 1,000 shares: multiply it by 1,000",
    1e-4: "`short_balance` is in 10,000 CNY: multiply it by 10,000",
    1e-8: "`short_balance` is in 100 million CNY: multiply it by 1e8",
}


_INDICES = (("000", ".SH"), ("399", ".SZ"), ("899", ".BJ"))


def is_index(symbol: str) -> bool:
    """Return whether `symbol` is an index: its column holds a market's totals beside a level, not a price.

    Shanghai's indices are 000xxx.SH, Shenzhen's 399xxx.SZ, Beijing's 899xxx.BJ.
    """
    return any(symbol.startswith(head) and symbol.endswith(tail) for head, tail in _INDICES)


def check_units(panel: Panel) -> None:
    """Refuse a panel whose fields contradict each other, or what such amounts can be, by a unit.

    Parameters
    ----------
    panel : Panel
        Whatever fields it has: each check needs its own, and is left out where one is missing. Columns of an index
        are left out.

    Raises
    ------
    DataError
        Naming the securities, the ratio that was found, the unit that it suggests and the remedy.

    Notes
    -----
    Checked by the median over the sessions of each security, so a single odd day does not matter; NaN and zero volume
    are left out. Adjusted prices are caught too, where they differ by more than `TOLERANCE` on half of the sessions.
    """
    securities = [symbol for symbol in panel.symbols if not is_index(symbol)]
    if not securities:
        return
    part = panel if len(securities) == len(panel.symbols) else panel.select(securities)
    if {"amount", "volume", "high", "low"} <= set(part.fields):
        average = ratio_of(part["amount"], part["volume"])
        # 1 within low..high; outside, how far it is from the nearer of them.
        off = average / np.clip(average, part["low"], part["high"])
        _refuse(part, off, "amount / volume / price", _AVERAGE_PRICE)
    elif {"amount", "volume", "close"} <= set(part.fields):
        _refuse(
            part, ratio_of(part["amount"], part["volume"]) / part["close"], "amount / volume / close", _AVERAGE_PRICE
        )
    if {"short_balance", "short_volume", "close"} <= set(part.fields) and "short_balance" not in part.imputed:
        worth = ratio_of(part["short_balance"], part["short_volume"] * part["close"])
        _refuse(part, worth, "short_balance / short_volume / close", _SHORT_PRICE)
    turnover = turnover_of(part)
    if turnover is not None and "financing_buy" in part:
        _refuse_above_turnover(part, "financing_buy", turnover)
        if "financing_buy" not in part.imputed:
            _refuse_far_below(part["financing_buy"], turnover)
    if {"short_sell", "volume"} <= set(part.fields):
        _refuse_above_turnover(part, "short_sell", part["volume"])
    check_margin_units(part)


def turnover_of(panel: Panel) -> Panel2D | None:
    """Return the turnover of each session (T, N), CNY: the amount, else volume x close, None where neither is known."""
    if "amount" in panel:
        return panel["amount"]
    return panel["volume"] * panel["close"] if {"volume", "close"} <= panel.fields.keys() else None


def _refuse(panel: Panel, ratio: Panel2D, what: str, units: dict[float, str]) -> None:
    """Raise where the median ratio of a security is not 1."""
    medians = medians_of(ratio)
    wrong = np.flatnonzero(np.abs(medians - 1) > TOLERANCE)
    if not len(wrong):
        return
    found = float(medians[wrong[0]])
    near = [remedy for unit, remedy in units.items() if unit / 1.5 < found < unit * 1.5]
    remedy = (
        near[0] if near else "the prices may be adjusted ones, or a unit is wrong: give unadjusted prices, CNY, shares"
    )
    raise DataError(f"{what} should be about 1, got {found:.4g} for {_named(panel, wrong)}: {remedy}")


def _refuse_above_turnover(panel: Panel, name: str, turnover: Panel2D) -> None:
    """Raise where on most sessions of a security the margin flow `name` exceeds all that was traded."""
    medians = medians_of(ratio_of(panel[name], turnover))
    wrong = np.flatnonzero(medians > 1)
    if len(wrong):
        raise DataError(
            f"`{name}` is {medians[wrong[0]]:.3g} times the day's turnover for {_named(panel, wrong)}, and should be a "
            "part of it: `volume` may be in lots (multiply it by 100 on the mainland, 1,000 on Taiwan), "
            f"or `{name}` in a smaller unit"
        )


def _refuse_far_below(bought: Panel2D, turnover: Panel2D) -> None:
    """Raise where purchases on margin are a ten-thousandth of what they should be in all securities together."""
    share = ratio_of(bought, turnover)
    usable = share[np.isfinite(share)]
    if len(usable) < LEAST_CELLS:
        return
    found = float(np.median(usable))
    if found < _LEAST_SHARE:
        unit = 1e4 if found > _LEAST_SHARE / 1e4 else 1e8
        raise DataError(
            f"`financing_buy` is {found:.2g} of the turnover on the median day and security, and should be some 1 % to "
            f"30 %: the margin amounts may be in {NAMES[unit]} CNY (multiply them by {unit:g})"
        )


def _named(panel: Panel, columns: np.ndarray) -> str:
    names = ", ".join(panel.symbols[j] for j in columns[:5])
    return names if len(columns) <= 5 else f"{names} and {len(columns) - 5} more"
