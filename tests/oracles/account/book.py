"""The state of the account: cash, collateral and contracts, and how money moves among them."""

import calendar
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .numbers import half_up

ZERO = Fraction(0)
YEAR = 360


@dataclass
class Financing:
    """One loan of money; its shares are attributed to it."""

    number: int
    symbol: str
    opened: date
    due: date
    shares: int
    principal: Fraction
    rate: Fraction
    ratio: Fraction
    interest: Fraction = ZERO  # accrued, not paid
    paid: Fraction = ZERO  # interest
    years: Fraction = ZERO  # CNY x years that were charged
    closed: date | None = None
    first: tuple = ()  # shares and principal at opening

    kind = "financing"


@dataclass
class Short:
    """One loan of shares; `amount` and `locked` belong to the shares that are still owed."""

    number: int
    symbol: str
    opened: date
    due: date
    shares: int
    amount: Fraction  # gross
    locked: Fraction  # net proceeds not used
    rate: Fraction
    ratio: Fraction
    interest: Fraction = ZERO  # the fee accrued, not paid
    dividends: Fraction = ZERO  # owed to the lender
    recalled: int = 0  # shares that the lender wants back
    recall_day: date | None = None  # by whose close
    recall_said: bool = False
    paid: Fraction = ZERO
    years: Fraction = ZERO
    closed: date | None = None
    first: tuple = ()

    kind = "short"


