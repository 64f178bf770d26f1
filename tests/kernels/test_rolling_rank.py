"""Rolling ranks against the definition, other libraries and their own source, on awkward panels, and bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import rolling_rank as module
from liangrong.core.kernels.rolling_rank import rolling_rank
from numpy.testing import assert_allclose, assert_array_equal
from oracles import interpret
from oracles.rolling_rank import KERNELS, TRANSLATE, counted_rank, exact_rank

NAN = np.nan


def balances(shape, seed=5, level=1e9, change=0.01, share=0.1):
    """Return whole-yuan balances that wander by `change` a session, with gaps."""
    rng = np.random.default_rng(seed)
    values = np.round(level * np.exp(np.cumsum(rng.normal(0.0, change, shape), axis=0)))
    values[rng.random(shape) < share] = NAN
    return values


def ticks(shape, seed=3):
    """Return prices of a few ticks of 0.01 that tie all the time, with gaps."""
    rng = np.random.default_rng(seed)
    values = np.round(10.0 + rng.integers(-4, 5, shape) * 0.01, 2)
    values[rng.random(shape) < 0.1] = NAN
    return values


def collapse(shape):
    values = balances(shape, level=1e10)
    values[shape[0] // 2 :] *= 1e-6
    return values


def neighbours(shape, seed=4):
    """Return values that differ in their last bit, or not at all."""
    return 1e11 + np.random.default_rng(seed).integers(-2, 3, shape) * np.spacing(1e11)


def extremes(shape, seed=6):
    """Return values from the smallest to infinity, zeros of both signs among them."""
    choice = [0.0, -0.0, 5e-324, -5e-324, 1e-300, 1.0, -1.0, 1e308, -1e308, np.inf, -np.inf, NAN]
    return np.random.default_rng(seed).choice(choice, shape)


AWKWARD = {
    "plain": balances((40, 3)),
    "gappy": balances((40, 3), share=0.6),
    "offset": 1e9 + ticks((40, 3)),
    "small_changes": balances((40, 2), level=1e11, change=1e-10),
    "collapse": collapse((40, 2)),
    "ticks": ticks((48, 3)),
    "neighbours": neighbours((40, 3)),
    "extremes": extremes((60, 4)),
    "infinite": np.where(balances((40, 2), share=0.3) > 1e9, np.inf, 1.0),
    "all_nan": np.full((9, 2), NAN),
    "constant": np.full((30, 2), 0.1),
    "one_row": balances((1, 4), share=0.0),
    "one_column": balances((33, 1)),
    "no_row": np.empty((0, 3)),
    "no_column": np.empty((3, 0)),
    "fortran": np.asfortranarray(balances((30, 3))),
    "strided": balances((40, 6))[::2, ::2],
    "integers": np.arange(40).reshape(20, 2) % 7,
    "float32": balances((30, 2)).astype(np.float32),
}


@pytest.mark.parametrize(("window", "min_count"), [(1, 1), (5, None), (5, 2), (12, 6), (30, 10), (40, 1), (64, 3)])
@pytest.mark.parametrize("case", AWKWARD)
def test_the_rank_equals_its_definition(case, window, min_count):
    expected = exact_rank(AWKWARD[case], window, min_count)
    assert_array_equal(rolling_rank(AWKWARD[case], window, min_count=min_count), expected)


def test_a_worked_example():
    # Window of 4: 3 is the 2nd and 3rd of (1, 3, 3, 9); 2 is the lowest of (3, 3, 9, 2), then the 1st of 3 values.
    values = np.array([[1.0], [3.0], [9.0], [3.0], [NAN], [2.0], [-np.inf]])
    expected = np.array([[1.0], [1.0], [1.0], [2.5 / 4], [NAN], [1 / 3], [1 / 3]])
    assert_array_equal(rolling_rank(values, 4, min_count=1), expected)
    assert_array_equal(np.isnan(rolling_rank(values, 4))[:, 0], [True, True, True, False, True, True, True])


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 25), st.integers(1, 3)),
        elements=st.floats(allow_nan=True) | st.integers(0, 3).map(float) | st.just(NAN),
    ),
    st.integers(1, 12),
    st.data(),
)
def test_any_panel_agrees_with_the_definition(values, window, data):
    min_count = data.draw(st.integers(1, window))
    assert_array_equal(rolling_rank(values, window, min_count=min_count), exact_rank(values, window, min_count))


@pytest.mark.parametrize("window", [7, 60, 250, 700])
@pytest.mark.parametrize("make", [balances, ticks, collapse, neighbours])
def test_long_panels_agree_with_whole_windows(make, window):
    values = make((620, 2))
    expected = counted_rank(values, window, window // 2)
    assert_array_equal(rolling_rank(values, window, min_count=window // 2), expected)


def test_windows_of_more_sessions_than_a_short_integer_counts():
    values = np.append(np.arange(40_000.0), [-1.0, 39_000.5, 39_000.0, 41_000.0])[:, None]
    got = rolling_rank(values, 39_000, start=40_000)[40_000:, 0]
    # The windows begin with 1001, 1002, 1003 and 1004 and hold all whole numbers up to 39,999, and what came after.
    assert_array_equal(got, np.array([1.0, 38_001.0, 37_999.5, 39_000.0]) / 39_000.0)


# --- parts of the work agree bit for bit -------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["gappy", "ticks", "extremes"])
def test_compiled_and_interpreted_kernels_agree(case, monkeypatch):
    compiled = rolling_rank(AWKWARD[case], 7, min_count=2)
    interpret(monkeypatch, module)
    with np.errstate(all="ignore"):
        assert_array_equal(rolling_rank(AWKWARD[case], 7, min_count=2), compiled)


@pytest.mark.parametrize("make", [balances, ticks])
def test_a_longer_history_never_changes_the_past(make):
    values = make((50, 3))
    whole = rolling_rank(values, 7, min_count=3)
    for rows in (1, 6, 7, 8, 13, 14, 49):
        assert_array_equal(rolling_rank(values[:rows], 7, min_count=3), whole[:rows])


@pytest.mark.parametrize("window", [1, 7, 25, 60])
@pytest.mark.parametrize("make", [balances, ticks])
def test_rows_from_start_on_equal_the_whole_and_earlier_ones_are_left(make, window):
    values = make((50, 3))
    whole = rolling_rank(values, window, min_count=1)
    for start in (0, 1, 24, 25, 48, 49, 50):
        kept = np.full(values.shape, -1.0)
        rolling_rank(values, window, min_count=1, start=start, out=kept)
        assert_array_equal(kept[start:], whole[start:])
        assert_array_equal(kept[:start], -1.0)
        fresh = rolling_rank(values, window, min_count=1, start=start)
        assert_array_equal(fresh[start:], whole[start:])
        assert np.isnan(fresh[:start]).all()


@pytest.mark.parametrize("threads", [None, 1, 2, 3, 5])
@pytest.mark.parametrize("columns", [1, 7, 9, 40, 41])
def test_tiles_and_threads_change_no_bit(threads, columns, monkeypatch):
    values = ticks((50, columns))
    whole = np.hstack([rolling_rank(values[:, [j]], 9, min_count=4) for j in range(columns)])
    monkeypatch.setattr(module, "TILE", 8)
    assert_array_equal(rolling_rank(values, 9, min_count=4, threads=threads), whole)


def test_read_only_input_is_fine_and_input_is_left_alone():
    values = balances((30, 3))
    values.flags.writeable = False
    copy = values.copy()
    rolling_rank(values, 5)
    assert_array_equal(values, copy)


# --- other libraries and real data -------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [balances, ticks, collapse])
@pytest.mark.parametrize(("window", "min_count"), [(20, 10), (60, 60)])
def test_other_libraries_have_the_same_ranks(make, window, min_count):
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    pytest.importorskip("bottleneck")
    values = make((200, 4))
    if make is balances:
        values[:, 3] = np.arange(200.0) % 17  # a column without gaps, so that full windows exist
    expected = rolling_rank(values, window, min_count=min_count)
    counts = pd.DataFrame(values).rolling(window, min_periods=1).count().to_numpy()
    forms = {"pandas": pd.DataFrame(values), "polars": pl.from_numpy(values).fill_nan(None), "bottleneck": values}
    for name, rank in KERNELS["rolling_rank"].rivals.items():
        answer = rank(forms[name], window, min_count)
        answer = answer.fill_null(NAN).to_numpy() if name == "polars" else np.asarray(answer)
        answer = TRANSLATE[name](answer, counts) if name in TRANSLATE else answer
        assert_allclose(answer, expected, rtol=1e-14)
        if name == "pandas":
            assert_array_equal(answer, expected)


def test_published_balances_of_a_real_security(real):
    pd = pytest.importorskip("pandas")
    values = pd.read_csv(real / "ashare" / "600519_margin_sse.csv")[["融资余额(元)", "融券余量"]].to_numpy(
        dtype=np.float64
    )
    for window in (20, 250):
        assert_array_equal(rolling_rank(values, window), counted_rank(values, window, window))


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
        rolling_rank(np.ones((10, 2)), **arguments)


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match=r"`values` should be a \(sessions, securities\) array"):
        rolling_rank(np.ones(10), 5)
    with pytest.raises(DataError, match=r"`out` should be a writable C-contiguous float64 array of shape \(10, 2\)"):
        rolling_rank(np.ones((10, 2)), 5, out=np.empty((2, 10)).T)
    ones = np.ones((10, 2))
    with pytest.raises(DataError, match="`out` should not lie in the memory of the values"):
        rolling_rank(ones, 5, out=ones)
