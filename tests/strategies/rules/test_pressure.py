"""Forced sales ahead: worked out by hand, against lists of lots in pandas, and what every rule has to keep."""

import inspect
from dataclasses import replace

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.strategies.rules.pressure import Pressure
from liangrong.testing import check_rule
from oracles.rule_panels import frames, market, small, torn
from oracles.rules_pressure import pressure

NAN = np.nan
CASES = [
    {"fall": 0.25},
    {"fall": 0.3, "way": "fifo", "line": 1.4, "opening": 0.2},
    {"fall": 0.25, "scale": "turnover", "scale_window": 7, "opening": 1.0},
]


def test_by_hand():
    # From 2024 on a purchase of 100 needs 80 of margin: a ratio of 1.8, and 1.8 x 9 / c after a fall of 10 % from 10.
    # It is below 1.3 for c above 12.46. On the third session 100 stand at 10, 100 at 12, 200 at 14, of a float cap of
    # 10,000; then 200 are repaid: half of each, or the oldest.
    fields = {
        "close": [10.0, 12.0, 10.0, 10.0],
        "financing_balance": [100.0, 200.0, 400.0, 200.0],
        "financing_buy": [NAN, 100.0, 200.0, 0.0],
        "financing_repay": [NAN, 0.0, 0.0, 200.0],
        "amount": [1000.0, 1200.0, 1400.0, 1000.0],
        "volume": [100.0] * 4,
        "float_cap": [10_000.0] * 4,
    }
    even = Pressure(opening=1.0).score(small(**fields))[:, 0]
    np.testing.assert_allclose(even, [0.0, 0.0, -0.02, -0.01])
    fifo = Pressure(opening=1.0, way="fifo").score(small(**fields))[:, 0]
    np.testing.assert_allclose(fifo, [0.0, 0.0, -0.02, -0.02])
    # Half of the second balance dates from the first session, which is more than four tenths.
    masked = Pressure(opening=0.4).score(small(**fields))[:, 0]
    np.testing.assert_allclose(masked, [NAN, NAN, -0.02, -0.01])
    # With the price halved on the last ex-date by a split, nothing moves.
    split = {**fields, "close": [10.0, 12.0, 10.0, 5.0], "adj_factor": [1.0, 1.0, 1.0, 2.0]}
    split["amount"] = [1000.0, 1200.0, 1400.0, 500.0]
    np.testing.assert_allclose(Pressure(opening=1.0).score(small(**split))[:, 0], even)


@pytest.mark.parametrize("panel", [market, torn], ids=["market", "torn"])
@pytest.mark.parametrize("given", CASES, ids=["proportional", "fifo", "turnover"])
def test_pandas_says_the_same(given, panel):
    part = panel().select(panel().symbols[:8])
    score = Pressure(**given).score(part)
    assert np.isfinite(score).mean() > 0.5
    assert (score < 0.0).mean() > 0.05
    # The kernel looks no further back once a millionth of the balance is left: of a balance of days of turnover more.
    np.testing.assert_allclose(score, pressure(frames(part), **given), rtol=1e-5, atol=5e-6)


@pytest.mark.parametrize("given", CASES, ids=["proportional", "fifo", "turnover"])
def test_the_contract(given):
    check_rule(Pressure(**given), torn())


def test_fields_that_are_needed_are_read():
    for field in Pressure().needs():
        lean = replace(torn(), fields={name: values for name, values in torn().fields.items() if name != field})
        with pytest.raises(DataError, match=f"the panel has no field `{field}`"):
            Pressure().score(lean)


def test_the_docstring_states_claim_and_formula():
    text = inspect.cleandoc(Pressure.__doc__ or "")
    assert "\nClaim: " in text
    assert "\nFormula: " in text
    assert all(p.name in text for p in Pressure.parameters())


def test_a_score_comes_within_the_warmup():
    is_scored = np.isfinite(Pressure().score(market())).any(axis=1)
    assert int(is_scored.argmax()) < Pressure().warmup()
