"""The broker's risk desk: what it says at the close, and what it sells at the next open."""

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from . import ratios
from .costs import fees_of
from .due import DueDates
from .numbers import CENT, up_to
from .orders import Admission, Execution, Order, bought_for, lot_ceiling, lot_floor
from .rules import LOTS
from .watch import Watch

ZERO = Fraction(0)


@dataclass
class Event:
    """One row of the table of margin events."""

    day: object
    event: str
    ratio: object
    deadline: object = None
    amount: object = None
    contract: int = 0


@dataclass
class Forced:
    """One row of the table of forced sales."""

    day: object
    cause: str
    symbol: str
    kind: str
    wanted: object
    done: object
    price: object = None
    reason: str = ""


class Desk(DueDates, Watch):
    """The state machine of the lines.

    Parameters
    ----------
    run : Run
        Whose book is watched.
    """

    def __init__(self, run):
        self.run, self.book, self.terms = run, run.book, run.terms
        self.warned, self.insolvent, self.selling = False, False, False
        self.unfinished = False  # something of the forced sale could not be done
        self.unpaid = set()  # shorts of an insolvent account that cannot be bought back, said already
        self.deadline = None  # index of the session of the deadline
        self.overdue = []  # shorts whose recalled shares are not back in time
        self.struck, self.leaving = set(), []  # numbers of contracts off their list; those to be closed for it
        self.settling, self.extensions = [], {}  # contracts that pay their interest next; number -> times extended
        self.due, self.waiting = [], []  # contracts that fell due; those whose security does not trade
        self.events, self.sales = [], []
        self.crowded = None  # the security that was above its tier at the close before
        self.depth = ZERO, ZERO  # assets and debt at the day's worst prices, where they are judged
        self.doubts = []  # (day, what the ledger leaves open): from there on another reading is as good

    @property
    def restore_line(self):
        """Return the ratio that a forced sale aims at: while there was a statutory cure, no less than that."""
        return max(self.terms.restore, self.terms.cure_line(self.run.day))

    # ---- at the close ---------------------------------------------------------------------------------------------

    def judge(self):
        """Look at the marks of the close and say what follows."""
        self._judge_ratio()
        self._watch()
        self._recall()
        told = len(self.events)
        self._check_due()
        self._check_recalled()
        self.events[told:] = sorted(self.events[told:], key=lambda event: event.contract)

    def _judge_ratio(self):
        if self.terms.judge == "low" and self.terms.fill == "open":
            self.look_down()
        prices, day = self.run.prices, self.run.day
        ratio, owed = ratios.maintenance(self.book, prices), ratios.debt(self.book, prices)
        if self.insolvent:
            return
        if owed > ratios.assets(self.book, prices):
            self.insolvent, self.selling, self.deadline = True, False, None
            self.say("insolvent", ratio, amount=owed - ratios.assets(self.book, prices))
            return
        lowest = min(ratio, self._lowest())
        if self.selling and not self.unfinished:
            self.selling = False
            if ratio >= self.terms.call_line(day):
                self.say("restored", ratio)
                self.warned = lowest < self.terms.warn
                return
        if ratio < self.terms.instant:
            self._order(ratio, "instant")
        elif lowest < self.terms.instant and not (self.selling and self.unfinished):
            self._order(lowest, "instant_low", amount=self._lacks(self.restore_line))
        elif ratio < self.terms.call_line(day):
            self._below_call(ratio, owed)
        elif lowest < self.terms.call_line(day) and self.deadline is None and not self.selling:
            self.deadline = self.run.t + self.terms.grace_sessions(day)
            missing = self._lacks(self.terms.cure_line(day))
            self.say("call_low", lowest, deadline=self.run.session(self.deadline), amount=missing)
            if self.deadline == self.run.t:
                self._above_call(ratio)
        elif ratio >= self.terms.warn > lowest and not (self.warned or self.selling or self.deadline is not None):
            self.say("warn_low", lowest)
        else:
            self._above_call(ratio)
        self.warned = lowest < self.terms.warn

    def _below_call(self, ratio, owed):
        t, grace = self.run.t, self.terms.grace_sessions(self.run.day)
        if self.selling:
            return
        if self.deadline is None:
            self.deadline = t + grace
            missing = self.terms.cure_line(self.run.day) * owed - ratios.assets(self.book, self.run.prices)
            self.say("call", ratio, deadline=self.run.session(self.deadline), amount=missing)
        if t >= self.deadline:
            self._order(ratio, "forced_sale")

    def _above_call(self, ratio):
        if self.selling:
            if ratio >= self.restore_line:
                self.selling = False
                self.say("restored", ratio)
        elif self.deadline is not None:
            if ratio >= self.terms.cure_line(self.run.day):
                self.deadline = None
                self.say("cured", ratio)
            elif self.run.t >= self.deadline:
                self._order(ratio, "forced_sale")
        elif ratio < self.terms.warn and not self.warned:
            self.say("warn", ratio)

    def _order(self, ratio, event, **more):
        if not self.selling:
            self.say(event, ratio, **more)
        self.selling, self.deadline = True, None

    def say(self, event, ratio, **more):
        self.events.append(Event(self.run.day, event, ratio, **more))

    # ---- forced sales ---------------------------------------------------------------------------------------------

    def act(self):
        """Carry out the forced sales that are due this session."""
        if self.terms.judge == "low" and self.terms.fill == "close":
            self.look_down()
        for contract in sorted(self.due + self.leaving + self.overdue, key=lambda contract: contract.number):
            why = "recalled" if contract in self.overdue else "removed" if contract in self.leaving else "due"
            self._close(contract, contract.recalled if contract in self.overdue else contract.shares, why)
        self.due = [contract for contract in self.due if not contract.closed]
        if self.insolvent:
            self._everything()
        elif self.selling:
            self._restore()

    def _restore(self):
        """Sell what brings the ratio back to the restore line: cash first, longs, then shorts."""
        self._pay_first()
        for symbol in self._by_value(self.book.held):
            if self._short_of() > 0 and self.book.financing:
                self._sell(symbol, "maintenance", self._least_sale)
        self._raise_cash()
        for symbol in self._by_value(self.book.owed):
            if self._short_of() > 0:
                self._cover(symbol, "maintenance", self._least_cover)
                self._pay_first()
        self.unfinished = self._short_of() > 0

    def _raise_cash(self):
        """Sell longs for what the cash lacks to buy the shorts back; those of which something was tried are left.

        The ledger says nothing of it (longs while financing debt remains, then shorts): a doubt.
        """
        tried = {sale.symbol for sale in self._of_today()}
        for symbol in self._by_value(self.book.held):
            missing = self._missing()
            if missing > 0 and symbol not in tried:
                self._sell(symbol, "maintenance", partial(self._least_net, missing))

    def _missing(self):
        """Return what cash lacks to buy back the shorts that restore the line."""
        if self._short_of() <= 0 or not self.book.shorts:
            return ZERO
        costs = {symbol: self._cost(symbol) for symbol in self._by_value(self.book.owed)}
        if sum((cost for cost, _ in costs.values()), ZERO) > self.book.cash * Fraction(98, 100):
            self.doubts.append((self.run.day, "how much is sold to buy shorts back"))
        return sum((cost for cost, is_blocked in costs.values() if not is_blocked), ZERO) - self.book.cash

    def _least_net(self, missing, symbol, price):
        return self._least(symbol, lambda n: n * price - self._fees(symbol, n, price, True) >= missing)

    def _cost(self, symbol, shares=None):
        """Return what it costs to buy back `shares`, or what restores the line, and whether the session forbids it."""
        order = Order(symbol, "buy_to_return")
        admission = Admission(self.run, order)
        is_blocked = bool(admission._session())
        price = admission.price or self.run.prices[symbol]
        order.shares = self._least_cover(symbol, price) if shares is None else shares
        fee = admission.fee_of_return(order.shares)
        shares = bought_for(order, self.run.quotes[symbol].board)
        return shares * price + self._fees(symbol, shares, price, False) + fee, is_blocked

    def _pay_first(self):
        """Repay with available cash what restores the line, in whole cents."""
        if self.terms.forced_sale_cash == "first" and self._short_of() > 0:
            needed = up_to(self._short_of() / (self.restore_line - 1), CENT)
            self._pay(min(needed, self.book.available), "maintenance")

    def _everything(self):
        for symbol in self._by_value(self.book.held):
            self._sell(symbol, "insolvent", lambda symbol, _: self.book.sellable(symbol))
        for symbol in self._by_value(self.book.owed):
            self._cover(symbol, "insolvent", lambda symbol, _: self.book.owed(symbol))
            self._say_once(symbol)
        self._pay(self.book.available, "insolvent")

    def _say_once(self, symbol):
        """Say of a short that nothing of it can be paid; not every session."""
        today = any(
            sale.symbol == symbol and sale.cause == "insolvent" and sale.kind == "buy_to_return"
            for sale in self._of_today()
        )
        if self.book.owed(symbol) and not today and symbol not in self.unpaid:
            reasons = Admission(self.run, Order(symbol, "buy_to_return"))._session() or {"no_cash"}
            owed = self.book.owed(symbol)
            self.sales.append(Forced(self.run.day, "insolvent", symbol, "buy_to_return", owed, 0, None, min(reasons)))
            self.unpaid.add(symbol)

    def _of_today(self):
        return [sale for sale in self.sales if sale.day == self.run.day]

    def _close(self, contract, shares, why):
        """Close one contract that fell due or left the list, or give back those shares of it that were recalled."""
        if contract.kind == "short":
            if self._cost(contract.symbol, shares)[0] > self.book.cash * Fraction(98, 100):
                self.doubts.append((self.run.day, "how much is sold to buy shorts back"))
            self._cover(contract.symbol, why, lambda *_: shares)
        else:
            board, free = self.run.quotes[contract.symbol].board, self.book.sellable(contract.symbol)
            lots = lot_ceiling(board, contract.shares) if contract.shares else 0
            self._sell(contract.symbol, why, lambda *_: min(lots, free))
            if not contract.closed:
                self._pay(min(self.book.owed_on([contract]), self.book.available), why, [contract])
            older = [loan for loan in self.book.financing if loan.number < contract.number]
            if older or not contract.closed:
                self.doubts.append((self.run.day, "what else pays a contract that fell due"))

    # ---- how much -------------------------------------------------------------------------------------------------

    def _short_of(self):
        """Return R D - A: what is missing to the restore line, in the numerator of the size formula."""
        prices = self.run.prices
        return self.restore_line * ratios.debt(self.book, prices) - ratios.assets(self.book, prices)

    def _least_sale(self, symbol, price):
        """Return the least number of whole lots that restores the line or pays all financing debt, net of fees."""
        prices, line = self.run.prices, self.restore_line
        a, d = ratios.assets(self.book, prices), ratios.debt(self.book, prices)
        loans = self.book.owed_on(self.book.financing)

        def enough(n):
            net = n * price - self._fees(symbol, n, price, True)
            repaid = min(net, loans)
            return net >= loans or a - n * prices[symbol] + net - repaid >= line * (d - repaid)

        return self._least(symbol, enough)

    def _least_cover(self, symbol, price):
        """Return the least number of whole lots that restores the line; what is returned pays its borrow fee too."""
        prices, line = self.run.prices, self.restore_line
        a, d = ratios.assets(self.book, prices), ratios.debt(self.book, prices)
        fee_of = Admission(self.run, Order(symbol, "buy_to_return")).fee_of_return

        def enough(n):
            returned = min(n, self.book.owed(symbol))
            cost = n * price + self._fees(symbol, n, price, False) + fee_of(returned)
            return a - cost >= line * (d - returned * prices[symbol] - fee_of(returned))

        return min(self._least(symbol, enough, self.book.owed(symbol)), self.book.owed(symbol))

    def _least(self, symbol, enough, most=None):
        """Return the least order size for which `enough` holds, at most all that is held."""
        least, step = LOTS[self.run.quotes[symbol].board]
        most = self.book.held(symbol) if most is None else most
        low, high = 0, max(0, -(-(most - least) // step)) + 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if enough(least + middle * step) else (middle + 1, high)
        return least + low * step

    def _fees(self, symbol, shares, price, is_sale):
        board = self.run.quotes[symbol].board
        return fees_of(self.terms, self.run.day, symbol, board, shares, price, is_sale).total

    def _by_value(self, count):
        """Return the symbols of which `count` finds shares, largest market value first."""
        prices = self.run.prices
        found = [symbol for symbol in self.run.market.symbols if count(symbol)]
        return sorted(found, key=lambda symbol: -count(symbol) * prices[symbol])

    # ---- carrying out ---------------------------------------------------------------------------------------------

    def _pay(self, amount, cause, contracts=None):
        contracts = list(self.book.financing) if contracts is None else contracts
        amount = min(amount, self.book.owed_on(contracts))
        if amount > 0:
            fill = Execution(self.run).repay(Order("", "repay", amount=amount), "forced_repay", contracts)
            self.run.fills.append(fill)
            self.sales.append(Forced(self.run.day, cause, "", "repay", amount, fill.value))

    def _sell(self, symbol, cause, size):
        """Sell what `size` asks for, as far as the session and T+1 allow."""
        order = Order(symbol, "sell_to_repay" if self.book.financing else "sell")
        admission = Admission(self.run, order)
        reasons = admission._session()
        price = admission.price or self.run.prices[symbol]
        wanted = min(size(symbol, price), self.book.held(symbol))
        if not wanted:
            return
        self._carry_out(order, cause, wanted, min(wanted, self.book.sellable(symbol)), price, reasons, "t_plus_1")

    def _cover(self, symbol, cause, size):
        order = Order(symbol, "buy_to_return")
        admission = Admission(self.run, order)
        reasons = admission._session()
        price = admission.price or self.run.prices[symbol]
        wanted = self._affordable(symbol, size(symbol, price), price)
        may = sum(short.shares for short in self.book.returnable(symbol, self.run.cover_delay))
        if wanted:
            self._carry_out(order, cause, wanted, min(wanted, may), price, reasons, "t_plus_1")

    def _affordable(self, symbol, shares, price):
        """Return how many shares all the cash there is buys back."""
        board = self.run.quotes[symbol].board
        while shares > 0:
            order = Order(symbol, "buy_to_return", shares)
            admission = Admission(self.run, order)
            admission.price = price
            if not admission._money():
                return shares
            shares = lot_floor(board, shares - 1)
        return 0

    def _carry_out(self, order, cause, wanted, possible, price, reasons, otherwise):
        done = 0 if reasons else self.run.cut(order, possible)
        reason = min(reasons) if reasons else "" if done == wanted else "expired" if done < possible else otherwise
        self.sales.append(Forced(self.run.day, cause, order.symbol, order.kind, wanted, done, price, reason))
        if done:
            order.shares = done
            self.run.trade(order, price, "forced_" + order.kind)
