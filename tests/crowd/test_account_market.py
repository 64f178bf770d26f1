"""A market of many accounts: its balances are their contracts, each account is one of the ordinary engine."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from honesty import stated
from liangrong.core.account.credit import FINANCING, SHORT
from liangrong.core.crowd import account_market
from liangrong.core.crowd.account_market import crowd_plan, make_market, terms_of_accounts
from liangrong.core.crowd.crowd_state import contracts_of
from liangrong.core.crowd.price_feed import MOST_IMPACT, impact_of
from liangrong.core.crowd.truth_tables import TRUTH, truth_fields
from liangrong.core.errors import ConfigError
from liangrong.core.run.compiled import setting_of, simulated
from liangrong.core.run.scenario import assemble
from liangrong.core.synthetic.synthetic import plan_of, synthesise
from run.configured import configured

SESSIONS = 130
FLOWS = ("financing_buy", "financing_repay", "short_sell", "short_repay")


def market_plan(seed=3, securities=15, sessions=SESSIONS, **changes):
    about: dict[str, Any] = {
        "start": "2019-01-02",
        "signal": 0.0,
        "history": False,
        "corporate_actions": False,
        "breaks": 0.0,
    }
    return plan_of(seed=seed, securities=securities, sessions=sessions, **{**about, **changes})


def thousandths(values):
    """Return amounts in thousandths of CNY as Python's whole numbers: they add up without rounding."""
    return round(float(values) * 1000)


class Watched:
    """Adds up the contracts of all accounts in whole numbers, one by one, and shares nothing with the sums."""

    def __init__(self, securities):
        self.before = {}
        self.rows = {name: [] for name in ("owed", "shares", *FLOWS)}
        self.cash, self.securities = [], securities

    def __call__(self, _t, crowd):
        now, day = {}, {name: [0] * self.securities for name in self.rows}
        for a in range(len(crowd.account)):
            for c in contracts_of(crowd, a):
                now[a, int(c["id"])] = (int(c["kind"]), int(c["symbol"]), thousandths(c["principal"]), int(c["shares"]))
                if (a, int(c["id"])) not in self.before:
                    name = "financing_buy" if c["kind"] == FINANCING else "short_sell"
                    day[name][c["symbol"]] += (
                        thousandths(c["opened_amount"]) if c["kind"] == FINANCING else int(c["opened_shares"])
                    )
        for kind, j, owed, shares in now.values():
            day["owed"][j] += owed if kind == FINANCING else 0
            day["shares"][j] += shares if kind == SHORT else 0
        for key, (kind, j, owed, shares) in self.before.items():
            _, _, still, left = now.get(key, (kind, j, 0, 0))
            day["financing_repay"][j] += owed - still if kind == FINANCING else 0
            day["short_repay"][j] += shares - left if kind == SHORT else 0
        self.before = now
        for name, row in day.items():
            self.rows[name].append(row)
        self.cash.append(crowd.account["cash"].copy())


@pytest.fixture(scope="module")
def watched():
    """Return a market at half the margin with feedback and a fall in it, its watcher, and its orders by account."""
    plan = crowd_plan(market_plan(), 90, 0.5, 0.3)._replace(shock=(90, -0.25))
    watcher, orders = Watched(15), defaultdict(lambda: np.full((SESSIONS, 15), np.nan))
    real = account_market.live

    def one_by_one(run, planning, crowd, habits, tile, t, first, last):
        for a in range(first, last):
            planning.weights[:] = np.nan
            if real(run, planning, crowd, habits, tile, t, a, a + 1) <= a:
                return a
            if t > 0:
                orders[a][t - 1] = planning.weights[0]
        return last

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account_market, "live", one_by_one)
        made = make_market(plan, observer=watcher, threads=1)
    return made, watcher, orders


