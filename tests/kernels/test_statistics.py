import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.kernels import statistics as ours
from oracles import statistics as oracle

YEAR = 243.0
NAN = math.nan

AWKWARD = {
    "random walk": list(1e6 * np.cumprod(1 + np.random.default_rng(1).normal(0.0003, 0.01, 300))),
    "one row": [100.0],
    "no row": [],
    "constant": [1e6] * 20,
    "only falls": [100.0, 90.0, 80.0, 10.0],
    "gaps": [NAN, 100.0, NAN, 110.0, 99.0, NAN, 120.0],
    "all NaN": [NAN] * 5,
    "insolvent": [100.0, 50.0, -20.0, -30.0, 10.0],
    "offset 1e9": list(1e9 + np.random.default_rng(2).normal(0, 1, 50)),
    "ties": [100.0, 100.0, 80.0, 80.0, 100.0, 100.0, 80.0],
}


@pytest.fixture(params=AWKWARD, ids=str)
def equity(request):
    values = np.array(AWKWARD[request.param], dtype=float)
    values.flags.writeable = False
    return values


def test_series_equal_their_oracles(equity):
    plain = equity.tolist()
    np.testing.assert_allclose(ours.returns(equity), oracle.returns(plain), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(ours.drawdown(equity), oracle.drawdown(plain), rtol=1e-12, atol=1e-15)


def test_max_drawdown_equals_every_pair_tried(equity):
    found, expected = ours.max_drawdown(equity), oracle.max_drawdown(equity.tolist())
    assert found.depth == pytest.approx(expected[0], nan_ok=True)
    assert found[1:] == expected[1:]


def test_ratios_equal_the_standard_library(equity):
    values = ours.returns(equity)
    expected = pytest.approx(oracle.volatility(values, YEAR), rel=1e-9, abs=1e-18, nan_ok=True)
    assert ours.volatility(values, YEAR) == expected
    assert ours.sharpe(values, YEAR, 0.02) == pytest.approx(oracle.sharpe(values, YEAR, 0.02), rel=1e-9, nan_ok=True)
    assert ours.sortino(values, YEAR, 0.02) == pytest.approx(oracle.sortino(values, YEAR, 0.02), rel=1e-9, nan_ok=True)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.floats(-50.0, 200.0).map(lambda v: round(v, 1)), st.just(NAN)), max_size=14))
def test_max_drawdown_on_arbitrary_series(values):
    found, expected = ours.max_drawdown(np.array(values, dtype=float)), oracle.max_drawdown(values)
    assert found.depth == pytest.approx(expected[0], nan_ok=True)
    assert found[1:] == expected[1:]


def test_compiled_kernels_equal_their_interpreted_source(equity):
    for kernel in (ours._returns, ours._drawdown):
        compiled, plain = np.empty_like(equity), np.empty_like(equity)
        kernel(equity, compiled)
        with np.errstate(all="ignore"):
            kernel.py_func(equity, plain)
        np.testing.assert_array_equal(compiled, plain)
    fallen = ours.drawdown(equity)
    results = []
    for kernel in (ours._max_drawdown, ours._max_drawdown.py_func):
        depth, index = np.empty(1), np.empty(3, dtype=np.int64)
        kernel(fallen, depth, index)
        results.append((depth, index))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])
    compiled, plain = np.empty(4), np.empty(4)
    ours._moments(fallen, 0.0001, compiled)
    ours._moments.py_func(fallen, 0.0001, plain)
    np.testing.assert_allclose(compiled, plain, rtol=1e-14)


def test_a_longer_history_never_changes_the_past(equity):
    for kernel in (ours.returns, ours.drawdown):
        whole = kernel(equity)
        for t in range(len(equity)):
            np.testing.assert_array_equal(kernel(equity[:t]), whole[:t])


def test_worked_example():
    equity = [100.0, 120.0, 90.0, 108.0, 120.0, 110.0]
    assert ours.max_drawdown(equity) == (-0.25, 1, 2, 4)
    np.testing.assert_allclose(ours.drawdown(equity), [0, 0, -0.25, -0.1, 0, -10 / 120])
    # +2 % and -1 % by turns: mean 0.5 %, half of the sessions lose 1 %, a year of 100 sessions.
    swing = [0.02, -0.01] * 50
    assert ours.sortino(swing, 100.0) == pytest.approx(0.005 / math.sqrt(0.5 * 0.01**2) * 10)
    assert ours.annualised_return(0.21, 200, 100.0) == pytest.approx(0.10)
    assert ours.calmar(0.10, -0.25) == pytest.approx(0.4)


def test_pandas_agrees():
    equity = pd.Series(AWKWARD["random walk"])
    change = equity.pct_change()
    np.testing.assert_allclose(ours.returns(equity), change, rtol=1e-12)
    np.testing.assert_allclose(ours.drawdown(equity), equity / equity.cummax() - 1, atol=1e-15)
    assert ours.volatility(change, YEAR) == pytest.approx(change.std() * math.sqrt(YEAR), rel=1e-12)
    assert ours.sharpe(change, YEAR) == pytest.approx(change.mean() / change.std() * math.sqrt(YEAR), rel=1e-12)


def test_no_variation_gives_no_ratio():
    steady = ours.returns(100.0 * 1.01 ** np.arange(50))  # constant growth: its deviation is rounding alone
    assert 0 < ours.volatility(steady, YEAR) < 1e-13
    assert math.isnan(ours.sharpe(steady, YEAR))
    assert math.isnan(ours.sortino(steady, YEAR))
    assert math.isnan(ours.calmar(0.1, 0.0))


def test_edges_of_the_annualised_return():
    assert ours.annualised_return(-1.3, 100, YEAR) == -1.0
    assert math.isnan(ours.annualised_return(0.1, 0, YEAR))
    assert math.isnan(ours.annualised_return(NAN, 10, YEAR))


def test_out_is_filled_and_strided_input_is_read():
    table = np.asfortranarray(np.array([[1.0, 5.0], [2.0, 6.0], [1.0, 3.0]]))
    out = np.empty(3)
    assert ours.drawdown(table[:, 1], out=out) is out
    np.testing.assert_allclose(out, [0.0, 0.0, -0.5])
    np.testing.assert_allclose(ours.returns(np.repeat(table[:, 0], 2)[::2]), [NAN, 1.0, -0.5])


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"`equity` should have one dimension \(sessions\), got shape \(2, 2\)"):
        ours.max_drawdown(np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"`returns` should have one dimension"):
        ours.volatility(1.0, YEAR)
