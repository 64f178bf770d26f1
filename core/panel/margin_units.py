"""Units of margin amounts where no price or turnover stands beside them: told by what such amounts can be."""

import numpy as np

from ..errors import DataError
from .panel import Panel
from .unit_ratios import LEAST_CELLS, NAMES, ratio_of

_SINCE = np.datetime64("2011-01-04", "D")
"""In the first months of margin trading (from 2010-03-31) balances were small."""

_SMALLEST = 1e6
"""CNY that the median financing balance of shares on the list exceeds; of most of them it is 1e8 and more."""

_PRICES = (0.1, 5000.0)
"""CNY between which the price of a security lies."""

_MEDIAN_PRICES = (0.5, 300.0)
"""CNY between which the median price of `_MANY` securities lies."""

_MANY = 20
_FUNDS = ("5", "15", "16", "18")


def check_margin_units(panel: Panel) -> None:
    """Refuse margin amounts that are a ten-thousandth, or less, of what they should be.

    Parameters
    ----------
    panel : Panel
        Securities of the mainland, without indices; others are left out.

    Raises
    ------
    DataError
        Naming the figure that was found, the unit that it suggests and the remedy.

    Notes
    -----
    `short_balance` / `short_volume` is a price. The median financing balance of a share lies above 1 million CNY, since
    2011 and in Shanghai and Shenzhen: a single large one in 10,000 CNY may pass for a small one in CNY. Purchases over
    balances tell nothing, both being in one unit.
    """
    if {"short_balance", "short_volume"} <= set(panel.fields) and "close" not in panel:
        _refuse_odd_price(panel)
    if "financing_balance" in panel and "financing_balance" not in panel.imputed:
        _refuse_small(panel)


def _refuse_odd_price(panel: Panel) -> None:
    if {"short_balance", "short_volume"} & set(panel.imputed):
        return
    columns = [j for j, symbol in enumerate(panel.symbols) if symbol[-3:] in (".SH", ".SZ", ".BJ")]
    price = ratio_of(panel["short_balance"][:, columns], panel["short_volume"][:, columns])
    known = price[np.isfinite(price)]
    if len(known) < LEAST_CELLS:
        return
    found = float(np.median(known))
    low, high = _MEDIAN_PRICES if np.isfinite(price).any(axis=0).sum() >= _MANY else _PRICES
    if low <= found <= high:
        return
    what = (
        "`short_balance` may be in 10,000 CNY"
        if found < low
        else "`short_volume` may be in lots of 100 shares, or `short_balance` in a smaller unit than CNY"
    )
    raise DataError(
        f"`short_balance` / `short_volume` is {found:.3g} on the median row, and should be a price of {low:g} to "
        f"{high:g} CNY: {what}; {_remedy('融券余额(万元)' if found < low else '融券余量(手)')}"
    )


def _refuse_small(panel: Panel) -> None:
    shares = [
        j for j, one in enumerate(panel.symbols) if one[-3:] in (".SH", ".SZ") and not one.startswith(_FUNDS)
    ]  # in Beijing balances are small, of funds they may be anything
    balance = panel["financing_balance"][panel.sessions >= _SINCE][:, shares]
    known = balance[balance > 0.0]
    if len(known) < LEAST_CELLS:
        return
    found = float(np.median(known))
    if found >= _SMALLEST:
        return
    unit = 1e4 if found * 1e4 >= _SMALLEST else 1e8
    header = {1e4: "融资余额(万元)", 1e8: "融资余额(亿元)"}[unit]
    raise DataError(
        f"`financing_balance` is {found:.3g} on the median row, and of shares on the margin list it should be above "
        f"{_SMALLEST:,.0f} CNY: the margin amounts may be in {NAMES[unit]} CNY; {_remedy(header)}"
    )


def _remedy(header: str) -> str:
    return f"write the unit behind the header of each such column, such as {header}, and import again"
