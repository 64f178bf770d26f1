"""Rolling statistics against exact fractions, against their own source, on awkward panels, and bit for bit in parts."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import rolling
from numpy.testing import assert_allclose, assert_array_equal
from oracles import interpret
from oracles.rolling import KERNELS, pandas_zscore, polars_zscore, two_pass_zscore

NAN = np.nan
REAL = Path(os.environ.get("LIANGRONG_REAL_DATA", Path(__file__).parents[3] / "shared" / "real"))


def balances(shape, seed=5, level=1e9, change=0.01, share=0.1):
    """Return whole-yuan balances that wander by `change` a session, with gaps."""
    rng = np.random.default_rng(seed)
    values = np.round(level * np.exp(np.cumsum(rng.normal(0.0, change, shape), axis=0)))
    values[rng.random(shape) < share] = NAN
    return values


def stepping(shape, seed=2):
    """Return small whole numbers that often repeat: ties, constant windows, gaps."""
    rng = np.random.default_rng(seed)
    values = np.repeat(rng.integers(0, 3, shape), 4, axis=0)[: shape[0]].astype(np.float64)
    values[rng.random(values.shape) < 0.15] = NAN
    return values


def collapse(shape, factor=1e-6):
    values = balances(shape, level=1e10)
    values[shape[0] // 2 :] *= factor
    return values


AWKWARD = {
    "plain": balances((40, 3)),
    "gappy": balances((40, 3), share=0.6),
    "small_changes": balances((40, 2), level=1e10, change=1e-8),
    "collapse": collapse((40, 2)),
    "stepping": stepping((48, 3)),
    "all_nan": np.full((9, 2), NAN),
    "constant": np.full((30, 2), 0.1),
    "one_row": balances((1, 4), share=0.0),
    "one_column": balances((33, 1)),
    "no_row": np.empty((0, 3)),
    "no_column": np.empty((3, 0)),
    "fortran": np.asfortranarray(balances((30, 3))),
    "strided": balances((40, 6))[::2, ::2],
    "integers": np.arange(40).reshape(20, 2),
}


@pytest.mark.parametrize(("window", "min_count"), [(1, 1), (5, None), (5, 2), (12, 6), (30, 10), (64, 3)])
@pytest.mark.parametrize("case", AWKWARD)
@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_equals_exact_arithmetic(name, case, window, min_count):
    values = AWKWARD[case]
    expected = KERNELS[name].oracle(values, window, min_count)
    got = KERNELS[name].ours(values, window, min_count=min_count)
    assert_array_equal(np.isnan(got), np.isnan(expected))
    if name == "rolling_std":
        assert_allclose(got, expected, rtol=1e-12)
    else:
        # A mean is judged by the scale of the values, a z-score by its own unit.
        scale = np.nanmax(np.abs(values), initial=0.0) if name == "rolling_mean" else 1.0
        assert_allclose(got, expected, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("change", [1e-2, 1e-5, 1e-8])
@pytest.mark.parametrize("level", [1e8, 1e10])
def test_the_zscore_of_large_balances_with_small_changes_is_exact_to_twelve_digits(level, change):
    values = balances((280, 1), level=level, change=change)
    for window, min_count in ((60, 30), (250, 100)):
        expected = KERNELS["rolling_zscore"].oracle(values, window, min_count)
        got = rolling.rolling_zscore(values, window, min_count=min_count)
        assert_array_equal(np.isnan(got), np.isnan(expected))
        assert_allclose(got, expected, rtol=0, atol=1e-12)


def test_a_constant_window_has_no_deviation_and_no_zscore():
    values = np.full((50, 1), 1e10 / 3)
    values[:10] = 7.7
    std = rolling.rolling_std(values, 7)
    assert_array_equal(std[16:], 0.0)
    assert np.isnan(rolling.rolling_zscore(values, 7)[16:]).all()
    assert_array_equal(rolling.rolling_mean(values, 7)[16:], 1e10 / 3)


@pytest.mark.parametrize("strange", [np.inf, -np.inf, 1e300])
def test_an_infinite_or_overflowing_value_leaves_with_its_window(strange):
    values = balances((60, 1), share=0.0)
    usual = rolling.rolling_zscore(values, 9)
    values[30] = strange
    with_it = rolling.rolling_zscore(values, 9)
    touched = np.zeros(60, dtype=bool)
    touched[30:39] = True
    assert_array_equal(with_it[~touched], usual[~touched])
    assert not np.isfinite(rolling.rolling_std(values, 9)[touched]).any()


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 25), st.integers(1, 2)),
        elements=st.integers(0, 10**10).map(float) | st.integers(0, 3).map(float) | st.just(NAN),
    ),
    st.integers(1, 12),
    st.data(),
)
def test_any_panel_agrees_with_exact_arithmetic(values, window, data):
    min_count = data.draw(st.integers(1, window))
    for contest in KERNELS.values():
        expected = contest.oracle(values, window, min_count)
        assert_allclose(contest.ours(values, window, min_count=min_count), expected, rtol=1e-12, atol=1e-12)


# --- parts of the work agree bit for bit -------------------------------------------------------------------------


@pytest.mark.parametrize("name", KERNELS)
def test_compiled_and_interpreted_kernels_agree(name, monkeypatch):
    values = AWKWARD["gappy"]
    compiled = KERNELS[name].ours(values, 7, min_count=2)
    interpret(monkeypatch, rolling)
    with np.errstate(all="ignore"):
        assert_array_equal(KERNELS[name].ours(values, 7, min_count=2), compiled)


@pytest.mark.parametrize("name", KERNELS)
def test_a_longer_history_never_changes_the_past(name):
    values = balances((50, 3))
    whole = KERNELS[name].ours(values, 7, min_count=3)
    for rows in (1, 6, 7, 8, 13, 14, 49):
        assert_array_equal(KERNELS[name].ours(values[:rows], 7, min_count=3), whole[:rows])


@pytest.mark.parametrize("window", [1, 7, 25, 60])
@pytest.mark.parametrize("name", KERNELS)
def test_rows_from_start_on_equal_the_whole_and_earlier_ones_are_left(name, window):
    values = balances((50, 3))
    whole = KERNELS[name].ours(values, window, min_count=1)
    for start in (0, 1, 24, 25, 48, 49, 50):
        kept = np.full(values.shape, -1.0)
        KERNELS[name].ours(values, window, min_count=1, start=start, out=kept)
        assert_array_equal(kept[start:], whole[start:])
        assert_array_equal(kept[:start], -1.0)
        fresh = KERNELS[name].ours(values, window, min_count=1, start=start)
        assert_array_equal(fresh[start:], whole[start:])
        assert np.isnan(fresh[:start]).all()


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
@pytest.mark.parametrize("columns", [1, 7, 9, 40, 41])
def test_tiles_and_threads_change_no_bit(threads, columns, monkeypatch):
    values = balances((50, columns))
    whole = np.hstack([rolling.rolling_zscore(values[:, [j]], 9, min_count=4) for j in range(columns)])
    monkeypatch.setattr(rolling, "TILE", 8)
    assert_array_equal(rolling.rolling_zscore(values, 9, min_count=4, threads=threads), whole)


def test_read_only_input_is_fine_and_input_is_left_alone():
    values = balances((30, 3))
    values.flags.writeable = False
    copy = values.copy()
    rolling.rolling_zscore(values, 5)
    assert_array_equal(values, copy)


# --- other libraries and real data -------------------------------------------------------------------------------


def test_the_rivals_of_the_benchmark_do_the_same_work():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    values = balances((120, 4))
    expected = rolling.rolling_zscore(values, 20, min_count=10)
    assert_allclose(pandas_zscore(pd.DataFrame(values), 20, 10).to_numpy(), expected, rtol=0, atol=1e-9)
    wide = pl.from_numpy(values).fill_nan(None)
    assert_allclose(polars_zscore(wide, 20, 10).fill_null(NAN).to_numpy(), expected, rtol=0, atol=1e-9)
    assert_allclose(two_pass_zscore(values, 20, 10), expected, rtol=0, atol=1e-12)


def test_published_balances_of_a_real_security():
    pd = pytest.importorskip("pandas")
    path = REAL / "ashare" / "600519_margin_sse.csv"
    if not path.exists():
        pytest.skip("no real data: set LIANGRONG_REAL_DATA to the folder that holds them")
    values = pd.read_csv(path)[["融资余额(元)", "融券余量"]].to_numpy(dtype=np.float64)
    for window in (20, 60):
        expected = KERNELS["rolling_zscore"].oracle(values, window)
        assert_allclose(rolling.rolling_zscore(values, window), expected, rtol=0, atol=1e-12)


# --- the border --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"window": 0}, "`window` should be at least 1 session, got 0"),
        ({"window": 5, "min_count": 6}, "`min_count` should be between 1 and the window of 5, got 6"),
        ({"window": 5, "min_count": 0}, "`min_count` should be between 1"),
        ({"window": 5, "start": 11}, "`start` should be a row between 0 and 10, got 11"),
        ({"window": 5, "start": -1}, "`start` should be a row"),
        ({"window": 5, "threads": 0}, "`threads` should be at least 1, got 0"),
    ],
)
def test_a_parameter_outside_its_range_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        rolling.rolling_mean(np.ones((10, 2)), **arguments)


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match=r"`values` should be a \(sessions, securities\) array"):
        rolling.rolling_std(np.ones(10), 5)
    with pytest.raises(DataError, match=r"`out` should be a writable C-contiguous float64 array of shape \(10, 2\)"):
        rolling.rolling_std(np.ones((10, 2)), 5, out=np.empty((2, 10)).T)
