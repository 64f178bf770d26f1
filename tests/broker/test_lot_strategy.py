"""Targets and closings of plain strategies: lots by board, kinds by what is held, both engines, numbers by hand."""

import backtrader as bt
import numpy as np
import pytest
from broker.markets import panel as panel_by_hand
from broker.markets import run
from broker.plain import call, frame, played
from hypothesis import given
from hypothesis import strategies as st
from liangrong.core.account.admission import Quote
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.lot_strategy import Holding, LotStrategy, orders_to
from liangrong.core.broker.refusal_summary import OrdersRefused
from liangrong.core.errors import ConfigError
from liangrong.core.ideas.strategy import MarginStrategy
from liangrong.core.types import OrderKind as Kind

ENGINES = [PanelCerebro, bt.Cerebro]
NAN = float("nan")


def quote(minimum, step):
    return Quote(10.0, 10.0, 10.0, 11.0, 9.0, False, True, True, float(minimum), float(step))


MAIN, STAR, BSE = quote(100, 100), quote(200, 1), quote(100, 1)

# target, (own, financed, owed), kind, quote -> orders
CASES = [
    (1_050, (0, 0, 0), None, MAIN, [(Kind.BUY, 1_000)]),
    (1_050, (0, 0, 0), Kind.BUY, MAIN, [(Kind.BUY, 1_000)]),
    (1_050, (0, 0, 0), Kind.MARGIN_BUY, MAIN, [(Kind.MARGIN_BUY, 1_000)]),
    (1_050, (0, 0, 0), Kind.SHORT_SELL, MAIN, [(Kind.BUY, 1_000)]),  # says how to borrow, not how to finance
    (99, (0, 0, 0), None, MAIN, []),
    (1_160, (1_050, 0, 0), None, MAIN, [(Kind.BUY, 100)]),
    (1_050, (1_050, 0, 0), None, MAIN, []),
    (1_000, (1_050, 0, 0), None, MAIN, [(Kind.SELL, 50)]),  # the odd remainder, whole
    (970, (1_050, 0, 0), None, MAIN, [(Kind.SELL, 150)]),
    (30, (1_050, 0, 0), None, MAIN, [(Kind.SELL, 1_050)]),
    (0, (1_050, 0, 0), None, MAIN, [(Kind.SELL, 1_050)]),
    (0, (0, 1_000, 0), None, MAIN, [(Kind.SELL_TO_REPAY, 1_000)]),
    (0, (500, 500, 0), Kind.MARGIN_BUY, MAIN, [(Kind.SELL_TO_REPAY, 1_000)]),
    (500, (500, 500, 0), None, MAIN, [(Kind.SELL_TO_REPAY, 500)]),
    (0, (500, 0, 0), Kind.MARGIN_BUY, MAIN, [(Kind.SELL, 500)]),  # nothing is financed: own cash comes back
    (0, (500, 500, 0), Kind.SELL, MAIN, [(Kind.SELL, 1_000)]),  # said by the user
    (-530, (0, 1_000, 0), Kind.SHORT_SELL, MAIN, [(Kind.SELL_TO_REPAY, 1_000), (Kind.SHORT_SELL, 500)]),
    (-530, (300, 0, 0), None, MAIN, [(Kind.SELL, 300), (Kind.SELL, 500)]),  # the second is refused
    (-30, (0, 0, 0), None, MAIN, [(Kind.SELL, 30)]),  # refused too, not dropped
    (-30, (0, 0, 0), Kind.SHORT_SELL, MAIN, []),
    (-800, (0, 0, 500), Kind.SHORT_SELL, MAIN, [(Kind.SHORT_SELL, 300)]),
    (-230, (0, 0, 500), Kind.SHORT_SELL, MAIN, [(Kind.BUY_TO_RETURN, 300)]),
    (-200, (0, 0, 350), Kind.SHORT_SELL, MAIN, [(Kind.BUY_TO_RETURN, 200)]),  # lots: none is left beside the debt
    (0, (0, 0, 350), None, MAIN, [(Kind.BUY_TO_RETURN, 350)]),
    (730, (0, 0, 500), Kind.MARGIN_BUY, MAIN, [(Kind.BUY_TO_RETURN, 500), (Kind.MARGIN_BUY, 700)]),
    (0, (1_000, 0, 400), None, MAIN, [(Kind.SELL, 600)]),  # a hedge stays: the position is the net one
    (0, (1_000, 0, 1_000), None, MAIN, []),
    (0, (1_000, 0, 450), None, MAIN, [(Kind.SELL, 500)]),  # 550 are no lot, 600 would leave a net debt
    (199, (0, 0, 0), None, STAR, []),
    (255.7, (0, 0, 0), None, STAR, [(Kind.BUY, 255)]),
    (200, (250, 0, 0), None, STAR, [(Kind.SELL, 200)]),  # the least sale
    (100, (250, 0, 0), None, STAR, [(Kind.SELL, 250)]),  # 100 could not be bought, so they are not held
    (0, (150, 0, 0), None, STAR, [(Kind.SELL, 150)]),
    (180, (150, 0, 0), None, BSE, []),
    (251, (150, 0, 0), None, BSE, [(Kind.BUY, 101)]),
    (NAN, (0, 0, 0), None, MAIN, [(Kind.BUY, NAN)]),
]


