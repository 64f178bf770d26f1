"""Target strategies: a table of weights carried out session by session, and the sessions that nobody can decide."""

import numpy as np
import pytest
from broker.markets import free, panel, run
from liangrong.core.errors import ConfigError
from liangrong.strategies import BuyAndHold, Parameter, Quantile, Setting, TargetStrategy

NAN = np.nan


class Fixed(TargetStrategy):
    """Half of the equity in the first security from the `after`-th session of the run on."""

    PARAMETERS = (Parameter("after", int, 1, "sessions", low=0),)

    @classmethod
    def targets(cls, setting, parameters):
        count, size = setting.panel.shape
        weights = np.full((count - setting.first, size), NAN)
        weights[parameters["after"] :: 2, 0] = 0.5
        return weights


class Crooked(TargetStrategy):
    """Forgets that the run begins later than the panel."""

    @classmethod
    def targets(cls, setting, parameters):  # noqa: ARG003
        return np.zeros(setting.panel.shape)


def test_a_row_of_nan_orders_nothing():
    # 0.5 x 100,000 / 10, then 0.5 x 105,000 / 11 = 4,772: 300 are sold; the row between orders nothing.
    done = run(panel([[10.0, 20.0]] * 2 + [[11.0, 20.0]] * 4), None, free(), strategy=Fixed, parameters={"after": 0})
    fills = list(zip(done.column("fills", "kind"), done.column("fills", "shares"), strict=True))
    assert fills == [("buy", 5_000), ("sell", 300)]
    days = panel([10.0] * 6).sessions
    assert done.column("fills", "date") == [days[1], days[3]]


def test_a_row_of_nan_repays_nothing_either():
    # At 8.00 the debt of 52,000 is more than 120,000 less 98 % of the equity, so an order plan would repay.
    done = run(panel([10.0, 10.0, 8.0, 8.0, 8.0]), None, free(), strategy=BuyAndHold, parameters={"leverage": 1.5})
    assert done.column("fills", "kind") == ["buy", "margin_buy"]


def test_a_table_has_the_shape_of_the_run():
    given = panel([[10.0, 20.0]] * 5)
    setting = Setting(given, 2, np.ones((3, 2)), None)
    assert Fixed.table(setting, {"after": 0})[:, 0].tolist() == pytest.approx([0.5, NAN, 0.5], nan_ok=True)
    assert Crooked.table(setting._replace(first=0), {}).shape == (5, 2)
    with pytest.raises(ConfigError, match=r"`targets` of strategy `Crooked` should return .* = \(3, 2\), got \(5, 2\)"):
        Crooked.table(setting, {})


def test_without_targets_the_strategy_is_refused():
    setting = Setting(panel([10.0] * 3), 0, np.ones((3, 1)), None)
    with pytest.raises(ConfigError, match=r"strategy `TargetStrategy` should define targets\(setting, parameters\)"):
        TargetStrategy.table(setting, {})


def test_decisions_at_the_close_begin_with_the_second_session():
    setting = Setting(panel([[10.0, NAN], [10.0, 20.0], [10.0, 20.0]]), 0, np.ones((3, 2)), None)
    assert Fixed.table(setting, {"after": 0}, 1)[:, 0].tolist() == pytest.approx([NAN, 0.5, NAN], nan_ok=True)
    held = BuyAndHold.table(setting, {"leverage": 1.0}, 1)
    assert np.isnan(held[[0, 2]]).all()
    assert held[1].tolist() == [0.5, 0.5]  # both trade by then
    assert BuyAndHold.table(setting, {"leverage": 1.0})[0].tolist() == pytest.approx([1.0, NAN], nan_ok=True)


def test_the_short_list_of_a_decision_at_the_close_is_that_of_its_session():
    setting = Setting(panel([[10.0, 10.0]] * 3), 0, np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.eye(3)[:, :2])
    using = Quantile.check({"minimum": 1, "quantile": 0.5, "rebalance": "daily"}, "x")
    # The first session is not decided; on the second the first security is worst and on the list.
    assert Quantile.table(setting._replace(score=-np.eye(3)[:, :2]), using, 1)[1].tolist() == [1.2, 0.0]
    assert Quantile.table(setting, using, 1)[1].tolist() == [-0.3, 1.2]


def test_buy_and_hold_buys_at_the_close_too():
    done = run(panel([10.0] * 4), None, free(), strategy=BuyAndHold, parameters={"lead": 1}, fill="close")
    assert done.column("fills", "date") == [panel([10.0] * 4).sessions[1]]
