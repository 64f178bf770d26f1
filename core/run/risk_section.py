"""The report's section on calls and what else happened to the account at its closes."""

from typing import Any

import pandas as pd

from ..pages import formats
from ..pages.language import say
from ..pages.markup import day, muted, section, sorted_counts, tuples
from ..pages.table_markup import table
from .forced_section import during
from .result import Result

_NAMED = 5


def risk_section(result: Result) -> str:
    """Return what happened to the account at its closes."""
    events = result.margin_events
    content = during(result.summary) + _concentrated(result)
    if events.empty:
        content += muted(say("No warning, no call, and no contract fell due."))
    else:
        content += _events(events)
    return section(say("Margin calls and other events"), content, folded=events.empty)


def _concentrated(result: Result) -> str:
    """Return on how many sessions one security was above its tier at the close, and which."""
    sessions = result.summary.get("sessions_concentrated")
    if sessions is None:
        return ""
    if not sessions or result.concentration is None:
        return muted(say("At no close was one security more of the assets than its tier of the concentration allows."))
    counted = sorted_counts(result.concentration["symbol"].value_counts().to_dict())
    named = ", ".join(f"{symbol} {formats.count(n)}" for symbol, n in counted[:_NAMED])
    return muted(
        say(
            "Closes at which one security was more of the assets than its tier of the concentration allows: {n} "
            "({named}; all in {file}). Purchases beyond a tier are refused; such a close is only told.",
            n=formats.count(sessions),
            named=named,
            file="concentration.csv",
        )
    )


def _events(events: pd.DataFrame) -> str:
    """Return how often each event occurred, and those of the account itself: contracts fall due by the hundred."""
    of_account = events[events["contract"] == 0]
    counted = ", ".join(
        f"{formats.words(name)} {formats.count(n)}"
        for name, n in sorted_counts(events["event"].value_counts().to_dict())
    )
    told = say(
        "Events: {events}. Amount: what would restore the ratio, a shortfall, or the cash asked for. The table has "
        "those of the account; those of single contracts are in {file}.",
        events=counted,
        file="margin_events.csv",
    )
    head = (say("Date"), say("Event"), say("Deadline"), say("Maintenance ratio"), say("Amount, CNY"))
    rows = [_row(row) for row in tuples(of_account)]
    return muted(told) + (table(head, rows, texts=3, file="margin_events.csv") if rows else "")


def _row(row: Any) -> tuple[str, ...]:
    ratio, amount = formats.percent(row.ratio), formats.amount(row.amount)
    return day(row.date), formats.words(row.event), day(row.deadline), ratio, amount
