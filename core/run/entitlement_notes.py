"""What the reader of a run has to know of rights issues and of the tax on dividends."""

from collections.abc import Iterator

import pandas as pd

from ..config.values import BY_HOLDING
from ..pages.language import joined, say
from ..pages.markup import tuples
from .scenario import Scenario

_SHOWN = 5


def entitlement_notes(scenario: Scenario, entitlements: pd.DataFrame | None) -> Iterator[str]:
    """Yield which rights lapsed and what they were worth, and what the equity does not hold of dividend tax."""
    if entitlements is not None:
        yield from _lapsed(scenario, entitlements[entitlements["kind"] == "rights_lapsed"])
    if scenario.config.account.dividend_tax_rate == BY_HOLDING:
        yield say(
            "Dividend tax by holding period is taken at the sale, where a broker takes it in the month after; what the "
            "shares still held would owe is not in the equity."
        )


def _lapsed(scenario: Scenario, rows: pd.DataFrame) -> Iterator[str]:
    if not len(rows):
        return
    named = [
        say(
            "{symbol} {day}, {shares} at {price}, worth {amount}",
            symbol=row.symbol,
            day=f"{row.date:%Y-%m-%d}",
            shares=f"{row.shares:,}",
            price=f"{row.price:g}",
            amount=f"{row.amount:,.2f}",
        )
        for row in tuples(rows.head(_SHOWN))
    ]
    shown = joined(named, "{one}; {other}")
    if len(rows) > _SHOWN:
        shown = say("{names} and {n} more", names=shown, n=len(rows) - _SHOWN)
    told = {"rights": shown, "sum": f"{rows['amount'].sum():,.2f}"}
    if scenario.config.account.subscribe_rights:
        yield say(
            "Rights that lapsed (more than the available cash paid for, or worth nothing): {rights}. In all {sum} CNY, "
            "which the fall of the price on the ex-date takes from the holder.",
            **told,
        )
    else:
        yield say(
            "Rights that lapsed (`account.subscribe_rights` is off): {rights}. In all {sum} CNY, which the fall of the "
            "price on the ex-date takes from the holder.",
            **told,
        )