@dataclass
class Book:
    """The account. `today` holds what was bought this session and may not be sold."""

    cash: Fraction
    day: date | None = None
    collateral: dict = field(default_factory=dict)
    today: dict = field(default_factory=dict)
    financing: list = field(default_factory=list)  # open contracts, oldest first
    shorts: list = field(default_factory=list)
    every: list = field(default_factory=list)  # all contracts ever
    dividends: Fraction = ZERO
    dividends_owed: Fraction = ZERO
    earned: Fraction = ZERO  # interest on cash, not credited
    credited: Fraction = ZERO  # interest on cash, all that was
    in_cents: bool = False  # what a contract pays of interest or fee is of whole cents

    # ---- what there is --------------------------------------------------------------------------------------------

    @property
    def locked(self):
        return sum((short.locked for short in self.shorts), ZERO)

    @property
    def available(self):
        return self.cash - self.locked

    @property
    def principal(self):
        return sum((loan.principal for loan in self.financing), ZERO)

    @property
    def accrued(self):
        """Return interest, fees and dividends owed that are not paid yet."""
        owed = sum((contract.interest for contract in self.financing + self.shorts), ZERO)
        return owed + sum((short.dividends for short in self.shorts), ZERO)

    def financed(self, symbol):
        return sum(loan.shares for loan in self.financing if loan.symbol == symbol)

    def held(self, symbol):
        return self.collateral.get(symbol, 0) + self.financed(symbol)

    def sellable(self, symbol):
        """Return the shares of `symbol`, collateral and financed, that were not bought today."""
        old = sum(loan.shares for loan in self.financing if loan.symbol == symbol and loan.opened != self.day)
        return old + self.sellable_collateral(symbol)

    def sellable_collateral(self, symbol):
        return self.collateral.get(symbol, 0) - self.today.get(symbol, 0)

    def owed(self, symbol):
        return sum(short.shares for short in self.shorts if short.symbol == symbol)

    # ---- money ----------------------------------------------------------------------------------------------------

    def pay_owed(self, amount):
        """Pay what is owed: from available cash, then from locked proceeds, oldest first."""
        rest = amount - min(amount, max(self.available, ZERO))
        self.cash -= amount
        for short in self.shorts:
            used = min(rest, short.locked)
            short.locked -= used
            rest -= used

    def repay(self, contracts, money, own_cash):
        """Repay `contracts` in their order, each its interest and then its principal; return (used, interest paid).

        With `own_cash` the money comes out of the account, else out of the proceeds of a sale.
        """
        left, paid = money, ZERO
        for loan in contracts:
            left, interest = self._repay_one(loan, left, own_cash)
            paid += interest
        self.financing = [loan for loan in self.financing if not self._is_over(loan)]
        return money - left, paid

    def _repay_one(self, loan, money, own_cash):
        due = self.payable(loan.interest + self.day_of(loan))
        if money >= due + loan.principal:
            interest, principal = due, loan.principal
        elif self.day_of(loan):  # what is repaid on the opening day pays for one day
            interest = self.payable(money - money / (1 + loan.rate / YEAR))
            principal = money - interest
        else:
            interest = min(money, due)
            principal = money - interest
        self._take(loan, interest)
        loan.principal -= principal
        money -= interest + principal
        loan.years += principal / YEAR if loan.opened == self.day else 0
        if own_cash:
            self.pay_owed(interest)
            self.cash -= principal
        return money, interest

    def payable(self, interest):
        """Return what is paid of an amount of interest or fee."""
        return half_up(interest) if self.in_cents else interest

    def _take(self, contract, paid):
        """Take paid interest off what has accrued; nothing is left where all of its whole cents were paid."""
        is_all = self.in_cents and paid >= self.payable(contract.interest)
        contract.interest = ZERO if is_all else max(contract.interest - paid, ZERO)
        contract.paid += paid

    def post(self, contracts):
        """Pay accrued interest and fees, of the oldest contract first, as far as there is cash; return what is paid."""
        posted = ZERO
        for contract in sorted(contracts, key=lambda contract: contract.number):
            part = min(self.payable(contract.interest), max(self.cash, ZERO))
            self.pay_owed(part)
            self._take(contract, part)
            posted += part
        return posted

    def owed_on(self, contracts):
        """Return what paying financing contracts off costs that opened before today."""
        return sum((loan.principal + self.payable(loan.interest) for loan in contracts), ZERO)

    def day_of(self, contract):
        """Return the one day that a contract pays at least: due where it is closed on its opening day."""
        if contract.opened != self.day:
            return ZERO
        amount = contract.principal if contract.kind == "financing" else contract.amount
        return amount * contract.rate / YEAR

    def _is_over(self, loan):
        """Return whether a contract is paid in full; its shares become collateral then."""
        if loan.principal or loan.interest:
            return False
        self.collateral[loan.symbol] = self.collateral.get(loan.symbol, 0) + loan.shares
        if loan.opened == self.day:
            self.today[loan.symbol] = self.today.get(loan.symbol, 0) + loan.shares
        loan.shares, loan.closed = 0, self.day
        return True

    # ---- shares ---------------------------------------------------------------------------------------------------

    def add(self, symbol, shares, bought=True):
        self.collateral[symbol] = self.collateral.get(symbol, 0) + shares
        if bought:
            self.today[symbol] = self.today.get(symbol, 0) + shares

    def take_out(self, symbol, shares):
        """Take sold shares out: those of contracts first, oldest first, then collateral; never today's."""
        for loan in self.financing:
            if loan.symbol == symbol and loan.opened != self.day:
                sold = min(shares, loan.shares)
                loan.shares -= sold
                shares -= sold
        self.collateral[symbol] = self.collateral.get(symbol, 0) - shares
        assert shares <= 0 or self.sellable_collateral(symbol) >= 0

    def returnable(self, symbol, delayed):
        """Return the contracts whose shares may be returned today, oldest first."""
        return [s for s in self.shorts if s.symbol == symbol and not (delayed and s.opened == self.day)]

    def settled(self, short, given):
        """Return the fee, at least one day's, and the dividends that go with `given` shares of a contract."""
        part = Fraction(given, short.shares)
        return self.payable((short.interest + self.day_of(short)) * part) + short.dividends * part

    def give_back(self, contracts, shares):
        """Return `shares` to the lenders, oldest contract first; give the fees and dividends to be paid for them."""
        fees = dividends = ZERO
        for short in contracts:
            given = min(shares, short.shares)
            if not given:
                continue
            part = Fraction(given, short.shares)
            dividends += short.dividends * part
            fee = self.settled(short, given) - short.dividends * part
            short.years += short.amount * part / YEAR if short.opened == self.day else 0
            short.interest *= 1 - part
            short.dividends *= 1 - part
            short.amount *= 1 - part
            short.locked *= 1 - part
            short.shares -= given
            short.recalled = max(short.recalled - given, 0)
            short.paid += fee
            short.closed = short.closed if short.shares else self.day
            fees += fee
            shares -= given
        self.shorts = [short for short in self.shorts if short.shares]
        return fees, dividends

    # ---- days -----------------------------------------------------------------------------------------------------

    def accrue(self, days, basis, marks, rate_on):
        """Add the interest and fees of calendar `days`, each at the rate that `rate_on` gives of contract and day."""
        for loan in self.financing:
            loan.years += loan.principal * len(days) / YEAR
            loan.interest += loan.principal * sum(rate_on(loan, day) for day in days) / YEAR
        for short in self.shorts:
            value = short.amount if basis == "sell_amount" else short.shares * marks[short.symbol]
            short.years += value * len(days) / YEAR
            short.interest += value * sum(rate_on(short, day) for day in days) / YEAR

    def earn(self, cash_rate, proceeds_rate):
        """Add the interest that one calendar day brings on cash and on locked proceeds."""
        self.earned += (self.available * cash_rate + self.locked * proceeds_rate) / YEAR if self.cash > 0 else 0

    def act(self, action, tax):
        """Carry out a corporate action, long and short."""
        gross = self.held(action.symbol) * action.cash
        self.cash += gross * (1 - tax)
        self.dividends += gross * (1 - tax)

        def more(shares):
            return int(shares * action.ratio // 1)

        if self.collateral.get(action.symbol):
            self.collateral[action.symbol] += more(self.collateral[action.symbol])
        for contract in self.financing + self.shorts:
            if contract.symbol == action.symbol:
                if contract.kind == "short":
                    contract.dividends += contract.shares * action.cash
                    self.dividends_owed += contract.shares * action.cash
                    contract.recalled += more(contract.recalled)
                contract.shares += more(contract.shares)


def months_later(day, months):
    """Return the same day of a later month, the last day of that month where it has no such day."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
