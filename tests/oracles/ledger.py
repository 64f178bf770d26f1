"""The eight orders of a slow and obvious credit account, written from the rules of the account.

Where a comparison of two amounts of money decides something, `closest` remembers how near the two came: floats may
decide otherwise there, and no test should ask.
"""

import copy
from decimal import Decimal

from liangrong.core.types import OrderKind, Refusal

from .ledger_books import LAST_DIGITS, ONE, ZERO, Books, DayTerms, Done, Loan, in_fifty_digits, trade

EXPANDING = (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.SHORT_SELL)
__all__ = ["Account", "DayTerms", "Done", "Loan"]


class Account(Books):
    """A credit account that carries out orders."""

    @in_fifty_digits
    def order(
        self, kind, symbol, shares, price, amount, bought, borrowable, marks, haircut, terms, is_forced=False
    ) -> Done:
        """Carry out one order, or return every reason that speaks against it."""
        if not is_forced and (self.state == "insolvent" or (self.state == "forced" and kind in EXPANDING)):
            return Done({Refusal.FROZEN})
        if kind == OrderKind.REPAY:
            return self.repay(amount, terms)
        if shares <= 0:
            return Done({Refusal.NO_SHARES})
        if kind == OrderKind.BUY:
            return self.buy(symbol, shares, price, marks, terms)
        if kind == OrderKind.SELL:
            return self.sell(symbol, shares, price, terms)
        if kind == OrderKind.MARGIN_BUY:
            return self.margin_buy(symbol, shares, price, marks, haircut, terms)
        if kind == OrderKind.SELL_TO_REPAY:
            return self.sell_to_repay(symbol, shares, price, terms)
        if kind == OrderKind.SHORT_SELL:
            return self.short_sell(symbol, shares, price, borrowable, marks, haircut, terms)
        if kind == OrderKind.BUY_TO_RETURN:
            return self.buy_to_return(symbol, shares, price, bought, terms)
        return self.return_shares(symbol, shares, terms)

    def buy(self, symbol, shares, price, marks, terms) -> Done:
        done = trade(shares, price, False, terms)
        reasons = self.against_concentration(symbol, done.value, ZERO, marks, terms)
        if self.exceeds(done.value + done.fees, self.available_cash()):
            reasons.add(Refusal.NO_CASH)
        if reasons:
            return Done(reasons)
        self.cash -= done.value + done.fees
        self.cost[symbol] += done.value + done.fees
        self.own[symbol] += shares
        self.bought_today[symbol] += shares
        return done

    def against_concentration(self, symbol, value, borrowed, marks, terms) -> set[Refusal]:
        """Judge the shares of one security in the assets by the tier of the ratio after the purchase, before fees."""
        debt = self.principal() + self.short_value(marks) + self.accrued() + borrowed
        assets = self.cash + self.long_value(marks) + borrowed
        after = self.worth(self.held(symbol), symbol, marks) + value
        caps = [share for below, share in terms.tiers if debt and self.exceeds(below, assets / debt)]
        is_too_much = bool(caps) and self.exceeds(after, caps[0] * assets)
        return {Refusal.CONCENTRATION} if is_too_much else set()

    def sell(self, symbol, shares, price, terms) -> Done:
        done = trade(shares, price, True, terms)
        reasons = self.cannot_pay(done)
        if shares > self.own[symbol]:
            reasons.add(Refusal.NO_SHARES)
        elif shares > self.own[symbol] - self.bought_today[symbol]:
            reasons.add(Refusal.T_PLUS_1)
        if reasons:
            return Done(reasons)
        self.take(symbol, shares)
        self.cash += done.value - done.fees
        return done

    def cannot_pay(self, sale: Done) -> set[Refusal]:
        """Fees above the value of a tiny sale come out of own cash."""
        short_of = sale.fees - sale.value
        return {Refusal.NO_CASH} if short_of > 0 and self.exceeds(short_of, self.available_cash()) else set()

    def against_margin(self, value, new_debt, ratio, marks, haircut, terms) -> set[Refusal]:
        reasons = set()
        if self.exceeds(terms.warn_ratio, self.maintenance_ratio(marks)):
            reasons.add(Refusal.BELOW_WARNING_LINE)
        if self.exceeds(self.principal() + self.short_value(marks) + new_debt, terms.credit_line):
            reasons.add(Refusal.CREDIT_LINE)
        if self.exceeds(value * ratio, self.available_margin(marks, haircut)):
            reasons.add(Refusal.NO_MARGIN)
        return reasons

    def margin_buy(self, symbol, shares, price, marks, haircut, terms) -> Done:
        done = trade(shares, price, False, terms)
        own = ZERO if terms.finances_fees else done.fees
        principal = done.value + done.fees - own
        ratio = max(terms.financing_ratio, terms.financing_ratio_base - haircut[symbol])
        reasons = self.against_margin(done.value, principal, ratio, marks, haircut, terms)
        reasons |= self.against_concentration(symbol, done.value, done.value, marks, terms)
        if own and self.exceeds(own, self.available_cash()):
            reasons.add(Refusal.NO_CASH)
        if reasons:
            return Done(reasons)
        self.cash -= own
        loan = Loan(False, symbol, self.today, terms.financing_rate, ratio, shares, principal=principal)
        loan.cost = done.value + done.fees
        self.loans.append(loan)
        return done

    def short_sell(self, symbol, shares, price, borrowable, marks, haircut, terms) -> Done:
        done = trade(shares, price, True, terms)
        ratio = max(terms.short_ratio, terms.short_ratio_base - haircut[symbol])
        reasons = self.against_margin(done.value, done.value, ratio, marks, haircut, terms)
        reasons |= self.cannot_pay(done)
        if self.owed(symbol) + shares > borrowable:
            reasons.add(Refusal.NO_BORROW)
        if reasons:
            return Done(reasons)
        loan = Loan(True, symbol, self.today, terms.borrow_rate, ratio, shares)
        loan.sell_amount, loan.locked = done.value, max(done.value - done.fees, ZERO)
        self.cash += done.value - done.fees
        self.loans.append(loan)
        return done

    def sell_to_repay(self, symbol, shares, price, terms) -> Done:
        done = trade(shares, price, True, terms)
        reasons = self.cannot_pay(done)
        old = [loan for loan in self.financings() if loan.symbol == symbol and loan.opened < self.today]
        own_sellable = self.own[symbol] - self.bought_today[symbol]
        if shares > self.held(symbol):
            reasons.add(Refusal.NO_SHARES)
        elif shares > own_sellable + sum(loan.shares for loan in old):
            reasons.add(Refusal.T_PLUS_1)
        if reasons:
            return Done(reasons)
        left = shares
        for loan in old:
            sold = min(left, loan.shares)
            loan.cost -= loan.cost * sold / loan.shares if sold else ZERO
            loan.shares -= sold
            left -= sold
        self.take(symbol, left)
        self.cash += done.value - done.fees
        done.interest, _ = self.pay(max(done.value - done.fees, ZERO), symbol, terms)
        return done

    def repay(self, amount, terms) -> Done:
        owed = self.debt(terms.day_count)
        if amount <= 0 or owed <= 0:
            return Done({Refusal.NO_SHARES})
        amount = min(amount, owed)
        if amount != self.available_cash() and not self.can_pay(amount, terms):
            return Done({Refusal.NO_CASH})
        interest, principal = self.pay(amount, None, terms)
        return Done(value=interest + principal, interest=interest)

    def can_pay(self, amount, terms) -> bool:
        """Try it on a copy, loan by loan: principal out of own cash, interest out of proceeds where that is spent."""
        trial = copy.deepcopy(self)
        for loan in trial.financings():
            own = trial.available_cash()
            interest, principal = trial.pay_one(loan, amount, terms)
            amount -= interest + principal
            trial.cash -= interest
            own = max(own - interest, ZERO)
            if self.exceeds(interest, trial.cash + interest) or (principal and self.exceeds(principal, own)):
                return False
            trial.cash -= principal
            trial.draw()
        return True

    def pay(self, amount, symbol, terms) -> tuple[Decimal, Decimal]:
        """Pay contract by contract: those of `symbol` first, then the rest, the oldest first."""
        interest = principal = ZERO
        first = [loan for loan in self.financings() if loan.symbol == symbol]
        for loan in first + [loan for loan in self.financings() if loan.symbol != symbol]:
            paid_interest, paid_principal = self.pay_one(loan, amount, terms)
            amount -= paid_interest + paid_principal
            interest += paid_interest
            principal += paid_principal
        self.cash -= interest + principal
        self.draw()
        return interest, principal

    def pay_one(self, loan, amount, terms) -> tuple[Decimal, Decimal]:
        least = self.least_interest(loan, terms.day_count)
        everything = loan.accrued + least + loan.principal
        if abs(amount - everything) > LAST_DIGITS:
            self.closest = min(self.closest, abs(amount - everything))
        if amount >= everything - LAST_DIGITS:
            interest, principal = loan.accrued + least, loan.principal
            loan.accrued = loan.principal = ZERO
            self.finish_financing(loan)
        elif loan.opened == self.today:  # what is repaid now owes its one day; the rest goes on accruing from today
            principal = amount / (ONE + loan.rate / terms.day_count)
            interest = amount - principal
            loan.principal -= principal
        else:
            interest = min(amount, loan.accrued)
            principal = amount - interest
            loan.accrued -= interest
            loan.principal -= principal
        loan.paid += interest
        return interest, principal

    def against_return(self, symbol, shares, terms) -> set[Refusal]:
        if shares > self.owed(symbol):
            return {Refusal.NO_SHARES}
        old = sum(loan.shares for loan in self.shorts() if loan.symbol == symbol and loan.opened < self.today)
        return {Refusal.T_PLUS_1} if terms.cover_delay and shares > old else set()

    def parts(self, symbol, shares) -> list[tuple[Loan, Decimal]]:
        """Return the contracts that `shares` go back to, the oldest first, each with what it takes."""
        found = []
        for loan in self.shorts():
            if loan.symbol == symbol and shares > 0:
                found.append((loan, min(shares, loan.shares)))
                shares -= found[-1][1]
        return found

    def fee_due(self, symbol, shares, terms) -> Decimal:
        """Return the fee of what is returned: the same fraction of each contract's fee as of its shares."""
        due = ZERO
        for loan, taken in self.parts(symbol, shares):
            due += (loan.accrued + self.least_interest(loan, terms.day_count)) * taken / loan.shares
        return due

    def dividends_due(self, symbol, shares) -> Decimal:
        return sum((loan.compensation * taken / loan.shares for loan, taken in self.parts(symbol, shares)), ZERO)

    def give_back(self, symbol, shares, terms) -> None:
        for loan, taken in self.parts(symbol, shares):
            left = (loan.shares - taken) / loan.shares
            loan.paid += (loan.accrued + self.least_interest(loan, terms.day_count)) * (ONE - left)
            loan.accrued *= left
            loan.compensation *= left
            loan.locked *= left
            loan.sell_amount *= left
            loan.shares -= taken
            if loan.shares == 0:
                self.finish(loan)

    def buy_to_return(self, symbol, shares, price, bought, terms) -> Done:
        reasons = self.against_return(symbol, shares, terms)
        done = trade(bought, price, False, terms)
        done.interest = self.fee_due(symbol, shares, terms)
        due = done.value + done.fees + done.interest + self.dividends_due(symbol, shares)
        if self.exceeds(due, self.cash):
            reasons.add(Refusal.NO_CASH)
        if reasons:
            return Done(reasons)
        self.give_back(symbol, shares, terms)
        self.cash -= due
        self.draw()
        self.cost[symbol] += (done.value + done.fees) * (bought - shares) / bought
        self.own[symbol] += bought - shares
        self.bought_today[symbol] += bought - shares
        return done

    def return_shares(self, symbol, shares, terms) -> Done:
        reasons = self.against_return(symbol, shares, terms)
        may = [loan for loan in self.financings() if loan.symbol == symbol] if terms.return_financed else []
        free = self.own[symbol]
        if shares > free + sum(loan.shares for loan in may):
            reasons.add(Refusal.NO_SHARES)
        if terms.cover_delay:
            may = [loan for loan in may if loan.opened < self.today]
            free -= self.bought_today[symbol]
        if shares > free + sum(loan.shares for loan in may):
            reasons.add(Refusal.T_PLUS_1)
        fee = self.fee_due(symbol, shares, terms)
        due = fee + self.dividends_due(symbol, shares)
        if self.exceeds(due, self.cash):
            reasons.add(Refusal.NO_CASH)
        if reasons:
            return Done(reasons)
        self.give_back(symbol, shares, terms)
        self.cash -= due
        self.draw()
        own = min(shares, free)
        self.take(symbol, own)
        for loan in may:  # own shares first; who lent the money for the others is owed it as before
            gone = min(shares - own, loan.shares)
            loan.cost -= loan.cost * gone / loan.shares if gone else ZERO
            loan.shares -= gone
            own += gone
        # Shares of earlier days go first: what was bought today stays, as far as shares are left.
        self.bought_today[symbol] = min(self.bought_today[symbol], self.own[symbol])
        return Done(shares=shares, interest=fee)
