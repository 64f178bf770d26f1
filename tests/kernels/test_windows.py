"""What all windowed kernels share: parts of the work agree bit for bit, and the border refuses what does not fit."""

import threading
from functools import partial
from typing import Any

import numba
import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import changes, rolling, rolling_extremes, rolling_sums, smoothing, windows
from numpy.testing import assert_array_equal
from oracles import interpret
from oracles.awkward import AWKWARD, balances

NAN = np.nan
# Each kernel as a function of the values and of what all have in common; `window` is bound by the tests.
WINDOWED = {
    "mean": lambda v, w, **more: rolling.rolling_mean(v, w, min_count=min(w, 2), **more),
    "std": lambda v, w, **more: rolling.rolling_std(v, w, min_count=min(w, 2), **more),
    "zscore": lambda v, w, **more: rolling.rolling_zscore(v, w, min_count=min(w, 2), **more),
    "sum": lambda v, w, **more: rolling_sums.rolling_sum(v, w, min_count=min(w, 2), **more),
    "count": rolling_sums.rolling_count,
    "min": lambda v, w, **more: rolling_extremes.rolling_min(v, w, min_count=min(w, 2), **more),
    "max": lambda v, w, **more: rolling_extremes.rolling_max(v, w, min_count=min(w, 2), **more),
    "lag": changes.lag,
    "change": changes.change,
    "relative_change": changes.relative_change,
    "exponential_mean": smoothing.exponential_mean,
}
MODULES = rolling, rolling_sums, rolling_extremes, changes, smoothing


@pytest.fixture(params=WINDOWED)
def kernel(request):
    return WINDOWED[request.param]


