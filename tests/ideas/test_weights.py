"""From target weights to orders: books worked out by hand, and properties of every plan."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.account.admission import Quote, lot_refusal
from liangrong.core.ideas.weights import Book, Planned, plan
from liangrong.core.types import OrderKind as K

NAN, INF = np.nan, np.inf
PURCHASES, SALES = (K.BUY, K.MARGIN_BUY, K.BUY_TO_RETURN), (K.SELL, K.SELL_TO_REPAY, K.SHORT_SELL)


def book(price=(10.0, 20.0), **given):
    """An account of 100,000 CNY in cash, lots of 100, no fees; `given` replaces fields."""
    size = len(price)
    fields: dict[str, Any] = {name: np.zeros(size) for name in ("long", "financed", "short", "locked")}
    fields |= {"equity": 100_000.0, "cash": 100_000.0, "principal": 0.0, "fee_rate": 0.0}
    fields |= {"lot_minimum": np.full(size, 100.0), "lot_step": np.full(size, 100.0)}
    fields |= {"is_financing_eligible": np.ones(size, dtype=bool), "borrowable": np.full(size, INF)}
    arrays: dict[str, Any] = {k: np.array(v) if isinstance(v, list | tuple) else v for k, v in given.items()}
    return Book(price=np.array(price), **{**fields, **arrays})


def orders(weights, of, reserve=0.0):
    return plan(np.array(weights, dtype=float), of, reserve)


def test_purchases_from_cash():
    assert orders([0.5, 0.3], book()) == [Planned(K.BUY, 0, 5_000), Planned(K.BUY, 1, 1_500)]


def test_shares_are_rounded_down_to_lots():
    # 33,333 / 10 = 3,333 and 33,333 / 20 = 1,666
    assert orders([1 / 3, 1 / 3], book()) == [Planned(K.BUY, 0, 3_300), Planned(K.BUY, 1, 1_600)]
    assert orders([0.0099, 0.0], book()) == []


def test_above_the_equity_cash_goes_first_and_the_rest_is_financed():
    # 8,000 x 10 + 3,500 x 20 = 150,000: 100,000 of own cash, 50,000 borrowed.
    expected = [Planned(K.BUY, 0, 8_000), Planned(K.BUY, 1, 1_000), Planned(K.MARGIN_BUY, 1, 2_500)]
    assert orders([0.8, 0.7], book()) == expected


def test_the_reserve_stays_in_cash_and_is_financed_instead():
    # 98,000 of own cash: 8,000 and 900; 52,000 borrowed: 2,600.
    expected = [Planned(K.BUY, 0, 8_000), Planned(K.BUY, 1, 900), Planned(K.MARGIN_BUY, 1, 2_600)]
    assert orders([0.8, 0.7], book(), reserve=0.02) == expected


def test_without_leverage_nothing_is_financed_even_if_cash_is_short():
    # 60,000 lie in the first security, 40,000 in cash; the second is to have 50,000, the first stays as it is.
    of = book(long=[6_000.0, 0.0], cash=40_000.0)
    assert orders([NAN, 0.4], of) == [Planned(K.BUY, 1, 2_000)]
    assert orders([NAN, 0.4], of, reserve=0.1) == [Planned(K.BUY, 1, 1_500)]


def test_a_short_that_stays_is_covered_by_whole_lots():
    # 1,320 owed, 1,200 wanted: one may not buy 120, and 200 would leave 80 shares beside the debt.
    star = book(price=(10.0,), short=[1_320.0], lot_minimum=[200.0], lot_step=[1.0])
    assert orders([-0.12], star) == []
    assert orders([-0.1], star) == [Planned(K.BUY_TO_RETURN, 0, 320)]
    main = book(price=(10.0,), short=[1_350.0])
    assert orders([-0.12], main) == [Planned(K.BUY_TO_RETURN, 0, 100)]
    assert orders([0.0], main) == [Planned(K.BUY_TO_RETURN, 0, 1_350)]


def test_what_is_held_and_owed_at_once_is_left_alone_where_there_is_no_weight():
    of = book(price=(10.0, 20.0), long=[200.0, 300.0], short=[500.0, 100.0])
    assert orders([NAN, NAN], of) == []
    assert [order.symbol for order in orders([NAN, 0.0], of)] == [1, 1]
    unlisted = book(price=(NAN, 20.0), long=[200.0, 0.0], short=[500.0, 0.0])
    assert orders([0.0, NAN], unlisted) == []


def test_what_cannot_be_financed_is_bought_first():
    of = book(is_financing_eligible=[True, False])
    expected = [Planned(K.BUY, 1, 3_500), Planned(K.BUY, 0, 3_000), Planned(K.MARGIN_BUY, 0, 5_000)]
    assert orders([0.8, 0.7], of) == expected


def test_sales_come_before_purchases_and_pay_for_them():
    of = book(long=[10_000.0, 0.0], cash=0.0)
    assert orders([0.0, 1.0], of) == [Planned(K.SELL, 0, 10_000), Planned(K.BUY, 1, 5_000)]
    with_fees = book(long=[10_000.0, 0.0], cash=0.0, fee_rate=0.001)
    # 100,000 less twice 0.1 % is 99,800; a share costs 20.02: 4,985
    assert orders([0.0, 1.0], with_fees) == [Planned(K.SELL, 0, 10_000), Planned(K.BUY, 1, 4_900)]


def test_financed_shares_are_sold_to_repay_and_collateral_for_cash():
    of = book(long=[1_000.0, 0.0], financed=[600.0, 0.0], principal=6_000.0)
    assert orders([0.0, NAN], of)[:2] == [Planned(K.SELL, 0, 400), Planned(K.SELL_TO_REPAY, 0, 600)]


def test_a_reduction_takes_financed_shares_first():
    of = book(long=[2_000.0, 0.0], financed=[600.0, 0.0], principal=6_000.0)
    # 0.15 x 100,000 / 10 = 1,500 stay, 500 go
    assert orders([0.15, NAN], of)[0] == Planned(K.SELL_TO_REPAY, 0, 500)


def test_odd_remainders_leave_with_the_last_share_and_in_one_order():
    assert orders([0.0, NAN], book(long=[1_050.0, 0.0]))[0] == Planned(K.SELL, 0, 1_050)
    assert orders([0.05, NAN], book(long=[1_050.0, 0.0])) == [Planned(K.SELL, 0, 500)]
    both = book(long=[1_050.0, 0.0], financed=[600.0, 0.0], principal=6_000.0)
    assert orders([0.0, NAN], both)[0] == Planned(K.SELL_TO_REPAY, 0, 1_050)


def test_shorts_are_covered_down_to_their_target():
    of = book(short=[0.0, 1_000.0], locked=[0.0, 20_000.0])
    assert orders([NAN, 0.0], of) == [Planned(K.BUY_TO_RETURN, 1, 1_000)]
    assert orders([NAN, -0.08], of) == [Planned(K.BUY_TO_RETURN, 1, 600)]
    assert orders([NAN, -0.3], of) == [Planned(K.SHORT_SELL, 1, 500)]


def test_a_cover_at_a_loss_leaves_less_for_purchases():
    # 1,000 short sold at 20 and worth 25: the cover costs 5,000 of own cash.
    of = book(price=(10.0, 25.0), short=[0.0, 1_000.0], locked=[0.0, 20_000.0], equity=95_000.0)
    expected = [Planned(K.BUY_TO_RETURN, 1, 1_000), Planned(K.BUY, 0, 9_500)]
    assert orders([1.0, 0.0], of) == expected


def test_from_short_to_long_and_back_in_one_plan():
    short = book(short=[1_000.0, 0.0], locked=[10_000.0, 0.0])
    assert orders([0.5, NAN], short) == [Planned(K.BUY_TO_RETURN, 0, 1_000), Planned(K.BUY, 0, 5_000)]
    long = book(long=[1_000.0, 0.0], cash=90_000.0)
    assert orders([-0.5, NAN], long) == [Planned(K.SELL, 0, 1_000), Planned(K.SHORT_SELL, 0, 5_000)]


@pytest.mark.parametrize(("borrowable", "owed", "shares"), [(1_250, 0, 1_200), (1_250, 500, 700), (INF, 500, 4_500)])
def test_a_short_is_cut_to_what_may_be_borrowed(borrowable, owed, shares):
    of = book(short=[owed, 0.0], borrowable=[borrowable, INF])
    assert orders([-0.5, NAN], of) == [Planned(K.SHORT_SELL, 0, shares)]


def test_where_nothing_may_be_borrowed_the_order_is_tried_whole():
    assert orders([-0.5, NAN], book(borrowable=[99.0, INF])) == [Planned(K.SHORT_SELL, 0, 5_000)]


def test_idle_cash_repays():
    of = book(long=[3_000.0, 0.0], cash=30_000.0, principal=20_000.0, equity=40_000.0, financed=[2_000.0, 0.0])
    assert orders([NAN, NAN], of) == [Planned(K.REPAY, -1, 20_000)]
    short_of_cash = of._replace(cash=12_345.67)
    assert orders([NAN, NAN], short_of_cash) == [Planned(K.REPAY, -1, 12_345)]
    assert orders([NAN, NAN], short_of_cash, reserve=0.1) == [Planned(K.REPAY, -1, 8_345)]


def test_idle_cash_below_a_yuan_is_left():
    of = book(long=[15.0, 0.0], financed=[15.0, 0.0], equity=900.0, cash=0.95, principal=800.0)
    assert orders([NAN, NAN], of) == []


def test_debt_that_the_targets_want_is_kept():
    of = book(long=[12_000.0, 0.0], cash=10_000.0, principal=30_000.0, financed=[3_000.0, 0.0])
    # 120,000 of 100,000 equity: 20,000 stay borrowed, 10,000 are idle.
    assert orders([1.2, NAN], of) == [Planned(K.REPAY, -1, 10_000)]


def test_nan_weights_and_nan_prices_leave_alone():
    of = book(price=(10.0, NAN), long=[1_000.0, 0.0], short=[0.0, 0.0])
    assert orders([NAN, NAN], of) == []
    assert orders([NAN, 0.5], of) == []


BOARDS = [(100.0, 100.0), (200.0, 1.0), (100.0, 1.0)]


@st.composite
def books(draw):
    size = draw(st.integers(1, 4))
    lots = [draw(st.sampled_from(BOARDS)) for _ in range(size)]
    numbers = st.integers(0, 1_500).map(float)
    price = [draw(st.floats(2.0, 90.0)) for _ in range(size)]
    is_long = [draw(st.booleans()) for _ in range(size)]
    held = [draw(numbers) for _ in range(size)]
    long = np.array([shares if side else 0.0 for shares, side in zip(held, is_long, strict=True)])
    short = np.array(held) - long
    financed = np.array([draw(st.integers(0, int(shares))) for shares in long], dtype=float)
    cash = draw(st.floats(0.0, 50_000.0))
    principal = float(financed @ price) * draw(st.floats(0.5, 1.2))
    equity = cash + float(long @ price) - principal + 1_000.0
    weights = np.array([draw(st.one_of(st.just(NAN), st.just(0.0), st.floats(-1.0, 1.5))) for _ in range(size)])
    return weights, book(
        price=price,
        long=long,
        financed=financed,
        short=short,
        locked=short * price,
        equity=max(equity, 500.0),
        cash=cash,
        principal=principal,
        lot_minimum=[minimum for minimum, _ in lots],
        lot_step=[step for _, step in lots],
        is_financing_eligible=[draw(st.booleans()) for _ in range(size)],
        borrowable=[draw(st.sampled_from([0.0, 250.0, INF])) for _ in range(size)],
        fee_rate=draw(st.sampled_from([0.0, 0.0003])),
    )


def quote_of(of, j):
    return Quote(10.0, 10.0, 0.0, INF, 0.0, False, True, True, of.lot_minimum[j], of.lot_step[j])


@settings(max_examples=300, deadline=None)
@given(books(), st.sampled_from([0.0, 0.02]))
def test_every_plan_can_be_submitted(case, reserve):
    weights, of = case
    made = plan(weights, of, reserve)
    sides = {(order.symbol, order.kind in PURCHASES) for order in made if order.kind is not K.REPAY}
    assert len({symbol for symbol, _ in sides}) == len(sides), "a security is bought and sold"
    kinds = [order.kind for order in made]
    rank = [
        (K.SELL, K.SELL_TO_REPAY, K.BUY_TO_RETURN, K.BUY, K.MARGIN_BUY, K.SHORT_SELL, K.REPAY).index(k) for k in kinds
    ]
    assert rank == sorted(rank), "the order of submission"
    collateral, financed, owed = of.long - of.financed, of.financed.copy(), of.short.copy()
    for kind, j, amount in made:
        assert amount > 0.0
        if kind is K.REPAY:
            continue
        assert not np.isnan(weights[j]), "a security without a weight is traded"
        held = collateral[j] + (financed[j] if kind is K.SELL_TO_REPAY else 0.0)
        assert lot_refusal(int(kind), amount, held, quote_of(of, j)) == 0, (kind, amount, held)
        if kind in (K.SELL, K.SELL_TO_REPAY):
            assert amount <= held
            from_financed = min(financed[j], amount) if kind is K.SELL_TO_REPAY else 0.0
            financed[j] -= from_financed
            collateral[j] -= amount - from_financed
        if kind is K.BUY_TO_RETURN:
            assert amount <= owed[j]
        if kind is K.MARGIN_BUY:
            assert of.is_financing_eligible[j]


@settings(max_examples=200, deadline=None)
@given(books(), st.sampled_from([0.0, 0.02]))
def test_a_plan_spends_no_more_than_there_is(case, reserve):
    weights, of = case
    made = plan(weights, of, reserve)
    value = {
        kind: sum(o.amount * of.price[o.symbol] for o in made if o.kind is kind) for kind in K if kind is not K.REPAY
    }
    spent = value[K.BUY] * (1.0 + of.fee_rate) + sum(order.amount for order in made if order.kind is K.REPAY)
    covers = [order for order in made if order.kind is K.BUY_TO_RETURN]
    freed = sum(of.locked[o.symbol] * o.amount / of.short[o.symbol] for o in covers)
    freed -= value[K.BUY_TO_RETURN] * (1.0 + of.fee_rate)
    there = of.cash + value[K.SELL] + freed - reserve * of.equity
    assert spent <= max(there, 0.0) + 1e-6
    if value[K.MARGIN_BUY]:
        target = (
            of.long
            - of.short
            + sum(
                np.eye(len(of.price))[o.symbol] * o.amount * (1 if o.kind in PURCHASES else -1)
                for o in made
                if o.symbol >= 0
            )
        )
        reached = float(np.nansum(np.maximum(target, 0.0) * of.price))
        wanted = float(np.nansum(np.where(weights > 0.0, weights, 0.0))) * of.equity
        kept = float(np.sum(np.where(np.isnan(weights), of.long * of.price, 0.0)))
        assert wanted + kept + 1e-6 >= of.equity, "financed although the targets lie below the equity"
        assert reached <= wanted + kept + float(np.sum(of.lot_minimum * of.price)) + float(of.long @ of.price) + 1e-6
