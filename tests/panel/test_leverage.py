"""Cost lines and maintenance ratios: by hand, over ex-dates, in shares, and against contracts that are known."""

from dataclasses import replace

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.ideas.rule import Rule
from liangrong.core.ideas.target_strategy import rule_score
from liangrong.core.panel.credit_flows import average_price, initial_ratios
from liangrong.core.panel.leverage import estimable, financing_leverage, short_leverage, with_leverage
from liangrong.core.panel.panel import Panel
from liangrong.core.run.lacking import check_fields
from numpy.testing import assert_allclose, assert_array_equal
from oracles.many_contracts import market_of_contracts
from oracles.rule_panels import market, small

NAN = np.nan
BOUGHT = {
    "close": [10.0, 20.0, 15.0],
    "amount": [1000.0, 2000.0, 1500.0],
    "volume": [100.0, 100.0, 100.0],
    "financing_balance": [100.0, 300.0, 150.0],
    "financing_buy": [NAN, 200.0, 0.0],
    "financing_repay": [NAN, 0.0, 150.0],
}


def column(values):
    return values[:, 0]


def test_by_hand():
    # 100 buy 10 shares at 10, then 200 buy 10 at 20: 300 for 20 shares, 15 each; then half of all is repaid.
    found = financing_leverage(small(start="2024-03-04", **BOUGHT))
    assert_allclose(column(found.shares), [10, 20, 10])
    assert_allclose(column(found.cost), [10, 15, 15])
    assert_allclose(column(found.owed), [100, 300, 150])
    # 80 % of margin: 1.8 times what was bought stands as collateral.
    assert_allclose(column(found.maintenance), [1.8, 1.8 * 20 * 20 / 300, 1.8 * 10 * 15 / 150])
    assert_allclose(column(found.opening), [1, 1 / 3, 1 / 3])
    # First in, first out: 100 at 10 and 50 at 20 go, what is left cost 20.
    fifo = financing_leverage(small(start="2024-03-04", **BOUGHT), "fifo")
    assert_allclose(column(fifo.cost), [10, 15, 20])
    assert_allclose(column(fifo.maintenance)[2], 1.8 * 15 / 20)
    assert_allclose(column(fifo.opening), [1, 1 / 3, 0])


def test_the_part_below_a_line_by_hand():
    found = financing_leverage(small(start="2024-03-04", **BOUGHT))
    # At 15 what was bought at 10 stands at 2.7, what was bought at 20 at 1.35; after a fall of 10 % at 1.215.
    assert_allclose(column(found.share_below(1.3)), [0, 0, 0])
    assert_allclose(column(found.share_below(1.3, 0.1))[2], 2 / 3)
    assert_allclose(column(found.share_below(1.216, 0.1))[2], 2 / 3)
    assert_allclose(column(found.share_below(1.214, 0.1))[2], 0)
    assert_allclose(column(found.forced(1.3, 0.1))[2], 100)
    assert np.isnan(found.forced(1.3, 0.1, start=2)[:2]).all()


def test_a_contract_keeps_the_margin_of_its_day():
    fields = {"close": [10.0] * 3, "financing_balance": [NAN, 100.0, 200.0], "financing_buy": [NAN, 100.0, 100.0]}
    found = financing_leverage(small(start="2015-11-19", **fields))  # Thursday; the ratio rises on the Monday
    assert_allclose(column(found.maintenance), [NAN, 1.5, 1.75])
    given = financing_leverage(small(start="2015-11-19", **fields), initial=np.array([3.0, 3.0, 2.0]))
    assert_allclose(column(given.maintenance), [NAN, 3.0, 2.5])
    assert_allclose(initial_ratios(small(start="2009-01-05", close=[1.0]), "financing"), [1.5])


def test_without_flows_the_change_of_the_balance_is_what_was_bought():
    lean = {name: BOUGHT[name] for name in ("close", "financing_balance")}
    assert_allclose(column(financing_leverage(small(**lean)).cost), [10, 15, 15])


def test_missing_days_and_prices():
    holes = {**BOUGHT, "close": [NAN, 20.0, 15.0], "amount": [NAN, 2000.0, NAN], "volume": [NAN, 100.0, NAN]}
    found = financing_leverage(small(start="2024-03-04", **holes))
    assert_allclose(column(found.cost), [NAN, 20, 20])  # the balance enters with the first price
    assert_allclose(column(found.opening), [NAN, 1, 1])
    gone = {**BOUGHT, "financing_balance": [100.0, NAN, 150.0]}
    assert_allclose(column(financing_leverage(small(start="2024-03-04", **gone)).cost), [10, NAN, 15])
    empty = {**BOUGHT, "financing_balance": [100.0, 0.0, 150.0], "financing_buy": [NAN] * 3}
    assert_allclose(column(financing_leverage(small(start="2024-03-04", **empty)).cost), [10, NAN, 15])


