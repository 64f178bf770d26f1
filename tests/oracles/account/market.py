"""What a session offers: prices, limits, marks, lists and what was published before it."""

from dataclasses import dataclass
from fractions import Fraction

from .numbers import exact, half_up
from .rules import board_of, limit_ratio, rule, tick_of


@dataclass(frozen=True)
class Action:
    """What one share receives on its ex-date."""

    day: object
    symbol: str
    cash: Fraction = Fraction(0)
    ratio: Fraction = Fraction(0)


@dataclass
class Quote:
    """One security in one session; None = not known, or no such limit."""

    board: str
    tick: Fraction
    trades: bool
    open: Fraction | None
    high: Fraction | None
    low: Fraction | None
    close: Fraction | None
    volume: Fraction | None
    mark: Fraction | None  # before the open: the last price, ex-right
    reference: Fraction | None  # of the limits and the uptick rule
    limit_up: Fraction | None
    limit_down: Fraction | None
    haircut: Fraction
    may_finance: bool
    may_short: bool
    finance_capped: bool
    short_capped: bool
    struck_off: tuple  # sides (financing, short) of whose lists it was struck off
    short_volume: Fraction | None  # published before the open
    borrowable: Fraction | None  # what the broker lends today

    @property
    def last(self):
        """Return the price that is known at the close."""
        return self.close if self.trades and self.close is not None else self.mark


FACTS = ("pe_static", "is_loss", "is_st", "haircut", "financing_eligible", "short_eligible", "sse180_member")


class Market:
    """Walks through the bars, one session after the other.

    Parameters
    ----------
    bars : dict of date to dict of symbol to dict of field to number
    actions : list of Action
    terms : Terms
    board : str, optional
        Of every security; by its code where absent.
    """

    def __init__(self, bars, actions, terms, board=None):
        self.bars, self.actions, self.terms = bars, actions, terms
        self.sessions = sorted(bars)
        self.symbols = list(dict.fromkeys(symbol for day in self.sessions for symbol in bars[day]))
        self.boards = {symbol: board or board_of(symbol) for symbol in self.symbols}
        self.has = {
            name for day in bars.values() for row in day.values() for name, x in row.items() if exact(x) is not None
        }
        self.quotes = {}
        first, is_valued = bars[self.sessions[0]], terms.opening is not None or terms.flows
        references = {symbol: exact(first.get(symbol, {}).get("pre_close")) for symbol in self.symbols}
        self.before = {symbol: price for symbol, price in references.items() if price is not None}
        """Marks of the close before the first session."""
        known = {symbol: {"mark": self.before[symbol]} if symbol in self.before else {} for symbol in self.symbols}
        known = known if is_valued else {symbol: {} for symbol in self.symbols}
        for day in self.sessions:
            self.quotes[day] = {symbol: self._quote(day, symbol, known[symbol]) for symbol in self.symbols}

    def published(self, name):
        """Return a field of the data by session and security."""
        return {
            day: {symbol: exact(row[name]) for symbol, row in rows.items() if exact(row.get(name)) is not None}
            for day, rows in self.bars.items()
        }

    def on(self, day):
        return [action for action in self.actions if action.day == day]

    def _quote(self, day, symbol, known):
        """Return the quote of a session; `known` is what the sessions before it left, and is brought up to date."""
        row = {name: exact(value) for name, value in self.bars[day].get(symbol, {}).items()}
        row = {name: value for name, value in row.items() if value is not None}
        board = self.boards[symbol]
        tick = tick_of(board)
        for action in self.on(day):
            if action.symbol == symbol and "mark" in known:
                known["mark"] = half_up((known["mark"] - action.cash) / (1 + action.ratio), tick)
        if known.setdefault("week", day.isocalendar()[:2]) != day.isocalendar()[:2]:  # the last close of a week counts
            known["week"], known["of_week"] = day.isocalendar()[:2], (known.get("pe_static"), known.get("is_loss"))
        for name in FACTS:
            if name in row:
                known[name] = row[name]
        if "close" in row or "borrowable_shares" in row:
            known["borrowable"] = row.get("borrowable_shares")
        trades = "open" in row and "close" in row and not row.get("suspended", 0)
        reference = row.get("pre_close", known.get("mark"))
        up, down = self._limits(day, board, tick, reference, row, known)
        quote = Quote(
            board=board,
            tick=tick,
            trades=trades,
            **{name: row.get(name) for name in ("open", "high", "low", "close", "volume")},
            mark=known.get("mark"),
            reference=reference,
            limit_up=up,
            limit_down=down,
            haircut=self._haircut(day, board, known),
            may_finance=self._listed("financing_eligible", known),
            may_short=self._listed("short_eligible", known),
            finance_capped=known.get("finance_capped", False),
            short_capped=known.get("short_capped", False),
            struck_off=tuple(
                kind
                for kind, name in (("financing", "financing_eligible"), ("short", "short_eligible"))
                if self.terms.eligibility == "panel" and known.get(name) == 0
            ),
            short_volume=known.get("short_volume"),
            borrowable=known.get("borrowable"),
        )
        self._remember(day, board, row, known, trades)
        return quote

    def _limits(self, day, board, tick, reference, row, known):
        """Return the upper and the lower limit of the day, each None where there is none."""
        if not self.terms.price_limits:
            return None, None
        first = rule("unlimited_first_sessions", day, board) or 0
        if "listed_sessions" in row and row["listed_sessions"] <= first:
            return None, None
        up, down = row.get("limit_up"), row.get("limit_down")
        if reference is not None:
            ratio = limit_ratio(day, board, known.get("is_st", 0))
            up = half_up(reference * (1 + ratio), tick) if up is None else up
            down = half_up(reference * (1 - ratio), tick) if down is None else down
        return up, down

    def _haircut(self, day, board, known):
        is_st = known.get("is_st", 0) and board != "etf"
        cap = rule(
            "haircut_cap",
            day,
            "etf" if board == "etf" else "st" if is_st else "member" if known.get("sse180_member") else "share",
        )
        haircut = min(known.get("haircut", cap), cap) if is_st else known.get("haircut", cap)
        ratio, loss = known.get("of_week", (None, None))
        line = rule("dear", day)
        if board != "etf" and line is not None and (loss or (ratio is not None and not 0 <= ratio < line)):
            haircut = min(haircut, rule("haircut_cap", day, "dear"))
        own = self.terms.haircut
        if own is None:
            return haircut
        return own.value if own.override else min(own.value, haircut)

    def _listed(self, name, known):
        return self.terms.eligibility == "all" or name not in self.has or bool(known.get(name, 0))

    def _remember(self, day, board, row, known, trades):
        """Take the close into the marks, and what is published of this session after it."""
        if trades:
            known["mark"] = row["close"]
        known["short_volume"] = row.get("short_volume")
        kind = "etf" if board == "etf" else "share"
        if "float_shares" not in self.has and "float_cap" in row and "close" in row:
            row["float_shares"] = row["float_cap"] / row["close"]
        sides = [("finance_capped", "float_cap", "financing_balance", "float_cap", kind)]
        sides.append(("short_capped", "short_float_cap", "short_volume", "float_shares", ""))
        for state, key, balance, float_, part in sides:
            if self.terms.float_cap and balance in row and float_ in row:
                share = row[balance] / row[float_]
                if share >= rule(f"{key}_suspend", day, part):
                    known[state] = True
                elif share < rule(f"{key}_resume", day, part):
                    known[state] = False