def test_balances_are_the_sums_over_the_accounts_own_contracts_to_the_last_digit(watched):
    made, watcher, _ = watched
    seen = ~np.isnan(made.panel["financing_balance"])
    for name, rows in (("financing_balance", "owed"), *((name, name) for name in FLOWS[:2])):
        published = made.panel[name]
        wanted = np.array(watcher.rows[rows]) / 1000
        np.testing.assert_array_equal(published[seen], wanted[seen])
        assert not wanted[~seen].any()
    for name, rows in (("short_volume", "shares"), *((name, name) for name in FLOWS[2:])):
        np.testing.assert_array_equal(made.panel[name][seen], np.array(watcher.rows[rows])[seen])
    assert np.nansum(made.panel["financing_balance"]) > 0.0
    assert np.nansum(made.panel["short_repay"]) > 0.0
    stated("crowd_sums", 6 * seen.sum(), 6 * seen.sum())


def test_the_market_meets_calls_and_forced_sales(watched):
    days = watched[0].days()
    assert days["called"].sum() > 5
    assert days["forced"].sum() > 3
    assert days["forced_sold"].sum() > 0.0


def test_each_account_is_one_that_the_ordinary_engine_runs_on_the_finished_market(watched):
    """The panel alone is handed over: prices, limits and marks that the accounts met have to be those of the data."""
    made, watcher, orders = watched
    terms, traded = terms_of_accounts(0.5), 0
    keys = {f"{part}.{key}": value for part, of in terms.items() for key, value in of.items()}
    for a in range(0, 90, 3):
        config = configured(keys, strategy={"name": "buy_and_hold"}, cash=float(made.cash[a]))
        scenario = assemble(config, made.panel)
        run = simulated(scenario, setting_of(scenario, orders[a], keeps_margin=False), ("fills", "closed"))
        ledger = run.state.ledger
        np.testing.assert_array_equal(run.log.closes[:, 0], [cash[a] for cash in watcher.cash])
        contracts = ledger.contracts[: ledger.account[0]["open_contracts"]]
        assert contracts.tobytes() == contracts_of(made.crowd, a).tobytes()
        assert ledger.account[0].tobytes() == made.crowd.account[a].tobytes()
        np.testing.assert_array_equal(ledger.collateral, made.crowd.collateral[a])
        traded += run.log.tally[0]["fills"]
    assert traded > 200
    stated("crowd_books", len(range(0, 90, 3)), len(range(0, 90, 3)))


def test_truth_follows_from_the_contracts(watched):
    made, _, _ = watched
    truth, crowd = truth_fields(made.sums), made.crowd
    marks = pd.DataFrame(made.panel["close"]).ffill().iloc[-1].fillna(0.0).to_numpy()
    assert set(truth) == set(TRUTH)
    owed, weighted, cost, shares, holders = (np.zeros(15) for _ in range(5))
    for a in range(90):
        contracts = contracts_of(crowd, a)
        debt = sum(c["principal"] + c["accrued"] + (c["kind"] == SHORT) * c["shares"] * marks[c["symbol"]]
                   for c in contracts)  # fmt: skip
        assets = crowd.account[a]["cash"] + np.nansum(crowd.collateral[a] * marks)
        assets += sum(c["shares"] * marks[c["symbol"]] for c in contracts if c["kind"] == FINANCING and c["shares"])
        for j in {c["symbol"] for c in contracts if c["kind"] == FINANCING}:
            holders[j] += 1
        for c in contracts[contracts["kind"] == FINANCING]:
            owed[c["symbol"]] += c["principal"]
            weighted[c["symbol"]] += c["principal"] * assets / debt
            cost[c["symbol"]] += c["cost"]
            shares[c["symbol"]] += c["shares"]
    known = owed > 0.0
    np.testing.assert_allclose(truth["maintenance_ratio"][-1][known], weighted[known] / owed[known], rtol=1e-9)
    np.testing.assert_allclose(truth["financing_cost"][-1][known], cost[known] / shares[known], rtol=1e-9)
    np.testing.assert_array_equal(truth["holders"][-1], holders)


def test_without_feedback_prices_are_those_of_the_market_without_accounts():
    plan = market_plan(history=True, corporate_actions=True, securities=25)
    base = synthesise(plan).panel
    made = make_market(crowd_plan(plan, 20))
    written = make_market(crowd_plan(plan, 20)._replace(shock=(50, 0.0)))  # through the feed, which adds nothing
    for name in base.fields:
        if name not in ("total_balance", "spread") and not name.startswith(("financing_", "short_")):
            assert made.panel[name].tobytes() == base[name].tobytes(), name
            np.testing.assert_array_equal(written.panel[name], base[name], err_msg=name)
    assert written.crowd.account.tobytes() == made.crowd.account.tobytes()