@pytest.mark.parametrize(("target", "holding", "kind", "lots", "orders"), CASES)
def test_the_orders_to_a_target(target, holding, kind, lots, orders):
    found = orders_to(float(target), Holding(*map(float, holding)), kind, lots)
    assert [kind for kind, _ in found] == [kind for kind, _ in orders]
    assert [size for _, size in found] == pytest.approx([size for _, size in orders], nan_ok=True)


def sellable(held, minimum, step):
    """Every count that the exchange takes of a sale, from the rule's words."""
    if step == 1:
        return [count for count in range(1, held + 1) if count >= minimum or count == held]
    return [count for count in range(1, held + 1) if count % step in (0, held % step)]


@given(st.sampled_from([(100, 100), (200, 1), (100, 1)]), st.integers(0, 700), st.integers(0, 900))
def test_a_long_target_is_met_from_below_and_as_near_as_the_board_allows(board, held, target):
    minimum, step = board
    bought = [count for count in range(minimum, 901) if (count - minimum) % step == 0]
    if target >= held:
        end = max([held, *(held + count for count in bought if held + count <= target)])
    else:
        bound = max([0, *(count for count in bought if count <= target)])
        end = max([0, *(held - count for count in sellable(held, *board) if held - count <= bound)])
    orders = orders_to(float(target), Holding(float(held), 0.0, 0.0), None, quote(*board))
    assert held + sum(size if kind is Kind.BUY else -size for kind, size in orders) == end


def test_a_target_that_opens_is_not_told_how_to_close():
    with pytest.raises(ConfigError, match=r"`kind` of a target .* got SELL_TO_REPAY.*MARGIN_BUY or SHORT_SELL"):
        orders_to(500.0, Holding(0.0, 0.0, 0.0), Kind.SELL_TO_REPAY, MAIN)


