"""What the page of a run shows of a security by session, on a small market by hand."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from liangrong.core.config.run import Config
from liangrong.core.panel.action_rows import CorporateAction
from liangrong.core.panel.calendar import mainland
from liangrong.core.panel.panel import Panel
from liangrong.core.run.engines import execute
from liangrong.core.run.scenario import assemble
from liangrong.core.run.security_paths import limits_of, paths_of, security_paths

DAYS = mainland().between(np.datetime64("2023-05-04"), np.datetime64("2023-05-31"))  # 20 sessions
RISING, FLAT = "600000.SH", "000001.SZ"
NAN = np.nan
STEADY = [10.0 + 0.1 * t for t in range(8)]
CLOSE = [*STEADY, 11.77, 11.0, NAN, NAN, 11.2, 10.08, 10.1, 5.0, 5.1, 5.2, 5.3, 5.4]
"""11.77 is the upper limit over 10.7, 10.08 the lower under 11.2; no trading on two sessions; a split before 5.0."""
BALANCE = [100.0 * 1.1**t for t in range(20)]
SPLIT = CorporateAction(DAYS[15], RISING, 0.1, 1.0)


def market(actions=(SPLIT,), **more):
    fields = {
        "close": [CLOSE, [20.0] * 20],
        "financing_balance": [BALANCE, [500.0] * 20],
        "financing_buy": [[30.0] * 20, [5.0] * 20],
        "financing_repay": [[10.0 + t for t in range(20)], [5.0] * 20],
        "short_sell": [[7.0] * 20, [0.0] * 20],
        "short_repay": [[3.0] * 20, [0.0] * 20],
        "short_balance": [[8.0] * 20, [0.0] * 20],
        **more,
    }
    columns = {name: np.array(values).T.copy() for name, values in fields.items()}
    columns |= dict.fromkeys(("open", "high", "low"), columns["close"])
    columns["volume"] = np.where(np.isnan(columns["close"]), NAN, 1e9)
    return Panel(sessions=DAYS, symbols=(RISING, FLAT), fields=columns, actions=actions)


def scenario(panel, engine="compiled", **more):
    rule = {"name": "balance_trend", "parameters": {"window": 2}}
    parameters = {"enter": 0.03, "leave": 0.0, "long_weight": 0.5, "short_weight": 0.0}
    keys = {
        "name": "by_hand",
        "data": {"source": "dataset", "path": "nowhere"},
        "window": {"start": date(2023, 5, 8)},  # the third session
        "strategy": {"name": "threshold", "rule": rule, "parameters": parameters},
        "execution": {"engine": engine},
        "market": {"eligibility": "all"},
        **more,
    }
    return assemble(Config.model_validate(keys), panel)


def events_of(path, *kinds):
    return [(str(event.start), str(event.end), event.words) for event in path.events if event.kind in kinds]


@pytest.mark.parametrize("engine", ["compiled", "backtrader"])
def test_prices_flows_score_and_target_stand_on_their_sessions(engine):
    made = scenario(market(), engine)
    result = execute(made)
    paths = {path.symbol: path for path in security_paths(made, result)}
    assert set(paths) == {RISING}  # nothing was attributed to the other
    days = paths[RISING].days
    assert days["date"].tolist() == pd.DatetimeIndex(DAYS[2:]).tolist()
    np.testing.assert_array_equal(days["close"], CLOSE[2:])
    np.testing.assert_array_equal(days["financing_balance"], BALANCE[2:])
    np.testing.assert_array_equal(days["net_buy"], [20.0 - t for t in range(2, 20)])
    assert days["net_short"].tolist() == [4.0] * 18
    # F / mean of two - 1, with F a tenth higher each session: 1.1 / 1.05 - 1
    np.testing.assert_allclose(days["score"], 1.1 / 1.05 - 1.0)
    assert days["target"].tolist()[0] == 0.25  # half of the equity in equal parts of two
    first = result.fills.iloc[0]
    assert (first["date"], first["price"]) == (pd.Timestamp(DAYS[3]), 10.3)  # decided after the first session


def test_ex_dates_limit_days_and_suspensions():
    (path,) = paths_of(scenario(market()), [RISING])
    day = [str(one) for one in DAYS]
    assert events_of(path, "limit up") == [(day[8], day[8], "close 11.77, the limit of the day")]
    assert events_of(path, "limit down") == [(day[13], day[13], "close 10.08, the limit of the day")]
    assert events_of(path, "suspended") == [(day[10], day[11], "no trading on 2 sessions")]
    assert events_of(path, "ex-date") == [(day[15], day[15], "0.1 a share in cash and 1 new shares a share")]
    (flat,) = paths_of(scenario(market()), [FLAT])
    assert flat.events == ()
    (free,) = paths_of(scenario(market(), market={"eligibility": "all", "price_limits": False}), [RISING])
    assert events_of(free, "limit up", "limit down") == []


def test_ex_dates_that_only_prices_tell_are_said_to_bring_nothing():
    factor = [[1.0] * 15 + [2.02] * 5, [1.0] * 20]
    (path,) = paths_of(scenario(market((), adj_factor=factor)), [RISING])
    ((start, _, words),) = events_of(path, "ex-date")
    assert start == str(DAYS[15])
    assert words.endswith(", as prices tell: the account received nothing")


@pytest.mark.parametrize("published", [False, True])
def test_limits_are_those_that_orders_meet(published):
    stated = {"limit_up": [[NAN] * 10 + [12.5] * 10, [21.0] * 20], "limit_down": [[NAN] * 10 + [9.5] * 10, [19.0] * 20]}
    made = scenario(market(**(stated if published else {})))
    for j in (0, 1):
        quotes = [made.market.quote(t, j) for t in range(18)]
        up, down = limits_of(made, j)
        np.testing.assert_array_equal(up, [one.limit_up for one in quotes])
        np.testing.assert_array_equal(down, [one.limit_down for one in quotes])


def test_a_strategy_without_a_rule_has_no_score():
    made = scenario(market(), strategy={"name": "buy_and_hold"})
    (path,) = paths_of(made, [FLAT])
    assert "score" not in path.days
    assert path.days["target"].notna().any()
    assert paths_of(made, ["600519.SH"]) == ()


def test_a_strategy_that_decides_by_itself_has_no_target():
    made = scenario(market())
    own = type("Own", (made.strategy,), {"decide": lambda _: None, "targets": None})  # whose targets nobody asks for
    (path,) = paths_of(replace(made, strategy=own), [RISING])
    assert "target" not in path.days
    assert "score" in path.days
