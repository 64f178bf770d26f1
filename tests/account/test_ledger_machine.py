"""What must always hold in a credit account, whatever is ordered: a state machine over the kernels alone.

The machine keeps its own tally of where money went: moves of prices on what was held, the distance between fills
and marks, dividends, fees, interest. The account's equity must be the start plus that tally at every step. Each close
is judged, and what is due to be sold is sold at the next open, as far as the securities trade.
"""

from typing import Any

import numpy as np
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from liangrong.core.account import (
    calls,
    corporate_actions,
    credit,
    credit_contracts,
    credit_orders,
    forced_sales,
    order_terms,
)
from liangrong.core.account.costs import CostTerms
from liangrong.core.types import OrderKind, Refusal
from oracles.ledger_bridge import KernelAccount, dealing, sale_rule, taxed, terms

SECURITIES = 3
TOLERANCE = 1e-6
CONDITIONS = (
    terms(CostTerms(0.00025, 5.0, 0.001, 0.00002), financing_ratio=0.5, short_ratio=0.5, cover_delay=0),
    terms(CostTerms(0.00025, 5.0, 0.001, 0.00002), financing_rate=0.0835, borrow_rate=0.1035),
    terms(CostTerms(0.0003, 0.0, 0.0005, 0.00001), financing_ratio=0.8, finances_fees=False, warn=1.2),
)
LINES = (calls.Lines(1.4, 1.3, 1.3, 1.4, 1.1, 1), calls.Lines(1.45, 1.4, 1.5, 1.5, 1.2, 0))
LOTS = dealing([100.0, 100.0, 200.0], [100.0, 100.0, 1.0])
BOUGHT = (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.BUY_TO_RETURN)
SYMBOL = st.integers(0, SECURITIES - 1)
SHARES = st.one_of(st.integers(1, 30).map(lambda lots: lots * 100), st.integers(1, 350))
SLIP = st.sampled_from([1.0, 1.0, 0.995, 1.0131])