# ---- runs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_kinds_follow_the_holding_and_the_numbers_are_those_by_hand(engine):
    """Financed long, through zero to a borrowed short, through zero to an own long, closed; price 10 throughout.

    A contract that its sale does not pay in full lives on: 19.84 of the first, to the end, eleven days later.
    Fees: 5 + 0.10 for the financed purchase of 10,000, 5 + 0.10 + 5.00 for its sale, two days' interest on 10,005.10;
    5 + 0.05 + 2.50 for the short sale of 5,000, 5 + 0.05 for its return, four days' fee on 5,000.
    Equity is then 99,966.7 and some: 0.2 of it are 1,999 shares, so 1,900; 5 + 0.19, and 5 + 0.19 + 9.50.
    """
    script = {
        1: [call("order_target_size", target=1_050, kind=Kind.MARGIN_BUY)],
        3: [call("order_target_size", target=-530, kind=Kind.SHORT_SELL)],
        5: [call("order_target_percent", target=0.2)],
        8: [call("close")],
    }
    done = played(script, engine=engine)
    assert done.done() == [
        (2, "MARGIN_BUY", 1_000),
        (4, "SELL_TO_REPAY", -1_000),
        (4, "SHORT_SELL", -500),
        (6, "BUY_TO_RETURN", 500),
        (6, "BUY", 1_900),
        (9, "SELL", -1_900),
    ]
    interest = 10_005.10 * 0.0835 / 360 * 2
    left = 10_005.10 + interest - (10_000.0 - 10.10)
    interest += left * 0.0835 / 360 * 11 + 5_000.0 * 0.1035 / 360 * 4  # Friday to Tuesday
    fees = 5.10 + 10.10 + 7.55 + 5.05 + 5.19 + 14.69
    assert done.broker.getvalue() == pytest.approx(100_000.0 - fees - interest, abs=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_own_and_financed_shares_are_closed_by_one_order_that_pays_the_debt(engine):
    script = {0: [call("buy", size=500), call("buy", size=400, kind=Kind.MARGIN_BUY)], 2: [call("close")]}
    done = played(script, engine=engine)
    assert done.done()[-1] == (3, "SELL_TO_REPAY", -900)
    assert done.broker.holding(done.data) == (0.0, 0.0, 0.0)
    assert done.broker.sums().principal == 0.0
    # 5.05 and 5.04 to buy, 5 + 0.09 + 4.50 to sell, two days on 4,005.04
    assert done.broker.getvalue() == pytest.approx(100_000 - 5.05 - 5.04 - 9.59 - 4_005.04 * 0.0835 / 360 * 2, abs=1e-9)


def test_a_plain_short_target_sells_what_is_held_and_is_refused_the_rest():
    with pytest.warns(OrdersRefused, match=r"^1 of 3 orders refused: no_shares 1 \(.*kind=OrderKind.SHORT_SELL"):
        done = played({0: [call("buy", size=300)], 2: [call("order_target_size", target=-500)]})
    assert done.done() == [(1, "BUY", 300), (3, "SELL", -300)]
    assert done.done(bt.Order.Rejected) == [(3, "SELL", -500)]
    assert done.position.size == 0


def test_a_target_without_a_price_is_refused_and_counted():
    """The second security is listed on session 3: until then nobody knows how many shares its value is."""
    late = frame([10.0] * 6).iloc[3:]
    frames = {"600000.SH": frame([10.0] * 6), "600001.SH": late}
    script = {1: [lambda s: s.order_target_percent(s.datas[1], target=0.5)], 4: [lambda s: s.close("600001.SH")]}
    with pytest.warns(OrdersRefused, match="^1 of 1 orders refused: suspended 1"):
        played(script, frames=frames)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_close_of_a_size_of_ones_own_is_left_as_it_is(engine):
    with pytest.warns(OrdersRefused, match="^1 of 2 orders refused: lot 1"):
        done = played({0: [call("buy", size=500, kind=Kind.MARGIN_BUY)], 2: [call("close", size=150)]}, engine=engine)
    assert done.done(bt.Order.Rejected) == [(3, "SELL_TO_REPAY", -150)]


def test_the_last_order_is_returned_and_words_go_with_it():
    seen = []
    words = {"exectype": bt.Order.Limit, "price": 9.9, "kind": Kind.SHORT_SELL}
    script = {
        0: [call("buy", size=300)],
        2: [lambda s: seen.append(s.order_target_size(target=-200, **words))],
        5: [lambda s: seen.append(s.order_target_size("600000.SH", target=-200, kind=Kind.SHORT_SELL))],
        6: [lambda s: seen.append(s.order_target_value(target=-1_000.0, price=9.95, exectype=bt.Order.Limit))],
    }
    done = played(script)
    assert (seen[0].size, seen[0].price, seen[0].exectype) == (-200, 9.9, bt.Order.Limit)
    assert seen[1] is None
    assert (seen[2].info.kind, seen[2].size, seen[2].price) == (Kind.BUY_TO_RETURN, 100, 9.95)  # 100.5 shares
    assert done.position.size == -200  # the last waits below the market


@pytest.mark.parametrize(("symbol", "bought"), [("600000.SH", 3_100), ("688001.SH", 3_190), ("830001.BJ", 3_190)])
def test_the_lots_are_those_of_the_board(symbol, bought):
    done = played({1: [call("order_target_value", target=31_999.0)]}, [10.03] * 5, symbol=symbol)
    assert done.position.size == bought


def test_a_tie_of_binary_fractions_counts_in_full():
    done = played({0: [call("order_target_value", target=10_000 * 0.57)]}, [0.1] * 4)  # 5,699.999… / 0.1
    assert done.position.size == 57_000


class Rotation(bt.Strategy):
    """Into the best of three, every few sessions; `by_hand` rounds each target itself."""

    params = (("by_hand", False), ("every", 7))

    def next(self):
        if len(self) % self.p.every or len(self) < 10:
            return
        best = max(self.datas, key=lambda data: data.close[0] / data.close[-9])
        for data in sorted(self.datas, key=lambda data: data is best):  # sales first
            self.aim(data, 0.9 if data is best else 0.0)

    def aim(self, data, weight):
        if not self.p.by_hand:
            self.order_target_percent(data, target=weight)
            return
        lots = int(self.broker.getvalue() * weight / data.close[0] / 100)
        change = lots * 100 - self.getposition(data).size
        if change > 0:
            self.buy(data, size=change)
        elif change < 0:
            self.sell(data, size=-change)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_rotation_by_percent_is_the_one_rounded_by_hand(engine, seed):
    rng = np.random.default_rng(seed)
    walks = np.round(10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, (90, 3)), axis=0)), 2)
    frames = {f"60000{j}.SH": frame(walks[:, j]) for j in range(3)}
    mine, by_hand = (
        played(None, frames=frames, engine=engine, strategy=type("R", (Rotation,), {"params": (("by_hand", hand),)}))
        for hand in (False, True)
    )
    tables = [strategy.broker.journal.tables() for strategy in (mine, by_hand)]
    assert tables[0]["equity"] == tables[1]["equity"]
    assert tables[0]["fills"] == tables[1]["fills"]
    assert len(tables[0]["fills"]["date"]) >= 10
    assert not tables[0]["refusals"]["date"]


