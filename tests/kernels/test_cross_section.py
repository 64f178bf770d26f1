"""One session across securities: against exact fractions, on awkward rows, against other libraries, and in parts."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis.extra.numpy import array_shapes, arrays
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.kernels import cross_section, cross_section_moments, cross_section_sort
from numpy.testing import assert_allclose, assert_array_equal
from oracles import interpret
from oracles.cross_section import KERNELS, SLOW_TO_COMPILE

NAN, INF = np.nan, np.inf
REAL = Path(os.environ.get("LIANGRONG_REAL_DATA", Path(__file__).parents[3] / "shared" / "real"))
WAYS = [
    ("cross_rank", ()),
    ("cross_quantile", (5,)),
    ("cross_quantile", (1,)),
    ("cross_quantile", (100,)),
    ("cross_zscore", ()),
    ("winsorise", (0.05, 0.9)),
    ("winsorise", (0.0, 1.0)),
    ("winsorise", (0.5, 0.5)),
    ("neutralise", ("by security",)),
    ("neutralise", ("by session",)),
    ("neutralise", ("far apart",)),
    ("group_sum", ("by security",)),
    ("group_sum", ("by session",)),
    ("group_sum", ("far apart",)),
]
# numpy rounds the place of a quantile, (n - 1) times a fraction, which is what ours follows.
TOLERANCE = {"cross_zscore": 1e-12, "winsorise": 1e-14, "neutralise": 4e-16, "group_sum": 2e-14}


def balances(shape, seed=5, low=8, high=11, share=0.1):
    """Return whole-yuan balances of 1e8 to 1e11, some missing."""
    rng = np.random.default_rng(seed)
    values = np.round(10 ** rng.uniform(low, high, shape))
    values[rng.random(shape) < share] = NAN
    return values


def close_together(shape, level=1e11, change=1.0):
    """Return large balances with small differences."""
    return level + np.random.default_rng(6).normal(0.0, change, shape)


def scores(shape):
    return np.random.default_rng(10).normal(0.0, 1.0, shape)


def clump_and_others(shape):
    """Return rows whose leading bits tell few values apart: thousands within 1e-9 of each other, others far off."""
    rng = np.random.default_rng(7)
    return np.where(rng.random(shape) < 0.2, -(10.0 ** rng.integers(-140, 140, shape)), close_together(shape, 1e9))


def ties(shape):
    rng = np.random.default_rng(8)
    return rng.choice([-1.0, -0.0, 0.0, 2.0, 2.5, NAN], shape)


def collapsed(shape):
    values = balances(shape)
    values[:, ::2] *= 1e-6
    return values


AWKWARD = {
    "plain": balances((5, 83)),
    "gappy": balances((6, 40), share=0.7),
    "close": close_together((4, 60)),
    "close_and_huge": close_together((3, 70), 1e9, 1e-4),
    "clump": clump_and_others((3, 300)),
    "collapse": collapsed((4, 65)),
    "ties": ties((20, 17)),
    "constant": np.full((3, 66), 0.1),
    "pairs": balances((8, 2), share=0.3),
    "all_nan": np.full((3, 9), NAN),
    "one_row": balances((1, 130)),
    "one_column": balances((9, 1), share=0.3),
    "no_row": np.empty((0, 3)),
    "no_column": np.empty((3, 0)),
    "fortran": np.asfortranarray(balances((5, 31))),
    "strided": balances((6, 90))[::2, ::3],
    "integers": np.arange(66).reshape(2, 33) % 13,
    "float32": balances((4, 40)).astype(np.float32),
}


def with_groups(values, arguments):
    """Replace the words that name a form of groups by groups for these values."""
    if arguments[:1] not in {("by security",), ("by session",), ("far apart",)}:
        return arguments
    rng = np.random.default_rng(9)
    shape = np.shape(values) if arguments[0] == "by session" else np.shape(values)[1:]
    groups = rng.integers(-1, 4, shape).astype(np.float64)
    groups[rng.random(shape) < 0.1] = NAN
    return (groups * 1e7 + 0.5,) if arguments[0] == "far apart" else (groups,)


@pytest.mark.parametrize("case", AWKWARD)
@pytest.mark.parametrize(("name", "arguments"), WAYS)
def test_a_kernel_equals_exact_arithmetic(name, arguments, case):
    values = AWKWARD[case]
    arguments = with_groups(values, arguments)
    got, expected = KERNELS[name].ours(values, *arguments), KERNELS[name].oracle(values, *arguments)
    assert_array_equal(np.isnan(got), np.isnan(expected))
    if name in ("cross_rank", "cross_quantile"):
        assert_array_equal(got, expected)
    else:
        # A z-score is judged by its own unit, the others by the scale of the values in their session.
        size = np.fmax.reduce(np.abs(values), axis=1, keepdims=True, initial=0.0)
        scale = 1.0 if name == "cross_zscore" else np.where(size > 0.0, size, 1.0)
        assert_allclose(got / scale, expected / scale, rtol=0, atol=TOLERANCE[name])


def test_worked_rows():
    values = [[3.0, 1.0, NAN, 2.0, 2.0]]
    assert_array_equal(cross_section.cross_rank(values), [[1.0, 0.25, NAN, 0.625, 0.625]])
    assert_array_equal(cross_section.cross_quantile(values, 2), [[1.0, 0.0, NAN, 0.0, 0.0]])
    root = np.sqrt(1.5)  # mean 2, squares 1 + 1 over 3
    assert_allclose(cross_section.cross_zscore(values), [[root, -root, NAN, 0.0, 0.0]], rtol=1e-15)
    assert_array_equal(cross_section.winsorise([[0.0, 1.0, 2.0, 3.0, 40.0]], 0.125, 0.75), [[0.5, 1.0, 2.0, 3.0, 3.0]])
    assert_array_equal(cross_section.neutralise(values, [7.0, 7.0, 7.0, NAN, 8.0]), [[1.0, -1.0, NAN, NAN, 0.0]])
    # 3 + 1 for the three of group 7, the one without a value too; nobody in group 9 has one.
    assert_array_equal(cross_section.group_sum(values, [7.0, 7.0, 7.0, NAN, 8.0]), [[4.0, 4.0, 4.0, NAN, 2.0]])
    assert_array_equal(cross_section.group_sum(values, [7.0, 7.0, 9.0, NAN, 7.0]), [[6.0, 6.0, NAN, NAN, 6.0]])


def test_buckets_are_equally_full():
    for n in (5, 7, 100, 101, 5000):
        values = np.random.default_rng(n).permutation(n)[None].astype(np.float64)
        for count in (1, 2, 3, 5):
            sizes = np.bincount(cross_section.cross_quantile(values, count)[0].astype(int))
            assert sizes.size == count
            assert sizes.max() - sizes.min() <= 1


def test_a_constant_session_has_no_zscore_and_is_neutral():
    values = np.full((1, 77), 1e11 / 3)
    assert np.isnan(cross_section.cross_zscore(values)).all()
    assert_array_equal(cross_section.neutralise(values, np.arange(77) % 2), np.zeros((1, 77)))
    assert np.isnan(cross_section.cross_zscore([[0.0, 1e-200]])).all()  # its square is 0


def test_a_session_that_differs_by_rounding_alone_has_no_zscore():
    # 0.1 of seven caps, computed: the quotients differ in their last digit.
    caps = np.array([3.0, 7.0, 9.0, 11.0, 13.0, 17.0, 0.3])
    values = (caps * 0.1 / caps)[None, :]
    assert len(set(values[0])) > 1
    assert np.isnan(cross_section.cross_zscore(values)).all()
    assert np.isfinite(cross_section.cross_zscore(values * (1.0 + 1e-9 * np.arange(7.0)))).all()


@pytest.mark.parametrize("strange", [INF, -INF, 1e200])
def test_an_infinite_value_spoils_no_other_session_or_group(strange):
    values = balances((3, 40), share=0.0)
    usual = values.copy()
    values[1, 5] = strange
    groups = np.arange(40) % 4.0
    z, neutral = cross_section.cross_zscore(values), cross_section.neutralise(values, groups)
    assert np.isnan(z[1]).all()
    assert_array_equal(z[::2], cross_section.cross_zscore(usual)[::2])
    touched = np.zeros(values.shape, dtype=bool)
    touched[1, groups == 1] = True
    assert_array_equal(neutral[~touched], cross_section.neutralise(usual, groups)[~touched])
    if np.isinf(strange):
        assert np.isnan(neutral[touched]).all()
    # The order knows infinities, and a clip cuts them off.
    at = 1.0 if strange > 0 else 1 / 40
    assert cross_section.cross_rank(values)[1, 5] == at
    assert np.isfinite(cross_section.winsorise(values, 0.05, 0.95)).all()


@pytest.mark.parametrize(
    ("row", "low", "high", "expected"),
    [
        ([-INF, 1.0, 2.0, INF], 0.1, 0.9, [-INF, 1.0, 2.0, INF]),
        ([1.0, 2.0, INF], 0.6, 1.0, [1.0, 2.0, INF]),
        ([1.0, 2.0, INF], 0.9, 1.0, [1.0, 2.0, INF]),
        ([1.0, 2.0, INF], 0.0, 0.5, [1.0, 2.0, 2.0]),
        ([-INF, 1.0, 2.0], 0.5, 1.0, [1.0, 1.0, 2.0]),
        ([-INF, -INF, 2.0], 0.0, 0.25, [-INF, -INF, -INF]),
    ],
)
def test_a_quantile_between_an_infinity_and_another_value_clips_nothing(row, low, high, expected):
    assert_array_equal(cross_section.winsorise([row], low, high), [expected])


@seed(3)
@settings(max_examples=60, deadline=None)
@given(arrays(np.uint64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)))
def test_any_bits_are_ordered_like_their_doubles(bits):
    with np.errstate(invalid="ignore"):
        values = bits.view(np.float64)  # NaN of either sign and any payload, subnormal numbers, infinities
        assert_array_equal(cross_section.cross_rank(values), KERNELS["cross_rank"].oracle(values))
        assert_array_equal(cross_section.cross_quantile(values, 3), KERNELS["cross_quantile"].oracle(values, 3))


@pytest.mark.parametrize("columns", [1, 2, 255, 256, 257, 2047, 5000])
@pytest.mark.parametrize("make", [balances, close_together, clump_and_others, ties])
def test_rows_of_any_width_are_sorted(make, columns):
    values = make((2, columns))
    assert_array_equal(cross_section.cross_rank(values), KERNELS["cross_rank"].oracle(values))


def test_the_insertion_sort_gives_up_on_a_row_that_is_far_from_sorted():
    # 12 million steps, where all bits of the keys are sorted in 6 passes.
    place, keys = np.uint64(13), np.arange(5000)
    for order, is_patient in ((keys[::-1], False), (np.concatenate([keys[1:], keys[:1]]), True), (keys, True)):
        words = order.astype(np.uint64)  # no leading bits: only the keys tell them apart
        assert cross_section_sort._settle(words, place, keys) is is_patient
        assert sorted(words.tolist()) == keys.tolist()
        if is_patient:
            assert_array_equal(words, keys)


@pytest.mark.parametrize("make", [balances, close_together, clump_and_others, scores])
def test_quantiles_are_those_of_numpy(make):
    for values in (make((4, 333)), make((60, 7))):  # among few values the gaps are wide, and every rounding shows
        values = values[~np.isnan(values).all(axis=1)]
        for low, high in ((0.01, 0.99), (0.3, 0.6), (0.0, 1.0), (0.25, 0.25)):
            ends = np.nanquantile(values, [low, high], axis=1)[..., None]
            assert_array_equal(cross_section.winsorise(values, low, high), np.clip(values, *ends))


# --- parts of the work agree bit for bit -------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "arguments"), WAYS)
def test_compiled_and_interpreted_kernels_agree(name, arguments, monkeypatch):
    for values in (AWKWARD["plain"][:2], AWKWARD["ties"][:2], AWKWARD["clump"][:1], AWKWARD["all_nan"]):
        groups = with_groups(values, arguments)
        compiled = KERNELS[name].ours(values, *groups)
        with monkeypatch.context() as patch, np.errstate(all="ignore"):
            interpret(patch, cross_section, cross_section_moments, cross_section_sort)
            interpreted = KERNELS[name].ours(values, *groups)
        # numpy adds the lanes up in pairs, the compiled loop one by one.
        assert_allclose(interpreted, compiled, rtol=1e-13 if name == "cross_zscore" else 0)


@pytest.mark.parametrize(("name", "arguments"), WAYS)
def test_parts_and_threads_change_no_bit(name, arguments):
    values = balances((23, 70))
    arguments = with_groups(values, arguments)
    by_session = name in ("neutralise", "group_sum") and arguments[0].ndim == 2
    whole = KERNELS[name].ours(values, *arguments)
    for threads in (2, 3, 50):
        assert_array_equal(KERNELS[name].ours(values, *arguments, threads=threads), whole)
    for start in (0, 1, 22, 23):
        kept = np.full(values.shape, -1.0)
        assert KERNELS[name].ours(values, *arguments, start=start, out=kept) is kept
        assert_array_equal(kept[start:], whole[start:])
        assert_array_equal(kept[:start], -1.0)
        fresh = KERNELS[name].ours(values, *arguments, start=start)
        assert_array_equal(fresh[start:], whole[start:])
        assert np.isnan(fresh[:start]).all()
    for rows in (1, 7, 22):
        known = (arguments[0][:rows],) if by_session else arguments
        assert_array_equal(KERNELS[name].ours(values[:rows], *known), whole[:rows])


@pytest.mark.parametrize(("name", "arguments"), WAYS)
def test_read_only_input_is_fine_and_input_is_left_alone(name, arguments):
    values = balances((3, 30))
    values.flags.writeable = False
    copy = values.copy()
    KERNELS[name].ours(values, *with_groups(values, arguments))
    assert_array_equal(values, copy)


def test_groups_may_be_any_numbers():
    values, groups = balances((6, 50)), np.arange(50) % 7.0
    expected = cross_section.neutralise(values, groups)
    for names in (groups + 801010.0, groups * 1e12, groups / 8.0, groups - 3.5, np.where(groups == 2.0, INF, groups)):
        assert_array_equal(cross_section.neutralise(values, names), expected)
        assert_array_equal(cross_section.neutralise(values, np.tile(names, (6, 1))), expected)


# --- other libraries and real data -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KERNELS)
def test_the_rivals_of_the_benchmark_do_the_same_work(name):
    pd = pytest.importorskip("pandas")
    values = balances((12, 97), high=9)
    groups = np.arange(97) % 5.0
    arguments = {"cross_quantile": (5,), "winsorise": (0.1, 0.8), "neutralise": (groups,), "group_sum": (groups,)}.get(
        name, ()
    )
    expected = KERNELS[name].ours(values, *arguments)
    for rival, function in KERNELS[name].rivals.items():
        if (name, rival) in SLOW_TO_COMPILE:
            continue
        if rival == "pandas":
            got = function(pd.DataFrame(values), *arguments).to_numpy()
        elif rival == "polars":
            pl = pytest.importorskip("polars")
            got = function(pl.from_numpy(values.T).fill_nan(None), *arguments).fill_null(NAN).to_numpy().T
        else:
            pytest.importorskip(rival)
            got = function(values, *arguments)
        assert_allclose(got, expected, rtol=1e-10, atol=1e-10, err_msg=rival)


def test_published_balances_of_real_sessions():
    pd = pytest.importorskip("pandas")
    path = REAL / "twse" / "margin.parquet"
    if not path.exists():
        pytest.skip("no real data: set LIANGRONG_REAL_DATA to the folder that holds them")
    table = pd.read_parquet(path, columns=["date", "股票代號", "融資今日餘額"])
    table = table[table["date"].isin(sorted(table["date"].unique())[:3])]
    frame = table.pivot_table(index="date", columns="股票代號", values="融資今日餘額")
    values = frame.to_numpy(dtype=np.float64)
    assert values.shape[1] > 1000
    assert_array_equal(cross_section.cross_rank(values), frame.rank(axis=1, pct=True))
    assert_array_equal(cross_section.cross_quantile(values, 5), KERNELS["cross_quantile"].oracle(values, 5))
    assert_allclose(cross_section.cross_zscore(values), KERNELS["cross_zscore"].oracle(values), rtol=0, atol=1e-12)


# --- the border --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: cross_section.cross_quantile(x, 0), "`count` should be at least 1 bucket, got 0"),
        (lambda x: cross_section.winsorise(x, 0.6, 0.5), "0 <= low <= high <= 1, got 0.6 and 0.5"),
        (lambda x: cross_section.winsorise(x, -0.1, 0.5), "got -0.1 and 0.5"),
        (lambda x: cross_section.winsorise(x, 0.1, 1.5), "got 0.1 and 1.5"),
        (lambda x: cross_section.winsorise(x, NAN, 0.5), "got nan and 0.5"),
        (lambda x: cross_section.cross_rank(x, start=5), "`start` should be a row between 0 and 4, got 5"),
        (lambda x: cross_section.neutralise(x, x, start=-1), "`start` should be a row between 0 and 4, got -1"),
        (lambda x: cross_section.cross_zscore(x, threads=0), "`threads` should be at least 1, got 0"),
    ],
)
def test_a_parameter_outside_its_range_is_refused(call, message):
    with pytest.raises(ConfigError, match=message):
        call(np.ones((4, 3)))


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match=r"`values` should be a \(sessions, securities\) array"):
        cross_section.cross_rank(np.ones(10))
    with pytest.raises(DataError, match=r"`out` should be a writable C-contiguous float64 array of shape \(10, 2\)"):
        cross_section.winsorise(np.ones((10, 2)), 0.1, 0.9, out=np.empty((2, 10)).T)
    values, groups = np.ones((10, 2)), np.ones((10, 2))
    for arguments, out in (((values, 2), values), ((values, groups), values), ((values, groups), groups)):
        kernel: Any = cross_section.neutralise if len(np.shape(arguments[1])) else cross_section.cross_quantile
        with pytest.raises(DataError, match="`out` should not lie in the memory of the values"):
            kernel(*arguments, out=out)
    with pytest.raises(DataError, match=r"`groups` should have shape \(2,\) or \(10, 2\).*, got \(10,\)"):
        cross_section.neutralise(np.ones((10, 2)), np.ones(10))
