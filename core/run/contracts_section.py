"""Financing and short contracts of a run, most interest first, on its page."""

from typing import Any

import pandas as pd

from ..pages import formats
from ..pages.language import say
from ..pages.markup import day, muted, section, tuples
from ..pages.table_markup import table

SHOWN_CONTRACTS = 500
"""Rows of the table; contracts.csv has them all."""


def contracts_section(contracts: pd.DataFrame) -> str:
    """Return the section."""
    title = say("Contracts")
    if contracts.empty:
        return section(title, muted(say("No contract was opened.")), folded=True)
    shown = contracts.sort_values(["interest", "id"], ascending=[False, True])
    head = (
        *(say("Kind"), say("Security"), say("Opened"), say("Due"), say("Closed"), say("No.")),
        *(say("Shares"), say("Amount, CNY"), say("Rate"), say("Interest, CNY")),
    )
    rows = [_row(row) for row in tuples(shown.head(SHOWN_CONTRACTS))]
    caption = say("Most interest first. Amount: principal of a financing contract, sale of a short one.")
    rest = len(contracts) - len(rows)
    tail = say("{n} more rows are in {file}.", n=formats.count(rest), file="contracts.csv") if rest > 0 else ""
    return section(
        title, muted(caption) + table(head, rows, texts=5) + (muted(tail) if tail else ""), lead=_lead(contracts)
    )


def _lead(contracts: pd.DataFrame) -> str:
    counts = contracts["kind"].value_counts()
    return say(
        "{financing} financing and {short} short contracts, {open} of them open at the end.",
        financing=formats.count(int(counts.get("financing", 0))),
        short=formats.count(int(counts.get("short", 0))),
        open=formats.count(int(contracts["closed"].isna().sum())),
    )


def _row(row: Any) -> tuple[str, ...]:
    return (
        formats.words(row.kind),
        row.symbol,
        day(row.opened),
        day(row.due),
        day(row.closed) if row.closed is not pd.NaT else say("still open"),
        str(row.id),
        formats.count(row.shares),
        formats.amount(row.sell_amount if row.kind == "short" else row.principal),
        formats.percent(row.rate),
        formats.number(row.interest),
    )
