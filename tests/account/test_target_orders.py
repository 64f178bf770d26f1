"""The compiled plan against the slow one, on random books."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account.target_orders import Book
from liangrong.core.ideas.weights import plan
from liangrong.core.types import OrderKind
from oracles.ledger_interpreted import interpreted
from oracles.plan import planned

TIE = 1e-9  # relative; nearer to a whole lot, or to an order of nothing, the last digit of a sum decides


def random_book(rng):
    size = int(rng.integers(1, 12))
    price = np.round(rng.uniform(1.0, 80.0, size), 2)
    price[rng.random(size) < 0.1] = np.nan
    lot = rng.random(size) < 0.7
    minimum, step = np.where(lot, 100.0, 200.0), np.where(lot, 100.0, 1.0)
    known = ~np.isnan(price)
    long = np.where(known & (rng.random(size) < 0.6), rng.integers(0, 90, size) * 50.0 + rng.integers(0, 3, size), 0.0)
    short = np.where(known & (rng.random(size) < 0.3), rng.integers(1, 60, size) * 100.0, 0.0)
    financed = np.floor(long * rng.choice([0.0, 0.3, 1.0], size))
    locked = np.where(short > 0.0, short * np.nan_to_num(price) * rng.uniform(0.7, 1.3, size), 0.0)
    equity = float(rng.choice([20_000.0, 300_000.0, 5_000_000.0, -500.0]))
    return Book(
        price,
        long,
        financed,
        short,
        locked,
        equity=equity,
        cash=equity * float(rng.uniform(-0.1, 1.0)),
        principal=abs(equity) * float(rng.choice([0.0, 0.4, 1.1])),
        lot_minimum=minimum,
        lot_step=step,
        is_financing_eligible=(rng.random(size) < 0.7).astype(float),
        borrowable=np.where(rng.random(size) < 0.5, np.inf, rng.integers(0, 5_000, size).astype(float)),
        fee_rate=float(rng.choice([0.0, 0.0003, 0.02])),
    )


def random_weights(rng, size):
    weights = rng.normal(0.2, 0.6, size)
    weights[rng.random(size) < 0.2] = 0.0
    weights[rng.random(size) < 0.2] = np.nan
    return weights


def agree(number):
    """Compare one random plan; return the kinds of its orders."""
    rng = np.random.default_rng([61, number])
    book = random_book(rng)
    weights, reserve = random_weights(rng, len(book.price)), float(rng.choice([0.0, 0.02, 0.2]))
    ours, theirs = plan(weights, book, reserve), planned(weights, book, reserve)
    assert [order[:2] for order in ours] == [order[:2] for order in theirs]
    assert [order[2] for order in ours] == pytest.approx([order[2] for order in theirs], rel=TIE)
    return [order.kind for order in ours]


@seed(61)
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_the_plan_is_the_slow_one(number):
    agree(number)


def test_the_random_books_bring_about_every_order():
    kinds = Counter(kind for number in range(200) for kind in agree(number))
    wanted = set(OrderKind) - {OrderKind.RETURN_SHARES}
    assert set(kinds) == wanted
    assert min(kinds.values()) >= 20, kinds


def test_compiled_and_interpreted_agree():
    def plans():
        rng = np.random.default_rng(8)
        books = [random_book(rng) for _ in range(20)]
        return [plan(random_weights(rng, len(book.price)), book, 0.02) for book in books]

    compiled = plans()
    with interpreted():
        assert plans() == compiled


def test_a_plan_leaves_its_inputs_alone():
    book = random_book(np.random.default_rng(3))
    weights = random_weights(np.random.default_rng(4), len(book.price))
    before = [np.copy(part) for part in (*book, weights)]
    for part in (weights, *(part for part in book if isinstance(part, np.ndarray))):
        part.flags.writeable = False
    plan(weights, book, 0.02)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, (*book, weights), strict=True))
