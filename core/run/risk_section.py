"""The report's section on calls, forced sales and contracts that fell due."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ..pages import formats
from ..pages.language import say
from ..pages.markup import day, muted, section, sorted_counts, tuples
from ..pages.table_markup import table
from .result import Result

_NAMED = 5
SHOWN_ROWS = 50
"""Rows of each table; margin_events.csv and forced_sales.csv have them all."""


def risk_section(result: Result) -> str:
    """Return what happened to the account at its closes, and what the broker sold."""
    events, forced = result.margin_events, result.forced_sales
    if events.empty and forced.empty:
        content = muted("No call, no forced sale, and no contract fell due.")
    else:
        content = _events(events) + _forced(forced)
    content = _during(result.summary) + _concentrated(result) + content
    return section(say("Margin calls and forced sales"), content)


def _during(summary: Mapping[str, Any]) -> str:
    """Return the lowest ratio during a session, where the run judged it."""
    if summary.get("lowest_intraday_ratio") is None:
        return ""
    ratio, date = formats.percent(summary["lowest_intraday_ratio"]), summary["lowest_intraday_date"]
    return muted(
        f"During a session the maintenance ratio was never below {ratio} ({date}): longs at the low of their day, "
        "shorts at the high, all at once, which is a bound. Events named low happened at such prices."
    )


def _concentrated(result: Result) -> str:
    """Return on how many sessions one security was above its tier at the close, and which."""
    sessions = result.summary.get("sessions_concentrated")
    if sessions is None:
        return ""
    if not sessions or result.concentration is None:
        return muted("At no close was one security more of the assets than its tier of the concentration allows.")
    counted = sorted_counts(result.concentration["symbol"].value_counts().to_dict())
    named = ", ".join(f"{symbol} {formats.count(n)}" for symbol, n in counted[:_NAMED])
    more = f" and {formats.count(len(counted) - _NAMED)} more" if len(counted) > _NAMED else ""
    return muted(
        f"Closes at which one security was more of the assets than its tier of the concentration allows: "
        f"{formats.count(sessions)} ({named}{more}; concentration.csv). "
        "Purchases beyond a tier are refused; such a close is only told."
    )


def _events(events: pd.DataFrame) -> str:
    """Return how often each event occurred, and those of the account itself: contracts fall due by the hundred."""
    of_account = events[events["contract"] == 0]
    counted = ", ".join(
        f"{formats.words(name)} {formats.count(n)}"
        for name, n in sorted_counts(events["event"].value_counts().to_dict())
    )
    shown = of_account.head(SHOWN_ROWS)
    rows = [
        (
            day(row.date),
            formats.words(row.event),
            formats.percent(row.ratio),
            day(row.deadline),
            formats.amount(row.amount),
        )
        for row in tuples(shown)
    ]
    head = ("Date", "Event", "Maintenance ratio", "Deadline", "Amount, CNY")
    told = f"Events: {counted or 'none'}. Amount: what would restore the ratio, a shortfall, or the cash asked for."
    caption = muted(told + _rest(len(of_account), "margin_events.csv"))
    return caption + (table(head, rows, texts=2) if rows else "")


def _forced(forced: pd.DataFrame) -> str:
    if forced.empty:
        return muted("The broker sold nothing.")
    part = forced["done"] < forced["wanted"]
    stopped = sorted_counts(forced.loc[part, "reason"].value_counts().to_dict())
    reasons = ", ".join(f"{formats.words(name)} {formats.count(n)}" for name, n in stopped)
    told = (
        f"Orders of the broker: {formats.count(len(forced))}, not wholly carried out: {formats.count(int(part.sum()))}"
    )
    told += f" ({reasons})." if reasons else "."
    rows = [_forced_row(row) for row in tuples(forced.head(SHOWN_ROWS))]
    head = ("Date", "Cause", "Order", "Security", "Left undone because", "Wanted", "Done", "Price", "Value, CNY")
    caption = muted(told + " Wanted and done: shares; of a repayment CNY." + _rest(len(forced), "forced_sales.csv"))
    return caption + table(head, rows, texts=5)


def _forced_row(row: Any) -> tuple[str, ...]:
    is_cash = row.kind == "repay"
    return (
        day(row.date),
        formats.words(row.cause),
        formats.words(row.kind),
        row.symbol or formats.NONE,
        formats.words(row.reason) or formats.NONE,
        formats.amount(row.wanted),
        formats.amount(row.done),
        formats.number(row.price),
        formats.amount(row.done if is_cash else row.done * row.price),
    )


def _rest(count: int, file: str) -> str:
    beyond = count - SHOWN_ROWS
    return f" {formats.count(beyond)} more are in {file}." if beyond > 0 else ""
