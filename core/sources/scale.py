"""Units that a header leaves open: told by what the values must have in common."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from ..errors import DataError
from ..panel.panel import Panel
from ..panel.unit_ratios import medians_of, ratio_of
from ..types import Panel2D, Row
from .base import Finding
from .layout import Layout

_MONEY = ("financing_balance", "financing_buy", "financing_repay", "short_balance", "total_balance", "spread")
_SHARES = ("short_volume", "short_sell", "short_repay")
_PRICE = 10.0
"""CNY; about the average price of what is short."""

_WORDS: Mapping[float, str] = MappingProxyType(
    {0.01: "percent", 100.0: "lots of 100 shares", 1e3: "thousands", 1e4: "10,000", 1e8: "100 million"}
)

MARKET_TOTALS: Mapping[str, float] = MappingProxyType(
    {
        "2010-03-31": 6.5e6,
        "2010-06-30": 1.9e9,
        "2010-12-31": 1.3e10,
        "2011-12-30": 3.8e10,
        "2012-12-31": 8.6e10,
        "2013-12-31": 3.4e11,
        "2014-12-31": 1.02e12,
        "2015-06-18": 2.27e12,
        "2015-12-31": 1.17e12,
        "2018-12-20": 7.6e11,
        "2021-12-31": 1.71e12,
        "2023-12-29": 1.58e12,
        "2026-01-05": 2.54e12,
    }
)
"""Day -> financing balance of Shanghai and Shenzhen together, CNY; between them it is interpolated in logarithms.
Source: the exchanges' daily totals (上交所、深交所融资融券交易总量)."""

_DECADE = 1.2
"""Powers of ten by which an exchange's totals may differ from both exchanges' together."""


def market_factor(panel: Panel, factors: Sequence[float]) -> tuple[float, str]:
    """Return the factor that makes the financing balance of `panel` a total of the market, and why.

    Raises
    ------
    DataError
        None does: the rows are of something else.
    """
    balance = panel["financing_balance"][:, 0]
    days = np.array(list(MARKET_TOTALS), dtype="datetime64[D]").astype(float)
    known = np.interp(panel.sessions.astype(float), days, np.log10(list(MARKET_TOTALS.values())))
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log10(balance) - known
    usable = gap[np.isfinite(gap)]
    if not len(usable):
        raise DataError("no financing balance above 0: totals of the market are not that small")
    off = float(np.median(usable))
    factor = min(factors, key=lambda one: abs(off + np.log10(one)))
    if abs(off + np.log10(factor)) > _DECADE:
        raise DataError(
            f"the financing balance is {10**off:.3g} times the market's total of those days: no total in CNY, "
            "10,000 or 100 million CNY; rows of a security need its code"
        )
    return factor, f"{10**off:.2g} times the market's known total of those days"


def turnover_factor(panel: Panel, name: str, factors: Sequence[float]) -> tuple[float, str]:
    """Return the factor of volume or amount for which amount / volume is a price, and why.

    Where nothing can tell, the first factor and an empty reason.
    """
    if not {"amount", "volume", "close"} <= set(panel.fields):
        return factors[0], ""
    average = ratio_of(panel["amount"], panel["volume"])
    off = medians_of(ratio_of(average, panel["close"]))
    if np.isnan(off).all():
        off = ratio_of(average, panel["close"]).ravel()
    off = off[np.isfinite(off)]
    if not len(off):
        return factors[0], ""
    # A volume in lots makes the price too high, an amount in thousands too low.
    found = float(np.median(off))
    wanted = found if name == "volume" else 1.0 / found
    factor = min(factors, key=lambda one: abs(np.log10(wanted / one)))
    near = abs(np.log10(wanted / factor)) < 0.3
    return (factor, f"amount / volume is {found:.3g} times the close") if near else (factors[0], "")


def in_words(factor: float) -> str:
    """Return a factor in words."""
    return _WORDS.get(factor, f"{factor:g} times")


def scaled(values: Row, factor: float) -> Row:
    """Return values x factor, as if the decimal digits had been multiplied: 12.34 x 10,000 is 123,400 exactly."""
    if factor == 1.0:
        return values
    if factor < 1.0:
        return values / round(1.0 / factor)
    product = values * factor
    snapped = np.rint(product * 100.0) / 100.0
    return np.where(np.abs(product - snapped) <= 8 * np.finfo(float).eps * np.abs(product), snapped, product)


def settle(
    panel: Panel, layout: Layout, open_units: frozenset[str], is_adjusted: bool, where: str
) -> tuple[Panel, list[Finding]]:
    """Return `panel` with the units that headers leave open decided by its values, and what was decided.

    Raises
    ------
    DataError
        Totals that are none of the market in any unit, or in the unit that their header states.
    """
    if layout.scaled == "market":
        return _market(panel, layout, open_units, where)
    findings: list[Finding] = []
    for name in [one for one in layout.scales if one in open_units and one in panel]:
        if layout.scaled == "fraction":
            factor, why = fraction_factor(panel[name], layout.scales[name])
        elif is_adjusted:
            continue
        else:
            factor, why = turnover_factor(panel, name, layout.scales[name])
        if factor != 1.0:
            panel = panel.with_fields({name: scaled(panel[name], factor)})
            findings.append(_decided(name, factor, why, where))
    return panel, findings


def _decided(names: str, factor: float, why: str, where: str) -> Finding:
    detail = f"{names} read as {in_words(factor)}: as it stands, {why}"
    return Finding(kind="unit_by_values", count=1, detail=detail, where=where)


def _market(panel: Panel, layout: Layout, open_units: frozenset[str], where: str) -> tuple[Panel, list[Finding]]:
    factor, why = market_factor(panel, layout.scales["financing_balance"])
    if factor == 1.0:
        return panel, []
    if not open_units:
        raise DataError(f"the financing balance is {why}, though its header says CNY: check the unit in the header")
    money = {name: scaled(panel[name], factor) for name in _MONEY if name in panel}
    wide = panel.with_fields(money)
    findings = [_decided(", ".join(money), factor, why, where)]
    if {"short_balance", "short_volume"} <= set(panel.fields):
        # Shares come in the unit of the money, or as they are: their average price tells.
        price = float(np.nanmedian(ratio_of(wide["short_balance"], wide["short_volume"])))
        if abs(np.log10(price / factor / _PRICE)) < abs(np.log10(price / _PRICE)):
            shares = {name: scaled(panel[name], factor) for name in _SHARES if name in panel}
            wide = wide.with_fields(shares)
            findings.append(_decided(", ".join(shares), factor, f"the average price would be {price:.3g} CNY", where))
    return wide, findings


def fraction_factor(values: Panel2D, factors: Sequence[float]) -> tuple[float, str]:
    """Return 0.01 for values in percent, 1 for fractions, and why."""
    largest = float(np.nanmax(values))
    return (factors[-1], f"its largest value is {largest:g}") if largest > 1.0 else (factors[0], "")
