"""The state machine of the ledger with the options of an account: openings, flows, rates, cents, recalls, returns.

What is moved, received and charged is tallied here by formulas of its own; the invariants are those of the plain
machine: equity is the start plus what the tally says, nothing is negative, nothing closed keeps anything.
"""

import numpy as np
import pytest
from account.test_ledger_machine import SECURITIES, SYMBOL, TOLERANCE, CreditAccount
from hypothesis import HealthCheck, assume, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from liangrong.core.account import calls, cash_flows, cash_interest, credit, recalled_shares
from liangrong.core.account.costs import CostTerms
from liangrong.core.account.opened_account import Opening
from liangrong.core.config.options import DEFAULTS, code
from liangrong.core.types import OrderKind
from oracles.ledger_bridge import terms

CENT = code("interest_rounding", "cent")
COSTS = CostTerms(0.00025, 5.0, 0.001, 0.00002)
RATE = st.sampled_from([np.nan, 0.0, 0.05, 0.5])
PENALTY = st.sampled_from([np.nan, 0.0, 0.18])
WITHDRAW = 3.0


def conditions(**more):
    return tuple(terms(COSTS, financing_ratio=0.5, short_ratio=ratio, **more) for ratio in (0.5, 0.5, 1.0))


class MovingAccount(CreditAccount):
    @initialize(
        cash=st.sampled_from([500_000.0, 80_000.0, 5_000_000.0]),
        lines=st.sampled_from([calls.Lines(1.4, 1.3, 1.3, 1.4, 1.1, 1), calls.Lines(1.45, 1.4, 1.5, 1.5, 1.2, 2)]),
        selection=st.integers(0, 2),
        by_value=st.booleans(),
        in_cents=st.booleans(),
        returns_financed=st.booleans(),
        penalty=PENALTY,
        opening=st.lists(st.tuples(st.booleans(), SYMBOL, st.integers(1, 40), st.booleans()), max_size=3),
    )
    def open(self, cash, lines, selection, by_value, in_cents, returns_financed, penalty, opening):
        options = {"interest_rounding": CENT * in_cents, "return_financed": returns_financed, "penalty_rate": penalty}
        self.conditions, self.in_cents, self.penalty = conditions(**options), in_cents, penalty
        self.begin(cash, 0, lines, selection, by_value)
        self.rates, self.cash_rates, self.uncredited, self.payments = (np.nan, np.nan), (0.0, 0.0), 0.0, 0
        if opening:
            self.begin_with(cash, opening)

    def begin_with(self, cash, opening):
        """Begin with contracts of round figures that owe 7.77 CNY each, and with a thousand shares of the first."""
        rows = np.zeros(len(opening), credit.CONTRACT)
        for row, (is_short, j, lots, is_old) in zip(rows, opening, strict=True):
            amount = lots * 100 * float(self.account.price[j])
            row["kind"], row["symbol"] = credit.SHORT if is_short else credit.FINANCING, j
            row["closed"], row["rate"], row["ratio"] = credit.NOT_CLOSED, 0.06, 0.5
            row["opened"], row["due"] = 9_900 + 50 * (not is_old), 10_020
            row["shares"] = row["opened_shares"] = lots * 100
            row["opened_amount"], row["accrued"], row["paid"] = amount, 7.77, -7.77
            row["sell_amount" if is_short else "principal"] = amount
            row["locked" if is_short else "cost"] = amount
        rows = rows[np.argsort(rows["opened"], kind="stable")]
        rows["id"] = np.arange(1, len(rows) + 1)
        collateral = np.array([1_000.0, 0.0, 0.0])
        cash += float(rows["locked"].sum())
        begun = Opening(cash, 9_999, collateral, collateral * 9.0, rows, self.account.price)
        self.brought, self.start, self.reported = 7.77, begun.equity(), -7.77 * len(rows)
        # A day passes until the first session; what it is charged is tallied as on any other.
        self.interest = sum(float(self.basis(c)) * 0.06 / 360.0 for c in rows)
        self.account.ledger = begun.ledger(4)
        self.account.session(0, self.account.price if self.by_value else None)

    def basis(self, c):
        worth = c["shares"] * self.account.price[c["symbol"]] if self.by_value else c["sell_amount"]
        return worth if c["kind"] == credit.SHORT else c["principal"]

    # ---- rates ------------------------------------------------------------------------------------------------------

    @rule(financing=RATE, borrow=RATE, cash=st.sampled_from([0.0, 0.02]), proceeds=st.sampled_from([0.0, 0.1]))
    def set_rates(self, financing, borrow, cash, proceeds):
        """Have the days to come pay other rates, or each contract its own where one is none."""
        self.rates, self.cash_rates = (financing, borrow), (cash, proceeds)
        self.account.charges = credit.Charges(financing, borrow)

    def rate_of(self, contract):
        if contract["due"] <= 10_000 + self.day and not np.isnan(self.penalty):
            event("a penalty is charged")
            return self.penalty
        of_day = self.rates[int(contract["kind"] == credit.SHORT)]
        return contract["rate"] if np.isnan(of_day) else of_day

    def before_the_open(self, gap):
        """Say at the close which contracts are due, and let cash bring its interest for the days to come."""
        ledger = self.account.ledger
        for i, c in enumerate(self.account.contracts):
            if c["due"] <= 10_000 + self.day - gap and c["told"] != credit.FELL_DUE:
                calls.fall_due(ledger.contracts, i, -1, False)
        locked = float(self.account.contracts["locked"].sum())
        free = max(self.account.cash - locked, 0.0)
        rate, of_proceeds = self.cash_rates
        self.uncredited += (free * rate + (max(self.account.cash, 0.0) - free) * of_proceeds) * gap / 360.0
        cash_interest.accrue_cash(ledger, 10_000 + self.day, 360.0, rate, of_proceeds)

    @rule()
    def credit_interest(self):
        credited = sum(cash_interest.credit_interest(self.account.ledger))
        assert abs(credited - self.uncredited) <= TOLERANCE
        self.received, self.uncredited = self.received + credited, 0.0

    # ---- cash and shares that move ----------------------------------------------------------------------------------

    @rule(amount=st.sampled_from([0.01, 1_000.0, 33_333.33, 1e6]))
    def pay_in(self, amount):
        self.move(cash_flows.DEPOSIT, -1, amount)

    @rule(part=st.sampled_from([0.01, 0.3, 0.9, 1.0, 1.5]))
    def draw_out(self, part):
        self.move(cash_flows.WITHDRAWAL, -1, round(part * self.account.available_cash, 2) + 0.01 * (part > 1.0))

    @rule(symbol=SYMBOL, shares=st.integers(1, 5_000))
    def bring(self, symbol, shares):
        self.move(cash_flows.TRANSFER_IN, symbol, float(shares))

    @rule(symbol=SYMBOL, part=st.sampled_from([0.1, 0.5, 1.0, 1.1]))
    def take_away(self, symbol, part):
        held = self.account.ledger.collateral[symbol]
        self.move(cash_flows.TRANSFER_OUT, symbol, float(max(np.floor(held * part), 1.0)))

    def move(self, kind, symbol, size):
        account, before = self.account, self.account.equity
        moved = cash_flows.move(account.ledger, kind, symbol, size, account.price, account.haircut, WITHDRAW)
        is_in = kind in (cash_flows.DEPOSIT, cash_flows.TRANSFER_IN)
        event(f"{cash_flows.FLOW_KINDS[kind]}: {moved.refusal == 0}")
        if moved.refusal:
            assert not is_in
            assert account.equity == before
            return
        worth = size if symbol < 0 else size * account.price[symbol]
        self.moved += worth if is_in else -worth
        if not is_in:
            assert account.ratio >= WITHDRAW - TOLERANCE
            assert account.ratio == np.inf or account.margin >= -TOLERANCE

    @rule()
    def pay_the_call(self):
        """Pay what a call asks for, on its deadline: the ratio is at the restore line then, by no more than a cent."""
        state = self.account.ledger.account[0]
        assume(state["risk_state"] == credit.CALLED)
        pays = self.lines._replace(options=DEFAULTS._replace(on_call=code("on_call", "deposit")))
        for t in (state["deadline"] - 1, state["deadline"]):
            paid = cash_flows.paid_on_call(self.account.ledger, self.account.price, pays, t)
            assert (paid > 0.0) <= (t == state["deadline"])
        if paid > 0.0:
            event("a call is paid")
            self.move(cash_flows.DEPOSIT, -1, paid)
            sums = self.account.sums
            excess = sums.cash + sums.long_value
            excess -= self.lines.restore * (sums.principal + sums.short_value + sums.accrued)
            assert -TOLERANCE <= excess <= 0.01 + TOLERANCE

    # ---- shares that lenders want back ------------------------------------------------------------------------------

    @rule(symbol=SYMBOL, shares=st.sampled_from([np.inf, 100.0, 150.0, 2_000.0]))
    def recall(self, symbol, shares):
        """A lender wants shares back by the next session."""
        rest = shares
        for i in range(len(self.account.contracts)):
            rest -= recalled_shares.recall(self.account.ledger, i, symbol, rest, 10_000 + self.day + 1)
        event(f"recalled: {rest < shares}")

    def at_the_open(self, blocked):
        """Buy back what was recalled and is late."""
        late = []
        for i, c in enumerate(self.account.contracts):
            is_open = c["closed"] == credit.NOT_CLOSED
            if is_open and recalled_shares.is_overdue(self.account.contracts, i, 10_000 + self.day):
                recalled_shares.tell_overdue(self.account.contracts, i, c["symbol"] in blocked)
                late.append((int(c["id"]), c["symbol"] in blocked))
        for identity, is_blocked in late:
            if not is_blocked:
                self.force(identity, blocked)

    @invariant()
    def no_more_is_recalled_than_owed(self):
        rows, found = self.account.contracts, np.empty(SECURITIES)
        assert (rows["recalled"] >= 0.0).all()
        assert (rows["recalled"] <= np.where(rows["closed"] == credit.NOT_CLOSED, rows["shares"], 0.0)).all()
        recalled_shares.recalled(self.account.ledger, found)
        assert found.sum() == rows["recalled"].sum()

    # ---- whole cents ------------------------------------------------------------------------------------------------

    def tally(self, kind, effect, mark, paid, least):
        super().tally(kind, effect, mark, paid, least)
        by_cash = kind in (OrderKind.BUY_TO_RETURN, OrderKind.RETURN_SHARES)
        if self.in_cents and by_cash:
            assert abs(effect.interest * 100.0 - round(effect.interest * 100.0)) < 1e-6

    def pay(self):
        self.payments += max(len(self.account.contracts), 1)

    def may_round(self):
        return TOLERANCE + 0.005 * self.in_cents * self.payments


COMMON = {"deadline": None, "derandomize": True, "suppress_health_check": [HealthCheck.too_slow]}
TestMovingAccount = MovingAccount.TestCase
TestMovingAccount.settings = settings(max_examples=25, stateful_step_count=30, **COMMON)


@pytest.mark.slow
class TestManyMovingAccounts(MovingAccount.TestCase):
    settings = settings(max_examples=300, stateful_step_count=40, **COMMON)
