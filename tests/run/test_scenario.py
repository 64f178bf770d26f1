"""What cannot be run as configured is refused before anything runs, with its remedy; and what a scenario holds."""

import numpy as np
import pytest
from broker.markets import SHARES, panel
from liangrong.core.config.options import code
from liangrong.core.errors import ConfigError, DataError, DateError
from liangrong.core.run.engines import execute, run
from liangrong.core.run.scenario import prepare
from liangrong.core.types import Board
from run.configured import SPREAD, TREND, configured, dataset

HOLD = {"name": "buy_and_hold"}


def refused(error, match, *args, **kwargs):
    with pytest.raises(error, match=match):
        prepare(configured(*args, **kwargs))


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        (
            {"strategy.name": "quantil"},
            "there is no strategy `quantil`: did you mean `quantile`\\? known are",
        ),
        (
            {"strategy.name": "zzz"},
            "no strategy `zzz`: known are buy_and_hold, long_only, quantile, replay, threshold, timing",
        ),
        ({"strategy.parameters": {"evry": 9}}, "strategy `quantile` has no parameter `evry`: did you mean `every`"),
        ({"strategy.parameters": {"every": 9.5}}, "`every` of strategy `quantile` should be a whole number at least 0"),
        ({"strategy.rule": "spread_zscor"}, "there is no rule `spread_zscor`: did you mean `spread_zscore`"),
        (
            {"strategy.rule.parameters": {"windw": 9}},
            "rule `spread_zscore` has no parameter `windw`: did you mean `window`",
        ),
        (
            {"strategy.rule.parameters": {"window": 121}},
            "rule `SpreadZscore` looks back 61 sessions, longer than the history of 60",
        ),
        (
            {"strategy.parameters": {"sizing": "volatility", "volatility_window": 120}},
            "strategy `quantile` looks back 61 sessions, longer than the history of 60",
        ),
        ({"strategy.rule": None}, "`strategy.rule` is required: strategy `quantile` trades a rule"),
        (
            {"data.source": "synthetik"},
            "there is no source `synthetik`: did you mean `synthetic`\\? known are synthetic",
        ),
        (
            {"data.options": {"securitys": 9}},
            "`data.options.securitys`: source `synthetic` has no such option: did you",
        ),
        (
            {"data.options": {"seed": -1}},
            "`seed` of the synthetic market should be a whole number of at least 0, got -1",
        ),
        ({"data.path": "x"}, "`data.path` has no meaning for the source `synthetic`: remove it"),
        ({"universe.exclude": ["600999.SH"]}, "`universe.exclude` names 600999.SH, which the data do not have"),
        ({"universe.symbols": []}, "`universe` leaves no security"),
    ],
)
def test_what_cannot_be_run_is_refused(keys, match):
    refused(ConfigError, match, keys)


@pytest.mark.parametrize("source", ["dataset", "ashare", "twse"])
def test_a_source_of_files_needs_a_path(source):
    refused(ConfigError, f"`data.path` is required for the source `{source}`", data={"source": source})


def test_unknown_options_of_a_source_of_files(tmp_path):
    refused(
        ConfigError, "source `dataset` has no such option", data={"source": "dataset", "path": "x", "options": {"a": 1}}
    )
    refused(
        ConfigError, "source `ashare` has no such option", data={"source": "ashare", "path": "x", "options": {"a": 1}}
    )
    refused(DataError, "nothing-here", data={"source": "dataset", "path": str(tmp_path / "nothing-here")})


def test_an_unknown_security_is_named():
    refused(DataError, "no security 600999.SH", {"universe.symbols": ["600999.SH"]})


@pytest.mark.parametrize(
    "window",
    [
        {"start": "2020-01-02"},
        {"end": "2030-01-02"},
    ],
)
def test_a_window_beyond_the_data_is_refused(window):
    refused(DateError, r"the data cover 2022-01-04\.\.2022-0\d-\d\d; shorten the window", {"window": window})


