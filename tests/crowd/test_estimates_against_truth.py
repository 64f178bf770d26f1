"""What is estimated of a market's balances, against the contracts of the accounts that made them."""

import liangrong as lr
import numpy as np
import pandas as pd
import pytest
from honesty import stated
from liangrong.core.crowd.truth_tables import truth_fields
from liangrong.core.panel.leverage import financing_leverage

FIRST, HOLDERS, SESSIONS = 120, 5, 100
"""From this row on, with so many holders, on at least so many sessions: a security is compared."""


def compared(estimate, truth, holders):
    """Return bias (fraction, of the mean logarithm) and correlation (in logarithms) of each security: (2, n)."""
    rows = np.arange(len(estimate))[:, None] >= FIRST
    known = rows & np.isfinite(estimate) & (truth > 0.0) & (holders >= HOLDERS)
    found = []
    for j in np.flatnonzero(known.sum(axis=0) >= SESSIONS):
        x, y = np.log(estimate[known[:, j], j]), np.log(truth[known[:, j], j])
        found.append((np.expm1(np.mean(x - y)), np.corrcoef(x, y)[0, 1]))
    return np.array(found).T


@pytest.fixture(scope="module")
def found():
    """Return bias and correlation of what is estimated, over three markets, and two correlations of each market."""
    of, market = {"cost": [], "shares": [], "maintenance": []}, []
    for made in lr.account_markets(range(1, 4), accounts=800, securities=60, sessions=360):
        truth, lev = truth_fields(made.sums), financing_leverage(made.panel)
        names = {"cost": "financing_cost", "shares": "financed_shares", "maintenance": "maintenance_ratio"}
        for name, true in names.items():
            of[name].append(compared(getattr(lev, name), truth[true], truth["holders"]))
        whole = np.nansum(lev.owed * lev.maintenance, axis=1)[FIRST:] / np.nansum(lev.owed, axis=1)[FIRST:]
        pair = np.log(whole), np.log(made.days()["maintenance_ratio"].to_numpy()[FIRST:])
        market.append((np.corrcoef(*pair)[0, 1], np.corrcoef(*np.diff(pair))[0, 1]))
    return {name: np.hstack(parts) for name, parts in of.items()}, np.array(market)


def percent(value):
    return f"{100.0 * value:+.1f} %"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cost", "shares"])
def test_the_cost_line_and_the_financed_shares_are_near_the_truth(found, name):
    bias, correlation = found[0][name]
    stated(f"estimated_{name}_bias", percent(np.mean(bias)), len(bias))
    stated(f"estimated_{name}_near", np.sum(np.abs(bias) < 0.1), len(bias))
    stated(f"estimated_{name}_correlation", np.sum(correlation > 0.9), len(bias))
    assert abs(np.mean(bias)) < 0.06
    assert np.median(correlation) > 0.95


@pytest.mark.slow
def test_where_whole_accounts_stand_is_not_known(found):
    """The estimate takes the debt of a security for an account: it knows neither other collateral nor other debts."""
    bias, correlation = found[0]["maintenance"]
    stated("estimated_maintenance_bias", percent(np.mean(bias)), len(bias))
    stated("estimated_maintenance_correlation", f"{np.mean(correlation):.2f}", len(bias))
    assert np.mean(bias) < -0.3
    assert abs(np.mean(correlation)) < 0.2


@pytest.mark.slow
def test_changes_of_the_markets_ratio_are_seen_and_its_level_is_not(found):
    level, change = found[1].T
    stated("estimated_market_level", f"{np.mean(level):.2f}", len(level))
    stated("estimated_market_change", f"{np.mean(change):.2f}", len(change))
    assert np.mean(change) > 0.5 > np.mean(level)


def test_bias_and_correlation_by_hand():
    steps = pd.Series(np.arange(FIRST + SESSIONS) % 7 + 1.0).to_numpy()[:, None]
    bias, correlation = compared(np.hstack([2.0 * steps, 1.0 / steps]), np.hstack([steps, steps]), np.full((1, 2), 9))
    np.testing.assert_allclose(bias[0], 1.0)
    np.testing.assert_allclose(correlation, [1.0, -1.0])
    assert compared(steps, steps, np.full((1, 1), HOLDERS - 1)).size == 0
