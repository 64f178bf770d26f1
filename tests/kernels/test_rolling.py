"""Rolling moments against exact fractions, on awkward panels and on real ones; what windows share: test_windows."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from liangrong.core.kernels import rolling
from numpy.testing import assert_allclose, assert_array_equal
from oracles.awkward import AWKWARD, NAN, balances
from oracles.rolling import KERNELS, pandas_zscore, polars_zscore, two_pass_zscore

REAL = Path(os.environ.get("LIANGRONG_REAL_DATA", Path(__file__).parents[3] / "shared" / "real"))


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


@pytest.mark.parametrize("first", [1e10, 1e4])
@pytest.mark.parametrize("at", [0, 59, 60, 119])
def test_a_value_far_from_all_others_costs_few_digits_wherever_it_lies(first, at):
    """At the edge of a block it is the pivot, about which all squares are large."""
    rng = np.random.default_rng(at)
    values = 1e4 + rng.normal(0.0, 1e-2, (180, 1))
    values[at] = first + 1e6
    for name in ("rolling_std", "rolling_zscore"):
        expected = KERNELS[name].oracle(values, 60)
        assert_allclose(KERNELS[name].ours(values, 60), expected, rtol=1e-12, atol=1e-12)


def test_a_deviation_after_a_collapse_within_a_long_window():
    values = balances((600, 1), level=1e10, share=0.0)
    values[251:] *= 1e-6  # row 250, the first of a block, is the only large one in the windows that end in it
    expected = KERNELS["rolling_std"].oracle(values, 250)
    assert_allclose(rolling.rolling_std(values, 250), expected, rtol=1e-12)


def test_a_constant_window_has_no_deviation_and_no_zscore():
    values = np.full((50, 1), 1e10 / 3)
    values[:10] = 7.7
    std = rolling.rolling_std(values, 7)
    assert_array_equal(std[16:], 0.0)
    assert np.isnan(rolling.rolling_zscore(values, 7)[16:]).all()
    assert_array_equal(rolling.rolling_mean(values, 7)[16:], 1e10 / 3)


def jitter(level, count=40):
    """Return the same number `count` times, each a few units in the last place beside the others."""
    return level + np.spacing(level) * np.random.default_rng(3).integers(-2, 3, (count, 1))


@pytest.mark.parametrize("level", [0.1, -0.1, 1e10 / 3, 1e-9])
def test_what_moves_by_rounding_alone_has_no_zscore(level):
    values = jitter(level)
    assert (rolling.rolling_std(values, 12)[11:] > 0.0).all()  # so it is no constant window
    assert np.isnan(rolling.rolling_zscore(values, 12)).all()
    moving = rolling.rolling_zscore(level * (1.0 + 1e-9 * np.arange(40.0)[:, None]), 12)
    assert np.isfinite(moving[11:]).all()  # a billionth a session is movement


def test_movement_begins_at_a_deviation_of_a_trillionth_of_the_mean():
    # 1, 1 + e: mean 1, deviation e / sqrt(2).
    for e, is_known in ((1.3e-12, False), (1.5e-12, True)):
        score = rolling.rolling_zscore([[1.0], [1.0 + e]], 2)[1, 0]
        assert np.isfinite(score) == is_known
    zero = rolling.rolling_zscore([[-1e-300], [1e-300]], 2)[1, 0]  # about 0 everything moves, as far as squares reach
    assert np.isnan(zero)
    assert rolling.rolling_zscore([[-1e-100], [1e-100]], 2)[1, 0] == pytest.approx(1 / np.sqrt(2))


def test_pandas_scores_the_rounding_of_a_constant_series():
    """Why the pandas forms of the rules mask it: its own z-score of a series that does not move is a number."""
    pd = pytest.importorskip("pandas")
    values = jitter(0.1)
    assert np.abs(pandas_zscore(pd.DataFrame(values), 12, 12).to_numpy()[11:]).max() > 0.5
    assert np.isnan(two_pass_zscore(values, 12, 12)).all()


@pytest.mark.parametrize("at", [27, 30, 35])  # of the block that begins at 27: its first, another, its last row
@pytest.mark.parametrize("strange", [np.inf, -np.inf, 1e300])
def test_an_infinite_or_overflowing_value_leaves_with_its_window(strange, at):
    values = balances((60, 1), share=0.0)
    usual = rolling.rolling_zscore(values, 9)
    values[at] = strange
    with_it = rolling.rolling_zscore(values, 9)
    touched = np.zeros(60, dtype=bool)
    touched[at : at + 9] = True
    assert_array_equal(with_it[~touched], usual[~touched])
    assert not np.isfinite(rolling.rolling_std(values, 9)[touched]).any()
    assert np.isfinite(rolling.rolling_mean(values, 9)[8:][~touched[8:]]).all()


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


# --- other libraries and real data -------------------------------------------------------------------------------


def test_the_rivals_of_the_benchmark_do_the_same_work():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    values = balances((120, 4))
    expected = rolling.rolling_zscore(values, 20, min_count=10)
    assert_allclose(pandas_zscore(pd.DataFrame(values), 20, 10).to_numpy(), expected, rtol=0, atol=1e-9)
    wide = pl.from_numpy(values).fill_nan(None)
    assert_allclose(polars_zscore(wide, 20, 10).fill_null(NAN).to_numpy(), expected, rtol=0, atol=1e-9)
    assert_allclose(two_pass_zscore(values, 20, 10), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("library", ["bottleneck", "numbagg", "vectorbt"])
@pytest.mark.parametrize("name", KERNELS)
def test_array_libraries_agree(name, library):
    pytest.importorskip(library)
    values = balances((120, 4))
    got = KERNELS[name].rivals[library](values, 20, 10)
    assert_allclose(got, KERNELS[name].ours(values, 20, min_count=10), rtol=1e-8, atol=1e-8)


def test_published_balances_of_a_real_security():
    pd = pytest.importorskip("pandas")
    path = REAL / "ashare" / "600519_margin_sse.csv"
    if not path.exists():
        pytest.skip("no real data: set LIANGRONG_REAL_DATA to the folder that holds them")
    values = pd.read_csv(path)[["融资余额(元)", "融券余量"]].to_numpy(dtype=np.float64)
    for window in (20, 60):
        expected = KERNELS["rolling_zscore"].oracle(values, window)
        assert_allclose(rolling.rolling_zscore(values, window), expected, rtol=0, atol=1e-12)