@pytest.mark.parametrize("case", ["gappy", "one_row", "no_row", "no_column"])
def test_compiled_and_interpreted_kernels_agree(kernel, case, monkeypatch):
    values = AWKWARD[case]
    compiled = kernel(values, 7), kernel(values, 7, start=len(values) // 2)
    interpret(monkeypatch, *MODULES)
    with np.errstate(all="ignore"):
        assert_array_equal((kernel(values, 7), kernel(values, 7, start=len(values) // 2)), compiled)


def test_a_longer_history_never_changes_the_past(kernel):
    values = balances((50, 3), share=0.3)
    whole = kernel(values, 7)
    for rows in (1, 6, 7, 8, 13, 14, 15, 49):
        assert_array_equal(kernel(values[:rows], 7), whole[:rows])
        strange = values.copy()
        strange[rows:] = np.inf
        assert_array_equal(kernel(strange, 7)[:rows], whole[:rows])


@pytest.mark.parametrize("window", [1, 7, 25, 60])
def test_rows_from_start_on_equal_the_whole_and_earlier_ones_are_left(kernel, window):
    values = balances((50, 3), share=0.3)
    whole = kernel(values, window)
    for start in (0, 1, 7, 8, 24, 25, 48, 49, 50):
        kept = np.full(values.shape, -1.0)
        assert kernel(values, window, start=start, out=kept) is kept
        assert_array_equal(kept[start:], whole[start:])
        assert_array_equal(kept[:start], -1.0)
        fresh = kernel(values, window, start=start)
        assert_array_equal(fresh[start:], whole[start:])
        assert np.isnan(fresh[:start]).all()


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
@pytest.mark.parametrize("columns", [1, 7, 9, 41])
def test_tiles_and_threads_change_no_bit(kernel, threads, columns, monkeypatch):
    values = balances((50, columns))
    whole = np.hstack([kernel(values[:, [j]], 9) for j in range(columns)])
    for module in (rolling, rolling_sums, rolling_extremes, smoothing):
        monkeypatch.setattr(module, "TILE", 8)
    assert_array_equal(kernel(values, 9, threads=threads), whole)


@pytest.mark.parametrize("case", ["fortran", "strided", "integers", "float32"])
def test_other_layouts_and_types_are_converted(kernel, case):
    values = AWKWARD[case]
    assert_array_equal(kernel(values, 7), kernel(np.ascontiguousarray(values, dtype=np.float64), 7))


def test_read_only_input_is_fine_and_input_is_left_alone(kernel):
    values = balances((30, 3))
    values.flags.writeable = False
    copy = values.copy()
    kernel(values, 5)
    assert_array_equal(values, copy)


# --- the border --------------------------------------------------------------------------------------------------

MOMENTS = [rolling.rolling_mean, rolling.rolling_std, rolling.rolling_zscore]
WITH_MIN_COUNT = [*MOMENTS, rolling_sums.rolling_sum, rolling_extremes.rolling_min, rolling_extremes.rolling_max]


@pytest.mark.parametrize("function", [*WITH_MIN_COUNT, rolling_sums.rolling_count])
def test_a_window_below_one_is_refused(function):
    with pytest.raises(ConfigError, match="`window` should be at least 1 session, got 0"):
        function(np.ones((10, 2)), 0)


@pytest.mark.parametrize("function", WITH_MIN_COUNT)
@pytest.mark.parametrize("min_count", [0, 6])
def test_a_min_count_outside_the_window_is_refused(function, min_count):
    with pytest.raises(ConfigError, match=f"`min_count` should be between 1 and the window of 5, got {min_count}"):
        function(np.ones((10, 2)), 5, min_count=min_count)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": 11}, "`start` should be a row between 0 and 10, got 11"),
        ({"start": -1}, "`start` should be a row between 0 and 10, got -1"),
        ({"threads": 0}, "`threads` should be at least 1, got 0"),
    ],
)
def test_a_parameter_outside_its_range_is_refused(kernel, arguments, message):
    with pytest.raises(ConfigError, match=message):
        kernel(np.ones((10, 2)), 5, **arguments)


def test_arrays_that_do_not_fit_are_refused(kernel):
    with pytest.raises(DataError, match=r"`values` should be a \(sessions, securities\) array"):
        kernel(np.ones(10), 5)
    with pytest.raises(DataError, match=r"`out` should be a writable C-contiguous float64 array of shape \(10, 2\)"):
        kernel(np.ones((10, 2)), 5, out=np.empty((2, 10)).T)


def test_an_output_in_place_is_refused(kernel):
    values = balances((30, 3))
    with pytest.raises(DataError, match=r"`out` should not lie in the memory of the values: make it with np\.empty"):
        kernel(values, 5, out=values)


# --- threads -----------------------------------------------------------------------------------------------------


def test_threads_are_numbas_for_large_panels_and_one_for_small_ones():
    assert windows.thread_count(None, windows.CELLS_FOR_THREADS - 1) == 1
    assert windows.thread_count(None, windows.CELLS_FOR_THREADS) == numba.get_num_threads()
    assert windows.thread_count(3, 1) == 3


@pytest.mark.parametrize("columns", [0, 1, 8, 9, 40, 41])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_tiles_cover_each_column_once(columns, threads):
    tiles = windows.cut(columns, 8, threads)
    assert [j for left, width in tiles for j in range(int(left), int(left + width))] == list(range(columns))
    assert all(0 < width <= tiles[0][1] <= 8 for _, width in tiles)
    assert all(width == tiles[0][1] and width % 8 == 0 for _, width in tiles[:-1])


def called(*functions) -> Any:
    return functions


def test_shares_run_at_the_same_time_and_their_errors_arrive():
    meet = threading.Barrier(3, timeout=10)
    windows.run_shares(called(meet.wait, meet.wait, meet.wait))  # would break after 10 s if one waited for another
    with pytest.raises(ZeroDivisionError):
        windows.run_shares(called(partial(divmod, 1, 1), partial(divmod, 1, 0)))
    windows.run_shares([])


def test_scratch_is_empty_and_begins_with_a_line_of_the_cache():
    for shape in ((5,), (61, 384), (1, 8)):
        memory = windows.scratch(*shape)
        assert memory.shape == shape
        assert memory.ctypes.data % 64 == 0
        assert memory.flags.c_contiguous
        assert not memory.any()