def test_ex_dates_move_no_ratio():
    # A split 1:2 on the last day, and a dividend of a tenth on it: the price falls to 45 % of what it was.
    plain = small(start="2024-03-04", **{**BOUGHT, "close": [10.0, 20.0, 20.0], "amount": [1000.0, 2000.0, 2000.0]})
    split = {**BOUGHT, "close": [10.0, 20.0, 9.0], "amount": [1000.0, 2000.0, 900.0]}
    panel = small(start="2024-03-04", **split, adj_factor=[1.0, 1.0, 1.0 / 0.45])
    for way in ("proportional", "fifo"):
        one, other = financing_leverage(plain, way), financing_leverage(panel, way)
        assert_allclose(other.maintenance, one.maintenance)
        assert_allclose(other.cost[2], one.cost[2] * 0.45)
        assert_allclose(other.share_below(1.9, 0.05), one.share_below(1.9, 0.05))


def taiwan(**fields):
    return replace(small(symbols=["2330.TW"], start="2026-03-02", **fields), imputed={"financing_balance": "x close"})


def test_taiwan_owes_six_tenths_of_what_shares_cost():
    fields = {
        "close": [10.0, 20.0, 15.0],
        "financing_volume": [10.0, 20.0, 10.0],
        "financing_buy_volume": [NAN, 10.0, 0.0],
        "financing_repay_volume": [NAN, 0.0, 10.0],
        "financing_balance": [100.0, 400.0, 150.0],
    }
    found = financing_leverage(taiwan(**fields))
    assert_allclose(column(found.cost), [10, 15, 15])
    assert_allclose(column(found.owed), [60, 180, 90])
    assert_allclose(column(found.maintenance), [1 / 0.6, 400 / 180, 150 / 90])
    # At 15 what cost 20 stands at 15 / 12; it owes two thirds of all.
    assert_allclose(column(found.share_below(1.3))[2], 2 / 3)


def test_shares_that_come_while_the_price_falls_are_a_split():
    fields = {
        "close": [10.0, 10.0, 2.6, 2.5],
        "financing_volume": [10.0, 20.0, 84.0, 80.0],
        "financing_buy_volume": [NAN, 10.0, 4.0, 0.0],
        "financing_repay_volume": [NAN, 0.0, 0.0, 4.0],
    }
    found = financing_leverage(taiwan(**fields))
    assert_allclose(column(found.shares), [10, 20, 84, 80])
    assert_allclose(column(found.cost)[2], (200 + 4 * 2.6) / 84)  # 80 of them cost 2.5
    # The same shares at a price that stands were bought.
    bought = financing_leverage(taiwan(**{**fields, "close": [10.0] * 4}))
    assert_allclose(column(bought.cost), [10] * 4)


def test_the_short_side_by_hand():
    # Ten sold at 10, ten at 20: 300 of proceeds and as much again as margin, 600 for 20 shares.
    fields = {
        "close": [10.0, 20.0, 15.0],
        "short_volume": [10.0, 20.0, 10.0],
        "short_sell": [NAN, 10.0, 0.0],
        "short_repay": [NAN, 0.0, 10.0],
    }
    found = short_leverage(small(start="2024-08-05", **fields))
    assert_allclose(column(found.cost), [10, 15, 15])
    assert_allclose(column(found.shares), [10, 20, 10])
    assert_allclose(column(found.owed), [100, 400, 150])
    assert_allclose(column(found.maintenance), [2, 600 / 400, 300 / 150])
    # At 15 what was sold at 10 stands at 20 / 15, after a rise of 10 % at 1.21; what was sold at 20 at 40 / 15.
    assert_allclose(column(found.share_below(1.3, 0.0))[2], 0)
    assert_allclose(column(found.share_below(1.213, 0.1))[2], 0.5)
    assert_allclose(column(found.share_below(1.212, 0.1))[2], 0)
    assert_allclose(column(found.forced(1.3, 0.1))[2], 75)
    assert initial_ratios(small(symbols=["2330.TW"], close=[1.0]), "short")[0] == 1.9


