"""Figures of views in words, alike on the terminal and on pages."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.language import say
from .holes import MARK

_CONTRARY = {
    "net purchases": "net repayments",
    "financing balance rises": "financing balance falls",
    "short volume rises": "short volume falls",
}
"""Name of what lasts -> its contrary."""


class Run(NamedTuple):
    """For how many observations in a row something lasts; below 0: its contrary."""

    name: str
    length: int


def value_words(row: Any, currency: str = "") -> str:
    """Return the value of a row of figures, such as ``2.267 trillion CNY`` or ``4.70 %``."""
    if row.unit == "fraction":
        return formats.percent(row.value, _digits(100.0 * row.value, 3))
    if row.unit in ("amount", "flow", "shares"):
        told = formats.short(row.value, sign=row.figure == "net_buy")
        return told if row.unit == "shares" else formats.with_currency(told, currency)
    return formats.number(row.value, 0 if row.unit == "count" else _digits(row.value, 3))


def _digits(value: float, significant: int) -> int:
    """Return how many decimals to show: two, more where a value below 1 would lose its significant digits."""
    size = abs(value)
    if not 1e-6 <= size < 1.0:  # smaller is what rounding leaves of nothing
        return 2
    return max(2, significant - 1 - int(np.floor(np.log10(size))))


def above_words(place: float | None) -> str:
    """Return a `percentile` in whole per cent, rounded down: 100 % only where all others lie below."""
    return formats.percent(None if place is None else np.floor(100.0 * place + 1e-9) / 100.0, 0)


def others_words(place: float, count: float, what: str = "sessions") -> str:
    """Return a `percentile` and what it is among, such as ``above 99 % of the other 249 sessions``."""
    others = f"{np.nan_to_num(max(count - 1, 0)):,.0f}"
    return say("above {place} of the other {others} {what}", place=above_words(place), others=others, what=say(what))


def change_words(value: float, unit: str) -> str:
    """Return a change: of a fraction in points, else in per cent."""
    if unit == "fraction":
        return formats.percent(value, _digits(100.0 * value, 1), sign=True).replace(" %", " pp")
    return formats.percent(value, 1, sign=True)


def moved_words(row: Any, span: int) -> str:
    """Return the change of a row of figures over a span, marked where it reaches over sessions that are lacking."""
    told = change_words(getattr(row, f"change_{span}"), row.unit)
    return told + marked(getattr(row, f"lacking_{span}")) if told != formats.NONE else told


def marked(lacking: float | None) -> str:
    """Return the mark of a change within which sessions are lacking, else nothing."""
    return MARK if lacking is not None and lacking > 0 else ""


def place_words(rank: Any, count: Any) -> str:
    """Return a rank in words, such as ``12/950``."""
    return formats.NONE if rank is None or pd.isna(rank) or count < 2 else f"{rank:.0f}/{count:,.0f}"


def as_of_words(date: Any, day: np.datetime64) -> str:
    """Return the session that a value is of where it is not the day, else nothing."""
    return "" if date is None or pd.isna(date) or date == pd.Timestamp(day) else str(date.date())


def run_name(run: Run) -> str:
    """Return what lasts: of a run below 0 the contrary."""
    return say(_CONTRARY[run.name] if run.length < 0 else run.name)


def run_words(run: Run) -> str:
    """Return a run, such as ``net purchases 3 in a row``."""
    return say("{what} {count} in a row", what=run_name(run), count=abs(run.length))


def reading_words(one: Any) -> str:
    """Return what a `Reading` says, such as ``balance_trend +0.31, rank 3 of 950``."""
    if np.isnan(one.score):
        return say("{rule} has no opinion", rule=one.rule)
    place = {"rule": one.rule, "score": f"{one.score:+.3g}", "rank": one.rank, "count": f"{one.scored:,}"}
    return say("{rule} {score}, rank {rank} of {count}", **place)


def peak_words(peak: Any, currency: str) -> str:
    """Return a peak, such as ``2.267 trillion CNY on 2015-06-18``."""
    return say("{value} on {when}", value=peak_value(peak, currency), when=peak_day(peak))


def peak_value(peak: Any, currency: str) -> str:
    """Return how high a peak is, such as ``2.267 trillion CNY``."""
    if peak.unit == "fraction":
        return formats.percent(peak.value)
    return formats.with_currency(formats.short(peak.value), currency)


def peak_day(peak: Any) -> str:
    """Return the day of a peak, and of how many securities it is where that differs by session."""
    if np.isnan(peak.securities):
        return peak.date
    return say("{date}, of {n} securities", date=peak.date, n=f"{peak.securities:,.0f}")


def compared_words(row: Any) -> str:
    """Return the name of a row of `last_year`, and of how many securities it is where these are not all of the day."""
    count = "" if row.securities is None or pd.isna(row.securities) else f" ({row.securities:,.0f})"
    return f"{formats.words(row.figure)}{count}"
