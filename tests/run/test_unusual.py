"""What `check` calls unusual: each kind with a configuration that raises it and one that does not, by hand."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.config.yaml_file import load
from liangrong.core.panel.calendar import mainland
from liangrong.core.run.config_check import check_config
from liangrong.core.run.planned import Planned, planned
from liangrong.core.run.scenario import assemble, prepare, read_universe
from liangrong.core.run.unusual import unusual
from liangrong.core.run.unusual_limits import LIMITS
from run.configured import configured, dataset

HOLD = {"name": "buy_and_hold", "parameters": {"leverage": 1.0}}
YEAR = {"source": "synthetic", "options": {"seed": 5, "securities": 20, "sessions": 250, "start": "2022-01-04"}}
ORDINARY = {"costs.slippage": 0.0005}
PLAN = Planned(long=1.0, short=0.0, largest=0.1, held=10.0, smallest=0.1, orders=100)


_raw = {}


def raw(key, config):
    """Return the panel of a configuration, read once for all that have their data in common."""
    if key not in _raw:
        _raw[key] = read_universe(config).panel
    return _raw[key]


def kinds(keys=None, plan=PLAN, strategy=HOLD, cash=10_000_000.0, data=YEAR):
    config = configured({**ORDINARY, **(keys or {})}, strategy=strategy, cash=cash, data=data)
    scenario = assemble(config, raw(config.data.model_dump_json(), config), findings=())
    return {one.kind: one.told() for one in unusual(scenario, plan)}


def test_an_ordinary_run_has_nothing_unusual():
    assert kinds() == {}


CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.mark.parametrize(("name", "known"), [("demo", []), ("claims/03_spread_zscore", ["slippage"])])
def test_the_demo_has_nothing_unusual_and_a_claim_no_slippage(name, known):
    found = check_config(load(CONFIGS / f"{name}.yaml"))
    assert [one.kind for one in found.unusual] == known
    assert ("Unusual:\n• nothing" in found.text(80)) == (not known)


def test_the_scenario_of_margin_calls_is_told_to_be_dangerous():
    """Longs of 2.95 and shorts of 0.1: 2.05 owed, ratio 3.05 / 2.05 = 149 %; (1 - 0.4 * 2.05) / 2.95 = 6.1 %."""
    found = {
        one.kind: one for one in check_config(load(Path(__file__).parents[2] / "configs/margin_calls.yaml")).unusual
    }
    assert "2.95 times the equity" in found["leverage"].figure
    assert "a fall of 6.1 % of all longs brings the maintenance ratio from 149 % to the call at 140 %" in (
        found["call_distance"].figure
    )
    assert {"leverage", "margin", "call_distance", "concentration"} <= found.keys()


@pytest.mark.parametrize(
    ("kind", "keys", "words"),
    [
        ("commission", {"costs.commission_rate": 0.0011}, "commission is 0.11 % of an order of 1,000,000 CNY:"),
        ("commission_low", {"costs.commission_rate": 0.0, "costs.commission_minimum": 0.0}, "commission is 0.0000 %"),
        ("round_trip", {"costs.slippage": 0.005}, "buying and selling costs 1.15 % of the value"),
        ("slippage", {"costs.slippage": 0.0}, "`costs.slippage` is 0:"),
        ("volume_share", {"execution.volume_share": None}, "any multiple of a session's volume"),
        ("volume_share", {"execution.volume_share": 0.26}, "26 % of a session's volume"),
        ("same_close", {"execution.decision": "at_close", "execution.fill": "close"}, "at one close"),
        ("rules_off", {"market.price_limits": False}, "`market.price_limits: false`"),
        ("rules_off", {"market.float_cap": False}, "`market.float_cap: false`"),
        ("rules_off", {"market.eligibility": "all"}, "`market.eligibility: all`"),
    ],
)
def test_terms(kind, keys, words):
    told = kinds(keys)
    assert set(told) == {kind}
    assert words in told[kind]


@pytest.mark.parametrize(
    "keys",
    [
        {"costs.commission_rate": 0.001},
        {"costs.commission_rate": 0.00005},
        {"costs.slippage": 0.004},
        {"execution.volume_share": 0.25},
        {"account.financing_rate": 0.2},  # nothing is financed
        {"market.uptick": False},  # nothing is shorted
    ],
)
def test_terms_that_are_not_unusual(keys):
    assert kinds(keys) == {}


@pytest.mark.parametrize(
    ("change", "kind", "keys", "words"),
    [
        ({"long": 1.51}, "leverage", {}, "the targets hold 1.51 times the equity"),
        ({"long": 1.3}, "rate_high", {"account.financing_rate": 0.16}, "`account.financing_rate` is 16.00 % a year"),
        ({"long": 1.3}, "rate_low", {"account.financing_rate": 0.0}, "`account.financing_rate` is 0.00 % a year"),
        ({"short": 0.3}, "rate_high", {"account.borrow_rate": 0.16}, "`account.borrow_rate` is 16.00 % a year"),
        ({"short": 0.3}, "rules_off", {"market.uptick": False}, "`market.uptick: false`"),
        ({"largest": 0.51}, "concentration", {}, "one security is 51 % of the equity"),
        # ratio 2.4 / 1.4; a fall of (1 - 0.3 * 1.4) / 1.5 = 38.7 % calls: margin 0.5 + 0.9 * 0.5 = 0.95 is too much
        (
            {"long": 1.5, "short": 0.9},
            "margin",
            {},
            "the targets need 0.95 of the equity as margin",
        ),
    ],
)
def test_what_a_plan_comes_to(change, kind, keys, words):
    told = kinds(keys, PLAN._replace(**change))
    assert set(told) == {kind}
    assert words in told[kind]


@pytest.mark.parametrize(
    "change", [{"long": 1.5}, {"long": 1.3, "short": 0.3}, {"largest": 0.5}, {"long": 0.5, "short": 0.5}]
)
def test_a_plan_that_is_not_unusual(change):
    assert kinds({}, PLAN._replace(**change)) == {}


def test_small_accounts():
    """Targets of a tenth: 100 CNY buy no lot, and a minimum of 5 CNY is 5 % of such an order; 1,000,000 buys any."""
    told = kinds(cash=1000.0)
    assert set(told) == {"commission", "round_trip", "lots"}
    assert "5.00 % of an order of 100 CNY, by `costs.commission_minimum` 5:" in told["commission"]
    assert "a position of 100 CNY buys no lot of 20 of 20 securities" in told["lots"]
    assert kinds(cash=10_000_000.0) == {}


def test_a_short_window():
    short = {**YEAR, "options": {**YEAR["options"], "sessions": 242}}
    assert kinds(data=short).keys() == {"sessions"}
    assert kinds(data={**YEAR, "options": {**YEAR["options"], "sessions": 243}}) == {}


def test_without_a_plan_nothing_is_said_of_sizes():
    told = kinds({"account.financing_rate": 0.0}, plan=None)
    assert set(told) == {"rate_low"}


# ---- data ----------------------------------------------------------------------------------------------------------


def real(tmp_path, sessions=260, securities=20, hole=None, **more):
    """Store a panel that says it is real."""
    days = np.arange(np.datetime64("2021-01-04"), np.datetime64("2022-12-30"))
    days = days[np.is_busday(days)][: sessions * 2]
    closed = np.array(["2021-02-11", "2021-02-12", "2021-02-15", "2021-02-16", "2021-02-17"], dtype="datetime64[D]")

    days = days[[bool(mainland().is_session(np.array([day])).all()) for day in days] & ~np.isin(days, closed)][
        :sessions
    ]
    closes = np.full((sessions, securities), 10.0)
    if hole is not None:
        closes[hole, 0] = np.nan
    made = panel(closes, days=days, symbols=[f"60{j:04d}.SH" for j in range(securities)], **more)
    return dataset(dataclasses.replace(made, synthetic=False), tmp_path)


def test_survivors_and_missing_actions(tmp_path):
    told = kinds(data=real(tmp_path))
    assert set(told) == {"survivors", "no_actions"}
    assert "none of 20 securities ends within 260 sessions" in told["survivors"]


@pytest.mark.parametrize("shape", [{"sessions": 260, "securities": 19}, {"hole": slice(230, None)}])
def test_a_few_securities_or_one_that_ended_are_no_survivors(tmp_path, shape):
    assert "survivors" not in kinds(data=real(tmp_path, **shape))


def test_findings_of_the_audit_come_first_with_their_counts():
    scenario = prepare(configured(ORDINARY, strategy=HOLD, data=YEAR))
    found = unusual(
        dataclasses.replace(scenario, audit={"wrong": {"move_beyond_limit": 3}, "noted": {"stops": 1}}), PLAN
    )
    assert [one.kind for one in found] == ["data", "data"]
    assert found[0].told().startswith("the audit of the data of this run finds wrong: move_beyond_limit x 3: ")
    assert found[1].told().startswith("the audit of the data of this run notes: stops x 1: ")


def test_fields_that_are_missing():
    scenario = prepare(configured(ORDINARY, data=YEAR, strategy={"name": "long_only", "rule": "balance_trend"}))

    def with_holes(share):
        values = np.where(np.isfinite(scenario.panel["close"]), 1e8, np.nan)
        cells = np.argwhere(np.isfinite(values))
        values[tuple(cells[: round(share * len(cells))].T)] = np.nan
        return dataclasses.replace(scenario, panel=scenario.panel.with_fields({"financing_balance": values}))

    named = {one.kind: one.told() for one in unusual(with_holes(0.76), PLAN)}
    assert "`financing_balance` is missing in 76 % of the cells with a price" in named["missing"]
    assert not unusual(with_holes(0.74), PLAN)


# ---- plans ---------------------------------------------------------------------------------------------------------


def test_a_plan_by_hand():
    """Two securities at 0.6 each, bought once: longs of 1.2, and two orders."""
    scenario = prepare(configured({}, strategy={"name": "buy_and_hold", "parameters": {"leverage": 1.2}}))
    plan = planned(scenario)
    held = int(np.isfinite(scenario.panel["close"][0]).sum())
    assert plan is not None
    assert plan.long == pytest.approx(1.2)
    assert plan.largest == pytest.approx(plan.smallest)
    assert plan.held == pytest.approx(plan.orders)
    assert plan.orders <= held
    assert plan.short == 0.0


def test_what_decides_by_its_account_has_no_plan():
    path = CONFIGS / "replay_demo.yaml"
    found = check_config(load(path))
    assert planned(prepare(load(path))) is None
    assert found.takes is not None
    assert "more where the strategy gives many orders" in found.takes.told()


def test_every_kind_has_a_threshold_with_its_source():
    assert all(one.what and one.source for one in LIMITS.values())


def test_a_board_that_overrides_codes_is_told_with_how_many(tmp_path):
    symbols = ["600000.SH", "688001.SH", "300750.SZ", "2330.TW"]
    given = panel(np.full((4, 4), 10.0), symbols=symbols)
    told = kinds({"market.board": "main"}, data=dataset(given, tmp_path))
    assert (
        "`market.board: main` overrides the board of 2 of 4 codes (688001.SH star, 300750.SZ chinext)" in told["board"]
    )
    assert "board" not in kinds({"market.board": "main"}, data=dataset(given.select(["600000.SH"]), tmp_path / "main"))
    assert "board" not in kinds(data=dataset(given.select(symbols[:3]), tmp_path / "none"))
