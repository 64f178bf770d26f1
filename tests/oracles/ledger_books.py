"""The books of a slow and obvious credit account: exact decimals, lists of contracts, one calendar day after the other.

Written from the rules of the account, not from the kernels. Where a comparison of two amounts of money decides
something, `closest` remembers how near the two came: floats may decide otherwise there, and no test should ask.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import wraps
from typing import Any

from liangrong.core.types import Refusal

CENT = Decimal("0.01")
LAST_DIGITS = Decimal("1e-30")  # what 50 digits leave of an exact equality
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass
class DayTerms:
    """What holds on one day; all numbers are Decimals, `cover_delay` is a count of sessions."""

    commission_rate: Decimal
    commission_minimum: Decimal
    stamp_duty_rate: Decimal
    transfer_fee_rate: Decimal
    transfer_fee_on_par: Decimal
    day_count: Decimal
    financing_rate: Decimal
    borrow_rate: Decimal
    financing_ratio: Decimal
    short_ratio: Decimal
    credit_line: Decimal
    warn_ratio: Decimal
    cover_delay: int
    finances_fees: bool
    financing_ratio_base: Decimal = Decimal(0)
    short_ratio_base: Decimal = Decimal(0)
    return_financed: bool = True
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()  # (below this ratio, at most this share of the assets), ascending


@dataclass
class Loan:
    """A financing contract or a short contract."""

    is_short: bool
    symbol: int
    opened: int
    rate: Decimal
    ratio: Decimal
    shares: Decimal
    principal: Decimal = ZERO
    sell_amount: Decimal = ZERO
    locked: Decimal = ZERO
    accrued: Decimal = ZERO
    paid: Decimal = ZERO
    cost: Decimal = ZERO  # of the attributed shares
    compensation: Decimal = ZERO  # dividends owed to the lender


@dataclass
class Done:
    """What an order did; `reasons` says why it did not."""

    reasons: set[Refusal] = field(default_factory=set)
    shares: Decimal = ZERO
    value: Decimal = ZERO
    commission: Decimal = ZERO
    stamp_duty: Decimal = ZERO
    transfer_fee: Decimal = ZERO
    interest: Decimal = ZERO

    @property
    def fees(self) -> Decimal:
        return self.commission + self.stamp_duty + self.transfer_fee


def in_fifty_digits(method):
    @wraps(method)
    def precise(*args, **kwargs):
        with localcontext() as context:
            context.prec = 50
            return method(*args, **kwargs)

    return precise


def half_up(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def trade(shares: Decimal, price: Decimal, sells: bool, terms: DayTerms) -> Done:
    """Return value and fees of a trade: the duty falls on sales only, each fee is rounded by itself."""
    value = shares * price
    if value == 0:
        return Done(shares=shares)
    commission = half_up(max(value * terms.commission_rate, terms.commission_minimum))
    duty = half_up(value * terms.stamp_duty_rate) if sells else ZERO
    transfer = max(half_up(value * terms.transfer_fee_rate), half_up(shares * terms.transfer_fee_on_par))
    return Done(set(), shares, value, commission, duty, transfer)


class Books:
    """State and sums of one credit account over `securities` securities."""

    def __init__(self, cash: Decimal, securities: int) -> None:
        self.cash = cash
        self.own = [ZERO] * securities
        self.bought_today = [ZERO] * securities
        self.cost = [ZERO] * securities
        self.state = "calm"  # of ledger_risk
        self.said: set[int] = set()  # securities of which it was said that the insolvent account cannot buy them back
        self.loans: list[Loan] = []
        self.finished: list[Loan] = []
        self.today: Any = None  # an int from the first session on
        self.closest = Decimal("Infinity")

    # ---- the day ----

    @in_fifty_digits
    def start_session(self, today: int, day_count: Decimal, fee_price: list[Decimal] | None = None) -> None:
        """Open a session; with `fee_price` a borrow fee follows the value of what is owed, else the sell amount."""
        for _ in range(0 if self.today is None else today - self.today):
            for loan in self.loans:
                basis = loan.sell_amount if loan.is_short else loan.principal
                if loan.is_short and fee_price is not None:
                    basis = loan.shares * fee_price[loan.symbol]
                loan.accrued += basis * loan.rate / day_count
        self.today = today
        self.bought_today = [ZERO] * len(self.own)

    @in_fifty_digits
    def act(self, symbol: int, cash_per_share: Decimal, share_ratio: Decimal, tax: Decimal) -> None:
        """Let holders receive a dividend and new shares, and borrowers owe both; parts of a share are dropped."""
        self.cash += self.held(symbol) * cash_per_share * (ONE - tax)
        self.own[symbol] += self.own[symbol] * share_ratio // 1
        for loan in self.loans:
            if loan.symbol == symbol:
                loan.compensation += loan.shares * cash_per_share if loan.is_short else ZERO
                loan.shares += loan.shares * share_ratio // 1

    @in_fifty_digits
    def post_interest(self) -> Decimal:
        """Pay what has accrued, proceeds included, the oldest contract first."""
        posted = ZERO
        for loan in self.loans:
            part = min(loan.accrued, max(self.cash, ZERO))
            loan.accrued -= part
            loan.paid += part
            self.cash -= part
            posted += part
        self.draw()
        return posted

    def draw(self) -> None:
        """Proceeds pay what the other cash did not, those of the oldest short first."""
        for loan in self.loans:
            missing = sum(other.locked for other in self.loans) - self.cash
            loan.locked -= max(min(loan.locked, missing), ZERO)

    @staticmethod
    def day_of_interest(loan: Loan, day_count: Decimal) -> Decimal:
        return (loan.sell_amount if loan.is_short else loan.principal) * loan.rate / day_count

    def least_interest(self, loan: Loan, day_count: Decimal) -> Decimal:
        """Return what a payment on the opening day owes beside the accrued: one day."""
        return self.day_of_interest(loan, day_count) if loan.opened == self.today else ZERO

    # ---- sums ----

    def financings(self) -> list[Loan]:
        return [loan for loan in self.loans if not loan.is_short]

    def shorts(self) -> list[Loan]:
        return [loan for loan in self.loans if loan.is_short]

    def available_cash(self) -> Decimal:
        return max(self.cash - sum(loan.locked for loan in self.loans), ZERO)

    def held(self, symbol: int) -> Decimal:
        return self.own[symbol] + sum(loan.shares for loan in self.financings() if loan.symbol == symbol)

    def owed(self, symbol: int) -> Decimal:
        return sum((loan.shares for loan in self.shorts() if loan.symbol == symbol), ZERO)

    @in_fifty_digits
    def debt(self, day_count: Decimal) -> Decimal:
        loans = self.financings()
        return sum((loan.principal + loan.accrued + self.least_interest(loan, day_count) for loan in loans), ZERO)

    def worth(self, shares: Decimal, symbol: int, price: list[Decimal]) -> Decimal:
        return shares * price[symbol] if shares else ZERO  # what is not held needs no price

    def long_value(self, price: list[Decimal]) -> Decimal:
        return sum((self.worth(self.held(symbol), symbol, price) for symbol in range(len(self.own))), ZERO)

    def short_value(self, price: list[Decimal]) -> Decimal:
        return sum((self.worth(loan.shares, loan.symbol, price) for loan in self.shorts()), ZERO)

    def principal(self) -> Decimal:
        return sum((loan.principal for loan in self.loans), ZERO)

    def accrued(self) -> Decimal:
        return sum((loan.accrued + loan.compensation for loan in self.loans), ZERO)

    @in_fifty_digits
    def equity(self, price: list[Decimal]) -> Decimal:
        assets = self.cash + self.long_value(price)
        return assets - self.short_value(price) - self.principal() - self.accrued()

    @in_fifty_digits
    def maintenance_ratio(self, price: list[Decimal]) -> Decimal:
        owed = self.principal() + self.short_value(price) + self.accrued()
        return (self.cash + self.long_value(price)) / owed if owed else Decimal("Infinity")

    @in_fifty_digits
    def available_margin(self, price: list[Decimal], haircut: list[Decimal]) -> Decimal:
        def counted(gain: Decimal, loan: Loan) -> Decimal:
            return gain * haircut[loan.symbol] if gain > 0 else gain

        worth = {id(loan): self.worth(loan.shares, loan.symbol, price) for loan in self.loans}
        margin = self.cash
        margin += sum(self.worth(n, j, price) * haircut[j] for j, n in enumerate(self.own) if n)
        margin += sum(counted(worth[id(loan)] - loan.principal, loan) for loan in self.financings())
        margin += sum(counted(loan.sell_amount - worth[id(loan)], loan) for loan in self.shorts())
        margin -= sum(loan.sell_amount for loan in self.shorts())
        margin -= sum(loan.principal * loan.ratio for loan in self.financings())
        margin -= sum(worth[id(loan)] * loan.ratio for loan in self.shorts())
        return margin - self.accrued()

    def exceeds(self, left: Decimal, right: Decimal) -> bool:
        """Compare two amounts and remember how near they came."""
        if right != Decimal("Infinity"):
            self.closest = min(self.closest, abs(left - right))
        return left > right

    # ---- contracts that end ----

    def take(self, symbol: int, shares: Decimal) -> None:
        """Take shares out of the collateral, each with the average cost."""
        if shares:
            self.cost[symbol] -= self.cost[symbol] * shares / self.own[symbol]
            self.own[symbol] -= shares

    def finish_financing(self, loan: Loan) -> None:
        self.own[loan.symbol] += loan.shares
        self.cost[loan.symbol] += loan.cost
        if loan.opened == self.today:
            self.bought_today[loan.symbol] += loan.shares
        loan.shares = loan.cost = ZERO
        self.finish(loan)

    def finish(self, loan: Loan) -> None:
        self.loans.remove(loan)
        self.finished.append(loan)
