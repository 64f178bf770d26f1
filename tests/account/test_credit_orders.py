"""The eight orders over random histories: kernels and oracle give the same refusals, fills, books and ratios."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account import credit_contracts, credit_orders
from liangrong.core.account.costs import CostTerms
from liangrong.core.types import OrderKind, Refusal
from oracles.ledger_bridge import INF, Twins, decimals, order, terms
from oracles.ledger_histories import amount_asked, directed, shares_asked, volume_left
from oracles.ledger_interpreted import MODULES, compiled_functions, interpreted

OFF_MARKET = (OrderKind.REPAY, OrderKind.RETURN_SHARES)
COSTS = (
    CostTerms(0.00025, 5.0, 0.001, 0.00002),
    CostTerms(0.0003, 0.0, 0.0005, 0.00001),
    CostTerms(0.0, 0.0, 0.0, 0.0),
)
TIERS = {"tier_below": np.array([1.8, 3.0]), "tier_share": np.array([0.4, 0.6])}
REGIMES = (
    # First day of the regime, and what a contract that opens then keeps and an order is judged by.
    (
        0,
        terms(COSTS[0], financing_rate=0.0835, borrow_rate=0.1035, financing_ratio=0.5, short_ratio=0.5, cover_delay=0),
    ),
    (40, terms(COSTS[0], financing_rate=0.0835, borrow_rate=0.1035, financing_ratio=1.0, short_ratio=0.5)),
    (80, terms(COSTS[1], financing_rate=0.06, borrow_rate=0.09, financing_ratio=0.8, short_ratio=1.2)),
    (120, terms(COSTS[1], financing_rate=0.05, borrow_rate=0.12, finances_fees=False, warn=1.5)),
    (130, terms(COSTS[1], financing_ratio=0.5, financing_ratio_base=1.2, warn=1.3, **TIERS)),
    (160, terms(COSTS[0], day_count=365.0, credit_line=40_000.0, financing_rate=0.0, borrow_rate=0.0)),
    (200, terms(COSTS[2])),
)
SECURITIES = 3
FUNCTIONS = {module: tuple(compiled_functions(module)) for module in (credit_contracts, credit_orders)}


def conditions_of(day):
    return [conditions for first, conditions in REGIMES if first <= day][-1]


@st.composite
def histories(draw):
    """Cash, a first day and sessions: (days since the last, moves of the prices, suspensions, haircuts, orders)."""
    orders = st.lists(
        st.tuples(
            st.sampled_from(OrderKind),
            st.integers(0, SECURITIES - 1),
            st.sampled_from(("lots", "lots", "odd", "all", "half", "cash")),
            st.integers(1, 900),
            st.sampled_from((1.0, 1.0, 0.99, 1.0137)),
            st.sampled_from((INF, INF, 500.0)),
        ),
        min_size=1,
        max_size=5,
    )
    session = st.tuples(
        st.sampled_from((1, 1, 1, 2, 3, 4, 10, 30)),
        st.tuples(*[st.integers(-2000, 2000)] * SECURITIES),
        st.tuples(*[st.sampled_from((False, False, False, True))] * SECURITIES),
        st.sampled_from((0.0, 0.5, 0.65, 0.7)),
        orders,
    )
    cash = draw(st.sampled_from((0, 312_345, 5_000_000, 1_000_000_007))) / 100
    return cash, draw(st.integers(0, 160)), draw(st.lists(session, min_size=2, max_size=12))


def run(history):
    """Run one history on both accounts; return the twins, and whether a tie ended it early."""
    cash, day, sessions = history
    twins = Twins.open(cash, SECURITIES, day, conditions_of(day))
    price = np.array([10.0, 3.37, 81.52])
    for gap, moves, stops, haircut, orders in sessions:
        day += gap
        conditions = conditions_of(day)
        moved = np.round(price * (1.0 + np.array(moves) / 10_000), 2)
        price = np.where(stops, price, np.maximum(moved, 0.5))  # a suspended security keeps its last price
        # The last security lists late: until then nobody can value it, and nobody holds it.
        listed = np.where(np.arange(SECURITIES) == 2, day > 20, True)
        twins.session(day, np.where(listed, price, np.nan), np.full(SECURITIES, haircut), conditions)
        if day % 30 < gap:
            twins.post()
        twins.compare()
        for kind, symbol, mode, number, slip, borrowable in orders:
            kind, symbol = directed(twins.oracle, kind, symbol, number)
            if kind not in OFF_MARKET and (stops[symbol] or not listed[symbol]):
                continue
            shares = shares_asked(twins, kind, symbol, mode, number, price[symbol])
            amount = amount_asked(twins.oracle, mode, number, decimals([conditions.day_count])[0])
            paid = round(price[symbol] * slip, 4)
            more = {"amount": amount, "borrowable": borrowable, "most": volume_left(number)}
            if not twins.do(order(kind, symbol, shares, paid, **more)):
                return twins, True
            twins.compare()
    return twins, False


@seed(20150804)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(histories())
def test_kernels_and_oracle_keep_the_same_books(history):
    _, tied = run(history)
    event("ended early by a tie" if tied else "ran to its end")


def seeded_history(rng):
    """Return a history as `histories` draws it, longer and without shrinking: for the census and for long runs."""
    sessions = []
    for _ in range(rng.integers(4, 16)):
        orders = [
            (
                OrderKind(int(rng.integers(0, 8))),
                int(rng.integers(0, SECURITIES)),
                str(rng.choice(("lots", "lots", "odd", "all", "half", "cash"))),
                int(rng.integers(1, 900)),
                float(rng.choice((1.0, 0.99, 1.0137))),
                float(rng.choice((INF, INF, 500.0))),
            )
            for _ in range(rng.integers(1, 9))
        ]
        gap = int(rng.choice((1, 1, 1, 3, 10, 30)))
        moves = tuple(int(m) for m in rng.integers(-1500, 1500, SECURITIES))
        stops = tuple(bool(s) for s in rng.random(SECURITIES) < 0.15)
        sessions.append((gap, moves, stops, float(rng.choice((0.5, 0.65, 0.7))), orders))
    cash = int(rng.choice((312_345, 5_000_000, 1_000_000_007))) / 100
    return cash, int(rng.integers(0, 165)), sessions


def test_histories_reach_every_order_and_every_refusal():
    rng = np.random.default_rng(11)
    filled, refused, ties = Counter(), Counter(), 0
    for _ in range(60):
        twins, tied = run(seeded_history(rng))
        filled.update(twins.filled)
        refused.update(twins.refused)
        ties += tied
    assert ties <= 1, "histories that end at a tie prove little: the generator has gone astray"
    assert min(filled[kind] for kind in OrderKind) >= 10, filled
    account_reasons = ("T_PLUS_1", "NO_CASH", "NO_MARGIN", "CREDIT_LINE", "NO_SHARES", "NO_BORROW", "CONCENTRATION")
    assert min(refused[Refusal[name]] for name in (*account_reasons, "BELOW_WARNING_LINE")) >= 3, refused


def test_compiled_and_interpreted_histories_end_in_the_same_bytes():
    def ends():
        rng = np.random.default_rng(12)
        return [b"".join(part.tobytes() for part in run(seeded_history(rng))[0].kernel.ledger) for _ in range(12)]

    compiled = ends()
    with interpreted():
        assert ends() == compiled


def test_the_histories_run_through_every_compiled_function():
    """A function that no history calls would be proved by nothing: count the interpreted calls."""
    called = set()

    def counted(function):
        def call(*args):
            called.add(function.__name__)
            return function(*args)

        return call

    modules = (credit_contracts, credit_orders)
    with interpreted(), pytest.MonkeyPatch.context() as patch:
        names = {name for module in modules for name in FUNCTIONS[module]}
        for module in MODULES:
            for name in names & set(vars(module)):
                patch.setattr(module, name, counted(getattr(module, name)))
        rng = np.random.default_rng(13)
        for _ in range(8):
            run(seeded_history(rng))
    assert called | {"settle_extended"} == names  # tests/answers/test_extensions
