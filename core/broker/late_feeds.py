"""A warning for indicators on a security that is listed after the panel's first session."""

import warnings
from typing import Any

import backtrader as bt

from .feed import PanelFeed


class LateListing(UserWarning):
    """Indicators read a security whose bars begin with NaN; some of them never recover from it."""


def tell_late(strategies: list[Any]) -> None:
    """Warn once where a strategy has indicators and a panel feed whose first bar is NaN; called at the first session.

    backtrader seeds EMA, RSI, MACD, ATR and their like on the first bars, and NaN stays in them for ever.
    """
    late = {
        data._name: None
        for strategy in strategies
        if strategy._lineiterators[bt.LineIterator.IndType]
        for data in strategy.datas
        if isinstance(data, PanelFeed) and data.close[0] != data.close[0]
    }
    if late:
        shown = ", ".join(list(late)[:3]) + (f" and {len(late) - 3} more" if len(late) > 3 else "")
        warnings.warn_explicit(
            f"listed after the panel's first session: {shown}. Indicators that build on their own last value (EMA, "
            "RSI, MACD, ATR) stay NaN there; give such a security as bt.feeds.PandasData(dataname=frame, name=symbol)",
            LateListing,
            "liangrong",
            0,
            module=__name__,
        )
