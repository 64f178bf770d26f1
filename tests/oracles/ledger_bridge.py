"""One account twice: what the kernels are asked, the oracle is asked in decimals; then both books are compared."""

import copy
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import Any

import numpy as np
from liangrong.core.account import (
    admission,
    calls,
    corporate_actions,
    credit,
    credit_contracts,
    credit_orders,
    forced_sales,
    order_terms,
)
from liangrong.core.account.costs import CostTerms
from liangrong.core.account.sale_size import Dealing, SaleRule
from liangrong.core.config.options import DEFAULTS, Options
from liangrong.core.types import MarginEvent, OrderKind, Refusal

from .ledger import Account, DayTerms, Done
from .ledger_books import in_fifty_digits
from .ledger_risk import EVENTS, STATES, DayLines, Desk, Lots, Watch

INF = float("inf")
TOLERANCE = 1e-6  # CNY
TIE = 1e-6  # CNY; floats may decide a comparison of two amounts this near either way, and a payment this near is full
ON_SELL_AMOUNT = np.empty(0), DEFAULTS, credit.Charges()
"""Marks, options and charges of an account whose borrow fee is of the sell amount; the marks are not read."""

FREE = CostTerms(0.0, 0.0, 0.0, 0.0)


def terms(costs=FREE, **changes) -> order_terms.Terms:
    """Return terms without costs, with common rates; `changes` replace fields."""
    options = {}
    fields = {"financing_rate": 0.08, "borrow_rate": 0.10, "financing_ratio": 1.0, "short_ratio": 1.0, "cover_delay": 1}
    for name, value in changes.items():
        (options if name in DEFAULTS._fields else fields)[name] = value
    fields = {"day_count": 360.0, **fields}
    return order_terms.Terms(DEFAULTS._replace(**options), costs, **fields)


def taxed(rate: float) -> Options:
    """Return common options with a tax on dividends."""
    return DEFAULTS._replace(dividend_tax_rate=rate)


def dealing(minimum, step) -> Dealing:
    """Return a day on which everything trades at its mark, in lots of `minimum` (N,) and steps of `step` (N,)."""
    marks = np.full(len(minimum), np.nan)
    return Dealing(np.array(minimum, float), np.array(step, float), marks, marks.copy(), np.zeros(len(minimum), int))


def sale_rule(order: int, restore: float, costs: CostTerms, cash_first: bool = True) -> SaleRule:
    """Return the rule of a forced sale; every security costs the same."""
    first = forced_sales.CASH_FIRST
    options = DEFAULTS._replace(forced_sale=order, forced_sale_cash=first if cash_first else 1 - first)
    return SaleRule(options, restore, True, (costs, costs, costs, costs))


def is_cash_first(rule: SaleRule) -> bool:
    return rule.options.forced_sale_cash == forced_sales.CASH_FIRST


