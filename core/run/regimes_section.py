"""A run by market regime, on its page: only where it touches two or more."""

from typing import Any

from ..pages import formats
from ..pages.language import say
from ..pages.markup import section
from ..pages.table_markup import table


def regimes_section(regimes: list[dict[str, Any]]) -> str:
    """Return the section; empty for a run within one regime, whose figures are those of the whole."""
    if len(regimes) < 2:
        return ""
    head = (
        *(say("Regime"), say("From"), say("To"), say("Sessions"), say("Return"), say("Annualised")),
        *(say("Volatility"), say("Sharpe ratio"), say("Max drawdown")),
    )
    fractions = ("total_return", "annualised_return", "volatility")
    rows = [
        [
            *(say(row["regime"]), row["start_date"], row["end_date"], formats.count(row["sessions"])),
            *(formats.percent(row[name]) for name in fractions),
            *(formats.number(row["sharpe"]), formats.percent(row["max_drawdown"])),
        ]
        for row in regimes
    ]
    gained = sum((row["total_return"] or 0.0) > 0.0 for row in regimes)
    lead = say("{up} of {all} regimes gained.", up=formats.count(gained), all=formats.count(len(regimes)))
    return section(say("By market regime"), table(head, rows, texts=3), lead=lead)
