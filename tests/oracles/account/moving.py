"""What an account holds and owes before its first session, and what moves in and out of it before the others."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from . import ratios
from .book import Financing, Short
from .numbers import CENT, exact, up_to

ZERO = Fraction(0)


@dataclass
class Moved:
    """One row of the table of flows; `reasons` are all that speaks against it."""

    day: object
    kind: str
    symbol: str
    shares: int
    price: Fraction | None
    amount: Fraction
    reasons: frozenset


class Opening:
    """An account before its first session.

    Parameters
    ----------
    stated : dict
        The keys of `account.opening`; its `date` is always given.
    """

    def __init__(self, stated):
        self.day = day_of(stated["date"])
        self.cash = exact(stated.get("cash"))
        self.holdings = [(row["symbol"], int(row["shares"])) for row in stated.get("holdings", ())]
        self.contracts = sorted(stated.get("contracts", ()), key=lambda row: day_of(row["opened"]))

    def into(self, book, terms, first, haircuts):
        """Put it into an empty book; what a contract does not state is as of the session `first`."""
        book.cash = terms.cash if self.cash is None else self.cash
        for symbol, shares in self.holdings:
            book.collateral[symbol] = shares
        for row in self.contracts:
            contract = self._contract(row, len(book.every) + 1, terms, first, haircuts)
            book.every.append(contract)
            (book.shorts if contract.kind == "short" else book.financing).append(contract)

    def _contract(self, row, number, terms, first, haircuts) -> Any:
        symbol, shares, is_short = row["symbol"], int(row["shares"]), row["kind"] == "short"
        opened, due = day_of(row["opened"]), day_of(row["due"])
        amount = exact(row["sell_amount" if is_short else "principal"])
        rate, ratio = exact(row.get("rate")), exact(row.get("ratio"))
        if rate is None:
            rate = terms.rate("borrow_rate" if is_short else "financing_rate", first, symbol)
        if ratio is None:
            ratio_of = terms.short_ratio if is_short else terms.financing_ratio
            ratio = ratio_of(first, haircuts[symbol])
        if is_short:
            proceeds = exact(row.get("proceeds"))
            locked = amount if proceeds is None else proceeds
            made: Any = Short(number, symbol, opened, due, shares, amount, locked, rate, ratio)
        else:
            made = Financing(number, symbol, opened, due, shares, amount, rate, ratio)
        accrued = exact(row.get("accrued"))
        made.interest = amount * rate * (self.day - opened).days / 360 if accrued is None else accrued
        made.paid = -made.interest  # what the opening brings is none of this run's
        made.first = (shares, amount)
        return made


class Moves:
    """The flows of a run and the rules they meet.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run):
        self.run, self.book, self.terms = run, run.book, run.terms
        self.rows = []
        before, self.by_session = None, {}
        for day in run.sessions:
            self.by_session[day] = [row for row in self.terms.flows if self._is_of(row, before, day)]
            before = day

    def _is_of(self, row, before, day):
        """Return whether a flow moves before session `day`: one on no session moves before the next."""
        start = before or day - timedelta(days=1)
        return start < day_of(row["date"]) <= day

    def before(self, day, marks):
        """Move what is dated, then pay in what a margin call asks for; `marks` are of the close before."""
        for row in self.by_session[day]:
            self._one(row["kind"], row.get("symbol"), row.get("shares"), exact(row.get("amount")), marks)
        desk = self.run.desk
        if self.terms.on_call == "deposit" and desk.deadline == self.run.t and not desk.selling and not desk.insolvent:
            missing = desk.restore_line * ratios.debt(self.book, marks) - ratios.assets(self.book, marks)
            if missing > 0:
                self._one("call_deposit", None, None, up_to(missing, CENT), marks)

    def _one(self, kind, symbol, shares, amount, marks):
        is_out, price = kind in ("withdrawal", "transfer_out"), marks.get(symbol) if symbol else None
        ratio = ratios.maintenance(self.book, marks)
        if symbol:
            amount = None if price is None else shares * price
        reasons = (
            {"no_price"} if amount is None else self._objections(symbol, shares, amount, marks) if is_out else set()
        )
        signed = amount if amount is None or not is_out else -amount
        self.rows.append(Moved(self.run.day, kind, symbol or "", shares or 0, price, signed, frozenset(reasons)))
        if reasons:
            if is_out and amount is not None:
                self.run.desk.say("withdrawal_refused", ratio, amount=amount)
        elif symbol:
            self.book.collateral[symbol] = self.book.collateral.get(symbol, 0) + (-shares if is_out else shares)
        else:
            self.book.cash += signed

    def _objections(self, symbol, shares, amount, marks):
        """Return all that speaks against letting cash or collateral of `amount` CNY leave."""
        found = set()
        if not symbol and amount > max(self.book.available, ZERO):
            found.add("no_cash")
        if symbol and shares > self.book.collateral.get(symbol, 0):
            found.add("no_shares")
        owed = ratios.debt(self.book, marks)
        if owed and ratios.assets(self.book, marks) - amount < self.terms.withdraw_line * owed:
            found.add("withdraw_line")
        if owed:
            t, sessions = self.run.t, self.run.sessions
            quotes = self.run.market.quotes[sessions[max(t - 1, 0)]]  # the haircuts of the close before
            haircuts = {name: quote.haircut for name, quote in quotes.items()}
            counts = haircuts[symbol] if symbol else 1
            if amount * counts > ratios.available_margin(self.book, marks, haircuts):
                found.add("no_margin")
        return found


def day_of(stated):
    return stated if isinstance(stated, date) else date.fromisoformat(stated)
