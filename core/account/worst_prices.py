"""The account at the worst prices of a session, as a bound of its lowest ratio (`account.judge: low`).

Every long is valued at the low of its day and every share owed at the high, all at once: the account was never worse,
and mostly not as bad. Counted are the positions that met the day's prices: those after the fills, where orders fill at
the open; those before them, where they fill at the close. A security that did not trade stands at its mark, and a price
beyond the session's limits, which cannot have been, counts as the limit.
"""

import numpy as np

from ..config.options import code
from ..kernels.jit import lean, lean_inlined
from .credit import SHORT, Ledger, Totals
from .quotes import MarketArrays, limits_at, outer_limits

AT_LOW = code("judge", "low")


@lean_inlined
def is_judged_before_fills(market: MarketArrays) -> bool:
    """Tell whether the account is judged at its worst prices, and by the positions before the session's fills."""
    return market.options.judge == AT_LOW and market.fills_at_close


@lean_inlined
def is_judged_after_fills(market: MarketArrays) -> bool:
    """Tell whether the account is judged at its worst prices, and by the positions after the session's fills."""
    return market.options.judge == AT_LOW and not market.fills_at_close


@lean
def worst_prices(market: MarketArrays, t: int, j: int) -> tuple[float, float]:
    """Return the least and the highest price, CNY, at which security `j` was valued on session `t`."""
    mark = market.marks[t, j]
    low, high = market.day_low[t, j], market.day_high[t, j]
    if market.suspended[t, j] > 0.0:
        return mark, mark
    highest, lowest = outer_limits(market, t, j, *limits_at(market, t, j))
    low = mark if np.isnan(low) else min(mark, max(low, lowest))
    high = mark if np.isnan(high) else max(mark, min(high, highest))
    return low, high


@lean
def worst_totals(ledger: Ledger, market: MarketArrays, t: int) -> Totals:
    """Return the account's sums with longs at the low of session `t` and shares owed at its high."""
    long_value = short_value = principal = accrued = locked = 0.0
    for j in ledger.held[: ledger.account[0]["held"]]:
        if ledger.collateral[j] > 0.0:
            long_value += ledger.collateral[j] * worst_prices(market, t, j)[0]
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        accrued += c["accrued"] + c["compensation"]
        principal += c["principal"]
        locked += c["locked"]
        if c["shares"] > 0.0:
            low, high = worst_prices(market, t, c["symbol"])
            if c["kind"] == SHORT:
                short_value += c["shares"] * high
            else:
                long_value += c["shares"] * low
    return Totals(ledger.account[0]["cash"], long_value, short_value, principal, accrued, locked)