class CreditAccount(RuleBasedStateMachine):
    conditions: tuple[order_terms.Terms, ...] = CONDITIONS
    moved = received = brought = 0.0  # what an account with more options moves, receives and begins with

    @initialize(
        cash=st.sampled_from([500_000.0, 80_000.0, 5_000_000.0, 0.0]),
        regime=st.integers(0, len(CONDITIONS) - 1),
        lines=st.sampled_from(LINES),
        selection=st.integers(0, 2),
        by_value=st.booleans(),
    )
    def open(self, cash, regime, lines, selection, by_value):
        self.begin(cash, regime, lines, selection, by_value)

    def begin(self, cash, regime, lines, selection, by_value):
        self.day = self.closes = 0
        self.lines, self.selection, self.by_value = lines, selection, by_value
        self.account = KernelAccount(cash, SECURITIES, 0, self.conditions[regime])
        self.account.term = 30
        self.account.price = np.array([10.0, 3.37, 81.52])
        self.account.haircut = np.array([0.7, 0.65, 0.0])
        self.start, self.price_gain, self.dividends, self.fees = cash, 0.0, 0.0, 0.0
        self.interest = self.reported = self.settled = 0.0  # all of it; what orders said they paid; by closed contracts

    def holdings(self):
        long, short = np.empty(SECURITIES), np.empty(SECURITIES)
        credit.positions(self.account.ledger, long, short)
        return long, short

    @rule(
        gap=st.sampled_from([1, 1, 3, 12]),
        moves=st.tuples(*[st.integers(-1500, 1500)] * SECURITIES),
        regime=st.integers(0, len(CONDITIONS) - 1),
        crash=st.sampled_from([0, 0, 0, -3000, 3000]),
        blocked=st.sampled_from([(), (), (0,), (1, 2)]),
    )
    def next_session(self, gap, moves, regime, crash, blocked):
        self.session(gap, moves, regime, crash, blocked)

    def session(self, gap, moves, regime, crash, blocked):
        """Close the day, move the prices, open the next one, close by force what is due."""
        account = self.account
        self.closes += 1
        calls.judge_close(account.ledger, account.sums, self.lines, self.closes)
        closed = account.sweep()
        assert (closed["closed"] != credit.NOT_CLOSED).all()
        self.settled += float(closed["paid"].sum())
        assert np.all(np.diff(account.contracts["id"]) > 0)
        rows = account.contracts
        before = account.price
        for c in rows:
            worth = c["shares"] * before[c["symbol"]] if self.by_value else c["sell_amount"]
            basis = worth if c["kind"] == credit.SHORT else c["principal"]
            self.interest += basis * self.rate_of(c) * gap / 360.0
        account.price = np.maximum(np.round(before * (1.0 + (np.array(moves) + crash) / 10_000), 2), 0.05)
        long, short = self.holdings()
        self.price_gain += float(np.sum((long - short) * (account.price - before)))
        self.day += gap
        account.terms = self.conditions[regime]
        self.before_the_open(gap)
        account.session(self.day, before if self.by_value else None)
        due = account.contracts["id"][account.contracts["due"] < 10_000 + self.day].tolist()
        for identity in due:
            self.force(identity, blocked)
        self.at_the_open(blocked)
        if account.ledger.account[0]["risk_state"] in (credit.FORCED, credit.INSOLVENT):
            self.force(None, blocked)

    def rate_of(self, contract):
        """Return what a contract pays for the days since the last session."""
        return contract["rate"]

    def before_the_open(self, gap):
        """Do what comes after the close and before the days of `gap` are charged."""

    def at_the_open(self, blocked):
        """Close by force what is due beside contracts at their term."""

    def force(self, identity, blocked):
        """Run a forced sale to its end: of the contract `identity`, or for the ratio where there is none."""
        account = self.account
        rule = sale_rule(self.selection, self.lines.restore, account.terms.costs)
        tried, last = np.zeros((2, SECURITIES), dtype=np.bool_), None
        for _ in range(40):
            ledger, price = account.ledger, account.price
            if identity is None:
                choice = forced_sales.next_forced_order(ledger, price, LOTS, rule, tried)
            else:
                choice = forced_sales.next_due_order(ledger, identity, price, LOTS, rule, tried)
            if choice.shares <= 0.0:
                break
            kind, j = OrderKind(choice.kind), choice.symbol
            event(f"{'forced' if identity is None else 'due'} {kind.name}")
            if kind != OrderKind.REPAY:
                tried[int(kind == OrderKind.BUY_TO_RETURN), j] = True
            if j not in blocked or kind == OrderKind.REPAY:
                before: Any = credit.Ledger._make(part.copy() for part in ledger)
                least, lot = self.least_interest(), (LOTS.minimum[j], LOTS.step[j])
                effect = account.force(kind, j, choice.shares, lot)
                self.tally(kind, effect, account.price[j], account.price[j], least)
                last = None if effect.refusal else (before, choice)
        else:
            raise AssertionError("a forced sale that does not end")
        if identity is None:
            self.judge_forced_sale(tried, last)

    def judge_forced_sale(self, tried, last):
        """Enough was sold, or all was tried; and one step less of the last sale would not have been enough."""
        account, restore = self.account, self.lines.restore
        state = account.ledger.account[0]
        lack = restore * (account.sums.principal + account.sums.short_value + account.sums.accrued)
        lack -= account.sums.cash + account.sums.long_value
        state["unsold"] = int(lack > 0.05)
        rows = account.contracts
        loans = rows["principal"][rows["kind"] == credit.FINANCING].sum()
        if lack > 0.05:
            long = self.holdings()[0] - account.ledger.bought_today
            assert tried[0, long > 0.0].all() or not loans
            assert tried[1, self.holdings()[1] > 0.0].all()
        if last is None or state["risk_state"] == credit.INSOLVENT or last[1].kind != OrderKind.SELL_TO_REPAY:
            return
        before, choice = last
        fewer = choice.shares - LOTS.step[choice.symbol]
        if fewer >= LOTS.minimum[choice.symbol] and self.selection != forced_sales.PRO_RATA and loans:
            numbers = fewer, account.price[choice.symbol], 0.0, 0.0, 0.0
            asked = order_terms.Order(choice.kind, choice.symbol, *numbers, True)
            credit_orders.execute(before, asked, account.price, account.haircut, account.terms)
            assert credit.maintenance_ratio(credit.totals(before, account.price)) < restore + 1e-6

    @rule(
        symbol=SYMBOL,
        cash=st.sampled_from([0.0, 0.1, 0.75]),
        ratio=st.sampled_from([0.0, 0.3, 0.57]),
        tax=st.sampled_from([0.0, 0.2]),
    )
    def act(self, symbol, cash, ratio, tax):
        effect = corporate_actions.apply_action(self.account.ledger, symbol, cash, ratio, taxed(tax))
        self.dividends += effect.received - effect.owed
        self.price_gain += (effect.long_shares - effect.short_shares) * self.account.price[symbol]

    @rule()
    def post(self):
        free = self.account.available_cash
        self.pay()
        posted = credit_contracts.post_interest(self.account.ledger, True)
        self.reported += posted
        assert abs(max(free - posted, 0.0) - self.account.available_cash) <= TOLERANCE  # proceeds pay the rest

    def order(self, kind, symbol, shares, slip=1.0, **more):
        account = self.account
        mark, paid = account.price[symbol], round(account.price[symbol] * slip, 4)
        free = account.available_cash
        least = self.least_interest()
        effect = account.do(kind, symbol, shares, fill=paid, **more)
        event(f"{kind.name}: {Refusal(effect.refusal).name}")
        if effect.refusal:
            return
        self.tally(kind, effect, mark, paid, least)
        if kind in (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.SHORT_SELL, OrderKind.REPAY):
            assert account.available_cash <= free + TOLERANCE, "an order that spends gave cash"

    def tally(self, kind, effect, mark, paid, least):
        """Note where the money of an order went; `least` is what `least_interest` was before it."""
        self.pay()
        self.reported += effect.interest
        signed = {OrderKind.REPAY: 0, OrderKind.RETURN_SHARES: 0}.get(kind, 1 if kind in BOUGHT else -1)
        self.price_gain += signed * effect.shares * (mark - paid)
        self.fees += effect.commission + effect.stamp_duty + effect.transfer_fee
        self.interest += self.least_interest() - least

    def least_interest(self):
        """Return the interest that contracts paid on their opening day, which no session accrued."""
        rows = self.account.contracts
        return float(rows["paid"][rows["opened"] == 10_000 + self.day].sum())

    @rule(symbol=SYMBOL, shares=SHARES, slip=SLIP)
    def buy(self, symbol, shares, slip):
        self.order(OrderKind.BUY, symbol, shares, slip)

    @rule(symbol=SYMBOL, shares=SHARES, slip=SLIP)
    def margin_buy(self, symbol, shares, slip):
        self.order(OrderKind.MARGIN_BUY, symbol, shares, slip)

    @rule(symbol=SYMBOL, shares=SHARES, slip=SLIP)
    def short_sell(self, symbol, shares, slip):
        self.order(OrderKind.SHORT_SELL, symbol, shares, slip)

    @rule(
        symbol=SYMBOL,
        kind=st.sampled_from([OrderKind.MARGIN_BUY, OrderKind.SHORT_SELL]),
        move=st.integers(1000, 4500),
        blocked=st.sampled_from([(), (), (0,), (1, 2)]),
        regime=st.integers(0, len(CONDITIONS) - 1),
    )
    def lever_and_lose(self, symbol, kind, move, blocked, regime):
        """Open as much as the margin carries, lose on it, and see three more sessions."""
        account = self.account
        ratio = account.terms.financing_ratio if kind == OrderKind.MARGIN_BUY else account.terms.short_ratio
        lots = np.floor(account.margin / ratio / account.price[symbol] / 100.0)
        self.order(kind, symbol, max(lots - 1, 1) * 100.0)
        moves = [0] * SECURITIES
        for loss in (-move if kind == OrderKind.MARGIN_BUY else move, 0, 0):
            moves[symbol] = loss
            self.session(1, tuple(moves), regime, 0, blocked)

    def end(self, kind, stock, symbol, shares, slip, opening):
        """Order `kind` in a security that has `stock`; where none has any, bring it about by `opening`."""
        stocked = np.flatnonzero(stock)
        if not len(stocked):
            self.order(opening, symbol, 1000)
            return
        symbol = int(stocked[symbol % len(stocked)])
        self.order(kind, symbol, min(shares, stock[symbol] + 1), slip)

    @rule(symbol=SYMBOL, shares=SHARES, slip=SLIP)
    def sell(self, symbol, shares, slip):
        self.end(OrderKind.SELL, self.account.ledger.collateral, symbol, shares, slip, OrderKind.BUY)

    @rule(symbol=SYMBOL, shares=SHARES, slip=SLIP)
    def sell_to_repay(self, symbol, shares, slip):
        self.end(OrderKind.SELL_TO_REPAY, self.holdings()[0], symbol, shares, slip, OrderKind.MARGIN_BUY)

    @rule(symbol=SYMBOL, shares=SHARES, slip=SLIP)
    def buy_to_return(self, symbol, shares, slip):
        self.end(OrderKind.BUY_TO_RETURN, self.holdings()[1], symbol, shares, slip, OrderKind.SHORT_SELL)

    @rule(symbol=SYMBOL, shares=SHARES)
    def return_shares(self, symbol, shares):
        (held, owed), own = self.holdings(), self.account.ledger.collateral
        if owed.any() and not (owed * own).any():
            self.order(OrderKind.BUY, int(np.argmax(owed)), 100 * (shares // 100 + 1))
        else:
            self.end(OrderKind.RETURN_SHARES, np.minimum(owed, held), symbol, shares, 1.0, OrderKind.SHORT_SELL)

    @rule(amount=st.sampled_from([0.01, 33.33, 5000.0, 1e12]))
    def repay(self, amount):
        self.order(OrderKind.REPAY, 0, 0, amount=amount)

    @invariant()
    def the_books_balance(self):
        sums = self.account.sums
        worth = sums.cash + sums.long_value - sums.short_value - sums.principal - sums.accrued
        assert abs(self.account.equity - worth) <= TOLERANCE
        charged = self.interest + self.rounded()
        tally = self.start + self.price_gain + self.dividends - self.fees - charged + self.moved + self.received
        assert abs(worth - tally) <= TOLERANCE, (worth, tally)

    @invariant()
    def interest_is_paid_or_owed(self):
        rows = self.account.contracts
        paid = self.settled + float(rows["paid"].sum())
        assert abs(paid - self.reported) <= TOLERANCE
        assert abs(self.rounded()) <= self.may_round()

    def pay(self):
        """Note that contracts are paid once more."""

    def may_round(self):
        """Return the most, in CNY, that rounding to cents may have added: nothing in an account that has none."""
        return TOLERANCE

    def rounded(self):
        """Return what contracts have paid and owe beyond what they were charged, by rounding."""
        rows = self.account.contracts
        return self.settled + float(rows["paid"].sum() + rows["accrued"].sum()) - self.interest

    @invariant()
    def nothing_is_negative(self):
        ledger, rows = self.account.ledger, self.account.contracts
        for name in ("shares", "principal", "sell_amount", "locked", "accrued", "cost", "compensation"):
            assert (rows[name] >= 0.0).all(), name
        assert (rows["paid"] >= -self.brought - TOLERANCE).all()
        assert (ledger.collateral >= 0.0).all()
        assert (ledger.cost >= 0.0).all()
        assert (ledger.cost[ledger.collateral == 0.0] == 0.0).all()
        assert (rows["cost"][rows["shares"] == 0.0] == 0.0).all()
        assert ((rows["cost"] > 0.0) == ((rows["kind"] == credit.FINANCING) & (rows["shares"] > 0.0))).all()
        assert (ledger.bought_today >= 0.0).all()
        assert (ledger.bought_today <= ledger.collateral).all()
        assert self.account.available_cash >= -TOLERANCE

    @invariant()
    def contracts_lie_by_age_and_end_empty(self):
        rows = self.account.contracts
        assert np.all(np.diff(rows["id"]) > 0)
        assert np.all(np.diff(rows["opened"]) >= 0)
        gone = rows[rows["closed"] != credit.NOT_CLOSED]
        assert len(gone) == self.account.ledger.account[0]["closed_today"]
        for name in ("shares", "principal", "sell_amount", "locked", "accrued", "cost", "compensation"):
            assert (gone[name] == 0.0).all(), name
        open_rows = rows[rows["closed"] == credit.NOT_CLOSED]
        assert ((open_rows["principal"] > 0.0) | (open_rows["shares"] > 0.0)).all(), "a contract of nothing stays open"


TestCreditAccount = CreditAccount.TestCase
TestCreditAccount.settings = settings(
    max_examples=120,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
