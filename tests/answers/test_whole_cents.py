"""`interest_rounding: cent`, worked by hand: whatever a contract pays of interest or fee is of whole cents."""

import numpy as np
import pytest
from liangrong.core.account import forced_sales
from liangrong.core.config.options import code
from liangrong.core.types import OrderKind
from oracles.ledger_bridge import FREE, KernelAccount, dealing, sale_rule, terms

CENT = code("interest_rounding", "cent")
LOTS = dealing([100.0], [100.0])


def borrowed(cash=100_000.0, rate=0.08, **changes):
    """Return an account that owes 10,000 for 1,000 shares bought today."""
    opened = KernelAccount(cash, 1, conditions=terms(financing_rate=rate, interest_rounding=CENT, **changes))
    opened.price[:] = 10.0
    opened.must(OrderKind.MARGIN_BUY, 0, 1000)
    return opened


def test_what_is_repaid_on_the_opening_day_pays_a_day_of_whole_cents():
    opened = borrowed()
    effect = opened.must(
        OrderKind.REPAY, amount=1_093.84
    )  # of which 1,093.84 x (0.08 / 360) / (1 + 0.08 / 360): 0.24302
    assert effect.interest == 0.24
    assert opened.contracts["principal"][0] == pytest.approx(10_000 - 1_093.60, abs=1e-9)


def test_the_least_that_is_left_pays_its_day_too():
    opened = borrowed()
    effect = opened.must(OrderKind.REPAY, amount=1e9)  # 10,000 x 0.08 / 360 = 2.2222
    assert (effect.interest, effect.value) == (pytest.approx(2.22), pytest.approx(10_002.22))
    assert len(opened.sweep()) == 1


@pytest.mark.parametrize(("rate", "due"), [(0.072216, 10.03), (0.072144, 10.02)])
def test_a_contract_that_fell_due_is_paid_off_by_one_repayment(rate, due):
    opened = borrowed(rate=rate)
    opened.session(5)  # 2.006 or 2.004 a day: 10.03, 10.02
    opened.contracts["shares"] = 0.0
    assert opened.contracts["accrued"][0] == pytest.approx(rate * 10_000 / 72)
    tried = np.ones((2, 1), dtype=np.bool_)
    choice = forced_sales.next_due_order(opened.ledger, 1, opened.price, LOTS, sale_rule(0, 1.4, FREE), tried)
    assert choice.shares == pytest.approx(10_000 + due, abs=1e-9)
    opened.force(OrderKind.REPAY, 0, choice.shares)
    assert opened.sweep()["paid"].tolist() == [pytest.approx(due)]
