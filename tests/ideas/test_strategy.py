"""What every strategy shares: the clock, the rows that are public, and that no decision reads the future."""

import numpy as np
import pytest
from broker.markets import Scripted, account, panel, run
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.credit_broker import CreditBroker
from liangrong.core.broker.feed import feeds_of
from liangrong.core.errors import ConfigError
from liangrong.core.synthetic import synthetic
from liangrong.core.types import OrderKind
from liangrong.strategies import STRATEGIES, MarginStrategy
from liangrong.strategies.rules import RULES

SPREAD = RULES["spread_zscore"].build("spread_zscore", {"window": 15, "sign": 1})
PARAMETERS = {
    "threshold": {"rule": RULES["balance_trend"].build("balance_trend", {"window": 8}), "enter": 0.005},
    "quantile": {"rule": SPREAD, "rebalance": "every", "every": 3, "minimum": 3, "quantile": 0.2},
    "long_only": {"rule": SPREAD, "rebalance": "weekly", "minimum": 3, "quantile": 0.2},
    "timing": {"rule": SPREAD, "short_weight": 0.5},
    "buy_and_hold": {"leverage": 1.3},
}


class Recording(CreditBroker):
    """Writes down every order at its submission."""

    def submit(self, order, check=True):
        self.asked = getattr(self, "asked", [])
        self.asked.append((self.t, order.info["kind"].name, order.data._name, order.created.size))
        return super().submit(order, check)


def asked(name, market, history=None, first=0):
    cerebro = PanelCerebro()
    cerebro.broker = account(market, {}, cash=5e6, broker_class=Recording, volume_share=0.1, borrow_share=0.5)
    for feed in feeds_of(market):
        cerebro.adddata(feed)
    cerebro.addstrategy(STRATEGIES[name], history=history, first=first, **PARAMETERS[name])
    cerebro.run()
    return getattr(cerebro.broker, "asked", [])


@pytest.fixture(scope="module")
def synthetic_market():
    return synthetic.generate(seed=11, securities=14, sessions=48, start="2022-01-04")


def scrambled(market, after):
    """The same market up to row `after`, and another one from there on: every security goes on as its neighbour."""
    fields = {
        name: np.vstack([v[: after + 1], np.roll(v[after + 1 :], 1, axis=1)]) for name, v in market.fields.items()
    }
    return type(market)(sessions=market.sessions, symbols=market.symbols, fields=fields)


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_orders_up_to_a_session_do_not_depend_on_what_follows(name, synthetic_market):
    whole = asked(name, synthetic_market)
    assert len(whole) >= 10
    for after in (0, 12, 25, 40):
        other = asked(name, scrambled(synthetic_market, after))
        assert [row for row in other if row[0] <= after] == [row for row in whole if row[0] <= after]
    if name != "buy_and_hold":
        assert asked(name, scrambled(synthetic_market, 12)) != whole, "the scrambling changes nothing"


@pytest.mark.parametrize("name", sorted(PARAMETERS.keys() - {"buy_and_hold"}))
def test_history_before_the_run_warms_the_signals(name, synthetic_market):
    first = 12
    cut = synthetic_market.window(synthetic_market.sessions[first], None)
    warm, cold = asked(name, cut, synthetic_market, first), asked(name, cut)
    assert min(row[0] for row in warm) < min(row[0] for row in cold)
    assert min(row[0] for row in cold) >= 7


def test_the_clock_of_a_strategy():
    noted = []

    class Clock(Scripted):
        def decide(self):
            noted.append((self.t, self.session, self.seen("close").shape, self.seen("close")[-1, 0]))

    market = panel([10.0, 11.0, 12.0, 13.0])
    run(market, None, strategy=Clock, parameters={"history": market})
    assert noted == [(0, 0, (1, 1), 10.0), (1, 1, (2, 1), 11.0), (2, 2, (3, 1), 12.0)]  # none at the last close
    noted.clear()
    run(market.window(market.sessions[2], None), None, strategy=Clock, parameters={"history": market, "first": 2})
    assert noted == [(2, 0, (3, 1), 12.0)]


def test_what_is_seen_cannot_be_changed():
    class Vandal(Scripted):
        def decide(self):
            self.seen("close")[0] = 1.0

    with pytest.raises(ValueError, match="read-only"):
        run(panel([10.0] * 3), None, strategy=Vandal, parameters={})


def test_a_strategy_without_a_decision_is_refused():
    with pytest.raises(ConfigError, match=r"strategy `MarginStrategy` should define decide\(\)"):
        run(panel([10.0] * 3), None, strategy=MarginStrategy, parameters={})


def test_the_book_is_the_account_at_the_close():
    books = []
    script = {
        0: [("buy_collateral", 0, 500), ("margin_buy", 0, 800), ("short_sell", 1, 300)],
        1: [lambda strategy: books.append(strategy.book())],
    }
    market = panel([[10.0, 20.0]] * 4, [[10.0, 20.0], [10.5, 19.0], [10.5, 19.0], [10.5, 19.0]], short_volume=1e5)
    done = run(market, script, borrow_share=0.1, slippage=0.001, uptick=False)
    book = books[0]
    bought, sold = 10.01, 19.98
    assert book.price.tolist() == [10.5, 19.0]
    assert book.long.tolist() == [1_300.0, 0.0]
    assert book.financed.tolist() == [800.0, 0.0]
    assert book.short.tolist() == [0.0, 300.0]
    assert book.locked.tolist() == pytest.approx([0.0, 300 * sold])
    assert book.cash == pytest.approx(100_000 - 500 * bought)
    assert book.principal == pytest.approx(800 * bought)
    assert book.equity == pytest.approx(done.column("equity", "equity")[1])
    assert book.borrowable.tolist() == [10_000.0, 10_000.0]
    assert book.fee_rate == pytest.approx(0.001)
    assert (book.lot_minimum.tolist(), book.lot_step.tolist()) == ([100.0, 100.0], [100.0, 100.0])


def test_order_to_weights_submits_every_kind():
    class Weights(Scripted):
        def decide(self):
            given = {0: [1.0, 0.4, -0.2], 1: [0.4, 0.3, -0.1], 2: [0.0, 0.5, 0.0]}.get(self.session)
            if given:
                self.order_to_weights(np.array(given))

    done = run(panel([[10.0, 10.0, 10.0]] * 5), None, strategy=Weights, parameters={})
    every = {kind.name.lower() for kind in OrderKind if kind is not OrderKind.RETURN_SHARES}
    assert set(done.column("fills", "kind")) == every
    assert done.column("refusals", "reason") == []
    assert done.broker.holdings()[0].tolist() == [0.0, 4_900.0, 0.0]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(3), r"the weights of `Weighing` should be 2 numbers, one a security, got an array of shape \(3,\)"),
        (0.5, r"got an array of shape \(\)"),
        (np.ones((2, 2)), r"got an array of shape \(2, 2\)"),
        ([0.5, np.inf], "got an infinite one: NaN leaves a security alone"),
        ([0.5, "a"], r"got \[0.5, 'a'\]"),
    ],
)
def test_weights_of_another_shape_are_refused(weights, message):
    class Weighing(MarginStrategy):
        def decide(self):
            self.order_to_weights(weights)

    cerebro = PanelCerebro()
    cerebro.broker = broker = account(panel(np.full((5, 2), 10.0)))
    for feed in feeds_of(broker.market.panel):
        cerebro.adddata(feed)
    cerebro.addstrategy(Weighing)
    with pytest.raises(ConfigError, match=message):
        cerebro.run()
