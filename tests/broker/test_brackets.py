"""Brackets of plain strategies: the kinds of their orders, and exits that outlive a day on which nobody trades."""

import backtrader as bt
import numpy as np
import pytest
from broker.plain import call, frame, played
from conditions import sections
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.refusal_summary import OrdersRefused
from liangrong.core.types import OrderKind as Kind

ENGINES = [PanelCerebro, bt.Cerebro]
MARKET = bt.Order.Market


def kinds(orders):
    return [order.info.kind.name for order in orders]


@pytest.mark.parametrize(
    ("method", "words", "expected"),
    [
        ("buy_bracket", {}, ["BUY", "SELL", "SELL"]),
        ("buy_bracket", {"kind": Kind.MARGIN_BUY}, ["MARGIN_BUY", "SELL_TO_REPAY", "SELL_TO_REPAY"]),
        ("buy_bracket", {"oargs": {"kind": Kind.MARGIN_BUY}}, ["MARGIN_BUY", "SELL_TO_REPAY", "SELL_TO_REPAY"]),
        (
            "buy_bracket",
            {"kind": Kind.MARGIN_BUY, "limitargs": {"kind": Kind.SELL}},
            ["MARGIN_BUY", "SELL_TO_REPAY", "SELL"],
        ),
        ("buy_bracket", {"stopargs": {"kind": Kind.SELL_TO_REPAY}}, ["BUY", "SELL_TO_REPAY", "SELL"]),
        ("sell_bracket", {}, ["SELL", "BUY", "BUY"]),
        ("sell_bracket", {"kind": Kind.SHORT_SELL}, ["SHORT_SELL", "BUY_TO_RETURN", "BUY_TO_RETURN"]),
        (
            "sell_bracket",
            {"kind": Kind.SHORT_SELL, "stopargs": {"kind": Kind.BUY}},
            ["SHORT_SELL", "BUY", "BUY_TO_RETURN"],
        ),
    ],
)
def test_every_order_of_a_bracket_has_its_kind(method, words, expected):
    brackets = []
    step = call(method, size=100, exectype=MARKET, stopprice=8.0, limitprice=12.0, **words)
    played({0: [call("buy", size=100)], 2: [lambda s: brackets.append(step(s))]}, [10.0] * 4)
    assert kinds(brackets[0]) == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("method", "kind", "then", "exit_at"),
    [
        ("buy_bracket", Kind.MARGIN_BUY, 9.4, "SELL_TO_REPAY"),
        ("buy_bracket", Kind.MARGIN_BUY, 10.7, "SELL_TO_REPAY"),
        ("sell_bracket", Kind.SHORT_SELL, 10.7, "BUY_TO_RETURN"),
        ("sell_bracket", Kind.SHORT_SELL, 9.4, "BUY_TO_RETURN"),
    ],
)
def test_a_borrowed_bracket_ends_without_debt(engine, method, kind, then, exit_at):
    stop, limit = (9.5, 10.5) if method == "buy_bracket" else (10.5, 9.5)
    step = call(method, size=500, exectype=MARKET, kind=kind, stopprice=stop, limitprice=limit)
    done = played({0: [call("buy", size=100), step]}, [10.0, 10.0, then, then], engine=engine)
    assert [row[:2] for row in done.done()][-1] == (2, exit_at)
    assert len(done.done(bt.Order.Canceled)) == 1
    assert done.broker.holding(done.data)[1:] == (0.0, 0.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_exits_begin_on_the_session_after_the_entry(engine):
    """The entry's own session falls through the stop at once: what is bought that day cannot be sold (T+1)."""
    step = call("buy_bracket", size=500, exectype=MARKET, stopprice=9.5, limitprice=11.0)
    low, close = np.array([10.0, 9.3, 9.6, 9.2]), [10.0, 9.4, 9.8, 9.3]
    frames = {"600000.SH": bars([10.0, 10.0, 9.7, 9.6], low, close)}
    done = played({0: [step]}, frames=frames, engine=engine)
    assert done.done() == [(1, "BUY", 500), (3, "SELL", -500)]
    assert [order.executed.price for order in done.told if order.status == order.Completed] == [10.0, 9.5]


def bars(opened, low, close, volume=1e9):
    return frame(close, open=opened, high=np.maximum(opened, close), low=low, volume=volume)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stop_outlives_a_day_at_the_limit(engine):
    """Down by the limit without a trade on session 2: the stop is refused that day, and sells on the next."""
    step = call("buy_bracket", size=500, exectype=MARKET, kind=Kind.MARGIN_BUY, stopprice=9.5, limitprice=11.0)
    done = played({0: [step]}, [10.0, 10.0, 9.0, 8.5, 8.5], engine=engine)
    refusals = done.broker.journal.tables()["refusals"]
    assert (refusals["kind"], refusals["reason"]) == (["sell_to_repay"], ["limit_down"])
    assert done.done() == [(1, "MARGIN_BUY", 500), (3, "SELL_TO_REPAY", -500)]
    assert done.position.size == 0  # and no line at the end: nothing was refused for good


def test_a_stop_that_the_account_refuses_is_over():
    """The shares are gone: no other day brings them back."""
    step = call("buy_bracket", size=500, exectype=MARKET, stopprice=9.5, limitprice=11.0)
    with pytest.warns(OrdersRefused, match="^1 of 4 orders refused: no_shares 1"):
        done = played({0: [step], 1: [call("sell", size=500)]}, [10.0, 10.0, 10.0, 9.4, 9.4])
    assert len(done.done(bt.Order.Rejected)) == len(done.done(bt.Order.Canceled)) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_exits_watch_over_what_a_thin_market_filled(engine):
    """2,000 of 5,000 are bought, a tenth of the volume. The stop sells 700, 700 and 600; the limit is cut along."""
    step = call("buy_bracket", size=5_000, exectype=MARKET, stopprice=9.5, limitprice=11.0)
    prices = [10.0, 10.0, 9.4, 9.4, 9.4, 9.4]
    frames = {"600000.SH": bars(prices, prices, prices, np.array([1e4, 2e4, 7e3, 7e3, 7e3, 7e3]))}
    with pytest.warns(OrdersRefused, match="^1 of 3 orders refused: expired 1"):
        done = played({0: [step]}, frames=frames, engine=engine, **sections(volume_share=0.1))
    fills = done.broker.journal.tables()["fills"]
    assert fills["shares"] == [2_000, 700, 700, 600]
    assert [order.size for order in done.told if order.status == order.Canceled] == [5_000, -600]
    assert done.position.size == 0


def test_a_thin_market_returns_a_short_in_parts():
    step = call("sell_bracket", size=500, exectype=MARKET, kind=Kind.SHORT_SELL, stopprice=10.5, limitprice=9.0)
    prices = [10.0, 10.0, 10.6, 10.6, 10.6]
    frames = {"600000.SH": bars(prices, prices, prices, np.array([1e4, 1e4, 2e3, 2e3, 2e3]))}
    done = played({0: [step]}, frames=frames, **sections(volume_share=0.1))
    assert done.broker.journal.tables()["fills"]["shares"] == [500, 200, 200, 100]
    assert done.broker.holding(done.data) == (0.0, 0.0, 0.0)


def by_hand(entry, stop, limit):
    """Return a step that submits a bracket order by order."""

    def submit(strategy):
        first = getattr(strategy, entry.pop("method"))(transmit=False, **entry)
        leave = strategy.buy if first.issell() else strategy.sell
        leave(parent=first, transmit=False, exectype=bt.Order.Stop, **stop)
        leave(parent=first, exectype=bt.Order.Limit, **limit)

    return submit


def test_an_odd_return_ends_in_lots_and_leaves_the_rest_as_collateral():
    """450 of 500 are to be returned, so 500 are bought, 200 a day, and 50 of them stay."""
    back = {"kind": Kind.BUY_TO_RETURN}
    step = by_hand(
        {"method": "sell", "size": 500, "kind": Kind.SHORT_SELL},
        {"size": 450, "price": 10.5, **back},
        {"size": 450, "price": 9.0, **back},
    )
    prices = [10.0, 10.0, 10.6, 10.6, 10.6]
    frames = {"600000.SH": bars(prices, prices, prices, np.array([1e4, 1e4, 2e3, 2e3, 2e3]))}
    done = played({0: [step]}, frames=frames, **sections(volume_share=0.1))
    assert done.broker.journal.tables()["fills"]["shares"] == [500, 200, 200, 100]
    assert done.broker.holding(done.data) == (50.0, 0.0, 50.0)


def test_an_exit_of_less_than_the_entry_is_not_raised():
    step = by_hand({"method": "buy", "size": 5_000}, {"size": 5_000, "price": 9.5}, {"size": 1_000, "price": 10.5})
    prices = [10.0, 10.0, 10.6, 10.6]
    frames = {"600000.SH": bars(prices, prices, prices, np.array([1e4, 2e4, 1e6, 1e6]))}
    with pytest.warns(OrdersRefused, match="^1 of 3 orders refused: expired 1"):
        done = played({0: [step]}, frames=frames, **sections(volume_share=0.1))
    assert done.broker.journal.tables()["fills"]["shares"] == [2_000, 1_000]
    assert sorted(order.size for order in done.told if order.status == order.Canceled) == [-2_000, 5_000]
