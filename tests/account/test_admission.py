"""What the market allows: each reason to refuse, the price of a fill, the counts of shares that the boards accept."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account import admission
from liangrong.core.account.admission import Quote, fill_price, lot_refusal, lots_up, market_refusal, whole_lots
from liangrong.core.types import OrderKind, Refusal
from oracles.ledger_interpreted import compiled_functions, interpreted

NAN, INF = math.nan, math.inf
SALES = (OrderKind.SELL, OrderKind.SELL_TO_REPAY, OrderKind.SHORT_SELL)
PURCHASES = (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.BUY_TO_RETURN)
OFF_MARKET = (OrderKind.REPAY, OrderKind.RETURN_SHARES)
BOARD_LOTS = {"main": (100.0, 100.0), "star": (200.0, 1.0), "bse": (100.0, 1.0)}


def quote(price=10.0, lot=(100.0, 100.0), **changes: Any) -> Quote:
    minimum, step = lot
    plain = Quote(price, 10.3, 9.8, 11.0, 9.0, False, True, True, minimum, step)
    return plain._replace(**changes)


# --- reasons -----------------------------------------------------------------------------------------------------

REASONS = [
    (Refusal.SUSPENDED, SALES + PURCHASES, {"is_suspended": True}),
    (Refusal.SUSPENDED, SALES + PURCHASES, {"price": NAN}),
    (Refusal.LIMIT_UP, PURCHASES, {"price": 11.0, "high": 11.0}),
    (Refusal.LIMIT_DOWN, SALES, {"price": 9.0, "floor": 9.0}),
    (Refusal.NOT_ELIGIBLE, (OrderKind.MARGIN_BUY,), {"is_financing_eligible": False}),
    (Refusal.NOT_ELIGIBLE, (OrderKind.SHORT_SELL,), {"is_short_eligible": False}),
    (Refusal.FLOAT_CAP, (OrderKind.MARGIN_BUY,), {"is_capped": True}),
    (Refusal.OUT_OF_RANGE, SALES + PURCHASES, {"is_in_range": False}),
    (Refusal.UPTICK, (OrderKind.SHORT_SELL,), {"price": 9.9, "high": 10.0, "floor": 10.01}),
]


@pytest.mark.parametrize(("reason", "kinds", "changes"), REASONS)
@pytest.mark.parametrize("kind", OrderKind)
def test_each_reason_refuses_its_orders_and_no_others(reason, kinds, changes, kind):
    assert market_refusal(int(kind), quote(**changes)) == (reason if kind in kinds else Refusal.NONE)


@pytest.mark.parametrize("kind", OrderKind)
def test_an_ordinary_session_refuses_nothing(kind):
    assert market_refusal(int(kind), quote()) == Refusal.NONE
    assert market_refusal(int(kind), quote(limit_up=INF, limit_down=0.0, floor=0.0)) == Refusal.NONE


@pytest.mark.parametrize("kind", OFF_MARKET)
def test_repayments_and_returns_need_no_trade(kind):
    stopped = quote(price=NAN, is_suspended=True, is_financing_eligible=False, is_short_eligible=False)
    assert market_refusal(int(kind), stopped) == Refusal.NONE


def test_kinds_are_sales_or_purchases_or_neither():
    assert [kind for kind in OrderKind if admission.is_sale(int(kind))] == sorted(SALES)
    assert [kind for kind in OrderKind if admission.is_purchase(int(kind))] == sorted(PURCHASES)


# --- prices ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "high", "floor", "expected"),
    [
        (10.0, 10.3, 9.8, 10.0),  # the open is above the last price
        (9.7, 10.3, 9.8, 9.8),  # the open is below it, but the session comes back to it
        (9.7, 9.8, 9.8, 9.8),
        (9.7, 9.79, 9.8, NAN),  # never again that day
        (9.7, 9.7, 0.0, 9.7),  # the rule is off
    ],
)
def test_a_short_sale_waits_for_the_last_price(price, high, floor, expected):
    found = fill_price(int(OrderKind.SHORT_SELL), quote(price=price, high=high, floor=floor), 0.0)
    assert found == expected or (math.isnan(found) and math.isnan(expected))


def test_slippage_pushes_a_short_sale_no_lower_than_the_floor():
    assert fill_price(int(OrderKind.SHORT_SELL), quote(), 0.01) == pytest.approx(9.9)
    assert fill_price(int(OrderKind.SHORT_SELL), quote(), 0.05) == 9.8


@pytest.mark.parametrize(("slippage", "bought", "sold"), [(0.0, 10.0, 10.0), (0.02, 10.2, 9.8), (0.2, 11.0, 9.0)])
def test_slippage_goes_against_the_order_and_saturates_at_the_limit(slippage, bought, sold):
    for kind in PURCHASES:
        assert fill_price(int(kind), quote(), slippage) == pytest.approx(bought, abs=1e-12)
    for kind in (OrderKind.SELL, OrderKind.SELL_TO_REPAY):
        assert fill_price(int(kind), quote(), slippage) == pytest.approx(sold, abs=1e-12)
    for kind in OFF_MARKET:
        assert fill_price(int(kind), quote(), slippage) == 10.0


PRICES = st.floats(9.0, 11.0)


@seed(5)
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(OrderKind), PRICES, PRICES, PRICES, st.floats(0.0, 0.3))
def test_no_fill_is_beyond_the_limits_nor_above_the_high_of_a_short_sale(kind, price, high, floor, slippage):
    asked = quote(price=price, high=max(price, high), floor=floor)
    found = fill_price(int(kind), asked, slippage)
    if math.isnan(found):
        assert kind == OrderKind.SHORT_SELL
        assert floor > asked.high
        return
    assert asked.limit_down <= found <= asked.limit_up
    if kind == OrderKind.SHORT_SELL:
        assert floor <= found <= asked.high
    elif kind in PURCHASES:
        assert found >= price
    else:
        assert found <= price


# --- counts ------------------------------------------------------------------------------------------------------


def accepted(shares, minimum, step):
    """Count up from the minimum in steps."""
    count = minimum
    while count < shares:
        count += step
    return count == shares


def sellable(shares, held, minimum, step):
    """Whole lots, or what leaves no odd remainder behind."""
    if accepted(shares, minimum, step):
        return True
    if not 0 < shares <= held:
        return False
    if step == 1:
        return shares == held  # below the least order, all that is left goes at once
    return held % step > 0 and (held - shares) % step == 0


@pytest.mark.parametrize("board", BOARD_LOTS)
@pytest.mark.parametrize("held", [0, 1, 50, 99, 100, 150, 199, 200, 201, 250, 350])
def test_counts_against_counting_up(board, held):
    lot = BOARD_LOTS[board]
    asked = quote(lot=lot)
    for shares in range(1, 452):
        plain = Refusal.NONE if accepted(shares, *lot) else Refusal.LOT
        for kind in (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.SHORT_SELL):
            assert lot_refusal(int(kind), float(shares), float(held), asked) == plain, (kind, shares)
        odd = Refusal.NONE if sellable(shares, held, *lot) else Refusal.LOT
        for kind in (OrderKind.SELL, OrderKind.SELL_TO_REPAY):
            assert lot_refusal(int(kind), float(shares), float(held), asked) == odd, (kind, shares)
        for kind in (OrderKind.BUY_TO_RETURN, OrderKind.RETURN_SHARES):
            assert lot_refusal(int(kind), float(shares), float(held), asked) == Refusal.NONE


@pytest.mark.parametrize(
    ("board", "shares", "held", "expected"),
    [
        ("main", 150, 150, Refusal.NONE),
        ("main", 50, 150, Refusal.NONE),
        ("main", 30, 150, Refusal.LOT),
        ("main", 120, 150, Refusal.LOT),
        ("star", 201, 500, Refusal.NONE),
        ("star", 199, 500, Refusal.LOT),
        ("star", 199, 199, Refusal.NONE),
        ("bse", 101, 500, Refusal.NONE),
        ("bse", 99, 500, Refusal.LOT),
        ("bse", 99, 99, Refusal.NONE),
    ],
)
def test_odd_remainders_are_sold_whole_only(board, shares, held, expected):
    assert lot_refusal(int(OrderKind.SELL), float(shares), float(held), quote(lot=BOARD_LOTS[board])) == expected


@pytest.mark.parametrize("kind", [kind for kind in OrderKind if kind != OrderKind.REPAY])
@pytest.mark.parametrize("shares", [100.5, 0.5, NAN])
def test_parts_of_a_share_are_no_order(kind, shares):
    assert lot_refusal(int(kind), shares, 1000.5, quote()) == Refusal.LOT


@pytest.mark.parametrize("board", BOARD_LOTS)
def test_lots_down_and_up_against_counting_up(board):
    lot = BOARD_LOTS[board]
    counts = [count for count in range(2000) if accepted(count, *lot)]
    for shares in (*range(1, 460), 199.5, 250.25):
        below = [count for count in counts if count <= shares]
        assert whole_lots(float(shares), quote(lot=lot)) == (below[-1] if below else 0.0)
        assert lots_up(float(shares), quote(lot=lot)) == next(count for count in counts if count >= shares)


@pytest.mark.parametrize("board", BOARD_LOTS)
def test_lots_above_is_what_lots_up_counts(board):
    minimum, step = BOARD_LOTS[board]
    for shares in (0.0, 0.5, minimum - 1.0, minimum, minimum + 0.5, 377.0):
        above = admission.lots_above(shares, minimum, step)
        assert accepted(above, minimum, step)
        assert above >= shares
        assert above == minimum or above - step < shares


# --- all of it in one --------------------------------------------------------------------------------------------

BUY = int(OrderKind.BUY)


def test_an_order_of_the_market_is_taken_whole_at_its_price():
    assert admission.admit(BUY, 500.0, 500.0, 0.0, INF, 0.01, quote()) == (Refusal.NONE, 500.0, 10.1)


@pytest.mark.parametrize(("cap", "shares"), [(500.0, 500.0), (499.0, 400.0), (100.0, 100.0)])
def test_the_volume_fills_whole_lots_of_an_order(cap, shares):
    assert admission.admit(BUY, 500.0, 500.0, 0.0, cap, 0.0, quote())[:2] == (Refusal.NONE, shares)


def test_the_volume_may_fill_no_lot():
    assert admission.admit(BUY, 500.0, 500.0, 0.0, 99.0, 0.0, quote())[:2] == (Refusal.NONE, 0.0)


@pytest.mark.parametrize(
    ("price", "slippage", "per_unit", "sold", "bought"),
    [
        (10.0, 0.0005, 100, 9.99, 10.01),  # 9.995 and 10.005
        (10.0, 0.001, 100, 9.99, 10.01),  # on the tick already
        (17.0, 0.01, 100, 16.83, 17.17),  # so is this, but for the last binary digit
        (3.857, 0.0, 1000, 3.857, 3.857),
        (3.857, 0.0001, 1000, 3.856, 3.858),  # 3.8566143 and 3.8573857
        (10.95, 0.02, 100, 10.73, 11.0),  # 11.169 saturates at the limit
        (9.1, 0.02, 100, 9.0, 9.29),
    ],
)
def test_slippage_goes_on_to_the_next_tick_against_the_order(price, slippage, per_unit, sold, bought):
    wide: dict[str, Any] = {"limit_up": 99.0, "limit_down": 3.0} if price < 5.0 or price > 12.0 else {}
    of = quote(price=price)._replace(per_unit=per_unit, **wide)
    assert admission.fill_price(int(OrderKind.SELL), of, slippage) == sold
    assert admission.fill_price(BUY, of, slippage) == bought


@pytest.mark.parametrize(("price", "is_impossible"), [(11.0, False), (11.01, True), (9.0, False), (8.99, True)])
def test_no_order_meets_a_price_outside_the_limits(price, is_impossible):
    of = quote(price=price)._replace(highest=11.0, lowest=9.0)
    for kind in (OrderKind.BUY, OrderKind.SELL, OrderKind.SELL_TO_REPAY, OrderKind.BUY_TO_RETURN):
        found = admission.market_refusal(int(kind), of)
        assert (found == Refusal.IMPOSSIBLE_PRICE) == is_impossible


def test_too_large_a_part_of_the_float_stops_short_sales():
    kinds = (OrderKind.SHORT_SELL, OrderKind.SELL)
    of = quote()._replace(is_short_capped=True)
    assert [admission.market_refusal(int(kind), of) for kind in kinds] == [Refusal.FLOAT_CAP, Refusal.NONE]


def test_the_market_speaks_before_the_lot_and_the_lot_before_the_volume():
    assert admission.admit(BUY, 150.0, 150.0, 0.0, 0.0, 0.0, quote(is_suspended=True)).refusal == Refusal.SUSPENDED
    assert admission.admit(BUY, 150.0, 150.0, 0.0, 0.0, 0.0, quote()).refusal == Refusal.LOT


def test_a_cover_is_judged_by_what_it_returns_not_by_the_lots_it_buys():
    cover = int(OrderKind.BUY_TO_RETURN)
    assert admission.admit(cover, 200.0, 150.0, 0.0, INF, 0.0, quote())[:2] == (Refusal.NONE, 200.0)
    assert admission.admit(cover, 200.0, 150.5, 0.0, INF, 0.0, quote()).refusal == Refusal.LOT


def test_no_lot_of_nothing():
    assert whole_lots(0.0, quote()) == 0.0
    assert whole_lots(-5.0, quote()) == 0.0
    assert whole_lots(NAN, quote()) == 0.0
    assert whole_lots(INF, quote(lot=(100.0, 100.0))) == INF


def test_compiled_and_interpreted_agree():
    rng = np.random.default_rng(6)
    quotes = [
        quote(
            price=float(rng.choice([9.0, 9.9, 10.0, 11.0, NAN])),
            high=float(rng.uniform(9.9, 11.0)),
            floor=float(rng.uniform(9.0, 10.5)),
            lot=BOARD_LOTS[str(rng.choice(list(BOARD_LOTS)))],
            is_suspended=bool(rng.random() < 0.2),
            is_short_eligible=bool(rng.random() < 0.7),
            is_capped=bool(rng.random() < 0.5),
            is_in_range=bool(rng.random() < 0.8),
        )._replace(highest=10.5, lowest=9.5)
        for _ in range(40)
    ]
    counts = [float(count) for count in rng.integers(0, 500, 40)]

    def answers():
        found: dict[str, list[Any]] = {
            "is_sale": [admission.is_sale(kind) for kind in range(8)],
            "is_purchase": [admission.is_purchase(kind) for kind in range(8)],
            "sold_at": [admission.sold_at(q, 0.03) for q in quotes],
            "bought_at": [admission.bought_at(q, 0.03) for q in quotes],
            "is_impossible": [admission.is_impossible(q) for q in quotes],
            "fill_price": [admission.fill_price(kind, q, 0.03) for q in quotes for kind in range(8)],
            "market_refusal": [admission.market_refusal(kind, q) for q in quotes for kind in range(8)],
            "whole_lots": [admission.whole_lots(n, q) for n, q in zip(counts, quotes, strict=True)],
            "lots_up": [admission.lots_up(n, q) for n, q in zip(counts, quotes, strict=True)],
        }
        pairs = list(zip(counts, quotes, strict=True))
        found["lots_above"] = [admission.lots_above(n, q.lot_minimum, q.lot_step) for n, q in pairs]
        found["admit"] = [admission.admit(k, n, n, 350.0, 150.0, 0.01, q) for n, q in pairs for k in range(8)]
        found["lot_refusal"] = [admission.lot_refusal(k, n, 350.0, q) for n, q in pairs for k in range(8)]
        return found

    compiled = answers()
    assert set(compiled) == set(compiled_functions(admission))
    with interpreted():
        plain = answers()
    for name, values in compiled.items():
        assert np.array_equal(values, plain[name], equal_nan=True), name
