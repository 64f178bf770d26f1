"""How figures are worded, alike on the terminal and in the report."""

import math
from typing import Any

NONE = "–"
"""Shown where a figure does not exist."""

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


def number(value: float | None, digits: int = 2) -> str:
    """Return `value` with `digits` decimals and thousands separators."""
    return (
        NONE if value is None or _absent(value) else f"{round(value, digits) + 0.0:,.{digits}f}"
    )  # + 0.0: no negative zero


def count(value: int | None) -> str:
    """Return a whole number with thousands separators."""
    return NONE if _absent(value) else f"{value:,d}"


def words(name: str) -> str:
    """Return the machine name `name` in words: ``no_margin`` -> ``no margin``."""
    return name.replace("t_plus_1", "T+1").replace("pnl", "P&L").replace("_", " ")


def title(name: str) -> str:
    """Return `words` with a capital first letter: ``price_pnl`` -> ``Price P&L``."""
    spelt = words(name)
    return spelt[:1].upper() + spelt[1:]


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))
