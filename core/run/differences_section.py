"""Where the ledger differs from a broker's own figures: a section of the page."""

import pandas as pd

from ..pages import formats
from ..pages.language import heard, say
from ..pages.markup import day, muted, section, tuples
from ..pages.table_markup import table

SHOWN_DIFFERENCES = 60
"""Rows of the table; differences.csv has them all."""


def differences_section(differences: pd.DataFrame | None) -> str:
    """Return the section, in the order of the file; empty where nothing was compared."""
    if differences is None:
        return ""
    title = say("Differences from the broker's figures")
    if differences.empty:
        return section(title, muted(say("Every figure of the broker's that was compared agrees.")))
    head = (
        *(say("Line"), say("Day"), say("Kind"), say("Security"), say("Figure")),
        *(say("Ours"), say("The broker's"), say("Difference")),
    )
    rows = [
        (
            formats.count(row.line),
            day(row.date),
            formats.words(row.kind),
            row.symbol or formats.NONE,
            heard(row.item.replace("_", " ")),
            formats.number(row.ours, 4),
            formats.number(row.brokers, 4),
            formats.number(row.difference, 4),
        )
        for row in tuples(differences.sort_values(["date", "line"], kind="stable").head(SHOWN_DIFFERENCES))
    ]
    rest = len(differences) - len(rows)
    caption = say("Begin with the first: cash after a line carries an earlier difference on.")
    if rest > 0:
        caption = f"{caption} {say('{n} more are in {file}.', n=formats.count(rest), file='differences.csv')}"
    return section(title, muted(caption) + table(head, rows, texts=5))
