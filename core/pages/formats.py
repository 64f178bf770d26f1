"""How figures are worded, alike on the terminal and in the report."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .language import say, spoken

NONE = "–"
"""Shown where a figure does not exist."""

UNITS = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand"), (1.0, ""))
CHINESE_UNITS = ((1e12, "万亿"), (1e8, "亿"), (1e4, "万"), (1.0, ""))
UNIT_SIZES = {name: size for size, name in (*UNITS, *CHINESE_UNITS)}
"""The name of a unit -> how much it is."""

CHINESE_CURRENCIES = {"CNY": "元", "TWD": "新台币元", "shares": "股"}

CHINESE_AXES = {
    "moduleType": "locale",
    "name": "zh",
    "dictionary": {"open:": "开", "high:": "高", "low:": "低", "close:": "收"},
    "format": {
        "days": ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
        "shortDays": ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
        "months": [f"{month}月" for month in range(1, 13)],
        "shortMonths": [f"{month}月" for month in range(1, 13)],
        "date": "%Y-%m-%d",
        "decimal": ".",
        "thousands": ",",
        "grouping": [3],
    },
}
"""Dates, numbers and the prices of a candle of a Chinese chart, as plotly takes them."""

LONGEST_SPAN = 100
"""Years beyond which a span is only said to be longer."""

COSTS = ("commission", "stamp_duty", "transfer_fee", "financing_interest", "borrow_fee", "total", "still_accrued")
"""The order in which costs are listed; a summary that was read from disk has its keys in alphabetical order."""


def percent(value: float | None, digits: int = 2, sign: bool = False) -> str:
    """Return the fraction `value` as a percentage, such as ``-3.14 %``."""
    return (
        NONE
        if value is None or _absent(value)
        else f"{round(100.0 * value, digits) + 0.0:{'+' if sign and value else ''},.{digits}f} %"
    )


def amount(value: float | None, sign: bool = False) -> str:
    """Return `value` (CNY) rounded to whole yuan with thousands separators, such as ``1,234,567``."""
    if value is None or _absent(value):
        return NONE
    whole = round(value)  # an int has no negative zero
    return f"{whole:{'+' if sign and whole else ''},}"


def number(value: float | None, digits: int = 2, sign: bool = False) -> str:
    """Return `value` with `digits` decimals and thousands separators."""
    return (
        NONE
        if value is None or _absent(value)
        else f"{round(value, digits) + 0.0:{'+' if sign and value else ''},.{digits}f}"
    )  # + 0.0: no negative zero


def exact(value: float | str) -> str:
    """Return a value as people write it, with all its digits, such as ``100``, ``0.00001``; a text as it is."""
    return value if isinstance(value, str) else np.format_float_positional(value, trim="-")


def estimate(value: float | None, error: float | None, digits: int = 2) -> str:
    """Return `value` and its standard error, such as ``0.42 ± 0.31``; a single dash where there is no value."""
    return NONE if value is None or _absent(value) else f"{number(value, digits)} ± {number(error, digits)}"


def count(value: int | None) -> str:
    """Return a whole number with thousands separators."""
    return NONE if _absent(value) else f"{value:,d}"


def years(sessions: float | None, per_year: float) -> str:
    """Return a number of sessions as the years that they take; bounded, since nobody can use 80,000 years."""
    if sessions is None or math.isnan(sessions):
        return NONE
    if math.isinf(sessions):
        return say("never")
    span = sessions / per_year
    if span > LONGEST_SPAN:
        return say("more than {n} years", n=f"{LONGEST_SPAN}")
    return say("{n} years", n=f"{span:.1f}")


def unit_of(values: NDArray[np.float64], currency: str = "CNY") -> tuple[float, str]:
    """Return the unit for amounts of this size and its name, such as ``(1e9, "CNY billion")`` or ``(1e8, "亿元")``."""
    finite = np.abs(values[np.isfinite(values)])
    largest = finite.max() if finite.size else 0.0
    unit, name = next((one for one in _units() if largest >= one[0]), UNITS[-1])
    if spoken() == "zh":
        return unit, f"{name}{CHINESE_CURRENCIES.get(currency, currency)}"
    return unit, f"{currency} {name}".strip()


def short(value: float | None, sign: bool = False) -> str:
    """Return an amount in four digits with the name of its unit: ``2.267 trillion``, ``2.267万亿``."""
    if value is None or _absent(value):
        return NONE
    unit, name = next((one for one in _units() if abs(value) >= 0.99995 * one[0]), UNITS[-1])
    gap = "" if spoken() == "zh" else " "
    return f"{value / unit + 0.0:{'+' if sign and value else ''}.4g}{gap}{name}".strip()


def with_currency(told: str, currency: str) -> str:
    """Return an amount in words with its currency: ``2.267 trillion CNY``, ``2.267万亿元``; without one as it is."""
    if not currency:
        return told
    return f"{told}{CHINESE_CURRENCIES.get(currency, currency)}" if spoken() == "zh" else f"{told} {currency}"


def currency_name(currency: str) -> str:
    """Return a currency as a heading names it: ``CNY``, ``元``."""
    return CHINESE_CURRENCIES.get(currency, currency) if spoken() == "zh" else currency


def headline(value: float | None, sign: bool = False) -> str:
    """Return an amount (CNY) as a headline has it: ``1,234,567``, in Chinese ``123.5万``."""
    return short(value, sign) if spoken() == "zh" else amount(value, sign)


def _units() -> tuple[tuple[float, str], ...]:
    return CHINESE_UNITS if spoken() == "zh" else UNITS


def words(name: str) -> str:
    """Return the machine name `name` in words: ``no_margin`` -> ``no margin``."""
    return say(name.replace("t_plus_1", "T+1").replace("pnl", "P&L").replace("_", " "))


def title(name: str) -> str:
    """Return `words` with a capital first letter: ``price_pnl`` -> ``Price P&L``."""
    spelt = words(name)
    return spelt[:1].upper() + spelt[1:]


def idea(name: str) -> str:
    """Return a rule as a page names it: ``spread_zscore``, in Chinese with its Chinese name behind it."""
    said = words(name)
    return name if spoken() == "en" or said == name.replace("_", " ") else f"{name} {said}"


def named(heading: str) -> str:
    """Return a heading that was made of a machine name, ``Financing balance``, in the language that is spoken."""
    said = say(heading)
    return said if said != heading else title(heading[:1].lower() + heading[1:])


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))
