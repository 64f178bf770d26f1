"""What the reader of a run has to know of rights issues and of the tax on dividends."""

from collections.abc import Iterator

import pandas as pd

from ..config.values import BY_HOLDING
from .scenario import Scenario

_SHOWN = 5


def entitlement_notes(scenario: Scenario, entitlements: pd.DataFrame | None) -> Iterator[str]:
    """Yield which rights lapsed and what they were worth, and what the equity does not hold of dividend tax."""
    if entitlements is not None:
        yield from _lapsed(scenario, entitlements[entitlements["kind"] == "rights_lapsed"])
    if scenario.config.account.dividend_tax_rate == BY_HOLDING:
        yield (
            "Dividend tax by holding period is taken at the sale, where a broker takes it in the month after; what the "
            "shares still held would owe is not in the equity."
        )


def _lapsed(scenario: Scenario, rows: pd.DataFrame) -> Iterator[str]:
    if not len(rows):
        return
    shown = [
        f"{row.symbol} {row.date:%Y-%m-%d}, {row.shares:,} at {row.price:g}, worth {row.amount:,.2f}"
        for row in rows.head(_SHOWN).itertuples()
    ]
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    why = (
        "more than the available cash paid for, or worth nothing"
        if scenario.config.account.subscribe_rights
        else "`account.subscribe_rights` is off"
    )
    yield (
        f"Rights that lapsed ({why}): {'; '.join(shown)}{more}. In all {rows['amount'].sum():,.2f} CNY, which the fall "
        "of the price on the ex-date takes from the holder."
    )