@pytest.mark.parametrize(
    ("window", "where"),
    [
        ({"start": "2020-01-02", "end": "2020-06-30"}, "before"),
        ({"start": "2029-01-02", "end": "2030-06-30"}, "after"),
    ],
)
def test_a_window_outside_the_data_is_refused(window, where):
    refused(DateError, rf"lies {where} the data, which cover 2022-01-04\.\.2022-0\d-\d\d: choose", {"window": window})


@pytest.mark.parametrize(
    "write", [str, lambda code: f"sh{code}", lambda code: f"{code}.XSHG", lambda code: f"{code}.sh"]
)
def test_a_code_in_another_spelling_is_answered_with_the_right_one(write, tmp_path):
    data = dataset(panel([[10.0, 20.0]] * 5, symbols=["600000.SH", "000001.SZ"]), tmp_path)
    code = write("600000")
    told = rf"`universe\.symbols`: the panel has no security {code}; it has 2 others: write '600000\.SH'"
    refused(DataError, told, {"universe.symbols": ["000001.SZ", code]}, data=data, strategy=HOLD)
    told = rf"`universe\.exclude` names {code}, which the data do not have: write '600000\.SH'"
    refused(ConfigError, told, {"universe.exclude": [code]}, data=data, strategy=HOLD)
    refused(DataError, "write '000001.SZ'; and quote it", {"universe.symbols": ["000001"]}, data=data, strategy=HOLD)


def test_a_window_needs_two_sessions():
    refused(DateError, "holds 1 session: a run needs two", {"window": {"start": "2022-01-04", "end": "2022-01-04"}})
    last = str(prepare(configured()).panel.sessions[-1])
    refused(DateError, f"`window` {last}.. holds 1 session", {"window": {"start": last}})
    refused(DateError, "no session lies between", {"window": {"start": "2022-01-08", "end": "2022-01-09"}})


def test_a_field_that_a_strategy_needs_is_named(tmp_path):
    data = dataset(panel([10.0] * 30), tmp_path)
    refused(DataError, "rule `BalanceTrend` needs the field `financing_balance`, which", data=data, strategy=TREND)
    refused(DataError, "needs the field `spread`, `float_cap`, which the data do not have; they have ", data=data)


def test_a_scale_that_the_data_lack_is_answered_with_those_that_they_allow(tmp_path):
    data = dataset(panel([10.0] * 30, spread=1e6, amount=1e7), tmp_path)
    told = (
        r"`scale: float_cap` needs `float_cap`; these data allow: turnover, own "
        r"\(`strategy\.rule\.parameters\.scale` of a configuration, `--set scale=turnover` of a study\)$"
    )
    refused(
        DataError, rf"rule `SpreadZscore` needs the field `float_cap`, which the data do not have; {told}", data=data
    )
    inner = {"name": "quantile", "rule": {"name": "lag", "rules": ["spread_zscore"]}}
    told = r"allow: turnover, own \(`parameters\.scale` of that rule among the `rules` of a configuration's rule\)$"
    refused(DataError, told, data=data, strategy=inner)
    level = {"name": "quantile", "rule": "spread_level"}
    refused(DataError, "`scale: float_cap` needs `float_cap`; these data allow: turnover ", data=data, strategy=level)
    shorts = dataset(panel([10.0] * 30, short_volume=1e5, float_shares=1e8), tmp_path / "shorts")
    told = "`of: outstanding` needs `outstanding_shares`; these data allow: float "
    refused(DataError, told, data=shorts, strategy={"name": "quantile", "rule": "short_interest_ratio"})
    bare = {"rule": {"name": "spread_zscore", "parameters": {"scale": "own", "window": 5}}, "name": "quantile"}
    assert prepare(configured(data=dataset(panel([10.0] * 30, spread=1e6), tmp_path / "bare"), strategy=bare))


def test_a_code_without_a_board_is_named(tmp_path):
    data = dataset(panel([[10.0, 20.0]] * 5, symbols=["600000.SH", "2330.TW"]), tmp_path)
    refused(
        DataError,
        r"`2330\.TW` is no A-share code.*\(`market\.board`, or `universe\.exclude`\)",
        data=data,
        strategy=HOLD,
    )
    given = prepare(configured({"market.board": "star"}, data=data, strategy=HOLD))
    assert given.market.boards == [Board.STAR, Board.STAR]
    assert prepare(configured({"universe.exclude": ["2330.TW"]}, data=data, strategy=HOLD)).market.boards == [
        Board.MAIN
    ]