def test_the_strategies_of_a_panel_have_it_too():
    script = {0: [("margin_buy", 0, 500)], 2: [lambda s: s.close()]}
    done = run(panel_by_hand([10.0] * 5), script)
    assert done.column("fills", "kind") == ["margin_buy", "sell_to_repay"]


@pytest.mark.parametrize("base", [LotStrategy, MarginStrategy])
def test_an_override_reaches_it_by_the_base(base):
    class Loud(base):
        def next(self):
            if len(self) == 1:
                self.buy(size=500, kind=Kind.MARGIN_BUY)
            if len(self) == 3:
                self.close()

        def close(self, *args, **words):
            closings.append(len(self))
            return super().close(*args, **words)

    closings = []
    done = played(None, strategy=Loud)
    assert closings == [3]
    assert done.position.size == 0


def test_with_another_broker_it_is_backtraders_strategy():
    class Odd(LotStrategy):
        def next(self):
            if len(self) == 1:
                self.buy_bracket(size=7, exectype=bt.Order.Market, stopprice=1.0, limitprice=99.0)
            if len(self) == 3:
                self.order_target_size(target=5)
            if len(self) == 5:
                self.order_target_percent(target=0.0333)
            if len(self) == 7:
                self.close()
            if len(self) == 9:
                self.buy()
            sizes.append(self.position.size)

    sizes = []
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame([10.0] * 11)))
    cerebro.addstrategy(Odd)
    cerebro.run()
    assert sizes == [0, 7, 7, 5, 5, 33, 33, 0, 0, 1, 1]
