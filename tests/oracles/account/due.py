"""What the risk desk says of single contracts at the close: recalls, due days, extensions and their conditions."""

from fractions import Fraction
from typing import Any

from . import ratios
from .book import months_later
from .rules import rule

ZERO = Fraction(0)


class DueDates:
    """The part of the desk that looks at contracts one by one; `Desk` has the state."""

    run: Any
    book: Any
    terms: Any
    due: list
    waiting: list
    overdue: list
    settling: list
    extensions: dict
    struck: set
    leaving: list
    say: Any

    def _recall(self):
        """Say which shares lenders want back: by the close of the next session, those of the oldest contract first."""
        following = self.run.session(self.run.t + 1)
        for day, symbol, shares in self.run.recalls:
            if day != self.run.day:
                continue
            for short in self.book.shorts:
                free = short.shares - short.recalled if short.symbol == symbol else 0
                wanted = free if shares is None else min(free, shares)
                shares = None if shares is None else shares - wanted
                if wanted:
                    if not short.recalled:
                        short.recall_day, short.recall_said = following, False
                    short.recalled += wanted
                    self.say("recalled", None, deadline=following, contract=short.number)

    def _check_recalled(self):
        """Have those bought back that are not back in time; what does not trade waits."""
        self.overdue = []
        for short in self.book.shorts:
            is_late = short.recalled and short.recall_day is not None and short.recall_day <= self.run.day
            if is_late and short not in self.due + self.leaving and self.run.quotes[short.symbol].trades:
                self.overdue.append(short)
                if not short.recall_said:
                    short.recall_said = True
                    self.say("due", None, deadline=short.recall_day, contract=short.number)

    def _check_due(self):
        """Extend the contracts that fall due, or have them closed."""
        self.leaving = []
        day = self.run.day
        for contract in sorted(self.book.financing + self.book.shorts, key=lambda contract: contract.number):
            if contract.due > day:
                self._check_list(contract)
                continue
            self.struck.discard(contract.number)
            allowed = self.terms.extension != "none" and rule("extension", day)
            objection = self._objection(contract) if allowed and self.terms.extension == "conditional" else None
            if objection:
                waits = objection[0] == "not_extended_suspended"
                if contract not in (self.waiting if waits else self.due):
                    ratio = ratios.maintenance(self.book, self.run.prices)
                    self.say(objection[0], ratio, deadline=contract.due, amount=objection[1], contract=contract.number)
                if waits:
                    self.due = [other for other in self.due if other is not contract]
                    self.waiting += [contract] * (contract not in self.waiting)
                    continue
            is_open = self.terms.extension == "auto" or contract not in self.due
            if allowed and not objection and is_open:
                if self.terms.extension == "conditional":
                    self.settling.append(contract)
                self.waiting = [other for other in self.waiting if other is not contract]
                self.due = [other for other in self.due if other is not contract]
                self.extensions[contract.number] = self.extensions.get(contract.number, 0) + 1
                contract.due = months_later(contract.due, 6)
                self.say("extended", None, deadline=contract.due, contract=contract.number)
            elif not self.run.quotes[contract.symbol].trades:
                self.due = [other for other in self.due if other is not contract]
                if contract not in self.waiting:
                    self.waiting.append(contract)
                    self.say("extended", None, deadline=contract.due, contract=contract.number)
            elif contract not in self.due:
                self.waiting = [other for other in self.waiting if other is not contract]
                self.due.append(contract)
                self.say("due", None, deadline=contract.due, contract=contract.number)

    def _check_list(self, contract):
        """Have a contract closed whose security was struck off the list of its side, where the broker does so."""
        quote = self.run.quotes[contract.symbol]
        if self.terms.removed != "close" or contract.kind not in quote.struck_off:
            self.struck.discard(contract.number)
        elif quote.trades:
            self.leaving.append(contract)
            if contract.number not in self.struck:
                self.struck.add(contract.number)
                self.say("removed", None, deadline=contract.due, contract=contract.number)

    def _objection(self, contract):
        """Return why the broker does not extend a contract, and the cash that is wanting; None where he does."""
        book, prices = self.book, self.run.prices
        if not self.run.quotes[contract.symbol].trades:
            return "not_extended_suspended", ZERO
        times = self.terms.extension_times
        if times is not None and self.extensions.get(contract.number, 0) >= times:
            return "not_extended_times", ZERO
        owed = ratios.debt(book, prices)
        if ratios.assets(book, prices) < self.terms.warn * owed:
            return "not_extended_ratio", self.terms.warn * owed - ratios.assets(book, prices)
        cash = max(book.cash, ZERO) - sum((book.payable(other.interest) for other in self.settling), ZERO)
        if book.payable(contract.interest) > cash:
            return "not_extended_interest", book.payable(contract.interest) - max(cash, ZERO)
        return None

    def settle(self):
        """Have the contracts that were extended pay their interest, as far as there is cash; return what they paid."""
        settling, self.settling = self.settling, []
        return self.book.post(settling)
