"""Orders: what is asked, why it may be refused, and what its fill does to the account."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from . import ratios
from .book import Financing, Short, months_later
from .costs import Fees, fees_of, slipped
from .rules import LOTS

ZERO = Fraction(0)
PURCHASES = ("buy", "margin_buy", "buy_to_return")
SALES = ("sell", "sell_to_repay", "short_sell")
OPENINGS = ("margin_buy", "short_sell")
TRADES = PURCHASES + SALES
NO_FEES = Fees(ZERO, ZERO, ZERO)


@dataclass
class Order:
    """What the client asks for: shares, or CNY of a repayment."""

    symbol: str
    kind: str
    shares: int = 0
    amount: Fraction = ZERO
    price: Fraction | None = None  # the client states it


@dataclass
class Fill:
    """One row of the table of fills."""

    day: object
    symbol: str
    kind: str
    shares: int
    price: Fraction | None  # of what is not traded
    value: Fraction
    fees: Fees
    interest: Fraction


def lot_floor(board, shares):
    """Return the most that may be bought in one order of at most `shares`."""
    least, step = LOTS[board]
    return 0 if shares < least else least + (shares - least) // step * step


def bought_for(order, board):
    """Return the shares that an order buys: an odd remainder is bought up to a lot (余券)."""
    if order.kind != "buy_to_return":
        return order.shares
    return lot_ceiling(board, order.shares)


def of_odd_lot(order, owed, quotes):
    """Return a purchase within the last lot of what is owed as one of what is owed; its excess is the client's own."""
    if order.kind != "buy_to_return" or not 0 < owed < order.shares:
        return order
    return replace(order, shares=owed) if order.shares <= lot_ceiling(quotes[order.symbol].board, owed) else order


