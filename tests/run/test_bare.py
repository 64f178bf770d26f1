"""Trials: the same run without tables gives the same closes and counts, in threads and from fewer rows too."""

import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from liangrong.core.account import opened_account
from liangrong.core.account.credit import open_ledger
from liangrong.core.run.bare import rebalances, simulate_equity
from liangrong.core.run.compiled import run_compiled, setting_of, targets_of
from liangrong.core.run.engines import execute
from liangrong.core.run.scenario import prepare
from run.configured import configured
from run.random_scenarios import draw, targets

KINDS = ("commission", "stamp_duty", "transfer_fee", "interest", "value")


def prepared(scenario, weights):
    """Return what `simulate_equity` takes."""
    setting = setting_of(scenario, weights, keeps_margin=False)
    return scenario.market.arrays, scenario.schedule.arrays, setting, weights, scenario.opening.cash, scenario.opening


def tried(scenario):
    return simulate_equity(*prepared(scenario, targets_of(scenario)))


def counted(values):
    return dict(Counter(values))


@pytest.mark.parametrize("number", [0, 2, 5, 9, 12, 17, 21, 33])
def test_a_trial_is_the_run_without_its_tables(number):
    scenario = draw(number)
    tables, trial = run_compiled(scenario).journal.tables(), tried(scenario)
    assert trial.equity.tolist() == tables["equity"]["equity"]
    for name in ("cash", "long_value", "short_value", "principal", "accrued"):
        assert trial.closes[name].tolist() == tables["equity"][name]
    assert trial.fills == len(tables["fills"]["kind"])
    assert trial.forced == len(tables["forced_sales"]["kind"])
    assert trial.refusals == counted(tables["refusals"]["reason"])
    assert trial.events == counted(tables["margin_events"]["event"])
    for name in KINDS:
        assert getattr(trial, name) == pytest.approx(sum(tables["fills"][name]), rel=1e-12)


def test_a_trial_equals_the_result_of_its_configuration():
    scenario = prepare(configured({"execution.engine": "compiled"}, strategy={"name": "buy_and_hold"}))
    assert tried(scenario).equity.tolist() == execute(scenario).equity["equity"].tolist()


@pytest.mark.parametrize("number", [2, 3, 8])
def test_rows_that_order_nothing_may_be_left_out(number):
    scenario = draw(number, 60)
    market, schedule, setting, weights, *begun = prepared(scenario, targets_of(scenario))
    rows, of_rows = rebalances(weights, setting)
    assert len(rows) < len(weights)
    assert np.isnan(weights).all(axis=1).sum() == len(weights) - len(rows)
    whole = simulate_equity(market, schedule, setting, weights, *begun)
    assert simulate_equity(market, schedule, of_rows, rows, *begun).equity.tolist() == whole.equity.tolist()


def test_contracts_grow_in_a_trial(monkeypatch):
    scenario = draw(4, 60)
    expected = tried(scenario)
    assert max(run_compiled(scenario).journal.tables()["contracts"]["id"]) > 4
    monkeypatch.setattr(opened_account, "open_ledger", lambda cash, n, _: open_ledger(cash, n, 1))
    assert tried(scenario).equity.tolist() == expected.equity.tolist()


def test_trials_in_threads_are_trials_alone():
    scenario = draw(9, 60)
    rng = np.random.default_rng(5)
    tables = [targets(rng, scenario.panel.shape) for _ in range(24)]
    alone = [simulate_equity(*prepared(scenario, weights)).equity.tolist() for weights in tables]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda weights: simulate_equity(*prepared(scenario, weights)).equity.tolist(), tables))
    assert together == alone
    assert len({tuple(equity) for equity in alone}) == len(alone)


def test_no_run_keeps_or_frees_an_array_that_it_was_lent():
    """The day loop counts no references to arrays, so whatever it did wrong would show in their counts."""
    scenario = draw(9, 60)
    market, schedule, setting, weights, *begun = prepared(scenario, targets_of(scenario))
    lent = [part for group in (market, schedule, setting) for part in group if isinstance(part, np.ndarray)]
    simulate_equity(market, schedule, setting, weights, *begun)
    before = [sys.getrefcount(part) for part in lent]
    for _ in range(50):
        simulate_equity(market, schedule, setting, weights, *begun)
    assert [sys.getrefcount(part) for part in lent] == before
