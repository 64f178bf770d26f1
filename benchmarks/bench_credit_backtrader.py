"""The monthly rotation of `bench_backtrader` through the credit account, against a naive strategy on a plain account.

Both must end with the same value. For that the two are equalised: no margin orders, no price limits, no floor for short
sales, no cap by volume, no stamp duty and no transfer fee, a commission without minimum, and a security that does not
trade is bought and sold at its last close, as the plain account does it. What is left is the rounding of each
commission to the cent, which a real account has and the plain one has not: half a cent an order, and in the shares of
later orders where that crosses a lot. So ours is held to a book of its own, kept by hand with rounded commissions, to
1e-9, and the two books to each other within a millionth.
"""

import importlib.util
import math
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.easy import credit_broker
from liangrong.core.broker.feed import feeds_of
from liangrong.core.panel.panel import Panel
from liangrong.core.types import Board

_SPEC = importlib.util.spec_from_file_location("plain_rotation", Path(__file__).with_name("bench_backtrader.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
plain = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = plain  # backtrader looks a strategy's module up there
_SPEC.loader.exec_module(plain)


@lru_cache(maxsize=1)
def traded(sessions, securities):
    """The panel of the plain benchmark with its gaps filled, as both contestants trade it."""
    panel = plain.market(sessions, securities)[0]
    opened, close = plain.filled(sessions, securities)
    fields = {
        "open": opened,
        "high": np.maximum(opened, close),
        "low": np.minimum(opened, close),
        "close": close,
        "pre_close": np.vstack([close[:1], close[:-1]]),
        "suspended": np.zeros(close.shape),
    }
    return Panel(sessions=panel.sessions, symbols=panel.symbols, fields=fields)


@lru_cache(maxsize=2)
def account_of(sessions, securities):
    """Return the final value, the cash and the number of orders by hand, each commission half-up to the cent."""
    _, score, rows = plain.market(sessions, securities)
    opened, close = plain.filled(sessions, securities)
    cash, shares, orders = plain.CASH, {}, 0
    for t in sorted(rows):
        top = np.argsort(-score[t], kind="stable")[: securities // 10].tolist()
        leaving, joining = sorted(set(shares) - set(top)), sorted(set(top) - set(shares))
        freed = cash + sum(shares[j] * close[t, j] for j in leaving)
        sizes = {j: freed * plain.INVESTED / len(joining) // (close[t, j] * plain.LOT) * plain.LOT for j in joining}
        orders += len(leaving) + len(joining)
        if t + 1 == sessions:
            break
        for j in leaving:
            value = shares.pop(j) * opened[t + 1, j]
            cash += value - commission(value)
        for j in joining:
            value = sizes[j] * opened[t + 1, j]
            shares[j] = sizes[j]
            cash -= value + commission(value)
    return cash + sum(size * close[-1, j] for j, size in shares.items()), cash, orders


def commission(value):
    return math.floor(round(value * plain.COMMISSION_RATE * 100.0, 6) + 0.5) / 100.0


def credit_account(panel):
    nothing = {"value": 0.0, "override": True}
    costs = {"commission_rate": plain.COMMISSION_RATE, "commission_minimum": 0.0}
    return credit_broker(
        panel,
        cash=plain.CASH,
        costs={**costs, "stamp_duty_rate": nothing, "transfer_fee_rate": nothing},
        market={"price_limits": False, "uptick": False, "eligibility": "all"},
        execution={"volume_share": None},
        boards=Board.MAIN,
    )


def ours(sessions, securities):
    panel = traded(sessions, securities)
    _, score, rows = plain.market(sessions, securities)
    cerebro = PanelCerebro()
    cerebro.broker = credit_account(panel)
    for feed in feeds_of(panel):
        cerebro.adddata(feed)
    cerebro.addstrategy(plain.Rotation, score=score, rows=rows)
    orders = cerebro.run()[0].orders
    assert cerebro.broker.journal.tables()["refusals"]["reason"] == []
    return cerebro.broker.getvalue(), cerebro.broker.getcash(), orders


RIVALS = {"ours": ours, "naive backtrader": plain.naive}
BOOKS = {"ours": account_of, "naive backtrader": plain.account_of}


def same_account(rival, shape):
    def check(answer):
        assert answer == pytest.approx(BOOKS[rival](*shape), rel=1e-9)
        assert answer[0] == pytest.approx(plain.account_of(*shape)[0], rel=1e-6)
        assert answer[2] == plain.account_of(*shape)[2] > 0

    return check


@pytest.mark.parametrize("rival", RIVALS)
def test_credit_rotation(contest, benchmark, size, rival):
    shape = (plain.SESSIONS_UNTIMED if benchmark.disabled else plain.SESSIONS, plain.SECURITIES[size])
    contest("credit account, monthly rotation", lambda: RIVALS[rival](*shape), check=same_account(rival, shape))


@pytest.mark.parametrize("rival", ["ours"])
def test_credit_whole_market(contest, benchmark, size, rival):
    shape = (plain.SESSIONS_UNTIMED if benchmark.disabled else plain.SESSIONS, plain.WHOLE_MARKET[size])
    contest("credit account, whole market", lambda: RIVALS[rival](*shape), check=same_account(rival, shape))