def test_a_seed_is_one_market_whatever_the_threads():
    plan = crowd_plan(market_plan(), 140, None, 0.2)
    one, two = make_market(plan, threads=1), make_market(plan, threads=2)
    for name in one.panel.fields:
        assert one.panel[name].tobytes() == two.panel[name].tobytes()
    for name, values in truth_fields(one.sums).items():
        assert values.tobytes() == truth_fields(two.sums)[name].tobytes()
    other = make_market(crowd_plan(market_plan(seed=4), 140, None, 0.2))
    assert other.panel["financing_balance"].tobytes() != one.panel["financing_balance"].tobytes()


def test_prices_with_feedback_keep_the_rules_of_the_exchange():
    plan = market_plan(corporate_actions=True, securities=25, sessions=250)
    made = make_market(crowd_plan(plan, 60, 0.5, 1.0)._replace(shock=(200, -0.2)))
    panel, base = made.panel, synthesise(plan).panel
    trades = ~np.isnan(panel["close"])
    assert (trades == ~np.isnan(base["close"])).all()
    assert not np.array_equal(panel["close"][trades], base["close"][trades])
    low, high = panel["low"][trades], panel["high"][trades]
    for name in ("open", "close"):
        values = panel[name][trades]
        assert ((low <= values) & (values <= high)).all()
        np.testing.assert_array_equal(values, np.round(values, 2))
    up, down = panel["limit_up"][trades], panel["limit_down"][trades]
    bound = ~np.isnan(up)
    assert (high[bound] <= up[bound]).all()
    assert (low[bound] >= down[bound]).all()
    mean = panel["amount"][trades] / panel["volume"][trades]
    assert ((low - 0.006 <= mean) & (mean <= high + 0.006)).all()
    moved = np.log(panel["close"][1:] / panel["pre_close"][1:]) - np.log(base["close"][1:] / base["pre_close"][1:])
    assert np.nanmin(moved[199]) < -0.08  # most of the fall comes at once, the rest is kept back by the limits
    total = np.log(panel["adj_factor"] * panel["close"])
    own = np.log(panel["close"][1:] / panel["pre_close"][1:])
    both = trades[1:] & trades[:-1]
    np.testing.assert_allclose(np.diff(total, axis=0)[both], own[both], atol=1e-9)


def test_an_impact_is_in_proportion_and_bounded():
    moved = impact_of(0.1, np.array([10.0, -50.0, 5000.0, 1.0]), np.array([100.0, 100.0, 100.0, np.nan]))
    np.testing.assert_allclose(moved, [0.01, -0.05, MOST_IMPACT, 0.0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accounts": 0}, "`accounts` should be a whole number from 1"),
        ({"accounts": True}, "`accounts` should be a whole number"),
        ({"feedback": -1.0}, "`feedback` should be from 0 to 5"),
        ({"feedback": float("nan")}, "`feedback` should be from 0 to 5"),
        ({"margin_ratio": 0.0}, "`margin_ratio`"),
        ({"margin_ratio": -2.0}, "`margin_ratio`"),
    ],
)
def test_what_cannot_be_is_refused(changes, words):
    asked: dict[str, Any] = {"accounts": 5, "margin_ratio": None, "feedback": 0.0, **changes}
    with pytest.raises(ConfigError, match=words):
        crowd_plan(market_plan(), **asked)


def test_what_the_accounts_would_overrule_is_refused():
    with pytest.raises(ConfigError, match="`signal` should be 0"):
        crowd_plan(market_plan(signal=0.1), 5)
    with pytest.raises(ConfigError, match="`breaks` should be 0"):
        crowd_plan(market_plan(breaks=0.01), 5)
    with pytest.raises(ConfigError, match="`sessions` should be at least 2"):
        crowd_plan(market_plan(sessions=1), 5)


def test_one_security_two_sessions_and_one_account_are_a_market():
    made = make_market(crowd_plan(market_plan(securities=1, sessions=2), 1))
    assert made.panel.shape == (2, 1)
    assert replace(made).panel["short_volume"].shape == (2, 1)
