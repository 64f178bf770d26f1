"""The exponential mean by hand, in exact fractions, and against other libraries."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from liangrong.core.errors import ConfigError
from liangrong.core.kernels.smoothing import exponential_mean
from numpy.testing import assert_allclose, assert_array_equal
from oracles.awkward import AWKWARD, balances
from oracles.smoothing import KERNELS, in_long_doubles

NAN, INF = math.nan, math.inf
CONTEST = KERNELS["exponential_mean"]


def test_a_worked_column():
    """A span of 3 halves the weights: (1/2 + 5) / 1.5, then a gap, then (1/8 + 5/4 + 8) / (1 + 1/4 + 1/8) = 75/11."""
    column = np.array([[NAN], [1.0], [5.0], [NAN], [8.0]])
    assert_allclose(exponential_mean(column, 3)[:, 0], [NAN, 1, 11 / 3, 11 / 3, 75 / 11], rtol=1e-15)
    assert_allclose(exponential_mean(column, 3, min_count=2)[:, 0], [NAN, NAN, 11 / 3, 11 / 3, 75 / 11], rtol=1e-15)


@pytest.mark.parametrize(("span", "min_count"), [(1, 1), (5, 1), (5, 7), (2.5, 2), (60, 3), (250, 1)])
@pytest.mark.parametrize("case", AWKWARD)
def test_the_kernel_equals_exact_fractions(case, span, min_count):
    values = AWKWARD[case]
    got, expected = exponential_mean(values, span, min_count=min_count), CONTEST.oracle(values, span, min_count)
    assert_array_equal(np.isnan(got), np.isnan(expected))
    # The means of signed values may cancel: their error is relative to the mean of the sizes.
    sizes = CONTEST.oracle(np.abs(values), span, min_count)
    assert (np.abs(got - expected) <= 1e-14 * sizes)[~np.isnan(expected)].all()


@pytest.mark.parametrize("span", [5, 60, 250])
@pytest.mark.parametrize("level", [1e8, 1e11])
def test_thousands_of_sessions_lose_no_digits(span, level):
    values = balances((3000, 2), level=level, change=1e-6)
    values[1500:] *= 1e-6
    assert_allclose(exponential_mean(values, span), in_long_doubles(values, span), rtol=1e-13)


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 20), st.integers(1, 2)),
        elements=st.integers(0, 10**10).map(float) | st.sampled_from([0.0, NAN]),
    ),
    st.integers(1, 300) | st.floats(1.0, 300.0),
    st.integers(1, 4),
)
def test_any_panel(values, span, min_count):
    expected = CONTEST.oracle(values, span, min_count)
    assert_allclose(exponential_mean(values, span, min_count=min_count), expected, rtol=1e-13)


def test_a_constant_stays_itself_and_a_long_gap_forgets_the_rest():
    values = np.full((400, 1), 0.1)
    assert_array_equal(exponential_mean(values, 60), 0.1)
    values[1:-1] = NAN
    values[-1] = 7.7
    assert exponential_mean(values, 3)[-1, 0] == 7.7


def test_an_infinite_value_lasts_as_long_as_its_weight():
    values = balances((30, 3), share=0.0)
    values[10] = INF, -INF, INF
    values[20, 2] = -INF
    got, usual = exponential_mean(values, 5), exponential_mean(balances((30, 3), share=0.0), 5)
    assert_array_equal(got[:10], usual[:10])
    assert_array_equal(got[10:20], np.tile([INF, -INF, INF], (10, 1)))
    assert_array_equal(got[20:], np.tile([INF, -INF, NAN], (10, 1)))
    assert_array_equal(exponential_mean(values, 1), values)


def test_other_libraries_agree():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    values = balances((200, 4), share=0.4)
    got = exponential_mean(values, 20)
    assert_allclose(CONTEST.rivals["pandas"](pd.DataFrame(values), 20), got, rtol=1e-13)
    wide = CONTEST.rivals["polars"](pl.from_numpy(values).fill_nan(None), 20)
    assert_allclose(wide.fill_null(NAN).to_numpy(), got, rtol=1e-13)
    least = pd.DataFrame(values).ewm(span=20, min_periods=9).mean()
    assert_allclose(exponential_mean(values, 20, min_count=9), least, rtol=1e-13)


@pytest.mark.parametrize("library", ["numbagg", "vectorbt"])
def test_array_libraries_agree(library):
    pytest.importorskip(library)
    values = balances((200, 4), share=0.4)
    expected = exponential_mean(values, 20)
    got = CONTEST.rivals[library](values, 20)
    seen = ~np.isnan(got)  # numbagg leaves a gap empty
    assert seen[~np.isnan(values)].all()
    assert_allclose(got[seen], expected[seen], rtol=1e-12)


@pytest.mark.parametrize("span", [0.9, 0, -3, NAN, INF])
def test_a_span_that_is_no_number_of_sessions_is_refused(span):
    with pytest.raises(ConfigError, match="`span` should be a number of sessions of at least 1, got"):
        exponential_mean(np.ones((3, 2)), span)


def test_a_min_count_below_one_is_refused():
    with pytest.raises(ConfigError, match="`min_count` should be at least 1, got 0"):
        exponential_mean(np.ones((3, 2)), 5, min_count=0)