def order(kind, symbol=0, shares=0.0, price=0.0, *, amount=0.0, lot=100, borrowable=INF, most=INF) -> order_terms.Order:
    """Return an order; `buy_to_return` buys whole multiples of `lot`; the volume fills no more than `most`."""
    bought = -(-shares // lot) * lot
    plain = float(shares), float(price), float(amount), float(bought), float(borrowable)
    return order_terms.Order(int(kind), symbol, *plain, False, float(most))


def decimal(number) -> Decimal:
    """Return the decimal that a float prints as."""
    return Decimal(repr(float(number)))


def decimals(row) -> list[Decimal]:
    return [decimal(number) for number in row]


def decimal_terms(t: order_terms.Terms) -> DayTerms:
    of = t.options
    tiers = zip(decimals(t.tier_below), decimals(t.tier_share), strict=True)
    rates = t.day_count, t.financing_rate, t.borrow_rate, t.financing_ratio, t.short_ratio, of.credit_line, of.warn
    bases = {name: decimal(getattr(of, name)) for name in ("financing_ratio_base", "short_ratio_base")}
    plain: list[Any] = [*decimals(t.costs[:5]), *decimals(rates), t.cover_delay, of.finances_fees]
    return DayTerms(*plain, **bases, return_financed=of.return_financed, tiers=tuple(tiers))


class KernelAccount:
    """The kernels' ledger behind short names; the tests' worked examples run on it."""

    def __init__(self, cash: float, securities: int = 1, day: int = 0, conditions=None) -> None:
        self.terms = conditions or terms()
        self.ledger = credit.open_ledger(cash, securities, capacity=2)
        self.price = np.full(securities, np.nan)
        self.haircut = np.full(securities, 0.65)
        self.charges = credit.Charges()
        self.term = 180  # days until a contract that opens falls due
        self.session(day)

    def session(self, day: int, marks=None) -> None:
        """Open a session; with `marks` a borrow fee follows the value of what is owed, else the sell amount."""
        options = self.terms.options
        if marks is not None:
            options = options._replace(fee_basis=credit.ON_MARKET_VALUE)
        marks = np.empty(0) if marks is None else np.asarray(marks, float)
        today = 10_000 + day
        credit.start_session(self.ledger, today, today + self.term, self.terms.day_count, marks, options, self.charges)

    def do(self, kind, symbol=0, shares=0.0, price=None, *, fill=None, **more) -> order_terms.Effect:
        """Carry out an order at the mark, or at `fill`; a `price` becomes the mark first."""
        if price is not None:
            self.price[symbol] = price
        self.ledger = credit.with_capacity(self.ledger)
        asked = order(kind, symbol, shares, self.price[symbol] if fill is None else fill, **more)
        return credit_orders.execute(self.ledger, asked, self.price, self.haircut, self.terms)

    def force(self, kind, symbol, shares, lot=(100.0, 100.0)) -> order_terms.Effect:
        """Carry out a forced order at the mark; `shares` is the amount where it repays."""
        bought = float(admission.lots_above(shares, *lot))
        numbers = (shares, self.price[symbol], shares if kind == OrderKind.REPAY else 0.0, bought, INF)
        asked = order_terms.Order(int(kind), symbol, *numbers, True)
        return credit_orders.execute(self.ledger, asked, self.price, self.haircut, self.terms)

    def must(self, kind, *args, **more) -> order_terms.Effect:
        effect = self.do(kind, *args, **more)
        assert effect.refusal == 0, Refusal(effect.refusal)
        return effect

    def sweep(self) -> np.ndarray:
        """Return the contracts that closed today, taken out of the ledger."""
        closed = np.zeros(int(self.ledger.account[0]["closed_today"]), credit.CONTRACT)
        credit.sweep(self.ledger, closed)
        return closed

    @property
    def contracts(self) -> np.ndarray:
        return self.ledger.contracts[: self.ledger.account[0]["open_contracts"]]

    @property
    def cash(self) -> float:
        return float(self.ledger.account[0]["cash"])

    @property
    def available_cash(self) -> float:
        return credit.available_cash(self.ledger)

    @property
    def margin(self) -> float:
        return credit.available_margin(self.ledger, self.price, self.haircut)

    @property
    def sums(self) -> credit.Totals:
        return credit.totals(self.ledger, self.price)

    @property
    def ratio(self) -> float:
        return credit.maintenance_ratio(self.sums)

    @property
    def equity(self) -> float:
        return credit.equity(self.sums)


@dataclass
class Twins:
    """The kernels' account and the oracle's, side by side."""

    kernel: KernelAccount
    oracle: Account
    refused: dict[Refusal, int] = field(default_factory=dict)
    filled: dict[OrderKind, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)
    chosen: dict[str, int] = field(default_factory=dict)  # forced orders by the account's state and kind

    @classmethod
    def open(cls, cash: float, securities: int, day: int, conditions: order_terms.Terms) -> "Twins":
        kernel = KernelAccount(cash, securities, day, conditions)
        twins = cls(kernel, Account(decimal(cash), securities))
        twins.oracle.start_session(10_000 + day, decimal(conditions.day_count))
        return twins

    def session(self, day: int, price, haircut, conditions, fee_price=None) -> None:
        kernel = self.kernel
        kernel.sweep()
        kernel.terms, kernel.price, kernel.haircut = conditions, np.array(price), np.array(haircut)
        kernel.session(day, fee_price)
        exact = None if fee_price is None else decimals(fee_price)
        self.oracle.start_session(10_000 + day, decimal(conditions.day_count), exact)

    def act(self, symbol: int, cash_per_share: float, share_ratio: float, tax: float) -> None:
        corporate_actions.apply_action(self.kernel.ledger, symbol, cash_per_share, share_ratio, taxed(tax))
        self.oracle.act(symbol, *decimals((cash_per_share, share_ratio, tax)))

    def post(self) -> None:
        posted = credit_contracts.post_interest(self.kernel.ledger, True)
        same([posted], [self.oracle.post_interest()], "posted interest")

    def close(self, lines: calls.Lines, t: int, watch: Watch) -> bool:
        """Let both judge the close of session `t`; False where a line is so near that floats may decide otherwise."""
        kernel, unsold = self.kernel, bool(self.kernel.ledger.account[0]["unsold"])
        event = calls.judge_close(kernel.ledger, kernel.sums, lines, t)
        of: list[Any] = [*decimals(lines[:5]), lines.grace]
        expected = watch.close(decimals(kernel.price), DayLines(*of), t, unsold)
        if self.oracle.closest < TIE:
            return False
        assert MarginEvent(event).name == EVENTS[expected]
        self.events[expected] = self.events.get(expected, 0) + 1
        if expected == "call" and lines.grace == 0:  # the deadline is this very close
            assert calls.is_due_at_once(kernel.ledger, event, t)
            return self.close(lines, t, watch)
        assert not calls.is_due_at_once(kernel.ledger, event, t)
        assert STATES[kernel.ledger.account[0]["risk_state"]] == self.oracle.state
        return True

    def forced_sale(self, rule: SaleRule, lots: Dealing, blocked) -> bool:
        """Sell as the kernels choose while the oracle judges each choice; False where a tie ended it.

        Securities in `blocked` do not trade.
        """
        kernel, n = self.kernel, len(self.kernel.price)
        marks, conditions = decimals(np.nan_to_num(kernel.price)), decimal_terms(kernel.terms)
        steps = [Lots(*pair) for pair in zip(decimals(lots.minimum), decimals(lots.step), strict=True)]
        desk = Desk(
            self.oracle,
            marks,
            steps,
            int(rule.options.forced_sale),
            decimal(rule.restore),
            conditions,
            is_cash_first(rule),
        )
        tried = np.zeros((2, n), dtype=np.bool_)
        for _ in range(4 * n + 4):
            choice = forced_sales.next_forced_order(kernel.ledger, np.nan_to_num(kernel.price), lots, rule, tried)
            objections = desk.objections(OrderKind(choice.kind), choice.symbol, decimal(max(choice.shares, 0.0)))
            assert not objections, (choice, objections)
            if choice.shares <= 0.0:
                missing = desk.lack(self.oracle) > Decimal("1e-6")
                kernel.ledger.account[0]["unsold"] = int(missing)
                return True
            if not self.force(choice, lots, tried, desk, blocked):
                return False
        raise AssertionError("a forced sale that does not end")

    def due_sale(self, identity: int, rule: SaleRule, lots: Dealing, blocked) -> bool:
        """Close a contract that fell due as the kernels choose; False where a tie ended it."""
        kernel, n = self.kernel, len(self.kernel.price)
        marks, conditions = decimals(kernel.price), decimal_terms(kernel.terms)
        steps = [Lots(*pair) for pair in zip(decimals(lots.minimum), decimals(lots.step), strict=True)]
        desk = Desk(
            self.oracle,
            marks,
            steps,
            int(rule.options.forced_sale),
            decimal(rule.restore),
            conditions,
            is_cash_first(rule),
        )
        tried = np.zeros((2, n), dtype=np.bool_)
        live = [c["id"] for c in kernel.contracts if c["closed"] == credit.NOT_CLOSED]
        if identity not in live:
            assert forced_sales.next_due_order(kernel.ledger, identity, kernel.price, lots, rule, tried).shares == 0.0
            return True
        loan = self.oracle.loans[live.index(identity)]
        for _ in range(8 * n + 8):
            choice = forced_sales.next_due_order(kernel.ledger, identity, kernel.price, lots, rule, tried)
            kind = OrderKind(choice.kind)
            objections = desk.due_objections(loan, kind, choice.symbol, decimal(max(choice.shares, 0.0)))
            assert not objections, (choice, loan, objections)
            if choice.shares <= 0.0:
                return True
            if not self.force(choice, lots, tried, desk, blocked):
                return False
        raise AssertionError("a due contract that is never done with")

    def force(self, choice: forced_sales.Choice, lots: Dealing, tried, desk: Desk, blocked) -> bool:
        kind, j = OrderKind(choice.kind), choice.symbol
        name = f"{self.oracle.state} {kind.name}"
        self.chosen[name] = self.chosen.get(name, 0) + 1
        if kind != OrderKind.REPAY:
            side = kind == OrderKind.BUY_TO_RETURN
            tried[int(side), j] = True
            (desk.tried_short if side else desk.tried_long).add(j)
        if j in blocked and kind != OrderKind.REPAY:
            return True
        bought = float(admission.lots_above(choice.shares, lots.minimum[j], lots.step[j]))
        amount = choice.shares if kind == OrderKind.REPAY else 0.0
        asked = order_terms.Order(int(kind), j, choice.shares, self.kernel.price[j], amount, bought, INF, True)
        return self.do(asked, self.exactly(amount))

    @in_fifty_digits
    def exactly(self, amount: float) -> Decimal:
        """Return the cash or the debt of the exact books that `amount` stands for, else the number itself."""
        loans = self.oracle.financings()
        debts = [loan.principal + loan.accrued for loan in loans]
        meant = [self.oracle.available_cash(), *accumulate(debts), *debts]
        return next((exact for exact in meant if abs(float(exact) - amount) < TIE), decimal(amount))

    def do(self, asked: order_terms.Order, amount: Decimal | None = None) -> bool:
        """Let both carry out one order; False where the oracle sees a tie that floats may decide otherwise.

        `amount` is the exact amount of a repayment that the kernels worked out in floats.
        """
        kernel, oracle = self.kernel, self.oracle
        kernel.ledger = credit.with_capacity(kernel.ledger)
        before = [np.copy(part) for part in kernel.ledger]
        effect = credit_orders.execute(kernel.ledger, asked, kernel.price, kernel.haircut, kernel.terms)
        done = self.judged(asked, decimal(asked.amount) if amount is None else amount)
        if oracle.closest < TIE:
            return False
        if done.reasons:
            assert Refusal(effect.refusal) in done.reasons, f"{asked}: {effect} but {done.reasons}"
            for old, new in zip(before, kernel.ledger, strict=True):
                assert old.tobytes() == new.tobytes(), f"{asked} was refused and changed the account"
            self.refused[Refusal(effect.refusal)] = self.refused.get(Refusal(effect.refusal), 0) + 1
        else:
            names = ("shares", "value", "commission", "stamp_duty", "transfer_fee", "interest")
            assert effect.refusal == 0, f"{asked}: {Refusal(effect.refusal)!r} without need"
            same([getattr(effect, name) for name in names], [getattr(done, name) for name in names], asked)
            self.filled[OrderKind(asked.kind)] = self.filled.get(OrderKind(asked.kind), 0) + 1
        return True

    def judged(self, asked: order_terms.Order, amount: Decimal) -> Done:
        """Return what the oracle makes of an order: judged as asked, then cut by the volume and judged again."""
        kernel = self.kernel

        def submit(account: Account, shares: float, bought: float) -> Done:
            numbers = *decimals((shares, asked.price)), amount, *decimals((bought, asked.borrowable))
            day = decimals(kernel.price), decimals(kernel.haircut), decimal_terms(kernel.terms)
            return account.order(OrderKind(asked.kind), asked.symbol, *numbers, *day, asked.is_forced)

        if asked.most < max(asked.shares, asked.bought):
            trial = copy.deepcopy(self.oracle)
            whole = submit(trial, asked.shares, asked.bought)
            self.oracle.closest = min(self.oracle.closest, trial.closest)
            if whole.reasons or not asked.most > 0:
                return Done(whole.reasons or {Refusal.EXPIRED})
        return submit(self.oracle, min(asked.shares, asked.most), min(asked.bought, asked.most))

    def compare(self) -> None:
        """Hold both books together: cash, shares, every contract, every sum."""
        kernel, oracle = self.kernel, self.oracle
        price, haircut = decimals(kernel.price), decimals(kernel.haircut)
        same([kernel.cash, kernel.available_cash], [oracle.cash, oracle.available_cash()], "cash")
        same(kernel.ledger.collateral, oracle.own, "collateral")
        same(kernel.ledger.bought_today, oracle.bought_today, "bought today")
        same(kernel.ledger.cost, oracle.cost, "cost of the collateral")
        live = [c for c in kernel.contracts if c["closed"] == credit.NOT_CLOSED]
        assert len(live) == len(oracle.loans)
        for c, loan in zip(live, oracle.loans, strict=True):
            assert (c["kind"] == credit.SHORT, c["symbol"], c["opened"]) == (loan.is_short, loan.symbol, loan.opened)
            names = ("rate", "ratio", "shares", "principal", "sell_amount", "locked", "accrued", "paid")
            names += ("cost", "compensation")
            same([c[name] for name in names], [getattr(loan, name) for name in names], f"contract {c['id']}")
        same([kernel.margin], [oracle.available_margin(price, haircut)], "available margin")
        same([kernel.equity], [oracle.equity(price)], "equity")
        debt = credit_contracts.debt(kernel.ledger, kernel.terms.day_count)
        same([debt], [oracle.debt(decimal(kernel.terms.day_count))], "debt")
        ratio = float(oracle.maintenance_ratio(price))
        assert kernel.ratio == ratio or abs(kernel.ratio - ratio) < 1e-9 * max(ratio, 1.0)


def same(numbers, exact, what) -> None:
    for number, right in zip(numbers, exact, strict=True):
        assert abs(float(number) - float(right)) <= TOLERANCE, f"{what}: {number} but {right}"
