"""The market's dated rules that the account needs, copied from the rulebook's starting table."""

from datetime import date
from fractions import Fraction
from typing import Any

from .numbers import exact

# key, part of the market, effective, value
ROWS = [
    ("financing_margin_ratio", "", "2010-03-31", "0.50"),
    ("financing_margin_ratio", "", "2015-11-23", "1.00"),
    ("financing_margin_ratio", "", "2023-09-11", "0.80"),
    ("financing_margin_ratio", "", "2026-01-19", "1.00"),
    ("short_margin_ratio", "", "2010-03-31", "0.50"),
    ("short_margin_ratio", "", "2023-10-30", "0.80"),
    ("short_margin_ratio", "", "2024-07-22", "1.00"),
    ("short_margin_ratio", "private_fund", "2023-10-30", "1.00"),
    ("short_margin_ratio", "private_fund", "2024-07-22", "1.20"),
    ("haircut_cap", "share", "2010-03-31", "0.65"),
    ("haircut_cap", "member", "2010-03-31", "0.70"),
    ("haircut_cap", "etf", "2010-03-31", "0.90"),
    ("haircut_cap", "st", "2010-03-31", "0.00"),
    ("haircut_cap", "dear", "2016-12-12", "0.00"),
    ("dear", "", "2016-12-12", "300"),
    ("cover_delay_sessions", "", "2010-03-31", "0"),
    ("cover_delay_sessions", "", "2015-08-04", "1"),
    ("stamp_duty_sell", "", "2008-09-19", "0.001"),
    ("stamp_duty_sell", "", "2023-08-28", "0.0005"),
    ("transfer_fee", "sz", "1990-12-19", "0.0000255"),
    ("transfer_fee", "sh", "1990-12-19", "0"),
    ("transfer_fee", "", "2015-08-01", "0.00002"),
    ("transfer_fee", "", "2022-04-29", "0.00001"),
    ("transfer_fee_on_par", "sh", "1990-12-19", "0.0003"),
    ("transfer_fee_on_par", "sh", "2015-08-01", "0"),
    ("price_limit", "main", "1996-12-16", "0.10"),
    ("price_limit", "main st", "1998-04-22", "0.05"),
    ("price_limit", "main st", "2026-07-06", "0.10"),
    ("price_limit", "chinext", "2009-10-30", "0.10"),
    ("price_limit", "chinext", "2020-08-24", "0.20"),
    ("price_limit", "star", "2019-07-22", "0.20"),
    ("price_limit", "bse", "2021-11-15", "0.30"),
    ("unlimited_first_sessions", "main", "2023-04-10", "5"),
    ("unlimited_first_sessions", "chinext", "2020-08-24", "5"),
    ("unlimited_first_sessions", "star", "2019-07-22", "5"),
    ("unlimited_first_sessions", "bse", "2021-11-15", "1"),
    ("statutory_call", "", "2010-03-31", "1.30"),
    ("statutory_call", "", "2019-08-19", None),
    ("statutory_cure", "", "2010-03-31", "1.50"),
    ("statutory_cure", "", "2015-07-01", None),
    ("statutory_grace", "", "2010-03-31", "2"),
    ("statutory_grace", "", "2015-07-01", None),
    ("extension", "", "2010-03-31", "0"),
    ("extension", "", "2015-07-01", "1"),
    ("float_cap_suspend", "share", "2010-03-31", "0.25"),
    ("float_cap_resume", "share", "2010-03-31", "0.20"),
    ("float_cap_suspend", "etf", "2010-03-31", "0.75"),
    ("float_cap_resume", "etf", "2010-03-31", "0.70"),
    ("short_float_cap_suspend", "", "2010-03-31", "0.25"),
    ("short_float_cap_resume", "", "2010-03-31", "0.20"),
]

LOTS = {"main": (100, 100), "chinext": (100, 100), "star": (200, 1), "bse": (100, 1), "etf": (100, 100)}
"""Least number of shares of an order, and the step above it."""


def rule(key, day, *parts) -> Any:
    """Return the number of `key` on `day` for any of `parts` of the market, the latest row; None = no row."""
    named = parts or ("",)
    rows = [(date.fromisoformat(row[2]), row[3]) for row in ROWS if row[0] == key and row[1] in named]
    rows = [row for row in rows if row[0] <= day]
    return exact(max(rows, key=lambda row: row[0])[1]) if rows else None


def board_of(symbol):
    """Return the board of a code such as 688001.SH."""
    code, exchange = symbol.split(".")
    if exchange == "BJ":
        return "bse"
    if exchange == "SH":
        return "star" if code[:3] in ("688", "689") else "etf" if code[:2] in ("51", "56", "58") else "main"
    return "chinext" if code[:3] in ("300", "301") else "etf" if code[:2] == "15" else "main"


def tick_of(board):
    return Fraction(1, 1000) if board == "etf" else Fraction(1, 100)


def limit_ratio(day, board, is_st) -> Any:
    """Return the ratio of the day's price limits; funds have the main board's, only the main board knows ST."""
    if board == "etf":
        return rule("price_limit", day, "main")
    if board == "main" and is_st:
        return rule("price_limit", day, "main st")
    return rule("price_limit", day, board)