def test_2013_runs_out_of_the_box(tmp_path):
    data = dataset(panel([10.0] * 5, days="2013-03-04"), tmp_path)
    fills = run(configured(data=data, strategy=HOLD, cash=100_500.0)).fills
    assert fills["transfer_fee"].tolist() == pytest.approx((fills["shares"] * 0.0003).tolist(), abs=0.005)
    assert fills["transfer_fee"].sum() > 0.0


def test_sessions_before_the_record_are_refused_unless_the_broker_has_a_number(tmp_path):
    data = dataset(panel([10.0] * 5, days="2013-03-04", symbols=["2330.TW"]), tmp_path)
    of = {"market.board": "main"}
    said = "does not know `transfer_fee` on 2013-03-04, its record begins on"
    refused(DateError, said, of, data=data, strategy=HOLD)
    own = {**of, "costs.transfer_fee_rate": {"value": 0.0, "override": True}}
    assert prepare(configured(own, data=data, strategy=HOLD)).schedule.on(0).financing_ratio == 0.5


def test_terms_and_settings_come_from_the_configuration():
    keys = {
        "account.financing_rate": 0.06,
        "account.credit_line": 1e6,
        "account.haircut": {"value": 0.5, "override": True},
        "account.short_margin_ratio": 1.2,
        "account.borrow_share": None,
        "account.lines.warn": 1.6,
        "costs.commission_rate": 0.0001,
        "costs.stamp_duty_rate": {"value": 0.0, "override": True},
        "market.price_limits": False,
        "market.eligibility": "all",
        "execution.fill": "close",
        "execution.volume_share": None,
    }
    scenario = prepare(configured(keys))
    terms, market, options = scenario.schedule.on(0), scenario.market, scenario.market.arrays.options
    assert repr(terms.options) == repr(options)
    assert (terms.financing_rate, options.credit_line, terms.short_ratio, options.warn) == (0.06, 1e6, 1.2, 1.6)
    assert (terms.costs.commission_rate, terms.costs.stamp_duty_rate) == (0.0001, 0.0)
    assert (options.fill, options.eligibility) == (code("fill", "close"), code("eligibility", "all"))
    assert not options.price_limits
    assert (options.volume_share, options.borrow_share) == (np.inf, np.inf)
    assert set(market.haircuts(0)) == {0.5}


def test_defaults_of_the_configuration_reach_the_market():
    options = prepare(configured()).market.arrays.options
    assert (options.volume_share, options.borrow_share, options.fill) == (0.1, 0.1, code("fill", "open"))
    assert prepare(configured()).parameters["long_weight"] == 1.2


def test_universe_keeps_the_order_given(tmp_path):
    data = dataset(panel([[10.0, 20.0, 30.0]] * 5), tmp_path)
    chosen = {"universe": {"symbols": [SHARES[2], SHARES[0], SHARES[1]], "exclude": [SHARES[0]]}}
    assert prepare(configured(chosen, data=data, strategy=HOLD)).panel.symbols == (SHARES[2], SHARES[1])


def test_history_before_the_window_warms_the_signals():
    whole = prepare(configured(strategy=TREND))
    start = whole.panel.sessions[20]
    late = prepare(configured({"window.start": str(start)}, strategy=TREND))
    assert (late.first, len(late.panel.sessions), len(late.history.sessions)) == (20, 40, 60)
    first = execute(late).fills["date"].min()
    assert first == late.panel.sessions[1], "the signal is known at the first close"
    data = configured(
        strategy=TREND, data={"source": "synthetic", "options": {"seed": 5, "sessions": 60, "securities": 20}}
    )
    assert run(data).fills["date"].min() > prepare(data).panel.sessions[6]


def test_history_ends_with_the_window():
    scenario = prepare(configured({"window.end": "2022-02-28"}, strategy=SPREAD))
    assert scenario.history.sessions[-1] == scenario.panel.sessions[-1] == np.datetime64("2022-02-28")
    assert scenario.first == 0
