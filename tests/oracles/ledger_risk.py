"""A slow and obvious risk desk: the state of an account at its closes, and what speaks against a forced order.

A forced order is judged by carrying it out on a copy of the books: it must be enough, and one step less must not be.
Written from the rules of the account, not from the kernels.
"""

import copy
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from liangrong.core.types import OrderKind

from .ledger import Account
from .ledger_books import ONE, ZERO, DayTerms, Loan, in_fifty_digits, trade

CENTS = Decimal("0.05")  # CNY; fees are whole cents, so the last cents of a sale's size are nobody's
LOAN_OF_CASH = Decimal("1e15")
LARGEST, LOSERS, PRO_RATA = range(3)


@dataclass
class DayLines:
    """The lines of one day, as Decimals; `grace` is a count of sessions."""

    warn: Decimal
    call: Decimal
    cure: Decimal
    restore: Decimal
    instant: Decimal
    grace: int


class Watch:
    """Says what happens at each close; `account.state` is calm, warned, called, forced or insolvent."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.last_day = 0

    @in_fifty_digits
    def close(self, marks, lines: DayLines, t: int, is_unsold: bool) -> str:
        """Return the event of the close of session `t`."""
        state, ratio = self.account.state, self.account.maintenance_ratio(marks)
        calm = "warned" if ratio < lines.warn else "calm"
        for line in (lines.warn, lines.call, lines.cure, lines.restore, lines.instant, ONE):
            self.account.closest = min(self.account.closest, abs(ratio - line) * 1000)
        if state == "insolvent":
            return ""
        if ratio < 1:
            return self.enter("insolvent", "insolvent")
        if state == "forced":
            if ratio >= (lines.restore if is_unsold else lines.call):
                return self.enter(calm, "restored")
            if is_unsold:
                return ""
        if ratio < lines.instant:
            return self.enter("forced", "instant")
        if state == "called":
            if ratio >= lines.cure:
                return self.enter(calm, "cured")
            return "" if t < self.last_day else self.enter("forced", "forced_sale")
        if ratio < lines.call:
            self.last_day = t + lines.grace
            return self.enter("called", "call")
        return self.enter(calm, "warn" if calm == "warned" and state == "calm" else "")

    def enter(self, state: str, event: str) -> str:
        self.account.state = state
        return event


class Lots:
    """Counts of shares that may be traded: `minimum` and up in steps, or all that is held."""

    def __init__(self, minimum: Decimal, step: Decimal) -> None:
        self.minimum, self.step = minimum, step

    def is_count(self, shares: Decimal, held: Decimal) -> bool:
        steps = (shares - self.minimum) / self.step
        return shares == held or (steps >= 0 and steps == int(steps))

    def below(self, shares: Decimal) -> Decimal:
        """Return the next smaller count, 0 where there is none."""
        if shares <= self.minimum:
            return ZERO
        return self.minimum + ((shares - self.minimum) / self.step - 1).to_integral_value(ROUND_CEILING) * self.step

    def up(self, shares: Decimal) -> Decimal:
        steps = ((shares - self.minimum) / self.step).to_integral_value(ROUND_CEILING)
        return self.minimum + max(steps, ZERO) * self.step


class Desk:
    """Judges the forced orders of one session."""

    def __init__(
        self, account: Account, marks, lots: list[Lots], order: int, restore: Decimal, terms: DayTerms, cash_first: bool
    ):
        self.account, self.marks, self.lots, self.terms = account, marks, lots, terms
        self.order, self.restore, self.cash_first = order, restore, cash_first
        self.tried_long: set[int] = set()
        self.tried_short: set[int] = set()

    # ---- what there is ----

    def lack(self, account: Account) -> Decimal:
        """Return the assets that are missing at the restore line."""
        debt = account.principal() + account.short_value(self.marks) + account.accrued()
        return self.restore * debt - account.cash - account.long_value(self.marks)

    def sellable(self, kind) -> dict[int, Decimal]:
        """Return the long shares that an order of `kind` may sell, by security not tried yet."""
        account, found = self.account, {}
        for j in range(len(account.own)):
            shares = account.own[j] - account.bought_today[j]
            if kind == OrderKind.SELL_TO_REPAY:
                shares += sum(x.shares for x in account.financings() if x.symbol == j and x.opened < account.today)
            if shares > 0 and j not in self.tried_long and self.marks[j] > 0:
                found[j] = shares
        return found

    def first(self, sellable: dict[int, Decimal]) -> set[int]:
        """Return the securities that may be sold first: more than one where they tie."""
        account = self.account
        if self.order == PRO_RATA:
            return {min(sellable)}
        rank = {j: n * self.marks[j] for j, n in sellable.items()}
        if self.order == LOSERS:
            for j in sellable:
                cost = account.cost[j] + sum(x.cost for x in account.financings() if x.symbol == j)
                rank[j] = ONE - account.held(j) * self.marks[j] / cost if cost > 0 else ZERO
        best = max(rank.values())
        return {j for j in rank if best - rank[j] <= abs(best) * Decimal("1e-12")}

    def after(self, kind, j: int, shares: Decimal, borrowed: Decimal = LOAN_OF_CASH) -> Any:
        """Return a copy of the account after an order, carried out with `borrowed` cash; None where it is refused."""
        trial = copy.deepcopy(self.account)
        trial.cash += borrowed
        bought = self.lots[j].up(shares)
        done = trial.order(
            kind, j, shares, self.marks[j], ZERO, bought, ZERO, self.marks, None, self.terms, is_forced=True
        )
        trial.cash -= borrowed
        return None if done.reasons else trial

    # ---- the judgement ----

    @in_fifty_digits
    def objections(self, kind, j: int, shares: Decimal) -> list[str]:
        """Return what speaks against the choice of one forced order; `shares` 0 means that nothing is left to do."""
        account, everything = self.account, self.account.state == "insolvent"
        lack = self.lack(account)
        if abs(lack) < Decimal("1e-6") + Decimal("2e-9") * (account.cash + account.long_value(self.marks)):
            return []  # floats may see the line reached or not
        if not everything and lack < 0:
            return ["it goes on above the line"] if shares else []
        owes = any(loan.principal + loan.accrued > 0 for loan in account.financings())
        if owes and self.cash_first and kind == OrderKind.REPAY and shares <= 2 * CENTS:
            return []  # some cents more or less
        if owes and self.cash_first and not everything and account.available_cash() > 2 * CENTS:
            return self.against_repayment(kind, shares, lack)
        sale = OrderKind.SELL_TO_REPAY if owes else OrderKind.SELL
        sellable = self.sellable(sale) if owes or everything else {}
        if sellable:
            if not shares or kind != sale or j not in self.first(sellable):
                return [f"{sale.name} of {self.first(sellable)} comes first, got {kind} of {j}"]
            return self.against_size(kind, j, shares, sellable)
        old = {x.symbol for x in account.shorts() if x.opened < account.today} - self.tried_short
        if everything and kind == OrderKind.BUY_TO_RETURN and shares and self.is_hopeless(j):
            if j in account.said:
                return [f"that {j} cannot be paid was said before"]
            account.said.add(j)
        old -= {k for k in old if everything and k in account.said and k != j and self.is_hopeless(k)}
        if old:
            return self.against_cover(kind, j, shares, old, everything)
        if everything and owes and account.available_cash() > CENTS:
            is_it = kind == OrderKind.REPAY and ZERO < shares <= account.available_cash() + CENTS
            return [] if is_it else ["the cash that is left should repay"]
        is_dust = kind == OrderKind.REPAY and owes and shares <= 2 * CENTS
        return [f"nothing is left, yet {kind} of {shares} in {j}"] if shares and not is_dust else []

    def against_repayment(self, kind, amount, lack) -> list[str]:
        """Cash comes first: all of it, all that is owed, or what the line asks for."""
        owed = sum(loan.principal + loan.accrued for loan in self.account.financings())
        right = min(self.account.available_cash(), owed, lack / (self.restore - 1))
        is_it = kind == OrderKind.REPAY and abs(amount - right) <= 2 * CENTS
        return [] if is_it else [f"cash should repay {right} first, got {kind} of {amount}"]

    def against_size(self, kind, j, shares, sellable) -> list[str]:
        if self.account.state == "insolvent":
            return [] if shares == sellable[j] else ["an insolvent account sells all"]
        if not self.lots[j].is_count(shares, sellable[j]):
            return [f"{shares} are no lots"]
        if self.order == PRO_RATA:
            return self.against_part(j, shares, sellable)
        is_all = shares == sellable[j]
        if not is_all and not self.is_enough(self.after(kind, j, shares), CENTS):
            return [f"{shares} of {sellable[j]} are too few"]
        less = self.lots[j].below(shares)
        if less and self.is_enough(self.after(kind, j, less), -CENTS):
            return [f"{less} would have been enough, not {shares}"]
        return []

    def is_enough(self, trial: Account, tolerance: Decimal) -> bool:
        """Tell whether the line is reached; or no financing debt is left, beyond which a sale repays nothing."""
        debt = sum(loan.principal + loan.accrued for loan in trial.financings())
        had_debt = any(loan.principal for loan in self.account.financings())
        return self.lack(trial) <= tolerance or (had_debt and debt <= max(tolerance, ZERO))

    def against_part(self, j, shares, sellable) -> list[str]:
        """Hold the part of one security in the sale of all against the part of its value in theirs."""
        part = sellable[j] * self.marks[j] / sum(n * self.marks[k] for k, n in sellable.items())
        wanted = self.value_wanted()
        few, many = (
            min(self.lots[j].up((wanted + d) * part / self.marks[j]), sellable[j])
            for d in (-CENTS, self.marks[j] + CENTS)  # the size of the sale is searched for in single shares
        )
        return [] if few <= shares <= many else [f"{shares}, not its part {few} to {many}"]

    def value_wanted(self) -> Decimal:
        """Return by bisection the value of one sale that reaches the line or pays the debt."""
        owed = sum(loan.principal + loan.accrued for loan in self.account.financings())
        low, high, lack = ZERO, Decimal(2 * owed + 1000), self.lack(self.account)
        while high - low > Decimal("0.001"):
            value = (low + high) / 2
            fees = trade(value, ONE, True, self.terms).fees
            repaid = value - fees
            if repaid >= owed or lack + fees - (self.restore - 1) * repaid <= 0:
                high = value
            else:
                low = value
        return high

    def against_cover(self, kind, j, shares, old, everything) -> list[str]:
        """Hold a cover, or the sale that pays for one, against what the largest short position needs."""
        account = self.account
        values = {k: account.owed(k) * self.marks[k] for k in old}
        largest = {k for k in old if max(values.values()) - values[k] < Decimal("1e-6")}
        if kind == OrderKind.BUY_TO_RETURN:
            if j not in largest:
                return [f"the largest short is in {largest}, not {j}"]
            return self.against_cover_size(j, shares, everything)
        sellable = self.sellable(OrderKind.SELL)
        if kind != OrderKind.SELL or not sellable or j not in self.first(sellable):
            return [f"a short position is left, yet {kind} of {shares} in {j}"]
        affordable = [k for k in largest if self.wanted_is_paid(k, everything)]
        return ["the cash reaches, yet a long position is sold"] if len(affordable) == len(largest) else []

    def wanted_is_paid(self, k: int, everything: bool) -> bool:
        """Tell whether the cash at hand, less some cents, pays what is wanted of the short position in `k`."""
        wanted = self.account.owed(k) if everything else self.enough_to_cover(k)
        return self.after(OrderKind.BUY_TO_RETURN, k, wanted, -CENTS) is not None

    def enough_to_cover(self, k: int) -> Decimal:
        """Return by counting down from all the least count that reaches the line."""
        owed = self.account.owed(k)
        low, high = ZERO, (owed / self.lots[k].step).to_integral_value(ROUND_CEILING)
        while high - low > 1:
            middle = (low + high) // 2
            trial = self.after(OrderKind.BUY_TO_RETURN, k, middle * self.lots[k].step)
            low, high = (low, middle) if self.lack(trial) <= 0 else (middle, high)
        return min(max(high * self.lots[k].step, self.lots[k].minimum), owed)

    def is_hopeless(self, k: int) -> bool:
        """Tell whether nothing pays for the least cover in `k`: no cash, and no long position to sell for it."""
        least = min(self.lots[k].minimum, self.account.owed(k))
        is_paid = self.after(OrderKind.BUY_TO_RETURN, k, least, CENTS) is not None
        return not is_paid and not self.sellable(OrderKind.SELL)

    def against_cover_size(self, j, shares, everything) -> list[str]:
        owed, step = self.account.owed(j), self.lots[j].step
        wanted = owed if everything else self.enough_to_cover(j)
        if wanted <= shares <= wanted + step:
            return []
        if shares == owed:  # nothing can be paid: the order is there to be refused
            least = min(self.lots[j].minimum, owed)
            return [] if self.after(OrderKind.BUY_TO_RETURN, j, least, -CENTS) is None else ["some could be paid"]
        if shares > wanted:
            return [f"{wanted} would have been enough, not {shares}"]
        more = min(shares + step, owed)
        trial = self.after(OrderKind.BUY_TO_RETURN, j, shares)
        if not everything and abs(self.lack(trial)) <= CENTS:
            return []
        is_paid = self.after(OrderKind.BUY_TO_RETURN, j, more, -CENTS) is not None
        return [f"the cash would have paid more than {shares}"] if is_paid else []

    # ---- contracts that fell due ----

    @in_fifty_digits
    def due_objections(self, loan: Loan, kind, j: int, shares: Decimal) -> list[str]:
        """Return what speaks against an order that is to close `loan`: its shares, then cash, then other shares."""
        account = self.account
        if loan not in account.loans:
            return ["the contract is closed"] if shares else []
        if loan.is_short:
            return self.due_cover_objections(loan, kind, j, shares)
        own = self.sellable(OrderKind.SELL_TO_REPAY)
        if loan.shares and loan.symbol in own:
            count = self.lots[j].up(loan.shares)
            is_it = kind == OrderKind.SELL_TO_REPAY and j == loan.symbol and shares == min(count, own[j])
            return [] if is_it else ["its own shares come first"]
        if account.available_cash() > CENTS:
            is_it = kind == OrderKind.REPAY and ZERO < shares <= account.available_cash() + CENTS
            return [] if is_it else ["cash comes before other shares"]
        if shares and kind == OrderKind.REPAY:
            return [] if shares <= account.available_cash() + CENTS else ["no such cash"]
        for sale in (OrderKind.SELL, OrderKind.SELL_TO_REPAY):
            sellable = self.sellable(sale)
            if sellable:
                is_it = shares and kind == sale and j in self.first(sellable) and shares <= sellable[j]
                return [] if is_it else [f"{sale.name} of {self.first(sellable)} comes first"]
        return ["nothing is left to sell"] if shares else []

    def due_cover_objections(self, loan: Loan, kind, j: int, shares: Decimal) -> list[str]:
        if loan.symbol in self.tried_short:
            return ["it was tried"] if shares else []
        if self.account.state == "insolvent" and self.is_hopeless(loan.symbol):
            if not shares and loan.symbol in self.account.said:
                return []
            self.account.said.add(loan.symbol)
        if kind == OrderKind.BUY_TO_RETURN:
            return [] if j == loan.symbol and 0 < shares <= self.account.owed(j) else ["not its shares"]
        sellable = self.sellable(OrderKind.SELL)
        if kind != OrderKind.SELL or not shares or j not in self.first(sellable):
            return [f"a short contract is due, yet {kind} of {shares} in {j}"]
        is_paid = self.after(OrderKind.BUY_TO_RETURN, loan.symbol, loan.shares, -CENTS) is not None
        return ["the cash reaches, yet a long position is sold"] if is_paid else []


EVENTS = {
    "": "NONE",
    "warn": "WARN",
    "call": "CALL",
    "cured": "CURED",
    "forced_sale": "FORCED_SALE",
    "instant": "INSTANT",
    "restored": "RESTORED",
    "insolvent": "INSOLVENT",
}
"""Event of `Watch.close` -> name of the `MarginEvent`."""

STATES = ("calm", "warned", "called", "forced", "insolvent")
"""State by the number that the ledger keeps."""
