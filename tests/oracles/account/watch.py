"""What the risk desk sees beside the close: the worst prices of the day, and how much one security is of the assets."""

import math
from fractions import Fraction
from typing import Any

from . import ratios
from .numbers import half_up
from .rules import limit_ratio

ZERO = Fraction(0)


class Watch:
    """The part of the desk that values the account; `Desk` has the state."""

    run: Any
    book: Any
    terms: Any
    depth: tuple
    crowded: Any
    say: Any

    def _watch(self):
        """Say when one security becomes a larger part of the assets than the tier of the ratio allows."""
        prices, book = self.run.prices, self.book
        assets, ratio = ratios.assets(book, prices), ratios.maintenance(book, prices)
        shares = [share for below, share in sorted(self.terms.concentration) if ratio < below][:1]
        held = {symbol: book.held(symbol) * prices[symbol] for symbol in self.run.quotes}
        most = max(held.values(), default=ZERO)
        above = next((symbol for symbol in held if held[symbol] == most), None)
        if not shares or most <= shares[0] * assets:
            above = None
        if above is not None and above != self.crowded:
            self.say("concentrated", ratio, amount=most - shares[0] * assets)
        self.crowded = above

    def look_down(self):
        """Value what is held at the lows of the day and what is owed at its highs."""
        book, lows, highs = self.book, {}, {}
        for symbol, quote in self.run.quotes.items():
            last = quote.last or ZERO
            lows[symbol] = highs[symbol] = last
            if quote.trades:
                up, down = self._reach(symbol, quote)
                low = quote.low if down is None else max(quote.low, down)
                high = quote.high if up is None else min(quote.high, up)
                lows[symbol], highs[symbol] = min(low, last), max(high, last)
        owed = book.principal + book.accrued + ratios.short_value(book, highs)
        self.depth = book.cash + ratios.long_value(book, lows), owed

    def _reach(self, symbol, quote):
        """Return the prices beyond which nothing traded; a fund's code does not tell its limits: the widest."""
        published = self.run.market.bars[self.run.day][symbol].get("limit_up")
        if quote.board != "etf" or quote.limit_up is None or published is not None:
            return quote.limit_up, quote.limit_down
        ratio = limit_ratio(self.run.day, "chinext", 0)
        up, down = (
            half_up(quote.reference * (1 + ratio), quote.tick),
            half_up(quote.reference * (1 - ratio), quote.tick),
        )
        return max(up, quote.limit_up), min(down, quote.limit_down)

    def _lowest(self):
        return self.depth[0] / self.depth[1] if self.depth[1] else math.inf

    def _lacks(self, line):
        return line * self.depth[1] - self.depth[0]
