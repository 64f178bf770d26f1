"""One run of the oracle: session after session, in the ledger's order of the day."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from . import ratios
from .book import Book
from .desk import Desk
from .market import Market
from .moving import Moves, Opening
from .orders import NO_FEES, Admission, Execution, Fill, beyond, bought_for, lot_ceiling, lot_floor, of_odd_lot
from .rules import rule

ZERO = Fraction(0)
RATE_OF = {"financing": "financing_rate", "short": "borrow_rate"}


def is_quarter_day(day):
    """Return whether interest on cash is credited on a day."""
    return day.day == 20 and day.month in (3, 6, 9, 12)


@dataclass
class Refused:
    """One row of the table of refusals; `reasons` are all that the ledger knows against the order."""

    day: object
    symbol: str
    kind: str
    shares: int
    reasons: frozenset


@dataclass
class Close:
    """One row of the table of equity."""

    day: object
    cash: Fraction
    long_value: Fraction
    short_value: Fraction
    principal: Fraction
    accrued: Fraction
    equity: Fraction
    maintenance_ratio: object
    available_margin: Fraction


class Run:
    """The account over the bars.

    Parameters
    ----------
    bars : dict of date to dict of symbol to dict of field to number
    orders : list of (date, Order)
        In the order of their submission; an amount of a purchase was made shares before.
    terms : Terms
    actions : list of Action
    board : str, optional
    recalls : list of (date, symbol, shares or None for all)
    """

    def __init__(self, bars, orders, terms, actions=(), board=None, recalls=()):
        self.market = Market(bars, list(actions), terms, board)
        self.terms, self.orders, self.recalls = terms, orders, recalls
        self.sessions = self.market.sessions
        self.book = Book(cash=terms.cash, in_cents=terms.interest_rounding == "cent")
        self.fills, self.refusals, self.closes = [], [], []
        self.desk = Desk(self)
        self.moves = Moves(self)
        self.last_marks = self.market.before
        self.last_day: Any = None
        terms.of_data = self.market.published("borrow_rate")
        if terms.opening is not None:
            opening = Opening(terms.opening)
            first = self.sessions[0]
            haircuts = {symbol: quote.haircut for symbol, quote in self.market.quotes[first].items()}
            opening.into(self.book, terms, first, haircuts)
            self.last_day = opening.day
        self.start_equity = ratios.equity(self.book, self.last_marks)

    @property
    def below_warning(self):
        return ratios.maintenance(self.book, self.prices) < self.terms.warn

    def session(self, t):
        return self.sessions[t] if t < len(self.sessions) else None

    def available_margin(self):
        haircuts = {symbol: quote.haircut for symbol, quote in self.quotes.items()}
        return ratios.available_margin(self.book, self.prices, haircuts)

    def go(self):
        """Run through all sessions and return this run."""
        for t, day in enumerate(self.sessions):
            self.open(t, day)
            self.desk.act()
            for when, order in self.orders:
                if when == day:
                    self.submit(order)
            self.close()
        return self

    # ---- before the open ------------------------------------------------------------------------------------------

    def open(self, t, day):
        """Accrue, carry out corporate actions, and value everything at the price of the session's fills."""
        self.t, self.day, self.quotes = t, day, self.market.quotes[day]
        self.book.day, self.book.today = day, {}
        if self.last_day:
            self._earn(self._days(day)[0])
        self.moves.before(day, self.last_marks)
        if self.last_day:
            self._accrue(*self._days(day))
        self.last_day = day
        for action in self.market.on(day):
            self.book.act(action, self.terms.dividend_tax_rate)
        settled = self.desk.settle()
        if settled:
            self.fills.append(Fill(self.day, "", "repay", 0, None, settled, NO_FEES, settled))
        self.cover_delay = bool(rule("cover_delay_sessions", day))
        self.prices = {symbol: self._price(quote) for symbol, quote in self.quotes.items()}

    def _days(self, day):
        """Return the calendar days that are charged since the last session, and those that have come since."""
        charged = [self.last_day + timedelta(days=i) for i in range((day - self.last_day).days)]
        return charged, [one + timedelta(days=1) for one in charged]

    def _earn(self, charged):
        """Let the cash of the close before bring interest, ahead of what moves."""
        for one in charged:
            of_cash = self.terms.rate("cash_rate", one, "")
            is_plain = self.terms.proceeds_rate is None
            self.book.earn(of_cash, of_cash if is_plain else self.terms.rate("proceeds_rate", one, ""))

    def _accrue(self, charged, come):
        self.book.accrue(charged, self.terms.fee_basis, self.last_marks, self._rate_on)
        if any(map(is_quarter_day, come)):
            self.book.cash += self.book.earned
            self.book.credited, self.book.earned = self.book.credited + self.book.earned, ZERO
        posting = self.terms.interest_posting_day
        if posting and any(d.day == posting for d in come):
            self._post()

    def _rate_on(self, contract, day):
        """Return what a contract pays on a calendar day: its own rate, or the day's."""
        if self.terms.penalty_rate is not None and contract in self.desk.due:
            return self.terms.penalty_rate
        if self.terms.rate_of == "opening":
            return contract.rate
        return self.terms.rate(RATE_OF[contract.kind], day, contract.symbol)

    def _post(self):
        """Pay all accrued interest and fees from cash, as far as there is any."""
        posted = self.book.post(self.book.financing + self.book.shorts)
        if posted:
            self.fills.append(Fill(self.day, "", "repay", 0, None, posted, NO_FEES, posted))

    def _price(self, quote):
        """Return the value of a share at a fill: the last price where it does not trade, or not at such a price."""
        price = quote.open if self.terms.fill == "open" else quote.close
        if not quote.trades or beyond(quote, price):
            return quote.mark if quote.mark is not None else ZERO
        return price

    # ---- orders ---------------------------------------------------------------------------------------------------

    def submit(self, order):
        """Judge an order as asked; carry out what the day's volume leaves of it."""
        order = of_odd_lot(order, self.book.owed(order.symbol), self.quotes)
        admission = Admission(self, order)
        reasons = admission.reasons()
        if reasons:
            self._refuse(order, order.shares, reasons)
        elif order.kind == "repay":
            self.fills.append(Execution(self).repay(order))
        elif order.kind == "return_shares":
            self.fills.append(Execution(self).return_shares(order))
        else:
            done = self.cut(order, order.shares)
            if done < order.shares:
                self._refuse(order, order.shares - done, {"expired"})
            if done:
                order.shares = done
                self.trade(order, admission.price)

    def _refuse(self, order, shares, reasons):
        self.refusals.append(Refused(self.day, order.symbol, order.kind, shares, frozenset(reasons)))

    def cut(self, order, shares):
        """Return how many of `shares` what is left of the day's volume lets through, in whole lots unless all."""
        quote = self.quotes[order.symbol]
        if self.terms.volume_share is None or quote.volume is None:
            return shares
        used = sum(
            fill.shares for fill in self.fills if fill.day == self.day and fill.symbol == order.symbol and fill.price
        )
        most = max(int(quote.volume * self.terms.volume_share // 1) - used, 0)
        traded = lot_ceiling(quote.board, shares) if order.kind == "buy_to_return" else shares
        return shares if traded <= most else lot_floor(quote.board, most)

    def trade(self, order, price, name=None):
        shares = bought_for(order, self.quotes[order.symbol].board)
        self.fills.append(Execution(self).fill(order, price, shares, name))

    # ---- after the close ------------------------------------------------------------------------------------------

    def close(self):
        """Mark, judge, and write the row of the day."""
        self.prices = {symbol: quote.last or ZERO for symbol, quote in self.quotes.items()}
        self.last_marks = self.prices
        book, prices = self.book, self.prices
        self.closes.append(
            Close(
                self.day,
                book.cash,
                ratios.long_value(book, prices),
                ratios.short_value(book, prices),
                book.principal,
                book.accrued,
                ratios.equity(book, prices),
                ratios.maintenance(book, prices),
                self.available_margin(),
            )
        )
        self.desk.judge()
