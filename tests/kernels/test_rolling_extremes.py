"""Rolling extremes against the least and the greatest of lists, and against other libraries: equal to the last bit."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from liangrong.core.kernels.rolling_extremes import rolling_max, rolling_min
from numpy.testing import assert_array_equal
from oracles import rolling_extremes
from oracles.awkward import AWKWARD, balances
from oracles.rolling_extremes import KERNELS

NAN, INF = math.nan, math.inf


def test_a_worked_column():
    column = np.array([[3.0], [NAN], [4.0], [-2.0], [NAN], [NAN], [NAN], [INF], [-INF]])
    assert_array_equal(rolling_max(column, 3)[:, 0], [NAN] * 9)
    assert_array_equal(rolling_max(column, 3, min_count=2)[:, 0], [NAN, NAN, 4, 4, 4, NAN, NAN, NAN, INF])
    assert_array_equal(rolling_min(column, 3, min_count=1)[:, 0], [3, 3, 3, -2, -2, -2, NAN, INF, -INF])


@pytest.mark.parametrize(("window", "min_count"), [(1, 1), (5, None), (5, 2), (12, 6), (30, 10), (40, 40), (64, 3)])
@pytest.mark.parametrize("case", AWKWARD)
@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_equals_the_extreme_of_a_list(name, case, window, min_count):
    contest, values = KERNELS[name], AWKWARD[case]
    assert_array_equal(contest.ours(values, window, min_count=min_count), contest.oracle(values, window, min_count))


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 25), st.integers(1, 2)),
        elements=st.floats(-1e308, 1e308) | st.sampled_from([0.0, 1.0, 2.0, NAN, INF, -INF]),
    ),
    st.integers(1, 12),
    st.data(),
)
def test_any_panel(values, window, data):
    min_count, start = data.draw(st.integers(1, window)), data.draw(st.integers(0, len(values)))
    for contest in KERNELS.values():
        got = contest.ours(values, window, min_count=min_count, start=start)
        assert_array_equal(got[start:], contest.oracle(values, window, min_count)[start:])


def test_the_minimum_is_the_maximum_upside_down():
    values = balances((60, 3), share=0.3)
    assert_array_equal(rolling_min(values, 7, min_count=2), -rolling_max(-values, 7, min_count=2))


@pytest.mark.parametrize("end", ["min", "max"])
def test_other_libraries_agree(end):
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    values = balances((120, 4), share=0.4)
    got = KERNELS[f"rolling_{end}"].ours(values, 20, min_count=10)
    rivals = KERNELS[f"rolling_{end}"].rivals
    assert_array_equal(rivals["pandas"](pd.DataFrame(values), 20, 10), got)
    wide = rivals["polars"](pl.from_numpy(values).fill_nan(None), 20, 10)
    assert_array_equal(wide.fill_null(NAN).to_numpy(), got)


@pytest.mark.parametrize("end", ["min", "max"])
@pytest.mark.parametrize("library", ["bottleneck", "vectorbt"])
def test_array_libraries_agree(library, end):
    pytest.importorskip(library)
    values = balances((120, 4), share=0.4)
    got = KERNELS[f"rolling_{end}"].ours(values, 20, min_count=10)
    assert_array_equal(getattr(rolling_extremes, f"{library}_{end}")(values, 20, 10), got)
