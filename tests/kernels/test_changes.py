"""Lags and changes by hand, in exact fractions, and against other libraries."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from liangrong.core.errors import ConfigError
from liangrong.core.kernels.changes import change, lag, relative_change
from liangrong.core.kernels.prices import returns
from numpy.testing import assert_allclose, assert_array_equal
from oracles.awkward import AWKWARD, balances
from oracles.changes import KERNELS

NAN, INF = math.nan, math.inf


def test_a_worked_column():
    column = np.array([[4.0], [5.0], [NAN], [6.0], [0.0], [-2.0], [1.0]])
    assert_array_equal(lag(column, 2)[:, 0], [NAN, NAN, 4, 5, NAN, 6, 0])
    assert_array_equal(change(column, 2)[:, 0], [NAN, NAN, NAN, 1, NAN, -8, 1])
    assert_array_equal(relative_change(column, 1)[:, 0], [NAN, 0.25, NAN, NAN, -1, NAN, NAN])


@pytest.mark.parametrize("sessions", [1, 2, 7, 40, 100])
@pytest.mark.parametrize("case", AWKWARD)
@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_equals_exact_fractions(name, case, sessions):
    values = AWKWARD[case]
    # A difference is rounded once; a relative change twice, however small it is.
    tolerance = 4e-16 if name == "relative_change" else 0.0
    assert_allclose(KERNELS[name].ours(values, sessions), KERNELS[name].oracle(values, sessions), rtol=tolerance)


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(0, 12), st.integers(1, 2)),
        elements=st.integers(-3, 10**11).map(float) | st.floats(1e-3, 1e11) | st.just(NAN),
    ),
    st.integers(1, 14),
)
def test_any_panel(values, sessions):
    for contest in KERNELS.values():
        assert_allclose(contest.ours(values, sessions), contest.oracle(values, sessions), rtol=4e-16)


def test_infinite_values():
    column = np.array([[1.0], [INF], [1.0], [-INF], [2.0]])
    assert_array_equal(lag(column, 1)[:, 0], [NAN, 1, INF, 1, -INF])
    assert_array_equal(change(column, 1)[:, 0], [NAN, INF, -INF, -INF, INF])
    assert_array_equal(relative_change(column, 1)[:, 0], [NAN, INF, NAN, -INF, NAN])


def test_a_relative_change_of_one_session_is_the_return():
    prices = balances((50, 3), level=10.0, change=0.02)
    assert_allclose(relative_change(prices, 1), returns(prices), rtol=0, atol=5e-16)


@pytest.mark.parametrize("function", [lag, change, relative_change])
def test_a_number_of_sessions_below_one_is_refused(function):
    with pytest.raises(ConfigError, match="`sessions` should be at least 1, got 0"):
        function(np.ones((3, 2)), 0)


@pytest.mark.parametrize("name", KERNELS)
def test_other_libraries_agree(name):
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    values = balances((120, 4), share=0.4)
    got, rivals = KERNELS[name].ours(values, 5), KERNELS[name].rivals
    assert_allclose(rivals["pandas"](pd.DataFrame(values), 5), got, rtol=0, atol=5e-16)
    wide = rivals["polars"](pl.from_numpy(values).fill_nan(None), 5)
    assert_allclose(wide.fill_null(NAN).to_numpy(), got, rtol=0, atol=5e-16)


@pytest.mark.parametrize("name", KERNELS)
def test_vectorbt_agrees(name):
    pytest.importorskip("vectorbt")
    values = balances((120, 4), share=0.4)
    assert_allclose(KERNELS[name].rivals["vectorbt"](values, 5), KERNELS[name].ours(values, 5), rtol=0, atol=5e-16)
