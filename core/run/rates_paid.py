"""What a run paid on average for what it borrowed, and what that would have cost at the list price."""

import math
from typing import Any, NamedTuple

import pandas as pd

from ..config.presets import LIST_PRICE


class Borrowed(NamedTuple):
    """One kind of borrowing: how the contracts' table and the summary call it."""

    kind: str  # of contracts
    rate: str  # key of the account
    cost: str  # of the summary


BORROWED = (
    Borrowed("financing", "financing_rate", "financing_interest"),
    Borrowed("short", "borrow_rate", "borrow_fee"),
)


def rates_paid(contracts: pd.DataFrame) -> dict[str, Any]:
    """Return the figures of the table `contracts` of a result.

    Returns
    -------
    dict
        `rates_paid`: financing_rate and borrow_rate, fractions per year, interest over amount x time; NaN where nothing
        was borrowed. `at_list_price`: financing_interest and borrow_fee, CNY, of the same amounts and days.

    Notes
    -----
    Time counts as it was charged: calendar days over the day count, at least one day. A penalty rate is part of it.
    """
    paid, listed = {}, {}
    for one in BORROWED:
        rows = contracts[contracts["kind"] == one.kind]
        years = math.fsum(rows["amount_years"])
        paid[one.rate] = math.fsum(rows["interest"]) / years if years > 0.0 else math.nan
        listed[one.cost] = LIST_PRICE[one.rate] * years
    return {"rates_paid": paid, "at_list_price": listed}
