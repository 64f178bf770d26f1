"""Plain daily bars: day, open, high, low, close, volume, with or without amount and code."""

from .layout import YES_NO, Column, Layout

LAYOUTS = (
    Layout(
        name="ohlcv",
        description="Plain daily bars (day, open, high, low, close, volume)",
        source="daily bars",
        columns={
            "": "date",
            "unnamed:0": "date",
            "open": "open",
            "high": "high",
            "low": "low",
            "close": "close",
            "preclose": "pre_close",
            "pre_close": "pre_close",
            "prev_close": "pre_close",
            "volume": "volume",
            "amount": "amount",
            "adj_factor": "adj_factor",
            "limit_up": "limit_up",
            "limit_down": "limit_down",
            "is_st": Column("is_st", words=YES_NO),
            "suspended": Column("suspended", words=YES_NO),
        },
        required=("date", "open", "high", "low", "close", "volume"),
        scales={"volume": (1.0, 100.0), "amount": (1.0, 1e3, 1e4)},
    ),
)
"""Prices in CNY; volume in shares, amount in CNY unless amount / volume shows another unit."""