def lot_ceiling(board, shares):
    """Return the least order size of at least `shares`."""
    least, step = LOTS[board]
    return max(least, least + -(-(shares - least) // step) * step)


class Admission:
    """Judges one order at its fill and gives every reason that speaks against it.

    Parameters
    ----------
    run : Run
        Book, quotes, prices and terms of the moment.
    order : Order
    """

    def __init__(self, run, order):
        self.run, self.order, self.terms, self.book = run, order, run.terms, run.book
        self.quote = run.quotes.get(order.symbol)
        self.price: Any = None

    def reasons(self):
        """Return the set of reasons; empty where the order may be carried out as asked."""
        kind, found = self.order.kind, set()
        if self.run.desk.insolvent or (self.run.desk.selling and kind in ("buy", *OPENINGS)):
            found.add("frozen")
        if kind == "repay":
            return found | self._repayment()
        if kind in TRADES:
            found |= self._session()
            if self.price is None:
                return found | self._possession()
            found |= self._lot()
        found |= self._possession()
        if kind in OPENINGS:
            found |= self._opening()
        if kind in PURCHASES:
            found |= self._money()
        if kind in ("buy", "margin_buy") and self.terms.concentration:
            found |= self._concentration()
        return found

    # ---- the session ----------------------------------------------------------------------------------------------

    def _session(self):
        """Set the price of the fill; return what the session itself forbids."""
        quote, is_buy = self.quote, self.order.kind in PURCHASES
        if not quote.trades:
            return {"suspended"}
        price = self.order.price
        if price is None:
            price = quote.open if self.terms.fill == "open" else quote.close
        elif not quote.low <= price <= quote.high:
            return {"out_of_range"}
        if beyond(quote, price):
            return {"impossible_price"}
        found = set()
        if is_buy and quote.limit_up is not None and price >= quote.limit_up:
            found.add("limit_up")
        if not is_buy and quote.limit_down is not None and price <= quote.limit_down:
            found.add("limit_down")
        if self.order.price is None:
            self.price = slipped(self.terms, quote, price, is_buy)
        else:
            self.price = price
        if self.order.kind == "short_sell":
            found |= self._uptick()
        return found

    def _uptick(self):
        """Lift the price of a short sale to the floor; refuse one that the session never lets reach it."""
        quote = self.quote
        if not self.terms.uptick or quote.board == "etf" or quote.reference is None or self.price >= quote.reference:
            return set()
        if quote.high < quote.reference or self.order.price is not None:
            return {"uptick"}
        self.price = quote.reference
        return set()

    # ---- the order itself -----------------------------------------------------------------------------------------

    def _lot(self):
        """Return whether the size is none that the exchange takes; what is left below a lot is sold whole."""
        order, board = self.order, self.quote.board
        _, step = LOTS[board]
        if order.kind == "buy_to_return" or order.shares == lot_floor(board, order.shares):
            return set()
        if order.kind in ("sell", "sell_to_repay"):
            held = self.book.collateral.get(order.symbol, 0) if order.kind == "sell" else self.book.held(order.symbol)
            if step > 1 and order.shares % step == held % step and order.shares <= held:
                return set()
            if step == 1 and order.shares == held:
                return set()
        return {"lot"}

    def _possession(self):
        """Return whether the shares to be sold or returned are there, and may move today."""
        order, book = self.order, self.book
        found = set()
        if order.kind in ("sell", "sell_to_repay", "return_shares"):
            both = order.kind == "sell_to_repay" or (order.kind == "return_shares" and self.terms.return_financed)
            held = book.held(order.symbol) if both else book.collateral.get(order.symbol, 0)
            free = book.sellable(order.symbol) if both else book.sellable_collateral(order.symbol)
            if order.shares > held:
                found.add("no_shares")
            settled = order.kind == "return_shares" and not self.run.cover_delay
            if order.shares > free and held > free and not settled:
                found.add("t_plus_1")
        if order.kind in ("buy_to_return", "return_shares"):
            owed = book.owed(order.symbol)
            may = sum(s.shares for s in book.returnable(order.symbol, self.run.cover_delay))
            if order.shares > owed:
                found.add("no_shares")
            if min(order.shares, owed) > may:
                found.add("t_plus_1")
        return found

    # ---- new contracts --------------------------------------------------------------------------------------------

    def _opening(self):
        run, order, quote, terms = self.run, self.order, self.quote, self.terms
        found, value = set(), order.shares * self.price
        is_short = order.kind == "short_sell"
        if not (quote.may_short if is_short else quote.may_finance):
            found.add("not_eligible")
        if quote.short_capped if is_short else quote.finance_capped:
            found.add("float_cap")
        if run.below_warning:
            found.add("below_warning_line")
        if value * self._ratio() > run.available_margin():
            found.add("no_margin")
        owed = self.book.principal + ratios.short_value(self.book, run.prices)
        new = value if is_short else value + (self._fees().total if terms.finances_fees else 0)
        if terms.credit_line is not None and owed + new > terms.credit_line:
            found.add("credit_line")
        if is_short and self._is_beyond_supply():
            found.add("no_borrow")
        return found

    def _is_beyond_supply(self):
        lent, part = self.quote.borrowable, self.terms.borrowable_share
        if lent is not None and part is not None:
            mine = (short for short in self.book.shorts if short.symbol == self.order.symbol)
            today = sum(short.shares for short in mine if short.opened == self.book.day)
            return today + self.order.shares > lent * part
        share, is_published = self.terms.borrow_share, "short_volume" in self.run.market.has
        if share is None or not is_published:
            return False
        return self.book.owed(self.order.symbol) + self.order.shares > (self.quote.short_volume or 0) * share

    def _ratio(self):
        if self.order.kind == "short_sell":
            return self.terms.short_ratio(self.run.day, self.quote.haircut)
        return self.terms.financing_ratio(self.run.day, self.quote.haircut)

    def _fees(self, shares=None):
        shares = bought_for(self.order, self.quote.board) if shares is None else shares
        is_sale = self.order.kind in SALES
        return fees_of(self.terms, self.run.day, self.order.symbol, self.quote.board, shares, self.price, is_sale)

    # ---- money ----------------------------------------------------------------------------------------------------

    def _money(self):
        order, book = self.order, self.book
        shares = bought_for(order, self.quote.board)
        value, fees = shares * self.price, self._fees(shares).total
        if order.kind == "buy":
            needed, there = value + fees, book.available
        elif order.kind == "margin_buy":
            needed, there = (ZERO if self.terms.finances_fees else fees), book.available
        else:
            needed, there = value + fees + self.fee_of_return(min(order.shares, book.owed(order.symbol))), book.cash
        return {"no_cash"} if needed > there else set()

    def fee_of_return(self, shares):
        fee = ZERO
        for short in self.book.returnable(self.order.symbol, self.run.cover_delay):
            given = min(shares, short.shares)
            fee += self.book.settled(short, given)
            shares -= given
        return fee

    def _repayment(self):
        """Interest may be paid from locked proceeds, principal only from available cash."""
        book, left = self.book, self.order.amount
        available, cash = book.available, book.cash
        if not book.financing:
            return {"no_shares"}
        for loan in book.financing:
            interest = min(left, book.payable(loan.interest))
            cash, available, left = cash - interest, max(available - interest, ZERO), left - interest
            principal = min(left, loan.principal + book.day_of(loan))
            if principal > available:
                return {"no_cash"}
            cash, available, left = cash - principal, available - principal, left - principal
        return {"no_cash"} if cash < 0 else set()

    def _concentration(self):
        run, order = self.run, self.order
        value = order.shares * self.price
        is_own = order.kind == "buy"
        spent = value + self._fees().total if is_own else ZERO
        after = ratios.assets(self.book, run.prices) - spent + value
        owed = ratios.debt(self.book, run.prices) + (0 if is_own else value + self._fees().total)
        ratio = after / owed if owed else math.inf
        share = (self.book.held(order.symbol) * run.prices[order.symbol] + value) / after
        for below, most in self.terms.concentration:
            if ratio < below:
                return {"concentration"} if share > most else set()
        return set()


def beyond(quote, price):
    """Return whether a price lies outside the limits of the day."""
    above = quote.limit_up is not None and price > quote.limit_up
    return above or (quote.limit_down is not None and price < quote.limit_down)


class Execution:
    """Carries out an order that was admitted: what it does to the book."""

    def __init__(self, run):
        self.run, self.book, self.terms = run, run.book, run.terms

    def fill(self, order, price, shares, name=None):
        """Return the row of a fill of `shares` at `price`; `shares` are those that trade."""
        board = self.run.quotes[order.symbol].board
        is_sale = order.kind in SALES
        fees = fees_of(self.terms, self.run.day, order.symbol, board, shares, price, is_sale)
        more = (order.shares,) if order.kind == "buy_to_return" else ()
        interest = getattr(self, order.kind)(order.symbol, shares, price, fees, *more)
        return Fill(self.run.day, order.symbol, name or order.kind, shares, price, shares * price, fees, interest)

    def buy(self, symbol, shares, price, fees):
        self.book.cash -= shares * price + fees.total
        self.book.add(symbol, shares)
        return ZERO

    def sell(self, symbol, shares, price, fees):
        self.book.cash += shares * price - fees.total
        self.book.collateral[symbol] -= shares
        return ZERO

    def margin_buy(self, symbol, shares, price, fees):
        run, quote = self.run, self.run.quotes[symbol]
        principal = shares * price + (fees.total if self.terms.finances_fees else ZERO)
        self.book.cash -= ZERO if self.terms.finances_fees else fees.total
        ratio = self.terms.financing_ratio(run.day, quote.haircut)
        number = len(self.book.every) + 1
        due = months_later(run.day, 6)
        rate = self.terms.rate("financing_rate", run.day, symbol)
        loan = Financing(number, symbol, run.day, due, shares, principal, rate, ratio)
        loan.first = (shares, principal)
        self.book.financing.append(loan)
        self.book.every.append(loan)
        return ZERO

    def sell_to_repay(self, symbol, shares, price, fees):
        book = self.book
        proceeds = shares * price - fees.total
        book.take_out(symbol, shares)
        mine = [loan for loan in book.financing if loan.symbol == symbol]
        rest = [loan for loan in book.financing if loan.symbol != symbol]
        used, interest = book.repay(mine + rest, max(proceeds, ZERO), own_cash=False)
        book.cash += proceeds - used
        return interest

    def short_sell(self, symbol, shares, price, fees):
        run, value = self.run, shares * price
        due = months_later(run.day, 6)
        number = len(self.book.every) + 1
        ratio, net = self.terms.short_ratio(run.day, run.quotes[symbol].haircut), value - fees.total
        rate = self.terms.rate("borrow_rate", run.day, symbol)
        short = Short(number, symbol, run.day, due, shares, value, net, rate, ratio)
        short.first = (shares, value)
        self.book.cash += net
        self.book.shorts.append(short)
        self.book.every.append(short)
        return ZERO

    def buy_to_return(self, symbol, shares, price, fees, asked):
        """Buy `shares` and return what was asked for; the excess becomes collateral."""
        book = self.book
        contracts = book.returnable(symbol, self.run.cover_delay)
        returned = min(asked, sum(short.shares for short in contracts))
        fee, dividends = book.give_back(contracts, returned)
        book.pay_owed(shares * price + fees.total + fee + dividends)
        if shares > returned:
            book.add(symbol, shares - returned)
        return fee

    def return_shares(self, order):
        """Return collateral shares; no trade, no fees of a trade."""
        book = self.book
        contracts = book.returnable(order.symbol, self.run.cover_delay)
        fee, dividends = book.give_back(contracts, order.shares)
        book.pay_owed(fee + dividends)
        own, is_delayed = book.collateral.get(order.symbol, 0), self.run.cover_delay
        given = min(order.shares, book.sellable_collateral(order.symbol) if is_delayed else own)
        book.collateral[order.symbol] = own - given
        book.today[order.symbol] = min(book.today.get(order.symbol, 0), own - given)
        self._give_financed(order.symbol, order.shares - given, is_delayed)
        return Fill(self.run.day, order.symbol, order.kind, order.shares, None, ZERO, NO_FEES, fee)

    def _give_financed(self, symbol, shares, is_delayed):
        """Return financed shares, of the oldest contract first: what is owed on it stays."""
        for loan in self.book.financing:
            if loan.symbol == symbol and not (is_delayed and loan.opened == self.book.day):
                given = min(shares, loan.shares)
                loan.shares -= given
                shares -= given
        assert not shares

    def repay(self, order, name="repay", contracts=None):
        contracts = list(self.book.financing) if contracts is None else contracts
        used, interest = self.book.repay(contracts, order.amount, own_cash=True)
        return Fill(self.run.day, "", name, 0, None, used, NO_FEES, interest)
