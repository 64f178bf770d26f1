"""Round trips, slowly: every share that moved is written down, and the figures are summed up when all is over.

It sees an account from outside: how many shares of each security were own, financed and owed before and after whatever
happened. It imports nothing of the project.
"""

from dataclasses import dataclass, field
from fractions import Fraction

COLUMNS = (
    *("symbol", "kind", "opened", "closed", "sessions", "days", "shares", "entry_price", "exit_price"),
    *("buy_value", "sell_value", "price_profit", "dividends", "fees", "interest", "profit", "return"),
    *("fills", "is_forced", "is_open"),
)


@dataclass
class Held:
    """Shares of one security; `own` and `released` together are the collateral."""

    own: int = 0
    released: int = 0
    financed: int = 0
    short: int = 0

    def of(self, kind):
        return {"collateral": self.own, "financed": self.released + self.financed, "short": self.short}[kind]


@dataclass
class Noted:
    """A trip as what was noted of it."""

    symbol: str
    kind: str
    opened: object
    first: int
    lines: list = field(default_factory=list)  # (what, shares, CNY, fees, number of the fill, is forced)
    most: int = 0
    closed: object = None
    last: int | None = None

    def total(self, what, place):
        return sum((Fraction(line[place]) for line in self.lines if line[0] == what), Fraction(0))