def test_the_average_price():
    fields = {"open": [9.0] * 4, "high": [11.0] * 4, "low": [8.0] * 4, "close": [10.0, 10.0, NAN, 10.0]}
    panel = small(**fields, amount=[950.0, 1500.0, NAN, NAN], volume=[100.0, 100.0, NAN, 100.0])
    assert_allclose(column(average_price(panel)), [9.5, 11.0, 10.0, 9.5])  # within high; the last close; the mean
    assert_allclose(column(average_price(replace(panel, adjusted="forward adjusted"))), [9.5, 9.5, 9.5, 9.5])


@pytest.mark.parametrize("way", ["proportional", "fifo"])
def test_the_past_does_not_depend_on_the_future(way):
    panel = market()
    whole = financing_leverage(panel, way)
    for rows in (1, 2, 40, 299):
        part = financing_leverage(panel.window(None, panel.sessions[rows - 1]), way)
        for name in ("cost", "shares", "owed", "maintenance", "opening"):
            assert_array_equal(getattr(part, name), getattr(whole, name)[:rows])


def test_fields_for_rules_and_users():
    panel = market()
    made = with_leverage(panel)
    assert set(made.fields) - set(panel.fields) == {
        *("financing_cost", "financing_shares", "estimated_maintenance"),
        *("short_cost", "estimated_short_maintenance"),
    }
    assert_array_equal(made["estimated_maintenance"], financing_leverage(panel).maintenance)
    assert "in proportion" in made.imputed["financing_cost"]
    assert with_leverage(made) is made
    assert with_leverage(panel, ["close"]) is panel
    assert estimable({"close"}) == estimable({"financing_balance"}) == set()

    class NearTheLine(Rule):
        """Near."""

        NEEDS = ("estimated_maintenance",)

        def score(self, panel: Panel):
            """Return it."""
            return 1.0 * panel["estimated_maintenance"]

    check_fields("rule", NearTheLine.NEEDS, panel.fields, NearTheLine())
    assert_array_equal(rule_score(NearTheLine(), panel), financing_leverage(panel).maintenance)
    with pytest.raises(DataError, match="needs the field `estimated_maintenance`"):
        check_fields("rule", NearTheLine.NEEDS, {"close"}, NearTheLine())


def test_what_cannot_be():
    panel = small(close=[1.0, 2.0])
    with pytest.raises(DataError, match="a cost line needs the field `financing_balance`"):
        financing_leverage(panel)
    with pytest.raises(DataError, match="a cost line needs the field `short_volume`"):
        short_leverage(panel)
    with pytest.raises(ConfigError, match="`way` should be one of"):
        financing_leverage(small(**BOUGHT), "lifo")
    with pytest.raises(DataError, match="`initial` should hold one ratio per session"):
        financing_leverage(small(**BOUGHT), initial=np.ones(2))
    nothing = financing_leverage(small(close=[NAN] * 2, financing_balance=[NAN] * 2))
    assert np.isnan(nothing.maintenance).all()
    assert np.isnan(nothing.share_below(1.3, 0.1)).all()


def logs(leverage, truth):
    """Return estimated and true cost over close in logarithms, once the opening is gone."""
    return (np.log(cost[60:] / truth.panel["close"][60:]) for cost in (leverage.cost, truth.cost))


@pytest.mark.parametrize(("habit", "way", "error"), [("any", "proportional", 0.01), ("old", "fifo", 1e-9)])
def test_contracts_that_end_as_assumed_are_found(habit, way, error):
    truth = market_of_contracts(habit, sessions=160, securities=8)
    found = financing_leverage(truth.panel, way)
    estimated, true = logs(found, truth)
    assert np.sqrt(np.mean((estimated - true) ** 2)) < error
    assert abs(np.mean(estimated - true)) < 0.1 * error + 1e-12
    assert min(np.corrcoef(estimated[:, j], true[:, j])[0, 1] for j in range(8)) > 0.97
    assert_allclose(np.nanmean(found.maintenance[60:]), np.nanmean(truth.maintenance[60:]), rtol=max(error / 2, 1e-9))
    below = found.share_below(1.3, 0.1)[60:]
    assert_allclose(np.nanmean(below), np.nanmean(truth.below[60:]), atol=0.005)


def test_sold_winners_leave_dearer_debts_than_estimated():
    # Who sells what has gained, and keeps what has lost, leaves a higher cost: the estimate errs by some per cent.
    truth = market_of_contracts("winners", sessions=160, securities=8)
    estimated, true = logs(financing_leverage(truth.panel), truth)
    assert -0.06 < np.mean(estimated - true) < -0.01
    assert np.corrcoef(estimated.ravel(), true.ravel())[0, 1] > 0.9
