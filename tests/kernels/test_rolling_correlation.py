"""Rolling correlations against exact fractions and other libraries, on awkward panels, and bit for bit in parts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import rolling_correlation as module
from liangrong.core.kernels.rolling_correlation import rolling_correlation
from numpy.testing import assert_allclose, assert_array_equal
from oracles import interpret
from oracles.rolling_correlation import (
    exact_correlation,
    numbagg_correlation,
    pandas_correlation,
    polars_correlation,
    two_pass_correlation,
)

NAN = np.nan


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


def collapse(shape, row, seed):
    values = balances(shape, seed=seed, level=1e10)
    values[row:] *= 1e-6
    return values


def pair(make, shape, **options):
    return make(shape, seed=11, **options), make(shape, seed=12, **options)


def read_only(values):
    values.flags.writeable = False
    return values


PLAIN = balances((40, 3), seed=1)
AWKWARD = {
    "plain": pair(balances, (40, 3)),
    "gappy": pair(balances, (40, 3), share=0.5),
    "small_changes": pair(balances, (40, 2), level=1e11, change=1e-10),
    "offset": (1e9 + stepping((40, 2), seed=7), 1e9 + stepping((40, 2), seed=8)),
    "collapse": (collapse((40, 2), 20, 3), collapse((40, 2), 20, 4)),
    "one_collapses": (collapse((40, 2), 20, 3), balances((40, 2))),
    "one_after_the_other": (collapse((40, 2), 18, 3), collapse((40, 2), 24, 4)),
    "same": (PLAIN, PLAIN),
    "opposite": (PLAIN, 7.0 - 3.0 * PLAIN),
    "nearly_same": (PLAIN, PLAIN + np.random.default_rng(9).integers(-2, 3, PLAIN.shape)),
    "stepping": pair(stepping, (48, 3)),
    "one_constant": (balances((30, 2)), np.full((30, 2), 0.1)),
    "never_both": (np.where(np.arange(30) % 2, 1.0, NAN)[:, None], np.where(np.arange(30) % 2, NAN, 1.0)[:, None]),
    "all_nan": (np.full((9, 2), NAN), balances((9, 2))),
    "one_row": pair(balances, (1, 4), share=0.0),
    "one_column": pair(balances, (33, 1)),
    "no_row": (np.empty((0, 3)), np.empty((0, 3))),
    "no_column": (np.empty((3, 0)), np.empty((3, 0))),
    "fortran": (np.asfortranarray(balances((30, 3))), balances((30, 3), seed=6)),
    "strided": (balances((40, 6))[::2, ::2], balances((20, 3), seed=6)),
    "integers": (np.arange(40).reshape(20, 2) ** 2 % 23, np.arange(40).reshape(20, 2)),
    "float32": (balances((30, 2)).astype(np.float32), balances((30, 2), seed=6)),
    "read_only": (read_only(balances((30, 2))), read_only(balances((30, 2), seed=6))),
    "huge": (PLAIN * 1e80, -PLAIN * 1e80),
    "tiny": (PLAIN * 1e-100, balances((40, 3), seed=6) * 1e-100),
}


@pytest.mark.parametrize(("window", "min_count"), [(1, 1), (5, None), (5, 2), (12, 6), (30, 10), (64, 3)])
@pytest.mark.parametrize("case", AWKWARD)
def test_the_correlation_equals_exact_arithmetic(case, window, min_count):
    first, second = AWKWARD[case]
    expected = exact_correlation(first, second, window, min_count)
    got = rolling_correlation(first, second, window, min_count=min_count)
    assert_array_equal(np.isnan(got), np.isnan(expected))
    assert_allclose(got, expected, rtol=0, atol=1e-13)


def test_a_worked_example():
    # Deviations (-1, 0, 1) and (-2, 1, 1): 3 / sqrt(2 * 6); the fourth session has no pair, the fifth is back in line.
    first = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])
    second = np.array([[10.0], [13.0], [13.0], [NAN], [19.0]])
    expected = np.array([[NAN], [1.0], [3.0 / np.sqrt(12.0)], [0.0], [1.0]])
    expected[3] = NAN  # 13, 13: constant
    assert_allclose(rolling_correlation(first, second, 3, min_count=2), expected, rtol=1e-15)


@pytest.mark.parametrize("change", [1e-2, 1e-5, 1e-9])
@pytest.mark.parametrize("level", [1e8, 1e11])
def test_large_balances_with_small_changes_are_exact_to_twelve_digits(level, change):
    first, second = pair(balances, (150, 1), level=level, change=change)
    for window, min_count in ((60, 30), (120, 50)):
        expected = exact_correlation(first, second, window, min_count)
        got = rolling_correlation(first, second, window, min_count=min_count)
        assert_array_equal(np.isnan(got), np.isnan(expected))
        assert_allclose(got, expected, rtol=0, atol=1e-13)


def test_no_correlation_leaves_the_range():
    first = PLAIN
    for second in (PLAIN * 3.0 + 1e-3, -PLAIN / 7.0, PLAIN + np.spacing(PLAIN)):
        got = rolling_correlation(first, second, 6, min_count=2)
        assert np.nanmax(np.abs(got)) <= 1.0
        assert_allclose(np.abs(got[~np.isnan(got)]), 1.0, rtol=1e-12)


@pytest.mark.parametrize("strange", [np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_an_infinite_value_leaves_with_its_window(strange, side):
    both = pair(balances, (60, 1), share=0.0)
    usual = rolling_correlation(*both, 9)
    both[side][30] = strange
    with_it = rolling_correlation(*both, 9)
    touched = np.zeros(60, dtype=bool)
    touched[30:39] = True
    assert_array_equal(with_it[~touched], usual[~touched])
    assert np.isnan(with_it[touched]).all()


@pytest.mark.parametrize("side", [0, 1])
def test_an_infinite_value_among_gaps_leaves_with_its_window(side):
    # Of the block of rows 27 to 35 only row 30 is a pair; parts of it without a pair have the infinite pivot as well.
    both = pair(balances, (60, 1), share=0.0)
    both[1 - side][27:36] = NAN
    both[1 - side][30] = 5.0
    usual = rolling_correlation(*both, 9, min_count=2)
    both[side][30] = np.inf
    with_it = rolling_correlation(*both, 9, min_count=2)
    assert_array_equal(with_it[:30], usual[:30])
    assert_array_equal(with_it[39:], usual[39:])
    assert np.isfinite(with_it[27:29]).all()
    assert np.isfinite(with_it[39:]).all()


def test_deviations_whose_squares_vanish_are_none():
    ramp = np.arange(12.0)[:, None]
    assert np.isnan(rolling_correlation(ramp * 1e-200, ramp * 1e100, 5)).all()


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.just(2), st.integers(1, 25), st.integers(1, 2)),
        elements=st.integers(0, 10**10).map(float) | st.integers(0, 3).map(float) | st.just(NAN),
    ),
    st.integers(1, 12),
    st.data(),
)
def test_any_pair_of_panels_agrees_with_exact_arithmetic(values, window, data):
    min_count = data.draw(st.integers(1, window))
    expected = exact_correlation(values[0], values[1], window, min_count)
    got = rolling_correlation(values[0], values[1], window, min_count=min_count)
    assert_array_equal(np.isnan(got), np.isnan(expected))
    assert_allclose(got, expected, rtol=0, atol=1e-12)


# --- parts of the work agree bit for bit -------------------------------------------------------------------------


def test_compiled_and_interpreted_kernels_agree(monkeypatch):
    compiled = rolling_correlation(*AWKWARD["gappy"], 7, min_count=2)
    interpret(monkeypatch, module)
    with np.errstate(all="ignore"):
        assert_array_equal(rolling_correlation(*AWKWARD["gappy"], 7, min_count=2), compiled)


def test_the_order_of_the_two_does_not_matter():
    first, second = AWKWARD["gappy"]
    expected = rolling_correlation(first, second, 7, min_count=2)
    assert_allclose(rolling_correlation(second, first, 7, min_count=2), expected, rtol=0, atol=1e-15)


def test_a_longer_history_never_changes_the_past():
    first, second = pair(balances, (50, 3))
    whole = rolling_correlation(first, second, 7, min_count=3)
    for rows in (1, 6, 7, 8, 13, 14, 49):
        assert_array_equal(rolling_correlation(first[:rows], second[:rows], 7, min_count=3), whole[:rows])


@pytest.mark.parametrize("window", [1, 7, 25, 60])
def test_rows_from_start_on_equal_the_whole_and_earlier_ones_are_left(window):
    first, second = pair(balances, (50, 3))
    whole = rolling_correlation(first, second, window, min_count=1)
    for start in (0, 1, 24, 25, 48, 49, 50):
        kept = np.full(first.shape, -2.0)
        rolling_correlation(first, second, window, min_count=1, start=start, out=kept)
        assert_array_equal(kept[start:], whole[start:])
        assert_array_equal(kept[:start], -2.0)
        fresh = rolling_correlation(first, second, window, min_count=1, start=start)
        assert_array_equal(fresh[start:], whole[start:])
        assert np.isnan(fresh[:start]).all()


@pytest.mark.parametrize("threads", [None, 1, 2, 3, 5])
@pytest.mark.parametrize("columns", [1, 7, 9, 40, 41])
def test_tiles_and_threads_change_no_bit(threads, columns, monkeypatch):
    first, second = pair(balances, (50, columns))
    whole = np.hstack([rolling_correlation(first[:, [j]], second[:, [j]], 9, min_count=4) for j in range(columns)])
    monkeypatch.setattr(module, "TILE", 8)
    assert_array_equal(rolling_correlation(first, second, 9, min_count=4, threads=threads), whole)


def test_input_is_left_alone():
    first, second = pair(balances, (30, 3))
    copies = first.copy(), second.copy()
    rolling_correlation(first, second, 5)
    assert_array_equal((first, second), copies)


# --- other libraries and real data -------------------------------------------------------------------------------


@pytest.mark.parametrize(("window", "min_count"), [(20, 10), (60, 30)])
def test_the_rivals_of_the_benchmark_do_the_same_work(window, min_count):
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    first, second = pair(balances, (200, 4))
    expected = rolling_correlation(first, second, window, min_count=min_count)
    got = pandas_correlation(pd.DataFrame(first), pd.DataFrame(second), window, min_count)
    assert_allclose(got.to_numpy(), expected, rtol=0, atol=1e-9)
    wide = pl.from_numpy(np.hstack([first, second])).fill_nan(None)
    got = polars_correlation(wide, [(f"column_{j}", f"column_{j + 4}") for j in range(4)], window, min_count)
    assert_allclose(got.fill_null(NAN).to_numpy(), expected, rtol=0, atol=1e-9)
    assert_allclose(two_pass_correlation(first, second, window, min_count), expected, rtol=0, atol=1e-13)


def test_numbagg_does_the_same_work():
    pytest.importorskip("numbagg")
    first, second = pair(balances, (200, 4))
    expected = rolling_correlation(first, second, 20, min_count=10)
    assert_allclose(numbagg_correlation(first, second, 20, 10), expected, rtol=0, atol=1e-8)


def test_balance_and_short_volume_of_a_real_security(real):
    pd = pytest.importorskip("pandas")
    table = pd.read_csv(real / "ashare" / "600519_margin_sse.csv")
    first, second = (table[[name]].to_numpy(dtype=np.float64) for name in ("融资余额(元)", "融券余量"))
    for window in (20, 60):
        expected = two_pass_correlation(first, second, window, window)
        assert_allclose(rolling_correlation(first, second, window), expected, rtol=0, atol=1e-12)


# --- the border --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"window": 0}, "`window` should be at least 1 session, got 0"),
        ({"window": 5, "min_count": 6}, "`min_count` should be between 1 and the window of 5, got 6"),
        ({"window": 5, "start": 11}, "`start` should be a row between 0 and 10, got 11"),
        ({"window": 5, "threads": 0}, "`threads` should be at least 1, got 0"),
    ],
)
def test_a_parameter_outside_its_range_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        rolling_correlation(np.ones((10, 2)), np.ones((10, 2)), **arguments)


def test_arrays_that_do_not_fit_are_refused():
    ones = np.ones((10, 2))
    with pytest.raises(DataError, match=r"`first` should be a \(sessions, securities\) array"):
        rolling_correlation(np.ones(10), ones, 5)
    with pytest.raises(DataError, match=r"`second` should have shape \(10, 2\) like the panel before it"):
        rolling_correlation(ones, ones[1:], 5)
    with pytest.raises(DataError, match=r"`out` should be a writable C-contiguous float64 array of shape \(10, 2\)"):
        rolling_correlation(ones, ones, 5, out=np.empty((2, 10)).T)
    with pytest.raises(DataError, match="`out` should not lie in the memory of the values"):
        rolling_correlation(np.zeros((10, 2)), ones, 5, out=ones)
