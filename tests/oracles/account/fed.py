"""The oracle fed with the orders of a run that chose them itself, such as the compiled engine's."""

from fractions import Fraction

from .numbers import exact
from .orders import Admission, Order
from .rules import LOTS
from .run import Run
from .tables import of_result


class Fed(Run):
    """A run of the oracle that submits what the fills and refusals of a result say was submitted.

    Notes
    -----
    Two tables do not say how refused orders lay between those that were filled: a refusal is right where one of the
    places that keep the order of the table gives one of its reasons.
    """

    def feed(self, result):
        """Run through all sessions with the orders of `result`; return this run."""
        tables = of_result(result)
        held = result.positions
        shorts = () if held is None else zip(held["date"].dt.date, held["symbol"], held["short"], strict=True)
        self.owed_at_close = {(day, symbol): int(shares) for day, symbol, shares in shorts}
        self.wrong = []  # (day, text): refusals that the oracle knows no place for
        for t, day in enumerate(self.sessions):
            self.open(t, day)
            self.desk.act()
            fills = [row for row in tables["fills"] if row["date"] == day and not self._is_own(row)]
            self._day(fills, [row for row in tables["refusals"] if row["date"] == day])
            self.close()
        doubtful = min((day for day, _ in self.desk.doubts), default=self.sessions[-1])
        self.wrong = [(day, text) for day, text in self.wrong if day < doubtful or not self.desk.doubts]
        return self

    def _is_own(self, row):
        """Return whether a fill is no order: forced, or interest that was posted."""
        posted = (
            row["kind"] == "repay"
            and row["value"] == row["interest"]
            and (self.terms.interest_posting_day or self.terms.extension == "conditional")
        )
        return row["kind"].startswith("forced_") or bool(posted)

    def _day(self, fills, refusals):
        traded = {(row["symbol"], row["kind"]) for row in fills}
        rest = {}  # (symbol, kind) -> shares that expired of a fill
        refused = []
        for row in refusals:
            key = row["symbol"], row["kind"]
            if row["reason"] == "expired" and key in traded:
                rest.setdefault(key, []).append(row["shares"])
            else:
                refused.append(row)
        for row in fills:
            refused = self._refused(refused)
            expired = rest.get((row["symbol"], row["kind"]), [])
            self.submit(self._order(row, expired.pop(0) if expired else 0))
        for row in self._refused(refused):
            self.wrong.append((self.day, f"refusal {row}: oracle {sorted(self._reasons(row))}"))

    def _refused(self, rows):
        """Return the refusals that are left after those that hold at this point."""
        for k, row in enumerate(rows):
            if row["reason"] not in self._reasons(row):
                return rows[k:]
            self._refuse(Order(row["symbol"], row["kind"]), row["shares"], {row["reason"]})
        return []

    def _reasons(self, row):
        """Return what speaks against the order of a refusal; `expired` where nothing but the volume does."""
        order = Order(row["symbol"], row["kind"], int(row["shares"]), amount=Fraction(10**12))
        reasons = Admission(self, order).reasons()
        return reasons or ({"expired"} if order.kind != "repay" and not self.cut(order, order.shares) else set())

    def _order(self, row, expired):
        if row["kind"] == "repay":
            debt = self.book.owed_on(self.book.financing)
            is_all = abs(debt - exact(row["value"])) < Fraction(1, 10**6)
            return Order("", "repay", amount=debt if is_all else exact(row["value"]))
        shares = int(row["shares"] + expired)
        if row["kind"] == "buy_to_return":
            shares = self._returned(row["symbol"], int(row["shares"]), exact(row["interest"])) + int(expired)
        return Order(row["symbol"], row["kind"], shares)

    def _returned(self, symbol, bought, paid):
        """Return how many of the shares bought were returned, which no fill says; the rest is excess of a lot.

        Those whose fee was paid. Where several numbers have that fee, as at a rate of 0, the one that leaves owed what
        the positions of the close say.
        """
        owed = self.book.owed(symbol)
        most = min(bought, owed)
        least = max(most - LOTS[self.quotes[symbol].board][0], 0)
        fits = [n for n in range(most, least, -1) if abs(self._fee(symbol, n) - paid) < Fraction(1, 10**6)]
        told = owed - self.owed_at_close.get((self.day, symbol), 0)
        return told if len(fits) > 1 and told in fits else (fits or [most])[0]

    def _fee(self, symbol, shares):
        """Return the borrow fee that goes with `shares`, without the dividends owed."""
        fee = Fraction(0)
        for short in self.book.returnable(symbol, self.cover_delay):
            given = min(shares, short.shares)
            fee += self.book.payable((short.interest + self.book.day_of(short)) * Fraction(given, short.shares))
            shares -= given
        return fee
