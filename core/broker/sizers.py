"""A sizer that knows lots."""

from typing import Any

import backtrader as bt

from ..account.admission import Quote
from ..account.lots import lots_down, lots_up, sale_down
from ..errors import ConfigError
from .commission import AccountCommission

_ROUNDING = ("down", "up", "nearest")


class LotSizer(bt.Sizer):
    """Sizes in counts that the exchange takes: ``cerebro.addsizer(LotSizer, percent=0.2)``.

    Parameters
    ----------
    percent : float, optional
        A purchase (or a short sale) of this fraction of the cash that may be spent, fees included; 0.2 is 20 %, as in
        `order_target_percent`. A sale is of all that is held, a purchase while shares are owed of all that is owed.
    shares : int, optional
        This many shares, and at most what is held or owed where that is sold or bought back. Without either: one lot.
    rounding : str
        To lots `down` (default), `up` or `nearest`; sales of what is held go down, the odd remainder with the last.

    Raises
    ------
    ConfigError
        A parameter out of its range, both sizes at once, or a broker that is no credit account.

    Notes
    -----
    Where not even one lot fits, nothing is ordered.
    """

    params = (("percent", None), ("shares", None), ("rounding", "down"))

    def __init__(self) -> None:
        percent, shares = self.p.percent, self.p.shares
        if percent is not None and shares is not None:
            raise ConfigError(f"LotSizer takes `percent` or `shares`, got both: {percent} and {shares}")
        if percent is not None and not 0.0 < percent <= 1.0:
            raise ConfigError(f"`percent` of LotSizer should be a fraction in (0, 1], got {percent}: 0.2 is 20 %")
        if shares is not None and not shares > 0:
            raise ConfigError(f"`shares` of LotSizer should be above 0, got {shares}")
        if self.p.rounding not in _ROUNDING:
            raise ConfigError(f"`rounding` of LotSizer should be {', '.join(_ROUNDING)}, got {self.p.rounding!r}")

    def _getsizing(self, comminfo: Any, cash: float, data: Any, isbuy: bool) -> int:
        if not isinstance(comminfo, AccountCommission):
            raise ConfigError("LotSizer needs a CreditBroker, whose market knows the lots: set it as cerebro.broker")
        quote, holding = comminfo.quote(), self.broker.holding(data)
        held = holding.own + holding.financed
        closes = holding.owed if isbuy else held
        if closes > 0.0:
            shares = closes if self.p.percent is not None else min(self._fixed(quote), closes)
            return int(shares) if isbuy else sale_down(shares, held, quote)
        if self.p.percent is None:
            return self._fixed(quote)
        return self._affordable(comminfo, self.p.percent * cash, float(data.close[0]))

    def _fixed(self, quote: Quote) -> int:
        return self._rounded(quote.lot_minimum if self.p.shares is None else self.p.shares, quote)

    def _affordable(self, comminfo: AccountCommission, budget: float, price: float) -> int:
        """Return the lots whose price and fees `budget` CNY pays; rounded otherwise, about as many."""
        quote = comminfo.quote()
        if not (price > 0.0 and budget > 0.0):
            return 0
        if self.p.rounding != "down":
            return self._rounded(budget / price, quote)
        size = comminfo.getsize(price, budget)
        while size > 0 and size * price + comminfo.getcommission(size, price) > budget:
            size = lots_down(size - 1, quote)
        return size

    def _rounded(self, shares: float, quote: Quote) -> int:
        below, above = lots_down(shares, quote), lots_up(shares, quote)
        if self.p.rounding == "nearest":
            return below if shares - below <= above - shares else above
        return above if self.p.rounding == "up" else below
