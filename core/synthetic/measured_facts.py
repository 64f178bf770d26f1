"""Stylised facts of real markets, as `facts_of` measured them: what a synthetic market is held against."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .stylised_facts import FACTS


class Measured(NamedTuple):
    """The figures of one set of real data."""

    source: str  # what they are, in words
    figures: Mapping[str, float]


REAL: Mapping[str, Measured] = MappingProxyType(
    {
        "A-shares": Measured(
            "daily bars of 200 A-shares of baostock, unadjusted, 2010-03-31..2021-09-30; none of them was delisted",
            {
                "volatility": 0.420,
                "kurtosis": 6.00,
                "memory_1": 0.210,
                "memory_20": 0.112,
                "market_share": 0.299,
                "limit_up": 0.00955,
            },
        ),
        "four with margin": Measured(
            "600519, 600036, 000001, 000651 as SSE and SZSE published them, 2017-09..2018-08",
            {
                "volatility": 0.332,
                "kurtosis": 4.72,
                "memory_1": 0.0636,
                "memory_20": 0.0463,
                "market_share": 0.228,
                "limit_up": 0.00254,
                "chases_rises": 0.136,
                "chases_falls": 0.148,
                "shorts_rises": -0.0948,
                "buy_share": 0.141,
                "unbought": 0.0,
                "short_part": 0.0145,
                "break_rate": 0.105,
            },
        ),
        "Taiwan": Measured(
            "MI_MARGN and prices of 1,366 securities of TWSE, 2025-11-03..2026-08, of which 456 were judged",
            {
                "volatility": 0.385,
                "kurtosis": 4.35,
                "memory_1": 0.116,
                "memory_20": 0.0052,
                "market_share": 0.221,
                "chases_rises": 0.00409,
                "chases_falls": 0.0728,
                "shorts_rises": 0.00954,
                "buy_share": 0.0383,
                "unbought": 0.18,
                "short_part": 0.0199,
                "break_rate": 0.00836,
            },
        ),
        "totals": Measured(
            "totals of the mainland, 2010-03-31..2018-12-21: medians and sums over sessions, not over securities",
            {"financing_to_cap": 0.0205, "short_part": 0.00575, "break_rate": 0.0033},
        ),
    }
)
"""Short name -> figures; what a set of data cannot tell is absent."""


def beside_real(figures: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return the figures of `facts_of`, each with its label and the same of real data, None where they lack it."""
    return [
        {
            "name": name,
            "label": fact.label,
            "value": figures[name],
            "real": {which: one.figures.get(name) for which, one in REAL.items()},
        }
        for name, fact in FACTS.items()
    ]


MOST_UNBOUGHT = 0.25
"""Part of the rows without a purchase on margin beyond which a market is coarser than the real ones are."""


def fact_notes(figures: Mapping[str, float]) -> list[str]:
    """Return in words what would be misread in the figures of `facts_of`."""
    part = figures["unbought"]
    if not part > MOST_UNBOUGHT:
        return []
    why = ", which makes the median of purchases over turnover 0" if figures["buy_share"] == 0.0 else ""
    return [
        f"On {100.0 * part:.0f} % of the rows nobody buys on margin{why}: coarser than real markets. In a market of "
        "accounts these are too few for so many securities, since each stands for many clients alike who trade on the "
        "same session: take more accounts or fewer securities."
    ]
