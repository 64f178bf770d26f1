"""Rolling sums and counts against exact sums, by hand, and against other libraries."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from liangrong.core.kernels.rolling_sums import rolling_count, rolling_sum
from numpy.testing import assert_allclose, assert_array_equal
from oracles.awkward import AWKWARD, balances
from oracles.rolling_sums import (
    KERNELS,
    bottleneck_sum,
    numbagg_sum,
    pandas_count,
    pandas_sum,
    polars_count,
    polars_sum,
)

NAN, INF = math.nan, math.inf
REAL = Path(os.environ.get("LIANGRONG_REAL_DATA", Path(__file__).parents[3] / "shared" / "real"))
EXACT_SUM, EXACT_COUNT = KERNELS["rolling_sum"].oracle, KERNELS["rolling_count"].oracle


def test_a_worked_column():
    column = np.array([[1.0], [NAN], [4.0], [-2.0], [NAN], [NAN], [NAN], [8.0]])
    assert_array_equal(rolling_sum(column, 3)[:, 0], [NAN] * 8)
    assert_array_equal(rolling_sum(column, 3, min_count=2)[:, 0], [NAN, NAN, 5, 2, 2, NAN, NAN, NAN])
    assert_array_equal(rolling_sum(column, 3, min_count=1)[:, 0], [1, 1, 5, 2, 2, -2, NAN, 8])
    assert_array_equal(rolling_count(column, 3)[:, 0], [1, 1, 2, 2, 2, 1, 0, 1])


@pytest.mark.parametrize(("window", "min_count"), [(1, 1), (5, None), (5, 2), (12, 6), (30, 10), (40, 40), (64, 3)])
@pytest.mark.parametrize("case", AWKWARD)
def test_kernels_equal_exact_sums(case, window, min_count):
    values = AWKWARD[case]
    got, expected = rolling_sum(values, window, min_count=min_count), EXACT_SUM(values, window, min_count)
    assert_array_equal(np.isnan(got), np.isnan(expected))
    sizes = EXACT_SUM(np.abs(values), window, min_count)  # what the error of a sum is relative to
    assert (np.abs(got - expected) <= 1e-14 * sizes)[~np.isnan(expected)].all()
    assert_array_equal(rolling_count(values, window), EXACT_COUNT(values, window))


def test_sums_of_whole_yuan_are_exact():
    for values in (balances((300, 2), level=1e11, change=1e-8), np.round(AWKWARD["collapse"])):
        assert_array_equal(rolling_sum(values, 60, min_count=20), EXACT_SUM(values, 60, 20))


def test_what_leaves_a_window_takes_its_size_and_its_infinity_along():
    values = np.full((20, 3), 0.1)
    values[5] = 1e17, INF, -INF
    got = rolling_sum(values, 4, min_count=1)
    assert_allclose(got[9:], 0.4, rtol=1e-15)
    assert_array_equal(got[5:9], np.tile([1e17, INF, -INF], (4, 1)))
    values[6] = -INF
    assert_array_equal(rolling_sum(values, 4)[6, 1:], [NAN, -INF])
    assert_array_equal(rolling_count(values, 4)[3:], 4.0)


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 25), st.integers(1, 2)),
        elements=st.integers(-(10**10), 10**10).map(float) | st.sampled_from([0.0, NAN]),
    ),
    st.integers(1, 12),
    st.data(),
)
def test_any_panel_of_whole_numbers_adds_up_exactly(values, window, data):
    min_count, start = data.draw(st.integers(1, window)), data.draw(st.integers(0, len(values)))
    got = rolling_sum(values, window, min_count=min_count, start=start)
    assert_array_equal(got[start:], EXACT_SUM(values, window, min_count)[start:])
    assert_array_equal(rolling_count(values, window, start=start)[start:], EXACT_COUNT(values, window)[start:])


def test_other_libraries_agree():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    values = balances((120, 4), share=0.4)
    frame, wide = pd.DataFrame(values), pl.from_numpy(values).fill_nan(None)
    sums, counts = rolling_sum(values, 20, min_count=10), rolling_count(values, 20)
    assert_allclose(pandas_sum(frame, 20, 10), sums, rtol=1e-12)
    assert_allclose(polars_sum(wide, 20, 10).fill_null(NAN).to_numpy(), sums, rtol=1e-12)
    assert_array_equal(pandas_count(frame, 20), counts)
    assert_array_equal(polars_count(wide, 20).fill_null(0.0).to_numpy(), counts)


@pytest.mark.parametrize(("library", "rival"), [("bottleneck", bottleneck_sum), ("numbagg", numbagg_sum)])
def test_array_libraries_agree(library, rival):
    pytest.importorskip(library)
    values = balances((120, 4), share=0.4)
    assert_allclose(rival(values, 20, 10), rolling_sum(values, 20, min_count=10), rtol=1e-12)


def test_published_flows_of_a_real_security():
    pd = pytest.importorskip("pandas")
    path = REAL / "ashare" / "600519_margin_sse.csv"
    if not path.exists():
        pytest.skip("no real data: set LIANGRONG_REAL_DATA to the folder that holds them")
    values = pd.read_csv(path)[["融资买入额(元)", "融资偿还额(元)"]].to_numpy(dtype=np.float64)
    assert_array_equal(rolling_sum(values, 60), EXACT_SUM(values, 60))