class Tracer:
    """What an onlooker notes of an account.

    Parameters
    ----------
    sessions : list of date
    mark : callable(date, str)
        CNY per share at the close.
    """

    def __init__(self, sessions, mark):
        self.sessions, self.mark = sessions, mark
        self.held, self.live, self.trips, self.owner = {}, {}, [], {}
        self.fill_number = 0

    # ---- what happens ---------------------------------------------------------------------------------------------

    def begin(self, day, shares, contracts, price):
        """Note what is there before the first session: (collateral, financed, short) by security."""
        for symbol, (own, financed, short) in shares.items():
            for kind, count in (("collateral", own), ("financed", financed), ("short", short)):
                bears = any(c[1] == symbol and c[2] == kind for c in contracts)
                if count or bears:
                    trip = self._trip(symbol, kind, day, 0)
                    trip.lines.append(
                        ("in", count, Fraction(count) * Fraction(price[symbol]) if count else 0, 0, 0, False)
                    )
            self.held[symbol] = Held(own, 0, financed, short)
        self._own_contracts(contracts)
        self._settle(day, None)

    def transfer(self, day, symbol, shares, amount):
        """Note collateral that came in, or went where `shares` is negative."""
        held = self._held(symbol)
        if shares > 0:
            held.own += shares
            self._trip(symbol, "collateral", day).lines.append(("in", shares, amount, 0, 0, False))
        else:
            self._own_out(symbol, -shares, amount, 0, 0, False)
        self._settle(day, symbol)

    def action(self, day, symbol, before, after, received, owed):
        """Note a corporate action: the (collateral, financed, short) before and after it."""
        held = self._held(symbol)
        assert (held.own + held.released, held.financed, held.short) == before
        long = before[0] + before[1]
        new = after[0] + after[1] - long
        own = held.own * new // long if held.own < long and long else new
        parts = {"collateral": held.own, "financed": long - held.own}
        for kind, count in parts.items():
            if count:
                share = Fraction(received) * count / long
                self.live[symbol, kind].lines.append(("dividend", 0, share, 0, 0, False))
        if before[2]:
            self.live[symbol, "short"].lines.append(("dividend", 0, -Fraction(owed), 0, 0, False))
        held.own += own if parts["collateral"] else 0
        held.financed, held.short = after[1], after[2]
        held.released = after[0] - held.own
        assert held.released >= 0
        self._settle(day, symbol)

    def tax(self, symbol, amount):
        """Note tax on dividends that a sale paid: of the trips that still hold, else of the last that held."""
        counts = {kind: self._held(symbol).of(kind) for kind in ("collateral", "financed")}
        long = sum(counts.values())
        for kind, count in counts.items():
            if count:
                line = ("dividend", 0, -Fraction(amount) * count / long, 0, 0, False)
                self.live[symbol, kind].lines.append(line)
        if not long:
            last = [trip for trip in self.trips if trip.symbol == symbol and trip.kind != "short"][-1]
            last.lines.append(("dividend", 0, -Fraction(amount), 0, 0, False))

    def end(self, day, symbol, before, successor, came, price, cash):
        """Note the end of a listing: `came` (collateral, financed, short) of the successor for each held share."""
        held = self._held(symbol)
        assert (held.own + held.released, held.financed, held.short) == before
        if not successor and not cash:  # what nobody takes is collateral; borrowed shares are a debt at the last price
            held.released, held.financed = held.released + held.financed, 0
            if held.short:
                self.live[symbol, "short"].lines.append(("out", held.short, Fraction(price) * held.short, 0, 0, False))
                held.short = 0
            self._settle(day, symbol)
            return
        worth = Fraction(price) if successor else Fraction(cash)
        goes_on = Fraction(price) - Fraction(cash)
        own_new = came[0] * held.own // before[0] if before[0] else 0
        rows = [
            ("collateral", held.own, own_new),
            ("financed", held.released, came[0] - own_new),
            ("financed", held.financed, came[1]),
            ("short", held.short, came[2]),
        ]
        for kind, count, _ in rows:
            if count:
                self.live[symbol, kind].lines.append(("out", count, worth * count, 0, 0, False))
        self.held[symbol] = Held()
        self._settle(day, symbol)
        if successor:
            other = self._held(successor)
            for kind, count, new in rows:
                if count:
                    self._trip(successor, kind, day).lines.append(("in", new, goes_on * count, 0, 0, False))
            other.own, other.released = other.own + own_new, other.released + came[0] - own_new
            other.financed, other.short = other.financed + came[1], other.short + came[2]
            self._settle(day, successor)

    def fill(self, day, symbol, order, before, after, contracts):
        """Note a fill.

        `order`: kind, is_forced, shares, value, fees, and `old`: the financed shares that were not bought today.
        `before` and `after`: security -> (collateral, financed, short).
        """
        self.fill_number += 1
        number, kind, shares = self.fill_number, order["kind"], order["shares"]
        released = {name: after[name][0] - before[name][0] for name in after}
        if kind != "repay":
            released[symbol] = 0
            self._trade(day, symbol, order, before[symbol], after[symbol], released, number, shares)
        for name, count in released.items():
            if count:
                held = self._held(name)
                held.released, held.financed = held.released + count, held.financed - count
        for name, count in after.items():
            held = self._held(name)
            assert (held.own + held.released, held.financed, held.short) == count, (day, name, held, count)
        self._own_contracts(contracts)
        for name in after:
            self._settle(day, name)

    def _trade(self, day, symbol, order, before, after, released, number, shares):
        kind, value, fees, forced = order["kind"], Fraction(order["value"]), Fraction(order["fees"]), order["is_forced"]
        held = self._held(symbol)

        def line(what, count):
            return what, count, value * count / shares, fees * count / shares, number, forced

        if kind == "buy":
            held.own += shares
            self._trip(symbol, "collateral", day).lines.append(line("in", shares))
        elif kind == "margin_buy":
            held.financed += shares
            self._trip(symbol, "financed", day).lines.append(line("in", shares))
        elif kind == "short_sell":
            held.short += shares
            self._trip(symbol, "short", day).lines.append(line("in", shares))
        elif kind == "sell":
            self._own_out(symbol, shares, value, fees, number, forced)
        elif kind == "sell_to_repay":  # financed shares first
            financed = min(shares, order["old"])
            if financed:
                held.financed -= financed
                self.live[symbol, "financed"].lines.append(line("out", financed))
            rest = shares - financed
            self._own_out(symbol, rest, value * rest / shares, fees * rest / shares, number, forced)
            released[symbol] = after[0] - before[0] + rest
        elif kind == "buy_to_return":
            excess = after[0] - before[0]
            held.short -= shares - excess
            if shares > excess:
                self.live[symbol, "short"].lines.append(line("out", shares - excess))
            if excess:
                held.own += excess
                self._trip(symbol, "collateral", day).lines.append(line("in", excess))
        elif kind == "return_shares":
            worth = Fraction(self.mark(day, symbol))
            own, financed = before[0] - after[0], before[1] - after[1]
            assert own + financed == shares
            held.short -= shares
            self.live[symbol, "short"].lines.append(("out", shares, worth * shares, 0, number, forced))
            if financed:
                held.financed -= financed
                self.live[symbol, "financed"].lines.append(("out", financed, worth * financed, 0, number, forced))
            self._own_out(symbol, own, worth * own, 0, number, forced)

    def _own_out(self, symbol, shares, value, fees, number, forced):
        """Let collateral go: own shares first, then released ones."""
        if not shares:
            return
        held = self._held(symbol)
        own = min(held.own, shares)
        for kind, count in (("collateral", own), ("financed", shares - own)):
            if count:
                part = Fraction(count, shares)
                self.live[symbol, kind].lines.append(
                    ("out", count, Fraction(value) * part, Fraction(fees) * part, number, forced)
                )
        held.own -= own
        held.released -= shares - own
        assert held.released >= 0

    # ---- bookkeeping ----------------------------------------------------------------------------------------------

    def _held(self, symbol):
        return self.held.setdefault(symbol, Held())

    def _trip(self, symbol, kind, day, first=None):
        if (symbol, kind) not in self.live:
            trip = Noted(symbol, kind, day, self.sessions.index(day) if first is None else first)
            self.live[symbol, kind] = trip
            self.trips.append(trip)
        return self.live[symbol, kind]

    def _own_contracts(self, contracts):
        for number, symbol, kind in contracts:
            if number not in self.owner:
                self.owner[number] = self.live[symbol, kind]

    def _settle(self, day, symbol):
        """Note how much each trip holds, and close those that hold nothing."""
        for (name, kind), trip in list(self.live.items()):
            if symbol in (None, name):
                count = self._held(name).of(kind)
                trip.most = max(trip.most, count)
                if not count:
                    trip.closed = day
                    trip.last = self.sessions.index(day) if symbol else 0
                    del self.live[name, kind]

    # ---- what it comes to -----------------------------------------------------------------------------------------

    def rows(self, interest):
        """Return the trips as dicts of `COLUMNS`; `interest` is CNY by the number of a contract."""
        assert sorted(interest) == sorted(self.owner)
        for number, amount in interest.items():
            self.owner[number].lines.append(("interest", 0, amount, 0, 0, False))
        return [self._row(trip) for trip in self.trips]

    def _row(self, trip):
        is_open = trip.closed is None
        end = self.sessions[-1] if is_open else trip.closed
        left = self._held(trip.symbol).of(trip.kind) if is_open else 0
        shares_in, shares_out = trip.total("in", 1), trip.total("out", 1) + left
        entered = trip.total("in", 2)
        gone = trip.total("out", 2) + (Fraction(self.mark(end, trip.symbol)) * left if left else 0)
        fees_in = trip.total("in", 3)
        fees, dividends, interest = fees_in + trip.total("out", 3), trip.total("dividend", 2), trip.total("interest", 2)
        is_short = trip.kind == "short"
        price_profit = entered - gone if is_short else gone - entered
        profit = price_profit + dividends - fees - interest
        capital = entered if is_short else entered + fees_in
        values = (
            trip.symbol,
            trip.kind,
            trip.opened,
            trip.closed,
            (len(self.sessions) if is_open else trip.last) - trip.first,
            (end - trip.opened).days,
            trip.most,
            entered / shares_in if shares_in else None,
            gone / shares_out if shares_out else None,
            gone if is_short else entered,
            entered if is_short else gone,
            price_profit,
            dividends,
            fees,
            interest,
            profit,
            profit / capital if capital else None,
            len({line[4] for line in trip.lines} - {0}),
            int(any(line[5] for line in trip.lines)),
            int(is_open),
        )
        return dict(zip(COLUMNS, values, strict=True))
